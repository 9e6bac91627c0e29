// SPDX-License-Identifier: GPL-2.0-only
/* xlate: follow an address through every translation. Options, sub-commands, help. */
#include <getopt.h>
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#include "xlate.h"

#define MAX_COMMANDS 6

/* All sub-commands, as the overview groups them. */
static const struct {
	const char *title;
	const struct command *commands[MAX_COMMANDS + 1];
} groups[] = {
	{ "Processes and their page tables",
	  { &cmd_ps, &cmd_tree, &cmd_pages, &cmd_explain, &cmd_share, &cmd_dump } },
	{ "Devices and their I/O page tables",
	  { &cmd_iommu, &cmd_dma, &cmd_reverse, &cmd_faults, &cmd_audit } },
	{ "Virtual functions and paravirtual cards", { &cmd_vf, &cmd_nic } },
};

struct options opt;

static const struct option long_options[] = {
	{ "json", no_argument, NULL, 'J' },	    { "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },	    { "input", required_argument, NULL, 'i' },
	{ "output", required_argument, NULL, 'o' }, { "no-headings", no_argument, NULL, 'n' },
	{ "noheadings", no_argument, NULL, 'n' },   { "bytes", no_argument, NULL, 'b' },
	{ "raw", no_argument, NULL, 'r' },	    { "all", no_argument, NULL, 'a' },
	{ "holes", no_argument, NULL, 'H' },	    { "save", required_argument, NULL, 's' },
	{ "follow", no_argument, NULL, 'f' },	    { NULL, 0, NULL, 0 },
};

static const char short_options[] = "JhVi:o:nbraf";

/* What each option says in a help text; OPT_* tells which sub-commands have it. */
static const struct {
	unsigned int opt;
	const char *text;
} option_help[] = {
	{ 0, " -J, --json           JSON, with exact numbers instead of rounded ones" },
	{ OPT_INPUT, " -i, --input FILE     read what dump or --save wrote, not this machine" },
	{ OPT_TABLE, " -o, --output LIST    these columns, separated by commas; +LIST adds them" },
	{ OPT_TABLE, " -n, --no-headings    no headings" },
	{ OPT_TABLE, " -b, --bytes          sizes in bytes, not rounded" },
	{ OPT_RAW, " -r, --raw            each entry on a line of its own, runs not joined" },
	{ OPT_HOLES, "     --holes          empty entries, too" },
	{ OPT_ALL, " -a, --all            kernel threads (ps), idle descriptors (nic), too" },
	{ OPT_FOLLOW, " -f, --follow         go on with new ones as they happen" },
	{ OPT_SAVE, "     --save FILE      write all to FILE, for --input, and show nothing" },
	{ 0, " -h, --help           this text" },
};

static void option_lines(unsigned int options)
{
	unsigned int i;

	puts("\nOptions:");
	for (i = 0; i < ARRAY_SIZE(option_help); i++)
		if (!option_help[i].opt || (option_help[i].opt & options))
			puts(option_help[i].text);
}

static int overview(void)
{
	const struct command *const *c;
	unsigned int i;

	puts("Usage: xlate [OPTION...] COMMAND [ARGUMENT...]\n"
	     "\n"
	     "Follow an address through the tables that translate it: where does it really go,\n"
	     "and who pays for the trip?");
	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		printf("\n%s:\n", groups[i].title);
		for (c = groups[i].commands; *c; c++)
			printf("  %-8s %-19s %s\n", (*c)->name, (*c)->args, (*c)->help);
	}
	puts("\n  help     [COMMAND]           this text, or a command's own");
	option_lines(OPT_INPUT | OPT_TABLE);
	puts(" -V, --version        the version");
	puts("\nExit status: 0 done, 1 error, 2 usage, 3 the kernel module is absent or refuses,\n"
	     "4 the audit found what nothing explains.\n"
	     "More in xlate(8); xlate COMMAND --help has the columns of a command.");
	return 0;
}

static int command_help(const struct command *c)
{
	const struct column *col;

	printf("Usage: xlate %s [OPTION...]%s%s\n\n%s", c->name, *c->args ? " " : "", c->args,
	       c->text);
	if (c->columns) {
		puts("\nColumns (* shown unless --output says otherwise):");
		for (col = c->columns; col->name; col++)
			printf(" %c %-10s %s\n", col->flags & COL_DEFAULT ? '*' : ' ', col->name,
			       col->help);
	}
	option_lines(c->options);
	return 0;
}

static const struct command *find_command(const char *name)
{
	const struct command *const *c;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		for (c = groups[i].commands; *c; c++)
			if (!strcmp((*c)->name, name))
				return *c;
	return NULL;
}

static int unknown_command(const char *name)
{
	return fail(XLATE_USAGE, "xlate --help lists the commands", "no command is called \"%s\"",
		    name);
}

/* Reads the options, wherever among the words they are. Returns 0 or XLATE_USAGE. */
static int parse_options(int argc, char **argv, bool *want_help, bool *want_version)
{
	int c, i;

	/* For messages about the options themselves. */
	for (i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--json") || !strcmp(argv[i], "-J"))
			opt.json = true;

	opterr = 0;
	while ((c = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		switch (c) {
		case 'J':
			opt.json = true;
			break;
		case 'h':
			*want_help = true;
			break;
		case 'V':
			*want_version = true;
			break;
		case 'i':
			if (opt.ninputs == MAX_INPUTS)
				return fail(XLATE_USAGE, NULL, "more than %d times --input",
					    MAX_INPUTS);
			opt.inputs[opt.ninputs++] = optarg;
			opt.given |= OPT_INPUT;
			break;
		case 'o':
			opt.columns = optarg;
			opt.given |= OPT_TABLE;
			break;
		case 'n':
			opt.no_headings = true;
			opt.given |= OPT_TABLE;
			break;
		case 'b':
			opt.bytes = true;
			opt.given |= OPT_TABLE;
			break;
		case 'r':
			opt.given |= OPT_RAW;
			break;
		case 'a':
			opt.given |= OPT_ALL;
			break;
		case 'H':
			opt.given |= OPT_HOLES;
			break;
		case 'f':
			opt.follow = true;
			opt.given |= OPT_FOLLOW;
			break;
		case 's':
			opt.save = optarg;
			opt.given |= OPT_SAVE;
			break;
		default:
			return fail(XLATE_USAGE, "xlate --help lists the options",
				    "option %s: unknown, ambiguous, or without its argument",
				    argv[optind - 1]);
		}
	}
	return 0;
}

static int run(int argc, char **argv)
{
	bool want_help = false, want_version = false;
	const struct command *c;
	int ret;

	ret = parse_options(argc, argv, &want_help, &want_version);
	if (ret)
		return ret;
	argc -= optind;
	argv += optind;

	if (want_version) {
		puts("xlate " XLATE_VERSION);
		return 0;
	}
	if (argc && !strcmp(argv[0], "help")) {
		want_help = true;
		argc--;
		argv++;
	}
	if (!argc)
		return want_help ?
			       overview() :
			       fail(XLATE_USAGE, "xlate --help lists the commands", "what to do?");

	c = find_command(argv[0]);
	if (!c)
		return unknown_command(argv[0]);
	if (want_help)
		return command_help(c);
	if (opt.given & ~c->options)
		return fail(XLATE_USAGE, "--help after the command lists its options",
			    "%s does not take one of these options", c->name);
	if (opt.ninputs > 1 && c != &cmd_share)
		return fail(XLATE_USAGE, NULL, "%s takes one --input", c->name);
	return c->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int ret;

	setlocale(LC_CTYPE, "");
	ret = run(argc, argv);

	/* A full disk or a closed output must not look like success. */
	if (ferror(stdout) | fflush(stdout) || close(STDOUT_FILENO)) {
		int err = errno;

		if (err != EBADF || ferror(stdout))
			return fail(XLATE_ERROR, NULL, "standard output: %s",
				    err ? strerror(err) : "write error");
	}
	return ret;
}
