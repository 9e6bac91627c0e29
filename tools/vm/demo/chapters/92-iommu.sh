#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Two virtual functions, the same I/O address, different frames.

# shellcheck source=tools/vm/demo/lib.sh
. "$(dirname "$0")/../lib.sh"
probe=/sys/kernel/debug/iommu_probe pci=/sys/bus/pci/devices

title "Two virtual functions, two I/O page tables"
caption <<'END'
"The IOMMU needs to know which page table to use for each PCI DMA transaction." It knows by the
requester ID that each transaction bears: bus, device and function. This network card carves two
virtual functions (VFs) out of itself, each with an ID of its own. Their drivers map memory for
them: each VF gets a page table.
END
module iommu_probe
pf=$(lspci -Dn -d 8086:10c9 | head -n 1)
pf=${pf%% *}
[[ -n $pf ]] || give_up "no SR-IOV card (82576) here"
# shellcheck disable=SC2317  # called by lib.sh
chapter_clean_up()
{
	echo 0 >"$pci/$pf/sriov_numvfs"
}
modprobe -a igb igbvf || give_up "no driver igb"
await test -d "$pci/$pf/net"
ip link set "$(ls "$pci/$pf/net")" up
echo 2 >"$pci/$pf/sriov_numvfs" || give_up "no virtual functions"
vf=()
for n in 0 1; do
	vf[n]=$(basename "$(readlink "$pci/$pf/virtfn$n")")
	await test -d "$pci/${vf[n]}/net"
	ip link set "$(ls "$pci/${vf[n]}/net")" up
done
show xlate iommu -o RID,DRIVER,GROUP,DOMAIN,MODE,LEVELS,ROOT,MAPPED
mapfile -t roots < <(awk -v a="$pf" -v b="${vf[0]}" -v c="${vf[1]}" \
	'NR == 2 { for (i = 2; i <= NF; i++) if ($i == "root") col = i - 1 }
	$1 == a || $1 == b || $1 == c { print $col }' "$probe/devices")
check "the card and its two functions have three IDs and three page tables" \
	test "$(printf '%s\n' "${roots[@]}" | sort -u | wc -l)" = 3
step

caption <<'END'
Nothing else lives in these tables, so the kernel gives both drivers the same addresses. This one
is in use in both.
END
# Pages of a function, by I/O address
pages()
{
	awk '!/^#/ && $3 == "4K" { print $1 }' "$probe/$1/mappings" | sort
}
iova=$(comm -12 <(pages "${vf[0]}") <(pages "${vf[1]}") | tail -n 1)
[[ -n $iova ]] || give_up "no address that both use"
iova=$(printf '%#x' "$iova")
frames=()
for n in 0 1; do
	show xlate dma "${vf[n]}" "$iova" w
	frames[n]=$(xlate dma --json "${vf[n]}" "$iova" w | jq -r '.accesses[0].phys')
done
check "the same I/O address, $iova" test "$iova" != 0x0
check "leads to ${frames[0]} and to ${frames[1]}" different "${frames[0]}" "${frames[1]}"
step

caption <<'END'
And the other way: who can reach the first of these frames at all?
END
show xlate reverse "${frames[0]}"
check "its own function does" says "$shown" "${vf[0]}"
check "the other one cannot, whatever address it tries" lacks_text "$shown" "${vf[1]}"
the_end
