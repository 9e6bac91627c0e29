// SPDX-License-Identifier: GPL-2.0-only
/* Pure core: the device's side of a virtqueue, to look at. */
#include "devq.h"

/*
 * Follows a chain through the driver's table, for @max descriptors at most. Return: how many of
 * these are left.
 */
static unsigned int devq_mark(const struct devq *q, struct virtq_desc_view *d, u16 head,
			      unsigned int max, u8 owner)
{
	u16 at = head;

	for (; max && at < q->num; at = d[at].link) {
		max--;
		d[at].owner = owner;
		d[at].chain = head;
		if (!(d[at].flags & VIRTQ_DESC_NEXT))
			break;
	}
	return max;
}

static void devq_view_split(const struct devq *q, const struct virtq_view *v,
			    struct virtq_desc_view *d)
{
	const struct virtq_avail *avail = q->config.driver;
	unsigned int n = min((u32)(u16)(v->driver[1] - (u16)q->fetched), q->num), i;
	/* Honest chains share no descriptors: there are no more than these. */
	unsigned int left = q->num;

	for (i = 0; i < n; i++) {
		u16 head =
			le16_to_cpu(READ_ONCE(avail->ring[((u16)q->fetched + i) & (q->num - 1)]));

		left = devq_mark(q, d, head, left, VIRTQ_OWNER_DEVICE);
	}
	for (i = 0; i < q->num; i++) {
		const struct devq_slot *s = &q->config.slots[i];

		if (!s->count)
			continue;
		devq_mark(q, d, i, s->count, VIRTQ_OWNER_HELD);
		d[i].timed = true;
		d[i].stamp = s->stamp;
	}
}

static void devq_view_packed(const struct devq *q, struct virtq_desc_view *d)
{
	unsigned int pos = q->used_pos, n;
	u16 avail = q->avail_flags;

	for (n = 0; n < q->held; n++) {
		const struct devq_slot *s;

		d[pos].owner = VIRTQ_OWNER_HELD;
		d[pos].chain = d[pos].link;
		if (d[pos].link < q->num) {
			s = &q->config.slots[d[pos].link];
			d[pos].timed = s->count;
			d[pos].stamp = s->stamp;
		}
		pos = pos + 1 < q->num ? pos + 1 : 0;
	}
	for (pos = q->next; n < q->num; n++) {
		if ((d[pos].flags & VIRTQ_PACKED_BOTH) != avail)
			break;
		d[pos].owner = VIRTQ_OWNER_DEVICE;
		d[pos].chain = d[pos].link;
		if (++pos == q->num) {
			pos = 0;
			avail ^= VIRTQ_PACKED_BOTH;
		}
	}
}

void devq_view(const struct devq *q, struct virtq_view *v, struct virtq_desc_view *d)
{
	unsigned int i;

	memset(v, 0, sizeof(*v));
	v->features = q->config.features & VIRTQ_FEATURES;
	v->num = q->num;
	v->in_flight = q->fetched - q->pushed;
	v->made = q->fetched;
	v->done = q->pushed;
	v->next = q->packed ? q->next : (u16)q->fetched;
	v->used = q->packed ? q->used_pos : (u16)q->pushed;
	v->next_wrap = q->packed && q->avail_flags == VIRTQ_PACKED_AVAIL;
	v->used_wrap = q->packed && q->used_flags == VIRTQ_PACKED_BOTH;
	v->fault = q->fault;
	virtq_view_areas(v, q->config.driver, q->config.device);
	if (!d)
		return;
	for (i = 0; i < q->num; i++)
		virtq_view_desc(&d[i], q->packed, q->config.desc, i);
	if (q->packed)
		devq_view_packed(q, d);
	else
		devq_view_split(q, v, d);
}

void devq_view_chain(const struct devq *q, const struct devq_chain *chain,
		     struct virtq_desc_view *d, struct virtq_tables *t)
{
	unsigned int pieces = chain->outs + chain->ins, first = pieces - chain->entries;

	/* Packed: what was pushed since may have been written over its descriptor. */
	if (!chain->entries || d[chain->table].owner != VIRTQ_OWNER_HELD)
		return;
	d[q->packed ? chain->table : chain->id].pieces = pieces;
	virtq_view_table(&d[chain->table], t, q->packed, chain->sg + first,
			 chain->outs > first ? chain->outs - first : 0, chain->entries);
}
