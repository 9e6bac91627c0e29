/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tables and mappings have in common: both are seq_files whose position is an I/O
 * address (and, for tables, a level), so a reader may stop, seek and go on while the tables
 * change, and memory does not grow with them. Records are gathered in batches and checked
 * (ip_walk_valid()) before any is printed; many are printed at a time.
 */
#ifndef _IOMMU_PROBE_TEXT_H
#define _IOMMU_PROBE_TEXT_H

#include <linux/string.h>

#include "iommu_probe.h"

/* Bytes that a reader gets at a time; longest line. */
#define IP_TEXT_BYTES 65536
#define IP_TEXT_LINE  320

/**
 * struct ip_text - an open file
 * @walk:  the walk
 * @batch: records
 * @count: how many
 * @at:	   the one to be shown next
 * @range: of the tree's ranges of addresses, which one @next is in
 * @last:  last address of that
 * @next:  address to go on from
 * @done:  nothing is left behind the batch
 * @fill:  gathers some records or none in @batch from @next on, sets @count, and moves
 *	   @next on or goes to the next range; returns 0 or a negative errno
 * @raced: puts one record into the empty @batch: that all from @first on is not known
 * @maps:  mappings: see mappings.c
 * @tables: tables: see tables.c
 */
struct ip_text {
	struct ip_walk walk;
	void *batch;
	unsigned int count;
	unsigned int at;
	unsigned int range;
	u64 last;
	u64 next;
	bool done;
	int (*fill)(struct ip_text *t);
	void (*raced)(struct ip_text *t, u64 first);
	union {
		struct {
			struct iop_mappings build;
			u64 from;
			struct ip_kind_cache cache;
			u8 kinds[RADIX_ENTRIES];
		} maps;
		struct {
			loff_t shown;
		} tables;
	};
};

/**
 * ip_text_open() - open a text about the requester ID that the file belongs to
 * @inode: of the file
 * @file:  being opened
 * @batch: size of the room for a batch, in bytes
 * @ops:   of the seq_file; its private data is a struct ip_text
 *
 * Return: the text, or ERR_PTR(-EPERM) or ERR_PTR(-ENOMEM).
 */
struct ip_text *ip_text_open(struct inode *inode, struct file *file, size_t batch,
			     const struct seq_operations *ops);
int ip_text_release(struct inode *inode, struct file *file);

/* seq_operations.stop: nothing is held between two records. */
void ip_text_stop(struct seq_file *m, void *v);

/* Goes on at @iova: in the range that holds it, or behind. */
void ip_text_seek(struct ip_text *t, u64 iova);

/* Goes on behind the last address of the range at hand. */
void ip_text_next_range(struct ip_text *t);

/* Gathers the next batch; at the end it stays empty. 0 or a negative errno. */
int ip_text_refill(struct ip_text *t);

/* The first lines: version, columns, and what the tables say about the requester ID. */
void ip_text_head(struct seq_file *m, const char *name, const char *columns);

/*
 * Each of these puts something to @p and returns what is behind. A line of hexadecimal
 * numbers is ten times as fast so as with printf, and files may have very many lines.
 */

/* Eight digits at once: each nibble in a byte of its own, then all of them to ASCII. */
static __always_inline void ip_put_hex8(char *p, u32 value)
{
	u64 x = value, letters;
	__be64 ascii;

	x = (x | x << 16) & 0x0000ffff0000ffffULL;
	x = (x | x << 8) & 0x00ff00ff00ff00ffULL;
	x = (x | x << 4) & 0x0f0f0f0f0f0f0f0fULL;
	letters = ((x + 0x0606060606060606ULL) >> 4) & 0x0101010101010101ULL;
	ascii = cpu_to_be64(x + 0x3030303030303030ULL + letters * ('a' - '9' - 1));
	memcpy(p, &ascii, sizeof(ascii));
}

/* "0x0123456789abcdef" */
static __always_inline char *ip_put_hex(char *p, u64 value)
{
	memcpy(p, "0x", 2);
	p += 2;
	ip_put_hex8(p, value >> 32);
	ip_put_hex8(p + 8, value);
	return p + 16;
}

static __always_inline char *ip_put_str(char *p, const char *s)
{
	while (*s)
		*p++ = *s++;
	return p;
}

char *ip_put_dec(char *p, u64 value);

#endif /* _IOMMU_PROBE_TEXT_H */
