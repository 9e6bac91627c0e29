// SPDX-License-Identifier: GPL-2.0-only
#include "tests.h"
int main(void) { return tap_end(); }
