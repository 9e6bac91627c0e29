// SPDX-License-Identifier: GPL-2.0-only
/* sriov_demo_vf: ethtool(8). */
#include <linux/delay.h>
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>

#include "vf.h"

static void vf_get_drvinfo(struct net_device *netdev, struct ethtool_drvinfo *info)
{
	struct vf_nic *nic = netdev_priv(netdev);

	strscpy(info->driver, VF_NAME, sizeof(info->driver));
	strscpy(info->bus_info, pci_name(nic->pdev), sizeof(info->bus_info));
}

static int vf_get_link_ksettings(struct net_device *netdev, struct ethtool_link_ksettings *cmd)
{
	struct vf_nic *nic = netdev_priv(netdev);
	u32 status;

	ethtool_link_ksettings_zero_link_mode(cmd, supported);
	ethtool_link_ksettings_zero_link_mode(cmd, advertising);
	cmd->base.port = PORT_NONE;
	cmd->base.autoneg = AUTONEG_DISABLE;
	cmd->base.speed = SPEED_UNKNOWN;
	cmd->base.duplex = DUPLEX_UNKNOWN;
	if (!netif_carrier_ok(netdev))
		return 0;
	status = vf_read(nic, E82576_VTSTATUS);
	switch (FIELD_GET(E82576_STATUS_SPEED, status)) {
	case 0:
		cmd->base.speed = SPEED_10;
		break;
	case 1:
		cmd->base.speed = SPEED_100;
		break;
	default:
		cmd->base.speed = SPEED_1000;
		break;
	}
	cmd->base.duplex = status & E82576_STATUS_FD ? DUPLEX_FULL : DUPLEX_HALF;
	return 0;
}

/* -- sizes: all change with the interface down, so that one that is up is set down and up ---- */

static int vf_change(struct vf_nic *nic, unsigned int pairs, unsigned int rx_size,
		     unsigned int tx_size)
{
	unsigned int old_pairs = nic->pairs, old_rx = nic->rx_size, old_tx = nic->tx_size;
	bool up = test_bit(VF_RUNNING, &nic->flags);
	int ret;

	if (up)
		vf_down(nic);
	nic->pairs = pairs;
	nic->rx_size = rx_size;
	nic->tx_size = tx_size;
	if (!up)
		return 0;
	ret = vf_up(nic);
	if (!ret)
		return 0;
	nic->pairs = old_pairs;
	nic->rx_size = old_rx;
	nic->tx_size = old_tx;
	if (vf_up(nic))
		netdev_err(nic->netdev, "no memory to go on: set it down and up again\n");
	return ret;
}

static void vf_get_ringparam(struct net_device *netdev, struct ethtool_ringparam *ring,
			     struct kernel_ethtool_ringparam *kernel_ring,
			     struct netlink_ext_ack *extack)
{
	struct vf_nic *nic = netdev_priv(netdev);

	ring->rx_max_pending = E82576_RING_MAX;
	ring->tx_max_pending = E82576_RING_MAX;
	ring->rx_pending = nic->rx_size;
	ring->tx_pending = nic->tx_size;
}

static int vf_set_ringparam(struct net_device *netdev, struct ethtool_ringparam *ring,
			    struct kernel_ethtool_ringparam *kernel_ring,
			    struct netlink_ext_ack *extack)
{
	struct vf_nic *nic = netdev_priv(netdev);
	unsigned int rx, tx;

	if (ring->rx_mini_pending || ring->rx_jumbo_pending)
		return -EINVAL;
	if (ring->rx_pending < VF_RING_MIN || ring->tx_pending < VF_RING_MIN) {
		NL_SET_ERR_MSG_MOD(extack, "a ring has 64 descriptors at least");
		return -EINVAL;
	}
	rx = roundup_pow_of_two(ring->rx_pending);
	tx = roundup_pow_of_two(ring->tx_pending);
	if (rx == nic->rx_size && tx == nic->tx_size)
		return 0;
	return vf_change(nic, nic->pairs, rx, tx);
}

static void vf_get_channels(struct net_device *netdev, struct ethtool_channels *channels)
{
	struct vf_nic *nic = netdev_priv(netdev);

	channels->max_combined = min_t(unsigned int, VF_PAIRS, nic->vectors - 1);
	channels->combined_count = nic->pairs;
	channels->max_other = 1;
	channels->other_count = 1;
}

/*
 * Two pairs take a physical function that spreads frames over both, and says so: sriov_demo
 * does, igb does not. Whoever asks for two ought to know an erratum of the real 82576: a frame
 * that one function sends by its second queue to another of the same card is delivered to that
 * one's second queue, which only somebody who drives two pairs would look at.
 */
static int vf_set_channels(struct net_device *netdev, struct ethtool_channels *channels)
{
	struct vf_nic *nic = netdev_priv(netdev);
	unsigned int pairs = channels->combined_count;
	int ret;

	if (channels->rx_count || channels->tx_count || channels->other_count != 1 || !pairs)
		return -EINVAL;
	if (pairs == nic->pairs)
		return 0;
	if (pairs > 1) {
		if (!test_bit(VF_READY, &nic->flags)) {
			netdev_info(netdev, "set it up first: the physical function must agree\n");
			return -ENETDOWN;
		}
		mutex_lock(&nic->lock);
		ret = vf_mbx_queues(&nic->mbx, pairs, 1);
		mutex_unlock(&nic->lock);
		if (ret == -EACCES) {
			netdev_info(netdev,
				    "the physical function's driver grants one queue pair only\n");
			return -EOPNOTSUPP;
		}
		if (ret)
			return ret;
	}
	return vf_change(nic, pairs, nic->rx_size, nic->tx_size);
}

static int vf_get_coalesce(struct net_device *netdev, struct ethtool_coalesce *coalesce,
			   struct kernel_ethtool_coalesce *kernel_coalesce,
			   struct netlink_ext_ack *extack)
{
	struct vf_nic *nic = netdev_priv(netdev);

	coalesce->rx_coalesce_usecs = nic->itr;
	coalesce->tx_coalesce_usecs = nic->itr;
	return 0;
}

static int vf_set_coalesce(struct net_device *netdev, struct ethtool_coalesce *coalesce,
			   struct kernel_ethtool_coalesce *kernel_coalesce,
			   struct netlink_ext_ack *extack)
{
	struct vf_nic *nic = netdev_priv(netdev);
	u32 itr = coalesce->rx_coalesce_usecs;

	/* One vector for both directions: whichever was changed is meant. */
	if (itr == nic->itr) {
		itr = coalesce->tx_coalesce_usecs;
	} else if (coalesce->tx_coalesce_usecs != nic->itr && coalesce->tx_coalesce_usecs != itr) {
		NL_SET_ERR_MSG_MOD(extack, "both directions share a vector");
		return -EINVAL;
	}
	if (itr > VF_ITR_MAX) {
		NL_SET_ERR_MSG_MOD(extack, "8191 microseconds at most");
		return -ERANGE;
	}
	nic->itr = itr;
	if (test_bit(VF_RUNNING, &nic->flags))
		vf_itr_write(nic);
	return 0;
}

/* -- counters ---------------------------------------------------------------------------------- */

static const char *const vf_nic_counters[] = {
	"hw_rx_packets",   "hw_tx_packets",  "hw_rx_bytes",  "hw_tx_bytes",
	"hw_rx_multicast", "mailbox_irqs",   "mailbox_sent", "mailbox_heard",
	"mailbox_nacks",   "mailbox_silent", "resets",	     "link_lost",
};

static const char *const vf_pair_counters[] = {
	"rx%u_packets", "rx%u_bytes",	 "rx%u_errors",	  "rx%u_dropped",
	"rx%u_no_page", "rx%u_csum_bad", "tx%u_packets",  "tx%u_bytes",
	"tx%u_dropped", "tx%u_restarts", "tx%u_timeouts", "irqs%u",
};

static const char vf_test_names[][ETH_GSTRING_LEN] = {
	"registers (offline)",
	"interrupts (offline)",
	"mailbox (on/offline)",
	"link (on/offline)",
};

static int vf_get_sset_count(struct net_device *netdev, int set)
{
	switch (set) {
	case ETH_SS_STATS:
		return ARRAY_SIZE(vf_nic_counters) + VF_PAIRS * ARRAY_SIZE(vf_pair_counters);
	case ETH_SS_TEST:
		return ARRAY_SIZE(vf_test_names);
	default:
		return -EOPNOTSUPP;
	}
}

static void vf_get_strings(struct net_device *netdev, u32 set, u8 *data)
{
	unsigned int i, n;

	if (set == ETH_SS_TEST)
		memcpy(data, vf_test_names, sizeof(vf_test_names));
	if (set != ETH_SS_STATS)
		return;
	for (i = 0; i < ARRAY_SIZE(vf_nic_counters); i++, data += ETH_GSTRING_LEN)
		strscpy_pad(data, vf_nic_counters[i], ETH_GSTRING_LEN);
	for (n = 0; n < VF_PAIRS; n++)
		for (i = 0; i < ARRAY_SIZE(vf_pair_counters); i++)
			ethtool_sprintf(&data, vf_pair_counters[i], n);
}

static void vf_get_ethtool_stats(struct net_device *netdev, struct ethtool_stats *stats, u64 *data)
{
	struct vf_nic *nic = netdev_priv(netdev);
	unsigned int i, n;

	mutex_lock(&nic->lock);
	if (test_bit(VF_READY, &nic->flags))
		vf_count(nic);
	for (i = 0; i < VF_HW_COUNTERS; i++)
		*data++ = nic->counter[i];
	*data++ = nic->mbx_irqs;
	*data++ = nic->mbx.sent;
	*data++ = nic->mbx.heard;
	*data++ = nic->mbx.refused;
	*data++ = nic->mbx.silent;
	*data++ = nic->resets;
	*data++ = nic->lost;
	mutex_unlock(&nic->lock);

	for (n = 0; n < VF_PAIRS; n++) {
		const struct vf_rx *rx = &nic->pair[n].rx;
		const struct vf_tx *tx = &nic->pair[n].tx;
		unsigned int start;

		do {
			start = u64_stats_fetch_begin(&rx->sync);
			data[0] = rx->packets;
			data[1] = rx->bytes;
		} while (u64_stats_fetch_retry(&rx->sync, start));
		data[2] = rx->errors;
		data[3] = rx->dropped;
		data[4] = rx->no_page;
		data[5] = rx->csum_bad;
		do {
			start = u64_stats_fetch_begin(&tx->sync);
			data[6] = tx->packets;
			data[7] = tx->bytes;
		} while (u64_stats_fetch_retry(&tx->sync, start));
		data[8] = tx->dropped;
		data[9] = tx->restarts;
		data[10] = tx->timeouts;
		data[11] = nic->pair[n].irqs;
		data += ARRAY_SIZE(vf_pair_counters);
	}
}

/* -- registers --------------------------------------------------------------------------------- */

/* VMAILBOX is not among them: reading it takes what it says away from the driver. */
static const u32 vf_dump_regs[] = {
	E82576_VTSTATUS,  E82576_VTEIMS,    E82576_VTEIAC, E82576_VTEIAM,      E82576_VTEITR(0),
	E82576_VTEITR(1), E82576_VTEITR(2), E82576_VTIVAR, E82576_VTIVAR_MISC, E82576_VFGPRC,
	E82576_VFGPTC,	  E82576_VFGORC,    E82576_VFGOTC, E82576_VFMPRC,
};

static const u32 vf_dump_queue[] = {
	E82576_Q_BAL,  E82576_Q_BAH,  E82576_Q_LEN,  E82576_Q_SRRCTL,
	E82576_Q_HEAD, E82576_Q_TAIL, E82576_Q_DCTL,
};

static int vf_get_regs_len(struct net_device *netdev)
{
	return sizeof(u32) * (ARRAY_SIZE(vf_dump_regs) + 2 * VF_PAIRS * ARRAY_SIZE(vf_dump_queue));
}

static void vf_get_regs(struct net_device *netdev, struct ethtool_regs *regs, void *data)
{
	struct vf_nic *nic = netdev_priv(netdev);
	unsigned int i, n;
	u32 *word = data;

	regs->version = 1;
	for (i = 0; i < ARRAY_SIZE(vf_dump_regs); i++)
		*word++ = vf_read(nic, vf_dump_regs[i]);
	for (n = 0; n < VF_PAIRS; n++) {
		for (i = 0; i < ARRAY_SIZE(vf_dump_queue); i++)
			*word++ = vf_read(nic, E82576_VF_RX(n) + vf_dump_queue[i]);
		for (i = 0; i < ARRAY_SIZE(vf_dump_queue); i++)
			*word++ = vf_read(nic, E82576_VF_TX(n) + vf_dump_queue[i]);
	}
}

/* -- self-test --------------------------------------------------------------------------------- */

/* What is written into the registers of a queue that is off must be found there. */
static bool vf_test_registers(struct vf_nic *nic)
{
	static const struct {
		u32 reg;
		u32 mask;
	} test[] = {
		{ E82576_VF_RX(0) + E82576_Q_BAL, 0xffffff80 },
		{ E82576_VF_RX(0) + E82576_Q_BAH, 0xffffffff },
		{ E82576_VF_RX(0) + E82576_Q_LEN, 0x000fff80 },
		{ E82576_VF_TX(0) + E82576_Q_BAL, 0xffffff80 },
		{ E82576_VF_TX(0) + E82576_Q_BAH, 0xffffffff },
		{ E82576_VF_TX(0) + E82576_Q_LEN, 0x000fff80 },
	};
	static const u32 pattern[] = { 0x5a5a5a5a, 0xa5a5a5a5, 0, 0xffffff80 };
	unsigned int i, p;
	bool same = true;

	for (i = 0; i < ARRAY_SIZE(test); i++) {
		for (p = 0; p < ARRAY_SIZE(pattern); p++) {
			vf_write(nic, test[i].reg, pattern[p] & test[i].mask);
			if ((vf_read(nic, test[i].reg) & test[i].mask) !=
			    (pattern[p] & test[i].mask))
				same = false;
		}
		vf_write(nic, test[i].reg, 0);
	}
	return same && !vf_gone(nic);
}

/* A vector that is asked for must come. */
static bool vf_test_interrupts(struct vf_nic *nic)
{
	unsigned int n, i;

	for (n = 0; n < nic->pairs; n++) {
		unsigned long before = READ_ONCE(nic->pair[n].irqs);

		vf_write(nic, E82576_VTEICS, BIT(n));
		for (i = 0; i < 100 && READ_ONCE(nic->pair[n].irqs) == before; i++)
			usleep_range(1000, 2000);
		if (READ_ONCE(nic->pair[n].irqs) == before)
			return false;
	}
	return true;
}

static void vf_self_test(struct net_device *netdev, struct ethtool_test *test, u64 *data)
{
	struct vf_nic *nic = netdev_priv(netdev);
	bool up = test_bit(VF_RUNNING, &nic->flags);

	memset(data, 0, sizeof(*data) * ARRAY_SIZE(vf_test_names));
	if (test->flags & ETH_TEST_FL_OFFLINE) {
		if (up)
			vf_down(nic);
		data[0] = !vf_test_registers(nic);
		if (up && vf_up(nic)) {
			netdev_err(netdev, "no memory to go on: set it down and up again\n");
			up = false;
		}
		/* Vectors have handlers only while it is up. */
		data[1] = up && !vf_test_interrupts(nic);
	}
	if (up) {
		mutex_lock(&nic->lock);
		data[2] = !!vf_mbx_length(&nic->mbx,
					  netdev->mtu + ETH_HLEN + VLAN_HLEN + ETH_FCS_LEN);
		data[3] = !vf_mbx_link(&nic->mbx);
		mutex_unlock(&nic->lock);
	}
	if (data[0] || data[1] || data[2] || data[3])
		test->flags |= ETH_TEST_FL_FAILED;
}

const struct ethtool_ops vf_ethtool_ops = {
	.supported_coalesce_params = ETHTOOL_COALESCE_USECS,
	.get_drvinfo = vf_get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = vf_get_link_ksettings,
	.get_ringparam = vf_get_ringparam,
	.set_ringparam = vf_set_ringparam,
	.get_channels = vf_get_channels,
	.set_channels = vf_set_channels,
	.get_coalesce = vf_get_coalesce,
	.set_coalesce = vf_set_coalesce,
	.get_sset_count = vf_get_sset_count,
	.get_strings = vf_get_strings,
	.get_ethtool_stats = vf_get_ethtool_stats,
	.get_regs_len = vf_get_regs_len,
	.get_regs = vf_get_regs,
	.self_test = vf_self_test,
	.get_ts_info = ethtool_op_get_ts_info,
};
