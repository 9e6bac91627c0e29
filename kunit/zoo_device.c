// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test device for the page zoo: it makes page-table entries that ordinary programs
 * cannot, or not for longer than a moment.
 *
 * mmap() at offset 0 maps a frame by its number (VM_PFNMAP), at page 1 inserts a page
 * (VM_MIXEDMAP), at page 2 maps nothing at all. ZOO_HOLD takes an anonymous page of the
 * caller into migration and leaves it there until ZOO_LETGO or the last close().
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "zoo.h"

/**
 * struct zoo - one open file
 * @lock:    around the migration
 * @page:    the page that is mapped
 * @migrate: the migration that is held
 * @src:     its only source page
 * @dst:     its only destination: none, so that letting go puts the page back
 * @mm:      whose page is held
 * @held:    is a page held?
 * @mapped:  is it mapped? Then it lasts as long as the address space, so it may not hold
 *	     that; both are written under the mmap lock
 */
struct zoo {
	struct mutex lock; /* around the migration */
	struct page *page;
	struct migrate_vma migrate;
	unsigned long src;
	unsigned long dst;
	struct mm_struct *mm;
	bool held;
	bool mapped;
};

static int zoo_open(struct inode *inode, struct file *file)
{
	struct zoo *zoo = kzalloc(sizeof(*zoo), GFP_KERNEL);

	if (!zoo)
		return -ENOMEM;
	zoo->page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!zoo->page) {
		kfree(zoo);
		return -ENOMEM;
	}
	mutex_init(&zoo->lock);
	file->private_data = zoo;
	return 0;
}

static void zoo_let_go(struct zoo *zoo)
{
	if (!zoo->held)
		return;
	migrate_vma_finalize(&zoo->migrate);
	zoo->held = false;
	mmput(zoo->mm);
}

static int zoo_release(struct inode *inode, struct file *file)
{
	struct zoo *zoo = file->private_data;

	zoo_let_go(zoo);
	__free_page(zoo->page);
	kfree(zoo);
	return 0;
}

static int zoo_hold(struct zoo *zoo, unsigned long addr)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int ret;

	if (zoo->held)
		return -EBUSY;
	addr &= PAGE_MASK;

	mmap_read_lock(mm);
	ret = -EBUSY;
	if (zoo->mapped)
		goto out_unlock;
	vma = find_vma_intersection(mm, addr, addr + PAGE_SIZE);
	if (!vma) {
		ret = -EFAULT;
		goto out_unlock;
	}
	zoo->src = 0;
	zoo->dst = 0;
	zoo->migrate = (struct migrate_vma){
		.vma = vma,
		.start = addr,
		.end = addr + PAGE_SIZE,
		.src = &zoo->src,
		.dst = &zoo->dst,
		.flags = MIGRATE_VMA_SELECT_SYSTEM,
	};
	ret = migrate_vma_setup(&zoo->migrate);
	if (ret)
		goto out_unlock;
	zoo->held = true;
	/* The page finds its way back through the address space: that must not end before. */
	zoo->mm = mm;
	mmget(mm);
	if (!(zoo->src & MIGRATE_PFN_MIGRATE)) {
		zoo_let_go(zoo);
		ret = -EAGAIN;
	}
out_unlock:
	mmap_read_unlock(mm);
	return ret;
}

static long zoo_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct zoo *zoo = file->private_data;
	long ret = 0;
	u64 addr;

	switch (cmd) {
	case ZOO_HOLD:
		if (get_user(addr, (u64 __user *)arg))
			return -EFAULT;
		mutex_lock(&zoo->lock);
		ret = zoo_hold(zoo, addr);
		mutex_unlock(&zoo->lock);
		return ret;
	case ZOO_LETGO:
		mutex_lock(&zoo->lock);
		zoo_let_go(zoo);
		mutex_unlock(&zoo->lock);
		return 0;
	default:
		return -ENOTTY;
	}
}

static int zoo_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct zoo *zoo = file->private_data;
	int ret;

	if (vma->vm_end - vma->vm_start != PAGE_SIZE)
		return -EINVAL;
	if (zoo->held)
		return -EBUSY;
	zoo->mapped = true;
	if (vma->vm_pgoff == ZOO_MIXED)
		return vm_insert_page(vma, vma->vm_start, zoo->page);
	if (vma->vm_pgoff != ZOO_PFNMAP && vma->vm_pgoff != ZOO_NOPAGE)
		return -EINVAL;

	ret = remap_pfn_range(vma, vma->vm_start, page_to_pfn(zoo->page), PAGE_SIZE,
			      vma->vm_page_prot);
	if (!ret && vma->vm_pgoff == ZOO_NOPAGE)
		zap_vma_ptes(vma, vma->vm_start, PAGE_SIZE);
	return ret;
}

static const struct file_operations zoo_fops = {
	.owner = THIS_MODULE,
	.open = zoo_open,
	.release = zoo_release,
	.mmap = zoo_mmap,
	.unlocked_ioctl = zoo_ioctl,
};

static struct miscdevice zoo_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xlate_zoo",
	.fops = &zoo_fops,
	.mode = 0600,
};
module_misc_device(zoo_device);

MODULE_DESCRIPTION("Test device that makes rare page-table entries");
MODULE_LICENSE("GPL");
