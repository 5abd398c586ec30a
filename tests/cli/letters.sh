#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: an author who never has a link submits by stick, is answered by stick, and nobody who carries or
# finds the stick reads a word of it.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

found_network
ok belfry admit --edge --out "$work/invitation"
laptop=$work/laptop
ok belfry join "$work/invitation" --store "$laptop"
carry() { # FROM TO: by a file of that name
	stick=$work/$(basename "$1")-to-$(basename "$2").belfry
	ok belfry export "$stick" --store "$1"
	ok belfry import "$stick" --store "$2"
}
state_of() { "$bf" submit --store "$laptop" | awk -v id="$1" '$1 == id { print $2 }'; }
inbox_has() { "$bf" inbox | grep -q "^$1"; }
carry "$BELFRY_STORE" "$laptop"
says 'from hub central$' # no letters

for id in canary-one canary-two; do
	record "$work/$id/en.md" ke-mombasa $id
	ok belfry sign "$work/$id/en.md" --key "$work/ann"
	ok belfry submit "$work/$id/en.md" --store "$laptop"
done
one=$("$bf" submit --store "$laptop" | awk '/canary-one/ { print $1 }')
two=$("$bf" submit --store "$laptop" | awk '/canary-two/ { print $1 }')

# Out: sealed, to the hub alone.
carry "$laptop" "$BELFRY_STORE"
says ', 2 letters to us'
grep -q canary "$stick" && fail "the stick can be read by who finds it"
inbox_has "$one" && inbox_has "$two" || fail "the hub's inbox lacks them"
ok belfry import "$stick" # twice is once
[ "$("$bf" inbox | wc -l)" -eq 2 ] || fail "read twice, kept twice"
ok belfry join "$work/invitation" --store "$work/mirror"
ok belfry import "$stick" --store "$work/mirror"
silent letters
ok belfry export "$work/on.belfry" --store "$work/mirror"
says ' 0 letters'

# Back: first that it came, then the decisions.
carry "$BELFRY_STORE" "$laptop"
says ', 2 letters to us'
[ "$(state_of "$one")" = received ] || fail "$one is $(state_of "$one")"
fails 1 belfry review "$one" --return '  '
says 'nothing can be seen in this remark'
ok belfry review "$one" --return "Please name the canary-street" --key "$work/rev"
ok belfry review "$two" --accept --key "$work/rev"
carry "$BELFRY_STORE" "$laptop"
grep -q canary-street "$stick" && fail "the remark can be read by who finds it"
[ "$(state_of "$one")" = returned ] || fail "$one is $(state_of "$one")"
[ "$(state_of "$two")" = published ] || fail "$two is $(state_of "$two")"
ok belfry submit --store "$laptop"
says 'Please name the canary-street'
ok belfry list --store "$laptop"
says canary-two

# The hub may forget what the author knows.
carry "$laptop" "$BELFRY_STORE"
[ -z "$("$bf" inbox)" ] || fail "the hub still keeps: $("$bf" inbox)"
ok belfry export "$work/last.belfry"
says ' 0 letters'

# Somebody who is no member writes to a hub whose roster is not the judge of it: no letter leaves.
person stranger
record "$work/other/en.md" ke-mombasa other
ok belfry sign "$work/other/en.md" --key "$work/stranger"
ok belfry submit "$work/other/en.md" --store "$work/mirror"
ok belfry export "$work/stranger.belfry" --store "$work/mirror"
says ' 0 letters'

# By a member who is no author: refused, and the refusal comes back.
record "$work/far/en.md" ke-mombasa far
ok belfry sign "$work/far/en.md" --key "$work/rev"
ok belfry submit "$work/far/en.md" --store "$laptop"
far=$("$bf" submit --store "$laptop" | awk '/ far / { print $1 }')
carry "$laptop" "$BELFRY_STORE"
carry "$BELFRY_STORE" "$laptop"
[ "$(state_of "$far")" = refused ] || fail "$far is $(state_of "$far")"
carry "$laptop" "$BELFRY_STORE"
[ -z "$("$bf" inbox)" ] || fail "the hub still keeps: $("$bf" inbox)"

# Cut inside the letters: all before counts; bent: it is nobody's letter any more.
record "$work/again/en.md" ke-mombasa again
ok belfry sign "$work/again/en.md" --key "$work/ann"
ok belfry submit "$work/again/en.md" --store "$laptop"
ok belfry export "$work/again.belfry" --store "$laptop"
head -c -20 "$work/again.belfry" >"$work/cut.belfry"
ok belfry import "$work/cut.belfry"
says 'ends in the middle'
cp "$work/again.belfry" "$work/bent.belfry"
bend "$work/bent.belfry" 9
ok belfry import "$work/bent.belfry"
says ', 3 letters to us' # three confirmations come before it
ok belfry import "$work/again.belfry"
says ', 4 letters to us'
sound "$BELFRY_STORE"
sound "$laptop"
