#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a daemon pulls by itself from the addresses it was given, again and again, whatever one of them does;
# it ends at once while a host lets it wait.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

found_network
record "$work/bridge/en.md" ke-mombasa bridge
sign_both "$work/bridge/en.md"
ok belfry publish "$work/bridge/en.md"
ok belfry build
ok belfry admit --edge --out "$work/invitation"
ok belfry join "$work/invitation" --store "$work/edge"
serve "$work/central" --no-build --listen none --http 127.0.0.1:0
site=$http
host=$served

edge() { BELFRY_STORE=$work/edge "$bf" "$@"; }
set_edge() { git --git-dir="$work/edge/store.git" config "$@"; }
set_edge belfry.pull "http://127.0.0.1:1  $site"
set_edge belfry.pullEvery 1
serve "$work/edge" --no-build
has_record() { edge show "ke-mombasa/news/$1/en" >/dev/null 2>&1; }
until_true has_record bridge
ok edge status --json
json ".store.pulls | map(select(.address == \"$site\" and .worked != null and .last_reason == \"\")) | length == 1"
until_true grep -q 'not all that belfry.pull names worked' "$work/edge.log"

# News come by the next pull.
record "$work/school/en.md" ke-mombasa school
sign_both "$work/school/en.md"
ok belfry publish "$work/school/en.md"
ok belfry build
until_true has_record school
kill "$served"
wait "$served"

# A setting that is none says so; a host that says nothing does not keep the daemon from ending.
kill -STOP "$host"
set_edge belfry.pullEvery often
serve "$work/edge" --no-build
until_true pgrep -P "$served" >"$work/pulling"
grep -q "belfry.pullEvery is 'often'" "$work/edge.log" || fail "a wrong setting is not named"
begun=$SECONDS
kill "$served"
wait "$served"
[ $((SECONDS - begun)) -lt 30 ] || fail "the daemon waited for a silent host"
kill -CONT "$host"
