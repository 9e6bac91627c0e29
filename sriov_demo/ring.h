/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rings of the physical function: ring.c (memory, starting and stopping, NAPI), tx.c and rx.c
 * (the paths that each packet takes). The virtual functions' driver has vf_ring.c, vf_tx.c and
 * vf_rx.c; descriptors (e82576_desc.h) and vectors (vector.h) are the same.
 *
 * Positions run freely; the slot of position n is n & mask. All between clean and use
 * belongs to the device.
 */
#ifndef _SRIOV_DEMO_RING_H
#define _SRIOV_DEMO_RING_H

#include <linux/netdevice.h>
#include <linux/u64_stats_sync.h>

#include "compat.h"
#include "e82576_desc.h"
#include "e82576_regs.h"
#include "vector.h"

#define RING_MIN     64
#define RING_DEFAULT 256

/*
 * A frame of receive data has a page. What lies behind the data is for the socket buffer's
 * shared info; the device wants its buffers in KiB.
 */
#define RING_RX_HEADROOM (NET_SKB_PAD + NET_IP_ALIGN)
#define RING_RX_KIB	 3
#define RING_RX_SIZE	 (RING_RX_KIB * 1024)
/* So many descriptors are handed to the device at once: a write to a register is slow. */
#define RING_RX_BATCH 16

/* The most that a descriptor is given to send, in bytes: a power of two below 64 KiB. */
#define RING_TX_PIECE 32768u
/* Descriptors that any frame fits in: its pieces, a 64 KiB frame's extra cuts, a context. */
#define RING_TX_NEEDED (MAX_SKB_FRAGS + 4)
/* ... and how many are free before a queue that was stopped goes on; the smallest ring has them. */
#define RING_TX_WAKE(t) min_t(u32, 2 * RING_TX_NEEDED, (t)->mask)

/**
 * struct ring_tx_slot - what a transmit descriptor sends
 * @skb: to be freed when it was sent; in the last slot of a frame
 * @dma: address of the piece
 * @len: ... and its length in bytes; 0: nothing is mapped
 */
struct ring_tx_slot {
	struct sk_buff *skb;
	dma_addr_t dma;
	u32 len;
};

/**
 * struct ring_tx_mark - frames that the device was told of together
 * @end:     position behind the last one, whose descriptor is the one that is reported
 * @bytes:   of all of them, on the wire without CRC
 * @packets: number of frames on the wire
 */
struct ring_tx_mark {
	u32 end;
	u32 bytes;
	u32 packets;
};

/**
 * struct ring_tx_stats - a transmit ring's counters
 * @syncp:    protects the others on 32-bit machines
 * @packets:  sent
 * @bytes:    sent
 * @kicks:    times that the device was told
 * @contexts: context descriptors written; frames like the one before need none
 * @stops:    times that the ring was full
 * @wakes:    times that it was so no longer
 * @dropped:  frames that could not be mapped or padded
 */
struct ring_tx_stats {
	struct u64_stats_sync syncp;
	u64 packets;
	u64 bytes;
	u64 kicks;
	u64 contexts;
	u64 stops;
	u64 wakes;
	u64 dropped;
};

/**
 * struct ring_tx - a transmit ring
 * @desc:	descriptors, shared with the device
 * @slot:	what each sends
 * @mark:	what was told of together; marks use positions of their own
 * @tail:	register
 * @vec:	who polls it
 * @txq:	the stack's queue
 * @dev:	whose DMA it is
 * @mask:	size - 1
 * @use:	position of the next descriptor
 * @told:	... of the first that the device has not been told of
 * @mark_use:	position of the next mark
 * @bytes:	... what goes into it
 * @packets:	... what goes into it
 * @ctxt:	the context that the device has
 * @ctxt_valid: it has one
 * @clean:	position of the first descriptor not freed
 * @mark_clean: ... and mark
 * @index:	number of the queue in the stack
 * @hw:		... and in the card, for people
 * @regs:	its block of registers
 * @dma:	address of @desc
 * @size:	number of descriptors, a power of two
 * @stats:	counters
 */
struct ring_tx {
	union e82576_tx_desc *desc;
	struct ring_tx_slot *slot;
	struct ring_tx_mark *mark;
	void __iomem *tail;
	struct ring_vec *vec;
	struct netdev_queue *txq;
	struct device *dev;
	u32 mask;
	u32 use;
	u32 told;
	u32 mark_use;
	u32 bytes;
	u32 packets;
	struct e82576_tx_ctxt ctxt;
	bool ctxt_valid;

	u32 clean ____cacheline_aligned_in_smp;
	u32 mark_clean;

	u8 index ____cacheline_aligned_in_smp;
	u8 hw;
	void __iomem *regs;
	dma_addr_t dma;
	u32 size;
	struct ring_tx_stats stats;
};

/**
 * struct ring_rx_stats - a receive ring's counters
 * @syncp:	protects the others on 32-bit machines
 * @packets:	received
 * @bytes:	received
 * @csum_good:	frames whose checksum the card found right
 * @csum_bad:	... or wrong
 * @errors:	frames dropped: cut, damaged, too short
 * @no_memory:	frames dropped, or buffers not found: no memory
 * @refills:	times that the device was given buffers
 */
struct ring_rx_stats {
	struct u64_stats_sync syncp;
	u64 packets;
	u64 bytes;
	u64 csum_good;
	u64 csum_bad;
	u64 errors;
	u64 no_memory;
	u64 refills;
};

/**
 * struct ring_rx - a receive ring
 * @desc:    descriptors, shared with the device
 * @page:    the page of each
 * @pool:    where pages come from and go
 * @tail:    register
 * @napi:    who polls it
 * @netdev:  whose it is
 * @dev:     whose DMA it is
 * @vlans:   bitmap of VLANs whose tags mean something to the stack; NULL: all
 * @skb:     the frame that is not complete yet
 * @mask:    size - 1
 * @use:     position of the next descriptor to be handed to the device
 * @clean:   ... of the next to come back
 * @skip:    what is left of the current frame is thrown away
 * @starved: there was no memory for more buffers; somebody must poll again
 * @index:   number of the queue in the stack
 * @hw:	     ... and in the card, for people
 * @regs:    its block of registers
 * @dma:     address of @desc
 * @size:    number of descriptors, a power of two
 * @drop_en: when out of descriptors, drop rather than wait
 * @stats:   counters
 */
struct ring_rx {
	union e82576_rx_desc *desc;
	struct page **page;
	struct page_pool *pool;
	void __iomem *tail;
	struct napi_struct *napi;
	struct net_device *netdev;
	struct device *dev;
	const unsigned long *vlans;
	struct sk_buff *skb;
	u32 mask;
	u32 use;
	u32 clean;
	bool skip;
	bool starved;

	u8 index;
	u8 hw;
	void __iomem *regs;
	dma_addr_t dma;
	u32 size;
	bool drop_en;
	struct ring_rx_stats stats;
};

/**
 * struct ring_vec - an interrupt vector with its rings
 * @napi:     polls them
 * @rx:	      receive ring, or NULL
 * @tx:	      transmit ring, or NULL
 * @vector:   its mask
 * @eitr:     register with the least time between two interrupts
 * @itr:      that time, in microseconds
 * @itr_told: ... as the register has it; the handler's
 * @adaptive: the time follows the load
 * @trend:    polls in a row that wanted another time
 * @irq:      interrupt number
 * @name:     of the interrupt
 */
struct ring_vec {
	struct napi_struct napi;
	struct ring_rx *rx;
	struct ring_tx *tx;
	struct vector vector;
	void __iomem *eitr;
	u16 itr;
	u16 itr_told;
	bool adaptive;
	u8 trend;
	int irq;
	char name[IFNAMSIZ + 16];
};

#define RING_ITR_MAX	 8191 /* microseconds */
#define RING_ITR_DEFAULT 50

/**
 * ring_tx_alloc() - memory of a transmit ring
 * @t:	 @t->dev, @t->size, @t->txq, @t->vec and @t->regs are set
 *
 * Return: 0 or -ENOMEM.
 */
int ring_tx_alloc(struct ring_tx *t);
void ring_tx_free(struct ring_tx *t);

/**
 * ring_rx_alloc() - memory of a receive ring
 * @r: @r->dev, @r->netdev, @r->napi, @r->size and @r->regs are set
 *
 * Return: 0 or a negative errno.
 */
int ring_rx_alloc(struct ring_rx *r);
void ring_rx_free(struct ring_rx *r);

/*
 * Tell the device where the ring is, and let it go; or stop it and take everything back.
 * Between the two the ring must not be polled.
 */
void ring_tx_start(struct ring_tx *t);
void ring_tx_stop(struct ring_tx *t);
void ring_rx_start(struct ring_rx *r);
void ring_rx_stop(struct ring_rx *r);

/* struct napi_struct.poll, irq_handler_t; @data is a struct ring_vec. */
int ring_poll(struct napi_struct *napi, int budget);
irqreturn_t ring_irq(int irq, void *data);

/* Set the least time between two interrupts, in microseconds. */
void ring_set_itr(struct ring_vec *v, unsigned int usecs);

/**
 * ring_xmit() - send a frame
 * @t:	 ring
 * @skb: frame
 *
 * Return: as ndo_start_xmit.
 */
netdev_tx_t ring_xmit(struct ring_tx *t, struct sk_buff *skb);

/* Free what was sent. @budget: NAPI's, 0 in netpoll. Return: frames. */
unsigned int ring_tx_clean(struct ring_tx *t, int budget);

/* In ndo_tx_timeout: is it not the device that is late, but ring_tx_clean()? */
bool ring_tx_late(const struct ring_tx *t);

/* Take what has arrived, at most @budget frames. Return: how many. */
int ring_rx_clean(struct ring_rx *r, int budget);

/* Give the device buffers for all free descriptors. */
void ring_rx_refill(struct ring_rx *r);

/* ndo_features_check: headers that no context descriptor can describe. */
netdev_features_t ring_features_check(struct sk_buff *skb, struct net_device *dev,
				      netdev_features_t features);

/* What both kinds of functions can do for the stack. */
void ring_set_features(struct net_device *dev);

/* Sum up. */
void ring_add_stats(struct ring_rx *r, struct ring_tx *t, struct rtnl_link_stats64 *s);

#endif /* _SRIOV_DEMO_RING_H */
