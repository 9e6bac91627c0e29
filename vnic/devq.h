/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure core: the device's side of a virtqueue, split or packed.
 *
 * Life of a buffer: devq_fetch() takes the next chain that the driver made available into
 * private memory, devq_push() says that the device is done with it, devq_flush() shows all
 * that were pushed to the driver and says whether it has to be interrupted.
 *
 * The driver is not trusted. Each descriptor is read once, into private memory, and checked
 * there; walks are bounded by the queue's size. What the pieces of a chain point to is not
 * looked at here: whoever touches it decides whether it may be touched. A driver that breaks
 * the rules breaks the queue: the reason is noted, nothing can be fetched or pushed any more,
 * until devq_reset().
 *
 * Calls on one queue have to be serialized by the caller.
 */
#ifndef _VNIC_DEVQ_H
#define _VNIC_DEVQ_H

#include "../include/xlate/virtq_view.h"

/**
 * struct devq_slot - what we know about a head (split) or a buffer id (packed)
 * @in_len: bytes that may be written
 * @stamp:  the caller's time when it was fetched (struct devq.now)
 * @seq:    how many chains were fetched before, modulo 2^16
 * @count:  descriptors that it takes in the ring, 0 when we do not have it
 */
struct devq_slot {
	u32 in_len;
	u32 stamp;
	u16 seq;
	u16 count;
};

/**
 * struct devq_chain - a buffer
 * @sg:	     caller's room for the pieces; first those to be read
 * @max:     how many fit there
 * @outs:    pieces to be read
 * @ins:     pieces to be written, behind them
 * @out_len: bytes to be read
 * @in_len:  bytes that may be written
 * @entries: how many of its pieces, the last ones, stood in an indirect table
 * @table:   index in the ring of the descriptor of that table
 * @id:	     to push it with
 * @count:   descriptors that it takes in the ring
 */
struct devq_chain {
	struct virtq_sg *sg;
	unsigned int max;
	unsigned int outs;
	unsigned int ins;
	u64 out_len;
	u64 in_len;
	u16 entries;
	u16 table;
	u16 id;
	u16 count;
};

/**
 * struct devq_config - what a queue is made of
 * @features: negotiated features: VIRTQ_F_*, others are ignored
 * @num:      descriptors
 * @desc:     descriptor area, as the device sees it
 * @driver:   driver area
 * @device:   device area
 * @slots:    @num of them
 * @table:    where the device sees @bytes of the driver's memory at @addr, aligned as they
 *	      are, or NULL when nothing, or not all of it, is there. Asked for indirect
 *	      tables only; used until devq_fetch() returns.
 * @ctx:      for @table
 */
struct devq_config {
	u64 features;
	u32 num;
	void *desc;
	void *driver;
	void *device;
	struct devq_slot *slots;
	const void *(*table)(void *ctx, u64 addr, u32 bytes);
	void *ctx;
};

/**
 * struct devq - a queue
 * @config:	  what it is made of
 * @num:	  descriptors
 * @packed:	  its layout
 * @in_order:	  VIRTQ_F_IN_ORDER was negotiated
 * @event_idx:	  VIRTQ_F_EVENT_IDX was negotiated
 * @platform:	  barriers as for hardware
 * @off:	  the driver was told that no notification is wanted
 * @now:	  the caller's time, copied to each chain that is fetched
 * @fetched:	  chains fetched since the start
 * @pushed:	  chains pushed since the start
 * @held:	  descriptors of chains that were fetched, but not pushed
 * @seen:	  split: the available index when it was read last
 * @next:	  packed: position of the next descriptor to be fetched
 * @avail_flags:  packed: how one looks that is available in this lap
 * @used_pos:	  packed: position of the next descriptor to be used
 * @used_flags:	  packed: how to mark a descriptor used in this lap
 * @shown:	  chains that the driver can see as used
 * @used_descs:	  packed: descriptors used since the last flush
 * @first:	  packed: position of the first of them, which is shown last
 * @first_flags:  packed: how to mark it, 0xffff when there is none
 * @batch:	  in order: chains that one used entry will stand for
 * @batch_pos:	  in order: position of that entry
 * @batch_flags:  in order, packed: how to mark it
 * @batch_id:	  in order: the last one of them
 * @batch_len:	  in order: bytes written into it
 * @fault:	  what the driver did wrong, if anything
 * @last_fault:	  the same, kept over devq_reset()
 * @counters:	  see there
 */
struct devq {
	struct devq_config config;
	u32 num;
	bool packed;
	bool in_order;
	bool event_idx;
	bool platform;
	bool off;
	u32 now;
	u64 fetched;
	u64 pushed;
	u32 held;
	u16 seen;
	u16 next;
	u16 avail_flags;
	u16 used_pos;
	u16 used_flags;
	u16 first;
	u16 first_flags;
	u16 batch_pos;
	u16 batch_flags;
	u16 batch_id;
	u32 batch_len;
	u32 batch;
	u32 used_descs;
	u64 shown;
	struct virtq_fault fault;
	struct virtq_fault last_fault;
	struct virtq_counters counters;
};

/**
 * devq_init() - make a queue, for the first time
 * @q:	 queue
 * @cfg: what it is made of, the driver's number of descriptors among it; copied
 *
 * Return: 0, or -EINVAL when the numbers make no sense (split: no power of two).
 */
int devq_init(struct devq *q, const struct devq_config *cfg);

/**
 * devq_reset() - forget all chains and start anew
 * @q:	 queue
 * @cfg: what it is made of now, or NULL for the same
 *
 * Counters stay.
 *
 * Return: as devq_init(), but then the queue stays as it was.
 */
int devq_reset(struct devq *q, const struct devq_config *cfg);

/**
 * devq_fetch() - take the next chain
 * @q:	   queue
 * @chain: @sg and @max filled in; gets it
 *
 * Return: 1; 0 when there is none; -EIO when the queue is broken, by this chain perhaps.
 */
int devq_fetch(struct devq *q, struct devq_chain *chain);

/**
 * devq_unfetch() - put the chain that was fetched last back, to fetch it again later
 * @q:	   queue
 * @chain: it
 *
 * Return: 0, or -EINVAL when it is not the last one.
 */
int devq_unfetch(struct devq *q, const struct devq_chain *chain);

/**
 * devq_push() - the device is done with a chain
 * @q:	 queue
 * @id:	 the chain's
 * @len: bytes that were written, from the first one on
 *
 * With VIRTQ_F_IN_ORDER, chains have to be pushed in the order in which they were fetched.
 *
 * Return: 0; -EINVAL when it was not fetched, is not next in order, or has not so many
 * bytes; -EIO when the queue is broken.
 */
int devq_push(struct devq *q, u16 id, u32 len);

/**
 * devq_flush() - show the driver all chains that were pushed, at once
 * @q: queue
 *
 * Return: true when the driver has to be interrupted.
 */
bool devq_flush(struct devq *q);

/**
 * devq_disable_kick() - tell the driver not to notify
 * @q: queue
 *
 * A hint: one more may come.
 */
void devq_disable_kick(struct devq *q);

/**
 * devq_enable_kick() - tell the driver to notify when it adds a chain
 * @q: queue
 *
 * Return: false when there is a chain already: the notification for it may never come.
 */
bool devq_enable_kick(struct devq *q);

/**
 * devq_break() - note that the driver broke the rules, and refuse all further work
 * @q:	    queue
 * @reason: which rule
 * @value:  the number that is wrong
 * @limit:  what it should have kept to
 *
 * For the layer above, too (VIRTQ_UPPER). The first reason stays.
 */
void devq_break(struct devq *q, enum virtq_reason reason, u64 value, u64 limit);

/**
 * devq_view() - a snapshot, for people
 * @q: queue; serialized with the other calls
 * @v: gets the queue
 * @d: gets its descriptors, in the order of the ring: room for as many as it has; or NULL
 */
void devq_view(const struct devq *q, struct virtq_view *v, struct virtq_desc_view *d);

/**
 * devq_view_chain() - the indirect table of a chain, too
 * @q:	   queue; nothing happened to it since devq_view()
 * @chain: that was fetched, but not pushed, and whose pieces still stand where they were put
 * @d:	   the queue's descriptors
 * @t:	   gets the entries, as they were read, in the order of the chain; @num and @left_out
 *	   start at 0
 */
void devq_view_chain(const struct devq *q, const struct devq_chain *chain,
		     struct virtq_desc_view *d, struct virtq_tables *t);

static inline bool devq_broken(const struct devq *q)
{
	return q->fault.reason != VIRTQ_GOOD;
}

#endif /* _VNIC_DEVQ_H */
