# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of both ends of a virtio card share; sourced after lib.sh, by who has
#
#   dev               the interface
#   far, far_address  the namespace of its partner, and the address there
#   in_debugfs FILE   where that file of the interface is

# Functions are called by name.
# shellcheck disable=SC2154,SC2317

# -- iperf3 --------------------------------------------------------------------------------

# (What is started in the background by way of a function has a shell of its own, which would be killed.)
serve()
{
	ip netns exec "$far" iperf3 -s -p 5201 >/dev/null 2>&1 &
	server=$!
	wait_for 60 serving
}

serving() { ip netns exec "$far" ss -Hltn "sport = :5201" | grep -q .; }

unserve()
{
	kill "$server" 2>/dev/null
	wait "$server" 2>/dev/null
}

# served COMMAND...: with a server of its own: after one client, it refuses the next for a moment
served()
{
	local ret
	serve && "$@"
	ret=$?
	unserve
	return "$ret"
}

# udp [ARGUMENT...]: UDP that cannot be lost for want of room in sockets: all of it fits there
udp()
{
	local json
	json=$(iperf3 -c "$far_address" -u -b 8M -n 300K -w 4M --json "$@") || { echo "$json"; return 1; }
	[[ $json =~ \"lost_packets\":[[:space:]]*0, ]] || { grep -E 'lost|packets|error' <<<"$json"; return 1; }
}

# traffic [ARGUMENT...]: in both directions, until hush. Not by ok, which would lose the process ids.
traffic()
{
	serve
	pids=("$server")
	iperf3 -c "$far_address" -t 1000 --bidir "$@" >/dev/null 2>&1 &
	pids+=($!)
	ping -q -i 0.01 -s 1400 "$far_address" >/dev/null 2>&1 &
	pids+=($!)
	goes_on
}

hush()
{
	kill "${pids[@]}" 2>/dev/null
	wait "${pids[@]}" 2>/dev/null
	return 0
}

# Packets go each way, now.
goes_on()
{
	local rx tx
	rx=$(<"/sys/class/net/$dev/statistics/rx_packets")
	tx=$(<"/sys/class/net/$dev/statistics/tx_packets")
	wait_for 20 moved $((rx + 100)) $((tx + 100))
}

# moved RX TX: more than so many packets have come, and gone
moved()
{
	(($(<"/sys/class/net/$dev/statistics/rx_packets") > $1 &&
		$(<"/sys/class/net/$dev/statistics/tx_packets") > $2))
}

# -- what debugfs counts -------------------------------------------------------------------

all_counted() { cat "$(in_debugfs counters)" "$(in_debugfs batches)"; }

# still COMMAND: what it prints, with nothing counted meanwhile
still()
{
	local before said i
	for ((i = 0; i < 100; i++)); do
		before=$(all_counted)
		said=$("$@")
		[[ $before != "$(all_counted)" ]] || { echo "$said"; return; }
		sleep 0.1
	done
	echo "it never stands still"
}

# histogram QUEUE WHAT: how many batches it has, and the fewest and the most that may have been in them
histogram()
{
	awk -v q="$1" -v w="$2" '$1 == q && $2 == w { for (i = 3; i <= NF; i++) {
			k = i - 3
			n += $i
			fewest += $i * (k ? 2 ^ (k - 1) : 0)
			most += $i * (i == NF ? 65536 : k ? 2 ^ k - 1 : 0)
		} }
		END { printf "%.0f %.0f %.0f\n", n, fewest, most }' "$(in_debugfs batches)"
}

# within QUEUE COUNTED WHAT: are so many possible?
within()
{
	local n fewest most
	read -r n fewest most < <(histogram "$1" "$3")
	echo "$1 $3: $n batches of $fewest to $most, $2 counted"
	((n > 0 && fewest <= $2 && $2 <= most))
}
