/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between kernels, by feature (Kbuild asks the headers); the only place for
 * them. Each is written so that the newer kernel's way is the one that the code uses.
 */
#ifndef _IOMMU_PROBE_COMPAT_H
#define _IOMMU_PROBE_COMPAT_H

#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/pci.h>

/* Kernels that know no domains for shared virtual addressing. */
#ifndef IOMMU_DOMAIN_SVA
#define IOMMU_DOMAIN_SVA (~0U)
#endif

/* Slab pages were marked by a flag before they were by their type. */
#ifdef HAVE_PG_SLAB
#define PROBE_SLAB_FLAG BIT(PG_slab)
#else
#define PROBE_SLAB_FLAG 0
#endif

static inline bool probe_page_is_slab(unsigned long flags, unsigned int type)
{
#ifdef HAVE_PG_SLAB
	return flags & BIT(PG_slab);
#else
	return type >> 24 == PGTY_slab;
#endif
}

/* A domain for @dev with a page table of its own, or ERR_PTR(). */
static inline struct iommu_domain *probe_domain_alloc(struct device *dev)
{
#ifdef HAVE_IOMMU_PAGING_DOMAIN_ALLOC
	return iommu_paging_domain_alloc(dev);
#else
	return iommu_domain_alloc(dev->bus) ?: ERR_PTR(-ENOMEM);
#endif
}

static inline int probe_domain_map(struct iommu_domain *domain, unsigned long iova,
				   phys_addr_t phys, size_t size, int prot)
{
#ifdef HAVE_IOMMU_MAP_ATOMIC
	return iommu_map(domain, iova, phys, size, prot);
#else
	return iommu_map(domain, iova, phys, size, prot, GFP_KERNEL);
#endif
}

#endif /* _IOMMU_PROBE_COMPAT_H */
