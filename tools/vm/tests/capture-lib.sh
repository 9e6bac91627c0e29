# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What tcpdump sees arrive; sourced after lib.sh, by who has a folder $work.

# shellcheck disable=SC2154

# capture NAMESPACE|- INTERFACE COUNT FILTER: until so many have arrived, or capture_end. It neither
# makes the interface promiscuous nor misses what comes after it returns.
capture()
{
	local inside=()
	[[ $1 == - ]] || inside=(ip netns exec "$1")
	"${inside[@]}" tcpdump -Z root -n -e -l -p --immediate-mode -i "$2" -Q in -c "$3" "$4" \
		>"$work/captured" 2>"$work/capturing" &
	capturing=$!
	wait_for 20 grep -q "^listening on" "$work/capturing"
}

# captured: all of them have arrived
captured() { wait_for 20 capture_ended && [[ -s $work/captured ]] || { cat "$work/capturing" "$work/captured"; return 1; }; }

# It was not asked to: so it has all that it wanted.
capture_ended() { [[ ! -e /proc/$capturing || $(awk '{ print $3 }' "/proc/$capturing/stat") == Z ]]; }

capture_end()
{
	kill "$capturing" 2>/dev/null
	wait "$capturing" 2>/dev/null
}
