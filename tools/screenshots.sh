#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Take pictures of a built site with headless Chromium, to look at them.
#   tools/screenshots.sh SITE OUT [PAGE…]
# Each PAGE (below a language's folder; without any: a few of each kind) at 360 and 1280 pixels, light
# and dark, English and French: OUT/<lang>-<page>-<width>-<light|dark>.png
set -eu
[ $# -ge 2 ] || { sed -n '3,6s/^# //p' "$0" >&2; exit 2; }
site=$(realpath "$1") out=$2
shift 2
mkdir -p "$out"
command -v chromium >/dev/null || { echo "screenshots.sh needs chromium (apt-get install chromium)" >&2; exit 1; }
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT

[ $# -gt 0 ] || {
	record=$(cd "$site/en" && find good-practice -name '*.*.html' 2>/dev/null | LC_ALL=C sort | head -n 1)
	city=$(cd "$site/en" && find city -name '*-*.html' | LC_ALL=C sort | head -n 1)
	set -- index.html good-practice/index.html city/index.html verify.html ${record:+"$record"} ${city:+"$city"}
}

shoot() { # page, picture, width, height, scheme (0 dark, 1 light)
	chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
		--disable-background-networking --disable-component-update --disable-sync \
		--hide-scrollbars --user-data-dir="$profile" --window-size="$3,$4" \
		--blink-settings=preferredColorScheme="$5" --screenshot="$2" "file://$1" >/dev/null 2>&1
	[ -s "$2" ] || { echo "no picture of $1" >&2; exit 1; }
	echo "$2"
}

for page; do
	for lang in en fr; do
		[ -f "$site/$lang/$page" ] || continue
		name=$lang-$(echo "${page%.html}" | tr '/.' '--')
		for scheme in 1-light 0-dark; do
			shoot "$site/$lang/$page" "$out/$name-360-${scheme#*-}.png" 360 1800 "${scheme%-*}"
			shoot "$site/$lang/$page" "$out/$name-1280-${scheme#*-}.png" 1280 1400 "${scheme%-*}"
		done
	done
done
