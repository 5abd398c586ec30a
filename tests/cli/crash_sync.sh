#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a hub killed at any call that writes while it receives (a charter version, records, a third
# hub's journal) opens again sound, and the next sync brings it to its peer's state.
points_wanted=${points_wanted:-50}
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"

publish() { # NAME, to the central hub
	record "$1" "$work/central"
	quietly "$bf" publish "$work/$1/en.md" --store "$work/central"
}

hub() { # NAME REGION: a store that has joined
	quietly "$bf" request --hub "$1" --region "$2" --out "$work/$1.request" --store "$work/$1"
	quietly "$bf" admit "$work/$1.request" --out "$work/$1.invitation" --store "$work/central"
	quietly "$bf" join "$work/$1.invitation" --store "$work/$1"
	quietly "$bf" peer add central "$(head -n 1 "$work/central/listening")" --store "$work/$1"
	quietly "$bf" sync --store "$work/$1"
}

victim() { # STORE, then what runs it
	local store=$1
	shift
	"$@" "$bf" sync --store "$store" >"$work/said"
}

judge() {
	quietly "$bf" list --store "$1"
	grep -q archive "$work/talk" || fail "the record from before is gone"
	if grep -q 'in sync' "$work/said"; then
		"$bf" log --json --store "$1" | cmp -s - "$work/state" || fail "sync said it was done, but it is not"
	fi
	quietly "$bf" verify --store "$1"
	stock_git_agrees "$1"
}

carry_on() {
	quietly "$bf" sync --store "$1"
	"$bf" log --json --store "$1" >"$work/now" 2>"$work/talk"
	cmp -s "$work/now" "$work/state" || fail "after another sync the two hubs differ"
	"$bf" charter log --store "$1" >"$work/now" 2>"$work/talk"
	cmp -s "$work/now" "$work/charters" || fail "after another sync the charters differ"
	"$bf" list --store "$1" >"$work/now" 2>"$work/talk"
	cmp -s "$work/now" "$work/listed" || fail "after another sync the catalogues differ"
	quietly "$bf" verify --store "$1"
	stock_git_agrees "$1"
	no_leftovers "$1"
}

ssh-keygen -q -t ed25519 -N '' -f "$work/ann"
quietly "$bf" init --name "Crash test" --hub central --region global --review-optional --store "$work/central"
quietly "$bf" member add ann --name Ann --role author --place ke-mombasa --key "$work/ann.pub" --store "$work/central"
publish archive
"$bf" serve --store "$work/central" --listen 127.0.0.1:0 --no-build >"$work/central.log" 2>&1 &
pids+=($!)
for _ in $(seq 100); do [ -s "$work/central/listening" ] && break; sleep 0.05; done
[ -s "$work/central/listening" ] || { cp "$work/central.log" "$work/talk"; fail "the daemon did not start"; }

hub origin mena
hub sahel west-africa-sahel # from now on the receiver lacks a charter version, a journal and records
for name in bridge market school; do publish $name; done
"$bf" log --json --store "$work/central" >"$work/state"
"$bf" charter log --store "$work/central" >"$work/charters"
"$bf" list --store "$work/central" >"$work/listed"
run_points
