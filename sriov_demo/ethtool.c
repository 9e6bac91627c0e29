// SPDX-License-Identifier: GPL-2.0-only
/* ethtool(8). */
#include <linux/ethtool.h>

#include "pf.h"

static void sd_get_drvinfo(struct net_device *netdev, struct ethtool_drvinfo *info)
{
	struct sd *sd = netdev_priv(netdev);
	u16 version = 0;

	strscpy(info->driver, SD_NAME, sizeof(info->driver));
	strscpy(info->bus_info, pci_name(sd->pdev), sizeof(info->bus_info));
	/* Word 5 is the version of what is in the EEPROM. */
	if (!sd_nvm_read(sd, 5, &version))
		snprintf(info->fw_version, sizeof(info->fw_version), "%u.%u", version >> 12,
			 version & 0xfff);
}

/* -- rings and queues ----------------------------------------------------------------- */

static void sd_get_ringparam(struct net_device *netdev, struct ethtool_ringparam *ring,
			     struct kernel_ethtool_ringparam *kernel_ring,
			     struct netlink_ext_ack *extack)
{
	struct sd *sd = netdev_priv(netdev);

	ring->rx_max_pending = E82576_RING_MAX;
	ring->tx_max_pending = E82576_RING_MAX;
	ring->rx_pending = sd->rx_size;
	ring->tx_pending = sd->tx_size;
}

/* Rings anew with other sizes; with the old ones if there is no memory for that. */
static int sd_resize(struct sd *sd, u32 rx, u32 tx, u8 want)
{
	u32 old_rx = sd->rx_size, old_tx = sd->tx_size;
	bool up = test_bit(SD_UP, &sd->flags);
	u8 old_want = sd->want;
	int ret;

	sd->rx_size = rx;
	sd->tx_size = tx;
	sd->want = want;
	/* The number of queues is in the table of hashes, which a reset writes. */
	ret = sd_restart(sd, want != old_want);
	if (!ret || !up)
		return ret;
	sd->rx_size = old_rx;
	sd->tx_size = old_tx;
	sd->want = old_want;
	if (!sd_set_queues(sd) && !sd_reset(sd))
		sd_up(sd);
	return ret;
}

static int sd_set_ringparam(struct net_device *netdev, struct ethtool_ringparam *ring,
			    struct kernel_ethtool_ringparam *kernel_ring,
			    struct netlink_ext_ack *extack)
{
	struct sd *sd = netdev_priv(netdev);

	if (ring->rx_pending < RING_MIN || ring->tx_pending < RING_MIN) {
		NL_SET_ERR_MSG_MOD(extack, "a ring has 64 descriptors at least");
		return -EINVAL;
	}
	return sd_resize(sd, roundup_pow_of_two(ring->rx_pending),
			 roundup_pow_of_two(ring->tx_pending), sd->want);
}

static void sd_get_channels(struct net_device *netdev, struct ethtool_channels *ch)
{
	struct sd *sd = netdev_priv(netdev);

	ch->max_other = 1;
	ch->other_count = 1;
	ch->combined_count = sd->num_tx;
	ch->rx_count = sd->num_rx - sd->num_tx;
	ch->max_combined = sd->carve.num_vfs ? 1 : sd->vecs;
	ch->max_rx = sd->carve.num_vfs && sd->vecs > 1 ? 1 : 0;
}

static int sd_set_channels(struct net_device *netdev, struct ethtool_channels *ch)
{
	struct sd *sd = netdev_priv(netdev);

	if (ch->other_count != 1 || !ch->combined_count)
		return -EINVAL;
	return sd_resize(sd, sd->rx_size, sd->tx_size, ch->combined_count + ch->rx_count);
}

/* -- interrupts ----------------------------------------------------------------------- */

static int sd_get_coalesce(struct net_device *netdev, struct ethtool_coalesce *c,
			   struct kernel_ethtool_coalesce *kernel_c, struct netlink_ext_ack *extack)
{
	struct sd *sd = netdev_priv(netdev);

	c->rx_coalesce_usecs = sd->itr;
	c->tx_coalesce_usecs = sd->itr;
	c->use_adaptive_rx_coalesce = sd->adaptive;
	c->use_adaptive_tx_coalesce = sd->adaptive;
	return 0;
}

static int sd_set_coalesce(struct net_device *netdev, struct ethtool_coalesce *c,
			   struct kernel_ethtool_coalesce *kernel_c, struct netlink_ext_ack *extack)
{
	struct sd *sd = netdev_priv(netdev);
	u32 usecs = c->rx_coalesce_usecs;
	bool adaptive = c->use_adaptive_rx_coalesce;
	unsigned int i;

	/* Both directions share a vector: whichever was changed is meant. */
	if (usecs == sd->itr)
		usecs = c->tx_coalesce_usecs;
	else if (c->tx_coalesce_usecs != sd->itr && c->tx_coalesce_usecs != usecs)
		goto err_shared;
	if (adaptive == sd->adaptive)
		adaptive = c->use_adaptive_tx_coalesce;
	if (usecs > RING_ITR_MAX) {
		NL_SET_ERR_MSG_MOD(extack, "8191 microseconds at most");
		return -ERANGE;
	}
	sd->itr = usecs;
	sd->adaptive = adaptive;
	for (i = 0; i < SD_MAX_QUEUES; i++) {
		sd->vec[i].adaptive = adaptive;
		ring_set_itr(&sd->vec[i], usecs);
	}
	return 0;

err_shared:
	NL_SET_ERR_MSG_MOD(extack, "both directions share a vector");
	return -EINVAL;
}

/* -- counters ------------------------------------------------------------------------- */

static const char *const sd_own_names[] = { "resets", "tx_timeouts" };

static const char *const sd_tx_names[] = {
	"tx%u_packets", "tx%u_bytes", "tx%u_kicks",   "tx%u_contexts",
	"tx%u_stops",	"tx%u_wakes", "tx%u_dropped",
};

static const char *const sd_rx_names[] = {
	"rx%u_packets", "rx%u_bytes",	  "rx%u_csum_good", "rx%u_csum_bad",
	"rx%u_errors",	"rx%u_no_memory", "rx%u_refills",
};

static int sd_get_sset_count(struct net_device *netdev, int set)
{
	switch (set) {
	case ETH_SS_STATS:
		/* All queues that may be: the number must not change between two questions. */
		return SD_STATS + ARRAY_SIZE(sd_own_names) +
		       SD_MAX_QUEUES * (ARRAY_SIZE(sd_tx_names) + ARRAY_SIZE(sd_rx_names));
	case ETH_SS_TEST:
		return SD_TESTS;
	default:
		return -EOPNOTSUPP;
	}
}

static u8 *sd_put_name(u8 *data, const char *name)
{
	strscpy_pad(data, name, ETH_GSTRING_LEN);
	return data + ETH_GSTRING_LEN;
}

static void sd_get_strings(struct net_device *netdev, u32 set, u8 *data)
{
	unsigned int i, q;

	if (set == ETH_SS_TEST)
		memcpy(data, sd_test_names, sizeof(sd_test_names));
	if (set != ETH_SS_STATS)
		return;
	for (i = 0; i < SD_STATS; i++)
		data = sd_put_name(data, sd_stat_name(i));
	for (i = 0; i < ARRAY_SIZE(sd_own_names); i++)
		data = sd_put_name(data, sd_own_names[i]);
	for (q = 0; q < SD_MAX_QUEUES; q++) {
		for (i = 0; i < ARRAY_SIZE(sd_tx_names); i++)
			ethtool_sprintf(&data, sd_tx_names[i], q);
		for (i = 0; i < ARRAY_SIZE(sd_rx_names); i++)
			ethtool_sprintf(&data, sd_rx_names[i], q);
	}
}

static void sd_get_ethtool_stats(struct net_device *netdev, struct ethtool_stats *stats, u64 *data)
{
	struct sd *sd = netdev_priv(netdev);
	unsigned int i, q, start;

	sd_stats_poll(sd);
	for (i = 0; i < SD_STATS; i++)
		*data++ = sd->stats[i];
	*data++ = sd->resets;
	*data++ = sd->tx_timeouts;
	for (q = 0; q < SD_MAX_QUEUES; q++) {
		const struct ring_tx_stats *t = &sd->tx[q].stats;
		const struct ring_rx_stats *r = &sd->rx[q].stats;

		do {
			start = u64_stats_fetch_begin(&t->syncp);
			data[0] = t->packets;
			data[1] = t->bytes;
		} while (u64_stats_fetch_retry(&t->syncp, start));
		data[2] = t->kicks;
		data[3] = t->contexts;
		data[4] = t->stops;
		data[5] = t->wakes;
		data[6] = t->dropped;
		data += ARRAY_SIZE(sd_tx_names);
		do {
			start = u64_stats_fetch_begin(&r->syncp);
			data[0] = r->packets;
			data[1] = r->bytes;
		} while (u64_stats_fetch_retry(&r->syncp, start));
		data[2] = r->csum_good;
		data[3] = r->csum_bad;
		data[4] = r->errors;
		data[5] = r->no_memory;
		data[6] = r->refills;
		data += ARRAY_SIZE(sd_rx_names);
	}
}

static void sd_get_pause_stats(struct net_device *netdev, struct ethtool_pause_stats *stats)
{
	struct sd *sd = netdev_priv(netdev);

	sd_stats_poll(sd);
	/* A frame of either kind is a pause frame; that of XON asks for no time at all. */
	stats->rx_pause_frames = sd->stats[SD_STAT_RX_XON] + sd->stats[SD_STAT_RX_XOFF];
	stats->tx_pause_frames = sd->stats[SD_STAT_TX_XON] + sd->stats[SD_STAT_TX_XOFF];
}

/* -- registers ------------------------------------------------------------------------ */

/* None that reading clears: ICR, EICR and the counters. */
static const u32 sd_dump_regs[] = {
	E82576_CTRL,	E82576_STATUS, E82576_EECD,  E82576_CTRL_EXT,  E82576_FCAL,   E82576_FCAH,
	E82576_FCT,	E82576_VET,    E82576_FCTTV, E82576_LEDCTL,    E82576_IMS,    E82576_GPIE,
	E82576_EIMS,	E82576_EIAC,   E82576_EIAM,  E82576_IVAR_MISC, E82576_RCTL,   E82576_FCRTL,
	E82576_FCRTH,	E82576_RXPBS,  E82576_QDE,   E82576_RXCSUM,    E82576_RLPML,  E82576_RFCTL,
	E82576_MRQC,	E82576_TCTL,   E82576_TIPG,  E82576_TXPBS,     E82576_DTXCTL, E82576_VT_CTL,
	E82576_MBVFIMR, E82576_VFRE,   E82576_VFTE,  E82576_DTXSWC,    E82576_RPLOLR, E82576_IOVCTL,
};

static const struct {
	u32 reg;
	u32 step;
	u32 count;
} sd_dump_arrays[] = {
	{ E82576_IVAR(0), 4, 8 },	{ E82576_EITR(0), 4, E82576_VECTORS },
	{ E82576_RAL(0), 4, 32 },	{ E82576_RAL(16), 4, 16 },
	{ E82576_VMOLR(0), 4, 8 },	{ E82576_VMVIR(0), 4, 8 },
	{ E82576_VLVF(0), 4, 32 },	{ E82576_RDBAL(0), 0x40, 16 },
	{ E82576_RDBAH(0), 0x40, 16 },	{ E82576_RDLEN(0), 0x40, 16 },
	{ E82576_SRRCTL(0), 0x40, 16 }, { E82576_RDH(0), 0x40, 16 },
	{ E82576_RDT(0), 0x40, 16 },	{ E82576_RXDCTL(0), 0x40, 16 },
	{ E82576_TDBAL(0), 0x40, 16 },	{ E82576_TDBAH(0), 0x40, 16 },
	{ E82576_TDLEN(0), 0x40, 16 },	{ E82576_TDH(0), 0x40, 16 },
	{ E82576_TDT(0), 0x40, 16 },	{ E82576_TXDCTL(0), 0x40, 16 },
	{ E82576_TDWBAL(0), 0x40, 16 }, { E82576_TDWBAH(0), 0x40, 16 },
};

static int sd_get_regs_len(struct net_device *netdev)
{
	unsigned int i, count = ARRAY_SIZE(sd_dump_regs);

	for (i = 0; i < ARRAY_SIZE(sd_dump_arrays); i++)
		count += sd_dump_arrays[i].count;
	return count * 2 * sizeof(u32);
}

/* Pairs of a register's offset and its value. */
static void sd_get_regs(struct net_device *netdev, struct ethtool_regs *regs, void *data)
{
	struct sd *sd = netdev_priv(netdev);
	unsigned int i, n;
	u32 *word = data;

	regs->version = 1;
	for (i = 0; i < ARRAY_SIZE(sd_dump_regs); i++) {
		*word++ = sd_dump_regs[i];
		*word++ = sd_read(sd, sd_dump_regs[i]);
	}
	for (i = 0; i < ARRAY_SIZE(sd_dump_arrays); i++)
		for (n = 0; n < sd_dump_arrays[i].count; n++) {
			u32 reg = sd_dump_arrays[i].reg + n * sd_dump_arrays[i].step;

			*word++ = reg;
			*word++ = sd_read(sd, reg);
		}
}

const struct ethtool_ops sd_ethtool_ops = {
	.supported_coalesce_params = ETHTOOL_COALESCE_USECS | ETHTOOL_COALESCE_USE_ADAPTIVE,
	.get_drvinfo = sd_get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = sd_get_link_ksettings,
	.set_link_ksettings = sd_set_link_ksettings,
	.nway_reset = sd_nway_reset,
	.get_pause_stats = sd_get_pause_stats,
	.get_pauseparam = sd_get_pauseparam,
	.set_pauseparam = sd_set_pauseparam,
	.get_ringparam = sd_get_ringparam,
	.set_ringparam = sd_set_ringparam,
	.get_channels = sd_get_channels,
	.set_channels = sd_set_channels,
	.get_coalesce = sd_get_coalesce,
	.set_coalesce = sd_set_coalesce,
	.get_sset_count = sd_get_sset_count,
	.get_strings = sd_get_strings,
	.get_ethtool_stats = sd_get_ethtool_stats,
	.get_regs_len = sd_get_regs_len,
	.get_regs = sd_get_regs,
	.self_test = sd_self_test,
	.get_ts_info = ethtool_op_get_ts_info,
};
