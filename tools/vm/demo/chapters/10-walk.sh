#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# print_address: code, constant, heap and stack, and the walk of each.

# shellcheck source=tools/vm/demo/lib.sh
. "$(dirname "$0")/../lib.sh"

title "print_address: four addresses, and where they really go"
caption <<'END'
The program prints where its code, a constant, its heap and its stack are, and stays. These are
virtual addresses: they mean something in this process only.
END
echo
start it print_address
for _ in main string heap stack; do
	hear it
	printf '    %s\n' "$heard"
	at[${#at[@]}]=${heard##* }
done
hear it
p=${pid[it]}
read -r main string heap stack <<<"${at[*]}"
step

caption <<'END'
The kernel's own list of what is mapped where. Every boundary ends in 000: pages of 4 KiB.
END
show -l 7,1 cat "/proc/$p/maps"
check "every boundary in it is a multiple of 0x1000" \
	test -z "$(awk '$1 !~ /000-[0-9a-f]*000$/' "/proc/$p/maps")"
step

caption <<'END'
What the list does not say is where these pages are in RAM. pagewalk reads that where the CPU
reads it: in the page table. It is a tree. From its root (the CPU's register CR3) each level picks
one of 512 entries by nine bits of the address; the last one names a frame, a page of RAM.
END
show -l 9,3 xlate tree -o TREE,VA,STATE,TARGET,RIGHTS,NAME "$p"
check "the tree has a root, and tables below it" matches "$shown" 'CR3.*PML.*PDPT.*PD.*PT\['
step

caption <<'END'
main(): its bits allow reading and execution. Watch how level by level the next table is found,
and in the end the physical address: the frame, and the last twelve bits of the address as they
were.
END
show xlate explain "$p" "$main" x
verdict_shown
page "$p" "$main"
check "executing main is allowed, by the hardware alone" says "$verdict" "allowed faults=0"
check "the walk ends at main's frame plus the last twelve bits" \
	says "$shown" "$(printf 'physical address 0x%x' $((p_target + (main & 0xfff))))"
check "code: the hardware grants r-x, and /proc/$p/maps says the same" same "$p_rights" r-x
area "$p" /print_address 'r-xp'
check "main lies in that area of the list" test $((main >= a_start && main < a_end)) = 1
step

caption <<'END'
The constant: reading only; NX forbids to execute it. Heap and stack: reading and writing, no
execution. Memory of the program's own ("anon"), not a file's: nobody else maps these frames.
END
show xlate pages -o START,KIND,MAPS,RIGHTS,AREA,TARGET,FLAGS,NAME "$p" \
	"$main" "$string" "$heap" "$stack"
page "$p" "$string"
check "constant: r--, a page of the file" same "$p_rights $p_kind" "r-- file"
check "constant: RW is clear, NX is set" lacks "$p_flags" RW and has "$p_flags" P NX
page "$p" "$heap"
check "heap: rw-, memory of its own, mapped once" same "$p_rights $p_kind $p_maps" "rw- anon 1"
heap_frame=$p_target
page "$p" "$stack"
check "stack: rw-, memory of its own, mapped once" same "$p_rights $p_kind $p_maps" "rw- anon 1"
check "heap and stack are different frames" different "$heap_frame" "$p_target"
area "$p" '[heap]'
check "the heap's address lies in [heap]" test $((heap >= a_start && heap < a_end)) = 1
area "$p" '[stack]'
check "the stack's address lies in [stack]" test $((stack >= a_start && stack < a_end)) = 1
the_end
