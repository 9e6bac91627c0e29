#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The guest's second program, pid 1: finish the surroundings, run the command,
# report over the ports, power off. init.sh leaves config and command in
# /run/xlate.

# shellcheck disable=SC1091
. /run/xlate/config
: "${ROOT:?}" "${MODULES:?}" "${MODE:?}" "${KMEMLEAK:?}" "${ROWS:?}" "${COLUMNS:?}" "${GUEST_ENV?}"

# The host's PATH need not be ours.
export PATH=/run/xlate/bin:$ROOT/build/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/run/home SHELL=/bin/bash USER=root LOGNAME=root LANG=C.UTF-8
eval "$GUEST_ENV"

# -- surroundings

mount_if()
{
	mkdir -p "$2" 2>/dev/null
	mount -t "$1" "$1" "$2" ${3:+-o "$3"} 2>/dev/null
}

mount_if devpts /dev/pts gid=5,mode=620,ptmxmode=666
mount_if tmpfs /dev/shm mode=1777
mount_if mqueue /dev/mqueue
mount_if hugetlbfs /dev/hugepages
mount_if debugfs /sys/kernel/debug
mount_if tracefs /sys/kernel/tracing
mount_if securityfs /sys/kernel/security
mount_if cgroup2 /sys/fs/cgroup
mount_if bpf /sys/fs/bpf
for link in fd:/proc/self/fd stdin:fd/0 stdout:fd/1 stderr:fd/2; do
	ln -sfn "${link#*:}" "/dev/${link%%:*}"
done
mkdir -p /run/home /run/lock /run/xlate/bin
chmod 700 /run/home
ln -s "$ROOT/tools/vm/qmp" /run/xlate/bin/qmp
hostname xlate
ip link set lo up

# This kernel's modules, the suite's among them.
release=$(uname -r)
mkdir -p "/lib/modules/$release"
mount --bind "$MODULES" "/lib/modules/$release"

# No udev here: name the ports as it would.
mkdir -p /dev/virtio-ports
for port in /sys/class/virtio-ports/*; do
	ln -s "../${port##*/}" "/dev/virtio-ports/$(cat "$port/name")"
done

cd "$ROOT" || exit

power_off()
{
	sync
	echo o >/proc/sysrq-trigger
	while :; do sleep 1; done
}

if [[ $MODE == shell ]]; then
	echo start >/dev/virtio-ports/status
	# shellcheck disable=SC2016
	# setsid -c makes the console the controlling terminal: job control, Ctrl-C
	setsid -c bash -c 'stty sane rows "$0" cols "$1"; exec bash -i' "$ROWS" "$COLUMNS" \
		</dev/ttyS0 >/dev/ttyS0 2>&1
	power_off
fi

# -- the command

leaks=/sys/kernel/debug/kmemleak
exec 3>/dev/virtio-ports/status
mapfile -d '' -t command </run/xlate/command
[[ $KMEMLEAK == 0 ]] || echo clear 2>/dev/null >$leaks
taint=$(cat /proc/sys/kernel/tainted)
echo start >&3

# Pipes, since a port opens only once and programs may reopen /dev/stdout.
mkfifo /run/xlate/out /run/xlate/err
cat /run/xlate/out >/dev/virtio-ports/stdout 3>&- &
out=$!
cat /run/xlate/err >/dev/virtio-ports/stderr 3>&- &
err=$!
setsid -w -- "${command[@]}" </dev/null >/run/xlate/out 2>/run/xlate/err 3>&-
status=$?

# What the command left running may hold the pipes: give it a moment only.
for ((i = 0; i < 20; i++)); do
	kill -0 $out 2>/dev/null || kill -0 $err 2>/dev/null || break
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
			echo "leak kmemleak found $(grep -c '^unreferenced' $leaks) objects, see dmesg.log" >&3
	else
		echo "leak --kmemleak needs a kernel with kmemleak: -k debug" >&3
	fi
fi
echo "taint $taint $(cat /proc/sys/kernel/tainted)" >&3
{ dmesg; cat /run/xlate/leaks 2>/dev/null; } >/dev/virtio-ports/dmesg
echo "exit $status" >&3
power_off
