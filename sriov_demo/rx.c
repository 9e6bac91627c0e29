// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receiving. Each buffer is a page of its own, mapped for as long as it lives; a frame is
 * built around the page, and the page comes back to the pool when the frame is freed.
 */
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>

#include "ring.h"

void ring_rx_refill(struct ring_rx *r)
{
	u32 use = r->use, end = r->clean + r->mask;

	/* One descriptor stays free: full would look like empty. */
	for (; use != end; use++) {
		struct page *page = page_pool_dev_alloc_pages(r->pool);
		union e82576_rx_desc *desc = &r->desc[use & r->mask];

		if (unlikely(!page)) {
			r->stats.no_memory++;
			r->starved = true;
			break;
		}
		r->page[use & r->mask] = page;
		desc->read.pkt_addr = cpu_to_le64(page_pool_get_dma_addr(page) + RING_RX_HEADROOM);
		/* This clears the status, too. */
		desc->read.hdr_addr = 0;
	}
	if (use == r->use)
		return;
	r->use = use;
	r->stats.refills++;
	writel(use & r->mask, r->tail);
}

/* The first piece of a frame: a buffer around the page. */
static struct sk_buff *ring_rx_build(struct ring_rx *r, struct page *page, unsigned int len)
{
	void *data = page_address(page);
	struct sk_buff *skb;

	net_prefetch(data + RING_RX_HEADROOM);
	skb = napi_build_skb(data, PAGE_SIZE);
	if (unlikely(!skb))
		return NULL;
	skb_mark_for_recycle(skb);
	skb_reserve(skb, RING_RX_HEADROOM);
	__skb_put(skb, len);
	return skb;
}

/* Those after it. Return: NULL if the frame was thrown away. */
static noinline struct sk_buff *ring_rx_append(struct ring_rx *r, struct sk_buff *skb,
					       struct page *page, unsigned int len)
{
	if (unlikely(skb_shinfo(skb)->nr_frags == MAX_SKB_FRAGS)) {
		page_pool_recycle_direct(r->pool, page);
		dev_kfree_skb_any(skb);
		r->stats.errors++;
		return NULL;
	}
	skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, RING_RX_HEADROOM, len, PAGE_SIZE);
	return skb;
}

/* What the card has found out about a frame (7.1.5.2). */
static void ring_rx_fields(struct ring_rx *r, struct sk_buff *skb, const union e82576_rx_desc *desc,
			   u32 status)
{
	netdev_features_t features = r->netdev->features;

	if (features & NETIF_F_RXCSUM && status & (E82576_RXD_L4CS | E82576_RXD_UDPCS)) {
		if (likely(!(status & (E82576_RXD_L4E | E82576_RXD_IPE)))) {
			skb->ip_summed = CHECKSUM_UNNECESSARY;
			r->stats.csum_good++;
		} else {
			r->stats.csum_bad++;
		}
	}
	if (features & NETIF_F_RXHASH) {
		unsigned int type = le16_to_cpu(desc->wb.pkt_info) & E82576_RXD_RSS;

		/* 1, 3, 6..9: ports were hashed, too; 2, 4, 5: addresses only. */
		if (type)
			skb_set_hash(skb, le32_to_cpu(desc->wb.rss),
				     0x3ca >> type & 1 ? PKT_HASH_TYPE_L4 : PKT_HASH_TYPE_L3);
	}
	if (status & E82576_RXD_VP) {
		u16 tag = le16_to_cpu(desc->wb.vlan);

		/* A virtual function does not know of the VLAN that it was put in. */
		if (!r->vlans || test_bit(tag & VLAN_VID_MASK, r->vlans))
			__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), tag);
	}
	skb_record_rx_queue(skb, r->index);
	skb->protocol = eth_type_trans(skb, r->netdev);
}

int ring_rx_clean(struct ring_rx *r, int budget)
{
	struct sk_buff *skb = r->skb;
	u32 clean = r->clean, bytes = 0;
	int packets = 0;

	while (likely(packets < budget)) {
		const union e82576_rx_desc *desc = &r->desc[clean & r->mask];
		u32 status = le32_to_cpu(READ_ONCE(desc->wb.status));
		struct page *page;
		unsigned int len;

		if (!(status & E82576_RXD_DD) || clean == r->use)
			break;
		/* DD says that the rest is there. */
		dma_rmb();
		len = le16_to_cpu(desc->wb.length);
		page = r->page[clean++ & r->mask];

		if (unlikely(len > RING_RX_SIZE || r->skip)) {
			/* No memory for its beginning, or no such length can be. */
			page_pool_recycle_direct(r->pool, page);
			r->skip = true;
			goto next;
		}
		dma_sync_single_range_for_cpu(r->dev, page_pool_get_dma_addr(page),
					      RING_RX_HEADROOM, len, DMA_FROM_DEVICE);
		if (likely(!skb)) {
			skb = ring_rx_build(r, page, len);
			if (unlikely(!skb)) {
				page_pool_recycle_direct(r->pool, page);
				r->stats.no_memory++;
				r->skip = true;
				goto next;
			}
		} else {
			skb = ring_rx_append(r, skb, page, len);
			r->skip = !skb;
		}
next:
		if (!(status & E82576_RXD_EOP))
			continue;
		packets++;
		if (unlikely(r->skip || status & E82576_RXD_RXE || skb->len < ETH_HLEN)) {
			r->stats.errors++;
			if (skb)
				dev_kfree_skb_any(skb);
			skb = NULL;
			r->skip = false;
			continue;
		}
		bytes += skb->len;
		ring_rx_fields(r, skb, desc, status);
		napi_gro_receive(r->napi, skb);
		skb = NULL;
	}
	r->skb = skb;
	r->clean = clean;
	if (packets) {
		u64_stats_update_begin(&r->stats.syncp);
		r->stats.packets += packets;
		r->stats.bytes += bytes;
		u64_stats_update_end(&r->stats.syncp);
	}
	if (r->clean + r->mask - r->use >= RING_RX_BATCH)
		ring_rx_refill(r);
	return packets;
}
