#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: `belfry member add` killed at any call that writes: the roster is the old one or the new one,
# always signed, and what was said to be done is done.
points_wanted=${points_wanted:-70}
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"

add() { # NAME STORE
	"$bf" member add "$1" --name "$1" --role author --place ke-mombasa --key "$work/$1.pub" --store "$2"
}

victim() { # STORE, then what runs it
	local store=$1
	shift
	"$@" "$bf" member add bo --name Bo --role author --place ke-mombasa --key "$work/bo.pub" --store "$store" >"$work/said" 2>&1
}

judge() {
	quietly "$bf" member list --store "$1"
	grep -q ann "$work/talk" || fail "who was enrolled before is gone"
	if [ "$status" -eq 0 ]; then
		grep -q bo "$work/talk" || fail "it said it was done, but bo is not listed"
	fi
	quietly "$bf" verify --store "$1"
}

carry_on() {
	if ! add bo "$1" >"$work/talk" 2>&1; then
		"$bf" member list --store "$1" 2>&1 | grep -q bo || fail "bo cannot be enrolled"
	fi
	quietly add cy "$1"
	quietly "$bf" member list --store "$1"
	for name in ann bo cy; do grep -q $name "$work/talk" || fail "$name is not listed"; done
	quietly "$bf" verify --store "$1"
	stock_git_agrees "$1"
	no_leftovers "$1"
}

for name in ann bo cy; do ssh-keygen -q -t ed25519 -N '' -f "$work/$name"; done
quietly "$bf" init --name "Crash test" --hub central --region global --review-optional --store "$work/origin"
quietly add ann "$work/origin"
run_points
