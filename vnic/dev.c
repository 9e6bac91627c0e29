// SPDX-License-Identifier: GPL-2.0-only
/* Life of a network device: features, up, down, recovery. */
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>

#include "../include/xlate/virtio_pci.h"

#include "vnic.h"

/* How often a configuration that changes is read again (2.5.1). */
#define CONFIG_TRIES 8

/* Resets that follow each other are spaced, from this on to a minute. */
#define BACKOFF	    (HZ / 8)
#define BACKOFF_MAX (60 * HZ)

static void add_status(struct vnic *vn, u8 bits)
{
	vn->bus->set_status(vn, vn->bus->status(vn) | bits);
}

/* Reads the configuration as it was at one moment, or else as it is. */
static void read_config(struct vnic *vn, struct vnic_config *config)
{
	unsigned int i, queues = vn->bus->queues(vn);
	struct vnet_config raw;

	for (i = 0; i < CONFIG_TRIES; i++) {
		u8 generation = vn->bus->generation(vn);

		vn->bus->config(vn, &raw);
		if (vn->bus->generation(vn) == generation)
			break;
	}
	vnic_believe(&raw, vn->features, queues, config);
}

/* Which MTU the device will ask for, if features are agreed on so (3.1.1 lets us look before). */
static u16 first_mtu(struct vnic *vn)
{
	struct vnet_config raw;

	vn->bus->config(vn, &raw);
	return le16_to_cpu(raw.mtu);
}

static void set_max_mtu(struct vnic *vn)
{
	vn->dev->max_mtu = vnic_rx_max_mtu(vn->features);
	if (vn->config.mtu)
		vn->dev->max_mtu = min_t(unsigned int, vn->dev->max_mtu, vn->config.mtu);
}

/* 3.1.1, to the point where both agree on features; that of the first time stays. */
static int negotiate(struct vnic *vn)
{
	bool again = vn->features;
	struct vnic_config config;
	u64 features;
	int ret;

	ret = vn->bus->reset(vn);
	if (ret) {
		netdev_err(vn->dev, "the device does not reset: %pe\n", ERR_PTR(ret));
		return ret;
	}
	add_status(vn, VPCI_STATUS_ACKNOWLEDGE);
	add_status(vn, VPCI_STATUS_DRIVER);
	vn->offered = vn->bus->features(vn);
	/* Only once: whatever it says later, the choice stays the same. */
	if (!again)
		vn->mtu = first_mtu(vn);
	features = vnic_choose(vn->offered, vn->mtu, vnic_rx_max_mtu(0));
	if (!features) {
		netdev_err(vn->dev, "the device offers no version 1: %#llx\n", vn->offered);
		goto err;
	}
	if (again && features != vn->features) {
		netdev_err(vn->dev, "the device offers other features now: %#llx\n", vn->offered);
		goto err;
	}
	vn->bus->set_features(vn, features);
	add_status(vn, VPCI_STATUS_FEATURES_OK);
	if (!(vn->bus->status(vn) & VPCI_STATUS_FEATURES_OK)) {
		netdev_err(vn->dev, "the device refuses the features %#llx\n", features);
		goto err;
	}
	vn->features = features;
	read_config(vn, &config);
	/* Whatever it asks for, it was not given yet. */
	config.announce = false;
	vn->config = config;
	if (vn->pairs > vn->config.max_pairs) {
		netdev_err(vn->dev, "the device has only %u queue pairs now\n",
			   vn->config.max_pairs);
		goto err;
	}
	set_max_mtu(vn);
	if (again && vn->dev->mtu > vn->dev->max_mtu) {
		netdev_err(vn->dev, "the device takes an MTU of %u only now\n", vn->dev->max_mtu);
		goto err;
	}
	return 0;

err:
	add_status(vn, VPCI_STATUS_FAILED);
	return -EIO;
}

/* -- up and down ------------------------------------------------------------------------- */

static void update_link(struct vnic *vn)
{
	if (vn->config.link)
		netif_carrier_on(vn->dev);
	else
		netif_carrier_off(vn->dev);
}

static void free_queues(struct vnic *vn, unsigned int pairs)
{
	while (pairs--) {
		vnic_tx_down(&vn->pair[pairs]);
		vnic_rx_down(&vn->pair[pairs]);
	}
}

static int alloc_queues(struct vnic *vn)
{
	unsigned int i;
	int ret;

	for (i = 0; i < vn->pairs; i++) {
		ret = vnic_rx_up(&vn->pair[i]);
		if (ret)
			goto err;
		ret = vnic_tx_up(&vn->pair[i]);
		if (ret) {
			vnic_rx_down(&vn->pair[i]);
			goto err;
		}
	}
	return 0;

err:
	free_queues(vn, i);
	return ret;
}

static int start_queues(struct vnic *vn)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < 2 * vn->pairs && !ret; i++)
		ret = vn->bus->queue_start(vn, i);
	if (!ret && vn->config.ctrl)
		ret = vn->bus->queue_start(vn, vn->config.ctrl);
	return ret;
}

static int set_real_pairs(struct vnic *vn, unsigned int pairs)
{
	return netif_set_real_num_tx_queues(vn->dev, pairs) ?:
		       netif_set_real_num_rx_queues(vn->dev, pairs);
}

/*
 * Shall the device coalesce what it receives? (5.1.6.5.8) A checksum may be partial in any case;
 * of what was negotiated, all is on after a reset.
 */
static void tell_offloads(struct vnic *vn, bool coalesce)
{
	u64 on = vn->features & (VNET_F_GUEST_CSUM | (coalesce ? VNIC_COALESCED : 0));
	__le64 arg = cpu_to_le64(on);

	if (vnic_command(vn, VNET_CTRL_OFFLOADS, VNET_CTRL_OFFLOADS_SET, &arg, sizeof(arg)) == -EIO)
		netdev_warn(vn->dev, "the device refuses the offloads %#llx\n", on);
}

/* MAC address, VLANs, filters, pairs and offloads, as the stack has them. */
static void tell_device(struct vnic *vn)
{
	unsigned int vid;

	if (vn->features & VNET_F_MQ) {
		__le16 pairs = cpu_to_le16(vn->pairs);

		/* A device that refuses goes on with one, and looks at no other (5.1.6.5.6). */
		if (vnic_command(vn, VNET_CTRL_MQ, VNET_CTRL_MQ_PAIRS, &pairs, sizeof(pairs))) {
			netdev_warn(vn->dev, "the device does not use %u queue pairs\n", vn->pairs);
			set_real_pairs(vn, 1);
		}
	}
	if (vn->features & VNET_F_CTRL_MAC_ADDR &&
	    !ether_addr_equal(vn->dev->dev_addr, vn->config.mac))
		vnic_command(vn, VNET_CTRL_MAC, VNET_CTRL_MAC_ADDR, vn->dev->dev_addr, ETH_ALEN);
	for_each_set_bit(vid, vn->vlans, VLAN_N_VID) {
		__le16 arg = cpu_to_le16(vid);

		vnic_command(vn, VNET_CTRL_VLAN, VNET_CTRL_VLAN_ADD, &arg, sizeof(arg));
	}
	if (vn->dev->hw_features & ~vn->dev->features & NETIF_F_GRO_HW)
		tell_offloads(vn, false);
	vnic_todo(vn, VNIC_DO_RX_MODE);
}

static int vnic_up(struct vnic *vn)
{
	unsigned int i;
	int ret;

	/* Whoever asked for a reset has it now. */
	clear_bit(VNIC_DO_RESET, &vn->todo);
	ret = negotiate(vn);
	if (ret)
		return ret;
	ret = alloc_queues(vn);
	if (ret)
		goto err_reset;
	ret = vnic_ctrl_up(vn);
	if (ret)
		goto err_queues;
	ret = vn->bus->irq_start(vn);
	if (ret)
		goto err_ctrl;
	ret = start_queues(vn);
	if (ret)
		goto err_irq;

	bitmap_zero(vn->bad, VNIC_MAX_VQS);
	/* Before NAPI is enabled: a socket that polls (SO_BUSY_POLL) may then notify. */
	add_status(vn, VPCI_STATUS_DRIVER_OK);
	for (i = 0; i < vn->pairs; i++) {
		struct vnic_pair *pair = &vn->pair[i];

		napi_enable(&pair->napi);
		netif_queue_set_napi(vn->dev, i, NETDEV_QUEUE_TYPE_RX, &pair->napi);
		netif_queue_set_napi(vn->dev, i, NETDEV_QUEUE_TYPE_TX, &pair->napi);
	}
	WRITE_ONCE(vn->live, true);
	/* The first poll fills the receive queues and asks for interrupts. */
	for (i = 0; i < vn->pairs; i++) {
		local_bh_disable();
		napi_schedule(&vn->pair[i].napi);
		local_bh_enable();
	}
	vn->ctrl.on = vn->config.ctrl;
	tell_device(vn);
	/* What waited while it was restarted goes on now. */
	netif_tx_wake_all_queues(vn->dev);
	update_link(vn);
	/* What has changed since negotiate() was told to nobody. */
	vnic_todo(vn, VNIC_DO_CONFIG);
	vn->quiet = 0;
	schedule_delayed_work(&vn->watch, round_jiffies_relative(HZ));
	return 0;

err_irq:
	vn->bus->reset(vn);
	vn->bus->irq_stop(vn);
err_ctrl:
	vnic_ctrl_down(vn);
err_queues:
	free_queues(vn, vn->pairs);
err_reset:
	vn->bus->reset(vn);
	return ret;
}

static void vnic_down(struct vnic *vn)
{
	unsigned int i;

	if (!vn->live)
		return;
	WRITE_ONCE(vn->live, false);
	cancel_delayed_work_sync(&vn->watch);
	vnic_ctrl_stop(vn);
	netif_carrier_off(vn->dev);
	netif_tx_disable(vn->dev);
	for (i = 0; i < vn->pairs; i++) {
		timer_delete_sync(&vn->pair[i].tx_timer);
		napi_disable(&vn->pair[i].napi);
		cancel_delayed_work_sync(&vn->pair[i].refill);
		netif_queue_set_napi(vn->dev, i, NETDEV_QUEUE_TYPE_RX, NULL);
		netif_queue_set_napi(vn->dev, i, NETDEV_QUEUE_TYPE_TX, NULL);
	}
	/* From here on the device touches nothing of ours. */
	vn->bus->reset(vn);
	vn->bus->irq_stop(vn);
	vnic_ctrl_down(vn);
	free_queues(vn, vn->pairs);
}

static int vnic_open(struct net_device *dev)
{
	struct vnic *vn = netdev_priv(dev);
	int ret;

	ret = set_real_pairs(vn, vn->pairs);
	return ret ?: vnic_up(vn);
}

static int vnic_stop(struct net_device *dev)
{
	vnic_down(netdev_priv(dev));
	return 0;
}

int vnic_restart(struct vnic *vn)
{
	if (!netif_running(vn->dev))
		return 0;
	vnic_down(vn);
	return vnic_open(vn->dev);
}

/* -- slow work --------------------------------------------------------------------------- */

void vnic_todo(struct vnic *vn, unsigned int what)
{
	set_bit(what, &vn->todo);
	schedule_work(&vn->work);
}

/* Under RTNL: what the device says may have changed. */
static void config_changed(struct vnic *vn)
{
	u8 status = vn->bus->status(vn);
	struct vnic_config now;
	bool announce;

	if (status & VPCI_STATUS_NEEDS_RESET) {
		vnic_recover(vn, NULL, "the device asks for a reset");
		return;
	}
	if (!(status & VPCI_STATUS_DRIVER_OK)) {
		vnic_recover(vn, NULL, "the device was reset by somebody else");
		return;
	}
	/* Its generation need not change before the driver has read what did (4.1.4.3.1). */
	read_config(vn, &now);
	/* How many queues there are and where must not change while they are in use. */
	vn->config.link = now.link;
	vn->config.speed = now.speed;
	vn->config.duplex = now.duplex;
	update_link(vn);
	/* Once each time: the interrupt of the answer may bring us here again. */
	announce = now.announce && !vn->config.announce;
	vn->config.announce = now.announce;
	if (announce) {
		__netdev_notify_peers(vn->dev);
		if (vnic_command(vn, VNET_CTRL_ANNOUNCE, VNET_CTRL_ANNOUNCE_ACK, NULL, 0))
			return;
		/* No interrupt need say that it asks no more, but it asks again some time. */
		read_config(vn, &now);
		vn->config.announce = now.announce;
	}
}

/* The interface's address, when the device has another and cannot be told; or NULL. */
static const u8 *untold_mac(const struct vnic *vn)
{
	if (vn->features & VNET_F_CTRL_MAC_ADDR ||
	    ether_addr_equal(vn->dev->dev_addr, vn->config.mac))
		return NULL;
	return vn->dev->dev_addr;
}

/* One of the two tables of addresses, @first before those of the list: their number, then each. */
static size_t put_macs(u8 *buf, const u8 *first, struct netdev_hw_addr_list *list, unsigned int max)
{
	unsigned int n = min_t(unsigned int, netdev_hw_addr_list_count(list) + !!first, max);
	__le32 entries = cpu_to_le32(n);
	size_t at = sizeof(entries);
	struct netdev_hw_addr *ha;

	memcpy(buf, &entries, sizeof(entries));
	if (first && n) {
		ether_addr_copy(buf + at, first);
		at += ETH_ALEN;
		n--;
	}
	netdev_hw_addr_list_for_each(ha, list) {
		if (!n--)
			break;
		ether_addr_copy(buf + at, ha->addr);
		at += ETH_ALEN;
	}
	return at;
}

/* Under RTNL: the filters, as the stack wants them. */
static void rx_mode_changed(struct vnic *vn)
{
	unsigned int max = (VNIC_COMMAND_MAX / 2 - sizeof(__le32)) / ETH_ALEN;
	struct net_device *dev = vn->dev;
	const u8 *mac = untold_mac(vn);
	u8 promisc, allmulti;
	size_t len;
	u8 *buf;

	if (!(vn->features & VNET_F_CTRL_RX))
		return;
	buf = kmalloc(VNIC_COMMAND_MAX, GFP_KERNEL);
	if (!buf) {
		/* In a second: see vnic_watch_work(). */
		set_bit(VNIC_DO_RX_MODE, &vn->todo);
		return;
	}
	netif_addr_lock_bh(dev);
	/* What does not fit into the tables is let through without. */
	promisc = dev->flags & IFF_PROMISC || netdev_uc_count(dev) + !!mac > max;
	allmulti = dev->flags & IFF_ALLMULTI || netdev_mc_count(dev) > max;
	len = put_macs(buf, mac, &dev->uc, max);
	len += put_macs(buf + len, NULL, &dev->mc, max);
	netif_addr_unlock_bh(dev);
	promisc = !!promisc;
	allmulti = !!allmulti;

	vnic_command(vn, VNET_CTRL_RX, VNET_CTRL_RX_PROMISC, &promisc, sizeof(promisc));
	vnic_command(vn, VNET_CTRL_RX, VNET_CTRL_RX_ALLMULTI, &allmulti, sizeof(allmulti));
	vnic_command(vn, VNET_CTRL_MAC, VNET_CTRL_MAC_TABLE, buf, len);
	kfree(buf);
}

static void vnic_work(struct work_struct *work)
{
	struct vnic *vn = container_of(work, struct vnic, work);

	rtnl_lock();
	if (test_and_clear_bit(VNIC_DO_CONFIG, &vn->todo) && vn->live)
		config_changed(vn);
	if (test_and_clear_bit(VNIC_DO_RX_MODE, &vn->todo) && vn->live)
		rx_mode_changed(vn);
	rtnl_unlock();
}

void vnic_recover(struct vnic *vn, struct vnic_vq *vq, const char *fmt, ...)
{
	va_list args;

	if (vq ? test_and_set_bit(vq->index, vn->bad) : test_and_set_bit(VNIC_DO_RESET, &vn->todo))
		return;
	va_start(args, fmt);
	vsnprintf(vn->reason, sizeof(vn->reason), fmt, args);
	va_end(args);

	if (time_after(jiffies, vn->last_reset + BACKOFF_MAX))
		vn->backoff = 0;
	netdev_warn(vn->dev, "%s: reset in %u ms\n", vn->reason, jiffies_to_msecs(vn->backoff));
	schedule_delayed_work(&vn->reset, vn->backoff);
	vn->backoff = clamp_t(unsigned long, 2 * vn->backoff, BACKOFF, BACKOFF_MAX);
}

/* One virtqueue anew, while the others go on (2.6.1). */
static int reset_queue(struct vnic_pair *pair, bool tx)
{
	struct vnic_vq *vq = tx ? &pair->tx : &pair->rx;
	struct vnic *vn = pair->vn;
	int ret;

	/* First: a poll may wake the queue. */
	napi_disable(&pair->napi);
	if (tx) {
		__netif_tx_lock_bh(pair->txq);
		netif_tx_stop_queue(pair->txq);
		__netif_tx_unlock_bh(pair->txq);
	}
	ret = vn->bus->queue_reset(vn, vq->index);
	if (!ret) {
		if (tx)
			vnic_tx_drain(pair);
		else
			vnic_rx_drain(pair);
		drvq_reset(&vq->q);
		ret = vn->bus->queue_start(vn, vq->index);
		/* Who saw that it was broken may have said so once more. */
		clear_bit(vq->index, vn->bad);
	}
	napi_enable(&pair->napi);
	/* Else the device is about to be reset, and must not be notified. */
	if (ret)
		return ret;
	/* Fills the receive queue, and asks for interrupts. */
	local_bh_disable();
	napi_schedule(&pair->napi);
	local_bh_enable();
	if (tx)
		netif_tx_wake_queue(pair->txq);
	return 0;
}

/* All that are bad; an error when the whole device has to be reset. */
static int reset_queues(struct vnic *vn)
{
	unsigned int i;
	int ret = 0;

	/* It notifies, which a queue that is being reset must not be (2.6.1). */
	cancel_delayed_work_sync(&vn->watch);
	for (i = 0; i < 2 * vn->pairs && !ret; i++)
		if (test_bit(i, vn->bad))
			ret = reset_queue(&vn->pair[i / 2], i & 1);
	schedule_delayed_work(&vn->watch, round_jiffies_relative(HZ));
	return ret;
}

static void vnic_reset_work(struct work_struct *work)
{
	struct vnic *vn = container_of(work, struct vnic, reset.work);
	int ret = 0;
	u8 status;
	bool all;

	rtnl_lock();
	all = test_and_clear_bit(VNIC_DO_RESET, &vn->todo);
	if (netif_running(vn->dev) && netif_device_present(vn->dev)) {
		/* Who reset it behind our back has reset all of it. */
		status = vn->bus->status(vn);
		all |= !(status & VPCI_STATUS_DRIVER_OK) || status & VPCI_STATUS_NEEDS_RESET;
		vn->last_reset = jiffies;
		if (all || !vn->live || reset_queues(vn)) {
			vn->resets++;
			ret = vnic_restart(vn);
		}
	}
	if (ret)
		vnic_recover(vn, NULL, "the device does not come up: %pe", ERR_PTR(ret));
	rtnl_unlock();
}

/* Nothing moves: does the device still know us? */
static void look_at_status(struct vnic *vn)
{
	u8 status = vn->bus->status(vn);

	/* Of a device that is gone, all bits are set; that is not ours to mend. */
	if (status != 0xff &&
	    (!(status & VPCI_STATUS_DRIVER_OK) || status & VPCI_STATUS_NEEDS_RESET))
		vnic_todo(vn, VNIC_DO_CONFIG);
}

/* Each second: is there something that nobody was told about? */
static void vnic_watch_work(struct work_struct *work)
{
	struct vnic *vn = container_of(work, struct vnic, watch.work);
	unsigned int i;
	u64 done = 0;

	for (i = 0; i < vn->pairs; i++)
		done += READ_ONCE(vn->pair[i].rx.q.completed) +
			READ_ONCE(vn->pair[i].tx.q.completed);
	if (done != vn->done) {
		vn->done = done;
		vn->quiet = 0;
	} else if (vnic_watch_due(++vn->quiet)) {
		look_at_status(vn);
	}
	for (i = 0; i < vn->pairs; i++) {
		vnic_rx_watch(&vn->pair[i]);
		vnic_tx_watch(&vn->pair[i]);
	}
	if (test_bit(VNIC_DO_RX_MODE, &vn->todo))
		schedule_work(&vn->work);
	schedule_delayed_work(&vn->watch, round_jiffies_relative(HZ));
}

/* -- what the stack asks ------------------------------------------------------------------- */

static void vnic_set_rx_mode(struct net_device *dev)
{
	vnic_todo(netdev_priv(dev), VNIC_DO_RX_MODE);
}

/* Down, or with a control queue that waits for a reset: at the next up, the device is told all. */
static bool told_later(const struct vnic *vn)
{
	return !vn->live || (vn->config.ctrl && !READ_ONCE(vn->ctrl.on));
}

static int vnic_set_mac(struct net_device *dev, void *p)
{
	struct vnic *vn = netdev_priv(dev);
	struct sockaddr *addr = p;
	int ret;

	ret = eth_prepare_mac_addr_change(dev, p);
	if (ret)
		return ret;
	if (!told_later(vn) && vn->features & VNET_F_CTRL_MAC_ADDR) {
		ret = vnic_command(vn, VNET_CTRL_MAC, VNET_CTRL_MAC_ADDR, addr->sa_data, ETH_ALEN);
		if (ret)
			return ret;
	}
	eth_commit_mac_addr_change(dev, p);
	/* A device that takes no other address may let it through. */
	if (untold_mac(vn))
		vnic_todo(vn, VNIC_DO_RX_MODE);
	return 0;
}

static int vnic_vlan_add(struct net_device *dev, __be16 proto, u16 vid)
{
	struct vnic *vn = netdev_priv(dev);
	__le16 arg = cpu_to_le16(vid);
	int ret = 0;

	if (!told_later(vn))
		ret = vnic_command(vn, VNET_CTRL_VLAN, VNET_CTRL_VLAN_ADD, &arg, sizeof(arg));
	if (!ret)
		set_bit(vid, vn->vlans);
	return ret;
}

static int vnic_vlan_kill(struct net_device *dev, __be16 proto, u16 vid)
{
	struct vnic *vn = netdev_priv(dev);
	__le16 arg = cpu_to_le16(vid);

	clear_bit(vid, vn->vlans);
	if (told_later(vn))
		return 0;
	return vnic_command(vn, VNET_CTRL_VLAN, VNET_CTRL_VLAN_DEL, &arg, sizeof(arg));
}

/*
 * If it is down, or about to be reset, it will be told. One that refuses sends what the stack can
 * take as well; who asks may not be prepared for a refusal (XDP).
 */
static int vnic_set_features(struct net_device *dev, netdev_features_t features)
{
	struct vnic *vn = netdev_priv(dev);

	if (vn->live && (dev->features ^ features) & NETIF_F_GRO_HW)
		tell_offloads(vn, features & NETIF_F_GRO_HW);
	return 0;
}

static void vnic_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *s)
{
	struct vnic *vn = netdev_priv(dev);
	unsigned int i, start;

	for (i = 0; i < vn->max_pairs; i++) {
		struct vnic_pair *p = &vn->pair[i];
		u64 packets, bytes, drops, length, frame, nobuf;

		do {
			start = u64_stats_fetch_begin(&p->rx_sync);
			packets = u64_stats_read(&p->rx_stats.packets);
			bytes = u64_stats_read(&p->rx_stats.bytes);
			length = u64_stats_read(&p->rx_stats.length);
			frame = u64_stats_read(&p->rx_stats.frame);
			nobuf = u64_stats_read(&p->rx_stats.nobuf);
		} while (u64_stats_fetch_retry(&p->rx_sync, start));
		s->rx_packets += packets;
		s->rx_bytes += bytes;
		s->rx_errors += length + frame;
		s->rx_length_errors += length;
		s->rx_frame_errors += frame;
		s->rx_dropped += nobuf;

		do {
			start = u64_stats_fetch_begin(&p->tx_sync);
			packets = u64_stats_read(&p->tx_stats.packets);
			bytes = u64_stats_read(&p->tx_stats.bytes);
			drops = u64_stats_read(&p->tx_stats.drops);
		} while (u64_stats_fetch_retry(&p->tx_sync, start));
		s->tx_packets += packets;
		s->tx_bytes += bytes;
		s->tx_dropped += drops;
	}
}

/* A packet that is to be cut must have its headers where the device looks for them. */
static netdev_features_t vnic_features_check(struct sk_buff *skb, struct net_device *dev,
					     netdev_features_t features)
{
	features = vlan_features_check(skb, features);
	if (skb->encapsulation)
		features &= ~(NETIF_F_CSUM_MASK | NETIF_F_GSO_MASK);
	/* Of what is cut the device makes the checksums, too (5.1.6.2.1). */
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		features &= ~NETIF_F_GSO_MASK;
	return features;
}

static const struct net_device_ops vnic_ops = {
	.ndo_open = vnic_open,
	.ndo_stop = vnic_stop,
	.ndo_start_xmit = vnic_xmit,
	.ndo_tx_timeout = vnic_tx_timeout,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_set_mac_address = vnic_set_mac,
	.ndo_set_rx_mode = vnic_set_rx_mode,
	.ndo_get_stats64 = vnic_get_stats64,
	.ndo_vlan_rx_add_vid = vnic_vlan_add,
	.ndo_vlan_rx_kill_vid = vnic_vlan_kill,
	.ndo_features_check = vnic_features_check,
	.ndo_set_features = vnic_set_features,
};

/* -- birth and death ------------------------------------------------------------------------- */

static void set_features(struct vnic *vn)
{
	struct net_device *dev = vn->dev;

	dev->hw_features = NETIF_F_SG;
	if (vn->features & VNET_F_CSUM)
		dev->hw_features |= NETIF_F_HW_CSUM;
	if (vn->features & VNET_F_HOST_TSO4)
		dev->hw_features |= NETIF_F_TSO;
	if (vn->features & VNET_F_HOST_TSO6)
		dev->hw_features |= NETIF_F_TSO6;
	if (vn->features & VNET_F_HOST_ECN)
		dev->hw_features |= NETIF_F_TSO_ECN;
	if (vn->features & VNET_F_GUEST_CSUM)
		dev->hw_features |= NETIF_F_RXCSUM;
	/* What cannot be switched off, the stack need not know: it would try to. */
	if (vn->features & VNIC_COALESCED && vn->features & VNET_F_CTRL_GUEST_OFFLOADS)
		dev->hw_features |= NETIF_F_GRO_HW;
	dev->features = dev->hw_features | NETIF_F_HIGHDMA | NETIF_F_GSO_ROBUST;
	if (vn->features & VNET_F_CTRL_VLAN)
		dev->features |= NETIF_F_HW_VLAN_CTAG_FILTER;
	dev->vlan_features = dev->features & ~(NETIF_F_HW_VLAN_CTAG_FILTER | NETIF_F_GRO_HW);
}

static int alloc_pairs(struct vnic *vn)
{
	unsigned int i;

	vn->max_pairs = min_t(unsigned int, vn->config.max_pairs, vn->dev->num_tx_queues);
	vn->pairs = min_t(unsigned int, vn->max_pairs, num_online_cpus());
	vn->pair = kvcalloc(vn->max_pairs, sizeof(*vn->pair), GFP_KERNEL);
	if (!vn->pair)
		return -ENOMEM;
	for (i = 0; i < vn->max_pairs; i++) {
		struct vnic_pair *pair = &vn->pair[i];

		pair->vn = vn;
		pair->index = i;
		pair->txq = netdev_get_tx_queue(vn->dev, i);
		spin_lock_init(&pair->rx_lock);
		u64_stats_init(&pair->rx_sync);
		u64_stats_init(&pair->tx_sync);
		INIT_DELAYED_WORK(&pair->refill, vnic_refill_work);
		timer_setup(&pair->tx_timer, vnic_tx_timer, 0);
		netif_napi_add(vn->dev, &pair->napi, vnic_poll);
	}
	return 0;
}

/* The device must not find them in its list any more. */
static void free_pairs(struct vnic *vn)
{
	unsigned int i;

	for (i = 0; i < vn->max_pairs; i++)
		netif_napi_del(&vn->pair[i].napi);
	kvfree(vn->pair);
}

struct vnic *vnic_create(struct device *parent, const struct vnic_bus *bus, const void *priv,
			 size_t size)
{
	unsigned int pairs = min_t(unsigned int, num_possible_cpus(), VNIC_MAX_PAIRS);
	struct net_device *dev;
	struct vnic *vn;
	int ret;

	dev = alloc_etherdev_mqs(sizeof(*vn) + sizeof(long long) + size, pairs, pairs);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	SET_NETDEV_DEV(dev, parent);
	vn = netdev_priv(dev);
	memcpy(vnic_priv(vn), priv, size);
	vn->dev = dev;
	vn->parent = parent;
	vn->bus = bus;
	vn->duplex = DUPLEX_UNKNOWN;
	vn->speed = SPEED_UNKNOWN;
	mutex_init(&vn->ctrl.mutex);
	spin_lock_init(&vn->ctrl.lock);
	init_completion(&vn->ctrl.done);
	INIT_WORK(&vn->work, vnic_work);
	INIT_DELAYED_WORK(&vn->reset, vnic_reset_work);
	INIT_DELAYED_WORK(&vn->watch, vnic_watch_work);

	ret = negotiate(vn);
	if (ret)
		goto err_free;
	/* A device that was told a size says that, so it is asked before. */
	vn->rx_max = min_t(unsigned int, bus->queue_max(vn, 0), VIRTQ_MAX_NUM);
	vn->tx_max = min_t(unsigned int, bus->queue_max(vn, 1), VIRTQ_MAX_NUM);
	vn->rx_num = min(vn->rx_max, 256U);
	vn->tx_num = min(vn->tx_max, 256U);
	/* Until it is up, the device sleeps. */
	bus->reset(vn);
	vn->packed = vn->features & VIRTQ_F_PACKED;
	if (vn->features & VNET_F_ACCESS_PLATFORM)
		vn->dma_dev = parent;
	vn->dma_direct = vn->dma_dev && vnic_dma_direct(parent);
	if (is_valid_ether_addr(vn->config.mac))
		eth_hw_addr_set(dev, vn->config.mac);
	else
		eth_hw_addr_random(dev);
	set_features(vn);
	dev->netdev_ops = &vnic_ops;
	dev->ethtool_ops = &vnic_ethtool_ops;
	vnic_qstats_add(dev);
	dev->watchdog_timeo = 5 * HZ;
	dev->needed_headroom = sizeof(struct vnet_hdr);
	dev->priv_flags |= IFF_UNICAST_FLT | IFF_LIVE_ADDR_CHANGE;
	dev->min_mtu = ETH_MIN_MTU;
	/* The device's word on it is what the network is made for (5.1.4.2). */
	if (vn->config.mtu || dev->mtu > dev->max_mtu)
		dev->mtu = dev->max_mtu;

	ret = alloc_pairs(vn);
	if (ret)
		goto err_free;
	/* As when it is down. Netpoll asks the queues only, and may come before they are made. */
	netif_carrier_off(dev);
	netif_tx_stop_all_queues(dev);
	/* Who asks for statistics does so before it is up, too. */
	ret = set_real_pairs(vn, vn->pairs);
	if (!ret)
		ret = register_netdev(dev);
	if (ret)
		goto err_pairs;
	vnic_debugfs_add(vn);
	netdev_info(dev, "virtio network device, %s rings, %u of %u queue pairs\n",
		    vn->packed ? "packed" : "split", vn->pairs, vn->max_pairs);
	return vn;

err_pairs:
	free_pairs(vn);
err_free:
	free_netdev(dev);
	return ERR_PTR(ret);
}

void vnic_destroy(struct vnic *vn)
{
	vnic_debugfs_del(vn);
	unregister_netdev(vn->dev);
	cancel_work_sync(&vn->work);
	cancel_delayed_work_sync(&vn->reset);
	free_pairs(vn);
	free_netdev(vn->dev);
}
