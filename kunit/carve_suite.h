/* SPDX-License-Identifier: GPL-2.0-only */
/* What the suites of the carved card share: a card, a core, and virtual functions' drivers. */
#ifndef _CARVE_SUITE_H
#define _CARVE_SUITE_H

#include <kunit/test.h>

#include "carve_check.h"

#define SEC (1000 * CARVE_MS)

static __maybe_unused const u8 pf_mac[CARVE_MAC_LEN] = { 0x52, 0x54, 0x00, 0x78, 0x6c, 0x00 };
static __maybe_unused const u8 zero_mac[CARVE_MAC_LEN];

/* An address that nobody has: 02:00:00:00 and n. Good until eight more were asked for. */
static __maybe_unused const u8 *mac_of(unsigned int n)
{
	static u8 macs[8][CARVE_MAC_LEN];
	static unsigned int next;
	u8 *mac = macs[next++ % ARRAY_SIZE(macs)];

	mac[0] = 2;
	mac[4] = n >> 8;
	mac[5] = n;
	return mac;
}

/**
 * struct bench - a card with its core
 * @test:   running
 * @m:	    the card
 * @c:	    the core
 * @now:    time, in nanoseconds
 * @next:   what carve_service() said last
 * @m0:     the card at bench_remember()
 * @c0:     the core then
 */
struct bench {
	struct kunit *test;
	struct e82576_model *m;
	struct carve *c;
	u64 now;
	u64 next;
	struct e82576_model *m0;
	struct carve *c0;
};

/* A card with @vfs virtual functions, none of which has a driver yet. */
static __maybe_unused struct bench *bench_new(struct kunit *test, unsigned int vfs)
{
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	b->test = test;
	b->m = kunit_kzalloc(test, sizeof(*b->m), GFP_KERNEL);
	b->c = kunit_kzalloc(test, sizeof(*b->c), GFP_KERNEL);
	b->m0 = kunit_kzalloc(test, sizeof(*b->m), GFP_KERNEL);
	b->c0 = kunit_kzalloc(test, sizeof(*b->c), GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, b->m && b->c && b->m0 && b->c0);
	b->now = 100 * SEC;
	model_reset(b->m);
	carve_init(b->c, &model_ops, b->m, pf_mac);
	carve_set_vfs(b->c, vfs, CARVE_BY_CARVING, b->now);
	carve_program(b->c, b->now);
	carve_link(b->c, true, 1000, b->now);
	return b;
}

#define EXPECT_SOUND(b) KUNIT_EXPECT_STREQ((b)->test, carve_check((b)->c, (b)->m) ?: "", "")

static __maybe_unused void bench_serve(struct bench *b)
{
	b->now += CARVE_MS;
	b->next = carve_service(b->c, b->now);
}

/* A message of a VF, and what it then finds in its mailbox: word 0, or 0 if nothing came. */
static __maybe_unused u32 bench_ask(struct bench *b, unsigned int vf, const u32 *word,
				    unsigned int words)
{
	u32 answer[3] = { 0 };

	/* Not too fast: see the suites that are about storms. */
	b->now += CARVE_EVENT_EVERY;
	KUNIT_EXPECT_TRUE(b->test, model_vf_post(b->m, vf, word, words));
	bench_serve(b);
	if (!model_vf_take(b->m, vf, answer, 3))
		return 0;
	bench_serve(b);
	return answer[0];
}

#define ASK(b, vf, ...)                                       \
	({                                                    \
		const u32 _words[] = { __VA_ARGS__ };         \
		bench_ask(b, vf, _words, ARRAY_SIZE(_words)); \
	})

static __maybe_unused u32 bench_ask_mac(struct bench *b, unsigned int vf, u32 info, const u8 *mac)
{
	u32 word[3] = { MBX_VF_MAC | FIELD_PREP(MBX_INFO, info) };

	mbx_put_mac(&word[1], mac);
	return bench_ask(b, vf, word, 3);
}

/* As a driver begins: reset the function, say RESET, get ready. */
static __maybe_unused void bench_ready(struct bench *b, unsigned int vf)
{
	model_vf_write(b->m, vf, E82576_VTCTRL, E82576_CTRL_RST);
	KUNIT_EXPECT_NE(b->test, ASK(b, vf, MBX_VF_RESET), 0);
	KUNIT_EXPECT_EQ(b->test, b->c->vf[vf].state, CARVE_READY);
}

static __maybe_unused void bench_remember(struct bench *b)
{
	memcpy(b->m0, b->m, sizeof(*b->m));
	memcpy(b->c0, b->c, sizeof(*b->c));
}

/* Since bench_remember() only @vf has changed. */
#define EXPECT_ONLY(b, vf)            \
	KUNIT_EXPECT_STREQ((b)->test, \
			   carve_check_only((b)->c0, (b)->m0, (b)->c, (b)->m, vf) ?: "", "")

static __maybe_unused u32 bench_reg(struct bench *b, u32 reg)
{
	return *model_reg(b->m, reg);
}

/* The last line of a VF's trace that is about @event. */
static __maybe_unused struct carve_trace *bench_trace(struct bench *b, unsigned int vf,
						      enum carve_event event)
{
	struct carve_vf *v = &b->c->vf[vf];
	u32 seq;

	for (seq = v->trace_seq; seq && seq + CARVE_TRACE > v->trace_seq; seq--)
		if (v->trace[seq % CARVE_TRACE].event == event)
			return &v->trace[seq % CARVE_TRACE];
	KUNIT_FAIL(b->test, "no such line in the trace");
	return &v->trace[0];
}

#endif /* _CARVE_SUITE_H */
