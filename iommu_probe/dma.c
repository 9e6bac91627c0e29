// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pure core: what would a DMA do?
 *
 * The order of checks at one entry is that of QEMU's intel-iommu and of VirtualBox's
 * models of VT-d and AMD-Vi, which agree: can it be read; is it there; does it allow the
 * access; are reserved bits set. Rights are checked level by level, so a refusal higher up
 * hides whatever is wrong further down.
 */
#include "dma.h"

/* How often the tables may change before the walk is given up. */
#define DMA_TRIES 4

/* A walk under way. */
struct dma_walk {
	const struct iop_unit *u;
	const struct iop_memory *mem;
	struct iop_verdict *v;
};

/* What a tree is walked for: this decides the reason of a fault. */
enum dma_purpose {
	DMA_DATA, /* the page that the DMA is about */
	DMA_ROOT, /* the root table of the first of two trees */
	DMA_TABLE, /* another table of it */
};

/* Where a walk led. */
struct dma_target {
	u64 phys;
	u64 page;
	u8 rights;
	u8 level;
};

/* What is wrong with an entry. */
enum dma_wrong {
	DMA_WIDTH, /* the address is beyond the tree */
	DMA_ACCESS, /* the entry cannot be read */
	DMA_ABSENT,
	DMA_USER, /* it is for privileged requests only */
	DMA_RIGHTS,
	DMA_RESERVED,
};

static void dma_end(struct dma_walk *k, enum iop_outcome outcome, u8 reason)
{
	struct iop_verdict *v = k->v;

	v->outcome = outcome;
	v->spec_reason = reason;
	v->reason = iop_device_reason(k->u, reason, v->write);
}

/* VT-d: the reason of a fault in the second stage. */
static u8 dma_second_reason(const struct dma_walk *k, enum dma_wrong wrong,
			    enum dma_purpose purpose, bool root, u8 lacking)
{
	if (k->v->who.mode == IOP_MODE_LEGACY) {
		switch (wrong) {
		case DMA_WIDTH:
			return VTD_FR_WIDTH;
		case DMA_ACCESS:
			return root ? VTD_FR_CTX_INV : VTD_FR_SS_ACCESS;
		case DMA_RESERVED:
			return VTD_FR_SS_RSVD;
		default:
			return k->v->write ? VTD_FR_WRITE : VTD_FR_READ;
		}
	}
	switch (wrong) {
	case DMA_WIDTH:
		return purpose == DMA_DATA ? VTD_FR_SM_SS_WIDTH : VTD_FR_SM_FS_ROOT_SS;
	case DMA_ACCESS:
		return root ? VTD_FR_SM_SS_ROOT : VTD_FR_SM_SS_ACCESS;
	case DMA_RESERVED:
		return VTD_FR_SM_SS_RSVD;
	default:
		if (purpose == DMA_DATA)
			return VTD_FR_SM_SS_RIGHTS;
		/* Only to set its accessed or dirty flag is a table written. */
		if (!(lacking & IOPT_R))
			return VTD_FR_SM_FS_TABLE_SS_W;
		return purpose == DMA_ROOT ? VTD_FR_SM_FS_ROOT_SS_R : VTD_FR_SM_FS_TABLE_SS_R;
	}
}

static u8 dma_first_reason(enum dma_wrong wrong, bool root, u8 lacking)
{
	switch (wrong) {
	case DMA_WIDTH:
		return VTD_FR_SM_CANONICAL;
	case DMA_ACCESS:
		return root ? VTD_FR_SM_FS_ROOT : VTD_FR_SM_FS_ACCESS;
	case DMA_ABSENT:
		return VTD_FR_SM_FS_P;
	case DMA_USER:
		return VTD_FR_SM_USER;
	case DMA_RESERVED:
		return VTD_FR_SM_FS_RSVD;
	default:
		return lacking & IOPT_W ? VTD_FR_SM_WRITE : VTD_FR_SM_READ;
	}
}

/* The walk ends in a fault. */
static int dma_fault(struct dma_walk *k, const struct iop_tree *tree, unsigned int stage,
		     unsigned int level, enum dma_purpose purpose, enum dma_wrong wrong, u8 lacking)
{
	struct iop_verdict *v = k->v;
	bool root = level == tree->t.levels;

	v->stage = stage;
	v->level = level;
	if (k->u->type == IOP_AMD) {
		v->flags = (v->write ? AMDVI_EVF_RW : 0) |
			   (v->who.pasid_used != IOP_NO_PASID ? AMDVI_EVF_GN : 0);
		if (wrong == DMA_RIGHTS || wrong == DMA_USER)
			v->flags |= AMDVI_EVF_PR | AMDVI_EVF_PE;
		if (wrong == DMA_RESERVED)
			v->flags |= AMDVI_EVF_PR | AMDVI_EVF_RZ;
		dma_end(k, IOP_FAULT,
			wrong == DMA_ACCESS ? AMDVI_EV_PTE_HARDWARE : AMDVI_EV_PAGE_FAULT);
	} else if (tree->t.format == IOPT_VTD_FS) {
		dma_end(k, IOP_FAULT, dma_first_reason(wrong, root, lacking));
	} else {
		dma_end(k, IOP_FAULT, dma_second_reason(k, wrong, purpose, root, lacking));
	}
	return 1;
}

static struct iop_step *dma_step(struct dma_walk *k, unsigned int stage, unsigned int level,
				 u64 table, unsigned int index, u64 entry)
{
	struct iop_step *s = &k->v->step[k->v->steps++];

	s->table = table;
	s->entry = entry;
	s->index = index;
	s->level = level;
	s->stage = stage;
	return s;
}

/*
 * A CPU-like entry is written when it is used the first time: A in each, D in the one that
 * maps the page of a write.
 */
static u8 dma_flag_rights(const struct iopt *t, u64 entry, bool leaf, bool write)
{
	if (!iopt_is_x86(t->format) || !(entry & X86_P))
		return 0;
	return !(entry & X86_A) || (leaf && write && !(entry & X86_D)) ? IOPT_W : 0;
}

/*
 * Walks one tree for @iova. A root that is a guest address is looked up in @host first,
 * as is every further table. Returns 0 with @to filled in, or 1 when the verdict is there.
 */
static __always_inline int
dma_tree(struct dma_walk *k, const struct iop_tree *tree, const struct iop_tree *host,
	 unsigned int stage, u64 iova, u8 need, enum dma_purpose purpose, struct dma_target *to,
	 int (*lookup)(struct dma_walk *k, const struct iop_tree *host, u64 addr, u8 need,
		       enum dma_purpose purpose, struct dma_target *to))
{
	const struct iopt *t = &tree->t;
	unsigned int level = t->levels, next;
	u64 table = tree->root, entry, phys;
	u8 rights = IOPT_RWX, lacking;

	if (!iopt_in_range(t, iova))
		return dma_fault(k, tree, stage, 0, purpose, DMA_WIDTH, 0);

	for (;; level = next) {
		unsigned int index = radix_index(iova, level);
		struct iop_step *s;
		bool leaf;
		int err;

		phys = table;
		if (host) {
			enum dma_purpose why = level == t->levels ? DMA_ROOT : DMA_TABLE;

			if (lookup(k, host, table, IOPT_R, why, to))
				return 1;
			phys = to->phys;
		}
		err = k->mem->read(k->mem->ctx, phys + index * sizeof(u64), &entry, sizeof(entry));
		if (err) {
			dma_step(k, stage, level, phys, index, 0)->kind = IOP_EMPTY_ENTRY;
			if (err != -ENODATA)
				return dma_fault(k, tree, stage, level, purpose, DMA_ACCESS, 0);
			k->v->phys = phys + index * sizeof(u64);
			dma_end(k, IOP_UNKNOWN, 0);
			return 1;
		}
		s = dma_step(k, stage, level, phys, index, entry);
		next = iopt_next(t->format, entry, level);
		leaf = iopt_leaf(t, entry, level);
		s->kind = !iopt_present(t->format, entry) ? IOP_EMPTY_ENTRY :
			  iopt_reserved(t, entry, level)  ? IOP_ODD_ENTRY :
			  leaf				  ? IOP_LEAF_ENTRY :
							    IOP_TABLE_ENTRY;

		if (s->kind == IOP_EMPTY_ENTRY)
			return dma_fault(k, tree, stage, level, purpose, DMA_ABSENT, need);
		if (iopt_is_x86(t->format) && !(entry & X86_US))
			return dma_fault(k, tree, stage, level, purpose, DMA_USER, need);
		rights &= iopt_rights(t->format, entry);
		lacking = need & ~rights;
		if (lacking)
			return dma_fault(k, tree, stage, level, purpose, DMA_RIGHTS, lacking);
		if (s->kind == IOP_ODD_ENTRY)
			return dma_fault(k, tree, stage, level, purpose, DMA_RESERVED, 0);
		/* The table that was just read has to be writable, too, for its flags. */
		if (host && (dma_flag_rights(t, entry, leaf, need & IOPT_W) & ~to->rights)) {
			k->v->stage = 2;
			k->v->level = to->level;
			dma_end(k, IOP_FAULT,
				k->u->type == IOP_AMD ? AMDVI_EV_PAGE_FAULT :
							VTD_FR_SM_FS_TABLE_SS_W);
			k->v->flags = AMDVI_EVF_PR | AMDVI_EVF_PE | AMDVI_EVF_RW | AMDVI_EVF_GN;
			return 1;
		}
		if (leaf)
			break;
		/* Where levels are skipped, the address has to be 0 there. */
		if (iova & (radix_size(level) - 1) & ~(radix_size(next + 1) - 1))
			return dma_fault(k, tree, stage, level, purpose, DMA_ABSENT, need);
		table = entry & t->addr_mask;
	}

	to->phys = iopt_target(t, entry, level, iova);
	to->page = iopt_page_bytes(t->format, entry, level);
	to->rights = rights;
	to->level = level;
	return 0;
}

/* The second of two trees; also the only one. */
static int dma_host(struct dma_walk *k, const struct iop_tree *tree, u64 addr, u8 need,
		    enum dma_purpose purpose, struct dma_target *to)
{
	return dma_tree(k, tree, NULL, k->v->who.what == IOP_NESTED ? 2 : 1, addr, need, purpose,
			to, NULL);
}

static int dma_nested(struct dma_walk *k, u64 iova, u8 need, struct dma_target *to)
{
	const struct iop_requester *who = &k->v->who;
	struct dma_target first, second;

	/* @to of the first tree doubles as where its tables are. */
	if (dma_tree(k, &who->tree, &who->tree2, 1, iova, need, DMA_DATA, &first, dma_host))
		return 1;
	if (dma_host(k, &who->tree2, first.phys, need, DMA_DATA, &second))
		return 1;
	to->phys = second.phys;
	to->page = min(first.page, second.page);
	to->rights = first.rights & second.rights;
	to->level = first.page <= second.page ? first.level : second.level;
	return 0;
}

static void dma_refused(struct dma_walk *k)
{
	const struct iop_requester *who = &k->v->who;

	k->v->outcome = IOP_FAULT;
	k->v->reason = who->reason;
	k->v->spec_reason = who->spec_reason;
	if (k->u->type == IOP_AMD)
		k->v->flags = k->v->write ? AMDVI_EVF_RW : 0;
}

/* Is @addr in the range that stands for interrupts? It is the same for both makers. */
static bool dma_is_msi(u64 addr)
{
	return addr >= VTD_MSI_FIRST && addr <= VTD_MSI_LAST;
}

/* The reason for a DMA that goes there and is no interrupt. */
static u8 dma_msi_reason(const struct dma_walk *k)
{
	if (k->u->type == IOP_AMD)
		return AMDVI_EV_INVALID_REQUEST;
	return k->v->who.mode == IOP_MODE_LEGACY ? VTD_FR_MSI : VTD_FR_SM_MSI;
}

static void dma_try(struct dma_walk *k)
{
	struct iop_verdict *v = k->v;
	const struct iop_requester *who = &v->who;
	u8 need = v->write ? IOPT_W : IOPT_R;
	struct dma_target to = {};
	unsigned int i;
	u64 whole;

	for (i = 0; i < who->raws; i++) {
		const struct iop_raw *raw = &who->raw[i];
		bool half = raw->kind == IOP_ROOT_ENTRY && who->mode == IOP_MODE_SCALABLE &&
			    who->rid & 0x80;

		dma_step(k, 0, 0, raw->table, raw->index, raw->q[half])->kind = raw->kind;
	}

	/*
	 * Writes without a PASID to this range are interrupts, whatever the tables say; what
	 * else goes there is refused (VT-d 3.14). In QEMU a read finds nothing, and that is all.
	 */
	if (who->what != IOP_OFF && who->pasid == IOP_NO_PASID && dma_is_msi(v->iova)) {
		if (v->write || k->u->model == IOP_MODEL_QEMU)
			dma_end(k, IOP_INTERRUPT, 0);
		else
			dma_end(k, IOP_FAULT, dma_msi_reason(k));
		return;
	}

	switch (who->what) {
	case IOP_OFF:
	case IOP_PASS:
		if (need & ~who->rights) {
			v->flags = AMDVI_EVF_PR | AMDVI_EVF_PE | (v->write ? AMDVI_EVF_RW : 0);
			dma_end(k, IOP_FAULT, AMDVI_EV_PAGE_FAULT);
			return;
		}
		/* QEMU passes it on, to where nothing is. */
		if (who->what == IOP_PASS && k->u->type == IOP_VTD &&
		    k->u->model == IOP_MODEL_HARDWARE && who->width < 64 && v->iova >> who->width) {
			dma_end(k, IOP_FAULT,
				who->mode == IOP_MODE_LEGACY ? VTD_FR_WIDTH : VTD_FR_SM_WIDTH);
			return;
		}
		to.phys = v->iova;
		to.rights = IOPT_RWX;
		break;
	case IOP_TABLE:
	case IOP_NESTED:
		if (need & ~who->rights) {
			v->flags = AMDVI_EVF_PR | AMDVI_EVF_PE | (v->write ? AMDVI_EVF_RW : 0);
			dma_end(k, IOP_FAULT, AMDVI_EV_PAGE_FAULT);
			return;
		}
		if (who->what == IOP_NESTED ? dma_nested(k, v->iova, need, &to) :
					      dma_host(k, &who->tree, v->iova, need, DMA_DATA, &to))
			return;
		/*
		 * What leads into that range is refused, too (VT-d 3.15); QEMU refuses the
		 * whole page, however large it is.
		 */
		whole = k->u->model == IOP_MODEL_QEMU ? to.page - 1 : 0;
		if (k->u->type == IOP_VTD && (to.phys & ~whole) <= VTD_MSI_LAST &&
		    (to.phys | whole) >= VTD_MSI_FIRST) {
			v->level = to.level;
			dma_end(k, IOP_FAULT, dma_msi_reason(k));
			return;
		}
		break;
	default:
		dma_refused(k);
		return;
	}

	v->outcome = IOP_ALLOWED;
	v->phys = to.phys;
	v->page = to.page;
	v->level = to.level;
	v->rights = to.rights & who->rights;
}

/* Is what was read still there? The hardware may have set accessed and dirty flags. */
static bool dma_unchanged(struct dma_walk *k)
{
	const struct iop_verdict *v = k->v;
	u64 q[8];
	unsigned int i;

	for (i = 0; i < v->who.raws; i++) {
		const struct iop_raw *raw = &v->who.raw[i];

		if (raw->words &&
		    (k->mem->read(k->mem->ctx, raw->phys, q, raw->words * sizeof(u64)) ||
		     memcmp(q, raw->q, raw->words * sizeof(u64))))
			return false;
	}
	for (i = v->who.raws; i < v->steps; i++) {
		const struct iop_step *s = &v->step[i];
		const struct iopt *t = s->stage == 2 ? &v->who.tree2.t : &v->who.tree.t;
		u64 flags = iopt_is_x86(t->format)   ? X86_A | X86_D | VTD_FS_EA :
			    t->format == IOPT_VTD_SS ? VTD_SS_A | VTD_SS_D :
						       AMDVI_PTE_A | AMDVI_PTE_D;

		if (k->mem->read(k->mem->ctx, s->table + s->index * sizeof(u64), q, sizeof(u64)))
			continue; /* unreadable before, too, or about to go: the walk stands */
		if ((q[0] ^ s->entry) & ~flags)
			return false;
	}
	return true;
}

void iop_dma(const struct iop_unit *u, const struct iop_memory *mem, u16 rid, u32 pasid, u64 iova,
	     bool write, struct iop_verdict *v)
{
	struct dma_walk k = { u, mem, v };
	unsigned int tries;
	int err;

	for (tries = 0; tries < DMA_TRIES; tries++) {
		memset(v, 0, sizeof(*v));
		v->iova = iova;
		v->write = write;

		err = iop_requester(u, mem, rid, pasid, &v->who);
		if (err) {
			v->outcome = IOP_UNKNOWN;
			if (v->who.raws)
				v->phys = v->who.raw[v->who.raws - 1].phys;
			return;
		}
		dma_try(&k);
		if (dma_unchanged(&k))
			return;
	}
	v->outcome = IOP_UNKNOWN;
	v->raced = true;
	v->reason = 0;
	v->spec_reason = 0;
	v->phys = 0;
}

bool iop_vtd_fault(u64 lo, u64 hi, struct iop_fault *f)
{
	static const u8 access[] = { IOP_WRITE, IOP_PAGE_REQUEST, IOP_READ, IOP_ATOMIC };

	memset(f, 0, sizeof(*f));
	f->rid = FIELD_GET(VTD_FRCD_HI_SID, hi);
	f->pasid = hi & VTD_FRCD_HI_PP ? FIELD_GET(VTD_FRCD_HI_PV, hi) : IOP_NO_PASID;
	f->access = access[(hi & VTD_FRCD_HI_T1 ? 2 : 0) | (hi & VTD_FRCD_HI_T2 ? 1 : 0)];
	f->reason = FIELD_GET(VTD_FRCD_HI_FR, hi);
	f->exec = hi & VTD_FRCD_HI_EXE;
	f->priv = hi & VTD_FRCD_HI_PRIV;
	f->interrupt = f->reason >= 0x20 && f->reason < 0x30;
	/* An interrupt's index stands where the upper bits of an address do. */
	f->addr = f->interrupt ? lo & GENMASK_ULL(63, 48) : lo & VTD_FRCD_FI;
	return hi & VTD_FRCD_HI_F;
}

bool iop_amd_event(u64 lo, u64 hi, struct iop_fault *f)
{
	unsigned int code = lo >> 60;

	memset(f, 0, sizeof(*f));
	f->reason = code;
	f->rid = lo & 0xffff;
	f->flags = lo >> 48 & 0xfff;
	f->addr = hi;
	f->access = f->flags & AMDVI_EVF_RW ? IOP_WRITE : IOP_READ;
	f->interrupt = f->flags & AMDVI_EVF_I;
	f->exec = (f->flags & AMDVI_EVF_GN) && (f->flags & AMDVI_EVF_NX);
	f->priv = (f->flags & AMDVI_EVF_GN) && !(f->flags & AMDVI_EVF_US);
	f->pasid = IOP_NO_PASID;
	if (f->flags & AMDVI_EVF_GN)
		f->pasid = (lo >> 32 & 0xffff) | (lo & 0xf0000);
	return code == AMDVI_EV_ILLEGAL_DTE || code == AMDVI_EV_PAGE_FAULT ||
	       code == AMDVI_EV_DTE_HARDWARE || code == AMDVI_EV_PTE_HARDWARE ||
	       code == AMDVI_EV_INVALID_REQUEST || code == AMDVI_EV_INVALID_PPR;
}
