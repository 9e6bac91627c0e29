// SPDX-License-Identifier: GPL-2.0-only
/* The null-pointer bug: reads an int at address 0. */
#include "demo.h"

int main(void)
{
	volatile int *number = NULL;

	say("will read at %#lx", (unsigned long)number);
	hear();
	say("the number is %d", *number);
	return 0;
}
