/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites of the ring core share: a queue's memory, each area of exactly its size
 * so that KASAN sees the first byte beyond, features to go through, and buffers.
 */
#ifndef _KUNIT_VIRTQ_BENCH_H
#define _KUNIT_VIRTQ_BENCH_H

#include "suite.h"
#include "virtq_model.h"

#include "../vnic/drvq.h"
#include "../vnic/devq.h"

#define BENCH_MAX    64 /* descriptors */
#define BENCH_PIECES 6 /* of one buffer */
#define BENCH_TABLE  8 /* entries of an indirect table */

/* A set of features to test with. */
struct bench_case {
	const char *name;
	u64 features;
	unsigned int num;
};

#define BENCH_P VIRTQ_F_PACKED
#define BENCH_E VIRTQ_F_EVENT_IDX
#define BENCH_I VIRTQ_F_INDIRECT
#define BENCH_O VIRTQ_F_IN_ORDER

/* A packed queue may have any size; small ones are full, and wrap, often. */
static const struct bench_case __maybe_unused bench_cases[] = {
	{ "split", 0, 8 },
	{ "split event_idx", BENCH_E, 8 },
	{ "split indirect", BENCH_I, 4 },
	{ "split event_idx indirect", BENCH_E | BENCH_I, 64 },
	{ "split in_order", BENCH_O, 16 },
	{ "split in_order event_idx", BENCH_O | BENCH_E, 8 },
	{ "split in_order indirect", BENCH_O | BENCH_I, 4 },
	{ "split in_order event_idx indirect", BENCH_O | BENCH_E | BENCH_I, 16 },
	{ "split order_platform", BENCH_E | VIRTQ_F_ORDER_PLATFORM, 8 },
	{ "packed", BENCH_P, 7 },
	{ "packed event_idx", BENCH_P | BENCH_E, 8 },
	{ "packed indirect", BENCH_P | BENCH_I, 3 },
	{ "packed event_idx indirect", BENCH_P | BENCH_E | BENCH_I, 61 },
	{ "packed in_order", BENCH_P | BENCH_O, 11 },
	{ "packed in_order event_idx", BENCH_P | BENCH_O | BENCH_E, 8 },
	{ "packed in_order indirect", BENCH_P | BENCH_O | BENCH_I, 5 },
	{ "packed in_order event_idx indirect", BENCH_P | BENCH_O | BENCH_E | BENCH_I, 16 },
	{ "packed order_platform", BENCH_P | BENCH_E | VIRTQ_F_ORDER_PLATFORM, 8 },
};

static inline void bench_case_name(const struct bench_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

/* A buffer; its address is the token. */
struct bench_buffer {
	struct virtq_sg sg[BENCH_PIECES];
	unsigned int outs;
	unsigned int ins;
	u32 in_len;
	u32 len; /* what the device will say */
	unsigned int order; /* counts buffers as they are added */
	bool in_flight;
};

/**
 * struct bench - a queue under test
 * @test:    test
 * @random:  state of suite_random()
 * @features: of the queue
 * @num:     its descriptors
 * @packed:  its layout
 * @m:	     its memory, and the model of the other side
 * @q:	     the driver's side
 * @d:	     the device's side
 * @dcfg:    what @d is made of
 * @buffer:  buffers
 * @order:   the next one's
 * @pending: in flight
 */
struct bench {
	struct kunit *test;
	u64 random;
	u64 features;
	unsigned int num;
	bool packed;
	struct model m;
	struct drvq q;
	struct devq d;
	struct devq_config dcfg;
	struct bench_buffer buffer[BENCH_MAX];
	unsigned int order;
	unsigned int pending;
};

static inline unsigned int bench_random(struct bench *b, unsigned int below)
{
	return (suite_random(&b->random) >> 11) % below;
}

static inline struct bench *bench_memory(struct kunit *test, u64 features, unsigned int num)
{
	bool packed = features & VIRTQ_F_PACKED;
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	b->test = test;
	b->random = 0x9e3779b97f4a7c15ULL ^ features;
	b->features = features;
	b->num = num;
	b->packed = packed;
	b->m.features = features;
	b->m.num = num;
	b->m.desc = kunit_kzalloc(test, virtq_desc_bytes(num), GFP_KERNEL);
	b->m.driver = kunit_kzalloc(test, virtq_driver_bytes(packed, num), GFP_KERNEL);
	b->m.device = kunit_kzalloc(test, virtq_device_bytes(packed, num), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, b->m.desc);
	KUNIT_ASSERT_NOT_NULL(test, b->m.driver);
	KUNIT_ASSERT_NOT_NULL(test, b->m.device);
	model_start(&b->m);
	return b;
}

/* The driver's side. Chains of two pieces or more go through tables, where there are any. */
static inline void bench_driver(struct bench *b)
{
	bool tables = b->features & VIRTQ_F_INDIRECT;
	struct drvq_config cfg = {
		.features = b->features,
		.num = b->num,
		.desc = b->m.desc,
		.driver = b->m.driver,
		.device = b->m.device,
		.slots = kunit_kzalloc(b->test, b->num * sizeof(struct drvq_slot), GFP_KERNEL),
	};

	KUNIT_ASSERT_NOT_NULL(b->test, cfg.slots);
	if (tables) {
		cfg.table_len = BENCH_TABLE;
		cfg.indirect_min = 2;
		cfg.tables = kunit_kzalloc(b->test, b->num * BENCH_TABLE * sizeof(*cfg.tables),
					   GFP_KERNEL);
		cfg.table_sg = kunit_kzalloc(b->test, b->num * BENCH_TABLE * sizeof(*cfg.table_sg),
					     GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(b->test, cfg.tables);
		KUNIT_ASSERT_NOT_NULL(b->test, cfg.table_sg);
		cfg.tables_addr = (unsigned long)cfg.tables;
	}
	KUNIT_ASSERT_EQ(b->test, drvq_init(&b->q, &cfg), 0);
}

/* Where the tests have no memory. */
#define BENCH_NOWHERE 0xdead0000ULL

static inline const void *bench_table(void *ctx, u64 addr, u32 bytes)
{
	return addr >= BENCH_NOWHERE && addr < BENCH_NOWHERE + 0x10000 ?
		       NULL :
		       (void *)(unsigned long)addr;
}

/* The device's side. */
static inline void bench_device(struct bench *b)
{
	b->dcfg = (struct devq_config){
		.features = b->features,
		.num = b->num,
		.desc = b->m.desc,
		.driver = b->m.driver,
		.device = b->m.device,
		.slots = kunit_kzalloc(b->test, b->num * sizeof(struct devq_slot), GFP_KERNEL),
		.table = bench_table,
		.ctx = b,
	};
	KUNIT_ASSERT_NOT_NULL(b->test, b->dcfg.slots);
	KUNIT_ASSERT_EQ(b->test, devq_init(&b->d, &b->dcfg), 0);
}

/* A free buffer of random pieces, or NULL. */
static inline struct bench_buffer *bench_buffer(struct bench *b)
{
	unsigned int i, n = 1 + bench_random(b, 3) * bench_random(b, 3);
	struct bench_buffer *buf = NULL;

	for (i = 0; i < BENCH_MAX && !buf; i++)
		if (!b->buffer[i].in_flight)
			buf = &b->buffer[i];
	if (!buf)
		return NULL;
	n = min(n, b->num);
	buf->outs = bench_random(b, n + 1);
	buf->ins = n - buf->outs;
	buf->in_len = 0;
	for (i = 0; i < n; i++) {
		buf->sg[i].addr = suite_random(&b->random) >> 2;
		buf->sg[i].len = 1 + bench_random(b, 0x10000);
		if (i >= buf->outs)
			buf->in_len += buf->sg[i].len;
	}
	return buf;
}

/* The driver adds @buf, if there is one; the same answers as drvq_add(). */
static inline int bench_add(struct bench *b, struct bench_buffer *buf)
{
	int ret;

	if (!buf)
		return -ENOSPC;
	if (buf->outs + buf->ins > 1)
		ret = drvq_add(&b->q, buf->sg, buf->outs, buf->ins, buf);
	else if (b->packed)
		ret = buf->ins ? drvq_add_one(&b->q, true, buf->sg[0].addr, buf->sg[0].len, true,
					      buf) :
				 drvq_add_one(&b->q, true, buf->sg[0].addr, buf->sg[0].len, false,
					      buf);
	else
		ret = buf->ins ? drvq_add_one(&b->q, false, buf->sg[0].addr, buf->sg[0].len, true,
					      buf) :
				 drvq_add_one(&b->q, false, buf->sg[0].addr, buf->sg[0].len, false,
					      buf);
	if (ret)
		return ret;
	buf->in_flight = true;
	buf->order = b->order++;
	b->pending++;
	return 0;
}

static inline bool bench_kick(struct bench *b)
{
	return b->packed ? drvq_kick(&b->q, true) : drvq_kick(&b->q, false);
}

static inline bool bench_get(struct bench *b, struct drvq_done *done)
{
	return b->packed ? drvq_get(&b->q, true, done) : drvq_get(&b->q, false, done);
}

static inline bool bench_enable_cb(struct bench *b, unsigned int after)
{
	return b->packed ? drvq_enable_cb(&b->q, true, after) : drvq_enable_cb(&b->q, false, after);
}

static inline void bench_disable_cb(struct bench *b)
{
	if (b->packed)
		drvq_disable_cb(&b->q, true);
	else
		drvq_disable_cb(&b->q, false);
}

static inline void bench_hold_cb(struct bench *b)
{
	if (b->packed)
		drvq_hold_cb(&b->q, true);
	else
		drvq_hold_cb(&b->q, false);
}

/* Is @done one of ours that is in flight, with the pieces that it was added with? */
static inline struct bench_buffer *bench_back(struct bench *b, const struct drvq_done *done)
{
	struct bench_buffer *buf = done->token;
	struct drvq_piece p;
	unsigned int n = 0;

	KUNIT_ASSERT_TRUE(b->test, buf >= b->buffer && buf < b->buffer + BENCH_MAX);
	KUNIT_ASSERT_TRUE(b->test, buf->in_flight);
	KUNIT_EXPECT_EQ(b->test, done->addr, buf->sg[0].addr);
	for (drvq_pieces(&b->q, done->id, &p); p.left; drvq_next_piece(&b->q, &p), n++) {
		KUNIT_ASSERT_LT(b->test, n, buf->outs + buf->ins);
		KUNIT_EXPECT_EQ(b->test, p.sg.addr, buf->sg[n].addr);
		KUNIT_EXPECT_EQ(b->test, p.sg.len, buf->sg[n].len);
		KUNIT_EXPECT_EQ(b->test, p.in, n >= buf->outs);
	}
	KUNIT_EXPECT_EQ(b->test, n, buf->outs + buf->ins);
	buf->in_flight = false;
	b->pending--;
	return buf;
}

/* Takes back what is in flight and starts anew, as after a reset of the queue. */
static inline void bench_restart(struct bench *b)
{
	struct drvq_done done;

	while (drvq_detach(&b->q, &done))
		bench_back(b, &done);
	KUNIT_EXPECT_EQ(b->test, b->pending, 0);
	drvq_reset(&b->q);
	model_start(&b->m);
	b->order = 0;
}

/* -- the driver's side against the model of a device ------------------------------- */

static inline struct bench *driver_new(struct kunit *test, u64 features, unsigned int num)
{
	struct bench *b = bench_memory(test, features, num);

	bench_driver(b);
	return b;
}

/* What the model device took and did not use yet, oldest first. */
struct held {
	struct model_chain chain;
	struct bench_buffer *buf[BENCH_MAX];
	u16 id[BENCH_MAX];
	u16 count[BENCH_MAX];
	unsigned int n;
};

static inline struct held *held_new(struct kunit *test)
{
	struct held *h = kunit_kzalloc(test, sizeof(*h), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, h);
	return h;
}

static inline void held_drop(struct held *h, unsigned int i)
{
	for (h->n--; i < h->n; i++) {
		h->buf[i] = h->buf[i + 1];
		h->id[i] = h->id[i + 1];
		h->count[i] = h->count[i + 1];
	}
}

static inline void device_take(struct bench *b, struct held *h)
{
	struct model_chain *c = &h->chain;

	while (model_take(&b->m, c)) {
		struct bench_buffer *buf = b->q.slot[c->id].token;
		unsigned int i;

		KUNIT_ASSERT_NOT_NULL(b->test, buf);
		KUNIT_ASSERT_TRUE(b->test, buf->in_flight);
		KUNIT_EXPECT_EQ(b->test, c->outs, buf->outs);
		KUNIT_EXPECT_EQ(b->test, c->ins, buf->ins);
		KUNIT_EXPECT_EQ(b->test, c->in_len, buf->in_len);
		for (i = 0; i < min_t(unsigned int, c->outs + c->ins, BENCH_PIECES); i++) {
			KUNIT_EXPECT_EQ(b->test, c->sg[i].addr, buf->sg[i].addr);
			KUNIT_EXPECT_EQ(b->test, c->sg[i].len, buf->sg[i].len);
		}
		KUNIT_ASSERT_LT(b->test, h->n, BENCH_MAX);
		h->buf[h->n] = buf;
		h->id[h->n] = c->id;
		h->count[h->n++] = c->count;
	}
}

/* Uses one chain, or in order a batch of some. */
static inline void device_use(struct bench *b, struct held *h)
{
	unsigned int i = 0, n = 1, count = 0;
	struct bench_buffer *buf;

	if (b->features & VIRTQ_F_IN_ORDER)
		n = 1 + bench_random(b, h->n);
	else
		i = bench_random(b, h->n);
	for (; n; n--) {
		buf = h->buf[i];
		buf->len = buf->in_len;
		count += h->count[i];
		if (n == 1) {
			unsigned int chains = b->features & VIRTQ_F_IN_ORDER ? i + 1 : 1;

			buf->len = buf->in_len ? bench_random(b, buf->in_len + 1) : 0;
			model_use_batch(&b->m, h->id[i], buf->len, count, chains);
			if (b->features & VIRTQ_F_IN_ORDER) {
				while (chains--)
					held_drop(h, 0);
			} else {
				held_drop(h, i);
			}
			return;
		}
		i++;
	}
}

/* The driver gets all there is. */
static inline void driver_get(struct bench *b)
{
	bool in_order = b->features & VIRTQ_F_IN_ORDER;
	struct bench_buffer *buf;
	struct drvq_done done;
	unsigned int i;

	while (bench_get(b, &done)) {
		buf = bench_back(b, &done);
		KUNIT_EXPECT_EQ(b->test, done.len, buf->len);
		for (i = 0; in_order && i < BENCH_MAX; i++) {
			const struct bench_buffer *other = &b->buffer[i];

			if (other->in_flight)
				KUNIT_EXPECT_GT(b->test, other->order, buf->order);
		}
	}
}

/* Honest traffic; at the end nothing is in flight, unless @leave. */
static inline void traffic(struct bench *b, unsigned int rounds, bool leave)
{
	struct held *h = held_new(b->test);
	struct bench_buffer *buf;
	unsigned int n;

	for (; rounds; rounds--) {
		for (n = bench_random(b, b->num + 2); n && (buf = bench_buffer(b)); n--) {
			int ret = bench_add(b, buf);

			if (ret)
				KUNIT_EXPECT_EQ(b->test, ret, -ENOSPC);
		}
		bench_kick(b);
		device_take(b, h);
		for (n = bench_random(b, h->n + 1); n && h->n; n--)
			device_use(b, h);
		driver_get(b);
		KUNIT_ASSERT_FALSE(b->test, drvq_broken(&b->q));
	}
	while (!leave && h->n)
		device_use(b, h);
	driver_get(b);
	if (!leave) {
		KUNIT_EXPECT_EQ(b->test, b->pending, 0);
		KUNIT_EXPECT_EQ(b->test, b->q.free, b->num);
	}
	KUNIT_EXPECT_EQ(b->test, drvq_in_flight(&b->q), b->pending);
	KUNIT_ASSERT_FALSE(b->test, drvq_broken(&b->q));
}

#endif /* _KUNIT_VIRTQ_BENCH_H */
