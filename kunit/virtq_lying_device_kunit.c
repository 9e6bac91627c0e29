// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the driver's side of the ring core against a device that lies. Each lie is told
 * at several places of the ring, in the middle of honest traffic, with three buffers in
 * flight: the queue is broken with the right reason, does nothing more, gives its buffers
 * back, and works again after a reset.
 */
#include <linux/module.h>

#include "virtq_bench.h"

#include "../vnic/drvq.c"
#include "../vnic/drvq_view.c"

/* -- the lies: b->m is honest so far, h has a chain of one, of three, and of one --- */

enum { ONE, THREE, LAST };

static void used(struct bench *b, u32 id, u32 len)
{
	struct virtq_used_elem *e = &model_used(&b->m)->ring[b->m.used % b->num];

	e->id = cpu_to_le32(id);
	e->len = cpu_to_le32(len);
	model_used(&b->m)->idx = cpu_to_le16(++b->m.used);
}

static void used_idx(struct bench *b, u16 ahead)
{
	model_used(&b->m)->idx = cpu_to_le16(b->m.used + ahead);
}

/* Any flags at the position that the driver looks at. */
static void used_packed(struct bench *b, u16 id, u32 len, u16 flags)
{
	model_put_packed(b->m.desc, b->m.used, 0xbad, len, flags, id);
}

static u16 used_flags(const struct bench *b)
{
	return model_used_flags(b->m.used_wrap);
}

/* An id that heads nothing, and is not inside of a chain either. */
static u16 unused_id(const struct bench *b)
{
	return b->q.free_head;
}

static void id_is_num(struct bench *b, struct held *h)
{
	if (b->packed)
		used_packed(b, b->num, 0, used_flags(b));
	else
		used(b, b->num, 0);
}

static void id_is_huge(struct bench *b, struct held *h)
{
	if (b->packed)
		used_packed(b, 0xffff, 0, used_flags(b));
	else
		used(b, ~0U, 0);
}

static void id_high_bits(struct bench *b, struct held *h)
{
	used(b, 0x10000 | h->id[ONE], 0);
}

static void id_is_free(struct bench *b, struct held *h)
{
	if (b->packed)
		used_packed(b, unused_id(b), 0, used_flags(b));
	else
		used(b, unused_id(b), 0);
}

static void id_is_inside(struct bench *b, struct held *h)
{
	used(b, b->q.slot[h->id[THREE]].next, 0);
}

static void id_is_at_the_end(struct bench *b, struct held *h)
{
	used(b, b->q.slot[b->q.slot[h->id[THREE]].next].next, 0);
}

static void id_inside_packed(struct bench *b, struct held *h)
{
	used_packed(b, b->q.slot[h->id[THREE]].next, 0, used_flags(b));
}

static void id_twice_at_once(struct bench *b, struct held *h)
{
	struct drvq_done done;

	model_use(&b->m, h->id[ONE], 0, 1);
	model_use(&b->m, h->id[ONE], 0, 1);
	KUNIT_EXPECT_TRUE(b->test, bench_get(b, &done));
	bench_back(b, &done);
}

static void id_twice_later(struct bench *b, struct held *h)
{
	struct drvq_done done;

	model_use(&b->m, h->id[THREE], 0, h->count[THREE]);
	KUNIT_EXPECT_TRUE(b->test, bench_get(b, &done));
	bench_back(b, &done);
	KUNIT_EXPECT_FALSE(b->test, bench_get(b, &done));
	model_use(&b->m, h->id[THREE], 0, h->count[THREE]);
}

static void id_of_last_lap(struct bench *b, struct held *h)
{
	struct drvq_done done;

	/* All honest, and then what was used when nothing is in flight. */
	model_use(&b->m, h->id[ONE], 0, 1);
	model_use(&b->m, h->id[THREE], 0, 3);
	model_use(&b->m, h->id[LAST], 0, 1);
	while (bench_get(b, &done))
		bench_back(b, &done);
	KUNIT_EXPECT_EQ(b->test, b->pending, 0);
	used_packed(b, h->id[LAST], 0, used_flags(b));
}

static void idx_one_too_many(struct bench *b, struct held *h)
{
	used_idx(b, 4);
}

static void idx_num_too_many(struct bench *b, struct held *h)
{
	used_idx(b, b->num + 1);
}

static void idx_half_around(struct bench *b, struct held *h)
{
	used_idx(b, 0x8000);
}

static void idx_backwards(struct bench *b, struct held *h)
{
	used_idx(b, -1);
}

static void idx_when_idle(struct bench *b, struct held *h)
{
	struct drvq_done done;

	model_use(&b->m, h->id[ONE], 0, 1);
	model_use(&b->m, h->id[THREE], 0, 3);
	model_use(&b->m, h->id[LAST], 0, 1);
	while (bench_get(b, &done))
		bench_back(b, &done);
	KUNIT_EXPECT_EQ(b->test, b->pending, 0);
	used_idx(b, 1);
}

static void idx_beyond_shown(struct bench *b, struct held *h)
{
	struct bench_buffer *buf = bench_buffer(b);

	/* A fourth one that the device cannot have seen: it is only added. */
	buf->outs = 1;
	buf->ins = 0;
	KUNIT_EXPECT_EQ(b->test, bench_add(b, buf), 0);
	used_idx(b, 4);
}

static void len_one_too_many(struct bench *b, struct held *h)
{
	model_use(&b->m, h->id[THREE], h->buf[THREE]->in_len + 1, 3);
}

static void len_is_huge(struct bench *b, struct held *h)
{
	model_use(&b->m, h->id[THREE], ~0U, 3);
}

static void len_of_sent(struct bench *b, struct held *h)
{
	model_use(&b->m, h->id[ONE], 1, 1);
}

static void len_after_good(struct bench *b, struct held *h)
{
	struct drvq_done done;

	model_use(&b->m, h->id[ONE], 0, 1);
	model_use(&b->m, h->id[THREE], h->buf[THREE]->in_len + 1, 3);
	KUNIT_EXPECT_TRUE(b->test, bench_get(b, &done));
	bench_back(b, &done);
}

static void order_beyond_shown(struct bench *b, struct held *h)
{
	/* One is announced; what is named ends a batch of three. */
	used(b, h->id[LAST], 0);
}

static void order_twice(struct bench *b, struct held *h)
{
	struct drvq_done done;

	model_use_batch(&b->m, h->id[THREE], 0, 4, 2);
	KUNIT_EXPECT_TRUE(b->test, bench_get(b, &done));
	bench_back(b, &done);
	KUNIT_EXPECT_TRUE(b->test, bench_get(b, &done));
	bench_back(b, &done);
	model_use(&b->m, h->id[ONE], 0, 1);
}

static void order_len(struct bench *b, struct held *h)
{
	model_use_batch(&b->m, h->id[THREE], h->buf[THREE]->in_len + 1, 4, 2);
}

static void wrap_both_flipped(struct bench *b, struct held *h)
{
	used_packed(b, h->id[ONE], 0, model_avail_flags(!b->m.used_wrap));
}

static void wrap_of_last_lap(struct bench *b, struct held *h)
{
	used_packed(b, h->id[ONE], 0, model_used_flags(!b->m.used_wrap));
}

static void wrap_in_the_chain(struct bench *b, struct held *h)
{
	struct drvq_done done;
	u16 pos = b->m.used;
	bool wrap = b->m.used_wrap;

	/* The last one is used first, over the first one's place; the next place is spoilt. */
	model_step(&b->m, &pos, &wrap, 1);
	model_ring(&b->m, pos)->flags = cpu_to_le16(model_used_flags(!wrap));
	model_use(&b->m, h->id[LAST], 0, 1);
	KUNIT_EXPECT_TRUE(b->test, bench_get(b, &done));
	bench_back(b, &done);
}

#define S BIT_ULL(0)
#define P BIT_ULL(1)

static const struct lie {
	const char *name;
	u64 layouts;
	u64 features;
	enum virtq_reason reason;
	void (*tell)(struct bench *b, struct held *h);
} lies[] = {
	{ "used id is the queue's size", S | P, 0, VIRTQ_USED_RANGE, id_is_num },
	{ "used id is huge", S | P, 0, VIRTQ_USED_RANGE, id_is_huge },
	{ "used id is good but for its upper bits", S, 0, VIRTQ_USED_RANGE, id_high_bits },
	{ "used id is free", S | P, 0, VIRTQ_USED_IDLE, id_is_free },
	{ "used id is in the middle of a chain", S, 0, VIRTQ_USED_MEMBER, id_is_inside },
	{ "used id is at the end of a chain", S, 0, VIRTQ_USED_MEMBER, id_is_at_the_end },
	{ "used id is of a piece", P, 0, VIRTQ_USED_IDLE, id_inside_packed },
	{ "used twice in a batch", S | P, 0, VIRTQ_USED_IDLE, id_twice_at_once },
	{ "used twice, with a poll between", S | P, 0, VIRTQ_USED_IDLE, id_twice_later },
	{ "used when nothing is in flight", P, 0, VIRTQ_USED_IDLE, id_of_last_lap },
	{ "used index is one too far", S, 0, VIRTQ_USED_JUMP, idx_one_too_many },
	{ "used index is a ring too far", S, 0, VIRTQ_USED_JUMP, idx_num_too_many },
	{ "used index is half around", S, 0, VIRTQ_USED_JUMP, idx_half_around },
	{ "used index went back", S, 0, VIRTQ_USED_JUMP, idx_backwards },
	{ "used index moved when nothing is in flight", S, 0, VIRTQ_USED_JUMP, idx_when_idle },
	{ "used index is beyond what was shown", S, 0, VIRTQ_USED_JUMP, idx_beyond_shown },
	{ "used length is one too many", S | P, 0, VIRTQ_USED_LEN, len_one_too_many },
	{ "used length is huge", S | P, 0, VIRTQ_USED_LEN, len_is_huge },
	{ "used length of what was only to be read", S | P, 0, VIRTQ_USED_LEN, len_of_sent },
	{ "used length behind a good one", S | P, 0, VIRTQ_USED_LEN, len_after_good },
	{ "in order: batch ends beyond what is announced", S, BENCH_O, VIRTQ_USED_ORDER,
	  order_beyond_shown },
	{ "in order: back to one that came back", S | P, BENCH_O, VIRTQ_USED_IDLE, order_twice },
	{ "in order: used length at the end of a batch", S | P, BENCH_O, VIRTQ_USED_LEN,
	  order_len },
	{ "in order: used id is the queue's size", S | P, BENCH_O, VIRTQ_USED_RANGE, id_is_num },
	{ "in order: used id is free", S | P, BENCH_O, VIRTQ_USED_IDLE, id_is_free },
	{ "in order: used index is one too far", S, BENCH_O, VIRTQ_USED_JUMP, idx_one_too_many },
	{ "in order: used index went back", S, BENCH_O, VIRTQ_USED_JUMP, idx_backwards },
	{ "in order: wrap counter of the last lap", P, BENCH_O, VIRTQ_USED_WRAP, wrap_of_last_lap },
	{ "both flags of a descriptor flipped", P, 0, VIRTQ_USED_WRAP, wrap_both_flipped },
	{ "used with the wrap counter of the last lap", P, 0, VIRTQ_USED_WRAP, wrap_of_last_lap },
	{ "used with a wrong wrap counter in a chain", P, 0, VIRTQ_USED_WRAP, wrap_in_the_chain },
};

static void lie_name(const struct lie *l, char *desc)
{
	strscpy(desc, l->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(lie, lies, lie_name);

/* A chain of one to read, of one to read and two to write, of one to read: all held. */
static void three_in_flight(struct bench *b, struct held *h)
{
	unsigned int i;

	h->n = 0;
	for (i = ONE; i <= LAST; i++) {
		struct bench_buffer *buf = bench_buffer(b);

		buf->sg[0] = (struct virtq_sg){ 0x1000 + i, 100 };
		buf->sg[1] = (struct virtq_sg){ 0x2000, 200 };
		buf->sg[2] = (struct virtq_sg){ 0x3000, 300 };
		buf->outs = 1;
		buf->ins = i == THREE ? 2 : 0;
		buf->in_len = i == THREE ? 500 : 0;
		KUNIT_ASSERT_EQ(b->test, bench_add(b, buf), 0);
	}
	bench_kick(b);
	device_take(b, h);
	KUNIT_ASSERT_EQ(b->test, h->n, 3);
}

/* What is left of a broken queue. */
static void expect_broken(struct bench *b, struct held *h, enum virtq_reason reason)
{
	struct virtq_desc_view *d = kunit_kzalloc(b->test, b->num * sizeof(*d), GFP_KERNEL);
	struct virtq_sg sg[2] = { { 1, 1 }, { 2, 2 } };
	struct drvq_done done;
	struct virtq_view v;
	u64 back = b->q.completed;

	KUNIT_ASSERT_NOT_NULL(b->test, d);
	KUNIT_EXPECT_FALSE(b->test, bench_get(b, &done));
	KUNIT_EXPECT_TRUE(b->test, drvq_broken(&b->q));
	KUNIT_EXPECT_STREQ(b->test, virtq_reason_text(b->q.fault.reason).name,
			   virtq_reason_text(reason).name);
	KUNIT_EXPECT_EQ(b->test, b->q.counters.broken, 1);
	/* It stays so, whatever is asked of it. */
	KUNIT_EXPECT_FALSE(b->test, bench_get(b, &done));
	/* The truth comes too late. */
	if (b->packed)
		used_packed(b, h->id[LAST], 0, used_flags(b));
	else
		used(b, h->id[LAST], 0);
	KUNIT_EXPECT_FALSE(b->test, bench_get(b, &done));
	KUNIT_EXPECT_EQ(b->test, b->q.completed, back);
	KUNIT_EXPECT_EQ(b->test, drvq_add(&b->q, sg, 1, 1, b), -EIO);
	KUNIT_EXPECT_EQ(b->test, drvq_add_one(&b->q, b->packed, 1, 1, true, b), -EIO);
	KUNIT_EXPECT_FALSE(b->test, bench_kick(b));
	bench_disable_cb(b);
	KUNIT_EXPECT_TRUE(b->test, bench_enable_cb(b, 0));
	drvq_break(&b->q, VIRTQ_UPPER, 0, 0);
	KUNIT_EXPECT_EQ(b->test, b->q.fault.reason, reason);
	KUNIT_EXPECT_EQ(b->test, b->q.counters.broken, 1);
	drvq_view(&b->q, &v, d);
	KUNIT_EXPECT_EQ(b->test, v.fault.reason, reason);
}

static void lying_device(struct kunit *test)
{
	const struct lie *l = test->param_value;
	u64 layout;

	for (layout = S; layout <= P; layout <<= 1) {
		unsigned int warm;

		if (!(l->layouts & layout))
			continue;
		for (warm = 0; warm < 9; warm++) {
			struct bench *b =
				driver_new(test, l->features | (layout == P ? BENCH_P : 0), 8);
			struct held *h = held_new(test);

			b->random += warm;
			traffic(b, 3 * warm, false);
			three_in_flight(b, h);
			l->tell(b, h);
			expect_broken(b, h, l->reason);
			bench_restart(b);
			KUNIT_EXPECT_EQ(test, b->q.last_fault.reason, l->reason);
			KUNIT_EXPECT_EQ(test, b->q.counters.resets, 1);
			traffic(b, 20, false);
		}
	}
}

/*
 * A device that writes all over the descriptors and the driver area, and wishes nonsense,
 * but uses what it got: the driver never reads back what it wrote.
 */
static void scribbling_device(struct kunit *test)
{
	const struct bench_case *c = test->param_value;
	struct bench *b = driver_new(test, c->features, c->num);
	struct held *h = held_new(test);
	unsigned int round, i;

	for (round = 0; round < 200; round++) {
		for (i = bench_random(b, c->num + 1); i; i--)
			bench_add(b, bench_buffer(b));
		bench_kick(b);
		device_take(b, h);
		/* All but the flags of the packed ring, which say who may write next. */
		for (i = 0; i < c->num; i++) {
			struct virtq_desc *d = model_desc(&b->m, i);

			d->addr = cpu_to_le64(suite_random(&b->random));
			d->len = cpu_to_le32(suite_random(&b->random));
			if (b->packed) {
				model_ring(&b->m, i)->id = cpu_to_le16(suite_random(&b->random));
			} else {
				d->flags = cpu_to_le16(suite_random(&b->random));
				d->next = cpu_to_le16(suite_random(&b->random));
				model_avail(&b->m)->ring[i] = cpu_to_le16(suite_random(&b->random));
			}
		}
		if (b->features & VIRTQ_F_INDIRECT)
			memset(b->q.config.tables, suite_random(&b->random),
			       c->num * BENCH_TABLE * sizeof(struct virtq_desc));
		if (b->packed) {
			memset(b->m.driver, suite_random(&b->random), 4);
			memset(b->m.device, suite_random(&b->random), 4);
		} else {
			model_used(&b->m)->flags = cpu_to_le16(suite_random(&b->random));
			*virtq_avail_event(b->m.device, c->num) =
				cpu_to_le16(suite_random(&b->random));
		}
		for (i = bench_random(b, h->n + 1); i && h->n; i--)
			device_use(b, h);
		driver_get(b);
		KUNIT_ASSERT_FALSE(test, drvq_broken(&b->q));
		bench_enable_cb(b, 0);
	}
	while (h->n)
		device_use(b, h);
	driver_get(b);
	KUNIT_EXPECT_EQ(test, b->pending, 0);
	KUNIT_EXPECT_GT(test, b->q.completed, 100);
}

KUNIT_ARRAY_PARAM(bench, bench_cases, bench_case_name);

/* A packed device that wrote nothing need not say so by the length (2.8.4). */
static void length_without_write(struct kunit *test)
{
	struct bench *b = driver_new(test, BENCH_P, 8);
	struct held *h = held_new(test);
	struct drvq_done done;

	three_in_flight(b, h);
	used_packed(b, h->id[ONE], 1000, used_flags(b));
	model_step(&b->m, &b->m.used, &b->m.used_wrap, 1);
	KUNIT_EXPECT_TRUE(test, bench_get(b, &done));
	KUNIT_EXPECT_EQ(test, done.len, 0);
	bench_back(b, &done);
	bench_restart(b);
}

/* Where lengths are of no interest, none breaks the queue: some devices say what they sent. */
static void lengths_of_no_interest(struct kunit *test)
{
	static const u64 features[] = { 0, BENCH_P, BENCH_O, BENCH_P | BENCH_O };
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		struct bench *b = driver_new(test, features[i], 8);
		struct held *h = held_new(test);
		const u32 len[] = { 1, 501, ~0U };
		struct drvq_done done;

		b->q.config.any_len = true;
		three_in_flight(b, h);
		for (n = ONE; n <= LAST; n++)
			model_use(&b->m, h->id[n], len[n], h->count[n]);
		for (n = ONE; n <= LAST; n++) {
			KUNIT_EXPECT_TRUE(test, bench_get(b, &done));
			KUNIT_EXPECT_EQ(test, done.len, n == THREE ? 500 : 0);
			bench_back(b, &done);
		}
		KUNIT_EXPECT_EQ(test, b->q.counters.odd_lengths, 3);
		KUNIT_EXPECT_EQ(test, b->q.counters.in_bytes, 500);
		/* As before: what is used twice. */
		model_use(&b->m, h->id[ONE], 1, 1);
		expect_broken(b, h, b->packed ? VIRTQ_USED_IDLE : VIRTQ_USED_JUMP);
		bench_restart(b);
		traffic(b, 20, false);
	}
}

/* Random noise in all that the device may write; only that nothing bad comes of it. */
static void noisy_device(struct kunit *test)
{
	const struct bench_case *c = test->param_value;
	struct bench *b = driver_new(test, c->features, c->num);
	struct virtq_desc_view *d = kunit_kzalloc(test, c->num * sizeof(*d), GFP_KERNEL);
	unsigned int round, i, broken = 0;
	struct drvq_done done;
	struct virtq_view v;

	KUNIT_ASSERT_NOT_NULL(test, d);
	for (round = 0; round < 1000; round++) {
		for (i = bench_random(b, 4); i; i--)
			bench_add(b, bench_buffer(b));
		bench_kick(b);
		for (i = bench_random(b, 6); i; i--) {
			bool desc = b->packed && bench_random(b, 4);
			size_t size = desc ? virtq_desc_bytes(c->num) :
					     virtq_device_bytes(b->packed, c->num);
			u8 *at = desc ? b->m.desc : b->m.device;

			at += bench_random(b, size);
			*at = bench_random(b, 3) ? bench_random(b, 9) : suite_random(&b->random);
		}
		while (bench_get(b, &done))
			bench_back(b, &done);
		drvq_view(&b->q, &v, d);
		if (drvq_broken(&b->q)) {
			broken++;
			bench_restart(b);
		}
	}
	KUNIT_EXPECT_GT(test, broken, 0);
	KUNIT_EXPECT_EQ(test, b->q.counters.broken, broken);
	bench_restart(b);
}

static struct kunit_case lying_device_cases[] = {
	KUNIT_CASE_PARAM(lying_device, lie_gen_params),
	KUNIT_CASE_PARAM(scribbling_device, bench_gen_params),
	KUNIT_CASE_PARAM(noisy_device, bench_gen_params),
	KUNIT_CASE(length_without_write),
	KUNIT_CASE(lengths_of_no_interest),
	{},
};

static struct kunit_suite lying_device_suite = {
	.name = "virtq_lying_device",
	.test_cases = lying_device_cases,
};

kunit_test_suite(lying_device_suite);

MODULE_DESCRIPTION("KUnit suite of xlate's virtqueues: a device that lies");
MODULE_LICENSE("GPL");
