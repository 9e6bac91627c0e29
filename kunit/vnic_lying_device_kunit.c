// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the driver vnic, all of it but PCI, against a device that lies. After each lie the
 * packet is lost and counted, or the queue or the device is reset for the right reason; when
 * the device is honest again, the same network device works again; in the end it goes, and all
 * of its memory has come back.
 */
#include <linux/debugfs.h>
#include <linux/dma-mapping.h>
#include <linux/iopoll.h>
#include <linux/ip.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/tcp.h>
#include <net/sch_generic.h>

#include "vnic_model.h"

#include "../vnic/chaos.c"
#include "../vnic/ctrl.c"
#include "../vnic/debugfs.c"
#include "../vnic/dev.c"
#include "../vnic/drvq.c"
#include "../vnic/drvq_view.c"
#include "../vnic/ethtool.c"
#include "../vnic/features.c"
#include "../vnic/qstats.c"
#include "../vnic/queue.c"
#include "../vnic/rx.c"
#include "../vnic/tx.c"

struct dentry *vnic_debugfs;

/* Longer than any machine is busy. */
#define AWAIT_US (60 * USEC_PER_SEC)

/* Waits until @condition holds: its value in the end, should it never. */
#define await(condition)                                                                          \
	({                                                                                        \
		bool await_met;                                                                   \
		read_poll_timeout((bool), await_met, await_met, 500, AWAIT_US, false, condition); \
		await_met;                                                                        \
	})

/* -- an interface ---------------------------------------------------------------------- */

/* Packets that were sent, and are still somebody's. */
static atomic_t sent = ATOMIC_INIT(0);

static void sent_ends(struct sk_buff *skb)
{
	atomic_dec(&sent);
}

static int frame_arrives(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt,
			 struct net_device *orig)
{
	struct fake *f = pt->af_packet_priv;
	unsigned int len = skb->len + ETH_HLEN;

	if (len == f->len && !skb_copy_bits(skb, -ETH_HLEN, f->got, len) &&
	    !memcmp(f->got, f->frame, len))
		WRITE_ONCE(f->arrived, f->arrived + 1);
	else
		f->garbled++;
	kfree_skb(skb);
	return 0;
}

static int create(struct fake *f)
{
	struct packet_type *pt = &f->ptype;
	struct vnic *vn;

	vn = vnic_create(f->parent, &fake_bus, &f, sizeof(f));
	if (IS_ERR(vn))
		return PTR_ERR(vn);
	f->vn = vn;
	/* The packets are ours alone, and as many as fit. */
	vn->dev->priv_flags |= IFF_NO_ADDRCONF;
#ifdef CONFIG_BQL
	vn->pair[0].txq->dql.min_limit = DQL_MAX_LIMIT;
#endif
	netdev_tx_reset_queue(vn->pair[0].txq);
	pt->type = htons(ETH_P_802_EX1);
	pt->dev = vn->dev;
	pt->func = frame_arrives;
	pt->af_packet_priv = f;
	dev_add_pack(pt);
	return 0;
}

static int go_up(struct fake *f)
{
	int ret;

	rtnl_lock();
	ret = dev_open(f->vn->dev, NULL);
	rtnl_unlock();
	return ret;
}

static void go_down(struct fake *f)
{
	rtnl_lock();
	dev_close(f->vn->dev);
	rtnl_unlock();
}

/* Also when a test gave up. */
static void destroy(void *data)
{
	struct fake *f = data;

	if (f->vn) {
		struct vnic *vn = f->vn;

		/* Nobody uses it any more when the network device is gone. */
		__dev_remove_pack(&f->ptype);
		vnic_destroy(vn);
		f->vn = NULL;
		irq_work_sync(&f->answer);
		KUNIT_EXPECT_TRUE(f->test, await(!atomic_read(&fake_pools)));
		KUNIT_EXPECT_TRUE(f->test, await(!atomic_read(&sent)));
		KUNIT_EXPECT_EQ(f->test, f->wrong, 0U);
		KUNIT_EXPECT_EQ(f->test, f->garbled, 0U);
	}
	if (f->parent)
		root_device_unregister(f->parent);
	f->parent = NULL;
}

static struct fake *fake_new(struct kunit *test, u64 features)
{
	struct fake *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	fake_init(f, test, features);
	f->parent = root_device_register("vnic_lying_device");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, f->parent);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, destroy, f), 0);
	KUNIT_ASSERT_EQ(test, dma_coerce_mask_and_coherent(f->parent, DMA_BIT_MASK(64)), 0);
	return f;
}

/* What is under way in the driver, but for resets, has been done. */
static void settle(struct fake *f)
{
	struct vnic *vn = f->vn;
	unsigned int i;

	flush_work(&vn->work);
	for (i = 0; i < vn->pairs; i++)
		KUNIT_EXPECT_TRUE(f->test,
				  await(!READ_ONCE(vn->live) ||
					!test_bit(NAPI_STATE_SCHED, &vn->pair[i].napi.state)));
}

/* ... and resets. */
static void settle_all(struct fake *f)
{
	settle(f);
	flush_delayed_work(&f->vn->reset);
	settle(f);
}

/* -- does it work? ------------------------------------------------------------------------ */

/* The next frame, of no protocol. */
static void next_frame(struct fake *f, unsigned int len)
{
	struct ethhdr *eth = (struct ethhdr *)f->frame;
	unsigned int i;

	f->len = len;
	for (i = 0; i < len; i++)
		f->frame[i] = i * 7 + len + f->arrived;
	ether_addr_copy(eth->h_dest, f->vn->dev->dev_addr);
	ether_addr_copy(eth->h_source, f->raw.mac);
	eth->h_proto = htons(ETH_P_802_EX1);
}

/* The device receives it, in as many buffers as it takes. */
static void receive_frame(struct fake *f)
{
	unsigned int head = min_t(unsigned int, f->len, RX_ROOM - sizeof(struct vnet_hdr));
	unsigned int at, len, rest = f->len - head;
	struct vnet_hdr hdr = {
		.num_buffers = cpu_to_le16(1 + DIV_ROUND_UP(rest, (unsigned int)RX_ROOM)),
	};
	u8 *first = f->got;

	/* Room for it, until it comes. */
	memcpy(first, &hdr, sizeof(hdr));
	memcpy(first + sizeof(hdr), f->frame, head);
	KUNIT_EXPECT_TRUE(f->test, fake_write(f, first, sizeof(hdr) + head, sizeof(hdr) + head));
	for (at = head; at < f->len; at += len) {
		len = min_t(unsigned int, f->len - at, RX_ROOM);
		KUNIT_EXPECT_TRUE(f->test, fake_write(f, f->frame + at, len, len));
	}
}

static void expect_receives(struct fake *f, unsigned int len)
{
	unsigned int arrived = f->arrived;

	next_frame(f, len);
	rtnl_lock();
	receive_frame(f);
	fake_interrupt(f, 1, false);
	rtnl_unlock();
	KUNIT_EXPECT_TRUE(f->test, await(READ_ONCE(f->arrived) == arrived + 1));
}

/* Sends the next frame as the stack does. */
static void send_frame(struct fake *f)
{
	struct net_device *dev = f->vn->dev;
	struct sk_buff *skb = alloc_skb(LL_RESERVED_SPACE(dev) + f->len, GFP_KERNEL);

	if (!skb) {
		KUNIT_FAIL(f->test, "no memory");
		return;
	}
	skb_reserve(skb, LL_RESERVED_SPACE(dev));
	skb_put_data(skb, f->frame, f->len);
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb->protocol = htons(ETH_P_802_EX1);
	skb->dev = dev;
	skb->destructor = sent_ends;
	atomic_inc(&sent);
	dev_queue_xmit(skb);
}

/* The device takes a frame; false when there is none. */
static bool take_frame(struct fake *f, struct model_chain *c)
{
	unsigned int i;

	for (i = 1; i < 2 * f->vn->pairs; i += 2) {
		struct fake_vq *v = &f->vq[i];

		if (!v->on || !model_take(&v->m, c))
			continue;
		KUNIT_EXPECT_TRUE(f->test, fake_is_frame(f, c));
		return true;
	}
	return false;
}

/* ... and is done with all of them; returns how many there were. */
static unsigned int send_all(struct fake *f)
{
	struct model_chain *c = &f->taken;
	unsigned int i, n = 0;

	for (i = 1; i < 2 * f->vn->pairs; i += 2) {
		struct fake_vq *v = &f->vq[i];

		while (v->on && model_take(&v->m, c)) {
			n += fake_is_frame(f, c);
			model_use(&v->m, c->id, 0, c->count);
		}
	}
	return n;
}

static void expect_sends(struct fake *f, unsigned int len)
{
	/* What was off for a while is on as soon as that is known to all. */
	KUNIT_EXPECT_TRUE(f->test, await(!qdisc_tx_is_noop(f->vn->dev)));
	next_frame(f, len);
	send_frame(f);
	rtnl_lock();
	KUNIT_EXPECT_EQ(f->test, send_all(f), 1U);
	fake_interrupt(f, 1, false);
	rtnl_unlock();
	KUNIT_EXPECT_TRUE(f->test, await(!atomic_read(&sent)));
}

/* Copied, in a page of its own, in several; and the other way. */
static void expect_works(struct fake *f)
{
	settle(f);
	KUNIT_ASSERT_TRUE(f->test, f->vn->live);
	KUNIT_EXPECT_FALSE(f->test, drvq_broken(&f->vn->pair[0].rx.q));
	KUNIT_EXPECT_FALSE(f->test, drvq_broken(&f->vn->pair[0].tx.q));
	KUNIT_EXPECT_TRUE(f->test, netif_carrier_ok(f->vn->dev));
	expect_receives(f, 60);
	expect_receives(f, 1000);
	if (f->vn->features & VNET_F_MRG_RXBUF)
		expect_receives(f, 6000);
	expect_sends(f, 60);
	expect_sends(f, 1000);
	settle(f);
}

/* Up, and it works. */
static struct fake *start(struct kunit *test, u64 features)
{
	struct fake *f = fake_new(test, features);

	KUNIT_ASSERT_EQ(test, create(f), 0);
	KUNIT_ASSERT_EQ(test, go_up(f), 0);
	expect_works(f);
	return f;
}

/* -- what happened ------------------------------------------------------------------------ */

/* Only counters that go up. */
struct sums {
	struct rtnl_link_stats64 s;
	u64 resets;
	u64 rx_broken;
	u64 rx_resets;
	u64 tx_broken;
	u64 tx_resets;
};

static struct sums sums(const struct fake *f)
{
	const struct vnic *vn = f->vn;
	const struct virtq_counters *rx = &vn->pair[0].rx.q.counters;
	const struct virtq_counters *tx = &vn->pair[0].tx.q.counters;
	struct sums now = {
		.resets = vn->resets,
		.rx_broken = rx->broken,
		.rx_resets = rx->resets,
		.tx_broken = tx->broken,
		.tx_resets = tx->resets,
	};

	dev_get_stats(vn->dev, &now.s);
	return now;
}

/* Both layouts, one after the other. */
static const u64 layouts[] = { 0, VIRTQ_F_PACKED };

#define SPLIT  BIT(0)
#define PACKED BIT(1)

/* -- what is received --------------------------------------------------------------------- */

/* What becomes of a packet. */
enum fate {
	ARRIVES,
	LENGTH, /* rx_length_errors */
	FRAME, /* rx_frame_errors */
	NOTHING, /* it never was one */
};

/* A TCP packet for somebody else, and its header. */
#define LIE_FRAME 1000
#define LIE_LEN	  (sizeof(struct vnet_hdr) + LIE_FRAME)
#define LIE_TCP	  (ETH_HLEN + sizeof(struct iphdr))
#define LIE_CSUM  offsetof(struct tcphdr, check)

/* In the table: RX_ROOM, which is no constant to the compiler. */
#define LIE_ROOM 0x10000

/*
 * struct rx_lie - what a device says of a packet
 * @name:   of it
 * @fate:   what becomes of it
 * @reason: why the queue breaks, or VIRTQ_GOOD
 * @less:   features that were not agreed on
 * @used:   bytes that it says it wrote
 * @more:   further buffers that it used
 * @more_used: bytes of each of them
 * @buffers: how many it says there are
 * @flags:  of the header; and so on
 */
static const struct rx_lie {
	const char *name;
	enum fate fate;
	enum virtq_reason reason;
	u64 less;
	u32 used;
	unsigned int more;
	u32 more_used;
	u16 buffers;
	u8 flags;
	u8 gso;
	u16 hdr_len;
	u16 gso_size;
	u16 csum_start;
	u16 csum_offset;
} rx_lies[] = {
	/* lengths; and what is none, at the edges */
	{ "nothing written", LENGTH, .used = 0, .buffers = 1 },
	{ "half of a header", LENGTH, .used = 11, .buffers = 1 },
	{ "only a header", LENGTH, .used = 12, .buffers = 1 },
	{ "a byte less than an Ethernet header", LENGTH, .used = 12 + 13, .buffers = 1 },
	{ "an Ethernet header", ARRIVES, .used = 12 + 14, .buffers = 1 },
	{ "all of the buffer", ARRIVES, .used = LIE_ROOM, .buffers = 1 },
	{ "a byte more than the buffer", NOTHING, VIRTQ_USED_LEN, .used = LIE_ROOM + 1,
	  .buffers = 1 },
	{ "2^32 - 1 bytes", NOTHING, VIRTQ_USED_LEN, .used = ~0U, .buffers = 1 },
	/* buffers */
	{ "no buffer", LENGTH, VIRTQ_UPPER, .used = LIE_LEN, .buffers = 0 },
	{ "one buffer more than a packet has", LENGTH, VIRTQ_UPPER, .used = LIE_LEN,
	  .more = RX_BUFFERS, .more_used = 100, .buffers = RX_BUFFERS + 1 },
	{ "as many buffers as a packet has", ARRIVES, .used = LIE_LEN, .more = RX_BUFFERS - 1,
	  .more_used = 100, .buffers = RX_BUFFERS },
	{ "as many, and full", ARRIVES, .used = LIE_ROOM, .more = RX_BUFFERS - 1,
	  .more_used = LIE_ROOM, .buffers = RX_BUFFERS },
	{ "as many, all others empty", ARRIVES, .used = LIE_LEN, .more = RX_BUFFERS - 1,
	  .more_used = 0, .buffers = RX_BUFFERS },
	{ "65535 buffers", LENGTH, VIRTQ_UPPER, .used = LIE_LEN, .buffers = 65535 },
	{ "one buffer more than were used", LENGTH, VIRTQ_UPPER, .used = LIE_LEN, .more = 1,
	  .more_used = 100, .buffers = 3 },
	{ "many buffers more than were used", LENGTH, VIRTQ_UPPER, .used = LIE_LEN,
	  .buffers = RX_BUFFERS },
	{ "a second buffer that is empty", ARRIVES, .used = LIE_LEN, .more = 1, .buffers = 2 },
	{ "a second buffer that is too long", LENGTH, VIRTQ_USED_LEN, .used = LIE_LEN, .more = 1,
	  .more_used = LIE_ROOM + 1, .buffers = 2 },
	{ "a short packet in two buffers", ARRIVES, .used = 12 + 60, .more = 1, .more_used = 1,
	  .buffers = 2 },
	{ "a number of buffers, not agreed on", ARRIVES, .less = VNET_F_MRG_RXBUF, .used = LIE_LEN,
	  .buffers = 65535 },
	/* segments */
	{ "segments of a kind that nobody knows", FRAME, .used = LIE_LEN, .buffers = 1, .gso = 0x7f,
	  .gso_size = 100 },
	{ "UDP fragments", FRAME, .used = LIE_LEN, .buffers = 1, .gso = 3, .gso_size = 100 },
	{ "UDP segments", FRAME, .used = LIE_LEN, .buffers = 1, .gso = 5, .gso_size = 100 },
	{ "TCP/IPv4 segments", ARRIVES, .used = LIE_LEN, .buffers = 1, .gso = VNET_GSO_TCPV4,
	  .flags = VNET_HDR_NEEDS_CSUM, .hdr_len = LIE_TCP + 20, .gso_size = 100,
	  .csum_start = LIE_TCP, .csum_offset = LIE_CSUM },
	{ "TCP/IPv4 segments, not agreed on", FRAME, .less = VNET_F_GUEST_TSO4, .used = LIE_LEN,
	  .buffers = 1, .gso = VNET_GSO_TCPV4, .flags = VNET_HDR_NEEDS_CSUM,
	  .hdr_len = LIE_TCP + 20, .gso_size = 100, .csum_start = LIE_TCP,
	  .csum_offset = LIE_CSUM },
	{ "TCP/IPv6 segments, not agreed on", FRAME, .less = VNET_F_GUEST_TSO6, .used = LIE_LEN,
	  .buffers = 1, .gso = VNET_GSO_TCPV6, .flags = VNET_HDR_NEEDS_CSUM,
	  .hdr_len = LIE_TCP + 20, .gso_size = 100, .csum_start = LIE_TCP,
	  .csum_offset = LIE_CSUM },
	{ "segments with ECN, not agreed on", FRAME, .less = VNET_F_GUEST_ECN, .used = LIE_LEN,
	  .buffers = 1, .gso = VNET_GSO_TCPV4 | VNET_GSO_ECN, .flags = VNET_HDR_NEEDS_CSUM,
	  .hdr_len = LIE_TCP + 20, .gso_size = 100, .csum_start = LIE_TCP,
	  .csum_offset = LIE_CSUM },
	{ "ECN of no segments", FRAME, .used = LIE_LEN, .buffers = 1, .gso = VNET_GSO_ECN,
	  .gso_size = 100 },
	{ "segments of no bytes", FRAME, .used = LIE_LEN, .buffers = 1, .gso = VNET_GSO_TCPV4,
	  .flags = VNET_HDR_NEEDS_CSUM, .hdr_len = LIE_TCP + 20, .gso_size = 0,
	  .csum_start = LIE_TCP, .csum_offset = LIE_CSUM },
	{ "segments of 65535 bytes", FRAME, .used = LIE_LEN, .buffers = 1, .gso = VNET_GSO_TCPV4,
	  .flags = VNET_HDR_NEEDS_CSUM, .hdr_len = LIE_TCP + 20, .gso_size = 65535,
	  .csum_start = LIE_TCP, .csum_offset = LIE_CSUM },
	/* A hint, which nobody takes. */
	{ "headers longer than the packet", ARRIVES, .used = LIE_LEN, .buffers = 1,
	  .gso = VNET_GSO_TCPV4, .flags = VNET_HDR_NEEDS_CSUM, .hdr_len = LIE_FRAME + 1,
	  .gso_size = 100, .csum_start = LIE_TCP, .csum_offset = LIE_CSUM },
	{ "segments of a packet without TCP", FRAME, .used = 12 + LIE_TCP + 19, .buffers = 1,
	  .gso = VNET_GSO_TCPV4, .flags = VNET_HDR_NEEDS_CSUM, .hdr_len = LIE_TCP, .gso_size = 100,
	  .csum_start = LIE_TCP, .csum_offset = LIE_CSUM },
	{ "segments of an Ethernet header", FRAME, .used = 12 + 14, .buffers = 1,
	  .gso = VNET_GSO_TCPV4, .hdr_len = 14, .gso_size = 1 },
	/* checksums */
	{ "a partial checksum", ARRIVES, .used = LIE_LEN, .buffers = 1,
	  .flags = VNET_HDR_NEEDS_CSUM, .csum_start = LIE_TCP, .csum_offset = LIE_CSUM },
	{ "a partial checksum, not agreed on", FRAME,
	  .less = VNET_F_GUEST_CSUM | VNET_F_GUEST_TSO4 | VNET_F_GUEST_TSO6, .used = LIE_LEN,
	  .buffers = 1, .flags = VNET_HDR_NEEDS_CSUM, .csum_start = LIE_TCP,
	  .csum_offset = LIE_CSUM },
	{ "a checksum that starts behind the packet", FRAME, .used = LIE_LEN, .buffers = 1,
	  .flags = VNET_HDR_NEEDS_CSUM, .csum_start = LIE_FRAME, .csum_offset = LIE_CSUM },
	{ "a checksum that lies behind the packet", FRAME, .used = LIE_LEN, .buffers = 1,
	  .flags = VNET_HDR_NEEDS_CSUM, .csum_start = LIE_TCP,
	  .csum_offset = LIE_FRAME - LIE_TCP - 1 },
	{ "a checksum at the end of numbers", FRAME, .used = LIE_LEN, .buffers = 1,
	  .flags = VNET_HDR_NEEDS_CSUM, .csum_start = 65535, .csum_offset = 65535 },
	{ "a checksum from the beginning", FRAME, .used = LIE_LEN, .buffers = 1,
	  .flags = VNET_HDR_NEEDS_CSUM, .csum_start = 0, .csum_offset = 0 },
	{ "a partial checksum that lies in the second buffer", ARRIVES, .used = 12 + LIE_TCP,
	  .more = 1, .more_used = 100, .buffers = 2, .flags = VNET_HDR_NEEDS_CSUM,
	  .csum_start = LIE_TCP, .csum_offset = LIE_CSUM },
	{ "flags that nobody knows", ARRIVES, .used = LIE_LEN, .buffers = 1, .flags = 0xfc },
};

static void rx_lie_name(const struct rx_lie *l, char *desc)
{
	strscpy(desc, l->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(rx_lie, rx_lies, rx_lie_name);

static u32 lie_bytes(u32 used)
{
	return used >= LIE_ROOM && used != ~0U ? used - LIE_ROOM + RX_ROOM : used;
}

static void tell_rx(struct fake *f, const struct rx_lie *l)
{
	const struct vnet_hdr hdr = {
		.flags = l->flags,
		.gso_type = l->gso,
		.hdr_len = cpu_to_le16(l->hdr_len),
		.gso_size = cpu_to_le16(l->gso_size),
		.csum_start = cpu_to_le16(l->csum_start),
		.csum_offset = cpu_to_le16(l->csum_offset),
		.num_buffers = cpu_to_le16(l->buffers),
	};
	struct ethhdr *eth = (void *)f->got + sizeof(hdr);
	struct iphdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp = (void *)(ip + 1);
	unsigned int i;

	memset(f->got, 0, LIE_LEN);
	memcpy(f->got, &hdr, sizeof(hdr));
	eth->h_dest[0] = 2;
	eth->h_proto = htons(ETH_P_IP);
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(LIE_FRAME - ETH_HLEN);
	ip->ttl = 64;
	ip->protocol = IPPROTO_TCP;
	tcp->doff = 5;

	KUNIT_EXPECT_TRUE(f->test, fake_write(f, f->got, LIE_LEN, lie_bytes(l->used)));
	for (i = 0; i < l->more; i++)
		KUNIT_EXPECT_TRUE(f->test, fake_write(f, f->got, LIE_LEN, lie_bytes(l->more_used)));
}

static void lying_rx(struct kunit *test)
{
	const struct rx_lie *l = test->param_value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct fake *f = start(test, (FAKE_FEATURES | layouts[i]) & ~l->less);
		struct drvq *q = &f->vn->pair[0].rx.q;
		struct sums was = sums(f), now;

		rtnl_lock();
		tell_rx(f, l);
		fake_interrupt(f, 1, false);
		rtnl_unlock();
		settle_all(f);
		now = sums(f);
		KUNIT_EXPECT_EQ(test, now.s.rx_packets - was.s.rx_packets, l->fate == ARRIVES);
		KUNIT_EXPECT_EQ(test, now.s.rx_length_errors - was.s.rx_length_errors,
				l->fate == LENGTH);
		KUNIT_EXPECT_EQ(test, now.s.rx_frame_errors - was.s.rx_frame_errors,
				l->fate == FRAME);
		KUNIT_EXPECT_EQ(test, now.s.rx_dropped - was.s.rx_dropped, 0ULL);
		KUNIT_EXPECT_EQ(test, now.rx_broken, l->reason != VIRTQ_GOOD);
		KUNIT_EXPECT_EQ(test, now.rx_resets, l->reason != VIRTQ_GOOD);
		KUNIT_EXPECT_EQ(test, q->last_fault.reason, l->reason);
		KUNIT_EXPECT_EQ(test, now.resets, 0ULL);
		expect_works(f);
		destroy(f);
	}
}

/* -- what is sent --------------------------------------------------------------------------- */

/* Three packets were sent, and the device has them all. */
#define SENT 3

static void tx_twice(struct fake *f, struct model *m, const struct model_chain *c)
{
	model_use(m, c[0].id, 0, c[0].count);
	model_use(m, c[0].id, 0, c[0].count);
}

static void tx_twice_later(struct fake *f, struct model *m, const struct model_chain *c)
{
	model_use(m, c[1].id, 0, c[1].count);
	fake_interrupt(f, 1, false);
	KUNIT_EXPECT_TRUE(f->test, await(atomic_read(&sent) == SENT - 1));
	model_use(m, c[1].id, 0, c[1].count);
}

static void tx_nobodys(struct fake *f, struct model *m, const struct model_chain *c)
{
	model_use(m, (c[0].id + m->num / 2) % m->num, 0, 1);
}

static void tx_beyond(struct fake *f, struct model *m, const struct model_chain *c)
{
	model_use(m, m->num, 0, 1);
}

static void tx_huge(struct fake *f, struct model *m, const struct model_chain *c)
{
	model_use(m, 0xffff, 0, 1);
}

static void tx_written(struct fake *f, struct model *m, const struct model_chain *c)
{
	unsigned int i;

	for (i = 0; i < SENT; i++)
		model_use(m, c[i].id, i ? ~0U : 1, c[i].count);
}

static void tx_one_more(struct fake *f, struct model *m, const struct model_chain *c)
{
	unsigned int i;

	for (i = 0; i < SENT; i++)
		model_use(m, c[i].id, 0, c[i].count);
	model_use(m, c[0].id, 0, c[0].count);
}

static void tx_lap_more(struct fake *f, struct model *m, const struct model_chain *c)
{
	WRITE_ONCE(model_used(m)->idx, cpu_to_le16(m->used + m->num + 1));
}

static void tx_all(struct fake *f, struct model *m, const struct model_chain *c)
{
	unsigned int i;

	for (i = 0; i < SENT; i++)
		model_use(m, c[i].id, 0, c[i].count);
}

static void tx_backwards(struct fake *f, struct model *m, const struct model_chain *c)
{
	unsigned int i;

	for (i = SENT; i--;)
		model_use(m, c[i].id, 0, c[i].count);
}

/* What becomes of them: @done came back, and if that is not all, the queue is reset. */
static const struct tx_lie {
	const char *name;
	unsigned int layouts;
	unsigned int done;
	enum virtq_reason reason;
	void (*tell)(struct fake *f, struct model *m, const struct model_chain *c);
} tx_lies[] = {
	{ "all at once", SPLIT | PACKED, SENT, VIRTQ_GOOD, tx_all },
	{ "the last one first", SPLIT | PACKED, SENT, VIRTQ_GOOD, tx_backwards },
	{ "one twice", SPLIT | PACKED, 1, VIRTQ_USED_IDLE, tx_twice },
	{ "one again, later", SPLIT | PACKED, 1, VIRTQ_USED_IDLE, tx_twice_later },
	{ "one that was not sent", SPLIT | PACKED, 0, VIRTQ_USED_IDLE, tx_nobodys },
	{ "one behind the end of the ring", SPLIT | PACKED, 0, VIRTQ_USED_RANGE, tx_beyond },
	{ "packet 65535", SPLIT | PACKED, 0, VIRTQ_USED_RANGE, tx_huge },
	{ "one that was written to", SPLIT | PACKED, SENT, VIRTQ_GOOD, tx_written },
	{ "one more than there are", SPLIT, 0, VIRTQ_USED_JUMP, tx_one_more },
	{ "one more than there are, packed", PACKED, SENT, VIRTQ_USED_IDLE, tx_one_more },
	{ "a lap more than there are", SPLIT, 0, VIRTQ_USED_JUMP, tx_lap_more },
};

static void tx_lie_name(const struct tx_lie *l, char *desc)
{
	strscpy(desc, l->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(tx_lie, tx_lies, tx_lie_name);

static void lying_tx(struct kunit *test)
{
	struct model_chain *c = kunit_kcalloc(test, SENT, sizeof(*c), GFP_KERNEL);
	const struct tx_lie *l = test->param_value;
	unsigned int i, n;

	KUNIT_ASSERT_NOT_NULL(test, c);
	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct sums was, now;
		struct fake *f;
		bool broken;

		if (!(l->layouts & BIT(i)))
			continue;
		f = start(test, FAKE_FEATURES | layouts[i]);
		was = sums(f);
		next_frame(f, 100);
		for (n = 0; n < SENT; n++)
			send_frame(f);
		rtnl_lock();
		for (n = 0; n < SENT; n++)
			KUNIT_EXPECT_TRUE(test, take_frame(f, &c[n]));
		l->tell(f, &f->vq[1].m, c);
		fake_interrupt(f, 1, false);
		rtnl_unlock();
		settle_all(f);
		KUNIT_EXPECT_TRUE(test, await(!atomic_read(&sent)));
		now = sums(f);
		broken = l->reason != VIRTQ_GOOD;
		KUNIT_EXPECT_EQ(test, now.s.tx_packets - was.s.tx_packets, l->done);
		KUNIT_EXPECT_EQ(test, now.s.tx_dropped - was.s.tx_dropped, SENT - l->done);
		KUNIT_EXPECT_EQ(test, now.tx_broken, broken);
		KUNIT_EXPECT_EQ(test, now.tx_resets, broken);
		KUNIT_EXPECT_EQ(test, f->vn->pair[0].tx.q.last_fault.reason, l->reason);
		KUNIT_EXPECT_EQ(test, now.resets, 0ULL);
		expect_works(f);
		destroy(f);
	}
}

/* Fills the ring; returns how many packets that took. */
static unsigned int fill_tx(struct fake *f)
{
	const struct netdev_queue *txq = f->vn->pair[0].txq;
	unsigned int n;

	next_frame(f, 60);
	for (n = 0; n < FAKE_NUM && !netif_tx_queue_stopped(txq); n++)
		send_frame(f);
	KUNIT_EXPECT_TRUE(f->test, netif_tx_queue_stopped(txq));
	return n;
}

static void bite(struct fake *f)
{
	local_bh_disable();
	vnic_tx_timeout(f->vn->dev, 0);
	local_bh_enable();
}

/* The watchdog: it notifies once more, and the next time resets the queue. */
static void never_returns(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct fake *f = start(test, FAKE_FEATURES | layouts[i]);
		struct sums was = sums(f), now;
		unsigned int n = fill_tx(f);

		KUNIT_EXPECT_EQ(test, atomic_read(&sent), n);
		bite(f);
		bite(f);
		settle_all(f);
		now = sums(f);
		KUNIT_EXPECT_TRUE(test, await(!atomic_read(&sent)));
		KUNIT_EXPECT_EQ(test, now.s.tx_packets, was.s.tx_packets);
		KUNIT_EXPECT_EQ(test, now.s.tx_dropped - was.s.tx_dropped, n);
		KUNIT_EXPECT_EQ(test, now.tx_resets, 1ULL);
		expect_works(f);

		/* All of a full ring in one interrupt is none. */
		n = fill_tx(f);
		was = sums(f);
		rtnl_lock();
		KUNIT_EXPECT_EQ(test, send_all(f), n);
		fake_interrupt(f, 1, false);
		rtnl_unlock();
		KUNIT_EXPECT_TRUE(test, await(!atomic_read(&sent)));
		settle_all(f);
		now = sums(f);
		KUNIT_EXPECT_EQ(test, now.s.tx_packets - was.s.tx_packets, n);
		expect_works(f);

		/* And nothing keeps it from going with a full ring. */
		fill_tx(f);
		destroy(f);
	}
}

/* -- interrupts ------------------------------------------------------------------------------ */

static void interrupt_early(struct fake *f)
{
	fake_interrupt(f, 10, true);
}

static void interrupts(struct kunit *test)
{
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct fake *f = fake_new(test, FAKE_FEATURES | layouts[i]);
		u64 irqs;

		KUNIT_ASSERT_EQ(test, create(f), 0);
		/* Before it was ever up, and until DRIVER_OK. */
		interrupt_early(f);
		f->early = interrupt_early;
		KUNIT_ASSERT_EQ(test, go_up(f), 0);
		f->early = NULL;
		settle_all(f);
		KUNIT_EXPECT_EQ(test, f->vn->resets, 0ULL);
		expect_works(f);

		/* Thousands, and nothing there. */
		irqs = f->vn->pair[0].irqs;
		for (n = 0; n < 100; n++)
			fake_interrupt(f, 50, true);
		settle_all(f);
		KUNIT_EXPECT_GE(test, f->vn->pair[0].irqs, irqs + 5000);
		KUNIT_EXPECT_EQ(test, f->vn->resets, 0ULL);
		KUNIT_EXPECT_EQ(test, sums(f).rx_broken + sums(f).tx_broken, 0ULL);
		expect_works(f);

		/* When all queues are gone. */
		go_down(f);
		KUNIT_EXPECT_PTR_EQ(test, f->vn->pair[0].rx.mem, NULL);
		KUNIT_EXPECT_PTR_EQ(test, f->vn->ctrl.vq.mem, NULL);
		for (n = 0; n < 10; n++)
			interrupt_early(f);
		settle_all(f);
		KUNIT_ASSERT_EQ(test, go_up(f), 0);
		settle_all(f);
		KUNIT_EXPECT_EQ(test, f->vn->resets, 0ULL);
		expect_works(f);
		destroy(f);
	}
}

/* Something used as soon as the ring is there. */
static void use_early(struct fake *f)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (f->vq[i].on && !f->vq[i].m.used && !(f->status & VPCI_STATUS_DRIVER_OK))
			model_use(&f->vq[i].m, 0, 0, 1);
}

static void used_early(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct fake *f = fake_new(test, FAKE_FEATURES | layouts[i]);

		KUNIT_ASSERT_EQ(test, create(f), 0);
		f->early = use_early;
		KUNIT_ASSERT_EQ(test, go_up(f), 0);
		f->early = NULL;
		fake_interrupt(f, 1, false);
		settle_all(f);
		settle_all(f);
		KUNIT_EXPECT_EQ(test, sums(f).rx_broken, 1ULL);
		KUNIT_EXPECT_EQ(test, sums(f).tx_broken, 1ULL);
		KUNIT_EXPECT_EQ(test, f->vn->resets, 0ULL);
		expect_works(f);
		destroy(f);
	}
}

/* -- commands ---------------------------------------------------------------------------------- */

static void ctrl_mute(struct fake *f, struct fake_vq *v, const struct model_chain *c)
{
}

static void ctrl_silent(struct fake *f, struct fake_vq *v, const struct model_chain *c)
{
	fake_say(c, VNET_OK);
	model_use(&v->m, c->id, 1, c->count);
}

static void ctrl_use(struct fake *f, struct fake_vq *v, u16 id, u32 len, u16 count)
{
	model_use(&v->m, id, len, count);
	vnic_ctrl_irq(f->vn);
}

static void ctrl_error(struct fake *f, struct fake_vq *v, const struct model_chain *c)
{
	fake_say(c, VNET_ERR);
	ctrl_use(f, v, c->id, 1, c->count);
}

static void ctrl_nonsense(struct fake *f, struct fake_vq *v, const struct model_chain *c)
{
	fake_say(c, 77);
	ctrl_use(f, v, c->id, 1, c->count);
}

static void ctrl_nothing(struct fake *f, struct fake_vq *v, const struct model_chain *c)
{
	ctrl_use(f, v, c->id, 0, c->count);
}

static void ctrl_twice(struct fake *f, struct fake_vq *v, const struct model_chain *c)
{
	fake_say(c, VNET_OK);
	model_use(&v->m, c->id, 1, c->count);
	ctrl_use(f, v, c->id, 1, c->count);
}

static void ctrl_twice_later(struct fake *f, struct fake_vq *v, const struct model_chain *c)
{
	fake_say(c, VNET_OK);
	ctrl_use(f, v, c->id, 1, c->count);
	ctrl_use(f, v, c->id, 1, c->count);
}

static void ctrl_beyond(struct fake *f, struct fake_vq *v, const struct model_chain *c)
{
	fake_say(c, VNET_OK);
	ctrl_use(f, v, v->m.num, 1, c->count);
}

static void ctrl_nobodys(struct fake *f, struct fake_vq *v, const struct model_chain *c)
{
	fake_say(c, VNET_OK);
	ctrl_use(f, v, (c->id + v->m.num / 2) % v->m.num, 1, c->count);
}

static void ctrl_long(struct fake *f, struct fake_vq *v, const struct model_chain *c)
{
	fake_say(c, VNET_OK);
	ctrl_use(f, v, c->id, 2, c->count);
}

/* What the command returns, why the queue broke, how often the device was reset. */
static const struct ctrl_lie {
	const char *name;
	unsigned int layouts;
	int ret;
	enum virtq_reason reason;
	u64 resets;
	void (*tell)(struct fake *f, struct fake_vq *v, const struct model_chain *c);
} ctrl_lies[] = {
	{ "an error", SPLIT | PACKED, -EIO, VIRTQ_GOOD, 0, ctrl_error },
	{ "neither success nor error", SPLIT | PACKED, -EIO, VIRTQ_GOOD, 0, ctrl_nonsense },
	{ "done, and no answer", SPLIT | PACKED, -EIO, VIRTQ_GOOD, 0, ctrl_nothing },
	{ "an answer without an interrupt", SPLIT | PACKED, 0, VIRTQ_GOOD, 0, ctrl_silent },
	{ "never", SPLIT | PACKED, -ETIMEDOUT, VIRTQ_GOOD, 1, ctrl_mute },
	{ "twice", SPLIT, -ENODEV, VIRTQ_USED_JUMP, 1, ctrl_twice },
	{ "twice, packed", PACKED, 0, VIRTQ_USED_IDLE, 1, ctrl_twice },
	{ "again, later", SPLIT, 0, VIRTQ_USED_JUMP, 1, ctrl_twice_later },
	{ "again, later, packed", PACKED, 0, VIRTQ_USED_IDLE, 1, ctrl_twice_later },
	{ "an id behind the end of the ring", SPLIT | PACKED, -ENODEV, VIRTQ_USED_RANGE, 1,
	  ctrl_beyond },
	{ "an id that nobody has", SPLIT | PACKED, -ENODEV, VIRTQ_USED_IDLE, 1, ctrl_nobodys },
	{ "an answer of two bytes", SPLIT | PACKED, 0, VIRTQ_GOOD, 0, ctrl_long },
};

static void ctrl_lie_name(const struct ctrl_lie *l, char *desc)
{
	strscpy(desc, l->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(ctrl_lie, ctrl_lies, ctrl_lie_name);

static int command(struct vnic *vn)
{
	const u8 on = 1;

	return vnic_command(vn, VNET_CTRL_RX, VNET_CTRL_RX_PROMISC, &on, sizeof(on));
}

static void lying_ctrl(struct kunit *test)
{
	const struct ctrl_lie *l = test->param_value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct vnic_ctrl *ctrl;
		struct fake *f;
		int ret;

		if (!(l->layouts & BIT(i)))
			continue;
		f = start(test, FAKE_FEATURES | layouts[i]);
		ctrl = &f->vn->ctrl;
		f->ctrl = l->tell;
		rtnl_lock();
		ret = command(f->vn);
		f->ctrl = NULL;
		rtnl_unlock();
		KUNIT_EXPECT_EQ(test, ret, l->ret);
		settle_all(f);
		KUNIT_EXPECT_EQ(test, f->vn->resets, l->resets);
		KUNIT_EXPECT_EQ(test, ctrl->vq.q.last_fault.reason, l->reason);
		KUNIT_EXPECT_EQ(test, ctrl->failed, l->ret == -EIO);
		KUNIT_EXPECT_EQ(test, ctrl->timeouts, l->ret == -ETIMEDOUT);
		KUNIT_EXPECT_EQ(test, ctrl->vq.lost_interrupts, l->tell == ctrl_silent);
		rtnl_lock();
		KUNIT_EXPECT_EQ(test, command(f->vn), 0);
		rtnl_unlock();
		expect_works(f);
		destroy(f);
	}
}

/* A command that somebody waits for without RTNL. */
struct waiter {
	struct work_struct work;
	struct fake *f;
	int ret;
};

static void wait_for_command(struct work_struct *work)
{
	struct waiter *w = container_of(work, struct waiter, work);

	w->ret = command(w->f->vn);
}

/* It goes down, or for ever, while a command is under way. */
static void down_under_command(struct kunit *test)
{
	struct waiter w;
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct fake *f = start(test, FAKE_FEATURES | layouts[i]);

		w.f = f;
		w.ret = 0;
		f->ctrl = ctrl_mute;
		n = f->commands;
		INIT_WORK_ONSTACK(&w.work, wait_for_command);
		queue_work(system_unbound_wq, &w.work);
		KUNIT_EXPECT_TRUE(test, await(READ_ONCE(f->commands) == n + 1));
		go_down(f);
		flush_work(&w.work);
		destroy_work_on_stack(&w.work);
		/* It was told, unless it took too long to tell. */
		KUNIT_EXPECT_TRUE(test, w.ret == -ENODEV || w.ret == -ETIMEDOUT);
		f->ctrl = NULL;
		KUNIT_ASSERT_EQ(test, go_up(f), 0);
		settle_all(f);
		expect_works(f);

		/* The driver's own work waits, and has RTNL. */
		f->ctrl = ctrl_mute;
		n = f->commands;
		vnic_todo(f->vn, VNIC_DO_RX_MODE);
		KUNIT_EXPECT_TRUE(test, await(READ_ONCE(f->commands) == n + 1));
		destroy(f);
	}
}

/* One that never answers, from the beginning: up, without what needs commands. */
static void mute_from_start(struct kunit *test)
{
	struct fake *f = fake_new(test, FAKE_FEATURES | VNET_F_MQ);

	KUNIT_ASSERT_EQ(test, create(f), 0);
	f->ctrl = ctrl_mute;
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_open(f->vn->dev, NULL), 0);
	KUNIT_EXPECT_EQ(test, f->vn->ctrl.timeouts, 1ULL);
	KUNIT_EXPECT_EQ(test, f->vn->dev->real_num_tx_queues, 1U);
	f->ctrl = NULL;
	rtnl_unlock();
	settle_all(f);
	KUNIT_EXPECT_EQ(test, f->vn->resets, 1ULL);
	KUNIT_EXPECT_EQ(test, f->vn->dev->real_num_tx_queues, f->vn->pairs);
	expect_works(f);
	destroy(f);
}

/* -- queue pairs ------------------------------------------------------------------------------- */

static unsigned int channels(struct vnic *vn)
{
	struct ethtool_channels ch = {};

	vnic_ethtool_ops.get_channels(vn->dev, &ch);
	return ch.combined_count;
}

static int set_channels(struct vnic *vn, unsigned int pairs)
{
	struct ethtool_channels ch = { .combined_count = pairs };

	return vnic_ethtool_ops.set_channels(vn->dev, &ch);
}

static const struct channels_lie {
	const char *name;
	void (*tell)(struct fake *f, struct fake_vq *v, const struct model_chain *c);
} channels_lies[] = {
	{ "an error", ctrl_error },
	{ "no answer", ctrl_mute },
};

static void channels_lie_name(const struct channels_lie *l, char *desc)
{
	strscpy(desc, l->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(channels_lie, channels_lies, channels_lie_name);

/* One that does not use as many pairs as it is told: as many as before, or one. */
static void lying_channels(struct kunit *test)
{
	const struct channels_lie *l = test->param_value;
	struct fake *f = start(test, FAKE_FEATURES | VNET_F_MQ);
	struct net_device *dev = f->vn->dev;

	if (f->vn->pairs < 2) {
		destroy(f);
		kunit_skip(test, "one CPU");
	}
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, set_channels(f->vn, 1), 0);
	f->ctrl = l->tell;
	KUNIT_EXPECT_EQ(test, set_channels(f->vn, 2), -EIO);
	f->ctrl = NULL;
	rtnl_unlock();
	settle_all(f);
	KUNIT_EXPECT_EQ(test, f->vn->resets, 1ULL);
	KUNIT_EXPECT_EQ(test, f->vn->pairs, 1U);
	KUNIT_EXPECT_EQ(test, dev->real_num_tx_queues, 1U);
	expect_works(f);
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, set_channels(f->vn, 2), 0);
	KUNIT_EXPECT_EQ(test, channels(f->vn), 2U);
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, dev->real_num_tx_queues, 2U);
	expect_works(f);

	/* The same from the beginning, and nobody asks for less. */
	go_down(f);
	f->ctrl = l->tell;
	KUNIT_ASSERT_EQ(test, go_up(f), 0);
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, channels(f->vn), 1U);
	f->ctrl = NULL;
	KUNIT_EXPECT_EQ(test, set_channels(f->vn, 2), 0);
	KUNIT_EXPECT_EQ(test, channels(f->vn), 2U);
	rtnl_unlock();
	settle_all(f);
	expect_works(f);
	destroy(f);
}

/* -- the device as a whole ------------------------------------------------------------ */

static void state_needs_reset(struct fake *f)
{
	f->status |= VPCI_STATUS_NEEDS_RESET;
}

static void state_was_reset(struct fake *f)
{
	fake_reset(f->vn);
}

static void state_failed(struct fake *f)
{
	f->status = VPCI_STATUS_FAILED;
}

/* What it does, and whether it says so. */
static const struct state_lie {
	const char *name;
	bool news;
	void (*tell)(struct fake *f);
} state_lies[] = {
	{ "it asks for a reset", true, state_needs_reset },
	{ "somebody reset it", true, state_was_reset },
	{ "it says that the driver failed", true, state_failed },
	{ "it asks for a reset in silence", false, state_needs_reset },
	{ "somebody reset it in silence", false, state_was_reset },
};

static void state_lie_name(const struct state_lie *l, char *desc)
{
	strscpy(desc, l->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(state_lie, state_lies, state_lie_name);

static void lying_state(struct kunit *test)
{
	const struct state_lie *l = test->param_value;
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct fake *f = start(test, FAKE_FEATURES | layouts[i]);

		l->tell(f);
		if (l->news)
			fake_interrupt(f, 1, true);
		/* The second look sees that nothing moves. */
		for (n = 0; n < 2 && !l->news; n++)
			flush_delayed_work(&f->vn->watch);
		settle_all(f);
		KUNIT_EXPECT_EQ(test, f->vn->resets, 1ULL);
		expect_works(f);
		destroy(f);
	}
}

/*
 * Recoveries that fail, the first of them soon, the others at the latest when they are asked for:
 * spaced more and more, and no end of trying.
 */
static void expect_fails_on(struct fake *f, unsigned int times)
{
	struct vnic *vn = f->vn;
	unsigned long backoff = 0;
	unsigned int n;
	u64 resets;

	flush_work(&vn->work);
	KUNIT_EXPECT_TRUE(f->test, await(READ_ONCE(vn->resets)));
	for (n = 0; n < times; n++) {
		rtnl_lock();
		/* One has failed, the next will come or waits for us. */
		KUNIT_EXPECT_TRUE(f->test, work_busy(&vn->reset.work));
		KUNIT_EXPECT_FALSE(f->test, vn->live);
		KUNIT_EXPECT_GE(f->test, vn->backoff, backoff);
		KUNIT_EXPECT_GT(f->test, vn->backoff, 0UL);
		KUNIT_EXPECT_LE(f->test, vn->backoff, BACKOFF_MAX);
		backoff = vn->backoff;
		resets = vn->resets;
		rtnl_unlock();
		flush_delayed_work(&vn->reset);
		KUNIT_EXPECT_GT(f->test, READ_ONCE(vn->resets), resets);
	}
}

/* Honest again; a recovery that had begun before may still fail. */
static void expect_recovers(struct fake *f)
{
	struct vnic *vn = f->vn;

	rtnl_lock();
	rtnl_unlock();
	KUNIT_EXPECT_TRUE(f->test, await((flush_delayed_work(&vn->reset), READ_ONCE(vn->live))));
	expect_works(f);
}

/* Pulled out: all reads give ones. */
static void gone(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct fake *f = start(test, FAKE_FEATURES | layouts[i]);

		f->gone = true;
		fake_interrupt(f, 1, true);
		expect_fails_on(f, 20);
		/* It was a loose contact. */
		f->gone = false;
		expect_recovers(f);

		f->gone = true;
		destroy(f);
	}
}

/* Gone while it is being made, or down. */
static void gone_before(struct kunit *test)
{
	struct fake *f = fake_new(test, FAKE_FEATURES);

	f->gone = true;
	KUNIT_EXPECT_EQ(test, create(f), -ENODEV);
	f->gone = false;
	KUNIT_ASSERT_EQ(test, create(f), 0);
	f->gone = true;
	KUNIT_EXPECT_EQ(test, go_up(f), -ENODEV);
	f->gone = false;
	KUNIT_ASSERT_EQ(test, go_up(f), 0);
	expect_works(f);
	destroy(f);
}

/* A reset that never gets done: when it is made, when it goes up, when it is to be recovered. */
static void stuck(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct fake *f = fake_new(test, FAKE_FEATURES | layouts[i]);

		f->stuck = 1;
		KUNIT_EXPECT_EQ(test, create(f), -ETIMEDOUT);
		KUNIT_EXPECT_PTR_EQ(test, f->vn, NULL);
		KUNIT_ASSERT_EQ(test, create(f), 0);
		f->stuck = 1;
		KUNIT_EXPECT_EQ(test, go_up(f), -ETIMEDOUT);
		KUNIT_EXPECT_FALSE(test, f->vn->live);
		KUNIT_ASSERT_EQ(test, go_up(f), 0);
		expect_works(f);

		f->stuck = ~0U;
		state_needs_reset(f);
		fake_interrupt(f, 1, true);
		expect_fails_on(f, 10);
		f->stuck = 0;
		expect_recovers(f);

		/* Down and gone, whatever it does. */
		f->stuck = ~0U;
		if (!i)
			go_down(f);
		destroy(f);
	}
}

/* A virtqueue that cannot be reset, or started again: then all of it is reset. */
static void bad_queue_reset(struct kunit *test)
{
	static const struct rx_lie lie = { .used = ~0U, .buffers = 1 };
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		for (n = 0; n < 3; n++) {
			u64 less = n == 2 ? VNET_F_RING_RESET : 0;
			struct fake *f = start(test, (FAKE_FEATURES | layouts[i]) & ~less);

			if (n == 0)
				f->reset_error = -ETIMEDOUT;
			if (n == 1)
				f->start_error = -EBUSY;
			rtnl_lock();
			tell_rx(f, &lie);
			fake_interrupt(f, 1, false);
			rtnl_unlock();
			KUNIT_EXPECT_TRUE(test, await(READ_ONCE(f->vn->resets)));
			/* What kept the queue from being started keeps the device from it. */
			f->start_error = 0;
			expect_recovers(f);
			KUNIT_EXPECT_EQ(test, f->vn->pair[0].rx.q.last_fault.reason,
					VIRTQ_USED_LEN);
			destroy(f);
		}
	}
}

/* No interrupt, or no virtqueue: an error, and the next time it works. */
static void bad_start(struct kunit *test)
{
	struct fake *f = fake_new(test, FAKE_FEATURES);

	KUNIT_ASSERT_EQ(test, create(f), 0);
	f->irq_error = -ENOSPC;
	KUNIT_EXPECT_EQ(test, go_up(f), -ENOSPC);
	f->irq_error = 0;
	f->start_error = -EBUSY;
	for (f->start_at = 0; f->start_at < 3; f->start_at++)
		KUNIT_EXPECT_EQ(test, go_up(f), -EBUSY);
	f->start_error = 0;
	KUNIT_ASSERT_EQ(test, go_up(f), 0);
	expect_works(f);
	destroy(f);
}

/* -- features, configuration, sizes --------------------------------------------------- */

static void bad_features(struct kunit *test)
{
	static const u64 none[] = { 0, ~VNET_F_V1, VNET_F_CSUM };
	struct fake *f = fake_new(test, 0);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(none); i++) {
		f->offers = none[i];
		KUNIT_EXPECT_EQ(test, create(f), -EIO);
	}
	f->offers = FAKE_FEATURES;
	f->refuses = true;
	KUNIT_EXPECT_EQ(test, create(f), -EIO);
	f->refuses = false;
	KUNIT_ASSERT_EQ(test, create(f), 0);

	f->refuses = true;
	KUNIT_EXPECT_EQ(test, go_up(f), -EIO);
	f->refuses = false;
	/* Others than before: less, more that we know, nothing. */
	f->offers = FAKE_FEATURES & ~VNET_F_MRG_RXBUF;
	KUNIT_EXPECT_EQ(test, go_up(f), -EIO);
	f->offers = FAKE_FEATURES | VIRTQ_F_PACKED;
	KUNIT_EXPECT_EQ(test, go_up(f), -EIO);
	f->offers = 0;
	KUNIT_EXPECT_EQ(test, go_up(f), -EIO);
	/* More that nobody knows. */
	f->offers = FAKE_FEATURES | BIT_ULL(60) | BIT_ULL(41);
	KUNIT_ASSERT_EQ(test, go_up(f), 0);
	expect_works(f);

	/* The same in a recovery. */
	f->offers = FAKE_FEATURES & ~VNET_F_GUEST_CSUM;
	state_needs_reset(f);
	fake_interrupt(f, 1, true);
	expect_fails_on(f, 3);
	f->offers = FAKE_FEATURES;
	expect_recovers(f);
	destroy(f);
}

/* As few features as can be, and all that there are. */
static void all_features(struct kunit *test)
{
	static const u64 offers[] = {
		VNET_F_V1,	 VNET_F_V1 | VIRTQ_F_PACKED, ~0ULL,
		~VIRTQ_F_PACKED, ~VNET_F_ACCESS_PLATFORM,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offers); i++)
		destroy(start(test, offers[i]));
}

/*
 * struct config_lie - a configuration
 * @name:   of it
 * @raw:    itself
 * @less:   features that are not offered
 * @queues: how many there are
 * @pairs:  that the driver believes in
 * @ctrl:   where it looks for the control queue
 * @max_mtu: what it may be set to; 0 for what fits
 * @random: it has an address of its own
 */
static const struct config_lie {
	const char *name;
	struct vnet_config raw;
	u64 less;
	unsigned int queues;
	unsigned int pairs;
	unsigned int ctrl;
	unsigned int max_mtu;
	bool random;
} config_lies[] = {
	{ "an address of a group",
	  { { 0x53, 0x54, 0, 0x12, 0x34, 0x56 }, .max_pairs = cpu_to_le16(2) },
	  .queues = 5,
	  .pairs = 2,
	  .ctrl = 4,
	  .random = true },
	{ "the address of all",
	  { { 255, 255, 255, 255, 255, 255 }, .max_pairs = cpu_to_le16(2) },
	  .queues = 5,
	  .pairs = 2,
	  .ctrl = 4,
	  .random = true },
	{ "the address of none",
	  { .max_pairs = cpu_to_le16(2) },
	  .queues = 5,
	  .pairs = 2,
	  .ctrl = 4,
	  .random = true },
	{ "no pairs", { { 2 }, .max_pairs = 0 }, .queues = 5, .pairs = 1 },
	{ "more pairs than queues",
	  { { 2 }, .max_pairs = cpu_to_le16(3) },
	  .queues = 5,
	  .pairs = 1 },
	{ "65535 pairs", { { 2 }, .max_pairs = cpu_to_le16(65535) }, .queues = 5, .pairs = 1 },
	{ "as many, and queues",
	  { { 2 }, .max_pairs = cpu_to_le16(65535) },
	  .queues = 65535,
	  .pairs = 1 },
	{ "none for commands", { { 2 }, .max_pairs = cpu_to_le16(2) }, .queues = 4, .pairs = 2 },
	{ "one queue", { { 2 }, .max_pairs = cpu_to_le16(1) }, .queues = 1, .pairs = 1 },
	{ "no queue", { { 2 }, .max_pairs = cpu_to_le16(1) }, .queues = 0, .pairs = 1 },
	{ "an MTU of 0",
	  { { 2 }, .max_pairs = cpu_to_le16(2) },
	  .queues = 5,
	  .pairs = 2,
	  .ctrl = 4 },
	{ "an MTU of 67",
	  { { 2 }, .max_pairs = cpu_to_le16(2), .mtu = cpu_to_le16(67) },
	  .queues = 5,
	  .pairs = 2,
	  .ctrl = 4 },
	{ "an MTU of 68",
	  { { 2 }, .max_pairs = cpu_to_le16(2), .mtu = cpu_to_le16(68) },
	  .queues = 5,
	  .pairs = 2,
	  .ctrl = 4,
	  .max_mtu = 68 },
	{ "an MTU of 65535",
	  { { 2 }, .max_pairs = cpu_to_le16(2), .mtu = cpu_to_le16(65535) },
	  .queues = 5,
	  .pairs = 2,
	  .ctrl = 4 },
	{ "an MTU of 65535 in one buffer",
	  { { 2 }, .max_pairs = cpu_to_le16(2), .mtu = cpu_to_le16(65535) },
	  .less = VNET_F_MRG_RXBUF,
	  .queues = 5,
	  .pairs = 2,
	  .ctrl = 4 },
};

static void config_lie_name(const struct config_lie *l, char *desc)
{
	strscpy(desc, l->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(config_lie, config_lies, config_lie_name);

static void lying_config(struct kunit *test)
{
	const struct config_lie *l = test->param_value;
	u64 features = (FAKE_FEATURES | VNET_F_MQ) & ~l->less;
	struct fake *f = fake_new(test, features);
	struct net_device *dev;

	f->raw = l->raw;
	f->raw.status = cpu_to_le16(VNET_S_LINK_UP);
	f->raw.speed = cpu_to_le32(~0U);
	f->raw.duplex = 0xff;
	f->queues = l->queues;
	KUNIT_ASSERT_EQ(test, create(f), 0);
	dev = f->vn->dev;
	KUNIT_EXPECT_TRUE(test, is_valid_ether_addr(dev->dev_addr));
	KUNIT_EXPECT_EQ(test, ether_addr_equal(dev->dev_addr, l->raw.mac), !l->random);
	KUNIT_EXPECT_EQ(test, f->vn->max_pairs, min(l->pairs, num_possible_cpus()));
	KUNIT_EXPECT_EQ(test, f->vn->config.ctrl, l->ctrl);
	KUNIT_EXPECT_EQ(test, f->vn->config.speed, 0U);
	KUNIT_EXPECT_EQ(test, dev->max_mtu, l->max_mtu ?: vnic_rx_max_mtu(f->vn->features));
	KUNIT_EXPECT_LE(test, dev->mtu, dev->max_mtu);
	/* The queues that packets need are there all the same. */
	KUNIT_ASSERT_EQ(test, go_up(f), 0);
	settle_all(f);
	expect_works(f);
	destroy(f);
}

/* A configuration that is another one each time: no end of it, but of reading. */
static void restless(struct kunit *test)
{
	struct fake *f = fake_new(test, FAKE_FEATURES);
	unsigned int reads;

	f->restless = true;
	KUNIT_ASSERT_EQ(test, create(f), 0);
	/* Once before, for the MTU. */
	KUNIT_EXPECT_LE(test, f->reads, CONFIG_TRIES + 1);
	reads = f->reads;
	KUNIT_ASSERT_EQ(test, go_up(f), 0);
	settle(f);
	/* Once more when it is up. */
	KUNIT_EXPECT_LE(test, f->reads - reads, 2 * CONFIG_TRIES);
	expect_works(f);
	reads = f->reads;
	fake_interrupt(f, 1, true);
	settle_all(f);
	KUNIT_EXPECT_LE(test, f->reads - reads, CONFIG_TRIES);
	KUNIT_EXPECT_EQ(test, f->vn->resets, 0ULL);
	f->restless = false;
	expect_works(f);
	destroy(f);
}

static void expect_announces(struct fake *f, u16 status, unsigned int times)
{
	unsigned int n = f->commands;

	f->raw.status = cpu_to_le16(status);
	fake_interrupt(f, 1, true);
	settle_all(f);
	KUNIT_EXPECT_EQ(f->test, f->commands - n, times);
	KUNIT_EXPECT_EQ(f->test, netif_carrier_ok(f->vn->dev), !!(status & VNET_S_LINK_UP));
}

/* Changes while the generation does not: it may wait until they have been read. */
static void same_generation(struct kunit *test)
{
	struct fake *f = start(test, FAKE_FEATURES | VNET_F_GUEST_ANNOUNCE);
	const struct vnet_ctrl *head;

	settle_all(f);
	expect_announces(f, 0, 0);
	expect_announces(f, VNET_S_LINK_UP, 0);
	expect_announces(f, VNET_S_LINK_UP | VNET_S_ANNOUNCE, 1);
	head = fake_at(f->told.sg[0].addr);
	KUNIT_EXPECT_EQ(test, head->class, VNET_CTRL_ANNOUNCE);
	KUNIT_EXPECT_EQ(test, head->command, VNET_CTRL_ANNOUNCE_ACK);
	/* Who does not take it back was answered. */
	expect_announces(f, VNET_S_LINK_UP | VNET_S_ANNOUNCE, 0);
	expect_announces(f, VNET_S_LINK_UP, 0);
	expect_announces(f, VNET_S_LINK_UP | VNET_S_ANNOUNCE, 1);
	expect_works(f);
	destroy(f);
}

/* Fewer pairs than are in use, told when it comes back. */
static void fewer_pairs(struct kunit *test)
{
	struct fake *f = start(test, FAKE_FEATURES | VNET_F_MQ);

	if (f->vn->pairs < 2) {
		destroy(f);
		kunit_skip(test, "one CPU");
	}
	go_down(f);
	f->raw.max_pairs = cpu_to_le16(1);
	KUNIT_EXPECT_EQ(test, go_up(f), -EIO);
	f->raw.max_pairs = cpu_to_le16(2);
	KUNIT_ASSERT_EQ(test, go_up(f), 0);
	settle_all(f);
	expect_works(f);
	destroy(f);
}

/* What a virtqueue of so many descriptors comes to, split and packed; 0: it does not go up. */
static const struct size_lie {
	const char *name;
	unsigned int max;
	u16 queue;
	u16 num[2];
} size_lies[] = {
	{ "no receive queue", 0, 0, { 0, 0 } },
	{ "no transmit queue", 0, 1, { 0, 0 } },
	{ "no control queue", 0, 2, { 0, 0 } },
	{ "a receive queue of one", 1, 0, { 0, 0 } },
	{ "a transmit queue of one", 1, 1, { 0, 0 } },
	{ "a control queue of one", 1, 2, { 0, 0 } },
	{ "a control queue of two", 2, 2, { 0, 0 } },
	{ "a control queue of three", 3, 2, { 0, 3 } },
	{ "a receive queue of 17", 17, 0, { 0, 0 } },
	{ "a receive queue of 31", 31, 0, { 0, 31 } },
	{ "a receive queue of 48", 48, 0, { 32, 48 } },
	{ "a transmit queue of 48", 48, 1, { 32, 48 } },
	{ "a receive queue of 65535", 65535, 0, { FAKE_NUM, FAKE_NUM } },
	{ "a transmit queue of 65535", 65535, 1, { FAKE_NUM, FAKE_NUM } },
	{ "a control queue of 2^32 - 1", ~0U, 2, { 64, 64 } },
};

static void size_lie_name(const struct size_lie *l, char *desc)
{
	strscpy(desc, l->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(size_lie, size_lies, size_lie_name);

/* Told when it goes up; what it said before is what is wanted then. */
static void lying_size(struct kunit *test)
{
	const struct size_lie *l = test->param_value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct fake *f = fake_new(test, FAKE_FEATURES | layouts[i]);

		KUNIT_ASSERT_EQ(test, create(f), 0);
		f->max[l->queue] = l->max;
		if (l->num[i]) {
			KUNIT_ASSERT_EQ(test, go_up(f), 0);
			KUNIT_EXPECT_EQ(test, f->vq[l->queue].m.num, l->num[i]);
			settle_all(f);
			expect_works(f);
			go_down(f);
		} else {
			KUNIT_EXPECT_EQ(test, go_up(f), -ENODEV);
		}
		f->max[l->queue] = FAKE_NUM;
		KUNIT_ASSERT_EQ(test, go_up(f), 0);
		settle_all(f);
		expect_works(f);
		destroy(f);
	}
}

/* Told when it is made: no more than an error, and of huge ones no more memory than wanted. */
static void sizes_at_first(struct kunit *test)
{
	static const struct {
		unsigned int max;
		int ret;
	} rows[] = {
		{ 0, -ENODEV }, { 1, -ENODEV }, { 17, -ENODEV }, { 300, 0 }, { ~0U, 0 },
	};
	unsigned int i, n;

	for (i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		struct fake *f = fake_new(test, FAKE_FEATURES | layouts[i & 1]);

		for (n = 0; n < FAKE_QUEUES; n++)
			f->max[n] = rows[i / 2].max;
		KUNIT_ASSERT_EQ(test, create(f), 0);
		KUNIT_EXPECT_EQ(test, go_up(f), rows[i / 2].ret);
		KUNIT_EXPECT_LE(test, f->vn->rx_num, 256U);
		if (!rows[i / 2].ret)
			expect_works(f);
		destroy(f);
	}
}

static struct kunit_case vnic_lying_device_cases[] = {
	KUNIT_CASE_PARAM(lying_rx, rx_lie_gen_params),
	KUNIT_CASE_PARAM(lying_tx, tx_lie_gen_params),
	KUNIT_CASE(never_returns),
	KUNIT_CASE(interrupts),
	KUNIT_CASE(used_early),
	KUNIT_CASE_PARAM(lying_ctrl, ctrl_lie_gen_params),
	KUNIT_CASE(down_under_command),
	KUNIT_CASE(mute_from_start),
	KUNIT_CASE_PARAM(lying_channels, channels_lie_gen_params),
	KUNIT_CASE_PARAM(lying_state, state_lie_gen_params),
	KUNIT_CASE(gone),
	KUNIT_CASE(gone_before),
	KUNIT_CASE(stuck),
	KUNIT_CASE(bad_queue_reset),
	KUNIT_CASE(bad_start),
	KUNIT_CASE(bad_features),
	KUNIT_CASE(all_features),
	KUNIT_CASE_PARAM(lying_config, config_lie_gen_params),
	KUNIT_CASE(restless),
	KUNIT_CASE(same_generation),
	KUNIT_CASE(fewer_pairs),
	KUNIT_CASE_PARAM(lying_size, size_lie_gen_params),
	KUNIT_CASE(sizes_at_first),
	{},
};

static int vnic_lying_device_init(struct kunit_suite *suite)
{
	vnic_debugfs = debugfs_create_dir("vnic_lying_device", NULL);
	return 0;
}

static void vnic_lying_device_exit(struct kunit_suite *suite)
{
	debugfs_remove(vnic_debugfs);
}

static struct kunit_suite vnic_lying_device_suite = {
	.name = "vnic_lying_device",
	.suite_init = vnic_lying_device_init,
	.suite_exit = vnic_lying_device_exit,
	.test_cases = vnic_lying_device_cases,
};

kunit_test_suite(vnic_lying_device_suite);

MODULE_DESCRIPTION("KUnit suite of xlate's vnic: a device that lies");
MODULE_LICENSE("GPL");
