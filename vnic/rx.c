// SPDX-License-Identifier: GPL-2.0-only
/* Packets that come in. */
#include <linux/dma-mapping.h>
#include <linux/virtio_net.h>

#include "../include/napi_compat.h"

#include "vnic.h"

/*
 * A receive buffer is a page:
 *
 *	 0                 RX_HEADER     RX_FRAME                      RX_HEADER + RX_ROOM
 *	 +-----------------+-------------+----------------------------+-----------------+
 *	 | headroom        | vnet_hdr    | packet ...                 | skb_shared_info |
 *	 +-----------------+-------------+----------------------------+-----------------+
 *	                    the device writes from here  ...  to here
 *
 * so that it can become the skb itself. Of a packet in several buffers, the second and all
 * others have no header: the packet goes on at RX_HEADER.
 */
#define RX_FRAME  (NET_SKB_PAD + NET_IP_ALIGN)
#define RX_HEADER (RX_FRAME - sizeof(struct vnet_hdr))
#define RX_ROOM	  (SKB_WITH_OVERHEAD(PAGE_SIZE) - RX_HEADER)

/* Packets of so many bytes are copied, and their page is used again at once. */
#define RX_COPY 256

/* The queue is filled up when so many buffers are missing. */
#define RX_BATCH 16

/* Head and fragments. */
#define RX_BUFFERS (1 + MAX_SKB_FRAGS)

static_assert(sizeof(struct vnet_hdr) == sizeof(struct virtio_net_hdr_v1));

/* What one poll did, to be counted at its end. */
struct rx_sum {
	unsigned int packets;
	unsigned int bytes;
	unsigned int length;
	unsigned int frame;
	unsigned int nobuf;
	unsigned int csum;
	unsigned int partial;
	unsigned int gso;
	unsigned int copied;
	unsigned int referenced;
	unsigned int bounces;
};

unsigned int vnic_rx_max_mtu(u64 features)
{
	/* One VLAN tag may come along. */
	size_t frame = RX_ROOM - sizeof(struct vnet_hdr) - VLAN_ETH_HLEN;

	return features & VNET_F_MRG_RXBUF ? ETH_MAX_MTU - VLAN_ETH_HLEN : frame;
}

/* -- buffers ---------------------------------------------------------------------------- */

static __always_inline void rx_add(struct vnic_pair *pair, const bool packed, struct page *page)
{
	struct vnic *vn = pair->vn;
	u64 addr = vn->dma_dev ? page_pool_get_dma_addr(page) : page_to_phys(page);

	if (unlikely(drvq_add_one(&pair->rx.q, packed, addr + RX_HEADER, RX_ROOM, true, page)))
		page_pool_recycle_direct(pair->pool, page);
}

/* Fills the queue up; false when there is no memory to do so. */
static __always_inline bool rx_fill(struct vnic_pair *pair, const bool packed)
{
	struct drvq *q = &pair->rx.q;
	struct page *page;

	while (q->free) {
		page = page_pool_dev_alloc_pages(pair->pool);
		if (unlikely(!page))
			return false;
		rx_add(pair, packed, page);
	}
	return true;
}

/* Later, when there may be memory again. */
void vnic_refill_work(struct work_struct *work)
{
	struct vnic_pair *pair = container_of(work, struct vnic_pair, refill.work);

	local_bh_disable();
	napi_schedule(&pair->napi);
	local_bh_enable();
}

/*
 * What the device wrote, @len bytes, can be read after this. Return: whether the DMA API copied it
 * for that.
 */
static __always_inline bool rx_sync(struct vnic_pair *pair, struct page *page, u32 len,
				    struct rx_sum *sum)
{
	struct vnic *vn = pair->vn;
	dma_addr_t dma;

	if (!vn->dma_dev)
		return false;
	dma = page_pool_get_dma_addr(page);
	dma_sync_single_range_for_cpu(vn->dma_dev, dma, RX_HEADER, len, DMA_FROM_DEVICE);
	if (!vnic_bounced(vn, dma))
		return false;
	sum->bounces++;
	return true;
}

/* Takes the device's header, once: it may go on writing. */
static __always_inline struct vnet_hdr rx_header(const struct page *page)
{
	struct vnet_hdr hdr;

	memcpy(&hdr, page_address(page) + RX_HEADER, sizeof(hdr));
	barrier();
	return hdr;
}

/* -- one packet --------------------------------------------------------------------------- */

/* An skb of @size bytes at @data, in a page of a pool, whose frame is at RX_FRAME. */
static __always_inline struct sk_buff *rx_skb(struct vnic_pair *pair, void *data, unsigned int size,
					      u32 len)
{
	struct sk_buff *skb = napi_build_skb(data, size);

	if (unlikely(!skb))
		return NULL;
	/* As napi_alloc_skb() does; whoever looks for headers asks the device. */
	skb->dev = pair->vn->dev;
	skb_mark_for_recycle(skb);
	skb_reserve(skb, RX_FRAME);
	__skb_put(skb, len);
	return skb;
}

/*
 * A short packet, copied. The page goes back into the ring; the copy is a piece of a page that
 * holds many, so that whoever keeps it does not keep 4 KiB for it.
 */
static __always_inline struct sk_buff *rx_copy(struct vnic_pair *pair, const bool packed,
					       struct page *page, u32 len)
{
	unsigned int offset, size = SKB_DATA_ALIGN(RX_FRAME + len) +
				    SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	struct page *copy = page_pool_dev_alloc_frag(pair->copies, &offset, size);
	struct sk_buff *skb = NULL;

	if (likely(copy)) {
		void *data = page_address(copy) + offset;

		memcpy(data + RX_FRAME, page_address(page) + RX_FRAME, len);
		skb = rx_skb(pair, data, size, len);
		if (unlikely(!skb))
			page_pool_put_full_page(pair->copies, copy, false);
	}
	if (pair->vn->dma_dev)
		dma_sync_single_range_for_device(pair->vn->dma_dev, page_pool_get_dma_addr(page),
						 RX_HEADER, RX_ROOM, DMA_FROM_DEVICE);
	rx_add(pair, packed, page);
	return skb;
}

/* A long one: the page becomes the skb. */
static __always_inline struct sk_buff *rx_build(struct vnic_pair *pair, struct page *page, u32 len)
{
	struct sk_buff *skb = rx_skb(pair, page_address(page), PAGE_SIZE, len);

	if (unlikely(!skb))
		page_pool_recycle_direct(pair->pool, page);
	return skb;
}

/*
 * The other buffers of a packet. They have to be there with the first one (5.1.6.4.1); even
 * if the packet is lost, they are taken.
 */
static bool rx_rest(struct vnic_pair *pair, const bool packed, struct sk_buff *skb,
		    unsigned int buffers, struct rx_sum *sum)
{
	struct drvq_done done;
	unsigned int i;

	for (i = 1; i < buffers; i++) {
		struct page *page;
		bool bounced;

		if (!(packed ? drvq_get(&pair->rx.q, true, &done) :
			       drvq_get(&pair->rx.q, false, &done))) {
			drvq_break(&pair->rx.q, VIRTQ_UPPER, buffers, i);
			return false;
		}
		page = done.token;
		bounced = rx_sync(pair, page, done.len, sum);
		if (skb && done.len) {
			skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, RX_HEADER, done.len,
					PAGE_SIZE);
			*(bounced ? &sum->copied : &sum->referenced) += done.len;
		} else {
			page_pool_recycle_direct(pair->pool, page);
		}
	}
	return true;
}

/* May the device send such a header at all? Then what it says goes to the skb. */
static bool rx_offload(struct vnic *vn, struct sk_buff *skb, const struct vnet_hdr *hdr,
		       struct rx_sum *sum)
{
	u64 needs = 0;

	if (hdr->flags & VNET_HDR_NEEDS_CSUM)
		needs |= VNET_F_GUEST_CSUM;
	switch (hdr->gso_type & ~VNET_GSO_ECN) {
	case VNET_GSO_NONE:
		break;
	case VNET_GSO_TCPV4:
		needs |= VNET_F_GUEST_TSO4;
		break;
	case VNET_GSO_TCPV6:
		needs |= VNET_F_GUEST_TSO6;
		break;
	default:
		return false;
	}
	if (hdr->gso_type & VNET_GSO_ECN)
		needs |= VNET_F_GUEST_ECN;
	if (needs & ~vn->features)
		return false;
	if (needs && virtio_net_hdr_to_skb(skb, (const struct virtio_net_hdr *)hdr, true))
		return false;
	sum->gso += skb_is_gso(skb);
	if (hdr->flags & VNET_HDR_DATA_VALID && !(hdr->flags & VNET_HDR_NEEDS_CSUM) &&
	    vn->dev->features & NETIF_F_RXCSUM)
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	sum->csum += skb->ip_summed == CHECKSUM_UNNECESSARY;
	sum->partial += skb->ip_summed == CHECKSUM_PARTIAL;
	return true;
}

static __always_inline void rx_packet(struct vnic_pair *pair, const bool packed,
				      const struct drvq_done *done, struct rx_sum *sum)
{
	struct vnic *vn = pair->vn;
	struct page *page = done->token;
	unsigned int buffers = 1;
	struct sk_buff *skb;
	struct vnet_hdr hdr;
	bool bounced;
	u32 len;

	bounced = rx_sync(pair, page, max_t(u32, done->len, sizeof(hdr)), sum);
	hdr = rx_header(page);
	if (unlikely(done->len < sizeof(hdr) + ETH_HLEN)) {
		page_pool_recycle_direct(pair->pool, page);
		sum->length++;
		return;
	}
	len = done->len - sizeof(hdr);
	if (vn->features & VNET_F_MRG_RXBUF)
		buffers = le16_to_cpu(hdr.num_buffers);
	if (unlikely(buffers - 1 >= RX_BUFFERS)) {
		page_pool_recycle_direct(pair->pool, page);
		drvq_break(&pair->rx.q, VIRTQ_UPPER, buffers, RX_BUFFERS);
		sum->length++;
		return;
	}

	if (len <= RX_COPY && buffers == 1) {
		skb = rx_copy(pair, packed, page, len);
		sum->copied += bounced ? 2 * len : len;
	} else {
		skb = rx_build(pair, page, len);
		*(bounced ? &sum->copied : &sum->referenced) += len;
	}
	if (unlikely(buffers > 1) && !rx_rest(pair, packed, skb, buffers, sum)) {
		sum->length++;
		goto drop;
	}
	if (unlikely(!skb)) {
		sum->nobuf++;
		return;
	}
	if (hdr.flags | hdr.gso_type && unlikely(!rx_offload(vn, skb, &hdr, sum))) {
		sum->frame++;
		goto drop;
	}
	sum->packets++;
	sum->bytes += skb->len;
	skb_record_rx_queue(skb, pair->index);
	skb->protocol = eth_type_trans(skb, vn->dev);
	napi_gro_receive(&pair->napi, skb);
	return;

drop:
	dev_kfree_skb_any(skb);
}

/* -- poll ---------------------------------------------------------------------------------- */

static void rx_count(struct vnic_pair *pair, const struct rx_sum *sum)
{
	struct vnic_rx_stats *s = &pair->rx_stats;

	u64_stats_update_begin(&pair->rx_sync);
	u64_stats_add(&s->packets, sum->packets);
	u64_stats_add(&s->bytes, sum->bytes);
	u64_stats_add(&s->copied, sum->copied);
	u64_stats_add(&s->referenced, sum->referenced);
	u64_stats_add(&s->bounces, sum->bounces);
	u64_stats_add(&s->csum, sum->csum);
	u64_stats_add(&s->partial, sum->partial);
	u64_stats_add(&s->gso, sum->gso);
	u64_stats_add(&s->length, sum->length);
	u64_stats_add(&s->frame, sum->frame);
	u64_stats_add(&s->nobuf, sum->nobuf);
	u64_stats_update_end(&pair->rx_sync);
}

/*
 * The first packets since the watchdog notified the device once more. Those that come at once had
 * waited for that; others have just been sent.
 */
static void rx_came_back(struct vnic_pair *pair)
{
	if (vnic_watch_helped(pair->vn, &pair->rx, pair->rx_asked)) {
		pair->rx.lost_kicks++;
		netdev_warn(pair->vn->dev, "receive queue %u: a notification was lost\n",
			    pair->index);
	}
	pair->rx_asked = 0;
}

static __always_inline int rx_poll(struct vnic_pair *pair, const bool packed, int budget)
{
	struct drvq *q = &pair->rx.q;
	struct rx_sum sum = {};
	struct drvq_done done;
	int n = 0;
	u16 news;

	q->now = jiffies;
	while (n < budget && drvq_get(q, packed, &done)) {
		rx_packet(pair, packed, &done, &sum);
		n++;
	}
	q->counters.polls++;
	if (n) {
		virtq_batch(q->counters.reaped, n);
		rx_count(pair, &sum);
		if (unlikely(pair->rx_asked))
			rx_came_back(pair);
	}
	/* A short queue must not wait for a batch: the next packet may need all that it has. */
	if ((q->free >= RX_BATCH || (q->free && q->num - q->free < RX_BUFFERS)) &&
	    unlikely(!rx_fill(pair, packed))) {
		u64_stats_update_begin(&pair->rx_sync);
		u64_stats_inc(&pair->rx_stats.alloc);
		u64_stats_update_end(&pair->rx_sync);
		schedule_delayed_work(&pair->refill, HZ / 10);
	}
	news = q->added - q->published;
	if (news && drvq_kick(q, packed)) {
		pair->rx_known = q->added - news;
		vnic_notify(pair->vn, &pair->rx);
	}
	if (unlikely(drvq_broken(q)))
		vnic_vq_broken(pair->vn, &pair->rx, "the receive queue");
	return n;
}

static __always_inline void tx_poll(struct vnic_pair *pair, const bool packed, int budget)
{
	/* Without the lock: what comes later will interrupt. */
	if (!drvq_pending(&pair->tx.q, packed))
		return;
	/* Without a budget it is netpoll that asks, perhaps from within our own xmit(). */
	if (budget)
		__netif_tx_lock(pair->txq, smp_processor_id());
	else if (!__netif_tx_trylock(pair->txq))
		return;
	vnic_tx_clean(pair, packed, budget);
	__netif_tx_unlock(pair->txq);
}

static void disable_cb(struct vnic_pair *pair, const bool packed)
{
	drvq_disable_cb(&pair->rx.q, packed);
	drvq_disable_cb(&pair->tx.q, packed);
}

/*
 * Shall somebody else poll again, without an interrupt? Who polls busily does; a timer does where
 * interrupts are deferred. As napi_complete_done() will find, unless the settings change.
 */
static __always_inline bool defers(const struct napi_struct *napi, int n)
{
	if (unlikely(test_bit(NAPI_STATE_IN_BUSY_POLL, &napi->state)))
		return true;
	return unlikely(napi_flush_timeout(napi)) &&
	       (n ? napi_defers(napi) : napi->defer_hard_irqs_count > 0);
}

static __always_inline int poll(struct vnic_pair *pair, const bool packed, int budget)
{
	struct drvq *tx = &pair->tx.q;
	bool idle;
	int n = 0;

	tx_poll(pair, packed, budget);
	if (budget) {
		spin_lock(&pair->rx_lock);
		n = rx_poll(pair, packed, budget);
		spin_unlock(&pair->rx_lock);
	}
	if (n == budget)
		return n;
	if (unlikely(defers(&pair->napi, n))) {
		disable_cb(pair, packed);
		if (napi_complete_done(&pair->napi, n))
			napi_schedule(&pair->napi);
		return n;
	}
	/*
	 * Interrupts are asked for while this poll still owns the receive queue: the next may run
	 * on another CPU. The transmit queue is also that of who sends. What is sent comes back
	 * in batches: an interrupt when most of it has.
	 */
	__netif_tx_lock(pair->txq, smp_processor_id());
	idle = drvq_enable_cb(tx, packed, drvq_in_flight(tx) * 3 / 4);
	if (unlikely(!idle))
		drvq_disable_cb(tx, packed);
	__netif_tx_unlock(pair->txq);
	if (unlikely(!drvq_enable_cb(&pair->rx.q, packed, 0)))
		idle = false;
	if (unlikely(!idle)) {
		/* What came in between would not interrupt any more. */
		disable_cb(pair, packed);
		return budget;
	}
	napi_complete_done(&pair->napi, n);
	return n;
}

int vnic_poll(struct napi_struct *napi, int budget)
{
	struct vnic_pair *pair = container_of(napi, struct vnic_pair, napi);

	if (pair->vn->packed)
		return poll(pair, true, budget);
	return poll(pair, false, budget);
}

static bool has_work(struct vnic_pair *pair, const bool packed)
{
	/* The transmit queue comes last and goes first. */
	return pair->tx.mem &&
	       (drvq_pending(&pair->rx.q, packed) || drvq_pending(&pair->tx.q, packed));
}

void vnic_pair_irq(struct vnic_pair *pair, bool shared)
{
	/* The first poll comes after that: no notification before DRIVER_OK (3.1.1). */
	if (!READ_ONCE(pair->vn->live) || vnic_lose_interrupt(pair->vn))
		return;
	if (!shared || (pair->vn->packed ? has_work(pair, true) : has_work(pair, false)))
		pair->irqs++;
	if (!napi_schedule_prep(&pair->napi))
		return;
	if (pair->vn->packed)
		disable_cb(pair, true);
	else
		disable_cb(pair, false);
	__napi_schedule_irqoff(&pair->napi);
}

/*
 * Receive buffers that came back, and nobody looks from one second to the next: an interrupt was
 * lost. When none come back, a notification may have been: most likely when the device has used up
 * (but for less than a packet takes) what it knew of before the last one. It is notified once more,
 * which does no harm; in other cases a little later. Only in that case can one tell whether it
 * helped, and not in a queue so short that it is the ordinary one, or before anything came ever.
 */
void vnic_rx_watch(struct vnic_pair *pair)
{
	struct drvq *q = &pair->rx.q;
	struct vnic *vn = pair->vn;
	bool waiting, idle, dry;

	spin_lock_bh(&pair->rx_lock);
	waiting = vn->packed ? drvq_pending(q, true) : drvq_pending(q, false);
	idle = pair->rx_seen == q->completed && !drvq_broken(q);
	if (idle && waiting && pair->rx_waiting) {
		pair->rx.lost_interrupts++;
		netdev_warn(vn->dev, "receive queue %u: an interrupt was lost\n", pair->index);
		napi_schedule(&pair->napi);
	}
	pair->rx_quiet = idle && !waiting ? pair->rx_quiet + 1 : 0;
	dry = pair->rx_known - q->completed < RX_BUFFERS;
	if (vnic_watch_due(pair->rx_quiet) && (dry || pair->rx_quiet >= 4)) {
		pair->rx_known = ~0ULL;
		pair->rx_asked = 0;
		if (dry && q->completed && q->num >= 2 * RX_BUFFERS)
			pair->rx_asked = get_jiffies_64();
		/* It may be needless, so it is none that tests lose. */
		q->counters.kicks++;
		vnic_doorbell(&pair->rx);
	}
	pair->rx_seen = q->completed;
	pair->rx_waiting = waiting;
	spin_unlock_bh(&pair->rx_lock);
}

/* -- up and down --------------------------------------------------------------------------- */

/* Pages of a pool: receive buffers, or copies of short packets, which no device sees. */
static struct page_pool *rx_pool(struct vnic_pair *pair, bool copies)
{
	struct vnic *vn = pair->vn;
	struct page_pool_params pp = {
		.nid = dev_to_node(vn->parent),
		.dev = vn->parent,
		.pool_size = pair->rx.q.num,
	};

	if (copies) {
		pp.flags = PP_FLAG_PAGE_FRAG;
	} else {
		pp.dma_dir = DMA_FROM_DEVICE;
		pp.offset = RX_HEADER;
		pp.max_len = RX_ROOM;
		if (vn->dma_dev)
			pp.flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV;
	}
	vnic_pool_napi(&pp, &pair->napi);
	vnic_pool_netdev(&pp, vn->dev);
	return page_pool_create(&pp);
}

static void watch_anew(struct vnic_pair *pair)
{
	pair->rx_known = ~0ULL;
	pair->rx_asked = 0;
	pair->rx_seen = ~0ULL;
	pair->rx_quiet = 0;
	pair->rx_waiting = false;
}

int vnic_rx_up(struct vnic_pair *pair)
{
	struct vnic *vn = pair->vn;
	int ret;

	ret = vnic_vq_alloc(vn, &pair->rx, 2 * pair->index, vn->rx_num, 0);
	if (ret)
		return ret;
	/* 5.1.4.2: enough for the longest packet, where several buffers may be one. */
	if (pair->rx.q.num < (vn->features & VNET_F_MRG_RXBUF ? RX_BUFFERS : RX_BATCH)) {
		netdev_err(vn->dev, "a receive queue of %u descriptors is too small\n",
			   pair->rx.q.num);
		ret = -ENODEV;
		goto err_free;
	}
	watch_anew(pair);
	pair->pool = rx_pool(pair, false);
	ret = PTR_ERR_OR_ZERO(pair->pool);
	if (ret)
		goto err_free;
	pair->copies = rx_pool(pair, true);
	ret = PTR_ERR_OR_ZERO(pair->copies);
	if (ret)
		goto err_destroy;
	return 0;

err_destroy:
	page_pool_destroy(pair->pool);
err_free:
	vnic_vq_free(vn, &pair->rx);
	return ret;
}

void vnic_rx_drain(struct vnic_pair *pair)
{
	struct drvq_done done;

	while (drvq_detach(&pair->rx.q, &done))
		page_pool_put_full_page(pair->pool, done.token, false);
	watch_anew(pair);
}

void vnic_rx_down(struct vnic_pair *pair)
{
	vnic_rx_drain(pair);
	page_pool_destroy(pair->copies);
	page_pool_destroy(pair->pool);
	vnic_vq_free(pair->vn, &pair->rx);
}
