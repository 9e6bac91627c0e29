// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending. What costs on this card is the write to the tail register, so it is done once
 * for all frames that the stack has in hand (netdev_xmit_more()), and so is the report
 * that the device writes back: one frame of each lot asks for it (RS), the last.
 */
#include <linux/dma-mapping.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/sctp.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "ring.h"

static u32 ring_tx_room(const struct ring_tx *t)
{
	/* Slots are empty once they are said to be: see the end of ring_tx_clean(). */
	return t->mask + 1 - (t->use - smp_load_acquire(&t->clean));
}

/* Let the device know of all that it does not know yet. */
static void ring_tx_kick(struct ring_tx *t)
{
	struct ring_tx_mark *mark;
	u32 use = t->use;

	if (t->told == use)
		return;
	t->desc[(use - 1) & t->mask].read.cmd |= cpu_to_le32(E82576_TXD_RS);
	mark = &t->mark[t->mark_use & t->mask];
	mark->end = use;
	mark->bytes = t->bytes;
	mark->packets = t->packets;
	/* The mark, then its number: ring_tx_clean() may be running. */
	smp_store_release(&t->mark_use, t->mark_use + 1);
	t->told = use;
	t->bytes = 0;
	t->packets = 0;
	t->stats.kicks++;
	vector_sending(&t->vec->vector, &t->vec->napi);
	/* All of that before the device can look. */
	writel(use & t->mask, t->tail);
}

/* The context that a frame needs, unless the device has it (7.2.2.2: it keeps it). */
static void ring_tx_context(struct ring_tx *t, u32 lens, u32 tucmd, u32 mss)
{
	struct e82576_tx_ctxt *ctxt, want = {
		.lens = cpu_to_le32(lens),
		.tucmd = cpu_to_le32(tucmd | E82576_TXD_DEXT | E82576_TXD_DTYP_CTXT),
		.mss = cpu_to_le32(mss),
	};

	if (t->ctxt_valid && t->ctxt.lens == want.lens && t->ctxt.tucmd == want.tucmd &&
	    t->ctxt.mss == want.mss)
		return;
	t->ctxt = want;
	t->ctxt_valid = true;
	ctxt = (struct e82576_tx_ctxt *)&t->desc[t->use++ & t->mask];
	*ctxt = want;
	t->stats.contexts++;
}

/* What a TCP or UDP frame that the card cuts into pieces needs; its headers are changed. */
static int ring_tx_segment(struct sk_buff *skb, u32 *lens, u32 *tucmd, u32 *mss, u32 *header)
{
	unsigned char *l3, *l4;
	u32 payload, l4_len;
	int ret;

	ret = skb_cow_head(skb, 0);
	if (ret < 0)
		return ret;
	l3 = skb_network_header(skb);
	l4 = skb_checksum_start(skb);
	if (((struct iphdr *)l3)->version == 4) {
		struct iphdr *ip = (struct iphdr *)l3;
		unsigned char *end = l3 + ip->ihl * 4;

		/* Headers between the outer one and the transport's count for its checksum. */
		ip->check = csum_fold(csum_partial(end, l4 - end, 0));
		ip->tot_len = 0;
		*tucmd = E82576_TXC_IPV4;
	} else {
		((struct ipv6hdr *)l3)->payload_len = 0;
		*tucmd = 0;
	}
	/* The card adds the length of each piece. */
	payload = skb->len - (l4 - skb->data);
	if (skb_shinfo(skb)->gso_type & SKB_GSO_UDP_L4) {
		struct udphdr *udp = (struct udphdr *)l4;

		*tucmd |= E82576_TXC_L4T_UDP;
		l4_len = sizeof(*udp);
		csum_replace_by_diff(&udp->check, (__force __wsum)htonl(payload));
	} else {
		struct tcphdr *tcp = (struct tcphdr *)l4;

		*tucmd |= E82576_TXC_L4T_TCP;
		l4_len = tcp->doff * 4;
		csum_replace_by_diff(&tcp->check, (__force __wsum)htonl(payload));
	}
	*header = l4 - skb->data + l4_len;
	*mss = skb_shinfo(skb)->gso_size << E82576_TXC_MSS_SHIFT | l4_len << E82576_TXC_L4LEN_SHIFT;
	*lens |= l4 - l3;
	return 0;
}

/*
 * A tag, a checksum, or a frame to be cut into pieces. Return: 0, or a negative errno: the
 * frame cannot be sent.
 */
static noinline int ring_tx_offload(struct ring_tx *t, struct sk_buff *skb, u32 *cmd, u32 *olinfo,
				    u32 *bytes, u32 *packets)
{
	u32 lens = 0, tucmd = 0, mss = 0, header;
	int ret;

	if (skb_vlan_tag_present(skb)) {
		lens = skb_vlan_tag_get(skb) << E82576_TXC_VLAN_SHIFT;
		*cmd |= E82576_TXD_VLE;
	}
	lens |= skb_network_offset(skb) << E82576_TXC_MACLEN_SHIFT;

	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_is_gso(skb)) {
		ret = ring_tx_segment(skb, &lens, &tucmd, &mss, &header);
		if (ret)
			return ret;
		*cmd |= E82576_TXD_TSE;
		*olinfo = (skb->len - header) << E82576_TXD_PAYLEN_SHIFT | E82576_TXD_TXSM;
		if (tucmd & E82576_TXC_IPV4)
			*olinfo |= E82576_TXD_IXSM;
		*packets = skb_shinfo(skb)->gso_segs;
		*bytes = skb->len + (*packets - 1) * header;
	} else if (skb->ip_summed == CHECKSUM_PARTIAL) {
		switch (skb->csum_offset) {
		case offsetof(struct tcphdr, check):
			tucmd = E82576_TXC_L4T_TCP;
			break;
		case offsetof(struct udphdr, check):
			tucmd = E82576_TXC_L4T_UDP;
			break;
		default:
			if (skb->csum_offset == offsetof(struct sctphdr, checksum) &&
			    skb_csum_is_sctp(skb)) {
				tucmd = E82576_TXC_L4T_SCTP;
				break;
			}
			ret = skb_checksum_help(skb);
			if (ret)
				return ret;
			if (!skb_vlan_tag_present(skb))
				return 0;
			ring_tx_context(t, lens, 0, 0);
			return 0;
		}
		lens |= skb_checksum_start_offset(skb) - skb_network_offset(skb);
		*olinfo |= E82576_TXD_TXSM;
	}
	ring_tx_context(t, lens, tucmd, mss);
	return 0;
}

/* Take back what was mapped from @from on, and what else was put there. */
static noinline void ring_tx_undo(struct ring_tx *t, u32 from)
{
	while (t->use != from) {
		struct ring_tx_slot *slot = &t->slot[--t->use & t->mask];

		if (slot->len)
			dma_unmap_page(t->dev, slot->dma, slot->len, DMA_TO_DEVICE);
		slot->len = 0;
	}
	/* A context that the device will not see. */
	t->ctxt_valid = false;
}

/* A frame is lost; those before it, which wait for it, are not. */
static noinline netdev_tx_t ring_tx_drop(struct ring_tx *t, struct sk_buff *skb)
{
	dev_kfree_skb_any(skb);
	t->stats.dropped++;
	if (!netdev_xmit_more())
		ring_tx_kick(t);
	return NETDEV_TX_OK;
}

/* No room for a frame of the largest kind. Return: there is, meanwhile. */
static noinline bool ring_tx_stop_queue(struct ring_tx *t)
{
	netif_tx_stop_queue(t->txq);
	t->stats.stops++;
	/* ring_tx_clean() looks at "stopped" after it has made room; we the other way round. */
	smp_mb();
	if (ring_tx_room(t) < RING_TX_NEEDED)
		return false;
	netif_tx_start_queue(t->txq);
	return true;
}

netdev_tx_t ring_xmit(struct ring_tx *t, struct sk_buff *skb)
{
	u32 cmd = E82576_TXD_DTYP_DATA | E82576_TXD_DEXT | E82576_TXD_IFCS;
	u32 first = t->use, bytes = skb->len, packets = 1;
	u32 olinfo = bytes << E82576_TXD_PAYLEN_SHIFT;
	unsigned int size, left = skb->data_len;
	union e82576_tx_desc *desc;
	struct ring_tx_slot *slot;
	const skb_frag_t *frag;
	dma_addr_t dma;
	bool kick;

	/* It was stopped before it came to this, unless somebody does not ask. */
	if (unlikely(ring_tx_room(t) < RING_TX_NEEDED) && !ring_tx_stop_queue(t))
		return NETDEV_TX_BUSY;
	/* Shorter ones are not padded right (TCTL.PSP). */
	if (unlikely(bytes < 17)) {
		if (skb_put_padto(skb, 17)) {
			t->stats.dropped++;
			ring_tx_kick(t);
			return NETDEV_TX_OK;
		}
		bytes = skb->len;
		olinfo = bytes << E82576_TXD_PAYLEN_SHIFT;
	}
	if (skb->ip_summed == CHECKSUM_PARTIAL || skb_vlan_tag_present(skb)) {
		if (ring_tx_offload(t, skb, &cmd, &olinfo, &bytes, &packets)) {
			ring_tx_undo(t, first);
			return ring_tx_drop(t, skb);
		}
	}
	if (unlikely(skb->no_fcs))
		cmd &= ~E82576_TXD_IFCS;

	size = skb_headlen(skb);
	dma = dma_map_single(t->dev, skb->data, size, DMA_TO_DEVICE);
	for (frag = skb_shinfo(skb)->frags;; frag++) {
		if (unlikely(dma_mapping_error(t->dev, dma))) {
			ring_tx_undo(t, first);
			return ring_tx_drop(t, skb);
		}
		slot = &t->slot[t->use & t->mask];
		slot->dma = dma;
		slot->len = size;
		desc = &t->desc[t->use++ & t->mask];
		while (unlikely(size > RING_TX_PIECE)) {
			desc->read.addr = cpu_to_le64(dma);
			desc->read.cmd = cpu_to_le32(cmd | RING_TX_PIECE);
			desc->read.olinfo = cpu_to_le32(olinfo);
			olinfo = 0;
			dma += RING_TX_PIECE;
			size -= RING_TX_PIECE;
			slot = &t->slot[t->use & t->mask];
			desc = &t->desc[t->use++ & t->mask];
		}
		desc->read.addr = cpu_to_le64(dma);
		desc->read.olinfo = cpu_to_le32(olinfo);
		if (likely(!left))
			break;
		desc->read.cmd = cpu_to_le32(cmd | size);
		/* The first descriptor has said it all. */
		olinfo = 0;
		size = skb_frag_size(frag);
		left -= size;
		dma = skb_frag_dma_map(t->dev, frag, 0, size, DMA_TO_DEVICE);
	}
	desc->read.cmd = cpu_to_le32(cmd | size | E82576_TXD_EOP);
	slot->skb = skb;
	t->bytes += bytes;
	t->packets += packets;
	skb_tx_timestamp(skb);

	kick = __netdev_tx_sent_queue(t->txq, bytes, netdev_xmit_more());
	if (unlikely(ring_tx_room(t) < RING_TX_NEEDED)) {
		ring_tx_stop_queue(t);
		kick = true;
	}
	if (kick)
		ring_tx_kick(t);
	return NETDEV_TX_OK;
}

unsigned int ring_tx_clean(struct ring_tx *t, int budget)
{
	u32 clean = t->clean, marks = t->mark_clean, bytes = 0, packets = 0;
	/* The marks are there once they are counted: see ring_tx_kick(). */
	u32 mark_use = smp_load_acquire(&t->mark_use);

	for (; marks != mark_use; marks++) {
		const struct ring_tx_mark *mark = &t->mark[marks & t->mask];
		__le32 status = READ_ONCE(t->desc[(mark->end - 1) & t->mask].wb.status);

		if (!(status & cpu_to_le32(E82576_TXD_STA_DD)))
			break;
		bytes += mark->bytes;
		packets += mark->packets;
		while (clean != mark->end) {
			struct ring_tx_slot *slot = &t->slot[clean++ & t->mask];

			if (slot->len) {
				dma_unmap_page(t->dev, slot->dma, slot->len, DMA_TO_DEVICE);
				slot->len = 0;
			}
			if (slot->skb) {
				napi_consume_skb(slot->skb, budget);
				slot->skb = NULL;
			}
		}
	}
	if (!packets)
		return 0;
	WRITE_ONCE(t->mark_clean, marks);
	/* The slots are empty before they may be filled. */
	smp_store_release(&t->clean, clean);
	u64_stats_update_begin(&t->stats.syncp);
	t->stats.packets += packets;
	t->stats.bytes += bytes;
	u64_stats_update_end(&t->stats.syncp);
	netdev_tx_completed_queue(t->txq, packets, bytes);

	/* See ring_tx_stop_queue(). netdev_tx_completed_queue() may not have a barrier. */
	smp_mb();
	if (unlikely(netif_tx_queue_stopped(t->txq)) && ring_tx_room(t) >= RING_TX_WAKE(t)) {
		netif_tx_wake_queue(t->txq);
		t->stats.wakes++;
	}
	return packets;
}

bool ring_tx_late(const struct ring_tx *t)
{
	/* It may be at work, and what is read here old: then there is a poll that goes on. */
	u32 marks = READ_ONCE(t->mark_clean);
	u32 last;

	/* With ring_tx_kick(). */
	if (marks == smp_load_acquire(&t->mark_use))
		return test_bit(NAPI_STATE_SCHED, &t->vec->napi.state);
	last = t->mark[marks & t->mask].end - 1;
	return READ_ONCE(t->desc[last & t->mask].wb.status) & cpu_to_le32(E82576_TXD_STA_DD);
}

netdev_features_t ring_features_check(struct sk_buff *skb, struct net_device *dev,
				      netdev_features_t features)
{
	if (unlikely(skb_network_offset(skb) > E82576_TXC_MACLEN_MAX))
		return features & ~(NETIF_F_HW_CSUM | NETIF_F_SCTP_CRC | NETIF_F_GSO_UDP_L4 |
				    NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_TSO | NETIF_F_TSO6);
	if (unlikely(skb_checksum_start(skb) - skb_network_header(skb) > E82576_TXC_IPLEN_MAX))
		return features & ~(NETIF_F_HW_CSUM | NETIF_F_SCTP_CRC | NETIF_F_GSO_UDP_L4 |
				    NETIF_F_TSO | NETIF_F_TSO6);
	/* The card counts up the outer header's identification, not the inner one's. */
	if (skb->encapsulation && !(features & NETIF_F_TSO_MANGLEID))
		features &= ~NETIF_F_TSO;
	return features;
}
