#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: nobody types a hash to change what is published, to bring back what was withdrawn in error, or
# to translate what another hub has published.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

cd "$work" || exit 1
name=ke-mombasa/news/bridge
found_network
record bridge/en.md ke-mombasa bridge
sign_both bridge/en.md
fails 1 belfry fmt --next bridge/en.md
says '^bridge/en.md:1:1: nothing is published here as ke-mombasa/news/bridge/en'
ok belfry publish bridge/en.md

# An author has edited the file: the refusal names what writes both fields, and that works.
sed -i 's/Thursday/Friday/' bridge/en.md
sign_both bridge/en.md
fails 1 belfry publish bridge/en.md
says 'revision 1 is published; the next is .*(belfry fmt --next FILE writes both)'
fails 1 belfry fmt --next --check bridge/en.md
ok belfry fmt --next bridge/en.md
says '^bridge/en.md$'
grep -q '^revision: 2$' bridge/en.md && grep -q Friday bridge/en.md || fail "not the next: $(cat bridge/en.md)"
ok belfry fmt --next bridge/en.md
says '^0 of 1 files changed'
sign_both bridge/en.md
ok belfry publish bridge/en.md

# Whatever the edited text says of its history; and faults of its own are told as ever.
sed -i 's/Friday/Saturday/;s/^revision: .*/revision: 7/;s/^previous: .*/previous:\n  - sha256:none/' bridge/en.md
ok belfry fmt --next bridge/en.md
grep -q '^revision: 3$' bridge/en.md || fail "not the third: $(cat bridge/en.md)"
sed 's/^place:/colour: red\nplace:/' bridge/en.md >bad.md
fails 1 belfry fmt --next bad.md
says "^bad.md:7:1: .*'colour'"
sign_both bridge/en.md
ok belfry publish bridge/en.md

# From nothing at hand.
fails 2 belfry new --from "$name/en" x.md --place ke-mombasa
fails 2 belfry new --from "$name" x.md
says 'PLACE/TYPE/ID/LANG'
fails 1 belfry new --from "$name/fr" x.md
says 'nothing is published here as ke-mombasa/news/bridge/fr'
ok belfry new --from "$name/en" from/en.md
says '^from/en.md is revision 4'
cmp -s from/en.md bridge/en.md && fail "it is the third revision still"
fails 1 belfry new --from "$name/en" from/en.md
sign_both from/en.md
ok belfry publish from/en.md

# Withdrawn in error: the words come back.
ok belfry withdraw "$name" --reason "Taken for another." --key ann --review-key rev
fails 1 belfry new --from "$name/en" put/es.md --lang es
says "^belfry new: $name/en is withdrawn: a translation of it would be shown to nobody"
ok belfry new --from "$name/en" back/en.md
says '^back/en.md is revision 6'
grep -q 'It opened on a Saturday' back/en.md || fail "without its words: $(cat back/en.md)"
grep -q '^status:\|^reason:' back/en.md && fail "it is withdrawn still: $(cat back/en.md)"
sign_both back/en.md
ok belfry publish back/en.md
ok belfry list
says "^$name/en  "

# Another hub's translator.
west() { "$bf" "$@" --store "$work/west"; }
carry() { # FROM TO
	rm -f "$work/stick"
	ok belfry export "$work/stick" --store "$1"
	ok belfry import "$work/stick" --store "$2"
}
ok west request --hub west --region west-africa-sahel --out west.request
ok belfry admit west.request --out west.invitation
ok west join west.invitation
carry "$work/central" "$work/west"
person tess
ok west member add tess --name "Tess Tongue" --role translator --key tess.pub
ok west member add rev --name "Rev Viewer" --role reviewer --key rev.pub
ok west new --from "$name/en" put/fr.md --lang fr
says '^put/fr.md is revision 1, .*Translate them'
grep -q '^translation: {of: en, revision: 6, method: human}$' put/fr.md || fail "of what? $(cat put/fr.md)"
sed -i 's/^title: .*/title: Le pont est ouvert/' put/fr.md
ok west check put/fr.md
ok west sign put/fr.md --key tess
ok west sign put/fr.md --key rev --review
ok west publish put/fr.md
# The source moves on, and so does its translation.
ok belfry new --from "$name/en" seven/en.md
sign_both seven/en.md
ok belfry publish seven/en.md
carry "$work/central" "$work/west"
ok west new --from "$name/en" again/fr.md --lang fr
says '^again/fr.md is revision 2'
grep -q '^translation: {of: en, revision: 7, method: human}$' again/fr.md || fail "of what? $(cat again/fr.md)"
grep -q '^title: Le pont' again/fr.md || fail "not from the translation: $(cat again/fr.md)"
ok west sign again/fr.md --key tess
ok west sign again/fr.md --key rev --review
ok west publish again/fr.md
carry "$work/west" "$work/central"
ok belfry list --lang fr
says "^$name/fr  Le pont est ouvert"
ok belfry verify
