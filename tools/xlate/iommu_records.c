// SPDX-License-Identifier: GPL-2.0-only
/* What the machine adds, and a requester's runs, as the structures of iommu_source.h. */
#include <stdlib.h>

#include "iommu_lines.h"

#define NOT_KNOWN "not as this version of xlate knows it"

/* pci, aliases, holders, reserved regions of groups: all are optional. */

static int by_function(const void *a, const void *b)
{
	u32 x = ((const struct iom_pci *)a)->rid, y = ((const struct iom_pci *)b)->rid;

	return x < y ? -1 : x > y;
}

static int parse_pci(struct iom *s)
{
	static const char *const names[] = { "device",	  "vendor",	 "id", "class",
					     "secondary", "subordinate", NULL };
	u64 vendor, device, class, secondary, subordinate;
	struct iom_lines l;
	struct iom_pci *p;
	int ret;

	ret = lines_begin(s, &l, "pci", "xlate pci", names);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	while ((ret = lines_record(&l)) > 0) {
		s->pcis = grow(s->pcis, s->npcis, sizeof(*p));
		p = &s->pcis[s->npcis];
		if (s->npcis >= IOM_MAX_RECORDS || !iom_parse_rid(l.field[0], &p->rid) ||
		    !lines_number(&l, 1, 0, 0xffff, &vendor) ||
		    !lines_number(&l, 2, 0, 0xffff, &device) ||
		    !lines_number(&l, 3, 0, 0xffffff, &class) ||
		    !lines_number(&l, 4, IOM_NONE, 255, &secondary) ||
		    !lines_number(&l, 5, IOM_NONE, 255, &subordinate))
			return lines_bad(&l, NOT_KNOWN);
		p->vendor = vendor;
		p->device = device;
		p->class = class;
		p->bridge = secondary != IOM_NONE;
		p->secondary = secondary;
		p->subordinate = subordinate;
		s->npcis++;
	}
	if (s->npcis)
		qsort(s->pcis, s->npcis, sizeof(*s->pcis), by_function);
	return -ret;
}

const struct iom_pci *iom_pci(const struct iom *s, u32 rid)
{
	const struct iom_pci key = { .rid = rid };

	return s->npcis ? bsearch(&key, s->pcis, s->npcis, sizeof(key), by_function) : NULL;
}

static int parse_aliases(struct iom *s)
{
	static const char *const names[] = { "device", "alias", NULL };
	struct iom_lines l;
	struct iom_alias *a;
	int ret;

	ret = lines_begin(s, &l, "aliases", "xlate aliases", names);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	while ((ret = lines_record(&l)) > 0) {
		s->aliases = grow(s->aliases, s->naliases, sizeof(*a));
		a = &s->aliases[s->naliases];
		if (s->naliases >= IOM_MAX_RECORDS || !iom_parse_rid(l.field[0], &a->rid) ||
		    !iom_parse_rid(l.field[1], &a->alias))
			return lines_bad(&l, NOT_KNOWN);
		s->naliases++;
	}
	return -ret;
}

u32 iom_alias(const struct iom *s, u32 rid)
{
	size_t i;

	for (i = 0; i < s->naliases; i++)
		if (s->aliases[i].rid == rid)
			return s->aliases[i].alias;
	return rid;
}

static int by_group(const void *a, const void *b)
{
	const struct iom_holder *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static int parse_holders(struct iom *s)
{
	static const char *const names[] = { "group", "pid", "comm", NULL };
	struct iom_holder *h;
	struct iom_lines l;
	u64 group, pid;
	size_t i, n;
	int ret;

	ret = lines_begin(s, &l, "holders", "xlate holders", names);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	while ((ret = lines_record(&l)) > 0) {
		if (s->nholders >= IOM_MAX_RECORDS ||
		    !lines_number(&l, 0, IOM_NONE, 0x7fffffff, &group) ||
		    !lines_number(&l, 1, IOM_NONE, 0x7fffffff, &pid))
			return lines_bad(&l, NOT_KNOWN);
		s->holders = grow(s->holders, s->nholders, sizeof(*h));
		h = &s->holders[s->nholders++];
		h->group = group;
		h->pid = pid;
		h->comm = l.field[2];
	}
	if (ret || !s->nholders)
		return -ret;
	/* A process may have a group open more than once. */
	qsort(s->holders, s->nholders, sizeof(*s->holders), by_group);
	for (i = 1, n = 1; i < s->nholders; i++)
		if (by_group(&s->holders[i], &s->holders[n - 1]))
			s->holders[n++] = s->holders[i];
	s->nholders = n;
	return 0;
}

const char *iom_holder_names(const struct iom *s, u32 group, char *buf)
{
	int len = 0;
	size_t i;

	buf[0] = '\0';
	for (i = 0; i < s->nholders && group != IOM_NONE; i++)
		if (s->holders[i].group == group)
			len += scnprintf(buf + len, 128 - len, "%s%s[%u]", len ? "," : "",
					 s->holders[i].comm, s->holders[i].pid);
	if (!len)
		strcpy(buf, "-");
	return buf;
}

const char *iom_holder_short(const struct iom *s, u32 group, char *buf)
{
	unsigned int more = 0;
	size_t i;

	strcpy(buf, "-");
	for (i = 0; i < s->nholders && group != IOM_NONE; i++) {
		if (s->holders[i].group != group)
			continue;
		if (!strcmp(buf, "-"))
			snprintf(buf, 100, "%s[%u]", s->holders[i].comm, s->holders[i].pid);
		else
			more++;
	}
	if (more)
		snprintf(buf + strlen(buf), 28, " +%u", more);
	return buf;
}

/* "0x0000000000000000 0x0000000000ffffff direct-relaxable" */
static int parse_regions(struct iom *s, u32 group)
{
	char name[64], *line, *word, *save;
	struct iom_lines l;
	struct iom_region *r;
	int ret;

	snprintf(name, sizeof(name), "sys/kernel/iommu_groups/%u/reserved_regions", group);
	ret = lines_begin(s, &l, name, NULL, NULL);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	while ((line = lines_next(&l))) {
		s->regions = grow(s->regions, s->nregions, sizeof(*r));
		r = &s->regions[s->nregions];
		r->group = group;
		word = strtok_r(line, " ", &save);
		if (s->nregions >= IOM_MAX_RECORDS || !word || !iom_number(word, &r->start))
			return lines_bad(&l, NOT_KNOWN);
		word = strtok_r(NULL, " ", &save);
		r->type = strtok_r(NULL, " ", &save);
		if (!word || !iom_number(word, &r->last) || r->last < r->start || !r->type)
			return lines_bad(&l, NOT_KNOWN);
		s->nregions++;
	}
	return 0;
}

static int by_value(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static int parse_groups(struct iom *s)
{
	u32 *group = xalloc(malloc((s->ndevs + 1) * sizeof(*group)));
	int ret = 0;
	size_t i;

	for (i = 0; i < s->ndevs; i++)
		group[i] = s->devs[i].group;
	qsort(group, s->ndevs, sizeof(*group), by_value);
	for (i = 0; i < s->ndevs && !ret; i++)
		if (group[i] != IOM_NONE && (!i || group[i] != group[i - 1]))
			ret = parse_regions(s, group[i]);
	free(group);
	return ret;
}

int iom_parse_host(struct iom *s)
{
	int ret = parse_pci(s);

	if (!ret)
		ret = parse_aliases(s);
	if (!ret)
		ret = parse_holders(s);
	return ret ? ret : parse_groups(s);
}

/* mappings */

int iom_runs(struct iom *s, const struct iom_dev *d, struct iom_run **runs, size_t *count)
{
	enum { START, END, PAGE, RIGHTS, KIND, PHYS, ENTRY };
	static const char *const names[] = { "start", "end",  "page",  "rights",
					     "kind",  "phys", "entry", NULL };
	char name[64], rid[IOM_RID_SIZE];
	struct iom_lines l;
	struct iom_run *r;
	u64 page, size, end;
	char unit;
	int ret, n;

	*runs = NULL;
	*count = 0;
	snprintf(name, sizeof(name), "%s/mappings", iom_rid_name(d->rid, rid));
	ret = lines_begin(s, &l, name, "iommu_probe mappings", names);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	while ((ret = lines_record(&l)) > 0) {
		*runs = grow(*runs, *count, sizeof(*r));
		r = &(*runs)[*count];
		memset(r, 0, sizeof(*r));
		r->kind = l.field[KIND];
		r->raced = !strcmp(r->kind, "raced");
		size = 0;
		n = -1;
		if (strcmp(l.field[PAGE], "-") &&
		    (sscanf(l.field[PAGE], "%4llu%c%n", &page, &unit, &n) != 2 ||
		     l.field[PAGE][n] || !strchr("KMGT", unit)))
			goto bad;
		if (n > 0)
			size = page << (unit == 'K' ? 10 :
					unit == 'M' ? 20 :
					unit == 'G' ? 30 :
						      40);
		r->page = size;
		if (!lines_number(&l, START, 0, ~0ULL, &r->start) ||
		    !lines_number(&l, END, 0, ~0ULL, &end) ||
		    !lines_number(&l, PHYS, 0, ~0ULL, &r->phys) ||
		    !lines_number(&l, ENTRY, 0, ~0ULL, &r->entry) || *count >= IOM_MAX_RECORDS)
			goto bad;
		/* The end of the address space is 0. */
		r->last = end - 1;
		if (r->last < r->start ||
		    (!r->raced && (!size || r->phys + (r->last - r->start) < r->phys)))
			goto bad;
		r->rights = (strchr(l.field[RIGHTS], 'r') ? IOPT_R : 0) |
			    (strchr(l.field[RIGHTS], 'w') ? IOPT_W : 0);
		(*count)++;
	}
	if (!ret)
		return 0;
	free(*runs);
	*runs = NULL;
	return -ret;
bad:
	free(*runs);
	*runs = NULL;
	return lines_bad(&l, NOT_KNOWN);
}
