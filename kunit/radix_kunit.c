// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: the radix walker, on tables that exist only here. */
#include <linux/module.h>

#include "suite.h"

#define FAKE_TABLES 24
#define FAKE_BASE   0x123400000ULL
#define FAKE_EVENTS 64

#define TABLE_BITS (X86_P | X86_RW | X86_US | X86_A)

/* What the walker did: an op and what it was told. */
struct event {
	char op; /* 'r'ead, 't'able, 's'pan */
	u8 level;
	u16 index;
	u16 count;
	u64 va; /* not for reads */
};

/* A memory with nothing but tables, a walk over it, and what came of it. */
struct fake {
	struct kunit *test;
	struct radix_walk w;
	u64 buf[RADIX_MAX_LEVELS][RADIX_ENTRIES];
	u64 table[FAKE_TABLES][RADIX_ENTRIES];
	unsigned int tables;

	struct event log[FAKE_EVENTS];
	unsigned int events, reads;

	/* Reads of @fail_level return @fail, @fails times. */
	unsigned int fail_level, fails;
	int fail;
	/* Each time, that changes behind the walker's back. */
	u64 *change, change_to;
	/* What the table op returns at @stop_level, and the span op anywhere. */
	unsigned int stop_level;
	int stop, span_stop;

	/* With a model to compare with: */
	const struct radix_fmt *model;
	u64 next; /* where the next span has to begin */
	bool begun;
};

static u64 fake_phys(unsigned int table)
{
	return FAKE_BASE + ((u64)table << RADIX_PAGE_SHIFT);
}

static u64 *fake_table(struct fake *f, u64 phys)
{
	u64 table = ((phys & suite_mmu.phys_mask) - FAKE_BASE) >> RADIX_PAGE_SHIFT;

	return table < f->tables ? f->table[table] : NULL;
}

/* One address, one level after the other: what the walk is compared with. */
static u64 fake_lookup(struct fake *f, const struct radix_fmt *fmt, u64 va, unsigned int *level)
{
	u64 *table = f->table[0], entry;
	unsigned int next;

	*level = f->w.top;
	for (;;) {
		entry = table[radix_index(va, *level)];
		next = fmt->next(entry, *level);
		if (!next)
			return entry;
		table = fake_table(f, entry);
		*level = next;
	}
}

static void fake_log(struct fake *f, char op, unsigned int level, unsigned int index,
		     unsigned int count, u64 va)
{
	if (f->events < FAKE_EVENTS)
		f->log[f->events] = (struct event){ op, level, index, count, va };
	f->events++;
}

static int fake_read(struct radix_walk *w, unsigned int level, u64 table, unsigned int index,
		     unsigned int count)
{
	struct fake *f = w->ctx;
	u64 *entries = fake_table(f, table);

	f->reads++;
	fake_log(f, 'r', level, index, count, 0);
	if (f->fails && level == f->fail_level) {
		f->fails--;
		if (f->change)
			*f->change = f->change_to;
		return f->fail;
	}
	if (!entries)
		return -EFAULT;
	/* The walker's copy is all that it may look at: nothing else is filled in. */
	KUNIT_ASSERT_LE(f->test, level, w->top);
	KUNIT_ASSERT_LT(f->test, 0U, count);
	KUNIT_ASSERT_LE(f->test, index + count, (unsigned int)RADIX_ENTRIES);
	memset(w->buf[level], 0xa5, sizeof(f->buf[0]));
	memcpy(w->buf[level] + index, entries + index, count * sizeof(u64));
	return 0;
}

static void fake_compare(struct fake *f, const struct radix_span *span)
{
	u64 size = radix_size(span->level), va = span->va;
	unsigned int i, level;

	KUNIT_EXPECT_EQ(f->test, va, f->begun ? f->next : f->next & ~(size - 1));
	for (i = 0; i < span->count; i++, va += size) {
		KUNIT_EXPECT_EQ(f->test, span->entry[i], fake_lookup(f, f->model, va, &level));
		KUNIT_EXPECT_EQ(f->test, span->level, level);
		KUNIT_EXPECT_EQ(f->test, span->index + i, radix_index(va, level));
	}
	f->next = va;
	f->begun = true;
}

static int fake_span(struct radix_walk *w, const struct radix_span *span)
{
	struct fake *f = w->ctx;

	fake_log(f, 's', span->level, span->index, span->count, span->va);
	if (f->model)
		fake_compare(f, span);
	return f->span_stop;
}

static int fake_table_op(struct radix_walk *w, const struct radix_span *span)
{
	struct fake *f = w->ctx;

	fake_log(f, 't', span->level, span->index, span->count, span->va);
	KUNIT_EXPECT_EQ(f->test, w->path[span->level], *span->entry);
	return span->level == f->stop_level ? f->stop : 0;
}

static const struct radix_ops fake_ops = {
	.read = fake_read,
	.span = fake_span,
	.table = fake_table_op,
};

static const struct radix_ops fake_ops_no_table = {
	.read = fake_read,
	.span = fake_span,
};

static struct fake *fake_new(struct kunit *test, unsigned int top)
{
	struct fake *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	unsigned int level;

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->test = test;
	f->tables = 1;
	f->w.top = top;
	f->w.addr_mask = suite_mmu.phys_mask;
	f->w.ctx = f;
	for (level = 1; level <= top; level++)
		f->w.buf[level] = f->buf[level - 1];
	return f;
}

/* Puts @entry into the table of @level that translates @va; makes tables down to there. */
static u64 *fake_set(struct fake *f, u64 va, unsigned int level, u64 entry)
{
	unsigned int l = f->w.top;
	u64 *table = f->table[0];

	for (; l > level; l--) {
		u64 *slot = &table[radix_index(va, l)];

		if (!*slot && f->tables < FAKE_TABLES)
			*slot = fake_phys(f->tables++) | TABLE_BITS;
		if (!x86_next(*slot, l))
			return NULL;
		table = fake_table(f, *slot);
	}
	table[radix_index(va, level)] = entry;
	return &table[radix_index(va, level)];
}

static int fake_walk(struct fake *f, u64 first, u64 last)
{
	f->events = 0;
	f->reads = 0;
	return radix_walk(&f->w, &x86_fmt, &fake_ops, fake_phys(0), first, last);
}

static void fake_expect(struct fake *f, const struct event *want, unsigned int n)
{
	struct kunit *test = f->test;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, f->events, n);
	for (i = 0; i < min(f->events, n); i++) {
		const struct event *got = &f->log[i];

		KUNIT_EXPECT_EQ_MSG(test, got->op, want[i].op, "event %u", i);
		KUNIT_EXPECT_EQ_MSG(test, got->level, want[i].level, "event %u", i);
		KUNIT_EXPECT_EQ_MSG(test, got->index, want[i].index, "event %u", i);
		KUNIT_EXPECT_EQ_MSG(test, got->count, want[i].count, "event %u", i);
		KUNIT_EXPECT_EQ_MSG(test, got->va, want[i].va, "event %u", i);
	}
}

#define EXPECT_EVENTS(f, ...)                                       \
	do {                                                        \
		static const struct event want[] = { __VA_ARGS__ }; \
		fake_expect(f, want, ARRAY_SIZE(want));             \
	} while (0)

static void radix_geometry(struct kunit *test)
{
	static const struct {
		unsigned int level;
		u64 size, va;
		unsigned int index;
	} row[] = {
		/* 1 */ { 1, 0x1000, 0x0000000000000fff, 0 },
		/* 2 */ { 1, 0x1000, 0x0000000000401000, 1 },
		/* 3 */ { 1, 0x1000, 0xffffffffffffffff, 511 },
		/* 4 */ { 2, 0x200000, 0x00000000001fffff, 0 },
		/* 5 */ { 2, 0x200000, 0x0000000000401000, 2 },
		/* 6 */ { 3, 0x40000000, 0x00007fffffffffff, 511 },
		/* 7 */ { 4, 0x8000000000, 0x00007fffffffffff, 255 },
		/* 8 */ { 4, 0x8000000000, 0xffff800000000000, 256 },
		/* 9 */ { 5, 0x1000000000000, 0x00fffffffffff000, 255 },
		/* 10 */ { 5, 0x1000000000000, 0xff00000000000000, 256 },
		/* 11 */ { 6, 0x200000000000000, 0xffffffffffffffff, 127 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		KUNIT_EXPECT_EQ_MSG(test, radix_size(row[i].level), row[i].size, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, radix_index(row[i].va, row[i].level), row[i].index,
				    "row %u", i + 1);
	}
}

static void radix_four_levels(struct kunit *test)
{
	struct fake *f = fake_new(test, 4);

	fake_set(f, 0x400000, 1, 0x103abc000 | TABLE_BITS);
	KUNIT_EXPECT_EQ(test, fake_walk(f, 0x400000, 0x400fff), 0);
	EXPECT_EVENTS(f, { 'r', 4, 0, 1 }, { 'r', 3, 0, 1 }, { 't', 4, 0, 1, 0 }, { 'r', 2, 2, 1 },
		      { 't', 3, 0, 1, 0 }, { 'r', 1, 0, 1 }, { 't', 2, 2, 1, 0x400000 },
		      { 's', 1, 0, 1, 0x400000 });
}

/* Pitfall 1: five levels only with LA57, and then bits 48..56 count. */
static void radix_pitfall_1_la57(struct kunit *test)
{
	struct fake *f = fake_new(test, 5);
	u64 va = 0x0035400000401000;

	fake_set(f, va, 1, 0x1000 | X86_P);
	KUNIT_EXPECT_EQ(test, fake_walk(f, va, va), 0);
	EXPECT_EVENTS(f, { 'r', 5, 0x35, 1 }, { 'r', 4, 128, 1 },
		      { 't', 5, 0x35, 1, 0x0035000000000000 }, { 'r', 3, 0, 1 },
		      { 't', 4, 128, 1, 0x0035400000000000 }, { 'r', 2, 2, 1 },
		      { 't', 3, 0, 1, 0x0035400000000000 }, { 'r', 1, 1, 1 },
		      { 't', 2, 2, 1, 0x0035400000400000 }, { 's', 1, 1, 1, 0x0035400000401000 });
}

/* Only what translates the range is read, level by level. */
static void radix_partial_ranges(struct kunit *test)
{
	static const struct {
		u64 first, last;
		u16 index, count; /* of the span in the level 1 table */
		unsigned int reads;
	} row[] = {
		/* 1 */ { 0x200000, 0x200000, 0, 1, 4 },
		/* 2 */ { 0x200fff, 0x200fff, 0, 1, 4 },
		/* 3 */ { 0x200fff, 0x201000, 0, 2, 4 },
		/* 4 */ { 0x203000, 0x205fff, 3, 3, 4 },
		/* 5 */ { 0x3ff000, 0x3fffff, 511, 1, 4 },
		/* 6 */ { 0x200000, 0x3fffff, 0, 512, 4 },
	};
	struct fake *f = fake_new(test, 4);
	unsigned int i;

	fake_set(f, 0x203000, 1, 0x1000 | X86_P);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		const struct event *last;

		KUNIT_EXPECT_EQ(test, fake_walk(f, row[i].first, row[i].last), 0);
		KUNIT_EXPECT_EQ_MSG(test, f->reads, row[i].reads, "row %u", i + 1);
		last = &f->log[f->events - 1];
		KUNIT_EXPECT_EQ_MSG(test, last->op, 's', "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, last->index, row[i].index, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, last->count, row[i].count, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, last->va, row[i].first & ~0xfffULL, "row %u", i + 1);
	}

	/* Over the edge of two tables: the second one from its start. */
	fake_set(f, 0x400000, 1, 0x2000 | X86_P);
	KUNIT_EXPECT_EQ(test, fake_walk(f, 0x3fe123, 0x401fff), 0);
	EXPECT_EVENTS(f, { 'r', 4, 0, 1 }, { 'r', 3, 0, 1 }, { 't', 4, 0, 1, 0 }, { 'r', 2, 1, 2 },
		      { 't', 3, 0, 1, 0 }, { 'r', 1, 510, 2 }, { 't', 2, 1, 1, 0x200000 },
		      { 's', 1, 510, 2, 0x3fe000 }, { 'r', 1, 0, 2 }, { 't', 2, 2, 1, 0x400000 },
		      { 's', 1, 0, 2, 0x400000 });
}

/* Empty entries and large pages between tables: one span each time. */
static void radix_sparse(struct kunit *test)
{
	struct fake *f = fake_new(test, 4);

	KUNIT_EXPECT_EQ(test, fake_walk(f, 0, 0x7fffffffffff), 0);
	EXPECT_EVENTS(f, { 'r', 4, 0, 256 }, { 's', 4, 0, 256, 0 });

	fake_set(f, 3ULL << 39, 3, 0);
	fake_set(f, (3ULL << 39) + (7ULL << 30), 3, 0x40000000 | X86_P | X86_PS);
	fake_set(f, (3ULL << 39) + (9ULL << 30), 2, 0x200000 | X86_P | X86_PS);
	KUNIT_EXPECT_EQ(test, fake_walk(f, 0, 0x7fffffffffff), 0);
	EXPECT_EVENTS(f, { 'r', 4, 0, 256 }, { 's', 4, 0, 3, 0 }, { 'r', 3, 0, 512 },
		      { 't', 4, 3, 1, 0x18000000000 }, { 's', 3, 0, 9, 0x18000000000 },
		      { 'r', 2, 0, 512 }, { 't', 3, 9, 1, 0x18240000000 },
		      { 's', 2, 0, 512, 0x18240000000 }, { 's', 3, 10, 502, 0x18280000000 },
		      { 's', 4, 4, 252, 0x20000000000 });
}

/* The walk ends at the end of the address space, it does not begin again at 0. */
static void radix_last_address(struct kunit *test)
{
	struct fake *f = fake_new(test, 4);

	fake_set(f, ~0ULL, 1, 0x1000 | X86_P);
	KUNIT_EXPECT_EQ(test, fake_walk(f, ~0ULL - 0x1fff, ~0ULL), 0);
	EXPECT_EVENTS(f, { 'r', 4, 511, 1 }, { 'r', 3, 511, 1 },
		      { 't', 4, 511, 1, 0xffffff8000000000 }, { 'r', 2, 511, 1 },
		      { 't', 3, 511, 1, 0xffffffffc0000000 }, { 'r', 1, 510, 2 },
		      { 't', 2, 511, 1, 0xffffffffffe00000 },
		      { 's', 1, 510, 2, 0xffffffffffffe000 });

	f = fake_new(test, 5);
	KUNIT_EXPECT_EQ(test, fake_walk(f, 0, ~0ULL), 0);
	EXPECT_EVENTS(f, { 'r', 5, 0, 512 }, { 's', 5, 0, 512, 0 });

	/* User space of five levels ends at index 255. */
	KUNIT_EXPECT_EQ(test, fake_walk(f, 0x00ffff0000000000, 0x00fffffffffff000), 0);
	EXPECT_EVENTS(f, { 'r', 5, 255, 1 }, { 's', 5, 255, 1, 0x00ff000000000000 });
}

static void radix_table_op(struct kunit *test)
{
	struct fake *f = fake_new(test, 4);

	fake_set(f, 0x200000, 1, 0x1000 | X86_P);
	fake_set(f, 0x400000, 1, 0x2000 | X86_P);

	/* Passed over: the walk goes on with the entry behind it. */
	f->stop_level = 2;
	f->stop = RADIX_SKIP;
	KUNIT_EXPECT_EQ(test, fake_walk(f, 0x200000, 0x5fffff), 0);
	EXPECT_EVENTS(f, { 'r', 4, 0, 1 }, { 'r', 3, 0, 1 }, { 't', 4, 0, 1, 0 }, { 'r', 2, 1, 2 },
		      { 't', 3, 0, 1, 0 }, { 'r', 1, 0, 512 }, { 't', 2, 1, 1, 0x200000 },
		      { 'r', 1, 0, 512 }, { 't', 2, 2, 1, 0x400000 });

	/* Anything else ends the walk and comes back as it is. */
	f->stop = 42;
	KUNIT_EXPECT_EQ(test, fake_walk(f, 0x200000, 0x5fffff), 42);
	KUNIT_EXPECT_EQ(test, f->reads, 4);
	f->stop = -EINTR;
	KUNIT_EXPECT_EQ(test, fake_walk(f, 0x200000, 0x5fffff), -EINTR);

	/* The op may be missing. */
	f->events = 0;
	f->reads = 0;
	KUNIT_EXPECT_EQ(test,
			radix_walk(&f->w, &x86_fmt, &fake_ops_no_table, fake_phys(0), 0x200000,
				   0x5fffff),
			0);
	KUNIT_EXPECT_EQ(test, f->reads, 5);
	KUNIT_EXPECT_EQ(test, f->events, 7);
}

/* Pitfall 18: a walk is no snapshot. What changed is read again, a bounded number of times. */
static void radix_pitfall_18_changes(struct kunit *test)
{
	struct fake *f = fake_new(test, 4);
	u64 *pmd;

	fake_set(f, 0x200000, 1, 0x1000 | X86_P);
	pmd = fake_set(f, 0x400000, 2, fake_phys(f->tables++) | TABLE_BITS);

	/* The table was freed and its entry cleared between the two reads. */
	f->fail_level = 1;
	f->fail = -EAGAIN;
	f->fails = 1;
	f->change = pmd;
	f->change_to = 0;
	KUNIT_EXPECT_EQ(test, fake_walk(f, 0x400000, 0x7fffff), 0);
	EXPECT_EVENTS(f, { 'r', 4, 0, 1 }, { 'r', 3, 0, 1 }, { 't', 4, 0, 1, 0 }, { 'r', 2, 2, 2 },
		      { 't', 3, 0, 1, 0 }, { 'r', 1, 0, 512 }, { 'r', 2, 2, 2 },
		      { 's', 2, 2, 2, 0x400000 });

	/* A huge page came instead. */
	*pmd = fake_phys(f->tables - 1) | TABLE_BITS;
	f->fails = 1;
	f->change_to = 0x200000 | X86_P | X86_PS;
	KUNIT_EXPECT_EQ(test, fake_walk(f, 0x400000, 0x5fffff), 0);
	KUNIT_EXPECT_EQ(test, f->log[f->events - 1].level, 2);
	KUNIT_EXPECT_EQ(test, f->buf[1][2], f->change_to);

	/* As often as allowed, and once more than that. */
	*pmd = fake_phys(f->tables - 1) | TABLE_BITS;
	f->change = NULL;
	f->fails = RADIX_RETRIES;
	KUNIT_EXPECT_EQ(test, fake_walk(f, 0x400000, 0x5fffff), 0);
	KUNIT_EXPECT_EQ(test, f->reads, 4 + 2 * RADIX_RETRIES);
	f->fails = RADIX_RETRIES + 1;
	KUNIT_EXPECT_EQ(test, fake_walk(f, 0x400000, 0x5fffff), -EAGAIN);
	KUNIT_EXPECT_EQ(test, f->w.cur[2].va, 0x400000);

	/* The count begins anew with each table that could be read. */
	f->fails = RADIX_RETRIES;
	KUNIT_EXPECT_EQ(test, fake_walk(f, 0x200000, 0x5fffff), 0);

	/* There is nothing above the root that could be read again. */
	f->fail_level = 4;
	f->fails = 1;
	KUNIT_EXPECT_EQ(test, fake_walk(f, 0x200000, 0x5fffff), -EAGAIN);
	KUNIT_EXPECT_EQ(test, f->reads, 1);
}

static void radix_errors(struct kunit *test)
{
	struct fake *f = fake_new(test, 4);
	unsigned int level;

	fake_set(f, 0x200000, 1, 0x1000 | X86_P);
	f->fail = -EIO;
	for (level = 1; level <= 4; level++) {
		f->fail_level = level;
		f->fails = 1;
		KUNIT_EXPECT_EQ(test, fake_walk(f, 0x200000, 0x5fffff), -EIO);
		KUNIT_EXPECT_EQ(test, f->reads, 5 - level);
	}

	/* A table outside the memory is never looked at. */
	fake_set(f, 0x400000, 2, 0x7000000000 | TABLE_BITS);
	KUNIT_EXPECT_EQ(test, fake_walk(f, 0x400000, 0x400fff), -EFAULT);

	f->span_stop = -ENOSPC;
	KUNIT_EXPECT_EQ(test, fake_walk(f, 0x200000, 0x5fffff), -ENOSPC);
	KUNIT_EXPECT_EQ(test, f->log[f->events - 1].op, 's');
}

/* Depth falls with each step, so a circle is as deep as a tree. */
static void radix_loop(struct kunit *test)
{
	struct fake *f = fake_new(test, 5);

	f->table[0][0] = fake_phys(0) | TABLE_BITS;
	KUNIT_EXPECT_EQ(test, fake_walk(f, 0, ~0ULL), 0);
	KUNIT_EXPECT_EQ(test, f->reads, 5);
	/* In level 1 the same entry is a page; all others are empty. */
	KUNIT_EXPECT_EQ(test, f->events, 5 + 4 + 5);

	/* Two tables that point to each other, and only one page is asked for. */
	f = fake_new(test, 4);
	f->tables = 2;
	f->table[0][511] = fake_phys(1) | TABLE_BITS;
	f->table[1][511] = fake_phys(0) | TABLE_BITS;
	KUNIT_EXPECT_EQ(test, fake_walk(f, ~0ULL, ~0ULL), 0);
	KUNIT_EXPECT_EQ(test, f->reads, 4);
	KUNIT_EXPECT_EQ(test, f->events, 4 + 3 + 1);
}

/* As in AMD-Vi: bits 9..11 of an entry name the level of the next table, 0 and 7 a page. */
static unsigned int skip_next(u64 entry, unsigned int level)
{
	unsigned int next = (entry >> 9) & 7;

	return (entry & X86_P) && next < level ? next : 0;
}

static const struct radix_fmt skip_fmt = {
	.name = "skip",
	.next = skip_next,
};

static int skip_walk(struct fake *f, u64 first, u64 last)
{
	f->events = 0;
	f->reads = 0;
	return radix_walk(&f->w, &skip_fmt, &fake_ops, fake_phys(0), first, last);
}

static void radix_level_skipping(struct kunit *test)
{
	struct fake *f = fake_new(test, 4);

	/* Level 4 leads to level 2, of which the second entry leads to level 1. */
	f->tables = 3;
	f->table[0][1] = fake_phys(1) | 2 << 9 | X86_P;
	f->table[1][1] = fake_phys(2) | 1 << 9 | X86_P;
	f->table[2][5] = 0x1000 | X86_P;

	KUNIT_EXPECT_EQ(test, skip_walk(f, 0x8000205000, 0x8000205fff), 0);
	EXPECT_EVENTS(f, { 'r', 4, 1, 1 }, { 'r', 2, 1, 1 }, { 't', 4, 1, 1, 0x8000000000 },
		      { 'r', 1, 5, 1 }, { 't', 2, 1, 1, 0x8000200000 },
		      { 's', 1, 5, 1, 0x8000205000 });

	/* Its table reaches 1 GiB far; the rest of the 512 GiB is not translated. */
	KUNIT_EXPECT_EQ(test, skip_walk(f, 0x8000000000, 0x10000000fff), 0);
	EXPECT_EVENTS(f, { 'r', 4, 1, 2 }, { 'r', 2, 0, 512 }, { 't', 4, 1, 1, 0x8000000000 },
		      { 's', 2, 0, 1, 0x8000000000 }, { 'r', 1, 0, 512 },
		      { 't', 2, 1, 1, 0x8000200000 }, { 's', 1, 0, 512, 0x8000200000 },
		      { 's', 2, 2, 510, 0x8000400000 }, { 's', 4, 2, 1, 0x10000000000 });

	/* All of that GiB when the range ends behind it. */
	KUNIT_EXPECT_EQ(test, skip_walk(f, 0x8000400000, 0x8040205fff), 0);
	EXPECT_EVENTS(f, { 'r', 4, 1, 1 }, { 'r', 2, 2, 510 }, { 't', 4, 1, 1, 0x8000000000 },
		      { 's', 2, 2, 510, 0x8000400000 });

	/* Bits that the skipped levels would use may not wrap round to its entries. */
	KUNIT_EXPECT_EQ(test, skip_walk(f, 0x8040205000, 0x8040205fff), 0);
	EXPECT_EVENTS(f, { 'r', 4, 1, 1 });
}

/* Trees at random, ranges at random: each entry once, in order, as a plain lookup finds it. */
static void radix_against_lookup(struct kunit *test)
{
	u64 random = 0x9e3779b97f4a7c15;
	unsigned int round, i;

	for (round = 0; round < 200; round++) {
		struct fake *f = fake_new(test, 4 + (round & 1));
		u64 first, last, place, reach = 1ULL << (9 * f->w.top + 12);

		/* All near one place, so that ranges meet them. */
		place = suite_random(&random) & (reach - 1);
		for (i = 0; i < 40; i++) {
			u64 r = suite_random(&random);
			unsigned int level = 1 + r % 3;
			u64 va = (place ^ (r >> 8 & GENMASK_ULL(15 + 5 * (r >> 4 & 3), 0)));

			/* Pages only, tables come by themselves. */
			fake_set(f, va & (reach - 1), level,
				 (r & suite_mmu.phys_mask) | X86_P | (level > 1 ? X86_PS : 0));
		}
		first = place ^ (suite_random(&random) & 0xffffff);
		last = place ^ (suite_random(&random) & GENMASK_ULL(12 + round % 24, 0));
		if (first > last)
			last = first;

		f->model = &x86_fmt;
		f->next = first;
		KUNIT_EXPECT_EQ_MSG(test, fake_walk(f, first, last), 0, "round %u", round);
		/* The last span ended behind the range, but not far behind. */
		KUNIT_EXPECT_TRUE_MSG(test, f->next > last, "round %u", round);
		fake_lookup(f, &x86_fmt, last, &i);
		KUNIT_EXPECT_EQ_MSG(test, f->next, (last | (radix_size(i) - 1)) + 1, "round %u",
				    round);
		kunit_kfree(test, f);
	}
}

static struct kunit_case radix_cases[] = {
	KUNIT_CASE(radix_geometry),
	KUNIT_CASE(radix_four_levels),
	KUNIT_CASE(radix_pitfall_1_la57),
	KUNIT_CASE(radix_partial_ranges),
	KUNIT_CASE(radix_sparse),
	KUNIT_CASE(radix_last_address),
	KUNIT_CASE(radix_table_op),
	KUNIT_CASE(radix_pitfall_18_changes),
	KUNIT_CASE(radix_errors),
	KUNIT_CASE(radix_loop),
	KUNIT_CASE(radix_level_skipping),
	KUNIT_CASE(radix_against_lookup),
	{},
};

static struct kunit_suite radix_suite = {
	.name = "pagewalk_radix",
	.test_cases = radix_cases,
};

kunit_test_suite(radix_suite);

MODULE_DESCRIPTION("KUnit suite of xlate's radix walker");
MODULE_LICENSE("GPL");
