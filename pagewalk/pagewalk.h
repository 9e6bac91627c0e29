/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pagewalk: what its files share.
 *
 *	main.c		init and exit: the table of contents
 *	attach.c	/proc/pagewalk/attach and the life of the folders
 *	target.c	whose address space: from a pid to an mm
 *	mmu.c		this machine's entry format
 *	walk.c		the walk itself, and every locking rule
 *	facts.c		what struct page and the VMA tell
 *	raw.c		/proc/pagewalk/raw: the ioctls
 *	pages.c		pages of a folder
 *	tables.c	tables of a folder
 *	text.c		what these two have in common
 *	summary.c	summary of a folder
 *	explain.c	explain of a folder
 *
 * and the pure cores runs.c, verdict.c and x86_names.c, which know nothing of the kernel.
 */
#ifndef _PAGEWALK_PAGEWALK_H
#define _PAGEWALK_PAGEWALK_H

#include <linux/mm_types.h>
#include <linux/pid.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "../include/permitted.h"

#include "runs.h"
#include "verdict.h"

/* mmu.c */

extern struct pagewalk_mmu pw_mmu; /* filled by pw_mmu_init(), then constant */

void pw_mmu_init(void);

/* Physical addresses of @mm's top-level table and of user mode's copy (0 without PTI). */
u64 pw_root(struct mm_struct *mm);
u64 pw_user_root(struct mm_struct *mm);

/* target.c */

/**
 * pw_written_line() - the line that a permitted caller writes to a file
 * @file:  an open file of the module
 * @user:  what is written
 * @count: how much, in bytes
 * @line:  gets it, with a NUL behind
 * @size:  of @line, in bytes
 *
 * Return: 0, -EPERM, -EFAULT, or -EINVAL when it is empty, too long or holds a NUL.
 */
int pw_written_line(const struct file *file, const char __user *user, size_t count, char *line,
		    size_t size);

/**
 * pw_target_get() - a process, from a number that its user knows it by
 * @nr: process or thread id in the caller's pid namespace; 0 is the caller
 *
 * Return: its struct pid (a thread's own; put_pid() it) or ERR_PTR(-ESRCH).
 */
struct pid *pw_target_get(pid_t nr);

/**
 * pw_target_mm() - the address space of a process
 * @pid: of the process or of one of its threads
 *
 * Return: the mm with a reference on its users (mmput_async() it), ERR_PTR(-ESRCH) when
 * the process has exited, ERR_PTR(-EINVAL) for a kernel thread.
 */
struct mm_struct *pw_target_mm(struct pid *pid);

/* Name of the process, as in /proc/PID/comm; @comm has TASK_COMM_LEN bytes. */
void pw_target_comm(struct pid *pid, char *comm);

/* facts.c */

/* PAGEWALK_VMA_* of an area. The mmap lock is held. */
u32 pw_vma_bits(struct vm_area_struct *vma);

/**
 * pw_page_facts() - what struct page tells about the frame of an entry
 * @bits:  PAGEWALK_VMA_* of the area
 * @entry: raw value
 * @level: level of its table
 * @out:   gets the facts; none (0) for an entry that leads to no frame
 *
 * The lock of the table is held and @entry is what it holds, so the frame stays mapped.
 */
void pw_page_facts(u32 bits, u64 entry, unsigned int level, struct page_facts *out);

/* The same for @count neighbouring entries of a last-level table. */
void pw_table_facts(u32 bits, const u64 *entry, unsigned int count, struct page_facts *out);

/**
 * pw_probe() - all that can be known about one address
 * @mm:   the address space, with a reference on its users
 * @pid:  the process or thread, for its PKRU and stack limit
 * @addr: any address
 * @f:	  gets the facts
 *
 * Return: 0, -EINTR or -ENOMEM.
 */
int pw_probe(struct mm_struct *mm, struct pid *pid, u64 addr, struct pagewalk_facts *f);

/* walk.c */

/* Spans of the two lowest levels that are visited before the lock is given to others. */
#define PW_SPANS_PER_LOCK 16

/**
 * struct pw_walker - a walk through the tables of one address space
 * @radix:  the pure walker
 * @mm:	    the address space
 * @facts:  look at struct page? Then @page holds the facts of the span at hand
 * @span:   takes neighbouring entries that point to no table. Returns 0, or
 *	    PW_FULL after setting @next, or a negative errno
 * @table:  takes an entry that points to a table; may be NULL; returns likewise
 * @ctx:    for them
 * @bits:   PAGEWALK_VMA_* of the area at hand
 * @area:   what the entries of a span share
 * @next:   address to go on from
 * @budget: spans left until the lock is given to others
 * @buf:    a copied table for each level
 * @user_top: with PTI, the same part of user mode's top-level table as in @buf
 * @page:   facts of the entries of a span, by index in its table
 */
struct pw_walker {
	struct radix_walk radix;
	struct mm_struct *mm;
	bool facts;
	int (*span)(struct pw_walker *w, const struct radix_span *span);
	int (*table)(struct pw_walker *w, const struct radix_span *span);
	void *ctx;

	u32 bits;
	struct runs_area area;
	u64 next;
	unsigned int budget;

	u64 buf[X86_MAX_LEVEL][RADIX_ENTRIES];
	u64 user_top[RADIX_ENTRIES];
	struct page_facts page[RADIX_ENTRIES];
};

/* Where a span begins in the area at hand: its first entry may reach further down. */
static inline u64 pw_span_start(const struct pw_walker *w, const struct radix_span *span)
{
	return max(span->va, w->area.start);
}

#define PW_FULL	 2 /* the visitor has no room left */
#define PW_PAUSE 3 /* time to let others have the lock */

/* A walker for @mm, or NULL when there is no memory. @mm is only noted down. */
struct pw_walker *pw_walker_new(struct mm_struct *mm);
void pw_walker_free(struct pw_walker *w);

/**
 * pw_walk() - visit the entries of a range
 * @w:	   walker, its visitor set; its mm has a reference on its users
 * @start: first address, page-aligned
 * @end:   address after the last, page-aligned, at most TASK_SIZE_MAX
 *
 * Takes and drops the mmap lock; may sleep; must not be called with a user page fault or a
 * copy to user space possible under it. Only areas are walked: elsewhere tables may be
 * freed under the reader.
 *
 * Return: 0 when done, PW_FULL or PW_PAUSE to be called again from w->next, -EINTR when
 * the caller got a fatal signal, or what the visitor returned.
 */
int pw_walk(struct pw_walker *w, u64 start, u64 end);

/* The same for a caller that holds the mmap lock for reading. */
int pw_walk_locked(struct pw_walker *w, u64 start, u64 end);

/**
 * pw_walk_all() - pw_walk() that goes on after each pause
 * @w:	   walker
 * @start: first address
 * @end:   address after the last
 *
 * Return: as pw_walk(), but never PW_PAUSE.
 */
int pw_walk_all(struct pw_walker *w, u64 start, u64 end);

/* raw.c, text.c, pages.c, tables.c, summary.c, explain.c, attach.c */

extern const struct proc_ops pw_raw_ops;
extern const struct proc_ops pw_pages_ops;
extern const struct proc_ops pw_tables_ops;
extern const struct proc_ops pw_summary_ops;
extern const struct proc_ops pw_explain_ops;

/* The second header line of each text: whom it is about. */
void pw_show_target(struct seq_file *m, struct pid *pid, struct mm_struct *mm);

int pw_attach_init(struct proc_dir_entry *root);
void pw_attach_exit(void);

#endif /* _PAGEWALK_PAGEWALK_H */
