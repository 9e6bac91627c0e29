// SPDX-License-Identifier: GPL-2.0-only
/* This machine's entry format. */
#include <linux/fs.h>
#include <linux/mem_encrypt.h>
#include <linux/pgtable.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/swap.h>
#include <linux/swapops.h>

#include <asm/cpufeature.h>
#include <asm/setup.h>

#include "compat.h"
#include "pagewalk.h"

struct pagewalk_mmu pw_mmu __ro_after_init;

/*
 * Is the vsyscall page emulated? The build says so, unless the boot option vsyscall= says
 * otherwise; what became of it is not exported, so look where user space would.
 */
static bool __init vsyscall_emulated(void)
{
	bool on = !IS_ENABLED(CONFIG_LEGACY_VSYSCALL_NONE);
	struct file *file;
	char *line, *at;
	ssize_t len = 0;
	loff_t pos = 0;

	if (!IS_ENABLED(CONFIG_X86_VSYSCALL_EMULATION))
		return false;
	line = kzalloc(COMMAND_LINE_SIZE + 1, GFP_KERNEL);
	if (!line)
		return on;
	file = filp_open("/proc/cmdline", O_RDONLY, 0);
	if (!IS_ERR(file)) {
		len = kernel_read(file, line, COMMAND_LINE_SIZE, &pos);
		filp_close(file, NULL);
	}
	for (at = line; len > 0 && (at = strstr(at, "vsyscall=")); at++) {
		if (at > line && at[-1] != ' ')
			continue;
		if (str_has_prefix(at, "vsyscall=emulate") || str_has_prefix(at, "vsyscall=xonly"))
			on = true;
		else if (str_has_prefix(at, "vsyscall=none"))
			on = false;
	}
	kfree(line);
	return on;
}

static u32 __init mmu_flags(void)
{
	u32 flags = 0;

	if (__supported_pte_mask & _PAGE_NX)
		flags |= PAGEWALK_MMU_NX;
	if (boot_cpu_has(X86_FEATURE_OSPKE))
		flags |= PAGEWALK_MMU_PKU;
	if (boot_cpu_has(X86_FEATURE_PTI))
		flags |= PAGEWALK_MMU_PTI;
#ifdef X86_FEATURE_USER_SHSTK
	if (boot_cpu_has(X86_FEATURE_USER_SHSTK) && VM_SHADOW_STACK)
		flags |= PAGEWALK_MMU_SHSTK;
#endif
#ifdef CONFIG_ADDRESS_MASKING
	if (boot_cpu_has(X86_FEATURE_LAM))
		flags |= PAGEWALK_MMU_LAM;
#endif
	if (vsyscall_emulated())
		flags |= PAGEWALK_MMU_VSYSCALL;
	return flags;
}

void __init pw_mmu_init(void)
{
	struct pagewalk_mmu *m = &pw_mmu;

	*m = (struct pagewalk_mmu){
		.phys_mask = PTE_PFN_MASK,
		.enc_mask = sme_me_mask,
		.saved_dirty_mask = _PAGE_SAVED_DIRTY,
		.devmap_mask = _PAGE_DEVMAP,
		.flags = mmu_flags(),
		.levels = pgtable_l5_enabled() ? 5 : 4,
		.swp_files = MAX_SWAPFILES,
		.swp_hwpoison = PAGEWALK_SWP_ABSENT,
		.swp_migration_read = PAGEWALK_SWP_ABSENT,
		.swp_migration_read_excl = PAGEWALK_SWP_ABSENT,
		.swp_migration_write = PAGEWALK_SWP_ABSENT,
		.swp_device_write = PAGEWALK_SWP_ABSENT,
		.swp_device_read = PAGEWALK_SWP_ABSENT,
		.swp_device_excl_write = PAGEWALK_SWP_ABSENT,
		.swp_device_excl_read = PAGEWALK_SWP_ABSENT,
		.swp_marker = PAGEWALK_SWP_ABSENT,
	};

	/* linux/swap.h numbers the types from MAX_SWAPFILES up, leaving out what is off. */
#ifdef CONFIG_MEMORY_FAILURE
	m->swp_hwpoison = SWP_HWPOISON;
#endif
#ifdef CONFIG_MIGRATION
	m->swp_migration_read = SWP_MIGRATION_READ;
	m->swp_migration_read_excl = SWP_MIGRATION_READ_EXCLUSIVE;
	m->swp_migration_write = SWP_MIGRATION_WRITE;
#endif
#ifdef CONFIG_DEVICE_PRIVATE
	m->swp_device_write = SWP_DEVICE_WRITE;
	m->swp_device_read = SWP_DEVICE_READ;
	m->swp_device_excl_write = SWP_DEVICE_EXCLUSIVE_WRITE;
	m->swp_device_excl_read = SWP_DEVICE_EXCLUSIVE_READ;
#endif
#ifdef PTE_MARKER_UFFD_WP
	m->swp_marker = SWP_PTE_MARKER;
	m->marker_uffd_wp = PTE_MARKER_UFFD_WP;
#endif
#ifdef PTE_MARKER_POISONED
	m->marker_poison = PTE_MARKER_POISONED;
#endif
#ifdef PTE_MARKER_GUARD
	m->marker_guard = PTE_MARKER_GUARD;
#endif
}

u64 pw_root(struct mm_struct *mm)
{
	return __pa(mm->pgd);
}

u64 pw_user_root(struct mm_struct *mm)
{
	/* The two tables are neighbours: user mode's is the second page. */
	return pw_mmu.flags & PAGEWALK_MMU_PTI ? pw_root(mm) + PAGE_SIZE : 0;
}
