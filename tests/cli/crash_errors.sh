#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a disk that fails is never answered with "published". At each call of `belfry publish` that makes
# data durable the disk says EIO; the command reports it, the store stays sound, and works on when
# the disk does. A failed fsync must not be tried again and believed.
action=${action:-error=EIO}
least=8 # the last write is the answer itself, and removing leftovers may fail
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"
calls=write,pwrite64,fsync,fdatasync,rename

victim() { # STORE, then what runs it
	local store=$1
	shift
	"$@" "$bf" publish "$work/bridge/en.md" --store "$store" >"$work/said"
}

judge() {
	if [ "$status" -ne 0 ]; then
		[ -s "$work/complaint" ] || fail "it failed without a word"
	elif [ "$point" != "pwrite64 1" ]; then # that one is the process id in the lock, for messages only
		! grep -q published "$work/said" || fail "the error was swallowed: $(cat "$work/said")"
	fi
	quietly "$bf" list --store "$1"
	grep -q /archive/ "$work/talk" || fail "the record from before is gone"
	quietly "$bf" verify --store "$1"
	stock_git_agrees "$1"
}

carry_on() {
	quietly "$bf" publish "$work/market/en.md" --store "$1"
	"$bf" publish "$work/bridge/en.md" --store "$1" >"$work/talk" 2>&1 || grep -q already "$work/talk" ||
		fail "it cannot be published again"
	quietly "$bf" list --store "$1"
	for name in archive bridge market; do grep -q "/$name/" "$work/talk" || fail "$name is not listed"; done
	quietly "$bf" verify --store "$1"
	stock_git_agrees "$1"
	no_leftovers "$1"
}

ssh-keygen -q -t ed25519 -N '' -f "$work/ann"
quietly "$bf" init --name "Crash test" --hub central --region global --review-optional --store "$work/origin"
quietly "$bf" member add ann --name Ann --role author --place ke-mombasa --key "$work/ann.pub" --store "$work/origin"
for name in archive bridge market; do record $name "$work/origin"; done
quietly "$bf" publish "$work/archive/en.md" --store "$work/origin"
run_points
