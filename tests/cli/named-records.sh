#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a record that names another, or the revision it was translated from, is told where none is here;
# it is good all the same, for what it names may be on its way.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

found_network
here=$work/news/bridge
record "$here/en.md" ke-mombasa bridge
sign_both "$here/en.md"
ok belfry publish "$here/en.md"

# FILE LINES: the French text of it.
french() {
	record "$1" ke-mombasa bridge "revision: 1
$2
"
	ok belfry fmt "$1"
}

french "$here/fr.md" 'translation: {of: en, revision: 1, method: human}'
ok belfry check "$here/fr.md"
silent 'warning'
says '1 file checked: all good\.$'

# A revision, or a text, that nobody has seen here.
french "$here/fr.md" 'translation: {of: en, revision: 2, method: human}'
line=$(grep -n '^translation:' "$here/fr.md" | cut -d : -f 1)
ok belfry check "$here/fr.md"
says "^$here/fr.md:$line:1: warning: translation: revision 2 of ke-mombasa/news/bridge/en.md is neither .*; the newest here is 1$"
says 'all good, but for'
ok belfry check "$here/fr.md" --json
json '.bad == 0 and .problems == [] and (.warnings | length) == 1 and .warnings[0].line == '"$line"
french "$here/fr.md" 'translation: {of: es, revision: 1, method: human}'
ok belfry check "$here/fr.md"
says 'warning: translation: ke-mombasa/news/bridge/es.md is neither in this store nor among these files$'

# It is published all the same; what is checked with it counts as here, wherever it stands in the list.
hash=$(sha256sum "$here/en.md" | cut -d ' ' -f 1)
record "$here/en.md" ke-mombasa bridge "revision: 2
previous: [\"sha256:$hash\"]
"
ok belfry fmt "$here/en.md"
french "$here/fr.md" 'translation: {of: en, revision: 2, method: human}'
ok belfry check "$here/fr.md" "$here/en.md"
silent 'warning'
sign_both "$here/fr.md" "$here/en.md"
ok belfry publish "$here/fr.md" "$here/en.md"

# A document that is named.
record "$work/news/ferry/en.md" ke-mombasa ferry 'related: [ke-mombasa/news/bridge, ke-mombasa/news/brigde]
revision: 1
'
ok belfry fmt "$work/news/ferry/en.md"
ok belfry check "$work/news/ferry/en.md"
says 'warning: related: ke-mombasa/news/brigde is neither'
silent 'news/bridge'

# Nobody can tell where nothing has come yet.
ok belfry admit --edge --out "$work/invitation"
ok belfry join "$work/invitation" --store "$work/edge"
ok belfry check "$work/news/ferry/en.md" --store "$work/edge"
silent 'warning'
