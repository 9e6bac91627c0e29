#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In the guest, with stock igb and igbvf: `xlate vf` shows what sysfs and ip-link(8) show,
# sets what ip-link(8) then finds set, and answers each mistake with advice.

# shellcheck source=tools/vm/tests/lib.sh
. "$(dirname "$0")/lib.sh"

out=$(xlate vf 2>&1)
pf=$(basename "$(dirname /sys/bus/pci/devices/*/sriov_totalvfs)")

# advice STATUS REGEX TEXT ARGUMENT...: xlate vf set ARGUMENT... fails so, with these words
advice()
{
	local status=$1 words=$2 text=$3 said
	shift 3

	said=$(xlate vf set "$@" 2>&1)
	is $? "$status" "$text: status $status"
	like "$said" "$words" "... and the message says what to do"
}

# FIELD -> of all VFs, as xlate tells it, one a line
told()
{
	xlate vf "$pf" --json | jq -r ".vf[0].children[].$1"
}

# PID COMMAND: the process has become that
# shellcheck disable=SC2317 # through wait_for
is_now()
{
	[[ $(<"/proc/$1/comm") == "$2" ]]
}

# shellcheck disable=SC2317 # through wait_for
last_state_is()
{
	[[ $(told state | tail -n 1) == "$1" ]]
}

# FILTER -> of all VFs, as ip-link(8) tells it
ip_told()
{
	ip -j link show "$net" | jq -r ".[0].vfinfo_list[] | $1"
}

like "$out" "$pf" "without a driver the PF is there"
advice 1 "bind one that can" "no driver: no VFs" "$pf" count 1
modprobe igb
modprobe igbvf
# The interface is there when the driver's probe is done, which modprobe waits for.
net=$(ls "/sys/bus/pci/devices/$pf/net")

is "$(xlate vf set "$pf" count 3 2>&1)" "" "three VFs"
is "$(cat "/sys/bus/pci/devices/$pf/sriov_numvfs")" 3 "... are three"
is "$(told function)" "$(for i in 0 1 2; do basename "$(readlink "/sys/bus/pci/devices/$pf/virtfn$i")"; done)" \
	"their names are those of virtfn0..2"
is "$(told netdev)" "$(for i in 0 1 2; do ls "/sys/bus/pci/devices/$pf/virtfn$i/net"; done)" "and their interfaces"
is "$(told driver | sort -u)" igbvf "and their driver"
is "$(told group)" "$(for i in 0 1 2; do basename "$(readlink "/sys/bus/pci/devices/$pf/virtfn$i/iommu_group")"; done)" \
	"and their IOMMU groups"
first=$(told function | head -n 1)

advice 1 "count 0" "another number of VFs" "$pf" count 2
advice 1 "0 to 7" "too many VFs" "$pf" count 8
advice 1 "has no VF 7" "a VF that is not there" "$pf" vf 7 trust on
advice 1 "xlate vf lists" "a function that is not there" 0000:7f:1f.7 count 1
advice 2 "no MAC address" "half a MAC address" "$pf" vf 0 mac 52:54:00
advice 2 "no number from 0 to 4095" "a VLAN out of range" "$pf" vf 0 vlan 4096
advice 2 "not on or off" "a switch in between" "$pf" vf 0 trust maybe
advice 2 "to what" "a setting without a value" "$pf" vf 0 trust
advice 2 "no setting" "an unknown setting behind a good one" "$pf" vf 0 trust on colour red
is "$(ip_told .trust | head -n 1)" false "... and nothing of it was set"
advice 1 "802.1q only" "a tag that the card does not know" "$pf" vf 0 vlan 5 proto 802.1ad

ip link set "$net" up
is "$(xlate vf set "$pf" vf 0 mac 52:54:00:11:22:33 vlan 5 qos 3 2>&1)" "" "address and tag of VF 0"
is "$(xlate vf set "$(told function | sed -n 2p)" mac 52:54:00:11:22:44 spoofchk off 2>&1)" "" "VF 1, by its own name"
is "$(xlate vf set "$net" vf 2 trust on 2>&1)" "" "VF 2, by the PF's interface"
is "$(ip_told .address)" $'52:54:00:11:22:33\n52:54:00:11:22:44\n00:00:00:00:00:00' "ip-link finds the addresses"
is "$(ip_told '"\(.vlan_list[0].vlan // 0).\(.vlan_list[0].qos // 0)"')" $'5.3\n0.0\n0.0' "and the tags"
is "$(ip_told .spoofchk)" $'true\nfalse\ntrue' "and spoofchk"
is "$(ip_told .trust)" $'false\nfalse\ntrue' "and trust"
is "$(told mac)" $'52:54:00:11:22:33\n52:54:00:11:22:44\nnull' "xlate vf shows the same addresses"
is "$(told vlan)" $'5.3\nnull\nnull' "and tags"
is "$(told spoofchk)" $'on\noff\non' "and spoofchk"
is "$(told trust)" $'off\noff\non' "and trust"
is "$(xlate vf set "$pf" vf 0 qos 4 2>&1; ip_told '"\(.vlan_list[0].vlan // 0).\(.vlan_list[0].qos // 0)"' | head -n 1)" \
	5.4 "a new priority leaves the tag's number"

is "$(xlate vf set "$pf" count 0 2>&1)" "" "no VFs"
is "$(xlate vf set "$pf" autoprobe off 2>&1)" "" "and no drivers for new ones"
is "$(xlate vf set "$pf" count 1 2>&1; told driver)" null "a VF without a driver"
modprobe vfio-pci
echo vfio-pci >"/sys/bus/pci/devices/$first/driver_override"
echo "$first" >/sys/bus/pci/drivers_probe
is "$(told driver)" vfio-pci "... that goes to vfio-pci"
# A process that uses it: the kernel would wait for its end.
sleep 10000 9<>"/dev/vfio/$(told group)" &
holder=$!
wait_for 60 is_now "$holder" "sleep"
is "$(told holder)" "sleep[$holder]" "xlate vf names it"
advice 1 "$first, is used by .*\[$holder\]" "removing a VF that a process has" "$pf" count 0
is "$(cat "/sys/bus/pci/devices/$pf/sriov_numvfs")" 1 "... which stays"
kill "$holder"
wait "$holder" 2>/dev/null
is "$(xlate vf set "$pf" count 0 2>&1; cat "/sys/bus/pci/devices/$pf/sriov_numvfs")" 0 \
	"when that has ended, it is removed, though vfio-pci has it"

# -- with sriov_demo, which knows more --------------------------------------------------

is "$(xlate vf "$pf" --json | jq -r '.vf[0].pairs')" null "with igb, no queue pairs"
rmmod igb
modprobe sriov_demo
modprobe sriov_demo_vf
echo sriov_demo >"/sys/bus/pci/devices/$pf/driver_override"
echo "$pf" >/sys/bus/pci/drivers_probe
is "$(xlate vf set "$pf" count 2 2>&1)" "" "two VFs by sriov_demo"
second=$(told function | tail -n 1)
is "$(xlate vf "$pf" --json | jq -r '.vf[0].pairs')" 2,3,4,5,6,7,10,11,12,13,14,15 "the PF's queue pairs"
is "$(told pairs)" $'0,8\n1,9' "the VFs' are N and N + 8"
is "$(told state)" $'reset\nreset' "nobody has asked for them"
like "$(told reason)" "carved|function-reset" "... since they were carved"
ip link set "$(ls "/sys/bus/pci/devices/$pf/net")" up
echo sriov_demo_vf >"/sys/bus/pci/devices/$second/driver_override"
echo "$second" >/sys/bus/pci/drivers_probe
ip link set "$(ls "/sys/bus/pci/devices/$second/net")" up
wait_for 60 last_state_is ready
is "$(told state)" $'reset\nready' "a driver makes one ready"
is "$(told reason | tail -n 1)" driver-asked "... by asking"
rmmod sriov_demo
is "$(xlate vf "$pf" --json | jq -r '.vf[0] | .pairs, .driver')" $'null\nnull' "gone with it"
done_testing
