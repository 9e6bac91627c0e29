// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk through the tables of one requester ID, and what it may believe.
 *
 * No lock keeps the tables: their driver frees them under us. What we rely on instead is
 * the order in which it does so: first the entry that leads to a table is cleared, then
 * the table is given back. So a table is copied, and after that each entry on the way to
 * it is read again. If all of them still say what they did, the copy was made while the
 * table belonged to the tree. (Not so if the page was given back, used for something else
 * and put back into the same place, all within one copy.) The entries before the tree are
 * read again at the end of each batch (ip_walk_valid()), before anything is shown.
 *
 * What changed is read anew a few times; then, and also if it cannot be read, that part is
 * reported as raced.
 */
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "iommu_probe.h"

/* How often a walk begins anew for the sake of one table. */
#define MAX_TRIES 8

/* Bits that the hardware sets in entries on the way (VT-d spec 9.7.1, 9.8; AMD 2.2.3). */
static u64 status_bits(unsigned int format)
{
	switch (format) {
	case IOPT_VTD_SS:
		return VTD_SS_A | VTD_SS_D;
	case IOPT_AMD_V1:
		return AMDVI_PTE_A | AMDVI_PTE_D;
	case IOPT_EPT:
		return EPT_A | EPT_D;
	default:
		return X86_A | X86_D | VTD_FS_EA;
	}
}

void ip_walk_init(struct ip_walk *w, unsigned long key, u32 pasid)
{
	unsigned int level;

	memset(w, 0, offsetof(struct ip_walk, buf));
	w->key = key;
	for (level = 1; level <= RADIX_MAX_LEVELS; level++)
		w->radix.buf[level] = w->buf[level - 1];

	w->unit = ip_unit_of(key);
	if (!w->unit)
		return;
	ip_unit_read(w->unit, &w->regs);
	if (iop_requester(&w->regs, &ip_memory, ip_key_rid(key), pasid, &w->who))
		return;
	if (w->who.what == IOP_TABLE)
		w->tree = &w->who.tree;
	else if (w->who.what == IOP_NESTED)
		w->tree = &w->who.tree2;
	if (w->tree)
		w->status = status_bits(w->tree->t.format);
}

bool ip_walk_valid(const struct ip_walk *w)
{
	const struct iop_raw *raw;
	u64 q[8];

	for (raw = w->who.raw; raw < w->who.raw + w->who.raws; raw++) {
		if (ip_memory.read(ip_memory.ctx, raw->phys, q, raw->words * sizeof(u64)) ||
		    memcmp(q, raw->q, raw->words * sizeof(u64)))
			return false;
	}
	return true;
}

u8 ip_walk_rights(const struct ip_walk *w, unsigned int level)
{
	return w->who.rights & iopt_path_rights(&w->tree->t, &w->radix, level);
}

/* Do all entries on the way still lead to the table of @level? */
static bool still_leads_here(const struct ip_walk *w, unsigned int level)
{
	const struct radix_walk *r = &w->radix;
	u64 entry;

	while ((level = r->cur[level].up)) {
		const struct radix_cursor *c = &r->cur[level];

		if (ip_read(c->table + c->index * sizeof(u64), &entry, sizeof(entry)) ||
		    ((entry ^ r->buf[level][c->index]) & ~w->status))
			return false;
	}
	return true;
}

static int walk_read(struct radix_walk *r, unsigned int level, u64 table, unsigned int index,
		     unsigned int count)
{
	struct ip_walk *w = container_of(r, struct ip_walk, radix);

	w->table_at = table;
	w->level = level;
	w->here = r->cur[level].va;
	w->end = w->here + (count - 1) * radix_size(level) + (radix_size(level) - 1);
	if (ip_read(table + index * sizeof(u64), r->buf[level] + index, count * sizeof(u64)) ||
	    !still_leads_here(w, level))
		return -ESTALE;
	return 0;
}

static int walk_span(struct radix_walk *r, const struct radix_span *span)
{
	struct ip_walk *w = container_of(r, struct ip_walk, radix);
	int ret = w->span(w, span);

	if (ret)
		return ret;
	if (span->level <= 2 && !--w->budget) {
		w->next = span->va + span->count * radix_size(span->level);
		return IP_PAUSE;
	}
	return 0;
}

static int walk_table(struct radix_walk *r, const struct radix_span *span)
{
	struct ip_walk *w = container_of(r, struct ip_walk, radix);

	return w->table ? w->table(w, span) : 0;
}

static const struct radix_ops walk_ops = {
	.read = walk_read,
	.span = walk_span,
	.table = walk_table,
};

int ip_walk(struct ip_walk *w, u64 first, u64 last)
{
	int ret;

	w->budget = IP_SPANS_PER_PAUSE;
	for (;;) {
		if (fatal_signal_pending(current))
			return -EINTR;
		w->next = first;
		ret = iopt_walk(&w->radix, &w->tree->t, &walk_ops, w->tree->root, first, last);
		/* A pause behind the last entry. */
		if (ret == IP_PAUSE && (w->next > last || !w->next))
			return 0;
		if (ret != -ESTALE)
			return ret;

		/* All before this table has been visited. Once more from here? */
		first = max(first, w->here);
		if (w->stale != first || !w->tries) {
			w->stale = first;
			w->tries = MAX_TRIES;
		}
		if (--w->tries)
			continue;
		w->end = min(last, w->end);
		ret = w->raced(w, first, w->end);
		if (ret)
			return ret;
		if (w->end == last)
			return 0;
		first = w->end + 1;
	}
}

static int totals_span(struct ip_walk *w, const struct radix_span *span)
{
	const struct iopt *t = &w->tree->t;
	struct ip_totals *totals = w->ctx;
	unsigned int i;
	u64 leaves = 0;

	for (i = 0; i < span->count; i++)
		if (span->entry[i] && iopt_leaf(t, span->entry[i], span->level))
			leaves++;
	totals->leaves += leaves;
	totals->bytes += leaves * radix_size(span->level);
	return 0;
}

static int totals_table(struct ip_walk *w, const struct radix_span *span)
{
	struct ip_totals *totals = w->ctx;

	/* After a pause the walk comes down the same way again. */
	if (span->va >= w->next)
		totals->tables++;
	return 0;
}

static int totals_raced(struct ip_walk *w, u64 first, u64 last)
{
	struct ip_totals *totals = w->ctx;

	totals->raced = true;
	return 0;
}

int ip_walk_totals(struct ip_walk *w, struct ip_totals *totals)
{
	u64 first, last;
	unsigned int n;
	int ret;

	memset(totals, 0, sizeof(*totals));
	if (!w->tree)
		return 0;
	w->span = totals_span;
	w->table = totals_table;
	w->raced = totals_raced;
	w->ctx = totals;
	totals->tables = 1;
	for (n = 0; iopt_range(&w->tree->t, n, &first, &last); n++) {
		w->next = first;
		do {
			ret = ip_walk(w, w->next, last);
			if (ret < 0)
				return ret;
			cond_resched();
		} while (ret == IP_PAUSE);
	}
	if (!ip_walk_valid(w))
		totals->raced = true;
	return 0;
}
