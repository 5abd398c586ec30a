#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: the resource centre of the demonstration's records, in a browser: a page of each kind, languages,
# widths and colours in turn; WEB=all: all of them. SHOTS=FOLDER takes pictures, too; after MINUTES
# no further page is looked at, so that a slow machine has no test that fails for that.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/../cli/cli.lib"
chromium=${CHROMIUM:-/usr/bin/chromium}
why=
[ -x "$chromium" ] || why="there is no Chromium"
command -v node >/dev/null || why="there is no node"
[ -d "$root/tests/web/node_modules/playwright-core" ] || why="what tests/web/package.json names is not installed"
[ -z "$why" ] || { echo "$why (make check-web installs it)"; exit 77; }

found_network
ok belfry city add --from "$root/content/demo/places.tsv"
cp -r "$root/content/demo" "$work/records"
mapfile -t files < <(find "$work/records" -name '*.md' | sort)
sign_both "${files[@]}"
ok belfry publish "${files[@]}"
ok belfry build --out "$work/site"
cd "$root/tests/web" || exit 2
[ -n "${WEB:-}" ] || : "${MINUTES:=3}"
node check.mjs "$work/site" ${WEB:+--all} ${MINUTES:+--minutes "$MINUTES"} || fail "a check failed"
[ -z "${SHOTS:-}" ] || node shots.mjs "$work/site" "$SHOTS"
