/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the demo's programs talk: a line out when something is done, a word in to go on.
 * So whoever watches knows what has happened, without guessing how long it takes.
 */
#ifndef DEMO_H
#define DEMO_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Says a line, at once: somebody waits for it. */
static inline __attribute__((format(printf, 1, 2))) void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

/* Waits for a line and returns it; at the end of input, ends the program. */
static const char *hear(void)
{
	static char line[80];

	if (!fgets(line, sizeof(line), stdin))
		exit(0);
	line[strcspn(line, "\n")] = '\0';
	return line;
}

/* Something that must work does not. */
static inline void need(int works, const char *what)
{
	if (works)
		return;
	perror(what);
	exit(1);
}

#endif /* DEMO_H */
