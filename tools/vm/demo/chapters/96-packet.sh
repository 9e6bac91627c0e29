#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# One packet through the ring of a paravirtual network card.

# shellcheck source=tools/vm/demo/lib.sh
. "$(dirname "$0")/../lib.sh"

title "One packet through a shared ring, with its copy and its kick"
caption <<'END'
A paravirtual network card is memory that guest and host share: a ring of descriptors, each with the
address of a buffer. Here both ends are in one kernel: vnic_host is the device, the kernel's own
virtio_net the driver. The driver's interface goes to a network namespace, the "guest".
END
module vnic_host
modprobe virtio_net 2>/dev/null
ns=xlate-guest
# shellcheck disable=SC2317  # called by lib.sh
chapter_clean_up()
{
	ip link del vnic-demo 2>/dev/null
	ip netns del "$ns" 2>/dev/null
}

# The driver's interface -> $eth
# shellcheck disable=SC2317  # called by await
guest_there()
{
	local v
	v=$(ethtool -i vnic-demo | sed -n 's/^bus-info: //p')
	eth=$(echo "/sys/bus/virtio/devices/$v/net/"*)
	[[ -n $v && -e $eth ]] && eth=${eth##*/}
}

# All counters -> had[QUEUE NAME]; or what was added since -> got[QUEUE NAME]
declare -A had=() got=()
counters()
{
	local q c v
	while read -r q c v; do
		got[$q $c]=$((v - ${had[$q $c]-0}))
		had[$q $c]=$v
	done < <(grep -v '^#' /sys/kernel/debug/vnic_host/vnic-demo/counters)
}

in_guest() { ip netns exec "$ns" "$@"; }

show ip link add vnic-demo numtxqueues 1 numrxqueues 1 type vnic
await guest_there
ip netns add "$ns"
# No packets but ours: no discovery of neighbours or routers.
sysctl -qw net.ipv6.conf.vnic-demo.disable_ipv6=1 "net.ipv6.conf.$eth.disable_ipv6=1"
ip link set "$eth" netns "$ns"
in_guest sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip -n "$ns" addr add 10.99.0.2/24 dev "$eth"
ip -n "$ns" link set "$eth" up
ip addr add 10.99.0.1/24 dev vnic-demo
ip link set vnic-demo up
ip neigh replace 10.99.0.2 lladdr "$(in_guest cat "/sys/class/net/$eth/address")" \
	dev vnic-demo nud permanent
ip -n "$ns" neigh replace 10.99.0.1 lladdr "$(</sys/class/net/vnic-demo/address)" \
	dev "$eth" nud permanent
await ping -q -c 1 -W 1 10.99.0.2 >/dev/null 2>&1
step

caption <<'END'
What both sides agreed on, and the queues: rx and tx as the guest sees them. What the guest may
receive goes into buffers that it put into rx0 beforehand.
END
show xlate nic vnic-demo -o QUEUE,LAYOUT,SIZE,STATE,CHAINS,KICKS,IRQS,COPIED
check "it is VIRTIO 1" says "$shown" "VERSION_1"
show -l 7,1 xlate nic vnic-demo rx0
check "the device has empty buffers to write to" says "$shown" WRITE
step

caption <<'END'
The guest pings the host, once: 56 bytes, and 42 of ICMP, IP and Ethernet before them; in the ring
12 more in front, in which driver and device tell each other of checksums and segments.
END
counters
show ip netns exec "$ns" ping -c 1 10.99.0.1
counters
show xlate nic vnic-demo -n -o QUEUE,CHAINS,KICKS,IRQS,COPIED
check "one buffer went out, one came back" same "${got[tx0 chains]}" 1 and same "${got[rx0 chains]}" 1
check "it took one kick: the guest's \"look at the ring\"" same "${got[tx0 kicks]}" 1
check "no kick for the answer: its buffer was in the ring already" same "${got[rx0 kicks]}" 0
check "but one interrupt: the device's \"look at the ring\"" same "${got[rx0 interrupts]}" 1
check "the device copied 110 bytes out of the guest's memory" same "${got[tx0 bytes_copied]}" 110
check "and 110 into it" same "${got[rx0 bytes_copied]}" 110
check "none was passed on without a copy" same "${got[tx0 bytes_by_reference]}" 0
step

caption <<'END'
The descriptor lies there still, until the driver uses it again: the physical address of the packet
in the guest's memory. The device looks whether that may be touched, and copies: so the guest cannot
change what the host has checked (a bounce buffer).
END
show -l 8,0 xlate nic vnic-demo tx0 --all
check "a descriptor of 110 bytes" says "$shown" " 110 "
step

caption <<'END'
Under a hypervisor the kick would be an exit out of the guest, and the interrupt one back into it. The
guest can ask what the device counted (a feature that no other device has yet):
END
show ip netns exec "$ns" sh -c "ethtool -S $eth | grep -E 'tx0_hw_(packets|notif)|rx0_hw_(packets|inter)'"
counters
check "the guest is told of the same number of kicks" says "$shown" "tx0_hw_notifications: ${had[tx0 kicks]}"
the_end
