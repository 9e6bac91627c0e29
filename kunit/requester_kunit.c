// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: from a requester ID to its page table, on VT-d tables that exist only here. */
#include <linux/module.h>

#include "iommu.h"

#include "../iommu_probe/requester.c"

#define RID	 0x0a10 /* 0a:02.0 */
#define RID_HIGH 0x0af9 /* 0a:1f.1 */
#define DID	 0x1234

/* Types of PASID table entries, to be combined with ^. */
#define PGTT_FIRST  PREP(VTD_PASID_PGTT, VTD_PGTT_FIRST)
#define PGTT_SECOND PREP(VTD_PASID_PGTT, VTD_PGTT_SECOND)
#define PGTT_NESTED PREP(VTD_PASID_PGTT, VTD_PGTT_NESTED)
#define PGTT_PASS   PREP(VTD_PASID_PGTT, VTD_PGTT_PASS)

/* A unit, its memory, and where the entries for RID are. */
struct world {
	struct fake *mem;
	struct iop_memory memory;
	struct iop_unit u;
	u64 *root; /* two words */
	u64 *ctx; /* two words, or four */
	u64 *dir; /* one */
	u64 *pasid; /* eight */
	u64 table;
	struct iop_requester r;
};

static struct world *world_new(struct kunit *test, bool scalable)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	u64 root, ctx, dir, table;

	KUNIT_ASSERT_NOT_NULL(test, w);
	w->mem = fake_new(test);
	w->memory = fake_memory(w->mem);
	w->u = vtd_unit;
	root = fake_page(w->mem);
	ctx = fake_page(w->mem);
	w->table = fake_page(w->mem);
	w->u.root = root;
	w->root = fake_at(w->mem, root + (RID >> 8) * 16);
	w->root[0] = ctx | VTD_ROOT_P;

	if (!scalable) {
		w->ctx = fake_at(w->mem, ctx + (RID & 0xff) * 16);
		w->ctx[0] = w->table | VTD_CTX_P;
		w->ctx[1] = PREP(VTD_CTX_HI_AW, 2) | PREP(VTD_CTX_HI_DID, DID);
		return w;
	}
	dir = fake_page(w->mem);
	table = fake_page(w->mem);
	w->u.root |= PREP(VTD_RTADDR_TTM, VTD_TTM_SCALABLE);
	w->ctx = fake_at(w->mem, ctx + (RID & 0x7f) * 32);
	w->ctx[0] = dir | VTD_SMCTX_P | VTD_SMCTX_PASIDE;
	w->dir = fake_at(w->mem, dir);
	w->dir[0] = table | VTD_PASIDDIR_P;
	w->pasid = fake_at(w->mem, table);
	w->pasid[0] = w->table | VTD_PASID_P | PREP(VTD_PASID_PGTT, VTD_PGTT_SECOND) |
		      PREP(VTD_PASID_AW, 2);
	w->pasid[1] = DID;
	return w;
}

static struct iop_requester *world_ask(struct world *w, u16 rid, u32 pasid)
{
	memset(&w->r, 0xa5, sizeof(w->r));
	KUNIT_EXPECT_EQ(w->mem->test, iop_requester(&w->u, &w->memory, rid, pasid, &w->r), 0);
	return &w->r;
}

#define EXPECT_REFUSED(test, r, kind, why, ...)                                \
	do {                                                                   \
		KUNIT_EXPECT_EQ_MSG(test, (r)->what, kind, __VA_ARGS__);       \
		KUNIT_EXPECT_EQ_MSG(test, (r)->spec_reason, why, __VA_ARGS__); \
		KUNIT_EXPECT_EQ_MSG(test, (r)->rights, 0, __VA_ARGS__);        \
	} while (0)

static void requester_modes(struct kunit *test)
{
	static const struct {
		u64 status, ttm, ecap;
		enum iop_mode mode;
		enum iop_what what;
		u8 reason;
		bool silent;
		int ret;
	} row[] = {
		/* 1 */ { 0, VTD_TTM_LEGACY, 0, IOP_MODE_OFF, IOP_OFF, 0, false, 0 },
		/* 2 */ { 0, VTD_TTM_SCALABLE, VTD_ECAP_SMTS, IOP_MODE_OFF, IOP_OFF, 0, false, 0 },
		/* 3 */
		{ VTD_GSTS_TES, VTD_TTM_SCALABLE, 0, IOP_MODE_ABORT, IOP_BLOCKED, VTD_FR_SM_TTM,
		  false, 0 },
		/* 4 */
		{ VTD_GSTS_TES, VTD_TTM_ABORT, VTD_ECAP_ADMS, IOP_MODE_ABORT, IOP_BLOCKED,
		  VTD_FR_SM_TTM, true, 0 },
		/* 5 */
		{ VTD_GSTS_TES, VTD_TTM_ABORT, 0, IOP_MODE_ABORT, IOP_BLOCKED, VTD_FR_SM_TTM, false,
		  0 },
		/* 6 */
		{ VTD_GSTS_TES, VTD_TTM_EXTENDED, 0, IOP_MODE_UNKNOWN, IOP_BAD, 0, false,
		  -EOPNOTSUPP },
	};
	struct world *w = world_new(test, false);
	unsigned int i;
	u32 rid;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		w->u.status = row[i].status;
		w->u.ecap = row[i].ecap;
		w->u.root = (w->u.root & VTD_RTADDR_RTA) | PREP(VTD_RTADDR_TTM, row[i].ttm);
		KUNIT_EXPECT_EQ_MSG(test, iop_unit_mode(&w->u), row[i].mode, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test,
				    iop_requester(&w->u, &w->memory, RID, IOP_NO_PASID, &w->r),
				    row[i].ret, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, w->r.what, row[i].what, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, w->r.reason, row[i].reason, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, w->r.silent, row[i].silent, "row %u", i + 1);
		/* None of them reads a table. */
		rid = 0;
		KUNIT_EXPECT_LT_MSG(test, iop_next_rid(&w->u, &w->memory, &rid), 0, "row %u",
				    i + 1);
	}
	KUNIT_EXPECT_EQ(test, w->mem->reads, 0);

	w->u.type = IOP_NONE;
	KUNIT_EXPECT_EQ(test, iop_unit_mode(&w->u), IOP_MODE_UNKNOWN);
}

static void requester_legacy_table(struct kunit *test)
{
	struct world *w = world_new(test, false);
	struct iop_requester *r = world_ask(w, RID, IOP_NO_PASID);

	KUNIT_EXPECT_EQ(test, r->what, IOP_TABLE);
	KUNIT_EXPECT_EQ(test, r->mode, IOP_MODE_LEGACY);
	KUNIT_EXPECT_EQ(test, r->reason, 0);
	KUNIT_EXPECT_EQ(test, r->did, DID);
	KUNIT_EXPECT_EQ(test, r->rights, IOPT_RWX);
	KUNIT_EXPECT_EQ(test, r->tree.root, w->table);
	KUNIT_EXPECT_EQ(test, r->tree.t.format, IOPT_VTD_SS);
	KUNIT_EXPECT_EQ(test, r->tree.t.levels, 4);
	KUNIT_EXPECT_EQ(test, r->width, 48);
	KUNIT_EXPECT_FALSE(test, r->silent);
	KUNIT_EXPECT_FALSE(test, r->pasids);

	/* The way there, as it was read. */
	KUNIT_ASSERT_EQ(test, r->raws, 2);
	KUNIT_EXPECT_EQ(test, r->raw[0].kind, IOP_ROOT_ENTRY);
	KUNIT_EXPECT_EQ(test, r->raw[0].table, w->u.root);
	KUNIT_EXPECT_EQ(test, r->raw[0].phys, w->u.root + 0x0a * 16);
	KUNIT_EXPECT_EQ(test, r->raw[0].index, 0x0a);
	KUNIT_EXPECT_EQ(test, r->raw[0].words, 2);
	KUNIT_EXPECT_EQ(test, r->raw[0].q[0], w->root[0]);
	KUNIT_EXPECT_EQ(test, r->raw[1].kind, IOP_CONTEXT_ENTRY);
	KUNIT_EXPECT_EQ(test, r->raw[1].index, 0x10);
	KUNIT_EXPECT_EQ(test, r->raw[1].q[1], w->ctx[1]);

	/* Fewer bits than the levels have: the unit's. */
	w->u.cap = (w->u.cap & ~VTD_CAP_MGAW) | PREP(VTD_CAP_MGAW, 38);
	KUNIT_EXPECT_EQ(test, world_ask(w, RID, IOP_NO_PASID)->width, 39);

	w->ctx[0] |= VTD_CTX_FPD;
	KUNIT_EXPECT_TRUE(test, world_ask(w, RID, IOP_NO_PASID)->silent);
}

/* Every way in which legacy mode refuses a requester ID. */
static void requester_legacy_refusals(struct kunit *test)
{
	static const struct {
		u64 root0, root1; /* are flipped */
		u64 ctx0, ctx1; /* are flipped */
		u64 ecap; /* is taken away */
		enum iop_what what;
		u8 reason;
	} row[] = {
		/* 1 */ { VTD_ROOT_P, 0, 0, 0, 0, IOP_ABSENT, VTD_FR_ROOT_P },
		/* 2: absent comes before reserved */
		{ VTD_ROOT_P | BIT_ULL(1), 1, 0, 0, 0, IOP_ABSENT, VTD_FR_ROOT_P },
		/* 3 */ { BIT_ULL(1), 0, 0, 0, 0, IOP_BAD, VTD_FR_ROOT_RSVD },
		/* 4 */ { BIT_ULL(11), 0, 0, 0, 0, IOP_BAD, VTD_FR_ROOT_RSVD },
		/* 5: beyond the host's width */
		{ BIT_ULL(46), 0, 0, 0, 0, IOP_BAD, VTD_FR_ROOT_RSVD },
		/* 6 */ { BIT_ULL(63), 0, 0, 0, 0, IOP_BAD, VTD_FR_ROOT_RSVD },
		/* 7 */ { 0, BIT_ULL(0), 0, 0, 0, IOP_BAD, VTD_FR_ROOT_RSVD },
		/* 8 */ { BIT_ULL(45), 0, 0, 0, 0, IOP_BAD, VTD_FR_CTX_ACCESS },
		/* 9 */ { 0, 0, VTD_CTX_P, 0, 0, IOP_ABSENT, VTD_FR_CTX_P },
		/* 10 */ { 0, 0, VTD_CTX_P | BIT_ULL(4), 0, 0, IOP_ABSENT, VTD_FR_CTX_P },
		/* 11 */ { 0, 0, BIT_ULL(4), 0, 0, IOP_BAD, VTD_FR_CTX_RSVD },
		/* 12 */ { 0, 0, BIT_ULL(11), 0, 0, IOP_BAD, VTD_FR_CTX_RSVD },
		/* 13 */ { 0, 0, BIT_ULL(46), 0, 0, IOP_BAD, VTD_FR_CTX_RSVD },
		/* 14 */ { 0, 0, 0, BIT_ULL(7), 0, IOP_BAD, VTD_FR_CTX_RSVD },
		/* 15 */ { 0, 0, 0, BIT_ULL(24), 0, IOP_BAD, VTD_FR_CTX_RSVD },
		/* 16 */ { 0, 0, 0, BIT_ULL(63), 0, IOP_BAD, VTD_FR_CTX_RSVD },
		/* 17: two levels, which the unit does not have */
		{ 0, 0, 0, 2, 0, IOP_BAD, VTD_FR_CTX_INV },
		/* 18: six, the same */ { 0, 0, 0, 2 ^ 4, 0, IOP_BAD, VTD_FR_CTX_INV },
		/* 19: nine, which there are not */ { 0, 0, 0, 2 ^ 7, 0, IOP_BAD, VTD_FR_CTX_INV },
		/* 20: the reserved type */
		{ 0, 0, PREP(VTD_CTX_TT, 3), 0, 0, IOP_BAD, VTD_FR_CTX_INV },
		/* 21 */
		{ 0, 0, PREP(VTD_CTX_TT, VTD_TT_ALL), 0, VTD_ECAP_DT, IOP_BAD, VTD_FR_CTX_INV },
		/* 22 */
		{ 0, 0, PREP(VTD_CTX_TT, VTD_TT_PASS), 0, VTD_ECAP_PT, IOP_BAD, VTD_FR_CTX_INV },
		/* 23: bits that are ignored */
		{ 0, 0, 0, VTD_CTX_HI_IGN, 0, IOP_TABLE, 0 },
		/* 24 */ { 0, 0, PREP(VTD_CTX_TT, VTD_TT_ALL), 0, 0, IOP_TABLE, 0 },
		/* 25: three levels, five */ { 0, 0, 0, 3, 0, IOP_TABLE, 0 },
		/* 26 */ { 0, 0, 0, 1, 0, IOP_TABLE, 0 },
	};
	struct world *w = world_new(test, false);
	u64 root[2] = { w->root[0], w->root[1] }, ctx[2] = { w->ctx[0], w->ctx[1] };
	struct iop_requester *r;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		w->root[0] = root[0] ^ row[i].root0;
		w->root[1] = root[1] ^ row[i].root1;
		w->ctx[0] = ctx[0] ^ row[i].ctx0;
		w->ctx[1] = ctx[1] ^ row[i].ctx1;
		w->u.ecap = vtd_unit.ecap & ~row[i].ecap;
		r = world_ask(w, RID, IOP_NO_PASID);
		KUNIT_EXPECT_EQ_MSG(test, r->what, row[i].what, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, r->spec_reason, row[i].reason, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, r->reason, row[i].reason, "row %u", i + 1);
	}

	/* The root table is no memory. */
	w->u.root = FAKE_OUTSIDE;
	EXPECT_REFUSED(test, world_ask(w, RID, IOP_NO_PASID), IOP_BAD, VTD_FR_ROOT_ACCESS, " ");
	KUNIT_EXPECT_EQ(test, w->r.raws, 1);
	KUNIT_EXPECT_EQ(test, w->r.raw[0].words, 0);
}

static void requester_legacy_pass(struct kunit *test)
{
	struct world *w = world_new(test, false);
	struct iop_requester *r;

	w->ctx[0] |= PREP(VTD_CTX_TT, VTD_TT_PASS);
	r = world_ask(w, RID, IOP_NO_PASID);
	KUNIT_EXPECT_EQ(test, r->what, IOP_PASS);
	KUNIT_EXPECT_EQ(test, r->width, 46);
	KUNIT_EXPECT_EQ(test, r->did, DID);
	KUNIT_EXPECT_EQ(test, r->tree.root, 0);
	KUNIT_EXPECT_EQ(test, r->tree.t.format, IOPT_NONE);

	/* No PASIDs in legacy mode. */
	EXPECT_REFUSED(test, world_ask(w, RID, 0), IOP_BAD, VTD_FR_SM_TTM_PASID, " ");
}

static void requester_scalable_kinds(struct kunit *test)
{
	struct world *w = world_new(test, true);
	struct iop_requester *r = world_ask(w, RID, IOP_NO_PASID);

	/* The second stage alone. */
	KUNIT_EXPECT_EQ(test, r->what, IOP_TABLE);
	KUNIT_EXPECT_EQ(test, r->mode, IOP_MODE_SCALABLE);
	KUNIT_EXPECT_EQ(test, r->did, DID);
	KUNIT_EXPECT_EQ(test, r->tree.root, w->table);
	KUNIT_EXPECT_EQ(test, r->tree.t.format, IOPT_VTD_SS);
	KUNIT_EXPECT_EQ(test, r->tree.t.levels, 4);
	KUNIT_EXPECT_EQ(test, r->pasid_used, 0);
	KUNIT_EXPECT_TRUE(test, r->pasids);
	KUNIT_EXPECT_EQ(test, r->pasid_bits, 13);
	KUNIT_ASSERT_EQ(test, r->raws, 4);
	KUNIT_EXPECT_EQ(test, r->raw[2].kind, IOP_PASID_DIR_ENTRY);
	KUNIT_EXPECT_EQ(test, r->raw[2].words, 1);
	KUNIT_EXPECT_EQ(test, r->raw[3].kind, IOP_PASID_ENTRY);
	KUNIT_EXPECT_EQ(test, r->raw[3].words, 8);
	KUNIT_EXPECT_EQ(test, r->raw[3].q[1], w->pasid[1]);
	KUNIT_EXPECT_FALSE(test, r->tree.t.features & IOPT_AD);

	w->pasid[0] |= VTD_PASID_SSADE;
	KUNIT_EXPECT_TRUE(test, world_ask(w, RID, IOP_NO_PASID)->tree.t.features & IOPT_AD);

	/* The first stage alone, of four levels, and of five. */
	w->pasid[0] = VTD_PASID_P | PREP(VTD_PASID_PGTT, VTD_PGTT_FIRST);
	w->pasid[2] = w->table | VTD_PASID_NXE;
	r = world_ask(w, RID, IOP_NO_PASID);
	KUNIT_EXPECT_EQ(test, r->what, IOP_TABLE);
	KUNIT_EXPECT_EQ(test, r->tree.t.format, IOPT_VTD_FS);
	KUNIT_EXPECT_EQ(test, r->tree.t.levels, 4);
	KUNIT_EXPECT_EQ(test, r->tree.root, w->table);
	KUNIT_EXPECT_TRUE(test, r->tree.t.features & IOPT_NX);
	w->pasid[2] = w->table | PREP(VTD_PASID_FSPM, 1);
	r = world_ask(w, RID, IOP_NO_PASID);
	KUNIT_EXPECT_EQ(test, r->tree.t.levels, 5);
	KUNIT_EXPECT_FALSE(test, r->tree.t.features & IOPT_NX);

	/* Both. The first one's root is a guest address, so it may be any. */
	w->pasid[0] = w->table | VTD_PASID_P | PREP(VTD_PASID_PGTT, VTD_PGTT_NESTED) |
		      PREP(VTD_PASID_AW, 1);
	w->pasid[2] = BIT_ULL(50);
	r = world_ask(w, RID, IOP_NO_PASID);
	KUNIT_EXPECT_EQ(test, r->what, IOP_NESTED);
	KUNIT_EXPECT_EQ(test, r->tree.root, BIT_ULL(50));
	KUNIT_EXPECT_EQ(test, r->tree2.root, w->table);
	KUNIT_EXPECT_EQ(test, r->tree2.t.levels, 3);

	w->pasid[0] = VTD_PASID_P | PREP(VTD_PASID_PGTT, VTD_PGTT_PASS);
	KUNIT_EXPECT_EQ(test, world_ask(w, RID, IOP_NO_PASID)->what, IOP_PASS);
}

/* Devices 16..31 have a context table of their own. */
static void requester_scalable_halves(struct kunit *test)
{
	struct world *w = world_new(test, true);
	u64 ctx;

	EXPECT_REFUSED(test, world_ask(w, RID_HIGH, IOP_NO_PASID), IOP_ABSENT, VTD_FR_SM_ROOT_P,
		       " ");
	ctx = fake_page(w->mem);
	w->root[1] = ctx | VTD_ROOT_P;
	EXPECT_REFUSED(test, world_ask(w, RID_HIGH, IOP_NO_PASID), IOP_ABSENT, VTD_FR_SM_CTX_P,
		       " ");
	memcpy(fake_at(w->mem, ctx + (RID_HIGH & 0x7f) * 32), w->ctx, 32);
	KUNIT_EXPECT_EQ(test, world_ask(w, RID_HIGH, IOP_NO_PASID)->what, IOP_TABLE);
	KUNIT_EXPECT_EQ(test, w->r.raw[1].table, ctx);
	KUNIT_EXPECT_EQ(test, w->r.raw[1].index, 0x79);
	/* One half does not depend on the other. */
	w->root[0] |= BIT_ULL(5);
	KUNIT_EXPECT_EQ(test, world_ask(w, RID_HIGH, IOP_NO_PASID)->what, IOP_TABLE);
	EXPECT_REFUSED(test, world_ask(w, RID, IOP_NO_PASID), IOP_BAD, VTD_FR_SM_ROOT_RSVD, " ");
}

/* Every way in which scalable mode refuses a requester ID, and what QEMU makes of it. */
static void requester_scalable_refusals(struct kunit *test)
{
	static const struct {
		u8 in; /* 'r'oot, 'c'ontext, 'd'irectory, 'p'ASID entry */
		u8 word;
		u64 flip;
		u64 ecap; /* is taken away */
		enum iop_what what;
		u8 reason, qemu;
	} row[] = {
		/* 1 */ { 'r', 0, VTD_ROOT_P, 0, IOP_ABSENT, VTD_FR_SM_ROOT_P, 0x01 },
		/* 2 */ { 'r', 0, BIT_ULL(3), 0, IOP_BAD, VTD_FR_SM_ROOT_RSVD, 0x0a },
		/* 3 */ { 'r', 0, BIT_ULL(46), 0, IOP_BAD, VTD_FR_SM_ROOT_RSVD, 0x0a },
		/* 4 */ { 'r', 0, BIT_ULL(45), 0, IOP_BAD, VTD_FR_SM_CTX_ACCESS, 0x09 },
		/* 5 */ { 'c', 0, VTD_SMCTX_P, 0, IOP_ABSENT, VTD_FR_SM_CTX_P, 0x02 },
		/* 6 */ { 'c', 0, BIT_ULL(5), 0, IOP_BAD, VTD_FR_SM_CTX_RSVD, 0x0b },
		/* 7 */ { 'c', 0, BIT_ULL(8), 0, IOP_BAD, VTD_FR_SM_CTX_RSVD, 0x0b },
		/* 8 */ { 'c', 0, BIT_ULL(46), 0, IOP_BAD, VTD_FR_SM_CTX_RSVD, 0x0b },
		/* 9 */ { 'c', 1, BIT_ULL(21), 0, IOP_BAD, VTD_FR_SM_CTX_RSVD, 0x0b },
		/* 10 */ { 'c', 2, BIT_ULL(0), 0, IOP_BAD, VTD_FR_SM_CTX_RSVD, 0x0b },
		/* 11 */ { 'c', 3, BIT_ULL(63), 0, IOP_BAD, VTD_FR_SM_CTX_RSVD, 0x0b },
		/* 12: the PASID of plain requests is beyond the directory */
		{ 'c', 1, 0x2000, 0, IOP_BAD, VTD_FR_SM_RID_PASID, 0x48 },
		/* 13: within it, but its part is not there */
		{ 'c', 1, 0x1fff, 0, IOP_ABSENT, VTD_FR_SM_DIR_P, 0x51 },
		/* 14 */ { 'c', 0, BIT_ULL(45), 0, IOP_BAD, VTD_FR_SM_DIR_ACCESS, 0x50 },
		/* 15 */ { 'd', 0, VTD_PASIDDIR_P, 0, IOP_ABSENT, VTD_FR_SM_DIR_P, 0x51 },
		/* 16 */ { 'd', 0, BIT_ULL(2), 0, IOP_BAD, VTD_FR_SM_DIR_RSVD, 0x52 },
		/* 17 */ { 'd', 0, BIT_ULL(11), 0, IOP_BAD, VTD_FR_SM_DIR_RSVD, 0x52 },
		/* 18 */ { 'd', 0, BIT_ULL(46), 0, IOP_BAD, VTD_FR_SM_DIR_RSVD, 0x52 },
		/* 19 */ { 'd', 0, BIT_ULL(45), 0, IOP_BAD, VTD_FR_SM_PASID_ACCESS, 0x58 },
		/* 20 */ { 'p', 0, VTD_PASID_P, 0, IOP_ABSENT, VTD_FR_SM_PASID_P, 0x59 },
		/* 21: QEMU looks at the type of an entry that is not there */
		{ 'p', 0, VTD_PASID_P | PGTT_SECOND, 0, IOP_ABSENT, VTD_FR_SM_PASID_P, 0x5b },
		/* 22 */ { 'p', 0, BIT_ULL(10), 0, IOP_BAD, VTD_FR_SM_PASID_RSVD, 0x5a },
		/* 23 */ { 'p', 0, BIT_ULL(46), 0, IOP_BAD, VTD_FR_SM_PASID_RSVD, 0x5a },
		/* 24 */ { 'p', 2, BIT_ULL(8), 0, IOP_BAD, VTD_FR_SM_PASID_RSVD, 0x5a },
		/* 25 */ { 'p', 3, BIT_ULL(0), 0, IOP_BAD, VTD_FR_SM_PASID_RSVD, 0x5a },
		/* 26 */ { 'p', 7, BIT_ULL(63), 0, IOP_BAD, VTD_FR_SM_PASID_RSVD, 0x5a },
		/* 27: type 0 */ { 'p', 0, PGTT_SECOND, 0, IOP_BAD, VTD_FR_SM_PASID_INV, 0x5b },
		/* 28: type 7 */
		{ 'p', 0, PGTT_SECOND ^ VTD_PASID_PGTT, 0, IOP_BAD, VTD_FR_SM_PASID_INV, 0x5b },
		/* 29: six levels */
		{ 'p', 0, PREP(VTD_PASID_AW, 2 ^ 4), 0, IOP_BAD, VTD_FR_SM_PASID_INV, 0x5b },
		/* 30 */ { 'p', 0, 0, VTD_ECAP_SSTS, IOP_BAD, VTD_FR_SM_PASID_INV, 0x5b },
		/* 31 */
		{ 'p', 0, PGTT_SECOND ^ PGTT_FIRST, VTD_ECAP_FSTS, IOP_BAD, VTD_FR_SM_PASID_INV,
		  0x5b },
		/* 32 */
		{ 'p', 0, PGTT_SECOND ^ PGTT_NESTED, VTD_ECAP_NEST, IOP_BAD, VTD_FR_SM_PASID_INV,
		  0x5b },
		/* 33 */
		{ 'p', 0, PGTT_SECOND ^ PGTT_PASS, VTD_ECAP_PT, IOP_BAD, VTD_FR_SM_PASID_INV,
		  0x5b },
	};
	struct world *w = world_new(test, true);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		u64 *entry = row[i].in == 'r' ? w->root :
			     row[i].in == 'c' ? w->ctx :
			     row[i].in == 'd' ? w->dir :
						w->pasid;

		entry[row[i].word] ^= row[i].flip;
		w->u.ecap &= ~row[i].ecap;
		EXPECT_REFUSED(test, world_ask(w, RID, IOP_NO_PASID), row[i].what, row[i].reason,
			       "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, w->r.reason, row[i].reason, "row %u", i + 1);
		w->u.model = IOP_MODEL_QEMU;
		EXPECT_REFUSED(test, world_ask(w, RID, IOP_NO_PASID), row[i].what, row[i].reason,
			       "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, w->r.reason, row[i].qemu, "row %u", i + 1);
		entry[row[i].word] ^= row[i].flip;
		w->u.model = IOP_MODEL_HARDWARE;
		w->u.ecap = vtd_unit.ecap;
	}

	/* Five levels in the first stage, where there are none; six nowhere. */
	w->pasid[0] ^= PGTT_SECOND ^ PGTT_FIRST;
	w->pasid[2] = w->table | PREP(VTD_PASID_FSPM, 1);
	w->u.cap &= ~VTD_CAP_FS5LP;
	EXPECT_REFUSED(test, world_ask(w, RID, IOP_NO_PASID), IOP_BAD, VTD_FR_SM_PASID_INV, " ");
	w->u.cap = vtd_unit.cap;
	w->pasid[2] = w->table | PREP(VTD_PASID_FSPM, 2);
	EXPECT_REFUSED(test, world_ask(w, RID, IOP_NO_PASID), IOP_BAD, VTD_FR_SM_PASID_INV, " ");
	/* The first stage alone has a root in the host's memory. */
	w->pasid[2] = w->table | BIT_ULL(46);
	EXPECT_REFUSED(test, world_ask(w, RID, IOP_NO_PASID), IOP_BAD, VTD_FR_SM_PASID_RSVD, " ");

	w->u.root = FAKE_OUTSIDE | PREP(VTD_RTADDR_TTM, VTD_TTM_SCALABLE);
	EXPECT_REFUSED(test, world_ask(w, RID, IOP_NO_PASID), IOP_BAD, VTD_FR_SM_ROOT_ACCESS, " ");
}

/* Who may say that faults are not to be recorded. */
static void requester_silence(struct kunit *test)
{
	struct world *w = world_new(test, true);

	KUNIT_EXPECT_FALSE(test, world_ask(w, RID, IOP_NO_PASID)->silent);
	w->ctx[0] |= VTD_SMCTX_FPD;
	KUNIT_EXPECT_TRUE(test, world_ask(w, RID, IOP_NO_PASID)->silent);
	w->ctx[0] ^= VTD_SMCTX_FPD;
	w->dir[0] |= VTD_PASIDDIR_FPD;
	KUNIT_EXPECT_TRUE(test, world_ask(w, RID, IOP_NO_PASID)->silent);
	w->dir[0] ^= VTD_PASIDDIR_FPD;
	/* Also of an entry that is not there: Linux does so for PASIDs that go. */
	w->pasid[0] = VTD_PASID_FPD;
	KUNIT_EXPECT_TRUE(test, world_ask(w, RID, IOP_NO_PASID)->silent);
}

static void requester_pasids(struct kunit *test)
{
	struct world *w = world_new(test, true);
	u64 *other = w->pasid + 5 * 8;
	struct iop_requester *r;

	memcpy(other, w->pasid, 64);
	other[1] = 77;
	r = world_ask(w, RID, 5);
	KUNIT_EXPECT_EQ(test, r->what, IOP_TABLE);
	KUNIT_EXPECT_EQ(test, r->did, 77);
	KUNIT_EXPECT_EQ(test, r->pasid_used, 5);
	KUNIT_EXPECT_EQ(test, r->raw[3].index, 5);
	EXPECT_REFUSED(test, world_ask(w, RID, 4), IOP_ABSENT, VTD_FR_SM_PASID_P, " ");
	EXPECT_REFUSED(test, world_ask(w, RID, 64), IOP_ABSENT, VTD_FR_SM_DIR_P, " ");
	/* The directory has 2^7 entries of 2^6 PASIDs. */
	EXPECT_REFUSED(test, world_ask(w, RID, 0x1fff), IOP_ABSENT, VTD_FR_SM_DIR_P, " ");
	EXPECT_REFUSED(test, world_ask(w, RID, 0x2000), IOP_BAD, VTD_FR_SM_PASID_BEYOND, " ");
	EXPECT_REFUSED(test, world_ask(w, RID, 0xfffffffe), IOP_BAD, VTD_FR_SM_PASID_BEYOND, " ");
	w->ctx[0] |= VTD_SMCTX_PDTS;
	KUNIT_EXPECT_EQ(test, world_ask(w, RID, 5)->pasid_bits, 20);

	/* A plain request has the PASID that the context entry says, if the unit can do so. */
	w->ctx[1] = 5;
	KUNIT_EXPECT_EQ(test, world_ask(w, RID, IOP_NO_PASID)->did, 77);
	w->u.ecap &= ~VTD_ECAP_RPS;
	KUNIT_EXPECT_EQ(test, world_ask(w, RID, IOP_NO_PASID)->did, DID);
	w->u.model = IOP_MODEL_QEMU;
	KUNIT_EXPECT_EQ(test, world_ask(w, RID, IOP_NO_PASID)->did, 77);

	w->ctx[0] &= ~VTD_SMCTX_PASIDE;
	EXPECT_REFUSED(test, world_ask(w, RID, 5), IOP_BAD, VTD_FR_SM_CTX_PASIDE, " ");
	KUNIT_EXPECT_EQ(test, world_ask(w, RID, IOP_NO_PASID)->what, IOP_TABLE);
}

/* What is not in a dump is no fault. */
static void requester_unknown(struct kunit *test)
{
	struct world *w = world_new(test, true);
	unsigned int i;
	u32 n;

	for (i = 0; i < 5; i++) {
		int ret;

		if (i == 2) /* the page table itself is not read here */
			continue;
		w->mem->unknown = FAKE_BASE + i * PAGE_4K;
		ret = iop_requester(&w->u, &w->memory, RID, IOP_NO_PASID, &w->r);
		KUNIT_EXPECT_EQ_MSG(test, ret, -ENODATA, "page %u", i);
		KUNIT_EXPECT_EQ_MSG(test, w->r.raw[w->r.raws - 1].table, w->mem->unknown, "page %u",
				    i);
	}
	w->mem->unknown = FAKE_BASE;
	n = 0;
	KUNIT_EXPECT_EQ(test, iop_next_rid(&w->u, &w->memory, &n), -ENODATA);
	w->mem->unknown = FAKE_BASE + PAGE_4K;
	KUNIT_EXPECT_EQ(test, iop_next_rid(&w->u, &w->memory, &n), -ENODATA);
	w->mem->unknown = 0;
	world_ask(w, RID, IOP_NO_PASID);
	w->mem->unknown = FAKE_BASE + 3 * PAGE_4K;
	KUNIT_EXPECT_EQ(test, iop_next_pasid(&w->u, &w->memory, &w->r, &n), -ENODATA);
	w->mem->unknown = FAKE_BASE + 4 * PAGE_4K;
	KUNIT_EXPECT_EQ(test, iop_next_pasid(&w->u, &w->memory, &w->r, &n), -ENODATA);
}

static void expect_rids(struct world *w, const u16 *want, unsigned int count)
{
	struct kunit *test = w->mem->test;
	unsigned int i;
	u32 rid = 0;

	for (i = 0; i < count; i++) {
		KUNIT_ASSERT_EQ_MSG(test, iop_next_rid(&w->u, &w->memory, &rid), 0, "%u", i);
		KUNIT_EXPECT_EQ_MSG(test, rid, want[i], "%u", i);
		rid++;
	}
	KUNIT_EXPECT_EQ(test, iop_next_rid(&w->u, &w->memory, &rid), -ENOENT);
}

#define EXPECT_RIDS(w, ...)                                \
	do {                                               \
		static const u16 want[] = { __VA_ARGS__ }; \
		expect_rids(w, want, ARRAY_SIZE(want));    \
	} while (0)

static void requester_next_legacy(struct kunit *test)
{
	struct world *w = world_new(test, false);
	u64 root = w->u.root, ctx;

	EXPECT_RIDS(w, RID);
	/* 256 root entries, one context table. */
	KUNIT_EXPECT_LE(test, w->mem->reads, 256 + 256 + 4);

	/* The first and the last one there can be. */
	ctx = fake_page(w->mem);
	*fake_at(w->mem, root) = ctx | VTD_ROOT_P;
	*fake_at(w->mem, ctx) = VTD_CTX_P;
	ctx = fake_page(w->mem);
	*fake_at(w->mem, root + 255 * 16) = ctx | VTD_ROOT_P;
	*fake_at(w->mem, ctx + 255 * 16) = VTD_CTX_P;
	EXPECT_RIDS(w, 0, RID, 0xffff);

	/* Entries that are wrong, but there. */
	w->ctx[0] |= BIT_ULL(4);
	EXPECT_RIDS(w, 0, RID, 0xffff);

	/* A context table that is no memory, and one that the hardware refuses. */
	*fake_at(w->mem, root) = FAKE_OUTSIDE | VTD_ROOT_P;
	*fake_at(w->mem, root + 255 * 16) |= BIT_ULL(7);
	EXPECT_RIDS(w, 0, RID, 0xff00);

	/* Two buses that share one table. */
	*fake_at(w->mem, root) = 0;
	*fake_at(w->mem, root + 255 * 16) = 0;
	*fake_at(w->mem, root + 11 * 16) = w->root[0];
	EXPECT_RIDS(w, RID, RID + 0x100);

	w->u.root = FAKE_OUTSIDE;
	EXPECT_REFUSED(test, world_ask(w, RID, IOP_NO_PASID), IOP_BAD, VTD_FR_ROOT_ACCESS, " ");
	KUNIT_EXPECT_EQ(test, iop_next_rid(&w->u, &w->memory, &(u32){ 0 }), -EFAULT);
}

static void requester_next_scalable(struct kunit *test)
{
	struct world *w = world_new(test, true);
	u64 ctx = fake_page(w->mem);

	EXPECT_RIDS(w, RID);
	w->root[1] = ctx | VTD_ROOT_P;
	*fake_at(w->mem, ctx + 0x79 * 32) = VTD_SMCTX_P;
	*fake_at(w->mem, ctx + 0x7f * 32) = VTD_SMCTX_P;
	EXPECT_RIDS(w, RID, RID_HIGH, 0x0aff);
	w->root[1] = FAKE_OUTSIDE | VTD_ROOT_P;
	EXPECT_RIDS(w, RID, 0x0a80);
	w->root[0] = 0;
	EXPECT_RIDS(w, 0x0a80);
}

static void requester_next_pasid(struct kunit *test)
{
	struct world *w = world_new(test, true);
	u64 table;
	u32 pasid;

#define NEXT(ret, want)                                                                       \
	do {                                                                                  \
		KUNIT_EXPECT_EQ(test, iop_next_pasid(&w->u, &w->memory, &w->r, &pasid), ret); \
		KUNIT_EXPECT_EQ(test, pasid, want);                                           \
		pasid++;                                                                      \
	} while (0)

	w->pasid[63 * 8] = VTD_PASID_P;
	table = fake_page(w->mem);
	w->dir[127] = table | VTD_PASIDDIR_P;
	*fake_at(w->mem, table + 64 * 62) = VTD_PASID_P;
	world_ask(w, RID, IOP_NO_PASID);
	pasid = 0;
	NEXT(0, 0);
	NEXT(0, 63);
	NEXT(0, 127 * 64 + 62);
	NEXT(-ENOENT, 127 * 64 + 63);

	/* A table that is no memory counts as one. */
	w->dir[3] = FAKE_OUTSIDE | VTD_PASIDDIR_P;
	pasid = 64;
	NEXT(0, 3 * 64);
	NEXT(0, 127 * 64 + 62);
	/* The directory is read in pieces, never beyond its end. */
	w->mem->reads = 0;
	pasid = 4 * 64;
	NEXT(0, 127 * 64 + 62);
	KUNIT_EXPECT_LE(test, w->mem->reads, 16 + 64);

	w->ctx[0] &= ~VTD_SMCTX_PASIDE;
	world_ask(w, RID, IOP_NO_PASID);
	pasid = 0;
	NEXT(-ENOENT, 0);
	w->root[0] = 0;
	world_ask(w, RID, IOP_NO_PASID);
	NEXT(-ENOENT, 1);
#undef NEXT
}

/* Tables that lead to themselves are no trap: the way has a fixed length. */
static void requester_loops(struct kunit *test)
{
	struct world *w = world_new(test, true);
	u64 root = w->u.root & VTD_RTADDR_RTA, *page = fake_at(w->mem, root);
	unsigned int i, found = 0;
	u32 next;

	for (i = 0; i < RADIX_ENTRIES; i++)
		page[i] = root | VTD_ROOT_P;
	for (next = 0xfc00; !iop_next_rid(&w->u, &w->memory, &next); next++)
		found++;
	KUNIT_EXPECT_EQ(test, found, 0x400U);
	iop_requester(&w->u, &w->memory, 0xffff, IOP_NO_PASID, &w->r);
	KUNIT_EXPECT_EQ(test, w->r.what, IOP_BAD);
	KUNIT_EXPECT_EQ(test, w->r.spec_reason, VTD_FR_SM_CTX_RSVD);
}

static struct kunit_case requester_cases[] = {
	KUNIT_CASE(requester_modes),
	KUNIT_CASE(requester_legacy_table),
	KUNIT_CASE(requester_legacy_refusals),
	KUNIT_CASE(requester_legacy_pass),
	KUNIT_CASE(requester_scalable_kinds),
	KUNIT_CASE(requester_scalable_halves),
	KUNIT_CASE(requester_scalable_refusals),
	KUNIT_CASE(requester_silence),
	KUNIT_CASE(requester_pasids),
	KUNIT_CASE(requester_unknown),
	KUNIT_CASE(requester_next_legacy),
	KUNIT_CASE(requester_next_scalable),
	KUNIT_CASE(requester_next_pasid),
	KUNIT_CASE(requester_loops),
	{},
};

static struct kunit_suite requester_suite = {
	.name = "iommu_probe_requester",
	.test_cases = requester_cases,
};

kunit_test_suite(requester_suite);

MODULE_DESCRIPTION("KUnit suite of iommu_probe's requester IDs");
MODULE_LICENSE("GPL");
