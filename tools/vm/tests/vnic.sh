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
# PART: cells (devices with and without each feature; all of them: split, packed), ethtool, rings (debugfs against what
# QEMU says), life (all ways to go, with traffic), lost (kicks, interrupts, a stuck device),
# outside (QEMU's user network, on the device of -d virtio-net), memory (one allocation of a
# hundred fails; on debug only). Alone, dgram: two devices joined by datagram sockets; tap: two
# on taps, which have checksums, segmentation and several queues.

# Functions are called by name.
# shellcheck disable=SC2317
# shellcheck source=tools/vm/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/vm/tests/pktgen-lib.sh
. "$(dirname "$0")/pktgen-lib.sh"

sys=/sys/bus/pci/devices
debugfs=/sys/kernel/debug/vnic
work=$(mktemp -d)
cycles=1
[[ -z ${XLATE_SOAK-} ]] || cycles=$(often 100)

in_peer() { ip netns exec peer "$@"; }

# -- devices -----------------------------------------------------------------------------

# The function in slot $1, as 0000:01:00.0
in_slot() { printf '0000:%02x:00.0' "$(<"$sys/0000:00:1$1.0/secondary_bus_number")"; }

# plug SLOT [PROPERTY=VALUE...]: another virtio-net-pci, on the hub
plug()
{
	local slot=$1
	shift

	qmp netdev_add type=hubport "id=hub$slot" hubid=0 >/dev/null 2>&1
	qmp device_add driver=virtio-net-pci "id=dut$slot" "bus=slot$slot" "netdev=hub$slot" \
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

# The partner, for all that follows.
set_up_peer()
{
	local bdf g

	modprobe virtio_net
	# For udp().
	sysctl -qw net.core.rmem_max=8388608 net.core.wmem_max=8388608
	ip netns add peer
	ip -n peer link set lo up
	plug 1 || return
	bdf=$(in_slot 1)
	wait_for 10 net_of "$bdf" || return
	g=$(net_of "$bdf")
	ip link set "$g" netns peer name peer0
	in_peer sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	ip -n peer addr add 10.8.0.2/24 dev peer0
	ip -n peer link set peer0 up
}

# add [PROPERTY=VALUE...]: a device for vnic in slot 0, and its interface $dev up
add()
{
	modprobe vnic
	sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	plug 0 "$@" || return
	bdf=$(in_slot 0)
	give "$bdf" vnic && settle
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
sum() { ethtool -S "$dev" | awk -v n="_$1:" '$1 ~ "^queue[0-9]+" n "$" { s += $2 } END { print s + 0 }'; }

# key FILE KEY: its value in a file of debugfs
key() { awk -v k="$2" '$1 == k { sub(k " ", ""); print }' "$debugfs/$bdf/$1"; }

agreed() { [[ " $(key device features) " == *" $1 "* ]]; }

# -- packets -----------------------------------------------------------------------------

listening() { "$@" ss -Hltn "sport = :5001" | grep -q .; }

# send_file FROM TO ADDRESS: what goes over TCP arrives as it was. FROM and TO: env, in_peer.
send_file()
{
	local from=$1 to=$2 address=$3 pid
	"$to" socat -u TCP-LISTEN:5001,reuseaddr,accept-timeout=300 "CREATE:$work/got" &
	pid=$!
	wait_for 60 listening "$to"
	"$from" socat -u "FILE:$work/file" "TCP:$address:5001"
	wait "$pid"
	cmp "$work/file" "$work/got"
}

send_to_peer() { send_file env in_peer 10.8.0.2; }
send_to_us() { send_file in_peer env 10.8.0.1; }

# Each size is a packet of another kind: copied, in a page, in fragments.
ping_sizes()
{
	local size
	for size in "$@"; do
		ping -q -c 1 -W 5 -s "$size" -p a55a10ff 10.8.0.2 || return
	done
}

# ping itself waits for the last answers twice as long as others took, which may be too short
# when the host is busy; the kernel counts them whenever they come.
flood()
{
	local all
	all=$(($(answers) + 300))
	ping -q -f -c 300 -W 5 -s 300 10.8.0.2
	wait_for 5 answered "$all"
}

answers()
{
	awk '$1 == "Icmp:" && $2 ~ /^[0-9]/ { print $n }
		$1 == "Icmp:" { for (i = 2; i <= NF; i++) if ($i == "InEchoReps") n = i }' /proc/net/snmp
}

answered() { (($(answers) >= $1)); }

# UDP that cannot be lost for want of room in sockets: all of it fits there.
udp()
{
	local json
	json=$(iperf3 -c 10.8.0.2 -u -b 8M -n 300K -w 4M --json "$@") || { echo "$json"; return 1; }
	[[ $json =~ \"lost_packets\":[[:space:]]*0, ]] || { grep -E 'lost|packets|error' <<<"$json"; return 1; }
}

# (Not in_peer: of a function in the background, what is killed is the shell.)
serve()
{
	ip netns exec peer iperf3 -s -p 5201 >/dev/null 2>&1 &
	server=$!
	wait_for 10 serving
}

serving() { in_peer ss -Hltn "sport = :5201" | grep -q .; }

unserve()
{
	kill "$server" 2>/dev/null
	wait "$server" 2>/dev/null
}

cycle()
{
	local i
	for ((i = 0; i < cycles; i++)); do
		ip link set "$dev" down
		ip link set "$dev" up
	done
	wait_for 10 reachable
}

no_errors()
{
	is "$(sum rx_broken) $(sum tx_broken) $(sum tx_timeouts) $(counter resets) $(counter commands_failed)" \
		"0 0 0 0 0" "$1: nothing broken, nothing stuck"
	is "$(cat /sys/class/net/"$dev"/statistics/{rx_errors,tx_errors,tx_dropped} | xargs)" "0 0 0" \
		"$1: no errors"
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

	add "${on[@]}" || { not_ok "$name: comes up" "$(dmesg | tail -n 5)"; unplug 0; return; }
	for i in "${!names[@]}"; do
		# QEMU needs a network with several queues for that one.
		[[ ${names[i]} != mq ]] || continue
		if [[ ${on[i]} == *true ]]; then agreed "${bits[i]}"; else ! agreed "${bits[i]}"; fi || bad+=("${bits[i]}")
	done
	is "${bad[*]}" "" "$name: agreed on"
	ok "$name: ping of all sizes" ping_sizes 0 1 17 243 244 1472 30000
	ok "$name: and many" flood
	ok "$name: TCP out" send_to_peer
	ok "$name: TCP in" send_to_us
	serve
	ok "$name: UDP out" udp
	ok "$name: UDP in" udp -R
	unserve
	ok "$name: down and up" cycle
	no_errors "$name"
	unplug 0
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

jumbo_works()
{
	ip link set "$dev" mtu 9000 && ip -n peer link set peer0 mtu 9000 || return
	ping -c 1 -W 5 -s 8972 -M "do" 10.8.0.2 && send_to_peer && send_to_us
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
	ok "... counters are" setpriv --bounding-set=-sys_admin grep -q "^rx0 " "$debugfs/$bdf/queues"
	ok "a VLAN" vlan_works
	ok "ethtool -K rx-vlan-filter is there" grep -q "rx-vlan-filter: on" <(ethtool -k "$dev")
	ok "jumbo frames" jumbo_works
	fails "an MTU that no packet has" ip link set "$dev" mtu 65530
	ok "another MAC address" address_works
	ok "promiscuous" ip link set "$dev" promisc on
	ok "down and up again keep all that" cycle
	is "$(cat "/sys/class/net/$dev/address")" 52:54:00:aa:bb:cc "the address, too"
	ok "the VLAN, too" wait_for 5 ping -c 1 -W 1 10.8.7.2
	qmp set_link name=hub0 up=false
	ok "the link goes" wait_for 5 grep -q 0 "/sys/class/net/$dev/carrier"
	qmp set_link name=hub0 up=true
	ok "the link comes" wait_for 5 grep -q 1 "/sys/class/net/$dev/carrier"
	ok "packets, too" wait_for 5 reachable
	ok "an announcement that the device asks for" announced
	no_errors "all this"
	ip link del vlan7
	ip -n peer link del vlan7
	ip -n peer link set peer0 mtu 1500
	unplug 0

	# One vector for all says less than a line does, so it is not taken.
	few_vectors 0
	few_vectors 1
	few_vectors 2

	# The device's MTU is agreed on where such packets can be received.
	device_mtu 9000 false no 1500
	device_mtu 9000 true yes 9000
	device_mtu 1400 false yes 1400
}

few_vectors()
{
	local kind=IO-APIC
	(($1 < 2)) || kind=PCI-MSI
	add "vectors=$1" || { not_ok "$1 vectors: comes up" "$(dmesg | tail -n 5)"; unplug 0; return; }
	ok "$1 vectors: packets" flood
	like "$(grep -w "$dev" /proc/interrupts)" "$kind" "$1 vectors: $kind"
	is "$(sum lost_interrupts)" 0 "$1 vectors: no interrupt is lost"
	no_errors "$1 vectors"
	unplug 0
}

# device_mtu MTU MERGEABLE AGREED MOST: the largest that ip takes, or 1500
device_mtu()
{
	local name="host_mtu=$1 mrg_rxbuf=$2"
	add "host_mtu=$1" "mrg_rxbuf=$2" || { not_ok "$name: comes up" "$(dmesg | tail -n 5)"; unplug 0; return; }
	is "$(agreed MTU && echo yes || echo no)" "$3" "$name: agreed on MTU: $3"
	ok "$name: an MTU of $4" ip link set "$dev" mtu "$4"
	[[ $3 == no ]] || fails "$name: no more than that" ip link set "$dev" mtu $(($4 + 1))
	ok "$name: packets" flood
	ok "$name: down and up" cycle
	no_errors "$name"
	unplug 0
}

# QEMU asks as it does after a migration, some milliseconds later.
announced()
{
	local before
	before=$(counter commands)
	qmp announce-self initial=50 max=100 rounds=2 step=50 >/dev/null || return
	wait_for 5 more_commands "$before"
}

more_commands() { (($(counter commands) > $1)); }

# -- rings: debugfs against QEMU -------------------------------------------------------------

# qemu QUEUE FIELD
qemu_queue()
{
	qmp x-query-virtio-queue-status path=/machine/peripheral/dut0/virtio-backend "queue=$1" |
		jq -r ".[\"$2\"]"
}

# agree FILE QUEUE: all that both have
agree()
{
	local file=$1 queue=$2 areas
	read -ra areas <<<"$(key "$file" areas)"
	is "$(qemu_queue "$queue" vring-num)" "$(key "$file" size)" "$3 $file: size"
	is "$(for f in desc avail used; do printf '0x%x ' "$(qemu_queue "$queue" "vring-$f")"; done)" \
		"${areas[*]} " "$3 $file: areas"
	if [[ $(key "$file" layout) == split ]]; then
		is "$(qemu_queue "$queue" used-idx)" "$(key "$file" used_idx | cut -d ' ' -f 1)" "$3 $file: used index"
		[[ $file == rx* ]] ||
			is "$(qemu_queue "$queue" last-avail-idx)" "$(key "$file" avail_idx | cut -d ' ' -f 1)" \
				"$3 $file: available index"
	else
		is "$(qemu_queue "$queue" used-idx)" "$(key "$file" next_used | cut -d ' ' -f 1)" "$3 $file: used position"
		[[ $file == rx* ]] ||
			is "$(qemu_queue "$queue" last-avail-idx)" "$(key "$file" next_avail | cut -d ' ' -f 1)" \
				"$3 $file: available position"
	fi
	is "$(qemu_queue "$queue" inuse)" 0 "$3 $file: QEMU is at none"
}

# The receive buffer that QEMU takes next: each field of it (split only).
next_element()
{
	local got line fields
	got=$(qmp x-query-virtio-queue-element path=/machine/peripheral/dut0/virtio-backend queue=0)
	line=$(grep -m 1 "^$(jq .index <<<"$got") 0x" "$debugfs/$bdf/rx0")
	read -ra fields <<<"$line"
	is "$(jq -r '"\(.descs[0].addr) \(.descs[0].len) \(.descs[0].flags[0] | ascii_upcase)"' <<<"$got")" \
		"$((fields[1])) ${fields[2]} ${fields[3]}" "$1 rx0: the next descriptor"
	is "$(jq -r '"\(.avail.idx) \(.used.idx)"' <<<"$got")" \
		"$(key rx0 avail_idx | cut -d ' ' -f 1) $(key rx0 used_idx | cut -d ' ' -f 1)" "$1 rx0: both indices"
	like "$line" " device " "$1 rx0: and it is the device's"
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

part_rings()
{
	local layout lost
	head -c 100001 /dev/urandom >"$work/file"
	for layout in split packed; do
		add "packed=$([[ $layout == packed ]] && echo true || echo false)" || { not_ok "$layout comes up"; continue; }
		ok "$layout: packets" send_to_peer
		ok "$layout: packets" send_to_us
		# Nobody sends: ARP is settled, and IPv6 off.
		ip neigh replace 10.8.0.2 lladdr 52:54:00:78:6d:01 dev "$dev" nud permanent
		wait_for 10 quiet
		agree rx0 0 "$layout"
		agree tx0 1 "$layout"
		agree ctrl 2 "$layout"
		[[ $layout != split ]] || next_element "$layout"
		is "$(awk '$1 ~ /^[0-9]+$/ && $7 != "-"' "$debugfs/$bdf/rx0" | wc -l)" \
			"$(key rx0 in_flight)" "$layout: as many descriptors in flight as it says"
		is "$(key tx0 in_flight)" 0 "$layout: nothing is left to be sent"
		lost=$(sum lost_interrupts)
		ok "$layout: what nobody waits for comes back" nobodys
		is "$(sum lost_interrupts)" "$lost" "$layout: not by the watchdog"
		is "$(sum tx_kicks)" "$(awk '$1 == "tx0" { print $7 }' "$debugfs/$bdf/queues")" \
			"$layout: ethtool and debugfs count alike"
		unplug 0
	done
}

quiet()
{
	local a
	a=$(cat "$debugfs/$bdf/queues")
	sleep 0.5
	[[ $a == "$(cat "$debugfs/$bdf/queues")" ]]
}

# -- life: all ways to go, with traffic ------------------------------------------------------

# With a kernel that checks everything, packets as fast as they go leave no time for the rest.
traffic()
{
	local rate=0
	[[ ! -e /sys/kernel/debug/kunit ]] || rate=5M
	serve
	pids=("$server")
	iperf3 -c 10.8.0.2 -t 1000 --bidir -b "$rate" >/dev/null 2>&1 &
	pids+=($!)
	ping -q -i 0.01 -s 1400 10.8.0.2 >/dev/null 2>&1 &
	pids+=($!)
	wait_for 10 moved 100
}

# At least $1 packets went each way.
moved()
{
	(($(<"/sys/class/net/$dev/statistics/rx_packets") > $1 &&
		$(<"/sys/class/net/$dev/statistics/tx_packets") > $1))
}

hush()
{
	kill "${pids[@]}" 2>/dev/null
	wait "${pids[@]}" 2>/dev/null
	return 0
}

no_net() { ! net_of "$bdf"; }

# way NAME COMMAND...: with traffic, COMMAND, and then nothing is left behind
way()
{
	local name=$1
	shift

	add packed="${packed:-false}" || { not_ok "$name: comes up"; return; }
	if traffic; then pass "$name: traffic"; else not_ok "$name: traffic"; fi
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
go_down() { ip link set "$dev" down && ip link set "$dev" up && wait_for 10 moved 200; }
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
		cat "$debugfs/$bdf/"{device,queues,rx0,tx0,ctrl} >"$work/looked" || return
		ethtool -S "$dev" >/dev/null || return
	done
	grep -q "^in_flight" "$work/looked" && moved 200
}

part_life()
{
	local packed
	for packed in false true; do
		way "rmmod" go_rmmod
		way "unbind" go_unbind
		way "unplug" unplug 0
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
		ip neigh replace 10.8.0.2 lladdr 52:54:00:78:6d:01 dev "$dev" nud permanent
		in_peer ip neigh replace 10.8.0.1 lladdr 52:54:00:78:6d:00 dev peer0 nud permanent
		wait_for 10 quiet
		ok "packed=$layout: a lost interrupt" interrupt_found
		ok "packed=$layout: a lost kick" kick_found
		ok "packed=$layout: a lost kick, receiving" rx_kick_found
		ok "packed=$layout: a queue that is stuck is reset" stuck_found
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

# Somebody else resets the device: by the way to its registers that nobody uses, the window in its
# configuration space (VIRTIO 4.1.4.9). Nothing tells the driver.
forget()
{
	local n common window at
	for n in 0 1 2 3 4 5; do
		case $(setpci -s "$bdf" "CAP09+3.b@$n" 2>/dev/null) in
		01)	common=$n ;;
		05)	window=$n ;;
		esac
	done
	at=$((0x$(setpci -s "$bdf" "CAP09+8.l@$common") + 0x14))
	setpci -s "$bdf" "CAP09+4.b@$window=$(setpci -s "$bdf" "CAP09+4.b@$common")" \
		"CAP09+8.l@$window=$(printf '%x' "$at")" "CAP09+c.l@$window=1" "CAP09+10.b@$window=0"
}

# Nothing is sent: who only receives would wait for ever.
forgotten_found()
{
	local before
	before=$(counter resets)
	forget || return
	wait_for 20 more_resets "$before" && wait_for 20 reachable
}

# -- outside: QEMU's user network --------------------------------------------------------------

part_outside()
{
	local f
	for f in "$sys"/*; do
		[[ $(cat "$f/vendor" "$f/device" | xargs) == "0x1af4 0x1041" ]] || continue
		[[ ${f##*/} == "$(in_slot 0)" || ${f##*/} == "$(in_slot 1)" ]] || bdf=${f##*/}
	done
	modprobe vnic
	fails "nobody asked for it: vnic does not bind" test "$(readlink "$sys/$bdf/driver" | xargs -r basename)" = vnic
	like "$(modinfo -F alias vnic)" '^$' "and nothing makes udev load it"
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

# -- memory: one allocation of a hundred fails ---------------------------------------------------

failslab() { echo "$2" >"/sys/kernel/debug/failslab/$1"; }

# Of everybody's allocations those that may not wait fail: packets. (Were the others to fail, too,
# the kernel's own handling of interrupts and of ACPI would complain before the driver does.)
with_failing_packets()
{
	local ret
	failslab probability 1
	# Not only packets: a connection may not come about.
	"$@" || "$@" || "$@"
	ret=$?
	failslab probability 0
	return "$ret"
}

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
	local layout
	head -c 300001 /dev/urandom >"$work/file"
	[[ -d /sys/kernel/debug/failslab ]] || { skip "no memory" "this kernel injects no failures"; return; }
	failslab verbose 0
	failslab times -1
	for layout in false true; do
		add "packed=$layout" iommu_platform=true || { not_ok "packed=$layout comes up"; continue; }
		ok "packed=$layout: TCP out, and packets fail" with_failing_packets send_to_peer
		ok "packed=$layout: TCP in, and packets fail" with_failing_packets send_to_us
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
	two_cards 10.8.0.2/24 || { not_ok "two cards"; return; }
	ok "up" settle
	ok "ping of all sizes" ping_sizes 0 1 17 243 244 1472 30000
	ok "and many" flood
	ok "TCP out" send_to_peer
	ok "TCP in" send_to_us
	serve
	ok "UDP out" udp
	ok "UDP in" udp -R
	unserve
	ok "down and up" cycle
	no_errors "datagrams"
	go_unbind
}

# -- tap: checksums, segmentation, several queues ----------------------------------------------

# two_cards PEER: the second one in its namespace, with that address; vnic has the first one
two_cards()
{
	local f all=()
	for f in "$sys"/*; do
		[[ $(cat "$f/vendor" "$f/device" | xargs) != "0x1af4 0x1041" ]] || all+=("${f##*/}")
	done
	modprobe -a virtio_net vnic
	sysctl -qw net.core.rmem_max=8388608 net.core.wmem_max=8388608 \
		net.ipv6.conf.default.disable_ipv6=1
	ip netns add peer
	ip -n peer link set lo up
	bdf=${all[1]}
	wait_for 10 net_of "$bdf" || return
	ip link set "$(net_of "$bdf")" netns peer name peer0
	ip -n peer addr add "$1" dev peer0
	ip -n peer link set peer0 up
	bdf=${all[0]}
	give "$bdf" vnic || return
	dev=$(net_of "$bdf")
}

# The host's end routes between them.
set_up_taps()
{
	two_cards 10.71.0.2/24 || return
	ip -n peer route add default via 10.71.0.1
	ip addr add 10.70.0.2/24 dev "$dev"
	ip link set "$dev" up
	ip route add default via 10.70.0.1
	wait_for 10 ping -c 1 -W 1 10.71.0.2
}

tap_out() { send_file env in_peer 10.71.0.2; }
tap_in() { send_file in_peer env 10.70.0.2; }
tap_streams() { iperf3 -c 10.71.0.2 -P 4 --bidir -n 512K; }

part_tap()
{
	local n before
	head -c 3000001 /dev/urandom >"$work/file"
	set_up_taps || { not_ok "two taps"; return; }
	for f in CSUM GUEST_CSUM HOST_TSO4 HOST_TSO6 GUEST_TSO4 GUEST_TSO6 MQ; do
		ok "agreed on $f" agreed "$f"
	done
	like "$(ethtool -k "$dev")" "tx-checksumming: on".*"tcp-segmentation-offload: on" "ethtool -k"
	ok "TCP out" tap_out
	ok "TCP in" tap_in
	ok "segments were sent in one" more tx_gso 0
	ok "and received in one" more rx_gso 0
	ok "checksums, too" test "$(sum tx_csum)" -gt 0 -a "$(($(sum rx_csum) + $(sum rx_csum_partial)))" -gt 0
	ip netns exec peer iperf3 -s -p 5201 >/dev/null 2>&1 &
	server=$!
	wait_for 10 serving
	before=$(sum tx_gso)
	for n in 2 1 2; do
		ok "$n queue pairs" ethtool -L "$dev" combined "$n"
		ok "$n queue pairs: four streams each way" tap_streams
	done
	ok "... segments sent in one" more tx_gso "$before"
	ok "ethtool -K tso off" ethtool -K "$dev" tso off
	ok "... TCP out" tap_out
	ok "ethtool -K tx off" ethtool -K "$dev" tx off
	ok "... TCP out" tap_out
	ok "... and back" ethtool -K "$dev" tx on tso on
	ok "TCP out" tap_out
	kill "$server"
	no_errors "taps"
	go_unbind
}

if [[ $* != tap && $* != dgram ]]; then
	set_up_peer || not_ok "a partner"
fi
for part; do
	"part_$part"
done
ok "vnic goes out" wait_for 10 modprobe -r vnic
rm -r "$work"
done_testing
