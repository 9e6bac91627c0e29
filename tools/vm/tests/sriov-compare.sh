#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: the same commands with stock igb and with sriov_demo as the driver of the
# physical function (sriov-pf.sh); what only one of them can, as a table.

# shellcheck source=tools/vm/tests/lib.sh
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")
work=$(mktemp -d)

# answers LOG: "yes" or "no", a tab and what was asked, a line for each test. A text that
# begins with dots goes on with the one before; one that comes again gets a number.
answers()
{
	sed -n 's/^\(ok\|not ok\) [0-9]* - /\1\t/p' "$1" | awk -F '\t' -v OFS='\t' '{
		can = $1 == "ok" ? "yes" : "no"
		# That it cannot was what passed.
		if (sub(/^stock igb does not: /, "", $2))
			can = $1 == "ok" ? "no" : "yes"
		if ($2 ~ /^\.\.\./)
			$2 = before ": " substr($2, 5)
		else
			before = $2
		if (times[$2]++)
			$2 = $2 " (" times[$2] ")"
		print can, $2
	}'
}

for driver in igb sriov_demo; do
	# The short form: what they can, not how often.
	env -u XLATE_SOAK "$here/sriov-pf.sh" "$driver" >"$work/$driver.log" 2>&1
	is $? 0 "sriov-pf.sh $driver" || diag "$(grep -A 4 '^not ok' "$work/$driver.log")"
	answers "$work/$driver.log" >"$work/$driver"
done
table=$(awk -F '\t' 'NR == FNR { igb[$2] = $1; next }
	$2 in igb { if (igb[$2] == $1) both++; else printf "%-66s %-4s %s\n", $2, igb[$2], $1 }
	END { printf "%-66s %-4s %s\n", "... and " both " more", "yes", "yes" }' "$work/igb" "$work/sriov_demo")
diag "$(printf '%-66s %-4s %s' "" igb sriov_demo)"
diag "$table"
ok "there are things that igb lacks" grep -q ' no   yes$' <<<"$table"
fails "there is nothing that sriov_demo lacks" grep -q ' no$' <<<"$table"
rm -r "$work"
done_testing
