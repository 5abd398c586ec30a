#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a hub's server is stolen, with every key on it. The charter cuts its journal at the last good entry;
# what the thief writes counts nowhere, whoever has it and whatever comes first; the hub goes on with new
# keys, and what was good among what was cut is published again as it was signed. Later it is closed.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

command -v jq >/dev/null || { echo "skip: jq is not installed"; exit 77; }
cd "$work" || exit 1
found_network
hub() { local at=$1; shift; BELFRY_STORE=$work/$at "$bf" "$@"; } # STORE COMMAND…
for name in east west; do
	region=east-southern-africa
	[ $name = east ] || region=west-africa-sahel
	ok hub $name request --hub $name --region $region --out $name.request
	ok belfry admit $name.request --out $name.invitation
	ok hub $name join $name.invitation
done
pass() { # FROM TO: all that one has, by a stick
	rm -f stick
	ok hub "$1" export stick
	hub "$2" import stick >.out 2>.talk || true # what is refused of it is the point below
}
write() { # STORE ID: a record of east's people
	record "rec/$2/en.md" ke-lamu "$2"
	ok hub "$1" sign "rec/$2/en.md" --key emi
	ok hub "$1" sign "rec/$2/en.md" --key eli --review
	ok hub "$1" publish "rec/$2/en.md"
}
person emi
person eli
ok hub east member add emi --name Emi --role author --place ke-lamu --key emi.pub
ok hub east member add eli --name Eli --role reviewer --key eli.pub
write east bridge # entry 4: the last that is known to be good
pass east central
pass east west

# --- the theft: the thief has the whole store, and with the steward's key makes people of their own ---
cp -r east thief
write east school # entry 5 of the true hub, unknown to the others yet
person mallory
fails 1 hub thief city add ke-nairobi # a copy: it asks for what a thief does not care about
says "must hear from another hub"
ok hub thief member add mallory --name Mallory --role author,reviewer --place ke-lamu --key mallory.pub --alone
person mallet
ok hub thief member add mallet --name Mallet --role reviewer --key mallet.pub
record rec/lies/en.md ke-lamu lies
ok hub thief sign rec/lies/en.md --key mallory
ok hub thief sign rec/lies/en.md --key mallet --review
ok hub thief publish rec/lies/en.md
pass thief west
ok hub west list
says 'ke-lamu/news/lies' # that is what a steward's key on the server costs
pass east central # central has the other branch

# --- central cuts, and gives the hub the keys of a new machine ---
ok hub anew request --hub east --region east-southern-africa --out anew.request
fails 1 belfry admit anew.request
says 'in the charter already, with another journal key'
fails 2 belfry charter propose --rekey anew.request --base east=99
says 'the newest of east here is 5'
thief_key=$(ssh-keygen -lf thief/keys/steward.pub | cut -d ' ' -f 2)
ok belfry charter propose --rekey anew.request --base east=4 --deny "$thief_key=server stolen" --out cut
says 'The journal of east goes on after entry 4; the newest here is 5'
ok belfry charter show cut
says '^hubs, east:$'
says '^+     base:'
says "^+   - id: \"$thief_key\""
ok belfry charter sign cut
ok belfry charter apply cut
ok belfry log east --json
json '.[0].seq == 4'
ok belfry verify

# --- every order of arrival comes to the same ---
serve() { # STORE: its daemon runs, at $address
	rm -f "$1/listening"
	"$bf" serve --store "$work/$1" --listen 127.0.0.1:0 --no-lan --no-build >"$1.log" 2>&1 &
	pids=($!)
	for _ in $(seq 200); do [ -s "$1/listening" ] && break; sleep 0.05; done
	address=$(head -n 1 "$1/listening")
}
stop() {
	kill "${pids[0]}"
	wait "${pids[0]}"
	pids=()
}
lies() { # STORE: is what the thief wrote nowhere to be seen?
	ok hub "$1" list
	silent lies
	says 'ke-lamu/news/bridge'
	ok hub "$1" list --held
	silent lies
	ok hub "$1" log east --json
	json '.[0].seq == 4'
	ok hub "$1" verify
}
pass central west # entries first, then the charter
says 'charter\|1'
lies west
ok git --git-dir=west/store.git for-each-ref 'refs/belfry/cut/east/7-*'
[ -n "$(out)" ] || fail "the proof of what the thief did is gone"
# One who knows the thief's story and nothing else meets one who has cut it: no peer is blamed, and both agree.
ok hub slow join west.invitation
pass thief slow
ok hub slow log east --json
json '.[0].seq == 7'
serve west
ok hub slow peer add west "$address"
ok hub slow sync
for _ in {1..1200}; do # once its link has ended, west has said all that it thinks of it
	ok hub west status --json
	[ "$(jq '(.peers | length > 0) and all(.peers[]; .state != "connected")' .out)" = true ] && break
	sleep 0.05
done
# What came before the charter had got there may count as another branch, which is nobody's fault; or it never came.
json '(.peers | length > 0) and all(.peers[]; (.is_fault | not) and (.refused | del(.fork)) == {})'
stop
lies slow
ok belfry admit --edge --out edge.invitation # charter first, then entries
ok hub late join edge.invitation
pass thief late
says 'charter version 4 has cut the journal of east after entry 4'
lies late
pass west late
lies late
ok hub thief city add ke-nairobi # the thief goes on, under the charter that still names the old key
pass thief west
says 'it names version 2'
lies west
sound "$work/west"

pass central thief # and under the new one
fails 1 hub thief city add ke-nairobi
says 'no steward of hub east'
fails 1 hub thief publish rec/school/en.md
lies thief

# --- the new machine ---
ok belfry admit anew.request --out anew.invitation
ok hub anew join anew.invitation
says 'goes on after entry 4: belfry sync'
fails 1 hub anew member renew
says 'belfry sync fetches it'
pass central anew
fails 1 hub anew publish rec/school/en.md # the roster is signed by a steward of before
ok hub anew member renew
# What east had published after the cut is still signed by its people: central holds it.
ref=$(git_store for-each-ref --format='%(refname)' 'refs/belfry/cut/east/5-*')
git_store archive "$ref" records/ke-lamu/news/school | tar -x
ok hub anew publish records/ke-lamu/news/school/en.md
fails 1 hub anew publish rec/lies/en.md
says 'is not on the roster'
ok hub anew list
says 'ke-lamu/news/school'
ok hub anew member list
silent mallory

# Over a link.
serve anew
for name in west central; do
	ok hub $name peer add east "$address"
	ok hub $name sync
	ok hub $name list
	says 'ke-lamu/news/school'
	silent lies
	ok hub $name log east --json
	json '.[0].seq == 6'
done
stop

# --- a hub is closed: its pages stay, marked; its country and region are free again ---
fails 1 belfry charter propose --close nobody
ok belfry charter propose --close east --out closing
ok belfry charter sign closing
ok belfry charter apply closing
pass central anew
fails 1 hub anew city add ke-nairobi
says 'hub east is closed since charter version 5'
ok belfry show ke-lamu/news/school
says 'ARCHIVED: hub east is closed'
ok belfry status
says '^east .*CLOSED'
ok belfry verify
sound "$work/central"
