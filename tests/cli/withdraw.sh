#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a published record is taken back in all its languages, in one entry, by two people, and stays so.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

found_network
for lang in en fr; do record "$work/rec/bridge/$lang.md" ke-mombasa bridge; done
record "$work/rec/bridge-two/en.md" ke-mombasa bridge-two
sign_both "$work"/rec/*/*.md
ok belfry publish "$work"/rec/*/*.md
head=$(head_of)
unchanged() { [ "$(head_of)" = "$head" ] || fail "the journal has grown"; }
name=ke-mombasa/news/bridge

fails 2 belfry withdraw
fails 2 belfry withdraw "$name"
says '--reason'
fails 2 belfry withdraw "$name" --reason ''
fails 2 belfry withdraw "$name" --reason 'It was wrong.' --key "$work/ann"
says '--review-key'
fails 1 belfry withdraw "$name" --reason 'It was wrong.' --key "$work/ann" --review-key "$work/ann"
says 'ann cannot review'
fails 1 belfry withdraw "$name" --reason 'It was wrong.' --key "$work/rev" --review-key "$work/ann"
says 'role author'
fails 1 belfry withdraw "$name" --reason $'two\nlines \x1b[2J' --key "$work/ann" --review-key "$work/rev"
fails 2 belfry withdraw "$name" --reason $'caf\xe9' --key "$work/ann" --review-key "$work/rev"
says 'UTF-8'
fails 1 belfry withdraw ke-mombasa/news/none --reason 'It was wrong.' --key "$work/ann" --review-key "$work/rev"
says 'no published record'
fails 1 belfry withdraw ke-mombasa/news/brid --reason 'It was wrong.' --key "$work/ann" --review-key "$work/rev"
unchanged

ok belfry withdraw "$name" --reason 'The figures were wrong: see "school".' --key "$work/ann" --review-key "$work/rev"
says "$name is withdrawn (2 files)"
[ "$(git_store rev-parse "$(head_of)^")" = "$head" ] || fail "it is not one entry"
ok belfry list
says "$name/en  (withdrawn)"
says "$name/fr  (withdrawn)"
says 'ke-mombasa/news/bridge-two/en  bridge-two opened' # what only begins alike stays
ok belfry show "$name/fr"
says 'WITHDRAWN: The figures were wrong: see "school".'
says '^revision: 2$'
silent 'It opened on a Thursday'
ok belfry list --json
json '[.[] | select(.state == "withdrawn" and .revision == 2 and .author == "ann" and .reviewer == "rev")] | length == 2'
ok belfry verify
fails 1 belfry withdraw "$name" --reason 'Again.' --key "$work/ann" --review-key "$work/rev"
says 'withdrawn already'
# The first text is not published again by playing it once more.
fails 1 belfry publish "$work/rec/bridge/en.md"
says "the next is 'revision: 3'"

ok belfry withdraw ke-mombasa/news/bridge-two/en --reason 'Twice told.' --key "$work/ann" --review-key "$work/rev" --json
json '.hub == "central" and .withdrawn == ["records/ke-mombasa/news/bridge-two/en.md"]'

# ssh-keygen agrees about the withdrawal.
belfry signers >"$work/signers" || fail "no signers"
for use in record:sig:ann review:rev:rev; do
	IFS=: read -r kind suffix who <<<"$use"
	git_store show "main:records/$name/en.md" >"$work/md"
	git_store show "main:records/$name/en.md.$suffix" >"$work/md.$suffix"
	ok ssh-keygen -Y verify -f "$work/signers" -I "$who@central" -n "belfry-$kind@$network" -s "$work/md.$suffix" \
		<"$work/md"
done
sound "$work/central"

# The author on a laptop, the reviewer at the hub: each has only their own key.
for lang in en fr; do record "$work/rec/ferry/$lang.md" ke-mombasa ferry; done
sign_both "$work"/rec/ferry/??.md
ok belfry publish "$work"/rec/ferry/??.md
ok belfry admit --edge --out "$work/invitation"
ok belfry export "$work/all.belfry"
ok belfry join "$work/invitation" --store "$work/laptop"
ok belfry import "$work/all.belfry" --store "$work/laptop"
ok belfry withdraw ke-mombasa/news/ferry --reason 'It sank.' --out "$work/gone" --store "$work/laptop"
[ "$(out)" = "$work/gone/ke-mombasa/news/ferry/en.md
$work/gone/ke-mombasa/news/ferry/fr.md" ] || fail "it does not name what it wrote"
fails 1 belfry withdraw ke-mombasa/news/ferry --reason 'It sank.' --out "$work/gone" --store "$work/laptop"
says 'File exists\|there already'
ok belfry sign "$work"/gone/ke-mombasa/news/ferry/??.md --key "$work/ann" --store "$work/laptop"
ok belfry submit "$work"/gone/ke-mombasa/news/ferry/??.md --store "$work/laptop"
ok belfry export "$work/letters.belfry" --store "$work/laptop"
ok belfry import "$work/letters.belfry"
for letter in $(belfry inbox | cut -d ' ' -f 1); do ok belfry review "$letter" --accept --key "$work/rev"; done
ok belfry list --search ferry
says '^ke-mombasa/news/ferry/en  (withdrawn)'
says '^ke-mombasa/news/ferry/fr  (withdrawn)'
ok belfry verify

# Where the charter asks for no second person, one is enough.
export BELFRY_STORE=$work/small
ok belfry init --name Small --hub small --region global --review-optional
ok belfry member add ann --name Ann --role author --key "$work/ann.pub"
record "$work/small-rec/en.md" global bridge
ok belfry sign "$work/small-rec/en.md" --key "$work/ann"
ok belfry publish "$work/small-rec/en.md"
ok belfry withdraw global/news/bridge --reason 'Wrong.' --key "$work/ann"
ok belfry list
says '(withdrawn)'
