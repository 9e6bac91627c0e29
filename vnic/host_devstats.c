// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device's own statistics, for the guest (VIRTIO 1.4, 5.1.9.5.11): kicks that arrived and
 * interrupts that were raised, which no driver can know. Linux since 6.12 asks for them and
 * shows them in "ethtool -S" and "ip -s link"'s newer relatives.
 */
#include "host.h"

/* Bytes and directions are the guest's: what it receives is what the host transmits. */
static void fill_basic(struct vnic_queue *q, struct vnic_net_stats_basic *s)
{
	s->notifications = cpu_to_le64(atomic64_read(&q->kicks));
	/* Who counts has the lock, too. */
	spin_lock(&q->lock);
	/* What the filter kept from the driver has left the host all the same. */
	s->packets = cpu_to_le64(u64_stats_read(&q->traffic.packets) - q->filtered);
	s->bytes = cpu_to_le64(u64_stats_read(&q->traffic.bytes) - q->filtered_bytes);
	s->interrupts = cpu_to_le64(q->devq.counters.interrupts);
	s->drops = cpu_to_le64(q->dropped + q->errors);
	s->overruns = cpu_to_le64(q->index % 2 ? q->errors : q->expired);
	spin_unlock(&q->lock);
}

u64 vnic_devstats_types(void)
{
	return BIT_ULL(VNIC_NET_STATS_RX_BASIC) | BIT_ULL(VNIC_NET_STATS_TX_BASIC) |
	       BIT_ULL(VNIC_NET_STATS_CVQ);
}

/* One reply at @p, where @room bytes are left. Return: its bytes, or 0 when it does not fit. */
static size_t reply_one(struct vnic_host *host, unsigned int index, unsigned int type, void *p,
			size_t room)
{
	struct vnic_net_stats_hdr *hdr = p;
	size_t size;

	if (type == VNIC_NET_STATS_CVQ) {
		struct vnic_net_stats_cvq *s = p;

		size = sizeof(*s);
		if (room < size)
			return 0;
		memset(s, 0, size);
		s->commands = cpu_to_le64(host->commands);
		/* And this one. */
		s->ok = cpu_to_le64(host->commands_ok + 1);
	} else {
		struct vnic_net_stats_basic *s = p;

		size = sizeof(*s);
		if (room < size)
			return 0;
		memset(s, 0, size);
		fill_basic(&host->queues[index], s);
	}
	hdr->type = type;
	hdr->vq_index = cpu_to_le16(index);
	hdr->size = cpu_to_le16(size);
	return size;
}

int vnic_devstats_get(struct vnic_host *host, const struct vnic_net_stats_req *req,
		      unsigned int count, void *reply, size_t size, size_t *len)
{
	unsigned int pairs = 1;
	bool full = false;
	unsigned int i;

	/* The control queue is locked and live: so it has its device. */
	if (vnic_acked(host, VIRTIO_NET_F_MQ))
		pairs = host->ctrl->plug->setup.pairs;
	*len = 0;
	for (i = 0; i < count; i++) {
		unsigned int index = le16_to_cpu(req[i].vq_index), type;
		u64 types = le64_to_cpu(req[i].types);
		size_t n;

		if (index > 2 * pairs)
			return -EINVAL;
		type = index == 2 * pairs ? VNIC_NET_STATS_CVQ :
		       index % 2	  ? VNIC_NET_STATS_TX_BASIC :
					    VNIC_NET_STATS_RX_BASIC;
		if (types & ~BIT_ULL(type))
			return -EINVAL;
		if (!types || full)
			continue;
		n = reply_one(host, index, type, reply + *len, size - *len);
		full = !n;
		*len += n;
	}
	return full ? -ENOSPC : 0;
}
