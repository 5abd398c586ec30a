#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: the rows that `belfry list` keeps for the next time are worth nothing to it when the disk has
# no room for them: it lists all the same, and half of them is never taken for the whole.
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"
only=$work/store/catalogue # and what it is made of

found_network "$work/origin"
# shellcheck disable=SC2046 # names without a space
records "$work/origin" $(seq -f 'case-%g' 24)
quietly belfry publish "$work"/case-*/en.md --store "$work/origin"
rm -f "$work/origin/catalogue"

victim() { belfry list --store "$1" >"$work/said"; }
lists() { # STORE
	belfry list --store "$1" >"$work/said" 2>"$work/talk" || fail "no list any more"
	cmp -s "$work/said" "$work/want" || fail "another list afterwards"
}

strike 0
cp "$work/said" "$work/want"
[ "$(wc -l <"$work/want")" -eq 24 ] || fail "not all are listed"
[ -s "$work/store/catalogue" ] || fail "no rows are kept: this test has nothing to fail"
all=$counted refused=0
for action in ENOSPC EIO SHORT KILL; do
	for ((n = 1; n <= all; n++)); do
		strike "$n"
		[ "$failing" = - ] || refused=$((refused + 1))
		if [ "$action" != KILL ]; then
			[ $status -eq 0 ] || fail "list ends with status $status"
			cmp -s "$work/said" "$work/want" || fail "another list"
		fi
		for _ in 1 2; do lists "$work/store"; done
		[ -s "$work/store/catalogue" ] || fail "rows are not kept any more"
	done
done
[ "$all" -ge 4 ] && [ $refused -eq $((4 * all)) ] || fail "only $refused of four times $all calls failed"
echo "$refused failed calls cost nothing but time"
