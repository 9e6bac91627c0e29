// SPDX-License-Identifier: GPL-2.0-only
/* mappings of a folder: what is mapped where, one line per run of like leaves. */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/sizes.h>

#include "text.h"

/* Mappings gathered at a time. */
#define BATCH 1024

/*
 * A line: four numbers of 18, the size, rights and kinds, and what is between. A raced part
 * is a mapping without leaves.
 */
#define LINE 256
static_assert(LINE <= IP_TEXT_LINE);

/*
 * A leaf ends at most one mapping. So as many are looked at as there is room for mappings, and
 * no look at a page is for nothing.
 */
static int mappings_span(struct ip_walk *w, const struct radix_span *span)
{
	struct ip_text *t = w->ctx;
	struct iop_mappings *build = &t->maps.build;
	struct radix_span part = *span;
	unsigned int done = 0;

	while (done < span->count) {
		part.count = min(span->count - done, BATCH - build->count);
		if (!part.count) {
			w->next = build->cur.leaves ? build->cur.iova : part.va;
			return IP_FULL;
		}
		ip_kinds_span(&t->maps.cache, &w->tree->t, &part, t->maps.kinds);
		iop_mappings_add(build, &part, t->maps.kinds, ip_walk_rights(w, span->level));
		done += part.count;
		part.va += part.count * radix_size(span->level);
		part.entry += part.count;
		part.index += part.count;
	}
	return 0;
}

static int mappings_raced_range(struct ip_walk *w, u64 first, u64 last)
{
	struct ip_text *t = w->ctx;
	struct iop_mapping *out = t->batch, *raced;

	if (iop_mappings_flush(&t->maps.build)) {
		w->next = t->maps.build.cur.iova;
		return IP_FULL;
	}
	if (t->maps.build.count == BATCH) {
		w->next = first;
		return IP_FULL;
	}
	raced = &out[t->maps.build.count++];
	memset(raced, 0, sizeof(*raced));
	raced->iova = first;
	raced->end = last + 1;
	return 0;
}

static void mappings_raced_rest(struct ip_text *t, u64 first)
{
	struct iop_mapping *raced = t->batch;

	memset(raced, 0, sizeof(*raced));
	raced->iova = t->maps.from;
	raced->end = t->last + 1;
	t->count = 1;
}

static int mappings_fill(struct ip_text *t)
{
	struct iop_mappings *build = &t->maps.build;
	int ret;

	build->count = 0;
	/* What the builder holds from before is not shown yet. */
	t->maps.from = build->cur.leaves ? build->cur.iova : t->next;
	ret = ip_walk(&t->walk, t->next, t->last);
	if (ret < 0)
		return ret;
	if (!ret && iop_mappings_flush(build)) {
		/* It alone is left: gather it once more. */
		t->walk.next = build->cur.iova;
		ret = IP_FULL;
	}
	if (ret == IP_FULL)
		build->cur.leaves = 0;
	if (ret)
		t->next = t->walk.next;
	else
		ip_text_next_range(t);
	t->count = build->count;
	return 0;
}

static void mappings_seek(struct ip_text *t, u64 iova)
{
	ip_text_seek(t, iova);
	if (t->walk.tree)
		iop_mappings_init(&t->maps.build, &t->walk.tree->t, t->batch, BATCH);
	ip_kind_forget(&t->maps.cache);
}

/* Position 0 is the header, that of a mapping its first page plus 1. */
static loff_t mapping_pos(const struct iop_mapping *map)
{
	return (map->iova >> RADIX_PAGE_SHIFT) + 1;
}

#define POS_END ((loff_t)(~0ULL >> RADIX_PAGE_SHIFT) + 2)

static void *mappings_record(struct ip_text *t, loff_t *pos)
{
	struct iop_mapping *map = t->batch;
	int ret;

	if (t->at == t->count) {
		ret = ip_text_refill(t);
		if (ret)
			return ERR_PTR(ret);
	}
	if (t->at == t->count) {
		*pos = POS_END;
		return NULL;
	}
	*pos = mapping_pos(&map[t->at]);
	return &map[t->at];
}

static void *mappings_start(struct seq_file *m, loff_t *pos)
{
	struct ip_text *t = m->private;
	struct iop_mapping *map = t->batch;

	if (!*pos)
		return SEQ_START_TOKEN;
	if (*pos >= POS_END)
		return NULL;
	if (t->at == t->count || mapping_pos(&map[t->at]) != *pos)
		mappings_seek(t, (u64)(*pos - 1) << RADIX_PAGE_SHIFT);
	return mappings_record(t, pos);
}

/* show() has moved on already; also when no record can be had, the position has to. */
static void *mappings_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct ip_text *t = m->private;

	++*pos;
	if (v == SEQ_START_TOKEN)
		mappings_seek(t, 0);
	return mappings_record(t, pos);
}

static __always_inline char *put_size(char *p, u64 page)
{
	char size[8];

	if (likely(page == SZ_4K)) {
		memcpy(p, "4K", 2);
		return p + 2;
	}
	return ip_put_str(p, iopt_size_name(page, size));
}

static char *put_mapping(char *p, const struct ip_kind_cache *c, const struct iop_mapping *map)
{
	static const char rights[][4] = { " --", " r-", " -w", " rw" };

	static_assert(IOPT_R == 1 && IOPT_W == 2);
	p = ip_put_hex(p, map->iova);
	*p++ = ' ';
	p = ip_put_hex(p, map->end);
	if (!map->leaves)
		return ip_put_str(p, " - - raced - -\n");

	*p++ = ' ';
	p = put_size(p, map->page);
	memcpy(p, rights[map->rights & (IOPT_R | IOPT_W)], 3);
	p += 3;
	*p++ = ' ';
	p = ip_put_kind(p, c, map->kind);
	*p++ = ' ';
	p = ip_put_hex(p, map->phys);
	*p++ = ' ';
	p = ip_put_hex(p, map->entry);
	*p++ = '\n';
	return p;
}

/* Shows as many as there is room for. */
static int mappings_show(struct seq_file *m, void *v)
{
	struct ip_text *t = m->private;
	const struct iop_mapping *map = t->batch;
	char *buf, *p;
	size_t room;

	if (v == SEQ_START_TOKEN) {
		ip_text_head(m, "mappings", "start end page rights kind phys entry");
		return 0;
	}
	room = seq_get_buf(m, &buf);
	for (p = buf; t->at < t->count && buf + room - p >= LINE; t->at++)
		p = put_mapping(p, &t->maps.cache, &map[t->at]);
	/* -1: not even one, so there has to be more room. */
	seq_commit(m, p == buf ? -1 : p - buf);
	return 0;
}

static const struct seq_operations mappings_seq = {
	.start = mappings_start,
	.next = mappings_next,
	.stop = ip_text_stop,
	.show = mappings_show,
};

static int mappings_open(struct inode *inode, struct file *file)
{
	struct ip_text *t =
		ip_text_open(inode, file, BATCH * sizeof(struct iop_mapping), &mappings_seq);

	if (IS_ERR(t))
		return PTR_ERR(t);
	t->walk.span = mappings_span;
	t->walk.raced = mappings_raced_range;
	t->fill = mappings_fill;
	t->raced = mappings_raced_rest;
	mappings_seek(t, 0);
	return 0;
}

const struct file_operations ip_mappings_fops = {
	.owner = THIS_MODULE,
	.open = mappings_open,
	.read = xlate_seq_read,
	.llseek = seq_lseek,
	.release = ip_text_release,
};
