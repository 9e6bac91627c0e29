#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: an igb with four virtual functions, the last of them in the hands of a
# program (vfio-holder.c) that maps its memory through VFIO. Five requester IDs, five
# tables; the program's pages are in the fifth, and xlate names it.

# shellcheck source=tools/vm/tests/iommu-lib.sh
. "$(dirname "$0")/iommu-lib.sh"

need iommu_probe
carve 4
dut=${vf[3]}

# -- five functions, five tables

roots=()
for f in "$pf" "${vf[@]}"; do
	devices_row "$f" || not_ok "$f has a row"
	is "${row[mode]}" table "$f ($(driver_of "$f")) has a table"
	is "${row[vf_of]}" "$([[ $f == "$pf" ]] && echo - || echo "$pf")" "... it is a VF of ${row[vf_of]}"
	is "${row[driver]}" "$(driver_of "$f")" "... with the driver ${row[driver]}"
	roots+=("${row[root]}")
done
is "$(printf '%s\n' "${roots[@]}" | sort -u | wc -l)" 5 "five functions have five roots: ${roots[*]}"
groups=$(for f in "$pf" "${vf[@]}"; do link_of "$pci/$f/iommu_group"; done | sort -u | wc -l)
is "$groups" 5 "... and five groups"

# -- a program takes one

ok "$dut goes to vfio-pci" vfio "$dut"
start user vfio-holder "$dut"

# All pages of the function's mappings, one a line: IOVA PHYSICAL RIGHTS
leaves()
{
	local start end rights phys

	while read -r start end _ rights _ phys _; do
		[[ $start != '#'* ]] || continue
		for ((; start < end; start += 4096, phys += 4096)); do
			printf '%#x %#x %s\n' "$start" "$phys" "$rights"
		done
	done <"$probe/$1/mappings"
}

cp /run/xlate/user.pages /run/xlate/all
devices_row "$dut"
is "${row[driver]}" vfio-pci "the row says vfio-pci"
is "${row[domain_type]}" unmanaged "... and that the domain is the program's"
unlike "${roots[*]}" "${row[root]}" "... and it has another root than before"
awk '{ print $1, $3, $4 }' /run/xlate/all | sort >/run/xlate/wanted
leaves "$dut" | sort >/run/xlate/got
is "$(wc -l </run/xlate/wanted)" 588 "the program mapped 588 pages"
is "$(diff /run/xlate/wanted /run/xlate/got | head -n 5)" "" \
	"each is at its I/O address, with the frame of /proc/PID/pagemap and its rights; and no others are"
like "$(awk '!/^#/ && $1 == "0x0000000040000000" { print $3, $5 }' "$probe/$dut/mappings")" '^2M anon$' \
	"the huge page has one leaf, and is anonymous memory"

# -- xlate names it, both ways

holder_name="vfio-holder"
read -r iova _ phys _ < <(sed -n 5p /run/xlate/all)
out=$(xlate iommu "$dut" 2>&1)
like "$out" "$holder_name" "xlate iommu names the program"
like "$out" "${pids[user]}" "... and its pid"
out=$(xlate reverse "$phys" 2>&1)
like "$out" "${dut#0000:}" "xlate reverse $phys finds the function"
like "$out" "$holder_name" "... and the program"
like "$out" "$(printf '%x' "$iova")" "... and the I/O address"
out=$(xlate dma "$dut" "$iova" w 2>&1)
like "$out" "$(printf '%x' "$phys")" "xlate dma $iova leads to $phys"
out=$(xlate dma "$dut" 0x20000000 w 2>&1)
like "$out" "0x05|0x85" "xlate dma knows that read-only memory stops a write"

# -- it unmaps some, and ends

talk user half
leaves "$dut" >/run/xlate/got
is "$(wc -l </run/xlate/got)" 556 "32 pages less after it unmapped 32"
is "$(grep -c "^$(printf '%#x' "$iova") " /run/xlate/got)" 0 "... among them $iova"
out=$(xlate reverse "$phys" 2>&1)
is $? 0 "... and xlate reverse"
unlike "$out" "${dut#0000:}" "... finds nobody who reaches $phys"
talk user churn
leaves "$dut" >/run/xlate/got
is "$(wc -l </run/xlate/got)" 556 "as many after mapping and unmapping 400 times"

stop user
is $? 0 "the program ends"
is "$(leaves "$dut" | wc -l)" 0 "no page of it is left"
ok "$dut is taken back" take_back "$dut"
echo "$dut" >/sys/bus/pci/drivers_probe
is "$(driver_of "$dut")" igbvf "... and given to igbvf"
leaves "$dut" | awk '{ print $1, $2 }' | sort >/run/xlate/got
is "$(comm -12 <(awk '{ print $1, $3 }' /run/xlate/all | sort) /run/xlate/got | wc -l)" 0 \
	"none of the program's mappings is there"

# -- and the functions go

echo 0 >"$pci/$pf/sriov_numvfs"
# shellcheck disable=SC2317 # until_true calls it
gone()
{
	local f

	for f in "${vf[@]}"; do
		! devices_row "$f" && [[ ! -e $probe/$f ]] || return
	done
}
ok "without VFs, no row and no folder of them" until_true 10 gone
done_testing
