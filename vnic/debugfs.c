// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/vnic/<bus address>/: what has no standard place.
 *
 *	device	what the device is, and how it is; one "key value" a line
 *
 * The others are as vnic_host's: see show.h.
 */
#include <linux/debugfs.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "../include/xlate/virtio_pci.h"

#include "show.h"
#include "vnic.h"

static int device_show(struct seq_file *m, void *v)
{
	struct vnic *vn = m->private;

	rtnl_lock();
	seq_puts(m, SHOW_TITLE("device"));
	seq_printf(m, "netdev %s\n", netdev_name(vn->dev));
	seq_printf(m, "status 0x%02x\n", vn->bus->status(vn));
	seq_printf(m, "layout %s\n", vn->packed ? "packed" : "split");
	seq_printf(m, "addresses %s\n", vn->dma_dev ? "dma" : "physical");
	seq_printf(m, "mac %pM\n", vn->config.mac);
	seq_printf(m, "mtu %u\n", vn->config.mtu);
	seq_printf(m, "link %s\n", vn->config.link ? "up" : "down");
	seq_printf(m, "pairs %u\n", vn->pairs);
	seq_printf(m, "max_pairs %u\n", vn->max_pairs);
	seq_printf(m, "resets %llu\n", vn->resets);
	seq_printf(m, "last_reset %s\n", vn->reason[0] ? vn->reason : "-");
	rtnl_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(device);

static int features_show(struct seq_file *m, void *v)
{
	struct vnic *vn = m->private;

	rtnl_lock();
	show_features(m, vn->offered, vn->features);
	rtnl_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(features);

/* -- queues --------------------------------------------------------------------------------- */

/**
 * struct queue_ref - a virtqueue, and what makes it stand still
 * @name: "rx0"
 * @pair: it is one of these, or the control queue: NULL
 * @vq:	  itself; its memory stays under RTNL
 * @lock: of the ring, or NULL: that of @txq
 * @txq:  of a transmit queue, else NULL
 */
struct queue_ref {
	char name[16];
	struct vnic_pair *pair;
	struct vnic_vq *vq;
	spinlock_t *lock;
	struct netdev_queue *txq;
};

static struct queue_ref rx_ref(struct vnic_pair *pair)
{
	struct queue_ref r = { .pair = pair, .vq = &pair->rx, .lock = &pair->rx_lock };

	snprintf(r.name, sizeof(r.name), "rx%u", pair->index);
	return r;
}

static struct queue_ref tx_ref(struct vnic_pair *pair)
{
	struct queue_ref r = { .pair = pair, .vq = &pair->tx, .txq = pair->txq };

	snprintf(r.name, sizeof(r.name), "tx%u", pair->index);
	return r;
}

static struct queue_ref ctrl_ref(struct vnic_ctrl *ctrl)
{
	return (struct queue_ref){ .name = "ctrl", .vq = &ctrl->vq, .lock = &ctrl->lock };
}

/* Under RTNL. */
static void each_queue(struct seq_file *m,
		       void (*show)(struct seq_file *m, const struct queue_ref *r))
{
	struct vnic *vn = m->private;
	struct queue_ref r;
	unsigned int i;

	for (i = 0; i < vn->max_pairs; i++) {
		r = rx_ref(&vn->pair[i]);
		show(m, &r);
		r = tx_ref(&vn->pair[i]);
		show(m, &r);
	}
	if (vn->config.ctrl) {
		r = ctrl_ref(&vn->ctrl);
		show(m, &r);
	}
}

static void view(const struct drvq *q, struct virtq_view *v, struct show_ring *s)
{
	drvq_view(q, v, s ? s->descs : NULL);
	if (!s)
		return;
	s->now = jiffies;
	drvq_view_tables(q, s->descs, &s->tables);
}

/* The queue and, unless @s is NULL, its ring; at one moment. */
static void view_queue(const struct queue_ref *r, struct virtq_view *v, struct show_ring *s)
{
	unsigned long flags;

	if (r->txq) {
		__netif_tx_lock_bh(r->txq);
		view(&r->vq->q, v, s);
		__netif_tx_unlock_bh(r->txq);
		return;
	}
	/* The control queue's is taken in interrupts, too. */
	local_bh_disable();
	spin_lock_irqsave(r->lock, flags);
	view(&r->vq->q, v, s);
	spin_unlock_irqrestore(r->lock, flags);
	local_bh_enable();
}

static void show_state(struct seq_file *m, const struct queue_ref *r)
{
	struct virtq_view v;

	if (r->vq->mem)
		view_queue(r, &v, NULL);
	show_queue(m, r->name, r->vq->mem ? &v : NULL, READ_ONCE(r->vq->q.last_fault.reason));
}

static int queues_show(struct seq_file *m, void *v)
{
	rtnl_lock();
	show_queues_title(m);
	each_queue(m, show_state);
	rtnl_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(queues);

static void show_values(struct seq_file *m, const struct queue_ref *r)
{
	const struct drvq *q = &r->vq->q;
	const struct virtq_counters *c = &q->counters;
	struct vnic_pair *pair = r->pair;
	bool tx = r->txq, rx = pair && !tx;
	u64 copied = tx ? u64_stats_read(&pair->tx_stats.copied) : 0;
	const struct show_counter values[] = {
		{ "kicks", c->kicks },
		{ "kicks_spared", c->kicks_spared },
		{ "kicks_lost", r->vq->lost_kicks },
		/* Both of a pair have one. */
		{ "interrupts", pair ? pair->irqs : c->interrupts },
		{ "interrupts_lost", r->vq->lost_interrupts },
		{ "polls", c->polls },
		{ "chains", c->chains + q->added },
		{ "descriptors", c->chains + q->added + c->extra },
		{ "tables", c->tables },
		{ "bytes_read", c->out_bytes },
		{ "bytes_written", c->in_bytes },
		{ "bytes_copied", rx ? u64_stats_read(&pair->rx_stats.copied) : copied },
		{ "bounces", rx ? u64_stats_read(&pair->rx_stats.bounces) :
			     tx ? u64_stats_read(&pair->tx_stats.bounces) :
				  0 },
		{ "bytes_by_reference", rx ? u64_stats_read(&pair->rx_stats.referenced) :
					tx ? c->out_bytes - copied :
					     0 },
		{ "odd_lengths", c->odd_lengths },
		{ "full", c->full },
		{ "stops", tx ? u64_stats_read(&pair->tx_stats.stops) : 0 },
		{ "broken", c->broken },
		{ "resets", c->resets },
	};

	show_counters(m, r->name, values, ARRAY_SIZE(values));
}

/* What is sent is either copied or not, but for a moment that nobody shall see. */
static void show_queue_counters(struct seq_file *m, const struct queue_ref *r)
{
	if (!r->txq) {
		show_values(m, r);
		return;
	}
	__netif_tx_lock_bh(r->txq);
	show_values(m, r);
	__netif_tx_unlock_bh(r->txq);
}

static int counters_show(struct seq_file *m, void *v)
{
	rtnl_lock();
	show_counters_title(m);
	each_queue(m, show_queue_counters);
	rtnl_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

static void show_queue_batches(struct seq_file *m, const struct queue_ref *r)
{
	show_batch(m, r->name, "added", r->vq->q.counters.added);
	show_batch(m, r->name, "reaped", r->vq->q.counters.reaped);
}

static int batches_show(struct seq_file *m, void *v)
{
	rtnl_lock();
	show_batches_title(m);
	each_queue(m, show_queue_batches);
	rtnl_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(batches);

/* -- rings ---------------------------------------------------------------------------------- */

static int ring_show(struct seq_file *m, const struct queue_ref *r)
{
	const struct vnic_vq *vq = r->vq;
	const struct drvq *q = &vq->q;
	struct show_ring *s = NULL;
	int ret = 0;

	rtnl_lock();
	if (vq->mem) {
		s = show_ring_alloc(q->num, (u32)q->num * q->config.table_len);
		ret = s ? 0 : -ENOMEM;
	}
	if (s) {
		s->areas[0] = vq->dma;
		s->areas[1] = vq->dma + vq->driver;
		s->areas[2] = vq->dma + vq->device;
		view_queue(r, &s->view, s);
	}
	rtnl_unlock();
	if (!ret)
		show_ring(m, r->name, s);
	kvfree(s);
	return ret;
}

static int rx_show(struct seq_file *m, void *v)
{
	struct queue_ref r = rx_ref(m->private);

	return ring_show(m, &r);
}
DEFINE_PERMITTED_ATTRIBUTE(rx);

static int tx_show(struct seq_file *m, void *v)
{
	struct queue_ref r = tx_ref(m->private);

	return ring_show(m, &r);
}
DEFINE_PERMITTED_ATTRIBUTE(tx);

static int ctrl_show(struct seq_file *m, void *v)
{
	struct vnic *vn = m->private;
	struct queue_ref r = ctrl_ref(&vn->ctrl);

	return ring_show(m, &r);
}
DEFINE_PERMITTED_ATTRIBUTE(ctrl);

void vnic_debugfs_add(struct vnic *vn)
{
	char name[16];
	unsigned int i;

	vn->folder = debugfs_create_dir(dev_name(vn->parent), vnic_debugfs);
	debugfs_create_file("device", 0400, vn->folder, vn, &device_fops);
	debugfs_create_file("features", 0400, vn->folder, vn, &features_fops);
	debugfs_create_file("queues", 0400, vn->folder, vn, &queues_fops);
	debugfs_create_file("counters", 0400, vn->folder, vn, &counters_fops);
	debugfs_create_file("batches", 0400, vn->folder, vn, &batches_fops);
	for (i = 0; i < vn->max_pairs; i++) {
		snprintf(name, sizeof(name), "rx%u", i);
		debugfs_create_file(name, 0400, vn->folder, &vn->pair[i], &rx_fops);
		snprintf(name, sizeof(name), "tx%u", i);
		debugfs_create_file(name, 0400, vn->folder, &vn->pair[i], &tx_fops);
	}
	if (vn->config.ctrl)
		debugfs_create_file("ctrl", 0400, vn->folder, vn, &ctrl_fops);
	vnic_chaos_add(vn);
}

void vnic_debugfs_del(struct vnic *vn)
{
	debugfs_remove(vn->folder);
}
