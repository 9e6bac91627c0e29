// SPDX-License-Identifier: GPL-2.0-only
/* xlate reverse: which devices can reach this physical address, and by which IOVA? */
#include <stdlib.h>

#include "iommu_source.h"

enum { RID, IOVA, RIGHTS, PAGE, VIA, DRIVER, GROUP, HOLDER, KIND, PASID, NAME };

static const struct column columns[] = {
	[RID] = { "RID", COL_TEXT, COL_DEFAULT, 0, "requester ID" },
	[IOVA] = { "IOVA", COL_TEXT, COL_DEFAULT, 0, "address by which the device reaches it" },
	[RIGHTS] = { "RIGHTS", COL_TEXT, COL_DEFAULT, 0, "r: it may read, w: it may write" },
	[PAGE] = { "PAGE", COL_TEXT, COL_DEFAULT | COL_RIGHT, 0, "size of the page that maps it" },
	[VIA] = { "VIA", COL_TEXT, COL_DEFAULT, 0,
		  "table, pass-through, or off (its unit does not translate)" },
	[DRIVER] = { "DRIVER", COL_TEXT, COL_DEFAULT, 0, "that is bound to the device" },
	[GROUP] = { "GROUP", COL_NUMBER, COL_DEFAULT, 0, "IOMMU group" },
	[HOLDER] = { "HOLDER", COL_TEXT, COL_DEFAULT, 0, "process that has its VFIO group open" },
	[KIND] = { "KIND", COL_TEXT, 0, 0, "of memory that is there" },
	[PASID] = { "PASID", COL_NUMBER, 0, 0, "address space within the requester ID" },
	[NAME] = { "DEVICE", COL_TEXT, COL_WIDE | COL_DEFAULT | COL_CUT, 0, "what it is" },
	{ 0 },
};

/**
 * struct search - a search under way
 * @s:	     where from
 * @d:	     requester that is looked at
 * @phys:    address
 * @t:	     table of what was found
 * @kind:    of memory there, "-" until somebody knows
 * @unknown: requesters whose tables are not all known
 * @names:   some of them
 */
struct search {
	struct iom *s;
	const struct iom_dev *d;
	u64 phys;
	struct table *t;
	const char *kind;
	unsigned int unknown;
	char names[256];
};

static void not_known(struct search *q)
{
	char rid[IOM_RID_SIZE];
	size_t len = strlen(q->names);

	q->unknown++;
	if (len + 32 < sizeof(q->names))
		scnprintf(q->names + len, sizeof(q->names) - len, "%s%s", len ? ", " : "",
			  iom_rid_name(q->d->rid, rid));
	else if (!strstr(q->names, "..."))
		scnprintf(q->names + len, sizeof(q->names) - len, ", ...");
}

/* What kind of memory it is, as the runs of somebody who maps it say. */
static int look_up_kind(struct search *q, u64 iova)
{
	struct iom_run *runs;
	size_t count, i;
	int ret = iom_runs(q->s, q->d, &runs, &count);

	for (i = 0; i < count && !ret; i++)
		if (!runs[i].raced && iova >= runs[i].start && iova <= runs[i].last)
			q->kind = runs[i].kind;
	free(runs);
	return ret;
}

static int found(struct search *q, u64 iova, u8 rights, u64 page, const char *via)
{
	const struct iom_pci *p = iom_pci(q->s, q->d->rid);
	struct libscols_line *row;
	char buf[128];
	int ret = 0;

	if (table_wants(q->t, KIND) && !strcmp(q->kind, "-") && page)
		ret = look_up_kind(q, iova);
	row = table_row(q->t, NULL);
	table_put(q->t, row, RID, "%s", iom_rid_name(q->d->rid, buf));
	table_put(q->t, row, IOVA, "0x%llx", iova);
	table_put(q->t, row, RIGHTS, "%c%c", rights & IOPT_R ? 'r' : '-',
		  rights & IOPT_W ? 'w' : '-');
	table_put(q->t, row, PAGE, "%s", page ? iopt_size_name(page, buf) : "-");
	table_put(q->t, row, VIA, "%s", via);
	table_put(q->t, row, DRIVER, "%s", q->d->driver);
	if (q->d->group != IOM_NONE)
		table_number(q->t, row, GROUP, q->d->group);
	table_put(q->t, row, HOLDER, "%s", iom_holder_short(q->s, q->d->group, buf));
	table_put(q->t, row, KIND, "%s", q->kind);
	if (q->d->pasid != IOM_NONE)
		table_number(q->t, row, PASID, q->d->pasid);
	table_put(q->t, row, NAME, "%s", p ? pci_name(p, opt.json) : "(no device has this ID)");
	if (!page)
		table_colour(q->t, row, COLOUR_AMBER);
	return ret;
}

static int take_mapping(void *ctx, const struct iop_mapping *map)
{
	struct search *q = ctx;

	if (q->phys < map->phys || q->phys - map->phys > map->end - 1 - map->iova)
		return 0;
	return found(q, map->iova + (q->phys - map->phys), map->rights, map->page, "table");
}

static int search_dev(struct search *q, const struct iom_unit *u)
{
	struct iop_requester r;
	struct iom_memory m;
	int ret;

	ret = iom_load(q->s, q->d, &m);
	if (ret)
		return ret;
	if (iom_requester(u, &m, q->d, &r)) {
		not_known(q);
	} else if (r.what == IOP_PASS || r.what == IOP_OFF) {
		/* Writes to the interrupt range are no DMA, whoever makes them. */
		if (r.width >= 64 || !(q->phys >> r.width) || r.what == IOP_OFF)
			ret = found(q, q->phys, r.what == IOP_OFF ? IOPT_R | IOPT_W : r.rights, 0,
				    r.what == IOP_OFF ? "off" : "pass-through");
	} else {
		ret = iom_walk(&m, &r, take_mapping, q);
		if (ret == 1 || ret == -EOPNOTSUPP) {
			not_known(q);
			ret = 0;
		}
	}
	iom_unload(&m);
	return ret;
}

static int search(struct search *q)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < q->s->ndevs && !ret; i++) {
		const struct iom_unit *u;

		q->d = &q->s->devs[i];
		u = iom_unit(q->s, q->d);
		if (u && u->hw.type && q->d->pasid == IOM_NONE)
			ret = search_dev(q, u);
		else if (!u && !strcmp(q->d->mode, "off"))
			ret = found(q, q->phys, IOPT_R | IOPT_W, 0, "off");
		else
			not_known(q);
	}
	return ret;
}

static int run(int argc, char **argv)
{
	struct search q = { .kind = "-" };
	struct iom s;
	char *hex;
	bool good;
	int ret;

	if (argc != 1)
		return fail(XLATE_USAGE, "usage: xlate reverse PHYS",
			    argc ? "%s: one word too many" : "which physical address?",
			    argc ? argv[1] : "");
	hex = xasprintf("%s%s", strncmp(argv[0], "0x", 2) ? "0x" : "", argv[0]);
	good = iom_number(hex, &q.phys);
	free(hex);
	if (!good)
		return fail(
			XLATE_USAGE,
			"a physical address is hexadecimal, with or without 0x, as xlate pages and the column PHYS show it",
			"%s: not an address", argv[0]);
	ret = iom_open(&s);
	if (ret)
		return ret;
	q.s = &s;
	q.t = table_new("reachable_by", columns);
	if (q.t && opt.json)
		table_show_all(q.t);
	ret = q.t ? search(&q) : XLATE_USAGE;
	if (q.t && (ret || (!opt.json && !table_rows(q.t)))) {
		table_free(q.t);
		if (!ret)
			printf("No device can reach 0x%llx%s.\n", q.phys,
			       q.unknown ? ", as far as is known" : "");
	} else if (q.t) {
		table_end(q.t);
	}
	if (!ret && q.unknown)
		remark("they changed while they were read, or belong to a single PASID, or are the kernel's word only",
		       "not all tables of these requesters are known: %s", q.names);
	iom_close(&s);
	return ret;
}

const struct command cmd_reverse = {
	.name = "reverse",
	.run = run,
	.args = "PHYS",
	.help = "which devices can reach this physical address",
	.text = "Looks through the tables of every requester ID for a physical address, and lists who\n"
		"reaches it: by which IOVA, with which rights, and which process holds the device.\n"
		"A device whose requests are not translated (pass-through, or a unit that is off)\n"
		"reaches everything. Physical addresses of a process: xlate pages PID --raw.\n",
	.columns = columns,
	.options = OPT_INPUT | OPT_TABLE,
};
