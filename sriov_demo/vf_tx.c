// SPDX-License-Identifier: GPL-2.0-only
/*
 * sriov_demo_vf: frames out.
 *
 * Frames that the stack hands over in one go (xmit_more) are one batch for the device, too:
 * one write of the tail, one descriptor that reports (RS), one interrupt, and one look at
 * memory that the device writes when they are reclaimed. A context that the device has
 * already is not given again.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/ip6_checksum.h>

#include "vf.h"

static inline u16 vf_tx_free(const struct vf_tx *tx)
{
	return (READ_ONCE(tx->clean) - tx->use - 1) & tx->mask;
}

/* Tell the device of what was filled since the last time. */
static void vf_tx_flush(struct vf_tx *tx)
{
	struct vf_pair *pair = container_of(tx, struct vf_pair, tx);
	union e82576_tx_desc *last = &tx->desc[(tx->use - 1) & tx->mask];

	if (tx->batch == tx->use)
		return;
	last->read.cmd |= cpu_to_le32(E82576_TXD_RS);
	/* Whoever sees the batch, in vf_tx_clean(), sees all of it. */
	smp_store_release(&tx->buf[tx->batch].watch, last);
	/* The device sees descriptors before the tail: writel() is ordered so. */
	tx->batch = tx->use;
	vector_sending(&pair->vector, &pair->napi);
	writel(tx->use, tx->tail);
}

/* A context descriptor, unless it says what the last one said. */
static void vf_tx_context(struct vf_tx *tx, u32 lens, u32 tucmd, u32 mss)
{
	struct e82576_tx_ctxt ctxt = {
		.lens = cpu_to_le32(lens),
		.tucmd = cpu_to_le32(tucmd | E82576_TXD_DTYP_CTXT | E82576_TXD_DEXT),
		.mss = cpu_to_le32(mss),
	};
	struct vf_tx_buf *buf = &tx->buf[tx->use];

	if (tx->has_ctxt && tx->ctxt.lens == ctxt.lens && tx->ctxt.tucmd == ctxt.tucmd &&
	    tx->ctxt.mss == ctxt.mss)
		return;
	tx->ctxt = ctxt;
	tx->has_ctxt = true;
	memcpy(&tx->desc[tx->use], &ctxt, sizeof(ctxt));
	buf->len = 0;
	buf->skb = NULL;
	tx->use = (tx->use + 1) & tx->mask;
}

/* Segmentation: prepare the headers as the device wants them. */
static int vf_tx_segment(struct sk_buff *skb, u32 *tucmd, u32 *mss, unsigned int *headers)
{
	struct tcphdr *tcp;
	int ret;

	ret = skb_cow_head(skb, 0);
	if (ret)
		return ret;
	tcp = tcp_hdr(skb);
	*headers = skb_tcp_all_headers(skb);
	if (ip_hdr(skb)->version == 4) {
		struct iphdr *ip = ip_hdr(skb);

		/* Each segment gets its own length and checksum. */
		ip->tot_len = 0;
		ip->check = 0;
		tcp->check = ~csum_tcpudp_magic(ip->saddr, ip->daddr, 0, IPPROTO_TCP, 0);
		*tucmd |= E82576_TXC_IPV4;
	} else {
		struct ipv6hdr *ip = ipv6_hdr(skb);

		ip->payload_len = 0;
		tcp->check = ~csum_ipv6_magic(&ip->saddr, &ip->daddr, 0, IPPROTO_TCP, 0);
	}
	*tucmd |= E82576_TXC_L4T_TCP;
	*mss = skb_shinfo(skb)->gso_size << E82576_TXC_MSS_SHIFT |
	       tcp_hdrlen(skb) << E82576_TXC_L4LEN_SHIFT;
	return 0;
}

/* What the device shall do to the frame. Returns 0, or -errno: drop it. */
static int vf_tx_offload(struct vf_tx *tx, struct sk_buff *skb, u32 *cmd, u32 *olinfo,
			 struct vf_tx_buf *account)
{
	u32 lens = 0, tucmd = 0, mss = 0;
	unsigned int headers;
	int ret;

	if (skb_is_gso(skb)) {
		ret = vf_tx_segment(skb, &tucmd, &mss, &headers);
		if (ret)
			return ret;
		account->packets = skb_shinfo(skb)->gso_segs ?: 1;
		account->bytes += (account->packets - 1) * headers;
		*cmd |= E82576_TXD_TSE;
		*olinfo = (skb->len - headers) << E82576_TXD_PAYLEN_SHIFT | E82576_TXD_TXSM;
		if (tucmd & E82576_TXC_IPV4)
			*olinfo |= E82576_TXD_IXSM;
	} else if (skb->ip_summed == CHECKSUM_PARTIAL) {
		switch (skb->csum_offset) {
		case offsetof(struct tcphdr, check):
			tucmd = E82576_TXC_L4T_TCP;
			break;
		case offsetof(struct udphdr, check):
			tucmd = E82576_TXC_L4T_UDP;
			break;
		default:
			ret = skb_checksum_help(skb);
			if (ret)
				return ret;
			break;
		}
		if (skb->ip_summed == CHECKSUM_PARTIAL)
			*olinfo |= E82576_TXD_TXSM;
	}
	if (*olinfo & E82576_TXD_TXSM)
		lens = skb_network_offset(skb) << E82576_TXC_MACLEN_SHIFT |
		       (skb_checksum_start_offset(skb) - skb_network_offset(skb));
	if (skb_vlan_tag_present(skb)) {
		*cmd |= E82576_TXD_VLE;
		if (!lens)
			lens = ETH_HLEN << E82576_TXC_MACLEN_SHIFT;
		lens |= (u32)skb_vlan_tag_get(skb) << E82576_TXC_VLAN_SHIFT;
	}
	if (lens)
		vf_tx_context(tx, lens, tucmd, mss);
	return 0;
}

static void vf_tx_unmap(struct vf_tx *tx, const struct vf_tx_buf *buf)
{
	if (buf->len)
		dma_unmap_page(tx->dev, buf->dma, buf->len, DMA_TO_DEVICE);
}

/* One mapped stretch of memory, as one descriptor or more. */
static void vf_tx_pieces(struct vf_tx *tx, dma_addr_t dma, u32 len, u32 cmd, u32 olinfo)
{
	u32 offset = 0, piece;
	struct vf_tx_buf *buf;

	/* The first descriptor of the stretch has its mapping. */
	buf = &tx->buf[tx->use];
	buf->dma = dma;
	buf->len = len;
	for (;;) {
		union e82576_tx_desc *desc = &tx->desc[tx->use];

		buf->skb = NULL;
		piece = min_t(u32, len - offset, VF_TX_PIECE);
		desc->read.addr = cpu_to_le64(dma + offset);
		desc->read.cmd = cpu_to_le32(cmd | piece);
		desc->read.olinfo = cpu_to_le32(olinfo);
		tx->use = (tx->use + 1) & tx->mask;
		offset += piece;
		if (likely(offset == len))
			return;
		buf = &tx->buf[tx->use];
		buf->len = 0;
	}
}

/* Take back what was filled for a frame that cannot be sent. */
static void vf_tx_undo(struct vf_tx *tx, u16 first)
{
	while (tx->use != first) {
		tx->use = (tx->use - 1) & tx->mask;
		vf_tx_unmap(tx, &tx->buf[tx->use]);
		tx->buf[tx->use].len = 0;
	}
	/* The device may never see that context. */
	tx->has_ctxt = false;
}

/**
 * vf_tx_xmit() - send a frame
 * @skb:    the frame
 * @netdev: by which interface
 *
 * Return: NETDEV_TX_OK, or NETDEV_TX_BUSY
 */
netdev_tx_t vf_tx_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	u32 cmd = E82576_TXD_DTYP_DATA | E82576_TXD_DEXT | E82576_TXD_IFCS, olinfo;
	unsigned int queue = skb_get_queue_mapping(skb);
	struct vf_nic *nic = netdev_priv(netdev);
	struct vf_tx *tx = &nic->pair[queue].tx;
	struct vf_tx_buf account = { .skb = skb }, *buf;
	unsigned int i, len, frags;
	u16 first = tx->use;
	dma_addr_t dma;

	/* Chosen while there were two, by one who goes past the queueing disciplines. */
	if (unlikely(queue >= nic->pairs)) {
		dev_core_stats_tx_dropped_inc(netdev);
		dev_kfree_skb_any(skb);
		return NETDEV_TX_OK;
	}
	if (unlikely(vf_tx_free(tx) < VF_TX_NEED)) {
		/* The queue was stopped in time, so this is not to be. */
		netif_tx_stop_queue(tx->txq);
		vf_tx_flush(tx);
		return NETDEV_TX_BUSY;
	}
	/* The device pads to 60 bytes, but wants 17. */
	if (unlikely(skb->len < 17 && skb_put_padto(skb, 17)))
		goto dropped;
	account.bytes = max_t(u32, skb->len, ETH_ZLEN);
	account.packets = 1;
	olinfo = skb->len << E82576_TXD_PAYLEN_SHIFT;
	if (skb->ip_summed == CHECKSUM_PARTIAL || skb_vlan_tag_present(skb)) {
		if (unlikely(vf_tx_offload(tx, skb, &cmd, &olinfo, &account)))
			goto free;
	}

	len = skb_headlen(skb);
	frags = skb_shinfo(skb)->nr_frags;
	dma = dma_map_single(tx->dev, skb->data, len, DMA_TO_DEVICE);
	for (i = 0;; i++) {
		if (unlikely(dma_mapping_error(tx->dev, dma)))
			goto undo;
		if (i == frags)
			break;
		vf_tx_pieces(tx, dma, len, cmd, olinfo);
		len = skb_frag_size(&skb_shinfo(skb)->frags[i]);
		dma = skb_frag_dma_map(tx->dev, &skb_shinfo(skb)->frags[i], 0, len, DMA_TO_DEVICE);
	}
	vf_tx_pieces(tx, dma, len, cmd, olinfo);

	i = (tx->use - 1) & tx->mask;
	tx->desc[i].read.cmd |= cpu_to_le32(E82576_TXD_EOP);
	buf = &tx->buf[i];
	buf->skb = skb;
	buf->bytes = account.bytes;
	buf->packets = account.packets;
	skb_tx_timestamp(skb);

	if (unlikely(vf_tx_free(tx) < VF_TX_NEED)) {
		netif_tx_stop_queue(tx->txq);
		/* Against the one in vf_tx_clean(): one of us sees what the other did. */
		smp_mb();
		if (vf_tx_free(tx) >= VF_TX_NEED)
			netif_tx_start_queue(tx->txq);
	}
	if (__netdev_tx_sent_queue(tx->txq, account.bytes, netdev_xmit_more()))
		vf_tx_flush(tx);
	return NETDEV_TX_OK;

undo:
	vf_tx_undo(tx, first);
free:
	dev_kfree_skb_any(skb);
dropped:
	tx->dropped++;
	if (!netdev_xmit_more())
		vf_tx_flush(tx);
	return NETDEV_TX_OK;
}

/* One batch, up to its last descriptor. Returns the one behind it. */
static u16 vf_tx_reclaim(struct vf_tx *tx, u16 i, u16 last, int budget, unsigned int *packets,
			 unsigned int *bytes)
{
	struct vf_tx_buf *buf;
	bool more;

	do {
		buf = &tx->buf[i];
		more = i != last;
		vf_tx_unmap(tx, buf);
		if (buf->skb) {
			*packets += buf->packets;
			*bytes += buf->bytes;
			napi_consume_skb(buf->skb, budget);
			buf->skb = NULL;
		}
		i = (i + 1) & tx->mask;
	} while (more);
	return i;
}

/**
 * vf_tx_clean() - reclaim what was sent
 * @tx:	    the ring
 * @budget: of the poll
 *
 * Return: whether that was all
 */
bool vf_tx_clean(struct vf_tx *tx, int budget)
{
	unsigned int packets = 0, bytes = 0, limit = tx->mask;
	union e82576_tx_desc *watch;
	u16 i = tx->clean;

	while (limit) {
		/* With vf_tx_flush(). */
		watch = smp_load_acquire(&tx->buf[i].watch);
		if (!watch || !(READ_ONCE(watch->wb.status) & cpu_to_le32(E82576_TXD_STA_DD)))
			break;
		tx->buf[i].watch = NULL;
		i = vf_tx_reclaim(tx, i, watch - tx->desc, budget, &packets, &bytes);
		limit--;
	}
	if (!packets)
		return limit;

	/* Descriptors are free when we are done with what they referred to. */
	smp_store_release(&tx->clean, i);
	netdev_tx_completed_queue(tx->txq, packets, bytes);
	u64_stats_update_begin(&tx->sync);
	tx->packets += packets;
	tx->bytes += bytes;
	u64_stats_update_end(&tx->sync);
	/* See vf_tx_xmit(). */
	smp_mb();
	if (unlikely(netif_tx_queue_stopped(tx->txq)) && vf_tx_free(tx) >= VF_TX_WAKE &&
	    netif_carrier_ok(tx->txq->dev)) {
		netif_tx_wake_queue(tx->txq);
		tx->restarts++;
	}
	return limit;
}

/**
 * vf_tx_late() - in ndo_tx_timeout: is it not the device that is late, but vf_tx_clean()?
 * @tx:	  the ring
 * @napi: who cleans it
 *
 * Return: whether there is something to be cleaned, or a poll goes on
 */
bool vf_tx_late(const struct vf_tx *tx, const struct napi_struct *napi)
{
	const struct vf_tx_buf *buf = &tx->buf[READ_ONCE(tx->clean)];
	const union e82576_tx_desc *watch;

	/* With vf_tx_flush(). What is read here may be old: then there is a poll that goes on. */
	watch = smp_load_acquire(&buf->watch);
	if (!watch)
		return test_bit(NAPI_STATE_SCHED, &napi->state);
	return READ_ONCE(watch->wb.status) & cpu_to_le32(E82576_TXD_STA_DD);
}

/**
 * vf_tx_drain() - drop what was not sent; the device is stopped
 * @tx: the ring
 */
void vf_tx_drain(struct vf_tx *tx)
{
	struct vf_tx_buf *buf;

	for (; tx->clean != tx->use; tx->clean = (tx->clean + 1) & tx->mask) {
		buf = &tx->buf[tx->clean];
		buf->watch = NULL;
		vf_tx_unmap(tx, buf);
		dev_kfree_skb_any(buf->skb);
		buf->skb = NULL;
	}
	tx->use = 0;
	tx->batch = 0;
	tx->clean = 0;
	tx->has_ctxt = false;
	netdev_tx_reset_queue(tx->txq);
}
