#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: DMA faults, each foretold by xlate dma, caught by iommu_probe, and as the
# kernel logs it. From an edu device that no driver has, from the lab, one at a time; then
# a storm of them from an e1000 that fetches descriptors from nowhere.
# usage: iommu-faults.sh legacy|sm|fl, what the machine was booted for.

# shellcheck source=tools/vm/tests/iommu-lib.sh
. "$(dirname "$0")/iommu-lib.sh"

mode=$1
edu=$(functions 1234:11e8 | head -n 1)
nic=$(functions 8086:100e | head -n 1)
nowhere=0x20000000
# VT-d specification 7.1.3: what refuses which access, by kind of table. QEMU reports the
# reasons of legacy mode for second-stage tables in scalable mode, too.
if [[ $mode == fl ]]; then
	no_write=0x71 no_read=0x71 beyond=0x80 read_only=0x85
else
	no_write=0x05 no_read=0x06 beyond=0x04 read_only=0x05
fi

# head_of KEY [FILE]: the number in the comments of `faults`
head_of()
{
	sed -n "s/^#.*\b$1=\([0-9]*\).*/\1/p" "${2-$probe/faults}" | head -n 1
}

records()
{
	grep -v '^#' "${1-$probe/faults}"
}

# shellcheck disable=SC2317 # until_true calls it
has_seen()
{
	(($(head_of seen) >= $1))
}

# The kernel's handler, which had begun, has come to its end: what runs on its CPU now runs after it.
handled()
{
	local cpu

	for cpu in /sys/devices/system/cpu/cpu[0-9]*; do
		taskset -c "${cpu##*cpu}" true
	done
}

# settled COUNT: so many faults were seen, and the unit is ready for another. QEMU's has room for one,
# and drops the next of the same device until that is cleared; and what comes while the handler is
# still at it is cleared unseen.
settled()
{
	until_true 60 has_seen "$1" && handled
}

# The kernel prints three faults in five seconds (two lines and a look for more each count
# towards its limit of ten). What is to be compared with its log waits for the next five.
room=3
make_room()
{
	if ((room-- == 0)); then
		sleep 5.2
		room=2
	fi
}

# shellcheck disable=SC2317 # until_true calls it
is_logged()
{
	dmesg | grep -qF 'Request device'
}

# provoke TEXT BDF r|w ADDRESS REASON COMMAND...: COMMAND does that one access
provoke()
{
	local text=$1 bdf=$2 access=$3 addr=$4 reason=$5 word=read answer before line page fields
	shift 5

	[[ $access == r ]] || word="write"
	page=$(printf '0x%016x' $((addr & ~0xfff)))
	answer=$(xlate dma --json "$bdf" "$addr" "$access" | jq -r '.accesses[0] | "\(.outcome) \(.reason)"')
	is "$answer" "fault $((reason))" "$text: xlate dma foretells $reason for a $word of $addr by $bdf"
	before=$(head_of seen)
	make_room
	dmesg -C
	ok "$text: it is done" "$@"
	settled $((before + 1))
	is "$(head_of seen)" $((before + 1)) "$text: one fault more"
	read -ra fields < <(records | tail -n 1)
	# seq time unit rid device pasid access address reason words
	is "${fields[3]} ${fields[6]} $((fields[7])) ${fields[8]}" "$bdf $word $((page)) $reason" \
		"$text: caught: who, what, where, why"
	is "${fields[0]}" "$before" "$text: its number is the next"
	until_true 60 is_logged
	line=$(dmesg | grep -F 'Request device' | tail -n 1)
	like "$line" "DMA ${word^}.*\[${bdf#0000:}\] fault addr 0x$(printf '%x' $((page))) \[fault reason $reason\]" \
		"$text: the kernel's log says the same"
	answer=$(xlate dma --json "${line#*] }" 2>&1 | jq -r '"\(.logged.access) \(.logged.reason) \(.accesses[0].reason)"')
	is "$answer" "$word $((reason)) $((reason))" "$text: ... and xlate dma understands that line"
}

need iommu_probe
is "$(grep -c 'not recording' "$probe/faults")" 0 "faults are recorded"
is "$(head_of seen) $(head_of dropped)" "0 0" "none yet"

# -- no driver has it: the kernel's own domain, in which nothing is mapped there

provoke "no driver, write" "$edu" w $nowhere $no_write edu "$edu" w $nowhere
provoke "no driver, read" "$edu" r $((nowhere + 0x1234)) $no_read edu "$edu" r $((nowhere + 0x1234)) 4096
provoke "no driver, too far" "$edu" w 0x1000000000000 $beyond edu "$edu" w 0x1000000000000

# -- none is lost, one at a time

xlate faults --follow >/run/xlate/followed &
follower=$!
before=$(head_of seen)
wanted=$(for i in {1..25}; do printf '%#x\n' $((nowhere + i * 4096)); done)
for addr in $wanted; do
	at=$(head_of seen)
	edu "$edu" w "$addr"
	settled $((at + 1)) || break
done
is "$(head_of seen) $(head_of dropped)" "$((before + 25)) 0" "twenty-five more, one at a time: none is lost"
is "$(records | tail -n 25 | awk '{ print $8 }' | while read -r a; do printf '%#x\n' "$a"; done)" "$wanted" \
	"... each at its address, in order"
ok "... and xlate faults --follow has the last" until_true 60 \
	grep -qF "$(printf '%x' $((nowhere + 25 * 4096)))" /run/xlate/followed
kill "$follower"
wait "$follower" 2>/dev/null
diag "the kernel's log has $(dmesg | grep -cF 'Request device') of them"
room=0

# -- a storm

if [[ -n $nic ]]; then
	ring=$(head_of ring)
	for ((i = 0; i < 50; i++)); do
		edu storm "$nic" 0x30000000 2000
		((i < 1 || $(head_of dropped) == 0)) || break
	done
	edu off "$nic"
	handled
	cp "$probe/faults" /run/xlate/storm
	seen=$(head_of seen /run/xlate/storm)
	dropped=$(head_of dropped /run/xlate/storm)
	ok "a storm: $seen faults were seen, $dropped are not kept" test "$dropped" -gt 0
	is "$dropped" $((seen - ring)) "... all but the last $ring"
	is "$(records /run/xlate/storm | wc -l)" "$ring" "... and as many records are there"
	is "$(records /run/xlate/storm | awk 'NR > 1 && $1 != last + 1 { bad++ } { last = $1 } END { print bad + 0, last + 1 }')" \
		"0 $seen" "... with no gap"
	room=0
	provoke "after the storm" "$edu" w $nowhere $no_write edu "$edu" w $nowhere
fi
edu off "$edu"
ok "the module goes" modprobe -r iommu_probe

# -- the lab: its own domain, what it maps and unmaps

# shellcheck disable=SC2317 # by way of ok and provoke
lab()
{
	echo "$edu $*" >"$probe/lab/control"
}

need iommu_probe lab=1
like "$(driver_of "$edu")" iommu_probe "the lab has $edu ($(driver_of "$edu"))"
ok "map, read-only" lab map 0x40000000 4 r
ok "map, for both" lab map 0x50000000 4 rw
devices_row "$edu"
is "${row[mode]} ${row[mappings]} ${row[domain_type]}" "table 8 unmanaged" "eight pages in a domain of its own"
before=$(head_of seen)
for access in r w; do
	ok "a $access of what is mapped for both is done" lab dma $access 0x50001000 64
	is "$(xlate dma --json "$edu" 0x50001000 $access | jq -r '.accesses[0].outcome')" allowed "... as foretold"
done
ok "a read of what is read-only is done" lab dma r 0x40000000 64
is "$(head_of seen)" "$before" "... and no fault came of it"
# Another page: what QEMU's unit has in its cache since a read, it refuses without a fault.
provoke "lab, read-only" "$edu" w 0x40001000 $read_only lab dma w 0x40001000 1
provoke "lab, not mapped" "$edu" r 0x60000000 $no_read lab dma r 0x60000000 1
ok "unmap" lab unmap 0x50000000 4
provoke "lab, unmapped" "$edu" w 0x50000000 $no_write lab dma w 0x50000000 1
provoke "lab, too far" "$edu" r 0x1000000000000 $beyond lab dma r 0x1000000000000 1
ok "the module goes, with its lab" modprobe -r iommu_probe
is "$(driver_of "$edu")" "" "$edu has no driver again"
done_testing
