#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the scripts of tools/vm share: where things are, and how to speak.
# Sourced by them; `tools/vm/lib.sh FUNCTION [ARG]` prints one answer, e.g.
# `tools/vm/lib.sh kdir 6.12`.
#
# A KERNEL is 6.12, 6.1 or debug (in the cache, made by tools/vm/setup), host
# (the running one), or a folder with the layout below:
#
#   release        its name, as uname -r says it
#   vmlinuz        the bootable image
#   kdir           what modules are built against
#   lib/modules/   the stock modules, with depmod's indexes

xlate_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
xlate_cache=${XLATE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/xlate}

say()
{
	printf 'xlate: %s\n' "$*" >&2
}

die()
{
	say "$@"
	exit 1
}

# The folder of KERNEL, whether it exists or not.
kernel_dir()
{
	case $1 in
	*/*)	printf '%s\n' "${1%/}" ;;
	host)	printf '%s\n' "$xlate_cache/kernels/host-$(uname -r)" ;;
	*)	printf '%s\n' "$xlate_cache/kernels/$1" ;;
	esac
}

# The same, but only when it is there.
kernel()
{
	local dir

	dir=$(kernel_dir "$1")
	if [[ ! -r $dir/release ]]; then
		if [[ $1 == debug ]]; then
			die "no kernel \"debug\" yet: run tools/vm/setup debug"
		fi
		die "no kernel \"$1\" in $xlate_cache: run tools/vm/setup kernels"
	fi
	printf '%s\n' "$dir"
}

# KERNEL -> uname -r
kernel_release()
{
	local dir

	dir=$(kernel "$1") && cat "$dir/release"
}

# KERNEL -> the folder that modules are built against
kdir()
{
	local dir

	dir=$(kernel "$1") && readlink -f "$dir/kdir"
}

# KERNEL -> its bootable image
kernel_image()
{
	local dir

	dir=$(kernel "$1") && readlink -f "$dir/vmlinuz"
}

# KERNEL -> lib/modules/RELEASE
kernel_modules()
{
	local dir

	dir=$(kernel "$1") && printf '%s/lib/modules/%s\n' "$dir" "$(cat "$dir/release")"
}

# The unpacked kernel source (checkpatch.pl and its friends).
source_dir()
{
	[[ -r $xlate_cache/source/current/Makefile ]] ||
		die "no kernel source in $xlate_cache: run tools/vm/setup source"
	readlink -f "$xlate_cache/source/current"
}

checkpatch()
{
	local dir

	dir=$(source_dir) && printf '%s/scripts/checkpatch.pl\n' "$dir"
}

# Twelve digits that stand for the options which debug.config asks for.
# Comments may change without a rebuild.
debug_config_key()
{
	grep -E '^(CONFIG_|# CONFIG_[A-Z0-9_]+ is not set$)' "$xlate_root/tools/vm/debug.config" |
		sort | sha256sum | cut -c1-12
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
	case ${1-} in
	kernel|kernel_dir|kernel_release|kernel_image|kernel_modules|kdir|source_dir|checkpatch)
		"$@" ;;
	*)	die "usage: tools/vm/lib.sh kdir|kernel_release|kernel_image|kernel_modules KERNEL," \
		    "or source_dir|checkpatch" ;;
	esac
fi
