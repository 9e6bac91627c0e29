#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: every module of the suite goes in and out, twice, and leaves
# nothing behind. (The harness looks for splats and leaks.)

# shellcheck source=tools/vm/tests/lib.sh
. "$(dirname "$0")/lib.sh"

cd "/lib/modules/$(uname -r)/extra" || exit
# KUnit suites run when they are loaded: kunit.sh has them.
shopt -s nullglob extglob
for ko in *.ko kunit/!(*_kunit|*_test).ko; do
	name=$(basename "$ko" .ko)
	for round in first second; do
		ok "$name goes in, $round time" modprobe "$name"
		ok "$name is there" test -d "/sys/module/$name"
		ok "$name goes out, $round time" modprobe -r "$name"
		ok "$name is gone" test ! -d "/sys/module/$name"
	done
done

# O and E, out of tree and unsigned, are what such modules are; N is KUnit's.
taint=$(cat /proc/sys/kernel/tainted)
is $((taint & ~(1 << 12 | 1 << 13 | 1 << 18))) 0 "no taint but O and E ($taint)"
done_testing
