#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: an author who joined by another hub's address hands in at the hub that enrolled them.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

found_network
person amina
person joe
east() { "$bf" "$@" --store "$work/east"; }
laptop() { "$bf" "$@" --store "$work/laptop"; }
home_is() { [ "$(git --git-dir="$work/laptop/store.git" config belfry.home)" = "$1" ] || fail "home is not $1"; }
ok east request --hub east --region east-southern-africa --out "$work/asks"
ok east status
says '^here     a hub that has asked and not joined: belfry join'
ok east status --json
json '.store.has_asked'
ok belfry admit "$work/asks" --out "$work/may"
ok east join "$work/may"
serve "$work/central"
central=$address
ok east peer add central "$central"
serve "$work/east"
east_at=$address
ok east sync

# She dials the one whose address she was given; nobody has told her of a home hub.
ok laptop join "$central" --network "$network"
ok laptop status
says '^here     an edge, without a home hub yet'
ok laptop sync
home_is central

ok east member add amina --name Amina --role author --place ke-lamu --key "$work/amina.pub"
ok east member add joe --name Joe --role reviewer --key "$work/joe.pub"
ok east sync
ok laptop sync
record "$work/rec/en.md" ke-lamu well
ok laptop sign "$work/rec/en.md" --key "$work/amina"
ok laptop submit "$work/rec/en.md" --key "$work/amina"
says 'The home hub is east from now on, whose roster names who signed; it was central'
home_is east
ok laptop status
says 'an edge, home hub east'

# It has to be dialled, and sync says so.
began=$SECONDS
fails 1 laptop sync
[ $((SECONDS - began)) -lt 30 ] || fail "it waits for what nobody dials"
says '1 submission waits for the home hub, east, and there is no link to it: belfry peer add east HOST:PORT'
ok laptop peer add east "$east_at"
ok laptop sync
ok laptop submit
says 'received *well opened'
id=$(east inbox --json | sed -n 's/.*"id": "\([0-9a-f]*\)".*/\1/p')
ok east review "$id" --accept --key "$work/joe"
ok laptop sync
ok laptop submit
says 'published *well opened'

# Who is on the rosters of both stays with the one that is home.
ok belfry member add amina-e --name Amina --role author --key "$work/amina.pub"
ok laptop sync
record "$work/rec/fr.md" ke-lamu well
ok laptop sign "$work/rec/fr.md" --key "$work/amina"
ok laptop submit "$work/rec/fr.md"
silent 'from now on'
home_is east
