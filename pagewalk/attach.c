// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/pagewalk/attach and the life of the folders.
 *
 * A folder is named by the pid in the initial namespace, since the names are global. It
 * goes when the process exits: the pid's own wait queue, which pidfds are polled on, wakes
 * us, and a work item removes the folders of all that are gone. Removing waits for readers
 * inside, so it is never done from a file of a folder. One mutex orders it all.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "pagewalk.h"

/* Room for "-" and a pid, with leading zeros if somebody likes, and a newline. */
#define ATTACH_LINE 32

/**
 * struct attached - a process that has a folder
 * @list: in attached_list
 * @pid:  the process, referenced; proc_create_data() hands it to the files
 * @nr:	  its number in the initial pid namespace, the folder's name
 * @exit: entry in @pid's wait queue
 * @dir:  the folder
 */
struct attached {
	struct list_head list;
	struct pid *pid;
	pid_t nr;
	wait_queue_entry_t exit;
	struct proc_dir_entry *dir;
};

static DEFINE_MUTEX(attach_mutex);
static LIST_HEAD(attached_list);
static struct proc_dir_entry *attach_root;

static const struct {
	const char *name;
	umode_t mode;
	const struct proc_ops *ops;
} attach_files[] = {
	{ "summary", 0400, &pw_summary_ops },
	{ "tables", 0400, &pw_tables_ops },
	{ "pages", 0400, &pw_pages_ops },
	{ "explain", 0600, &pw_explain_ops },
};

/* Has the process exited, all its threads? */
static bool target_gone(struct pid *pid)
{
	struct task_struct *task;
	bool gone;

	rcu_read_lock();
	task = pid_task(pid, PIDTYPE_PID);
	gone = !task || (READ_ONCE(task->exit_state) && thread_group_empty(task));
	rcu_read_unlock();
	return gone;
}

static void attach_remove(struct attached *a)
{
	lockdep_assert_held(&attach_mutex);
	list_del(&a->list);
	remove_wait_queue(&a->pid->wait_pidfd, &a->exit);
	proc_remove(a->dir);
	put_pid(a->pid);
	kfree(a);
}

static void attach_reap(struct work_struct *work)
{
	struct attached *a, *tmp;

	mutex_lock(&attach_mutex);
	list_for_each_entry_safe(a, tmp, &attached_list, list)
		if (target_gone(a->pid))
			attach_remove(a);
	mutex_unlock(&attach_mutex);
}

static DECLARE_WORK(attach_reap_work, attach_reap);

/* In the exiting process, its wait queue locked. */
static int attach_exit_wake(wait_queue_entry_t *entry, unsigned int mode, int sync, void *key)
{
	schedule_work(&attach_reap_work);
	return 0;
}

static struct attached *attach_find(pid_t nr)
{
	struct attached *a;

	list_for_each_entry(a, &attached_list, list)
		if (a->nr == nr)
			return a;
	return NULL;
}

static int attach_create(struct pid *pid)
{
	struct attached *a;
	unsigned int i;
	char name[12];
	int ret = -ENOMEM;

	a = kzalloc(sizeof(*a), GFP_KERNEL);
	if (!a)
		return -ENOMEM;
	a->pid = get_pid(pid);
	a->nr = pid_nr(pid);

	snprintf(name, sizeof(name), "%d", a->nr);
	a->dir = proc_mkdir_mode(name, 0500, attach_root);
	if (!a->dir)
		goto err_put_pid;
	for (i = 0; i < ARRAY_SIZE(attach_files); i++)
		if (!proc_create_data(attach_files[i].name, attach_files[i].mode, a->dir,
				      attach_files[i].ops, pid))
			goto err_remove_dir;

	init_waitqueue_func_entry(&a->exit, attach_exit_wake);
	add_wait_queue(&pid->wait_pidfd, &a->exit);
	list_add_tail(&a->list, &attached_list);
	/* It may have exited before we listened. */
	if (target_gone(pid)) {
		attach_remove(a);
		return -ESRCH;
	}
	return 0;

err_remove_dir:
	proc_remove(a->dir);
err_put_pid:
	put_pid(a->pid);
	kfree(a);
	return ret;
}

static int attach(struct pid *pid)
{
	struct mm_struct *mm = pw_target_mm(pid);
	struct attached *a;

	if (IS_ERR(mm))
		return PTR_ERR(mm);
	mmput_async(mm);

	a = attach_find(pid_nr(pid));
	if (a && a->pid == pid)
		return -EEXIST;
	/* The number was given to a new process before the old folder went. */
	if (a)
		attach_remove(a);
	return attach_create(pid);
}

static int detach(struct pid *pid)
{
	struct attached *a = attach_find(pid_nr(pid));

	if (!a || a->pid != pid)
		return -ESRCH;
	attach_remove(a);
	return 0;
}

/* A thread's id stands for its process. */
static struct pid *process_of(struct pid *pid)
{
	struct task_struct *task = get_pid_task(pid, PIDTYPE_PID);
	struct pid *process;

	put_pid(pid);
	if (!task)
		return ERR_PTR(-ESRCH);
	process = get_task_pid(task, PIDTYPE_TGID);
	put_task_struct(task);
	return process ?: ERR_PTR(-ESRCH);
}

static ssize_t attach_write(struct file *file, const char __user *user, size_t count, loff_t *ppos)
{
	char line[ATTACH_LINE];
	struct pid *pid;
	int nr, ret;

	ret = pw_written_line(file, user, count, line, sizeof(line));
	if (ret)
		return ret;
	ret = kstrtoint(strim(line), 10, &nr);
	if (ret)
		return ret;
	if (!nr || nr == INT_MIN)
		return -EINVAL;

	pid = pw_target_get(abs(nr));
	if (IS_ERR(pid))
		return PTR_ERR(pid);
	pid = process_of(pid);
	if (IS_ERR(pid))
		return PTR_ERR(pid);

	ret = mutex_lock_killable(&attach_mutex);
	if (!ret) {
		ret = nr > 0 ? attach(pid) : detach(pid);
		mutex_unlock(&attach_mutex);
	}
	put_pid(pid);
	return ret ?: count;
}

static void *attach_start(struct seq_file *m, loff_t *pos)
{
	mutex_lock(&attach_mutex);
	return seq_list_start_head(&attached_list, *pos);
}

static void *attach_next(struct seq_file *m, void *v, loff_t *pos)
{
	return seq_list_next(v, &attached_list, pos);
}

static void attach_stop(struct seq_file *m, void *v)
{
	mutex_unlock(&attach_mutex);
}

static int attach_show(struct seq_file *m, void *v)
{
	struct attached *a = list_entry(v, struct attached, list);
	char comm[TASK_COMM_LEN];

	if (v == &attached_list) {
		seq_puts(m, "# pagewalk attach 1\n# pid comm\n");
		return 0;
	}
	pw_target_comm(a->pid, comm);
	seq_printf(m, "%d ", a->nr);
	seq_escape(m, comm, " \t\n\\");
	seq_putc(m, '\n');
	return 0;
}

static const struct seq_operations attach_seq = {
	.start = attach_start,
	.next = attach_next,
	.stop = attach_stop,
	.show = attach_show,
};

static int attach_open(struct inode *inode, struct file *file)
{
	return xlate_permitted(file) ?: seq_open(file, &attach_seq);
}

static const struct proc_ops attach_ops = {
	.proc_open = attach_open,
	.proc_read = xlate_seq_read,
	.proc_write = attach_write,
	.proc_lseek = seq_lseek,
	.proc_release = seq_release,
};

int pw_attach_init(struct proc_dir_entry *root)
{
	attach_root = root;
	return proc_create("attach", 0600, root, &attach_ops) ? 0 : -ENOMEM;
}

void pw_attach_exit(void)
{
	struct attached *a, *tmp;

	remove_proc_entry("attach", attach_root);
	mutex_lock(&attach_mutex);
	list_for_each_entry_safe(a, tmp, &attached_list, list)
		attach_remove(a);
	mutex_unlock(&attach_mutex);
	/* Nobody listens any more, so nothing queues it again. */
	cancel_work_sync(&attach_reap_work);
}
