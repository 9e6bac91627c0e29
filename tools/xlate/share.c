// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlate share: which processes map the same frames, and how much that saves.
 *
 * Each 4K frame that a process maps becomes one number, (name, frame, process). Sorted,
 * equal frames stand side by side, and one pass counts everything.
 */
#include <stdlib.h>

#include "xlate.h"

#define PROCESS_BITS 8
#define FRAME_BITS   40
#define MAX_SHARERS  (1U << PROCESS_BITS)
#define MAX_NAMES    (1U << (64 - PROCESS_BITS - FRAME_BITS))
#define FRAME_KEY    (~0ULL >> (64 - PROCESS_BITS - FRAME_BITS))

enum { NAME, PROCS, MAPPED, UNIQUE, SHARED, BYALL, SAVED, PATH };

static const struct column columns[] = {
	[NAME] = { "NAME", COL_TEXT, COL_DEFAULT, 0, "what is mapped, without its folder" },
	[PROCS] = { "PROCS", COL_NUMBER, COL_DEFAULT, 0, "how many of the processes map it" },
	[MAPPED] = { "MAPPED", COL_SIZE, COL_DEFAULT, 0, "what they map, added up" },
	[UNIQUE] = { "UNIQUE", COL_SIZE, COL_DEFAULT, 0, "frames that are really there" },
	[SHARED] = { "SHARED", COL_SIZE, COL_DEFAULT, 0, "frames among them that two or more map" },
	[BYALL] = { "BY-ALL", COL_SIZE, COL_DEFAULT, 0,
		    "frames among them that all processes map" },
	[SAVED] = { "SAVED", COL_SIZE, COL_DEFAULT, 0, "MAPPED - UNIQUE" },
	[PATH] = { "PATH", COL_TEXT, 0, 0, "what is mapped" },
	{ 0 },
};

/* What is mapped under one name; in pages. */
struct group {
	char *path;
	unsigned int procs;
	u64 mapped;
	u64 unique;
	u64 shared;
	u64 by_all;
};

struct sharing {
	struct source *s; /* process being read */
	unsigned int process; /* its number, from 0 */
	u64 *key;
	size_t count;
	size_t room;
	struct group *group;
	unsigned int ngroups;
};

/* Number of the group of a path. */
static unsigned int group_of(struct sharing *sh, const char *path)
{
	unsigned int i;

	if (!*path)
		path = "(anonymous)";
	for (i = 0; i < sh->ngroups; i++)
		if (!strcmp(sh->group[i].path, path))
			return i;
	/* Should there ever be so many names, the last one takes the rest. */
	if (sh->ngroups == MAX_NAMES)
		return MAX_NAMES - 1;
	if (!(i & (i - 1)))
		sh->group = xalloc(realloc(sh->group, (i ? 2 * i : 1) * sizeof(*sh->group)));
	memset(&sh->group[i], 0, sizeof(sh->group[i]));
	sh->group[i].path = xalloc(strdup(path));
	return sh->ngroups++;
}

static int take_chunk(void *ctx, const struct pagewalk_chunk *c, const u64 *entry)
{
	struct sharing *sh = ctx;
	const struct area *a = maps_at(&sh->s->maps, c->va);
	u64 pages, key, group, frame, p;
	unsigned int i;

	if (!c->level || c->level > 3)
		return 0;
	pages = radix_size(c->level) >> RADIX_PAGE_SHIFT;
	group = group_of(sh, a ? a->path : "");
	for (i = 0; i < c->count; i++) {
		enum pagewalk_state state = x86_state(&sh->s->mmu, entry[i], c->level, c->vma);

		if (!x86_maps_frame(state))
			continue;
		if (sh->room - sh->count < pages) {
			sh->room = 2 * sh->room + max(pages, 65536ULL);
			sh->key = xalloc(realloc(sh->key, sh->room * sizeof(u64)));
		}
		frame = x86_target(&sh->s->mmu, entry[i], c->level, state);
		for (p = 0; p < pages; p++) {
			key = group << FRAME_BITS | ((frame + p) & ((1ULL << FRAME_BITS) - 1));
			sh->key[sh->count++] = key << PROCESS_BITS | sh->process;
		}
	}
	return 0;
}

/* Radix sort, eight bits at a time; digits that are all alike cost one look. */
static void sort_keys(u64 *key, size_t count)
{
	u64 *tmp = xalloc(malloc((count + 1) * sizeof(*tmp))), *from = key, *to = tmp;
	unsigned int shift, d;
	size_t i;

	for (shift = 0; shift < 64; shift += 8) {
		size_t at[256] = { 0 }, sum = 0, n;

		for (i = 0; i < count; i++)
			at[from[i] >> shift & 255]++;
		if (!count || at[from[0] >> shift & 255] == count)
			continue;
		for (d = 0; d < 256; d++) {
			n = at[d];
			at[d] = sum;
			sum += n;
		}
		for (i = 0; i < count; i++)
			to[at[from[i] >> shift & 255]++] = from[i];
		to = from;
		from = from == key ? tmp : key;
	}
	if (from != key)
		memcpy(key, from, count * sizeof(*key));
	free(tmp);
}

/* Counts sorted keys; with @total all names are one group. */
static void count_keys(const struct sharing *sh, unsigned int processes, struct group *total)
{
	bool seen[MAX_SHARERS] = { 0 };
	struct group *g, *last = NULL;
	size_t i, j;
	u64 owners;

	for (i = 0; i < sh->count; i = j) {
		u64 frame = sh->key[i] >> PROCESS_BITS;

		g = total ? total : &sh->group[frame >> FRAME_BITS];
		if (g != last)
			memset(seen, 0, sizeof(seen));
		last = g;
		owners = 0;
		for (j = i; j < sh->count && sh->key[j] >> PROCESS_BITS == frame; j++) {
			unsigned int process = sh->key[j] & (MAX_SHARERS - 1);

			if (j == i || sh->key[j] != sh->key[j - 1])
				owners++;
			g->procs += !seen[process];
			seen[process] = true;
		}
		g->mapped += j - i;
		g->unique++;
		g->shared += owners > 1;
		g->by_all += owners == processes;
	}
}

static int by_saved(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	u64 sx = x->mapped - x->unique, sy = y->mapped - y->unique;

	if (sx != sy)
		return sx > sy ? -1 : 1;
	if (x->mapped != y->mapped)
		return x->mapped > y->mapped ? -1 : 1;
	return strcmp(x->path, y->path);
}

static struct libscols_line *put_group(struct table *t, const struct group *g)
{
	struct libscols_line *row = table_row(t, NULL);
	const char *slash = strrchr(g->path, '/');

	table_put(t, row, NAME, "%s", slash && slash[1] ? slash + 1 : g->path);
	table_put(t, row, PATH, "%s", g->path);
	table_number(t, row, PROCS, g->procs);
	table_number(t, row, MAPPED, g->mapped << RADIX_PAGE_SHIFT);
	table_number(t, row, UNIQUE, g->unique << RADIX_PAGE_SHIFT);
	table_number(t, row, SHARED, g->shared << RADIX_PAGE_SHIFT);
	table_number(t, row, BYALL, g->by_all << RADIX_PAGE_SHIFT);
	table_number(t, row, SAVED, (g->mapped - g->unique) << RADIX_PAGE_SHIFT);
	return row;
}

static void put_all(struct table *t, struct sharing *sh, unsigned int processes)
{
	struct group total = { .path = (char *)"total" };
	char mapped[16], unique[16], saved[16];
	unsigned int i;
	size_t k;

	sort_keys(sh->key, sh->count);
	count_keys(sh, processes, NULL);
	for (k = 0; k < sh->count; k++)
		sh->key[k] &= FRAME_KEY;
	sort_keys(sh->key, sh->count);
	count_keys(sh, processes, &total);

	if (sh->ngroups)
		qsort(sh->group, sh->ngroups, sizeof(*sh->group), by_saved);
	for (i = 0; i < sh->ngroups; i++)
		if (sh->group[i].mapped)
			put_group(t, &sh->group[i]);
	table_colour(t, put_group(t, &total), COLOUR_BOLD);
	table_end(t);
	if (opt.json || opt.no_headings)
		return;
	printf("\n%u processes map %s, which take %s of frames: %s%s%s saved", processes,
	       human_size(total.mapped << RADIX_PAGE_SHIFT, mapped),
	       human_size(total.unique << RADIX_PAGE_SHIFT, unique), colour(COLOUR_GREEN),
	       human_size((total.mapped - total.unique) << RADIX_PAGE_SHIFT, saved),
	       colour(COLOUR_OFF));
	if (total.mapped)
		printf(" (%llu%%)", (total.mapped - total.unique) * 100 / total.mapped);
	puts(".");
}

/* Reads one process. */
static int take(struct sharing *sh, struct source *s)
{
	struct range all = { 0, ~0ULL };
	int ret;

	sh->s = s;
	ret = source_raw(s, all, 0, take_chunk, sh);
	if (ret)
		ret = source_failed(s, ret, false);
	source_close(s);
	sh->process++;
	return ret;
}

static int take_processes(struct sharing *sh, int argc, char **argv)
{
	pid_t *pid = xalloc(calloc(argc + 1, sizeof(*pid)));
	struct source s;
	int i, j, ret = 0;

	for (i = 0; i < argc && !ret; i++) {
		ret = parse_pid(argv[i], &pid[i]);
		for (j = 0; j < i && !ret; j++)
			if (pid[i] == pid[j])
				ret = fail(XLATE_USAGE, NULL, "process %d is named twice", pid[i]);
	}
	for (i = 0; i < argc && !ret; i++) {
		ret = source_open_pid(&s, pid[i]);
		if (!ret)
			ret = take(sh, &s);
	}
	free(pid);
	return ret;
}

static int take_dumps(struct sharing *sh)
{
	struct source s;
	int i, ret = 0;

	for (i = 0; i < opt.ninputs && !ret; i++) {
		memset(&s, 0, sizeof(s));
		s.fd = -1;
		ret = dump_open(&s, opt.inputs[i]);
		if (!ret)
			ret = take(sh, &s);
	}
	return ret;
}

static int run(int argc, char **argv)
{
	int processes = opt.ninputs ? opt.ninputs : argc;
	struct sharing sh = { 0 };
	struct table *t;
	unsigned int i;
	int ret;

	if (opt.ninputs && argc)
		return fail(XLATE_USAGE, NULL, "either processes or files of --input");
	if (processes < 2)
		return fail(XLATE_USAGE, "usage: xlate share PID PID...",
			    "share takes two processes or more");
	if (processes > (int)MAX_SHARERS)
		return fail(XLATE_USAGE, NULL, "share takes %u processes at most", MAX_SHARERS);
	t = table_new("share", columns);
	if (!t)
		return XLATE_USAGE;
	ret = opt.ninputs ? take_dumps(&sh) : take_processes(&sh, argc, argv);
	if (!ret)
		put_all(t, &sh, processes);
	else
		table_free(t);
	for (i = 0; i < sh.ngroups; i++)
		free(sh.group[i].path);
	free(sh.group);
	free(sh.key);
	return ret;
}

const struct command cmd_share = {
	.name = "share",
	.run = run,
	.args = "PID PID...",
	.help = "who maps the same frames, and how much that saves",
	.text = "Compares the frames behind the pages of two or more processes. What each name of\n"
		"/proc/PID/maps maps is added up, and set against the frames that are really there.\n"
		"\n"
		"With --input, given once for each, it compares dumps; they should be of one machine\n"
		"and of one moment.\n",
	.columns = columns,
	.options = OPT_INPUT | OPT_TABLE,
};
