// SPDX-License-Identifier: GPL-2.0-only
/* Pure core: x86-64 page table entries in words. */
#include "../include/xlate/x86.h"

/* One table for every text and JSON output: bit, name, where it means that. */
static const struct {
	u64 mask;
	const char *name;
	enum x86_flag_use use;
} flag_names[] = {
	{ X86_P, "P", X86_IN_ALL },
	{ X86_RW, "RW", X86_IN_ALL },
	{ X86_US, "US", X86_IN_ALL },
	{ X86_PWT, "PWT", X86_IN_ALL },
	{ X86_PCD, "PCD", X86_IN_ALL },
	{ X86_A, "A", X86_IN_ALL },
	{ X86_D, "D", X86_IN_LEAF },
	{ X86_G, "G", X86_IN_LEAF },
	{ X86_SPECIAL, "SPECIAL", X86_IN_LEAF },
	{ X86_UFFD_WP, "UFFD_WP", X86_IN_LEAF },
	{ X86_SOFT_DIRTY, "SOFT_DIRTY", X86_IN_LEAF },
	{ X86_NX, "NX", X86_IN_ALL },
	{ X86_SWP_SOFT_DIRTY, "SOFT_DIRTY", X86_IN_SWAP },
	{ X86_SWP_UFFD_WP, "UFFD_WP", X86_IN_SWAP },
	{ X86_SWP_EXCLUSIVE, "EXCLUSIVE", X86_IN_SWAP },
};

static const char *const state_names[PAGEWALK_STATES] = {
	[PAGEWALK_NONE] = "none",
	[PAGEWALK_TABLE] = "table",
	[PAGEWALK_PAGE] = "present",
	[PAGEWALK_PROTNONE] = "protnone",
	[PAGEWALK_NUMA] = "numa-hint",
	[PAGEWALK_SPLIT] = "splitting",
	[PAGEWALK_SWAP] = "swap",
	[PAGEWALK_MIGRATION] = "migration",
	[PAGEWALK_HWPOISON] = "hwpoison",
	[PAGEWALK_UFFD_WP] = "uffd-wp",
	[PAGEWALK_POISON] = "poison",
	[PAGEWALK_GUARD] = "guard",
	[PAGEWALK_DEVICE] = "device-private",
	[PAGEWALK_DEVICE_EXCL] = "device-excl",
	[PAGEWALK_UNKNOWN] = "unknown",
};

const char *x86_state_name(enum pagewalk_state state)
{
	return (unsigned int)state < PAGEWALK_STATES ? state_names[state] : "?";
}

const char *x86_kind_name(u32 facts)
{
	if (!(facts & PAGEWALK_PG_VALID))
		return "-";
	if (facts & PAGEWALK_PG_ZERO)
		return "zero";
	if (facts & PAGEWALK_PG_HUGE_ZERO)
		return "huge-zero";
	if (facts & PAGEWALK_PG_NOPAGE)
		return "pfnmap";
	if (facts & PAGEWALK_PG_KSM)
		return "ksm";
	if (facts & PAGEWALK_PG_ANON)
		return "anon";
	if (facts & PAGEWALK_PG_SHMEM)
		return "shmem";
	if (facts & PAGEWALK_PG_FILE)
		return "file";
	return "other";
}

const char *x86_size_name(unsigned int level)
{
	static const char *const size[] = { "?", "4K", "2M", "1G", "512G", "256T" };

	return level < ARRAY_SIZE(size) ? size[level] : "?";
}

const char *x86_rights_name(u8 rights, char *buf)
{
	buf[0] = rights & PAGEWALK_R ? 'r' : '-';
	buf[1] = rights & PAGEWALK_W ? 'w' : '-';
	buf[2] = rights & PAGEWALK_X ? 'x' : '-';
	buf[3] = '\0';
	return buf;
}

static enum x86_flag_use flag_use(enum pagewalk_state state)
{
	if (state == PAGEWALK_NONE || state == PAGEWALK_UNKNOWN)
		return 0;
	if (state == PAGEWALK_TABLE)
		return X86_IN_ALL;
	if (x86_maps_frame(state))
		return X86_IN_ALL | X86_IN_LEAF;
	return X86_IN_SWAP;
}

int x86_flags(const struct pagewalk_mmu *mmu, u64 entry, unsigned int level,
	      enum pagewalk_state state, char *buf, size_t size)
{
	enum x86_flag_use use = flag_use(state);
	unsigned int i, pkey;
	int len = 0;

	/* Bit 8 of a PROT_NONE entry says just that, not "global". */
	if (!(entry & X86_P) && (use & X86_IN_LEAF))
		entry &= ~X86_G;

	for (i = 0; i < ARRAY_SIZE(flag_names); i++)
		if ((flag_names[i].use & use) && (entry & flag_names[i].mask))
			len += scnprintf(buf + len, size - len, "%s,", flag_names[i].name);

	if (use & X86_IN_LEAF) {
		if (level > 1 && (entry & X86_PS))
			len += scnprintf(buf + len, size - len, "PS,");
		/* Bit 12 of a large page is no part of its address, so it is never inverted. */
		if (entry & (level == 1 ? X86_PAT : X86_PAT_LARGE))
			len += scnprintf(buf + len, size - len, "PAT,");
		if (entry & mmu->saved_dirty_mask)
			len += scnprintf(buf + len, size - len, "SAVED_DIRTY,");
		if (entry & mmu->devmap_mask)
			len += scnprintf(buf + len, size - len, "DEVMAP,");
		pkey = (entry & X86_PKEY) >> X86_PKEY_SHIFT;
		if (pkey)
			len += scnprintf(buf + len, size - len, "PKEY%u,", pkey);
	}
	if ((use & X86_IN_ALL) && (entry & mmu->enc_mask))
		len += scnprintf(buf + len, size - len, "ENC,");

	if (!len)
		return scnprintf(buf, size, "-");
	buf[--len] = '\0';
	return len;
}
