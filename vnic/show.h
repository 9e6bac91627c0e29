/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What vnic and vnic_host show alike in debugfs: one format, for people and xlate nic. Each
 * of their folders has, beside device, in which the two differ:
 *
 *	features	each feature bit: offered, taken by the driver
 *	queues		each queue: layout, size, chains on their way and in all, positions,
 *			what is wrong
 *	counters	each queue: what happened
 *	batches		each queue: histograms
 *	rx0, tx0, ... ctrl	a ring: its positions, one "key value" a line, then each
 *			descriptor, decoded; for those who may see addresses, see permitted.h
 *
 * Below an indirect descriptor in flight stand the entries of its table as this side wrote or read
 * them, index 4.0, 4.1 ... for descriptor 4. The device has read those of chains that are held;
 * where there are none, they are not known.
 *
 * rx and tx are the guest's.
 */
#ifndef _VNIC_SHOW_H
#define _VNIC_SHOW_H

#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "../include/permitted.h"
#include "../include/xlate/virtq_view.h"
#include "../include/xlate/vnet.h"

/* Who includes it. (KBUILD_MODNAME has the folder, too.) */
#ifndef SHOW_MODULE
#define SHOW_MODULE "vnic"
#endif

/* The first line of a file: what it has, in which version of its format. */
#define SHOW_TITLE(what) "# " SHOW_MODULE " " what " 1\n"

static inline void show_features(struct seq_file *m, u64 offered, u64 taken)
{
	unsigned int bit;

	seq_puts(m, SHOW_TITLE("features") "# bit name offered negotiated\n");
	for (bit = 0; bit < 64; bit++) {
		const char *name = vnet_feature_name(bit);

		if (!(offered & BIT_ULL(bit)))
			continue;
		if (name)
			seq_printf(m, "%u %s", bit, name);
		else
			seq_printf(m, "%u %u", bit, bit);
		seq_printf(m, " yes %s\n", taken & BIT_ULL(bit) ? "yes" : "no");
	}
}

/* -- queues ------------------------------------------------------------------------ */

static inline void show_queues_title(struct seq_file *m)
{
	seq_puts(m, SHOW_TITLE("queues") "# queue layout size state in_flight made done");
	seq_puts(m, " next_avail avail_wrap next_used used_wrap driver device reason\n");
}

/*
 * @v: of a queue with a ring, else NULL; its driver and device areas are as in struct virtq_view.
 * @reason: why it is, or was, broken.
 */
static inline void show_queue(struct seq_file *m, const char *queue, const struct virtq_view *v,
			      enum virtq_reason reason)
{
	if (v)
		seq_printf(m, "%s %s %u %s %u %llu %llu %u %u %u %u %u,%u,%u %u,%u,%u", queue,
			   v->features & VIRTQ_F_PACKED ? "packed" : "split", v->num,
			   v->fault.reason ? "broken" : "live", v->in_flight, v->made, v->done,
			   v->next, v->next_wrap, v->used, v->used_wrap, v->driver[0], v->driver[1],
			   v->driver[2], v->device[0], v->device[1], v->device[2]);
	else
		seq_printf(m, "%s - - idle - - - - - - - - -", queue);
	seq_printf(m, " %s\n", virtq_reason_text(reason).name);
}

/* -- counters, batches ------------------------------------------------------------- */

struct show_counter {
	const char *name;
	u64 value;
};

static inline void show_counters_title(struct seq_file *m)
{
	seq_puts(m, SHOW_TITLE("counters") "# queue counter value\n");
}

static inline void show_counters(struct seq_file *m, const char *queue,
				 const struct show_counter *c, size_t n)
{
	for (; n; n--, c++)
		seq_printf(m, "%s %s %llu\n", queue, c->name, c->value);
}

/* "1 2-3 4-7 ...": the columns of a histogram. */
static inline void show_batches_title(struct seq_file *m)
{
	unsigned int k;

	seq_puts(m, SHOW_TITLE("batches") "# queue what 0 1");
	for (k = 2; k < VIRTQ_BATCHES - 1; k++)
		seq_printf(m, " %u-%u", 1 << (k - 1), (1 << k) - 1);
	seq_printf(m, " %u-\n", 1 << (k - 1));
}

static inline void show_batch(struct seq_file *m, const char *queue, const char *what, const u64 *h)
{
	unsigned int k;

	seq_printf(m, "%s %s", queue, what);
	for (k = 0; k < VIRTQ_BATCHES; k++)
		seq_printf(m, " %llu", READ_ONCE(h[k]));
	seq_putc(m, '\n');
}

/* -- rings ------------------------------------------------------------------------- */

/**
 * struct show_ring - a ring at one moment
 * @now:   in jiffies, as in the views
 * @areas: addresses of the descriptor, driver and device areas, as the device has them
 * @view:  the queue
 * @tables: entries of its indirect tables, which lie behind @descs
 * @descs: its descriptors
 */
struct show_ring {
	u32 now;
	u64 areas[3];
	struct virtq_view view;
	struct virtq_tables tables;
	struct virtq_desc_view descs[];
};

/* So many entries are shown at most: two megabytes of text. */
#define SHOW_MAX_ENTRIES 32768U

/* Room for @num descriptors, and for @entries, if not too many; or NULL. For kvfree(). */
static inline struct show_ring *show_ring_alloc(u32 num, u32 entries)
{
	u32 max = min(entries, SHOW_MAX_ENTRIES);
	struct show_ring *s;

	s = kvzalloc(struct_size(s, descs, num) + max * sizeof(*s->tables.entry), GFP_KERNEL);
	if (!s)
		return NULL;
	s->tables.entry = (struct virtq_entry_view *)&s->descs[num];
	s->tables.max = max;
	return s;
}

static inline void show_positions(struct seq_file *m, const struct virtq_view *v)
{
	if (v->features & VIRTQ_F_PACKED) {
		seq_printf(m, "next_avail %u wrap %u\n", v->next, v->next_wrap);
		seq_printf(m, "next_used %u wrap %u\n", v->used, v->used_wrap);
		seq_printf(m, "driver_event %u wrap %u flags %u\n",
			   v->driver[0] & ~VIRTQ_EVENT_WRAP, v->driver[0] >> 15, v->driver[1]);
		seq_printf(m, "device_event %u wrap %u flags %u\n",
			   v->device[0] & ~VIRTQ_EVENT_WRAP, v->device[0] >> 15, v->device[1]);
	} else {
		seq_printf(m, "avail_idx %u flags %u used_event %u\n", v->driver[1], v->driver[0],
			   v->driver[2]);
		seq_printf(m, "used_idx %u flags %u avail_event %u\n", v->device[1], v->device[0],
			   v->device[2]);
		/* Its own positions, not what the other side can change. */
		seq_printf(m, "next_avail %u\n", v->next);
		seq_printf(m, "next_used %u\n", v->used);
	}
}

static inline void show_desc(struct seq_file *m, const struct virtq_desc_view *d, u32 now)
{
	char flags[48];

	virtq_flags_text(d->flags, flags, sizeof(flags));
	seq_printf(m, "%s ", virtq_owner_name(d->owner));
	if (d->chain < 0)
		seq_puts(m, "- ");
	else
		seq_printf(m, "%d ", d->chain);
	seq_printf(m, "0x%llx %u %s %u ", d->addr, d->len, flags, d->link);
	if (d->pieces)
		seq_printf(m, "%u ", d->pieces);
	else
		seq_puts(m, "- ");
	if (d->timed)
		seq_printf(m, "%u\n", jiffies_to_msecs(now - d->stamp));
	else
		seq_puts(m, "-\n");
}

/* Those of the table of descriptor @index, with its owner and chain. */
static inline void show_entries(struct seq_file *m, unsigned int index,
				const struct virtq_desc_view *d, const struct virtq_tables *t)
{
	char flags[48];
	unsigned int i;

	for (i = 0; i < d->entries; i++) {
		const struct virtq_entry_view *e = &t->entry[d->first + i];

		virtq_flags_text(e->flags, flags, sizeof(flags));
		seq_printf(m, "%u.%u %s %d 0x%llx %u %s - - -\n", index, i,
			   virtq_owner_name(d->owner), d->chain, e->addr, e->len, flags);
	}
}

/* @s: NULL when there is no ring now. */
static inline void show_ring(struct seq_file *m, const char *queue, const struct show_ring *s)
{
	const struct virtq_view *v;
	unsigned int i;

	seq_puts(m, SHOW_TITLE("ring"));
	seq_printf(m, "queue %s\n", queue);
	if (!s) {
		seq_puts(m, "state idle\n");
		return;
	}
	v = &s->view;
	seq_printf(m, "state %s\n", v->fault.reason ? "broken" : "live");
	if (v->fault.reason)
		seq_printf(m, "fault %s %llu %llu %u %s\n", virtq_reason_text(v->fault.reason).name,
			   v->fault.value, v->fault.limit, v->fault.pos,
			   virtq_reason_text(v->fault.reason).text);
	seq_printf(m, "layout %s\n", v->features & VIRTQ_F_PACKED ? "packed" : "split");
	seq_printf(m, "size %u\n", v->num);
	seq_printf(m, "areas 0x%llx 0x%llx 0x%llx\n", s->areas[0], s->areas[1], s->areas[2]);
	seq_printf(m, "in_flight %u\nmade %llu\ndone %llu\n", v->in_flight, v->made, v->done);
	show_positions(m, v);
	if (s->tables.left_out)
		seq_printf(m, "tables_left_out %u\n", s->tables.left_out);
	seq_printf(m, "# index owner chain addr len flags %s pieces age_ms\n",
		   v->features & VIRTQ_F_PACKED ? "id" : "next");
	for (i = 0; i < v->num; i++) {
		seq_printf(m, "%u ", i);
		show_desc(m, &s->descs[i], s->now);
		show_entries(m, i, &s->descs[i], &s->tables);
	}
}

#endif /* _VNIC_SHOW_H */
