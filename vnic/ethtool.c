// SPDX-License-Identifier: GPL-2.0-only
/* What ethtool asks and sets. */
#include <linux/ethtool.h>

#include "vnic.h"

static void vnic_get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	struct vnic *vn = netdev_priv(dev);

	strscpy(info->driver, "vnic", sizeof(info->driver));
	strscpy(info->bus_info, dev_name(vn->parent), sizeof(info->bus_info));
}

static int vnic_get_link_ksettings(struct net_device *dev, struct ethtool_link_ksettings *ks)
{
	struct vnic *vn = netdev_priv(dev);

	ks->base.port = PORT_OTHER;
	if (vn->features & VNET_F_SPEED_DUPLEX) {
		ks->base.speed = vn->config.speed ?: SPEED_UNKNOWN;
		ks->base.duplex = vn->config.duplex;
	} else {
		ks->base.speed = vn->speed;
		ks->base.duplex = vn->duplex;
	}
	return 0;
}

/* It changes nothing but what the interface says: a bond, for one, compares its links by that. */
static int vnic_set_link_ksettings(struct net_device *dev, const struct ethtool_link_ksettings *ks)
{
	struct vnic *vn = netdev_priv(dev);

	if (vn->features & VNET_F_SPEED_DUPLEX)
		return -EOPNOTSUPP;
	return ethtool_virtdev_set_link_ksettings(dev, ks, &vn->speed, &vn->duplex);
}

/* -- rings, queues --------------------------------------------------------------------- */

static void vnic_get_ringparam(struct net_device *dev, struct ethtool_ringparam *ring,
			       struct kernel_ethtool_ringparam *kernel_ring,
			       struct netlink_ext_ack *extack)
{
	struct vnic *vn = netdev_priv(dev);

	ring->rx_max_pending = vn->rx_max;
	ring->tx_max_pending = vn->tx_max;
	ring->rx_pending = vn->rx_num;
	ring->tx_pending = vn->tx_num;
}

static int vnic_set_ringparam(struct net_device *dev, struct ethtool_ringparam *ring,
			      struct kernel_ethtool_ringparam *kernel_ring,
			      struct netlink_ext_ack *extack)
{
	struct vnic *vn = netdev_priv(dev);
	unsigned int rx = vn->rx_num, tx = vn->tx_num;
	int ret;

	if (ring->rx_mini_pending || ring->rx_jumbo_pending)
		return -EINVAL;
	if (!virtq_num_valid(vn->packed, ring->rx_pending) ||
	    !virtq_num_valid(vn->packed, ring->tx_pending)) {
		NL_SET_ERR_MSG(extack, "a split ring has a power of two of descriptors");
		return -EINVAL;
	}
	/* A device may have no more than the fewest that a packet takes. */
	if ((ring->rx_pending < 2 * (MAX_SKB_FRAGS + 1) && ring->rx_pending != rx) ||
	    ring->tx_pending < MAX_SKB_FRAGS + 2) {
		NL_SET_ERR_MSG(extack, "too few descriptors for the largest packet");
		return -EINVAL;
	}
	vn->rx_num = ring->rx_pending;
	vn->tx_num = ring->tx_pending;
	ret = vnic_restart(vn);
	if (ret) {
		vn->rx_num = rx;
		vn->tx_num = tx;
		vnic_recover(vn, NULL, "rings of %u and %u descriptors do not work",
			     ring->rx_pending, ring->tx_pending);
	}
	return ret;
}

/* While it is up, a device that refuses several uses one. */
static unsigned int pairs_used(const struct vnic *vn)
{
	return vn->live ? vn->dev->real_num_tx_queues : vn->pairs;
}

static void vnic_get_channels(struct net_device *dev, struct ethtool_channels *ch)
{
	struct vnic *vn = netdev_priv(dev);

	ch->max_combined = vn->max_pairs;
	ch->combined_count = pairs_used(vn);
}

static int vnic_set_channels(struct net_device *dev, struct ethtool_channels *ch)
{
	struct vnic *vn = netdev_priv(dev);
	unsigned int pairs = vn->pairs;
	bool running = netif_running(dev);
	int ret = 0;

	if (!ch->combined_count || ch->combined_count > vn->max_pairs)
		return -EINVAL;
	if (ch->combined_count == pairs_used(vn))
		return 0;
	/* Down with as many as there are, up with as many as there shall be. */
	if (running)
		dev->netdev_ops->ndo_stop(dev);
	vn->pairs = ch->combined_count;
	if (running)
		ret = dev->netdev_ops->ndo_open(dev);
	/* The device refused them, and uses one. */
	if (!ret && running && dev->real_num_tx_queues != vn->pairs) {
		dev->netdev_ops->ndo_stop(dev);
		ret = -EIO;
	}
	if (ret) {
		vn->pairs = pairs;
		vnic_recover(vn, NULL, "%u queue pairs do not work", ch->combined_count);
	}
	return ret;
}

/* -- statistics without a standard place -------------------------------------------------- */

static const char vnic_device_stats[][ETH_GSTRING_LEN] = {
	"resets", "commands", "commands_failed", "commands_timeout", "commands_lost_interrupts",
};

static const char vnic_pair_stats[][ETH_GSTRING_LEN] = {
	"interrupts",	   "lost_interrupts", "lost_kicks",
	"rx_kicks",	   "rx_kicks_spared", "rx_polls",
	"rx_broken",	   "rx_copied_bytes", "rx_referenced_bytes",
	"rx_csum",	   "rx_csum_partial", "rx_gso",
	"rx_alloc_failed", "rx_resets",	      "tx_resets",
	"tx_kicks",	   "tx_kicks_spared", "tx_polls",
	"tx_broken",	   "tx_csum",	      "tx_gso",
	"tx_stops",	   "tx_wakes",	      "tx_timeouts",
	"tx_descriptors",  "tx_indirect",
};

static int vnic_get_sset_count(struct net_device *dev, int set)
{
	struct vnic *vn = netdev_priv(dev);

	if (set != ETH_SS_STATS)
		return -EOPNOTSUPP;
	return ARRAY_SIZE(vnic_device_stats) + vn->max_pairs * ARRAY_SIZE(vnic_pair_stats);
}

static void vnic_get_strings(struct net_device *dev, u32 set, u8 *p)
{
	struct vnic *vn = netdev_priv(dev);
	unsigned int i, n;

	if (set != ETH_SS_STATS)
		return;
	for (i = 0; i < ARRAY_SIZE(vnic_device_stats); i++)
		ethtool_sprintf(&p, "%.*s", ETH_GSTRING_LEN, vnic_device_stats[i]);
	for (n = 0; n < vn->max_pairs; n++)
		for (i = 0; i < ARRAY_SIZE(vnic_pair_stats); i++)
			ethtool_sprintf(&p, "queue%u_%s", n, vnic_pair_stats[i]);
}

static u64 *pair_stats(const struct vnic_pair *p, u64 *data)
{
	const struct virtq_counters *rx = &p->rx.q.counters, *tx = &p->tx.q.counters;
	u64 all[] = {
		p->irqs,
		p->rx.lost_interrupts + p->tx.lost_interrupts,
		p->rx.lost_kicks + p->tx.lost_kicks,
		rx->kicks,
		rx->kicks_spared,
		rx->polls,
		rx->broken,
		u64_stats_read(&p->rx_stats.copied),
		u64_stats_read(&p->rx_stats.referenced),
		u64_stats_read(&p->rx_stats.csum),
		u64_stats_read(&p->rx_stats.partial),
		u64_stats_read(&p->rx_stats.gso),
		u64_stats_read(&p->rx_stats.alloc),
		rx->resets,
		tx->resets,
		tx->kicks,
		tx->kicks_spared,
		tx->polls,
		tx->broken,
		u64_stats_read(&p->tx_stats.csum),
		u64_stats_read(&p->tx_stats.gso),
		u64_stats_read(&p->tx_stats.stops),
		u64_stats_read(&p->tx_stats.wakes),
		u64_stats_read(&p->tx_stats.timeouts),
		tx->chains + p->tx.q.added + tx->extra,
		tx->tables,
	};

	static_assert(ARRAY_SIZE(all) == ARRAY_SIZE(vnic_pair_stats));
	memcpy(data, all, sizeof(all));
	return data + ARRAY_SIZE(all);
}

static void vnic_get_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	struct vnic *vn = netdev_priv(dev);
	unsigned int i;

	*data++ = vn->resets;
	*data++ = vn->ctrl.sent;
	*data++ = vn->ctrl.failed;
	*data++ = vn->ctrl.timeouts;
	*data++ = vn->ctrl.vq.lost_interrupts;
	for (i = 0; i < vn->max_pairs; i++)
		data = pair_stats(&vn->pair[i], data);
}

const struct ethtool_ops vnic_ethtool_ops = {
	.get_drvinfo = vnic_get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = vnic_get_link_ksettings,
	.set_link_ksettings = vnic_set_link_ksettings,
	.get_ts_info = ethtool_op_get_ts_info,
	.get_ringparam = vnic_get_ringparam,
	.set_ringparam = vnic_set_ringparam,
	.get_channels = vnic_get_channels,
	.set_channels = vnic_set_channels,
	.get_sset_count = vnic_get_sset_count,
	.get_strings = vnic_get_strings,
	.get_ethtool_stats = vnic_get_ethtool_stats,
};
