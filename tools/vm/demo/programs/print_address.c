// SPDX-License-Identifier: GPL-2.0-only
/* Where are code, constant, heap and stack? Prints it, then stays until told to end. */
#include "demo.h"

int main(int argc, char **argv)
{
	const char *string = "hello, I am a constant";
	char *heap = malloc(1);

	(void)argv;
	*heap = 1;
	say("main        is at %p", (void *)main);
	say("this string is at %p", (void *)string);
	say("heap        is at %p", (void *)heap);
	say("stack       is at %p", (void *)&argc);
	say("waiting: a line on standard input ends me");
	hear();
	free(heap);
	return 0;
}
