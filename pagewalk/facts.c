// SPDX-License-Identifier: GPL-2.0-only
/* What struct page and the VMA tell. */
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/ksm.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pgtable.h>
#include <linux/pkeys.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/userfaultfd_k.h>

#include "compat.h"
#include "pagewalk.h"

u32 pw_vma_bits(struct vm_area_struct *vma)
{
	static const struct {
		unsigned long vm;
		u32 bit;
	} map[] = {
		{ VM_READ, PAGEWALK_VMA_READ },
		{ VM_WRITE, PAGEWALK_VMA_WRITE },
		{ VM_EXEC, PAGEWALK_VMA_EXEC },
		{ VM_MAYSHARE, PAGEWALK_VMA_SHARED }, /* as /proc/PID/maps */
		{ VM_MAYWRITE, PAGEWALK_VMA_MAYWRITE },
		{ VM_HUGETLB, PAGEWALK_VMA_HUGETLB },
		{ VM_PFNMAP, PAGEWALK_VMA_PFNMAP },
		{ VM_MIXEDMAP, PAGEWALK_VMA_MIXEDMAP },
		{ VM_IO, PAGEWALK_VMA_IO },
		{ VM_GROWSDOWN, PAGEWALK_VMA_GROWSDOWN },
		{ VM_UFFD_MISSING, PAGEWALK_VMA_UFFD_MISSING },
		{ VM_UFFD_WP, PAGEWALK_VMA_UFFD_WP },
		{ VM_UFFD_MINOR, PAGEWALK_VMA_UFFD_MINOR },
		{ VM_SOFTDIRTY, PAGEWALK_VMA_SOFTDIRTY },
		{ VM_LOCKED, PAGEWALK_VMA_LOCKED },
		{ VM_SHADOW_STACK, PAGEWALK_VMA_SHSTK },
	};
	u32 bits = PAGEWALK_VMA_PRESENT;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(map); i++)
		if (vma->vm_flags & map[i].vm)
			bits |= map[i].bit;
	if (vma_is_anonymous(vma))
		bits |= PAGEWALK_VMA_ANON;
	if (vma->vm_file && S_ISREG(file_inode(vma->vm_file)->i_mode)) {
		bits |= PAGEWALK_VMA_FILE;
		if (file_inode(vma->vm_file)->i_sb->s_magic == TMPFS_MAGIC)
			bits |= PAGEWALK_VMA_SHMEM;
	}
	return bits;
}

/* Does the entry map a page, as opposed to naming one that is being migrated and the like? */
static bool maps_page(u64 entry)
{
	return entry & (X86_P | X86_PROTNONE);
}

/* Would the kernel copy the page on a write, as far as VMA and entry tell? */
static bool cow_pending(u32 bits, u64 entry, u32 facts)
{
	return (bits & (PAGEWALK_VMA_WRITE | PAGEWALK_VMA_SHARED)) == PAGEWALK_VMA_WRITE &&
	       maps_page(entry) && !(entry & X86_RW) && !(facts & PAGEWALK_PG_EXCLUSIVE);
}

/* Sets how often the pages of a frame are mapped; those of a huge page may differ. */
static __always_inline void count_maps(struct folio *folio, struct page *page, unsigned int level,
				       struct page_facts *out)
{
	unsigned long i, pages = 1UL << (RADIX_INDEX_BITS * (level - 1));
	u32 maps = pw_page_mapcount(folio, page);

	out->maps_min = maps;
	out->maps_max = maps;
	if (level == 1 || folio_test_hugetlb(folio) || pw_mapped_alike(folio))
		return;
	for (i = 1; i < pages; i++) {
		maps = pw_page_mapcount(folio, page + i);
		out->maps_min = min(out->maps_min, maps);
		out->maps_max = max(out->maps_max, maps);
	}
}

static __always_inline void frame_facts(u32 bits, u64 entry, unsigned int level, struct page *page,
					struct page_facts *out)
{
	struct folio *folio = page_folio(page);
	u32 facts = PAGEWALK_PG_VALID;

	if (folio_test_large(folio)) {
		facts |= PAGEWALK_PG_LARGE;
		if (folio_test_hugetlb(folio))
			facts |= PAGEWALK_PG_HUGETLB;
	}

	if (folio_test_anon(folio)) {
		facts |= PAGEWALK_PG_ANON;
		if (folio_test_ksm(folio))
			facts |= PAGEWALK_PG_KSM;
		else if (PageAnonExclusive(page))
			facts |= PAGEWALK_PG_EXCLUSIVE;
	} else if (level > 1 && maps_page(entry) && (bits & PAGEWALK_VMA_ANON) && !folio->mapping) {
		/* The huge zero page's own symbol is not exported; nothing else is like this. */
		out->facts = facts | PAGEWALK_PG_HUGE_ZERO;
		if (cow_pending(bits, entry, facts))
			out->facts |= PAGEWALK_PG_COW;
		return;
	} else if (folio_test_swapbacked(folio)) {
		facts |= PAGEWALK_PG_SHMEM;
	} else {
		facts |= PAGEWALK_PG_FILE;
	}

	count_maps(folio, page, level, out);
	if (out->maps_max == 1)
		facts |= PAGEWALK_PG_ONCE;
	if (cow_pending(bits, entry, facts))
		facts |= PAGEWALK_PG_COW;
	out->facts = facts;
}

void pw_page_facts(u32 bits, u64 entry, unsigned int level, struct page_facts *out)
{
	enum pagewalk_state state = x86_state(&pw_mmu, entry, level, bits);
	unsigned long pfn;

	out->facts = 0;
	out->maps_min = 0;
	out->maps_max = 0;

	if (x86_maps_frame(state)) {
		bool special = level == 1 ? entry & X86_SPECIAL :
					    bits & (PAGEWALK_VMA_PFNMAP | PAGEWALK_VMA_IO);

		pfn = x86_frame(&pw_mmu, entry, level) >> PAGE_SHIFT;
		if (special && level == 1 && is_zero_pfn(pfn)) {
			out->facts = PAGEWALK_PG_VALID | PAGEWALK_PG_ZERO;
			if (cow_pending(bits, entry, 0))
				out->facts |= PAGEWALK_PG_COW;
			return;
		}
		/* As vm_normal_page(): such frames have no struct page to be looked at. */
		if (special || (entry & pw_mmu.devmap_mask) || !pfn_valid(pfn)) {
			out->facts = PAGEWALK_PG_VALID | PAGEWALK_PG_NOPAGE;
			return;
		}
	} else if (x86_swp_has_pfn(state)) {
		pfn = x86_target(&pw_mmu, entry, level, state);
		if (!pfn_valid(pfn))
			return;
	} else {
		return;
	}
	frame_facts(bits, entry, level, pfn_to_page(pfn), out);
}

void pw_table_facts(u32 bits, const u64 *entry, unsigned int count, struct page_facts *out)
{
	const u64 odd = X86_SPECIAL | pw_mmu.devmap_mask;
	unsigned long pfn, valid = ~0UL;

	for (; count; count--, entry++, out++) {
		/* The common case by a short way: an ordinary page, near the last one. */
		if ((*entry & (X86_P | odd)) == X86_P) {
			pfn = (*entry & pw_mmu.phys_mask) >> PAGE_SHIFT;
			if (!((pfn ^ valid) / PAGES_PER_SUBSECTION) || pfn_valid(pfn)) {
				valid = pfn;
				frame_facts(bits, *entry, 1, pfn_to_page(pfn), out);
				continue;
			}
		}
		pw_page_facts(bits, *entry, 1, out);
	}
}

/* The probe's visitor: notes each level down. */
static void note_step(struct pw_walker *w, const struct radix_span *span)
{
	struct pagewalk_facts *f = w->ctx;
	struct pagewalk_step *s = &f->step[f->steps++];

	s->table = span->table;
	s->entry = span->entry[0];
	s->user_entry = s->entry;
	if (span->level == w->radix.top && (pw_mmu.flags & PAGEWALK_MMU_PTI))
		s->user_entry = w->user_top[span->index];
	s->index = span->index;
	s->level = span->level;
	s->state = x86_state(&pw_mmu, s->entry, span->level, w->bits);
}

static int probe_table(struct pw_walker *w, const struct radix_span *span)
{
	note_step(w, span);
	return 0;
}

static int probe_span(struct pw_walker *w, const struct radix_span *span)
{
	struct pagewalk_facts *f = w->ctx;

	note_step(w, span);
	f->page = w->page[span->index].facts;
	f->maps = w->page[span->index].maps_min;
	return 0;
}

/* The file behind the address, and where in it the page lies. */
static void probe_file(struct vm_area_struct *vma, u64 page, struct pagewalk_facts *f)
{
	u64 size;

	if (vma->vm_ops && !vma->vm_ops->fault)
		f->flags |= PAGEWALK_FACT_NO_FAULT;
	if (!(f->vma & PAGEWALK_VMA_FILE) || vma_is_anonymous(vma))
		return;
	f->file_off = page - vma->vm_start + ((u64)vma->vm_pgoff << PAGE_SHIFT);
	f->file_size = i_size_read(file_inode(vma->vm_file));
	size = is_vm_hugetlb_page(vma) ? huge_page_size(hstate_vma(vma)) : PAGE_SIZE;
	if (f->file_off >= round_up(f->file_size, size))
		f->flags |= PAGEWALK_FACT_EOF;
}

/* The area at the address or, where there is none, the stack that might grow to it. */
static void probe_area(struct mm_struct *mm, u64 page, struct pagewalk_facts *f)
{
	MA_STATE(mas, &mm->mm_mt, page, page);
	struct vm_area_struct *vma = find_vma(mm, page), *prev;

	mas_walk(&mas);
	prev = mas_prev(&mas, 0);
	if (prev && prev->vm_end <= page) {
		f->prev_end = prev->vm_end;
		f->prev_vma = pw_vma_bits(prev);
	}
	if (!vma)
		return;
	if (vma->vm_start > page) {
		if (!(vma->vm_flags & VM_GROWSDOWN))
			return;
		f->flags |= PAGEWALK_FACT_STACK;
	}
	f->vma = pw_vma_bits(vma);
	f->vm_start = vma->vm_start;
	f->vm_end = vma->vm_end;
	f->pkey = vma_pkey(vma);
	if (f->flags & PAGEWALK_FACT_STACK)
		f->vma &= ~PAGEWALK_VMA_PRESENT;
	else
		probe_file(vma, page, f);
}

static void probe_task(struct pid *pid, struct pagewalk_facts *f)
{
	struct task_struct *task = get_pid_task(pid, PIDTYPE_PID);

	if (!task)
		return;
	f->stack_limit = task_rlimit(task, RLIMIT_STACK);
	if (pw_mmu.flags & PAGEWALK_MMU_PKU) {
		f->pkru = task == current ? rdpkru() : READ_ONCE(task->thread.pkru);
		f->flags |= PAGEWALK_FACT_PKRU;
	}
	put_task_struct(task);
}

int pw_probe(struct mm_struct *mm, struct pid *pid, u64 addr, struct pagewalk_facts *f)
{
	struct pw_walker *w = pw_walker_new(mm);
	u64 page;
	int ret;

	if (!w)
		return -ENOMEM;
	memset(f, 0, sizeof(*f));
	f->addr = addr;
	f->mmu = pw_mmu;
	f->task_size = TASK_SIZE_MAX;
	f->root = pw_root(mm);
	f->user_root = pw_user_root(mm);
	probe_task(pid, f);

	ret = mmap_read_lock_killable(mm);
	if (ret)
		goto out;
	/* LAM ignores tags of user addresses only. */
	f->untagged = addr >> 63 ? addr : untagged_addr_remote(mm, (unsigned long)addr);
	page = f->untagged & PAGE_MASK;
	if (page < TASK_SIZE_MAX)
		probe_area(mm, page, f);
	if (f->vma & PAGEWALK_VMA_PRESENT) {
		w->facts = true;
		w->span = probe_span;
		w->table = probe_table;
		w->ctx = f;
		ret = pw_walk_locked(w, page, page + PAGE_SIZE);
		if (ret == PW_PAUSE)
			ret = 0;
		if (!f->steps || f->step[f->steps - 1].state == PAGEWALK_TABLE)
			f->flags |= PAGEWALK_FACT_RACED;
	}
	mmap_read_unlock(mm);
out:
	pw_walker_free(w);
	return ret;
}
