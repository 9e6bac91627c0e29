#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0
#
# The guest's first program, in the initramfs: load what is needed to see the
# host's root, put a writable layer over it, furnish it, go on with guest.sh
# there. All that can be done here is: a static program in memory starts much
# faster than the host's, which is what boot time is made of.

# Debian's busybox runs its own programs without a look at PATH; for one that
# does not, vm puts links there.
export PATH=/bin

lost()
{
	echo "init: $* failed"
	poweroff -f
}

# TYPE FOLDER [OPTIONS]: one that this kernel may lack.
mount_if()
{
	mount -t "$1" ${3:+-o "$3"} "$1" "$2" 2>/dev/null
}

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
exec </dev/console >/dev/console 2>&1

# One module may be there twice, in front for a device and in its usual place.
for m in /modules/*.ko; do
	[ -e "$m" ] || break
	name=${m#/modules/??-}
	[ -d "/sys/module/${name%.ko}" ] || insmod "$m" || lost "loading $m"
done
# shellcheck disable=SC1091
. /config

# The host's files do not change while we run, so they may be cached freely.
mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose root /lower ||
	lost "mounting the host's root"
mount -t tmpfs -o mode=755 tmpfs /top
mkdir /top/upper /top/work
mount -t overlay -o lowerdir=/lower,upperdir=/top/upper,workdir=/top/work overlay /root ||
	lost "mounting the overlay"

mount -t tmpfs -o mode=755 tmpfs /root/run || lost "mounting /run"
mkdir -p /root/run/xlate/bin /root/run/lock /dev/pts /dev/shm /dev/mqueue /dev/hugepages \
	/dev/virtio-ports
mkdir -m 700 /root/run/home
cp /config /command /root/run/xlate/
ln -s "$ROOT/tools/vm/qmp" /root/run/xlate/bin/qmp

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

# No udev here: name the ports as it would.
for port in /sys/class/virtio-ports/*; do
	read -r name <"$port/name"
	ln -s "../${port##*/}" "/dev/virtio-ports/$name"
done

echo xlate >/proc/sys/kernel/hostname
ip link set lo up

# This kernel's modules, the suite's among them.
read -r release </proc/sys/kernel/osrelease
mkdir -p "/root/lib/modules/$release"
mount --bind "/root$MODULES" "/root/lib/modules/$release" || lost "mounting the modules"

for m in proc sys dev; do
	mount --move /$m /root/$m || lost "moving /$m"
done
exec switch_root /root /bin/bash "$ROOT/tools/vm/guest.sh"
