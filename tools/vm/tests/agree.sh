#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: what pagewalk shows of some forty processes agrees with what the kernel
# says elsewhere (agree.c). With "ptdump" as argument only rights, with the kernel's own dump.

cd "$(dirname "$0")" || exit
# shellcheck source=tools/vm/tests/zoo-lib.sh
. ./zoo-lib.sh

zoo_module pagewalk
[[ ${1-} != ptdump ]] || exec agree ptdump
zoo_swap 256M
zoo_hugepages 12

thp=/sys/kernel/mm/transparent_hugepage
# Nothing shall merge or collapse pages while they are compared.
echo 600000 >$thp/khugepaged/scan_sleep_millisecs
echo 1 >$thp/use_zero_page
echo 1 >/sys/kernel/mm/ksm/sleep_millisecs
echo 1000 >/sys/kernel/mm/ksm/pages_to_scan
echo 1 >/sys/kernel/mm/ksm/run

pids=() holders=()
start()
{
	"$@" </run/xlate/fifo >/dev/null &
	pids+=($!)
}

# Descriptor 8 keeps them waiting for input.
mkfifo /run/xlate/fifo
exec 8<>/run/xlate/fifo

# shellcheck disable=SC2016 # expansions are for the inner shells
for _ in 1 2 3; do
	start sleep 10000
	start bash -c 'x=$(seq 1 5000); read -r line; echo "$x$line"'
	start sh -c 'read -r line; echo "$line"'
	start python3 -c 'import json, re, sys; a = [str(i) for i in range(20000)]; sys.stdin.read()'
	start perl -e 'my %h = map { $_ => "x" x 100 } 1..5000; <STDIN>'
	start cat
	start awk '{ print }'
done
start stress-ng -q --vm 2 --vm-bytes 16M --vm-keep --timeout 0

for kind in $(agree kinds); do
	agree hold "$kind" 2>&1 </dev/null &
	holders+=($!)
done

state() { sed 's/.*) \(.\).*/\1/' "/proc/$1/stat" 2>/dev/null; }
# The holders stop by themselves when their memory is ready.
deadline=$((SECONDS + 600))
for pid in "${holders[@]}"; do
	while [[ $(state "$pid") != T ]]; do
		[[ -e /proc/$pid ]] || zoo_bail "a holder of memory ended: $pid"
		((SECONDS < deadline)) || zoo_bail "$(cat "/proc/$pid/comm") does not get ready"
		sleep 0.05
	done
done
echo 0 >/sys/kernel/mm/ksm/run
pids+=("${holders[@]}")

# Their children too: those that share pages by copy-on-write.
for pid in "${pids[@]}"; do
	read -ra children <"/proc/$pid/task/$pid/children" 2>/dev/null && pids+=("${children[@]}")
done
# shellcheck disable=SC2064
trap "kill -KILL ${pids[*]} 2>/dev/null" EXIT

agree check "${pids[@]}"
