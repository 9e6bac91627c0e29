// SPDX-License-Identifier: GPL-2.0-only
/* Tables: one description of columns for text (libsmartcols) and JSON. */
#include <ctype.h>
#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "xlate.h"

#define MAX_COLUMNS 32

/* Rows that a stream keeps before it prints them. */
#define STREAM_ROWS 4096

/**
 * struct table - a table under way
 * @name:    of the JSON array
 * @cols:    all columns
 * @chosen:  those to be shown, in order
 * @nchosen: how many
 * @at:	     for each of @cols its place among the shown ones, -1 if not shown
 * @scols:   the rows
 * @rows:    how many there were, printed ones included
 * @pending: how many are in @scols
 * @stream:  see table_stream()
 * @begun:   has anything been printed?
 */
struct table {
	const char *name;
	const struct column *cols;
	int chosen[MAX_COLUMNS];
	int nchosen;
	int at[MAX_COLUMNS];
	struct libscols_table *scols;
	size_t rows;
	size_t pending;
	bool stream;
	bool begun;
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

struct table *table_new(const char *name, const struct column *cols)
{
	struct table *t = xalloc(calloc(1, sizeof(*t)));
	const char *list = opt.columns;
	int i;

	t->name = name;
	t->cols = cols;
	if (!list || *list == '+')
		for (i = 0; cols[i].name; i++)
			if (cols[i].flags & COL_DEFAULT)
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

bool table_wants(const struct table *t, int col)
{
	int i;

	for (i = 0; i < t->nchosen; i++)
		if (t->chosen[i] == col)
			return true;
	return false;
}

/* The set of columns stands: makes libsmartcols's table. */
static void table_begin(struct table *t)
{
	bool tree = false;
	int i;

	t->scols = xalloc(scols_new_table());
	scols_table_enable_noheadings(t->scols, opt.no_headings);
	scols_table_enable_colors(t->scols, colours());
	memset(t->at, -1, sizeof(t->at));
	for (i = 0; i < t->nchosen; i++) {
		const struct column *c = &t->cols[t->chosen[i]];
		int flags = 0;

		if (c->type == COL_NUMBER || c->type == COL_SIZE || (c->flags & COL_RIGHT))
			flags |= SCOLS_FL_RIGHT;
		if (c->flags & COL_CUT)
			flags |= SCOLS_FL_TRUNC;
		if (c->type == COL_TREE && !tree) {
			flags |= SCOLS_FL_TREE;
			tree = true;
		}
		t->at[t->chosen[i]] = i;
		xalloc(scols_table_new_column(t->scols, c->name, c->width, flags));
	}
}

static const char *cell(struct libscols_line *row, int i)
{
	struct libscols_cell *ce = scols_line_get_cell(row, i);
	const char *data = ce ? scols_cell_get_data(ce) : NULL;

	return data && *data ? data : NULL;
}

static void json_row(struct table *t, struct libscols_line *row, int depth);

static void json_children(struct table *t, struct libscols_line *row, int depth)
{
	struct libscols_iter *it = xalloc(scols_new_iter(SCOLS_ITER_FORWARD));
	struct libscols_line *child;
	bool first = true;

	fputs(",\"children\": [\n", stdout);
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
		const char *data = cell(row, i), *p;

		fputs(i ? ", \"" : "\"", stdout);
		for (p = c->name; *p; p++)
			putchar(tolower((unsigned char)*p));
		fputs("\": ", stdout);
		if (!data || !strcmp(data, "-"))
			fputs("null", stdout);
		else if (c->type == COL_NUMBER || c->type == COL_SIZE)
			fputs(data, stdout);
		else
			json_string(stdout, data);
	}
	if (scols_line_has_children(row))
		json_children(t, row, depth);
	putchar('}');
}

static void json_flush(struct table *t)
{
	struct libscols_iter *it = xalloc(scols_new_iter(SCOLS_ITER_FORWARD));
	struct libscols_line *row;

	while (!scols_table_next_line(t->scols, it, &row)) {
		if (scols_line_get_parent(row))
			continue;
		fputs(t->begun ? ",\n" : "", stdout);
		t->begun = true;
		json_row(t, row, 1);
	}
	scols_free_iter(it);
}

static void table_flush(struct table *t)
{
	if (!t->pending)
		return;
	if (opt.json) {
		if (!t->begun)
			printf("{\"%s\": [\n", t->name);
		json_flush(t);
	} else {
		scols_print_table(t->scols);
		scols_table_enable_noheadings(t->scols, 1);
	}
	t->begun = true;
	scols_table_remove_lines(t->scols);
	t->pending = 0;
}

struct libscols_line *table_row(struct table *t, struct libscols_line *parent)
{
	if (!t->scols)
		table_begin(t);
	if (t->stream && t->pending >= STREAM_ROWS)
		table_flush(t);
	t->rows++;
	t->pending++;
	return xalloc(scols_table_new_line(t->scols, parent));
}

void table_put(struct table *t, struct libscols_line *row, int col, const char *fmt, ...)
{
	char text[4352];
	va_list args;

	if (t->at[col] < 0)
		return;
	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (scols_line_set_data(row, t->at[col], text))
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
	if (seq && colours())
		scols_line_set_color(row, seq);
}

void table_stream(struct table *t)
{
	t->stream = true;
}

size_t table_rows(const struct table *t)
{
	return t->rows;
}

void table_end(struct table *t)
{
	if (!t->scols)
		table_begin(t);
	table_flush(t);
	if (opt.json) {
		if (!t->begun)
			printf("{\"%s\": [", t->name);
		puts("\n]}");
	}
	scols_unref_table(t->scols);
	free(t);
}
