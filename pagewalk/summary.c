// SPDX-License-Identifier: GPL-2.0-only
/* summary of a folder: how many tables, and how many pages of which kind. */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "pagewalk.h"

#define BATCH 128

/* The kinds that x86_kind_name() knows, in the order of the text. */
static const struct {
	const char *name;
	u32 facts;
} kinds[] = {
	{ "anon", PAGEWALK_PG_ANON },	  { "file", PAGEWALK_PG_FILE },
	{ "shmem", PAGEWALK_PG_SHMEM },	  { "ksm", PAGEWALK_PG_KSM },
	{ "zero", PAGEWALK_PG_ZERO },	  { "huge_zero", PAGEWALK_PG_HUGE_ZERO },
	{ "pfnmap", PAGEWALK_PG_NOPAGE }, { "hugetlb", PAGEWALK_PG_HUGETLB },
};

/**
 * struct summary - what is counted
 * @runs:   builder
 * @out:    room for its runs
 * @tables: table pages of each level, the top-level table included
 * @seen:   for each level the table counted last, by the address it begins at, plus 1
 * @pages:  present entries that map a page, by level
 * @state:  entries that point to no table, by state
 * @kind:   bytes of each kind
 * @present:	bytes of present pages
 * @accessed:	bytes whose A is set
 * @dirty:	bytes written to, by the CPU's bit or the one that Linux parks
 * @soft_dirty:	bytes written to since the last clear_refs
 * @uffd_wp:	bytes that userfaultfd protects from writes
 * @shared:	bytes that are mapped more than once
 * @cow:	bytes that a write would have to copy first
 * @swapped:	bytes in swap
 */
struct summary {
	struct runs runs;
	struct pagewalk_run out[BATCH];
	u64 tables[X86_MAX_LEVEL + 1];
	u64 seen[X86_MAX_LEVEL + 1];
	u64 pages[X86_MAX_LEVEL + 1];
	u64 state[PAGEWALK_STATES];
	u64 kind[ARRAY_SIZE(kinds)];
	u64 present;
	u64 accessed;
	u64 dirty;
	u64 soft_dirty;
	u64 uffd_wp;
	u64 shared;
	u64 cow;
	u64 swapped;
};

static void count_run(struct summary *s, const struct pagewalk_run *run)
{
	u64 bytes = run->end - run->start, entries = bytes >> radix_shift(run->level);
	unsigned int i;

	s->state[run->state] += entries;
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (run->facts & kinds[i].facts)
			s->kind[i] += bytes;
	if (run->state == PAGEWALK_SWAP)
		s->swapped += bytes;
	if (!x86_maps_frame(run->state))
		return;

	if (run->state == PAGEWALK_PAGE) {
		s->pages[run->level] += entries;
		s->present += bytes;
	}
	if (run->entry & X86_A)
		s->accessed += bytes;
	if (x86_dirty(&pw_mmu, run->entry))
		s->dirty += bytes;
	if ((run->entry & X86_SOFT_DIRTY) || (run->vma & PAGEWALK_VMA_SOFTDIRTY))
		s->soft_dirty += bytes;
	if (run->entry & X86_UFFD_WP)
		s->uffd_wp += bytes;
	if (run->maps_max > 1)
		s->shared += bytes;
	if (run->facts & PAGEWALK_PG_COW)
		s->cow += bytes;
}

static void count_runs(struct summary *s)
{
	unsigned int i;

	for (i = 0; i < s->runs.count; i++)
		count_run(s, &s->out[i]);
	s->runs.count = 0;
}

static int summary_span(struct pw_walker *w, const struct radix_span *span)
{
	struct summary *s = w->ctx;

	if (runs_add(&s->runs, span, w->page + span->index, &w->area)) {
		w->next = s->runs.cur.end;
		return PW_FULL;
	}
	return 0;
}

/* Counts the table that an entry points to, once: several areas may share it. */
static int summary_table(struct pw_walker *w, const struct radix_span *span)
{
	struct summary *s = w->ctx;
	unsigned int level = span->level - 1;

	if (s->seen[level] != span->va + 1) {
		s->seen[level] = span->va + 1;
		s->tables[level]++;
	}
	return 0;
}

static int summary_gather(struct summary *s, struct mm_struct *mm)
{
	struct pw_walker *w = pw_walker_new(mm);
	u64 pos = 0;
	int ret;

	if (!w)
		return -ENOMEM;
	w->facts = true;
	w->span = summary_span;
	w->table = summary_table;
	w->ctx = s;
	s->tables[pw_mmu.levels] = 1;
	runs_init(&s->runs, &pw_mmu, false, s->out, BATCH);

	while ((ret = pw_walk_all(w, pos, TASK_SIZE_MAX)) == PW_FULL) {
		pos = w->next;
		count_runs(s);
		if (fatal_signal_pending(current)) {
			ret = -EINTR;
			break;
		}
		cond_resched();
	}
	count_runs(s);
	runs_flush(&s->runs);
	count_runs(s);
	pw_walker_free(w);
	return ret;
}

static void show_state(struct seq_file *m, unsigned int state, u64 entries)
{
	const char *c;

	seq_puts(m, "state_");
	for (c = x86_state_name(state); *c; c++)
		seq_putc(m, *c == '-' ? '_' : *c);
	seq_printf(m, " %llu\n", entries);
}

static void summary_print(struct seq_file *m, const struct summary *s, struct mm_struct *mm)
{
	u64 tables = 0;
	unsigned int i;

	seq_printf(m, "levels %u\npti %s\nroot 0x%016llx\n", pw_mmu.levels,
		   pw_mmu.flags & PAGEWALK_MMU_PTI ? "on" : "off", pw_root(mm));
	if (pw_user_root(mm))
		seq_printf(m, "user_root 0x%016llx\n", pw_user_root(mm));
	else
		seq_puts(m, "user_root -\n");
	for (i = pw_mmu.levels; i; i--) {
		seq_printf(m, "tables_l%u %llu\n", i, s->tables[i]);
		tables += s->tables[i];
	}
	if (pw_user_root(mm))
		tables++;
	seq_printf(m, "tables_bytes %llu\n", tables << PAGE_SHIFT);
	seq_printf(m, "pages_4k %llu\npages_2m %llu\npages_1g %llu\n", s->pages[1], s->pages[2],
		   s->pages[3]);
	seq_printf(m, "bytes_present %llu\n", s->present);
	for (i = PAGEWALK_PAGE; i < PAGEWALK_STATES; i++)
		show_state(m, i, s->state[i]);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		seq_printf(m, "kind_%s %llu\n", kinds[i].name, s->kind[i]);
	seq_printf(m, "accessed %llu\ndirty %llu\nsoft_dirty %llu\nuffd_wp %llu\n", s->accessed,
		   s->dirty, s->soft_dirty, s->uffd_wp);
	seq_printf(m, "shared %llu\ncow %llu\nswap %llu\n", s->shared, s->cow, s->swapped);
}

static int summary_show(struct seq_file *m, void *v)
{
	struct pid *pid = m->private;
	struct mm_struct *mm;
	struct summary *s;
	int ret;

	mm = pw_target_mm(pid);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	ret = -ENOMEM;
	s = kvzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		goto out;
	ret = summary_gather(s, mm);
	if (!ret) {
		seq_puts(m, "# pagewalk summary 1\n");
		pw_show_target(m, pid, mm);
		summary_print(m, s, mm);
	}
	kvfree(s);
out:
	mmput_async(mm);
	return ret;
}

static int summary_open(struct inode *inode, struct file *file)
{
	int ret;

	ret = xlate_permitted(file);
	if (ret)
		return ret;
	/* The text is longer than the usual half page would hold. */
	ret = single_open_size(file, summary_show, get_pid(pde_data(inode)), PAGE_SIZE);
	if (ret)
		put_pid(pde_data(inode));
	return ret;
}

static int summary_release(struct inode *inode, struct file *file)
{
	put_pid(((struct seq_file *)file->private_data)->private);
	return single_release(inode, file);
}

const struct proc_ops pw_summary_ops = {
	.proc_open = summary_open,
	.proc_read = xlate_seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = summary_release,
};
