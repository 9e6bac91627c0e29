/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites of iommu_probe's cores share: a memory that exists only here, in which
 * tables are built, and in which reads fail or change something when a test wants them to.
 */
#ifndef _KUNIT_IOMMU_H
#define _KUNIT_IOMMU_H

#include "suite.h"

#include "../iommu_probe/dma.h"

/* FIELD_PREP() for tables that are there at compile time. */
#define PREP(mask, val) ((u64)(val) << __builtin_ctzll(mask))

#define FAKE_PAGES 40
#define FAKE_BASE  0x100000000ULL
#define PAGE_4K	   0x1000ULL
#define PAGE_2M	   0x200000ULL
#define PAGE_1G	   0x40000000ULL

/* Not within the memory: reading there fails. */
#define FAKE_OUTSIDE (FAKE_BASE + FAKE_PAGES * PAGE_4K)

/**
 * struct fake - the memory
 * @test:      whose it is
 * @page:      its pages, from FAKE_BASE on
 * @used:      how many are in use
 * @reads:     how often it was read
 * @unknown:   reading this page says -ENODATA
 * @change_at: at this read (counted from 1), before it, *@change becomes @change_to; then
 *	       again every @change_every reads, each time the other value
 */
struct fake {
	struct kunit *test;
	u64 page[FAKE_PAGES][RADIX_ENTRIES];
	unsigned int used;
	unsigned int reads;
	u64 unknown;
	unsigned int change_at;
	unsigned int change_every;
	u64 *change;
	u64 change_to;
};

static inline struct fake *fake_new(struct kunit *test)
{
	struct fake *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->test = test;
	return m;
}

/* A fresh page of zeros. */
static inline u64 fake_page(struct fake *m)
{
	KUNIT_ASSERT_LT(m->test, m->used, (unsigned int)FAKE_PAGES);
	return FAKE_BASE + m->used++ * PAGE_4K;
}

/* The word at @phys, which has to be there. */
static inline u64 *fake_at(struct fake *m, u64 phys)
{
	u64 page = (phys - FAKE_BASE) / PAGE_4K;

	KUNIT_ASSERT_LT(m->test, page, (u64)m->used);
	return &m->page[page][phys % PAGE_4K / sizeof(u64)];
}

static inline int fake_read(void *ctx, u64 phys, void *to, unsigned int bytes)
{
	struct fake *m = ctx;
	u64 page = (phys - FAKE_BASE) / PAGE_4K, was;

	m->reads++;
	if (m->change && m->reads == m->change_at) {
		was = *m->change;
		*m->change = m->change_to;
		m->change_to = was;
		m->change_at += m->change_every;
	}
	/* What the cores promise to whoever reads for them. */
	KUNIT_EXPECT_EQ(m->test, phys & 7, 0ULL);
	KUNIT_EXPECT_TRUE(m->test, bytes >= 8 && bytes <= 64);
	KUNIT_EXPECT_LE(m->test, phys % PAGE_4K + bytes, PAGE_4K);
	if (m->unknown && (phys & ~(PAGE_4K - 1)) == m->unknown)
		return -ENODATA;
	if (phys < FAKE_BASE || page >= m->used)
		return -EFAULT;
	memcpy(to, &m->page[page][phys % PAGE_4K / sizeof(u64)], bytes);
	return 0;
}

static inline struct iop_memory fake_memory(struct fake *m)
{
	return (struct iop_memory){ .read = fake_read, .ctx = m };
}

/*
 * Puts @entry into the table of @level that translates @iova, below the root table @root
 * of @top levels. Tables on the way are made, with the bits @table. Returns the place.
 */
static inline u64 *fake_map(struct fake *m, u64 root, unsigned int top, u64 table, u64 iova,
			    unsigned int level, u64 entry)
{
	u64 *slot;

	for (;; top--) {
		slot = fake_at(m, root + radix_index(iova, top) * sizeof(u64));
		if (top == level)
			break;
		if (!*slot)
			*slot = fake_page(m) | table;
		root = *slot & GENMASK_ULL(51, 12);
	}
	*slot = entry;
	return slot;
}

/* @text is @head and then @tail: for texts that are longer than a line of source. */
static inline void expect_text(struct kunit *test, const char *text, const char *head,
			       const char *tail)
{
	size_t length = strlen(head);

	KUNIT_EXPECT_EQ_MSG(test, strncmp(text, head, length), 0, "%s", text);
	KUNIT_EXPECT_STREQ(test, text + min(length, strlen(text)), tail);
}

/* A unit with everything: 46 bits of physical address, 57 of input, all modes and sizes. */
static const struct iop_unit __maybe_unused vtd_unit = {
	.type = IOP_VTD,
	.haw = 46,
	.version = 0x60,
	.base = 0xfed90000,
	.cap = PREP(VTD_CAP_SAGAW, 0xe) | PREP(VTD_CAP_MGAW, 56) | VTD_CAP_SS2MP | VTD_CAP_SS1GP |
	       VTD_CAP_FS1GP | VTD_CAP_FS5LP | PREP(VTD_CAP_ND, 6),
	.ecap = VTD_ECAP_C | VTD_ECAP_QI | VTD_ECAP_DT | VTD_ECAP_IR | VTD_ECAP_PT | VTD_ECAP_SC |
		VTD_ECAP_NEST | VTD_ECAP_SMTS | VTD_ECAP_SSTS | VTD_ECAP_FSTS | VTD_ECAP_PASID |
		VTD_ECAP_RPS | VTD_ECAP_SSADS,
	.status = VTD_GSTS_TES | VTD_GSTS_RTPS,
};

/* AMD's, with everything. */
static const struct iop_unit __maybe_unused amd_unit = {
	.type = IOP_AMD,
	.haw = 48,
	.base = 0xfd300000,
	.cap = AMDVI_EFR_GTSUP | AMDVI_EFR_NXSUP | PREP(AMDVI_EFR_HATS, 2) |
	       PREP(AMDVI_EFR_GATS, 1) | PREP(AMDVI_EFR_GLXSUP, 2),
	.status = AMDVI_CONTROL_EN | AMDVI_CONTROL_GTEN,
};

#endif /* _KUNIT_IOMMU_H */
