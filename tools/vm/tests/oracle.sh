#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: explain against the hardware (oracle.c).

cd "$(dirname "$0")" || exit
# shellcheck source=tools/vm/tests/zoo-lib.sh
. ./zoo-lib.sh

zoo_module pagewalk
zoo_module zoo_device
zoo_swap 256M
zoo_hugepages 16
zoo_disk
exec oracle "$@" "$zoo_disk"
