// SPDX-License-Identifier: GPL-2.0-only
/*
 * One page, then fork(): parent and child have the same frame until one of them writes.
 * Words: "fork", "child" (the child writes), "parent" (the parent writes).
 */
#include <sys/mman.h>
#include <unistd.h>

#include "demo.h"

static void child(char *page, int ask, int answer)
{
	char c;

	while (read(ask, &c, 1) == 1) {
		strcpy(page, "the child's own words");
		if (write(answer, &c, 1) != 1)
			break;
	}
	_exit(0);
}

int main(void)
{
	int ask[2], answer[2];
	const char *word;
	char *page, c;
	pid_t pid;

	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(page != MAP_FAILED, "mmap");
	strcpy(page, "what the parent wrote");
	need(!pipe(ask) && !pipe(answer), "pipe");
	say("page %p", (void *)page);

	for (;;) {
		word = hear();
		if (!strcmp(word, "fork")) {
			fflush(stdout);
			pid = fork();
			need(pid >= 0, "fork");
			if (!pid) {
				close(ask[1]);
				child(page, ask[0], answer[1]);
			}
			say("child %d", pid);
		} else if (!strcmp(word, "child")) {
			need(write(ask[1], "x", 1) == 1 && read(answer[0], &c, 1) == 1, "child");
			say("parent reads: %s", page);
		} else if (!strcmp(word, "parent")) {
			strcpy(page, "the parent again");
			say("parent reads: %s", page);
		}
	}
}
