// SPDX-License-Identifier: GPL-2.0-only
/* PHY and link. The card's PHY is at address 1, and its MAC follows it by itself (3.5.4). */
#include <linux/delay.h>
#include <linux/ethtool.h>
#include <linux/iopoll.h>
#include <linux/mii.h>
#include <linux/rtnetlink.h>

#include "pf.h"

static int sd_mdic(struct sd *sd, u32 command, u32 *value)
{
	int ret;

	sd_write(sd, E82576_MDIC, command | FIELD_PREP(E82576_MDIC_PHY, 1));
	ret = readl_poll_timeout(sd->hw + E82576_MDIC, *value, *value & E82576_MDIC_READY, 50,
				 20000);
	if (ret || *value & E82576_MDIC_ERROR)
		return -EIO;
	return 0;
}

int sd_phy_read(struct sd *sd, unsigned int reg, u16 *value)
{
	u32 mdic;
	int ret;

	ret = sd_mdic(sd, FIELD_PREP(E82576_MDIC_REG, reg) | E82576_MDIC_OP_READ, &mdic);
	if (!ret)
		*value = FIELD_GET(E82576_MDIC_DATA, mdic);
	return ret;
}

int sd_phy_write(struct sd *sd, unsigned int reg, u16 value)
{
	u32 mdic;

	return sd_mdic(sd,
		       FIELD_PREP(E82576_MDIC_REG, reg) | FIELD_PREP(E82576_MDIC_DATA, value) |
			       E82576_MDIC_OP_WRITE,
		       &mdic);
}

void sd_link_start(struct sd *sd)
{
	struct sd_link *l = &sd->link;
	unsigned long irq;
	u32 ctrl;
	u16 bmcr;

	/* Flow control is off from here on: the next look at the link counts as a change. */
	l->now = 0;
	spin_lock_irqsave(&sd->carve_lock, irq);
	ctrl = sd_read(sd, E82576_CTRL) | E82576_CTRL_SLU;
	ctrl &= ~(E82576_CTRL_FRCSPD | E82576_CTRL_FRCDPLX | E82576_CTRL_RFCE | E82576_CTRL_TFCE);
	if (!l->autoneg) {
		ctrl &= ~(E82576_CTRL_SPEED | E82576_CTRL_FD);
		ctrl |= E82576_CTRL_FRCSPD | E82576_CTRL_FRCDPLX |
			FIELD_PREP(E82576_CTRL_SPEED, l->speed == SPEED_100) |
			(l->full ? E82576_CTRL_FD : 0);
	}
	sd_write(sd, E82576_CTRL, ctrl);
	spin_unlock_irqrestore(&sd->carve_lock, irq);

	if (l->autoneg) {
		u32 pause = 0;

		if (l->fc_rx)
			pause = ADVERTISE_PAUSE_CAP | (l->fc_tx ? 0 : ADVERTISE_PAUSE_ASYM);
		else if (l->fc_tx)
			pause = ADVERTISE_PAUSE_ASYM;
		sd_phy_write(sd, MII_ADVERTISE,
			     ADVERTISE_CSMA | ethtool_adv_to_mii_adv_t(l->advertise) | pause);
		sd_phy_write(sd, MII_CTRL1000, ethtool_adv_to_mii_ctrl1000_t(l->advertise));
		bmcr = BMCR_ANENABLE | BMCR_ANRESTART;
	} else {
		bmcr = (l->speed == SPEED_100 ? BMCR_SPEED100 : 0) | (l->full ? BMCR_FULLDPLX : 0);
	}
	if (sd_phy_write(sd, MII_BMCR, bmcr))
		pci_dbg(sd->pdev, "its PHY does not answer\n");
}

/* Who pauses whom, by what both sides have offered (IEEE 802.3, table 28B-3). */
static void sd_link_flow(struct sd *sd)
{
	struct sd_link *l = &sd->link;
	u16 ours = 0, theirs = 0;
	unsigned long irq;
	u8 flow = 0;
	u32 ctrl;

	if (l->autoneg && l->fc_auto) {
		if (!sd_phy_read(sd, MII_ADVERTISE, &ours) && !sd_phy_read(sd, MII_LPA, &theirs))
			flow = mii_resolve_flowctrl_fdx(ours, theirs);
	} else {
		flow = (l->fc_rx ? FLOW_CTRL_RX : 0) | (l->fc_tx ? FLOW_CTRL_TX : 0);
	}
	spin_lock_irqsave(&sd->carve_lock, irq);
	ctrl = sd_read(sd, E82576_CTRL) & ~(E82576_CTRL_RFCE | E82576_CTRL_TFCE);
	if (l->now_full)
		ctrl |= (flow & FLOW_CTRL_RX ? E82576_CTRL_RFCE : 0) |
			(flow & FLOW_CTRL_TX ? E82576_CTRL_TFCE : 0);
	sd_write(sd, E82576_CTRL, ctrl);
	spin_unlock_irqrestore(&sd->carve_lock, irq);
}

bool sd_link_check(struct sd *sd)
{
	static const u16 speeds[] = { SPEED_10, SPEED_100, SPEED_1000, SPEED_1000 };
	u32 status = sd_read(sd, E82576_STATUS);
	struct sd_link *l = &sd->link;
	bool up = status & E82576_STATUS_LU, full = status & E82576_STATUS_FD;
	u16 now = speeds[FIELD_GET(E82576_STATUS_SPEED, status)];

	if (status == ~0U)
		up = false;
	if (up == l->up && (!up || (now == l->now && full == l->now_full)))
		return false;
	l->up = up;
	l->now = up ? now : 0;
	l->now_full = up && full;
	if (up)
		sd_link_flow(sd);
	return true;
}

/* -- ethtool_ops ---------------------------------------------------------------------------- */

#define SD_SUPPORTED                                                                             \
	(SUPPORTED_10baseT_Half | SUPPORTED_10baseT_Full | SUPPORTED_100baseT_Half |             \
	 SUPPORTED_100baseT_Full | SUPPORTED_1000baseT_Full | SUPPORTED_Autoneg | SUPPORTED_TP | \
	 SUPPORTED_Pause | SUPPORTED_Asym_Pause)

int sd_get_link_ksettings(struct net_device *netdev, struct ethtool_link_ksettings *cmd)
{
	struct sd *sd = netdev_priv(netdev);
	struct sd_link *l = &sd->link;
	u32 advertise = ADVERTISED_TP;

	if (l->autoneg) {
		advertise |= ADVERTISED_Autoneg | l->advertise;
		if (l->fc_rx)
			advertise |= ADVERTISED_Pause | (l->fc_tx ? 0 : ADVERTISED_Asym_Pause);
		else if (l->fc_tx)
			advertise |= ADVERTISED_Asym_Pause;
	}
	ethtool_convert_legacy_u32_to_link_mode(cmd->link_modes.supported, SD_SUPPORTED);
	ethtool_convert_legacy_u32_to_link_mode(cmd->link_modes.advertising, advertise);
	cmd->base.port = PORT_TP;
	cmd->base.phy_address = 1;
	cmd->base.autoneg = l->autoneg ? AUTONEG_ENABLE : AUTONEG_DISABLE;
	cmd->base.speed = l->up && l->now ? l->now : SPEED_UNKNOWN;
	cmd->base.duplex = !l->up ? DUPLEX_UNKNOWN : l->now_full ? DUPLEX_FULL : DUPLEX_HALF;
	cmd->base.eth_tp_mdix = ETH_TP_MDI_INVALID;
	cmd->base.eth_tp_mdix_ctrl = ETH_TP_MDI_INVALID;
	return 0;
}

int sd_set_link_ksettings(struct net_device *netdev, const struct ethtool_link_ksettings *cmd)
{
	struct sd *sd = netdev_priv(netdev);
	struct sd_link *l = &sd->link;
	u32 advertise;

	if (cmd->base.autoneg == AUTONEG_ENABLE) {
		ethtool_convert_link_mode_to_legacy_u32(&advertise, cmd->link_modes.advertising);
		advertise &= ADVERTISED_10baseT_Half | ADVERTISED_10baseT_Full |
			     ADVERTISED_100baseT_Half | ADVERTISED_100baseT_Full |
			     ADVERTISED_1000baseT_Full;
		if (!advertise)
			return -EINVAL;
		l->autoneg = true;
		l->advertise = advertise;
	} else {
		/* 1000BASE-T is always negotiated. */
		if (cmd->base.speed != SPEED_10 && cmd->base.speed != SPEED_100)
			return -EINVAL;
		if (cmd->base.duplex != DUPLEX_HALF && cmd->base.duplex != DUPLEX_FULL)
			return -EINVAL;
		l->autoneg = false;
		l->speed = cmd->base.speed;
		l->full = cmd->base.duplex == DUPLEX_FULL;
	}
	sd_link_start(sd);
	return 0;
}

void sd_get_pauseparam(struct net_device *netdev, struct ethtool_pauseparam *pause)
{
	struct sd *sd = netdev_priv(netdev);

	pause->autoneg = sd->link.fc_auto;
	pause->rx_pause = sd->link.fc_rx;
	pause->tx_pause = sd->link.fc_tx;
}

int sd_set_pauseparam(struct net_device *netdev, struct ethtool_pauseparam *pause)
{
	struct sd *sd = netdev_priv(netdev);

	sd->link.fc_auto = pause->autoneg;
	sd->link.fc_rx = pause->rx_pause;
	sd->link.fc_tx = pause->tx_pause;
	/* The thresholds belong to the packet buffer, which only a reset empties. */
	return sd_restart(sd, true);
}

int sd_nway_reset(struct net_device *netdev)
{
	struct sd *sd = netdev_priv(netdev);

	if (!netif_running(netdev))
		return -EAGAIN;
	if (!sd->link.autoneg)
		return -EINVAL;
	sd_link_start(sd);
	return 0;
}
