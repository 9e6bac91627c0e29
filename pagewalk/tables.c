// SPDX-License-Identifier: GPL-2.0-only
/* tables of a folder: the radix tree, every entry in use of every level. */
#include <linux/mm.h>

#include "text.h"

/* A table may yield 512 rows at once; one more for each entry on the way to it. */
#define TABLE_BATCH (2 * (RADIX_ENTRIES + X86_MAX_LEVEL))

/**
 * struct table_row - a record of "tables"
 * @run:      the entries
 * @key:      position: see row_key()
 * @table:    physical address of their table
 * @user:     with PTI, top level: the entry of user mode's own table
 * @index:    index of the first entry
 */
struct table_row {
	struct pagewalk_run run;
	loff_t key;
	u64 table;
	u64 user;
	u16 index;
};

/*
 * Position of a row: the first address that was visited through it, then its level, upper
 * levels first; so positions rise from row to row. 0 is the header.
 */
static loff_t row_key(u64 va, unsigned int level)
{
	return ((va >> PAGE_SHIFT) << 3 | (7 - level)) + 1;
}

static struct table_row *row_add(struct text *t, struct pw_walker *w, const struct radix_span *span,
				 u64 key_va)
{
	struct table_row *row = (struct table_row *)t->batch + t->count++;

	memset(row, 0, sizeof(*row));
	row->key = row_key(key_va, span->level);
	row->table = span->table;
	row->index = span->index;
	return row;
}

static int tables_table(struct pw_walker *w, const struct radix_span *span)
{
	struct text *t = w->ctx;
	/* Where the walk came in: the entry may reach further down. */
	u64 va = max(pw_span_start(w, span), t->next);
	struct table_row *row;

	/* Shown already, for an area before this one or before the reader seeked? */
	if (t->seen[span->level] == span->va + 1)
		return 0;
	/* Spans leave room for the entries on the way to the next one; be sure of it. */
	if (t->count == TABLE_BATCH) {
		w->next = va;
		t->from_level = span->level;
		return PW_FULL;
	}
	t->seen[span->level] = span->va + 1;
	if (span->level > t->from_level && span->va <= t->next)
		return 0;

	row = row_add(t, w, span, va);
	row->user = w->radix.path[span->level];
	row->run.start = span->va;
	row->run.end = span->va + radix_size(span->level);
	row->run.entry = span->entry[0];
	row->run.level = span->level;
	row->run.state = PAGEWALK_TABLE;
	row->run.rights = w->area.path & x86_rights(&pw_mmu, row->user);
	return 0;
}

static int tables_span(struct pw_walker *w, const struct radix_span *span)
{
	struct text *t = w->ctx;
	struct pagewalk_run *out = t->runs.out, *run;
	struct table_row *row;
	unsigned int i;

	if (TABLE_BATCH - t->count < RADIX_ENTRIES + X86_MAX_LEVEL) {
		w->next = pw_span_start(w, span);
		t->from_level = span->level;
		return PW_FULL;
	}
	t->from_level = X86_MAX_LEVEL;

	/* Runs end with their table; the room for them is behind the rows. */
	runs_init(&t->runs, &pw_mmu, false, out, RADIX_ENTRIES);
	runs_add(&t->runs, span, NULL, &w->area);
	runs_flush(&t->runs);
	for (i = 0; i < t->runs.count; i++) {
		run = &out[i];
		row = row_add(t, w, span, run->start);
		row->run = *run;
		row->user = run->entry;
		row->index += (run->start - span->va) >> radix_shift(span->level);
	}
	return 0;
}

static int tables_fill(struct text *t)
{
	int ret = 0;

	if (t->next < TASK_SIZE_MAX)
		ret = pw_walk(t->walker, t->next, TASK_SIZE_MAX);
	if (ret < 0)
		return ret;
	t->next = ret ? t->walker->next : TASK_SIZE_MAX;
	t->done = !ret;
	return 0;
}

static void tables_restart(struct text *t, u64 va, unsigned int level)
{
	t->walker->span = tables_span;
	t->walker->table = tables_table;
	t->runs.out = (void *)((struct table_row *)t->batch + TABLE_BATCH);
	memset(t->seen, 0, sizeof(t->seen));
	t->from_level = level;
	t->next = va;
	t->done = false;
	t->at = 0;
	t->count = 0;
}

static void *tables_record(struct text *t, loff_t *pos)
{
	struct table_row *row = t->batch;
	int ret;

	if (t->at == t->count) {
		ret = text_refill(t, tables_fill);
		if (ret)
			return ERR_PTR(ret);
	}
	if (t->at == t->count) {
		*pos = row_key(TASK_SIZE_MAX, 0);
		return NULL;
	}
	*pos = row[t->at].key;
	return &row[t->at];
}

static void *tables_start(struct seq_file *m, loff_t *pos)
{
	struct text *t = m->private;
	struct table_row *row = t->batch;

	if (!*pos)
		return SEQ_START_TOKEN;
	if (*pos >= row_key(TASK_SIZE_MAX, 7))
		return NULL;
	if (t->at == t->count || row[t->at].key != *pos)
		tables_restart(t, (u64)(*pos - 1) >> 3 << PAGE_SHIFT, 7 - ((*pos - 1) & 7));
	return tables_record(t, pos);
}

static void *tables_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct text *t = m->private;

	/* Also when no record can be had, the position has to move on. */
	++*pos;
	if (v == SEQ_START_TOKEN)
		tables_restart(t, 0, X86_MAX_LEVEL);
	else
		t->at++;
	return tables_record(t, pos);
}

static void show_row(struct seq_file *m, const struct table_row *row, const char *mark, u64 table,
		     u64 entry)
{
	const struct pagewalk_run *run = &row->run;
	char rights[4];

	seq_printf(m, "%u%s 0x%016llx 0x%016llx %u %llu %s %s", run->level, mark, run->start, table,
		   row->index, (run->end - run->start) >> radix_shift(run->level),
		   x86_state_name(run->state), text_order_name(run->order));
	text_show_target(m, entry, run->level, run->state);
	seq_printf(m, " %s", x86_rights_name(run->rights, rights));
	text_show_flags(m, entry, run->level, run->state);
}

static int tables_show(struct seq_file *m, void *v)
{
	const struct table_row *row = v;
	struct text *t = m->private;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "# pagewalk tables 1\n");
		pw_show_target(m, t->pid, t->mm);
		seq_puts(m, "# level va table index count state order target rights entry flags\n");
		return 0;
	}
	show_row(m, row, "", row->table, row->run.entry);
	/* With PTI user mode has a top-level table of its own, whose entry decides. */
	if (row->run.level == pw_mmu.levels && pw_user_root(t->mm))
		show_row(m, row, "u", pw_user_root(t->mm), row->user);
	return 0;
}

static const struct seq_operations tables_seq = {
	.start = tables_start,
	.next = tables_next,
	.stop = text_stop,
	.show = tables_show,
};

static int tables_open(struct inode *inode, struct file *file)
{
	return text_open(inode, file,
			 TABLE_BATCH * sizeof(struct table_row) +
				 RADIX_ENTRIES * sizeof(struct pagewalk_run),
			 &tables_seq);
}

const struct proc_ops pw_tables_ops = {
	.proc_open = tables_open,
	.proc_read = xlate_seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = text_release,
};
