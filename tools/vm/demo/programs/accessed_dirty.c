// SPDX-License-Identifier: GPL-2.0-only
/*
 * One page to read and write on command, and how many page faults that took.
 * Words: "read", "write", "flush".
 */
#include <sys/mman.h>
#include <sys/resource.h>

#include "demo.h"

#define FLUSH (1UL << 20)

static volatile char *page;

static long faults(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return r.ru_minflt + r.ru_majflt;
}

/*
 * The CPU keeps translations in its TLB and sets A only when it loads one. Unmapping more
 * pages than are worth naming one by one makes the kernel flush all that it keeps of ours.
 */
static void flush(void)
{
	char *p = mmap(NULL, FLUSH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(p != MAP_FAILED, "mmap");
	memset(p, 1, FLUSH);
	munmap(p, FLUSH);
}

int main(void)
{
	const char *word;
	long before, took;
	int value = 0;

	/* Shared memory: an entry that was made for reading may be written at once. */
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	need(page != MAP_FAILED, "mmap");
	say("page %p", (void *)page);
	/* So that counting faults takes none itself. */
	before = faults();

	for (;;) {
		word = hear();
		before = faults();
		if (!strcmp(word, "read"))
			value = *page;
		else if (!strcmp(word, "write"))
			*page = 1;
		else if (!strcmp(word, "flush"))
			flush();
		took = faults() - before;
		say("%s done, page faults: %ld (value %d)", word, took, value);
	}
}
