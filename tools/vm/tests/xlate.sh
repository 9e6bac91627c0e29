#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: the xlate tool. What it prints is compared with /proc, with itself
# (text, JSON, saved dumps), and its exit codes with their promise.

# shellcheck source=tools/vm/tests/lib.sh
. "$(dirname "$0")/lib.sh"

tmp=$(mktemp -d)
chmod 755 "$tmp"
pids=()
# shellcheck disable=SC2317 # by the trap
cleanup()
{
	kill -KILL "${pids[@]}" 2> /dev/null
	rm -rf "$tmp"
}
trap cleanup EXIT

# status WANTED TEXT COMMAND...: the exit status; its output stays in $tmp/out and err.
status()
{
	local wanted=$1 text=$2 got
	shift 2

	"$@" > "$tmp/out" 2> "$tmp/err"
	got=$?
	[[ $got == "$wanted" ]] && { pass "$text: status $got"; return; }
	not_ok "$text: status $got, wanted $wanted" "$(head -n 5 "$tmp/out" "$tmp/err")"
}

# says TEXT REGEX: what the last status printed on stderr.
says()
{
	like "$(< "$tmp/err")" "$2" "$1"
}

# shellcheck disable=SC2317 # through status
nobody()
{
	setpriv --reuid=nobody --regid=nogroup --clear-groups --inh-caps=-all "$@"
}

# rows FILE: how many rows a JSON document of a table has, children included.
rows()
{
	python3 - "$1" << 'PY'
import json, sys
def count(rows):
    return sum(1 + count(r.get("children", [])) for r in rows)
doc = json.load(open(sys.argv[1]))
(table,) = doc.values()
print(count(table))
PY
}

# stopped PID...: each has come to its SIGSTOP
# shellcheck disable=SC2317 # through wait_for
stopped()
{
	local pid

	for pid; do
		[[ $(awk '/^State/ { print $2 }' "/proc/$pid/status") == T ]] || return
	done
}

# spawn: a stopped process, all of whose memory stays as it is.
spawn()
{
	python3 -c "$1" &
	pids+=($!)
	spawned=$!
	wait_for 60 stopped "$spawned" || not_ok "the program stopped"
}

modprobe -r pagewalk 2> /dev/null

# --- Without the module ---------------------------------------------------------------

status 0 "ps without the module" xlate ps
ok "it lists this script" grep -Eq "^ *$$ +xlate.sh" "$tmp/out"
says "it says what the module would add and how to load it" "not loaded.*insmod ./pagewalk/pagewalk.ko"
unlike "$(head -n 1 "$tmp/out")" TABLES "no column that it cannot fill"
status 0 "ps as nobody without the module" nobody xlate ps
status 3 "pages without the module" xlate pages $$
says "with the line that fixes it" "modprobe pagewalk"
status 3 "--json pages without the module" xlate --json pages $$
ok "its error is JSON" python3 -c 'import json,sys; json.load(open(sys.argv[1]))["error"]' "$tmp/err"
for cmd in "tree $$" "explain $$ 0" "share $$ 1" "dump $$ $tmp/no"; do
	# shellcheck disable=SC2086
	status 3 "$cmd without the module" xlate $cmd
done
ok "no dump was left" test ! -e "$tmp/no"

# --- With it --------------------------------------------------------------------------

ok "the module goes in" modprobe pagewalk
# Nothing shall become a huge page between two looks, which would have fewer rows: khugepaged ends.
echo never > /sys/kernel/mm/transparent_hugepage/enabled
spawn '
import mmap, os, signal
anon = mmap.mmap(-1, 64 << 12)
anon[0] = 1; anon[5 << 12] = 1
os.kill(os.getpid(), signal.SIGSTOP)
'
pid=$spawned

status 0 "ps" xlate ps
is "$(< "$tmp/err")" "" "nothing on stderr"
like "$(head -n 1 "$tmp/out")" "PID COMMAND .*VMPTE LEVELS TABLES .*4K 2M 1G SWAP" "all columns"
ok "it lists itself" grep -q " xlate " "$tmp/out"
status 0 "ps of one" xlate ps "$pid" -nb -o LEVELS,RSS,VMPTE,TBYTES,4K,2M
read -r levels rss vmpte tbytes p4k p2m < "$tmp/out"
is "$rss" "$(($(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status") * 1024))" "RSS is VmRSS"
is "$vmpte" "$(($(awk '/^VmPTE/ { print $2 }' "/proc/$pid/status") * 1024))" "VMPTE is VmPTE"
# Beside each huge page of anonymous memory the kernel keeps a table for the day it is split.
is $((tbytes - vmpte)) $(((levels - 3 - p2m) * 4096)) "its tables are VmPTE and what that leaves out: levels 4 and 5"
# The kernel counts RSS lazily, per thread and CPU; vvar and vdso pages are not in it.
diff=$((p4k * 4096 + p2m * 2097152 - rss))
ok "its pages make up RSS, give or take ($diff)" test "${diff#-}" -le $((64 * 4096 * 2))
status 0 "ps as nobody" nobody xlate ps
says "it says why there is less" "only for root.*sudo"
status 1 "ps of nobody there" xlate ps 99999999
status 3 "pages as nobody" nobody xlate pages "$pid"
says "with advice" "root"

# Every run lies in one line of /proc/PID/maps, with its rights and its name.
status 0 "pages" xlate pages "$pid" -n -o START,END,PAGES,SIZE,AREA,PATH
python3 - "$pid" "$tmp/out" > "$tmp/verdict" << 'PY'
import sys
maps = [l.split(None, 5) for l in open(f"/proc/{sys.argv[1]}/maps")]
maps = [(*(int(a, 16) for a in m[0].split("-")), m[1], m[5].strip() if len(m) > 5 else "") for m in maps]
n = 0
for line in open(sys.argv[2]):
    start, end, pages, size, area, *path = line.split(None, 5)
    start, end = int(start, 16), int(end, 16)
    m = [m for m in maps if m[0] <= start and end <= m[1]]
    assert len(m) == 1, line
    assert m[0][2] == area, line
    assert (path[0].strip() if path else "") == m[0][3], line
    assert int(pages) * {"4K": 4096, "2M": 2 << 20, "1G": 1 << 30}[size] == end - start, line
    n += 1
assert n > 10
print("agree")
PY
is "$(< "$tmp/verdict")" agree "every run lies in a line of /proc/PID/maps, with its rights and path"

# The frames are those of /proc/PID/pagemap, page by page.
status 0 "pages --raw" xlate pages "$pid" --raw -n -o START,STATE,TARGET,SIZE,NAME
python3 - "$pid" "$tmp/out" > "$tmp/verdict" << 'PY'
import struct, sys
n = 0
pagemap = open(f"/proc/{sys.argv[1]}/pagemap", "rb", 0)
for line in open(sys.argv[2]):
    va, state, target, size, *name = line.split()
    # pagemap leaves out what is mapped by frame number.
    if state != "present" or size != "4K" or name == ["[vvar]"]:
        continue
    pagemap.seek(int(va, 16) >> 12 << 3)
    e = struct.unpack("Q", pagemap.read(8))[0]
    assert e >> 63 and (e & (1 << 55) - 1) << 12 == int(target, 16), (line, hex(e))
    n += 1
assert n > 100, n
print("agree")
PY
is "$(< "$tmp/verdict")" agree "every frame of --raw is the one in /proc/PID/pagemap"

# Ranges.
read -r start end _ < <(awk '/\[stack\]/ { sub("-", " "); print }' "/proc/$pid/maps")
xlate pages "$pid" '[stack]' > "$tmp/by-name"
status 0 "pages by START-END" xlate pages "$pid" "$start-$end"
ok "is the same as by name" cmp "$tmp/by-name" "$tmp/out"
status 0 "pages by START+LENGTH" xlate pages "$pid" "0x$start+$(((0x$end - 0x$start) / 1024))K"
ok "is the same" cmp "$tmp/by-name" "$tmp/out"
status 0 "pages of two ranges" xlate pages "$pid" '[heap]' '[stack]' -n -o PATH
is "$(sort -u "$tmp/out" | xargs)" "[heap] [stack]" "has both"
status 0 "pages of an empty range" xlate pages "$pid" 0-1000 -n
is "$(< "$tmp/out")" "" "nothing is there"
status 0 "one page by its address" xlate pages "$pid" "$(printf '0x%x' $((0x$end - 1)))" -n -o PAGES
is "$(xargs < "$tmp/out")" 1 "one page"
status 0 "pages with --holes" xlate pages "$pid" --holes -n -o PAGES,STATE
ok "shows empty ones" grep -q none "$tmp/out"

# Text and JSON have the same rows.
# (Facts change with every process that comes and goes, and with them the runs.)
for cmd in "pages -o START,STATE" "pages --raw" tree; do
	# shellcheck disable=SC2086
	xlate $cmd "$pid" -n > "$tmp/text"
	# shellcheck disable=SC2086
	status 0 "$cmd --json" xlate $cmd --json "$pid"
	is "$(rows "$tmp/out")" "$(wc -l < "$tmp/text")" "$cmd: as many rows in JSON as in text"
done
status 0 "ps --json" xlate ps --json "$pid"
ok "numbers are numbers" python3 -c '
import json, sys
(p,) = json.load(open(sys.argv[1]))["processes"]
assert p["pid"] == int(sys.argv[2]) and p["tables"] > 4 and p["rss"] > 4096' "$tmp/out" "$pid"

# The tree hangs together: each entry lies in the table that its parent points to.
status 0 "tree --json with all columns" xlate tree --json "$pid" -o tree,va,level,index,count,table,target,state,entry,rights
python3 - "$tmp/out" > "$tmp/verdict" << 'PY'
import json, sys
def check(node, level, target):
    for c in node.get("children", []):
        assert c["table"] == target, c
        assert level is None or c["level"] == level, c
        assert int(c["va"], 16) >> 12 + 9 * (c["level"] - 1) & 511 == c["index"], c
        if c["state"] == "table":
            assert int(c["entry"], 16) & 1 and c["children"], c
            check(c, c["level"] - 1, c["target"])
        else:
            assert "children" not in c
roots = json.load(open(sys.argv[1]))["tree"]
assert roots[0]["tree"] == "CR3" and roots[0]["state"] == "root"
check(roots[0], None, roots[0]["target"])
assert len(roots) == 1 or roots[1]["tree"] == "CR3 user"
print("agree", roots[0]["target"])
PY
like "$(< "$tmp/verdict")" ^agree "every entry stands in the table that its parent points to"
root=$(awk '{ print $2 }' "$tmp/verdict")
# With PTI a second root follows, whose entries lead to the same tables.
tables=$(xlate tree "$pid" -n | awk '/^CR3 user/ { exit } / table / { n++ } END { print n }')
is "$((tables + 1))" "$(xlate ps "$pid" -n -o TABLES | xargs)" "tree has as many tables as ps counts"

# explain
status 0 "explain of NULL" xlate explain "$pid" 0 w
like "$(tail -n 1 "$tmp/out")" "SIGSEGV si_code=1\(SEGV_MAPERR\) error_code=0x6\(W\|U\)" "its verdict"
stack=$(printf '0x%x' $((0x$end - 8)))
status 0 "explain of the stack's top" xlate explain "$pid" "$stack" r
like "$(tail -n 1 "$tmp/out")" "=>  allowed" "reading is allowed"
ok "its line of maps is shown" grep -q '^maps .*\[stack\]' "$tmp/out"
ok "steps are the hardware's" grep -q ' HW  level 1 table ' "$tmp/out"
status 0 "explain of all three" xlate explain "$pid" "$stack"
is "$(grep -c '=>' "$tmp/out")" 3 "three verdicts"
like "$(tail -n 1 "$tmp/out")" "SIGSEGV si_code=2\(SEGV_ACCERR\).*U\|I" "executing it is not allowed"
status 0 "explain by name and offset" xlate explain "$pid" "libc+0x10" w
like "$(tail -n 1 "$tmp/out")" "SIGSEGV si_code=2" "libc's header is not writable"
status 0 "explain of an address that is not canonical" xlate explain "$pid" 0x8000000000000000 r
like "$(tail -n 1 "$tmp/out")" "SI_KERNEL" "a general protection fault"
status 0 "explain --json" xlate explain --json "$pid" "$stack"
ok "is JSON that says the same" python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
assert int(d["root"], 16) == int(sys.argv[2], 16)
assert [a["access"] for a in d["accesses"]] == ["read", "write", "exec"]
assert [a["verdict"]["outcome"] for a in d["accesses"]][::2] == ["allowed", "SIGSEGV"]
assert d["walk"][-1]["level"] == 1' "$tmp/out" "$root"

# share
bash -c 'kill -STOP $$; :' &
one=$!
bash -c 'kill -STOP $$; :' &
two=$!
disown -a
pids+=("$one" "$two")
wait_for 60 stopped "$one" "$two" || not_ok "two shells stopped"
status 0 "share of two shells" xlate share "$one" "$two" -b -o NAME,PROCS,MAPPED,UNIQUE,SHARED,BY-ALL,SAVED
read -r _ procs mapped unique shared all saved < <(grep '^libc' "$tmp/out")
is "$procs" 2 "both map libc"
ok "they share most of it ($shared of $mapped)" test "$((shared * 5))" -gt "$((unique * 2))"
is "$((mapped - unique))" "$saved" "saved = mapped - unique"
is "$shared" "$all" "with two, shared is shared by all"
like "$(tail -n 1 "$tmp/out")" "^2 processes map .* saved" "a sentence sums up"
read -r _ procs mapped unique shared all saved < <(grep '^\[stack' "$tmp/out")
is "$shared" 0 "stacks are not shared"
xlate share "$one" "$two" --json > "$tmp/out"
is "$(rows "$tmp/out")" "$(xlate share "$one" "$two" -n | wc -l)" "as many rows in JSON as in text"

# dump: read back, it says the same.
status 0 "dump" xlate dump "$pid" "$tmp/dump"
is "$(stat -c %a "$tmp/dump")" 600 "for its owner only"
columns=START,END,PAGES,SIZE,STATE,RIGHTS,AREA,ORDER,TARGET,FLAGS,ENTRY,PATH
for cmd in "tree -n" "pages --raw" "pages -o $columns" "pages [heap] -o $columns"; do
	# shellcheck disable=SC2086
	xlate ${cmd/ / $pid } > "$tmp/live"
	# shellcheck disable=SC2086
	status 0 "$cmd --input" xlate $cmd --input "$tmp/dump"
	ok "$cmd: the same from the dump" cmp "$tmp/live" "$tmp/out"
done
# Mapping counts of shared files move with the processes that come and go: heap and stack.
xlate pages "$pid" '[heap]' '[stack]' -o +FACTS,PKEY > "$tmp/live"
status 0 "pages with facts --input" xlate pages -i "$tmp/dump" '[heap]' '[stack]' -o +FACTS,PKEY
ok "facts: the same from the dump" cmp "$tmp/live" "$tmp/out"
bad=0 asked=0
while read -r range _; do
	for addr in "${range%-*}" "$(printf '0x%x' $((0x${range#*-} - 1)))" "0x${range#*-}"; do
		asked=$((asked + 1))
		xlate explain "$pid" "$addr" | tail -n +2 > "$tmp/live"
		xlate explain -i "$tmp/dump" "$addr" | tail -n +2 > "$tmp/out"
		cmp -s "$tmp/live" "$tmp/out" && continue
		bad=$((bad + 1))
		diag "$addr" "$(diff "$tmp/live" "$tmp/out" | head -n 4)"
	done
done < <(grep -v vsyscall "/proc/$pid/maps" | awk 'NR % 8 == 1')
is "$bad" 0 "explain: the same from the dump, at $asked addresses"
chmod 644 "$tmp/dump"
status 0 "a user may read a dump" nobody xlate tree --input "$tmp/dump"
xlate dump "$one" "$tmp/one"
xlate dump "$two" "$tmp/two"
xlate share "$one" "$two" > "$tmp/live"
status 0 "share of dumps" xlate share -i "$tmp/one" -i "$tmp/two"
ok "share: the same from dumps" cmp "$tmp/live" "$tmp/out"
status 0 "pages --save" xlate pages "$pid" --save "$tmp/saved"
ok "is a dump" xlate tree --input "$tmp/saved"

# Damaged dumps: refused, never a crash.
size=$(stat -c %s "$tmp/dump")
head -c $((size / 2)) "$tmp/dump" > "$tmp/bad"
status 1 "half a dump" xlate tree --input "$tmp/bad"
says "says so" "cut short"
head -c $((size - 16)) "$tmp/dump" > "$tmp/bad"
status 1 "a dump without its end" xlate tree --input "$tmp/bad"
status 1 "an empty file" xlate tree --input /dev/null
status 1 "no dump at all" xlate tree --input /bin/sh
says "says so" "not a dump"
status 1 "no file" xlate tree --input "$tmp/nothing"
python3 - "$tmp/dump" "$tmp" << 'PY' > "$tmp/verdict"
import random, subprocess, sys
data = open(sys.argv[1], "rb").read()
bad = sys.argv[2] + "/fuzz"
random.seed(1)
codes = {}
for n in range(15):
    d = bytearray(data)
    for _ in range(random.choice((1, 3, 20))):
        d[random.randrange(16, min(len(d), 12000))] = random.choice((0, 1, 0x7f, 0x80, 0xff, random.randrange(256)))
    open(bad, "wb").write(d)
    for cmd in (["tree"], ["pages"], ["explain", "libc"], ["pages", "--raw"]):
        r = subprocess.run(["xlate", *cmd, "-i", bad], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
        codes[r.returncode] = codes.get(r.returncode, 0) + 1
print("survived" if set(codes) <= {0, 1, 2} else "crashed", codes)
PY
like "$(< "$tmp/verdict")" ^survived "damaged dumps: $(< "$tmp/verdict")"

# Usage errors.
for cmd in "" frob "--frob" "pages" "pages x" "pages -1" "pages 1 2 zzz" "pages $pid 5-4" \
	"pages $pid 0x1000+0" "pages $pid 1-g" "tree $pid $pid" "explain $pid" "explain $pid 0 q" \
	"explain $pid nothing-like-it" "explain $pid 0 r r" "explain $pid 11112222333344445" \
	"share $pid" "share $pid $pid" "share" "dump $pid" "tree $pid -o NOPE" "tree $pid -o" \
	"ps --raw" "tree --save x $pid" "tree -i a -i b" "ps -i $tmp/dump"; do
	# shellcheck disable=SC2086
	status 2 "xlate $cmd" xlate $cmd
done
ok "and a reason was given" test -s "$tmp/err"
status 1 "a process that is not there" xlate pages 99999999
says "says so" "no process 99999999"
status 1 "a kernel thread" xlate pages 2
says "says so" "kernel thread"
for cmd in ps tree pages explain share dump; do
	status 0 "$cmd --help" xlate "$cmd" --help
	like "$(head -n 1 "$tmp/out")" "^Usage: xlate $cmd" "goes to stdout"
done
status 0 "--version" xlate --version
status 0 "help" xlate help

# Output that cannot be written.
for cmd in ps "tree $pid" "pages $pid" "explain $pid 0" --help; do
	# shellcheck disable=SC2086
	xlate $cmd > /dev/full 2> "$tmp/err"
	is $? 1 "xlate $cmd > /dev/full"
done
like "$(< "$tmp/err")" "No space" "it says why"
status 1 "dump to a full device" xlate dump "$pid" /dev/full
status 1 "dump into no folder" xlate dump "$pid" "$tmp/nowhere/x"
xlate pages "$pid" --raw | head -n 1 > "$tmp/out"
is "${PIPESTATUS[0]} $(wc -l < "$tmp/out")" "$(kill -l PIPE | xargs -I{} expr 128 + {}) 1" "a closed pipe ends it, as it should"
unlike "$(xlate explain "$pid" 0 | cat -v)" '\^\[' "no colours but on a terminal"
like "$(TERM=xterm script -qc "xlate explain $pid 0" /dev/null | cat -v)" '\^\[\[' "colours on a terminal"
unlike "$(TERM=xterm NO_COLOR=1 script -qc "xlate explain $pid 0" /dev/null | cat -v)" '\^\[\[' "NO_COLOR is honoured"

kill -KILL "$pid"
while [[ -e /proc/$pid ]]; do sleep 0.1; done
status 1 "a process that has exited" xlate pages "$pid"
says "says so" "no process"
kill -KILL "$one" "$two"
ok "the module goes out" modprobe -r pagewalk
done_testing
