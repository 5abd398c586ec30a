#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a hub killed at any call that writes while it receives (a charter version, records, a third
# hub's journal) opens again sound, and the next sync brings it to its peer's state.
points_wanted=${points_wanted:-36}
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"

hub() { # NAME REGION: a store that has joined
	quietly belfry request --hub "$1" --region "$2" --out "$work/$1.request" --store "$work/$1"
	quietly belfry admit "$work/$1.request" --out "$work/$1.invitation" --store "$central"
	quietly belfry join "$work/$1.invitation" --store "$work/$1"
	quietly belfry peer add central "$(head -n 1 "$central/listening")" --store "$work/$1"
	quietly belfry sync --store "$work/$1"
}

victim() { belfry sync --store "$1" >"$work/said"; }

judge() {
	quietly belfry list --store "$1"
	grep -q archive "$work/talk" || fail "the record from before is gone"
	! grep -q 'in sync' "$work/said" || agree_with_central "$1"
	quietly belfry verify --store "$1"
}

carry_on() {
	quietly belfry sync --store "$1"
	agree_with_central "$1"
	is_tidy "$1"
}

central=$work/central
found_network "$central"
publish "$central" archive
"$bf" serve --store "$central" --listen 127.0.0.1:0 --no-build >"$work/central.log" 2>&1 &
pids+=($!)
for _ in $(seq 1200); do [ -s "$central/listening" ] && break; sleep 0.05; done
[ -s "$central/listening" ] || { cp "$work/central.log" "$work/talk"; fail "the daemon did not start"; }

hub origin mena
hub sahel west-africa-sahel # from now on the receiver lacks a charter version, a journal and records
for name in bridge market school; do publish "$central" $name; done
what_central_has
run_points
