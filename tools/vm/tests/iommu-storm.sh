#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: readers of everything and a mapper (iommu-storm.c), while functions come and
# go, a program holds one by VFIO, the lab maps and faults, and the module is taken away and
# loaded again. The harness looks for splats and leaks. Twenty-five seconds, or four minutes
# with XLATE_SOAK=1; longer, ten times at most, where it takes longer to do each of that twice.

# shellcheck source=tools/vm/tests/iommu-lib.sh
. "$(dirname "$0")/iommu-lib.sh"

seconds=25
[[ -z ${XLATE_SOAK-} ]] || seconds=240
mapfile -t edus < <(functions 1234:11e8)
((${#edus[@]} >= 2)) || give_up "two edu devices are needed"
need iommu_oracle
need vfio-pci
need iommu_probe
carve 0
storming()
{
	kill -0 "$storm" 2>/dev/null
}

# enough WHO ROUNDS: the storm may end when both have done two rounds
enough()
{
	(($2 != 2)) || : >"/run/xlate/enough.$1"
	[[ ! -e /run/xlate/enough.functions || ! -e /run/xlate/enough.modules ]] || : >/run/xlate/enough
}

rm -f /run/xlate/{enough*,pause}
iommu-storm "$seconds" "${edus[0]}" &
storm=$!

# Functions are made, one is used by a program, all go again.
functions_come_and_go()
{
	local rounds=0 held=0

	while storming; do
		echo 4 >"$pci/$pf/sriov_numvfs" || break
		dut=$(link_of "$pci/$pf/virtfn3")
		if vfio "$dut"; then
			printf '%s\n' churn half quit | vfio-holder "$dut" | grep -q '^done' && held=$((held + 1))
			take_back "$dut"
		fi
		echo 0 >"$pci/$pf/sriov_numvfs" || break
		rounds=$((rounds + 1))
		enough functions "$rounds"
	done
	echo "$rounds $held" >/run/xlate/functions
}

# The module goes and comes, every other time with its lab.
module_goes_and_comes()
{
	local rounds=0 lab=0 tries=0 i

	while storming; do
		# In use while somebody reads a file: try again, and in the end ask for a pause.
		if ! modprobe -r iommu_probe 2>/dev/null; then
			((++tries < 10)) || : >/run/xlate/pause
			sleep 0.1
			continue
		fi
		rm -f /run/xlate/pause
		tries=0
		lab=$((!lab))
		modprobe iommu_probe "lab=$lab" || break
		rounds=$((rounds + 1))
		enough modules "$rounds"
		for ((i = 0; i < 5; i++)); do
			storming || break
			if ((lab)); then
				for command in "map 0x40000000 64 rw" "dma w 0x40000000 64" "dma r 0x70000000 1" \
					"unmap 0x40000000 64" "free 0x40000000 1" "domain default" "domain own"; do
					echo "${edus[1]} $command" >"$probe/lab/control"
				done 2>/dev/null
			fi
			sleep 0.1
		done
	done
	echo "$rounds" >/run/xlate/modules
}

functions_come_and_go &
come=$!
module_goes_and_comes &
go=$!
wait "$storm"
status=$?
wait "$come" "$go"
is "$status" 0 "readers and the mapper are content"
read -r rounds held </run/xlate/functions
ok "functions were made and destroyed $rounds times, a program held one $held times" \
	test "$rounds" -gt 0 -a "$held" -gt 0
read -r rounds </run/xlate/modules
ok "the module went and came $rounds times" test "$rounds" -gt 0

modprobe -r iommu_probe
need iommu_probe
is "$(sed -n 1p "$probe/devices")" "# iommu_probe devices 1" "afterwards it works"
is "$(grep -vc '^#' "$probe/devices")" "$(find "$pci" -mindepth 1 | wc -l)" "... with a row for each device"
ok "the module goes" modprobe -r iommu_probe
ok "the oracle goes" modprobe -r iommu_oracle
done_testing
