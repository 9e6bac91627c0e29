# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the demo's chapters are made of. A chapter sources it, tells its story and ends
# with `the_end`:
#
#   title TEXT
#   caption <<'END'             what is seen next, and why, in plain words
#   start NAME COMMAND...       a program that talks by lines; its pid is ${pid[NAME]}
#   hear NAME                   its next line -> $heard
#   tell NAME WORD              a word to it, its answer -> $heard
#   show COMMAND...             run it, for all to see; its output -> $shown
#   page PID ADDRESS            what is behind an address -> $p_state, $p_target, ...
#   check TEXT COMMAND...       a fact: true when COMMAND succeeds ("and COMMAND...": all of them)
#   step                        wait for a key, if that is wanted
#
# The chapter's exit status is 0 only if there were facts and all were true.
#
# XLATE_DEMO_COLOR, XLATE_DEMO_UTF8 and XLATE_DEMO_PAUSE come from ../run, which knows the
# terminal; without it, the terminal here decides.

# For the chapters.
# shellcheck disable=SC2034
p_state='' p_kind='' p_facts='' p_maps='' p_rights='' p_target='' p_flags='' p_entry='' \
	shown='' heard='' verdict='' a_start='' a_end='' count='' ended=''
declare -A pid=() to=() from=()
facts=0 false=0
work=$(mktemp -d "${TMPDIR:-/tmp}/xlate-demo.XXXXXX") || exit

if [[ ${XLATE_DEMO_COLOR-} == 1 || (-t 1 && -z ${NO_COLOR-} && ${TERM:-dumb} != dumb) ]]; then
	bold=$'\e[1m' dim=$'\e[2m' red=$'\e[1;31m' green=$'\e[32m' amber=$'\e[33m' blue=$'\e[36m'
	off=$'\e[0m'
else
	bold='' dim='' red='' green='' amber='' blue='' off=''
fi
if [[ ${XLATE_DEMO_UTF8-1} == 1 ]]; then
	rule=────────────────────────────────────────────────────────────────────────────────
	true_sign='✓' false_sign='✗' more='…'
else
	rule=--------------------------------------------------------------------------------
	true_sign='[true] ' false_sign='[FALSE]' more='...'
fi

clean_up()
{
	local name p

	for name in "${!pid[@]}"; do
		p=${pid[$name]}
		kill "$p" 2>/dev/null
		wait "$p" 2>/dev/null
	done
	if declare -F chapter_clean_up >/dev/null; then
		chapter_clean_up
	fi
	rm -rf "$work"
}
trap clean_up EXIT

# The chapter cannot go on.
give_up()
{
	printf '\n  %s%s the chapter ends here: %s%s\n' "$red" "$false_sign" "$*" "$off"
	exit 1
}

title()
{
	local line="$rule$rule"

	printf '\n%s%s%s\n%s%s%s\n' "$bold" "$1" "$off" "$dim" "${line:0:98}" "$off"
}

caption()
{
	local line

	echo
	while IFS= read -r line; do
		printf '%s\n' "$line"
	done
}

# -- programs --------------------------------------------------------------------

start()
{
	local name=$1 in out

	mkfifo "$work/$name.in" "$work/$name.out" || give_up "no pipes"
	"${@:2}" <"$work/$name.in" >"$work/$name.out" 2>/dev/null &
	pid[$name]=$!
	exec {in}>"$work/$name.in" {out}<"$work/$name.out"
	to[$name]=$in
	from[$name]=$out
}

hear()
{
	IFS= read -r -t 60 heard <&"${from[$1]}" || give_up "$1 says nothing"
}

tell()
{
	echo "$2" >&"${to[$1]}" || give_up "$1 does not listen"
	hear "$1"
}

# The end of a program -> $ended, its exit status (128 + signal)
let_go()
{
	echo >&"${to[$1]}"
	wait "${pid[$1]}" 2>/dev/null
	ended=$?
	unset "pid[$1]"
}

# -- commands --------------------------------------------------------------------

# A line of at most 98 columns; what is longer continues below, indented.
put()
{
	local line=$1 indent='  ' head

	# The padding in front of the last word may go, as in /proc/PID/maps.
	while ((${#line} > 96)) && [[ $line =~ ^(.*[^\ ]\ )\ +([^\ ]+\ *)$ ]]; do
		line=${BASH_REMATCH[1]}${BASH_REMATCH[2]% }
	done
	while ((${#line} > 96)); do
		head=${line:0:96}
		if [[ $head == *[!\ ]\ * ]]; then
			head=${head% *}
		fi
		colour "$indent$head"
		line=${line:${#head}}
		line="          ${line# }"
	done
	colour "$indent$line"
}

# The hardware's work, the kernel's, and what comes of it.
colour()
{
	local line=$1

	if [[ -n $off ]]; then
		line=${line/ HW / ${blue}HW${off} }
		line=${line/ OS / ${amber}OS${off} }
		[[ $line != *'=> '* ]] || line=${line/=> /=> ${bold}}$off
	fi
	printf '%s\n' "$line"
}

# The command, as one would type it
prompt()
{
	local line='$' word

	for word in "$@"; do
		[[ $word != *[!a-zA-Z0-9_./,:+=@%-]* ]] || word=${word@Q}
		line+=" $word"
	done
	echo
	if [[ -n $off ]]; then
		put "$bold$line$off"
	else
		put "$line"
	fi
}

# show [-l FIRST,LAST] COMMAND...: with -l only so many lines are printed
show()
{
	local first=1000 last=0 i lines=() status=0

	if [[ $1 == -l ]]; then
		first=${2%,*} last=${2#*,}
		shift 2
	fi
	prompt "$@"
	shown=$("$@" 2>&1) || status=$?
	[[ -z $shown ]] || mapfile -t lines <<<"$shown"
	for ((i = 0; i < ${#lines[@]}; i++)); do
		if ((i < first || i >= ${#lines[@]} - last)); then
			put "${lines[i]}"
		elif ((i == first)); then
			put "$more"
		fi
	done
	((status == 0)) || check "$1 succeeds (its exit status is $status)" false
}

# What xlate explain said last -> $verdict
# shellcheck disable=SC2034
verdict_shown()
{
	verdict=${shown##*=>}
	verdict=${verdict# *}
}

# page PID ADDRESS
page()
{
	local line

	line=$(xlate pages --holes --no-headings \
		--output STATE,KIND,FACTS,MAPS,RIGHTS,TARGET,FLAGS,ENTRY "$1" "$2") ||
		give_up "xlate pages $1 $2"
	# shellcheck disable=SC2034
	read -r p_state p_kind p_facts p_maps p_rights p_target p_flags p_entry <<<"$line"
}

# area PID NAME [RIGHTS]: first line of /proc/PID/maps that ends so -> $a_start, $a_end (0x...)
# shellcheck disable=SC2034
area()
{
	local range rights rest

	while read -r range rights rest; do
		[[ $rest == *"$2" && $rights == "${3:-$rights}" ]] || continue
		a_start=0x${range%-*} a_end=0x${range#*-}
		return 0
	done <"/proc/$1/maps"
	give_up "no $2 in /proc/$1/maps"
}

# counter NAME: of /proc/vmstat -> $count
counter()
{
	local name value

	while read -r name value; do
		[[ $name != "$1" ]] || { count=$value; return 0; }
	done </proc/vmstat
	give_up "no counter $1 in /proc/vmstat"
}

# module NAME: loaded, from here on
module()
{
	[[ -d /sys/module/$1 ]] || modprobe "$1" 2>/dev/null || give_up "the module $1 is not loaded: insmod ./$1/$1.ko"
}

# await COMMAND...: until it succeeds
await()
{
	local end=$((SECONDS + 30))

	until "$@"; do
		((SECONDS < end)) || give_up "in vain: $*"
		sleep 0.05
	done
}

# -- facts -----------------------------------------------------------------------

# check TEXT COMMAND... [and COMMAND...]
check()
{
	local text=$1 word command=() true=1
	shift

	facts=$((facts + 1))
	for word in "$@" and; do
		if [[ $word != and ]]; then
			command+=("$word")
			continue
		fi
		"${command[@]}" || { true=0; break; }
		command=()
	done
	if ((true)); then
		printf '  %s%s%s %s\n' "$green" "$true_sign" "$off" "$text"
	else
		false=$((false + 1))
		printf '  %s%s not so: %s%s\n      (%s)\n' "$red" "$false_sign" "$text" "$off" \
			"${command[*]}"
	fi
}

# Words for facts.
same()
{
	[[ -n $1 && $1 == "$2" ]]
}

different()
{
	[[ -n $1 && -n $2 && $1 != "$2" ]]
}

# has FLAGS NAME..., lacks FLAGS NAME...: in a comma list
has()
{
	local list=,$1, name

	for name in "${@:2}"; do
		[[ $list == *,"$name",* ]] || return 1
	done
}

lacks()
{
	local list=,$1, name

	[[ -n $1 ]] || return 1
	for name in "${@:2}"; do
		[[ $list != *,"$name",* ]] || return 1
	done
}

says()
{
	[[ $1 == *"$2"* ]]
}

lacks_text()
{
	[[ -n $1 && $1 != *"$2"* ]]
}

matches()
{
	[[ $1 =~ $2 ]]
}

# less A B, as numbers
less()
{
	(($1 < $2))
}

# -- steps -----------------------------------------------------------------------

step()
{
	[[ ${XLATE_DEMO_PAUSE-} == 1 ]] || return 0
	printf '\n  %s-- any key --%s' "$dim" "$off"
	if [[ -e /dev/virtio-ports/key ]]; then
		IFS= read -rsn 1 _ </dev/virtio-ports/key
	elif [[ -t 0 ]]; then
		IFS= read -rsn 1 _
	fi
	printf '\r               \r'
}

the_end()
{
	echo
	if ((facts == 0)); then
		printf '  %s%s no fact was checked%s\n' "$red" "$false_sign" "$off"
		exit 1
	fi
	if ((false > 0)); then
		printf '  %s%s %s of %s facts are not so%s\n' "$red" "$false_sign" "$false" "$facts" "$off"
		exit 1
	fi
	printf '  %s%s facts, all true%s\n' "$dim" "$facts" "$off"
	exit 0
}

[[ -e /proc/pagewalk/raw ]] || modprobe pagewalk 2>/dev/null ||
	give_up "the module pagewalk is not loaded: insmod ./pagewalk/pagewalk.ko"
