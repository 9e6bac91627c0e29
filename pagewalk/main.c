// SPDX-License-Identifier: GPL-2.0-only
/*
 * pagewalk: page tables of any process, as they are.
 *
 *	/proc/pagewalk/attach		a pid in: the process gets a folder
 *	/proc/pagewalk/raw		ioctls, include/uapi/xlate/pagewalk.h
 *	/proc/pagewalk/<pid>/summary	how many tables and pages of which kind
 *	/proc/pagewalk/<pid>/tables	the tree: every entry in use of every level
 *	/proc/pagewalk/<pid>/pages	the pages, in runs
 *	/proc/pagewalk/<pid>/explain	an address and r, w or x in; what would happen out
 */
#include <linux/module.h>

#include "../include/xen_pv.h"
#include "pagewalk.h"

static struct proc_dir_entry *pagewalk_root;

static int __init pagewalk_init(void)
{
	int ret = xlate_refuse_xen_pv();

	if (ret)
		return ret;
	pw_mmu_init();
	pagewalk_root = proc_mkdir("pagewalk", NULL);
	if (!pagewalk_root)
		return -ENOMEM;
	ret = -ENOMEM;
	if (!proc_create("raw", 0600, pagewalk_root, &pw_raw_ops))
		goto err_root;
	ret = pw_attach_init(pagewalk_root);
	if (ret)
		goto err_root;
	return 0;

err_root:
	proc_remove(pagewalk_root);
	return ret;
}

static void __exit pagewalk_exit(void)
{
	pw_attach_exit();
	proc_remove(pagewalk_root);
}

module_init(pagewalk_init);
module_exit(pagewalk_exit);

MODULE_DESCRIPTION("Page tables of any process: every level, every kind of entry");
MODULE_LICENSE("GPL");
