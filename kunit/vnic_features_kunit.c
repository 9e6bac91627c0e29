// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: which features to agree on, and what to believe of a configuration. */
#include <linux/module.h>

#include "suite.h"

#include "../vnic/features.c"

/* What fits into one receive buffer, as in vnic. */
#define FITS 3700

static void vnic_features_test_version(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, vnic_choose(0, 0, FITS), 0ULL);
	/* Without version 1, nothing. */
	KUNIT_EXPECT_EQ(test, vnic_choose(~VNET_F_V1, 0, FITS), 0ULL);
	KUNIT_EXPECT_EQ(test, vnic_choose(VNET_F_V1, 0, FITS), VNET_F_V1);
	/* Of all that there is, all that we know. */
	KUNIT_EXPECT_EQ(test, vnic_choose(~0ULL, 1500, FITS), VNIC_FEATURES);
}

static void vnic_features_test_needs(struct kunit *test)
{
	static const struct {
		u64 without;
		u64 left_out;
	} rows[] = {
		{ VNET_F_CSUM, VNET_F_HOST_TSO4 | VNET_F_HOST_TSO6 | VNET_F_HOST_ECN },
		{ VNET_F_HOST_TSO4, 0 },
		{ VNET_F_HOST_TSO4 | VNET_F_HOST_TSO6, VNET_F_HOST_ECN },
		{ VNET_F_GUEST_CSUM, VNET_F_GUEST_TSO4 | VNET_F_GUEST_TSO6 | VNET_F_GUEST_ECN },
		{ VNET_F_GUEST_TSO6, 0 },
		{ VNET_F_GUEST_TSO4 | VNET_F_GUEST_TSO6, VNET_F_GUEST_ECN },
		{ VNET_F_MRG_RXBUF, VNET_F_GUEST_TSO4 | VNET_F_GUEST_TSO6 | VNET_F_GUEST_ECN },
		{ VNET_F_STATUS, VNET_F_GUEST_ANNOUNCE },
		{ VNET_F_CTRL_VQ, VNET_F_CTRL_RX | VNET_F_CTRL_VLAN | VNET_F_GUEST_ANNOUNCE |
					  VNET_F_MQ | VNET_F_CTRL_MAC_ADDR |
					  VNET_F_CTRL_GUEST_OFFLOADS },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		KUNIT_EXPECT_EQ_MSG(test, vnic_choose(~rows[i].without, 1500, FITS),
				    VNIC_FEATURES & ~(rows[i].without | rows[i].left_out), "row %u",
				    i);
}

static void vnic_features_test_mtu(struct kunit *test)
{
	const u64 one = VNET_F_V1 | VNET_F_MTU, many = one | VNET_F_MRG_RXBUF;

	KUNIT_EXPECT_EQ(test, vnic_choose(one, 0, FITS), one);
	KUNIT_EXPECT_EQ(test, vnic_choose(one, 1500, FITS), one);
	KUNIT_EXPECT_EQ(test, vnic_choose(one, FITS, FITS), one);
	KUNIT_EXPECT_EQ(test, vnic_choose(one, FITS + 1, FITS), VNET_F_V1);
	KUNIT_EXPECT_EQ(test, vnic_choose(one, 65535, FITS), VNET_F_V1);
	/* In several buffers, all fit. */
	KUNIT_EXPECT_EQ(test, vnic_choose(many, FITS + 1, FITS), many);
	KUNIT_EXPECT_EQ(test, vnic_choose(many, 65535, FITS), many);
	/* What lies there without the feature is no MTU. */
	KUNIT_EXPECT_EQ(test, vnic_choose(VNET_F_V1, 65535, FITS), VNET_F_V1);
}

/* Whatever is offered: no more than that, and what was chosen is chosen again. */
static void vnic_features_test_any(struct kunit *test)
{
	u64 state = 0x9e3779b97f4a7c15;
	unsigned int i;

	for (i = 0; i < 10000; i++) {
		u64 offered = suite_random(&state) | VNET_F_V1;
		u16 mtu = suite_random(&state);
		u64 got = vnic_choose(offered, mtu, FITS);

		KUNIT_ASSERT_EQ(test, got & ~offered, 0ULL);
		KUNIT_ASSERT_EQ(test, got & ~VNIC_FEATURES, 0ULL);
		KUNIT_ASSERT_EQ(test, vnic_choose(got, mtu, FITS), got);
	}
}

static const struct vnet_config good = {
	.mac = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 },
	.status = cpu_to_le16(VNET_S_LINK_UP | VNET_S_ANNOUNCE),
	.max_pairs = cpu_to_le16(4),
	.mtu = cpu_to_le16(9000),
	.speed = cpu_to_le32(10000),
	.duplex = 1,
};

static void vnic_features_test_config(struct kunit *test)
{
	struct vnic_config got;

	vnic_believe(&good, VNIC_FEATURES, 9, &got);
	KUNIT_EXPECT_EQ(test, memcmp(got.mac, good.mac, sizeof(got.mac)), 0);
	KUNIT_EXPECT_EQ(test, got.mtu, 9000);
	KUNIT_EXPECT_EQ(test, got.max_pairs, 4);
	KUNIT_EXPECT_EQ(test, got.ctrl, 8);
	KUNIT_EXPECT_EQ(test, got.speed, 10000U);
	KUNIT_EXPECT_EQ(test, got.duplex, VNET_DUPLEX_FULL);
	KUNIT_EXPECT_TRUE(test, got.link);
	KUNIT_EXPECT_TRUE(test, got.announce);

	/* Nothing agreed on, so nothing of it is there. */
	vnic_believe(&good, VNET_F_V1, 9, &got);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(got.mac, 0, sizeof(got.mac)), NULL);
	KUNIT_EXPECT_EQ(test, got.mtu, 0);
	KUNIT_EXPECT_EQ(test, got.max_pairs, 1);
	KUNIT_EXPECT_EQ(test, got.ctrl, 0);
	KUNIT_EXPECT_EQ(test, got.speed, 0U);
	KUNIT_EXPECT_EQ(test, got.duplex, VNET_DUPLEX_UNKNOWN);
	KUNIT_EXPECT_TRUE(test, got.link);
	KUNIT_EXPECT_FALSE(test, got.announce);
}

static void vnic_features_test_nonsense(struct kunit *test)
{
	struct vnet_config raw = good;
	struct vnic_config got;

	raw.mac[0] |= 1;
	raw.mtu = cpu_to_le16(VNET_MIN_MTU - 1);
	raw.speed = cpu_to_le32(VNET_SPEED_MAX + 1U);
	raw.status = 0;
	raw.duplex = 0xff;
	vnic_believe(&raw, VNIC_FEATURES, 9, &got);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(got.mac, 0, sizeof(got.mac)), NULL);
	KUNIT_EXPECT_EQ(test, got.mtu, 0);
	KUNIT_EXPECT_EQ(test, got.speed, 0U);
	KUNIT_EXPECT_EQ(test, got.duplex, VNET_DUPLEX_UNKNOWN);
	KUNIT_EXPECT_FALSE(test, got.link);
	KUNIT_EXPECT_FALSE(test, got.announce);

	/* A configuration that is too short for a field reads as 0 there. */
	memset(&raw, 0, sizeof(raw));
	vnic_believe(&raw, VNIC_FEATURES, 9, &got);
	KUNIT_EXPECT_EQ(test, got.max_pairs, 1);
	KUNIT_EXPECT_EQ(test, got.ctrl, 0);
}

static void vnic_features_test_queues(struct kunit *test)
{
	static const struct {
		u16 says;
		unsigned int queues;
		u16 pairs;
		u16 ctrl;
	} rows[] = {
		{ 1, 3, 1, 2 },		{ 1, 2, 1, 0 },
		{ 4, 9, 4, 8 },		{ 4, 8, 4, 0 },
		{ 4, 7, 1, 0 },		{ 0, 9, 1, 0 },
		{ 65535, 65535, 1, 0 }, { VNET_MAX_PAIRS, 65535, 1, 0 },
	};
	struct vnet_config raw = good;
	struct vnic_config got;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		raw.max_pairs = cpu_to_le16(rows[i].says);
		vnic_believe(&raw, VNIC_FEATURES, rows[i].queues, &got);
		KUNIT_EXPECT_EQ_MSG(test, got.max_pairs, rows[i].pairs, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, got.ctrl, rows[i].ctrl, "row %u", i);
	}
}

static struct kunit_case vnic_features_cases[] = {
	KUNIT_CASE(vnic_features_test_version), KUNIT_CASE(vnic_features_test_needs),
	KUNIT_CASE(vnic_features_test_mtu),	KUNIT_CASE(vnic_features_test_any),
	KUNIT_CASE(vnic_features_test_config),	KUNIT_CASE(vnic_features_test_nonsense),
	KUNIT_CASE(vnic_features_test_queues),	{},
};

static struct kunit_suite vnic_features_suite = {
	.name = "vnic_features",
	.test_cases = vnic_features_cases,
};

kunit_test_suite(vnic_features_suite);

MODULE_DESCRIPTION("KUnit: features and configuration of a network device");
MODULE_LICENSE("GPL");
