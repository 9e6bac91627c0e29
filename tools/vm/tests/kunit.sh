#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: run KUnit suites by loading their modules, print what they say.
# usage: kunit.sh [MODULE...], by default all of the suite's.

cd "/lib/modules/$(uname -r)/extra/kunit" 2>/dev/null || { echo "not ok 1 - no KUnit modules here"; exit 1; }
results=/sys/kernel/debug/kunit
failed=0
suites=0

if [[ ! -d $results ]]; then
	echo "not ok 1 - this kernel has no KUnit: use -k debug"
	exit 1
fi
if [[ $# == 0 ]]; then
	for ko in *_kunit.ko *_test.ko; do
		[[ ! -e $ko ]] || set -- "$@" "${ko%.ko}"
	done
fi

for module; do
	# The tests run inside of init_module().
	if ! out=$(modprobe "$module" 2>&1); then
		echo "not ok 1 - modprobe $module: $out"
		failed=1
		continue
	fi
	n=0
	for suite in "$results"/*/results; do
		[[ -e $suite ]] || continue
		cat "$suite"
		! grep -q '^ *not ok' "$suite" || failed=1
		n=$((n + 1))
	done
	if [[ $n == 0 ]]; then
		echo "not ok 1 - $module has no suite"
		failed=1
	fi
	suites=$((suites + n))
	# So that the next module's suites are the only ones in the folder.
	if ! out=$(modprobe -r "$module" 2>&1); then
		echo "not ok 1 - modprobe -r $module: $out"
		failed=1
	fi
done

if [[ $suites == 0 ]]; then
	echo "not ok 1 - no KUnit suite ran"
	exit 1
fi
exit "$failed"
