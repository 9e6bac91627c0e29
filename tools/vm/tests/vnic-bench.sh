#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: vnic-bench.sh
#
# What a packet costs with vnic and with the kernel's own virtio_net, on the same devices:
# guest instructions (under -icount, where a nanosecond is one), notifications, interrupts.
# Of sending by pktgen, one by one and in bursts of 32; and of a ping and its answer.
#
# Devices, in this order: a split and a packed one, each on a hub where nobody listens and
# with tx=timer, so that counts are exact; one on QEMU's user network. Facts are tests:
# never more notifications and interrupts; at most 0.9 and 0.6 of the instructions.

# Functions are called by name.
# shellcheck disable=SC2317
# shellcheck source=tools/vm/tests/lib.sh
. "$(dirname "$0")/lib.sh"

sys=/sys/bus/pci/devices
pktgen=/proc/net/pktgen
packets=8000
pings=100

# give FUNCTION DRIVER; its interface is $dev then
give()
{
	local n

	[[ ! -e $sys/$1/driver ]] || echo "$1" >"$sys/$1/driver/unbind"
	echo "$2" >"$sys/$1/driver_override"
	echo "$1" >/sys/bus/pci/drivers_probe
	for n in "$sys/$1/net/"* "$sys/$1"/virtio*/net/*; do
		[[ ! -e $n ]] || dev=${n##*/}
	done
	sysctl -qw "net.ipv6.conf.$dev.disable_ipv6=1"
	ip link set "$dev" up
	until [[ $(<"/sys/class/net/$dev/carrier") == 1 ]]; do :; done
}

kicks()
{
	ethtool -S "$dev" | awk '$1 ~ /^((queue[0-9]+_)?[rt]x[0-9]*)_kicks:$/ { n += $2 } END { print n + 0 }'
}

# Of all vectors of function $1.
interrupts()
{
	local v n=0 c
	for v in "$sys/$1/msi_irqs/"*; do
		c=$(awk -v v="${v##*/}:" '$1 == v { print $2 }' /proc/interrupts)
		n=$((n + c))
	done
	echo "$n"
}

pg() { echo "$2" >"$pktgen/$1" || exit; }

# pktgen BURST: the nanoseconds in which it and all that it caused was at work
send()
{
	pg kpktgend_0 rem_device_all
	pg kpktgend_0 "add_device $dev"
	pg "$dev" "count $packets"
	pg "$dev" "pkt_size 60"
	pg "$dev" "delay 0"
	pg "$dev" "burst $1"
	pg "$dev" "dst 10.99.0.2"
	pg "$dev" "dst_mac 02:00:00:00:00:02"
	pg pgctrl start
	# Result: OK: 16241(c15000+d1241) usec: busy and waiting
	sed -n 's/^Result: OK: [0-9]*(c\([0-9]*\)+d.*/\1/p' "$pktgen/$dev"
}

# measure FUNCTION DRIVER WHAT...: $cost, $kicks, $irqs for 1000 of it
measure()
{
	local f=$1 k i
	shift
	"$@" >/dev/null
	k=$(kicks) i=$(interrupts "$f")
	cost=$("$@")
	cost=$((cost * 1000 / packets)) kicks=$(($(kicks) - k)) irqs=$(($(interrupts "$f") - i))
}

# ratio A B PERCENT: A is at most that part of B
ratio() { (($1 * 100 <= $2 * $3)); }

# compare TEXT FUNCTION PERCENT WHAT...
compare()
{
	local text=$1 f=$2 bar=$3 c k i
	shift 3
	give "$f" virtio-pci
	measure "$f" "$@"
	c=$cost k=$kicks i=$irqs
	give "$f" vnic
	measure "$f" "$@"
	diag "$text: kicks $kicks, virtio_net $k; interrupts $irqs, virtio_net $i"
	if ((bar)); then
		diag "$text: instructions $cost, virtio_net $c"
		ok "$text: instructions at most $bar %" ratio "$cost" "$c" "$bar"
	fi
	ok "$text: no more kicks" test "$kicks" -le "$k"
	ok "$text: no more interrupts" test "$irqs" -le "$i"
}

pinging()
{
	ip addr replace 10.0.2.15/24 dev "$dev"
	ping -q -A -c "$pings" 10.0.2.2 >/dev/null
	echo 0
}

modprobe -a virtio_net vnic pktgen
functions=()
for f in "$sys"/*; do
	[[ $(<"$f/vendor") != 0x1af4 || $(<"$f/device") != 0x1041 ]] || functions+=("${f##*/}")
done
is "${#functions[@]}" 3 "three devices"
compare "split, burst 1" "${functions[0]}" 90 send 1
compare "split, burst 32" "${functions[0]}" 60 send 32
compare "packed, burst 1" "${functions[1]}" 90 send 1
compare "packed, burst 32" "${functions[1]}" 60 send 32
packets=1
compare "a ping and its answer, x $pings" "${functions[2]}" 0 pinging
done_testing
