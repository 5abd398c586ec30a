#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: attachments come from a web host as from a link: what the policy wants, within the budget, on
# from where a line broke; a host that sends something else is found at its first wrong piece.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"
# shellcheck source=tests/cli/files.lib
. tests/cli/files.lib
proxy=$(dirname "$bf")/tests/bench/proxy
built "$proxy"


found_network
large=$work/guide.pdf
small=$work/list.pdf
pdf "$large" 1500000
pdf "$small" 30000
record "$work/en.md" ke-mombasa opening
ok belfry attach "$work/en.md" "$large"
ok belfry attach "$work/en.md" "$small"
sign_both "$work/en.md"
ok belfry publish "$work/en.md"
ok belfry admit --edge --out "$work/invitation"
edge() { belfry "$@" --store "$work/edge"; }
ok edge join "$work/invitation"

# --- laid out without a second copy ---
ok belfry build
site=$work/central/site
[ "$(sed -n 1p "$site/local/index.txt")" = "belfry-attachments 1" ] || fail "no list of attachments"
[ "$(tail -n +2 "$site/local/index.txt" | wc -l)" -eq 2 ] || fail "other files than those two"
l=$(sha "$large")
[ "$site/local/$l/guide.pdf" -ef "$work/central/attachments/${l:0:2}/$l" ] || fail "it is a copy"
[ "$site/local/$l/chunks" -ef "$work/central/attachments/${l:0:2}/$l.chunks" ] || fail "its list is a copy"
ok belfry build --out "$work/plain" --no-mirror
[ ! -e "$work/plain/local/index.txt" ] || fail "--no-mirror lays out a list"
serve "$work/central" --no-build --http 127.0.0.1:0
host=$http

# --- by policy: an edge wants none, then small ones ---
ok edge pull "$host"
silent attachment
ok edge pull "$host"
says '; 1 requests, '
ok edge attachments --policy small
ok edge pull "$host" --dry-run --json
json '.attachments == 1 and .wanted_bytes == 30000'
ok edge pull "$host"
says ', 1 attachment; 3 requests, '
has "$work/edge" "$small" || fail "the small file did not come"
ok edge pull "$host"
says '; 1 requests, '
ok edge attachments --json
json '.spent > 30000 and .spent < 32000'

# --- a line that dies in the middle of it, then goes on inside a piece ---
"$proxy" -r 4000000 -d 5 -x 700000 "$work/dying" "${host##*:}" 2>/dev/null &
pids+=($!)
until_true test -s "$work/dying.port"
line=http://127.0.0.1:$(cat "$work/dying.port")/
down() { cut -d' ' -f2 "$work/dying"; }
ok edge attachments --fetch guide.pdf
ok edge pull "$line"
says ', 1 attachment;'
has "$work/edge" "$large" || fail "the large file did not come"
[ "$(wc -l <"$work/dying.cuts")" -eq 1 ] || fail "the line did not die"
echo "1500000 bytes over a line that died once: $(down)"
[ "$(down)" -le $((1500000 + 15000)) ] || fail "it was paid for again"

# --- a program that dies in the middle of it; a daemon takes in what comes ---
ok belfry join "$work/invitation" --store "$work/kiosk"
ok belfry attachments --policy all --store "$work/kiosk"
serve "$work/kiosk" --listen none --http 127.0.0.1:0
kiosk=$http
"$proxy" -r 1500000 -d 5 "$work/slow" "${host##*:}" 2>/dev/null &
pids+=($!)
until_true test -s "$work/slow.port"
line=http://127.0.0.1:$(cat "$work/slow.port")/
"$bf" pull "$line" --store "$work/kiosk" >"$work/killed" 2>&1 &
killed=$!
came() { [ "$(cut -d' ' -f2 "$work/slow")" -gt 700000 ]; }
until_true came
kill -9 $killed
wait $killed 2>/dev/null
ok belfry attachments --budget 1m --store "$work/kiosk"
ok belfry pull "$line" --store "$work/kiosk" # what was whole counts, and no more fits
says '^1 wanted attachment ([4-9].*kB) still to come'
ok belfry attachments --budget 0 --store "$work/kiosk"

# --- several addresses: what one lacks the next has; one that is no host stops nothing ---
fails 1 belfry pull http://127.0.0.1:1/ "$line" "$host" --store "$work/kiosk"
says 'breaks off'
says ', 1 attachment;'
has "$work/kiosk" "$large" || fail "the large file did not come"
page() { cmp -s "$large" "$work/kiosk/site/local/$l/guide.pdf"; }
until_true page
until_true grep -q guide.pdf "$work/kiosk/site/local/index.txt"
ok belfry status --store "$work/kiosk" --json
json '.store.attachments | .here == 2 and .to_come == 0 and .spent > 1500000'
ok edge attachments --remove all
ok edge attachments --fetch all
ok edge pull "$kiosk"
has "$work/edge" "$large" || fail "a mirror of a mirror has it not"
ok edge verify
exit 0
