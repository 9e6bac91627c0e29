# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The kernel's log over an interface: packets that are sent with interrupts off, and polled for
# without a budget. Sourced after lib.sh, by who has a folder $work.

# shellcheck disable=SC2154,SC2317

# log_over NAMESPACE|- INTERFACE ADDRESS NAMESPACE ADDRESS TEXT: a hundred lines with TEXT go from the one
# to the other, all of them
log_over()
{
	local inside=() there=(ip netns exec "$4") mac pid n ret=1
	[[ $1 == - ]] || inside=(ip netns exec "$1")
	mac=$(ip -n "$4" -j addr show to "$5" | jq -r '.[].address // empty')
	rm -f "$work/logged"
	"${there[@]}" socat -u UDP-RECV:5004,rcvbuf=4194304 "CREATE:$work/logged" &
	pid=$!
	if wait_for 60 log_listened "${there[@]}" &&
		"${inside[@]}" modprobe netconsole "netconsole=5003@$3/$2,5004@$5/$mac"; then
		for ((n = 0; n < 100; n++)); do
			echo "<3>test, $6: line $n of many" >/dev/kmsg
		done
		wait_for 20 log_arrived "$6"
		ret=$?
		log_lines "$6"
		modprobe -r netconsole
	fi
	kill "$pid"
	wait "$pid"
	return "$ret"
}

log_listened() { "$@" ss -Hlun "sport = :5004" | grep -q .; }

# (What was in the log before comes, too.)
log_lines() { grep -c "$1: line [0-9]* of many" "$work/logged"; }
log_arrived() { (($(log_lines "$1") == 100)); }
