// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/vnic_host/<dev>/: what has no standard place. All are only read, so
 * they work under lockdown where debugfs does; but rings have addresses, see permitted.h.
 *
 *	features	each feature bit: offered, taken by the driver
 *	queues		each queue: where it is, what both sides want to hear, what is wrong
 *	counters	each queue: what happened
 *	batches		each queue: histograms
 *	ring_rx0, ...	each descriptor, decoded
 */
#include <linux/debugfs.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "../include/permitted.h"

#include "host.h"

static struct dentry *vnic_host_root;

static const char *const feature_names[64] = {
	[VIRTIO_NET_F_CSUM] = "CSUM",
	[VIRTIO_NET_F_GUEST_CSUM] = "GUEST_CSUM",
	[VIRTIO_NET_F_CTRL_GUEST_OFFLOADS] = "CTRL_GUEST_OFFLOADS",
	[VIRTIO_NET_F_MTU] = "MTU",
	[VIRTIO_NET_F_MAC] = "MAC",
	[VIRTIO_NET_F_GUEST_TSO4] = "GUEST_TSO4",
	[VIRTIO_NET_F_GUEST_TSO6] = "GUEST_TSO6",
	[VIRTIO_NET_F_GUEST_ECN] = "GUEST_ECN",
	[VIRTIO_NET_F_HOST_TSO4] = "HOST_TSO4",
	[VIRTIO_NET_F_HOST_TSO6] = "HOST_TSO6",
	[VIRTIO_NET_F_HOST_ECN] = "HOST_ECN",
	[VIRTIO_NET_F_MRG_RXBUF] = "MRG_RXBUF",
	[VIRTIO_NET_F_STATUS] = "STATUS",
	[VIRTIO_NET_F_CTRL_VQ] = "CTRL_VQ",
	[VIRTIO_NET_F_CTRL_RX] = "CTRL_RX",
	[VIRTIO_NET_F_CTRL_VLAN] = "CTRL_VLAN",
	[VIRTIO_NET_F_CTRL_RX_EXTRA] = "CTRL_RX_EXTRA",
	[VIRTIO_NET_F_GUEST_ANNOUNCE] = "GUEST_ANNOUNCE",
	[VIRTIO_NET_F_MQ] = "MQ",
	[VIRTIO_NET_F_CTRL_MAC_ADDR] = "CTRL_MAC_ADDR",
	[VIRTIO_RING_F_INDIRECT_DESC] = "INDIRECT_DESC",
	[VIRTIO_RING_F_EVENT_IDX] = "EVENT_IDX",
	[VIRTIO_F_VERSION_1] = "VERSION_1",
	[VIRTIO_F_ACCESS_PLATFORM] = "ACCESS_PLATFORM",
	[VIRTIO_F_RING_PACKED] = "RING_PACKED",
	[VIRTIO_F_IN_ORDER] = "IN_ORDER",
	[VNIC_NET_F_DEVICE_STATS] = "DEVICE_STATS",
};

static int features_show(struct seq_file *m, void *unused)
{
	struct vnic_host *host = m->private;
	u64 offered = 0, acked = READ_ONCE(host->acked);
	unsigned int bit;

	seq_puts(m, "# vnic_host features 1\n");
	spin_lock_bh(&host->lock);
	if (host->plug)
		offered = host->plug->offered;
	/* Until a change of the settings took effect, this is the device before it, or none. */
	seq_printf(m, "# device %s current %s\n",
		   (host->plug && dev_name(&host->plug->vdev.dev)) ?
			   dev_name(&host->plug->vdev.dev) :
			   "-",
		   host->plug && host->plugged == host->setups ? "yes" : "no");
	spin_unlock_bh(&host->lock);
	seq_puts(m, "# bit name offered negotiated\n");
	for (bit = 0; bit < 64; bit++)
		if (offered & BIT_ULL(bit))
			seq_printf(m, "%u %s yes %s\n", bit, feature_names[bit] ?: "?",
				   acked & BIT_ULL(bit) ? "yes" : "no");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(features);

/* The queue is locked. */
static void show_counters(struct seq_file *m, const struct vnic_queue *q)
{
	const struct virtq_counters *c = &q->devq.counters;
	const struct {
		const char *name;
		u64 value;
	} values[] = {
		{ "kicks", atomic64_read(&q->kicks) },
		{ "kicks_lost", q->lost },
		{ "interrupts", c->interrupts },
		{ "interrupts_spared", c->interrupts_spared },
		{ "interrupts_spurious", q->spurious },
		{ "polls", c->polls },
		{ "chains", c->chains + q->devq.fetched },
		{ "descriptors", c->chains + q->devq.fetched + c->extra },
		{ "tables", c->tables },
		{ "bytes_read", c->out_bytes },
		{ "bytes_written", c->in_bytes },
		{ "bytes_copied", q->copied },
		{ "copies", q->copies },
		{ "bytes_by_reference", 0 },
		{ "stops", q->stops },
		{ "wakes", q->wakes },
		{ "expired", q->expired },
		{ "filtered", q->filtered },
		{ "refused_addresses", q->refused },
		{ "broken", c->broken },
		{ "resets", c->resets },
	};
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(values); k++)
		seq_printf(m, "%s %s %llu\n", q->name, values[k].name, values[k].value);
}

static int counters_show(struct seq_file *m, void *unused)
{
	struct vnic_host *host = m->private;
	unsigned int i;

	seq_puts(m, "# vnic_host counters 1\n# queue counter value\n");
	for (i = 0; i <= 2 * host->max_pairs; i++) {
		spin_lock_bh(&host->queues[i].lock);
		show_counters(m, &host->queues[i]);
		spin_unlock_bh(&host->queues[i].lock);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

/* "1 2-3 4-7 ...": the columns of a histogram. */
static void show_batch_columns(struct seq_file *m)
{
	unsigned int k;

	seq_puts(m, "# queue what 0 1");
	for (k = 2; k < VIRTQ_BATCHES - 1; k++)
		seq_printf(m, " %u-%u", 1 << (k - 1), (1 << k) - 1);
	seq_printf(m, " %u-\n", 1 << (k - 1));
}

static int batches_show(struct seq_file *m, void *unused)
{
	struct vnic_host *host = m->private;
	unsigned int i, k;

	seq_puts(m, "# vnic_host batches 1\n");
	show_batch_columns(m);
	for (i = 0; i <= 2 * host->max_pairs; i++) {
		struct vnic_queue *q = &host->queues[i];
		const struct virtq_counters *c = &q->devq.counters;

		spin_lock_bh(&q->lock);
		seq_printf(m, "%s fetched", q->name);
		for (k = 0; k < VIRTQ_BATCHES; k++)
			seq_printf(m, " %llu", c->reaped[k]);
		seq_printf(m, "\n%s used", q->name);
		for (k = 0; k < VIRTQ_BATCHES; k++)
			seq_printf(m, " %llu", c->added[k]);
		seq_putc(m, '\n');
		spin_unlock_bh(&q->lock);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(batches);

/* -- rings ------------------------------------------------------------------------- */

/**
 * struct snapshot - a queue at one moment
 * @live:  the driver was ready; if not, only the reason of the last break is known
 * @now:   in jiffies, as in the views
 * @reason: why it is, or was, broken: enum virtq_reason
 * @view:  the queue
 * @descs: its descriptors
 */
struct snapshot {
	bool live;
	u32 now;
	unsigned int reason;
	struct virtq_view view;
	struct virtq_desc_view descs[];
};

/* Return: to be freed by kvfree(), or NULL without memory. */
static struct snapshot *take_snapshot(struct vnic_queue *q)
{
	struct snapshot *s;

	s = kvzalloc(struct_size(s, descs, VNIC_HOST_MAX_DESCS), GFP_KERNEL);
	if (!s)
		return NULL;
	spin_lock_bh(&q->lock);
	s->live = q->live;
	s->now = jiffies;
	s->reason = q->devq.last_fault.reason;
	if (q->live)
		devq_view(&q->devq, &s->view, s->descs);
	spin_unlock_bh(&q->lock);
	return s;
}

static int queues_show(struct seq_file *m, void *unused)
{
	struct vnic_host *host = m->private;
	unsigned int i;

	seq_puts(m,
		 "# vnic_host queues 1\n"
		 "# queue layout size state made done in_flight next wrap used used_wrap driver device reason\n");
	for (i = 0; i <= 2 * host->max_pairs; i++) {
		struct snapshot *s = take_snapshot(&host->queues[i]);
		const struct virtq_view *v;

		if (!s)
			return -ENOMEM;
		v = &s->view;
		seq_printf(m, "%s ", host->queues[i].name);
		if (!s->live)
			seq_printf(m, "- - %s - - - - - - - - - %s\n", "idle",
				   virtq_reason_text(s->reason).name);
		else
			seq_printf(m, "%s %u %s %llu %llu %u %u %u %u %u %u,%u,%u %u,%u,%u %s\n",
				   v->features & VIRTQ_F_PACKED ? "packed" : "split", v->num,
				   v->fault.reason ? "broken" : "live", v->made, v->done,
				   v->in_flight, v->next, v->next_wrap, v->used, v->used_wrap,
				   v->driver[0], v->driver[1], v->driver[2], v->device[0],
				   v->device[1], v->device[2], virtq_reason_text(s->reason).name);
		kvfree(s);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(queues);

static int ring_show(struct seq_file *m, void *unused)
{
	struct vnic_queue *q = m->private;
	struct snapshot *s = take_snapshot(q);
	unsigned int i;

	if (!s)
		return -ENOMEM;
	seq_printf(m,
		   "# vnic_host ring 1\n# queue %s\n# index owner chain addr len flags link age_ms\n",
		   q->name);
	for (i = 0; s->live && i < s->view.num; i++) {
		const struct virtq_desc_view *d = &s->descs[i];
		char flags[48];

		virtq_flags_text(d->flags, flags, sizeof(flags));
		seq_printf(m, "%u %s ", i, virtq_owner_name(d->owner));
		if (d->chain < 0)
			seq_puts(m, "- ");
		else
			seq_printf(m, "%d ", d->chain);
		seq_printf(m, "0x%016llx %u %s %u ", d->addr, d->len, flags, d->link);
		if (d->owner == VIRTQ_OWNER_HELD && d->pieces)
			seq_printf(m, "%u\n", jiffies_to_msecs(s->now - d->stamp));
		else
			seq_puts(m, "-\n");
	}
	kvfree(s);
	return 0;
}

static int ring_open(struct inode *inode, struct file *file)
{
	return single_open(file, ring_show, inode->i_private);
}

static const struct file_operations ring_fops = {
	.owner = THIS_MODULE,
	.open = ring_open,
	.read = xlate_seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

/* -- folders ----------------------------------------------------------------------- */

/*
 * The folder's name is the netdev's. Names are per network namespace, folders are not: the
 * second of a name is called NAME@ID.
 */
static void folder_name(const struct vnic_host *host, const char *name, char *buf, size_t size)
{
	struct dentry *taken = debugfs_lookup(name, vnic_host_root);

	if (taken)
		snprintf(buf, size, "%s@%u", name, host->id);
	else
		strscpy(buf, name, size);
	dput(taken);
}

void vnic_host_debugfs_add(struct vnic_host *host, const char *name)
{
	char text[IFNAMSIZ + 12];
	unsigned int i;

	folder_name(host, name, text, sizeof(text));
	host->debugfs = debugfs_create_dir(text, vnic_host_root);
	debugfs_create_file("features", 0400, host->debugfs, host, &features_fops);
	debugfs_create_file("queues", 0400, host->debugfs, host, &queues_fops);
	debugfs_create_file("counters", 0400, host->debugfs, host, &counters_fops);
	debugfs_create_file("batches", 0400, host->debugfs, host, &batches_fops);
	for (i = 0; i <= 2 * host->max_pairs; i++) {
		snprintf(text, sizeof(text), "ring_%s", host->queues[i].name);
		debugfs_create_file(text, 0400, host->debugfs, &host->queues[i], &ring_fops);
	}
	vnic_host_chaos_add(host);
}

void vnic_host_debugfs_rename(struct vnic_host *host, const char *name)
{
	char text[IFNAMSIZ + 12];

	if (IS_ERR_OR_NULL(host->debugfs) || !strcmp(host->debugfs->d_name.name, name))
		return;
	folder_name(host, name, text, sizeof(text));
	vnic_debugfs_change_name(vnic_host_root, host->debugfs, text);
}

/* Waits for those who read now; they need no RTNL. */
void vnic_host_debugfs_remove(struct vnic_host *host)
{
	debugfs_remove(host->debugfs);
	host->debugfs = NULL;
}

void vnic_host_debugfs_init(void)
{
	vnic_host_root = debugfs_create_dir("vnic_host", NULL);
}

void vnic_host_debugfs_exit(void)
{
	debugfs_remove(vnic_host_root);
}
