// SPDX-License-Identifier: GPL-2.0-only
/*
 * Some pages of memory that the kernel is asked to swap out, as it would do by itself when
 * memory is short. Words: "out", "read", "write".
 */
#include <sys/mman.h>

#include "demo.h"

#define PAGES 64
#define PAGE  4096

int main(void)
{
	unsigned char *p;
	const char *word;
	int i, sum;

	p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(p != MAP_FAILED, "mmap");
	/* Each page different, and none of zeros: the kernel has shortcuts for those. */
	srand(1);
	for (i = 0; i < PAGES * PAGE; i++)
		p[i] = 1 + rand() % 255;
	say("pages %p %d", (void *)p, PAGES);

	for (;;) {
		word = hear();
		if (!strcmp(word, "out")) {
			need(!madvise(p, PAGES * PAGE, MADV_PAGEOUT), "MADV_PAGEOUT");
			say("asked");
		} else if (!strcmp(word, "read")) {
			for (i = sum = 0; i < PAGES * PAGE; i++)
				sum += p[i];
			say("sum %d", sum);
		} else if (!strcmp(word, "write")) {
			for (i = 0; i < PAGES; i++)
				p[i * PAGE] ^= 0x55;
			say("wrote %d", PAGES);
		}
	}
}
