#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a build that finds nothing new leaves the site as it is and says the same of it; whatever could have changed
# it makes the next build look again.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"
# shellcheck source=tests/cli/files.lib
. tests/cli/files.lib

found_network
site=$work/central/site
pdf "$work/guide.pdf" 2000
record "$work/one/en.md" ke-mombasa archive
ok belfry attach "$work/one/en.md" "$work/guide.pdf"
sign_both "$work/one/en.md"
ok belfry publish "$work/one/en.md"
forms=--no-compress # they take longest
# shellcheck disable=SC2086 # it may be nothing
build() { ok belfry build $forms "$@" && out | tail -n 1 | sed 's/; written:.*//' >"$work/said.now"; }
same_tree() { # OPTION…: nothing is written, not even a link
	build "$@"
	[ "$(stat -c '%Y %i %N' "$site")" = "$link" ] || fail "it was built anew: build $*"
	cmp "$work/said" "$work/said.now" || fail "it says otherwise: build $*"
}
looked() { # WHY OPTION…: it was, and is remembered
	local why=$1
	shift
	build "$@"
	[ "$(stat -c '%Y %i %N' "$site")" != "$link" ] || fail "it was not looked at: $why"
	remember
	same_tree "$@"
}
remember() {
	link=$(stat -c '%Y %i %N' "$site")
	mv "$work/said.now" "$work/said"
}
state_of() { echo "$site.d/$(readlink "$site" | tail -c 2).state"; }

build
remember
same_tree
build --anew
[ "$(stat -c '%Y %i %N' "$site")" != "$link" ] || fail "--anew takes what is there"
remember
same_tree
forms=''
looked "other options"
forms=--no-compress
looked "other options" --no-mirror
looked "all of it"
mkdir "$work/look"
echo ':root { --band: #5b2a86 }' >"$work/look/custom.css"
looked "a theme" --theme "$work/look"
echo ':root { --band: #000000 }' >"$work/look/custom.css"
looked "a theme that changed" --theme "$work/look"
looked "no theme"
file=$(file_of "$work/central" "$work/guide.pdf")
mv "$file" "$work/away"
looked "a file that is gone"
mv "$work/away" "$file"
looked "a file that has come"
rm -r "$site.d/$(readlink "$site" | tail -c 2 | tr ab ba)"
looked "a tree that is gone"
bend "$(state_of)" 200
looked "a damaged state"
truncate -s -3 "$(state_of)"
looked "a cut state"
record "$work/two/en.md" ke-mombasa bridge
sign_both "$work/two/en.md"
ok belfry publish "$work/two/en.md"
looked "a new record"
[ -e "$site/records/ke-mombasa/news/bridge/en.md" ] || fail "the new record is not in the site"
ok belfry build $forms --out "$work/fresh" --anew
diff -r "$work/fresh/" "$site/" || fail "the site is another than one made anew"
