// SPDX-License-Identifier: GPL-2.0-only
/* Pure core: the driver's side of a virtqueue, to look at. */
#include "drvq.h"

/* Says of all descriptors of a chain (split) whose they are. */
static void drvq_mark(const struct drvq *q, struct virtq_desc_view *d, u16 head, u8 owner)
{
	unsigned int n = q->slot[head].count;
	u16 at = head;

	for (; n; n--, at = q->slot[at].next) {
		d[at].owner = owner;
		d[at].chain = head;
	}
}

static void drvq_mark_head(const struct drvq *q, struct virtq_desc_view *d, u16 id)
{
	d->pieces = q->slot[id].elems;
	d->timed = true;
	d->stamp = q->slot[id].stamp;
}

static void drvq_view_split(const struct drvq *q, const struct virtq_view *v,
			    struct virtq_desc_view *d)
{
	/* At most what is in flight, whatever the device says. */
	unsigned int used = min((u16)(v->device[1] - (u16)q->completed),
				(u16)(q->published - (u16)q->completed));
	unsigned int i;

	for (i = 0; i < q->num; i++) {
		const struct drvq_slot *s = &q->slot[i];

		if (!s->token)
			continue;
		/* The last ones that were added may not be shown yet. */
		drvq_mark(q, d, i,
			  (u16)(q->added - 1 - s->seq) < (u16)(q->added - q->published) ?
				  VIRTQ_OWNER_QUEUED :
				  VIRTQ_OWNER_DEVICE);
		drvq_mark_head(q, &d[i], i);
	}
	for (i = 0; i < used; i++) {
		u32 id = le32_to_cpu(READ_ONCE(q->used_ring[(q->completed + i) & (q->num - 1)].id));

		if (id < q->num && q->slot[id].token)
			drvq_mark(q, d, id, VIRTQ_OWNER_USED);
		/* In order one entry stands for all up to it. */
		if (q->in_order)
			break;
	}
	if (!q->in_order)
		return;
	for (i = 0; i < q->num; i++)
		if (q->slot[i].token && (u16)(q->slot[i].seq - (u16)q->completed) < used)
			drvq_mark(q, d, i, VIRTQ_OWNER_USED);
}

/* Packed: the wrap counter at used_pos; used_flags has it no more when the queue is broken. */
static bool drvq_used_wrap(const struct drvq *q)
{
	bool behind = q->used_pos > q->next || (q->used_pos == q->next && drvq_in_flight(q));

	return (q->avail_flags == VIRTQ_PACKED_AVAIL) != behind;
}

static void drvq_view_packed(const struct drvq *q, struct virtq_desc_view *d)
{
	unsigned int n = (q->next + q->num - q->used_pos) % q->num, pos = q->used_pos, left = 0;
	u16 used = drvq_used_wrap(q) ? VIRTQ_PACKED_BOTH : 0;
	bool head = true;

	if (!n && q->added != q->completed)
		n = q->num;
	for (; n; n--) {
		u16 id = d[pos].link;

		if (!left && (d[pos].flags & VIRTQ_PACKED_BOTH) == used && id < q->num &&
		    q->slot[id].token) {
			/* Stands for its own chain, or in order for all up to that. */
			left = q->slot[id].count;
			if (q->in_order)
				left += (id + q->num - pos) % q->num;
		}
		d[pos].owner = left ? VIRTQ_OWNER_USED : VIRTQ_OWNER_DEVICE;
		d[pos].chain = id;
		if (head && id < q->num && q->slot[id].token)
			drvq_mark_head(q, &d[pos], id);
		if (left) {
			left--;
			head = !left;
		} else {
			head = !(d[pos].flags & VIRTQ_DESC_NEXT);
		}
		if (++pos == q->num) {
			pos = 0;
			used ^= VIRTQ_PACKED_BOTH;
		}
	}
}

void drvq_view(const struct drvq *q, struct virtq_view *v, struct virtq_desc_view *d)
{
	bool packed = q->config.features & VIRTQ_F_PACKED;
	unsigned int i;

	memset(v, 0, sizeof(*v));
	v->features = q->config.features & VIRTQ_FEATURES;
	v->num = q->num;
	v->in_flight = drvq_in_flight(q);
	v->made = q->added;
	v->done = q->completed;
	v->next = packed ? q->next : (u16)q->added;
	v->used = packed ? q->used_pos : (u16)q->completed;
	v->next_wrap = packed && q->avail_flags == VIRTQ_PACKED_AVAIL;
	v->used_wrap = packed && drvq_used_wrap(q);
	v->fault = q->fault;
	virtq_view_areas(v, q->config.driver, q->config.device);
	if (!d)
		return;
	for (i = 0; i < q->num; i++)
		virtq_view_desc(&d[i], packed, q->config.desc, i);
	if (packed)
		drvq_view_packed(q, d);
	else
		drvq_view_split(q, v, d);
}

void drvq_view_tables(const struct drvq *q, struct virtq_desc_view *d, struct virtq_tables *t)
{
	const struct drvq_config *cfg = &q->config;
	unsigned int i;

	for (i = 0; i < q->num; i++) {
		const struct drvq_slot *s;
		size_t first;

		if (!d[i].timed)
			continue;
		s = &q->slot[d[i].chain];
		first = (size_t)d[i].chain * cfg->table_len;
		/* Used packed descriptors have the id of any chain: the address tells. */
		if (s->count < s->elems &&
		    d[i].addr == cfg->tables_addr + first * sizeof(struct virtq_desc))
			virtq_view_table(&d[i], t, cfg->features & VIRTQ_F_PACKED,
					 cfg->table_sg + first, s->outs, s->elems);
	}
}
