// SPDX-License-Identifier: GPL-2.0-only
/*
 * sriov_demo_vf: frames in.
 *
 * A buffer is a page of the pool, mapped for as long as it is there. A frame that fits in one
 * becomes an skb around it, unless it is so short that a copy is better; of a longer one (jumbo)
 * the other pages become its fragments. The tail is written once for VF_RX_REFILL buffers.
 */
#include <linux/etherdevice.h>

#include "vf.h"

/**
 * vf_rx_refill() - give the device all the buffers that the ring has room for
 * @rx: the ring
 */
void vf_rx_refill(struct vf_rx *rx)
{
	u16 i = rx->use, last = (rx->clean - 1) & rx->mask;
	union e82576_rx_desc *desc;
	struct page *page;

	while (i != last) {
		page = page_pool_dev_alloc_pages(rx->pool);
		if (unlikely(!page)) {
			rx->no_page++;
			break;
		}
		desc = &rx->desc[i];
		rx->page[i] = page;
		desc->read.pkt_addr = cpu_to_le64(page_pool_get_dma_addr(page) + VF_HEADROOM);
		/* This clears DD, too. */
		desc->read.hdr_addr = 0;
		i = (i + 1) & rx->mask;
	}
	if (i == rx->use)
		return;
	rx->use = i;
	writel(i, rx->tail);
}

static void vf_rx_offload(struct vf_rx *rx, struct sk_buff *skb, u32 status, u16 vlan,
			  const union e82576_rx_desc *desc, struct net_device *netdev)
{
	if (likely(status & (E82576_RXD_L4CS | E82576_RXD_UDPCS)) &&
	    netdev->features & NETIF_F_RXCSUM) {
		if (likely(!(status & (E82576_RXD_L4E | E82576_RXD_IPE))))
			skb->ip_summed = CHECKSUM_UNNECESSARY;
		else
			rx->csum_bad++;
	}
	if (status & E82576_RXD_VP) {
		struct vf_nic *nic = netdev_priv(netdev);

		/* A tag that the administrator has put on us is none of our business. */
		vlan &= VLAN_VID_MASK;
		if (test_bit(vlan, nic->vlans))
			__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), vlan);
	}
	if (rx->hash && netdev->features & NETIF_F_RXHASH) {
		u16 type = le16_to_cpu(desc->wb.pkt_info) & E82576_RXD_RSS;

		/* 1: TCP over IPv4, 2: IPv4, 3: TCP over IPv6, ... */
		if (type)
			skb_set_hash(skb, le32_to_cpu(desc->wb.rss),
				     type == 2 || type == 5 ? PKT_HASH_TYPE_L3 : PKT_HASH_TYPE_L4);
	}
}

/*
 * A short frame is copied, and its buffer goes back at once: in a socket's queue it shall not
 * count as the page that it came in.
 */
static struct sk_buff *vf_rx_copy(struct vf_rx *rx, struct napi_struct *napi, struct page *page,
				  u32 len)
{
	struct sk_buff *skb = napi_alloc_skb(napi, len);

	if (unlikely(!skb)) {
		rx->dropped++;
		return NULL;
	}
	skb_put_data(skb, page_address(page) + VF_HEADROOM, len);
	page_pool_recycle_direct(rx->pool, page);
	return skb;
}

/* The first buffer of a frame, or a further one. Returns whether it was used. */
static bool vf_rx_add(struct vf_rx *rx, struct page *page, u32 len)
{
	struct sk_buff *skb = rx->skb;

	if (!skb) {
		skb = napi_build_skb(page_address(page), PAGE_SIZE);
		if (unlikely(!skb)) {
			rx->dropped++;
			return false;
		}
		skb_mark_for_recycle(skb);
		skb_reserve(skb, VF_HEADROOM);
		__skb_put(skb, len);
		rx->skb = skb;
		return true;
	}
	if (unlikely(skb_shinfo(skb)->nr_frags == MAX_SKB_FRAGS)) {
		rx->errors++;
		return false;
	}
	skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, VF_HEADROOM, len, PAGE_SIZE);
	return true;
}

/**
 * vf_rx_poll() - take what has come
 * @rx:	    the ring
 * @napi:   whose poll this is
 * @budget: frames at most
 *
 * Return: buffers taken
 */
int vf_rx_poll(struct vf_rx *rx, struct napi_struct *napi, int budget)
{
	unsigned int packets = 0, bytes = 0, multicast = 0;
	struct net_device *netdev = napi->dev;
	union e82576_rx_desc *desc;
	u16 i = rx->clean, vlan;
	struct sk_buff *skb;
	struct page *page;
	u32 status, len;
	int done = 0;

	while (done < budget && i != rx->use) {
		desc = &rx->desc[i];
		status = le32_to_cpu(READ_ONCE(desc->wb.status));
		if (!(status & E82576_RXD_DD))
			break;
		/* The rest of it was written before. */
		dma_rmb();
		len = le16_to_cpu(desc->wb.length);
		vlan = le16_to_cpu(desc->wb.vlan);
		page = rx->page[i];
		i = (i + 1) & rx->mask;
		done++;

		if (unlikely(!len || len > rx->room || rx->skip))
			goto drop;
		dma_sync_single_range_for_cpu(netdev->dev.parent, page_pool_get_dma_addr(page),
					      VF_HEADROOM, len, DMA_FROM_DEVICE);
		prefetch(page_address(page) + VF_HEADROOM);
		if (len <= VF_RX_COPY && status & E82576_RXD_EOP && !rx->skb) {
			skb = vf_rx_copy(rx, napi, page, len);
			if (unlikely(!skb))
				goto drop;
		} else {
			if (unlikely(!vf_rx_add(rx, page, len)))
				goto drop;
			if (unlikely(!(status & E82576_RXD_EOP)))
				continue;
			skb = rx->skb;
			rx->skb = NULL;
		}
		if (unlikely(status & E82576_RXD_RXE || skb->len < ETH_HLEN)) {
			rx->errors++;
			dev_kfree_skb_any(skb);
			continue;
		}
		packets++;
		bytes += skb->len;
		vf_rx_offload(rx, skb, status, vlan, desc, netdev);
		skb_record_rx_queue(skb, rx->index);
		skb->protocol = eth_type_trans(skb, netdev);
		multicast += skb->pkt_type == PACKET_MULTICAST;
		napi_gro_receive(napi, skb);
		continue;
drop:
		/* The rest of a frame of which a part is missing is of no use. */
		page_pool_recycle_direct(rx->pool, page);
		dev_kfree_skb_any(rx->skb);
		rx->skb = NULL;
		if (!rx->skip && (!len || len > rx->room))
			rx->errors++;
		rx->skip = !(status & E82576_RXD_EOP);
	}
	rx->clean = i;
	if (((i - rx->use - 1) & rx->mask) >= VF_RX_REFILL)
		vf_rx_refill(rx);
	if (packets) {
		u64_stats_update_begin(&rx->sync);
		rx->packets += packets;
		rx->bytes += bytes;
		rx->multicast += multicast;
		u64_stats_update_end(&rx->sync);
	}
	return done;
}

/**
 * vf_rx_drain() - give all buffers back; the device is stopped
 * @rx: the ring
 */
void vf_rx_drain(struct vf_rx *rx)
{
	dev_kfree_skb_any(rx->skb);
	rx->skb = NULL;
	rx->skip = false;
	for (; rx->clean != rx->use; rx->clean = (rx->clean + 1) & rx->mask)
		page_pool_put_full_page(rx->pool, rx->page[rx->clean], false);
	rx->clean = 0;
	rx->use = 0;
}
