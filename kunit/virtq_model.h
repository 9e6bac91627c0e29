/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure core: a virtqueue's memory, and plain models of both sides of it, for the KUnit
 * suites and the fuzzers. The models follow the specification word by word, share nothing
 * with the ring core and trust everybody: whoever tests a hostile peer writes into the
 * memory himself.
 */
#ifndef _KUNIT_VIRTQ_MODEL_H
#define _KUNIT_VIRTQ_MODEL_H

#include "../include/xlate/virtq.h"

#define MODEL_PIECES 64

/**
 * struct model - one queue's memory and a model of one of its sides
 * @features: VIRTQ_F_*
 * @num:      descriptors
 * @desc:     descriptor area
 * @driver:   driver area
 * @device:   device area
 * @avail:    split: available index as the model knows it; packed: position
 * @used:     split: used index as the model knows it; packed: position
 * @avail_wrap: packed: wrap counter at @avail
 * @used_wrap: packed: wrap counter at @used
 */
struct model {
	u64 features;
	unsigned int num;
	void *desc;
	void *driver;
	void *device;
	u16 avail;
	u16 used;
	bool avail_wrap;
	bool used_wrap;
};

/* A buffer as a model sees it. */
struct model_chain {
	struct virtq_sg sg[MODEL_PIECES];
	unsigned int outs;
	unsigned int ins;
	u32 in_len;
	u16 id;
	u16 count; /* descriptors in the ring */
};

static inline bool model_packed(const struct model *m)
{
	return m->features & VIRTQ_F_PACKED;
}

static inline void model_start(struct model *m)
{
	m->avail = 0;
	m->used = 0;
	m->avail_wrap = true;
	m->used_wrap = true;
}

/* -- raw memory -------------------------------------------------------------------- */

static inline struct virtq_desc *model_desc(const struct model *m, unsigned int i)
{
	return (struct virtq_desc *)m->desc + i;
}

static inline struct virtq_packed_desc *model_ring(const struct model *m, unsigned int i)
{
	return (struct virtq_packed_desc *)m->desc + i;
}

static inline struct virtq_avail *model_avail(const struct model *m)
{
	return m->driver;
}

static inline struct virtq_used *model_used(const struct model *m)
{
	return m->device;
}

/* AVAIL and USED of a descriptor that is available, or used, where the counter is @wrap. */
static inline u16 model_avail_flags(bool wrap)
{
	return wrap ? VIRTQ_PACKED_AVAIL : VIRTQ_PACKED_USED;
}

static inline u16 model_used_flags(bool wrap)
{
	return wrap ? VIRTQ_PACKED_BOTH : 0;
}

static inline void model_step(const struct model *m, u16 *pos, bool *wrap, unsigned int count)
{
	for (; count; count--) {
		if (++*pos == m->num) {
			*pos = 0;
			*wrap = !*wrap;
		}
	}
}

/* -- a device ---------------------------------------------------------------------- */

static inline void model_piece(struct model_chain *c, u64 addr, u32 len, u16 flags)
{
	unsigned int n = c->outs + c->ins;

	if (n == MODEL_PIECES)
		return;
	c->sg[n].addr = addr;
	c->sg[n].len = len;
	if (flags & VIRTQ_DESC_WRITE) {
		c->ins++;
		c->in_len += len;
	} else {
		c->outs++;
	}
}

/* An indirect table; its address is where it lies. */
static inline void model_table(const struct model *m, struct model_chain *c, u64 addr, u32 len)
{
	unsigned int i, n = len / 16;

	if (model_packed(m)) {
		const struct virtq_packed_desc *d = (void *)(unsigned long)addr;

		for (i = 0; i < n; i++)
			model_piece(c, le64_to_cpu(d[i].addr), le32_to_cpu(d[i].len),
				    le16_to_cpu(d[i].flags));
	} else {
		const struct virtq_desc *d = (void *)(unsigned long)addr;

		for (i = 0;; i = le16_to_cpu(d[i].next)) {
			model_piece(c, le64_to_cpu(d[i].addr), le32_to_cpu(d[i].len),
				    le16_to_cpu(d[i].flags));
			if (!(le16_to_cpu(d[i].flags) & VIRTQ_DESC_NEXT))
				break;
		}
	}
}

/* Takes the next available chain; false when there is none. */
static inline bool model_take(struct model *m, struct model_chain *c)
{
	memset(c, 0, sizeof(*c));
	if (model_packed(m)) {
		const struct virtq_packed_desc *d = model_ring(m, m->avail);
		u16 flags = le16_to_cpu(READ_ONCE(d->flags));

		if ((flags & VIRTQ_PACKED_BOTH) != model_avail_flags(m->avail_wrap))
			return false;
		do {
			d = model_ring(m, m->avail);
			flags = le16_to_cpu(d->flags);
			if (flags & VIRTQ_DESC_INDIRECT)
				model_table(m, c, le64_to_cpu(d->addr), le32_to_cpu(d->len));
			else
				model_piece(c, le64_to_cpu(d->addr), le32_to_cpu(d->len), flags);
			c->id = le16_to_cpu(d->id);
			c->count++;
			model_step(m, &m->avail, &m->avail_wrap, 1);
		} while (flags & VIRTQ_DESC_NEXT);
	} else {
		const struct virtq_desc *d;

		if (le16_to_cpu(READ_ONCE(model_avail(m)->idx)) == m->avail)
			return false;
		c->id = le16_to_cpu(model_avail(m)->ring[m->avail % m->num]);
		m->avail++;
		for (d = model_desc(m, c->id);; d = model_desc(m, le16_to_cpu(d->next))) {
			u16 flags = le16_to_cpu(d->flags);

			if (flags & VIRTQ_DESC_INDIRECT)
				model_table(m, c, le64_to_cpu(d->addr), le32_to_cpu(d->len));
			else
				model_piece(c, le64_to_cpu(d->addr), le32_to_cpu(d->len), flags);
			c->count++;
			if (!(flags & VIRTQ_DESC_NEXT))
				break;
		}
	}
	return true;
}

/*
 * Uses what takes @count descriptors in @chains chains; all but the last one, @id, are
 * passed over in silence (only in order).
 */
static inline void model_use_batch(struct model *m, u16 id, u32 len, unsigned int count,
				   unsigned int chains)
{
	if (model_packed(m)) {
		struct virtq_packed_desc *d = model_ring(m, m->used);

		d->id = cpu_to_le16(id);
		d->len = cpu_to_le32(len);
		WRITE_ONCE(d->flags, cpu_to_le16(model_used_flags(m->used_wrap) |
						 (len ? VIRTQ_DESC_WRITE : 0)));
		model_step(m, &m->used, &m->used_wrap, count);
	} else {
		struct virtq_used_elem *e = &model_used(m)->ring[m->used % m->num];

		e->id = cpu_to_le32(id);
		e->len = cpu_to_le32(len);
		m->used += chains;
		WRITE_ONCE(model_used(m)->idx, cpu_to_le16(m->used));
	}
}

static inline void model_use(struct model *m, u16 id, u32 len, unsigned int count)
{
	model_use_batch(m, id, len, count, 1);
}

/* -- a driver ---------------------------------------------------------------------- */

/* Writes descriptor @i, or entry @i of the split table at @table. */
static inline void model_put(struct virtq_desc *table, unsigned int i, u64 addr, u32 len, u16 flags,
			     u16 next)
{
	table[i].addr = cpu_to_le64(addr);
	table[i].len = cpu_to_le32(len);
	table[i].flags = cpu_to_le16(flags);
	table[i].next = cpu_to_le16(next);
}

static inline void model_put_packed(struct virtq_packed_desc *table, unsigned int i, u64 addr,
				    u32 len, u16 flags, u16 id)
{
	table[i].addr = cpu_to_le64(addr);
	table[i].len = cpu_to_le32(len);
	table[i].id = cpu_to_le16(id);
	WRITE_ONCE(table[i].flags, cpu_to_le16(flags));
}

/*
 * Makes a chain available whose descriptors follow each other: split, from descriptor @id
 * on; packed, from the next position on, with @id as the buffer's.
 */
static inline void model_offer(struct model *m, const struct virtq_sg *sg, unsigned int outs,
			       unsigned int n, u16 id)
{
	unsigned int i;

	if (model_packed(m)) {
		u16 first = m->avail, flags = 0, head = 0;

		for (i = 0; i < n; i++) {
			flags = model_avail_flags(m->avail_wrap) |
				(i < outs ? 0 : VIRTQ_DESC_WRITE) |
				(i + 1 < n ? VIRTQ_DESC_NEXT : 0);
			if (!i)
				head = flags;
			model_put_packed(m->desc, m->avail, sg[i].addr, sg[i].len,
					 i ? flags : le16_to_cpu(model_ring(m, first)->flags), id);
			model_step(m, &m->avail, &m->avail_wrap, 1);
		}
		WRITE_ONCE(model_ring(m, first)->flags, cpu_to_le16(head));
	} else {
		for (i = 0; i < n; i++)
			model_put(m->desc, (id + i) % m->num, sg[i].addr, sg[i].len,
				  (i < outs ? 0 : VIRTQ_DESC_WRITE) |
					  (i + 1 < n ? VIRTQ_DESC_NEXT : 0),
				  (id + i + 1) % m->num);
		model_avail(m)->ring[m->avail % m->num] = cpu_to_le16(id);
		m->avail++;
		WRITE_ONCE(model_avail(m)->idx, cpu_to_le16(m->avail));
	}
}

/*
 * The next used entry; false when there is none. The caller knows how many descriptors and
 * chains it stands for, and steps on with model_done().
 */
static inline bool model_reap(struct model *m, u32 *id, u32 *len)
{
	if (model_packed(m)) {
		const struct virtq_packed_desc *d = model_ring(m, m->used);
		u16 flags = le16_to_cpu(READ_ONCE(d->flags));

		if ((flags & VIRTQ_PACKED_BOTH) != model_used_flags(m->used_wrap))
			return false;
		*id = le16_to_cpu(d->id);
		*len = flags & VIRTQ_DESC_WRITE ? le32_to_cpu(d->len) : 0;
	} else {
		if (le16_to_cpu(READ_ONCE(model_used(m)->idx)) == m->used)
			return false;
		*id = le32_to_cpu(model_used(m)->ring[m->used % m->num].id);
		*len = le32_to_cpu(model_used(m)->ring[m->used % m->num].len);
	}
	return true;
}

static inline void model_done(struct model *m, unsigned int count, unsigned int chains)
{
	if (model_packed(m))
		model_step(m, &m->used, &m->used_wrap, count);
	else
		m->used += chains;
}

#endif /* _KUNIT_VIRTQ_MODEL_H */
