// SPDX-License-Identifier: GPL-2.0-only
/* xlate ps: processes and what their page tables cost. */
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "xlate.h"

enum { PID, COMMAND, RSS, VMPTE, LEVELS, TABLES, TABLE_BYTES, P4K, P2M, P1G, SWAP, OVERHEAD };

static const struct column columns[] = {
	[PID] = { "PID", COL_NUMBER, COL_DEFAULT, 0, "process" },
	[COMMAND] = { "COMMAND", COL_TEXT, COL_DEFAULT, 0, "its name" },
	[RSS] = { "RSS", COL_SIZE, COL_DEFAULT, 0,
		  "memory that its tables map at present (VmRSS)" },
	[VMPTE] = { "VMPTE", COL_SIZE, COL_DEFAULT, 0,
		    "its tables as /proc/PID/status counts them: all but the top level" },
	[LEVELS] = { "LEVELS", COL_NUMBER, 0, 0, "levels of the tree, 4 or 5" },
	[TABLES] = { "TABLES", COL_NUMBER, 0, 0, "table pages of all levels that its areas use" },
	[TABLE_BYTES] = { "TBYTES", COL_SIZE, 0, 0, "the same in bytes" },
	[P4K] = { "4K", COL_NUMBER, 0, 0, "entries that map a 4K page" },
	[P2M] = { "2M", COL_NUMBER, 0, 0, "entries that map a 2M page" },
	[P1G] = { "1G", COL_NUMBER, 0, 0, "entries that map a 1G page" },
	[SWAP] = { "SWAP", COL_SIZE, COL_DEFAULT, 0, "swapped out" },
	[OVERHEAD] = { "OVERHEAD", COL_TEXT, COL_RIGHT, 0,
		       "table bytes per cent of the bytes that are mapped" },
	{ 0 },
};

/**
 * struct status - what /proc/PID/status says
 * @comm:  Name
 * @rss:   VmRSS, in bytes
 * @vmpte: VmPTE, in bytes
 * @swap:  VmSwap, in bytes
 * @user:  has it user memory? Kernel threads and zombies have none
 */
struct status {
	char comm[64];
	u64 rss;
	u64 vmpte;
	u64 swap;
	bool user;
};

static bool read_status(pid_t pid, struct status *st)
{
	char path[64], line[256];
	FILE *f;

	memset(st, 0, sizeof(*st));
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		u64 kib;

		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "Name:\t", 6))
			snprintf(st->comm, sizeof(st->comm), "%.63s", line + 6);
		else if (sscanf(line, "VmRSS: %llu kB", &kib) == 1)
			st->rss = kib << 10;
		else if (sscanf(line, "VmSwap: %llu kB", &kib) == 1)
			st->swap = kib << 10;
		else if (sscanf(line, "VmPTE: %llu kB", &kib) == 1) {
			st->vmpte = kib << 10;
			st->user = true;
		}
	}
	fclose(f);
	return st->comm[0];
}

/**
 * struct count - what the tables hold
 * @mmu:    how to read entries
 * @last:   for each level the place of the last table entry seen: a table that several
 *	    areas use is shown for each of them
 * @seen:   is there one?
 * @tables: table pages
 * @pages:  present leaf entries of each level
 * @swap:   swapped out, in bytes
 */
struct count {
	const struct pagewalk_mmu *mmu;
	u64 last[X86_MAX_LEVEL + 1];
	bool seen[X86_MAX_LEVEL + 1];
	u64 tables;
	u64 pages[X86_MAX_LEVEL + 1];
	u64 swap;
};

static int count_chunk(void *ctx, const struct pagewalk_chunk *c, const u64 *entry)
{
	struct count *n = ctx;
	unsigned int i;

	if (!c->level || c->level > X86_MAX_LEVEL)
		return 0;
	if (x86_next(entry[0], c->level)) {
		if (!n->seen[c->level] || n->last[c->level] != c->va)
			n->tables++;
		n->seen[c->level] = true;
		n->last[c->level] = c->va;
		return 0;
	}
	for (i = 0; i < c->count; i++) {
		enum pagewalk_state state = x86_state(n->mmu, entry[i], c->level, c->vma);

		if (state == PAGEWALK_PAGE)
			n->pages[c->level]++;
		else if (state == PAGEWALK_SWAP)
			n->swap += radix_size(c->level);
	}
	return 0;
}

static void put_tables(struct table *t, struct libscols_line *row, struct source *s)
{
	struct range all = { 0, ~0ULL };
	struct count n = { .mmu = &s->mmu, .tables = 1 };
	u64 mapped;

	s->cookie = 0;
	if (source_raw(s, all, PAGEWALK_F_TABLES, count_chunk, &n)) {
		/* It exited or executed another program meanwhile: an ordinary event. */
		table_put(t, row, TABLES, "-");
		return;
	}
	mapped = n.pages[1] * radix_size(1) + n.pages[2] * radix_size(2) +
		 n.pages[3] * radix_size(3);
	table_number(t, row, LEVELS, s->mmu.levels);
	table_number(t, row, TABLES, n.tables);
	table_number(t, row, TABLE_BYTES, n.tables << RADIX_PAGE_SHIFT);
	table_number(t, row, P4K, n.pages[1]);
	table_number(t, row, P2M, n.pages[2]);
	table_number(t, row, P1G, n.pages[3]);
	table_number(t, row, SWAP, n.swap);
	if (mapped)
		table_put(t, row, OVERHEAD, "%.1f%%",
			  100.0 * (n.tables << RADIX_PAGE_SHIFT) / mapped);
}

static bool put_process(struct table *t, struct source *s, pid_t pid, bool all)
{
	struct libscols_line *row;
	struct status st;

	if (!read_status(pid, &st))
		return false;
	if (!st.user && !all)
		return true;
	row = table_row(t, NULL);
	table_number(t, row, PID, pid);
	table_put(t, row, COMMAND, st.user ? "%s" : "[%s]", st.comm);
	if (!st.user)
		return true;
	table_number(t, row, RSS, st.rss);
	table_number(t, row, VMPTE, st.vmpte);
	s->pid = pid;
	if (s->fd >= 0)
		put_tables(t, row, s);
	else
		table_number(t, row, SWAP, st.swap);
	return true;
}

static int by_number(const void *a, const void *b)
{
	return *(const pid_t *)a < *(const pid_t *)b ? -1 : *(const pid_t *)a > *(const pid_t *)b;
}

static pid_t *all_pids(int *count)
{
	DIR *proc = opendir("/proc");
	pid_t *pids = NULL;
	struct dirent *de;
	int room = 0;

	*count = 0;
	while (proc && (de = readdir(proc))) {
		if (!isdigit((unsigned char)de->d_name[0]))
			continue;
		if (*count == room) {
			room = room ? 2 * room : 256;
			pids = xalloc(realloc(pids, room * sizeof(*pids)));
		}
		pids[(*count)++] = atoi(de->d_name);
	}
	if (proc)
		closedir(proc);
	if (*count)
		qsort(pids, *count, sizeof(*pids), by_number);
	return pids;
}

static int run(int argc, char **argv)
{
	struct pagewalk_features features;
	struct source s = { .fd = -1 };
	struct absence absence;
	struct table *t;
	int i, count, ret = 0;
	pid_t *pids;

	if (argc) {
		pids = xalloc(calloc(argc, sizeof(*pids)));
		for (count = 0; count < argc; count++) {
			ret = parse_pid(argv[count], &pids[count]);
			if (ret)
				return ret;
		}
	} else {
		pids = all_pids(&count);
		if (!count)
			return fail(XLATE_ERROR, "is it mounted?", "/proc shows no process");
	}

	t = table_new("processes", columns);
	if (!t)
		return XLATE_USAGE;
	s.fd = raw_open(&features, &absence);
	if (s.fd >= 0) {
		static const int more[] = { LEVELS, TABLES, P4K, P2M, P1G };

		/* SWAP stays the last one. */
		s.mmu = features.mmu;
		s.task_size = (1ULL << (features.mmu.levels == 5 ? 56 : 47)) - 0x1000;
		table_show(t, SWAP, false);
		for (i = 0; i < (int)ARRAY_SIZE(more); i++)
			table_show(t, more[i], true);
		table_show(t, SWAP, true);
	}

	for (i = 0; i < count; i++)
		if (!put_process(t, &s, pids[i], argc || (opt.given & OPT_ALL)) && argc)
			ret = fail(XLATE_ERROR, NULL, "no process %d", pids[i]);
	table_end(t);
	if (s.fd >= 0)
		close(s.fd);
	else
		remark(absence.hint,
		       "%s; with it ps also shows levels, table pages, and 4K, 2M and 1G pages",
		       absence.why);
	free(pids);
	return ret;
}

const struct command cmd_ps = {
	.name = "ps",
	.run = run,
	.args = "[PID...]",
	.help = "processes, and what their page tables cost",
	.text = "Lists processes with the size of their page tables. Without the module, or without\n"
		"root, it shows what /proc knows and says what is missing.\n",
	.columns = columns,
	.options = OPT_TABLE | OPT_ALL,
};
