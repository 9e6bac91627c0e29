// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: VT-d's second-stage and first-stage tables. */
#include <linux/module.h>

#include "iopt.h"

#include "../iommu_probe/names.c"

#define RWX   IOPT_RWX
#define RX    (IOPT_R | IOPT_X)
#define SS    (VTD_SS_R | VTD_SS_W)
#define FS    (X86_P | X86_RW | X86_US)
#define BIT46 BIT_ULL(46) /* beyond the host's width in these tests */

static void vtd_second_stage(struct kunit *test)
{
	static const struct entry_row row[] = {
		/* 1 */ { 1, 0, 0, false, 0, 0, 0, 0, "-" },
		/* 2 */ { 1, 0x12345003, 0, true, 0, 0x12345000, PAGE_4K, RWX, "R,W" },
		/* 3 */ { 1, 0x12345001, 0, true, 0, 0x12345000, PAGE_4K, RX, "R" },
		/* 4 */ { 1, 0x12345002, 0, true, 0, 0x12345000, PAGE_4K, IOPT_W, "W" },
		/* 5: not there, whatever else is set */
		{ 1, 0x12345000 | VTD_SS_SNP, 0, false, 0, 0, 0, 0, "-" },
		/* 6: PS, ignored bits and A, D without their use */
		{ 1, 0x12345003 | VTD_SS_PS | 0x77c | GENMASK_ULL(61, 52), 0, true, 0, 0x12345000,
		  PAGE_4K, RWX, "R,W" },
		/* 7 */ { 1, SS | VTD_SS_SNP, 0, true, 0, 0, PAGE_4K, RWX, "R,W,SNP" },
		/* 8 */
		{ 1, SS | VTD_SS_TM, 0, false, VTD_SS_TM, 0, 0, RWX,
		  "R,W,RSVD:0x4000000000000000" },
		/* 9 */ { 1, SS | BIT46, 0, false, BIT46, 0, 0, RWX, "R,W,RSVD:0x400000000000" },
		/* 10 */ { 1, SS | BIT_ULL(45), 0, true, 0, BIT_ULL(45), PAGE_4K, RWX, "R,W" },
		/* 11: tables */ { 2, 0x12345003, 1, false, 0, 0, 0, RWX, "R,W" },
		/* 12 */ { 3, 0x12345002, 2, false, 0, 0, 0, IOPT_W, "W" },
		/* 13 */ { 6, 0x12345001, 5, false, 0, 0, 0, RX, "R" },
		/* 14: no snooping of tables */
		{ 2, SS | VTD_SS_SNP, 1, false, VTD_SS_SNP, 0, 0, RWX, "R,W,RSVD:0x800" },
		/* 15 */ { 4, SS | BIT46, 3, false, BIT46, 0, 0, RWX, "R,W,RSVD:0x400000000000" },
		/* 16: large pages */
		{ 2, 0x200083, 0, true, 0, 0x200000, PAGE_2M, RWX, "R,W,PS" },
		/* 17 */ { 3, 0x40000881, 0, true, 0, 0x40000000, PAGE_1G, RX, "R,PS,SNP" },
		/* 18: their low address bits */
		{ 2, 0x201083, 0, false, 0x1000, 0, 0, RWX, "R,W,PS,RSVD:0x1000" },
		/* 19 */
		{ 3, 0x60000083, 0, false, 0x20000000, 0, 0, RWX, "R,W,PS,RSVD:0x20000000" },
		/* 20: no such size */ { 4, 0x83, 0, false, VTD_SS_PS, 0, 0, RWX, "R,W,RSVD:0x80" },
		/* 21 */ { 5, 0x83, 0, false, VTD_SS_PS, 0, 0, RWX, "R,W,RSVD:0x80" },
		/* 22 */ { 6, 0x80, 0, false, 0, 0, 0, 0, "PS" },
	};
	struct iopt t;

	iopt_init(&t, IOPT_VTD_SS, 4, 46, 0, IOPT_2M | IOPT_1G | IOPT_SNP);
	KUNIT_EXPECT_EQ(test, t.width, 48);
	KUNIT_EXPECT_EQ(test, t.addr_mask, GENMASK_ULL(45, 12));
	expect_entries(test, &t, row, ARRAY_SIZE(row));
}

/* What an entry means depends on what the unit can do. */
static void vtd_second_stage_features(struct kunit *test)
{
	static const struct {
		u8 features;
		u8 level;
		u64 entry, bad;
		const char *flags;
	} row[] = {
		/* 1 */ { 0, 1, SS | VTD_SS_SNP, VTD_SS_SNP, "R,W,RSVD:0x800" },
		/* 2 */ { 0, 2, SS | VTD_SS_PS, VTD_SS_PS, "R,W,RSVD:0x80" },
		/* 3 */ { IOPT_2M, 2, SS | VTD_SS_PS, 0, "R,W,PS" },
		/* 4 */ { IOPT_2M, 3, SS | VTD_SS_PS, VTD_SS_PS, "R,W,RSVD:0x80" },
		/* 5 */ { IOPT_1G, 2, SS | VTD_SS_PS, VTD_SS_PS, "R,W,RSVD:0x80" },
		/* 6 */ { IOPT_TM, 1, SS | VTD_SS_TM, 0, "R,W,TM" },
		/* 7 */ { IOPT_TM, 2, SS | VTD_SS_TM, VTD_SS_TM, "R,W,RSVD:0x4000000000000000" },
		/* 8 */ { IOPT_AD, 1, SS | VTD_SS_A | VTD_SS_D, 0, "R,W,A,D" },
		/* 9 */ { IOPT_AD, 2, SS | VTD_SS_A | VTD_SS_D, 0, "R,W,A" },
	};
	struct iopt t;
	unsigned int i;
	char buf[96];

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		iopt_init(&t, IOPT_VTD_SS, 3, 52, 0, row[i].features);
		KUNIT_EXPECT_EQ_MSG(test, iopt_reserved(&t, row[i].entry, row[i].level), row[i].bad,
				    "row %u", i + 1);
		iopt_flags(&t, row[i].entry, row[i].level, buf, sizeof(buf));
		KUNIT_EXPECT_STREQ_MSG(test, buf, row[i].flags, "row %u", i + 1);
	}
}

static void vtd_first_stage(struct kunit *test)
{
	static const struct entry_row row[] = {
		/* 1 */ { 1, 0, 0, false, 0, 0, 0, 0, "-" },
		/* 2 */ { 1, 0x12345067, 0, true, 0, 0x12345000, PAGE_4K, RWX, "P,RW,US,A,D" },
		/* 3 */ { 1, 0x12345005, 0, true, 0, 0x12345000, PAGE_4K, RX, "P,US" },
		/* 4: for privileged requests only */
		{ 1, 0x12345003, 0, true, 0, 0x12345000, PAGE_4K, 0, "P,RW" },
		/* 5: not there */ { 1, 0x12345066, 0, false, 0, 0, 0, 0, "RW,US,A" },
		/* 6 */ { 1, FS | X86_NX, 0, true, 0, 0, PAGE_4K, IOPT_R | IOPT_W, "P,RW,US,NX" },
		/* 7 */
		{ 1, FS | VTD_FS_EA | X86_PAT | X86_G | X86_PWT | X86_PCD, 0, true, 0, 0, PAGE_4K,
		  RWX, "P,RW,US,PWT,PCD,G,EA,PAT" },
		/* 8 */ { 1, FS | GENMASK_ULL(62, 52), 0, true, 0, 0, PAGE_4K, RWX, "P,RW,US" },
		/* 9 */
		{ 1, FS | BIT46, 0, false, BIT46, 0, 0, RWX, "P,RW,US,RSVD:0x400000000000" },
		/* 10 */ { 2, 0x12345027, 1, false, 0, 0, 0, RWX, "P,RW,US,A" },
		/* 11 */ { 5, 0x12345025, 4, false, 0, 0, 0, RX, "P,US,A" },
		/* 12 */
		{ 2, FS | X86_PS | X86_PAT_LARGE | PAGE_2M, 0, true, 0, PAGE_2M, PAGE_2M, RWX,
		  "P,RW,US,PS,PAT" },
		/* 13 */
		{ 2, FS | X86_PS | 0x2000, 0, false, 0x2000, 0, 0, RWX, "P,RW,US,PS,RSVD:0x2000" },
		/* 14 */
		{ 3, FS | X86_PS | PAGE_1G, 0, true, 0, PAGE_1G, PAGE_1G, RWX, "P,RW,US,PS" },
		/* 15 */
		{ 3, FS | X86_PS | PAGE_2M, 0, false, PAGE_2M, 0, 0, RWX,
		  "P,RW,US,PS,RSVD:0x200000" },
		/* 16 */ { 4, FS | X86_PS, 0, false, X86_PS, 0, 0, RWX, "P,RW,US,RSVD:0x80" },
		/* 17 */ { 5, FS | X86_PS, 0, false, X86_PS, 0, 0, RWX, "P,RW,US,RSVD:0x80" },
	};
	struct iopt t;

	iopt_init(&t, IOPT_VTD_FS, 4, 46, 0, IOPT_2M | IOPT_1G | IOPT_NX);
	expect_entries(test, &t, row, ARRAY_SIZE(row));

	/* Bit 63 where it does not forbid execution; no pages of 1 GiB. */
	iopt_init(&t, IOPT_VTD_FS, 4, 46, 0, IOPT_2M);
	KUNIT_EXPECT_EQ(test, iopt_reserved(&t, FS | X86_NX, 1), X86_NX);
	KUNIT_EXPECT_EQ(test, iopt_reserved(&t, FS | X86_NX, 3), X86_NX);
	KUNIT_EXPECT_EQ(test, iopt_reserved(&t, FS | X86_PS, 3), X86_PS);
}

static void vtd_ranges(struct kunit *test)
{
	static const struct {
		enum iopt_format format;
		u8 levels;
		u64 first[2], last[2];
	} row[] = {
		/* 1 */ { IOPT_VTD_SS, 2, { 0 }, { 0x3fffffff } },
		/* 2 */ { IOPT_VTD_SS, 3, { 0 }, { 0x7fffffffff } },
		/* 3 */ { IOPT_VTD_SS, 6, { 0 }, { ~0ULL } },
		/* 4 */
		{ IOPT_VTD_FS, 4, { 0, 0xffff800000000000 }, { 0x7fffffffffff, ~0ULL } },
		/* 5 */
		{ IOPT_VTD_FS, 5, { 0, 0xff00000000000000 }, { 0xffffffffffffff, ~0ULL } },
	};
	struct iopt t;
	u64 first, last;
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		iopt_init(&t, row[i].format, row[i].levels, 46, 0, 0);
		for (n = 0; n < 2 && row[i].last[n]; n++) {
			KUNIT_EXPECT_TRUE_MSG(test, iopt_range(&t, n, &first, &last), "row %u",
					      i + 1);
			KUNIT_EXPECT_EQ_MSG(test, first, row[i].first[n], "row %u", i + 1);
			KUNIT_EXPECT_EQ_MSG(test, last, row[i].last[n], "row %u", i + 1);
			KUNIT_EXPECT_TRUE_MSG(test, iopt_in_range(&t, first), "row %u", i + 1);
			KUNIT_EXPECT_TRUE_MSG(test, iopt_in_range(&t, last), "row %u", i + 1);
			if (last != ~0ULL)
				KUNIT_EXPECT_FALSE_MSG(test, iopt_in_range(&t, last + 1), "row %u",
						       i + 1);
		}
		KUNIT_EXPECT_FALSE_MSG(test, iopt_range(&t, n, &first, &last), "row %u", i + 1);
	}
}

/* Every size in one tree: each span is what looking up its addresses one by one finds. */
static void vtd_walk(struct kunit *test)
{
	static const enum iopt_format formats[] = { IOPT_VTD_SS, IOPT_VTD_FS };
	unsigned int f, i;

	for (f = 0; f < ARRAY_SIZE(formats); f++) {
		struct tree *tree =
			tree_new(test, formats[f], 4, 46, IOPT_2M | IOPT_1G | IOPT_NX | IOPT_SNP);
		u64 rw = formats[f] == IOPT_VTD_SS ? SS : FS;

		for (i = 0; i < 7; i++)
			fake_map(tree->mem, tree->root, 4, rw, (3 + i) * PAGE_4K, 1,
				 (0x1000 + i) * PAGE_4K | rw);
		fake_map(tree->mem, tree->root, 4, rw, 5 * PAGE_2M, 2, PAGE_2M | rw | X86_PS);
		fake_map(tree->mem, tree->root, 4, rw, 9 * PAGE_1G, 3, PAGE_1G | rw | X86_PS);
		fake_map(tree->mem, tree->root, 4, rw, BIT_ULL(47), 1, rw);
		fake_map(tree->mem, tree->root, 4, rw, BIT_ULL(48) - PAGE_4K, 1, rw);
		/* One that maps nothing: a reserved bit. */
		fake_map(tree->mem, tree->root, 4, rw, BIT_ULL(47) + PAGE_4K, 1, rw | BIT46);
		/* One whose table is refused: leaves below it, but no way to them. */
		fake_map(tree->mem, tree->root, 4, rw, 11 * PAGE_1G, 1, rw);
		*fake_map(tree->mem, tree->root, 4, rw, 11 * PAGE_1G, 3,
			  *fake_at(tree->mem, tree->root)) |= BIT46;
		KUNIT_EXPECT_EQ(test, tree_walk(tree), 0);
		KUNIT_EXPECT_EQ(test, tree->begun, true);
		KUNIT_EXPECT_LE(test, 12U, tree->leaves);
	}
}

/* A table that leads to itself, by many of its entries: depth falls all the same. */
static void vtd_loops(struct kunit *test)
{
	struct tree *tree = tree_new(test, IOPT_VTD_SS, 2, 46, 0);
	unsigned int i;

	for (i = 0; i < 32; i++)
		*fake_at(tree->mem, tree->root + i * 8) = tree->root | SS;
	KUNIT_EXPECT_EQ(test, tree_walk(tree), 0);
	KUNIT_EXPECT_EQ(test, tree->leaves, 32U * 32);
	KUNIT_EXPECT_EQ(test, tree->tables, 1U + 32);

	/* A table outside of memory ends the walk with what the reader says. */
	*fake_at(tree->mem, tree->root + 8) = FAKE_OUTSIDE | SS;
	KUNIT_EXPECT_EQ(test, tree_walk(tree), -EFAULT);

	/* Deeper: one entry that leads back to the root at each level. */
	tree = tree_new(test, IOPT_VTD_SS, 6, 46, 0);
	*fake_at(tree->mem, tree->root) = tree->root | SS;
	KUNIT_EXPECT_EQ(test, tree_walk(tree), 0);
	KUNIT_EXPECT_EQ(test, tree->leaves, 1);
	KUNIT_EXPECT_EQ(test, tree->tables, 6);

	tree->t.format = IOPT_NONE;
	KUNIT_EXPECT_EQ(test, tree_walk(tree), -EINVAL);
}

/* The layouts themselves, by the numbers of the specification. */
static void vtd_layout(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, vtd_mgaw(0x00d2008c222f0606), 48);
	KUNIT_EXPECT_EQ(test, vtd_fault_records(0x00d2008c222f0606), 1);
	/* QEMU's: at 0x220. */
	KUNIT_EXPECT_EQ(test, vtd_fault_offset(0x00d2008c222f0606), 0x220);
	KUNIT_EXPECT_TRUE(test, vtd_levels_ok(0x00d2008c222f0606, 3));
	KUNIT_EXPECT_TRUE(test, vtd_levels_ok(0x00d2008c222f0606, 4));
	KUNIT_EXPECT_FALSE(test, vtd_levels_ok(0x00d2008c222f0606, 5));
	KUNIT_EXPECT_FALSE(test, vtd_levels_ok(~0ULL, 1));
	KUNIT_EXPECT_FALSE(test, vtd_levels_ok(~0ULL, 7));
	KUNIT_EXPECT_TRUE(test, vtd_levels_ok(~0ULL, 6));
}

static struct kunit_case vtd_cases[] = {
	KUNIT_CASE(vtd_second_stage), KUNIT_CASE(vtd_second_stage_features),
	KUNIT_CASE(vtd_first_stage),  KUNIT_CASE(vtd_ranges),
	KUNIT_CASE(vtd_walk),	      KUNIT_CASE(vtd_loops),
	KUNIT_CASE(vtd_layout),	      {},
};

static struct kunit_suite vtd_suite = {
	.name = "iommu_probe_vtd",
	.test_cases = vtd_cases,
};

kunit_test_suite(vtd_suite);

MODULE_DESCRIPTION("KUnit suite of VT-d's page tables");
MODULE_LICENSE("GPL");
