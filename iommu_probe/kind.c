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

#include <asm/page.h>

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

/* Is it a page of a larger one, and of which? */
static __always_inline const struct page *head_of(const struct ip_page_view *v)
{
	return v->head & 1 ? (const struct page *)(v->head - 1) : NULL;
}

/* Does a word of a list lead to a struct page, or to memory that a list may begin in? */
static bool list_word(u64 word)
{
	return !(word % sizeof(word)) &&
	       ((word >= VMEMMAP_START && word < VMEMMAP_START + (1ULL << 40)) ||
		virt_addr_valid((void *)word));
}

/* Is it on a list? Those of free pages that a CPU or the hugetlb pool keeps are. */
static bool page_listed(const struct page *page)
{
	u64 here = (unsigned long)&page->lru, next, prev, back;

	if (nofault_read(&next, (const u64 *)&page->lru.next) || next == here)
		return false;
	if (list_word(next) && !nofault_read(&back, (const u64 *)&((struct list_head *)next)->prev))
		return back == here;
	return !nofault_read(&prev, (const u64 *)&page->lru.prev) && list_word(prev) &&
	       !nofault_read(&back, (const u64 *)prev) && back == here;
}

/* How many pages are free together with @page when it is the first of them, else 0. */
static __always_inline unsigned long buddy_pages(const struct page *page, u32 type)
{
	struct page typed = { .page_type = type };
	u64 order;

	if (!PageBuddy(&typed) || nofault_read(&order, (const u64 *)&page->private) ||
	    order > ilog2(MAX_ORDER_NR_PAGES))
		return 0;
	return 1UL << order;
}

/*
 * How many pages are free from @page on, which has no references: 0, or at least 1.
 *
 * No reference alone does not make it free. When pages are allocated together and do not
 * become one larger page, only the first one gets a reference. But all blocks of pages,
 * free or not, begin at a multiple of their size. So the first page of the one that @page
 * is in is found by clearing the lowest bits of its number one after the other: the first
 * one that is known as free, or has references.
 */
static unsigned long free_from(const struct page *page)
{
	unsigned long pfn = page_to_pfn(page), at, n;
	struct ip_page_view v;
	u64 counts;

	/* Mostly it is one of the largest blocks. */
	at = pfn & ~(MAX_ORDER_NR_PAGES - 1UL);
	if (!nofault_read(&counts, (const u64 *)&pfn_to_page(at)->page_type)) {
		n = buddy_pages(pfn_to_page(at), counts);
		if (n > pfn - at)
			return n - (pfn - at);
	}
	for (at = pfn;; at &= at - 1) {
		if (!ip_page_view(pfn_to_page(at), &v) || v.refs || head_of(&v))
			return 0;
		n = buddy_pages(pfn_to_page(at), v.type);
		if (n)
			return n > pfn - at ? n - (pfn - at) : 0;
		if (page_listed(pfn_to_page(at)))
			return 1;
		if (!(at % MAX_ORDER_NR_PAGES))
			return 0;
	}
}

/*
 * What a page's own struct says. PageBuddy() and its like look at the type alone. *@free
 * gets the number of pages that are free from it on, if it is.
 */
static __always_inline u8 kind_of_view(const struct page *page, const struct ip_page_view *v,
				       unsigned long *free)
{
	struct page typed = { .page_type = v->type };
	unsigned long pages;

	*free = 1;
	if (unlikely(v->flags & POISON_FLAG))
		return IP_KIND_OTHER;
	if (v->flags & BIT(PG_reserved))
		return IP_KIND_RESERVED;
	if (probe_page_is_slab(v->flags, v->type))
		return IP_KIND_SLAB;
	if (PageBuddy(&typed)) {
		*free = max(buddy_pages(page, v->type), 1UL);
		return IP_KIND_FREE;
	}
	if (PageGuard(&typed))
		return IP_KIND_FREE;
	if (PageTable(&typed))
		return IP_KIND_PGTABLE;
	if (PageOffline(&typed))
		return IP_KIND_OFFLINE;
	if (v->mapping & PAGE_MAPPING_ANON)
		return IP_KIND_ANON;
	if (v->mapping)
		return v->mapping & PAGE_MAPPING_MOVABLE ? IP_KIND_KERNEL : IP_KIND_FILE;
	pages = v->refs ? 0 : free_from(page);
	if (!pages)
		return IP_KIND_KERNEL;
	*free = pages;
	return IP_KIND_FREE;
}

static u8 kind_of_head(const struct page *head)
{
	struct ip_page_view v;
	unsigned long free;

	/* It may be taken apart just now. */
	if (!ip_page_view(head, &v) || head_of(&v))
		return IP_KIND_OTHER;
	return kind_of_view(head, &v, &free);
}

/* Of a page of a larger one, mostly of the same as the last. */
static __always_inline u8 kind_of_tail(struct ip_kind_cache *c, const struct page *head)
{
	if (c->head != head) {
		c->head = head;
		c->head_kind = kind_of_head(head);
	}
	return c->head_kind;
}

/* What the words of nofault_page() and its head, if it has one, say of a page. */
static u8 kind_of_words(struct ip_kind_cache *c, const struct page *page, unsigned long flags,
			unsigned long mapping, u64 counts, unsigned long *free)
{
	struct ip_page_view v = {
		.flags = flags,
		.mapping = mapping,
		.type = counts,
		.refs = counts >> 32,
	};
	u64 head;

	*free = 1;
	if (unlikely(nofault_read(&head, (const u64 *)&page->compound_head)))
		return IP_KIND_OFFLINE;
	v.head = head;
	return head_of(&v) ? kind_of_tail(c, head_of(&v)) : kind_of_view(page, &v, free);
}

static u8 kind_of_page(struct ip_kind_cache *c, const struct page *page, unsigned long *free)
{
	unsigned long flags, mapping;
	u64 counts;

	*free = 1;
	if (unlikely(nofault_page(page, &flags, &mapping, &counts)))
		return IP_KIND_OFFLINE;
	return kind_of_words(c, page, flags, mapping, counts, free);
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

/* The struct page of @pfn if it is online; by a short way where that was found before. */
static __always_inline const struct page *online_page(struct ip_kind_cache *c, unsigned long pfn)
{
	unsigned long area = pfn / IP_KIND_AREA, bit = pfn % IP_KIND_AREA / PAGES_PER_SUBSECTION;

	if (likely(area == c->area && test_bit(bit, c->online)))
		return pfn_to_page(pfn);
	if (!pfn_to_online_page(pfn))
		return NULL;
	if (area != c->area) {
		bitmap_zero(c->online, IP_KIND_AREA / PAGES_PER_SUBSECTION);
		c->area = area;
	}
	__set_bit(bit, c->online);
	return pfn_to_page(pfn);
}

static __always_inline u8 kind_of_pfn(struct ip_kind_cache *c, unsigned long pfn)
{
	const struct page *page = online_page(c, pfn);
	unsigned long free;

	if (likely(page))
		return kind_of_page(c, page, &free);
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
	unsigned long alike, looks = 0;
	u16 kinds = 0;

	for (; count; count -= alike, pfn += alike) {
		const struct page *page = online_page(c, pfn);

		alike = 1;
		kinds |= BIT(page ? kind_of_page(c, page, &alike) : kind_of_pfn(c, pfn));
		/* Free together, perhaps with what is behind the large page. */
		alike = clamp(alike, 1UL, count);
		if ((kinds & RAM_KINDS) == RAM_KINDS)
			break;
		if (!(++looks % PTRS_PER_PTE)) {
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
	unsigned long like_flags = c->flags, like_mapping = c->mapping;
	unsigned long flags, mapping, free;
	u64 counts, like_counts = c->counts, next = *entry;
	unsigned int i = 0;
	u8 like = c->like;

	do {
		/* Four at a time as long as it goes well. */
		while (max - i >= 4 && entry[i + 1] == next + PAGE_SIZE &&
		       entry[i + 2] == next + 2 * PAGE_SIZE &&
		       entry[i + 3] == next + 3 * PAGE_SIZE &&
		       nofault_alike4(page, ODD_FLAGS, like_flags, like_mapping, like_counts)) {
			memset(kind + i, like, 4);
			i += 4;
			page += 4;
			next += 4 * PAGE_SIZE;
			if (i == max || entry[i] != next)
				goto out;
		}
		if (unlikely(nofault_page(page, &flags, &mapping, &counts))) {
			kind[i++] = IP_KIND_OFFLINE;
			break;
		}
		/* Without references it may be a part of a larger page, which its head tells. */
		if (unlikely(((flags ^ like_flags) & ODD_FLAGS) | (counts ^ like_counts) |
			     (mapping ^ like_mapping))) {
			like = kind_of_words(c, page, flags, mapping, counts, &free);
			like_flags = flags & ODD_FLAGS;
			like_counts = counts >> 32 ? counts : IP_KIND_NONE;
			like_mapping = mapping;
			/* Free together with this one: no look at each. */
			while (--free && i + 1 < max && entry[i + 1] == next + PAGE_SIZE) {
				kind[i++] = like;
				next += PAGE_SIZE;
				page++;
			}
		}
		kind[i++] = like;
		next += PAGE_SIZE;
		page++;
	} while (i < max && entry[i] == next);
out:
	c->like = like;
	c->flags = like_flags;
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

	/* It may have become another one since the last span. */
	c->head = NULL;
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
