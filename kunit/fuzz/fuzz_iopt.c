// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: an IOMMU over a memory that the input describes.
 *
 * The memory has a few pages, and every address leads to one of them: loops, shared tables,
 * page tables in place of context tables are the rule. Some pages cannot be read, some are
 * not known, some change while they are read. Checked:
 *  - reads are of the agreed kind, and their number is bounded;
 *  - enumerations go forward;
 *  - a verdict makes sense by itself, fits its texts, and comes out the same again;
 *  - what a DMA reaches is what the walk over the page tables finds there, and nothing else
 *    when it finds nothing;
 *  - the mappings that leaves are joined to say the same as the verdicts at their ends;
 *  - the same memory as NPT and EPT is walked in good order;
 *  - fault records are decoded, whatever is in them.
 */
#include "fuzz.h"

#include "../../iommu_probe/dma.c"
#include "../../iommu_probe/mapping.c"
#include "../../iommu_probe/names.c"
#include "../../iommu_probe/requester.c"

#define PAGES	     8
#define MAX_READS    80
#define MAX_MAPPINGS 512

static struct memory {
	u64 page[PAGES][RADIX_ENTRIES];
	/* Pages of which these bits are set: no memory, not known. */
	u8 bad;
	u8 unknown;
	/* Bits, used up from the lowest: a read changes what it reads, afterwards. */
	u64 change;
	bool changed;
	unsigned int reads;
} memory;

static int memory_read(void *ctx, u64 phys, void *to, unsigned int bytes)
{
	struct memory *m = ctx;
	unsigned int page = (phys >> 12) % PAGES;
	u64 *at = &m->page[page][(phys & 0xfff) / 8];

	CHECK(!(phys & 7) && bytes >= 8 && bytes <= 64 && !(bytes & 7));
	CHECK((phys & 0xfff) + bytes <= 4096);
	m->reads++;
	if (m->unknown >> page & 1)
		return -ENODATA;
	if (m->bad >> page & 1)
		return -EFAULT;
	memcpy(to, at, bytes);
	if (m->change & 1) {
		at[0] ^= 1ULL << (m->change >> 1 & 63);
		m->changed = true;
	}
	m->change >>= 1;
	return 0;
}

static struct iop_unit unit;
static struct iop_memory mem = { memory_read, &memory };
static struct iop_verdict verdict, same;

/* A walk over page tables, as the module does it. */
static struct walk {
	struct radix_walk w;
	u64 buf[RADIX_MAX_LEVELS][RADIX_ENTRIES];
	const struct iopt *t;
	u8 rights;
	unsigned int reads;
	u64 at; /* the address that is looked for */
	bool found;
	u64 phys, page;
	u8 level, got;
	struct iop_mappings *m;
} walk;

static struct iop_mapping mappings[MAX_MAPPINGS];

static int walk_read(struct radix_walk *w, unsigned int level, u64 table, unsigned int index,
		     unsigned int count)
{
	unsigned int i;
	int ret = 0;

	CHECK(level >= 1 && level <= w->top && count && index + count <= RADIX_ENTRIES);
	if (++walk.reads > MAX_READS)
		return -ENOSPC;
	for (i = index; !ret && i < index + count; i++)
		ret = memory_read(&memory, table + i * 8, &w->buf[level][i], 8);
	return ret;
}

/* A kind of memory for each 64 KiB. */
static u8 kind_of(u64 entry)
{
	return entry >> 16 & 3;
}

static int walk_span(struct radix_walk *w, const struct radix_span *span)
{
	u64 size = radix_size(span->level), at = walk.at;
	u8 path = walk.rights & iopt_path_rights(walk.t, w, span->level);
	const u64 *entry;

	if (walk.m) {
		static u8 kind[RADIX_ENTRIES];
		char flags[96];
		unsigned int i;

		for (i = 0; i < span->count; i++)
			kind[i] = kind_of(span->entry[i]);
		CHECK(iopt_flags(walk.t, span->entry[0], span->level, flags, sizeof(flags)) < 95);
		return iop_mappings_add(walk.m, span, kind, path);
	}
	CHECK(span->count == 1 && at >= span->va && at - span->va < size);
	entry = span->entry;
	if (!iopt_leaf(walk.t, *entry, span->level))
		return 0;
	walk.found = true;
	walk.phys = iopt_target(walk.t, *entry, span->level, at);
	walk.page = iopt_page_bytes(walk.t->format, *entry, span->level);
	walk.level = span->level;
	walk.got = path & iopt_rights(walk.t->format, *entry);
	return 0;
}

static const struct radix_ops walk_ops = {
	.read = walk_read,
	.span = walk_span,
};

static int do_walk(const struct iop_tree *tree, u8 rights, u64 first, u64 last,
		   struct iop_mappings *m)
{
	unsigned int level;

	memset(&walk, 0, sizeof(walk));
	walk.t = &tree->t;
	walk.rights = rights;
	walk.at = first;
	walk.m = m;
	for (level = 1; level <= RADIX_MAX_LEVELS; level++)
		walk.w.buf[level] = walk.buf[level - 1];
	return iopt_walk(&walk.w, &tree->t, &walk_ops, tree->root, first, last);
}

/* Whatever it says, it makes sense. */
static void check_verdict(const struct iop_verdict *v)
{
	static char buf[256];
	unsigned int i;
	u8 need = v->write ? IOPT_W : IOPT_R;

	CHECK(v->outcome <= IOP_UNKNOWN && v->steps <= IOP_MAX_STEPS);
	CHECK(v->who.raws <= IOP_MAX_RAW && v->who.what <= IOP_BAD);
	CHECK(!(v->outcome == IOP_ALLOWED) || (v->rights & need));
	CHECK(!(v->outcome == IOP_ALLOWED) || !(v->page & (v->page - 1)));
	CHECK(!(v->outcome == IOP_ALLOWED) || !v->page ||
	      (v->phys & (v->page - 1)) == (v->iova & (v->page - 1)));
	CHECK((v->outcome == IOP_FAULT) == (v->spec_reason != 0));
	CHECK((v->outcome == IOP_FAULT) == (v->reason != 0));
	CHECK(!v->raced || v->outcome == IOP_UNKNOWN);
	CHECK(!v->reason || strcmp(iop_reason_name(unit.type, v->reason), "unknown reason"));
	CHECK(iop_verdict_text(&unit, v, buf, sizeof(buf)) < (int)sizeof(buf) - 1);
	for (i = 0; i < v->steps; i++) {
		CHECK(v->step[i].index < RADIX_ENTRIES || v->step[i].stage == 0);
		CHECK(v->step[i].kind < IOP_KINDS && v->step[i].stage <= 2);
		CHECK(iop_step_text(v, i, buf, 192) < 191);
		CHECK(iop_step_word(v, i, buf, 48) < 47);
		CHECK(!strchr(buf, ' '));
	}
}

static void dma(u16 rid, u32 pasid, u64 iova, bool write)
{
	memory.reads = 0;
	iop_dma(&unit, &mem, rid, pasid, iova, write, &verdict);
	CHECK(memory.reads <= DMA_TRIES * 2 * IOP_MAX_STEPS);
	check_verdict(&verdict);
}

/* The page tables of a requester ID, walked: what the verdict has to be. */
static void compare(u16 rid, u32 pasid, u64 iova, bool write)
{
	const struct iop_requester *who = &verdict.who;
	bool msi = pasid == IOP_NO_PASID && dma_is_msi(iova);
	u8 need = write ? IOPT_W : IOPT_R;
	u64 whole;

	if (who->what != IOP_TABLE || msi || verdict.outcome == IOP_UNKNOWN)
		return;
	if (!iopt_in_range(&who->tree.t, iova)) {
		CHECK(verdict.outcome == IOP_FAULT);
		return;
	}
	/* A page that cannot be read ends both, but the walk may meet it first. */
	if (do_walk(&who->tree, who->rights, iova, iova, NULL)) {
		CHECK(verdict.outcome != IOP_ALLOWED);
		return;
	}
	whole = unit.model == IOP_MODEL_QEMU && walk.found ? walk.page - 1 : 0;
	if (unit.type == IOP_VTD && (walk.phys & ~whole) <= VTD_MSI_LAST &&
	    (walk.phys | whole) >= VTD_MSI_FIRST)
		walk.found = false;
	CHECK((verdict.outcome == IOP_ALLOWED) == (walk.found && (walk.got & need)));
	if (verdict.outcome != IOP_ALLOWED)
		return;
	CHECK(verdict.phys == walk.phys && verdict.page == walk.page);
	CHECK(verdict.level == walk.level && verdict.rights == walk.got);
}

/* All mappings of one range; how many. */
static unsigned int find_mappings(const struct iop_tree *tree, u8 rights, u64 first, u64 last)
{
	struct iop_mappings m;
	char page[8], word[3];
	unsigned int i;

	iop_mappings_init(&m, &tree->t, mappings, MAX_MAPPINGS);
	if (!do_walk(tree, rights, first, last, &m))
		iop_mappings_flush(&m);
	CHECK(m.count <= MAX_MAPPINGS);
	for (i = 0; i < m.count; i++) {
		const struct iop_mapping *map = &mappings[i];

		/* The unit may take fewer bits than a page has. */
		CHECK(map->iova >= first && map->leaves);
		CHECK(map->end - 1 <= (last | (radix_size(map->level) - 1)));
		CHECK(map->end - map->iova == map->leaves * radix_size(map->level));
		CHECK(map->page >= radix_size(map->level) && !(map->page & (map->page - 1)));
		CHECK(!i || map->iova >= map[-1].end);
		CHECK(map->kind == kind_of(map->entry));
		CHECK(strlen(iopt_size_name(map->page, page)) < 7);
		CHECK(strlen(iopt_rights_name(map->rights, word)) == 2);
	}
	return m.count;
}

/* Mappings that are found, and the verdicts at both of their ends. */
static void compare_mappings(u16 rid, u32 pasid)
{
	static struct iop_requester who;
	unsigned int n, i, count;
	u64 first, last;

	who = verdict.who;
	if (who.what != IOP_TABLE)
		return;
	for (n = 0; iopt_range(&who.tree.t, n, &first, &last); n++) {
		count = find_mappings(&who.tree, who.rights, first, last);
		for (i = 0; i < count && i < 8; i++) {
			const struct iop_mapping *map = &mappings[i];

			if (!(map->rights & IOPT_R))
				continue;
			dma(rid, pasid, map->iova, false);
			CHECK(verdict.outcome != IOP_ALLOWED || verdict.phys == map->phys);
			CHECK(verdict.outcome == IOP_ALLOWED || verdict.outcome == IOP_INTERRUPT ||
			      verdict.reason == VTD_FR_MSI || verdict.reason == VTD_FR_SM_MSI ||
			      verdict.reason == AMDVI_EV_INVALID_REQUEST);
			dma(rid, pasid, map->end - 1, false);
			CHECK(verdict.outcome != IOP_ALLOWED ||
			      verdict.phys == map->phys + (map->end - 1 - map->iova));
		}
	}
}

/* The same memory as the tables of a CPU's second stage. */
static void walk_others(unsigned int options)
{
	struct iop_tree tree = { .root = unit.root & 0x7000 };
	u64 first, last;
	unsigned int format;

	for (format = IOPT_NONE; format <= IOPT_FORMATS; format++) {
		if (format != IOPT_NPT && format != IOPT_EPT && format != IOPT_NONE)
			continue;
		iopt_init(&tree.t, format, 4 + (options & 1), 12 + unit.haw % 41, 0,
			  unit.cap & 0xff);
		CHECK(iopt_range(&tree.t, 0, &first, &last) && iopt_in_range(&tree.t, last));
		find_mappings(&tree, IOPT_RWX, first, last);
		CHECK(strlen(iopt_format_name(format)) >= 1);
	}
}

static void decode_faults(u64 lo, u64 hi)
{
	struct iop_fault f;

	CHECK(iop_vtd_fault(lo, hi, &f) == hi >> 63);
	CHECK(f.access <= IOP_PAGE_REQUEST && strcmp(iop_access_name(f.access), "?"));
	CHECK(f.pasid == IOP_NO_PASID || f.pasid <= VTD_PASID_MAX);
	CHECK(!(f.addr & 0xfff) && iop_reason_name(IOP_VTD, f.reason));
	iop_amd_event(lo, hi, &f);
	CHECK(f.access <= IOP_WRITE && f.reason < 16);
	CHECK(f.pasid == IOP_NO_PASID || f.pasid <= VTD_PASID_MAX);
	CHECK(iop_reason_name(IOP_AMD, f.reason));
}

static void enumerate(void)
{
	static struct iop_requester who;
	unsigned int found, pasids;
	u32 rid, pasid, was;
	int ret;

	for (rid = 0, found = 0; found < 8; rid++, found++) {
		was = rid;
		ret = iop_next_rid(&unit, &mem, &rid);
		if (ret) {
			CHECK(ret == -ENOENT || ret == -ENODATA || ret == -EFAULT ||
			      ret == -EOPNOTSUPP);
			return;
		}
		CHECK(rid >= was && rid <= 0xffff);
		if (iop_requester(&unit, &mem, rid, IOP_NO_PASID, &who))
			continue;
		CHECK(memory.changed || who.raws);
		for (pasid = 0, pasids = 0; pasids < 8; pasid++, pasids++) {
			was = pasid;
			ret = iop_next_pasid(&unit, &mem, &who, &pasid);
			if (ret)
				break;
			CHECK(pasid >= was && !(pasid >> who.pasid_bits));
		}
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input in = { data, size };
	unsigned int options = fuzz_number(&in, 1), i;
	u32 pasid = IOP_NO_PASID;
	u64 iova, change;
	char buf[96];
	u16 rid;

	memset(&memory, 0, sizeof(memory));
	memset(&unit, 0, sizeof(unit));
	unit.type = options & 1 ? IOP_AMD : IOP_VTD;
	unit.model = options >> 1 & 1;
	unit.haw = fuzz_number(&in, 1);
	unit.cap = options & 4 ? fuzz_number(&in, 8) : ~0ULL;
	unit.ecap = options & 4 ? fuzz_number(&in, 8) : ~0ULL;
	unit.status = options & 8 ? fuzz_number(&in, 8) : VTD_GSTS_TES | 0x10001;
	unit.root = fuzz_number(&in, 2) | 0x1ff * (unit.type == IOP_AMD);
	if (options & 16)
		unit.enc_mask = BIT_ULL(47);
	rid = fuzz_number(&in, 2);
	if (options & 32)
		pasid = fuzz_number(&in, 3);
	iova = fuzz_number(&in, 8);
	change = options & 64 ? fuzz_number(&in, 8) : 0;
	if (options & 128) {
		memory.bad = fuzz_number(&in, 1);
		memory.unknown = fuzz_number(&in, 1);
	}

	/* Each record sets some entries of one page, addresses counting up. */
	while (in.size) {
		unsigned int where = fuzz_number(&in, 2), count = 1 + fuzz_number(&in, 1);
		u64 entry = fuzz_number(&in, 8), step = (where >> 12 & 7) << 12;

		for (i = where >> 3 & 511; count-- && i < RADIX_ENTRIES; i++, entry += step)
			memory.page[where % PAGES][i] = entry;
	}

	/* Memory that changes: whatever comes of it, it has to make sense. */
	if (change) {
		memory.change = change;
		dma(rid, pasid, iova, options & 2);
		memory.change = change;
		enumerate();
		memory.change = 0;
		memory.changed = false;
	}

	dma(rid, pasid, iova, options & 2);
	CHECK(!verdict.raced);
	same = verdict;
	dma(rid, pasid, iova, options & 2);
	CHECK(!memcmp(&same, &verdict, sizeof(same)));
	compare(rid, pasid, iova, options & 2);
	dma(rid, pasid, iova, !(options & 2));
	compare(rid, pasid, iova, !(options & 2));
	if (!memory.bad && !memory.unknown)
		compare_mappings(rid, pasid);
	enumerate();
	walk_others(options);
	decode_faults(iova, memory.page[0][0]);
	CHECK(strcmp(iop_type_name(unit.type), "?"));
	CHECK(strcmp(iop_mode_name(verdict.who.mode), "?"));
	CHECK(strcmp(iop_what_name(verdict.who.what), "?"));
	CHECK(strcmp(iop_outcome_name(verdict.outcome), "?"));

	CHECK(iop_unit_levels(&unit, buf, 16) < 16);
	CHECK(iop_unit_pages(&unit, buf, 16) < 16);
	for (i = 0; iop_unit_capability(&unit, i, buf, 80); i++)
		CHECK(strlen(buf) < 79);
	return 0;
}
