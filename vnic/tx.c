// SPDX-License-Identifier: GPL-2.0-only
/* Packets that go out. */
#include <linux/dma-mapping.h>
#include <linux/virtio_net.h>
#include <net/netdev_queues.h>

#include "vnic.h"

/* Header, linear part, fragments. */
#define TX_PIECES (2 + MAX_SKB_FRAGS)

/* How often who sends looks for what came back, before it leaves that to a poll. */
#define TX_ROUNDS 2

/* For so many seconds nothing comes back, and notifying did not help: the queue is stuck. */
#define TX_STUCK 5

/* The most descriptors that a packet takes. */
static __always_inline unsigned int tx_most(const struct drvq *q)
{
	return q->config.table_len ? q->config.indirect_min : TX_PIECES;
}

/* -- addresses ------------------------------------------------------------------------------ */

static __always_inline int tx_map(struct vnic *vn, void *at, unsigned int len, u64 *addr)
{
	dma_addr_t dma;

	if (!vn->dma_dev) {
		*addr = virt_to_phys(at);
		return 0;
	}
	dma = dma_map_single(vn->dma_dev, at, len, DMA_TO_DEVICE);
	*addr = dma;
	return dma_mapping_error(vn->dma_dev, dma);
}

static int tx_map_frag(struct vnic *vn, const skb_frag_t *frag, u64 *addr)
{
	dma_addr_t dma;

	if (!vn->dma_dev) {
		*addr = page_to_phys(skb_frag_page(frag)) + skb_frag_off(frag);
		return 0;
	}
	dma = skb_frag_dma_map(vn->dma_dev, frag, 0, skb_frag_size(frag), DMA_TO_DEVICE);
	*addr = dma;
	return dma_mapping_error(vn->dma_dev, dma);
}

/* Of the pieces, those from @first on are mapped one by one; frags as pages. */
static void tx_unmap(struct vnic *vn, const struct virtq_sg *sg, unsigned int n)
{
	while (n--)
		dma_unmap_page(vn->dma_dev, sg[n].addr, sg[n].len, DMA_TO_DEVICE);
}

/* Of pieces that are on their way, those that the DMA API copied. Under the stack's lock. */
static void tx_count_bounces(struct vnic_pair *pair, const struct virtq_sg *sg, unsigned int n)
{
	for (; n; n--, sg++) {
		if (!vnic_bounced(pair->vn, sg->addr))
			continue;
		u64_stats_update_begin(&pair->tx_sync);
		u64_stats_inc(&pair->tx_stats.bounces);
		u64_stats_add(&pair->tx_stats.copied, sg->len);
		u64_stats_update_end(&pair->tx_sync);
	}
}

/* Unmaps a packet that came back; the header in the queue's own memory stays mapped. */
static void tx_unmap_done(struct vnic_pair *pair, const struct drvq_done *done)
{
	struct drvq_piece p;

	for (drvq_pieces(&pair->tx.q, done->id, &p); p.left; drvq_next_piece(&pair->tx.q, &p)) {
		if (p.sg.addr - pair->hdrs_dma < pair->tx.q.num * sizeof(struct vnet_hdr))
			continue;
		tx_unmap(pair->vn, &p.sg, 1);
	}
}

/* -- one packet ------------------------------------------------------------------------------ */

/* What the device shall do with the packet (5.1.6.2). */
static __always_inline int tx_header(struct vnic_pair *pair, const struct sk_buff *skb,
				     struct vnet_hdr *hdr)
{
	if (likely(skb->ip_summed != CHECKSUM_PARTIAL && !skb_is_gso(skb))) {
		memset(hdr, 0, sizeof(*hdr));
		return 0;
	}
	hdr->num_buffers = 0;
	u64_stats_update_begin(&pair->tx_sync);
	u64_stats_inc(&pair->tx_stats.csum);
	if (skb_is_gso(skb))
		u64_stats_inc(&pair->tx_stats.gso);
	u64_stats_update_end(&pair->tx_sync);
	return virtio_net_hdr_from_skb(skb, (struct virtio_net_hdr *)hdr, true, false, 0);
}

/*
 * Is there room for the header before the packet, and may it be written? Who sends a packet once
 * more while it is under way (pktgen) writes the same header again; there must be none to be wrong
 * for a moment.
 */
static __always_inline bool tx_header_fits(const struct sk_buff *skb)
{
	return skb_headroom(skb) >= sizeof(struct vnet_hdr) && !skb_header_cloned(skb) &&
	       IS_ALIGNED((unsigned long)skb->data, __alignof__(struct vnet_hdr)) &&
	       (likely(skb->ip_summed != CHECKSUM_PARTIAL && !skb_is_gso(skb)) || !skb_shared(skb));
}

/* The packet of several pieces, or one without room for the header. */
static int tx_add_many(struct vnic_pair *pair, struct sk_buff *skb, bool fits)
{
	struct virtq_sg sg[TX_PIECES], *next = sg, *first = sg;
	struct vnic *vn = pair->vn;
	struct drvq *q = &pair->tx.q;
	unsigned int i;
	int ret;

	if (fits) {
		struct vnet_hdr *hdr = (struct vnet_hdr *)skb->data - 1;

		ret = tx_header(pair, skb, hdr);
		if (ret)
			return ret;
		next->len = sizeof(*hdr) + skb_headlen(skb);
		ret = tx_map(vn, hdr, next->len, &next->addr);
		if (ret)
			return ret;
		next++;
	} else {
		/* That of the slot that will be taken: nobody else uses it. */
		struct vnet_hdr *hdr = &pair->hdrs[q->free_head];

		ret = tx_header(pair, skb, hdr);
		if (ret)
			return ret;
		next->addr = pair->hdrs_dma + q->free_head * sizeof(*hdr);
		next->len = sizeof(*hdr);
		next++;
		first = next;
		if (skb_headlen(skb)) {
			next->len = skb_headlen(skb);
			ret = tx_map(vn, skb->data, next->len, &next->addr);
			if (ret)
				return ret;
			next++;
		}
	}
	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		next->len = skb_frag_size(frag);
		if (!next->len)
			continue;
		ret = tx_map_frag(vn, frag, &next->addr);
		if (ret)
			goto err;
		next++;
	}
	ret = drvq_add(q, sg, next - sg, 0, skb);
	if (!ret) {
		if (vn->dma_dev)
			tx_count_bounces(pair, first, next - first);
		return 0;
	}
err:
	if (vn->dma_dev)
		tx_unmap(vn, first, next - first);
	return ret;
}

static __always_inline int tx_add(struct vnic_pair *pair, const bool packed, struct sk_buff *skb)
{
	bool fits = tx_header_fits(skb);
	struct vnic *vn = pair->vn;
	struct vnet_hdr *hdr;
	unsigned int len;
	u64 addr;
	int ret;

	if (unlikely(!fits || skb_is_nonlinear(skb)))
		return tx_add_many(pair, skb, fits);
	hdr = (struct vnet_hdr *)skb->data - 1;
	ret = tx_header(pair, skb, hdr);
	if (unlikely(ret))
		return ret;
	len = sizeof(*hdr) + skb->len;
	ret = tx_map(vn, hdr, len, &addr);
	if (unlikely(ret))
		return ret;
	ret = drvq_add_one(&pair->tx.q, packed, addr, len, false, skb);
	if (vn->dma_dev) {
		struct virtq_sg sg = { addr, len };

		if (unlikely(ret))
			tx_unmap(vn, &sg, 1);
		else
			tx_count_bounces(pair, &sg, 1);
	}
	return ret;
}

/*
 * Asks for an interrupt when most of what is under way has come back. What has come back in
 * the meantime is taken; if the device is as quick as that each time, a poll goes on.
 */
static __always_inline void tx_arm(struct vnic_pair *pair, const bool packed)
{
	struct drvq *q = &pair->tx.q;
	unsigned int i;

	/* Else a poll is about to do so. */
	for (i = 0; i < TX_ROUNDS && !READ_ONCE(q->off); i++) {
		if (drvq_enable_cb(q, packed, drvq_in_flight(q) * 3 / 4))
			return;
		vnic_tx_clean(pair, packed, !irqs_disabled());
	}
	if (i == TX_ROUNDS)
		napi_schedule(&pair->napi);
}

/* Does somebody wait for the packet to come back? A socket does, and who lent its pages. */
static __always_inline bool tx_is_awaited(struct sk_buff *skb)
{
	return skb->destructor || skb_zcopy(skb);
}

/*
 * Need the device say that it is done? Not when nobody waits for what is under way (packets that
 * are forwarded are nobody's), and this is not the first batch in this tick: who sends next takes
 * it back, or else a timer does. So such traffic causes a few interrupts a tick at most. To a
 * device that is done with later packets first, one that is awaited may seem to be back: then it
 * is the timer's, too. Where timers may have to wait for other threads, none is relied on.
 */
static __always_inline bool tx_can_wait(struct vnic_pair *pair, const bool packed)
{
	struct drvq *q = &pair->tx.q;
	bool first = pair->tx_flushed != q->now;

	pair->tx_flushed = q->now;
	if (first || (s64)(pair->tx_awaited - q->completed) > 0 || netif_xmit_stopped(pair->txq) ||
	    irqs_disabled() || IS_ENABLED(CONFIG_PREEMPT_RT))
		return false;
	drvq_hold_cb(q, packed);
	if (!timer_pending(&pair->tx_timer))
		mod_timer(&pair->tx_timer, jiffies + 1);
	return true;
}

void vnic_tx_timer(struct timer_list *timer)
{
	struct vnic_pair *pair = from_timer(pair, timer, tx_timer);

	napi_schedule(&pair->napi);
}

/*
 * The end of a batch. Who sends takes back what was sent before, so that there need not be an
 * interrupt for it; none either for what the device does while it is notified.
 */
static __always_inline void tx_flush(struct vnic_pair *pair, const bool packed)
{
	struct drvq *q = &pair->tx.q;

	if (drvq_kick(q, packed)) {
		drvq_hold_cb(q, packed);
		vnic_notify(pair->vn, &pair->tx);
	}
	if (drvq_pending(q, packed))
		vnic_tx_clean(pair, packed, !irqs_disabled());
	else if (!q->held)
		return;
	if (!tx_can_wait(pair, packed))
		tx_arm(pair, packed);
}

/* Under the stack's lock. */
static void tx_drop(struct vnic_pair *pair, struct sk_buff *skb)
{
	u64_stats_update_begin(&pair->tx_sync);
	u64_stats_inc(&pair->tx_stats.drops);
	u64_stats_update_end(&pair->tx_sync);
	dev_kfree_skb_any(skb);
}

static __always_inline netdev_tx_t xmit(struct vnic_pair *pair, const bool packed,
					struct sk_buff *skb)
{
	unsigned int bytes = skb->len;
	struct drvq *q = &pair->tx.q;
	bool more = netdev_xmit_more(), flush;

	q->now = jiffies;
	skb_tx_timestamp(skb);
	if (unlikely(tx_add(pair, packed, skb))) {
		tx_drop(pair, skb);
		if (unlikely(drvq_broken(q))) {
			netif_tx_stop_queue(pair->txq);
			vnic_vq_broken(pair->vn, &pair->tx, "the transmit queue");
			return NETDEV_TX_OK;
		}
		/* It may have been the last of a batch. */
		bytes = 0;
		more = false;
	} else if (tx_is_awaited(skb)) {
		pair->tx_awaited = q->added;
	}
	/* Before anything is taken back: a packed ring's device may be done with this one. */
	flush = __netdev_tx_sent_queue(pair->txq, bytes, more);
	if (unlikely(q->free < tx_most(q))) {
		if (drvq_pending(q, packed))
			vnic_tx_clean(pair, packed, !irqs_disabled());
		if (q->free < tx_most(q)) {
			netif_tx_stop_queue(pair->txq);
			flush = true;
			u64_stats_update_begin(&pair->tx_sync);
			u64_stats_inc(&pair->tx_stats.stops);
			u64_stats_update_end(&pair->tx_sync);
		}
	}
	if (flush)
		tx_flush(pair, packed);
	else
		drvq_hold_cb(q, packed);
	return NETDEV_TX_OK;
}

netdev_tx_t vnic_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct vnic *vn = netdev_priv(dev);
	struct vnic_pair *pair = &vn->pair[skb_get_queue_mapping(skb)];

	/* Who chose it long ago (pktgen) may come to a queue that is not in use any more. */
	if (unlikely(!pair->tx.mem)) {
		tx_drop(pair, skb);
		return NETDEV_TX_OK;
	}
	if (vn->packed)
		return xmit(pair, true, skb);
	return xmit(pair, false, skb);
}

/* -- coming back ------------------------------------------------------------------------------ */

static __always_inline void clean(struct vnic_pair *pair, const bool packed, int budget)
{
	struct drvq *q = &pair->tx.q;
	unsigned int packets = 0, bytes = 0;
	struct drvq_done done;

	while (drvq_get(q, packed, &done)) {
		struct sk_buff *skb = done.token;

		if (pair->vn->dma_dev)
			tx_unmap_done(pair, &done);
		bytes += skb->len;
		packets++;
		napi_consume_skb(skb, budget);
	}
	q->counters.polls++;
	if (unlikely(drvq_broken(q)))
		vnic_vq_broken(pair->vn, &pair->tx, "the transmit queue");
	if (!packets)
		return;
	virtq_batch(q->counters.reaped, packets);
	if (unlikely(pair->tx_asked)) {
		pair->tx.lost_kicks += vnic_watch_helped(pair->vn, &pair->tx, pair->tx_asked);
		pair->tx_asked = 0;
	}
	u64_stats_update_begin(&pair->tx_sync);
	u64_stats_add(&pair->tx_stats.packets, packets);
	u64_stats_add(&pair->tx_stats.bytes, bytes);
	u64_stats_update_end(&pair->tx_sync);
	netdev_tx_completed_queue(pair->txq, packets, bytes);
	/* Both this and the stopping are done under the stack's lock. */
	if (unlikely(netif_tx_queue_stopped(pair->txq)) && READ_ONCE(pair->vn->live) &&
	    q->free >= min(2 * tx_most(q), (unsigned int)q->num)) {
		netif_tx_wake_queue(pair->txq);
		u64_stats_update_begin(&pair->tx_sync);
		u64_stats_inc(&pair->tx_stats.wakes);
		u64_stats_update_end(&pair->tx_sync);
	}
}

void vnic_tx_clean(struct vnic_pair *pair, bool packed, int budget)
{
	if (packed)
		clean(pair, true, budget);
	else
		clean(pair, false, budget);
}

static bool tx_pending(const struct vnic_pair *pair)
{
	return pair->vn->packed ? drvq_pending(&pair->tx.q, true) :
				  drvq_pending(&pair->tx.q, false);
}

/*
 * Nothing is taken back any more. What has come back may be less than what an interrupt was asked
 * for; or that was lost. Else the notification may have been lost, so it is sent once more. False
 * when neither helped. Under the stack's lock.
 */
static bool tx_nudge(struct vnic_pair *pair)
{
	struct drvq *q = &pair->tx.q;
	struct vnic *vn = pair->vn;

	if (tx_pending(pair)) {
		if (drvq_due(q)) {
			pair->tx.lost_interrupts++;
			netdev_warn(vn->dev, "transmit queue %u: an interrupt was lost\n",
				    pair->index);
		}
		napi_schedule(&pair->napi);
		return true;
	}
	if (pair->kicked_at == q->completed)
		return false;
	pair->kicked_at = q->completed;
	pair->tx_asked = get_jiffies_64();
	netdev_warn(vn->dev, "transmit queue %u: nothing comes back, notified again\n",
		    pair->index);
	q->counters.kicks++;
	vnic_notify(vn, &pair->tx);
	return true;
}

static void tx_stuck(struct vnic_pair *pair)
{
	vnic_recover(pair->vn, &pair->tx, "transmit queue %u is stuck with %u packets", pair->index,
		     drvq_in_flight(&pair->tx.q));
}

/* While the link is down, a device may keep what it has. */
void vnic_tx_watch(struct vnic_pair *pair)
{
	struct drvq *q = &pair->tx.q;

	__netif_tx_lock_bh(pair->txq);
	if (!drvq_in_flight(q) || pair->tx_waiting != q->completed)
		pair->tx_quiet = 0;
	else if (!tx_nudge(pair) && netif_carrier_ok(pair->vn->dev) && ++pair->tx_quiet == TX_STUCK)
		tx_stuck(pair);
	pair->tx_waiting = drvq_in_flight(q) ? q->completed : ~0ULL;
	__netif_tx_unlock_bh(pair->txq);
}

/*
 * The stack's watchdog: the queue is full, and stays so for seconds. But what came back meanwhile
 * shows that all stood still, as a virtual machine may, or that an interrupt was lost: our own
 * watchdog tells which.
 */
void vnic_tx_timeout(struct net_device *dev, unsigned int index)
{
	struct vnic *vn = netdev_priv(dev);
	struct vnic_pair *pair = &vn->pair[index];

	/* Nobody sends, but a poll may take back. */
	__netif_tx_lock(pair->txq, smp_processor_id());
	if (tx_pending(pair)) {
		napi_schedule(&pair->napi);
	} else {
		u64_stats_update_begin(&pair->tx_sync);
		u64_stats_inc(&pair->tx_stats.timeouts);
		u64_stats_update_end(&pair->tx_sync);
		/* One that is to be reset must not be notified in the middle of that (2.6.1). */
		if (!test_bit(pair->tx.index, vn->bad) && !tx_nudge(pair))
			tx_stuck(pair);
	}
	__netif_tx_unlock(pair->txq);
	txq_trans_cond_update(pair->txq);
}

/* -- up and down ------------------------------------------------------------------------------ */

int vnic_tx_up(struct vnic_pair *pair)
{
	struct vnic *vn = pair->vn;
	int ret;

	ret = vnic_vq_alloc(vn, &pair->tx, 2 * pair->index + 1, vn->tx_num, TX_PIECES);
	if (ret)
		return ret;
	/* Also in a table, a packet has no more pieces than the ring descriptors (2.7.5.3.1). */
	if (pair->tx.q.num < TX_PIECES) {
		netdev_err(vn->dev, "a transmit queue of %u descriptors is too small\n",
			   pair->tx.q.num);
		ret = -ENODEV;
		goto err;
	}
	pair->hdrs = vnic_dma_alloc(vn, pair->tx.q.num * sizeof(*pair->hdrs), &pair->hdrs_dma);
	if (!pair->hdrs) {
		ret = -ENOMEM;
		goto err;
	}
	pair->tx_waiting = ~0ULL;
	pair->kicked_at = ~0ULL;
	pair->tx_asked = 0;
	pair->tx_awaited = 0;
	pair->tx_quiet = 0;
	return 0;

err:
	vnic_vq_free(vn, &pair->tx);
	return ret;
}

void vnic_tx_drain(struct vnic_pair *pair)
{
	struct drvq_done done;
	u64 drops = 0;

	while (drvq_detach(&pair->tx.q, &done)) {
		if (pair->vn->dma_dev)
			tx_unmap_done(pair, &done);
		dev_kfree_skb_any(done.token);
		drops++;
	}
	/* That packets are gone when the device goes down, nobody calls a loss. */
	if (READ_ONCE(pair->vn->live)) {
		__netif_tx_lock_bh(pair->txq);
		u64_stats_update_begin(&pair->tx_sync);
		u64_stats_add(&pair->tx_stats.drops, drops);
		u64_stats_update_end(&pair->tx_sync);
		__netif_tx_unlock_bh(pair->txq);
	}
	netdev_tx_reset_queue(pair->txq);
	pair->tx_waiting = ~0ULL;
	pair->kicked_at = ~0ULL;
	pair->tx_asked = 0;
	pair->tx_awaited = 0;
	pair->tx_quiet = 0;
}

void vnic_tx_down(struct vnic_pair *pair)
{
	struct vnic *vn = pair->vn;

	vnic_tx_drain(pair);
	vnic_dma_free(vn, pair->tx.q.num * sizeof(*pair->hdrs), pair->hdrs, pair->hdrs_dma);
	vnic_vq_free(vn, &pair->tx);
}
