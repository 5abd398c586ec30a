#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: `belfry member add` killed at any call that writes: the roster is the old one or the new one,
# always signed, and what was said to be done is done.
points_wanted=${points_wanted:-60}
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"

victim() { enrol bo "$1" >"$work/said" 2>&1; }

enrolled() { grep -q "$1" "$work/talk" || fail "$1 is not listed"; }

judge() {
	quietly belfry member list --store "$1"
	enrolled ann
	[ "$status" -ne 0 ] || enrolled bo
	quietly belfry verify --store "$1"
}

carry_on() {
	if ! enrol bo "$1" >"$work/talk" 2>&1; then
		belfry member list --store "$1" 2>&1 | grep -q bo || fail "bo cannot be enrolled"
	fi
	quietly enrol cy "$1"
	quietly belfry member list --store "$1"
	for name in ann bo cy; do enrolled $name; done
	is_tidy "$1"
}

for name in bo cy; do key $name; done
found_network "$work/origin"
run_points
