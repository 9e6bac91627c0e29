/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure core: the messages that the functions of an 82576 exchange. This is the protocol
 * that Linux's igb and igbvf, FreeBSD and DPDK speak (igb/e1000_mbx.h): word 0 is the type
 * with flags and 8 bits of information, the others depend on the type.
 *
 *	31  30   29  28   24 23         16 15              0
 *	|ACK|NACK|CTS|  -   |  information |     type      |
 *
 * A virtual function asks, the physical function answers with the same word 0 plus ACK or
 * NACK. CTS, "clear to send", says that the virtual function is set up; a message without
 * it tells the driver that it must start anew with RESET, or that its link is down.
 */
#ifndef _E82576_MBX_H
#define _E82576_MBX_H

#include "e82576_regs.h"

#define MBX_ACK	 BIT(31)
#define MBX_NACK BIT(30)
#define MBX_CTS	 BIT(29)
#define MBX_INFO GENMASK(23, 16)
#define MBX_TYPE GENMASK(15, 0)

/**
 * enum mbx_type - what a message is about
 * @MBX_VF_RESET:     set me up; answered with the address, or NACK if there is none yet
 * @MBX_VF_MAC:	      words 1 and 2: an address; information: see MBX_MAC_*
 * @MBX_VF_MULTICAST: information: number of hashes, words 1..: two hashes of 16 bits each
 * @MBX_VF_VLAN:      word 1: a VLAN; information: 0 leave it, else join it
 * @MBX_VF_LPE:	      word 1: longest frame, in bytes with CRC
 * @MBX_VF_PROMISC:   information: see MBX_PROMISC_*
 * @MBX_VF_RSS:	      word 1: number of queue pairs, 1 or 2. Not part of the old protocol:
 *		      others answer it with NACK
 * @MBX_PF_CONTROL:   from the physical function: something has changed, look
 */
enum mbx_type {
	MBX_VF_RESET = 0x01,
	MBX_VF_MAC = 0x02,
	MBX_VF_MULTICAST = 0x03,
	MBX_VF_VLAN = 0x04,
	MBX_VF_LPE = 0x05,
	MBX_VF_PROMISC = 0x06,
	MBX_VF_RSS = 0x20,
	MBX_PF_CONTROL = 0x100,
};

/* Information of MBX_VF_MAC: of more addresses than the first. */
#define MBX_MAC_FIRST 0
#define MBX_MAC_CLEAR 1
#define MBX_MAC_ADD   2
/* ... of MBX_VF_MULTICAST: there were more than fit. */
#define MBX_MAX_HASHES 30
/* ... of MBX_VF_PROMISC; none: no longer. */
#define MBX_PROMISC_UNICAST   BIT(0)
#define MBX_PROMISC_MULTICAST BIT(1)
/* ... of MBX_PF_CONTROL, for our own driver: the link is up whatever STATUS says. */
#define MBX_CONTROL_LINK_UP BIT(0)

/* The address in words 1 and 2, lowest byte first. */
static inline void mbx_get_mac(const u32 *words, u8 *mac)
{
	int i;

	for (i = 0; i < 6; i++)
		mac[i] = words[i / 4] >> (i % 4 * 8);
}

static inline void mbx_put_mac(u32 *words, const u8 *mac)
{
	words[0] = mac[0] | mac[1] << 8 | mac[2] << 16 | (u32)mac[3] << 24;
	words[1] = mac[4] | mac[5] << 8;
}

/* The hash of a multicast address that MTA goes by (RCTL.MO = 0): its bits 47:36. */
static inline u16 e82576_mta_hash(const u8 *mac)
{
	return (mac[4] >> 4 | mac[5] << 4) & 0xfff;
}

/* What a message says, in words and without a newline: "MAC 52:54:00:12:34:56 ACK CTS". */
int mbx_describe(const u32 *word, unsigned int words, char *buf, size_t size);

#endif /* _E82576_MBX_H */
