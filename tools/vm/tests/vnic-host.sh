#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: vnic-host.sh PART...
#
# In the guest: vnic_host with the kernel's own virtio_net at its other end. Both are in
# this one kernel; the driver's interface is moved to a network namespace, so that packets
# really take the rings:
#
#   10.9.0.1 vnic0 (vnic_host) <-> rings <-> virtio_net eth0 10.9.0.2 in namespace "guest"
#
# PART: data (features one by one and in pairs, packets and payloads), life (all ways to
# go, with traffic), link (filters, MTU, names, rights), hostile (a driver that lies),
# memory (allocations that fail; needs the debug kernel), dax (files in the memory of a device;
# needs memmap=SIZE!START on the kernel's command line), lockdown (the last: it is for good).

# Functions are called by name.
# shellcheck disable=SC2317
# shellcheck source=tools/vm/tests/lib.sh
. "$(dirname "$0")/lib.sh"

debugfs=/sys/kernel/debug/vnic_host
work=$(mktemp -d)
cycles=2
[[ -z ${XLATE_SOAK-} ]] || cycles=$(often 100)

virtio_of() { ethtool -i "$1" | sed -n 's/^bus-info: //p'; }

# The driver's interface of $1, as long as nobody moved it to a namespace.
guest_of()
{
	local v
	grep -q "current yes" "$debugfs/$1/features" || return 1
	v=$(virtio_of "$1")
	v=$(echo "/sys/bus/virtio/devices/$v/net/"*)
	[[ -e $v ]] && echo "${v##*/}"
}

in_guest() { ip netns exec guest "$@"; }

# Take the driver's interface of vnic0 into the namespace, and both up.
settle()
{
	wait_for 30 guest_of vnic0 || { not_ok "the guest's interface appears"; return 1; }
	g=$(guest_of vnic0)
	ip link set "$g" netns guest
	ip -n guest addr add 10.9.0.2/24 dev "$g"
	ip -n guest link set "$g" up
	ip addr replace 10.9.0.1/24 dev vnic0
	ip link set vnic0 up
	wait_for 10 reachable || { not_ok "the guest is reached"; return 1; }
}

reachable() { ping -c 1 -W 1 10.9.0.2; }

# add [OPTION...]: the modules, vnic0 and its guest. Not by ok: it sets g.
add()
{
	modprobe virtio_net
	modprobe vnic_host
	ip netns add guest 2>/dev/null
	ip -n guest link set lo up
	ip link add vnic0 "$@" type vnic && settle
}

gone() { ! ls /sys/devices/platform/vnic_host/virtio*; }

counter() { awk -v q="$1" -v c="$2" '$1 == q && $2 == c { print $3 }' "$debugfs/vnic0/counters"; }

# sum COUNTER: over all queues
sum() { awk -v c="$1" '$2 == c { n += $3 } END { print n + 0 }' "$debugfs/vnic0/counters"; }

negotiated() { awk -v f="$1" '$2 == f { print $4 }' "$debugfs/vnic0/features"; }

# payload NETNS_TO ADDRESS: a file goes over TCP and arrives as it was
send_to_guest()
{
	in_guest socat -u TCP-LISTEN:5001,reuseaddr "CREATE:$work/got" &
	local pid=$!
	wait_for 10 listening guest 5001
	socat -u "FILE:$work/file" TCP:10.9.0.2:5001
	wait "$pid"
	cmp "$work/file" "$work/got"
}

send_to_host()
{
	socat -u TCP-LISTEN:5002,reuseaddr "CREATE:$work/got" &
	local pid=$!
	wait_for 10 listening host 5002
	in_guest socat -u "FILE:$work/file" TCP:10.9.0.1:5002
	wait "$pid"
	cmp "$work/file" "$work/got"
}

listening()
{
	if [[ $1 == guest ]]; then in_guest ss -Hltn "sport = :$2"; else ss -Hltn "sport = :$2"; fi | grep -q .
}

# page_send WHAT FILE WANTED: what page-send sends is what the file WANTED has then
page_send()
{
	socat -u TCP-LISTEN:5002,reuseaddr "CREATE:$work/got" &
	local pid=$!
	wait_for 10 listening host 5002
	in_guest page-send 10.9.0.1 5002 "$1" "$2" || { kill "$pid"; return 1; }
	wait "$pid"
	cmp "$3" "$work/got"
}

# Pages that are reserved, and no driver's own, but that programs send.
odd_pages()
{
	local sparse
	sparse=$(mktemp -p /dev/shm)
	truncate -s 300001 "$sparse"
	# What is sent once more is copied, so nobody shall be in a hurry to do so.
	in_guest sysctl -qw net.ipv4.tcp_early_retrans=0
	ip -n guest route change 10.9.0.0/24 dev "$g" src 10.9.0.2 rto_min 60s
	head -c 300001 /dev/zero >"$work/zeros"
	ok "$1: a file with nothing but a hole" page_send file "$sparse" "$work/zeros"
	ok "$1: pages never touched, and the vDSO" page_send pages "$work/pages" "$work/pages"
	ip -n guest route change 10.9.0.0/24 dev "$g" src 10.9.0.2
	rm "$sparse"
}

# UDP that cannot be lost for want of room in sockets: all of it fits there.
udp()
{
	local where=$1 json
	shift
	json=$("$@" -u -b 8M -n 300K -w 4M --json) || { echo "$json"; return 1; }
	[[ $json =~ \"lost_packets\":[[:space:]]*0, ]] || { echo "$where: $json" | grep -E 'lost|packets|error'; return 1; }
}

serve()
{
	# Not by in_guest: $! shall be the program, not a shell.
	ip netns exec guest iperf3 -s -p 5201 >/dev/null 2>&1 &
	server=$!
	wait_for 10 listening guest 5201
}

unserve()
{
	kill "$server" 2>/dev/null
	wait "$server" 2>/dev/null
}

cycle()
{
	local i
	for ((i = 0; i < cycles; i++)); do
		ip -n guest link set "$g" down
		ip -n guest link set "$g" up
		ip link set vnic0 down
		ip link set vnic0 up
	done
	wait_for 10 reachable
}

# -- data: features ----------------------------------------------------------------------

# cell NAME PAIRS FLAG on|off...
cell()
{
	local name=$1 pairs=$2 errors
	shift 2

	# Each is a change; the last device is the one.
	ethtool -L vnic0 combined "$pairs" >/dev/null 2>&1
	ethtool --set-priv-flags vnic0 packed off event-idx on indirect on dma-api off \
		mrg-rxbuf on csum on tso on ctrl-vq on
	[[ $# == 0 ]] || ethtool --set-priv-flags vnic0 "$@"
	settle || return
	ok "$name: negotiated" agreed "$@"
	serve
	ok "$name: ping of all sizes" ping_sizes
	ok "$name: TCP to the guest" send_to_guest
	ok "$name: TCP to the host" send_to_host
	odd_pages "$name"
	ok "$name: UDP to the guest" udp guest iperf3 -c 10.9.0.2
	ok "$name: UDP to the host" udp host iperf3 -c 10.9.0.2 -R
	ok "$name: four streams each way" iperf3 -c 10.9.0.2 -P 2 --bidir -n 512K
	unserve
	ok "$name: down and up, $cycles times" cycle
	errors=$(ip -j -s link show vnic0 | grep -o '"errors":[0-9]*' | grep -cv ':0$')
	is "$errors $(sum broken) $(sum refused_addresses) $(sum kicks_lost)" "0 0 0 0" "$name: no errors"
}

# agreed [FLAG on|off]...: that is what the driver took
agreed()
{
	local -A bits=([packed]=RING_PACKED [event-idx]=EVENT_IDX [indirect]=INDIRECT_DESC
		[dma-api]=ACCESS_PLATFORM [mrg-rxbuf]=MRG_RXBUF [csum]=CSUM [tso]=HOST_TSO4
		[ctrl-vq]=CTRL_VQ)
	local -A want=([on]=yes [off]="")
	while [[ $# -gt 0 ]]; do
		[[ $(negotiated "${bits[$1]}") == "${want[$2]}" ]] || { echo "$1"; cat "$debugfs/vnic0/features"; return 1; }
		shift 2
	done
}

ping_sizes()
{
	local size
	for size in 0 1 17 1472 4000 60000; do
		ping -q -c 1 -W 5 -s "$size" -p a55a10ff 10.9.0.2 || return
	done
}

part_data()
{
	head -c 1000001 /dev/urandom >"$work/file"
	sysctl -qw net.core.rmem_max=8388608 net.core.wmem_max=8388608
	add numtxqueues 4 numrxqueues 4
	is $? 0 "vnic0 is added"
	is "$(negotiated VERSION_1) $(negotiated MRG_RXBUF) $(negotiated RING_PACKED)" "yes yes " \
		"debugfs has the features"
	cell "split" 1
	cell "packed, 4 pairs" 4 packed on
	cell "packed, no event index, no indirect" 1 packed on event-idx off indirect off
	cell "split, no indirect, no merging" 2 indirect off mrg-rxbuf off
	cell "packed, no merging, no TSO" 1 packed on mrg-rxbuf off tso off
	cell "split, no event index, no checksums, 4 pairs" 4 event-idx off csum off
	cell "packed, DMA API, 2 pairs" 2 packed on dma-api on
	cell "split, DMA API, no control queue, no indirect" 1 dma-api on ctrl-vq off indirect off
	if [[ -n ${XLATE_SOAK-} ]]; then
		local p e i m c
		for p in on off; do for e in on off; do for i in on off; do for m in on off; do for c in on off; do
			cell "packed $p event-idx $e indirect $i mrg-rxbuf $m csum $c" 2 packed "$p" \
				event-idx "$e" indirect "$i" mrg-rxbuf "$m" csum "$c"
		done; done; done; done; done
	fi
	fails "rings that virtio_net would get stuck with" ethtool -G vnic0 rx 16
	# 2048 bytes per buffer, then 1536: see mergeable_min_buf_len() in virtio_net.
	small_rings 32 3
	longest_packets 32 16
	small_rings 64 28
	longest_packets 64 32
	like "$(ethtool -G vnic0 tx 32 2>&1)" "Too few descriptors for the MTU" "too few for the MTU"
	ip link set vnic0 mtu 1500
	ok "vnic0 is deleted" ip link del vnic0
	ok "the guest's interface goes, too" wait_for 20 gone
	ok "vnic_host goes out" rmmod vnic_host
}

# small_rings SIZE N: with N buffers used up a large packet does not fit, and the driver sees no
# reason to bring new ones. Packets wait for the driver, but never may it wait for a packet.
small_rings()
{
	local expired i
	ethtool -G vnic0 rx "$1" tx "$1"
	ok "rings of $1" wait_for 30 guest_of vnic0
	settle || return
	is "$(awk '$1 == "rx0" { print $3 }' "$debugfs/vnic0/queues")" "$1" "... for the driver, too"
	expired=$(sum expired)
	ok "... a large packet into an empty ring" vnet-send vnic0 tcp 60000
	for ((i = 0; i < $2; i++)); do vnet-send vnic0 34; done
	ok "... and into one in use" vnet-send vnic0 tcp 60000
	ok "... TCP to the guest" send_to_guest
	ok "... and back" send_to_host
	is "$(($(sum stops) > 0)) $(sum expired)" "1 $expired" "... packets waited, none in vain"
	ok "... each queue that stopped goes on" wait_for 10 all_go_on
}

# longest_packets SIZE N: the longest MTU of such rings is one that works with N buffers used up,
# when the driver brings no new ones yet
longest_packets()
{
	local i expired mtu=$(($1 * 750 - 22))
	like "$(ip link set vnic0 mtu $((mtu + 1)) 2>&1)" "greater than device maximum" \
		"... a longer MTU than the driver has buffers for"
	ok "... the longest" ip link set vnic0 mtu "$mtu"
	ethtool --reset vnic0 all >/dev/null
	wait_for 30 guest_of vnic0
	settle || return
	expired=$(sum expired)
	for ((i = 0; i < $2; i++)); do vnet-send vnic0 34; done
	ok "... packets as long as that" ping -c 10 -i 0.01 -W 30 -M "do" -s $((mtu - 28)) 10.9.0.2
	is "$(sum expired)" "$expired" "... none that waited in vain"
}

# -- life: all ways to go, with traffic ---------------------------------------------------

# In both directions, until the interfaces go.
traffic()
{
	# Not by in_guest: $! shall be the program, not a shell.
	ip netns exec guest iperf3 -s -p 5201 >/dev/null 2>&1 &
	pids=($!)
	wait_for 10 listening guest 5201
	iperf3 -c 10.9.0.2 -t 1000 --bidir >/dev/null 2>&1 &
	pids+=($!)
	ping -q -i 0.01 -s 1400 10.9.0.2 >/dev/null 2>&1 &
	pids+=($!)
	wait_for 10 moved 100
}

# At least $1 more packets went each way.
moved()
{
	local rx tx
	rx=$(<"/sys/class/net/vnic0/statistics/rx_packets")
	tx=$(<"/sys/class/net/vnic0/statistics/tx_packets")
	((rx > $1 && tx > $1))
}

quiet()
{
	kill "${pids[@]}" 2>/dev/null
	wait "${pids[@]}" 2>/dev/null
	return 0
}

# way NAME COMMAND...: with traffic, COMMAND, and then nothing is left behind
way()
{
	local name=$1
	shift

	add numtxqueues 2 numrxqueues 2 || return
	# Not by ok, which would lose the process ids.
	if traffic; then pass "$name: traffic"; else not_ok "$name: traffic"; fi
	ok "$name" "$@"
	quiet
	! ip link show vnic0 >/dev/null 2>&1 || ip link del vnic0
	ok "$name: the device is gone" wait_for 20 gone
	# Debugfs, sysfs and sockets close after their programs.
	ok "$name: rmmod" wait_for 10 modprobe -r vnic_host
}

unbind_and_bind()
{
	local v
	v=$(virtio_of vnic0)
	echo "$v" >/sys/bus/virtio/drivers/virtio_net/unbind || return
	[[ $(</sys/class/net/vnic0/carrier) == 0 ]] || return
	echo "$v" >/sys/bus/virtio/drivers/virtio_net/bind || return
	settle || return
	# What waits now goes on, and what waited then did.
	wait_for 10 all_go_on
}

all_go_on() { (($(sum stops) == $(sum wakes))); }

driver_out_and_in()
{
	# Others may use it; then this is no way to go.
	modprobe -r virtio_net || return
	[[ $(</sys/class/net/vnic0/carrier) == 0 ]] || return
	modprobe virtio_net && settle
}

replace()
{
	local i state=(on off)
	for ((i = 0; i < 10; i++)); do
		ethtool --set-priv-flags vnic0 packed "${state[i % 2]}" || return
		ethtool -G vnic0 rx $((32 << (i % 4))) || return
	done
	settle
}

in_a_namespace()
{
	ip netns add other
	ip link set vnic0 netns other
	ip -n other addr add 10.9.0.1/24 dev vnic0
	ip -n other link set vnic0 up
	wait_for 10 ip netns exec other ping -c 1 -W 1 10.9.0.2 || return
	ip netns exec other ping -q -i 0.002 10.9.0.2 >/dev/null 2>&1 &
	sleep 0.3
	kill "$!"
	ip netns del other
	wait_for 20 gone
}

guest_namespace_ends()
{
	kill "${pids[@]}"
	ip netns del guest
	# A virtio interface is the machine's: it comes back.
	wait_for 20 guest_of vnic0
}

both_deleted_at_once()
{
	local v
	v=$(virtio_of vnic0)
	ip link del vnic0 &
	echo "$v" >/sys/bus/virtio/drivers/virtio_net/unbind 2>/dev/null
	wait "$!"
}

many()
{
	local i
	for ((i = 0; i < 10; i++)); do
		ip link add type vnic || return
	done
	for ((i = 1; i <= 10; i++)); do
		ip link del "vnic$i" || return
	done
}

part_life()
{
	way "deleting the link" ip link del vnic0
	way "rmmod" modprobe -r vnic_host
	way "unbinding and binding the driver" unbind_and_bind
	way "taking out the driver" driver_out_and_in
	way "replacing the device, twenty times" replace
	way "the end of the host's namespace" in_a_namespace
	way "the end of the guest's namespace" guest_namespace_ends
	way "deleting both ends at once" both_deleted_at_once
	way "ten more links" many
	local i
	for ((i = 0; i < cycles; i++)); do
		modprobe virtio_net
		modprobe vnic_host
		ip link add vnic0 type vnic
		rmmod vnic_host || not_ok "added and rmmod at once"
	done
	pass "added and rmmod at once, $cycles times"
}

# -- link: filters, MTU, names, rights ------------------------------------------------------

part_link()
{
	local mac
	modprobe vnic_host
	like "$(unshare -Urn ip link add vnic9 type vnic 2>&1)" "initial user namespace" \
		"a user of another namespace adds none"
	like "$(ip link add vnic0 numtxqueues 17 numrxqueues 17 type vnic 2>&1)" "At most 16" \
		"more queues than there can be"
	add mtu 9000
	is $? 0 "added with MTU 9000"
	is "$(in_guest cat "/sys/class/net/$g/mtu")" 9000 "the guest's MTU follows"
	ok "jumbo frames" ping -c 3 -i 0.01 -M "do" -s 8972 10.9.0.2
	too_long

	# What the guest does not want is not put into its ring.
	ip neigh add 10.9.0.99 lladdr 02:00:00:00:00:99 dev vnic0
	local before after
	before=$(sum filtered)
	ping -c 3 -i 0.01 -W 1 10.9.0.99 >/dev/null 2>&1
	after=$(sum filtered)
	ok "frames for others are filtered" test "$((after - before))" -ge 3
	in_guest ip link set "$g" promisc on
	ok "promiscuous, they are not" wait_for 5 passes 10.9.0.99
	in_guest ip link set "$g" promisc off
	many_addresses

	mac=02:00:00:00:00:42
	in_guest ip link set "$g" down
	ok "the guest changes its address" in_guest ip link set "$g" address "$mac"
	in_guest ip link set "$g" up
	ip neigh flush dev vnic0
	ok "and is reached" wait_for 10 reachable
	like "$(ip neigh show 10.9.0.2)" "$mac" "at the new address"

	ip link add link vnic0 name vnic0.7 type vlan id 7
	in_guest ip link add link "$g" name vlan7 type vlan id 7
	ip addr add 10.9.7.1/24 dev vnic0.7
	in_guest ip addr add 10.9.7.2/24 dev vlan7
	ip link set vnic0.7 up
	in_guest ip link set vlan7 up
	ok "VLAN" wait_for 10 ping -c 1 -W 1 10.9.7.2
	in_guest ip link del vlan7
	ip neigh replace 10.9.7.2 lladdr "$mac" dev vnic0.7
	before=$(sum filtered)
	ping -c 3 -i 0.01 -W 1 10.9.7.2 >/dev/null 2>&1
	after=$(sum filtered)
	ok "without the VLAN it is filtered" test "$((after - before))" -ge 3
	in_guest ip link set "$g" promisc on
	ok "promiscuous, it is not" wait_for 5 passes 10.9.7.2
	in_guest ip link set "$g" promisc off
	ok "... and again it is" wait_for 5 filtered 10.9.7.2
	ip link del vnic0.7
	ok "two tags, with a packet as long as may be" two_tags

	ip link set vnic0 down
	ok "host down: the guest has no carrier" wait_for 5 guest_carrier 0
	ip link set vnic0 up
	ok "host up: it has" wait_for 5 guest_carrier 1
	wait_for 5 announced
	is $? 0 "and acknowledged the announcement"
	in_guest ip link set "$g" down

	ip link set vnic0 down
	ok "renamed" ip link set vnic0 name other0
	ok "the folder, too" test -e "$debugfs/other0/queues"
	ip link set other0 name vnic0
	ip netns add second
	ok "a second of that name" ip -n second link add vnic0 type vnic
	is "$(echo "$debugfs"/vnic0*/queues | wc -w)" 2 "has a folder"
	ip netns del second
	in_guest ip link set "$g" up
	ip link set vnic0 up
	wait_for 10 reachable
	like "$(setpriv --bounding-set=-sys_admin cat "$debugfs/vnic0/ring_rx0" 2>&1)" "not permitted" \
		"addresses are not for each root"
	ok "counters are" setpriv --bounding-set=-sys_admin grep -q kicks "$debugfs/vnic0/counters"
	follow
	ok "all gone" wait_for 20 gone
	is "$(ls "$debugfs")" "" "folders, too"
}

# xlate nic --follow: what it prints, with traffic; and how it ends.
follow()
{
	local had sum pid pinging

	had=$(rx_chains)
	follow_start
	ip netns exec guest ping -q -i 0.05 10.9.0.1 >/dev/null 2>&1 &
	pinging=$!
	ok "xlate nic --follow: three updates have traffic" wait_for 60 updates 3
	kill "$pinging"
	wait "$pinging" 2>/dev/null
	ok "... a burst" ping -q -f -c 500 10.9.0.2
	ok "... is in them" wait_for 30 added_up 500
	sum=$(added)
	ok "... never more than was counted ($sum)" test "$sum" -le $(($(rx_chains) - had))
	kill -INT "$pid"
	wait "$pid"
	is "$? $(cat "$work/error")" "130 " "... SIGINT ends it, as it does any program"

	follow_start
	ip link del vnic0
	wait "$pid"
	is $? 1 "xlate nic --follow: ends when the card goes"
	is "$(<"$work/error")" "xlate: vnic0: it is gone" "... and says so"
}

# In the background, where a shell lets programs ignore SIGINT, unless told otherwise.
follow_start()
{
	env --default-signal=INT xlate nic vnic0 --follow -o QUEUE,CHAINS >"$work/follow" 2>"$work/error" &
	pid=$!
	ok "xlate nic --follow: begins" wait_for 30 grep QUEUE "$work/follow"
}

# Which queue a packet takes is a matter of hashes.
rx_chains() { awk '/^rx[0-9]+ chains / { n += $3 } END { print n + 0 }' "$debugfs/vnic0/counters"; }
added() { awk '/^rx/ { n += $2 } END { print n + 0 }' "$work/follow"; }
added_up() { (($(added) >= $1)); }
# updates COUNT: so many of one queue, each with something
updates() { awk -v n="$1" '/^rx/ && $2 > 0 && ++seen[$1] >= n { found = 1 } END { exit !found }' "$work/follow"; }

guest_carrier() { [[ $(in_guest cat "/sys/class/net/$g/carrier") == "$1" ]]; }

# What is sent to the address is filtered, all of it; or nothing, and it arrives.
filtered()
{
	local before
	before=$(sum filtered)
	ping -c 2 -i 0.01 -W 1 "$1" >/dev/null 2>&1
	(($(sum filtered) >= before + 2))
}

passes()
{
	local before arrived
	before=$(sum filtered)
	arrived=$(guest_received)
	ping -c 2 -i 0.01 -W 1 "$1" >/dev/null 2>&1
	(($(sum filtered) == before && $(guest_received) >= arrived + 2))
}

guest_received() { in_guest cat "/sys/class/net/$g/statistics/rx_packets"; }

# More addresses than the device reads: so all of them pass.
many_addresses()
{
	local i mac macs=()

	ip neigh add 10.9.0.98 lladdr 01:00:5e:01:02:bc dev vnic0
	ok "frames to a group are filtered" wait_for 5 filtered 10.9.0.98
	# The last one is 700, 0x2bc. All by one program, which "ip maddr" cannot.
	for ((i = 1; i <= 700; i++)); do
		printf -v mac '01:00:5e:01:%02x:%02x dev %s self' $((i >> 8)) $((i & 255)) "$g"
		macs+=("$mac")
	done
	printf 'fdb add %s permanent\n' "${macs[@]}" >"$work/batch"
	# While it is down, it tells the device of none; then of all at once.
	in_guest ip link set "$g" down
	ok "the guest joins 700 groups" bridge -n guest -batch "$work/batch"
	in_guest ip link set "$g" up
	ok "frames to the last of them are not" wait_for 5 passes 10.9.0.98
	ok "... nor those for others" wait_for 5 passes 10.9.0.99
	printf 'fdb del %s\n' "${macs[@]}" >"$work/batch"
	ok "it leaves them" bridge -n guest -batch "$work/batch"
	ok "... and they are filtered" wait_for 5 filtered 10.9.0.98
	ok "... and those for others" wait_for 5 filtered 10.9.0.99
}

# The host's MTU may be larger than the one that the guest agreed to.
too_long()
{
	local had

	ip link set vnic0 mtu 20000
	had=$(tx_errors)
	fails "packets larger than the guest's MTU are not answered" \
		ping -c 3 -i 0.01 -W 1 -M "do" -s 15000 10.9.0.2
	ok "... but counted" test "$(tx_errors)" -ge $((had + 3))
	had=$(tx_errors)
	ok "... and others are" ping -c 3 -i 0.01 -W 5 -M "do" -s 8972 10.9.0.2
	is "$(tx_errors)" "$had" "... without errors"
	ip link set vnic0 mtu 9000
}

tx_errors() { echo $(($(<"/sys/class/net/vnic0/statistics/tx_errors"))); }

# 802.1ad around 802.1Q: eight bytes that the MTU does not count.
two_tags()
{
	local mtu

	mtu=$(in_guest cat "/sys/class/net/$g/mtu")
	ip link add link vnic0 name outer type vlan proto 802.1ad id 10 &&
		ip link add link outer name inner type vlan id 20 &&
		in_guest ip link add link "$g" name outer type vlan proto 802.1ad id 10 &&
		in_guest ip link add link outer name inner type vlan id 20 || return
	ip addr add 10.9.20.1/24 dev inner
	in_guest ip addr add 10.9.20.2/24 dev inner
	ip link set outer up && ip link set inner up || return
	in_guest ip link set outer up && in_guest ip link set inner up || return
	wait_for 10 ping -c 1 -W 1 10.9.20.2 &&
		ping -c 1 -W 5 -M "do" -s $((mtu - 28)) 10.9.20.2 || return
	ip link del outer
	in_guest ip link del outer
}

# Bit 1 of the status field: reset by the driver's acknowledgement.
announced() { (($(counter ctrl chains) > 0)) && grep -q "live" "$debugfs/vnic0/queues"; }

# -- hostile: a driver that lies --------------------------------------------------------------

state_of() { awk -v q="$1" '$1 == q { print $4, $NF }' "$debugfs/vnic0/queues"; }
broken_as() { [[ $(state_of "$1") == "broken $2" ]]; }

# trick QUEUE TRICK REASON: the queue breaks for that reason, and a reset mends it
trick()
{
	local queue=$1 trick=$2 reason=$3 before
	before=$(counter "$queue" broken)
	echo "$trick" >"$debugfs/vnic0/chaos_$queue" || { not_ok "$queue $trick is played"; return; }
	# A receive queue is looked at when there is a packet.
	[[ $queue != rx* ]] || ping -c 1 -W 1 10.9.0.99 >/dev/null 2>&1
	wait_for 5 broken_as "$queue" "$reason"
	is "$(state_of "$queue") $(($(counter "$queue" broken) - before))" "broken $reason 1" \
		"$layout $queue $trick: broken, counted"
	is "$(<"/sys/class/net/vnic0/carrier") $(printf '%x' $(($(<"/sys/bus/virtio/devices/$(virtio_of vnic0)/status") & 0x40)))" \
		"0 40" "$layout $queue $trick: no carrier, needs reset"
	ethtool --reset vnic0 all >/dev/null 2>&1
	wait_for 30 mended "$queue"
	is $? 0 "$layout $queue $trick: mended"
}

# A header may ask for a checksum of what IP carries, and of nothing before that.
checksums()
{
	local start had

	# Less than 20 the system calls refuse.
	for start in 20 33; do
		had=$(rx_errors)
		ok "a checksum from byte $start on" in_guest vnet-send "$g" "$start"
		is "$(wait_for 10 more_errors "$had"; echo $?)" 0 "... is refused, and counted"
	done
	had=$(udp_to_all)
	ok "from byte 34 on" in_guest vnet-send "$g" 34
	ok "... gets as far as UDP" wait_for 10 more_udp_to_all "$had"
}

# Datagrams that nobody listens to.
udp_to_all() { awk '/^Udp:/ && !col { for (i = 1; i <= NF; i++) if ($i == "IgnoredMulti") col = i; next }
	/^Udp:/ { print $col }' /proc/net/snmp; }
more_udp_to_all() { (($(udp_to_all) > $1)); }

rx_errors() { echo $(($(<"/sys/class/net/vnic0/statistics/rx_errors"))); }
more_errors() { (($(rx_errors) == $1 + 1)); }

mended()
{
	grep -q "current yes" "$debugfs/vnic0/features" && [[ $(state_of "$1") == live\ * ]] &&
		[[ $(<"/sys/class/net/vnic0/carrier") == 1 ]]
}

part_hostile()
{
	local layout
	add numtxqueues 1 numrxqueues 1
	is $? 0 "vnic0 is added"
	ip neigh add 10.9.0.99 lladdr 02:00:00:00:00:99 dev vnic0 nud permanent
	for layout in split packed; do
		if [[ $layout == packed ]]; then
			ethtool --set-priv-flags vnic0 packed on
			wait_for 30 mended tx0
		fi
		trick tx0 zero-len zero-len
		trick tx0 addr-wrap addr-wrap
		trick tx0 nowhere addr-memory
		trick tx0 firmware addr-memory
		trick tx0 ours addr-memory
		trick tx0 in chain-way
		trick tx0 short upper
		trick tx0 indirect-next indirect-next
		trick tx0 indirect-empty indirect-len
		trick tx0 indirect-torn indirect-len
		trick tx0 indirect-long indirect-long
		trick tx0 indirect-nowhere indirect-memory
		trick tx0 indirect-ours indirect-memory
		trick tx0 head head-range
		if [[ $layout == split ]]; then
			trick tx0 loop chain-loop
			trick tx0 next next-range
			trick tx0 jump avail-jump
		else
			trick tx0 loop chain-torn
		fi
		trick rx0 zero-len zero-len
		trick rx0 nowhere-in addr-memory
		trick rx0 firmware-in addr-memory
		trick rx0 code-in addr-memory
		trick rx0 ours-in addr-memory
		trick rx0 out chain-way
		trick rx0 short-in upper
		trick rx0 indirect-ours indirect-memory
		trick ctrl short upper
		trick ctrl nowhere upper
		trick ctrl out upper
		trick ctrl zero-len zero-len
	done
	ok "packets again" settle
	checksums
	fails "a command's kick is not lost: nobody would look for it" \
		bash -c "echo lose-kick >$debugfs/vnic0/chaos_ctrl"
	echo lose-kick >"$debugfs/vnic0/chaos_tx0"
	ping -c 1 -W 3 10.9.0.2 >/dev/null
	ok "a lost kick is found" wait_for 10 lost
	ok "and made up for" wait_for 10 reachable
	echo zero-len >"$debugfs/vnic0/chaos_tx0"
	ok "rmmod with a broken queue" wait_for 10 modprobe -r vnic_host
	ok "all gone" gone
}

lost() { [[ $(counter tx0 kicks_lost) -gt 0 ]]; }

# -- lockdown: for good -------------------------------------------------------------------

part_lockdown()
{
	local out
	add
	is $? 0 "vnic0 is added"
	echo confidentiality >/sys/kernel/security/lockdown
	like "$(cat "$debugfs/vnic0/ring_rx0" 2>&1)" "not permitted" "locked down: no addresses"
	ok "... counters are shown" grep -q "^rx0 kicks" "$debugfs/vnic0/counters"
	ok "... by xlate, too" xlate nic vnic0
	out=$(xlate nic vnic0 rx0 2>&1)
	is $? 3 "... which refuses a ring"
	like "$out" "lockdown=confidentiality" "... and says why"
	ok "... packets move" reachable
	ok "... deleted" ip link del vnic0
	ok "... all gone" wait_for 20 gone
}

# -- memory: allocations fail ---------------------------------------------------------------

# failslab NAME VALUE...
failslab()
{
	while [[ $# -gt 0 ]]; do
		echo "$2" >"/sys/kernel/debug/failslab/$1" || return
		shift 2
	done
}

part_memory()
{
	head -c 1000001 /dev/urandom >"$work/file"
	add numtxqueues 2 numrxqueues 2
	is $? 0 "vnic0 is added"
	# That of softirqs and other atomic ones, of all tasks.
	ok "one allocation in a hundred fails" failslab verbose 0 task-filter N ignore-gfp-wait Y \
		interval 1 space 0 times -1 probability 1
	ok "TCP to the guest" send_to_guest
	ok "TCP to the host" send_to_host
	ok "packed" ethtool --set-priv-flags vnic0 packed on
	failslab probability 0
	settle
	failslab probability 1
	ok "TCP to the guest, packed" send_to_guest
	ok "TCP to the host, packed" send_to_host
	failslab probability 0

	ok "packets again" wait_for 10 reachable
	ok "TCP again" send_to_guest
	is "$(sum broken) $(sum refused_addresses)" "0 0" "nothing broken by it"
	ok "deleted" ip link del vnic0
	ok "all gone" wait_for 20 gone
	ok "rmmod" wait_for 10 modprobe -r vnic_host
}

# -- dax: pages that are no RAM of the system's -----------------------------------------------

part_dax()
{
	local sender listener refused had

	modprobe nd_pmem
	modprobe nd_e820
	ok "there is such memory" wait_for 10 test -b /dev/pmem0
	ok "a file system" mkfs.ext4 -q -b 4096 /dev/pmem0
	mkdir "$work/dax"
	ok "... with DAX" mount -t ext4 -o dax=always /dev/pmem0 "$work/dax"
	head -c 100000 /dev/urandom >"$work/dax/file"
	add
	is $? 0 "vnic0 is added"

	socat -u TCP-LISTEN:5002,reuseaddr "CREATE:$work/got" &
	listener=$!
	wait_for 10 listening host 5002
	refused=$(sum refused_addresses)
	had=$(rx_errors)
	ip netns exec guest page-send 10.9.0.1 5002 map "$work/dax/file" &
	sender=$!
	wait_for 10 more_refused "$refused"
	is $? 0 "pages of a file there are refused"
	ok "... an error" test "$(rx_errors)" -gt "$had"
	is "$(sum broken) $(</sys/class/net/vnic0/carrier)" "0 1" "... but no reason to break the queue"
	ok "... others may pass" ping -c 3 -i 0.01 -W 5 10.9.0.2
	kill "$sender" "$listener"
	wait "$sender" "$listener" 2>/dev/null
	ok "... copied they pass" page_send file "$work/dax/file" "$work/dax/file"

	umount "$work/dax"
	ok "vnic0 is deleted" ip link del vnic0
	ok "vnic_host goes out" wait_for 10 modprobe -r vnic_host
}

more_refused() { (($(sum refused_addresses) > $1)); }

for part; do
	"part_$part"
done
rm -r "$work"
done_testing
