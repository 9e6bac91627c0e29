#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: an IOMMU whose tables cannot be read (virtio-iommu). What is known is the
# kernel's word, each row says so, and nothing is made up.

# shellcheck source=tools/vm/tests/iommu-lib.sh
. "$(dirname "$0")/iommu-lib.sh"

carve 0
need iommu_probe
like "$(grep '^source' "$probe/units")" "^source api " "units: the source is the kernel's interface"
is "$(grep -c '^unit' "$probe/units")" 0 "... and there is no unit"
is "$(awk '!/^#/ && $NF != "api"' "$probe/devices")" "" "every row is labelled with its source"
is "$(grep -vc '^#' "$probe/devices")" "$(find "$pci" -mindepth 1 | wc -l)" "there is a row for each device"
devices_row "$pf"
group=$(link_of "$pci/$pf/iommu_group")
type=$(<"/sys/kernel/iommu_groups/$group/type")
is "${row[driver]} ${row[group]} ${row[domain_type]}" "igb $group ${type,,}" "$pf: driver, group and type as in sysfs"
is "${row[format]} ${row[root]} ${row[mappings]}" "- - -" "... of its tables nothing is said"
edu=$(functions 1234:11e8)
devices_row "$edu"
is "${row[group]}" "$(link_of "$pci/$edu/iommu_group" || echo -)" "$edu, which no driver has: its group as in sysfs"
for file in tables mappings; do
	is "$(grep -v '^#' "$probe/$pf/$file")" "" "$file is empty"
	like "$(<"$probe/$pf/$file")" "source=api" "... and says why"
done
is "$(grep -v '^#' "$probe/domains")" "" "domains is empty"
like "$(<"$probe/faults")" "not recording" "faults says that it cannot see any"
ok "xlate iommu" xlate iommu
out=$(xlate dma "$pf" 0xfffff000 w 2>&1)
is $? 1 "xlate dma cannot tell"
like "$out" "only the kernel's word" "... and says why"
ok "the module goes" modprobe -r iommu_probe
done_testing
