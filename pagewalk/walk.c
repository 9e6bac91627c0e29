// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk itself, and every locking rule.
 *
 * What keeps a table alive while we read it, on the kernels that we know:
 *
 *  - The mm itself: the caller holds a reference on mm_users, so exit_mmap() has not run.
 *  - Upper levels: the mmap lock for reading, and staying inside an area (VMA). Outside of
 *    areas munmap() frees tables after it downgraded to the read lock.
 *  - Last-level tables: also khugepaged can take them away without the mmap lock
 *    (retract_page_tables()), but it frees them by RCU after clearing the entry above. So
 *    RCU, and the entry above is checked again under it, as __pte_offset_map() does.
 *  - Tables of hugetlb areas may be shared with other processes, whose munmap() takes them
 *    out of ours: the area's own lock (hugetlb_vma_lock_read() is not exported).
 *  - Entries change at any time; each is read once. Where struct page is looked at, the
 *    lock of the table is held as well, so that the page stays mapped meanwhile.
 *
 * Nothing here faults pages in, sets or clears a bit, or takes a reference on a page.
 */
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pgtable.h>
#include <linux/pkeys.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "compat.h"
#include "pagewalk.h"

/* Copies live entries, each in one read. Unrolled: this loop is the speed of a raw scan. */
static __always_inline void copy_entries(u64 *to, const u64 *from, unsigned int count)
{
	for (; count >= 8; count -= 8, to += 8, from += 8) {
		u64 a = READ_ONCE(from[0]), b = READ_ONCE(from[1]);
		u64 c = READ_ONCE(from[2]), d = READ_ONCE(from[3]);

		to[0] = a;
		to[1] = b;
		to[2] = c;
		to[3] = d;
		a = READ_ONCE(from[4]);
		b = READ_ONCE(from[5]);
		c = READ_ONCE(from[6]);
		d = READ_ONCE(from[7]);
		to[4] = a;
		to[5] = b;
		to[6] = c;
		to[7] = d;
	}
	while (count--)
		*to++ = READ_ONCE(*from++);
}

/* Is the entry that led here still the same? The CPU may set A in it at any time. */
static bool still_leads_here(const struct radix_walk *r)
{
	const struct radix_cursor *up = &r->cur[2];
	const u64 *entry = (const u64 *)__va(up->table) + up->index;

	return !((READ_ONCE(*entry) ^ r->buf[2][up->index]) & ~X86_A);
}

/* A last-level table: under RCU, and under its lock when struct page is looked at. */
static int read_last_level(struct pw_walker *w, u64 table, unsigned int index, unsigned int count)
{
	struct radix_walk *r = &w->radix;
	const u64 *from = (const u64 *)__va(table) + index;
	u64 *to = r->buf[1] + index;
	spinlock_t *ptl;
	pmd_t pmd;

	rcu_read_lock();
	if (!still_leads_here(r))
		goto changed;
	if (!w->facts) {
		copy_entries(to, from, count);
		rcu_read_unlock();
		return 0;
	}

	pmd = __pmd(r->buf[2][r->cur[2].index]);
	ptl = pte_lockptr(w->mm, &pmd);
	spin_lock(ptl);
	if (!still_leads_here(r)) {
		spin_unlock(ptl);
		goto changed;
	}
	copy_entries(to, from, count);
	pw_table_facts(w->bits, to, count, &w->page[index]);
	spin_unlock(ptl);
	rcu_read_unlock();
	return 0;

changed:
	rcu_read_unlock();
	return -EAGAIN;
}

static int pw_read(struct radix_walk *r, unsigned int level, u64 table, unsigned int index,
		   unsigned int count)
{
	struct pw_walker *w = container_of(r, struct pw_walker, radix);
	const u64 *from;

	/* Should the table keep changing: what to leave out. */
	w->next = (r->cur[level].va | (radix_size(level + 1) - 1)) + 1;

	/* An address that is no memory cannot be a table, whatever the entry says. */
	if (!pfn_valid(table >> PAGE_SHIFT))
		return -EAGAIN;
	if (level == 1)
		return read_last_level(w, table, index, count);

	from = (const u64 *)__va(table) + index;
	copy_entries(r->buf[level] + index, from, count);
	if (level == r->top && (pw_mmu.flags & PAGEWALK_MMU_PTI))
		copy_entries(w->user_top + index, from + RADIX_ENTRIES, count);
	return 0;
}

/* Facts of entries above the last level that map pages: each under its table's lock. */
static void huge_facts(struct pw_walker *w, const struct radix_span *span)
{
	unsigned int i;

	for (i = 0; i < span->count; i++) {
		u64 *entry = (u64 *)__va(span->table) + span->index + i;
		struct page_facts *page = &w->page[span->index + i];
		spinlock_t *ptl;

		memset(page, 0, sizeof(*page));
		if (!span->entry[i])
			continue;
		ptl = span->level == 2 ? pmd_lockptr(w->mm, (pmd_t *)entry) :
					 &w->mm->page_table_lock;
		spin_lock(ptl);
		/* Facts only if it is what we copied; A and D may have been set since. */
		if (!((READ_ONCE(*entry) ^ span->entry[i]) & ~(X86_A | X86_D)))
			pw_page_facts(w->bits, span->entry[i], span->level, page);
		spin_unlock(ptl);
	}
}

static int pw_span(struct radix_walk *r, const struct radix_span *span)
{
	struct pw_walker *w = container_of(r, struct pw_walker, radix);
	int ret;

	if (w->facts && span->level > 1)
		huge_facts(w, span);
	w->area.path = x86_path_rights(&pw_mmu, r, span->level);
	ret = w->span(w, span);
	if (ret)
		return ret;
	/* Huge pages are not for free either: up to 512 of them, with facts of each. */
	if (span->level <= 2 && !--w->budget) {
		w->next = span->va + span->count * radix_size(span->level);
		return PW_PAUSE;
	}
	return 0;
}

static int pw_table(struct radix_walk *r, const struct radix_span *span)
{
	struct pw_walker *w = container_of(r, struct pw_walker, radix);

	/* With PTI the entry of user mode's own top-level table decides its rights. */
	if (span->level == r->top && (pw_mmu.flags & PAGEWALK_MMU_PTI))
		r->path[span->level] = w->user_top[span->index];
	w->area.path = x86_path_rights(&pw_mmu, r, span->level);
	return w->table ? w->table(w, span) : 0;
}

static const struct radix_ops pw_ops = {
	.read = pw_read,
	.span = pw_span,
	.table = pw_table,
};

struct pw_walker *pw_walker_new(struct mm_struct *mm)
{
	struct pw_walker *w = kvzalloc(sizeof(*w), GFP_KERNEL);
	unsigned int level;

	if (!w)
		return NULL;
	w->mm = mm;
	w->radix.top = pw_mmu.levels;
	w->radix.addr_mask = pw_mmu.phys_mask;
	for (level = 1; level <= X86_MAX_LEVEL; level++)
		w->radix.buf[level] = w->buf[level - 1];
	return w;
}

void pw_walker_free(struct pw_walker *w)
{
	kvfree(w);
}

/* Tables of a shareable hugetlb area stay ours while its lock is held. */
static struct rw_semaphore *area_lock(struct vm_area_struct *vma)
{
	struct hugetlb_vma_lock *lock = vma->vm_private_data;

	if (!is_vm_hugetlb_page(vma) || !(vma->vm_flags & VM_MAYSHARE) || !lock)
		return NULL;
	down_read(&lock->rw_sema);
	return &lock->rw_sema;
}

static int walk_area(struct pw_walker *w, struct vm_area_struct *vma, u64 start, u64 end)
{
	struct rw_semaphore *lock = area_lock(vma);
	int ret;

	w->bits = pw_vma_bits(vma);
	w->area.start = vma->vm_start;
	w->area.vma = w->bits;
	w->area.pkey = vma_pkey(vma);
	ret = radix_walk(&w->radix, &x86_fmt, &pw_ops, pw_root(w->mm), start, end - 1);
	if (lock)
		up_read(lock);
	return ret;
}

int pw_walk_locked(struct pw_walker *w, u64 start, u64 end)
{
	struct vm_area_struct *vma;
	int ret;

	w->budget = PW_SPANS_PER_LOCK;
	while (start < end) {
		vma = find_vma(w->mm, start);
		if (!vma || vma->vm_start >= end)
			return 0;
		start = max_t(u64, start, vma->vm_start);
		ret = walk_area(w, vma, start, min_t(u64, end, vma->vm_end));
		/* The last entry of an area may reach into the next one. */
		w->next = min_t(u64, w->next, vma->vm_end);
		if (ret == -EAGAIN) {
			/* A table kept changing: leave it out rather than hang. */
			start = w->next;
			continue;
		}
		if (ret)
			return ret;
		start = vma->vm_end;
		if (!--w->budget) {
			w->next = start;
			return PW_PAUSE;
		}
	}
	return 0;
}

int pw_walk(struct pw_walker *w, u64 start, u64 end)
{
	int ret;

	ret = mmap_read_lock_killable(w->mm);
	if (ret)
		return ret;
	ret = pw_walk_locked(w, start, end);
	mmap_read_unlock(w->mm);
	return ret;
}

int pw_walk_all(struct pw_walker *w, u64 start, u64 end)
{
	int ret;

	for (;;) {
		ret = pw_walk(w, start, end);
		if (ret != PW_PAUSE)
			return ret;
		start = w->next;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
}
