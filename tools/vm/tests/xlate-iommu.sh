#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: xlate-iommu.sh [dumps]
#
# The sub-commands of xlate about the IOMMU. With "dumps", on any machine: the saved views
# in iommu/*.dump, each of which begins with what must be said about it, whole and damaged.
# Without, in the guest: what they say of the machine, beside what the module and /sys say.

# shellcheck source=tools/vm/tests/lib.sh
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
PATH=$here/../../../build/bin:$PATH

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# ask WORDS...: xlate; what it says stays in $tmp/out and $tmp/err, its status in $got.
ask()
{
	xlate "$@" > "$tmp/out" 2> "$tmp/err" < /dev/null
	got=$?
}

# status WANTED TEXT COMMAND...
status()
{
	local wanted=$1 text=$2
	shift 2

	ask "$@"
	[[ $got == "$wanted" ]] && { pass "$text: status $got"; return; }
	not_ok "$text: status $got, wanted $wanted" "$(head -n 5 "$tmp/out" "$tmp/err")"
}

# squeezed FILE: without the blanks of columns
squeezed()
{
	sed -e 's/[[:space:]]\+/ /g' -e 's/^ //; s/ $//' "$1"
}

# --- Saved views ----------------------------------------------------------------------

# The lines before the first file of a view, without their "# ":
#
#	$ WORDS		xlate WORDS --input VIEW, and of that:
#	status N	the exit status
#	| LINE		a line of its output; blanks count once
#	~ REGEX		some line matches
#	! TEXT		standard error has it
#	lines N		so many lines
dump()
{
	local dump=$1 name line words what head

	name=$(basename "$dump" .dump)
	mapfile -t head < <(sed '/^==> /,$d' "$dump")
	for line in "${head[@]}"; do
		line=${line#\#}
		line=${line# }
		case $line in
		"$ "*)
			read -ra words <<< "${line#* }"
			ask "${words[@]}" --input "$dump"
			what="$name: ${line#* }"
			what=${what:0:90}
			((got < 5)) || not_ok "$what: status $got" "$(tail -n 3 "$tmp/err")"
			;;
		"status "*) is "$got" "${line#* }" "$what: status" || diag "$(< "$tmp/err")" ;;
		"| "*)
			grep -qxF -- "${line#* }" <(squeezed "$tmp/out") && pass "$what: ${line:0:60}" ||
				not_ok "$what: \"${line#* }\"" "$(squeezed "$tmp/out" | head -n 30)" "$(< "$tmp/err")"
			;;
		"~ "*)
			grep -qE -- "${line#* }" "$tmp/out" && pass "$what: ${line:0:60}" ||
				not_ok "$what: /${line#* }/" "$(head -n 30 "$tmp/out")" "$(< "$tmp/err")"
			;;
		"! "*)
			grep -qF -- "${line#* }" "$tmp/err" && pass "$what: ${line:0:60}" ||
				not_ok "$what: \"${line#* }\" on standard error" "$(< "$tmp/err")"
			;;
		"lines "*) is "$(wc -l < "$tmp/out")" "${line#* }" "$what: lines" || diag "$(< "$tmp/out")" ;;
		esac
	done
}

# Everything as JSON is JSON; and the view, saved again, says the same.
again()
{
	local dump=$1 name
	name=$(basename "$dump" .dump)

	ok "$name: all of it is JSON" python3 - "$dump" << 'PY'
import json, subprocess, sys
dump = sys.argv[1]
def ask(*words):
    r = subprocess.run(["xlate", *words, "--json", "-i", dump], capture_output=True, text=True)
    assert r.returncode in (0, 1, 3, 4), (words, r)
    if r.stderr:
        [json.loads(line) for line in r.stderr.splitlines()]
    return json.loads(r.stdout) if r.stdout else None
top = ask("iommu")
if top:
    for dev in top["requesters"]:
        one = ask("iommu", dev["rid"])
        assert one["rid"] == dev["rid"]
        for run in one["runs"]:
            got = ask("dma", dev["rid"], run["iova"])
            if got and run["phys"]:
                for a in got["accesses"]:
                    allowed = a["access"][0] in run["rights"]
                    assert (a["outcome"] == "allowed") == allowed, (run, a)
                    assert not allowed or int(a["phys"], 16) == int(run["phys"], 16), (run, a)
                back = ask("reverse", run["phys"])["reachable_by"]
                assert any(b["rid"] == dev["rid"] and int(b["iova"], 16) == int(run["iova"], 16)
                           for b in back), (run, back)
audit = ask("audit")
assert all(f["reason"] and f["devices"] for f in audit["findings"])
PY
	ask iommu --input "$dump" --save "$tmp/again"
	is "$got" 0 "$name: is saved again"
	for what in iommu audit "audit --json"; do
		# shellcheck disable=SC2086
		xlate $what --input "$dump" > "$tmp/one" 2>&1
		# shellcheck disable=SC2086
		xlate $what --input "$tmp/again" > "$tmp/two" 2>&1
		ok "$name: $what says the same of what was saved" cmp "$tmp/one" "$tmp/two"
	done
}

damaged()
{
	local dump=$here/iommu/clean.dump

	status 1 "a view that is not there" iommu -i "$tmp/nothing"
	status 1 "an empty view" iommu -i /dev/null
	status 1 "no view" iommu -i /bin/true
	xlate iommu -i "$dump" --save "$tmp/saved"
	is "$(stat -c %a "$tmp/saved")" 600 "a saved view is for its owner only"
	head -n -1 "$tmp/saved" > "$tmp/bad"
	status 1 "a saved view without its end" iommu -i "$tmp/bad"
	like "$(< "$tmp/err")" "cut short" "says so"
	head -c -30 "$tmp/saved" > "$tmp/bad"
	status 1 "a saved view that was cut in a line" iommu -i "$tmp/bad"
	like "$(< "$tmp/err")" "cut short" "says so"
	ask audit -i -
	is "$got" 1 "nothing on standard input"
	xlate iommu -i - < "$dump" > "$tmp/one"
	xlate iommu -i "$dump" > "$tmp/two"
	ok "a view on standard input" cmp "$tmp/one" "$tmp/two"
	for change in 's/^# iommu_probe devices 1/# iommu_probe devices 2/' 's/^# rid pasid/# rid/' \
		's/^0000:01:00.0 - 0/0000:01:00.9 - 0/' 's/^unit id=0/unit id=0x/' \
		's/^leaf 1 \(.*\) 510 2 /leaf 1 \1 510 3 /' 's/^leaf 1/leaf 7/' 's/^leaf 1/flea 1/' \
		's/^\(root.*\),0x0*/\1/' 's/ 4K rw / 4X rw /' 's/^\(0x0*ffffe000\) 0x[^ ]*/\1 \1/' \
		's/^0x0000000000000000 0x0000000000ffffff/0x0000000000ffffff 0x0/' \
		's/ 24576 / 99999999999999999999 /' 's/ 24576 / -1 /' 's/^context -/context/'; do
		sed -e "$change" "$dump" > "$tmp/bad"
		ok "the view changes by $change" test -n "$(cmp "$dump" "$tmp/bad")"
		ask iommu 01:00.0 -i "$tmp/bad"
		is "$got" 1 "is refused" || diag "$(< "$tmp/out")"
		like "$(< "$tmp/err")" "line [0-9]+: " "and the line named"
	done
	sed -e '/^leaf .* 510 2 /p; /^leaf .* 510 2 /s/8000003/8001003/' "$dump" > "$tmp/bad"
	status 1 "two lines that disagree" iommu 01:00.0 -i "$tmp/bad"
	like "$(< "$tmp/err")" "disagree" "says so"

	ok "no damage makes it crash or hang" python3 - "$here"/iommu/*.dump << 'PY'
import random, subprocess, sys
random.seed(4)
words = (["iommu"], ["iommu", "00:04.0"], ["dma", "00:04.0", "fffff000"], ["reverse", "8000000"],
         ["audit"], ["faults"])
numbers = [b"0", b"0xffffffffffffffff", b"18446744073709551615", b"-", b"", b"1,2,3", b"511"]
codes = {}
for n in range(240):
    path = random.choice(sys.argv[1:])
    data = open(path, "rb").read()
    data = data[data.index(b"==> "):]
    lines = data.split(b"\n")
    for _ in range(random.choice((1, 2, 8))):
        i = random.randrange(len(lines))
        kind = random.randrange(5)
        if kind == 0:
            fields = lines[i].split(b" ")
            fields[random.randrange(len(fields))] = random.choice(numbers)
            lines[i] = b" ".join(fields)
        elif kind == 1:
            del lines[i]
        elif kind == 2:
            lines.insert(i, random.choice(lines))
        elif kind == 3 and lines[i]:
            at = random.randrange(len(lines[i]))
            lines[i] = lines[i][:at] + bytes([random.randrange(256)]) + lines[i][at + 1:]
        else:
            lines = lines[:i + 1]
        if not lines:
            lines = [b""]
    for w in (random.choice(words),) * 2:
        r = subprocess.run(["xlate", *w, "-i", "-"], input=b"\n".join(lines), timeout=60,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        codes[r.returncode] = codes.get(r.returncode, 0) + 1
assert set(codes) <= {0, 1, 2, 3, 4}, codes
assert codes.get(0) and codes.get(1), codes
PY
}

usage()
{
	local line

	for cmd in "iommu x" "iommu 00:04.0 00:05.0" "iommu 00:20.0" "iommu --follow" "dma" "dma 00:04.0" \
		"dma 00:04.0 x" "dma 00:04.0 0x1000 q" "dma 00:04.0 0x1000 r w" "dma 0 0 r" \
		"dma 00:04.0 -i x" "dma 00:04.0 0x10000000000000000" "dma DMAR: nonsense" \
		"dma DMAR: DRHD: handling fault status reg 2" "reverse" "reverse x" "reverse 0 0" \
		"faults x" "faults --follow -i $here/iommu/clean.dump" "audit x" "audit --save x"; do
		# shellcheck disable=SC2086
		status 2 "xlate $cmd" $cmd
		ok "and a reason was given" test -s "$tmp/err"
	done
	for cmd in iommu dma reverse faults audit; do
		status 0 "$cmd --help" "$cmd" --help
		like "$(head -n 1 "$tmp/out")" "^Usage: xlate $cmd" "goes to standard output"
		is "$(awk 'length > 100' "$tmp/out")" "" "its lines are short"
	done
	status 0 "help" help
	is "$(awk 'length > 80' "$tmp/out")" "" "the overview fits a narrow terminal"

	# The kernel's lines, in every form, as one word and as many.
	for line in \
		"DMAR: [DMA Write NO_PASID] Request device [01:00.0] fault addr 0xffff9000 [fault reason 0x05] PTE Write access is not set" \
		"[   12.345678] DMAR: [DMA Write NO_PASID] Request device [01:00.0] fault addr 0xffff9000 [fault reason 0x05] PTE Write access is not set" \
		"Nov 22 23:59:59 host kernel: DMAR: [DMA Write NO_PASID] Request device [01:00.0] fault addr 0xffff9000 [fault reason 0x05] PTE Write access is not set" \
		"DMAR: [DMA Write] Request device [01:00.0] PASID ffffffff fault addr ffff9000 [fault reason 05] PTE Write access is not set"; do
		status 0 "${line:0:70}..." dma "$line" -i "$here/iommu/clean.dump"
		ok "is understood" grep -q "0x05" "$tmp/out"
		ok "and compared" grep -q "still say what the log says" "$tmp/out"
		cp "$tmp/out" "$tmp/one"
		# shellcheck disable=SC2086
		ask dma $line -i "$here/iommu/clean.dump"
		ok "and the same in many words" cmp "$tmp/one" "$tmp/out"
	done
	line="DMAR: [DMA Read PASID 0x2] Request device [80:1f.7] fault addr 0xffff9000 [fault reason 0x51] SM: Present bit in Directory Entry is clear"
	status 0 "a request with PASID" dma "$line" -i "$here/iommu/scalable-ss.dump"
	ok "is looked up as such" grep -q "PASID 0x2" "$tmp/out"
	line="DMAR: [INTR-REMAP] Request device [01:00.0] fault index 0x2f [fault reason 0x26] Blocked an interrupt request due to source-id verification failure"
	status 1 "an interrupt" dma "$line" -i "$here/iommu/clean.dump"
	like "$(< "$tmp/err")" "interrupt.*47.*0x26" "says what it was"
}

if [[ ${1-} == dumps ]]; then
	for dump in "$here"/iommu/*.dump; do
		dump "$dump"
		again "$dump"
	done
	damaged
	usage
	done_testing
fi
