#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Memory that is promised, and memory that is there.

# shellcheck source=tools/vm/demo/lib.sh
. "$(dirname "$0")/../lib.sh"

title "Over-commit: promised first, given when touched"
# value FILE KEY: in KiB -> $kib
value()
{
	local key rest

	kib=
	while read -r key rest; do
		[[ $key != "$2:" ]] || { kib=${rest% kB}; return 0; }
	done <"$1"
	give_up "no $2 in $1"
}

start it overcommit
p=${pid[it]}
value /proc/meminfo MemTotal
total=$kib
tell it promise
at=${heard##* }
value "/proc/$p/status" VmSize
size=$kib
value "/proc/$p/status" VmRSS
before=$kib
caption <<END
The machine has $((total >> 10)) MiB of RAM. A program has just asked for 8192 MiB, and got it:
its size is $((size >> 10)) MiB by now. Frames that it really has: $((before >> 10)) MiB.
A look at the first of these pages: there is no entry for it, not even the table where an entry
would be, hence the large SIZE of the hole.
END
check "it was promised more than the machine has" less "$total" "$size"
show xlate pages --holes -o START,SIZE,STATE,RIGHTS,AREA,TARGET,FLAGS "$p" "$at"
page "$p" "$at"
check "the page-table entry is empty: no frame" same "$p_state" none
show xlate explain "$p" "$at" w
verdict_shown
check "a touch would be a page fault that the kernel repairs with a page of zeros" \
	says "$verdict" "fixed repair=demand-zero"
step

caption <<'END'
The program reads there. For that the kernel needs no memory yet: all such reads get one and the
same frame of zeros, and RW stays clear.
END
tell it read
check "it read 0" same "$heard" "read 0"
show xlate pages -o START,STATE,KIND,RIGHTS,AREA,TARGET,FLAGS "$p" "$at"
page "$p" "$at"
zero=$p_target
check "the page of zeros, not writable" same "$p_kind" zero and lacks "$p_flags" RW
step

caption <<'END'
Now it writes, and the promise is kept: a frame of its own.
END
tell it write
show xlate pages -o START,STATE,KIND,MAPS,RIGHTS,AREA,TARGET,FLAGS "$p" "$at"
page "$p" "$at"
check "present, anonymous, writable, dirty" \
	same "$p_state $p_kind" "present anon" and has "$p_flags" P RW A D
check "another frame than that of zeros" different "$p_target" "$zero"
step

caption <<'END'
A thousand more pages are touched. Only they cost RAM; the rest of the promise is still air. (If
all promises were called in at once, the kernel would have to swap, or end a process.)
END
pages=$(xlate pages --no-headings --bytes --output BYTES "$p" "$at+8M" | awk '{ n += $1 } END { print n / 4096 }')
check "before: 1 page of them is there" same "$pages" 1
tell it touch
show xlate pages -o START,PAGES,STATE,KIND,RIGHTS,ORDER,FLAGS "$p" "$at+8M"
pages=$(xlate pages --no-headings --bytes --output BYTES "$p" "$at+8M" | awk '{ n += $1 } END { print n / 4096 }')
check "after: 1001 pages are there" same "$pages" 1001
value "/proc/$p/status" VmSize
check "the program's size has not changed: $((kib >> 10)) MiB" same "$kib" "$size"
the_end
