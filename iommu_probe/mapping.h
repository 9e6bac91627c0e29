/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure core: neighbouring leaves that say the same become one mapping.
 *
 * Unlike the runs of a process (pagewalk/runs.h), mappings are exact: physical addresses
 * ascend with the I/O addresses, so that both ends of every mapping follow from its start.
 * That is what looking up who can reach a frame, and the audit, need.
 */
#ifndef _IOMMU_PROBE_MAPPING_H
#define _IOMMU_PROBE_MAPPING_H

#include "../include/xlate/iopt.h"

/**
 * struct iop_mapping - leaves that stand next to each other and say the same
 * @iova:   first address
 * @end:    address behind the last byte (0 when that is the end of the address space)
 * @phys:   where @iova leads
 * @entry:  raw value of the first leaf
 * @page:   size of the pages, in bytes
 * @leaves: how many entries
 * @level:  of their tables
 * @rights: IOPT_R, IOPT_W, IOPT_X: what all levels leave
 * @kind:   the caller's word about what is behind it
 */
struct iop_mapping {
	u64 iova;
	u64 end;
	u64 phys;
	u64 entry;
	u64 page;
	u64 leaves;
	u8 level;
	u8 rights;
	u8 kind;
};

/**
 * struct iop_mappings - builder of mappings
 * @t:	    the tree
 * @out:    where finished mappings go
 * @max:    room there
 * @count:  how many are finished
 * @cur:    the mapping under way; there is none when its @leaves is 0
 * @path:   rights that the upper levels leave to @cur
 * @expect: raw value of the entry that would go on with @cur
 */
struct iop_mappings {
	const struct iopt *t;
	struct iop_mapping *out;
	unsigned int max;
	unsigned int count;
	struct iop_mapping cur;
	u8 path;
	u64 expect;
};

/**
 * iop_mappings_init() - start a builder
 * @m:	 builder
 * @t:	 the tree
 * @out: where finished mappings go
 * @max: room there, at least 1
 */
void iop_mappings_init(struct iop_mappings *m, const struct iopt *t, struct iop_mapping *out,
		       unsigned int max);

/**
 * iop_mappings_add() - feed neighbouring entries, in the order of addresses
 * @m:	  builder
 * @span: the entries; those that map nothing (empty or refused) end a mapping
 * @kind: one for each entry, or NULL
 * @path: rights that the upper levels and the requester's own entry leave
 *
 * Return: 0, or 1 when @out is full: all before m->cur.iova is in @out, the rest has to be
 * fed again.
 */
int iop_mappings_add(struct iop_mappings *m, const struct radix_span *span, const u8 *kind,
		     u8 path);

/**
 * iop_mappings_flush() - finish the mapping under way
 * @m: builder
 *
 * Return: 0, or 1 when there was no room for it, as with iop_mappings_add().
 */
int iop_mappings_flush(struct iop_mappings *m);

#endif /* _IOMMU_PROBE_MAPPING_H */
