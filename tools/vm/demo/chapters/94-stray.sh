#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A device writes where it should not.

# Functions that await and lib.sh call.
# shellcheck disable=SC2317
# shellcheck source=tools/vm/demo/lib.sh
. "$(dirname "$0")/../lib.sh"

title "A stray DMA, stopped and named"
caption <<'END'
A program has the number 111 in its memory. A device knows nothing of processes: for it there are
physical addresses, if nobody translates. So here is where that number really is.
END
module iommu_probe
edu=$(lspci -Dn -d 1234:11e8 | head -n 1)
edu=${edu%% *}
[[ -n $edu ]] || give_up "no edu device: it is QEMU's"
chapter_clean_up()
{
	edu off "$edu"
}

# The fault is in iommu_probe's list; it is in the kernel's log, too -> $line
recorded()
{
	grep -q " $edu .* $(printf '0x%016x' $((phys & ~0xfff))) " /sys/kernel/debug/iommu_probe/faults
}

logged()
{
	line=$(dmesg | sed -n "s/.*\(DMAR: \[DMA.*Request device \[${edu#0000:}\] fault addr $(
		printf '%#x' $((phys & ~0xfff))) .*\)/\1/p" | tail -n 1)
	[[ -n $line ]]
}

start it same_address 111
hear it
number=${heard##* }
hear it
p=${pid[it]}
show xlate pages -o START,KIND,RIGHTS,AREA,TARGET,NAME "$p" "$number"
page "$p" "$number"
phys=$(printf '%#x' $((p_target + (number & 0xfff))))
step

caption <<END
QEMU's teaching device does DMA to whatever address it is told; its table is empty. Who may reach
$phys, and what would happen if it tried?
END
show xlate reverse "$phys"
check "no device can reach it" says "$shown" "No device can reach"
show xlate dma "$edu" "$phys" w
check "its write would be refused" says "$shown" fault
step

caption <<'END'
It tries, by a program that pokes its registers: four bytes.
END
show edu "$edu" w "$phys" 4
tell it value
check "the program reads ${heard##* }, as before" same "$heard" "value 111"
step

caption <<'END'
Who was it? The kernel's log has a line of it, if there are not too many; iommu_probe has each.
END
await recorded
show xlate faults -o RID,ACCESS,ADDRESS,REASON,WHY
check "it names the device" says "$shown" "$edu"
check "the page" says "$shown" "$(printf '%x' $((phys & ~0xfff)))"
check "and what it wanted" says "$shown" write
await logged
show xlate dma "$line"
check "xlate understands the line of the log, too" says "$shown" "was refused"
the_end
