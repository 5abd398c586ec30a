#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: check says what a page will not show as its author meant it: pasted HTML, pictures from a disk, odd links.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

found_network
file=$work/en.md
record "$file" ke-mombasa bridge
ok belfry check "$file"
silent 'warning'
lines=$(wc -l <"$file")
cat >>"$file" <<'TEXT'

Pasted <b>bold</b> words.

<table><tr><td>1</td></tr></table>

![The hall](photo.jpg)
![The hall](https://example.org/hall.jpg)
[The guide](guide.pdf), [a trick](javascript:alert(1)).

[Good](https://example.org/), [good](record:ke-mombasa/news/bridge), <https://example.org/>, `<b>`, 3 < 4.
TEXT
ok belfry check "$file"
says 'all good, but for what is to be looked at'
for line in \
	"2:1: warning: readers see <b> as it stands: HTML is not taken" \
	"4:1: warning: readers see <table><tr><td>1</td></tr></table> as it stands" \
	"6:1: warning: the page has no link to photo.jpg, only its words: .*belfry attach" \
	"7:1: warning: the picture https://example.org/hall.jpg is a link on the page" \
	"8:1: warning: the page has no link to guide.pdf" \
	"8:1: warning: the page has no link to javascript:alert(1)"; do
	says "^$file:$((lines + ${line%%:*})):${line#*:}"
done
[ "$(cat "$work/.out" "$work/.talk" | grep -c warning)" -eq 6 ] || fail "it warns of more"
ok belfry check "$file" --json
json '.bad == 0 and (.warnings | length) == 6 and (.warnings[0].text | startswith("readers see"))'
ok belfry sign "$file" --key "$work/ann"

# Nothing in the demonstration is odd.
ok belfry check --store "$work/none" content/demo/*/*/*/*.md
silent 'readers see\|the page has'
