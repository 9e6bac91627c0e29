#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: one process with a page of every kind (zoo.c).

cd "$(dirname "$0")" || exit
# shellcheck source=tools/vm/tests/zoo-lib.sh
. ./zoo-lib.sh

zoo_module pagewalk
zoo_module zoo_device
# Device-private memory, where the kernel has it.
modprobe -q test_hmm
zoo_swap 64M
zoo_hugepages 8
zoo_disk
# Nothing shall collapse pages while they are looked at.
echo 600000 >/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs
# Nor shall what is dirty be written back: not after a time, nor since a disk that was idle for
# a while has no share left of what may be dirty.
echo 0 >/proc/sys/vm/dirty_writeback_centisecs
echo 99 >"/sys/class/bdi/$(mountpoint -d "$zoo_disk")/min_ratio" || zoo_bail "no min_ratio"
exec zoo "$zoo_disk"
