#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: vnic-bench.sh
#
# What a packet costs with vnic and with the kernel's own virtio_net, on the same devices:
# guest instructions (under -icount, where a nanosecond is one), notifications, interrupts.
# Of sending by pktgen, one by one and in bursts of 32; of receiving; and of a ping and its
# answer. Beside them the same with e1000 and igb, and pktgen's own part: that of a device
# that throws all away.
#
# Cards by their number, as in the scenario: 0 a split and 1 a packed one, each on a hub where
# nobody listens and with tx=timer, so that counts are exact; 2 one on QEMU's user network;
# 3 e1000 and 4 igb, as 0; 5, 7 and 9 virtio-net, which send to 6 virtio-net, 8 e1000 and
# 10 igb; 11 e1000 and 12 igb, as 2. The timer (x-txtimer) is far shorter than a ring of 256 packets takes to fill: with
# QEMU's 150 us both drivers would wait for it, and 586 instructions be the least to be seen;
# with 50 us the quicker one still would, and be told by an interrupt each time.
#
# Facts are tests: never more notifications and interrupts than virtio_net, and of what is sent
# at most 0.9 and 0.6 of the instructions. Interrupts of what is received are those of the
# sender's timer with both drivers: a twentieth of them is chance.

# Functions are called by name.
# shellcheck disable=SC2317
# shellcheck source=tools/vm/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/vm/tests/touch-lib.sh
. "$(dirname "$0")/touch-lib.sh"

sys=/sys/bus/pci/devices
pktgen=/proc/net/pktgen
packets=16000
pings=100
f='' touches=''

# card NUMBER: its function is $f, and its interface $dev
card()
{
	local n mac
	mac=$(printf '52:54:00:78:6c:%02x' "$1")
	for n in /sys/class/net/*; do
		[[ $(<"$n/address") == "$mac" ]] || continue
		dev=${n##*/}
		f=$(readlink -f "$n/device")
		f=${f%/virtio*}
		f=${f##*/}
		return
	done
	not_ok "card $1" "no interface $mac"
	done_testing
	exit
}

# give DRIVER: to $f; its interface is $dev then
give()
{
	local n

	[[ ! -e $sys/$f/driver ]] || echo "$f" >"$sys/$f/driver/unbind"
	echo "$1" >"$sys/$f/driver_override"
	echo "$f" >/sys/bus/pci/drivers_probe
	for n in "$sys/$f/net/"* "$sys/$f"/virtio*/net/*; do
		[[ ! -e $n ]] || dev=${n##*/}
	done
	up
}

up()
{
	sysctl -qw "net.ipv6.conf.$dev.disable_ipv6=1"
	ip link set "$dev" up
	until [[ $(<"/sys/class/net/$dev/carrier") == 1 ]]; do :; done
}

kicks()
{
	# virtio_net has sums, too.
	ethtool -S "$dev" 2>/dev/null |
		awk '$1 ~ /^(queue[0-9]+_[rt]x|[rt]x[0-9]+)_kicks:$/ { n += $2 } END { print n + 0 }'
}

# Of all vectors of $f.
interrupts()
{
	local v n=0 c vectors=()
	[[ -z $f ]] || vectors=("$sys/$f/msi_irqs/"*)
	[[ -z $f || -e ${vectors[0]} ]] || vectors=("$(<"$sys/$f/irq")")
	for v in "${vectors[@]}"; do
		c=$(awk -v v="${v##*/}:" '$1 == v { print $2 }' /proc/interrupts)
		n=$((n + c))
	done
	echo "$n"
}

pg() { echo "$2" >"$pktgen/$1" || exit; }

# pktgen_run INTERFACE BURST MAC: the nanoseconds in which it and all that it caused was at work
pktgen_run()
{
	pg kpktgend_0 rem_device_all
	pg kpktgend_0 "add_device $1"
	pg "$1" "count $packets"
	pg "$1" "pkt_size 60"
	pg "$1" "delay 0"
	pg "$1" "burst $2"
	pg "$1" "dst 10.99.0.2"
	pg "$1" "dst_mac $3"
	pg pgctrl start
	# Result: OK: 16241(c15000+d1241) usec: busy and waiting
	sed -n 's/^Result: OK: [0-9]*(c\([0-9]*\)+d.*/\1/p' "$pktgen/$1"
}

# send BURST
send() { pktgen_run "$dev" "$1" 02:00:00:00:00:02; }

# receive BURST INTERFACE: what that one sends
receive()
{
	local count=/sys/class/net/$dev/statistics/rx_packets before
	before=$(<"$count")
	pktgen_run "$2" "$1" "$(<"/sys/class/net/$dev/address")"
	# Until the last is there: none is lost.
	until (($(<"$count") - before >= packets)); do sleep 0.01; done
}

# measure WHAT...: $cost of one of $packets; $kicks and $irqs of all. Of what QEMU sees in
# $touches notifications are a part only without ioeventfd.
measure()
{
	local k i
	"$@" >/dev/null
	k=$(kicks) i=$(interrupts)
	[[ -z $f ]] || touches_start
	cost=$("$@")
	[[ -z $f ]] || touches=$(touches_of "$f")
	cost=$((cost * 1000 / packets)) kicks=$(($(kicks) - k)) irqs=$(($(interrupts) - i))
	[[ $cost != 0 ]] || cost=-
}

# ratio A B PERCENT: A is at most that part of B
ratio() { (($1 * 100 <= $2 * $3)); }

row() { diag "$(printf '%-38s %-10s %12s %10s %10s' "$@")"; }

# compare TEXT PERCENT WHAT...: of card $f
compare()
{
	local text=$1 bar=$2 c k i
	shift 2
	give virtio-pci
	measure "$@"
	c=$cost k=$kicks i=$irqs
	row "$text" virtio_net "$cost" "$kicks" "$irqs"
	give vnic
	measure "$@"
	row "$text" vnic "$cost" "$kicks" "$irqs"
	((!bar)) || ok "$text: instructions at most $bar %" ratio "$cost" "$c" "$bar"
	ok "$text: no more kicks" test "$kicks" -le "$k"
	[[ $1 != receive ]] || i=$((i + i / 20))
	ok "$text: no more interrupts" test "$irqs" -le "$i"
}

# alone TEXT DRIVER WHAT...: to show it beside the others
alone()
{
	local text=$1 driver=$2
	shift 2
	measure "$@"
	row "$text" "$driver" "$cost" "${touches:--}" "$irqs"
}

pinging()
{
	ip -4 addr flush to 10.0.2.15
	ip addr replace 10.0.2.15/24 dev "$dev"
	ping -q -A -I "$dev" -c "$pings" 10.0.2.2 >/dev/null
	echo 0
}

modprobe -a virtio_net vnic pktgen e1000 igb dummy
diag "$packets packets; instructions of each:"
row "" driver instructions touches interrupts
ip link add floor type dummy
dev=floor
ip link set "$dev" up
alone "pktgen's own part, burst 1" dummy send 1
alone "pktgen's own part, burst 32" dummy send 32
card 0
compare "split, burst 1" 90 send 1
compare "split, burst 32" 60 send 32
card 1
compare "packed, burst 1" 90 send 1
compare "packed, burst 32" 60 send 32
card 3
up
alone "burst 1" e1000 send 1
alone "burst 32" e1000 send 32
card 4
up
alone "burst 1" igb send 1
alone "burst 32" igb send 32

# Each with what it costs virtio_net to send them.
card 5
up
from=$dev
card 6
compare "sent, and received, burst 1" 0 receive 1 "$from"
compare "sent, and received, burst 32" 0 receive 32 "$from"
card 7
up
from=$dev
card 8
up
alone "sent, and received, burst 1" e1000 receive 1 "$from"
alone "sent, and received, burst 32" e1000 receive 32 "$from"
card 9
up
from=$dev
card 10
up
alone "sent, and received, burst 1" igb receive 1 "$from"
alone "sent, and received, burst 32" igb receive 32 "$from"

card 2
packets=1
compare "a ping and its answer, x $pings" 0 pinging
is "$touches" "$kicks" "QEMU sees as many touches of registers as vnic counts"
card 11
up
alone "a ping and its answer, x $pings" e1000 pinging
card 12
up
alone "a ping and its answer, x $pings" igb pinging
done_testing
