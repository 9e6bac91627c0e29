// SPDX-License-Identifier: GPL-2.0-only
/* The network device: up and down, filters, link and resets. */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/interrupt.h>
#include <linux/rtnetlink.h>

#include "pf.h"

static unsigned int sd_vectors(const struct sd *sd)
{
	return max(sd->num_rx, sd->num_tx);
}

/* -- queues ------------------------------------------------------------------------------ */

int sd_set_queues(struct sd *sd)
{
	unsigned int rx = min_t(unsigned int, sd->want, sd->vecs), tx = rx;
	int ret;

	if (sd->carve.num_vfs) {
		/*
		 * Our pool has two pairs. One of them sends: what is sent by a second one to a
		 * virtual function of this card is delivered to its second queue, which it may
		 * not have (an erratum of the 82576, see commit 5fa8517f038d of igb).
		 */
		rx = min(rx, 2u);
		tx = 1;
	}
	ret = netif_set_real_num_tx_queues(sd->netdev, tx);
	if (!ret)
		ret = netif_set_real_num_rx_queues(sd->netdev, rx);
	if (ret)
		return ret;
	sd->num_tx = tx;
	sd->num_rx = rx;
	return 0;
}

void sd_rings_free(struct sd *sd)
{
	unsigned int i;

	for (i = 0; i < sd_vectors(sd); i++) {
		netif_queue_set_napi(sd->netdev, i, NETDEV_QUEUE_TYPE_RX, NULL);
		if (i < sd->num_tx)
			netif_queue_set_napi(sd->netdev, i, NETDEV_QUEUE_TYPE_TX, NULL);
		ring_tx_free(&sd->tx[i]);
		ring_rx_free(&sd->rx[i]);
		netif_napi_del(&sd->vec[i].napi);
	}
}

int sd_rings_alloc(struct sd *sd)
{
	unsigned int i, hw;
	int ret = 0;

	/* All of them first, so that taking back can begin anywhere. */
	for (i = 0; i < sd_vectors(sd); i++)
		netif_napi_add(sd->netdev, &sd->vec[i].napi, ring_poll);
	for (i = 0; i < sd_vectors(sd) && !ret; i++) {
		struct ring_vec *v = &sd->vec[i];
		struct ring_rx *r = &sd->rx[i];
		struct ring_tx *t = &sd->tx[i];

		hw = sd_hw_queue(sd, i);
		v->rx = i < sd->num_rx ? r : NULL;
		v->tx = i < sd->num_tx ? t : NULL;
		vector_init(&v->vector, sd->hw + E82576_EIMC, sd->hw + E82576_EIMS, BIT(i + 1));
		v->eitr = sd->hw + E82576_EITR(i + 1);
		v->adaptive = sd->adaptive;
		v->trend = 0;
		v->itr_told = ~0;
		ring_set_itr(v, sd->itr);
		netif_napi_set_irq(&v->napi, pci_irq_vector(sd->pdev, i + 1));
		if (v->rx) {
			r->index = i;
			r->hw = hw;
			r->regs = sd->hw + E82576_RDBAL(hw);
			r->size = sd->rx_size;
			r->napi = &v->napi;
			r->netdev = sd->netdev;
			r->dev = &sd->pdev->dev;
			/* One queue that nobody empties must not stop the others. */
			r->drop_en = sd->carve.num_vfs || (sd->num_rx > 1 && !sd->link.fc_tx);
			ret = ring_rx_alloc(r);
			if (ret)
				break;
			netif_queue_set_napi(sd->netdev, i, NETDEV_QUEUE_TYPE_RX, &v->napi);
		}
		if (v->tx) {
			t->index = i;
			t->hw = hw;
			t->regs = sd->hw + E82576_TDBAL(hw);
			t->size = sd->tx_size;
			t->vec = v;
			t->txq = netdev_get_tx_queue(sd->netdev, i);
			t->dev = &sd->pdev->dev;
			ret = ring_tx_alloc(t);
			if (ret)
				break;
			netif_queue_set_napi(sd->netdev, i, NETDEV_QUEUE_TYPE_TX, &v->napi);
		}
	}
	if (ret)
		sd_rings_free(sd);
	return ret;
}

int sd_up(struct sd *sd)
{
	u32 bits = GENMASK(sd_vectors(sd), 1);
	unsigned int i;
	int ret;

	if (sd_gone(sd))
		return -ENODEV;
	ret = sd_rings_alloc(sd);
	if (ret)
		return ret;
	ret = sd_irq_request(sd);
	if (ret) {
		sd_rings_free(sd);
		return ret;
	}
	for (i = 0; i < sd->num_tx; i++)
		ring_tx_start(&sd->tx[i]);
	for (i = 0; i < sd->num_rx; i++)
		ring_rx_start(&sd->rx[i]);
	/* Not before: an interrupt left over from the last time would poll rings in the making. */
	for (i = 0; i < sd_vectors(sd); i++) {
		vector_start(&sd->vec[i].vector);
		napi_enable(&sd->vec[i].napi);
	}
	set_bit(SD_UP, &sd->flags);
	sd_apply_enable(sd);
	sd_write(sd, E82576_EIMS, bits);
	/* What came before told nobody. */
	sd_write(sd, E82576_EICS, bits);
	if (sd->link.up)
		netif_carrier_on(sd->netdev);
	/*
	 * What waited while all was set up anew goes on now. All of them: the stack's watchdog
	 * takes a queue that is not in use, and stopped, for one that is stuck.
	 */
	netif_tx_wake_all_queues(sd->netdev);
	return 0;
}

void sd_down(struct sd *sd)
{
	u32 bits = GENMASK(sd_vectors(sd), 1);
	unsigned int i;

	if (!test_and_clear_bit(SD_UP, &sd->flags))
		return;
	netif_carrier_off(sd->netdev);
	netif_tx_disable(sd->netdev);
	sd_write(sd, E82576_EIMC, bits);
	for (i = 0; i < sd_vectors(sd); i++)
		napi_disable(&sd->vec[i].napi);
	/* The last poll may have woken its queue, and may have unmasked its vector. */
	netif_tx_disable(sd->netdev);
	sd_write(sd, E82576_EIMC, bits);
	sd_flush(sd);
	sd_irq_release(sd);
	for (i = 0; i < sd->num_rx; i++)
		ring_rx_stop(&sd->rx[i]);
	for (i = 0; i < sd->num_tx; i++)
		ring_tx_stop(&sd->tx[i]);
	sd_apply_enable(sd);
	sd_rings_free(sd);
}

int sd_restart(struct sd *sd, bool reset)
{
	bool up = test_bit(SD_UP, &sd->flags);
	int ret;

	sd_down(sd);
	ret = sd_set_queues(sd);
	if (!ret && reset)
		ret = sd_reset(sd);
	if (!ret && up)
		ret = sd_up(sd);
	if (ret)
		netdev_err(sd->netdev, "not up again (%d): set it down and up\n", ret);
	return ret;
}

static int sd_open(struct net_device *netdev)
{
	struct sd *sd = netdev_priv(netdev);
	int ret = 0;

	netif_carrier_off(netdev);
	if (test_bit(SD_UNSET, &sd->flags))
		ret = sd_reset(sd);
	return ret ?: sd_up(sd);
}

static int sd_stop(struct net_device *netdev)
{
	sd_down(netdev_priv(netdev));
	return 0;
}

static netdev_tx_t sd_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	unsigned int queue = skb_get_queue_mapping(skb);
	struct sd *sd = netdev_priv(netdev);

	/* Chosen while there were more, by one who goes past the queueing disciplines. */
	if (unlikely(queue >= sd->num_tx)) {
		dev_core_stats_tx_dropped_inc(netdev);
		dev_kfree_skb_any(skb);
		return NETDEV_TX_OK;
	}
	return ring_xmit(&sd->tx[queue], skb);
}

/* -- filters ------------------------------------------------------------------------------ */

static int sd_add_address(struct net_device *netdev, const u8 *mac)
{
	struct sd *sd = netdev_priv(netdev);

	return carve_pf_add_mac(&sd->carve, mac, ktime_get_ns());
}

static int sd_del_address(struct net_device *netdev, const u8 *mac)
{
	struct sd *sd = netdev_priv(netdev);

	carve_pf_del_mac(&sd->carve, mac);
	return 0;
}

static void sd_set_rx_mode(struct net_device *netdev)
{
	struct sd *sd = netdev_priv(netdev);
	unsigned int mode = 0;
	u32 hash[E82576_MTA_WORDS] = { 0 };
	struct netdev_hw_addr *ha;
	unsigned long irq;

	if (netdev->flags & IFF_PROMISC)
		mode |= CARVE_PF_PROMISC;
	if (netdev->flags & IFF_ALLMULTI)
		mode |= CARVE_PF_ALL_MULTI;
	if (netdev->features & NETIF_F_HW_VLAN_CTAG_RX)
		mode |= CARVE_PF_STRIP;
	if (sd->num_rx > 1)
		mode |= CARVE_PF_RSS;
	netdev_for_each_mc_addr(ha, netdev) {
		u16 h = e82576_mta_hash(ha->addr);

		hash[h / 32] |= BIT(h % 32);
	}

	spin_lock_irqsave(&sd->carve_lock, irq);
	/* More addresses than filters: all frames, and the stack looks. */
	if (__dev_uc_sync(netdev, sd_add_address, sd_del_address))
		mode |= CARVE_PF_PROMISC;
	carve_pf_set_multicast(&sd->carve, hash);
	carve_pf_set_mode(&sd->carve, mode, netdev->mtu + VLAN_ETH_HLEN + ETH_FCS_LEN);
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	/* A virtual function that had one of these addresses has lost it, and is told. */
	sd_carve_service(sd);
}

void sd_sync_filters(struct sd *sd)
{
	unsigned long irq;

	/* Before it is registered there is neither a lock nor anybody else. */
	if (sd->netdev->reg_state == NETREG_UNINITIALIZED) {
		sd_set_rx_mode(sd->netdev);
		return;
	}
	netif_addr_lock_bh(sd->netdev);
	spin_lock_irqsave(&sd->carve_lock, irq);
	__dev_uc_unsync(sd->netdev, sd_del_address);
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	sd_set_rx_mode(sd->netdev);
	netif_addr_unlock_bh(sd->netdev);
}

static int sd_set_mac(struct net_device *netdev, void *addr)
{
	struct sd *sd = netdev_priv(netdev);
	struct sockaddr *sa = addr;
	unsigned long irq;
	int ret;

	if (!is_valid_ether_addr(sa->sa_data))
		return -EADDRNOTAVAIL;
	spin_lock_irqsave(&sd->carve_lock, irq);
	ret = carve_pf_set_mac(&sd->carve, sa->sa_data, ktime_get_ns());
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	sd_carve_service(sd);
	if (ret) {
		netdev_warn(netdev, "%pM is a virtual function's, set by the administrator\n",
			    sa->sa_data);
		return ret;
	}
	eth_hw_addr_set(netdev, sa->sa_data);
	return 0;
}

static int sd_set_vlan(struct sd *sd, u16 vlan, bool on)
{
	unsigned long irq;

	spin_lock_irqsave(&sd->carve_lock, irq);
	carve_pf_set_vlan(&sd->carve, vlan, on);
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	return 0;
}

static int sd_vlan_add(struct net_device *netdev, __be16 proto, u16 vlan)
{
	return sd_set_vlan(netdev_priv(netdev), vlan, true);
}

static int sd_vlan_kill(struct net_device *netdev, __be16 proto, u16 vlan)
{
	return sd_set_vlan(netdev_priv(netdev), vlan, false);
}

static int sd_note_vlan(struct net_device *vlan_dev, int vlan, void *wanted)
{
	set_bit(vlan, wanted);
	return 0;
}

void sd_sync_vlans(struct sd *sd)
{
	DECLARE_BITMAP(wanted, VLAN_N_VID) = { 0 };
	unsigned int vlan;

	vlan_for_each(sd->netdev, sd_note_vlan, wanted);
	for_each_clear_bit(vlan, wanted, VLAN_N_VID)
		if (sd->carve.pf_vlan[vlan / 32] & BIT(vlan % 32))
			sd_set_vlan(sd, vlan, false);
}

/* A frame may fill any number of buffers: it is the filter that knows its length. */
static int sd_change_mtu(struct net_device *netdev, int mtu)
{
	WRITE_ONCE(netdev->mtu, mtu);
	netif_addr_lock_bh(netdev);
	sd_set_rx_mode(netdev);
	netif_addr_unlock_bh(netdev);
	return 0;
}

static int sd_set_features(struct net_device *netdev, netdev_features_t features)
{
	if (!((features ^ netdev->features) & NETIF_F_HW_VLAN_CTAG_RX))
		return 0;
	netdev->features = features;
	netif_addr_lock_bh(netdev);
	sd_set_rx_mode(netdev);
	netif_addr_unlock_bh(netdev);
	return 1;
}

/* -- counters, time-outs ------------------------------------------------------------------ */

static void sd_get_stats(struct net_device *netdev, struct rtnl_link_stats64 *s)
{
	struct sd *sd = netdev_priv(netdev);
	unsigned int i;

	for (i = 0; i < SD_MAX_QUEUES; i++)
		ring_add_stats(&sd->rx[i], &sd->tx[i], s);
	s->multicast = sd->stats[SD_STAT_MULTICAST];
	s->rx_crc_errors = sd->stats[SD_STAT_CRC];
	s->rx_frame_errors = sd->stats[SD_STAT_ALIGN];
	s->rx_missed_errors = sd->stats[SD_STAT_MISSED];
	s->rx_length_errors = sd->stats[SD_STAT_LENGTH];
	s->rx_errors += s->rx_crc_errors + s->rx_frame_errors + s->rx_length_errors;
	s->collisions = sd->stats[SD_STAT_COLLISIONS];
}

static void sd_tx_timeout(struct net_device *netdev, unsigned int queue)
{
	struct sd *sd = netdev_priv(netdev);

	/* A CPU, or all of the machine, may have stood still for so long. */
	if (queue < sd->num_tx && ring_tx_late(&sd->tx[queue])) {
		napi_schedule(&sd->tx[queue].vec->napi);
		return;
	}
	sd->tx_timeouts++;
	netdev_warn(netdev, "transmit queue %u is stuck\n", queue);
	schedule_work(&sd->reset_work);
}

/* -- works ---------------------------------------------------------------------------------- */

void sd_reset_work(struct work_struct *work)
{
	struct sd *sd = container_of(work, struct sd, reset_work);

	rtnl_lock();
	if (!test_bit(SD_REMOVING, &sd->flags) && netif_device_present(sd->netdev)) {
		netdev_info(sd->netdev, "resetting the card\n");
		sd_restart(sd, true);
	}
	rtnl_unlock();
}

/* Sources that the hardware has found to be false. */
static void sd_count_spoofs(struct sd *sd)
{
	u32 spoofed = sd->spoofed;
	unsigned int i;

	sd->spoofed = 0;
	for (i = 0; spoofed && i < sd->carve.num_vfs; i++)
		if (spoofed & (BIT(i) | BIT(i + E82576_POOLS)))
			sd->carve.vf[i].events.spoofs++;
}

static void sd_link_changed(struct sd *sd)
{
	unsigned long irq;
	u64 when;

	spin_lock_irqsave(&sd->carve_lock, irq);
	when = carve_link(&sd->carve, sd->link.up, sd->link.now, ktime_get_ns());
	sd_nudge(sd);
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	sd_carve_again(sd, when);
	if (!sd->link.up) {
		netif_carrier_off(sd->netdev);
		netdev_info(sd->netdev, "link is down\n");
		return;
	}
	netdev_info(sd->netdev, "link is up, %u Mb/s, %s duplex\n", sd->link.now,
		    sd->link.now_full ? "full" : "half");
	if (test_bit(SD_UP, &sd->flags))
		netif_carrier_on(sd->netdev);
}

void sd_watchdog_work(struct work_struct *work)
{
	struct sd *sd = container_of(to_delayed_work(work), struct sd, watchdog);
	unsigned long irq;
	unsigned int i;

	if (test_bit(SD_REMOVING, &sd->flags))
		return;
	/* Whoever holds it may be waiting for this work. */
	if (!rtnl_trylock()) {
		queue_delayed_work(system_wq, &sd->watchdog, HZ / 20);
		return;
	}
	if (!netif_device_present(sd->netdev) || test_bit(SD_TESTING, &sd->flags))
		goto out;
	if (sd_gone(sd)) {
		netdev_err(sd->netdev, "the card does not answer any more\n");
		netif_carrier_off(sd->netdev);
		netif_device_detach(sd->netdev);
		goto out;
	}
	if (sd_link_check(sd))
		sd_link_changed(sd);
	spin_lock_irqsave(&sd->carve_lock, irq);
	carve_poll(&sd->carve);
	sd_count_spoofs(sd);
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	sd_stats_poll(sd);
	/* A ring without buffers hears of nothing: have it polled. */
	for (i = 0; test_bit(SD_UP, &sd->flags) && i < sd->num_rx; i++)
		if (READ_ONCE(sd->rx[i].starved)) {
			WRITE_ONCE(sd->rx[i].starved, false);
			sd_write(sd, E82576_EICS, sd->vec[i].vector.bit);
		}
out:
	rtnl_unlock();
	if (!test_bit(SD_REMOVING, &sd->flags))
		queue_delayed_work(system_wq, &sd->watchdog, SD_WATCHDOG);
}

const struct net_device_ops sd_netdev_ops = {
	.ndo_open = sd_open,
	.ndo_stop = sd_stop,
	.ndo_start_xmit = sd_xmit,
	.ndo_features_check = ring_features_check,
	.ndo_set_rx_mode = sd_set_rx_mode,
	.ndo_set_mac_address = sd_set_mac,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_change_mtu = sd_change_mtu,
	.ndo_set_features = sd_set_features,
	.ndo_get_stats64 = sd_get_stats,
	.ndo_tx_timeout = sd_tx_timeout,
	.ndo_vlan_rx_add_vid = sd_vlan_add,
	.ndo_vlan_rx_kill_vid = sd_vlan_kill,
	.ndo_set_vf_mac = sd_set_vf_mac,
	.ndo_set_vf_vlan = sd_set_vf_vlan,
	.ndo_set_vf_rate = sd_set_vf_rate,
	.ndo_set_vf_spoofchk = sd_set_vf_spoofchk,
	.ndo_set_vf_trust = sd_set_vf_trust,
	.ndo_set_vf_link_state = sd_set_vf_link_state,
	.ndo_get_vf_config = sd_get_vf_config,
	.ndo_get_vf_stats = sd_get_vf_stats,
};
