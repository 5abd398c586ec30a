#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a copy of a hub's folder comes back that is older than what the hub has published since. It signs
# nothing before another hub has told it how far its journal goes; then it goes on from there. Who signs all
# the same, alone, makes a second story, which everybody sees.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

cd "$work" || exit 1
found_network
hub() { local at=$1; shift; BELFRY_STORE=$work/$at "$bf" "$@"; } # STORE COMMAND…
write() { # STORE ID [OPTION]: a record of east's people
	record "rec/$2/en.md" east-southern-africa "$2"
	ok hub "$1" sign "rec/$2/en.md" --key ann
	ok hub "$1" sign "rec/$2/en.md" --key rev --review
	fails "${4:-0}" hub "$1" publish "rec/$2/en.md" ${3:+"$3"}
}

# A hub of one has nobody to ask, so nobody hinders it, whatever was copied.
tar -cf alone.tar central
ok belfry city add ke-lamu
rm -rf central
tar -xf alone.tar
ok belfry city add ke-kisumu
ok belfry status
silent RESTORED

for name in east west; do
	ok hub $name request --hub $name --region "$([ $name = east ] && echo east-southern-africa || echo west-africa-sahel)" --out $name.request
	ok belfry admit $name.request --out $name.invitation
	ok hub $name join $name.invitation
done
ok hub east member add ann --name Ann --role author --key ann.pub
ok hub east member add rev --name Rev --role reviewer --key rev.pub
write east one # entry 4
serve "$work/central" --no-build
ok hub east peer add central "$address"
ok hub east sync
incarnation=$(grep -a incarnation east/pins)

# --- the backup; three entries more; the disk dies ---
tar -cf east.tar east
write east two
write east three
write east four
ok hub east sync
last=$(git --git-dir=east/store.git rev-parse refs/heads/main)
mv east east.gone
tar -xf east.tar

# Nothing that signs goes on.
ok hub east status
says 'RESTORED or copied'
write east five "" 1
says 'must hear from another hub how far its journal goes'
fails 1 hub east city add ke-nairobi
says 'must hear from another hub'
ok hub east status # said again, also once the store was opened for writing
says 'RESTORED or copied'
grep -a incarnation east/pins | grep -qxF "$incarnation" && fail "peers would take it for the one of before"

# It hears from a hub, has its own entries back, and goes on with the next number.
ok hub east sync
[ "$(git --git-dir=east/store.git rev-parse refs/heads/main)" = "$last" ] || fail "its own entries are not back"
ok hub east status
silent RESTORED
write east five
ok hub east log east --json
json '.[0].seq == 8'
ok hub east sync
ok belfry list
says 'news/four'
says 'news/five'
grep -q 'differs from ours' central.log && fail "there is a dispute: $(cat central.log)"

# --- a copy beside the original is no better ---
cp -a east twin
fails 1 hub twin city add ke-nairobi
says 'must hear from another hub'
# Moved on the same disk it is the same store.
mv east moved
write moved six
mv moved east
# A file written anew is known again.
ok hub east status
silent RESTORED

# --- alone: it signs, and that stays said; what others have under that number is another entry ---
mv east east.true
tar -xf east.tar
write east lone "" 1
write east lone --alone
ok hub east log east --json
json '.[0].seq == 5'
write east loner # nothing is left to ask for
ok hub east sync
ok belfry status
says '^DISPUTE  hub east'
ok hub east status
says '^DISPUTE  hub east'
ok belfry list
silent 'news/lone'
says 'news/five'
