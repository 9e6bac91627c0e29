/* SPDX-License-Identifier: GPL-2.0-only */
/* The DMA API's bounce buffers, for vnic and vnic_host; differences between kernels, by feature. */
#ifndef _VNIC_SWIOTLB_H
#define _VNIC_SWIOTLB_H

#include <linux/dma-direct.h>
#include <linux/iommu.h>
#include <linux/swiotlb.h>

/* Is @phys in the bounce buffer of the DMA API (swiotlb)? */
static inline bool vnic_in_swiotlb(struct device *dev, phys_addr_t phys)
{
#ifdef HAVE_SWIOTLB_FIND_POOL
	const struct io_tlb_mem *mem = dev->dma_io_tlb_mem;

	/* The first one: of those made later (SWIOTLB_DYNAMIC) no module can ask. */
	return mem && phys >= mem->defpool.start && phys < mem->defpool.end;
#else
	return is_swiotlb_buffer(dev, phys);
#endif
}

/* Do addresses of the DMA API name memory, or does an IOMMU translate them? */
static inline bool vnic_dma_direct(struct device *dev)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);

	return !domain || domain->type == IOMMU_DOMAIN_IDENTITY;
}

#endif /* _VNIC_SWIOTLB_H */
