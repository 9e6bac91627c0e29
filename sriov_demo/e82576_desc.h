/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure core: descriptors of the Intel 82576, alike for the physical and the virtual functions.
 * Sections are those of the datasheet: 7.1.4 and 7.1.5 (receive), 7.2.2 (transmit).
 *
 * Each is 16 bytes; a ring holds a multiple of 8, at an address that is a multiple of 128.
 */
#ifndef _E82576_DESC_H
#define _E82576_DESC_H

#include "../include/xlate/env.h"

#define E82576_RING_ALIGN    128
#define E82576_RING_MULTIPLE 8
#define E82576_RING_MAX	     4096

/**
 * union e82576_rx_desc - advanced receive descriptor (7.1.5)
 * @read:     as the driver writes it
 * @pkt_addr: where the frame goes; bit 0 is no part of it
 * @hdr_addr: where the header goes, when split; 0 here, since this is where DD will be
 * @wb:	      as the device writes it back
 * @pkt_info: RSS type 3:0, packet type 16:4
 * @hdr_info: header length, split header
 * @rss:      RSS hash
 * @status:   E82576_RXD_*: extended status 19:0, errors 31:20
 * @length:   of the data in this buffer, in bytes
 * @vlan:     tag that was stripped
 */
union e82576_rx_desc {
	struct {
		__le64 pkt_addr;
		__le64 hdr_addr;
	} read;
	struct {
		__le16 pkt_info;
		__le16 hdr_info;
		__le32 rss;
		__le32 status;
		__le16 length;
		__le16 vlan;
	} wb;
};

static_assert(sizeof(union e82576_rx_desc) == 16);
static_assert(offsetof(union e82576_rx_desc, wb.status) == 8);
static_assert(offsetof(union e82576_rx_desc, wb.length) == 12);

#define E82576_RXD_DD	 BIT(0) /* done */
#define E82576_RXD_EOP	 BIT(1) /* the frame ends here */
#define E82576_RXD_VP	 BIT(3) /* a tag was stripped */
#define E82576_RXD_UDPCS BIT(4) /* UDP checksum was looked at */
#define E82576_RXD_L4CS	 BIT(5) /* TCP, UDP or SCTP checksum was looked at */
#define E82576_RXD_IPCS	 BIT(6) /* IPv4 checksum was looked at */
#define E82576_RXD_LB	 BIT(18) /* came from another pool of this card */
#define E82576_RXD_L4E	 BIT(29) /* ... and was wrong */
#define E82576_RXD_IPE	 BIT(30)
#define E82576_RXD_RXE	 BIT(31) /* MAC error */
#define E82576_RXD_RSS	 GENMASK(3, 0) /* of pkt_info: what was hashed, 0: nothing */

/**
 * struct e82576_rx_legacy - legacy receive descriptor (7.1.4); named, not used
 * @buffer_addr: where the frame goes
 * @length:	 in bytes
 * @csum:	 packet checksum
 * @status:	 as the low byte of the advanced one
 * @errors:	 CE, SE, SEQ, RXE, ...
 * @vlan:	 tag that was stripped
 */
struct e82576_rx_legacy {
	__le64 buffer_addr;
	__le16 length;
	__le16 csum;
	u8 status;
	u8 errors;
	__le16 vlan;
};

static_assert(sizeof(struct e82576_rx_legacy) == 16);

/**
 * union e82576_tx_desc - advanced transmit descriptor: data (7.2.2.3)
 * @read:    as the driver writes it
 * @addr:    of the data
 * @cmd:     E82576_TXD_*: command, type and length of this piece
 * @olinfo:  E82576_TXD_*: length of the whole frame, offloads
 * @wb:	     as the device writes it back, if RS was set
 * @rsv:     reserved
 * @nxtseq:  reserved
 * @status:  bit 0: E82576_TXD_STA_DD
 */
union e82576_tx_desc {
	struct {
		__le64 addr;
		__le32 cmd;
		__le32 olinfo;
	} read;
	struct {
		__le64 rsv;
		__le32 nxtseq;
		__le32 status;
	} wb;
};

static_assert(sizeof(union e82576_tx_desc) == 16);
static_assert(offsetof(union e82576_tx_desc, wb.status) == 12);

#define E82576_TXD_DTALEN    GENMASK(15, 0)
#define E82576_TXD_DTYP_CTXT (2 << 20)
#define E82576_TXD_DTYP_DATA (3 << 20)
#define E82576_TXD_EOP	     BIT(24)
#define E82576_TXD_IFCS	     BIT(25)
#define E82576_TXD_RS	     BIT(27) /* report when done */
#define E82576_TXD_DEXT	     BIT(29) /* not a legacy one */
#define E82576_TXD_VLE	     BIT(30) /* insert the context's tag */
#define E82576_TXD_TSE	     BIT(31) /* segment */
/* of olinfo */
#define E82576_TXD_STA_DD	BIT(0)
#define E82576_TXD_IXSM		BIT(8) /* IPv4 checksum */
#define E82576_TXD_TXSM		BIT(9) /* TCP, UDP or SCTP checksum */
#define E82576_TXD_PAYLEN_SHIFT 14
/* The whole frame; with TSE the payload only. */
#define E82576_TXD_PAYLEN GENMASK(31, 14)

/**
 * struct e82576_tx_ctxt - advanced transmit descriptor: context (7.2.2.2)
 * @lens:  IPLEN 8:0, MACLEN 15:9, VLAN tag 31:16
 * @seed:  reserved
 * @tucmd: E82576_TXC_*
 * @mss:   MSS 31:16, L4LEN 15:8, IDX 6:4
 */
struct e82576_tx_ctxt {
	__le32 lens;
	__le32 seed;
	__le32 tucmd;
	__le32 mss;
};

static_assert(sizeof(struct e82576_tx_ctxt) == 16);

#define E82576_TXC_MACLEN_SHIFT 9
#define E82576_TXC_MACLEN_MAX	127
#define E82576_TXC_IPLEN_MAX	511
#define E82576_TXC_VLAN_SHIFT	16
#define E82576_TXC_IPV4		BIT(10)
#define E82576_TXC_L4T_UDP	0x0000
#define E82576_TXC_L4T_TCP	0x0800
#define E82576_TXC_L4T_SCTP	0x1000
#define E82576_TXC_L4LEN_SHIFT	8
#define E82576_TXC_MSS_SHIFT	16

/**
 * struct e82576_tx_legacy - legacy transmit descriptor (7.2.2.1); named, not used
 * @buffer_addr: of the data
 * @length:	 in bytes
 * @cso:	 checksum offset
 * @cmd:	 EOP, IFCS, IC, RS, DEXT = 0, VLE
 * @status:	 bit 0: DD
 * @css:	 checksum start
 * @vlan:	 tag
 */
struct e82576_tx_legacy {
	__le64 buffer_addr;
	__le16 length;
	u8 cso;
	u8 cmd;
	u8 status;
	u8 css;
	__le16 vlan;
};

static_assert(sizeof(struct e82576_tx_legacy) == 16);

#endif /* _E82576_DESC_H */
