// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: the driver's side of the ring core on one end of a queue, the device's on the other. */
#include <linux/module.h>

#include "virtq_bench.h"

#include "../vnic/devq.c"
#include "../vnic/devq_view.c"
#include "../vnic/drvq.c"
#include "../vnic/drvq_view.c"

KUNIT_ARRAY_PARAM(bench, bench_cases, bench_case_name);

/* What the device has fetched and not pushed yet. */
struct got {
	struct virtq_sg sg[BENCH_MAX][BENCH_TABLE]; /* by id */
	struct devq_chain chain[BENCH_MAX];
	unsigned int n;
};

struct pair {
	struct bench *b;
	struct got got;
	struct virtq_desc_view dview[BENCH_MAX];
	struct virtq_desc_view qview[BENCH_MAX];
	struct virtq_entry_view dentry[BENCH_MAX * BENCH_PIECES];
	struct virtq_entry_view qentry[BENCH_MAX * BENCH_PIECES];
	unsigned int tables; /* that were compared */
	bool kicked; /* notifications under way */
	bool interrupted;
};

static struct pair *pair_new(struct kunit *test, const struct bench_case *c)
{
	struct pair *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	p->b = bench_memory(test, c->features, c->num);
	bench_driver(p->b);
	bench_device(p->b);
	return p;
}

static void pair_fetch(struct pair *p)
{
	struct bench *b = p->b;

	for (;;) {
		struct devq_chain *c = &p->got.chain[p->got.n];
		struct virtq_sg sg[BENCH_TABLE];
		struct bench_buffer *buf;
		int ret;

		c->sg = sg;
		c->max = BENCH_TABLE;
		ret = devq_fetch(&b->d, c);
		KUNIT_ASSERT_TRUE(b->test, ret >= 0);
		if (!ret)
			return;
		buf = b->q.slot[c->id].token;
		KUNIT_ASSERT_NOT_NULL(b->test, buf);
		KUNIT_EXPECT_EQ(b->test, c->outs, buf->outs);
		KUNIT_EXPECT_EQ(b->test, c->ins, buf->ins);
		KUNIT_EXPECT_EQ(b->test,
				memcmp(c->sg, buf->sg, (c->outs + c->ins) * sizeof(*c->sg)), 0);
		c->sg = memcpy(p->got.sg[c->id], sg, sizeof(sg));
		p->got.n++;
	}
}

static void pair_push(struct pair *p)
{
	struct bench *b = p->b;
	unsigned int i = b->features & VIRTQ_F_IN_ORDER ? 0 : bench_random(b, p->got.n);
	struct devq_chain *c = &p->got.chain[i];
	struct bench_buffer *buf = b->q.slot[c->id].token;

	buf->len = c->in_len;
	if (c->in_len && bench_random(b, 2))
		buf->len = bench_random(b, c->in_len);
	KUNIT_EXPECT_EQ(b->test, devq_push(&b->d, c->id, buf->len), 0);
	for (p->got.n--; i < p->got.n; i++)
		p->got.chain[i] = p->got.chain[i + 1];
}

static void pair_get(struct pair *p)
{
	struct drvq_done done;

	while (bench_get(p->b, &done))
		KUNIT_EXPECT_EQ(p->b->test, done.len, bench_back(p->b, &done)->len);
}

/* The table of descriptor @i, which the device has read. */
static void pair_compare_table(struct pair *p, unsigned int i)
{
	const struct virtq_desc_view *d = &p->dview[i], *q = &p->qview[i];

	struct kunit *test = p->b->test;
	unsigned int n;

	KUNIT_ASSERT_EQ(test, d->entries, q->entries);
	KUNIT_EXPECT_EQ(test, d->pieces, q->pieces);
	for (n = 0; n < d->entries; n++) {
		const struct virtq_entry_view *theirs = &p->dentry[d->first + n];
		const struct virtq_entry_view *ours = &p->qentry[q->first + n];

		KUNIT_EXPECT_EQ(test, theirs->addr, ours->addr);
		KUNIT_EXPECT_EQ(test, theirs->len, ours->len);
		KUNIT_EXPECT_EQ(test, theirs->flags, ours->flags);
	}
	p->tables++;
}

/* Both views say the same of what both can know. */
static void pair_look(struct pair *p)
{
	struct bench *b = p->b;
	struct virtq_tables dtables = { .entry = p->dentry, .max = ARRAY_SIZE(p->dentry) };
	struct virtq_tables qtables = { .entry = p->qentry, .max = ARRAY_SIZE(p->qentry) };
	struct virtq_view d, q;
	unsigned int i;

	devq_view(&b->d, &d, p->dview);
	for (i = 0; i < p->got.n; i++)
		devq_view_chain(&b->d, &p->got.chain[i], p->dview, &dtables);
	drvq_view(&b->q, &q, p->qview);
	drvq_view_tables(&b->q, p->qview, &qtables);
	KUNIT_EXPECT_EQ(b->test, d.driver[1], q.driver[1]);
	KUNIT_EXPECT_EQ(b->test, d.device[1], q.device[1]);
	KUNIT_EXPECT_EQ(b->test, q.used_wrap, b->packed && b->q.used_flags == VIRTQ_PACKED_BOTH);
	for (i = 0; i < b->num; i++) {
		u8 theirs = p->dview[i].owner, ours = p->qview[i].owner;

		KUNIT_EXPECT_EQ(b->test, p->dview[i].addr, p->qview[i].addr);
		KUNIT_EXPECT_EQ(b->test, p->dview[i].flags, p->qview[i].flags);
		/* What is pushed and not flushed, neither of them shows. */
		if (b->d.pushed != b->d.shown)
			continue;
		if (p->dview[i].entries)
			pair_compare_table(p, i);
		if (theirs == VIRTQ_OWNER_HELD || theirs == VIRTQ_OWNER_DEVICE)
			KUNIT_EXPECT_EQ(b->test, ours, VIRTQ_OWNER_DEVICE);
		else
			KUNIT_EXPECT_NE(b->test, ours, VIRTQ_OWNER_DEVICE);
	}
}

/* Each side does something, or not; nobody is notified of anything. */
static void pair_traffic(struct kunit *test)
{
	struct pair *p = pair_new(test, test->param_value);
	struct bench *b = p->b;
	unsigned int round, n;

	for (round = 0; round < 400; round++) {
		for (n = bench_random(b, 6); n; n--)
			bench_add(b, bench_buffer(b));
		if (bench_random(b, 2))
			bench_kick(b);
		if (bench_random(b, 2))
			pair_fetch(p);
		for (n = bench_random(b, 6); n && p->got.n; n--)
			pair_push(p);
		if (bench_random(b, 2))
			devq_flush(&b->d);
		if (!bench_random(b, 8))
			pair_look(p);
		if (bench_random(b, 2))
			pair_get(p);
	}
	bench_kick(b);
	pair_fetch(p);
	while (p->got.n)
		pair_push(p);
	devq_flush(&b->d);
	pair_get(p);
	KUNIT_EXPECT_EQ(test, b->pending, 0);
	KUNIT_EXPECT_EQ(test, b->q.free, b->num);
	KUNIT_EXPECT_EQ(test, b->q.added, b->d.fetched);
	KUNIT_EXPECT_EQ(test, b->q.completed, b->d.pushed);
	KUNIT_EXPECT_EQ(test, b->q.counters.out_bytes, b->d.counters.out_bytes);
	KUNIT_EXPECT_EQ(test, b->q.counters.in_bytes, b->d.counters.in_bytes);
	KUNIT_EXPECT_EQ(test, b->q.counters.extra, b->d.counters.extra);
	KUNIT_EXPECT_EQ(test, b->q.counters.tables, b->d.counters.tables);
	KUNIT_EXPECT_GT(test, b->q.added, b->num);
	if (b->features & VIRTQ_F_INDIRECT)
		KUNIT_EXPECT_GT(test, p->tables, 0);
}

/*
 * Nobody looks unless he is told to: a lost notification would leave both waiting. The
 * driver asks for an interrupt now and then for a later buffer only, and now and then it holds
 * them while it adds some, and looks itself at the end.
 */
static void pair_notifications(struct kunit *test)
{
	struct pair *p = pair_new(test, test->param_value);
	struct bench *b = p->b;
	unsigned int left = 500, idle = 0, n, after = 0;

	devq_enable_kick(&b->d);
	bench_enable_cb(b, 0);
	while (left || b->pending) {
		bool hold = !bench_random(b, 4);

		KUNIT_ASSERT_LT(test, idle, 50);
		idle++;
		if (hold)
			bench_hold_cb(b);
		for (n = bench_random(b, 4); n && left; n--) {
			if (bench_add(b, bench_buffer(b)))
				break;
			left--;
			idle = 0;
		}
		p->kicked |= bench_kick(b);
		if (p->kicked) {
			p->kicked = false;
			devq_disable_kick(&b->d);
			do
				pair_fetch(p);
			while (!devq_enable_kick(&b->d));
			idle = 0;
		}
		for (n = bench_random(b, 4); n && p->got.n; n--) {
			pair_push(p);
			idle = 0;
		}
		p->interrupted |= devq_flush(&b->d);
		KUNIT_EXPECT_FALSE(test, hold && p->interrupted);
		if (p->interrupted || hold) {
			p->interrupted = false;
			if (!hold)
				bench_disable_cb(b);
			do {
				pair_get(p);
				after = drvq_in_flight(&b->q) * 3 / 4;
			} while (!bench_enable_cb(b, bench_random(b, 2) ? after : 0));
			idle = 0;
		}
	}
	KUNIT_EXPECT_EQ(test, b->pending, 0);
	/* Some were spared on either side. */
	KUNIT_EXPECT_GT(test, b->q.counters.kicks, 0);
	KUNIT_EXPECT_GT(test, b->d.counters.interrupts, 0);
}

static void pair_reset(struct kunit *test)
{
	struct pair *p = pair_new(test, test->param_value);
	struct bench *b = p->b;
	unsigned int round, n;

	for (round = 0; round < 50; round++) {
		for (n = bench_random(b, b->num); n; n--)
			bench_add(b, bench_buffer(b));
		if (bench_random(b, 4))
			bench_kick(b);
		pair_fetch(p);
		for (n = bench_random(b, 4); n && p->got.n; n--)
			pair_push(p);
		if (bench_random(b, 2))
			devq_flush(&b->d);
		if (bench_random(b, 2))
			pair_get(p);
		p->got.n = 0;
		bench_restart(b);
		KUNIT_EXPECT_EQ(test, devq_reset(&b->d, NULL), 0);
	}
	KUNIT_EXPECT_EQ(test, b->q.counters.resets, 50);
	KUNIT_EXPECT_GT(test, b->q.counters.chains, b->d.counters.chains - 1);
	KUNIT_EXPECT_EQ(test, b->q.counters.broken, 0);
}

static struct kunit_case virtq_pair_cases[] = {
	KUNIT_CASE_PARAM(pair_traffic, bench_gen_params),
	KUNIT_CASE_PARAM(pair_notifications, bench_gen_params),
	KUNIT_CASE_PARAM(pair_reset, bench_gen_params),
	{},
};

static struct kunit_suite virtq_pair_suite = {
	.name = "virtq_pair",
	.test_cases = virtq_pair_cases,
};

kunit_test_suite(virtq_pair_suite);

MODULE_DESCRIPTION("KUnit suite of xlate's virtqueues, both sides");
MODULE_LICENSE("GPL");
