// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rings, to look at: /sys/kernel/debug/vnic/<bus address>/
 *
 *	device	what the device is and was agreed on, one "key value" a line
 *	queues	counters of each virtqueue, one virtqueue a line
 *	rxN	the ring of receive queue N: its indices, then one descriptor a line (for those
 *		who may see addresses)
 *	txN	the same of transmit queue N
 *	ctrl	the same of the control queue
 */
#include <linux/debugfs.h>
#include <linux/rtnetlink.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "../include/permitted.h"
#include "../include/xlate/virtio_pci.h"

#include "vnic.h"

/* -- device --------------------------------------------------------------------------------- */

static void show_features(struct seq_file *m, const char *key, u64 features)
{
	unsigned int bit;

	seq_printf(m, "%s 0x%016llx", key, features);
	for (bit = 0; bit < 64; bit++) {
		const char *name = vnet_feature_name(bit);

		if (!(features & BIT_ULL(bit)))
			continue;
		if (name)
			seq_printf(m, " %s", name);
		else
			seq_printf(m, " %u", bit);
	}
	seq_putc(m, '\n');
}

static int device_show(struct seq_file *m, void *v)
{
	struct vnic *vn = m->private;

	rtnl_lock();
	seq_puts(m, "# vnic device 1\n");
	seq_printf(m, "netdev %s\n", netdev_name(vn->dev));
	seq_printf(m, "status 0x%02x\n", vn->bus->status(vn));
	seq_printf(m, "layout %s\n", vn->packed ? "packed" : "split");
	show_features(m, "offered", vn->offered);
	show_features(m, "features", vn->features);
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

/* -- counters ------------------------------------------------------------------------------- */

static void show_batches(struct seq_file *m, const u64 *h)
{
	unsigned int i;

	for (i = 0; i < VIRTQ_BATCHES; i++)
		seq_printf(m, "%c%llu", i ? ',' : ' ', READ_ONCE(h[i]));
}

static void show_counters(struct seq_file *m, const char *name, int n, const struct drvq *q,
			  u64 irqs, u64 copied, u64 referenced, u64 stops)
{
	const struct virtq_counters *c = &q->counters;

	seq_printf(m, n < 0 ? "%s" : "%s%d", name, n);
	seq_printf(m, " %s", virtq_reason_text(q->fault.reason).name);
	seq_printf(m, " %llu %llu %llu %llu %llu", c->chains + q->added, q->added - q->completed,
		   c->chains + q->added + c->extra, c->tables, c->kicks);
	seq_printf(m, " %llu %llu %llu %llu %llu", c->kicks_spared, irqs, c->polls, c->out_bytes,
		   c->in_bytes);
	seq_printf(m, " %llu %llu %llu %llu %llu %llu", copied, referenced, c->full, stops,
		   c->broken, c->resets);
	show_batches(m, c->added);
	show_batches(m, c->reaped);
	seq_putc(m, '\n');
}

static int queues_show(struct seq_file *m, void *v)
{
	struct vnic *vn = m->private;
	unsigned int i;

	rtnl_lock();
	seq_puts(m,
		 "# vnic queues 1\n"
		 "# queue state chains in_flight descriptors indirect kicks kicks_spared interrupts polls out_bytes in_bytes copied referenced full stops broken resets added reaped\n"
		 "# added, reaped: how many batches of 0, 1, 2-3, 4-7, ... 128 and more\n");
	for (i = 0; i < vn->max_pairs; i++) {
		struct vnic_pair *p = &vn->pair[i];

		/* Both have one interrupt. */
		show_counters(m, "rx", i, &p->rx.q, p->irqs, u64_stats_read(&p->rx_stats.copied),
			      u64_stats_read(&p->rx_stats.referenced), 0);
		show_counters(m, "tx", i, &p->tx.q, p->irqs, 0, p->tx.q.counters.out_bytes,
			      u64_stats_read(&p->tx_stats.stops));
	}
	if (vn->config.ctrl)
		show_counters(m, "ctrl", -1, &vn->ctrl.vq.q, vn->ctrl.vq.q.counters.interrupts, 0,
			      0, 0);
	rtnl_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(queues);

/* -- rings ---------------------------------------------------------------------------------- */

/* A snapshot, taken at one moment. */
struct shot {
	struct virtq_view view;
	u64 areas[3];
	u32 now;
	struct virtq_desc_view desc[];
};

static void show_ring(struct seq_file *m, const struct shot *s)
{
	const struct virtq_view *v = &s->view;
	char flags[48];
	unsigned int i;

	seq_puts(m, "# vnic ring 1\n");
	seq_printf(m, "layout %s\n", v->features & VIRTQ_F_PACKED ? "packed" : "split");
	seq_printf(m, "size %u\n", v->num);
	seq_printf(m, "areas 0x%llx 0x%llx 0x%llx\n", s->areas[0], s->areas[1], s->areas[2]);
	seq_printf(m, "state %s\n", virtq_reason_text(v->fault.reason).name);
	if (v->fault.reason)
		seq_printf(m, "fault %llu %llu %u %s\n", v->fault.value, v->fault.limit,
			   v->fault.pos, virtq_reason_text(v->fault.reason).text);
	seq_printf(m, "free %u\n", v->free);
	seq_printf(m, "in_flight %u\n", v->in_flight);
	seq_printf(m, "added %llu\n", v->made);
	seq_printf(m, "completed %llu\n", v->done);
	if (v->features & VIRTQ_F_PACKED) {
		seq_printf(m, "next_avail %u wrap %u\n", v->next, v->next_wrap);
		seq_printf(m, "next_used %u wrap %u\n", v->used, v->used_wrap);
		seq_printf(m, "driver_event %u wrap %u flags %u\n",
			   v->driver[0] & ~VIRTQ_EVENT_WRAP, v->driver[0] >> 15, v->driver[1]);
		seq_printf(m, "device_event %u wrap %u flags %u\n",
			   v->device[0] & ~VIRTQ_EVENT_WRAP, v->device[0] >> 15, v->device[1]);
	} else {
		seq_printf(m, "avail_idx %u flags %u used_event %u\n", v->driver[1], v->driver[0],
			   v->driver[2]);
		seq_printf(m, "used_idx %u flags %u avail_event %u\n", v->device[1], v->device[0],
			   v->device[2]);
		seq_printf(m, "last_used %u\n", v->used);
	}
	seq_printf(m, "# index address length flags %s owner chain pieces age_ms\n",
		   v->features & VIRTQ_F_PACKED ? "id" : "next");
	for (i = 0; i < v->num; i++) {
		const struct virtq_desc_view *d = &s->desc[i];

		virtq_flags_text(d->flags, flags, sizeof(flags));
		seq_printf(m, "%u 0x%llx %u %s %u %s", i, d->addr, d->len, flags, d->link,
			   virtq_owner_name(d->owner));
		if (d->chain < 0)
			seq_puts(m, " -");
		else
			seq_printf(m, " %d", d->chain);
		if (d->pieces)
			seq_printf(m, " %u %u\n", d->pieces, jiffies_to_msecs(s->now - d->stamp));
		else
			seq_puts(m, " - -\n");
	}
}

/* Which virtqueue the file is about, and the lock that makes it stand still. */
static int ring_show(struct seq_file *m, struct vnic *vn, struct vnic_vq *vq, spinlock_t *lock,
		     struct netdev_queue *txq)
{
	struct shot *s = NULL;

	rtnl_lock();
	if (!vq->mem)
		goto out;
	s = kvzalloc(struct_size(s, desc, vq->q.num), GFP_KERNEL);
	if (!s)
		goto out;
	s->areas[0] = vq->dma;
	s->areas[1] = vq->dma + vq->driver;
	s->areas[2] = vq->dma + vq->device;
	if (txq) {
		__netif_tx_lock_bh(txq);
		s->now = jiffies;
		drvq_view(&vq->q, &s->view, s->desc);
		__netif_tx_unlock_bh(txq);
	} else {
		/* The control queue's is taken in interrupts, too. */
		unsigned long flags;

		local_bh_disable();
		spin_lock_irqsave(lock, flags);
		s->now = jiffies;
		drvq_view(&vq->q, &s->view, s->desc);
		spin_unlock_irqrestore(lock, flags);
		local_bh_enable();
	}
out:
	rtnl_unlock();
	if (s)
		show_ring(m, s);
	else
		seq_puts(m, "# vnic ring 1\nstate down\n");
	kvfree(s);
	return 0;
}

/* As DEFINE_SHOW_ATTRIBUTE(), but for those who may see addresses. */
#define DEFINE_RING_FILE(name)                                           \
	static int name##_open(struct inode *inode, struct file *file)   \
	{                                                                \
		return single_open(file, name##_show, inode->i_private); \
	}                                                                \
	static const struct file_operations name##_fops = {              \
		.owner = THIS_MODULE,                                    \
		.open = name##_open,                                     \
		.read = xlate_seq_read,                                  \
		.llseek = seq_lseek,                                     \
		.release = single_release,                               \
	}

static int rx_show(struct seq_file *m, void *v)
{
	struct vnic_pair *pair = m->private;

	return ring_show(m, pair->vn, &pair->rx, &pair->rx_lock, NULL);
}

DEFINE_RING_FILE(rx);

static int tx_show(struct seq_file *m, void *v)
{
	struct vnic_pair *pair = m->private;

	return ring_show(m, pair->vn, &pair->tx, NULL, pair->txq);
}

DEFINE_RING_FILE(tx);

static int ctrl_show(struct seq_file *m, void *v)
{
	struct vnic *vn = m->private;

	return ring_show(m, vn, &vn->ctrl.vq, &vn->ctrl.lock, NULL);
}

DEFINE_RING_FILE(ctrl);

void vnic_debugfs_add(struct vnic *vn)
{
	char name[16];
	unsigned int i;

	vn->folder = debugfs_create_dir(dev_name(vn->parent), vnic_debugfs);
	debugfs_create_file("device", 0400, vn->folder, vn, &device_fops);
	debugfs_create_file("queues", 0400, vn->folder, vn, &queues_fops);
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
