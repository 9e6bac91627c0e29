#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# One network card carved into functions, and packets between two of them.

# Functions that await and check call.
# shellcheck disable=SC2317
# shellcheck source=tools/vm/demo/lib.sh
. "$(dirname "$0")/../lib.sh"

title "One card, several owners: virtual functions"
caption <<'END'
With SR-IOV the card itself is shared: it shows up as a physical function (PF) and, when asked, as
virtual ones (VF), each with queues and an address of its own. sriov_demo drives the PF here.
END
module sriov_demo
module sriov_demo_vf
sys=/sys/bus/pci/devices
pf=$(basename "$(dirname "$sys"/*/sriov_totalvfs)")
[[ -e $sys/$pf/sriov_totalvfs ]] || give_up "no card with virtual functions: run the demo with QEMU's igb"
was=
[[ ! -e $sys/$pf/driver ]] || was=$(basename "$(readlink "$sys/$pf/driver")")

# bind BDF DRIVER
bind()
{
	[[ ! -e $sys/$1/driver ]] || echo "$1" >"$sys/$1/driver/unbind"
	echo "$2" >"$sys/$1/driver_override"
	[[ -z $2 ]] || echo "$1" >/sys/bus/pci/drivers_probe
}

chapter_clean_up()
{
	echo 0 >"$sys/$pf/sriov_numvfs"
	echo 1 >"$sys/$pf/sriov_drivers_autoprobe"
	bind "$pf" ""
	[[ -z $was ]] || echo "$pf" >"/sys/bus/pci/drivers/$was/bind"
	ip netns del one
	ip netns del two
} 2>/dev/null

# of VF COUNTER, as the card counts
of()
{
	awk -v name="$2" '$1 == name { print $2 }' "/sys/kernel/debug/sriov_demo/$pf/vf$1/counters"
}

# Interrupts of the PF's queues, and packets that its driver has seen.
pf_cpu()
{
	local irqs
	irqs=$(awk -v name="$net-" 'index($0, name) && !/other|mbx|mailbox/ { for (i = 2; $i ~ /^[0-9]+$/; i++) n += $i } END { print n + 0 }' /proc/interrupts)
	echo "$irqs $(<"/sys/class/net/$net/statistics/rx_packets") $(<"/sys/class/net/$net/statistics/tx_packets")"
}

in_one() { ip netns exec one "$@"; }
linked() { [[ $(ip netns exec "$1" cat /sys/class/net/vf0/carrier 2>/dev/null) == 1 ]]; }
reaches() { in_one ping -q -c 1 -W 1 10.98.0.2 >/dev/null; }

bind "$pf" sriov_demo
await test -d "$sys/$pf/net"
net=$(ls "$sys/$pf/net")
sysctl -qw "net.ipv6.conf.$net.disable_ipv6=1"
ip link set "$net" up
echo 0 >"$sys/$pf/sriov_drivers_autoprobe"
echo
put "\$ echo 2 > /sys/bus/pci/devices/$pf/sriov_numvfs"
echo 2 >"$sys/$pf/sriov_numvfs"
ip link set "$net" vf 0 mac 52:54:00:98:00:01
ip link set "$net" vf 1 mac 52:54:00:98:00:02
vf=("$(basename "$(readlink "$sys/$pf/virtfn0")")" "$(basename "$(readlink "$sys/$pf/virtfn1")")")
number=0
for ns in one two; do
	bind "${vf[number]}" sriov_demo_vf
	await test -d "$sys/${vf[number]}/net"
	eth=$(ls "$sys/${vf[number]}/net")
	ip netns add $ns
	ip link set "$eth" netns $ns name vf0
	ip netns exec $ns sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	number=$((number + 1))
	ip -n $ns addr add 10.98.0.$number/24 dev vf0
	ip -n $ns link set vf0 up
done
await linked one
await linked two
show lspci -s "${pf%%:*}:${pf:5:2}:"
check "two new PCI functions" says "$shown" "${vf[0]#0000:}" and says "$shown" "${vf[1]#0000:}"
check "each with a requester ID of its own" different "${vf[0]}" "${vf[1]}"
show xlate vf -o FUNCTION,VF,DRIVER,MAC,LINK,GROUP "$pf"
check "xlate names both, with the addresses they were given" \
	says "$shown" 52:54:00:98:00:01 and says "$shown" 52:54:00:98:00:02
step

caption <<'END'
The card has sixteen pairs of queues. A function's requester ID is in every DMA of its queues, and by
that the IOMMU finds its page table. Which pair is whose:
END
show cat "/sys/kernel/debug/sriov_demo/$pf/queues"
for number in 0 1; do
	check "pairs $number and $((number + 8)) belong to VF $number, whose ID is ${vf[number]}" \
		matches "$shown" $'\n'"?(# [^"$'\n'"]*"$'\n'")?$number $number vf$number ${vf[number]} " and \
		matches "$shown" $'\n'"$((number + 8)) $number vf$number ${vf[number]} "
done
step

caption <<'END'
Now the owner of VF 0 pings that of VF 1, fifty times. The card's own switch passes the frames on: what
has the PF's driver to do with it?
END
await reaches
before=("$(pf_cpu)" "$(of 0 tx_packets)" "$(of 1 rx_packets)" "$(of 1 tx_packets)" "$(of 0 rx_packets)")
# (With -w it goes on until fifty answers have come, however late they are.)
show -l 0,2 ip netns exec one ping -q -c 50 -w 60 -i 0.002 -s 1000 10.98.0.2
check "fifty came back" says "$shown" " 50 received"
after=("$(pf_cpu)" "$(of 0 tx_packets)" "$(of 1 rx_packets)" "$(of 1 tx_packets)" "$(of 0 rx_packets)")
show ip -s link show dev "$net"
check "the card counted fifty and more from VF 0 to VF 1" \
	less 49 "$((after[1] - before[1]))" and less 49 "$((after[2] - before[2]))"
check "and fifty and more back" \
	less 49 "$((after[3] - before[3]))" and less 49 "$((after[4] - before[4]))"
check "the PF's driver had no interrupt of its queues and no packet for it" \
	same "${after[0]}" "${before[0]}"
the_end
