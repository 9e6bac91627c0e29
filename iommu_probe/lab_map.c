// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the lab has mapped, and its DMA.
 *
 * The rule that keeps everyone else's memory safe: a transfer is started only if each page
 * of it either leads to a page that the lab holds, or is translated and leads nowhere. So
 * no DMA through a mapping whose page was freed, and none to foreign memory where nothing
 * is translated.
 */
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "compat.h"
#include "edu.h"
#include "lab.h"

#define HUGE_ORDER 9
#define HUGE_PAGES 512

/* The first I/O page that a staging area is looked for at; any edu reaches it. */
#define STAGE_IOVA 0x0ffff000UL

static unsigned int lab_all_pages;

/* -- spaces ------------------------------------------------------------------------- */

int lab_space_own(struct lab_space *space, struct device *dev)
{
	struct iommu_domain *domain;
	int ret;

	if (!space->group)
		return -ENODEV;
	if (space->domain)
		return 0;
	lab_unmap_all(space);
	ret = iommu_group_claim_dma_owner(space->group, space);
	if (ret)
		return ret;
	domain = probe_domain_alloc(dev);
	ret = PTR_ERR_OR_ZERO(domain);
	if (ret)
		goto err_release;
	ret = iommu_attach_group(domain, space->group);
	if (ret)
		goto err_domain;
	space->domain = domain;
	return 0;

err_domain:
	iommu_domain_free(domain);
err_release:
	iommu_group_release_dma_owner(space->group);
	return ret;
}

void lab_space_disown(struct lab_space *space)
{
	lab_unmap_all(space);
	if (!space->domain)
		return;
	iommu_detach_group(space->domain, space->group);
	iommu_group_release_dma_owner(space->group);
	iommu_domain_free(space->domain);
	space->domain = NULL;
}

struct lab_space *lab_space_get(struct pci_dev *pdev)
{
	struct iommu_group *group = iommu_group_get(&pdev->dev);
	struct lab_space *space;

	list_for_each_entry(space, &lab_spaces, list) {
		if (group && space->group == group) {
			iommu_group_put(group);
			space->users++;
			return space;
		}
	}
	space = kzalloc(sizeof(*space), GFP_KERNEL);
	if (!space) {
		iommu_group_put(group);
		return ERR_PTR(-ENOMEM);
	}
	space->group = group;
	space->users = 1;
	xa_init(&space->pages);
	list_add_tail(&space->list, &lab_spaces);
	/* Firmware may insist on the default domain (RMRR); then that has to do. */
	space->error = lab_space_own(space, &pdev->dev);
	return space;
}

void lab_space_put(struct lab_space *space)
{
	if (--space->users)
		return;
	lab_space_disown(space);
	list_del(&space->list);
	xa_destroy(&space->pages);
	iommu_group_put(space->group);
	kfree(space);
}

/* -- pages -------------------------------------------------------------------------- */

static unsigned long first_index(const struct lab_page *p, unsigned long index)
{
	return p->huge ? index & ~(HUGE_PAGES - 1UL) : index;
}

static void page_drop(struct lab_space *space, unsigned long index)
{
	struct lab_page *p = xa_erase(&space->pages, index);

	if (p->page)
		put_page(p->page);
	kfree(p);
	space->count--;
	lab_all_pages--;
}

/* Notes down @page, whose reference it takes over, also in case of an error. */
static int page_add(struct lab_space *space, unsigned long index, struct page *page, int prot,
		    bool huge, bool shared)
{
	struct lab_page *p = kzalloc(sizeof(*p), GFP_KERNEL);
	int ret = -ENOMEM;

	if (p) {
		p->page = page;
		p->phys = page_to_phys(page);
		p->prot = prot;
		p->huge = huge;
		p->shared = shared;
		ret = xa_insert(&space->pages, index, p, GFP_KERNEL);
		if (ret == -EBUSY)
			ret = -EEXIST;
	}
	if (ret) {
		kfree(p);
		put_page(page);
		return ret;
	}
	space->count++;
	lab_all_pages++;
	return 0;
}

/* Unmaps and drops @count pages from @index on; all of them are there. */
static void pages_unmap(struct lab_space *space, unsigned long index, unsigned int count)
{
	unsigned long end = index + count;

	while (index < end) {
		struct lab_page *p = xa_load(&space->pages, index);
		unsigned int n = p->huge ? HUGE_PAGES : 1;

		if (space->domain)
			iommu_unmap(space->domain, (unsigned long)index << PAGE_SHIFT,
				    (size_t)n << PAGE_SHIFT);
		while (n--)
			page_drop(space, index++);
		cond_resched();
	}
}

void lab_unmap_all(struct lab_space *space)
{
	unsigned long index;
	struct lab_page *p;

	xa_for_each(&space->pages, index, p)
		pages_unmap(space, index, p->huge ? HUGE_PAGES : 1);
}

/* Are addresses of this space physical ones? */
static bool untranslated(struct lab_space *space, struct device *dev)
{
	struct iommu_domain *domain;

	if (space->domain)
		return false;
	domain = space->group ? iommu_get_domain_for_dev(dev) : NULL;
	return !domain || domain->type == IOMMU_DOMAIN_IDENTITY;
}

static struct device *space_device(struct lab_space *space)
{
	struct lab_device *lab;

	list_for_each_entry(lab, &lab_devices, list)
		if (lab->space == space)
			return &lab->pdev->dev;
	return NULL;
}

/* Maps one piece, of @n pages that are next to each other in memory; takes them over. */
static int piece_map(struct lab_space *space, unsigned long index, struct page *page,
		     unsigned int n, int prot, bool shared)
{
	unsigned int i, done = 0;
	int ret = 0;

	for (i = 0; i < n; i++) {
		if (!ret)
			ret = page_add(space, index + i, page + i, prot, n > 1, shared);
		else
			put_page(page + i);
		done += !ret;
	}
	if (!ret && space->domain)
		ret = probe_domain_map(space->domain, index << PAGE_SHIFT, page_to_phys(page),
				       (size_t)n << PAGE_SHIFT, prot);
	if (ret)
		while (done--)
			page_drop(space, index + done);
	return ret;
}

/* Is there room for so many at @index, and is it an address at all? */
static int range_check(struct lab_space *space, u64 iova, unsigned int pages)
{
	const struct iommu_domain_geometry *g;
	u64 last = iova + ((u64)pages << PAGE_SHIFT) - 1;

	if (!pages || pages > LAB_MAX_PAGES || offset_in_page(iova) || last < iova)
		return -EINVAL;
	if (lab_all_pages + pages > LAB_MAX_ALL_PAGES)
		return -ENOSPC;
	if (space->domain) {
		g = &space->domain->geometry;
		if (iova < g->aperture_start || last > g->aperture_end)
			return -ERANGE;
	}
	return 0;
}

/* Where nothing is translated: pages at their own addresses. */
static int map_untranslated(struct lab_space *space, unsigned int pages, int prot)
{
	unsigned long index[16];
	unsigned int done;
	int ret = 0;

	if (pages > ARRAY_SIZE(index))
		return -EINVAL;
	for (done = 0; done < pages; done++) {
		struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);

		ret = -ENOMEM;
		if (!page)
			break;
		index[done] = page_to_pfn(page);
		ret = piece_map(space, index[done], page, 1, prot, false);
		if (ret)
			break;
	}
	while (ret && done--)
		page_drop(space, index[done]);
	return ret;
}

int lab_map(struct lab_space *space, u64 iova, unsigned int pages, int prot, bool huge)
{
	unsigned int n = huge ? HUGE_PAGES : 1, done;
	unsigned long index = iova >> PAGE_SHIFT;
	struct page *page;
	int ret;

	ret = range_check(space, space->domain ? iova : 0, pages);
	if (ret)
		return ret;
	if (!space->domain) {
		if (!untranslated(space, space_device(space)))
			return -EOPNOTSUPP;
		return map_untranslated(space, pages, prot);
	}
	if (pages % n || index % n)
		return -EINVAL;
	for (done = 0; done < pages; done += n) {
		ret = -ENOMEM;
		page = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN, huge ? HUGE_ORDER : 0);
		if (!page)
			goto err_unmap;
		if (huge)
			split_page(page, HUGE_ORDER);
		ret = piece_map(space, index + done, page, n, prot, false);
		if (!ret && fatal_signal_pending(current)) {
			done += n;
			ret = -EINTR;
		}
		if (ret)
			goto err_unmap;
		cond_resched();
	}
	return 0;

err_unmap:
	pages_unmap(space, index, done);
	return ret;
}

int lab_share(struct lab_space *space, u64 iova, unsigned int pages, int prot,
	      struct lab_space *from, u64 theirs)
{
	unsigned long index = iova >> PAGE_SHIFT;
	unsigned int done;
	int ret;

	if (!space->domain)
		return -EOPNOTSUPP;
	ret = range_check(space, iova, pages) ?: range_check(from, theirs, pages);
	if (ret)
		return ret;
	for (done = 0; done < pages; done++) {
		struct lab_page *p = xa_load(&from->pages, (theirs >> PAGE_SHIFT) + done);

		ret = -ENOENT;
		if (!p || !p->page)
			goto err_unmap;
		get_page(p->page);
		ret = piece_map(space, index + done, p->page, 1, prot, true);
		if (ret)
			goto err_unmap;
	}
	return 0;

err_unmap:
	pages_unmap(space, index, done);
	return ret;
}

/* Is all of a range mapped, and no large page cut in two by its ends? */
static int range_mapped(struct lab_space *space, u64 iova, unsigned int pages)
{
	unsigned long index = iova >> PAGE_SHIFT, end = index + pages, i;
	struct lab_page *p;

	if (!pages || pages > LAB_MAX_PAGES || offset_in_page(iova))
		return -EINVAL;
	for (i = index; i < end; i++) {
		p = xa_load(&space->pages, i);
		if (!p)
			return -ENOENT;
		if (p->huge && (first_index(p, i) < index || first_index(p, i) + HUGE_PAGES > end))
			return -EINVAL;
	}
	return 0;
}

int lab_unmap(struct lab_space *space, u64 iova, unsigned int pages)
{
	int ret = range_mapped(space, iova, pages);

	if (!ret)
		pages_unmap(space, iova >> PAGE_SHIFT, pages);
	return ret;
}

int lab_free(struct lab_space *space, u64 iova, unsigned int pages)
{
	int ret = range_mapped(space, iova, pages);
	struct lab_page *p;
	unsigned int i;

	for (i = 0; !ret && i < pages; i++) {
		p = xa_load(&space->pages, (iova >> PAGE_SHIFT) + i);
		if (p->page)
			put_page(p->page);
		p->page = NULL;
	}
	return ret;
}

/* -- DMA ---------------------------------------------------------------------------- */

/* The live memory of the lab at an address, or NULL. */
static u8 *byte_at(struct lab_space *space, u64 iova)
{
	struct lab_page *p = xa_load(&space->pages, iova >> PAGE_SHIFT);

	return p && p->page ? (u8 *)page_address(p->page) + offset_in_page(iova) : NULL;
}

/* May the device touch this page? See the rule at the top. */
static bool page_allowed(struct lab_device *lab, u64 iova)
{
	struct lab_space *space = lab->space;
	struct lab_page *p = xa_load(&space->pages, iova >> PAGE_SHIFT);
	struct iommu_domain *domain;

	if (p)
		return p->page;
	/* Writes there are interrupts, whatever the tables say. */
	if (iova >= VTD_MSI_FIRST && iova <= VTD_MSI_LAST)
		return false;
	if (space->domain)
		return true;
	if (untranslated(space, &lab->pdev->dev))
		return false;
	domain = iommu_get_domain_for_dev(&lab->pdev->dev);
	return iova <= domain->geometry.aperture_end ?
		       !iommu_iova_to_phys(domain, iova & PAGE_MASK) :
		       true;
}

/*
 * Between the device's buffer and @page, in a way that always works. In the lab's own
 * domain there is a mapping for it only as long as it takes.
 */
static int stage(struct lab_device *lab, bool write, struct page *page, unsigned int bytes)
{
	enum dma_data_direction dir = write ? DMA_FROM_DEVICE : DMA_TO_DEVICE;
	struct iommu_domain *domain = lab->space->domain;
	struct device *dev = &lab->pdev->dev;
	unsigned long iova = STAGE_IOVA;
	dma_addr_t addr;
	int ret;

	if (!domain) {
		addr = dma_map_page(dev, page, 0, bytes, dir);
		if (dma_mapping_error(dev, addr))
			return -ENOMEM;
		ret = lab_transfer(lab, write, addr, bytes);
		dma_unmap_page(dev, addr, bytes, dir);
		return ret;
	}
	while (iova && xa_load(&lab->space->pages, iova >> PAGE_SHIFT))
		iova -= PAGE_SIZE;
	if (!iova)
		return -ENOSPC;
	ret = probe_domain_map(domain, iova, page_to_phys(page), PAGE_SIZE,
			       IOMMU_READ | IOMMU_WRITE);
	if (ret)
		return ret;
	ret = lab_transfer(lab, write, iova, bytes);
	iommu_unmap(domain, iova, PAGE_SIZE);
	return ret;
}

/* Fills the lab's memory in the range; returns how many bytes of it there are. */
static unsigned int target_fill(struct lab_space *space, u64 iova, unsigned int bytes,
				const u8 *pattern)
{
	unsigned int i, live = 0;
	u8 *byte;

	for (i = 0; i < bytes; i++) {
		byte = byte_at(space, iova + i);
		if (byte) {
			WRITE_ONCE(*byte, pattern ? pattern[i] : 0);
			live++;
		}
	}
	return live;
}

static unsigned int target_equal(struct lab_space *space, u64 iova, unsigned int bytes,
				 const u8 *pattern)
{
	unsigned int i, equal = 0;
	u8 *byte;

	for (i = 0; i < bytes; i++) {
		byte = byte_at(space, iova + i);
		equal += byte && READ_ONCE(*byte) == pattern[i];
	}
	return equal;
}

static enum lab_result result_of(unsigned int bytes, unsigned int live, unsigned int equal)
{
	if (!live)
		return LAB_UNSEEN;
	if (!equal)
		return LAB_STOPPED;
	return equal == bytes ? LAB_ARRIVED : LAB_PARTIAL;
}

int lab_dma(struct lab_device *lab, bool write, u64 iova, unsigned int bytes)
{
	struct lab_space *space = lab->space;
	unsigned int i, live, equal = 0;
	struct page *page;
	u8 *buffer;
	int ret;

	if (!bytes || bytes > EDU_BUFFER_BYTES || iova + bytes - 1 < iova)
		return -EINVAL;
	if (!page_allowed(lab, iova) || !page_allowed(lab, iova + bytes - 1))
		return -EPERM;
	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!page)
		return -ENOMEM;
	buffer = page_address(page);
	/* Never 0, and other bytes than the time before. */
	lab->seed++;
	for (i = 0; i < bytes; i++)
		buffer[i] = (lab->seed * 37 + i * 7) | 1;

	lab->write = write;
	lab->iova = iova;
	lab->bytes = bytes;
	lab->result = LAB_NONE;
	if (write) {
		live = target_fill(space, iova, bytes, NULL);
		ret = stage(lab, false, page, bytes) ?: lab_transfer(lab, true, iova, bytes);
		if (!ret)
			equal = target_equal(space, iova, bytes, buffer);
	} else {
		live = target_fill(space, iova, bytes, buffer);
		ret = lab_transfer(lab, false, iova, bytes);
		memset(buffer, 0, bytes);
		ret = ret ?: stage(lab, true, page, bytes);
		if (!ret)
			equal = target_equal(space, iova, bytes, buffer);
	}
	if (!ret)
		lab->result = result_of(bytes, live, equal);
	__free_page(page);
	return ret;
}
