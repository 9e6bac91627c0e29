// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's memory, as descriptors name it. Nothing in a ring is trusted: an address is
 * looked at page by page, and touched only if it is RAM of the kind that buffers are made of.
 * All data are copied, once, to or from memory of the host: the bounce that keeps guest and
 * host apart, and that is counted.
 */
#include <linux/dma-direct.h>
#include <linux/kfence.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/rcupdate.h>
#include <linux/skbuff.h>
#include <linux/uaccess.h>
#include <linux/virtio_config.h>
#include <asm/e820/api.h>

#include "host.h"

/*
 * Is the page one that a driver may have its buffers in? What it sends may be in parts of the
 * kernel's image, too, which are reserved: a hole of a file is the page of zeros, and programs
 * have the vDSO. What the firmware reserved is no RAM for us.
 */
static bool page_allowed(struct page *page, phys_addr_t phys, bool write)
{
	if (PageTable(page) || PageOffline(page) || PageHWPoison(page))
		return false;
	/* KFENCE's objects are of the heap, though its pool is reserved. */
	if (!PageReserved(page) || is_kfence_address(page_to_virt(page)))
		return true;
	if (write)
		return false;
	return is_zero_pfn(PHYS_PFN(phys)) || e820__mapped_any(phys, phys + 1, E820_TYPE_RAM);
}

static bool overlaps(const void *a, size_t a_len, const void *b, size_t b_len)
{
	return a < b + b_len && b < a + a_len;
}

/*
 * The state that this queue is worked on with is never a buffer. Of other queues' only what is
 * in the pair itself.
 */
static bool is_ours(const struct vnic_queue *q, const void *va, u32 len)
{
	const struct vnic_host *host = q->host;
	size_t n = 2 * host->max_pairs + 1;

	return overlaps(va, len, host, struct_size(host, queues, n)) ||
	       overlaps(va, len, host->pairs, host->max_pairs * sizeof(*host->pairs)) ||
	       overlaps(va, len, q->memory, q->memory_size);
}

/* Some memory can be read only: where the code of modules is, for one. */
static bool writable(const void *va)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)va, &level);

	/* The bit is the same one in entries of large pages. */
	return pte && pte_flags(ptep_get(pte)) & _PAGE_RW;
}

/* Addresses are physical ones, unless the driver was told to use the DMA API (6.1). */
static bool has_dma_addrs(const struct vnic_queue *q)
{
	return vnic_acked(q->host, VIRTIO_F_ACCESS_PLATFORM);
}

static phys_addr_t to_phys(const struct vnic_queue *q, u64 addr)
{
	return has_dma_addrs(q) ? dma_to_phys(vnic_host_parent, addr) : addr;
}

/*
 * May an honest driver send what is there, though it cannot be read? Files can be in the memory
 * of a device (fsdax), and memory goes bad.
 */
static bool is_lost(const struct vnic_queue *q, u64 addr)
{
	unsigned long pfn = PHYS_PFN(to_phys(q, addr));
	struct page *page = pfn_to_online_page(pfn);

	return page ? PageHWPoison(page) : pfn_valid(pfn);
}

void *vnic_mem_map(struct vnic_queue *q, u64 addr, u32 len, bool write)
{
	phys_addr_t phys = to_phys(q, addr);
	bool dma = has_dma_addrs(q);
	struct page *page;
	void *va;
	u8 byte;

	if (!pfn_valid(PHYS_PFN(phys)))
		return NULL;
	page = pfn_to_online_page(PHYS_PFN(phys));
	if (!page)
		return NULL;
	if (!page_allowed(page, phys, write) && !(dma && vnic_in_swiotlb(vnic_host_parent, phys)))
		return NULL;
	va = page_to_virt(page) + offset_in_page(phys);
	if (is_ours(q, va, len) || (write && !writable(va)))
		return NULL;
	/* Some pages of RAM are not mapped (secret memory, for one). */
	return copy_from_kernel_nofault(&byte, va, 1) ? NULL : va;
}

/* Contiguous physical addresses are contiguous for us. */
static void *map_all(struct vnic_queue *q, u64 addr, u32 bytes, bool write)
{
	void *table = NULL;
	u32 done, n;

	for (done = 0; done < bytes; done += n) {
		void *va;

		n = min_t(u32, bytes - done, PAGE_SIZE - offset_in_page(addr + done));
		va = vnic_mem_map(q, addr + done, n, write);
		if (!va)
			return NULL;
		if (!table)
			table = va;
		else if (table + done != va)
			return NULL;
	}
	return table;
}

const void *vnic_mem_table(void *ctx, u64 addr, u32 bytes)
{
	return map_all(ctx, addr, bytes, false);
}

void *vnic_mem_ring(struct vnic_queue *q, u64 addr, u32 bytes)
{
	return map_all(q, addr, bytes, true);
}

static void cursor_advance(struct vnic_cursor *cur, u32 n)
{
	cur->off += n;
	if (cur->off == cur->sg->len) {
		cur->sg++;
		cur->left--;
		cur->off = 0;
	}
}

/* The next bytes that lie together, *@n of them, @max at most. */
static void *cursor_map(struct vnic_queue *q, struct vnic_cursor *cur, size_t max, bool write,
			u32 *n)
{
	u64 addr;
	void *va;

	if (!cur->left) {
		/* Sums were compared before: this does not happen. */
		devq_break(&q->devq, VIRTQ_UPPER, 0, max);
		return NULL;
	}
	addr = cur->sg->addr + cur->off;
	*n = min3((u64)max, (u64)(cur->sg->len - cur->off), (u64)PAGE_SIZE - offset_in_page(addr));
	va = vnic_mem_map(q, addr, *n, write);
	if (!va) {
		q->refused++;
		if (write || !is_lost(q, addr))
			devq_break(&q->devq, VIRTQ_ADDR_MEMORY, addr, cur->sg->len);
		return NULL;
	}
	q->copied += *n;
	q->copies++;
	cursor_advance(cur, *n);
	return va;
}

int vnic_mem_read(struct vnic_queue *q, struct vnic_cursor *cur, void *dst, size_t len)
{
	u32 n;

	for (; len; len -= n, dst += n) {
		const void *va = cursor_map(q, cur, len, false, &n);

		if (!va)
			return devq_broken(&q->devq) ? -EFAULT : -ENODATA;
		memcpy(dst, va, n);
	}
	return 0;
}

int vnic_mem_write(struct vnic_queue *q, struct vnic_cursor *cur, const void *src, size_t len)
{
	u32 n;

	for (; len; len -= n, src += n) {
		void *va = cursor_map(q, cur, len, true, &n);

		if (!va)
			return -EFAULT;
		memcpy(va, src, n);
	}
	return 0;
}

int vnic_mem_write_skb(struct vnic_queue *q, struct vnic_cursor *cur, const struct sk_buff *skb,
		       unsigned int off, unsigned int len)
{
	u32 n;

	for (; len && cur->left; len -= n, off += n) {
		void *va = cursor_map(q, cur, len, true, &n);

		if (!va || skb_copy_bits(skb, off, va, n))
			return -EFAULT;
	}
	return 0;
}

void vnic_mem_skip(struct vnic_cursor *cur, u32 len)
{
	while (len && cur->left) {
		u32 n = min(len, cur->sg->len - cur->off);

		cursor_advance(cur, n);
		len -= n;
	}
}

/* -- memory that goes ------------------------------------------------------------- */

/* Who saw a page online copies it before softirqs are on again, which RCU waits for. */
static int mem_event(struct notifier_block *nb, unsigned long action, void *arg)
{
	if (action == MEM_OFFLINE)
		synchronize_rcu();
	return NOTIFY_OK;
}

static struct notifier_block mem_notifier = {
	.notifier_call = mem_event,
};

int vnic_mem_init(void)
{
	return register_memory_notifier(&mem_notifier);
}

void vnic_mem_exit(void)
{
	unregister_memory_notifier(&mem_notifier);
}
