# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the scenarios of sriov_demo share. Their functions' interfaces are all called vf0, each
# in a network namespace of its own, so that what goes from one to another goes through the
# card; QEMU's user network, 10.0.2.2, is the outside.

# Functions that ok calls; the variables are the scenarios'.
# shellcheck disable=SC2317,SC2034
# shellcheck source=tools/vm/tests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

sys=/sys/bus/pci/devices
pf=$(basename "$(dirname "$sys"/*/sriov_totalvfs)")

# until_ok TRIES COMMAND...: again and again, a tenth of a second apart
until_ok()
{
	local tries=$1
	shift

	for ((; tries > 0; tries--)); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.1
	done
	"$@"
}

# serving NAMESPACE: there iperf3's server listens. (ss itself succeeds anyway.)
serving()
{
	ip netns exec "$1" ss -Hltn "sport = :5201" | grep -q .
}

# served NAMESPACE COMMAND...: while iperf3 waits there for one client. One server for each: when a
# client has gone, a server that stays closes its socket, and opens another.
served()
{
	local server status

	ip netns exec "$1" iperf3 -s -1 >/dev/null 2>&1 &
	server=$!
	until_ok 300 serving "$1" && "${@:2}"
	status=$?
	kill "$server" 2>/dev/null
	wait "$server" 2>/dev/null
	return "$status"
}

in_a()
{
	ip netns exec a "$@"
}

in_b()
{
	ip netns exec b "$@"
}

vf_pci()
{
	basename "$(readlink "$sys/$pf/virtfn$1")"
}

# carve COUNT: functions that are nobody's. give VF [DRIVER]: to us.
carve()
{
	echo 0 >"$sys/$pf/sriov_numvfs"
	echo 0 >"$sys/$pf/sriov_drivers_autoprobe"
	echo "$1" >"$sys/$pf/sriov_numvfs"
}

give()
{
	local vf

	vf=$(vf_pci "$1")
	echo "${2-sriov_demo_vf}" >"$sys/$vf/driver_override"
	echo "$vf" >/sys/bus/pci/drivers_probe
}

# The PF's interface.
net=
pf_link()
{
	[[ $(cat "/sys/class/net/$net/carrier") == 1 ]]
}

# hold: a program has VF 1 by VFIO, until descriptor 7 is closed. It says "ready" when it has it.
hold()
{
	held=$(vf_pci 1)
	[[ ! -e $sys/$held/driver ]] || echo "$held" >"$sys/$held/driver/unbind"
	echo vfio-pci >"$sys/$held/driver_override"
	echo "$held" >/sys/bus/pci/drivers_probe
	rm -f /run/hold
	mkfifo /run/hold
	vfio-holder "$held" </run/hold >/run/hold.out &
	holder=$!
	exec 7>/run/hold
	until_ok 200 grep -q ready /run/hold.out
}

# place NAMESPACE VF ADDRESS: take the function's interface there, and set it up as vf0
place()
{
	local ns=$1 vf=$2 addr=$3 dev

	dev=$(ls "$sys/$(vf_pci "$vf")/net") || return
	ip link set "$dev" netns "$ns" name vf0 &&
		ip -n "$ns" addr add "$addr/24" dev vf0 &&
		ip -n "$ns" link set vf0 up
}

has_link()
{
	[[ $(ip netns exec "$1" cat /sys/class/net/vf0/carrier 2>/dev/null) == 1 ]]
}

no_link()
{
	! has_link "$1"
}

# Each echo as it was sent: QEMU's user network answers, with something else, what nobody on
# the card has taken. (With -w ping goes on until two have come, however late.)
pinged()
{
	local out

	out=$(ip netns exec "$1" ping -c 2 -i 0.2 -w 10 "${@:2}") &&
		[[ $out == *" 2 received"* && $out != *"wrong data"* && $out != *DUP* ]]
}

# reaches NAMESPACE ADDRESS [OPTION...]; whatever was known about who has the address may be
# wrong by now
reaches()
{
	ip -n "$1" neigh flush all
	until_ok 5 pinged "$@"
}

# irqs NAME: how often the interrupt of that name was raised, on all CPUs
irqs()
{
	awk -v name="$1" '$NF == name { for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) n += $i }
		END { print n + 0 }' /proc/interrupts
}

counter()
{
	ip netns exec "$1" ethtool -S vf0 | awk -v name="$2:" '$1 == name { print $2 }'
}

# polling DEFER TIMEOUT THREADED DEV [COMMAND...]: how its NAPI goes about it, with COMMAND in its
# namespace. Interrupts are left off for DEFER polls without a packet, TIMEOUT nanoseconds apart.
polling()
{
	# shellcheck disable=SC2016
	"${@:5}" bash -c 'cd "/sys/class/net/$4" && echo "$1" >napi_defer_hard_irqs &&
		echo "$2" >gro_flush_timeout && echo "$3" >threaded' bash "${@:1:4}"
}

# Traffic from a to b for as long as there is somebody; it may break at any time.
traffic=
traffic_start()
{
	# Not by in_a and in_b: the process to end shall be ping, not a shell before it.
	ip netns exec b ping -f -q 10.0.2.20 >/dev/null 2>&1 &
	traffic+=" $!"
	ip netns exec a ping -f -q -s 1400 10.0.2.21 >/dev/null 2>&1 &
	traffic+=" $!"
}

traffic_stop()
{
	# shellcheck disable=SC2086
	kill $traffic 2>/dev/null
	# shellcheck disable=SC2086
	wait $traffic 2>/dev/null
	traffic=
}

moving()
{
	local before

	before=$(counter a rx0_packets)
	[[ -n $before ]] && until_ok 200 grows "$before"
}

grows()
{
	[[ $(counter a rx0_packets) -gt $1 ]]
}
