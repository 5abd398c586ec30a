#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: `belfry import` killed at any call that writes: what it had not finished is imported by the next
# one, charters, rosters and records alike.
points_wanted=${points_wanted:-70}
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"

victim() { # STORE, then what runs it
	local store=$1
	shift
	"$@" "$bf" import "$work/stick" --store "$store" >"$work/said"
}

judge() {
	quietly "$bf" list --store "$1"
	if [ "$status" -eq 0 ]; then
		cmp -s "$work/talk" "$work/listed" || fail "import said it was done, but it is not"
	fi
	quietly "$bf" verify --store "$1"
}

carry_on() {
	quietly "$bf" import "$work/stick" --store "$1"
	quietly "$bf" list --store "$1"
	cmp -s "$work/talk" "$work/listed" || fail "after another import the catalogues differ"
	"$bf" log --json --store "$1" >"$work/now" 2>"$work/talk"
	cmp -s "$work/now" "$work/state" || fail "after another import the journals differ"
	quietly "$bf" verify --store "$1"
	stock_git_agrees "$1"
	no_leftovers "$1"
}

ssh-keygen -q -t ed25519 -N '' -f "$work/ann"
quietly "$bf" init --name "Crash test" --hub central --region global --review-optional --store "$work/central"
quietly "$bf" member add ann --name Ann --role author --place ke-mombasa --key "$work/ann.pub" --store "$work/central"
quietly "$bf" admit --edge --out "$work/invitation" --store "$work/central"
quietly "$bf" join "$work/invitation" --store "$work/origin"
for name in archive bridge market; do
	record $name "$work/central"
	quietly "$bf" publish "$work/$name/en.md" --store "$work/central"
done
ssh-keygen -q -t ed25519 -N '' -f "$work/bo"
quietly "$bf" charter propose --add-central bo="$work/bo.pub" --out "$work/draft" --store "$work/central"
quietly "$bf" charter sign "$work/draft" --store "$work/central"
quietly "$bf" charter apply "$work/draft" --store "$work/central"
record school "$work/central"
quietly "$bf" publish "$work/school/en.md" --store "$work/central"
quietly "$bf" export "$work/stick" --store "$work/central"
"$bf" list --store "$work/central" >"$work/listed" 2>&1
"$bf" log --json --store "$work/central" >"$work/state"
run_points
