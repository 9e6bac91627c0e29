// SPDX-License-Identifier: GPL-2.0-only
/* /proc/PID/maps; addresses and ranges by name. */
#include <ctype.h>
#include <stdlib.h>

#include "xlate.h"

/* Takes one line apart; returns false when it is none. */
static bool parse_line(struct area *a, char *line)
{
	char *p;
	int i;

	errno = 0;
	if (!isxdigit((unsigned char)*line))
		return false;
	a->start = strtoull(line, &p, 16);
	if (*p != '-' || !isxdigit((unsigned char)p[1]))
		return false;
	a->end = strtoull(p + 1, &p, 16);
	if (*p != ' ' || errno || a->end <= a->start)
		return false;
	if (strlen(p) < 5)
		return false;
	/* rights, offset, device, inode, and what remains is the path */
	a->line = line;
	for (i = 0; i < 4; i++) {
		p += strspn(p, " ");
		p += strcspn(p, " ");
	}
	a->path = p + strspn(p, " ");
	return true;
}

static int by_start(const void *a, const void *b)
{
	u64 x = ((const struct area *)a)->start, y = ((const struct area *)b)->start;

	return x < y ? -1 : x > y;
}

void maps_parse(struct maps *m, const char *text, size_t len)
{
	const char *end = text + len, *nl;
	size_t room = 0;
	char *line;

	memset(m, 0, sizeof(*m));
	for (; text < end; text = nl + 1) {
		nl = memchr(text, '\n', end - text);
		if (!nl)
			nl = end;
		if (m->count == room) {
			room = room ? 2 * room : 64;
			m->area = xalloc(realloc(m->area, room * sizeof(*m->area)));
		}
		line = xalloc(strndup(text, nl - text));
		if (parse_line(&m->area[m->count], line))
			m->count++;
		else
			free(line);
	}
	if (m->count)
		qsort(m->area, m->count, sizeof(*m->area), by_start);
}

void maps_free(struct maps *m)
{
	size_t i;

	for (i = 0; i < m->count; i++)
		free(m->area[i].line);
	free(m->area);
	memset(m, 0, sizeof(*m));
}

const struct area *maps_from(const struct maps *m, u64 addr)
{
	size_t lo = 0, hi = m->count, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (m->area[mid].end <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < m->count ? &m->area[lo] : NULL;
}

const struct area *maps_at(const struct maps *m, u64 addr)
{
	const struct area *a = maps_from(m, addr);

	return a && a->start <= addr ? a : NULL;
}

const char *area_rights(const struct area *a)
{
	return strchr(a->line, ' ') + 1;
}

const char *area_name(const struct area *a)
{
	const char *slash = strrchr(a->path, '/');

	/* "/memfd:name (deleted)" and the like keep what follows the last slash. */
	return slash && slash[1] ? slash + 1 : a->path;
}

static bool has_0x(const char *word, size_t len)
{
	return len > 2 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
}

/* Hexadecimal digits, with or without 0x? */
static bool is_hex(const char *word, size_t len)
{
	size_t i;

	for (i = has_0x(word, len) ? 2 : 0; i < len; i++)
		if (!isxdigit((unsigned char)word[i]))
			return false;
	return len;
}

/* Is it a number rather than a name such as "bad"? With 0x, or a digit first, or long. */
static bool looks_hex(const char *word, size_t len)
{
	return is_hex(word, len) && (isdigit((unsigned char)*word) || len >= 8);
}

static int parse_hex(const char *word, size_t len, u64 *value)
{
	char buf[32];

	if (len >= sizeof(buf) || !is_hex(word, len))
		return -EINVAL;
	memcpy(buf, word, len);
	buf[len] = '\0';
	errno = 0;
	*value = strtoull(buf, NULL, 16);
	return -errno;
}

/* The first area from number @from on whose path contains the @len characters at @word. */
static const struct area *by_name(const struct maps *m, const char *word, size_t len, size_t from)
{
	char *name = xalloc(strndup(word, len));
	const struct area *found = NULL;
	size_t i;

	for (i = from; len && i < m->count && !found; i++)
		if (strstr(m->area[i].path, name))
			found = &m->area[i];
	free(name);
	return found;
}

#define ADDRESS_HINT \
	"an address is hexadecimal (0x401000), or a name of /proc/PID/maps: [heap], libc, libc+0x1c0"

int parse_addr(const struct maps *m, const char *word, u64 *addr)
{
	const char *plus = strrchr(word, '+');
	const struct area *a;
	u64 offset = 0;
	size_t len = strlen(word);

	if (looks_hex(word, len)) {
		if (!parse_hex(word, len, addr))
			return 0;
		return fail(XLATE_USAGE, NULL, "%s does not fit into 64 bits", word);
	}
	/* A name may have a + of its own (libstdc++.so): only a number after it counts. */
	if (plus && !parse_hex(plus + 1, strlen(plus + 1), &offset))
		len = plus - word;
	if (looks_hex(word, len) && !parse_hex(word, len, addr)) {
		*addr += offset;
		return 0;
	}
	a = by_name(m, word, len, 0);
	if (!a)
		return fail(XLATE_USAGE, ADDRESS_HINT, "%s: neither an address nor a mapped name",
			    word);
	*addr = a->start + offset;
	return 0;
}

static void add_range(struct range **out, size_t *count, u64 start, u64 end)
{
	*out = xalloc(realloc(*out, (*count + 1) * sizeof(**out)));
	(*out)[*count].start = start & ~0xfffULL;
	/* ~0 is "to the end", so rounding up may stop there. */
	(*out)[(*count)++].end = end > ~0xfffULL ? ~0ULL : (end + 0xfff) & ~0xfffULL;
}

/* "4096" (hexadecimal like all the rest: 0x1000) or "16K", "2M", "1G". */
static int parse_length(const char *word, u64 *len)
{
	static const char unit[] = "KMG";
	size_t n = strlen(word);
	const char *u;
	u64 factor = 1;
	char *end;

	if (n && (u = strchr(unit, toupper((unsigned char)word[n - 1])))) {
		factor = 1024ULL << (10 * (u - unit));
		errno = 0;
		if (!isdigit((unsigned char)*word))
			return -EINVAL;
		*len = strtoull(word, &end, 0);
		if (errno || end != word + n - 1)
			return -EINVAL;
	} else if (parse_hex(word, n, len)) {
		return -EINVAL;
	}
	if (!*len || *len > ~0ULL / factor)
		return -EINVAL;
	*len *= factor;
	return 0;
}

int parse_range(const struct maps *m, const char *word, struct range **out, size_t *count)
{
	const char *sep = strpbrk(word, "-+");
	const struct area *a;
	size_t i, found = 0;
	u64 start, end;

	if (looks_hex(word, strlen(word)) && !parse_hex(word, strlen(word), &start)) {
		add_range(out, count, start, start > ~0xfffULL ? ~0ULL : start + 1);
		return 0;
	}
	if (sep && looks_hex(word, sep - word) && !parse_hex(word, sep - word, &start)) {
		if (*sep == '-') {
			if (parse_hex(sep + 1, strlen(sep + 1), &end) || end <= start)
				return fail(XLATE_USAGE,
					    "START-END, both hexadecimal, START below END",
					    "%s: not a range", word);
		} else {
			if (parse_length(sep + 1, &end) || end > ~0ULL - start)
				return fail(XLATE_USAGE,
					    "START+LENGTH: 0x400000+0x3000, 0x400000+12K",
					    "%s: not a range", word);
			end += start;
		}
		add_range(out, count, start, end);
		return 0;
	}
	for (i = 0; (a = by_name(m, word, strlen(word), i)); i = a - m->area + 1) {
		add_range(out, count, a->start, a->end);
		found++;
	}
	if (!found)
		return fail(
			XLATE_USAGE,
			"a range is START-END, START+LENGTH, an address, or a name of /proc/PID/maps",
			"%s: neither a range nor a mapped name", word);
	return 0;
}
