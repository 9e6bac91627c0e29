// SPDX-License-Identifier: GPL-2.0-only
/*
 * sriov_demo_vf: the interface.
 *
 *	up    = memory, handlers, start	 } vf_up(), vf_down()
 *	start = agree, queues, vectors	 } vf_start(), vf_stop(): also what a reset is
 */
#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>

#include "vf.h"

/**
 * vf_regain() - take back the configuration space, if it was lost
 * @nic: the function; under RTNL
 *
 * A reset of the physical function takes it: bus mastering, vectors, and in QEMU the registers,
 * which then read as 0. Not every driver of a physical function gives it back.
 *
 * Return: whether it was lost
 */
bool vf_regain(struct vf_nic *nic)
{
	u16 command;

	pci_read_config_word(nic->pdev, PCI_COMMAND, &command);
	if (command == (u16)~0 || command & PCI_COMMAND_MASTER)
		return false;
	pci_write_config_word(nic->pdev, PCI_COMMAND,
			      command | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	pci_restore_msi_state(nic->pdev);
	netdev_info(nic->netdev, "its configuration space was reset: restored\n");
	return true;
}

/**
 * vf_start() - have the function set up, and start rings and vectors
 * @nic: the function, stopped; under RTNL
 *
 * When the physical function is not ready the service tries again. Transmit queues go on when
 * the service sees a link.
 */
void vf_start(struct vf_nic *nic)
{
	clear_bit(VF_RESTART, &nic->flags);
	vf_regain(nic);
	if (!vf_agree(nic)) {
		vf_rings_start(nic);
		set_bit(VF_READY, &nic->flags);
	} else {
		set_bit(VF_RESTART, &nic->flags);
	}
	vf_irqs_start(nic);
}

/**
 * vf_stop() - stop queues and vectors, and drop what is in the rings
 * @nic: the function, started; under RTNL
 */
void vf_stop(struct vf_nic *nic)
{
	clear_bit(VF_READY, &nic->flags);
	netif_carrier_off(nic->netdev);
	netif_tx_disable(nic->netdev);
	vf_irqs_stop(nic);
	/* The last poll may have woken its queue. */
	netif_tx_disable(nic->netdev);
	vf_rings_stop(nic);
	vf_rings_drain(nic);
}

/**
 * vf_up() - all that an interface needs to be up
 * @nic: the function; under RTNL
 *
 * Return: 0 or -errno
 */
int vf_up(struct vf_nic *nic)
{
	int ret;

	ret = vf_rings_alloc(nic);
	if (ret)
		return ret;
	ret = vf_irqs_request(nic);
	if (ret)
		goto err_rings;
	ret = netif_set_real_num_tx_queues(nic->netdev, nic->pairs);
	if (!ret)
		ret = netif_set_real_num_rx_queues(nic->netdev, nic->pairs);
	if (ret)
		goto err_irqs;
	nic->retry_at = jiffies;
	vf_start(nic);
	set_bit(VF_RUNNING, &nic->flags);
	vf_service_soon(nic);
	return 0;

err_irqs:
	vf_irqs_free(nic);
err_rings:
	vf_rings_free(nic);
	return ret;
}

/**
 * vf_down() - ... and back
 * @nic: the function; under RTNL
 */
void vf_down(struct vf_nic *nic)
{
	/* The service takes RTNL: it is not waited for here, but finds this bit clear. */
	if (!test_and_clear_bit(VF_RUNNING, &nic->flags))
		return;
	vf_stop(nic);
	/* Let the physical function forget what we had asked for. */
	vf_write(nic, E82576_VTCTRL, E82576_CTRL_RST);
	vf_irqs_free(nic);
	vf_rings_free(nic);
}

static int vf_open(struct net_device *netdev)
{
	struct vf_nic *nic = netdev_priv(netdev);

	netif_carrier_off(netdev);
	return vf_up(nic);
}

static int vf_close(struct net_device *netdev)
{
	struct vf_nic *nic = netdev_priv(netdev);

	vf_down(nic);
	return 0;
}

static void vf_set_rx_mode(struct net_device *netdev)
{
	struct vf_nic *nic = netdev_priv(netdev);

	set_bit(VF_RX_MODE, &nic->flags);
	if (test_bit(VF_RUNNING, &nic->flags))
		vf_service_soon(nic);
}

static int vf_set_mac(struct net_device *netdev, void *addr)
{
	struct vf_nic *nic = netdev_priv(netdev);
	struct sockaddr *sa = addr;
	int ret = 0;

	if (!is_valid_ether_addr(sa->sa_data))
		return -EADDRNOTAVAIL;
	if (test_bit(VF_READY, &nic->flags)) {
		mutex_lock(&nic->lock);
		ret = vf_mbx_mac(&nic->mbx, MBX_MAC_FIRST, sa->sa_data);
		mutex_unlock(&nic->lock);
	}
	if (ret == -EACCES) {
		netdev_warn(netdev,
			    "%pM is refused: the administrator has given this function an address\n",
			    sa->sa_data);
		return -EPERM;
	}
	if (ret)
		return ret;
	eth_hw_addr_set(netdev, sa->sa_data);
	return 0;
}

static int vf_change_mtu(struct net_device *netdev, int mtu)
{
	unsigned int length = mtu + ETH_HLEN + VLAN_HLEN + ETH_FCS_LEN;
	struct vf_nic *nic = netdev_priv(netdev);
	bool up = test_bit(VF_RUNNING, &nic->flags);
	int old = netdev->mtu, ret = 0;

	if (test_bit(VF_READY, &nic->flags)) {
		mutex_lock(&nic->lock);
		ret = vf_mbx_length(&nic->mbx, length);
		mutex_unlock(&nic->lock);
		if (ret == -EACCES) {
			netdev_warn(netdev, "the physical function refuses frames of %u bytes\n",
				    length);
			return -EINVAL;
		}
		if (ret)
			return ret;
	}
	if (up)
		vf_down(nic);
	netdev->mtu = mtu;
	if (up)
		ret = vf_up(nic);
	if (!ret)
		return 0;
	netdev->mtu = old;
	if (vf_up(nic))
		netdev_err(netdev, "no memory to go on: set it down and up again\n");
	return ret;
}

static void vf_tx_timeout(struct net_device *netdev, unsigned int queue)
{
	struct vf_nic *nic = netdev_priv(netdev);

	/* A CPU, or all of the machine, may have stood still for so long. */
	if (queue < nic->pairs && vf_tx_late(&nic->pair[queue].tx, &nic->pair[queue].napi)) {
		napi_schedule(&nic->pair[queue].napi);
		return;
	}
	if (queue < VF_PAIRS)
		nic->pair[queue].tx.timeouts++;
	set_bit(VF_RESTART, &nic->flags);
	vf_service_soon(nic);
}

static void vf_get_stats(struct net_device *netdev, struct rtnl_link_stats64 *stats)
{
	struct vf_nic *nic = netdev_priv(netdev);
	unsigned int n, start;

	for (n = 0; n < VF_PAIRS; n++) {
		const struct vf_rx *rx = &nic->pair[n].rx;
		const struct vf_tx *tx = &nic->pair[n].tx;
		u64 packets, bytes, multicast;

		do {
			start = u64_stats_fetch_begin(&rx->sync);
			packets = rx->packets;
			bytes = rx->bytes;
			multicast = rx->multicast;
		} while (u64_stats_fetch_retry(&rx->sync, start));
		stats->rx_packets += packets;
		stats->rx_bytes += bytes;
		stats->multicast += multicast;
		stats->rx_errors += READ_ONCE(rx->errors);
		stats->rx_dropped += READ_ONCE(rx->dropped);
		do {
			start = u64_stats_fetch_begin(&tx->sync);
			packets = tx->packets;
			bytes = tx->bytes;
		} while (u64_stats_fetch_retry(&tx->sync, start));
		stats->tx_packets += packets;
		stats->tx_bytes += bytes;
		stats->tx_dropped += READ_ONCE(tx->dropped);
	}
}

static int vf_vlan_add(struct net_device *netdev, __be16 proto, u16 vlan)
{
	struct vf_nic *nic = netdev_priv(netdev);
	int ret = 0;

	/* Else it is asked for when the function is set up. */
	if (test_bit(VF_READY, &nic->flags)) {
		mutex_lock(&nic->lock);
		ret = vf_mbx_vlan(&nic->mbx, vlan, true);
		mutex_unlock(&nic->lock);
	}
	/* Frames without a tag come in any case. */
	if (ret && vlan) {
		netdev_warn(netdev, "VLAN %u: refused by the physical function (%d)\n", vlan, ret);
		return ret;
	}
	set_bit(vlan, nic->vlans);
	return 0;
}

static int vf_vlan_kill(struct net_device *netdev, __be16 proto, u16 vlan)
{
	struct vf_nic *nic = netdev_priv(netdev);

	if (test_bit(VF_READY, &nic->flags)) {
		mutex_lock(&nic->lock);
		vf_mbx_vlan(&nic->mbx, vlan, false);
		mutex_unlock(&nic->lock);
	}
	clear_bit(vlan, nic->vlans);
	return 0;
}

/* A context descriptor has 7 bits for the first header and 9 for the second. */
static netdev_features_t vf_features_check(struct sk_buff *skb, struct net_device *netdev,
					   netdev_features_t features)
{
	unsigned int mac = skb_network_offset(skb), ip;

	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return features;
	ip = skb_checksum_start_offset(skb) - mac;
	if (unlikely(mac > E82576_TXC_MACLEN_MAX || ip > E82576_TXC_IPLEN_MAX))
		features &=
			~(NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_HW_VLAN_CTAG_TX);
	return features;
}

const struct net_device_ops vf_netdev_ops = {
	.ndo_open = vf_open,
	.ndo_stop = vf_close,
	.ndo_start_xmit = vf_tx_xmit,
	.ndo_features_check = vf_features_check,
	.ndo_set_rx_mode = vf_set_rx_mode,
	.ndo_set_mac_address = vf_set_mac,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_change_mtu = vf_change_mtu,
	.ndo_tx_timeout = vf_tx_timeout,
	.ndo_get_stats64 = vf_get_stats,
	.ndo_vlan_rx_add_vid = vf_vlan_add,
	.ndo_vlan_rx_kill_vid = vf_vlan_kill,
};
