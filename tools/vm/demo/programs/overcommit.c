// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asks for much more memory than the machine has, then touches a little of it.
 * Words: "promise", "read", "write", "touch" (1000 pages).
 */
#include <sys/mman.h>

#include "demo.h"

#define PIECES 16
#define PIECE  (512UL << 20)
#define PAGE   4096

int main(void)
{
	volatile char *first = NULL;
	const char *word;
	int i;

	for (;;) {
		word = hear();
		if (!strcmp(word, "promise")) {
			for (i = 0; i < PIECES; i++) {
				char *p = mmap(NULL, PIECE, PROT_READ | PROT_WRITE,
					       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

				need(p != MAP_FAILED, "mmap");
				/* Small pages, so that one touch is one page. */
				madvise(p, PIECE, MADV_NOHUGEPAGE);
				first = p;
			}
			say("page %p", (void *)first);
		} else if (!strcmp(word, "read")) {
			say("read %d", first[0]);
		} else if (!strcmp(word, "write")) {
			first[0] = 1;
			say("wrote %d", first[0]);
		} else if (!strcmp(word, "touch")) {
			for (i = 1; i <= 1000; i++)
				first[i * PAGE] = 1;
			say("touched %d", 1000);
		}
	}
}
