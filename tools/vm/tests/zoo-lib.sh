# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Surroundings that the memory tests want: swap, huge pages, a file system with a disk
# behind it. Sourced. What cannot be had ends the test, loudly.

zoo_bail()
{
	echo "Bail out! $*"
	exit 1
}

zoo_module()
{
	modprobe "$1" || zoo_bail "cannot load $1"
}

# zoo_swap SIZE: a compressed RAM disk as swap
zoo_swap()
{
	[[ -e /sys/block/zram0 ]] || modprobe zram || zoo_bail "no zram"
	echo "$1" >/sys/block/zram0/disksize || zoo_bail "zram: no size"
	mkswap -q /dev/zram0 || zoo_bail "mkswap"
	swapon /dev/zram0 || zoo_bail "swapon"
}

# zoo_hugepages COUNT: that many 2M pages in the hugetlb pool
zoo_hugepages()
{
	echo 1 >/proc/sys/vm/compact_memory 2>/dev/null
	echo "$1" >/proc/sys/vm/nr_hugepages
	(($(cat /proc/sys/vm/nr_hugepages) == $1)) || zoo_bail "no $1 huge pages"
}

# ext4 on a loop device; sets zoo_disk to its folder
zoo_disk()
{
	local image=/run/xlate/disk device

	zoo_disk=/run/xlate/mnt
	modprobe -q loop
	modprobe -q ext4
	# Not "mount -o loop": some kernels mount no device that is open for writing.
	if ! truncate -s 64M $image || ! mkfs.ext4 -q $image || ! mkdir -p $zoo_disk ||
		! device=$(losetup -f --show $image) || ! mount "$device" $zoo_disk; then
		zoo_bail "no ext4"
	fi
}
