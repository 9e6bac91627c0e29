/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text files as lines, and lines as columns. Columns are found by the names in the comment
 * that announces them, so that a newer module may have more of them.
 */
#ifndef _IOMMU_LINES_H
#define _IOMMU_LINES_H

#include "iommu_source.h"

#define IOM_MAX_FIELDS 24

/* No machine has more of anything than this. */
#define IOM_MAX_RECORDS (1U << 24)

/**
 * struct iom_lines - a file under way
 * @s:	     where it is from
 * @name:    of the file, for messages
 * @next:    what is left of it
 * @number:  of the line that was read last
 * @names:   columns that the reader wants, ended by NULL; a record has them all
 * @place:   where in a line they are
 * @columns: how many a line has; the last one may have blanks
 * @placed:  were they announced?
 * @comment: called with each comment, before it is taken apart; may be NULL
 * @field:   of the record that was read last, those that the reader wants
 */
struct iom_lines {
	struct iom *s;
	const char *name;
	char *next;
	unsigned int number;
	const char *const *names;
	int place[IOM_MAX_FIELDS];
	int columns;
	bool placed;
	void (*comment)(const char *text);
	const char *field[IOM_MAX_FIELDS];
};

/**
 * lines_begin() - start to read a file
 * @s:	   where it is from; keeps what the fields point into
 * @l:	   gets it
 * @name:  of the file
 * @title: its first line is "# TITLE 1"; NULL: any
 * @names: columns, ended by NULL, or NULL for files that have none
 *
 * Return: 0, -ENOENT when there is no such file, or an exit code after reporting.
 */
int lines_begin(struct iom *s, struct iom_lines *l, const char *name, const char *title,
		const char *const *names);

/* The same for a text that is no file of @s; it is changed and must stay. */
void lines_of(struct iom *s, struct iom_lines *l, const char *name, char *text,
	      const char *const *names);

/* The next line that is no comment, or NULL. */
char *lines_next(struct iom_lines *l);

/* Takes a line apart: 1, or 0 for the end, or minus an exit code after reporting. */
int lines_split(struct iom_lines *l, char *line);
int lines_record(struct iom_lines *l);

/* Field @i as a number up to @max; "-" is @none. */
bool lines_number(const struct iom_lines *l, int i, u64 none, u64 max, u64 *value);

/* Reports that the line just read is not as it should be: XLATE_ERROR. */
int lines_bad(const struct iom_lines *l, const char *why);

/* Makes a string stay as long as @s. */
const char *iom_keep(struct iom *s, char *string);

/* Room for one more element in an array that doubles. */
void *grow(void *array, size_t count, size_t size);

#endif /* _IOMMU_LINES_H */
