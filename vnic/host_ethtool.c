// SPDX-License-Identifier: GPL-2.0-only
/*
 * ethtool on the host's interface. What the device offers is set here: private flags for
 * features, -L for queue pairs, -G for the rings' sizes. A change replaces the virtio device
 * by a new one: a virtio driver looks at all that only once, when it probes.
 */
#include <linux/ethtool.h>
#include <linux/virtio_config.h>

#include "host.h"

static const char flag_names[VNIC_HOST_FLAGS][ETH_GSTRING_LEN] = {
	[VNIC_HOST_PACKED] = "packed",	   [VNIC_HOST_EVENT_IDX] = "event-idx",
	[VNIC_HOST_INDIRECT] = "indirect", [VNIC_HOST_IN_ORDER] = "in-order",
	[VNIC_HOST_PLATFORM] = "dma-api",  [VNIC_HOST_MRG_RXBUF] = "mrg-rxbuf",
	[VNIC_HOST_CSUM] = "csum",	   [VNIC_HOST_TSO] = "tso",
	[VNIC_HOST_CTRL_VQ] = "ctrl-vq",   [VNIC_HOST_ANNOUNCE] = "announce",
};

/* Of each queue pair; what has no standard place. */
static const char counter_names[][ETH_GSTRING_LEN] = {
	"guest_rx_kicks",   "guest_rx_interrupts", "guest_rx_filtered", "guest_rx_lost_kicks",
	"guest_rx_expired", "guest_rx_broken",	   "guest_tx_kicks",	"guest_tx_interrupts",
	"guest_tx_polls",   "guest_tx_lost_kicks", "guest_tx_broken",
};

/* Is a packet of the MTU's length one that the driver always has buffers for? */
static int check_mtu(const struct net_device *dev, const struct vnic_setup *setup,
		     struct netlink_ext_ack *extack)
{
	if (dev->mtu <= vnic_host_max_mtu(setup))
		return 0;
	NL_SET_ERR_MSG(extack, "Too few descriptors for the MTU");
	return -ERANGE;
}

/*
 * Let the work replace the device by one of the new setup. Under RTNL. Its driver's interface
 * appears in the initial namespace, and so not by the will of who has only another one.
 */
static int changed(struct net_device *dev, const struct vnic_setup *setup)
{
	struct vnic_host *host = vnic_host_of(dev);

	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	dev->max_mtu = vnic_host_max_mtu(setup);
	spin_lock_bh(&host->lock);
	host->setup = *setup;
	host->setups++;
	spin_unlock_bh(&host->lock);
	vnic_host_queue_work(host);
	return 0;
}

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	struct vnic_host *host = vnic_host_of(dev);

	strscpy(info->driver, "vnic_host", sizeof(info->driver));
	/* Where the other end is: /sys/bus/virtio/devices/NAME/net. */
	spin_lock_bh(&host->lock);
	if (host->plug && dev_name(&host->plug->vdev.dev))
		strscpy(info->bus_info, dev_name(&host->plug->vdev.dev), sizeof(info->bus_info));
	spin_unlock_bh(&host->lock);
}

static void get_ringparam(struct net_device *dev, struct ethtool_ringparam *ring,
			  struct kernel_ethtool_ringparam *kernel, struct netlink_ext_ack *extack)
{
	const struct vnic_setup *setup = &vnic_host_of(dev)->setup;

	ring->rx_max_pending = VNIC_HOST_MAX_DESCS;
	ring->tx_max_pending = VNIC_HOST_MAX_DESCS;
	/* The host's direction. */
	ring->rx_pending = setup->tx_descs;
	ring->tx_pending = setup->rx_descs;
}

static int set_ringparam(struct net_device *dev, struct ethtool_ringparam *ring,
			 struct kernel_ethtool_ringparam *kernel, struct netlink_ext_ack *extack)
{
	struct vnic_setup setup = vnic_host_of(dev)->setup;
	int ret;

	if (ring->rx_pending < VNIC_HOST_MIN_DESCS || ring->tx_pending < VNIC_HOST_MIN_DESCS) {
		NL_SET_ERR_MSG(extack, "At least 32 descriptors");
		return -ERANGE;
	}
	/* 2.7: a power of two, at least for split rings. */
	setup.tx_descs = roundup_pow_of_two(ring->rx_pending);
	setup.rx_descs = roundup_pow_of_two(ring->tx_pending);
	ret = check_mtu(dev, &setup, extack);
	if (ret)
		return ret;
	return changed(dev, &setup);
}

static void get_channels(struct net_device *dev, struct ethtool_channels *channels)
{
	const struct vnic_host *host = vnic_host_of(dev);

	channels->max_combined = host->max_pairs;
	channels->combined_count = host->setup.pairs;
}

static int set_channels(struct net_device *dev, struct ethtool_channels *channels)
{
	struct vnic_setup setup = vnic_host_of(dev)->setup;

	/* Bounds and zero were checked by the caller. */
	setup.pairs = channels->combined_count;
	return changed(dev, &setup);
}

static u32 get_priv_flags(struct net_device *dev)
{
	return vnic_host_of(dev)->setup.flags;
}

static int set_priv_flags(struct net_device *dev, u32 flags)
{
	struct vnic_setup setup = vnic_host_of(dev)->setup;
	int ret;

	if (flags >> VNIC_HOST_FLAGS)
		return -EINVAL;
	if (setup.flags == flags)
		return 0;
	setup.flags = flags;
	ret = check_mtu(dev, &setup, NULL);
	if (ret)
		return ret;
	return changed(dev, &setup);
}

/* As if it were unplugged and plugged in again: for a queue that is broken. */
static int reset(struct net_device *dev, u32 *flags)
{
	struct vnic_setup setup = vnic_host_of(dev)->setup;
	int ret;

	setup.mtu = dev->mtu;
	ret = changed(dev, &setup);
	if (!ret)
		*flags = 0;
	return ret;
}

static int get_sset_count(struct net_device *dev, int set)
{
	switch (set) {
	case ETH_SS_PRIV_FLAGS:
		return VNIC_HOST_FLAGS;
	case ETH_SS_STATS:
		return vnic_host_of(dev)->max_pairs * ARRAY_SIZE(counter_names);
	default:
		return -EOPNOTSUPP;
	}
}

static void get_strings(struct net_device *dev, u32 set, u8 *data)
{
	const struct vnic_host *host = vnic_host_of(dev);
	unsigned int i, k;

	switch (set) {
	case ETH_SS_PRIV_FLAGS:
		memcpy(data, flag_names, sizeof(flag_names));
		break;
	case ETH_SS_STATS:
		for (i = 0; i < host->max_pairs; i++)
			for (k = 0; k < ARRAY_SIZE(counter_names); k++)
				ethtool_sprintf(&data, "queue%u_%s", i, counter_names[k]);
		break;
	}
}

static void get_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	const struct vnic_host *host = vnic_host_of(dev);
	unsigned int i;

	for (i = 0; i < host->max_pairs; i++) {
		struct vnic_queue *q = host->pairs[i].rx;

		spin_lock_bh(&q->lock);
		*data++ = atomic64_read(&q->kicks);
		*data++ = q->devq.counters.interrupts;
		*data++ = q->filtered;
		*data++ = q->lost;
		*data++ = q->expired;
		*data++ = q->devq.counters.broken;
		spin_unlock_bh(&q->lock);
		q = host->pairs[i].tx;
		spin_lock_bh(&q->lock);
		*data++ = atomic64_read(&q->kicks);
		*data++ = q->devq.counters.interrupts;
		*data++ = q->devq.counters.polls;
		*data++ = q->lost;
		*data++ = q->devq.counters.broken;
		spin_unlock_bh(&q->lock);
	}
}

static int get_link_ksettings(struct net_device *dev, struct ethtool_link_ksettings *cmd)
{
	/* There is no wire: whatever the CPU manages. */
	cmd->base.speed = SPEED_UNKNOWN;
	cmd->base.duplex = DUPLEX_FULL;
	cmd->base.port = PORT_OTHER;
	return 0;
}

const struct ethtool_ops vnic_host_ethtool_ops = {
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = get_link_ksettings,
	.get_ts_info = ethtool_op_get_ts_info,
	.get_ringparam = get_ringparam,
	.set_ringparam = set_ringparam,
	.get_channels = get_channels,
	.set_channels = set_channels,
	.get_priv_flags = get_priv_flags,
	.set_priv_flags = set_priv_flags,
	.reset = reset,
	.get_sset_count = get_sset_count,
	.get_strings = get_strings,
	.get_ethtool_stats = get_ethtool_stats,
};
