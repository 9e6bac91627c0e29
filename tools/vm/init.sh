#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0
#
# The guest's first program, in the initramfs: load what is needed to see the
# host's root, put a writable layer over it, go on with guest.sh there.

bb=/bin/busybox

lost()
{
	echo "init: $* failed"
	$bb poweroff -f
}

$bb mount -t proc proc /proc
$bb mount -t sysfs sysfs /sys
$bb mount -t devtmpfs devtmpfs /dev
exec </dev/console >/dev/console 2>&1

for m in /modules/*.ko; do
	[ -e "$m" ] || break
	$bb insmod "$m" || lost "loading $m"
done
# shellcheck disable=SC1091
. /config

# The host's files do not change while we run, so they may be cached freely.
$bb mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose root /lower ||
	lost "mounting the host's root"
$bb mount -t tmpfs -o mode=755 tmpfs /top
$bb mkdir /top/upper /top/work
$bb mount -t overlay -o lowerdir=/lower,upperdir=/top/upper,workdir=/top/work overlay /root ||
	lost "mounting the overlay"

$bb mount -t tmpfs -o mode=755 tmpfs /root/run || lost "mounting /run"
$bb mkdir -p /root/run/xlate
$bb cp /config /command /root/run/xlate/
for m in proc sys dev; do
	$bb mount --move /$m /root/$m || lost "moving /$m"
done
exec $bb switch_root /root /bin/bash "$ROOT/tools/vm/guest.sh"
