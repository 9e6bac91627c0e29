/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtqueues: what lies in the memory that driver and device share, and what both sides
 * of the ring core have in common: reasons why a queue is broken, counters.
 *
 * Sections are those of VIRTIO 1.2 and 1.3: 2.7 is the split layout, 2.8 the packed one.
 */
#ifndef _XLATE_VIRTQ_H
#define _XLATE_VIRTQ_H

#include "env.h"

/* -- feature bits that concern virtqueues (6, Reserved Feature Bits) --------------- */

#define VIRTQ_F_INDIRECT       BIT_ULL(28) /* indirect descriptors, 2.7.5.3 and 2.8.7 */
#define VIRTQ_F_EVENT_IDX      BIT_ULL(29) /* used_event and avail_event, 2.7.7 and 2.7.10 */
#define VIRTQ_F_PACKED	       BIT_ULL(34) /* the packed layout, 2.8 */
#define VIRTQ_F_IN_ORDER       BIT_ULL(35) /* buffers are used in order, 2.7.9 and 2.8.8 */
#define VIRTQ_F_ORDER_PLATFORM BIT_ULL(36) /* barriers as for hardware */

#define VIRTQ_FEATURES                                                              \
	(VIRTQ_F_INDIRECT | VIRTQ_F_EVENT_IDX | VIRTQ_F_PACKED | VIRTQ_F_IN_ORDER | \
	 VIRTQ_F_ORDER_PLATFORM)

/* Descriptors of a queue: split, a power of two (2.7); packed, any number (2.8). */
#define VIRTQ_MAX_NUM 32768

/* -- the split layout -------------------------------------------------------------- */

/* Flags of a descriptor, in both layouts (2.7.5, 2.8.3, 2.8.6, 2.8.7). */
#define VIRTQ_DESC_NEXT	    0x0001 /* the chain goes on */
#define VIRTQ_DESC_WRITE    0x0002 /* the device writes (else it reads) */
#define VIRTQ_DESC_INDIRECT 0x0004 /* of a table of descriptors */

/* An entry of the descriptor table, or of an indirect table (2.7.5). */
struct virtq_desc {
	__le64 addr;
	__le32 len; /* bytes */
	__le16 flags;
	__le16 next;
};

static_assert(sizeof(struct virtq_desc) == 16);
static_assert(offsetof(struct virtq_desc, flags) == 12);

#define VIRTQ_AVAIL_NO_INTERRUPT 0x0001

/* Driver area: heads of chains that the device may use (2.7.6). */
struct virtq_avail {
	__le16 flags;
	__le16 idx; /* counts heads, without end */
	__le16 ring[]; /* and behind it used_event */
};

static_assert(sizeof(struct virtq_avail) == 4);

/* One used chain (2.7.8). */
struct virtq_used_elem {
	__le32 id; /* head of the chain */
	__le32 len; /* bytes that the device wrote */
};

static_assert(sizeof(struct virtq_used_elem) == 8);

#define VIRTQ_USED_NO_NOTIFY 0x0001

/* Device area: chains that the device is done with (2.7.8). */
struct virtq_used {
	__le16 flags;
	__le16 idx;
	struct virtq_used_elem ring[]; /* and behind it avail_event */
};

static_assert(sizeof(struct virtq_used) == 4);

/* Behind the ring of @device, a struct virtq_used, of @num entries. */
static __always_inline __le16 *virtq_avail_event(void *device, unsigned int num)
{
	return device + sizeof(struct virtq_used) + num * sizeof(struct virtq_used_elem);
}

/* -- the packed layout ------------------------------------------------------------- */

/* Two more flags: equal in a used descriptor, different in an available one (2.8.1). */
#define VIRTQ_PACKED_AVAIL 0x0080
#define VIRTQ_PACKED_USED  0x8000
#define VIRTQ_PACKED_BOTH  (VIRTQ_PACKED_AVAIL | VIRTQ_PACKED_USED)

/* An entry of the descriptor ring, or of an indirect table (2.8.13). */
struct virtq_packed_desc {
	__le64 addr;
	__le32 len; /* bytes; in a used one: that the device wrote */
	__le16 id; /* of the buffer, in the last descriptor of the chain */
	__le16 flags;
};

static_assert(sizeof(struct virtq_packed_desc) == 16);
static_assert(offsetof(struct virtq_packed_desc, flags) == 14);

/* When to tell the other side (2.8.10, 2.8.14): the driver's area and the device's. */
struct virtq_packed_event {
	__le16 desc; /* position, and the wrap counter in bit 15 */
	__le16 flags;
};

static_assert(sizeof(struct virtq_packed_event) == 4);

#define VIRTQ_EVENT_ENABLE  0
#define VIRTQ_EVENT_DISABLE 1
#define VIRTQ_EVENT_DESC    2 /* when that position is passed; only with VIRTQ_F_EVENT_IDX */
#define VIRTQ_EVENT_FLAGS   0x0003
#define VIRTQ_EVENT_WRAP    0x8000

/* -- sizes of the three areas (2.7, 2.8.10.1), in bytes ---------------------------- */

static inline size_t virtq_desc_bytes(unsigned int num)
{
	return num * sizeof(struct virtq_desc);
}

static inline size_t virtq_driver_bytes(bool packed, unsigned int num)
{
	return packed ? sizeof(struct virtq_packed_event) :
			sizeof(struct virtq_avail) + (num + 1) * sizeof(__le16);
}

static inline size_t virtq_device_bytes(bool packed, unsigned int num)
{
	return packed ? sizeof(struct virtq_packed_event) :
			sizeof(struct virtq_used) + num * sizeof(struct virtq_used_elem) +
				sizeof(__le16);
}

static inline bool virtq_num_valid(bool packed, unsigned int num)
{
	return num && num <= VIRTQ_MAX_NUM && (packed || !(num & (num - 1)));
}

/**
 * virtq_need_event() - was a position passed? (2.7.7.2, 2.7.10.1)
 * @event: the position that the other side wants to hear about
 * @new:   where we are now, a number behind the last entry
 * @old:   where we were when we asked last time
 *
 * Return: whether @event is one of the entries @old..@new-1.
 */
static __always_inline bool virtq_need_event(u16 event, u16 new, u16 old)
{
	return (u16)(new - event - 1) < (u16)(new - old);
}

/**
 * struct virtq_sg - one piece of a buffer
 * @addr: address for the device (DMA address)
 * @len:  bytes
 */
struct virtq_sg {
	u64 addr;
	u32 len;
};

/* -- what is wrong with a queue ---------------------------------------------------- */

/* Why a queue is broken: what the other side did. It stays so until it is reset. */
enum virtq_reason {
	VIRTQ_GOOD,
	/* a device's misdeeds, found by the driver's side */
	VIRTQ_USED_JUMP,
	VIRTQ_USED_RANGE,
	VIRTQ_USED_MEMBER,
	VIRTQ_USED_IDLE,
	VIRTQ_USED_LEN,
	VIRTQ_USED_ORDER,
	VIRTQ_USED_WRAP,
	/* a driver's misdeeds, found by the device's side */
	VIRTQ_AVAIL_JUMP,
	VIRTQ_AVAIL_WRAP,
	VIRTQ_HEAD_RANGE,
	VIRTQ_HEAD_BUSY,
	VIRTQ_NEXT_RANGE,
	VIRTQ_CHAIN_LOOP,
	VIRTQ_CHAIN_TORN,
	VIRTQ_CHAIN_LONG,
	VIRTQ_CHAIN_ORDER,
	VIRTQ_CHAIN_BYTES,
	VIRTQ_CHAIN_WAY,
	VIRTQ_ADDR_WRAP,
	VIRTQ_ADDR_MEMORY,
	VIRTQ_ZERO_LEN,
	VIRTQ_INDIRECT_OFF,
	VIRTQ_INDIRECT_NEXT,
	VIRTQ_INDIRECT_NESTED,
	VIRTQ_INDIRECT_LEN,
	VIRTQ_INDIRECT_LONG,
	VIRTQ_INDIRECT_MEMORY,
	/* said by the layer above: headers, buffer counts, timeouts */
	VIRTQ_UPPER,
	VIRTQ_REASONS,
};

/**
 * struct virtq_fault - the misdeed
 * @reason: what it was
 * @value:  the number that is wrong
 * @limit:  what it should have kept to, or what else there is to know
 * @pos:    position in the ring where it was found
 */
struct virtq_fault {
	enum virtq_reason reason;
	u64 value;
	u64 limit;
	u32 pos;
};

/* One word and a clause in plain words. */
struct virtq_reason_text {
	const char *name;
	const char *text;
};

/* What @reason, an enum virtq_reason, is called: "used-len", "more bytes used than ...". */
static inline struct virtq_reason_text virtq_reason_text(unsigned int reason)
{
	static const struct virtq_reason_text texts[VIRTQ_REASONS] = {
		[VIRTQ_GOOD] = { "good", "nothing is wrong" },
		[VIRTQ_USED_JUMP] = { "used-jump",
				      "the used index moved on by more than was in flight" },
		[VIRTQ_USED_RANGE] = { "used-range",
				       "a used id is not below the size of the queue" },
		[VIRTQ_USED_MEMBER] = { "used-member",
					"a used id is inside a chain, not its head" },
		[VIRTQ_USED_IDLE] = { "used-idle", "a used id heads nothing in flight" },
		[VIRTQ_USED_LEN] = { "used-len",
				     "more bytes used than the buffer has for writing" },
		[VIRTQ_USED_ORDER] = { "used-order", "a batch ends behind what was announced" },
		[VIRTQ_USED_WRAP] = { "used-wrap", "a descriptor is neither available nor used" },
		[VIRTQ_AVAIL_JUMP] = { "avail-jump", "more became available than the queue holds" },
		[VIRTQ_AVAIL_WRAP] = { "avail-wrap",
				       "a descriptor looks used before it was available" },
		[VIRTQ_HEAD_RANGE] = { "head-range", "a head or buffer id is not below the size" },
		[VIRTQ_HEAD_BUSY] = { "head-busy",
				      "a chain became available again before it was used" },
		[VIRTQ_NEXT_RANGE] = { "next-range", "a chain leaves its table" },
		[VIRTQ_CHAIN_LOOP] = { "chain-loop", "a chain is longer than its table: it loops" },
		[VIRTQ_CHAIN_TORN] = { "chain-torn",
				       "a chain goes on in a descriptor not available" },
		[VIRTQ_CHAIN_LONG] = { "chain-long",
				       "a chain has more pieces than this device takes" },
		[VIRTQ_CHAIN_ORDER] = { "chain-order", "a readable piece follows a writable one" },
		[VIRTQ_CHAIN_BYTES] = { "chain-bytes", "a chain is longer than 2^32 bytes" },
		[VIRTQ_CHAIN_WAY] = { "chain-way",
				      "a piece of the wrong direction for this queue" },
		[VIRTQ_ADDR_WRAP] = { "addr-wrap", "a piece goes beyond the end of all addresses" },
		[VIRTQ_ADDR_MEMORY] = { "addr-memory", "a piece where no memory is" },
		[VIRTQ_ZERO_LEN] = { "zero-len", "a piece has no bytes" },
		[VIRTQ_INDIRECT_OFF] = { "indirect-off",
					 "an indirect table, which was not negotiated" },
		[VIRTQ_INDIRECT_NEXT] = { "indirect-next",
					  "a chain goes on behind an indirect table" },
		[VIRTQ_INDIRECT_NESTED] = { "indirect-nested",
					    "an indirect table in an indirect table" },
		[VIRTQ_INDIRECT_LEN] = { "indirect-len",
					 "an indirect table of no or of broken entries" },
		[VIRTQ_INDIRECT_LONG] = { "indirect-long",
					  "an indirect table longer than the queue" },
		[VIRTQ_INDIRECT_MEMORY] = { "indirect-memory",
					    "an indirect table where no memory is" },
		[VIRTQ_UPPER] = { "upper", "the packets, not the ring, made no sense" },
	};

	return reason < VIRTQ_REASONS ? texts[reason] : (struct virtq_reason_text){ "?", "?" };
}

/* -- counters ---------------------------------------------------------------------- */

/* Batches of 0, 1, 2-3, 4-7, ... 64-127, 128 and more. */
#define VIRTQ_BATCHES 9

/**
 * struct virtq_counters - what happened on one side of a queue, since it was made
 * @kicks:	    driver: notifications it had to send; device: notifications it got
 * @kicks_spared:   driver: notifications that the device did not want
 * @interrupts:	    driver: interrupts it got; device: interrupts it had to send
 * @interrupts_spared: device: interrupts that the driver did not want
 * @polls:	    how often it looked for work
 * @chains:	    chains before the last reset; see drvq_chains(), devq_chains()
 * @extra:	    descriptors that chains took beside their heads
 * @tables:	    chains that went through an indirect table
 * @out_bytes:	    in buffers for the device to read
 * @in_bytes:	    that the device wrote
 * @odd_lengths:    driver: used buffers with more bytes than there was room for, where that is
 *		    of no interest
 * @full:	    driver: buffers that found no room
 * @broken:	    how often the other side broke the rules
 * @resets:	    how often the queue was made anew
 * @added:	    histogram: chains made available per publishing; device: used
 * @reaped:	    histogram: chains taken per poll
 */
struct virtq_counters {
	u64 kicks;
	u64 kicks_spared;
	u64 interrupts;
	u64 interrupts_spared;
	u64 polls;
	u64 chains;
	u64 extra;
	u64 tables;
	u64 out_bytes;
	u64 in_bytes;
	u64 odd_lengths;
	u64 full;
	u64 broken;
	u64 resets;
	u64 added[VIRTQ_BATCHES];
	u64 reaped[VIRTQ_BATCHES];
};

/* Counts a batch of @n in the histogram @h. */
static __always_inline void virtq_batch(u64 *h, unsigned int n)
{
	h[min(fls(n), VIRTQ_BATCHES - 1)]++;
}

#endif /* _XLATE_VIRTQ_H */
