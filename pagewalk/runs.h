/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure core: neighbouring entries that say the same become one run.
 *
 * Entries belong to one run when they stand next to each other in one area, on one level,
 * in one state, with the same flag bits and the same facts. Their frames need not follow
 * each other: a run tells whether they do, upwards or downwards. (Runs that also broke at
 * each jump of the frame number would be two pages long on an ordinary process.)
 */
#ifndef _PAGEWALK_RUNS_H
#define _PAGEWALK_RUNS_H

#include "../include/xlate/x86.h"

/**
 * struct page_facts - what struct page told about the frame of one entry
 * @facts:    PAGEWALK_PG_*
 * @maps_min: how often the page is mapped, system-wide
 * @maps_max: the same, unless the pages of a huge page differ
 */
struct page_facts {
	u32 facts;
	u32 maps_min;
	u32 maps_max;
};

/**
 * struct runs_area - what all entries of one span share
 * @start: first address of the area (VMA): runs end where an area ends
 * @vma:   PAGEWALK_VMA_*
 * @pkey:  protection key
 * @path:  rights that the entries of the upper levels leave
 */
struct runs_area {
	u64 start;
	u32 vma;
	u8 pkey;
	u8 path;
};

/**
 * struct runs - builder of runs
 * @mmu:   the machine
 * @out:   where finished runs go
 * @max:   room there, in runs
 * @count: how many are finished
 * @holes: keep runs of empty entries?
 * @cur:   the run under way; there is none when its @end is 0
 * @area:  @start of the area that @cur lies in
 * @path:  rights that the upper levels leave to @cur
 * @last:  raw value of the last entry of @cur
 * @vary:  bits in which the entries of @cur may differ: their frames
 * @step:  difference of two entries whose frames follow each other
 */
struct runs {
	const struct pagewalk_mmu *mmu;
	struct pagewalk_run *out;
	unsigned int max;
	unsigned int count;
	bool holes;
	struct pagewalk_run cur;
	u64 area;
	u8 path;
	u64 last;
	u64 vary;
	u64 step;
};

/**
 * runs_init() - start a builder
 * @r:	   builder
 * @mmu:   the machine
 * @holes: keep runs of empty entries?
 * @out:   where finished runs go
 * @max:   room there, in runs, at least 1
 */
void runs_init(struct runs *r, const struct pagewalk_mmu *mmu, bool holes, struct pagewalk_run *out,
	       unsigned int max);

/**
 * runs_add() - feed neighbouring entries, in the order of addresses
 * @r:	   builder
 * @span:  the entries
 * @facts: one for each entry, or NULL
 * @area:  what they share
 *
 * Return: 0, or 1 when @out is full: all before r->cur.start is in @out, the rest has to
 * be fed again.
 */
int runs_add(struct runs *r, const struct radix_span *span, const struct page_facts *facts,
	     const struct runs_area *area);

/**
 * runs_flush() - finish the run under way
 * @r: builder
 *
 * Return: 0, or 1 when there was no room for it, as with runs_add().
 */
int runs_flush(struct runs *r);

#endif /* _PAGEWALK_RUNS_H */
