#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: an author's outbox on a disk that has no room left: at each call of `belfry submit` that makes
# data durable the disk says so. Nothing is called queued that is not, what was queued before stays,
# and the same record is queued once there is room.
action=error=ENOSPC
least=8 # the last write is the answer itself, and removing leftovers may fail
points_wanted=${points_wanted:-30}
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"
calls=write,pwrite64,fsync,fdatasync,rename

queued() { # STORE: how many wait
	"$bf" status --json --store "$1" 2>"$work/talk" | tr -d ' \n' | sed -n 's/.*"outbox":{"queued":\([0-9]*\)}.*/\1/p'
}

victim() { # STORE, then what runs it
	local store=$1
	shift
	"$@" "$bf" submit "$work/bridge/en.md" --store "$store" >"$work/said"
}

judge() {
	local n
	n=$(queued "$1")
	[ "${n:-0}" -ge 1 ] || fail "what was queued before is gone"
	if [ "$status" -ne 0 ]; then
		[ -s "$work/complaint" ] || fail "it failed without a word"
	elif [ "$point" != "pwrite64 1" ]; then # that one is the process id in the lock, for messages only
		[ "$n" -eq 2 ] || fail "submit said it was done, but nothing is queued"
	fi
	quietly "$bf" verify --store "$1"
	stock_git_agrees "$1"
}

carry_on() {
	quietly "$bf" submit "$work/market/en.md" --store "$1"
	"$bf" submit "$work/bridge/en.md" --store "$1" >"$work/talk" 2>&1 || grep -q already "$work/talk" ||
		fail "it cannot be queued again"
	[ "$(queued "$1")" -eq 3 ] || fail "$(queued "$1") wait instead of 3"
	quietly "$bf" verify --store "$1"
	stock_git_agrees "$1"
	no_leftovers "$1"
}

ssh-keygen -q -t ed25519 -N '' -f "$work/ann"
quietly "$bf" init --name "Crash test" --hub central --region global --review-optional --store "$work/central"
quietly "$bf" member add ann --name Ann --role author --place ke-mombasa --key "$work/ann.pub" --store "$work/central"
quietly "$bf" export "$work/stick" --store "$work/central"
network=$("$bf" status --json --store "$work/central" | sed -n 's/.*"network": "\([0-9a-f]*\)".*/\1/p')
quietly "$bf" join 127.0.0.1:1 --network "$network" --store "$work/origin"
quietly "$bf" import "$work/stick" --store "$work/origin"
for name in archive bridge market; do record $name "$work/central"; done
quietly "$bf" submit "$work/archive/en.md" --store "$work/origin"
run_points
