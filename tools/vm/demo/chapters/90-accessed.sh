#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The accessed and dirty bits.

# shellcheck source=tools/vm/demo/lib.sh
. "$(dirname "$0")/../lib.sh"

title "Accessed and dirty: two bits that the CPU sets by itself"
columns=START,STATE,KIND,RIGHTS,TARGET,FLAGS,ENTRY
start it accessed_dirty
hear it
at=${heard##* }
p=${pid[it]}
caption <<'END'
A page that was never touched: its entry is empty.
END
show xlate pages --holes -o $columns "$p" "$at"
page "$p" "$at"
check "no frame yet" same "$p_state" none
step

caption <<'END'
The program reads it. That takes a page fault, for there was no frame; then A is set, D is not.
END
tell it read
show xlate pages -o $columns "$p" "$at"
page "$p" "$at"
check "A is set, D is not" has "$p_flags" P RW A and lacks "$p_flags" D
frame=$p_target
step

caption <<'END'
The kernel clears A from time to time, to see which pages are in use: those where it comes back. We
have it cleared (clear_refs), and look. Looking does not set it: pagewalk reads the entry, it never
touches the page.
END
show sh -c "echo 1 >/proc/$p/clear_refs"
for look in first second third; do
	page "$p" "$at"
	check "A is clear ($look look)" lacks "$p_flags" A
done
step

caption <<'END'
The program reads again. No page fault this time, the kernel is not called at all: the CPU itself
sets A as it walks the tree. (The CPU keeps recent translations in a cache, the TLB, and walks only
for others. So the program had that flushed; otherwise the bit might have stayed clear, and the
kernel would have taken a busy page for an idle one.)
END
tell it flush
page "$p" "$at"
check "A is still clear, nobody has used the page" lacks "$p_flags" A
tell it read
printf '\n    %s\n' "$heard"
check "no page fault" says "$heard" "page faults: 0"
show xlate pages -o $columns "$p" "$at"
page "$p" "$at"
check "A is set, D is not" has "$p_flags" A and lacks "$p_flags" D
step

caption <<'END'
And it writes: D, for data that must be saved before the frame may be used for something else.
END
tell it write
printf '\n    %s\n' "$heard"
check "no page fault" says "$heard" "page faults: 0"
show xlate pages -o $columns "$p" "$at"
page "$p" "$at"
check "A and D are set" has "$p_flags" P RW A D
check "it is the same frame all along" same "$p_target" "$frame"
the_end
