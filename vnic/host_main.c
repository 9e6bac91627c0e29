// SPDX-License-Identifier: GPL-2.0-only
/*
 * vnic_host: "ip link add type vnic" makes a network interface of the host, and on the
 * virtio bus a network device, to which virtio_net attaches: both ends of a paravirtual NIC
 * in one kernel.
 *
 *	/sys/kernel/debug/vnic_host/<dev>/	features, rings, counters
 */
#include <linux/idr.h>
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "../include/xen_pv.h"
#include "host.h"

struct device *vnic_host_parent;
struct workqueue_struct *vnic_host_wq;

static struct platform_device *vnic_host_platform;
static DEFINE_IDA(vnic_host_ids);

static void vnic_queue_setup(struct vnic_host *host, unsigned int index)
{
	struct vnic_queue *q = &host->queues[index];

	u64_stats_init(&q->traffic.sync);
	q->host = host;
	q->index = index;
	/* Lock classes of their own: the control queue asks the others for statistics. */
	if (index == 2 * host->max_pairs) {
		spin_lock_init(&q->lock);
		strscpy(q->name, "ctrl", sizeof(q->name));
	} else {
		spin_lock_init(&q->lock);
		snprintf(q->name, sizeof(q->name), "%s%u", index % 2 ? "tx" : "rx",
			 (index / 2) % VNIC_HOST_MAX_PAIRS);
	}
}

struct vnic_host *vnic_host_new(unsigned int max_pairs)
{
	unsigned int i, n = 2 * max_pairs + 1;
	struct vnic_host *host;
	int id;

	/* Not by vmalloc: see is_ours(). */
	host = kzalloc(struct_size(host, queues, n), GFP_KERNEL);
	if (!host)
		return NULL;
	host->pairs = kcalloc(max_pairs, sizeof(*host->pairs), GFP_KERNEL);
	if (!host->pairs)
		goto err_free;
	id = ida_alloc(&vnic_host_ids, GFP_KERNEL);
	if (id < 0)
		goto err_free_pairs;

	kref_init(&host->ref);
	host->id = id;
	spin_lock_init(&host->lock);
	INIT_WORK(&host->work, vnic_host_work);
	host->max_pairs = max_pairs;
	host->active = 1;
	for (i = 0; i < n; i++)
		vnic_queue_setup(host, i);
	host->ctrl = &host->queues[2 * max_pairs];
	for (i = 0; i < max_pairs; i++) {
		host->pairs[i].rx = &host->queues[2 * i];
		host->pairs[i].tx = &host->queues[2 * i + 1];
		timer_setup(&host->pairs[i].timer, vnic_host_timer, 0);
	}
	eth_random_addr(host->guest_mac);
	vnic_filter_reset(host);
	return host;

err_free_pairs:
	kfree(host->pairs);
err_free:
	kfree(host);
	return NULL;
}

static void vnic_host_free(struct kref *ref)
{
	struct vnic_host *host = container_of(ref, struct vnic_host, ref);

	ida_free(&vnic_host_ids, host->id);
	kfree(host->pairs);
	kfree(host);
}

void vnic_host_put(struct vnic_host *host)
{
	kref_put(&host->ref, vnic_host_free);
}

static void vnic_host_queue(struct vnic_host *host)
{
	kref_get(&host->ref);
	/* When it was queued already, that has the reference, so this is not the last. */
	if (!queue_work(vnic_host_wq, &host->work))
		vnic_host_put(host);
}

void vnic_host_queue_work(struct vnic_host *host)
{
	spin_lock_bh(&host->lock);
	if (!host->gone)
		vnic_host_queue(host);
	spin_unlock_bh(&host->lock);
}

void vnic_host_queue_last_work(struct vnic_host *host)
{
	spin_lock_bh(&host->lock);
	host->gone = true;
	host->netdev = NULL;
	vnic_host_queue(host);
	spin_unlock_bh(&host->lock);
}

static int __init vnic_host_init(void)
{
	const struct platform_device_info info = {
		.name = "vnic_host",
		.id = PLATFORM_DEVID_NONE,
		.dma_mask = DMA_BIT_MASK(64),
	};
	int ret = xlate_refuse_xen_pv();

	if (ret)
		return ret;
	vnic_host_platform = platform_device_register_full(&info);
	if (IS_ERR(vnic_host_platform))
		return PTR_ERR(vnic_host_platform);
	vnic_host_parent = &vnic_host_platform->dev;

	ret = -ENOMEM;
	vnic_host_wq = alloc_ordered_workqueue("vnic_host", 0);
	if (!vnic_host_wq)
		goto err_platform;
	ret = vnic_mem_init();
	if (ret)
		goto err_wq;
	vnic_host_debugfs_init();
	ret = vnic_host_link_init();
	if (ret)
		goto err_debugfs;
	return 0;

err_debugfs:
	vnic_host_debugfs_exit();
	vnic_mem_exit();
err_wq:
	destroy_workqueue(vnic_host_wq);
err_platform:
	platform_device_unregister(vnic_host_platform);
	return ret;
}

static void __exit vnic_host_exit(void)
{
	/* All netdevs; each leaves work behind, which unregisters its virtio device. */
	vnic_host_link_exit();
	vnic_host_debugfs_exit();
	destroy_workqueue(vnic_host_wq);
	vnic_host_vdev_exit();
	vnic_mem_exit();
	platform_device_unregister(vnic_host_platform);
	ida_destroy(&vnic_host_ids);
}

module_init(vnic_host_init);
module_exit(vnic_host_exit);

/* No alias: nobody's "ip link add" loads this. */
MODULE_DESCRIPTION("Host's side of a paravirtual NIC: a virtio-net device for this kernel");
MODULE_LICENSE("GPL");
