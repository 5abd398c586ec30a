#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a hub's own colours, logo and words stand over the program's, by option and by setting; a mistake is named
# with its line and leaves the site as it was.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

found_network
site=$work/central/site theme=$work/central/look
ok belfry build --no-mirror
cp -rL "$site" "$work/plain"
mkdir "$theme"
echo ':root { --band: #5b2a86 }' >"$theme/custom.css"
echo '<svg viewBox="0 0 8 8" width="32" height="32" aria-hidden="true"><rect width="8" height="8"/></svg>' >"$theme/logo.svg"
echo '{"ui": {"topics": "Nos thèmes"}}' >"$theme/fr.json"
ok belfry build --no-mirror --theme "$theme"
grep -q 'band:#5b2a86' "$site/style.css" || fail "its colours are not there"
grep -q '<rect width="8" height="8"/>' "$site/en/index.html" || fail "its logo is not there"
grep -q 'Nos thèmes' "$site/fr/index.html" || fail "its words are not there"
cp -rL "$site" "$work/own"

# The setting does the same, from the store's folder on, for every build of the store.
ok belfry build --no-mirror
diff -r "$work/plain" "$site/" || fail "the folder is used unasked"
setting() { git --git-dir="$work/central/store.git" config belfry.theme "$1"; }
setting look
ok belfry build --no-mirror
diff -r "$work/own" "$site/" || fail "the setting says otherwise than the option"
ok belfry build --no-mirror --anew --out "$work/anew"
diff -r "$site/" "$work/anew/" || fail "a site made anew differs"

printf '<p>\n{{#each}}\n' >"$theme/home.mustache"
fails 1 belfry build --no-mirror
says "^belfry build: $theme/home.mustache:2: a section that is not closed"
mv "$theme/home.mustache" "$theme/hoem.mustache"
fails 1 belfry build --no-mirror
says "hoem.mustache is no part of a theme; near it: home.mustache; there are: custom.css, .*fr.json, scripts and templates such as home.mustache$"
diff -r "$work/own" "$site/" || fail "a mistake changed the site"
rm "$theme/hoem.mustache"
setting "$work/nowhere"
fails 1 belfry build --no-mirror
says "there is no folder $work/nowhere with a theme in it"
