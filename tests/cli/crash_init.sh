#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: `belfry init` killed at any call that writes: run again it founds the network, or it says that
# there is one, and then that is whole. Nobody has to remove anything.
points_wanted=${points_wanted:-60}
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"

found=(init --name "Crash test" --hub central --region global --review-optional)

victim() { # STORE, then what runs it
	local store=$1
	shift
	"$@" "$bf" "${found[@]}" --store "$store" >"$work/said"
}

judge() { :; } # nothing is promised yet

carry_on() {
	if ! "$bf" "${found[@]}" --store "$1" >"$work/again" 2>"$work/talk"; then
		grep -q 'there is a store' "$work/talk" || fail "it cannot be founded again"
	elif [ -s "$work/said" ]; then
		fail "a network that was printed has been replaced"
	fi
	quietly "$bf" member add ann --name Ann --role author --place ke-mombasa --key "$work/ann.pub" --store "$1"
	quietly "$bf" verify --store "$1"
	stock_git_agrees "$1"
	no_leftovers "$1"
	[ ! -e "$1/founding" ] || fail "it is still being founded"
}

ssh-keygen -q -t ed25519 -N '' -f "$work/ann"
mkdir "$work/origin"
run_points
