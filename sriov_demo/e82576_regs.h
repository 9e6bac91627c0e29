/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure core: registers of the Intel 82576, by the names of its datasheet ("Intel 82576EB
 * Gigabit Ethernet Controller Datasheet", chapter 8; the URL is in QEMU's hw/net/igb_core.c).
 *
 * The physical function (8086:10c9) sees all of them in its BAR 0 of 128 KiB. A virtual
 * function (8086:10ca) has a BAR 0 of 16 KiB with a few of them, at offsets of its own: the
 * VT names, at the end of this file.
 *
 * A register's fields follow it. "W1C": writing a one clears the bit.
 */
#ifndef _E82576_REGS_H
#define _E82576_REGS_H

#include "../include/xlate/env.h"

/*
 * Sizes. In IOV mode the sixteen queue pairs are shared out by this rule (section 8.26.1):
 * function n owns the pairs n and n + 8. The eighth pool stays with the physical function.
 */
#define E82576_QUEUES	    16U /* queue pairs */
#define E82576_POOLS	    8U /* each of two queue pairs */
#define E82576_MAX_VFS	    7U
#define E82576_RARS	    24U /* exact filters for addresses: RAL, RAH */
#define E82576_VLVFS	    32U /* VLANs that pools can share */
#define E82576_MTA_WORDS    128 /* 4096 bits, one for each hash of a multicast address */
#define E82576_VFTA_WORDS   128 /* 4096 bits, one for each VLAN */
#define E82576_UTA_WORDS    128
#define E82576_MBX_WORDS    16 /* of a mailbox: 64 bytes, in both directions */
#define E82576_VECTORS	    25 /* bits of EICR: 22 - 3n .. 24 - 3n are those of VF n */
#define E82576_VF_VECTORS   3U
#define E82576_RETA_ENTRIES 128
#define E82576_MMIO_SIZE    0x20000
#define E82576_MAX_FRAME    0x2600 /* bytes, with CRC */

/* -- general (8.2) ---------------------------------------------------------------- */

#define E82576_CTRL			0x00000
#define E82576_CTRL_FD			BIT(0) /* full duplex */
#define E82576_CTRL_GIO_MASTER_DISABLE	BIT(2) /* no new requests on the bus */
#define E82576_CTRL_SLU			BIT(6) /* set link up */
#define E82576_CTRL_SPEED		GENMASK(9, 8)
#define E82576_CTRL_SPEED_1000		2
#define E82576_CTRL_FRCSPD		BIT(11)
#define E82576_CTRL_FRCDPLX		BIT(12)
#define E82576_CTRL_RST			BIT(26)
#define E82576_CTRL_RFCE		BIT(27) /* obey pause frames */
#define E82576_CTRL_TFCE		BIT(28) /* send pause frames */
#define E82576_CTRL_VME			BIT(30) /* strip VLAN tags (not in IOV mode) */
#define E82576_CTRL_PHY_RST		BIT(31)
#define E82576_STATUS			0x00008
#define E82576_STATUS_FD		BIT(0)
#define E82576_STATUS_LU		BIT(1) /* link up */
#define E82576_STATUS_LAN_ID		GENMASK(3, 2)
#define E82576_STATUS_TXOFF		BIT(4) /* paused by the peer */
#define E82576_STATUS_SPEED		GENMASK(7, 6) /* 0: 10, 1: 100, 2 and 3: 1000 Mb/s */
#define E82576_STATUS_PHYRA		BIT(10)
#define E82576_STATUS_NUM_VFS		GENMASK(17, 14)
#define E82576_STATUS_IOV_MODE		BIT(18)
#define E82576_STATUS_GIO_MASTER_ENABLE BIT(19)
#define E82576_EECD			0x00010
#define E82576_EECD_PRES		BIT(8)
#define E82576_EECD_AUTO_RD		BIT(9) /* the EEPROM has been read */
#define E82576_EECD_SIZE		GENMASK(14, 11) /* 2^(6 + n) words */
#define E82576_EERD			0x00014
#define E82576_EERD_START		BIT(0)
#define E82576_EERD_DONE		BIT(1)
#define E82576_EERD_ADDR		GENMASK(15, 2) /* in words */
#define E82576_EERD_DATA		GENMASK(31, 16)
#define E82576_CTRL_EXT			0x00018
#define E82576_CTRL_EXT_PFRSTD		BIT(14) /* tells the VFs that the PF is ready */
#define E82576_CTRL_EXT_LINK_MODE	GENMASK(23, 22) /* 0: copper */
#define E82576_CTRL_EXT_DRV_LOAD	BIT(28) /* a driver is there, tells the firmware */
#define E82576_MDIC			0x00020
#define E82576_MDIC_DATA		GENMASK(15, 0)
#define E82576_MDIC_REG			GENMASK(20, 16)
#define E82576_MDIC_PHY			GENMASK(25, 21)
#define E82576_MDIC_OP_WRITE		BIT(26)
#define E82576_MDIC_OP_READ		BIT(27)
#define E82576_MDIC_READY		BIT(28)
#define E82576_MDIC_ERROR		BIT(30)
#define E82576_FCAL			0x00028
#define E82576_FCAH			0x0002c
#define E82576_FCT			0x00030
#define E82576_VET			0x00038
#define E82576_FCTTV			0x00170
#define E82576_LEDCTL			0x00e00
#define E82576_SWSM			0x05b50
#define E82576_SWSM_SMBI		BIT(0) /* reading it takes it */
#define E82576_SWSM_SWESMBI		BIT(1)
#define E82576_SW_FW_SYNC		0x05b5c
#define E82576_SW_FW_SYNC_EEP		BIT(0)
#define E82576_SW_FW_SYNC_PHY0		BIT(1)
#define E82576_SW_FW_SYNC_PHY1		BIT(2)
#define E82576_SW_FW_SYNC_FW_SHIFT	16 /* the same, taken by the firmware */
#define E82576_FRTIMER			0x01048

/* -- interrupts (8.8) --------------------------------------------------------------- */

#define E82576_ICR		  0x000c0 /* cleared by reading */
#define E82576_ICS		  0x000c8
#define E82576_IMS		  0x000d0
#define E82576_IMC		  0x000d8
#define E82576_IAM		  0x000e0
#define E82576_ICR_TXDW		  BIT(0)
#define E82576_ICR_LSC		  BIT(2) /* link status changed */
#define E82576_ICR_VMMB		  BIT(8) /* a mailbox, or a VF was reset */
#define E82576_ICR_DOUTSYNC	  BIT(28) /* also: a VF sent what it must not */
#define E82576_ICR_DRSTA	  BIT(30) /* the device was reset */
#define E82576_GPIE		  0x01514
#define E82576_GPIE_NSICR	  BIT(0) /* reading ICR always clears it */
#define E82576_GPIE_MULTIPLE_MSIX BIT(4)
#define E82576_GPIE_EIAME	  BIT(30) /* vectors in EIAM mask themselves */
#define E82576_GPIE_PBA_SUPPORT	  BIT(31)
#define E82576_EICS		  0x01520
#define E82576_EIMS		  0x01524
#define E82576_EIMC		  0x01528
#define E82576_EIAC		  0x0152c
#define E82576_EIAM		  0x01530
#define E82576_EICR		  0x01580
#define E82576_EITR(n)		  (0x01680 + 4 * (n))
#define E82576_EITR_INTERVAL	  GENMASK(14, 2) /* in microseconds */
#define E82576_EITR_CNT_IGNR	  BIT(31) /* do not restart the running interval */
/*
 * IVAR n: which vector the queues n and n + 8 raise.
 *
 *	31      24 23      16 15       8 7        0
 *	| tx n+8  |  rx n+8  |   tx n   |   rx n  |	V at the top of each, vector below
 */
#define E82576_IVAR(n)		     (0x01700 + 4 * (n))
#define E82576_IVAR_VALID	     BIT(7)
#define E82576_IVAR_MISC	     0x01740 /* byte 1: all other causes */
#define E82576_IVAR_MISC_OTHER_SHIFT 8

/* -- receive (8.10) ----------------------------------------------------------------- */

#define E82576_RCTL		       0x00100
#define E82576_RCTL_RXEN	       BIT(1)
#define E82576_RCTL_SBP		       BIT(2) /* store bad packets */
#define E82576_RCTL_UPE		       BIT(3)
#define E82576_RCTL_MPE		       BIT(4)
#define E82576_RCTL_LPE		       BIT(5)
#define E82576_RCTL_LBM		       GENMASK(7, 6) /* loop-back; 1: in the MAC */
#define E82576_RCTL_LBM_MAC	       1
#define E82576_RCTL_MO		       GENMASK(13, 12) /* 0: hash of bits 47:36 */
#define E82576_RCTL_BAM		       BIT(15)
#define E82576_RCTL_VFE		       BIT(18) /* filter VLANs by VFTA */
#define E82576_RCTL_SECRC	       BIT(26)
#define E82576_FCRTL		       0x02160
#define E82576_FCRTH		       0x02168
#define E82576_RXPBS		       0x02404
#define E82576_QDE		       0x02408 /* queues that drop when out of descriptors */
#define E82576_RDBAL(n)		       (0x0c000 + 0x40 * (n))
#define E82576_RDBAH(n)		       (0x0c004 + 0x40 * (n))
#define E82576_RDLEN(n)		       (0x0c008 + 0x40 * (n))
#define E82576_SRRCTL(n)	       (0x0c00c + 0x40 * (n))
#define E82576_SRRCTL_BSIZEPACKET      GENMASK(6, 0) /* in KiB */
#define E82576_SRRCTL_DESCTYPE	       GENMASK(27, 25)
#define E82576_SRRCTL_DESCTYPE_ADV_ONE 1
#define E82576_SRRCTL_DROP_EN	       BIT(31)
#define E82576_RDH(n)		       (0x0c010 + 0x40 * (n))
#define E82576_RXCTL(n)		       (0x0c014 + 0x40 * (n))
#define E82576_RXCTL_DCA	       (GENMASK(31, 24) | GENMASK(7, 5))
#define E82576_RDT(n)		       (0x0c018 + 0x40 * (n))
#define E82576_RXDCTL(n)	       (0x0c028 + 0x40 * (n))
#define E82576_RXDCTL_PTHRESH	       GENMASK(4, 0)
#define E82576_RXDCTL_HTHRESH	       GENMASK(12, 8)
#define E82576_RXDCTL_WTHRESH	       GENMASK(20, 16)
#define E82576_RXDCTL_ENABLE	       BIT(25)
#define E82576_RXDCTL_SWFLUSH	       BIT(26)
#define E82576_RXDCTL_RESET	       0x00010000
#define E82576_RQDPC(n)		       (0x0c030 + 0x40 * (n))
#define E82576_RXCSUM		       0x05000
#define E82576_RXCSUM_IPOFLD	       BIT(8)
#define E82576_RXCSUM_TUOFLD	       BIT(9)
#define E82576_RXCSUM_CRCOFL	       BIT(11) /* SCTP */
#define E82576_RXCSUM_PCSD	       BIT(13) /* the RSS hash in place of a checksum */
#define E82576_RLPML		       0x05004
#define E82576_RFCTL		       0x05008
#define E82576_PSRTYPE(n)	       (0x05480 + 4 * (n))

/* -- filters (8.10.15 and what follows it) -------------------------------------------- */

#define E82576_MTA(n) (0x05200 + 4 * (n))
#define E82576_UTA(n) (0x0a000 + 4 * (n))
/* A second array holds the entries 16 to 23. */
#define E82576_RAL(n)	      (0x05400 + 8 * (n) + ((n) < 16 ? 0 : 0x60))
#define E82576_RAH(n)	      (0x05404 + 8 * (n) + ((n) < 16 ? 0 : 0x60))
#define E82576_RAH_ADDR	      GENMASK(15, 0)
#define E82576_RAH_POOLSEL    GENMASK(25, 18) /* a bit for each pool */
#define E82576_RAH_AV	      BIT(31) /* valid */
#define E82576_VFTA(n)	      (0x05600 + 4 * (n))
#define E82576_MRQC	      0x05818
#define E82576_MRQC_ENABLE    GENMASK(2, 0)
#define E82576_MRQC_RSS	      2
#define E82576_MRQC_VMDQ      3
#define E82576_MRQC_VMDQ_RSS  5
#define E82576_MRQC_TCPIPV4   BIT(16)
#define E82576_MRQC_IPV4      BIT(17)
#define E82576_MRQC_TCPIPV6EX BIT(18)
#define E82576_MRQC_IPV6      BIT(20)
#define E82576_MRQC_TCPIPV6   BIT(21)
#define E82576_RETA(n)	      (0x05c00 + 4 * (n)) /* four entries of 8 bits */
/* In VMDq mode an entry chooses one of the pool's two queues by this bit. */
#define E82576_RETA_SECOND 8
#define E82576_RSSRK(n)	   (0x05c80 + 4 * (n))
#define E82576_RSSRK_WORDS 10

/* -- transmit (8.12) ---------------------------------------------------------------- */

#define E82576_TCTL		 0x00400
#define E82576_TCTL_EN		 BIT(1)
#define E82576_TCTL_PSP		 BIT(3) /* pad short packets */
#define E82576_TCTL_CT		 GENMASK(11, 4)
#define E82576_TCTL_RTLC	 BIT(24)
#define E82576_TIPG		 0x00410
#define E82576_TXPBS		 0x03404
#define E82576_DTXCTL		 0x03590
#define E82576_DTXCTL_VLAN_ADDED BIT(3) /* the MAC adds the tags (VMVIR) */
#define E82576_TDBAL(n)		 (0x0e000 + 0x40 * (n))
#define E82576_TDBAH(n)		 (0x0e004 + 0x40 * (n))
#define E82576_TDLEN(n)		 (0x0e008 + 0x40 * (n))
#define E82576_TDH(n)		 (0x0e010 + 0x40 * (n))
#define E82576_TXCTL(n)		 (0x0e014 + 0x40 * (n))
#define E82576_TXCTL_RESET	 0x00002a00 /* relaxed ordering, no DCA */
#define E82576_TXCTL_TX_WB_RO	 BIT(11) /* write-back may be reordered */
#define E82576_TDT(n)		 (0x0e018 + 0x40 * (n))
#define E82576_TXDCTL(n)	 (0x0e028 + 0x40 * (n))
#define E82576_TXDCTL_PTHRESH	 GENMASK(4, 0)
#define E82576_TXDCTL_HTHRESH	 GENMASK(12, 8)
#define E82576_TXDCTL_WTHRESH	 GENMASK(20, 16)
#define E82576_TXDCTL_ENABLE	 BIT(25)
/*
 * Head write-back: with the enable bit the device writes TDH to this address in place of
 * the DD bit of a descriptor. A reset of the function that owns the queue leaves it alone.
 */
#define E82576_TDWBAL(n)	 (0x0e038 + 0x40 * (n))
#define E82576_TDWBAL_HEAD_WB_EN BIT(0)
#define E82576_TDWBAH(n)	 (0x0e03c + 0x40 * (n))
/* Rate limit of the queue that RTTDQSEL names; the factor is link speed / rate. */
#define E82576_RTTDQSEL		     0x03604
#define E82576_RTTBCNRM		     0x03690
#define E82576_RTTBCNRM_JUMBO	     0x14 /* MMW_SIZE for frames of 9728 bytes */
#define E82576_RTTBCNRC		     0x036b0
#define E82576_RTTBCNRC_RF_DEC	     GENMASK(13, 0)
#define E82576_RTTBCNRC_RF_INT	     GENMASK(27, 14)
#define E82576_RTTBCNRC_RF_INT_SHIFT 14
#define E82576_RTTBCNRC_RS_ENA	     BIT(31)

/* -- virtualization (8.14) ------------------------------------------------------------ */

#define E82576_VT_CTL		   0x0581c
#define E82576_VT_CTL_DEF_PL	   GENMASK(9, 7) /* pool for what no filter knows */
#define E82576_VT_CTL_DIS_DEF_POOL BIT(29)
#define E82576_VT_CTL_REPLICATION  BIT(30)
#define E82576_P2VMAILBOX(n)	   (0x00c00 + 4 * (n))
#define E82576_P2VMAILBOX_STS	   BIT(0) /* tell the VF: a message */
#define E82576_P2VMAILBOX_ACK	   BIT(1) /* tell the VF: message read */
#define E82576_P2VMAILBOX_VFU	   BIT(2) /* the VF uses the buffer */
#define E82576_P2VMAILBOX_PFU	   BIT(3) /* the PF uses the buffer */
#define E82576_P2VMAILBOX_RVFU	   BIT(4) /* take it away from the VF */
#define E82576_V2PMAILBOX(n)	   (0x00c40 + 4 * (n))
#define E82576_VMBMEM(n)	   (0x00800 + 0x40 * (n))
#define E82576_MBVFICR		   0x00c80 /* W1C */
#define E82576_MBVFICR_VFREQ(n)	   BIT(n) /* VF n has sent a message */
#define E82576_MBVFICR_VFACK(n)	   BIT((n) + 16) /* VF n has read one */
#define E82576_MBVFIMR		   0x00c84 /* VFs whose mailbox interrupts */
#define E82576_VFLRE		   0x00c88 /* W1C: VFs that were reset */
#define E82576_VFRE		   0x00c8c /* pools that receive */
#define E82576_VFTE		   0x00c90 /* pools that transmit */
#define E82576_DTXSWC		   0x03500
#define E82576_DTXSWC_MACAS(n)	   BIT(n) /* anti-spoof: source address */
#define E82576_DTXSWC_VLANAS(n)	   BIT((n) + 8) /* anti-spoof: VLAN */
#define E82576_DTXSWC_LLE(n)	   BIT((n) + 16) /* a pool hears itself */
#define E82576_DTXSWC_LOOPBACK_EN  BIT(31) /* pools hear each other */
#define E82576_WVBR		   0x03554 /* queues that sent what they must not */
#define E82576_VMVIR(n)		   (0x03700 + 4 * (n))
#define E82576_VMVIR_TAG	   GENMASK(15, 0)
#define E82576_VMVIR_VLANA_DEFAULT BIT(30) /* put this tag on every frame */
#define E82576_VMOLR(n)		   (0x05ad0 + 4 * (n))
#define E82576_VMOLR_RLPML	   GENMASK(13, 0) /* longest frame, if LPE */
#define E82576_VMOLR_LPE	   BIT(16)
#define E82576_VMOLR_RSSE	   BIT(17) /* spread over both queues */
#define E82576_VMOLR_AUPE	   BIT(24) /* accept untagged frames */
#define E82576_VMOLR_ROMPE	   BIT(25) /* multicast by hash (MTA) */
#define E82576_VMOLR_ROPE	   BIT(26) /* unicast by hash (UTA) */
#define E82576_VMOLR_BAM	   BIT(27) /* broadcast */
#define E82576_VMOLR_MPME	   BIT(28) /* all multicast */
#define E82576_VMOLR_STRVLAN	   BIT(30)
#define E82576_VMOLR_STRCRC	   BIT(31)
#define E82576_RPLOLR		   0x05af0 /* of replicated frames */
#define E82576_RPLOLR_STRVLAN	   BIT(30)
#define E82576_VLVF(n)		   (0x05d00 + 4 * (n))
#define E82576_VLVF_VLAN_ID	   GENMASK(11, 0)
#define E82576_VLVF_POOLSEL	   GENMASK(19, 12)
#define E82576_VLVF_VI_EN	   BIT(31)
#define E82576_IOVCTL		   0x05bbc
#define E82576_IOVCTL_REUSE_VFQ	   BIT(0) /* without VFs, their queues are the PF's */

/* What VF n has at its own offsets, seen from the PF (8.26). */
#define E82576_PVTCTRL(n) (0x10000 + 0x100 * (n))
#define E82576_PVFGPRC(n) (0x10010 + 0x100 * (n))
#define E82576_PVFGPTC(n) (0x10014 + 0x100 * (n))
#define E82576_PVFGORC(n) (0x10018 + 0x100 * (n))
#define E82576_PVTEICS(n) (0x10020 + 0x100 * (n))
#define E82576_PVTEIMS(n) (0x10024 + 0x100 * (n))
#define E82576_PVTEIMC(n) (0x10028 + 0x100 * (n))
#define E82576_PVTEIAC(n) (0x1002c + 0x100 * (n))
#define E82576_PVTEIAM(n) (0x10030 + 0x100 * (n))
#define E82576_PVFGOTC(n) (0x10034 + 0x100 * (n))
#define E82576_PVFMPRC(n) (0x1003c + 0x100 * (n))
#define E82576_PVTEICR(n) (0x10080 + 0x100 * (n))

/* -- statistics (8.19), cleared by reading, those of the VFs excepted ------------------- */

#define E82576_CRCERRS	0x04000
#define E82576_ALGNERRC 0x04004
#define E82576_SYMERRS	0x04008
#define E82576_RXERRC	0x0400c
#define E82576_MPC	0x04010
#define E82576_SCC	0x04014
#define E82576_ECOL	0x04018
#define E82576_MCC	0x0401c
#define E82576_LATECOL	0x04020
#define E82576_COLC	0x04028
#define E82576_DC	0x04030
#define E82576_RLEC	0x04040
#define E82576_XONRXC	0x04048
#define E82576_XONTXC	0x0404c
#define E82576_XOFFRXC	0x04050
#define E82576_XOFFTXC	0x04054
#define E82576_PRC64	0x0405c
#define E82576_PRC127	0x04060
#define E82576_PRC255	0x04064
#define E82576_PRC511	0x04068
#define E82576_PRC1023	0x0406c
#define E82576_PRC1522	0x04070
#define E82576_GPRC	0x04074
#define E82576_BPRC	0x04078
#define E82576_MPRC	0x0407c
#define E82576_GPTC	0x04080
#define E82576_GORCL	0x04088
#define E82576_GORCH	0x0408c
#define E82576_GOTCL	0x04090
#define E82576_GOTCH	0x04094
#define E82576_RNBC	0x040a0
#define E82576_RUC	0x040a4
#define E82576_RFC	0x040a8
#define E82576_ROC	0x040ac
#define E82576_RJC	0x040b0
#define E82576_TPR	0x040d0
#define E82576_TPT	0x040d4
#define E82576_PTC64	0x040d8
#define E82576_PTC127	0x040dc
#define E82576_PTC255	0x040e0
#define E82576_PTC511	0x040e4
#define E82576_PTC1023	0x040e8
#define E82576_PTC1522	0x040ec
#define E82576_MPTC	0x040f0
#define E82576_BPTC	0x040f4
#define E82576_TSCTC	0x040f8
#define E82576_IAC	0x04100

/* -- a virtual function's own view (8.26) ------------------------------------------------ */

#define E82576_VF_MMIO_SIZE 0x4000
#define E82576_VTCTRL	    0x00000
#define E82576_VTSTATUS	    0x00008
#define E82576_VTFRTIMER    0x01048
#define E82576_VTEICS	    0x01520
#define E82576_VTEIMS	    0x01524
#define E82576_VTEIMC	    0x01528
#define E82576_VTEIAC	    0x0152c
#define E82576_VTEIAM	    0x01530
#define E82576_VTEICR	    0x01580
#define E82576_VTEITR(n)    (0x01680 + 4 * (n))
/*
 * VTIVAR: which of its three vectors a VF's two queue pairs raise.
 *
 *	31      24 23      16 15       8 7        0
 *	|  tx 1   |   rx 1   |   tx 0   |   rx 0  |
 */
#define E82576_VTIVAR	      0x01700
#define E82576_VTIVAR_MISC    0x01740 /* byte 0: the mailbox */
#define E82576_VMAILBOX	      0x00c40
#define E82576_VMAILBOX_REQ   BIT(0) /* tell the PF: a message */
#define E82576_VMAILBOX_ACK   BIT(1) /* tell the PF: message read */
#define E82576_VMAILBOX_VFU   BIT(2) /* the VF uses the buffer */
#define E82576_VMAILBOX_PFU   BIT(3) /* the PF uses the buffer */
#define E82576_VMAILBOX_PFSTS BIT(4) /* a message from the PF; reading clears */
#define E82576_VMAILBOX_PFACK BIT(5) /* the PF has read ours; reading clears */
#define E82576_VMAILBOX_RSTI  BIT(6) /* the PF is being reset */
#define E82576_VMAILBOX_RSTD  BIT(7) /* it has been; reading clears */
#define E82576_VBMEM	      0x00800
#define E82576_VFPSRTYPE      0x00f0c
#define E82576_VFGPRC	      0x00f10
#define E82576_VFGPTC	      0x00f14
#define E82576_VFGORC	      0x00f18
#define E82576_VFGOTC	      0x00f34
#define E82576_VFMPRC	      0x00f3c
/* Its queues 0 and 1; what follows is laid out as in the PF's view. */
#define E82576_VF_RX(n) (0x02800 + 0x100 * (n))
#define E82576_VF_TX(n) (0x03800 + 0x100 * (n))

/* Offsets within the block of a queue, in either view. */
#define E82576_Q_BAL	0x00
#define E82576_Q_BAH	0x04
#define E82576_Q_LEN	0x08
#define E82576_Q_SRRCTL 0x0c /* receive only */
#define E82576_Q_HEAD	0x10
#define E82576_Q_TAIL	0x18
#define E82576_Q_DCTL	0x28
#define E82576_Q_WBAL	0x38 /* transmit only */
#define E82576_Q_WBAH	0x3c

/* The arrays end where the next register begins, and queue blocks are alike. */
static_assert(E82576_RAL(15) + 8 == E82576_PSRTYPE(0));
static_assert(E82576_RAH(23) + 4 == 0x05520);
static_assert(E82576_MTA(E82576_MTA_WORDS) == E82576_RAL(0));
static_assert(E82576_VFTA(E82576_VFTA_WORDS) == 0x05800);
static_assert(E82576_VMBMEM(E82576_POOLS) == 0x00a00);
static_assert(E82576_VMOLR(E82576_POOLS) == E82576_RPLOLR);
static_assert(E82576_RETA(E82576_RETA_ENTRIES / 4) == E82576_RSSRK(0));
static_assert(E82576_TDWBAH(15) == E82576_TDBAL(15) + E82576_Q_WBAH);
static_assert(E82576_RXDCTL(15) == E82576_RDBAL(15) + E82576_Q_DCTL);
static_assert(E82576_V2PMAILBOX(0) == E82576_VMAILBOX && E82576_VMBMEM(0) == E82576_VBMEM);
static_assert(E82576_PVTEICR(7) < E82576_MMIO_SIZE);

#endif /* _E82576_REGS_H */
