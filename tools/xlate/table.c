// SPDX-License-Identifier: GPL-2.0-only
/* Tables: one description of columns for text (libsmartcols) and JSON. */
#include <ctype.h>
#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "xlate.h"

#define MAX_COLUMNS 32

/* Longest cell: a path and its mark. */
#define MAX_CELL 4352

/* Terminals narrower than this do without the columns that are COL_WIDE. */
#define WIDE 132

/**
 * struct table - a table under way
 * @name:    of the JSON array
 * @cols:    all columns
 * @chosen:  those to be shown, in order
 * @nchosen: how many
 * @at:	     for each of @cols its place among the shown ones, -1 if not shown
 * @begun:   do the columns stand?
 * @part:    JSON: a member of an object that the caller prints
 * @lines:   JSON: each row an object on a line of its own
 * @pending: of a stream: is a row under way?
 * @printed: rows that JSON has so far
 * @rows:    how many there were
 * @scols:   the rows, as libsmartcols keeps them
 * @cells:   of a stream: the row under way, which is printed when the next one begins
 */
struct table {
	const char *name;
	const struct column *cols;
	int chosen[MAX_COLUMNS];
	int nchosen;
	int at[MAX_COLUMNS];
	bool begun;
	bool part;
	bool lines;
	bool pending;
	size_t printed;
	size_t rows;
	struct libscols_table *scols;
	char (*cells)[MAX_CELL];
};

static int find_column(const struct column *cols, const char *name, size_t len)
{
	int i;

	for (i = 0; cols[i].name; i++)
		if (strlen(cols[i].name) == len && !strncasecmp(cols[i].name, name, len))
			return i;
	return -1;
}

static void choose(struct table *t, int col)
{
	int i;

	for (i = 0; i < t->nchosen; i++)
		if (t->chosen[i] == col)
			return;
	t->chosen[t->nchosen++] = col;
}

static int choose_by_name(struct table *t, const char *list)
{
	size_t len;
	int i;

	for (;; list += len + 1) {
		len = strcspn(list, ",");
		i = find_column(t->cols, list, len);
		if (i < 0)
			return fail(XLATE_USAGE, "--help after the sub-command lists the columns",
				    "no column is called \"%.*s\"", (int)len, list);
		choose(t, i);
		if (!list[len])
			return 0;
	}
}

/* Everything but a narrow terminal is wide. */
static bool wide(void)
{
	struct winsize size;

	return opt.json || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col ||
	       size.ws_col >= WIDE;
}

struct table *table_new(const char *name, const struct column *cols)
{
	struct table *t = xalloc(calloc(1, sizeof(*t)));
	int omit = wide() ? 0 : COL_WIDE;
	const char *list = opt.columns;
	int i;

	t->name = name;
	t->cols = cols;
	if (!list || *list == '+')
		for (i = 0; cols[i].name; i++)
			if ((cols[i].flags & COL_DEFAULT) && !(cols[i].flags & omit))
				choose(t, i);
	if (list && choose_by_name(t, list + (*list == '+'))) {
		free(t);
		return NULL;
	}
	return t;
}

void table_show(struct table *t, int col, bool show)
{
	int i;

	if (opt.columns && *opt.columns != '+')
		return;
	if (show) {
		choose(t, col);
		return;
	}
	for (i = 0; i < t->nchosen; i++)
		if (t->chosen[i] == col) {
			memmove(t->chosen + i, t->chosen + i + 1,
				(t->nchosen - i - 1) * sizeof(t->chosen[0]));
			t->nchosen--;
			return;
		}
}

void table_show_all(struct table *t)
{
	int i;

	for (i = 0; t->cols[i].name; i++)
		table_show(t, i, true);
}

bool table_wants(const struct table *t, int col)
{
	int i;

	for (i = 0; i < t->nchosen; i++)
		if (t->chosen[i] == col)
			return true;
	return false;
}

void table_stream(struct table *t)
{
	t->cells = xalloc(calloc(MAX_COLUMNS, sizeof(*t->cells)));
}

void table_part(struct table *t)
{
	t->part = true;
}

void table_lines(struct table *t)
{
	table_stream(t);
	t->lines = true;
}

static bool to_the_right(const struct column *c)
{
	return c->type == COL_NUMBER || c->type == COL_SIZE || (c->flags & COL_RIGHT);
}

static void scols_begin(struct table *t)
{
	bool tree = false;
	int i;

	t->scols = xalloc(scols_new_table());
	scols_table_enable_noheadings(t->scols, opt.no_headings);
	scols_table_enable_colors(t->scols, colours());
	for (i = 0; i < t->nchosen; i++) {
		const struct column *c = &t->cols[t->chosen[i]];
		int flags = 0;

		if (to_the_right(c))
			flags |= SCOLS_FL_RIGHT;
		if (c->flags & COL_CUT)
			flags |= SCOLS_FL_TRUNC;
		if (c->flags & COL_WRAP)
			flags |= SCOLS_FL_WRAP;
		if (c->type == COL_TREE && !tree) {
			flags |= SCOLS_FL_TREE;
			tree = true;
		}
		xalloc(scols_table_new_column(t->scols, c->name, 0, flags));
	}
}

/* One line of a stream: cells in the widths that their columns announce. */
static void stream_line(const struct table *t, bool heading)
{
	int i;

	for (i = 0; i < t->nchosen; i++) {
		const struct column *c = &t->cols[t->chosen[i]];
		const char *text = heading ? c->name : t->cells[i];
		int width = max(c->width, (int)strlen(c->name));

		width = max(0, width - (int)strlen(text));
		if (i)
			putchar(' ');
		if (to_the_right(c))
			printf("%*s", width, "");
		put_clean(stdout, text);
		if (!to_the_right(c) && i + 1 < t->nchosen)
			printf("%*s", width, "");
	}
	putchar('\n');
}

/* The set of columns stands. */
static void table_begin(struct table *t)
{
	int i;

	t->begun = true;
	memset(t->at, -1, sizeof(t->at));
	for (i = 0; i < t->nchosen; i++)
		t->at[t->chosen[i]] = i;
	if (!t->cells)
		scols_begin(t);
	if (opt.json && !t->lines)
		printf("%s\"%s\": [", t->part ? "" : "{", t->name);
	else if (!opt.json && t->cells && !opt.no_headings)
		stream_line(t, true);
}

static const char *cell(const struct table *t, struct libscols_line *row, int i)
{
	struct libscols_cell *ce;
	const char *data;

	if (t->cells)
		return t->cells[i];
	ce = scols_line_get_cell(row, i);
	data = ce ? scols_cell_get_data(ce) : NULL;
	return data ? data : "";
}

static void json_row(struct table *t, struct libscols_line *row, int depth);

static void json_children(struct table *t, struct libscols_line *row, int depth)
{
	struct libscols_iter *it = xalloc(scols_new_iter(SCOLS_ITER_FORWARD));
	struct libscols_line *child;
	bool first = true;

	fputs(", \"children\": [\n", stdout);
	while (!scols_line_next_child(row, it, &child)) {
		if (!first)
			fputs(",\n", stdout);
		first = false;
		json_row(t, child, depth + 1);
	}
	printf("\n%*s]", depth * 2, "");
	scols_free_iter(it);
}

static void json_row(struct table *t, struct libscols_line *row, int depth)
{
	int i;

	printf("%*s{", depth * 2, "");
	for (i = 0; i < t->nchosen; i++) {
		const struct column *c = &t->cols[t->chosen[i]];
		const char *data = cell(t, row, i), *p;

		fputs(i ? ", \"" : "\"", stdout);
		for (p = c->name; *p; p++)
			putchar(tolower((unsigned char)*p));
		fputs("\": ", stdout);
		if (!*data || !strcmp(data, "-"))
			fputs("null", stdout);
		else if (c->type == COL_NUMBER || c->type == COL_SIZE)
			fputs(data, stdout);
		else
			json_string(stdout, data);
	}
	if (row && scols_line_has_children(row))
		json_children(t, row, depth);
	putchar('}');
}

static void json_top_row(struct table *t, struct libscols_line *row)
{
	if (!t->lines)
		fputs(t->printed++ ? ",\n" : "\n", stdout);
	json_row(t, row, t->lines ? 0 : 1);
	if (t->lines)
		putchar('\n');
}

static void json_rows(struct table *t)
{
	struct libscols_iter *it = xalloc(scols_new_iter(SCOLS_ITER_FORWARD));
	struct libscols_line *row;

	while (!scols_table_next_line(t->scols, it, &row))
		if (!scols_line_get_parent(row))
			json_top_row(t, row);
	scols_free_iter(it);
}

/* Prints the row of a stream that is under way. */
static void stream_row(struct table *t)
{
	int i;

	if (!t->pending)
		return;
	t->pending = false;
	if (opt.json)
		json_top_row(t, NULL);
	else
		stream_line(t, false);
	for (i = 0; i < t->nchosen; i++)
		t->cells[i][0] = '\0';
}

struct libscols_line *table_row(struct table *t, struct libscols_line *parent)
{
	if (!t->begun)
		table_begin(t);
	if (t->cells)
		stream_row(t);
	t->rows++;
	t->pending = true;
	return t->cells ? NULL : xalloc(scols_table_new_line(t->scols, parent));
}

void table_flush(struct table *t)
{
	if (!t->begun)
		table_begin(t);
	stream_row(t);
	fflush(stdout);
}

void table_put(struct table *t, struct libscols_line *row, int col, const char *fmt, ...)
{
	char buf[MAX_CELL], *text = buf;
	va_list args;

	if (t->at[col] < 0)
		return;
	if (t->cells)
		text = t->cells[t->at[col]];
	va_start(args, fmt);
	vscnprintf(text, MAX_CELL, fmt, args);
	va_end(args);
	if (!t->cells && scols_line_set_data(row, t->at[col], text))
		xalloc(NULL);
}

void table_number(struct table *t, struct libscols_line *row, int col, u64 n)
{
	char buf[16];

	if (t->cols[col].type == COL_SIZE && !opt.json && !opt.bytes)
		table_put(t, row, col, "%s", human_size(n, buf));
	else
		table_put(t, row, col, "%llu", n);
}

void table_colour(struct table *t, struct libscols_line *row, const char *seq)
{
	if (seq && row && colours())
		scols_line_set_color(row, seq);
}

size_t table_rows(const struct table *t)
{
	return t->rows;
}

void table_free(struct table *t)
{
	if (t->scols)
		scols_unref_table(t->scols);
	free(t->cells);
	free(t);
}

void table_end(struct table *t)
{
	if (!t->begun)
		table_begin(t);
	if (t->cells)
		stream_row(t);
	else if (opt.json)
		json_rows(t);
	else
		scols_print_table(t->scols);
	if (opt.json && !t->lines)
		fputs(t->part ? "\n]" : "\n]}\n", stdout);
	table_free(t);
}
