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
# go, with traffic), link (filters, MTU, names, rights), hostile (a driver that lies), commands
# (the end of that), memory (allocations that fail; needs the debug kernel), dax (files in the memory
# of a device; needs memmap=SIZE!START on the kernel's command line), kfence (buffers of the driver in
# KFENCE's pool; needs kfence.sample_interval=1000 there), lockdown (the last: it is for good).

# Functions are called by name.
# shellcheck disable=SC2317
# shellcheck source=tools/vm/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/vm/tests/capture-lib.sh
. "$(dirname "$0")/capture-lib.sh"
# shellcheck source=tools/vm/tests/nic-lib.sh
. "$(dirname "$0")/nic-lib.sh"

debugfs=/sys/kernel/debug/vnic_host
dev=vnic0
far=guest
far_address=10.9.0.2
work=$(mktemp -d)
cycles=2
[[ -z ${XLATE_SOAK-} ]] || cycles=$(often 100)

virtio_of() { ethtool -i "$1" | sed -n 's/^bus-info: //p'; }

# The driver's interface of $1, as long as nobody moved it to a namespace.
guest_of()
{
	local v
	grep -q "current yes" "$debugfs/$1/device" || return 1
	v=$(virtio_of "$1")
	v=$(echo "/sys/bus/virtio/devices/$v/net/"*)
	[[ -e $v ]] && echo "${v##*/}"
}

in_guest() { ip netns exec guest "$@"; }
in_debugfs() { echo "$debugfs/vnic0/$1"; }

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

# sum COUNTER: over all queues. Not by print: mawk's 2^31 is 2.14748e+09.
sum() { awk -v c="$1" '$2 == c { n += $3 } END { printf "%.0f\n", n }' "$debugfs/vnic0/counters"; }

negotiated() { awk -v f="$1" '$2 == f { print $4 }' "$debugfs/vnic0/features"; }

# A file goes over TCP and arrives as it was: send_to_guest [ADDRESS FAMILY], send_to_host, too
send_to_guest()
{
	in_guest socat -u "TCP${2-4}-LISTEN:5001,reuseaddr${listen-}" "CREATE:$work/got" &
	local pid=$!
	wait_for 60 listening guest 5001
	socat -u "FILE:$work/file" "TCP:${1-10.9.0.2}:5001" || kill "$pid"
	wait "$pid"
	cmp "$work/file" "$work/got"
}

send_to_host()
{
	socat -u "TCP${2-4}-LISTEN:5002,reuseaddr${listen-}" "CREATE:$work/got" &
	local pid=$!
	wait_for 60 listening host 5002
	in_guest socat -u "FILE:$work/file" "TCP:${1-10.9.0.1}:5002" || kill "$pid"
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
	wait_for 60 listening host 5002
	in_guest page-send 10.9.0.1 5002 "$1" "$2" || { kill "$pid"; return 1; }
	wait "$pid"
	cmp "$3" "$work/got"
}

# Pages that are reserved, and no driver's own, but that programs send.
odd_pages()
{
	local sparse how=maybe
	sparse=$(mktemp -p /dev/shm)
	truncate -s 300001 "$sparse"
	[[ $(in_guest ethtool -k "$g") != *"scatter-gather: on"* ]] || how=pages
	head -c 300001 /dev/zero >"$work/zeros"
	ok "$1: a file with nothing but a hole" page_send file "$sparse" "$work/zeros"
	ok "$1: pages never touched, and the vDSO" page_send "$how" "$work/pages" "$work/pages"
	rm "$sparse"
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

# device PAIRS [FLAG on|off...]: as a new one, but for these
device()
{
	# Each is a change; the last device is the one.
	ethtool -L vnic0 combined "$1" >/dev/null 2>&1
	shift
	ethtool --set-priv-flags vnic0 packed off event-idx on indirect on in-order off dma-api off \
		mrg-rxbuf on csum on tso on ctrl-vq on announce off
	[[ $# == 0 ]] || ethtool --set-priv-flags vnic0 "$@"
	settle
}

# cell NAME PAIRS [FLAG on|off...]
cell()
{
	local name=$1
	device "${@:2}" || return
	shift 2
	ok "$name: negotiated" agreed "$@"
	ok "$name: ping of all sizes" ping_sizes
	ok "$name: TCP to the guest" send_to_guest
	ok "$name: TCP to the host" send_to_host
	odd_pages "$name"
	ok "$name: UDP to the guest" served udp
	ok "$name: UDP to the host" served udp -R
	ok "$name: four streams each way" served iperf3 -c 10.9.0.2 -P 2 --bidir -n 512K
	device_counters "$name"
	[[ $(pairs_in_use) == 1 ]] || fewer_and_more "$name" "$(pairs_in_use)"
	ok "$name: down and up, $cycles times" cycle
	is "$(($(link_errors) - spoilt)) $(sum broken) $(sum refused_addresses)" "0 0 0" "$name: no errors"
	# The driver's CPU may stand still between a buffer and its kick: then the device finds it.
	(($(sum kicks_lost) == 0)) || diag "$name: $(sum kicks_lost) kicks came late or were lost"
}

# Both ways, since there is vnic0; and those of them that were wanted.
spoilt=0
link_errors() { ip -j -s link show vnic0 | jq '[.[].stats64[].errors] | add'; }

# six NAME: TCP over IPv6 in packets longer than the MTU, which without GRO nobody makes of shorter ones
six()
{
	local filter="ip6 and tcp and greater 2000"
	ip addr replace fd00:9::1/64 dev vnic0 nodad
	ip -n guest addr replace fd00:9::2/64 dev "$g" nodad
	ip neigh replace fd00:9::2 lladdr "$(in_guest cat "/sys/class/net/$g/address")" dev vnic0 nud permanent
	ip -n guest neigh replace fd00:9::1 lladdr "$(</sys/class/net/vnic0/address)" dev "$g" nud permanent
	ethtool -K vnic0 gro off
	in_guest ethtool -K "$g" gro off
	is "$(negotiated HOST_TSO6) $(negotiated GUEST_TSO6)" "yes yes" "$1: IPv6: segmentation is agreed on"
	capture guest "$g" 1 "$filter"
	ok "$1: TCP over IPv6 to the guest" send_to_guest "[fd00:9::2]" 6
	ok "$1: ... in long packets" captured
	capture_end
	capture - vnic0 1 "$filter"
	ok "$1: TCP over IPv6 to the host" send_to_host "[fd00:9::1]" 6
	ok "$1: ... in long packets" captured
	capture_end
	ethtool -K vnic0 gro on
	in_guest ethtool -K "$g" gro on
	ip addr del fd00:9::1/64 dev vnic0
}

# -- counts: debugfs against the driver, as kprobes see it, and against itself

tracing=/sys/kernel/tracing

# probes: what the driver is called for when something was received, and when something was sent
probes()
{
	printf 'p:xlate/%s virtio_net:%s\n' rx skb_recv_done tx skb_xmit_done >>"$tracing/kprobe_events" &&
		echo 1 >"$tracing/events/xlate/enable"
}

no_probes()
{
	echo 0 >"$tracing/events/xlate/enable"
	printf -- '-:xlate/%s\n' rx tx >>"$tracing/kprobe_events"
}

# "CALLS MISSED"
called() { awk -v p="$1" '$1 == p { print $2, $3 }' "$tracing/kprobe_profile"; }

# Interrupts of all queues of a kind that told the driver something.
heard()
{
	awk -v q="^$1[0-9]+$" '$1 ~ q && $2 == "interrupts" { n += $3 } $1 ~ q && $2 == "interrupts_spurious" { n -= $3 }
		END { printf "%.0f\n", n }' "$debugfs/vnic0/counters"
}

both_heard() { echo "$(heard rx) $(called rx) $(heard tx) $(called tx)"; }

batches()
{
	local n
	read -r n _ < <(histogram "$1" used)
	echo "$n $(($(counter "$1" interrupts) + $(counter "$1" interrupts_spared)))"
}

# counts NAME
counts()
{
	local before after q
	ok "$1: the driver's callbacks are probed" probes
	read -ra before < <(still both_heard)
	ok "$1: ... packets" ping -q -f -c 300 -W 5 10.9.0.2
	ok "$1: ... more of them" send_to_guest
	ok "$1: ... and back" send_to_host
	read -ra after < <(still both_heard)
	is "$((after[0] - before[0])) $((after[3] - before[3]))" "$((after[1] - before[1])) $((after[4] - before[4]))" \
		"$1: ... it was called as often as debugfs says, receiving and sending"
	ok "$1: ... it was (${before[*]}, then ${after[*]}), and no probe was missed" \
		test $((after[1] - before[1])) -gt 0 -a $((after[4] - before[4])) -gt 0 -a "${after[2]} ${after[5]}" = "0 0"
	no_probes
	for q in rx0 tx0 ctrl; do
		read -ra after < <(still batches "$q")
		is "${after[0]}" "${after[1]}" "$1: $q: each batch is an interrupt, or one that was spared"
		ok "$1: $q: so many chains may be in them" within "$q" "$(counter "$q" chains)" used
	done
}

# agreed [FLAG on|off]...: that is what the driver took
agreed()
{
	local -A bits=([packed]=RING_PACKED [event-idx]=EVENT_IDX [indirect]=INDIRECT_DESC
		[dma-api]=ACCESS_PLATFORM [mrg-rxbuf]=MRG_RXBUF [csum]=CSUM [tso]=HOST_TSO4
		[ctrl-vq]=CTRL_VQ [in-order]=IN_ORDER [announce]=GUEST_ANNOUNCE)
	local -A want=([on]=yes [off]="")
	while [[ $# -gt 0 ]]; do
		# It is offered, but virtio_net does not know it.
		if [[ $1 == in-order ]]; then want[on]=no; else want[on]=yes; fi
		[[ $(negotiated "${bits[$1]}") == "${want[$2]}" ]] || { echo "$1"; cat "$debugfs/vnic0/features"; return 1; }
		shift 2
	done
}

# device_counters NAME: what the device tells the driver, which shows it, is what debugfs has
device_counters()
{
	local pairs
	if [[ $(negotiated DEVICE_STATS) != yes ]]; then
		[[ $(uname -r) == 6.1.* || $(negotiated CTRL_VQ) != yes ]] ||
			not_ok "$1: the device's counters are shown"
		return
	fi
	if [[ -e /sys/kernel/debug/kunit ]]; then
		skip "$1: the device's counters" \
			"virtio_net asks for all in an array that it declares to be of one, and UBSAN complains"
		return
	fi
	pairs=$(pairs_in_use)
	is "$(in_guest ethtool -S "$g" | grep -Ec " [rt]x[0-9]+_hw_")" $((pairs * 8)) \
		"$1: the device's counters of $pairs pairs"
	# Something may be sent in between.
	ok "$1: ... kicks and interrupts are right" wait_for 10 same_counters "$pairs"
	ok "$1: ... packets and bytes, too" wait_for 10 same_traffic
}

# same_counters PAIRS
same_counters()
{
	local i q shown
	shown=$(in_guest ethtool -S "$g")
	for ((i = 0; i < $1; i++)); do
		for q in "rx$i" "tx$i"; do
			[[ $(shown "${q}_hw_notifications") == $(counter "$q" kicks) &&
				$(shown "${q}_hw_interrupts") == $(counter "$q" interrupts) ]] ||
				{ echo "$q"; return 1; }
		done
	done
	# Receive buffers are kicked for only when there are none.
	(($(shown "tx[0-9]+_hw_notifications") > 0 && $(shown "[rt]x[0-9]+_hw_interrupts") > 0))
}

# The sum of all counters of $shown with such a name.
shown() { awk -v n="^$1:$" '$1 ~ n { sum += $2 } END { printf "%.0f\n", sum }' <<<"$shown"; }

# The host's interface has those of queues that are not in use, too.
same_traffic()
{
	local before after
	before=$(difference) && ping -q -c 20 -i 0.01 -W 5 10.9.0.2 && after=$(difference) || return
	[[ $before == "$after" ]] || { echo "$before, then $after"; return 1; }
}

# What the guest received the host has transmitted.
difference()
{
	local shown n host=/sys/class/net/vnic0/statistics
	shown=$(in_guest ethtool -S "$g")
	for n in packets bytes; do
		(($(shown "rx[0-9]+_hw_$n") > 0 && $(shown "tx[0-9]+_hw_$n") > 0)) || return
		echo $(($(<"$host/tx_$n") - $(shown "rx[0-9]+_hw_$n"))) \
			$(($(<"$host/rx_$n") - $(shown "tx[0-9]+_hw_$n")))
	done
}

# What a netdev has in its folder are the queues in use.
pairs_in_use() { find /sys/class/net/vnic0/queues/ -name "tx-*" | wc -l; }

# Queue statistics, of both ends: what the guest's device dropped is what the host's says it did.
dropped_packets()
{
	local i had

	if [[ $(negotiated DEVICE_STATS) != yes ]]; then
		skip "drops per queue" "this kernel's virtio_net does not ask for them"
		return
	fi
	had=$(guest_drops)
	# Each by the queue of the CPU that the program happens to be on.
	for ((i = 0; i < 3; i++)); do in_guest vnet-send "$g" 20; done
	ok "drops per queue: three of what the guest sent" wait_for 30 more_drops $((had + 3))
	ok "... the guest's are the host's" wait_for 30 same_drops
	spoilt=$(link_errors)
}

# Of what the guest sent.
guest_drops() { drops tx "$g" in_guest | awk '{ n += $2 } END { print n + 0 }'; }
more_drops() { (($(guest_drops) >= $1)); }

same_drops()
{
	# The host has room for more queues than there are.
	local n
	n=$(pairs_in_use)
	[[ $(drops tx "$g" in_guest) == $(drops rx vnic0 env | head -n "$n") &&
		$(drops rx "$g" in_guest) == $(drops tx vnic0 env | head -n "$n") ]]
}

# drops rx|tx DEV COMMAND: its queues' numbers, each with its drops, as the kernel's own program
# reads them
drops()
{
	local src index
	src=$("$(dirname "$0")/../lib.sh" source_dir) && index=$("$3" cat "/sys/class/net/$2/ifindex") || return
	"$3" python3 "$src/tools/net/ynl/cli.py" --no-schema --spec "$src/Documentation/netlink/specs/netdev.yaml" \
		--dump qstats-get --json '{"scope": "queue"}' --output-json |
		jq -r ".[] | select(.ifindex == $index and .\"queue-type\" == \"$1\") |
			\"\\(.\"queue-id\") \\(.\"$1-hw-drops\")\"" | sort -n
}

# fewer_and_more NAME PAIRS: under streams the guest uses one pair, then all again
fewer_and_more()
{
	local pairs
	traffic
	is $? 0 "$1: streams"
	for pairs in 1 "$2"; do
		ok "$1: ... the guest uses $pairs" in_guest ethtool -L "$g" combined "$pairs"
		ok "$1: ... the host, too" wait_for 10 uses "$pairs"
		ok "$1: ... they go on" goes_on
	done
	hush
	ok "$1: ... pings, too" wait_for 20 reachable
}

# pings COUNT ARGUMENT...: so many answers come, however late
pings() { ping -q -i 0.01 -c "$1" -w 60 "${@:2}" | grep " $1 received"; }

uses() { [[ $(pairs_in_use) == "$1" ]]; }

ping_sizes()
{
	local size
	for size in 0 1 17 1472 4000 60000; do
		ping -q -c 1 -W 60 -s "$size" -p a55a10ff 10.9.0.2 || return
	done
}

part_data()
{
	head -c 1000001 /dev/urandom >"$work/file"
	# For UDP: room in sockets, and a qdisc that throws nothing away. (Debian's, fq_codel, does when
	# packets wait for long: on a slow machine they do.)
	sysctl -qw net.core.rmem_max=8388608 net.core.wmem_max=8388608 net.core.default_qdisc=pfifo_fast
	add numtxqueues 4 numrxqueues 4
	is $? 0 "vnic0 is added"
	is "$(negotiated VERSION_1) $(negotiated MRG_RXBUF) $(negotiated RING_PACKED)" "yes yes " \
		"debugfs has the features"
	# Each two of layout, event index, indirect, in order (offered), merging, segmentation or not even
	# checksums, DMA API, control queue and 1, 2 or 4 pairs, in all ways together.
	cell "split" 1
	six "split"
	counts "split"
	cell "packed, 4 pairs" 4 packed on
	six "packed, 4 pairs"
	counts "packed, 4 pairs"
	cell "packed, neither event index nor merging nor control queue" 1 packed on event-idx off indirect off \
		in-order on mrg-rxbuf off tso off dma-api on ctrl-vq off
	cell "split, neither event index nor merging nor checksums" 2 event-idx off mrg-rxbuf off csum off dma-api on
	cell "split, neither event index nor indirect nor checksums" 4 event-idx off indirect off in-order on csum off
	cell "packed, neither indirect nor segmentation" 2 packed on indirect off tso off
	cell "split, DMA API, no control queue" 1 in-order on dma-api on ctrl-vq off
	cell "packed, neither merging nor checksums nor control queue" 1 packed on mrg-rxbuf off csum off ctrl-vq off
	cell "split, neither merging nor segmentation" 4 mrg-rxbuf off tso off dma-api on
	cell "split, neither event index nor indirect nor merging" 2 event-idx off indirect off in-order on mrg-rxbuf off
	dropped_packets
	if [[ -n ${XLATE_SOAK-} ]]; then
		local p e i m c
		for p in on off; do for e in on off; do for i in on off; do for m in on off; do for c in on off; do
			cell "packed $p event-idx $e indirect $i mrg-rxbuf $m csum $c" 2 packed "$p" \
				event-idx "$e" indirect "$i" mrg-rxbuf "$m" csum "$c"
		done; done; done; done; done
	fi
	# One ring, in which all packets meet, of buffers that are merged.
	device 1 packed on
	is "$(pairs_in_use) $(negotiated MRG_RXBUF)" "1 yes" "one pair, with mergeable buffers"
	fails "rings that virtio_net would get stuck with" ethtool -G vnic0 rx 16
	# 2048 bytes per buffer, then 1536: see mergeable_min_buf_len() in virtio_net.
	small_rings 32 3
	ok "... bytes that are lent until they are sent" lent_frames
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
	local expired stops i
	ethtool -G vnic0 rx "$1" tx "$1"
	ok "rings of $1" wait_for 30 guest_of vnic0
	settle || return
	is "$(awk '$1 == "rx0" { print $3 }' "$debugfs/vnic0/queues")" "$1" "... for the driver, too"
	expired=$(sum expired) stops=$(sum stops)
	ok "... a large packet into an empty ring" vnet-send vnic0 tcp 60000
	for ((i = 0; i < $2; i++)); do vnet-send vnic0 34; done
	ok "... and into one in use" vnet-send vnic0 tcp 60000
	ok "... TCP to the guest" send_to_guest
	ok "... and back" send_to_host
	is "$(($(sum stops) > stops)) $(sum expired)" "1 $expired" "... packets waited, none in vain"
	ok "... each queue that stopped goes on" all_go_on
}

# Bytes that a program lends until they are sent (PACKET_TX_RING): those of a packet that waits for
# the guest, too. On the sender's CPU, the guest runs only while the sender waits. (Linux 6.1 tells
# the program when the packet is orphaned, 6.12.117 when it is freed.)
lent_frames()
{
	local pid task ret stops
	stops=$(sum stops)
	threaded 1
	for task in $(pgrep "^napi/$g-"); do taskset -cp 0 "$task"; done
	in_guest lent-frames receive "$g" 2000 >"$work/lent" &
	pid=$!
	wait_for 60 grep -q ready "$work/lent" && taskset -c 0 chrt -f 1 lent-frames send vnic0 2000 || kill "$pid"
	wait "$pid"
	ret=$?
	threaded 0
	cat "$work/lent"
	echo "the queue stopped $(($(sum stops) - stops)) times"
	((!ret && $(sum stops) > stops))
}

# Polls of the guest's, by threads or not
threaded() { in_guest sh -c "echo $1 >/sys/class/net/$g/threaded"; }

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
	ok "... packets as long as that" pings 10 -M "do" -s $((mtu - 28)) 10.9.0.2
	is "$(sum expired)" "$expired" "... none that waited in vain"
}

# -- life: all ways to go, with traffic ---------------------------------------------------

# way NAME COMMAND...: with traffic, COMMAND, and then nothing is left behind
way()
{
	local name=$1
	shift

	add numtxqueues 2 numrxqueues 2 || return
	# Not by ok, which would lose the process ids.
	if traffic; then pass "$name: traffic"; else not_ok "$name: traffic"; fi
	ok "$name" "$@"
	hush
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
	all_go_on
}

# Each stop that there was is over.
all_go_on()
{
	local stops
	stops=$(sum stops)
	wait_for 10 woken "$stops"
}
woken() { (($(sum wakes) >= $1)); }

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

# The driver takes its XDP program off with commands, while the device goes. (The kernel has a warning
# for when they fail.)
deleted_with_xdp()
{
	# Not by a function, whose pid would be another.
	ip netns exec guest xdp-pass "$g" >"$work/xdp" 2>&1 &
	local pid=$!
	wait_for 30 grep -q attached "$work/xdp" && wait_for 10 reachable && ip link del vnic0 &&
		wait_for 20 gone
	local ret=$?
	kill "$pid"
	return "$ret"
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
	way "deleting the link while the driver runs an XDP program" deleted_with_xdp
	unlike "$(dmesg)" "Fail to set" "... whose commands are executed to the last"
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

# owned PID: it has a user namespace of its own, and is root there
owned() { nsenter -t "$1" -U -n true; }

# Who is root in the namespace of the host's interface only has no other device plugged in: the
# guest's interface would appear in the initial one.
foreign_owner()
{
	local owner index
	add
	index=$(in_guest cat "/sys/class/net/$g/ifindex")
	unshare -Urn sleep 1000 &
	owner=$!
	wait_for 10 owned "$owner"
	ip link set vnic0 netns "$owner"
	as_owner() { nsenter -t "$owner" -U -n "$@"; }
	ok "root of another namespace sets what is his" as_owner ip link set vnic0 up mtu 1400
	like "$(as_owner ethtool --set-priv-flags vnic0 packed on 2>&1)" "not permitted" "... but no flags"
	like "$(as_owner ethtool -G vnic0 rx 64 2>&1)" "not permitted" "... no descriptors"
	like "$(as_owner ethtool --reset vnic0 all 2>&1)" "not permitted" "... and no reset"
	is "$(in_guest cat "/sys/class/net/$g/ifindex")" "$index" "... the device stays plugged in"
	kill "$owner"
	wait "$owner" 2>/dev/null
	ok "... until the namespace ends" wait_for 30 gone
}

part_link()
{
	local mac
	modprobe vnic_host
	like "$(unshare -Urn ip link add vnic9 type vnic 2>&1)" "initial user namespace" \
		"a user of another namespace adds none"
	foreign_owner
	like "$(ip link add vnic0 numtxqueues 17 numrxqueues 17 type vnic 2>&1)" "At most 16" \
		"more queues than there can be"
	add mtu 9000
	is $? 0 "added with MTU 9000"
	is "$(in_guest cat "/sys/class/net/$g/mtu")" 9000 "the guest's MTU follows"
	ok "jumbo frames" pings 3 -M "do" -s 8972 10.9.0.2
	too_long

	# What the guest does not want is not put into its ring.
	ip neigh add 10.9.0.99 lladdr 02:00:00:00:00:99 dev vnic0
	ok "frames for others are filtered" wait_for 30 filtered 10.9.0.99
	[[ $(negotiated DEVICE_STATS) != yes || -e /sys/kernel/debug/kunit ]] ||
		ok "... so the device has not passed them on" wait_for 10 filtered_apart
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
	ok "without the VLAN it is filtered" wait_for 30 filtered 10.9.7.2
	in_guest ip link set "$g" promisc on
	ok "promiscuous, it is not" wait_for 5 passes 10.9.7.2
	in_guest ip link set "$g" promisc off
	ok "... and again it is" wait_for 5 filtered 10.9.7.2
	ip link del vnic0.7
	ok "two tags, with a packet as long as may be" two_tags

	announcement
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
	like "$(setpriv --bounding-set=-sys_admin cat "$debugfs/vnic0/rx0" 2>&1)" "not permitted" \
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

# What the host has transmitted and the device has not passed on is what was filtered.
filtered_apart()
{
	local apart before
	apart=$(difference | awk 'NR == 1 { print $1 }') before=$(sum filtered)
	filtered 10.9.0.99 &&
		(($(difference | awk 'NR == 1 { print $1 }') - apart == $(sum filtered) - before))
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
	ok "... and others are" pings 3 -M "do" -s 8972 10.9.0.2
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
		ping -c 1 -W 60 -M "do" -s $((mtu - 28)) 10.9.20.2 || return
	ip link del outer
	in_guest ip link del outer
}

# The host's link comes back: it asks for an announcement, and the driver acknowledges that.
announcement()
{
	local chains monitor
	ok "announcements are asked for only if that is wanted" agreed announce off
	ethtool --set-priv-flags vnic0 announce on
	settle
	ok "... as now" agreed announce on
	ip netns exec guest ip -o monitor link >"$work/events" 2>&1 &
	monitor=$!
	wait_for 10 monitored "$monitor" || not_ok "somebody listens to what the driver announces"
	chains=$(counter ctrl chains)
	ip link set vnic0 down
	ok "host down: the guest has no carrier" wait_for 30 guest_carrier 0
	is "$(counter ctrl chains)" "$chains" "... and has no command for the device"
	unlike "$(<"$work/events")" "NOTIFY PEERS" "... nor an announcement"
	ip link set vnic0 up
	ok "host up: it has" wait_for 30 guest_carrier 1
	ok "... and has announced itself" wait_for 10 grep "$g.*NOTIFY PEERS" "$work/events"
	is "$(counter ctrl chains)" $((chains + 1)) "... and acknowledged that, with one command"
	unlike "$(dmesg)" "Failed to ack link announce" "... which the device took"
	# Each change has it look for whether it shall announce itself.
	ip link set vnic0 down
	wait_for 30 guest_carrier 0
	ip link set vnic0 up
	wait_for 30 guest_carrier 1
	is "$(counter ctrl chains)" $((chains + 2)) "... so that it is asked no more, until the next time"
	kill "$monitor"
	wait "$monitor" 2>/dev/null
	announced_packets
}

# monitored PID: it is a member of groups of netlink's.
monitored() { in_guest awk -v pid="$1" '$3 == pid && $4 !~ /^0+$/ { found = 1 } END { exit !found }' /proc/net/netlink; }

# What others see of it. The driver announces itself before it says that there is a carrier, so the
# packet may be lost. Since 6.11 it is not while the driver is down: it learns of the link and of the
# announcement when it is up.
announced_packets()
{
	if [[ $(uname -r) == 6.1.* ]]; then
		skip "what is announced arrives" "this virtio_net announces itself without a carrier"
		return
	fi
	in_guest ip link set "$g" down
	ip link set vnic0 down
	ip link set vnic0 up
	capture - vnic0 1 "arp and arp[14:4] = 0x0a090002 and arp[24:4] = 0x0a090002"
	in_guest ip link set "$g" up
	ok "what is announced arrives: who asks for its own address is the guest" captured
	like "$(<"$work/captured")" "$(in_guest cat "/sys/class/net/$g/address") > ff:ff:ff:ff:ff:ff" \
		"... from its address, to all"
	capture_end
}

# -- hostile: a driver that lies --------------------------------------------------------------

state_of() { awk -v q="$1" '$1 == q { print $4, $NF }' "$debugfs/vnic0/queues"; }
broken_as() { [[ $(state_of "$1") == "broken $2" ]]; }

# trick QUEUE TRICK REASON: the queue breaks for that reason, and a reset mends it
trick()
{
	local queue=$1 trick=$2 reason=$3 before
	before=$(counter "$queue" broken)
	wait_for 30 play "$queue" "$trick" || { not_ok "$layout $queue $trick is played"; return; }
	# A receive queue is looked at when there is a packet.
	[[ $queue != rx* ]] || ping -c 1 -W 1 10.9.0.99 >/dev/null 2>&1
	wait_for 30 broken_as "$queue" "$reason"
	is "$(state_of "$queue") $(($(counter "$queue" broken) - before))" "broken $reason 1" \
		"$layout $queue $trick: broken, counted"
	is "$(<"/sys/class/net/vnic0/carrier") $(printf '%x' $(($(<"/sys/bus/virtio/devices/$(virtio_of vnic0)/status") & 0x40)))" \
		"0 40" "$layout $queue $trick: no carrier, needs reset"
	[[ "$queue $trick" != "tx0 table-nowhere" ]] ||
		is "$(table_entries tx0)" "held $(awk '$1 == "fault" { print $3 }' "$debugfs/vnic0/tx0") 100 -" \
			"$layout $queue $trick: debugfs shows what was read of the table"
	mend "$queue" "$layout $queue $trick"
}

# table_entries QUEUE: owner, address, length and flags of all that debugfs shows
table_entries()
{
	local owner addr len flags
	while read -r _ owner _ addr len flags _; do
		echo "$owner $((addr)) $len $flags"
	done < <(grep -E '^[0-9]+\.[0-9]+ ' "$debugfs/vnic0/$1")
}

# Not while a packet waits for buffers.
play() { echo "$2" >"$debugfs/vnic0/chaos_$1"; }

# mend QUEUE TEXT
mend()
{
	ethtool --reset vnic0 all >/dev/null 2>&1
	wait_for 30 mended "$1"
	is $? 0 "$2: mended"
}

# dropped QUEUE TRICK: no rule of rings is broken: the packet is dropped, and counted
dropped()
{
	local queue=$1 trick=$2 before had
	before=$(counter "$queue" broken)
	had=$(lost_packets)
	wait_for 30 play "$queue" "$trick" || { not_ok "$layout $queue $trick is played"; return; }
	[[ $queue != rx* ]] || ping -c 1 -W 1 10.9.0.99 >/dev/null 2>&1
	wait_for 10 more_lost "$had"
	is "$? $(state_of "$queue" | cut -d " " -f 1) $(($(counter "$queue" broken) - before))" "0 live 0" \
		"$layout $queue $trick: dropped, counted, not broken"
	mend "$queue" "$layout $queue $trick"
}

# All that the host's interface says was dropped, or wrong.
lost_packets()
{
	local n sum=0
	for n in rx_errors rx_dropped tx_errors tx_dropped; do
		sum=$((sum + $(<"/sys/class/net/vnic0/statistics/$n")))
	done
	echo "$sum"
}
more_lost() { (($(lost_packets) > $1)); }

# scribbled QUEUE: with traffic, rings full of lies, one after the other, each mended without the
# driver; in the end a reset mends what the driver knows of.
scribbled()
{
	local queue=$1 before rounds=100
	before=$(counter "$queue" broken)
	traffic
	is $? 0 "$layout $queue scribble: traffic"
	ok "$layout $queue scribble: $rounds times" play "$queue" "scribble $rounds"
	ok "$layout $queue scribble: ... many broke the queue, counted" \
		test $(($(counter "$queue" broken) - before)) -ge $((rounds * 3 / 4))
	like "$(state_of "$queue")" "^broken " "$layout $queue scribble: ... the last did"
	hush
	mend "$queue" "$layout $queue scribble"
	ok "$layout $queue scribble: packets again" settle
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
	grep -q "current yes" "$debugfs/vnic0/device" && [[ $(state_of "$1") == live\ * ]] &&
		[[ $(<"/sys/class/net/vnic0/carrier") == 1 ]]
}

part_hostile()
{
	local layout lost
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
		trick tx0 order chain-order
		trick tx0 bytes chain-bytes
		trick tx0 table-zero zero-len
		trick tx0 table-nowhere addr-memory
		if [[ $layout == split ]]; then
			trick tx0 loop chain-loop
			trick tx0 next next-range
			trick tx0 jump avail-jump
			trick tx0 table-nested indirect-nested
			trick tx0 table-next next-range
			trick tx0 indirect-self indirect-nested
		else
			trick tx0 loop chain-torn
			trick tx0 lap avail-wrap
			trick tx0 indirect-late indirect-next
			# There flags but WRITE mean nothing: so these are pieces, and frames too short.
			dropped tx0 table-nested
			dropped tx0 table-next
			dropped tx0 indirect-self
		fi
		trick rx0 zero-len zero-len
		trick rx0 nowhere-in addr-memory
		trick rx0 firmware-in addr-memory
		trick rx0 code-in addr-memory
		trick rx0 ours-in addr-memory
		trick rx0 out chain-way
		trick rx0 short-in upper
		trick rx0 indirect-ours indirect-memory
		trick rx0 head head-range
		trick rx0 twice-in head-busy
		trick rx0 order chain-order
		trick rx0 bytes-in chain-bytes
		trick rx0 indirect-next indirect-next
		trick rx0 indirect-long indirect-long
		trick rx0 table-zero zero-len
		trick rx0 table-nowhere-in addr-memory
		if [[ $layout == split ]]; then
			trick rx0 loop-in chain-loop
			trick rx0 next-in next-range
			trick rx0 jump avail-jump
			trick rx0 table-nested indirect-nested
			trick rx0 indirect-self-in indirect-nested
		else
			trick rx0 loop-in chain-torn
			trick rx0 lap avail-wrap
			trick rx0 table-nested chain-way
			# A table that is a buffer, too: a packet is written over the ring.
			dropped rx0 indirect-self-in
		fi
		trick ctrl short upper
		trick ctrl nowhere upper
		trick ctrl out upper
		trick ctrl zero-len zero-len
		trick ctrl head head-range
		trick ctrl order chain-order
		trick ctrl bytes chain-bytes
		trick ctrl indirect-next indirect-next
		trick ctrl table-zero zero-len
		if [[ $layout == split ]]; then
			trick ctrl loop chain-loop
			trick ctrl jump avail-jump
			trick ctrl indirect-self indirect-nested
		else
			trick ctrl loop chain-torn
			trick ctrl lap avail-wrap
			trick ctrl indirect-self upper
		fi
		settle
		scribbled tx0
		scribbled rx0
	done
	ok "packets again" wait_for 10 reachable
	checksums
	fails "a command's kick is not lost: nobody would look for it" \
		bash -c "echo lose-kick >$debugfs/vnic0/chaos_ctrl"
	lost=$(counter tx0 kicks_lost)
	ok "a kick is lost" play tx0 lose-kick
	ping -c 1 -W 3 10.9.0.2 >/dev/null
	ok "... and found" wait_for 30 more_lost_kicks "$lost"
	ok "and made up for" wait_for 10 reachable
	ok "a queue is broken" wait_for 30 play tx0 zero-len
	ok "rmmod with a broken queue" wait_for 10 modprobe -r vnic_host
	ok "all gone" gone
	part_commands
}

more_lost_kicks() { (($(counter tx0 kicks_lost) > $1)); }

# tell ROOM HEX: what the device answers: "good" or "broken", bytes, the status, "same" or
# "changed". The driver's own commands go on.
tell()
{
	wait_for 30 play ctrl "command $1 ${2// /}" && cat "$debugfs/vnic0/chaos_ctrl"
}

# refused HEX TEXT: VIRTIO_NET_ERR (1), and nothing changed; with room for 64 bytes
refused() { is "$(tell 64 "$1")" "good 1 1 same" "$layout command $2: refused"; }

# executed HEX TEXT [BYTES [ROOM]]: VIRTIO_NET_OK (0)
executed() { like "$(tell "${4-64}" "$1")" "^good ${3-1} 0 " "$layout command $2: executed"; }

# torn ROOM HEX TEXT [REASON]: it is no command, or cannot be answered, so the queue breaks
torn()
{
	local before
	before=$(counter ctrl broken)
	is "$(tell "$1" "$2")" "broken 0 255 same" "$layout command $3: not executed"
	is "$(state_of ctrl) $(($(counter ctrl broken) - before))" "broken ${4-upper} 1" \
		"... broken, counted"
	mend ctrl "$layout command $3"
}

# Class, command, data (5.1.6.5).
bad_commands()
{
	refused "00 00" "PROMISC without data"
	refused "00 00 01 01" "PROMISC with more"
	refused "00 06 01" "of a mode that there is none"
	refused "01 00" "MAC_TABLE without data"
	refused "01 00 ffffffff" "MAC_TABLE with 2^32 - 1 addresses"
	refused "01 00 02000000 020000000001" "MAC_TABLE with one of two addresses"
	refused "01 00 00000000" "MAC_TABLE with one table"
	refused "01 00 00000000 01000000 0100" "MAC_TABLE with a third of an address"
	refused "01 00 00000000 00000000 00" "MAC_TABLE with two tables and a rest"
	refused "01 01" "MAC_ADDR without data"
	refused "01 01 0200000000" "MAC_ADDR with five bytes"
	refused "01 01 01005e000001" "MAC_ADDR of a group"
	refused "01 01 000000000000" "MAC_ADDR of nobody"
	refused "01 02 020000000001" "of class MAC that there is none"
	refused "02 00" "VLAN_ADD without data"
	refused "02 00 05" "VLAN_ADD with one byte"
	refused "02 00 0010" "VLAN_ADD 4096"
	refused "02 00 ffff" "VLAN_ADD 65535"
	refused "02 01 0010" "VLAN_DEL 4096"
	refused "02 02 0500" "of class VLAN that there is none"
	refused "03 00 00" "ANNOUNCE_ACK with data"
	refused "03 01" "of class ANNOUNCE that there is none"
	refused "04 00" "VQ_PAIRS_SET without data"
	refused "04 00 0000" "VQ_PAIRS_SET 0"
	refused "04 00 0300" "VQ_PAIRS_SET 3 of 2"
	refused "04 00 0080" "VQ_PAIRS_SET 32768"
	refused "04 00 0100 00" "VQ_PAIRS_SET with more"
	refused "04 01 0100" "RSS_CONFIG"
	refused "05 00" "OFFLOADS_SET without data"
	refused "05 00 01000000" "OFFLOADS_SET with four bytes"
	refused "05 00 0100000000000000" "OFFLOADS_SET of what is no offload of the guest's"
	refused "05 00 0004000000000000" "OFFLOADS_SET of what was not negotiated"
	refused "05 01 0000000000000000" "of class OFFLOADS that there is none"
	refused "06 00 0000000000000000" "of a class that was not negotiated"
	refused "07 00" "of a class that there is none"
	refused "ff ff ff" "of another"
	refused "08 00 00" "STATS_QUERY with data"
	refused "08 01 00" "STATS_GET with one byte"
	refused "08 01 0500 000000000000 0100000000000000" "STATS_GET of queue 5 of 5"
	refused "08 01 ffff 000000000000 ffffffffffffffff" "STATS_GET of queue 65535"
	refused "08 01 0000 000000000000 0100000000000000 ffff 000000000000 0100000000000000" \
		"STATS_GET of a queue, and one that there is none"
	refused "08 01 0000 000000000000 0300000000000000" "STATS_GET of more than there is"
	refused "08 01 0000 000000000000 0100010000000000" "STATS_GET of a receive queue's and a sender's"
	refused "08 01 0100 000000000000 0100000000000000" "STATS_GET of a sender's as a receive queue's"
	refused "08 01 0400 000000000000 0000010000000000" "STATS_GET of the control queue's as a sender's"
	refused "08 01 0000 000000000000 0100000000000080" "STATS_GET of type 63"
	refused "08 02" "of class STATS that there is none"
	is "$(tell 8 "08 00")" "good 1 1 same" "$layout command STATS_QUERY without room: refused"
}

good_commands()
{
	executed "00 00 01" "PROMISC"
	executed "00 00 00" "not PROMISC"
	executed "01 00 01000000 020000000001 01000000 01005e000001" "MAC_TABLE"
	executed "02 00 ff0f" "VLAN_ADD 4095"
	executed "02 01 ff0f" "VLAN_DEL 4095"
	executed "04 00 0100" "VQ_PAIRS_SET 1"
	executed "04 00 0200" "VQ_PAIRS_SET 2"
	executed "05 00 0000000000000000" "OFFLOADS_SET, none"
	[[ $(negotiated DEVICE_STATS) == yes ]] || return
	executed "08 00" "STATS_QUERY" 9
	executed "08 01 0000 000000000000 0100000000000000" "STATS_GET" 57
	executed "08 01 0000 000000000000 0100000000000000" "STATS_GET with just the room" 57 57
	executed "08 01 0000 000000000000 0100000000000000" "STATS_GET with a byte too few" 1 56
	executed "08 01 0000 000000000000 0100000000000000" "STATS_GET without room" 1 1
	executed "08 01 $(printf '0%d00 000000000000 %s ' 0 0100000000000000 1 0000010000000000 \
		4 0000000001000000)" "STATS_GET of three queues" 137 137
	executed "08 01 $(printf '0%d00 000000000000 %s ' 0 0100000000000000 1 0000010000000000 \
		4 0000000001000000)" "STATS_GET of three queues, room for the first" 57 100
	executed "08 01 0000 000000000000 0000000000000000" "STATS_GET of nothing" 1
	is "$(tell 8192 "08 01 $(printf '0000 000000000000 0100000000000000 %.0s' {1..80})")" \
		"good 1 1 same" "$layout command STATS_GET of more than we can tell: refused"
}

drivers_commands()
{
	in_guest ip link set "$g" promisc on && in_guest ip link set "$g" promisc off &&
		in_guest ip link add link "$g" name vlan9 type vlan id 9 && in_guest ip link del vlan9 &&
		in_guest ethtool -L "$g" combined 1 && in_guest ethtool -L "$g" combined 2 &&
		wait_for 20 reachable
}

# A lying driver's commands, at the side of the true driver's own.
part_commands()
{
	local layout
	add numtxqueues 2 numrxqueues 2
	is $? 0 "vnic0 has two pairs"
	for layout in split packed; do
		if [[ $layout == packed ]]; then
			ethtool --set-priv-flags vnic0 packed on
			settle
		fi
		bad_commands
		ok "$layout: the driver's own commands work" drivers_commands
		good_commands
		torn 64 "" "of no bytes"
		torn 64 "00" "of one byte"
		torn 0 "00 00 01" "without room for the status"
		[[ $(negotiated DEVICE_STATS) != yes ]] ||
			torn 1+8 "08 00" "whose answer has no place, but \"ok\" has" addr-memory
		settle
		ok "$layout: the driver's own commands work again" drivers_commands
	done
	ethtool -L vnic0 combined 1
	settle
	is "$(negotiated MQ)" "" "one pair"
	refused "04 00 0100" "VQ_PAIRS_SET 1, not negotiated"
	ethtool --set-priv-flags vnic0 csum off
	settle
	refused "05 00 0000000000000000" "OFFLOADS_SET, not negotiated"
	ok "vnic0 is deleted" ip link del vnic0
	ok "... and gone" wait_for 20 gone
	ok "... vnic_host goes out" wait_for 10 modprobe -r vnic_host
}

# -- lockdown: for good -------------------------------------------------------------------

part_lockdown()
{
	local out
	add
	is $? 0 "vnic0 is added"
	echo confidentiality >/sys/kernel/security/lockdown
	like "$(cat "$debugfs/vnic0/rx0" 2>&1)" "not permitted" "locked down: no addresses"
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

# nth WHAT: vnic0 is made (add), or comes up, and the first allocation of that fails; then, from the
# beginning, the second, and so on, in steps that become longer, until there was none that failed. Each
# time it is as if it had not been asked for, or it works. Prints how often it did not come about, and how
# often it did.
nth()
{
	python3 - "$1" <<-'END'
		import contextlib, glob, os, socket, struct, sys, time

		NEWLINK, DELLINK = 16, 17
		REQUEST, ACK, EXCL, CREATE = 1, 4, 0x200, 0x400
		IFNAME, LINKINFO, TX_QUEUES, RX_QUEUES, KIND = 3, 18, 31, 32, 1
		what = sys.argv[1]
		nth = os.open("/proc/thread-self/fail-nth", os.O_RDWR)

		def attr(kind, data):
		    return struct.pack("HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)

		def message(kind, flags, index=0, up=0, attrs=b""):
		    body = struct.pack("BxHiII", 0, 0, index, up, up) + attrs
		    return struct.pack("IHHII", 16 + len(body), kind, REQUEST | ACK | flags, 1, 0) + body

		def request(data, n):
		    """Whether an allocation failed, the n-th."""
		    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as s:
		        os.pwrite(nth, b"%d" % n, 0)
		        with contextlib.suppress(OSError):
		            s.send(data)
		        left = 1
		        # To copy to and from a program may fail, too: it was not before this, then.
		        with contextlib.suppress(OSError):
		            left = int(os.pread(nth, 20, 0).strip(b"\n\0"))
		        with contextlib.suppress(OSError):
		            os.pwrite(nth, b"0", 0)
		    return n > 0 and not left

		def until(text, true):
		    for _ in range(600):
		        if true():
		            return
		        time.sleep(0.1)
		    sys.exit(f"{what}: allocation {n}: {text}")

		def index():
		    try:
		        return socket.if_nametoindex("vnic0")
		    except OSError:
		        return 0

		def flags():
		    with open("/sys/class/net/vnic0/flags", encoding="ascii") as f:
		        return int(f.read(), 16)

		def cards():
		    return glob.glob("/sys/devices/platform/vnic_host/virtio*")

		def nothing_left():
		    until("the device goes", lambda: not cards())
		    until("debugfs goes", lambda: not os.listdir("/sys/kernel/debug/vnic_host"))

		add = message(NEWLINK, CREATE | EXCL, attrs=attr(IFNAME, b"vnic0\0") +
		              attr(TX_QUEUES, struct.pack("I", 2)) + attr(RX_QUEUES, struct.pack("I", 2)) +
		              attr(LINKINFO, attr(KIND, b"vnic")))
		n, refused, done = 1, 0, 0
		while True:
		    if what == "add":
		        failed = request(add, n)
		        there = index()
		        if there:
		            until("the driver's interface comes",
		                  lambda: glob.glob("/sys/devices/platform/vnic_host/virtio*/net/*"))
		            request(message(DELLINK, 0, there), 0)
		            until("vnic0 goes", lambda: not index())
		        nothing_left()
		    else:
		        failed = request(message(NEWLINK, 0, index(), 1), n)
		        there = flags() & 1
		        os.system("ip link set vnic0 down")
		        if flags() & 1:
		            sys.exit(f"{what}: allocation {n}: it does not go down")
		    if not failed:
		        break
		    if there:
		        done += 1
		    else:
		        refused += 1
		    n += 1 + n // 8
		if not there:
		    sys.exit(f"{what}: without a failure, it does not work")
		print(refused, done)
	END
}

# workers N: the N-th allocation of each unbound worker fails, whose work it is to make the device; 0: none
workers()
{
	local p comm
	for p in /proc/[0-9]*; do
		read -r comm <"$p/comm" && [[ $comm == kworker/u* ]] && echo "$1" >"$p/task/${p#/proc/}/fail-nth"
	done 2>/dev/null
}

# The device of vnic0, or virtio_net's interface, does not come about for want of a piece of memory, or
# does; a reset gets one that works.
device_fails()
{
	local n without=0 with=0
	for ((n = 1; n < 700; n += 1 + n / 2)); do
		workers "$n"
		ip link add vnic0 numtxqueues 2 numrxqueues 2 type vnic && ip link add vnic1 type vnic ||
			{ workers 0; echo "at $n: no link"; return 1; }
		# One after the other: when the other's is begun, vnic0's is over.
		wait_for 30 grep "current yes" "$debugfs/vnic1/device"
		workers 0
		ip link del vnic1
		if guest_of vnic0; then
			with=$((with + 1))
		else
			without=$((without + 1))
			ethtool --reset vnic0 all || return
		fi
		settle || { echo "at $n"; return 1; }
		ip link del vnic0 && wait_for 20 gone || { echo "at $n: not gone"; return 1; }
	done
	echo "$with with, $without without a device"
	((with > 0 && without > 0))
}

set_up_fails()
{
	local refused worked
	modprobe -a virtio_net vnic_host
	ip netns add guest 2>/dev/null
	ip -n guest link set lo up
	failslab verbose 0 task-filter N ignore-gfp-wait N interval 1 space 0 times -1 probability 0
	echo 0 >/sys/kernel/debug/fail_usercopy/verbose
	read -r refused worked < <(nth add)
	ok "some allocation of ip link add fails: $refused refused, $worked worked" \
		test "${refused:-0}" -gt 0
	add numtxqueues 2 numrxqueues 2
	is $? 0 "... vnic0 is added"
	ip link set vnic0 down
	read -r refused worked < <(nth up)
	ok "... or of bringing it up: $refused refused, $worked worked" test $((${refused:-0} + ${worked:-0})) -gt 0
	ip link set vnic0 up
	ok "... packets" wait_for 20 reachable
	ok "... deleted" ip link del vnic0
	ok "... all gone" wait_for 20 gone
	ok "... or of making the device" device_fails
	failslab ignore-gfp-wait Y
	is "$(ls "$debugfs")" "" "... no folder is left"
	ok "... rmmod" wait_for 20 modprobe -r vnic_host
}

part_memory()
{
	# Without memory, TCP sends no FIN (tcp_send_fin()): who listens must know how much comes.
	local listen=,readbytes=1000001
	set_up_fails
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

# -- kfence: heap objects in memory that was set aside at boot --------------------------------

part_kfence()
{
	local cache kfence=/sys/module/kfence/parameters

	is "$(<"$kfence/sample_interval")" 1000 "KFENCE has its pool, and leaves it alone as yet"
	add numtxqueues 4 numrxqueues 4
	is $? 0 "vnic0 is added"
	is "$(negotiated DEVICE_STATS)" yes "the driver asks for statistics"
	ok "of four pairs of queues" in_guest ethtool -L "$g" combined 4

	# The answers are written to an object of more than 256 bytes. So that it is one of these soon,
	# KFENCE takes no smaller ones, and no larger ones, and one every few milliseconds.
	for cache in /sys/kernel/slab/*; do
		[[ $cache == */kmalloc*-512 ]] || echo 1 >"$cache/skip_kfence"
	done
	echo 0 >"$kfence/sample_interval"
	echo 1 >"$kfence/sample_interval"
	echo 'r:xlate/kfence __kfence_alloc object=$retval' >>"$tracing/kprobe_events"
	echo 'object != 0 && comm == "ethtool"' >"$tracing/events/xlate/kfence/filter"
	echo 1 >"$tracing/options/stacktrace"
	echo 1 >"$tracing/events/xlate/kfence/enable"
	ok "an answer is written to KFENCE's pool" wait_for 60 fenced
	echo 0 >"$tracing/events/xlate/kfence/enable"
	echo 0 >"$tracing/options/stacktrace"
	echo '-:xlate/kfence' >>"$tracing/kprobe_events"

	is "$(sum broken) $(sum refused_addresses)" "0 0" "none is refused, nothing broken"
	ok "the driver's commands work" drivers_commands
	ok "vnic0 is deleted" ip link del vnic0
	ok "vnic_host goes out" wait_for 10 modprobe -r vnic_host
}

# Once more: was it one of KFENCE's?
fenced()
{
	in_guest ethtool -S "$g"
	[[ $(<"$tracing/trace") == *"=> virtnet_get_hw_stats"* ]]
}

for part; do
	"part_$part"
done
rm -r "$work"
done_testing
