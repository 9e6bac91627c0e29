// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver that lies, live: only in builds for tests (XLATE_TESTS). What is written to
 * /sys/kernel/debug/vnic_host/<dev>/chaos_QUEUE, the name of a trick, is done to the ring of
 * that queue as a bad driver would do it; then the device looks. All addresses are such that
 * they have to be refused, or are the ring's or our own: nobody else's memory is at risk.
 *
 * The other trouble is "lose-kick": the next kick does not arrive.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/uaccess.h>

#include "host.h"

/* Where the descriptor points to. */
enum where {
	AT_RING, /* memory that may be touched */
	AT_NOWHERE, /* no RAM */
	AT_FIRMWARE, /* reserved by the firmware */
	AT_US, /* our own state */
	AT_CODE, /* our code, which can be read only */
	AT_END, /* the last bytes of all addresses */
};

/* Instead of a descriptor. */
enum how {
	PLAIN,
	JUMP, /* split: the index jumps */
	HEAD, /* split: a head that is none; packed: such an id */
	LOOP, /* split: next is itself */
	NEXT, /* split: next is outside */
};

static const struct trick {
	const char *name;
	enum where where;
	enum how how;
	u32 len;
	u16 flags;
} tricks[] = {
	{ "zero-len", AT_RING, PLAIN, 0, 0 },
	{ "addr-wrap", AT_END, PLAIN, 100, 0 },
	{ "nowhere", AT_NOWHERE, PLAIN, 100, 0 },
	{ "nowhere-in", AT_NOWHERE, PLAIN, 2000, VIRTQ_DESC_WRITE },
	{ "firmware", AT_FIRMWARE, PLAIN, 100, 0 },
	{ "firmware-in", AT_FIRMWARE, PLAIN, 2000, VIRTQ_DESC_WRITE },
	{ "code-in", AT_CODE, PLAIN, 2000, VIRTQ_DESC_WRITE },
	{ "ours", AT_US, PLAIN, 100, 0 },
	{ "ours-in", AT_US, PLAIN, 2000, VIRTQ_DESC_WRITE },
	{ "out", AT_RING, PLAIN, 100, 0 },
	{ "in", AT_RING, PLAIN, 100, VIRTQ_DESC_WRITE },
	{ "short", AT_RING, PLAIN, 4, 0 },
	{ "short-in", AT_RING, PLAIN, 4, VIRTQ_DESC_WRITE },
	{ "indirect-next", AT_RING, PLAIN, 16, VIRTQ_DESC_INDIRECT | VIRTQ_DESC_NEXT },
	{ "indirect-empty", AT_RING, PLAIN, 0, VIRTQ_DESC_INDIRECT },
	{ "indirect-torn", AT_RING, PLAIN, 17, VIRTQ_DESC_INDIRECT },
	{ "indirect-long", AT_RING, PLAIN, 16 * (VIRTQ_MAX_NUM + 1), VIRTQ_DESC_INDIRECT },
	{ "indirect-nowhere", AT_NOWHERE, PLAIN, 16, VIRTQ_DESC_INDIRECT },
	{ "indirect-ours", AT_US, PLAIN, 16, VIRTQ_DESC_INDIRECT },
	{ "head", AT_RING, HEAD, 100, 0 },
	{ "loop", AT_RING, LOOP, 100, VIRTQ_DESC_NEXT },
	{ "next", AT_RING, NEXT, 100, VIRTQ_DESC_NEXT },
	{ "jump", AT_RING, JUMP, 0, 0 },
};

static u64 trick_addr(const struct vnic_queue *q, enum where where)
{
	switch (where) {
	case AT_NOWHERE:
		return 1ULL << 45;
	case AT_FIRMWARE:
		return 0xf0000;
	case AT_US:
		return virt_to_phys(q->host);
	case AT_CODE:
		return PFN_PHYS(vmalloc_to_pfn(vnic_host_chaos_add));
	case AT_END:
		return ~0ULL - 9;
	case AT_RING:
		break;
	}
	return virt_to_phys(q->devq.config.desc);
}

static void play_split(struct vnic_queue *q, const struct trick *t)
{
	struct virtq_desc *table = q->devq.config.desc;
	struct virtq_avail *avail = q->devq.config.driver;
	u16 idx = q->devq.fetched, at = q->devq.num - 1;

	/* What the driver made available before is not ours to change. */
	table[at].addr = cpu_to_le64(trick_addr(q, t->where));
	table[at].len = cpu_to_le32(t->len);
	table[at].flags = cpu_to_le16(t->flags);
	table[at].next = cpu_to_le16(t->how == NEXT ? 0xffff : at);
	WRITE_ONCE(avail->ring[idx & at], cpu_to_le16(t->how == HEAD ? q->devq.num : at));
	env_mb(false);
	WRITE_ONCE(avail->idx, cpu_to_le16(t->how == JUMP ? idx + q->devq.num + 1 : idx + 1));
	/* It may have read the index already. */
	q->devq.seen = idx;
}

static void play_packed(struct vnic_queue *q, const struct trick *t)
{
	struct virtq_packed_desc *d = q->devq.config.desc;

	d += q->devq.next;
	d->addr = cpu_to_le64(trick_addr(q, t->where));
	d->len = cpu_to_le32(t->len);
	d->id = cpu_to_le16(t->how == HEAD ? q->devq.num : 0);
	env_mb(false);
	WRITE_ONCE(d->flags, cpu_to_le16(t->flags | q->devq.avail_flags));
}

static ssize_t chaos_write(struct file *file, const char __user *user, size_t count, loff_t *ppos)
{
	struct vnic_queue *q = file_inode(file)->i_private;
	struct vnic_host *host = q->host;
	const struct trick *t = NULL;
	char text[32] = {};
	unsigned int i;
	bool live;

	if (count >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, user, count))
		return -EFAULT;
	strim(text);
	if (!strcmp(text, "lose-kick")) {
		/* Nothing looks for a command that waits, and its driver spins. */
		if (q == host->ctrl)
			return -EINVAL;
		atomic_inc(&q->lose);
		return count;
	}
	for (i = 0; i < ARRAY_SIZE(tricks); i++)
		if (!strcmp(text, tricks[i].name))
			t = &tricks[i];
	if (!t)
		return -EINVAL;

	local_bh_disable();
	spin_lock(&q->lock);
	live = vnic_queue_ok(q);
	if (live) {
		if (q->devq.packed)
			play_packed(q, t);
		else
			play_split(q, t);
	}
	spin_unlock(&q->lock);
	if (live && q == host->ctrl)
		vnic_ctrl_kick(q);
	else if (live)
		napi_schedule(&host->pairs[q->index / 2].napi);
	local_bh_enable();
	return live ? count : -ENODEV;
}

static const struct file_operations chaos_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = chaos_write,
};

void vnic_host_chaos_add(struct vnic_host *host)
{
	char name[24];
	unsigned int i;

	for (i = 0; i <= 2 * host->max_pairs; i++) {
		snprintf(name, sizeof(name), "chaos_%s", host->queues[i].name);
		debugfs_create_file(name, 0200, host->debugfs, &host->queues[i], &chaos_fops);
	}
}
