// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test device that lets programs ask the kernel itself where an I/O address leads
 * (iommu_iova_to_phys()), so that iommu_probe's answers have a judge; and that fills the
 * domain of a function that no driver has with as many mappings as a test wants.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/iommu.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../iommu_probe/compat.h"
#include "oracle.h"

/* So many answers are gathered before they are copied out. */
#define BATCH 64

/**
 * struct oracle - one open file
 * @lock:   around all of it
 * @pdev:   the function that was claimed
 * @group:  its group
 * @domain: the domain that was attached to it
 * @first:  pages that were asked for
 * @order:  2^@order of them
 */
struct oracle {
	struct mutex lock; /* around all of it */
	struct pci_dev *pdev;
	struct iommu_group *group;
	struct iommu_domain *domain;
	struct page *first;
	u64 order;
};

static struct pci_dev *oracle_device(u32 rid)
{
	return pci_get_domain_bus_and_slot(rid >> 16, rid >> 8 & 0xff, rid & 0xff);
}

/* The domain that a function uses now; its device is locked until oracle_unlock(). */
static struct iommu_domain *oracle_lock(struct pci_dev *pdev, u32 *type)
{
	struct iommu_domain *domain;

	/* Whoever takes the driver away may hold it for as long as a process likes. */
	if (!device_trylock(&pdev->dev))
		return ERR_PTR(-EBUSY);
	domain = iommu_get_domain_for_dev(&pdev->dev);
	if (!domain)
		*type = ORACLE_NONE;
	else if (domain->type == IOMMU_DOMAIN_BLOCKED)
		*type = ORACLE_BLOCKED;
	else if (domain->type == IOMMU_DOMAIN_IDENTITY)
		*type = ORACLE_IDENTITY;
	else
		*type = ORACLE_PAGING;
	return domain;
}

static void oracle_unlock(struct pci_dev *pdev)
{
	device_unlock(&pdev->dev);
}

static int oracle_lookup(struct iommu_domain *domain, struct oracle_lookup *ask)
{
	u64 __user *iova = u64_to_user_ptr(ask->iova);
	u64 __user *phys = u64_to_user_ptr(ask->phys);
	u64 batch[BATCH], i, n, k;

	for (i = 0; i < ask->count; i += n) {
		n = min_t(u64, ask->count - i, BATCH);
		if (copy_from_user(batch, iova + i, n * sizeof(*batch)))
			return -EFAULT;
		for (k = 0; k < n; k++)
			batch[k] = domain ? iommu_iova_to_phys(domain, batch[k]) : 0;
		if (copy_to_user(phys + i, batch, n * sizeof(*batch)))
			return -EFAULT;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static int oracle_scan(struct iommu_domain *domain, struct oracle_scan *ask)
{
	struct oracle_hit __user *vec = u64_to_user_ptr(ask->vec);
	struct oracle_hit hit;
	u64 i;

	ask->hits = 0;
	for (i = 0; i < ask->pages && domain; i++) {
		hit.iova = ask->start + i * SZ_4K;
		hit.phys = iommu_iova_to_phys(domain, hit.iova);
		if (hit.phys) {
			if (vec && ask->hits < ask->room &&
			    copy_to_user(vec + ask->hits, &hit, sizeof(hit)))
				return -EFAULT;
			ask->hits++;
		}
		if (i % BATCH == 0) {
			if (fatal_signal_pending(current))
				return -EINTR;
			cond_resched();
		}
	}
	return 0;
}

static int oracle_claim(struct oracle *oracle, u32 rid)
{
	struct pci_dev *pdev;
	int ret;

	if (oracle->pdev)
		return -EBUSY;
	pdev = oracle_device(rid);
	if (!pdev)
		return -ENODEV;
	oracle->group = iommu_group_get(&pdev->dev);
	ret = -ENODEV;
	if (!oracle->group)
		goto err_put;
	ret = iommu_group_claim_dma_owner(oracle->group, oracle);
	if (ret)
		goto err_group;
	oracle->domain = probe_domain_alloc(&pdev->dev);
	ret = PTR_ERR_OR_ZERO(oracle->domain);
	if (ret)
		goto err_release;
	ret = iommu_attach_group(oracle->domain, oracle->group);
	if (ret)
		goto err_free;
	oracle->pdev = pdev;
	return 0;

err_free:
	iommu_domain_free(oracle->domain);
err_release:
	iommu_group_release_dma_owner(oracle->group);
err_group:
	iommu_group_put(oracle->group);
err_put:
	pci_dev_put(pdev);
	return ret;
}

static void oracle_give_back(struct oracle *oracle)
{
	if (!oracle->pdev)
		return;
	iommu_detach_group(oracle->domain, oracle->group);
	iommu_domain_free(oracle->domain);
	iommu_group_release_dma_owner(oracle->group);
	iommu_group_put(oracle->group);
	pci_dev_put(oracle->pdev);
	oracle->pdev = NULL;
}

/*
 * In pieces whose start is a multiple of their size, which no leaf sticks out of: in 6.1 the
 * flush of others warns when the tables are first-stage ones.
 */
static int unmap_pages(struct iommu_domain *domain, u64 at, u64 pages)
{
	u64 end = at + pages * SZ_4K, size;

	for (; at < end; at += size) {
		size = rounddown_pow_of_two(end - at);
		if (at)
			size = min(size, 1ULL << __ffs64(at));
		if (iommu_unmap(domain, at, size) != size)
			return -ENOENT;
	}
	return 0;
}

static int oracle_map(struct oracle *oracle, const struct oracle_map *map)
{
	int prot = (map->prot & ORACLE_READ ? IOMMU_READ : 0) |
		   (map->prot & ORACLE_WRITE ? IOMMU_WRITE : 0);
	u64 i, frame;
	int ret;

	if (!oracle->pdev)
		return -EBADF;
	if (!map->pages || !prot || (map->iova | map->phys) % SZ_4K)
		return -EINVAL;
	if (map->stride == 1)
		return probe_domain_map(oracle->domain, map->iova, map->phys, map->pages * SZ_4K,
					prot);
	for (i = 0; i < map->pages; i++) {
		frame = i * map->stride % map->pages;
		ret = probe_domain_map(oracle->domain, map->iova + i * SZ_4K,
				       map->phys + frame * SZ_4K, SZ_4K, prot);
		if (ret)
			goto err_unmap;
		cond_resched();
	}
	return 0;

err_unmap:
	unmap_pages(oracle->domain, map->iova, i);
	return ret;
}

static int oracle_unmap(struct oracle *oracle, const struct oracle_map *map)
{
	return oracle->pdev ? unmap_pages(oracle->domain, map->iova, map->pages) : -EBADF;
}

static int oracle_get(struct oracle *oracle, u64 *arg)
{
	if (oracle->first)
		return -EBUSY;
	if (*arg > 10)
		return -EINVAL;
	/* Not one larger page: only the first one has a reference, as with many drivers. */
	oracle->first = alloc_pages(GFP_KERNEL | __GFP_ZERO, *arg);
	if (!oracle->first)
		return -ENOMEM;
	oracle->order = *arg;
	*arg = page_to_phys(oracle->first);
	return 0;
}

/*
 * Who asks for it wants to see it free for a while. What was freed last is taken first, so
 * some more of its size are freed after it.
 */
static void oracle_put(struct oracle *oracle)
{
	struct page *later[8];
	unsigned int i;

	if (!oracle->first)
		return;
	for (i = 0; i < ARRAY_SIZE(later); i++)
		later[i] = alloc_pages(GFP_KERNEL, oracle->order);
	__free_pages(oracle->first, oracle->order);
	for (i = 0; i < ARRAY_SIZE(later); i++)
		if (later[i])
			__free_pages(later[i], oracle->order);
	oracle->first = NULL;
}

/* LOOKUP and SCAN: of whichever device, claimed or not. */
static int oracle_ask(unsigned int cmd, void __user *arg)
{
	union {
		struct oracle_lookup lookup;
		struct oracle_scan scan;
	} ask;
	struct iommu_domain *domain;
	struct pci_dev *pdev;
	int ret;

	static_assert(offsetof(struct oracle_lookup, rid) == offsetof(struct oracle_scan, rid));
	static_assert(offsetof(struct oracle_lookup, type) == offsetof(struct oracle_scan, type));
	if (copy_from_user(&ask, arg, _IOC_SIZE(cmd)))
		return -EFAULT;
	pdev = oracle_device(ask.scan.rid);
	if (!pdev)
		return -ENODEV;
	domain = oracle_lock(pdev, &ask.scan.type);
	ret = PTR_ERR_OR_ZERO(domain);
	if (ret)
		goto out_put;
	if (cmd == ORACLE_LOOKUP)
		ret = oracle_lookup(domain, &ask.lookup);
	else
		ret = oracle_scan(domain, &ask.scan);
	oracle_unlock(pdev);
	if (!ret && copy_to_user(arg, &ask, _IOC_SIZE(cmd)))
		ret = -EFAULT;
out_put:
	pci_dev_put(pdev);
	return ret;
}

static long oracle_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	struct oracle *oracle = file->private_data;
	union {
		struct oracle_map map;
		u64 number;
		u32 rid;
	} what = {};
	long ret;

	if (cmd == ORACLE_LOOKUP || cmd == ORACLE_SCAN)
		return oracle_ask(cmd, user);
	if (_IOC_SIZE(cmd) > sizeof(what))
		return -ENOTTY;
	if (_IOC_DIR(cmd) & _IOC_WRITE && copy_from_user(&what, user, _IOC_SIZE(cmd)))
		return -EFAULT;

	mutex_lock(&oracle->lock);
	switch (cmd) {
	case ORACLE_CLAIM:
		ret = oracle_claim(oracle, what.rid);
		break;
	case ORACLE_MAP:
		ret = oracle_map(oracle, &what.map);
		break;
	case ORACLE_UNMAP:
		ret = oracle_unmap(oracle, &what.map);
		break;
	case ORACLE_GET:
		ret = oracle_get(oracle, &what.number);
		break;
	case ORACLE_PUT:
		oracle_put(oracle);
		ret = 0;
		break;
	default:
		ret = -ENOTTY;
	}
	mutex_unlock(&oracle->lock);
	if (!ret && _IOC_DIR(cmd) & _IOC_READ && copy_to_user(user, &what, _IOC_SIZE(cmd)))
		ret = -EFAULT;
	return ret;
}

static int oracle_open(struct inode *inode, struct file *file)
{
	struct oracle *oracle = kzalloc(sizeof(*oracle), GFP_KERNEL);

	if (!oracle)
		return -ENOMEM;
	mutex_init(&oracle->lock);
	file->private_data = oracle;
	return 0;
}

static int oracle_release(struct inode *inode, struct file *file)
{
	struct oracle *oracle = file->private_data;

	oracle_give_back(oracle);
	oracle_put(oracle);
	kfree(oracle);
	return 0;
}

static const struct file_operations oracle_fops = {
	.owner = THIS_MODULE,
	.open = oracle_open,
	.release = oracle_release,
	.unlocked_ioctl = oracle_ioctl,
};

static struct miscdevice oracle_device_node = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xlate_oracle",
	.fops = &oracle_fops,
	.mode = 0600,
};
module_misc_device(oracle_device_node);

MODULE_DESCRIPTION("Test device that answers what an I/O address leads to");
MODULE_LICENSE("GPL");
