/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure core: the ACPI IVRS table (AMD IOMMU specification, chapter 5), AMD's counterpart
 * of DMAR: where the IOMMUs are, which device IDs they serve, and what memory is mapped
 * one to one.
 *
 * As with dmar.h, no length is believed before it is checked.
 */
#ifndef _IOMMU_PROBE_IVRS_H
#define _IOMMU_PROBE_IVRS_H

#include "../include/xlate/env.h"

/**
 * struct ivrs_table - a table that was checked
 * @bytes:     the whole of it, in the caller's memory
 * @size:      as its header says, in bytes; never more than the caller has
 * @phys_bits: width of a physical address
 * @virt_bits: width of a virtual address
 * @ivhd_type: the most telling kind of IVHD block in it (0x40, 0x11 or 0x10), which is
 *	       the one to go by: the same IOMMU may have one of each; 0 when there is none
 * @checksum:  the sum is right
 */
struct ivrs_table {
	const u8 *bytes;
	size_t size;
	u8 phys_bits;
	u8 virt_bits;
	u8 ivhd_type;
	bool checksum;
};

/* Kinds of blocks (5.2). */
#define IVRS_IVHD_10	0x10
#define IVRS_IVHD_11	0x11
#define IVRS_IVHD_40	0x40
#define IVRS_IVMD_ALL	0x20
#define IVRS_IVMD_ONE	0x21
#define IVRS_IVMD_RANGE 0x22

/* ivrs_block.flags of an IVMD block (5.2.3). */
#define IVRS_IVMD_UNITY	  0x01 /* to be mapped one to one */
#define IVRS_IVMD_READ	  0x02
#define IVRS_IVMD_WRITE	  0x04
#define IVRS_IVMD_EXCLUDE 0x08 /* not translated at all */

/**
 * struct ivrs_block - one block of the table
 * @type:    IVRS_*, or a number of the future
 * @flags:   as they are
 * @segment: PCI segment
 * @rid:     IVHD: the IOMMU's own device ID; IVMD: the first one that it is about
 * @last:    IVMD: the last one
 * @base:    IVHD: physical address of the registers; IVMD: first byte of the memory
 * @end:     IVMD: last byte of the memory
 * @efr:     IVHD of type 0x11 and 0x40: extended features, as in the register
 * @devices: IVHD: offset of its device entries in the table, in bytes
 * @devices_end: offset behind them
 */
struct ivrs_block {
	u8 type;
	u8 flags;
	u16 segment;
	u16 rid;
	u16 last;
	u64 base;
	u64 end;
	u64 efr;
	size_t devices;
	size_t devices_end;
};

/* What a device entry is about. */
enum ivrs_kind {
	IVRS_PCI, /* device IDs */
	IVRS_IOAPIC,
	IVRS_HPET,
	IVRS_ACPI, /* a device that ACPI names */
	IVRS_OTHER,
};

/**
 * struct ivrs_devices - device IDs that an IVHD block names
 * @first:  the first one
 * @last:   the last one
 * @kind:   enum ivrs_kind
 * @alias:  the device ID that their requests carry; @has_alias tells whether it counts
 * @has_alias: see @alias
 * @handle: of an I/O APIC or HPET
 * @flags:  data settings, as they are
 */
struct ivrs_devices {
	u16 first;
	u16 last;
	u16 alias;
	u8 kind;
	u8 handle;
	u8 flags;
	bool has_alias;
};

/**
 * ivrs_open() - check the head of a table
 * @t:	   gets what it says
 * @bytes: the table
 * @size:  bytes there are
 *
 * Return: 0, or -EINVAL when this is no IVRS table, or one that is not all there.
 */
int ivrs_open(struct ivrs_table *t, const void *bytes, size_t size);

/**
 * ivrs_next() - the next block
 * @t:	 table
 * @pos: 0 at first; moved on
 * @b:	 gets the block
 *
 * Return: 1, 0 at the end, or -EINVAL when the rest is malformed: what came before is good.
 */
int ivrs_next(const struct ivrs_table *t, size_t *pos, struct ivrs_block *b);

/**
 * ivrs_next_devices() - the next device entry, or range, of an IVHD block
 * @t:	 table
 * @b:	 its block
 * @pos: 0 at first; moved on
 * @d:	 gets the devices
 *
 * Return: as ivrs_next(); -EINVAL also for a range without an end.
 */
int ivrs_next_devices(const struct ivrs_table *t, const struct ivrs_block *b, size_t *pos,
		      struct ivrs_devices *d);

#endif /* _IOMMU_PROBE_IVRS_H */
