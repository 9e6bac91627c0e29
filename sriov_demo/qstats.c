// SPDX-License-Identifier: GPL-2.0-only
/* Counters of each queue for netlink, on kernels that ask for them. */
#include <net/netdev_queues.h>

#include "pf.h"

#ifdef HAVE_NETDEV_STAT_OPS

/* What is not written here is not ours to say. */
static void sd_rx_zero(struct netdev_queue_stats_rx *s)
{
	s->packets = 0;
	s->bytes = 0;
	s->alloc_fail = 0;
	s->csum_unnecessary = 0;
}

static void sd_tx_zero(struct netdev_queue_stats_tx *s)
{
	s->packets = 0;
	s->bytes = 0;
	s->stop = 0;
	s->wake = 0;
}

static void sd_rx_add(const struct ring_rx_stats *r, struct netdev_queue_stats_rx *s)
{
	u64 packets, bytes;
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&r->syncp);
		packets = r->packets;
		bytes = r->bytes;
	} while (u64_stats_fetch_retry(&r->syncp, start));
	s->packets += packets;
	s->bytes += bytes;
	s->alloc_fail += r->no_memory;
	s->csum_unnecessary += r->csum_good;
}

static void sd_tx_add(const struct ring_tx_stats *t, struct netdev_queue_stats_tx *s)
{
	u64 packets, bytes;
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&t->syncp);
		packets = t->packets;
		bytes = t->bytes;
	} while (u64_stats_fetch_retry(&t->syncp, start));
	s->packets += packets;
	s->bytes += bytes;
	s->stop += t->stops;
	s->wake += t->wakes;
}

static void sd_queue_stats_rx(struct net_device *netdev, int i, struct netdev_queue_stats_rx *s)
{
	struct sd *sd = netdev_priv(netdev);

	sd_rx_zero(s);
	sd_rx_add(&sd->rx[i].stats, s);
}

static void sd_queue_stats_tx(struct net_device *netdev, int i, struct netdev_queue_stats_tx *s)
{
	struct sd *sd = netdev_priv(netdev);

	sd_tx_zero(s);
	sd_tx_add(&sd->tx[i].stats, s);
}

/* Of the queues that are not in use now. */
static void sd_base_stats(struct net_device *netdev, struct netdev_queue_stats_rx *rx,
			  struct netdev_queue_stats_tx *tx)
{
	struct sd *sd = netdev_priv(netdev);
	unsigned int i;

	sd_rx_zero(rx);
	sd_tx_zero(tx);
	for (i = netdev->real_num_rx_queues; i < SD_MAX_QUEUES; i++)
		sd_rx_add(&sd->rx[i].stats, rx);
	for (i = netdev->real_num_tx_queues; i < SD_MAX_QUEUES; i++)
		sd_tx_add(&sd->tx[i].stats, tx);
}

static const struct netdev_stat_ops sd_stat_ops = {
	.get_queue_stats_rx = sd_queue_stats_rx,
	.get_queue_stats_tx = sd_queue_stats_tx,
	.get_base_stats = sd_base_stats,
};

void sd_qstats_add(struct net_device *netdev)
{
	netdev->stat_ops = &sd_stat_ops;
}

#else

void sd_qstats_add(struct net_device *netdev)
{
}

#endif
