// SPDX-License-Identifier: GPL-2.0-only
/* xlate iommu: requester IDs and their I/O page tables; of one, all that leads to it. */
#include <stdlib.h>

#include "iommu_source.h"

enum {
	RID,
	PASID,
	DRIVER,
	GROUP,
	DOMAIN,
	MODE,
	FORMAT,
	LEVELS,
	DID,
	ROOT,
	LEAVES,
	MAPPED,
	HOLDER,
	VF_OF,
	UNIT,
	FLAGS,
	SOURCE,
	NAME
};

static const struct column columns[] = {
	[RID] = { "RID", COL_TEXT, COL_DEFAULT, 0, "requester ID: segment:bus:device.function" },
	[PASID] = { "PASID", COL_NUMBER, 0, 0, "address space within it; none: plain requests" },
	[DRIVER] = { "DRIVER", COL_TEXT, COL_DEFAULT, 0, "that is bound to the device" },
	[GROUP] = { "GROUP", COL_NUMBER, COL_DEFAULT, 0,
		    "IOMMU group: what cannot be told apart by hardware" },
	[DOMAIN] = { "DOMAIN", COL_TEXT, COL_DEFAULT, 0,
		     "what the kernel says: identity, dma, dma-fq (lazy), unmanaged (VFIO), blocked" },
	[MODE] = { "MODE", COL_TEXT, COL_DEFAULT, 0,
		   "what the tables say: table, pass, absent, blocked, nested, bad, off" },
	[FORMAT] = { "FORMAT", COL_TEXT, COL_WIDE | COL_DEFAULT, 0,
		     "of its table: vtd-ss, vtd-fs (second, first stage), amd-v1, amd-v2" },
	[LEVELS] = { "LEVELS", COL_NUMBER, COL_WIDE | COL_DEFAULT, 0, "of its table" },
	[DID] = { "DID", COL_NUMBER, 0, 0, "domain id, by which the IOMMU tags its caches" },
	[ROOT] = { "ROOT", COL_TEXT, COL_WIDE | COL_DEFAULT, 0, "physical address of its table" },
	[LEAVES] = { "LEAVES", COL_NUMBER, 0, 0, "entries of the table that map a page" },
	[MAPPED] = { "MAPPED", COL_SIZE, COL_DEFAULT, 0, "memory that they map" },
	[HOLDER] = { "HOLDER", COL_TEXT, 0, 0, "process that has its VFIO group open" },
	[VF_OF] = { "VF-OF", COL_TEXT, 0, 0, "the physical function that it is a virtual one of" },
	[UNIT] = { "UNIT", COL_NUMBER, 0, 0, "remapping unit that serves it" },
	[FLAGS] = { "FLAGS", COL_TEXT, 0, 0,
		    "unclaimed (no device has this ID), alias, bridge, raced, pasids:N, lab" },
	[SOURCE] = { "SOURCE", COL_TEXT, 0, 0,
		     "how it is known: tables, or api (the kernel's word)" },
	[NAME] = { "DEVICE", COL_TEXT, COL_DEFAULT | COL_CUT, 0, "what it is" },
	{ 0 },
};

enum { START, END, SIZE, PAGE, RIGHTS, KIND, PHYS, ENTRY };

static const struct column run_columns[] = {
	[START] = { "IOVA", COL_TEXT, COL_DEFAULT, 18, "first address, as the device says it" },
	[END] = { "END", COL_TEXT, COL_WIDE | COL_DEFAULT, 18, "address behind the last" },
	[SIZE] = { "SIZE", COL_SIZE, COL_DEFAULT, 6, "of the run" },
	[PAGE] = { "PAGE", COL_TEXT, COL_DEFAULT | COL_RIGHT, 4, "size of its pages" },
	[RIGHTS] = { "RIGHTS", COL_TEXT, COL_DEFAULT, 6, "r: it may read, w: it may write" },
	[KIND] = { "KIND", COL_TEXT, COL_DEFAULT, 10, "of memory that is there" },
	[PHYS] = { "PHYS", COL_TEXT, COL_DEFAULT, 18, "where the first address leads" },
	[ENTRY] = { "ENTRY", COL_TEXT, COL_WIDE | COL_DEFAULT, 18, "raw first entry" },
	{ 0 },
};

static const char *unit_kind(const struct iom_unit *u)
{
	return u->hw.type == IOP_AMD ? "AMD-Vi" : "VT-d";
}

static void put_unit(const struct iom_unit *u)
{
	printf("%sunit %u%s  %s %u.%u at 0x%llx: ", colour(COLOUR_BOLD), u->id, colour(COLOUR_OFF),
	       unit_kind(u), u->hw.version >> 4 & 15, u->hw.version & 15, u->hw.base);
	if (u->on)
		printf("translation on, ");
	else
		printf("%stranslation off%s, ", colour(COLOUR_RED), colour(COLOUR_OFF));
	if (strcmp(u->mode, "-"))
		printf("%s mode, ", u->mode);
	printf("interrupt remapping %s\n", u->intremap);
}

static void put_units(const struct iom *s)
{
	size_t i;

	for (i = 0; i < s->nunits; i++)
		put_unit(&s->units[i]);
	for (i = 0; i < s->nreserved; i++) {
		printf("reserved by firmware: 0x%llx-0x%llx for ", s->reserved[i].start,
		       s->reserved[i].last);
		put_clean(stdout, s->reserved[i].devices);
		putchar('\n');
	}
	if (strcmp(s->source, "vtd") && strcmp(s->source, "amd")) {
		fputs("seen through the kernel's interface only: ", stdout);
		put_clean(stdout, *s->reason ? s->reason : s->source);
		putchar('\n');
	}
}

static void json_pairs(const char *words)
{
	const char *p = words;
	bool first = true;

	/* "unit id=0 type=vtd ..." */
	while ((p = strchr(p, ' '))) {
		const char *eq = strchr(++p, '='), *end = p + strcspn(p, " ");
		char *key, *value;

		if (!eq || eq > end)
			continue;
		key = xasprintf("%.*s", (int)(eq - p), p);
		value = xasprintf("%.*s", (int)(end - eq - 1), eq + 1);
		fputs(first ? "" : ", ", stdout);
		first = false;
		json_string(stdout, key);
		fputs(": ", stdout);
		json_string(stdout, value);
		free(key);
		free(value);
	}
}

static void json_units(const struct iom *s)
{
	size_t i;

	fputs(" \"units\": [", stdout);
	for (i = 0; i < s->nunits; i++) {
		fputs(i ? ",\n  {" : "\n  {", stdout);
		json_pairs(s->units[i].words);
		putchar('}');
	}
	fputs("],\n \"reserved\": [", stdout);
	for (i = 0; i < s->nreserved; i++) {
		printf("%s{\"start\": \"0x%llx\", \"end\": \"0x%llx\", \"devices\": ",
		       i ? ",\n  " : "\n  ", s->reserved[i].start, s->reserved[i].last);
		json_string(stdout, s->reserved[i].devices);
		putchar('}');
	}
	fputs("],\n \"source\": ", stdout);
	json_string(stdout, s->source);
	fputs(", \"reason\": ", stdout);
	json_string(stdout, s->reason);
}

static const char *device_name(const struct iom *s, const struct iom_dev *d, bool full)
{
	const struct iom_pci *p = iom_pci(s, d->rid);

	if (!d->claimed)
		return iom_has_word(d->flags, "alias", ',') ?
			       "(another device's second requester ID)" :
			       "(no device has this ID)";
	return p ? pci_name(p, full) : "-";
}

static void put_number(struct table *t, struct libscols_line *row, int col, u32 n)
{
	if (n == IOM_NONE)
		table_put(t, row, col, "-");
	else
		table_number(t, row, col, n);
}

static void put_dev(struct table *t, const struct iom *s, const struct iom_dev *d)
{
	struct libscols_line *row = table_row(t, NULL);
	char buf[128];

	table_put(t, row, RID, "%s", iom_rid_name(d->rid, buf));
	put_number(t, row, PASID, d->pasid);
	table_put(t, row, NAME, "%s", device_name(s, d, opt.json));
	table_put(t, row, DRIVER, "%s", d->driver);
	put_number(t, row, GROUP, d->group);
	table_put(t, row, DOMAIN, "%s", d->domain);
	table_put(t, row, MODE, "%s", d->mode);
	table_put(t, row, FORMAT, "%s", d->format);
	put_number(t, row, LEVELS, d->levels ? d->levels : IOM_NONE);
	put_number(t, row, DID, d->did);
	table_put(t, row, ROOT, d->root ? "0x%llx" : "-", d->root);
	if (d->root) {
		table_number(t, row, LEAVES, d->mappings);
		table_number(t, row, MAPPED, d->bytes);
	} else {
		table_put(t, row, LEAVES, "-");
		table_put(t, row, MAPPED, "-");
	}
	table_put(t, row, HOLDER, "%s", iom_holder_short(s, d->group, buf));
	table_put(t, row, VF_OF, "%s", d->vf_of == IOM_NONE ? "-" : iom_rid_name(d->vf_of, buf));
	put_number(t, row, UNIT, d->unit);
	table_put(t, row, FLAGS, "%s", d->flags);
	table_put(t, row, SOURCE, "%s", d->source);
	table_colour(t, row,
		     !strcmp(d->mode, "pass") || !strcmp(d->mode, "off") || !d->claimed ?
			     COLOUR_AMBER :
		     !strcmp(d->mode, "bad")	? COLOUR_RED :
		     !strcmp(d->mode, "absent") ? COLOUR_DIM :
						  NULL);
}

static bool any(const struct iom *s, int col)
{
	size_t i;

	for (i = 0; i < s->ndevs; i++) {
		const struct iom_dev *d = &s->devs[i];

		if ((col == PASID && d->pasid != IOM_NONE) ||
		    (col == UNIT && d->unit != IOM_NONE && d->unit != s->devs[0].unit) ||
		    (col == FLAGS && strcmp(d->flags, "-") && strcmp(d->flags, "bridge")) ||
		    (col == SOURCE && strcmp(d->source, s->devs[0].source)))
			return true;
	}
	return col == HOLDER && s->nholders;
}

static int overview(struct iom *s)
{
	static const int rare[] = { PASID, UNIT, HOLDER, FLAGS, SOURCE };
	struct table *t = table_new("requesters", columns);
	bool on = false;
	size_t i;

	if (!t)
		return XLATE_USAGE;
	if (opt.json)
		table_show_all(t);
	/* The name stays the last: it is cut where the line ends. */
	table_show(t, NAME, false);
	for (i = 0; i < ARRAY_SIZE(rare); i++)
		if (any(s, rare[i]))
			table_show(t, rare[i], true);
	table_show(t, NAME, true);
	for (i = 0; i < s->nunits; i++)
		on |= s->units[i].on;
	if (opt.json) {
		fputs("{", stdout);
		json_units(s);
		fputs(",\n ", stdout);
		table_part(t);
	} else if (!opt.no_headings) {
		put_units(s);
		putchar('\n');
	}
	for (i = 0; i < s->ndevs; i++)
		put_dev(t, s, &s->devs[i]);
	table_end(t);
	if (opt.json)
		puts("}");
	if (s->nunits && !on)
		return fail(
			XLATE_ABSENT,
			"put intel_iommu=on (or amd_iommu=on) on the kernel command line and reboot",
			"no unit translates: every device reaches all memory");
	return 0;
}

/* One requester ID */

/* What an entry on the way says, in words. */
static void entry_text(const struct iop_requester *r, unsigned int i, char *buf, size_t size)
{
	const struct iop_raw *raw = &r->raw[i];
	u64 next = i + 1 < r->raws ? r->raw[i + 1].table : 0;

	if (next)
		scnprintf(buf, size, "-> 0x%llx", next);
	else if (r->what == IOP_TABLE)
		scnprintf(buf, size, "-> 0x%llx, the table", r->tree.root);
	else if (r->what == IOP_NESTED)
		scnprintf(buf, size, "-> two tables, one for the other's addresses");
	else if (r->what == IOP_PASS)
		scnprintf(buf, size, "pass-through: nothing is translated");
	else if (r->what == IOP_BLOCKED)
		scnprintf(buf, size, "everything is refused");
	else if (r->what == IOP_ABSENT)
		scnprintf(buf, size, raw->q[0] ? "refused" : "not present: everything is refused");
	else
		scnprintf(buf, size, "refused by the hardware");
}

static void put_entries(const struct iop_requester *r)
{
	char buf[128];
	unsigned int i, j;

	if (!r->raws)
		return;
	puts("\nEntries that the hardware reads to find its table:");
	for (i = 0; i < r->raws; i++) {
		const struct iop_raw *raw = &r->raw[i];

		entry_text(r, i, buf, sizeof(buf));
		printf("  %s%-9s%s table 0x%llx [%u] %s\n", colour(COLOUR_BLUE),
		       iop_kind_name(raw->kind), colour(COLOUR_OFF), raw->table, raw->index, buf);
		for (j = 0; j < raw->words; j++)
			printf("%s0x%016llx%s", j % 3 ? " " : "            ", raw->q[j],
			       j % 3 == 2 || j + 1 == raw->words ? "\n" : "");
	}
}

static void json_entries(const struct iop_requester *r)
{
	unsigned int i, j;
	char buf[128];

	fputs(" \"entries\": [", stdout);
	for (i = 0; i < r->raws; i++) {
		const struct iop_raw *raw = &r->raw[i];

		entry_text(r, i, buf, sizeof(buf));
		printf("%s  {\"kind\": \"%s\", \"table\": \"0x%llx\", \"index\": %u, \"words\": [",
		       i ? ",\n" : "\n", iop_kind_name(raw->kind), raw->table, raw->index);
		for (j = 0; j < raw->words; j++)
			printf("%s\"0x%016llx\"", j ? ", " : "", raw->q[j]);
		printf("], \"text\": \"%s\"}", buf);
	}
	fputs("],\n", stdout);
}

/* "2: PTE ..., of the kind that everything gets", or what it is else. */
static void put_what(const struct iom_unit *u, const struct iom_dev *d,
		     const struct iop_requester *r, int known)
{
	if (!u) {
		printf("  no unit serves it: what it does is not translated (%s)\n", d->mode);
		return;
	}
	if (known) {
		printf("  tables: %s (what leads there is not known)\n", d->mode);
		return;
	}
	switch (r->what) {
	case IOP_OFF:
		puts("  its unit does not translate: it reaches all memory");
		break;
	case IOP_PASS:
		puts("  pass-through: it reaches all memory");
		break;
	case IOP_TABLE:
		printf("  its table: %s, %u levels, root 0x%llx, domain id %u\n",
		       iopt_format_name(r->tree.t.format), r->tree.t.levels, r->tree.root, r->did);
		break;
	case IOP_NESTED:
		printf("  nested: %s, %u levels; a second table translates what that says\n",
		       iopt_format_name(r->tree.t.format), r->tree.t.levels);
		break;
	default:
		printf("  it reaches nothing: each request faults, 0x%02x %s\n", r->reason,
		       iop_reason_name(u->hw.type, r->reason));
		break;
	}
}

static void put_head(const struct iom *s, const struct iom_dev *d, const struct iom_unit *u,
		     const struct iop_requester *r, int known)
{
	char rid[IOM_RID_SIZE], buf[128];

	printf("%s%s%s  ", colour(COLOUR_BOLD), iom_rid_name(d->rid, rid), colour(COLOUR_OFF));
	put_clean(stdout, device_name(s, d, true));
	fputs("\n  ", stdout);
	if (d->group == IOM_NONE)
		fputs("no group", stdout);
	else
		printf("group %u", d->group);
	printf(", domain %s, driver %s", d->domain, strcmp(d->driver, "-") ? "" : "none");
	if (strcmp(d->driver, "-"))
		put_clean(stdout, d->driver);
	if (d->vf_of != IOM_NONE)
		printf(", VF of %s", iom_rid_name(d->vf_of, buf));
	if (strcmp(iom_holder_names(s, d->group, buf), "-")) {
		fputs(", held by ", stdout);
		put_clean(stdout, buf);
	}
	fputs("\n", stdout);
	if (strcmp(d->flags, "-")) {
		fputs("  flags ", stdout);
		put_clean(stdout, d->flags);
		putchar('\n');
	}
	if (u) {
		fputs("  ", stdout);
		put_unit(u);
	}
	put_what(u, d, r, known);
}

static void json_head(const struct iom *s, const struct iom_dev *d, const struct iop_requester *r,
		      int known)
{
	char buf[128];

	printf("{\"rid\": \"%s\", \"device\": ", iom_rid_name(d->rid, buf));
	json_string(stdout, device_name(s, d, true));
	fputs(", \"driver\": ", stdout);
	json_string(stdout, d->driver);
	fputs(", \"domain\": ", stdout);
	json_string(stdout, d->domain);
	fputs(", \"holder\": ", stdout);
	json_string(stdout, iom_holder_names(s, d->group, buf));
	if (d->group != IOM_NONE)
		printf(", \"group\": %u", d->group);
	if (d->unit != IOM_NONE)
		printf(", \"unit\": %u", d->unit);
	fputs(", \"mode\": ", stdout);
	json_string(stdout, d->mode);
	if (!known && r->what == IOP_TABLE)
		printf(", \"format\": \"%s\", \"levels\": %u, \"root\": \"0x%llx\", \"did\": %u",
		       iopt_format_name(r->tree.t.format), r->tree.t.levels, r->tree.root, r->did);
	fputs(",\n", stdout);
}

static void put_run(struct table *t, const struct iom_run *r)
{
	struct libscols_line *row = table_row(t, NULL);
	char buf[16];

	table_put(t, row, START, "0x%016llx", r->start);
	table_put(t, row, END, "0x%016llx", r->last + 1);
	table_number(t, row, SIZE, r->last - r->start + 1);
	table_put(t, row, KIND, "%s", r->kind);
	if (r->raced)
		return;
	table_put(t, row, PAGE, "%s", iopt_size_name(r->page, buf));
	table_put(t, row, RIGHTS, "%c%c", r->rights & IOPT_R ? 'r' : '-',
		  r->rights & IOPT_W ? 'w' : '-');
	table_put(t, row, PHYS, "0x%016llx", r->phys);
	table_put(t, row, ENTRY, "0x%016llx", r->entry);
}

static int one(struct iom *s, const struct iom_dev *d, struct table *t)
{
	const struct iom_unit *u = iom_unit(s, d);
	struct iop_requester r = { 0 };
	struct iom_memory m;
	struct iom_run *runs;
	size_t count, i;
	int ret, known;

	ret = iom_load(s, d, &m);
	if (!ret)
		ret = iom_runs(s, d, &runs, &count);
	if (ret) {
		iom_unload(&m);
		table_free(t);
		return ret;
	}
	known = u ? iom_requester(u, &m, d, &r) : -ENODATA;
	if (opt.json) {
		json_head(s, d, &r, known);
		json_entries(&r);
		putchar(' ');
		table_part(t);
	} else if (!opt.no_headings) {
		put_head(s, d, u, &r, known);
		put_entries(&r);
		putchar('\n');
	}
	table_stream(t);
	for (i = 0; i < count; i++)
		put_run(t, &runs[i]);
	if (count || opt.json) {
		table_end(t);
	} else {
		if (!opt.no_headings)
			puts("It maps nothing.");
		table_free(t);
	}
	if (opt.json)
		puts("}");
	free(runs);
	iom_unload(&m);
	return 0;
}

static int run(int argc, char **argv)
{
	const struct iom_dev *d = NULL;
	struct table *t = NULL;
	struct iom s;
	u32 rid;
	int ret;

	if (argc > 1)
		return fail(XLATE_USAGE, "usage: xlate iommu [BDF]", "%s: one word too many",
			    argv[1]);
	if (argc && !iom_parse_rid(argv[0], &rid))
		return iom_bad_rid(argv[0]);
	ret = iom_open(&s);
	if (ret)
		return ret;
	if (opt.save)
		ret = iom_save(&s, opt.save);
	else if (!strcmp(s.source, "none"))
		ret = fail(
			XLATE_ABSENT,
			"it needs a machine with an IOMMU that is on in the firmware's set-up, and intel_iommu=on on the kernel command line",
			"there is no IOMMU%s%s", *s.reason ? ": " : "", s.reason);
	else if (!argc)
		ret = overview(&s);
	else
		ret = iom_find(&s, argv[0], &d);
	if (!ret && d) {
		t = table_new("runs", run_columns);
		ret = t ? one(&s, d, t) : XLATE_USAGE;
	}
	iom_close(&s);
	return ret;
}

const struct command cmd_iommu = {
	.name = "iommu",
	.run = run,
	.args = "[BDF]",
	.help = "requester IDs, and the I/O page table of each",
	.text = "Lists what can ask for DMA: each requester ID (RID) that a device has or that the\n"
		"IOMMU's tables know, and which I/O page table it uses. With the name of a PCI function\n"
		"(BDF, as lspci prints it): the entries that the hardware reads to find its table, and\n"
		"what that maps. Its columns are then IOVA, END, SIZE, PAGE, RIGHTS, KIND, PHYS, ENTRY.\n"
		"\n"
		"It reads the module iommu_probe, which reads what the hardware reads. --save FILE writes\n"
		"all of that into a file, with the runs of every device, and who holds VFIO groups, for\n"
		"--input of this and the other commands, on any machine.\n",
	.columns = columns,
	.options = OPT_INPUT | OPT_TABLE | OPT_SAVE,
};
