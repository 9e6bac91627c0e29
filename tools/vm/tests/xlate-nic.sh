#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: xlate-nic.sh
#
# On any machine: what xlate nic says of the saved views in nic/*.dump, whole and damaged.
# Each begins with what must be said about it, after "# ":
#
#	$ WORDS		xlate WORDS --input VIEW, and of that:
#	status N	the exit status, when it is not 0
#	| LINE		a line of its output; blanks count once
#	~ REGEX		some line matches
#	! TEXT		standard error has it
#	lines N		so many lines

# Functions are called by name.
# shellcheck disable=SC2317
# shellcheck source=tools/vm/tests/lib.sh
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
PATH=$here/../../../build/bin:$PATH

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# ask WORDS...: what it says stays in $tmp/out and $tmp/err, its status in $got.
ask()
{
	xlate "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	got=$?
}

has() { grep -qxF -- "$1" <(sed -e 's/[[:space:]]\+/ /g' -e 's/^ //; s/ $//' "$tmp/out"); }

# checked DUMP: its head's lines
checked()
{
	local line words what="" name=${1##*/}

	while IFS= read -r line; do
		line=${line#\#}
		line=${line# }
		case $line in
		"$ "*)
			read -ra words <<<"${line#* }"
			ask "${words[@]}" --input "$1"
			what="$name: ${line#* }"
			;;
		"status "*) is "$got" "${line#* }" "$what: status" ;;
		"| "*) ok "$what: ${line:0:60}" has "${line#* }" ;;
		"~ "*) ok "$what: ${line:0:60}" grep -qE -- "${line#* }" "$tmp/out" ;;
		"! "*) ok "$what: ${line:0:60}" grep -qF -- "${line#* }" "$tmp/err" ;;
		"lines "*) is "$(wc -l <"$tmp/out")" "${line#* }" "$what: lines" ;;
		esac
	done < <(sed '/^==> /,$d' "$1")
}

for dump in "$here"/nic/*.dump; do
	checked "$dump"
	dev=$(sed -n "s,^==> .*/\(.*\)/queues <==,\1,p" "$dump")
	ask nic -J -i "$dump"
	ok "${dump##*/}: JSON" python3 -m json.tool "$tmp/out"
	ask nic "$dev" tx0 -J --all -i "$dump"
	ok "${dump##*/}: JSON of a ring" python3 -m json.tool "$tmp/out"

	# Damaged ones: an error that says so, or what is still whole; never a crash.
	crashes=0
	lines=$(wc -l <"$dump")
	for ((i = 1; i <= lines; i++)); do
		sed "${i}d" "$dump" >"$tmp/cut"
		for queue in "" tx0 batches; do
			# shellcheck disable=SC2086
			ask nic "$dev" $queue -i "$tmp/cut"
			((got <= 1)) || { crashes=$((crashes + 1)); diag "without line $i: $got"; }
		done
	done
	sed 's/ [0-9]\+/ 99999999999999999999999/' "$dump" >"$tmp/cut"
	ask nic "$dev" -i "$tmp/cut"
	is "$got" 1 "${dump##*/}: absurd numbers are refused"
	sed 's/^\(tx0 [a-z]* 256 [a-z]*\) [0-9]*/\1 1}],x/' "$dump" >"$tmp/cut"
	ask nic "$dev" -J -i "$tmp/cut"
	is "$got" 1 "${dump##*/}: a word for a number is refused"
	sed '/batches 1$/,/^$/s/ [0-9]*$/ many/' "$dump" >"$tmp/cut"
	ask nic "$dev" batches -i "$tmp/cut"
	is "$got" 1 "${dump##*/}: a word among batches is refused"
	# An error, and no half of a ring that programs would stumble over.
	sed '$!b; s/.*/9 driver - x y/' "$dump" >"$tmp/cut"
	ask nic "$dev" "$(sed -n 's,^==> .*/\(.*\) <==,\1,p' "$dump" | tail -n 1)" -J -i "$tmp/cut"
	is "$got" 1 "${dump##*/}: a spoilt descriptor is refused"
	ok "${dump##*/}: ... which is all that it says" test ! -s "$tmp/out"
	is "$crashes" 0 "${dump##*/}: without any one of its $lines lines"
done

ask nic a b c
is "$got" 2 "one word too many"
ask nic -f -i "$here/nic/host.dump"
is "$got" 2 "a saved view is not followed"
ask nic -i /dev/null
is "$got" 1 "an empty view"
ask help nic
ok "help" grep -q KICKS "$tmp/out"
done_testing
