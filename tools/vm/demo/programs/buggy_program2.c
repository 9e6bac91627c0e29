// SPDX-License-Identifier: GPL-2.0-only
/* Writes into a string constant, which lies in a page that may only be read. */
#include "demo.h"

int main(void)
{
	volatile char *string = (volatile char *)"a constant";

	say("will write at %p", (void *)string);
	hear();
	string[0] = 'A';
	say("the string is now %s", (const char *)string);
	return 0;
}
