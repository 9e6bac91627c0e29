/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a virtio network device puts into shared memory, as far as the headers of the oldest
 * kernel that we build on lack it: device statistics (VIRTIO 1.4, 5.1.9.5.11).
 */
#ifndef _VNIC_HOST_NET_HDR_H
#define _VNIC_HOST_NET_HDR_H

#include <linux/build_bug.h>
#include <linux/types.h>

#define VNIC_NET_F_DEVICE_STATS 50

/* Control commands. */
#define VNIC_NET_CTRL_STATS	  8
#define VNIC_NET_CTRL_STATS_QUERY 0
#define VNIC_NET_CTRL_STATS_GET	  1

/* Bits of the types in queries and requests, and the number in the reply. */
#define VNIC_NET_STATS_RX_BASIC 0
#define VNIC_NET_STATS_RX_CSUM	1
#define VNIC_NET_STATS_TX_BASIC 16
#define VNIC_NET_STATS_TX_CSUM	17
#define VNIC_NET_STATS_CVQ	32

/* One request. */
struct vnic_net_stats_req {
	__le16 vq_index;
	__le16 reserved[3];
	__le64 types; /* bit set */
} __packed;

static_assert(sizeof(struct vnic_net_stats_req) == 16);

/* Before each reply. */
struct vnic_net_stats_hdr {
	__u8 type;
	__u8 reserved;
	__le16 vq_index;
	__le16 reserved1;
	__le16 size; /* bytes, this header among them */
};

static_assert(sizeof(struct vnic_net_stats_hdr) == 8);

struct vnic_net_stats_cvq {
	struct vnic_net_stats_hdr hdr;
	__le64 commands;
	__le64 ok;
};

static_assert(sizeof(struct vnic_net_stats_cvq) == 24);

/* Of a receive queue or a transmit queue: the same fields but for the last one's meaning. */
struct vnic_net_stats_basic {
	struct vnic_net_stats_hdr hdr;
	__le64 notifications;
	__le64 packets;
	__le64 bytes;
	__le64 interrupts;
	__le64 drops;
	__le64 overruns; /* transmit: malformed */
};

static_assert(sizeof(struct vnic_net_stats_basic) == 56);

#endif /* _VNIC_HOST_NET_HDR_H */
