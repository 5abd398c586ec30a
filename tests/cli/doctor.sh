#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: whatever is broken in a store, `belfry doctor` names it with what to do, and changes nothing.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

command -v jq >/dev/null || { echo "skip: jq is not installed"; exit 77; }
cd "$work" || exit 1
at() { local store=$1; shift; BELFRY_STORE=$work/$store "$bf" "$@"; } # STORE COMMAND…
# Each file's name, mode, time and bytes: what no look may change.
state_of() { find "$1" -printf '%p %m %T@ %s %i\n' | sort; find "$1" -type f -exec sha256sum {} + | sort; }
look() { # STATUS STORE: the doctor's word, which leaves no trace
	local before
	before=$(state_of "$2")
	fails "$1" at "$2" doctor
	[ "$(state_of "$2")" = "$before" ] || fail "the doctor has changed $2"
	grep -qx "[0-9]* good, [0-9]* worth a look, [0-9]* broken" "$work/.out" || fail "no count at the end: $(out)"
}
broken() { look 1 "$1"; grep "^BROKEN" "$work/.out" | grep -q -e "$2" || fail "not called broken: $2: $(out)"; }
doubt() { look 0 "$1"; grep "^look" "$work/.out" | grep -q -e "$2" || fail "not called worth a look: $2: $(out)"; }
mended() { look 0 "$1"; ! grep -q -e "$2" "$work/.out" || fail "still said: $2: $(out)"; }
do_says() { grep -q -e "→ .*$1" "$work/.out" || fail "nothing to do says: $1: $(out)"; }

# --- no store, and a store of one hub ---
fails 1 at nowhere doctor
says 'BROKEN  store .*there is no store at'
[ ! -e nowhere ] || fail "looking made a store"
found_network
look 0 central
says '^good    store .*opens, and pins and refs agree: 1 charter version, 1 journal, 4 entries'
says '^good    charter .*without an end'
says '^good    clock'
says '^good    space'
says '^good    tools .*git version'
says '^good    tools .*OpenSSH'
says '^good    keys .*keys/central is here'
says '^look    keys .*keys/steward is on the machine that has the journal key'
do_says 'steward-key FILE'
ok belfry status
says '^steward  key and journal key are both here: whoever steals this machine can enrol people'
ok belfry doctor --json
json '.good and (.checks | length > 8) and ([.checks[].state] | inside(["good", "look"]))'
json '[.checks[] | select(.state == "look") | .do] | all(type == "string")'

# --- keys ---
chmod 644 central/keys/journal
broken central 'keys/journal is of mode 644'
do_says 'chmod 600 .*keys/journal'
fails 1 belfry doctor --json
json '.good == false and ([.checks[] | select(.state == "broken") | .check] | unique == ["keys"])'
chmod 600 central/keys/journal
chmod 755 central/keys
broken central 'keys/* is of mode 755'
chmod 700 central/keys
mended central 'of mode'
for key in journal link steward; do mv central/keys/$key $key.aside; done
broken central "keys/journal"
says 'keys/link'
do_says 'belfry key restore'
says 'steward.s key is kept elsewhere'
ok belfry status --json
json '.store.stewards == {"wanted": 1, "here": 0, "is_journal": false}'
ok belfry status
silent '^steward'
mv steward.aside central/keys/steward
cp ann central/keys/journal
chmod 600 central/keys/journal
printf '%064d\n' 7 >central/keys/link
chmod 600 central/keys/link
broken central 'keys/journal is not the journal key that charter version 1 names'
says 'BROKEN .*keys/link is not the link key'
for key in journal link; do mv -f $key.aside central/keys/$key; done
mv central/keys/steward steward.aside
cp rev central/keys/steward
doubt central 'keys/steward is none of the stewards'
mv steward.aside central/keys/steward

# --- what a killed writer left, and who may write ---
: >central/store.git/objects/pack/pack_git2_0123
doubt central '1 file of a writer that was killed is left'
rm central/store.git/objects/pack/pack_git2_0123
exec 9<>central/lock
flock 9
doubt central 'has it in hand and does not answer'
exec 9>&-
mended central 'has it in hand'
if [ "$(id -u)" -ne 0 ]; then
	chmod 500 central/store.git/refs
	broken central 'this user cannot write to .*store.git/refs'
	chmod 700 central/store.git/refs
fi

# --- the disk ---
setting() { git config --file "$1/store.git/config" "$2" "$3"; }
setting central belfry.reserve 1000000g
broken central 'the disk of .* is full'
do_says 'make room'
setting central belfry.reserve $(($(df --output=avail -B1 . | tail -1) * 3 / 4))
doubt central 'free; new entries stop when it is'
setting central belfry.reserve 0

# --- the charter: its end, and a clock before it ---
charter() { # FROM-A-DRAFT: SED of its charter
	ok belfry charter propose "${@:2}" --out draft
	jq ".charter |= ($1)" draft >edited
	ok belfry charter sign edited
	ok belfry charter apply edited
}
soon=$(date -u -d '+9 days' +%F)
charter . --expires "$soon"
doubt central "expires on $soon"
do_says 'charter propose --expires'
charter . --expires 2099-01-01
mended central 'expires on'
says '^good    charter .* days more'
cp -a central late
BELFRY_STORE=$work/late
charter 'sub("\ntime: [^\n]*"; "\ntime: \"2021-01-01T00:00:00Z\"") | sub("\nexpires: [^\n]*"; "\nexpires: \"2022-01-01T00:00:00Z\"")' \
	--expires 2031-01-01
broken late 'expired on 2022-01-01'
cp -a central before
BELFRY_STORE=$work/before
charter 'sub("\ntime: [^\n]*"; "\ntime: \"2090-01-01T00:00:00Z\"")' --name Later
broken before 'clock is behind'
do_says 'date -u'
cp -a central small
BELFRY_STORE=$work/small
journal=$(cut -d' ' -f1,2 small/keys/journal.pub)
steward=$(cut -d' ' -f1,2 small/keys/steward.pub)
charter "split(\"$steward\") | join(\"$journal\")" --name Small
look 0 small
says "^look .*the journal key of central is its steward's too"
ok at small status
says '^steward  and journal are one key: whoever steals this machine'
BELFRY_STORE=$work/central

# --- other hubs ---
ok at east request --hub east --region east-southern-africa --out east.request
doubt east 'keys for a hub that has not joined yet'
do_says 'belfry join INVITATION'
ok belfry admit east.request --out east.invitation
ok at east join east.invitation
look 0 central
says 'not dialled: east'
setting east belfry-peer.mena.address nowhere
doubt east 'nobody is dialled from here'
says 'belfry-peer.mena.address is passed over'
do_says 'belfry peer add'
ok at east peer add central 127.0.0.1:9
fails 1 at east sync central
doubt east 'central at 127.0.0.1:9: never in sync yet'
do_says 'belfry sync central'
serve "$work/central" --no-build
ok at east peer add central "$address"
ok at east sync central
look 0 east
says "^good    peers .*central: last in sync $(date -u +%Y)"
# With a daemon, which has the lock.
ok belfry doctor
says '^look .*keys/central is on a hub that others reach: 1 such signature decides'
silent 'does not answer'
jq '.central.exchanged = 1700000000 | .central.refused.signature = 3 | .central.behind = 4' east/peers/counts.json >counts
mv counts east/peers/counts.json
doubt east 'central: last in sync [0-9]* days ago, 2023-11-14.*; here 4 entries behind'
do_says 'belfry export FILE there'
doubt east 'refused of central: 3 signature'
tar -cf east.tar east
mv east east.gone
tar -xf east.tar
doubt east 'restored or copied: hub east signs nothing'
do_says 'belfry sync'

# --- what the charter does to a hub ---
ok belfry charter propose --close east --base east=1 --out draft
ok belfry charter sign draft
ok belfry charter apply draft
ok at east sync central
broken east 'hub east is closed since charter version'

# --- damage ---
cp -a central hurt
rm -rf hurt/control
pack=$(ls -S hurt/store.git/objects/pack/*.pack | head -n 1)
chmod u+w "$pack"
size=$(stat -c %s "$pack")
head -c $((size / 2)) /dev/zero | dd of="$pack" bs=1 seek=$((size / 4)) conv=notrunc 2>dd.said
broken hurt 'store'
cp -a central older
rm -f older/control
echo '[belfry' >>older/store.git/config # a hub does not go on as an edge
broken older 'the settings of .*older: .*config:[0-9]'
do_says 'put that file right'
fails 1 at older status
: >older/store.git/config
broken older 'older/store.git/config, .* is missing or not whole: put it back from a copy'
rm older/store.git/config
broken older 'older/store.git/config, .* is missing or not whole: put it back from a copy'
fails 1 at older list
says 'older/store.git/config, .* is missing'
rm -rf older
cp -a central older
rm -rf older/control older/store.git
cp -a small/store.git older/store.git
broken older 'store.git does not have'
do_says 'a fresh folder'
