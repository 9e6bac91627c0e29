// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtqueues: the transport's part. The driver's end is the kernel's virtio_ring, the
 * device's end our ring core, on the same memory.
 *
 * A queue's vq is cleared, and its driver's memory left alone, under the queue's lock; so
 * whoever holds the lock and saw it live may touch both, and raise interrupts.
 */
#include <linux/slab.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "host.h"

/*
 * The device cannot go on: it asks for a reset (2.1.2), and until then the link is down. Under
 * the queue's lock, so that it is this device that does, and not the one after it.
 */
static void vnic_queue_broke(struct vnic_queue *q)
{
	const struct virtq_fault *fault = &q->devq.fault;
	struct virtq_reason_text text = virtq_reason_text(fault->reason);
	struct vnic_host *host = q->host;
	struct vnic_plug *plug = q->plug;

	spin_lock(&host->lock);
	if (plug == host->plug && plug->status & VIRTIO_CONFIG_S_DRIVER_OK) {
		dev_warn_ratelimited(&plug->vdev.dev,
				     "queue %s is broken at %u: %s: 0x%llx (0x%llx)\n", q->name,
				     fault->pos, text.text, fault->value, fault->limit);
		plug->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
		plug->generation++;
		host->broken = true;
		if (host->netdev)
			netif_carrier_off(host->netdev);
	}
	spin_unlock(&host->lock);
	/* A driver spins until a command is done; this one never will be. */
	if (q == host->ctrl)
		__virtqueue_break(q->vq);
}

void vnic_queue_unlock(struct vnic_queue *q) __releases(&q->lock)
{
	bool broke = devq_broken(&q->devq);

	if (broke)
		vnic_queue_broke(q);
	spin_unlock(&q->lock);
	if (broke)
		vnic_host_config_changed(q->host);
}

void vnic_queue_flush(struct vnic_queue *q)
{
	q->flush = false;
	if (devq_flush(&q->devq) && vring_interrupt(0, q->vq) == IRQ_NONE)
		q->spurious++;
}

/* Called by the driver, in any context but a hard interrupt. */
static bool vnic_vq_notify(struct virtqueue *vq)
{
	struct vnic_queue *q = vq->priv;
	struct napi_struct *napi;

#ifdef XLATE_TESTS
	if (atomic_add_unless(&q->lose, -1, 0))
		return true;
#endif
	atomic64_inc(&q->kicks);
	if (q == q->host->ctrl) {
		vnic_ctrl_kick(q);
		return true;
	}
	/* Disabled, and therefore never scheduled, once the netdev has gone. */
	napi = &q->host->pairs[q->index / 2].napi;
	if (irqs_disabled() || in_softirq()) {
		napi_schedule(napi);
	} else {
		local_bh_disable();
		napi_schedule(napi);
		local_bh_enable();
	}
	return true;
}

/* -- making and freeing them ------------------------------------------------------- */

/* Room for what we know of @num descriptors, and for commands: those have to work, always. */
static int vnic_queue_alloc(struct vnic_queue *q, unsigned int num, struct devq_slot **slots)
{
	bool ctrl = q == q->host->ctrl;
	bool rx = !ctrl && q->index % 2 == 0;
	size_t command = ctrl ? VNIC_HOST_COMMAND_MAX + VNIC_HOST_REPLY_MAX : 0;
	size_t pieces = num * sizeof(struct virtq_sg);
	size_t chains = (rx ? num : 1) * sizeof(struct devq_chain);
	size_t known = num * sizeof(struct devq_slot);
	size_t size = command + pieces + (rx ? pieces : 0) + chains + known;
	void *p;

	/* In one piece, see is_ours(): up to 92 KiB, for which the kernel would not try hard. */
	p = kzalloc(size, GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
	if (!p)
		return -ENOMEM;
	q->memory = p;
	q->memory_size = size;
	q->command = ctrl ? p : NULL;
	p += command;
	q->sg = p;
	p += pieces;
	q->first_sg = rx ? p : NULL;
	p += rx ? pieces : 0;
	q->chains = p;
	p += chains;
	*slots = p;
	return 0;
}

static int vnic_queue_attach(struct vnic_queue *q, struct vnic_plug *plug, struct virtqueue *vq)
{
	unsigned int num = virtqueue_get_vring_size(vq);
	bool packed = plug->vdev.features & VIRTQ_F_PACKED;
	struct devq_config cfg = {
		.features = plug->vdev.features & VIRTQ_FEATURES,
		.num = num,
		.table = vnic_mem_table,
		.ctx = q,
	};
	int ret;

	if (q->memory)
		return -EBUSY;
	ret = vnic_queue_alloc(q, num, &cfg.slots);
	if (ret)
		return ret;
	cfg.desc = vnic_mem_ring(q, virtqueue_get_desc_addr(vq), virtq_desc_bytes(num));
	cfg.driver =
		vnic_mem_ring(q, virtqueue_get_avail_addr(vq), virtq_driver_bytes(packed, num));
	cfg.device = vnic_mem_ring(q, virtqueue_get_used_addr(vq), virtq_device_bytes(packed, num));

	spin_lock_bh(&q->lock);
	ret = q->used ? devq_reset(&q->devq, &cfg) : devq_init(&q->devq, &cfg);
	if (!ret) {
		q->used = true;
		q->vq = vq;
		q->plug = plug;
		q->flush = false;
		q->have = 0;
		q->done = 0;
	}
	spin_unlock_bh(&q->lock);
	if (ret) {
		kfree(q->memory);
		q->memory = NULL;
	}
	return ret;
}

static void vnic_queue_detach(struct vnic_queue *q)
{
	void *memory;

	spin_lock_bh(&q->lock);
	q->live = false;
	q->vq = NULL;
	q->plug = NULL;
	memory = q->memory;
	q->memory = NULL;
	q->memory_size = 0;
	spin_unlock_bh(&q->lock);
	kfree(memory);
}

void vnic_del_vqs(struct virtio_device *vdev)
{
	struct virtqueue *vq, *next;

	list_for_each_entry_safe(vq, next, &vdev->vqs, list) {
		if (vq->priv)
			vnic_queue_detach(vq->priv);
		vring_del_virtqueue(vq);
	}
}

/* Which of our queues is the driver's queue @index? (5.1.2) */
static struct vnic_queue *vnic_queue_at(struct vnic_plug *plug, unsigned int index)
{
	bool mq = plug->vdev.features & BIT_ULL(VIRTIO_NET_F_MQ);
	unsigned int pairs = mq ? plug->setup.pairs : 1;
	bool ctrl = plug->vdev.features & BIT_ULL(VIRTIO_NET_F_CTRL_VQ);

	if (index < 2 * pairs)
		return &plug->host->queues[index];
	return ctrl && index == 2 * pairs ? plug->host->ctrl : NULL;
}

struct virtqueue *vnic_new_vq(struct vnic_plug *plug, unsigned int index, const char *name,
			      vq_callback_t *callback, bool context)
{
	struct vnic_queue *q = vnic_queue_at(plug, index);
	struct virtqueue *vq;
	unsigned int num;
	int ret;

	if (!q)
		return ERR_PTR(-ENOENT);
	num = q == plug->host->ctrl ? VNIC_HOST_CTRL_DESCS :
	      index % 2		    ? plug->setup.tx_descs :
				      plug->setup.rx_descs;
	vq = vring_create_virtqueue(index, num, SMP_CACHE_BYTES, &plug->vdev, true, true, context,
				    vnic_vq_notify, callback, name);
	if (!vq)
		return ERR_PTR(-ENOMEM);
	vq->num_max = num;
	ret = vnic_queue_attach(q, plug, vq);
	if (ret) {
		vring_del_virtqueue(vq);
		return ERR_PTR(ret);
	}
	vq->priv = q;
	return vq;
}

void vnic_synchronize_cbs(struct virtio_device *vdev)
{
	struct vnic_host *host = vnic_plug_of(vdev)->host;
	unsigned int i;

	/* Callbacks are called under the queue's lock. */
	for (i = 0; i <= 2 * host->max_pairs; i++) {
		spin_lock_bh(&host->queues[i].lock);
		spin_unlock_bh(&host->queues[i].lock);
	}
}

/* -- the driver is ready; the driver is gone --------------------------------------- */

void vnic_queues_start(struct vnic_plug *plug)
{
	struct vnic_host *host = plug->host;
	unsigned int i;

	/* A driver that can name VLANs names those it wants (5.1.6.5.3). */
	if (vnic_acked(host, VIRTIO_NET_F_CTRL_VLAN)) {
		spin_lock_bh(&host->lock);
		bitmap_zero(host->filter.vlans, 4096);
		__set_bit(0, host->filter.vlans);
		spin_unlock_bh(&host->lock);
	}
	for (i = 0; i <= 2 * host->max_pairs; i++) {
		struct vnic_queue *q = &host->queues[i];

		spin_lock_bh(&q->lock);
		if (q->plug == plug) {
			q->live = true;
			/* Of new receive buffers we need to hear only when we ran out. */
			if (q != host->ctrl && i % 2 == 0)
				devq_disable_kick(&q->devq);
			else
				devq_enable_kick(&q->devq);
		}
		spin_unlock_bh(&q->lock);
	}

	spin_lock_bh(&host->lock);
	if (host->netdev) {
		if (!host->broken)
			netif_carrier_on(host->netdev);
		for (i = 0; i < plug->setup.pairs; i++) {
			/* What was made available before now. */
			napi_schedule(&host->pairs[i].napi);
			mod_timer(&host->pairs[i].timer, jiffies + HZ);
		}
	}
	spin_unlock_bh(&host->lock);
	vnic_host_queue_work(host);
}

void vnic_queues_stop(struct vnic_plug *plug)
{
	struct vnic_host *host = plug->host;
	unsigned int i;

	spin_lock_bh(&host->lock);
	if (host->netdev)
		netif_carrier_off(host->netdev);
	spin_unlock_bh(&host->lock);

	for (i = 0; i <= 2 * host->max_pairs; i++) {
		struct vnic_queue *q = &host->queues[i];

		spin_lock_bh(&q->lock);
		if (q->plug == plug)
			q->live = false;
		spin_unlock_bh(&q->lock);
	}
	/* Nothing of the driver is in use any more. */
	WRITE_ONCE(host->acked, 0);
	WRITE_ONCE(host->active, 1);
	vnic_filter_reset(host);
	for (i = 0; i < host->max_pairs; i++)
		vnic_host_drop_pending(&host->pairs[i], true);
	vnic_host_queue_work(host);
}
