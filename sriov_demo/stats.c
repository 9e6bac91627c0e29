// SPDX-License-Identifier: GPL-2.0-only
/* The card's counters: 32 bits each, cleared by reading, so they are read and added up. */
#include "pf.h"

static const struct {
	char name[ETH_GSTRING_LEN];
	u32 reg;
} sd_stat[SD_STATS] = {
	[SD_STAT_CRC] = { "rx_crc_errors", E82576_CRCERRS },
	[SD_STAT_ALIGN] = { "rx_align_errors", E82576_ALGNERRC },
	[SD_STAT_MISSED] = { "rx_missed", E82576_MPC },
	[SD_STAT_LENGTH] = { "rx_length_errors", E82576_RLEC },
	[SD_STAT_COLLISIONS] = { "collisions", E82576_COLC },
	[SD_STAT_MULTICAST] = { "rx_multicast", E82576_MPRC },
	[SD_STAT_RX] = { "rx_packets_wire", E82576_GPRC },
	[SD_STAT_TX] = { "tx_packets_wire", E82576_GPTC },
	/* Two registers; reading the higher one clears both. */
	[SD_STAT_RX_BYTES] = { "rx_bytes_wire", E82576_GORCL },
	[SD_STAT_TX_BYTES] = { "tx_bytes_wire", E82576_GOTCL },
	[SD_STAT_RX_XON] = { "rx_xon", E82576_XONRXC },
	[SD_STAT_TX_XON] = { "tx_xon", E82576_XONTXC },
	[SD_STAT_RX_XOFF] = { "rx_xoff", E82576_XOFFRXC },
	[SD_STAT_TX_XOFF] = { "tx_xoff", E82576_XOFFTXC },
	{ "rx_symbol_errors", E82576_SYMERRS },
	{ "rx_errors_mac", E82576_RXERRC },
	{ "tx_single_collisions", E82576_SCC },
	{ "tx_excessive_collisions", E82576_ECOL },
	{ "tx_multiple_collisions", E82576_MCC },
	{ "tx_late_collisions", E82576_LATECOL },
	{ "tx_deferred", E82576_DC },
	{ "rx_64", E82576_PRC64 },
	{ "rx_65_127", E82576_PRC127 },
	{ "rx_128_255", E82576_PRC255 },
	{ "rx_256_511", E82576_PRC511 },
	{ "rx_512_1023", E82576_PRC1023 },
	{ "rx_1024_max", E82576_PRC1522 },
	{ "rx_broadcast", E82576_BPRC },
	{ "rx_no_buffer", E82576_RNBC },
	{ "rx_undersize", E82576_RUC },
	{ "rx_fragments", E82576_RFC },
	{ "rx_oversize", E82576_ROC },
	{ "rx_jabber", E82576_RJC },
	{ "rx_total", E82576_TPR },
	{ "tx_total", E82576_TPT },
	{ "tx_64", E82576_PTC64 },
	{ "tx_65_127", E82576_PTC127 },
	{ "tx_128_255", E82576_PTC255 },
	{ "tx_256_511", E82576_PTC511 },
	{ "tx_512_1023", E82576_PTC1023 },
	{ "tx_1024_max", E82576_PTC1522 },
	{ "tx_multicast", E82576_MPTC },
	{ "tx_broadcast", E82576_BPTC },
	{ "tx_segmentations", E82576_TSCTC },
	{ "interrupts", E82576_IAC },
};

const char *sd_stat_name(unsigned int i)
{
	return sd_stat[i].name;
}

void sd_stats_poll(struct sd *sd)
{
	unsigned int i;

	/* Those of a card that is gone would be all ones. */
	if (sd_gone(sd))
		return;
	for (i = 0; i < SD_STATS; i++) {
		u64 value = sd_read(sd, sd_stat[i].reg);

		if (i == SD_STAT_RX_BYTES || i == SD_STAT_TX_BYTES)
			value |= (u64)sd_read(sd, sd_stat[i].reg + 4) << 32;
		sd->stats[i] += value;
	}
}
