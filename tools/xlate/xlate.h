/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xlate: what its files share.
 *
 *	main.c		options, the table of sub-commands, help
 *	out.c		messages, colours, sizes, JSON strings
 *	table.c		tables: one description of columns for text and JSON
 *	maps.c		/proc/PID/maps, addresses and ranges by name
 *	source.c	where entries come from: a process, or a saved dump
 *	dump.c		the dump: sub-command, writer and reader
 *	ps.c tree.c pages.c explain.c share.c	the other sub-commands about processes
 *	iommu.c dma.c reverse.c faults.c audit.c	those about the IOMMU (iommu_source.h)
 *	nic.c		rings of paravirtual network cards
 *
 * What entries mean is in the pure cores that the kernel module is built from, too.
 */
#ifndef _XLATE_H
#define _XLATE_H

#include <stdio.h>
#include <sys/types.h>

#include "../../include/xlate/x86.h"
#include "../../pagewalk/runs.h"

#define XLATE_VERSION "0.1"

/* Exit codes: a contract, see xlate(8). */
enum {
	XLATE_OK,
	XLATE_ERROR,
	XLATE_USAGE,
	XLATE_ABSENT,
	XLATE_FINDINGS, /* xlate audit found what nothing explains */
};

#define MAX_INPUTS 64

/* Options that a sub-command can take besides --json, --help and --version. */
enum {
	OPT_INPUT = 1 << 0,
	OPT_TABLE = 1 << 1, /* --output, --no-headings, --bytes */
	OPT_RAW = 1 << 2,
	OPT_ALL = 1 << 3,
	OPT_HOLES = 1 << 4,
	OPT_SAVE = 1 << 5,
	OPT_FOLLOW = 1 << 6,
};

/**
 * struct options - the command line
 * @given:	 OPT_*
 * @inputs:	 files of --input
 * @ninputs:	 how many
 * @columns:	 argument of --output, or NULL
 * @save:	 argument of --save, or NULL
 * @json:	 --json
 * @no_headings: --no-headings
 * @bytes:	 --bytes
 * @follow:	 --follow
 */
struct options {
	unsigned int given;
	const char *inputs[MAX_INPUTS];
	int ninputs;
	const char *columns;
	const char *save;
	bool json;
	bool no_headings;
	bool bytes;
	bool follow;
};

extern struct options opt;

struct column;

/**
 * struct command - a sub-command
 * @name:    its name
 * @run:     takes the words after the name; returns an exit code
 * @args:    for the usage line
 * @help:    one line
 * @text:    paragraphs for --help
 * @columns: its columns, ended by one without a name; or NULL
 * @options: OPT_* that it takes
 */
struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *args;
	const char *help;
	const char *text;
	const struct column *columns;
	unsigned int options;
};

extern const struct command cmd_ps, cmd_tree, cmd_pages, cmd_explain, cmd_share, cmd_dump, cmd_vf;
extern const struct command cmd_nic;
extern const struct command cmd_iommu, cmd_dma, cmd_reverse, cmd_faults, cmd_audit;

/* out.c */

/**
 * fail() - report an error
 * @code: exit code, returned
 * @hint: what to do about it, or NULL
 * @fmt:  what is wrong
 */
int fail(int code, const char *hint, const char *fmt, ...) __printf(3, 4);

/* A remark that changes nothing about the exit code. */
void remark(const char *hint, const char *fmt, ...) __printf(2, 3);

/* No memory: reports it and exits. */
void *xalloc(void *p);
char *xasprintf(const char *fmt, ...) __printf(1, 2);

/* Writes @s as a JSON string, with quotes; bytes that are no UTF-8 appear as \xNN. */
void json_string(FILE *f, const char *s);

/* Prints @s to a terminal or file: no control characters, whatever it holds. */
void put_clean(FILE *f, const char *s);

/* "132K", "1.9M"; @buf has 16 bytes. */
const char *human_size(u64 bytes, char *buf);

/* Colours on standard output? Then @seq, else "". */
bool colours(void);
const char *colour(const char *seq);

#define COLOUR_OFF   "\033[0m"
#define COLOUR_BOLD  "\033[1m"
#define COLOUR_DIM   "\033[2m"
#define COLOUR_RED   "\033[1;31m"
#define COLOUR_GREEN "\033[1;32m"
#define COLOUR_AMBER "\033[33m"
#define COLOUR_BLUE  "\033[36m"

/* table.c */

enum column_type {
	COL_TEXT,
	COL_NUMBER, /* JSON: a number */
	COL_SIZE, /* bytes; text: human-readable unless --bytes; JSON: a number */
	COL_TREE, /* text that carries the branches of the tree */
};

/* struct column.flags */
#define COL_DEFAULT 1 /* shown without --output */
#define COL_RIGHT   2 /* aligned to the right, as numbers and sizes are */
#define COL_CUT	    4 /* may be cut to the width of the terminal */
#define COL_WIDE    8 /* left out of the default set on a narrow terminal */
#define COL_WRAP    16 /* may go on in the next line on a narrow terminal */

/**
 * struct column - one column, in text and in JSON (there in lower case)
 * @name:  heading
 * @type:  enum column_type
 * @flags: COL_*
 * @width: of its cells in a stream
 * @help:  for --help
 */
struct column {
	const char *name;
	enum column_type type;
	int flags;
	int width;
	const char *help;
};

struct table;
struct libscols_line;

/**
 * table_new() - start a table with the columns of --output, or the default ones
 * @name: of the JSON array
 * @cols: all columns, ended by one without a name
 *
 * Return: the table, or NULL after reporting an unknown column (XLATE_USAGE).
 */
struct table *table_new(const char *name, const struct column *cols);

/* Makes a column of the default set appear or not, before the first row, unless --output. */
void table_show(struct table *t, int col, bool show);
void table_show_all(struct table *t);
bool table_wants(const struct table *t, int col);

/* New row; @parent is NULL for all but trees. */
struct libscols_line *table_row(struct table *t, struct libscols_line *parent);
void table_put(struct table *t, struct libscols_line *row, int col, const char *fmt, ...)
	__printf(4, 5);
void table_number(struct table *t, struct libscols_line *row, int col, u64 n);
void table_colour(struct table *t, struct libscols_line *row, const char *seq);

/*
 * For very long lists: each row is printed as soon as the next one begins, and needs no
 * memory. Before the first row.
 */
void table_stream(struct table *t);

/* The same, and nothing is held back when table_flush() asks; JSON is an object a line. */
void table_lines(struct table *t);
void table_flush(struct table *t);

/* JSON: no object around the array, the caller prints one. */
void table_part(struct table *t);

size_t table_rows(const struct table *t);

/* Prints it, or what remains of it, and frees it; or just frees it. */
void table_end(struct table *t);
void table_free(struct table *t);

/* maps.c */

/**
 * struct area - a line of /proc/PID/maps
 * @start: first address
 * @end:   address after the last
 * @line:  the line, without newline
 * @path:  its last field, "" when there is none
 */
struct area {
	u64 start;
	u64 end;
	char *line;
	const char *path;
};

struct maps {
	struct area *area;
	size_t count;
};

struct range {
	u64 start;
	u64 end;
};

/* Takes the text of /proc/PID/maps apart; lines that do not look like one are left out. */
void maps_parse(struct maps *m, const char *text, size_t len);
void maps_free(struct maps *m);

/* The area around @addr, or NULL; the first one that ends above it. */
const struct area *maps_at(const struct maps *m, u64 addr);
const struct area *maps_from(const struct maps *m, u64 addr);

/* "rwxp" of an area, 4 letters. */
const char *area_rights(const struct area *a);

/* Last component of its path: "libc.so.6", "[heap]", or "". */
const char *area_name(const struct area *a);

/* "0x401000", "401000", "[heap]", "libc+0x1c0": an address, or XLATE_USAGE. */
int parse_addr(const struct maps *m, const char *word, u64 *addr);

/**
 * parse_range() - START-END, START+LEN, an address, or a name (all areas that have it)
 * @m:	   areas of the process
 * @word:  the word
 * @out:   array that is grown
 * @count: its length
 *
 * Return: 0 or XLATE_USAGE, reported.
 */
int parse_range(const struct maps *m, const char *word, struct range **out, size_t *count);

/* source.c */

/**
 * struct source - a process, live or saved
 * @pid:       its number
 * @fd:	       /proc/pagewalk/raw, -1 for a dump
 * @cookie:    the address space's cookie, 0 before the first scan
 * @comm:      its name
 * @mmu:       how to read entries
 * @root:      physical address of the top-level table
 * @user_root: with PTI, that of user mode's
 * @task_size: first address behind user space
 * @maps:      its areas
 * @dump:      the saved dump, NULL for a live process
 */
struct source {
	pid_t pid;
	int fd;
	u64 cookie;
	char comm[64];
	struct pagewalk_mmu mmu;
	u64 root;
	u64 user_root;
	u64 task_size;
	struct maps maps;
	struct dump *dump;
};

typedef int (*chunk_fn)(void *ctx, const struct pagewalk_chunk *c, const u64 *entry);
typedef int (*run_fn)(void *ctx, const struct pagewalk_run *r);

/* Why /proc/pagewalk/raw cannot be used, and the line that changes it. */
struct absence {
	const char *why;
	const char *hint;
};

/**
 * raw_open() - open the module's interface
 * @f:	 gets its features
 * @why: gets the reason, when it is absent
 *
 * Return: a descriptor, or -1.
 */
int raw_open(struct pagewalk_features *f, struct absence *why);

/* Reads a process number, XLATE_USAGE when it is none. */
int parse_pid(const char *word, pid_t *pid);

/**
 * source_open() - the process of the next argument, or the next dump of --input
 * @s:	  gets it
 * @argc: words left
 * @argv: moved on past what was used
 *
 * Return: 0, or an exit code after reporting the error.
 */
int source_open(struct source *s, int *argc, char ***argv);
int source_open_pid(struct source *s, pid_t pid);
void source_close(struct source *s);

/**
 * source_raw() - each entry of a range
 * @s:	   process
 * @r:	   range, page-aligned
 * @flags: PAGEWALK_F_TABLES or 0
 * @fn:	   takes neighbouring entries of a table; non-zero ends the scan and is returned
 * @ctx:   for it
 *
 * Return: 0, or a negative errno: what came before it was delivered.
 */
int source_raw(struct source *s, struct range r, u32 flags, chunk_fn fn, void *ctx);
int source_runs(struct source *s, struct range r, u32 flags, run_fn fn, void *ctx);
int source_probe(struct source *s, u64 addr, struct pagewalk_facts *f);

/* Puts an errno of these into words and advice; returns the exit code. */
int source_failed(const struct source *s, int err, bool partly);

/* dump.c */

int dump_open(struct source *s, const char *path);
void dump_free(struct dump *d);
int dump_raw(struct source *s, struct range r, u32 flags, chunk_fn fn, void *ctx);
int dump_runs(struct source *s, struct range r, u32 flags, run_fn fn, void *ctx);
int dump_probe(struct source *s, u64 addr, struct pagewalk_facts *f);
int dump_save(struct source *s, const char *path);
/* When it was taken, and on which kernel; @buf has 128 bytes. */
const char *dump_origin(const struct source *s, char *buf);

/* "file", "0x1234000", "swap:0:0x12": where an entry leads; @buf has 48 bytes. */
const char *target_name(const struct pagewalk_mmu *mmu, u64 entry, unsigned int level,
			enum pagewalk_state state, char *buf);
const char *order_name(unsigned int order);
/* "once,exclusive,large", "-"; @buf has 64 bytes. */
const char *facts_names(u32 facts, char *buf);
/* "r--p" of PAGEWALK_VMA_*; @buf has 5 bytes. */
const char *vma_rights(u32 vma, char *buf);
/* Colour of a row by what its entry says, or NULL. */
const char *state_colour(enum pagewalk_state state);

#endif /* _XLATE_H */
