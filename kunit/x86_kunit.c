// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: what x86-64 page table entries say, and in which words. */
#include <linux/module.h>

#include "suite.h"

#include "../pagewalk/x86_names.c"

#define RW_AREA	  (PAGEWALK_VMA_PRESENT | PAGEWALK_VMA_READ | PAGEWALK_VMA_WRITE)
#define NONE_AREA PAGEWALK_VMA_PRESENT /* mmap(PROT_NONE) */

/* An entry with P clear that keeps @frame: the address bits are stored inverted. */
#define INV(frame, flags) ((0x000f7ffffffff000 & ~(u64)(frame)) | (flags))
/* The same of 2 MiB, where bits 12..20 are no part of the address. */
#define INV_2M(frame, flags) ((0x000f7fffffe00000 & ~(u64)(frame)) | (flags))

static void x86_states(struct kunit *test)
{
	static const struct {
		unsigned int level;
		u64 entry;
		u32 vma;
		enum pagewalk_state state;
	} row[] = {
		/* 1 */ { 1, 0, RW_AREA, PAGEWALK_NONE },
		/* 2 */ { 3, 0, NONE_AREA, PAGEWALK_NONE },
		/* present: a page in level 1, a table above, unless PS is set */
		/* 3 */ { 1, 0x103abc025, RW_AREA, PAGEWALK_PAGE },
		/* 4 */ { 1, 0x103abc0a5, RW_AREA, PAGEWALK_PAGE },
		/* 5 */ { 2, 0x103abc067, RW_AREA, PAGEWALK_TABLE },
		/* 6 */ { 2, 0x1040000e7, RW_AREA, PAGEWALK_PAGE },
		/* 7 */ { 3, 0x1400000e7, RW_AREA, PAGEWALK_PAGE },
		/* 8 */ { 4, 0x103abc067, RW_AREA, PAGEWALK_TABLE },
		/* 9 */ { 5, 0x103abc067, RW_AREA, PAGEWALK_TABLE },
		/* 10 */ { 4, 0x103abc0e7, RW_AREA, PAGEWALK_PAGE },
		/* every present entry, whatever else is set */
		/* 11 */ { 1, ~0ULL, NONE_AREA, PAGEWALK_PAGE },
		/* a kernel page: G is bit 8, too */
		/* 12 */ { 1, 0x103abc163, RW_AREA, PAGEWALK_PAGE },
		/* PROT_NONE */
		/* 13 */ { 1, INV(0x103abc000, X86_PROTNONE), NONE_AREA, PAGEWALK_PROTNONE },
		/* 14 */ { 1, INV(0x103abc000, X86_PROTNONE), RW_AREA, PAGEWALK_NUMA },
		/* swap */
		/* 15 */ { 1, SUITE_SWP(0, 1), RW_AREA, PAGEWALK_SWAP },
		/* 16 */ { 1, SUITE_SWP(22, 0x12345), RW_AREA, PAGEWALK_SWAP },
		/* an entry of type 0 with an offset of all ones has no bit set but its flags */
		/* 17 */
		{ 1, SUITE_SWP(0, GENMASK_ULL(49, 0)) | X86_SWP_SOFT_DIRTY, RW_AREA,
		  PAGEWALK_SWAP },
		/* 18 */ { 1, SUITE_SWP(23, 0x103abc), RW_AREA, PAGEWALK_HWPOISON },
		/* 19 */ { 1, SUITE_SWP(24, 0x103abc), RW_AREA, PAGEWALK_MIGRATION },
		/* 20 */ { 1, SUITE_SWP(25, 0x103abc), RW_AREA, PAGEWALK_MIGRATION },
		/* 21 */ { 1, SUITE_SWP(26, 0x103abc), RW_AREA, PAGEWALK_MIGRATION },
		/* 22 */ { 1, SUITE_SWP(27, 0x103abc), RW_AREA, PAGEWALK_DEVICE },
		/* 23 */ { 1, SUITE_SWP(28, 0x103abc), RW_AREA, PAGEWALK_DEVICE },
		/* 24 */ { 1, SUITE_SWP(29, 0x103abc), RW_AREA, PAGEWALK_DEVICE_EXCL },
		/* 25 */ { 1, SUITE_SWP(30, 0x103abc), RW_AREA, PAGEWALK_DEVICE_EXCL },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    x86_state(&suite_mmu, row[i].entry, row[i].level, row[i].vma),
				    row[i].state, "row %u", i + 1);
}

/* What a kernel lacks is not mistaken for something that it has. */
static void x86_absent_types(struct kunit *test)
{
	struct pagewalk_mmu mmu = suite_mmu;
	unsigned int type;

	mmu.swp_files = 28;
	mmu.swp_hwpoison = PAGEWALK_SWP_ABSENT;
	mmu.swp_migration_read = 28;
	mmu.swp_migration_read_excl = 29;
	mmu.swp_migration_write = 30;
	mmu.swp_device_write = PAGEWALK_SWP_ABSENT;
	mmu.swp_device_read = PAGEWALK_SWP_ABSENT;
	mmu.swp_device_excl_write = PAGEWALK_SWP_ABSENT;
	mmu.swp_device_excl_read = PAGEWALK_SWP_ABSENT;
	for (type = 0; type < 32; type++)
		KUNIT_EXPECT_EQ_MSG(test, x86_state(&mmu, SUITE_SWP(type, 4), 1, RW_AREA),
				    type < 28 ? PAGEWALK_SWAP :
				    type < 31 ? PAGEWALK_MIGRATION :
						PAGEWALK_GUARD,
				    "type %u", type);

	mmu.swp_marker = PAGEWALK_SWP_ABSENT;
	KUNIT_EXPECT_EQ(test, x86_state(&mmu, SUITE_SWP(31, 1), 1, RW_AREA), PAGEWALK_UNKNOWN);
	mmu.swp_migration_write = PAGEWALK_SWP_ABSENT;
	KUNIT_EXPECT_EQ(test, x86_state(&mmu, SUITE_SWP(30, 1), 1, RW_AREA), PAGEWALK_UNKNOWN);
}

/* Pitfall 1: the fifth level is one more, not a copy of the fourth. */
static void x86_pitfall_1_la57(struct kunit *test)
{
	unsigned int level;

	for (level = 2; level <= X86_MAX_LEVEL; level++)
		KUNIT_EXPECT_EQ(test, x86_next(X86_P, level), level - 1);
	KUNIT_EXPECT_EQ(test, x86_next(X86_P, 1), 0);
	KUNIT_EXPECT_EQ(test, x86_next(~X86_P, 3), 0);
	/* PS is reserved above level 3: the hardware would not go on there. */
	for (level = 2; level <= X86_MAX_LEVEL; level++)
		KUNIT_EXPECT_EQ(test, x86_next(X86_P | X86_PS, level), 0);
	KUNIT_EXPECT_STREQ(test, x86_size_name(1), "4K");
	KUNIT_EXPECT_STREQ(test, x86_size_name(2), "2M");
	KUNIT_EXPECT_STREQ(test, x86_size_name(3), "1G");
	KUNIT_EXPECT_STREQ(test, x86_size_name(4), "512G");
	KUNIT_EXPECT_STREQ(test, x86_size_name(5), "256T");
	KUNIT_EXPECT_STREQ(test, x86_size_name(0), "?");
	KUNIT_EXPECT_STREQ(test, x86_size_name(6), "?");
}

#define R PAGEWALK_R
#define W PAGEWALK_W
#define X PAGEWALK_X

/* Pitfall 2: with PTI, NX of the kernel's copy of the top level is not user mode's. */
static void x86_pitfall_2_pti(struct kunit *test)
{
	struct radix_walk *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	u64 kernel = 0x103abd067 | X86_NX, user = 0x103abd067;

	KUNIT_ASSERT_NOT_NULL(test, w);
	w->top = 4;
	w->path[4] = kernel;
	w->path[3] = 0x103abe067;
	w->path[2] = 0x103abf067;
	KUNIT_EXPECT_EQ(test, x86_path_rights(&suite_mmu, w, 1), R | W);
	w->path[4] = user;
	KUNIT_EXPECT_EQ(test, x86_path_rights(&suite_mmu, w, 1), R | W | X);
	/* Above the top there is nothing that could forbid anything. */
	KUNIT_EXPECT_EQ(test, x86_path_rights(&suite_mmu, w, 4), R | W | X);
}

/* Pitfall 3: rights are what all levels leave. */
static void x86_pitfall_3_effective_rights(struct kunit *test)
{
	static const struct {
		u64 top, middle, leaf; /* flags */
		u8 rights;
	} row[] = {
		/* 1 */ { 0x7, 0x7, 0x7, R | W | X },
		/* 2 */ { 0x5, 0x7, 0x7, R | X },
		/* 3 */ { 0x7, 0x5, 0x7, R | X },
		/* 4 */ { 0x7, 0x7, 0x5, R | X },
		/* 5 */ { 0x7, 0x7, 0x7 | X86_NX, R | W },
		/* 6 */ { 0x7 | X86_NX, 0x7, 0x7, R | W },
		/* 7 */ { 0x7, 0x5 | X86_NX, 0x7, R },
		/* 8 */ { 0x3, 0x7, 0x7, 0 },
		/* 9 */ { 0x7, 0x7, 0x3, 0 },
		/* 10 */ { 0x7, 0x7, 0x6, 0 },
		/* 11 */ { 0x7, 0x6, 0x7, 0 },
		/* D without RW is a shadow stack, still not writable */
		/* 12 */ { 0x7, 0x7, 0x5 | X86_D, R | X },
	};
	struct radix_walk *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	struct pagewalk_mmu mmu = suite_mmu;
	unsigned int i;
	char name[4];

	KUNIT_ASSERT_NOT_NULL(test, w);
	w->top = 3;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		w->path[3] = row[i].top;
		w->path[2] = row[i].middle;
		KUNIT_EXPECT_EQ_MSG(test,
				    x86_path_rights(&suite_mmu, w, 1) &
					    x86_rights(&suite_mmu, row[i].leaf),
				    row[i].rights, "row %u", i + 1);
	}
	/* Without EFER.NXE bit 63 forbids nothing. */
	mmu.flags &= ~PAGEWALK_MMU_NX;
	KUNIT_EXPECT_EQ(test, x86_rights(&mmu, 0x7 | X86_NX), R | W | X);

	KUNIT_EXPECT_STREQ(test, x86_rights_name(0, name), "---");
	KUNIT_EXPECT_STREQ(test, x86_rights_name(R, name), "r--");
	KUNIT_EXPECT_STREQ(test, x86_rights_name(R | W, name), "rw-");
	KUNIT_EXPECT_STREQ(test, x86_rights_name(R | X, name), "r-x");
	KUNIT_EXPECT_STREQ(test, x86_rights_name(R | W | X, name), "rwx");
}

/* Pitfall 3: bit 7 is PAT in level 1 and PS above, where PAT is bit 12. */
static void x86_pitfall_3_pat(struct kunit *test)
{
	static const char *const type[] = { "WB", "WC", "UC-", "UC", "WB", "WP", "UC-", "WT" };
	unsigned int i;

	for (i = 0; i < 8; i++) {
		u64 bits = (i & 1 ? X86_PWT : 0) | (i & 2 ? X86_PCD : 0) | X86_P;
		u64 small = bits | (i & 4 ? X86_PAT : 0);
		u64 large = bits | X86_PS | (i & 4 ? X86_PAT_LARGE : 0);

		KUNIT_EXPECT_EQ(test, x86_pat_index(small, 1), i);
		KUNIT_EXPECT_EQ(test, x86_pat_index(large, 2), i);
		KUNIT_EXPECT_EQ(test, x86_pat_index(large, 3), i);
		KUNIT_EXPECT_STREQ(test, x86_memory_type(small, 1), type[i]);
		KUNIT_EXPECT_STREQ(test, x86_memory_type(large, 2), type[i]);
	}
	/* Bit 12 of a 4K page is its address. */
	KUNIT_EXPECT_EQ(test, x86_pat_index(0x1000 | X86_P, 1), 0);
	KUNIT_EXPECT_EQ(test, x86_frame(&suite_mmu, 0x1000 | X86_P, 1), 0x1000);
	KUNIT_EXPECT_EQ(test, x86_frame(&suite_mmu, 0x201000 | X86_P | X86_PS, 2), 0x200000);
}

/* Pitfall 3: Linux parks the dirty bit of a read-only page in a software bit. */
static void x86_pitfall_3_saved_dirty(struct kunit *test)
{
	struct pagewalk_mmu mmu = suite_mmu;

	KUNIT_EXPECT_TRUE(test, x86_dirty(&mmu, X86_P | X86_D));
	KUNIT_EXPECT_TRUE(test, x86_dirty(&mmu, X86_P | BIT_ULL(58)));
	KUNIT_EXPECT_FALSE(test, x86_dirty(&mmu, X86_P | X86_A));
	/* A kernel without that bit uses it for nothing. */
	mmu.saved_dirty_mask = 0;
	KUNIT_EXPECT_FALSE(test, x86_dirty(&mmu, X86_P | BIT_ULL(58)));
}

/* Pitfall 4: PROT_NONE and NUMA hints keep their frame, inverted (L1TF). */
static void x86_pitfall_4_inverted(struct kunit *test)
{
	static const struct {
		unsigned int level;
		u64 entry, frame;
	} row[] = {
		/* 1 */ { 1, 0x8000000103abc025, 0x103abc000 },
		/* 2 */ { 1, INV(0x103abc000, X86_PROTNONE | X86_US), 0x103abc000 },
		/* 3 */ { 1, INV(0, X86_PROTNONE), 0 },
		/* 4 */ { 1, INV(0x7ffffffff000, X86_PROTNONE | X86_NX), 0x7ffffffff000 },
		/* digit by digit: 0x103abc000 ^ 0x000f7ffffffff000, NX, PROT_NONE, A, US */
		/* 5 */ { 1, 0x800f7ffefc543124, 0x103abc000 },
		/* 6 */ { 2, INV_2M(0x140000000, X86_PROTNONE | X86_PS), 0x140000000 },
		/* 7 */ { 2, INV_2M(0, X86_PROTNONE | X86_PS), 0 },
		/* 8 */
		{ 2, INV_2M(0x140200000, X86_PROTNONE | X86_PS | X86_PAT_LARGE), 0x140200000 },
		/* 9 */ { 3, 0x1400000e7 | X86_PAT_LARGE, 0x140000000 },
		/* caught in the middle of a split: P clear, so inverted, too */
		/* 10 */ { 2, INV_2M(0x140200000, X86_PS | X86_RW), 0x140200000 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++)
		KUNIT_EXPECT_EQ_MSG(test, x86_frame(&suite_mmu, row[i].entry, row[i].level),
				    row[i].frame, "row %u", i + 1);

	/* Only the area tells them apart. */
	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ_MSG(test, x86_state(&suite_mmu, row[1].entry, 1, NONE_AREA | i),
				    i ? PAGEWALK_NUMA : PAGEWALK_PROTNONE, "rights %u", i);
	/* In level 2 as well, where bit 7 is set besides. */
	KUNIT_EXPECT_EQ(test, x86_state(&suite_mmu, row[5].entry, 2, NONE_AREA), PAGEWALK_PROTNONE);
	KUNIT_EXPECT_EQ(test, x86_state(&suite_mmu, row[5].entry, 2, RW_AREA), PAGEWALK_NUMA);
}

/* Pitfall 5: PS with P clear is a huge page being split, neither swap nor absent. */
static void x86_pitfall_5_split(struct kunit *test)
{
	u64 entry = INV_2M(0x140200000, X86_PS | X86_RW | X86_US | X86_A | X86_D);
	char flags[96];

	KUNIT_EXPECT_EQ(test, x86_state(&suite_mmu, entry, 2, RW_AREA), PAGEWALK_SPLIT);
	KUNIT_EXPECT_EQ(test, x86_state(&suite_mmu, entry, 3, RW_AREA), PAGEWALK_SPLIT);
	/* Level 1 has no PS: there bit 7 is PAT, and means nothing with P clear. */
	KUNIT_EXPECT_NE(test, x86_state(&suite_mmu, entry, 1, RW_AREA), PAGEWALK_SPLIT);
	KUNIT_EXPECT_EQ(test, x86_target(&suite_mmu, entry, 2, PAGEWALK_SPLIT), 0x140200);
	x86_flags(&suite_mmu, entry, 2, PAGEWALK_SPLIT, flags, sizeof(flags));
	KUNIT_EXPECT_STREQ(test, flags, "RW,US,A,D,PS");
}

/* Pitfall 6: where type and offset of a swap-like entry are. */
static void x86_pitfall_6_swap_fields(struct kunit *test)
{
	static const struct {
		u64 entry;
		unsigned int type;
		u64 offset;
	} row[] = {
		/* 1 */ { 0x07fffffffffffe00, 0, 0 },
		/* 2 */ { 0x07fffffffffffc00, 0, 1 },
		/* 3 */ { 0x0ffffffffffdb800, 1, 0x123 },
		/* 4 */ { 0x0ffffffffffdb80e, 1, 0x123 },
		/* 5 */ { 0xb000000000000000, 22, 0x3ffffffffffff },
		/* 6 */ { 0xfffffffffffff800, 31, 3 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		KUNIT_EXPECT_EQ_MSG(test, x86_swp_type(row[i].entry), row[i].type, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, x86_swp_offset(row[i].entry), row[i].offset, "row %u",
				    i + 1);
	}
	/* Migration entries say in the offset's upper bits whether the page was used. */
	KUNIT_EXPECT_EQ(test,
			x86_target(&suite_mmu,
				   SUITE_SWP(26, 0x103abc | X86_SWP_YOUNG(4) | X86_SWP_DIRTY(4)), 1,
				   PAGEWALK_MIGRATION),
			0x103abc);
	KUNIT_EXPECT_EQ(test, x86_target(&suite_mmu, SUITE_SWP(3, 1ULL << 41), 1, PAGEWALK_SWAP),
			1ULL << 41);
}

/* Pitfall 7: markers are no swap, and each bit is another story. */
static void x86_pitfall_7_markers(struct kunit *test)
{
	static const struct {
		u64 bits;
		enum pagewalk_state state;
	} row[] = {
		/* 0 */ { 0, PAGEWALK_UNKNOWN },
		/* 1 */ { 1, PAGEWALK_UFFD_WP },
		/* 2 */ { 2, PAGEWALK_POISON },
		/* 3 */ { 3, PAGEWALK_POISON },
		/* 4 */ { 4, PAGEWALK_GUARD },
		/* 5 */ { 5, PAGEWALK_GUARD },
		/* 6 */ { 6, PAGEWALK_POISON },
		/* 7 */ { 7, PAGEWALK_POISON },
		/* a bit of the future */
		/* 8 */ { 8, PAGEWALK_UNKNOWN },
	};
	struct pagewalk_mmu mmu = suite_mmu;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++)
		KUNIT_EXPECT_EQ_MSG(test, x86_state(&mmu, SUITE_SWP(31, row[i].bits), 1, RW_AREA),
				    row[i].state, "row %u", i);
	/* A kernel that does not know guard pages did not mean one. */
	mmu.marker_guard = 0;
	KUNIT_EXPECT_EQ(test, x86_state(&mmu, SUITE_SWP(31, 4), 1, RW_AREA), PAGEWALK_UNKNOWN);
	mmu.marker_poison = 0;
	KUNIT_EXPECT_EQ(test, x86_state(&mmu, SUITE_SWP(31, 3), 1, RW_AREA), PAGEWALK_UFFD_WP);
	/* Its bits are in the offset, which is inverted: bit 9 clear is bit 0 set. */
	KUNIT_EXPECT_EQ(test, x86_state(&suite_mmu, 0xfffffffffffffc00, 1, RW_AREA),
			PAGEWALK_UFFD_WP);
}

/* Pitfall 8: the encryption bit is no part of the address. */
static void x86_pitfall_8_encryption(struct kunit *test)
{
	u64 page = 0x103abc067 | BIT_ULL(47);
	char flags[96];

	KUNIT_EXPECT_EQ(test, x86_frame(&suite_mmu, page, 1), 0x103abc000);
	KUNIT_EXPECT_EQ(test, x86_target(&suite_mmu, page, 1, PAGEWALK_PAGE), 0x103abc);
	KUNIT_EXPECT_EQ(test, x86_target(&suite_mmu, page, 4, PAGEWALK_TABLE), 0x103abc);
	x86_flags(&suite_mmu, page, 1, PAGEWALK_PAGE, flags, sizeof(flags));
	KUNIT_EXPECT_STREQ(test, flags, "P,RW,US,A,D,ENC");
	x86_flags(&suite_mmu, page, 4, PAGEWALK_TABLE, flags, sizeof(flags));
	KUNIT_EXPECT_STREQ(test, flags, "P,RW,US,A,ENC");
	/* A run ends where encryption does. */
	KUNIT_EXPECT_EQ(test, x86_target_mask(&suite_mmu, 1, PAGEWALK_PAGE) & BIT_ULL(47), 0);
}

/* Pitfalls 9, 11, 15: special pages, soft-dirty and uffd-wp bits, hugetlb at each level. */
static void x86_pitfalls_9_11_15_flags(struct kunit *test)
{
	static const struct {
		unsigned int level;
		u64 entry;
		u32 vma;
		const char *flags;
	} row[] = {
		/* 1 */ { 1, 0, RW_AREA, "-" },
		/* 2 */ { 1, 0x8000000103abc025, RW_AREA, "P,US,A,NX" },
		/* 3 */ { 1, 0x103abc067, RW_AREA, "P,RW,US,A,D" },
		/* 4 */ { 1, 0x103abc19f, RW_AREA, "P,RW,US,PWT,PCD,G,PAT" },
		/* in a table, bits 6 and 8..11 mean nothing */
		/* 5 */ { 4, 0x103abcf47, RW_AREA, "P,RW,US" },
		/* 6 */ { 2, 0x1400000e7, RW_AREA, "P,RW,US,A,D,PS" },
		/* 7 */ { 2, 0x1400010e7, RW_AREA, "P,RW,US,A,D,PS,PAT" },
		/* 8 */ { 3, 0x1400011e7, RW_AREA, "P,RW,US,A,D,G,PS,PAT" },
		/* pitfall 9: no struct page behind it; device memory with one */
		/* 9 */ { 1, 0xfd000267, RW_AREA, "P,RW,US,A,D,SPECIAL" },
		/* 10 */ { 1, 0x02000000fd000067, RW_AREA, "P,RW,US,A,D,DEVMAP" },
		/* pitfall 11: both in a present page and in a swap entry, in other places */
		/* 11 */ { 1, 0x103abcc65, RW_AREA, "P,US,A,D,UFFD_WP,SOFT_DIRTY" },
		/* 12 */ { 1, SUITE_SWP(0, 5), RW_AREA, "-" },
		/* 13 */ { 1, SUITE_SWP(0, 5) | 2, RW_AREA, "SOFT_DIRTY" },
		/* 14 */ { 1, SUITE_SWP(0, 5) | 4, RW_AREA, "UFFD_WP" },
		/* 15 */ { 1, SUITE_SWP(0, 5) | 8, RW_AREA, "EXCLUSIVE" },
		/* 16 */ { 1, SUITE_SWP(26, 5) | 14, RW_AREA, "SOFT_DIRTY,UFFD_WP,EXCLUSIVE" },
		/* parked dirty bit, protection key */
		/* 17 */ { 1, 0x0400000103abc025, RW_AREA, "P,US,A,SAVED_DIRTY" },
		/* 18 */ { 1, 0x0800000103abc067, RW_AREA, "P,RW,US,A,D,PKEY1" },
		/* 19 */ { 2, 0xf8000001400000e7, RW_AREA, "P,RW,US,A,D,NX,PS,PKEY15" },
		/* 20 */ { 4, 0x7800000103abc067, RW_AREA, "P,RW,US,A" },
		/* bit 8 of a PROT_NONE entry is not "global" */
		/* 21 */ { 1, INV(0x103abc000, X86_PROTNONE | X86_US | X86_A), NONE_AREA, "US,A" },
		/* 22 */
		{ 2, INV_2M(0x140000000, X86_PROTNONE | X86_PS | X86_US), NONE_AREA, "US,PS" },
		/* 23 */
		{ 2, INV_2M(0x140000000, X86_PROTNONE | X86_PS | X86_PAT_LARGE), NONE_AREA,
		  "PS,PAT" },
		/* pitfall 15: hugetlb has swap-like entries in its own levels */
		/* 24 */ { 2, SUITE_SWP(26, 0x140000) | 8, RW_AREA, "EXCLUSIVE" },
		/* 25 */ { 3, SUITE_SWP(23, 0x140000), RW_AREA, "-" },
		/* unknown: no bit has a meaning */
		/* 26 */ { 1, SUITE_SWP(31, 8) | 14, RW_AREA, "-" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		enum pagewalk_state state;
		char flags[96];
		int len;

		state = x86_state(&suite_mmu, row[i].entry, row[i].level, row[i].vma);
		len = x86_flags(&suite_mmu, row[i].entry, row[i].level, state, flags,
				sizeof(flags));
		KUNIT_EXPECT_STREQ_MSG(test, flags, row[i].flags, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, len, strlen(flags), "row %u", i + 1);
	}
	KUNIT_EXPECT_EQ(test, x86_state(&suite_mmu, row[23].entry, 2, RW_AREA), PAGEWALK_MIGRATION);
	KUNIT_EXPECT_EQ(test, x86_state(&suite_mmu, row[24].entry, 3, RW_AREA), PAGEWALK_HWPOISON);
}

/* Pitfall 10: the pages of zeros are a kind of their own; so is what has no struct page. */
static void x86_pitfall_10_kinds(struct kunit *test)
{
	static const struct {
		u32 facts;
		const char *name;
	} row[] = {
		/* 1 */ { 0, "-" },
		/* 2 */ { PAGEWALK_PG_ANON, "-" },
		/* 3 */ { PAGEWALK_PG_VALID, "other" },
		/* 4 */ { PAGEWALK_PG_VALID | PAGEWALK_PG_ANON, "anon" },
		/* 5 */ { PAGEWALK_PG_VALID | PAGEWALK_PG_ANON | PAGEWALK_PG_KSM, "ksm" },
		/* 6 */ { PAGEWALK_PG_VALID | PAGEWALK_PG_FILE | PAGEWALK_PG_LARGE, "file" },
		/* 7 */ { PAGEWALK_PG_VALID | PAGEWALK_PG_SHMEM | PAGEWALK_PG_ONCE, "shmem" },
		/* 8 */ { PAGEWALK_PG_VALID | PAGEWALK_PG_ZERO | PAGEWALK_PG_COW, "zero" },
		/* 9 */ { PAGEWALK_PG_VALID | PAGEWALK_PG_HUGE_ZERO, "huge-zero" },
		/* 10 */ { PAGEWALK_PG_VALID | PAGEWALK_PG_NOPAGE, "pfnmap" },
		/* 11 */ { PAGEWALK_PG_VALID | PAGEWALK_PG_HUGETLB | PAGEWALK_PG_ANON, "anon" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++)
		KUNIT_EXPECT_STREQ_MSG(test, x86_kind_name(row[i].facts), row[i].name, "row %u",
				       i + 1);
}

static void x86_state_names(struct kunit *test)
{
	unsigned int i, j;

	for (i = 0; i < PAGEWALK_STATES; i++) {
		const char *name = x86_state_name(i);

		KUNIT_ASSERT_NOT_NULL(test, name);
		/* One word: the text files have one column for it. */
		KUNIT_EXPECT_EQ(test, strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_NE(test, strcmp(name, x86_state_name(j)), 0);
	}
	KUNIT_EXPECT_STREQ(test, x86_state_name(PAGEWALK_STATES), "?");
	KUNIT_EXPECT_STREQ(test, x86_state_name(-1), "?");
}

static void x86_targets(struct kunit *test)
{
	static const struct {
		unsigned int level;
		u64 entry;
		enum pagewalk_state state;
		u64 target, mask;
	} row[] = {
		/* 1 */ { 1, 0, PAGEWALK_NONE, 0, 0 },
		/* 2 */ { 1, 0x103abc067, PAGEWALK_PAGE, 0x103abc, 0x000f7ffffffff000 },
		/* 3 */ { 2, 0x1400010e7, PAGEWALK_PAGE, 0x140000, 0x000f7fffffe00000 },
		/* 4 */ { 3, 0x1400000e7, PAGEWALK_PAGE, 0x140000, 0x000f7fffc0000000 },
		/* 5 */ { 3, 0x103abc067, PAGEWALK_TABLE, 0x103abc, 0 },
		/* 6 */ { 1, SUITE_SWP(2, 77), PAGEWALK_SWAP, 77, 0x07fffffffffffe00 },
		/* 7 */ { 1, SUITE_SWP(23, 0x3abc), PAGEWALK_HWPOISON, 0x3abc, 0x7fffffffe00 },
		/* 8 */ { 1, SUITE_SWP(31, 4), PAGEWALK_GUARD, 4, 0 },
		/* 9 */ { 1, SUITE_SWP(31, 9), PAGEWALK_UNKNOWN, 9, 0 },
		/* 10 */ { 1, SUITE_SWP(28, 0x40000), PAGEWALK_DEVICE, 0x40000, 0x7fffffffe00 },
	};
	struct pagewalk_mmu la57 = suite_mmu;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		KUNIT_EXPECT_EQ_MSG(test,
				    x86_target(&suite_mmu, row[i].entry, row[i].level,
					       row[i].state),
				    row[i].target, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, x86_target_mask(&suite_mmu, row[i].level, row[i].state),
				    row[i].mask, "row %u", i + 1);
	}
	/* Frame numbers have as many bits as Linux's physical addresses: more with LA57. */
	la57.levels = 5;
	KUNIT_EXPECT_EQ(test, x86_target_mask(&la57, 1, PAGEWALK_MIGRATION), 0x1fffffffffe00);
	KUNIT_EXPECT_EQ(test,
			x86_target(&la57, SUITE_SWP(24, 0x103abc | 3ULL << 40), 1,
				   PAGEWALK_MIGRATION),
			0x103abc);
	KUNIT_EXPECT_EQ(test, x86_target(&la57, SUITE_SWP(24, 0x8000103abc), 1, PAGEWALK_MIGRATION),
			0x8000103abc);
	KUNIT_EXPECT_EQ(test,
			x86_target(&suite_mmu, SUITE_SWP(24, 0x8000103abc), 1, PAGEWALK_MIGRATION),
			0x103abc);
}

/* Whatever the bits: names fit, and bits that may vary in a run change neither state nor flags. */
static void x86_any_entry(struct kunit *test)
{
	u64 random = 0xc0ffee123456789;
	char flags[96], again[96];
	unsigned int i, size;

	for (i = 0; i < 20000; i++) {
		u64 entry = suite_random(&random);
		u64 other = suite_random(&random);
		unsigned int level = 1 + i % 5;
		u32 vma = i % 3 ? RW_AREA : NONE_AREA;
		enum pagewalk_state state;
		u64 vary;

		/* Present and not, full and sparse. */
		entry &= i & 8 ? ~0ULL : suite_random(&random) & suite_random(&random);
		entry = i & 16 ? entry | X86_P : entry & ~X86_P;
		state = x86_state(&suite_mmu, entry, level, vma);
		KUNIT_ASSERT_LT(test, state, PAGEWALK_STATES);
		KUNIT_EXPECT_LT(test,
				x86_flags(&suite_mmu, entry, level, state, flags, sizeof(flags)),
				(int)sizeof(flags) - 1);

		vary = x86_target_mask(&suite_mmu, level, state);
		other = (entry & ~vary) | (other & vary);
		if (!other)
			continue;
		KUNIT_EXPECT_EQ(test, x86_state(&suite_mmu, other, level, vma), state);
		x86_flags(&suite_mmu, other, level, state, again, sizeof(again));
		KUNIT_EXPECT_STREQ(test, again, flags);
	}

	/* All bits at once is the longest; and a short buffer is never overrun. */
	for (size = 1; size <= sizeof(flags); size++) {
		memset(flags, '#', sizeof(flags));
		x86_flags(&suite_mmu, ~0ULL, 2, PAGEWALK_PAGE, flags, size);
		KUNIT_EXPECT_LT(test, strnlen(flags, size), size);
		if (size < sizeof(flags))
			KUNIT_EXPECT_EQ(test, flags[size], '#');
	}
	KUNIT_EXPECT_EQ(test, strlen(flags), 88);
}

static struct kunit_case x86_cases[] = {
	KUNIT_CASE(x86_states),
	KUNIT_CASE(x86_absent_types),
	KUNIT_CASE(x86_pitfall_1_la57),
	KUNIT_CASE(x86_pitfall_2_pti),
	KUNIT_CASE(x86_pitfall_3_effective_rights),
	KUNIT_CASE(x86_pitfall_3_pat),
	KUNIT_CASE(x86_pitfall_3_saved_dirty),
	KUNIT_CASE(x86_pitfall_4_inverted),
	KUNIT_CASE(x86_pitfall_5_split),
	KUNIT_CASE(x86_pitfall_6_swap_fields),
	KUNIT_CASE(x86_pitfall_7_markers),
	KUNIT_CASE(x86_pitfall_8_encryption),
	KUNIT_CASE(x86_pitfalls_9_11_15_flags),
	KUNIT_CASE(x86_pitfall_10_kinds),
	KUNIT_CASE(x86_state_names),
	KUNIT_CASE(x86_targets),
	KUNIT_CASE(x86_any_entry),
	{},
};

static struct kunit_suite x86_suite = {
	.name = "pagewalk_x86",
	.test_cases = x86_cases,
};

kunit_test_suite(x86_suite);

MODULE_DESCRIPTION("KUnit suite of xlate's x86-64 page table entries");
MODULE_LICENSE("GPL");
