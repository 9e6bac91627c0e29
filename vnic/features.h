/* SPDX-License-Identifier: GPL-2.0-only */
/* Pure core: which features to agree on, and what to believe of a configuration. */
#ifndef _VNIC_FEATURES_H
#define _VNIC_FEATURES_H

#include "../include/xlate/vnet.h"

/* All that vnic knows what to do with. */
#define VNIC_FEATURES                                                                            \
	(VIRTQ_FEATURES | VNET_F_V1 | VNET_F_ACCESS_PLATFORM | VNET_F_RING_RESET | VNET_F_CSUM | \
	 VNET_F_GUEST_CSUM | VNET_F_MTU | VNET_F_MAC | VNET_F_GUEST_TSO4 | VNET_F_GUEST_TSO6 |   \
	 VNET_F_GUEST_ECN | VNET_F_HOST_TSO4 | VNET_F_HOST_TSO6 | VNET_F_HOST_ECN |              \
	 VNET_F_MRG_RXBUF | VNET_F_STATUS | VNET_F_CTRL_VQ | VNET_F_CTRL_RX | VNET_F_CTRL_VLAN | \
	 VNET_F_GUEST_ANNOUNCE | VNET_F_MQ | VNET_F_CTRL_MAC_ADDR | VNET_F_SPEED_DUPLEX |        \
	 VNET_F_CTRL_GUEST_OFFLOADS)

/**
 * vnic_choose() - the features to agree on
 * @offered: by the device
 * @mtu:     in its configuration; only of meaning with VNET_F_MTU
 * @fits:    the largest MTU whose packets fit into one receive buffer
 *
 * A feature without one that it needs (5.1.3.1) is left out, as are coalescing by the device
 * and its MTU when such packets would not fit into one receive buffer, and may not take more.
 *
 * Return: what to accept; without VNET_F_V1, nothing.
 */
u64 vnic_choose(u64 offered, u16 mtu, unsigned int fits);

/**
 * struct vnic_config - a device's configuration, believed
 * @mac:       address; all zero when the device has none, or no sane one
 * @mtu:       largest that the device takes, 0 when it does not say or makes no sense
 * @max_pairs: queue pairs, at least 1
 * @ctrl:      index of the control queue, 0 when there is none
 * @speed:     Mb/s, 0 for unknown
 * @duplex:    VNET_DUPLEX_*
 * @link:      the link is up
 * @announce:  the device asks for an announcement
 */
struct vnic_config {
	u8 mac[6];
	u16 mtu;
	u16 max_pairs;
	u16 ctrl;
	u32 speed;
	u8 duplex;
	bool link;
	bool announce;
};

/**
 * vnic_believe() - check a configuration
 * @raw:      as the device has it
 * @features: that were agreed on: fields without theirs do not exist
 * @queues:   virtqueues that the device says it has
 * @out:      gets it
 */
void vnic_believe(const struct vnet_config *raw, u64 features, unsigned int queues,
		  struct vnic_config *out);

#endif /* _VNIC_FEATURES_H */
