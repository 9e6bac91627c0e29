#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Pages go to swap and come back; clean ones need no second write.

# shellcheck source=tools/vm/demo/lib.sh
. "$(dirname "$0")/../lib.sh"

title "Swap: out, back in, and a clean page that needs no second write"

image=${XLATE_DEMO_SWAP:-/run/xlate-demo-swap} disk=

# shellcheck disable=SC2317  # called by lib.sh
chapter_clean_up()
{
	[[ -z $disk ]] || { swapoff "$disk"; losetup -d "$disk"; }
	rm -f "$image"
}

modprobe -q loop
rm -f "$image"
{
	truncate -s 64M "$image" && chmod 600 "$image" && disk=$(losetup -f --show "$image") &&
		mkswap "$disk" >/dev/null && swapon "$disk"
} || give_up "cannot make a swap disk of $image"

columns=START,PAGES,STATE,KIND,RIGHTS,TARGET,FLAGS
# pages STATE: how many of the 64 are in that state -> $n, their flags -> $flags
pages()
{
	local state number f

	n=0 flags=
	while read -r number state f; do
		[[ $state != "$1" ]] || { n=$((n + number)); flags+=${flags:+ }$f; }
	done < <(xlate pages --no-headings --output PAGES,STATE,FLAGS "$p" "$at+256K")
}

start it swap
hear it
read -r _ at _ <<<"$heard"
p=${pid[it]}
tell it read
sum=$heard
caption <<'END'
A program with 64 pages of data. The machine has a swap disk, and nobody uses it yet.
END
show xlate pages -o $columns "$p" "$at+256K"
pages present
check "64 pages are present, written to (D, dirty)" same "$n" 64 and has "${flags%% *}" P RW D
counter pswpout
written=$count
step

caption <<'END'
The kernel is asked to swap them out, as it does by itself when memory is short. It writes the
data to disk and clears the present bit of each entry. The 63 bits that are left are free, for the
CPU looks at no other bit then: Linux keeps there where on the disk the data is (type:offset).
END
tell it out
show xlate pages -o $columns "$p" "$at+256K"
pages swap
check "64 pages are swapped out" same "$n" 64
check "the present bit is clear" lacks "${flags%% *}" P
page "$p" "$at"
check "the entry is not empty: it says ${p_target}" matches "$p_target" '^swap:[0-9]+:0x[0-9a-f]+$'
counter pswpout
check "64 pages were written to the disk (pswpout of /proc/vmstat)" same "$((count - written))" 64
written=$count
show xlate explain "$p" "$at" r
verdict_shown
check "foretold: a read would be a page fault, and the kernel would bring the page back" \
	says "$verdict" "fixed repair=swap-in"
step

caption <<'END'
The program reads all of it. Each first touch is a page fault; the kernel brings the page back,
and the program never knows. The pages are clean now: A (accessed) is set, D (dirty) is not. And
the copies on the disk are kept.
END
tell it read
check "the data is the same as before ($heard)" same "$heard" "$sum"
show xlate pages -o $columns "$p" "$at+256K"
pages present
check "64 pages are present again" same "$n" 64
check "accessed, but not dirty" has "${flags%% *}" P A and lacks "${flags// /,}" D
step

caption <<'END'
Out again. The data has not changed since it was written, D says so: the copy on disk is still
good, and nothing needs to be written.
END
# The first writing must have come to its end.
tries=0
counter nr_writeback
while ((count > 0 && tries++ < 100000)); do
	counter nr_writeback
done
tell it out
show xlate pages -o $columns "$p" "$at+256K"
pages swap
check "64 pages are swapped out" same "$n" 64
counter pswpout
check "and not one page was written for it" same "$count" "$written"
step

caption <<'END'
This time the program writes to each page. That sets D, the copies on disk are out of date, and the
next time out costs 64 writes again.
END
counter pswpin
read_in=$count
tell it write
counter pswpin
check "pages were read from the disk: $((count - read_in))" \
	less "$read_in" "$count"
show xlate pages -o $columns "$p" "$at+256K"
pages present
check "64 pages are present and dirty" same "$n" 64 and has "${flags%% *}" P RW A D
tell it out
counter pswpout
check "out: 64 pages were written" same "$((count - written))" 64
pages swap
check "64 pages are swapped out" same "$n" 64
the_end
