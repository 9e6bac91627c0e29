// SPDX-License-Identifier: GPL-2.0-only
/*
 * sriov_demo_vf: what is agreed with the physical function: reset, address, lengths, filters;
 * and the service, which looks after the link.
 *
 * There is a link when STATUS says so and the physical function's last word had CTS. Without
 * CTS we are set up anew; if it then still answers without CTS, the link is held down on
 * purpose, and we wait for it to say something else.
 */
#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>

#include "vf.h"

/* In words, for the log. */
static const char *vf_why(int err)
{
	switch (err) {
	case -EACCES:
		return "the physical function refuses";
	case -ENETRESET:
		return "the physical function is being reset, or has no driver";
	case -ETIMEDOUT:
		return "the physical function does not answer";
	case -EBUSY:
		return "the physical function holds the mailbox";
	case -ENODEV:
		return "the device is gone";
	default:
		return "the physical function answers something else";
	}
}

static void vf_adopt_mac(struct vf_nic *nic, const u8 *mac)
{
	if (ether_addr_equal(nic->netdev->dev_addr, mac))
		return;
	eth_hw_addr_set(nic->netdev, mac);
	nic->netdev->addr_assign_type = NET_ADDR_PERM;
	if (nic->netdev->reg_state == NETREG_REGISTERED)
		call_netdevice_notifiers(NETDEV_CHANGEADDR, nic->netdev);
}

/*
 * Which address to use. A new one from the physical function is the administrator's word; the
 * same one as ever leaves the user's choice alone.
 */
static int vf_agree_mac(struct vf_nic *nic, const u8 *offered)
{
	bool given = is_valid_ether_addr(offered);
	int ret;

	if (given &&
	    (!test_bit(VF_PF_MAC, &nic->flags) || !ether_addr_equal(nic->pf_mac, offered))) {
		ether_addr_copy(nic->pf_mac, offered);
		set_bit(VF_PF_MAC, &nic->flags);
		vf_adopt_mac(nic, offered);
	}
	/* What it gave it knows; igb takes the same address again for an attack. */
	if (given && ether_addr_equal(nic->netdev->dev_addr, offered))
		return 0;
	ret = vf_mbx_mac(&nic->mbx, MBX_MAC_FIRST, nic->netdev->dev_addr);
	if (ret == -EACCES && given) {
		netdev_warn(nic->netdev, "%pM is refused by the physical function: using %pM\n",
			    nic->netdev->dev_addr, offered);
		vf_adopt_mac(nic, offered);
		ret = 0;
	}
	return ret;
}

static void vf_agree_vlans(struct vf_nic *nic)
{
	u16 vlan;
	int ret;

	for_each_set_bit(vlan, nic->vlans, VLAN_N_VID) {
		ret = vf_mbx_vlan(&nic->mbx, vlan, true);
		/* 0 is there by default, if not by a filter. */
		if (ret && vlan)
			netdev_warn(nic->netdev, "VLAN %u: %s\n", vlan, vf_why(ret));
		if (ret && ret != -EACCES)
			return;
	}
}

static void vf_agree_queues(struct vf_nic *nic)
{
	int ret;

	if (nic->pairs < 2)
		return;
	ret = vf_mbx_queues(&nic->mbx, nic->pairs, 1);
	if (ret)
		netdev_warn(nic->netdev, "all frames will come in by the first queue: %s\n",
			    vf_why(ret));
}

/**
 * vf_agree() - reset the function, and agree on everything with the physical function
 * @nic: the function, whose queues are stopped; under RTNL
 *
 * Return: 0 or -errno, and the reason is in the log, once
 */
int vf_agree(struct vf_nic *nic)
{
	unsigned int length = nic->netdev->mtu + ETH_HLEN + VLAN_HLEN + ETH_FCS_LEN;
	u8 offered[ETH_ALEN];
	int ret;

	mutex_lock(&nic->lock);
	nic->resets++;
	ret = vf_mbx_reset(&nic->mbx, offered);
	if (ret)
		goto out;
	ret = vf_agree_mac(nic, offered);
	if (ret)
		goto out;
	ret = vf_mbx_length(&nic->mbx, length);
	if (ret == -EACCES) {
		netdev_warn(nic->netdev, "the physical function refuses frames of %u bytes\n",
			    length);
		ret = 0;
	}
	if (ret)
		goto out;
	nic->macs = 0;
	nic->promisc = 0;
	nic->refused = 0;
	vf_agree_vlans(nic);
	vf_agree_queues(nic);
out:
	mutex_unlock(&nic->lock);
	if (!ret) {
		if (test_and_clear_bit(VF_TOLD, &nic->flags))
			netdev_info(nic->netdev, "the physical function is ready\n");
		vf_tell_rx_mode(nic);
	} else if (!test_and_set_bit(VF_TOLD, &nic->flags)) {
		netdev_warn(nic->netdev, "not set up: %s; trying again\n", vf_why(ret));
	}
	return ret;
}

/* What the stack wants, copied under its lock. */
struct vf_wanted {
	u16 hash[MBX_MAX_HASHES];
	u8 mac[VF_MACS_MAX][ETH_ALEN];
	unsigned int hashes;
	unsigned int macs;
	unsigned int promisc;
};

static void vf_want(struct net_device *netdev, struct vf_wanted *want)
{
	struct netdev_hw_addr *ha;

	memset(want, 0, sizeof(*want));
	netif_addr_lock_bh(netdev);
	if (netdev->flags & IFF_PROMISC)
		want->promisc = MBX_PROMISC_UNICAST | MBX_PROMISC_MULTICAST;
	if (netdev->flags & IFF_ALLMULTI || netdev_mc_count(netdev) > MBX_MAX_HASHES)
		want->promisc |= MBX_PROMISC_MULTICAST;
	netdev_for_each_mc_addr(ha, netdev) {
		if (want->hashes == MBX_MAX_HASHES)
			break;
		want->hash[want->hashes++] = e82576_mta_hash(ha->addr);
	}
	netdev_for_each_uc_addr(ha, netdev) {
		if (want->macs == VF_MACS_MAX) {
			want->promisc |= MBX_PROMISC_UNICAST;
			break;
		}
		ether_addr_copy(want->mac[want->macs++], ha->addr);
	}
	netif_addr_unlock_bh(netdev);
}

/* One at a time: that one is not granted is no reason against the other. */
static void vf_tell_promisc(struct vf_nic *nic, unsigned int promisc)
{
	int ret;

	if (promisc == (nic->promisc | nic->refused))
		return;
	nic->refused = 0;
	ret = vf_mbx_promisc(&nic->mbx, promisc);
	if (ret == -EACCES && promisc & MBX_PROMISC_UNICAST) {
		nic->refused |= MBX_PROMISC_UNICAST;
		promisc &= ~MBX_PROMISC_UNICAST;
		ret = vf_mbx_promisc(&nic->mbx, promisc);
	}
	if (ret == -EACCES) {
		nic->refused |= promisc;
		promisc = 0;
	}
	nic->promisc = promisc;
	if (nic->refused & MBX_PROMISC_UNICAST)
		netdev_info(nic->netdev, "frames to others' addresses are not to be had\n");
	if (nic->refused & MBX_PROMISC_MULTICAST)
		netdev_info(nic->netdev, "all multicast frames: the physical function refuses\n");
}

static void vf_tell_macs(struct vf_nic *nic, const struct vf_wanted *want)
{
	unsigned int i;
	int ret;

	if (!nic->macs && !want->macs)
		return;
	ret = vf_mbx_mac(&nic->mbx, MBX_MAC_CLEAR, nic->netdev->dev_addr);
	nic->macs = 0;
	for (i = 0; !ret && i < want->macs; i++) {
		ret = vf_mbx_mac(&nic->mbx, MBX_MAC_ADD, want->mac[i]);
		nic->macs += !ret;
	}
	if (ret)
		netdev_warn(nic->netdev, "filters for %u more addresses, got %u: %s\n", want->macs,
			    nic->macs, vf_why(ret));
}

/**
 * vf_tell_rx_mode() - tell the physical function which frames the stack wants
 * @nic: the function
 */
void vf_tell_rx_mode(struct vf_nic *nic)
{
	struct vf_wanted want;

	clear_bit(VF_RX_MODE, &nic->flags);
	vf_want(nic->netdev, &want);
	mutex_lock(&nic->lock);
	vf_tell_promisc(nic, want.promisc);
	vf_mbx_multicast(&nic->mbx, want.hash, want.hashes);
	vf_tell_macs(nic, &want);
	mutex_unlock(&nic->lock);
}

/**
 * vf_count() - read what the hardware counts, and widen it
 * @nic: the function; under its lock
 */
void vf_count(struct vf_nic *nic)
{
	bool reset = vf_mbx_was_reset(&nic->mbx);
	static const u32 reg[VF_HW_COUNTERS] = {
		[VF_HW_RX_PACKETS] = E82576_VFGPRC,   [VF_HW_TX_PACKETS] = E82576_VFGPTC,
		[VF_HW_RX_BYTES] = E82576_VFGORC,     [VF_HW_TX_BYTES] = E82576_VFGOTC,
		[VF_HW_RX_MULTICAST] = E82576_VFMPRC,
	};
	u32 value, more;
	unsigned int i;

	for (i = 0; i < VF_HW_COUNTERS; i++) {
		value = vf_read(nic, reg[i]);
		if (vf_gone(nic))
			return;
		/*
		 * It went back: the card was reset. What says so may come later, but so many
		 * bytes take more than two seconds.
		 */
		more = value - nic->last[i];
		if (more > S32_MAX || (reset && value < nic->last[i]))
			more = value;
		nic->counter[i] += more;
		nic->last[i] = value;
	}
	nic->mbx.reset = false;
}

static void vf_show_link(struct vf_nic *nic, bool link)
{
	struct net_device *netdev = nic->netdev;
	u32 status;

	if (link == netif_carrier_ok(netdev))
		return;
	if (!link) {
		netif_carrier_off(netdev);
		netdev_info(netdev, "link is down\n");
		return;
	}
	status = vf_read(nic, E82576_VTSTATUS);
	netdev_info(netdev, "link is up, %s Mb/s\n",
		    status & BIT(7) ? "1000" :
		    status & BIT(6) ? "100" :
				      "10");
	netif_carrier_on(netdev);
	netif_tx_wake_all_queues(netdev);
}

/* Without a buffer there is no frame, hence no interrupt, hence nobody who looks for buffers. */
static void vf_rescue(struct vf_nic *nic)
{
	unsigned int n;

	for (n = 0; n < nic->pairs; n++)
		if (READ_ONCE(nic->pair[n].rx.use) == READ_ONCE(nic->pair[n].rx.clean))
			vf_write(nic, E82576_VTEICS, BIT(n));
}

/* Under RTNL, the interface is up. */
static void vf_look_after(struct vf_nic *nic)
{
	unsigned int events;
	bool link;

	if (!netif_carrier_ok(nic->netdev) && vf_regain(nic))
		set_bit(VF_RESTART, &nic->flags);
	mutex_lock(&nic->lock);
	/* Before one has looked at the mailbox, which then forgets that there was a reset. */
	if (test_bit(VF_READY, &nic->flags))
		vf_count(nic);
	events = vf_mbx_look(&nic->mbx);
	link = test_bit(VF_READY, &nic->flags) && vf_mbx_link(&nic->mbx);
	mutex_unlock(&nic->lock);

	if (vf_gone(nic)) {
		netdev_err(nic->netdev, "no answer: removed, or is the card reset?\n");
		vf_show_link(nic, false);
		clear_bit(VF_READY, &nic->flags);
		set_bit(VF_RESTART, &nic->flags);
		nic->lost++;
		return;
	}
	if (events & (VF_MBX_WAS_RESET | VF_MBX_REVOKED)) {
		nic->lost++;
		set_bit(VF_RESTART, &nic->flags);
	}
	if (events & VF_MBX_RESETTING || test_bit(VF_RESTART, &nic->flags))
		link = false;
	vf_show_link(nic, link);
	if (events & VF_MBX_RESETTING) {
		/* Nothing to be had before it is done. */
		if (test_and_clear_bit(VF_READY, &nic->flags))
			nic->lost++;
		set_bit(VF_RESTART, &nic->flags);
		return;
	}
	if (!test_bit(VF_READY, &nic->flags))
		set_bit(VF_RESTART, &nic->flags);
	if (test_bit(VF_RESTART, &nic->flags) && time_after_eq(jiffies, nic->retry_at)) {
		vf_stop(nic);
		vf_start(nic);
		/*
		 * Whoever forgets us again at once has to wait; and so have we for one who does not
		 * answer: others want RTNL, too.
		 */
		nic->retry_at = jiffies + (test_bit(VF_READY, &nic->flags) ? HZ : 2 * HZ);
		mutex_lock(&nic->lock);
		link = test_bit(VF_READY, &nic->flags) && vf_mbx_link(&nic->mbx);
		mutex_unlock(&nic->lock);
		vf_show_link(nic, link);
	} else if (test_bit(VF_RX_MODE, &nic->flags) && test_bit(VF_READY, &nic->flags)) {
		vf_tell_rx_mode(nic);
	}
	if (test_bit(VF_READY, &nic->flags))
		vf_rescue(nic);
}

/*
 * Whether one that was gone is there again: a reset of the physical function takes us away for
 * a while, and in a guest nobody says so.
 */
static bool vf_back(struct vf_nic *nic)
{
	WRITE_ONCE(nic->io.gone, false);
	vf_read(nic, E82576_VTSTATUS);
	return !vf_gone(nic);
}

/**
 * vf_service() - look after an interface that is up
 * @work: its work item
 */
void vf_service(struct work_struct *work)
{
	struct vf_nic *nic = container_of(to_delayed_work(work), struct vf_nic, service);

	rtnl_lock();
	if (test_bit(VF_RUNNING, &nic->flags) && netif_device_present(nic->netdev)) {
		if (!vf_gone(nic) || vf_back(nic))
			vf_look_after(nic);
		mod_delayed_work(system_wq, &nic->service,
				 test_bit(VF_RESTART, &nic->flags) ? HZ / 4 : VF_SERVICE);
	}
	rtnl_unlock();
}

/**
 * vf_service_soon() - have the service look now; from any context
 * @nic: the function
 */
void vf_service_soon(struct vf_nic *nic)
{
	mod_delayed_work(system_wq, &nic->service, 0);
}
