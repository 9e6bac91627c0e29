/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lab, as its files see each other:
 *
 *	lab.c		the driver of the device: from probe to removal; one transfer
 *	lab_map.c	what is mapped: domains, pages, and all that may be done to them
 *	lab_file.c	lab/control and lab/state
 *
 * One mutex is held over each command, each probe and each removal.
 */
#ifndef _IOMMU_PROBE_LAB_H
#define _IOMMU_PROBE_LAB_H

#include <linux/iommu.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/xarray.h>

#include "iommu_probe.h"

/* Pages that one command may map; that all may map together. */
#define LAB_MAX_PAGES	  131072
#define LAB_MAX_ALL_PAGES 262144

/**
 * struct lab_page - what the lab has mapped at one I/O page
 * @page: the memory, with a reference; NULL once it was freed while mapped
 * @phys: its address, also after that
 * @prot: IOMMU_READ, IOMMU_WRITE
 * @huge: mapped together with its neighbours, as 2 MiB
 * @shared: memory of another mapping
 */
struct lab_page {
	struct page *page;
	phys_addr_t phys;
	u8 prot;
	bool huge;
	bool shared;
};

/**
 * struct lab_space - an I/O address space: one for each IOMMU group
 * @list:   in lab_spaces
 * @group:  the group, with a reference; NULL when no IOMMU serves the device
 * @domain: the lab's own domain; NULL when the group is in its default domain
 * @users:  devices of the lab in it
 * @error:  why there is no own domain
 * @pages:  struct lab_page, by frame number of the I/O address
 * @count:  how many
 */
struct lab_space {
	struct list_head list;
	struct iommu_group *group;
	struct iommu_domain *domain;
	unsigned int users;
	int error;
	struct xarray pages;
	unsigned int count;
};

enum lab_result {
	LAB_NONE, /* no DMA yet */
	LAB_ARRIVED, /* all bytes came through */
	LAB_STOPPED, /* not one did */
	LAB_PARTIAL,
	LAB_UNSEEN, /* no memory of the lab is there, so nothing can be seen */
};

/**
 * struct lab_device - an edu device
 * @list:  in lab_devices
 * @pdev:  the device
 * @mmio:  its registers
 * @space: where its DMA goes
 * @broken: a transfer never came to an end
 * @seed:  of the next pattern
 * @write: last DMA: by the device to memory, else from memory
 * @iova:  of that
 * @bytes: of that
 * @result: of that
 */
struct lab_device {
	struct list_head list;
	struct pci_dev *pdev;
	void __iomem *mmio;
	struct lab_space *space;
	bool broken;
	u8 seed;
	bool write;
	u64 iova;
	unsigned int bytes;
	enum lab_result result;
};

extern struct mutex lab_mutex;
extern struct list_head lab_devices;
extern struct list_head lab_spaces;

/* lab.c: all with lab_mutex held. */

/* One transfer between the device's buffer and a bus address. 0, -EIO or -ETIMEDOUT. */
int lab_transfer(struct lab_device *lab, bool write, u64 addr, unsigned int bytes);

/* lab_map.c: all with lab_mutex held. */

/* The space of the device's group, made if it is the first one. Or ERR_PTR(). */
struct lab_space *lab_space_get(struct pci_dev *pdev);
void lab_space_put(struct lab_space *space);

/* Into a domain of its own, or back into the default one; drops all mappings. */
int lab_space_own(struct lab_space *space, struct device *dev);
void lab_space_disown(struct lab_space *space);

/**
 * lab_map() - map pages
 * @space: where
 * @iova:  first address, a multiple of the page size; not looked at where nothing is
 *	   translated: a page is then found at its physical address
 * @pages: how many, of 4 KiB; where nothing is translated, 16 at most
 * @prot:  IOMMU_READ, IOMMU_WRITE
 * @huge:  2 MiB at a time
 *
 * Return: 0; -EINVAL, -EEXIST, -ENOMEM, -ENOSPC, -EINTR; or what iommu_map() says. After
 * an error nothing of it is left.
 */
int lab_map(struct lab_space *space, u64 iova, unsigned int pages, int prot, bool huge);

/* The same with memory that @from has at @theirs. */
int lab_share(struct lab_space *space, u64 iova, unsigned int pages, int prot,
	      struct lab_space *from, u64 theirs);

/* Each page of the range must be mapped; large ones wholly. 0, -EINVAL or -ENOENT. */
int lab_unmap(struct lab_space *space, u64 iova, unsigned int pages);

/* Gives memory back that stays mapped. Returns as lab_unmap(). */
int lab_free(struct lab_space *space, u64 iova, unsigned int pages);

void lab_unmap_all(struct lab_space *space);

/**
 * lab_dma() - have the device do DMA, and see what arrives
 * @lab:   the device
 * @write: to memory, else from there
 * @iova:  any address whose memory is the lab's own, or that translates to nothing
 * @bytes: 1..4096
 *
 * Return: 0, also when the IOMMU stopped it (see @lab->result); -EPERM when it might reach
 * what is not the lab's; -EINVAL, -ENOMEM, -EIO, -ETIMEDOUT.
 */
int lab_dma(struct lab_device *lab, bool write, u64 iova, unsigned int bytes);

/* lab_file.c */

void lab_files_init(struct dentry *root);
void lab_files_exit(void);

#endif /* _IOMMU_PROBE_LAB_H */
