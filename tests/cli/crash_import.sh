#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: `belfry import` killed at any call that writes: what it had not finished is imported by the next
# one, charters, rosters and records alike.
points_wanted=${points_wanted:-60}
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"

victim() { belfry import "$work/stick" --store "$1" >"$work/said"; }

judge() {
	quietly belfry list --store "$1"
	if [ "$status" -eq 0 ]; then
		cmp -s "$work/talk" "$work/listed" || fail "import said it was done, but it is not"
	fi
	quietly belfry verify --store "$1"
}

carry_on() {
	quietly belfry import "$work/stick" --store "$1"
	agree_with_central "$1"
	is_tidy "$1"
}

central=$work/central
found_network "$central"
quietly belfry admit --edge --out "$work/invitation" --store "$central"
quietly belfry join "$work/invitation" --store "$work/origin"
for name in archive bridge market; do publish "$central" $name; done
key bo
quietly belfry charter propose --add-central bo="$work/bo.pub" --out "$work/draft" --store "$central"
quietly belfry charter sign "$work/draft" --store "$central"
quietly belfry charter apply "$work/draft" --store "$central"
publish "$central" school
quietly belfry export "$work/stick" --store "$central"
what_central_has
run_points
