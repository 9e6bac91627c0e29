// SPDX-License-Identifier: GPL-2.0-only
/* Text files as lines, lines as columns, columns as numbers and names. */
#include <stdlib.h>

#include "iommu_lines.h"

#define MAX_COLUMNS 64

bool iom_number(const char *word, u64 *value)
{
	bool hex = word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
	char *end;

	/* strtoull() would take blanks and signs, too. */
	if (*word < '0' || *word > '9')
		return false;
	errno = 0;
	*value = strtoull(word, &end, hex ? 16 : 10);
	return !*end && !errno;
}

bool iom_parse_rid(const char *word, u32 *rid)
{
	unsigned int segment = 0, bus, slot, function;
	int n = -1;

	if (strlen(word) >= IOM_RID_SIZE || word[strspn(word, "0123456789abcdefABCDEF:.")])
		return false;
	if (sscanf(word, "%4x:%2x:%2x.%1x%n", &segment, &bus, &slot, &function, &n) != 4 || n < 0 ||
	    word[n]) {
		n = -1;
		segment = 0;
		if (sscanf(word, "%2x:%2x.%1x%n", &bus, &slot, &function, &n) != 3 || n < 0 ||
		    word[n])
			return false;
	}
	if (slot > 31 || function > 7)
		return false;
	*rid = IOM_RID(segment, bus << 8 | slot << 3 | function);
	return true;
}

const char *iom_rid_name(u32 rid, char *buf)
{
	snprintf(buf, IOM_RID_SIZE, "%04x:%02x:%02x.%u", rid >> 16, rid >> 8 & 255, rid >> 3 & 31,
		 rid & 7);
	return buf;
}

bool iom_has_word(const char *list, const char *word, char sep)
{
	size_t len = strlen(word);

	for (;;) {
		if (!strncmp(list, word, len) &&
		    (!list[len] || list[len] == sep || list[len] == ':'))
			return true;
		list = strchr(list, sep);
		if (!list)
			return false;
		list++;
	}
}

void *grow(void *array, size_t count, size_t size)
{
	if (count & (count - 1))
		return array;
	return xalloc(realloc(array, (count ? 2 * count : 1) * size));
}

const char *iom_keep(struct iom *s, char *string)
{
	s->scratch = grow(s->scratch, s->nscratch, sizeof(*s->scratch));
	return s->scratch[s->nscratch++] = xalloc(string);
}

int lines_bad(const struct iom_lines *l, const char *why)
{
	const char *from = l->s->from;

	return fail(
		XLATE_ERROR,
		from ? "damaged, or of another version of the module" :
		       "the module and xlate are of different versions: build and load both from one tree",
		"%s%s%s, line %u: %s", from ? from : "", from ? ": " : "", l->name, l->number, why);
}

void lines_of(struct iom *s, struct iom_lines *l, const char *name, char *text,
	      const char *const *names)
{
	memset(l, 0, sizeof(*l));
	l->s = s;
	l->name = name;
	l->next = text;
	l->names = names;
}

/* The next line, ended by a zero; NULL at the end. */
static char *raw_line(struct iom_lines *l)
{
	char *line = l->next, *end;

	if (!line || !*line)
		return NULL;
	end = strchr(line, '\n');
	if (end)
		*end = '\0';
	l->next = end ? end + 1 : NULL;
	l->number++;
	return line;
}

int lines_begin(struct iom *s, struct iom_lines *l, const char *name, const char *title,
		const char *const *names)
{
	const struct iom_file *f = iom_file(s, name);
	char first[64], *line;

	if (!f)
		return -ENOENT;
	line = xalloc(malloc(f->len + 1));
	memcpy(line, f->text, f->len);
	line[f->len] = '\0';
	iom_keep(s, line);
	lines_of(s, l, f->name, line, names);
	if (!title)
		return 0;
	line = raw_line(l);
	snprintf(first, sizeof(first), "# %s 1", title);
	if (line && !strcmp(line, first))
		return 0;
	l->number = 1;
	return lines_bad(l, "it does not begin as this version of xlate knows it");
}

/* The comment that names the columns: notes where those asked for are. */
static void find_columns(struct iom_lines *l, char *comment)
{
	int i, at = 0, place[IOM_MAX_FIELDS];
	char *word, *save = NULL;

	if (!l->names || l->placed)
		return;
	memset(place, -1, sizeof(place));
	/* Behind a bar follows what is part of the last column. */
	for (word = strtok_r(comment, " ", &save); word && strcmp(word, "|") && at < MAX_COLUMNS;
	     word = strtok_r(NULL, " ", &save), at++)
		for (i = 0; l->names[i]; i++)
			if (!strcmp(word, l->names[i]) && place[i] < 0)
				place[i] = at;
	for (i = 0; l->names[i]; i++)
		if (place[i] < 0)
			return;
	memcpy(l->place, place, sizeof(place));
	l->columns = at;
	l->placed = true;
}

char *lines_next(struct iom_lines *l)
{
	char *line;

	while ((line = raw_line(l))) {
		if (*line && *line != '#')
			return line;
		if (*line && l->comment)
			l->comment(line + 1 + strspn(line + 1, " "));
		if (*line)
			find_columns(l, line + 1);
	}
	return NULL;
}

int lines_split(struct iom_lines *l, char *line)
{
	char *field[MAX_COLUMNS];
	int i, n = 0;

	if (!l->placed)
		return -lines_bad(l, "no line before it names its columns");
	while (line && n < l->columns) {
		field[n++] = line;
		line = n < l->columns ? strchr(line, ' ') : NULL;
		if (line)
			*line++ = '\0';
	}
	if (n != l->columns)
		return -lines_bad(l, "it has fewer fields than columns are named");
	for (i = 0; l->names[i]; i++) {
		l->field[i] = field[l->place[i]];
		if (!*l->field[i])
			return -lines_bad(l, "an empty field");
	}
	return 1;
}

int lines_record(struct iom_lines *l)
{
	char *line = lines_next(l);

	return line ? lines_split(l, line) : 0;
}

bool lines_number(const struct iom_lines *l, int i, u64 none, u64 max, u64 *value)
{
	if (!strcmp(l->field[i], "-")) {
		*value = none;
		return true;
	}
	return iom_number(l->field[i], value) && *value <= max;
}
