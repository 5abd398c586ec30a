#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a mistyped language, place or city is refused where it is typed, and what is near is named;
# a city that was added by mistake goes again.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

cd "$work" || exit 1
# Nothing is here to judge by: only the form.
fails 2 belfry new news a.md --lang french
says 'new: --lang french: a language is two lower-case letters, such as fr'
ok belfry new news a.md --place nairobi
says 'Whether there is a place nairobi cannot be told here'

found_network
ok belfry city add ke-nairobi
fails 2 belfry new news b.md --lang french
says 'such as fr; the network has no language .french.; it has .*en'
fails 1 belfry new news b.md --place nairobi
says 'there is no place nairobi: .*; near it: ke-nairobi$'
fails 1 belfry new news b.md --place ke-nairoby
says 'near it: ke-nairobi$'
fails 1 belfry new news at/ke-nowhere/news/b/en.md
says 'there is no place ke-nowhere: .*on a hub.s roster$'
[ ! -e b.md ] || fail "it was begun all the same"
ok belfry new news b.md --place ke-nairobi --lang sw
says 'The site will not be in that language'
ok belfry new news c.md --place global --lang fr
silent 'The site will not'

# A city of nobody is a new one, unless it is almost another's.
person emi
fails 1 belfry member add emi --name Emi --role author --place nairobi --key emi.pub
says 'neither a region of the charter nor a city like ke-mombasa; near it: ke-nairobi'
fails 1 belfry member add emi --name Emi --role author --place ke-mombassa --key emi.pub
says 'no roster has the city ke-mombassa; near it: ke-mombasa. If it is another one: belfry city add ke-mombassa'
fails 1 belfry member add emi --name Emi --role translator --place ke-mombassa --key emi.pub
ok belfry city list
silent mombassa
ok belfry member add emi --name Emi --role author --place ke-lamu --place ke-ward-1 --key emi.pub
says '^City ke-lamu joins the roster'
ok belfry member add emi --name Emi --role author --place ke-ward-2 --key emi.pub

# Taken away again, unless somebody or something is of it.
fails 2 belfry city remove
fails 1 belfry city remove ke-nosuch
says 'there is no city ke-nosuch on the roster'
fails 1 belfry city remove ke-ward-2
says 'it is a place of member emi'
ok belfry city remove ke-ward-1
says '^Roster version [0-9]* of central is signed and published'
ok belfry city list
silent ke-ward-1
record one/en.md ke-mombasa bridge
sign_both one/en.md
ok belfry publish one/en.md
fails 1 belfry city remove ke-mombasa
says 'records were published for it, such as records/ke-mombasa/news/bridge/en.md'
ok belfry verify

# A hub is no peer of its own.
fails 2 belfry peer add central 192.0.2.1:4710
says 'central is this hub itself'
serve "$work/central" --no-build
for self in "$address" "localhost:${address##*:}"; do
	fails 2 belfry peer add friend "$self"
	says "is this store's own address: give the one at which friend listens"
done
ok belfry peer add friend "127.0.0.1:9"
ok belfry peer add other "192.0.2.1:${address##*:}"
kill "$served"
wait "$served"
serve "$work/central" --no-build --listen 0.0.0.0:0
fails 2 belfry peer add friend "127.0.0.1:${address##*:}"
says 'own address'
ok belfry charter propose --address central=hub.example.org:4710 --out draft.json
ok belfry charter sign draft.json
ok belfry charter apply draft.json
fails 2 belfry peer add friend hub.example.org:4710
says 'hub.example.org:4710 is this store.s own address'

# What answers is told from what does not: a site's port, and a program that says nothing.
kill "$served"
wait "$served"
serve "$work/central" --no-build --http 127.0.0.1:0
site=${http#*//}
ok belfry join "$address" --network "$network" --store "$work/laptop"
ok belfry peer add home "${site%/}" --store "$work/laptop"
fails 1 belfry sync --timeout 2 --store "$work/laptop"
says "home (${site%/}): something takes the connection there, and has said nothing that Belfry would"
ok belfry peer add home "$address" --store "$work/laptop"
kill -STOP "$served"
fails 1 belfry sync --timeout 1 --store "$work/laptop"
says "nothing has moved for 1 seconds; home ($address): something takes the connection there, and has said nothing that Belfry would"
kill -CONT "$served"
