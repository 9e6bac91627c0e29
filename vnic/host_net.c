// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets. The host's transmit path copies into the guest's receive buffers at once, so a
 * packet is done when ndo_start_xmit returns, and byte queue limits have nothing to limit:
 * the queue is the guest's ring. When that has no room, one packet waits and the host's
 * queue is stopped, until the driver kicks.
 *
 * What the guest transmits is polled by NAPI, copied into new packets, and goes up the
 * host's stack without any lock held.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/skbuff.h>
#include <linux/virtio_byteorder.h>
#include <linux/virtio_net.h>

#include "host.h"

/* The header before each packet: always with num_buffers in VIRTIO 1 (5.1.6). */
#define HDR_LEN sizeof(struct virtio_net_hdr_mrg_rxbuf)
static_assert(HDR_LEN == 12);

/* Packets up to here are kept in one piece; of longer ones, as much as headers need. */
#define LINEAR_MAX  1600
#define HEADERS_MAX 256
/* The longest packet: of 64 KiB for IP, with what is in front of it. */
#define PACKET_MAX (65535 + VLAN_ETH_HLEN + VLAN_HLEN)

/* A packet that waits for buffers waits so long, and to the second look of the timer after that. */
#define PENDING_MAX HZ

/*
 * Bytes of a packet per receive descriptor, at most. Buffers to be merged hold a frame each, and
 * drivers fill the ring up when half of it is used, but only after they received something: a
 * packet that needs more than the other half would wait for them, and they for it.
 */
#define PER_DESC (ETH_DATA_LEN / 2)

static void count_traffic(struct vnic_queue *q, unsigned int bytes)
{
	u64_stats_update_begin(&q->traffic.sync);
	u64_stats_inc(&q->traffic.packets);
	u64_stats_add(&q->traffic.bytes, bytes);
	u64_stats_update_end(&q->traffic.sync);
}

unsigned int vnic_host_max_mtu(const struct vnic_setup *setup)
{
	unsigned int most = setup->rx_descs * PER_DESC;

	if (!(setup->flags & BIT(VNIC_HOST_MRG_RXBUF)))
		return ETH_MAX_MTU;
	return min(most - VLAN_ETH_HLEN - VLAN_HLEN, ETH_MAX_MTU);
}

/* -- host to guest ----------------------------------------------------------------- */

netdev_features_t vnic_host_features_check(struct sk_buff *skb, struct net_device *dev,
					   netdev_features_t features)
{
	const struct vnic_host *host = vnic_host_of(dev);

	/* The driver may have changed its mind since the netdev's features were set. */
	if (!vnic_acked(host, VIRTIO_NET_F_GUEST_CSUM))
		features &= ~(NETIF_F_CSUM_MASK | NETIF_F_GSO_MASK);
	if (!vnic_acked(host, VIRTIO_NET_F_GUEST_TSO4))
		features &= ~NETIF_F_TSO;
	if (!vnic_acked(host, VIRTIO_NET_F_GUEST_TSO6))
		features &= ~NETIF_F_TSO6;
	if (!vnic_acked(host, VIRTIO_NET_F_GUEST_ECN))
		features &= ~NETIF_F_TSO_ECN;
	/* What is to be cut has no checksum yet (5.1.6.4.1). */
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		features &= ~NETIF_F_GSO_MASK;
	if (vnic_acked(host, VIRTIO_NET_F_MRG_RXBUF) &&
	    skb->len > READ_ONCE(host->setup.rx_descs) * PER_DESC)
		features &= ~NETIF_F_GSO_MASK;
	return vlan_features_check(skb, features);
}

/*
 * A packet that was queued before the driver was replaced, or changed its mind, may be one that
 * it takes no more. Return: whether the checksum is done, if it is to be done here.
 */
static bool checksum_done(const struct vnic_host *host, struct sk_buff *skb)
{
	return skb->ip_summed != CHECKSUM_PARTIAL || skb_is_gso(skb) ||
	       vnic_acked(host, VIRTIO_NET_F_GUEST_CSUM) || !skb_checksum_help(skb);
}

/* The bytes before what the MTU counts: addresses, type and up to two tags. */
static unsigned int link_header(const struct sk_buff *skb)
{
	unsigned int len = ETH_HLEN;

	while (len < VLAN_ETH_HLEN + VLAN_HLEN && skb_headlen(skb) >= len &&
	       eth_type_vlan(get_unaligned((__be16 *)(skb->data + len - sizeof(__be16)))))
		len += VLAN_HLEN;
	return len;
}

/* Does the driver take the packet with this header? Its queue is locked and live. */
static bool suits_driver(const struct vnic_queue *q, const struct virtio_net_hdr *hdr,
			 const struct sk_buff *skb)
{
	const struct vnic_host *host = q->host;
	bool csum = vnic_acked(host, VIRTIO_NET_F_GUEST_CSUM);

	if (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM && !csum)
		return false;
	if (hdr->gso_type & VIRTIO_NET_HDR_GSO_ECN && !vnic_acked(host, VIRTIO_NET_F_GUEST_ECN))
		return false;
	switch (hdr->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_NONE:
		/* 5.1.4.1: what is not to be cut up is no longer than the MTU, tags aside. */
		return !vnic_acked(host, VIRTIO_NET_F_MTU) ||
		       skb->len <= q->plug->setup.mtu + link_header(skb);
	case VIRTIO_NET_HDR_GSO_TCPV4:
		return csum && vnic_acked(host, VIRTIO_NET_F_GUEST_TSO4);
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return csum && vnic_acked(host, VIRTIO_NET_F_GUEST_TSO6);
	default:
		return false;
	}
}

/* Put the chains of an unfinished packet back. */
static void unfetch(struct vnic_queue *q)
{
	while (q->have)
		devq_unfetch(&q->devq, &q->chains[--q->have]);
	q->done = 0;
}

/* The next receive buffer; as devq_fetch(). */
static int fetch_buffer(struct vnic_queue *q)
{
	struct devq_chain *c = &q->chains[q->have];
	int ret;

	c->sg = q->have ? q->sg : q->first_sg;
	c->max = q->devq.num;
	q->devq.now = jiffies;
	ret = devq_fetch(&q->devq, c);
	if (ret <= 0)
		return ret;
	if (c->outs) {
		devq_break(&q->devq, VIRTQ_CHAIN_WAY, c->outs, 0);
		return -EIO;
	}
	/* 5.1.6.3.1: at least the header. */
	if (!q->have && c->in_len < HDR_LEN) {
		devq_break(&q->devq, VIRTQ_UPPER, c->in_len, HDR_LEN);
		return -EIO;
	}
	return 1;
}

/**
 * give() - copy a packet into the guest's buffers, or go on with that
 * @q:	 receive queue, locked
 * @skb: packet
 *
 * Return: 0; -ENOBUFS when there is no room now: what was fetched stays fetched; -EMSGSIZE
 * when there is never; -EINVAL when the packet cannot be described, or the driver does not take
 * it; -EIO when the queue is broken; -EFAULT when it is, or the packet cannot be read.
 */
static int give(struct vnic_queue *q, const struct sk_buff *skb)
{
	bool merge = vnic_acked(q->host, VIRTIO_NET_F_MRG_RXBUF);
	struct virtio_net_hdr_mrg_rxbuf hdr;
	struct vnic_cursor cur;
	unsigned int i;
	int ret;

	ret = virtio_net_hdr_from_skb(skb, &hdr.hdr, true,
				      vnic_acked(q->host, VIRTIO_NET_F_GUEST_CSUM), 0);
	if (ret)
		return ret;
	/* Of one that waited, some may be there already: it cannot be changed now. */
	if (!suits_driver(q, &hdr.hdr, skb))
		return -EINVAL;

	while (!q->have || q->done < skb->len) {
		struct devq_chain *c = &q->chains[q->have];
		unsigned int skip = q->have ? 0 : HDR_LEN, len;

		if (q->have == q->devq.num || (q->have && !merge))
			return -EMSGSIZE;
		ret = fetch_buffer(q);
		if (ret <= 0)
			return ret ?: -ENOBUFS;
		q->have++;
		cur = vnic_cursor(c->sg, c->ins);
		vnic_mem_skip(&cur, skip);
		len = min_t(u64, c->in_len - skip, skb->len - q->done);
		ret = vnic_mem_write_skb(q, &cur, skb, q->done, len);
		if (ret)
			return ret;
		q->done += len;
		/* For devq_push() below: what was written. */
		c->in_len = skip + len;
	}

	hdr.num_buffers = __cpu_to_virtio16(true, q->have);
	cur = vnic_cursor(q->first_sg, q->chains[0].ins);
	ret = vnic_mem_write(q, &cur, &hdr, sizeof(hdr));
	if (ret)
		return ret;
	virtq_batch(q->devq.counters.reaped, q->have);
	for (i = 0; i < q->have; i++)
		devq_push(&q->devq, q->chains[i].id, q->chains[i].in_len);
	q->have = 0;
	q->done = 0;
	q->flush = true;
	count_traffic(q, skb->len);
	return 0;
}

/* give(), and what becomes of the packet. Return: false when it shall wait. */
static bool give_or_drop(struct vnic_queue *q, struct sk_buff *skb)
{
	int ret = give(q, skb);

	if (ret == -ENOBUFS)
		return false;
	if (ret)
		unfetch(q);
	if (ret == -EMSGSIZE || ret == -EINVAL)
		q->errors++;
	else if (ret)
		q->dropped++;
	if (ret)
		dev_kfree_skb_any(skb);
	else
		dev_consume_skb_any(skb);
	return true;
}

netdev_tx_t vnic_host_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct vnic_host *host = vnic_host_of(dev);
	unsigned int index = skb_get_queue_mapping(skb);
	struct vnic_pair *pair = &host->pairs[index];
	struct netdev_queue *txq = netdev_get_tx_queue(dev, index);
	struct vnic_queue *q = pair->rx;
	bool more = netdev_xmit_more();

	spin_lock(&q->lock);
	/* The netdev learns later than we that the driver uses fewer queues (5.1.6.5.6). */
	if (!vnic_queue_ok(q) || index >= READ_ONCE(host->active)) {
		q->dropped++;
		spin_unlock(&q->lock);
		dev_kfree_skb_any(skb);
		return NETDEV_TX_OK;
	}
	if (unlikely(pair->pending)) {
		/* The queue is stopped: whoever comes nevertheless may try again. */
		vnic_queue_unlock(q);
		return NETDEV_TX_BUSY;
	}
	skb_tx_timestamp(skb);
	if (!vnic_filter_wants(host, skb)) {
		q->filtered++;
		q->filtered_bytes += skb->len;
		count_traffic(q, skb->len);
		dev_consume_skb_any(skb);
	} else if (!checksum_done(host, skb)) {
		q->errors++;
		dev_kfree_skb_any(skb);
	} else if (!give_or_drop(q, skb)) {
		/*
		 * It may wait long: nobody else shall wait for it, except a packet socket. That
		 * may have lent its bytes (PACKET_TX_RING), and is told by this that they are sent.
		 */
		if (!skb->sk || skb->sk->sk_family != PF_PACKET)
			skb_orphan(skb);
		skb_dst_drop(skb);
		nf_reset_ct(skb);
		pair->pending = skb;
		pair->since = jiffies;
		pair->overdue = false;
		netif_tx_stop_queue(txq);
		q->stops++;
		more = false;
		/* Buffers that came just now bring no kick. */
		if (!devq_enable_kick(&q->devq))
			napi_schedule(&pair->napi);
	}
	if (q->flush && !more)
		vnic_queue_flush(q);
	vnic_queue_unlock(q);
	return NETDEV_TX_OK;
}

/* Go on with the packet that waits. @q is locked. Return: whether it waits no more. */
static bool give_pending(struct vnic_host *host, struct vnic_pair *pair)
{
	struct vnic_queue *q = pair->rx;

	if (!give_or_drop(q, pair->pending))
		return false;
	pair->pending = NULL;
	devq_disable_kick(&q->devq);
	if (q->flush)
		vnic_queue_flush(q);
	q->wakes++;
	netif_tx_wake_queue(netdev_get_tx_queue(host->netdev, q->index / 2));
	return true;
}

/* In NAPI: buffers may have come. */
static void poll_rx(struct vnic_host *host, struct vnic_pair *pair)
{
	struct vnic_queue *q = pair->rx;

	if (!READ_ONCE(pair->pending))
		return;
	spin_lock(&q->lock);
	if (!vnic_queue_ok(q)) {
		spin_unlock(&q->lock);
		return;
	}
	/* Buffers that came just now bring no kick: once more, after this poll. */
	if (pair->pending && !give_pending(host, pair) && !devq_enable_kick(&q->devq))
		napi_schedule(&pair->napi);
	vnic_queue_unlock(q);
}

void vnic_host_drop_pending(struct vnic_pair *pair, bool wake)
{
	struct vnic_queue *q = pair->rx;
	struct vnic_host *host = q->host;
	struct sk_buff *skb;

	spin_lock_bh(&q->lock);
	skb = pair->pending;
	pair->pending = NULL;
	if (skb) {
		q->dropped++;
		/* Now, or when the netdev is up again. */
		q->wakes++;
	}
	/* The driver may be gone; what we know of its chains is our own. */
	if (q->memory)
		unfetch(q);
	if (vnic_queue_ok(q)) {
		/* No packet waits for buffers any more. */
		devq_disable_kick(&q->devq);
		/* Packets before it may have waited to be shown with it. */
		if (q->flush)
			vnic_queue_flush(q);
	}
	spin_unlock_bh(&q->lock);
	kfree_skb(skb);
	if (!skb || !wake)
		return;
	spin_lock_bh(&host->lock);
	if (host->netdev)
		netif_tx_wake_queue(netdev_get_tx_queue(host->netdev, q->index / 2));
	spin_unlock_bh(&host->lock);
}

/* -- guest to host ----------------------------------------------------------------- */

/* Does the header make sense, and did the driver not promise to send no such packets? */
static bool hdr_allowed(const struct vnic_host *host, const struct virtio_net_hdr *hdr)
{
	unsigned int gso = hdr->gso_type & ~VIRTIO_NET_HDR_GSO_ECN;

	if (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		if (!vnic_acked(host, VIRTIO_NET_F_CSUM))
			return false;
		/* The checksum is of what IP carries; not all that the stack does checks that. */
		if (__virtio16_to_cpu(true, hdr->csum_start) < ETH_HLEN + sizeof(struct iphdr))
			return false;
	}
	if (hdr->gso_type == VIRTIO_NET_HDR_GSO_NONE)
		return true;
	if (hdr->gso_type & VIRTIO_NET_HDR_GSO_ECN && !vnic_acked(host, VIRTIO_NET_F_HOST_ECN))
		return false;
	return hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM &&
	       ((gso == VIRTIO_NET_HDR_GSO_TCPV4 && vnic_acked(host, VIRTIO_NET_F_HOST_TSO4)) ||
		(gso == VIRTIO_NET_HDR_GSO_TCPV6 && vnic_acked(host, VIRTIO_NET_F_HOST_TSO6)));
}

static struct sk_buff *new_skb(struct vnic_pair *pair, unsigned int len)
{
	struct net_device *dev = pair->napi.dev;
	struct sk_buff *skb;
	int ret;

	if (len <= LINEAR_MAX) {
		skb = napi_alloc_skb(&pair->napi, len);
		if (skb)
			skb_put(skb, len);
		return skb;
	}
	skb = alloc_skb_with_frags(NET_SKB_PAD + NET_IP_ALIGN + HEADERS_MAX, len - HEADERS_MAX,
				   PAGE_ALLOC_COSTLY_ORDER, &ret, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, NET_SKB_PAD + NET_IP_ALIGN);
	skb_put(skb, HEADERS_MAX);
	skb->data_len = len - HEADERS_MAX;
	skb->len += skb->data_len;
	skb->dev = dev;
	return skb;
}

/* Return: as vnic_mem_read(). */
static int fill_skb(struct vnic_queue *q, struct vnic_cursor *cur, struct sk_buff *skb)
{
	int i, ret;

	ret = vnic_mem_read(q, cur, skb->data, skb_headlen(skb));
	for (i = 0; !ret && i < skb_shinfo(skb)->nr_frags; i++) {
		skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		ret = vnic_mem_read(q, cur, skb_frag_address(frag), skb_frag_size(frag));
	}
	return ret;
}

/**
 * take() - make a packet of what the guest transmits
 * @host:  pair
 * @pair:  queue pair, its transmit queue locked
 * @chain: fetched
 * @pskb:  gets the packet, or NULL when there is none for the stack
 *
 * Return: 0; -EIO or -EFAULT when the queue is broken.
 */
static int take(struct vnic_host *host, struct vnic_pair *pair, const struct devq_chain *chain,
		struct sk_buff **pskb)
{
	struct vnic_cursor cur = vnic_cursor(chain->sg, chain->outs);
	struct virtio_net_hdr_mrg_rxbuf hdr;
	struct net_device *dev = pair->napi.dev;
	struct vnic_queue *q = pair->tx;
	struct sk_buff *skb;
	u64 len;
	int ret;

	*pskb = NULL;
	if (chain->ins) {
		devq_break(&q->devq, VIRTQ_CHAIN_WAY, chain->outs, chain->ins);
		return -EIO;
	}
	if (chain->out_len < HDR_LEN) {
		devq_break(&q->devq, VIRTQ_UPPER, chain->out_len, HDR_LEN);
		return -EIO;
	}
	ret = vnic_mem_read(q, &cur, &hdr, sizeof(hdr));
	if (ret)
		goto err_read;
	len = chain->out_len - HDR_LEN;
	if (len < ETH_HLEN || len > PACKET_MAX || !hdr_allowed(host, &hdr.hdr)) {
		q->errors++;
		return 0;
	}
	if (!netif_running(dev)) {
		q->dropped++;
		return 0;
	}
	skb = new_skb(pair, len);
	if (!skb) {
		q->dropped++;
		return 0;
	}
	ret = fill_skb(q, &cur, skb);
	if (ret) {
		kfree_skb(skb);
		goto err_read;
	}
	/* From here on all is private memory. */
	if (virtio_net_hdr_to_skb(skb, &hdr.hdr, true)) {
		q->errors++;
		kfree_skb(skb);
		return 0;
	}
	skb_record_rx_queue(skb, q->index / 2);
	skb->protocol = eth_type_trans(skb, dev);
	count_traffic(q, len);
	*pskb = skb;
	return 0;

err_read:
	if (ret != -ENODATA)
		return ret;
	q->errors++;
	return 0;
}

/* In NAPI: fetch up to @budget packets. */
static int poll_tx(struct vnic_host *host, struct vnic_pair *pair, int budget)
{
	struct vnic_queue *q = pair->tx;
	struct sk_buff *skb, *next;
	struct devq_chain *chain;
	LIST_HEAD(skbs);
	int n = 0;

	spin_lock(&q->lock);
	if (!vnic_queue_ok(q)) {
		spin_unlock(&q->lock);
		return 0;
	}
	devq_disable_kick(&q->devq);
	q->devq.now = jiffies;
	chain = q->chains;
	chain->sg = q->sg;
	chain->max = q->devq.num;
	while (n < budget && devq_fetch(&q->devq, chain) > 0) {
		q->have = 1;
		if (take(host, pair, chain, &skb))
			break;
		devq_push(&q->devq, chain->id, 0);
		q->have = 0;
		q->flush = true;
		n++;
		if (skb)
			list_add_tail(&skb->list, &skbs);
	}
	q->devq.counters.polls++;
	virtq_batch(q->devq.counters.reaped, n);
	if (q->flush)
		vnic_queue_flush(q);
	vnic_queue_unlock(q);

	list_for_each_entry_safe(skb, next, &skbs, list) {
		skb_list_del_init(skb);
		napi_gro_receive(&pair->napi, skb);
	}
	return n;
}

int vnic_host_poll(struct napi_struct *napi, int budget)
{
	struct vnic_pair *pair = container_of(napi, struct vnic_pair, napi);
	struct vnic_queue *q = pair->tx;
	struct vnic_host *host = q->host;
	int n;

	poll_rx(host, pair);
	n = poll_tx(host, pair, budget);
	if (n == budget || !napi_complete_done(napi, n))
		return n;
	/* Ask for a kick; for what came before that, none will come. */
	spin_lock(&q->lock);
	if (vnic_queue_ok(q) && !devq_enable_kick(&q->devq))
		napi_schedule(napi);
	spin_unlock(&q->lock);
	return n;
}

/* -- a kick that was lost, a driver that is stuck ---------------------------------- */

static void expire_pending(struct vnic_host *host, struct vnic_pair *pair)
{
	struct vnic_queue *q = pair->rx;

	unfetch(q);
	devq_disable_kick(&q->devq);
	kfree_skb(pair->pending);
	pair->pending = NULL;
	q->expired++;
	q->dropped++;
	q->wakes++;
	netif_tx_wake_queue(netdev_get_tx_queue(host->netdev, q->index / 2));
}

/* Has the packet that waits for buffers waited too long? The queue is locked. */
static void look_at_rx(struct vnic_host *host, struct vnic_pair *pair)
{
	struct vnic_queue *q = pair->rx;

	if (!pair->pending || !time_after(jiffies, pair->since + PENDING_MAX))
		return;
	/* If all stood still, as a virtual machine may, the driver did not have that time. */
	if (!pair->overdue)
		pair->overdue = true;
	else if (!devq_enable_kick(&q->devq) && give_pending(host, pair))
		q->lost++;
	else if (pair->pending)
		expire_pending(host, pair);
}

/* Did the same chain wait at the last look already, and nobody is at it? */
static void look_at_tx(struct vnic_pair *pair)
{
	struct vnic_queue *q = pair->tx;
	bool waits;

	waits = !test_bit(NAPI_STATE_SCHED, &pair->napi.state) && !devq_enable_kick(&q->devq);
	if (waits && pair->waited && pair->seen == q->devq.fetched) {
		q->lost++;
		napi_schedule(&pair->napi);
	}
	pair->waited = waits;
	pair->seen = q->devq.fetched;
}

void vnic_host_timer(struct timer_list *timer)
{
	struct vnic_pair *pair = from_timer(pair, timer, timer);
	struct vnic_host *host = pair->rx->host;
	struct vnic_queue *q = pair->rx;
	bool live;

	spin_lock(&q->lock);
	live = vnic_queue_ok(q);
	if (live) {
		look_at_rx(host, pair);
		vnic_queue_unlock(q);
	} else {
		spin_unlock(&q->lock);
	}

	q = pair->tx;
	spin_lock(&q->lock);
	if (vnic_queue_ok(q)) {
		live = true;
		look_at_tx(pair);
	}
	spin_unlock(&q->lock);
	if (live)
		mod_timer(timer, jiffies + HZ);
}
