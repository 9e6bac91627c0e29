// SPDX-License-Identifier: GPL-2.0-only
/* Pure core: the device's side of a virtqueue. */
#include "devq.h"

/* No descriptor is marked so: these bits mean nothing. */
#define NO_FLAGS 0xffff

static struct virtq_avail *devq_avail(const struct devq *q)
{
	return q->config.driver;
}

static struct virtq_used *devq_used(const struct devq *q)
{
	return q->config.device;
}

static struct virtq_packed_desc *devq_ring(const struct devq *q)
{
	return q->config.desc;
}

static bool devq_config_valid(const struct devq_config *cfg)
{
	return virtq_num_valid(cfg->features & VIRTQ_F_PACKED, cfg->num) && cfg->desc &&
	       cfg->driver && cfg->device && cfg->slots &&
	       (cfg->table || !(cfg->features & VIRTQ_F_INDIRECT));
}

/* The shared memory is the driver's to initialize. */
static void devq_start(struct devq *q, const struct devq_config *cfg)
{
	struct virtq_counters counters = q->counters;
	struct virtq_fault last = q->last_fault;
	struct devq_config config = *cfg;

	memset(q, 0, sizeof(*q));
	memset(config.slots, 0, config.num * sizeof(*config.slots));
	q->config = config;
	q->counters = counters;
	q->last_fault = last;
	q->num = config.num;
	q->packed = config.features & VIRTQ_F_PACKED;
	q->in_order = config.features & VIRTQ_F_IN_ORDER;
	q->event_idx = config.features & VIRTQ_F_EVENT_IDX;
	q->platform = config.features & VIRTQ_F_ORDER_PLATFORM;
	q->avail_flags = VIRTQ_PACKED_AVAIL;
	q->used_flags = VIRTQ_PACKED_BOTH;
	q->first_flags = NO_FLAGS;
}

int devq_init(struct devq *q, const struct devq_config *cfg)
{
	memset(q, 0, sizeof(*q));
	if (!devq_config_valid(cfg))
		return -EINVAL;
	devq_start(q, cfg);
	return 0;
}

int devq_reset(struct devq *q, const struct devq_config *cfg)
{
	if (cfg && !devq_config_valid(cfg))
		return -EINVAL;
	q->counters.chains += q->fetched;
	q->counters.resets++;
	devq_start(q, cfg ? cfg : &q->config);
	return 0;
}

void devq_break(struct devq *q, enum virtq_reason reason, u64 value, u64 limit)
{
	if (devq_broken(q))
		return;
	q->fault.reason = reason;
	q->fault.value = value;
	q->fault.limit = limit;
	q->fault.pos = q->packed ? q->next : (u16)q->fetched;
	q->last_fault = q->fault;
	q->counters.broken++;
}

static int devq_bad(struct devq *q, enum virtq_reason reason, u64 value, u64 limit)
{
	devq_break(q, reason, value, limit);
	return -EIO;
}

/* -- fetch ------------------------------------------------------------------------- */

/* A descriptor of either layout, in private memory. */
struct devq_desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 link; /* split: next; packed: buffer id */
};

static struct devq_desc devq_read_split(const struct virtq_desc *d)
{
	return (struct devq_desc){
		.addr = le64_to_cpu(READ_ONCE(d->addr)),
		.len = le32_to_cpu(READ_ONCE(d->len)),
		.flags = le16_to_cpu(READ_ONCE(d->flags)),
		.link = le16_to_cpu(READ_ONCE(d->next)),
	};
}

static struct devq_desc devq_read_packed(const struct virtq_packed_desc *d)
{
	return (struct devq_desc){
		.addr = le64_to_cpu(READ_ONCE(d->addr)),
		.len = le32_to_cpu(READ_ONCE(d->len)),
		.flags = le16_to_cpu(READ_ONCE(d->flags)),
		.link = le16_to_cpu(READ_ONCE(d->id)),
	};
}

/* One piece of a buffer. */
static int devq_take(struct devq *q, struct devq_chain *c, const struct devq_desc *d)
{
	bool in = d->flags & VIRTQ_DESC_WRITE;
	unsigned int n = c->outs + c->ins;

	if (!d->len)
		return devq_bad(q, VIRTQ_ZERO_LEN, n, 1);
	if (d->addr + d->len - 1 < d->addr)
		return devq_bad(q, VIRTQ_ADDR_WRAP, d->addr, d->len);
	if (!in && c->ins)
		return devq_bad(q, VIRTQ_CHAIN_ORDER, n, c->outs);
	if (n >= c->max)
		return devq_bad(q, VIRTQ_CHAIN_LONG, n + 1, c->max);
	if (c->out_len + c->in_len + d->len > 1ULL << 32)
		return devq_bad(q, VIRTQ_CHAIN_BYTES, c->out_len + c->in_len + d->len, 1ULL << 32);
	c->sg[n].addr = d->addr;
	c->sg[n].len = d->len;
	if (in) {
		c->ins++;
		c->in_len += d->len;
	} else {
		c->outs++;
		c->out_len += d->len;
	}
	return 0;
}

/* Where the indirect table is, with how many entries. */
static const void *devq_table(struct devq *q, const struct devq_desc *d, unsigned int *entries)
{
	const void *table;

	*entries = d->len / sizeof(struct virtq_desc);
	if (!(q->config.features & VIRTQ_F_INDIRECT))
		devq_break(q, VIRTQ_INDIRECT_OFF, d->flags, 0);
	else if (d->flags & VIRTQ_DESC_NEXT)
		devq_break(q, VIRTQ_INDIRECT_NEXT, d->flags, 0);
	else if (!*entries || d->len % sizeof(struct virtq_desc))
		devq_break(q, VIRTQ_INDIRECT_LEN, d->len, sizeof(struct virtq_desc));
	else if (*entries > q->num)
		devq_break(q, VIRTQ_INDIRECT_LONG, *entries, q->num);
	if (devq_broken(q))
		return NULL;
	table = d->addr + d->len - 1 < d->addr ? NULL :
						 q->config.table(q->config.ctx, d->addr, d->len);
	if (!table)
		devq_break(q, VIRTQ_INDIRECT_MEMORY, d->addr, d->len);
	return table;
}

/*
 * A chain in a split table of @entries, the queue's own or an @inner one, an indirect one (2.7.5),
 * which may lie anywhere, even where the queue's own does.
 */
static int devq_walk_split(struct devq *q, struct devq_chain *c, const struct virtq_desc *table,
			   unsigned int entries, u16 at, bool inner, unsigned int *count)
{
	struct devq_desc d;
	int ret;

	for (*count = 0;; at = d.link) {
		/* Each entry once at most. */
		if ((*count)++ >= entries)
			return devq_bad(q, VIRTQ_CHAIN_LOOP, *count, entries);
		d = devq_read_split(&table[at]);
		if (d.flags & VIRTQ_DESC_INDIRECT) {
			unsigned int n, seen;

			if (inner)
				return devq_bad(q, VIRTQ_INDIRECT_NESTED, at, entries);
			table = devq_table(q, &d, &n);
			if (!table)
				return -EIO;
			c->table = at;
			ret = devq_walk_split(q, c, table, n, 0, true, &seen);
			c->entries = seen;
			return ret;
		}
		ret = devq_take(q, c, &d);
		if (ret || !(d.flags & VIRTQ_DESC_NEXT))
			return ret;
		if (d.link >= entries)
			return devq_bad(q, VIRTQ_NEXT_RANGE, d.link, entries);
	}
}

static int devq_fetch_split(struct devq *q, struct devq_chain *c)
{
	u16 at = q->fetched, idx;
	unsigned int count;
	u16 head;
	int ret;

	if (at == q->seen) {
		unsigned int n;

		idx = le16_to_cpu(READ_ONCE(devq_avail(q)->idx));
		n = (u16)(idx - at);
		if (!n)
			return 0;
		if (n > q->num - q->held)
			return devq_bad(q, VIRTQ_AVAIL_JUMP, n, q->num - q->held);
		q->seen = idx;
		/* The index first, then what it speaks of. */
		env_rmb(q->platform);
	}
	head = le16_to_cpu(READ_ONCE(devq_avail(q)->ring[at & (q->num - 1)]));
	if (head >= q->num)
		return devq_bad(q, VIRTQ_HEAD_RANGE, head, q->num);
	if (q->config.slots[head].count)
		return devq_bad(q, VIRTQ_HEAD_BUSY, head, q->held);
	ret = devq_walk_split(q, c, q->config.desc, q->num, head, false, &count);
	if (ret)
		return ret;
	/* Chains that share descriptors can be more than the table has. */
	if (count > q->num - q->held)
		return devq_bad(q, VIRTQ_AVAIL_JUMP, count, q->num - q->held);
	c->id = head;
	c->count = count;
	return 1;
}

/* All entries of an indirect table; flags but WRITE, and ids, mean nothing there (2.8.7). */
static int devq_walk_table(struct devq *q, struct devq_chain *c, const struct devq_desc *ring)
{
	const struct virtq_packed_desc *table;
	unsigned int i, n;

	table = devq_table(q, ring, &n);
	if (!table)
		return -EIO;
	for (i = 0; i < n; i++) {
		struct devq_desc d = devq_read_packed(&table[i]);
		int ret = devq_take(q, c, &d);

		if (ret)
			return ret;
	}
	c->table = q->next;
	c->entries = n;
	return 0;
}

static int devq_fetch_packed(struct devq *q, struct devq_chain *c)
{
	unsigned int pos = q->next, count = 0;
	u16 avail = q->avail_flags, flags;
	struct devq_desc d;
	int ret;

	flags = le16_to_cpu(READ_ONCE(devq_ring(q)[pos].flags)) & VIRTQ_PACKED_BOTH;
	if (flags != avail) {
		/* As only we mark one, in this lap, and we did not come here yet. */
		if (flags == (avail ^ VIRTQ_PACKED_USED))
			return devq_bad(q, VIRTQ_AVAIL_WRAP, flags, avail);
		return 0;
	}
	/* The flags first, then the rest. */
	env_rmb(q->platform);
	for (;;) {
		if (count++ >= q->num - q->held)
			return devq_bad(q, count > q->num ? VIRTQ_CHAIN_LOOP : VIRTQ_AVAIL_JUMP,
					count, q->num - q->held);
		d = devq_read_packed(&devq_ring(q)[pos]);
		if ((d.flags & VIRTQ_PACKED_BOTH) != avail)
			return devq_bad(q, VIRTQ_CHAIN_TORN, d.flags, avail);
		if (++pos == q->num) {
			pos = 0;
			avail ^= VIRTQ_PACKED_BOTH;
		}
		if (d.flags & VIRTQ_DESC_INDIRECT) {
			/* A table stands alone, there is no chain that it ends (2.8.19). */
			if (count > 1)
				return devq_bad(q, VIRTQ_INDIRECT_NEXT, d.flags, count);
			ret = devq_walk_table(q, c, &d);
		} else {
			ret = devq_take(q, c, &d);
		}
		if (ret)
			return ret;
		if (!(d.flags & VIRTQ_DESC_NEXT))
			break;
	}
	if (d.link >= q->num)
		return devq_bad(q, VIRTQ_HEAD_RANGE, d.link, q->num);
	if (q->config.slots[d.link].count)
		return devq_bad(q, VIRTQ_HEAD_BUSY, d.link, q->held);
	q->next = pos;
	q->avail_flags = avail;
	c->id = d.link;
	c->count = count;
	return 1;
}

int devq_fetch(struct devq *q, struct devq_chain *c)
{
	struct devq_slot *s;
	int ret;

	c->outs = 0;
	c->ins = 0;
	c->out_len = 0;
	c->in_len = 0;
	c->entries = 0;
	if (devq_broken(q))
		return -EIO;
	ret = q->packed ? devq_fetch_packed(q, c) : devq_fetch_split(q, c);
	if (ret <= 0)
		return ret;
	s = &q->config.slots[c->id];
	s->in_len = min(c->in_len, (u64)~0U);
	s->stamp = q->now;
	s->seq = q->fetched;
	s->count = c->count;
	q->held += c->count;
	q->fetched++;
	q->counters.extra += c->count - 1;
	q->counters.tables += !!c->entries;
	q->counters.out_bytes += c->out_len;
	return 1;
}

int devq_unfetch(struct devq *q, const struct devq_chain *c)
{
	struct devq_slot *s;

	if (c->id >= q->num)
		return -EINVAL;
	s = &q->config.slots[c->id];
	if (!s->count || s->seq != (u16)(q->fetched - 1))
		return -EINVAL;
	if (q->packed) {
		if (q->next < s->count) {
			q->next += q->num;
			q->avail_flags ^= VIRTQ_PACKED_BOTH;
		}
		q->next -= s->count;
	}
	q->held -= s->count;
	q->fetched--;
	q->counters.extra -= s->count - 1;
	q->counters.tables -= !!c->entries;
	q->counters.out_bytes -= c->out_len;
	s->count = 0;
	return 0;
}

/* -- push -------------------------------------------------------------------------- */

/* Writes one used entry; packed: the first one's flags wait for the flush (2.8.9). */
static void devq_write_used(struct devq *q, u16 pos, u16 flags, u16 id, u32 len)
{
	if (q->packed) {
		struct virtq_packed_desc *d = &devq_ring(q)[pos];

		if (len)
			flags |= VIRTQ_DESC_WRITE;
		WRITE_ONCE(d->id, cpu_to_le16(id));
		WRITE_ONCE(d->len, cpu_to_le32(len));
		if (q->first_flags == NO_FLAGS) {
			q->first = pos;
			q->first_flags = flags;
		} else {
			env_publish(q->platform, &d->flags, cpu_to_le16(flags));
		}
	} else {
		struct virtq_used_elem *e = &devq_used(q)->ring[pos & (q->num - 1)];

		WRITE_ONCE(e->id, cpu_to_le32(id));
		WRITE_ONCE(e->len, cpu_to_le32(len));
	}
}

/* In order: the entry of a batch stands where its first buffer stood, and names the last. */
static void devq_end_batch(struct devq *q)
{
	if (q->batch)
		devq_write_used(q, q->batch_pos, q->batch_flags, q->batch_id, q->batch_len);
	q->batch = 0;
}

int devq_push(struct devq *q, u16 id, u32 len)
{
	u16 pos = q->packed ? q->used_pos : (u16)q->pushed, flags = q->used_flags;
	struct devq_slot *s;

	if (devq_broken(q))
		return -EIO;
	if (id >= q->num)
		return -EINVAL;
	s = &q->config.slots[id];
	if (!s->count || len > s->in_len)
		return -EINVAL;
	if (q->in_order) {
		if (s->seq != (u16)q->pushed)
			return -EINVAL;
		if (!q->batch) {
			q->batch_pos = pos;
			q->batch_flags = flags;
		}
		q->batch++;
		q->batch_id = id;
		q->batch_len = len;
		/* Only of buffers that are used up may the driver learn by what follows. */
		if (len != s->in_len)
			devq_end_batch(q);
	} else {
		devq_write_used(q, pos, flags, id, len);
	}

	if (q->packed) {
		unsigned int next = q->used_pos + s->count;

		if (next >= q->num) {
			next -= q->num;
			q->used_flags ^= VIRTQ_PACKED_BOTH;
		}
		q->used_pos = next;
		q->used_descs += s->count;
	}
	q->held -= s->count;
	s->count = 0;
	q->pushed++;
	q->counters.in_bytes += len;
	return 0;
}

/* Does the driver want to hear about what was used since the last flush? */
static bool devq_wanted(const struct devq *q)
{
	const struct virtq_packed_event *event = q->config.driver;
	u16 flags, desc;

	if (!q->packed) {
		if (!q->event_idx)
			return !(le16_to_cpu(READ_ONCE(devq_avail(q)->flags)) &
				 VIRTQ_AVAIL_NO_INTERRUPT);
		return virtq_need_event(le16_to_cpu(READ_ONCE(devq_avail(q)->ring[q->num])),
					q->pushed, q->shown);
	}
	flags = le16_to_cpu(READ_ONCE(event->flags)) & VIRTQ_EVENT_FLAGS;
	if (flags != VIRTQ_EVENT_DESC || !q->event_idx)
		return flags != VIRTQ_EVENT_DISABLE;
	env_rmb(q->platform);
	desc = le16_to_cpu(READ_ONCE(event->desc));
	if (q->used_descs >= q->num)
		return true;
	/* Of the previous lap: that many below this one's position 0. */
	if (!(desc & VIRTQ_EVENT_WRAP) == !!q->used_flags)
		desc = (desc & ~VIRTQ_EVENT_WRAP) - q->num;
	else
		desc &= ~VIRTQ_EVENT_WRAP;
	return virtq_need_event(desc, q->used_pos, q->used_pos - q->used_descs);
}

bool devq_flush(struct devq *q)
{
	bool wanted;

	if (devq_broken(q) || q->pushed == q->shown)
		return false;
	devq_end_batch(q);
	if (q->packed) {
		env_publish(q->platform, &devq_ring(q)[q->first].flags,
			    cpu_to_le16(q->first_flags));
		q->first_flags = NO_FLAGS;
	} else {
		env_publish(q->platform, &devq_used(q)->idx, cpu_to_le16((u16)q->pushed));
	}
	/* What is used first, then the wish: or both sides may wait. */
	env_mb(q->platform);
	wanted = devq_wanted(q);
	virtq_batch(q->counters.added, q->pushed - q->shown);
	q->shown = q->pushed;
	q->used_descs = 0;
	if (wanted)
		q->counters.interrupts++;
	else
		q->counters.interrupts_spared++;
	return wanted;
}

/* -- notifications ----------------------------------------------------------------- */

static bool devq_pending(const struct devq *q)
{
	if (devq_broken(q))
		return false;
	if (q->packed)
		return (le16_to_cpu(READ_ONCE(devq_ring(q)[q->next].flags)) & VIRTQ_PACKED_BOTH) ==
		       q->avail_flags;
	return le16_to_cpu(READ_ONCE(devq_avail(q)->idx)) != (u16)q->fetched;
}

void devq_disable_kick(struct devq *q)
{
	if (q->off)
		return;
	q->off = true;
	if (q->packed) {
		struct virtq_packed_event *event = q->config.device;

		WRITE_ONCE(event->flags, cpu_to_le16(VIRTQ_EVENT_DISABLE));
	} else if (!q->event_idx) {
		WRITE_ONCE(devq_used(q)->flags, cpu_to_le16(VIRTQ_USED_NO_NOTIFY));
	}
}

bool devq_enable_kick(struct devq *q)
{
	q->off = false;
	if (q->packed) {
		struct virtq_packed_event *event = q->config.device;
		/* Available in this lap: then its wrap counter is 1. */
		u16 wrap = q->avail_flags == VIRTQ_PACKED_AVAIL ? VIRTQ_EVENT_WRAP : 0;

		if (q->event_idx) {
			WRITE_ONCE(event->desc, cpu_to_le16(q->next | wrap));
			env_publish(q->platform, &event->flags, cpu_to_le16(VIRTQ_EVENT_DESC));
		} else {
			WRITE_ONCE(event->flags, cpu_to_le16(VIRTQ_EVENT_ENABLE));
		}
	} else if (q->event_idx) {
		__le16 *event = virtq_avail_event(q->config.device, q->num);

		WRITE_ONCE(*event, cpu_to_le16((u16)q->fetched));
	} else {
		WRITE_ONCE(devq_used(q)->flags, cpu_to_le16(0));
	}
	/* The wish first, then a last look. */
	env_mb(q->platform);
	return !devq_pending(q);
}
