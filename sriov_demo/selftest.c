// SPDX-License-Identifier: GPL-2.0-only
/*
 * ethtool -t: registers, EEPROM, interrupts, loop-back and link. The first four take the card
 * away from its users for a moment ("offline") and leave it as it was.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/interrupt.h>
#include <linux/mii.h>

#include "pf.h"

enum {
	SD_TEST_REGISTER,
	SD_TEST_EEPROM,
	SD_TEST_INTERRUPT,
	SD_TEST_LOOPBACK,
	SD_TEST_LINK,
};

const char sd_test_names[SD_TESTS][ETH_GSTRING_LEN] = {
	[SD_TEST_REGISTER] = "Register test  (offline)",
	[SD_TEST_EEPROM] = "Eeprom test    (offline)",
	[SD_TEST_INTERRUPT] = "Interrupt test (offline)",
	[SD_TEST_LOOPBACK] = "Loopback test  (offline)",
	[SD_TEST_LINK] = "Link test   (on/offline)",
};

/* What is written into bits that can be written must be found there; the card is in reset. */
static u64 sd_test_registers(struct sd *sd)
{
	static const struct {
		u32 reg;
		u32 step;
		u32 count;
		u32 mask;
	} test[] = {
		{ E82576_FCAL, 0, 1, 0xffffffff },
		{ E82576_FCAH, 0, 1, 0x0000ffff },
		{ E82576_FCT, 0, 1, 0x0000ffff },
		{ E82576_FCTTV, 0, 1, 0x0000ffff },
		{ E82576_FCRTH, 0, 1, 0x0000fff0 },
		{ E82576_RDBAL(0), 0x40, 16, 0xffffff80 },
		{ E82576_RDBAH(0), 0x40, 16, 0xffffffff },
		{ E82576_RDLEN(0), 0x40, 16, 0x000fff80 },
		{ E82576_TDBAL(0), 0x40, 16, 0xffffff80 },
		{ E82576_TDBAH(0), 0x40, 16, 0xffffffff },
		{ E82576_TDLEN(0), 0x40, 16, 0x000fff80 },
		{ E82576_RAL(0), 8, 16, 0xffffffff },
		{ E82576_RAL(16), 8, 8, 0xffffffff },
		{ E82576_MTA(0), 4, E82576_MTA_WORDS, 0xffffffff },
	};
	static const u32 pattern[] = { 0x5a5a5a5a, 0xa5a5a5a5, 0x00000000, 0xffffffff };
	unsigned int i, n, p;

	for (i = 0; i < ARRAY_SIZE(test); i++)
		for (n = 0; n < test[i].count; n++) {
			u32 reg = test[i].reg + n * test[i].step, before = sd_read(sd, reg);

			for (p = 0; p < ARRAY_SIZE(pattern); p++) {
				u32 want = pattern[p] & test[i].mask;

				sd_write(sd, reg, want);
				if ((sd_read(sd, reg) & test[i].mask) != want) {
					netdev_err(sd->netdev, "register 0x%05x is not 0x%08x\n",
						   reg, want);
					return 1;
				}
			}
			sd_write(sd, reg, before);
		}
	return 0;
}

/* A cause that is asked for must come by its vector, and one that is masked must not. */
static u64 sd_test_interrupt(struct sd *sd)
{
	unsigned int i;

	sd_irq_disable(sd);
	sd_read(sd, E82576_ICR);
	WRITE_ONCE(sd->test_icr, 0);
	sd_write(sd, E82576_ICS, E82576_ICR_LSC);
	sd_flush(sd);
	msleep(20);
	synchronize_irq(pci_irq_vector(sd->pdev, 0));
	if (READ_ONCE(sd->test_icr))
		return 1;
	sd_read(sd, E82576_ICR);
	sd_irq_enable(sd);
	WRITE_ONCE(sd->test_icr, 0);
	sd_write(sd, E82576_ICS, E82576_ICR_LSC);
	sd_flush(sd);
	for (i = 0; i < 100; i++) {
		if (READ_ONCE(sd->test_icr) & E82576_ICR_LSC)
			return 0;
		usleep_range(1000, 2000);
	}
	return 1;
}

#define SD_TEST_FRAME 1024

static u8 sd_test_byte(unsigned int i, unsigned int round)
{
	return i * 7 + round;
}

static struct sk_buff *sd_test_frame(struct sd *sd, unsigned int round)
{
	struct sk_buff *skb = netdev_alloc_skb(sd->netdev, SD_TEST_FRAME);
	struct ethhdr *eth;
	unsigned int i;

	if (!skb)
		return NULL;
	eth = skb_put(skb, SD_TEST_FRAME);
	ether_addr_copy(eth->h_dest, sd->netdev->dev_addr);
	ether_addr_copy(eth->h_source, sd->netdev->dev_addr);
	eth->h_proto = htons(ETH_P_802_EX1);
	for (i = sizeof(*eth); i < SD_TEST_FRAME; i++)
		skb->data[i] = sd_test_byte(i, round);
	return skb;
}

static bool sd_test_received(struct sd *sd, unsigned int round)
{
	struct ring_rx *r = &sd->rx[0];
	const union e82576_rx_desc *desc = &r->desc[round & r->mask];
	const u8 *data = page_address(r->page[round & r->mask]) + RING_RX_HEADROOM;
	unsigned int i;

	for (i = 0; i < 100; i++) {
		if (READ_ONCE(desc->wb.status) & cpu_to_le32(E82576_RXD_DD))
			break;
		usleep_range(1000, 2000);
	}
	if (i == 100)
		return false;
	dma_rmb();
	dma_sync_single_range_for_cpu(r->dev, page_pool_get_dma_addr(r->page[round & r->mask]),
				      RING_RX_HEADROOM, RING_RX_SIZE, DMA_FROM_DEVICE);
	if (le16_to_cpu(desc->wb.length) != SD_TEST_FRAME)
		return false;
	for (i = ETH_HLEN; i < SD_TEST_FRAME; i++)
		if (data[i] != sd_test_byte(i, round))
			return false;
	return true;
}

/* Frames that the PHY sends back, through the first pair of rings, without the stack. */
static u64 sd_test_loopback(struct sd *sd)
{
	unsigned int round;
	u64 bad = 0;

	if (sd_rings_alloc(sd))
		return 1;
	if (sd_phy_write(sd, MII_BMCR, BMCR_LOOPBACK | BMCR_SPEED1000 | BMCR_FULLDPLX)) {
		sd_rings_free(sd);
		return 1;
	}
	sd_write(sd, E82576_CTRL,
		 (sd_read(sd, E82576_CTRL) & ~E82576_CTRL_SPEED) | E82576_CTRL_FRCSPD |
			 E82576_CTRL_FRCDPLX | E82576_CTRL_FD | E82576_CTRL_SLU |
			 FIELD_PREP(E82576_CTRL_SPEED, E82576_CTRL_SPEED_1000));
	/* It takes the PHY a while, and the MAC accepts nothing before it has a link. */
	for (round = 0; round < 200; round++) {
		msleep(20);
		if (sd_read(sd, E82576_STATUS) & E82576_STATUS_LU)
			break;
	}
	ring_tx_start(&sd->tx[0]);
	ring_rx_start(&sd->rx[0]);
	sd_apply_enable(sd);
	/* Not so many that BQL or a full ring would come into it. */
	for (round = 0; round < 16 && !bad; round++) {
		struct sk_buff *skb = sd_test_frame(sd, round);

		bad = 1;
		if (!skb)
			break;
		local_bh_disable();
		ring_xmit(&sd->tx[0], skb);
		local_bh_enable();
		bad = !sd_test_received(sd, round);
	}
	ring_rx_stop(&sd->rx[0]);
	ring_tx_stop(&sd->tx[0]);
	sd_rings_free(sd);
	return bad;
}

void sd_self_test(struct net_device *netdev, struct ethtool_test *test, u64 *data)
{
	bool up, offline = test->flags & ETH_TEST_FL_OFFLINE;
	struct sd *sd = netdev_priv(netdev);
	unsigned int i;

	memset(data, 0, SD_TESTS * sizeof(*data));
	/* The link first: the others interrupt it. After a reset it takes a while to be there. */
	for (i = 0; i < 100 && !(sd_read(sd, E82576_STATUS) & E82576_STATUS_LU); i++)
		msleep(50);
	data[SD_TEST_LINK] = !(sd_read(sd, E82576_STATUS) & E82576_STATUS_LU);
	if (offline && sd->carve.num_vfs) {
		netdev_warn(netdev, "not while there are virtual functions, who need the card\n");
		for (i = 0; i < SD_TEST_LINK; i++)
			data[i] = 1;
	} else if (offline) {
		up = test_bit(SD_UP, &sd->flags);
		sd_down(sd);
		set_bit(SD_TESTING, &sd->flags);
		/* What was counted up to now; what is counted in the test is nobody's. */
		sd_stats_poll(sd);
		if (sd_hw_reset(sd))
			data[SD_TEST_REGISTER] = 1;
		else
			data[SD_TEST_REGISTER] = sd_test_registers(sd);
		data[SD_TEST_EEPROM] = !!sd_nvm_check(sd);
		if (sd_reset(sd)) {
			data[SD_TEST_INTERRUPT] = 1;
			data[SD_TEST_LOOPBACK] = 1;
		} else {
			data[SD_TEST_INTERRUPT] = sd_test_interrupt(sd);
			data[SD_TEST_LOOPBACK] = sd_test_loopback(sd);
		}
		clear_bit(SD_TESTING, &sd->flags);
		/* What there is now, the watchdog will see. */
		sd->link.up = false;
		if (sd_hw_reset(sd) || sd_reset(sd) || (up && sd_up(sd)))
			netdev_err(netdev, "not up again after the test: set it down and up\n");
		mod_delayed_work(system_wq, &sd->watchdog, 0);
	}
	for (i = 0; i < SD_TESTS; i++)
		if (data[i])
			test->flags |= ETH_TEST_FL_FAILED;
}
