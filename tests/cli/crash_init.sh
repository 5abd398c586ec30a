#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: `belfry init` killed at any call that writes: run again it founds the network, or it says that
# there is one, and then that is whole. Nobody has to remove anything.
points_wanted=${points_wanted:-83}
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"

found() { belfry init --name "Crash test" --hub central --region global --review-optional --store "$1"; }

victim() { found "$1" >"$work/said"; }

judge() { :; } # nothing is promised yet

carry_on() {
	if ! found "$1" >"$work/again" 2>"$work/talk"; then
		grep -q 'there is a store' "$work/talk" || fail "it cannot be founded again"
	elif [ -s "$work/said" ]; then
		fail "a network that was printed has been replaced"
	fi
	quietly enrol ann "$1"
	is_tidy "$1"
	[ ! -e "$1/founding" ] || fail "it is still being founded"
}

key ann
mkdir "$work/origin"
run_points
