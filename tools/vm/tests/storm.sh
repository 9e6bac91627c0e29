#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: readers of everything (storm.c) while stress-ng forks, execs, maps, swaps,
# splits and moves memory. Thirty seconds, or five minutes with XLATE_SOAK=1.

cd "$(dirname "$0")" || exit
# shellcheck source=tools/vm/tests/zoo-lib.sh
. ./zoo-lib.sh

seconds=30
[[ -z ${XLATE_SOAK-} ]] || seconds=300

zoo_module pagewalk
zoo_swap 256M
zoo_hugepages 8
# Whoever runs out of memory, it shall not be the readers.
echo -1000 >/proc/self/oom_score_adj
echo always >/sys/kernel/mm/transparent_hugepage/enabled
echo 100 >/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs
echo 1 >/sys/kernel/mm/ksm/run
echo 1 >/proc/sys/kernel/numa_balancing 2>/dev/null
mkdir -p /run/xlate/stress

# With two CPUs for all of this, a kernel thread that is "nice" (khugepaged is 19) may be
# preempted inside an RCU section and not run again for long: that is no stall of ours.
for name in khugepaged ksmd kswapd0 kswapd1 kcompactd0 kcompactd1; do
	pgrep -x "$name" | while read -r pid; do renice -n -5 -p "$pid" >/dev/null; done
done

nice -n 5 stress-ng --quiet --oomable --temp-path /run/xlate/stress --timeout 0 \
	--fork 1 --fork-max 4 --vfork 1 --exec 1 --exec-max 2 --clone 1 --clone-max 16 \
	--mmap 1 --mmap-bytes 16M --madvise 1 --mprotect 1 --mremap 1 --mremap-bytes 8M \
	--remap 1 --munmap 1 --mmaphuge 1 --mmaphuge-mmaps 8 --vm 1 --vm-bytes 64M \
	--vm-madvise hugepage --userfaultfd 1 --userfaultfd-bytes 4M --numa 1 --mlock 1 \
	--pageswap 1 --memfd 1 --memfd-bytes 8M --shm-sysv 1 --shm-sysv-bytes 4M --pthread 1 \
	--pthread-max 8 </dev/null >/dev/null 2>&1 &
stress=$!
echo 500 >"/proc/$stress/oom_score_adj"
storm "$seconds" "$stress"
status=$?
kill -INT "$stress" 2>/dev/null
wait "$stress" 2>/dev/null
exit "$status"
