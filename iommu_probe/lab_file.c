// SPDX-License-Identifier: GPL-2.0-only
/*
 * lab/control and lab/state. A command is one line, which may begin with the device
 * ("0000:00:05.0 map ..."); without it the first one is meant:
 *
 *	map IOVA PAGES r|w|rw [huge]	fresh pages, of zeros
 *	unmap IOVA PAGES
 *	free IOVA PAGES			the memory is given back, the mapping stays
 *	share IOVA PAGES r|w|rw BDF IOVA2	memory that another device has at IOVA2
 *	dma r|w IOVA BYTES		r: the device reads memory; w: it writes
 *	domain own|default
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "lab.h"

#define LINE	 128
#define MAX_ARGS 8

/* Runs of mappings that "state" shows at most. */
#define MAX_RUNS 4096

static struct dentry *lab_dir;

static struct lab_device *find_device(const char *bdf)
{
	struct lab_device *lab;

	list_for_each_entry(lab, &lab_devices, list)
		if (!bdf || !strcmp(pci_name(lab->pdev), bdf))
			return lab;
	return NULL;
}

static int parse_prot(const char *s, int *prot)
{
	*prot = 0;
	if (*s == 'r') {
		*prot |= IOMMU_READ;
		s++;
	}
	if (*s == 'w') {
		*prot |= IOMMU_WRITE;
		s++;
	}
	return *s || !*prot ? -EINVAL : 0;
}

static int parse_range(char **arg, u64 *iova, unsigned int *count)
{
	return kstrtou64(arg[0], 0, iova) ?: kstrtouint(arg[1], 0, count);
}

static int run_map(struct lab_device *lab, char **arg, unsigned int args)
{
	bool huge = args == 4 && !strcmp(arg[3], "huge");
	unsigned int pages;
	u64 iova;
	int prot;

	if (args != 3 && !huge)
		return -EINVAL;
	return parse_range(arg, &iova, &pages)	 ?:
		       parse_prot(arg[2], &prot) ?:
						   lab_map(lab->space, iova, pages, prot, huge);
}

static int run_unmap(struct lab_device *lab, char **arg, unsigned int args)
{
	unsigned int pages;
	u64 iova;

	return parse_range(arg, &iova, &pages) ?: lab_unmap(lab->space, iova, pages);
}

static int run_free(struct lab_device *lab, char **arg, unsigned int args)
{
	unsigned int pages;
	u64 iova;

	return parse_range(arg, &iova, &pages) ?: lab_free(lab->space, iova, pages);
}

static int run_share(struct lab_device *lab, char **arg, unsigned int args)
{
	struct lab_device *from = find_device(arg[3]);
	unsigned int pages;
	u64 iova, theirs;
	int prot;

	if (!from)
		return -ENODEV;
	return parse_range(arg, &iova, &pages)	     ?:
		       parse_prot(arg[2], &prot)     ?:
		       kstrtou64(arg[4], 0, &theirs) ?:
		       lab_share(lab->space, iova, pages, prot, from->space, theirs);
}

static int run_dma(struct lab_device *lab, char **arg, unsigned int args)
{
	unsigned int bytes;
	u64 iova;

	if (strcmp(arg[0], "r") && strcmp(arg[0], "w"))
		return -EINVAL;
	return parse_range(arg + 1, &iova, &bytes) ?: lab_dma(lab, *arg[0] == 'w', iova, bytes);
}

static int run_domain(struct lab_device *lab, char **arg, unsigned int args)
{
	if (!strcmp(arg[0], "own")) {
		lab->space->error = lab_space_own(lab->space, &lab->pdev->dev);
		return lab->space->error;
	}
	if (strcmp(arg[0], "default"))
		return -EINVAL;
	lab_space_disown(lab->space);
	return 0;
}

static const struct {
	const char *name;
	unsigned int min_args;
	unsigned int max_args;
	int (*run)(struct lab_device *lab, char **arg, unsigned int args);
} commands[] = {
	{ "map", 3, 4, run_map },     { "unmap", 2, 2, run_unmap }, { "free", 2, 2, run_free },
	{ "share", 5, 5, run_share }, { "dma", 3, 3, run_dma },	    { "domain", 1, 1, run_domain },
};

static int run_line(char *line)
{
	char *arg[MAX_ARGS], **first = arg, *word;
	struct lab_device *lab;
	unsigned int args = 0, i;

	line = strim(line);
	while ((word = strsep(&line, " \t"))) {
		if (!*word)
			continue;
		if (args == MAX_ARGS)
			return -EINVAL;
		arg[args++] = word;
	}
	if (args && strchr(arg[0], ':')) {
		lab = find_device(arg[0]);
		first++;
		args--;
	} else {
		lab = find_device(NULL);
	}
	if (!args)
		return -EINVAL;
	if (!lab)
		return -ENODEV;
	args--;
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(*first, commands[i].name) && args >= commands[i].min_args &&
		    args <= commands[i].max_args)
			return commands[i].run(lab, first + 1, args);
	return -EINVAL;
}

static ssize_t control_write(struct file *file, const char __user *user, size_t count, loff_t *ppos)
{
	char line[LINE];
	int ret;

	ret = xlate_permitted(file);
	if (ret)
		return ret;
	if (!count || count >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, user, count))
		return -EFAULT;
	line[count] = '\0';
	if (strlen(line) != count)
		return -EINVAL;
	if (mutex_lock_killable(&lab_mutex))
		return -EINTR;
	ret = run_line(line);
	mutex_unlock(&lab_mutex);
	return ret ?: count;
}

static int control_open(struct inode *inode, struct file *file)
{
	return xlate_permitted(file);
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.open = control_open,
	.write = control_write,
	.llseek = noop_llseek,
};

static const char *page_state(const struct lab_page *p)
{
	return !p->page ? "freed" : p->shared ? "shared" : "live";
}

/* Does @p go on with what @first, @n pages before it, began? */
static bool goes_on(const struct lab_page *first, const struct lab_page *p, unsigned long n)
{
	return p->phys == first->phys + (n << PAGE_SHIFT) && p->prot == first->prot &&
	       p->huge == first->huge && p->shared == first->shared && !p->page == !first->page;
}

static void show_run(struct seq_file *m, const struct lab_space *space, unsigned long index,
		     unsigned long n, const struct lab_page *p)
{
	seq_printf(m, "map group=%d iova=0x%016lx pages=%lu phys=0x%016llx",
		   space->group ? iommu_group_id(space->group) : -1, index << PAGE_SHIFT, n,
		   (u64)p->phys);
	seq_printf(m, " rights=%c%c page=%s state=%s\n", p->prot & IOMMU_READ ? 'r' : '-',
		   p->prot & IOMMU_WRITE ? 'w' : '-', p->huge ? "2M" : "4K", page_state(p));
}

static void show_space(struct seq_file *m, struct lab_space *space)
{
	unsigned long index, start = 0, n = 0, runs = 0;
	struct lab_page *p, *first = NULL;

	xa_for_each(&space->pages, index, p) {
		if (n && index == start + n && goes_on(first, p, n)) {
			n++;
			continue;
		}
		if (n)
			show_run(m, space, start, n, first);
		if (++runs > MAX_RUNS) {
			seq_puts(m, "# and more\n");
			return;
		}
		first = p;
		start = index;
		n = 1;
	}
	if (n)
		show_run(m, space, start, n, first);
}

static void show_device(struct seq_file *m, const struct lab_device *lab)
{
	static const char *const results[] = {
		[LAB_NONE] = "-",	   [LAB_ARRIVED] = "arrived", [LAB_STOPPED] = "stopped",
		[LAB_PARTIAL] = "partial", [LAB_UNSEEN] = "unseen",
	};

	seq_printf(m, "device bdf=%s group=%d domain=%s error=%d", pci_name(lab->pdev),
		   lab->space->group ? iommu_group_id(lab->space->group) : -1,
		   lab->space->domain ? "own" :
		   lab->space->group  ? "default" :
					"none",
		   -lab->space->error);
	if (!lab->bytes)
		seq_puts(m, " dma=- iova=- bytes=- result=-\n");
	else
		seq_printf(m, " dma=%c iova=0x%016llx bytes=%u result=%s\n", lab->write ? 'w' : 'r',
			   lab->iova, lab->bytes, results[lab->result]);
}

static int state_show(struct seq_file *m, void *v)
{
	struct lab_device *lab;
	struct lab_space *space;

	seq_puts(m, "# iommu_probe lab 1\n# record key=value...\n");
	if (mutex_lock_killable(&lab_mutex))
		return -EINTR;
	list_for_each_entry(lab, &lab_devices, list)
		show_device(m, lab);
	list_for_each_entry(space, &lab_spaces, list)
		show_space(m, space);
	mutex_unlock(&lab_mutex);
	return 0;
}
DEFINE_PERMITTED_ATTRIBUTE(state);

void lab_files_init(struct dentry *root)
{
	lab_dir = debugfs_create_dir("lab", root);
	debugfs_create_file("control", 0600, lab_dir, NULL, &control_fops);
	debugfs_create_file("state", 0400, lab_dir, NULL, &state_fops);
}

void lab_files_exit(void)
{
	debugfs_remove(lab_dir);
}
