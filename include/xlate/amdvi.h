/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD-Vi: registers, and the tables that lead from a device ID to an I/O page table.
 * Sections are those of the "AMD I/O Virtualization Technology (IOMMU) Specification",
 * 48882, revision 3.x.
 *
 *	device table, 32 bytes, by device ID (= requester ID)
 *	    -> host page table ("v1"), levels by Mode
 *	    -> GCR3 table, by PASID, 1 to 3 levels -> guest page table ("v2"), as the CPU's
 *
 * With both, guest tables and what they map are translated by the host table again.
 */
#ifndef _XLATE_AMDVI_H
#define _XLATE_AMDVI_H

#include "env.h"

/* Registers (3.4): offset from the base, in bytes; all of 64 bits. */
#define AMDVI_REG_DEVTAB  0x0000
#define AMDVI_REG_CMDBUF  0x0008
#define AMDVI_REG_EVTLOG  0x0010
#define AMDVI_REG_CONTROL 0x0018
#define AMDVI_REG_EFR	  0x0030 /* extended features */
#define AMDVI_REG_EFR2	  0x01a0
#define AMDVI_REG_STATUS  0x2020

/* Device table base address register (3.4.1). */
#define AMDVI_DEVTAB_SIZE GENMASK_ULL(8, 0) /* pages of 4 KiB - 1 */
#define AMDVI_DEVTAB_BASE GENMASK_ULL(51, 12)

/* Control register (3.4.6). */
#define AMDVI_CONTROL_EN     BIT_ULL(0) /* translation is on */
#define AMDVI_CONTROL_EVTLOG BIT_ULL(2)
#define AMDVI_CONTROL_PPREN  BIT_ULL(15)
#define AMDVI_CONTROL_GTEN   BIT_ULL(16) /* guest translation is on */
#define AMDVI_CONTROL_GAEN   BIT_ULL(17)
#define AMDVI_CONTROL_SEGEN  GENMASK_ULL(36, 34) /* the device table comes in segments */

/* Extended feature register (3.4.11). */
#define AMDVI_EFR_PREFSUP BIT_ULL(0)
#define AMDVI_EFR_PPRSUP  BIT_ULL(1)
#define AMDVI_EFR_XTSUP	  BIT_ULL(2) /* x2APIC */
#define AMDVI_EFR_NXSUP	  BIT_ULL(3)
#define AMDVI_EFR_GTSUP	  BIT_ULL(4) /* guest translation */
#define AMDVI_EFR_IASUP	  BIT_ULL(6)
#define AMDVI_EFR_GASUP	  BIT_ULL(7)
#define AMDVI_EFR_HESUP	  BIT_ULL(8)
#define AMDVI_EFR_PCSUP	  BIT_ULL(9)
#define AMDVI_EFR_HATS	  GENMASK_ULL(11, 10) /* host levels: 4, 5, 6 */
#define AMDVI_EFR_GATS	  GENMASK_ULL(13, 12) /* guest levels: 4, 5 */
#define AMDVI_EFR_GLXSUP  GENMASK_ULL(15, 14) /* GCR3 table levels - 1 */
#define AMDVI_EFR_PASMAX  GENMASK_ULL(36, 32) /* PASID bits - 1 */
#define AMDVI_EFR_GIOSUP  BIT_ULL(48)
#define AMDVI_EFR_HASUP	  BIT_ULL(49) /* host accessed flag */
#define AMDVI_EFR_HDSUP	  BIT_ULL(52) /* host dirty flag */

/* Device table entry (2.2.2.1). First word: */
#define AMDVI_DTE_V	 BIT_ULL(0) /* the entry is valid; if not, everything passes */
#define AMDVI_DTE_TV	 BIT_ULL(1) /* the translation fields are valid */
#define AMDVI_DTE_RSVD	 GENMASK_ULL(6, 2)
#define AMDVI_DTE_HAD	 GENMASK_ULL(8, 7) /* host accessed, dirty */
#define AMDVI_DTE_MODE	 GENMASK_ULL(11, 9) /* levels; 0: no translation */
#define AMDVI_DTE_ROOT	 GENMASK_ULL(51, 12)
#define AMDVI_DTE_PPR	 BIT_ULL(52)
#define AMDVI_DTE_GPRP	 BIT_ULL(53)
#define AMDVI_DTE_GIOV	 BIT_ULL(54) /* requests without PASID are guest requests of PASID 0 */
#define AMDVI_DTE_GV	 BIT_ULL(55) /* the guest fields are valid */
#define AMDVI_DTE_GLX	 GENMASK_ULL(57, 56) /* GCR3 table levels - 1 */
#define AMDVI_DTE_GCR3_A GENMASK_ULL(60, 58) /* bits 14:12 of its address */
#define AMDVI_DTE_IR	 BIT_ULL(61) /* reads allowed */
#define AMDVI_DTE_IW	 BIT_ULL(62) /* writes allowed */
#define AMDVI_DTE_RSVD63 BIT_ULL(63)
/* second word */
#define AMDVI_DTE_DID	 GENMASK_ULL(15, 0)
#define AMDVI_DTE_GCR3_B GENMASK_ULL(31, 16) /* bits 30:15 */
#define AMDVI_DTE_IOTLB	 BIT_ULL(32) /* device TLBs allowed */
#define AMDVI_DTE_SE	 BIT_ULL(33) /* suppress repeated faults */
#define AMDVI_DTE_SA	 BIT_ULL(34) /* suppress all faults */
#define AMDVI_DTE_EX	 BIT_ULL(39)
#define AMDVI_DTE_GCR3_C GENMASK_ULL(63, 43) /* bits 51:31 */
/* third word */
#define AMDVI_DTE_IV  BIT_ULL(0) /* interrupt remapping fields are valid */
#define AMDVI_DTE_GPM GENMASK_ULL(55, 54) /* guest levels - 4 */

struct amdvi_dte {
	u64 q[4];
};

static_assert(sizeof(struct amdvi_dte) == 32, "AMD-Vi 2.2.2.1");

/* Physical address of the GCR3 table of a device table entry. */
static inline u64 amdvi_gcr3(const u64 *q)
{
	return FIELD_GET(AMDVI_DTE_GCR3_A, q[0]) << 12 | FIELD_GET(AMDVI_DTE_GCR3_B, q[1]) << 15 |
	       FIELD_GET(AMDVI_DTE_GCR3_C, q[1]) << 31;
}

/* Entry of a GCR3 table (2.2.6.3): 8 bytes, to a lower one or to a guest page table. */
#define AMDVI_GCR3_V	BIT_ULL(0)
#define AMDVI_GCR3_RSVD (GENMASK_ULL(2, 1) | GENMASK_ULL(11, 5))
#define AMDVI_GCR3_ADDR GENMASK_ULL(51, 12)

/*
 * Host ("v1") page table entry (2.2.3).
 *
 *	 63 62 61 60 59 58    52 51                        12 11  9  8  7  6  5  4   1  0
 *	+--+--+--+--+--+--------+----------------------------+-----+-----+--+--+------+--+
 *	|  |IW|IR|FC| U|  rsvd. |  physical address          | NL  |     | D| A|  ign.|PR|
 *	+--+--+--+--+--+--------+----------------------------+-----+-----+--+--+------+--+
 *
 * NL ("next level") 1..6: a table of that level, which may skip levels: then the address
 * bits of the skipped ones must be 0. NL 0: a page of the level's own size. NL 7: a page
 * of another size, which the address tells: as many of its lowest bits (from 12 on) are
 * set as the size needs, then comes a 0. Such a page is repeated in all entries that it
 * covers.
 */
#define AMDVI_PTE_PR   BIT_ULL(0)
#define AMDVI_PTE_A    BIT_ULL(5)
#define AMDVI_PTE_D    BIT_ULL(6)
#define AMDVI_PTE_NL   GENMASK_ULL(11, 9)
#define AMDVI_PTE_ADDR GENMASK_ULL(51, 12)
#define AMDVI_PTE_U    BIT_ULL(59)
#define AMDVI_PTE_FC   BIT_ULL(60)
#define AMDVI_PTE_IR   BIT_ULL(61)
#define AMDVI_PTE_IW   BIT_ULL(62)
/* Reserved in a page; a table also reserves U and FC. */
#define AMDVI_PTE_RSVD (BIT_ULL(63) | GENMASK_ULL(58, 52))

#define AMDVI_NL_PAGE	    0
#define AMDVI_NL_SIZED	    7
#define AMDVI_V1_MAX_LEVELS 6

/* Event log entry (2.5): four words of 32 bits. */
#define AMDVI_EVENT_BYTES 16

/* Codes of events: bits 63:60. */
enum amdvi_event {
	AMDVI_EV_ILLEGAL_DTE = 0x1,
	AMDVI_EV_PAGE_FAULT = 0x2,
	AMDVI_EV_DTE_HARDWARE = 0x3,
	AMDVI_EV_PTE_HARDWARE = 0x4,
	AMDVI_EV_ILLEGAL_COMMAND = 0x5,
	AMDVI_EV_COMMAND_HARDWARE = 0x6,
	AMDVI_EV_IOTLB_TIMEOUT = 0x7,
	AMDVI_EV_INVALID_REQUEST = 0x8,
	AMDVI_EV_INVALID_PPR = 0x9,
	AMDVI_EV_COUNTER_ZERO = 0xa,
	AMDVI_EV_RMP_FAULT = 0xd,
	AMDVI_EV_RMP_HARDWARE = 0xe,
};

/* Flags of a page fault (2.5.3), from bit 48 of the entry. */
#define AMDVI_EVF_GN 0x001 /* guest: a PASID */
#define AMDVI_EVF_NX 0x002
#define AMDVI_EVF_US 0x004
#define AMDVI_EVF_I  0x008 /* an interrupt */
#define AMDVI_EVF_PR 0x010 /* the page is there: its rights forbid it, or RZ */
#define AMDVI_EVF_RW 0x020 /* a write */
#define AMDVI_EVF_PE 0x040 /* no permission */
#define AMDVI_EVF_RZ 0x080 /* a reserved bit is set */
#define AMDVI_EVF_TR 0x100 /* a translation request */

/* Memory writes to these addresses are interrupts (2.1.4.1). */
#define AMDVI_MSI_FIRST 0xfee00000ULL
#define AMDVI_MSI_LAST	0xfeefffffULL

#endif /* _XLATE_AMDVI_H */
