#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: what a link would carry goes by file: whole, cut anywhere, twice, and back with only the rest.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

found_network
for file in "$root"/content/demo/global/{page,training}/*/en.md; do
	record=$work/$(basename "$(dirname "$file")").md
	cp "$file" "$record"
	sign_both "$record"
	ok belfry publish "$record"
done
ok belfry admit --edge --out "$work/invitation"
entries=$(belfry log --json | grep -c '"seq"')

# A fresh laptop with nothing but the invitation and the stick.
edge() { rm -rf "$work/edge"; ok belfry join "$work/invitation" --store "$work/edge"; }
edge
ok belfry export "$work/all.belfry"
says "$entries entries"
ok belfry import "$work/all.belfry" --store "$work/edge"
says "^$entries new entries.*from hub central"
[ "$(belfry log --json)" = "$(belfry log --json --store "$work/edge")" ] || fail "the stores differ"
ok belfry verify --store "$work/edge"
ok belfry import "$work/all.belfry" --store "$work/edge"
says '^0 new entries, 0 new charter versions'

# Cut anywhere: what is whole before is in, and the rest follows from the whole file.
size=$(stat -c %s "$work/all.belfry")
last=0
for part in 10 49 60 200 $((size / 3)) $((size / 2)) $((size - 40)) $((size - 1)); do
	head -c "$part" "$work/all.belfry" >"$work/cut.belfry"
	edge
	if [ "$part" -lt 50 ]; then
		fails 1 belfry import "$work/cut.belfry" --store "$work/edge"
		continue
	fi
	ok belfry import "$work/cut.belfry" --store "$work/edge"
	says 'ends in the middle'
	got=$(belfry log --json --store "$work/edge" | grep -c '"seq"')
	[ "$got" -ge "$last" ] || fail "$part bytes gave $got entries, fewer gave $last"
	last=$got
	ok belfry verify --store "$work/edge"
done
[ "$last" -gt $((entries / 2)) ] || fail "all but a byte gave only $last of $entries entries"
ok belfry import "$work/all.belfry" --store "$work/edge"
[ "$(belfry log --json)" = "$(belfry log --json --store "$work/edge")" ] || fail "the stores differ"

# What somebody else wrote is not written over, whoever forgot to take it in; one's own file is.
ok belfry request --hub east --region east-southern-africa --store "$work/east" --out "$work/asks"
ok belfry admit "$work/asks" --out "$work/may"
ok belfry join "$work/may" --store "$work/east"
ok belfry export "$work/all.belfry"
cp "$work/all.belfry" "$work/carried.belfry"
fails 1 belfry export "$work/carried.belfry" --store "$work/east"
says 'carried.belfry is what hub central wrote, and would be lost: belfry import takes it in'
cmp -s "$work/all.belfry" "$work/carried.belfry" || fail "a stick is written over"
ok belfry import "$work/carried.belfry" --store "$work/east"
ok belfry export "$work/carried.belfry" --since "$work/carried.belfry" --store "$work/east"
ok belfry export "$work/of-edge.belfry" --store "$work/edge"
ok belfry export "$work/of-edge.belfry" --store "$work/edge"
rm -rf "$work/newer"
ok belfry join "$work/invitation" --store "$work/newer"
fails 1 belfry export "$work/of-edge.belfry" --store "$work/newer"
says 'is what a laptop wrote, and would be lost'
head -c 900 "$work/all.belfry" >"$work/cut.belfry"
belfry import "$work/cut.belfry" --store "$work/newer" >"$work/out" 2>&1
fails 1 belfry export "$work/cut.belfry" --store "$work/newer"
echo 'my notes' >"$work/notes.txt"
fails 1 belfry export "$work/notes.txt"
says 'no file that belfry export wrote'
grep -q 'my notes' "$work/notes.txt" || fail "somebody's notes are written over"
: >"$work/empty"
ok belfry export "$work/empty"

# Damage is named by its place, and nothing bad is kept. It is in the last entry: a length that is bent
# further ahead may look like a file that was cut.
cp "$work/all.belfry" "$work/bent.belfry"
bend "$work/bent.belfry" 20
edge
fails 1 belfry import "$work/bent.belfry" --store "$work/edge"
ok belfry verify --store "$work/edge"
ok belfry status --store "$work/edge"
says '^refused  by file: 1 \(segment\|signature\|entry\)$'
says '^         last: .'

# An answer carries only what the other lacked.
edge
ok belfry export "$work/from-edge.belfry" --store "$work/edge"
ok belfry import "$work/all.belfry" --store "$work/edge"
ok belfry export "$work/edge-has.belfry" --store "$work/edge"
record=$work/late.md
sed 's/^id: .*/id: late/' "$work/about.md" >"$record"
sign_both "$record"
ok belfry publish "$record"
ok belfry export "$work/rest.belfry" --since "$work/edge-has.belfry"
says ' 1 entries, 0 charter versions'
ok belfry import "$work/rest.belfry" --store "$work/edge"
says '^1 new entries'
[ "$(belfry log --json)" = "$(belfry log --json --store "$work/edge")" ] || fail "the stores differ"

# To a store that lacks what was before, it is said what would help.
ok belfry join 127.0.0.1:1 --network "$network" --store "$work/fresh"
fails 1 belfry import "$work/rest.belfry" --store "$work/fresh"
says 'rest.belfry has no charter, and none is here yet: a file with all of it is needed'
ok belfry import "$work/all.belfry" --store "$work/fresh"
sed 's/^id: .*/id: later/' "$work/about.md" >"$work/later.md"
sign_both "$work/later.md"
ok belfry export "$work/has.belfry"
ok belfry publish "$work/later.md"
ok belfry export "$work/gap.belfry" --since "$work/has.belfry"
fails 1 belfry import "$work/gap.belfry" --store "$work/fresh"
says 'gap.belfry goes on from entry [0-9]* of central, which is not here: a file with all of it is needed'
ok belfry import "$work/rest.belfry" --store "$work/fresh"
ok belfry import "$work/gap.belfry" --store "$work/fresh"

# Files that are none, and those of another network.
echo "hello" >"$work/none"
fails 1 belfry import "$work/none"
says 'not a file that belfry export wrote$'
silent '^It '
fails 1 belfry import "$record"
says 'not a file that belfry export wrote$'
says '^It is a record: belfry sign'
fails 1 belfry import "$record.sig"
says '^It is a signature'
fails 1 belfry import "$work/invitation"
says 'an invitation (belfry join'
fails 1 belfry import "$work/missing" # no refusal: nothing came
ok belfry init --name "Other" --hub other --region global --store "$work/other"
fails 1 belfry import "$work/all.belfry" --store "$work/other"
says 'another network'
ok belfry status --store "$work/other"
says '^refused  by file: 1 network$'
ok belfry status --json
json '.store.doors == [{"door":"file","refused":{"frame":4},"last_reason":.store.doors[0].last_reason}]'
fails 1 belfry export "$work/x" --since "$work/all.belfry" --store "$work/other"
fails 2 belfry import
fails 2 belfry export
