/* SPDX-License-Identifier: GPL-2.0-only */
/* Who may see physical addresses; for modules only. */
#ifndef _XLATE_PERMITTED_H
#define _XLATE_PERMITTED_H

#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/security.h>
#include <linux/seq_file.h>
#include <linux/user_namespace.h>

/**
 * xlate_permitted() - may this open file be used by the caller?
 * @file: an open file that shows physical addresses
 *
 * Its opener and the caller both need CAP_SYS_ADMIN in the initial user namespace, and
 * the kernel must not be locked down for confidentiality.
 *
 * Return: 0 or -EPERM.
 */
static inline int xlate_permitted(const struct file *file)
{
	if (!file_ns_capable(file, &init_user_ns, CAP_SYS_ADMIN) || !capable(CAP_SYS_ADMIN))
		return -EPERM;
	return security_locked_down(LOCKDOWN_KCORE);
}

/* seq_read() for those who may. */
static inline ssize_t xlate_seq_read(struct file *file, char __user *user, size_t count,
				     loff_t *ppos)
{
	return xlate_permitted(file) ?: seq_read(file, user, count, ppos);
}

/*
 * As DEFINE_SHOW_ATTRIBUTE(), a file of debugfs for those who may: name_fops, of name_show().
 */
#define DEFINE_PERMITTED_ATTRIBUTE(name)                                                          \
	static int name##_open(struct inode *inode, struct file *file)                            \
	{                                                                                         \
		return xlate_permitted(file) ?: single_open(file, name##_show, inode->i_private); \
	}                                                                                         \
	static const struct file_operations name##_fops = {                                       \
		.owner = THIS_MODULE,                                                             \
		.open = name##_open,                                                              \
		.read = xlate_seq_read,                                                           \
		.llseek = seq_lseek,                                                              \
		.release = single_release,                                                        \
	}

#endif /* _XLATE_PERMITTED_H */
