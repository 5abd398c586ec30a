#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: `belfry charter apply` killed at any call that writes: the charter in force is the old one or
# the new one, whole, and applying the draft again brings every store to the same.
points_wanted=${points_wanted:-70}
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"

victim() { # STORE, then what runs it
	local store=$1
	shift
	"$@" "$bf" charter apply "$work/draft" --store "$store" >"$work/said" 2>&1
}

judge() {
	quietly "$bf" charter log --store "$1"
	if [ "$status" -eq 0 ]; then
		cmp -s "$work/talk" "$work/charters" || fail "apply said it was done, but it is not"
	fi
	quietly "$bf" verify --store "$1"
}

carry_on() {
	if ! "$bf" charter apply "$work/draft" --store "$1" >"$work/talk" 2>&1; then
		grep -q 'version 2 is in force here' "$work/talk" || fail "it cannot be applied again"
	fi
	quietly "$bf" publish "$work/market/en.md" --store "$1" # under the new one
	quietly "$bf" charter log --store "$1"
	cmp -s "$work/talk" "$work/charters" || fail "the charters differ"
	quietly "$bf" verify --store "$1"
	stock_git_agrees "$1"
	no_leftovers "$1"
}

ssh-keygen -q -t ed25519 -N '' -f "$work/ann"
ssh-keygen -q -t ed25519 -N '' -f "$work/bo"
quietly "$bf" init --name "Crash test" --hub central --region global --review-optional --store "$work/origin"
quietly "$bf" member add ann --name Ann --role author --place ke-mombasa --key "$work/ann.pub" --store "$work/origin"
record market "$work/origin"
quietly "$bf" charter propose --add-central bo="$work/bo.pub" --threshold 2 --out "$work/draft" --store "$work/origin"
quietly "$bf" charter sign "$work/draft" --store "$work/origin"
quietly "$bf" charter sign "$work/draft" --key "$work/bo" --store "$work/origin"
cp -a "$work/origin" "$work/after"
quietly "$bf" charter apply "$work/draft" --store "$work/after"
"$bf" charter log --store "$work/after" >"$work/charters" 2>&1
run_points
