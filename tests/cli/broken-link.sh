#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a site whose pages lead nowhere is not shown; the build says which line is at fault, also when only
# a few pages were made anew.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

found_network
record "$work/rec/bridge/en.md" ke-mombasa bridge
sign_both "$work"/rec/*/*.md
ok belfry publish "$work"/rec/*/*.md
ok belfry build --out "$work/site"
before=$(readlink "$work/site")

mkdir "$work/theme"
theme=$(dirname "$0")/../../content/theme
try() { # NAME LINE: a theme with that line at the end of a template
	cp "$theme/$1.mustache" "$work/theme/"
	printf '%s\n' "$2" >>"$work/theme/$1.mustache"
	line=$(wc -l <"$work/theme/$1.mustache")
	fails 1 belfry build --out "$work/site" --theme "$work/theme"
	says "$3"
	[ "$(readlink "$work/site")" = "$before" ] || fail "a broken site is shown"
	rm "$work/theme/$1.mustache"
}
try card '<li><a href="{{up}}nowhere.html">x</a></li>' 'nowhere.html'
says "card.mustache:$line)"
try card '<li><a href="{{up}}verify.html#nowhere">x</a></li>' 'verify.html#nowhere'
try card '<li><a href="#nowhere">x</a></li>' 'a link to a place in it that is not there: nowhere'
try card '<li><img></li>' 'an element that may not stand here: img'

# The same where all is as it was but for one record.
ok belfry build --out "$work/site" --theme "$work/theme"
record "$work/rec/tower/en.md" ke-mombasa tower
sign_both "$work/rec/tower/en.md"
ok belfry publish "$work/rec/tower/en.md"
ok belfry build --out "$work/site" --theme "$work/theme"
[ -e "$work/site/en/news/ke-mombasa.tower.html" ] || fail 'the new page is not there'
