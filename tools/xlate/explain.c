// SPDX-License-Identifier: GPL-2.0-only
/* xlate explain: what would happen if the process touched this address now? */
#include <stdlib.h>

#include "../../pagewalk/verdict.h"
#include "xlate.h"

#define MAX_LINES 40

/* The steps of one access, as the pure core tells them. */
struct story {
	enum verdict_access access;
	struct verdict v;
	struct {
		enum verdict_by by;
		char *text;
	} line[MAX_LINES];
	unsigned int lines;
};

static const char *const access_words[] = { "read", "write", "exec" };

static void take_line(void *ctx, enum verdict_by by, const char *text)
{
	struct story *st = ctx;

	if (st->lines == MAX_LINES)
		return;
	st->line[st->lines].by = by;
	st->line[st->lines++].text = xasprintf("%s", text);
}

/* How many lines all stories begin with: the walk itself. */
static unsigned int common_lines(const struct story *st, unsigned int count)
{
	unsigned int n, i;

	for (n = 0; count > 1 && n < st[0].lines; n++)
		for (i = 1; i < count; i++)
			if (n >= st[i].lines || st[i].line[n].by != st[0].line[n].by ||
			    strcmp(st[i].line[n].text, st[0].line[n].text))
				return n;
	return n;
}

static void put_lines(const char *label, const struct story *st, unsigned int from, unsigned int to)
{
	for (; from < to; from++) {
		bool hw = st->line[from].by == VERDICT_HW;

		printf("%s%-6s%s%s%s%s  ", colour(COLOUR_BOLD), label, colour(COLOUR_OFF),
		       colour(hw ? COLOUR_BLUE : COLOUR_AMBER), verdict_by_name(st->line[from].by),
		       colour(COLOUR_OFF));
		put_clean(stdout, st->line[from].text);
		putchar('\n');
		label = "";
	}
}

static void put_verdict(const char *label, const struct story *st)
{
	bool good = st->v.outcome == VERDICT_ALLOWED || st->v.outcome == VERDICT_FIXED ||
		    st->v.outcome == VERDICT_EMULATED;
	char text[128];

	verdict_summary(&st->v, text, sizeof(text));
	printf("%s%-6s%s%s=>  %s%s\n", colour(COLOUR_BOLD), label, colour(COLOUR_OFF),
	       colour(good			       ? COLOUR_GREEN :
		      st->v.outcome == VERDICT_MONITOR ? COLOUR_AMBER :
							 COLOUR_RED),
	       text, colour(COLOUR_OFF));
}

static void put_text(struct source *s, u64 addr, const struct story *st, unsigned int count)
{
	const struct area *a = maps_at(&s->maps, addr);
	unsigned int common = common_lines(st, count), i;
	char origin[128];

	printf("address 0x%llx of process %d (", addr, s->pid);
	put_clean(stdout, s->comm);
	printf(")%s%s\n", s->dump ? ", " : "", s->dump ? dump_origin(s, origin) : "");
	fputs("maps  ", stdout);
	put_clean(stdout, a ? a->line : "(no line: nothing is mapped there)");
	putchar('\n');

	put_lines("walk", st, 0, common);
	for (i = 0; i < count; i++) {
		const char *label = access_words[st[i].access];

		put_lines(label, &st[i], common, st[i].lines);
		put_verdict(common < st[i].lines ? "" : label, &st[i]);
	}
}

static void json_walk(const struct source *s, const struct pagewalk_facts *f)
{
	unsigned int i;

	fputs(" \"walk\": [", stdout);
	for (i = 0; i < f->steps; i++) {
		const struct pagewalk_step *st = &f->step[i];
		char flags[96], target[48];

		x86_flags(&s->mmu, st->entry, st->level, st->state, flags, sizeof(flags));
		printf("%s\n  {\"level\": %u, \"table\": \"0x%llx\", \"index\": %u, \"entry\": \"0x%016llx\", ",
		       i ? "," : "", st->level, st->table, st->index, st->entry);
		if (s->user_root && !i)
			printf("\"user_entry\": \"0x%016llx\", ", st->user_entry);
		printf("\"state\": \"%s\", \"target\": \"%s\", \"flags\": \"%s\"}",
		       x86_state_name(st->state),
		       target_name(&s->mmu, st->entry, st->level, st->state, target), flags);
	}
	printf("%s],\n", f->steps ? "\n " : "");
}

static void json_access(const struct story *st)
{
	const struct verdict *v = &st->v;
	char text[128];
	unsigned int i;

	printf("  {\"access\": \"%s\", \"steps\": [", access_words[st->access]);
	for (i = 0; i < st->lines; i++) {
		printf("%s\n   {\"by\": \"%s\", \"text\": ", i ? "," : "",
		       verdict_by_name(st->line[i].by));
		json_string(stdout, st->line[i].text);
		putchar('}');
	}
	printf("],\n   \"verdict\": {\"outcome\": \"%s\"", verdict_outcome_name(v->outcome));
	if (v->outcome == VERDICT_FIXED)
		printf(", \"repair\": \"%s\"", verdict_repair_name(v->repair));
	if (v->signo)
		printf(", \"signal\": %d, \"si_code\": %d, \"si_code_name\": \"%s\"", v->signo,
		       v->si_code, verdict_si_code_name(v));
	fputs(", \"error_codes\": [", stdout);
	for (i = 0; i < min(v->faults, 2U); i++)
		printf("%s%u", i ? ", " : "", v->error_code[i]);
	verdict_summary(v, text, sizeof(text));
	printf("], \"faults\": %u, \"summary\": \"%s\"}}", v->faults, text);
}

static void put_json(struct source *s, u64 addr, const struct pagewalk_facts *f,
		     const struct story *st, unsigned int count)
{
	const struct area *a = maps_at(&s->maps, addr);
	unsigned int i;

	printf("{\"pid\": %d, \"comm\": ", s->pid);
	json_string(stdout, s->comm);
	printf(", \"address\": \"0x%llx\", \"root\": \"0x%llx\", \"maps\": ", addr, s->root);
	if (a)
		json_string(stdout, a->line);
	else
		fputs("null", stdout);
	fputs(",\n", stdout);
	json_walk(s, f);
	fputs(" \"accesses\": [\n", stdout);
	for (i = 0; i < count; i++) {
		fputs(i ? ",\n" : "", stdout);
		json_access(&st[i]);
	}
	puts("\n ]}");
}

static int explain(struct source *s, u64 addr, int access)
{
	struct story st[3] = { 0 };
	struct verdict_sink sink = { .line = take_line };
	struct pagewalk_facts f;
	unsigned int count, i, j;
	int ret;

	ret = source_probe(s, addr, &f);
	if (ret)
		return source_failed(s, ret, false);
	if (f.steps > ARRAY_SIZE(f.step))
		return source_failed(s, -EPROTO, false);
	count = access < 0 ? 3 : 1;
	for (i = 0; i < count; i++) {
		st[i].access = access < 0 ? (int)i : access;
		sink.ctx = &st[i];
		verdict(&f, st[i].access, &st[i].v, &sink);
	}
	if (opt.json)
		put_json(s, addr, &f, st, count);
	else
		put_text(s, addr, st, count);
	if (f.flags & PAGEWALK_FACT_RACED)
		remark("run it again", "the tables changed while they were read");
	for (i = 0; i < count; i++)
		for (j = 0; j < st[i].lines; j++)
			free(st[i].line[j].text);
	return 0;
}

static int run(int argc, char **argv)
{
	struct source s;
	int ret, access = -1;
	u64 addr;

	ret = source_open(&s, &argc, &argv);
	if (ret)
		return ret;
	if (argc < 1 || argc > 2)
		ret = fail(XLATE_USAGE, "usage: xlate explain PID ADDRESS [r|w|x]",
			   argc ? "%s: one word too many" : "which address?", argc ? argv[2] : "");
	if (!ret && argc == 2) {
		access = verdict_parse_access(argv[1]);
		if (access < 0)
			ret = fail(XLATE_USAGE,
				   "r (read), w (write) or x (execute); none means all three",
				   "%s: not an access", argv[1]);
	}
	if (!ret)
		ret = parse_addr(&s.maps, argv[0], &addr);
	if (!ret)
		ret = explain(&s, addr, access);
	source_close(&s);
	return ret;
}

const struct command cmd_explain = {
	.name = "explain",
	.run = run,
	.args = "PID ADDRESS [r|w|x]",
	.help = "what would happen if it touched this address",
	.text = "Follows one address level by level and says what a read (r), a write (w) or the\n"
		"execution (x) of it would do, by default all three: pass, be repaired by the kernel\n"
		"(and how), or end in a signal (with its si_code and the error code that the CPU\n"
		"pushes). Each step is the hardware's work (HW) or the operating system's (OS).\n"
		"\n"
		"ADDRESS is hexadecimal, or a name of /proc/PID/maps, or part of one, with an offset\n"
		"from its first area: 0x401136, [heap], libc+0x1c0. The exit status tells nothing\n"
		"about the verdict.\n"
		"\n"
		"From a dump (--input) the answer is as of then. Address tags (LAM) and poisoned\n"
		"frames are not known there.\n",
	.options = OPT_INPUT,
};
