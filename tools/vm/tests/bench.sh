#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The speed bars of make bench as tests, on a quarter of the memory; counts, not times.
# shellcheck source=tools/vm/tests/lib.sh
. "${0%/*}/lib.sh"

modprobe pagewalk
out=$(bench 128) || true
echo "$out" | sed 's/^/# /'
while read -r verdict name; do
	case $verdict in
	met)	pass "$name" ;;
	MISSED)	not_ok "$name" ;;
	esac
done <<<"$out"
rmmod pagewalk
done_testing
