#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a hub signs two stories. Everybody who meets somebody with the other one has the proof, and whoever meets
# them; the hub's records are marked, nobody else's are touched; a charter says which story counts, and the
# mark is gone everywhere.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

cd "$work" || exit 1
found_network
hub() { local at=$1; shift; BELFRY_STORE=$work/$at "$bf" "$@"; } # STORE COMMAND…
write() { # STORE PLACE ID
	record "rec/$3/en.md" "$2" "$3"
	ok hub "$1" sign "rec/$3/en.md" --key ann
	ok hub "$1" sign "rec/$3/en.md" --key rev --review
	ok hub "$1" publish "rec/$3/en.md"
}
evidence() { git --git-dir="$1/store.git" for-each-ref --format='%(refname)' refs/belfry/evidence; }

for name in east west south; do
	case $name in east) region=east-southern-africa ;; west) region=west-africa-sahel ;; *) region=mena ;; esac
	ok hub $name request --hub $name --region $region --out $name.request
	ok belfry admit $name.request --out $name.invitation
	ok hub $name join $name.invitation
done
serve "$work/central" --no-build
central=$address
for name in east west south; do ok hub $name peer add central "$central"; done
ok hub east member add ann --name Ann --role author --key ann.pub
ok hub east member add rev --name Rev --role reviewer --key rev.pub
write east east-southern-africa common # entry 4
ok hub east sync
ok hub west sync

# --- two stories: central has the one, west the other ---
cp -a east twin
write east east-southern-africa true-1
write east east-southern-africa true-2
ok hub east sync
ok hub twin city add ke-nairobi --alone
ok belfry admit --edge --out edge
ok hub late join edge # it hears the beginning of the wrong one, and nothing else
ok hub twin export part
ok hub late import part
write twin east-southern-africa lie-1
ok hub west peer remove central # they do not meet yet
serve "$work/west" --no-build
ok hub twin peer remove central
ok hub twin peer add west "$address"
ok hub twin sync
kill "$served"
wait "$served"
unset 'pids[-1]'
ok hub west peer add central "$central"
[ -z "$(evidence central)$(evidence west)" ] || fail "there is evidence before anybody could have it"
ok belfry status
silent DISPUTE

# --- they meet: both have the proof ---
ok hub west sync
for name in west central; do
	ok hub $name status
	says '^DISPUTE  hub east has signed two entries'
	[ "$(evidence $name | grep -c '^refs/belfry/evidence/east/')" = 2 ] || fail "$name has no two commits: $(evidence $name)"
	sound "$work/$name"
done
# With git alone: these are two commits with good signatures by the key of one hub.
for ref in $(evidence central); do
	id=$(git_store cat-file blob "$ref" | git --git-dir="$work/central/store.git" hash-object -t commit --stdin)
	[ "$id" = "${ref##*/}" ] || fail "$ref is not that commit"
	git_store cat-file blob "$ref" | grep -q '^Hub: east$' || fail "$ref is not of east"
done
ok git clone -q --mirror "$work/central/store.git" mirror
ok git --git-dir=mirror fsck --strict --no-dangling

# Everybody else is untouched, also between these two.
ok belfry city add eg-cairo
ok hub west sync
ok hub west log central --json
head=$(git --git-dir=central/store.git rev-parse refs/belfry/hubs/central)
json ".[0].commit == \"$head\""
ok hub west show east-southern-africa/news/common
says 'DISPUTED: hub east'
ok hub west list
says 'common/en  (hub in dispute) common opened'
ok hub west list --json
json 'all(.[]; .disputed == (.hub == "east"))'
ok hub west build --out site
grep -q 'In dispute' site/en/news/east-southern-africa.common.html || fail "the page does not say so"

# --- it is passed on: to a hub that was not there, to east itself, and to a laptop ---
ok hub south sync
[ -n "$(evidence south)" ] || fail "south was not told"
ok hub east sync
ok hub east status
says '^DISPUTE  hub east'
ok hub laptop join edge
ok hub laptop peer add central "$central"
ok hub laptop sync
ok hub laptop status
says '^DISPUTE  hub east'

# --- the central team decides: the story that central has ---
ok belfry charter propose --base east=6 --out draft
ok belfry charter sign draft
ok belfry charter apply draft
ok belfry status
silent DISPUTE
for name in east west south; do
	ok hub $name sync
	ok hub $name status
	silent DISPUTE
	ok hub $name log east --json
	json '.[0].seq == 6'
	ok hub $name list
	says 'news/true-2'
	silent 'in dispute'
	silent 'lie-1'
done
# What ends before the entry that the charter names cannot tell by itself that it does not lead there.
ok hub late peer add central "$central"
ok hub late sync
ok hub late status
says '^MISSING  hub east: 5 entries are here'
fails 1 hub late sync --anew west
says 'the journal of west stays'
ok hub late sync --anew east
ok hub late log east --json
json '.[0].seq == 6'
ok hub late list
says 'news/true-2'
[ -n "$(git --git-dir=late/store.git for-each-ref refs/belfry/cut/east/5-*)" ] || fail "what it had is gone"
fails 1 hub late sync --anew east
says 'the journal of east stays'
write east east-southern-africa onward
ok hub east sync
ok belfry list
says 'news/onward'
ok belfry verify
ok hub west build --out site
grep -q 'In dispute' site/en/news/east-southern-africa.common.html && fail "the page is still marked"
sound "$work/west"
