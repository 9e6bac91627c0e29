#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: sriov_demo_vf on the virtual functions of an 82576.
# usage: sriov-vf.sh [PF-DRIVER [PEER]], by default igb and sriov_demo_vf
#
# PEER drives VF 1: the stock igbvf there is a judge of what VF 0 sends and takes.
#
# The functions' interfaces live in network namespaces of their own, so that what goes from
# one to another goes through the card:
#
#	namespace a: VF 0, 10.0.2.20	namespace b: VF 1, 10.0.2.21	here: the PF, 10.0.2.15
#	outside: QEMU's user network, 10.0.2.2

# Functions that ok calls.
# shellcheck disable=SC2317
# shellcheck source=tools/vm/tests/sriov-lib.sh
. "$(dirname "$0")/sriov-lib.sh"

pf_driver=${1-igb}
peer=${2-sriov_demo_vf}
cycles=3
bytes=4M
[[ -z ${XLATE_SOAK-} ]] || { cycles=$(often 50) bytes=$(often 40)M; }

bring_up()
{
	give 0 && give 1 "$peer" && place a 0 10.0.2.20 && place b 1 10.0.2.21 &&
		until_ok 100 has_link a && until_ok 100 has_link b
}

# set_up_since COUNT: VF 0 was set up anew
set_up_since()
{
	[[ $(counter a resets) -gt $1 ]]
}

# -- binding ----------------------------------------------------------------------------

modprobe sriov_demo_vf
modprobe "$peer"
modprobe "$pf_driver"
if [[ $pf_driver != igb ]]; then
	echo "$pf_driver" >"$sys/$pf/driver_override"
	echo "$pf" >/sys/bus/pci/drivers_probe
fi
net=$(ls "$sys/$pf/net")
ip link set "$net" up
ip addr add 10.0.2.15/24 dev "$net"
ip netns add a
ip netns add b

carve 2
vf_pci 0 >/sys/bus/pci/drivers_probe
fails "nobody asked for it: it does not bind" test -e "$sys/$(vf_pci 0)/driver"
like "$(modinfo -F alias sriov_demo_vf)" '^$' "and nothing makes udev load it"

# -- a sound NIC ---------------------------------------------------------------------------

ip link set "$net" vf 0 mac 52:54:00:00:00:20
ok "two functions, each in its namespace, have a link" bring_up
is "$(in_a cat /sys/class/net/vf0/address)" 52:54:00:00:00:20 "the address that the PF gave"
ok "a reaches the outside" reaches a 10.0.2.2
ok "a reaches b" reaches a 10.0.2.21
ok "b reaches a, in frames of all sizes" reaches b 10.0.2.20 -s 1472 -M "do"
ok "a reaches the PF" reaches a 10.0.2.15
ok "the PF reaches b" until_ok 5 ping -c 1 -w 10 10.0.2.21
ok "a finds b by multicast (IPv6)" until_ok 50 in_a ping -6 -c 1 -w 1 \
	"$(in_b ip -j -6 addr show dev vf0 |
		jq -r '.[].addr_info[]? | select(.scope == "link").local')%vf0"

for way in "" -R; do
	ok "TCP between two functions ${way:+(reverse)}" served b in_a iperf3 -c 10.0.2.21 -n "$bytes" $way
done
ok "UDP, too" served b in_a iperf3 -c 10.0.2.21 -u -b 20M -n "$bytes"
bad=$(counter b rx0_csum_bad)
[[ $peer == sriov_demo_vf ]] || bad=$(counter b rx_csum_offload_errors)
is "$(counter a rx0_csum_bad).$bad.$(counter a rx0_errors)" 0.0.0 "with no bad checksum or frame"
is "$(counter a tx0_timeouts).$(counter a tx0_dropped)" 0.0 "and nothing stuck or dropped"
received=$(counter a rx0_packets)
ok "ip -s and ethtool -S agree" test "$(in_a cat /sys/class/net/vf0/statistics/rx_packets)" -ge "$received"
ok "and so does the hardware" test "$(counter a hw_rx_packets)" -ge "$received"
for feature in tso tx sg rx; do
	ok "ethtool -K $feature off" in_a ethtool -K vf0 $feature off
done
ok "... frames still move" served b in_a iperf3 -c 10.0.2.21 -n "$bytes"
ok "and on again" in_a ethtool -K vf0 rx on sg on tx on tso on

# -- what the PF must grant ------------------------------------------------------------------

fails "another address than the administrator's is refused" in_a ip link set vf0 address 52:54:00:00:00:99
like "$(dmesg)" "52:54:00:00:00:99 is refused" "and the log says why"
ok "where there is none, it is granted" in_b ip link set vf0 address 52:54:00:00:00:98
ok "and used" reaches a 10.0.2.21
for ns in a b; do
	ip -n "$ns" link add link vf0 name tagged type vlan id 5
	ip -n "$ns" addr add "10.0.5.$([[ $ns == a ]] && echo 20 || echo 21)/24" dev tagged
	ip -n "$ns" link set tagged up
done
ok "VLAN 5" reaches a 10.0.5.21
ip -n a link del tagged
ip -n b link del tagged
ip link set "$net" mtu 9000
ok "jumbo frames: a" in_a ip link set vf0 mtu 9000
ok "jumbo frames: b" in_b ip link set vf0 mtu 9000
until_ok 100 has_link a
until_ok 100 has_link b
ok "... of 9000 bytes" reaches a 10.0.2.21 -s 8972 -M "do"
ok "TCP in them" served b in_a iperf3 -c 10.0.2.21 -n "$bytes"
in_a ip link set vf0 mtu 1500
in_b ip link set vf0 mtu 1500
ip link set "$net" mtu 1500
until_ok 100 has_link a
until_ok 100 has_link b
ok "promiscuous, as far as it goes" in_a ip link set vf0 promisc on
ok "and back" in_a ip link set vf0 promisc off

# -- ethtool -----------------------------------------------------------------------------------

like "$(in_a ethtool -i vf0)" "driver: sriov_demo_vf.*bus-info: $(vf_pci 0)" "ethtool -i"
like "$(in_a ethtool vf0)" "Speed: 1000Mb/s.*Duplex: Full.*Link detected: yes" "link settings"
ok "ethtool -G" in_a ethtool -G vf0 rx 1024 tx 512
like "$(in_a ethtool -g vf0 | tr '\n' ' ')" "Current.*RX:[[:space:]]+1024.*TX:[[:space:]]+512" "... is shown by -g"
fails "ethtool -G with too few" in_a ethtool -G vf0 rx 8
ok "ethtool -C" in_a ethtool -C vf0 rx-usecs 50
like "$(in_a ethtool -c vf0)" "rx-usecs:[[:space:]]+50" "... is shown by -c"
for how in "2 200000 0" "0 0 1" "2 200000 1" "0 0 0"; do
	# shellcheck disable=SC2086
	ok "NAPI: deferred, timeout, threaded: $how" polling $how vf0 in_a
	ok "... TCP out" served b in_a iperf3 -c 10.0.2.21 -n "$bytes"
	ok "... and in" served b in_a iperf3 -c 10.0.2.21 -n "$bytes" -R
	ok "... and single ones" reaches a 10.0.2.21
done
like "$(in_a ethtool -l vf0 | tr '\n' ' ')" "Combined:[[:space:]]+2.*Combined:[[:space:]]+1" "one pair of two"
until_ok 100 has_link a
if [[ $pf_driver == igb ]]; then
	fails "igb grants no second one" in_a ethtool -L vf0 combined 2
else
	ok "ethtool -L" in_a ethtool -L vf0 combined 2
	until_ok 100 has_link a
	ok "TCP over two pairs" served b in_a iperf3 -c 10.0.2.21 -P 8 -n "$bytes"
	ok "... comes in by the second, too" test "$(counter a rx1_packets)" -gt 0
	ok "back to one" in_a ethtool -L vf0 combined 1
fi
ok "ethtool -d" in_a ethtool -d vf0 raw on
until_ok 100 has_link a
like "$(in_a ethtool -t vf0 offline)" "result is PASS" "ethtool -t offline"
until_ok 100 has_link a
ok "and all goes on" reaches a 10.0.2.21

# -- what may happen ----------------------------------------------------------------------------

up_down()
{
	local i

	for ((i = 0; i < cycles; i++)); do
		ip -n a link set vf0 down && ip -n a link set vf0 up || return
	done
	until_ok 100 has_link a
}

ok "down and up, $cycles times" up_down
ok "... and it works" reaches a 10.0.2.21

ip link set "$net" down
ok "the PF is down: no link" until_ok 100 no_link a
ip link set "$net" up
ok "the PF is up: a link" until_ok 200 has_link a
ok "... for both" until_ok 200 has_link b
ok "... and it works" reaches a 10.0.2.21
traffic_start
ok "traffic" moving
resets=$(counter a resets)
# New rings are what resets the whole card.
ethtool -G "$net" rx 512
ok "the PF is reset in mid-traffic: set up anew" until_ok 200 set_up_since "$resets"
ok "... both" until_ok 200 has_link b
ok "... and traffic goes on" moving

for ((i = 0; i < cycles; i++)); do
	echo 1 >"$sys/$(vf_pci 0)/reset" || break
done
is "$i" "$cycles" "function-level resets in mid-traffic"
ok "... link" until_ok 200 has_link a
ok "... and traffic goes on" moving

# A function-level reset of the physical one. igb tells nobody of it, itself included; the
# virtual functions' configuration space is gone for good: no bus mastering, no vectors. The
# driver says when it has found that.
physical_reset()
{
	local now

	read -r now _ </proc/uptime
	echo 1 >"$sys/$pf/reset" &&
		ip link set "$net" down && ip link set "$net" up && until_ok 300 restored_since "$now"
}

# restored_since UPTIME: so it says of VF 0
restored_since()
{
	dmesg | awk -F '[][]' -v since="$1" -v vf="$(vf_pci 0)" '
		$2 + 0 >= since && index($0, vf) && /its configuration space was reset/ { found = 1 }
		END { exit !found }'
}

# The stock driver of virtual functions does not come back from there.
if [[ $pf_driver == igb && $peer == sriov_demo_vf ]]; then
	traffic_stop
	ok "the physical function is reset behind its driver's back" physical_reset
	ok "... virtual ones go on: a" until_ok 300 has_link a
	ok "... and b" until_ok 300 has_link b
	ok "... they work" reaches a 10.0.2.21
	traffic_start
fi

regive()
{
	local i

	for ((i = 0; i < cycles; i++)); do
		vf_pci 0 >/sys/bus/pci/drivers/sriov_demo_vf/unbind || return
		give 0
		place a 0 10.0.2.20 || return
	done
	until_ok 200 has_link a
}

# igbvf, where it has the other one, was not taken away.
again()
{
	if [[ $peer == igbvf ]]; then
		vf_pci 1 >/sys/bus/pci/drivers/igbvf/unbind || return
	fi
	bring_up
}

ok "unbound and bound in mid-traffic, $cycles times" regive
traffic_stop
traffic_start
ok "... and traffic goes on" moving
ok "rmmod in mid-traffic" rmmod sriov_demo_vf
traffic_stop
ok "modprobe" modprobe sriov_demo_vf
ok "... and all of it again" again
traffic_start
ok "... traffic, too" moving

carving()
{
	local i

	for ((i = 0; i < cycles; i++)); do
		carve 7 && carve 2 && bring_up && reaches a 10.0.2.21 || return
		traffic_start
		carve 0
		traffic_stop
	done
}

traffic_stop
ok "carved anew in mid-traffic, $cycles times, and all of them gone" carving
rmmod sriov_demo_vf
unlike "$(lsmod)" "sriov_demo_vf" "rmmod"
done_testing
