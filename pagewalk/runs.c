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
	/* Addresses and offsets of entries with P clear are inverted: they count down. */
	/* In a swap-like entry, page n is n << 9: see X86_SWP_OFFSET. */
	r->step = x86_maps_frame(cur->state) ? size : size >> RADIX_PAGE_SHIFT << 9;
	if (!(cur->entry & X86_P))
		r->step = -r->step;
}

/* Takes one more entry into the run; only its frame is new. */
static __always_inline void runs_extend(struct runs *r, u64 entry, u64 size)
{
	struct pagewalk_run *cur = &r->cur;
	u64 delta = (entry & r->vary) - (r->last & r->vary);
	u8 order = !r->vary	     ? PAGEWALK_ORDER_SINGLE :
		   delta == r->step  ? PAGEWALK_ORDER_ASC :
		   delta == -r->step ? PAGEWALK_ORDER_DESC :
				       PAGEWALK_ORDER_SCATTERED;

	if (unlikely(order != cur->order))
		cur->order = cur->order == PAGEWALK_ORDER_SINGLE ? order : PAGEWALK_ORDER_SCATTERED;
	r->last = entry;
	cur->end += size;
}

int runs_add(struct runs *r, const struct radix_span *span, const struct page_facts *facts,
	     const struct runs_area *area)
{
	struct pagewalk_run *cur = &r->cur;
	u64 size = radix_size(span->level);
	unsigned int i = 0;
	bool goes_on;

	/* May the first entry go on with the run under way? Each later one may. */
	goes_on = cur->end && cur->end == span->va && cur->level == span->level &&
		  r->area == area->start && cur->vma == area->vma && cur->pkey == area->pkey &&
		  r->path == area->path;

	for (;;) {
		if (goes_on) {
			for (; i < span->count; i++) {
				u64 entry = span->entry[i];

				if (((entry ^ cur->entry) & ~r->vary) || !entry != !cur->entry)
					break;
				if (facts) {
					if (facts[i].facts != cur->facts)
						break;
					cur->maps_min = min(cur->maps_min, facts[i].maps_min);
					cur->maps_max = max(cur->maps_max, facts[i].maps_max);
				}
				runs_extend(r, entry, size);
			}
		}
		if (i == span->count)
			return 0;
		if (runs_flush(r))
			return 1;
		runs_open(r, span, i++, facts, area);
		goes_on = true;
	}
}
