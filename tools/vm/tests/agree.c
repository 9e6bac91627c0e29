// SPDX-License-Identifier: GPL-2.0-only
/*
 * Agreement with the kernel.
 *
 *	agree check PID...	stop each process and compare every 4K page with
 *				/proc/PID/pagemap and /proc/kpageflags, its areas with smaps, its
 *				tables with VmPTE, and our own views with each other
 *	agree ptdump		compare our own rights with debugfs page_tables/current_*,
 *				which check does too
 *	agree hold KIND		make memory of a kind, stop, wait to be killed
 *	agree kinds		list the kinds
 */
#include "tests.h"

#include <linux/userfaultfd.h>

#include "../../../include/xlate/x86.h"

#define PM_SOFT_DIRTY (1ULL << 55)
#define PM_EXCLUSIVE  (1ULL << 56)
#define PM_UFFD_WP    (1ULL << 57)
#define PM_FILE	      (1ULL << 61)
#define PM_SWAP	      (1ULL << 62)
#define PM_PRESENT    (1ULL << 63)

#define KPF(n)	       (1ULL << (n))
#define KPF_ANON       KPF(12)
#define KPF_SWAPBACKED KPF(14)
#define KPF_HEAD       KPF(15)
#define KPF_TAIL       KPF(16)
#define KPF_HUGE       KPF(17)
#define KPF_HWPOISON   KPF(19)
#define KPF_KSM	       KPF(21)
#define KPF_THP	       KPF(22)
#define KPF_ZERO       KPF(24)

#define SHOWN 20 /* differences printed of one process */

/* The kernel ages pages at any time: A says nothing when two moments are compared. */
#define MOMENTARY X86_A

/* A non-empty entry. */
struct ent {
	uint64_t va, entry, table;
	uint32_t vma;
	uint16_t index;
	uint8_t level, state, path;
};

/* All that we know of one process. */
struct snap {
	struct ent *ent;
	size_t ents;
	struct pagewalk_run *run;
	ssize_t runs;
};

static int raw, kpageflags;
static struct pagewalk_features features;
static unsigned long pages_compared, flags_compared, lines_compared, areas_compared;
static unsigned long differences;
static bool quiet;
static bool ksm_bit_lies;
static unsigned int shown;

static __attribute__((format(printf, 1, 2))) void differ(const char *fmt, ...)
{
	char line[512];
	va_list args;

	differences++;
	if (quiet || shown++ >= SHOWN)
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	diag("DIFFERENCE %s", line);
}

/* -- our views --------------------------------------------------------------------- */

static int ent_order(const void *a, const void *b)
{
	const struct ent *x = a, *y = b;

	if (x->va != y->va)
		return x->va < y->va ? -1 : 1;
	return (int)y->level - (int)x->level;
}

static void snap_free(struct snap *s)
{
	free(s->ent);
	free(s->run);
	memset(s, 0, sizeof(*s));
}

static int snap_take(pid_t pid, struct snap *s)
{
	size_t room = 4096, i, n;
	char *buf = NULL, *at;
	ssize_t len;

	memset(s, 0, sizeof(*s));
	len = raw_scan(raw, pid, PAGEWALK_LAYOUT_RAW, PAGEWALK_F_TABLES, 0, ~0ULL, (void **)&buf);
	if (len < 0)
		return len;
	s->ent = malloc(room * sizeof(*s->ent));
	for (at = buf; at < buf + len;) {
		struct pagewalk_chunk *c = (void *)at;
		uint64_t *entry = (void *)(c + 1);

		for (i = 0; i < c->count; i++) {
			struct ent *e;

			if (!entry[i])
				continue;
			if (s->ents == room)
				s->ent = realloc(s->ent, (room *= 2) * sizeof(*s->ent));
			e = &s->ent[s->ents++];
			e->va = c->va + i * radix_size(c->level);
			e->entry = entry[i];
			e->table = c->table;
			e->vma = c->vma;
			e->index = c->index + i;
			e->level = c->level;
			e->path = c->path;
			e->state = x86_state(&features.mmu, entry[i], c->level, c->vma);
		}
		at = (char *)(entry + c->count);
	}
	free(buf);
	qsort(s->ent, s->ents, sizeof(*s->ent), ent_order);
	/* Tables that several areas share may be told several times. */
	for (i = n = 0; i < s->ents; i++)
		if (!n || ent_order(&s->ent[n - 1], &s->ent[i]))
			s->ent[n++] = s->ent[i];
	s->ents = n;

	s->runs = scan_runs(raw, pid, PAGEWALK_F_FACTS | PAGEWALK_F_HOLES, 0, ~0ULL, &s->run);
	return s->runs < 0 ? s->runs : 0;
}

static struct ent *ent_at(struct snap *s, uint64_t va, unsigned int level)
{
	struct ent key = { .va = va, .level = level };

	return bsearch(&key, s->ent, s->ents, sizeof(key), ent_order);
}

/* The entry that decides about a page: a leaf of level 1, 2 or 3. */
static struct ent *leaf_at(struct snap *s, uint64_t va)
{
	unsigned int level;
	struct ent *e;

	for (level = 1; level <= 3; level++) {
		e = ent_at(s, va & ~(radix_size(level) - 1), level);
		if (e && e->state != PAGEWALK_TABLE)
			return e;
	}
	return NULL;
}

static struct pagewalk_run *run_at(struct snap *s, uint64_t va)
{
	ssize_t low = 0, high = s->runs;

	while (low < high) {
		ssize_t mid = (low + high) / 2;

		if (s->run[mid].end <= va)
			low = mid + 1;
		else
			high = mid;
	}
	return low < s->runs && s->run[low].start <= va ? &s->run[low] : NULL;
}

/* -- pagemap ------------------------------------------------------------------------ */

/* What pagemap ought to say of a page; bits in *unsure are not to be compared. */
static uint64_t expected(const struct ent *e, const struct pagewalk_run *r, uint64_t va,
			 uint64_t *unsure)
{
	const struct pagewalk_mmu *mmu = &features.mmu;
	uint64_t pm = 0, index;
	bool hugetlb;

	*unsure = 0;
	if (r && (r->vma & PAGEWALK_VMA_SOFTDIRTY))
		pm |= PM_SOFT_DIRTY;
	/* pagemap passes over mappings of bare frames (walk_page_test()). */
	if (!e || (e->vma & PAGEWALK_VMA_PFNMAP))
		return pm;
	hugetlb = e->vma & PAGEWALK_VMA_HUGETLB;
	index = (va - e->va) / PAGE;

	if (x86_maps_frame(e->state)) {
		pm |= PM_PRESENT |
		      ((x86_frame(mmu, e->entry, e->level) / PAGE + index) & ~(~0ULL << 55));
		if ((e->entry & X86_SOFT_DIRTY) && !hugetlb)
			pm |= PM_SOFT_DIRTY;
		if (e->entry & X86_UFFD_WP)
			pm |= PM_UFFD_WP;
		if (r->facts & (PAGEWALK_PG_FILE | PAGEWALK_PG_SHMEM | PAGEWALK_PG_HUGE_ZERO))
			pm |= PM_FILE;
		if (r->maps_min != r->maps_max && e->level > 1)
			*unsure |= PM_EXCLUSIVE;
		else if (r->facts & PAGEWALK_PG_ONCE)
			pm |= PM_EXCLUSIVE;
		return pm;
	}
	if (hugetlb) {
		if (e->entry & X86_SWP_UFFD_WP || e->state == PAGEWALK_UFFD_WP)
			pm |= PM_UFFD_WP;
		return pm;
	}
	pm |= PM_SWAP | x86_swp_type(e->entry);
	pm |= (x86_target(mmu, e->entry, e->level, e->state) + (e->level > 1 ? index : 0)) << 5;
	if (e->state == PAGEWALK_UFFD_WP || e->state == PAGEWALK_POISON)
		pm = (pm & ~(((1ULL << 50) - 1) << 5)) | x86_swp_offset(e->entry) << 5;
	pm &= ~(0x1fULL << 55) | PM_SOFT_DIRTY;
	if (e->entry & X86_SWP_SOFT_DIRTY)
		pm |= PM_SOFT_DIRTY;
	if ((e->entry & X86_SWP_UFFD_WP) || e->state == PAGEWALK_UFFD_WP)
		pm |= PM_UFFD_WP;
	if (x86_swp_has_pfn(e->state)) {
		*unsure |= PM_EXCLUSIVE;
		if (e->state == PAGEWALK_HWPOISON)
			*unsure |= PM_FILE;
		else if ((r->facts & PAGEWALK_PG_VALID) && !(r->facts & PAGEWALK_PG_ANON))
			pm |= PM_FILE;
	}
	return pm;
}

/* kpageflags of a frame, read in blocks. */
static bool kpage(uint64_t pfn, uint64_t *flags)
{
	static uint64_t block[512], first = ~0ULL, have;
	ssize_t n;

	if (first != (pfn & ~511ULL)) {
		first = pfn & ~511ULL;
		n = pread(kpageflags, block, sizeof(block), first * 8);
		have = n > 0 ? n / 8 : 0;
		if (have < 512)
			first = ~0ULL;
	}
	if ((pfn & 511) >= have)
		return false;
	*flags = block[pfn & 511];
	if (first == ~0ULL)
		have = 0;
	return true;
}

static void compare_kind(pid_t pid, uint64_t va, const struct ent *e, const struct pagewalk_run *r)
{
	uint64_t pfn = x86_frame(&features.mmu, e->entry, e->level) / PAGE + (va - e->va) / PAGE;
	uint32_t want = 0, have = r->facts & ~(PAGEWALK_PG_EXCLUSIVE | PAGEWALK_PG_ONCE |
					       PAGEWALK_PG_COW | PAGEWALK_PG_VALID);
	uint64_t k;

	if (!(r->facts & PAGEWALK_PG_VALID)) {
		differ("pid %d 0x%" PRIx64 ": no facts for a mapped page", pid, va);
		return;
	}
	if ((r->facts & PAGEWALK_PG_NOPAGE) || !kpage(pfn, &k))
		return;
	flags_compared++;
	if (k & KPF_ZERO) {
		want = k & KPF_THP ? PAGEWALK_PG_HUGE_ZERO : PAGEWALK_PG_ZERO;
		have &= ~PAGEWALK_PG_LARGE;
	} else {
		if (k & KPF_ANON)
			want |= PAGEWALK_PG_ANON;
		else
			want |= k & KPF_SWAPBACKED ? PAGEWALK_PG_SHMEM : PAGEWALK_PG_FILE;
		if ((k & KPF_KSM) && !ksm_bit_lies)
			want |= PAGEWALK_PG_KSM;
		else if (k & KPF_KSM)
			want |= have & PAGEWALK_PG_KSM;
		if (k & KPF_HUGE) {
			want |= PAGEWALK_PG_HUGETLB;
			/* Whose file it is says nothing about the pool's pages. */
			want &= ~(PAGEWALK_PG_SHMEM | PAGEWALK_PG_FILE);
			have &= ~(PAGEWALK_PG_SHMEM | PAGEWALK_PG_FILE);
		}
		if (k & (KPF_HEAD | KPF_TAIL))
			want |= PAGEWALK_PG_LARGE;
	}
	if (want != have)
		differ("pid %d 0x%" PRIx64 ": facts 0x%x, kpageflags 0x%" PRIx64
		       " of pfn 0x%" PRIx64 " say 0x%x",
		       pid, va, r->facts, k, pfn, want);
}

/*
 * 6.9 to 6.14 set KPF_KSM for each anonymous page: stable_page_flags() tests "mapping &
 * PAGE_MAPPING_KSM", a mask of two bits of which one says "anonymous".
 */
static void look_at_ksm_bit(void)
{
	static char page[PAGE] __attribute__((aligned(PAGE)));
	struct pagewalk_facts f = { 0 };
	uint64_t k;

	page[0] = 1;
	if (raw_probe(raw, 0, (uintptr_t)page, &f) || !kpage(step_frame(&f) / PAGE, &k))
		bail("cannot look at our own page");
	ksm_bit_lies = k & KPF_KSM;
	if (ksm_bit_lies)
		diag("this kernel's kpageflags calls every anonymous page KSM: compared one way only");
}

static void compare_pages(pid_t pid, struct snap *s, uint64_t start, uint64_t end, int pagemap)
{
	static uint64_t pm[4096];
	uint64_t va, unsure, want, at, count;

	for (at = start; at < end; at += count * PAGE) {
		count = min((end - at) / PAGE, (uint64_t)ARRAY_SIZE(pm));
		if (pread(pagemap, pm, count * 8, at / PAGE * 8) != (ssize_t)count * 8) {
			differ("pid %d: short read of pagemap at 0x%" PRIx64, pid, at);
			return;
		}
		for (va = at; va < at + count * PAGE; va += PAGE) {
			struct ent *e = leaf_at(s, va);
			struct pagewalk_run *r = run_at(s, va);

			pages_compared++;
			if (!r) {
				differ("pid %d 0x%" PRIx64 ": no run, though mapped", pid, va);
				continue;
			}
			if (e && (r->state != e->state || r->level != e->level)) {
				differ("pid %d 0x%" PRIx64
				       ": RAW says %s level %u, RUNS %s level %u",
				       pid, va, x86_state_name(e->state), e->level,
				       x86_state_name(r->state), r->level);
				continue;
			}
			if (!e && r->state != PAGEWALK_NONE) {
				differ("pid %d 0x%" PRIx64 ": RAW says nothing, RUNS %s", pid, va,
				       x86_state_name(r->state));
				continue;
			}
			want = expected(e, r, va, &unsure);
			if ((want ^ pm[(va - at) / PAGE]) & ~unsure)
				differ("pid %d 0x%" PRIx64 ": entry 0x%" PRIx64
				       " facts 0x%x maps %u-%u vma 0x%x: pagemap 0x%016" PRIx64
				       ", wanted 0x%016" PRIx64,
				       pid, va, e ? e->entry : 0, r->facts, r->maps_min,
				       r->maps_max, r->vma, pm[(va - at) / PAGE], want);
			if (e && x86_maps_frame(e->state))
				compare_kind(pid, va, e, r);
		}
	}
}

/* -- our texts ----------------------------------------------------------------------- */

/* @line: one line of "pages". Returns how many entries it stands for. */
static size_t compare_pages_line(pid_t pid, struct snap *s, const char *line)
{
	char size[8], state[20], kind[20], facts[96], maps[32], rights[8], area[8], order[12],
		target[40], flags[100], want[100], name[4];
	uint64_t start, end, pages, entry, va, step, mask;
	struct pagewalk_run *r;
	struct ent *e;
	size_t n = 0;

	if (sscanf(line,
		   "0x%" SCNx64 " 0x%" SCNx64 " %" SCNu64
		   " %7s %19s %19s %95s %31s %7s %7s %11s %39s 0x%" SCNx64 " %99s",
		   &start, &end, &pages, size, state, kind, facts, maps, rights, area, order,
		   target, &entry, flags) != 14) {
		differ("pid %d: pages says \"%s\"", pid, line);
		return 0;
	}
	e = leaf_at(s, start);
	r = run_at(s, start);
	if (!e || !r) {
		differ("pid %d: pages has 0x%" PRIx64 ", RAW has not", pid, start);
		return 0;
	}
	x86_flags(&features.mmu, e->entry & ~MOMENTARY, e->level, e->state, want, sizeof(want));
	step = radix_size(e->level);
	if (strcmp(size, x86_size_name(e->level)) || strcmp(state, x86_state_name(e->state)) ||
	    strcmp(kind, x86_kind_name(r->facts)) || ((entry ^ e->entry) & ~MOMENTARY) ||
	    pages != (end - start) / PAGE || e->va != start ||
	    strcmp(rights, x86_rights_name(r->rights, name)))
		differ("pid %d: RAW 0x%" PRIx64 " %s %s, pages \"%s\"", pid, e->entry,
		       x86_state_name(e->state), x86_kind_name(r->facts), line);
	mask = ~(x86_target_mask(&features.mmu, e->level, e->state) | MOMENTARY);
	for (va = start; va < end; va += step, n++) {
		struct ent *f = ent_at(s, va, e->level);

		if (!f || ((f->entry ^ e->entry) & mask))
			differ("pid %d 0x%" PRIx64 ": not like the others of \"%s\"", pid, va,
			       line);
	}
	return n;
}

static size_t compare_tables_line(pid_t pid, struct snap *s, const char *line)
{
	char state[20], order[12], target[40], rights[8], flags[100], name[4];
	uint64_t va, table, entry;
	unsigned int level, index, count, i;
	struct ent *e;
	int n = 0;

	/* User mode's copy of the top level is counted with the entry itself. */
	if (line[0] && line[1] == 'u')
		return 0;
	if (sscanf(line,
		   "%u 0x%" SCNx64 " 0x%" SCNx64 " %u %u %19s %11s %39s %7s 0x%" SCNx64 " %99s%n",
		   &level, &va, &table, &index, &count, state, order, target, rights, &entry, flags,
		   &n) != 11) {
		differ("pid %d: tables says \"%s\"", pid, line);
		return 0;
	}
	for (i = 0; i < count; i++) {
		e = ent_at(s, va + i * radix_size(level), level);
		if (!e || e->table != table || e->index != index + i ||
		    strcmp(state, x86_state_name(e->state)) ||
		    (!i && ((e->entry ^ entry) & ~MOMENTARY))) {
			differ("pid %d: entry %u of \"%s\" is not what RAW has", pid, i, line);
			break;
		}
		if (!i && e->state != PAGEWALK_TABLE && (entry & X86_P) &&
		    !(features.mmu.flags & PAGEWALK_MMU_PTI) &&
		    strcmp(rights,
			   x86_rights_name(e->path & x86_rights(&features.mmu, e->entry), name)))
			differ("pid %d: rights in \"%s\", wanted %s", pid, line, name);
	}
	return count;
}

static void compare_text(pid_t pid, struct snap *s, const char *file,
			 size_t (*compare)(pid_t pid, struct snap *s, const char *line),
			 bool leaves)
{
	char *text = read_pw(pid, file, NULL), *line, *save;
	size_t covered = 0, wanted = 0, i;

	if (!text) {
		differ("pid %d: cannot read %s: %s", pid, file, strerror(errno));
		return;
	}
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (*line == '#')
			continue;
		lines_compared++;
		covered += compare(pid, s, line);
	}
	for (i = 0; i < s->ents; i++)
		wanted += !leaves || s->ent[i].state != PAGEWALK_TABLE;
	if (covered != wanted)
		differ("pid %d: %s stands for %zu entries, RAW has %zu", pid, file, covered,
		       wanted);
	free(text);
}

/* -- smaps, status, summary ------------------------------------------------------------ */

struct sums {
	uint64_t rss, maybe, swap, thp, deposits, huge_2m;
};

static struct sums sum_area(struct snap *s, uint64_t start, uint64_t end)
{
	struct sums sum = { 0 };
	uint64_t va, step;

	for (va = start; va < end; va += step) {
		struct ent *e = leaf_at(s, va);
		struct pagewalk_run *r = run_at(s, va);

		step = e ? radix_size(e->level) : PAGE;
		if (!e || !r)
			continue;
		if (e->vma & PAGEWALK_VMA_HUGETLB)
			continue;
		if (x86_maps_frame(e->state)) {
			if (!(r->facts &
			      (PAGEWALK_PG_ZERO | PAGEWALK_PG_HUGE_ZERO | PAGEWALK_PG_NOPAGE)))
				sum.rss += step;
			if (e->level == 2 && (r->facts & PAGEWALK_PG_ANON))
				sum.thp += step;
		} else if (x86_swp_has_pfn(e->state)) {
			sum.maybe += step;
		} else if (e->state == PAGEWALK_SWAP) {
			sum.swap += step;
		}
		if (e->level == 2 && (r->facts & (PAGEWALK_PG_ANON | PAGEWALK_PG_HUGE_ZERO)))
			sum.deposits++;
	}
	return sum;
}

static uint64_t number_after(const char *text, const char *key)
{
	const char *at = text;
	size_t len = strlen(key);

	while (at && strncmp(at, key, len)) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	return at ? strtoull(at + len, NULL, 0) : ~0ULL;
}

static uint64_t proc_number(pid_t pid, const char *file, const char *key)
{
	char path[48], *text;
	uint64_t n = ~0ULL;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	text = read_file(path, NULL);
	if (text)
		n = number_after(text, key);
	free(text);
	return n;
}

static void compare_smaps(pid_t pid, struct snap *s, struct sums *all)
{
	uint64_t start = 0, end = 0, rss = 0, swap = 0, thp = 0;
	char path[32], *text, *line, *save;

	snprintf(path, sizeof(path), "/proc/%d/smaps", pid);
	text = read_file(path, NULL);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		uint64_t a, b;

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &a, &b) == 2 && strchr(line, '-')) {
			start = a;
			end = b;
		}
		sscanf(line, "Rss: %" SCNu64, &rss);
		sscanf(line, "Swap: %" SCNu64, &swap);
		sscanf(line, "AnonHugePages: %" SCNu64, &thp);
		if (!strncmp(line, "VmFlags:", 8) && start < features.mmu.phys_mask &&
		    !(start >> 63)) {
			struct sums sum = sum_area(s, start, end);
			struct pagewalk_run *r = run_at(s, start);
			bool shmem = r && (r->vma & PAGEWALK_VMA_SHMEM);

			areas_compared++;
			if (rss * 1024 < sum.rss || rss * 1024 > sum.rss + sum.maybe)
				differ("pid %d 0x%" PRIx64 ": smaps Rss %" PRIu64
				       " kB, wanted %" PRIu64,
				       pid, start, rss, sum.rss / 1024);
			/* Of shared memory smaps counts also what the process has no entry for. */
			if (!shmem && swap * 1024 != sum.swap)
				differ("pid %d 0x%" PRIx64 ": smaps Swap %" PRIu64
				       " kB, wanted %" PRIu64,
				       pid, start, swap, sum.swap / 1024);
			if (thp * 1024 != sum.thp)
				differ("pid %d 0x%" PRIx64 ": smaps AnonHugePages %" PRIu64
				       " kB, wanted %" PRIu64,
				       pid, start, thp, sum.thp / 1024);
			all->deposits += sum.deposits;
			all->swap += sum.swap;
		}
	}
	free(text);
}

static void compare_tables(pid_t pid, struct snap *s, const struct sums *sums)
{
	struct {
		const char *key;
		uint64_t bytes;
	} sum[] = {
		{ "bytes_present ", 0 }, { "swap ", 0 },    { "dirty ", 0 },
		{ "soft_dirty ", 0 },	 { "uffd_wp ", 0 },
	};
	uint64_t level[6] = { 0 }, pages[4] = { 0 }, state[PAGEWALK_STATES] = { 0 }, kb, n;
	char *summary = read_pw(pid, "summary", NULL), key[32];
	unsigned int l;
	size_t i;

	for (i = 0; i < s->ents; i++) {
		struct ent *e = &s->ent[i];

		if (e->state == PAGEWALK_TABLE)
			level[e->level - 1]++;
		else
			state[e->state]++;
		if (e->state == PAGEWALK_PAGE && e->level <= 3) {
			pages[e->level]++;
			sum[0].bytes += radix_size(e->level);
		}
		if (e->state == PAGEWALK_SWAP)
			sum[1].bytes += radix_size(e->level);
		if (!x86_maps_frame(e->state))
			continue;
		if (x86_dirty(&features.mmu, e->entry))
			sum[2].bytes += radix_size(e->level);
		if ((e->entry & X86_SOFT_DIRTY) || (e->vma & PAGEWALK_VMA_SOFTDIRTY))
			sum[3].bytes += radix_size(e->level);
		if (e->entry & X86_UFFD_WP)
			sum[4].bytes += radix_size(e->level);
	}
	level[features.mmu.levels] = 1;
	/* Transparent huge pages keep a table in reserve, for when they are split. */
	kb = proc_number(pid, "status", "VmPTE:");
	n = (level[1] + level[2] + level[3] + sums->deposits) * 4;
	if (kb != n)
		differ("pid %d: VmPTE %" PRIu64 " kB, wanted %" PRIu64 " (%" PRIu64 " in reserve)",
		       pid, kb, n, sums->deposits * 4);
	if (!summary) {
		differ("pid %d: no summary: %s", pid, strerror(errno));
		return;
	}
	for (l = 1; l <= features.mmu.levels; l++) {
		snprintf(key, sizeof(key), "tables_l%u ", l);
		if (number_after(summary, key) != level[l])
			differ("pid %d: summary %s%" PRIu64 ", RAW has %" PRIu64, pid, key,
			       number_after(summary, key), level[l]);
	}
	for (l = 1; l <= 3; l++) {
		static const char *const names[] = { "", "pages_4k ", "pages_2m ", "pages_1g " };

		if (number_after(summary, names[l]) != pages[l])
			differ("pid %d: summary %s%" PRIu64 ", RAW has %" PRIu64, pid, names[l],
			       number_after(summary, names[l]), pages[l]);
	}
	for (l = PAGEWALK_PAGE; l < PAGEWALK_STATES; l++) {
		snprintf(key, sizeof(key), "state_%s ", x86_state_name(l));
		for (i = 0; key[i]; i++)
			if (key[i] == '-')
				key[i] = '_';
		n = number_after(summary, key);
		if (n != state[l] && (n != ~0ULL || state[l]))
			differ("pid %d: summary %s%" PRIu64 ", RAW has %" PRIu64, pid, key, n,
			       state[l]);
	}
	for (i = 0; i < ARRAY_SIZE(sum); i++)
		if (number_after(summary, sum[i].key) != sum[i].bytes)
			differ("pid %d: summary %s%" PRIu64 ", RAW has %" PRIu64, pid, sum[i].key,
			       number_after(summary, sum[i].key), sum[i].bytes);
	n = number_after(summary, "levels ");
	if (n != features.mmu.levels)
		differ("pid %d: summary has %" PRIu64 " levels", pid, n);
	free(summary);
}

/* -- one process ------------------------------------------------------------------------- */

static bool compare_process(pid_t pid)
{
	char path[32], *maps, *line, *save, comm[32] = "?";
	unsigned long before, pages = pages_compared;
	struct sums sums;
	struct snap s;
	int try, err, pagemap;

	if (kill(pid, SIGSTOP) || !wait_until(proc_state(pid) == 'T', 120)) {
		diag("pid %d does not stop", pid);
		return false;
	}
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	maps = read_file(path, NULL);
	if (maps)
		sscanf(maps, "%31s", comm);
	free(maps);
	if (!attach(pid) && errno != EEXIST) {
		diag("attaching %d (%s): %s", pid, comm, strerror(errno));
		return false;
	}
	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	pagemap = open(path, O_RDONLY);

	/*
	 * The process stands still, but others come and go, and with them how often a library's
	 * page is mapped: what differs is looked at again.
	 */
	for (try = 0; try < 5; try++) {
		quiet = try < 4;
		shown = 0;
		before = differences;
		pages_compared = pages;
		memset(&sums, 0, sizeof(sums));
		err = snap_take(pid, &s);
		if (err) {
			diag("scanning %d: %s", pid, strerror(-err));
			return false;
		}
		snprintf(path, sizeof(path), "/proc/%d/maps", pid);
		maps = read_file(path, NULL);
		for (line = strtok_r(maps, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
			uint64_t start, end;

			if (sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) == 2 &&
			    !(start >> 63))
				compare_pages(pid, &s, start, end, pagemap);
		}
		free(maps);
		compare_text(pid, &s, "pages", compare_pages_line, true);
		compare_text(pid, &s, "tables", compare_tables_line, false);
		compare_smaps(pid, &s, &sums);
		compare_tables(pid, &s, &sums);
		snap_free(&s);
		if (differences == before)
			break;
		if (try < 4)
			differences = before;
	}
	close(pagemap);
	detach(pid);
	return ok(differences == before, "%s: %lu pages%s", comm, pages_compared - pages,
		  try ? ", looked at again" : "");
}

/* -- the kernel's own dump ------------------------------------------------------------- */

static char *dump;
#define DUMP_SIZE (8 << 20)

/* Compares the dump with what is mapped now; returns pages compared, or -1. */
static long compare_dump(size_t len)
{
	uint64_t eff_mask = X86_RW | X86_US | X86_PWT | X86_PCD | X86_G | X86_NX;
	long compared = 0, listed = 0, had = 0;
	char *line, *save;
	struct snap s;
	size_t i;

	if (snap_take(0, &s))
		return -1;
	dump[len] = '\0';
	for (line = strtok_r(dump, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		uint64_t start, end, va, bits = 0;
		unsigned int level;

		if (sscanf(line, "0x%" SCNx64 "-0x%" SCNx64, &start, &end) != 2 || start >> 62)
			continue;
		level = strstr(line, " pte") ? 1 :
			strstr(line, " pmd") ? 2 :
			strstr(line, " pud") ? 3 :
					       0;
		if (!level || (!strstr(line, " ro ") && !strstr(line, " RW ")))
			continue; /* nothing present */
		bits |= strstr(line, "USR ") ? X86_US : 0;
		bits |= strstr(line, "RW ") ? X86_RW : 0;
		bits |= strstr(line, "PWT ") ? X86_PWT : 0;
		bits |= strstr(line, "PCD ") ? X86_PCD : 0;
		bits |= strstr(line, "GLB ") ? X86_G : 0;
		bits |= strstr(line, "NX ") ? X86_NX : 0;
		for (va = start; va < end; va += radix_size(level)) {
			struct ent *e = ent_at(&s, va, level);

			listed++;
			if (!e || !(e->entry & X86_P) || ((e->entry ^ bits) & eff_mask)) {
				differ("0x%" PRIx64 ": entry 0x%" PRIx64 ", the kernel's dump: %s",
				       va, e ? e->entry : 0, line);
				continue;
			}
			compared++;
		}
	}
	for (i = 0; i < s.ents; i++)
		had += s.ent[i].state == PAGEWALK_PAGE;
	if (had != listed)
		differ("we have %ld present pages, the kernel's dump has %ld", had, listed);
	snap_free(&s);
	return compared;
}

static void ptdump(void)
{
	bool pti = features.mmu.flags & PAGEWALK_MMU_PTI;
	const char *file = pti ? "/sys/kernel/debug/page_tables/current_user" :
				 "/sys/kernel/debug/page_tables/current_kernel";
	int fd = open(file, O_RDONLY), try;
	long compared = 0;
	ssize_t n;

	if (fd < 0) {
		skip("no CONFIG_PTDUMP_DEBUGFS: only the kernel debug has it",
		     "rights as in the kernel's dump");
		return;
	}
	/* Whatever we touch from here on is there already. */
	dump = mmap(NULL, DUMP_SIZE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (mlockall(MCL_CURRENT))
		bail("mlockall");
	for (try = 0; try < 5; try++) {
		size_t len = 0;

		quiet = try < 4;
		differences = 0;
		lseek(fd, 0, SEEK_SET);
		while ((n = read(fd, dump + len, DUMP_SIZE - 1 - len)) > 0)
			len += n;
		compared = compare_dump(len);
		if (!differences && compared > 0)
			break;
	}
	ok(!differences && compared > 100, "rights as in %s: %ld pages", strrchr(file, '/') + 1,
	   compared);
	diag("rights compared %ld, differences %lu", compared, differences);
}

/* -- processes with memory of all kinds ------------------------------------------------- */

static char *some(size_t size, int flags)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		bail("mmap");
	return p;
}

static char *aligned(size_t size)
{
	char *p = some(size + HUGE, MAP_PRIVATE);

	return (char *)(((uintptr_t)p + HUGE - 1) & ~(HUGE - 1));
}

static void stay(void)
{
	raise(SIGSTOP);
	for (;;)
		pause();
}

static void hold_anon(void)
{
	memset(some(8 << 20, MAP_PRIVATE), 1, 8 << 20);
}
static void hold_zero(void)
{
	volatile char *p = some(4 << 20, MAP_PRIVATE);
	size_t i;

	madvise((void *)p, 4 << 20, MADV_NOHUGEPAGE);
	for (i = 0; i < 4 << 20; i += 2 * PAGE)
		(void)p[i];
}

static void hold_thp(void)
{
	char *p = aligned(8 * HUGE);

	madvise(p, 8 * HUGE, MADV_HUGEPAGE);
	memset(p, 1, 6 * HUGE);
	(void)*(volatile char *)(p + 7 * HUGE); /* the huge page of zeros */
}

static void hold_thp_split(void)
{
	char *p = aligned(4 * HUGE);
	pid_t pid;

	madvise(p, 4 * HUGE, MADV_HUGEPAGE);
	memset(p, 1, 4 * HUGE);
	pid = fork();
	if (!pid)
		stay();
	/* Parts of the huge pages are mapped once, parts twice, by large and small entries. */
	munmap(p + 3 * PAGE, 5 * PAGE);
	madvise(p + HUGE, 64 * PAGE, MADV_DONTNEED);
	mprotect(p + 2 * HUGE, PAGE, PROT_READ);
	p[3 * HUGE] = 2;
	waitpid(pid, NULL, WUNTRACED);
}

static void hold_hugetlb(void)
{
	char *p = mmap(NULL, 2 * HUGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	char *q = mmap(NULL, 2 * HUGE, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

	if (p == MAP_FAILED || q == MAP_FAILED)
		bail("hugetlb");
	p[0] = 1;
	q[0] = 1;
	q[HUGE] = 1;
	if (!fork())
		stay();
}

static void hold_shmem(void)
{
	char *p = some(4 << 20, MAP_SHARED);
	int fd = memfd_create("agree", 0);

	memset(p, 1, 2 << 20);
	if (!ftruncate(fd, 1 << 20))
		memset(mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), 2, 1 << 19);
	if (!fork())
		stay();
}

static void hold_swap(void)
{
	char *p = some(8 << 20, MAP_PRIVATE), *q = some(2 << 20, MAP_SHARED);

	madvise(p, 8 << 20, MADV_NOHUGEPAGE);
	memset(p, 1, 8 << 20);
	memset(q, 1, 2 << 20);
	if (!wait_until(!madvise(p, 6 << 20, MADV_PAGEOUT) &&
				proc_number(getpid(), "status", "VmSwap:") > 1000,
			120))
		bail("nothing was swapped out");
	madvise(q, 2 << 20, MADV_PAGEOUT);
	if (!fork())
		stay();
	p[0] = 1;
	(void)*(volatile char *)(p + 16 * PAGE);
}

static void hold_cow(void)
{
	char *p = some(4 << 20, MAP_PRIVATE);
	pid_t pid;

	memset(p, 1, 4 << 20);
	pid = fork();
	if (!pid)
		stay();
	memset(p, 2, 1 << 20);
	waitpid(pid, NULL, WUNTRACED);
}

static void hold_file(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	char *p = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	size_t i;

	for (i = 0; i < 16; i++)
		p[i * PAGE]++;
	/* Between the end of the file and that of the area. */
	mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE, fd, 0);
}

static void hold_protnone(void)
{
	char *p = some(2 << 20, MAP_PRIVATE);

	memset(p, 1, 2 << 20);
	mprotect(p, 1 << 20, PROT_NONE);
	mprotect(p + (1 << 20), 1 << 19, PROT_READ);
	some(256 << 20, MAP_PRIVATE | MAP_NORESERVE);
}

static void hold_locked(void)
{
	char *p = some(1 << 20, MAP_PRIVATE);

	if (mlock(p, 1 << 20))
		bail("mlock");
}

static void hold_clean(void)
{
	char *p = some(2 << 20, MAP_PRIVATE);

	memset(p, 1, 2 << 20);
	if (!write_file("/proc/self/clear_refs", "4"))
		bail("clear_refs");
	memset(p, 2, 1 << 20);
	some(PAGE, MAP_PRIVATE)[0] = 1;
}

static void hold_uffd(void)
{
	struct uffdio_api api = { .api = UFFD_API,
				  .features = UFFD_FEATURE_PAGEFAULT_FLAG_WP |
					      UFFD_FEATURE_WP_HUGETLBFS_SHMEM };
	char *p = some(1 << 20, MAP_PRIVATE), *q = some(1 << 20, MAP_SHARED);
	int fd = syscall(SYS_userfaultfd, 0), i;

	memset(p, 1, 1 << 20);
	memset(q, 1, 1 << 19);
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api))
		bail("userfaultfd");
	for (i = 0; i < 2; i++) {
		struct uffdio_register reg = {
			.range = { (uintptr_t)(i ? q : p), 1 << 20 },
			.mode = UFFDIO_REGISTER_MODE_WP,
		};
		struct uffdio_writeprotect wp = {
			.range = { reg.range.start, 1 << 20 },
			.mode = UFFDIO_WRITEPROTECT_MODE_WP,
		};

		if (ioctl(fd, UFFDIO_REGISTER, &reg) || ioctl(fd, UFFDIO_WRITEPROTECT, &wp))
			bail("userfaultfd range");
	}
	madvise(p, 1 << 18, MADV_PAGEOUT);
}

static void hold_ksm(void)
{
	char *p = some(1 << 20, MAP_PRIVATE);
	struct pagewalk_facts f = { 0 };

	madvise(p, 1 << 20, MADV_NOHUGEPAGE);
	memset(p, 7, 1 << 20);
	if (madvise(p, 1 << 20, MADV_MERGEABLE) ||
	    !wait_until(!raw_probe(raw, 0, (uintptr_t)p + (1 << 20) - PAGE, &f) &&
				(f.page & PAGEWALK_PG_KSM),
			300))
		bail("nothing was merged");
}

static void ignore(int signo)
{
}

static void hold_poison(void)
{
	char *p = some(16 * PAGE, MAP_PRIVATE);

	/* The one who injects an error is told of it. */
	signal(SIGBUS, ignore);
	memset(p, 1, 16 * PAGE);
	if (madvise(p + PAGE, PAGE, MADV_HWPOISON) && errno != EBUSY)
		bail("MADV_HWPOISON");
}

static void hold_vdso(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
}

static const struct {
	const char *name;
	void (*make)(void);
} kinds[] = {
	{ "anon", hold_anon },		 { "zero", hold_zero },	      { "thp", hold_thp },
	{ "thp-split", hold_thp_split }, { "hugetlb", hold_hugetlb }, { "shmem", hold_shmem },
	{ "swap", hold_swap },		 { "cow", hold_cow },	      { "file", hold_file },
	{ "protnone", hold_protnone },	 { "locked", hold_locked },   { "clean", hold_clean },
	{ "uffd", hold_uffd },		 { "ksm", hold_ksm },	      { "hwpoison", hold_poison },
	{ "vdso", hold_vdso },
};

int main(int argc, char **argv)
{
	unsigned int i, processes = 0;

	if (argc == 2 && !strcmp(argv[1], "kinds")) {
		for (i = 0; i < ARRAY_SIZE(kinds); i++)
			puts(kinds[i].name);
		return 0;
	}
	raw = raw_open();
	features = raw_features(raw);
	if (argc == 3 && !strcmp(argv[1], "hold")) {
		prctl(PR_SET_NAME, argv[2]);
		for (i = 0; i < ARRAY_SIZE(kinds); i++)
			if (!strcmp(argv[2], kinds[i].name)) {
				kinds[i].make();
				stay();
			}
		return 2;
	}
	if (argc == 2 && !strcmp(argv[1], "ptdump")) {
		ptdump();
		return tap_end();
	}
	if (argc < 3 || strcmp(argv[1], "check"))
		bail("usage: agree check PID... | ptdump | hold KIND | kinds");

	kpageflags = open("/proc/kpageflags", O_RDONLY);
	if (kpageflags < 0)
		bail("/proc/kpageflags");
	look_at_ksm_bit();
	for (i = 2; i < (unsigned int)argc; i++)
		kill(atoi(argv[i]), SIGSTOP);
	for (i = 2; i < (unsigned int)argc; i++)
		processes += compare_process(atoi(argv[i]));
	diag("pages compared %lu, differences %lu", pages_compared, differences);
	diag("kinds compared with kpageflags %lu, areas with smaps %lu, lines of text %lu",
	     flags_compared, areas_compared, lines_compared);
	ok(processes >= 30, "%u processes agreed, at least 30", processes);
	ok(pages_compared > 10000 && flags_compared > 5000, "there was something to compare");
	ptdump();
	return tap_end();
}
