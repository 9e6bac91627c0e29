// SPDX-License-Identifier: GPL-2.0-only
/* Counters of each queue for netlink, on kernels that ask for them. */
#include <net/netdev_queues.h>

#include "vnic.h"

#ifdef HAVE_NETDEV_STAT_OPS

static void add_rx(struct vnic_pair *p, struct netdev_queue_stats_rx *s)
{
	u64 packets, bytes, alloc, csum, gso;
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&p->rx_sync);
		packets = u64_stats_read(&p->rx_stats.packets);
		bytes = u64_stats_read(&p->rx_stats.bytes);
		alloc = u64_stats_read(&p->rx_stats.alloc) + u64_stats_read(&p->rx_stats.nobuf);
		csum = u64_stats_read(&p->rx_stats.csum);
		gso = u64_stats_read(&p->rx_stats.gso);
	} while (u64_stats_fetch_retry(&p->rx_sync, start));
	s->packets += packets;
	s->bytes += bytes;
	s->alloc_fail += alloc;
	s->csum_unnecessary += csum;
	s->hw_gro_packets += gso;
}

static void add_tx(struct vnic_pair *p, struct netdev_queue_stats_tx *s)
{
	u64 packets, bytes, csum, gso, stops, wakes;
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&p->tx_sync);
		packets = u64_stats_read(&p->tx_stats.packets);
		bytes = u64_stats_read(&p->tx_stats.bytes);
		csum = u64_stats_read(&p->tx_stats.csum);
		gso = u64_stats_read(&p->tx_stats.gso);
		stops = u64_stats_read(&p->tx_stats.stops);
		wakes = u64_stats_read(&p->tx_stats.wakes);
	} while (u64_stats_fetch_retry(&p->tx_sync, start));
	s->packets += packets;
	s->bytes += bytes;
	s->needs_csum += csum;
	s->hw_gso_packets += gso;
	s->stop += stops;
	s->wake += wakes;
}

/* What is not added to is not ours to say, and comes as it was. */
static void rx_zero(struct netdev_queue_stats_rx *s)
{
	s->packets = 0;
	s->bytes = 0;
	s->alloc_fail = 0;
	s->csum_unnecessary = 0;
	s->hw_gro_packets = 0;
}

static void tx_zero(struct netdev_queue_stats_tx *s)
{
	s->packets = 0;
	s->bytes = 0;
	s->needs_csum = 0;
	s->hw_gso_packets = 0;
	s->stop = 0;
	s->wake = 0;
}

static void vnic_queue_stats_rx(struct net_device *dev, int i, struct netdev_queue_stats_rx *s)
{
	struct vnic *vn = netdev_priv(dev);

	rx_zero(s);
	add_rx(&vn->pair[i], s);
}

static void vnic_queue_stats_tx(struct net_device *dev, int i, struct netdev_queue_stats_tx *s)
{
	struct vnic *vn = netdev_priv(dev);

	tx_zero(s);
	add_tx(&vn->pair[i], s);
}

/* Of the queues that are not in use now. */
static void vnic_base_stats(struct net_device *dev, struct netdev_queue_stats_rx *rx,
			    struct netdev_queue_stats_tx *tx)
{
	struct vnic *vn = netdev_priv(dev);
	unsigned int i;

	rx_zero(rx);
	tx_zero(tx);
	for (i = dev->real_num_rx_queues; i < vn->max_pairs; i++)
		add_rx(&vn->pair[i], rx);
	for (i = dev->real_num_tx_queues; i < vn->max_pairs; i++)
		add_tx(&vn->pair[i], tx);
}

static const struct netdev_stat_ops vnic_stat_ops = {
	.get_queue_stats_rx = vnic_queue_stats_rx,
	.get_queue_stats_tx = vnic_queue_stats_tx,
	.get_base_stats = vnic_base_stats,
};

void vnic_qstats_add(struct net_device *dev)
{
	dev->stat_ops = &vnic_stat_ops;
}

#else

void vnic_qstats_add(struct net_device *dev)
{
}

#endif
