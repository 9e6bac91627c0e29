// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process's tables in a file, to be read elsewhere or later.
 *
 * A header, then sections until the one that marks the end, each padded to 8 bytes; all in
 * the byte order of x86. Readers skip sections that they do not know.
 *
 *	header	 magic, version
 *	PROCESS	 struct dump_process
 *	MAPS	 the text of /proc/PID/maps
 *	RAW	 struct pagewalk_chunk with entries, tables included
 *	RUNS	 struct pagewalk_run with facts: the source of what struct page knows
 *	AREAS	 struct pagewalk_facts: one probe in each area and one in each gap
 *	END	 nothing; its absence tells that the file was cut
 *
 * A dump may come from anywhere, so reading trusts nothing in it.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "xlate.h"

#define DUMP_MAGIC   "xlate\r\n\032"
#define DUMP_VERSION 1

enum {
	DUMP_PROCESS = 1,
	DUMP_MAPS,
	DUMP_RAW,
	DUMP_RUNS,
	DUMP_AREAS,
	DUMP_END = 0xffffffff,
};

struct dump_header {
	char magic[8];
	u32 version;
	u32 reserved;
};

/**
 * struct dump_section - head of a section
 * @type: DUMP_*
 * @item: size of its items, in bytes; 1 for text and mixed contents
 * @size: bytes that follow, without padding
 */
struct dump_section {
	u32 type;
	u32 item;
	u64 size;
};

/**
 * struct dump_process - which process, on which machine
 * @mmu:       how to read entries
 * @time:      when, in seconds since 1970
 * @root:      physical address of the top-level table
 * @user_root: with PTI, that of user mode's
 * @task_size: first address behind user space
 * @pid:       its number
 * @reserved:  zero
 * @comm:      its name, ended by 0
 * @release:   of the kernel, ended by 0
 */
struct dump_process {
	struct pagewalk_mmu mmu;
	u64 time;
	u64 root;
	u64 user_root;
	u64 task_size;
	u32 pid;
	u32 reserved;
	char comm[64];
	char release[64];
};

static_assert(sizeof(struct dump_header) == 16, "part of the file format");
static_assert(sizeof(struct dump_section) == 16, "part of the file format");
static_assert(sizeof(struct dump_process) == 56 + 40 + 128, "part of the file format");

/**
 * struct dump - a file read
 * @map:      its contents, mapped
 * @size:     bytes
 * @process:  PROCESS
 * @raw:      RAW
 * @raw_size: bytes there; the chunks have been checked
 * @runs:     RUNS, in the order of addresses
 * @nruns:    how many
 * @areas:    AREAS, in the order of addresses
 * @nareas:   how many
 */
struct dump {
	void *map;
	size_t size;
	struct dump_process process;
	const char *raw;
	u64 raw_size;
	const struct pagewalk_run *runs;
	u64 nruns;
	const struct pagewalk_facts *areas;
	u64 nareas;
};

/* Writing */

/* A growing buffer. */
struct store {
	char *data;
	size_t size;
	size_t room;
};

static void store(struct store *s, const void *data, size_t size)
{
	if (s->room - s->size < size) {
		s->room = max(2 * s->room, s->size + size + 65536);
		s->data = xalloc(realloc(s->data, s->room));
	}
	memcpy(s->data + s->size, data, size);
	s->size += size;
}

static int store_chunk(void *ctx, const struct pagewalk_chunk *c, const u64 *entry)
{
	store(ctx, c, sizeof(*c));
	store(ctx, entry, c->count * sizeof(u64));
	return 0;
}

static int store_run(void *ctx, const struct pagewalk_run *r)
{
	store(ctx, r, sizeof(*r));
	return 0;
}

static int store_probe(struct source *s, struct store *out, u64 addr)
{
	struct pagewalk_facts f;
	int ret = source_probe(s, addr, &f);

	if (!ret)
		store(out, &f, sizeof(f));
	return ret;
}

/* One probe in each area, and one in each gap between, below and above them. */
static int store_areas(struct source *s, struct store *out)
{
	u64 behind = 0;
	size_t i;
	int ret;

	for (i = 0; i < s->maps.count; i++) {
		const struct area *a = &s->maps.area[i];

		if (a->start >= s->task_size)
			break;
		ret = a->start > behind ? store_probe(s, out, a->start - 1) : 0;
		if (!ret)
			ret = store_probe(s, out, a->start);
		if (ret)
			return ret;
		behind = a->end;
	}
	return behind < s->task_size ? store_probe(s, out, s->task_size - 1) : 0;
}

static bool put(FILE *f, u32 type, u32 item, const void *data, size_t size)
{
	struct dump_section head = { .type = type, .item = item, .size = size };
	static const char zero[8];

	return fwrite(&head, sizeof(head), 1, f) == 1 && (!size || fwrite(data, size, 1, f) == 1) &&
	       (!(size & 7) || fwrite(zero, 8 - (size & 7), 1, f) == 1);
}

/* The text of /proc/PID/maps, as it was read. */
static void store_maps(struct source *s, struct store *out)
{
	size_t i;

	for (i = 0; i < s->maps.count; i++) {
		store(out, s->maps.area[i].line, strlen(s->maps.area[i].line));
		store(out, "\n", 1);
	}
}

static int write_file(struct source *s, FILE *f, const struct store *maps, const struct store *raw,
		      const struct store *runs, const struct store *areas)
{
	struct dump_header head = { .magic = DUMP_MAGIC, .version = DUMP_VERSION };
	struct dump_process p = { .mmu = s->mmu };
	struct utsname uts = { 0 };

	p.time = time(NULL);
	p.root = s->root;
	p.user_root = s->user_root;
	p.task_size = s->task_size;
	p.pid = s->pid;
	snprintf(p.comm, sizeof(p.comm), "%s", s->comm);
	uname(&uts);
	snprintf(p.release, sizeof(p.release), "%.63s", uts.release);

	return fwrite(&head, sizeof(head), 1, f) == 1 &&
	       put(f, DUMP_PROCESS, sizeof(p), &p, sizeof(p)) &&
	       put(f, DUMP_MAPS, 1, maps->data, maps->size) &&
	       put(f, DUMP_RAW, 1, raw->data, raw->size) &&
	       put(f, DUMP_RUNS, sizeof(struct pagewalk_run), runs->data, runs->size) &&
	       put(f, DUMP_AREAS, sizeof(struct pagewalk_facts), areas->data, areas->size) &&
	       put(f, DUMP_END, 1, NULL, 0) && !fflush(f);
}

/* Writes to a temporary name first, unless it is something special such as /dev/full. */
static int save_to(struct source *s, const char *path, const struct store *maps,
		   const struct store *raw, const struct store *runs, const struct store *areas)
{
	char *tmp = NULL;
	struct stat st;
	int fd, err;
	FILE *f;

	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		fd = open(path, O_WRONLY | O_CLOEXEC);
	} else {
		/* It holds physical addresses: for its owner only. */
		tmp = xasprintf("%s.XXXXXX", path);
		fd = mkstemp(tmp);
	}
	if (fd < 0) {
		err = errno;
		free(tmp);
		return fail(XLATE_ERROR, NULL, "%s: %s", path, strerror(err));
	}
	f = xalloc(fdopen(fd, "w"));
	err = write_file(s, f, maps, raw, runs, areas) ? 0 : errno;
	if (fclose(f) && !err)
		err = errno;
	if (!err && tmp && rename(tmp, path))
		err = errno;
	if (err && tmp)
		unlink(tmp);
	free(tmp);
	return err ? fail(XLATE_ERROR, NULL, "%s: %s", path, strerror(err)) : 0;
}

int dump_save(struct source *s, const char *path)
{
	struct range all = { 0, ~0ULL };
	struct store maps = { 0 }, raw = { 0 }, runs = { 0 }, areas = { 0 };
	int ret;

	store_maps(s, &maps);
	ret = source_raw(s, all, PAGEWALK_F_TABLES, store_chunk, &raw);
	if (!ret)
		ret = source_runs(s, all, PAGEWALK_F_FACTS, store_run, &runs);
	if (!ret)
		ret = store_areas(s, &areas);
	if (ret)
		ret = source_failed(s, ret, false);
	else
		ret = save_to(s, path, &maps, &raw, &runs, &areas);
	free(maps.data);
	free(raw.data);
	free(runs.data);
	free(areas.data);
	return ret;
}

/* Reading */

static int bad(const char *path, const char *why)
{
	return fail(XLATE_ERROR, "it takes a file that xlate dump wrote", "%s: %s", path, why);
}

/* Are these chunks as the module gives them? */
static bool check_raw(const struct dump *d)
{
	const struct pagewalk_chunk *c;
	u64 at = 0, size, va = 0;

	while (at < d->raw_size) {
		if (d->raw_size - at < sizeof(*c))
			return false;
		c = (const void *)(d->raw + at);
		size = sizeof(*c) + c->count * sizeof(u64);
		if (!c->count || c->index + c->count > RADIX_ENTRIES || !c->level ||
		    c->level > d->process.mmu.levels || size > d->raw_size - at)
			return false;
		if (c->va & (radix_size(c->level) - 1) || radix_index(c->va, c->level) != c->index)
			return false;
		/* In the order of addresses; tables start where they or an area do. */
		if (c->va >= d->process.task_size || (c->level == 1 && c->va < va))
			return false;
		if (c->level == 1)
			va = c->va;
		at += size;
	}
	return true;
}

static bool check_runs(const struct dump *d)
{
	u64 i, va = 0;

	for (i = 0; i < d->nruns; i++) {
		const struct pagewalk_run *r = &d->runs[i];

		if (r->start < va || r->end <= r->start || !r->level ||
		    r->level > d->process.mmu.levels || r->state >= PAGEWALK_STATES)
			return false;
		va = r->end;
	}
	return true;
}

static bool check_areas(const struct dump *d)
{
	u64 i, j, addr = 0;

	for (i = 0; i < d->nareas; i++) {
		const struct pagewalk_facts *f = &d->areas[i];

		if (f->addr < addr || f->steps > ARRAY_SIZE(f->step) || f->pkey > 15)
			return false;
		for (j = 0; j < f->steps; j++)
			if (!f->step[j].level || f->step[j].level > X86_MAX_LEVEL)
				return false;
		addr = f->addr;
	}
	return true;
}

/* The machine's description must not lead the decoder astray. */
static bool check_process(struct dump *d)
{
	struct dump_process *p = &d->process;

	p->comm[sizeof(p->comm) - 1] = '\0';
	p->release[sizeof(p->release) - 1] = '\0';
	return (p->mmu.levels == 4 || p->mmu.levels == 5) && p->task_size &&
	       p->task_size <= 1ULL << 57 && p->pid && p->pid <= 0x7fffffff;
}

static const char *read_sections(struct dump *d, struct maps *maps)
{
	const struct dump_header *head = d->map;
	bool process = false, ended = false;
	u64 at = sizeof(*head), pad;

	if (d->size < sizeof(*head) || memcmp(head->magic, DUMP_MAGIC, sizeof(head->magic)))
		return "not a dump";
	if (head->version != DUMP_VERSION)
		return "a dump of another version of xlate";
	while (!ended) {
		const struct dump_section *s = (const void *)((const char *)d->map + at);
		const void *data = s + 1;

		if (d->size - at < sizeof(*s) || s->size > d->size - at - sizeof(*s))
			return "cut short";
		switch (s->type) {
		case DUMP_PROCESS:
			if (s->size != sizeof(d->process))
				return "damaged (process)";
			memcpy(&d->process, data, sizeof(d->process));
			process = true;
			break;
		case DUMP_MAPS:
			maps_free(maps);
			maps_parse(maps, data, s->size);
			break;
		case DUMP_RAW:
			d->raw = data;
			d->raw_size = s->size;
			break;
		case DUMP_RUNS:
			if (s->item != sizeof(*d->runs) || s->size % s->item)
				return "damaged (runs)";
			d->runs = data;
			d->nruns = s->size / s->item;
			break;
		case DUMP_AREAS:
			if (s->item != sizeof(*d->areas) || s->size % s->item)
				return "damaged (areas)";
			d->areas = data;
			d->nareas = s->size / s->item;
			break;
		case DUMP_END:
			ended = true;
			break;
		}
		pad = -s->size & 7;
		at += sizeof(*s) + s->size;
		at += min(pad, (u64)(d->size - at));
	}
	if (!process || !check_process(d))
		return "damaged (process)";
	if (!check_raw(d))
		return "damaged (entries)";
	if (!check_runs(d))
		return "damaged (runs)";
	if (!check_areas(d))
		return "damaged (areas)";
	return NULL;
}

/* Reads all of a file or a pipe into aligned memory. */
static int read_all(struct dump *d, const char *path)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	size_t room = 0;
	ssize_t got;
	int err;

	if (fd < 0)
		return -errno;
	do {
		if (d->size == room) {
			room = room ? 2 * room : 1 << 20;
			d->map = xalloc(realloc(d->map, room));
		}
		got = read(fd, (char *)d->map + d->size, room - d->size);
		if (got > 0)
			d->size += got;
	} while (got > 0);
	err = got < 0 ? -errno : 0;
	if (fd != STDIN_FILENO)
		close(fd);
	return err;
}

int dump_open(struct source *s, const char *path)
{
	struct dump *d = xalloc(calloc(1, sizeof(*d)));
	const char *why;
	int ret;

	ret = read_all(d, path);
	if (ret) {
		dump_free(d);
		return fail(XLATE_ERROR, NULL, "%s: %s", path, strerror(-ret));
	}
	why = read_sections(d, &s->maps);
	if (why) {
		maps_free(&s->maps);
		dump_free(d);
		return bad(path, why);
	}
	s->dump = d;
	s->pid = d->process.pid;
	s->mmu = d->process.mmu;
	s->root = d->process.root;
	s->user_root = d->process.user_root;
	s->task_size = d->process.task_size;
	snprintf(s->comm, sizeof(s->comm), "%s", d->process.comm);
	return 0;
}

void dump_free(struct dump *d)
{
	if (d)
		free(d->map);
	free(d);
}

const char *dump_origin(const struct source *s, char *buf)
{
	const struct dump_process *p = &s->dump->process;
	time_t when = p->time;
	struct tm tm;
	char date[32];

	if (!localtime_r(&when, &tm) || !strftime(date, sizeof(date), "%F %T", &tm))
		strcpy(date, "?");
	snprintf(buf, 128, "saved %s, Linux %s", date, p->release);
	return buf;
}

int dump_raw(struct source *s, struct range r, u32 flags, chunk_fn fn, void *ctx)
{
	const struct dump *d = s->dump;
	const struct pagewalk_chunk *c;
	struct pagewalk_chunk part;
	u64 at, size, first, last;
	int ret;

	for (at = 0; at < d->raw_size; at += sizeof(*c) + c->count * sizeof(u64)) {
		const u64 *entry;

		c = (const void *)(d->raw + at);
		entry = (const u64 *)(c + 1);
		size = radix_size(c->level);
		if (c->va >= r.end || c->va + c->count * size <= r.start)
			continue;
		if (!(flags & PAGEWALK_F_TABLES) && x86_next(entry[0], c->level))
			continue;
		/* Only the entries that translate something of the range. */
		first = r.start > c->va ? (r.start - c->va) / size : 0;
		last = min((u64)c->count - 1, (r.end - 1 - c->va) / size);
		part = *c;
		part.va += first * size;
		part.index += first;
		part.count = last - first + 1;
		ret = fn(ctx, &part, entry + first);
		if (ret)
			return ret;
	}
	return 0;
}

/* Turns saved entries into runs, with the facts of the saved runs. */
struct rerun {
	struct source *s;
	const struct dump *d;
	u64 next; /* saved run to look at next */
	bool facts;
	struct runs runs;
	struct pagewalk_run out[2 * RADIX_ENTRIES];
	run_fn fn;
	void *ctx;
};

static const struct pagewalk_run *saved_run(struct rerun *rr, u64 va, unsigned int level)
{
	const struct dump *d = rr->d;

	while (rr->next < d->nruns && d->runs[rr->next].end <= va)
		rr->next++;
	if (rr->next == d->nruns || d->runs[rr->next].start > va ||
	    d->runs[rr->next].level != level)
		return NULL;
	return &d->runs[rr->next];
}

static int rerun_deliver(struct rerun *rr)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < rr->runs.count && !ret; i++)
		ret = rr->fn(rr->ctx, &rr->out[i]);
	rr->runs.count = 0;
	return ret;
}

static int rerun_chunk(void *ctx, const struct pagewalk_chunk *c, const u64 *entry)
{
	struct page_facts facts[RADIX_ENTRIES] = { 0 };
	struct rerun *rr = ctx;
	const struct area *a = maps_from(&rr->s->maps, c->va);
	struct runs_area area = { .start = a ? a->start : c->va, .vma = c->vma, .path = c->path };
	struct radix_span span = {
		.va = c->va,
		.table = c->table,
		.entry = entry,
		.level = c->level,
		.index = c->index,
		.count = c->count,
	};
	unsigned int i;

	for (i = 0; i < c->count; i++) {
		enum pagewalk_state state = x86_state(&rr->s->mmu, entry[i], c->level, c->vma);
		const struct pagewalk_run *r;

		if (state == PAGEWALK_NONE)
			continue;
		r = saved_run(rr, c->va + i * radix_size(c->level), c->level);
		if (!r || r->state != state)
			continue;
		area.pkey = r->pkey;
		facts[i].facts = r->facts;
		facts[i].maps_min = r->maps_min;
		facts[i].maps_max = r->maps_max;
	}
	/* A chunk adds at most one run for each of its entries. */
	runs_add(&rr->runs, &span, rr->facts ? facts : NULL, &area);
	return rr->runs.count >= RADIX_ENTRIES - 1 ? rerun_deliver(rr) : 0;
}

int dump_runs(struct source *s, struct range r, u32 flags, run_fn fn, void *ctx)
{
	struct rerun *rr = xalloc(calloc(1, sizeof(*rr)));
	int ret;

	rr->s = s;
	rr->d = s->dump;
	rr->facts = flags & PAGEWALK_F_FACTS;
	rr->fn = fn;
	rr->ctx = ctx;
	runs_init(&rr->runs, &s->mmu, flags & PAGEWALK_F_HOLES, rr->out, ARRAY_SIZE(rr->out));
	ret = dump_raw(s, r, 0, rerun_chunk, rr);
	if (!ret) {
		runs_flush(&rr->runs);
		ret = rerun_deliver(rr);
	}
	free(rr);
	return ret;
}

/* What was saved about the area, or the gap, that @addr lies in. */
static const struct pagewalk_facts *saved_area(const struct dump *d, u64 addr)
{
	const struct pagewalk_facts *gap = NULL;
	u64 i;

	for (i = 0; i < d->nareas; i++) {
		const struct pagewalk_facts *f = &d->areas[i];

		if (f->vma & PAGEWALK_VMA_PRESENT) {
			if (addr >= f->vm_start && addr < f->vm_end)
				return f;
		} else if (!gap && f->addr >= addr) {
			gap = f;
		}
	}
	return gap;
}

/* The walk as saved: for each level the entry that translates one address. */
struct rewalk {
	const struct pagewalk_mmu *mmu;
	u64 addr;
	struct pagewalk_step step[X86_MAX_LEVEL + 1];
};

static int rewalk_chunk(void *ctx, const struct pagewalk_chunk *c, const u64 *entry)
{
	struct rewalk *w = ctx;
	struct pagewalk_step *s = &w->step[c->level];
	u64 i = (w->addr - c->va) / radix_size(c->level);

	/* The range is a page, an upper-level chunk of which may lie beside it. */
	if (w->addr < c->va || i >= c->count)
		return 0;
	s->table = c->table;
	s->entry = entry[i];
	s->user_entry = entry[i];
	s->index = c->index + i;
	s->level = c->level;
	s->state = x86_state(w->mmu, entry[i], c->level, c->vma);
	return 0;
}

static void saved_steps(struct source *s, struct pagewalk_facts *f, u64 addr)
{
	struct range page = { addr & ~0xfffULL, (addr & ~0xfffULL) + 0x1000 };
	struct rewalk w = { .mmu = &s->mmu, .addr = addr };
	const struct dump *d = s->dump;
	unsigned int level;
	u64 i;

	dump_raw(s, page, PAGEWALK_F_TABLES, rewalk_chunk, &w);
	f->steps = 0;
	for (level = s->mmu.levels; level; level--) {
		struct pagewalk_step *step = &w.step[level];

		if (step->level != level)
			break;
		/* User mode's copy of the top-level entry was only saved with the probes. */
		for (i = 0; level == s->mmu.levels && i < d->nareas; i++)
			if (d->areas[i].steps && d->areas[i].step[0].level == level &&
			    d->areas[i].step[0].index == step->index) {
				step->user_entry = d->areas[i].step[0].user_entry;
				break;
			}
		f->step[f->steps++] = *step;
		if (step->state != PAGEWALK_TABLE)
			break;
	}
}

static void saved_page(struct source *s, struct pagewalk_facts *f, u64 addr)
{
	const struct pagewalk_step *leaf = f->steps ? &f->step[f->steps - 1] : NULL;
	struct rerun rr = { .d = s->dump };
	const struct pagewalk_run *r;

	f->page = 0;
	f->maps = 0;
	if (!leaf)
		return;
	r = saved_run(&rr, addr & ~(radix_size(leaf->level) - 1), leaf->level);
	if (r && r->state == leaf->state) {
		f->page = r->facts;
		f->maps = r->maps_min;
	}
}

int dump_probe(struct source *s, u64 addr, struct pagewalk_facts *f)
{
	const struct pagewalk_facts *area = saved_area(s->dump, addr);
	u64 page = addr & ~0xfffULL;

	if (area)
		*f = *area;
	else
		memset(f, 0, sizeof(*f));
	f->mmu = s->mmu;
	f->task_size = s->task_size;
	f->root = s->root;
	f->user_root = s->user_root;
	f->addr = addr;
	f->untagged = addr;
	f->flags &= ~(PAGEWALK_FACT_RACED | PAGEWALK_FACT_EOF);
	if (f->vma & PAGEWALK_VMA_PRESENT) {
		f->file_off += page - (area->addr & ~0xfffULL);
		if ((f->vma & (PAGEWALK_VMA_FILE | PAGEWALK_VMA_SHMEM)) &&
		    f->file_off >= ((f->file_size + 0xfff) & ~0xfffULL))
			f->flags |= PAGEWALK_FACT_EOF;
	}
	f->steps = 0;
	/* Live, too, the walk is only made inside areas: outside of them tables may vanish. */
	if (f->vma & PAGEWALK_VMA_PRESENT) {
		saved_steps(s, f, addr);
		saved_page(s, f, addr);
	}
	return 0;
}

/* The sub-command */

static int run(int argc, char **argv)
{
	struct source s;
	int ret;

	if (argc != 2)
		return fail(XLATE_USAGE, "usage: xlate dump PID FILE",
			    "dump takes a PID and a FILE");
	ret = source_open(&s, &argc, &argv);
	if (ret)
		return ret;
	ret = dump_save(&s, argv[0]);
	source_close(&s);
	return ret;
}

const struct command cmd_dump = {
	.name = "dump",
	.run = run,
	.args = "PID FILE",
	.help = "save all of it, to be read with --input",
	.text = "Writes every entry of the process's tables, what the kernel knows about its pages\n"
		"and /proc/PID/maps into FILE. tree, pages, explain and share read it with --input,\n"
		"as any user, on any machine, without the module. The file is readable by its owner\n"
		"only: it holds physical addresses.\n",
};
