// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: how neighbouring leaves become mappings. */
#include <linux/module.h>

#include "iommu.h"

#include "../iommu_probe/mapping.c"

#define IOVA	  0x200000ULL
#define BENCH_MAX 16

#define RW    (VTD_SS_R | VTD_SS_W)
#define P(n)  ((u64)(n) << 12 | RW) /* second stage, frame n */
#define RO(n) ((u64)(n) << 12 | VTD_SS_R)
#define L(n)  ((u64)(n) << 21 | RW | VTD_SS_PS)
#define V1(n) ((u64)(n) << 12 | AMDVI_PTE_PR | AMDVI_PTE_IR | AMDVI_PTE_IW)
/* A page of 16 KiB, in each of its four entries. */
#define V1_16K(n) (V1(n) | 0x1000 | AMDVI_PTE_NL)

/* A builder with its buffer. */
struct bench {
	struct kunit *test;
	struct iopt t;
	struct iop_mappings m;
	struct iop_mapping out[BENCH_MAX];
};

static struct bench *bench_new(struct kunit *test, enum iopt_format format)
{
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	b->test = test;
	iopt_init(&b->t, format, 4, 46, 0, IOPT_2M | IOPT_1G | IOPT_SNP | IOPT_NX);
	iop_mappings_init(&b->m, &b->t, b->out, BENCH_MAX);
	return b;
}

static int bench_add(struct bench *b, u64 iova, unsigned int level, const u64 *entry,
		     unsigned int count, const u8 *kind, u8 path)
{
	struct radix_span span = {
		.va = iova,
		.entry = entry,
		.level = level,
		.index = radix_index(iova, level),
		.count = count,
	};

	return iop_mappings_add(&b->m, &span, kind, path);
}

/* One span, all at once; the number of mappings. */
static unsigned int bench_mappings(struct bench *b, unsigned int level, const u64 *entry,
				   unsigned int count, const u8 *kind)
{
	iop_mappings_init(&b->m, &b->t, b->out, BENCH_MAX);
	KUNIT_EXPECT_EQ(b->test, bench_add(b, IOVA, level, entry, count, kind, IOPT_RWX), 0);
	KUNIT_EXPECT_EQ(b->test, iop_mappings_flush(&b->m), 0);
	return b->m.count;
}

static void mapping_joins(struct kunit *test)
{
	static const struct {
		u64 entry[5];
		u8 count, level;
		u8 leaves[5]; /* of each mapping, 0 at the end */
	} row[] = {
		/* 1 */ { { P(7) }, 1, 1, { 1 } },
		/* 2 */ { { P(7), P(8), P(9), P(10), P(11) }, 5, 1, { 5 } },
		/* 3: descending, and the same again, are no mapping */
		{ { P(7), P(6), P(5) }, 3, 1, { 1, 1, 1 } },
		/* 4 */ { { P(7), P(7) }, 2, 1, { 1, 1 } },
		/* 5: a gap in the frames */ { { P(7), P(8), P(10), P(11) }, 4, 1, { 2, 2 } },
		/* 6: other rights */ { { P(7), P(8), RO(9), RO(10), P(11) }, 5, 1, { 2, 2, 1 } },
		/* 7: another flag */
		{ { P(7), P(8) | VTD_SS_SNP, P(9) | VTD_SS_SNP }, 3, 1, { 1, 2 } },
		/* 8: an ignored bit */ { { P(7), P(8) | BIT_ULL(55) }, 2, 1, { 1, 1 } },
		/* 9: holes */ { { 0, P(7), 0, P(9), P(10) }, 5, 1, { 1, 2 } },
		/* 10: a hole in ascending frames */ { { P(7), 0, P(9) }, 3, 1, { 1, 1 } },
		/* 11: nothing */ { { 0, 0, 0 }, 3, 1, { 0 } },
		/* 12: not there, but not empty */
		{ { P(7), 0x8000, P(9) }, 3, 1, { 1, 1 } },
		/* 13: refused for a reserved bit, alone and in the middle */
		{ { P(7) | BIT_ULL(46), P(8), P(9) | BIT_ULL(50), P(10) }, 4, 1, { 1, 1 } },
		/* 14: large pages */ { { L(3), L(4), L(6) }, 3, 2, { 2, 1 } },
		/* 15: a large page of the wrong alignment */
		{ { L(3), L(4) | 0x1000, L(5) }, 3, 2, { 1, 1 } },
		/* 16: the last frame and the first: not one after the other */
		{ { P(0x3ffffffff), P(0) }, 2, 1, { 1, 1 } },
		/* 17: the last frame there is; the next one would be beyond the width */
		{ { P(0x3fffffffe), P(0x3ffffffff), P(0x400000000), P(5) }, 4, 1, { 2, 1 } },
	};
	struct bench *b = bench_new(test, IOPT_VTD_SS);
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		bench_mappings(b, row[i].level, row[i].entry, row[i].count, NULL);
		for (n = 0; n < 5 && row[i].leaves[n]; n++)
			KUNIT_EXPECT_EQ_MSG(test, b->out[n].leaves, row[i].leaves[n],
					    "row %u, mapping %u", i + 1, n);
		KUNIT_EXPECT_EQ_MSG(test, b->m.count, n, "row %u", i + 1);
	}
}

static void mapping_members(struct kunit *test)
{
	static const u64 entry[] = { 0, P(7), P(8), RO(20) };
	static const u64 large[] = { L(1), L(2) };
	struct bench *b = bench_new(test, IOPT_VTD_SS);

	KUNIT_ASSERT_EQ(test, bench_mappings(b, 1, entry, 4, NULL), 2);
	KUNIT_EXPECT_EQ(test, b->out[0].iova, IOVA + 0x1000);
	KUNIT_EXPECT_EQ(test, b->out[0].end, IOVA + 0x3000);
	KUNIT_EXPECT_EQ(test, b->out[0].phys, 0x7000);
	KUNIT_EXPECT_EQ(test, b->out[0].entry, P(7));
	KUNIT_EXPECT_EQ(test, b->out[0].page, PAGE_4K);
	KUNIT_EXPECT_EQ(test, b->out[0].level, 1);
	KUNIT_EXPECT_EQ(test, b->out[0].rights, IOPT_RWX);
	KUNIT_EXPECT_EQ(test, b->out[0].kind, 0);
	KUNIT_EXPECT_EQ(test, b->out[1].iova, IOVA + 0x3000);
	KUNIT_EXPECT_EQ(test, b->out[1].rights, IOPT_R | IOPT_X);

	KUNIT_ASSERT_EQ(test, bench_mappings(b, 2, large, 2, NULL), 1);
	KUNIT_EXPECT_EQ(test, b->out[0].end, IOVA + 2 * PAGE_2M);
	KUNIT_EXPECT_EQ(test, b->out[0].phys, PAGE_2M);
	KUNIT_EXPECT_EQ(test, b->out[0].page, PAGE_2M);
	KUNIT_EXPECT_EQ(test, b->out[0].level, 2);

	/* What the levels above leave counts, too. */
	iop_mappings_init(&b->m, &b->t, b->out, BENCH_MAX);
	KUNIT_EXPECT_EQ(test, bench_add(b, IOVA, 1, entry, 4, NULL, IOPT_W), 0);
	KUNIT_EXPECT_EQ(test, iop_mappings_flush(&b->m), 0);
	KUNIT_EXPECT_EQ(test, b->out[0].rights, IOPT_W);
	KUNIT_EXPECT_EQ(test, b->out[1].rights, 0);
}

static void mapping_kinds(struct kunit *test)
{
	static const u64 entry[] = { P(7), P(8), P(9), P(10), P(11) };
	static const struct {
		u8 kind[5];
		u8 leaves[5];
	} row[] = {
		/* 1 */ { { 3, 3, 3, 3, 3 }, { 5 } },
		/* 2 */ { { 3, 3, 4, 4, 3 }, { 2, 2, 1 } },
		/* 3 */ { { 0, 1, 2, 3, 4 }, { 1, 1, 1, 1, 1 } },
		/* 4 */ { { 0, 0, 0, 0, 9 }, { 4, 1 } },
	};
	struct bench *b = bench_new(test, IOPT_VTD_SS);
	unsigned int i, n, at;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		bench_mappings(b, 1, entry, 5, row[i].kind);
		for (n = 0, at = 0; n < 5 && row[i].leaves[n]; at += row[i].leaves[n++]) {
			KUNIT_EXPECT_EQ_MSG(test, b->out[n].leaves, row[i].leaves[n],
					    "row %u, mapping %u", i + 1, n);
			KUNIT_EXPECT_EQ_MSG(test, b->out[n].kind, row[i].kind[at],
					    "row %u, mapping %u", i + 1, n);
		}
		KUNIT_EXPECT_EQ_MSG(test, b->m.count, n, "row %u", i + 1);
	}
}

/* From one span to the next one. */
static void mapping_between_spans(struct kunit *test)
{
	static const u64 low[] = { P(7), P(8) }, high[] = { P(9), P(10) }, large[] = { L(1) };
	static const struct {
		u64 iova; /* of the second span */
		u8 level, path, kind;
		unsigned int count;
	} row[] = {
		/* 1 */ { IOVA + 0x2000, 1, IOPT_RWX, 5, 1 },
		/* 2: a gap */ { IOVA + 0x3000, 1, IOPT_RWX, 5, 2 },
		/* 3: other rights on the way */ { IOVA + 0x2000, 1, IOPT_R, 5, 2 },
		/* 4: another kind */ { IOVA + 0x2000, 1, IOPT_RWX, 6, 2 },
		/* 5: another size */ { IOVA + 0x2000, 2, IOPT_RWX, 5, 2 },
	};
	static const u8 five[] = { 5, 5 };
	struct bench *b = bench_new(test, IOPT_VTD_SS);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		u8 kind[] = { row[i].kind, row[i].kind };

		iop_mappings_init(&b->m, &b->t, b->out, BENCH_MAX);
		KUNIT_EXPECT_EQ(test, bench_add(b, IOVA, 1, low, 2, five, IOPT_RWX), 0);
		KUNIT_EXPECT_EQ(test,
				row[i].level == 1 ?
					bench_add(b, row[i].iova, 1, high, 2, kind, row[i].path) :
					bench_add(b, row[i].iova, 2, large, 1, kind, row[i].path),
				0);
		KUNIT_EXPECT_EQ(test, iop_mappings_flush(&b->m), 0);
		KUNIT_EXPECT_EQ_MSG(test, b->m.count, row[i].count, "row %u", i + 1);
	}
}

/* An entry may look like the next one and yet be one of another size. */
static void mapping_levels(struct kunit *test)
{
	static const u64 small[] = { V1(510), V1(511) }, large[] = { V1(512) };
	struct bench *b = bench_new(test, IOPT_AMD_V1);

	KUNIT_EXPECT_EQ(test, bench_add(b, 2 * PAGE_2M - 0x2000, 1, small, 2, NULL, IOPT_RWX), 0);
	KUNIT_EXPECT_EQ(test, bench_add(b, 2 * PAGE_2M, 2, large, 1, NULL, IOPT_RWX), 0);
	KUNIT_EXPECT_EQ(test, iop_mappings_flush(&b->m), 0);
	KUNIT_ASSERT_EQ(test, b->m.count, 2);
	KUNIT_EXPECT_EQ(test, b->out[0].page, PAGE_4K);
	KUNIT_EXPECT_EQ(test, b->out[1].page, PAGE_2M);
}

/* Pages that are repeated in neighbouring entries. */
static void mapping_sized_pages(struct kunit *test)
{
	static const struct {
		u64 entry[9];
		u8 count;
		u8 leaves[5];
		u64 phys[5];
	} row[] = {
		/* 1: one page */
		{ { V1_16K(8), V1_16K(8), V1_16K(8), V1_16K(8) }, 4, { 4 }, { 0x8000 } },
		/* 2: two that follow each other */
		{ { V1_16K(8), V1_16K(8), V1_16K(8), V1_16K(8), V1_16K(12), V1_16K(12), V1_16K(12),
		    V1_16K(12) },
		  8,
		  { 8 },
		  { 0x8000 } },
		/* 3: two that do not */
		{ { V1_16K(8), V1_16K(8), V1_16K(8), V1_16K(8), V1_16K(16), V1_16K(16) },
		  6,
		  { 4, 2 },
		  { 0x8000, 0x10000 } },
		/* 4: not repeated in all of them, and then one of 4 KiB that fits */
		{ { V1_16K(8), V1_16K(8), V1(10), V1(11) }, 4, { 2, 2 }, { 0x8000, 0xa000 } },
		/* 5: a hole within */
		{ { V1_16K(8), 0, V1_16K(8) }, 3, { 1, 1 }, { 0x8000, 0xa000 } },
		/* 6: pages of 4 KiB before */
		{ { V1(6), V1(7), 0, V1_16K(8) }, 4, { 2, 1 }, { 0x6000, 0xb000 } },
		/* 7: another flag */
		{ { V1_16K(8), V1_16K(8) | AMDVI_PTE_FC }, 2, { 1, 1 }, { 0x8000, 0x9000 } },
	};
	struct bench *b = bench_new(test, IOPT_AMD_V1);
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		bench_mappings(b, 1, row[i].entry, row[i].count, NULL);
		for (n = 0; n < 5 && row[i].leaves[n]; n++) {
			KUNIT_EXPECT_EQ_MSG(test, b->out[n].leaves, row[i].leaves[n],
					    "row %u, mapping %u", i + 1, n);
			KUNIT_EXPECT_EQ_MSG(test, b->out[n].phys, row[i].phys[n],
					    "row %u, mapping %u", i + 1, n);
		}
		KUNIT_EXPECT_EQ_MSG(test, b->m.count, n, "row %u", i + 1);
	}
	KUNIT_EXPECT_EQ(test, bench_mappings(b, 1, row[0].entry, 4, NULL), 1);
	KUNIT_EXPECT_EQ(test, b->out[0].page, 4 * PAGE_4K);
	KUNIT_EXPECT_EQ(test, b->out[0].end, IOVA + 4 * PAGE_4K);
}

/* The last addresses there are. */
static void mapping_last_address(struct kunit *test)
{
	static const u64 entry[] = { 0x7000 | X86_P | X86_RW | X86_US,
				     0x8000 | X86_P | X86_RW | X86_US };
	struct bench *b = bench_new(test, IOPT_VTD_FS);

	KUNIT_EXPECT_EQ(test, bench_add(b, ~0x1fffULL, 1, entry, 2, NULL, IOPT_RWX), 0);
	KUNIT_EXPECT_EQ(test, iop_mappings_flush(&b->m), 0);
	KUNIT_ASSERT_EQ(test, b->m.count, 1);
	KUNIT_EXPECT_EQ(test, b->out[0].iova, ~0x1fffULL);
	KUNIT_EXPECT_EQ(test, b->out[0].end, 0);
	KUNIT_EXPECT_EQ(test, b->out[0].leaves, 2);
}

static void mapping_full_buffer(struct kunit *test)
{
	static const u64 entry[] = { P(7), P(1), P(2), 0, P(9) };
	struct bench *b = bench_new(test, IOPT_VTD_SS);

	iop_mappings_init(&b->m, &b->t, b->out, 1);
	KUNIT_EXPECT_EQ(test, bench_add(b, IOVA, 1, entry, 5, NULL, IOPT_RWX), 1);
	KUNIT_EXPECT_EQ(test, b->m.count, 1);
	KUNIT_EXPECT_EQ(test, b->out[0].phys, 0x7000);
	/* From where to go on. */
	KUNIT_EXPECT_EQ(test, b->m.cur.iova, IOVA + 0x1000);

	iop_mappings_init(&b->m, &b->t, b->out, 1);
	KUNIT_EXPECT_EQ(test, bench_add(b, IOVA + 0x4000, 1, entry + 4, 1, NULL, IOPT_RWX), 0);
	KUNIT_EXPECT_EQ(test, iop_mappings_flush(&b->m), 0);
	KUNIT_EXPECT_EQ(test, b->m.count, 1);
	/* Nothing under way: flushing once more is nothing. */
	KUNIT_EXPECT_EQ(test, iop_mappings_flush(&b->m), 0);
	KUNIT_EXPECT_EQ(test, bench_add(b, IOVA, 1, entry, 1, NULL, IOPT_RWX), 0);
	KUNIT_EXPECT_EQ(test, iop_mappings_flush(&b->m), 1);
	KUNIT_EXPECT_EQ(test, b->m.count, 1);
}

#define MODEL_ENTRIES 64

/* A table at random, and what is to become of it, found leaf by leaf. */
struct model {
	u64 entry[MODEL_ENTRIES];
	u8 kind[MODEL_ENTRIES];
	struct iop_mapping want[MODEL_ENTRIES];
	struct iop_mapping got[MODEL_ENTRIES];
	unsigned int wanted;
};

static void model_fill(struct model *m, u64 *random, bool sized)
{
	unsigned int i;

	for (i = 0; i < MODEL_ENTRIES; i++) {
		u64 r = suite_random(random);
		u64 base = sized ? V1(0) : RW;

		m->kind[i] = i && r >> 60 ? m->kind[i - 1] : r & 3;
		if (i && (r >> 8 & 7))
			m->entry[i] =
				m->entry[i - 1] + (m->entry[i - 1] && (r >> 16 & 7) ? 0x1000 : 0);
		else if (r >> 12 & 3)
			m->entry[i] = base | (r & 0xff000);
		else
			m->entry[i] = r >> 14 & 1 ? 0 : base | BIT_ULL(52) | BIT_ULL(46);
		if (sized && !(r >> 20 & 7))
			m->entry[i] = V1_16K(r & 0xfc);
		else if (sized && i && m->entry[i - 1] && (r >> 24 & 3))
			m->entry[i] = m->entry[i - 1];
	}
}

static void model_mappings(struct model *m, const struct iopt *t, u8 path)
{
	struct iop_mapping *last = NULL;
	unsigned int i;

	m->wanted = 0;
	memset(m->want, 0, sizeof(m->want));
	for (i = 0; i < MODEL_ENTRIES; i++) {
		u64 iova = IOVA + i * PAGE_4K, entry = m->entry[i];

		if (!iopt_leaf(t, entry, 1)) {
			last = NULL;
			continue;
		}
		if (last && last->kind == m->kind[i] &&
		    last->page == iopt_page_bytes(t->format, entry, 1) &&
		    !((last->entry ^ entry) & ~t->addr_mask) &&
		    iopt_target(t, entry, 1, iova) == last->phys + (iova - last->iova)) {
			last->end += PAGE_4K;
			last->leaves++;
			continue;
		}
		last = &m->want[m->wanted++];
		last->iova = iova;
		last->end = iova + PAGE_4K;
		last->phys = iopt_target(t, entry, 1, iova);
		last->entry = entry;
		last->page = iopt_page_bytes(t->format, entry, 1);
		last->leaves = 1;
		last->level = 1;
		last->rights = path & iopt_rights(t->format, entry);
		last->kind = m->kind[i];
	}
}

/* In spans of random length, through a buffer of any size, from where it was full. */
static void mapping_against_model(struct kunit *test)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	u64 random = 0x123456789abcdef;
	unsigned int round;

	KUNIT_ASSERT_NOT_NULL(test, m);
	for (round = 0; round < 600; round++) {
		struct bench *b;
		unsigned int max = 1 + round % BENCH_MAX, got = 0, next = 0, i;
		bool sized = round & 1;
		int full;

		b = bench_new(test, sized ? IOPT_AMD_V1 : IOPT_VTD_SS);
		model_fill(m, &random, sized);
		model_mappings(m, &b->t, IOPT_R | IOPT_W);
		do {
			iop_mappings_init(&b->m, &b->t, b->out, max);
			full = 0;
			while (next < MODEL_ENTRIES && !full) {
				unsigned int n = 1 + suite_random(&random) % 20;

				n = min(n, MODEL_ENTRIES - next);
				full = bench_add(b, IOVA + next * PAGE_4K, 1, m->entry + next, n,
						 m->kind + next, IOPT_R | IOPT_W);
				next += n;
			}
			full = full ?: iop_mappings_flush(&b->m);
			KUNIT_ASSERT_LE(test, got + b->m.count, (unsigned int)MODEL_ENTRIES);
			memcpy(m->got + got, b->out, b->m.count * sizeof(b->out[0]));
			got += b->m.count;
			if (full) {
				KUNIT_ASSERT_EQ(test, b->m.count, max);
				next = (b->m.cur.iova - IOVA) / PAGE_4K;
			}
		} while (full);

		KUNIT_ASSERT_EQ_MSG(test, got, m->wanted, "round %u", round);
		for (i = 0; i < got; i++) {
			const struct iop_mapping *a = &m->got[i], *w = &m->want[i];

			KUNIT_ASSERT_EQ_MSG(test, a->iova, w->iova, "round %u, %u", round, i);
			KUNIT_ASSERT_EQ_MSG(test, a->end, w->end, "round %u, %u", round, i);
			KUNIT_ASSERT_EQ_MSG(test, a->phys, w->phys, "round %u, %u", round, i);
			KUNIT_ASSERT_EQ_MSG(test, a->entry, w->entry, "round %u, %u", round, i);
			KUNIT_ASSERT_EQ_MSG(test, a->page, w->page, "round %u, %u", round, i);
			KUNIT_ASSERT_EQ_MSG(test, a->leaves, w->leaves, "round %u, %u", round, i);
			KUNIT_ASSERT_EQ_MSG(test, a->rights, w->rights, "round %u, %u", round, i);
			KUNIT_ASSERT_EQ_MSG(test, a->kind, w->kind, "round %u, %u", round, i);
		}
	}
}

static struct kunit_case mapping_cases[] = {
	KUNIT_CASE(mapping_joins),	   KUNIT_CASE(mapping_members),
	KUNIT_CASE(mapping_kinds),	   KUNIT_CASE(mapping_between_spans),
	KUNIT_CASE(mapping_levels),	   KUNIT_CASE(mapping_sized_pages),
	KUNIT_CASE(mapping_last_address),  KUNIT_CASE(mapping_full_buffer),
	KUNIT_CASE(mapping_against_model), {},
};

static struct kunit_suite mapping_suite = {
	.name = "iommu_probe_mapping",
	.test_cases = mapping_cases,
};

kunit_test_suite(mapping_suite);

MODULE_DESCRIPTION("KUnit suite of iommu_probe's mappings");
MODULE_LICENSE("GPL");
