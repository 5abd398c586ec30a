#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: `belfry publish` killed at any call that writes leaves a store that is whole: what was
# acknowledged is there, every command works at once, and nothing is left behind.
points_wanted=${points_wanted:-60}
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"

victim() { # STORE, then what runs it
	local store=$1
	shift
	"$@" "$bf" publish "$work/bridge/en.md" --store "$store" >"$work/said"
}

listed() { grep -q "/$1/" <<<"$2"; }

judge() {
	local list
	list=$("$bf" list --store "$1" 2>"$work/talk") || fail "belfry list does not work"
	listed archive "$list" || fail "the record from before is gone"
	if grep -q published "$work/said"; then
		listed bridge "$list" || fail "publish said it was done, but the record is not listed"
	fi
	quietly "$bf" verify --store "$1"
	stock_git_agrees "$1"
}

carry_on() {
	local list
	# Another record first: the same one might write the very files again that the killed run left half.
	quietly "$bf" publish "$work/market/en.md" --store "$1"
	# Killed between pins and refs the entry is whole, but only the next writer moves the refs up to it.
	if ! "$bf" publish "$work/bridge/en.md" --store "$1" >"$work/talk" 2>&1; then
		grep -q already "$work/talk" || fail "it cannot be published again"
	fi
	list=$("$bf" list --store "$1")
	for name in archive bridge market; do listed $name "$list" || fail "$name is not listed"; done
	quietly "$bf" verify --store "$1"
	stock_git_agrees "$1"
	no_leftovers "$1"
}

ssh-keygen -q -t ed25519 -N '' -f "$work/ann"
quietly "$bf" init --name "Crash test" --hub central --region global --review-optional --store "$work/origin"
quietly "$bf" member add ann --name Ann --role author --place ke-mombasa --key "$work/ann.pub" --store "$work/origin"
for name in archive bridge market; do record $name "$work/origin"; done
quietly "$bf" publish "$work/archive/en.md" --store "$work/origin"
# crash_roll.sh wants so many packs that the next publish makes one of them.
packs() { find "$work/origin/store.git/objects/pack" -name '*.pack' | wc -l; }
while [ "$(packs)" -lt "${packs_wanted:-0}" ]; do
	name=shelf-$(packs)
	record "$name" "$work/origin"
	quietly "$bf" publish "$work/$name/en.md" --store "$work/origin"
done
run_points
