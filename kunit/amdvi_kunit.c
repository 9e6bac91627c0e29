// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: AMD-Vi, from the device table to the page, on tables that exist only here. (QEMU's
 * amd-iommu cannot be used under TCG, so this has never run on anything else.)
 */
#include <linux/module.h>

#include "iopt.h"

#include "../iommu_probe/dma.c"
#include "../iommu_probe/names.c"
#include "../iommu_probe/requester.c"

#define RID  0x0103
#define IOVA 0x40403000ULL
#define PHYS 0x12345000ULL

#define RWX IOPT_RWX
#define RX  (IOPT_R | IOPT_X)

#define PAGE	  (AMDVI_PTE_PR | AMDVI_PTE_IR | AMDVI_PTE_IW)
#define TABLE(n)  (PAGE | PREP(AMDVI_PTE_NL, n))
#define SIZED	  TABLE(AMDVI_NL_SIZED)
#define V2	  (X86_P | X86_RW | X86_US | X86_A)
#define DTE_RW	  (AMDVI_DTE_IR | AMDVI_DTE_IW)
#define DTE_VALID (AMDVI_DTE_V | AMDVI_DTE_TV)

static void amdvi_v1_entries(struct kunit *test)
{
	static const struct entry_row row[] = {
		/* 1 */ { 1, 0, 0, false, 0, 0, 0, 0, "-" },
		/* 2 */ { 1, PHYS | PAGE, 0, true, 0, PHYS, PAGE_4K, RWX, "PR,IR,IW,NL0" },
		/* 3 */
		{ 1, PHYS | AMDVI_PTE_PR | AMDVI_PTE_IR, 0, true, 0, PHYS, PAGE_4K, RX,
		  "PR,IR,NL0" },
		/* 4: there, but of no use */
		{ 1, PHYS | AMDVI_PTE_PR, 0, true, 0, PHYS, PAGE_4K, 0, "PR,NL0" },
		/* 5: not there, whatever else is set */
		{ 1, PHYS | AMDVI_PTE_IR | AMDVI_PTE_IW | PREP(AMDVI_PTE_NL, 1), 0, false, 0, 0, 0,
		  0, "IR,IW" },
		/* 6: pages of the level's own size */
		{ 2, PAGE_2M | PAGE, 0, true, 0, PAGE_2M, PAGE_2M, RWX, "PR,IR,IW,NL0" },
		/* 7 */ { 3, PAGE_1G | PAGE, 0, true, 0, PAGE_1G, PAGE_1G, RWX, "PR,IR,IW,NL0" },
		/* 8: of half a terabyte */
		{ 4, BIT_ULL(39) | PAGE, 0, true, 0, BIT_ULL(39), BIT_ULL(39), RWX,
		  "PR,IR,IW,NL0" },
		/* 9: tables */ { 2, PHYS | TABLE(1), 1, false, 0, 0, 0, RWX, "PR,IR,IW,NL1" },
		/* 10: two levels skipped, five of them */
		{ 4, PHYS | TABLE(1), 1, false, 0, 0, 0, RWX, "PR,IR,IW,NL1" },
		/* 11 */ { 6, PHYS | TABLE(1), 1, false, 0, 0, 0, RWX, "PR,IR,IW,NL1" },
		/* 12 */ { 6, PHYS | TABLE(5), 5, false, 0, 0, 0, RWX, "PR,IR,IW,NL5" },
		/* 13: the next level has to be below this one */
		{ 1, PHYS | TABLE(1), 0, false, AMDVI_PTE_NL, 0, 0, RWX,
		  "PR,IR,IW,NL1,RSVD:0xe00" },
		/* 14 */
		{ 3, PHYS | TABLE(3), 0, false, AMDVI_PTE_NL, 0, 0, RWX,
		  "PR,IR,IW,NL3,RSVD:0xe00" },
		/* 15 */
		{ 2, PHYS | TABLE(6), 0, false, AMDVI_PTE_NL, 0, 0, RWX,
		  "PR,IR,IW,NL6,RSVD:0xe00" },
		/* 16 */
		{ 6, PHYS | TABLE(6), 0, false, AMDVI_PTE_NL, 0, 0, RWX,
		  "PR,IR,IW,NL6,RSVD:0xe00" },
		/* 17: reserved bits */
		{ 1, PHYS | PAGE | BIT_ULL(52), 0, false, BIT_ULL(52), 0, 0, RWX,
		  "PR,IR,IW,NL0,RSVD:0x10000000000000" },
		/* 18 */
		{ 1, PHYS | PAGE | BIT_ULL(63), 0, false, BIT_ULL(63), 0, 0, RWX,
		  "PR,IR,IW,NL0,RSVD:0x8000000000000000" },
		/* 19: U and FC: in pages only */
		{ 1, PHYS | PAGE | AMDVI_PTE_U | AMDVI_PTE_FC, 0, true, 0, PHYS, PAGE_4K, RWX,
		  "PR,IR,IW,U,FC,NL0" },
		/* 20 */
		{ 2, PHYS | TABLE(1) | AMDVI_PTE_FC, 1, false, AMDVI_PTE_FC, 0, 0, RWX,
		  "PR,IR,IW,NL1,RSVD:0x1000000000000000" },
		/* 21: beyond the width of the machine */
		{ 1, BIT_ULL(48) | PAGE, 0, false, BIT_ULL(48), 0, 0, RWX,
		  "PR,IR,IW,NL0,RSVD:0x1000000000000" },
		/* 22: bits 1..4 and 8 are ignored */
		{ 1, PHYS | PAGE | 0x11e, 0, true, 0, PHYS, PAGE_4K, RWX, "PR,IR,IW,NL0" },
		/* 23: 8 KiB, the smallest size of its own */
		{ 1, 0x12344000 | SIZED, 0, true, 0, 0x12344000, 2 * PAGE_4K, RWX, "PR,IR,IW,NL7" },
		/* 24: 16 KiB */
		{ 1, 0x12341000 | SIZED, 0, true, 0, 0x12340000, 4 * PAGE_4K, RWX, "PR,IR,IW,NL7" },
		/* 25: 1 MiB, the largest one in level 1 */
		{ 1, 0x1007f000 | SIZED, 0, true, 0, 0x10000000, PAGE_2M / 2, RWX, "PR,IR,IW,NL7" },
		/* 26: 2 MiB is level 2's own size, so it is one of neither */
		{ 1, 0x100ff000 | SIZED, 0, false, AMDVI_PTE_NL, 0, 0, RWX,
		  "PR,IR,IW,NL7,RSVD:0xe00" },
		/* 27 */
		{ 2, 0x100ff000 | SIZED, 0, false, AMDVI_PTE_NL, 0, 0, RWX,
		  "PR,IR,IW,NL7,RSVD:0xe00" },
		/* 28: 4 MiB in level 2 */
		{ 2, 0x101ff000 | SIZED, 0, true, 0, 0x10000000, 2 * PAGE_2M, RWX, "PR,IR,IW,NL7" },
		/* 29: too small for its level */
		{ 3, 0x12344000 | SIZED, 0, false, AMDVI_PTE_NL, 0, 0, RWX,
		  "PR,IR,IW,NL7,RSVD:0xe00" },
		/* 30: all address bits set: no size at all */
		{ 1, (GENMASK_ULL(47, 12)) | SIZED, 0, false, AMDVI_PTE_NL, 0, 0, RWX,
		  "PR,IR,IW,NL7,RSVD:0xe00" },
	};
	struct iopt t;
	char buf[96];

	iopt_init(&t, IOPT_AMD_V1, 4, 48, 0, 0);
	expect_entries(test, &t, row, ARRAY_SIZE(row));
	iopt_init(&t, IOPT_AMD_V1, 6, 48, 0, IOPT_AD);
	KUNIT_EXPECT_EQ(test, t.width, 64);
	iopt_flags(&t, PAGE | AMDVI_PTE_A | AMDVI_PTE_D, 1, buf, sizeof(buf));
	KUNIT_EXPECT_STREQ(test, buf, "PR,IR,IW,A,D,NL0");
	iopt_flags(&t, ~0ULL, 6, buf, sizeof(buf));
	KUNIT_EXPECT_STREQ(test, buf, "PR,IR,IW,A,D,U,FC,NL7,RSVD:0x87ff000000000000");
}

static void amdvi_v2_entries(struct kunit *test)
{
	static const struct entry_row row[] = {
		/* 1: as Linux makes them */
		{ 1, PHYS | V2 | X86_D, 0, true, 0, PHYS, PAGE_4K, RWX, "P,RW,US,A,D" },
		/* 2 */
		{ 1, PHYS | (V2 & ~X86_RW) | X86_NX, 0, true, 0, PHYS, PAGE_4K, IOPT_R,
		  "P,US,A,NX" },
		/* 3 */ { 4, PHYS | V2, 3, false, 0, 0, 0, RWX, "P,RW,US,A" },
		/* 4 */
		{ 2, PAGE_2M | V2 | X86_PS, 0, true, 0, PAGE_2M, PAGE_2M, RWX, "P,RW,US,PS,A" },
		/* 5 */ { 4, V2 | X86_PS, 0, false, X86_PS, 0, 0, RWX, "P,RW,US,A,RSVD:0x80" },
	};
	struct iopt t;
	u64 first, last;

	iopt_init(&t, IOPT_AMD_V2, 4, 52, 0, IOPT_2M | IOPT_1G | IOPT_NX);
	expect_entries(test, &t, row, ARRAY_SIZE(row));
	KUNIT_EXPECT_TRUE(test, iopt_range(&t, 1, &first, &last));
	KUNIT_EXPECT_EQ(test, first, 0xffff800000000000);
}

/* Trees that skip levels, with pages of every size. */
static void amdvi_v1_walk(struct kunit *test)
{
	struct tree *tree = tree_new(test, IOPT_AMD_V1, 6, 48, 0);
	u64 low = fake_page(tree->mem), mid = fake_page(tree->mem);
	unsigned int i;

	/* From level 6 right to level 1: only the lowest addresses of its range. */
	*fake_at(tree->mem, tree->root) = low | TABLE(1);
	for (i = 0; i < 9; i++)
		*fake_at(tree->mem, low + i * 8) = i * PAGE_4K | PAGE;
	/* From level 6 to level 3, and from there to the same table of level 1. */
	*fake_at(tree->mem, tree->root + 16) = mid | TABLE(3);
	*fake_at(tree->mem, mid) = low | TABLE(1);
	*fake_at(tree->mem, mid + 8) = low | TABLE(2);
	*fake_at(tree->mem, mid + 16) = PAGE_1G | PAGE;
	*fake_at(tree->mem, mid + 511 * 8) = low | TABLE(1) | BIT_ULL(52);
	KUNIT_EXPECT_EQ(test, tree_walk(tree), 0);
	/* As level 2, the low table's own entries are pages of 2 MiB. */
	KUNIT_EXPECT_EQ(test, tree->leaves, 9U + 9 + 9 + 1 + 9);

	/* In itself: next levels fall by one, by two, not at all. */
	memset(fake_at(tree->mem, tree->root), 0, PAGE_4K);
	for (i = 0; i < 8; i++)
		*fake_at(tree->mem, tree->root + i * 8) = tree->root | TABLE(i);
	KUNIT_EXPECT_EQ(test, tree_walk(tree), 0);
	/* Each table of level n leads to one of each lower level: 2^5 at the most. */
	KUNIT_EXPECT_EQ(test, tree->tables, 32);

	*fake_at(tree->mem, tree->root + 8) = FAKE_OUTSIDE | TABLE(2);
	KUNIT_EXPECT_EQ(test, tree_walk(tree), -EFAULT);
}

/* A machine with one IOMMU and one device. */
struct world {
	struct kunit *test;
	struct fake *mem;
	struct iop_memory memory;
	struct iop_unit u;
	u64 *dte;
	u64 root; /* of the host table */
	u64 guest; /* of the guest table */
	u64 gcr3;
	struct iop_requester r;
	struct iop_verdict v;
};

static struct world *world_new(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, w);
	w->test = test;
	w->mem = fake_new(test);
	w->memory = fake_memory(w->mem);
	w->u = amd_unit;
	/* Three pages of the device table: 384 device IDs. */
	w->u.root = fake_page(w->mem) | PREP(AMDVI_DEVTAB_SIZE, 2);
	for (i = 0; i < 2; i++)
		fake_page(w->mem);
	w->root = fake_page(w->mem);
	w->guest = fake_page(w->mem);
	w->gcr3 = fake_page(w->mem);
	w->dte = fake_at(w->mem, (w->u.root & ~0xfffULL) + RID * 32);
	w->dte[0] = DTE_VALID | DTE_RW | w->root | PREP(AMDVI_DTE_MODE, 3);
	w->dte[1] = 0x4321;
	return w;
}

/* The fields that lead to the guest table, in one level of GCR3 table. */
static void world_guest(struct world *w)
{
	w->dte[0] |= AMDVI_DTE_GV | AMDVI_DTE_GIOV | PREP(AMDVI_DTE_GCR3_A, (w->gcr3 >> 12) & 7);
	w->dte[1] |= PREP(AMDVI_DTE_GCR3_B, (w->gcr3 >> 15) & 0xffff) |
		     PREP(AMDVI_DTE_GCR3_C, w->gcr3 >> 31);
	*fake_at(w->mem, w->gcr3) = w->guest | AMDVI_GCR3_V;
}

static struct iop_requester *world_ask(struct world *w, u32 pasid)
{
	memset(&w->r, 0xa5, sizeof(w->r));
	KUNIT_EXPECT_EQ(w->test, iop_requester(&w->u, &w->memory, RID, pasid, &w->r), 0);
	return &w->r;
}

static struct iop_verdict *world_dma(struct world *w, u64 iova, bool write)
{
	memset(&w->v, 0xa5, sizeof(w->v));
	iop_dma(&w->u, &w->memory, RID, IOP_NO_PASID, iova, write, &w->v);
	return &w->v;
}

static void amdvi_device_table(struct kunit *test)
{
	static const struct {
		u64 set[3], clear[3]; /* in the words of the entry */
		enum iop_what what;
		u8 reason;
	} row[] = {
		/* 1 */ { { 0 }, { 0 }, IOP_TABLE, 0 },
		/* 2: not valid: everything passes */
		{ { 0 }, { AMDVI_DTE_V }, IOP_PASS, 0 },
		/* 3: whatever else is set */
		{ { BIT_ULL(2) }, { AMDVI_DTE_V }, IOP_PASS, 0 },
		/* 4 */ { { 0 }, { AMDVI_DTE_TV }, IOP_BLOCKED, AMDVI_EV_PAGE_FAULT },
		/* 5: as Linux leaves devices without a domain */
		{ { 0 }, { ~DTE_VALID }, IOP_BLOCKED, AMDVI_EV_PAGE_FAULT },
		/* 6: and those with an identity domain */
		{ { 0 }, { ~(DTE_VALID | DTE_RW) }, IOP_PASS, 0 },
		/* 7 */ { { AMDVI_DTE_MODE }, { 0 }, IOP_BAD, AMDVI_EV_ILLEGAL_DTE },
		/* 8 */ { { BIT_ULL(6) }, { 0 }, IOP_BAD, AMDVI_EV_ILLEGAL_DTE },
		/* 9 */ { { BIT_ULL(63) }, { 0 }, IOP_BAD, AMDVI_EV_ILLEGAL_DTE },
		/* 10: six levels */
		{ { PREP(AMDVI_DTE_MODE, 6) }, { AMDVI_DTE_MODE }, IOP_TABLE, 0 },
		/* 11: one level */
		{ { PREP(AMDVI_DTE_MODE, 1) }, { AMDVI_DTE_MODE }, IOP_TABLE, 0 },
	};
	struct world *w = world_new(test);
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		u64 was[3];

		for (n = 0; n < 3; n++) {
			was[n] = w->dte[n];
			w->dte[n] = (was[n] & ~row[i].clear[n]) | row[i].set[n];
		}
		world_ask(w, IOP_NO_PASID);
		KUNIT_EXPECT_EQ_MSG(test, w->r.what, row[i].what, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, w->r.reason, row[i].reason, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, w->r.raw[0].kind, IOP_DTE, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, w->r.raw[0].words, 4, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, w->r.raw[0].q[0], w->dte[0], "row %u", i + 1);
		memcpy(w->dte, was, sizeof(was));
	}

	world_ask(w, IOP_NO_PASID);
	KUNIT_EXPECT_EQ(test, w->r.did, 0x4321);
	KUNIT_EXPECT_EQ(test, w->r.tree.root, w->root);
	KUNIT_EXPECT_EQ(test, w->r.tree.t.format, IOPT_AMD_V1);
	KUNIT_EXPECT_EQ(test, w->r.tree.t.levels, 3);
	KUNIT_EXPECT_EQ(test, w->r.rights, IOPT_RWX);
	w->dte[0] &= ~AMDVI_DTE_IW;
	w->dte[1] |= AMDVI_DTE_SA;
	world_ask(w, IOP_NO_PASID);
	KUNIT_EXPECT_EQ(test, w->r.rights, RX);
	KUNIT_EXPECT_TRUE(test, w->r.silent);

	/* Device IDs that the table does not have. */
	iop_requester(&w->u, &w->memory, 384, IOP_NO_PASID, &w->r);
	KUNIT_EXPECT_EQ(test, w->r.what, IOP_BAD);
	KUNIT_EXPECT_EQ(test, w->r.reason, AMDVI_EV_ILLEGAL_DTE);
	iop_requester(&w->u, &w->memory, 383, IOP_NO_PASID, &w->r);
	KUNIT_EXPECT_EQ(test, w->r.what, IOP_PASS);
	w->u.root = FAKE_OUTSIDE | AMDVI_DEVTAB_SIZE;
	KUNIT_EXPECT_EQ(test, world_ask(w, IOP_NO_PASID)->reason, AMDVI_EV_DTE_HARDWARE);

	w->u.status |= PREP(AMDVI_CONTROL_SEGEN, 1);
	KUNIT_EXPECT_EQ(test, iop_unit_mode(&w->u), IOP_MODE_UNKNOWN);
	w->u.status = 0;
	KUNIT_EXPECT_EQ(test, world_ask(w, IOP_NO_PASID)->what, IOP_OFF);
}

static void amdvi_guest_tables(struct kunit *test)
{
	struct world *w = world_new(test);
	u64 next;

	/* The guest table alone: GIOV makes plain requests those of PASID 0. */
	world_guest(w);
	w->dte[0] &= ~AMDVI_DTE_MODE;
	world_ask(w, IOP_NO_PASID);
	KUNIT_EXPECT_EQ(test, w->r.what, IOP_TABLE);
	KUNIT_EXPECT_EQ(test, w->r.tree.t.format, IOPT_AMD_V2);
	KUNIT_EXPECT_EQ(test, w->r.tree.t.levels, 4);
	KUNIT_EXPECT_EQ(test, w->r.tree.root, w->guest);
	KUNIT_EXPECT_EQ(test, w->r.pasid_used, 0);
	KUNIT_EXPECT_EQ(test, w->r.raws, 2);
	KUNIT_EXPECT_EQ(test, w->r.raw[1].kind, IOP_GCR3_ENTRY);
	KUNIT_EXPECT_EQ(test, w->r.raw[1].table, w->gcr3);
	w->dte[2] = PREP(AMDVI_DTE_GPM, 1);
	KUNIT_EXPECT_EQ(test, world_ask(w, IOP_NO_PASID)->tree.t.levels, 5);
	w->dte[2] = PREP(AMDVI_DTE_GPM, 2);
	KUNIT_EXPECT_EQ(test, world_ask(w, IOP_NO_PASID)->reason, AMDVI_EV_ILLEGAL_DTE);
	w->dte[2] = 0;

	/* Without GIOV, plain requests know only the host table, which is not there. */
	w->dte[0] &= ~AMDVI_DTE_GIOV;
	KUNIT_EXPECT_EQ(test, world_ask(w, IOP_NO_PASID)->what, IOP_PASS);
	KUNIT_EXPECT_EQ(test, world_ask(w, 0)->what, IOP_TABLE);
	KUNIT_EXPECT_EQ(test, world_ask(w, 1)->what, IOP_ABSENT);
	KUNIT_EXPECT_EQ(test, w->r.reason, AMDVI_EV_PAGE_FAULT);
	KUNIT_EXPECT_EQ(test, world_ask(w, 512)->what, IOP_BAD);

	/* Both. */
	w->dte[0] |= PREP(AMDVI_DTE_MODE, 4);
	KUNIT_EXPECT_EQ(test, world_ask(w, 0)->what, IOP_NESTED);
	KUNIT_EXPECT_EQ(test, w->r.tree2.root, w->root);
	KUNIT_EXPECT_EQ(test, w->r.tree2.t.format, IOPT_AMD_V1);
	KUNIT_EXPECT_EQ(test, world_ask(w, IOP_NO_PASID)->what, IOP_TABLE);
	KUNIT_EXPECT_EQ(test, w->r.tree.t.format, IOPT_AMD_V1);

	/* Three levels of GCR3 table: PASID 0x12345. */
	w->dte[0] |= PREP(AMDVI_DTE_GLX, 2);
	next = fake_page(w->mem);
	*fake_at(w->mem, w->gcr3) = next | AMDVI_GCR3_V;
	*fake_at(w->mem, next + 0x91 * 8) = fake_page(w->mem) | AMDVI_GCR3_V;
	*fake_at(w->mem, next + PAGE_4K + 0x145 * 8) = w->guest | AMDVI_GCR3_V;
	KUNIT_EXPECT_EQ(test, world_ask(w, 0x12345)->what, IOP_NESTED);
	KUNIT_EXPECT_EQ(test, w->r.raws, 4);
	KUNIT_EXPECT_EQ(test, w->r.tree.root, w->guest);
	KUNIT_EXPECT_EQ(test, w->r.pasid_bits, 20);
	KUNIT_EXPECT_EQ(test, world_ask(w, 0x12344)->what, IOP_ABSENT);
	KUNIT_EXPECT_EQ(test, world_ask(w, 0x100000)->what, IOP_BAD);
	*fake_at(w->mem, w->gcr3) |= BIT_ULL(1);
	KUNIT_EXPECT_EQ(test, world_ask(w, 0x12345)->what, IOP_BAD);
	*fake_at(w->mem, w->gcr3) = FAKE_OUTSIDE | AMDVI_GCR3_V;
	KUNIT_EXPECT_EQ(test, world_ask(w, 0x12345)->reason, AMDVI_EV_PTE_HARDWARE);
	w->dte[0] |= AMDVI_DTE_GLX;
	KUNIT_EXPECT_EQ(test, world_ask(w, 0x12345)->reason, AMDVI_EV_ILLEGAL_DTE);

	/* Guest translation is off. */
	w->u.status &= ~AMDVI_CONTROL_GTEN;
	KUNIT_EXPECT_EQ(test, world_ask(w, 0)->reason, AMDVI_EV_PAGE_FAULT);
	KUNIT_EXPECT_FALSE(test, w->r.pasids);
}

static void amdvi_enumerate(struct kunit *test)
{
	struct world *w = world_new(test);
	u64 table = w->u.root & ~0xfffULL, next;
	unsigned int i;
	u32 n = 0;

	/* The default entry, as Linux fills the table with it, does not count. */
	for (i = 0; i < 384; i++)
		if (i != RID)
			*fake_at(w->mem, table + i * 32) = DTE_VALID;
	*fake_at(w->mem, table + 5 * 32) = DTE_VALID | DTE_RW;
	*fake_at(w->mem, table + 6 * 32) = AMDVI_DTE_TV | DTE_RW;
	*fake_at(w->mem, table + 383 * 32) = DTE_VALID | BIT_ULL(63);
	KUNIT_EXPECT_EQ(test, iop_next_rid(&w->u, &w->memory, &n), 0);
	KUNIT_EXPECT_EQ(test, n, 5);
	n++;
	KUNIT_EXPECT_EQ(test, iop_next_rid(&w->u, &w->memory, &n), 0);
	KUNIT_EXPECT_EQ(test, n, RID);
	n++;
	KUNIT_EXPECT_EQ(test, iop_next_rid(&w->u, &w->memory, &n), 0);
	KUNIT_EXPECT_EQ(test, n, 383);
	n++;
	KUNIT_EXPECT_EQ(test, iop_next_rid(&w->u, &w->memory, &n), -ENOENT);

	world_guest(w);
	*fake_at(w->mem, w->gcr3 + 511 * 8) = AMDVI_GCR3_V;
	world_ask(w, IOP_NO_PASID);
	n = 0;
	KUNIT_EXPECT_EQ(test, iop_next_pasid(&w->u, &w->memory, &w->r, &n), 0);
	KUNIT_EXPECT_EQ(test, n, 0);
	n++;
	KUNIT_EXPECT_EQ(test, iop_next_pasid(&w->u, &w->memory, &w->r, &n), 0);
	KUNIT_EXPECT_EQ(test, n, 511);
	n++;
	KUNIT_EXPECT_EQ(test, iop_next_pasid(&w->u, &w->memory, &w->r, &n), -ENOENT);

	/* Three levels: what is absent is passed over at once. */
	w->dte[0] |= PREP(AMDVI_DTE_GLX, 2);
	memset(fake_at(w->mem, w->gcr3), 0, PAGE_4K);
	next = fake_page(w->mem);
	*fake_at(w->mem, w->gcr3 + 3 * 8) = next | AMDVI_GCR3_V;
	*fake_at(w->mem, next + 5 * 8) = fake_page(w->mem) | AMDVI_GCR3_V;
	*fake_at(w->mem, next + PAGE_4K + 7 * 8) = AMDVI_GCR3_V;
	world_ask(w, IOP_NO_PASID);
	n = 0;
	w->mem->reads = 0;
	KUNIT_EXPECT_EQ(test, iop_next_pasid(&w->u, &w->memory, &w->r, &n), 0);
	KUNIT_EXPECT_EQ(test, n, 3U << 18 | 5 << 9 | 7);
	KUNIT_EXPECT_LE(test, w->mem->reads, 4 + 6 * 2 + 8 * 3);
	n++;
	KUNIT_EXPECT_EQ(test, iop_next_pasid(&w->u, &w->memory, &w->r, &n), -ENOENT);
	w->dte[0] |= AMDVI_DTE_GLX;
	world_ask(w, IOP_NO_PASID);
	n = 0;
	KUNIT_EXPECT_EQ(test, iop_next_pasid(&w->u, &w->memory, &w->r, &n), -ENOENT);
}

static void amdvi_dma_host(struct kunit *test)
{
	static const struct {
		u64 iova;
		bool write;
		enum iop_outcome outcome;
		u64 phys, page;
		u16 flags;
	} row[] = {
		/* 1 */ { IOVA + 4, true, IOP_ALLOWED, PHYS + 4, PAGE_4K, 0 },
		/* 2: a page of 16 KiB, by each of its four entries */
		{ IOVA + 0x1004, false, IOP_ALLOWED, 0x20000004, 4 * PAGE_4K, 0 },
		/* 3 */ { IOVA + 0x4ffc, false, IOP_ALLOWED, 0x20003ffc, 4 * PAGE_4K, 0 },
		/* 4: read-only */
		{ IOVA + 0x1000, true, IOP_FAULT, 0, 0,
		  AMDVI_EVF_RW | AMDVI_EVF_PR | AMDVI_EVF_PE },
		/* 5: not there */ { 0, false, IOP_FAULT, 0, 0, 0 },
		/* 6 */ { 0, true, IOP_FAULT, 0, 0, AMDVI_EVF_RW },
		/* 7: beyond three levels */ { BIT_ULL(39), false, IOP_FAULT, 0, 0, 0 },
		/* 8: levels skipped: the lowest addresses, and one above */
		{ 5 * PAGE_1G + 0x3000, true, IOP_ALLOWED, PHYS, PAGE_4K, 0 },
		/* 9 */ { 5 * PAGE_1G + PAGE_2M + 0x3000, false, IOP_FAULT, 0, 0, 0 },
		/* 10: a reserved bit */
		{ 6 * PAGE_1G, false, IOP_FAULT, 0, 0, AMDVI_EVF_PR | AMDVI_EVF_RZ },
		/* 11: a next level that is not below */
		{ 7 * PAGE_1G, false, IOP_FAULT, 0, 0, AMDVI_EVF_PR | AMDVI_EVF_RZ },
		/* 12: an interrupt */ { 0xfee00000, true, IOP_INTERRUPT, 0, 0, 0 },
		/* 13: half a terabyte in a table of level 3 there is not; 1 GiB there is */
		{ 8 * PAGE_1G + 0x12345678, true, IOP_ALLOWED, 9 * PAGE_1G + 0x12345678, PAGE_1G,
		  0 },
	};
	struct world *w = world_new(test);
	u64 low = fake_page(w->mem), mid = fake_page(w->mem);
	unsigned int i;

	*fake_at(w->mem, w->root + 8) = mid | TABLE(2);
	*fake_at(w->mem, mid + 2 * 8) = low | TABLE(1);
	*fake_at(w->mem, low + 3 * 8) = PHYS | PAGE;
	for (i = 4; i < 8; i++)
		*fake_at(w->mem, low + i * 8) = 0x20001000 | (SIZED & ~AMDVI_PTE_IW);
	*fake_at(w->mem, w->root + 5 * 8) = low | TABLE(1);
	*fake_at(w->mem, w->root + 6 * 8) = mid | TABLE(2) | BIT_ULL(52);
	*fake_at(w->mem, w->root + 7 * 8) = mid | TABLE(3);
	*fake_at(w->mem, w->root + 8 * 8) = 9 * PAGE_1G | PAGE;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct iop_verdict *v = world_dma(w, row[i].iova, row[i].write);

		KUNIT_EXPECT_EQ_MSG(test, v->outcome, row[i].outcome, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, v->phys, row[i].phys, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, v->page, row[i].page, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, v->flags, row[i].flags, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, v->reason,
				    row[i].outcome == IOP_FAULT ? AMDVI_EV_PAGE_FAULT : 0, "row %u",
				    i + 1);
	}

	KUNIT_EXPECT_EQ(test, world_dma(w, 0xfee00000, false)->reason, AMDVI_EV_INVALID_REQUEST);
	/* What the device table allows comes first. */
	w->dte[0] &= ~AMDVI_DTE_IW;
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, true)->flags,
			AMDVI_EVF_RW | AMDVI_EVF_PR | AMDVI_EVF_PE);
	KUNIT_EXPECT_EQ(test, w->v.steps, 1);
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, false)->rights, RX);
	*fake_at(w->mem, w->root + 8) = FAKE_OUTSIDE | TABLE(2);
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, false)->reason, AMDVI_EV_PTE_HARDWARE);
	/* Without translation: rights all the same, and no interrupt range in the way. */
	w->dte[0] &= ~AMDVI_DTE_MODE;
	KUNIT_EXPECT_EQ(test, world_dma(w, ~0ULL, false)->phys, ~0ULL);
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, true)->outcome, IOP_FAULT);
	w->dte[0] &= ~AMDVI_DTE_IR;
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, false)->outcome, IOP_FAULT);
	w->dte[0] = 0;
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, true)->outcome, IOP_ALLOWED);

	/* Six levels: every address, the highest one too. */
	w->dte[0] = DTE_VALID | DTE_RW | w->root | PREP(AMDVI_DTE_MODE, 6);
	*fake_at(w->mem, w->root + 127 * 8) = low | TABLE(5);
	*fake_at(w->mem, low + 511 * 8) = 0x3000 | PAGE;
	KUNIT_EXPECT_EQ(test, world_dma(w, ~0ULL, true)->outcome, IOP_ALLOWED);
	KUNIT_EXPECT_EQ(test, w->v.page, BIT_ULL(48));
	KUNIT_EXPECT_EQ(test, w->v.phys, BIT_ULL(48) - 1);
}

static void amdvi_dma_guest(struct kunit *test)
{
	struct world *w = world_new(test);

	world_guest(w);
	w->dte[0] &= ~AMDVI_DTE_MODE;
	fake_map(w->mem, w->guest, 4, V2, IOVA, 1, PHYS | V2);
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, true)->outcome, IOP_ALLOWED);
	KUNIT_EXPECT_EQ(test, w->v.phys, PHYS);
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA + PAGE_4K, true)->flags,
			AMDVI_EVF_RW | AMDVI_EVF_GN);
	KUNIT_EXPECT_EQ(test, world_dma(w, BIT_ULL(47), false)->flags, AMDVI_EVF_GN);

	/* Both: a host table that maps everything one to one but for one page. */
	w->dte[0] |= PREP(AMDVI_DTE_MODE, 3);
	*fake_at(w->mem, w->root) = PAGE;
	*fake_at(w->mem, w->root + 4 * 8) = 4 * PAGE_1G | PAGE;
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, true)->outcome, IOP_ALLOWED);
	KUNIT_EXPECT_EQ(test, w->v.phys, PHYS);
	KUNIT_EXPECT_EQ(test, w->v.page, PAGE_4K);
	KUNIT_EXPECT_EQ(test, w->v.steps, 2 + 4 * 2 + 1);
	*fake_at(w->mem, w->root) &= ~AMDVI_PTE_IW;
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, true)->outcome, IOP_FAULT);
	KUNIT_EXPECT_EQ(test, w->v.stage, 2);
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, false)->outcome, IOP_ALLOWED);
	/* The tables become read-only: all have their A, but a write sets D. */
	*fake_at(w->mem, w->root) |= AMDVI_PTE_IW;
	*fake_at(w->mem, w->root + 4 * 8) &= ~AMDVI_PTE_IW;
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, false)->outcome, IOP_ALLOWED);
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, true)->outcome, IOP_FAULT);
	*fake_at(w->mem, w->root + 4 * 8) = 0;
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, false)->outcome, IOP_FAULT);
	KUNIT_EXPECT_EQ(test, w->v.steps, 3);
}

static void amdvi_texts(struct kunit *test)
{
	struct world *w = world_new(test);
	char *buf = kunit_kzalloc(test, 256, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
#define TEXT(head, tail)                                  \
	do {                                              \
		iop_verdict_text(&w->u, &w->v, buf, 256); \
		expect_text(test, buf, head, tail);       \
	} while (0)
#define STEP(i, head, tail)                         \
	do {                                        \
		iop_step_text(&w->v, i, buf, 192);  \
		expect_text(test, buf, head, tail); \
	} while (0)

	world_dma(w, 0x1000, true);
	TEXT("a write to 0x1000 faults: 0x02 page fault, not present, at level 3", "");
	STEP(0, "dte table 0x0000000100000000 index 259 ",
	     "entry 0x6000000100003603,0x0000000000004321");
	STEP(1, "level 3 table 0x0000000100003000 index 0 entry 0x0000000000000000 empty -", "");
	w->dte[0] &= ~AMDVI_DTE_IW;
	w->dte[1] |= AMDVI_DTE_SA;
	world_dma(w, 0x1000, true);
	TEXT("a write to 0x1000 faults: 0x02 page fault, no permission, and is not recorded", "");
	world_guest(w);
	world_dma(w, 0x1000, false);
	KUNIT_EXPECT_EQ(test, w->v.stage, 2);
	TEXT("a read of 0x1000 faults: 0x02 page fault, not present, ",
	     "at level 3 of the second stage, and is not recorded");
	STEP(2, "stage 2 level 3 table 0x0000000100003000 index 4 ",
	     "entry 0x0000000000000000 empty -");
	iop_step_word(&w->v, 2, buf, 48);
	KUNIT_EXPECT_STREQ(test, buf, "h3:4:0x0000000000000000");
#undef TEXT
#undef STEP
}

static void amdvi_events(struct kunit *test)
{
	static const struct {
		u64 lo, hi;
		bool device;
		struct iop_fault f;
	} row[] = {
		/* 1: a write, without PASID: domain 5 stands there instead */
		{ 0x2020000500000103,
		  0x12345678,
		  true,
		  { .rid = 0x103,
		    .pasid = IOP_NO_PASID,
		    .addr = 0x12345678,
		    .access = IOP_WRITE,
		    .reason = AMDVI_EV_PAGE_FAULT,
		    .flags = AMDVI_EVF_RW } },
		/* 2: a read with PASID 0xabcde: upper bits in the first word */
		{ 0x2005bcde000a0103,
		  0xfff0,
		  true,
		  { .rid = 0x103,
		    .pasid = 0xabcde,
		    .addr = 0xfff0,
		    .access = IOP_READ,
		    .reason = AMDVI_EV_PAGE_FAULT,
		    .flags = AMDVI_EVF_GN | AMDVI_EVF_US } },
		/* 3: the same, privileged, a fetch */
		{ 0x2003000000000103,
		  0,
		  true,
		  { .rid = 0x103,
		    .pasid = 0,
		    .access = IOP_READ,
		    .reason = AMDVI_EV_PAGE_FAULT,
		    .flags = AMDVI_EVF_GN | AMDVI_EVF_NX,
		    .exec = true,
		    .priv = true } },
		/* 4: an interrupt */
		{ 0x2008000000000103,
		  0xfee00000,
		  true,
		  { .rid = 0x103,
		    .pasid = IOP_NO_PASID,
		    .addr = 0xfee00000,
		    .access = IOP_READ,
		    .reason = AMDVI_EV_PAGE_FAULT,
		    .flags = AMDVI_EVF_I,
		    .interrupt = true } },
		/* 5 */
		{ 0x1000000000000001,
		  0,
		  true,
		  { .rid = 1,
		    .pasid = IOP_NO_PASID,
		    .access = IOP_READ,
		    .reason = AMDVI_EV_ILLEGAL_DTE } },
		/* 6: a command's, not a device's */
		{ 0x5000000000000000,
		  0x100000,
		  false,
		  { .pasid = IOP_NO_PASID,
		    .addr = 0x100000,
		    .access = IOP_READ,
		    .reason = AMDVI_EV_ILLEGAL_COMMAND } },
	};
	static const u16 of_devices = BIT_ULL(1) | BIT_ULL(2) | BIT_ULL(3) | BIT_ULL(4) |
				      BIT_ULL(8) | BIT_ULL(9);
	struct iop_fault f;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		const struct iop_fault *want = &row[i].f;

		memset(&f, 0xa5, sizeof(f));
		KUNIT_EXPECT_EQ_MSG(test, iop_amd_event(row[i].lo, row[i].hi, &f), row[i].device,
				    "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, f.rid, want->rid, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, f.pasid, want->pasid, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, f.addr, want->addr, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, f.access, want->access, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, f.reason, want->reason, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, f.flags, want->flags, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, f.exec, want->exec, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, f.priv, want->priv, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, f.interrupt, want->interrupt, "row %u", i + 1);
	}
	for (i = 0; i < 16; i++)
		KUNIT_EXPECT_EQ_MSG(test, iop_amd_event((u64)i << 60, 0, &f), of_devices >> i & 1,
				    "event %u", i);
}

static struct kunit_case amdvi_cases[] = {
	KUNIT_CASE(amdvi_v1_entries),
	KUNIT_CASE(amdvi_v2_entries),
	KUNIT_CASE(amdvi_v1_walk),
	KUNIT_CASE(amdvi_device_table),
	KUNIT_CASE(amdvi_guest_tables),
	KUNIT_CASE(amdvi_enumerate),
	KUNIT_CASE(amdvi_dma_host),
	KUNIT_CASE(amdvi_dma_guest),
	KUNIT_CASE(amdvi_texts),
	KUNIT_CASE(amdvi_events),
	{},
};

static struct kunit_suite amdvi_suite = {
	.name = "iommu_probe_amdvi",
	.test_cases = amdvi_cases,
};

kunit_test_suite(amdvi_suite);

MODULE_DESCRIPTION("KUnit suite of AMD-Vi");
MODULE_LICENSE("GPL");
