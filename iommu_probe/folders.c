// SPDX-License-Identifier: GPL-2.0-only
/*
 * The folders: one per requester ID, be it of a PCI device or in the tables only.
 *
 * One work item makes and removes them all, so that it needs no lock for them and nobody
 * removes a file that he himself reads: removal waits for readers inside. A file knows its
 * requester ID by number, and needs nothing of the folder. Work is queued when the bus
 * says that a device came or went, and by those who open "devices", since what is in the
 * tables changes unannounced.
 */
#include <linux/debugfs.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "iommu_probe.h"

/* Tables that are garbage, or change as they are read, may seem to hold any number. */
#define MAX_UNCLAIMED 4096

static struct dentry *folders_root; /* NULL: not yet */
static DEFINE_XARRAY(folders); /* ip_key() -> struct dentry; the work's own */
static DECLARE_WAIT_QUEUE_HEAD(folders_wait);
static atomic64_t folders_asked = ATOMIC64_INIT(0);
static atomic64_t folders_done = ATOMIC64_INIT(0);

static const struct {
	const char *name;
	const struct file_operations *fops;
} folder_files[] = {
	{ "tables", &ip_tables_fops },
	{ "mappings", &ip_mappings_fops },
};

int ip_rids_add(struct xarray *rids, unsigned long key, unsigned int flag)
{
	void *entry = xa_load(rids, key);
	unsigned long flags = entry ? xa_to_value(entry) : 0;

	if ((flags | flag) == flags)
		return 0;
	return xa_err(xa_store(rids, key, xa_mk_value(flags | flag), GFP_KERNEL));
}

int ip_rids_collect(struct xarray *rids)
{
	unsigned int unclaimed = 0;
	struct ip_unit *unit;
	int ret;

	xa_init(rids);
	ret = ip_devices_list(rids);
	ip_for_each_unit(unit) {
		struct iop_unit regs;
		u32 rid = 0;

		if (ret)
			return ret;
		ip_unit_read(unit, &regs);
		while (!iop_next_rid(&regs, &ip_memory, &rid)) {
			unsigned long key = ip_key(regs.segment, rid++);

			if (!xa_load(rids, key) && ++unclaimed > MAX_UNCLAIMED)
				break;
			ret = ip_rids_add(rids, key, IP_RID_TABLES);
			if (ret)
				return ret;
			if (fatal_signal_pending(current))
				return -EINTR;
			cond_resched();
		}
	}
	return ret;
}

static void folder_create(unsigned long key)
{
	struct dentry *dir;
	char name[IP_RID_NAME];
	unsigned int i;

	ip_rid_name(key, name);
	dir = debugfs_create_dir(name, folders_root);
	if (IS_ERR(dir))
		return;
	for (i = 0; i < ARRAY_SIZE(folder_files); i++)
		debugfs_create_file(folder_files[i].name, 0400, dir, (void *)key,
				    folder_files[i].fops);
	if (xa_err(xa_store(&folders, key, dir, GFP_KERNEL)))
		debugfs_remove(dir);
}

static void folders_update(void)
{
	struct xarray rids;
	struct dentry *dir;
	unsigned long key;
	void *entry;

	/* Without memory things stay as they are. */
	if (!ip_rids_collect(&rids)) {
		xa_for_each(&folders, key, dir) {
			if (!xa_load(&rids, key)) {
				xa_erase(&folders, key);
				debugfs_remove(dir);
			}
		}
		xa_for_each(&rids, key, entry) {
			/* An alias that no table has is nobody. */
			if (xa_to_value(entry) != IP_RID_ALIAS && !xa_load(&folders, key))
				folder_create(key);
			cond_resched();
		}
	}
	xa_destroy(&rids);
}

static void folders_work(struct work_struct *work)
{
	s64 asked = atomic64_read(&folders_asked);

	/* The bus may speak before the folders begin. */
	if (READ_ONCE(folders_root))
		folders_update();
	atomic64_set(&folders_done, asked);
	wake_up_all(&folders_wait);
}

static DECLARE_WORK(folders_sync, folders_work);

void ip_folders_sync(void)
{
	atomic64_inc(&folders_asked);
	queue_work(system_unbound_wq, &folders_sync);
}

int ip_folders_sync_wait(void)
{
	s64 ticket = atomic64_inc_return(&folders_asked);

	queue_work(system_unbound_wq, &folders_sync);
	/* Not for ever: the work waits for readers, and a reader's memory may be slow. */
	return wait_event_killable(folders_wait, atomic64_read(&folders_done) >= ticket) ? -EINTR :
											   0;
}

void ip_folders_init(struct dentry *root)
{
	WRITE_ONCE(folders_root, root);
	ip_folders_sync();
}

void ip_folders_exit(void)
{
	/* No notifier and no open file is left that could queue it again. */
	cancel_work_sync(&folders_sync);
	xa_destroy(&folders);
}
