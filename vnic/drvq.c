// SPDX-License-Identifier: GPL-2.0-only
/* Pure core: the driver's side of a virtqueue; see drvq.h for what runs per packet. */
#include "drvq.h"

/* No descriptor looks so: it is none of the two flags. */
#define NEVER_USED 0x0001

static_assert(!(NEVER_USED & VIRTQ_PACKED_BOTH));

static bool drvq_packed(const struct drvq *q)
{
	return q->config.features & VIRTQ_F_PACKED;
}

/* Private state and shared memory as both sides find them at the start (2.7.6, 2.8.1). */
static void drvq_start(struct drvq *q)
{
	const struct drvq_config *cfg = &q->config;
	bool packed = drvq_packed(q);
	unsigned int i;

	memset(cfg->desc, 0, virtq_desc_bytes(cfg->num));
	memset(cfg->driver, 0, virtq_driver_bytes(packed, cfg->num));
	memset(cfg->device, 0, virtq_device_bytes(packed, cfg->num));
	memset(cfg->slots, 0, cfg->num * sizeof(*cfg->slots));
	for (i = 0; i < cfg->num; i++)
		cfg->slots[i].next = i + 1 < cfg->num ? i + 1 : 0;

	q->slot = cfg->slots;
	q->num = cfg->num;
	q->free = cfg->num;
	q->free_head = 0;
	q->platform = cfg->features & VIRTQ_F_ORDER_PLATFORM;
	q->in_order = cfg->features & VIRTQ_F_IN_ORDER;
	q->event_idx = cfg->features & VIRTQ_F_EVENT_IDX;
	q->off = false;
	q->held = false;
	q->added = 0;
	q->completed = 0;
	q->published = 0;
	q->kicked = q->counters.extra;
	q->oldest = 0;
	q->batch = 0;
	q->batch_len = 0;
	q->detached = 0;
	memset(&q->fault, 0, sizeof(q->fault));

	if (packed) {
		q->ring = cfg->desc;
		q->avail_ring = NULL;
		q->used_ring = NULL;
	} else {
		q->desc = cfg->desc;
		q->avail_ring = ((struct virtq_avail *)cfg->driver)->ring;
		q->used_ring = ((const struct virtq_used *)cfg->device)->ring;
	}
	/* Both wrap counters begin with 1. */
	q->next = 0;
	q->avail_flags = VIRTQ_PACKED_AVAIL;
	q->used_pos = 0;
	q->used_flags = VIRTQ_PACKED_BOTH;
	q->used_seen = 0;
}

int drvq_init(struct drvq *q, const struct drvq_config *cfg)
{
	if (!virtq_num_valid(cfg->features & VIRTQ_F_PACKED, cfg->num))
		return -EINVAL;
	if (!cfg->desc || !cfg->driver || !cfg->device || !cfg->slots)
		return -EINVAL;
	if (cfg->table_len && (!cfg->tables || !cfg->table_sg || cfg->indirect_min < 2 ||
			       !(cfg->features & VIRTQ_F_INDIRECT)))
		return -EINVAL;

	memset(q, 0, sizeof(*q));
	q->config = *cfg;
	drvq_start(q);
	return 0;
}

void drvq_reset(struct drvq *q)
{
	q->counters.chains += q->added;
	q->counters.resets++;
	drvq_start(q);
}

void drvq_break(struct drvq *q, enum virtq_reason reason, u64 value, u64 limit)
{
	if (drvq_broken(q))
		return;
	q->fault.reason = reason;
	q->fault.value = value;
	q->fault.limit = limit;
	q->fault.pos = drvq_packed(q) ? q->used_pos : (u16)q->completed;
	q->last_fault = q->fault;
	q->counters.broken++;
	/* The fast path looks at these only: nothing free, nothing new, no flags like that. */
	q->free = 0;
	q->used_seen = q->completed;
	q->used_flags = NEVER_USED;
	q->batch = 0;
}

int drvq_full(struct drvq *q)
{
	if (drvq_broken(q))
		return -EIO;
	q->counters.full++;
	return -ENOSPC;
}

/* Is slot @id a piece, but not the first one, of a chain in flight? */
static bool drvq_member(const struct drvq *q, u16 id)
{
	u16 at = q->slot[id].seq;
	unsigned int n;

	if (drvq_packed(q) || q->slot[id].count || at >= q->num || !q->slot[at].token)
		return false;
	for (n = q->slot[at].count; n > 1; n--) {
		at = q->slot[at].next;
		if (at == id)
			return true;
	}
	return false;
}

bool drvq_bad_id(struct drvq *q, u32 id)
{
	if (id >= q->num)
		drvq_break(q, VIRTQ_USED_RANGE, id, q->num);
	else if (drvq_member(q, id))
		drvq_break(q, VIRTQ_USED_MEMBER, id, q->slot[id].seq);
	else
		drvq_break(q, VIRTQ_USED_IDLE, id, drvq_in_flight(q));
	return false;
}

/*
 * More bytes than there is room for. A packed device that wrote nothing at all says so by
 * a flag, and then the length means nothing (2.8.4). Some devices tell how much they sent
 * instead, and for commands the length of the command, too; no driver ever minded.
 */
bool drvq_bad_len(struct drvq *q, u16 id, u32 *len, u16 flags)
{
	u32 room = q->slot[id].in_len;

	if (drvq_packed(q) && !room && !(flags & VIRTQ_DESC_WRITE)) {
		*len = 0;
		return true;
	}
	if (q->config.any_len) {
		q->counters.odd_lengths++;
		*len = room;
		return true;
	}
	drvq_break(q, VIRTQ_USED_LEN, *len, room);
	return false;
}

/*
 * A descriptor that is not used: then it is as we made it available, or nothing is in
 * flight. (All from here to the next to be made available carry this lap's flags.)
 */
bool drvq_idle_packed(struct drvq *q, u16 flags)
{
	u16 avail = q->used_flags ^ VIRTQ_PACKED_USED;

	if (!drvq_broken(q) && drvq_in_flight(q) && (flags & VIRTQ_PACKED_BOTH) != avail)
		drvq_break(q, VIRTQ_USED_WRAP, flags, avail);
	return false;
}

/* Does the device want to hear about one of the last @count descriptors? */
bool drvq_kick_packed_event(const struct drvq *q, u16 desc, unsigned int count)
{
	bool wrap = q->avail_flags & VIRTQ_PACKED_AVAIL;
	u16 event = desc & ~VIRTQ_EVENT_WRAP;

	/* Of the previous lap: that many below this one's position 0. */
	if (!(desc & VIRTQ_EVENT_WRAP) == wrap)
		event -= q->num;
	/* As many as there are: each position was passed. */
	return count >= q->num || virtq_need_event(event, q->next, q->next - count);
}

/* -- chains ------------------------------------------------------------------------ */

/* Bytes that the device may write, or -EINVAL. */
static s64 drvq_check(const struct virtq_sg *sg, unsigned int outs, unsigned int ins)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < outs + ins; i++) {
		if (!sg[i].len)
			return -EINVAL;
		if (i >= outs)
			sum += sg[i].len;
	}
	return sum <= ~0U ? (s64)sum : -EINVAL;
}

/* One descriptor that stands for a table of @n. */
static void drvq_add_table(struct drvq *q, const bool packed, const struct virtq_sg *sg,
			   unsigned int outs, unsigned int n, u32 in_len, void *token)
{
	u16 id = q->free_head;
	struct drvq_slot *s = &q->slot[id];
	size_t first = (size_t)id * q->config.table_len;
	u64 addr = q->config.tables_addr + first * sizeof(struct virtq_desc);
	struct virtq_desc *split = q->config.tables + first;
	struct virtq_sg *own = q->config.table_sg + first;
	unsigned int i;

	for (i = 0; i < n; i++) {
		u16 write = i < outs ? 0 : VIRTQ_DESC_WRITE;

		own[i] = sg[i];
		if (packed) {
			struct virtq_packed_desc *d = (struct virtq_packed_desc *)&split[i];

			d->addr = cpu_to_le64(sg[i].addr);
			d->len = cpu_to_le32(sg[i].len);
			d->id = 0;
			d->flags = cpu_to_le16(write);
		} else {
			bool last = i + 1 == n;

			split[i].addr = cpu_to_le64(sg[i].addr);
			split[i].len = cpu_to_le32(sg[i].len);
			split[i].flags = cpu_to_le16(write | (last ? 0 : VIRTQ_DESC_NEXT));
			split[i].next = cpu_to_le16(last ? 0 : i + 1);
		}
	}

	q->free--;
	q->free_head = s->next;
	drvq_fill_slot(q, s, sg[0].addr, sg[0].len, in_len, token);
	s->count = 1;
	if (packed) {
		struct virtq_packed_desc *d = &q->ring[q->next];

		d->addr = cpu_to_le64(addr);
		d->len = cpu_to_le32(n * sizeof(*d));
		d->id = cpu_to_le16(id);
		env_publish(q->platform, &d->flags,
			    cpu_to_le16(q->avail_flags | VIRTQ_DESC_INDIRECT));
		drvq_step_avail(q, 1);
	} else {
		struct virtq_desc *d = &q->desc[id];

		d->addr = cpu_to_le64(addr);
		d->len = cpu_to_le32(n * sizeof(*d));
		d->flags = cpu_to_le16(VIRTQ_DESC_INDIRECT);
		q->avail_ring[q->added & (q->num - 1)] = cpu_to_le16(id);
	}
	q->counters.tables++;
}

/* Packed: the first descriptor becomes available last, and with it all others (2.8.6). */
static void drvq_add_packed(struct drvq *q, const struct virtq_sg *sg, unsigned int outs,
			    unsigned int n, u16 id)
{
	struct virtq_packed_desc *head = &q->ring[q->next];
	u16 head_flags = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct virtq_packed_desc *d = &q->ring[q->next];
		u16 flags = q->avail_flags | (i < outs ? 0 : VIRTQ_DESC_WRITE) |
			    (i + 1 < n ? VIRTQ_DESC_NEXT : 0);

		d->addr = cpu_to_le64(sg[i].addr);
		d->len = cpu_to_le32(sg[i].len);
		d->id = cpu_to_le16(id);
		if (i)
			d->flags = cpu_to_le16(flags);
		else
			head_flags = flags;
		drvq_step_avail(q, 1);
	}
	env_publish(q->platform, &head->flags, cpu_to_le16(head_flags));
}

/* A chain of @n descriptors, a slot for each. */
static void drvq_add_chain(struct drvq *q, const bool packed, const struct virtq_sg *sg,
			   unsigned int outs, unsigned int n, u32 in_len, void *token)
{
	struct drvq_slot *head = &q->slot[q->free_head], *s = head;
	u16 id = q->free_head, at = id;
	unsigned int i;

	for (i = 0; i < n; i++) {
		s = &q->slot[at];
		if (!packed) {
			struct virtq_desc *d = &q->desc[at];

			d->addr = cpu_to_le64(sg[i].addr);
			d->len = cpu_to_le32(sg[i].len);
			d->flags = cpu_to_le16((i < outs ? 0 : VIRTQ_DESC_WRITE) |
					       (i + 1 < n ? VIRTQ_DESC_NEXT : 0));
			d->next = cpu_to_le16(i + 1 < n ? s->next : 0);
		}
		s->addr = sg[i].addr;
		s->len = sg[i].len;
		/* Not a head, but of the chain of that one. */
		s->count = 0;
		s->elems = 1;
		s->seq = id;
		at = s->next;
	}
	q->free -= n;
	q->free_head = at;
	drvq_fill_slot(q, head, sg[0].addr, sg[0].len, in_len, token);
	head->count = n;
	if (packed)
		drvq_add_packed(q, sg, outs, n, id);
	else
		q->avail_ring[q->added & (q->num - 1)] = cpu_to_le16(id);
	q->counters.extra += n - 1;
}

static __always_inline int drvq_add_any(struct drvq *q, const bool packed,
					const struct virtq_sg *sg, unsigned int outs,
					unsigned int n, void *token)
{
	bool table = n >= q->config.indirect_min && n <= q->config.table_len;
	struct drvq_slot *s = &q->slot[q->free_head];
	unsigned int i;
	s64 in_len;

	if (!table && n > q->num)
		return -EINVAL;
	in_len = drvq_check(sg, outs, n - outs);
	if (in_len < 0)
		return -EINVAL;
	if (q->free < (table ? 1 : n))
		return drvq_full(q);
	if (table)
		drvq_add_table(q, packed, sg, outs, n, in_len, token);
	else
		drvq_add_chain(q, packed, sg, outs, n, in_len, token);
	s->elems = n;
	s->outs = outs;
	for (i = 0; i < outs; i++)
		q->counters.out_bytes += sg[i].len;
	q->added++;
	return 0;
}

int drvq_add(struct drvq *q, const struct virtq_sg *sg, unsigned int outs, unsigned int ins,
	     void *token)
{
	if (!token || outs > VIRTQ_MAX_NUM || ins > VIRTQ_MAX_NUM || !(outs + ins))
		return -EINVAL;
	if (drvq_packed(q))
		return drvq_add_any(q, true, sg, outs, outs + ins, token);
	return drvq_add_any(q, false, sg, outs, outs + ins, token);
}

/* -- taking buffers back ----------------------------------------------------------- */

bool drvq_detach(struct drvq *q, struct drvq_done *done)
{
	/* From now on nothing else may happen to it. */
	q->free = 0;
	q->used_seen = q->completed;
	q->used_flags = NEVER_USED;
	q->batch = 0;
	for (; q->detached < q->num; q->detached++) {
		struct drvq_slot *s = &q->slot[q->detached];

		if (!s->token)
			continue;
		done->token = s->token;
		done->addr = s->addr;
		done->len = 0;
		done->id = q->detached;
		s->token = NULL;
		return true;
	}
	return false;
}

static void drvq_fill_piece(const struct drvq *q, struct drvq_piece *p)
{
	const struct drvq_slot *head = &q->slot[p->head], *s = &q->slot[p->slot];
	unsigned int at = head->elems - p->left;

	if (!p->left)
		return;
	if (head->count < head->elems) {
		p->sg = q->config.table_sg[(size_t)p->head * q->config.table_len + at];
	} else {
		p->sg.addr = s->addr;
		p->sg.len = s->len;
	}
	p->in = at >= head->outs;
}

void drvq_pieces(const struct drvq *q, u16 id, struct drvq_piece *p)
{
	p->head = id;
	p->slot = id;
	p->left = q->slot[id].elems;
	drvq_fill_piece(q, p);
}

void drvq_next_piece(const struct drvq *q, struct drvq_piece *p)
{
	p->left--;
	p->slot = q->slot[p->slot].next;
	drvq_fill_piece(q, p);
}

bool drvq_due(const struct drvq *q)
{
	u16 event, used;

	if (q->off || q->held)
		return false;
	if (!q->event_idx)
		return true;
	if (drvq_packed(q)) {
		const struct virtq_packed_event *e = q->config.driver;
		u16 pos, flags;

		event = le16_to_cpu(READ_ONCE(e->desc));
		pos = event & ~VIRTQ_EVENT_WRAP;
		if (pos >= q->num)
			return true;
		flags = le16_to_cpu(READ_ONCE(q->ring[pos].flags)) & VIRTQ_PACKED_BOTH;
		return flags == (event & VIRTQ_EVENT_WRAP ? VIRTQ_PACKED_BOTH : 0);
	}
	event = le16_to_cpu(READ_ONCE(q->avail_ring[q->num]));
	used = le16_to_cpu(READ_ONCE(((const struct virtq_used *)q->config.device)->idx));
	return (u16)(used - event - 1) < 0x8000;
}
