/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtqueues, to look at: a snapshot of a queue and of each of its descriptors, of either
 * layout and from either side, and the words for it. See drvq_view() and devq_view(), and for
 * indirect tables drvq_view_tables() and devq_view_chain().
 */
#ifndef _XLATE_VIRTQ_VIEW_H
#define _XLATE_VIRTQ_VIEW_H

#include "virtq.h"

/* Who may touch a descriptor and what it points to. */
enum virtq_owner {
	VIRTQ_OWNER_DRIVER, /* free, or being filled in */
	VIRTQ_OWNER_QUEUED, /* added by the driver, not shown to the device yet */
	VIRTQ_OWNER_DEVICE, /* the device's; for all we know it did not look at it yet */
	VIRTQ_OWNER_HELD, /* the device's, which is at it */
	VIRTQ_OWNER_USED, /* back from the device, the driver did not look at it yet */
	VIRTQ_OWNERS,
};

/**
 * struct virtq_desc_view - one descriptor
 * @addr:   as it stands in the ring
 * @len:    in bytes
 * @flags:  as they stand there
 * @link:   split: next; packed: buffer id
 * @chain:  head or buffer id of the chain in flight that it belongs to, else -1
 * @owner:  enum virtq_owner
 * @pieces: of the first descriptor of a chain in flight: how many pieces it has, those of
 *	    an indirect table included; 0: not known (device side)
 * @first:  of an indirect one: where the entries of its table begin, in struct virtq_tables
 * @entries: how many these are; 0: not known
 * @stamp:  of the same: when it was added or fetched, in the caller's time
 * @timed:  @stamp is known; the device does not know of chains that it did not fetch
 */
struct virtq_desc_view {
	u64 addr;
	u32 len;
	u16 flags;
	u16 link;
	int chain;
	u8 owner;
	u16 pieces;
	u16 entries;
	u32 first;
	u32 stamp;
	bool timed;
};

/**
 * struct virtq_entry_view - one entry of an indirect table
 * @addr:  of the piece
 * @len:   in bytes
 * @flags: those that mean something there: WRITE; split: NEXT
 */
struct virtq_entry_view {
	u64 addr;
	u32 len;
	u16 flags;
};

/**
 * struct virtq_tables - indirect tables, as this side wrote or read them: never from the memory
 *			 that they lie in
 * @entry:    room for the entries, one table behind the other
 * @max:      how many fit
 * @num:      how many there are
 * @left_out: tables that did not fit
 */
struct virtq_tables {
	struct virtq_entry_view *entry;
	u32 max;
	u32 num;
	u32 left_out;
};

/**
 * struct virtq_view - a queue
 * @features: VIRTQ_F_* that it was made with
 * @num:      descriptors
 * @in_flight: chains that are not the driver's; device side: that were fetched
 * @made:     chains that were added (driver side) or fetched, since the last reset
 * @done:     chains that came back, or were pushed, since the last reset
 * @next:     own position of the next chain to be added or fetched
 * @used:     own position of the next chain to come back or to be pushed
 * @next_wrap: packed: the wrap counter there
 * @used_wrap: packed: the wrap counter there
 * @driver:   driver area: split: flags, idx, used_event; packed: event position, flags, 0
 * @device:   device area: split: flags, idx, avail_event; packed: event position, flags, 0
 * @fault:    why it is broken
 */
struct virtq_view {
	u64 features;
	u32 num;
	u32 in_flight;
	u64 made;
	u64 done;
	u16 next;
	u16 used;
	bool next_wrap;
	bool used_wrap;
	u16 driver[3];
	u16 device[3];
	struct virtq_fault fault;
};

static inline const char *virtq_owner_name(unsigned int owner)
{
	static const char *const names[VIRTQ_OWNERS] = {
		[VIRTQ_OWNER_DRIVER] = "driver", [VIRTQ_OWNER_QUEUED] = "queued",
		[VIRTQ_OWNER_DEVICE] = "device", [VIRTQ_OWNER_HELD] = "held",
		[VIRTQ_OWNER_USED] = "used",
	};

	return owner < VIRTQ_OWNERS ? names[owner] : "?";
}

/**
 * virtq_flags_text() - the flags of a descriptor: "NEXT,WRITE,AVAIL" or "-"
 * @flags: of the descriptor
 * @buf:   gets them
 * @size:  of @buf, in bytes; 48 always suffice
 *
 * Return: length of the string.
 */
static inline int virtq_flags_text(u16 flags, char *buf, size_t size)
{
	static const struct {
		u16 flag;
		const char *name;
	} names[] = {
		{ VIRTQ_DESC_NEXT, "NEXT" },	     { VIRTQ_DESC_WRITE, "WRITE" },
		{ VIRTQ_DESC_INDIRECT, "INDIRECT" }, { VIRTQ_PACKED_AVAIL, "AVAIL" },
		{ VIRTQ_PACKED_USED, "USED" },
	};
	unsigned int i;
	int len = 0;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (flags & names[i].flag)
			len += scnprintf(buf + len, size - len, "%s%s", len ? "," : "",
					 names[i].name);
		flags &= ~names[i].flag;
	}
	if (flags)
		len += scnprintf(buf + len, size - len, "%s0x%x", len ? "," : "", flags);
	if (!len)
		len = scnprintf(buf, size, "-");
	return len;
}

/* The shared part of a descriptor, each field read once. */
static inline void virtq_view_desc(struct virtq_desc_view *v, bool packed, const void *table,
				   unsigned int at)
{
	memset(v, 0, sizeof(*v));
	v->chain = -1;
	if (packed) {
		const struct virtq_packed_desc *d = (const struct virtq_packed_desc *)table + at;

		v->addr = le64_to_cpu(READ_ONCE(d->addr));
		v->len = le32_to_cpu(READ_ONCE(d->len));
		v->flags = le16_to_cpu(READ_ONCE(d->flags));
		v->link = le16_to_cpu(READ_ONCE(d->id));
	} else {
		const struct virtq_desc *d = (const struct virtq_desc *)table + at;

		v->addr = le64_to_cpu(READ_ONCE(d->addr));
		v->len = le32_to_cpu(READ_ONCE(d->len));
		v->flags = le16_to_cpu(READ_ONCE(d->flags));
		v->link = le16_to_cpu(READ_ONCE(d->next));
	}
}

/* The table of @d: @num pieces, of which the device reads the first @outs. */
static inline void virtq_view_table(struct virtq_desc_view *d, struct virtq_tables *t, bool packed,
				    const struct virtq_sg *sg, unsigned int outs, unsigned int num)
{
	unsigned int i;

	if (num > t->max - t->num) {
		t->left_out++;
		return;
	}
	d->first = t->num;
	d->entries = num;
	for (i = 0; i < num; i++) {
		struct virtq_entry_view *e = &t->entry[t->num++];

		e->addr = sg[i].addr;
		e->len = sg[i].len;
		e->flags = (i < outs ? 0 : VIRTQ_DESC_WRITE) |
			   (packed || i + 1 == num ? 0 : VIRTQ_DESC_NEXT);
	}
}

/* The driver and device areas. */
static inline void virtq_view_areas(struct virtq_view *v, const void *driver, const void *device)
{
	if (v->features & VIRTQ_F_PACKED) {
		const struct virtq_packed_event *r = driver, *e = device;

		v->driver[0] = le16_to_cpu(READ_ONCE(r->desc));
		v->driver[1] = le16_to_cpu(READ_ONCE(r->flags));
		v->device[0] = le16_to_cpu(READ_ONCE(e->desc));
		v->device[1] = le16_to_cpu(READ_ONCE(e->flags));
	} else {
		const struct virtq_avail *avail = driver;
		const struct virtq_used *used = device;
		const __le16 *event = virtq_avail_event((void *)device, v->num);

		v->driver[0] = le16_to_cpu(READ_ONCE(avail->flags));
		v->driver[1] = le16_to_cpu(READ_ONCE(avail->idx));
		v->driver[2] = le16_to_cpu(READ_ONCE(avail->ring[v->num]));
		v->device[0] = le16_to_cpu(READ_ONCE(used->flags));
		v->device[1] = le16_to_cpu(READ_ONCE(used->idx));
		v->device[2] = le16_to_cpu(READ_ONCE(*event));
	}
}

#endif /* _XLATE_VIRTQ_VIEW_H */
