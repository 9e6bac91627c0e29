#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: every leaf of every device as the kernel says it (iommu-agree.c).
# usage: iommu-agree.sh legacy|sm|fl|pt|off, what the machine was booted for.

# shellcheck source=tools/vm/tests/iommu-lib.sh
. "$(dirname "$0")/iommu-lib.sh"

# Nobody shall send anything while we compare.
echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
if [[ -n $(functions 8086:10c9) ]]; then
	carve 2
fi
need iommu_oracle
need iommu_probe
exec iommu-agree "$1"
