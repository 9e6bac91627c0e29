// SPDX-License-Identifier: GPL-2.0-only
/* The pure cores on the memory of a requester: which table it uses, and what that maps. */
#include <stdlib.h>

#include "iommu_source.h"

int iom_requester(const struct iom_unit *u, const struct iom_memory *m, const struct iom_dev *d,
		  struct iop_requester *r)
{
	return iop_requester(&u->hw, &m->mem, d->rid & 0xffff,
			     d->pasid == IOM_NONE ? IOP_NO_PASID : d->pasid, r);
}

/* Room for what two spans may bring, so that there always is enough for one. */
#define MAPPINGS (2 * (RADIX_ENTRIES + 1))

/**
 * struct walk - a walk under way
 * @m:	      memory
 * @t:	      the tree
 * @rights:   that the requester's own entry leaves
 * @fn:	      takes mappings
 * @ctx:      for it
 * @unknown:  some part is not known
 * @build:    builder
 * @out:      its room
 * @buf:      the walker's, for each level
 */
struct walk {
	const struct iom_memory *m;
	const struct iopt *t;
	u8 rights;
	int (*fn)(void *ctx, const struct iop_mapping *map);
	void *ctx;
	bool unknown;
	struct iop_mappings build;
	struct iop_mapping out[MAPPINGS];
	u64 buf[RADIX_MAX_LEVELS][RADIX_ENTRIES];
};

static int hand_out(struct walk *wk)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < wk->build.count && !ret; i++)
		ret = wk->fn(wk->ctx, &wk->out[i]);
	wk->build.count = 0;
	return ret;
}

/* What is not known maps nothing, and is told in the end. */
static int read_table(struct radix_walk *w, unsigned int level, u64 table, unsigned int index,
		      unsigned int count)
{
	struct walk *wk = w->ctx;
	u64 *to = w->buf[level] + index;
	unsigned int i;

	if (!wk->m->mem.read(wk->m->mem.ctx, table + index * sizeof(u64), to, count * sizeof(u64)))
		return 0;
	/* Perhaps only one of them raced. */
	for (i = 0; i < count; i++) {
		if (!wk->m->mem.read(wk->m->mem.ctx, table + (index + i) * sizeof(u64), to + i,
				     sizeof(u64)))
			continue;
		to[i] = 0;
		wk->unknown = true;
	}
	return 0;
}

static int take_span(struct radix_walk *w, const struct radix_span *span)
{
	struct walk *wk = w->ctx;
	u8 path = iopt_path_rights(wk->t, w, span->level) & wk->rights;

	if (iop_mappings_add(&wk->build, span, NULL, path))
		return -ENOSPC;
	return wk->build.count >= MAPPINGS / 2 ? hand_out(wk) : 0;
}

int iom_walk(const struct iom_memory *m, const struct iop_requester *r,
	     int (*fn)(void *ctx, const struct iop_mapping *map), void *ctx)
{
	static const struct radix_ops ops = { .read = read_table, .span = take_span };
	struct radix_walk w = { 0 };
	struct walk *wk;
	unsigned int n, i;
	u64 first, last;
	int ret = 0;

	if (r->what == IOP_NESTED)
		return -EOPNOTSUPP;
	if (r->what != IOP_TABLE)
		return 0;
	wk = xalloc(calloc(1, sizeof(*wk)));
	wk->m = m;
	wk->t = &r->tree.t;
	wk->rights = r->rights;
	wk->fn = fn;
	wk->ctx = ctx;
	w.ctx = wk;
	for (i = 0; i < RADIX_MAX_LEVELS; i++)
		w.buf[i + 1] = wk->buf[i];
	for (n = 0; !ret && iopt_range(wk->t, n, &first, &last); n++) {
		iop_mappings_init(&wk->build, wk->t, wk->out, MAPPINGS);
		ret = iopt_walk(&w, wk->t, &ops, r->tree.root, first, last);
		if (!ret && iop_mappings_flush(&wk->build))
			ret = -ENOSPC;
		if (!ret)
			ret = hand_out(wk);
	}
	if (!ret)
		ret = wk->unknown;
	free(wk);
	return ret;
}
