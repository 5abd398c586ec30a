#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: what is ordered to be erased is gone from every file of every store and never comes back, while journals
# verify, newcomers get them, and stock git clones and checks them.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"
# shellcheck source=tests/cli/erase.lib
. tests/cli/erase.lib

is_in() { # STORE
	git --git-dir="$1/store.git" cat-file --batch-all-objects --batch --buffer | grep -aq "$canary" ||
		fail "$1 never had it: this test would see nothing"
}

found_network
name=ke-mombasa/news/bridge
for id in bridge other; do record "$work/rec/$id/en.md" ke-mombasa "$id"; done
printf '%s\n' "$canary told us so." >>"$work/rec/bridge/en.md"
for n in $(seq 400); do echo "Line $n of what was told, and nobody shall read it again."; done >>"$work/rec/bridge/en.md"
printf 'picture of %s\n' "$canary" >"$work/story.txt"
sign_both "$work"/rec/*/en.md
ok belfry publish "$work"/rec/*/en.md
# Revision 2 is told as what changed; both have it.
hash=$(sha256sum <"$work/rec/bridge/en.md" | cut -d' ' -f1)
sed -i "s/^revision: 1/revision: 2\nprevious: [\"sha256:$hash\"]/; s/Line 7 /Row 7 /" "$work/rec/bridge/en.md"
ok belfry fmt "$work/rec/bridge/en.md"
sign_both "$work/rec/bridge/en.md"
ok belfry publish "$work/rec/bridge/en.md"
record "$work/rec/later/en.md" ke-mombasa later
sign_both "$work/rec/later/en.md"
ok belfry publish "$work/rec/later/en.md"
ok belfry build
is_in "$work/central"


# A stick from before, an edge that has it all, and one that has all but the order.
ok belfry export "$work/before.belfry"
ok belfry admit --edge --out "$work/invitation"
edge() { ok belfry join "$work/invitation" --store "$work/$1"; }
edge laptop
ok belfry import "$work/before.belfry" --store "$work/laptop"
is_in "$work/laptop"

# Who may not order it, and what only looks.
head=$(head_of)
fails 2 belfry erase "$name"
fails 2 belfry erase --reason 'A court order.'
fails 1 belfry erase "$name" --reason 'A court order.' --key "$work/ann"
says "neither a steward's of the hub nor one of the central team's"
fails 1 belfry erase ke-mombasa/news/none --reason 'A court order.'
says 'no journal here has a record'
fails 1 belfry erase "$name" --reason $'two\nlines'
ok belfry erase "$name" --reason 'A court order.' --dry-run
says "^record $name$"
[ "$(out | grep -c '^text en ')" -eq 2 ] || fail "the order does not name both revisions"
[ "$(head_of)" = "$head" ] || fail "the journal has grown"
is_in "$work/central"

ok belfry erase "$name" --reason 'A court order.'
says "$name is erased"
order=$(git_store ls-tree --name-only main:erasures)
gone_from "$work/central"
ok belfry verify
fails 1 belfry show "$name"
says 'was erased: A court order.'
ok belfry show ke-mombasa/news/other
ok belfry list
silent 'bridge/'
fails 1 belfry erase "$name" --reason 'Again.'
says 'nothing that was ordered'
# The site says that something was there, and why it is not.
ok belfry build
page=$work/central/site/en/news/ke-mombasa.bridge.html
grep -q 'A court order.' "$page" || fail "no tombstone says why"
grep -q 'has been erased by an order' "$page" || fail "no tombstone says what happened"
grep -q 'ssh-keygen' "$page" && fail "the tombstone says how to check what is not there"
[ ! -e "$work/central/site/records/ke-mombasa/news/bridge/en.md" ] || fail "the raw file is laid out"
gone_from "$work/central"

# Not again: not as a record, and not from a stick of old.
fails 1 belfry publish "$work/rec/bridge/en.md"
ok belfry import "$work/before.belfry"
gone_from "$work/central"

# Stock git: clone, check, and ssh-keygen on the order.
checked() { # REPOSITORY
	ok git --git-dir="$1" fsck --strict --no-dangling
	silent '^[^n]' # but that an edge has no branch of its own
}
stock() { # STORE
	checked "$1/store.git"
	rm -rf "$work/clone.git"
	ok git clone -q --mirror "file://$1/store.git" "$work/clone.git"
	checked "$work/clone.git"
	[ "$(git --git-dir="$work/clone.git" for-each-ref refs/belfry/hubs)" = \
		"$(git --git-dir="$1/store.git" for-each-ref refs/belfry/hubs)" ] || fail "the clone lacks a journal"
}
stock "$work/central"
git --git-dir="$work/clone.git" cat-file --batch-all-objects --batch --buffer | grep -aq "$canary" && fail "the clone has it"
belfry signers >"$work/signers" || fail "no signers"
git_store show "main:erasures/$order" >"$work/order"
sed '/^-----BEGIN/,$d' "$work/order" >"$work/order.text"
sed -n '/^-----BEGIN/,$p' "$work/order" >"$work/order.sig"
ok ssh-keygen -Y check-novalidate -n "belfry-erasure@$network" -s "$work/order.sig" <"$work/order.text"

# Who has it drops it, from a stick too; a newcomer gets the entries without it; both agree with the hub.
ok belfry export "$work/after.belfry"
for name in laptop newcomer; do
	[ -d "$work/$name" ] || edge "$name"
	ok belfry import "$work/after.belfry" --store "$work/$name"
	gone_from "$work/$name"
	ok belfry verify --store "$work/$name"
	[ "$(belfry log --json)" = "$(belfry log --json --store "$work/$name")" ] || fail "the stores differ"
	stock "$work/$name"
	ok belfry import "$work/before.belfry" --store "$work/$name"
	gone_from "$work/$name"
done

# What a newcomer made of that serves the next one.
ok belfry export "$work/again.belfry" --store "$work/newcomer"
edge third
ok belfry import "$work/again.belfry" --store "$work/third"
ok belfry verify --store "$work/third"
gone_from "$work/third"

# Life goes on: the same address may have another text.
record "$work/rec/bridge/en.md" ke-mombasa bridge
sign_both "$work/rec/bridge/en.md"
ok belfry publish "$work/rec/bridge/en.md"
ok belfry show ke-mombasa/news/bridge
stock "$work/central"
