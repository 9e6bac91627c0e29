/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vnic: the guest's driver of a virtio network device.
 *
 *	main.c	    the module
 *	pci.c	    binding, capabilities, registers and interrupts of a PCI device
 *	dev.c	    life of a network device: features, up, down, recovery
 *	queue.c	    memory of a virtqueue, and its start at the device
 *	rx.c, tx.c  packets
 *	ctrl.c	    the control queue
 *	ethtool.c   what ethtool asks and sets
 *	qstats.c    counters of each queue for netlink
 *	debugfs.c   the rings, to look at
 *	chaos.c	    trouble on demand, for tests
 *	drvq.h, features.h   pure cores: see there
 */
#ifndef _VNIC_H
#define _VNIC_H

#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "drvq.h"
#include "features.h"
#include "swiotlb.h"

struct vnic;

/**
 * struct vnic_bus - how to reach the device
 * @status:	  read the device status (VPCI_STATUS_*)
 * @set_status:	  write it
 * @reset:	  reset the device; returns 0, or -ETIMEDOUT when it does not get ready
 * @features:	  what the device offers
 * @set_features: what the driver accepts
 * @queues:	  how many virtqueues there are
 * @generation:	  changes with the configuration
 * @config:	  read the configuration; fields that the device does not have are 0
 * @queue_max:	  descriptors of virtqueue @index at most, 0 when there is none
 * @queue_start:  tell the device where a virtqueue is, and which vector it interrupts with
 * @queue_reset:  reset one virtqueue; returns 0 or a negative errno
 * @irq_start:	  request interrupts and tell the device the vector for its configuration
 * @irq_stop:	  free them
 *
 * All but @status may sleep.
 */
struct vnic_bus {
	u8 (*status)(struct vnic *vn);
	void (*set_status)(struct vnic *vn, u8 status);
	int (*reset)(struct vnic *vn);
	u64 (*features)(struct vnic *vn);
	void (*set_features)(struct vnic *vn, u64 features);
	unsigned int (*queues)(struct vnic *vn);
	u8 (*generation)(struct vnic *vn);
	void (*config)(struct vnic *vn, struct vnet_config *to);
	unsigned int (*queue_max)(struct vnic *vn, u16 index);
	int (*queue_start)(struct vnic *vn, u16 index);
	int (*queue_reset)(struct vnic *vn, u16 index);
	int (*irq_start)(struct vnic *vn);
	void (*irq_stop)(struct vnic *vn);
};

/**
 * struct vnic_vq - a virtqueue and its memory
 * @q:	    the ring core's part
 * @notify: where to write @index to notify the device
 * @index:  of the virtqueue
 * @mem:    one block: descriptor, driver and device area, tables
 * @dma:    its address for the device
 * @size:   of the block, in bytes
 * @driver: offset of the driver area; the descriptor area is at 0
 * @device: offset of the device area
 * @lost_interrupts: how often buffers had come back for a second, or a command, and no interrupt
 *	    said so
 * @lost_kicks: how often the device took buffers only when it was notified once more
 *
 * The counters outlive the virtqueue's memory, and are written under its lock.
 */
struct vnic_vq {
	struct drvq q;
	void __iomem *notify;
	u16 index;
	void *mem;
	dma_addr_t dma;
	size_t size;
	size_t driver;
	size_t device;
	u64 lost_interrupts;
	u64 lost_kicks;
};

/**
 * struct vnic_rx_stats - counters that have a standard place, or are ours
 * @packets:	received
 * @bytes:	of them
 * @length:	packets that were too short, or of more buffers than a packet may have
 * @frame:	packets whose header made no sense
 * @nobuf:	packets that there was no memory for, as an skb
 * @alloc:	buffers that there was no memory for
 * @csum:	packets whose checksum the device vouches for
 * @partial:	packets whose checksum is not complete: they were on no wire
 * @gso:	packets that were coalesced before they came
 * @copied:	bytes copied out of receive buffers, or before that out of bounce buffers
 * @referenced:	bytes passed on in the receive buffers themselves, never copied
 * @bounces:	buffers that the DMA API copied (swiotlb)
 */
struct vnic_rx_stats {
	u64_stats_t packets;
	u64_stats_t bytes;
	u64_stats_t length;
	u64_stats_t frame;
	u64_stats_t nobuf;
	u64_stats_t alloc;
	u64_stats_t csum;
	u64_stats_t partial;
	u64_stats_t gso;
	u64_stats_t copied;
	u64_stats_t referenced;
	u64_stats_t bounces;
};

/**
 * struct vnic_tx_stats - the same of what was sent
 * @packets: given back by the device
 * @bytes:   of them
 * @drops:   packets that could not be mapped, or that made no sense
 * @csum:    packets whose checksum the device completes
 * @gso:     packets that the device cuts into pieces
 * @stops:   how often the queue was stopped: the ring was full
 * @wakes:   how often it was woken
 * @timeouts: how often the watchdog bit
 * @copied:  bytes that the DMA API copied to bounce buffers (swiotlb)
 * @bounces: pieces that they were
 */
struct vnic_tx_stats {
	u64_stats_t packets;
	u64_stats_t bytes;
	u64_stats_t drops;
	u64_stats_t csum;
	u64_stats_t gso;
	u64_stats_t stops;
	u64_stats_t wakes;
	u64_stats_t timeouts;
	u64_stats_t copied;
	u64_stats_t bounces;
};

/**
 * struct vnic_pair - a receive and a transmit queue that share an interrupt and a NAPI
 * @vn:	     device
 * @napi:    polls both
 * @rx:	     receive queue
 * @pool:    its buffers, a page each
 * @copies:  pages that short packets are copied to
 * @rx_lock: a poll, against who looks at the ring
 * @rx_sync: of @rx_stats
 * @rx_stats: written in the poll
 * @tx:	     transmit queue; the lock is that of the network stack's queue
 * @txq:     that queue
 * @hdrs:    headers of packets that have no room for one, by slot
 * @hdrs_dma: their address for the device
 * @tx_sync: of @tx_stats
 * @tx_stats: written under the stack's lock
 * @tx_awaited: somebody waits for a packet until this many have come back
 * @tx_flushed: the tick in which a batch was shown to the device last (struct drvq.now)
 * @tx_timer: polls, so that what nobody waits for comes back, too
 * @irqs:    interrupts
 * @kicked_at: how many packets had come back when the watchdog did so last
 * @tx_asked: when that was (jiffies), and nothing came back since; or 0
 * @rx_known: how many receive buffers the device knew of before the last kick; ~0 when the
 *	     watchdog has notified it once more
 * @rx_asked: when it did so (jiffies), and nothing came back since; or 0
 * @rx_seen: how many buffers had been taken at the last look; or ~0
 * @rx_quiet: for how many looks that has not changed, and none waits to be taken
 * @rx_waiting: more had come back then
 * @tx_waiting: packets were under way at the last look, when this many had come back; or ~0
 * @tx_quiet: for how many looks that has not changed, though the device was notified once more
 * @index:   of the pair
 * @refill:  polls again, when there was no memory for receive buffers
 */
struct vnic_pair {
	struct vnic *vn;
	struct napi_struct napi;
	struct vnic_vq rx;
	struct page_pool *pool;
	struct page_pool *copies;
	spinlock_t rx_lock;
	struct u64_stats_sync rx_sync;
	struct vnic_rx_stats rx_stats;
	struct vnic_vq tx ____cacheline_aligned_in_smp;
	struct netdev_queue *txq;
	struct vnet_hdr *hdrs;
	dma_addr_t hdrs_dma;
	struct u64_stats_sync tx_sync;
	struct vnic_tx_stats tx_stats;
	u64 tx_awaited;
	u32 tx_flushed;
	struct timer_list tx_timer;
	u64 irqs;
	u64 kicked_at;
	u64 tx_asked;
	u64 rx_known;
	u64 rx_asked;
	u64 rx_seen;
	unsigned int rx_quiet;
	bool rx_waiting;
	u64 tx_waiting;
	unsigned int tx_quiet;
	u16 index;
	struct delayed_work refill;
};

/**
 * struct vnic_ctrl - the control queue
 * @vq:	   virtqueue
 * @mutex: one command at a time
 * @lock:  the ring, between a command and the interrupt
 * @done:  the command under way is, or never will be
 * @answered: it is
 * @buf:   a command and the device's answer; the device's until it answers or is reset
 * @dma:   its address for the device
 * @on:	   commands may be sent
 * @sent:  how many were
 * @failed: how many the device refused
 * @timeouts: how many it did not answer
 */
struct vnic_ctrl {
	struct vnic_vq vq;
	struct mutex mutex;
	spinlock_t lock;
	struct completion done;
	bool answered;
	void *buf;
	dma_addr_t dma;
	bool on;
	u64 sent;
	u64 failed;
	u64 timeouts;
};

/* What the slow work has to do. */
enum {
	VNIC_DO_CONFIG, /* the configuration changed */
	VNIC_DO_RX_MODE, /* the filters changed */
	VNIC_DO_RESET, /* the device is stuck */
};

/* Queue pairs at most, and virtqueues that can be reset by themselves. */
#define VNIC_MAX_PAIRS 64
#define VNIC_MAX_VQS   (2 * VNIC_MAX_PAIRS)

/* The device makes one packet of several that it receives. */
#define VNIC_COALESCED (VNET_F_GUEST_TSO4 | VNET_F_GUEST_TSO6 | VNET_F_GUEST_ECN)

/**
 * struct vnic - a network device; the private part of its net_device
 * @dev:	net_device
 * @parent:	the device on its bus
 * @dma_dev:	for the DMA API; NULL without VNET_F_ACCESS_PLATFORM: the device takes
 *		physical addresses, whatever the platform says
 * @dma_direct: no IOMMU translates what the DMA API says: then it can be seen what is bounced
 * @bus:	how to reach the device
 * @offered:	features that the device offers
 * @features:	features that were agreed on
 * @packed:	layout of all virtqueues
 * @config:	the configuration when it was read last
 * @mtu:	what it said of the MTU when features were first agreed on
 * @duplex:	what the user says of the link when the device says nothing of it: DUPLEX_*
 * @speed:	likewise: Mb/s, or SPEED_UNKNOWN
 * @max_pairs:	pairs that can be had
 * @pairs:	pairs in use
 * @rx_num:	descriptors of each receive queue
 * @tx_num:	descriptors of each transmit queue
 * @rx_max:	what @rx_num can be at most
 * @tx_max:	what @tx_num can be at most
 * @pair:	@max_pairs of them
 * @ctrl:	control queue
 * @vlans:	VLANs that the device lets through
 * @todo:	VNIC_DO_*
 * @work:	does it, under RTNL
 * @bad:	virtqueues to be reset
 * @reset:	does that and VNIC_DO_RESET, which may have to wait
 * @watch:	looks now and then whether an interrupt was lost
 * @done:	how many buffers had come back at its last look
 * @quiet:	for how many seconds none has
 * @live:	the device works: between up and down
 * @resets:	recoveries since the driver was bound
 * @last_reset: jiffies
 * @backoff:	jiffies to wait before the next one
 * @reason:	why the last one was
 * @folder:	in debugfs
 * @lose_kicks:	only for tests: how many do not arrive
 * @kick_lost:	only for tests: the virtqueue whose kick did not, + 1, until that is found
 * @lose_interrupts: only for tests: how many do not arrive
 */
struct vnic {
	struct net_device *dev;
	struct device *parent;
	struct device *dma_dev;
	bool dma_direct;
	const struct vnic_bus *bus;
	u64 offered;
	u64 features;
	bool packed;
	struct vnic_config config;
	u16 mtu;
	u8 duplex;
	u32 speed;
	unsigned int max_pairs;
	unsigned int pairs;
	unsigned int rx_num;
	unsigned int tx_num;
	unsigned int rx_max;
	unsigned int tx_max;
	struct vnic_pair *pair;
	struct vnic_ctrl ctrl;
	DECLARE_BITMAP(vlans, VLAN_N_VID);
	unsigned long todo;
	struct work_struct work;
	DECLARE_BITMAP(bad, VNIC_MAX_VQS);
	struct delayed_work reset;
	struct delayed_work watch;
	u64 done;
	unsigned int quiet;
	bool live;
	u64 resets;
	unsigned long last_reset;
	unsigned long backoff;
	char reason[128];
	struct dentry *folder;
#ifdef XLATE_TESTS
	atomic_t lose_kicks;
	atomic_t kick_lost;
	atomic_t lose_interrupts;
#endif
};

/* In builds for tests: does this one not arrive? */
#ifdef XLATE_TESTS
static inline bool vnic_lose_kick(struct vnic *vn, const struct vnic_vq *vq)
{
	int left;

	if (likely(!atomic_read(&vn->lose_kicks)))
		return false;
	left = atomic_dec_if_positive(&vn->lose_kicks);
	if (left < 0)
		return false;
	atomic_set(&vn->kick_lost, vq->index + 1);
	if (!left)
		atomic_set(&vn->lose_interrupts, 0);
	return true;
}

/* Was it really one of @vq's that was lost? Asked when one is found. */
static inline bool vnic_lost_kick(struct vnic *vn, const struct vnic_vq *vq)
{
	return atomic_cmpxchg(&vn->kick_lost, vq->index + 1, 0) == vq->index + 1;
}

static inline bool vnic_lose_interrupt(struct vnic *vn)
{
	return unlikely(atomic_read(&vn->lose_interrupts)) &&
	       atomic_dec_if_positive(&vn->lose_interrupts) >= 0;
}
#else
static inline bool vnic_lose_kick(struct vnic *vn, const struct vnic_vq *vq)
{
	return false;
}

static inline bool vnic_lost_kick(struct vnic *vn, const struct vnic_vq *vq)
{
	return false;
}

static inline bool vnic_lose_interrupt(struct vnic *vn)
{
	return false;
}
#endif

/* -- main.c ---------------------------------------------------------------------------- */

extern struct dentry *vnic_debugfs;

/* -- pci.c ----------------------------------------------------------------------------- */

int vnic_pci_init(void);
void vnic_pci_exit(void);

/* -- dev.c ----------------------------------------------------------------------------- */

/**
 * vnic_create() - make a network device
 * @parent: the device on its bus
 * @bus:    how to reach it
 * @priv:   for @bus, see vnic_priv()
 * @size:   bytes of @priv, copied
 *
 * Return: the device, or an ERR_PTR().
 */
struct vnic *vnic_create(struct device *parent, const struct vnic_bus *bus, const void *priv,
			 size_t size);

/* The opposite; orderly, whatever the device does. */
void vnic_destroy(struct vnic *vn);

/* What the bus keeps for itself, behind the struct vnic. */
static inline void *vnic_priv(struct vnic *vn)
{
	return PTR_ALIGN((void *)(vn + 1), __alignof__(long long));
}

/* Has the slow work do something, VNIC_DO_*. From any context. */
void vnic_todo(struct vnic *vn, unsigned int what);

/**
 * vnic_recover() - have a virtqueue reset, or the device reset and brought up again
 * @vn:	 device
 * @vq:	 virtqueue of packets; NULL for the device. Where the device cannot reset a
 *	 virtqueue, it is reset itself
 * @fmt: why, for people
 *
 * From any context; what asks more often than the reset takes is not heard.
 */
__printf(3, 4) void vnic_recover(struct vnic *vn, struct vnic_vq *vq, const char *fmt, ...);

/* Down and up again, with other parameters; under RTNL. Returns as ndo_open. */
int vnic_restart(struct vnic *vn);

/* -- queue.c --------------------------------------------------------------------------- */

/**
 * vnic_vq_alloc() - make a virtqueue
 * @vn:	   device
 * @vq:	   gets it
 * @index: of the virtqueue
 * @num:   descriptors wanted; the device may have fewer
 * @table: entries of indirect tables, 0 for none
 *
 * Return: 0 or a negative errno.
 */
int vnic_vq_alloc(struct vnic *vn, struct vnic_vq *vq, u16 index, unsigned int num,
		  unsigned int table);

/* The opposite; the device does not use it any more. Counters stay. */
void vnic_vq_free(struct vnic *vn, struct vnic_vq *vq);

/* Memory that the device can reach, zeroed; NULL when there is none. */
void *vnic_dma_alloc(struct vnic *vn, size_t size, dma_addr_t *dma);
void vnic_dma_free(struct vnic *vn, size_t size, void *mem, dma_addr_t dma);

/* Does the DMA API copy what is mapped at @dma, which is not dma_alloc_coherent()'s? */
static inline bool vnic_bounced(const struct vnic *vn, dma_addr_t dma)
{
	return vn->dma_direct && vnic_in_swiotlb(vn->dma_dev, dma_to_phys(vn->dma_dev, dma));
}

/* A broken queue is reported, and the device recovered. */
void vnic_vq_broken(struct vnic *vn, struct vnic_vq *vq, const char *name);

/*
 * Nothing moves for so many seconds: shall the device be asked? Each access is an exit of a guest,
 * so the longer it lasts, the rarer: after 1, 2, 4, ... seconds, then each minute or so.
 */
static inline bool vnic_watch_due(unsigned int seconds)
{
	return seconds < 64 ? is_power_of_2(seconds) : !(seconds % 64);
}

/*
 * Something came back after the watch had notified the device: at once, so because of that? In
 * tests that is known, however long the machine took.
 */
static inline bool vnic_watch_helped(struct vnic *vn, const struct vnic_vq *vq, u64 asked)
{
	return time_before64(get_jiffies_64(), asked + HZ / 4) || vnic_lost_kick(vn, vq);
}

static inline void vnic_doorbell(const struct vnic_vq *vq)
{
	writew(vq->index, vq->notify);
}

/* Tells the device that there is something new (4.1.5.2). */
static inline void vnic_notify(struct vnic *vn, struct vnic_vq *vq)
{
	if (!vnic_lose_kick(vn, vq))
		vnic_doorbell(vq);
}

/* -- rx.c, tx.c, ctrl.c ------------------------------------------------------------------ */

int vnic_rx_up(struct vnic_pair *pair);
void vnic_rx_down(struct vnic_pair *pair);
/* Takes all buffers back from a queue that the device does not use any more. */
void vnic_rx_drain(struct vnic_pair *pair);
/* The largest MTU whose packets fit into receive buffers, with those features. */
unsigned int vnic_rx_max_mtu(u64 features);
int vnic_poll(struct napi_struct *napi, int budget);
void vnic_refill_work(struct work_struct *work);
/* The pair's interrupt, or that of several, @shared: then it counts where there is something. */
void vnic_pair_irq(struct vnic_pair *pair, bool shared);

int vnic_tx_up(struct vnic_pair *pair);
void vnic_tx_down(struct vnic_pair *pair);
void vnic_tx_drain(struct vnic_pair *pair);
/* Once a second: was an interrupt or a notification lost? */
void vnic_rx_watch(struct vnic_pair *pair);
void vnic_tx_watch(struct vnic_pair *pair);
void vnic_tx_timer(struct timer_list *timer);
netdev_tx_t vnic_xmit(struct sk_buff *skb, struct net_device *dev);
void vnic_tx_timeout(struct net_device *dev, unsigned int index);

/* Gives back what was sent; under the stack's lock. Layout a constant. */
void vnic_tx_clean(struct vnic_pair *pair, bool packed, int budget);

int vnic_ctrl_up(struct vnic *vn);
void vnic_ctrl_down(struct vnic *vn);
void vnic_ctrl_irq(struct vnic *vn);
/* Lets a command that waits give up at once. */
void vnic_ctrl_stop(struct vnic *vn);

/**
 * vnic_command() - send a command and wait for the device's answer
 * @vn:	     device
 * @class:   VNET_CTRL_*
 * @command: of that class
 * @data:    its arguments
 * @len:     bytes of them, VNIC_COMMAND_MAX at most
 *
 * Sleeps.
 *
 * Return: 0; -EIO when the device refused; -ETIMEDOUT; -ENODEV when there is no control
 * queue, or it does not work now.
 */
int vnic_command(struct vnic *vn, u8 class, u8 command, const void *data, size_t len);

#define VNIC_COMMAND_MAX 2048

/* -- ethtool.c, debugfs.c ------------------------------------------------------------------ */

extern const struct ethtool_ops vnic_ethtool_ops;

void vnic_debugfs_add(struct vnic *vn);
void vnic_debugfs_del(struct vnic *vn);

/* -- qstats.c ------------------------------------------------------------------------------ */

void vnic_qstats_add(struct net_device *dev);

/* -- chaos.c ------------------------------------------------------------------------------- */

#ifdef XLATE_TESTS
void vnic_chaos_add(struct vnic *vn);
#else
static inline void vnic_chaos_add(struct vnic *vn)
{
}
#endif

#endif /* _VNIC_H */
