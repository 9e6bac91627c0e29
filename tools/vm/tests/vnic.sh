#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: vnic.sh PART...
#
# In the guest: vnic on QEMU's virtio-net-pci. Its partner is another one with the kernel's
# own virtio_net, in a network namespace, so that packets really take both devices:
#
#   10.8.0.1 vnic on slot 0 <-> QEMU's hub <-> virtio_net on slot 1, 10.8.0.2 in "peer"
#
# PART: cells (devices with and without each feature; all of them: split, packed), ethtool, kinds
# (what else QEMU's device can be), rings (debugfs and xlate nic against what QEMU says), filters
# (the same), counts (of interrupts and of batches), life (all ways to go, with traffic), goodbye
# (the shortest of them), lost (kicks, interrupts, commands, a stuck device), stock (what the
# kernel and PCI do to a network card), outside (QEMU's user network, on the device of -d
# virtio-net), memory (allocations fail; on debug only). Alone, dgram: two devices joined by datagram
# sockets; tap: two on a bridge of the host, which have checksums, segmentation and several queues;
# tapcells: cells on that bridge, their partner is the device of -d virtio-net:net=bridge.

# Functions are called by name.
# shellcheck disable=SC2317
# shellcheck source=tools/vm/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/vm/tests/pktgen-lib.sh
. "$(dirname "$0")/pktgen-lib.sh"
# shellcheck source=tools/vm/tests/capture-lib.sh
. "$(dirname "$0")/capture-lib.sh"
# shellcheck source=tools/vm/tests/netconsole-lib.sh
. "$(dirname "$0")/netconsole-lib.sh"
# shellcheck source=tools/vm/tests/nic-lib.sh
. "$(dirname "$0")/nic-lib.sh"

sys=/sys/bus/pci/devices
debugfs=/sys/kernel/debug/vnic
work=$(mktemp -d)
cycles=1
[[ -z ${XLATE_SOAK-} ]] || cycles=$(often 100)

far=peer
far_address=10.8.0.2

in_peer() { ip netns exec peer "$@"; }
in_debugfs() { echo "$debugfs/$bdf/$1"; }

# -- devices -----------------------------------------------------------------------------

# The function in slot $1, as 0000:01:00.0
in_slot() { printf '0000:%02x:00.0' "$(<"$sys/0000:00:1$1.0/secondary_bus_number")"; }

# Where devices are plugged in: hub, bridge.
network=hub

# QEMU's end of the network for SLOT, which stays when the device goes.
netdev()
{
	case $network in
	hub)	set -- type=hubport "id=hub$1" hubid=0 ;;
	bridge)	set -- type=tap "id=bridge$1" "ifname=xlate$1" queues=2 downscript=no \
			"script=$(realpath "$(dirname "$0")/../tap-bridge")" ;;
	esac
	qmp netdev_add "$@" >/dev/null 2>&1
}

# plug SLOT [PROPERTY=VALUE...]: another virtio-net-pci
plug()
{
	local slot=$1
	shift

	netdev "$slot"
	qmp device_add driver=virtio-net-pci "id=dut$slot" "bus=slot$slot" "netdev=$network$slot" \
		"mac=52:54:00:78:6d:0$slot" disable-legacy=on "$@" >/dev/null &&
		wait_for 20 test -e "$sys/$(in_slot "$slot")/driver"
}

# Power off: QEMU takes the device away at once, without asking its driver.
unplug()
{
	local s at
	at=$(in_slot "$1")
	for s in /sys/bus/pci/slots/*; do
		[[ $(<"$s/address") != "${at%.0}" ]] || echo 0 >"$s/power"
	done
	wait_for 20 no_device "$1"
}

no_device() { ! qmp qom-list "path=/machine/peripheral/dut$1" >/dev/null 2>&1; }

# give FUNCTION DRIVER
give()
{
	[[ ! -e $sys/$1/driver ]] || echo "$1" >"$sys/$1/driver/unbind"
	echo "$2" >"$sys/$1/driver_override"
	echo "$1" >/sys/bus/pci/drivers_probe
	[[ $(basename "$(readlink "$sys/$1/driver")") == "$2" ]]
}

# The interface of a function.
net_of()
{
	local n
	for n in "$sys/$1/net/"* "$sys/$1"/virtio*/net/*; do
		[[ ! -e $n ]] || { echo "${n##*/}"; return; }
	done
	return 1
}

# What packets need, before there are any.
prepare()
{
	modprobe -a virtio_net vnic
	# For UDP: room in sockets, and a qdisc that throws nothing away. (Debian's, fq_codel, does when
	# packets wait for long: on a slow machine they do.)
	sysctl -qw net.core.rmem_max=8388608 net.core.wmem_max=8388608 \
		net.core.default_qdisc=pfifo_fast net.ipv6.conf.default.disable_ipv6=1
	ip netns add peer
	ip -n peer link set lo up
	in_peer sysctl -qw net.ipv6.conf.all.disable_ipv6=1
}

# partner FUNCTION: it is that of all that follows.
partner()
{
	wait_for 10 net_of "$1" || return
	ip link set "$(net_of "$1")" netns peer name peer0
	ip -n peer addr add 10.8.0.2/24 dev peer0
	ip -n peer link set peer0 up
}

set_up_peer()
{
	prepare
	plug 1 && partner "$(in_slot 1)"
}

# All functions that are virtio network cards, in the order of their addresses.
cards()
{
	local f
	for f in "$sys"/*; do
		[[ $(cat "$f/vendor" "$f/device" | xargs) != "0x1af4 0x1041" ]] || echo "${f##*/}"
	done
}

# Where addresses are translated, or all goes through bounce buffers: devices that may not ask for
# that would not, so those that say nothing about it do.
platform=()
if [[ -n $(ls /sys/class/iommu 2>/dev/null) || $(</proc/cmdline) == *swiotlb=force* ]]; then
	platform=(iommu_platform=true)
fi

# translated NAME: then it does.
translated() { ((!${#platform[@]})) || is "$(key device addresses)" dma "$1: the DMA API's addresses"; }

# add [PROPERTY=VALUE...]: a device for vnic in slot 0, and its interface $dev up
add()
{
	modprobe vnic
	sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	[[ $* != *iommu_platform=* ]] || local platform=()
	bound "$@" && settle
}

# The same, and it stays down.
bound()
{
	plug 0 "${platform[@]}" "$@" || return
	bdf=$(in_slot 0)
	give "$bdf" vnic && wait_for 10 net_of "$bdf" && dev=$(net_of "$bdf")
}

settle()
{
	wait_for 10 net_of "$bdf" || return
	dev=$(net_of "$bdf")
	ip addr replace 10.8.0.1/24 dev "$dev"
	ip link set "$dev" up
	wait_for 10 reachable
}

reachable() { ping -c 1 -W 1 10.8.0.2; }

counter() { ethtool -S "$dev" | awk -v n="$1:" '$1 == n { print $2 }'; }

# sum COUNTER: of all queue pairs
sum() { ethtool -S "$dev" | awk -v n="_$1:" '$1 ~ "^queue[0-9]+" n "$" { s += $2 } END { printf "%.0f\n", s }'; }

# key FILE KEY: its value in a file of debugfs
key() { awk -v k="$2" '$1 == k { sub(k " ", ""); print }' "$debugfs/$bdf/$1"; }

agreed() { awk -v f="$1" '$2 == f && $4 == "yes" { found = 1 } END { exit !found }' "$debugfs/$bdf/features"; }

# -- packets -----------------------------------------------------------------------------

listening() { "$@" ss -Hltn "sport = :5001" | grep -q .; }

# send_file FROM TO ADDRESS: what goes over TCP arrives as it was. FROM and TO: env, in_peer.
send_file()
{
	local from=$1 to=$2 address=$3 pid family=4
	[[ $address != *:* ]] || family=6
	"$to" socat -u "TCP$family-LISTEN:5001,reuseaddr,accept-timeout=300${listen-}" "CREATE:$work/got" &
	pid=$!
	wait_for 60 listening "$to"
	"$from" socat -u "FILE:$work/file" "TCP:$address:5001" || kill "$pid"
	wait "$pid"
	cmp "$work/file" "$work/got"
}

send_to_peer() { send_file env in_peer 10.8.0.2; }
send_to_us() { send_file in_peer env 10.8.0.1; }

# Each size is a packet of another kind: copied, in a page, in fragments. Of an answer that is not
# what was sent, ping only says so; and not when it shall be quiet.
ping_sizes()
{
	local size
	for size in "$@"; do
		ping -c 1 -W 60 -s "$size" -p a55a10ff 10.8.0.2 >"$work/ping" ||
			{ cat "$work/ping"; return 1; }
		! grep -A 8 "wrong data byte" "$work/ping" || return
	done
}

# ping itself waits for the last answers twice as long as others took, which may be too short
# when the host is busy; the kernel counts them whenever they come.
flood()
{
	local all
	all=$(($(answers) + 300))
	ping -q -f -c 300 -W 5 -s 300 10.8.0.2
	wait_for 60 answered "$all"
}

answers()
{
	awk '$1 == "Icmp:" && $2 ~ /^[0-9]/ { print $n }
		$1 == "Icmp:" { for (i = 2; i <= NF; i++) if ($i == "InEchoReps") n = i }' /proc/net/snmp
}

answered() { (($(answers) >= $1)); }

# TCP that is measured, both ways.
tcp() { iperf3 -c 10.8.0.2 -n 512K "$@"; }

# send_lines FROM TO ADDRESS: UDP, each line a packet, and each arrives as it was; in whatever order.
# FROM and TO: us, peer.
# shellcheck disable=SC2034
us=(env) peer=(ip netns exec peer)
send_lines()
{
	local -n from=$1 to=$2
	local address=$3 pid arrived=0
	base64 -w 1399 "$work/file" | head -n 200 >"$work/lines"
	rm -f "$work/got"
	"${to[@]}" socat -u UDP-RECV:5002,rcvbuf=4194304 "CREATE:$work/got" &
	pid=$!
	wait_for 60 receiving "${to[@]}" &&
		"${from[@]}" socat -u -b 1400 "FILE:$work/lines" "UDP:$address:5002,sndbuf=4194304" &&
		wait_for 60 all_arrived && arrived=1
	((arrived)) || where_lost
	kill "$pid"
	wait "$pid"
	((arrived)) && cmp <(sort "$work/lines") <(sort "$work/got")
}

# What both ends of send_lines() counted, and what neighbours did (unresolved_discards).
where_lost()
{
	local end
	wc -c "$work/lines" "$work/got"
	for end in from to; do
		local -n run=$end
		"${run[@]}" nstat -as "Ip*" "Udp*"
		"${run[@]}" ip -s link
		"${run[@]}" tc -s qdisc
	done
	cat /proc/net/stat/arp_cache
}

receiving() { "$@" ss -Hlun "sport = :5002" | grep -q .; }
all_arrived() { (($(stat -c %s "$work/got") >= $(stat -c %s "$work/lines"))); }

lines_to_peer() { send_lines us peer 10.8.0.2; }
lines_to_us() { send_lines peer us 10.8.0.1; }

cycle()
{
	local i
	for ((i = 0; i < cycles; i++)); do
		ip link set "$dev" down
		ip link set "$dev" up
	done
	wait_for 10 reachable
}

# no_errors NAME [COUNTER...]
no_errors()
{
	local name=$1 counters=(rx_errors tx_errors tx_dropped)
	(($# == 1)) || counters=("${@:2}")
	is "$(sum rx_broken) $(sum tx_broken) $(sum rx_resets) $(sum tx_resets) $(counter resets) $(counter commands_failed)" \
		"0 0 0 0 0 0" "$name: nothing broken, nothing stuck"
	is "$(cd "/sys/class/net/$dev/statistics" && cat "${counters[@]}" | xargs)" "${counters[*]//*/0}" \
		"$name: no errors"
}

# -- cells: features -----------------------------------------------------------------------

# cell PACKED EVENT_IDX INDIRECT IN_ORDER MQ MRG_RXBUF PLATFORM, each 0 or 1
names=(packed event_idx indirect_desc in_order mq mrg_rxbuf iommu_platform)
bits=(RING_PACKED EVENT_IDX INDIRECT_DESC IN_ORDER MQ MRG_RXBUF ACCESS_PLATFORM)
cell()
{
	local i on=() bad=() name
	for i in "${!names[@]}"; do
		if (($1)); then on+=("${names[i]}=true"); else on+=("${names[i]}=false"); fi
		((!$1)) || name+=" ${names[i]}"
		shift
	done
	name=${name:- nothing}
	name=${name# }

	[[ $network != bridge || ${on[4]} != mq=true ]] || on+=(vectors=6)
	[[ $network != bridge ]] || several_buffers || on+=(guest_tso4=false guest_tso6=false)
	add "${on[@]}" || { not_ok "$name: comes up" "$(dmesg | tail -n 5)"; unplug 0; return; }
	for i in "${!names[@]}"; do
		# QEMU needs a network with several queues for that one.
		[[ ${names[i]} != mq || $network == bridge ]] || continue
		if [[ ${on[i]} == *true ]]; then agreed "${bits[i]}"; else ! agreed "${bits[i]}"; fi || bad+=("${bits[i]}")
	done
	is "${bad[*]}" "" "$name: agreed on"
	ok "$name: ping of all sizes" ping_sizes 0 1 17 243 244 1472 30000
	ok "$name: and many" flood
	ok "$name: TCP out" send_to_peer
	ok "$name: TCP in" send_to_us
	ok "$name: UDP out, as it was" lines_to_peer
	ok "$name: UDP in, as it was" lines_to_us
	ok "$name: UDP out" served udp
	ok "$name: UDP in" served udp -R
	ok "$name: TCP out, measured" served tcp
	ok "$name: TCP in, measured" served tcp -R
	[[ $network != bridge ]] || bridged "$name"
	ok "$name: down and up" cycle
	no_errors "$name"
	unplug 0
}

# May a packet take several buffers here? The cell's, in $on. Before 10.0.4, QEMU loses those of an
# in_order queue that are behind the end of the ring: virtqueue_ordered_fill() looks for them with
# what is behind the end of its own list (mended in 6fcf5ebafad6).
several_buffers()
{
	[[ ${on[*]} == *mrg_rxbuf=true* ]] && { [[ ${on[*]} != *in_order=true* ]] || qemu_since 10 0 4; }
}

qemu_since()
{
	qmp query-version | jq -e --argjson v "[$1, $2, $3]" '.qemu | [.major, .minor, .micro] >= $v' >/dev/null
}

# bridged NAME: what there is only on taps, for the cell in $on.
bridged()
{
	local bad=() f before always=(CSUM GUEST_CSUM HOST_TSO4 HOST_TSO6)
	! several_buffers || always+=(GUEST_TSO4 GUEST_TSO6)
	for f in "${always[@]}"; do
		agreed "$f" || bad+=("$f")
	done
	is "${bad[*]}" "" "$1: agreed on checksums and segmentation"
	ok "$1: segments were sent in one" more tx_gso 0
	ok "$1: checksums, too" more tx_csum 0
	! several_buffers || ok "$1: and received in one" more rx_gso 0
	if [[ ${on[*]} == *mq=true* ]]; then
		is "$(key device pairs) $(key device max_pairs)" "2 2" "$1: two queue pairs"
		ok "$1: four streams each way" served streams
		ok "$1: on both pairs" both_pairs
	else
		is "$(key device max_pairs)" 1 "$1: one queue pair"
	fi
	before=$(sum tx_gso)
	ok "$1: a VLAN" vlan_works
	ok "$1: TCP in it, out" send_file env in_peer 10.8.7.2
	ok "$1: segments were sent in one" more tx_gso "$before"
	ok "$1: TCP in it, in" send_file in_peer env 10.8.7.1
	no_vlan
	if several_buffers || [[ ${on[*]} == *mrg_rxbuf=false* ]]; then
		ok "$1: jumbo frames" jumbo_works
		ip -n peer link set peer0 mtu 1500
		ip link set "$dev" mtu 1500
	else
		skip "$1: jumbo frames" "this QEMU loses buffers"
	fi
}

streams() { iperf3 -c 10.8.0.2 -P 4 --bidir -n 512K; }

# six NAME: TCP over IPv6, whose segments the devices make, and do not. Without GRO, a packet that is longer
# than the MTU came so.
six()
{
	local before
	sysctl -qw "net.ipv6.conf.$dev.disable_ipv6=0"
	in_peer sysctl -qw net.ipv6.conf.peer0.disable_ipv6=0
	ip addr add fd00:8::1/64 dev "$dev" nodad
	ip -n peer addr add fd00:8::2/64 dev peer0 nodad
	ip neigh add fd00:8::2 lladdr "$(in_peer cat /sys/class/net/peer0/address)" dev "$dev" nud permanent
	ip -n peer neigh add fd00:8::1 lladdr "$(<"/sys/class/net/$dev/address")" dev peer0 nud permanent
	ethtool -K "$dev" gro off
	in_peer ethtool -K peer0 gro off

	before=$(sum tx_gso)
	capture peer peer0 1 "ip6 and tcp and greater 2000"
	ok "$1: TCP over IPv6 out" send_file env in_peer "[fd00:8::2]"
	ok "$1: ... segments were sent in one" more tx_gso "$before"
	ok "$1: ... and arrived in one" captured
	capture_end
	before=$(sum rx_gso)
	capture - "$dev" 1 "ip6 and tcp and greater 2000"
	ok "$1: TCP over IPv6 in" send_file in_peer env "[fd00:8::1]"
	ok "$1: ... received in one" more rx_gso "$before"
	ok "$1: ... as tcpdump says, too" captured
	capture_end

	ethtool -K "$dev" gro on
	in_peer ethtool -K peer0 gro on
	in_peer sysctl -qw net.ipv6.conf.peer0.disable_ipv6=1
	sysctl -qw "net.ipv6.conf.$dev.disable_ipv6=1"
}

# Each of them has sent and received.
both_pairs()
{
	ethtool -S "$dev" | grep -E "^ *queue[01]_(tx_descriptors|rx_(copied|referenced)_bytes):"
	ethtool -S "$dev" | awk '
		$1 ~ /^queue[01]_(tx_descriptors|rx_(copied|referenced)_bytes):/ {
			moved[substr($1, 6, 4)] += $2
		}
		END { exit !(moved["0_tx"] && moved["0_rx"] && moved["1_tx"] && moved["1_rx"]) }'
}

# Each pair of features in all four ways.
part_cells()
{
	local n a b c

	head -c 700001 /dev/urandom >"$work/file"
	for n in 0 1 2 3 4 5 6 7; do
		a=$((n & 1)) b=$((n >> 1 & 1)) c=$((n >> 2))
		cell "$a" "$b" "$c" $((a ^ b ^ 1)) $((a ^ c)) $((b ^ c ^ 1)) $((a ^ b ^ c))
	done
}

# matrix PACKED: all that there are of one layout
matrix()
{
	local n

	head -c 700001 /dev/urandom >"$work/file"
	for ((n = 0; n < 64; n++)); do
		cell "$1" $((n & 1)) $((n >> 1 & 1)) $((n >> 2 & 1)) $((n >> 3 & 1)) \
			$((n >> 4 & 1)) $((n >> 5 & 1))
	done
}

# The device under test and its partner are on taps of a bridge.
part_tapcells()
{
	network=bridge
	prepare
	partner "$(cards | head -n 1)" || { not_ok "a partner"; return; }
	part_cells
	add || { not_ok "comes up"; return; }
	six split
	no_errors "IPv6"
	unplug 0
}

part_split() { matrix 0; }

part_packed() { matrix 1; }

# -- ethtool and ip ----------------------------------------------------------------------

vlan_works()
{
	modprobe 8021q
	ip link add link "$dev" name vlan7 type vlan id 7 &&
		ip addr add 10.8.7.1/24 dev vlan7 && ip link set vlan7 up || return
	ip -n peer link add link peer0 name vlan7 type vlan id 7 &&
		ip -n peer addr add 10.8.7.2/24 dev vlan7 && ip -n peer link set vlan7 up || return
	wait_for 5 ping -c 1 -W 1 -s 1400 10.8.7.2
}

jumbo_vlan()
{
	ip link set vlan7 mtu 9000 && ip -n peer link set vlan7 mtu 9000 &&
		wait_for 5 ping -c 1 -W 1 -s 8972 -M "do" 10.8.7.2
}

no_vlan()
{
	ip link del vlan7
	ip -n peer link del vlan7
}

# Without mergeable buffers a packet has to fit into a page.
jumbo_works()
{
	local mtu
	mtu=$(ip -d -j link show "$dev" | jq '[.[0].max_mtu, 9000] | min')
	((mtu > 1500)) && ip link set "$dev" mtu "$mtu" && ip -n peer link set peer0 mtu "$mtu" || return
	ping -c 1 -W 60 -s $((mtu - 28)) -M "do" 10.8.0.2 && send_to_peer && send_to_us
}

address_works()
{
	ip link set "$dev" address 52:54:00:aa:bb:cc || return
	in_peer ip neigh flush all
	wait_for 10 reachable
}

small_rings()
{
	ethtool -G "$dev" rx 64 tx 32 || return
	wait_for 10 reachable
	[[ $(key rx0 size) == 64 && $(key tx0 size) == 32 ]] || return
	send_to_peer && send_to_us && ethtool -G "$dev" rx 256 tx 256 && wait_for 10 reachable
}

# The device lets the new address through, though it cannot be told that it is the interface's.
other_address()
{
	add ctrl_mac_addr=false || { not_ok "no CTRL_MAC_ADDR: comes up"; unplug 0; return; }
	ok "no CTRL_MAC_ADDR: another MAC address" address_works
	ok "no CTRL_MAC_ADDR: down and up" cycle
	no_errors "no CTRL_MAC_ADDR"
	unplug 0
}

# Interrupts of the interface, all vectors, as the kernel counts them.
interrupts()
{
	awk -v dev="$dev" '{ for (i = 2; $i ~ /^[0-9]+$/; i++) if (index($0, dev)) n += $i } END { print n + 0 }' /proc/interrupts
}

# interrupts_of COMMAND...: how many there are meanwhile -> $taken
interrupts_of()
{
	local before
	before=$(interrupts)
	"$@" || return
	taken=$(($(interrupts) - before))
	echo "$taken interrupts"
}

# A timer polls instead: then each ping costs no interrupt, as it does else.
deferred()
{
	local timeout=/sys/class/net/$dev/gro_flush_timeout defer=/sys/class/net/$dev/napi_defer_hard_irqs
	local taken
	echo 200 >"$defer" && echo 2000000 >"$timeout" && flood && interrupts_of flood || return
	((taken < 100)) || return
	echo 0 >"$timeout" && flood && echo 0 >"$defer" && flood && interrupts_of one_by_one && ((taken >= 300))
}

# Each answer before the next question: so none can share an interrupt.
one_by_one() { ping -q -A -c 300 -w 60 10.8.0.2 | grep " 300 received"; }

# Who waits for an answer polls for it himself.
polled_busily()
{
	sysctl -qw net.core.busy_poll=50 net.core.busy_read=50
	send_to_us && send_to_peer && flood
	local ret=$?
	sysctl -qw net.core.busy_poll=0 net.core.busy_read=0
	return "$ret"
}

part_ethtool()
{
	head -c 300001 /dev/urandom >"$work/file"
	add || { not_ok "comes up"; return; }
	like "$(ethtool -i "$dev")" "driver: vnic"$'\n'.*"bus-info: $bdf" "ethtool -i"
	is "$(ethtool -g "$dev" | awk '/^[RT]X:/ { print $2 }' | xargs)" "256 256 256 256" "ethtool -g"
	fails "ethtool -G: not a power of two" ethtool -G "$dev" rx 100
	fails "ethtool -G: too few for a packet" ethtool -G "$dev" rx 8
	ok "ethtool -G" small_rings
	is "$(ethtool -l "$dev" | awk '/^Combined:/ { print $2 }' | xargs)" "1 1" "ethtool -l"
	fails "ethtool -L: more than there are" ethtool -L "$dev" combined 2
	like "$(ethtool -k "$dev")" "scatter-gather: on" "ethtool -k"
	ok "ethtool -K" ethtool -K "$dev" sg off
	ok "... packets still move" send_to_peer
	ok "... and back" ethtool -K "$dev" sg on
	like "$(ethtool "$dev")" "Link detected: yes" "ethtool: the link"
	like "$(setpriv --bounding-set=-sys_admin cat "$debugfs/$bdf/rx0" 2>&1)" "not permitted" \
		"debugfs: addresses are not for each root"
	ok "... counters are" setpriv --bounding-set=-sys_admin grep -q "^rx0 kicks " "$debugfs/$bdf/counters"
	ok "a VLAN" vlan_works
	ok "ethtool -K rx-vlan-filter is there" grep -q "rx-vlan-filter: on" <(ethtool -k "$dev")
	ok "jumbo frames" jumbo_works
	fails "an MTU that no packet has" ip link set "$dev" mtu 65530
	ok "another MAC address" address_works
	ok "promiscuous" ip link set "$dev" promisc on
	ok "down and up again keep all that" cycle
	is "$(cat "/sys/class/net/$dev/address")" 52:54:00:aa:bb:cc "the address, too"
	ok "the VLAN, too" wait_for 5 ping -c 1 -W 1 10.8.7.2
	qmp set_link name=hub0 up=false >/dev/null
	ok "the link goes" wait_for 30 grep -q 0 "/sys/class/net/$dev/carrier"
	qmp set_link name=hub0 up=true >/dev/null
	ok "the link comes" wait_for 30 grep -q 1 "/sys/class/net/$dev/carrier"
	ok "packets, too" wait_for 30 reachable
	announcement
	ok "interrupts are deferred" deferred
	ok "sockets that poll busily" polled_busily
	is "$(sum lost_interrupts)" 0 "no interrupt is missed by that"
	no_errors "all this"
	no_vlan
	ip -n peer link set peer0 mtu 1500
	unplug 0

	other_address

	# One vector for all says less than a line does, so it is not taken.
	few_vectors 0
	few_vectors 1
	few_vectors 2

	# The device's MTU is agreed on where such packets can be received.
	device_mtu 9000 false no 1500
	device_mtu 9000 true yes 9000
	device_mtu 1400 false yes 1400

	speed_and_duplex
}

few_vectors()
{
	local kind=IO-APIC
	(($1 < 2)) || kind=PCI-MSI
	add "vectors=$1" || { not_ok "$1 vectors: comes up" "$(dmesg | tail -n 5)"; unplug 0; return; }
	ok "$1 vectors: packets" flood
	like "$(grep -w "$dev" /proc/interrupts)" "$kind" "$1 vectors: $kind"
	is "$(sum lost_interrupts)" 0 "$1 vectors: no interrupt is lost"
	# Of a line that is shared with the queues, no interrupt says that the device asks no more.
	(($1)) || announcement "$1 vectors: "
	(($1)) || announcement "$1 vectors, again: "
	no_errors "$1 vectors"
	unplug 0
}

# What QEMU says of the link is what ethtool shows.
speed_and_duplex()
{
	link_is "10000Mb/s Full" speed=10000 duplex=full
	link_is "10000Mb/s Half" speed=10000 duplex=half
	# One says nothing of the other.
	link_is "10000Mb/s Unknown!" speed=10000
	link_is "Unknown! Full" duplex=full

	# Where it says nothing, the user may, and only there.
	bound duplex=full || { not_ok "duplex=full: comes up" "$(dmesg | tail -n 5)"; unplug 0; return; }
	fails "the device says what the link is, not the user" ethtool -s "$dev" speed 1000 duplex half
	unplug 0
	add || { not_ok "comes up" "$(dmesg | tail -n 5)"; unplug 0; return; }
	is "$(link_says)" "Unknown! Unknown!" "nothing said: speed and duplex are unknown"
	ok "the user says what they are" ethtool -s "$dev" speed 25000 duplex full
	fails "... not a port that it has not" ethtool -s "$dev" port fibre
	ok "... down and up" cycle
	is "$(link_says)" "25000Mb/s Full" "... still what the user said"
	unplug 0
}

link_says() { ethtool "$dev" | awk '$1 == "Speed:" || $1 == "Duplex:" { print $2 }' | xargs; }

# link_is "SPEED DUPLEX" PROPERTY=VALUE...
link_is()
{
	local wanted=$1
	shift
	bound "$@" || { not_ok "$*: comes up" "$(dmesg | tail -n 5)"; unplug 0; return; }
	ip link set "$dev" up
	is "$(link_says)" "$wanted" "$*: speed and duplex are $wanted"
	unplug 0
}

# device_mtu MTU MERGEABLE AGREED MOST: the largest that ip takes, or 1500
device_mtu()
{
	local name="host_mtu=$1 mrg_rxbuf=$2" first=1500
	[[ $3 == no ]] || first=$4
	add "host_mtu=$1" "mrg_rxbuf=$2" || { not_ok "$name: comes up" "$(dmesg | tail -n 5)"; unplug 0; return; }
	is "$(agreed MTU && echo yes || echo no)" "$3" "$name: agreed on MTU: $3"
	is "$(<"/sys/class/net/$dev/mtu")" "$first" "$name: so it begins with $first"
	ok "$name: an MTU of $4" ip link set "$dev" mtu "$4"
	[[ $3 == no ]] || fails "$name: no more than that" ip link set "$dev" mtu $(($4 + 1))
	ok "$name: packets" flood
	ok "$name: down and up" cycle
	no_errors "$name"
	unplug 0
}

# announcement [NAME]: QEMU asks as it does after a migration, once. (Its own announcement of the device is RARP.)
announcement()
{
	local failed
	failed=$(counter commands_failed)
	is "$(net_status)" 0001 "${1-}the device has a link, and asks for nothing"
	capture peer peer0 1 "arp and arp[14:4] = 0x0a080001 and arp[24:4] = 0x0a080001"
	qmp announce-self initial=50 max=100 rounds=1 step=50 >/dev/null
	is $? 0 "${1-}the device asks for an announcement"
	ok "... it arrives: who asks for its own address is vnic" captured
	like "$(<"$work/captured")" "$(<"/sys/class/net/$dev/address") > ff:ff:ff:ff:ff:ff" \
		"... from its address, to all"
	capture_end
	wait_for 5 acknowledged
	is "$(net_status)" 0001 "... and is acknowledged: the device asks no more"
	is "$(counter commands_failed)" "$failed" "... with a command that it took"
}

# Of the device's configuration (5.1.4), as the device has it: bit 0 is the link, 1 asks.
net_status()
{
	local window
	aim 4 6 2 && setpci -s "$bdf" "CAP09+10.w@$window"
}

acknowledged() { [[ $(net_status) == 0001 ]]; }

# -- kinds: what else QEMU's device can be ---------------------------------------------------

# kind PROPERTY=VALUE...: each of these changes what the driver finds, none what it can do
kind()
{
	local name="$*"
	add "$@" || { not_ok "$name: comes up" "$(dmesg | tail -n 5)"; unplug 0; return; }
	ok "$name: many packets" flood
	ok "$name: TCP out" send_to_peer
	ok "$name: TCP in" send_to_us
	ok "$name: down and up" cycle
	ok "$name: smaller rings" small_rings
	ok "$name: another MAC address" address_works
	ok "$name: a VLAN" vlan_works
	is "$(sum lost_interrupts)" 0 "$name: no interrupt is lost"
	no_errors "$name"
	no_vlan
	unplug 0
}

part_kinds()
{
	head -c 300001 /dev/urandom >"$work/file"
	# Where to notify: by a port, too, and what comes of it in the vCPU's or another thread.
	kind modern-pio-notify=true
	kind ioeventfd=false
	# How long a ring may be.
	kind rx_queue_size=1024
	kind rx_queue_size=1024 packed=true mrg_rxbuf=false
	# What it can be asked for.
	kind ctrl_vq=false
	kind ctrl_rx=false ctrl_rx_extra=false
	kind ctrl_vlan=false
	kind ctrl_guest_offloads=false
	kind guest_announce=false
	kind queue_reset=false
	# What it says of the link and of packets.
	kind status=false
	kind csum=false
	kind any_layout=false event_idx=false
	kind gso=false guest_uso4=false
	# What we do not agree on.
	kind failover=true
	kind rss=true hash=true
	kind guest_rsc_ext=true
	# Another function for PCI.
	kind ats=true
	kind x-disable-pcie=true
	kind x-pcie-flr-init=false x-pcie-pm-init=false
}

# -- rings: debugfs against QEMU -------------------------------------------------------------

# ask WHAT [ARGUMENT=VALUE...]: QEMU, about the device under test
ask()
{
	qmp "x-query-virtio-$1" path=/machine/peripheral/dut0/virtio-backend "${@:2}"
}

# place FILE KEY: the number, without what else is in its line
place() { key "$1" "$2" | cut -d ' ' -f 1; }

# Features by their names, as debugfs has them.
qemu_features()
{
	ask status | jq -r '."guest-features" | .transports[], ."dev-features"[] | split(":")[0]' |
		sed -E 's/^VIRTIO_(NET_|RING_)?F_//; s/^IOMMU_PLATFORM$/ACCESS_PLATFORM/' | sort
}

# Where both sides are: the names of a packed and of a split ring.
used_at() { place "$1" "$(grep -q '^next_used .* wrap' "$debugfs/$bdf/$1" && echo next_used || echo used_idx)"; }
avail_at() { place "$1" "$(grep -q '^next_used .* wrap' "$debugfs/$bdf/$1" && echo next_avail || echo avail_idx)"; }

# agree FILE QUEUE NAME: all that both have, while nothing moves
agree()
{
	local file=$1 queue=$2 areas status
	status=$(ask queue-status "queue=$queue")
	read -ra areas <<<"$(key "$file" areas)"
	is "$(jq '."vring-num"' <<<"$status")" "$(key "$file" size)" "$3 $file: size"
	is "$(jq -r '."vring-desc", ."vring-avail", ."vring-used"' <<<"$status" | xargs printf '0x%x ')" \
		"${areas[*]} " "$3 $file: areas"
	is "$(jq '."used-idx"' <<<"$status")" "$(used_at "$file")" "$3 $file: used position"
	# It takes receive buffers when there is a packet for them.
	is "$(jq '."last-avail-idx"' <<<"$status")" \
		"$(if [[ $file == rx* ]]; then used_at "$file"; else avail_at "$file"; fi)" \
		"$3 $file: what QEMU takes next"
	is "$(jq .inuse <<<"$status")" 0 "$3 $file: QEMU is at none"
	# Where neither decides by positions, it keeps none.
	! agreed EVENT_IDX ||
		is "$(jq '."signalled-used"' <<<"$status")" "$(used_at "$file")" "$3 $file: interrupted for"
}

# chain FILE HEAD: "address length flags" of each piece, from debugfs; of a table, what is in it
chain()
{
	local at=$2 line fields
	while
		line=$(grep -m 1 "^$at [a-z]* [0-9-]* 0x" "$debugfs/$bdf/$1") || return
		read -ra fields <<<"$line"
		if [[ ${fields[5]} == *INDIRECT* ]]; then
			entries "$1" "$at"
		else
			echo "$((fields[3])) ${fields[4]} ${fields[5]}"
		fi
		at=${fields[6]}
		[[ ${fields[5]} == *NEXT* ]]
	do :; done
}

# entries FILE INDEX: the same of the table of a descriptor
entries()
{
	local addr len flags
	while read -r _ _ _ addr len flags _; do
		echo "$((addr)) $len $flags"
	done < <(grep "^$2\.[0-9]* " "$debugfs/$bdf/$1")
}

# table FILE ADDRESS BYTES: the same from the guest's memory (where the device's addresses are the guest's)
table()
{
	local addr rest flags=32 names=(- NEXT WRITE "NEXT,WRITE")
	[[ $(key "$1" layout) == split ]] || flags=48
	while read -r addr rest; do
		echo "$((addr)) $((rest & 0xffffffff)) ${names[rest >> flags & 3]}"
	done < <(words "$2" $(($3 / 8)))
}

# tables FILE: index, address and bytes of each that is under way
tables() { awk '$1 ~ /^[0-9]+$/ && $3 != "-" && $6 ~ /INDIRECT/ { print $1, $4, $5 }' "$debugfs/$bdf/$1"; }

# all_entries FILE, all_tables FILE: of all of them
all_entries()
{
	local n
	while read -r n _; do
		echo "of $n"
		entries "$1" "$n"
	done < <(tables "$1")
}

all_tables()
{
	local n addr bytes
	while read -r n addr bytes; do
		echo "of $n"
		table "$1" "$addr" "$bytes"
	done < <(tables "$1")
}

# Addresses at the beginning of lines, as the above have them.
decimal()
{
	local addr rest
	while read -r addr rest; do
		[[ $addr == of ]] || addr=$((addr))
		echo "$addr $rest"
	done
}

# words ADDRESS COUNT: of 8 bytes, in pairs, from the guest's memory
words() { qmp hmp "xp /$2xg $1" | sed 's/^[^:]*: *//' | xargs -n 2; }

# The same, of what QEMU found at INDEX: element QUEUE [INDEX]
element()
{
	ask queue-element "queue=$1" ${2:+"index=$2"} >"$work/element" || return
	# (It begins with the last.)
	jq -r '.descs | reverse[] | "\(.addr) \(.len) \(.flags | map(ascii_upcase) | sort | join(",") | if . == "" then "-" else . end)"' \
		"$work/element"
}

# elements NAME FILE QUEUE INDEX...: each of them as debugfs has it, and the device's (split only).
# An empty one is what QEMU takes next.
elements()
{
	local name="$1 $2" file=$2 queue=$3 index got head
	shift 3
	for index; do
		got=$(element "$queue" "$index") || { not_ok "$name: descriptors at ${index:-the next}"; continue; }
		head=$(jq .index "$work/element")
		is "$got" "$(chain "$file" "$head")" "$name: descriptors at ${index:-the next}"
		like "$(grep -m 1 "^$head [a-z]* [0-9-]* 0x" "$debugfs/$bdf/$file")" "^$head device $head " \
			"$name: and they are the device's"
	done
	is "$(jq -r '"\(.avail.idx) \(.avail.flags) \(.used.idx) \(.used.flags)"' "$work/element")" \
		"$(key "$file" avail_idx | cut -d ' ' -f 1,3) $(key "$file" used_idx | cut -d ' ' -f 1,3)" \
		"$name: both indices and flags"
}

# raw FILE: the descriptors of a packed ring that the device has, as they are in memory: address,
# length and id.
raw()
{
	local n addr rest areas
	read -ra areas <<<"$(key "$1" areas)"
	while read -r n _; do
		read -r addr rest < <(words $((areas[0] + 16 * n)) 2)
		echo "$n $((addr)) $((rest & 0xffffffff)) $((rest >> 32 & 0xffff))"
	done < <(grep -E "^[0-9]+ device [0-9]" "$debugfs/$bdf/$1")
}

# The same, as debugfs shows it.
shown()
{
	local n addr len id
	while read -r n _ _ addr len _ id _; do
		echo "$n $((addr)) $len $id"
	done < <(grep -E "^[0-9]+ device [0-9]" "$debugfs/$bdf/$1")
}

# Packets in bursts that are nobody's.
nobodys()
{
	local sent
	sent=$(<"/sys/class/net/$dev/statistics/tx_packets")
	modprobe pktgen && pktgen_run "$dev" 32 02:00:00:00:00:02 3200 && modprobe -r pktgen || return
	echo "$sent + 3200 = $(<"/sys/class/net/$dev/statistics/tx_packets")?"
	(($(<"/sys/class/net/$dev/statistics/tx_packets") >= sent + 3200))
}

# rings NAME [PROPERTY=VALUE...]
rings()
{
	local name=$1 lost next
	shift
	add "$@" || { not_ok "$name comes up"; unplug 0; return; }
	ok "$name: packets" send_to_peer
	ok "$name: packets" send_to_us
	# Nobody sends: ARP is settled, and IPv6 off.
	ip neigh replace 10.8.0.2 lladdr 52:54:00:78:6d:01 dev "$dev" nud permanent
	in_peer ip neigh replace 10.8.0.1 lladdr 52:54:00:78:6d:00 dev peer0 nud permanent
	wait_for 10 quiet
	is "$(qemu_features)" "$(awk '$4 == "yes" { print $2 }' "$debugfs/$bdf/features" | sort)" "$name: features"
	like "$(ask status | jq -r '.status.statuses[]')" "DRIVER_OK" "$name: the device works"
	translated "$name"
	agree rx0 0 "$name"
	agree tx0 1 "$name"
	agree ctrl 2 "$name"
	if [[ $name == split* ]]; then
		next=$(place rx0 used_idx)
		elements "$name" rx0 0 "" "$next" $((next + 1 & 0xffff)) $((next + 100 & 0xffff)) \
			$((next + $(key rx0 in_flight) - 1 & 0xffff))
	fi
	bounced "$name"
	is "$(awk '$1 ~ /^[0-9]+$/ && $3 != "-"' "$debugfs/$bdf/rx0" | wc -l)" \
		"$(key rx0 in_flight)" "$name: as many descriptors in flight as it says"
	is "$(key tx0 in_flight)" 0 "$name: nothing is left to be sent"
	[[ $name == *plain ]] || tool "$name"
	lost=$(sum lost_interrupts)
	ok "$name: what nobody waits for comes back" nobodys
	is "$(sum lost_interrupts)" "$lost" "$name: not by the watchdog"
	is "$(sum tx_kicks)" "$(awk '$1 == "tx0" && $2 == "kicks" { print $3 }' "$debugfs/$bdf/counters")" \
		"$name: ethtool and debugfs count alike"
	if [[ $name == *plain ]]; then unplug 0; else followed "$name"; fi
	held "$name" "$@"
}

part_rings()
{
	head -c 100001 /dev/urandom >"$work/file"
	rings split packed=false
	rings "split, plain" packed=false event_idx=false indirect_desc=false
	rings packed packed=true
}

# of QUEUE COUNTER: in debugfs
of() { awk -v q="$1" -v c="$2" '$1 == q && $2 == c { print $3 }' "$debugfs/$bdf/counters"; }

# bounced NAME: with swiotlb=force the DMA API copies all; else nothing. While nothing moves.
bounced()
{
	if [[ $(</proc/cmdline) == *swiotlb=force* ]]; then
		is "$(of rx0 bytes_by_reference) $(of tx0 bytes_by_reference)" "0 0" "$1: nothing is passed on"
		is "$(of tx0 bytes_copied)" "$(of tx0 bytes_read)" "$1: all that was sent is copied"
		is "$(of rx0 bounces)" "$(key rx0 "done")" "$1: each receive buffer is bounced"
	else
		is "$(of rx0 bounces) $(of tx0 bounces) $(of tx0 bytes_copied)" "0 0 0" "$1: nothing is bounced"
	fi
}

# -- xlate nic, live

# "queue value..." of each queue, as the tool says it and as debugfs counts it; and batches
told()
{
	xlate nic "$1" -J | jq -r '.queues[] | "\(.queue) \(.chains) \(.descs) \(.kicks) \(.spared) \(."lost-kicks") " +
		"\(.irqs) \(."lost-irqs") \(.polls) \(.copied) \(."by-ref") \(.bounces) \(.full) \(.broken) \(.resets)"'
	xlate nic "$1" batches -n | awk '{ $1 = $1; print }'
}

counted()
{
	awk '/^#/ { next }
		!($1 in n) { n[$1]; order[++queues] = $1 }
		{ v[$1, $2] = $3 }
		END { for (i = 1; i <= queues; i++) { q = order[i]
			print q, v[q, "chains"], v[q, "descriptors"], v[q, "kicks"], v[q, "kicks_spared"],
				v[q, "kicks_lost"], v[q, "interrupts"], v[q, "interrupts_lost"], v[q, "polls"],
				v[q, "bytes_copied"], v[q, "bytes_by_reference"], v[q, "bounces"],
				v[q, "stops"], v[q, "broken"], v[q, "resets"] } }' "$(in_debugfs counters)"
	grep -v "^#" "$(in_debugfs batches)"
}

# same_counters WHICH NAME: the tool's are debugfs's, which stood still meanwhile: in idle seconds the
# driver's watch may kick
same_counters()
{
	local before said i
	for ((i = 0; i < 10; i++)); do
		before=$(counted)
		said=$(told "$1")
		[[ $before != "$(counted)" ]] || break
	done
	is "$said" "$before" "$2: counters"
}

# tool NAME: while nobody sends
tool()
{
	local file
	same_counters "$dev" "$1: xlate nic INTERFACE"
	same_counters "$bdf" "$1: xlate nic ADDRESS"
	is "$(xlate nic "$dev" -J | jq -r '.features[]' | sort)" \
		"$(awk '$4 == "yes" { print $2 }' "$debugfs/$bdf/features" | sort)" "$1: xlate nic: features"
	like "$(xlate nic "$dev")" "the guest's side, as the interface $dev".*$'\n'"rx0 .*"$'\n'"tx0 .*"$'\n'"ctrl " \
		"$1: xlate nic: for people"
	for file in rx0 tx0 ctrl; do
		like "$(xlate nic "$dev" "$file" | xargs)" "queue $file, state live, layout ${1%%,*}, size $(key "$file" size)," \
			"$1: xlate nic INTERFACE $file"
		is "$(xlate nic "$bdf" "$file" --all -J | jq -r '.descriptors[].index' | wc -l)" \
			"$(key "$file" size)" "$1: xlate nic ADDRESS $file: all of it"
	done
	fails "$1: xlate nic: no such queue" xlate nic "$dev" rx7
}

# followed NAME: who follows a device that is unplugged comes to an end, and says why.
followed()
{
	local pid status
	xlate nic "$dev" --follow >"$work/followed" 2>"$work/why" &
	pid=$!
	ok "$1: xlate nic --follow: it has begun" wait_for 20 test -s "$work/followed"
	unplug 0
	ok "$1: ... ends when the device goes" wait_for 20 ended "$pid"
	kill "$pid" 2>/dev/null
	wait "$pid"
	status=$?
	is "$status" 1 "$1: ... with an error"
	ok "$1: ... that is said" test -s "$work/why"
}

ended() { [[ ! -e /proc/$1 || $(awk '{ print $3 }' "/proc/$1/stat") == Z ]]; }

# -- chains that are on their way: QEMU has taken one, and cannot pass it on

# Of one piece; of six; of one. (Linux 6.1's UDP copies what it is told to send of a file: of two.)
three_packets()
{
	python3 - "$work/file" <<-'END'
		import os, socket, sys

		UDP_CORK = 1
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.connect(("10.8.0.2", 9))
		s.send(bytes(100))
		with open(sys.argv[1], "rb") as f:
		    s.setsockopt(socket.IPPROTO_UDP, UDP_CORK, 1)
		    s.send(bytes(100))
		    for k in range(5):
		        os.sendfile(s.fileno(), f.fileno(), k * 8192, 100 + k)
		    s.setsockopt(socket.IPPROTO_UDP, UDP_CORK, 0)
		s.send(bytes(1400))
	END
}

# At once, for the driver gives the device a few seconds only, and a program takes its time to start.
no_link()
{
	local answer n=0
	exec 9<>/dev/virtio-ports/qmp
	printf '%s\n' '{"execute": "qmp_capabilities"}' \
		'{"execute": "set_link", "arguments": {"name": "hub0", "up": false}}' >&9
	# The first is refused when somebody asked that before.
	until ((n == 2)); do
		read -r -t 60 answer <&9 || break
		[[ $answer != *'"return"'* && $answer != *'"error"'* ]] || n=$((n + 1))
	done
	exec 9>&-
}

sent() { (($(key tx0 made) >= $1)); }
taken() { ask queue-status queue=1 | jq -e '.inuse > 0'; }

# The partner's device without a driver: a hub takes no packet when nobody would.
deaf()
{
	basename "$(readlink "$sys/$(in_slot 1)/driver")" >"$work/partner"
	in_slot 1 >"$sys/$(in_slot 1)/driver/unbind"
}

hearing()
{
	in_slot 1 >"/sys/bus/pci/drivers/$(<"$work/partner")/bind"
	partner "$(in_slot 1)"
}

# held NAME [PROPERTY=VALUE...]
held()
{
	local name=$1 made inuse status used around=65536 pieces=6
	shift
	add "$@" || { not_ok "$name, nobody listens: comes up"; unplug 0; return; }
	ip neigh replace 10.8.0.2 lladdr 52:54:00:78:6d:01 dev "$dev" nud permanent
	# Or it would wait for the first to come back; it is heeded when others do.
	echo 1000000 >"/sys/class/net/$dev/queues/tx-0/byte_queue_limits/limit_min"
	flood >/dev/null
	deaf
	wait_for 10 quiet
	made=$(key tx0 made)
	three_packets
	# Not even the watchdog's: without a link, QEMU would drop all when it is notified.
	chaos kicks 1000000
	# As long as there is no link, the driver lets the device have them.
	no_link
	ok "$name, nobody listens: packets wait" wait_for 10 sent $((made + 3))
	ok "$name, nobody listens: QEMU has taken one" wait_for 10 taken
	wait_for 10 quiet
	status=$(ask queue-status queue=1)
	inuse=$(jq .inuse <<<"$status")
	used=$(used_at tx0)
	[[ $name != packed* ]] || around=$(key tx0 size)
	is "$inuse" 1 "$name, nobody listens: one"
	is "$(jq '."used-idx"' <<<"$status")" "$used" "$name, nobody listens: used position"
	is "$(jq '."last-avail-idx"' <<<"$status")" $(((used + inuse) % around)) \
		"$name, nobody listens: what QEMU takes next"
	if [[ $name == split* ]]; then
		is $((($(avail_at tx0) - used) & 0xffff)) "$(key tx0 in_flight)" "$name, nobody listens: so many are under way"
		elements "$name, nobody listens:" tx0 1 "$used" $((used + 1 & 0xffff)) $((used + 2 & 0xffff))
	else
		is "$(grep -cE "^[0-9]+ device [0-9]" "$debugfs/$bdf/tx0")" \
			$((($(avail_at tx0) - used + around) % around)) \
			"$name, nobody listens: so many descriptors are the device's"
		[[ -n $(ls /sys/class/iommu) ]] ||
			is "$(raw tx0)" "$(shown tx0)" "$name, nobody listens: debugfs shows the ring's memory"
	fi
	[[ $(uname -r) != 6.1.* ]] || pieces=2
	like "$(grep -E "^[0-9]+ device [0-9]" "$debugfs/$bdf/tx0" | awk '{ print $8 }' | xargs)" "$pieces" \
		"$name, nobody listens: one has $pieces pieces"
	if ! agreed INDIRECT_DESC || ((pieces < 3)); then
		is "$(tables tx0)" "" "$name, nobody listens: no tables"
	elif [[ -n $(ls /sys/class/iommu) ]]; then
		skip "$name, nobody listens: tables" "their addresses are the IOMMU's"
	else
		is "$(all_entries tx0)" "$(all_tables tx0)" "$name, nobody listens: debugfs shows the tables' memory"
		is "$(all_entries tx0 | grep -vc of)" "$pieces" "$name, nobody listens: a table of $pieces"
		is "$(xlate nic "$dev" tx0 -J | jq -r '.descriptors[] | select(.children) |
			"of \(.index)", (.children[] | "\(.address) \(.length) \(.flags // "-")")' | decimal)" \
			"$(all_entries tx0)" "$name, nobody listens: so does xlate nic"
	fi
	# A device that is really stuck: with a link, the watchdog resets its queue.
	qmp set_link name=hub0 up=true >/dev/null
	chaos kicks 0
	ok "$name, nobody listens: the watchdog resets the queue" wait_for 60 more tx_resets 0
	ok "$name, nobody listens: nothing is under way then" wait_for 10 idle
	is "$(counter resets)" 0 "$name, nobody listens: without a reset of the device"
	ok "$name: the partner listens again" hearing
	ok "$name: packets" wait_for 20 reachable
	unplug 0
}

idle() { [[ $(key tx0 in_flight) == 0 ]]; }

quiet()
{
	local a
	a=$(cat "$debugfs/$bdf/counters")
	sleep 0.5
	[[ $a == "$(cat "$debugfs/$bdf/counters")" ]]
}

# -- filters: what the device lets through ------------------------------------------------------

# filter KEY: what QEMU's filters have there, in order: true, "normal", a table
filter() { qmp query-rx-filter name=dut0 | jq -r --arg key "$1" '.[0][$key] | arrays // [.] | .[]' | sort | xargs; }

# filters_are "PROMISCUOUS MULTICAST": both modes
filters_are() { [[ "$(filter promiscuous) $(filter multicast)" == "$1" ]]; }

# What the kernel wants of the device: groups, and other addresses of its own.
groups() { ip -j maddr show dev "$dev" | jq -r '.[].maddr[].link // empty' | sort | xargs; }
others() { bridge -j fdb show dev "$dev" | jq -r '.[].mac' | grep -v '^.[13579bdf]' | sort | xargs; }

# The same of the device.
filter_tables()
{
	qmp query-rx-filter name=dut0 |
		jq -r '.[0] | [."multicast-table", ."unicast-table"] | map(sort | join(" ")) | join("|")'
}

same_filters_now() { [[ $(filter_tables) == "$(groups)|$(others)" ]]; }

# same_filters TEXT: once the driver has told it, the device has what the kernel has
same_filters()
{
	wait_for 5 same_filters_now
	is "$(filter_tables)" "$(groups)|$(others)" "$1: groups and addresses are the device's, too"
}

# After a reset, QEMU lets all VLANs through (since 10.0, also where the driver can say which), so it is
# what was taken away that is not there.
has_vlan() { [[ " $(filter vlan-table) " == *" $1 "* ]]; }

# arrived ADDRESS...: of three packets to each, so many are here when one that is for us has come, which
# was sent after them
arrived()
{
	local address
	capture - "$dev" 1000 "udp dst port 9 or udp dst port 10 or (vlan and udp dst port 9)"
	# shellcheck disable=SC2016
	in_peer bash -c 'for to; do for n in 1 2 3; do echo $n >/dev/udp/$to/9; done; done
		echo 4 >/dev/udp/10.8.0.1/10' - "$@"
	wait_for 20 grep -q "> 10.8.0.1.10: UDP" "$work/captured" || echo "none for us"
	for address; do
		grep -c "> $address.9: UDP" "$work/captured"
	done | xargs
	capture_end
}

# change add|del PREFIX FIRST LAST: groups, or other addresses of its own, by one program: "ip maddr"
# takes one only
change()
{
	local n
	for ((n = $3; n <= $4; n++)); do
		printf 'fdb %s %s:%02x:%02x dev %s self permanent\n' "$1" "$2" $((n >> 8)) $((n & 255)) "$dev"
	done >"$work/batch"
	bridge -batch "$work/batch"
}

# is_at ADDRESS MAC: for the partner
is_at()
{
	ip -n peer neigh replace "$1" lladdr "$2" dev peer0 nud permanent
	to+=("$1")
}

part_filters()
{
	local group=01:00:5e:01 own=02:00:00:01 n to=()

	add || { not_ok "filters: comes up"; unplug 0; return; }
	is_at 10.8.0.1 52:54:00:78:6d:00
	to=()
	same_filters "filters"
	is "$(filter main-mac)" 52:54:00:78:6d:00 "... and it has its own address"

	# An address that becomes its own, and another; a group that it joins, and another.
	is_at 10.8.0.71 "$own:00:01"
	is_at 10.8.0.72 "$own:ff:ff"
	is_at 10.8.0.73 "$group:00:01"
	is_at 10.8.0.74 "$group:ff:ff"
	ok "not promiscuous" filters_are "false normal"
	is "$(arrived "${to[@]}")" "0 0 0 0" "... packets for others do not arrive, nor groups'"
	ip link set "$dev" promisc on
	ok "promiscuous" wait_for 5 filters_are "true normal"
	is "$(arrived "${to[@]}")" "3 3 3 3" "... they do"
	ip link set "$dev" promisc off
	ok "not any more" wait_for 5 filters_are "false normal"
	ok "another address of its own" change add "$own" 1 1
	ok "... and a group is joined" ip maddr add "$group:00:01" dev "$dev"
	same_filters "... with both"
	is "$(filter unicast-table) $(filter multicast-table)" \
		"$own:00:01 01:00:5e:00:00:01 $group:00:01 33:33:00:00:00:01" "... they are there"
	is "$(arrived "${to[@]}")" "3 0 3 0" "... their packets arrive, no others"
	ip link set "$dev" allmulticast on
	ok "all groups" wait_for 5 filters_are "false all"
	is "$(arrived "${to[@]}")" "3 0 3 3" "... any group's packets arrive, those for others do not"
	ip link set "$dev" allmulticast off
	ok "not any more" wait_for 5 filters_are "false normal"
	ok "the address goes" change del "$own" 1 1
	ok "... and the group is left" ip maddr del "$group:00:01" dev "$dev"
	same_filters "... without both"
	is "$(arrived "${to[@]}")" "0 0 0 0" "... their packets do not arrive"

	# QEMU has room for 64 of both, the driver for 170 of each.
	n=$(groups | wc -w)
	ok "as many groups as QEMU takes" change add "$group" 1 $((64 - n))
	same_filters "... with them"
	is "$(filter multicast-overflow) $(groups | wc -w)" "false 64" "... all of them"
	ok "as many groups as the driver takes" change add "$group" $((65 - n)) $((170 - n))
	ok "... the device has too many" wait_for 5 filter_is multicast-overflow true
	ok "... of its own accord" filters_are "false normal"
	ok "one more" change add "$group" $((171 - n)) $((171 - n))
	ok "... all groups" wait_for 5 filters_are "false all"
	is "$(groups | wc -w) $(arrived 10.8.0.74)" "171 3" "... any group's packets arrive"
	ok "one less" change del "$group" $((171 - n)) $((171 - n))
	ok "... not all any more" wait_for 5 filters_are "false normal"
	ok "they are left" change del "$group" 1 $((170 - n))
	same_filters "... without them"
	is "$(filter multicast-overflow) $(arrived 10.8.0.74)" "false 0" "... another group's do not arrive"

	ok "as many addresses as the driver takes" change add "$own" 1 170
	ok "... the device has too many" wait_for 5 filter_is unicast-overflow true
	ok "... of its own accord" filters_are "false normal"
	ok "one more" change add "$own" 171 171
	ok "... promiscuous" wait_for 5 filters_are "true normal"
	is "$(others | wc -w) $(ip -d -j link show "$dev" | jq '.[0].promiscuity')" "171 0" "... nobody else wants that"
	ok "they go" change del "$own" 1 171
	same_filters "... without them"
	ok "... not promiscuous" filters_are "false normal"

	ok "a VLAN" vlan_works
	ok "... the device has it" has_vlan 7
	is "$(filter vlan)" normal "... and not just any"
	in_peer ip neigh replace 10.8.7.77 lladdr 52:54:00:78:6d:00 dev vlan7 nud permanent
	is "$(arrived 10.8.7.77)" 3 "... its packets arrive"
	ok "another address, for down and up" change add "$own" 1 1
	ok "... and another group" change add "$group" 1 1
	cycle
	same_filters "... the device is told all again"
	is "$(arrived 10.8.7.77)" 3 "... packets of the VLAN arrive"
	ip link del vlan7
	fails "... it goes: the device has it no more" has_vlan 7
	is "$(arrived 10.8.7.77)" 0 "... its packets do not arrive"
	ip -n peer link del vlan7
	no_errors "filters"
	unplug 0
}

filter_is() { [[ $(filter "$1") == "$2" ]]; }

# -- counts: debugfs against the kernel, and against itself ------------------------------------------

# vector N: what /proc/interrupts has counted of the interface's; the first is the configuration's
# and the commands', the next the pair's
vector()
{
	awk -v dev="$dev" -v n="$1" '$NF == dev && n-- == 0 { for (i = 2; $i ~ /^[0-9]+$/; i++) sum += $i }
		END { printf "%d\n", sum }' /proc/interrupts
}

# Of commands whose answer was found without one, the interrupt comes when there is nothing to find.
both_interrupts()
{
	echo "$(of rx0 interrupts) $(of tx0 interrupts) $(($(of ctrl interrupts) + $(of ctrl interrupts_lost)))" \
		"$(sum interrupts) $(vector 1) $(vector 0)"
}

# announcements QUEUE: batches that were added; kicks that were spared; those, and kicks
announcements()
{
	local n
	read -r n _ < <(histogram "$1" added)
	echo "$n $(of "$1" kicks_spared) $(($(of "$1" kicks) + $(of "$1" kicks_spared)))"
}

part_counts()
{
	local layout before after q
	for layout in false true; do
		add "packed=$layout" || { not_ok "packed=$layout: comes up"; unplug 0; continue; }
		ip neigh replace 10.8.0.2 lladdr 52:54:00:78:6d:01 dev "$dev" nud permanent
		is "$(awk -v dev="$dev" '$NF == dev' /proc/interrupts | wc -l)" 2 "packed=$layout: two vectors"
		read -ra before < <(still both_interrupts)
		ok "packed=$layout: packets" flood
		for q in 1 2 3 4 5; do
			ip link set "$dev" promisc on
			ip link set "$dev" promisc off
		done
		wait_for 5 filters_are "false normal"
		read -ra after < <(still both_interrupts)
		# Both of a pair have one.
		is "$((after[0] - before[0])) $((after[1] - before[1])) $((after[3] - before[3]))" \
			"$((after[4] - before[4])) $((after[4] - before[4])) $((after[4] - before[4]))" \
			"packed=$layout: interrupts of the pair are those of /proc/interrupts"
		is "$((after[2] - before[2]))" "$((after[5] - before[5]))" "packed=$layout: ... of commands, too"
		ok "packed=$layout: ... there are some (${before[*]}, then ${after[*]})" \
			test $((after[4] - before[4])) -gt 0 -a $((after[5] - before[5])) -gt 0
		for q in rx0 tx0 ctrl; do
			# Packets' queues are kicked by the watch, too.
			read -ra after < <(still announcements "$q")
			ok "packed=$layout: $q: each batch is a kick, or one that was spared (${after[*]})" \
				test "${after[0]}" -ge "${after[1]}" -a "${after[0]}" -le "${after[2]}"
			[[ $q != ctrl ]] || is "${after[0]}" "${after[2]}" "packed=$layout: ctrl: and the other way round"
			ok "packed=$layout: $q: so many chains may be in them" within "$q" "$(of "$q" chains)" added
		done
		ok "packed=$layout: tx0: as many may have come back" within tx0 "$(key tx0 "done")" reaped
		ok "packed=$layout: rx0: and so many packets have come" \
			within rx0 "$(<"/sys/class/net/$dev/statistics/rx_packets")" reaped
		no_errors "packed=$layout: counts"
		unplug 0
	done
}

# -- life: all ways to go, with traffic ------------------------------------------------------

# With a kernel that checks everything, packets as fast as they go leave no time for the rest.
rate=0
[[ ! -e /sys/kernel/debug/kunit ]] || rate=5M

no_net() { ! net_of "$bdf"; }

# way NAME COMMAND...: with traffic, COMMAND, and then nothing is left behind
way()
{
	local name=$1
	shift

	add packed="${packed:-false}" || { not_ok "$name: comes up"; return; }
	if traffic -b "$rate"; then pass "$name: traffic"; else not_ok "$name: traffic"; fi
	ok "$name" "$@"
	hush
	no_device 0 || unplug 0
	ok "$name: rmmod" wait_for 10 modprobe -r vnic
	fails "$name: debugfs is gone" test -e "$debugfs"
}

go_rmmod() { modprobe -r vnic && no_net; }
go_unbind() { echo "$bdf" >"$sys/$bdf/driver/unbind" && no_net; }
go_back() { give "$bdf" virtio-pci && wait_for 10 net_of "$bdf"; }
go_remove() { echo 1 >"$sys/$bdf/remove" && no_net; }
go_down() { ip link set "$dev" down && ip link set "$dev" up && goes_on; }
go_channels()
{
	local i
	for i in 64 128 256; do
		ethtool -G "$dev" rx "$i" tx "$i" || return
	done
	wait_for 10 reachable
}
go_look()
{
	local i
	for i in 1 2 3 4 5; do
		cat "$debugfs/$bdf/"{device,features,queues,counters,batches,rx0,tx0,ctrl} >"$work/looked" || return
		ethtool -S "$dev" >/dev/null || return
	done
	grep -q "^in_flight" "$work/looked" && goes_on
}

# The shortest ones.
part_goodbye()
{
	local packed
	for packed in false true; do
		way "rmmod" go_rmmod
		way "unbind" go_unbind
		way "unplug" unplug 0
		pending "rmmod" go_rmmod
		pending "unbind" go_unbind
		pending "unplug" unplug 0
		unanswered "rmmod" go_rmmod
		unanswered "unbind" go_unbind
	done
}

# pending NAME COMMAND...: while the device is about to be reset. The first reset is at once, the next
# ones later and later.
pending()
{
	local name="packed=$packed: a reset is pending: $1" n
	shift
	add packed="$packed" queue_reset=false || { not_ok "$name: comes up"; unplug 0; return; }
	for n in 1 2 3 4 5; do
		chaos rx 0
		wait_for 30 more_resets $((n - 1)) && wait_for 30 reachable
	done
	chaos rx 0
	ok "$name" "$@"
	like "$(dmesg | grep "reset in" | tail -n 1)" "reset in [0-9]{3,} ms" "$name: it was"
	no_device 0 || unplug 0
	ok "$name: rmmod" wait_for 20 modprobe -r vnic
}

# unanswered NAME COMMAND...: while the driver waits for the answer to a command
unanswered()
{
	local name="packed=$packed: a command is not answered: $1"
	shift
	add packed="$packed" || { not_ok "$name: comes up"; unplug 0; return; }
	wait_for 10 quiet
	chaos kicks 1000000
	ip link set "$dev" promisc on
	ok "$name" "$@"
	no_device 0 || unplug 0
	ok "$name: rmmod" wait_for 20 modprobe -r vnic
}

part_life()
{
	local packed
	part_goodbye
	for packed in false true; do
		[[ $packed == false || -n ${XLATE_SOAK-} ]] || continue
		way "remove" go_remove
		way "back to virtio_net" go_back
		way "down and up" go_down
		way "other rings" go_channels
		way "readers of debugfs" go_look
	done
}

# -- lost: what the watchdog finds ---------------------------------------------------------------

chaos() { echo "$*" >"$debugfs/$bdf/chaos"; }

# more COUNTER THAN
more() { (($(sum "$1") > $2)); }

# A packet that comes in while its interrupt is lost is found by the watchdog.
interrupt_found()
{
	local before
	before=$(sum lost_interrupts)
	chaos interrupts 1
	in_peer ping -c 1 -W 20 10.8.0.1 && more lost_interrupts "$before"
}

kick_found()
{
	local before
	before=$(sum lost_kicks)
	chaos kicks 1
	ping -c 1 -W 20 10.8.0.2 && more lost_kicks "$before"
}

# A short queue whose buffers are used up while nobody looks: the device waits for more of them, and
# is not told. What it waits with are packets that are not for us, so that we answer none. Interrupts
# arrive again as soon as the notification is lost: what the watchdog does then is seen at once.
rx_kick_found()
{
	local interrupts kicks packets
	ethtool -G "$dev" rx 64 || return
	wait_for 10 reachable
	interrupts=$(sum lost_interrupts) kicks=$(sum lost_kicks)
	packets=$(<"/sys/class/net/$dev/statistics/rx_packets")
	in_peer ip neigh replace 10.8.0.77 lladdr 52:54:00:78:6d:00 dev peer0 nud permanent
	chaos interrupts 1000
	chaos kicks 1
	# In fragments, so that the queue is used up before the watchdog looks.
	in_peer bash -c 'dd if=/dev/zero bs=60000 count=5 status=none >/dev/udp/10.8.0.77/9'
	wait_for 20 more lost_kicks "$kicks"
	chaos interrupts 0
	chaos kicks 0
	wait_for 20 received $((packets + 200))
	ethtool -S "$dev" | grep -E 'lost|rx_kicks'
	more lost_interrupts "$interrupts" && more lost_kicks "$kicks" &&
		received $((packets + 200)) && ethtool -G "$dev" rx 256 && wait_for 10 reachable
}

received() { (($(<"/sys/class/net/$dev/statistics/rx_packets") >= $1)); }

# As many packets as the queue has places, and none is taken.
stuck_found()
{
	local before
	before=$(sum tx_resets)
	chaos kicks 1000000
	ping -q -l 400 -c 400 -s 1400 -w 60 10.8.0.2 >/dev/null &
	wait_for 60 more tx_resets "$before" || { chaos kicks 0; return 1; }
	chaos kicks 0
	kill "$!"
	wait_for 30 reachable && more tx_timeouts 0
}

# One packet, and it is not taken: nobody sends more, so the queue never fills.
few_stuck_found()
{
	local before
	before=$(sum tx_resets)
	chaos kicks 1000000
	ping -q -c 1 -W 1 10.8.0.2
	wait_for 60 more tx_resets "$before" || { chaos kicks 0; return 1; }
	chaos kicks 0
	wait_for 30 reachable && [[ $(key tx0 in_flight) == 0 ]]
}

# The kick, and the one with which the watchdog tries again.
two_kicks_found()
{
	local before
	before=$(sum tx_resets)
	chaos kicks 2
	ping -q -c 1 -W 1 10.8.0.2
	wait_for 60 more tx_resets "$before"
	ethtool -S "$dev" | grep -E 'lost|tx_resets|tx_kicks'
	more tx_resets "$before" && wait_for 30 reachable
}

# A command that the device does not see.
command_found()
{
	local resets timeouts
	resets=$(counter resets) timeouts=$(counter commands_timeout)
	chaos kicks 1
	ip link set "$dev" promisc on
	wait_for 30 more_timeouts "$timeouts"
	chaos kicks 0
	ethtool -S "$dev" | grep -E '^ *(resets|commands)'
	more_timeouts "$timeouts" && wait_for 30 more_resets "$resets" && wait_for 30 reachable &&
		ip link set "$dev" promisc off
}

more_timeouts() { (($(counter commands_timeout) > $1)); }

# lie_found rx|tx
lie_found()
{
	local before
	before=$(sum "$1_resets")
	chaos "$1" 0 || return
	wait_for 20 more "$1_resets" "$before" && more "$1_broken" 0 && wait_for 20 reachable
}

part_lost()
{
	local layout resets
	for layout in false true; do
		add "packed=$layout" || { not_ok "packed=$layout comes up"; continue; }
		translated "packed=$layout"
		ip neigh replace 10.8.0.2 lladdr 52:54:00:78:6d:01 dev "$dev" nud permanent
		in_peer ip neigh replace 10.8.0.1 lladdr 52:54:00:78:6d:00 dev peer0 nud permanent
		wait_for 10 quiet
		ok "packed=$layout: a lost interrupt" interrupt_found
		ok "packed=$layout: a lost kick" kick_found
		ok "packed=$layout: a lost kick, receiving" rx_kick_found
		ok "packed=$layout: a queue that is stuck is reset" stuck_found
		wait_for 10 quiet
		ok "packed=$layout: one that is stuck with a single packet, too" few_stuck_found
		wait_for 10 quiet
		ok "packed=$layout: two lost kicks in a row" two_kicks_found
		ok "packed=$layout: a lying device, receiving" lie_found rx
		like "$(key device last_reset)" "the receive queue is broken: used-" "packed=$layout: and why, in words"
		ok "packed=$layout: a lying device, sending" lie_found tx
		resets=$(counter resets)
		is "$resets" 0 "packed=$layout: all that without a reset of the device"
		ok "packed=$layout: packets move" flood
		in_peer ip neigh del 10.8.0.1 lladdr 52:54:00:78:6d:00 dev peer0
		unplug 0

		# A device that cannot reset one queue.
		add "packed=$layout" queue_reset=false || { not_ok "packed=$layout comes up"; continue; }
		ok "packed=$layout: no reset of queues: a lying device" lie_whole
		ok "packed=$layout: no reset of queues: packets move" flood
		unplug 0

		# What QEMU itself says when it does not understand a ring.
		add "packed=$layout" || { not_ok "packed=$layout comes up"; continue; }
		ok "packed=$layout: the device asks for a reset" reset_asked
		like "$(key device last_reset)" "the device asks for a reset" "packed=$layout: so it says"
		ok "packed=$layout: packets move after that" flood
		wait_for 10 quiet
		ok "packed=$layout: a lost command" command_found
		like "$(key device last_reset)" "no answer to command" "packed=$layout: and why, in words"
		ok "packed=$layout: packets move then" flood
		ok "packed=$layout: a device that was reset by somebody else" forgotten_found
		like "$(key device last_reset)" "reset by somebody else" "packed=$layout: and it says so"
		ok "packed=$layout: packets move again" flood
		unplug 0
	done
}

reset_asked()
{
	chaos offer 0 || return
	wait_for 20 more_resets && wait_for 20 reachable
}

lie_whole()
{
	chaos rx 0 || return
	wait_for 20 more_resets && wait_for 20 reachable
}

# more_resets [THAN]
more_resets() { (($(counter resets) > ${1-0})); }

# aim STRUCTURE OFFSET BYTES: of the device's registers, for the way to them that nobody uses, the
# window in its configuration space (VIRTIO 4.1.4.9), which is the capability $window.
aim()
{
	local n structure
	for n in 0 1 2 3 4 5; do
		case $(setpci -s "$bdf" "CAP09+3.b@$n" 2>/dev/null) in
		"0$1")	structure=$n ;;
		05)	window=$n ;;
		esac
	done
	setpci -s "$bdf" "CAP09+4.b@$window=$(setpci -s "$bdf" "CAP09+4.b@$structure")" \
		"CAP09+8.l@$window=$(printf '%x' $((0x$(setpci -s "$bdf" "CAP09+8.l@$structure") + $2)))" \
		"CAP09+c.l@$window=$3"
}

# Somebody else resets the device: nothing tells the driver.
forget()
{
	local window
	aim 1 0x14 1 && setpci -s "$bdf" "CAP09+10.b@$window=0"
}

# Nothing is sent: who only receives would wait for ever.
forgotten_found()
{
	local before
	before=$(counter resets)
	forget || return
	wait_for 20 more_resets "$before" && wait_for 20 reachable
}

# -- stock: what the kernel and PCI do to a network card ------------------------------------------

# The address moves to that interface, and back.
moves_to() { ip addr del 10.8.0.1/24 dev "$dev" && ip addr add 10.8.0.1/24 dev "$1" && ip link set "$1" up; }
moves_back() { ip link del "$1" && ip addr replace 10.8.0.1/24 dev "$dev" && ip link set "$dev" up && met; }

# Somebody else's address may be in the partner's table.
met()
{
	ip -n peer neigh flush all
	wait_for 20 reachable
}

in_bridge()
{
	ip link add br0 type bridge forward_delay 0 && ip link set "$dev" master br0 && moves_to br0 &&
		met && send_to_peer && send_to_us && moves_back br0
}

in_macvlan()
{
	ip link add link "$dev" name mv0 type macvlan mode bridge && moves_to mv0 &&
		met && send_to_peer && send_to_us && moves_back mv0
}

# One that carries packets, and one that does not; they come and go.
in_bond()
{
	ip link add bond7 type bond mode active-backup miimon 100 && ip link add dummy7 type dummy &&
		ip link set "$dev" down && ip link set "$dev" master bond7 && ip link set dummy7 master bond7 &&
		ip link set bond7 type bond primary "$dev" && moves_to bond7 && met && send_to_peer || return
	ip link set "$dev" down && wait_for 10 active dummy7 && ip link set "$dev" up &&
		wait_for 10 active "$dev" && met && send_to_us && ip link del dummy7 && moves_back bond7
}

active() { [[ $(</sys/class/net/bond7/bonding/active_slave) == "$1" ]]; }

# While it is up; there it begins anew, under the same name.
in_namespace()
{
	ip netns add other && ip link set "$dev" netns other && ip -n other addr add 10.8.0.1/24 dev "$dev" &&
		ip -n other link set "$dev" up && ip -n peer neigh flush all &&
		wait_for 20 ip netns exec other ping -c 1 -W 1 10.8.0.2 &&
		ip -n other link set "$dev" netns "$$" && ip netns del other && settle
}

in_netconsole() { log_over - "$dev" 10.8.0.1 peer 10.8.0.2 "packed=$layout" && wait_for 20 reachable; }

# The kernel gives the function its registers back, but not the driver's work: that the watchdog sees.
function_reset()
{
	local before
	before=$(counter resets)
	echo 1 >"$sys/$bdf/reset" && wait_for 30 more_resets "$before" && wait_for 30 reachable && send_to_peer
}

# The last time that the driver said so.
says_so() { dmesg | grep "$dev: the device was reset by somebody else" | tail -n 1; }
said_again() { [[ $(says_so) == *reset* && $(says_so) != "$1" ]]; }

# with MODULE TEXT COMMAND: not all kernels have all.
with()
{
	if modinfo "$1" >/dev/null 2>&1; then ok "$2" "$3"; else skip "$2" "no $1"; fi
}

part_stock()
{
	local layout said
	head -c 300001 /dev/urandom >"$work/file"
	for layout in false true; do
		add "packed=$layout" || { not_ok "packed=$layout comes up"; unplug 0; continue; }
		with bridge "packed=$layout: a port of a bridge" in_bridge
		with macvlan "packed=$layout: macvlan" in_macvlan
		no_errors "packed=$layout: a bridge, macvlan"
		with bonding "packed=$layout: a bond" in_bond
		with netconsole "packed=$layout: netconsole" in_netconsole
		ok "packed=$layout: into another namespace and back" in_namespace
		# Not tx_dropped: in it the kernel counts what a bond sends while its port is set down
		# (noop_enqueue()).
		no_errors "packed=$layout" rx_errors tx_errors
		if [[ -e $sys/$bdf/reset ]]; then
			said=$(says_so)
			ok "packed=$layout: the function is reset" function_reset
			# Perhaps not as the last: to come up does not work before the kernel has restored the function.
			ok "packed=$layout: and the driver says so" said_again "$said"
		else
			skip "packed=$layout: the function is reset" "the kernel knows no way"
		fi
		unplug 0
	done

	# The same vendor, and virtio, but no network card.
	qmp blockdev-add driver=null-co node-name=disk0 size=1048576 >/dev/null
	qmp device_add driver=virtio-blk-pci id=dut0 bus=slot0 drive=disk0 disable-legacy=on >/dev/null
	bdf=$(in_slot 0)
	if wait_for 20 test -e "$sys/$bdf/driver_override"; then
		fails "a disk is refused" give "$bdf" vnic
		like "$(dmesg | grep -F "$bdf" | tail -n 3)" "is not a virtio network device" "... and the log says why"
		fails "... without an interface" net_of "$bdf"
	else
		not_ok "a disk" "$(dmesg | tail -n 5)"
	fi
	unplug 0
}

# -- outside: QEMU's user network --------------------------------------------------------------

part_outside()
{
	local f
	for f in $(cards); do
		[[ $f == "$(in_slot 0)" || $f == "$(in_slot 1)" ]] || bdf=$f
	done
	modprobe vnic
	isnt_vnic() { [[ -e $sys/$bdf && $(readlink "$sys/$bdf/driver") != */vnic ]]; }
	ok "nobody asked for it: vnic does not bind" isnt_vnic
	is "$(modinfo -F alias vnic; echo $?)" 0 "and nothing makes udev load it"
	ok "bound to it" give "$bdf" vnic
	dev=$(net_of "$bdf")
	# Whoever asks for statistics by queue believes this, up or not.
	is "$(cd "/sys/class/net/$dev/queues" && echo *)" "rx-0 tx-0" "one pair of queues before it is up"
	ip link set "$dev" up
	ip addr add 10.0.2.15/24 dev "$dev"
	ok "ping of the host" wait_for 10 ping -c 1 -W 1 10.0.2.2
	# The SMBus controller of QEMU's q35.
	fails "a function that is no network card is refused" give 0000:00:1f.3 vnic
	like "$(dmesg)" "is not a virtio network device" "... and the log says why"
	ok "unbound" go_unbind
}

# -- memory: allocations fail ----------------------------------------------------------------------

failslab() { echo "$2" >"/sys/kernel/debug/failslab/$1"; }
fail_pages() { echo "$2" >"/sys/kernel/debug/fail_page_alloc/$1"; }

# Of everybody's allocations those that may not wait fail: packets. (Were the others to fail, too,
# the kernel's own handling of interrupts and of ACPI would complain before the driver does.)
# with_failing failslab|fail_pages PERCENT COMMAND...
with_failing()
{
	local what=$1 ret
	"$what" probability "$2"
	shift 2
	# Not only packets: a connection may not come about.
	"$@" || "$@" || "$@"
	ret=$?
	"$what" probability 0
	return "$ret"
}

# some_pages_fail COMMAND...: a third of those for packets, and it is counted that some do
some_pages_fail()
{
	local left
	fail_pages times 1000000 && with_failing fail_pages 33 "$@" || return
	left=$(</sys/kernel/debug/fail_page_alloc/times)
	fail_pages times -1
	((left < 1000000))
}

# no_pages NAME: what arrives stays where it is, since who waits for it is stopped, and there are no
# pages for more. Then there are: each packet arrives, or has been counted as dropped.
no_pages()
{
	local name=$1 pid failed dropped all=1500
	head -c 2000000 /dev/urandom | base64 -w 1399 | head -n "$all" >"$work/lines"
	rm -f "$work/got"
	socat -u UDP-RECV:5002,rcvbuf=8388608 "CREATE:$work/got" &
	pid=$!
	wait_for 60 receiving env || not_ok "$name: somebody receives"
	kill -STOP "$pid"
	failed=$(sum rx_alloc_failed) dropped=$(<"/sys/class/net/$dev/statistics/rx_dropped")
	fail_pages probability 100
	# No more at a time than its qdisc keeps.
	in_peer socat -u -b 1400 "FILE:$work/lines" "UDP:10.8.0.1:5002,sndbuf=262144"
	is $? 0 "$name: $all packets are sent"
	ok "$name: ... there are no pages for them" wait_for 60 more rx_alloc_failed "$failed"
	fail_pages probability 0
	kill -CONT "$pid"
	wait_for 20 arrived_or_dropped "$dropped" "$all"
	is "$(still_missing "$dropped" "$all")" 0 "$name: ... when there are, each arrives or was counted"
	ok "$name: ... some do arrive as they were" test -s "$work/got"
	is "$(sort -u "$work/lines" "$work/got" | wc -l)" "$all" "$name: ... and nothing else"
	kill "$pid"
	wait "$pid" 2>/dev/null
}

# still_missing DROPPED-BEFORE ALL
still_missing() { echo $(($2 - ($(stat -c %s "$work/got") / 1400) - ($(<"/sys/class/net/$dev/statistics/rx_dropped") - $1))); }
arrived_or_dropped() { (($(still_missing "$1" "$2") == 0)); }

# ... at up, down and binding. What fails is tried again.
try_with_failures()
{
	failslab task-filter Y
	failslab probability 1
	(
		echo 1 >/proc/self/make-it-fail
		for ((i = 0; i < 20; i++)); do
			echo "$bdf" >"$sys/$bdf/driver/unbind"
			echo "$bdf" >/sys/bus/pci/drivers_probe
			for n in "$sys/$bdf/net/"*; do
				[[ ! -e $n ]] || for ((j = 0; j < 10; j++)); do
					echo 0x1002 >"$n/flags"
					echo 0x1003 >"$n/flags"
				done
			done
		done
	) 2>/dev/null
	failslab probability 0
	failslab task-filter N
	[[ -e $sys/$bdf/driver ]] || give "$bdf" vnic
	settle
}

part_memory()
{
	# Without memory, TCP sends no FIN (tcp_send_fin()): who listens must know how much comes.
	local layout listen=,readbytes=300001
	head -c 300001 /dev/urandom >"$work/file"
	[[ -d /sys/kernel/debug/failslab ]] || { skip "no memory" "this kernel injects no failures"; return; }
	failslab verbose 0
	failslab times -1
	fail_pages verbose 0
	fail_pages times -1
	# One page is what a packet takes.
	fail_pages min-order 0
	fail_pages ignore-gfp-highmem N
	for layout in false true; do
		add "packed=$layout" iommu_platform=true || { not_ok "packed=$layout comes up"; continue; }
		ok "packed=$layout: TCP out, and packets fail" with_failing failslab 1 send_to_peer
		ok "packed=$layout: TCP in, and packets fail" with_failing failslab 1 send_to_us
		ip neigh replace 10.8.0.2 lladdr 52:54:00:78:6d:01 dev "$dev" nud permanent
		in_peer ip neigh replace 10.8.0.1 lladdr 52:54:00:78:6d:00 dev peer0 nud permanent
		ok "packed=$layout: TCP out, and pages fail" some_pages_fail send_to_peer
		ok "packed=$layout: TCP in, and pages fail" some_pages_fail send_to_us
		no_pages "packed=$layout"
		ok "packed=$layout: TCP in again" send_to_us
		ok "packed=$layout: up, down, bound, and allocations fail" try_with_failures
		ok "packed=$layout: packets move" flood
		no_errors "packed=$layout: memory"
		unplug 0
	done
}

# -- dgram: another network ---------------------------------------------------------------------

part_dgram()
{
	head -c 700001 /dev/urandom >"$work/file"
	two_cards || { not_ok "two cards"; return; }
	ok "up" settle
	ok "ping of all sizes" ping_sizes 0 1 17 243 244 1472 30000
	ok "and many" flood
	ok "TCP out" send_to_peer
	ok "TCP in" send_to_us
	ok "UDP out" served udp
	ok "UDP in" served udp -R
	ok "down and up" cycle
	no_errors "datagrams"
	go_unbind
}

# -- tap: checksums, segmentation, several queues ----------------------------------------------

# The second one in its namespace; vnic has the first one.
two_cards()
{
	local all
	mapfile -t all < <(cards)
	prepare
	partner "${all[1]}" || return
	bdf=${all[0]}
	give "$bdf" vnic || return
	dev=$(net_of "$bdf")
}

# coalesced [STILL ]no|again: does the device make one packet of several, of what we receive?
coalesced()
{
	local before
	before=$(sum rx_gso)
	ok "... TCP in" send_to_us
	if [[ $1 == *no ]]; then
		is "$(sum rx_gso)" "$before" "... received in one: $1"
	else
		ok "... received in one: $1" more rx_gso "$before"
	fi
}

part_tap()
{
	local n before f
	head -c 3000001 /dev/urandom >"$work/file"
	two_cards || { not_ok "two cards"; return; }
	ok "up" settle
	for f in CSUM GUEST_CSUM HOST_TSO4 HOST_TSO6 GUEST_TSO4 GUEST_TSO6 MQ; do
		ok "agreed on $f" agreed "$f"
	done
	like "$(ethtool -k "$dev")" "tx-checksumming: on".*"tcp-segmentation-offload: on" "ethtool -k"
	ok "TCP out" send_to_peer
	ok "TCP in" send_to_us
	ok "segments were sent in one" more tx_gso 0
	ok "and received in one" more rx_gso 0
	ok "checksums, too" test "$(sum tx_csum)" -gt 0 -a "$(($(sum rx_csum) + $(sum rx_csum_partial)))" -gt 0
	before=$(sum tx_gso)
	for n in 2 1 2; do
		ok "$n queue pairs" ethtool -L "$dev" combined "$n"
		wait_for 10 reachable
		ok "$n queue pairs: four streams each way" served streams
	done
	ok "... on both of them" both_pairs
	ok "... segments sent in one" more tx_gso "$before"
	ok "ethtool -K tso off" ethtool -K "$dev" tso off
	ok "... TCP out" send_to_peer
	ok "ethtool -K tx off" ethtool -K "$dev" tx off
	ok "... TCP out" send_to_peer
	ok "... and back" ethtool -K "$dev" tx on tso on
	ok "TCP out" send_to_peer
	ok "ethtool -K rx-gro-hw off" ethtool -K "$dev" rx-gro-hw off
	coalesced "no"
	ok "down and up" cycle
	coalesced "still no"
	ok "ethtool -K rx-gro-hw on" ethtool -K "$dev" rx-gro-hw on
	coalesced "again"
	ok "ethtool -K rx off" ethtool -K "$dev" rx off
	ok "... TCP in" send_to_us
	ok "... and back" ethtool -K "$dev" rx on
	six taps
	before=$(sum tx_gso)
	ok "a VLAN" vlan_works
	ok "TCP in it, out" send_file env in_peer 10.8.7.2
	ok "... segments sent in one" more tx_gso "$before"
	before=$(sum rx_gso)
	ok "TCP in it, in" send_file in_peer env 10.8.7.1
	ok "... received in one" more rx_gso "$before"
	ok "jumbo frames, with the VLAN" jumbo_works
	ok "... and in it" jumbo_vlan
	no_vlan
	no_errors "taps"
	go_unbind
}

case $* in
tap|tapcells|dgram) ;;
*)	set_up_peer || not_ok "a partner" ;;
esac
for part; do
	"part_$part"
done
ok "vnic goes out" wait_for 10 modprobe -r vnic
rm -r "$work"
done_testing
