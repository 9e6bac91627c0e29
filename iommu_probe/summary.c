// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files "devices" and "domains": one line for each requester ID, and one for each
 * table that they use. Both are put together when they are opened; each table is counted
 * once, however many devices share it.
 */
#include <linux/debugfs.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "iommu_probe.h"

/* Rows for PASIDs of one requester ID; what is beyond is only counted, up to a point. */
#define MAX_PASID_ROWS	   64
#define MAX_PASIDS_COUNTED 4096

/**
 * struct requester - a row of "devices"
 * @list:   in summary.requesters
 * @domain: in the list of the first row that has the same tables
 * @sharers: head of that list, if this is the first row; else not in use
 * @key:    requester ID
 * @pasid:  or IOP_NO_PASID
 * @unit:   that serves it, or NULL
 * @flags:  IP_RID_*
 * @pasids: how many further ones the tables know
 * @what:   enum iop_what
 * @format: of its tables, IOPT_NONE for none
 * @levels: of its tables
 * @did:    domain id
 * @known:  @did is known
 * @root:   address of the root table
 * @totals: what is in the tables
 * @view:   the kernel's view
 */
struct requester {
	struct list_head list;
	struct list_head domain;
	struct list_head sharers;
	unsigned long key;
	u32 pasid;
	struct ip_unit *unit;
	unsigned int flags;
	unsigned int pasids;
	u8 what;
	u8 format;
	u8 levels;
	u16 did;
	bool known;
	u64 root;
	struct ip_totals totals;
	struct ip_view view;
};

/**
 * struct summary - an open file
 * @requesters: rows of "devices", by requester ID
 * @tables: first row of each tree, by its root's frame number
 * @source: where it comes from
 */
struct summary {
	struct list_head requesters;
	struct xarray tables;
	enum ip_source source;
};

/* -- putting it together -------------------------------------------------------------- */

/* What the kernel's view lets one suppose where the tables cannot be read. */
static u8 what_by_view(const struct ip_view *v)
{
	if (v->group < 0)
		return IOP_OFF;
	if (!strcmp(v->domain_type, "identity"))
		return IOP_PASS;
	if (!strcmp(v->domain_type, "blocked"))
		return IOP_BLOCKED;
	return IOP_TABLE;
}

/* What passes untranslated has no table to tell it by, but a domain. */
static void requester_passes(struct summary *s, struct requester *r)
{
	struct requester *first;

	list_for_each_entry(first, &s->requesters, list) {
		if (first == r)
			return;
		if (first->what == IOP_PASS && first->unit == r->unit && first->did == r->did) {
			list_add_tail(&r->domain, &first->sharers);
			return;
		}
	}
}

/* Counts what is in the tables, unless another row has done so; and notes who shares them. */
static int requester_totals(struct summary *s, struct requester *r, struct ip_walk *w)
{
	struct requester *first = xa_load(&s->tables, r->root >> PAGE_SHIFT);
	int ret;

	if (first && first->format == r->format && first->levels == r->levels) {
		r->totals = first->totals;
		list_add_tail(&r->domain, &first->sharers);
		return 0;
	}
	ret = ip_walk_totals(w, &r->totals);
	if (ret)
		return ret;
	/* Two kinds of tables with one root are a race: each is a domain of its own. */
	return first ? 0 : xa_err(xa_store(&s->tables, r->root >> PAGE_SHIFT, r, GFP_KERNEL));
}

static struct requester *requester_new(struct summary *s, unsigned long key, u32 pasid)
{
	struct requester *r = kzalloc(sizeof(*r), GFP_KERNEL_ACCOUNT);

	if (!r)
		return NULL;
	INIT_LIST_HEAD(&r->domain);
	INIT_LIST_HEAD(&r->sharers);
	r->key = key;
	r->pasid = pasid;
	list_add_tail(&r->list, &s->requesters);
	return r;
}

/* Adds the row of @key and @pasid, which @w has been set up for. */
static int requester_add(struct summary *s, unsigned long key, u32 pasid, unsigned int flags,
			 struct ip_walk *w)
{
	struct requester *r = requester_new(s, key, pasid);
	int ret = 0;

	if (!r)
		return -ENOMEM;
	r->flags = flags;
	r->unit = w->unit;
	ip_device_view(key, &r->view);
	if (!w->unit) {
		r->what = s->source == IP_SOURCE_API ? what_by_view(&r->view) : IOP_OFF;
		return 0;
	}
	r->what = w->who.what;
	r->known = r->what == IOP_PASS || r->what == IOP_TABLE || r->what == IOP_NESTED;
	r->did = w->who.did;
	if (w->tree) {
		r->format = w->tree->t.format;
		r->levels = w->tree->t.levels;
		r->root = w->tree->root;
		ret = requester_totals(s, r, w);
	} else if (r->what == IOP_PASS) {
		requester_passes(s, r);
	}
	return ret;
}

/* Rows of the PASIDs that the tables of @key know, beside the one of plain requests. */
static int pasids_add(struct summary *s, unsigned long key, unsigned int flags, struct ip_walk *w)
{
	struct requester *plain = list_last_entry(&s->requesters, struct requester, list);
	struct iop_requester who = w->who;
	struct iop_unit regs = w->regs;
	u32 pasid = 0;
	int ret;

	if (!w->unit || !who.pasids)
		return 0;
	for (; !iop_next_pasid(&regs, &ip_memory, &who, &pasid); pasid++) {
		if (pasid == who.pasid_used)
			continue;
		if (++plain->pasids > MAX_PASIDS_COUNTED)
			break;
		if (plain->pasids > MAX_PASID_ROWS)
			continue;
		ip_walk_init(w, key, pasid);
		ret = requester_add(s, key, pasid, flags, w);
		if (ret)
			return ret;
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

static int summary_fill(struct summary *s)
{
	struct xarray rids;
	unsigned long key;
	struct ip_walk *w;
	unsigned int flags;
	void *entry;
	int ret;

	w = kvmalloc(sizeof(*w), GFP_KERNEL_ACCOUNT);
	if (!w)
		return -ENOMEM;
	s->source = ip_source();
	ret = ip_rids_collect(&rids);
	if (!ret) {
		xa_for_each(&rids, key, entry) {
			flags = xa_to_value(entry);
			if (flags == IP_RID_ALIAS)
				continue;
			ip_walk_init(w, key, IOP_NO_PASID);
			ret = requester_add(s, key, IOP_NO_PASID, flags, w) ?:
				      pasids_add(s, key, flags, w);
			if (ret)
				break;
			cond_resched();
		}
	}
	xa_destroy(&rids);
	kvfree(w);
	return ret;
}

static void summary_free(struct summary *s)
{
	struct requester *r, *tmp;

	list_for_each_entry_safe(r, tmp, &s->requesters, list)
		kfree(r);
	xa_destroy(&s->tables);
}

static int summary_open(struct inode *inode, struct file *file, const struct seq_operations *ops)
{
	struct summary *s;
	int ret;

	ret = xlate_permitted(file);
	if (ret)
		return ret;
	s = __seq_open_private(file, ops, sizeof(*s));
	if (!s)
		return -ENOMEM;
	INIT_LIST_HEAD(&s->requesters);
	xa_init(&s->tables);
	ret = summary_fill(s);
	if (ret) {
		summary_free(s);
		seq_release_private(inode, file);
	}
	return ret;
}

static int summary_release(struct inode *inode, struct file *file)
{
	summary_free(((struct seq_file *)file->private_data)->private);
	return seq_release_private(inode, file);
}

static void *summary_start(struct seq_file *m, loff_t *pos)
{
	struct summary *s = m->private;

	return seq_list_start_head(&s->requesters, *pos);
}

static void *summary_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct summary *s = m->private;

	return seq_list_next(v, &s->requesters, pos);
}

static void summary_stop(struct seq_file *m, void *v)
{
}

/* -- "devices" ------------------------------------------------------------------------- */

/* A comma list; "-" when it stays empty. */
struct flags {
	struct seq_file *m;
	const char *sep;
};

static __printf(2, 3) void flag_put(struct flags *f, const char *fmt, ...)
{
	va_list args;

	seq_puts(f->m, f->sep);
	va_start(args, fmt);
	seq_vprintf(f->m, fmt, args);
	va_end(args);
	f->sep = ",";
}

static void flags_end(struct flags *f)
{
	if (!*f->sep)
		seq_putc(f->m, '-');
}

static void show_device_flags(struct seq_file *m, const struct requester *r)
{
	struct flags f = { m, "" };

	if (!(r->flags & IP_RID_DEVICE))
		flag_put(&f, "unclaimed");
	if (r->flags & IP_RID_ALIAS)
		flag_put(&f, "alias");
	if (r->totals.raced)
		flag_put(&f, "raced");
	if (r->pasids > MAX_PASIDS_COUNTED)
		flag_put(&f, "pasids:many");
	else if (r->pasids)
		flag_put(&f, "pasids:%u", r->pasids);
	if (r->view.bridge)
		flag_put(&f, "bridge");
	if (r->view.lab)
		flag_put(&f, "lab");
	flags_end(&f);
}

static const char *source_name(enum ip_source source)
{
	switch (source) {
	case IP_SOURCE_TABLES:
		return "tables";
	case IP_SOURCE_API:
		return "api";
	default:
		return "none";
	}
}

static int devices_show(struct seq_file *m, void *v)
{
	const struct requester *r = list_entry(v, struct requester, list);
	struct summary *s = m->private;
	char rid[IP_RID_NAME], pf[IP_RID_NAME];

	if (v == &s->requesters) {
		seq_puts(m,
			 "# iommu_probe devices 1\n"
			 "# rid pasid unit device vf_of driver group domain_type mode format levels did root mappings bytes flags source\n");
		return 0;
	}
	ip_rid_name(r->key, rid);
	seq_printf(m, "%s ", rid);
	if (r->pasid == IOP_NO_PASID)
		seq_putc(m, '-');
	else
		seq_printf(m, "%u", r->pasid);
	if (r->unit)
		seq_printf(m, " %u", r->unit->id);
	else
		seq_puts(m, " -");
	if (r->view.vf)
		ip_rid_name(r->view.pf, pf);
	seq_printf(m, " %s %s ", r->view.found ? rid : "-", r->view.vf ? pf : "-");
	seq_escape(m, r->view.driver, " \t\n\\");
	if (r->view.group >= 0)
		seq_printf(m, " %d", r->view.group);
	else
		seq_puts(m, " -");
	seq_printf(m, " %s %s %s", r->view.domain_type, iop_what_name(r->what),
		   iopt_format_name(r->format));
	if (r->format)
		seq_printf(m, " %u", r->levels);
	else
		seq_puts(m, " -");
	if (r->known)
		seq_printf(m, " %u", r->did);
	else
		seq_puts(m, " -");
	if (r->format)
		seq_printf(m, " 0x%016llx %llu %llu ", r->root, r->totals.leaves, r->totals.bytes);
	else
		seq_puts(m, " - - - ");
	show_device_flags(m, r);
	seq_printf(m, " %s\n", source_name(s->source));
	return 0;
}

static const struct seq_operations devices_seq = {
	.start = summary_start,
	.next = summary_next,
	.stop = summary_stop,
	.show = devices_show,
};

static int devices_open(struct inode *inode, struct file *file)
{
	/* What one sees here shall have its folder. */
	return xlate_permitted(file)	      ?:
		       ip_folders_sync_wait() ?:
						summary_open(inode, file, &devices_seq);
}

const struct file_operations ip_devices_fops = {
	.owner = THIS_MODULE,
	.open = devices_open,
	.read = xlate_seq_read,
	.llseek = seq_lseek,
	.release = summary_release,
};

/* -- "domains" ------------------------------------------------------------------------- */

static void show_sharer(struct seq_file *m, const struct requester *r, const char *sep)
{
	char rid[IP_RID_NAME];

	ip_rid_name(r->key, rid);
	seq_printf(m, "%s%s", sep, rid);
	if (r->pasid != IOP_NO_PASID)
		seq_printf(m, "/%u", r->pasid);
}

static int domains_show(struct seq_file *m, void *v)
{
	const struct requester *r = list_entry(v, struct requester, list), *other;
	struct summary *s = m->private;
	struct flags f = { m, "" };

	if (v == &s->requesters) {
		seq_puts(m, "# iommu_probe domains 1\n"
			    "# unit did format root levels devices mappings bytes tables flags\n");
		if (s->source == IP_SOURCE_API)
			seq_puts(m,
				 "# source=api: the tables of this IOMMU cannot be read, nor who shares them\n");
		return 0;
	}
	/* Those that share tables with one before it are in that one's line. */
	if (!r->known || !list_empty(&r->domain))
		return SEQ_SKIP;

	seq_printf(m, "%u %u %s", r->unit->id, r->did, iopt_format_name(r->format));
	if (r->format)
		seq_printf(m, " 0x%016llx %u", r->root, r->levels);
	else
		seq_puts(m, " - -");
	show_sharer(m, r, " ");
	list_for_each_entry(other, &r->sharers, domain)
		show_sharer(m, other, ",");
	if (r->format)
		seq_printf(m, " %llu %llu %llu ", r->totals.leaves, r->totals.bytes,
			   r->totals.tables);
	else
		seq_puts(m, " - - - ");
	if (r->what == IOP_PASS)
		flag_put(&f, "pass");
	if (r->totals.raced)
		flag_put(&f, "raced");
	if (r->what == IOP_NESTED)
		flag_put(&f, "nested");
	flags_end(&f);
	seq_putc(m, '\n');
	return 0;
}

static const struct seq_operations domains_seq = {
	.start = summary_start,
	.next = summary_next,
	.stop = summary_stop,
	.show = domains_show,
};

static int domains_open(struct inode *inode, struct file *file)
{
	return summary_open(inode, file, &domains_seq);
}

const struct file_operations ip_domains_fops = {
	.owner = THIS_MODULE,
	.open = domains_open,
	.read = xlate_seq_read,
	.llseek = seq_lseek,
	.release = summary_release,
};
