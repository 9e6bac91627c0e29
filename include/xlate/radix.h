/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one radix-tree walker of the suite.
 *
 * An x86-64 page table, NPT, EPT and the VT-d and AMD-Vi I/O page tables are the same
 * thing: a tree of tables with 512 entries of 8 bytes, in which nine bits of the address
 * choose the entry of each level and the lowest twelve bits are the offset in the page:
 *
 *	  63      57 56      48 47      39 38      30 29      21 20      12 11         0
 *	 +----------+----------+----------+----------+----------+----------+------------+
 *	 |   sign   | level 5  | level 4  | level 3  | level 2  | level 1  |   offset   |
 *	 +----------+----------+----------+----------+----------+----------+------------+
 *
 * They differ in what the bits of an entry mean, which struct radix_fmt says, and in how
 * a table may be read, which struct radix_ops says. Pass the format as a compile-time
 * constant: everything here is inline, so its functions fold into the walk.
 *
 * The walk trusts nothing that it read: depth falls with each step, each table is copied
 * once and then only the copy is used, and a table is entered only through ops->read, so
 * whoever owns the memory decides whether the address may be touched.
 */
#ifndef _XLATE_RADIX_H
#define _XLATE_RADIX_H

#include "env.h"

#define RADIX_ENTRIES	 512
#define RADIX_INDEX_BITS 9
#define RADIX_PAGE_SHIFT 12
#define RADIX_MAX_LEVELS 6

/* How often a table that changes under the walk is read again before it is given up. */
#define RADIX_RETRIES 8

/* Address bits below the index of @level: an entry of @level translates 1 << shift bytes. */
static __always_inline unsigned int radix_shift(unsigned int level)
{
	return RADIX_PAGE_SHIFT + RADIX_INDEX_BITS * (level - 1);
}

/* Bytes that one entry of @level translates. */
static __always_inline u64 radix_size(unsigned int level)
{
	return 1ULL << radix_shift(level);
}

/* Index of @va in its table of @level. */
static __always_inline unsigned int radix_index(u64 va, unsigned int level)
{
	return (va >> radix_shift(level)) & (RADIX_ENTRIES - 1);
}

/**
 * struct radix_fmt - what the entries of a kind of table mean
 * @name: for messages
 * @next: level of the table that @entry, found in a table of @level, points to, or 0 when
 *	  it points to no table (empty, a page, a reserved combination); never >= @level
 */
struct radix_fmt {
	const char *name;
	unsigned int (*next)(u64 entry, unsigned int level);
};

/**
 * struct radix_span - neighbouring entries of one table
 * @va:	   address that the first one translates
 * @table: physical address of the table, in bytes
 * @entry: copies of the entries
 * @level: level of the table
 * @index: index of the first entry
 * @count: how many
 */
struct radix_span {
	u64 va;
	u64 table;
	const u64 *entry;
	unsigned int level;
	unsigned int index;
	unsigned int count;
};

/* One level of a walk under way. */
struct radix_cursor {
	u64 table; /* physical address */
	u64 va; /* of the entry at @index */
	unsigned int index; /* next entry to look at */
	unsigned int end; /* index after the last one of interest */
	unsigned int up; /* level that the walk came from, 0 for the root */
};

/**
 * struct radix_walk - a walk: scratch memory and position
 * @buf:       for each level [1..top] room for RADIX_ENTRIES entries, given by the caller.
 *	       Entry i of a table is copied to place i.
 * @path:      for each level the entry through which the walk went down, in the form that
 *	       decides rights; ops->table may replace it
 * @cur:       cursors
 * @addr_mask: address bits of an entry that points to a table
 * @top:       level of the root
 * @ctx:       for the ops
 */
struct radix_walk {
	u64 *buf[RADIX_MAX_LEVELS + 1];
	u64 path[RADIX_MAX_LEVELS + 1];
	struct radix_cursor cur[RADIX_MAX_LEVELS + 1];
	u64 addr_mask;
	unsigned int top;
	void *ctx;
};

/**
 * struct radix_ops - how to read tables, and what to do with them
 * @read:  copy entries @index..@index+@count-1 of the table of @level at physical address
 *	   @table to the same places of w->buf[@level]. Returns 0; -EAGAIN when the entry
 *	   that led here (w->buf[l][w->cur[l].index] of the level l above) is no longer
 *	   what it was, so that the walker reads that one again; or another negative
 *	   errno, which ends the walk.
 * @span:  neighbouring entries that point to no table, in the order of addresses. Non-zero
 *	   ends the walk and is returned.
 * @table: one entry that points to a table, before that table's own entries, which have
 *	   been read by then. May be NULL. RADIX_SKIP passes the table over; any other
 *	   non-zero value ends the walk and is returned.
 */
struct radix_ops {
	int (*read)(struct radix_walk *w, unsigned int level, u64 table, unsigned int index,
		    unsigned int count);
	int (*span)(struct radix_walk *w, const struct radix_span *span);
	int (*table)(struct radix_walk *w, const struct radix_span *span);
};

#define RADIX_SKIP 1

/* Places the cursor of @level on the part of @table that translates @va..@last. */
static __always_inline void radix_enter(struct radix_walk *w, unsigned int level, unsigned int up,
					u64 table, u64 va, u64 last)
{
	struct radix_cursor *c = &w->cur[level];
	u64 table_last = va | (radix_size(level) * RADIX_ENTRIES - 1);

	c->table = table;
	c->va = va & ~(radix_size(level) - 1);
	c->index = radix_index(va, level);
	c->end = radix_index(min(last, table_last), level) + 1;
	c->up = up;
}

/* Moves the cursor of @level on by @count entries. */
static __always_inline void radix_step(struct radix_cursor *c, unsigned int level,
				       unsigned int count)
{
	c->index += count;
	c->va += count * radix_size(level);
}

/**
 * radix_walk() - visit what translates a range, in the order of addresses
 * @w:	   the walk: buf, addr_mask, top and ctx filled in
 * @fmt:   what entries mean
 * @ops:   how to read, what to do
 * @root:  physical address of the root table
 * @first: first address; all address bits above the root's reach are ignored
 * @last:  last address (inclusive), in the reach of the same root
 *
 * Return: 0 when the range is done, -EAGAIN when a table kept changing (w->cur tells
 * where), else what an op returned.
 */
static __always_inline int radix_walk(struct radix_walk *w, const struct radix_fmt *fmt,
				      const struct radix_ops *ops, u64 root, u64 first, u64 last)
{
	unsigned int level = w->top, retries = 0;
	int ret;

	radix_enter(w, level, 0, root, first, last);
	ret = ops->read(w, level, root, w->cur[level].index,
			w->cur[level].end - w->cur[level].index);
	if (ret)
		return ret;

	for (;;) {
		struct radix_cursor *c = &w->cur[level];
		struct radix_span span;
		unsigned int n = c->index, next = 0;
		u64 child;

		if (c->index == c->end) {
			if (!c->up)
				return 0;
			level = c->up;
			radix_step(&w->cur[level], level, 1);
			continue;
		}

		if (level == 1)
			n = c->end;
		else
			while (n < c->end && !(next = fmt->next(w->buf[level][n], level)))
				n++;

		span.va = c->va;
		span.table = c->table;
		span.entry = w->buf[level] + c->index;
		span.level = level;
		span.index = c->index;

		if (n > c->index) {
			span.count = n - c->index;
			ret = ops->span(w, &span);
			if (ret)
				return ret;
			radix_step(c, level, span.count);
			continue;
		}

		span.count = 1;
		/* Where a format skips levels, the table reaches only the lowest addresses. */
		if (first > (c->va | (radix_size(next + 1) - 1))) {
			radix_step(c, level, 1);
			continue;
		}

		/* An entry that points to a table: read that, show the entry, go down. */
		child = *span.entry & w->addr_mask;
		radix_enter(w, next, level, child, max(c->va, first),
			    min(last, c->va | (radix_size(level) - 1)));
		ret = ops->read(w, next, child, w->cur[next].index,
				w->cur[next].end - w->cur[next].index);
		if (ret == -EAGAIN && ++retries <= RADIX_RETRIES) {
			/* The entry changed: read the rest of its table again. */
			ret = ops->read(w, level, c->table, c->index, c->end - c->index);
			if (ret)
				return ret;
			continue;
		}
		if (ret)
			return ret;
		retries = 0;

		w->path[level] = *span.entry;
		ret = ops->table ? ops->table(w, &span) : 0;
		if (ret == RADIX_SKIP) {
			radix_step(c, level, 1);
			continue;
		}
		if (ret)
			return ret;
		level = next;
	}
}

#endif /* _XLATE_RADIX_H */
