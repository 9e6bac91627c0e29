// SPDX-License-Identifier: GPL-2.0-only
/* Messages, colours, sizes, JSON strings. */
#include <ctype.h>
#include <stdlib.h>
#include <unistd.h>

#include "xlate.h"

/* Length of the UTF-8 sequence at @s that is no control character, 0 if it is none. */
static int utf8_length(const unsigned char *s)
{
	int i, n;
	u32 c;

	if (*s < 0x80)
		return *s >= 0x20 && *s != 0x7f;
	n = *s >= 0xf0 ? 4 : *s >= 0xe0 ? 3 : 2;
	if (*s < 0xc2 || *s > 0xf4)
		return 0;
	c = *s & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	/* Overlong forms, surrogates, C1 controls, beyond Unicode. */
	if ((n == 3 && c < 0x800) || (n == 4 && c < 0x10000) || (c >= 0xd800 && c < 0xe000) ||
	    c < 0xa0 || c > 0x10ffff)
		return 0;
	return n;
}

static void put_escaped(FILE *f, const char *s, bool json)
{
	const unsigned char *p = (const unsigned char *)s, *from = p;
	int n;

	for (; *p; p += n) {
		n = utf8_length(p);
		if (n && !(json && (*p == '"' || *p == '\\')))
			continue;
		fwrite(from, 1, p - from, f);
		from = p + 1;
		if (n)
			fprintf(f, "\\%c", *p);
		else
			fprintf(f, json ? "\\\\x%02x" : "\\x%02x", *p);
		n = 1;
	}
	fwrite(from, 1, p - from, f);
}

void json_string(FILE *f, const char *s)
{
	fputc('"', f);
	put_escaped(f, s, true);
	fputc('"', f);
}

void put_clean(FILE *f, const char *s)
{
	put_escaped(f, s, false);
}

static void say(const char *kind, const char *hint, const char *fmt, va_list args)
{
	char text[1024];

	vscnprintf(text, sizeof(text), fmt, args);
	fflush(stdout);
	if (opt.json) {
		fprintf(stderr, "{\"%s\": ", kind);
		json_string(stderr, text);
		if (hint) {
			fputs(", \"hint\": ", stderr);
			json_string(stderr, hint);
		}
		fputs("}\n", stderr);
		return;
	}
	fputs("xlate: ", stderr);
	put_clean(stderr, text);
	fputc('\n', stderr);
	if (hint) {
		fputs("       ", stderr);
		put_clean(stderr, hint);
		fputc('\n', stderr);
	}
}

int fail(int code, const char *hint, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("error", hint, fmt, args);
	va_end(args);
	return code;
}

void remark(const char *hint, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("note", hint, fmt, args);
	va_end(args);
}

void *xalloc(void *p)
{
	if (!p)
		exit(fail(XLATE_ERROR, NULL, "out of memory"));
	return p;
}

char *xasprintf(const char *fmt, ...)
{
	va_list args;
	char *s;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	s = xalloc(malloc(n + 1));
	va_start(args, fmt);
	vsnprintf(s, n + 1, fmt, args);
	va_end(args);
	return s;
}

const char *human_size(u64 bytes, char *buf)
{
	static const char unit[] = "BKMGTPE";
	unsigned int i = 0;
	u64 whole = bytes, tenths = 0;

	while (whole >= 1024) {
		tenths = (whole & 1023) * 10 / 1024;
		whole >>= 10;
		i++;
	}
	/* One digit behind the point where it says something: 1.9M, but 132K. */
	if (tenths && whole < 10)
		snprintf(buf, 16, "%llu.%llu%c", whole, tenths, unit[i]);
	else
		snprintf(buf, 16, "%llu%c", whole, unit[i]);
	return buf;
}

bool colours(void)
{
	static int wanted = -1;
	const char *env;

	if (wanted < 0) {
		env = getenv("NO_COLOR");
		wanted = !(env && *env) && !opt.json && isatty(STDOUT_FILENO);
		env = getenv("TERM");
		if (!env || !strcmp(env, "dumb"))
			wanted = 0;
	}
	return wanted;
}

const char *colour(const char *seq)
{
	return colours() ? seq : "";
}

const char *target_name(const struct pagewalk_mmu *mmu, u64 entry, unsigned int level,
			enum pagewalk_state state, char *buf)
{
	u64 target = x86_target(mmu, entry, level, state);

	if (state == PAGEWALK_TABLE || x86_maps_frame(state))
		snprintf(buf, 48, "0x%09llx", target << RADIX_PAGE_SHIFT);
	else if (state == PAGEWALK_SWAP)
		snprintf(buf, 48, "swap:%u:0x%llx", x86_swp_type(entry), target);
	else if (x86_swp_has_pfn(state))
		snprintf(buf, 48, "pfn:0x%llx", target);
	else
		strcpy(buf, "-");
	return buf;
}

const char *order_name(unsigned int order)
{
	static const char *const name[] = { "single", "asc", "desc", "scattered" };

	return order < ARRAY_SIZE(name) ? name[order] : "?";
}

const char *facts_names(u32 facts, char *buf)
{
	static const struct {
		u32 bit;
		const char *name;
	} names[] = {
		{ PAGEWALK_PG_ONCE, "once" },	    { PAGEWALK_PG_EXCLUSIVE, "exclusive" },
		{ PAGEWALK_PG_COW, "cow" },	    { PAGEWALK_PG_LARGE, "large" },
		{ PAGEWALK_PG_HUGETLB, "hugetlb" },
	};
	unsigned int i;
	int len = 0;

	buf[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (facts & names[i].bit)
			len += scnprintf(buf + len, 64 - len, "%s%s", len ? "," : "",
					 names[i].name);
	if (!len)
		strcpy(buf, "-");
	return buf;
}

const char *vma_rights(u32 vma, char *buf)
{
	x86_rights_name(vma & (PAGEWALK_R | PAGEWALK_W | PAGEWALK_X), buf);
	buf[3] = vma & PAGEWALK_VMA_SHARED ? 's' : 'p';
	buf[4] = '\0';
	return buf;
}

const char *state_colour(enum pagewalk_state state)
{
	switch (state) {
	case PAGEWALK_PAGE:
	case PAGEWALK_TABLE:
		return NULL;
	case PAGEWALK_NONE:
		return COLOUR_DIM;
	case PAGEWALK_HWPOISON:
	case PAGEWALK_POISON:
	case PAGEWALK_GUARD:
	case PAGEWALK_UNKNOWN:
		return COLOUR_RED;
	default:
		return COLOUR_AMBER;
	}
}
