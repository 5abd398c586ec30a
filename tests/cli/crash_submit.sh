#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: an author's outbox on a disk that has no room left: at each call of `belfry submit` that makes
# data durable the disk says so. Nothing is called queued that is not, what was queued before stays,
# and the same record is queued once there is room.
action=${action:-ENOSPC}
least=8 # removing leftovers may fail
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"
[ "$action" = KILL ] || calls=,write,pwrite,fsync,fdatasync,rename,

queued() { # STORE: how many wait
	belfry status --json --store "$1" 2>"$work/talk" | tr -d ' \n' | sed -n 's/.*"outbox":{"queued":\([0-9]*\)}.*/\1/p'
}

victim() { belfry submit "$work/bridge/en.md" --store "$1" >"$work/said"; }

judge() {
	local n
	n=$(queued "$1")
	[ "${n:-0}" -ge 1 ] || fail "what was queued before is gone"
	if [ "$status" -eq 1 ]; then
		[ -s "$work/complaint" ] || fail "it failed without a word"
	elif [ "$status" -eq 0 ] && [ "$failing" != pwrite ]; then # that one is the process id in the lock, for messages only
		[ "$n" -eq 2 ] || fail "submit said it was done, but nothing is queued"
	fi
	quietly belfry verify --store "$1"
}

carry_on() {
	quietly belfry submit "$work/market/en.md" --store "$1"
	belfry submit "$work/bridge/en.md" --store "$1" >"$work/talk" 2>&1 || grep -q already "$work/talk" ||
		fail "it cannot be queued again"
	[ "$(queued "$1")" -eq 3 ] || fail "$(queued "$1") wait instead of 3"
	is_tidy "$1"
}

central=$work/central
found_network "$central"
quietly belfry export "$work/stick" --store "$central"
network=$(belfry status --json --store "$central" | sed -n 's/.*"network": "\([0-9a-f]*\)".*/\1/p')
quietly belfry join 127.0.0.1:1 --network "$network" --store "$work/origin"
quietly belfry import "$work/stick" --store "$work/origin"
records "$central" archive bridge market
quietly belfry submit "$work/archive/en.md" --store "$work/origin"
run_points
