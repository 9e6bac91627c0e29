/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sriov_demo_vf: what its files share.
 *
 * A queue pair is a struct vf_pair: a receive ring, a transmit ring, one vector and one
 * NAPI context for both.
 */
#ifndef _SRIOV_DEMO_VF_H
#define _SRIOV_DEMO_VF_H

#include <linux/if_vlan.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>

#include "e82576_desc.h"
#include "vector.h"
#include "vf_compat.h"
#include "vf_mbx.h"

/* KBUILD_MODNAME has the folder in it. */
#define VF_NAME "sriov_demo_vf"

#define VF_PAIRS    2
#define VF_VECTORS  3
#define VF_RING_MIN 64
#define VF_RING_STD 256
#define VF_ITR_STD  100 /* microseconds between two interrupts of a vector, at least */
#define VF_ITR_MAX  8191
#define VF_MTU_MAX  9216
#define VF_MACS_MAX 16 /* further unicast addresses that we ask for */
#define VF_SERVICE  (2 * HZ) /* how often one looks after link and counters */
#define VF_TX_TIME  (5 * HZ)
#define VF_TX_PIECE 32768 /* bytes that one descriptor describes, at most */
/* Descriptors that a frame can need: its pieces, the context, and one that stays empty. */
#define VF_TX_NEED (MAX_SKB_FRAGS + 8)
/* ... and how many are free before a queue that was stopped goes on; the smallest ring has them. */
#define VF_TX_WAKE   min_t(unsigned int, 2 * VF_TX_NEED, VF_RING_MIN - 1)
#define VF_RX_COPY   256 /* bytes of a frame that are copied */
#define VF_RX_REFILL 32 /* buffers that are worth writing the tail for */
#define VF_HEADROOM  (NET_SKB_PAD + NET_IP_ALIGN)

/**
 * struct vf_tx_buf - what a transmit descriptor refers to
 * @skb:     the frame, at its last descriptor
 * @watch:   at the first descriptor of a batch: the last one, which will report
 * @dma:     the piece, if @len
 * @len:     ... in bytes
 * @bytes:   of the frame on the wire, headers of all segments included; with @skb
 * @packets: segments; with @skb
 */
struct vf_tx_buf {
	struct sk_buff *skb;
	union e82576_tx_desc *watch;
	dma_addr_t dma;
	u32 len;
	u32 bytes;
	u32 packets;
};

/**
 * struct vf_tx - a transmit ring
 * @desc:     the descriptors
 * @buf:      beside each what it refers to
 * @tail:     the tail register
 * @dev:      to map for
 * @txq:      the stack's queue
 * @mask:     descriptors less one
 * @use:      the next to fill
 * @batch:    the first that the device has not been told of
 * @ctxt:     the context that the device has: @lens, @tucmd, @mss as in a descriptor
 * @has_ctxt: it has one
 * @clean:    the next to reclaim
 * @sync:     for @packets and @bytes
 * @packets:  sent
 * @bytes:    sent
 * @dma:      address of @desc
 * @dropped:  not sent: no memory to map it, or a frame that cannot be described
 * @restarts: times the queue was stopped and went on
 * @timeouts: times the stack found it stuck
 */
struct vf_tx {
	union e82576_tx_desc *desc;
	struct vf_tx_buf *buf;
	void __iomem *tail;
	struct device *dev;
	struct netdev_queue *txq;
	u16 mask;
	u16 use;
	u16 batch;
	bool has_ctxt;
	struct e82576_tx_ctxt ctxt;

	u16 clean ____cacheline_aligned_in_smp;
	struct u64_stats_sync sync;
	u64 packets;
	u64 bytes;
	dma_addr_t dma;
	unsigned long dropped;
	unsigned long restarts;
	unsigned long timeouts;
};

/**
 * struct vf_rx - a receive ring
 * @desc:      the descriptors
 * @page:      beside each its buffer
 * @pool:      where buffers come from
 * @tail:      the tail register
 * @skb:       a frame of which more is to come
 * @mask:      descriptors less one
 * @use:       the next to give a buffer
 * @clean:     the next to look at
 * @room:      bytes of a buffer that the device may fill
 * @skip:      what comes belongs to a frame that was dropped
 * @hash:      frames carry a hash (there are two pairs)
 * @index:     0 or 1
 * @sync:      for @packets, @bytes and @multicast
 * @packets:   received
 * @bytes:     received
 * @multicast: of @packets, those to groups, without broadcast
 * @errors:    frames with an error, or in pieces that make no frame
 * @dropped:   frames for which there was no memory
 * @no_page:   times there was no memory for a buffer
 * @csum_bad:  frames whose checksum the device found wrong
 * @dma:       address of @desc
 */
struct vf_rx {
	union e82576_rx_desc *desc;
	struct page **page;
	struct page_pool *pool;
	void __iomem *tail;
	struct sk_buff *skb;
	u16 mask;
	u16 use;
	u16 clean;
	u16 room;
	bool skip;
	bool hash;

	u16 index;

	struct u64_stats_sync sync;
	u64 packets;
	u64 bytes;
	u64 multicast;
	unsigned long errors;
	unsigned long dropped;
	unsigned long no_page;
	unsigned long csum_bad;
	dma_addr_t dma;
};

/**
 * struct vf_pair - a queue pair
 * @napi:   polls both rings
 * @vector: its mask
 * @index:  0 or 1
 * @nic:    whose it is
 * @rx:     the receive ring
 * @tx:     the transmit ring
 * @irqs:   interrupts
 * @name:   of the interrupt
 */
struct vf_pair {
	struct napi_struct napi;
	struct vector vector;
	unsigned int index;
	struct vf_nic *nic;
	struct vf_rx rx;
	struct vf_tx tx;
	unsigned long irqs;
	char name[IFNAMSIZ + 16];
};

/* What the hardware counts for a VF, in 32 bits each. */
enum vf_counter {
	VF_HW_RX_PACKETS,
	VF_HW_TX_PACKETS,
	VF_HW_RX_BYTES,
	VF_HW_TX_BYTES,
	VF_HW_RX_MULTICAST,
	VF_HW_COUNTERS,
};

/**
 * enum vf_flag - bits of @flags of struct vf_nic
 * @VF_RUNNING:	 rings, interrupts and NAPI are set up
 * @VF_READY:	 ... and the physical function knows about us
 * @VF_RESTART:	 stop and start, please
 * @VF_RX_MODE:	 tell the physical function which frames are wanted
 * @VF_TOLD:	 the log says already that the physical function is not ready
 * @VF_PF_MAC:	 @pf_mac is valid
 */
enum vf_flag {
	VF_RUNNING,
	VF_READY,
	VF_RESTART,
	VF_RX_MODE,
	VF_TOLD,
	VF_PF_MAC,
};

/**
 * struct vf_nic - a virtual function
 * @pair:     queue pairs; the first @pairs are in use
 * @pairs:    1 or 2
 * @flags:    bits of enum vf_flag
 * @netdev:   its interface
 * @pdev:     its device
 * @base:     BAR 0
 * @io:	      the same, for the cores
 * @lock:     of @mbx, and of what is agreed by it
 * @mbx:      the mailbox
 * @service:  looks after link, mailbox and counters
 * @vectors:  2 or 3; the last is the mailbox's
 * @rx_size:  descriptors of a receive ring
 * @tx_size:  ... of a transmit ring
 * @itr:      microseconds between two interrupts of a pair
 * @mbx_irqs: interrupts of the mailbox
 * @mbx_name: of that interrupt
 * @alone:    the name of the vector that no pair uses
 * @resets:   times it was set up
 * @lost:     times the physical function was reset, or forgot us
 * @retry_at: when to try again, if it did not work (jiffies)
 * @pf_mac:   the address that the physical function gave last
 * @macs:     further unicast addresses it was asked for
 * @promisc:  MBX_PROMISC_* it was asked for
 * @refused:  ... and did not grant
 * @vlans:    VLANs that are wanted
 * @counter:  what the hardware counted, widened
 * @last:     ... as it was read last
 */
struct vf_nic {
	struct vf_pair pair[VF_PAIRS];
	unsigned int pairs;
	unsigned long flags;
	struct net_device *netdev;
	struct pci_dev *pdev;
	void __iomem *base;
	struct e82576_io io;
	struct mutex lock;
	struct vf_mbx mbx;
	struct delayed_work service;
	unsigned int vectors;
	unsigned int rx_size;
	unsigned int tx_size;
	unsigned int itr;
	unsigned long mbx_irqs;
	char mbx_name[IFNAMSIZ + 16];
	char alone[IFNAMSIZ + 16];
	u64 resets;
	u64 lost;
	unsigned long retry_at;
	u8 pf_mac[ETH_ALEN];
	unsigned int macs;
	unsigned int promisc;
	unsigned int refused;
	DECLARE_BITMAP(vlans, VLAN_N_VID);
	u64 counter[VF_HW_COUNTERS];
	u32 last[VF_HW_COUNTERS];
};

/* -- vf_ring.c: memory of the rings; the registers of the queues ---------------------- */
int vf_rings_alloc(struct vf_nic *nic);
void vf_rings_free(struct vf_nic *nic);
void vf_rings_start(struct vf_nic *nic);
void vf_rings_stop(struct vf_nic *nic);
void vf_rings_drain(struct vf_nic *nic);

/* -- vf_rx.c, vf_tx.c ------------------------------------------------------------------ */
int vf_rx_poll(struct vf_rx *rx, struct napi_struct *napi, int budget);
void vf_rx_refill(struct vf_rx *rx);
void vf_rx_drain(struct vf_rx *rx);
netdev_tx_t vf_tx_xmit(struct sk_buff *skb, struct net_device *netdev);
bool vf_tx_clean(struct vf_tx *tx, int budget);
bool vf_tx_late(const struct vf_tx *tx, const struct napi_struct *napi);
void vf_tx_drain(struct vf_tx *tx);

/* -- vf_irq.c: vectors and NAPI ---------------------------------------------------------- */
int vf_irqs_request(struct vf_nic *nic);
void vf_irqs_free(struct vf_nic *nic);
void vf_irqs_start(struct vf_nic *nic);
void vf_irqs_stop(struct vf_nic *nic);
void vf_itr_write(struct vf_nic *nic);
int vf_poll(struct napi_struct *napi, int budget);

/* -- vf_link.c: what is agreed with the physical function ------------------------------ */
int vf_agree(struct vf_nic *nic);
void vf_tell_rx_mode(struct vf_nic *nic);
void vf_service(struct work_struct *work);
void vf_service_soon(struct vf_nic *nic);
void vf_count(struct vf_nic *nic);

/* -- vf_netdev.c ----------------------------------------------------------------------- */
extern const struct net_device_ops vf_netdev_ops;
int vf_up(struct vf_nic *nic);
void vf_down(struct vf_nic *nic);
bool vf_regain(struct vf_nic *nic);
void vf_start(struct vf_nic *nic);
void vf_stop(struct vf_nic *nic);

/* -- vf_ethtool.c ------------------------------------------------------------------------ */
extern const struct ethtool_ops vf_ethtool_ops;

static inline u32 vf_read(struct vf_nic *nic, u32 reg)
{
	return e82576_read(&nic->io, reg);
}

static inline void vf_write(struct vf_nic *nic, u32 reg, u32 value)
{
	e82576_write(&nic->io, reg, value);
}

static inline bool vf_gone(struct vf_nic *nic)
{
	return READ_ONCE(nic->io.gone);
}

#endif /* _SRIOV_DEMO_VF_H */
