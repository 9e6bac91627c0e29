// SPDX-License-Identifier: GPL-2.0-only
/* Pure core: which features to agree on, and what to believe of a configuration. */
#include "features.h"

/* @feature is worth nothing without one of @needs. */
static const struct {
	u64 feature;
	u64 needs;
} vnic_needs[] = {
	/* 5.1.3.1 */
	{ VNET_F_GUEST_TSO4, VNET_F_GUEST_CSUM },
	{ VNET_F_GUEST_TSO6, VNET_F_GUEST_CSUM },
	{ VNET_F_HOST_TSO4, VNET_F_CSUM },
	{ VNET_F_HOST_TSO6, VNET_F_CSUM },
	{ VNET_F_HOST_ECN, VNET_F_HOST_TSO4 | VNET_F_HOST_TSO6 },
	{ VNET_F_CTRL_RX, VNET_F_CTRL_VQ },
	{ VNET_F_CTRL_VLAN, VNET_F_CTRL_VQ },
	{ VNET_F_GUEST_ANNOUNCE, VNET_F_CTRL_VQ },
	{ VNET_F_GUEST_ANNOUNCE, VNET_F_STATUS },
	{ VNET_F_MQ, VNET_F_CTRL_VQ },
	{ VNET_F_CTRL_MAC_ADDR, VNET_F_CTRL_VQ },
	{ VNET_F_CTRL_GUEST_OFFLOADS, VNET_F_CTRL_VQ },
	/* one receive buffer is no longer than a page */
	{ VNET_F_GUEST_TSO4, VNET_F_MRG_RXBUF },
	{ VNET_F_GUEST_TSO6, VNET_F_MRG_RXBUF },
	/* last, since it needs two of the above */
	{ VNET_F_GUEST_ECN, VNET_F_GUEST_TSO4 | VNET_F_GUEST_TSO6 },
};

u64 vnic_choose(u64 offered, u16 mtu, unsigned int fits)
{
	u64 features = offered & VNIC_FEATURES;
	unsigned int i;

	if (!(features & VNET_F_V1))
		return 0;
	for (i = 0; i < ARRAY_SIZE(vnic_needs); i++)
		if (!(features & vnic_needs[i].needs))
			features &= ~vnic_needs[i].feature;
	/* Who agrees on it must take such packets (5.1.4.2). */
	if (!(features & VNET_F_MRG_RXBUF) && mtu > fits)
		features &= ~VNET_F_MTU;
	return features;
}

void vnic_believe(const struct vnet_config *raw, u64 features, unsigned int queues,
		  struct vnic_config *out)
{
	u16 status = le16_to_cpu(raw->status);
	unsigned int pairs;

	memset(out, 0, sizeof(*out));
	/* Neither of a group, nor nobody's. */
	if (features & VNET_F_MAC && !(raw->mac[0] & 1))
		memcpy(out->mac, raw->mac, sizeof(out->mac));
	if (features & VNET_F_MTU && le16_to_cpu(raw->mtu) >= VNET_MIN_MTU)
		out->mtu = le16_to_cpu(raw->mtu);

	/* Behind the last pair that the device has, used or not, is the control queue. */
	pairs = features & VNET_F_MQ ? le16_to_cpu(raw->max_pairs) : 1;
	if (!pairs || pairs > VNET_MAX_PAIRS || 2 * pairs > queues) {
		out->max_pairs = 1;
	} else {
		out->max_pairs = pairs;
		if (features & VNET_F_CTRL_VQ && 2 * pairs < queues)
			out->ctrl = 2 * pairs;
	}

	out->link = !(features & VNET_F_STATUS) || status & VNET_S_LINK_UP;
	out->announce = features & VNET_F_GUEST_ANNOUNCE && status & VNET_S_ANNOUNCE;
	if (features & VNET_F_SPEED_DUPLEX && le32_to_cpu(raw->speed) <= VNET_SPEED_MAX)
		out->speed = le32_to_cpu(raw->speed);
	out->duplex = VNET_DUPLEX_UNKNOWN;
	if (features & VNET_F_SPEED_DUPLEX && raw->duplex <= VNET_DUPLEX_FULL)
		out->duplex = raw->duplex;
}
