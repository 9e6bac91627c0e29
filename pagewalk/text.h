/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What pages and tables have in common: both are seq_files whose position is an address
 * (and, for tables, a level), so a reader may stop, seek and go on while the process
 * changes. Records are gathered in batches under the mmap lock and printed without it.
 */
#ifndef _PAGEWALK_TEXT_H
#define _PAGEWALK_TEXT_H

#include "pagewalk.h"

/**
 * struct text - an open file
 * @pid:     whom it is about
 * @mm:      its address space when the file was opened, if only the struct
 * @walker:  the walk
 * @runs:    builder of runs
 * @batch:   records: struct pagewalk_run (pages) or struct table_row (tables)
 * @count:   how many
 * @at:	     the one to be shown next
 * @next:    address to go on from
 * @done:    nothing is left behind the batch
 * @seen:    tables: for each level, the entry shown last, by address
 * @from_level: tables: at @next, levels above this one have been shown
 */
struct text {
	struct pid *pid;
	struct mm_struct *mm;
	struct pw_walker *walker;
	struct runs runs;
	void *batch;
	unsigned int count;
	unsigned int at;
	u64 next;
	bool done;
	u64 seen[X86_MAX_LEVEL + 1];
	unsigned int from_level;
};

/**
 * text_open() - open a text about the process that the file belongs to
 * @inode: of the file
 * @file:  being opened
 * @batch: size of the room for a batch, in bytes
 * @ops:   of the seq_file; its private data is a struct text
 *
 * Return: 0, -EPERM, -ENOMEM, -ESRCH or -EINVAL.
 */
int text_open(struct inode *inode, struct file *file, size_t batch,
	      const struct seq_operations *ops);
int text_release(struct inode *inode, struct file *file);

/* seq_operations.stop: nothing is held between two records. */
void text_stop(struct seq_file *m, void *v);

/**
 * text_refill() - gather the next batch
 * @t:	  open file
 * @fill: gathers some records or none, or sets @t->done; returns 0 or a negative errno
 *
 * Once the process has gone there is nothing more: the reader sees the end.
 *
 * Return: 0, also at the end (then @t->count is 0), or a negative errno.
 */
int text_refill(struct text *t, int (*fill)(struct text *t));

/* " 0x..." (address), " swap:TYPE:OFFSET", " pfn:N" or " -": where an entry leads. */
void text_show_target(struct seq_file *m, u64 entry, unsigned int level, enum pagewalk_state state);

/* " ENTRY FLAGS" and the newline. */
void text_show_flags(struct seq_file *m, u64 entry, unsigned int level, enum pagewalk_state state);

/* Name of an enum pagewalk_order. */
const char *text_order_name(u8 order);

#endif /* _PAGEWALK_TEXT_H */
