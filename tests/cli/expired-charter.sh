#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: under an expired charter all that is there goes on, whoever asks is told, and nobody new is let in
# until a newer version comes, which is always taken.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

command -v jq >/dev/null || { echo "skip: jq is not installed"; exit 77; }
cd "$work" || exit 1
found_network
person new
# A version that was made two years ago, and good for one.
ok belfry charter propose --expires 2031-01-01 --out draft
jq '.charter |= (sub("\ntime: [^\n]*"; "\ntime: \"2021-01-01T00:00:00Z\"") | sub("\nexpires: [^\n]*"; "\nexpires: \"2022-01-01T00:00:00Z\""))' \
	draft >old
ok belfry charter sign old
says '+ expires: "2022-01-01T00:00:00Z"'
silent 'expired'
fails 2 belfry charter propose --expires tomorrow
says "expires"
fails 1 belfry charter propose --expires 2001-01-01
says 'it must be after'
ok belfry charter apply old
says 'version 2 expired on 2022-01-01'

ok belfry status
says '^charter .* EXPIRED 2022-01-01T00:00:00Z'
ok belfry status --json
json '.store.charter.is_expired and .store.charter.expires == "2022-01-01T00:00:00Z"'
ok belfry list
says 'Charter version 2 expired on 2022-01-01'
record rec/bridge/en.md ke-mombasa bridge
sign_both rec/bridge/en.md
ok belfry publish rec/bridge/en.md
says 'expired on 2022-01-01'
[ "$(grep -c 'expired on' .talk)" -eq 1 ] || fail "it is said twice"
ok belfry list --json
json 'length == 1' # standard output is what it was
ok belfry build --out site

# Nobody learns new rights; who must go can go.
before=$(head_of)
fails 1 belfry member add new --name New --role author --key new.pub
says 'has expired: new can be given nothing new'
[ "$(head_of)" = "$before" ] || fail "a refused roster was written"
ok belfry city add ke-lamu
ok belfry member retire ann
fails 1 env BELFRY_STORE="$work/central" "$bf" charter propose --site https://x.example/
says 'expires .*: it must be after'

# The same with a daemon, which answers for the store, and on an exchange.
serve "$work/central" --no-build
ok belfry list
says 'expired on 2022-01-01'
grep -q 'expired on 2022-01-01' central.log || fail "the daemon's log does not tell"
ok belfry status
says 'EXPIRED'

# Renewed: a newer version is taken by an expired one, through the daemon, and the notices end.
ok belfry charter propose --expires 2099-01-01 --out draft
ok belfry charter sign draft
ok belfry charter apply draft
ok belfry member add new --name New --role author --key new.pub
silent 'expired'
ok belfry status
says 'good until 2099-01-01'
ok belfry charter propose --expires never --out draft
says '^keys of version 4'
ok belfry verify
