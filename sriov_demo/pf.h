/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sriov_demo: the driver of an 82576's physical function. main.c has the table of contents.
 *
 * Locks, outermost first: rtnl (everything that opens, closes, resets or carves), then
 * carve_lock (the core and the registers that it owns; taken in hard interrupts).
 */
#ifndef _SRIOV_DEMO_PF_H
#define _SRIOV_DEMO_PF_H

#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/workqueue.h>

#include "carve.h"
#include "ring.h"

#define SD_NAME	      "sriov_demo"
#define SD_MAX_QUEUES 8 /* of the stack; the card has more queues than vectors */
#define SD_WATCHDOG   (2 * HZ)

/* Bits of struct sd.flags. */
enum sd_flag {
	SD_UP, /* rings run */
	SD_TESTING, /* ethtool -t */
	SD_REMOVING, /* no work any more */
	SD_UNSET, /* the card did not come back from a reset */
};

/* The card's counters that have a meaning beyond their names (stats.c has all of them). */
enum sd_stat {
	SD_STAT_CRC,
	SD_STAT_ALIGN,
	SD_STAT_MISSED,
	SD_STAT_LENGTH,
	SD_STAT_COLLISIONS,
	SD_STAT_MULTICAST,
	SD_STAT_RX,
	SD_STAT_TX,
	SD_STAT_RX_BYTES,
	SD_STAT_TX_BYTES,
	SD_STAT_RX_XON,
	SD_STAT_TX_XON,
	SD_STAT_RX_XOFF,
	SD_STAT_TX_XOFF,
};

#define SD_STATS 45

/**
 * struct sd_link - what the administrator wants of the link, and what it is
 * @autoneg:   negotiate
 * @advertise: ... offering these: ADVERTISED_*
 * @speed:     without negotiation: Mb/s
 * @full:      ... full duplex
 * @fc_auto:   negotiate pause frames
 * @fc_rx:     obey them
 * @fc_tx:     send them
 * @up:	       there is a link
 * @now:       its speed
 * @now_full:  its duplex
 */
struct sd_link {
	bool autoneg;
	u32 advertise;
	u16 speed;
	bool full;
	bool fc_auto;
	bool fc_rx;
	bool fc_tx;
	bool up;
	u16 now;
	bool now_full;
};

/**
 * struct sd_vf_file - which virtual function a file of debugfs is about
 * @sd: the card
 * @vf: number
 */
struct sd_vf_file {
	struct sd *sd;
	unsigned int vf;
};

/**
 * struct sd - a card
 * @pdev:	  its physical function
 * @netdev:	  its network device
 * @hw:		  its registers
 * @flags:	  enum sd_flag
 * @carve:	  the core
 * @carve_lock:	  protects @carve and the registers that belong to it
 * @carve_work:	  calls the core again when it wants to be called
 * @watchdog:	  link, counters, lost interrupts
 * @reset_work:	  resets the card
 * @vecs:	  vectors for queues that there are
 * @num_tx:	  transmit queues in use
 * @num_rx:	  receive queues in use
 * @want:	  queues that the administrator wants without virtual functions
 * @tx_size:	  descriptors of a transmit ring
 * @rx_size:	  ... of a receive ring
 * @itr:	  least time between interrupts, in microseconds
 * @adaptive:	  ... which follows the load
 * @irq_name:	  of the interrupt for all but queues
 * @vec:	  vectors
 * @tx:		  transmit rings
 * @rx:		  receive rings
 * @link:	  link
 * @rss_key:	  of the hash
 * @stats:	  the card's counters, widened
 * @resets:	  times that the card was reset
 * @tx_timeouts:  ... because a transmit queue was stuck
 * @nudged:	  messages that each virtual function was interrupted for
 * @spoofed:	  queues that sent what they must not, not yet counted
 * @reset_vf:	  virtual functions that are held while the card is reset with them
 * @notifier:	  hears of the drivers of virtual functions
 * @dir:	  in debugfs
 * @vf_dir:	  ... of each virtual function
 * @vf_file:	  what their files are about
 * @test_icr:	  ethtool -t: causes that were seen
 */
struct sd {
	struct pci_dev *pdev;
	struct net_device *netdev;
	u8 __iomem *hw;
	unsigned long flags;

	struct carve carve;
	spinlock_t carve_lock;
	struct delayed_work carve_work;
	struct delayed_work watchdog;
	struct work_struct reset_work;

	u8 vecs;
	u8 num_tx;
	u8 num_rx;
	u8 want;
	u32 tx_size;
	u32 rx_size;
	u16 itr;
	bool adaptive;
	char irq_name[32];
	struct ring_vec vec[SD_MAX_QUEUES];
	struct ring_tx tx[SD_MAX_QUEUES];
	struct ring_rx rx[SD_MAX_QUEUES];

	struct sd_link link;
	u32 rss_key[E82576_RSSRK_WORDS];
	u64 stats[SD_STATS];
	u64 resets;
	u64 tx_timeouts;
	u64 nudged[E82576_MAX_VFS];
	u32 spoofed;

	struct pci_dev *reset_vf[E82576_MAX_VFS];
	struct notifier_block notifier;
	struct dentry *dir;
	struct dentry *vf_dir[E82576_MAX_VFS];
	struct sd_vf_file vf_file[E82576_MAX_VFS];
	u32 test_icr;
};

static inline u32 sd_read(struct sd *sd, u32 reg)
{
	return readl(sd->hw + reg);
}

static inline void sd_write(struct sd *sd, u32 reg, u32 value)
{
	writel(value, sd->hw + reg);
}

/* What was written has arrived. */
static inline void sd_flush(struct sd *sd)
{
	sd_read(sd, E82576_STATUS);
}

static inline bool sd_gone(struct sd *sd)
{
	return sd_read(sd, E82576_STATUS) == ~0U;
}

/* The card's queue behind a queue of the stack: without VFs they are the first ones. */
static inline unsigned int sd_hw_queue(const struct sd *sd, unsigned int index)
{
	return sd->carve.num_vfs ? CARVE_PF + E82576_POOLS * index : index;
}

/* -- hw.c: the card ------------------------------------------------------------------- */

/* The core's way to the registers; its context is the BAR. */
extern const struct e82576_io_ops sd_io_ops;

/* Reset the card's logic. Return: 0, or -ENODEV when it does not answer. */
int sd_hw_reset(struct sd *sd);

/*
 * Reset the card and set up all that does not depend on its being open: filters, virtual
 * functions, vectors, hashing, link. Ends with receiver and transmitter on, if anybody
 * needs them. Return: 0 or -ENODEV.
 */
int sd_reset(struct sd *sd);

/* Receiver and transmitter are on while anybody needs them. */
void sd_apply_enable(struct sd *sd);

/* The causes and vectors that we want to hear of. */
void sd_irq_enable(struct sd *sd);
void sd_irq_disable(struct sd *sd);

/* Which vector each queue raises. */
void sd_apply_vectors(struct sd *sd);

/* Words of the EEPROM. Return: 0 or -EIO. */
int sd_nvm_read(struct sd *sd, unsigned int word, u16 *value);
int sd_nvm_check(struct sd *sd);

/* -- link.c --------------------------------------------------------------------------- */

int sd_phy_read(struct sd *sd, unsigned int reg, u16 *value);
int sd_phy_write(struct sd *sd, unsigned int reg, u16 value);

/* Begin to look for a partner, as sd->link says. */
void sd_link_start(struct sd *sd);

/* What has become of it. Return: something has changed. */
bool sd_link_check(struct sd *sd);

/* ethtool_ops */
int sd_get_link_ksettings(struct net_device *netdev, struct ethtool_link_ksettings *cmd);
int sd_set_link_ksettings(struct net_device *netdev, const struct ethtool_link_ksettings *cmd);
void sd_get_pauseparam(struct net_device *netdev, struct ethtool_pauseparam *pause);
int sd_set_pauseparam(struct net_device *netdev, struct ethtool_pauseparam *pause);
int sd_nway_reset(struct net_device *netdev);

/* -- irq.c ---------------------------------------------------------------------------- */

int sd_irq_alloc(struct sd *sd);
void sd_irq_free(struct sd *sd);

/* The vectors of the queues in use. */
int sd_irq_request(struct sd *sd);
void sd_irq_release(struct sd *sd);

/* Serve the virtual functions, now and again when that is due. */
void sd_carve_service(struct sd *sd);
void sd_carve_again(struct sd *sd, u64 when);

/*
 * Raise the last vector of those that were sent a message that they had not asked for: it is
 * where igbvf waits for one, but QEMU raises another (it takes the number in VTIVAR_MISC for a
 * mask, hw/net/igb_core.c, mailbox_interrupt_to_vf()). With carve_lock held.
 */
void sd_nudge(struct sd *sd);

/* -- netdev.c ------------------------------------------------------------------------- */

extern const struct net_device_ops sd_netdev_ops;

/* How many queues there are from now on; rings are down. */
int sd_set_queues(struct sd *sd);

/* Memory of the rings, for sd_up() and for tests. */
int sd_rings_alloc(struct sd *sd);
void sd_rings_free(struct sd *sd);

/* Rings up and down, with rtnl held. */
int sd_up(struct sd *sd);
void sd_down(struct sd *sd);

/* Down and up again around a change that needs it; with a reset of the card if @reset. */
int sd_restart(struct sd *sd, bool reset);

/* Addresses and modes anew, when the core has forgotten them. */
void sd_sync_filters(struct sd *sd);

/* VLANs that were left while the interface was detached, of which nobody tells; under RTNL. */
void sd_sync_vlans(struct sd *sd);

void sd_watchdog_work(struct work_struct *work);
void sd_reset_work(struct work_struct *work);

/* -- stats.c -------------------------------------------------------------------------- */

const char *sd_stat_name(unsigned int i);

/* Read the card's counters before they overflow. */
void sd_stats_poll(struct sd *sd);

/* -- qstats.c ------------------------------------------------------------------------- */

/* Before it is registered. */
void sd_qstats_add(struct net_device *netdev);

/* -- ethtool.c, selftest.c ------------------------------------------------------------ */

extern const struct ethtool_ops sd_ethtool_ops;

#define SD_TESTS 5
extern const char sd_test_names[SD_TESTS][ETH_GSTRING_LEN];
void sd_self_test(struct net_device *netdev, struct ethtool_test *test, u64 *data);

/* -- sriov.c -------------------------------------------------------------------------- */

int sd_sriov_init(struct sd *sd);
void sd_sriov_exit(struct sd *sd);
int sd_sriov_configure(struct pci_dev *pdev, int count);

int sd_set_vf_mac(struct net_device *netdev, int vf, u8 *mac);
int sd_set_vf_vlan(struct net_device *netdev, int vf, u16 vlan, u8 qos, __be16 proto);
int sd_set_vf_rate(struct net_device *netdev, int vf, int min_rate, int max_rate);
int sd_set_vf_spoofchk(struct net_device *netdev, int vf, bool on);
int sd_set_vf_trust(struct net_device *netdev, int vf, bool on);
int sd_set_vf_link_state(struct net_device *netdev, int vf, int state);
int sd_get_vf_config(struct net_device *netdev, int vf, struct ifla_vf_info *info);
int sd_get_vf_stats(struct net_device *netdev, int vf, struct ifla_vf_stats *stats);

/* The PCI function of a VF, with a reference, or NULL. */
struct pci_dev *sd_vf_pdev(struct sd *sd, unsigned int vf);

/* -- debugfs.c ------------------------------------------------------------------------ */

void sd_debugfs_init(void);
void sd_debugfs_exit(void);
void sd_debugfs_add(struct sd *sd);
void sd_debugfs_del(struct sd *sd);

/* As many vf<N> folders as there are VFs. */
void sd_debugfs_vfs(struct sd *sd);

/* -- err.c ---------------------------------------------------------------------------- */

extern const struct pci_error_handlers sd_err_handler;

#endif /* _SRIOV_DEMO_PF_H */
