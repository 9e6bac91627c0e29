/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between kernels, by feature (Kbuild asks the headers); the only place for
 * them. Each is written so that the newer kernel's way is the one that the code uses.
 */
#ifndef _SRIOV_DEMO_COMPAT_H
#define _SRIOV_DEMO_COMPAT_H

#include <linux/ethtool.h>
#include <linux/netdevice.h>

#ifdef HAVE_PAGE_POOL_HELPERS
#include <net/page_pool/helpers.h>
#else
#include <net/page_pool.h>
#endif

/* Pages that come back in NAPI's own context take a shortcut, if the pool knows the NAPI. */
#ifdef HAVE_PAGE_POOL_HELPERS
#define sd_pool_napi(params, n) ((params)->napi = (n))
#else
#define sd_pool_napi(params, n) ((void)(n))
#endif

/* Which NAPI and interrupt serve a queue, told to whoever asks by netlink. */
#ifdef HAVE_NETIF_QUEUE_SET_NAPI
#include <net/netdev_queues.h>
#else
#define NETDEV_QUEUE_TYPE_RX			     0
#define NETDEV_QUEUE_TYPE_TX			     1
#define netif_queue_set_napi(dev, queue, type, napi) ((void)(napi))
#define netif_napi_set_irq(napi, irq)		     ((void)(irq))
#endif

#endif /* _SRIOV_DEMO_COMPAT_H */
