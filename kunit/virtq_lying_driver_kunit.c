// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the device's side of the ring core against a driver that lies. Each lie is told at
 * several places of the ring, with two honest chains held by the device: the queue is broken
 * with the right reason, does nothing more, and works again after a reset.
 */
#include <linux/module.h>

#include "virtq_bench.h"

#include "../vnic/devq.c"
#include "../vnic/devq_view.c"

#define NUM   8
#define HELD  2 /* chains held by the device when the lie is told, of descriptors 0 and 1 */
#define FIRST 2 /* descriptor that the lie begins with */
#define TAKES 4 /* pieces that the device takes */

#define N VIRTQ_DESC_NEXT
#define W VIRTQ_DESC_WRITE
#define I VIRTQ_DESC_INDIRECT

#define TABLE 1 /* instead of an address: of the indirect table */

/* A descriptor of a lie. Packed: @next is the buffer id; AVAIL and USED come of themselves. */
struct raw {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};

#define S 1
#define P 2

struct lie {
	const char *name;
	unsigned int layouts;
	u64 features;
	enum virtq_reason reason;
	struct raw desc[5]; /* split: descriptors FIRST on; packed: from the next position on */
	struct raw table[5];
	void (*tell)(struct bench *b); /* or something else altogether */
};

/* -- lies that are no descriptors -------------------------------------------------- */

static void avail(struct bench *b, u16 head, u16 ahead)
{
	model_put(b->m.desc, FIRST, 0x1000, 10, 0, 0);
	model_avail(&b->m)->ring[b->m.avail % NUM] = cpu_to_le16(head);
	model_avail(&b->m)->idx = cpu_to_le16(b->m.avail + ahead);
}

static void idx_one_too_far(struct bench *b)
{
	avail(b, FIRST, NUM - HELD + 1);
}

static void idx_half_around(struct bench *b)
{
	avail(b, FIRST, 0x8000);
}

static void idx_went_back(struct bench *b)
{
	avail(b, FIRST, -1);
}

static void head_is_num(struct bench *b)
{
	avail(b, NUM, 1);
}

static void head_is_huge(struct bench *b)
{
	avail(b, 0xffff, 1);
}

static void head_is_held(struct bench *b)
{
	avail(b, 0, 1);
}

static void head_twice(struct bench *b)
{
	struct virtq_sg sg[TAKES];
	struct devq_chain c = { .sg = sg, .max = TAKES };

	avail(b, FIRST, 2);
	model_avail(&b->m)->ring[(b->m.avail + 1) % NUM] = cpu_to_le16(FIRST);
	KUNIT_EXPECT_EQ(b->test, devq_fetch(&b->d, &c), 1);
}

/* A chain of four descriptors, and one that begins with its second: more than there are. */
static void chains_share(struct bench *b)
{
	struct virtq_sg sg[TAKES];
	struct devq_chain c = { .sg = sg, .max = TAKES };
	unsigned int i;

	avail(b, FIRST, 2);
	model_avail(&b->m)->ring[(b->m.avail + 1) % NUM] = cpu_to_le16(FIRST + 1);
	for (i = FIRST; i < FIRST + TAKES; i++)
		model_put(b->m.desc, i, 0x1000, 10, i + 1 < FIRST + TAKES ? N : 0, i + 1);
	KUNIT_EXPECT_EQ(b->test, devq_fetch(&b->d, &c), 1);
}

/* The indirect table is the ring itself, and its first entry says the same again. */
static void table_is_the_ring(struct bench *b)
{
	avail(b, FIRST, 1);
	model_put(b->m.desc, FIRST, (unsigned long)b->m.desc, 16, I, 0);
	model_put(b->m.desc, 0, (unsigned long)b->m.desc, 16, I, 0);
}

/* One descriptor at the position that the device looks at, with any flags. */
static void packed_one(struct bench *b, u16 flags, u16 id)
{
	model_put_packed(b->m.desc, b->m.avail, 0x1000, 10, flags, id);
}

static void looks_used(struct bench *b)
{
	packed_one(b, model_used_flags(b->m.avail_wrap), FIRST);
}

static void id_is_num(struct bench *b)
{
	packed_one(b, model_avail_flags(b->m.avail_wrap), NUM);
}

static void id_is_huge(struct bench *b)
{
	packed_one(b, model_avail_flags(b->m.avail_wrap), 0xffff);
}

static void id_is_held(struct bench *b)
{
	packed_one(b, model_avail_flags(b->m.avail_wrap), 1);
}

/* The chain goes on, says its first descriptor; the second is of the last lap. */
static void chain_torn(struct bench *b)
{
	u16 pos = b->m.avail;
	bool wrap = b->m.avail_wrap;

	packed_one(b, model_avail_flags(wrap) | N, FIRST);
	model_step(&b->m, &pos, &wrap, 1);
	model_put_packed(b->m.desc, pos, 0x1000, 10, model_avail_flags(!wrap), FIRST);
}

/* Every descriptor says that the chain goes on, those too that the device holds. */
static void chain_of_all(struct bench *b)
{
	u16 pos = b->m.avail;
	bool wrap = b->m.avail_wrap;
	unsigned int i;

	for (i = 0; i < NUM; i++) {
		model_put_packed(b->m.desc, pos, 0x1000, 10, model_avail_flags(wrap) | N, FIRST);
		model_step(&b->m, &pos, &wrap, 1);
	}
}

/* The ring is full, and the device has all of it; yet there comes one more. */
static void more_than_all(struct bench *b)
{
	struct virtq_sg sg[TAKES];
	struct devq_chain c = { .sg = sg, .max = TAKES };
	static const struct virtq_sg give = { 0x1000, 10 };
	unsigned int i;

	for (i = HELD; i < NUM; i++) {
		model_offer(&b->m, &give, 1, 1, i);
		KUNIT_EXPECT_EQ(b->test, devq_fetch(&b->d, &c), 1);
	}
	KUNIT_EXPECT_EQ(b->test, devq_fetch(&b->d, &c), 0);
	packed_one(b, model_avail_flags(b->m.avail_wrap), 0);
}

static void more_than_all_split(struct bench *b)
{
	struct virtq_sg sg[TAKES];
	struct devq_chain c = { .sg = sg, .max = TAKES };
	static const struct virtq_sg give = { 0x1000, 10 };
	unsigned int i;

	for (i = HELD; i < NUM; i++) {
		model_offer(&b->m, &give, 1, 1, i);
		KUNIT_EXPECT_EQ(b->test, devq_fetch(&b->d, &c), 1);
	}
	KUNIT_EXPECT_EQ(b->test, devq_fetch(&b->d, &c), 0);
	model_avail(&b->m)->idx = cpu_to_le16(b->m.avail + 1);
}

/* -- all lies ---------------------------------------------------------------------- */

#define INDIRECT(bytes)                    \
	{                                  \
		{                          \
			TABLE, bytes, I, 2 \
		}                          \
	}

static const struct lie lies[] = {
	{ "available index is one too far", S, 0, VIRTQ_AVAIL_JUMP, .tell = idx_one_too_far },
	{ "available index is half around", S, 0, VIRTQ_AVAIL_JUMP, .tell = idx_half_around },
	{ "available index went back", S, 0, VIRTQ_AVAIL_JUMP, .tell = idx_went_back },
	{ "head is the queue's size", S, 0, VIRTQ_HEAD_RANGE, .tell = head_is_num },
	{ "head is huge", S, 0, VIRTQ_HEAD_RANGE, .tell = head_is_huge },
	{ "head is held by the device", S, 0, VIRTQ_HEAD_BUSY, .tell = head_is_held },
	{ "the same head twice in a batch", S, 0, VIRTQ_HEAD_BUSY, .tell = head_twice },
	{ "chains share descriptors", S, 0, VIRTQ_AVAIL_JUMP, .tell = chains_share },
	{ "more than the queue holds", S, 0, VIRTQ_AVAIL_JUMP, .tell = more_than_all_split },
	{ "looks used before it was available", P, 0, VIRTQ_AVAIL_WRAP, .tell = looks_used },
	{ "buffer id is the queue's size", P, 0, VIRTQ_HEAD_RANGE, .tell = id_is_num },
	{ "buffer id is huge", P, 0, VIRTQ_HEAD_RANGE, .tell = id_is_huge },
	{ "buffer id is held by the device", P, 0, VIRTQ_HEAD_BUSY, .tell = id_is_held },
	{ "chain goes on in the last lap", P, 0, VIRTQ_CHAIN_TORN, .tell = chain_torn },
	{ "chain of all descriptors", P, 0, VIRTQ_CHAIN_LONG, .tell = chain_of_all },
	{ "more than the ring holds", P, 0, VIRTQ_AVAIL_JUMP, .tell = more_than_all },

	/* chains */
	{ "next is itself", S, 0, VIRTQ_CHAIN_LONG, { { 0x1000, 10, N, 2 } } },
	{ "next is the one before",
	  S,
	  0,
	  VIRTQ_CHAIN_LONG,
	  { { 0x1000, 10, N, 3 }, { 0x1000, 10, N, 2 } } },
	{ "next is the queue's size", S, 0, VIRTQ_NEXT_RANGE, { { 0x1000, 10, N, NUM } } },
	{ "next is huge",
	  S,
	  0,
	  VIRTQ_NEXT_RANGE,
	  { { 0x1000, 10, N, 3 }, { 0x1000, 10, N, 0xffff } } },
	{ "more pieces than the device takes",
	  S | P,
	  0,
	  VIRTQ_CHAIN_LONG,
	  { { 1, 1, N, 3 }, { 1, 1, N, 4 }, { 1, 1, N, 5 }, { 1, 1, N, 6 }, { 1, 1, 0, 2 } } },
	{ "no bytes", S | P, 0, VIRTQ_ZERO_LEN, { { 0x1000, 0, 0, 2 } } },
	{ "no bytes to be written",
	  S | P,
	  0,
	  VIRTQ_ZERO_LEN,
	  { { 0x1000, 10, N, 3 }, { 0x1000, 0, W, 2 } } },
	{ "beyond the end of all addresses", S | P, 0, VIRTQ_ADDR_WRAP, { { ~0ULL, 2, 0, 2 } } },
	{ "far beyond the end of all addresses",
	  S | P,
	  0,
	  VIRTQ_ADDR_WRAP,
	  { { ~0ULL - 0xffff, ~0U, W, 2 } } },
	{ "one byte more than 2^32",
	  S | P,
	  0,
	  VIRTQ_CHAIN_BYTES,
	  { { 0, ~0U, N, 3 }, { 0, 2, 0, 2 } } },
	{ "2^33 bytes, read and written",
	  S | P,
	  0,
	  VIRTQ_CHAIN_BYTES,
	  { { 0, ~0U, N, 3 }, { 0, ~0U, W, 2 } } },
	{ "readable after writable",
	  S | P,
	  0,
	  VIRTQ_CHAIN_ORDER,
	  { { 0x1000, 10, N | W, 3 }, { 0x1000, 10, 0, 2 } } },
	{ "readable between writable",
	  S | P,
	  0,
	  VIRTQ_CHAIN_ORDER,
	  { { 1, 1, N | W, 3 }, { 1, 1, N, 4 }, { 1, 1, W, 2 } } },

	/* indirect tables */
	{ "indirect, which was not negotiated",
	  S | P,
	  0,
	  VIRTQ_INDIRECT_OFF,
	  INDIRECT(16),
	  { { 0x1000, 10, 0, 0 } } },
	{ "chain goes on behind an indirect table",
	  S | P,
	  BENCH_I,
	  VIRTQ_INDIRECT_NEXT,
	  { { TABLE, 16, I | N, 3 }, { 0x1000, 10, 0, 2 } },
	  { { 0x1000, 10, 0, 0 } } },
	{ "indirect table in a chain",
	  P,
	  BENCH_I,
	  VIRTQ_INDIRECT_NEXT,
	  { { 0x1000, 10, N, 2 }, { TABLE, 16, I, 2 } },
	  { { 0x1000, 10, 0, 0 } } },
	{ "indirect table in an indirect table",
	  S,
	  BENCH_I,
	  VIRTQ_INDIRECT_NESTED,
	  INDIRECT(32),
	  { { 0x1000, 10, N, 1 }, { TABLE, 16, I, 0 } } },
	{ "indirect table of itself",
	  S,
	  BENCH_I,
	  VIRTQ_INDIRECT_NESTED,
	  INDIRECT(16),
	  { { TABLE, 16, I, 0 } } },
	{ "indirect table where the ring itself lies", S, BENCH_I, VIRTQ_INDIRECT_NESTED,
	  .tell = table_is_the_ring },
	{ "indirect table of no bytes", S | P, BENCH_I, VIRTQ_INDIRECT_LEN, INDIRECT(0) },
	{ "indirect table of less than an entry", S | P, BENCH_I, VIRTQ_INDIRECT_LEN,
	  INDIRECT(15) },
	{ "indirect table of an entry and a half", S | P, BENCH_I, VIRTQ_INDIRECT_LEN,
	  INDIRECT(24) },
	{ "indirect table longer than the queue", S | P, BENCH_I, VIRTQ_INDIRECT_LONG,
	  INDIRECT((NUM + 1) * 16) },
	{ "indirect table of 4 GiB", S | P, BENCH_I, VIRTQ_INDIRECT_LONG, INDIRECT(0xfffffff0U) },
	{ "indirect table where no memory is",
	  S | P,
	  BENCH_I,
	  VIRTQ_INDIRECT_MEMORY,
	  { { BENCH_NOWHERE, 16, I, 2 } } },
	{ "indirect table beyond the end of all addresses",
	  S | P,
	  BENCH_I,
	  VIRTQ_INDIRECT_MEMORY,
	  { { ~0ULL - 7, 16, I, 2 } } },
	{ "next leaves the indirect table",
	  S,
	  BENCH_I,
	  VIRTQ_NEXT_RANGE,
	  INDIRECT(32),
	  { { 0x1000, 10, N, 2 } } },
	{ "next is far beyond the indirect table",
	  S,
	  BENCH_I,
	  VIRTQ_NEXT_RANGE,
	  INDIRECT(32),
	  { { 0x1000, 10, N, 0xffff } } },
	{ "loop in an indirect table",
	  S,
	  BENCH_I,
	  VIRTQ_CHAIN_LOOP,
	  INDIRECT(32),
	  { { 0x1000, 10, N, 1 }, { 0x1000, 10, N, 0 } } },
	{ "no bytes in an indirect table",
	  S | P,
	  BENCH_I,
	  VIRTQ_ZERO_LEN,
	  INDIRECT(16),
	  { { 0x1000, 0, 0, 0 } } },
	{ "beyond the end of all addresses in an indirect table",
	  S | P,
	  BENCH_I,
	  VIRTQ_ADDR_WRAP,
	  INDIRECT(16),
	  { { ~0ULL, 2, 0, 0 } } },
	{ "readable after writable in an indirect table",
	  S | P,
	  BENCH_I,
	  VIRTQ_CHAIN_ORDER,
	  INDIRECT(32),
	  { { 0x1000, 10, N | W, 1 }, { 0x1000, 10, 0, 0 } } },
	{ "readable in the table after writable before it",
	  S,
	  BENCH_I,
	  VIRTQ_CHAIN_ORDER,
	  { { 0x1000, 10, N | W, 3 }, { TABLE, 16, I, 2 } },
	  { { 0x1000, 10, 0, 0 } } },
	{ "2^33 bytes in an indirect table",
	  S | P,
	  BENCH_I,
	  VIRTQ_CHAIN_BYTES,
	  INDIRECT(48),
	  { { 0, ~0U, N, 1 }, { 0, ~0U, N, 2 }, { 0, ~0U, W, 0 } } },
	{ "more pieces in an indirect table than the device takes",
	  S | P,
	  BENCH_I,
	  VIRTQ_CHAIN_LONG,
	  INDIRECT(80),
	  { { 1, 1, N, 1 }, { 1, 1, N, 2 }, { 1, 1, N, 3 }, { 1, 1, N, 4 }, { 1, 1, 0, 0 } } },
};

static void lie_name(const struct lie *l, char *desc)
{
	strscpy(desc, l->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(lie, lies, lie_name);

/* Writes descriptors and table of @l, and makes the first one available. */
static void tell(struct bench *b, const struct lie *l, struct virtq_desc *table)
{
	unsigned int i;
	u16 pos = b->m.avail;
	bool wrap = b->m.avail_wrap;

	if (l->tell) {
		l->tell(b);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(l->table); i++) {
		const struct raw *r = &l->table[i];
		u64 addr = r->addr == TABLE && r->flags & I ? (unsigned long)table : r->addr;

		if (b->packed)
			model_put_packed((void *)table, i, addr, r->len, r->flags, r->next);
		else
			model_put(table, i, addr, r->len, r->flags, r->next);
	}
	for (i = 0; i < ARRAY_SIZE(l->desc) && l->desc[i].next; i++) {
		const struct raw *r = &l->desc[i];
		u64 addr = r->addr == TABLE && r->flags & I ? (unsigned long)table : r->addr;

		if (b->packed) {
			model_put_packed(b->m.desc, pos, addr, r->len,
					 r->flags | model_avail_flags(wrap), r->next);
			model_step(&b->m, &pos, &wrap, 1);
		} else {
			model_put(b->m.desc, FIRST + i, addr, r->len, r->flags, r->next);
		}
	}
	if (b->packed)
		return;
	model_avail(&b->m)->ring[b->m.avail % NUM] = cpu_to_le16(FIRST);
	model_avail(&b->m)->idx = cpu_to_le16(b->m.avail + 1);
}

/* @n chains of one descriptor each come and go. */
static void honest(struct bench *b, unsigned int n)
{
	static const struct virtq_sg give = { 0x1000, 10 };
	struct virtq_sg sg[TAKES];
	struct devq_chain c = { .sg = sg, .max = TAKES };
	u32 id, len;

	for (; n; n--) {
		model_offer(&b->m, &give, 0, 1, n % NUM);
		KUNIT_ASSERT_EQ(b->test, devq_fetch(&b->d, &c), 1);
		KUNIT_ASSERT_EQ(b->test, devq_push(&b->d, c.id, 7), 0);
		devq_flush(&b->d);
		KUNIT_ASSERT_TRUE(b->test, model_reap(&b->m, &id, &len));
		KUNIT_EXPECT_EQ(b->test, id, n % NUM);
		KUNIT_EXPECT_EQ(b->test, len, 7);
		model_done(&b->m, 1, 1);
	}
}

/* The driver starts anew, and the device with it. */
static void restart(struct bench *b)
{
	memset(b->m.desc, 0, virtq_desc_bytes(NUM));
	memset(b->m.driver, 0, virtq_driver_bytes(b->packed, NUM));
	memset(b->m.device, 0, virtq_device_bytes(b->packed, NUM));
	model_start(&b->m);
	KUNIT_EXPECT_EQ(b->test, devq_reset(&b->d, NULL), 0);
}

static void expect_broken(struct bench *b, enum virtq_reason reason)
{
	struct virtq_desc_view d[NUM];
	struct virtq_sg sg[TAKES];
	struct devq_chain c = { .sg = sg, .max = TAKES };
	struct virtq_view v;

	KUNIT_EXPECT_EQ(b->test, devq_fetch(&b->d, &c), -EIO);
	KUNIT_EXPECT_TRUE(b->test, devq_broken(&b->d));
	KUNIT_EXPECT_STREQ(b->test, virtq_reason_text(b->d.fault.reason).name,
			   virtq_reason_text(reason).name);
	KUNIT_EXPECT_EQ(b->test, b->d.counters.broken, 1);
	/* It stays so, whatever is asked of it. */
	KUNIT_EXPECT_EQ(b->test, devq_fetch(&b->d, &c), -EIO);
	KUNIT_EXPECT_EQ(b->test, devq_push(&b->d, 0, 0), -EIO);
	KUNIT_EXPECT_FALSE(b->test, devq_flush(&b->d));
	devq_disable_kick(&b->d);
	KUNIT_EXPECT_TRUE(b->test, devq_enable_kick(&b->d));
	devq_break(&b->d, VIRTQ_UPPER, 0, 0);
	KUNIT_EXPECT_EQ(b->test, b->d.fault.reason, reason);
	KUNIT_EXPECT_EQ(b->test, b->d.counters.broken, 1);
	devq_view(&b->d, &v, d);
	KUNIT_EXPECT_EQ(b->test, v.fault.reason, reason);
}

static void lying_driver(struct kunit *test)
{
	const struct lie *l = test->param_value;
	static const struct virtq_sg give = { 0x1000, 10 };
	unsigned int layout, warm, i;

	for (layout = S; layout <= P; layout <<= 1) {
		if (!(l->layouts & layout))
			continue;
		for (warm = 0; warm < 2 * NUM + 1; warm++) {
			struct bench *b =
				bench_memory(test, l->features | (layout == P ? BENCH_P : 0), NUM);
			struct virtq_desc *table;
			struct virtq_sg sg[TAKES];
			struct devq_chain c = { .sg = sg, .max = TAKES };

			/* Exactly as long as the longest one that is told. */
			table = kunit_kzalloc(test, 5 * sizeof(*table), GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, table);
			bench_device(b);
			honest(b, warm);
			for (i = 0; i < HELD; i++) {
				model_offer(&b->m, &give, 0, 1, i);
				KUNIT_EXPECT_EQ(test, devq_fetch(&b->d, &c), 1);
			}
			tell(b, l, table);
			expect_broken(b, l->reason);
			restart(b);
			KUNIT_EXPECT_EQ(test, b->d.last_fault.reason, l->reason);
			honest(b, 3 * NUM);
		}
	}
}

/* A device that takes long chains sees loops as such. */
static void loops(struct kunit *test)
{
	static const u64 features[] = { 0, BENCH_P };
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		struct bench *b = bench_memory(test, features[i], NUM);
		struct devq_chain c = { .max = 2 * NUM };
		struct virtq_desc_view d[NUM];
		struct virtq_view v;

		c.sg = kunit_kcalloc(test, c.max, sizeof(*c.sg), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, c.sg);
		bench_device(b);
		for (n = 0; n < NUM; n++) {
			if (b->packed)
				model_put_packed(b->m.desc, n, 0x1000, 1,
						 N | model_avail_flags(true), 0);
			else
				model_put(b->m.desc, n, 0x1000, 1, N, (n + 1) % NUM);
		}
		if (!b->packed) {
			/* As many chains as there are descriptors, each of all of them. */
			for (n = 0; n < NUM; n++)
				model_avail(&b->m)->ring[n] = cpu_to_le16(n);
			model_avail(&b->m)->idx = cpu_to_le16(NUM);
			/* Who looks follows the first one, and has seen enough. */
			devq_view(&b->d, &v, d);
			for (n = 0; n < NUM; n++)
				KUNIT_EXPECT_EQ(test, d[n].chain, 0);
		}
		KUNIT_EXPECT_EQ(test, devq_fetch(&b->d, &c), -EIO);
		KUNIT_EXPECT_EQ(test, b->d.fault.reason, VIRTQ_CHAIN_LOOP);
		KUNIT_EXPECT_EQ(test, b->d.fault.value, NUM + 1);
	}
}

/* Random noise in all that the driver may write; only that nothing bad comes of it. */
static void noisy_driver(struct kunit *test)
{
	const struct bench_case *p = test->param_value;
	struct bench *b = bench_memory(test, p->features & ~BENCH_I, p->num);
	struct virtq_desc_view *d = kunit_kzalloc(test, p->num * sizeof(*d), GFP_KERNEL);
	struct virtq_sg sg[TAKES];
	struct devq_chain c = { .sg = sg, .max = TAKES };
	unsigned int round, i, broken = 0;
	struct virtq_view v;

	KUNIT_ASSERT_NOT_NULL(test, d);
	bench_device(b);
	for (round = 0; round < 2000; round++) {
		for (i = bench_random(b, 12); i; i--) {
			bool desc = bench_random(b, 3);
			size_t size = desc ? virtq_desc_bytes(p->num) :
					     virtq_driver_bytes(b->packed, p->num);
			u8 *at = desc ? b->m.desc : b->m.driver;

			at += bench_random(b, size);
			*at = bench_random(b, 3) ? bench_random(b, 9) : suite_random(&b->random);
		}
		for (i = 0; i < 4 && devq_fetch(&b->d, &c) == 1; i++)
			if (bench_random(b, 4))
				devq_push(&b->d, c.id, bench_random(b, 4));
		devq_flush(&b->d);
		devq_enable_kick(&b->d);
		devq_view(&b->d, &v, d);
		if (devq_broken(&b->d)) {
			broken++;
			devq_reset(&b->d, NULL);
		}
	}
	KUNIT_EXPECT_GT(test, broken, 0);
	KUNIT_EXPECT_EQ(test, b->d.counters.broken, broken);
}

KUNIT_ARRAY_PARAM(bench, bench_cases, bench_case_name);

static struct kunit_case lying_driver_cases[] = {
	KUNIT_CASE_PARAM(lying_driver, lie_gen_params),
	KUNIT_CASE(loops),
	KUNIT_CASE_PARAM(noisy_driver, bench_gen_params),
	{},
};

static struct kunit_suite lying_driver_suite = {
	.name = "virtq_lying_driver",
	.test_cases = lying_driver_cases,
};

kunit_test_suite(lying_driver_suite);

MODULE_DESCRIPTION("KUnit suite of xlate's virtqueues: a driver that lies");
MODULE_LICENSE("GPL");
