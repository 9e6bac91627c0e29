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

	status 0 "the reason of a fault" faults -n -o WHY -i "$here/iommu/clean.dump"
	is "$(cat "$tmp/out")" "no write permission" "is all of its words"

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

# --- The machine ----------------------------------------------------------------------

probe=/sys/kernel/debug/iommu_probe
pci=/sys/bus/pci/devices

# nobody: xlate as a user without rights
# shellcheck disable=SC2317 # through status
nobody()
{
	setpriv --reuid=nobody --regid=nogroup --clear-groups --inh-caps=-all xlate "$@"
}

# until_true SECONDS COMMAND...
until_true()
{
	local end=$((SECONDS + $1))
	shift

	until "$@"; do
		((SECONDS <= end)) || return 1
		sleep 0.1
	done
}

# has_lines N COMMAND...: its output, or a file's, has at least so many
# shellcheck disable=SC2317 # through until_true
has_lines()
{
	(($("${@:2}" | wc -l) >= $1))
}

# shellcheck disable=SC2317 # through until_true
has_netdev()
{
	[[ -n $(ls "$pci/$nic/net" 2> /dev/null) ]]
}

# shellcheck disable=SC2317 # through until_true
is_logged()
{
	line=$(dmesg | grep -F "DMAR: [DMA" | tail -n 1)
	[[ -n $line ]]
}

# The kernel's handler, which had begun, has come to its end: what runs on its CPU now runs after it.
handled()
{
	local cpu

	for cpu in /sys/devices/system/cpu/cpu[0-9]*; do
		taskset -c "${cpu##*cpu}" true
	done
}

functions()
{
	local f

	for f in "$pci"/*; do
		[[ $(< "$f/vendor"):$(< "$f/device") != "0x${1%:*}:0x${1#*:}" ]] || echo "${f##*/}"
	done
}

modprobe -r iommu_probe 2> /dev/null
for cmd in iommu "dma 00:04.0 0x1000" "reverse 0x1000" faults audit; do
	# shellcheck disable=SC2086
	status 3 "$cmd without the module" $cmd
	like "$(< "$tmp/err")" "not loaded.*modprobe iommu_probe.*insmod ./iommu_probe" "with the line that fixes it"
done
status 3 "as JSON" iommu --json
ok "the error is JSON" python3 -c 'import json,sys; json.load(open(sys.argv[1]))["hint"]' "$tmp/err"
umount /sys/kernel/debug
status 3 "without debugfs" iommu
like "$(< "$tmp/err")" "mount -t debugfs" "with the line that fixes it"
mount -t debugfs none /sys/kernel/debug
ok "the module goes in" modprobe iommu_probe lab=1
nobody iommu > "$tmp/out" 2> "$tmp/err"
is "$?" 3 "as nobody: status 3"
like "$(< "$tmp/err")" "only for root.*sudo" "with advice"

edu=$(functions 1234:11e8 | head -n 1)
nic=$(functions 8086:10c9 | head -n 1)
modprobe igb
until_true 20 has_netdev
ip link set "$(ls "$pci/$nic/net")" up
control()
{
	echo "$edu $*" > "$probe/lab/control"
}

# The list, beside what the module and sysfs say.
status 0 "iommu" iommu -n -o RID,PASID,DRIVER,GROUP,DOMAIN,MODE,FLAGS
is "$(wc -l < "$tmp/out")" "$(grep -vc '^#' "$probe/devices")" "as many rows as the module has"
bad=0
while read -r rid pasid driver group _ _ _; do
	[[ -e $pci/$rid && $pasid == - ]] || continue
	want=-
	[[ ! -e $pci/$rid/driver ]] || want=$(basename "$(readlink "$pci/$rid/driver")")
	[[ $driver == "$want" && $group == "$(basename "$(readlink "$pci/$rid/iommu_group")")" ]] && continue
	diag "$rid: $driver $group, but $want"
	bad=$((bad + 1))
done < "$tmp/out"
is "$bad" 0 "drivers and groups are as sysfs has them"
status 0 "iommu of a card" iommu "$nic" -n -b -o IOVA,SIZE,RIGHTS,PHYS,KIND
ok "it maps something" test -s "$tmp/out"

# Nothing is wrong with a card at work.
status 0 "audit with a card at work" audit
like "$(tail -n 1 "$tmp/out")" "nothing unexplained" "says so" || diag "$(< "$tmp/out")"

# The lab: both ways, the prediction and the fault.
ok "the lab maps memory" control map 0x100000 4 rw
ok "... and some that is read only" control map 0x200000 1 r
status 0 "dma to it" dma "$edu" 0x102abc w
phys=$(sed -n 's/.*reaches \(0x[0-9a-f]*\).*/\1/p' "$tmp/out" | head -n 1)
like "$phys" "abc$" "reaches memory"
status 0 "reverse of that" reverse "$phys" -n -o RID,IOVA,RIGHTS,KIND
like "$(tr -s ' ' < "$tmp/out")" "^$edu 0x102abc rw kernel" "leads back"
is "$(wc -l < "$tmp/out")" 1 "and nowhere else"
xlate faults --follow --json > "$tmp/follow" 2> "$tmp/follow-err" &
follower=$!
seen=$(xlate faults -n -o SEQ | wc -l)
asked=0
for ask in "r 0x300000" "w 0x300000" "w 0x200000"; do
	read -r access iova <<< "$ask"
	xlate dma "$edu" "$iova" "$access" > "$tmp/said"
	code=$(sed -n 's/.*=>.* faults: \(0x[0-9a-f]*\) .*/\1/p' "$tmp/said")
	like "$code" "^0x" "a DMA ($ask) is foretold to fault, $code"
	dmesg -C
	control dma "$access" "$iova" 4
	asked=$((asked + 1))
	until_true 60 has_lines $((seen + asked)) xlate faults -n -o SEQ ||
		not_ok "the fault is in the list"
	# That was made before the kernel's handler began.
	until_true 60 is_logged || not_ok "the fault is in the log"
	handled
	word="read"
	[[ $access == r ]] || word="write"
	is "$(xlate faults -n -o RID,ACCESS,ADDRESS,REASON | tail -n 1 | xargs)" \
		"$edu $word $(printf '0x%016x' "$iova") $code" "and so it does"
	status 0 "${line#*DMAR: }" dma "$line"
	ok "the log's line is looked up, and the tables still say so" grep -q "still say what the log says" "$tmp/out"
done
until_true 60 has_lines $((seen + asked)) cat "$tmp/follow"
is "$(wc -l < "$tmp/follow")" $((seen + asked)) "faults --follow had them all, as they came" ||
	diag "$(< "$tmp/follow-err")"
ok "as JSON, one a line" python3 -c '
import json, sys
faults = [json.loads(line) for line in open(sys.argv[1])]
assert [f["rid"] for f in faults[-3:]] == [sys.argv[2]] * 3
assert all(f["walk"] and f["why"] for f in faults[-3:])' "$tmp/follow" "$edu"
kill "$follower"
wait "$follower" 2> /dev/null
control map 0x300000 1 rw
status 0 "the last fault but two, with memory there now" dma "DMAR: [DMA Read NO_PASID] Request device [${edu#0000:}] fault addr 0x300000 [fault reason 0x06] PTE Read access is not set"
ok "it would pass now" grep -q "it would pass now" "$tmp/out"

# All runs of all devices: where they lead, forth and back. Nothing shall be mapped and unmapped
# while the view is made, here and below.
ip link set "$(ls "$pci/$nic/net")" down
ok "dma and reverse agree with each run's ends" python3 - << 'PY'
import json, subprocess
def ask(*words):
    r = subprocess.run(["xlate", *words, "--json"], capture_output=True, text=True, check=True)
    return json.loads(r.stdout)
subprocess.run(["xlate", "iommu", "--save", "/run/view"], check=True)
view = ("-i", "/run/view")
asked = 0
for dev in ask("iommu", *view)["requesters"]:
    runs = ask("iommu", dev["rid"], *view)["runs"]
    assert sum(r["size"] for r in runs) == dev["mapped"], dev
    for r in runs[:1] + runs[-1:]:
        for at in (0, r["size"] - 1):
            iova, phys = (int(r[x], 16) + at for x in ("iova", "phys"))
            for a in ask("dma", dev["rid"], hex(iova), *view)["accesses"]:
                assert (a["outcome"] == "allowed") == (a["access"][0] in r["rights"]), (r, a)
                assert a["outcome"] != "allowed" or int(a["phys"], 16) == phys, (r, a)
            back = ask("reverse", hex(phys), *view)["reachable_by"]
            assert any(b["rid"] == dev["rid"] and int(b["iova"], 16) == iova for b in back), (r, back)
            asked += 1
assert asked > 4, asked
print("#", asked)
PY

# A saved view says what the machine said.
status 0 "iommu --save" iommu --save "$tmp/view"
for cmd in iommu "iommu $nic" "iommu $edu" "dma $edu 0x100000" "dma $nic 0x1000" "reverse $phys" faults audit; do
	# shellcheck disable=SC2086
	xlate $cmd > "$tmp/one" 2>&1
	# shellcheck disable=SC2086
	xlate $cmd --input "$tmp/view" > "$tmp/two" 2>&1
	ok "$cmd: the same from the saved view" diff "$tmp/one" "$tmp/two"
done
(cd "$probe" && tail -v -n +1 units devices "$edu"/tables "$edu"/mappings) > "$tmp/tail"
status 0 "what tail made is a view, too" dma "$edu" 0x100000 -i "$tmp/tail"

# Who holds a group.
modprobe -r igb
modprobe vfio-pci
echo vfio-pci > "$pci/$nic/driver_override"
echo "$nic" > /sys/bus/pci/drivers_probe
group=$(basename "$(readlink "$pci/$nic/iommu_group")")
is "$(xlate iommu -n -o RID,HOLDER | grep "$nic" | xargs)" "$nic -" "with vfio-pci, and nobody has the group open"
exec 7<> "/dev/vfio/$group"
like "$(xlate iommu -n -o RID,HOLDER | grep "$nic" | xargs)" "^$nic xlate-iommu.sh\\[$$\\]" "now this script has"
ok "dma tells it, too" grep -qF "held by xlate-iommu.sh[$$]" <(xlate dma "$nic" 0x1000)
exec 7>&-
is "$(xlate iommu -n -o RID,HOLDER | grep "$nic" | xargs)" "$nic -" "and now nobody again"

ok "the module goes out" modprobe -r iommu_probe
done_testing
