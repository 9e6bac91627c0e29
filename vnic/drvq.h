/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure core: the driver's side of a virtqueue, split or packed.
 *
 * Life of a buffer: drvq_add() or drvq_add_one() puts it into the ring, drvq_kick() shows
 * all that were added to the device and says whether it has to be notified, drvq_get()
 * gives back each buffer that the device is done with.
 *
 * The device is not trusted. All that decides anything here is private (struct drvq and
 * its slots, one for each descriptor); of what the device writes, only its indices, ids,
 * lengths and wishes for notifications are looked at, each is read once and checked. A
 * device that breaks the rules breaks the queue: the reason is noted, nothing can be added
 * or got any more, and whatever it wrote where changes nothing. Then: reset the queue at
 * the device, take the buffers back with drvq_detach(), start anew with drvq_reset().
 *
 * Calls on one queue have to be serialized by the caller; kick, poll and counters of
 * different queues have nothing in common. Where a function takes @packed, pass a
 * compile-time constant that says what the queue was made with: the layout folds away.
 */
#ifndef _VNIC_DRVQ_H
#define _VNIC_DRVQ_H

#include "../include/xlate/virtq_view.h"

/**
 * struct drvq_slot - what we know about a descriptor, kept away from the device
 *
 * Split: of the descriptor of that index. Packed: of the buffer id; a chain takes as many
 * ids as it has descriptors, so that there is a slot for each piece.
 *
 * @token:  the caller's, when this heads a chain in flight, else NULL
 * @addr:   of the piece (of the first one, when the chain is in an indirect table)
 * @len:    of the piece, in bytes
 * @in_len: head: bytes that the device may write, of the whole chain
 * @stamp:  head: the caller's time when it was added (struct drvq.now)
 * @next:   slot of the next piece, or the next free slot
 * @seq:    head: how many chains were added before, modulo 2^16
 * @count:  head: descriptors in the ring; 0 inside a chain
 * @elems:  head: pieces, those in an indirect table included
 * @outs:   head: how many of them the device reads; they come first
 */
struct drvq_slot {
	void *token;
	u64 addr;
	u32 len;
	u32 in_len;
	u32 stamp;
	u16 next;
	u16 seq;
	u16 count;
	u16 elems;
	u16 outs;
};

/**
 * struct drvq_config - what a queue is made of
 * @features:	  negotiated features: VIRTQ_F_*, others are ignored
 * @num:	  descriptors
 * @table_len:	  entries of each indirect table, 0 for none
 * @indirect_min: chains of at least so many pieces go through an indirect table
 * @any_len:	  no caller looks at lengths: one that cannot be is cut, and counted
 * @desc:	  descriptor area (virtq_desc_bytes()), aligned to 16 bytes
 * @driver:	  driver area (virtq_driver_bytes()), aligned to 4 bytes
 * @device:	  device area (virtq_device_bytes()), aligned to 4 bytes
 * @slots:	  @num of them
 * @tables:	  @num indirect tables, which the device can read
 * @tables_addr:  address of @tables for the device
 * @table_sg:	  @num * @table_len: private copies of what the tables say
 */
struct drvq_config {
	u64 features;
	u16 num;
	u16 table_len;
	u16 indirect_min;
	bool any_len;
	void *desc;
	void *driver;
	void *device;
	struct drvq_slot *slots;
	struct virtq_desc *tables;
	u64 tables_addr;
	struct virtq_sg *table_sg;
};

/**
 * struct drvq - a queue
 * @slot:	 private state of descriptors
 * @desc:	 split: descriptor table
 * @ring:	 packed: descriptor ring
 * @avail_ring:	 split: heads of available chains
 * @used_ring:	 split: the device's; read once, never trusted
 * @free:	 descriptors that can be had; 0 when broken
 * @now:	 the caller's time, copied to each chain that is added
 * @free_head:	 the first free slot
 * @num:	 descriptors
 * @next:	 packed: position of the next descriptor to be made available
 * @avail_flags: packed: how to mark a descriptor available in this lap
 * @used_pos:	 packed: position of the next descriptor to be used
 * @used_flags:	 packed: how one looks that is used in this lap
 * @used_seen:	 split: the used index when it was read last
 * @platform:	 barriers as for hardware
 * @in_order:	 VIRTQ_F_IN_ORDER was negotiated
 * @event_idx:	 VIRTQ_F_EVENT_IDX was negotiated
 * @off:	 the device was told that no interrupt is wanted
 * @held:	 ... for a moment: drvq_hold_cb()
 * @published:	 chains that the device can see, modulo 2^16
 * @kicked:	 descriptors when the last kick was thought about
 * @added:	 chains added since the start
 * @completed:	 chains that came back since the start
 * @oldest:	 in order: head of the oldest chain in flight
 * @batch:	 in order: chains left of the batch that the device ended
 * @batch_len:	 in order: bytes it wrote into the last one of them
 * @detached:	 slots that drvq_detach() has looked at
 * @fault:	 what the device did wrong, if anything
 * @last_fault:	 the same, kept over drvq_reset()
 * @config:	 what it was made of
 * @counters:	 see there
 */
struct drvq {
	struct drvq_slot *slot;
	union {
		struct virtq_desc *desc;
		struct virtq_packed_desc *ring;
	};
	__le16 *avail_ring;
	const struct virtq_used_elem *used_ring;
	u32 free;
	u32 now;
	u16 free_head;
	u16 num;
	u16 next;
	u16 avail_flags;
	u16 used_pos;
	u16 used_flags;
	u16 used_seen;
	bool platform;
	bool in_order;
	bool event_idx;
	bool off;
	bool held;
	u16 published;
	u64 kicked;
	u64 added;
	u64 completed;
	u16 oldest;
	u16 batch;
	u32 batch_len;
	u32 detached;
	struct virtq_fault fault;
	struct virtq_fault last_fault;
	struct drvq_config config;
	struct virtq_counters counters;
};

/**
 * struct drvq_done - a buffer that came back
 * @token: the caller's
 * @addr:  of its first piece, as it was given
 * @len:   bytes that the device says it wrote, never more than there was room for
 * @id:    for drvq_pieces(), until the next buffer is added
 */
struct drvq_done {
	void *token;
	u64 addr;
	u32 len;
	u16 id;
};

/**
 * struct drvq_piece - a piece of a buffer that came back, to be unmapped
 * @sg:	  address and length, as they were given
 * @in:	  the device may have written it
 * @left: pieces from here on; 0 behind the last one
 * @head: the chain
 * @slot: of this piece
 */
struct drvq_piece {
	struct virtq_sg sg;
	bool in;
	u16 left;
	u16 head;
	u16 slot;
};

/**
 * drvq_init() - make a queue, for the first time
 * @q:	 queue
 * @cfg: what it is made of; copied
 *
 * Return: 0, or -EINVAL when the numbers make no sense.
 */
int drvq_init(struct drvq *q, const struct drvq_config *cfg);

/**
 * drvq_reset() - make it anew, out of the same memory
 * @q: queue that the device does not use any more, emptied with drvq_detach()
 *
 * Counters stay.
 */
void drvq_reset(struct drvq *q);

/**
 * drvq_add() - put a buffer of any number of pieces into the ring
 * @q:	   queue
 * @sg:    pieces, each of at least one byte; first those for the device to read
 * @outs:  how many of those
 * @ins:   how many for the device to write
 * @token: comes back with the buffer; not NULL
 *
 * The device sees it after the next drvq_kick(), or at once.
 *
 * Return: 0; -ENOSPC when there is no room now; -EINVAL for no pieces, empty ones, or more
 * than ever fit; -EIO when the queue is broken.
 */
int drvq_add(struct drvq *q, const struct virtq_sg *sg, unsigned int outs, unsigned int ins,
	     void *token);

/**
 * drvq_detach() - take back the buffers of a queue that the device does not use any more
 * @q:	  queue, broken or not
 * @done: gets a buffer
 *
 * Return: false when there are no more. Between the first call and drvq_reset() the queue
 * is good for nothing else.
 */
bool drvq_detach(struct drvq *q, struct drvq_done *done);

/**
 * drvq_break() - note that the device broke the rules, and refuse all further work
 * @q:	    queue
 * @reason: which rule
 * @value:  the number that is wrong
 * @limit:  what it should have kept to
 *
 * For the layer above, too (VIRTQ_UPPER). The first reason stays.
 */
void drvq_break(struct drvq *q, enum virtq_reason reason, u64 value, u64 limit);

/**
 * drvq_view() - a snapshot, for people
 * @q: queue; serialized with the other calls
 * @v: gets the queue
 * @d: gets its descriptors, in the order of the ring: room for as many as it has; or NULL
 */
void drvq_view(const struct drvq *q, struct virtq_view *v, struct virtq_desc_view *d);

/**
 * drvq_view_tables() - the indirect tables that are in flight, too
 * @q: queue; nothing happened to it since drvq_view()
 * @d: its descriptors
 * @t: gets the entries, as they were written; @num and @left_out start at 0
 */
void drvq_view_tables(const struct drvq *q, struct virtq_desc_view *d, struct virtq_tables *t);

static inline bool drvq_broken(const struct drvq *q)
{
	return q->fault.reason != VIRTQ_GOOD;
}

/**
 * drvq_due() - has so much come back that the device has to have interrupted?
 * @q: queue that something has come back of, after drvq_enable_cb()
 *
 * Return: no, when more is to come first; a guess for chains of several packed descriptors.
 */
bool drvq_due(const struct drvq *q);

/* The pieces of a buffer that came back: drvq_pieces(), and drvq_next_piece() while @left. */
void drvq_pieces(const struct drvq *q, u16 id, struct drvq_piece *p);
void drvq_next_piece(const struct drvq *q, struct drvq_piece *p);

/* Not on the fast path: what to say when something cannot be done. */
int drvq_full(struct drvq *q);
bool drvq_bad_id(struct drvq *q, u32 id);
bool drvq_bad_len(struct drvq *q, u16 id, u32 *len, u16 flags);
bool drvq_idle_packed(struct drvq *q, u16 flags);
bool drvq_kick_packed_event(const struct drvq *q, u16 desc, unsigned int count);

/* Has the device the right to touch anything? */
static __always_inline u16 drvq_in_flight(const struct drvq *q)
{
	return q->added - q->completed;
}

/* -- add --------------------------------------------------------------------------- */

static __always_inline void drvq_fill_slot(struct drvq *q, struct drvq_slot *s, u64 addr, u32 len,
					   u32 in_len, void *token)
{
	s->token = token;
	s->addr = addr;
	s->len = len;
	s->in_len = in_len;
	s->stamp = q->now;
	s->seq = q->added;
}

/* Packed: marks @d available and goes on to the next position. */
static __always_inline void drvq_step_avail(struct drvq *q, unsigned int count)
{
	unsigned int next = q->next + count;

	if (unlikely(next >= q->num)) {
		next -= q->num;
		q->avail_flags ^= VIRTQ_PACKED_BOTH;
	}
	q->next = next;
}

/**
 * drvq_add_one() - put a buffer of one piece into the ring
 * @q:	    queue
 * @packed: its layout
 * @addr:   of the buffer
 * @len:    its bytes, at least one
 * @in:	    for the device to write (else to read); a constant
 * @token:  comes back with the buffer; not NULL
 *
 * Return: as drvq_add().
 */
static __always_inline int drvq_add_one(struct drvq *q, const bool packed, u64 addr, u32 len,
					const bool in, void *token)
{
	const u16 write = in ? VIRTQ_DESC_WRITE : 0;
	u16 id = q->free_head;
	struct drvq_slot *s;

	if (unlikely(!q->free))
		return drvq_full(q);
	s = &q->slot[id];
	q->free--;
	q->free_head = s->next;
	drvq_fill_slot(q, s, addr, len, in ? len : 0, token);
	s->count = 1;
	s->elems = 1;
	s->outs = !in;

	if (packed) {
		struct virtq_packed_desc *d = &q->ring[q->next];

		d->addr = cpu_to_le64(addr);
		d->len = cpu_to_le32(len);
		d->id = cpu_to_le16(id);
		env_publish(q->platform, &d->flags, cpu_to_le16(q->avail_flags | write));
		drvq_step_avail(q, 1);
	} else {
		struct virtq_desc *d = &q->desc[id];

		d->addr = cpu_to_le64(addr);
		d->len = cpu_to_le32(len);
		d->flags = cpu_to_le16(write);
		q->avail_ring[q->added & (q->num - 1)] = cpu_to_le16(id);
	}
	q->added++;
	if (!in)
		q->counters.out_bytes += len;
	return 0;
}

/**
 * drvq_kick() - show the device what was added
 * @q:	    queue
 * @packed: its layout
 *
 * Return: true when the device has to be notified.
 */
static __always_inline bool drvq_kick(struct drvq *q, const bool packed)
{
	u16 new = q->added, old = q->published;
	u64 count = q->added + q->counters.extra - q->kicked;
	bool need;

	if (unlikely(new == old || drvq_broken(q)))
		return false;
	if (packed) {
		const struct virtq_packed_event *event = q->config.device;
		u16 flags;

		/* Descriptors first, then the wish: or both sides may wait. */
		env_mb(q->platform);
		flags = le16_to_cpu(READ_ONCE(event->flags)) & VIRTQ_EVENT_FLAGS;
		if (flags == VIRTQ_EVENT_DESC && q->event_idx) {
			env_rmb(q->platform);
			need = drvq_kick_packed_event(q, le16_to_cpu(READ_ONCE(event->desc)),
						      min(count, (u64)q->num));
		} else {
			need = flags != VIRTQ_EVENT_DISABLE;
		}
	} else {
		struct virtq_avail *avail = q->config.driver;
		const struct virtq_used *used = q->config.device;

		env_publish(q->platform, &avail->idx, cpu_to_le16(new));
		env_mb(q->platform);
		if (q->event_idx) {
			const __le16 *event = virtq_avail_event(q->config.device, q->num);

			need = virtq_need_event(le16_to_cpu(READ_ONCE(*event)), new, old);
		} else {
			need = !(le16_to_cpu(READ_ONCE(used->flags)) & VIRTQ_USED_NO_NOTIFY);
		}
	}
	q->published = new;
	q->kicked += count;
	virtq_batch(q->counters.added, (u16)(new - old));
	if (need)
		q->counters.kicks++;
	else
		q->counters.kicks_spared++;
	return need;
}

/* -- get --------------------------------------------------------------------------- */

/* Packed: goes on behind @count used descriptors. */
static __always_inline void drvq_step_used(struct drvq *q, unsigned int count)
{
	unsigned int pos = q->used_pos + count;

	if (unlikely(pos >= q->num)) {
		pos -= q->num;
		q->used_flags ^= VIRTQ_PACKED_BOTH;
	}
	q->used_pos = pos;
}

/* Split: has the device used something that was not there when we looked last? */
static __always_inline bool drvq_look_split(struct drvq *q)
{
	const struct virtq_used *used = q->config.device;
	u16 idx = le16_to_cpu(READ_ONCE(used->idx)), last = q->completed;

	if (idx == last || unlikely(drvq_broken(q)))
		return false;
	if (unlikely((u16)(idx - last) > (u16)(q->published - last))) {
		drvq_break(q, VIRTQ_USED_JUMP, (u16)(idx - last), (u16)(q->published - last));
		return false;
	}
	q->used_seen = idx;
	/* The index first, then what it speaks of. */
	env_rmb(q->platform);
	return true;
}

/* What the device wrote at the next place: an id of a chain in flight, and a length. */
static __always_inline bool drvq_next_used(struct drvq *q, const bool packed, u16 *id, u32 *len)
{
	const struct drvq_slot *s;
	u16 flags = 0;
	u32 n;

	if (packed) {
		const struct virtq_packed_desc *d = &q->ring[q->used_pos];

		flags = le16_to_cpu(READ_ONCE(d->flags));
		if ((flags & VIRTQ_PACKED_BOTH) != q->used_flags)
			return drvq_idle_packed(q, flags);
		/* The flags first, then the rest. */
		env_rmb(q->platform);
		n = le16_to_cpu(READ_ONCE(d->id));
		*len = le32_to_cpu(READ_ONCE(d->len));
	} else {
		const struct virtq_used_elem *e;

		if ((u16)q->completed == q->used_seen && !drvq_look_split(q))
			return false;
		e = &q->used_ring[q->completed & (q->num - 1)];
		n = le32_to_cpu(READ_ONCE(e->id));
		*len = le32_to_cpu(READ_ONCE(e->len));
	}
	if (unlikely(n >= q->num || !q->slot[n].token))
		return drvq_bad_id(q, n);
	*id = n;
	s = &q->slot[n];
	return likely(*len <= s->in_len) || drvq_bad_len(q, n, len, flags);
}

/* The same when buffers come back in order: one place may stand for a batch. */
static __always_inline bool drvq_next_in_order(struct drvq *q, const bool packed, u16 *id, u32 *len)
{
	const struct drvq_slot *s;
	unsigned int pos;

	if (!q->batch) {
		u16 n, last;

		if (!drvq_next_used(q, packed, &last, &q->batch_len))
			return false;
		n = q->slot[last].seq - (u16)q->completed + 1;
		if (!packed && unlikely(n > (u16)(q->used_seen - (u16)q->completed))) {
			drvq_break(q, VIRTQ_USED_ORDER, n, (u16)(q->used_seen - (u16)q->completed));
			return false;
		}
		q->batch = n;
	}
	s = &q->slot[q->oldest];
	*id = q->oldest;
	/* What the device passed over, it has used up. */
	*len = --q->batch ? s->in_len : q->batch_len;
	pos = q->oldest + s->count;
	q->oldest = pos < q->num ? pos : pos - q->num;
	return true;
}

/* Puts the descriptors of a chain back, unless they are taken in the order of the ring. */
static __always_inline void drvq_put_slots(struct drvq *q, struct drvq_slot *s, u16 id)
{
	unsigned int n = s->count;

	q->free += n;
	if (q->in_order)
		return;
	for (; unlikely(n > 1); n--)
		s = &q->slot[s->next];
	s->next = q->free_head;
	q->free_head = id;
}

/**
 * drvq_get() - get a buffer that the device is done with
 * @q:	    queue
 * @packed: its layout
 * @done:   gets it
 *
 * Return: false when there is none, also when the queue is broken.
 */
static __always_inline bool drvq_get(struct drvq *q, const bool packed, struct drvq_done *done)
{
	struct drvq_slot *s;
	u32 len;
	u16 id;

	if (q->in_order ? !drvq_next_in_order(q, packed, &id, &len) :
			  !drvq_next_used(q, packed, &id, &len))
		return false;
	s = &q->slot[id];
	done->token = s->token;
	done->addr = s->addr;
	done->len = len;
	done->id = id;
	s->token = NULL;
	if (packed)
		drvq_step_used(q, s->count);
	drvq_put_slots(q, s, id);
	q->completed++;
	q->counters.in_bytes += len;
	return true;
}

/* Is there something to get? */
static __always_inline bool drvq_pending(const struct drvq *q, const bool packed)
{
	if (packed) {
		u16 flags = le16_to_cpu(READ_ONCE(q->ring[q->used_pos].flags));

		return (flags & VIRTQ_PACKED_BOTH) == q->used_flags || q->batch;
	}
	return !drvq_broken(q) &&
	       le16_to_cpu(READ_ONCE(((const struct virtq_used *)q->config.device)->idx)) !=
		       (u16)q->completed;
}

/* -- interrupts -------------------------------------------------------------------- */

/**
 * drvq_disable_cb() - ask the device for no interrupts
 * @q:	    queue
 * @packed: its layout
 *
 * A hint: one more may come. With VIRTQ_F_EVENT_IDX a split queue need not ask, since the
 * position that it wants to hear about is passed.
 */
static __always_inline void drvq_disable_cb(struct drvq *q, const bool packed)
{
	if (q->off)
		return;
	q->off = true;
	if (packed) {
		struct virtq_packed_event *event = q->config.driver;

		WRITE_ONCE(event->flags, cpu_to_le16(VIRTQ_EVENT_DISABLE));
	} else if (!q->event_idx) {
		struct virtq_avail *avail = q->config.driver;

		WRITE_ONCE(avail->flags, cpu_to_le16(VIRTQ_AVAIL_NO_INTERRUPT));
	}
}

/**
 * drvq_hold_cb() - no interrupt for what is used before the next drvq_enable_cb()
 * @q:	    queue
 * @packed: its layout
 *
 * While a batch is added, and the device notified of it: what comes back then will be looked
 * for at the end. Nothing is done after drvq_disable_cb(). A hint, as that.
 */
static __always_inline void drvq_hold_cb(struct drvq *q, const bool packed)
{
	if (q->held || READ_ONCE(q->off))
		return;
	q->held = true;
	if (packed) {
		struct virtq_packed_event *event = q->config.driver;

		WRITE_ONCE(event->flags, cpu_to_le16(VIRTQ_EVENT_DISABLE));
	} else if (q->event_idx) {
		/* Farther away than any queue is long. */
		WRITE_ONCE(q->avail_ring[q->num], cpu_to_le16((u16)q->completed + 0x8000));
	} else {
		struct virtq_avail *avail = q->config.driver;

		WRITE_ONCE(avail->flags, cpu_to_le16(VIRTQ_AVAIL_NO_INTERRUPT));
	}
}

/**
 * drvq_enable_cb() - ask the device for an interrupt
 * @q:	    queue
 * @packed: its layout
 * @after:  how many more buffers may come back first, less than what is in flight. Without
 *	    VIRTQ_F_EVENT_IDX the next one interrupts.
 *
 * Return: false when something has come back already; the interrupt for it may never come,
 * so poll once more. True also for a broken queue.
 */
static __always_inline bool drvq_enable_cb(struct drvq *q, const bool packed, unsigned int after)
{
	q->off = false;
	q->held = false;
	if (packed) {
		struct virtq_packed_event *event = q->config.driver;
		unsigned int pos = q->used_pos + after;
		/* Used so far in this lap: then its wrap counter is 1. */
		u16 wrap = q->used_flags ? VIRTQ_EVENT_WRAP : 0;

		if (q->event_idx) {
			if (pos >= q->num) {
				pos -= q->num;
				wrap ^= VIRTQ_EVENT_WRAP;
			}
			WRITE_ONCE(event->desc, cpu_to_le16(pos | wrap));
			env_publish(q->platform, &event->flags, cpu_to_le16(VIRTQ_EVENT_DESC));
		} else {
			WRITE_ONCE(event->flags, cpu_to_le16(VIRTQ_EVENT_ENABLE));
		}
	} else if (q->event_idx) {
		WRITE_ONCE(q->avail_ring[q->num], cpu_to_le16((u16)q->completed + after));
	} else {
		struct virtq_avail *avail = q->config.driver;

		WRITE_ONCE(avail->flags, cpu_to_le16(0));
	}
	/* The wish first, then a last look. */
	env_mb(q->platform);
	return !drvq_pending(q, packed);
}

#endif /* _VNIC_DRVQ_H */
