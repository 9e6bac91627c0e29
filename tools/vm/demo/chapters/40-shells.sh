#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Ten shells, one libc.

# shellcheck source=tools/vm/demo/lib.sh
. "$(dirname "$0")/../lib.sh"

title "Ten shells share one libc"
caption <<'END'
Ten copies of bash are started. Each has its own page table and its own addresses. Do they have
ten copies of the library and the program in RAM?
END
shells=()
for i in {0..9}; do
	start "shell$i" bash --norc -c 'echo ready; read -r _'
done
for i in {0..9}; do
	hear "shell$i"
	shells+=("${pid[shell$i]}")
done

# Frames of libc, by offset in the mapping: frame[shell,offset]
declare -A frame=() seen=()
for p in "${shells[@]}"; do
	area "$p" /libc.so.6
	while read -r start rights target; do
		[[ $rights != *w* ]] || continue
		offset=$((start - a_start))
		frame[$p,$offset]=$target
		seen[$offset]=$((${seen[$offset]-0} + 1))
	done < <(xlate pages --raw --no-headings --output START,AREA,TARGET "$p" libc.so.6)
done
all=0 alike=0 example=
for offset in "${!seen[@]}"; do
	((seen[$offset] == 10)) || continue
	all=$((all + 1))
	one=${frame[${shells[0]},$offset]}
	for p in "${shells[@]}"; do
		[[ ${frame[$p,$offset]} == "$one" ]] || continue 2
	done
	alike=$((alike + 1))
	((offset < ${example:-0x7fffffffffff})) && example=$offset
done
printf '\n    one and the same page of libc, in each shell:\n\n    %-8s %-16s %s\n' \
	PID "VIRTUAL ADDRESS" FRAME
declare -A address=()
for p in "${shells[@]}"; do
	area "$p" /libc.so.6
	address[$((a_start + example))]=1
	printf '    %-8s 0x%-14x %s\n' "$p" $((a_start + example)) "${frame[$p,$example]}"
done
check "$all pages of libc are mapped by all ten" less 20 "$all"
check "all but the few that relocation changed ($((all - alike))) are the same frames in all ten" \
	less $(((all - alike) * 10)) "$all"
check "and the addresses are ten different ones" same ${#address[@]} 10
step

caption <<'END'
What that saves: MAPPED is what the shells map, added up; UNIQUE the frames that are really there.
END
show -l 6,3 xlate share "${shells[@]}"
read -r libc_mapped libc_unique mapped unique saved < <(
	xlate share --bytes -n -o NAME,MAPPED,UNIQUE,SAVED "${shells[@]}" |
		awk '$1 == "libc.so.6" { libc = $2 " " $3 } $1 == "total" { print libc, $2, $3, $4 }')
check "the ten map $((libc_mapped >> 10)) KiB of libc, which take $((libc_unique >> 10)) KiB of RAM" \
	less $((libc_unique * 3)) "$libc_mapped"
check "all in all $((saved >> 10)) KiB are saved: mapped minus really there" \
	same "$saved" $((mapped - unique))
check "that is more than half of what they map" less "$mapped" $((2 * saved))
the_end
