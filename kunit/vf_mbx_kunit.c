// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: a virtual function's end of the mailbox, against physical functions of all kinds. */
#include <linux/module.h>

#include "suite.h"

#include "../sriov_demo/vf_mbx.c"

/* What a physical function does with a message. */
enum peer_manner {
	PEER_ACK, /* as asked */
	PEER_NACK,
	PEER_FORGETFUL, /* NACK without CTS: who are you? */
	PEER_DEAF, /* never reads it */
	PEER_MUTE, /* reads it, and says nothing */
	PEER_ODD, /* answers something else */
	PEER_PLAIN, /* neither ACK nor NACK */
};

/* A physical function, and the mailbox between. */
struct peer {
	struct e82576_io io;
	struct vf_mbx mbx;
	u32 state; /* VMAILBOX */
	u32 status;
	u32 buffer[E82576_MBX_WORDS];
	u32 asked[E82576_MBX_WORDS]; /* the last message */
	enum peer_manner manner;
	u8 mac[6];
	bool disable; /* answers have no CTS */
	unsigned int controls; /* control messages before it reads the next requests */
	unsigned int messages;
	unsigned int resets;
	unsigned int pulled_at; /* reads until it is pulled out, or 0 */
	unsigned int reads;
	bool busy; /* holds the buffer */
	bool resetting;
	unsigned int ready_in; /* waits until it is no longer resetting, or 0 */
	u64 usec; /* waited */
};

static void peer_say(struct peer *p, u32 word)
{
	p->buffer[0] = word;
	p->state |= E82576_VMAILBOX_PFSTS;
}

static void peer_serve(struct peer *p)
{
	u32 cts = p->disable ? 0 : MBX_CTS;

	/* Both wrote at once: the request is gone, and what lies there is taken for one. */
	if (p->controls) {
		p->controls--;
		p->state |= E82576_VMAILBOX_PFACK;
		peer_say(p, MBX_PF_CONTROL | MBX_NACK | cts);
		return;
	}
	memcpy(p->asked, p->buffer, sizeof(p->asked));
	p->messages++;
	if (p->manner == PEER_DEAF)
		return;
	p->state |= E82576_VMAILBOX_PFACK;
	switch (p->manner) {
	case PEER_ACK:
		if (p->asked[0] == MBX_VF_RESET) {
			mbx_put_mac(&p->buffer[1], p->mac);
			peer_say(p, MBX_VF_RESET | MBX_ACK);
		} else {
			peer_say(p, p->asked[0] | MBX_ACK | cts);
		}
		break;
	case PEER_NACK:
		peer_say(p, p->asked[0] | MBX_NACK | (p->asked[0] == MBX_VF_RESET ? 0 : cts));
		break;
	case PEER_FORGETFUL:
		peer_say(p, p->asked[0] | MBX_NACK);
		break;
	case PEER_ODD:
		peer_say(p, 0x77 | MBX_ACK | cts);
		break;
	case PEER_PLAIN:
		peer_say(p, p->asked[0] | cts);
		break;
	default:
		break;
	}
}

static u32 peer_read(void *ctx, u32 reg)
{
	struct peer *p = ctx;
	u32 value;

	p->reads++;
	if (p->pulled_at && p->reads >= p->pulled_at)
		return ~0U;
	switch (reg) {
	case E82576_VMAILBOX:
		value = p->state | (p->resetting ? E82576_VMAILBOX_RSTI : 0);
		p->state &= ~VF_MBX_CLEARED;
		return value;
	case E82576_VTSTATUS:
		return p->status;
	default:
		return p->buffer[(reg - E82576_VBMEM) / 4 % E82576_MBX_WORDS];
	}
}

static void peer_write(void *ctx, u32 reg, u32 value)
{
	struct peer *p = ctx;

	if (reg == E82576_VTCTRL && value & E82576_CTRL_RST) {
		p->resets++;
	} else if (reg == E82576_VMAILBOX) {
		p->state &= ~E82576_VMAILBOX_VFU;
		if (value & E82576_VMAILBOX_VFU && !p->busy)
			p->state |= E82576_VMAILBOX_VFU;
		if (value & E82576_VMAILBOX_REQ)
			peer_serve(p);
	} else if (reg >= E82576_VBMEM && reg < E82576_VBMEM + 4 * E82576_MBX_WORDS) {
		p->buffer[(reg - E82576_VBMEM) / 4] = value;
	}
}

static const struct e82576_io_ops peer_ops = { .read = peer_read, .write = peer_write };

static void peer_wait(void *ctx, unsigned int usec)
{
	struct peer *p = ctx;

	p->usec += usec;
	if (p->ready_in && !--p->ready_in) {
		p->resetting = false;
		p->state |= E82576_VMAILBOX_RSTD;
	}
}

static struct peer *peer_new(struct kunit *test)
{
	struct peer *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);
	static const u8 mac[6] = { 0x52, 0x54, 0, 1, 2, 3 };

	KUNIT_ASSERT_NOT_NULL(test, p);
	p->io.ops = &peer_ops;
	p->io.ctx = p;
	p->mbx.io = &p->io;
	p->mbx.wait = peer_wait;
	p->status = E82576_STATUS_LU | E82576_STATUS_FD;
	memcpy(p->mac, mac, sizeof(mac));
	return p;
}

static void vf_mbx_test_reset(struct kunit *test)
{
	struct peer *p = peer_new(test);
	static const u8 none[6];
	u8 mac[6];

	KUNIT_EXPECT_EQ(test, vf_mbx_reset(&p->mbx, mac), 0);
	KUNIT_EXPECT_EQ(test, memcmp(mac, p->mac, 6), 0);
	KUNIT_EXPECT_EQ(test, p->resets, 1);
	/* The answer to RESET says nothing about the link. */
	KUNIT_EXPECT_FALSE(test, vf_mbx_link(&p->mbx));
	KUNIT_EXPECT_EQ(test, vf_mbx_length(&p->mbx, 1522), 0);
	KUNIT_EXPECT_TRUE(test, vf_mbx_link(&p->mbx));

	/* No address is no failure. */
	p->manner = PEER_NACK;
	KUNIT_EXPECT_EQ(test, vf_mbx_reset(&p->mbx, mac), 0);
	KUNIT_EXPECT_EQ(test, memcmp(mac, none, 6), 0);
	KUNIT_EXPECT_FALSE(test, vf_mbx_link(&p->mbx));

	/* A physical function that comes back in time, and one that does not. */
	p->manner = PEER_ACK;
	p->resetting = true;
	p->ready_in = 10;
	KUNIT_EXPECT_EQ(test, vf_mbx_reset(&p->mbx, mac), 0);
	KUNIT_EXPECT_EQ(test, memcmp(mac, p->mac, 6), 0);
	p->resetting = true;
	p->usec = 0;
	KUNIT_EXPECT_EQ(test, vf_mbx_reset(&p->mbx, mac), -ENETRESET);
	KUNIT_EXPECT_LE(test, p->usec, 600000);
	KUNIT_EXPECT_EQ(test, memcmp(mac, none, 6), 0);
}

/* What goes over the wire, word by word. */
static void vf_mbx_test_words(struct kunit *test)
{
	static const u8 mac[6] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab };
	struct peer *p = peer_new(test);
	u16 hash[MBX_MAX_HASHES + 1];
	unsigned int i;

	KUNIT_EXPECT_EQ(test, vf_mbx_mac(&p->mbx, MBX_MAC_ADD, mac), 0);
	KUNIT_EXPECT_EQ(test, p->asked[0], 0x00020002);
	KUNIT_EXPECT_EQ(test, p->asked[1], 0x67452301);
	KUNIT_EXPECT_EQ(test, p->asked[2], 0xab89);
	KUNIT_EXPECT_EQ(test, vf_mbx_vlan(&p->mbx, 4094, true), 0);
	KUNIT_EXPECT_EQ(test, p->asked[0], 0x00010004);
	KUNIT_EXPECT_EQ(test, p->asked[1], 4094);
	KUNIT_EXPECT_EQ(test, vf_mbx_vlan(&p->mbx, 5, false), 0);
	KUNIT_EXPECT_EQ(test, p->asked[0], 0x00000004);
	KUNIT_EXPECT_EQ(test, vf_mbx_length(&p->mbx, 9238), 0);
	KUNIT_EXPECT_EQ(test, p->asked[0], 5);
	KUNIT_EXPECT_EQ(test, p->asked[1], 9238);
	KUNIT_EXPECT_EQ(test, vf_mbx_promisc(&p->mbx, MBX_PROMISC_MULTICAST), 0);
	KUNIT_EXPECT_EQ(test, p->asked[0], 0x00020006);
	KUNIT_EXPECT_EQ(test, vf_mbx_queues(&p->mbx, 2, 1), 0);
	KUNIT_EXPECT_EQ(test, p->asked[0], 0x20);
	KUNIT_EXPECT_EQ(test, p->asked[1], 0x102);

	for (i = 0; i < ARRAY_SIZE(hash); i++)
		hash[i] = 0x100 + i;
	KUNIT_EXPECT_EQ(test, vf_mbx_multicast(&p->mbx, hash, 3), 0);
	KUNIT_EXPECT_EQ(test, p->asked[0], 0x00030003);
	KUNIT_EXPECT_EQ(test, p->asked[1], 0x01010100);
	KUNIT_EXPECT_EQ(test, p->asked[2], 0x0102);
	KUNIT_EXPECT_EQ(test, p->asked[3], 0);
	/* More do not fit. */
	KUNIT_EXPECT_EQ(test, vf_mbx_multicast(&p->mbx, hash, ARRAY_SIZE(hash)), 0);
	KUNIT_EXPECT_EQ(test, p->asked[0], 0x001e0003);
	KUNIT_EXPECT_EQ(test, p->asked[15], 0x011d011c);
}

static void vf_mbx_test_answers(struct kunit *test)
{
	static const struct {
		enum peer_manner manner;
		int ret;
		bool cts;
		unsigned int messages;
	} row[] = {
		/* 0 */ { PEER_ACK, 0, true, 1 },
		/* 1 */ { PEER_NACK, -EACCES, true, 1 },
		/* 2 */ { PEER_FORGETFUL, -EACCES, false, 1 },
		/* 3 */ { PEER_DEAF, -ETIMEDOUT, false, 1 },
		/* 4 */ { PEER_MUTE, -ETIMEDOUT, false, 1 },
		/* 5 */ { PEER_ODD, -EAGAIN, false, VF_MBX_TRIES },
		/* 6 */ { PEER_PLAIN, -EPROTO, true, 1 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct peer *p = peer_new(test);

		p->manner = row[i].manner;
		KUNIT_EXPECT_EQ_MSG(test, vf_mbx_length(&p->mbx, 1522), row[i].ret, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, p->mbx.cts, row[i].cts, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, p->messages, row[i].messages, "row %u", i);
		KUNIT_EXPECT_LE_MSG(test, p->usec, 1000000, "row %u", i);
		/* Whatever happened, the buffer is free. */
		KUNIT_EXPECT_FALSE_MSG(test, p->state & E82576_VMAILBOX_VFU, "row %u", i);
	}
}

/* CTS withheld: asked and granted, but there is no link. */
static void vf_mbx_test_link(struct kunit *test)
{
	struct peer *p = peer_new(test);

	p->disable = true;
	KUNIT_EXPECT_EQ(test, vf_mbx_length(&p->mbx, 1522), 0);
	KUNIT_EXPECT_FALSE(test, vf_mbx_link(&p->mbx));
	peer_say(p, MBX_PF_CONTROL | MBX_CTS);
	KUNIT_EXPECT_EQ(test, vf_mbx_look(&p->mbx), VF_MBX_CONTROL);
	KUNIT_EXPECT_TRUE(test, vf_mbx_link(&p->mbx));
	KUNIT_EXPECT_EQ(test, vf_mbx_look(&p->mbx), 0);

	/* The wire is down; and then it does not matter. */
	p->status = E82576_STATUS_FD;
	KUNIT_EXPECT_FALSE(test, vf_mbx_link(&p->mbx));
	peer_say(p, MBX_PF_CONTROL | MBX_CTS | FIELD_PREP(MBX_INFO, MBX_CONTROL_LINK_UP));
	KUNIT_EXPECT_EQ(test, vf_mbx_look(&p->mbx), VF_MBX_CONTROL);
	KUNIT_EXPECT_TRUE(test, vf_mbx_link(&p->mbx));
	peer_say(p, MBX_PF_CONTROL | FIELD_PREP(MBX_INFO, MBX_CONTROL_LINK_UP));
	KUNIT_EXPECT_EQ(test, vf_mbx_look(&p->mbx), VF_MBX_CONTROL | VF_MBX_REVOKED);
	KUNIT_EXPECT_FALSE(test, vf_mbx_link(&p->mbx));
	KUNIT_EXPECT_EQ(test, p->mbx.heard, 3);
}

static void vf_mbx_test_resets(struct kunit *test)
{
	struct peer *p = peer_new(test);
	u8 mac[6];

	KUNIT_EXPECT_EQ(test, vf_mbx_length(&p->mbx, 1522), 0);
	p->resetting = true;
	KUNIT_EXPECT_EQ(test, vf_mbx_look(&p->mbx), VF_MBX_RESETTING);
	KUNIT_EXPECT_EQ(test, vf_mbx_look(&p->mbx), VF_MBX_RESETTING);
	KUNIT_EXPECT_FALSE(test, vf_mbx_link(&p->mbx));
	p->manner = PEER_DEAF;
	KUNIT_EXPECT_EQ(test, vf_mbx_length(&p->mbx, 1522), -ENETRESET);
	p->resetting = false;
	p->state |= E82576_VMAILBOX_RSTD;
	KUNIT_EXPECT_EQ(test, vf_mbx_look(&p->mbx), VF_MBX_WAS_RESET);
	KUNIT_EXPECT_EQ(test, vf_mbx_look(&p->mbx), 0);

	/* It happens while a message is out: the bit was read, and yet is not lost. */
	p->manner = PEER_ACK;
	p->state |= E82576_VMAILBOX_RSTD;
	KUNIT_EXPECT_EQ(test, vf_mbx_length(&p->mbx, 1522), 0);
	KUNIT_EXPECT_EQ(test, vf_mbx_look(&p->mbx), VF_MBX_WAS_RESET);

	/* Who counts is told, too, whoever heard of it first and whatever came since. */
	p->mbx.reset = false;
	KUNIT_EXPECT_FALSE(test, vf_mbx_was_reset(&p->mbx));
	p->state |= E82576_VMAILBOX_RSTD;
	KUNIT_EXPECT_EQ(test, vf_mbx_look(&p->mbx), VF_MBX_WAS_RESET);
	KUNIT_EXPECT_EQ(test, vf_mbx_reset(&p->mbx, mac), 0);
	KUNIT_EXPECT_EQ(test, vf_mbx_look(&p->mbx), 0);
	KUNIT_EXPECT_TRUE(test, vf_mbx_was_reset(&p->mbx));
}

/* Both speak at once. */
static void vf_mbx_test_collisions(struct kunit *test)
{
	struct peer *p = peer_new(test);

	/* Our words were overwritten: asked again, and done. */
	p->controls = 1;
	KUNIT_EXPECT_EQ(test, vf_mbx_length(&p->mbx, 1522), 0);
	KUNIT_EXPECT_EQ(test, p->messages, 1);
	KUNIT_EXPECT_EQ(test, p->asked[1], 1522);
	p->controls = VF_MBX_TRIES;
	KUNIT_EXPECT_EQ(test, vf_mbx_length(&p->mbx, 1522), -EAGAIN);

	/* A control message that nobody has read yet is not overwritten unread. */
	p = peer_new(test);
	peer_say(p, MBX_PF_CONTROL);
	KUNIT_EXPECT_EQ(test, vf_mbx_length(&p->mbx, 1522), 0);
	KUNIT_EXPECT_EQ(test, vf_mbx_look(&p->mbx), VF_MBX_CONTROL | VF_MBX_REVOKED);

	/* The other end holds the buffer for good. */
	p->busy = true;
	p->usec = 0;
	KUNIT_EXPECT_EQ(test, vf_mbx_length(&p->mbx, 1522), -EBUSY);
	KUNIT_EXPECT_LE(test, p->usec, 100000);
}

/* Pulled out at each moment: nothing hangs, nothing that was read is believed. */
static void vf_mbx_test_removal(struct kunit *test)
{
	static const u8 none[6];
	struct peer *p = peer_new(test);
	unsigned int i, whole;
	u8 mac[6];

	KUNIT_EXPECT_EQ(test, vf_mbx_reset(&p->mbx, mac), 0);
	whole = p->reads;
	for (i = 1; i <= whole; i++) {
		p = peer_new(test);
		p->pulled_at = i;
		KUNIT_EXPECT_EQ_MSG(test, vf_mbx_reset(&p->mbx, mac), -ENODEV, "read %u", i);
		KUNIT_EXPECT_EQ_MSG(test, memcmp(mac, none, 6), 0, "read %u", i);
		KUNIT_EXPECT_TRUE_MSG(test, p->io.gone, "read %u", i);
		KUNIT_EXPECT_EQ(test, vf_mbx_look(&p->mbx), VF_MBX_GONE);
		KUNIT_EXPECT_FALSE(test, vf_mbx_link(&p->mbx));
		KUNIT_EXPECT_FALSE(test, vf_mbx_dead(&p->mbx));
	}
}

static void vf_mbx_test_dead(struct kunit *test)
{
	struct peer *p = peer_new(test);

	KUNIT_EXPECT_FALSE(test, vf_mbx_dead(&p->mbx));
	p->status = 0;
	p->resetting = true;
	KUNIT_EXPECT_FALSE(test, vf_mbx_dead(&p->mbx));
	p->resetting = false;
	KUNIT_EXPECT_TRUE(test, vf_mbx_dead(&p->mbx));
}

static struct kunit_case vf_mbx_cases[] = {
	KUNIT_CASE(vf_mbx_test_reset),
	KUNIT_CASE(vf_mbx_test_words),
	KUNIT_CASE(vf_mbx_test_answers),
	KUNIT_CASE(vf_mbx_test_link),
	KUNIT_CASE(vf_mbx_test_resets),
	KUNIT_CASE(vf_mbx_test_collisions),
	KUNIT_CASE(vf_mbx_test_removal),
	KUNIT_CASE(vf_mbx_test_dead),
	{},
};

static struct kunit_suite vf_mbx_suite = {
	.name = "vf_mbx",
	.test_cases = vf_mbx_cases,
};

kunit_test_suite(vf_mbx_suite);

MODULE_DESCRIPTION("KUnit: a virtual function's mailbox");
MODULE_LICENSE("GPL");
