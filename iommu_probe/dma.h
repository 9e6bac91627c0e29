/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure core: what would a DMA do? The walk that the IOMMU makes for one address, level by
 * level, and its end: the physical address, or the fault and its reason. Also the decoding
 * of the fault records that the hardware leaves.
 *
 * Requests are ordinary ones: untranslated reads or writes without privilege.
 */
#ifndef _IOMMU_PROBE_DMA_H
#define _IOMMU_PROBE_DMA_H

#include "requester.h"

enum iop_outcome {
	IOP_ALLOWED, /* the DMA reaches memory (or whatever is at that address) */
	IOP_FAULT, /* it is refused, for a reason */
	IOP_INTERRUPT, /* to the interrupt range: a message, not a DMA */
	IOP_UNKNOWN, /* what memory holds is not known, or kept changing */
};

/**
 * struct iop_step - one step of the walk
 * @table: physical address of the table that was read
 * @entry: first word of the entry
 * @index: of the entry in its table
 * @kind:  enum iop_kind
 * @level: of a page table; 0 for the entries before
 * @stage: 0 before the page tables; 1 or 2: the first or the second of two trees; 1 also
 *	   for the only one
 */
struct iop_step {
	u64 table;
	u64 entry;
	u16 index;
	u8 kind;
	u8 level;
	u8 stage;
};

/*
 * Two trees: each table of the first one, and the page in the end, is looked up in the
 * second one.
 */
#define IOP_MAX_STEPS (IOP_MAX_RAW + VTD_FS_MAX_LEVELS + (VTD_FS_MAX_LEVELS + 1) * RADIX_MAX_LEVELS)

/**
 * struct iop_verdict - what a DMA does, and why
 * @iova:    address of the DMA
 * @write:   a write, else a read
 * @outcome: enum iop_outcome
 * @raced:   the tables kept changing (IOP_UNKNOWN)
 * @stage:   tree that refused: 1, 2; 0 for none
 * @level:   page-table level that refused, or that maps the page; 0 for none
 * @reason:  IOP_FAULT: as the device reports it, VT-d fault reason or AMD event code
 * @spec_reason: as the specification has it; differs on some models
 * @flags:   IOP_FAULT, AMD: AMDVI_EVF_*
 * @rights:  IOP_ALLOWED: that the tables leave to this address: IOPT_R, IOPT_W
 * @phys:    IOP_ALLOWED: where it leads; IOP_UNKNOWN: address that is not known
 * @page:    IOP_ALLOWED: size of the page, in bytes (the smaller one of two trees); 0 when
 *	     nothing is translated
 * @who:     what the tables say about the requester ID
 * @step:    the walk
 * @steps:   how many
 *
 * Too big for a kernel stack.
 */
struct iop_verdict {
	u64 iova;
	bool write;
	u8 outcome;
	bool raced;
	u8 stage;
	u8 level;
	u8 reason;
	u8 spec_reason;
	u16 flags;
	u8 rights;
	u64 phys;
	u64 page;
	struct iop_requester who;
	struct iop_step step[IOP_MAX_STEPS];
	u8 steps;
};

/**
 * iop_dma() - what a DMA would do
 * @u:	   the unit that serves the requester ID
 * @mem:   memory
 * @rid:   bus << 8 | device << 3 | function
 * @pasid: of the request, or IOP_NO_PASID
 * @iova:  address
 * @write: a write, else a read
 * @v:	   gets the answer
 *
 * Bounded in time, and free of locks and allocations: it may run in an interrupt. What it
 * read is read again in the end; when the tables changed meanwhile, it starts over a few
 * times and then says so.
 */
void iop_dma(const struct iop_unit *u, const struct iop_memory *mem, u16 rid, u32 pasid, u64 iova,
	     bool write, struct iop_verdict *v);

/**
 * iop_step_text() - one step in words
 * @v:	  verdict
 * @i:	  which step, below @v->steps
 * @buf:  gets e.g. "level 3 table 0x0000000101234000 index 5 entry 0x... table R,W"
 * @size: of @buf, in bytes; 192 always suffice
 *
 * Return: length of the string.
 */
int iop_step_text(const struct iop_verdict *v, unsigned int i, char *buf, size_t size);

/* The same as one word for a line of many: "3:5:0x0000000101235003"; 48 bytes suffice. */
int iop_step_word(const struct iop_verdict *v, unsigned int i, char *buf, size_t size);

/**
 * iop_verdict_text() - the answer in one line of plain words
 * @u:	  the unit that was asked
 * @v:	  verdict
 * @buf:  gets e.g. "a write to 0xfffff000 faults: 0x05 no write permission"
 * @size: of @buf, in bytes; 256 always suffice
 *
 * Return: length of the string.
 */
int iop_verdict_text(const struct iop_unit *u, const struct iop_verdict *v, char *buf, size_t size);

/**
 * iop_reason_name() - a fault reason in words
 * @type:   enum iop_type
 * @reason: VT-d fault reason or AMD event code
 *
 * Return: e.g. "no write permission in the second-stage tables"; "unknown reason".
 */
const char *iop_reason_name(unsigned int type, unsigned int reason);

/* Name of an enum iop_outcome of one word: "allowed", "fault", "interrupt", "unknown". */
const char *iop_outcome_name(unsigned int outcome);

enum iop_access {
	IOP_READ,
	IOP_WRITE,
	IOP_ATOMIC,
	IOP_PAGE_REQUEST,
};

/**
 * struct iop_fault - a fault record, decoded
 * @rid:    requester ID
 * @pasid:  or IOP_NO_PASID
 * @addr:   VT-d: address of the page (an interrupt: its index << 48); AMD: the address
 * @access: enum iop_access
 * @reason: VT-d fault reason or AMD event code
 * @flags:  AMD: AMDVI_EVF_*
 * @exec:   an instruction fetch
 * @priv:   a privileged request
 * @interrupt: interrupt remapping refused it
 */
struct iop_fault {
	u16 rid;
	u32 pasid;
	u64 addr;
	u8 access;
	u8 reason;
	u16 flags;
	bool exec;
	bool priv;
	bool interrupt;
};

/**
 * iop_vtd_fault() - decode a VT-d fault recording register
 * @lo: its lower word
 * @hi: its upper word
 * @f:	gets the fault
 *
 * Return: whether the record is pending (bit F).
 */
bool iop_vtd_fault(u64 lo, u64 hi, struct iop_fault *f);

/**
 * iop_amd_event() - decode an entry of AMD's event log
 * @lo: its lower 8 bytes
 * @hi: its upper 8 bytes
 * @f:	gets the fault
 *
 * Return: whether the event is about a request of a device (and not about a command).
 */
bool iop_amd_event(u64 lo, u64 hi, struct iop_fault *f);

/* Name of an enum iop_access of one word: "read", "write", "atomic", "page-request". */
const char *iop_access_name(unsigned int access);

#endif /* _IOMMU_PROBE_DMA_H */
