// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: what a DMA would do, by VT-d tables that exist only here. */
#include <linux/module.h>

#include "iommu.h"

#include "../iommu_probe/dma.c"
#include "../iommu_probe/names.c"
#include "../iommu_probe/requester.c"

#define RID  0x0010
#define IOVA 0x40403000ULL /* index 1, 2, 3 of levels 3, 2, 1 */
#define PHYS 0x12345000ULL

/* Two trees: guest addresses are host addresses plus this. */
#define OFFSET (4 * PAGE_1G)

#define SS_RW (VTD_SS_R | VTD_SS_W)
#define FS_RW (X86_P | X86_RW | X86_US | X86_A)

enum world_kind {
	LEGACY,
	SECOND,
	FIRST,
	NESTED,
	PASS,
};

/* A unit with one requester ID, and the tree that it uses. */
struct world {
	struct kunit *test;
	enum world_kind kind;
	struct fake *mem;
	struct iop_memory memory;
	struct iop_unit u;
	u64 root; /* of the tree that is filled in; of NESTED: of the first one */
	u64 host; /* root of the second one */
	u64 *pasid;
	struct iop_verdict v;
};

static struct world *world_new(struct kunit *test, enum world_kind kind)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	u64 root, ctx, dir, table;

	KUNIT_ASSERT_NOT_NULL(test, w);
	w->test = test;
	w->kind = kind;
	w->mem = fake_new(test);
	w->memory = fake_memory(w->mem);
	w->u = vtd_unit;
	root = fake_page(w->mem);
	ctx = fake_page(w->mem);
	w->root = fake_page(w->mem);
	w->host = fake_page(w->mem);
	w->u.root = root;
	*fake_at(w->mem, root) = ctx | VTD_ROOT_P;
	if (kind == LEGACY) {
		*fake_at(w->mem, ctx + RID * 16) = w->root | VTD_CTX_P;
		*fake_at(w->mem, ctx + RID * 16 + 8) = PREP(VTD_CTX_HI_AW, 1);
		return w;
	}
	dir = fake_page(w->mem);
	table = fake_page(w->mem);
	w->u.root |= PREP(VTD_RTADDR_TTM, VTD_TTM_SCALABLE);
	*fake_at(w->mem, ctx + RID * 32) = dir | VTD_SMCTX_P;
	*fake_at(w->mem, dir) = table | VTD_PASIDDIR_P;
	w->pasid = fake_at(w->mem, table);
	switch (kind) {
	case SECOND:
		w->pasid[0] = w->root | VTD_PASID_P | PREP(VTD_PASID_PGTT, VTD_PGTT_SECOND) |
			      PREP(VTD_PASID_AW, 1);
		break;
	case FIRST:
		w->pasid[0] = VTD_PASID_P | PREP(VTD_PASID_PGTT, VTD_PGTT_FIRST);
		w->pasid[2] = w->root | VTD_PASID_NXE;
		break;
	case NESTED:
		w->pasid[0] = w->host | VTD_PASID_P | PREP(VTD_PASID_PGTT, VTD_PGTT_NESTED) |
			      PREP(VTD_PASID_AW, 1);
		w->pasid[2] = w->root | VTD_PASID_NXE;
		break;
	default:
		w->pasid[0] = VTD_PASID_P | PREP(VTD_PASID_PGTT, VTD_PGTT_PASS);
		break;
	}
	return w;
}

/* Maps in the tree of the world; of two in the first one. */
static u64 *world_map(struct world *w, u64 iova, unsigned int level, u64 entry)
{
	bool first = w->kind == FIRST || w->kind == NESTED;

	return fake_map(w->mem, w->root, first ? 4 : 3, first ? FS_RW : SS_RW, iova, level, entry);
}

/* The entry of @level that IOVA goes through in the (first) tree. */
static u64 *world_entry(struct world *w, unsigned int level)
{
	unsigned int l = w->kind == FIRST || w->kind == NESTED ? 4 : 3;
	u64 table = w->root;

	for (; l > level; l--) {
		table = *fake_at(w->mem, table + radix_index(IOVA, l) * 8) & GENMASK_ULL(51, 12);
		/* Of two trees the first one may have guest addresses in it. */
		if (table >= FAKE_BASE + OFFSET)
			table -= OFFSET;
	}
	return fake_at(w->mem, table + radix_index(IOVA, l) * 8);
}

/* Maps in the second of two trees, which has three levels. */
static u64 *world_host(struct world *w, u64 addr, unsigned int level, u64 entry)
{
	return fake_map(w->mem, w->host, 3, SS_RW, addr, level, entry);
}

static struct iop_verdict *world_dma(struct world *w, u64 iova, bool write)
{
	memset(&w->v, 0xa5, sizeof(w->v));
	iop_dma(&w->u, &w->memory, RID, IOP_NO_PASID, iova, write, &w->v);
	KUNIT_EXPECT_LE(w->test, w->v.steps, IOP_MAX_STEPS);
	return &w->v;
}

static void expect_allowed(struct world *w, u64 iova, bool write, u64 phys, u64 page, u8 rights)
{
	struct iop_verdict *v = world_dma(w, iova, write);

	KUNIT_EXPECT_EQ_MSG(w->test, v->outcome, IOP_ALLOWED, "0x%llx", iova);
	KUNIT_EXPECT_EQ_MSG(w->test, v->phys, phys, "0x%llx", iova);
	KUNIT_EXPECT_EQ_MSG(w->test, v->page, page, "0x%llx", iova);
	KUNIT_EXPECT_EQ_MSG(w->test, v->rights & (IOPT_R | IOPT_W), rights, "0x%llx", iova);
	KUNIT_EXPECT_EQ_MSG(w->test, v->reason, 0, "0x%llx", iova);
}

/* By the specification @reason; QEMU says @qemu. */
static void expect_fault(struct world *w, u64 iova, bool write, u8 reason, u8 qemu,
			 const char *what)
{
	struct iop_verdict *v = world_dma(w, iova, write);

	KUNIT_EXPECT_EQ_MSG(w->test, v->outcome, IOP_FAULT, "%s", what);
	KUNIT_EXPECT_EQ_MSG(w->test, v->spec_reason, reason, "%s", what);
	KUNIT_EXPECT_EQ_MSG(w->test, v->reason, reason, "%s", what);
	w->u.model = IOP_MODEL_QEMU;
	v = world_dma(w, iova, write);
	KUNIT_EXPECT_EQ_MSG(w->test, v->outcome, IOP_FAULT, "%s", what);
	KUNIT_EXPECT_EQ_MSG(w->test, v->spec_reason, reason, "%s", what);
	KUNIT_EXPECT_EQ_MSG(w->test, v->reason, qemu, "%s", what);
	w->u.model = IOP_MODEL_HARDWARE;
}

static void dma_sizes(struct kunit *test)
{
	static const enum world_kind kinds[] = { LEGACY, SECOND, FIRST };
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct world *w = world_new(test, kinds[k]);
		u64 rw = kinds[k] == FIRST ? FS_RW : SS_RW;
		u8 both = IOPT_R | IOPT_W;

		world_map(w, IOVA, 1, PHYS | rw);
		world_map(w, 3 * PAGE_2M, 2, 7 * PAGE_2M | rw | X86_PS);
		world_map(w, 5 * PAGE_1G, 3, 9 * PAGE_1G | rw | X86_PS);
		expect_allowed(w, IOVA, true, PHYS, PAGE_4K, both);
		KUNIT_EXPECT_EQ(test, w->v.level, 1);
		expect_allowed(w, IOVA + 0xfff, false, PHYS + 0xfff, PAGE_4K, both);
		expect_allowed(w, 4 * PAGE_2M - 1, true, 8 * PAGE_2M - 1, PAGE_2M, both);
		KUNIT_EXPECT_EQ(test, w->v.level, 2);
		expect_allowed(w, 5 * PAGE_1G + 0x1234567, true, 9 * PAGE_1G + 0x1234567, PAGE_1G,
			       both);
		KUNIT_EXPECT_EQ(test, w->v.level, 3);
	}
}

/* The rights of a page are those that all levels leave. */
static void dma_path_rights(struct kunit *test)
{
	struct world *w = world_new(test, LEGACY);

	world_map(w, IOVA, 1, PHYS | SS_RW);
	*world_entry(w, 2) &= ~VTD_SS_W;
	expect_allowed(w, IOVA, false, PHYS, PAGE_4K, IOPT_R);
	*world_entry(w, 2) = (*world_entry(w, 2) & ~VTD_SS_R) | VTD_SS_W;
	expect_allowed(w, IOVA, true, PHYS, PAGE_4K, IOPT_W);
	*world_entry(w, 3) &= ~VTD_SS_W;
	expect_fault(w, IOVA, true, 0x05, 0x05, "nothing left");
	expect_fault(w, IOVA, false, 0x06, 0x06, "nothing left");

	w = world_new(test, FIRST);
	world_map(w, IOVA, 1, PHYS | FS_RW);
	*world_entry(w, 4) &= ~X86_RW;
	expect_allowed(w, IOVA, false, PHYS, PAGE_4K, IOPT_R);
}

/* The steps are what the hardware reads, in that order. */
static void dma_steps(struct kunit *test)
{
	struct world *w = world_new(test, LEGACY);
	struct iop_verdict *v;
	u64 *slot;

	slot = world_map(w, IOVA, 1, PHYS | SS_RW);
	v = world_dma(w, IOVA, true);
	KUNIT_ASSERT_EQ(test, v->steps, 5);
	KUNIT_EXPECT_EQ(test, v->step[0].kind, IOP_ROOT_ENTRY);
	KUNIT_EXPECT_EQ(test, v->step[1].kind, IOP_CONTEXT_ENTRY);
	KUNIT_EXPECT_EQ(test, v->step[1].index, RID);
	KUNIT_EXPECT_EQ(test, v->step[1].stage, 0);
	KUNIT_EXPECT_EQ(test, v->step[2].kind, IOP_TABLE_ENTRY);
	KUNIT_EXPECT_EQ(test, v->step[2].table, w->root);
	KUNIT_EXPECT_EQ(test, v->step[2].level, 3);
	KUNIT_EXPECT_EQ(test, v->step[2].index, 1);
	KUNIT_EXPECT_EQ(test, v->step[2].stage, 1);
	KUNIT_EXPECT_EQ(test, v->step[3].index, 2);
	KUNIT_EXPECT_EQ(test, v->step[3].table, v->step[2].entry & ~0xfffULL);
	KUNIT_EXPECT_EQ(test, v->step[4].kind, IOP_LEAF_ENTRY);
	KUNIT_EXPECT_EQ(test, v->step[4].level, 1);
	KUNIT_EXPECT_EQ(test, v->step[4].index, 3);
	KUNIT_EXPECT_EQ(test, v->step[4].entry, *slot);
	/* Each was read once for the walk and once to be sure. */
	KUNIT_EXPECT_EQ(test, w->mem->reads, 10);

	*slot = 0;
	v = world_dma(w, IOVA, true);
	KUNIT_ASSERT_EQ(test, v->steps, 5);
	KUNIT_EXPECT_EQ(test, v->step[4].kind, IOP_EMPTY_ENTRY);
	*slot = PHYS | SS_RW | BIT_ULL(46);
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, true)->step[4].kind, IOP_ODD_ENTRY);
}

/* The five reasons that can be provoked on a running kernel, as they are provoked there. */
static void dma_live_reasons(struct kunit *test)
{
	struct world *w = world_new(test, LEGACY);

	world_map(w, IOVA, 1, PHYS | VTD_SS_R);
	expect_allowed(w, IOVA, false, PHYS, PAGE_4K, IOPT_R);
	expect_fault(w, IOVA, true, 0x05, 0x05, "read-only");
	expect_fault(w, IOVA + PAGE_4K, true, 0x05, 0x05, "unmapped, write");
	expect_fault(w, IOVA + PAGE_4K, false, 0x06, 0x06, "unmapped, read");
	expect_fault(w, PAGE_1G * 9, false, 0x06, 0x06, "no table");
	expect_fault(w, BIT_ULL(39), false, 0x04, 0x04, "beyond three levels");
	expect_fault(w, BIT_ULL(63), true, 0x04, 0x04, "far beyond");

	w = world_new(test, SECOND);
	world_map(w, IOVA, 1, PHYS | VTD_SS_R);
	world_map(w, IOVA + PAGE_4K, 1, PHYS | VTD_SS_W);
	expect_fault(w, IOVA, true, 0x79, 0x05, "second stage, read-only");
	expect_fault(w, IOVA + PAGE_4K, false, 0x79, 0x06, "second stage, write-only");
	expect_fault(w, 0, false, 0x79, 0x06, "second stage, unmapped, read");
	expect_fault(w, 0, true, 0x79, 0x05, "second stage, unmapped, write");
	expect_fault(w, BIT_ULL(39), true, 0x84, 0x04, "second stage, beyond");

	w = world_new(test, FIRST);
	world_map(w, IOVA, 1, PHYS | (FS_RW & ~X86_RW));
	expect_allowed(w, IOVA, false, PHYS, PAGE_4K, IOPT_R);
	expect_fault(w, IOVA, true, 0x85, 0x85, "first stage, read-only");
	expect_fault(w, IOVA + PAGE_4K, false, 0x71, 0x71, "first stage, unmapped");
	expect_fault(w, IOVA + PAGE_4K, true, 0x71, 0x71, "first stage, unmapped, write");
	expect_fault(w, BIT_ULL(47), false, 0x80, 0x80, "first stage, not canonical");
	expect_fault(w, ~0ULL << 48, false, 0x80, 0x80, "first stage, not canonical");
}

/* What only corrupted tables lead to, in each kind of tree. */
static void dma_corrupt(struct kunit *test)
{
	static const struct {
		enum world_kind kind;
		unsigned int level; /* of the entry that is wrong */
		u64 set, clear; /* in it */
		bool write;
		u8 reason, qemu;
	} row[] = {
		/* 1 */
		{ LEGACY, 3, BIT_ULL(46), 0, false, 0x0c, 0x0c },
		/* 2 */ { LEGACY, 3, VTD_SS_SNP, 0, false, 0x0c, 0x0c },
		/* 3 */ { LEGACY, 2, BIT_ULL(51), 0, true, 0x0c, 0x0c },
		/* 4: an address that is no memory */
		{ LEGACY, 3, BIT_ULL(45), 0, false, 0x07, 0x07 },
		/* 5 */ { LEGACY, 2, BIT_ULL(45), 0, false, 0x07, 0x07 },
		/* 6: a page of the wrong alignment */
		{ LEGACY, 2, VTD_SS_PS | BIT_ULL(20), 0, false, 0x0c, 0x0c },
		/* 7: rights come before reserved bits, also higher up */
		{ LEGACY, 2, BIT_ULL(46), VTD_SS_W, true, 0x05, 0x05 },
		/* 8 */ { LEGACY, 2, 0, VTD_SS_R, false, 0x06, 0x06 },
		/* 9 */ { LEGACY, 2, 0, VTD_SS_R, true, 0, 0 },
		/* 10: with all rights gone nothing else counts */
		{ LEGACY, 1, BIT_ULL(46), SS_RW, false, 0x06, 0x06 },
		/* 11: bits that nobody looks at */
		{ LEGACY, 1, GENMASK_ULL(61, 52) | GENMASK_ULL(6, 2) | BIT_ULL(63), 0, false, 0,
		  0 },
		/* 12: PS in level 1 is no size */
		{ LEGACY, 1, VTD_SS_PS, 0, false, 0, 0 },
		/* 13 */ { SECOND, 3, BIT_ULL(46), 0, false, 0x7a, 0x0c },
		/* 14 */ { SECOND, 2, BIT_ULL(45), 0, false, 0x78, 0x07 },
		/* 15 */ { SECOND, 2, 0, VTD_SS_W, true, 0x79, 0x05 },
		/* 16 */ { SECOND, 1, BIT_ULL(50), 0, true, 0x7a, 0x0c },
		/* 17 */ { FIRST, 4, BIT_ULL(46), 0, false, 0x72, 0x72 },
		/* 18: PS in level 4 */ { FIRST, 4, X86_PS, 0, false, 0x72, 0x72 },
		/* 19 */ { FIRST, 3, BIT_ULL(45), 0, false, 0x70, 0x70 },
		/* 20 */ { FIRST, 2, 0, X86_US, false, 0x81, 0x81 },
		/* 21 */ { FIRST, 3, 0, X86_RW, true, 0x85, 0x85 },
		/* 22 */ { FIRST, 3, 0, X86_RW, false, 0, 0 },
		/* 23 */ { FIRST, 2, BIT_ULL(46), X86_RW, true, 0x85, 0x85 },
		/* 24 */ { FIRST, 2, X86_PS | BIT_ULL(13), 0, false, 0x72, 0x72 },
		/* 25: nothing else counts when P is clear */
		{ FIRST, 2, BIT_ULL(46), X86_P, false, 0x71, 0x71 },
		/* 26: ignored bits */
		{ FIRST, 1, GENMASK_ULL(62, 52) | X86_G | X86_NX | GENMASK_ULL(11, 9), 0, false, 0,
		  0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct world *w = world_new(test, row[i].kind);
		char what[16];
		u64 *slot;

		world_map(w, IOVA, 1, PHYS | (row[i].kind == FIRST ? FS_RW : SS_RW));
		slot = world_entry(w, row[i].level);
		*slot = (*slot | row[i].set) & ~row[i].clear;

		scnprintf(what, sizeof(what), "row %u", i + 1);
		if (row[i].reason) {
			expect_fault(w, IOVA, row[i].write, row[i].reason, row[i].qemu, what);
			KUNIT_EXPECT_EQ_MSG(test, w->v.stage, 1, "%s", what);
			continue;
		}
		KUNIT_EXPECT_EQ_MSG(test, world_dma(w, IOVA, row[i].write)->outcome, IOP_ALLOWED,
				    "%s", what);
		KUNIT_EXPECT_EQ_MSG(test, w->v.phys, PHYS, "%s", what);
	}
}

/* Features that the unit lacks; root tables that are no memory. */
static void dma_unit_limits(struct kunit *test)
{
	struct world *w = world_new(test, LEGACY);

	world_map(w, 0, 2, PAGE_2M | SS_RW | VTD_SS_PS);
	world_map(w, 9 * PAGE_1G, 3, PAGE_1G | SS_RW | VTD_SS_PS);
	world_map(w, IOVA, 1, PHYS | SS_RW | VTD_SS_SNP);
	expect_allowed(w, IOVA, true, PHYS, PAGE_4K, IOPT_R | IOPT_W);
	w->u.ecap &= ~(VTD_ECAP_SC | VTD_ECAP_SMTS);
	expect_fault(w, IOVA, true, 0x0c, 0x0c, "no snoop control");
	w->u.cap &= ~VTD_CAP_SS2MP;
	expect_fault(w, 0, true, 0x0c, 0x0c, "no 2 MiB pages");
	expect_allowed(w, 9 * PAGE_1G, true, PAGE_1G, PAGE_1G, IOPT_R | IOPT_W);
	w->u.cap &= ~VTD_CAP_SS1GP;
	expect_fault(w, 9 * PAGE_1G, true, 0x0c, 0x0c, "no 1 GiB pages");
	w->u.cap = (w->u.cap & ~VTD_CAP_MGAW) | PREP(VTD_CAP_MGAW, 31);
	expect_fault(w, BIT_ULL(32), true, 0x04, 0x04, "beyond the unit's width");

	/* A root that cannot be read is the fault of who points to it. */
	w = world_new(test, LEGACY);
	*fake_at(w->mem, w->u.root + PAGE_4K + RID * 16) = FAKE_OUTSIDE | VTD_CTX_P;
	expect_fault(w, 0, true, 0x03, 0x03, "legacy root");
	w = world_new(test, SECOND);
	w->pasid[0] = (w->pasid[0] & 0xfff) | FAKE_OUTSIDE;
	expect_fault(w, 0, true, 0x7b, 0x03, "second-stage root");
	w = world_new(test, FIRST);
	w->pasid[2] = FAKE_OUTSIDE;
	expect_fault(w, 0, true, 0x73, 0x73, "first-stage root");
	/* Without NXE in the PASID entry bit 63 is reserved; QEMU does not mind. */
	w->pasid[2] = w->root;
	world_map(w, IOVA, 1, PHYS | FS_RW | X86_NX);
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, true)->reason, 0x72);
	w->u.model = IOP_MODEL_QEMU;
	expect_allowed(w, IOVA, true, PHYS, PAGE_4K, IOPT_R | IOPT_W);
}

/* Sign-extended addresses use the upper half of the table. */
static void dma_upper_half(struct kunit *test)
{
	struct world *w = world_new(test, FIRST);

	world_map(w, ~0xfffULL, 1, PHYS | FS_RW);
	expect_allowed(w, ~0ULL, true, PHYS + 0xfff, PAGE_4K, IOPT_R | IOPT_W);
	expect_fault(w, ~0ULL & GENMASK_ULL(47, 0), true, 0x80, 0x80, "not sign-extended");
	w->pasid[2] |= PREP(VTD_PASID_FSPM, 1);
	expect_fault(w, BIT_ULL(56), true, 0x80, 0x80, "five levels");
}

static void dma_pass(struct kunit *test)
{
	struct world *w = world_new(test, PASS);

	expect_allowed(w, IOVA, true, IOVA, 0, IOPT_R | IOPT_W);
	expect_allowed(w, BIT_ULL(46) - 1, false, BIT_ULL(46) - 1, 0, IOPT_R | IOPT_W);
	KUNIT_EXPECT_EQ(test, world_dma(w, BIT_ULL(46), false)->spec_reason, VTD_FR_SM_WIDTH);
	w->u.model = IOP_MODEL_QEMU;
	expect_allowed(w, BIT_ULL(46), false, BIT_ULL(46), 0, IOPT_R | IOPT_W);

	w = world_new(test, LEGACY);
	*fake_at(w->mem, w->u.root + PAGE_4K + RID * 16) |= PREP(VTD_CTX_TT, VTD_TT_PASS);
	expect_allowed(w, IOVA, true, IOVA, 0, IOPT_R | IOPT_W);
	KUNIT_EXPECT_EQ(test, world_dma(w, BIT_ULL(46), true)->reason, VTD_FR_WIDTH);

	/* Translation off: no table counts. */
	w->u.status = 0;
	expect_allowed(w, ~0ULL, true, ~0ULL, 0, IOPT_R | IOPT_W);
	KUNIT_EXPECT_EQ(test, w->v.steps, 0);
}

static void dma_refused_requester(struct kunit *test)
{
	struct world *w = world_new(test, SECOND);

	w->u.model = IOP_MODEL_QEMU;
	iop_dma(&w->u, &w->memory, RID + 1, IOP_NO_PASID, IOVA, true, &w->v);
	KUNIT_EXPECT_EQ(test, w->v.outcome, IOP_FAULT);
	KUNIT_EXPECT_EQ(test, w->v.spec_reason, VTD_FR_SM_CTX_P);
	KUNIT_EXPECT_EQ(test, w->v.reason, VTD_FR_CTX_P);
	KUNIT_EXPECT_EQ(test, w->v.steps, 2);
	iop_dma(&w->u, &w->memory, RID, 3, IOVA, true, &w->v);
	KUNIT_EXPECT_EQ(test, w->v.reason, VTD_FR_SM_CTX_PASIDE);
	w->u.root |= VTD_RTADDR_TTM;
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, true)->reason, VTD_FR_SM_TTM);
	w->u.root ^= PREP(VTD_RTADDR_TTM, 1);
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, true)->outcome, IOP_UNKNOWN);
}

/* The interrupt range: what goes there, and what leads there. */
static void dma_interrupts(struct kunit *test)
{
	static const enum world_kind kinds[] = { LEGACY, SECOND, FIRST, PASS };
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct world *w = world_new(test, kinds[k]);
		u8 reason = kinds[k] == LEGACY ? VTD_FR_MSI : VTD_FR_SM_MSI;
		u64 rw = kinds[k] == FIRST ? FS_RW : SS_RW;

		KUNIT_EXPECT_EQ(test, world_dma(w, 0xfee00000, true)->outcome, IOP_INTERRUPT);
		KUNIT_EXPECT_EQ(test, world_dma(w, 0xfeefffff, true)->outcome, IOP_INTERRUPT);
		KUNIT_EXPECT_NE(test, world_dma(w, 0xfedfffff, true)->outcome, IOP_INTERRUPT);
		KUNIT_EXPECT_NE(test, world_dma(w, 0xfef00000, true)->outcome, IOP_INTERRUPT);
		KUNIT_EXPECT_EQ(test, world_dma(w, 0xfee00000, false)->reason, reason);
		w->u.model = IOP_MODEL_QEMU;
		KUNIT_EXPECT_EQ(test, world_dma(w, 0xfee00000, false)->outcome, IOP_INTERRUPT);
		w->u.model = IOP_MODEL_HARDWARE;
		if (kinds[k] == PASS)
			continue;

		world_map(w, IOVA, 1, 0xfeeff000 | rw);
		/* QEMU goes by whether it could be in scalable mode. */
		expect_fault(w, IOVA, true, reason, VTD_FR_SM_MSI, "leads there");
		KUNIT_EXPECT_EQ(test, w->v.level, 1);
		/* A large page around it: QEMU refuses all of it. */
		world_map(w, 2 * PAGE_1G, 3, 3 * PAGE_1G | rw | X86_PS);
		expect_allowed(w, 2 * PAGE_1G, true, 3 * PAGE_1G, PAGE_1G, IOPT_R | IOPT_W);
		w->u.model = IOP_MODEL_QEMU;
		KUNIT_EXPECT_EQ(test, world_dma(w, 2 * PAGE_1G, true)->outcome, IOP_FAULT);
		w->u.model = IOP_MODEL_HARDWARE;
		KUNIT_EXPECT_EQ(test, world_dma(w, 2 * PAGE_1G + 0x3ee00000, true)->reason, reason);
	}
}

/* With a PASID the interrupt range is a range like any other. */
static void dma_interrupts_pasid(struct kunit *test)
{
	struct world *w = world_new(test, FIRST);

	*fake_at(w->mem, w->u.root - PREP(VTD_RTADDR_TTM, 1) + PAGE_4K + RID * 32) |=
		VTD_SMCTX_PASIDE;
	world_map(w, 0xfee00000, 1, PHYS | FS_RW);
	iop_dma(&w->u, &w->memory, RID, 0, 0xfee00004, true, &w->v);
	KUNIT_EXPECT_EQ(test, w->v.outcome, IOP_ALLOWED);
	KUNIT_EXPECT_EQ(test, w->v.phys, PHYS + 4);
	KUNIT_EXPECT_EQ(test, world_dma(w, 0xfee00004, true)->outcome, IOP_INTERRUPT);
}

/* Both trees filled in; @slots gets the second one's entry of each page of the memory. */
static struct world *world_nested(struct kunit *test, u64 **slots)
{
	struct world *w = world_new(test, NESTED);
	unsigned int i;

	world_map(w, IOVA, 1, (PHYS + OFFSET) | FS_RW);
	for (i = 2; i <= 4; i++)
		*world_entry(w, i) += OFFSET;
	w->pasid[2] += OFFSET;
	for (i = 0; i < FAKE_PAGES; i++)
		slots[i] = world_host(w, FAKE_BASE + OFFSET + i * PAGE_4K, 1,
				      (FAKE_BASE + i * PAGE_4K) | SS_RW);
	world_host(w, PHYS + OFFSET, 1, PHYS | SS_RW);
	return w;
}

/* The entry of the second tree that translates the first tree's table of @level. */
static u64 *nested_host(struct world *w, u64 **slots, unsigned int level)
{
	u64 table = level == 4 ? w->root : (*world_entry(w, level + 1) & ~0xfffULL) - OFFSET;

	return slots[(table - FAKE_BASE) / PAGE_4K];
}

static void dma_nested_walk(struct kunit *test)
{
	u64 *slots[FAKE_PAGES];
	struct iop_verdict *v;
	struct world *w;

	w = world_nested(test, slots);
	expect_allowed(w, IOVA + 5, true, PHYS + 5, PAGE_4K, IOPT_R | IOPT_W);
	v = &w->v;
	/* 4 on the way, then 4 tables, each looked up by 3 steps, then the page by 3. */
	KUNIT_EXPECT_EQ(test, v->steps, 4 + 4 * (3 + 1) + 3);
	KUNIT_EXPECT_EQ(test, v->step[4].stage, 2);
	KUNIT_EXPECT_EQ(test, v->step[4].table, w->host);
	KUNIT_EXPECT_EQ(test, v->step[7].stage, 1);
	KUNIT_EXPECT_EQ(test, v->step[7].table, w->root);
	KUNIT_EXPECT_EQ(test, v->step[7].level, 4);

	/* Of both trees' pages the smaller one counts, and the rights of both. */
	*world_entry(w, 1) &= ~X86_RW;
	expect_allowed(w, IOVA, false, PHYS, PAGE_4K, IOPT_R);
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, true)->reason, VTD_FR_SM_WRITE);
	KUNIT_EXPECT_EQ(test, w->v.stage, 1);
	*world_entry(w, 2) = (7 * PAGE_2M) | FS_RW | X86_PS;
	world_host(w, 7 * PAGE_2M + 0x3000, 1, PHYS | VTD_SS_R);
	expect_allowed(w, IOVA, false, PHYS, PAGE_4K, IOPT_R);
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, true)->reason, VTD_FR_SM_SS_RIGHTS);
	KUNIT_EXPECT_EQ(test, w->v.stage, 2);
	*world_entry(w, 3) = (5 * PAGE_1G) | FS_RW | X86_PS;
	world_host(w, 5 * PAGE_1G, 3, 6 * PAGE_1G | SS_RW | VTD_SS_PS);
	expect_allowed(w, IOVA, true, 6 * PAGE_1G + 0x403000, PAGE_1G, IOPT_R | IOPT_W);
	KUNIT_EXPECT_EQ(test, world_dma(w, BIT_ULL(47), true)->reason, VTD_FR_SM_CANONICAL);
}

/* Every way in which the second tree can refuse the first one's tables. */
static void dma_nested_refusals(struct kunit *test)
{
	static const struct {
		unsigned int level; /* of the first tree's table that is looked up; 0: the page */
		u64 host; /* becomes its entry in the second tree */
		u64 clear; /* in the first tree's entry of that table */
		bool write;
		u8 reason;
	} row[] = {
		/* 1 */ { 4, 0, 0, false, VTD_FR_SM_FS_ROOT_SS_R },
		/* 2 */ { 4, VTD_SS_W, 0, false, VTD_FR_SM_FS_ROOT_SS_R },
		/* 3 */ { 3, 0, 0, false, VTD_FR_SM_FS_TABLE_SS_R },
		/* 4 */ { 1, VTD_SS_W, 0, true, VTD_FR_SM_FS_TABLE_SS_R },
		/* 5 */ { 2, SS_RW | BIT_ULL(46), 0, true, VTD_FR_SM_SS_RSVD },
		/* 6: a table that is no memory */
		{ 2, SS_RW | BIT_ULL(45), 0, true, VTD_FR_SM_FS_ACCESS },
		/* 7 */ { 4, SS_RW | BIT_ULL(45), 0, true, VTD_FR_SM_FS_ROOT },
		/* 8: A has to be set, but the table is read-only */
		{ 3, VTD_SS_R, X86_A, false, VTD_FR_SM_FS_TABLE_SS_W },
		/* 9: A is set already */ { 3, VTD_SS_R, 0, false, 0 },
		/* 10: a write sets D, too */
		{ 1, VTD_SS_R, 0, true, VTD_FR_SM_FS_TABLE_SS_W },
		/* 11 */ { 1, VTD_SS_R, 0, false, 0 },
		/* 12: the page itself */ { 0, 0, 0, false, VTD_FR_SM_SS_RIGHTS },
		/* 13 */ { 0, VTD_SS_R, 0, true, VTD_FR_SM_SS_RIGHTS },
		/* 14 */ { 0, VTD_SS_W, 0, false, VTD_FR_SM_SS_RIGHTS },
		/* 15 */ { 0, SS_RW | BIT_ULL(50), 0, false, VTD_FR_SM_SS_RSVD },
	};
	u64 *slots[FAKE_PAGES];
	struct world *w;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct iop_verdict *v;
		u64 *slot;

		w = world_nested(test, slots);
		slot = row[i].level ? nested_host(w, slots, row[i].level) :
				      world_host(w, PHYS + OFFSET, 1, PHYS | SS_RW);
		*slot = row[i].host ? (*slot & ~0xfffULL) | row[i].host : 0;
		if (row[i].level)
			*world_entry(w, row[i].level) &= ~row[i].clear;
		v = world_dma(w, IOVA, row[i].write);
		KUNIT_EXPECT_EQ_MSG(test, v->spec_reason, row[i].reason, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, v->outcome, row[i].reason ? IOP_FAULT : IOP_ALLOWED,
				    "row %u", i + 1);
	}

	/* Guest addresses that the second tree does not reach. */
	w = world_nested(test, slots);
	*world_entry(w, 1) = BIT_ULL(39) | FS_RW;
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, false)->spec_reason, VTD_FR_SM_SS_WIDTH);
	*world_entry(w, 3) = BIT_ULL(39) | FS_RW;
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, false)->spec_reason, VTD_FR_SM_FS_ROOT_SS);
	w->pasid[2] = BIT_ULL(51);
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, false)->spec_reason, VTD_FR_SM_FS_ROOT_SS);
	/* Its tables. */
	w->pasid[2] = w->root + OFFSET;
	*fake_at(w->mem, w->host + radix_index(w->root + OFFSET, 3) * 8) = FAKE_OUTSIDE | SS_RW;
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, false)->spec_reason, VTD_FR_SM_SS_ACCESS);
	w->pasid[0] = (w->pasid[0] & 0xfff) | FAKE_OUTSIDE;
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, false)->spec_reason, VTD_FR_SM_SS_ROOT);
}

/* Tables that lead to themselves, to the root, to each other: depth falls with each step. */
static void dma_loops(struct kunit *test)
{
	static const enum world_kind kinds[] = { LEGACY, SECOND, FIRST, NESTED };
	unsigned int k, i;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct world *w = world_new(test, kinds[k]);
		u64 rw = kinds[k] == FIRST || kinds[k] == NESTED ? FS_RW | X86_D : SS_RW;

		for (i = 0; i < RADIX_ENTRIES; i++) {
			*fake_at(w->mem, w->root + i * 8) = w->root | rw;
			*fake_at(w->mem, w->host + i * 8) = w->root | SS_RW;
		}
		KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, true)->outcome, IOP_ALLOWED);
		KUNIT_EXPECT_EQ(test, w->v.phys, w->root);
		KUNIT_EXPECT_EQ(test, w->v.page, PAGE_4K);
		w->mem->reads = 0;
		world_dma(w, ~0ULL << 40, true);
		KUNIT_EXPECT_LE(test, w->mem->reads, 2 * IOP_MAX_STEPS);
	}
}

/* Tables that change under the walk: what comes out was true at one moment, or is unknown. */
static void dma_races(struct kunit *test)
{
	struct world *w = world_new(test, LEGACY);
	u64 *slot = world_map(w, IOVA, 1, PHYS | SS_RW);
	unsigned int at;

	for (at = 1; at <= 10; at++) {
		/* Once, at each read there is: the walk starts over and sees the new page. */
		w->mem->reads = 0;
		w->mem->change = slot;
		w->mem->change_at = at;
		w->mem->change_every = 1000;
		w->mem->change_to = (PHYS + PAGE_4K) | SS_RW;
		*slot = PHYS | SS_RW;
		expect_allowed(w, IOVA, true, PHYS + PAGE_4K, PAGE_4K, IOPT_R | IOPT_W);
		KUNIT_EXPECT_EQ_MSG(test, w->mem->reads, at <= 5 ? 10 : 20, "at %u", at);
	}

	/* All the time: between the reading and the checking. */
	w->mem->reads = 0;
	w->mem->change_at = 7;
	w->mem->change_every = 10;
	world_dma(w, IOVA, true);
	KUNIT_EXPECT_EQ(test, w->v.outcome, IOP_UNKNOWN);
	KUNIT_EXPECT_TRUE(test, w->v.raced);
	KUNIT_EXPECT_EQ(test, w->v.reason, 0);
	KUNIT_EXPECT_EQ(test, w->mem->reads, 10 * DMA_TRIES);

	/* Flags that the hardware sets are no change. */
	w = world_new(test, FIRST);
	slot = world_map(w, IOVA, 1, PHYS | (FS_RW & ~X86_A));
	w->mem->change = slot;
	w->mem->change_at = 9;
	w->mem->change_to = PHYS | FS_RW | X86_D;
	expect_allowed(w, IOVA, true, PHYS, PAGE_4K, IOPT_R | IOPT_W);
	KUNIT_EXPECT_EQ(test, *slot, PHYS | FS_RW | X86_D);
	KUNIT_EXPECT_EQ(test, w->mem->reads, 16);

	/* A context entry that goes away. */
	w = world_new(test, LEGACY);
	world_map(w, IOVA, 1, PHYS | SS_RW);
	w->mem->change = fake_at(w->mem, w->u.root + PAGE_4K + RID * 16);
	w->mem->change_at = 4;
	w->mem->change_every = 1000;
	KUNIT_EXPECT_EQ(test, world_dma(w, IOVA, true)->reason, VTD_FR_CTX_P);
}

/* What is not in the dump. */
static void dma_unknown(struct kunit *test)
{
	struct world *w = world_new(test, FIRST);
	unsigned int i;

	world_map(w, IOVA, 1, PHYS | FS_RW);
	for (i = 0; i < w->mem->used; i++) {
		w->mem->unknown = FAKE_BASE + i * PAGE_4K;
		world_dma(w, IOVA, false);
		if (w->mem->unknown == w->host)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, w->v.outcome, IOP_UNKNOWN, "page %u", i);
		KUNIT_EXPECT_EQ_MSG(test, w->v.phys & ~0xfffULL, w->mem->unknown, "page %u", i);
		KUNIT_EXPECT_FALSE(test, w->v.raced);
	}
}

/* Each reason that Linux 6.12 has a name for (drivers/iommu/intel/dmar.c) has one here. */
static void dma_reason_names(struct kunit *test)
{
	static const struct {
		u8 first, last;
	} named[] = {
		{ 0x01, 0x0e }, { 0x20, 0x29 }, { 0x30, 0x33 }, { 0x38, 0x3a }, { 0x40, 0x48 },
		{ 0x50, 0x52 }, { 0x58, 0x5d }, { 0x70, 0x7d }, { 0x80, 0x87 }, { 0x90, 0x91 },
	};
	unsigned int i, reason;

	for (reason = 0; reason < 0x200; reason++) {
		bool want = false;

		for (i = 0; i < ARRAY_SIZE(named); i++)
			want |= reason >= named[i].first && reason <= named[i].last;
		KUNIT_EXPECT_EQ_MSG(test,
				    strcmp(iop_reason_name(IOP_VTD, reason), "unknown reason") != 0,
				    want, "reason 0x%02x", reason);
		KUNIT_EXPECT_EQ_MSG(test,
				    strcmp(iop_reason_name(IOP_AMD, reason), "unknown reason") != 0,
				    (reason >= 1 && reason <= 0xa) || reason == 0xd ||
					    reason == 0xe,
				    "event 0x%02x", reason);
	}
	KUNIT_EXPECT_STREQ(test, iop_reason_name(IOP_VTD, 0x05),
			   "no write permission in the page tables");
	KUNIT_EXPECT_STREQ(test, iop_reason_name(IOP_NONE, 0x05), "unknown reason");
}

/* Every reason goes through QEMU's mapping once; it never turns one into none. */
static void dma_device_reasons(struct kunit *test)
{
	static const u8 qemu[][2] = {
		{ 0x38, 0x08 }, { 0x39, 0x01 }, { 0x3a, 0x0a }, { 0x40, 0x09 },
		{ 0x41, 0x02 }, { 0x42, 0x0b }, { 0x78, 0x07 }, { 0x79, 0x06 },
		{ 0x7a, 0x0c }, { 0x7b, 0x03 }, { 0x84, 0x04 }, { 0x0e, 0x87 },
	};
	struct iop_unit u = vtd_unit;
	unsigned int reason, i;

	for (reason = 0; reason < 0x100; reason++) {
		u8 want = reason;

		u.model = IOP_MODEL_HARDWARE;
		KUNIT_EXPECT_EQ(test, iop_device_reason(&u, reason, false), reason);
		for (i = 0; i < ARRAY_SIZE(qemu); i++)
			if (qemu[i][0] == reason)
				want = qemu[i][1];
		u.model = IOP_MODEL_QEMU;
		KUNIT_EXPECT_EQ_MSG(test, iop_device_reason(&u, reason, false), want, "0x%02x",
				    reason);
	}
	KUNIT_EXPECT_EQ(test, iop_device_reason(&u, 0x79, true), 0x05);
	u.ecap &= ~VTD_ECAP_SMTS;
	KUNIT_EXPECT_EQ(test, iop_device_reason(&u, 0x0e, true), 0x0e);
}

static void dma_fault_records(struct kunit *test)
{
	static const struct {
		u64 lo, hi;
		bool pending;
		struct iop_fault f;
	} row[] = {
		/* 1: as QEMU writes them */
		{ 0x12345000,
		  0x8000000500000010,
		  true,
		  { .rid = 0x10,
		    .pasid = IOP_NO_PASID,
		    .addr = 0x12345000,
		    .access = IOP_WRITE,
		    .reason = 0x05 } },
		/* 2 */
		{ 0x12345fff,
		  0xc000000600000208,
		  true,
		  { .rid = 0x208,
		    .pasid = IOP_NO_PASID,
		    .addr = 0x12345000,
		    .access = IOP_READ,
		    .reason = 0x06 } },
		/* 3: served already */
		{ 0,
		  0x4000000600000208,
		  false,
		  { .rid = 0x208, .pasid = IOP_NO_PASID, .access = IOP_READ, .reason = 0x06 } },
		/* 4: PASID 0xabcde, privileged, execute, atomic */
		{ 0xfffffffffffff000,
		  0xcabcde71f000ffff,
		  true,
		  { .rid = 0xffff,
		    .pasid = 0xabcde,
		    .addr = 0xfffffffffffff000,
		    .access = IOP_ATOMIC,
		    .reason = 0x71,
		    .exec = true,
		    .priv = true } },
		/* 5: PASID 0 is one, too */
		{ 0,
		  0x8000007180000001,
		  true,
		  { .rid = 1, .pasid = 0, .access = IOP_WRITE, .reason = 0x71 } },
		/* 6: a page request */
		{ 0,
		  0x8000007110000001,
		  true,
		  { .rid = 1, .pasid = IOP_NO_PASID, .access = IOP_PAGE_REQUEST, .reason = 0x71 } },
		/* 7: an interrupt: its index stands above */
		{ 0x0123000000000000,
		  0x800000220000f0f8,
		  true,
		  { .rid = 0xf0f8,
		    .pasid = IOP_NO_PASID,
		    .addr = 0x0123000000000000,
		    .access = IOP_WRITE,
		    .reason = 0x22,
		    .interrupt = true } },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		const struct iop_fault *want = &row[i].f;
		struct iop_fault f;

		memset(&f, 0xa5, sizeof(f));
		KUNIT_EXPECT_EQ_MSG(test, iop_vtd_fault(row[i].lo, row[i].hi, &f), row[i].pending,
				    "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, f.rid, want->rid, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, f.pasid, want->pasid, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, f.addr, want->addr, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, f.access, want->access, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, f.reason, want->reason, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, f.exec, want->exec, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, f.priv, want->priv, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, f.interrupt, want->interrupt, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, f.flags, 0, "row %u", i + 1);
	}
}

static void dma_texts(struct kunit *test)
{
	struct world *w = world_new(test, LEGACY);
	char *buf = kunit_kzalloc(test, 256, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
#define TEXT(head, tail)                                  \
	do {                                              \
		iop_verdict_text(&w->u, &w->v, buf, 256); \
		expect_text(test, buf, head, tail);       \
	} while (0)
#define STEP(i, want, word)                          \
	do {                                         \
		iop_step_text(&w->v, i, buf, 192);   \
		KUNIT_EXPECT_STREQ(test, buf, want); \
		iop_step_word(&w->v, i, buf, 48);    \
		KUNIT_EXPECT_STREQ(test, buf, word); \
	} while (0)

	world_map(w, IOVA, 1, PHYS | VTD_SS_R);
	world_dma(w, IOVA + 4, false);
	TEXT("a read of 0x40403004 reaches 0x12345004, page of 4K, rights r-", "");
	STEP(0, "root table 0x0000000100000000 index 0 entry 0x0000000100001001",
	     "root:0:0x0000000100001001");
	STEP(1,
	     "context table 0x0000000100001000 index 16 entry 0x0000000100002001,0x0000000000000001",
	     "context:16:0x0000000100002001");
	STEP(2, "level 3 table 0x0000000100002000 index 1 entry 0x0000000100004003 table R,W",
	     "3:1:0x0000000100004003");
	STEP(4, "level 1 table 0x0000000100005000 index 3 entry 0x0000000012345001 leaf R",
	     "1:3:0x0000000012345001");
	world_dma(w, IOVA, true);
	TEXT("a write to 0x40403000 faults: ",
	     "0x05 no write permission in the page tables, at level 1");
	world_dma(w, 0xfee00000, true);
	TEXT("a write to 0xfee00000 is an interrupt, not a DMA", "");
	w->mem->unknown = w->root;
	world_dma(w, IOVA, true);
	TEXT("a write to 0x40403000 cannot be told: nothing is known about 0x100002008", "");
	w->v.raced = true;
	TEXT("a write to 0x40403000 cannot be told: the tables kept changing", "");
	w->mem->unknown = 0;
	w->u.status = 0;
	world_dma(w, 0x1000, true);
	TEXT("a write to 0x1000 reaches 0x1000, not translated", "");
	w->u.status = VTD_GSTS_TES;
	w->u.root |= PREP(VTD_RTADDR_TTM, VTD_TTM_EXTENDED);
	world_dma(w, 0x1000, true);
	TEXT("a write to 0x1000 cannot be told: the unit is in a mode that is not decoded", "");
	w->u.root = FAKE_OUTSIDE;
	world_dma(w, 0x1000, true);
	STEP(0, "root table 0x0000000100028000 index 0 cannot be read",
	     "root:0:0x0000000000000000");

	w = world_new(test, SECOND);
	w->u.model = IOP_MODEL_QEMU;
	*fake_at(w->mem, w->u.root - PREP(VTD_RTADDR_TTM, 1) + PAGE_4K + RID * 32) |= VTD_SMCTX_FPD;
	world_dma(w, IOVA, true);
	TEXT("a write to 0x40403000 faults: 0x05 no write permission in the page tables ",
	     "(by the specification 0x79), at level 3, and is not recorded");
	STEP(3,
	     "pasid table 0x0000000100005000 index 0 entry 0x0000000100002085,0x0000000000000000",
	     "pasid:0:0x0000000100002085");
#undef TEXT
#undef STEP
}

static void dma_names(struct kunit *test)
{
	char buf[96];

	KUNIT_EXPECT_STREQ(test, iop_mode_name(IOP_MODE_SCALABLE), "scalable");
	KUNIT_EXPECT_STREQ(test, iop_mode_name(99), "?");
	KUNIT_EXPECT_STREQ(test, iop_what_name(IOP_BAD), "bad");
	KUNIT_EXPECT_STREQ(test, iop_what_name(IOP_BAD + 1), "?");
	KUNIT_EXPECT_STREQ(test, iop_kind_name(IOP_ODD_ENTRY), "odd");
	KUNIT_EXPECT_STREQ(test, iop_kind_name(IOP_KINDS), "?");
	KUNIT_EXPECT_STREQ(test, iop_outcome_name(IOP_UNKNOWN), "unknown");
	KUNIT_EXPECT_STREQ(test, iop_access_name(IOP_PAGE_REQUEST), "page-request");
	KUNIT_EXPECT_STREQ(test, iop_type_name(IOP_AMD), "amd");
	KUNIT_EXPECT_STREQ(test, iopt_format_name(IOPT_EPT), "ept");
	KUNIT_EXPECT_STREQ(test, iopt_size_name(PAGE_4K, buf), "4K");
	KUNIT_EXPECT_STREQ(test, iopt_size_name(8 * PAGE_4K, buf), "32K");
	KUNIT_EXPECT_STREQ(test, iopt_size_name(PAGE_1G, buf), "1G");
	KUNIT_EXPECT_STREQ(test, iopt_size_name(BIT_ULL(63), buf), "8E");
	KUNIT_EXPECT_STREQ(test, iopt_size_name(0, buf), "0B");
	KUNIT_EXPECT_STREQ(test, iopt_rights_name(IOPT_W, buf), "-w");

	KUNIT_EXPECT_EQ(test, iop_unit_levels(&vtd_unit, buf, 16), 5);
	KUNIT_EXPECT_STREQ(test, buf, "3,4,5");
	iop_unit_pages(&vtd_unit, buf, 16);
	KUNIT_EXPECT_STREQ(test, buf, "4K,2M,1G");
	iop_unit_levels(&amd_unit, buf, 16);
	KUNIT_EXPECT_STREQ(test, buf, "1,2,3,4,5,6");
	iop_unit_capability(&vtd_unit, 0, buf, 80);
	KUNIT_EXPECT_STREQ(test, buf, "input address bits: 57");
	iop_unit_capability(&vtd_unit, 1, buf, 80);
	KUNIT_EXPECT_STREQ(test, buf, "domains: 65536");
	iop_unit_capability(&amd_unit, 1, buf, 80);
	KUNIT_EXPECT_STREQ(test, buf, "guest levels: 5");
	KUNIT_EXPECT_EQ(test, iop_unit_capability(&vtd_unit, 1000, buf, 80), 0);
	KUNIT_EXPECT_EQ(test, iop_unit_capability(&(struct iop_unit){}, 0, buf, 80), 0);
}

static struct kunit_case dma_cases[] = {
	KUNIT_CASE(dma_sizes),
	KUNIT_CASE(dma_path_rights),
	KUNIT_CASE(dma_steps),
	KUNIT_CASE(dma_live_reasons),
	KUNIT_CASE(dma_corrupt),
	KUNIT_CASE(dma_unit_limits),
	KUNIT_CASE(dma_upper_half),
	KUNIT_CASE(dma_pass),
	KUNIT_CASE(dma_refused_requester),
	KUNIT_CASE(dma_interrupts),
	KUNIT_CASE(dma_interrupts_pasid),
	KUNIT_CASE(dma_nested_walk),
	KUNIT_CASE(dma_nested_refusals),
	KUNIT_CASE(dma_loops),
	KUNIT_CASE(dma_races),
	KUNIT_CASE(dma_unknown),
	KUNIT_CASE(dma_reason_names),
	KUNIT_CASE(dma_device_reasons),
	KUNIT_CASE(dma_fault_records),
	KUNIT_CASE(dma_texts),
	KUNIT_CASE(dma_names),
	{},
};

static struct kunit_suite dma_suite = {
	.name = "iommu_probe_dma",
	.test_cases = dma_cases,
};

kunit_test_suite(dma_suite);

MODULE_DESCRIPTION("KUnit suite of iommu_probe's DMA verdicts");
MODULE_LICENSE("GPL");
