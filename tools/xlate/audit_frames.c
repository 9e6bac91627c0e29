// SPDX-License-Identifier: GPL-2.0-only
/*
 * Findings about memory: what the tables lead to, and who else leads there.
 *
 * All leaves of all tables become ranges of frames. One pass over them finds those that
 * lead to what no device should reach; sorted, neighbours tell of frames that are reached
 * twice.
 */
#include <stdlib.h>

#include "audit.h"
#include "iommu_lines.h"

/* DMA to here is interrupts; on other machines pages there are mapped for that. */
#define MSI_FIRST 0xfee00000ULL
#define MSI_LAST  0xfeefffffULL

static bool inside(u64 first, u64 last, u64 from, u64 to)
{
	return first >= from && last <= to;
}

/*
 * Memory that the kernel maps for a device at its own address: RMRRs, regions of its group.
 * What such a range leads to is judged as a whole, whatever it holds.
 */
static enum why region(const struct audit *a, const struct iom_dev *d, u64 phys, u64 last)
{
	const struct iom_pci *p = iom_pci(a->s, d->rid);
	size_t i;

	for (i = 0; i < a->s->nreserved; i++)
		if (inside(phys, last, a->s->reserved[i].start, a->s->reserved[i].last))
			return WHY_RMRR;
	for (i = 0; i < a->s->nregions; i++) {
		const struct iom_region *r = &a->s->regions[i];

		if (r->group != d->group || strncmp(r->type, "direct", 6) ||
		    !inside(phys, last, r->start, r->last))
			continue;
		return p && p->class >> 8 == 0x0601 ? WHY_ISA : WHY_REGION;
	}
	return WHY_NOT;
}

/* Is anything to be expected of it? */
static enum why explained(const struct audit *a, const struct iom_dev *d, u64 phys, u64 last)
{
	if (audit_lab(a, d))
		return WHY_LAB;
	return inside(phys, last, MSI_FIRST, MSI_LAST) ? WHY_MSI : WHY_NOT;
}

static int by_suspect(const void *x, const void *y)
{
	const struct suspect *a = x, *b = y;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->rid != b->rid)
		return a->rid < b->rid ? -1 : 1;
	return a->iova < b->iova ? -1 : a->iova > b->iova;
}

/*
 * A page may be freed while we look at the table that still led there. So with live files
 * the audit looks twice, and only what is the same both times counts.
 */
static bool seen_before(const struct audit *a, struct suspect *now)
{
	size_t lo = 0, hi = a->nbefore, mid;
	const struct suspect *b;

	if (!a->before)
		return true;
	/* The first that begins behind it, of the same device; then the one before that. */
	while (lo < hi) {
		struct suspect key = *now;

		key.iova = now->last;
		mid = lo + (hi - lo) / 2;
		if (by_suspect(&a->before[mid], &key) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo)
		return false;
	b = &a->before[lo - 1];
	return b->kind == now->kind && b->rid == now->rid && b->last >= now->iova &&
	       b->phys - b->iova == now->phys - now->iova;
}

static const char *rights_name(u8 rights)
{
	static const char *const names[] = { "--", "r-", "-w", "rw" };

	return names[rights & 3];
}

/* All devices that use the same table. */
static void add_users(const struct audit *a, struct finding *f, u32 dev)
{
	size_t i;

	for (i = dev; i < a->s->ndevs; i++)
		if (a->first[i] == dev)
			finding_add(f, &a->s->devs[i]);
}

static void suspicious(struct audit *a, enum finding_kind kind, const struct frames *fr)
{
	const struct iom_dev *d = &a->s->devs[fr->dev];
	struct suspect sus = {
		.kind = kind,
		.rid = d->rid,
		.iova = fr->iova,
		.last = fr->iova + (fr->last - fr->phys),
		.phys = fr->phys,
	};
	char size[16], more[64] = "";
	struct finding *f;

	a->suspect = grow(a->suspect, a->nsuspects, sizeof(sus));
	a->suspect[a->nsuspects++] = sus;
	if (!seen_before(a, &sus))
		return;
	f = audit_find(a, kind, d, d->rid, explained(a, d, fr->phys, fr->last));
	if (!f)
		return;
	if (!f->ranges) {
		f->iova = fr->iova;
		f->phys = fr->phys;
		add_users(a, f, fr->dev);
	}
	f->ranges++;
	f->bytes += fr->last - fr->phys + 1;
	f->rights |= fr->rights;
	/* To read is bad enough; a process that holds the device makes it worse. */
	f->severity = (f->rights & IOPT_W) || audit_held(a, d) ? SEVERITY_HIGH : SEVERITY_MEDIUM;
	free(f->where);
	if (f->ranges > 1)
		snprintf(more, sizeof(more), " and %u more", f->ranges - 1);
	f->where = xasprintf("%s %s at 0x%llx%s", human_size(f->bytes, size),
			     rights_name(f->rights), f->iova, more);
}

/* Does a table of an IOMMU lie in it? */
static bool has_table(const struct audit *a, const struct frames *fr)
{
	size_t lo = 0, hi = a->ntables, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (a->tables[mid] < fr->phys)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < a->ntables && a->tables[lo] <= fr->last;
}

/* Memory that is mapped at its own address, for a reason; by chance it is no finding. */
static bool direct(struct audit *a, const struct frames *fr)
{
	const struct iom_dev *d = &a->s->devs[fr->dev];
	enum why why = fr->iova == fr->phys ? region(a, d, fr->phys, fr->last) : WHY_NOT;
	struct finding *f;
	char size[16];

	if (!why)
		return false;
	/* Keys of its own: not those of pass-through. */
	f = audit_find(a, FIND_IDENTITY, d, 1ULL << 32 | d->rid, why);
	if (!f)
		return true;
	if (!f->ranges++) {
		f->iova = fr->iova;
		f->phys = fr->phys;
		add_users(a, f, fr->dev);
	}
	f->bytes += fr->last - fr->phys + 1;
	f->rights |= fr->rights;
	f->severity = SEVERITY_LOW;
	free(f->where);
	f->where = xasprintf("%s %s at 0x%llx", human_size(f->bytes, size), rights_name(f->rights),
			     f->iova);
	return true;
}

/* One range on its own. */
static void judge(struct audit *a, const struct frames *fr)
{
	if (direct(a, fr))
		return;
	if (fr->kinds & FRAMES_FREE)
		suspicious(a, FIND_FREE, fr);
	if ((fr->kinds & FRAMES_PGTABLE) || has_table(a, fr))
		suspicious(a, FIND_PGTABLE, fr);
	if (a->text_last && fr->phys <= a->text_last && fr->last >= a->text)
		suspicious(a, FIND_TEXT, fr);
}

/* A frame twice in one table. */

static enum why why_overlap(const struct audit *a, const struct iom_dev *d, u64 first, u64 last)
{
	enum why why = explained(a, d, first, last);

	if (why)
		return why;
	if (!strncmp(d->domain, "dma", 3))
		return WHY_BUFFERS;
	return audit_held(a, d) ? WHY_HOLDER : WHY_NOT;
}

static void overlap(struct audit *a, const struct frames *one, const struct frames *two)
{
	const struct iom_dev *d = &a->s->devs[one->dev];
	u64 last = min(one->last, two->last);
	struct finding *f;
	char size[16];

	f = audit_find(a, FIND_OVERLAP, d, d->rid, why_overlap(a, d, two->phys, last));
	if (!f)
		return;
	if (!f->ranges++) {
		f->iova = one->iova + (two->phys - one->phys);
		f->phys = two->phys;
		f->other_iova = two->iova;
		add_users(a, f, one->dev);
	}
	f->bytes += last - two->phys + 1;
	f->rights |= one->rights | two->rights;
	f->mixed |= one->rights != two->rights;
	f->severity = f->mixed ? SEVERITY_MEDIUM : SEVERITY_LOW;
	free(f->where);
	f->where = xasprintf("%s %s at 0x%llx and 0x%llx", human_size(f->bytes, size),
			     f->mixed ? "(rights differ)" : rights_name(f->rights), f->iova,
			     f->other_iova);
}

static int by_phys(const void *x, const void *y)
{
	const struct frames *a = x, *b = y;

	if (a->phys != b->phys)
		return a->phys < b->phys ? -1 : 1;
	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	return a->iova < b->iova ? -1 : a->iova > b->iova;
}

/* Ranges @from.. are those of one table. */
static void find_overlaps(struct audit *a, size_t from)
{
	struct frames *fr = a->frames;
	size_t i, longest = from;

	if (a->nframes - from < 2)
		return;
	qsort(fr + from, a->nframes - from, sizeof(*fr), by_phys);
	for (i = from + 1; i < a->nframes; i++) {
		if (fr[i].phys <= fr[longest].last)
			overlap(a, &fr[longest], &fr[i]);
		if (fr[i].last > fr[longest].last)
			longest = i;
	}
}

/* A frame for two owners. */

static enum why why_shared(const struct audit *a, const struct frames *one,
			   const struct frames *two, u64 first, u64 last)
{
	const struct iom_dev *d1 = &a->s->devs[one->dev], *d2 = &a->s->devs[two->dev];
	enum why why = explained(a, d1, first, last);

	if (!why)
		why = explained(a, d2, first, last);
	if (!why && one->iova == one->phys && two->iova == two->phys && region(a, d1, first, last))
		why = region(a, d2, first, last);
	/* One side is the kernel, and the memory is not its own. */
	if (!why && (!a->owner[one->dev] || !a->owner[two->dev]) &&
	    (one->kinds & two->kinds & FRAMES_USER))
		why = WHY_DIRECT_IO;
	return why;
}

static void shared(struct audit *a, const struct frames *one, const struct frames *two)
{
	u64 first = max(one->phys, two->phys), last = min(one->last, two->last);
	enum why why = why_shared(a, one, two, first, last);
	u32 o1 = a->owner[one->dev], o2 = a->owner[two->dev];
	struct finding *f;
	char size[16];

	/* The same two owners are one finding, whoever came first. */
	if (o1 > o2) {
		shared(a, two, one);
		return;
	}
	f = audit_find(a, FIND_SHARED, &a->s->devs[one->dev], (u64)o1 << 32 | o2, why);
	if (!f)
		return;
	if (!f->ranges++) {
		f->iova = one->iova + (first - one->phys);
		f->other_iova = two->iova + (first - two->phys);
		f->phys = first;
		finding_add(f, &a->s->devs[one->dev]);
		finding_add(f, &a->s->devs[two->dev]);
	}
	f->bytes += last - first + 1;
	f->rights |= one->rights | two->rights;
	f->severity = why == WHY_DIRECT_IO ? SEVERITY_LOW :
		      f->rights & IOPT_W   ? SEVERITY_HIGH :
					     SEVERITY_MEDIUM;
	free(f->where);
	f->where = xasprintf("%s %s for %s and %s", human_size(f->bytes, size),
			     rights_name(f->rights), a->owner_name[o1], a->owner_name[o2]);
}

/*
 * One pass over all ranges in the order of frames. Of the ranges so far, it is enough to
 * keep the one that reaches furthest, and the furthest one of another owner.
 */
static void find_shared(struct audit *a)
{
	const struct frames *fr = a->frames, *best = NULL, *other = NULL;
	size_t i;

	if (a->owners < 2 || !a->nframes)
		return;
	qsort(a->frames, a->nframes, sizeof(*a->frames), by_phys);
	for (i = 0; i < a->nframes; i++, fr++) {
		u32 owner = a->owner[fr->dev];

		if (best && a->owner[best->dev] != owner) {
			if (fr->phys <= best->last)
				shared(a, best, fr);
		} else if (other && fr->phys <= other->last) {
			shared(a, other, fr);
		}
		if (!best || a->owner[best->dev] == owner) {
			if (!best || fr->last > best->last)
				best = fr;
		} else if (fr->last > best->last) {
			other = best;
			best = fr;
		} else if (!other || fr->last > other->last) {
			other = fr;
		}
	}
}

/* Reading */

static u8 kinds_of(const char *kind)
{
	static const char *const users[] = { "anon", "file" };
	bool user = *kind && strcmp(kind, "-");
	const char *p = kind;
	u8 kinds = 0;
	size_t len;

	if (iom_has_word(kind, "free", '+'))
		kinds |= FRAMES_FREE;
	if (iom_has_word(kind, "page-table", '+'))
		kinds |= FRAMES_PGTABLE;
	for (; user && *p; p += len + !!p[len]) {
		len = strcspn(p, "+");
		user = (len == 4) && (!strncmp(p, users[0], 4) || !strncmp(p, users[1], 4));
	}
	return kinds | (user ? FRAMES_USER : 0);
}

static void add_frames(struct audit *a, u32 dev, u64 iova, u64 phys, u64 bytes, u8 rights, u8 kinds)
{
	struct frames *fr;

	a->frames = grow(a->frames, a->nframes, sizeof(*fr));
	fr = &a->frames[a->nframes++];
	fr->phys = phys;
	fr->last = phys + bytes - 1;
	fr->iova = iova;
	fr->dev = dev;
	fr->rights = rights & (IOPT_R | IOPT_W);
	fr->kinds = kinds;
}

/* Where the file "mappings" is missing, the tables alone tell, and not what is there. */
struct tables_only {
	struct audit *a;
	u32 dev;
};

static int take_mapping(void *ctx, const struct iop_mapping *map)
{
	struct tables_only *t = ctx;

	add_frames(t->a, t->dev, map->iova, map->phys, map->end - map->iova, map->rights, 0);
	return 0;
}

/* All that one table leads to. */
static int read_table(struct audit *a, u32 dev, const struct iom_memory *m)
{
	const struct iom_dev *d = &a->s->devs[dev];
	struct tables_only only = { a, dev };
	struct iop_requester r;
	struct iom_run *runs;
	size_t count, i;
	bool raced;
	int ret;

	ret = iom_runs(a->s, d, &runs, &count);
	if (ret)
		return ret;
	raced = iom_has_word(d->flags, "raced", ',');
	for (i = 0; i < count; i++) {
		raced |= runs[i].raced;
		if (!runs[i].raced)
			add_frames(a, dev, runs[i].start, runs[i].phys,
				   runs[i].last - runs[i].start + 1, runs[i].rights,
				   kinds_of(runs[i].kind));
	}
	free(runs);
	if (!count && iom_unit(a->s, d) && !iom_requester(iom_unit(a->s, d), m, d, &r)) {
		ret = iom_walk(m, &r, take_mapping, &only);
		raced |= ret != 0;
	}
	a->unknown += raced;
	return 0;
}

static int by_address(const void *x, const void *y)
{
	u64 a = *(const u64 *)x, b = *(const u64 *)y;

	return a < b ? -1 : a > b;
}

/* Pages that hold entries of an IOMMU, of any device. */
static void add_tables(struct audit *a, const struct iom_memory *m)
{
	a->tables = xalloc(realloc(a->tables, (a->ntables + m->npages + 1) * sizeof(*a->tables)));
	if (m->npages)
		memcpy(a->tables + a->ntables, m->page, m->npages * sizeof(*m->page));
	a->ntables += m->npages;
}

/* "  0001000000-00020020ff : Kernel code", zeros for those who may not know. */
static void find_text(struct audit *a)
{
	const struct iom_file *f = iom_file(a->s, "proc/iomem");
	const char *at = f ? strstr(f->text, " : Kernel code\n") : NULL;
	u64 first, last;

	if (!at)
		return;
	while (at > f->text && at[-1] != '\n')
		at--;
	if (sscanf(at, "%llx-%llx", &first, &last) == 2 && last > first) {
		a->text = first;
		a->text_last = last;
	}
}

/* Has it a table of its own, and is that one to be judged leaf by leaf? */
static bool has_leaves(const struct iom_dev *d)
{
	return d->pasid == IOM_NONE && d->root && strcmp(d->domain, "identity") &&
	       (!strcmp(d->mode, "table") || !strcmp(d->mode, "nested"));
}

/* For each device, the first one that uses the same table. */

struct user {
	u64 root;
	u32 unit;
	u32 dev;
};

static int by_root(const void *x, const void *y)
{
	const struct user *a = x, *b = y;

	if (a->unit != b->unit)
		return a->unit < b->unit ? -1 : 1;
	if (a->root != b->root)
		return a->root < b->root ? -1 : 1;
	return a->dev < b->dev ? -1 : a->dev > b->dev;
}

/* Two owners with one table share all that it leads to. */
static void one_table(struct audit *a, u32 first, u32 dev)
{
	u32 o1 = a->owner[first], o2 = a->owner[dev];
	struct finding *f;

	f = audit_find(a, FIND_SHARED, &a->s->devs[first], (u64)min(o1, o2) << 32 | max(o1, o2),
		       explained(a, &a->s->devs[first], 1, 0));
	if (!f || f->ranges)
		return;
	f->severity = SEVERITY_HIGH;
	finding_add(f, &a->s->devs[first]);
	finding_add(f, &a->s->devs[dev]);
	free(f->where);
	f->where = xasprintf("one table for %s and %s", a->owner_name[o1], a->owner_name[o2]);
}

static void find_users(struct audit *a)
{
	struct user *u = xalloc(malloc((a->s->ndevs + 1) * sizeof(*u)));
	size_t i, n = 0;

	a->first = xalloc(calloc(a->s->ndevs + 1, sizeof(*a->first)));
	for (i = 0; i < a->s->ndevs; i++) {
		const struct iom_dev *d = &a->s->devs[i];

		a->first[i] = i;
		if (has_leaves(d))
			u[n++] = (struct user){ d->root, d->unit, i };
	}
	qsort(u, n, sizeof(*u), by_root);
	for (i = 1; i < n; i++)
		if (u[i].unit == u[i - 1].unit && u[i].root == u[i - 1].root)
			a->first[u[i].dev] = a->first[u[i - 1].dev];
	for (i = 0; i < n; i++) {
		u32 first = a->first[u[i].dev];

		if (a->owner[first] != a->owner[u[i].dev])
			one_table(a, first, u[i].dev);
	}
	free(u);
}

int audit_frames(struct audit *a)
{
	struct iom_memory *m = xalloc(calloc(a->s->ndevs + 1, sizeof(*m)));
	size_t i, j, from;
	int ret = 0;

	find_text(a);
	find_users(a);
	for (i = 0; i < a->s->ndevs && !ret; i++) {
		if (!has_leaves(&a->s->devs[i]) || a->first[i] != i)
			continue;
		ret = iom_load(a->s, &a->s->devs[i], &m[i]);
		if (!ret)
			add_tables(a, &m[i]);
	}
	if (a->ntables)
		qsort(a->tables, a->ntables, sizeof(*a->tables), by_address);
	for (i = 0; i < a->s->ndevs && !ret; i++) {
		if (!has_leaves(&a->s->devs[i]) || a->first[i] != i)
			continue;
		from = a->nframes;
		ret = read_table(a, i, &m[i]);
		for (j = from; j < a->nframes && !ret; j++)
			judge(a, &a->frames[j]);
		if (!ret)
			find_overlaps(a, from);
	}
	if (!ret)
		find_shared(a);
	if (a->nsuspects)
		qsort(a->suspect, a->nsuspects, sizeof(*a->suspect), by_suspect);
	for (i = 0; i < a->s->ndevs; i++)
		iom_unload(&m[i]);
	free(m);
	return ret;
}
