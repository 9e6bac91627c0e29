/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vnic_host: the host's side of the paravirtual NIC.
 *
 *	host's network <-> vnicN (net_device) <-> rings <-> virtio-net device <-> virtio_net
 *
 * Three lives, none of which ends with another:
 *
 *   struct vnic_host    the pair: queues and their counters. Counted: the netdev, each plug
 *			 and each queued work have a reference.
 *   struct net_device   from "ip link add" to "ip link del", under RTNL as usual.
 *   struct vnic_plug    one virtio device on the bus. Registering and unregistering it
 *			 probes and removes virtio_net, which takes RTNL; so only the ordered
 *			 work does that, and nobody who holds RTNL waits for the work.
 *
 * Locks, outer ones first: RTNL; vnic_queue.lock; vnic_host.lock; the virtio core's.
 */
#ifndef _VNIC_HOST_H
#define _VNIC_HOST_H

#include <linux/kref.h>
#include <linux/netdevice.h>
#include <linux/spinlock.h>
#include <linux/u64_stats_sync.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/workqueue.h>
#include <uapi/linux/virtio_net.h>

#include "devq.h"
#include "host_compat.h"
#include "host_net_hdr.h"

/*
 * Queue pairs; descriptors of a queue. Linux's virtio_net stops a transmit queue for good when
 * that has no room for a packet of MAX_SKB_FRAGS (17) pieces even if empty.
 */
#define VNIC_HOST_MAX_PAIRS	16
#define VNIC_HOST_MIN_DESCS	32
#define VNIC_HOST_MAX_DESCS	1024
#define VNIC_HOST_DEFAULT_DESCS 256
#define VNIC_HOST_CTRL_DESCS	64

/*
 * Bytes of a command that are looked at: a table of all addresses that we keep, and much more;
 * bytes of the longest answer, the status aside.
 */
#define VNIC_HOST_COMMAND_MAX 4096
#define VNIC_HOST_REPLY_MAX   4096

/* What is offered can be switched off and on: ethtool --set-priv-flags. */
enum vnic_host_flag {
	VNIC_HOST_PACKED,
	VNIC_HOST_EVENT_IDX,
	VNIC_HOST_INDIRECT,
	VNIC_HOST_IN_ORDER,
	VNIC_HOST_PLATFORM,
	VNIC_HOST_MRG_RXBUF,
	VNIC_HOST_CSUM,
	VNIC_HOST_TSO,
	VNIC_HOST_CTRL_VQ,
	VNIC_HOST_ANNOUNCE,
	VNIC_HOST_FLAGS,
};

#define VNIC_HOST_DEFAULT_FLAGS                                                          \
	(BIT(VNIC_HOST_EVENT_IDX) | BIT(VNIC_HOST_INDIRECT) | BIT(VNIC_HOST_MRG_RXBUF) | \
	 BIT(VNIC_HOST_CSUM) | BIT(VNIC_HOST_TSO) | BIT(VNIC_HOST_CTRL_VQ))

struct vnic_host;
struct vnic_plug;

/* Frames and bytes, as a netdev's statistics have them. */
struct vnic_traffic {
	u64_stats_t packets;
	u64_stats_t bytes;
	struct u64_stats_sync sync;
};

/**
 * struct vnic_queue - one virtqueue, seen from the device
 * @lock:     for all of it but @kicks; softirqs are off
 * @host:     whose it is
 * @index:    even: the guest receives, odd: it transmits; the last one is for control
 * @name:     "rx0", "tx0", ..., "ctrl", as the guest sees it
 * @vq:	      the driver's end, NULL while there is none
 * @plug:     the device that @vq belongs to
 * @live:     the driver is ready and not reset, so @devq and the driver's memory may be used
 * @used:     @devq was in use before, its counters go on
 * @flush:    something was pushed and not shown yet
 * @devq:     the device's end
 * @memory:   what the following lie in, contiguous
 * @memory_size: bytes of it
 * @sg:	      room for the pieces of a chain
 * @first_sg: the same for the first chain of a merged packet
 * @command:  control queue: room for a command and, behind it, for the answer; else NULL
 * @chains:   receive queue: chains that take one packet together; else the one that is worked on
 * @have:     how many of them there are: those of an unfinished packet; one that broke the queue
 * @done:     bytes of it that are copied
 * @traffic:  what went through, in the host's direction
 * @kicks:    notifications that arrived
 * @lose:     builds for tests: so many of the next ones do not
 * @spurious: interrupts for which the driver had seen everything already
 * @copied:   bytes copied to or from the guest's memory
 * @copies:   in how many pieces
 * @refused:  addresses that may not be touched, or not be read
 * @dropped:  packets lost: no room, no memory, link down
 * @errors:   packets refused: too short, too long, header makes no sense
 * @filtered: packets that the guest did not want; they count in @traffic, too
 * @filtered_bytes: of them
 * @stops:    how often the host's queue was stopped for want of buffers
 * @wakes:    how often it went on
 * @lost:     kicks that should have come, but did not: found by the timer
 * @expired:  packets that waited for buffers in vain
 */
struct vnic_queue {
	spinlock_t lock; /* see above */
	struct vnic_host *host;
	unsigned int index;
	char name[8];
	struct virtqueue *vq;
	struct vnic_plug *plug;
	bool live;
	bool used;
	bool flush;
	struct devq devq;
	void *memory;
	size_t memory_size;
	struct virtq_sg *sg;
	struct virtq_sg *first_sg;
	u8 *command;
	struct devq_chain *chains;
	unsigned int have;
	unsigned int done;
	struct vnic_traffic traffic;
	atomic64_t kicks;
	atomic_t lose;
	u64 spurious;
	u64 copied;
	u64 copies;
	u64 refused;
	u64 dropped;
	u64 errors;
	u64 filtered;
	u64 filtered_bytes;
	u64 stops;
	u64 wakes;
	u64 lost;
	u64 expired;
};

/**
 * struct vnic_pair - a pair of data queues
 * @rx:	     the guest receives: from the host's transmit queue of the same number
 * @tx:	     the guest transmits: to the host's receive queue
 * @napi:    polls @tx, and goes on with @pending; enabled as long as the netdev is there, so
 *	     that what a guest sends is consumed even while the netdev is down
 * @pending: packet for @rx that found no room; the host's transmit queue is stopped.
 *	     Under @rx's lock
 * @since:   when that was, in jiffies
 * @overdue: it waited too long when the timer looked
 * @timer:   looks for what waits though no kick comes; runs while the driver is ready
 * @seen:    timer's own: chains fetched from @tx when it looked last
 * @waited:  timer's own: one more was there
 */
struct vnic_pair {
	struct vnic_queue *rx;
	struct vnic_queue *tx;
	struct napi_struct napi;
	struct sk_buff *pending;
	unsigned long since;
	bool overdue;
	struct timer_list timer;
	u64 seen;
	bool waited;
};

#define VNIC_HOST_FILTER_MACS 64

/**
 * struct vnic_filter - what the guest wants to receive (5.1.6.5.1 to 5.1.6.5.3)
 * @mac:       its address
 * @promisc:   everything
 * @allmulti:  all multicast
 * @alluni:    all unicast
 * @nomulti:   no multicast
 * @nouni:     no unicast
 * @nobcast:   no broadcast
 * @many_unicasts: more than we keep: all unicast
 * @many_multicasts: the same
 * @unicasts:  further unicast addresses in @macs
 * @multicasts: multicast addresses behind them
 * @macs:      addresses
 * @vlans:     VLANs that pass
 */
struct vnic_filter {
	u8 mac[ETH_ALEN];
	bool promisc;
	bool allmulti;
	bool alluni;
	bool nomulti;
	bool nouni;
	bool nobcast;
	bool many_unicasts;
	bool many_multicasts;
	u32 unicasts;
	u32 multicasts;
	u8 macs[VNIC_HOST_FILTER_MACS][ETH_ALEN];
	DECLARE_BITMAP(vlans, 4096);
};

/**
 * struct vnic_setup - what the user asked for
 * @pairs:    queue pairs
 * @rx_descs: descriptors of the guest's receive queues
 * @tx_descs: of its transmit queues
 * @flags:    bit set of enum vnic_host_flag
 * @mtu:      the netdev's
 */
struct vnic_setup {
	unsigned int pairs;
	unsigned int rx_descs;
	unsigned int tx_descs;
	u32 flags;
	unsigned int mtu;
};

/**
 * struct vnic_plug - a virtio device on the bus
 * @vdev:    the device; its release frees the plug
 * @host:    its pair, referenced
 * @setup:   what it was made of
 * @offered: feature bits
 * @status:  device status (2.1); under the pair's lock
 * @generation: of the configuration space; the same
 * @announce: the guest shall announce itself; the same
 */
struct vnic_plug {
	struct virtio_device vdev;
	struct vnic_host *host;
	struct vnic_setup setup;
	u64 offered;
	u8 status;
	u32 generation;
	bool announce;
};

/**
 * struct vnic_host - the pair
 * @ref:      references
 * @id:	      number, unique
 * @lock:     for @netdev, @plug, @setup and @filter; softirqs are off
 * @netdev:   the host's end, NULL when it has gone
 * @plug:     the guest's end, NULL while there is none
 * @setup:    what the next plug shall be made of
 * @setups:   counts changes of @setup
 * @gone:     no more plugs
 * @broken:   a queue is broken: the link is down until the device is reset
 * @acked:    features that the driver took; 0 while there is none
 * @active:   queue pairs that the driver uses
 * @work:     makes @plug and the netdev's features what they shall be
 * @plugged:  @setups when @plug was made; written by @work only
 * @filter:   what the guest wants to receive
 * @guest_mac: the address that the guest is given
 * @debugfs:  folder
 * @max_pairs: pairs that there are
 * @pairs:    they
 * @ctrl:     the control queue
 * @commands: commands that were executed
 * @commands_ok: with success
 * @queues:   all queues: 2 * @max_pairs, and @ctrl
 */
struct vnic_host {
	struct kref ref;
	unsigned int id;
	spinlock_t lock; /* see above */
	struct net_device *netdev;
	struct vnic_plug *plug;
	struct vnic_setup setup;
	u32 setups;
	bool gone;
	bool broken;
	u64 acked;
	unsigned int active;
	struct work_struct work;
	u32 plugged;
	struct vnic_filter filter;
	u8 guest_mac[ETH_ALEN];
	struct dentry *debugfs;
	unsigned int max_pairs;
	struct vnic_pair *pairs;
	struct vnic_queue *ctrl;
	u64 commands;
	u64 commands_ok;
	struct vnic_queue queues[];
};

/* What a net_device has of us. */
struct vnic_host_priv {
	struct vnic_host *host;
};

static inline struct vnic_host *vnic_host_of(const struct net_device *dev)
{
	return ((struct vnic_host_priv *)netdev_priv(dev))->host;
}

static inline struct vnic_plug *vnic_plug_of(struct virtio_device *vdev)
{
	return container_of(vdev, struct vnic_plug, vdev);
}

static inline bool vnic_acked(const struct vnic_host *host, unsigned int bit)
{
	return READ_ONCE(host->acked) & BIT_ULL(bit);
}

/* -- host_main.c ------------------------------------------------------------------- */

/* Parent of all our virtio devices; DMA addresses are those of this device. */
extern struct device *vnic_host_parent;
/* Ordered: registers and unregisters virtio devices, without RTNL. */
extern struct workqueue_struct *vnic_host_wq;

/**
 * vnic_host_new() - make a pair
 * @max_pairs: queue pairs that it can have
 *
 * Return: it, with one reference, or NULL.
 */
struct vnic_host *vnic_host_new(unsigned int max_pairs);
void vnic_host_put(struct vnic_host *host);

/* Let the work look at the pair, unless it had its last look. */
void vnic_host_queue_work(struct vnic_host *host);
/* Let the work have its last look, and end the guest's end. */
void vnic_host_queue_last_work(struct vnic_host *host);

/* -- host_link.c ------------------------------------------------------------------- */

int vnic_host_link_init(void);
/* All netdevs are gone when this returns. */
void vnic_host_link_exit(void);
extern const struct ethtool_ops vnic_host_ethtool_ops;

/* -- host_net.c: packets ----------------------------------------------------------- */

netdev_tx_t vnic_host_xmit(struct sk_buff *skb, struct net_device *dev);
/* The longest MTU for which a driver always has buffers, in bytes. */
unsigned int vnic_host_max_mtu(const struct vnic_setup *setup);
netdev_features_t vnic_host_features_check(struct sk_buff *skb, struct net_device *dev,
					   netdev_features_t features);
int vnic_host_poll(struct napi_struct *napi, int budget);
void vnic_host_timer(struct timer_list *timer);

/* Forget the packet that waits for buffers, and wake the host's queue. */
void vnic_host_drop_pending(struct vnic_pair *pair, bool wake);

/* -- host_vdev.c: the virtio device ------------------------------------------------ */

/* The work's function. */
void vnic_host_work(struct work_struct *work);

/* Tell the driver that the configuration changed; not under our locks. */
void vnic_host_config_changed(struct vnic_host *host);

/* Waits until the last virtio device is freed. */
void vnic_host_vdev_exit(void);

/* -- host_vq.c: virtqueues --------------------------------------------------------- */

/* Makes the driver's queue @index and ours; or an error pointer. */
struct virtqueue *vnic_new_vq(struct vnic_plug *plug, unsigned int index, const char *name,
			      vq_callback_t *callback, bool context);
/* Queues that are gone are left alone by everybody when this returns. */
void vnic_del_vqs(struct virtio_device *vdev);
void vnic_synchronize_cbs(struct virtio_device *vdev);

/**
 * vnic_queue_ok() - may a queue be worked on?
 * @q: queue, locked
 *
 * Return: whether the driver is there and did nothing wrong.
 */
static inline bool vnic_queue_ok(const struct vnic_queue *q)
{
	return q->live && !devq_broken(&q->devq);
}

/* Unlocks a queue that was fit to be worked on; if it broke since, asks for a reset. */
void vnic_queue_unlock(struct vnic_queue *q) __releases(&q->lock);

/* Shows the driver what was pushed, with an interrupt if it wants one. @q is locked. */
void vnic_queue_flush(struct vnic_queue *q);

void vnic_queues_start(struct vnic_plug *plug);
void vnic_queues_stop(struct vnic_plug *plug);

/* -- host_mem.c: the guest's memory ------------------------------------------------ */

/* What was found to be RAM stays as long as softirqs are off, from here on to the exit. */
int vnic_mem_init(void);
void vnic_mem_exit(void);

/**
 * struct vnic_cursor - a place in the pieces of a chain
 * @sg:	  piece
 * @left: pieces from there on
 * @off:  bytes into it
 */
struct vnic_cursor {
	const struct virtq_sg *sg;
	unsigned int left;
	u32 off;
};

static inline struct vnic_cursor vnic_cursor(const struct virtq_sg *sg, unsigned int n)
{
	return (struct vnic_cursor){ .sg = sg, .left = n };
}

/**
 * vnic_mem_map() - where is memory of the guest?
 * @q:	  queue that an address was found in
 * @addr: as it stood there
 * @len:  bytes; the end is in the same page
 * @write: it will be written, not only read
 *
 * Return: the kernel's address of it, or NULL when it may not be touched: no RAM, the
 * firmware's, a page table that is marked as one (those of processes; most of the kernel's own
 * are not), not mapped, our own, or, for @write, reserved (the kernel's image) or mapped to be
 * read only (the code of modules). Memory that is taken offline waits until softirqs are on, see
 * vnic_mem_init(); nothing waits where a driver lies about a page that is taken out of the direct
 * map at that very moment (secret memory, code).
 */
void *vnic_mem_map(struct vnic_queue *q, u64 addr, u32 len, bool write);

/* For struct devq_config.table. @ctx is the queue. */
const void *vnic_mem_table(void *ctx, u64 addr, u32 bytes);
/* The same for a part of the ring, which is written, too. */
void *vnic_mem_ring(struct vnic_queue *q, u64 addr, u32 bytes);

/**
 * vnic_mem_read() - copy from the guest
 * @q:	 queue, locked
 * @cur: where from; moves on
 * @dst: private memory
 * @len: bytes; so many have to be there
 *
 * Return: 0; -EFAULT: then the queue is broken; -ENODATA when it is the data that cannot be
 * read, through no fault of the driver.
 */
int vnic_mem_read(struct vnic_queue *q, struct vnic_cursor *cur, void *dst, size_t len);
/* Return: 0, or -EFAULT: then the queue is broken. */
int vnic_mem_write(struct vnic_queue *q, struct vnic_cursor *cur, const void *src, size_t len);

/* The same for bytes @off... of a packet; as many as fit, but not more than @len. */
int vnic_mem_write_skb(struct vnic_queue *q, struct vnic_cursor *cur, const struct sk_buff *skb,
		       unsigned int off, unsigned int len);

/* Skip bytes that are there. */
void vnic_mem_skip(struct vnic_cursor *cur, u32 len);

/* -- host_ctrl.c: the control queue ------------------------------------------------ */

/* Executes what the driver asks for, at once: drivers spin until it is done. */
void vnic_ctrl_kick(struct vnic_queue *q);
/* As it is before a driver said anything. */
void vnic_filter_reset(struct vnic_host *host);
bool vnic_filter_wants(struct vnic_host *host, const struct sk_buff *skb);

/* -- host_devstats.c: VIRTIO_NET_F_DEVICE_STATS ------------------------------------ */

/* Types of statistics that there are, as the query tells. */
u64 vnic_devstats_types(void);
/*
 * Replies to @count requests in @req; *@len gets the bytes in @reply, of @size. Return: 0,
 * -EINVAL when one asks for what its queue does not have, -ENOSPC when only the first ones fit.
 */
int vnic_devstats_get(struct vnic_host *host, const struct vnic_net_stats_req *req,
		      unsigned int count, void *reply, size_t size, size_t *len);

/* -- host_debugfs.c ---------------------------------------------------------------- */

void vnic_host_debugfs_init(void);
void vnic_host_debugfs_exit(void);
void vnic_host_debugfs_add(struct vnic_host *host, const char *name);
void vnic_host_debugfs_rename(struct vnic_host *host, const char *name);
void vnic_host_debugfs_remove(struct vnic_host *host);

/* -- host_chaos.c: a driver that lies, and other trouble; only in builds for tests - */

#ifdef XLATE_TESTS
void vnic_host_chaos_add(struct vnic_host *host);
#else
static inline void vnic_host_chaos_add(struct vnic_host *host)
{
}
#endif

#endif /* _VNIC_HOST_H */
