// SPDX-License-Identifier: GPL-2.0-only
/* xlate pages: what is behind each page. */
#include <stdlib.h>

#include "xlate.h"

enum {
	START,
	END,
	PAGES,
	SIZE,
	BYTES,
	STATE,
	KIND,
	FACTS,
	MAPS,
	RIGHTS,
	AREA,
	ORDER,
	TARGET,
	FLAGS,
	ENTRY,
	PKEY,
	NAME,
	PATH,
	LEVEL,
	INDEX,
	TABLE
};

static const struct column columns[] = {
	[START] = { "START", COL_TEXT, COL_DEFAULT, 14, "first address" },
	[END] = { "END", COL_TEXT, COL_DEFAULT | COL_WIDE, 14, "address after the last" },
	[PAGES] = { "PAGES", COL_NUMBER, COL_DEFAULT, 0, "pages, of SIZE each" },
	[SIZE] = { "SIZE", COL_TEXT, COL_DEFAULT | COL_RIGHT, 4, "size of a page: 4K, 2M or 1G" },
	[BYTES] = { "BYTES", COL_SIZE, 0, 0, "bytes of all of them" },
	[STATE] = { "STATE", COL_TEXT, COL_DEFAULT, 9,
		    "present, protnone, swap, migration, guard, ..." },
	[KIND] = { "KIND", COL_TEXT, COL_DEFAULT, 0,
		   "anon, file, shmem, ksm, zero, huge-zero, pfnmap" },
	[FACTS] = { "FACTS", COL_TEXT, 0, 0,
		    "once (mapped nowhere else), exclusive, cow (a write copies it), large, hugetlb" },
	[MAPS] = { "MAPS", COL_TEXT, COL_DEFAULT | COL_RIGHT, 0,
		   "how many times each page is mapped, system-wide: least-most" },
	[RIGHTS] = { "RIGHTS", COL_TEXT, COL_DEFAULT, 0,
		     "rights that the hardware grants, over all levels" },
	[AREA] = { "AREA", COL_TEXT, COL_DEFAULT, 0, "rights of the area, as in /proc/PID/maps" },
	[ORDER] = { "ORDER", COL_TEXT, 0, 0,
		    "how the frames follow each other: single, asc, desc, scattered" },
	[TARGET] = { "TARGET", COL_TEXT, COL_DEFAULT | COL_RIGHT, 11,
		     "physical address of the first frame, swap:TYPE:OFFSET, or pfn:NUMBER" },
	[FLAGS] = { "FLAGS", COL_TEXT, COL_DEFAULT, 32, "bits of the entry by name" },
	[ENTRY] = { "ENTRY", COL_TEXT, 0, 18, "raw value of the first entry" },
	[PKEY] = { "PKEY", COL_NUMBER, 0, 0, "protection key of the area" },
	[NAME] = { "NAME", COL_TEXT, COL_DEFAULT | COL_CUT, 0,
		   "what is mapped there, without its folder" },
	[PATH] = { "PATH", COL_TEXT, 0, 0, "the same with its folder" },
	[LEVEL] = { "LEVEL", COL_NUMBER, 0, 0, "level of the table that holds the entry" },
	[INDEX] = { "INDEX", COL_NUMBER, 0, 0, "index of the entry (--raw)" },
	[TABLE] = { "TABLE", COL_TEXT, COL_RIGHT, 11, "physical address of its table (--raw)" },
	{ 0 },
};

/**
 * struct listing - the list under way
 * @s:	   process
 * @t:	   its table
 * @holes: empty entries, too?
 */
struct listing {
	struct source *s;
	struct table *t;
	bool holes;
};

static void put_name(struct listing *l, struct libscols_line *row, u64 va)
{
	const struct area *a = maps_at(&l->s->maps, va);

	if (a && *a->path) {
		table_put(l->t, row, NAME, "%s", area_name(a));
		table_put(l->t, row, PATH, "%s", a->path);
	}
}

/* What a run and a single entry have in common. */
static struct libscols_line *put_entry(struct listing *l, u64 start, u64 end, u64 entry,
				       unsigned int level, enum pagewalk_state state, u8 rights,
				       u32 vma)
{
	struct libscols_line *row = table_row(l->t, NULL);
	char buf[128];

	table_put(l->t, row, START, "0x%012llx", start);
	table_put(l->t, row, END, "0x%012llx", end);
	table_number(l->t, row, PAGES, (end - start) / radix_size(level));
	table_put(l->t, row, SIZE, "%s", x86_size_name(level));
	table_number(l->t, row, BYTES, end - start);
	table_put(l->t, row, STATE, "%s", x86_state_name(state));
	table_put(l->t, row, RIGHTS, "%s", x86_rights_name(rights, buf));
	table_put(l->t, row, AREA, "%s", vma_rights(vma, buf));
	table_put(l->t, row, TARGET, "%s", target_name(&l->s->mmu, entry, level, state, buf));
	x86_flags(&l->s->mmu, entry, level, state, buf, sizeof(buf));
	table_put(l->t, row, FLAGS, "%s", buf);
	table_put(l->t, row, ENTRY, "0x%016llx", entry);
	table_number(l->t, row, LEVEL, level);
	put_name(l, row, start);
	table_colour(l->t, row, state_colour(state));
	return row;
}

static int put_run(void *ctx, const struct pagewalk_run *r)
{
	struct listing *l = ctx;
	struct libscols_line *row;
	char buf[64];

	if (!r->level || r->level > X86_MAX_LEVEL)
		return -EPROTO;
	row = put_entry(l, r->start, r->end, r->entry, r->level, r->state, r->rights, r->vma);
	table_put(l->t, row, KIND, "%s", x86_kind_name(r->facts));
	table_put(l->t, row, FACTS, "%s", facts_names(r->facts, buf));
	if (r->maps_min != r->maps_max)
		table_put(l->t, row, MAPS, "%u-%u", r->maps_min, r->maps_max);
	else if (r->maps_max)
		table_put(l->t, row, MAPS, "%u", r->maps_max);
	else
		table_put(l->t, row, MAPS, "-");
	table_put(l->t, row, ORDER, "%s", order_name(r->order));
	table_number(l->t, row, PKEY, r->pkey);
	return 0;
}

static int put_chunk(void *ctx, const struct pagewalk_chunk *c, const u64 *entry)
{
	struct listing *l = ctx;
	struct libscols_line *row;
	enum pagewalk_state state;
	unsigned int i;
	u64 va, size;

	if (!c->level || c->level > X86_MAX_LEVEL)
		return -EPROTO;
	size = radix_size(c->level);
	for (i = 0, va = c->va; i < c->count; i++, va += size) {
		state = x86_state(&l->s->mmu, entry[i], c->level, c->vma);
		if (state == PAGEWALK_NONE && !l->holes)
			continue;
		row = put_entry(l, va, va + size, entry[i], c->level, state,
				state == PAGEWALK_PAGE ?
					c->path & x86_rights(&l->s->mmu, entry[i]) :
					0,
				c->vma);
		table_number(l->t, row, INDEX, c->index + i);
		table_put(l->t, row, TABLE, "0x%09llx", c->table);
	}
	return 0;
}

static int list(struct listing *l, const struct range *r, size_t count, bool raw)
{
	u32 flags = l->holes ? PAGEWALK_F_HOLES : 0;
	size_t i;
	int ret = 0;

	if (table_wants(l->t, KIND) || table_wants(l->t, FACTS) || table_wants(l->t, MAPS))
		flags |= PAGEWALK_F_FACTS;
	for (i = 0; i < count && !ret; i++)
		ret = raw ? source_raw(l->s, r[i], 0, put_chunk, l) :
			    source_runs(l->s, r[i], flags, put_run, l);
	return ret;
}

static int show(struct source *s, const struct range *r, size_t count)
{
	bool raw = opt.given & OPT_RAW;
	struct listing l = { .s = s, .holes = opt.given & OPT_HOLES };
	bool partly;
	int ret;

	l.t = table_new("pages", columns);
	if (!l.t)
		return XLATE_USAGE;
	if (raw) {
		static const int no[] = { END, PAGES, KIND, MAPS, NAME };
		unsigned int i;

		for (i = 0; i < ARRAY_SIZE(no); i++)
			table_show(l.t, no[i], false);
		table_show(l.t, ENTRY, true);
		table_show(l.t, NAME, true);
		table_stream(l.t);
	}
	ret = list(&l, r, count, raw);
	partly = table_rows(l.t);
	if (!ret || partly)
		table_end(l.t);
	else
		table_free(l.t);
	return ret ? source_failed(s, ret, partly) : 0;
}

static int run(int argc, char **argv)
{
	struct range *r = NULL, all = { 0, ~0ULL };
	struct source s;
	size_t count = 0;
	int ret;

	ret = source_open(&s, &argc, &argv);
	if (ret)
		return ret;
	for (; argc && !ret; argc--, argv++)
		ret = parse_range(&s.maps, *argv, &r, &count);
	if (!ret && opt.save)
		ret = s.dump ? fail(XLATE_USAGE, NULL, "--save needs a live process") :
			       dump_save(&s, opt.save);
	else if (!ret)
		ret = show(&s, r ? r : &all, r ? count : 1);
	free(r);
	source_close(&s);
	return ret;
}

const struct command cmd_pages = {
	.name = "pages",
	.run = run,
	.args = "PID [RANGE...]",
	.help = "what is behind each page: runs of like pages",
	.text = "Lists the pages of a process, neighbours that say the same as one line. RANGE is\n"
		"START-END, START+LENGTH (K, M, G), an address, or a name of /proc/PID/maps or part\n"
		"of one: [heap], [stack], libc. Addresses are hexadecimal.\n"
		"\n"
		"Frames of one line need not follow each other: ORDER tells; --raw shows each.\n"
		"Asking for none of KIND, FACTS and MAPS is faster, and joins more.\n",
	.columns = columns,
	.options = OPT_INPUT | OPT_TABLE | OPT_RAW | OPT_HOLES | OPT_SAVE,
};
