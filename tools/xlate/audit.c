// SPDX-License-Identifier: GPL-2.0-only
/* xlate audit: does the set-up keep devices apart from what is not theirs? */
#include <stdlib.h>

#include "audit.h"
#include "iommu_lines.h"

enum {
	SEVERITY,
	FINDING,
	WHO,
	EXPECTED,
	WHERE,
	REASON,
	BECAUSE,
	DEVICES,
	IOVA,
	PHYS,
	BYTES,
	RIGHTS
};

static const struct column columns[] = {
	[SEVERITY] = { "SEVERITY", COL_TEXT, COL_DEFAULT, 0,
		       "high, medium, low: of the thing itself, expected or not" },
	[FINDING] = { "FINDING", COL_TEXT, COL_DEFAULT, 0, "which of the list below" },
	[WHO] = { "WHO", COL_TEXT, COL_DEFAULT, 0, "requester IDs" },
	[EXPECTED] = { "EXPECTED", COL_TEXT, COL_DEFAULT, 0,
		       "what in the set-up explains it, see below; none: nothing does" },
	[WHERE] = { "WHERE", COL_TEXT, COL_DEFAULT, 0,
		    "size, rights and IOVA, or what else tells" },
	[REASON] = { "REASON", COL_TEXT, 0, 0, "what it means" },
	[BECAUSE] = { "BECAUSE", COL_TEXT, 0, 0, "the explanation in words" },
	[DEVICES] = { "DEVICES", COL_TEXT, 0, 0, "all requester IDs that it is about" },
	[IOVA] = { "IOVA", COL_TEXT, 0, 0, "first address" },
	[PHYS] = { "PHYS", COL_TEXT, 0, 0, "where that leads" },
	[BYTES] = { "SIZE", COL_SIZE, 0, 0, "of all ranges" },
	[RIGHTS] = { "RIGHTS", COL_TEXT, 0, 0, "r: the device may read, w: it may write" },
	{ 0 },
};

static const struct {
	const char *name;
	const char *reason;
} kinds[FIND_KINDS] = {
	[FIND_FREE] = { "free-page",
			"The device reaches memory that belongs to nobody: a mapping outlived its page. Whoever gets the page next shares it with the device." },
	[FIND_TEXT] = { "kernel-text",
			"The device reaches the kernel's code. With w it can change what the kernel does." },
	[FIND_PGTABLE] = { "page-table",
			   "The device reaches a table of a CPU or of an IOMMU. With w it can give itself, or a process, any memory." },
	[FIND_SHARED] = { "shared-frame",
			  "Devices of different owners reach the same memory: the owners are not kept apart there." },
	[FIND_IDENTITY] = { "identity",
			    "Addresses are passed on as they are. In pass-through that is all memory; in a table, the region named." },
	[FIND_OFF] = { "untranslated", "No IOMMU looks at its requests: it reaches all memory." },
	[FIND_GROUP] = { "one-group",
			 "The hardware cannot keep these functions apart from each other. They can only be given away together." },
	[FIND_OVERLAP] = { "overlap",
			   "The same memory has more than one address in one table: taking one away does not take the memory away." },
	[FIND_UNCLAIMED] = { "unclaimed",
			     "The tables serve a requester ID that no device has: left behind by one that is gone, or used by one that hides." },
};

static const struct {
	const char *name;
	const char *text;
} whys[WHYS] = {
	[WHY_NOT] = { "-", "-" },
	[WHY_PASS] = { "iommu=pt",
		       "The kernel command line asks for pass-through (iommu=pt or iommu.passthrough=1)." },
	[WHY_DEFAULT] = { "default",
			  "Pass-through is this kernel's default (CONFIG_IOMMU_DEFAULT_PASSTHROUGH)." },
	[WHY_OFF] = { "off", "The kernel command line switches the IOMMU off." },
	[WHY_RMRR] = { "RMRR",
		       "Firmware asks that its devices reach this region at the same address." },
	[WHY_ISA] = { "isa-bridge",
		      "The kernel maps the lowest 16M for ISA bridges and what is behind them." },
	[WHY_REGION] = { "region",
			 "The kernel keeps this region mapped for the group (reserved_regions in /sys)." },
	[WHY_MSI] = { "msi-window", "Every device writes its interrupts there." },
	[WHY_DEVICE] = { "one-device",
			 "They are functions of one device, and nothing (ACS) keeps those apart." },
	[WHY_BRIDGE] = { "bridge",
			 "They are behind one bridge, which lets them reach each other, or lends them one ID." },
	[WHY_ALIAS] = { "alias",
			"Requests from behind a bridge, or of a device's second function, bear this ID." },
	[WHY_BUFFERS] = { "buffers",
			  "Drivers map their buffers one by one, also two in one page." },
	[WHY_HOLDER] = { "holder",
			 "The process that holds the device mapped it twice; that concerns nobody else." },
	[WHY_DIRECT_IO] = { "direct-io",
			    "It is memory of a process, which a driver of the kernel reads or writes for it." },
	[WHY_LAB] = { "lab", "The lab of iommu_probe made it, to be looked at." },
};

static const char *const severities[] = { "low", "medium", "high" };

struct finding *audit_find(struct audit *a, enum finding_kind kind, const struct iom_dev *d,
			   u64 key, enum why why)
{
	struct finding *f;
	size_t i;

	for (i = 0; i < a->count; i++) {
		f = &a->finding[i];
		if (f->kind == kind && f->key == key && f->why == why)
			return f;
	}
	if (a->count == MAX_FINDINGS) {
		a->more = true;
		return NULL;
	}
	a->finding = grow(a->finding, a->count, sizeof(*f));
	f = &a->finding[a->count++];
	memset(f, 0, sizeof(*f));
	f->kind = kind;
	f->rid = d->rid;
	f->key = key;
	f->why = why;
	return f;
}

/* So many names are listed; the others are only counted. */
#define MAX_NAMES 1000

void finding_add(struct finding *f, const struct iom_dev *d)
{
	char rid[IOM_RID_SIZE], *more;

	if (f->count++ >= MAX_NAMES)
		return;
	more = xasprintf("%s%s%s", f->devices ? f->devices : "", f->devices ? "," : "",
			 iom_rid_name(d->rid, rid));
	free(f->devices);
	f->devices = more;
}

bool audit_held(const struct audit *a, const struct iom_dev *d)
{
	size_t i;

	for (i = 0; i < a->s->nholders; i++)
		if (a->s->holders[i].group == d->group)
			return d->group != IOM_NONE;
	return false;
}

bool audit_cmdline(struct audit *a, const char *option, const char *value)
{
	const struct iom_file *f = iom_file(a->s, "proc/cmdline");
	size_t len = strlen(option);
	const char *p = f ? f->text : "";
	bool found = false;
	char *list;

	for (; *p && !found; p += strcspn(p, " \n"), p += strspn(p, " \n")) {
		if (strncmp(p, option, len) || p[len] != '=')
			continue;
		list = xalloc(strndup(p + len + 1, strcspn(p + len + 1, " \n")));
		found = iom_has_word(list, value, ',');
		free(list);
	}
	return found;
}

/* The worst first, and what is expected last. */
static int by_weight(const void *x, const void *y)
{
	const struct finding *a = x, *b = y;

	if (!a->why != !b->why)
		return a->why ? 1 : -1;
	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return a->rid < b->rid ? -1 : a->rid > b->rid;
}

static void put_finding(struct table *t, const struct finding *f)
{
	struct libscols_line *row = table_row(t, NULL);
	char rid[IOM_RID_SIZE];

	table_put(t, row, SEVERITY, "%s", severities[f->severity]);
	table_put(t, row, FINDING, "%s", kinds[f->kind].name);
	if (f->count > 1)
		table_put(t, row, WHO, "%s +%u", iom_rid_name(f->rid, rid), f->count - 1);
	else
		table_put(t, row, WHO, "%s", iom_rid_name(f->rid, rid));
	table_put(t, row, WHERE, "%s", f->where ? f->where : "-");
	table_put(t, row, EXPECTED, "%s", whys[f->why].name);
	table_put(t, row, REASON, "%s", kinds[f->kind].reason);
	table_put(t, row, BECAUSE, "%s", whys[f->why].text);
	table_put(t, row, DEVICES, "%s", f->devices ? f->devices : "-");
	if (f->bytes) {
		table_put(t, row, IOVA, "0x%llx", f->iova);
		table_put(t, row, PHYS, "0x%llx", f->phys);
		table_number(t, row, BYTES, f->bytes);
		table_put(t, row, RIGHTS, "%c%c", f->rights & IOPT_R ? 'r' : '-',
			  f->rights & IOPT_W ? 'w' : '-');
	}
	table_colour(t, row,
		     f->why			  ? COLOUR_DIM :
		     f->severity == SEVERITY_HIGH ? COLOUR_RED :
						    COLOUR_AMBER);
}

/* A paragraph, folded at the width of narrow terminals. */
static void put_paragraph(const char *name, const char *text)
{
	size_t at = strlen(name) + 1, len;

	printf("%s%s:%s", colour(COLOUR_BOLD), name, colour(COLOUR_OFF));
	for (; *text; text += len, text += *text == ' ') {
		len = strcspn(text, " ");
		if (at + 1 + len > 79) {
			fputs("\n ", stdout);
			at = 1;
		}
		printf(" %.*s", (int)len, text);
		at += 1 + len;
	}
	putchar('\n');
}

/* What the words in the table mean: of findings that nothing explains, and explanations. */
static void put_legend(const struct audit *a)
{
	unsigned int seen_kinds = 0, seen_whys = 0;
	size_t i;

	if (a->count)
		putchar('\n');
	for (i = 0; i < a->count; i++) {
		const struct finding *f = &a->finding[i];

		if (!f->why && !(seen_kinds & 1U << f->kind))
			put_paragraph(kinds[f->kind].name, kinds[f->kind].reason);
		if (f->why && !(seen_whys & 1U << f->why))
			put_paragraph(whys[f->why].name, whys[f->why].text);
		if (f->why)
			seen_whys |= 1U << f->why;
		else
			seen_kinds |= 1U << f->kind;
	}
}

static void put_sums(const struct audit *a, unsigned int unexplained)
{
	printf("%s%u requester ID%s: %s", a->count ? "\n" : "", a->judged,
	       a->judged == 1 ? "" : "s", colour(unexplained ? COLOUR_RED : COLOUR_GREEN));
	if (unexplained)
		printf("%u finding%s that nothing explains", unexplained,
		       unexplained > 1 ? "s" : "");
	else
		fputs("nothing unexplained", stdout);
	printf("%s", colour(COLOUR_OFF));
	if (a->count > unexplained)
		printf(", %zu expected", a->count - unexplained);
	puts(".");
}

static void audit_free(struct audit *a)
{
	size_t i;

	for (i = 0; i < a->count; i++) {
		free(a->finding[i].devices);
		free(a->finding[i].where);
	}
	for (i = 0; i < a->owners; i++)
		free(a->owner_name[i]);
	free(a->finding);
	free(a->owner);
	free(a->lab);
	free(a->owner_name);
	free(a->first);
	free(a->frames);
	free(a->tables);
	free(a->suspect);
}

static int look(struct audit *a, struct iom *s)
{
	a->s = s;
	audit_owners(a);
	audit_devices(a);
	audit_groups(a);
	return audit_frames(a);
}

/* Is there anything that may have been a page changing hands just then? */
static bool worth_another_look(const struct audit *a)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (!a->finding[i].why && a->finding[i].kind <= FIND_SHARED)
			return true;
	return false;
}

/* What was shared by the same owners both times. */
static void drop_new_shares(struct audit *now, const struct audit *before)
{
	size_t i, j, n = 0;

	for (i = 0; i < now->count; i++) {
		struct finding *f = &now->finding[i];
		bool keep = f->kind != FIND_SHARED || f->why;

		for (j = 0; j < before->count && !keep; j++)
			keep = before->finding[j].kind == FIND_SHARED && !before->finding[j].why &&
			       before->finding[j].rid == f->rid &&
			       before->finding[j].phys == f->phys;
		if (keep) {
			now->finding[n++] = *f;
		} else {
			free(f->devices);
			free(f->where);
		}
	}
	now->count = n;
}

static int look_twice(struct audit *a, struct iom *s)
{
	struct audit before;
	int ret = look(a, s);

	if (ret || s->from || !worth_another_look(a))
		return ret;
	before = *a;
	memset(a, 0, sizeof(*a));
	a->before = before.suspect;
	a->nbefore = before.nsuspects;
	iom_close(s);
	ret = iom_open(s);
	if (!ret) {
		ret = look(a, s);
		drop_new_shares(a, &before);
	}
	audit_free(&before);
	return ret;
}

static void put_all(struct table *t, struct audit *a, unsigned int unexplained)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		put_finding(t, &a->finding[i]);
	if (a->count || opt.json)
		table_end(t);
	else
		table_free(t);
	if (opt.json || opt.no_headings)
		return;
	put_legend(a);
	put_sums(a, unexplained);
}

static int run(int argc, char **argv)
{
	struct audit a = { 0 };
	unsigned int unexplained = 0;
	struct table *t = NULL;
	struct iom s;
	size_t i;
	int ret;

	if (argc)
		return fail(XLATE_USAGE, "usage: xlate audit", "%s: one word too many", argv[0]);
	ret = iom_open(&s);
	if (ret)
		return ret;
	t = table_new("findings", columns);
	ret = t ? look_twice(&a, &s) : XLATE_USAGE;
	if (!ret) {
		if (a.count)
			qsort(a.finding, a.count, sizeof(*a.finding), by_weight);
		for (i = 0; i < a.count; i++)
			unexplained += !a.finding[i].why;
		if (opt.json)
			table_show_all(t);
		put_all(t, &a, unexplained);
		if (a.unknown)
			remark("run it again when the machine is quieter",
			       "%u tables changed while they were read: those parts were not judged",
			       a.unknown);
		if (!a.text_last)
			remark("it is in /proc/iomem, for root",
			       "where the kernel's code lies is not known: leaves that lead there were not looked for");
		if (a.more)
			remark(NULL, "there are more than %d findings: the rest is not listed",
			       MAX_FINDINGS);
		ret = unexplained ? XLATE_FINDINGS : 0;
	} else if (t) {
		table_free(t);
	}
	audit_free(&a);
	iom_close(&s);
	return ret;
}

const struct command cmd_audit = {
	.name = "audit",
	.run = run,
	.args = "",
	.help = "does anything reach what it should not?",
	.text = "Looks through all tables for what breaks isolation, and says for each finding whether the\n"
		"set-up explains it. The list is closed:\n"
		"\n"
		"  free-page     a device reaches a page that belongs to nobody\n"
		"  kernel-text   ... the kernel's code\n"
		"  page-table    ... a table of a CPU or of an IOMMU\n"
		"  shared-frame  ... memory that the device of another owner reaches, too\n"
		"  identity      its addresses are not translated, or are their own translation\n"
		"  untranslated  no IOMMU looks at its requests\n"
		"  one-group     functions that hardware cannot keep apart\n"
		"  overlap       memory with two addresses in one table\n"
		"  unclaimed     a requester ID in the tables that no device has\n"
		"\n"
		"A finding is expected when the set-up explains it: iommu=pt and its like, regions that\n"
		"firmware reserves (RMRR), the MSI window, bridges that lend their ID, how drivers map\n"
		"buffers, the lab of iommu_probe. Live, it looks twice, so that a page that changes hands\n"
		"meanwhile is no finding.\n"
		"\n"
		"Exit status: 0 nothing unexplained, 4 something is.\n",
	.columns = columns,
	.options = OPT_INPUT | OPT_TABLE,
};
