#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: the card is unplugged by QEMU's device_del, in the midst of traffic, and plugged
# in again. It is an orderly end: the kernel is asked, by ACPI or by the slot (pciehp), lets the
# drivers go, and only then is the power off.
# usage: sriov-unplug.sh [PF-DRIVER], by default sriov_demo
#
#	namespace a: VF 0, sriov_demo_vf, 10.0.2.20	here: the PF, 10.0.2.15
#	namespace b: VF 1, the same or stock igbvf, 10.0.2.21	outside: QEMU's user network, 10.0.2.2

# Functions that ok calls.
# shellcheck disable=SC2317
# shellcheck source=tools/vm/tests/sriov-lib.sh
. "$(dirname "$0")/sriov-lib.sh"

pf_driver=${1-sriov_demo}
cycles=1
[[ -z ${XLATE_SOAK-} ]] || cycles=$(often 10)
qmp=$(dirname "$0")/../qmp
debug=/sys/kernel/debug/sriov_demo
port=$(basename "$(dirname "$(readlink -f "$sys/$pf")")")
mac=52:54:00:78:6c:00

# The driver's interface has a name -> $net
has_net()
{
	net=$(ls "$sys/$pf/net") && [[ -n $net ]]
}

bind_pf()
{
	# Stock igb takes each card that comes, by itself.
	if [[ $pf_driver != igb ]]; then
		echo "$pf_driver" >"$sys/$pf/driver_override"
		echo "$pf" >/sys/bus/pci/drivers_probe
	fi
	wait_for 60 has_net || return
	ip link set "$net" up && ip addr replace 10.0.2.15/24 dev "$net" &&
		until_ok 200 pf_link
}

outside()
{
	ip neigh flush all
	until_ok 5 ping -c 1 -w 10 10.0.2.2
}

bring_up()
{
	give 0 && give 1 "$1" && place a 0 10.0.2.20 && place b 1 10.0.2.21 &&
		until_ok 200 has_link a && until_ok 200 has_link b
}

plugged()
{
	"$qmp" qom-list path=/machine/peripheral/nic0
}

unplugged()
{
	! plugged
}

# By a slot it takes five seconds, in which its button may be pressed again.
unplug()
{
	"$qmp" device_del id=nic0 && wait_for 120 unplugged
}

plug()
{
	"$qmp" device_add driver=igb id=nic0 bus=rp0 netdev=net0 romfile= "mac=$mac" &&
		wait_for 60 test -e "$sys/$pf/sriov_totalvfs"
}

# Functions on the bus below the slot, by what their names begin with.
functions()
{
	find "$sys/$port/" -mindepth 1 -maxdepth 1 -name '????:??:??.?' | wc -l
}

# Names of all of them, here and in the namespaces.
interfaces()
{
	local ns

	for ns in "" "-n a" "-n b"; do
		# shellcheck disable=SC2086
		ip $ns -j link show | jq -r '.[].ifname'
	done
}

# What the kernel has of the card and its drivers after it has gone.
nothing_left()
{
	is "$(functions)" 0 "$1: no function is left"
	is "$(interfaces)" "$before" "... no interface"
	is "$(grep -c "$pf_driver\|vf0\|$net" /proc/interrupts)" 0 "... no interrupt"
	is "$(ls "$debug" 2>/dev/null)" "" "... nothing in debugfs"
}

# plugged_in WHAT: a new card, and it works
plugged_in()
{
	ok "$1: plugged in again" plug
	ok "... the driver takes it, and has a link" bind_pf
	net=$(ls "$sys/$pf/net")
	is "$(cat "/sys/class/net/$net/address")" "$mac" "... its address"
	ok "... the outside" outside
}

ip netns add a
ip netns add b
before=$(interfaces)
modprobe -a sriov_demo_vf "$pf_driver"
ok "the PF has an interface, and a link" bind_pf
net=$(ls "$sys/$pf/net")
ok "it reaches the outside" outside

for ((i = 0; i < cycles; i++)); do
	ping -f -q 10.0.2.2 >/dev/null 2>&1 &
	pinging=$!
	ok "the PF alone, in traffic: unplugged" unplug
	kill $pinging
	wait $pinging 2>/dev/null
	nothing_left "the PF alone"
	plugged_in "the PF alone"

	for peer in sriov_demo_vf igbvf; do
		modprobe $peer
		carve 2
		ok "two functions, by sriov_demo_vf and $peer, have a link" bring_up $peer
		ok "... reach each other" reaches a 10.0.2.21
		traffic_start
		ip netns exec a ping -f -q -s 1000 10.0.2.2 >/dev/null 2>&1 &
		traffic+=" $!"
		ok "... traffic" moving
		ok "with functions in traffic: unplugged" unplug
		traffic_stop
		nothing_left "with functions"
		plugged_in "with functions"
	done
done

# Somebody in the kernel waits for one: the thread of ACPI's events, or of the slot's interrupts.
waits_for_program()
{
	grep -qs vfio_unregister /proc/[0-9]*/stack
}

# A program that has a function is asked to let it go, and waited for.
if [[ -n $(ls "/sys/kernel/iommu_groups") ]] && modprobe vfio-pci; then
	carve 2
	give 0 && place a 0 10.0.2.20
	ok "a function has a link" until_ok 200 has_link a
	hold
	like "$(tail -n 1 /run/hold.out)" ready "a program has the other"
	ok "asked for" "$qmp" device_del id=nic0
	ok "... waits for the program" wait_for 60 waits_for_program
	ok "... which keeps the card in" plugged
	kill -9 $holder
	exec 7>&-
	wait $holder 2>/dev/null
	ok "... and is unplugged when that has ended" wait_for 120 unplugged
	nothing_left "a program had a function"
	plugged_in "a program had a function"
else
	skip "unplugged while a program has a function" "no IOMMU"
fi

carve 2
ok "two functions have a link" bring_up sriov_demo_vf
traffic_start
ok "rmmod sriov_demo_vf" rmmod sriov_demo_vf
traffic_stop
ok "rmmod $pf_driver" rmmod "$pf_driver"
ok "unplugged with no driver" unplug
is "$(functions)" 0 "... no function is left"
ip netns del a
ip netns del b
done_testing
