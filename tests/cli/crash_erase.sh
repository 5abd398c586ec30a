#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: `belfry erase` killed at any call that writes: the text is still whole or gone for good, the
# journal verifies either way, ordering it again leaves it in no file, and its neighbour stays.
points_wanted=${points_wanted:-76}
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"

canary=Zanzibarbarossa
name=ke-mombasa/news/bridge
has_it() { # STORE: in a file, or an object in a pack
	grep -rlaq $canary "$1" ||
		git --git-dir="$1/store.git" cat-file --batch-all-objects --batch --buffer 2>>"$work/talk" | grep -aq $canary
}

victim() { belfry erase $name --reason "A court order." --store "$1" >"$work/said"; }

judge() {
	quietly belfry verify --store "$1"
	if [ "$status" -eq 0 ]; then
		! has_it "$1" || fail "erase said it was done, but the text is there"
	fi
}

carry_on() {
	quietly belfry publish "$work/market/en.md" --store "$1"
	if ! belfry erase $name --reason 'A court order.' --store "$1" >"$work/talk" 2>&1; then
		grep -q 'nothing that was ordered' "$work/talk" || fail "it cannot be erased again"
	fi
	! has_it "$1" || fail "the text is still there"
	quietly belfry list --store "$1"
	for left in archive market; do grep -q "/$left/" "$work/talk" || fail "$left is not listed"; done
	is_tidy "$1"
}

found_network "$work/origin"
publish "$work/origin" archive
records "$work/origin" bridge market
printf '%s was there.\n' $canary >>"$work/bridge/en.md"
quietly belfry sign "$work/bridge/en.md" --key "$work/ann" --store "$work/origin"
quietly belfry publish "$work/bridge/en.md" --store "$work/origin"
has_it "$work/origin" || fail "the text was never there: this test would see nothing"
run_points
