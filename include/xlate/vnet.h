/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtio network device: features, configuration, header of a packet, commands.
 *
 * Sections are those of VIRTIO 1.2 and 1.3: 5.1 is the network device.
 */
#ifndef _XLATE_VNET_H
#define _XLATE_VNET_H

#include "virtq.h"

/* -- feature bits (5.1.3) -------------------------------------------------------------- */

#define VNET_F_CSUM		   BIT_ULL(0) /* sends: the device completes checksums */
#define VNET_F_GUEST_CSUM	   BIT_ULL(1) /* receives: checksums may be partial */
#define VNET_F_CTRL_GUEST_OFFLOADS BIT_ULL(2) /* what it receives can be chosen at any time */
#define VNET_F_MTU		   BIT_ULL(3)
#define VNET_F_MAC		   BIT_ULL(5)
#define VNET_F_GUEST_TSO4	   BIT_ULL(7)
#define VNET_F_GUEST_TSO6	   BIT_ULL(8)
#define VNET_F_GUEST_ECN	   BIT_ULL(9)
#define VNET_F_HOST_TSO4	   BIT_ULL(11)
#define VNET_F_HOST_TSO6	   BIT_ULL(12)
#define VNET_F_HOST_ECN		   BIT_ULL(13)
#define VNET_F_MRG_RXBUF	   BIT_ULL(15) /* a packet may take several receive buffers */
#define VNET_F_STATUS		   BIT_ULL(16)
#define VNET_F_CTRL_VQ		   BIT_ULL(17)
#define VNET_F_CTRL_RX		   BIT_ULL(18)
#define VNET_F_CTRL_VLAN	   BIT_ULL(19)
#define VNET_F_GUEST_ANNOUNCE	   BIT_ULL(21)
#define VNET_F_MQ		   BIT_ULL(22)
#define VNET_F_CTRL_MAC_ADDR	   BIT_ULL(23)
#define VNET_F_DEVICE_STATS	   BIT_ULL(50)
#define VNET_F_SPEED_DUPLEX	   BIT_ULL(63)

#define VNET_F_V1	       BIT_ULL(32)
#define VNET_F_ACCESS_PLATFORM BIT_ULL(33) /* addresses are the platform's, for its DMA API */
#define VNET_F_RING_RESET      BIT_ULL(40) /* one queue can be reset, 2.6.1 */

/* "GUEST_TSO4": the name of feature @bit of a network device, or NULL. */
static inline const char *vnet_feature_name(unsigned int bit)
{
	static const char *const names[64] = {
		[0] = "CSUM",
		[1] = "GUEST_CSUM",
		[2] = "CTRL_GUEST_OFFLOADS",
		[3] = "MTU",
		[5] = "MAC",
		[6] = "GSO",
		[7] = "GUEST_TSO4",
		[8] = "GUEST_TSO6",
		[9] = "GUEST_ECN",
		[10] = "GUEST_UFO",
		[11] = "HOST_TSO4",
		[12] = "HOST_TSO6",
		[13] = "HOST_ECN",
		[14] = "HOST_UFO",
		[15] = "MRG_RXBUF",
		[16] = "STATUS",
		[17] = "CTRL_VQ",
		[18] = "CTRL_RX",
		[19] = "CTRL_VLAN",
		[20] = "CTRL_RX_EXTRA",
		[21] = "GUEST_ANNOUNCE",
		[22] = "MQ",
		[23] = "CTRL_MAC_ADDR",
		[24] = "NOTIFY_ON_EMPTY",
		[27] = "ANY_LAYOUT",
		[28] = "INDIRECT_DESC",
		[29] = "EVENT_IDX",
		[32] = "VERSION_1",
		[33] = "ACCESS_PLATFORM",
		[34] = "RING_PACKED",
		[35] = "IN_ORDER",
		[36] = "ORDER_PLATFORM",
		[37] = "SR_IOV",
		[38] = "NOTIFICATION_DATA",
		[39] = "NOTIF_CONFIG_DATA",
		[40] = "RING_RESET",
		[41] = "ADMIN_VQ",
		[50] = "DEVICE_STATS",
		[51] = "HASH_TUNNEL",
		[52] = "VQ_NOTF_COAL",
		[53] = "NOTF_COAL",
		[54] = "GUEST_USO4",
		[55] = "GUEST_USO6",
		[56] = "HOST_USO",
		[57] = "HASH_REPORT",
		[59] = "GUEST_HDRLEN",
		[60] = "RSS",
		[61] = "RSC_EXT",
		[62] = "STANDBY",
		[63] = "SPEED_DUPLEX",
	};

	return bit < ARRAY_SIZE(names) ? names[bit] : NULL;
}

/* -- configuration (5.1.4) --------------------------------------------------------------- */

struct vnet_config {
	__u8 mac[6]; /* with VNET_F_MAC */
	__le16 status; /* with VNET_F_STATUS */
	__le16 max_pairs; /* with VNET_F_MQ */
	__le16 mtu; /* with VNET_F_MTU */
	__le32 speed; /* Mb/s, with VNET_F_SPEED_DUPLEX */
	__u8 duplex; /* VNET_DUPLEX_*, all else is unknown, too */
};

static_assert(offsetof(struct vnet_config, speed) == 12);
static_assert(offsetof(struct vnet_config, duplex) == 16);

#define VNET_S_LINK_UP	1
#define VNET_S_ANNOUNCE 2

#define VNET_MAX_PAIRS 0x8000
#define VNET_MIN_MTU   68
#define VNET_SPEED_MAX 0x7fffffff /* above: unknown */

/* As ethtool has them. */
#define VNET_DUPLEX_HALF    0x00
#define VNET_DUPLEX_FULL    0x01
#define VNET_DUPLEX_UNKNOWN 0xff

/* -- header of each packet (5.1.6) --------------------------------------------------------- */

struct vnet_hdr {
	__u8 flags;
	__u8 gso_type;
	__le16 hdr_len;
	__le16 gso_size;
	__le16 csum_start;
	__le16 csum_offset;
	__le16 num_buffers; /* receives: of the packet; else 0 */
};

static_assert(sizeof(struct vnet_hdr) == 12);
static_assert(offsetof(struct vnet_hdr, num_buffers) == 10);

#define VNET_HDR_NEEDS_CSUM 0x01
#define VNET_HDR_DATA_VALID 0x02

#define VNET_GSO_NONE  0x00
#define VNET_GSO_TCPV4 0x01
#define VNET_GSO_TCPV6 0x04
#define VNET_GSO_ECN   0x80

/* -- commands, on the control queue (5.1.6.5) ------------------------------------------------ */

struct vnet_ctrl {
	__u8 class;
	__u8 command;
};

static_assert(sizeof(struct vnet_ctrl) == 2);

#define VNET_CTRL_RX	      0 /* each with one byte: on or off */
#define VNET_CTRL_RX_PROMISC  0
#define VNET_CTRL_RX_ALLMULTI 1

#define VNET_CTRL_MAC	    1
#define VNET_CTRL_MAC_TABLE 0 /* two tables: __le32 entries, then the addresses */
#define VNET_CTRL_MAC_ADDR  1 /* six bytes */

#define VNET_CTRL_VLAN	   2 /* __le16 each */
#define VNET_CTRL_VLAN_ADD 0
#define VNET_CTRL_VLAN_DEL 1

#define VNET_CTRL_ANNOUNCE     3
#define VNET_CTRL_ANNOUNCE_ACK 0

#define VNET_CTRL_MQ	   4
#define VNET_CTRL_MQ_PAIRS 0 /* __le16 */

#define VNET_CTRL_OFFLOADS     5
#define VNET_CTRL_OFFLOADS_SET 0 /* __le64: those of VNET_F_GUEST_* that are on */

/* The device's answer, one byte. */
#define VNET_OK	 0
#define VNET_ERR 1

#endif /* _XLATE_VNET_H */
