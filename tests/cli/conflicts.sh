#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: two hubs revise one record while apart; both keep both, show the same one and say so, until a
# revision follows both. A third hub's translator puts it into French, and the place's own goes before.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

cd "$work" || exit 1
east() { BELFRY_STORE=$work/east "$bf" "$@"; }
west() { BELFRY_STORE=$work/west "$bf" "$@"; }
hub() { # NAME REGION
	BELFRY_STORE=$work/$1 ok belfry request --hub "$1" --region "$2" --out "$1.request"
	ok belfry admit "$1.request" --out "$1.invitation"
	ok "$1" join "$1.invitation"
	ok "$1" member add rev --name "Rev Viewer" --role reviewer --key rev.pub
}
meet() { # STORE STORE: both have all that either had
	ok belfry export "there" --store "$1"
	ok belfry import "there" --store "$2"
	ok belfry export "back" --store "$2"
	ok belfry import "back" --store "$1"
	rm -f there back
}
hash_of() { sha256sum "$1" | cut -c1-64; }
revision() { # FILE NUMBER PREVIOUS-FILE TITLE
	record "$1" ke-mombasa bridge "revision: $2
previous: [sha256:$(hash_of "$3")]
"
	sed -i "s/^title: .*/title: $4/" "$1"
	ok belfry fmt "$1"
	sign_both "$1"
}
name=ke-mombasa/news/bridge

found_network
hub east east-southern-africa
hub west west-africa-sahel
ok east member add ann --name "Ann Author" --role author --key ann.pub
fails 1 east city add lb-saida --region mena
says 'place lb-saida lies in region mena, hub east publishes for east-southern-africa'
meet central east
ok east city add ke-mombasa --name en=Mombasa
says '^City ke-mombasa is on the roster of hub central, too'
record one/en.md ke-mombasa bridge
sign_both one/en.md
ok belfry publish one/en.md
for at in east west; do meet central $at; done

# Apart.
revision a/en.md 2 one/en.md "Central goes on"
revision b/en.md 2 one/en.md "East goes on"
ok belfry publish a/en.md
ok east publish b/en.md
ok belfry list --conflicts
[ ! -s .out ] || fail "a conflict before they met: $(out)"
meet central east
meet east west
for at in central east west; do
	export BELFRY_STORE=$work/$at
	ok belfry list
	says "^$name/en  (conflict) Central goes on$"
	silent 'East goes on'
	ok belfry list --conflicts
	says "^$name/en  (conflict) Central goes on$"
	says "shown: revision 2 of hub central (entry [0-9]*), by ann, sha256:$(hash_of a/en.md)"
	says "other: revision 2 of hub east (entry [0-9]*), by ann, sha256:$(hash_of b/en.md)"
	ok belfry list --conflicts --lang fr
	[ ! -s .out ] || fail "--lang is passed over: $(out)"
	ok belfry list --conflicts --json
	json 'map(.hub) == ["central", "east"] and map(.state) == ["published", "held"] and all(.contested)'
	ok belfry show "$name"
	says 'CONFLICT: hub east has published revision 2, made apart'
	says '^title: East goes on$'
	ok belfry show "$name" --json
	json 'length == 2 and all(.contested)'
	ok belfry verify
done
fails 2 belfry list --held --conflicts

# The pages say so, and lead to the other text, whose signatures verify.
export BELFRY_STORE=$work/central
ok belfry build --out site
page=site/en/news/ke-mombasa.bridge.html
grep -q 'Central goes on' $page && grep -q 'href="../../records/ke-mombasa/news/bridge/en.east.md"' $page ||
	fail "the page does not lead to the other text"
cmp site/records/ke-mombasa/news/bridge/en.east.md b/en.md || fail "it leads to something else"
for use in record:sig:ann review:rev:rev; do
	IFS=: read -r kind suffix who <<<"$use"
	ssh-keygen -q -Y verify -f site/allowed_signers -I "$who@east" -n "belfry-$kind@$network" \
		-s site/records/ke-mombasa/news/bridge/en.east.md.$suffix \
		<site/records/ke-mombasa/news/bridge/en.east.md >/dev/null || fail "the other's $suffix does not verify"
done

# A merge: begun with the hub's own text, it follows both.
fails 1 belfry new --merge ke-mombasa/news/none/en m/en.md
says 'belfry list --conflicts'
fails 1 belfry new --merge "$name" m/en.md
fails 2 belfry new --merge "$name/en"
fails 2 belfry new --merge "$name/en" m/en.md --lang fr
ok east new --merge "$name/en" m/en.md
says 'the text of hub east'
grep -q '^title: East goes on$' m/en.md && grep -q '^revision: 3$' m/en.md &&
	[ "$(grep -o 'sha256:[0-9a-f]*' m/en.md)" = "sha256:$(hash_of b/en.md)
sha256:$(hash_of a/en.md)" ] ||
	fail "not a merge: $(cat m/en.md)"
fails 1 east new --merge "$name/en" m/en.md # it is there already
sed -i 's/^title: .*/title: Both go on/' m/en.md
ok belfry check m/en.md
sign_both m/en.md
ok east publish m/en.md
meet central east
meet east west
for at in central east west; do
	export BELFRY_STORE=$work/$at
	ok belfry list
	says "^$name/en  Both go on$"
	ok belfry list --conflicts
	[ ! -s .out ] || fail "the merge ended nothing: $(out)"
done
export BELFRY_STORE=$work/central
ok belfry build --out site
[ ! -e site/records/ke-mombasa/news/bridge/en.east.md ] || fail "the other text is still laid out"

# French, by the translator of a hub that the city is not of.
person tia
french() { # FILE OF-REVISION TITLE
	record "$1" ke-mombasa bridge "revision: 1
translation: {of: en, revision: $2, method: human}
"
	sed -i "s/^title: .*/title: $3/" "$1"
	ok belfry fmt "$1"
}
french t/fr.md 3 "Le pont"
ok belfry sign t/fr.md --key tia
ok belfry sign t/fr.md --key rev --review
fails 1 west publish t/fr.md
says 'is not on the roster of hub west'
ok west member add tia --name "Tia Translator" --role author --key tia.pub
fails 1 west publish t/fr.md
says "for a place that is not hub west's: tia does not have the role translator"
person two
ok west member add two --name "Two Languages" --role translator --place ke-mombasa --key two.pub
silent 'joins the roster'
french u/fr.md 4 "Le pont"
for file in t u; do
	rm -f $file/fr.md.*
	ok belfry sign $file/fr.md --key two
	ok belfry sign $file/fr.md --key rev --review
done
fails 1 west publish u/fr.md
says 'from revision 4 of en.md, of which revision 3 is published'
ok west publish t/fr.md
meet central west
ok belfry list --lang fr --region east-southern-africa
says "^$name/fr  Le pont$"
ok belfry build --out site
grep -q 'Le pont' site/fr/news/ke-mombasa.bridge.html || fail "no page in French"
french own/fr.md 3 "Notre pont"
sign_both own/fr.md
ok belfry publish own/fr.md
meet central west
for at in central west; do
	ok belfry list --lang fr --store "$work/$at"
	says "^$name/fr  Notre pont$"
	ok belfry list --held --store "$work/$at"
	says 'hub central, whose place it is, has published its own in this language'
	ok belfry list --conflicts --store "$work/$at"
	[ ! -s .out ] || fail "the place's own is no conflict: $(out)"
done

# What is translated is taken back, and the guest's text goes with it; it is nobody else's to withdraw.
record pier/en.md ke-mombasa pier
sign_both pier/en.md
ok belfry publish pier/en.md
meet central west
record pier/fr.md ke-mombasa pier "revision: 1
translation: {of: en, revision: 1, method: human}
"
ok belfry fmt pier/fr.md
ok belfry sign pier/fr.md --key two
ok belfry sign pier/fr.md --key rev --review
ok west publish pier/fr.md
meet central west
ok belfry list --lang fr
says '^ke-mombasa/news/pier/fr '
ok belfry withdraw ke-mombasa/news/pier --reason 'It fell down.' --key ann --review-key rev
says '(1 file)'
ok belfry list --lang fr
silent 'news/pier'
