// SPDX-License-Identifier: GPL-2.0-only
/* Whose address space: from a pid to an mm. */
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/uaccess.h>

#include "pagewalk.h"

int pw_written_line(const struct file *file, const char __user *user, size_t count, char *line,
		    size_t size)
{
	int ret;

	ret = xlate_permitted(file);
	if (ret)
		return ret;
	if (!count || count >= size)
		return -EINVAL;
	if (copy_from_user(line, user, count))
		return -EFAULT;
	line[count] = '\0';
	return strlen(line) == count ? 0 : -EINVAL;
}

struct pid *pw_target_get(pid_t nr)
{
	struct pid *pid;

	if (nr < 0)
		return ERR_PTR(-ESRCH);
	pid = nr ? find_get_pid(nr) : get_task_pid(current, PIDTYPE_PID);
	return pid ?: ERR_PTR(-ESRCH);
}

struct mm_struct *pw_target_mm(struct pid *pid)
{
	struct mm_struct *mm = NULL;
	struct task_struct *task, *t;
	bool kthread = false;

	rcu_read_lock();
	task = pid_task(pid, PIDTYPE_PID);
	if (task) {
		kthread = task->flags & PF_KTHREAD;
		/*
		 * A leader that has exited leaves the mm to its other threads. This is
		 * for_each_thread(), whose lockdep form needs a symbol that is not exported.
		 */
		list_for_each_entry_rcu(t, &task->signal->thread_head, thread_node) {
			mm = get_task_mm(t);
			if (mm)
				break;
		}
	}
	rcu_read_unlock();
	if (mm)
		return mm;
	return ERR_PTR(kthread ? -EINVAL : -ESRCH);
}

void pw_target_comm(struct pid *pid, char *comm)
{
	struct task_struct *task = get_pid_task(pid, PIDTYPE_PID);
	char name[TASK_COMM_LEN] = "?";

	if (task) {
		get_task_comm(name, task);
		put_task_struct(task);
	}
	strscpy(comm, name, TASK_COMM_LEN);
}
