#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The same packets by an emulated card, a paravirtual one and a virtual function.

# Functions that await and check call.
# shellcheck disable=SC2317
# shellcheck source=tools/vm/demo/lib.sh
. "$(dirname "$0")/../lib.sh"

title "Three roads for a packet: emulated, paravirtual, virtual function"
caption <<'END'
"Virtualized I/O is slow whether the guest sees the device as a specialized VNIC (e.g. kvm virtio)
or if it thinks the emulated device is a popular hardware device", and SR-IOV "avoids most of the
performance penalty". What is that penalty made of? Here is a card of each kind:
END
sys=/sys/bus/pci/devices ns=xlate-road
[[ -e /dev/virtio-ports/qmp && -d ${XLATE_LOGS-} ]] ||
	give_up "QEMU has to count accesses to registers: make demo CHAPTER=roads"
roads=(emulated paravirtual VF) answered=() eth=''
declare -A bdf=() driver=() region=() was=()
region=([emulated]='e1000-(mmio|io)' [paravirtual]='virtio-pci-(notify|isr)-virtio-net' [VF]='igbvf-mmio')
driver=([emulated]=e1000 [paravirtual]=vnic [VF]=sriov_demo_vf)

# card ID: the function of the first such one
card()
{
	local f
	f=$(lspci -Dn -d "$1" | head -n 1)
	echo "${f%% *}"
}

# bind BDF DRIVER
bind()
{
	[[ ! -e $sys/$1/driver ]] || echo "$1" >"$sys/$1/driver/unbind"
	echo "$2" >"$sys/$1/driver_override"
	[[ -z $2 ]] || echo "$1" >/sys/bus/pci/drivers_probe
}

driver_of() { basename "$(readlink "$sys/$1/driver")"; }

chapter_clean_up()
{
	local f
	ip netns del "$ns"
	echo 0 >"$sys/$pf/sriov_numvfs"
	echo 1 >"$sys/$pf/sriov_drivers_autoprobe"
	for f in "${!was[@]}"; do
		bind "$f" ""
		[[ -z ${was[$f]} ]] || echo "$f" >"/sys/bus/pci/drivers/${was[$f]}/bind"
	done
} 2>/dev/null

pf=$(card 8086:10c9)
bdf[emulated]=$(card 8086:100e)
bdf[paravirtual]=$(card 1af4:1041)
for f in "$pf" "${bdf[@]}"; do
	[[ -n $f ]] || give_up "e1000, virtio-net or igb is missing: make demo CHAPTER=roads has them"
	was[$f]=$(driver_of "$f")
done
for f in e1000 vnic sriov_demo sriov_demo_vf; do
	modprobe $f || give_up "no driver $f"
done
bind "$pf" sriov_demo
await test -d "$sys/$pf/net"
net=$(ls "$sys/$pf/net")
sysctl -qw "net.ipv6.conf.$net.disable_ipv6=1"
ip link set "$net" up
echo 0 >"$sys/$pf/sriov_drivers_autoprobe"
echo 1 >"$sys/$pf/sriov_numvfs"
ip link set "$net" vf 0 mac 52:54:00:98:00:01
bdf[VF]=$(basename "$(readlink "$sys/$pf/virtfn0")")
for road in "${roads[@]}"; do
	[[ $(driver_of "${bdf[$road]}") == "${driver[$road]}" ]] || bind "${bdf[$road]}" "${driver[$road]}"
	await test -d "$sys/${bdf[$road]}/net"
done

echo
for road in "${roads[@]}"; do
	put "$(printf '%-12s %s, driver %s' "$road" "$(lspci -s "${bdf[$road]}" |
		sed -E 's/Ethernet controller: (Intel Corporation|Red Hat, Inc\.) //; s/ \(rev.*//')" \
		"$(driver_of "${bdf[$road]}")")"
done
check "a driver of its own for each: e1000, vnic, sriov_demo_vf" \
	same "$(driver_of "${bdf[emulated]}")" "${driver[emulated]}" and \
	same "$(driver_of "${bdf[paravirtual]}")" "${driver[paravirtual]}" and \
	same "$(driver_of "${bdf[VF]}")" "${driver[VF]}"

# -- counting --------------------------------------------------------------------

in_ns() { ip netns exec "$ns" "$@"; }
linked() { [[ $(in_ns cat /sys/class/net/road/carrier 2>/dev/null) == 1 ]]; }
answers() { in_ns ping -q -c 1 -W 1 10.0.2.2 >/dev/null; }

# qemu COMMAND...: of its monitor
qemu()
{
	local line command
	for command in "$@"; do
		printf '{"execute":"human-monitor-command","arguments":{"command-line":"%s"},"id":"roads"}\n' \
			"$command" >&"$monitor"
		# Greetings and events may come before the answer.
		while IFS= read -r -t 60 line <&"$monitor" || give_up "QEMU says nothing"; do
			[[ $line != *'"roads"'* ]] || break
		done
		[[ $line == *'"return": ""'* ]] || give_up "QEMU refuses $command: $line"
	done
}

# Interrupts of all vectors of a function.
interrupts()
{
	local v=("$sys/$1/msi_irqs/"*)
	[[ -e ${v[0]} ]] || v=("$(<"$sys/$1/irq")")
	awk -v vectors="${v[*]##*/}" '
		BEGIN { n = split(vectors, v); for (i = 1; i <= n; i++) is[v[i] ":"] = 1 }
		$1 in is { for (i = 2; $i ~ /^[0-9]+$/; i++) sum += $i }
		END { print sum + 0 }' /proc/interrupts
}

# of COUNTER [QUEUE]: vnic's counter of that queue, or of rx0 and tx0 together
of()
{
	awk -v name="$1" -v queue="^${2:-[rt]x0}\$" '$1 ~ queue && $2 == name { sum += $3 }
		END { printf "%.0f\n", sum }' "/sys/kernel/debug/vnic/${bdf[paravirtual]}/counters"
}

# Packets of the VF, as the card counts.
of_vf() { awk '$1 ~ /^[rt]x_packets$/ { n += $2 } END { print n }' "/sys/kernel/debug/sriov_demo/$pf/vf0/counters"; }

# Packets that the driver of the interface $2 sent ($3 is tx) or received (rx), in namespace $1 if
# that is not empty.
counted() { ${1:+ip netns exec "$1"} cat "/sys/class/net/$2/statistics/$3_packets"; }

# ... sent and received.
passed() { echo $(($(counted "$1" "$2" tx) + $(counted "$1" "$2" rx))); }

# enter ROAD: its card is alone in the namespace, and knows its neighbour
enter()
{
	eth=$(ls "$sys/${bdf[$1]}/net")
	ip netns add "$ns"
	ip link set "$eth" netns "$ns" name road
	in_ns sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	ip -n "$ns" addr add 10.0.2.15/24 dev road
	ip -n "$ns" link set road up
	await linked
	await answers
	ip -n "$ns" neigh replace 10.0.2.2 lladdr \
		"$(ip -n "$ns" neigh show 10.0.2.2 | sed -n 's/.*lladdr \([^ ]*\).*/\1/p')" \
		dev road nud permanent
}

leave()
{
	ip -n "$ns" link set road netns 1 name "$eth"
	ip netns del "$ns"
}

# Registers by which packets go (of the paravirtual card: those regions). The others are for
# watchdogs, which look at link, state and statistics now and then: they are left out.
declare -A registers=(
	[emulated]='0x8 STATUS 0xc0 ICR 0xd0 IMS 0xd8 IMC 0x2818 RDT 0x3818 TDT'
	[VF]='0x1524 EIMS 0x1528 EIMC 0x2818 RDT 0x3818 TDT'
)

# QEMU's trace of accesses to registers -> "read NAME VALUE" or "write NAME VALUE", of a road
accesses()
{
	local base i known='' list
	read -r base _ <"$sys/${bdf[$1]}/resource"
	read -ra list <<<"${registers[$1]-}"
	for ((i = 0; i < ${#list[@]}; i += 2)); do
		printf -v known '%s 0x%x %s' "$known" $((base + list[i])) "${list[i + 1]}"
	done
	awk -v known="$known" -v region="^'(${region[$1]})'\$" '
		BEGIN { n = split(known, k); for (i = 1; i < n; i += 2) name[k[i]] = k[i + 1] }
		$NF !~ region { next }
		{
			what = $1
			sub(/.*memory_region_ops_/, "", what)
			for (i = 2; $i != "addr"; i++);
			register = name[$(i + 1)]
			value = $(i + 3)
			if (!n)
				split($NF, part, "-")
			if (!n)
				register = part[3]
			if (register)
				print what, register, value
		}'
}

# measure WAY ROAD COMMAND...: what it takes -> touches, irqs and packets of "WAY ROAD", and the
# accesses to registers in $work/WAY-ROAD; its output -> $shown
declare -A touches=() irqs=() packets=() sent=() kicks=() copied=() passed_on=() pf_saw=() vf_moved=()
traces=0
measure()
{
	local key="$1 $2" way=$1 road=$2 log before i
	shift 2
	traces=$((traces + 1))
	log=$XLATE_LOGS/trace-roads-$traces
	kicks[$key]=$(of kicks tx0) copied[$key]=$(of bytes_copied) passed_on[$key]=$(of bytes_by_reference)
	packets[$key]=$(passed "$ns" road) sent[$key]=$(counted "$ns" road tx) pf_saw[$key]=$(passed "" "$net")
	vf_moved[$key]=$(of_vf)
	before=$(counted "$ns" road rx)
	irqs[$key]=$(interrupts "${bdf[$road]}")
	qemu "logfile $log" 'log trace:memory_region_ops_*'
	shown=$(in_ns "$@" 2>&1)
	# Where answers are late, ping sends more than it waits for: those answers belong to it, too.
	if [[ $shown =~ ([0-9]+)\ packets\ transmitted,\ ([0-9]+)\ received ]]; then
		for ((i = 0; BASH_REMATCH[1] > BASH_REMATCH[2] && i < 100; i++)); do
			(($(counted "$ns" road rx) - before < BASH_REMATCH[1])) || break
			sleep 0.1
		done
	fi
	# QEMU writes when its buffer is full: so many accesses fill it.
	cat "$sys/$pf/config" >/dev/null
	qemu 'trace-event memory_region_ops_* off' 'log none'
	irqs[$key]=$(($(interrupts "${bdf[$road]}") - irqs[$key]))
	kicks[$key]=$(($(of kicks tx0) - kicks[$key]))
	copied[$key]=$(($(of bytes_copied) - copied[$key]))
	passed_on[$key]=$(($(of bytes_by_reference) - passed_on[$key]))
	packets[$key]=$(($(passed "$ns" road) - packets[$key]))
	sent[$key]=$(($(counted "$ns" road tx) - sent[$key]))
	pf_saw[$key]=$(($(passed "" "$net") - pf_saw[$key]))
	vf_moved[$key]=$(($(of_vf) - vf_moved[$key]))
	accesses "$road" <"$log" >"$work/$way-$road"
	touches[$key]=$(wc -l <"$work/$way-$road")
}

# vf_touches KEY: the VF's driver touches its card less often than that (sriov_demo/vector.h): TDT
# for each packet sent, RDT for 32 buffers, EIMC and EIMS at most once for an interrupt. One of
# each may be due to what was before.
vf_touches() { echo $((sent[$1] + (packets[$1] - sent[$1]) / 32 + 2 + 2 * (irqs[$1] + 1))); }

# octets KEY: of packets of 1042, and of the header before each one that vnic sent
octets() { echo $((packets[$1] * 1042 + sent[$1] * 12)); }

# each COUNT KEY: COUNT by the packets of KEY
each()
{
	local hundredths=$(((200 * $1 / packets[$2] + 1) / 2))
	printf '%d.%02d' $((hundredths / 100)) $((hundredths % 100))
}

exec {monitor}<>/dev/virtio-ports/qmp || give_up "somebody talks to QEMU"
echo '{"execute":"qmp_capabilities"}' >&"$monitor"

# -- the roads -------------------------------------------------------------------

for road in "${roads[@]}"; do
	enter "$road"
	measure one "$road" ping -q -A -c 100 -w 60 -s 1000 10.0.2.2
	answered[${#answered[@]}]=$shown
	measure many "$road" ping -q -f -l 16 -c 160 -w 60 -s 1000 10.0.2.2
	answered[${#answered[@]}]=$shown
	leave
done

caption <<'END'
Each carries 100 pings to QEMU's network and their answers: 200 packets of 1042 bytes, one by one.
The drivers talk to their cards by registers; QEMU saw which, and how often. TDT, RDT and notify
say "look at the ring"; IMC, IMS, EIMC and EIMS switch interrupts off and on; ICR tells why there was
one, and STATUS is read to be sure that what was written before has arrived:
END
echo
for road in "${roads[@]}"; do
	put "$(printf '%-12s %4s  %s' "$road" "${touches[one $road]}" "$(cut -d " " -f 1,2 "$work/one-$road" | sort | uniq -c | sort -rn |
		awk '{ printf "%s%s %s%s", (NR > 1 ? ", " : ""), $3, ($2 == "read" ? "read " : ""), $1 }')")"
done
check "nothing was lost" says "${answered[0]}" " 100 received" and \
	says "${answered[2]}" " 100 received" and says "${answered[4]}" " 100 received"
check "the emulated card is touched most" less "${touches[one paravirtual]}" "${touches[one emulated]}" and \
	less "${touches[one VF]}" "${touches[one emulated]}"
check "it alone is read from, and to read is to wait for an answer" \
	grep -q "^read ICR" "$work/one-emulated" and lacks_text "$(<"$work/one-paravirtual")" read and \
	lacks_text "$(<"$work/one-VF")" read
# What is written is the queue's index. In idle seconds the driver's watch may kick for the other one.
check "QEMU saw ${kicks[one paravirtual]} kicks for packets to send (notify), as vnic counted them" \
	same "$(grep -c "^write notify 0x1$" "$work/one-paravirtual")" "${kicks[one paravirtual]}"
step

caption <<'END'
Under a hypervisor each touch of an emulated register is an exit out of the guest, and so is a
kick. The VF's registers are the card's own: they are mapped into the guest, and touched without
an exit. (Here QEMU is the card, too, and so sees them all.) With more on the way, one interrupt
is for several, and of the first two cards one touch, too. The VF's driver has little to save: it
writes TDT once for each packet that ping sends, and seldom anything else.
END
echo
put "$(printf '%-12s   %-21s   %s' "" "one ping at a time" "16 pings on their way")"
put "$(printf '%-12s   %-21s   %s' "each packet" "touches    interrupts" "touches    interrupts")"
for road in "${roads[@]}"; do
	put "$(printf '%-12s   %7s  %12s   %7s  %12s' "$road" \
		"$(each "${touches[one $road]}" "one $road")" "$(each "${irqs[one $road]}" "one $road")" \
		"$(each "${touches[many $road]}" "many $road")" "$(each "${irqs[many $road]}" "many $road")")"
done
read -r first last _ <"$sys/${bdf[VF]}/resource"
check "the VF's registers fill pages of their own, from $(printf %#x "$first") to $(printf %#x "$last")" \
	same $((first & 0xfff)) 0 and same $((last & 0xfff)) 4095
for road in emulated paravirtual; do
	check "$road: no more touches for each packet when there are many" \
		less $((${touches[many $road]} * ${packets[one $road]} * 100)) \
		$((${touches[one $road]} * ${packets[many $road]} * 105))
done
check "VF: a touch for each packet sent and each 32 buffers to receive into, and at most two for an interrupt" \
	less "${touches[one VF]}" "$(vf_touches "one VF")" and less "${touches[many VF]}" "$(vf_touches "many VF")"
step

caption <<'END'
And the copies? No driver copies a packet that long: each hands over the page. Who fetches it?

  emulated      the hypervisor copies each byte out of the guest's memory, and each answer into it
  paravirtual   so it does here; chapter "packet" counts this copy
  VF            the card itself, by DMA and through the IOMMU: no CPU has to touch the packet
END
check "e1000 copies packets of $(</sys/module/e1000/parameters/copybreak) bytes and less only" \
	less "$(</sys/module/e1000/parameters/copybreak)" 1042
check "vnic copied ${copied[one paravirtual]} bytes of the ${packets[one paravirtual]} packets" same "${copied[one paravirtual]}" 0
check "it passed on ${passed_on[one paravirtual]}: all, and 12 bytes for the device before each sent one" \
	same "${passed_on[one paravirtual]}" "$(octets "one paravirtual")"
check "the card moved ${vf_moved[one VF]} packets for the VF" less 199 "${vf_moved[one VF]}"
check "and the PF's driver, which is the hypervisor's, saw ${pf_saw[one VF]} of them" same "${pf_saw[one VF]}" 0
the_end
