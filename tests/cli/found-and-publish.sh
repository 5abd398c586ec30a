#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: from an empty folder to a record that anybody can read and check, and what each step says.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

ok belfry init --name "Cities Commons" --hub central --region global
says '^[0-9a-f]\{64\}$'
says 'keep a copy of keys/central'
network=$(out)
[ "$(stat -c %a "$work/central/keys")" = 700 ] || fail "keys/ is open to others"
for key in central journal steward link; do
	[ "$(stat -c %a "$work/central/keys/$key")" = 600 ] || fail "keys/$key is open to others"
done
fails 1 belfry init --name "Again" --hub central --region global
says 'already'

ok belfry charter log
says '^ *1 .* 1 hub, 1 of 1 central key '
ok belfry charter show --json
json ".network == \"$network\" and .version == 1"
fails 2 belfry charter show --version one
says '--version one: give a number'
"$bf" charter show 2>"$work/.talk" | head -n 1 >"$work/.out" # who has read enough is told nothing
[ ! -s "$work/.talk" ] || fail "it says: $(cat "$work/.talk")"
ok belfry list
[ -z "$(out)" ] || fail "an empty network lists something"

person ann
person rev
ok belfry member add ann --name "Ann Author" --role author --place ke-mombasa --key "$work/ann.pub"
says 'Roster version 2'
ok belfry member add rev --name "Rev Viewer" --role reviewer --key "$work/rev.pub"
fails 1 belfry member add rev --name "Again" --role author --key "$work/ann.pub"
says 'on the roster already'
fails 1 belfry member add eve --name "Eve" --role author --key "$work/ann.pub"
says 'same key as ann'
fails 1 belfry member add eve --name "Eve" --role emperor --key "$work/rev.pub"
fails 1 belfry member add eve --name "Eve" --role author --key "$work/ann"
says 'ann: this is a private key.* give its public half, .*/ann.pub'
ok belfry member list
says 'ann .*author'
ok belfry member list --json
json 'length == 2 and .[0].id == "ann"'
ok belfry city list
says 'ke-mombasa'
fails 1 belfry city add mombasa --name en=Mombasa
says "mombasa is not a city's id"
fails 1 belfry city add ke-kisumu --region atlantis
says 'ke-kisumu: the charter has no region atlantis'
printf 'ke-kisumu\teast-southern-africa\ten=Kisumu\nke-lamu\tatlantis\ten=Lamu\n' >"$work/cities"
fails 1 belfry city add --from "$work/cities"
says '/cities:2: ke-lamu: the charter has no region atlantis'
ok belfry city list
silent 'kisumu'
ok belfry city add ke-mombasa
says 'says so already'
ok belfry city add ke-mombasa --name fr=Mombassa --name xx=Mvita
ok belfry city add ke-mombasa --name ar=ممباسا --name xx=
ok belfry city list
says '^ke-mombasa .* ar=ممباسا en=Mombasa fr=Mombassa$'

file=$work/rec/ke-mombasa/city-profile/mombasa/en.md
mkdir -p "$(dirname "$file")"
cp content/demo/ke-mombasa/city-profile/mombasa/en.md "$file"
fails 1 belfry publish "$file"
says "no author's signature"
ok belfry sign "$file" --key "$work/ann"
fails 1 belfry publish "$file"
says 'no reviewer has signed it'
ok belfry sign "$file" --key "$work/rev" --review --json
json ".written == [\"$file.rev\"] and (.key | startswith(\"SHA256:\"))"
ok belfry publish "$file"
says 'central [0-9]*: 1 record published'
fails 1 belfry publish "$file"
says 'published already'

ok belfry list
says '^ke-mombasa/city-profile/mombasa/en  Mombasa$'
for filter in '--type city-profile' '--place ke-mombasa' '--lang en' '--theme gender' '--search port'; do
	# shellcheck disable=SC2086
	ok belfry list $filter
	says 'ke-mombasa/city-profile/mombasa/en'
done
for filter in '--type news' '--place sn-dakar' '--lang fr' '--theme youth' '--search zeppelin' '--held'; do
	# shellcheck disable=SC2086
	ok belfry list $filter
	[ -z "$(out)" ] || fail "$filter lists something"
done
# A word that the network has not is answered with those that it has.
while read -r option there; do
	ok belfry list "--$option" nosuch
	[ -z "$(out)" ] || fail "--$option nosuch lists something"
	says "^belfry list: the network has no [a-z ]* 'nosuch'; it has .*$there"
done <<'LINES'
type city-profile
region mena
place global, ke-mombasa
theme gender
lang en, fr
LINES
ok belfry list --json --type nosuch
[ "$(out)" = '[]' ] || fail "an empty list is not []"
ok belfry list --json
json 'length == 1 and .[0].state == "published" and .[0].author == "ann" and .[0].reviewer == "rev"'
ok belfry show ke-mombasa/city-profile/mombasa
says 'author    Ann Author (ann) SHA256:'
says 'reviewer  Rev Viewer (rev) SHA256:'
says 'Second city of Kenya'
# What it says to check works as it stands, in a folder with files of these names and a store's path with blanks.
mkdir "$work/my records"
cp -r "$BELFRY_STORE" "$work/my records/store"
echo 'my own' >"$work/my records/en.md"
ok belfry show ke-mombasa/city-profile/mombasa --store "$work/my records/store"
out | sed -n '/^  check it/,/^$/s/^  \(check it\|        \)  //p' >"$work/steps"
(cd "$work/my records" && PATH=${bf%/*}:$PATH && bash -e "$work/steps") >"$work/.out" 2>&1 || fail "$(cat "$work/steps" "$work/.out")"
says 'Good "belfry-record@.*" signature for ann@central'
[ "$(cat "$work/my records/en.md")" = 'my own' ] || fail "it wrote over a file"
ok belfry show ke-mombasa/city-profile/mombasa/en --json
json ".[0].network == \"$network\" and .[0].seq == 6"
fails 1 belfry show ke-mombasa/city-profile/nairobi
says 'no record'
ok belfry log
says '+ records/ke-mombasa/city-profile/mombasa/en.md'
ok belfry log central --json
json 'length == 6 and .[0].seq == 6 and .[5].seq == 1'
fails 1 belfry log nobody
ok belfry verify
says 'all good'
ok belfry verify --json
json '.good and .entries == 6 and .records == 1 and .held == 0'
ok belfry verify ke-mombasa/city-profile/mombasa
fails 1 belfry verify ke-mombasa/city-profile/nairobi

# Who retires publishes no more; what was published stays.
ok belfry member retire ann
ok belfry member retire ann
says 'says so already'
record "$work/rec/two/en.md" ke-mombasa bridge
sign_both "$work/rec/two/en.md"
fails 1 belfry publish "$work/rec/two/en.md"
says 'ann is no longer an active member'
ok belfry list
says 'mombasa'

# They may come back, in another role too; who was revoked may not.
ok belfry member add ann --name "Ann Author" --role author,reviewer --place ke-mombasa --key "$work/ann.pub"
ok belfry member list --json
json '.[0].state == "active" and .[0].roles == ["author", "reviewer"] and length == 2'
ok belfry publish "$work/rec/two/en.md"
fails 1 belfry member add ann --name "Ann Author" --role author --key "$work/rev.pub"
says 'ann is on the roster already, with another key'
ok belfry member revoke ann
fails 1 belfry member retire ann
says 'cannot be less'
fails 1 belfry member add ann --name "Ann Author" --role author --key "$work/ann.pub"
says 'was revoked: they need a new key'

# No file takes the name of a device or folder, and nobody can dial port 0.
fails 1 belfry export "$work"
says 'is a folder; name a file'
mkfifo "$work/pipe"
fails 1 belfry export "$work/pipe"
fails 1 belfry charter propose --name Other --out "$work/pipe"
says 'pipe is no plain file'
[ -p "$work/pipe" ] || fail "a file took the name of the pipe"
fails 1 belfry charter propose --address central=127.0.0.1:0
says 'the port to dial is 1 to 65535'
fails 1 belfry request --hub west --region west-africa-sahel --address west.example --store "$work/west"
says "'west.example' is no address"
[ ! -e "$work/west" ] || fail "a refused request left a store"
sound "$work/central"
