/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites of the page-table formats share: one row says all there is to say about
 * an entry, and a walk through a tree is compared with looking up each address by itself.
 */
#ifndef _KUNIT_IOPT_H
#define _KUNIT_IOPT_H

#include "iommu.h"

/**
 * struct entry_row - an entry and what it means
 * @level:  of its table
 * @entry:  raw value
 * @next:   level of the table that it points to, or 0
 * @leaf:   it maps a page
 * @bad:    reserved bits that are set
 * @phys:   of the page
 * @bytes:  of the page
 * @rights: that it leaves
 * @flags:  in words
 */
struct entry_row {
	u8 level;
	u64 entry;
	u8 next;
	bool leaf;
	u64 bad;
	u64 phys;
	u64 bytes;
	u8 rights;
	const char *flags;
};

static inline void expect_entries(struct kunit *test, const struct iopt *t,
				  const struct entry_row *row, unsigned int count)
{
	unsigned int i;
	char buf[96];

	for (i = 0; i < count; i++, row++) {
		u64 bad = iopt_present(t->format, row->entry) ?
				  iopt_reserved(t, row->entry, row->level) :
				  0;

		KUNIT_EXPECT_EQ_MSG(test, iopt_next(t->format, row->entry, row->level), row->next,
				    "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, iopt_leaf(t, row->entry, row->level), row->leaf, "row %u",
				    i + 1);
		KUNIT_EXPECT_EQ_MSG(test, bad, row->bad, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, iopt_rights(t->format, row->entry), row->rights, "row %u",
				    i + 1);
		KUNIT_EXPECT_EQ_MSG(test, iopt_flags(t, row->entry, row->level, buf, sizeof(buf)),
				    strlen(row->flags), "row %u", i + 1);
		KUNIT_EXPECT_STREQ_MSG(test, buf, row->flags, "row %u", i + 1);
		if (!row->leaf)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, iopt_phys(t, row->entry, row->level), row->phys, "row %u",
				    i + 1);
		KUNIT_EXPECT_EQ_MSG(test, iopt_page_bytes(t->format, row->entry, row->level),
				    row->bytes, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, iopt_target(t, row->entry, row->level, 0xabcdef12345ULL),
				    row->phys + (0xabcdef12345ULL & (row->bytes - 1)), "row %u",
				    i + 1);
	}
}

/**
 * struct tree - a tree in a memory, and a walk through it
 * @mem:    the memory
 * @t:	    the tree
 * @root:   of it
 * @w:	    the walk
 * @buf:    its scratch
 * @leaves: found
 * @tables: seen
 * @next:   where the next span has to begin
 * @begun:  there was one
 */
struct tree {
	struct fake *mem;
	struct iopt t;
	u64 root;
	struct radix_walk w;
	u64 buf[RADIX_MAX_LEVELS][RADIX_ENTRIES];
	unsigned int leaves;
	unsigned int tables;
	u64 next;
	bool begun;
};

static inline struct tree *tree_new(struct kunit *test, enum iopt_format format,
				    unsigned int levels, unsigned int phys_bits, u8 features)
{
	struct tree *tree = kunit_kzalloc(test, sizeof(*tree), GFP_KERNEL);
	unsigned int level;

	KUNIT_ASSERT_NOT_NULL(test, tree);
	tree->mem = fake_new(test);
	iopt_init(&tree->t, format, levels, phys_bits, 0, features);
	tree->root = fake_page(tree->mem);
	tree->w.ctx = tree;
	for (level = 1; level <= RADIX_MAX_LEVELS; level++)
		tree->w.buf[level] = tree->buf[level - 1];
	return tree;
}

static inline int tree_read(struct radix_walk *w, unsigned int level, u64 table, unsigned int index,
			    unsigned int count)
{
	struct tree *tree = w->ctx;
	unsigned int i;
	int ret = 0;

	for (i = index; i < index + count && !ret; i++)
		ret = fake_read(tree->mem, table + i * sizeof(u64), &w->buf[level][i], sizeof(u64));
	return ret;
}

/*
 * One address by itself, one level after the other. Returns its entry, with the level and
 * what the way leaves of its rights; 0 where the way ends in a table that is not looked at.
 */
static inline u64 tree_lookup(struct tree *tree, u64 iova, unsigned int *level, u8 *rights)
{
	unsigned int format = tree->t.format, next;
	u64 table = tree->root, entry;

	*level = tree->t.levels;
	*rights = IOPT_RWX;
	for (;; *level = next) {
		entry = *fake_at(tree->mem, table + radix_index(iova, *level) * sizeof(u64));
		next = iopt_next(format, entry, *level);
		if (!next)
			return entry;
		*rights &= iopt_reserved(&tree->t, entry, *level) ? 0 : iopt_rights(format, entry);
		table = entry & tree->t.addr_mask;
		/* Levels that are skipped: only address bits 0 lead on. */
		if (iova & (radix_size(*level) - 1) & ~(radix_size(next + 1) - 1))
			return 0;
	}
}

static inline int tree_span(struct radix_walk *w, const struct radix_span *span)
{
	struct tree *tree = w->ctx;
	struct kunit *test = tree->mem->test;
	u64 size = radix_size(span->level), iova = span->va;
	u8 path = iopt_path_rights(&tree->t, w, span->level), rights;
	unsigned int i, level;

	KUNIT_EXPECT_TRUE(test, !tree->begun || iova >= tree->next);
	for (i = 0; i < span->count; i++, iova += size) {
		KUNIT_EXPECT_EQ(test, span->entry[i], tree_lookup(tree, iova, &level, &rights));
		KUNIT_EXPECT_EQ(test, span->level, level);
		KUNIT_EXPECT_EQ(test, path, rights);
		tree->leaves += iopt_leaf(&tree->t, span->entry[i], span->level);
	}
	tree->next = iova;
	tree->begun = true;
	return 0;
}

static inline int tree_table(struct radix_walk *w, const struct radix_span *span)
{
	struct tree *tree = w->ctx;

	tree->tables++;
	return 0;
}

static const struct radix_ops tree_ops = {
	.read = tree_read,
	.span = tree_span,
	.table = tree_table,
};

/* All of the tree's ranges; returns how the last walk ended. */
static inline int tree_walk(struct tree *tree)
{
	u64 first, last;
	unsigned int n;
	int ret = 0;

	tree->leaves = 0;
	tree->tables = 1;
	tree->begun = false;
	for (n = 0; !ret && iopt_range(&tree->t, n, &first, &last); n++)
		ret = iopt_walk(&tree->w, &tree->t, &tree_ops, tree->root, first, last);
	return ret;
}

#endif /* _KUNIT_IOPT_H */
