#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: sriov-bench.sh
#
# What a packet costs with sriov_demo and with stock igb on the same card, with sriov_demo_vf
# and with stock igbvf on the same virtual function (the physical one is sriov_demo's in both
# cases): guest instructions (under -icount, where a nanosecond is one), accesses to the
# function's registers, as QEMU sees them, and interrupts, moderated alike. Of sending by pktgen,
# one by one and in bursts of 32; of receiving; of a ping and its answer.
#
# The card is in a network namespace. On the same hub is a virtio-net outside of it, by tx=timer and
# with ioeventfd=off, so that time goes by in guest instructions only and all figures can be counted
# again.
#
# QEMU's igb takes EITR's bits as they are, so that intervals are four times as long; it sends one
# interrupt at the beginning of each interval and one at its end, whether or not there is a reason.
#
# Facts are tests: never more accesses, never more interrupts, at most 1.03 of the instructions.

# Functions are called by name.
# shellcheck disable=SC2317
# shellcheck source=tools/vm/tests/sriov-lib.sh
. "$(dirname "$0")/sriov-lib.sh"
# shellcheck source=tools/vm/tests/touch-lib.sh
. "$(dirname "$0")/touch-lib.sh"

packets=2000
pings=600
# Several, since a timer and a loop may fall in step. Of others igbvf makes rates that it takes for
# a wish to moderate by itself: where 1000000000 / (usecs * 1024) is no multiple of 4.
usecs="30 33 39 51"
# The answer to a ping takes 50 us: nobody shall wait for the end of what its request has begun.
ping_usecs=10
# A ring must take longer to fill, or whoever is fast would wait, and what comes be lost.
ring=1024
peer_mac=52:54:00:78:6c:01
nobody=02:00:00:00:00:99
declare -A cost touches irqs

# Of all vectors of function $f.
interrupts()
{
	awk -v vectors="$(cd "$sys/$f/msi_irqs" && echo *)" '
		BEGIN { n = split(vectors, v); for (i = 1; i <= n; i++) is[v[i] ":"] = 1 }
		$1 in is { sum += $2 }
		END { print sum + 0 }' /proc/interrupts
}

near()
{
	ip netns exec near "$@"
}

write()
{
	echo "$1" >"$2"
}

# Devices leave pktgen when it comes to it.
pg()
{
	until_ok 50 write "$2" "$pktgen/$1" || exit
}

# send DEV COUNT BURST MAC: prints the nanoseconds in which it and all that it caused was at work
send()
{
	local pktgen=/proc/net/pktgen where=

	# The file that starts is that of whoever writes.
	[[ $1 == peer ]] || pktgen=/proc/$holder/net/pktgen where=near
	pg kpktgend_0 rem_device_all
	pg kpktgend_0 "add_device $1"
	pg "$1" "count $2"
	pg "$1" "pkt_size 60"
	pg "$1" "delay 0"
	pg "$1" "burst $3"
	pg "$1" "dst 10.99.0.2"
	pg "$1" "dst_mac $4"
	$where bash -c 'echo start >/proc/net/pktgen/pgctrl' || exit
	wait_for 10 grep -q "^Result: OK:" "$pktgen/$1"
	# Result: OK: 16241(c15000+d1241) usec: busy and waiting
	sed -n 's/^Result: OK: [0-9]*(c\([0-9]*\)+d.*/\1000/p' "$pktgen/$1"
}

# pinging COUNT: nanoseconds of that many, without those of starting a program
pinging()
{
	local start few

	start=$(busy)
	near ping -f -q -c 10 10.9.0.2 >/dev/null
	few=$(busy)
	near ping -f -q -c $((10 + $1)) 10.9.0.2 >/dev/null
	echo $(($(busy) - few - (few - start)))
}

received()
{
	awk -v dev="$dev:" '$1 == dev { print $3 }' "/proc/$holder/net/dev"
}

arrived()
{
	[[ $(received) == "$1" ]]
}

linked()
{
	[[ $(near cat "/sys/class/net/$dev/carrier") == 1 ]]
}

# moderate DRIVER USECS: the least time between two interrupts
moderate()
{
	case $1 in
	sriov_demo)
		near ethtool -C "$dev" adaptive-rx off rx-usecs "$2" tx-usecs "$2" ;;
	igb)
		near ethtool -C "$dev" rx-usecs "$2" tx-usecs "$2" ;;
	sriov_demo_vf)
		near ethtool -C "$dev" rx-usecs "$2" ;;
	igbvf)
		# It takes it for the vector that it sends by when it is set up only.
		near ethtool -C "$dev" rx-usecs "$2"
		ip -n near link set "$dev" down
		ip -n near link set "$dev" up
		until_ok 300 linked ;;
	esac
}

# less NAME VALUE: into an element of an array, unless there is less
less()
{
	local -n element=$1

	[[ -n ${element-} && $element -le $2 ]] || element=$2
}

# measure WHAT COUNT COMMAND...: one of COUNT. The less of twice: somebody else, as the drivers'
# own look at the link every two seconds, may be at work, too.
measure()
{
	local key=$1 count=$2 i
	shift 2

	for _ in 1 2; do
		touches_start
		i=$(interrupts)
		less "cost[$key]" $(($("$@") / count))
		less "irqs[$key]" $(($(interrupts) - i))
		less "touches[$key]" "$(touches_of "$f")"
	done
}

# rows WHO FUNCTION DRIVER: all that is measured with it
rows()
{
	local who=$1 driver=$3 before mac n

	f=$2
	[[ ! -e $sys/$f/driver ]] || echo "$f" >"$sys/$f/driver/unbind"
	echo "$driver" >"$sys/$f/driver_override"
	echo "$f" >/sys/bus/pci/drivers_probe
	dev=$(ls "$sys/$f/net") || exit
	mac=$(<"/sys/class/net/$dev/address")
	ethtool -G "$dev" rx $ring tx $ring
	ip link set "$dev" netns near name "$who"
	dev=$who
	ip -n near addr add 10.9.0.1/24 dev "$dev"
	ip -n near link set "$dev" up
	ip -n near neigh replace 10.9.0.2 lladdr "$peer_mac" dev "$dev"
	ip neigh replace 10.9.0.1 lladdr "$mac" dev peer
	until_ok 300 linked
	until_ok 300 near ping -c 1 -w 1 10.9.0.2
	# What the other end's own part is, to nobody; a card that is down would keep it all.
	if [[ -z ${alone-} ]]; then
		send peer $packets 1 $nobody >/dev/null
		alone=$(send peer $packets 1 $nobody)
		diag "taken off from what is received: $((alone / packets)), to send it"
	fi
	for n in $usecs; do
		moderate "$driver" "$n"
		measure "$who sends one by one/$driver/$n" $packets send "$dev" $packets 1 $nobody
		measure "$who sends bursts of 32/$driver/$n" $((4 * packets)) send "$dev" $((4 * packets)) 32 $nobody
		before=$(received)
		measure "$who receives/$driver/$n" $packets send peer $packets 1 "$mac"
		ok "$who, $driver: receives all" until_ok 20 arrived $((before + 2 * packets))
		cost["$who receives/$driver/$n"]=$((cost["$who receives/$driver/$n"] - alone / packets))
	done
	moderate "$driver" $ping_usecs
	measure "$who pings/$driver/$ping_usecs" $pings pinging $pings
}

row()
{
	diag "$(printf '%-24s %-14s %12s %10s %10s' "$@")"
}

# compare WHO OURS STOCK
compare()
{
	local what key driver n

	for what in "sends one by one" "sends bursts of 32" receives pings; do
		for driver in "$3" "$2"; do
			cost[$driver]=0 touches[$driver]=0 irqs[$driver]=0
			for n in $usecs $ping_usecs; do
				key="$1 $what/$driver/$n"
				[[ -n ${cost[$key]-} ]] || continue
				cost[$driver]=$((cost[$driver] + cost[$key]))
				touches[$driver]=$((touches[$driver] + touches[$key]))
				irqs[$driver]=$((irqs[$driver] + irqs[$key]))
			done
			[[ $what == pings ]] || cost[$driver]=$((cost[$driver] / 4))
			row "$1 $what" "$driver" "${cost[$driver]}" "${touches[$driver]}" "${irqs[$driver]}"
		done
		ok "$1 $what: instructions at most 103 %" test $((cost[$2] * 100)) -le $((cost[$3] * 103))
		ok "$1 $what: no more accesses" test "${touches[$2]}" -le "${touches[$3]}"
		ok "$1 $what: no more interrupts" test "${irqs[$2]}" -le "${irqs[$3]}"
	done
}

modprobe -a igb igbvf sriov_demo sriov_demo_vf virtio_net pktgen
sysctl -qw net.ipv6.conf.default.disable_ipv6=1
ip netns add near
near sysctl -qw net.ipv6.conf.default.disable_ipv6=1
# /proc/$holder/net is that of the namespace.
ip netns exec near sleep inf &
holder=$!
for dev in /sys/class/net/*; do
	[[ $(<"$dev/address") != "$peer_mac" ]] || ip link set "${dev##*/}" name peer
done
sysctl -qw net.ipv6.conf.peer.disable_ipv6=1
ip addr add 10.9.0.2/24 dev peer
ip link set peer up
until [[ -e /proc/$holder/net/pktgen/kpktgend_0 ]]; do sleep 0.1; done
diag "$packets packets (bursts: $((4 * packets))), $pings pings; instructions of each:"
row "" driver instructions accesses interrupts

rows PF "$pf" igb
rows PF "$pf" sriov_demo
compare PF sriov_demo igb

carve 1
ip -n near link set "$dev" vf 0 mac 52:54:00:00:00:20
ip -n near addr flush dev "$dev"
vf=$(vf_pci 0)
rows VF "$vf" igbvf
rows VF "$vf" sriov_demo_vf
compare VF sriov_demo_vf igbvf
kill $holder
done_testing
