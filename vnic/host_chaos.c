// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver that lies, live: only in builds for tests (XLATE_TESTS). What is written to
 * /sys/kernel/debug/vnic_host/<dev>/chaos_QUEUE, the name of a trick, is done to the ring of
 * that queue as a bad driver would do it; then the device looks.
 *
 * It is done to a ring of ours, which takes the place of the driver's until the device is reset:
 * a driver has reasons to trust its own ring, and would not survive. All addresses are such that
 * they have to be refused, or are the ring's or our own: nobody else's memory is at risk.
 *
 * Other trouble:
 *
 *	lose-kick		the next kick does not arrive
 *	scribble ROUNDS		so many times, a ring full of lies, which change as the device looks
 *	command ROOM[+LOST] HEX	control queue: a command of these bytes, with so much room for the
 *				answer, and then so much where no memory is; the driver does not
 *				notice. What became of it is then read: bytes written, the status,
 *				and whether anything changed
 */
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/etherdevice.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "host.h"

/* What lies in our pages. Behind descriptors there are zeros, as many as a table may have. */
#define DESCS_AT  0
#define TABLE_AT  SZ_32K
#define DRIVER_AT (SZ_32K + SZ_8K)
#define DEVICE_AT (SZ_32K + SZ_16K)
/* Buffers begin in the first half of this, and are touched as far as a packet is long. */
#define DATA_AT	   SZ_64K
#define DATA_SIZE  SZ_128K
#define ANSWER_AT  (DATA_AT + DATA_SIZE)
#define PAGES_SIZE SZ_256K
/* The longest answer and text. */
#define ROOM_MAX SZ_16K
#define TEXT_MAX SZ_16K
static_assert(VNIC_HOST_MAX_DESCS * sizeof(struct virtq_desc) * 2 <= TABLE_AT);

/* One at a time. */
static DEFINE_MUTEX(chaos_mutex);
/* What became of the last command; under the mutex. */
static char answer[48];

/* Where the descriptor points to. */
enum where {
	AT_RING, /* the ring's beginning */
	AT_DATA, /* memory that may be touched */
	AT_SELF, /* the descriptor itself */
	AT_TABLE, /* a table, for TABLE */
	AT_NOWHERE, /* no RAM */
	AT_FIRMWARE, /* reserved by the firmware */
	AT_US, /* our own state */
	AT_CODE, /* our code, which can be read only */
	AT_END, /* the last bytes of all addresses */
};

/* What else is wrong. */
enum how {
	PLAIN,
	JUMP, /* split: the index jumps */
	HEAD, /* split: a head that is none; packed: such an id */
	LOOP, /* split: next is itself */
	NEXT, /* split: next is outside */
	CHAIN, /* two pieces */
	TABLE, /* the second piece is the table's; split: with a next that is outside */
	TWICE, /* the same head or id, twice */
	LAP, /* packed: as only the device marks it, in the next lap */
};

struct piece {
	enum where where;
	u32 len;
	u16 flags;
};

/* Their flags. */
enum {
	N = VIRTQ_DESC_NEXT,
	W = VIRTQ_DESC_WRITE,
	I = VIRTQ_DESC_INDIRECT,
};

static const struct trick {
	const char *name;
	enum how how;
	struct piece pieces[2];
} tricks[] = {
	{ "zero-len", PLAIN, { { AT_RING, 0, 0 } } },
	{ "addr-wrap", PLAIN, { { AT_END, 100, 0 } } },
	{ "nowhere", PLAIN, { { AT_NOWHERE, 100, 0 } } },
	{ "nowhere-in", PLAIN, { { AT_NOWHERE, 2000, W } } },
	{ "firmware", PLAIN, { { AT_FIRMWARE, 100, 0 } } },
	{ "firmware-in", PLAIN, { { AT_FIRMWARE, 2000, W } } },
	{ "code-in", PLAIN, { { AT_CODE, 2000, W } } },
	{ "ours", PLAIN, { { AT_US, 100, 0 } } },
	{ "ours-in", PLAIN, { { AT_US, 2000, W } } },
	{ "out", PLAIN, { { AT_RING, 100, 0 } } },
	{ "in", PLAIN, { { AT_RING, 100, W } } },
	{ "short", PLAIN, { { AT_RING, 4, 0 } } },
	{ "short-in", PLAIN, { { AT_RING, 4, W } } },
	{ "head", HEAD, { { AT_RING, 100, 0 } } },
	{ "loop", LOOP, { { AT_RING, 100, N } } },
	{ "loop-in", LOOP, { { AT_RING, 100, N | W } } },
	{ "next", NEXT, { { AT_RING, 100, N } } },
	{ "next-in", NEXT, { { AT_RING, 100, N | W } } },
	{ "jump", JUMP, { { AT_RING, 0, 0 } } },
	{ "lap", LAP, { { AT_RING, 100, 0 } } },
	/* Room for little more than a header: the first is held when the second comes. */
	{ "twice-in", TWICE, { { AT_DATA, 20, W } } },
	{ "order", CHAIN, { { AT_DATA, 100, N | W }, { AT_DATA, 100, 0 } } },
	{ "bytes", CHAIN, { { AT_DATA, ~0U, N }, { AT_DATA, 2, 0 } } },
	{ "bytes-in", CHAIN, { { AT_DATA, ~0U, N | W }, { AT_DATA, 2, W } } },
	{ "indirect-next", PLAIN, { { AT_RING, 16, I | N } } },
	{ "indirect-empty", PLAIN, { { AT_RING, 0, I } } },
	{ "indirect-torn", PLAIN, { { AT_RING, 17, I } } },
	{ "indirect-long", PLAIN, { { AT_RING, 16 * (VIRTQ_MAX_NUM + 1), I } } },
	{ "indirect-nowhere", PLAIN, { { AT_NOWHERE, 16, I } } },
	{ "indirect-ours", PLAIN, { { AT_US, 16, I } } },
	{ "indirect-self", PLAIN, { { AT_SELF, 16, I } } },
	{ "indirect-self-in", PLAIN, { { AT_SELF, 16, I | W } } },
	{ "indirect-late", CHAIN, { { AT_DATA, 100, N }, { AT_TABLE, 16, I } } },
	{ "table-nested", TABLE, { { AT_TABLE, 16, I }, { AT_TABLE, 16, I } } },
	{ "table-next", TABLE, { { AT_TABLE, 16, I }, { AT_DATA, 20, N } } },
	{ "table-zero", TABLE, { { AT_TABLE, 16, I }, { AT_DATA, 0, 0 } } },
	{ "table-nowhere", TABLE, { { AT_TABLE, 16, I }, { AT_NOWHERE, 100, 0 } } },
	{ "table-nowhere-in", TABLE, { { AT_TABLE, 16, I }, { AT_NOWHERE, 100, W } } },
};

/* -- a ring of ours ---------------------------------------------------------------- */

/* A place in it, as descriptors name it. */
static u64 addr_of(const struct vnic_queue *q, size_t offset)
{
	return virt_to_phys(q->devq.config.desc) - DESCS_AT + offset;
}

/* The next descriptor but @n; split: of an empty ring. */
static unsigned int desc_at(const struct vnic_queue *q, unsigned int n)
{
	return q->devq.packed ? (q->devq.next + n) % q->devq.num : n;
}

/* How one looks that is available, in the lap in which we come to @pos. */
static u16 lap_flags(const struct vnic_queue *q, unsigned int pos)
{
	return q->devq.avail_flags ^ (pos < q->devq.next ? VIRTQ_PACKED_BOTH : 0);
}

/*
 * An empty ring takes the place of the one that is there; the queue, locked, goes on where it
 * stands, without any chain.
 */
static void use_ring(struct vnic_queue *q, void *pages)
{
	struct devq *d = &q->devq;
	unsigned int i;

	d->config.desc = pages + DESCS_AT;
	d->config.driver = pages + DRIVER_AT;
	d->config.device = pages + DEVICE_AT;
	if (d->packed) {
		struct virtq_packed_desc *ring = d->config.desc;

		for (i = 0; i < d->num; i++)
			ring[i].flags = cpu_to_le16(lap_flags(q, i) ^ VIRTQ_PACKED_AVAIL);
	} else {
		struct virtq_avail *avail = d->config.driver;
		struct virtq_used *used = d->config.device;

		avail->idx = cpu_to_le16(d->fetched);
		used->idx = cpu_to_le16(d->pushed);
		d->seen = d->fetched;
	}
}

/* Of either layout, in the ring or in a table; @link: split: next; packed: id. */
static void write_desc(const struct vnic_queue *q, void *desc, u64 addr, u32 len, u16 flags,
		       u16 link)
{
	if (q->devq.packed) {
		struct virtq_packed_desc *d = desc;

		WRITE_ONCE(d->addr, cpu_to_le64(addr));
		WRITE_ONCE(d->len, cpu_to_le32(len));
		WRITE_ONCE(d->id, cpu_to_le16(link));
		WRITE_ONCE(d->flags, cpu_to_le16(flags));
	} else {
		struct virtq_desc *d = desc;

		WRITE_ONCE(d->addr, cpu_to_le64(addr));
		WRITE_ONCE(d->len, cpu_to_le32(len));
		WRITE_ONCE(d->flags, cpu_to_le16(flags));
		WRITE_ONCE(d->next, cpu_to_le16(link));
	}
}

/* The next descriptor but @n. */
static void put_desc(const struct vnic_queue *q, unsigned int n, u64 addr, u32 len, u16 flags,
		     u16 link)
{
	unsigned int pos = desc_at(q, n);

	if (q->devq.packed)
		flags ^= lap_flags(q, pos);
	write_desc(q, q->devq.config.desc + pos * sizeof(struct virtq_desc), addr, len, flags,
		   link);
}

/* Split: @n chains that begin with @head. */
static void make_avail(const struct vnic_queue *q, unsigned int n, u16 head)
{
	struct virtq_avail *avail = q->devq.config.driver;
	u16 idx = q->devq.fetched, i;

	if (q->devq.packed)
		return;
	for (i = 0; i < min(n, q->devq.num); i++)
		avail->ring[(idx + i) & (q->devq.num - 1)] = cpu_to_le16(head);
	WRITE_ONCE(avail->idx, cpu_to_le16(idx + n));
}

/* The device looks: as if it were kicked, or for a buffer for a packet. */
static void look(struct vnic_queue *q)
{
	local_bh_disable();
	if (q == q->host->ctrl)
		vnic_ctrl_kick(q);
	else
		napi_schedule(&q->host->pairs[q->index / 2].napi);
	local_bh_enable();
}

/* -- tricks ------------------------------------------------------------------------ */

static u64 trick_addr(const struct vnic_queue *q, enum where where)
{
	switch (where) {
	case AT_NOWHERE:
		return 1ULL << 45;
	case AT_FIRMWARE:
		return 0xf0000;
	case AT_US:
		return virt_to_phys(q->host);
	case AT_CODE:
		return PFN_PHYS(vmalloc_to_pfn(vnic_host_chaos_add));
	case AT_END:
		return ~0ULL - 9;
	case AT_DATA:
		return addr_of(q, DATA_AT);
	case AT_TABLE:
		return addr_of(q, TABLE_AT);
	case AT_SELF:
		return addr_of(q, DESCS_AT + desc_at(q, 0) * sizeof(struct virtq_desc));
	case AT_RING:
		break;
	}
	return addr_of(q, DESCS_AT);
}

static void put_piece(const struct vnic_queue *q, unsigned int n, const struct piece *p, u16 flags,
		      u16 link)
{
	put_desc(q, n, trick_addr(q, p->where), p->len, p->flags ^ flags, link);
}

/* The queue is locked, its ring is ours, and empty. */
static void play(struct vnic_queue *q, const struct trick *t)
{
	const struct piece *first = &t->pieces[0], *second = &t->pieces[1];
	bool packed = q->devq.packed;
	u16 num = q->devq.num, link = 0;

	if (packed)
		link = t->how == HEAD ? num : 0;
	else if (t->how == CHAIN)
		link = 1;
	else if (t->how == NEXT)
		link = 0xffff;
	put_piece(q, 0, first, t->how == LAP ? VIRTQ_PACKED_USED : 0, link);
	if (t->how == CHAIN)
		put_piece(q, 1, second, 0, 0);
	else if (t->how == TWICE && packed)
		put_piece(q, 1, first, 0, 0);
	else if (t->how == TABLE)
		write_desc(q, q->devq.config.desc - DESCS_AT + TABLE_AT,
			   trick_addr(q, second->where), second->len, second->flags, 0xffff);
	make_avail(q, t->how == JUMP ? num + 1 : t->how == TWICE ? 2 : 1, t->how == HEAD ? num : 0);
}

static const struct trick *find_trick(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tricks); i++)
		if (!strcmp(name, tricks[i].name))
			return &tricks[i];
	return NULL;
}

/* Is the queue, locked, still that device's, fit to be worked on, without chains? */
static bool is_idle(const struct vnic_queue *q, const struct vnic_plug *plug)
{
	return vnic_queue_ok(q) && q->plug == plug && !q->have && !q->devq.held;
}

static int do_trick(struct vnic_queue *q, struct vnic_plug *plug, void *pages, const char *name)
{
	const struct trick *t = find_trick(name);
	bool idle;

	if (!t)
		return -EINVAL;
	spin_lock_bh(&q->lock);
	idle = is_idle(q, plug);
	if (idle) {
		use_ring(q, pages);
		play(q, t);
	}
	spin_unlock_bh(&q->lock);
	if (!idle)
		return -EBUSY;
	look(q);
	return 0;
}

/* -- scribbling -------------------------------------------------------------------- */

/*
 * Each eighth descriptor is of a table, which is a part of the ring: so no packet is ever written
 * over a descriptor, for nobody knows what addresses there are in packets.
 */
static bool is_of_table(unsigned int pos)
{
	return pos % 8 == 7;
}

static bool once_in(unsigned int n)
{
	return !get_random_u32_below(n);
}

static u64 lie_addr(const struct vnic_queue *q, bool table)
{
	static const enum where bad[] = { AT_NOWHERE, AT_FIRMWARE, AT_US, AT_END };
	u32 runs = q->devq.num / 8;

	if (once_in(32))
		return trick_addr(q, bad[get_random_u32_below(ARRAY_SIZE(bad))]);
	if (table)
		return addr_of(q, DESCS_AT + get_random_u32_below(runs) * 8 *
						     sizeof(struct virtq_desc));
	return addr_of(q, DATA_AT + get_random_u32_below(DATA_SIZE / 2));
}

/* Packed, all that a table has are pieces. */
static u32 lie_len(const struct vnic_queue *q, bool table)
{
	u32 entries = 1 + get_random_u32_below(q->devq.packed ? 7 : 8);

	if (once_in(64))
		return once_in(2) ? 0 : get_random_u32() | BIT(31);
	if (table)
		return entries * sizeof(struct virtq_desc) + once_in(16);
	return 1 + get_random_u32_below(once_in(4) ? 100 : 4000);
}

static void scribble_desc(const struct vnic_queue *q, unsigned int pos)
{
	bool table = is_of_table(pos), rx = q->index % 2 == 0;
	u16 flags = 0, link = get_random_u32_below(q->devq.num);

	if (table)
		flags = VIRTQ_DESC_INDIRECT;
	if (once_in(table ? 32 : 4))
		flags |= VIRTQ_DESC_NEXT;
	if (rx != once_in(32))
		flags |= VIRTQ_DESC_WRITE;
	if (q->devq.packed)
		flags |= once_in(16) ? get_random_u32() & VIRTQ_PACKED_BOTH : lap_flags(q, pos);
	if (once_in(64))
		link = get_random_u32();
	write_desc(q, q->devq.config.desc + pos * sizeof(struct virtq_desc), lie_addr(q, table),
		   lie_len(q, table), flags, link);
}

/* The descriptors that come next, and all else that a driver writes. */
static void scribble_more(const struct vnic_queue *q)
{
	u32 num = q->devq.num;
	unsigned int i;

	for (i = 0; i < 16; i++)
		scribble_desc(q, (desc_at(q, 0) + get_random_u32_below(32)) % num);
	if (q->devq.packed) {
		struct virtq_packed_event *event = q->devq.config.driver;

		WRITE_ONCE(event->desc, cpu_to_le16(get_random_u32()));
		WRITE_ONCE(event->flags, cpu_to_le16(get_random_u32()));
	} else {
		struct virtq_avail *avail = q->devq.config.driver;
		u32 n = once_in(32) ? get_random_u32() : get_random_u32_below(8);

		for (i = 0; i < num; i++)
			avail->ring[i] = cpu_to_le16(once_in(1024) ? get_random_u32() :
								     get_random_u32_below(num));
		/* The event index. */
		avail->ring[num] = cpu_to_le16(get_random_u32());
		WRITE_ONCE(avail->flags, cpu_to_le16(get_random_u32()));
		WRITE_ONCE(avail->idx, cpu_to_le16(q->devq.fetched + n));
	}
}

/* The queue, locked, as after a reset of which the driver knows nothing, with a ring of lies. */
static void restart(struct vnic_queue *q, void *pages)
{
	struct devq_config cfg = q->devq.config;
	struct vnic_host *host = q->host;
	unsigned int i;

	devq_reset(&q->devq, &cfg);
	q->have = 0;
	use_ring(q, pages);
	for (i = 0; i < q->devq.num; i++)
		scribble_desc(q, i);

	spin_lock(&host->lock);
	host->broken = false;
	q->plug->status &= ~VIRTIO_CONFIG_S_NEEDS_RESET;
	netif_carrier_on(host->netdev);
	spin_unlock(&host->lock);
}

/* A packet for the guest. */
static void send_packet(struct vnic_queue *q)
{
	struct net_device *dev = q->host->netdev;
	struct netdev_queue *txq = netdev_get_tx_queue(dev, q->index / 2);
	unsigned int len = ETH_ZLEN + get_random_u32_below(ETH_FRAME_LEN - ETH_ZLEN);
	netdev_tx_t ret = NETDEV_TX_BUSY;
	struct sk_buff *skb;

	skb = alloc_skb(ETH_FRAME_LEN, GFP_KERNEL);
	if (!skb)
		return;
	skb_put_zero(skb, len);
	eth_broadcast_addr(skb->data);
	skb->dev = dev;
	skb_set_queue_mapping(skb, q->index / 2);
	local_bh_disable();
	__netif_tx_lock(txq, smp_processor_id());
	if (!netif_xmit_frozen_or_stopped(txq))
		ret = vnic_host_xmit(skb, dev);
	__netif_tx_unlock(txq);
	local_bh_enable();
	if (ret == NETDEV_TX_BUSY)
		kfree_skb(skb);
}

/*
 * One round. Return: whether the device is still there. NAPI is enabled as long as we are, for
 * debugfs goes first.
 */
static bool scribble_round(struct vnic_queue *q, struct vnic_plug *plug, void *pages)
{
	struct vnic_pair *pair = &q->host->pairs[q->index / 2];
	bool there, rx = q->index % 2 == 0;
	unsigned int i;

	for (i = 0; i < 16; i++) {
		if (rx && !i)
			vnic_host_drop_pending(pair, true);
		spin_lock_bh(&q->lock);
		there = q->live && q->plug == plug;
		/* A packet may have begun to wait right now. */
		if (there && !i && !(rx && q->have))
			restart(q, pages);
		if (there && q->devq.config.desc == pages + DESCS_AT)
			scribble_more(q);
		spin_unlock_bh(&q->lock);
		if (!there)
			return false;
		if (!i)
			vnic_host_config_changed(q->host);
		if (rx)
			send_packet(q);
		look(q);
		/* Another CPU may be at it: then it looks later than just now. */
		napi_synchronize(&pair->napi);
	}
	return true;
}

/* In the end the queue is broken. */
static int scribble(struct vnic_queue *q, struct vnic_plug *plug, void *pages, unsigned int rounds)
{
	bool there = true;

	if (q == q->host->ctrl)
		return -EINVAL;
	get_random_bytes(pages + DATA_AT, DATA_SIZE);
	while (there && rounds-- && !signal_pending(current)) {
		there = scribble_round(q, plug, pages);
		cond_resched();
	}
	if (!there)
		return -ENODEV;
	spin_lock_bh(&q->lock);
	if (vnic_queue_ok(q) && q->plug == plug) {
		devq_break(&q->devq, VIRTQ_UPPER, 0, 0);
		vnic_queue_unlock(q);
		local_bh_enable();
	} else {
		spin_unlock_bh(&q->lock);
	}
	return 0;
}

/* -- commands ---------------------------------------------------------------------- */

/* What commands change; but an announcement is the host's, too. */
struct settings {
	struct vnic_filter filter;
	u64 acked;
	unsigned int active;
};

/**
 * struct request - a command
 * @len:  bytes of it
 * @room: bytes for its answer
 * @lost: and bytes where no memory is
 */
struct request {
	u32 len;
	u32 room;
	u32 lost;
};

/**
 * struct trial - a command on trial
 * @driver: the queue, with the driver's ring
 * @before: settings before it
 * @after:  and after
 */
struct trial {
	struct devq driver;
	struct settings before;
	struct settings after;
};

/* The queue is locked. */
static void get_settings(struct vnic_host *host, struct settings *s)
{
	spin_lock(&host->lock);
	s->filter = host->filter;
	s->acked = host->acked;
	s->active = host->active;
	spin_unlock(&host->lock);
}

/* What the device wrote into the only chain that it had since the ring is ours. */
static u32 used_len(const struct vnic_queue *q, const struct devq *before)
{
	const struct virtq_packed_desc *ring = q->devq.config.desc;
	const struct virtq_used *used = q->devq.config.device;

	if (before->packed)
		return le32_to_cpu(ring[before->used_pos].len);
	return le32_to_cpu(used->ring[(u16)before->pushed & (before->num - 1)].len);
}

/* Piece @n of a command's chain, which goes on if there is @more. */
static void put_part(const struct vnic_queue *q, unsigned int n, u64 addr, u32 len, u16 flags,
		     bool more)
{
	put_desc(q, n, addr, len, flags | (more ? VIRTQ_DESC_NEXT : 0), n + 1);
}

/* The queue is locked and idle. */
static void put_command(struct vnic_queue *q, const struct request *r)
{
	unsigned int n = 0;

	if (r->len)
		put_part(q, n++, addr_of(q, DATA_AT), r->len, 0, r->room || r->lost);
	if (r->room)
		put_part(q, n++, addr_of(q, ANSWER_AT), r->room, VIRTQ_DESC_WRITE, r->lost);
	if (r->lost)
		put_part(q, n, trick_addr(q, AT_NOWHERE), r->lost, VIRTQ_DESC_WRITE, false);
	make_avail(q, 1, 0);
}

static int put_on_trial(struct vnic_queue *q, struct vnic_plug *plug, void *pages,
			const struct request *r, struct trial *t)
{
	const u8 *status = pages + ANSWER_AT;
	u32 written;
	bool good;

	memset(pages + ANSWER_AT, 0xff, ROOM_MAX);
	spin_lock_bh(&q->lock);
	good = is_idle(q, plug);
	if (good) {
		t->driver = q->devq;
		get_settings(q->host, &t->before);
		use_ring(q, pages);
		put_command(q, r);
	}
	spin_unlock_bh(&q->lock);
	if (!good)
		return -EBUSY;
	/* A kick of the driver's may come before this, and do the same. */
	look(q);
	spin_lock_bh(&q->lock);
	good = is_idle(q, plug);
	written = good ? used_len(q, &t->driver) : 0;
	get_settings(q->host, &t->after);
	if (good)
		q->devq = t->driver;
	spin_unlock_bh(&q->lock);
	/* What the driver asked for meanwhile. */
	look(q);

	snprintf(answer, sizeof(answer), "%s %u %u %s\n", good ? "good" : "broken", written,
		 *status, memcmp(&t->before, &t->after, sizeof(t->before)) ? "changed" : "same");
	return 0;
}

static int command(struct vnic_queue *q, struct vnic_plug *plug, void *pages, const char *text)
{
	int at = strlen(text), lost_at = at, ret;
	struct request r = {};
	struct trial *t;

	if (q != q->host->ctrl || sscanf(text, "%u%n", &r.room, &at) != 1 || r.room > ROOM_MAX)
		return -EINVAL;
	if (sscanf(text + at, "+%u%n", &r.lost, &lost_at) == 1)
		at += lost_at;
	text = skip_spaces(text + at);
	r.len = strlen(text) / 2;
	if (strlen(text) % 2 || hex2bin(pages + DATA_AT, text, r.len))
		return -EINVAL;
	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	ret = put_on_trial(q, plug, pages, &r, t);
	kfree(t);
	return ret;
}

/* -- debugfs ----------------------------------------------------------------------- */

/* The device of the queue, held, or NULL when that is broken, or there is none. */
static struct vnic_plug *hold_plug(struct vnic_queue *q)
{
	struct vnic_plug *plug = NULL;

	spin_lock_bh(&q->lock);
	if (vnic_queue_ok(q)) {
		plug = q->plug;
		get_device(&plug->vdev.dev);
	}
	spin_unlock_bh(&q->lock);
	return plug;
}

static int cause(struct vnic_queue *q, const char *text)
{
	unsigned int rounds;
	struct vnic_plug *plug;
	void *pages;
	int ret;

	plug = hold_plug(q);
	if (!plug)
		return -ENODEV;
	/* As long as the driver has the device, so longer than the queue may have this ring. */
	pages = (void *)devm_get_free_pages(&plug->vdev.dev, GFP_KERNEL | __GFP_ZERO,
					    get_order(PAGES_SIZE));
	if (!pages)
		ret = -ENOMEM;
	else if (sscanf(text, "scribble %u", &rounds) == 1)
		ret = scribble(q, plug, pages, rounds);
	else if (strstarts(text, "command "))
		ret = command(q, plug, pages, text + strlen("command "));
	else
		ret = do_trick(q, plug, pages, text);
	put_device(&plug->vdev.dev);
	return ret;
}

static ssize_t chaos_write(struct file *file, const char __user *user, size_t count, loff_t *ppos)
{
	struct vnic_queue *q = file_inode(file)->i_private;
	int ret = 0;
	char *text;

	if (count > TEXT_MAX)
		return -EINVAL;
	text = memdup_user_nul(user, count);
	if (IS_ERR(text))
		return PTR_ERR(text);
	mutex_lock(&chaos_mutex);
	if (strcmp(strim(text), "lose-kick"))
		ret = cause(q, strim(text));
	else if (q == q->host->ctrl)
		/* Nothing looks for a command that waits, and its driver spins. */
		ret = -EINVAL;
	else
		atomic_inc(&q->lose);
	mutex_unlock(&chaos_mutex);
	kfree(text);
	return ret ?: count;
}

static ssize_t chaos_read(struct file *file, char __user *user, size_t count, loff_t *ppos)
{
	ssize_t ret;

	mutex_lock(&chaos_mutex);
	ret = simple_read_from_buffer(user, count, ppos, answer, strlen(answer));
	mutex_unlock(&chaos_mutex);
	return ret;
}

static const struct file_operations chaos_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = chaos_read,
	.write = chaos_write,
};

void vnic_host_chaos_add(struct vnic_host *host)
{
	char name[24];
	unsigned int i;

	for (i = 0; i <= 2 * host->max_pairs; i++) {
		snprintf(name, sizeof(name), "chaos_%s", host->queues[i].name);
		debugfs_create_file(name, 0600, host->debugfs, &host->queues[i], &chaos_fops);
	}
}
