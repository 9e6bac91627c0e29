// SPDX-License-Identifier: GPL-2.0-only
/*
 * What kind of memory a leaf leads to, from struct page: by flags and types only, no
 * reference taken, nothing locked. So it is a look at one moment, and a page that changes
 * hands meanwhile may be called what it was before.
 */
#include <linux/ioport.h>
#include <linux/log2.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "compat.h"
#include "iommu_probe.h"
#include "nofault.h"

/* As enum ip_kind. All of the same length in memory, so that they are copied as a whole. */
static const struct {
	char text[15];
	u8 length;
} kind_names[] = {
#define KIND(name)                     \
	{                              \
		name, sizeof(name) - 1 \
	}
	KIND("free"),	    KIND("anon"),    KIND("file"),     KIND("slab"),
	KIND("page-table"), KIND("kernel"),  KIND("reserved"), KIND("mmio"),
	KIND("msi"),	    KIND("offline"), KIND("other"),
#undef KIND
};

static_assert(ARRAY_SIZE(kind_names) == IP_KINDS);

static __always_inline char *put_kind(char *p, unsigned int kind)
{
	memcpy(p, kind_names[kind].text, sizeof(kind_names[kind].text));
	return p + kind_names[kind].length;
}

char *ip_put_kind(char *p, const struct ip_kind_cache *c, u8 kind)
{
	unsigned int i;
	bool more = false;

	if (likely(kind < IP_KINDS))
		return put_kind(p, kind);
	for (i = 0; i < IP_KINDS; i++) {
		if (!(c->set[kind - IP_KINDS] & BIT(i)))
			continue;
		if (more)
			*p++ = '+';
		p = put_kind(p, i);
		more = true;
	}
	return p;
}

/* The number of a set of kinds; that of its only kind, or one that is made up for it. */
static u8 kind_of_set(struct ip_kind_cache *c, u16 kinds)
{
	unsigned int i;

	if (is_power_of_2(kinds))
		return __ffs(kinds);
	for (i = 0; i < c->sets; i++)
		if (c->set[i] == kinds)
			return IP_KINDS + i;
	if (!kinds || c->sets == IP_KIND_SETS)
		return IP_KIND_OTHER;
	c->set[c->sets++] = kinds;
	return IP_KINDS + i;
}

/* Flags of pages that are none of the ordinary kinds; or that are told by a type. */
#ifdef CONFIG_MEMORY_FAILURE
#define POISON_FLAG BIT(PG_hwpoison)
#else
#define POISON_FLAG 0
#endif
#define ODD_FLAGS (BIT(PG_reserved) | POISON_FLAG | PROBE_SLAB_FLAG)

/* What a page's own struct says. PageBuddy() and its like look at the type alone. */
static __always_inline u8 kind_of_view(const struct ip_page_view *v)
{
	struct page typed = { .page_type = v->type };

	if (unlikely(v->flags & POISON_FLAG))
		return IP_KIND_OTHER;
	if (v->flags & BIT(PG_reserved))
		return IP_KIND_RESERVED;
	if (probe_page_is_slab(v->flags, v->type))
		return IP_KIND_SLAB;
	if (PageBuddy(&typed) || PageGuard(&typed))
		return IP_KIND_FREE;
	if (PageTable(&typed))
		return IP_KIND_PGTABLE;
	if (PageOffline(&typed))
		return IP_KIND_OFFLINE;
	if (v->mapping & PAGE_MAPPING_ANON)
		return IP_KIND_ANON;
	if (v->mapping)
		return v->mapping & PAGE_MAPPING_MOVABLE ? IP_KIND_KERNEL : IP_KIND_FILE;
	/* Free pages that a CPU or the hugetlb pool keeps have no type. */
	return v->refs ? IP_KIND_KERNEL : IP_KIND_FREE;
}

/* Is it a page of a larger one, and of which? */
static __always_inline const struct page *head_of(const struct ip_page_view *v)
{
	return v->head & 1 ? (const struct page *)(v->head - 1) : NULL;
}

static u8 kind_of_head(const struct page *head)
{
	struct ip_page_view v;

	/* It may be taken apart just now. */
	if (!ip_page_view(head, &v) || head_of(&v))
		return IP_KIND_OTHER;
	return kind_of_view(&v);
}

static __always_inline u8 kind_of_page(const struct page *page)
{
	struct ip_page_view v;

	if (unlikely(!ip_page_view(page, &v)))
		return IP_KIND_OFFLINE;
	return head_of(&v) ? kind_of_head(head_of(&v)) : kind_of_view(&v);
}

/* A frame that is not online: a part of the address map that is no RAM in use. */
static u8 kind_of_hole(unsigned long pfn)
{
	u64 phys = PFN_PHYS(pfn);

	if (phys >= VTD_MSI_FIRST && phys <= VTD_MSI_LAST)
		return IP_KIND_MSI;
	if (page_is_ram(pfn))
		return IP_KIND_OFFLINE;
	if (pfn_valid(pfn))
		return IP_KIND_OTHER;
	return IP_KIND_MMIO;
}

/* The struct page of @pfn if it is online; near the last one by a short way. */
static __always_inline const struct page *online_page(struct ip_kind_cache *c, unsigned long pfn)
{
	if (likely(!((pfn ^ c->online) / PAGES_PER_SUBSECTION)))
		return pfn_to_page(pfn);
	if (!pfn_to_online_page(pfn))
		return NULL;
	c->online = pfn;
	return pfn_to_page(pfn);
}

static __always_inline u8 kind_of_pfn(struct ip_kind_cache *c, unsigned long pfn)
{
	const struct page *page = online_page(c, pfn);

	if (likely(page))
		return kind_of_page(page);
	/* Asking for resources walks a list: once for each aligned MiB, whole devices. */
	if ((pfn ^ c->hole) / (SZ_1M / PAGE_SIZE)) {
		c->hole = pfn;
		c->hole_kind = kind_of_hole(pfn);
	}
	return c->hole_kind;
}

/* Kinds that memory in use is of: a large piece of it soon has them all. */
#define RAM_KINDS                                                                        \
	(BIT(IP_KIND_FREE) | BIT(IP_KIND_ANON) | BIT(IP_KIND_FILE) | BIT(IP_KIND_SLAB) | \
	 BIT(IP_KIND_PGTABLE) | BIT(IP_KIND_KERNEL))

/* All kinds of the frames of a large page. */
static u8 kind_of_range(struct ip_kind_cache *c, unsigned long pfn, unsigned long count)
{
	const struct page *head = NULL;
	u16 kinds = 0;

	for (; count; count--, pfn++) {
		const struct page *page = online_page(c, pfn);
		struct ip_page_view v;

		if (page && ip_page_view(page, &v)) {
			/* Of the same larger page as the one before? */
			if (head && head_of(&v) == head)
				continue;
			head = head_of(&v);
			kinds |= BIT(head ? kind_of_head(head) : kind_of_view(&v));
			/* Its tails come next. */
			head = head ?: page;
		} else {
			kinds |= BIT(kind_of_pfn(c, pfn));
		}
		if ((kinds & RAM_KINDS) == RAM_KINDS)
			break;
		if (!(count % PTRS_PER_PTE)) {
			if (fatal_signal_pending(current))
				break;
			cond_resched();
		}
	}
	return kind_of_set(c, kinds);
}

/*
 * Kinds of pages that follow each other in memory. Neighbours are mostly alike, also in
 * the words of struct page that tell their kind, be it ever so many pages: then all that
 * is to be done is to compare.
 */
static unsigned int kinds_of_run(struct ip_kind_cache *c, const struct page *page, const u64 *entry,
				 unsigned int max, u8 *kind)
{
	unsigned long flags, mapping, like_mapping = c->mapping;
	u64 counts, like_counts = c->counts, next = *entry;
	unsigned int i = 0;
	u8 like = c->like;

	do {
		if (unlikely(nofault_page(page, &flags, &mapping, &counts))) {
			kind[i++] = IP_KIND_OFFLINE;
			break;
		}
		/* Without references it may be a part of a larger page, which its head tells. */
		if (unlikely(((flags & ODD_FLAGS) | (counts ^ like_counts) |
			      (mapping ^ like_mapping)))) {
			like = kind_of_page(page);
			like_counts = flags & ODD_FLAGS || !(counts >> 32) ? 0 : counts;
			like_mapping = mapping;
		}
		kind[i++] = like;
		next += PAGE_SIZE;
		page++;
	} while (i < max && entry[i] == next);
	c->like = like;
	c->counts = like_counts;
	c->mapping = like_mapping;
	return i;
}

/* Kinds of the pages of a last-level table. */
static void kinds_of_pages(struct ip_kind_cache *c, u64 present, u64 addr_mask, const u64 *entry,
			   unsigned int count, u8 *kind)
{
	const struct page *page;
	unsigned int i = 0, max;
	unsigned long pfn;

	while (i < count) {
		if (!(entry[i] & present)) {
			kind[i++] = IP_KIND_OTHER;
			continue;
		}
		pfn = (entry[i] & addr_mask) >> PAGE_SHIFT;
		page = online_page(c, pfn);
		if (unlikely(!page)) {
			kind[i++] = kind_of_pfn(c, pfn);
			continue;
		}
		/* So many are online together. */
		max = PAGES_PER_SUBSECTION - pfn % PAGES_PER_SUBSECTION;
		i += kinds_of_run(c, page, entry + i, min(max, count - i), kind + i);
	}
}

void ip_kinds_span(struct ip_kind_cache *c, const struct iopt *t, const struct radix_span *span,
		   u8 *kind)
{
	unsigned int format = t->format, i;
	u64 present = format == IOPT_VTD_SS ? VTD_SS_R | VTD_SS_W :
		      format == IOPT_EPT    ? EPT_R | EPT_W | EPT_X :
					      X86_P;
	u64 entry;

	if (span->level == 1 && format != IOPT_AMD_V1) {
		kinds_of_pages(c, present, t->addr_mask, span->entry, span->count, kind);
		return;
	}
	for (i = 0; i < span->count; i++) {
		entry = span->entry[i];
		kind[i] = IP_KIND_OTHER;
		if ((entry & present) && iopt_leaf(t, entry, span->level))
			kind[i] = kind_of_range(c, iopt_phys(t, entry, span->level) >> PAGE_SHIFT,
						iopt_page_bytes(format, entry, span->level) >>
							PAGE_SHIFT);
	}
}
