/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between kernels, by feature (Kbuild asks the headers); the only place for
 * them. Each is written so that the newer kernel's way is the one that the code uses.
 */
#ifndef _VNIC_COMPAT_H
#define _VNIC_COMPAT_H

#include <linux/netdevice.h>
#include <linux/pci.h>

#ifdef HAVE_PAGE_POOL_HELPERS
#include <net/page_pool/helpers.h>
#else
#include <net/page_pool.h>
#endif

/* A pool whose only user is that NAPI gets its pages back without locks. */
static inline void vnic_pool_napi(struct page_pool_params *pp, struct napi_struct *napi)
{
#ifdef HAVE_PAGE_POOL_NAPI
	pp->napi = napi;
#endif
}

/* Whose pool it is, for netlink. */
static inline void vnic_pool_netdev(struct page_pool_params *pp, struct net_device *dev)
{
#ifdef HAVE_PAGE_POOL_NETDEV
	pp->netdev = dev;
#endif
}

/* Pools whose pages are handed out in pieces; newer ones all are. */
#ifndef PP_FLAG_PAGE_FRAG
#define PP_FLAG_PAGE_FRAG 0
#endif

/* Interrupts without messages. */
#ifndef PCI_IRQ_INTX
#define PCI_IRQ_INTX PCI_IRQ_LEGACY
#endif

/* Which NAPI serves which queue, for netlink. */
#ifndef HAVE_NETIF_QUEUE_SET_NAPI
#define netif_queue_set_napi(dev, index, type, napi) \
	do {                                         \
	} while (0)
#endif

#endif /* _VNIC_COMPAT_H */
