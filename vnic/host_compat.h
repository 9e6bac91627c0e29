/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vnic_host: differences between kernels, by feature (Kbuild asks the headers); the only
 * place for them. Each is written so that the newer kernel's way is the one the code uses.
 */
#ifndef _VNIC_HOST_COMPAT_H
#define _VNIC_HOST_COMPAT_H

#include <linux/debugfs.h>
#include <linux/netdevice.h>
#include <linux/virtio_config.h>

#include "swiotlb.h"

/* What virtio_config_ops.find_vqs is told about each queue. */
#ifdef HAVE_VIRTQUEUE_INFO
#define VNIC_FIND_VQS_ARGS  struct virtqueue_info infos[], struct irq_affinity *desc
#define vnic_vq_name(i)	    (infos[i].name)
#define vnic_vq_callback(i) (infos[i].callback)
#define vnic_vq_context(i)  (infos[i].ctx)
#else
#define VNIC_FIND_VQS_ARGS                                                      \
	vq_callback_t *callbacks[], const char *const names[], const bool *ctx, \
		struct irq_affinity *desc
#define vnic_vq_name(i)	    (names[i])
#define vnic_vq_callback(i) (callbacks[i])
#define vnic_vq_context(i)  (ctx ? ctx[i] : false)
#endif

/* Which NAPI instance serves a queue, for netdev-genl. */
#ifndef HAVE_NETIF_QUEUE_SET_NAPI
enum netdev_queue_type { NETDEV_QUEUE_TYPE_RX, NETDEV_QUEUE_TYPE_TX };
static inline void netif_queue_set_napi(struct net_device *dev, unsigned int queue,
					enum netdev_queue_type type, struct napi_struct *napi)
{
}
#endif

static inline void vnic_debugfs_change_name(struct dentry *parent, struct dentry *dentry,
					    const char *name)
{
#ifdef HAVE_DEBUGFS_CHANGE_NAME
	debugfs_change_name(dentry, "%s", name);
#else
	debugfs_rename(parent, dentry, parent, name);
#endif
}

#endif /* _VNIC_HOST_COMPAT_H */
