#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: net-selftests.sh vnic|sriov_demo [PROGRAM...]
#
# In the guest: the kernel's own tests of network drivers (linux-source's
# tools/testing/selftests/drivers/net: ping, queues, stats, hw/csum), first with the stock
# driver on the card, then with ours on the same one. Each test case is a test here: ours must
# pass it, and may skip only what the stock driver skips, too.
#
#   vnic        two virtio-net on taps, the host routes: 10.70.0.2 is tested, 10.71.0.2 is far
#   sriov_demo  an igb and a virtio-net on one hub: 10.8.0.1 is tested, 10.8.0.2 is far
#
# "Far" is the kernel's own virtio_net in a network namespace.

# Functions are called by name.
# shellcheck disable=SC2317
# shellcheck source=tools/vm/tests/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/vm/lib.sh
. "$(dirname "$0")/../lib.sh"

sys=/sys/bus/pci/devices
work=$(mktemp -d)
# How long a receiver of packets listens, at most. A busy host is slow to start programs.
listen=60

# -- the tests, from the kernel's source -----------------------------------------------------

# A copy of what they need, as they find it in a source tree, with more patience: their time
# limits are for machines that are not emulated. Two more things are mended: 6.12's csum.py
# asks for the far interface's name, which 6.12's env.py does not know yet; and YAML is read
# by the library in C, which is ten times as fast.
get_tests()
{
	local src self=tools/testing/selftests

	src=$(source_dir) || return
	test -x "$xlate_root/build/bin/net-csum" ||
		{ echo "no build/bin/net-csum: run make tools"; return 1; }
	(cd "$src" && tar -c --exclude=__pycache__ "$self"/drivers/net/{*.py,lib,hw/csum.py,hw/lib} \
		"$self"/net/lib/py tools/net/ynl/lib Documentation/netlink/specs) | tar -x -C "$work" || return
	cp "$xlate_root/build/bin/net-csum" "$work/$self/net/lib/csum" || return
	cd "$work/$self" || return
	sed -i 's/timeout=5\b/timeout=120/; s/deadline=5\b/deadline=60/' net/lib/py/utils.py
	sed -i 's/-W0\.5/-W30/' drivers/net/ping.py
	sed -i "s/ -L 1 / /; s/-n 100 /-L $listen &/" drivers/net/hw/csum.py
	sed -i "s/^\( *\)self.ifindex = .*/&\n\1self.remote_ifname = self.env.get('REMOTE_IFNAME')/" \
		drivers/net/lib/py/env.py
	sed -i 's/yaml\.safe_load(\(.*\))/yaml.load(\1, Loader=yaml.CSafeLoader)/' "$work/tools/net/ynl/lib/nlspec.py"
	# None of these has missed.
	grep -q timeout=120 net/lib/py/utils.py && grep -q W30 drivers/net/ping.py &&
		[[ $(grep -c -- "-L $listen" drivers/net/hw/csum.py) == 4 ]] &&
		grep -q REMOTE_IFNAME drivers/net/lib/py/env.py &&
		grep -q CSafeLoader "$work/tools/net/ynl/lib/nlspec.py"
}

# -- cards -------------------------------------------------------------------------------------

# ID: the cards "vendor device", in the bus's order
cards()
{
	local f
	for f in "$sys"/*; do
		[[ $(cat "$f/vendor" "$f/device" | xargs) != "$1" ]] || echo "${f##*/}"
	done
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

# give FUNCTION DRIVER
give()
{
	[[ ! -e $sys/$1/driver ]] || echo "$1" >"$sys/$1/driver/unbind"
	echo "$2" >"$sys/$1/driver_override"
	[[ -e $sys/$1/driver ]] || echo "$1" >/sys/bus/pci/drivers_probe
	[[ $(basename "$(readlink "$sys/$1/driver")") == "$2" ]]
}

# set_up [-n NAMESPACE] INTERFACE IPV4 IPV6 [GATEWAY4 GATEWAY6]
set_up()
{
	local in=()
	[[ $1 != -n ]] || { in=(-n "$2"); shift 2; }

	ip "${in[@]}" link set "$1" up &&
		ip "${in[@]}" addr add "$2/24" dev "$1" &&
		ip "${in[@]}" addr add "$3/64" dev "$1" nodad || return
	[[ -z ${4-} ]] || ip "${in[@]}" route replace default via "$4" || return
	[[ -z ${5-} ]] || ip "${in[@]}" -6 route replace default via "$5"
}

set_up_far()
{
	ip netns add far &&
		ip -n far link set lo up &&
		wait_for 10 net_of "$far" &&
		ip link set "$(net_of "$far")" netns far name far0 &&
		set_up -n far far0 "$REMOTE_V4" "$REMOTE_V6" ${gate_far[@]+"${gate_far[@]}"}
}

# use DRIVER: it has the card.
use()
{
	give "$near" "$1" && wait_for 10 net_of "$near" || return
	NETIF=$(net_of "$near")
	export NETIF
}

# Packets go both ways. Before each program: one of them sets the interface down, which takes
# routes and IPv6 addresses away.
connect()
{
	ip addr flush dev "$NETIF" scope global
	set_up "$NETIF" "$LOCAL_V4" "$LOCAL_V6" ${gate_near[@]+"${gate_near[@]}"} &&
		wait_for 60 ping -c 1 -W 1 "$REMOTE_V4" && wait_for 60 ping -c 1 -W 1 "$REMOTE_V6"
}

# -- results -------------------------------------------------------------------------------------

declare -A got reason
order=()
# run DRIVER PROGRAM: got[DRIVER PROGRAM.CASE] is ok, skip, xfail or fail
run()
{
	local driver=$1 program=$2 line name state count=0 planned=-1
	local log=$work/$driver.${program##*/}

	(cd "$work/tools/testing/selftests/drivers/net" && timeout 1200 python3 "./$program") >"$log" 2>&1
	while IFS= read -r line; do
		[[ ! $line =~ ^1\.\.([0-9]+)$ ]] || planned=${BASH_REMATCH[1]}
		[[ $line =~ ^(not )?ok\ [0-9]+\ ([^ ]+)(\ \#\ (.*))?$ ]] || continue
		name=${BASH_REMATCH[2]}
		reason[$driver $name]=${BASH_REMATCH[4]-}
		state=ok
		case ${BASH_REMATCH[4]-} in
		SKIP*) state=skip ;;
		XFAIL*) state=xfail ;;
		esac
		[[ -z ${BASH_REMATCH[1]} ]] || state=fail
		got[$driver $name]=$state
		count=$((count + 1))
		[[ " ${order[*]} " == *" $name "* ]] || order+=("$name")
	done <"$log"
	is "$count" "$planned" "$driver: $program ran all of its cases" || { diag "$(tail -n 20 "$log")"; return; }
	! grep -q '^not ok' "$log" || diag "$(grep -v '^ok' "$log")"
}

# DRIVER -> how many of each
count()
{
	local name states=()
	for name in "${order[@]}"; do
		states+=("${got[$1 $name]-none}")
	done
	printf '%s\n' "${states[@]}" | sort | uniq -c | awk '{ printf "%s%s %s", n++ ? ", " : "", $1, $2 }'
}

compare()
{
	local name ours theirs
	for name in "${order[@]}"; do
		ours=${got[$driver $name]-none}
		theirs=${got[$stock $name]-none}
		case $ours/$theirs in
		ok/*)
			pass "$name ($stock: $theirs)" ;;
		skip/skip | xfail/xfail | skip/xfail | xfail/skip)
			skip "$name" "${reason[$driver $name]}; $stock, too" ;;
		*)
			not_ok "$name" "$driver: $ours ${reason[$driver $name]-}; $stock: $theirs" ;;
		esac
	done
	diag "$stock: $(count "$stock")"
	diag "$driver: $(count "$driver")"
}

# -- main ------------------------------------------------------------------------------------------

driver=${1-}
programs=("${@:2}")
((${#programs[@]})) || programs=(ping.py queues.py stats.py hw/csum.py)
export REMOTE_TYPE=netns REMOTE_ARGS=far REMOTE_IFNAME=far0
modprobe -a virtio_net "$driver"
case $driver in
vnic)
	stock=virtio-pci
	mapfile -t found < <(cards "0x1af4 0x1041")
	near=${found[0]} far=${found[1]}
	export LOCAL_V4=10.70.0.2 LOCAL_V6=fd10:70::2 REMOTE_V4=10.71.0.2 REMOTE_V6=fd10:71::2
	gate_near=(10.70.0.1 fd10:70::1) gate_far=(10.71.0.1 fd10:71::1) ;;
sriov_demo)
	stock=igb
	modprobe igb
	mapfile -t found < <(cards "0x8086 0x10c9"; cards "0x1af4 0x1041")
	near=${found[0]} far=${found[1]}
	export LOCAL_V4=10.8.0.1 LOCAL_V6=fd10:8::1 REMOTE_V4=10.8.0.2 REMOTE_V6=fd10:8::2
	gate_near=() gate_far=() ;;
*)
	die "usage: net-selftests.sh vnic|sriov_demo" ;;
esac

ok "the kernel's tests are there" get_tests
ok "the far end" set_up_far
for d in "$stock" "$driver"; do
	# Not in ok, whose commands run in a subshell: it sets NETIF.
	if use "$d" >"$work/use" 2>&1; then
		pass "$d has the card"
	else
		not_ok "$d has the card" "$(cat "$work/use")"
	fi
	for p in "${programs[@]}"; do
		ok "$d: both ends meet" connect
		run "$d" "$p"
	done
done
compare
echo "$near" >"$sys/$near/driver/unbind"
ok "$driver goes out" wait_for 10 modprobe -r "$driver"
rm -r "$work"
done_testing
