/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure core: the ACPI DMAR table (VT-d specification, chapter 8), which tells where the
 * remapping units are and what devices they serve.
 *
 * The table is firmware's: a byte buffer in which no length is believed before it is
 * checked. Each step of the iteration ends where its enclosing structure ends.
 */
#ifndef _IOMMU_PROBE_DMAR_H
#define _IOMMU_PROBE_DMAR_H

#include "../include/xlate/env.h"

#define DMAR_FLAG_INTR_REMAP	  0x01
#define DMAR_FLAG_X2APIC_OPT_OUT  0x02
#define DMAR_FLAG_PLATFORM_OPT_IN 0x04

/**
 * struct dmar_table - a table that was checked
 * @bytes:     the whole of it, in the caller's memory
 * @size:      as its header says, in bytes; never more than the caller has
 * @haw:       width of a physical address, in bits
 * @flags:     DMAR_FLAG_*
 * @checksum:  the sum is right
 * @oem:       OEM id and OEM table id, without trailing spaces, zero-terminated
 */
struct dmar_table {
	const u8 *bytes;
	size_t size;
	u8 haw;
	u8 flags;
	bool checksum;
	char oem[16];
};

/* Kinds of structures (8.2). */
enum dmar_type {
	DMAR_UNIT = 0, /* DRHD */
	DMAR_RESERVED = 1, /* RMRR */
	DMAR_ATS = 2, /* ATSR */
	DMAR_AFFINITY = 3, /* RHSA */
	DMAR_NAMESPACE = 4, /* ANDD */
	DMAR_SATC = 5,
	DMAR_SIDP = 6,
};

/**
 * struct dmar_structure - one structure of the table
 * @type:    enum dmar_type, or a number of the future
 * @segment: PCI segment (units, reserved regions)
 * @all:     the unit serves every device of its segment that no other one names
 * @base:    physical address of the unit's registers; first byte of the region
 * @end:     last byte of the region; last byte of the unit's registers
 * @scopes:  offset of the device scopes in the table, in bytes
 * @scopes_end: offset behind them
 */
struct dmar_structure {
	u16 type;
	u16 segment;
	bool all;
	u64 base;
	u64 end;
	size_t scopes;
	size_t scopes_end;
};

/* Kinds of device scopes (8.3.1). */
enum dmar_scope_type {
	DMAR_SCOPE_DEVICE = 1,
	DMAR_SCOPE_BRIDGE = 2, /* and all devices below it */
	DMAR_SCOPE_IOAPIC = 3,
	DMAR_SCOPE_HPET = 4,
	DMAR_SCOPE_NAMESPACE = 5,
};

#define DMAR_MAX_PATH 16

/**
 * struct dmar_scope - one device scope
 * @type:  enum dmar_scope_type, or a number of the future
 * @id:	   of the I/O APIC, HPET or namespace device
 * @bus:   that the path begins on
 * @hops:  length of the path, at least 1
 * @path:  device and function (device << 3 | function) of each hop
 */
struct dmar_scope {
	u8 type;
	u8 id;
	u8 bus;
	u8 hops;
	u8 path[DMAR_MAX_PATH];
};

/**
 * dmar_open() - check the head of a table
 * @t:	   gets what it says
 * @bytes: the table
 * @size:  bytes there are
 *
 * Return: 0, or -EINVAL when this is no DMAR table, or one that is not all there.
 */
int dmar_open(struct dmar_table *t, const void *bytes, size_t size);

/**
 * dmar_next() - the next structure
 * @t:	 table
 * @pos: 0 at first; moved on
 * @s:	 gets the structure
 *
 * Return: 1, 0 at the end, or -EINVAL when the rest is malformed (a length that is too
 * short, or leads out of the table): what came before is good.
 */
int dmar_next(const struct dmar_table *t, size_t *pos, struct dmar_structure *s);

/**
 * dmar_next_scope() - the next device scope of a structure
 * @t:	   table
 * @s:	   its structure
 * @pos:   0 at first; moved on
 * @scope: gets the scope
 *
 * Return: as dmar_next().
 */
int dmar_next_scope(const struct dmar_table *t, const struct dmar_structure *s, size_t *pos,
		    struct dmar_scope *scope);

/**
 * dmar_scope_rid() - the requester ID at the end of a scope's path
 * @scope:     device scope
 * @segment:   of its structure
 * @secondary: tells the bus below the bridge @rid, or a negative errno
 * @ctx:       for it
 * @rid:       gets bus << 8 | device << 3 | function
 *
 * Return: 0, or what @secondary returned.
 */
int dmar_scope_rid(const struct dmar_scope *scope, u16 segment,
		   int (*secondary)(void *ctx, u16 segment, u16 rid), void *ctx, u16 *rid);

#endif /* _IOMMU_PROBE_DMAR_H */
