/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Intel VT-d: registers, and the tables that lead from a requester ID to an I/O page table.
 * Sections are those of the "Virtualization Technology for Directed I/O" specification,
 * revision 4.1.
 *
 * Legacy mode (RTADDR bits 11:10 are 0):
 *
 *	RTADDR -> root table, 256 x 16 bytes, by bus
 *		    lo -> context table, 256 x 16 bytes, by device and function
 *			    -> second-stage table
 *
 * Scalable mode (1): each half of a root entry has a context table for half a bus.
 *
 *	RTADDR -> root table, 256 x 16 bytes, by bus
 *		    lo (device 0-15), hi (16-31) -> context table, 128 x 32 bytes
 *			    -> PASID directory, 8 bytes, by PASID bits 19:6
 *				    -> PASID table, 64 x 64 bytes, by PASID bits 5:0
 *					    -> first-stage table, second-stage table, or both
 */
#ifndef _XLATE_VTD_H
#define _XLATE_VTD_H

#include "env.h"

/* Registers (11.4): offset from the base, in bytes. */
#define VTD_REG_VER    0x00 /* 32 bits: 7:4 major, 3:0 minor */
#define VTD_REG_CAP    0x08
#define VTD_REG_ECAP   0x10
#define VTD_REG_GCMD   0x18 /* 32 bits, write-only */
#define VTD_REG_GSTS   0x1c /* 32 bits */
#define VTD_REG_RTADDR 0x20
#define VTD_REG_FSTS   0x34 /* 32 bits */
#define VTD_REG_FECTL  0x38 /* 32 bits */
#define VTD_REG_IRTA   0xb8

/* Bytes that hold all of the above. */
#define VTD_REG_BYTES 0x100

/* Capability register (11.4.2). */
#define VTD_CAP_ND	GENMASK_ULL(2, 0) /* domains: 2^(4 + 2 * ND) */
#define VTD_CAP_AFL	BIT_ULL(3) /* advanced fault logging */
#define VTD_CAP_RWBF	BIT_ULL(4) /* write buffers need a flush */
#define VTD_CAP_PLMR	BIT_ULL(5) /* protected low memory */
#define VTD_CAP_PHMR	BIT_ULL(6) /* protected high memory */
#define VTD_CAP_CM	BIT_ULL(7) /* caching mode: also absent entries are cached */
#define VTD_CAP_SAGAW	GENMASK_ULL(12, 8) /* bit n: tables of n + 2 levels */
#define VTD_CAP_MGAW	GENMASK_ULL(21, 16) /* width of input addresses - 1 */
#define VTD_CAP_ZLR	BIT_ULL(22) /* zero-length reads of write-only pages */
#define VTD_CAP_FRO	GENMASK_ULL(33, 24) /* first fault record, in units of 16 bytes */
#define VTD_CAP_SS2MP	BIT_ULL(34) /* second stage: 2 MiB pages */
#define VTD_CAP_SS1GP	BIT_ULL(35) /* second stage: 1 GiB pages */
#define VTD_CAP_PSI	BIT_ULL(39) /* page-selective invalidation */
#define VTD_CAP_NFR	GENMASK_ULL(47, 40) /* fault records - 1 */
#define VTD_CAP_MAMV	GENMASK_ULL(53, 48)
#define VTD_CAP_DWD	BIT_ULL(54) /* write draining */
#define VTD_CAP_DRD	BIT_ULL(55) /* read draining */
#define VTD_CAP_FS1GP	BIT_ULL(56) /* first stage: 1 GiB pages */
#define VTD_CAP_PI	BIT_ULL(59) /* posted interrupts */
#define VTD_CAP_FS5LP	BIT_ULL(60) /* first stage: five levels */
#define VTD_CAP_ECMDS	BIT_ULL(61)
#define VTD_CAP_ESIRTPS BIT_ULL(62)
#define VTD_CAP_ESRTPS	BIT_ULL(63)

/* Extended capability register (11.4.3). */
#define VTD_ECAP_C	BIT_ULL(0) /* table walks are coherent with caches */
#define VTD_ECAP_QI	BIT_ULL(1) /* queued invalidation */
#define VTD_ECAP_DT	BIT_ULL(2) /* device TLBs (ATS) */
#define VTD_ECAP_IR	BIT_ULL(3) /* interrupt remapping */
#define VTD_ECAP_EIM	BIT_ULL(4) /* extended interrupt mode (x2APIC) */
#define VTD_ECAP_PT	BIT_ULL(6) /* pass-through */
#define VTD_ECAP_SC	BIT_ULL(7) /* snoop control */
#define VTD_ECAP_IRO	GENMASK_ULL(17, 8) /* IOTLB registers, in units of 16 bytes */
#define VTD_ECAP_MHMV	GENMASK_ULL(23, 20)
#define VTD_ECAP_MTS	BIT_ULL(25) /* memory types */
#define VTD_ECAP_NEST	BIT_ULL(26) /* nested translation */
#define VTD_ECAP_PRS	BIT_ULL(29) /* page requests */
#define VTD_ECAP_ERS	BIT_ULL(30) /* execute requests */
#define VTD_ECAP_SRS	BIT_ULL(31) /* supervisor requests */
#define VTD_ECAP_NWFS	BIT_ULL(33)
#define VTD_ECAP_EAFS	BIT_ULL(34) /* extended accessed flag */
#define VTD_ECAP_PSS	GENMASK_ULL(39, 35) /* PASID bits - 1 */
#define VTD_ECAP_PASID	BIT_ULL(40) /* PASIDs on requests */
#define VTD_ECAP_DIT	BIT_ULL(41)
#define VTD_ECAP_PDS	BIT_ULL(42)
#define VTD_ECAP_SMTS	BIT_ULL(43) /* scalable mode */
#define VTD_ECAP_VCS	BIT_ULL(44)
#define VTD_ECAP_SSADS	BIT_ULL(45) /* second stage: accessed and dirty flags */
#define VTD_ECAP_SSTS	BIT_ULL(46) /* scalable mode: second stage */
#define VTD_ECAP_FSTS	BIT_ULL(47) /* scalable mode: first stage */
#define VTD_ECAP_SMPWCS BIT_ULL(48)
#define VTD_ECAP_RPS	BIT_ULL(49) /* the context entry names the PASID of plain requests */
#define VTD_ECAP_PMS	BIT_ULL(51)
#define VTD_ECAP_ADMS	BIT_ULL(52) /* abort mode */

/* Global status register (11.4.4.2). */
#define VTD_GSTS_CFIS  BIT_ULL(23) /* compatibility-format interrupts pass */
#define VTD_GSTS_IRTPS BIT_ULL(24)
#define VTD_GSTS_IRES  BIT_ULL(25) /* interrupt remapping is on */
#define VTD_GSTS_QIES  BIT_ULL(26)
#define VTD_GSTS_RTPS  BIT_ULL(30) /* the root pointer is set */
#define VTD_GSTS_TES   BIT_ULL(31) /* translation is on */

/* Root table address register (11.4.5). */
#define VTD_RTADDR_RTA	 GENMASK_ULL(63, 12)
#define VTD_RTADDR_TTM	 GENMASK_ULL(11, 10)
#define VTD_TTM_LEGACY	 0
#define VTD_TTM_SCALABLE 1
#define VTD_TTM_EXTENDED 2 /* up to revision 2.4; withdrawn, so not decoded */
#define VTD_TTM_ABORT	 3 /* every request is refused */

/* Fault status register (11.4.7.1). */
#define VTD_FSTS_PFO BIT_ULL(0) /* overflow: faults were lost */
#define VTD_FSTS_PPF BIT_ULL(1) /* a record is pending */
#define VTD_FSTS_IQE BIT_ULL(4) /* invalidation queue error */
#define VTD_FSTS_ICE BIT_ULL(5) /* invalidation completion error */
#define VTD_FSTS_ITE BIT_ULL(6) /* invalidation time-out */
#define VTD_FSTS_FRI 0xff00U /* index of the first pending record */

/* Fault recording register (11.4.14): two words; the lower one is FI and 12 zero bits. */
#define VTD_FRCD_BYTES	 16
#define VTD_FRCD_FI	 GENMASK_ULL(63, 12) /* address of the page */
#define VTD_FRCD_HI_SID	 GENMASK_ULL(15, 0)
#define VTD_FRCD_HI_T2	 BIT_ULL(28)
#define VTD_FRCD_HI_PRIV BIT_ULL(29)
#define VTD_FRCD_HI_EXE	 BIT_ULL(30)
#define VTD_FRCD_HI_PP	 BIT_ULL(31) /* the PASID is valid */
#define VTD_FRCD_HI_FR	 GENMASK_ULL(39, 32) /* reason */
#define VTD_FRCD_HI_PV	 GENMASK_ULL(59, 40) /* PASID */
#define VTD_FRCD_HI_AT	 GENMASK_ULL(61, 60)
#define VTD_FRCD_HI_T1	 BIT_ULL(62) /* a read */
#define VTD_FRCD_HI_F	 BIT_ULL(63) /* the record is pending; writing 1 clears it */

/*
 * VT-d fault reasons (7.1.3). Those below 0x30 are of legacy mode and of interrupt
 * remapping, the others of scalable mode.
 */
enum vtd_reason {
	VTD_FR_ROOT_P = 0x01,
	VTD_FR_CTX_P = 0x02,
	VTD_FR_CTX_INV = 0x03,
	VTD_FR_WIDTH = 0x04,
	VTD_FR_WRITE = 0x05,
	VTD_FR_READ = 0x06,
	VTD_FR_SS_ACCESS = 0x07,
	VTD_FR_ROOT_ACCESS = 0x08,
	VTD_FR_CTX_ACCESS = 0x09,
	VTD_FR_ROOT_RSVD = 0x0a,
	VTD_FR_CTX_RSVD = 0x0b,
	VTD_FR_SS_RSVD = 0x0c,
	VTD_FR_BLOCKED = 0x0d,
	VTD_FR_MSI = 0x0e,
	VTD_FR_SM_TTM = 0x30,
	VTD_FR_SM_TTM_PASID = 0x31,
	VTD_FR_SM_ROOT_ACCESS = 0x38,
	VTD_FR_SM_ROOT_P = 0x39,
	VTD_FR_SM_ROOT_RSVD = 0x3a,
	VTD_FR_SM_CTX_ACCESS = 0x40,
	VTD_FR_SM_CTX_P = 0x41,
	VTD_FR_SM_CTX_RSVD = 0x42,
	VTD_FR_SM_CTX_INV = 0x43,
	VTD_FR_SM_CTX_DTE = 0x44,
	VTD_FR_SM_CTX_PASIDE = 0x45,
	VTD_FR_SM_PASID_BEYOND = 0x46,
	VTD_FR_SM_CTX_PRE = 0x47,
	VTD_FR_SM_RID_PASID = 0x48,
	VTD_FR_SM_DIR_ACCESS = 0x50,
	VTD_FR_SM_DIR_P = 0x51,
	VTD_FR_SM_DIR_RSVD = 0x52,
	VTD_FR_SM_PASID_ACCESS = 0x58,
	VTD_FR_SM_PASID_P = 0x59,
	VTD_FR_SM_PASID_RSVD = 0x5a,
	VTD_FR_SM_PASID_INV = 0x5b,
	VTD_FR_SM_ERE = 0x5c,
	VTD_FR_SM_SRE = 0x5d,
	VTD_FR_SM_FS_ACCESS = 0x70,
	VTD_FR_SM_FS_P = 0x71,
	VTD_FR_SM_FS_RSVD = 0x72,
	VTD_FR_SM_FS_ROOT = 0x73,
	VTD_FR_SM_FS_ROOT_SS = 0x74,
	VTD_FR_SM_FS_ROOT_SS_R = 0x75,
	VTD_FR_SM_FS_TABLE_SS_R = 0x76,
	VTD_FR_SM_FS_TABLE_SS_W = 0x77,
	VTD_FR_SM_SS_ACCESS = 0x78,
	VTD_FR_SM_SS_RIGHTS = 0x79,
	VTD_FR_SM_SS_RSVD = 0x7a,
	VTD_FR_SM_SS_ROOT = 0x7b,
	VTD_FR_SM_SS_AD = 0x7c,
	VTD_FR_SM_CANONICAL = 0x80,
	VTD_FR_SM_USER = 0x81,
	VTD_FR_SM_EXEC = 0x82,
	VTD_FR_SM_WIDTH = 0x83,
	VTD_FR_SM_SS_WIDTH = 0x84,
	VTD_FR_SM_WRITE = 0x85,
	VTD_FR_SM_READ = 0x86,
	VTD_FR_SM_MSI = 0x87,
	VTD_FR_SM_FS_AD = 0x90,
	VTD_FR_SM_FS_AD_ATOMIC = 0x91,
};

/* DMA writes to these addresses are interrupts; nothing is translated (3.14). */
#define VTD_MSI_FIRST 0xfee00000ULL
#define VTD_MSI_LAST  0xfeefffffULL

/* Address bits of every pointer below; those above the host's width must be 0. */
#define VTD_ADDR GENMASK_ULL(63, 12)

/* Root entry (9.1), and each half of a scalable-mode one (9.2). */
#define VTD_ROOT_P    BIT_ULL(0)
#define VTD_ROOT_RSVD GENMASK_ULL(11, 1)

struct vtd_root {
	u64 lo;
	u64 hi; /* legacy mode: reserved */
};

static_assert(sizeof(struct vtd_root) == 16, "VT-d 9.1");

/* Context entry (9.3). */
#define VTD_CTX_P	BIT_ULL(0)
#define VTD_CTX_FPD	BIT_ULL(1) /* faults are not recorded */
#define VTD_CTX_TT	GENMASK_ULL(3, 2)
#define VTD_CTX_RSVD	GENMASK_ULL(11, 4)
#define VTD_CTX_HI_AW	GENMASK_ULL(2, 0) /* levels - 2 */
#define VTD_CTX_HI_IGN	GENMASK_ULL(6, 3)
#define VTD_CTX_HI_DID	GENMASK_ULL(23, 8)
#define VTD_CTX_HI_RSVD (BIT_ULL(7) | GENMASK_ULL(63, 24))

#define VTD_TT_UNTRANSLATED 0 /* translate; no device TLB */
#define VTD_TT_ALL	    1 /* translate; device TLBs allowed */
#define VTD_TT_PASS	    2 /* pass through */

struct vtd_context {
	u64 lo;
	u64 hi;
};

static_assert(sizeof(struct vtd_context) == 16, "VT-d 9.3");

/* Scalable-mode context entry (9.4). */
#define VTD_SMCTX_P	    BIT_ULL(0)
#define VTD_SMCTX_FPD	    BIT_ULL(1)
#define VTD_SMCTX_DTE	    BIT_ULL(2) /* device TLBs allowed */
#define VTD_SMCTX_PASIDE    BIT_ULL(3) /* requests with a PASID allowed */
#define VTD_SMCTX_PRE	    BIT_ULL(4) /* page requests allowed */
#define VTD_SMCTX_RSVD	    GENMASK_ULL(8, 5)
#define VTD_SMCTX_PDTS	    GENMASK_ULL(11, 9) /* directory entries: 2^(PDTS + 7) */
#define VTD_SMCTX_RID_PASID GENMASK_ULL(19, 0) /* second word */
#define VTD_SMCTX_RID_PRIV  BIT_ULL(20) /* second word */
#define VTD_SMCTX_RSVD1	    GENMASK_ULL(63, 21) /* second word */

struct vtd_sm_context {
	u64 q[4];
};

static_assert(sizeof(struct vtd_sm_context) == 32, "VT-d 9.4");

/* PASID directory entry (9.5): 8 bytes. */
#define VTD_PASIDDIR_P	  BIT_ULL(0)
#define VTD_PASIDDIR_FPD  BIT_ULL(1)
#define VTD_PASIDDIR_RSVD GENMASK_ULL(11, 2)

#define VTD_PASID_MAX	      0xfffffU
#define VTD_PASID_TABLE_BITS  6
#define VTD_PASID_TABLE_COUNT 64U

/* PASID table entry (9.6). */
#define VTD_PASID_P	BIT_ULL(0)
#define VTD_PASID_FPD	BIT_ULL(1)
#define VTD_PASID_AW	GENMASK_ULL(4, 2) /* second stage: levels - 2 */
#define VTD_PASID_PGTT	GENMASK_ULL(8, 6)
#define VTD_PASID_SSADE BIT_ULL(9) /* second stage: accessed and dirty flags are on */
#define VTD_PASID_RSVD	GENMASK_ULL(11, 10)
/* second word */
#define VTD_PASID_DID	GENMASK_ULL(15, 0)
#define VTD_PASID_PWSNP BIT_ULL(23)
#define VTD_PASID_PGSNP BIT_ULL(24)
/* third word */
#define VTD_PASID_SRE	BIT_ULL(0) /* supervisor requests allowed */
#define VTD_PASID_ERE	BIT_ULL(1) /* execute requests allowed */
#define VTD_PASID_FSPM	GENMASK_ULL(3, 2) /* first stage: levels - 4 */
#define VTD_PASID_WPE	BIT_ULL(4)
#define VTD_PASID_NXE	BIT_ULL(5)
#define VTD_PASID_SMEP	BIT_ULL(6)
#define VTD_PASID_EAFE	BIT_ULL(7) /* extended accessed flag is on */
#define VTD_PASID_RSVD2 GENMASK_ULL(11, 8)

#define VTD_PGTT_FIRST	1
#define VTD_PGTT_SECOND 2
#define VTD_PGTT_NESTED 3
#define VTD_PGTT_PASS	4

struct vtd_pasid {
	u64 q[8];
};

static_assert(sizeof(struct vtd_pasid) == 64, "VT-d 9.6");

/*
 * Second-stage entry (9.8). It is there when one of R and W is set.
 *
 *	 63 62 61    52 51                     12 11 10  9  8  7  6     3  2  1  0
 *	+--+--+--------+-------------------------+--+--+--+--+--+--------+--+--+--+
 *	|  |TM|  ign.  |  physical address       |SN|  | D| A|PS|  ign.  |  | W| R|
 *	+--+--+--------+-------------------------+--+--+--+--+--+--------+--+--+--+
 *
 * PS: levels 2 and 3, a page; reserved above. SN (snoop): pages only, and only with
 * ECAP.SC. TM: old revisions, with ECAP.DT.
 */
#define VTD_SS_R   BIT_ULL(0)
#define VTD_SS_W   BIT_ULL(1)
#define VTD_SS_PS  BIT_ULL(7)
#define VTD_SS_A   BIT_ULL(8)
#define VTD_SS_D   BIT_ULL(9)
#define VTD_SS_SNP BIT_ULL(11)
#define VTD_SS_TM  BIT_ULL(62)

/*
 * First-stage entry (9.7): an x86-64 entry (x86.h) but for
 *  - EA (bit 10), the extended accessed flag;
 *  - NX only when the PASID entry sets NXE, else reserved.
 */
#define VTD_FS_EA BIT_ULL(10)

#define VTD_SS_MAX_LEVELS 6
#define VTD_FS_MAX_LEVELS 5

#endif /* _XLATE_VTD_H */
