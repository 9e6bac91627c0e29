// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: the driver's side of the ring core, against a model of a device and a lying one. */
#include <linux/module.h>

#include "virtq_bench.h"

#include "../vnic/drvq.c"
#include "../vnic/drvq_view.c"

KUNIT_ARRAY_PARAM(bench, bench_cases, bench_case_name);

static void driver_traffic(struct kunit *test)
{
	const struct bench_case *c = test->param_value;
	struct bench *b = driver_new(test, c->features, c->num);

	traffic(b, 300, false);
	KUNIT_EXPECT_GT(test, b->q.added, 5 * c->num);
	KUNIT_EXPECT_EQ(test, b->q.added, b->q.completed);
}

static void driver_index_wraps(struct kunit *test)
{
	struct bench *b = driver_new(test, VIRTQ_F_EVENT_IDX, 8);
	unsigned int i;

	/* As if so many buffers had come and gone. */
	b->q.added = 0xfff0;
	b->q.completed = 0xfff0;
	b->q.published = 0xfff0;
	b->q.used_seen = 0xfff0;
	b->q.kicked = 0xfff0;
	b->m.avail = 0xfff0;
	b->m.used = 0xfff0;
	model_avail(&b->m)->idx = cpu_to_le16(0xfff0);
	model_used(&b->m)->idx = cpu_to_le16(0xfff0);
	for (i = 0; i < 5; i++)
		traffic(b, 10, true);
	KUNIT_EXPECT_GT(test, b->q.added, 0x10000);
	bench_restart(b);
}

/* -- room, and what is refused ----------------------------------------------------- */

static void driver_full(struct kunit *test)
{
	const struct bench_case *c = test->param_value;
	struct bench *b = driver_new(test, c->features, c->num);
	struct virtq_sg sg[2] = { { 0x1000, 10 }, { 0x2000, 20 } };
	unsigned int i;

	for (i = 0; i < c->num; i++)
		KUNIT_EXPECT_EQ(test, drvq_add(&b->q, sg, 1, 0, b), 0);
	KUNIT_EXPECT_EQ(test, b->q.free, 0);
	KUNIT_EXPECT_EQ(test, drvq_add(&b->q, sg, 1, 0, b), -ENOSPC);
	KUNIT_EXPECT_EQ(test, drvq_add(&b->q, sg, 1, 1, b), -ENOSPC);
	KUNIT_EXPECT_EQ(test, drvq_add_one(&b->q, false, 1, 1, true, b), -ENOSPC);
	KUNIT_EXPECT_EQ(test, b->q.counters.full, 3);
	KUNIT_EXPECT_TRUE(test, bench_kick(b));
	KUNIT_EXPECT_EQ(test, b->q.counters.added[min(fls(c->num), VIRTQ_BATCHES - 1)], 1);
	KUNIT_EXPECT_EQ(test, b->q.counters.out_bytes, 10 * c->num);
}

static void driver_refuses(struct kunit *test)
{
	struct virtq_sg sg[4] = { { 0x1000, 10 }, { 0x2000, 0 }, { 0x3000, ~0U }, { 0x4000, 1 } };
	struct bench *b = driver_new(test, 0, 2);
	struct drvq_config cfg = b->q.config;
	struct drvq q;

	KUNIT_EXPECT_EQ(test, drvq_add(&b->q, sg, 0, 0, b), -EINVAL);
	KUNIT_EXPECT_EQ(test, drvq_add(&b->q, sg, 1, 0, NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, drvq_add(&b->q, sg, 2, 0, b), -EINVAL);
	KUNIT_EXPECT_EQ(test, drvq_add(&b->q, sg, 1, 1, b), -EINVAL);
	/* more than 2^32 - 1 bytes to be written */
	KUNIT_EXPECT_EQ(test, drvq_add(&b->q, sg + 2, 0, 2, b), -EINVAL);
	/* more than ever fit */
	KUNIT_EXPECT_EQ(test, drvq_add(&b->q, sg, 3, 0, b), -EINVAL);
	KUNIT_EXPECT_EQ(test, drvq_add(&b->q, sg, ~0U, 1, b), -EINVAL);
	KUNIT_EXPECT_EQ(test, drvq_add(&b->q, sg, 1, ~0U, b), -EINVAL);
	KUNIT_EXPECT_EQ(test, b->q.free, 2);
	KUNIT_EXPECT_FALSE(test, bench_kick(b));

	cfg.num = 0;
	KUNIT_EXPECT_EQ(test, drvq_init(&q, &cfg), -EINVAL);
	cfg.num = 3;
	KUNIT_EXPECT_EQ(test, drvq_init(&q, &cfg), -EINVAL);
	cfg.num = 0x8001;
	cfg.features = VIRTQ_F_PACKED;
	KUNIT_EXPECT_EQ(test, drvq_init(&q, &cfg), -EINVAL);
	cfg.num = 2;
	cfg.table_len = 4;
	KUNIT_EXPECT_EQ(test, drvq_init(&q, &cfg), -EINVAL);
	cfg.table_len = 0;
	cfg.slots = NULL;
	KUNIT_EXPECT_EQ(test, drvq_init(&q, &cfg), -EINVAL);
}

/* A chain as long as the ring: a packed ring comes back to where it was, in the other lap. */
static void driver_whole_ring(struct kunit *test)
{
	static const u64 features[] = { 0, BENCH_O, BENCH_P, BENCH_P | BENCH_O };
	struct held *h = held_new(test);
	unsigned int i, lap, n;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		struct bench *b = driver_new(test, features[i], 4);
		struct bench_buffer *buf = &b->buffer[0];

		/* From each place of the ring. */
		for (lap = 0; lap < 9; lap++) {
			traffic(b, lap % 4, false);
			buf->outs = 3;
			buf->ins = 1;
			buf->in_len = 40;
			for (n = 0; n < 4; n++)
				buf->sg[n] = (struct virtq_sg){ 0x1000 * n, 10 * (n + 1) };
			KUNIT_EXPECT_EQ(test, bench_add(b, buf), 0);
			KUNIT_EXPECT_EQ(test, b->q.free, 0);
			KUNIT_EXPECT_TRUE(test, bench_kick(b));
			device_take(b, h);
			KUNIT_ASSERT_EQ(test, h->n, 1);
			KUNIT_EXPECT_EQ(test, h->count[0], 4);
			driver_get(b);
			KUNIT_EXPECT_EQ(test, b->pending, 1);
			device_use(b, h);
			driver_get(b);
			KUNIT_EXPECT_EQ(test, b->pending, 0);
			KUNIT_EXPECT_EQ(test, b->q.free, 4);
		}
	}
}

static void driver_tables(struct kunit *test)
{
	static const u64 features[] = { BENCH_I, BENCH_I | BENCH_P };
	struct virtq_sg sg[BENCH_TABLE + 1];
	unsigned int i, n;

	for (n = 0; n < ARRAY_SIZE(sg); n++)
		sg[n] = (struct virtq_sg){ 0x1000 * (n + 1), n + 1 };
	for (i = 0; i < ARRAY_SIZE(features); i++) {
		struct bench *b = driver_new(test, features[i], 16);
		u64 addr = b->q.config.tables_addr;

		/* one piece: no table; two and eight: a table; nine: a chain */
		KUNIT_EXPECT_EQ(test, drvq_add(&b->q, sg, 1, 0, b), 0);
		KUNIT_EXPECT_EQ(test, b->q.free, 15);
		KUNIT_EXPECT_EQ(test, drvq_add(&b->q, sg, 1, 1, b), 0);
		KUNIT_EXPECT_EQ(test, b->q.free, 14);
		KUNIT_EXPECT_EQ(test, drvq_add(&b->q, sg, 0, 8, b), 0);
		KUNIT_EXPECT_EQ(test, b->q.free, 13);
		KUNIT_EXPECT_EQ(test, drvq_add(&b->q, sg, 5, 4, b), 0);
		KUNIT_EXPECT_EQ(test, b->q.free, 4);
		KUNIT_EXPECT_EQ(test, b->q.counters.tables, 2);
		KUNIT_EXPECT_EQ(test, b->q.counters.extra, 8);
		/* the tables are those of ids 1 and 2 */
		KUNIT_EXPECT_EQ(test, le64_to_cpu(model_desc(&b->m, 1)->addr),
				addr + BENCH_TABLE * 16);
		KUNIT_EXPECT_EQ(test, le32_to_cpu(model_desc(&b->m, 1)->len), 32);
		KUNIT_EXPECT_EQ(test, le64_to_cpu(model_desc(&b->m, 2)->addr),
				addr + 2 * BENCH_TABLE * 16);
		KUNIT_EXPECT_EQ(test, le32_to_cpu(model_desc(&b->m, 2)->len), 128);
	}
}

/* -- kicks ------------------------------------------------------------------------- */

/* Adds @n buffers and says whether a kick is due. */
static bool kick_after(struct bench *b, unsigned int n)
{
	while (n--)
		KUNIT_EXPECT_EQ(b->test, bench_add(b, bench_buffer(b)), 0);
	return bench_kick(b);
}

/* All come back. */
static void all_back(struct bench *b, struct held *h)
{
	device_take(b, h);
	while (h->n)
		device_use(b, h);
	driver_get(b);
	KUNIT_EXPECT_EQ(b->test, b->pending, 0);
}

static void driver_kick_split(struct kunit *test)
{
	struct bench *b = driver_new(test, BENCH_I, 4), *e = driver_new(test, BENCH_I | BENCH_E, 4);
	struct held *h = held_new(test);
	unsigned int i;

	/* Without event_idx a flag says it, and avail_event means nothing. */
	*virtq_avail_event(b->m.device, 4) = cpu_to_le16(77);
	KUNIT_EXPECT_FALSE(test, bench_kick(b));
	KUNIT_EXPECT_TRUE(test, kick_after(b, 1));
	KUNIT_EXPECT_FALSE(test, bench_kick(b));
	KUNIT_EXPECT_EQ(test, le16_to_cpu(model_avail(&b->m)->idx), 1);
	model_used(&b->m)->flags = cpu_to_le16(VIRTQ_USED_NO_NOTIFY);
	KUNIT_EXPECT_FALSE(test, kick_after(b, 2));
	KUNIT_EXPECT_EQ(test, le16_to_cpu(model_avail(&b->m)->idx), 3);
	KUNIT_EXPECT_EQ(test, b->q.counters.kicks, 1);
	KUNIT_EXPECT_EQ(test, b->q.counters.kicks_spared, 1);

	/* With it, the flag means nothing; the position has to be passed. */
	model_used(&e->m)->flags = cpu_to_le16(VIRTQ_USED_NO_NOTIFY);
	for (i = 0; i < 40; i++) {
		u16 at = e->q.added;

		/* behind what is added; at it; in a batch; before it */
		*virtq_avail_event(e->m.device, 4) = cpu_to_le16(at + 1);
		KUNIT_EXPECT_FALSE(test, kick_after(e, 1));
		*virtq_avail_event(e->m.device, 4) = cpu_to_le16(at + 1);
		KUNIT_EXPECT_TRUE(test, kick_after(e, 1));
		all_back(e, h);
		*virtq_avail_event(e->m.device, 4) = cpu_to_le16(at + 4);
		KUNIT_EXPECT_TRUE(test, kick_after(e, 3));
		all_back(e, h);
		KUNIT_EXPECT_FALSE(test, kick_after(e, 2));
		all_back(e, h);
	}
	KUNIT_EXPECT_EQ(test, e->q.counters.kicks, 80);
	KUNIT_EXPECT_EQ(test, e->q.counters.kicks_spared, 80);
}

static void device_wants(struct bench *b, u16 flags, unsigned int pos, bool wrap)
{
	struct virtq_packed_event *event = b->m.device;

	/* Positions may be given beyond the end of this lap. */
	if (pos >= b->num) {
		pos -= b->num;
		wrap = !wrap;
	}
	event->desc = cpu_to_le16(pos | (wrap ? VIRTQ_EVENT_WRAP : 0));
	event->flags = cpu_to_le16(flags);
}

static void driver_kick_packed(struct kunit *test)
{
	struct bench *b = driver_new(test, BENCH_P | BENCH_I, 5);
	struct bench *e = driver_new(test, BENCH_P | BENCH_I | BENCH_E, 5);
	struct held *h = held_new(test);
	unsigned int i;

	KUNIT_EXPECT_TRUE(test, kick_after(b, 1));
	KUNIT_EXPECT_FALSE(test, bench_kick(b));
	device_wants(b, VIRTQ_EVENT_DISABLE, 0, 0);
	KUNIT_EXPECT_FALSE(test, kick_after(b, 2));
	/* Positions need event_idx; what is reserved is no wish to be left alone. */
	device_wants(b, VIRTQ_EVENT_DESC, 0, 0);
	KUNIT_EXPECT_TRUE(test, kick_after(b, 1));
	device_wants(b, 3, 0, 0);
	KUNIT_EXPECT_TRUE(test, kick_after(b, 1));

	for (i = 0; i < 40; i++) {
		u16 pos = e->q.next;
		bool wrap = e->m.avail_wrap;

		device_wants(e, VIRTQ_EVENT_DESC, pos + 1, wrap);
		KUNIT_EXPECT_FALSE(test, kick_after(e, 1));
		KUNIT_EXPECT_TRUE(test, kick_after(e, 1));
		all_back(e, h);
		pos = e->q.next;
		wrap = e->m.avail_wrap;
		device_wants(e, VIRTQ_EVENT_DESC, pos + 2, wrap);
		KUNIT_EXPECT_TRUE(test, kick_after(e, 3));
		all_back(e, h);
		KUNIT_EXPECT_FALSE(test, kick_after(e, 1));
		/* passed with the whole ring at once */
		all_back(e, h);
		KUNIT_EXPECT_TRUE(test, kick_after(e, 5));
		all_back(e, h);
	}
	KUNIT_EXPECT_EQ(test, e->q.counters.kicks, 120);
	KUNIT_EXPECT_EQ(test, e->q.counters.kicks_spared, 80);
}

/* -- interrupts -------------------------------------------------------------------- */

/* What is written where when the driver wants interrupts, or does not. */
static void interrupts(struct kunit *test, struct bench *b, u64 features, struct held *h)
{
	struct virtq_packed_event *event = b->m.driver;
	struct drvq_done done;

	bench_disable_cb(b);
	kick_after(b, 3);
	if (features == 0)
		KUNIT_EXPECT_EQ(test, le16_to_cpu(model_avail(&b->m)->flags), 1);
	if (b->packed)
		KUNIT_EXPECT_EQ(test, le16_to_cpu(event->flags), VIRTQ_EVENT_DISABLE);

	/* Nothing came back: good. What is asked for is the next, or one later. */
	KUNIT_EXPECT_TRUE(test, bench_enable_cb(b, 0));
	if (features == 0)
		KUNIT_EXPECT_EQ(test, le16_to_cpu(model_avail(&b->m)->flags), 0);
	if (features == BENCH_E)
		KUNIT_EXPECT_EQ(test, le16_to_cpu(model_avail(&b->m)->ring[8]),
				(u16)b->q.completed);
	if (features == BENCH_P)
		KUNIT_EXPECT_EQ(test, le16_to_cpu(event->flags), VIRTQ_EVENT_ENABLE);
	if (features == (BENCH_P | BENCH_E)) {
		KUNIT_EXPECT_EQ(test, le16_to_cpu(event->flags), VIRTQ_EVENT_DESC);
		KUNIT_EXPECT_EQ(test, le16_to_cpu(event->desc), b->m.used | b->m.used_wrap << 15);
	}
	KUNIT_EXPECT_TRUE(test, bench_enable_cb(b, 2));
	if (features == BENCH_E)
		KUNIT_EXPECT_EQ(test, le16_to_cpu(model_avail(&b->m)->ring[8]),
				(u16)(b->q.completed + 2));
	if (features == (BENCH_P | BENCH_E)) {
		u16 pos = b->m.used;
		bool wrap = b->m.used_wrap;

		model_step(&b->m, &pos, &wrap, 2);
		KUNIT_EXPECT_EQ(test, le16_to_cpu(event->desc), pos | wrap << 15);
	}

	/* For a moment: not the next, nor any that a queue has place for. */
	bench_hold_cb(b);
	if (features == 0)
		KUNIT_EXPECT_EQ(test, le16_to_cpu(model_avail(&b->m)->flags), 1);
	if (features == BENCH_E)
		KUNIT_EXPECT_EQ(test, le16_to_cpu(model_avail(&b->m)->ring[8]),
				(u16)(b->q.completed + 0x8000));
	if (b->packed)
		KUNIT_EXPECT_EQ(test, le16_to_cpu(event->flags), VIRTQ_EVENT_DISABLE);
	KUNIT_EXPECT_TRUE(test, bench_enable_cb(b, 0));
	if (features == BENCH_E)
		KUNIT_EXPECT_EQ(test, le16_to_cpu(model_avail(&b->m)->ring[8]),
				(u16)b->q.completed);
	if (b->packed)
		KUNIT_EXPECT_NE(test, le16_to_cpu(event->flags), VIRTQ_EVENT_DISABLE);

	/* Something came back meanwhile: say so. */
	bench_disable_cb(b);
	/* Off is off. */
	bench_hold_cb(b);
	KUNIT_EXPECT_FALSE(test, b->q.held);
	device_take(b, h);
	device_use(b, h);
	KUNIT_EXPECT_FALSE(test, bench_enable_cb(b, 0));
	KUNIT_EXPECT_TRUE(test, bench_get(b, &done));
	bench_back(b, &done);

	/* Of two more, only the second has to interrupt, where that can be said. */
	KUNIT_EXPECT_TRUE(test, bench_enable_cb(b, 1));
	device_use(b, h);
	KUNIT_EXPECT_EQ(test, drvq_due(&b->q), !(features & BENCH_E));
	device_use(b, h);
	KUNIT_EXPECT_TRUE(test, drvq_due(&b->q));
	bench_hold_cb(b);
	KUNIT_EXPECT_FALSE(test, drvq_due(&b->q));
	all_back(b, h);
}

static void driver_interrupts(struct kunit *test)
{
	static const u64 features[] = { 0, BENCH_E, BENCH_P, BENCH_P | BENCH_E };
	struct held *h = held_new(test);
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		struct bench *b = driver_new(test, features[i] | BENCH_I, 8);

		/* Each time three positions further. */
		for (n = 0; n < 16; n++)
			interrupts(test, b, features[i], h);
	}
}

/* -- looking ----------------------------------------------------------------------- */

static void driver_views(struct kunit *test)
{
	static const u64 features[] = { 0, BENCH_O, BENCH_P, BENCH_P | BENCH_O };
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		struct bench *b = driver_new(test, features[i], 8);
		struct virtq_desc_view *d;
		struct virtq_view v;
		struct virtq_sg sg[2] = { { 0x1000, 10 }, { 0x2000, 20 } };

		d = kunit_kzalloc(test, 8 * sizeof(*d), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, d);
		/* 0, 1 and 2: back; 3: at the device; 4: not shown yet (split); free ones */
		b->q.now = 7;
		drvq_add(&b->q, sg, 1, 0, b);
		drvq_add(&b->q, sg, 1, 1, b);
		b->q.now = 8;
		drvq_add(&b->q, sg, 0, 1, b);
		bench_kick(b);
		drvq_add(&b->q, sg, 1, 0, b);
		model_use(&b->m, 0, 0, 1);
		model_use(&b->m, 1, 5, 2);

		drvq_view(&b->q, &v, d);
		KUNIT_EXPECT_EQ(test, v.num, 8);
		KUNIT_EXPECT_EQ(test, v.in_flight, 4);
		KUNIT_EXPECT_EQ(test, v.made, 4);
		KUNIT_EXPECT_EQ(test, v.done, 0);
		KUNIT_EXPECT_EQ(test, v.next, b->packed ? 5 : 4);
		KUNIT_EXPECT_EQ(test, v.used, 0);
		KUNIT_EXPECT_EQ(test, v.next_wrap, b->packed);
		KUNIT_EXPECT_EQ(test, v.used_wrap, b->packed);
		if (!b->packed) {
			KUNIT_EXPECT_EQ(test, v.driver[1], 3);
			KUNIT_EXPECT_EQ(test, v.device[1], 2);
		}
		for (n = 0; n < 8; n++) {
			static const u8 owner[8] = {
				VIRTQ_OWNER_USED,   VIRTQ_OWNER_USED,	VIRTQ_OWNER_USED,
				VIRTQ_OWNER_DEVICE, VIRTQ_OWNER_QUEUED, VIRTQ_OWNER_DRIVER,
				VIRTQ_OWNER_DRIVER, VIRTQ_OWNER_DRIVER,
			};
			static const int chain[8] = { 0, 1, 1, 3, 4, -1, -1, -1 };
			u8 want = b->packed && n == 4 ? VIRTQ_OWNER_DEVICE : owner[n];

			KUNIT_EXPECT_EQ_MSG(test, d[n].owner, want, "%u of %llx", n, features[i]);
			KUNIT_EXPECT_EQ_MSG(test, d[n].chain, chain[n], "%u of %llx", n,
					    features[i]);
		}
		KUNIT_EXPECT_EQ(test, d[1].pieces, 2);
		KUNIT_EXPECT_EQ(test, d[1].stamp, 7);
		KUNIT_EXPECT_TRUE(test, d[1].timed);
		KUNIT_EXPECT_EQ(test, d[2].pieces, 0);
		KUNIT_EXPECT_FALSE(test, d[2].timed);
		KUNIT_EXPECT_EQ(test, d[3].pieces, 1);
		KUNIT_EXPECT_EQ(test, d[3].stamp, 8);
		KUNIT_EXPECT_EQ(test, d[3].addr, 0x1000);
		KUNIT_EXPECT_EQ(test, d[3].len, 10);

		/* Broken, it stays to be looked at. */
		drvq_break(&b->q, VIRTQ_UPPER, 0, 0);
		drvq_view(&b->q, &v, d);
		KUNIT_EXPECT_EQ(test, v.used_wrap, b->packed);
		KUNIT_EXPECT_EQ(test, v.in_flight, 4);
		KUNIT_EXPECT_EQ(test, d[2].owner, VIRTQ_OWNER_USED);
		KUNIT_EXPECT_EQ(test, d[3].owner, VIRTQ_OWNER_DEVICE);
		memset(&v, 0xff, sizeof(v));
		drvq_view(&b->q, &v, NULL);
		KUNIT_EXPECT_EQ(test, v.made, 4);
		KUNIT_EXPECT_EQ(test, v.fault.reason, VIRTQ_UPPER);
	}
}

/* The table of three pieces of which the device reads @outs. */
static void expect_table(struct bench *b, const struct virtq_desc_view *d,
			 const struct virtq_tables *t, unsigned int outs)
{
	const struct virtq_entry_view *e = &t->entry[d->first];
	unsigned int n;

	KUNIT_ASSERT_EQ(b->test, d->entries, 3);
	KUNIT_ASSERT_LE(b->test, d->first + 3, t->num);
	for (n = 0; n < 3; n++) {
		KUNIT_EXPECT_EQ(b->test, e[n].addr, 0x1000 * (n + 1));
		KUNIT_EXPECT_EQ(b->test, e[n].len, 10 * (n + 1));
		KUNIT_EXPECT_EQ(b->test, e[n].flags,
				(n < outs ? 0 : VIRTQ_DESC_WRITE) |
					(b->packed || n == 2 ? 0 : VIRTQ_DESC_NEXT));
	}
}

/* What was written into tables is shown, not what stands there now. */
static void driver_view_tables(struct kunit *test)
{
	static const u64 features[] = { 0, BENCH_O, BENCH_P, BENCH_P | BENCH_O };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		struct bench *b = driver_new(test, features[i] | BENCH_I, 4);
		struct virtq_sg sg[3] = { { 0x1000, 10 }, { 0x2000, 20 }, { 0x3000, 30 } };
		struct virtq_tables t = { .max = 6 };
		struct virtq_entry_view *e;
		struct virtq_desc_view *d;
		struct virtq_view v;

		d = kunit_kcalloc(test, 4, sizeof(*d), GFP_KERNEL);
		e = kunit_kcalloc(test, 6, sizeof(*e), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, d);
		KUNIT_ASSERT_NOT_NULL(test, e);
		t.entry = e;
		/* 0: one piece; 1 and 2: tables */
		KUNIT_EXPECT_EQ(test, drvq_add(&b->q, sg, 1, 0, b), 0);
		KUNIT_EXPECT_EQ(test, drvq_add(&b->q, sg, 1, 2, b), 0);
		KUNIT_EXPECT_EQ(test, drvq_add(&b->q, sg, 3, 0, b), 0);
		bench_kick(b);
		memset(b->q.config.tables, 0xff, 4 * BENCH_TABLE * sizeof(struct virtq_desc));

		drvq_view(&b->q, &v, d);
		KUNIT_EXPECT_EQ(test, d[1].entries, 0);
		drvq_view_tables(&b->q, d, &t);
		KUNIT_EXPECT_EQ(test, t.num, 6);
		KUNIT_EXPECT_EQ(test, t.left_out, 0);
		KUNIT_EXPECT_EQ(test, d[0].entries, 0);
		expect_table(b, &d[1], &t, 1);
		expect_table(b, &d[2], &t, 3);
		KUNIT_EXPECT_EQ(test, d[3].entries, 0);

		/* A table is shown whole, or not at all. */
		t = (struct virtq_tables){ .entry = e, .max = 5 };
		drvq_view(&b->q, &v, d);
		drvq_view_tables(&b->q, d, &t);
		KUNIT_EXPECT_EQ(test, t.num, 3);
		KUNIT_EXPECT_EQ(test, t.left_out, 1);
		expect_table(b, &d[1], &t, 1);
		KUNIT_EXPECT_EQ(test, d[2].entries, 0);

		/* Packed, the id of the first one then stands in the descriptor of another. */
		t = (struct virtq_tables){ .entry = e, .max = 6 };
		if (features[i] & BENCH_O)
			model_use(&b->m, 0, 0, 1);
		else
			model_use(&b->m, 1, 5, 1);
		drvq_view(&b->q, &v, d);
		drvq_view_tables(&b->q, d, &t);
		KUNIT_EXPECT_EQ(test, t.num, 6);
		KUNIT_EXPECT_EQ(test, d[0].entries, 0);
		expect_table(b, &d[1], &t, 1);
		expect_table(b, &d[2], &t, 3);

		/* And a descriptor that is not as it was written says nothing of a table. */
		t.num = 0;
		if (b->packed)
			model_ring(&b->m, 2)->addr = cpu_to_le64(0x5000);
		else
			model_desc(&b->m, 2)->addr = cpu_to_le64(0x5000);
		drvq_view(&b->q, &v, d);
		drvq_view_tables(&b->q, d, &t);
		KUNIT_EXPECT_EQ(test, t.num, 3);
		KUNIT_EXPECT_EQ(test, d[2].entries, 0);
	}
}

static void driver_words(struct kunit *test)
{
	char buf[48];
	int i;

	for (i = 0; i < VIRTQ_REASONS; i++) {
		KUNIT_ASSERT_NOT_NULL(test, virtq_reason_text(i).name);
		KUNIT_ASSERT_NOT_NULL(test, virtq_reason_text(i).text);
	}
	KUNIT_EXPECT_STREQ(test, virtq_reason_text(VIRTQ_USED_LEN).name, "used-len");
	KUNIT_EXPECT_STREQ(test, virtq_reason_text(VIRTQ_REASONS).name, "?");
	for (i = 0; i < VIRTQ_OWNERS; i++)
		KUNIT_ASSERT_NOT_NULL(test, virtq_owner_name(i));
	KUNIT_EXPECT_STREQ(test, virtq_owner_name(VIRTQ_OWNERS), "?");
	KUNIT_EXPECT_EQ(test, virtq_flags_text(0, buf, sizeof(buf)), 1);
	KUNIT_EXPECT_STREQ(test, buf, "-");
	virtq_flags_text(0xffff, buf, sizeof(buf));
	KUNIT_EXPECT_STREQ(test, buf, "NEXT,WRITE,INDIRECT,AVAIL,USED,0x7f78");
	virtq_flags_text(VIRTQ_DESC_WRITE | VIRTQ_PACKED_AVAIL, buf, sizeof(buf));
	KUNIT_EXPECT_STREQ(test, buf, "WRITE,AVAIL");
	KUNIT_EXPECT_EQ(test, virtq_flags_text(0xffff, buf, 8), 7);
}

static struct kunit_case virtq_driver_cases[] = {
	KUNIT_CASE_PARAM(driver_traffic, bench_gen_params),
	KUNIT_CASE(driver_index_wraps),
	KUNIT_CASE_PARAM(driver_full, bench_gen_params),
	KUNIT_CASE(driver_refuses),
	KUNIT_CASE(driver_whole_ring),
	KUNIT_CASE(driver_tables),
	KUNIT_CASE(driver_kick_split),
	KUNIT_CASE(driver_kick_packed),
	KUNIT_CASE(driver_interrupts),
	KUNIT_CASE(driver_views),
	KUNIT_CASE(driver_view_tables),
	KUNIT_CASE(driver_words),
	{},
};

static struct kunit_suite virtq_driver_suite = {
	.name = "virtq_driver",
	.test_cases = virtq_driver_cases,
};

kunit_test_suite(virtq_driver_suite);

MODULE_DESCRIPTION("KUnit suite of xlate's virtqueues, the driver's side");
MODULE_LICENSE("GPL");
