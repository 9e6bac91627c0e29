// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: walk a memory that the input describes, and make runs of what is found.
 *
 * The memory has a few tables, and every address leads to one of them: loops, shared
 * tables and tables in place of pages are the rule. Checked:
 *  - each read is of one table, within it, and of a level below the one before;
 *  - spans follow each other without gap or overlap and cover the range that was asked
 *    for;
 *  - runs do the same, their pages add up, and a small buffer with resumption gives the
 *    same runs as a large one.
 */
#include "fuzz.h"

#include "../../pagewalk/runs.c"

#define TABLES	  8
#define MAX_READS 100
#define MAX_RUNS  512
#define AREA	  (PAGEWALK_VMA_PRESENT | PAGEWALK_VMA_READ)

struct memory {
	u64 table[TABLES][RADIX_ENTRIES];
	u64 root;
	struct pagewalk_mmu mmu;
	bool with_facts;
	/* Bits, used up from the lowest: a read finds its table gone. */
	u64 gone;
};

struct walk {
	struct radix_walk w;
	u64 buf[X86_MAX_LEVEL][RADIX_ENTRIES];
	struct memory *mem;
	unsigned int reads, level;
	bool changed; /* the memory is no longer what it was at the start */
	bool begun;
	u64 next; /* where the next span begins */
	u64 fed; /* bytes of address space that runs_add() took */
	struct runs runs;
	bool full;
};

static struct memory memory;
static struct walk walk;
static struct pagewalk_run small[16], large[MAX_RUNS], joined[MAX_RUNS];

static int read_table(struct radix_walk *w, unsigned int level, u64 table, unsigned int index,
		      unsigned int count)
{
	struct walk *k = w->ctx;
	u64 *entries = k->mem->table[(table >> RADIX_PAGE_SHIFT) % TABLES];
	bool gone = k->mem->gone & 1;

	CHECK(level >= 1 && level <= w->top);
	CHECK(index < RADIX_ENTRIES && count && index + count <= RADIX_ENTRIES);
	CHECK(!(table & 0xfff));
	if (++k->reads > MAX_READS)
		return -ENOSPC;
	k->mem->gone >>= 1;
	if (gone) {
		/* As a kernel would: the entry that led here is another one by now. */
		if (k->mem->gone & 1) {
			entries[index] ^= X86_P;
			k->changed = true;
		}
		return -EAGAIN;
	}
	memcpy(w->buf[level] + index, entries + index, count * sizeof(u64));
	k->level = level;
	return 0;
}

static int take_table(struct radix_walk *w, const struct radix_span *span)
{
	struct walk *k = w->ctx;

	CHECK(span->count == 1 && x86_next(*span->entry, span->level) == span->level - 1);
	CHECK(k->level == span->level - 1);
	CHECK(w->path[span->level] == *span->entry);
	return 0;
}

static int take_span(struct radix_walk *w, const struct radix_span *span)
{
	static struct page_facts facts[RADIX_ENTRIES];
	struct walk *k = w->ctx;
	u64 size = radix_size(span->level);
	struct runs_area area = {
		.start = 0,
		.vma = AREA,
		.path = x86_path_rights(&k->mem->mmu, w, span->level),
	};
	unsigned int i;

	CHECK(span->count && span->index + span->count <= RADIX_ENTRIES);
	CHECK(span->index == radix_index(span->va, span->level));
	CHECK(span->va == (k->begun ? k->next : k->next & ~(size - 1)));
	k->begun = true;
	k->next = span->va + span->count * size;
	for (i = 0; i < span->count; i++) {
		CHECK(!x86_next(span->entry[i], span->level));
		if (!k->mem->with_facts)
			continue;
		facts[i].facts = span->entry[i] >> 14 & 1;
		facts[i].maps_min = span->entry[i] >> 12 & 3;
		facts[i].maps_max = facts[i].maps_min;
	}
	if (runs_add(&k->runs, span, k->mem->with_facts ? facts : NULL, &area)) {
		k->full = true;
		return 1;
	}
	k->fed += span->count * size;
	return 0;
}

static const struct radix_ops ops = {
	.read = read_table,
	.span = take_span,
	.table = take_table,
};

/* Runs follow each other and lie where entries were fed. */
static void check_runs(const struct pagewalk_run *run, unsigned int count, u64 start, u64 end,
		       bool holes)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		CHECK(run[i].start >= start && run[i].start < run[i].end && run[i].end <= end);
		CHECK(!(run[i].start & (radix_size(run[i].level) - 1)));
		CHECK(!((run[i].end - run[i].start) & (radix_size(run[i].level) - 1)));
		CHECK(run[i].state < PAGEWALK_STATES && run[i].state != PAGEWALK_TABLE);
		CHECK(holes || run[i].state != PAGEWALK_NONE);
		CHECK(run[i].order == PAGEWALK_ORDER_SINGLE ||
		      run[i].end - run[i].start > radix_size(run[i].level));
		CHECK(run[i].maps_min <= run[i].maps_max);
		CHECK(run[i].state == PAGEWALK_PAGE || !run[i].rights);
		start = run[i].end;
	}
}

/* One walk; what runs_add() did not take any more is left in walk.runs.cur. */
static int do_walk(u64 first, u64 last, bool holes, struct pagewalk_run *out, unsigned int max)
{
	unsigned int level;
	int ret;

	memset(&walk, 0, sizeof(walk));
	walk.mem = &memory;
	walk.w.top = memory.mmu.levels;
	walk.w.addr_mask = memory.mmu.phys_mask;
	walk.w.ctx = &walk;
	for (level = 1; level <= walk.w.top; level++)
		walk.w.buf[level] = walk.buf[level - 1];
	walk.next = first;
	runs_init(&walk.runs, &memory.mmu, holes, out, max);
	ret = radix_walk(&walk.w, &x86_fmt, &ops, memory.root, first, last);
	if (!ret) {
		CHECK(walk.next > last);
		walk.full = runs_flush(&walk.runs);
	}
	CHECK(walk.runs.count <= max);
	CHECK(!walk.full || walk.runs.count == max);
	return ret;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input in = { data, size };
	unsigned int options, max, n, got, i;
	u64 first, last, at, sum, gone;
	bool holes;
	int ret;

	memory.mmu = fuzz_mmu(&in);
	options = fuzz_number(&in, 1);
	holes = options & 1;
	memory.with_facts = options & 2;
	max = 1 + (options >> 4);
	memory.root = (options >> 2 & 3) << RADIX_PAGE_SHIFT;
	gone = options & 0x80 ? fuzz_number(&in, 8) : 0;

	/* The tables: each record sets some entries of one of them, frames counting up. */
	memset(memory.table, 0, sizeof(memory.table));
	first = fuzz_number(&in, 7);
	last = first + (fuzz_number(&in, 4) << (options >> 3 & 15));
	/* One root reaches no further. */
	last = min(last, first | (radix_size(memory.mmu.levels + 1) - 1));
	while (in.size) {
		unsigned int where = fuzz_number(&in, 2), count = 1 + fuzz_number(&in, 1);
		u64 entry = fuzz_number(&in, 8), step = (where >> 12 & 3) << RADIX_PAGE_SHIFT;

		if (count & 0x40)
			step = -step;
		for (i = where >> 3 & 511; count-- && i < RADIX_ENTRIES; i++, entry += step)
			memory.table[where % TABLES][i] = entry;
	}

	/* Tables that go away: whatever comes of it, it has to end in good order. */
	if (gone) {
		memory.gone = gone;
		do_walk(first, last, holes, large, MAX_RUNS);
		check_runs(large, walk.runs.count, first & ~(radix_size(5) - 1), walk.next, holes);
		memory.gone = 0;
	}

	ret = do_walk(first, last, holes, large, MAX_RUNS);
	n = walk.runs.count;
	check_runs(large, n, first & ~(radix_size(walk.w.top) - 1), walk.next, holes);
	if (ret)
		return 0;
	if (holes && !walk.full) {
		for (sum = 0, i = 0; i < n; i++)
			sum += large[i].end - large[i].start;
		CHECK(sum == walk.fed);
	}
	if (walk.full || n > 64)
		return 0;

	/* The same through a small buffer, again and again from where it was full. */
	for (got = 0, at = first;;) {
		ret = do_walk(at, last, holes, small, max);
		CHECK(got + walk.runs.count <= n);
		memcpy(joined + got, small, walk.runs.count * sizeof(*small));
		got += walk.runs.count;
		if (!walk.full)
			break;
		CHECK(walk.runs.cur.start > at || at == first);
		at = walk.runs.cur.start;
	}
	CHECK(!ret && got == n);
	CHECK(!memcmp(joined, large, n * sizeof(*large)));
	return 0;
}
