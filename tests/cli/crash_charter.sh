#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: `belfry charter apply` killed at any call that writes: the charter in force is the old one or
# the new one, whole, and applying the draft again brings every store to the same.
points_wanted=${points_wanted:-60}
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"

victim() { belfry charter apply "$work/draft" --store "$1" >"$work/said" 2>&1; }

judge() {
	quietly belfry charter log --store "$1"
	if [ "$status" -eq 0 ]; then
		cmp -s "$work/talk" "$work/charters" || fail "apply said it was done, but it is not"
	fi
	quietly belfry verify --store "$1"
}

carry_on() {
	if ! belfry charter apply "$work/draft" --store "$1" >"$work/talk" 2>&1; then
		grep -q 'version 2 is in force here' "$work/talk" || fail "it cannot be applied again"
	fi
	quietly belfry publish "$work/market/en.md" --store "$1" # under the new one
	quietly belfry charter log --store "$1"
	cmp -s "$work/talk" "$work/charters" || fail "the charters differ"
	is_tidy "$1"
}

key bo
found_network "$work/origin"
records "$work/origin" market
quietly belfry charter propose --add-central bo="$work/bo.pub" --threshold 2 --out "$work/draft" --store "$work/origin"
quietly belfry charter sign "$work/draft" --store "$work/origin"
quietly belfry charter sign "$work/draft" --key "$work/bo" --store "$work/origin"
cp -a "$work/origin" "$work/after"
quietly belfry charter apply "$work/draft" --store "$work/after"
belfry charter log --store "$work/after" >"$work/charters" 2>&1
run_points
