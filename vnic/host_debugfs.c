// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/vnic_host/<dev>/: what has no standard place. All are only read, so
 * they work under lockdown where debugfs does; but rings have addresses, see permitted.h.
 *
 *	device		the device on the bus, and whether it is as the settings say
 *
 * The others are as vnic's: see show.h.
 */
#include <linux/debugfs.h>
#include <linux/mm.h>

#include "host.h"
#define SHOW_MODULE "vnic_host"
#include "show.h"

static struct dentry *vnic_host_root;

static int device_show(struct seq_file *m, void *unused)
{
	struct vnic_host *host = m->private;
	const char *name = NULL;

	seq_puts(m, SHOW_TITLE("device"));
	/* Until a change of the settings took effect, this is the device before it, or none. */
	spin_lock_bh(&host->lock);
	if (host->plug)
		name = dev_name(&host->plug->vdev.dev);
	seq_printf(m, "device %s\n", name ?: "-");
	seq_printf(m, "current %s\n", host->plug && host->plugged == host->setups ? "yes" : "no");
	spin_unlock_bh(&host->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(device);

static int features_show(struct seq_file *m, void *unused)
{
	struct vnic_host *host = m->private;
	u64 offered;

	spin_lock_bh(&host->lock);
	offered = host->plug ? host->plug->offered : 0;
	spin_unlock_bh(&host->lock);
	show_features(m, offered, READ_ONCE(host->acked));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(features);

/* Of the driver's chains: those of a packet that waits for more may be put back. */
struct fetched {
	u64 chains;
	u64 descriptors;
	u64 tables;
};

/* The queue is locked. */
static struct fetched count_fetched(const struct vnic_queue *q)
{
	const struct virtq_counters *c = &q->devq.counters;
	struct fetched f = {
		.chains = c->chains + q->devq.fetched,
		.descriptors = c->chains + q->devq.fetched + c->extra,
		.tables = c->tables,
	};
	unsigned int i;

	/* Of a receive queue; others put nothing back. */
	for (i = 0; q->first_sg && i < q->have; i++) {
		f.chains--;
		f.descriptors -= q->chains[i].count;
		f.tables -= !!q->chains[i].entries;
	}
	return f;
}

/* The queue is locked. */
static void show_queue_counters(struct seq_file *m, const struct vnic_queue *q)
{
	const struct virtq_counters *c = &q->devq.counters;
	const struct fetched fetched = count_fetched(q);
	const struct show_counter values[] = {
		{ "kicks", atomic64_read(&q->kicks) },
		{ "kicks_lost", q->lost },
		{ "interrupts", c->interrupts },
		{ "interrupts_spared", c->interrupts_spared },
		{ "interrupts_spurious", q->spurious },
		{ "polls", c->polls },
		{ "chains", fetched.chains },
		{ "descriptors", fetched.descriptors },
		{ "tables", fetched.tables },
		{ "bytes_read", c->out_bytes },
		{ "bytes_written", c->in_bytes },
		{ "bytes_copied", q->copied },
		{ "bounces", q->copies },
		{ "bytes_by_reference", 0 },
		{ "stops", q->stops },
		{ "wakes", q->wakes },
		{ "expired", q->expired },
		{ "filtered", q->filtered },
		{ "refused_addresses", q->refused },
		{ "broken", c->broken },
		{ "resets", c->resets },
	};

	show_counters(m, q->name, values, ARRAY_SIZE(values));
}

static int counters_show(struct seq_file *m, void *unused)
{
	struct vnic_host *host = m->private;
	unsigned int i;

	show_counters_title(m);
	for (i = 0; i <= 2 * host->max_pairs; i++) {
		spin_lock_bh(&host->queues[i].lock);
		show_queue_counters(m, &host->queues[i]);
		spin_unlock_bh(&host->queues[i].lock);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

static int batches_show(struct seq_file *m, void *unused)
{
	struct vnic_host *host = m->private;
	unsigned int i;

	show_batches_title(m);
	for (i = 0; i <= 2 * host->max_pairs; i++) {
		struct vnic_queue *q = &host->queues[i];

		spin_lock_bh(&q->lock);
		show_batch(m, q->name, "fetched", q->devq.counters.reaped);
		show_batch(m, q->name, "used", q->devq.counters.added);
		spin_unlock_bh(&q->lock);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(batches);

static int queues_show(struct seq_file *m, void *unused)
{
	struct vnic_host *host = m->private;
	unsigned int i;

	show_queues_title(m);
	for (i = 0; i <= 2 * host->max_pairs; i++) {
		struct vnic_queue *q = &host->queues[i];
		enum virtq_reason reason;
		struct virtq_view v;
		bool live;

		spin_lock_bh(&q->lock);
		live = q->live;
		if (live)
			devq_view(&q->devq, &v, NULL);
		reason = q->devq.last_fault.reason;
		spin_unlock_bh(&q->lock);
		show_queue(m, q->name, live ? &v : NULL, reason);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(queues);

/* Of the chains that a queue has, each but the first is read to where the one before it was. */
static void view_chains(const struct vnic_queue *q, struct show_ring *s)
{
	if (q->have)
		devq_view_chain(&q->devq, &q->chains[0], s->descs, &s->tables);
	if (q->have > 1)
		devq_view_chain(&q->devq, &q->chains[q->have - 1], s->descs, &s->tables);
}

static int ring_show(struct seq_file *m, void *unused)
{
	struct vnic_queue *q = m->private;
	struct show_ring *s;
	bool live;

	s = show_ring_alloc(VNIC_HOST_MAX_DESCS, 2 * VNIC_HOST_MAX_DESCS);
	if (!s)
		return -ENOMEM;
	spin_lock_bh(&q->lock);
	live = q->live;
	if (live) {
		s->now = jiffies;
		s->areas[0] = virtqueue_get_desc_addr(q->vq);
		s->areas[1] = virtqueue_get_avail_addr(q->vq);
		s->areas[2] = virtqueue_get_used_addr(q->vq);
		devq_view(&q->devq, &s->view, s->descs);
		view_chains(q, s);
	}
	spin_unlock_bh(&q->lock);
	show_ring(m, q->name, live ? s : NULL);
	kvfree(s);
	return 0;
}
DEFINE_PERMITTED_ATTRIBUTE(ring);

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
	debugfs_create_file("device", 0400, host->debugfs, host, &device_fops);
	debugfs_create_file("features", 0400, host->debugfs, host, &features_fops);
	debugfs_create_file("queues", 0400, host->debugfs, host, &queues_fops);
	debugfs_create_file("counters", 0400, host->debugfs, host, &counters_fops);
	debugfs_create_file("batches", 0400, host->debugfs, host, &batches_fops);
	for (i = 0; i <= 2 * host->max_pairs; i++)
		debugfs_create_file(host->queues[i].name, 0400, host->debugfs, &host->queues[i],
				    &ring_fops);
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
