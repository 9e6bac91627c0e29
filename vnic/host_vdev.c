// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtio device: features, configuration, status, and how it comes and goes.
 *
 * Sections are those of VIRTIO 1.3: 2.1 is the device status, 5.1 the network device.
 */
#include <linux/dma-mapping.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_ring.h>

#include "host.h"

/* "XLAT"; whoever looks at the bus sees whose device it is. */
#define VNIC_HOST_VENDOR 0x584c4154

static atomic_t plugs = ATOMIC_INIT(0);

/* -- what is offered --------------------------------------------------------------- */

/* What is used by commands. */
#define COMMANDED                                                                \
	(BIT_ULL(VIRTIO_NET_F_CTRL_RX) | BIT_ULL(VIRTIO_NET_F_CTRL_RX_EXTRA) |   \
	 BIT_ULL(VIRTIO_NET_F_CTRL_VLAN) | BIT_ULL(VIRTIO_NET_F_CTRL_MAC_ADDR) | \
	 BIT_ULL(VIRTIO_NET_F_GUEST_ANNOUNCE) | BIT_ULL(VIRTIO_NET_F_MQ) |       \
	 BIT_ULL(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS) | BIT_ULL(VNIC_NET_F_DEVICE_STATS))

static u64 vnic_offer(const struct vnic_setup *setup)
{
	static const struct {
		unsigned int flag;
		u64 features;
	} offers[] = {
		{ VNIC_HOST_PACKED, VIRTQ_F_PACKED },
		{ VNIC_HOST_EVENT_IDX, VIRTQ_F_EVENT_IDX },
		{ VNIC_HOST_INDIRECT, VIRTQ_F_INDIRECT },
		{ VNIC_HOST_IN_ORDER, VIRTQ_F_IN_ORDER },
		{ VNIC_HOST_PLATFORM, BIT_ULL(VIRTIO_F_ACCESS_PLATFORM) },
		{ VNIC_HOST_MRG_RXBUF, BIT_ULL(VIRTIO_NET_F_MRG_RXBUF) },
		{ VNIC_HOST_CSUM, BIT_ULL(VIRTIO_NET_F_CSUM) | BIT_ULL(VIRTIO_NET_F_GUEST_CSUM) },
		{ VNIC_HOST_CTRL_VQ,
		  BIT_ULL(VIRTIO_NET_F_CTRL_VQ) | BIT_ULL(VIRTIO_NET_F_CTRL_RX) |
			  BIT_ULL(VIRTIO_NET_F_CTRL_RX_EXTRA) | BIT_ULL(VIRTIO_NET_F_CTRL_VLAN) |
			  BIT_ULL(VIRTIO_NET_F_CTRL_MAC_ADDR) | BIT_ULL(VNIC_NET_F_DEVICE_STATS) },
	};
	u64 features = BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(VIRTIO_NET_F_MAC) |
		       BIT_ULL(VIRTIO_NET_F_STATUS) | BIT_ULL(VIRTIO_NET_F_MTU);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offers); i++)
		if (setup->flags & BIT(offers[i].flag))
			features |= offers[i].features;
	/* 5.1.3.1: what needs what. */
	if (setup->flags & BIT(VNIC_HOST_CSUM) && setup->flags & BIT(VNIC_HOST_TSO))
		features |= BIT_ULL(VIRTIO_NET_F_HOST_TSO4) | BIT_ULL(VIRTIO_NET_F_HOST_TSO6) |
			    BIT_ULL(VIRTIO_NET_F_HOST_ECN) | BIT_ULL(VIRTIO_NET_F_GUEST_TSO4) |
			    BIT_ULL(VIRTIO_NET_F_GUEST_TSO6) | BIT_ULL(VIRTIO_NET_F_GUEST_ECN);
	if (setup->flags & BIT(VNIC_HOST_CTRL_VQ)) {
		if (setup->flags & BIT(VNIC_HOST_CSUM))
			features |= BIT_ULL(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS);
		if (setup->pairs > 1)
			features |= BIT_ULL(VIRTIO_NET_F_MQ);
		/*
		 * Off unless wanted: when virtio_net of 6.12 is closed, it waits under RTNL for its
		 * work that looks at the link; and that waits for RTNL if it is to announce itself.
		 */
		if (setup->flags & BIT(VNIC_HOST_ANNOUNCE))
			features |= BIT_ULL(VIRTIO_NET_F_GUEST_ANNOUNCE);
	}
	return features;
}

static u64 vnic_get_features(struct virtio_device *vdev)
{
	return vnic_plug_of(vdev)->offered;
}

static int vnic_finalize_features(struct virtio_device *vdev)
{
	struct vnic_plug *plug = vnic_plug_of(vdev);

	vring_transport_features(vdev);
	if (vdev->features & ~plug->offered || !(vdev->features & BIT_ULL(VIRTIO_F_VERSION_1)))
		return -EINVAL;
	/* Commands need their queue (5.1.3.1), which root can have the core leave away. */
	if (vdev->features & COMMANDED && !(vdev->features & BIT_ULL(VIRTIO_NET_F_CTRL_VQ)))
		return -EINVAL;
	WRITE_ONCE(plug->host->acked, vdev->features);
	return 0;
}

/* -- configuration space (5.1.4) --------------------------------------------------- */

static void vnic_get(struct virtio_device *vdev, unsigned int offset, void *buf, unsigned int len)
{
	struct vnic_plug *plug = vnic_plug_of(vdev);
	struct vnic_host *host = plug->host;
	struct virtio_net_config cfg = {};
	u16 status = 0;

	spin_lock_bh(&host->lock);
	memcpy(cfg.mac, host->filter.mac, ETH_ALEN);
	if (host->netdev && netif_running(host->netdev) && !host->broken)
		status |= VIRTIO_NET_S_LINK_UP;
	if (plug->announce)
		status |= VIRTIO_NET_S_ANNOUNCE;
	spin_unlock_bh(&host->lock);
	cfg.status = cpu_to_virtio16(vdev, status);
	cfg.max_virtqueue_pairs = cpu_to_virtio16(vdev, plug->setup.pairs);
	cfg.mtu = cpu_to_virtio16(vdev, plug->setup.mtu);

	memset(buf, 0, len);
	if (offset < sizeof(cfg))
		memcpy(buf, (void *)&cfg + offset, min_t(size_t, len, sizeof(cfg) - offset));
}

/* A modern driver sets the address by the control queue; nothing else is to be written. */
static void vnic_set(struct virtio_device *vdev, unsigned int offset, const void *buf,
		     unsigned int len)
{
}

static u32 vnic_generation(struct virtio_device *vdev)
{
	return READ_ONCE(vnic_plug_of(vdev)->generation);
}

void vnic_host_config_changed(struct vnic_host *host)
{
	/* The lock keeps the device: it is taken out of the pair first when it goes. */
	spin_lock_bh(&host->lock);
	if (host->plug && host->plug->status & VIRTIO_CONFIG_S_DRIVER_OK)
		virtio_config_changed(&host->plug->vdev);
	spin_unlock_bh(&host->lock);
}

/* -- status (2.1) ------------------------------------------------------------------ */

static u8 vnic_get_status(struct virtio_device *vdev)
{
	return READ_ONCE(vnic_plug_of(vdev)->status);
}

static void vnic_set_status(struct virtio_device *vdev, u8 status)
{
	struct vnic_plug *plug = vnic_plug_of(vdev);
	bool ready;

	spin_lock_bh(&plug->host->lock);
	ready = status & ~plug->status & VIRTIO_CONFIG_S_DRIVER_OK;
	/* Only a reset takes that one back. */
	plug->status = status | (plug->status & VIRTIO_CONFIG_S_NEEDS_RESET);
	spin_unlock_bh(&plug->host->lock);
	if (ready)
		vnic_queues_start(plug);
}

/* No interrupt is raised, and no memory of the driver touched, when this returns. */
static void vnic_reset(struct virtio_device *vdev)
{
	struct vnic_plug *plug = vnic_plug_of(vdev);

	vnic_queues_stop(plug);
	spin_lock_bh(&plug->host->lock);
	plug->status = 0;
	plug->announce = false;
	plug->host->broken = false;
	spin_unlock_bh(&plug->host->lock);
}

static int vnic_find_vqs(struct virtio_device *vdev, unsigned int nvqs, struct virtqueue *vqs[],
			 VNIC_FIND_VQS_ARGS)
{
	struct vnic_plug *plug = vnic_plug_of(vdev);
	unsigned int i, index = 0;

	for (i = 0; i < nvqs; i++) {
		vqs[i] = NULL;
		if (!vnic_vq_name(i))
			continue;
		vqs[i] = vnic_new_vq(plug, index++, vnic_vq_name(i), vnic_vq_callback(i),
				     vnic_vq_context(i));
		if (IS_ERR(vqs[i])) {
			int ret = PTR_ERR(vqs[i]);

			vnic_del_vqs(vdev);
			return ret;
		}
	}
	return 0;
}

static const char *vnic_bus_name(struct virtio_device *vdev)
{
	return dev_name(&vdev->dev);
}

static const struct virtio_config_ops vnic_config_ops = {
	.get = vnic_get,
	.set = vnic_set,
	.generation = vnic_generation,
	.get_status = vnic_get_status,
	.set_status = vnic_set_status,
	.reset = vnic_reset,
	.find_vqs = vnic_find_vqs,
	.del_vqs = vnic_del_vqs,
	.synchronize_cbs = vnic_synchronize_cbs,
	.get_features = vnic_get_features,
	.finalize_features = vnic_finalize_features,
	.bus_name = vnic_bus_name,
};

/* -- in and out -------------------------------------------------------------------- */

static void vnic_plug_release(struct device *dev)
{
	struct vnic_plug *plug = vnic_plug_of(dev_to_virtio(dev));

	vnic_host_put(plug->host);
	kfree(plug);
	if (atomic_dec_and_test(&plugs))
		wake_up_var(&plugs);
}

void vnic_host_vdev_exit(void)
{
	wait_var_event(&plugs, !atomic_read(&plugs));
}

static void vnic_plug_in(struct vnic_host *host, const struct vnic_setup *setup, u32 setups)
{
	struct vnic_plug *plug;
	int ret;

	plug = kzalloc(sizeof(*plug), GFP_KERNEL);
	if (!plug)
		return;
	kref_get(&host->ref);
	atomic_inc(&plugs);
	plug->host = host;
	plug->setup = *setup;
	plug->offered = vnic_offer(setup);
	plug->vdev.dev.parent = vnic_host_parent;
	plug->vdev.dev.release = vnic_plug_release;
	plug->vdev.id.device = VIRTIO_ID_NET;
	plug->vdev.id.vendor = VNIC_HOST_VENDOR;
	plug->vdev.config = &vnic_config_ops;

	spin_lock_bh(&host->lock);
	host->plug = plug;
	host->plugged = setups;
	spin_unlock_bh(&host->lock);
	/* Probes virtio_net, which takes RTNL. */
	ret = register_virtio_device(&plug->vdev);
	if (!ret)
		return;
	pr_warn("vnic_host: cannot register a virtio device: %d\n", ret);
	spin_lock_bh(&host->lock);
	host->plug = NULL;
	spin_unlock_bh(&host->lock);
	put_device(&plug->vdev.dev);
}

static void vnic_unplug(struct vnic_host *host, struct vnic_plug *plug)
{
	spin_lock_bh(&host->lock);
	host->plug = NULL;
	spin_unlock_bh(&host->lock);
	/* Removes virtio_net's netdev, which takes RTNL. */
	unregister_virtio_device(&plug->vdev);
}

/* The netdev shows what the driver took. */
static void vnic_update_netdev(struct vnic_host *host)
{
	struct net_device *dev;

	rtnl_lock();
	/* It goes under RTNL, too. */
	dev = host->netdev;
	if (dev) {
		netif_set_real_num_tx_queues(dev, READ_ONCE(host->active));
		netdev_update_features(dev);
	}
	rtnl_unlock();
}

void vnic_host_work(struct work_struct *work)
{
	struct vnic_host *host = container_of(work, struct vnic_host, work);
	struct vnic_setup setup;
	struct vnic_plug *plug;
	u32 setups;
	bool gone;

	spin_lock_bh(&host->lock);
	plug = host->plug;
	setup = host->setup;
	setups = host->setups;
	gone = host->gone;
	spin_unlock_bh(&host->lock);

	if (plug && (gone || setups != host->plugged)) {
		vnic_unplug(host, plug);
		plug = NULL;
	}
	if (!plug && !gone && setups != host->plugged)
		vnic_plug_in(host, &setup, setups);
	vnic_update_netdev(host);
	vnic_host_put(host);
}
