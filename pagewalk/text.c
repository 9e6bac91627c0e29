// SPDX-License-Identifier: GPL-2.0-only
/*
 * The texts of a folder: pages, tables and summary.
 *
 * pages and tables are seq_files whose position is an address (and, for tables, a level),
 * so a reader may stop, seek and go on while the process changes. Records are gathered in
 * batches under the mmap lock and printed without it.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "pagewalk.h"

/* Runs gathered at a time. */
#define BATCH 64

/* A table may yield 512 rows at once; one more for the entry that points to it. */
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

/**
 * struct text - an open file
 * @pid:     whom it is about
 * @mm:      its address space when the file was opened, if only the struct
 * @walker:  the walk
 * @runs:    builder of runs
 * @batch:   records: struct pagewalk_run or struct table_row
 * @count:   how many
 * @at:	     the one to be shown next
 * @next:    address to go on from
 * @done:    nothing is left behind the batch
 * @seen:    tables: for each level, the entry shown last, by address
 * @from_level: tables: at @next, levels above this one have been shown
 */
struct text {
	struct pid *pid;
	struct mm_struct *mm;
	struct pw_walker *walker;
	struct runs runs;
	void *batch;
	unsigned int count;
	unsigned int at;
	u64 next;
	bool done;
	u64 seen[X86_MAX_LEVEL + 1];
	unsigned int from_level;
};

void pw_show_target(struct seq_file *m, struct pid *pid, struct mm_struct *mm)
{
	char comm[TASK_COMM_LEN];

	pw_target_comm(pid, comm);
	seq_printf(m, "# pid %d comm ", pid_nr(pid));
	seq_escape(m, comm, " \t\n\\");
	seq_printf(m, " levels %u root 0x%016llx", pw_mmu.levels, pw_root(mm));
	if (pw_user_root(mm))
		seq_printf(m, " user_root 0x%016llx\n", pw_user_root(mm));
	else
		seq_puts(m, " user_root -\n");
}

/* Where an entry leads, in one word. */
static void show_target(struct seq_file *m, u64 entry, unsigned int level,
			enum pagewalk_state state)
{
	u64 target = x86_target(&pw_mmu, entry, level, state);

	if (x86_maps_frame(state) || state == PAGEWALK_TABLE)
		seq_printf(m, " 0x%016llx", target << RADIX_PAGE_SHIFT);
	else if (state == PAGEWALK_SWAP)
		seq_printf(m, " swap:%u:0x%llx", x86_swp_type(entry), target);
	else if (x86_swp_has_pfn(state))
		seq_printf(m, " pfn:0x%llx", target);
	else
		seq_puts(m, " -");
}

static void show_flags(struct seq_file *m, u64 entry, unsigned int level,
		       enum pagewalk_state state)
{
	char flags[96];

	x86_flags(&pw_mmu, entry, level, state, flags, sizeof(flags));
	seq_printf(m, " 0x%016llx %s\n", entry, flags);
}

static const char *order_name(u8 order)
{
	static const char *const names[] = { "single", "asc", "desc", "scattered" };

	return names[order];
}

/* -- an open file -- */

static int text_open(struct inode *inode, struct file *file, size_t batch,
		     const struct seq_operations *ops)
{
	struct text *t;
	int ret;

	ret = pw_permitted(file);
	if (ret)
		return ret;
	t = __seq_open_private(file, ops, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->pid = get_pid(pde_data(inode));
	t->batch = kvmalloc(batch, GFP_KERNEL);
	ret = -ENOMEM;
	if (!t->batch)
		goto err_put_pid;

	/* Keep the struct, not its memory: an open file must not hold up the exit. */
	t->mm = pw_target_mm(t->pid);
	ret = PTR_ERR(t->mm);
	if (IS_ERR(t->mm))
		goto err_free_batch;
	mmgrab(t->mm);
	mmput_async(t->mm);

	t->walker = pw_walker_new(t->mm);
	ret = -ENOMEM;
	if (!t->walker)
		goto err_drop_mm;
	t->walker->ctx = t;
	return 0;

err_drop_mm:
	mmdrop(t->mm);
err_free_batch:
	kvfree(t->batch);
err_put_pid:
	put_pid(t->pid);
	seq_release_private(inode, file);
	return ret;
}

static int text_release(struct inode *inode, struct file *file)
{
	struct text *t = ((struct seq_file *)file->private_data)->private;

	pw_walker_free(t->walker);
	mmdrop(t->mm);
	kvfree(t->batch);
	put_pid(t->pid);
	return seq_release_private(inode, file);
}

static void text_stop(struct seq_file *m, void *v)
{
}

/*
 * Gathers the next batch with @fill, which returns 0 at the end, 1 for a batch, or an
 * error. Once the process has gone there is nothing more: the reader sees the end.
 */
static int text_refill(struct text *t, int (*fill)(struct text *t))
{
	int ret = 0;

	t->at = 0;
	t->count = 0;
	while (!t->count && !t->done && mmget_not_zero(t->mm)) {
		ret = fill(t);
		mmput_async(t->mm);
		if (ret)
			break;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return ret;
}

/* -- pages -- */

static int pages_span(struct pw_walker *w, const struct radix_span *span)
{
	struct text *t = w->ctx;

	if (runs_add(&t->runs, span, w->page + span->index, &w->area)) {
		w->next = t->runs.cur.end;
		return PW_FULL;
	}
	return 0;
}

static int pages_fill(struct text *t)
{
	int ret = 0;

	t->runs.count = 0;
	if (t->next < TASK_SIZE_MAX)
		ret = pw_walk(t->walker, t->next, TASK_SIZE_MAX);
	if (ret < 0)
		return ret;
	t->next = ret ? t->walker->next : TASK_SIZE_MAX;
	if (!ret && !runs_flush(&t->runs))
		t->done = true;
	t->count = t->runs.count;
	return 0;
}

/* Begins anew at @addr: the reader seeked, or reads for the first time. */
static void pages_restart(struct text *t, u64 addr)
{
	t->walker->facts = true;
	t->walker->span = pages_span;
	runs_init(&t->runs, &pw_mmu, false, t->batch, BATCH);
	t->next = addr;
	t->done = false;
	t->at = 0;
	t->count = 0;
}

static void *pages_record(struct text *t, loff_t *pos)
{
	struct pagewalk_run *run = t->batch;
	int ret;

	if (t->at == t->count) {
		ret = text_refill(t, pages_fill);
		if (ret)
			return ERR_PTR(ret);
	}
	if (t->at == t->count) {
		*pos = TASK_SIZE_MAX + 1;
		return NULL;
	}
	*pos = run[t->at].start + 1;
	return &run[t->at];
}

/* Position 0 is the header, an address is its position less 1. */
static void *pages_start(struct seq_file *m, loff_t *pos)
{
	struct text *t = m->private;
	struct pagewalk_run *run = t->batch;

	if (pw_permitted(m->file))
		return ERR_PTR(-EPERM);
	if (!*pos)
		return SEQ_START_TOKEN;
	if (*pos > TASK_SIZE_MAX)
		return NULL;
	if (t->at == t->count || run[t->at].start + 1 != *pos)
		pages_restart(t, *pos - 1);
	return pages_record(t, pos);
}

static void *pages_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct text *t = m->private;

	if (v == SEQ_START_TOKEN)
		pages_restart(t, 0);
	else
		t->at++;
	return pages_record(t, pos);
}

static void show_facts(struct seq_file *m, u32 facts)
{
	static const struct {
		u32 bit;
		const char *name;
	} names[] = {
		{ PAGEWALK_PG_ONCE, "once" },	  { PAGEWALK_PG_EXCLUSIVE, "exclusive" },
		{ PAGEWALK_PG_COW, "cow" },	  { PAGEWALK_PG_LARGE, "large" },
		{ PAGEWALK_PG_HUGETLB, "hugetlb" },
	};
	const char *sep = " ";
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (facts & names[i].bit) {
			seq_printf(m, "%s%s", sep, names[i].name);
			sep = ",";
		}
	}
	if (*sep == ' ')
		seq_puts(m, " -");
}

static int pages_show(struct seq_file *m, void *v)
{
	const struct pagewalk_run *run = v;
	struct text *t = m->private;
	char rights[4], area[4];
	u32 known = PAGEWALK_PG_VALID;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "# pagewalk pages 1\n");
		pw_show_target(m, t->pid, t->mm);
		seq_puts(m, "# start end pages size state kind facts maps rights area order target entry flags\n");
		return 0;
	}

	seq_printf(m, "0x%016llx 0x%016llx %llu %s %s %s", run->start, run->end,
		   (run->end - run->start) >> PAGE_SHIFT, x86_size_name(run->level),
		   x86_state_name(run->state), x86_kind_name(run->facts));
	show_facts(m, run->facts);
	if (!(run->facts & known) || run->maps_max == 0)
		seq_puts(m, " -");
	else if (run->maps_min == run->maps_max)
		seq_printf(m, " %u", run->maps_min);
	else
		seq_printf(m, " %u-%u", run->maps_min, run->maps_max);
	seq_printf(m, " %s %s%c %s", x86_rights_name(run->rights, rights),
		   x86_rights_name(run->vma & 7, area), run->vma & PAGEWALK_VMA_SHARED ? 's' : 'p',
		   order_name(run->order));
	show_target(m, run->entry, run->level, run->state);
	show_flags(m, run->entry, run->level, run->state);
	return 0;
}

static const struct seq_operations pages_seq = {
	.start = pages_start,
	.next = pages_next,
	.stop = text_stop,
	.show = pages_show,
};

static int pages_open(struct inode *inode, struct file *file)
{
	return text_open(inode, file, BATCH * sizeof(struct pagewalk_run), &pages_seq);
}

const struct proc_ops pw_pages_ops = {
	.proc_open = pages_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = text_release,
};

/* -- tables -- */

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
	/* Where the walk came in: the entry may reach further down than its area. */
	u64 va = max(span->va, max_t(u64, w->area.start, t->next));
	struct table_row *row;

	/* Shown already, for an area before this one or before the reader seeked? */
	if (t->seen[span->level] == span->va + 1)
		return 0;
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
	row->run.rights = w->area.path;
	return 0;
}

static int tables_span(struct pw_walker *w, const struct radix_span *span)
{
	struct text *t = w->ctx;
	struct pagewalk_run *out = t->runs.out, *run;
	struct table_row *row;
	unsigned int i;

	if (TABLE_BATCH - t->count < RADIX_ENTRIES + X86_MAX_LEVEL) {
		w->next = span->va;
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

	if (pw_permitted(m->file))
		return ERR_PTR(-EPERM);
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
		   x86_state_name(run->state), order_name(run->order));
	show_target(m, entry, run->level, run->state);
	seq_printf(m, " %s", x86_rights_name(run->rights, rights));
	show_flags(m, entry, run->level, run->state);
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
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = text_release,
};
