// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file "tables" of a requester as memory, so that the pure cores can walk it as the
 * hardware walks RAM. Every qword that a line tells of becomes part of a span; the rest of
 * each page that is known to hold entries is zero; reading anything else, also what kept
 * changing while the module read it, is -ENODATA.
 */
#include <stdlib.h>

#include "iommu_lines.h"

#define QWORDS_MAX 8

/* Where an entry leads, whatever its kind. */
#define ADDRESS GENMASK_ULL(51, 12)

/**
 * struct iom_span - neighbouring qwords
 * @phys:  address of the first
 * @value: of the first
 * @step:  from one to the next
 * @count: how many
 * @raced: not known
 */
struct iom_span {
	u64 phys;
	u64 value;
	u64 step;
	u32 count;
	bool raced;
};

/* What a line may be. @qwords: of its entry, 0: one that may have neighbours. */
static const struct kind {
	const char *name;
	unsigned int qwords;
	unsigned int entries;
} kinds[] = {
	{ "root", 2, 256 },
	{ "context", 0, 256 },
	{ "pasid-dir", 1, 1 << 14 },
	{ "pasid", 8, 64 },
	{ "dte", 4, 1 << 16 },
	{ "gcr3", 1, RADIX_ENTRIES },
	{ "table", 1, RADIX_ENTRIES },
	{ "leaf", 1, RADIX_ENTRIES },
	{ "odd", 1, RADIX_ENTRIES },
	{ "raced", 1, 1 << 16 },
};

static void add_span(struct iom_memory *m, u64 phys, u64 value, u64 step, u32 count, bool raced)
{
	m->span = grow(m->span, m->nspans, sizeof(*m->span));
	m->span[m->nspans++] = (struct iom_span){ phys, value, step, count, raced };
}

static void add_page(struct iom_memory *m, u64 phys)
{
	phys &= ~0xfffULL;
	if (m->npages && m->page[m->npages - 1] == phys)
		return;
	m->page = grow(m->page, m->npages, sizeof(*m->page));
	m->page[m->npages++] = phys;
}

/* "0x1,0x2" -> numbers; how many, or 0 when it is none. */
static unsigned int parse_qwords(const char *word, u64 *q)
{
	unsigned int n = 0;
	char buf[24];
	size_t len;

	for (;; word += len + 1) {
		len = strcspn(word, ",");
		if (len >= sizeof(buf) || n == QWORDS_MAX)
			return 0;
		memcpy(buf, word, len);
		buf[len] = '\0';
		if (!iom_number(buf, &q[n++]))
			return 0;
		if (!word[len])
			return n;
	}
}

/* Tables that this entry leads to are known, too, even when all in them is zero. */
static void add_targets(struct iom_memory *m, const char *kind, const u64 *q, unsigned int n)
{
	unsigned int i;

	if (!strcmp(kind, "table")) {
		add_page(m, q[0] & ADDRESS);
		return;
	}
	for (i = 0; i < n; i++) {
		/* Roots: a pointer in each half. PASID entries: second stage, first stage. */
		bool pointer = !strcmp(kind, "root")  ? q[i] & 1 :
			       !strcmp(kind, "pasid") ? (q[0] & 1) && (!i || i == 2) :
							!i && (q[0] & 1);

		if (pointer && strcmp(kind, "leaf") && strcmp(kind, "odd"))
			add_page(m, q[i] & ADDRESS);
	}
}

static bool take_line(struct iom_memory *m, const struct iom_lines *l)
{
	enum { KIND, LEVEL, TABLE, INDEX, COUNT, ENTRY };
	u64 level, table, index, count, q[QWORDS_MAX] = { 0 }, phys, step;
	unsigned int i, n = 1;
	const struct kind *k = NULL;
	bool raced;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(l->field[KIND], kinds[i].name))
			k = &kinds[i];
	if (!k || !lines_number(l, LEVEL, 0, RADIX_MAX_LEVELS, &level) ||
	    !lines_number(l, TABLE, 1, ADDRESS, &table) || (table & 0xfff) ||
	    !lines_number(l, INDEX, 0, k->entries - 1, &index) ||
	    !lines_number(l, COUNT, 1, k->entries, &count) || !count || index + count > k->entries)
		return false;
	raced = !strcmp(k->name, "raced");
	if (!raced || strcmp(l->field[ENTRY], "-")) {
		n = parse_qwords(l->field[ENTRY], q);
		/* Context entries: two qwords, four in scalable mode. */
		if (!n || (k->qwords ? n != k->qwords && !raced : n != 2 && n != 4))
			return false;
	}
	if (n > 1 && count > 1)
		return false;
	step = level && !strcmp(k->name, "leaf") ? radix_size(level) : 0;
	phys = table + index * n * sizeof(u64);
	add_page(m, phys);
	if (n == 1)
		add_span(m, phys, q[0], step, count, raced);
	else
		for (i = 0; i < n; i++)
			add_span(m, phys + i * sizeof(u64), q[i], 0, 1, raced);
	if (!raced)
		add_targets(m, k->name, q, n);
	return true;
}

static int by_phys(const void *a, const void *b)
{
	const struct iom_span *x = a, *y = b;

	if (x->phys != y->phys)
		return x->phys < y->phys ? -1 : 1;
	/* What raced is not known, whatever another line says. */
	return y->raced - x->raced;
}

static int by_address(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* Sorts what was found; false when two lines tell different things of one qword. */
static bool settle(struct iom_memory *m)
{
	size_t i, n = 0;

	if (m->nspans)
		qsort(m->span, m->nspans, sizeof(*m->span), by_phys);
	for (i = 0; i < m->nspans; i++) {
		struct iom_span *last = n ? &m->span[n - 1] : NULL, *s = &m->span[i];

		if (!last || s->phys >= last->phys + last->count * sizeof(u64)) {
			m->span[n++] = *s;
			continue;
		}
		if (!last->raced &&
		    (s->phys != last->phys || s->value != last->value || s->count != last->count))
			return false;
	}
	m->nspans = n;
	if (m->npages)
		qsort(m->page, m->npages, sizeof(*m->page), by_address);
	return true;
}

/* The first span that ends behind @phys. */
static size_t find_span(const struct iom_memory *m, u64 phys)
{
	size_t lo = 0, hi = m->nspans, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (m->span[mid].phys + m->span[mid].count * sizeof(u64) <= phys)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int read_memory(void *ctx, u64 phys, void *to, unsigned int bytes)
{
	const struct iom_memory *m = ctx;
	u64 page = ~0ULL, here, value;
	size_t i = find_span(m, phys);
	unsigned int at;

	if ((phys | bytes) & 7)
		return -EINVAL;
	for (at = 0; at < bytes; at += sizeof(u64)) {
		const struct iom_span *s;
		u64 q = phys + at;

		here = q & ~0xfffULL;
		if (here != page &&
		    !(m->npages && bsearch(&here, m->page, m->npages, sizeof(here), by_address)))
			return -ENODATA;
		page = here;
		while (i < m->nspans && m->span[i].phys + m->span[i].count * sizeof(u64) <= q)
			i++;
		s = i < m->nspans && m->span[i].phys <= q ? &m->span[i] : NULL;
		if (s && s->raced)
			return -ENODATA;
		value = s ? s->value + (q - s->phys) / sizeof(u64) * s->step : 0;
		memcpy((char *)to + at, &value, sizeof(value));
	}
	return 0;
}

int iom_load(struct iom *s, const struct iom_dev *d, struct iom_memory *m)
{
	static const char *const names[] = { "kind",  "level", "table", "index",
					     "count", "entry", NULL };
	char name[64], rid[IOM_RID_SIZE];
	struct iom_lines l;
	int ret;

	memset(m, 0, sizeof(*m));
	m->mem.read = read_memory;
	m->mem.ctx = m;
	snprintf(name, sizeof(name), "%s/tables", iom_rid_name(d->rid, rid));
	ret = lines_begin(s, &l, name, "iommu_probe tables", names);
	/* A device without an entry may be without the file. */
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	while ((ret = lines_record(&l)) > 0) {
		if (m->nspans >= IOM_MAX_RECORDS || !take_line(m, &l)) {
			ret = -lines_bad(&l,
					 "no entry of a table as this version of xlate knows it");
			break;
		}
	}
	if (!ret && !settle(m))
		ret = -fail(XLATE_ERROR, NULL, "%s%s%s: two lines disagree about one entry",
			    s->from ? s->from : "", s->from ? ": " : "", name);
	if (ret)
		iom_unload(m);
	return -ret;
}

void iom_unload(struct iom_memory *m)
{
	free(m->span);
	free(m->page);
	memset(m, 0, sizeof(*m));
}
