// SPDX-License-Identifier: GPL-2.0-only
/* pages of a folder: one line per run of like pages. */
#include <linux/mm.h>

#include "text.h"

/* Runs gathered at a time. */
#define BATCH 64

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

	/* Also when no record can be had, the position has to move on. */
	if (v == SEQ_START_TOKEN) {
		*pos = 1;
		pages_restart(t, 0);
	} else {
		*pos = ((struct pagewalk_run *)v)->end + 1;
		t->at++;
	}
	return pages_record(t, pos);
}

static void show_facts(struct seq_file *m, u32 facts)
{
	static const struct {
		u32 bit;
		const char *name;
	} names[] = {
		{ PAGEWALK_PG_ONCE, "once" },	    { PAGEWALK_PG_EXCLUSIVE, "exclusive" },
		{ PAGEWALK_PG_COW, "cow" },	    { PAGEWALK_PG_LARGE, "large" },
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

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "# pagewalk pages 1\n");
		pw_show_target(m, t->pid, t->mm);
		seq_puts(m,
			 "# start end pages size state kind facts maps rights area order target entry flags\n");
		return 0;
	}

	seq_printf(m, "0x%016llx 0x%016llx %llu %s %s %s", run->start, run->end,
		   (run->end - run->start) >> PAGE_SHIFT, x86_size_name(run->level),
		   x86_state_name(run->state), x86_kind_name(run->facts));
	show_facts(m, run->facts);
	if (!(run->facts & PAGEWALK_PG_VALID) || run->maps_max == 0)
		seq_puts(m, " -");
	else if (run->maps_min == run->maps_max)
		seq_printf(m, " %u", run->maps_min);
	else
		seq_printf(m, " %u-%u", run->maps_min, run->maps_max);
	seq_printf(m, " %s %s%c %s", x86_rights_name(run->rights, rights),
		   x86_rights_name(run->vma & 7, area), run->vma & PAGEWALK_VMA_SHARED ? 's' : 'p',
		   text_order_name(run->order));
	text_show_target(m, run->entry, run->level, run->state);
	text_show_flags(m, run->entry, run->level, run->state);
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
	.proc_read = xlate_seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = text_release,
};
