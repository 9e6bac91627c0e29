/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure core: x86-64 page table entries as Linux uses them.
 *
 * A present entry (AMD64 APM vol. 2, 5.4.1; Intel SDM vol. 3A, table 4-15 ff.):
 *
 *	  63 62  59 58 57        52 51                12 11 10  9  8  7  6  5  4  3  2  1  0
 *	 +--+------+--+--+---------+--------------------+--+--+--+--+--+--+--+--+--+--+--+--+
 *	 |NX| pkey |SD|  | avail.  |  physical address  |so|uf|sp| G|PS| D| A|CD|WT|US|RW| P|
 *	 +--+------+--+--+---------+--------------------+--+--+--+--+--+--+--+--+--+--+--+--+
 *
 * Bit 7 is PS (a page, not a table) from level 2 up and PAT in level 1; a large page has
 * its PAT in bit 12. Bits 9..11 are Linux's: special, uffd-wp, soft-dirty.
 *
 * An entry with P clear is Linux's alone (arch/x86/include/asm/pgtable_64.h). With bit 8
 * set it is a PROT_NONE page whose address bits are inverted against L1TF; else a swap-like
 * entry, whose offset is inverted for the same reason:
 *
 *	  63    59 58                              9  8  7  6  5  4  3  2  1  0
 *	 +--------+---------------------------------+--+--+--+--+--+--+--+--+--+
 *	 |  type  |            ~offset              | 0| 0| -  -  - |ex|uf|so| 0|
 *	 +--------+---------------------------------+--+--+--+--+--+--+--+--+--+
 */
#ifndef _XLATE_X86_H
#define _XLATE_X86_H

#include "../uapi/xlate/pagewalk.h"
#include "radix.h"

#define X86_P	       BIT_ULL(0)
#define X86_RW	       BIT_ULL(1)
#define X86_US	       BIT_ULL(2)
#define X86_PWT	       BIT_ULL(3)
#define X86_PCD	       BIT_ULL(4)
#define X86_A	       BIT_ULL(5)
#define X86_D	       BIT_ULL(6)
#define X86_PS	       BIT_ULL(7) /* level 2 and up */
#define X86_PAT	       BIT_ULL(7) /* level 1 */
#define X86_G	       BIT_ULL(8)
#define X86_PROTNONE   BIT_ULL(8) /* when P is clear */
#define X86_SPECIAL    BIT_ULL(9)
#define X86_UFFD_WP    BIT_ULL(10)
#define X86_SOFT_DIRTY BIT_ULL(11)
#define X86_PAT_LARGE  BIT_ULL(12) /* a page of level 2 or 3 */
#define X86_PKEY_SHIFT 59
#define X86_PKEY       GENMASK_ULL(62, 59)
#define X86_NX	       BIT_ULL(63)

#define X86_SWP_SOFT_DIRTY BIT_ULL(1)
#define X86_SWP_UFFD_WP	   BIT_ULL(2)
#define X86_SWP_EXCLUSIVE  BIT_ULL(3)
#define X86_SWP_TYPE_SHIFT 59
#define X86_SWP_TYPE	   GENMASK_ULL(63, 59)
#define X86_SWP_OFFSET	   GENMASK_ULL(58, 9)

/*
 * In the offset of migration, hwpoison and device entries: the frame number, in as many
 * bits as Linux expects of a physical address (MAX_PHYSMEM_BITS, which follows the number
 * of levels), and flags of migration entries above it.
 */
#define X86_SWP_PFN_BITS(levels) ((levels) == 5 ? 40 : 34)
#define X86_SWP_PFN(levels)	 (BIT_ULL(X86_SWP_PFN_BITS(levels)) - 1)
#define X86_SWP_YOUNG(levels)	 BIT_ULL(X86_SWP_PFN_BITS(levels)) /* it was accessed */
#define X86_SWP_DIRTY(levels)	 BIT_ULL(X86_SWP_PFN_BITS(levels) + 1) /* it was written */

#define X86_MAX_LEVEL 5

/* Level of the table that @entry points to; the walker's view of the format. */
static __always_inline unsigned int x86_next(u64 entry, unsigned int level)
{
	/* PS is reserved (must be zero) above level 3, so such an entry is no table. */
	return level > 1 && (entry & (X86_P | X86_PS)) == X86_P ? level - 1 : 0;
}

static const struct radix_fmt __maybe_unused x86_fmt = {
	.name = "x86-64",
	.next = x86_next,
};

/* Swap type of an entry with P clear. */
static __always_inline unsigned int x86_swp_type(u64 entry)
{
	return entry >> X86_SWP_TYPE_SHIFT;
}

/* Swap offset (in pages of the swap area), or marker bits, or frame number and flags. */
static __always_inline u64 x86_swp_offset(u64 entry)
{
	return (~entry & X86_SWP_OFFSET) >> 9;
}

/* Does an entry in this state hold a frame in its address bits? */
static __always_inline bool x86_maps_frame(enum pagewalk_state state)
{
	return state == PAGEWALK_PAGE || state == PAGEWALK_PROTNONE || state == PAGEWALK_NUMA ||
	       state == PAGEWALK_SPLIT;
}

/* Does its swap offset hold the number of a frame? */
static __always_inline bool x86_swp_has_pfn(enum pagewalk_state state)
{
	return state == PAGEWALK_MIGRATION || state == PAGEWALK_HWPOISON ||
	       state == PAGEWALK_DEVICE || state == PAGEWALK_DEVICE_EXCL;
}

/* May the memory be read, written or executed at all (vma_is_accessible())? */
static __always_inline bool x86_vma_accessible(u32 vma)
{
	return vma & (PAGEWALK_VMA_READ | PAGEWALK_VMA_WRITE | PAGEWALK_VMA_EXEC);
}

/**
 * x86_state() - what an entry says
 * @mmu:   the machine
 * @entry: raw value
 * @level: level of its table
 * @vma:   PAGEWALK_VMA_* of the area: only with it can a NUMA hint be told from PROT_NONE
 */
static inline enum pagewalk_state x86_state(const struct pagewalk_mmu *mmu, u64 entry,
					    unsigned int level, u32 vma)
{
	unsigned int type;
	u64 offset;

	if (entry & X86_P)
		return x86_next(entry, level) ? PAGEWALK_TABLE : PAGEWALK_PAGE;
	if (!entry)
		return PAGEWALK_NONE;
	if (entry & X86_PROTNONE)
		return x86_vma_accessible(vma) ? PAGEWALK_NUMA : PAGEWALK_PROTNONE;
	if (level > 1 && (entry & X86_PS))
		return PAGEWALK_SPLIT;

	type = x86_swp_type(entry);
	if (type < mmu->swp_files)
		return PAGEWALK_SWAP;
	if (type == mmu->swp_migration_read || type == mmu->swp_migration_read_excl ||
	    type == mmu->swp_migration_write)
		return PAGEWALK_MIGRATION;
	if (type == mmu->swp_hwpoison)
		return PAGEWALK_HWPOISON;
	if (type == mmu->swp_device_read || type == mmu->swp_device_write)
		return PAGEWALK_DEVICE;
	if (type == mmu->swp_device_excl_read || type == mmu->swp_device_excl_write)
		return PAGEWALK_DEVICE_EXCL;
	if (type == mmu->swp_marker) {
		offset = x86_swp_offset(entry);
		/* The strictest wins, as in the kernel's handle_pte_marker(). */
		if (offset & mmu->marker_poison)
			return PAGEWALK_POISON;
		if (offset & mmu->marker_guard)
			return PAGEWALK_GUARD;
		if (offset & mmu->marker_uffd_wp)
			return PAGEWALK_UFFD_WP;
	}
	return PAGEWALK_UNKNOWN;
}

/**
 * x86_frame() - physical address of the page that an entry maps, in bytes
 * @mmu:   the machine
 * @entry: raw value, in a state for which x86_maps_frame() holds
 * @level: level of its table
 *
 * The address bits of an entry with P clear are inverted (L1TF); PAT and other bits below
 * the size of a large page are not part of its address.
 */
static __always_inline u64 x86_frame(const struct pagewalk_mmu *mmu, u64 entry, unsigned int level)
{
	u64 bits = entry & X86_P ? entry : ~entry;

	return bits & mmu->phys_mask & ~(radix_size(level) - 1);
}

/**
 * x86_target() - where an entry leads, as one number whose neighbours are neighbours
 * @mmu:   the machine
 * @entry: raw value
 * @level: level of its table
 * @state: its state
 *
 * Return: frame number of a page, a table, or a migrating, poisoned or device page; offset
 * of a swap entry or marker; else 0.
 */
static __always_inline u64 x86_target(const struct pagewalk_mmu *mmu, u64 entry, unsigned int level,
				      enum pagewalk_state state)
{
	if (likely(x86_maps_frame(state)))
		return x86_frame(mmu, entry, level) >> RADIX_PAGE_SHIFT;
	if (state == PAGEWALK_TABLE)
		return (entry & mmu->phys_mask) >> RADIX_PAGE_SHIFT;
	if (state == PAGEWALK_NONE)
		return 0;
	if (x86_swp_has_pfn(state))
		return x86_swp_offset(entry) & X86_SWP_PFN(mmu->levels);
	return x86_swp_offset(entry);
}

/* Bits in which two entries in @state may differ and still belong to the same run. */
static __always_inline u64 x86_target_mask(const struct pagewalk_mmu *mmu, unsigned int level,
					   enum pagewalk_state state)
{
	if (likely(x86_maps_frame(state)))
		return mmu->phys_mask & ~(radix_size(level) - 1);
	if (state == PAGEWALK_SWAP)
		return X86_SWP_OFFSET;
	if (x86_swp_has_pfn(state))
		return X86_SWP_PFN(mmu->levels) << 9;
	return 0;
}

/**
 * x86_rights() - rights of user mode that one entry leaves (APM vol. 2, 5.6)
 * @mmu:   the machine
 * @entry: raw value
 *
 * The rights of a page are those that the entries of all levels leave. Protection keys are
 * left aside: they are a matter of the thread.
 */
static __always_inline u8 x86_rights(const struct pagewalk_mmu *mmu, u64 entry)
{
	u8 rights = PAGEWALK_R;

	if ((entry & (X86_P | X86_US)) != (X86_P | X86_US))
		return 0;
	if (entry & X86_RW)
		rights |= PAGEWALK_W;
	if (!(entry & X86_NX) || !(mmu->flags & PAGEWALK_MMU_NX))
		rights |= PAGEWALK_X;
	return rights;
}

/* Rights that the entries above @level leave, on the path that @w took. */
static inline u8 x86_path_rights(const struct pagewalk_mmu *mmu, const struct radix_walk *w,
				 unsigned int level)
{
	u8 rights = PAGEWALK_R | PAGEWALK_W | PAGEWALK_X;

	while (level < w->top) {
		level++;
		rights &= x86_rights(mmu, w->path[level]);
	}
	return rights;
}

/* Is the page dirty: by the CPU's bit, or by the one that Linux parks (saved-dirty)? */
static __always_inline bool x86_dirty(const struct pagewalk_mmu *mmu, u64 entry)
{
	return entry & (X86_D | mmu->saved_dirty_mask);
}

/* Index into the PAT: PAT, PCD, PWT (APM vol. 2, 7.8.1). */
static inline unsigned int x86_pat_index(u64 entry, unsigned int level)
{
	u64 pat = level == 1 ? X86_PAT : X86_PAT_LARGE;

	return (entry & pat ? 4 : 0) | (entry & X86_PCD ? 2 : 0) | (entry & X86_PWT ? 1 : 0);
}

/* Short name of the memory type, by the PAT that Linux programs (arch/x86/mm/pat). */
static inline const char *x86_memory_type(u64 entry, unsigned int level)
{
	static const char *const type[] = { "WB", "WC", "UC-", "UC", "WB", "WP", "UC-", "WT" };

	return type[x86_pat_index(entry, level)];
}

/* What a flag name is valid for. */
enum x86_flag_use {
	X86_IN_ALL = 1, /* any present entry */
	X86_IN_LEAF = 2, /* an entry that maps a page, present or PROT_NONE */
	X86_IN_SWAP = 4, /* a swap-like entry */
};

/**
 * x86_flags() - the bits of an entry by name, separated by commas
 * @mmu:   the machine
 * @entry: raw value
 * @level: level of its table
 * @state: its state
 * @buf:   gets the string, "-" when no bit is set
 * @size:  of @buf, in bytes; 96 always suffice
 *
 * Return: length of the string.
 */
int x86_flags(const struct pagewalk_mmu *mmu, u64 entry, unsigned int level,
	      enum pagewalk_state state, char *buf, size_t size);

/* Names of enum pagewalk_state, of one word, as in every text and JSON output. */
const char *x86_state_name(enum pagewalk_state state);

/* Name of the kind of a page, of one word: anon, file, shmem, ksm, zero, ... */
const char *x86_kind_name(u32 facts);

/* Page size of a level by name: "4K", "2M", "1G". */
const char *x86_size_name(unsigned int level);

/* "rwx" with dashes for what is missing; @buf has 4 bytes. */
const char *x86_rights_name(u8 rights, char *buf);

#endif /* _XLATE_X86_H */
