// SPDX-License-Identifier: GPL-2.0-only
/* Rings: memory, starting and stopping, interrupts and polling. */
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/iopoll.h>

#include "ring.h"

int ring_tx_alloc(struct ring_tx *t)
{
	t->mask = t->size - 1;
	t->desc = dma_alloc_coherent(t->dev, t->size * sizeof(*t->desc), &t->dma, GFP_KERNEL);
	t->slot = kvcalloc(t->size, sizeof(*t->slot), GFP_KERNEL);
	t->mark = kvcalloc(t->size, sizeof(*t->mark), GFP_KERNEL);
	if (t->desc && t->slot && t->mark)
		return 0;
	ring_tx_free(t);
	return -ENOMEM;
}

void ring_tx_free(struct ring_tx *t)
{
	if (t->desc)
		dma_free_coherent(t->dev, t->size * sizeof(*t->desc), t->desc, t->dma);
	kvfree(t->slot);
	kvfree(t->mark);
	t->desc = NULL;
	t->slot = NULL;
	t->mark = NULL;
}

int ring_rx_alloc(struct ring_rx *r)
{
	struct page_pool_params params = {
		.flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV,
		.pool_size = r->size,
		.nid = NUMA_NO_NODE,
		.dev = r->dev,
		.dma_dir = DMA_FROM_DEVICE,
		.offset = RING_RX_HEADROOM,
		.max_len = RING_RX_SIZE,
	};

	BUILD_BUG_ON(RING_RX_HEADROOM + RING_RX_SIZE > SKB_WITH_OVERHEAD(PAGE_SIZE));
	sd_pool_napi(&params, r->napi);
	r->mask = r->size - 1;
	r->pool = page_pool_create(&params);
	if (IS_ERR(r->pool)) {
		int ret = PTR_ERR(r->pool);

		r->pool = NULL;
		return ret;
	}
	r->desc = dma_alloc_coherent(r->dev, r->size * sizeof(*r->desc), &r->dma, GFP_KERNEL);
	r->page = kvcalloc(r->size, sizeof(*r->page), GFP_KERNEL);
	if (r->desc && r->page)
		return 0;
	ring_rx_free(r);
	return -ENOMEM;
}

void ring_rx_free(struct ring_rx *r)
{
	if (r->desc)
		dma_free_coherent(r->dev, r->size * sizeof(*r->desc), r->desc, r->dma);
	kvfree(r->page);
	page_pool_destroy(r->pool);
	r->desc = NULL;
	r->page = NULL;
	r->pool = NULL;
}

/* A queue is enabled and disabled when the device says so; a card that is gone never does. */
static void ring_wait(void __iomem *dctl, u32 bit, bool on)
{
	u32 value;

	readl_poll_timeout(dctl, value, !(value & bit) == !on, 10, 10000);
}

void ring_tx_start(struct ring_tx *t)
{
	t->use = 0;
	t->told = 0;
	t->clean = 0;
	t->mark_use = 0;
	t->mark_clean = 0;
	t->bytes = 0;
	t->packets = 0;
	t->ctxt_valid = false;
	t->tail = t->regs + E82576_Q_TAIL;
	memset(t->desc, 0, t->size * sizeof(*t->desc));
	netdev_tx_reset_queue(t->txq);

	writel(0, t->regs + E82576_Q_DCTL);
	ring_wait(t->regs + E82576_Q_DCTL, E82576_TXDCTL_ENABLE, false);
	/* We read DD; an address that a former owner may have left is not ours. */
	writel(0, t->regs + E82576_Q_WBAL);
	writel(0, t->regs + E82576_Q_WBAH);
	writel(t->size * sizeof(*t->desc), t->regs + E82576_Q_LEN);
	writel(lower_32_bits(t->dma), t->regs + E82576_Q_BAL);
	writel(upper_32_bits(t->dma), t->regs + E82576_Q_BAH);
	writel(0, t->regs + E82576_Q_HEAD);
	writel(0, t->tail);
	/* WTHRESH: with MSI-X each descriptor is to be written back at once (errata). */
	writel(FIELD_PREP(E82576_TXDCTL_PTHRESH, 8) | FIELD_PREP(E82576_TXDCTL_HTHRESH, 1) |
		       FIELD_PREP(E82576_TXDCTL_WTHRESH, 1) | E82576_TXDCTL_ENABLE,
	       t->regs + E82576_Q_DCTL);
	ring_wait(t->regs + E82576_Q_DCTL, E82576_TXDCTL_ENABLE, true);
}

void ring_tx_stop(struct ring_tx *t)
{
	u32 clean;

	writel(0, t->regs + E82576_Q_DCTL);
	ring_wait(t->regs + E82576_Q_DCTL, E82576_TXDCTL_ENABLE, false);
	for (clean = t->clean; clean != t->use; clean++) {
		struct ring_tx_slot *slot = &t->slot[clean & t->mask];

		if (slot->len)
			dma_unmap_page(t->dev, slot->dma, slot->len, DMA_TO_DEVICE);
		slot->len = 0;
		if (slot->skb)
			dev_kfree_skb_any(slot->skb);
		slot->skb = NULL;
	}
	t->clean = t->use;
	t->mark_clean = t->mark_use;
	netdev_tx_reset_queue(t->txq);
}

void ring_rx_start(struct ring_rx *r)
{
	r->use = 0;
	r->clean = 0;
	r->skip = false;
	r->starved = false;
	r->tail = r->regs + E82576_Q_TAIL;
	memset(r->desc, 0, r->size * sizeof(*r->desc));

	writel(0, r->regs + E82576_Q_DCTL);
	ring_wait(r->regs + E82576_Q_DCTL, E82576_RXDCTL_ENABLE, false);
	writel(FIELD_PREP(E82576_SRRCTL_BSIZEPACKET, RING_RX_KIB) |
		       FIELD_PREP(E82576_SRRCTL_DESCTYPE, E82576_SRRCTL_DESCTYPE_ADV_ONE) |
		       (r->drop_en ? E82576_SRRCTL_DROP_EN : 0),
	       r->regs + E82576_Q_SRRCTL);
	writel(r->size * sizeof(*r->desc), r->regs + E82576_Q_LEN);
	writel(lower_32_bits(r->dma), r->regs + E82576_Q_BAL);
	writel(upper_32_bits(r->dma), r->regs + E82576_Q_BAH);
	writel(0, r->regs + E82576_Q_HEAD);
	writel(0, r->tail);
	writel(FIELD_PREP(E82576_RXDCTL_PTHRESH, 8) | FIELD_PREP(E82576_RXDCTL_HTHRESH, 8) |
		       FIELD_PREP(E82576_RXDCTL_WTHRESH, 1) | E82576_RXDCTL_ENABLE,
	       r->regs + E82576_Q_DCTL);
	ring_wait(r->regs + E82576_Q_DCTL, E82576_RXDCTL_ENABLE, true);
	/* Buffers come last: a tail that is written before the queue is on may be lost. */
	local_bh_disable();
	ring_rx_refill(r);
	local_bh_enable();
}

void ring_rx_stop(struct ring_rx *r)
{
	writel(0, r->regs + E82576_Q_DCTL);
	ring_wait(r->regs + E82576_Q_DCTL, E82576_RXDCTL_ENABLE, false);
	for (; r->clean != r->use; r->clean++)
		page_pool_put_full_page(r->pool, r->page[r->clean & r->mask], false);
	if (r->skb)
		dev_kfree_skb_any(r->skb);
	r->skb = NULL;
}

void ring_set_itr(struct ring_vec *v, unsigned int usecs)
{
	WRITE_ONCE(v->itr, min_t(unsigned int, usecs, RING_ITR_MAX));
}

irqreturn_t ring_irq(int irq, void *data)
{
	struct ring_vec *v = data;
	u16 itr = READ_ONCE(v->itr);

	/* Now, since writing it starts the interval. */
	if (unlikely(itr != v->itr_told)) {
		v->itr_told = itr;
		writel(FIELD_PREP(E82576_EITR_INTERVAL, itr) | E82576_EITR_CNT_IGNR, v->eitr);
	}
	vector_fired(&v->vector, &v->napi);
	return IRQ_HANDLED;
}

/*
 * Many frames at each interrupt can wait a little longer, a few cannot. It takes a row of
 * polls that agree, since each change is a write to a register.
 */
static void ring_adapt(struct ring_vec *v, unsigned int frames)
{
	unsigned int want = frames > 32 ? 150 : frames > 8 ? RING_ITR_DEFAULT : 20;

	/* Nobody waited for that one: it says nothing. */
	if (!frames)
		return;
	if (want == v->itr) {
		v->trend = 0;
	} else if (++v->trend == 16) {
		v->trend = 0;
		ring_set_itr(v, want);
	}
}

int ring_poll(struct napi_struct *napi, int budget)
{
	struct ring_vec *v = container_of(napi, struct ring_vec, napi);
	unsigned int frames = 0;
	int done = 0;

	vector_polled(&v->vector);
	if (v->tx)
		frames = ring_tx_clean(v->tx, budget);
	if (v->rx && likely(budget))
		done = ring_rx_clean(v->rx, budget);
	if (done == budget)
		return budget;
	if (v->adaptive)
		ring_adapt(v, frames + done);
	vector_complete(&v->vector, napi, done);
	return done;
}

void ring_set_features(struct net_device *dev)
{
	netdev_features_t partial = NETIF_F_GSO_GRE | NETIF_F_GSO_GRE_CSUM | NETIF_F_GSO_IPXIP4 |
				    NETIF_F_GSO_IPXIP6 | NETIF_F_GSO_UDP_TUNNEL |
				    NETIF_F_GSO_UDP_TUNNEL_CSUM;

	dev->gso_partial_features = partial;
	dev->features |= NETIF_F_SG | NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_RXHASH | NETIF_F_RXCSUM |
			 NETIF_F_HW_CSUM | NETIF_F_SCTP_CRC | NETIF_F_GSO_UDP_L4 |
			 NETIF_F_GSO_PARTIAL | partial;
	dev->hw_features |= dev->features;
	dev->features |= NETIF_F_HIGHDMA;
	dev->vlan_features |= dev->features | NETIF_F_TSO_MANGLEID;
	dev->mpls_features |= NETIF_F_HW_CSUM;
	dev->hw_enc_features |= dev->vlan_features;
	/* No part of vlan_features. */
	dev->features |= NETIF_F_HW_VLAN_CTAG_FILTER | NETIF_F_HW_VLAN_CTAG_RX |
			 NETIF_F_HW_VLAN_CTAG_TX;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = 9216;
}

void ring_add_stats(struct ring_rx *r, struct ring_tx *t, struct rtnl_link_stats64 *s)
{
	u64 packets, bytes;
	unsigned int start;

	if (r) {
		do {
			start = u64_stats_fetch_begin(&r->stats.syncp);
			packets = r->stats.packets;
			bytes = r->stats.bytes;
		} while (u64_stats_fetch_retry(&r->stats.syncp, start));
		s->rx_packets += packets;
		s->rx_bytes += bytes;
		s->rx_errors += r->stats.errors;
		s->rx_dropped += r->stats.no_memory;
	}
	if (t) {
		do {
			start = u64_stats_fetch_begin(&t->stats.syncp);
			packets = t->stats.packets;
			bytes = t->stats.bytes;
		} while (u64_stats_fetch_retry(&t->stats.syncp, start));
		s->tx_packets += packets;
		s->tx_bytes += bytes;
		s->tx_dropped += t->stats.dropped;
	}
}
