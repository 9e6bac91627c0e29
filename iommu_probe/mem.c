// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that nobody holds for us.
 *
 * The tables of an IOMMU belong to its driver, which frees them while we look: without a
 * lock that a module could take. So a page is read only if the kernel has it online as
 * RAM, through the direct map, by a copy that a fault ends; what was read may be anything,
 * and the walk above checks afterwards that it still belongs to the tree.
 *
 * Nothing here sleeps or takes a lock: the fault handler reads tables in hard interrupts.
 */
#include <linux/memory_hotplug.h>
#include <linux/mm.h>

#include "iommu_probe.h"
#include "nofault.h"

/* Mapped along with the first megabyte, yet it is the VGA's memory and ROMs. */
#define LEGACY_HOLE_START 0xa0000
#define LEGACY_HOLE_END	  0x100000

bool ip_page_view(const struct page *page, struct ip_page_view *v)
{
	unsigned long flags, mapping;
	u64 counts, head;

	if (nofault_page(page, &flags, &mapping, &counts) ||
	    nofault_read(&head, (const u64 *)&page->compound_head))
		return false;
	v->flags = flags;
	v->mapping = mapping;
	v->head = head;
	v->type = counts;
	v->refs = counts >> 32;
	return true;
}

/* Memory that the hardware found broken must not be touched. */
static bool page_usable(const struct page *page)
{
	u64 flags;

	if (!page || nofault_read(&flags, (const u64 *)&page->flags))
		return false;
#ifdef CONFIG_MEMORY_FAILURE
	if (flags & BIT(PG_hwpoison))
		return false;
#endif
	return true;
}

int ip_read(u64 phys, void *to, unsigned int bytes)
{
	const u64 *from = __va(phys), *end = from + bytes / sizeof(u64);
	u64 *word = to;

	if (offset_in_page(phys) + bytes > PAGE_SIZE || (phys | bytes) % sizeof(u64) ||
	    (phys >= LEGACY_HOLE_START && phys < LEGACY_HOLE_END) ||
	    !page_usable(pfn_to_online_page(phys >> PAGE_SHIFT)))
		return -EFAULT;
	for (; end - from >= 4; from += 4, word += 4)
		if (nofault_copy4(word, from))
			return -EFAULT;
	for (; from < end; from++, word++)
		if (nofault_read(word, from))
			return -EFAULT;
	return 0;
}

static int mem_read(void *ctx, u64 phys, void *to, unsigned int bytes)
{
	return ip_read(phys, to, bytes);
}

const struct iop_memory ip_memory = {
	.read = mem_read,
};
