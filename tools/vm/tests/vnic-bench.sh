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
# Cards by their number, as in the scenario: 0 to 3 split and 4 to 7 packed, each on a hub where
# nobody listens; 8 one on QEMU's user network; 9 e1000 and 10 igb, as 0; 11, 13 and 15
# virtio-net, which send to 12 virtio-net, 14 e1000 and 16 igb; 17 e1000 and 18 igb, as 8.
#
# So that all can be counted again, time goes by in guest instructions only: QEMU handles a
# notification at once (ioeventfd=off), and sends by a timer of its own (tx=timer). That timer
# (x-txtimer) is far shorter than a ring of 256 packets takes to fill: with QEMU's 150 us both
# drivers would wait for it, and 586 instructions be the least to be seen. A timer and a loop
# may fall in step: there are several, and what counts is their sum.
#
# Facts are tests: never more notifications and interrupts than virtio_net, and at most 0.9 and
# 0.6 of the instructions. Of what is received interrupts are those of the sender's timer, with
# both drivers: a hundredth of them is chance. So it is with notifications of what is sent one by one:
# one each time that the timer has run, so that they depend on how many packets fit into its time, but
# for the last one; of both layouts together they are never more.
# What is received is to nobody, on an interface that takes all, so that
# the stack throws it away as soon as it sees it; what the sender costs is taken off.

# Functions are called by name.
# shellcheck disable=SC2317
# shellcheck source=tools/vm/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/vm/tests/touch-lib.sh
. "$(dirname "$0")/touch-lib.sh"
# shellcheck source=tools/vm/tests/pktgen-lib.sh
. "$(dirname "$0")/pktgen-lib.sh"

sys=/sys/bus/pci/devices
packets=16000
pings=100
nobody=02:00:00:00:00:02
f='' touches='' taken=0
declare -A sent one_by_one

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

# Bytes copied by the driver; "-" of one that does not count them.
copied()
{
	ethtool -S "$dev" 2>/dev/null |
		awk '/rx_copied_bytes:/ { n += $2; counts = 1 } END { print counts ? n : "-" }'
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

# send BURST
send() { pktgen_run "$dev" "$1" "$nobody" "$packets" || exit; }

arrived() { (($(<"$1") - $2 >= packets)); }

# receive BURST INTERFACE: what that one sends
receive()
{
	local count=/sys/class/net/$dev/statistics/rx_packets before
	(($(<"/sys/class/net/$dev/flags") & 0x100)) || ip link set "$dev" promisc on
	before=$(<"$count")
	pktgen_run "$2" "$1" "$nobody" "$packets" || exit
	wait_for 10 arrived "$count" "$before" || echo "$dev: lost packets" >&2
}

# measure WHAT...: $cost of one of $packets; $kicks, $irqs and $bytes copied of all; $touches, what
# QEMU sees.
measure()
{
	local k i b
	"$@" >/dev/null
	k=$(kicks) i=$(interrupts) b=$(copied)
	[[ -z $f ]] || touches_start
	"$@" >/run/cost
	[[ -z $f ]] || touches=$(touches_of "$f")
	cost=$(</run/cost)
	cost=$((cost * 1000 / packets)) kicks=$(($(kicks) - k)) irqs=$(($(interrupts) - i))
	bytes=-
	[[ $b == - ]] || bytes=$(($(copied) - b))
}

# ratio A B PERCENT: A is at most that part of B
ratio() { (($1 * 100 <= $2 * $3)); }

# row TEXT DRIVER COST TOUCHES INTERRUPTS COPIED
row() { diag "$(printf '%-38s %-10s %12s %10s %10s %10s' "$@")"; }

# compare TEXT PERCENT CARDS WHAT...: the sum of those cards
compare()
{
	local text=$1 bar=$2 cards=$3 driver n
	local -A c=() k=() t=() i=() b=()
	shift 3
	for driver in virtio-pci vnic; do
		for n in $cards; do
			card "$n"
			give "$driver"
			measure "$@"
			c[$driver]=$((${c[$driver]-0} + cost))
			k[$driver]=$((${k[$driver]-0} + kicks))
			t[$driver]=$((${t[$driver]-0} + touches))
			i[$driver]=$((${i[$driver]-0} + irqs))
			[[ $bytes == - ]] || b[$driver]=$((${b[$driver]-0} + bytes))
			[[ $1$n$driver != send0virtio-pci ]] || sent[$2]=$cost
		done
		n=$(wc -w <<<"$cards")
		c[$driver]=$((c[$driver] / n - taken))
		row "$text" "$driver" "${c[$driver]}" "${k[$driver]}" "${i[$driver]}" "${b[$driver]--}"
		# QEMU's count, which neither driver makes.
		is "${t[$driver]}" "${k[$driver]}" "$text, $driver: as many touches as kicks"
	done
	((!bar)) || ok "$text: instructions at most $bar %" ratio "${c[vnic]}" "${c[virtio-pci]}" "$bar"
	case $1 in
	send)		is "${b[vnic]}" 0 "$text: nothing is copied" ;;
	receive)	is "${b[vnic]}" $((60 * packets)) "$text: each byte is copied once" ;;
	esac
	case "$*" in
	"send 1")
		for driver in virtio-pci vnic; do
			one_by_one[$driver]=$((${one_by_one[$driver]-0} + k[$driver]))
		done
		ok "$text: no more kicks" ratio "${k[vnic]}" "${k[virtio-pci]}" 101 ;;
	*)
		ok "$text: no more kicks" test "${k[vnic]}" -le "${k[virtio-pci]}" ;;
	esac
	case $1 in
	receive)
		ok "$text: no more interrupts" ratio "${i[vnic]}" "${i[virtio-pci]}" 101 ;;
	*)
		ok "$text: no more interrupts" test "${i[vnic]}" -le "${i[virtio-pci]}" ;;
	esac
}

# alone TEXT DRIVER WHAT...: to show it beside the others
alone()
{
	local text=$1 driver=$2
	shift 2
	measure "$@"
	row "$text" "$driver" $((cost - taken)) "${touches:--}" "$irqs" "$bytes"
}

# Microseconds of all pings, without those of starting the program.
pinging()
{
	local start begun
	ip -4 addr flush to 10.0.2.15
	ip addr replace 10.0.2.15/24 dev "$dev"
	start=$(busy)
	ping -q -c 1 127.0.0.1 >/dev/null
	begun=$(busy)
	ping -q -A -I "$dev" -c "$pings" 10.0.2.2 >/dev/null
	echo $((($(busy) - begun - (begun - start)) / 1000))
}

modprobe -a virtio_net vnic pktgen e1000 igb dummy
diag "$packets packets; instructions of each:"
row "" driver instructions touches interrupts copied
ip link add floor type dummy
dev=floor
ip link set "$dev" up
alone "pktgen's own part, burst 1" dummy send 1
alone "pktgen's own part, burst 32" dummy send 32
compare "split, burst 1" 90 "0 1 2 3" send 1
compare "split, burst 32" 60 "0 1 2 3" send 32
compare "packed, burst 1" 90 "4 5 6 7" send 1
ok "burst 1, both layouts: no more kicks" test "${one_by_one[vnic]}" -le "${one_by_one[virtio-pci]}"
compare "packed, burst 32" 60 "4 5 6 7" send 32
card 9
up
alone "burst 1" e1000 send 1
alone "burst 32" e1000 send 32
card 10
up
alone "burst 1" igb send 1
alone "burst 32" igb send 32

# Another end of the same wire, so that what the first sends costs the same.
for burst in 1 32; do
	card 11
	up
	from=$dev taken=${sent[$burst]}
	compare "received, burst $burst" $((burst == 1 ? 90 : 60)) 12 receive $burst "$from"
	for n in "13 14 e1000" "15 16 igb"; do
		read -r a b driver <<<"$n"
		card "$a"
		up
		from=$dev
		card "$b"
		up
		ethtool -G "$dev" rx 4096
		alone "received, burst $burst" "$driver" receive $burst "$from"
	done
done
taken=0

packets=$pings
compare "a ping and its answer, x $pings" 0 8 pinging
card 17
up
alone "a ping and its answer, x $pings" e1000 pinging
card 18
up
alone "a ping and its answer, x $pings" igb pinging
done_testing
