#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The writable bit of the libc page is cleared.

# shellcheck source=tools/vm/demo/lib.sh
. "$(dirname "$0")/../lib.sh"

title "libc: the writable bit is cleared"
caption <<'END'
The C library is mapped from its file. All processes have the same frames of it, so none may
write there: in the page-table entries of its code the bit RW is 0.
END
start it print_address
for _ in main string heap stack waiting; do
	hear it
done
p=${pid[it]}
area "$p" /libc.so.6 'r-xp'
show xlate pages -o START,PAGES,KIND,MAPS,RIGHTS,AREA,FLAGS,NAME "$p" libc
code=$(xlate pages --no-headings --output START,AREA "$p" libc | awk '$2 == "r-xp" { print $1; exit }')
flags=$(xlate pages --no-headings --output AREA,FLAGS "$p" libc | awk '$1 == "r-xp" { print $2 }' |
	paste -sd ,)
check "libc's code is there: pages with P (present) set" matches "$flags" '(^|,)P,'
check "none of them has RW set" lacks "$flags" RW
page "$p" "$code"
check "they are frames of the file, and others map them, too (MAPS)" \
	same "$p_kind" file and lacks "$p_facts" once
step

caption <<'END'
And if this program tried to write there? The CPU would find RW clear and call the kernel (a
page fault); the kernel would find that the area may not be written, and end the program.
END
show xlate explain "$p" "$code" w
verdict_shown
check "the hardware finds RW clear" says "$shown" "forbids the write (RW is clear)"
check "the verdict is SIGSEGV, the kernel's answer to a forbidden access" says "$verdict" SIGSEGV
step

caption <<'END'
libc has variables, too. Those pages may be written, and when they were, the process got copies of
its own: "anon", mapped once. The file and everybody else's copy stay as they were.
END
area "$p" /libc.so.6 'rw-p'
show xlate pages -o START,PAGES,KIND,FACTS,MAPS,RIGHTS,AREA,FLAGS,NAME "$p" "$a_start"
page "$p" "$a_start"
check "a variable of libc: rw-, a private copy, mapped once" \
	same "$p_rights $p_kind $p_maps" "rw- anon 1"
the_end
