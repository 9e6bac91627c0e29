// SPDX-License-Identifier: GPL-2.0-only
/* Pure core: neighbouring entries that say the same become one run. */
#include "runs.h"

void runs_init(struct runs *r, const struct pagewalk_mmu *mmu, bool holes, struct pagewalk_run *out,
	       unsigned int max)
{
	memset(r, 0, sizeof(*r));
	r->mmu = mmu;
	r->holes = holes;
	r->out = out;
	r->max = max;
}

int runs_flush(struct runs *r)
{
	if (r->cur.end && (r->cur.state != PAGEWALK_NONE || r->holes)) {
		if (r->count == r->max)
			return 1;
		r->out[r->count++] = r->cur;
	}
	r->cur.end = 0;
	return 0;
}

/* Opens a run with one entry. */
static void runs_open(struct runs *r, const struct radix_span *span, unsigned int i,
		      const struct page_facts *facts, const struct runs_area *area)
{
	struct pagewalk_run *cur = &r->cur;
	u64 size = radix_size(span->level);

	memset(cur, 0, sizeof(*cur));
	cur->start = span->va + i * size;
	cur->end = cur->start + size;
	cur->entry = span->entry[i];
	cur->vma = area->vma;
	cur->level = span->level;
	cur->pkey = area->pkey;
	cur->state = x86_state(r->mmu, cur->entry, span->level, area->vma);
	cur->order = PAGEWALK_ORDER_SINGLE;
	if (cur->state == PAGEWALK_PAGE)
		cur->rights = area->path & x86_rights(r->mmu, cur->entry);
	if (facts) {
		cur->facts = facts[i].facts;
		cur->maps_min = facts[i].maps_min;
		cur->maps_max = facts[i].maps_max;
	}

	r->area = area->start;
	r->path = area->path;
	r->last = cur->entry;
	r->vary = x86_target_mask(r->mmu, span->level, cur->state);
	/*
	 * Addresses and offsets of entries with P clear are inverted: they count down. In a
	 * swap-like entry, page n is n << 9: see X86_SWP_OFFSET.
	 */
	r->step = x86_maps_frame(cur->state) ? size : size >> RADIX_PAGE_SHIFT << 9;
	if (!(cur->entry & X86_P))
		r->step = -r->step;
}

/* How many of the @count entries at @entry may belong to the run under way. */
static __always_inline unsigned int runs_match(const struct runs *r, const u64 *entry,
					       const struct page_facts *facts, unsigned int count)
{
	u64 first = r->cur.entry, fixed = ~r->vary;
	unsigned int i = 0, n = count;

	while (i < n && !((entry[i] ^ first) & fixed))
		i++;
	/* An empty entry looks like one more slot of swap type 0 without flags. */
	if (unlikely(first && !(first & fixed)))
		for (n = i, i = 0; i < n && entry[i];)
			i++;
	if (facts)
		for (n = i, i = 0; i < n && facts[i].facts == r->cur.facts;)
			i++;
	return i;
}

/* Notes whether the frames of the next @count entries of the run follow each other. */
static __always_inline void runs_order(struct runs *r, const u64 *entry, unsigned int count)
{
	struct pagewalk_run *cur = &r->cur;
	u64 last = r->last, step;
	unsigned int i = 0;

	if (!r->vary || !count)
		return;
	/* The other bits are equal, so the difference is that of the frames. */
	if (cur->order == PAGEWALK_ORDER_SINGLE)
		cur->order = entry[0] - last == r->step	 ? PAGEWALK_ORDER_ASC :
			     entry[0] - last == -r->step ? PAGEWALK_ORDER_DESC :
							   PAGEWALK_ORDER_SCATTERED;
	if (cur->order != PAGEWALK_ORDER_SCATTERED) {
		step = cur->order == PAGEWALK_ORDER_ASC ? r->step : -r->step;
		for (; i < count && entry[i] - last == step; i++)
			last = entry[i];
		if (i < count)
			cur->order = PAGEWALK_ORDER_SCATTERED;
	}
	r->last = entry[count - 1];
}

static __always_inline void runs_maps(struct runs *r, const struct page_facts *facts,
				      unsigned int count)
{
	u32 least = r->cur.maps_min, most = r->cur.maps_max;

	for (; count; count--, facts++) {
		least = min(least, facts->maps_min);
		most = max(most, facts->maps_max);
	}
	r->cur.maps_min = least;
	r->cur.maps_max = most;
}

int runs_add(struct runs *r, const struct radix_span *span, const struct page_facts *facts,
	     const struct runs_area *area)
{
	struct pagewalk_run *cur = &r->cur;
	u64 size = radix_size(span->level);
	unsigned int i = 0, n;
	bool goes_on;

	/* May the first entry go on with the run under way? Each later one may. */
	goes_on = cur->end && cur->end == span->va && cur->level == span->level &&
		  r->area == area->start && cur->vma == area->vma && cur->pkey == area->pkey &&
		  r->path == area->path;

	for (;;) {
		if (goes_on) {
			const u64 *entry = span->entry + i;

			n = runs_match(r, entry, facts ? facts + i : NULL, span->count - i);
			runs_order(r, entry, n);
			if (facts)
				runs_maps(r, facts + i, n);
			cur->end += n * size;
			i += n;
		}
		if (i == span->count)
			return 0;
		if (runs_flush(r))
			return 1;
		runs_open(r, span, i++, facts, area);
		goes_on = true;
	}
}
