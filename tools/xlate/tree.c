// SPDX-License-Identifier: GPL-2.0-only
/* xlate tree: the radix tree, table pages and what they map. */
#include <stdlib.h>

#include "xlate.h"

enum {
	TREE,
	VA,
	SIZE,
	COUNT,
	STATE,
	TARGET,
	RIGHTS,
	FLAGS,
	ENTRY,
	NAME,
	LEVEL,
	INDEX,
	TABLE,
	ORDER,
	AREA
};

static const struct column columns[] = {
	[TREE] = { "TREE", COL_TREE, COL_DEFAULT, 0,
		   "table and index of the entry, or first-last" },
	[VA] = { "VA", COL_TEXT, COL_DEFAULT, 0, "first address that it translates" },
	[SIZE] = { "SIZE", COL_SIZE, 0, 0, "bytes that it translates" },
	[COUNT] = { "COUNT", COL_NUMBER, 0, 0, "entries" },
	[STATE] = { "STATE", COL_TEXT, COL_DEFAULT, 0, "what it says: table, present, swap, ..." },
	[TARGET] = { "TARGET", COL_TEXT, COL_DEFAULT | COL_RIGHT, 0,
		     "where it leads: physical address of the table or the (first) frame" },
	[RIGHTS] = { "RIGHTS", COL_TEXT, COL_DEFAULT, 0,
		     "rights that this and all levels above leave" },
	[FLAGS] = { "FLAGS", COL_TEXT, COL_DEFAULT, 0, "bits of the (first) entry by name" },
	[ENTRY] = { "ENTRY", COL_TEXT, COL_DEFAULT | COL_WIDE, 0,
		    "raw value of the (first) entry" },
	[NAME] = { "NAME", COL_TEXT, COL_DEFAULT | COL_CUT, 0,
		   "what is mapped there, without its folder" },
	[LEVEL] = { "LEVEL", COL_NUMBER, 0, 0, "level of the table that holds the entry" },
	[INDEX] = { "INDEX", COL_NUMBER, 0, 0, "index of the (first) entry" },
	[TABLE] = { "TABLE", COL_TEXT, COL_RIGHT, 0,
		    "physical address of the table that holds it" },
	[ORDER] = { "ORDER", COL_TEXT, 0, 0, "how the frames of a run follow each other" },
	[AREA] = { "AREA", COL_TEXT, 0, 0, "rights of the area, as in /proc/PID/maps" },
	{ 0 },
};

/* What the tables of each level are called (Intel SDM vol. 3A, 4.5). */
static const char *const table_names[] = { "?", "PT", "PD", "PDPT", "PML4", "PML5" };

/**
 * struct drawing - the tree under way
 * @s:	     process
 * @t:	     table of rows
 * @root:    row of the root
 * @node:    for each level the row of the last entry that points to a table, or NULL
 * @node_va: address that this entry translates
 * @table:   physical address of the table that the entries of @runs are in
 * @parent:  row above them
 * @level:   its level
 * @runs:    leaf entries of one table, joined
 * @out:     finished runs
 * @tops:    addresses of the top-level entries, for user mode's copies
 * @ntops:   how many
 */
struct drawing {
	struct source *s;
	struct table *t;
	struct libscols_line *root;
	struct libscols_line *node[X86_MAX_LEVEL + 1];
	u64 node_va[X86_MAX_LEVEL + 1];
	u64 table;
	struct libscols_line *parent;
	unsigned int level;
	struct runs runs;
	struct pagewalk_run out[2 * RADIX_ENTRIES];
	u64 tops[RADIX_ENTRIES];
	unsigned int ntops;
};

static void put_entry(struct drawing *d, struct libscols_line *row, unsigned int level, u64 va,
		      u64 table, u64 count, u64 entry, u8 rights, enum pagewalk_state state)
{
	unsigned int index = radix_index(va, level);
	char buf[128];

	if (count > 1)
		table_put(d->t, row, TREE, "%s[%u-%llu]", table_names[level], index,
			  index + count - 1);
	else
		table_put(d->t, row, TREE, "%s[%u]", table_names[level], index);
	table_put(d->t, row, VA, "0x%012llx", va);
	table_number(d->t, row, SIZE, count * radix_size(level));
	table_number(d->t, row, COUNT, count);
	table_put(d->t, row, STATE, "%s", x86_state_name(state));
	table_put(d->t, row, TARGET, "%s", target_name(&d->s->mmu, entry, level, state, buf));
	table_put(d->t, row, RIGHTS, "%s", x86_rights_name(rights, buf));
	x86_flags(&d->s->mmu, entry, level, state, buf, sizeof(buf));
	table_put(d->t, row, FLAGS, "%s", buf);
	table_put(d->t, row, ENTRY, "0x%016llx", entry);
	table_number(d->t, row, LEVEL, level);
	table_number(d->t, row, INDEX, index);
	table_put(d->t, row, TABLE, "0x%09llx", table);
}

/* Rows of the runs that are finished. */
static void put_runs(struct drawing *d)
{
	unsigned int i;
	char buf[8];

	for (i = 0; i < d->runs.count; i++) {
		const struct pagewalk_run *r = &d->out[i];
		struct libscols_line *row = table_row(d->t, d->parent);
		const struct area *a = maps_at(&d->s->maps, r->start);

		put_entry(d, row, r->level, r->start, d->table,
			  (r->end - r->start) / radix_size(r->level), r->entry, r->rights,
			  r->state);
		table_put(d->t, row, ORDER, "%s", order_name(r->order));
		table_put(d->t, row, AREA, "%s", vma_rights(r->vma, buf));
		if (a)
			table_put(d->t, row, NAME, "%s", area_name(a));
		table_colour(d->t, row, state_colour(r->state));
	}
	d->runs.count = 0;
}

static void flush(struct drawing *d)
{
	runs_flush(&d->runs);
	put_runs(d);
}

static int draw_chunk(void *ctx, const struct pagewalk_chunk *c, const u64 *entry)
{
	struct drawing *d = ctx;
	struct libscols_line *parent;
	unsigned int level = c->level, l;
	u8 rights;

	if (!level || level > d->s->mmu.levels)
		return -EPROTO;
	for (l = level + 1, parent = NULL; l <= d->s->mmu.levels && !parent; l++)
		parent = d->node[l];
	if (!parent)
		parent = d->root;

	if (x86_next(entry[0], level)) {
		/* Shown once for each area that it serves: one row is enough. */
		if (d->node[level] && d->node_va[level] == c->va)
			return 0;
		flush(d);
		d->node[level] = table_row(d->t, parent);
		d->node_va[level] = c->va;
		for (l = 1; l < level; l++)
			d->node[l] = NULL;
		/* With PTI the top-level entries of the second root are those that count. */
		rights = c->path;
		if (level < d->s->mmu.levels || !d->s->user_root)
			rights &= x86_rights(&d->s->mmu, entry[0]);
		put_entry(d, d->node[level], level, c->va, c->table, 1, entry[0], rights,
			  PAGEWALK_TABLE);
		table_colour(d->t, d->node[level], COLOUR_BLUE);
		if (level == d->s->mmu.levels && d->ntops < RADIX_ENTRIES)
			d->tops[d->ntops++] = c->va;
		return 0;
	}

	if (parent != d->parent || level != d->level)
		flush(d);
	d->parent = parent;
	d->level = level;
	d->table = c->table;
	if (d->runs.count >= RADIX_ENTRIES - 1)
		put_runs(d);
	{
		const struct area *a = maps_from(&d->s->maps, c->va);
		struct runs_area area = {
			.start = a ? a->start : c->va,
			.vma = c->vma,
			.path = c->path,
		};
		struct radix_span span = {
			.va = c->va,
			.table = c->table,
			.entry = entry,
			.level = level,
			.index = c->index,
			.count = c->count,
		};

		runs_add(&d->runs, &span, NULL, &area);
	}
	return 0;
}

static struct libscols_line *put_root(struct drawing *d, const char *name, u64 root)
{
	struct libscols_line *row = table_row(d->t, NULL);

	table_put(d->t, row, TREE, "%s", name);
	table_put(d->t, row, VA, "-");
	table_put(d->t, row, STATE, "root");
	table_put(d->t, row, TARGET, "0x%09llx", root);
	table_put(d->t, row, RIGHTS, "rwx");
	table_put(d->t, row, FLAGS, "-");
	table_put(d->t, row, ENTRY, "-");
	table_put(d->t, row, NAME, "%s", d->s->comm);
	table_colour(d->t, row, COLOUR_BOLD);
	return row;
}

/* With PTI user mode runs on a top-level table of its own, which decides execute rights. */
static void put_user_root(struct drawing *d)
{
	struct libscols_line *root = put_root(d, "CR3 user", d->s->user_root), *row;
	struct pagewalk_facts f;
	unsigned int i;

	for (i = 0; i < d->ntops; i++) {
		u64 entry;

		/* An address in an area, so that the walk is sure to be made. */
		const struct area *a = maps_from(&d->s->maps, d->tops[i]);

		if (!a || source_probe(d->s, max(a->start, d->tops[i]), &f) || !f.steps)
			continue;
		entry = f.step[0].user_entry;
		row = table_row(d->t, root);
		put_entry(d, row, f.step[0].level, d->tops[i], d->s->user_root, 1, entry,
			  x86_rights(&d->s->mmu, entry),
			  x86_state(&d->s->mmu, entry, f.step[0].level, 0));
		table_colour(d->t, row, COLOUR_BLUE);
	}
}

static int run(int argc, char **argv)
{
	struct range all = { 0, ~0ULL };
	struct drawing *d;
	struct source s;
	int ret;

	ret = source_open(&s, &argc, &argv);
	if (ret)
		return ret;
	if (argc) {
		source_close(&s);
		return fail(XLATE_USAGE, "usage: xlate tree PID", "%s: one word too many", argv[0]);
	}
	d = xalloc(calloc(1, sizeof(*d)));
	d->s = &s;
	d->t = table_new("tree", columns);
	if (!d->t) {
		ret = XLATE_USAGE;
		goto out;
	}
	runs_init(&d->runs, &s.mmu, false, d->out, ARRAY_SIZE(d->out));
	d->root = put_root(d, "CR3", s.root);
	ret = source_raw(&s, all, PAGEWALK_F_TABLES, draw_chunk, d);
	flush(d);
	if (s.user_root)
		put_user_root(d);
	if (!ret || d->ntops)
		table_end(d->t);
	else
		table_free(d->t);
	if (ret)
		ret = source_failed(&s, ret, d->ntops);
out:
	free(d);
	source_close(&s);
	return ret;
}

const struct command cmd_tree = {
	.name = "tree",
	.run = run,
	.args = "PID",
	.help = "the radix tree: table pages, and what they map",
	.text = "Draws the page table of a process from its root (CR3) down: each table with its\n"
		"index, its physical address and the raw entry that points to it; below, the pages,\n"
		"neighbours that say the same joined. PML4[0] is entry 0 of the level-4 table, PDPT\n"
		"level 3, PD level 2, PT level 1. Empty entries are left out. With page-table\n"
		"isolation (PTI) a second root shows user mode's copies of the top-level entries.\n",
	.columns = columns,
	.options = OPT_INPUT | OPT_TABLE,
};
