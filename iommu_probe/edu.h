/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU's educational device, docs/specs/edu.rst of QEMU: a PCI function with a buffer of
 * 4 KiB, between which and any bus address it does DMA. BAR 0 has 1 MiB of registers.
 */
#ifndef _IOMMU_PROBE_EDU_H
#define _IOMMU_PROBE_EDU_H

#include <linux/bits.h>

#define EDU_VENDOR 0x1234
#define EDU_DEVICE 0x11e8

/* 32 bits: 31:24 major, 23:16 minor version, then always 0x00ed. */
#define EDU_REG_ID  0x00
#define EDU_ID_MASK 0x0000ffff
#define EDU_ID	    0x000000ed

/* 64 bits each. Writes are ignored while a transfer goes on. */
#define EDU_REG_DMA_SRC	  0x80
#define EDU_REG_DMA_DST	  0x88
#define EDU_REG_DMA_COUNT 0x90
#define EDU_REG_DMA_CMD	  0x98
#define EDU_DMA_RUN	  BIT(0) /* start; reads as 1 until it is over */
#define EDU_DMA_TO_PCI	  BIT(1) /* from the buffer to the bus; else the other way */

/* The buffer, as an address of the device's own side. */
#define EDU_BUFFER	 0x40000
#define EDU_BUFFER_BYTES 4096

#endif /* _IOMMU_PROBE_EDU_H */
