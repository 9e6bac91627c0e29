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
#include <linux/uaccess.h>

#include "iommu_probe.h"

/* Mapped along with the first megabyte, yet it is the VGA's memory and ROMs. */
#define LEGACY_HOLE_START 0xa0000
#define LEGACY_HOLE_END	  0x100000

bool ip_page_view(const struct page *page, struct ip_page_view *v)
{
	const u64 *counts = (const u64 *)&page->page_type;
	u64 both;

	/* Memory that is unplugged takes its struct pages along. */
	static_assert(offsetof(struct page, page_type) % sizeof(u64) == 0);
	static_assert(offsetof(struct page, _refcount) ==
		      offsetof(struct page, page_type) + sizeof(u32));
	__get_kernel_nofault(&v->flags, &page->flags, unsigned long, gone);
	__get_kernel_nofault(&v->head, &page->compound_head, unsigned long, gone);
	__get_kernel_nofault(&v->mapping, &page->mapping, unsigned long, gone);
	__get_kernel_nofault(&both, counts, u64, gone);
	v->type = both;
	v->refs = both >> 32;
	return true;
gone:
	return false;
}

int ip_read(u64 phys, void *to, unsigned int bytes)
{
	struct ip_page_view view;
	struct page *page;

	if (offset_in_page(phys) + bytes > PAGE_SIZE ||
	    (phys >= LEGACY_HOLE_START && phys < LEGACY_HOLE_END))
		return -EFAULT;
	page = pfn_to_online_page(phys >> PAGE_SHIFT);
	if (!page || !ip_page_view(page, &view))
		return -EFAULT;
#ifdef CONFIG_MEMORY_FAILURE
	if (view.flags & BIT(PG_hwpoison))
		return -EFAULT;
#endif
	return copy_from_kernel_nofault(to, __va(phys), bytes) ? -EFAULT : 0;
}

static int mem_read(void *ctx, u64 phys, void *to, unsigned int bytes)
{
	return ip_read(phys, to, bytes);
}

const struct iop_memory ip_memory = {
	.read = mem_read,
};
