// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's network interface: made by "ip link add [numtxqueues N] type vnic", ended by
 * "ip link del", by the end of its network namespace or by rmmod.
 *
 * All that runs under RTNL, and so does removing virtio_net's interface: nothing here waits
 * for the work that makes and ends the virtio device.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>
#include <linux/virtio_config.h>
#include <net/netdev_queues.h>
#include <net/rtnetlink.h>

#include "host.h"

#define OFFLOADS (NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_TSO_ECN)

/* -- life -------------------------------------------------------------------------- */

static int vnic_link_ndo_init(struct net_device *dev)
{
	struct vnic_host_priv *priv = netdev_priv(dev);
	struct vnic_host *host;
	unsigned int i;

	host = vnic_host_new(min(dev->num_tx_queues, dev->num_rx_queues));
	if (!host)
		return -ENOMEM;
	priv->host = host;
	host->netdev = dev;
	host->setup.pairs = host->max_pairs;
	host->setup.rx_descs = VNIC_HOST_DEFAULT_DESCS;
	host->setup.tx_descs = VNIC_HOST_DEFAULT_DESCS;
	host->setup.flags = VNIC_HOST_DEFAULT_FLAGS;
	host->setup.mtu = dev->mtu;
	host->setups = 1;
	for (i = 0; i < host->max_pairs; i++) {
		struct napi_struct *napi = &host->pairs[i].napi;

		netif_napi_add(dev, napi, vnic_host_poll);
		napi_enable(napi);
	}
	return 0;
}

static void vnic_link_ndo_uninit(struct net_device *dev)
{
	struct vnic_host *host = vnic_host_of(dev);
	unsigned int i;

	vnic_host_debugfs_remove(host);
	for (i = 0; i < host->max_pairs; i++) {
		struct vnic_pair *pair = &host->pairs[i];

		timer_shutdown_sync(&pair->timer);
		/* Never enabled again: a kick finds it busy, for good. */
		napi_disable(&pair->napi);
		netif_napi_del(&pair->napi);
		vnic_host_drop_pending(pair, false);
	}
	vnic_host_queue_last_work(host);
}

/* Nobody finds the netdev any more. */
static void vnic_link_destructor(struct net_device *dev)
{
	vnic_host_put(vnic_host_of(dev));
}

static int vnic_link_newlink(struct net *src_net, struct net_device *dev, struct nlattr *tb[],
			     struct nlattr *data[], struct netlink_ext_ack *extack)
{
	struct vnic_host *host;
	int ret;

	/* The other end appears in the initial namespace. */
	if (!capable(CAP_NET_ADMIN)) {
		NL_SET_ERR_MSG(extack, "Only the initial user namespace may add devices");
		return -EPERM;
	}
	if (!tb[IFLA_ADDRESS])
		eth_hw_addr_random(dev);
	netif_carrier_off(dev);
	ret = register_netdevice(dev);
	if (ret)
		return ret;
	host = vnic_host_of(dev);
	netif_set_real_num_tx_queues(dev, host->active);
	netif_set_real_num_rx_queues(dev, host->max_pairs);
	vnic_host_debugfs_add(host, dev->name);
	vnic_host_queue_work(host);
	return 0;
}

static void vnic_link_dellink(struct net_device *dev, struct list_head *head)
{
	unregister_netdevice_queue(dev, head);
}

/* -- up and down ------------------------------------------------------------------- */

static void vnic_link_changed(struct vnic_host *host, bool up)
{
	spin_lock_bh(&host->lock);
	if (host->plug) {
		host->plug->generation++;
		/* The host may be somewhere else in the network now. */
		if (up && vnic_acked(host, VIRTIO_NET_F_GUEST_ANNOUNCE))
			host->plug->announce = true;
	}
	spin_unlock_bh(&host->lock);
	vnic_host_config_changed(host);
}

static int vnic_link_ndo_open(struct net_device *dev)
{
	struct vnic_host *host = vnic_host_of(dev);
	unsigned int i;

	for (i = 0; i < host->max_pairs; i++) {
		netif_queue_set_napi(dev, i, NETDEV_QUEUE_TYPE_RX, &host->pairs[i].napi);
		netif_queue_set_napi(dev, i, NETDEV_QUEUE_TYPE_TX, &host->pairs[i].napi);
	}
	netif_tx_start_all_queues(dev);
	vnic_link_changed(host, true);
	return 0;
}

static int vnic_link_ndo_stop(struct net_device *dev)
{
	struct vnic_host *host = vnic_host_of(dev);
	unsigned int i;

	netif_tx_disable(dev);
	for (i = 0; i < host->max_pairs; i++) {
		vnic_host_drop_pending(&host->pairs[i], false);
		netif_queue_set_napi(dev, i, NETDEV_QUEUE_TYPE_RX, NULL);
		netif_queue_set_napi(dev, i, NETDEV_QUEUE_TYPE_TX, NULL);
	}
	vnic_link_changed(host, false);
	return 0;
}

static netdev_features_t vnic_link_ndo_fix_features(struct net_device *dev,
						    netdev_features_t features)
{
	const struct vnic_host *host = vnic_host_of(dev);

	if (!vnic_acked(host, VIRTIO_NET_F_GUEST_CSUM))
		features &= ~OFFLOADS;
	if (!vnic_acked(host, VIRTIO_NET_F_GUEST_TSO4))
		features &= ~NETIF_F_TSO;
	if (!vnic_acked(host, VIRTIO_NET_F_GUEST_TSO6))
		features &= ~NETIF_F_TSO6;
	if (!vnic_acked(host, VIRTIO_NET_F_GUEST_ECN))
		features &= ~NETIF_F_TSO_ECN;
	return features;
}

/* -- statistics -------------------------------------------------------------------- */

static void read_traffic(const struct vnic_queue *q, u64 *packets, u64 *bytes)
{
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&q->traffic.sync);
		*packets = u64_stats_read(&q->traffic.packets);
		*bytes = u64_stats_read(&q->traffic.bytes);
	} while (u64_stats_fetch_retry(&q->traffic.sync, start));
}

static void vnic_link_ndo_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *stats)
{
	const struct vnic_host *host = vnic_host_of(dev);
	unsigned int i;

	for (i = 0; i < host->max_pairs; i++) {
		const struct vnic_queue *rx = host->pairs[i].rx, *tx = host->pairs[i].tx;
		u64 packets, bytes;

		read_traffic(rx, &packets, &bytes);
		stats->tx_packets += packets;
		stats->tx_bytes += bytes;
		stats->tx_dropped += READ_ONCE(rx->dropped);
		stats->tx_errors += READ_ONCE(rx->errors);
		read_traffic(tx, &packets, &bytes);
		stats->rx_packets += packets;
		stats->rx_bytes += bytes;
		stats->rx_dropped += READ_ONCE(tx->dropped);
		stats->rx_errors += READ_ONCE(tx->errors);
		stats->rx_frame_errors += READ_ONCE(tx->errors);
	}
}

#ifdef HAVE_NETDEV_STAT_OPS
static void vnic_link_stats_rx(struct net_device *dev, int i, struct netdev_queue_stats_rx *stats)
{
	const struct vnic_queue *q = vnic_host_of(dev)->pairs[i].tx;

	read_traffic(q, &stats->packets, &stats->bytes);
	stats->hw_drops = READ_ONCE(q->dropped) + READ_ONCE(q->errors);
}

static void vnic_link_stats_tx(struct net_device *dev, int i, struct netdev_queue_stats_tx *stats)
{
	const struct vnic_queue *q = vnic_host_of(dev)->pairs[i].rx;

	read_traffic(q, &stats->packets, &stats->bytes);
	stats->hw_drops = READ_ONCE(q->dropped) + READ_ONCE(q->errors);
	stats->hw_drop_errors = READ_ONCE(q->errors);
	stats->stop = READ_ONCE(q->stops);
	stats->wake = READ_ONCE(q->wakes);
}

/* What queues did that are not in use now. */
static void vnic_link_stats_base(struct net_device *dev, struct netdev_queue_stats_rx *rx,
				 struct netdev_queue_stats_tx *tx)
{
	const struct vnic_host *host = vnic_host_of(dev);
	struct netdev_queue_stats_tx t;
	unsigned int i;

	/* What is set here is shown for the device. */
	rx->packets = 0;
	rx->bytes = 0;
	rx->hw_drops = 0;
	tx->packets = 0;
	tx->bytes = 0;
	tx->hw_drops = 0;
	tx->hw_drop_errors = 0;
	tx->stop = 0;
	tx->wake = 0;
	for (i = dev->real_num_tx_queues; i < host->max_pairs; i++) {
		vnic_link_stats_tx(dev, i, &t);
		tx->packets += t.packets;
		tx->bytes += t.bytes;
		tx->hw_drops += t.hw_drops;
		tx->hw_drop_errors += t.hw_drop_errors;
		tx->stop += t.stop;
		tx->wake += t.wake;
	}
}

static const struct netdev_stat_ops vnic_link_stat_ops = {
	.get_queue_stats_rx = vnic_link_stats_rx,
	.get_queue_stats_tx = vnic_link_stats_tx,
	.get_base_stats = vnic_link_stats_base,
};
#endif

/* -- tables ------------------------------------------------------------------------ */

static const struct net_device_ops vnic_link_ops = {
	.ndo_init = vnic_link_ndo_init,
	.ndo_uninit = vnic_link_ndo_uninit,
	.ndo_open = vnic_link_ndo_open,
	.ndo_stop = vnic_link_ndo_stop,
	.ndo_start_xmit = vnic_host_xmit,
	.ndo_features_check = vnic_host_features_check,
	.ndo_fix_features = vnic_link_ndo_fix_features,
	.ndo_get_stats64 = vnic_link_ndo_get_stats64,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

static void vnic_link_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &vnic_link_ops;
	dev->ethtool_ops = &vnic_host_ethtool_ops;
#ifdef HAVE_NETDEV_STAT_OPS
	dev->stat_ops = &vnic_link_stat_ops;
#endif
	dev->needs_free_netdev = true;
	dev->priv_destructor = vnic_link_destructor;
	/* A console in there would need locks that are for softirqs. */
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE | IFF_DISABLE_NETPOLL;
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = ETH_MAX_MTU;
	dev->hw_features = OFFLOADS | NETIF_F_SG | NETIF_F_FRAGLIST;
	dev->features = dev->hw_features | NETIF_F_HIGHDMA;
	dev->vlan_features = dev->hw_features | NETIF_F_HIGHDMA;
}

static int vnic_link_validate(struct nlattr *tb[], struct nlattr *data[],
			      struct netlink_ext_ack *extack)
{
	if (tb[IFLA_ADDRESS] && (nla_len(tb[IFLA_ADDRESS]) != ETH_ALEN ||
				 !is_valid_ether_addr(nla_data(tb[IFLA_ADDRESS])))) {
		NL_SET_ERR_MSG(extack, "Not an address of an Ethernet interface");
		return -EADDRNOTAVAIL;
	}
	/* One queue of each makes a pair. */
	if (tb[IFLA_NUM_TX_QUEUES] && nla_get_u32(tb[IFLA_NUM_TX_QUEUES]) > VNIC_HOST_MAX_PAIRS) {
		NL_SET_ERR_MSG(extack, "At most 16 queues");
		return -ERANGE;
	}
	return 0;
}

static unsigned int vnic_link_queues(void)
{
	return min_t(unsigned int, num_online_cpus(), VNIC_HOST_MAX_PAIRS);
}

static struct rtnl_link_ops vnic_link_rtnl_ops = {
	.kind = "vnic",
	.priv_size = sizeof(struct vnic_host_priv),
	.setup = vnic_link_setup,
	.validate = vnic_link_validate,
	.newlink = vnic_link_newlink,
	.dellink = vnic_link_dellink,
	.get_num_tx_queues = vnic_link_queues,
	.get_num_rx_queues = vnic_link_queues,
};

static int vnic_link_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	/* Moved to another namespace, perhaps under another name, it registers there. */
	if ((event == NETDEV_CHANGENAME || event == NETDEV_REGISTER) &&
	    dev->netdev_ops == &vnic_link_ops)
		vnic_host_debugfs_rename(vnic_host_of(dev), dev->name);
	return NOTIFY_DONE;
}

static struct notifier_block vnic_link_notifier = {
	.notifier_call = vnic_link_event,
};

int vnic_host_link_init(void)
{
	int ret;

	ret = register_netdevice_notifier(&vnic_link_notifier);
	if (ret)
		return ret;
	ret = rtnl_link_register(&vnic_link_rtnl_ops);
	if (ret)
		unregister_netdevice_notifier(&vnic_link_notifier);
	return ret;
}

void vnic_host_link_exit(void)
{
	rtnl_link_unregister(&vnic_link_rtnl_ops);
	unregister_netdevice_notifier(&vnic_link_notifier);
}
