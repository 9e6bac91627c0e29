#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: every chapter of the demo, all its facts; and that an untrue fact shows.

# shellcheck source=tools/vm/tests/lib.sh
. "$(dirname "$0")/lib.sh"
demo=$(cd "$(dirname "$0")/../demo" && pwd)

for chapter in "$demo"/chapters/*.sh; do
	name=${chapter##*-}
	out=$("$chapter" 2>&1)
	status=$?
	if ((status == 0)); then
		pass "chapter ${name%.sh}: $(tail -n 1 <<<"$out")"
	else
		not_ok "chapter ${name%.sh}" "$(grep -E -A 1 'not so|ends here|line [0-9]+:' <<<"$out")"
	fi
done

ok "a chapter with a true fact passes" bash -c ". $demo/lib.sh; check one true; the_end"
fails "an untrue fact fails its chapter" bash -c ". $demo/lib.sh; check one true; check two false; the_end"
fails "a chapter without facts fails" bash -c ". $demo/lib.sh; the_end"
fails "a chapter that ends early fails" bash -c ". $demo/lib.sh; check one true; give_up early; the_end"
fails "an unknown chapter is refused" "$demo/tour" nonsense
done_testing
