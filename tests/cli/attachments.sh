#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a large file goes with a record from a draft to another hub's page: small ones unasked, large ones when a
# person asks, never beyond the month's budget, and what a line carried before it died is not paid for again.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"
# shellcheck source=tests/cli/files.lib
. tests/cli/files.lib
proxy=$(dirname "$bf")/tests/bench/proxy
built "$proxy"

stop() { kill "$1" && wait "$1"; }
relay() { # NAME OPTION…: a line to the central hub
	local name=$1
	shift
	rm -f "$work/$name" "$work/$name.port"
	"$proxy" "$@" "$work/$name" "${central##*:}" &
	pids+=($!)
	until_true test -s "$work/$name.port"
	address=127.0.0.1:$(cat "$work/$name.port")
}
down() { cut -d' ' -f2 "$work/$1"; }
at_most() { [ "$2" -le "$3" ] || fail "$1: $2 is more than $3"; }

# --- from a draft to the journal ---
found_network
pdf "$work/Guide for Mayors (2024).PDF" 1500000
pdf "$work/checklist.pdf" 90000
large="$work/Guide for Mayors (2024).PDF"
small=$work/checklist.pdf
record "$work/en.md" ke-mombasa opening
ok belfry attach "$work/en.md" "$large"
says 'en.md names guide-for-mayors-2024.pdf, 1500000 bytes'
ok belfry attach "$work/en.md" "$small"
fails 1 belfry attach "$work/en.md" "$small"
says 'already'
ok belfry check "$work/en.md"
grep -q "sha256: \"*$(sha "$large")" "$work/en.md" || fail "the record has another SHA-256 than sha256sum"
ok belfry attachments
says '^2 more files .* that nothing published or submitted names'
echo '<script>' >"$work/page.pdf"
fails 1 belfry attach "$work/en.md" "$work/page.pdf"
says "$work/page.pdf is not what its name says: it does not begin as a PDF file does"
fails 1 belfry attach "$work/en.md" "$work/page.pdf" --name page.html
says 'is no name for an attachment'
fails 2 belfry attach "$work/en.md"
fails 2 belfry attach nowhere "$small"
fails 1 belfry attach ke-mombasa/news/opening "$small" --name annex.pdf
says 'no published record .* of a draft, name its file'
sign_both "$work/en.md"
ok belfry publish "$work/en.md"
ok belfry attachments --json
json '[.items[] | select(.state == "here")] | length == 2'
json '.policy == "small" and .budget == 0 and .spent == 0 and .unnamed == 0'
pdf "$work/Fiche d’été.pdf" 300
record "$work/fr.md" ke-mombasa opening
ok belfry attach "$work/fr.md" "$work/Fiche d’été.pdf"
says 'fr.md names fiche-d-ete.pdf'
ok belfry attachments --remove unnamed
fails 1 belfry attachments --policy some
says 'none, small, all'
fails 1 belfry attachments --fetch nothing.pdf
says 'no published record names'

hub() { # NAME REGION
	ok belfry request --hub "$1" --region "$2" --store "$work/$1" --out "$work/$1.request"
	ok belfry admit "$work/$1.request" --out "$work/$1.invitation"
	ok belfry join "$work/$1.invitation" --store "$work/$1"
}
hub mena mena
hub europe europe
serve "$work/central" --no-build
central=$address

# --- small ones come unasked, large ones when asked ---
mena() { belfry "$@" --store "$work/mena"; }
ok mena peer add central "$central"
ok mena sync
has "$work/mena" "$small" || fail "the small file did not come"
[ ! -e "$(file_of "$work/mena" "$large")" ] || fail "the large file came unasked"
ok mena build --out "$work/site"
grep -q '<a href="../local/news.ke-mombasa.opening.html"><bdi>guide-for-mayors-2024.pdf</bdi></a> <span class="tag">Document, PDF, 1,5.\{1,2\}Mo</span>' \
	"$work/site/fr/news/ke-mombasa.opening.html" || fail "the page does not name the file"
page=$work/site/fr/local/news.ke-mombasa.opening.html
grep -q "href=\"../../local/$(sha "$small")/checklist.pdf\"" "$page" || fail "the small file is not linked"
grep -q '<bdi>guide-for-mayors-2024.pdf</bdi> <span class="tag">Document, PDF, 1,5.\{1,2\}Mo</span> .*pas encore' "$page" ||
	fail "the page does not say that the large file is not here"
cmp "$small" "$work/site/local/$(sha "$small")/checklist.pdf" || fail "the site has another file"
[ -e "$work/site/local/$(sha "$large")" ] && fail "the site links to what is not here"
ok mena attachments
says 'guide-for-mayors-2024.pdf .*not here'
silent 'not here, wanted'
ok mena status
says '^files    1 here (.*), 1 not wanted (.*), .* came in 20..-..$'
ok mena status --json
json '.store.attachments | .here == 1 and .here_bytes == 90000 and .unwanted_bytes == 1500000 and .to_come == 0'

ok belfry build --out "$work/site.central"
diff -r --exclude=local "$work/site.central.d/a" "$work/site.d/a" || fail "two hubs have other pages"

# --- a line that dies in the middle of it: what came counts, within a piece too ---
relay dying -r 400000 -d 5 -x 700000
ok mena peer add central "$address"
ok mena attachments --fetch guide-for-mayors-2024.pdf
ok mena sync
has "$work/mena" "$large" || fail "the large file did not come"
[ "$(wc -l <"$work/dying.cuts")" -eq 1 ] || fail "the line did not die"
echo "1500000 bytes over a line that died once: $(down dying)"
at_most "bytes over a line that died" "$(down dying)" $((1500000 + 1500000 / 50 + 12000))
ok mena attachments --json
json "[.items[] | select(.state == \"here\")] | length == 2"
json ".spent >= 1590000 and .spent <= 1610000"
[ -z "$(find "$work/mena/attachments/part" -type f 2>/dev/null)" ] || fail "parts are left over"
ok mena build --out "$work/site"
cmp "$large" "$work/site/local/$(sha "$large")/guide-for-mayors-2024.pdf" || fail "the site has another file"

# --- the program dies in the middle of it ---
europe() { belfry "$@" --store "$work/europe"; }
ok europe attachments --policy none
relay slow -r 300000 -d 5
ok europe peer add central "$address"
ok europe sync
[ -z "$(find "$work/europe/attachments" -type f -size +100k 2>/dev/null)" ] || fail "something came against the policy"
ok europe attachments --policy all
before=$(down slow)
"$bf" sync --store "$work/europe" >"$work/.sync" 2>&1 &
killed=$!
came() { [ $(($(down slow) - before)) -gt 800000 ]; }
until_true came
kill -9 $killed
wait $killed 2>/dev/null
ok europe attachments
says 'guide-for-mayors-2024.pdf .* of it'
ok europe sync
has "$work/europe" "$large" || fail "the large file did not come"
has "$work/europe" "$small" || fail "the small file did not come"
echo "1590000 bytes to a program that was killed: $(($(down slow) - before))"
at_most "bytes to a program that was killed" $(($(down slow) - before)) $((1590000 + 1590000 / 50 + 3 * 65536 + 40000))

# --- a budget holds, and a file is gone on with when there is a larger one ---
ok europe attachments --remove guide-for-mayors-2024.pdf
[ ! -e "$(file_of "$work/europe" "$large")" ] || fail "it is still there"
ok europe sync
[ ! -e "$(file_of "$work/europe" "$large")" ] || fail "what a person removed came again"
spent() { belfry attachments --json --store "$work/europe" | sed -n 's/^ *"spent": \([0-9]*\).*/\1/p'; }
had=$(spent)
ok europe attachments --fetch guide-for-mayors-2024.pdf --budget $((had + 400000))
ok europe sync
[ ! -e "$(file_of "$work/europe" "$large")" ] || fail "it came beyond the budget"
at_most "bytes spent, of a budget of $((had + 400000))" "$(spent)" $((had + 400000))
ok europe status
says ', 1 to come (1\.[0-9] MB), .* of the budget of .*; 1\.[0-9] MB more than it allows$'
ok europe attachments --budget $((had + 1600000))
ok europe sync
has "$work/europe" "$large" || fail "the large file did not come"
at_most "bytes spent" "$(spent)" $((had + 1510000))

# --- a relay that has not got it yet says so, and says when it has; no link is made anew for that ---
ok mena attachments --policy none
ok mena attachments --remove guide-for-mayors-2024.pdf
ok mena peer add central "$central"
serve "$work/mena" --no-build
mena=$served
ok mena status --json # of the daemon
json '.daemon.pid > 0 and (.store.attachments | .unwanted == 1 and .to_come == 0 and .spent >= 1590000)'
ok europe attachments --remove guide-for-mayors-2024.pdf --budget 0
ok europe attachments --fetch guide-for-mayors-2024.pdf
ok europe peer remove central
ok europe peer add mena "$address"
serve "$work/europe"
europe=$served
until_true grep -q 'hub mena.*in sync' "$work/europe.log"
sleep 0.5
[ ! -e "$(file_of "$work/europe" "$large")" ] || fail "it came from nowhere"
ok mena attachments --fetch guide-for-mayors-2024.pdf
until_true has "$work/europe" "$large"
[ "$(grep -c 'hub mena.*connected' "$work/europe.log")" -eq 1 ] || fail "it took another link"
until_true test -e "$work/europe/site/local/$(sha "$large")/guide-for-mayors-2024.pdf"
stop $mena
stop $europe

# --- by stick: whole, and what was whole of one that ends anywhere ---
ok belfry export "$work/plain.belfry"
silent attachments
ok belfry export "$work/stick.belfry" --attachments
says ', 2 attachments, '
ok belfry admit --edge --out "$work/edge.invitation"
edge() { rm -rf "$work/edge"; ok belfry join "$work/edge.invitation" --store "$work/edge"; }
edge
ok belfry import "$work/stick.belfry" --store "$work/edge"
says ', 2 attachments'
has "$work/edge" "$large" || fail "the stick did not bring the large file"
has "$work/edge" "$small" || fail "the stick did not bring the small file"
ok belfry import "$work/stick.belfry" --store "$work/edge"
silent attachments
edge
size=$(stat -c %s "$work/stick.belfry")
head -c $((size - 300000)) "$work/stick.belfry" >"$work/cut.belfry"
ok belfry import "$work/cut.belfry" --store "$work/edge"
says 'ends in the middle'
ok belfry attachments --store "$work/edge"
says ' of it, not wanted'
ok belfry import "$work/stick.belfry" --store "$work/edge"
has "$work/edge" "$large" || fail "a second stick did not bring the rest"
bend "$work/stick.belfry" 3000
edge
fails 1 belfry import "$work/stick.belfry" --store "$work/edge"
says 'is not what its list says'
ok belfry verify --store "$work/edge"

# --- an author's file leaves the laptop by itself once the record is published ---
laptop() { belfry "$@" --store "$work/laptop"; }
ok belfry join "$work/edge.invitation" --store "$work/laptop"
ok laptop peer add central "$central"
ok laptop sync
pdf "$work/photos.pdf" 200000
record "$work/laptop-draft/en.md" ke-mombasa harvest
ok laptop attach "$work/laptop-draft/en.md" "$work/photos.pdf"
ok laptop sign "$work/laptop-draft/en.md" --key "$work/ann"
ok laptop submit "$work/laptop-draft/en.md" --key "$work/ann"
ok laptop attachments --remove unnamed # the only copy of what waits is not "unnamed"
has "$work/laptop" "$work/photos.pdf" || fail "the file of a record on its way is gone"
ok laptop sync
ok laptop attachments --json
json '.unnamed == 0'
ok belfry inbox --json
id=$(sed -n 's/.*"id": "\([0-9a-f]*\)".*/\1/p' "$work/.out" | head -1)
ok belfry review "$id" --accept --key "$work/rev"
[ ! -e "$(file_of "$work/central" "$work/photos.pdf")" ] || fail "it is there already"
ok laptop sync
until_true has "$work/central" "$work/photos.pdf"

# --- what no record names is nobody's to fetch, and goes when a person says so ---
pdf "$work/draft.pdf" 5000
(cd "$work" && ok belfry attach ke-mombasa/news/opening draft.pdf) || exit 1
ok belfry check "$work/opening.en.md"
grep -q '^revision: 2$' "$work/opening.en.md" || fail "it is no next revision"
grep -q "^previous: \[\"sha256:$(sha "$work/en.md")\"\]$" "$work/opening.en.md" || fail "it follows something else"
[ "$(grep -c '  - name: ' "$work/opening.en.md")" -eq 3 ] || fail "it does not name all three files"
fails 1 belfry attach ke-mombasa/news/opening "$work/draft.pdf" --out "$work/opening.en.md"
says 'belfry attach .*opening.en.md FILE adds to it'
fails 1 belfry attach ke-mombasa/news/opening/en "$work/draft.pdf" --name checklist.pdf --out "$work/x.md"
says 'names a file checklist.pdf already'
ok belfry attachments --remove unnamed
[ ! -e "$(file_of "$work/central" "$work/draft.pdf")" ] || fail "it is still there"
has "$work/central" "$large" || fail "more went than that"
ok belfry attach "$work/opening.en.md" "$work/draft.pdf" --name again.pdf
sign_both "$work/opening.en.md"
ok belfry publish "$work/opening.en.md"
ok belfry verify
