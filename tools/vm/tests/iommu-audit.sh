#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: set-ups, sane and otherwise, and what xlate audit finds in each. What is
# sane has no finding without an explanation; what is not has exactly the one that it is
# meant to have.
# usage: iommu-audit.sh [pt|off], what the machine was booted for when not translation.

# shellcheck source=tools/vm/tests/iommu-lib.sh
. "$(dirname "$0")/iommu-lib.sh"

need iommu_probe

# One look: findings as "finding severity who..." -> $unexplained; those that are explained,
# with why -> $expected; -> $status
look()
{
	xlate audit --json >/run/xlate/audit 2>/run/xlate/audit.err
	status=$?
	unexplained=$(jq -r '.findings[] | select(.expected == null) | "\(.finding) \(.severity) \(.devices)"' /run/xlate/audit)
	expected=$(jq -r '.findings[] | select(.expected != null) | "\(.finding) \(.severity) \(.devices): \(.expected)"' /run/xlate/audit)
}

# sane TEXT: nothing unexplained
sane()
{
	look
	is "$unexplained" "" "$1: nothing unexplained"
	is "$status" 0 "$1: exit status 0"
}

# found TEXT FINDING...: exactly these, unexplained
found()
{
	look
	is "$unexplained" "$(printf '%s\n' "${@:2}")" "$1: ${*:2}"
	is "$status" 4 "$1: exit status 4"
}

# shellcheck disable=SC2317 # until_true calls it
logged() { dmesg | grep -qF "Request device"; }

# explained TEXT REGEX: of a line "finding severity devices: why"
explained()
{
	like "$expected" "(^|"$'\n'")$2" "$1"
}

# -- as it comes ---------------------------------------------------------------------

carve 2
case ${1-} in
pt)	sane "iommu=pt, with igb and VFs"
	explained "... pass-through is expected" "identity medium .*$pf.*: iommu=pt"
	ok "${vf[1]} goes to vfio-pci" vfio "${vf[1]}"
	start user vfio-holder "${vf[1]}"
	sane "a VF of it given away"
	unlike "$(grep ^identity <<<"$expected")" "${vf[1]}" "... and that one is not in pass-through"
	stop user
	done_testing ;;
off)	sane "the IOMMU is off"
	explained "... as the command line asks" "untranslated high .*$pf.*: off"
	done_testing ;;
esac

sane "a machine as it comes, with igb and VFs"
explained "two functions of one slot are in one group" "one-group low 0000:00:1a.0,0000:00:1a.1: one-device"
explained "the ISA bridge's group has the lowest 16M" "identity low 0000:00:1f.0,.*: isa-bridge"
explained "reserved memory of the firmware is mapped for its device" "identity low 0000:00:1c.0: RMRR"
# In scalable mode some kernels forget that ID, and what is behind the bridge has no DMA.
if grep -q "^0000:02:00.0 " "$probe/devices"; then
	explained "the ID of the bridge stands for what is behind it" "unclaimed medium 0000:02:00.0: alias"
else
	like "$(<"$probe/units")" "mode=scalable" "without the ID of the bridge: in scalable mode"
	like "$(xlate dma 02:01.0 0x1000 2>&1)" "requester ID 0000:02:00.0, which no table has" \
		"... xlate dma says what follows"
	dmesg -C
	ok "... a DMA from behind it" edu 0000:02:01.0 w 0x1000
	until_true 5 logged
	like "$(dmesg)" "\[02:00.0\].* 0x02" "... is refused"
fi

# -- given away ------------------------------------------------------------------------

ok "${vf[0]} goes to vfio-pci" vfio "${vf[0]}"
start one vfio-holder "${vf[0]}" /run/xlate/shared
sane "a VF given to a program"

ok "${vf[1]} goes to vfio-pci" vfio "${vf[1]}"
start two vfio-holder "${vf[1]}" /run/xlate/own
sane "two VFs given to two programs"
stop two
start two vfio-holder "${vf[1]}" /run/xlate/shared
found "... that share memory" "shared-frame high ${vf[0]},${vf[1]}"
stop two
sane "... one of them is gone"
stop one

# -- mappings that should not be ----------------------------------------------------------

need iommu_oracle
edu=$(functions 1234:11e8 | head -n 1)
start it iommu-holder "$edu"
sane "a device with an empty domain of its own"
devices_row "$edu"
root=${row[root]}
text=0x$(awk '/Kernel code/ { sub("-.*", "", $1); print $1 }' /proc/iomem)

talk it map 0x10000000 "$text" 1 r
found "reading the kernel's code" "kernel-text medium $edu"
talk it unmap 0x10000000 1
talk it map 0x10000000 "$text" 1 rw
found "writing the kernel's code" "kernel-text high $edu"
talk it unmap 0x10000000 1
sane "... unmapped"

talk it map 0x10000000 "$root" 1 rw
found "writing its own page table" "page-table high $edu"
talk it unmap 0x10000000 1

talk it get 10
page=${answer% *}
talk it map 0x10001000 "$page" 8 rw
sane "mapping memory of one's own"
talk it map 0x20001000 "$page" 1 r
found "mapping it twice, with other rights" "overlap medium $edu"
talk it unmap 0x20001000 1
talk it put
found "the memory is freed, the mapping stays" "free-page high $edu"
talk it unmap 0x10001000 8
sane "... unmapped"
stop it

# -- the same by the lab: explained ------------------------------------------------------

modprobe -r iommu_probe
need iommu_probe lab=1
mapfile -t edus < <(functions 1234:11e8)
lab()
{
	echo "$*" >"$probe/lab/control" || not_ok "lab: $*"
}
# What is behind the bridge shares its group with that, which is not the lab's.
echo "${edus[-1]}" >"/sys/bus/pci/drivers/$(driver_of "${edus[-1]}")/unbind"
lab "${edus[0]}" map 0x40000000 1024 rw
sane "the lab maps memory"
# Many: single pages are in use again at once.
lab "${edus[0]}" free 0x40000000 1000
sane "the lab frees it under the mapping"
explained "... which is found and explained" "free-page high ${edus[0]}: lab"
lab "${edus[1]}" share 0x50000000 1 rw "${edus[0]}" 0x403f0000
sane "the lab gives two devices the same memory"
explained "... which is found and explained" "shared-frame high ${edus[0]},${edus[1]}: lab"
modprobe -r iommu_probe
done_testing
