/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure core: one face for every kind of second-level and I/O page table.
 *
 * All of them are radix trees (radix.h); what their bits mean is in vtd.h, amdvi.h, ept.h
 * and x86.h. A struct iopt says which kind a table is and what the machine behind it can
 * do, so that reserved bits can be told.
 *
 * iopt_walk() calls the walker once per format, each time with the format as a constant.
 */
#ifndef _XLATE_IOPT_H
#define _XLATE_IOPT_H

#include "amdvi.h"
#include "ept.h"
#include "radix.h"
#include "vtd.h"
#include "x86.h"

enum iopt_format {
	IOPT_NONE,
	IOPT_VTD_SS, /* VT-d second stage */
	IOPT_VTD_FS, /* VT-d first stage */
	IOPT_AMD_V1, /* AMD-Vi host table */
	IOPT_AMD_V2, /* AMD-Vi guest table */
	IOPT_NPT, /* AMD nested paging */
	IOPT_EPT, /* Intel extended page tables */
	IOPT_FORMATS,
};

/* Rights that an entry, or all entries on a path, leave to an ordinary request. */
#define IOPT_R	 0x1
#define IOPT_W	 0x2
#define IOPT_X	 0x4
#define IOPT_RWX (IOPT_R | IOPT_W | IOPT_X)

/* struct iopt.features: bits that are reserved where the machine cannot do this. */
#define IOPT_2M	 0x01 /* pages of level 2 */
#define IOPT_1G	 0x02 /* pages of level 3 */
#define IOPT_NX	 0x04 /* first stage, v2, NPT: bit 63 forbids execution */
#define IOPT_SNP 0x08 /* second stage: snoop bit in pages */
#define IOPT_TM	 0x10 /* second stage: transient-mapping bit in pages (old VT-d) */
#define IOPT_XO	 0x20 /* EPT: execute-only pages */
#define IOPT_AD	 0x40 /* second stage, v1, EPT: accessed and dirty flags are on (for names) */

/**
 * struct iopt - how to read one tree of tables
 * @addr_mask: address bits of an entry (the host's width; no encryption bit)
 * @rsvd_table: bits that are reserved in an entry that points to a table, of any level
 * @rsvd_page: bits that are reserved in an entry that maps a page, of any level
 * @format:    enum iopt_format
 * @levels:    level of the root table, 1..6
 * @width:     bits of an input address, sign included where addresses are sign-extended
 * @features:  IOPT_2M ...
 */
struct iopt {
	u64 addr_mask;
	u64 rsvd_table;
	u64 rsvd_page;
	u8 format;
	u8 levels;
	u8 width;
	u8 features;
};

/* Does the format share the x86-64 entry? */
static __always_inline bool iopt_is_x86(unsigned int format)
{
	return format == IOPT_VTD_FS || format == IOPT_AMD_V2 || format == IOPT_NPT;
}

/* Are input addresses of the format sign-extended? */
static __always_inline bool iopt_is_signed(unsigned int format)
{
	return format == IOPT_VTD_FS || format == IOPT_AMD_V2;
}

/**
 * iopt_init() - describe a tree of tables
 * @t:		gets the description
 * @format:	of the tables, not IOPT_NONE
 * @levels:	of the tree, 1..6
 * @phys_bits:	width of a physical address, 12..52
 * @enc_mask:	the encryption bit in addresses, or 0
 * @features:	IOPT_2M ...
 */
static inline void iopt_init(struct iopt *t, enum iopt_format format, unsigned int levels,
			     unsigned int phys_bits, u64 enc_mask, u8 features)
{
	u64 beyond = phys_bits < 52 ? GENMASK_ULL(51, phys_bits) & ~enc_mask : 0;

	t->format = format;
	t->levels = levels;
	t->width = min(RADIX_PAGE_SHIFT + RADIX_INDEX_BITS * levels, 64U);
	t->features = features;
	t->addr_mask = GENMASK_ULL(51, 12) & ~beyond & ~enc_mask;
	t->rsvd_table = beyond;
	t->rsvd_page = beyond;

	switch (format) {
	case IOPT_VTD_SS:
		t->rsvd_table |= VTD_SS_SNP | VTD_SS_TM;
		t->rsvd_page |= (features & IOPT_SNP ? 0 : VTD_SS_SNP) |
				(features & IOPT_TM ? 0 : VTD_SS_TM);
		break;
	case IOPT_AMD_V1:
		t->rsvd_table |= (AMDVI_PTE_RSVD | AMDVI_PTE_U | AMDVI_PTE_FC) & ~enc_mask;
		t->rsvd_page |= AMDVI_PTE_RSVD & ~enc_mask;
		break;
	case IOPT_VTD_FS:
	case IOPT_AMD_V2:
	case IOPT_NPT:
		t->rsvd_table |= features & IOPT_NX ? 0 : X86_NX;
		t->rsvd_page |= features & IOPT_NX ? 0 : X86_NX;
		break;
	case IOPT_EPT:
		t->rsvd_table |= EPT_MT | EPT_IPAT;
		break;
	default:
		break;
	}
}

/* Level of the table that @entry, found in a table of @level, points to; else 0. */
static __always_inline unsigned int iopt_vtd_ss_next(u64 entry, unsigned int level)
{
	return level > 1 && (entry & (VTD_SS_R | VTD_SS_W)) && !(entry & VTD_SS_PS) ? level - 1 : 0;
}

static __always_inline unsigned int iopt_amd_v1_next(u64 entry, unsigned int level)
{
	unsigned int next = FIELD_GET(AMDVI_PTE_NL, entry);

	return (entry & AMDVI_PTE_PR) && next < level ? next : 0;
}

static __always_inline unsigned int iopt_ept_next(u64 entry, unsigned int level)
{
	return level > 1 && (entry & (EPT_R | EPT_W | EPT_X)) && !(entry & EPT_PS) ? level - 1 : 0;
}

static __always_inline unsigned int iopt_next(unsigned int format, u64 entry, unsigned int level)
{
	switch (format) {
	case IOPT_VTD_SS:
		return iopt_vtd_ss_next(entry, level);
	case IOPT_AMD_V1:
		return iopt_amd_v1_next(entry, level);
	case IOPT_EPT:
		return iopt_ept_next(entry, level);
	case IOPT_VTD_FS:
	case IOPT_AMD_V2:
	case IOPT_NPT:
		return x86_next(entry, level);
	default:
		return 0;
	}
}

static const struct radix_fmt __maybe_unused iopt_vtd_ss_fmt = { "vtd-ss", iopt_vtd_ss_next };
static const struct radix_fmt __maybe_unused iopt_amd_v1_fmt = { "amd-v1", iopt_amd_v1_next };
static const struct radix_fmt __maybe_unused iopt_ept_fmt = { "ept", iopt_ept_next };

/* Is the entry in use: will the hardware look further at it? */
static __always_inline bool iopt_present(unsigned int format, u64 entry)
{
	switch (format) {
	case IOPT_VTD_SS:
		return entry & (VTD_SS_R | VTD_SS_W);
	case IOPT_EPT:
		return entry & (EPT_R | EPT_W | EPT_X);
	default:
		return entry & X86_P; /* and AMDVI_PTE_PR */
	}
}

/* Bytes that the page of an AMD v1 entry with next level 7 has. */
static __always_inline u64 iopt_amd_v1_sized(u64 entry)
{
	/* The lowest clear bit from 12 on; bit 63 ends the search at the latest. */
	return 2ULL << __builtin_ctzll((~entry & ~0xfffULL) | BIT_ULL(62));
}

/**
 * iopt_page_bytes() - size of the page that an entry maps
 * @format: of the table
 * @entry:  that maps a page
 * @level:  of its table
 *
 * Return: bytes. With AMD's next level 7 that is more than the entry itself translates:
 * the neighbours hold the same entry.
 */
static __always_inline u64 iopt_page_bytes(unsigned int format, u64 entry, unsigned int level)
{
	if (format == IOPT_AMD_V1 && FIELD_GET(AMDVI_PTE_NL, entry) == AMDVI_NL_SIZED)
		return iopt_amd_v1_sized(entry);
	return radix_size(level);
}

/**
 * iopt_reserved() - reserved bits that are set in an entry
 * @t:	   the tree
 * @entry: for which iopt_present() holds
 * @level: of its table
 *
 * Return: the offending bits, or 0 when the entry is fine. A field with a value that must
 * not be counts as a whole.
 */
static inline u64 iopt_reserved(const struct iopt *t, u64 entry, unsigned int level)
{
	u64 bad, low, size;

	if (t->format == IOPT_AMD_V1) {
		unsigned int next = FIELD_GET(AMDVI_PTE_NL, entry);

		bad = entry & (next && next != AMDVI_NL_SIZED ? t->rsvd_table : t->rsvd_page);
		if (next == AMDVI_NL_SIZED) {
			/* Between the size of this level and that of the next one. */
			size = iopt_amd_v1_sized(entry);
			if (size <= radix_size(level) ||
			    size >> RADIX_INDEX_BITS >= radix_size(level))
				bad |= AMDVI_PTE_NL;
		} else if (next >= level) {
			bad |= AMDVI_PTE_NL;
		}
		return bad;
	}

	if (t->format == IOPT_EPT) {
		bad = 0;
		if ((entry & (EPT_R | EPT_W)) == EPT_W)
			bad |= EPT_W;
		if ((entry & (EPT_R | EPT_W | EPT_X)) == EPT_X && !(t->features & IOPT_XO))
			bad |= EPT_X;
	} else {
		bad = 0;
	}

	if (level > 1 && !(entry & X86_PS))
		return bad | (entry & t->rsvd_table);

	bad |= entry & t->rsvd_page;
	if (t->format == IOPT_EPT) {
		unsigned int type = FIELD_GET(EPT_MT, entry);

		if (type == 2 || type == 3 || type == 7)
			bad |= EPT_MT;
	}
	if (level == 1)
		return bad;
	if (level > 3 || (level == 2 && !(t->features & IOPT_2M)) ||
	    (level == 3 && !(t->features & IOPT_1G)))
		return bad | X86_PS;
	/* Below the size of the page; x86 keeps its PAT bit there. */
	low = (radix_size(level) - 1) & ~0xfffULL;
	if (iopt_is_x86(t->format))
		low &= ~X86_PAT_LARGE;
	return bad | (entry & low);
}

/**
 * iopt_leaf() - does an entry map a page?
 * @t:	   the tree
 * @entry: raw value
 * @level: of its table
 *
 * An entry with a reserved bit set maps nothing: the hardware refuses it.
 */
static inline bool iopt_leaf(const struct iopt *t, u64 entry, unsigned int level)
{
	return iopt_present(t->format, entry) && !iopt_next(t->format, entry, level) &&
	       !iopt_reserved(t, entry, level);
}

/**
 * iopt_phys() - physical address of the page that an entry maps, in bytes
 * @t:	   the tree
 * @entry: for which iopt_leaf() holds
 * @level: of its table
 */
static __always_inline u64 iopt_phys(const struct iopt *t, u64 entry, unsigned int level)
{
	return entry & t->addr_mask & ~(iopt_page_bytes(t->format, entry, level) - 1);
}

/* Where @iova leads through @entry, for which iopt_leaf() holds. */
static __always_inline u64 iopt_target(const struct iopt *t, u64 entry, unsigned int level,
				       u64 iova)
{
	return iopt_phys(t, entry, level) | (iova & (iopt_page_bytes(t->format, entry, level) - 1));
}

/**
 * iopt_rights() - rights that one entry leaves
 * @format: of the table
 * @entry:  raw value
 *
 * Of an ordinary request, that is one without privilege: an entry of a CPU-like format
 * without US leaves nothing.
 *
 * Return: IOPT_R, IOPT_W, IOPT_X; what a format cannot forbid is allowed.
 */
static __always_inline u8 iopt_rights(unsigned int format, u64 entry)
{
	switch (format) {
	case IOPT_VTD_SS:
		return (entry & VTD_SS_R ? IOPT_R | IOPT_X : 0) | (entry & VTD_SS_W ? IOPT_W : 0);
	case IOPT_AMD_V1:
		if (!(entry & AMDVI_PTE_PR))
			return 0;
		return (entry & AMDVI_PTE_IR ? IOPT_R | IOPT_X : 0) |
		       (entry & AMDVI_PTE_IW ? IOPT_W : 0);
	case IOPT_EPT:
		return entry & (EPT_R | EPT_W | EPT_X);
	default:
		if ((entry & (X86_P | X86_US)) != (X86_P | X86_US))
			return 0;
		return IOPT_R | (entry & X86_RW ? IOPT_W : 0) | (entry & X86_NX ? 0 : IOPT_X);
	}
}

static_assert(EPT_R == IOPT_R && EPT_W == IOPT_W && EPT_X == IOPT_X, "rights of EPT");
static_assert(AMDVI_PTE_PR == X86_P, "iopt_present()");
static_assert(VTD_SS_PS == X86_PS && EPT_PS == X86_PS, "iopt_reserved()");

/**
 * iopt_path_rights() - rights that the entries above a level leave
 * @t:	   the tree
 * @w:	   a walk under way
 * @level: of the table that the walk is in
 *
 * Return: IOPT_RWX where all of them allow it; 0 below an entry that the hardware refuses.
 */
static inline u8 iopt_path_rights(const struct iopt *t, const struct radix_walk *w,
				  unsigned int level)
{
	u8 rights = IOPT_RWX;

	/* Formats that skip levels leave old entries on the levels that were skipped. */
	while ((level = w->cur[level].up)) {
		rights &= iopt_rights(t->format, w->path[level]);
		if (iopt_reserved(t, w->path[level], level))
			return 0;
	}
	return rights;
}

/**
 * iopt_range() - the input addresses of a tree, in the order of its entries
 * @t:	   the tree
 * @n:	   0 or 1: sign-extended addresses come in two halves
 * @first: gets the first address
 * @last:  gets the last one
 *
 * Return: false when there is no @n-th range.
 */
static inline bool iopt_range(const struct iopt *t, unsigned int n, u64 *first, u64 *last)
{
	u64 bits = t->width < 64 ? BIT_ULL(t->width) - 1 : ~0ULL;

	if (n > (iopt_is_signed(t->format) ? 1 : 0))
		return false;
	if (!iopt_is_signed(t->format)) {
		*first = 0;
		*last = bits;
	} else if (n == 0) {
		*first = 0;
		*last = bits >> 1;
	} else {
		*first = ~(bits >> 1);
		*last = ~0ULL;
	}
	return true;
}

/* Is @iova within one of the ranges? */
static inline bool iopt_in_range(const struct iopt *t, u64 iova)
{
	u64 first, last;
	unsigned int n;

	for (n = 0; iopt_range(t, n, &first, &last); n++)
		if (iova >= first && iova <= last)
			return true;
	return false;
}

/**
 * iopt_walk() - visit what translates a range, in the order of addresses
 * @w:	   the walk: buf[1..t->levels] and ctx filled in
 * @t:	   the tree
 * @ops:   as for radix_walk(), a compile-time constant
 * @root:  physical address of the root table
 * @first: first address, within one of the ranges that iopt_range() gives
 * @last:  last address (inclusive), within the same range
 *
 * Return: as radix_walk(); -EINVAL for a format that is none.
 */
static __always_inline int iopt_walk(struct radix_walk *w, const struct iopt *t,
				     const struct radix_ops *ops, u64 root, u64 first, u64 last)
{
	w->top = t->levels;
	w->addr_mask = t->addr_mask;

	switch (t->format) {
	case IOPT_VTD_SS:
		return radix_walk(w, &iopt_vtd_ss_fmt, ops, root, first, last);
	case IOPT_AMD_V1:
		return radix_walk(w, &iopt_amd_v1_fmt, ops, root, first, last);
	case IOPT_EPT:
		return radix_walk(w, &iopt_ept_fmt, ops, root, first, last);
	case IOPT_VTD_FS:
	case IOPT_AMD_V2:
	case IOPT_NPT:
		return radix_walk(w, &x86_fmt, ops, root, first, last);
	default:
		return -EINVAL;
	}
}

/* Name of a format: "vtd-ss", "vtd-fs", "amd-v1", "amd-v2", "npt", "ept", "-". */
const char *iopt_format_name(unsigned int format);

/**
 * iopt_flags() - the bits of an entry by name, separated by commas
 * @t:	   the tree
 * @entry: raw value
 * @level: of its table
 * @buf:   gets the string, e.g. "R,W,PS,SNP"; reserved bits as "RSVD:0x..."; "-" for none
 * @size:  of @buf, in bytes; 96 always suffice
 *
 * Return: length of the string.
 */
int iopt_flags(const struct iopt *t, u64 entry, unsigned int level, char *buf, size_t size);

/* "rw", "r-", "-w", "--"; @buf has 3 bytes. */
const char *iopt_rights_name(u8 rights, char *buf);

/* "4K", "2M", "1G", "32K", ...; @buf has 8 bytes. */
const char *iopt_size_name(u64 bytes, char *buf);

#endif /* _XLATE_IOPT_H */
