// SPDX-License-Identifier: GPL-2.0-only
/* What pages and tables have in common. */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "text.h"

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

void text_show_target(struct seq_file *m, u64 entry, unsigned int level, enum pagewalk_state state)
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

void text_show_flags(struct seq_file *m, u64 entry, unsigned int level, enum pagewalk_state state)
{
	char flags[96];

	x86_flags(&pw_mmu, entry, level, state, flags, sizeof(flags));
	seq_printf(m, " 0x%016llx %s\n", entry, flags);
}

const char *text_order_name(u8 order)
{
	static const char *const names[] = { "single", "asc", "desc", "scattered" };

	return names[order];
}

int text_open(struct inode *inode, struct file *file, size_t batch,
	      const struct seq_operations *ops)
{
	struct text *t;
	int ret;

	ret = xlate_permitted(file);
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

int text_release(struct inode *inode, struct file *file)
{
	struct text *t = ((struct seq_file *)file->private_data)->private;

	pw_walker_free(t->walker);
	mmdrop(t->mm);
	kvfree(t->batch);
	put_pid(t->pid);
	return seq_release_private(inode, file);
}

void text_stop(struct seq_file *m, void *v)
{
}

int text_refill(struct text *t, int (*fill)(struct text *t))
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
