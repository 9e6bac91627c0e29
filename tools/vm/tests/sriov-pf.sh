#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: the physical function of an 82576, judged by the drivers of its virtual ones.
# usage: sriov-pf.sh [PF-DRIVER], by default sriov_demo
#
#	namespace a: VF 0, sriov_demo_vf, 10.0.2.20	here: the PF, 10.0.2.15
#	namespace b: VF 1, stock igbvf, 10.0.2.21	outside: QEMU's user network, 10.0.2.2
#	namespace c: VF 2, in bad hands at first, 10.0.2.22
#
# With igb as the PF's driver the same commands run, and must show what it lacks: that is how
# the two are compared.

# Functions that ok calls.
# shellcheck disable=SC2317
# shellcheck source=tools/vm/tests/sriov-lib.sh
. "$(dirname "$0")/sriov-lib.sh"

pf_driver=${1-sriov_demo}
cycles=2
bytes=4M
storm=3000
[[ -z ${XLATE_SOAK-} ]] || { cycles=$(often 100) bytes=$(often 40)M storm=$(often 100000); }
debug=/sys/kernel/debug/sriov_demo/$pf

# better TEXT COMMAND...: ours does it, igb does not
better()
{
	local text=$1
	shift

	if [[ $pf_driver == igb ]]; then
		fails "stock igb does not: $text" "$@"
	else
		ok "$text" "$@"
	fi
}

# What runs in ok is a subshell: the name must be asked for after that, too.
pf_net()
{
	net=$(ls "$sys/$pf/net")
}

bind_pf()
{
	echo "$pf_driver" >"$sys/$pf/driver_override"
	echo "$pf" >/sys/bus/pci/drivers_probe
	pf_net && ip link set "$net" up && ip addr add 10.0.2.15/24 dev "$net" &&
		until_ok 200 pf_link
}

# The PF's own way, not from a namespace.
outside()
{
	ip neigh flush all
	until_ok 5 ping -c 1 -w 10 10.0.2.2
}

bring_up()
{
	give 0 && give 1 igbvf && place a 0 10.0.2.20 && place b 1 10.0.2.21 &&
		until_ok 200 has_link a && until_ok 200 has_link b
}

both_ways()
{
	reaches a 10.0.2.21 && reaches b 10.0.2.20
}

# told VF FILTER: what ip-link(8) says of a VF
told()
{
	ip -j -s link show "$net" | jq -r ".[0].vfinfo_list[$1] | $2"
}

jumbo()
{
	ip link set "$net" mtu 9000 && in_b ip link set vf0 mtu 9000 || return
	until_ok 200 pf_link && until_ok 200 has_link b &&
		reaches b 10.0.2.15 -s 8000 -M "do" || return
	ip link set "$net" mtu 1500 && in_b ip link set vf0 mtu 1500
	until_ok 200 pf_link && until_ok 200 has_link a && until_ok 200 has_link b
}

vlan()
{
	ip link add link "$net" name vlan5 type vlan id 5 &&
		ip addr add 10.0.5.15/24 dev vlan5 && ip link set vlan5 up &&
		in_b ip link add link vf0 name vlan5 type vlan id 5 &&
		in_b ip addr add 10.0.5.21/24 dev vlan5 && in_b ip link set vlan5 up &&
		reaches b 10.0.5.15 || return
	ip link del vlan5 && in_b ip link del vlan5
}

counts()
{
	[[ $(told "$1" "$2") -gt 0 ]]
}

# numvfs N: with the core's error
numvfs()
{
	echo "$1" >"$sys/$pf/sriov_numvfs"
}

more_queues()
{
	# It may have them already.
	ethtool -L "$net" combined 1 && ethtool -L "$net" combined "$most" &&
		until_ok 200 pf_link
}

# Packets sent, a line for each queue that ethtool counts.
sent()
{
	ethtool -S "$net" | sed -n 's/^ *tx[_-]*\(queue_\)\?[0-9][0-9]*_packets: //p'
}

each_queue_sends()
{
	local cpu before after

	# Without this it is a hash that gives, and maybe the same one to both.
	for cpu in 0 1; do
		echo $((1 << cpu)) >"/sys/class/net/$net/queues/tx-$cpu/xps_cpus" || return
	done
	before=$(sent)
	for cpu in 0 1; do
		until_ok 5 taskset -c "$cpu" ping -c 1 -w 10 10.0.2.2 || return
	done
	after=$(sent)
	[[ $(paste <(echo "$before") <(echo "$after") | awk '$2 > $1' | wc -l) -ge 2 ]]
}

# reset_of BDF: as a user may ask for it, and administrators of guests do
reset_of()
{
	echo 1 >"$sys/$1/reset"
}

# -- the PF alone --------------------------------------------------------------------------

modprobe igbvf
modprobe sriov_demo_vf
modprobe "$pf_driver"
ip netns add a
ip netns add b
ip netns add c
ok "the PF has an interface, and a link" bind_pf
pf_net
like "$(ethtool -i "$net")" "driver: $pf_driver.*bus-info: $pf" "ethtool -i"
ok "it reaches the outside" outside
like "$(timeout 600 ethtool -t "$net" offline)" "result is PASS" "ethtool -t offline"
until_ok 200 pf_link
ok "... and all goes on" outside
ok "jumbo frames" ip link set "$net" mtu 9000
ok "and back" ip link set "$net" mtu 1500
until_ok 200 pf_link
ok "ethtool -G" ethtool -G "$net" rx 512 tx 512
until_ok 200 pf_link
for option in "" -S -d -g -l -k -c; do
	# shellcheck disable=SC2086
	ok "ethtool ${option:-(settings)}" ethtool $option "$net"
done
ok "the outside, after that" outside
most=$(ethtool -l "$net" | awk '/^Combined/ { print $2; exit }')
ok "more queue pairs than one ($most)" test "$most" -gt 1
ok "... as many as there are" more_queues
ok "... the outside" outside
ok "... each sends what its CPU gives it" each_queue_sends
ok "the card is reset" reset_of "$pf"
until_ok 200 pf_link
ok "... the outside, after that" outside

# -- carving --------------------------------------------------------------------------------

is "$(cat "$sys/$pf/sriov_totalvfs")" 7 "seven functions at most"
fails "more are refused" numvfs 8
echo 0 >"$sys/$pf/sriov_drivers_autoprobe"
ok "three" numvfs 3
fails "another number of them" numvfs 2
is "$(cat "$sys/$pf/sriov_numvfs")" 3 "... leaves three"
ok "none" numvfs 0
ok "seven" numvfs 7
ok "none" numvfs 0
ok "three" numvfs 3
ok "an address by ip-link" ip link set "$net" vf 0 mac 52:54:00:00:00:20
ok "sriov_demo_vf and igbvf have a link" bring_up
is "$(in_a cat /sys/class/net/vf0/address)" 52:54:00:00:00:20 "the first has that address"
ok "VF to VF, both ways" both_ways
ok "VF to the outside" reaches b 10.0.2.2
ok "VF to PF" reaches b 10.0.2.15
for way in "" -R; do
	ok "TCP from VF to VF ${way:+(reverse)}" served b in_a iperf3 -c 10.0.2.21 -n "$bytes" $way
done
for way in "" -R; do
	ok "TCP from PF to VF ${way:+(reverse)}" served b iperf3 -c 10.0.2.21 -n "$bytes" $way
done
ok "jumbo frames between PF and VF" jumbo
ok "a VLAN between PF and VF" vlan

# -- what the administrator sees and sets ------------------------------------------------------

for way in rx tx; do
	# Older versions of ip have tx_packets and tx_bytes among those of tx.
	better "VF 0's $way packets are counted" counts 0 ".stats.$way | .packets // .${way}_packets"
	better "VF 1's $way bytes are counted" counts 1 ".stats.$way | .bytes // .${way}_bytes"
done
for state in disable enable auto; do
	better "state $state" ip link set "$net" vf 1 state $state
	[[ $state == auto ]] || better "... is shown" test "$(told 1 .link_state)" == "$state"
done
is "$(told 1 .link_state)" auto "... is shown"

no_link_until()
{
	ip link set "$net" vf "$1" state disable && until_ok 100 no_link "$2"
}

link_until()
{
	ip link set "$net" vf "$1" state auto && until_ok 200 has_link "$2"
}

better "VF 0's driver obeys a link held down" no_link_until 0 a
better "... and comes back" link_until 0 a
better "igbvf obeys, too" no_link_until 1 b
better "... and comes back" link_until 1 b
until_ok 200 has_link a
until_ok 200 has_link b
ok "... and it works" both_ways

ok "a VLAN for VF 0" ip link set "$net" vf 0 vlan 7
like "$(told 0 '.vlan_list[0].vlan // .vlan')" "^7$" "... is shown"
ok "... and it has a link" until_ok 200 has_link a
fails "it does not reach one outside of the VLAN" pinged a 10.0.2.21
ok "the same for VF 1" ip link set "$net" vf 1 vlan 7
until_ok 200 has_link b
ok "now they reach each other" both_ways
ok "VF 0: no VLAN" ip link set "$net" vf 0 vlan 0
ok "VF 1: no VLAN" ip link set "$net" vf 1 vlan 0
until_ok 200 has_link a
until_ok 200 has_link b
ok "... as before" both_ways
for setting in "spoofchk off" "spoofchk on" "trust on" "trust off"; do
	# shellcheck disable=SC2086
	ok "$setting" ip link set "$net" vf 0 $setting
	is "$(told 0 ".${setting% *}")" "$([[ $setting == *on ]] && echo true || echo false)" "... is shown"
done
ok "a rate" ip link set "$net" vf 0 rate 100
like "$(told 0 '.rate // .tx_rate // .max_tx_rate | tostring')" 100 "... is shown"
ok "no rate" ip link set "$net" vf 0 rate 0
until_ok 200 has_link a
better "two queue pairs for a VF" in_a ethtool -L vf0 combined 2
until_ok 200 has_link a
ok "... and traffic goes on" both_ways
in_a ethtool -L vf0 combined 1 2>/dev/null
until_ok 200 has_link a

if [[ $pf_driver != igb ]]; then
	for file in state queues vf0/state vf0/mailbox vf0/counters vf0/filters; do
		like "$(cat "$debug/$file" 2>&1)" "[[:alnum:]]" "debugfs: $file"
		unlike "$(cat "$debug/$file" 2>&1)" "No such file|cannot" "... is there"
	done
fi

# -- what the last owner leaves -------------------------------------------------------------------

bad=$(vf_pci 2)
left()
{
	vf-hostile "$bad" show | awk -v name="$1" '$1 == name { print $2 }'
}

clean()
{
	[[ $(left "$1") == 0 ]]
}

vf-hostile "$bad" leave 0x12345000
is "$(left tdwbal0)" 0x12345001 "an owner leaves an address for the transmit head to be written to"
echo 1 >"$sys/$bad/reset"
better "a function reset clears it" until_ok 20 clean tdwbal0
better "... of the second pair, too" clean tdwbal1
better "... and where the rings were" clean tdbal0
better "... and the mailbox" clean mailbox15

# The next owner's driver does not write that register: does the card write there?
mkfifo /run/trap
vf-hostile "$bad" trap </run/trap >/run/trap.out &
trap_pid=$!
exec 8>/run/trap
ok "an owner leaves the address of a page" until_ok 200 grep -q armed /run/trap.out
echo 1 >"$sys/$bad/reset"
ok "igbvf has the function next" give 2 igbvf
place c 2 10.0.2.22
until_ok 100 has_link c
reaches c 10.0.2.20 >/dev/null 2>&1
flows=$?
exec 8>&-
wait "$trap_pid"
written=$(tail -n 1 /run/trap.out)
if [[ $pf_driver == igb ]]; then
	like "$written" written "stock igb: the last owner's page is written to"
else
	is "$written" untouched "the last owner's page is not written to"
	is "$flows" 0 "... though the next owner's traffic flows"
fi
echo "$bad" >/sys/bus/pci/drivers/igbvf/unbind

# -- a VF that means no good -----------------------------------------------------------------------

seen()
{
	told 0 'del(.stats)'
	told 1 'del(.stats)'
	cat "/sys/class/net/$net/address"
}

# Interrupts of the vector that is not a queue's
other_irqs()
{
	irqs "sriov_demo-$pf"
}

# How often it was served for having read what it was sent, or said so.
reads()
{
	awk '$1 == "reads" { print $2 }' "$debug/vf$1/counters"
}

before=$(seen)
traffic_start
ok "traffic between the others" moving
ok "a storm of messages, resets and registers from VF 2" timeout 1800 vf-hostile "$bad" storm "$storm" 1
is "$(seen)" "$before" "has changed nothing of theirs"
ok "... they have a link" until_ok 200 has_link a
ok "... and traffic goes on" moving
traffic_stop
ok "both ways" both_ways
ok "the PF reaches the outside" outside
if [[ $pf_driver != igb ]]; then
	before=$(other_irqs) reads=$(reads 2) began=$(date +%s%N)
	ok "VF 2 says \"read\" without end" timeout 1800 vf-hostile "$bad" acks 300000
	elapsed=$((($(date +%s%N) - began) / 1000))
	ok "... which interrupts no oftener than every 100 us" \
		test "$(($(other_irqs) - before))" -le $((elapsed / 100 + 20))
	# CARVE_EVENT_EVERY, CARVE_EVENT_BURST; and a few that answer what it was told
	ok "... is served no oftener than every 5 ms" \
		test "$(($(reads 2) - reads))" -le $((elapsed / 5000 + 64 + 20))
	ok "... but it is" test "$(reads 2)" -gt "$reads"
	ok "... and holds up nobody" both_ways
fi
like "$(vf-hostile "$bad" ask 0xffff)" '^(-|0x[4-7][0-9a-f]+)$' "an unknown message: NACK, or silence"
echo 1 >"$sys/$bad/reset"
ok "it holds its mailbox for ever" vf-hostile "$bad" hold
ok "... which holds up nobody: the PF's link" timeout 120 ip link set "$net" down
ok "... comes back" timeout 120 ip link set "$net" up
until_ok 200 pf_link
until_ok 200 has_link a
until_ok 200 has_link b
ok "... and the others" both_ways
echo 1 >"$sys/$bad/reset"
ok "an honest owner is served after that" give 2 igbvf
place c 2 10.0.2.22
ok "... has a link" until_ok 200 has_link c
ok "... and traffic" reaches c 10.0.2.20

# -- in mid-traffic ------------------------------------------------------------------------------

carved_anew()
{
	numvfs 0 && numvfs 7 && numvfs 0 && numvfs 2 && bring_up && reaches a 10.0.2.21
}

bound_anew()
{
	echo "$pf" >"$sys/$pf/driver/unbind" && bind_pf && numvfs 2 && bring_up &&
		reaches b 10.0.2.20
}

# in_traffic COMMAND: many times
in_traffic()
{
	local i

	for ((i = 0; i < cycles; i++)); do
		traffic_start
		"$@" || { traffic_stop; return 1; }
		traffic_stop
	done
}

ok "0, 7, 0, 2 functions in mid-traffic, $cycles times" in_traffic carved_anew
ok "unbound and bound with functions in use, $cycles times" in_traffic bound_anew
pf_net
[[ $pf_driver == igb ]] ||
	is "$(dmesg | grep "$pf_driver [^ ]* [^ ]*: transmit queue [0-9]* is stuck")" "" "none of the PF's queues was stuck"
traffic_start
ok "rmmod with functions in use" rmmod "$pf_driver"
traffic_stop
is "$(cat "$sys/$pf/sriov_numvfs")" 0 "... takes them away"
ok "modprobe" modprobe "$pf_driver"
ok "... it works" bind_pf
pf_net
ok "... and reaches the outside" outside
ok "rmmod" rmmod "$pf_driver"
for ns in a b c; do
	ip netns del $ns
done
rm -f /run/trap /run/trap.out
done_testing
