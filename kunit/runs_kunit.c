// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: how neighbouring entries become runs. */
#include <linux/module.h>

#include "suite.h"

#include "../pagewalk/runs.c"

#define RW_AREA	  (PAGEWALK_VMA_PRESENT | PAGEWALK_VMA_READ | PAGEWALK_VMA_WRITE)
#define VA	  0x400000ULL
#define BENCH_MAX 16

#define PAGE(n)	   ((u64)(n) << 12 | X86_P | X86_RW | X86_US | X86_A | X86_D)
#define PAGE_RO(n) ((u64)(n) << 12 | X86_P | X86_US | X86_A)
#define NUMA(n)	   ((0x000f7ffffffff000 & ~((u64)(n) << 12)) | X86_PROTNONE | X86_US)
#define HUGE(n)	   ((u64)(n) << 12 | X86_P | X86_PS | X86_RW | X86_US | X86_A | X86_D)

#define SINGLE	  PAGEWALK_ORDER_SINGLE
#define ASC	  PAGEWALK_ORDER_ASC
#define DESC	  PAGEWALK_ORDER_DESC
#define SCATTERED PAGEWALK_ORDER_SCATTERED

static const struct runs_area rw_area = {
	.start = VA,
	.vma = RW_AREA,
	.path = PAGEWALK_R | PAGEWALK_W | PAGEWALK_X,
};

/* A builder with its buffer. */
struct bench {
	struct kunit *test;
	struct runs r;
	struct pagewalk_run out[BENCH_MAX];
};

static struct bench *bench_new(struct kunit *test, bool holes)
{
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	b->test = test;
	runs_init(&b->r, &suite_mmu, holes, b->out, BENCH_MAX);
	return b;
}

static int bench_add(struct bench *b, u64 va, unsigned int level, const u64 *entry,
		     unsigned int count, const struct page_facts *facts,
		     const struct runs_area *area)
{
	struct radix_span span = {
		.va = va,
		.entry = entry,
		.level = level,
		.index = radix_index(va, level),
		.count = count,
	};

	return runs_add(&b->r, &span, facts, area);
}

/* One span of one area, all at once; the number of runs. */
static unsigned int bench_runs(struct bench *b, unsigned int level, const u64 *entry,
			       unsigned int count, const struct page_facts *facts)
{
	runs_init(&b->r, &suite_mmu, b->r.holes, b->out, BENCH_MAX);
	KUNIT_EXPECT_EQ(b->test, bench_add(b, VA, level, entry, count, facts, &rw_area), 0);
	KUNIT_EXPECT_EQ(b->test, runs_flush(&b->r), 0);
	return b->r.count;
}

static void runs_orders(struct kunit *test)
{
	static const struct {
		u64 entry[4];
		unsigned int count, level;
		enum pagewalk_order order;
	} row[] = {
		/* 1 */ { { PAGE(7) }, 1, 1, SINGLE },
		/* 2 */ { { PAGE(7), PAGE(8) }, 2, 1, ASC },
		/* 3 */ { { PAGE(7), PAGE(8), PAGE(9), PAGE(10) }, 4, 1, ASC },
		/* 4 */ { { PAGE(7), PAGE(6), PAGE(5), PAGE(4) }, 4, 1, DESC },
		/* 5 */ { { PAGE(7), PAGE(8), PAGE(7), PAGE(8) }, 4, 1, SCATTERED },
		/* 6 */ { { PAGE(7), PAGE(9), PAGE(10), PAGE(11) }, 4, 1, SCATTERED },
		/* 7 */ { { PAGE(7), PAGE(8), PAGE(9), PAGE(11) }, 4, 1, SCATTERED },
		/* the same frame many times, as the page of zeros is */
		/* 8 */ { { PAGE(7), PAGE(7), PAGE(7) }, 3, 1, SCATTERED },
		/* frames of large pages are 512 or 512 * 512 apart */
		/* 9 */ { { HUGE(0x200), HUGE(0x400), HUGE(0x600) }, 3, 2, ASC },
		/* 10 */ { { HUGE(0x600), HUGE(0x400), HUGE(0x200) }, 3, 2, DESC },
		/* 11 */ { { HUGE(0x40000), HUGE(0x80000) }, 2, 3, ASC },
		/* 12 */ { { HUGE(0x40000), HUGE(0x40200) }, 2, 2, ASC },
		/* pitfall 4: inverted frames count the other way round, only in memory */
		/* 13 */ { { NUMA(7), NUMA(8), NUMA(9) }, 3, 1, ASC },
		/* 14 */ { { NUMA(9), NUMA(8), NUMA(7) }, 3, 1, DESC },
		/* 15 */ { { NUMA(0xff), NUMA(0x100) }, 2, 1, ASC },
		/* swap slots */
		/* 16 */
		{ { SUITE_SWP(3, 7), SUITE_SWP(3, 8), SUITE_SWP(3, 9) }, 3, 1, ASC },
		/* 17 */
		{ { SUITE_SWP(3, 9), SUITE_SWP(3, 8), SUITE_SWP(3, 7) }, 3, 1, DESC },
		/* 18 */ { { SUITE_SWP(3, 9), SUITE_SWP(3, 19) }, 2, 1, SCATTERED },
		/* frames in migration entries, small and large */
		/* 19 */ { { SUITE_SWP(26, 7), SUITE_SWP(26, 8) }, 2, 1, ASC },
		/* 20 */ { { SUITE_SWP(26, 0x200), SUITE_SWP(26, 0x400) }, 2, 2, ASC },
		/* 21 */ { { SUITE_SWP(26, 0x400), SUITE_SWP(26, 0x200) }, 2, 2, DESC },
		/* 22 */ { { SUITE_SWP(26, 7), SUITE_SWP(26, 8) }, 2, 2, SCATTERED },
		/* markers have no frames */
		/* 23 */ { { SUITE_SWP(31, 4), SUITE_SWP(31, 4) }, 2, 1, SINGLE },
	};
	struct bench *b = bench_new(test, false);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		KUNIT_EXPECT_EQ_MSG(test,
				    bench_runs(b, row[i].level, row[i].entry, row[i].count, NULL),
				    1, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, b->out[0].order, row[i].order, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, b->out[0].entry, row[i].entry[0], "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, b->out[0].end - b->out[0].start,
				    row[i].count * radix_size(row[i].level), "row %u", i + 1);
	}
}

/* What parts two neighbouring entries. */
static void runs_breaks(struct kunit *test)
{
	static const struct {
		u64 first, second;
		unsigned int runs;
	} row[] = {
		/* 1 */ { PAGE(7), PAGE(100), 1 },
		/* 2 */ { PAGE(7), PAGE_RO(8), 2 },
		/* 3 */ { PAGE(7), PAGE(8) & ~X86_A, 2 },
		/* 4 */ { PAGE(7), PAGE(8) & ~X86_D, 2 },
		/* 5 */ { PAGE(7), PAGE(8) | X86_SOFT_DIRTY, 2 },
		/* 6 */ { PAGE(7), PAGE(8) | X86_UFFD_WP, 2 },
		/* 7 */ { PAGE(7), PAGE(8) | X86_SPECIAL, 2 },
		/* 8 */ { PAGE(7), PAGE(8) | X86_NX, 2 },
		/* 9 */ { PAGE(7), PAGE(8) | X86_PAT, 2 },
		/* 10 */ { PAGE(7), PAGE(8) | BIT_ULL(58), 2 },
		/* 11 */ { PAGE(7), PAGE(8) | 3ULL << X86_PKEY_SHIFT, 2 },
		/* 12: encrypted or not */ { PAGE(7), PAGE(8) | BIT_ULL(47), 2 },
		/* 13 */ { PAGE(7), NUMA(8), 2 },
		/* 14 */ { PAGE(7), SUITE_SWP(0, 8), 2 },
		/* 15: two swap files */ { SUITE_SWP(0, 7), SUITE_SWP(1, 8), 2 },
		/* 16 */ { SUITE_SWP(0, 7), SUITE_SWP(0, 8) | X86_SWP_EXCLUSIVE, 2 },
		/* 17: read-only or writable before */ { SUITE_SWP(24, 7), SUITE_SWP(26, 8), 2 },
		/* 18 */ { SUITE_SWP(26, 7), SUITE_SWP(26, 8 | X86_SWP_YOUNG(4)), 2 },
		/* 19: two markers */ { SUITE_SWP(31, 1), SUITE_SWP(31, 4), 2 },
		/* 20 */ { SUITE_SWP(31, 1), SUITE_SWP(31, 1), 1 },
		/* 21: unknown ones, but not the same */ { SUITE_SWP(31, 8), SUITE_SWP(31, 16), 2 },
	};
	struct bench *b = bench_new(test, false);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		u64 entry[2] = { row[i].first, row[i].second };

		KUNIT_EXPECT_EQ_MSG(test, bench_runs(b, 1, entry, 2, NULL), row[i].runs, "row %u",
				    i + 1);
	}
}

/* Two spans: what they are part of has to be the same, and they have to touch. */
static void runs_breaks_between_spans(struct kunit *test)
{
	static const struct {
		u64 va;
		unsigned int level;
		struct runs_area area;
		unsigned int runs;
	} row[] = {
		/* 1 */ { VA + 0x1000, 1, { VA, RW_AREA, 0, 7 }, 1 },
		/* 2: a hole that was not fed */ { VA + 0x2000, 1, { VA, RW_AREA, 0, 7 }, 2 },
		/* 3: another area */ { VA + 0x1000, 1, { VA + 0x1000, RW_AREA, 0, 7 }, 2 },
		/* 4 */ { VA + 0x1000, 1, { VA, PAGEWALK_VMA_PRESENT, 0, 7 }, 2 },
		/* 5: protection key */ { VA + 0x1000, 1, { VA, RW_AREA, 1, 7 }, 2 },
		/* 6: upper level's rights */ { VA + 0x1000, 1, { VA, RW_AREA, 0, 5 }, 2 },
		/* 7: larger pages */ { VA + 0x1000, 2, { VA, RW_AREA, 0, 7 }, 2 },
	};
	struct bench *b = bench_new(test, false);
	u64 entry[2] = { PAGE(0x1000), PAGE(0x1001) };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		runs_init(&b->r, &suite_mmu, false, b->out, BENCH_MAX);
		KUNIT_EXPECT_EQ(test, bench_add(b, VA, 1, &entry[0], 1, NULL, &rw_area), 0);
		KUNIT_EXPECT_EQ(test,
				bench_add(b, row[i].va, row[i].level, &entry[1], 1, NULL,
					  &row[i].area),
				0);
		KUNIT_EXPECT_EQ(test, runs_flush(&b->r), 0);
		KUNIT_EXPECT_EQ_MSG(test, b->r.count, row[i].runs, "row %u", i + 1);
	}
}

/* Pitfall 13: facts of each page: the same ones make a run, mapcounts give its bounds. */
static void runs_pitfall_13_facts(struct kunit *test)
{
	static const u64 entry[5] = { PAGE(1), PAGE(2), PAGE(3), PAGE(4), PAGE(5) };
	static const struct page_facts facts[5] = {
		{ PAGEWALK_PG_ANON, 3, 3 }, { PAGEWALK_PG_ANON, 1, 4 }, { PAGEWALK_PG_ANON, 2, 2 },
		{ PAGEWALK_PG_FILE, 9, 9 }, { PAGEWALK_PG_ANON, 5, 5 },
	};
	struct bench *b = bench_new(test, false);

	KUNIT_EXPECT_EQ(test, bench_runs(b, 1, entry, 5, facts), 3);
	KUNIT_EXPECT_EQ(test, b->out[0].facts, PAGEWALK_PG_ANON);
	KUNIT_EXPECT_EQ(test, b->out[0].maps_min, 1);
	KUNIT_EXPECT_EQ(test, b->out[0].maps_max, 4);
	KUNIT_EXPECT_EQ(test, b->out[0].end, VA + 0x3000);
	KUNIT_EXPECT_EQ(test, b->out[1].facts, PAGEWALK_PG_FILE);
	KUNIT_EXPECT_EQ(test, b->out[1].maps_min, 9);
	KUNIT_EXPECT_EQ(test, b->out[2].start, VA + 0x4000);
	KUNIT_EXPECT_EQ(test, b->out[2].maps_max, 5);
	/* Without facts none are made up. */
	KUNIT_EXPECT_EQ(test, bench_runs(b, 1, entry, 5, NULL), 1);
	KUNIT_EXPECT_EQ(test, b->out[0].facts, 0);
	KUNIT_EXPECT_EQ(test, b->out[0].maps_max, 0);
}

static void runs_rights(struct kunit *test)
{
	static const struct {
		u64 entry;
		u8 path, rights;
	} row[] = {
		/* 1 */ { PAGE(1), 7, 7 },
		/* 2 */ { PAGE_RO(1), 7, 5 },
		/* 3 */ { PAGE(1) | X86_NX, 7, 3 },
		/* 4 */ { PAGE(1), 3, 3 },
		/* 5 */ { PAGE(1), 0, 0 },
		/* 6 */ { NUMA(1), 7, 0 },
		/* 7 */ { SUITE_SWP(0, 1), 7, 0 },
	};
	struct bench *b = bench_new(test, false);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct runs_area area = { VA, RW_AREA, 5, row[i].path };

		runs_init(&b->r, &suite_mmu, false, b->out, BENCH_MAX);
		KUNIT_EXPECT_EQ(test, bench_add(b, VA, 1, &row[i].entry, 1, NULL, &area), 0);
		KUNIT_EXPECT_EQ(test, runs_flush(&b->r), 0);
		KUNIT_EXPECT_EQ_MSG(test, b->out[0].rights, row[i].rights, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, b->out[0].pkey, 5, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, b->out[0].vma, RW_AREA, "row %u", i + 1);
	}
}

/* Pitfall 6: in swap file 0, entries differ from an empty one in nothing but the offset. */
static void runs_pitfall_6_swap_beside_holes(struct kunit *test)
{
	u64 all = GENMASK_ULL(49, 0);
	u64 entry[6] = { 0, SUITE_SWP(0, 5), 0, SUITE_SWP(0, 6), SUITE_SWP(0, 7), 0 };
	struct bench *b = bench_new(test, true);

	KUNIT_EXPECT_EQ(test, bench_runs(b, 1, entry, 6, NULL), 5);
	KUNIT_EXPECT_EQ(test, b->out[0].state, PAGEWALK_NONE);
	KUNIT_EXPECT_EQ(test, b->out[1].state, PAGEWALK_SWAP);
	KUNIT_EXPECT_EQ(test, b->out[2].state, PAGEWALK_NONE);
	KUNIT_EXPECT_EQ(test, b->out[3].state, PAGEWALK_SWAP);
	KUNIT_EXPECT_EQ(test, b->out[3].order, ASC);
	KUNIT_EXPECT_EQ(test, b->out[4].state, PAGEWALK_NONE);

	/* An offset of all ones would be an empty entry: no swap file is that large. */
	KUNIT_EXPECT_EQ(test, SUITE_SWP(0, all), 0);
	entry[0] = SUITE_SWP(0, all - 1);
	entry[1] = SUITE_SWP(0, all);
	KUNIT_EXPECT_EQ(test, bench_runs(b, 1, entry, 2, NULL), 2);
	KUNIT_EXPECT_EQ(test, b->out[1].state, PAGEWALK_NONE);
}

static void runs_holes(struct kunit *test)
{
	static const u64 entry[8] = { 0, 0, PAGE(1), 0, PAGE(2), PAGE(3), 0, 0 };
	struct bench *b = bench_new(test, true);

	KUNIT_EXPECT_EQ(test, bench_runs(b, 1, entry, 8, NULL), 5);
	KUNIT_EXPECT_EQ(test, b->out[0].start, VA);
	KUNIT_EXPECT_EQ(test, b->out[0].end, VA + 0x2000);
	KUNIT_EXPECT_EQ(test, b->out[4].start, VA + 0x6000);
	KUNIT_EXPECT_EQ(test, b->out[4].end, VA + 0x8000);
	KUNIT_EXPECT_EQ(test, b->out[4].order, SINGLE);

	b = bench_new(test, false);
	KUNIT_EXPECT_EQ(test, bench_runs(b, 1, entry, 8, NULL), 2);
	KUNIT_EXPECT_EQ(test, b->out[0].start, VA + 0x2000);
	KUNIT_EXPECT_EQ(test, b->out[0].end, VA + 0x3000);
	KUNIT_EXPECT_EQ(test, b->out[1].start, VA + 0x4000);
	KUNIT_EXPECT_EQ(test, b->out[1].end, VA + 0x6000);

	/* Nothing but holes, or nothing at all: no run. */
	KUNIT_EXPECT_EQ(test, bench_runs(b, 3, entry, 2, NULL), 0);
	runs_init(&b->r, &suite_mmu, true, b->out, BENCH_MAX);
	KUNIT_EXPECT_EQ(test, runs_flush(&b->r), 0);
	KUNIT_EXPECT_EQ(test, b->r.count, 0);
}

/* No room: everything before the run under way has been given out. */
static void runs_full_buffer(struct kunit *test)
{
	static const u64 entry[6] = {
		PAGE(1), PAGE(2), PAGE_RO(3), PAGE_RO(4), PAGE(5), PAGE(6),
	};
	struct bench *b = bench_new(test, false);

	/* The second run does not fit any more once the third begins. */
	runs_init(&b->r, &suite_mmu, false, b->out, 1);
	KUNIT_EXPECT_EQ(test, bench_add(b, VA, 1, entry, 6, NULL, &rw_area), 1);
	KUNIT_EXPECT_EQ(test, b->r.count, 1);
	KUNIT_EXPECT_EQ(test, b->out[0].end, VA + 0x2000);
	KUNIT_EXPECT_EQ(test, b->r.cur.start, VA + 0x2000);

	/* The last run does not fit at the end. */
	runs_init(&b->r, &suite_mmu, false, b->out, 2);
	KUNIT_EXPECT_EQ(test, bench_add(b, VA, 1, entry, 6, NULL, &rw_area), 0);
	KUNIT_EXPECT_EQ(test, runs_flush(&b->r), 1);
	KUNIT_EXPECT_EQ(test, b->r.count, 2);
	KUNIT_EXPECT_EQ(test, b->r.cur.start, VA + 0x4000);
	KUNIT_EXPECT_EQ(test, b->out[2].end, 0);

	/* Just enough. */
	runs_init(&b->r, &suite_mmu, false, b->out, 3);
	KUNIT_EXPECT_EQ(test, bench_add(b, VA, 1, entry, 6, NULL, &rw_area), 0);
	KUNIT_EXPECT_EQ(test, runs_flush(&b->r), 0);
	KUNIT_EXPECT_EQ(test, b->r.count, 3);
	/* And nothing is left over. */
	KUNIT_EXPECT_EQ(test, runs_flush(&b->r), 0);
	KUNIT_EXPECT_EQ(test, b->r.count, 3);
}

/* A piece of address space to be turned into runs: two areas of 4K pages, then 2M ones. */
#define MODEL_ENTRIES 96

struct model {
	u64 entry[MODEL_ENTRIES];
	u64 va[MODEL_ENTRIES];
	struct page_facts facts[MODEL_ENTRIES];
	struct runs_area area[MODEL_ENTRIES];
	u8 level[MODEL_ENTRIES];
	struct pagewalk_run want[MODEL_ENTRIES], got[MODEL_ENTRIES];
	unsigned int wanted;
};

static void model_fill(struct model *m, u64 *random)
{
	static const struct page_facts facts[2] = { { PAGEWALK_PG_ANON, 1, 1 },
						    { PAGEWALK_PG_FILE, 2, 5 } };
	static const u64 flags[4] = { 0, X86_P | X86_US, X86_P | X86_RW | X86_US, 0 };
	u64 start = VA, va = VA;
	unsigned int i, kind = 0;
	u64 frame = 0x1000;

	for (i = 0; i < MODEL_ENTRIES; i++) {
		u64 r = suite_random(random);

		m->level[i] = i < 64 ? 1 : 2;
		if (i == 64)
			va = 0x40000000;
		if (i == 40 || i == 64 || i == 80)
			start = va;
		/* Neighbours are often alike, else there would be no runs. */
		if (!(r & 7))
			kind = r >> 8 & 7;
		frame += r >> 16 & 3 ? 1 : (r >> 20 & 7) - 3;
		m->va[i] = va;
		m->area[i] = (struct runs_area){ start, RW_AREA, 0, r & 0x700000000 ? 7 : 3 };
		m->facts[i] = facts[!(r >> 24 & 7)];
		switch (kind) {
		case 0:
			m->entry[i] = SUITE_SWP(0, frame);
			break;
		case 1:
			m->entry[i] = SUITE_SWP(26, frame << 9 * (m->level[i] - 1));
			break;
		case 2:
			m->entry[i] = NUMA(frame << 9 * (m->level[i] - 1));
			break;
		case 3:
			m->entry[i] = 0;
			break;
		default:
			m->entry[i] = frame << (12 + 9 * (m->level[i] - 1)) | flags[kind & 3];
			if (m->level[i] > 1 && m->entry[i] & X86_P)
				m->entry[i] |= X86_PS;
			break;
		}
		va += radix_size(m->level[i]);
	}
}

static enum pagewalk_state model_state(const struct model *m, unsigned int i)
{
	return x86_state(&suite_mmu, m->entry[i], m->level[i], RW_AREA);
}

/* May entry @i stand in the run that entry @first opened, right behind entry @i - 1? */
static bool model_joins(const struct model *m, unsigned int first, unsigned int i)
{
	u64 mask = x86_target_mask(&suite_mmu, m->level[first], model_state(m, first));

	return m->level[i] == m->level[first] &&
	       m->va[i] == m->va[i - 1] + radix_size(m->level[i]) &&
	       m->area[i].start == m->area[first].start && m->area[i].path == m->area[first].path &&
	       model_state(m, i) == model_state(m, first) &&
	       (m->entry[i] & ~mask) == (m->entry[first] & ~mask) &&
	       m->facts[i].facts == m->facts[first].facts;
}

static s64 model_distance(const struct model *m, unsigned int i)
{
	enum pagewalk_state state = model_state(m, i);

	return x86_target(&suite_mmu, m->entry[i], m->level[i], state) -
	       x86_target(&suite_mmu, m->entry[i - 1], m->level[i], state);
}

/* The same as runs.c, as slow and as plain as possible. */
static void model_runs(struct model *m, bool holes)
{
	unsigned int first, i;

	m->wanted = 0;
	for (first = 0; first < MODEL_ENTRIES; first = i) {
		struct pagewalk_run *run = &m->want[m->wanted];
		s64 pages = 1 << 9 * (m->level[first] - 1);
		bool asc = true, desc = true;

		memset(run, 0, sizeof(*run));
		run->start = m->va[first];
		run->entry = m->entry[first];
		run->vma = m->area[first].vma;
		run->facts = m->facts[first].facts;
		run->maps_min = m->facts[first].maps_min;
		run->maps_max = m->facts[first].maps_max;
		run->level = m->level[first];
		run->state = model_state(m, first);
		if (run->state == PAGEWALK_PAGE)
			run->rights = m->area[first].path & x86_rights(&suite_mmu, run->entry);
		for (i = first + 1; i < MODEL_ENTRIES && model_joins(m, first, i); i++) {
			asc &= model_distance(m, i) == pages;
			desc &= model_distance(m, i) == -pages;
		}
		run->end = m->va[i - 1] + radix_size(run->level);
		run->order = i == first + 1 || run->state == PAGEWALK_NONE ? SINGLE :
			     asc					   ? ASC :
			     desc					   ? DESC :
									     SCATTERED;
		m->wanted += holes || run->state != PAGEWALK_NONE;
	}
}

/* Feeds the model from entry @i on in spans of any length; 1 when the buffer is full. */
static int model_feed(struct model *m, struct runs *r, unsigned int i, u64 *random)
{
	while (i < MODEL_ENTRIES) {
		struct radix_span span = { .va = m->va[i],
					   .entry = &m->entry[i],
					   .level = m->level[i] };
		unsigned int most = 1 + suite_random(random) % 20;

		while (span.count < most && i + span.count < MODEL_ENTRIES &&
		       m->level[i + span.count] == span.level &&
		       m->area[i + span.count].start == m->area[i].start &&
		       m->area[i + span.count].path == m->area[i].path)
			span.count++;
		if (runs_add(r, &span, &m->facts[i], &m->area[i]))
			return 1;
		i += span.count;
	}
	return runs_flush(r);
}

/* Tables at random: the same runs as the model's, in one go or through any small buffer. */
static void runs_against_model(struct kunit *test)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct bench *b = bench_new(test, false);
	u64 random = 0x123456789abcdef;
	unsigned int round;

	KUNIT_ASSERT_NOT_NULL(test, m);
	for (round = 0; round < 500; round++) {
		unsigned int max = 1 + round % BENCH_MAX, got = 0, next = 0;
		bool holes = round & 1;
		int full;

		model_fill(m, &random);
		model_runs(m, holes);
		do {
			runs_init(&b->r, &suite_mmu, holes, b->out, max);
			full = model_feed(m, &b->r, next, &random);
			KUNIT_ASSERT_LE(test, got + b->r.count, (unsigned int)MODEL_ENTRIES);
			memcpy(m->got + got, b->out, b->r.count * sizeof(b->out[0]));
			got += b->r.count;
			if (full) {
				KUNIT_ASSERT_EQ(test, b->r.count, max);
				while (m->va[next] != b->r.cur.start)
					next++;
			}
		} while (full);

		KUNIT_ASSERT_EQ_MSG(test, got, m->wanted, "round %u", round);
		for (next = 0; next < got; next++)
			KUNIT_ASSERT_EQ_MSG(test,
					    memcmp(&m->got[next], &m->want[next],
						   sizeof(m->got[0])),
					    0, "round %u, run %u", round, next);
	}
}

static struct kunit_case runs_cases[] = {
	KUNIT_CASE(runs_orders),
	KUNIT_CASE(runs_breaks),
	KUNIT_CASE(runs_breaks_between_spans),
	KUNIT_CASE(runs_pitfall_13_facts),
	KUNIT_CASE(runs_rights),
	KUNIT_CASE(runs_pitfall_6_swap_beside_holes),
	KUNIT_CASE(runs_holes),
	KUNIT_CASE(runs_full_buffer),
	KUNIT_CASE(runs_against_model),
	{},
};

static struct kunit_suite runs_suite = {
	.name = "pagewalk_runs",
	.test_cases = runs_cases,
};

kunit_test_suite(runs_suite);

MODULE_DESCRIPTION("KUnit suite of xlate's runs");
MODULE_LICENSE("GPL");
