// SPDX-License-Identifier: GPL-2.0-only
/* The card: resetting and setting it up; EEPROM. Sections are those of the 82576 datasheet. */
#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/iopoll.h>

#include "pf.h"

static u32 sd_io_read(void *ctx, u32 reg)
{
	return readl((__force u8 __iomem *)ctx + reg);
}

static void sd_io_write(void *ctx, u32 reg, u32 value)
{
	writel(value, (__force u8 __iomem *)ctx + reg);
}

const struct e82576_io_ops sd_io_ops = {
	.read = sd_io_read,
	.write = sd_io_write,
};

/* -- EEPROM (3.3) --------------------------------------------------------------------- */

int sd_nvm_read(struct sd *sd, unsigned int word, u16 *value)
{
	u32 eerd;
	int ret;

	sd_write(sd, E82576_EERD, FIELD_PREP(E82576_EERD_ADDR, word) | E82576_EERD_START);
	ret = readl_poll_timeout(sd->hw + E82576_EERD, eerd, eerd & E82576_EERD_DONE, 5, 10000);
	if (ret || eerd == ~0U)
		return -EIO;
	*value = FIELD_GET(E82576_EERD_DATA, eerd);
	return 0;
}

/* The first 64 words add up to this. */
#define SD_NVM_WORDS 64
#define SD_NVM_SUM   0xbaba

int sd_nvm_check(struct sd *sd)
{
	unsigned int i;
	u16 value, sum = 0;
	int ret;

	for (i = 0; i < SD_NVM_WORDS; i++) {
		ret = sd_nvm_read(sd, i, &value);
		if (ret)
			return ret;
		sum += value;
	}
	return sum == SD_NVM_SUM ? 0 : -EIO;
}

/* -- reset (4.5.1) --------------------------------------------------------------------- */

int sd_hw_reset(struct sd *sd)
{
	u32 value;

	if (sd_gone(sd))
		return -ENODEV;
	/* No interrupts, no new frames, and then no DMA: a reset in mid-request hangs the bus. */
	sd_irq_disable(sd);
	sd_write(sd, E82576_RCTL, 0);
	sd_write(sd, E82576_TCTL, E82576_TCTL_PSP);
	sd_write(sd, E82576_CTRL, sd_read(sd, E82576_CTRL) | E82576_CTRL_GIO_MASTER_DISABLE);
	if (readl_poll_timeout(sd->hw + E82576_STATUS, value,
			       !(value & E82576_STATUS_GIO_MASTER_ENABLE), 100, 80000))
		pci_dbg(sd->pdev, "it does not stop its DMA\n");

	sd_write(sd, E82576_CTRL, sd_read(sd, E82576_CTRL) | E82576_CTRL_RST);
	/* Its registers must not be touched for a while (4.2.1.6.1). */
	usleep_range(3000, 4000);
	if (readl_poll_timeout(sd->hw + E82576_CTRL, value, !(value & E82576_CTRL_RST), 100, 20000))
		return -ENODEV;
	/* It reads its EEPROM; a card without one does not say that it has. */
	readl_poll_timeout(sd->hw + E82576_EECD, value,
			   value & E82576_EECD_AUTO_RD || !(value & E82576_EECD_PRES), 1000, 10000);
	sd_irq_disable(sd);
	sd_read(sd, E82576_ICR);
	return sd_gone(sd) ? -ENODEV : 0;
}

/* -- set-up ------------------------------------------------------------------------------ */

/* Spreading of frames over queues (7.1.2.8); hashes are of use without, too. */
static void sd_setup_rss(struct sd *sd)
{
	bool iov = sd->carve.num_vfs;
	unsigned int i, entry;
	u32 reta = 0, mrqc;

	for (i = 0; i < E82576_RSSRK_WORDS; i++)
		sd_write(sd, E82576_RSSRK(i), sd->rss_key[i]);
	for (i = 0; i < E82576_RETA_ENTRIES; i++) {
		/* Pools have two queues each, whoever they belong to; they choose by VMOLR.RSSE. */
		entry = iov ? i % 2 * E82576_RETA_SECOND : i % sd->num_rx;
		reta |= entry << i % 4 * 8;
		if (i % 4 == 3) {
			sd_write(sd, E82576_RETA(i / 4), reta);
			reta = 0;
		}
	}
	mrqc = iov ? E82576_MRQC_VMDQ_RSS : E82576_MRQC_RSS;
	sd_write(sd, E82576_MRQC,
		 mrqc | E82576_MRQC_TCPIPV4 | E82576_MRQC_IPV4 | E82576_MRQC_TCPIPV6 |
			 E82576_MRQC_IPV6 | E82576_MRQC_TCPIPV6EX);
	/* The hash is where a packet's checksum would be (PCSD). */
	sd_write(sd, E82576_RXCSUM,
		 E82576_RXCSUM_IPOFLD | E82576_RXCSUM_TUOFLD | E82576_RXCSUM_CRCOFL |
			 E82576_RXCSUM_PCSD);
}

/* When to ask the peer to pause: two full frames before the packet buffer is (3.5.3). */
static void sd_setup_flow(struct sd *sd)
{
	u32 size = (sd_read(sd, E82576_RXPBS) & 0x7f) * 1024, high;

	high = size > 4 * E82576_MAX_FRAME ? size - 2 * E82576_MAX_FRAME : size / 2;
	sd_write(sd, E82576_FCAL, 0x00c28001);
	sd_write(sd, E82576_FCAH, 0x0100);
	sd_write(sd, E82576_FCT, 0x8808);
	sd_write(sd, E82576_FCTTV, 0xffff);
	sd_write(sd, E82576_FCRTH, sd->link.fc_tx ? high & 0x1fff0 : 0);
	sd_write(sd, E82576_FCRTL, sd->link.fc_tx ? (high - 16) & 0x1fff0 : 0);
}

void sd_apply_enable(struct sd *sd)
{
	/* Virtual functions speak to each other whether or not our own interface is up. */
	bool on = test_bit(SD_UP, &sd->flags) || sd->carve.num_vfs ||
		  test_bit(SD_TESTING, &sd->flags);
	unsigned long irq;
	u32 value;

	spin_lock_irqsave(&sd->carve_lock, irq);
	value = sd_read(sd, E82576_RCTL) & ~E82576_RCTL_RXEN;
	sd_write(sd, E82576_RCTL, on ? value | E82576_RCTL_RXEN : value);
	value = sd_read(sd, E82576_TCTL) & ~E82576_TCTL_EN;
	sd_write(sd, E82576_TCTL, on ? value | E82576_TCTL_EN : value);
	spin_unlock_irqrestore(&sd->carve_lock, irq);
}

int sd_reset(struct sd *sd)
{
	unsigned long irq;
	int ret;

	/* A reset begins them anew; those that are there at first are a former driver's. */
	if (sd->resets)
		sd_stats_poll(sd);
	spin_lock_irqsave(&sd->carve_lock, irq);
	carve_quiesce(&sd->carve, ktime_get_ns());
	spin_unlock_irqrestore(&sd->carve_lock, irq);

	set_bit(SD_UNSET, &sd->flags);
	ret = sd_hw_reset(sd);
	if (ret)
		return ret;
	clear_bit(SD_UNSET, &sd->flags);
	sd->resets++;
	sd_setup_flow(sd);
	sd_setup_rss(sd);
	sd_write(sd, E82576_VET, ETH_P_8021Q << 16 | ETH_P_8021Q);
	sd_write(sd, E82576_RCTL, E82576_RCTL_BAM | E82576_RCTL_LPE | E82576_RCTL_SECRC);
	sd_write(sd, E82576_TCTL,
		 E82576_TCTL_PSP | FIELD_PREP(E82576_TCTL_CT, 15) | E82576_TCTL_RTLC);
	sd_apply_vectors(sd);

	spin_lock_irqsave(&sd->carve_lock, irq);
	sd->carve.io.gone = false;
	carve_program(&sd->carve, ktime_get_ns());
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	/* What the core forgets when the number of functions changes. */
	sd_sync_filters(sd);

	sd_link_start(sd);
	sd_apply_enable(sd);
	sd_irq_enable(sd);
	/* What was asked for before there were interrupts. */
	sd_carve_service(sd);
	return 0;
}
