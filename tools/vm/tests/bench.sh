#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The speed bars of make bench as tests; counts, not times.
# usage: bench.sh COMMAND...: whether the bars of each are met
# shellcheck source=tools/vm/tests/lib.sh
. "${0%/*}/lib.sh"

for bench; do
	read -ra command <<<"$bench"
	case ${command[0]} in
	bench)		modules=(pagewalk) ;;
	bench-iommu)	modules=(iommu_probe iommu_oracle) ;;
	esac
	modprobe -a "${modules[@]}"
	before=$tap_count
	out=$("${command[@]}") || true
	sed 's/^/# /' <<<"$out"
	while read -r verdict name; do
		case $verdict in
		met)	pass "$name" ;;
		MISSED)	not_ok "$name" ;;
		esac
	done <<<"$out"
	((tap_count > before)) || not_ok "$bench has bars"
	modprobe -ra "${modules[@]}"
done
done_testing
