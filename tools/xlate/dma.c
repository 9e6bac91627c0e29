// SPDX-License-Identifier: GPL-2.0-only
/* xlate dma: what would happen if the device read or wrote this address? */
#include <stdlib.h>

#include "dmar_line.h"
#include "iommu_source.h"

/**
 * struct question - what is asked
 * @asked:  the device that is asked about
 * @d:	    the requester that its requests come as; for a line of the log that in the line
 * @iova:   address
 * @access: bit 0: a read, bit 1: a write
 * @pasid:  IOP_NO_PASID for a plain request
 * @logged: the line of the log that it comes from, or NULL
 */
struct question {
	const struct iom_dev *asked;
	const struct iom_dev *d;
	u64 iova;
	unsigned int access;
	u32 pasid;
	const struct dmar_line *logged;
};

static const char *const access_words[] = { "read", "write" };

static const char *outcome_colour(const struct iop_verdict *v)
{
	return v->outcome == IOP_ALLOWED ? COLOUR_GREEN :
	       v->outcome == IOP_FAULT	 ? COLOUR_RED :
					   COLOUR_AMBER;
}

/* How many steps both walks have in common. */
static unsigned int common_steps(const struct iop_verdict *v, unsigned int count)
{
	unsigned int n = 0;

	while (count > 1 && n < v[0].steps && n < v[1].steps &&
	       !memcmp(&v[0].step[n], &v[1].step[n], sizeof(v[0].step[n])))
		n++;
	return n;
}

static void put_steps(const char *label, const struct iop_verdict *v)
{
	unsigned int i;
	char buf[192];

	for (i = 0; i < v->steps; i++) {
		const struct iop_step *st = &v->step[i];

		iop_step_text(v, i, buf, sizeof(buf));
		/* The end of what is known. */
		if (i + 1 == v->steps && v->outcome == IOP_UNKNOWN &&
		    v->phys == st->table + st->index * sizeof(u64))
			snprintf(buf, sizeof(buf), "level %u table 0x%016llx index %u not known",
				 st->level, st->table, st->index);
		printf("%s%-6s%s%s\n", colour(COLOUR_BOLD), label, colour(COLOUR_OFF), buf);
		label = "";
	}
}

/* The device's reason and the specification's, where its model has others. */
static void put_spec(const struct iom_unit *u, const struct iop_verdict *v)
{
	if (v->outcome == IOP_FAULT && v->spec_reason != v->reason)
		printf("      this model of unit says 0x%02x; by the specification it is 0x%02x (%s)\n",
		       v->reason, v->spec_reason, iop_reason_name(u->hw.type, v->spec_reason));
}

static void put_verdict(const struct iom_unit *u, const struct iop_verdict *v)
{
	char buf[256];

	iop_verdict_text(&u->hw, v, buf, sizeof(buf));
	printf("%s%-6s%s%s=>  %s%s\n", colour(COLOUR_BOLD), access_words[v->write],
	       colour(COLOUR_OFF), colour(outcome_colour(v)), buf, colour(COLOUR_OFF));
	put_spec(u, v);
}

/* The log was then, the tables are now. */
static const char *compare(const struct dmar_line *l, const struct iop_verdict *v)
{
	if (v->outcome == IOP_UNKNOWN)
		return NULL;
	if (v->outcome == IOP_FAULT && v->reason == l->reason)
		return "the tables still say what the log says";
	if (v->outcome == IOP_FAULT)
		return "it would be refused for another reason now: the tables changed since";
	return "it would pass now: it was mapped later, or with other rights, or the device has another table now";
}

static void put_text(const struct iom *s, const struct question *q, const struct iom_unit *u,
		     const struct iop_verdict *v, unsigned int count)
{
	const struct iom_pci *p = iom_pci(s, q->asked->rid);
	unsigned int common = common_steps(v, count), i;
	char rid[IOM_RID_SIZE], buf[128];
	const char *text;

	printf("IOVA 0x%llx of %s%s%s", q->iova, colour(COLOUR_BOLD),
	       iom_rid_name(q->asked->rid, rid), colour(COLOUR_OFF));
	if (p)
		printf(" (%s)", pci_name(p, true));
	if (q->d != q->asked)
		printf(", behind a bridge that makes it requester ID %s",
		       iom_rid_name(q->d->rid, rid));
	if (q->pasid != IOP_NO_PASID)
		printf(", PASID 0x%x", q->pasid);
	if (strcmp(iom_holder_names(s, q->asked->group, buf), "-")) {
		fputs(", held by ", stdout);
		put_clean(stdout, buf);
	}
	putchar('\n');
	if (q->logged) {
		printf("log   a %s was refused: 0x%02x ", access_words[q->logged->write],
		       q->logged->reason);
		put_clean(stdout, iop_reason_name(u->hw.type, q->logged->reason));
		putchar('\n');
	}
	if (common == v[0].steps && (count == 1 || common == v[1].steps)) {
		put_steps("walk", &v[0]);
	} else {
		for (i = 0; i < count; i++)
			put_steps(access_words[v[i].write], &v[i]);
	}
	for (i = 0; i < count; i++)
		put_verdict(u, &v[i]);
	text = q->logged ? compare(q->logged, &v[0]) : NULL;
	if (text)
		printf("      %s\n", text);
}

static void json_answer(const struct iom_unit *u, const struct iop_verdict *v)
{
	char buf[256];
	unsigned int i;

	printf("  {\"access\": \"%s\", \"walk\": [", access_words[v->write]);
	for (i = 0; i < v->steps; i++) {
		const struct iop_step *st = &v->step[i];

		iop_step_text(v, i, buf, sizeof(buf));
		printf("%s\n   {\"kind\": \"%s\", \"level\": %u, \"stage\": %u, \"table\": \"0x%llx\", \"index\": %u, \"entry\": \"0x%016llx\", \"text\": ",
		       i ? "," : "", iop_kind_name(st->kind), st->level, st->stage, st->table,
		       st->index, st->entry);
		json_string(stdout, buf);
		putchar('}');
	}
	printf("],\n   \"outcome\": \"%s\"", iop_outcome_name(v->outcome));
	if (v->outcome == IOP_FAULT)
		printf(", \"reason\": %u, \"reason_name\": \"%s\", \"spec_reason\": %u", v->reason,
		       iop_reason_name(u->hw.type, v->reason), v->spec_reason);
	if (v->outcome == IOP_ALLOWED)
		printf(", \"phys\": \"0x%llx\", \"page\": %llu, \"rights\": \"%c%c\"", v->phys,
		       v->page, v->rights & IOPT_R ? 'r' : '-', v->rights & IOPT_W ? 'w' : '-');
	iop_verdict_text(&u->hw, v, buf, sizeof(buf));
	fputs(", \"summary\": ", stdout);
	json_string(stdout, buf);
	putchar('}');
}

static void put_json(const struct iom *s, const struct question *q, const struct iom_unit *u,
		     const struct iop_verdict *v, unsigned int count)
{
	char buf[128];
	unsigned int i;

	printf("{\"rid\": \"%s\", ", iom_rid_name(q->d->rid, buf));
	if (q->d != q->asked)
		printf("\"device\": \"%s\", ", iom_rid_name(q->asked->rid, buf));
	printf("\"iova\": \"0x%llx\", ", q->iova);
	if (q->pasid != IOP_NO_PASID)
		printf("\"pasid\": %u, ", q->pasid);
	fputs("\"holder\": ", stdout);
	json_string(stdout, iom_holder_names(s, q->asked->group, buf));
	if (q->logged) {
		printf(",\n \"logged\": {\"access\": \"%s\", \"reason\": %u, \"reason_name\": \"%s\"",
		       access_words[q->logged->write], q->logged->reason,
		       iop_reason_name(u->hw.type, q->logged->reason));
		if (compare(q->logged, &v[0]))
			printf(", \"now\": \"%s\"", compare(q->logged, &v[0]));
		putchar('}');
	}
	fputs(",\n \"accesses\": [\n", stdout);
	for (i = 0; i < count; i++) {
		fputs(i ? ",\n" : "", stdout);
		json_answer(u, &v[i]);
	}
	puts("\n ]}");
}

static int not_covered(const struct iom *s, const struct iom_dev *d)
{
	char rid[IOM_RID_SIZE];

	return fail(XLATE_ERROR,
		    !strcmp(s->source, "api") ? "only the kernel's word is known: xlate iommu" :
						NULL,
		    "%s: no unit whose tables can be read serves it%s%s", iom_rid_name(d->rid, rid),
		    *s->reason ? ": " : "", s->reason);
}

static int answer(struct iom *s, struct question *q)
{
	const struct iom_unit *u = iom_unit(s, q->d);
	struct iop_requester r;
	struct iop_verdict *v;
	unsigned int count = 0, i;
	struct iom_memory m;
	bool unknown = false;
	int ret;

	if (!u)
		return not_covered(s, q->d);
	ret = iom_load(s, q->d, &m);
	if (ret)
		return ret;
	/* QEMU reports plain requests as those of the PASID that stands for them. */
	if (q->pasid != IOP_NO_PASID && !iom_requester(u, &m, q->d, &r) && r.pasid_used == q->pasid)
		q->pasid = IOP_NO_PASID;
	v = xalloc(calloc(2, sizeof(*v)));
	for (i = 0; i < 2; i++)
		if (q->access & 1 << i)
			iop_dma(&u->hw, &m.mem, q->d->rid & 0xffff, q->pasid, q->iova, i,
				&v[count++]);
	if (opt.json)
		put_json(s, q, u, v, count);
	else
		put_text(s, q, u, v, count);
	for (i = 0; i < count; i++)
		unknown |= v[i].outcome == IOP_UNKNOWN;
	if (unknown)
		remark(q->pasid != IOP_NO_PASID ?
			       "the tables of single PASIDs are not in its file" :
			       "they changed while they were read: run it again",
		       "not all of its tables are known");
	else if (!u->on)
		remark("put intel_iommu=on (or amd_iommu=on) on the kernel command line and reboot",
		       "its unit does not translate");
	free(v);
	iom_unload(&m);
	return 0;
}

/* A line of the log, in one word or many. */
static int ask_logged(const char *text)
{
	struct dmar_line line;
	struct question q = { .logged = &line };
	const char *lacks = dmar_line_parse(text, &line);
	char bdf[16];
	struct iom s;
	int ret;

	if (lacks)
		return fail(
			XLATE_USAGE,
			"it takes a line like \"DMAR: [DMA Write NO_PASID] Request device [00:04.0] fault addr 0xfffff000 [fault reason 0x05] ...\"",
			"this line of the log cannot be looked up: %s", lacks);
	snprintf(bdf, sizeof(bdf), "%02x:%02x.%u", line.bdf >> 8, line.bdf >> 3 & 31, line.bdf & 7);
	if (line.interrupt)
		return fail(
			XLATE_ERROR,
			"interrupts have a table of their own, which is not shown here",
			"%s raised an interrupt that was refused, it made no DMA: entry %llu of the interrupt remapping table, 0x%02x %s",
			bdf, line.addr, line.reason, iop_reason_name(IOP_VTD, line.reason));
	q.iova = line.addr;
	q.access = line.write ? 2 : 1;
	q.pasid = line.has_pasid ? line.pasid : IOP_NO_PASID;
	ret = iom_open(&s);
	if (ret)
		return ret;
	ret = iom_find(&s, bdf, &q.d);
	q.asked = q.d;
	if (!ret)
		ret = answer(&s, &q);
	iom_close(&s);
	return ret;
}

static bool parse_iova(const char *word, u64 *iova)
{
	char *hex = xasprintf("%s%s", strncmp(word, "0x", 2) ? "0x" : "", word);
	bool good = iom_number(hex, iova);

	free(hex);
	return good;
}

/* Whose entries does the unit read? Those of the device, if no bridge is in between. */
static int find_requester(const struct iom *s, struct question *q)
{
	u32 alias = iom_alias(s, q->asked->rid);
	char rid[IOM_RID_SIZE], other[IOM_RID_SIZE];

	q->d = q->asked;
	if (alias == q->asked->rid)
		return 0;
	q->d = iom_dev(s, alias);
	if (q->d)
		return 0;
	return fail(
		XLATE_ERROR,
		"some kernels forget such IDs in scalable mode: boot with intel_iommu=sm_off",
		"%s: its bridge makes it requester ID %s, which no table has: all of its DMA is refused",
		iom_rid_name(q->asked->rid, rid), iom_rid_name(alias, other));
}

static int ask(int argc, char **argv)
{
	struct question q = { .access = 3, .pasid = IOP_NO_PASID };
	struct iom s;
	int ret;

	if (argc < 2 || argc > 3)
		return fail(XLATE_USAGE,
			    "usage: xlate dma BDF IOVA [r|w], or a DMAR line of the kernel's log",
			    argc < 2 ? "which device, which address?" : "%s: one word too many",
			    argc < 2 ? "" : argv[3]);
	if (!iom_parse_rid(argv[0], &q.pasid))
		return iom_bad_rid(argv[0]);
	q.pasid = IOP_NO_PASID;
	if (!parse_iova(argv[1], &q.iova))
		return fail(XLATE_USAGE, "an IOVA is hexadecimal, with or without 0x: 0xfffff000",
			    "%s: not an address", argv[1]);
	if (argc == 3) {
		if (strcmp(argv[2], "r") && strcmp(argv[2], "w"))
			return fail(XLATE_USAGE, "r (read) or w (write); none means both",
				    "%s: not an access", argv[2]);
		q.access = argv[2][0] == 'r' ? 1 : 2;
	}
	ret = iom_open(&s);
	if (ret)
		return ret;
	ret = iom_find(&s, argv[0], &q.asked);
	if (!ret)
		ret = find_requester(&s, &q);
	if (!ret)
		ret = answer(&s, &q);
	iom_close(&s);
	return ret;
}

static int run(int argc, char **argv)
{
	char *text = NULL, *more;
	int i, ret;

	for (i = 0; i < argc; i++) {
		more = xasprintf("%s%s%s", text ? text : "", text ? " " : "", argv[i]);
		free(text);
		text = more;
	}
	ret = text && dmar_line_like(text) ? ask_logged(text) : ask(argc, argv);
	free(text);
	return ret;
}

const struct command cmd_dma = {
	.name = "dma",
	.run = run,
	.args = "BDF IOVA [r|w]",
	.help = "what would happen if the device accessed this",
	.text = "Follows one address through the tables of a device, level by level, as the IOMMU\n"
		"would, and says what a read (r) or a write (w) of the device would do, by default both:\n"
		"reach memory (and where), or be refused with a fault (and its reason). Of a device behind\n"
		"a bridge that lends it a requester ID, those are the tables of that ID.\n"
		"\n"
		"Instead of the arguments it takes a line of the kernel's log, pasted as it is:\n"
		"  xlate dma DMAR: [DMA Write NO_PASID] Request device [00:04.0] fault addr\n"
		"        0xfffff000 [fault reason 0x05] PTE Write access is not set\n"
		"and then compares what the log said with what the tables say now. The exit status\n"
		"tells nothing about the verdict.\n",
	.options = OPT_INPUT,
};
