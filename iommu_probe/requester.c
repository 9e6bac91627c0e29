// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pure core: from a requester ID to the I/O page table that the IOMMU uses for it.
 *
 * Checks stand in the order in which the hardware makes them, as far as it can be told:
 * what is absent is absent whatever its other bits are; then come reserved bits; then
 * values that make no sense.
 */
#include "requester.h"

/* Address bits that a physical address of this machine cannot have. */
static u64 iop_beyond(const struct iop_unit *u)
{
	return u->haw && u->haw < 64 ? GENMASK_ULL(63, u->haw) & ~u->enc_mask : 0;
}

static unsigned int iop_phys_bits(const struct iop_unit *u)
{
	return u->haw >= 12 && u->haw <= 52 ? u->haw : 52;
}

/*
 * Reads the entry of @words words at @index of @table and notes it. Returns its words, or
 * NULL with the reason in @err. An entry that cannot be read is noted with no words.
 */
static const u64 *iop_fetch(const struct iop_memory *mem, struct iop_requester *r,
			    enum iop_kind kind, u64 table, unsigned int index, unsigned int words,
			    int *err)
{
	struct iop_raw *raw = &r->raw[r->raws++];

	raw->table = table;
	raw->phys = table + (u64)index * words * sizeof(u64);
	raw->index = index;
	raw->kind = kind;
	raw->words = 0;
	*err = mem->read(mem->ctx, raw->phys, raw->q, words * sizeof(u64));
	if (*err) {
		memset(raw->q, 0, sizeof(raw->q));
		return NULL;
	}
	raw->words = words;
	return raw->q;
}

u8 iop_device_reason(const struct iop_unit *u, u8 reason, bool write)
{
	if (u->type != IOP_VTD || u->model != IOP_MODEL_QEMU)
		return reason;
	switch (reason) {
	case VTD_FR_SM_ROOT_ACCESS:
		return VTD_FR_ROOT_ACCESS;
	case VTD_FR_SM_ROOT_P:
		return VTD_FR_ROOT_P;
	case VTD_FR_SM_ROOT_RSVD:
		return VTD_FR_ROOT_RSVD;
	case VTD_FR_SM_CTX_ACCESS:
		return VTD_FR_CTX_ACCESS;
	case VTD_FR_SM_CTX_P:
		return VTD_FR_CTX_P;
	case VTD_FR_SM_CTX_RSVD:
		return VTD_FR_CTX_RSVD;
	case VTD_FR_SM_SS_ROOT:
		return VTD_FR_CTX_INV;
	case VTD_FR_SM_SS_ACCESS:
		return VTD_FR_SS_ACCESS;
	case VTD_FR_SM_SS_RIGHTS:
		return write ? VTD_FR_WRITE : VTD_FR_READ;
	case VTD_FR_SM_SS_RSVD:
		return VTD_FR_SS_RSVD;
	case VTD_FR_SM_SS_WIDTH:
		return VTD_FR_WIDTH;
	case VTD_FR_MSI:
		/* The only one that goes by what the unit can do, not by what it does. */
		return u->ecap & VTD_ECAP_SMTS ? VTD_FR_SM_MSI : VTD_FR_MSI;
	default:
		return reason;
	}
}

enum iop_mode iop_unit_mode(const struct iop_unit *u)
{
	if (u->type == IOP_NONE)
		return IOP_MODE_UNKNOWN;
	if (!iop_unit_on(u))
		return IOP_MODE_OFF;
	if (u->type == IOP_AMD)
		return u->status & AMDVI_CONTROL_SEGEN ? IOP_MODE_UNKNOWN : IOP_MODE_AMD;

	switch (FIELD_GET(VTD_RTADDR_TTM, u->root)) {
	case VTD_TTM_LEGACY:
		return IOP_MODE_LEGACY;
	case VTD_TTM_SCALABLE:
		/* Every request faults where the mode is not there. */
		return u->ecap & VTD_ECAP_SMTS ? IOP_MODE_SCALABLE : IOP_MODE_ABORT;
	case VTD_TTM_ABORT:
		return IOP_MODE_ABORT;
	default:
		return IOP_MODE_UNKNOWN;
	}
}

/* The answer is a refusal. */
static int iop_refuse(const struct iop_unit *u, struct iop_requester *r, enum iop_what what,
		      u8 reason)
{
	r->what = what;
	r->spec_reason = reason;
	r->reason = iop_device_reason(u, reason, false);
	r->rights = 0;
	return 0;
}

/* What could not be read: either nobody knows, or the hardware cannot read it either. */
static int iop_unread(const struct iop_unit *u, struct iop_requester *r, int err, u8 reason)
{
	return err == -ENODATA ? err : iop_refuse(u, r, IOP_BAD, reason);
}

static int iop_pass(const struct iop_unit *u, struct iop_requester *r)
{
	r->what = IOP_PASS;
	r->width = iop_phys_bits(u);
	return 0;
}

/* Describes a VT-d second-stage tree; false when the unit cannot walk it. */
static bool vtd_second(const struct iop_unit *u, struct iop_tree *tree, u64 root,
		       unsigned int levels, bool ad)
{
	u8 features = 0;

	if (!vtd_levels_ok(u->cap, levels))
		return false;
	if (u->cap & VTD_CAP_SS2MP)
		features |= IOPT_2M;
	if (u->cap & VTD_CAP_SS1GP)
		features |= IOPT_1G;
	if (u->ecap & (VTD_ECAP_SC | VTD_ECAP_SMTS))
		features |= IOPT_SNP;
	if (u->ecap & VTD_ECAP_DT)
		features |= IOPT_TM;
	if (ad)
		features |= IOPT_AD;
	iopt_init(&tree->t, IOPT_VTD_SS, levels, iop_phys_bits(u), 0, features);
	if (tree->t.width > vtd_mgaw(u->cap))
		tree->t.width = vtd_mgaw(u->cap);
	tree->root = root & VTD_ADDR;
	return true;
}

/* The same for a first-stage tree, by the third word of a PASID table entry. */
static bool vtd_first(const struct iop_unit *u, struct iop_tree *tree, u64 word)
{
	unsigned int levels = 4 + FIELD_GET(VTD_PASID_FSPM, word);
	u8 features = IOPT_2M;

	if (levels > VTD_FS_MAX_LEVELS || (levels == 5 && !(u->cap & VTD_CAP_FS5LP)))
		return false;
	if (u->cap & VTD_CAP_FS1GP)
		features |= IOPT_1G;
	/* QEMU ignores the bit whatever the PASID entry says. */
	if ((word & VTD_PASID_NXE) || u->model == IOP_MODEL_QEMU)
		features |= IOPT_NX;
	iopt_init(&tree->t, IOPT_VTD_FS, levels, iop_phys_bits(u), 0, features);
	tree->root = word & VTD_ADDR;
	return true;
}

static int vtd_legacy(const struct iop_unit *u, const struct iop_memory *mem,
		      struct iop_requester *r)
{
	const u64 *q;
	int err;

	q = iop_fetch(mem, r, IOP_ROOT_ENTRY, u->root & VTD_RTADDR_RTA, r->rid >> 8, 2, &err);
	if (!q)
		return iop_unread(u, r, err, VTD_FR_ROOT_ACCESS);
	if (!(q[0] & VTD_ROOT_P))
		return iop_refuse(u, r, IOP_ABSENT, VTD_FR_ROOT_P);
	if ((q[0] & (VTD_ROOT_RSVD | iop_beyond(u))) || q[1])
		return iop_refuse(u, r, IOP_BAD, VTD_FR_ROOT_RSVD);

	q = iop_fetch(mem, r, IOP_CONTEXT_ENTRY, q[0] & VTD_ADDR, r->rid & 0xff, 2, &err);
	if (!q)
		return iop_unread(u, r, err, VTD_FR_CTX_ACCESS);
	r->silent = q[0] & VTD_CTX_FPD;
	if (!(q[0] & VTD_CTX_P))
		return iop_refuse(u, r, IOP_ABSENT, VTD_FR_CTX_P);
	r->did = FIELD_GET(VTD_CTX_HI_DID, q[1]);
	if ((q[0] & (VTD_CTX_RSVD | iop_beyond(u))) || (q[1] & VTD_CTX_HI_RSVD))
		return iop_refuse(u, r, IOP_BAD, VTD_FR_CTX_RSVD);
	if (!vtd_second(u, &r->tree, q[0], FIELD_GET(VTD_CTX_HI_AW, q[1]) + 2, false))
		return iop_refuse(u, r, IOP_BAD, VTD_FR_CTX_INV);

	switch (FIELD_GET(VTD_CTX_TT, q[0])) {
	case VTD_TT_ALL:
		if (!(u->ecap & VTD_ECAP_DT))
			return iop_refuse(u, r, IOP_BAD, VTD_FR_CTX_INV);
		fallthrough;
	case VTD_TT_UNTRANSLATED:
		r->what = IOP_TABLE;
		r->width = r->tree.t.width;
		return 0;
	case VTD_TT_PASS:
		if (!(u->ecap & VTD_ECAP_PT))
			return iop_refuse(u, r, IOP_BAD, VTD_FR_CTX_INV);
		memset(&r->tree, 0, sizeof(r->tree));
		return iop_pass(u, r);
	default:
		return iop_refuse(u, r, IOP_BAD, VTD_FR_CTX_INV);
	}
}

/* By what the PASID table entry @q says. */
static int vtd_pasid(const struct iop_unit *u, struct iop_requester *r, const u64 *q)
{
	unsigned int type = FIELD_GET(VTD_PASID_PGTT, q[0]);
	unsigned int levels = FIELD_GET(VTD_PASID_AW, q[0]) + 2;
	bool ad = q[0] & VTD_PASID_SSADE, ok;

	switch (type) {
	case VTD_PGTT_FIRST:
		r->what = IOP_TABLE;
		ok = (u->ecap & VTD_ECAP_FSTS) && vtd_first(u, &r->tree, q[2]);
		break;
	case VTD_PGTT_SECOND:
		r->what = IOP_TABLE;
		ok = (u->ecap & VTD_ECAP_SSTS) && vtd_second(u, &r->tree, q[0], levels, ad);
		break;
	case VTD_PGTT_NESTED:
		r->what = IOP_NESTED;
		ok = (u->ecap & VTD_ECAP_NEST) && vtd_first(u, &r->tree, q[2]) &&
		     vtd_second(u, &r->tree2, q[0], levels, ad);
		/* What it points to are addresses of the second tree. */
		r->tree.t.addr_mask = GENMASK_ULL(51, 12);
		r->tree.t.rsvd_table &= X86_NX;
		r->tree.t.rsvd_page &= X86_NX;
		break;
	case VTD_PGTT_PASS:
		ok = u->ecap & VTD_ECAP_PT;
		if (ok)
			return iop_pass(u, r);
		break;
	default:
		ok = false;
		break;
	}
	if (!ok) {
		memset(&r->tree, 0, sizeof(r->tree));
		memset(&r->tree2, 0, sizeof(r->tree2));
		return iop_refuse(u, r, IOP_BAD, VTD_FR_SM_PASID_INV);
	}
	r->width = r->tree.t.width;
	return 0;
}

/* Could a unit use the PASID table entry @q, were it present? */
static bool vtd_pasid_type_ok(const struct iop_unit *u, const u64 *q)
{
	struct iop_requester probe = {};

	vtd_pasid(u, &probe, q);
	return probe.what != IOP_BAD;
}

static int vtd_scalable(const struct iop_unit *u, const struct iop_memory *mem,
			struct iop_requester *r)
{
	unsigned int devfn = r->rid & 0xff;
	u64 half;
	const u64 *q;
	int err;

	q = iop_fetch(mem, r, IOP_ROOT_ENTRY, u->root & VTD_RTADDR_RTA, r->rid >> 8, 2, &err);
	if (!q)
		return iop_unread(u, r, err, VTD_FR_SM_ROOT_ACCESS);
	half = q[devfn >> 7];
	if (!(half & VTD_ROOT_P))
		return iop_refuse(u, r, IOP_ABSENT, VTD_FR_SM_ROOT_P);
	if (half & (VTD_ROOT_RSVD | iop_beyond(u)))
		return iop_refuse(u, r, IOP_BAD, VTD_FR_SM_ROOT_RSVD);

	q = iop_fetch(mem, r, IOP_CONTEXT_ENTRY, half & VTD_ADDR, devfn & 0x7f, 4, &err);
	if (!q)
		return iop_unread(u, r, err, VTD_FR_SM_CTX_ACCESS);
	r->silent = q[0] & VTD_SMCTX_FPD;
	if (!(q[0] & VTD_SMCTX_P))
		return iop_refuse(u, r, IOP_ABSENT, VTD_FR_SM_CTX_P);
	if ((q[0] & (VTD_SMCTX_RSVD | iop_beyond(u))) || (q[1] & VTD_SMCTX_RSVD1) || q[2] || q[3])
		return iop_refuse(u, r, IOP_BAD, VTD_FR_SM_CTX_RSVD);

	r->pasids = q[0] & VTD_SMCTX_PASIDE;
	r->pasid_bits = min(FIELD_GET(VTD_SMCTX_PDTS, q[0]) + 7 + VTD_PASID_TABLE_BITS, 20ULL);
	if (r->pasid != IOP_NO_PASID) {
		if (!r->pasids)
			return iop_refuse(u, r, IOP_BAD, VTD_FR_SM_CTX_PASIDE);
		r->pasid_used = r->pasid;
	} else {
		/* QEMU has it in use without announcing it. */
		r->pasid_used = (u->ecap & VTD_ECAP_RPS) || u->model == IOP_MODEL_QEMU ?
					FIELD_GET(VTD_SMCTX_RID_PASID, q[1]) :
					0;
	}
	if (r->pasid_used >> r->pasid_bits)
		return iop_refuse(u, r, IOP_BAD,
				  r->pasid != IOP_NO_PASID ? VTD_FR_SM_PASID_BEYOND :
							     VTD_FR_SM_RID_PASID);

	q = iop_fetch(mem, r, IOP_PASID_DIR_ENTRY, q[0] & VTD_ADDR,
		      r->pasid_used >> VTD_PASID_TABLE_BITS, 1, &err);
	if (!q)
		return iop_unread(u, r, err, VTD_FR_SM_DIR_ACCESS);
	r->silent |= q[0] & VTD_PASIDDIR_FPD;
	if (!(q[0] & VTD_PASIDDIR_P))
		return iop_refuse(u, r, IOP_ABSENT, VTD_FR_SM_DIR_P);
	if (q[0] & (VTD_PASIDDIR_RSVD | iop_beyond(u)))
		return iop_refuse(u, r, IOP_BAD, VTD_FR_SM_DIR_RSVD);

	q = iop_fetch(mem, r, IOP_PASID_ENTRY, q[0] & VTD_ADDR,
		      r->pasid_used & (VTD_PASID_TABLE_COUNT - 1), 8, &err);
	if (!q)
		return iop_unread(u, r, err, VTD_FR_SM_PASID_ACCESS);
	r->silent |= q[0] & VTD_PASID_FPD;
	if (!(q[0] & VTD_PASID_P)) {
		iop_refuse(u, r, IOP_ABSENT, VTD_FR_SM_PASID_P);
		/* QEMU looks at its type before it looks whether it is there. */
		if (u->model == IOP_MODEL_QEMU && !vtd_pasid_type_ok(u, q))
			r->reason = VTD_FR_SM_PASID_INV;
		return 0;
	}
	r->did = FIELD_GET(VTD_PASID_DID, q[1]);
	/* The first stage's root may be a guest address; the second stage's may not. */
	if ((q[0] & (VTD_PASID_RSVD | iop_beyond(u))) || (q[2] & VTD_PASID_RSVD2) || q[3] || q[4] ||
	    q[5] || q[6] || q[7] ||
	    (FIELD_GET(VTD_PASID_PGTT, q[0]) == VTD_PGTT_FIRST && (q[2] & iop_beyond(u))))
		return iop_refuse(u, r, IOP_BAD, VTD_FR_SM_PASID_RSVD);
	return vtd_pasid(u, r, q);
}

/* From the GCR3 table to the guest ("v2") table of @pasid. */
static int amd_guest(const struct iop_unit *u, const struct iop_memory *mem,
		     struct iop_requester *r, const u64 *dte)
{
	unsigned int level = FIELD_GET(AMDVI_DTE_GLX, dte[0]) + 1;
	unsigned int levels = 4 + FIELD_GET(AMDVI_DTE_GPM, dte[2]);
	u64 table = amdvi_gcr3(dte) & ~u->enc_mask;
	u8 features = IOPT_2M | IOPT_1G;
	const u64 *q;
	int err;

	if (level > 3 || levels > 5)
		return iop_refuse(u, r, IOP_BAD, AMDVI_EV_ILLEGAL_DTE);
	r->pasid_used = r->pasid == IOP_NO_PASID ? 0 : r->pasid;
	if (r->pasid_used >> r->pasid_bits)
		return iop_refuse(u, r, IOP_BAD, AMDVI_EV_PAGE_FAULT);

	for (;; level--) {
		q = iop_fetch(mem, r, IOP_GCR3_ENTRY, table,
			      r->pasid_used >> (RADIX_INDEX_BITS * (level - 1)) &
				      (RADIX_ENTRIES - 1),
			      1, &err);
		if (!q)
			return iop_unread(u, r, err, AMDVI_EV_PTE_HARDWARE);
		if (!(q[0] & AMDVI_GCR3_V))
			return iop_refuse(u, r, IOP_ABSENT, AMDVI_EV_PAGE_FAULT);
		if (q[0] & AMDVI_GCR3_RSVD)
			return iop_refuse(u, r, IOP_BAD, AMDVI_EV_PAGE_FAULT);
		table = q[0] & AMDVI_GCR3_ADDR;
		if (level == 1)
			break;
		table &= ~u->enc_mask;
	}

	if (u->cap & AMDVI_EFR_NXSUP)
		features |= IOPT_NX;
	iopt_init(&r->tree.t, IOPT_AMD_V2, levels, 52, u->enc_mask, features);
	r->tree.root = table & ~u->enc_mask;
	r->what = IOP_TABLE;
	r->width = r->tree.t.width;
	return 0;
}

static int amd_device(const struct iop_unit *u, const struct iop_memory *mem,
		      struct iop_requester *r)
{
	unsigned int mode;
	bool guest;
	const u64 *q;
	int err;

	/* 128 entries to a page. */
	if (r->rid >= (FIELD_GET(AMDVI_DEVTAB_SIZE, u->root) + 1) * 128)
		return iop_refuse(u, r, IOP_BAD, AMDVI_EV_ILLEGAL_DTE);
	q = iop_fetch(mem, r, IOP_DTE, u->root & AMDVI_DEVTAB_BASE & ~u->enc_mask, r->rid, 4, &err);
	if (!q)
		return iop_unread(u, r, err, AMDVI_EV_DTE_HARDWARE);
	if (!(q[0] & AMDVI_DTE_V))
		return iop_pass(u, r);

	r->silent = q[1] & AMDVI_DTE_SA;
	r->did = FIELD_GET(AMDVI_DTE_DID, q[1]);
	if (q[0] & (AMDVI_DTE_RSVD | AMDVI_DTE_RSVD63))
		return iop_refuse(u, r, IOP_BAD, AMDVI_EV_ILLEGAL_DTE);
	if (!(q[0] & AMDVI_DTE_TV))
		return iop_refuse(u, r, IOP_BLOCKED, AMDVI_EV_PAGE_FAULT);
	mode = FIELD_GET(AMDVI_DTE_MODE, q[0]);
	if (mode > AMDVI_V1_MAX_LEVELS)
		return iop_refuse(u, r, IOP_BAD, AMDVI_EV_ILLEGAL_DTE);

	r->rights = (q[0] & AMDVI_DTE_IR ? IOPT_R | IOPT_X : 0) |
		    (q[0] & AMDVI_DTE_IW ? IOPT_W : 0);
	r->pasids = (q[0] & AMDVI_DTE_GV) && (u->status & AMDVI_CONTROL_GTEN);
	r->pasid_bits = min(RADIX_INDEX_BITS * (FIELD_GET(AMDVI_DTE_GLX, q[0]) + 1), 20ULL);
	guest = r->pasids && (r->pasid != IOP_NO_PASID || (q[0] & AMDVI_DTE_GIOV));
	if (r->pasid != IOP_NO_PASID && !r->pasids)
		return iop_refuse(u, r, IOP_BAD, AMDVI_EV_PAGE_FAULT);

	if (mode) {
		struct iop_tree *host = guest ? &r->tree2 : &r->tree;

		iopt_init(&host->t, IOPT_AMD_V1, mode, iop_phys_bits(u), u->enc_mask,
			  q[0] & AMDVI_DTE_HAD ? IOPT_AD : 0);
		host->root = q[0] & AMDVI_DTE_ROOT & ~u->enc_mask;
	}
	if (guest) {
		err = amd_guest(u, mem, r, q);
		if (!err && r->what == IOP_TABLE && mode)
			r->what = IOP_NESTED;
		return err;
	}
	if (mode) {
		r->what = IOP_TABLE;
		r->width = r->tree.t.width;
		return 0;
	}
	if (!(r->rights & (IOPT_R | IOPT_W)))
		return iop_refuse(u, r, IOP_BLOCKED, AMDVI_EV_PAGE_FAULT);
	return iop_pass(u, r);
}

int iop_requester(const struct iop_unit *u, const struct iop_memory *mem, u16 rid, u32 pasid,
		  struct iop_requester *r)
{
	memset(r, 0, sizeof(*r));
	r->rid = rid;
	r->pasid = pasid;
	r->pasid_used = IOP_NO_PASID;
	r->mode = iop_unit_mode(u);
	r->rights = IOPT_RWX;

	switch (r->mode) {
	case IOP_MODE_OFF:
		iop_pass(u, r);
		r->what = IOP_OFF;
		return 0;
	case IOP_MODE_ABORT:
		/* In abort mode nothing is recorded. */
		r->silent = FIELD_GET(VTD_RTADDR_TTM, u->root) == VTD_TTM_ABORT &&
			    (u->ecap & VTD_ECAP_ADMS);
		return iop_refuse(u, r, IOP_BLOCKED, VTD_FR_SM_TTM);
	case IOP_MODE_LEGACY:
		if (pasid != IOP_NO_PASID)
			return iop_refuse(u, r, IOP_BAD, VTD_FR_SM_TTM_PASID);
		return vtd_legacy(u, mem, r);
	case IOP_MODE_SCALABLE:
		return vtd_scalable(u, mem, r);
	case IOP_MODE_AMD:
		return amd_device(u, mem, r);
	default:
		r->what = IOP_BAD;
		return -EOPNOTSUPP;
	}
}

static int vtd_next_rid(const struct iop_unit *u, const struct iop_memory *mem, u32 *rid)
{
	bool scalable = iop_unit_mode(u) == IOP_MODE_SCALABLE;
	unsigned int bytes = scalable ? sizeof(struct vtd_sm_context) : sizeof(struct vtd_context);
	unsigned int per_table = scalable ? 128 : 256;
	u64 next = *rid;

	while (next <= 0xffff) {
		unsigned int first = next & ~(per_table - 1), devfn = next & (per_table - 1);
		u64 table, root[2], ctx;
		int err;

		err = mem->read(mem->ctx, (u->root & VTD_RTADDR_RTA) + (next >> 8) * sizeof(root),
				root, sizeof(root));
		if (err)
			return err;
		table = root[scalable ? next >> 7 & 1 : 0];
		if (!(table & VTD_ROOT_P)) {
			next = first + per_table;
			continue;
		}
		for (; devfn < per_table; devfn++) {
			err = -EFAULT;
			if (!(table & (VTD_ROOT_RSVD | iop_beyond(u))))
				err = mem->read(mem->ctx, (table & VTD_ADDR) + (u64)devfn * bytes,
						&ctx, sizeof(ctx));
			if (err == -ENODATA)
				return err;
			/* One for all: none of them can be told from the other. */
			if (err && devfn)
				break;
			if (err || (ctx & VTD_CTX_P)) {
				*rid = first + devfn;
				return 0;
			}
		}
		next = first + per_table;
	}
	return -ENOENT;
}

static int amd_next_rid(const struct iop_unit *u, const struct iop_memory *mem, u32 *rid)
{
	u32 end = min((u32)(FIELD_GET(AMDVI_DEVTAB_SIZE, u->root) + 1) * 128, 0x10000U);
	u64 table = u->root & AMDVI_DEVTAB_BASE & ~u->enc_mask;
	u32 next;
	u64 q;
	int err;

	for (next = *rid; next < end; next++) {
		err = mem->read(mem->ctx, table + (u64)next * sizeof(struct amdvi_dte), &q,
				sizeof(q));
		if (err)
			return err;
		if ((q & AMDVI_DTE_V) && (q & ~(AMDVI_DTE_V | AMDVI_DTE_TV))) {
			*rid = next;
			return 0;
		}
	}
	return -ENOENT;
}

int iop_next_rid(const struct iop_unit *u, const struct iop_memory *mem, u32 *rid)
{
	switch (iop_unit_mode(u)) {
	case IOP_MODE_LEGACY:
	case IOP_MODE_SCALABLE:
		return vtd_next_rid(u, mem, rid);
	case IOP_MODE_AMD:
		return amd_next_rid(u, mem, rid);
	case IOP_MODE_UNKNOWN:
		return -EOPNOTSUPP;
	default:
		return -ENOENT;
	}
}

/* The directory is big and mostly empty: eight entries at a time. */
static int vtd_next_pasid(const struct iop_memory *mem, const struct iop_requester *r, u32 *pasid)
{
	u64 dir = r->raw[1].q[0] & VTD_ADDR, q, chunk[8];
	u32 next = *pasid, got = ~0U;
	int err;

	while (!(next >> r->pasid_bits)) {
		u32 index = next >> VTD_PASID_TABLE_BITS, i = next & (VTD_PASID_TABLE_COUNT - 1);

		if (got != (index & ~7U)) {
			got = index & ~7U;
			err = mem->read(mem->ctx, dir + (u64)got * sizeof(u64), chunk,
					sizeof(chunk));
			if (err)
				return err;
		}
		q = chunk[index & 7];
		for (; (q & VTD_PASIDDIR_P) && i < VTD_PASID_TABLE_COUNT; i++) {
			u64 entry;

			err = mem->read(mem->ctx,
					(q & VTD_ADDR) + (u64)i * sizeof(struct vtd_pasid), &entry,
					sizeof(entry));
			if (err == -ENODATA)
				return err;
			if (err && i)
				break;
			if (err || (entry & VTD_PASID_P)) {
				*pasid = (index << VTD_PASID_TABLE_BITS) + i;
				return 0;
			}
		}
		next = (index + 1) << VTD_PASID_TABLE_BITS;
	}
	return -ENOENT;
}

static int amd_next_pasid(const struct iop_unit *u, const struct iop_memory *mem,
			  const struct iop_requester *r, u32 *pasid)
{
	unsigned int top = FIELD_GET(AMDVI_DTE_GLX, r->raw[0].q[0]) + 1, level;
	u64 next = *pasid, table, q;
	int err;

	if (top > 3)
		return -ENOENT;
	while (!(next >> r->pasid_bits)) {
		table = amdvi_gcr3(r->raw[0].q);
		for (level = top; level; level--) {
			unsigned int shift = RADIX_INDEX_BITS * (level - 1);

			err = mem->read(mem->ctx,
					(table & ~u->enc_mask) +
						(next >> shift & (RADIX_ENTRIES - 1)) * sizeof(u64),
					&q, sizeof(q));
			if (err == -ENODATA)
				return err;
			if (err || !(q & AMDVI_GCR3_V)) {
				next = ((next >> shift) + 1) << shift;
				break;
			}
			table = q & AMDVI_GCR3_ADDR;
		}
		if (!level) {
			*pasid = next;
			return 0;
		}
	}
	return -ENOENT;
}

int iop_next_pasid(const struct iop_unit *u, const struct iop_memory *mem,
		   const struct iop_requester *r, u32 *pasid)
{
	if (!r->pasids || (r->raws > 0 && !r->raw[0].words))
		return -ENOENT;
	if (r->mode == IOP_MODE_SCALABLE && r->raws > 1)
		return vtd_next_pasid(mem, r, pasid);
	if (r->mode == IOP_MODE_AMD && r->raws > 0)
		return amd_next_pasid(u, mem, r, pasid);
	return -ENOENT;
}
