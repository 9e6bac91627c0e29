// SPDX-License-Identifier: GPL-2.0-only
/* Pure core: neighbouring leaves that say the same become one mapping. */
#include "mapping.h"

void iop_mappings_init(struct iop_mappings *m, const struct iopt *t, struct iop_mapping *out,
		       unsigned int max)
{
	memset(m, 0, sizeof(*m));
	m->t = t;
	m->out = out;
	m->max = max;
}

int iop_mappings_flush(struct iop_mappings *m)
{
	if (m->cur.leaves) {
		if (m->count == m->max)
			return 1;
		m->out[m->count++] = m->cur;
	}
	m->cur.leaves = 0;
	return 0;
}

/* Opens a mapping with one leaf. */
static void mapping_open(struct iop_mappings *m, const struct radix_span *span, unsigned int i,
			 const u8 *kind, u8 path)
{
	struct iop_mapping *cur = &m->cur;
	u64 size = radix_size(span->level);

	cur->iova = span->va + i * size;
	cur->end = cur->iova + size;
	cur->entry = span->entry[i];
	cur->phys = iopt_target(m->t, cur->entry, span->level, cur->iova);
	cur->page = iopt_page_bytes(m->t->format, cur->entry, span->level);
	cur->leaves = 1;
	cur->level = span->level;
	cur->rights = path & iopt_rights(m->t->format, cur->entry);
	cur->kind = kind ? kind[i] : 0;

	m->path = path;
	m->expect = cur->entry + size;
}

/*
 * How many of the @count entries at @entry go on with the mapping under way: each has the
 * bits of the one before, and its address plus the size of a page.
 */
static __always_inline unsigned int mapping_match(const struct iop_mappings *m, const u64 *entry,
						  unsigned int count)
{
	u64 expect = m->expect, size = radix_size(m->cur.level);
	unsigned int i = 0;

	for (; count - i >= 4; i += 4, expect += 4 * size)
		if (entry[i] != expect || entry[i + 1] != expect + size ||
		    entry[i + 2] != expect + 2 * size || entry[i + 3] != expect + 3 * size)
			break;
	for (; i < count && entry[i] == expect; i++)
		expect += size;
	/* An address that overflows would change the bits above it. */
	while (unlikely(i && ((entry[i - 1] ^ m->cur.entry) & ~m->t->addr_mask)))
		i--;
	return i;
}

/* How many of the @count bytes at @kind are @like before one is not: eight at a time. */
static __always_inline unsigned int kinds_alike(const u8 *kind, unsigned int count, u8 like)
{
	u64 word, all = like * 0x0101010101010101ULL;
	unsigned int i = 0;

	for (; count - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, kind + i, sizeof(word));
		if (word != all)
			break;
	}
	while (i < count && kind[i] == like)
		i++;
	return i;
}

/* mapping_match() for pages that are repeated in neighbouring entries (AMD's next level 7). */
static unsigned int mapping_match_sized(const struct iop_mappings *m, const u64 *entry,
					unsigned int count)
{
	const struct iop_mapping *cur = &m->cur;
	u64 size = radix_size(cur->level), at = cur->end;
	unsigned int i;

	for (i = 0; i < count; i++, at += size)
		if (((entry[i] ^ cur->entry) & ~m->t->addr_mask) ||
		    iopt_page_bytes(m->t->format, entry[i], cur->level) != cur->page ||
		    iopt_target(m->t, entry[i], cur->level, at) != cur->phys + (at - cur->iova))
			break;
	return i;
}

int iop_mappings_add(struct iop_mappings *m, const struct radix_span *span, const u8 *kind, u8 path)
{
	struct iop_mapping *cur = &m->cur;
	u64 size = radix_size(span->level);
	unsigned int i = 0, n;
	bool goes_on;

	/* May the first entry go on with the mapping under way? Each later one may. */
	goes_on = cur->leaves && cur->end == span->va && cur->level == span->level &&
		  m->path == path;

	for (;;) {
		if (goes_on) {
			if (likely(cur->page == size))
				n = mapping_match(m, span->entry + i, span->count - i);
			else
				n = mapping_match_sized(m, span->entry + i, span->count - i);
			if (kind)
				n = kinds_alike(kind + i, n, cur->kind);
			cur->end += n * size;
			cur->leaves += n;
			m->expect += n * size;
			i += n;
		}
		while (i < span->count && !span->entry[i])
			i++;
		if (i == span->count)
			return 0;
		goes_on = iopt_leaf(m->t, span->entry[i], span->level);
		if (goes_on) {
			if (iop_mappings_flush(m))
				return 1;
			mapping_open(m, span, i, kind, path);
		}
		i++;
	}
}
