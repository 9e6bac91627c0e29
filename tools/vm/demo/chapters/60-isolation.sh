#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Two processes, the same virtual address, different frames.

# shellcheck source=tools/vm/demo/lib.sh
. "$(dirname "$0")/../lib.sh"

title "Two processes, the same address, different memory"
caption <<'END'
The same program runs twice. Its variable "number" is at an address that the linker chose, so it
is the same in both. One holds 111, the other 222.
END
start one same_address 111
start two same_address 222
hear one
one_number=${heard##* }
hear one
main=${heard##* }
hear two
two_number=${heard##* }
hear two
a=${pid[one]} b=${pid[two]}
columns=START,KIND,MAPS,RIGHTS,AREA,TARGET,FLAGS,NAME
show xlate pages -o $columns "$a" "$one_number"
show xlate pages -n -o $columns "$b" "$two_number"
check "both have \"number\" at the same virtual address" same "$one_number" "$two_number"
page "$a" "$one_number"
first=$p_target
page "$b" "$two_number"
check "but the frames behind it are different" different "$first" "$p_target"
tell one value
check "the first reads ${heard##* } there" same "$heard" "value 111"
tell two value
check "the second reads ${heard##* } there" same "$heard" "value 222"
step

caption <<'END'
The reason: each process has a page table of its own, and when the kernel switches from one to
the other it loads another root into CR3. (Here through the files of /proc/pagewalk: a process is
attached by writing its number.)
END
for p in "$a" "$b"; do
	echo "$p" >/proc/pagewalk/attach || give_up "cannot attach $p"
done
show head -n 5 "/proc/pagewalk/$a/summary"
root_a=$(awk '$1 == "root" { print $2 }' "/proc/pagewalk/$a/summary")
show head -n 5 "/proc/pagewalk/$b/summary"
root_b=$(awk '$1 == "root" { print $2 }' "/proc/pagewalk/$b/summary")
check "two roots: $root_a and $root_b" different "$root_a" "$root_b"
step

caption <<'END'
Is nothing shared, then? The code is: nobody can write it, so one frame serves both.
END
show xlate pages -o $columns "$a" "$main"
show xlate pages -n -o $columns "$b" "$main"
page "$a" "$main"
first=$p_target
page "$b" "$main"
check "main() is the same frame in both" same "$first" "$p_target"
check "and neither may write it" has "$p_flags" P and lacks "$p_flags" RW
the_end
