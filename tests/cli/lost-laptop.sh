#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: an author's laptop is lost with their key on it. The steps of docs/trust.md "A laptop is lost": whoever
# has it submits and is refused, what it brought in time is taken back, and the author goes on from a new one.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

cd "$work" || exit 1
found_network
hub() { local at=$1; shift; BELFRY_STORE=$work/$at "$bf" "$@"; } # STORE COMMAND…
carry() { # FROM TO: a stick
	rm -f stick
	ok hub "$1" export stick
	ok hub "$2" import stick
}
person bob
ok belfry member add bob --name Bob --role author --key bob.pub
ok belfry admit --edge --out invitation
ok hub laptop join invitation
write() { # STORE ID: ann's
	record "rec/$2/en.md" ke-mombasa "$2"
	ok hub "$1" sign "rec/$2/en.md" --key ann
}
good() { # ID: published before
	write central "$1"
	ok belfry sign "rec/$1/en.md" --key rev --review
	ok belfry publish "rec/$1/en.md"
}
good bridge
carry central laptop

# --- it is gone; the thief submits, and one of the texts is published before anybody knows ---
mv ann ann.stolen
mv ann.pub ann.stolen.pub
thief() { # ID
	record "rec/$1/en.md" ke-mombasa "$1"
	ok hub laptop sign "rec/$1/en.md" --key ann.stolen
	ok hub laptop submit "rec/$1/en.md"
}
thief lie
thief lie-later
carry laptop central
id_of() { "$bf" inbox | awk -v title="$1" '$0 ~ " " title " opened" { print $1 }'; }
lie=$(id_of lie)
later=$(id_of lie-later)
[ -n "$lie" ] && [ -n "$later" ] || fail "the inbox lacks them: $("$bf" inbox)"
ok belfry review "$lie" --accept --key rev

# 1. The key ends.
ok belfry member revoke ann
# 2. What waits is sent back; nobody can accept it by mistake.
ok belfry inbox
says 'lie-later opened'
fails 1 belfry review "$later" --accept --key rev
says 'ann is no longer an active member'
ok belfry review "$later" --return "The laptop was stolen." --key rev
thief more
carry laptop central
[ -z "$(id_of more)" ] || fail "the inbox takes what is signed with it: $("$bf" inbox)"
# 3. What has it signed, and since when? The rest stays.
ok belfry list --by ann
says 'news/lie/en'
says 'news/bridge/en'
silent 'lie-later'
ok belfry list --by bob
[ -z "$(out)" ] || fail "bob has written nothing"
ok belfry log central
says 'records/ke-mombasa/news/lie/en.md'
ok belfry withdraw ke-mombasa/news/lie --reason "Not by its author." --key bob --review-key rev
ok belfry list
says 'news/lie/en  (withdrawn)'
says 'news/bridge/en  bridge opened'

# 4. A new machine, a new key, and another id, since the old one stands on the roster for what it signed.
person ann
fails 1 belfry member add ann --name "Ann Author" --role author --key ann.pub
says 'member ann is on the roster already'
ok belfry member add ann-2 --name "Ann Author" --role author --key ann.pub
ok hub anew join invitation
carry central anew
record rec/bridge/en.md ke-mombasa bridge "revision: 2
previous: [\"sha256:$(git_store show main:records/ke-mombasa/news/bridge/en.md | sha256sum | cut -d ' ' -f 1)\"]
"
ok hub anew sign rec/bridge/en.md --key ann
ok hub anew submit rec/bridge/en.md
carry anew central
ok belfry review "$(id_of bridge)" --accept --key rev
ok belfry show ke-mombasa/news/bridge
says 'author    Ann Author (ann-2)'

# 5. The key was on another hub's roster too: the charter denies it everywhere, also to whom nobody told.
ok hub east request --hub east --region east-southern-africa --out request
ok belfry admit request --out for-east
ok hub east join for-east
ok hub east member add ann --name Ann --role author --place ke-lamu --key ann.stolen.pub
ok hub east member add rev --name Rev --role reviewer --place ke-lamu --key rev.pub
key=$(ssh-keygen -lf ann.stolen.pub | cut -d ' ' -f 2)
ok belfry charter propose --deny "$key=laptop stolen" --out draft.json
ok belfry charter sign draft.json
ok belfry charter apply draft.json
carry central east
record rec/far/en.md ke-lamu far
ok hub east sign rec/far/en.md --key ann.stolen
ok hub east sign rec/far/en.md --key rev --review
fails 1 hub east publish rec/far/en.md
says 'laptop stolen'

ok belfry verify
sound "$work/central"
