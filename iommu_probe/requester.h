/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure core: from a requester ID to the I/O page table that the IOMMU uses for it.
 *
 * "The IO-MMU needs to know which page table to use for each PCI DMA transaction": this
 * reads the same tables in memory as the hardware does, in the same order, and says where
 * they lead, or for what reason the hardware would refuse. Memory is read through one
 * function, so it runs on live memory, on tables made up by a test, and on saved dumps.
 */
#ifndef _IOMMU_PROBE_REQUESTER_H
#define _IOMMU_PROBE_REQUESTER_H

#include "../include/xlate/iopt.h"

/**
 * struct iop_memory - how physical memory is read
 * @read: copies @bytes (8..64, within one page) from @phys to @to, each 8 bytes in one
 *	  read. Returns 0; -ENODATA when nothing is known about that address (it is not in
 *	  the dump); -EFAULT when it cannot be read (it is no memory).
 * @ctx:  for it
 */
struct iop_memory {
	int (*read)(void *ctx, u64 phys, void *to, unsigned int bytes);
	void *ctx;
};

enum iop_type {
	IOP_NONE,
	IOP_VTD,
	IOP_AMD,
};

/* Which implementation a unit is: they differ in the reasons that they give. */
enum iop_model {
	IOP_MODEL_HARDWARE, /* as the specification says */
	IOP_MODEL_QEMU, /* QEMU's intel-iommu (see iop_device_reason()) */
};

/**
 * struct iop_unit - a remapping unit: plain values, read once from its registers
 * @type:     enum iop_type
 * @model:    enum iop_model
 * @segment:  PCI segment
 * @haw:      width of a physical address, in bits (DMAR: host address width; IVRS: PASize)
 * @version:  VT-d: version register
 * @base:     physical address of the registers
 * @cap:      VT-d: capability register; AMD: extended feature register
 * @ecap:     VT-d: extended capability register; AMD: the second feature register
 * @status:   VT-d: global status register; AMD: control register
 * @root:     VT-d: root table address register; AMD: device table base register
 * @fault:    VT-d: fault status register; AMD: status register
 * @enc_mask: AMD: the memory encryption bit in addresses of entries, or 0
 */
struct iop_unit {
	u8 type;
	u8 model;
	u16 segment;
	u8 haw;
	u32 version;
	u64 base;
	u64 cap;
	u64 ecap;
	u64 status;
	u64 root;
	u64 fault;
	u64 enc_mask;
};

/* How a unit finds the tables. */
enum iop_mode {
	IOP_MODE_OFF, /* translation is off: everything passes */
	IOP_MODE_LEGACY,
	IOP_MODE_SCALABLE,
	IOP_MODE_ABORT, /* everything is refused */
	IOP_MODE_AMD,
	IOP_MODE_UNKNOWN, /* a mode that is not decoded (VT-d extended mode, AMD segments) */
};

/* What happens to the requests of a requester ID. */
enum iop_what {
	IOP_OFF, /* translation is off for the whole unit */
	IOP_ABSENT, /* no entry: refused */
	IOP_BLOCKED, /* an entry that refuses everything */
	IOP_PASS, /* not translated */
	IOP_TABLE, /* translated by one tree of tables */
	IOP_NESTED, /* by two: what the first one says is translated by the second one again */
	IOP_BAD, /* an entry that the hardware finds fault with: refused */
};

/* Kinds of entries on the way, and of a page table. */
enum iop_kind {
	IOP_ROOT_ENTRY,
	IOP_CONTEXT_ENTRY,
	IOP_PASID_DIR_ENTRY,
	IOP_PASID_ENTRY,
	IOP_DTE,
	IOP_GCR3_ENTRY,
	IOP_TABLE_ENTRY, /* points to a table */
	IOP_LEAF_ENTRY, /* maps a page */
	IOP_EMPTY_ENTRY, /* not present */
	IOP_ODD_ENTRY, /* present, and refused for its reserved bits */
	IOP_KINDS,
};

#define IOP_NO_PASID 0xffffffffU

/**
 * struct iop_raw - an entry on the way to a table, as it was read
 * @phys:  its address
 * @table: address of the table it is in
 * @index: in that table
 * @kind:  enum iop_kind
 * @words: of 8 bytes, 1..8
 * @q:	   the words; the others are 0
 */
struct iop_raw {
	u64 phys;
	u64 table;
	u16 index;
	u8 kind;
	u8 words;
	u64 q[8];
};

/* Root, context, PASID directory, PASID table; or device table and three of GCR3. */
#define IOP_MAX_RAW 4

/**
 * struct iop_tree - a tree of page tables
 * @t:	  how to read it
 * @root: physical address of its root table (second of two trees: host-physical; first of
 *	  two: a guest address)
 */
struct iop_tree {
	struct iopt t;
	u64 root;
};

/**
 * struct iop_requester - what the tables say about one requester ID
 * @rid:     bus << 8 | device << 3 | function
 * @pasid:   asked for, or IOP_NO_PASID
 * @pasid_used: by which the tables are looked up, or IOP_NO_PASID
 * @what:    enum iop_what
 * @mode:    enum iop_mode of its unit
 * @reason:  for which the device refuses each request (IOP_ABSENT, IOP_BLOCKED, IOP_BAD):
 *	     VT-d fault reason or AMD event code; 0 for none
 * @spec_reason: the same as the specification has it; differs on some models
 * @rights:  that are left to every request before any page table: IOPT_R, IOPT_W
 * @silent:  faults are not recorded
 * @pasids:  requests may carry a PASID
 * @pasid_bits: width of such a PASID
 * @did:     domain id
 * @width:   input addresses of this many bits may pass (unsigned trees and pass-through)
 * @tree:    the tree that translates; of two the first one
 * @tree2:   the second of two (IOP_NESTED)
 * @raw:     the entries on the way
 * @raws:    how many
 */
struct iop_requester {
	u16 rid;
	u32 pasid;
	u32 pasid_used;
	u8 what;
	u8 mode;
	u8 reason;
	u8 spec_reason;
	u8 rights;
	bool silent;
	bool pasids;
	u8 pasid_bits;
	u16 did;
	u8 width;
	struct iop_tree tree;
	struct iop_tree tree2;
	struct iop_raw raw[IOP_MAX_RAW];
	u8 raws;
};

/* In which mode a unit works. */
enum iop_mode iop_unit_mode(const struct iop_unit *u);

/**
 * iop_requester() - which table a requester ID uses
 * @u:	   the unit that serves it
 * @mem:   memory
 * @rid:   bus << 8 | device << 3 | function
 * @pasid: of the request, or IOP_NO_PASID
 * @r:	   gets the answer, with all that was read so far also in case of an error
 *
 * An entry that cannot be read is an answer, too: the hardware faults on it.
 *
 * Return: 0, -ENODATA when @mem does not know enough, -EOPNOTSUPP when the unit is in a
 * mode that is not decoded.
 */
int iop_requester(const struct iop_unit *u, const struct iop_memory *mem, u16 rid, u32 pasid,
		  struct iop_requester *r);

/**
 * iop_next_rid() - find requester IDs that the tables know
 * @u:	 the unit
 * @mem: memory
 * @rid: in: the lowest one of interest; out: the one found
 *
 * Buses without a context table are passed over at once. A context table that cannot be
 * read counts as one requester ID, the first of its half bus. AMD: the default entry, which
 * blocks, and entries that are not valid do not count.
 *
 * Return: 0, -ENOENT when there are no more, -ENODATA and -EOPNOTSUPP as iop_requester(),
 * -EFAULT when the root table cannot be read.
 */
int iop_next_rid(const struct iop_unit *u, const struct iop_memory *mem, u32 *rid);

/**
 * iop_next_pasid() - find PASIDs that the tables of a requester ID know
 * @u:	   the unit
 * @mem:   memory
 * @r:	   what iop_requester() said about it
 * @pasid: in: the lowest one of interest; out: the one found
 *
 * Return: as iop_next_rid(); -EFAULT when the directory cannot be read.
 */
int iop_next_pasid(const struct iop_unit *u, const struct iop_memory *mem,
		   const struct iop_requester *r, u32 *pasid);

/**
 * iop_device_reason() - the reason that a model of unit reports
 * @u:	    the unit
 * @reason: as the specification has it
 * @write:  of the request
 *
 * QEMU's intel-iommu (10.0.2) has legacy mode's reasons also in scalable mode, except for
 * those of the PASID tables and of the first stage.
 */
u8 iop_device_reason(const struct iop_unit *u, u8 reason, bool write);

/* Is translation on, is interrupt remapping on? */
static inline bool iop_unit_on(const struct iop_unit *u)
{
	return u->type == IOP_VTD ? u->status & VTD_GSTS_TES : u->status & AMDVI_CONTROL_EN;
}

static inline bool iop_unit_intremap(const struct iop_unit *u)
{
	/* AMD: each device table entry says so. */
	return u->type == IOP_VTD && (u->status & VTD_GSTS_IRES);
}

/* Width of input addresses that a VT-d unit takes, in bits. */
static inline unsigned int vtd_mgaw(u64 cap)
{
	return FIELD_GET(VTD_CAP_MGAW, cap) + 1;
}

/* Does a VT-d unit take second-stage tables of @levels levels? */
static inline bool vtd_levels_ok(u64 cap, unsigned int levels)
{
	return levels >= 2 && levels <= VTD_SS_MAX_LEVELS &&
	       FIELD_GET(VTD_CAP_SAGAW, cap) & (1U << (levels - 2));
}

/* How many fault records a VT-d unit has, and the offset of the first one in bytes. */
static inline unsigned int vtd_fault_records(u64 cap)
{
	return FIELD_GET(VTD_CAP_NFR, cap) + 1;
}

static inline unsigned int vtd_fault_offset(u64 cap)
{
	return FIELD_GET(VTD_CAP_FRO, cap) * VTD_FRCD_BYTES;
}

/* Names of one word, as in every text and JSON output. */
const char *iop_mode_name(unsigned int mode); /* "legacy", "scalable", "off", ... */
const char *iop_what_name(unsigned int what); /* "table", "pass", "absent", ... */
const char *iop_kind_name(unsigned int kind); /* "root", "context", "leaf", "odd", ... */
const char *iop_type_name(unsigned int type); /* "vtd", "amd", "-" */

/**
 * iop_unit_levels(), iop_unit_pages() - what second-stage or host tables may be like
 * @u:	  the unit
 * @buf:  gets e.g. "3,4" or "4K,2M,1G"
 * @size: of @buf, in bytes; 16 always suffice
 *
 * Return: length of the string.
 */
int iop_unit_levels(const struct iop_unit *u, char *buf, size_t size);
int iop_unit_pages(const struct iop_unit *u, char *buf, size_t size);

/**
 * iop_unit_capability() - the capabilities of a unit in words, one at a time
 * @u:	  the unit
 * @i:	  which one, from 0
 * @buf:  gets e.g. "snoop control" with "yes" or "no" or a number behind a colon
 * @size: of @buf, in bytes; 80 always suffice
 *
 * Return: length of the string, 0 when there is no @i-th one.
 */
int iop_unit_capability(const struct iop_unit *u, unsigned int i, char *buf, size_t size);

#endif /* _IOMMU_PROBE_REQUESTER_H */
