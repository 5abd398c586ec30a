#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: whoever passes news on keeps one hub's journal back. Nobody offers its entries, and every exchange ends
# in sync; what another hub has signed about that journal says how far it goes, and by whose word.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

command -v jq >/dev/null || { echo "skip: jq is not installed"; exit 77; }
cd "$work" || exit 1
found_network
hub() { local at=$1; shift; BELFRY_STORE=$work/$at "$bf" "$@"; } # STORE COMMAND…
east() { hub east "$@"; }
ok east request --hub east --region east-southern-africa --out request
ok belfry admit request --out invitation
ok east join invitation
ok east member add ann --name Ann --role author --key ann.pub # entry 2
ok belfry admit --edge --out for-edges
for name in edge relay; do ok hub $name join for-edges; done
pass() { # FROM TO
	rm -f stick
	ok hub "$1" export stick
	ok hub "$2" import stick
}
pass east central
pass east relay
held() { ok hub "$1" log east --json; json ".[0].seq == $2"; } # STORE N
held relay 2

# --- a git host has central's news, and of east what it had last week ---
ok git init -q --bare host.git
ok git_store push -q "$work/host.git" 'refs/belfry/charter:refs/belfry/charter' 'refs/belfry/hubs/east:refs/belfry/hubs/east'
for city in ke-nairobi ke-kisumu; do ok east city add $city; done # entries 3 and 4
pass east central
ok belfry city add fr-paris --region global # central signs that it has seen them
seen=$(git_store log -1 --format=%B refs/belfry/hubs/central)
case $seen in *'Head: east 4 '*) ;; *) fail "central's entry names nothing: $seen" ;; esac
ok git_store push -q "$work/host.git" 'refs/belfry/hubs/central:refs/belfry/hubs/central'
ok hub relay pull "git+file://$work/host.git"
held relay 2

# --- the edge, by a link to that relay: it ends in sync, and knows better ---
"$bf" serve --store "$work/relay" --listen 127.0.0.1:0 --no-lan --no-build >relay.log 2>&1 &
pids=($!)
for _ in {1..1200}; do [ -s relay/listening ] && [ -S relay/control ] && break; sleep 0.05; done
ok hub edge peer add relay "$(head -n 1 relay/listening)"
ok hub edge sync
held edge 2
n=$(git_store log -1 --format=%B refs/belfry/hubs/central | sed -n 's/^Seq: //p')
for name in edge relay; do # the second by its daemon
	ok hub $name status
	says "^MISSING  hub east: 2 entries are here; by entry $n of central (20.*Z) 4 exist\$"
	says '^east  *east-southern-africa  *2  *4  *2 '
	ok hub $name status --json
	json '.store.hubs[] | select(.hub == "east") | .entries == 2 and .known == 4'
	json ".store.hubs[] | select(.hub == \"east\") | .vouched[0] | .seq == 4 and .by == \"central\" and .entry == $n and (.is_other | not)"
	json '.store.hubs[] | select(.hub == "central") | .known == .entries and .vouched == []'
done
ok hub edge doctor
says '^look    missing .*hub east: 2 entries are here; by entry'
says 'keeps them back'
ok hub edge verify # nothing that is here is wrong for it

# --- somebody else brings them ---
pass central edge
held edge 4
ok hub edge status
silent MISSING
says '^east  *east-southern-africa  *4  *4 '
ok hub edge doctor
silent 'missing'
