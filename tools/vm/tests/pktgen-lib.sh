# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Packets by the kernel's pktgen, which must be loaded; sourced after lib.sh.

pktgen=/proc/net/pktgen

pg() { echo "$2" >"$pktgen/$1"; }

# pktgen_run INTERFACE BURST MAC COUNT: packets of 60 bytes. It waits until the last has come back, and
# prints the microseconds in which pktgen and all that it caused was at work.
pktgen_run()
{
	pg kpktgend_0 rem_device_all && pg kpktgend_0 "add_device $1" && pg "$1" "count $4" &&
		pg "$1" "pkt_size 60" && pg "$1" "delay 0" && pg "$1" "burst $2" &&
		pg "$1" "dst 10.99.0.2" && pg "$1" "dst_mac $3" && pg pgctrl start &&
		wait_for 10 grep -q "^Result: OK:" "$pktgen/$1" || return
	# Result: OK: 16241(c15000+d1241) usec: busy and waiting
	sed -n 's/^Result: OK: [0-9]*(c\([0-9]*\)+d.*/\1/p' "$pktgen/$1"
}
