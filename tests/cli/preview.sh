#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: drafts are looked at among what is published, as they change; what is wrong is said with its line, on the page
# too, and what was there before stays. Nothing is published.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"
# shellcheck source=tests/cli/git.lib
. tests/cli/git.lib

found_network
publish bridge
entries=$(belfry log --json | grep -c '"seq"')
drafts=$work/drafts
record "$drafts/new/en.md" ke-mombasa school
record "$drafts/bridge/en.md" ke-mombasa bridge
sed -i 's/opened/was widened/' "$drafts/bridge/en.md"
export TMPDIR=$work/tmp
mkdir "$TMPDIR"

fails 1 belfry preview --store "$work/none"
fails 2 belfry preview --port 70000
fails 2 belfry preview --audience friends

"$bf" preview "$drafts" --no-open >"$work/said" 2>"$work/talk" &
pid=$! pids+=("$pid")
until_true grep -qs '^http' "$work/said"
url=$(cat "$work/said")
[[ $url =~ ^http://127\.0\.0\.1:[0-9]+/$ ]] || fail "the address is $url"
page() { curl -s "$url$1"; }
holds() { page "$1" | grep -qF -e "$2" || { page "$1" >&2; fail "$1 does not hold: $2"; }; }
lacks() { page "$1" | grep -qF -e "$2" && fail "$1 holds: $2"; return 0; }
at() { page "$1" | grep -qF -e "$2"; }
says_there() { until_true grep -qF -e "$1" "$work/talk"; }

# A new record and a new revision, marked; without signatures, and no page says otherwise.
new=en/news/ke-mombasa.school.html old=en/news/ke-mombasa.bridge.html
holds $new 'school opened'
holds $new 'nobody has signed, reviewed or published it'
lacks $new 'ssh-keygen'
holds $old 'bridge was widened'
# shellcheck disable=SC1112 # the apostrophe is the page's
holds fr/news/ke-mombasa.school.html 'personne ne l’a signé'
holds en/news/index.html 'News (Draft)'
says_there "$drafts/new/en.md: $url$new"
[ "$(curl -s -o /dev/null -w '%{http_code}' "${url}records/ke-mombasa/news/school/en.md")" = 404 ] ||
	fail "a draft is laid out as a signed file"

# A page waits for the next build. The policy lets in that script alone.
page $new | grep "content=\"connect-src 'self'; .*default-src 'none';" | grep -q "script-src 'self'" || fail "the policy lets in no script"
page no-such.html | grep -q "content=\"connect-src 'self'; script-src 'self'; default-src 'none'" || fail "a missing page cannot wait"
holds .preview/reload.js 'location.reload()'
[ "$(curl -s -o /dev/null -w '%{http_code}' "${url}sw.js")" = 404 ] || fail "a service worker would keep old pages"
build=$(page $new | sed -n 's/.*data-build="\([0-9]*\)".*/\1/p')
curl -s "${url}.preview/wait/$build" >"$work/waited" &
waiter=$! pids+=("$waiter")
sed -i 's/Thursday/Friday/' "$drafts/new/en.md"
wait "$waiter"
[ "$(cat "$work/waited")" -gt "$build" ] || fail "who waited was told $(cat "$work/waited"), not after $build"
holds $new 'It opened on a Friday.'

# A mistake: its place on every page, the page of before gone, the rest as it was; mended, it is back.
sed -i 's/^date: .*/date: "2025-13-99"/' "$drafts/new/en.md"
until_true at $new "$drafts/new/en.md:8:"
says_there "$drafts/new/en.md:8:"
holds en/index.html "$drafts/new/en.md:8:"
holds $old 'bridge was widened'
sed -i 's/^date: .*/date: "2025-01-03"/' "$drafts/new/en.md"
until_true at $new 'It opened on a Friday.'
lacks $new "$drafts/new/en.md:8:"

# Another file; one that is there twice; one that is taken away.
record "$drafts/later/fr.md" ke-mombasa ecole
until_true at fr/news/ke-mombasa.ecole.html 'ecole opened'
cp "$drafts/later/fr.md" "$drafts/later/fr.copy.md"
until_true at fr/index.html 'has the same record: show one of them'
rm "$drafts/later/fr.copy.md" "$drafts/bridge/en.md"
until_true at $old 'bridge opened'
lacks $old 'nobody has signed'

# What others publish meanwhile.
publish market
until_true at en/news/ke-mombasa.market.html 'ssh-keygen'

# A theme, and one with a mistake: its line, and the site of before.
mkdir "$work/look"
echo ':root { --band: #5b2a86 }' >"$work/look/custom.css"
git --git-dir="$work/central/store.git" config belfry.theme "$work/look"
until_true at style.css '#5b2a86'
printf '<p>\n{{#each}}\n' >"$work/look/home.mustache"
until_true at $new "$work/look/home.mustache:2: a section that is not closed"
holds en/news/index.html 'market opened'
says_there 'home.mustache:2: a section that is not closed in: home; what was there before is shown'
rm "$work/look/home.mustache"
until_true at style.css '#5b2a86'

# Only this machine, by a name of its own.
[ "$(curl -s -o /dev/null -w '%{http_code}' -H 'Host: evil.example' "$url$new")" = 403 ] || fail "any name will do"
curl -s "${url}.preview/wait/$(page $new | sed -n 's/.*data-build="\([0-9]*\)".*/\1/p')" >/dev/null &
pids+=("$!")
kill -INT "$pid"
wait "$pid" || fail "SIGINT ends it with $?"
[ -z "$(ls "$TMPDIR")" ] || fail "left behind: $(ls "$TMPDIR")"
[ "$(belfry log --json | grep -c '"seq"')" -eq $((entries + 1)) ] || fail "a draft was published"
[ ! -e "$work/central/site" ] || fail "the store has a site now"

# For programs: a line for each rendering.
"$bf" preview "$drafts/new/en.md" --json >"$work/said" 2>"$work/talk" &
pid=$! pids+=("$pid")
until_true grep -qs pages_written "$work/said"
kill -TERM "$pid"
wait "$pid" || fail "SIGTERM ends it with $?"
[ -z "$(ls "$TMPDIR")" ] || fail "left behind: $(ls "$TMPDIR")"
head -1 "$work/said" >"$work/.out"
json '.is_made and (.drafts | length) == 1 and .drafts[0].page == "en/news/ke-mombasa.school.html" and .problems == []'

# The terminal is closed while it renders for the first time.
"$bf" preview >"$work/said" 2>"$work/talk" &
pid=$! pids+=("$pid")
rendering() { [ -d "$(echo "$TMPDIR"/*/site.d)" ]; }
until_true rendering
kill -HUP "$pid"
wait "$pid" || fail "SIGHUP ends it with $?"
[ -z "$(ls "$TMPDIR")" ] || fail "left behind: $(ls "$TMPDIR")"
