#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a hub's clock is wrong by years. The steps of docs/trust.md "A clock is wrong": `doctor` says so there and
# elsewhere, nothing that anybody signed counts more or less for it, and after the clock is set right all goes on.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

case ${B:-build} in /*) clock=$B/tests/tools/clock.so ;; *) clock=$root/${B:-build}/tests/tools/clock.so ;; esac
command -v jq >/dev/null || { echo "skip: jq is not installed"; exit 77; }
[ -r "$clock" ] || { echo "skip: there is no $clock: make check builds it"; exit 77; }
cd "$work" || exit 1
found_network
years=0 # by which east's clock is ahead
wrong() { # COMMAND… with that clock
	if [ $years = 0 ]; then "$@"; return; fi
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 LD_PRELOAD=$clock BELFRY_CLOCK_AHEAD=$((years * 31557600)) "$@"
}
east() { BELFRY_STORE=$work/east wrong "$bf" "$@"; }
pass() { # all that one has, both ways
	rm -f stick
	ok belfry export stick
	ok east import stick
	rm -f stick
	ok east export stick
	ok belfry import stick
}
person emi
person eli
person new
ok belfry charter propose --expires "$(($(date +%Y) + 2))-01-01" --out draft.json
ok belfry charter sign draft.json
ok belfry charter apply draft.json
ok east request --hub east --region east-southern-africa --out request
ok belfry admit request --out invitation
ok east join invitation
ok east member add emi --name Emi --role author --key emi.pub
ok east member add eli --name Eli --role reviewer --key eli.pub
write() { # ID
	record "rec/$1/en.md" east-southern-africa "$1"
	ok east sign "rec/$1/en.md" --key emi
	ok east sign "rec/$1/en.md" --key eli --review
	ok east publish "rec/$1/en.md"
}
pass
ok east doctor
says '^good    clock'

# --- ahead: it signs with a date of five years from now ---
years=5
fails 1 east doctor
says '^BROKEN  charter .*expired on'
says '^look    clock .*nobody has signed anything since .*: ahead, unless'
says 'compare date -u with a clock you trust'
write early
fails 1 east member add new --name New --role author --key new.pub # it believes that the charter has expired
says 'has expired'
pass
ok belfry list
says 'news/early' # a date is a claim: the record counts
ok belfry verify
ok belfry doctor
says '^look    clock .*east has signed at 20.*: one of the two clocks is wrong'
# Others are not touched: what they sign bears their own time.
ok belfry city add ke-lamu
ok belfry log --json
json "(.[0].time | fromdate) < now + 86400"

# --- set right: it goes on, and no entry goes back in time ---
years=0
ok east doctor
says '^look    clock .*this hub itself has signed at 20.*: the clock was wrong then, or is now'
ok east member add new --name New --role author --key new.pub
write right
pass
ok belfry list
says 'news/right'
ok east log east --json
json '.[0].time == .[1].time and .[1].time == .[2].time and (.[0].time | fromdate) > now + 4 * 31557600'
ok belfry verify

# --- behind, as after a flat battery: said at once, by the charter's own time; nothing is lost for it ---
years=-30
fails 1 east doctor
says '^BROKEN  clock .*behind'
write late
years=0
pass
ok belfry list
says 'news/late'
ok belfry verify
ok east verify
sound "$work/east"
