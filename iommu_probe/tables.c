// SPDX-License-Identifier: GPL-2.0-only
/*
 * tables of a folder: every entry in use, from the root entry on. It is enough to repeat
 * the walk for any address elsewhere: what is not listed of a table is zero.
 */
#include <linux/debugfs.h>
#include <linux/module.h>

#include "text.h"

/* A span may yield 512 rows at once; one more for each entry on the way to it. */
#define BATCH (2 * (RADIX_ENTRIES + RADIX_MAX_LEVELS))

/**
 * struct table_row - a record of "tables"
 * @pos:   its position
 * @iova:  first address that the entries translate
 * @table: physical address of their table
 * @entry: the first one
 * @index: of that
 * @count: how many neighbours there are, each leading to the next page
 * @kind:  enum iop_kind, or ROW_RACED
 * @level: of the table
 */
struct table_row {
	loff_t pos;
	u64 iova;
	u64 table;
	u64 entry;
	u16 index;
	u16 count;
	u8 kind;
	u8 level;
};

#define ROW_RACED IOP_KINDS

/*
 * Positions: 0 is the header, then come the entries on the way to the tree; then its rows,
 * by address, upper levels first. So they rise from row to row, and a walk that comes down
 * the same way again knows by them what was shown.
 */
#define POS_RAW	 1
#define POS_TREE 16
#define POS_END	 (row_pos(~0ULL, 0) + 1)
static_assert(POS_RAW + IOP_MAX_RAW <= POS_TREE);

static loff_t row_pos(u64 iova, unsigned int level)
{
	return POS_TREE + (iova >> RADIX_PAGE_SHIFT << 3 | (7 - level));
}

/* Adds a row unless it was shown before. There is room. */
static void row_add(struct ip_text *t, unsigned int kind, unsigned int level, u64 iova, u64 table,
		    u64 entry, unsigned int count)
{
	struct table_row *row = (struct table_row *)t->batch + t->count;
	loff_t pos = row_pos(iova, level);

	if (pos <= t->tables.shown)
		return;
	t->tables.shown = pos;
	t->count++;
	row->pos = pos;
	row->iova = iova;
	row->table = table;
	row->entry = entry;
	row->index = radix_index(iova, level);
	row->count = count;
	row->kind = kind;
	row->level = level;
}

static int tables_table(struct ip_walk *w, const struct radix_span *span)
{
	struct ip_text *t = w->ctx;

	/* Spans leave room for the entries on the way to the next one; be sure of it. */
	if (t->count == BATCH) {
		w->next = span->va;
		return IP_FULL;
	}
	row_add(t, IOP_TABLE_ENTRY, span->level, span->va, span->table, span->entry[0], 1);
	return 0;
}

static int tables_span(struct ip_walk *w, const struct radix_span *span)
{
	u64 size = radix_size(span->level), va = span->va, entry;
	const struct iopt *tree = &w->tree->t;
	struct ip_text *t = w->ctx;
	unsigned int i, n;
	bool leaf;

	if (BATCH - t->count < RADIX_ENTRIES + RADIX_MAX_LEVELS) {
		w->next = va;
		return IP_FULL;
	}
	for (i = 0; i < span->count; i += n, va += n * size) {
		entry = span->entry[i];
		n = 1;
		if (!entry)
			continue;
		leaf = iopt_leaf(tree, entry, span->level);
		/* Pages of another size than the level's are repeated, which is not this. */
		if (leaf && iopt_page_bytes(tree->format, entry, span->level) == size)
			while (i + n < span->count && span->entry[i + n] == entry + n * size)
				n++;
		row_add(t, leaf ? IOP_LEAF_ENTRY : IOP_ODD_ENTRY, span->level, va, span->table,
			entry, n);
	}
	return 0;
}

static int tables_raced_range(struct ip_walk *w, u64 first, u64 last)
{
	struct ip_text *t = w->ctx;

	if (t->count == BATCH) {
		w->next = first;
		return IP_FULL;
	}
	row_add(t, ROW_RACED, w->level, first, w->table_at, 0,
		((last - first) >> radix_shift(w->level)) + 1);
	return 0;
}

static void tables_raced_rest(struct ip_text *t, u64 first)
{
	unsigned int level = t->walk.tree->t.levels;

	t->tables.shown = 0;
	row_add(t, ROW_RACED, level, first, t->walk.tree->root, 0,
		((t->last - first) >> radix_shift(level)) + 1);
}

static int tables_fill(struct ip_text *t)
{
	int ret = ip_walk(&t->walk, t->next, t->last);

	if (ret < 0)
		return ret;
	if (ret)
		t->next = t->walk.next;
	else
		ip_text_next_range(t);
	return 0;
}

/* Begins anew with the row at @pos, which is in the tree. */
static void tables_seek(struct ip_text *t, loff_t pos)
{
	ip_text_seek(t, (u64)(pos - POS_TREE) >> 3 << RADIX_PAGE_SHIFT);
	t->tables.shown = pos - 1;
}

static void *tables_record(struct ip_text *t, loff_t *pos)
{
	struct table_row *row = t->batch;
	int ret;

	if (*pos < POS_RAW + t->walk.who.raws)
		return &t->walk.who.raw[*pos - POS_RAW];
	if (t->at == t->count) {
		ret = ip_text_refill(t);
		if (ret)
			return ERR_PTR(ret);
	}
	if (t->at == t->count) {
		*pos = POS_END;
		return NULL;
	}
	*pos = row[t->at].pos;
	return &row[t->at];
}

static bool is_raw(struct ip_text *t, void *v)
{
	return v >= (void *)t->walk.who.raw && v < (void *)(t->walk.who.raw + IOP_MAX_RAW);
}

static void *tables_start(struct seq_file *m, loff_t *pos)
{
	struct ip_text *t = m->private;
	struct table_row *row = t->batch;

	if (!*pos)
		return SEQ_START_TOKEN;
	if (*pos >= POS_END)
		return NULL;
	if (*pos < POS_TREE)
		tables_seek(t, POS_TREE);
	else if (t->at == t->count || row[t->at].pos != *pos)
		tables_seek(t, *pos);
	return tables_record(t, pos);
}

/* show() has moved on already; also when no record can be had, the position has to. */
static void *tables_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct ip_text *t = m->private;

	++*pos;
	if (v == SEQ_START_TOKEN)
		tables_seek(t, POS_TREE);
	return tables_record(t, pos);
}

static void show_raw(struct seq_file *m, const struct iop_raw *raw)
{
	unsigned int i;

	seq_printf(m, "%s - - 0x%016llx %u 1 ", iop_kind_name(raw->kind), raw->table, raw->index);
	for (i = 0; i < raw->words; i++)
		seq_printf(m, i ? ",0x%016llx" : "0x%016llx", raw->q[i]);
	seq_puts(m, " -\n");
}

static char *put_row(char *p, const struct iopt *tree, const struct table_row *row)
{
	p = ip_put_str(p, row->kind == ROW_RACED ? "raced" : iop_kind_name(row->kind));
	*p++ = ' ';
	*p++ = '0' + row->level;
	*p++ = ' ';
	p = ip_put_hex(p, row->iova);
	*p++ = ' ';
	p = ip_put_hex(p, row->table);
	*p++ = ' ';
	p = ip_put_dec(p, row->index);
	*p++ = ' ';
	p = ip_put_dec(p, row->count);
	*p++ = ' ';
	if (row->kind == ROW_RACED)
		return ip_put_str(p, "- -\n");
	p = ip_put_hex(p, row->entry);
	*p++ = ' ';
	p += iopt_flags(tree, row->entry, row->level, p, 96);
	*p++ = '\n';
	return p;
}

/* Shows as many as there is room for. */
static int tables_show(struct seq_file *m, void *v)
{
	struct ip_text *t = m->private;
	const struct table_row *row = t->batch;
	char *buf, *p;
	size_t room;

	if (v == SEQ_START_TOKEN) {
		ip_text_head(m, "tables", "kind level iova table index count entry flags");
		return 0;
	}
	if (is_raw(t, v)) {
		show_raw(m, v);
		return 0;
	}
	room = seq_get_buf(m, &buf);
	for (p = buf; t->at < t->count && buf + room - p >= IP_TEXT_LINE; t->at++)
		p = put_row(p, &t->walk.tree->t, &row[t->at]);
	/* -1: not even one, so there has to be more room. */
	seq_commit(m, p == buf ? -1 : p - buf);
	return 0;
}

static const struct seq_operations tables_seq = {
	.start = tables_start,
	.next = tables_next,
	.stop = ip_text_stop,
	.show = tables_show,
};

static int tables_open(struct inode *inode, struct file *file)
{
	struct ip_text *t =
		ip_text_open(inode, file, BATCH * sizeof(struct table_row), &tables_seq);

	if (IS_ERR(t))
		return PTR_ERR(t);
	t->walk.span = tables_span;
	t->walk.table = tables_table;
	t->walk.raced = tables_raced_range;
	t->fill = tables_fill;
	t->raced = tables_raced_rest;
	tables_seek(t, POS_TREE);
	return 0;
}

const struct file_operations ip_tables_fops = {
	.owner = THIS_MODULE,
	.open = tables_open,
	.read = xlate_seq_read,
	.llseek = seq_lseek,
	.release = ip_text_release,
};
