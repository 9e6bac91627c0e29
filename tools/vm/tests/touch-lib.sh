# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Accesses to the registers of a function, counted by QEMU: each is an exit from a real guest.
# And instructions of a guest with one CPU and -icount, where a nanosecond is one.
# Source it after lib.sh.

touch_traces=0

# ask MESSAGE: to QEMU's monitor (QMP), without the time that tools/vm/qmp takes to start.
# An answer is one line, and either word is in no answer of the other kind.
exec 9<>/dev/virtio-ports/qmp
ask()
{
	local answer=

	printf '%s\n' "$1" >&9
	until [[ $answer == *'"return"'* || $answer == *'"error"'* ]]; do
		read -r -t 60 answer <&9 || return
	done
	[[ $answer == *'"return"'* ]]
}
# An error says that it was done before.
ask '{"execute": "qmp_capabilities"}'

monitor()
{
	ask '{"execute": "human-monitor-command", "arguments": {"command-line": "'"$1"'"}}'
}

# From here on QEMU tells of each access to a register, in a file that is seen here, too.
touches_start()
{
	touch_traces=$((touch_traces + 1))
	monitor "logfile $XLATE_LOGS/touches$touch_traces" && monitor "log trace:memory_region_ops_*"
}

# touches_of FUNCTION: how many there were since, by the addresses in its resources
touches_of()
{
	# QEMU writes a buffer when it is full: this fills it.
	cat /sys/bus/pci/devices/*/config >/dev/null
	monitor "trace-event memory_region_ops_* off"
	awk '
		FNR == NR {
			if ($2 !~ /^0x0*$/) { from[++n] = $1; to[n] = $2 }
			next
		}
		{
			for (i = 1; i < NF && $i != "addr"; i++);
			at = substr($(i + 1), 3)
			while (length(at) < 16) at = "0" at
			at = "0x" at
			for (j = 1; j <= n; j++) if (at >= from[j] && at <= to[j]) { sum++; break }
		}
		END { print sum + 0 }' "/sys/bus/pci/devices/$1/resource" "$XLATE_LOGS/touches$touch_traces"
	rm "$XLATE_LOGS/touches$touch_traces"
}

# Nanoseconds in which the CPU was at work.
busy()
{
	awk '{ gsub(":", " ") }
		/^now at/ { now = $3 }
		$1 ~ /^.(idle|iowait)_sleeptime$/ { idle += $2 }
		END { printf "%.0f\n", now - idle }' /proc/timer_list
}
