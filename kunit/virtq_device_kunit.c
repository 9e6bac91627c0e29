// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: the device's side of the ring core, against a model of a driver. */
#include <linux/module.h>

#include "virtq_bench.h"

#include "../vnic/devq.c"
#include "../vnic/devq_view.c"

KUNIT_ARRAY_PARAM(bench, bench_cases, bench_case_name);

static struct bench *device_new(struct kunit *test, u64 features, unsigned int num)
{
	struct bench *b = bench_memory(test, features, num);

	bench_device(b);
	return b;
}

/* -- traffic ----------------------------------------------------------------------- */

/* A chain that the model driver made available. */
struct offer {
	struct virtq_sg sg[BENCH_PIECES];
	unsigned int n;
	unsigned int outs;
	u32 in_len;
	u32 len; /* what the device said */
	u16 id;
	u16 count;
	bool indirect;
};

/* All offers of a model driver: those in flight, in order, and free descriptors. */
struct offers {
	struct offer offer[BENCH_MAX];
	unsigned int n;
	unsigned int free;
	u16 next; /* split: descriptors are taken around the ring */
	bool busy[BENCH_MAX]; /* packed: ids; split: descriptors */
	void *table[BENCH_MAX];
};

static struct offers *offers_new(struct bench *b)
{
	struct offers *o = kunit_kzalloc(b->test, sizeof(*o), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(b->test, o);
	o->free = b->num;
	for (i = 0; i < b->num; i++) {
		o->table[i] = kunit_kzalloc(b->test, BENCH_PIECES * 16, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(b->test, o->table[i]);
	}
	return o;
}

/* Makes a descriptor available that stands for the table at @sg. */
static void offer_indirect(struct bench *b, struct virtq_sg sg, u16 flags, u16 id)
{
	u16 at = b->m.avail;

	flags |= VIRTQ_DESC_INDIRECT;
	if (b->packed) {
		model_put_packed(b->m.desc, at, sg.addr, sg.len,
				 flags | model_avail_flags(b->m.avail_wrap), id);
		model_step(&b->m, &b->m.avail, &b->m.avail_wrap, 1);
	} else {
		model_put(b->m.desc, id, sg.addr, sg.len, flags, 0xffff);
		model_avail(&b->m)->ring[at % b->num] = cpu_to_le16(id);
		model_avail(&b->m)->idx = cpu_to_le16(++b->m.avail);
	}
}

/* Writes the pieces of @f into its table. */
static void offer_table(struct bench *b, struct offers *o, struct offer *f)
{
	unsigned int i;

	for (i = 0; i < f->n; i++) {
		u16 write = i < f->outs ? 0 : VIRTQ_DESC_WRITE;

		if (b->packed)
			model_put_packed(o->table[f->id], i, f->sg[i].addr, f->sg[i].len,
					 /* NEXT means nothing here (2.8.7) */
					 write | VIRTQ_DESC_NEXT, 0xffff);
		else
			model_put(o->table[f->id], i, f->sg[i].addr, f->sg[i].len,
				  write | (i + 1 < f->n ? VIRTQ_DESC_NEXT : 0), i + 1);
	}
}

/* Offers a random chain, if there is room. */
static bool driver_offer(struct bench *b, struct offers *o)
{
	struct offer *f = &o->offer[o->n];
	unsigned int i;

	f->n = 1 + bench_random(b, min_t(unsigned int, b->num, BENCH_PIECES));
	f->outs = bench_random(b, f->n + 1);
	f->in_len = 0;
	for (i = 0; i < f->n; i++) {
		f->sg[i].addr = suite_random(&b->random) >> 1;
		f->sg[i].len = 1 + bench_random(b, 0x10000);
		if (i >= f->outs)
			f->in_len += f->sg[i].len;
	}
	f->indirect = b->features & VIRTQ_F_INDIRECT && bench_random(b, 3);
	f->count = f->indirect ? 1 : f->n;
	if (f->count > o->free)
		return false;
	if (b->packed) {
		for (f->id = bench_random(b, b->num); o->busy[f->id];)
			f->id = (f->id + 1) % b->num;
		o->busy[f->id] = true;
	} else {
		f->id = o->next;
		for (i = 0; i < f->count; i++) {
			if (o->busy[(f->id + i) % b->num])
				return false;
		}
		for (i = 0; i < f->count; i++)
			o->busy[(f->id + i) % b->num] = true;
		o->next = (o->next + f->count) % b->num;
	}
	o->free -= f->count;
	o->n++;
	if (f->indirect) {
		struct virtq_sg sg = { (unsigned long)o->table[f->id], f->n * 16 };

		offer_table(b, o, f);
		/* The device ignores WRITE. */
		offer_indirect(b, sg, bench_random(b, 2) ? VIRTQ_DESC_WRITE : 0, f->id);
	} else {
		model_offer(&b->m, f->sg, f->outs, f->n, f->id);
	}
	return true;
}

static void offer_drop(struct bench *b, struct offers *o, unsigned int at)
{
	struct offer *f = &o->offer[at];
	unsigned int i;

	for (i = 0; i < (b->packed ? 1 : f->count); i++)
		o->busy[(f->id + i) % b->num] = false;
	o->free += f->count;
	for (o->n--; at < o->n; at++)
		o->offer[at] = o->offer[at + 1];
}

/* The driver gets what the device used. In order an entry stands for all before it, too. */
static void driver_reap(struct bench *b, struct offers *o)
{
	unsigned int i, chains, count;
	u32 id, len;

	while (model_reap(&b->m, &id, &len)) {
		for (i = 0; i < o->n && o->offer[i].id != id; i++)
			;
		KUNIT_ASSERT_LT(b->test, i, o->n);
		KUNIT_EXPECT_EQ(b->test, len, o->offer[i].len);
		count = o->offer[i].count;
		chains = 1;
		if (b->features & VIRTQ_F_IN_ORDER) {
			for (; i; i--, chains++) {
				count += o->offer[0].count;
				/* What is passed over was used up. */
				KUNIT_EXPECT_EQ(b->test, o->offer[0].len, o->offer[0].in_len);
				offer_drop(b, o, 0);
			}
		}
		offer_drop(b, o, i);
		model_done(&b->m, count, chains);
	}
}

struct fetched {
	struct virtq_sg sg[BENCH_PIECES];
	struct devq_chain chain[BENCH_MAX];
	unsigned int n;
};

/* The device fetches all there is. */
static void device_fetch(struct bench *b, struct offers *o, struct fetched *got)
{
	for (;;) {
		struct devq_chain *c = &got->chain[got->n];
		struct offer *f = NULL;
		unsigned int i;
		int ret;

		c->sg = got->sg;
		c->max = BENCH_PIECES;
		ret = devq_fetch(&b->d, c);
		KUNIT_ASSERT_EQ_MSG(b->test, devq_broken(&b->d), 0, "%s",
				    virtq_reason_text(b->d.fault.reason).name);
		if (!ret)
			return;
		/* Now and then it thinks again. */
		if (!bench_random(b, 4)) {
			KUNIT_EXPECT_EQ(b->test, devq_unfetch(&b->d, c), 0);
			KUNIT_EXPECT_EQ(b->test, devq_unfetch(&b->d, c), -EINVAL);
			KUNIT_EXPECT_EQ(b->test, devq_fetch(&b->d, c), 1);
		}
		for (i = 0; i < o->n && !f; i++)
			if (o->offer[i].id == c->id)
				f = &o->offer[i];
		KUNIT_ASSERT_NOT_NULL(b->test, f);
		KUNIT_EXPECT_EQ(b->test, c->count, f->count);
		KUNIT_EXPECT_EQ(b->test, c->outs, f->outs);
		KUNIT_ASSERT_EQ(b->test, c->outs + c->ins, f->n);
		KUNIT_EXPECT_EQ(b->test, c->in_len, f->in_len);
		KUNIT_EXPECT_EQ(b->test, memcmp(c->sg, f->sg, f->n * sizeof(*c->sg)), 0);
		got->n++;
	}
}

/* The device pushes one chain; the length goes to its offer. */
static void device_push(struct bench *b, struct offers *o, struct fetched *got)
{
	unsigned int i = b->features & VIRTQ_F_IN_ORDER ? 0 : bench_random(b, got->n), k;
	struct devq_chain *c = &got->chain[i];
	u32 len = c->in_len;

	if (c->in_len && bench_random(b, 2))
		len = bench_random(b, c->in_len);
	for (k = 0; k < o->n; k++)
		if (o->offer[k].id == c->id)
			o->offer[k].len = len;
	/* What it may not do. */
	KUNIT_EXPECT_EQ(b->test, devq_push(&b->d, b->num, 0), -EINVAL);
	KUNIT_EXPECT_EQ(b->test, devq_push(&b->d, c->id, c->in_len + 1), -EINVAL);
	if (b->features & VIRTQ_F_IN_ORDER && got->n > 1)
		KUNIT_EXPECT_EQ(b->test, devq_push(&b->d, got->chain[1].id, 0), -EINVAL);
	KUNIT_EXPECT_EQ(b->test, devq_push(&b->d, c->id, len), 0);
	KUNIT_EXPECT_EQ(b->test, devq_push(&b->d, c->id, len), -EINVAL);
	for (got->n--; i < got->n; i++)
		got->chain[i] = got->chain[i + 1];
}

static void device_traffic(struct kunit *test)
{
	const struct bench_case *c = test->param_value;
	struct bench *b = device_new(test, c->features, c->num);
	struct fetched *got = kunit_kzalloc(test, sizeof(*got), GFP_KERNEL);
	struct offers *o = offers_new(b);
	unsigned int round, n;
	u64 interrupts = 0;

	KUNIT_ASSERT_NOT_NULL(test, got);
	for (round = 0; round < 300; round++) {
		u32 id, len;

		for (n = bench_random(b, c->num + 1); n; n--)
			driver_offer(b, o);
		device_fetch(b, o, got);
		for (n = bench_random(b, got->n + 1); n; n--)
			device_push(b, o, got);
		/* Nothing is to be seen before it is flushed. */
		KUNIT_EXPECT_FALSE(test, model_reap(&b->m, &id, &len));
		interrupts += devq_flush(&b->d);
		KUNIT_EXPECT_FALSE(test, devq_flush(&b->d));
		driver_reap(b, o);
		KUNIT_EXPECT_EQ(test, o->n, got->n);
	}
	while (got->n)
		device_push(b, o, got);
	interrupts += devq_flush(&b->d);
	driver_reap(b, o);
	KUNIT_EXPECT_EQ(test, o->n, 0);
	KUNIT_EXPECT_EQ(test, b->d.held, 0);
	KUNIT_EXPECT_EQ(test, b->d.fetched, b->d.pushed);
	KUNIT_EXPECT_EQ(test, b->d.counters.interrupts, interrupts);
	KUNIT_EXPECT_GT(test, b->d.fetched, 3 * c->num);
}

/* -- notifications ----------------------------------------------------------------- */

static void offer_one(struct bench *b, u16 id)
{
	const struct virtq_sg sg = { 0x1000, 10 };

	model_offer(&b->m, &sg, 0, 1, id);
}

/* Offers, fetches and pushes @n chains; does the driver want to hear of them? */
static bool interrupt_after(struct bench *b, unsigned int n)
{
	struct virtq_sg sg[1];
	struct devq_chain c = { .sg = sg, .max = 1 };

	for (; n; n--) {
		offer_one(b, b->d.fetched % b->num);
		KUNIT_EXPECT_EQ(b->test, devq_fetch(&b->d, &c), 1);
		KUNIT_EXPECT_EQ(b->test, devq_push(&b->d, c.id, 1), 0);
	}
	return devq_flush(&b->d);
}

static void device_interrupts_split(struct kunit *test)
{
	struct bench *b = device_new(test, 0, 4), *e = device_new(test, BENCH_E, 4);
	unsigned int i;

	/* Without event_idx a flag says it, and used_event means nothing. */
	model_avail(&b->m)->ring[4] = cpu_to_le16(77);
	KUNIT_EXPECT_FALSE(test, devq_flush(&b->d));
	KUNIT_EXPECT_TRUE(test, interrupt_after(b, 1));
	model_avail(&b->m)->flags = cpu_to_le16(VIRTQ_AVAIL_NO_INTERRUPT);
	KUNIT_EXPECT_FALSE(test, interrupt_after(b, 2));
	KUNIT_EXPECT_EQ(test, le16_to_cpu(model_used(&b->m)->idx), 3);
	KUNIT_EXPECT_EQ(test, b->d.counters.interrupts, 1);
	KUNIT_EXPECT_EQ(test, b->d.counters.interrupts_spared, 1);

	/* With it, the flag means nothing; the position has to be passed. */
	model_avail(&e->m)->flags = cpu_to_le16(VIRTQ_AVAIL_NO_INTERRUPT);
	for (i = 0; i < 20; i++) {
		model_avail(&e->m)->ring[4] = cpu_to_le16((u16)e->d.pushed + 1);
		KUNIT_EXPECT_FALSE(test, interrupt_after(e, 1));
		KUNIT_EXPECT_TRUE(test, interrupt_after(e, 1));
		model_avail(&e->m)->ring[4] = cpu_to_le16((u16)e->d.pushed + 2);
		KUNIT_EXPECT_TRUE(test, interrupt_after(e, 3));
		KUNIT_EXPECT_FALSE(test, interrupt_after(e, 2));
	}
	KUNIT_EXPECT_EQ(test, e->d.counters.interrupts, 40);
	KUNIT_EXPECT_EQ(test, e->d.counters.added[2], 40);
}

static void driver_wants(struct bench *b, u16 flags, unsigned int pos, bool wrap)
{
	struct virtq_packed_event *event = b->m.driver;

	if (pos >= b->num) {
		pos -= b->num;
		wrap = !wrap;
	}
	event->desc = cpu_to_le16(pos | (wrap ? VIRTQ_EVENT_WRAP : 0));
	event->flags = cpu_to_le16(flags);
}

static void device_interrupts_packed(struct kunit *test)
{
	struct bench *b = device_new(test, BENCH_P, 5), *e = device_new(test, BENCH_P | BENCH_E, 5);
	unsigned int i;

	KUNIT_EXPECT_TRUE(test, interrupt_after(b, 1));
	driver_wants(b, VIRTQ_EVENT_DISABLE, 0, 0);
	KUNIT_EXPECT_FALSE(test, interrupt_after(b, 1));
	driver_wants(b, VIRTQ_EVENT_DESC, 0, 0);
	KUNIT_EXPECT_TRUE(test, interrupt_after(b, 1));
	driver_wants(b, 3, 0, 0);
	KUNIT_EXPECT_TRUE(test, interrupt_after(b, 1));

	for (i = 0; i < 20; i++) {
		bool wrap = e->m.avail_wrap;

		driver_wants(e, VIRTQ_EVENT_DESC, e->d.used_pos + 1, wrap);
		KUNIT_EXPECT_FALSE(test, interrupt_after(e, 1));
		KUNIT_EXPECT_TRUE(test, interrupt_after(e, 1));
		wrap = e->m.avail_wrap;
		driver_wants(e, VIRTQ_EVENT_DESC, e->d.used_pos + 2, wrap);
		KUNIT_EXPECT_TRUE(test, interrupt_after(e, 3));
		KUNIT_EXPECT_FALSE(test, interrupt_after(e, 1));
		KUNIT_EXPECT_TRUE(test, interrupt_after(e, 5));
	}
}

static void device_kicks(struct kunit *test)
{
	static const u64 features[] = { 0, BENCH_E, BENCH_P, BENCH_P | BENCH_E };
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		struct bench *b = device_new(test, features[i], 4);
		struct virtq_packed_event *event = b->m.device;

		for (n = 0; n < 12; n++) {
			struct virtq_sg sg[1];
			struct devq_chain c = { .sg = sg, .max = 1 };

			devq_disable_kick(&b->d);
			if (!features[i])
				KUNIT_EXPECT_EQ(test, le16_to_cpu(model_used(&b->m)->flags), 1);
			if (b->packed)
				KUNIT_EXPECT_EQ(test, le16_to_cpu(event->flags),
						VIRTQ_EVENT_DISABLE);
			KUNIT_EXPECT_TRUE(test, devq_enable_kick(&b->d));
			if (!features[i])
				KUNIT_EXPECT_EQ(test, le16_to_cpu(model_used(&b->m)->flags), 0);
			if (features[i] == BENCH_E)
				KUNIT_EXPECT_EQ(test,
						le16_to_cpu(*virtq_avail_event(b->m.device, 4)), n);
			if (features[i] == BENCH_P)
				KUNIT_EXPECT_EQ(test, le16_to_cpu(event->flags),
						VIRTQ_EVENT_ENABLE);
			if (features[i] == (BENCH_P | BENCH_E)) {
				KUNIT_EXPECT_EQ(test, le16_to_cpu(event->flags), VIRTQ_EVENT_DESC);
				KUNIT_EXPECT_EQ(test, le16_to_cpu(event->desc),
						b->m.avail | b->m.avail_wrap << 15);
			}
			offer_one(b, n % 4);
			KUNIT_EXPECT_FALSE(test, devq_enable_kick(&b->d));
			KUNIT_EXPECT_EQ(test, devq_fetch(&b->d, &c), 1);
			KUNIT_EXPECT_EQ(test, devq_push(&b->d, c.id, 0), 0);
			devq_flush(&b->d);
		}
	}
}

/* -- what a device must be able to take -------------------------------------------- */

/* Plain descriptors, then one of a table, in one chain (2.7.5.3.2). */
static void device_mixed_chain(struct kunit *test)
{
	struct bench *b = device_new(test, BENCH_I, 4);
	struct virtq_desc *table = kunit_kzalloc(test, 2 * sizeof(*table), GFP_KERNEL);
	struct virtq_sg sg[4];
	struct devq_chain c = { .sg = sg, .max = 4 };
	struct virtq_desc_view d[4];
	struct virtq_entry_view e[1];
	struct virtq_tables t = { .entry = e, .max = 1 };
	struct virtq_view v;

	KUNIT_ASSERT_NOT_NULL(test, table);
	/* The entries may stand in any order. */
	model_put(table, 0, 0x3000, 3, VIRTQ_DESC_WRITE, 0);
	model_put(table, 1, 0, 0, 0, 0);
	model_put(b->m.desc, 3, 0x1000, 1, VIRTQ_DESC_NEXT, 1);
	model_put(b->m.desc, 1, 0x2000, 2, VIRTQ_DESC_NEXT | VIRTQ_DESC_WRITE, 2);
	model_put(b->m.desc, 2, (unsigned long)table, 32, VIRTQ_DESC_INDIRECT, 0);
	model_avail(&b->m)->ring[0] = cpu_to_le16(3);
	model_avail(&b->m)->idx = cpu_to_le16(1);
	KUNIT_ASSERT_EQ(test, devq_fetch(&b->d, &c), 1);
	KUNIT_EXPECT_EQ(test, c.id, 3);
	KUNIT_EXPECT_EQ(test, c.count, 3);
	KUNIT_EXPECT_EQ(test, c.outs, 1);
	KUNIT_EXPECT_EQ(test, c.ins, 2);
	KUNIT_EXPECT_EQ(test, c.out_len, 1);
	KUNIT_EXPECT_EQ(test, c.in_len, 5);
	KUNIT_EXPECT_EQ(test, c.sg[2].addr, 0x3000);
	KUNIT_EXPECT_EQ(test, b->d.counters.extra, 2);
	KUNIT_EXPECT_EQ(test, b->d.counters.tables, 1);

	devq_view(&b->d, &v, d);
	devq_view_chain(&b->d, &c, d, &t);
	KUNIT_EXPECT_EQ(test, t.num, 1);
	KUNIT_EXPECT_EQ(test, d[2].entries, 1);
	KUNIT_EXPECT_EQ(test, d[3].entries, 0);
	KUNIT_EXPECT_EQ(test, d[3].pieces, 3);
	KUNIT_EXPECT_EQ(test, e[0].addr, 0x3000);
	KUNIT_EXPECT_EQ(test, e[0].flags, VIRTQ_DESC_WRITE);
}

/* 2^32 bytes are allowed; addresses to the very last one, too. */
static void device_limits(struct kunit *test)
{
	static const u64 features[] = { 0, BENCH_P };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		struct virtq_sg give[2] = { { 0, ~0U }, { ~0ULL, 1 } }, sg[2];
		struct bench *b = device_new(test, features[i], 4);
		struct devq_chain c = { .sg = sg, .max = 2 };

		model_offer(&b->m, give, 0, 2, 0);
		KUNIT_ASSERT_EQ(test, devq_fetch(&b->d, &c), 1);
		KUNIT_EXPECT_EQ(test, c.in_len, 1ULL << 32);
		KUNIT_EXPECT_EQ(test, devq_push(&b->d, c.id, ~0U), 0);
	}
}

static void device_config(struct kunit *test)
{
	struct bench *b = device_new(test, 0, 4);
	struct devq_config cfg = b->dcfg;
	struct devq d;

	cfg.num = 0;
	KUNIT_EXPECT_EQ(test, devq_init(&d, &cfg), -EINVAL);
	cfg.num = 3;
	KUNIT_EXPECT_EQ(test, devq_init(&d, &cfg), -EINVAL);
	cfg.num = 0x10000;
	KUNIT_EXPECT_EQ(test, devq_init(&d, &cfg), -EINVAL);
	cfg.features = VIRTQ_F_PACKED;
	cfg.num = 0;
	KUNIT_EXPECT_EQ(test, devq_init(&d, &cfg), -EINVAL);
	cfg.num = 0x8001;
	KUNIT_EXPECT_EQ(test, devq_init(&d, &cfg), -EINVAL);
	cfg.num = 3;
	KUNIT_EXPECT_EQ(test, devq_init(&d, &cfg), 0);
	cfg.driver = NULL;
	KUNIT_EXPECT_EQ(test, devq_reset(&d, &cfg), -EINVAL);
	cfg.driver = b->m.driver;
	cfg.table = NULL;
	KUNIT_EXPECT_EQ(test, devq_reset(&d, &cfg), 0);
	cfg.features |= VIRTQ_F_INDIRECT;
	KUNIT_EXPECT_EQ(test, devq_reset(&d, &cfg), -EINVAL);
	KUNIT_EXPECT_EQ(test, d.counters.resets, 1);
}

static void device_views(struct kunit *test)
{
	static const u64 features[] = { 0, BENCH_P };
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		struct virtq_sg give[2] = { { 0x1000, 1 }, { 0x2000, 2 } }, sg[2];
		struct bench *b = device_new(test, features[i], 8);
		struct devq_chain c = { .sg = sg, .max = 2 };
		struct virtq_desc_view *d;
		struct virtq_view v;

		d = kunit_kzalloc(test, 8 * sizeof(*d), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, d);
		/* 0 and 1: held; 2, 3 and 4: available; free ones */
		model_offer(&b->m, give, 1, 2, 0);
		model_offer(&b->m, give, 1, 2, 2);
		model_offer(&b->m, give, 1, 1, 4);
		b->d.now = 9;
		KUNIT_EXPECT_EQ(test, devq_fetch(&b->d, &c), 1);
		devq_view(&b->d, &v, d);
		KUNIT_EXPECT_EQ(test, v.num, 8);
		KUNIT_EXPECT_EQ(test, v.in_flight, 1);
		KUNIT_EXPECT_EQ(test, v.made, 1);
		KUNIT_EXPECT_EQ(test, v.done, 0);
		KUNIT_EXPECT_EQ(test, v.next, b->packed ? 2 : 1);
		if (!b->packed)
			KUNIT_EXPECT_EQ(test, v.driver[1], 3);
		for (n = 0; n < 8; n++) {
			static const int chain[8] = { 0, 0, 2, 2, 4, -1, -1, -1 };

			KUNIT_EXPECT_EQ_MSG(test, d[n].owner,
					    n < 2 ? VIRTQ_OWNER_HELD :
					    n < 5 ? VIRTQ_OWNER_DEVICE :
						    VIRTQ_OWNER_DRIVER,
					    "%u", n);
			KUNIT_EXPECT_EQ_MSG(test, d[n].chain, chain[n], "%u", n);
		}
		KUNIT_EXPECT_EQ(test, d[0].stamp, 9);
		KUNIT_EXPECT_TRUE(test, d[0].timed);
		KUNIT_EXPECT_EQ(test, d[0].pieces, 0);
		KUNIT_EXPECT_FALSE(test, d[2].timed);
		KUNIT_EXPECT_EQ(test, d[1].addr, 0x2000);
		KUNIT_EXPECT_EQ(test, d[1].len, 2);
		memset(&v, 0xff, sizeof(v));
		devq_view(&b->d, &v, NULL);
		KUNIT_EXPECT_EQ(test, v.made, 1);
		KUNIT_EXPECT_EQ(test, v.fault.reason, VIRTQ_GOOD);
	}
}

/* A table: one piece to be read, two to be written; split, in another order than they stand. */
static void write_table(struct bench *b, void *table)
{
	if (b->packed) {
		/* Of flags only WRITE means anything. */
		model_put_packed(table, 0, 0x1000, 1, VIRTQ_DESC_NEXT, 0);
		model_put_packed(table, 1, 0x2000, 2, VIRTQ_DESC_WRITE, 0);
		model_put_packed(table, 2, 0x3000, 3, VIRTQ_DESC_WRITE | VIRTQ_DESC_NEXT, 0);
	} else {
		model_put(table, 0, 0x1000, 1, VIRTQ_DESC_NEXT, 2);
		model_put(table, 2, 0x2000, 2, VIRTQ_DESC_WRITE | VIRTQ_DESC_NEXT, 1);
		model_put(table, 1, 0x3000, 3, VIRTQ_DESC_WRITE, 0);
	}
}

static void expect_table(struct bench *b, const struct virtq_desc_view *d,
			 const struct virtq_tables *t)
{
	const struct virtq_entry_view *e = &t->entry[d->first];
	unsigned int n;

	KUNIT_ASSERT_EQ(b->test, d->entries, 3);
	KUNIT_ASSERT_LE(b->test, d->first + 3, t->num);
	for (n = 0; n < 3; n++) {
		KUNIT_EXPECT_EQ(b->test, e[n].addr, 0x1000 * (n + 1));
		KUNIT_EXPECT_EQ(b->test, e[n].len, n + 1);
		KUNIT_EXPECT_EQ(b->test, e[n].flags,
				(n ? VIRTQ_DESC_WRITE : 0) |
					(b->packed || n == 2 ? 0 : VIRTQ_DESC_NEXT));
	}
}

/* What was read of tables is shown, not what stands there now, and only of chains that are held. */
static void device_view_tables(struct kunit *test)
{
	static const u64 features[] = { BENCH_I, BENCH_I | BENCH_P };
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		struct bench *b = device_new(test, features[i], 4);
		struct virtq_sg sg[2][3], at = { .len = 48 };
		struct virtq_tables t = { .max = 6 };
		struct virtq_entry_view *e;
		struct virtq_desc_view *d;
		struct devq_chain c[2];
		struct virtq_view v;
		void *table;

		d = kunit_kcalloc(test, 4, sizeof(*d), GFP_KERNEL);
		e = kunit_kcalloc(test, 6, sizeof(*e), GFP_KERNEL);
		table = kunit_kzalloc(test, at.len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, d);
		KUNIT_ASSERT_NOT_NULL(test, e);
		KUNIT_ASSERT_NOT_NULL(test, table);
		t.entry = e;
		at.addr = (unsigned long)table;
		write_table(b, table);
		/* 0 and 1: held; 2: available */
		for (n = 0; n < 3; n++)
			offer_indirect(b, at, 0, n);
		for (n = 0; n < 2; n++) {
			c[n].sg = sg[n];
			c[n].max = 3;
			KUNIT_ASSERT_EQ(test, devq_fetch(&b->d, &c[n]), 1);
			KUNIT_EXPECT_EQ(test, c[n].entries, 3);
			KUNIT_EXPECT_EQ(test, c[n].table, n);
		}
		memset(table, 0xff, at.len);

		devq_view(&b->d, &v, d);
		for (n = 0; n < 4; n++)
			KUNIT_EXPECT_EQ(test, d[n].entries, 0);
		for (n = 0; n < 2; n++) {
			devq_view_chain(&b->d, &c[n], d, &t);
			expect_table(b, &d[n], &t);
			KUNIT_EXPECT_EQ(test, d[n].pieces, 3);
		}
		KUNIT_EXPECT_EQ(test, d[2].entries, 0);
		KUNIT_EXPECT_EQ(test, t.num, 6);
		KUNIT_EXPECT_EQ(test, t.left_out, 0);

		/* A table is shown whole, or not at all. */
		t = (struct virtq_tables){ .entry = e, .max = 2 };
		devq_view(&b->d, &v, d);
		devq_view_chain(&b->d, &c[0], d, &t);
		KUNIT_EXPECT_EQ(test, d[0].entries, 0);
		KUNIT_EXPECT_EQ(test, t.num, 0);
		KUNIT_EXPECT_EQ(test, t.left_out, 1);

		/* Packed, this is written over the descriptor of the first. */
		t = (struct virtq_tables){ .entry = e, .max = 6 };
		KUNIT_EXPECT_EQ(test, devq_push(&b->d, 1, 0), 0);
		devq_flush(&b->d);
		devq_view(&b->d, &v, d);
		devq_view_chain(&b->d, &c[0], d, &t);
		if (b->packed)
			KUNIT_EXPECT_EQ(test, t.num, 0);
		else
			expect_table(b, &d[0], &t);
	}
}

static struct kunit_case virtq_device_cases[] = {
	KUNIT_CASE_PARAM(device_traffic, bench_gen_params),
	KUNIT_CASE(device_interrupts_split),
	KUNIT_CASE(device_interrupts_packed),
	KUNIT_CASE(device_kicks),
	KUNIT_CASE(device_mixed_chain),
	KUNIT_CASE(device_limits),
	KUNIT_CASE(device_config),
	KUNIT_CASE(device_views),
	KUNIT_CASE(device_view_tables),
	{},
};

static struct kunit_suite virtq_device_suite = {
	.name = "virtq_device",
	.test_cases = virtq_device_cases,
};

kunit_test_suite(virtq_device_suite);

MODULE_DESCRIPTION("KUnit suite of xlate's virtqueues, the device's side");
MODULE_LICENSE("GPL");
