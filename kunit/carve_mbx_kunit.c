// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: what virtual functions ask for by their mailboxes, honestly and otherwise. */
#include <linux/module.h>

#include "carve_suite.h"
#include "suite.h"

#include "../sriov_demo/carve.c"
#include "../sriov_demo/carve_vf.c"
#include "../sriov_demo/carve_mbx.c"
#include "../sriov_demo/carve_filter.c"
#include "../sriov_demo/carve_names.c"

#define INFO(n) ((u32)(n) << 16)
#define GOOD	(MBX_ACK | MBX_CTS)
#define BAD	(MBX_NACK | MBX_CTS)

static void mbx_reset(struct kunit *test)
{
	struct bench *b = bench_new(test, 2);
	u32 word[3];
	u8 mac[6];

	/* Nothing moves before RESET. */
	KUNIT_EXPECT_EQ(test, b->c->vf[0].state, CARVE_RESET);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VFRE), BIT(CARVE_PF));
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VFTE), BIT(CARVE_PF));

	/* No address yet: the answer says so, and yet the VF is ready. */
	KUNIT_EXPECT_EQ(test, ASK(b, 0, MBX_VF_RESET), MBX_VF_RESET | MBX_NACK);
	KUNIT_EXPECT_EQ(test, b->c->vf[0].state, CARVE_READY);
	KUNIT_EXPECT_EQ(test, b->c->vf[0].reason, CARVE_BY_DRIVER);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VFRE), BIT(CARVE_PF) | BIT(0));
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VFTE), BIT(CARVE_PF) | BIT(0));
	KUNIT_EXPECT_EQ(test, b->c->vf[1].state, CARVE_RESET);

	/* With an address, it is in the answer, which has no CTS: igbvf compares all of it. */
	KUNIT_EXPECT_EQ(test, carve_set_mac(b->c, 1, mac_of(7), b->now), 0);
	word[0] = MBX_VF_RESET;
	KUNIT_EXPECT_TRUE(test, model_vf_post(b->m, 1, word, 1));
	bench_serve(b);
	KUNIT_EXPECT_TRUE(test, model_vf_take(b->m, 1, word, 3));
	KUNIT_EXPECT_EQ(test, word[0], MBX_VF_RESET | MBX_ACK);
	mbx_get_mac(&word[1], mac);
	KUNIT_EXPECT_EQ(test, memcmp(mac, mac_of(7), 6), 0);
	EXPECT_SOUND(b);

	/* The PF has read the message before it answers, and lets go of the buffer. */
	KUNIT_EXPECT_FALSE(test, bench_reg(b, E82576_P2VMAILBOX(1)) & E82576_P2VMAILBOX_PFU);
	KUNIT_EXPECT_EQ(test, b->c->vf[1].events.messages, 1);
	KUNIT_EXPECT_EQ(test, b->c->vf[1].events.resets, 1);
}

/* Each message, in good and bad form: what is answered, and why. */
static void mbx_messages(struct kunit *test)
{
	static const struct {
		u32 word[3];
		enum carve_verdict verdict;
	} row[] = {
		/* 1 */ { { MBX_VF_MAC, 0x00000002, 0x0500 }, CARVE_OK },
		/* multicast, zero, the PF's, the other VF's, broadcast */
		/* 2 */ { { MBX_VF_MAC, 0x00000001, 0x0500 }, CARVE_BAD_MAC },
		/* 3 */ { { MBX_VF_MAC, 0, 0 }, CARVE_BAD_MAC },
		/* 4 */ { { MBX_VF_MAC, 0x78005452, 0x006c }, CARVE_MAC_TAKEN },
		/* 5 */ { { MBX_VF_MAC, 0x00000002, 0x0100 }, CARVE_MAC_TAKEN },
		/* 6 */ { { MBX_VF_MAC, 0xffffffff, 0xffff }, CARVE_BAD_MAC },
		/* the same again is no change; bits above the address are not looked at */
		/* 7 */ { { MBX_VF_MAC, 0x00000002, 0x0500 }, CARVE_OK },
		/* 8 */ { { MBX_VF_MAC, 0x00000002, 0xffff0500 }, CARVE_OK },
		/* more addresses; igbvf sends zeros along with "clear" */
		/* 9 */ { { MBX_VF_MAC | INFO(MBX_MAC_CLEAR), 0, 0 }, CARVE_OK },
		/* 10 */ { { MBX_VF_MAC | INFO(MBX_MAC_ADD), 0x00000002, 0x0600 }, CARVE_OK },
		/* 11 */ { { MBX_VF_MAC | INFO(MBX_MAC_ADD), 0x00000002, 0x0600 }, CARVE_OK },
		/* 12 */
		{ { MBX_VF_MAC | INFO(MBX_MAC_ADD), 0x00000003, 0x0600 }, CARVE_BAD_MAC },
		/* 13 */
		{ { MBX_VF_MAC | INFO(MBX_MAC_ADD), 0x00000002, 0x0100 }, CARVE_MAC_TAKEN },
		/* 14 */ { { MBX_VF_MAC | INFO(3), 0x00000002, 0x0600 }, CARVE_BAD_INFO },
		/* 15 */ { { MBX_VF_MAC | INFO(0xff), 0x00000002, 0x0600 }, CARVE_BAD_INFO },
		/* multicast: the second half of the last word is not counted */
		/* 16 */ { { MBX_VF_MULTICAST }, CARVE_OK },
		/* 17 */ { { MBX_VF_MULTICAST | INFO(1), 0xf0000123 }, CARVE_OK },
		/* 18 */ { { MBX_VF_MULTICAST | INFO(2), 0xf0000123 }, CARVE_BAD_HASH },
		/* 19 */ { { MBX_VF_MULTICAST | INFO(3), 0x01230456, 0x0fff }, CARVE_OK },
		/* 20 */ { { MBX_VF_MULTICAST | INFO(3), 0x01230456, 0x1000 }, CARVE_BAD_HASH },
		/* VLANs */
		/* 21 */ { { MBX_VF_VLAN | INFO(1), 0 }, CARVE_OK },
		/* 22 */ { { MBX_VF_VLAN, 0 }, CARVE_OK },
		/* 23 */ { { MBX_VF_VLAN | INFO(1), 100 }, CARVE_OK },
		/* 24 */ { { MBX_VF_VLAN | INFO(0xff), 100 }, CARVE_OK },
		/* 25 */ { { MBX_VF_VLAN, 200 }, CARVE_OK },
		/* 26 */ { { MBX_VF_VLAN, 100 }, CARVE_OK },
		/* 27 */ { { MBX_VF_VLAN | INFO(1), 4094 }, CARVE_OK },
		/* 28 */ { { MBX_VF_VLAN | INFO(1), 4095 }, CARVE_BAD_VLAN },
		/* 29 */ { { MBX_VF_VLAN | INFO(1), 0x1064 }, CARVE_BAD_VLAN },
		/* 30 */ { { MBX_VF_VLAN | INFO(1), 0x80000064 }, CARVE_BAD_VLAN },
		/* lengths; igb takes a negative one for flags of VMOLR */
		/* 31 */ { { MBX_VF_LPE, 1522 }, CARVE_OK },
		/* 32 */ { { MBX_VF_LPE, 64 }, CARVE_OK },
		/* 33 */ { { MBX_VF_LPE, 9728 }, CARVE_OK },
		/* 34 */ { { MBX_VF_LPE, 63 }, CARVE_BAD_LENGTH },
		/* 35 */ { { MBX_VF_LPE, 9729 }, CARVE_BAD_LENGTH },
		/* 36 */ { { MBX_VF_LPE, 0x9f000000 }, CARVE_BAD_LENGTH },
		/* 37 */ { { MBX_VF_LPE, ~0U }, CARVE_BAD_LENGTH },
		/* promiscuity */
		/* 38 */ { { MBX_VF_PROMISC }, CARVE_OK },
		/* 39 */ { { MBX_VF_PROMISC | INFO(2) }, CARVE_NOT_TRUSTED },
		/* 40 */ { { MBX_VF_PROMISC | INFO(1) }, CARVE_IMPOSSIBLE },
		/* 41 */ { { MBX_VF_PROMISC | INFO(3) }, CARVE_IMPOSSIBLE },
		/* 42 */ { { MBX_VF_PROMISC | INFO(4) }, CARVE_BAD_INFO },
		/* queues */
		/* 43 */ { { MBX_VF_RSS, 1 }, CARVE_OK },
		/* 44 */ { { MBX_VF_RSS, 2 | 1 << 8 }, CARVE_OK },
		/* 45 */ { { MBX_VF_RSS, 0 }, CARVE_BAD_INFO },
		/* 46 */ { { MBX_VF_RSS, 3 }, CARVE_BAD_INFO },
		/* 47 */ { { MBX_VF_RSS, 2 | 3 << 8 }, CARVE_BAD_INFO },
		/* 48 */ { { MBX_VF_RSS, 2 | 1 << 16 }, CARVE_BAD_INFO },
		/* others */
		/* 49 */ { { 0 }, CARVE_UNKNOWN },
		/* 50 */ { { 0x07 }, CARVE_UNKNOWN },
		/* 51 */ { { MBX_PF_CONTROL }, CARVE_UNKNOWN },
		/* 52 */ { { 0xffff }, CARVE_UNKNOWN },
		/* 53 */ { { MBX_VF_RESET | INFO(1) }, CARVE_BAD_INFO },
		/* 54 */ { { MBX_VF_RESET | MBX_CTS }, CARVE_BAD_INFO },
	};
	struct bench *b = bench_new(test, 2);
	struct carve_trace *t;
	unsigned int i;
	u32 answer;

	bench_ready(b, 0);
	bench_ready(b, 1);
	KUNIT_EXPECT_EQ(test, bench_ask_mac(b, 1, 0, mac_of(1)), MBX_VF_MAC | GOOD);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		bench_remember(b);
		answer = bench_ask(b, 0, row[i].word, 3);
		KUNIT_EXPECT_EQ_MSG(test, answer, row[i].word[0] | (row[i].verdict ? BAD : GOOD),
				    "row %u", i + 1);
		t = bench_trace(b, 0, CARVE_EV_MESSAGE);
		KUNIT_EXPECT_EQ_MSG(test, t->verdict, row[i].verdict, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, t->word[0], row[i].word[0], "row %u", i + 1);
		KUNIT_EXPECT_EQ(test, b->c->vf[0].state, CARVE_READY);
		EXPECT_SOUND(b);
		EXPECT_ONLY(b, 0);
	}
	KUNIT_EXPECT_EQ(test, b->c->vf[0].events.acked + b->c->vf[0].events.nacked,
			b->c->vf[0].events.messages);
}

/* What the messages did, in registers. */
static void mbx_effects(struct kunit *test)
{
	struct bench *b = bench_new(test, 3);
	u32 vmolr = E82576_VMOLR(1);
	unsigned int i;

	bench_ready(b, 1);
	KUNIT_EXPECT_EQ(test, bench_reg(b, vmolr),
			E82576_VMOLR_BAM | E82576_VMOLR_AUPE | E82576_VMOLR_STRCRC |
				CARVE_STD_FRAME);

	bench_ask_mac(b, 1, MBX_MAC_FIRST, mac_of(9));
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_RAL(22)), 0x00000002);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_RAH(22)),
			0x0900 | E82576_RAH_AV | FIELD_PREP(E82576_RAH_POOLSEL, BIT(1)));
	bench_ask_mac(b, 1, MBX_MAC_ADD, mac_of(10));
	bench_ask_mac(b, 1, MBX_MAC_ADD, mac_of(11));
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_RAH(1)),
			0x0a00 | E82576_RAH_AV | FIELD_PREP(E82576_RAH_POOLSEL, BIT(1)));
	KUNIT_EXPECT_EQ(test, b->c->vf[1].macs, 2);
	bench_ask_mac(b, 1, MBX_MAC_CLEAR, zero_mac);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_RAH(1)), 0);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_RAH(2)), 0);
	KUNIT_EXPECT_NE(test, bench_reg(b, E82576_RAH(22)), 0);

	ASK(b, 1, MBX_VF_MULTICAST | INFO(3), 0x00210020, 0xfff);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_MTA(1)), 3);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_MTA(127)), BIT(31));
	KUNIT_EXPECT_TRUE(test, bench_reg(b, vmolr) & E82576_VMOLR_ROMPE);
	ASK(b, 1, MBX_VF_MULTICAST);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_MTA(1)), 0);
	KUNIT_EXPECT_FALSE(test, bench_reg(b, vmolr) & E82576_VMOLR_ROMPE);

	ASK(b, 1, MBX_VF_VLAN | INFO(1), 100);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VFTA(3)), BIT(4));
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VLVF(1)),
			100 | E82576_VLVF_VI_EN | FIELD_PREP(E82576_VLVF_POOLSEL, BIT(1)));
	KUNIT_EXPECT_TRUE(test, bench_reg(b, vmolr) & E82576_VMOLR_STRVLAN);
	ASK(b, 1, MBX_VF_VLAN, 100);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VFTA(3)), 0);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VLVF(1)), 0);
	KUNIT_EXPECT_FALSE(test, bench_reg(b, vmolr) & E82576_VMOLR_STRVLAN);
	/* VLAN 0 is everybody's, and cannot be left. */
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VLVF(0)),
			E82576_VLVF_VI_EN | FIELD_PREP(E82576_VLVF_POOLSEL, BIT(CARVE_PF) | 7));

	ASK(b, 1, MBX_VF_LPE, 9018);
	KUNIT_EXPECT_EQ(test, bench_reg(b, vmolr) & (E82576_VMOLR_LPE | E82576_VMOLR_RLPML),
			E82576_VMOLR_LPE | 9018);

	/* Two queues: the second pair's vector is where QEMU wants it, too. */
	ASK(b, 1, MBX_VF_RSS, 2 | 1 << 8);
	KUNIT_EXPECT_TRUE(test, bench_reg(b, vmolr) & E82576_VMOLR_RSSE);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_IVAR(1)) >> 16, 0x9494);
	ASK(b, 1, MBX_VF_RSS, 1);
	KUNIT_EXPECT_FALSE(test, bench_reg(b, vmolr) & E82576_VMOLR_RSSE);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_IVAR(1)) >> 16, 0);

	/* A trusted one gets all multicast frames, by asking, or by having too many. */
	KUNIT_EXPECT_EQ(test, carve_set_trust(b->c, 1, true, b->now), 0);
	KUNIT_EXPECT_EQ(test, ASK(b, 1, MBX_VF_PROMISC | INFO(2)), MBX_VF_PROMISC | INFO(2) | GOOD);
	KUNIT_EXPECT_TRUE(test, bench_reg(b, vmolr) & E82576_VMOLR_MPME);
	ASK(b, 1, MBX_VF_PROMISC);
	KUNIT_EXPECT_FALSE(test, bench_reg(b, vmolr) & E82576_VMOLR_MPME);
	ASK(b, 1, MBX_VF_MULTICAST | INFO(0x80 | 30), 1, 2);
	KUNIT_EXPECT_TRUE(test, bench_reg(b, vmolr) & E82576_VMOLR_MPME);
	KUNIT_EXPECT_EQ(test, b->c->vf[1].hashes, MBX_MAX_HASHES);
	/* Without trust, the first thirty only; and what trust gave is gone with it. */
	KUNIT_EXPECT_EQ(test, carve_set_trust(b->c, 1, false, b->now), 0);
	KUNIT_EXPECT_EQ(test, b->c->vf[1].reason, CARVE_BY_TRUST);
	KUNIT_EXPECT_FALSE(test, bench_reg(b, vmolr) & E82576_VMOLR_MPME);
	bench_ready(b, 1);
	KUNIT_EXPECT_EQ(test, ASK(b, 1, MBX_VF_MULTICAST | INFO(255), 1, 2),
			MBX_VF_MULTICAST | INFO(255) | GOOD);
	KUNIT_EXPECT_FALSE(test, bench_reg(b, vmolr) & E82576_VMOLR_MPME);

	/* RESET takes all of it back. */
	bench_ask_mac(b, 1, MBX_MAC_FIRST, mac_of(9));
	ASK(b, 1, MBX_VF_VLAN | INFO(1), 100);
	ASK(b, 1, MBX_VF_RESET);
	KUNIT_EXPECT_EQ(test, bench_reg(b, vmolr),
			E82576_VMOLR_BAM | E82576_VMOLR_AUPE | E82576_VMOLR_STRCRC |
				CARVE_STD_FRAME);
	for (i = 0; i < E82576_MTA_WORDS; i++)
		KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_MTA(i)), 0);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VLVF(1)), 0);
	KUNIT_EXPECT_EQ(test, b->m->bad, 0);
	EXPECT_SOUND(b);
}

/* Before RESET a VF is told to say it, but not for each message. */
static void mbx_nack_throttle(struct kunit *test)
{
	struct bench *b = bench_new(test, 1);
	struct carve_vf *v = &b->c->vf[0];
	unsigned int i;

	KUNIT_EXPECT_EQ(test, ASK(b, 0, MBX_VF_LPE, 1522), MBX_VF_LPE | MBX_NACK);
	for (i = 0; i < 20; i++)
		KUNIT_EXPECT_EQ(test, ASK(b, 0, MBX_VF_LPE, 1522), 0);
	KUNIT_EXPECT_EQ(test, v->events.dropped, 20);
	KUNIT_EXPECT_EQ(test, bench_trace(b, 0, CARVE_EV_MESSAGE)->verdict, CARVE_THROTTLED);
	/* The buffer is free again each time. */
	KUNIT_EXPECT_FALSE(test, bench_reg(b, E82576_P2VMAILBOX(0)) & E82576_P2VMAILBOX_PFU);
	b->now += CARVE_NACK_EVERY;
	KUNIT_EXPECT_EQ(test, ASK(b, 0, MBX_VF_LPE, 1522), MBX_VF_LPE | MBX_NACK);
	/* A CTS that the VF has put there itself does not come back as ours. */
	b->now += CARVE_NACK_EVERY;
	KUNIT_EXPECT_EQ(test, ASK(b, 0, MBX_VF_LPE | MBX_CTS, 1522), MBX_VF_LPE | MBX_NACK);
	/* RESET is always heard. */
	KUNIT_EXPECT_EQ(test, ASK(b, 0, MBX_VF_RESET), MBX_VF_RESET | MBX_NACK);
	KUNIT_EXPECT_EQ(test, ASK(b, 0, MBX_VF_LPE, 1522), MBX_VF_LPE | GOOD);
	/* Our own words, sent back, are not answered: that could go on for ever. */
	KUNIT_EXPECT_EQ(test, ASK(b, 0, MBX_VF_LPE | GOOD, 1522), 0);
	KUNIT_EXPECT_EQ(test, ASK(b, 0, MBX_NACK), 0);
	KUNIT_EXPECT_EQ(test, bench_trace(b, 0, CARVE_EV_MESSAGE)->verdict, CARVE_STALE);
}

static void mbx_storm(struct kunit *test)
{
	static const u32 word[] = { MBX_VF_LPE, 1522 };
	struct bench *b = bench_new(test, 2);
	struct carve_vf *v = &b->c->vf[0];
	unsigned int i, writes;
	u64 messages;

	bench_ready(b, 0);
	bench_ready(b, 1);
	for (i = 0; i < 1000; i++) {
		model_vf_post(b->m, 0, word, 2);
		b->next = carve_service(b->c, b->now);
	}
	KUNIT_EXPECT_LE(test, v->events.messages, CARVE_EVENT_BURST + 2ULL);
	KUNIT_EXPECT_GE(test, v->events.messages, CARVE_EVENT_BURST - 2ULL);
	KUNIT_EXPECT_EQ(test, v->events.storms, 1);
	KUNIT_EXPECT_FALSE(test, bench_reg(b, E82576_MBVFIMR) & BIT(0));
	KUNIT_EXPECT_TRUE(test, bench_reg(b, E82576_MBVFIMR) & BIT(1));
	KUNIT_EXPECT_GT(test, b->next, b->now);
	KUNIT_EXPECT_LE(test, b->next, b->now + CARVE_EVENT_EVERY);
	/* While it waits it costs next to nothing. */
	writes = b->m->writes;
	carve_service(b->c, b->now);
	KUNIT_EXPECT_EQ(test, b->m->writes, writes);

	/* What it asked last is not lost. */
	messages = v->events.messages;
	b->now = b->next;
	b->next = carve_service(b->c, b->now);
	KUNIT_EXPECT_EQ(test, v->events.messages, messages + 1);
	KUNIT_EXPECT_TRUE(test, bench_reg(b, E82576_MBVFIMR) & BIT(0));
	KUNIT_EXPECT_FALSE(test, bench_reg(b, E82576_MBVFICR) & E82576_MBVFICR_VFREQ(0));

	/* To say "read" when there is nothing to read is no way around it. */
	b->now += CARVE_EVENT_BURST * CARVE_EVENT_EVERY;
	carve_service(b->c, b->now);
	messages = v->events.reads;
	for (i = 0; i < 1000; i++) {
		model_vf_write(b->m, 0, E82576_VMAILBOX, E82576_VMAILBOX_ACK);
		b->next = carve_service(b->c, b->now);
	}
	KUNIT_EXPECT_EQ(test, v->events.storms, 2);
	KUNIT_EXPECT_LE(test, v->events.reads - messages, CARVE_EVENT_BURST + 2ULL);
	KUNIT_EXPECT_FALSE(test, bench_reg(b, E82576_MBVFIMR) & BIT(0));
	b->now = b->next;
	carve_service(b->c, b->now);
	KUNIT_EXPECT_TRUE(test, bench_reg(b, E82576_MBVFIMR) & BIT(0));

	/* The other one is served as ever, in the midst of it. */
	for (i = 0; i < 100; i++)
		model_vf_post(b->m, 0, word, 2);
	KUNIT_EXPECT_EQ(test, ASK(b, 1, MBX_VF_LPE, 1500), MBX_VF_LPE | GOOD);

	/* Resets are events, too; while they wait, nothing moves. */
	for (i = 0; i < 1000; i++) {
		model_vf_reset(b->m, 0);
		b->next = carve_service(b->c, b->now);
	}
	KUNIT_EXPECT_LE(test, v->events.flrs, 3ULL);
	KUNIT_EXPECT_FALSE(test, bench_reg(b, E82576_VFTE) & BIT(0));
	bench_ask_mac(b, 1, 0, mac_of(3));
	KUNIT_EXPECT_FALSE(test, bench_reg(b, E82576_VFTE) & BIT(0));
	b->now += SEC;
	KUNIT_EXPECT_EQ(test, ASK(b, 0, MBX_VF_RESET), MBX_VF_RESET | MBX_NACK);
	EXPECT_SOUND(b);
}

/* A VF that takes the buffer and keeps it loses, and nobody else does. */
static void mbx_held(struct kunit *test)
{
	static const u32 word[] = { MBX_VF_LPE, 1522 };
	struct bench *b = bench_new(test, 2);
	struct carve_vf *v = &b->c->vf[0];
	unsigned int i;

	bench_ready(b, 0);
	bench_ready(b, 1);
	model_vf_post(b->m, 0, word, 2);
	model_vf_write(b->m, 0, E82576_VMAILBOX, E82576_VMAILBOX_VFU);
	b->next = carve_service(b->c, b->now);
	KUNIT_EXPECT_EQ(test, b->next, b->now + CARVE_BUSY_RETRY);
	KUNIT_EXPECT_TRUE(test, bench_reg(b, E82576_MBVFICR) & E82576_MBVFICR_VFREQ(0));
	/* It lets go in time: served. */
	model_vf_write(b->m, 0, E82576_VMAILBOX, 0);
	bench_serve(b);
	KUNIT_EXPECT_EQ(test, v->events.acked, 2);
	KUNIT_EXPECT_EQ(test, v->tries, 0);

	model_vf_post(b->m, 0, word, 2);
	model_vf_write(b->m, 0, E82576_VMAILBOX, E82576_VMAILBOX_VFU);
	/* Others that make the PF look all the time do not shorten its time. */
	bench_serve(b);
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_GT(test, carve_service(b->c, b->now), b->now);
	KUNIT_EXPECT_EQ(test, v->state, CARVE_READY);
	KUNIT_EXPECT_EQ(test, v->tries, 1);
	for (i = 1; i < CARVE_BUSY_TRIES; i++)
		bench_serve(b);
	KUNIT_EXPECT_EQ(test, v->state, CARVE_REVOKED);
	KUNIT_EXPECT_EQ(test, v->reason, CARVE_BY_MAILBOX);
	KUNIT_EXPECT_FALSE(test, bench_reg(b, E82576_MBVFICR) & E82576_MBVFICR_VFREQ(0));
	/* What it is to be told cannot be said, and is not tried for ever. */
	for (i = 0; i < 100; i++)
		bench_serve(b);
	KUNIT_EXPECT_EQ(test, b->next, 0);
	KUNIT_EXPECT_EQ(test, ASK(b, 1, MBX_VF_LPE, 1500), MBX_VF_LPE | GOOD);
	EXPECT_SOUND(b);
	/* And it can begin anew. */
	model_vf_write(b->m, 0, E82576_VMAILBOX, 0);
	bench_ready(b, 0);
}

/* The words change while the PF reads them: each counts as it was read. */
static bool mbx_in_mailbox(u32 reg)
{
	return reg >= E82576_VMBMEM(0) && reg < E82576_VMBMEM(1);
}

static void mbx_tamper_with(struct e82576_model *m, u32 reg)
{
	if (!mbx_in_mailbox(reg))
		return;
	m->reg[E82576_VMBMEM(0) / 4] ^= 0x00010023;
	m->reg[E82576_VMBMEM(0) / 4 + 1] += 0x01000001;
	m->reg[E82576_VMBMEM(0) / 4 + 2] = ~m->reg[E82576_VMBMEM(0) / 4 + 2];
}

/* The VF wants the buffer while its message is looked at. */
static void mbx_snatch(struct e82576_model *m, u32 reg)
{
	if (!mbx_in_mailbox(reg))
		return;
	model_vf_write(m, 0, E82576_VMAILBOX, E82576_VMAILBOX_VFU);
	if (*model_reg(m, E82576_V2PMAILBOX(0)) & E82576_VMAILBOX_VFU)
		m->bad = reg;
}

/* It is reset and says RESET just when the PF has looked at the first of two registers. */
static void mbx_quick(struct e82576_model *m, u32 reg)
{
	static const u32 word = MBX_VF_RESET;

	if (reg != E82576_MBVFICR && reg != E82576_VFLRE)
		return;
	m->hook = NULL;
	model_vf_reset(m, 0);
	model_vf_post(m, 0, &word, 1);
}

/* It asks for something just after the PF has looked who does. */
static void mbx_late(struct e82576_model *m, u32 reg)
{
	static const u32 word[] = { MBX_VF_LPE, 1500 };

	if (reg != E82576_VFLRE)
		return;
	m->hook = NULL;
	model_vf_post(m, 0, word, 2);
}

static void mbx_races(struct kunit *test)
{
	struct bench *b = bench_new(test, 1);
	unsigned int i;

	bench_ready(b, 0);
	b->m->hook = mbx_snatch;
	KUNIT_EXPECT_EQ(test, ASK(b, 0, MBX_VF_LPE, 1500), MBX_VF_LPE | GOOD);
	KUNIT_EXPECT_EQ(test, b->m->bad, 0);

	/* Whichever it is, in the end the VF is ready. */
	for (i = 0; i < 3; i++) {
		b->now += SEC;
		b->m->hook = mbx_quick;
		bench_serve(b);
		bench_serve(b);
		KUNIT_EXPECT_EQ(test, b->c->vf[0].state, CARVE_READY);
	}

	/* What is to be told does not overwrite what was asked. */
	bench_serve(b);
	b->now += SEC;
	b->m->hook = mbx_late;
	carve_link(b->c, false, 0, b->now);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VMBMEM(0)), MBX_VF_LPE);
	bench_serve(b);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VMBMEM(0)), MBX_VF_LPE | GOOD);
}

/* An owner's last words are answered only after its function was reset: nobody reads them. */
static void mbx_last_words(struct kunit *test)
{
	u32 word[E82576_MBX_WORDS] = { MBX_VF_MULTICAST | INFO(30) };
	struct bench *b = bench_new(test, 1);
	unsigned int i;

	for (i = 1; i < E82576_MBX_WORDS; i++)
		word[i] = 0x5ec4e700 + i;
	bench_ready(b, 0);
	b->now += SEC;
	model_vf_post(b->m, 0, word, E82576_MBX_WORDS);
	model_vf_reset(b->m, 0);
	bench_serve(b);
	KUNIT_EXPECT_EQ(test, b->c->vf[0].state, CARVE_RESET);
	for (i = 1; i < E82576_MBX_WORDS; i++)
		KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VMBMEM(0) + 4 * i), 0);
}

static void mbx_tamper(struct kunit *test)
{
	struct bench *b = bench_new(test, 2);
	u32 type, before;

	bench_ready(b, 0);
	bench_ready(b, 1);
	b->m->hook = mbx_tamper_with;
	for (type = 0; type < 0x40; type++) {
		bench_remember(b);
		ASK(b, 0, type | type << 16, type * 0x1234567, 0x00ff00ff ^ type);
		EXPECT_SOUND(b);
		EXPECT_ONLY(b, 0);
	}
	/* A length is read once: the one that was checked is the one that is set. */
	b->m->hook = NULL;
	bench_ready(b, 0);
	before = b->m->reads;
	ASK(b, 0, MBX_VF_LPE, 1400);
	KUNIT_EXPECT_LT(test, b->m->reads - before, 16U);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VMOLR(0)) & E82576_VMOLR_RLPML, 1400);
}

/* The card is pulled, at each register access of a busy moment. */
static void mbx_gone_read(struct e82576_model *m, u32 reg)
{
	m->gone |= reg == E82576_P2VMAILBOX(0);
}

static void mbx_gone(struct kunit *test)
{
	static const u32 word[] = { MBX_VF_MAC, 0x00000002, 0x0500 };
	struct bench *b = bench_new(test, 2);
	unsigned int i, reads;

	bench_ready(b, 0);
	/* All ones that a VF has written are no sign of it. */
	b->now += SEC;
	KUNIT_EXPECT_EQ(test, ASK(b, 0, 0x3fffffff, ~0U, ~0U), 0x3fffffff | BAD);
	KUNIT_EXPECT_EQ(test, ASK(b, 0, ~0U, ~0U, ~0U), 0);
	KUNIT_EXPECT_FALSE(test, b->c->io.gone);

	model_vf_post(b->m, 0, word, 3);
	b->m->hook = mbx_gone_read;
	bench_remember(b);
	bench_serve(b);
	KUNIT_EXPECT_TRUE(test, b->c->io.gone);
	KUNIT_EXPECT_EQ(test, memcmp(b->c->vf[0].mac, b->c0->vf[0].mac, 6), 0);
	KUNIT_EXPECT_EQ(test, b->c->vf[0].total.rx_bytes, 0);

	/* From then on nothing is read or written, whatever is asked for. */
	reads = b->m->reads;
	for (i = 0; i < 100; i++)
		bench_serve(b);
	KUNIT_EXPECT_EQ(test, b->next, 0);
	carve_poll(b->c);
	carve_quiesce(b->c, b->now);
	carve_program(b->c, b->now);
	carve_set_mac(b->c, 1, mac_of(3), b->now);
	carve_set_vlan(b->c, 1, 5, 0, b->now);
	carve_link(b->c, false, 0, b->now);
	carve_release(b->c, 0, b->now);
	carve_set_vfs(b->c, 0, CARVE_BY_CARVING, b->now);
	KUNIT_EXPECT_EQ(test, b->m->reads, reads);
	KUNIT_EXPECT_EQ(test, b->c->vf[0].total.rx_bytes, 0);
}

/* Answers wait to be read before something else is put in their place. */
static void mbx_ping(struct kunit *test)
{
	static const u32 ask[] = { MBX_VF_LPE, 1522 };
	struct bench *b = bench_new(test, 1);
	u32 word[3];

	bench_ready(b, 0);
	model_vf_post(b->m, 0, ask, 2);
	bench_serve(b);
	b->next = carve_link(b->c, false, 0, b->now);
	KUNIT_EXPECT_GT(test, b->next, b->now);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VMBMEM(0)), MBX_VF_LPE | GOOD);
	KUNIT_EXPECT_TRUE(test, model_vf_take(b->m, 0, word, 1));
	bench_serve(b);
	KUNIT_EXPECT_TRUE(test, model_vf_take(b->m, 0, word, 1));
	KUNIT_EXPECT_EQ(test, word[0], MBX_PF_CONTROL | MBX_CTS);
	bench_serve(b);
	KUNIT_EXPECT_EQ(test, b->next, 0);

	/* A request that is under way is served first. */
	model_vf_post(b->m, 0, ask, 2);
	carve_link(b->c, true, 100, b->now);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VMBMEM(0)), MBX_VF_LPE | GOOD);
	/* One that never reads gets it after a while all the same. */
	b->now += CARVE_READ_WITHIN;
	bench_serve(b);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VMBMEM(0)), MBX_PF_CONTROL | MBX_CTS);
	KUNIT_EXPECT_EQ(test, b->c->speed, 100);
}

/* Messages of VFs that do not exist are swept away. */
static void mbx_absent(struct kunit *test)
{
	static const u32 word = MBX_VF_RESET;
	struct bench *b = bench_new(test, 1);
	unsigned int vf;

	for (vf = 1; vf < E82576_POOLS; vf++) {
		model_vf_post(b->m, vf, &word, 1);
		model_vf_write(b->m, vf, E82576_VMAILBOX, E82576_VMAILBOX_ACK);
		model_vf_reset(b->m, vf);
	}
	bench_remember(b);
	bench_serve(b);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_MBVFICR), 0);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VFLRE), 0);
	KUNIT_EXPECT_EQ(test, memcmp(b->c, b->c0, sizeof(*b->c)), 0);
	for (vf = 1; vf < E82576_POOLS; vf++)
		KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_V2PMAILBOX(vf)) & E82576_VMAILBOX_PFSTS,
				0);
}

/* One step of a hostile VF: anything that it can do, likely things more often. */
static void mbx_attack(struct bench *b, unsigned int vf, u64 *seed)
{
	static const u32 regs[] = {
		E82576_VTCTRL,		E82576_VTEICS,		E82576_VTEIMS,
		E82576_VTEIMC,		E82576_VTEIAC,		E82576_VTEIAM,
		E82576_VTEICR,		E82576_VTEITR(0),	E82576_VTIVAR,
		E82576_VMAILBOX,	E82576_VFPSRTYPE,	E82576_VF_RX(0) + 0x28,
		E82576_VF_RX(1),	E82576_VF_TX(0),	E82576_VF_TX(1),
		E82576_VF_TX(0) + 0x28, E82576_VF_TX(0) + 0x38, E82576_VF_TX(1) + 0x3c,
		E82576_VF_TX(0) + 0x18,
	};
	static const u8 types[] = { 1, 2, 2, 2, 3, 3, 4, 4, 4, 5, 6, 0x20, 0x20, 7 };
	u32 word[E82576_MBX_WORDS];
	unsigned int i;

	switch (suite_random(seed) % 8) {
	case 0:
		model_vf_write(b->m, vf, regs[suite_random(seed) % ARRAY_SIZE(regs)],
			       suite_random(seed));
		return;
	case 1:
		model_vf_write(b->m, vf, suite_random(seed) % E82576_VF_MMIO_SIZE & ~3U,
			       suite_random(seed));
		return;
	}
	for (i = 0; i < E82576_MBX_WORDS; i++)
		word[i] = suite_random(seed);
	if (suite_random(seed) % 16) {
		word[0] = types[suite_random(seed) % ARRAY_SIZE(types)];
		word[0] |= INFO(suite_random(seed) % 4);
		if (!(suite_random(seed) % 8))
			word[0] |= INFO(suite_random(seed));
	}
	switch (word[0] & MBX_TYPE) {
	case MBX_VF_RESET:
		word[0] = MBX_VF_RESET;
		break;
	case MBX_VF_MAC:
		/* Few addresses, so that they meet; the PF's among them. */
		mbx_put_mac(&word[1],
			    suite_random(seed) % 8 ? mac_of(suite_random(seed) % 32) : pf_mac);
		break;
	case MBX_VF_MULTICAST:
		for (i = 1; i < E82576_MBX_WORDS; i++)
			word[i] &= 0x003f003f;
		break;
	case MBX_VF_VLAN:
		word[1] &= 63;
		break;
	case MBX_VF_LPE:
		word[1] %= 10000;
		break;
	case MBX_VF_RSS:
		word[1] &= 0x0303;
		break;
	}
	model_vf_post(b->m, vf, word, E82576_MBX_WORDS);
	if (!(suite_random(seed) % 4))
		model_vf_write(b->m, vf, E82576_VMAILBOX, suite_random(seed) & 0xf);
}

/* Whatever a VF does, nothing of the others' changes: the promise of carve.h. */
static void mbx_hostile(struct kunit *test)
{
	unsigned int vfs, round, step, vf;
	u64 seed = 82576;
	struct bench *b;

	for (vfs = 1; vfs <= E82576_MAX_VFS; vfs += 2) {
		b = bench_new(test, vfs);
		carve_pf_set_vlan(b->c, 7, true);
		carve_pf_add_mac(b->c, mac_of(31), b->now);
		carve_set_vlan(b->c, vfs - 1, 9, 3, b->now);
		if (vfs > 2) {
			carve_set_trust(b->c, 1, true, b->now);
			carve_set_mac(b->c, 2, mac_of(30), b->now);
		}
		for (vf = 0; vf < vfs; vf++)
			bench_ready(b, vf);
		for (round = 0; round < 150; round++) {
			vf = suite_random(&seed) % vfs;
			/* Let the others come to rest, who may be holding their mailboxes. */
			for (step = 0; step < vfs; step++)
				model_vf_write(b->m, step, E82576_VMAILBOX, 0);
			for (step = 0; step < 10; step++) {
				b->now += SEC;
				bench_serve(b);
			}
			KUNIT_EXPECT_EQ(test, b->next, 0);
			bench_remember(b);
			for (step = suite_random(&seed) % 40; step; step--) {
				mbx_attack(b, vf, &seed);
				b->now += suite_random(&seed) % (2 * CARVE_EVENT_EVERY);
				b->next = carve_service(b->c, b->now);
			}
			EXPECT_ONLY(b, vf);
			EXPECT_SOUND(b);
			if (carve_check_only(b->c0, b->m0, b->c, b->m, vf) ||
			    carve_check(b->c, b->m))
				return;
		}
	}
}

static void mbx_words(struct kunit *test)
{
	static const struct {
		u32 word[3];
		const char *text;
	} row[] = {
		{ { MBX_VF_RESET }, "RESET" },
		{ { MBX_VF_RESET | MBX_ACK, 0x12005452, 0x5634 }, "RESET 52:54:00:12:34:56 ACK" },
		{ { MBX_VF_RESET | MBX_NACK }, "RESET NACK" },
		{ { MBX_VF_MAC, 0x12005452, 0x5634 }, "MAC 52:54:00:12:34:56" },
		{ { MBX_VF_MAC | GOOD }, "MAC ACK CTS" },
		{ { MBX_VF_MAC | INFO(1) }, "MAC-CLEAR" },
		{ { MBX_VF_MAC | INFO(2), 1, 2 }, "MAC-ADD 01:00:00:00:02:00" },
		{ { MBX_VF_MAC | INFO(9) }, "MAC-9" },
		{ { MBX_VF_MULTICAST | INFO(30) }, "MULTICAST 30" },
		{ { MBX_VF_VLAN | INFO(1), 100 }, "VLAN-JOIN 100" },
		{ { MBX_VF_VLAN, 100 }, "VLAN-LEAVE 100" },
		{ { MBX_VF_LPE, 1522 }, "LENGTH 1522" },
		{ { MBX_VF_LPE | BAD, 1522 }, "LENGTH NACK CTS" },
		{ { MBX_VF_PROMISC | INFO(3) }, "PROMISC-UNI-MULTI" },
		{ { MBX_VF_RSS, 0x102 }, "RSS 2" },
		{ { MBX_PF_CONTROL | MBX_CTS }, "CONTROL CTS" },
		{ { MBX_PF_CONTROL | MBX_CTS | INFO(1) }, "CONTROL link-up CTS" },
		{ { MBX_NACK }, "- NACK" },
		{ { 0x1234 }, "0x1234" },
	};
	char text[64];
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		mbx_describe(row[i].word, 3, text, sizeof(text));
		KUNIT_EXPECT_STREQ(test, text, row[i].text);
		/* However little room there is, it is kept to. */
		for (n = 1; n < sizeof(text); n++) {
			memset(text, 'x', sizeof(text));
			mbx_describe(row[i].word, 3, text, n);
			KUNIT_EXPECT_LT(test, strnlen(text, sizeof(text)), n);
			KUNIT_EXPECT_EQ(test, text[n], 'x');
		}
	}
	KUNIT_EXPECT_EQ(test, e82576_mta_hash((const u8[]){ 1, 0, 0x5e, 0, 0xab, 0xcd }), 0xcda);
	for (i = 0; i <= CARVE_IMPOSSIBLE; i++)
		KUNIT_EXPECT_STRNEQ(test, carve_verdict_name(i), "?");
	for (i = 0; i <= CARVE_BY_RELEASE; i++)
		KUNIT_EXPECT_STRNEQ(test, carve_reason_name(i), "?");
	for (i = 0; i <= CARVE_EV_STORM; i++)
		KUNIT_EXPECT_STRNEQ(test, carve_event_name(i), "?");
	for (i = 0; i <= CARVE_REVOKED; i++)
		KUNIT_EXPECT_STRNEQ(test, carve_state_name(i), "?");
	KUNIT_EXPECT_STREQ(test, carve_link_name(CARVE_LINK_DISABLE), "disable");
	KUNIT_EXPECT_STREQ(test, carve_link_name(99), "?");
}

static struct kunit_case mbx_cases[] = {
	KUNIT_CASE(mbx_reset), KUNIT_CASE(mbx_messages),      KUNIT_CASE(mbx_effects),
	KUNIT_CASE(mbx_storm), KUNIT_CASE(mbx_nack_throttle), KUNIT_CASE(mbx_held),
	KUNIT_CASE(mbx_races), KUNIT_CASE(mbx_tamper),	      KUNIT_CASE(mbx_gone),
	KUNIT_CASE(mbx_ping),  KUNIT_CASE(mbx_absent),	      KUNIT_CASE(mbx_hostile),
	KUNIT_CASE(mbx_words), KUNIT_CASE(mbx_last_words),    {}
};

static struct kunit_suite mbx_suite = {
	.name = "sriov_demo_mailbox",
	.test_cases = mbx_cases,
};

kunit_test_suite(mbx_suite);

MODULE_DESCRIPTION("KUnit: mailboxes of an 82576's virtual functions");
MODULE_LICENSE("GPL");
