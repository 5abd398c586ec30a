#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: the rows that `belfry list` keeps for the next time are worth nothing to it when the disk has
# no room for them: it lists all the same, and half of them is never taken for the whole.
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"

ssh-keygen -q -t ed25519 -N '' -f "$work/ann"
quietly "$bf" init --name "Crash test" --hub central --region global --review-optional --store "$work/origin"
quietly "$bf" member add ann --name Ann --role author --place ke-mombasa --key "$work/ann.pub" --store "$work/origin"
for i in $(seq 24); do
	mkdir "$work/case-$i"
	printf -- '---\ntype: news\nid: case-%d\nlang: en\ntitle: T\nsummary: S.\nplace: ke-mombasa\ndate: "2025-01-02"\nrevision: 1\n---\nIt opened.\n' \
		"$i" >"$work/case-$i/en.md"
done
quietly "$bf" sign "$work"/case-*/en.md --key "$work/ann" --store "$work/origin"
quietly "$bf" publish "$work"/case-*/en.md --store "$work/origin"
rm -f "$work/origin/catalogue"
cp -a "$work/origin" "$work/store"
"$bf" list --store "$work/store" >"$work/want" 2>"$work/talk" || fail "no list"
[ "$(wc -l <"$work/want")" -eq 24 ] || fail "not all are listed"
[ -s "$work/store/catalogue" ] || fail "no rows are kept: this test has nothing to fail"

refused=0
for action in error=ENOSPC error=EIO signal=SIGKILL; do
	for call in openat write fsync rename; do
		for n in $(seq 8); do
			point="$action $call $n"
			rm -rf "$work/store"
			cp -a "$work/origin" "$work/store"
			# Only calls on the rows: the answer itself goes to a pipe.
			strace -f -qq -o "$work/trace" -P "$work/store/catalogue" -P "$work/store/catalogue.new" \
				-e trace=$call -e inject="$call:$action:when=$n" \
				"$bf" list --store "$work/store" >"$work/said" 2>"$work/talk"
			status=$?
			grep -q -e INJECTED -e 'killed by' "$work/trace" && refused=$((refused + 1))
			if [ "$action" != signal=SIGKILL ]; then
				[ $status -eq 0 ] || fail "list ends with status $status"
				cmp -s "$work/said" "$work/want" || fail "another list"
			fi
			for _ in 1 2; do
				"$bf" list --store "$work/store" >"$work/said" 2>"$work/talk" || fail "no list any more"
				cmp -s "$work/said" "$work/want" || fail "another list afterwards"
			done
			[ -s "$work/store/catalogue" ] || fail "rows are not kept any more"
		done
	done
done
[ $refused -ge 10 ] || fail "only $refused calls failed"
echo "$refused failed calls cost nothing but time"
