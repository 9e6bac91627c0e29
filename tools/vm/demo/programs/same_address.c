// SPDX-License-Identifier: GPL-2.0-only
/* A variable at an address that the linker chose: the same in each process of this program. */
#include "demo.h"

static int number = 1;

int main(int argc, char **argv)
{
	number = argc > 1 ? atoi(argv[1]) : 2;
	say("number %p", (void *)&number);
	say("main %p", (void *)main);
	for (;;) {
		hear();
		say("value %d", number);
	}
}
