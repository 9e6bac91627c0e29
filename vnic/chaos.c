// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trouble on demand, only in builds for tests (XLATE_TESTS): what is written to
 * /sys/kernel/debug/vnic/<dev>/chaos happens.
 *
 *	kicks N		the next N notifications do not arrive; after the last of them
 *			interrupts do, whatever was asked for
 *	interrupts N	the next N interrupts of packets do not arrive
 *	rx N, tx N	the device wrote nonsense into the ring of that queue
 *	offer N		transmit queue N offers nonsense, for which a device asks for a reset
 */
#include <linux/debugfs.h>
#include <linux/rtnetlink.h>
#include <linux/uaccess.h>

#include "vnic.h"

/* As a device that lies would do it: more used than there is; an id that nothing has. */
static void lie(struct drvq *q)
{
	const struct drvq_config *cfg = &q->config;

	if (cfg->features & VIRTQ_F_PACKED) {
		struct virtq_packed_desc *d = &q->ring[q->used_pos];

		d->id = cpu_to_le16(q->num);
		WRITE_ONCE(d->flags, cpu_to_le16(q->used_flags));
	} else {
		struct virtq_used *used = cfg->device;

		WRITE_ONCE(used->idx, cpu_to_le16((u16)q->completed + q->num + 1));
	}
}

/* A head that the table has not; a buffer of no bytes. */
static void offer_nonsense(struct vnic_pair *pair)
{
	struct drvq *q = &pair->tx.q;
	const struct drvq_config *cfg = &q->config;

	if (cfg->features & VIRTQ_F_PACKED) {
		struct virtq_packed_desc *d = &q->ring[q->next];

		d->addr = 0;
		d->len = 0;
		d->id = 0;
		/* The device sees all of it, as of any descriptor. */
		smp_store_release(&d->flags, cpu_to_le16(q->avail_flags));
	} else {
		struct virtq_avail *avail = cfg->driver;

		q->avail_ring[q->published & (q->num - 1)] = cpu_to_le16(q->num);
		/* The entry before the index. */
		smp_store_release(&avail->idx, cpu_to_le16((u16)(q->published + 1)));
	}
	vnic_notify(pair->vn, &pair->tx);
}

static int trouble(struct vnic *vn, const char *what, unsigned int n)
{
	struct vnic_pair *pair;

	if (!strcmp(what, "kicks")) {
		atomic_set(&vn->lose_kicks, n);
		return 0;
	}
	if (!strcmp(what, "interrupts")) {
		atomic_set(&vn->lose_interrupts, n);
		return 0;
	}
	if (n >= vn->pairs || !vn->live ||
	    (strcmp(what, "rx") && strcmp(what, "tx") && strcmp(what, "offer")))
		return -EINVAL;
	pair = &vn->pair[n];
	/* The poll comes before the device can write again. */
	local_bh_disable();
	if (*what == 'r') {
		spin_lock(&pair->rx_lock);
		lie(&pair->rx.q);
		spin_unlock(&pair->rx_lock);
	} else {
		__netif_tx_lock(pair->txq, smp_processor_id());
		if (*what == 't')
			lie(&pair->tx.q);
		else
			offer_nonsense(pair);
		__netif_tx_unlock(pair->txq);
	}
	napi_schedule(&pair->napi);
	local_bh_enable();
	return 0;
}

static ssize_t chaos_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	struct vnic *vn = file->private_data;
	char text[32] = "", what[16];
	unsigned int n;
	int ret;

	if (len >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, len))
		return -EFAULT;
	if (sscanf(text, "%15s %u", what, &n) != 2)
		return -EINVAL;
	rtnl_lock();
	ret = trouble(vn, what, n);
	rtnl_unlock();
	return ret ?: len;
}

static const struct file_operations chaos_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = chaos_write,
};

void vnic_chaos_add(struct vnic *vn)
{
	debugfs_create_file("chaos", 0200, vn->folder, vn, &chaos_fops);
}
