#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: `belfry publish` killed at any call that writes leaves a store that is whole: what was
# acknowledged is there, every command works at once, and nothing is left behind.
points_wanted=${points_wanted:-60}
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"

victim() { belfry publish "$work/bridge/en.md" --store "$1" >"$work/said"; }

listed() { grep -q "/$1/" "$work/list" || fail "$1 is not listed"; }
list() { belfry list --store "$1" >"$work/list" 2>"$work/talk" || fail "belfry list does not work"; }

judge() {
	list "$1"
	listed archive
	! grep -q published "$work/said" || listed bridge
	quietly belfry verify --store "$1"
}

carry_on() {
	# Another record first: the same one might write the very files again that the killed run left half.
	quietly belfry publish "$work/market/en.md" --store "$1"
	# Killed between pins and refs the entry is whole, but only the next writer moves the refs up to it.
	belfry publish "$work/bridge/en.md" --store "$1" >"$work/talk" 2>&1 || grep -q already "$work/talk" ||
		fail "it cannot be published again"
	list "$1"
	for name in archive bridge market; do listed $name; done
	is_tidy "$1"
}

found_network "$work/origin"
records "$work/origin" archive
audience=${only_for:-} # crash_members.sh
records "$work/origin" bridge market
quietly belfry publish "$work/archive/en.md" --store "$work/origin"
# crash_roll.sh wants so many packs that the next publish makes one of them.
packs() { find "$work/origin/store.git/objects/pack" -name '*.pack' | wc -l; }
while [ "$(packs)" -lt "${packs_wanted:-0}" ]; do publish "$work/origin" "shelf-$(packs)"; done
run_points
