#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a disk that fails is never answered with "published". At each call of `belfry publish` that makes
# data durable the disk says EIO; the command reports it, the store stays sound, and works on when
# the disk does. A failed fsync must not be tried again and believed.
action=${action:-EIO}
least=8 # removing leftovers may fail
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"
calls=,write,pwrite,fsync,fdatasync,rename,

victim() { belfry publish "$work/bridge/en.md" --store "$1" >"$work/said"; }

judge() {
	if [ "$status" -ne 0 ]; then
		[ -s "$work/complaint" ] || fail "it failed without a word"
	elif [ "$failing" != pwrite ]; then # that one is the process id in the lock, for messages only
		! grep -q published "$work/said" || fail "the error was swallowed: $(cat "$work/said")"
	fi
	quietly belfry list --store "$1"
	grep -q /archive/ "$work/talk" || fail "the record from before is gone"
	is_sound "$1"
}

carry_on() {
	quietly belfry publish "$work/market/en.md" --store "$1"
	belfry publish "$work/bridge/en.md" --store "$1" >"$work/talk" 2>&1 || grep -q already "$work/talk" ||
		fail "it cannot be published again"
	quietly belfry list --store "$1"
	for name in archive bridge market; do grep -q "/$name/" "$work/talk" || fail "$name is not listed"; done
	is_tidy "$1"
}

found_network "$work/origin"
records "$work/origin" archive bridge market
quietly belfry publish "$work/archive/en.md" --store "$work/origin"
run_points
