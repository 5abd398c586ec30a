#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: `belfry build` killed at any call that writes: whoever visits the site finds the one from before
# or the new one, whole, and the next build makes the same bytes as one that was never stopped.
points_wanted=${points_wanted:-52}
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"

victim() { belfry build --store "$1" >"$work/said" 2>&1; }

sums() { # FOLDER: of every file in it
	(cd "$1/" && find . -type f -print0 | sort -z | xargs -0 sha256sum)
}

judge() {
	sums "$1/site" >"$work/now"
	if ! cmp -s "$work/now" "$work/new"; then
		[ "$status" -ne 0 ] || fail "build said it was done, but the site is not the new one"
		cmp -s "$work/now" "$work/old" || fail "the site is neither the old one nor the new: $(
			diff "$work/old" "$work/now" | head -n 3)"
	fi
}

carry_on() {
	quietly belfry build --store "$1"
	sums "$1/site" >"$work/now"
	cmp -s "$work/now" "$work/new" || fail "the next build makes another site: $(diff "$work/new" "$work/now" | head -n 3)"
}

# Pages that two builds change, one after the other: the second writes over what the first one put away.
found_network "$work/origin"
publish "$work/origin" archive
quietly belfry build --store "$work/origin"
publish "$work/origin" market
quietly belfry build --store "$work/origin"
sums "$work/origin/site" >"$work/old"
publish "$work/origin" bridge
touch -h -d '1 hour ago' "$work/origin/site" # what was shown a moment ago is not written over
cp -a "$work/origin" "$work/after"
quietly belfry build --store "$work/after"
sums "$work/after/site" >"$work/new"
! cmp -s "$work/old" "$work/new" || fail "both sites are the same: this test has nothing to fail"
run_points
