// SPDX-License-Identifier: GPL-2.0-only
/* What tables and mappings have in common. */
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "text.h"

char *ip_put_dec(char *p, u64 value)
{
	char digits[20];
	unsigned int n = 0;

	do {
		digits[n++] = '0' + value % 10;
		value /= 10;
	} while (value);
	while (n)
		*p++ = digits[--n];
	return p;
}

struct ip_text *ip_text_open(struct inode *inode, struct file *file, size_t batch,
			     const struct seq_operations *ops)
{
	struct seq_file *m;
	struct ip_text *t;
	int ret;

	ret = xlate_permitted(file);
	if (ret)
		return ERR_PTR(ret);
	ret = seq_open(file, ops);
	if (ret)
		return ERR_PTR(ret);
	m = file->private_data;
	/* In large pieces; seq_release() frees it. */
	m->buf = kvmalloc(IP_TEXT_BYTES, GFP_KERNEL_ACCOUNT);
	m->size = IP_TEXT_BYTES;
	t = kvzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);
	if (!m->buf || !t)
		goto err_free;
	t->batch = kvmalloc(batch, GFP_KERNEL_ACCOUNT);
	if (!t->batch)
		goto err_free;
	ip_walk_init(&t->walk, (unsigned long)inode->i_private, IOP_NO_PASID);
	t->walk.ctx = t;
	m->private = t;
	return t;

err_free:
	kvfree(t);
	seq_release(inode, file);
	return ERR_PTR(-ENOMEM);
}

int ip_text_release(struct inode *inode, struct file *file)
{
	struct ip_text *t = ((struct seq_file *)file->private_data)->private;

	kvfree(t->batch);
	kvfree(t);
	return seq_release(inode, file);
}

void ip_text_stop(struct seq_file *m, void *v)
{
}

void ip_text_seek(struct ip_text *t, u64 iova)
{
	u64 first;

	t->at = 0;
	t->count = 0;
	t->next = iova;
	t->done = !t->walk.tree;
	for (t->range = 0; !t->done; t->range++) {
		if (!iopt_range(&t->walk.tree->t, t->range, &first, &t->last)) {
			t->done = true;
		} else if (iova <= t->last) {
			t->next = max(iova, first);
			return;
		}
	}
}

void ip_text_next_range(struct ip_text *t)
{
	t->done = !iopt_range(&t->walk.tree->t, ++t->range, &t->next, &t->last);
}

int ip_text_refill(struct ip_text *t)
{
	u64 from;
	int ret;

	t->at = 0;
	t->count = 0;
	while (!t->count && !t->done) {
		from = t->next;
		ret = t->fill(t);
		if (ret)
			return ret;
		/* The device has got other tables: what we gathered may be anything. */
		if (!ip_walk_valid(&t->walk)) {
			t->count = 0;
			t->done = true;
			t->raced(t, from);
		}
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

void ip_text_head(struct seq_file *m, const char *name, const char *columns)
{
	struct ip_text *t = m->private;
	struct ip_walk *w = &t->walk;
	char rid[IP_RID_NAME], rights[4];

	ip_rid_name(w->key, rid);
	seq_printf(m, "# iommu_probe %s 1\n# %s\n# rid=%s", name, columns, rid);
	if (!w->unit) {
		if (ip_source() == IP_SOURCE_API)
			seq_puts(m, " source=api: the tables of this IOMMU cannot be read\n");
		else
			seq_puts(m, " mode=off: no IOMMU translates for it\n");
		return;
	}
	seq_printf(m, " unit=%u source=tables mode=%s", w->unit->id, iop_what_name(w->who.what));
	if (w->tree)
		seq_printf(m, " format=%s levels=%u did=%u root=0x%016llx rights=%s",
			   iopt_format_name(w->tree->t.format), w->tree->t.levels, w->who.did,
			   w->tree->root, iopt_rights_name(w->who.rights, rights));
	else if (w->who.reason)
		seq_printf(m, " reason=0x%02x: %s", w->who.reason,
			   iop_reason_name(w->regs.type, w->who.reason));
	seq_putc(m, '\n');
}
