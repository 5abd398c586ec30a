#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a site on any web host is a mirror: pulled whole, then only what is new, through a daemon or
# without one, on from where a line broke; and nothing from there counts before it was checked.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

found_network
publish() { # ID…
	local id files=()
	for id; do
		record "$work/$id/en.md" ke-mombasa "$id"
		files+=("$work/$id/en.md")
	done
	sign_both "${files[@]}"
	for id in "${files[@]}"; do ok belfry publish "$id"; done
}
publish bridge school market
ok belfry admit --edge --out "$work/invitation"
edge() { BELFRY_STORE=$work/edge "$bf" "$@"; }
ok edge join "$work/invitation"
same() { # STORE
	[ "$(belfry log --json)" = "$(belfry log --json --store "$1")" ] || fail "$1 differs"
}


ok belfry build --out "$work/pages" --no-mirror
[ ! -e "$work/pages/belfry" ] || fail "--no-mirror lays out a mirror"
# The site as it was built, on a web host.
ok belfry build
[ -s "$work/central/site/belfry/index.txt" ] || fail "the build lays out no index"
serve "$work/central" --no-build --listen none --http 127.0.0.1:0
ok edge pull "$http" --dry-run --json
entries=$(belfry log --json | grep -c '"seq"')
json ".entries == $entries and .charters == 0 and .files > 1 and .wanted_bytes > 1000"
[ -z "$(edge log)" ] || fail "a dry run took something in"
ok edge pull "$http"
says "^$entries new entries, 0 new charter versions"
same "$work/edge"
ok edge verify
sound "$work/edge"
ok edge pull "$http"
says '^0 new entries, 0 new charter versions; 1 requests, '
ok edge pull "$http" --json
json '.same and .requests == 1 and .bytes < 500'
find "$work/edge/pull" -name '*.belfry' | grep -q . && fail "what was admitted is kept a second time"

# News cost their own files; a new charter version comes first.
publish late
east() { BELFRY_STORE=$work/east "$bf" "$@"; }
ok east request --hub east --region mena --out "$work/request"
ok belfry admit "$work/request" --out "$work/for-east"
ok belfry admit --edge --out "$work/for-kiosk"
ok belfry build
ok edge pull "$http" --json
json '.entries == 1 and .charters == 1 and .files == 2 and .bytes < 20000'
same "$work/edge"

# A stranger needs no invitation: the lines that the page on taking it along gives, in an empty folder.
sed -n '/<pre/,/<\/pre>/p' "$work/central/site/en/offline.html" | sed 's/<[^>]*>//g' >"$work/lines"
[ "$(grep -c . "$work/lines")" = 3 ] || fail "the page gives other lines: $(cat "$work/lines")"
mkdir "$work/stranger"
cd "$work/stranger" || exit 2
while read -r _ line; do
	read -r -a words <<<"${line//https:\/\/example.org\//$http}"
	ok "$bf" "${words[@]}"
done <"$work/lines"
cd "$work" || exit 2
same "$work/stranger/store"
diff -r --exclude=belfry "$work/central/site" "$work/stranger/site" || fail "the site is another one"

# A store takes it in through its daemon, and its own site is a mirror with the same files.
ok belfry join "$work/for-kiosk" --store "$work/kiosk"
serve "$work/kiosk" --listen none --http 127.0.0.1:0
kiosk_http=$http
http=$(sed -n 's/^\(http:.*\)/\1/p' "$work/central/listening")
ok belfry pull "$http" --store "$work/kiosk"
says "^$((entries + 1)) new entries"
files() { (cd "$1/site/belfry" && sha256sum -- *); }
same_files() { [ "$(files "$work/central")" = "$(files "$work/kiosk" 2>/dev/null)" ]; }
until_true same_files # two sites lay the same out alike
ok edge pull "$kiosk_http"
says '^0 new entries, 0 new charter versions'

# A line that broke: what came before is in, and it goes on from there. A rest that is wrong is found.
publish more
ok belfry build
key() { # ADDRESS: its folder
	echo "$work/edge/pull/$(printf %sbelfry "$1" | sha256sum | head -c 16)"
}
list=$(sed -n 's/^journal central .* //p' "$work/central/site/belfry/index.txt")
last=$(tail -n 1 "$work/central/site/belfry/$list.txt" | cut -d ' ' -f 5)
[ -d "$(key "$http")" ] || fail "no folder for $http"
head -c 100 "$work/central/site/belfry/$last.belfry" >"$(key "$http")/$last.belfry"
ok edge pull "$http"
says '^1 new entries'
publish again
ok belfry build
list=$(sed -n 's/^journal central .* //p' "$work/central/site/belfry/index.txt")
last=$(tail -n 1 "$work/central/site/belfry/$list.txt" | cut -d ' ' -f 5)
head -c 100 /dev/urandom >"$(key "$http")/$last.belfry"
fails 1 edge pull "$http"
says 'is damaged'
ok edge status --json
json '.store.doors | length == 1 and .[0].door == "web" and .[0].refused.seal == 1'
ok edge pull "$http"
says '^1 new entries'
same "$work/edge"

# Another network's site, none, no host, and addresses that are none.
ok belfry init --name Other --hub other --region global --store "$work/other"
fails 1 belfry pull "$http" --store "$work/other"
says 'of another network'
ok belfry status --store "$work/other"
says '^refused  by web: 1 network$'
fails 1 edge pull "${http}en"
says 'is not there: is this the address'
fails 1 edge pull http://127.0.0.1:1/
says 'breaks off'
fails 1 edge pull "${http/http:/https:}"
says 'no secure connection'
fails 1 edge pull http://127.0.0.1:1 "$http" --json
json 'length == 2 and (.[0].error | test("breaks off")) and .[1].entries == 0'
fails 1 edge pull http://127.0.0.1:1 "$http"
says "^$http: 0 new entries"
ok edge status
says "^[a-z ]* $http: 20"
says 'http://127.0.0.1:1: tried 20.*; it never worked'
ok edge status --json
json '[.store.pulls[] | select(.worked != null)] | length == 2'
fails 2 edge pull ftp://127.0.0.1/
fails 2 edge pull http://name:word@127.0.0.1/
says 'leave name and password out'
fails 2 edge pull 'http://127.0.0.1/?a=b'
fails 2 edge pull
fails 2 edge pull "$http" --timeout 0
fails 1 edge pull "$http" --store "$work/nowhere"
ok edge verify
exit 0
