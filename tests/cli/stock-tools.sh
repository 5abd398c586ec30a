#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: all that Belfry says about a network is true for git and ssh-keygen alone.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

found_network
# A second hub, so that there is more than one journal; it is asked, admitted and joins by files.
hub() { BELFRY_STORE=$work/east "$bf" "$@"; }
ok hub request --hub east --region east-southern-africa --out "$work/request"
ok belfry admit "$work/request" --out "$work/invitation"
ok hub join "$work/invitation"

# Records in two languages, by two authors, with a second revision.
person bob
ok belfry member add bob --name "Bob Author" --role author,reviewer --place ke-mombasa --key "$work/bob.pub"
for id in bridge school; do
	for lang in en fr; do record "$work/rec/$id/$lang.md" ke-mombasa $id; done
done
sign_both "$work"/rec/bridge/*.md
ok belfry sign "$work"/rec/school/*.md --key "$work/bob"
ok belfry sign "$work"/rec/school/*.md --key "$work/rev" --review
ok belfry publish "$work"/rec/*/*.md
hash=$(sha256sum <"$work/rec/bridge/en.md" | cut -d ' ' -f 1)
record "$work/rec/bridge/en.md" ke-mombasa bridge "revision: 2
previous: [\"sha256:$hash\"]
"
sign_both "$work/rec/bridge/en.md"
ok belfry publish "$work/rec/bridge/en.md"
ok belfry member retire bob # keys that signed once stay in the file of signers
ok belfry verify

signers=$work/allowed_signers
ok belfry signers
out >"$signers"
[ "$(sort "$signers")" = "$(cat "$signers")" ] || fail "signers are not sorted"
ok belfry signers --json
if command -v jq >/dev/null; then
	jq -r '.[] | "\(.signer) namespaces=\"\(.namespaces | join(","))\" \(.key)"' "$work/.out" | cmp - "$signers" ||
		fail "signers --json says something else"
fi

# Every record of a plain clone, by its author and its reviewer.
ok git clone -q "$work/central/store.git" "$work/clone"
cd "$work/clone" || exit 1
records=$(find records -name '*.md' | sort)
[ "$(wc -l <<<"$records")" -eq 4 ] || fail "the clone has not the 4 records: $records"
published=$("$bf" list --json)
for md in $records; do
	for use in record review; do
		suffix=sig role=author
		[ $use = record ] || suffix=rev role=reviewer
		who=$(ssh-keygen -Y find-principals -f "$signers" -s "$md.$suffix") || fail "$md.$suffix: nobody known"
		ok ssh-keygen -Y verify -f "$signers" -I "$who" -n "belfry-$use@$network" -s "$md.$suffix" <"$md"
		says "^Good \"belfry-$use@$network\" signature for $who"
		if command -v jq >/dev/null; then
			[ "$(jq -r ".[] | select(.path == \"$md\") | .$role" <<<"$published")@central" = "$who" ] ||
				fail "$md: belfry names another $role than ssh-keygen"
		fi
		# The control: the same signature over other bytes, or for another use, is not good.
		fails 255 ssh-keygen -Y verify -f "$signers" -I "$who" -n "belfry-$use@$network" -s "$md.$suffix" \
			</dev/null
		fails 255 ssh-keygen -Y verify -f "$signers" -I "$who" -n git -s "$md.$suffix" <"$md"
	done
done
cd "$root" || exit 1
cmp -s "$work/clone/records/ke-mombasa/news/bridge/en.md" "$work/rec/bridge/en.md" || fail "the clone has other bytes"

# Every commit of every journal: good, and by that hub's journal key.
for store in central east; do
	export BELFRY_STORE=$work/$store
	journals=$(git_store for-each-ref --format='%(refname)' refs/belfry/hubs)
	[ -n "$journals" ] || fail "$store has no journal"
	for ref in $journals; do
		hub=${ref#refs/belfry/hubs/}
		bad=$(git_store -c gpg.ssh.allowedSignersFile="$signers" log --format='%G? %GS' "$ref" | sort -u)
		[ "$store/$hub" = central/central ] && [ "$bad" = "G journal@central" ] && continue
		[ "$store/$hub" = east/east ] || fail "$store has a journal of $hub: $bad"
	done
	sound "$work/$store"
done
# East's own entries are signed by the key that the charter names for it.
BELFRY_STORE=$work/east belfry signers >"$signers.east"
bad=$(git_store -c gpg.ssh.allowedSignersFile="$signers.east" log --format='%G? %GS' refs/belfry/hubs/east | sort -u)
[ "$bad" = "G journal@east" ] || fail "east's commits: $bad"

# The charter itself: its file, its signature, its hash is the network.
export BELFRY_STORE=$work/central
git_store show refs/belfry/charter~1:charter.md >"$work/charter.md"
[ "$(sha256sum <"$work/charter.md" | cut -d ' ' -f 1)" = "$network" ] || fail "the network is not its charter's hash"
git_store show refs/belfry/charter~1:charter.md.central-1.sig >"$work/charter.sig"
ok ssh-keygen -Y verify -f "$signers" -I central-1@charter -n "belfry-charter@$network" -s "$work/charter.sig" \
	<"$work/charter.md"
# And the roster by the steward.
git_store show main:roster.md >"$work/roster.md"
git_store show main:roster.md.steward-1.sig >"$work/roster.sig"
ok ssh-keygen -Y verify -f "$signers" -I steward-1@central -n "belfry-roster@$network" -s "$work/roster.sig" \
	<"$work/roster.md"
