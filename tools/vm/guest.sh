#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The guest's second program, pid 1: run the command, report over the ports,
# power off. init.sh has left config and command in /run/xlate. Each program
# that is started here costs boot time, hence the shell's own means.

# shellcheck disable=SC1091
. /run/xlate/config
: "${ROOT:?}" "${LIMIT:?}" "${MODE:?}" "${KMEMLEAK:?}" "${SPOILT:?}" "${ROWS:?}" "${COLUMNS:?}" "${GUEST_ENV?}"

# The host's PATH need not be ours.
export PATH=/run/xlate/bin:$ROOT/build/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/run/home SHELL=/bin/bash USER=root LOGNAME=root LANG=C.UTF-8
eval "$GUEST_ENV"
cd "$ROOT" || exit
read -r taint </proc/sys/kernel/tainted

power_off()
{
	echo o >/proc/sysrq-trigger
	# Pid 1 must not end, and can start nothing while the host's files go away.
	while :; do
		read -r _ <>/run/xlate/out
	done
}

mkfifo /run/xlate/out /run/xlate/err
if [[ $MODE == shell ]]; then
	echo start >/dev/virtio-ports/status
	# setsid -c makes the console the controlling terminal: job control, Ctrl-C
	# shellcheck disable=SC2016
	setsid -c bash -c 'stty sane rows "$0" cols "$1"; exec bash -i' "$ROWS" "$COLUMNS" \
		</dev/ttyS0 >/dev/ttyS0 2>&1
	power_off
fi

leaks=/sys/kernel/debug/kmemleak
exec 3>/dev/virtio-ports/status

# After a bad page or a warning during boot, lockdep is off and KASAN has had
# its one report: such a kernel would pass anything. A soft lockup then is none of
# COMMAND's. The harness boots another.
if [[ $SPOILT == 1 ]] && ((taint & (1 << 5 | 1 << 9 | 1 << 14))); then
	echo "spoilt $taint" >&3
	power_off
fi

mapfile -d '' -t command </run/xlate/command
[[ $KMEMLEAK == 0 || ! -e $leaks ]] || echo clear >$leaks

# Pipes, since a port opens only once and programs may reopen /dev/stdout.
cat </run/xlate/out >/dev/virtio-ports/stdout 3>&- &
out=$!
cat </run/xlate/err >/dev/virtio-ports/stderr 3>&- &
err=$!
# The harness ends a command that takes too long. A moment before, it is told what that is at; more
# goes where the kernel's log does at the end.
late()
{
	read -rt "$LIMIT" _ <>/run/xlate/late
	# In sessions: the command and what it started, not the kernel's own.
	ps -eo sid=,stat=,etimes=,wchan:20=,args= --forest | awk '
		$1 != 0 && n++ < 16 { sub(/^ *[0-9]+ /, ""); print "late " substr($0, 1, 120) }' >&3
	{
		# Not on the console, where they would look like complaints.
		echo w >/proc/sysrq-trigger
		dmesg
		for n in "" /run/netns/*; do
			[[ -z $n || -e $n ]] && echo "sockets ${n:-here}" && ${n:+nsenter --net="$n"} ss -taunp
		done
	} >/dev/virtio-ports/dmesg
}

echo start >&3
late=
if [[ $LIMIT != 0 ]]; then
	mkfifo /run/xlate/late
	late &
	late=$!
fi
setsid -w -- "${command[@]}" </dev/null >/run/xlate/out 2>/run/xlate/err 3>&-
status=$?
[[ -z $late ]] || kill "$late"

# PID of a cat: it waits for more, in read(0, ...). That is system call 0, and it is "running" once
# there is something in the pipe.
drained()
{
	local call fd

	! read -r call fd _ <"/proc/$1/syscall" || [[ $call == 0 && $fd == 0x0 ]]
} 2>/dev/null

# What the command left running may hold the pipes: give it a moment only. But what is in them shall
# come out.
for ((i = 0; i < 600; i++)); do
	kill -0 $out 2>/dev/null || kill -0 $err 2>/dev/null || break
	((i < 20)) || ! drained $out || ! drained $err || break
	sleep 0.1
done

if [[ $KMEMLEAK != 0 ]]; then
	if [[ -e $leaks ]]; then
		# Younger than five seconds is not leaked yet; what the first scan finds,
		# the second confirms.
		sleep 6
		echo scan >$leaks
		echo scan >$leaks
		grep -A 12 '^unreferenced' $leaks >/run/xlate/leaks &&
			echo "leak kmemleak found $(grep -c '^unreferenced' /run/xlate/leaks) objects, see dmesg.log" >&3
	else
		echo "leak --kmemleak needs a kernel with kmemleak: -k debug" >&3
	fi
fi
echo "taint $taint $(</proc/sys/kernel/tainted)" >&3
{ dmesg; cat /run/xlate/leaks 2>/dev/null; } >/dev/virtio-ports/dmesg
echo "exit $status" >&3
power_off
