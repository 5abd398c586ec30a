#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: the central team orders what stands in another hub's journal; attachments, drafts in mailboxes, static files
# and their mirrors let go of it; and what stock git then does and does not is what docs/trust.md says.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"
# shellcheck source=tests/cli/erase.lib
. tests/cli/erase.lib

east() { BELFRY_STORE=$work/east "$bf" "$@"; }
carry() { # FROM TO: by stick
	ok belfry export "$work/stick.$(basename "$1")" --store "$1"
	ok belfry import "$work/stick.$(basename "$1")" --store "$2"
}
stock() { # STORE
	ok git --git-dir="$1/store.git" fsck --strict --no-dangling
	silent '^[^n]'
	rm -rf "$work/clone.git"
	ok git clone -q --mirror "file://$1/store.git" "$work/clone.git"
}

found_network
ok belfry request --hub east --region east-southern-africa --out "$work/request" --store "$work/east"
ok belfry admit "$work/request" --out "$work/invitation"
ok belfry join "$work/invitation" --store "$work/east"
ok belfry admit --edge --out "$work/edge.invitation"
BELFRY_STORE=$work/east
ok belfry member add ann --name Ann --role author --key "$work/ann.pub"
ok belfry member add rev --name Rev --role reviewer --key "$work/rev.pub"
ok belfry city add ke-nairobi --name en=Nairobi --region east-southern-africa
name=ke-nairobi/news/bridge

# Two records with one file in common; one comes from a member and is published from the inbox.
printf '%%PDF-1.4 the story of %s\n' "$canary" >"$work/story.pdf"
printf '%%PDF-1.4 a map for everybody\n' >"$work/map.pdf"
record "$work/other/en.md" ke-nairobi other
ok belfry attach "$work/other/en.md" "$work/map.pdf"
sign_both "$work/other/en.md"
ok belfry publish "$work/other/en.md"
record "$work/bridge/en.md" ke-nairobi bridge
printf '%s told us so.\n' "$canary" >>"$work/bridge/en.md"
ok belfry attach "$work/bridge/en.md" "$work/story.pdf"
ok belfry attach "$work/bridge/en.md" "$work/map.pdf"
ok belfry sign "$work/bridge/en.md" --key "$work/ann"
ok belfry join "$work/edge.invitation" --store "$work/laptop"
carry "$work/east" "$work/laptop"
ok belfry submit "$work/bridge/en.md" --store "$work/laptop"
carry "$work/laptop" "$work/east"
ok belfry review "$("$bf" inbox | awk '{ print $1; exit }')" --accept --key "$work/rev"
carry "$work/east" "$work/central"
carry "$work/east" "$work/laptop"
for store in east central laptop; do
	grep -rlaq "$canary" "$work/$store" || git --git-dir="$work/$store/store.git" cat-file --batch-all-objects --batch |
		grep -aq "$canary" || fail "$store never had it"
done
ok belfry build --out "$work/www"
grep -rlq "$canary" "$work/www/" || fail "the site never had it"
git init -q --bare "$work/relay.git"
push() { git --git-dir="$work/$1/store.git" push -q "$work/$2.git" 'refs/belfry/hubs/*:refs/belfry/hubs/*'; }
ok push east relay

# Another hub may not, the central team may.
ok belfry erase "$name" --reason 'A court order.' --store "$work/central" --dry-run
fails 1 belfry erase "$name" --reason 'A court order.' --store "$work/central" --key "$work/central/keys/steward"
says 'one of the central team'
ok belfry erase "$name" --reason 'A court order.' --store "$work/central"
gone_from "$work/central"
ok belfry verify --store "$work/central"
# The newest tree of east still names it, and git wants what a tree names.
fails 128 git clone -q --mirror "file://$work/central/store.git" "$work/clone.git"
says 'unable to read'

carry "$work/central" "$work/east"
gone_from "$work/east"
ok belfry verify
ok belfry inbox
ok belfry attachments
says 'map.pdf'
ok belfry show ke-nairobi/news/other
fails 1 belfry review "$("$bf" inbox | awk '{ print $1; exit }')" --accept --key "$work/rev"
ok belfry build --out "$work/www"
! grep -rlq "$canary" "$work/www" "$work/www.d" || fail "the site has it"
ok belfry erase "$name" --reason 'A court order.'
stock "$work/east"
carry "$work/east" "$work/central"
stock "$work/central"

# The member's own copy goes, and is not taken again.
carry "$work/east" "$work/laptop"
gone_from "$work/laptop"
ok belfry submit --store "$work/laptop"
fails 1 belfry submit "$work/bridge/en.md" --store "$work/laptop"
says 'was erased'

# What stock git does with a history that begins later: docs/trust.md.
git init -q --bare "$work/empty.git"
fails 1 push east empty
says 'shallow update not allowed'
git --git-dir="$work/empty.git" config receive.shallowUpdate true
ok git --git-dir="$work/east/store.git" push -q "$work/empty.git" refs/belfry/hubs/east
# One that has what came before is told that it has: once, from then on any push will do.
fails 1 push east relay
says 'non-fast-forward'
ok git --shallow-file '' --git-dir="$work/east/store.git" push -q "$work/relay.git" 'refs/belfry/hubs/*:refs/belfry/hubs/*'
[ ! -e "$work/relay.git/shallow" ] || fail "the relay lost what it had"
ok git --git-dir="$work/relay.git" fsck --strict --no-dangling
record "$work/more/en.md" ke-nairobi more
sign_both "$work/more/en.md"
ok belfry publish "$work/more/en.md"
ok push east relay
git init -q --bare "$work/fetch.git"
git --git-dir="$work/fetch.git" fetch -q "$work/east/store.git" 'refs/belfry/hubs/*:refs/belfry/hubs/*' 2>/dev/null
[ -z "$(git --git-dir="$work/fetch.git" for-each-ref refs/belfry/hubs/east)" ] || fail "git fetch needs no --update-shallow"
ok git --git-dir="$work/fetch.git" fetch -q --update-shallow "$work/east/store.git" 'refs/belfry/hubs/*:refs/belfry/hubs/*'
ok belfry join "$work/edge.invitation" --store "$work/newcomer"
! "$bf" pull "git+file://$work/clone.git" --store "$work/newcomer" >"$work/.out" 2>"$work/.talk" ||
	fail "a clone alone is enough for a newcomer"
ok belfry import "$work/stick.central" --store "$work/newcomer"
gone_from "$work/newcomer"
