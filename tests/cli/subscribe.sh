#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: an edge with little room follows one region of the network and gets just that, says so, and
# gets the rest when it asks for it; what it held it keeps.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

command -v jq >/dev/null || { echo "skip: jq is not installed"; exit 77; }
edge() { BELFRY_STORE=$work/edge "$bf" "$@"; }
# NAME REGION PLACE: a hub with two people, which has published records in two languages
hub() {
	local at=$work/$1 lang
	ok belfry request --hub "$1" --region "$2" --out "$work/$1.request" --store "$at"
	ok belfry admit "$work/$1.request" --out "$work/$1.invitation"
	ok belfry join "$work/$1.invitation" --store "$at"
	ok belfry member add ann --name Ann --role author --key "$work/ann.pub" --store "$at"
	ok belfry member add rev --name Rev --role reviewer --key "$work/rev.pub" --store "$at"
	ok belfry city add "$3" --name en=City --region "$2" --store "$at"
	publish "$at" "$3" "$1-bridge"
	publish "$at" "$3" "$1-school"
	ok belfry peer add central "$address" --store "$at"
	ok belfry sync central --store "$at"
}
publish() { # STORE PLACE ID
	record "$work/$3/en.md" "$2" "$3"
	record "$work/$3/fr.md" "$2" "$3"
	BELFRY_STORE=$1 sign_both "$work/$3/en.md" "$work/$3/fr.md"
	ok belfry publish "$work/$3/en.md" --store "$1"
	ok belfry publish "$work/$3/fr.md" --store "$1"
}
entries() { # HUB: of it at the edge
	ok edge status --json
	out | jq -r ".store.hubs[] | select(.hub == \"$1\") | .entries"
}
spent() { # STORE: received this month
	"$bf" status --store "$1" --json | jq .month.bytes_in
}

found_network
publish "$BELFRY_STORE" ke-mombasa central-news
serve "$BELFRY_STORE" --no-build
hub east east-southern-africa tz-dodoma
hub mena mena jo-amman
ok belfry admit --edge --out "$work/invitation"
for at in edge whole; do
	ok belfry join "$work/invitation" --store "$work/$at"
	ok belfry peer add central "$address" --store "$work/$at"
done

# What is asked must be there, and a hub takes everything.
ok edge subscribe
says '^everything is followed'
fails 1 edge subscribe --region atlantis
says "the network has no region 'atlantis'; it has .*mena"
fails 2 edge subscribe --region mena --all
fails 2 edge subscribe mena
fails 1 belfry subscribe --region mena
says 'central is a hub: it follows everything'
ok belfry subscribe --json
json '.all and .hubs == []'

# One region of three, and the centre.
ok edge subscribe --region mena
says '^regions *mena$'
says '^hubs *central, mena$' # its home hub first
ok edge sync central
says 'in sync with central'
[ "$(entries mena)" -eq 8 ] && [ "$(entries central)" -eq 6 ] && [ "$(entries east)" -eq 0 ] ||
	fail "other journals than those of mena and central are here"
json '[.store.hubs[] | select(.is_followed | not).hub] == ["east"]'
ok edge list
says 'jo-amman/news/mena-bridge/en'
silent tz-dodoma
says '1 of the network.s hubs are not followed here'
ok edge status
says '^east .* not followed$'
ok edge verify
ok belfry sync central --store "$work/whole"
[ "$(spent "$work/edge")" -lt $(($(spent "$work/whole") * 8 / 10)) ] ||
	fail "$(spent "$work/edge") bytes for two journals of three, $(spent "$work/whole") for all"

# News of the others are no news here; by the daemon as well as without one.
publish "$work/east" tz-dodoma east-later
ok belfry sync central --store "$work/east"
ok edge sync
[ "$(entries east)" -eq 0 ] || fail "east came"
serve "$work/edge" --no-build
publish "$work/east" tz-dodoma east-last
ok belfry sync central --store "$work/east"
ok edge sync central
ok edge status --json
json '.peers[0].is_in_sync and .peers[0].behind == 0 and .progress.behind == 0'

# The rest, when it is asked for; less again loses nothing.
ok edge subscribe --all
ok edge sync central
[ "$(entries east)" -eq 12 ] || fail "of east there are $(entries east) entries"
ok edge subscribe --region mena --json
json '.regions == ["mena"]'
ok edge sync central
publish "$work/east" tz-dodoma east-unheard
ok belfry sync central --store "$work/east"
ok edge sync central
[ "$(entries east)" -eq 12 ] || fail "of east there are $(entries east) entries"
ok edge list
says east-last
silent east-unheard
sound "$work/edge"

# --- types and languages ---

texts() { # STORE: the records that it holds the text of
	"$bf" list --store "$1" --json | jq -r '.[].path' | sort
}
publish_type() { # STORE PLACE TYPE ID [FRONT-MATTER]: in both languages, with a long text
	local lang
	for lang in en fr; do
		record "$work/$3-$4/$lang.md" "$2" "$4" "${5:-}revision: 1
"
		sed -i "s/^type: news/type: $3/; /^date:/d" "$work/$3-$4/$lang.md"
		[ "$3" != page ] || sed -i '/^themes:/d; /^audiences:/d' "$work/$3-$4/$lang.md"
		seq 300 | sha256sum - "$work/$3-$4/$lang.md" | sed 's/ .*//' >>"$work/$3-$4/$lang.md"
		seq 400 2 1000 | tr '\n' ' ' >>"$work/$3-$4/$lang.md"
		echo >>"$work/$3-$4/$lang.md"
	done
	BELFRY_STORE=$1 sign_both "$work/$3-$4/en.md" "$work/$3-$4/fr.md"
	ok belfry publish "$work/$3-$4/en.md" --store "$1"
	ok belfry publish "$work/$3-$4/fr.md" --store "$1"
}
partial() { # STORE: sound for stock git, which also checks signatures there
	local hub
	sound "$1"
	belfry signers --store "$1" >"$work/signers"
	for hub in central mena; do
		git --git-dir="$1/store.git" -c gpg.ssh.allowedSignersFile="$work/signers" \
			log --format=%G? "refs/belfry/hubs/$hub" >"$work/letters"
		[ "$(sort -u "$work/letters")" = G ] || fail "git does not find $hub's commits good"
	done
}

publish_type "$work/mena" jo-amman page visit
publish_type "$work/mena" jo-amman case-study market 'themes: [youth]
'
ok belfry sync central --store "$work/mena"
scoped() { BELFRY_STORE=$work/scoped "$bf" "$@"; }
ok scoped join "$work/invitation"
ok scoped peer add central "$(head -1 "$work/central/listening")"
fails 1 scoped subscribe --lang xx
says "the network has no language 'xx'; it has .*fr"
fails 1 scoped subscribe --type roster
says "the network has no record type 'roster'; it has .*case-study, .*news"
ok scoped subscribe --region mena --lang fr --type news --type page
says '^types *news, page$'
says '^languages *fr$'
ok scoped sync central
here() { texts "$work/scoped" | sed 's/^records.//' | tr '\n' ' '; }
wanted='jo-amman/news/mena-bridge/fr.md jo-amman/news/mena-school/fr.md jo-amman/page/visit/fr.md ke-mombasa/news/central-news/fr.md '
[ "$(here)" = "$wanted" ] || fail "here is $(here)"
ok scoped list --held
says 'absent (mena [0-9]*): .*not subscribed'
ok scoped list
says 'the text of 6 records is not here'
fails 1 scoped show jo-amman/news/mena-bridge/en
says 'not here (not subscribed)'
ok scoped show jo-amman/news/mena-bridge
silent '/en.md'
ok scoped verify
says 'all good (of 6 entries some text is not here'
partial "$work/scoped"
ok edge sync central
[ "$(spent "$work/scoped")" -lt "$(spent "$work/edge")" ] || fail "it cost as much as the whole"

# A site of what is here; nothing of the rest leaves here.
ok scoped build --out "$work/site"
find "$work/site/" | grep -q 'fr/.*visit' || fail "the site lacks what is here"
find "$work/site/" | grep -q market && fail "the site has what is not here"
[ ! -e "$work/site/belfry" ] || fail "the site is no mirror of what is not here"
ok scoped export "$work/stick"
says '^.*stick: 0 entries'
says 'cannot be passed on'

# What is revised within it comes as a difference; what lies outside stays outside.
sum=$(sha256sum "$work/page-visit/fr.md" | cut -d' ' -f1)
sed -i "s/^revision: 1/revision: 2\nprevious: [\"sha256:$sum\"]/; s/Thursday/Friday/" "$work/page-visit/fr.md"
BELFRY_STORE=$work/mena sign_both "$work/page-visit/fr.md"
ok belfry publish "$work/page-visit/fr.md" --store "$work/mena"
publish_type "$work/mena" jo-amman case-study bakery 'themes: [youth]
'
ok belfry sync central --store "$work/mena"
before=$(spent "$work/scoped")
ok scoped sync central
ok scoped show jo-amman/page/visit
says Friday
[ "$(here)" = "$wanted" ] || fail "here is $(here)"
[ $(($(spent "$work/scoped") - before)) -lt 2000 ] || fail "that took $(($(spent "$work/scoped") - before)) bytes"
partial "$work/scoped"

# Wider: what is wanted now comes, by a daemon too; the rest stays out.
serve "$work/scoped" --no-build
ok scoped subscribe --region mena --lang fr --lang en --type news --type page
ok scoped sync central
wanted=$(texts "$work/edge" | grep -v case-study | grep -v east-)
[ "$(texts "$work/scoped")" = "$wanted" ] || fail "here is $(here)"
ok scoped status --json
json '.progress.behind == 0 and .peers[0].is_in_sync'
partial "$work/scoped"
# All of it: the same catalogue as who always had it, and whole for stock git.
ok scoped subscribe --all
ok scoped sync central
ok scoped verify
silent 'not subscribed'
same() { diff <("$bf" list --json --store "$1") <("$bf" list --json --store "$2") >/dev/null; }
ok belfry sync central --store "$work/whole"
same "$work/scoped" "$work/whole" || fail "the catalogues differ"
git --git-dir="$work/scoped/store.git" config extensions.partialClone && fail "it is still partial for git"
partial "$work/scoped"
# Less again loses nothing, and costs nothing.
before=$(spent "$work/scoped")
ok scoped subscribe --lang fr
ok scoped sync central
same "$work/scoped" "$work/whole" || fail "something was lost"
[ $(($(spent "$work/scoped") - before)) -lt 1500 ] || fail "that took $(($(spent "$work/scoped") - before)) bytes"
