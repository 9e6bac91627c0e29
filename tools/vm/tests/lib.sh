# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# TAP for test scripts. Source it, test, end with done_testing:
#
#   . "$(dirname "$0")/lib.sh"
#   ok "the file is there" test -e /proc/pagewalk
#   is "$(id -u)" 0 "we are root"
#   done_testing

tap_count=0
tap_failed=0

# not_ok TEXT [DIAGNOSTIC...]; pass TEXT; skip TEXT WHY
not_ok()
{
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	shift
	[[ $# == 0 ]] || diag "$@"
	return 1
}

pass()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

skip()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP ${2-}"
}

# often N: how often make soak does what make test does a time or two. On the debug kernel all takes
# several times as long: a fifth.
often()
{
	if [[ ${XLATE_KERNEL-} == debug ]]; then
		echo $(($1 / 5))
	else
		echo "$1"
	fi
}

diag()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

# ok TEXT COMMAND...: passes when COMMAND does; its output is shown when not.
ok()
{
	local text=$1 out status
	shift

	out=$("$@" 2>&1) && { pass "$text"; return; }
	status=$?
	not_ok "$text" "$(printf '%s: status %s\n%s' "$*" "$status" "$(tail -n 20 <<<"$out")")"
}

# fails TEXT COMMAND...: passes when COMMAND does not.
fails()
{
	local text=$1 out
	shift

	out=$("$@" 2>&1) || { pass "$text"; return; }
	not_ok "$text" "$(printf '%s succeeded\n%s' "$*" "$(tail -n 20 <<<"$out")")"
}

# is GOT WANTED TEXT
is()
{
	[[ $1 == "$2" ]] && { pass "$3"; return; }
	not_ok "$3" "$(printf 'got:    %s\nwanted: %s' "$1" "$2")"
}

# like GOT REGEX TEXT; unlike GOT REGEX TEXT
like()
{
	[[ $1 =~ $2 ]] && { pass "$3"; return; }
	not_ok "$3" "$(printf 'got:    %s\nwanted: /%s/' "$1" "$2")"
}

unlike()
{
	[[ $1 =~ $2 ]] || { pass "$3"; return; }
	not_ok "$3" "$(printf 'got:    %s\nwanted: not /%s/' "$1" "$2")"
}

# wait_for SECONDS COMMAND...: until it succeeds; it is asked ten times a second. A slow command is
# asked as often, but not for more than ten times as long, unless that is less than twenty times.
wait_for()
{
	local tap_asked=0 tap_most=$(($1 * 10)) tap_end=$((SECONDS + $1 * 10))
	shift

	while ! "$@" >/dev/null 2>&1; do
		((++tap_asked <= tap_most && (tap_asked <= 20 || SECONDS <= tap_end))) || return 1
		sleep 0.1
	done
}

# plan COUNT: said in front, it catches a script that ends early.
plan()
{
	echo "1..$1"
	tap_planned=$1
}

done_testing()
{
	if [[ -z ${tap_planned-} ]]; then
		echo "1..$tap_count"
	elif ((tap_planned != tap_count)); then
		not_ok "planned $tap_planned tests, ran $tap_count"
	fi
	((tap_count > 0)) || not_ok "no test ran"
	((tap_failed == 0))
	exit
}
