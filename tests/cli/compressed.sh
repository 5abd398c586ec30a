#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: beside each text of the site stand smaller forms of it, which the daemon sends to who takes
# them; `belfry build` says how much it wrote, and leaves the forms out when asked to.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"
command -v curl >/dev/null || { echo "curl is not installed"; exit 77; }

export BELFRY_STORE=$work/central
found_network
record "$work/bridge/en.md" ke-mombasa bridge
sign_both "$work/bridge/en.md"
ok belfry publish "$work/bridge/en.md"
ok belfry build --json
json '.pages_written > 5 and .pages_written == .pages'
ok belfry build --json
json '.pages_written == 0'
page=$BELFRY_STORE/site/en/index.html
gzip -dc "$page.gz" | cmp - "$page" || fail "the .gz is of something else"
[ "$(stat -c %s "$page.br")" -lt "$(stat -c %s "$page")" ] || fail "the .br is no smaller"
ok belfry build --no-compress --out "$work/plain"
[ -z "$(find "$work/plain/" -name '*.gz' -o -name '*.br')" ] || fail "--no-compress left forms"

serve "$BELFRY_STORE" --no-build --listen none --http 127.0.0.1:0
url=$(tail -n 1 "$BELFRY_STORE/listening")
sent() { # ACCEPTED: the coding that came, and the body in $work/body
	curl -sf -H "Accept-Encoding: $1" -D "$work/head" -o "$work/body" "${url}en/index.html" || fail "curl: $?"
	grep -qi '^vary: accept-encoding' "$work/head" || fail "no Vary for $1"
	sed -n 's/^content-encoding: \([a-z]*\).*/\1/Ip' "$work/head"
}
[ "$(sent 'gzip, br')" = br ] || fail "no br for who takes it"
cmp "$work/body" "$page.br" || fail "the .br was not sent"
[ "$(sent 'gzip;q=0.5')" = gzip ] || fail "no gzip for who takes only that"
cmp "$work/body" "$page.gz" || fail "the .gz was not sent"
[ -z "$(sent 'br;q=0, identity')" ] || fail "br for who refuses it"
cmp "$work/body" "$page" || fail "the page was not sent"
