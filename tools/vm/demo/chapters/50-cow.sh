#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Copy-on-write after fork().

# shellcheck source=tools/vm/demo/lib.sh
. "$(dirname "$0")/../lib.sh"

title "Copy-on-write: fork() copies a page only when somebody writes"
columns=KIND,FACTS,MAPS,RIGHTS,AREA,TARGET,FLAGS
start it cow
hear it
at=${heard##* }
parent=${pid[it]}
caption <<'END'
A process has a page of its own, and has written to it.
END
show xlate pages -o $columns "$parent" "$at"
page "$parent" "$at"
before=$p_target
check "writable, dirty, mapped once" has "$p_flags" P RW D and same "$p_maps" 1
step

caption <<'END'
Now it calls fork(). The child's page table points to the same frame: nothing was copied. In both
tables the kernel has cleared RW, so that it hears of the first write.
END
tell it fork
child=${heard##* }
show xlate pages -o $columns "$parent" "$at"
show xlate pages -n -o $columns "$child" "$at"
page "$parent" "$at"
check "the parent has the frame that it had" same "$p_target" "$before"
check "RW is clear there, though the area is rw-" has "$p_flags" P and lacks "$p_flags" RW
page "$child" "$at"
check "the child has the same frame" same "$p_target" "$before"
check "RW is clear there, too" has "$p_flags" P and lacks "$p_flags" RW
check "the kernel counts two mappings of it" same "$p_maps" 2
step

caption <<'END'
What would a write of the child do? Not a segmentation fault: the area allows writing. The kernel
would copy the page and go on.
END
show xlate explain "$child" "$at" w
verdict_shown
check "foretold: repaired by a copy" says "$verdict" "fixed repair=cow-copy"
step

caption <<'END'
The child writes. Now there are two frames, and what the parent reads is still its own text.
END
tell it child
printf '\n    %s\n' "$heard"
check "the parent still reads what it wrote" says "$heard" "what the parent wrote"
show xlate pages -o $columns "$parent" "$at"
show xlate pages -n -o $columns "$child" "$at"
page "$child" "$at"
copy=$p_target
check "the child has another frame now" different "$copy" "$before"
check "which it may write: RW and D are set" has "$p_flags" P RW D
page "$parent" "$at"
check "the parent's frame is the old one, mapped once now" same "$p_target $p_maps" "$before 1"
step

caption <<'END'
And the parent? Its entry still has RW clear, but nobody shares the page any more: no copy needed.
END
show xlate explain "$parent" "$at" w
verdict_shown
check "foretold: made writable in place" says "$verdict" "fixed repair=cow-reuse"
tell it parent
page "$parent" "$at"
check "the parent wrote, and the frame is still the same one" same "$p_target" "$before"
check "with RW and D set" has "$p_flags" P RW D
the_end
