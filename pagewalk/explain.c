// SPDX-License-Identifier: GPL-2.0-only
/*
 * explain of a folder: "0x400808 w" in, the walk level by level and the verdict out.
 *
 * The answer belongs to the open file: ask and read on the same descriptor, as with
 * exec 3<>explain; echo "0x400808 w" >&3; cat <&3.
 */
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/seq_buf.h>
#include <linux/slab.h>
#include <linux/string_helpers.h>

#include "pagewalk.h"

#define QUESTION_SIZE 64
#define ANSWER_SIZE   PAGE_SIZE

static const char usage[] =
	"# pagewalk explain 1\n"
	"# usage: write \"ADDRESS r|w|x\" and read the answer on the same descriptor:\n"
	"#   exec 3<>explain; echo \"0x400808 w\" >&3; cat <&3\n";

/**
 * struct explain - an open file
 * @lock:   one question at a time
 * @pid:    whom it is about
 * @length: of the answer, in bytes
 * @answer: the text
 */
struct explain {
	struct mutex lock;
	struct pid *pid;
	size_t length;
	char answer[ANSWER_SIZE];
};

static void answer_line(void *ctx, enum verdict_by by, const char *text)
{
	seq_buf_printf(ctx, "%s %s\n", verdict_by_name(by), text);
}

static int explain_answer(struct explain *e, u64 addr, enum verdict_access access,
			  const char *access_word)
{
	struct pagewalk_facts *f;
	struct seq_buf buf;
	struct verdict_sink sink = { .line = answer_line, .ctx = &buf };
	char comm[TASK_COMM_LEN], name[4 * TASK_COMM_LEN] = "", summary[128];
	struct mm_struct *mm;
	struct verdict v;
	int ret;

	mm = pw_target_mm(e->pid);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	ret = -ENOMEM;
	f = kmalloc(sizeof(*f), GFP_KERNEL);
	if (!f)
		goto out;
	ret = pw_probe(mm, e->pid, addr, f);
	if (ret)
		goto out;

	pw_target_comm(e->pid, comm);
	/* As seq_escape() does in the other files. */
	string_escape_mem(comm, strlen(comm), name, sizeof(name) - 1, ESCAPE_OCTAL, " \t\n\\");
	seq_buf_init(&buf, e->answer, sizeof(e->answer));
	seq_buf_printf(&buf, "# pagewalk explain 1\n# pid %d comm %s\naddress 0x%llx access %s\n",
		       pid_nr(e->pid), name, addr, access_word);
	verdict(f, access, &v, &sink);
	verdict_summary(&v, summary, sizeof(summary));
	seq_buf_printf(&buf, "verdict %s\n", summary);
	e->length = seq_buf_used(&buf);
out:
	kfree(f);
	mmput_async(mm);
	return ret;
}

static int explain_question(struct explain *e, char *line)
{
	char *address = strim(line), *access;
	int what;
	u64 addr;

	access = strpbrk(address, " \t");
	if (!access)
		return -EINVAL;
	*access = '\0';
	access = skip_spaces(access + 1);
	what = verdict_parse_access(access);
	if (what < 0)
		return what;
	if (kstrtou64(address, 0, &addr))
		return -EINVAL;
	return explain_answer(e, addr, what, access);
}

static ssize_t explain_write(struct file *file, const char __user *user, size_t count, loff_t *ppos)
{
	struct explain *e = file->private_data;
	char line[QUESTION_SIZE];
	int ret;

	ret = pw_written_line(file, user, count, line, sizeof(line));
	if (ret)
		return ret;

	ret = mutex_lock_killable(&e->lock);
	if (ret)
		return ret;
	ret = explain_question(e, line);
	mutex_unlock(&e->lock);
	if (ret)
		return ret;
	/* The next read begins with the new answer. */
	*ppos = 0;
	return count;
}

static ssize_t explain_read(struct file *file, char __user *user, size_t count, loff_t *ppos)
{
	struct explain *e = file->private_data;
	ssize_t ret;

	ret = xlate_permitted(file) ?: mutex_lock_killable(&e->lock);
	if (ret)
		return ret;
	ret = simple_read_from_buffer(user, count, ppos, e->answer, e->length);
	mutex_unlock(&e->lock);
	return ret;
}

static int explain_open(struct inode *inode, struct file *file)
{
	struct explain *e;
	int ret;

	ret = xlate_permitted(file);
	if (ret)
		return ret;
	e = kvzalloc(sizeof(*e), GFP_KERNEL);
	if (!e)
		return -ENOMEM;
	mutex_init(&e->lock);
	e->pid = get_pid(pde_data(inode));
	e->length = sizeof(usage) - 1;
	memcpy(e->answer, usage, e->length);
	file->private_data = e;
	return 0;
}

static int explain_release(struct inode *inode, struct file *file)
{
	struct explain *e = file->private_data;

	put_pid(e->pid);
	kvfree(e);
	return 0;
}

const struct proc_ops pw_explain_ops = {
	.proc_open = explain_open,
	.proc_read = explain_read,
	.proc_write = explain_write,
	.proc_lseek = default_llseek,
	.proc_release = explain_release,
};
