#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Two programs with a bug: what would happen is said first, then it happens.

# shellcheck source=tools/vm/demo/lib.sh
. "$(dirname "$0")/../lib.sh"

title "Segmentation faults: first foretold, then real"

tracing=/sys/kernel/tracing
signals=$tracing/events/signal/signal_generate
[[ -e $signals ]] || mount -t tracefs tracefs $tracing 2>/dev/null
[[ -e $signals ]] || give_up "no $signals: the kernel has no tracefs"

# shellcheck disable=SC2317  # called by lib.sh
chapter_clean_up()
{
	echo 0 >"$signals/enable"
}

{ echo 'sig==11' >$signals/filter && echo 1 >$signals/enable; } || give_up "cannot trace signals"

# foretell PROGRAM r|w: sets the trap, asks, lets it run, compares
foretell()
{
	local name=$1 access=$2 p address code error line

	start "$name" "$name"
	hear "$name"
	p=${pid[$name]}
	address=${heard##* }
	printf '\n  %s: "%s"\n' "$name" "$heard"
	show xlate explain "$p" "$address" "$access"
	verdict_shown
	check "foretold: SIGSEGV" says "$verdict" SIGSEGV
	code=${verdict#*si_code=}
	code=${code%%(*}
	error=${verdict#*error_code=0x}
	error=${error%%(*}
	step

	echo >$tracing/trace
	let_go "$name"
	check "it really ended by signal 11, SIGSEGV" same "$ended" 139
	line=$(grep -F "pid=$p " $tracing/trace)
	put "kernel trace: ${line##*: }"
	check "its si_code was $code, as foretold" says "$line" " code=$code "
	line=$(dmesg | grep -F "${name}[$p]: segfault")
	line=${line#*] }
	put "kernel log: ${line%% in *}"
	check "the faulting address was $address" matches "$line" "segfault at ${address#0x} ip"
	check "the CPU's error code was $error, as foretold" matches "$line" " error $error( |\$)"
}

caption <<'END'
The null pointer: the program will read at address 0. Nothing is mapped there, so the CPU finds
no entry with P set and calls the kernel (a page fault), and the kernel finds no area, either. We
ask before the program does it.
END
foretell buggy_program1 r
check "si_code 1 is SEGV_MAPERR: nothing is mapped there" says "$verdict" "si_code=1(SEGV_MAPERR)"
step

caption <<'END'
The string constant: there is a page, and it may be read. But the program will write.
END
foretell buggy_program2 w
check "si_code 2 is SEGV_ACCERR: mapped, but not for this" says "$verdict" "si_code=2(SEGV_ACCERR)"
the_end
