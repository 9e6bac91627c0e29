// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: the second stages of CPUs, AMD's NPT and Intel's EPT. */
#include <linux/module.h>

#include "iopt.h"

#include "../iommu_probe/names.c"

#define RWX IOPT_RWX
#define RW  (IOPT_R | IOPT_W)
#define RX  (IOPT_R | IOPT_X)

#define NPT (X86_P | X86_RW | X86_US)
#define EPT (EPT_R | EPT_W | EPT_X)
#define WB  PREP(EPT_MT, 6)

#define BIT40 BIT_ULL(40) /* beyond the width of these tests */

static void npt_entries(struct kunit *test)
{
	static const struct entry_row row[] = {
		/* 1 */ { 1, 0, 0, false, 0, 0, 0, 0, "-" },
		/* 2: as KVM makes them */
		{ 1, 0x12345067 | X86_NX, 0, true, 0, 0x12345000, PAGE_4K, RW, "P,RW,US,A,D,NX" },
		/* 3: every walk is one of user mode */
		{ 1, 0x12345003, 0, true, 0, 0x12345000, PAGE_4K, 0, "P,RW" },
		/* 4 */ { 2, 0x12345023, 1, false, 0, 0, 0, 0, "P,RW,A" },
		/* 5: KVM's mark of MMIO: not present, with reserved bits */
		{ 1, GENMASK_ULL(51, 40) | 0x006, 0, false, 0, 0, 0, 0, "RW,US" },
		/* 6 */
		{ 1, NPT | BIT40, 0, false, BIT40, 0, 0, RWX, "P,RW,US,RSVD:0x10000000000" },
		/* 7 */
		{ 2, NPT | X86_PS | 5 * PAGE_2M, 0, true, 0, 5 * PAGE_2M, PAGE_2M, RWX,
		  "P,RW,US,PS" },
		/* 8 */
		{ 2, NPT | X86_PS | BIT_ULL(20), 0, false, BIT_ULL(20), 0, 0, RWX,
		  "P,RW,US,PS,RSVD:0x100000" },
		/* 9 */
		{ 3, NPT | X86_PS | 3 * PAGE_1G, 0, true, 0, 3 * PAGE_1G, PAGE_1G, RWX,
		  "P,RW,US,PS" },
		/* 10 */ { 4, NPT | X86_PS, 0, false, X86_PS, 0, 0, RWX, "P,RW,US,RSVD:0x80" },
		/* 11 */ { 5, NPT, 4, false, 0, 0, 0, RWX, "P,RW,US" },
		/* 12: software's bits */
		{ 1, NPT | GENMASK_ULL(62, 52) | GENMASK_ULL(11, 9), 0, true, 0, 0, PAGE_4K, RWX,
		  "P,RW,US" },
	};
	struct iopt t;

	iopt_init(&t, IOPT_NPT, 4, 40, 0, IOPT_2M | IOPT_1G | IOPT_NX);
	KUNIT_EXPECT_EQ(test, t.width, 48);
	expect_entries(test, &t, row, ARRAY_SIZE(row));
	/* Guest-physical addresses have no sign. */
	KUNIT_EXPECT_TRUE(test, iopt_in_range(&t, BIT_ULL(47)));
	KUNIT_EXPECT_FALSE(test, iopt_in_range(&t, BIT_ULL(48)));
}

/* The encryption bit is part of no address. */
static void npt_encryption(struct kunit *test)
{
	u64 entry = NPT | BIT_ULL(47) | 0x12345000;
	struct iopt t;

	iopt_init(&t, IOPT_NPT, 4, 43, BIT_ULL(47), IOPT_NX);
	KUNIT_EXPECT_EQ(test, iopt_reserved(&t, entry, 1), 0);
	KUNIT_EXPECT_EQ(test, iopt_phys(&t, entry, 1), 0x12345000);
	KUNIT_EXPECT_EQ(test, iopt_reserved(&t, entry | BIT_ULL(46), 1), BIT_ULL(46));
	iopt_init(&t, IOPT_NPT, 4, 43, 0, IOPT_NX);
	KUNIT_EXPECT_EQ(test, iopt_reserved(&t, entry, 1), BIT_ULL(47));
}

static void ept_entries(struct kunit *test)
{
	static const struct entry_row row[] = {
		/* 1 */ { 1, 0, 0, false, 0, 0, 0, 0, "-" },
		/* 2: as KVM makes them */
		{ 1, 0x12345000 | EPT | WB | EPT_A | EPT_D | EPT_IPAT, 0, true, 0, 0x12345000,
		  PAGE_4K, RWX, "R,W,X,A,D,IPAT,WB" },
		/* 3 */
		{ 1, 0x12345000 | EPT_R | WB, 0, true, 0, 0x12345000, PAGE_4K, IOPT_R, "R,WB" },
		/* 4 */
		{ 1, EPT_R | EPT_X | EPT_XU | EPT_SVE, 0, true, 0, 0, PAGE_4K, RX,
		  "R,X,XU,SVE,UC" },
		/* 5: writable, but not readable, is a misconfiguration */
		{ 1, EPT_W | WB, 0, false, EPT_W, 0, 0, IOPT_W, "WB,RSVD:0x2" },
		/* 6 */
		{ 1, EPT_W | EPT_X | WB, 0, false, EPT_W, 0, 0, IOPT_W | IOPT_X, "X,WB,RSVD:0x2" },
		/* 7 */ { 1, EPT_X | WB, 0, true, 0, 0, PAGE_4K, IOPT_X, "X,WB" },
		/* 8: memory types that there are not */
		{ 1, EPT | PREP(EPT_MT, 2), 0, false, EPT_MT, 0, 0, RWX, "R,W,X,2,RSVD:0x38" },
		/* 9 */
		{ 1, EPT | PREP(EPT_MT, 3), 0, false, EPT_MT, 0, 0, RWX, "R,W,X,3,RSVD:0x38" },
		/* 10 */
		{ 1, EPT | PREP(EPT_MT, 7), 0, false, EPT_MT, 0, 0, RWX, "R,W,X,7,RSVD:0x38" },
		/* 11 */ { 1, EPT | PREP(EPT_MT, 1), 0, true, 0, 0, PAGE_4K, RWX, "R,W,X,WC" },
		/* 12 */ { 1, EPT | PREP(EPT_MT, 4), 0, true, 0, 0, PAGE_4K, RWX, "R,W,X,WT" },
		/* 13 */ { 1, EPT | PREP(EPT_MT, 5), 0, true, 0, 0, PAGE_4K, RWX, "R,W,X,WP" },
		/* 14: tables have no memory type */
		{ 2, 0x12345000 | EPT | EPT_A, 1, false, 0, 0, 0, RWX, "R,W,X,A" },
		/* 15 */ { 3, EPT | WB, 2, false, WB, 0, 0, RWX, "R,W,X,RSVD:0x30" },
		/* 16 */ { 4, EPT | EPT_IPAT, 3, false, EPT_IPAT, 0, 0, RWX, "R,W,X,RSVD:0x40" },
		/* 17 */ { 5, EPT_R, 4, false, 0, 0, 0, IOPT_R, "R" },
		/* 18 */ { 2, EPT | BIT40, 1, false, BIT40, 0, 0, RWX, "R,W,X,RSVD:0x10000000000" },
		/* 19: large pages */
		{ 2, PAGE_2M | EPT | EPT_PS | WB, 0, true, 0, PAGE_2M, PAGE_2M, RWX,
		  "R,W,X,PS,WB" },
		/* 20 */
		{ 3, PAGE_1G | EPT | EPT_PS | WB, 0, true, 0, PAGE_1G, PAGE_1G, RWX,
		  "R,W,X,PS,WB" },
		/* 21: bit 12, which is PAT elsewhere */
		{ 2, EPT | EPT_PS | WB | 0x1000, 0, false, 0x1000, 0, 0, RWX,
		  "R,W,X,PS,WB,RSVD:0x1000" },
		/* 22 */ { 4, EPT | EPT_PS, 0, false, EPT_PS, 0, 0, RWX, "R,W,X,UC,RSVD:0x80" },
		/* 23: KVM's mark of MMIO: a misconfiguration with a generation in it */
		{ 1, 0x6 | BIT_ULL(51) | 0x555000, 0, false, EPT_W | BIT_ULL(51), 0, 0,
		  IOPT_W | IOPT_X, "X,UC,RSVD:0x8000000000002" },
	};
	struct iopt t;

	iopt_init(&t, IOPT_EPT, 4, 40, 0, IOPT_2M | IOPT_1G | IOPT_XO | IOPT_AD);
	expect_entries(test, &t, row, ARRAY_SIZE(row));
	iopt_init(&t, IOPT_EPT, 4, 40, 0, 0);
	KUNIT_EXPECT_EQ(test, iopt_reserved(&t, EPT_X | WB, 1), EPT_X);
	KUNIT_EXPECT_EQ(test, iopt_reserved(&t, EPT | EPT_PS | WB, 2), EPT_PS);
	KUNIT_EXPECT_EQ(test, iopt_reserved(&t, EPT | EPT_PS | WB, 3), EPT_PS);
}

static void npt_ept_walk(struct kunit *test)
{
	static const struct {
		enum iopt_format format;
		unsigned int levels;
		u64 table, page;
	} row[] = {
		/* 1 */ { IOPT_NPT, 4, NPT, NPT },
		/* 2 */ { IOPT_NPT, 5, NPT, NPT },
		/* 3 */ { IOPT_EPT, 4, EPT, EPT | WB },
		/* 4 */ { IOPT_EPT, 5, EPT, EPT | WB },
	};
	unsigned int i, n;

	for (n = 0; n < ARRAY_SIZE(row); n++) {
		unsigned int levels = row[n].levels;
		struct tree *tree =
			tree_new(test, row[n].format, levels, 40, IOPT_2M | IOPT_1G | IOPT_NX);
		u64 top = BIT_ULL(tree->t.width - 1);

		for (i = 0; i < 5; i++)
			fake_map(tree->mem, tree->root, levels, row[n].table, top + i * PAGE_4K, 1,
				 i * PAGE_4K | row[n].page);
		fake_map(tree->mem, tree->root, levels, row[n].table, top + PAGE_2M, 2,
			 PAGE_2M | row[n].page | X86_PS);
		fake_map(tree->mem, tree->root, levels, row[n].table, top + PAGE_1G, 3,
			 PAGE_1G | row[n].page | X86_PS);
		fake_map(tree->mem, tree->root, levels, row[n].table, 0, 1, row[n].page | BIT40);
		KUNIT_EXPECT_EQ_MSG(test, tree_walk(tree), 0, "row %u", n + 1);
		KUNIT_EXPECT_EQ_MSG(test, tree->leaves, 7, "row %u", n + 1);

		/* The tree in itself: as deep as it has levels, no deeper. */
		memset(tree->mem->page[0], 0, PAGE_4K);
		*fake_at(tree->mem, tree->root + 8) = tree->root | row[n].table;
		KUNIT_EXPECT_EQ_MSG(test, tree_walk(tree), 0, "row %u", n + 1);
		KUNIT_EXPECT_EQ_MSG(test, tree->leaves, 1, "row %u", n + 1);
		KUNIT_EXPECT_EQ_MSG(test, tree->tables, levels, "row %u", n + 1);
	}
}

static struct kunit_case npt_cases[] = {
	KUNIT_CASE(npt_entries),
	KUNIT_CASE(npt_encryption),
	KUNIT_CASE(ept_entries),
	KUNIT_CASE(npt_ept_walk),
	{},
};

static struct kunit_suite npt_suite = {
	.name = "iommu_probe_npt",
	.test_cases = npt_cases,
};

kunit_test_suite(npt_suite);

MODULE_DESCRIPTION("KUnit suite of NPT and EPT");
MODULE_LICENSE("GPL");
