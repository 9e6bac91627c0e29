#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: the physical function as a card like others, to a peer outside of it, by VLANs,
# large frames and more queues; and what happens to its virtual functions when it is reset,
# when they were there before its driver, and when a program has one of them.
#
#	here: the PF, 10.0.2.15			namespace o: virtio-net on the same wire, 10.0.2.30
#	namespace a: VF 0, 10.0.2.20	namespace b: VF 1, 10.0.2.21
#
# Devices: igb:net=hub,virtio-net:net=hub,iommu

# Functions that ok calls.
# shellcheck disable=SC2317
# shellcheck source=tools/vm/tests/sriov-lib.sh
. "$(dirname "$0")/sriov-lib.sh"
# shellcheck source=tools/vm/tests/netconsole-lib.sh
. "$(dirname "$0")/netconsole-lib.sh"

work=$(mktemp -d)
bytes=4M
[[ -z ${XLATE_SOAK-} ]] || bytes=$(often 40)M
debug=/sys/kernel/debug/sriov_demo/$pf
qmp=$(dirname "$0")/../qmp

pf_up()
{
	net=$(ls "$sys/$pf/net") || return
	ip link set "$net" up && ip addr replace 10.0.2.15/24 dev "$net" && until_ok 200 pf_link
}

# bind_pf DRIVER
bind_pf()
{
	echo "$1" >"$sys/$pf/driver_override"
	echo "$pf" >/sys/bus/pci/drivers_probe
	[[ $(basename "$(readlink "$sys/$pf/driver")") == "$1" ]]
}

unbind_pf()
{
	echo "$pf" >"$sys/$pf/driver/unbind"
}

outside()
{
	ip neigh flush all
	until_ok 5 ping -c 2 -i 0.2 -w 10 "$@"
}

reset()
{
	echo 1 >"$sys/$1/reset"
}

bring_up()
{
	give 0 && give 1 && place a 0 10.0.2.20 && place b 1 10.0.2.21 &&
		until_ok 200 has_link a && until_ok 200 has_link b
}

linked()
{
	has_link a && has_link b
}

# VF 1 from our driver to the stock one
move_to_igbvf()
{
	local vf

	vf=$(vf_pci 1)
	echo "$vf" >"$sys/$vf/driver/unbind"
	give 1 igbvf && place b 1 10.0.2.21
}

# igbvf's watchdog looks every two seconds, so that packets come without interrupts, too, but late.
interrupted()
{
	local before

	before=$(irqs vf0-rx-0)
	in_a ping -q -A -c 40 -w 60 10.0.2.21 && (($(irqs vf0-rx-0) - before >= 30))
}

# -- to a peer outside ---------------------------------------------------------------------------

modprobe -a virtio_net sriov_demo_vf sriov_demo
for ns in a b o; do
	ip netns add $ns
done
peer=$(ls "$sys"/*/virtio*/net)
ip link set "$peer" netns o name peer
ip -n o addr add 10.0.2.30/24 dev peer
ip -n o link set peer up
ok "the PF has a driver" bind_pf sriov_demo
ok "... and a link" pf_up
pf_up
ok "it reaches the peer" outside 10.0.2.30
for way in "" -R; do
	ok "TCP ${way:+(reverse)}" served o iperf3 -c 10.0.2.30 -n "$bytes" $way
done
ok "a VLAN" ip link add link "$net" name "$net.9" type vlan id 9
ip addr add 10.9.0.15/24 dev "$net.9"
ip link set "$net.9" up
ip -n o link add link peer name peer.9 type vlan id 9
ip -n o addr add 10.9.0.30/24 dev peer.9
ip -n o link set peer.9 up
ok "... reaches the peer's" outside 10.9.0.30
ok "... TCP" served o iperf3 -c 10.9.0.30 -n "$bytes"
ok "... reverse" served o iperf3 -c 10.9.0.30 -n "$bytes" -R
ip link del "$net.9"
ip -n o link set peer mtu 9000
ok "large frames" ip link set "$net" mtu 9000
until_ok 200 pf_link
ok "... of 9000 octets, whole" outside -M "do" -s 8972 10.0.2.30
ok "... TCP" served o iperf3 -c 10.0.2.30 -n "$bytes"
ok "... reverse" served o iperf3 -c 10.0.2.30 -n "$bytes" -R
ip link set "$net" mtu 1500
ip -n o link set peer mtu 1500
until_ok 200 pf_link
most=$(ethtool -l "$net" | awk '$1 == "Combined:" { print $2; exit }')
for n in 1 "$most"; do
	ok "$n queues" ethtool -L "$net" combined "$n"
	until_ok 200 pf_link
	ok "... 8 streams" served o iperf3 -c 10.0.2.30 -n "$bytes" -P 8
	ok "... reverse" served o iperf3 -c 10.0.2.30 -n "$bytes" -P 8 -R
done

for how in "2 200000 0" "0 0 1" "2 200000 1" "0 0 0"; do
	# shellcheck disable=SC2086
	ok "NAPI: deferred, timeout, threaded: $how" polling $how "$net"
	ok "... TCP" served o iperf3 -c 10.0.2.30 -n "$bytes"
	ok "... reverse" served o iperf3 -c 10.0.2.30 -n "$bytes" -R
	ok "... and single ones" outside 10.0.2.30
done

ok "the kernel's log goes by it" log_over - "$net" 10.0.2.15 o 10.0.2.30 "by the PF"
ok "... it reaches the peer" outside 10.0.2.30

# -- resets of the PF -----------------------------------------------------------------------------

ok "reset" reset "$pf"
until_ok 200 pf_link
ok "... it reaches the peer" outside 10.0.2.30
ip link set "$net" down
ok "reset while it is down" reset "$pf"
ok "... up again" pf_up
ok "... it reaches the peer" outside 10.0.2.30

carve 2
ok "two functions have a link" bring_up
ok "they reach each other" reaches a 10.0.2.21
ok "the kernel's log goes by one" log_over a vf0 10.0.2.20 b 10.0.2.21 "by a VF"
ok "... they reach each other" reaches a 10.0.2.21
for n in 1 2 3; do
	traffic_start
	ok "the PF is reset with functions in use" reset "$pf"
	traffic_stop
	ok "... they have a link again" until_ok 300 linked
	ok "... reach each other" reaches a 10.0.2.21
	ok "... and the peer" reaches b 10.0.2.30
	until_ok 200 pf_link
	ok "... the PF does, too" outside 10.0.2.30
done
ip -n a link set vf0 down
ok "... with one that is down" reset "$pf"
ip -n a link set vf0 up
ok "... they have a link again" until_ok 300 linked
ok "... reach each other" reaches a 10.0.2.21
# Its watchdog may take ten seconds until it asks anew.
if modprobe igbvf 2>/dev/null; then
	move_to_igbvf
	ok "igbvf has one: they have a link" until_ok 300 linked
	ok "... reach each other" reaches a 10.0.2.21
	ok "... interrupts say so, not its watchdog" interrupted
	ok "the PF is reset" reset "$pf"
	ok "... they reach each other again" until_ok 30 pinged a 10.0.2.21
	# Nobody may tell it of a reset while it is down: it would wait for ever, and the PF with it.
	ip -n b link set vf0 down
	ok "... while its interface is down" reset "$pf"
	ip -n b link set vf0 up
	ok "... they reach each other again" until_ok 30 pinged a 10.0.2.21
	carve 2
	ok "two functions have a link" bring_up
else
	skip "stock igbvf after a reset of the PF" "no igbvf"
fi

# -- an error of the bus ----------------------------------------------------------------------------

# What the kernel's log has said so often.
recovered()
{
	[[ $(dmesg | grep -c "AER: device recovery successful") == "$1" ]]
}

# QEMU's card reports none by itself (it has no Device Control for that), its root port does. With
# one that is fatal the kernel resets the port's link and waits for it to come back, which
# QEMU's does not say; so it is one that is not.
port=$(basename "$(dirname "$(readlink -f "$sys/$pf")")")
setpci -s "$port" COMMAND=0100:0100 BRIDGE_CONTROL=2:2
for n in 1 2; do
	traffic_start
	ok "an error above the card, with functions in use" "$qmp" hmp "pcie_aer_inject_error rp0 COMP_TIME"
	ok "... they recover" until_ok 100 recovered "$n"
	traffic_stop
	ok "... have a link" until_ok 300 linked
	ok "... reach each other" reaches a 10.0.2.21
	ok "... and the peer" reaches b 10.0.2.30
	until_ok 200 pf_link
	ok "... the PF does, too" outside 10.0.2.30
done

# -- a transmit queue that is stuck ---------------------------------------------------------------

# Takes Enable from transmit queue N of the card (TXDCTL), as if the hardware had stopped.
stop_queue()
{
	python3 -c '
import ctypes, mmap, os, sys
bar = mmap.mmap(os.open(sys.argv[1], os.O_RDWR), 0x20000)
ctypes.c_uint32.from_buffer(bar, 0xe028 + 0x40 * int(sys.argv[2])).value = 0
' "$sys/$pf/resource0" "$1"
}

# timeouts COMMAND...: how many its interface has counted
timeouts()
{
	"$@" | awk '/tx[0-9]*_timeouts:/ { n += $2 } END { print n + 0 }'
}

# more_timeouts N COMMAND...
more_timeouts()
{
	local n=$1
	shift

	[[ $(timeouts "$@") -gt $n ]]
}

# unstuck QUEUES ADDRESS COMMAND...: of those by whose interface ADDRESS is reached. It takes
# more packets than a queue has room for, and the kernel's watchdog five seconds.
unstuck()
{
	local queue queues=$1 address=$2 before
	shift 2

	before=$(timeouts "$@")
	for queue in $queues; do
		stop_queue "$queue" || return
	done
	"${@:1:$#-3}" ping -q -l 2000 -c 2000 -s 1400 -w 30 "$address" >/dev/null &
	until_ok 300 more_timeouts "$before" "$@"
	kill $! 2>/dev/null
	more_timeouts "$before" "$@"
}

# With virtual functions pool 7 is the PF's.
ok "the PF's queues are stuck: found" unstuck "7 15" 10.0.2.30 ethtool -S "$net"
until_ok 200 pf_link
ok "... it reaches the peer again" outside 10.0.2.30
until_ok 300 linked
# Where the other is known: who has to ask for its address sends too little to fill a queue.
ok "... and the functions each other" reaches a 10.0.2.21
ok "a VF's queue is stuck: found" unstuck 0 10.0.2.21 in_a ethtool -S vf0
until_ok 300 linked
ok "... it reaches the other again" reaches a 10.0.2.21

# -- functions that were there before ---------------------------------------------------------------

ok "unbound with functions in use" unbind_pf
is "$(cat "$sys/$pf/sriov_numvfs")" 0 "... takes them away"
if modprobe pci-pf-stub 2>/dev/null; then
	ok "pci-pf-stub has the PF" bind_pf pci-pf-stub
	carve 8
	unbind_pf
	is "$(cat "$sys/$pf/sriov_numvfs")" 8 "... and leaves eight functions behind"
	fails "sriov_demo takes seven at most" bind_pf sriov_demo
	like "$(dmesg)" "it has 8 virtual functions" "... and says so"
	ok "pci-pf-stub has the PF" bind_pf pci-pf-stub
	carve 3
	unbind_pf
	is "$(cat "$sys/$pf/sriov_numvfs")" 3 "... and leaves three functions behind"
	ok "sriov_demo has the PF" bind_pf sriov_demo
	is "$(cat "$sys/$pf/sriov_numvfs")" 3 "... adopts the three"
	like "$(cat "$debug/state")" "vfs 3 of 7" "... and says so"
	like "$(cat "$debug/vf2/state")" "state " "... each of them"
	ok "it has a link" pf_up
	pf_up
	ok "two of them, too" bring_up
	ok "they reach each other" reaches a 10.0.2.21
	ok "... and the peer" reaches b 10.0.2.30
	ok "the PF reaches the peer" outside 10.0.2.30
else
	skip "functions that were there before" "no pci-pf-stub"
	bind_pf sriov_demo
	pf_up
	carve 2
	ok "two functions have a link" bring_up
fi

# -- a program has one ------------------------------------------------------------------------------

# asleep PID: waits for something in the kernel, and for nothing else than the program
asleep()
{
	kill -0 "$1" && grep -q vfio "/proc/$1/stack"
}

modprobe vfio-pci
hold
like "$(tail -n 1 /run/hold.out)" ready "a program has a function"
echo 0 >"$sys/$pf/sriov_numvfs" &
writer=$!
ok "none: waits for the program" until_ok 100 asleep "$writer"
ok "... others are not held up: the PF" outside 10.0.2.30
kill -9 "$holder"
exec 7>&-
wait "$holder" 2>/dev/null
wait "$writer"
is "$?" 0 "... ends when the program does"
is "$(cat "$sys/$pf/sriov_numvfs")" 0 "... with none"
ok "the PF reaches the peer" outside 10.0.2.30
carve 2
ok "two anew" bring_up
ok "... reach each other" reaches a 10.0.2.21
hold
like "$(tail -n 1 /run/hold.out)" ready "a program has a function"
rmmod sriov_demo &
remover=$!
ok "rmmod waits for the program" until_ok 100 asleep "$remover"
kill -9 "$holder"
exec 7>&-
wait "$holder" 2>/dev/null
wait "$remover"
is "$?" 0 "... ends when the program does"
is "$(cat "$sys/$pf/sriov_numvfs")" 0 "... with no functions"
ok "modprobe" modprobe sriov_demo
ok "the PF has a driver" bind_pf sriov_demo
ok "... and a link" pf_up
pf_up
ok "rmmod" rmmod sriov_demo

# -- the end ----------------------------------------------------------------------------------------

# The machine goes down in the midst of traffic of all three: nothing is said of it here, but a
# complaint of the kernel's is one of this test.
ok "modprobe" modprobe sriov_demo
ok "the PF has a driver" bind_pf sriov_demo
ok "... and a link" pf_up
pf_up
carve 2
ok "two functions have a link" bring_up
traffic_start
ping -f -q 10.0.2.30 >/dev/null 2>&1 &
ok "... and traffic" moving
done_testing
