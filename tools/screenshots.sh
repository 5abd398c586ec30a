#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Take pictures of a built site, to look at them.
#   tools/screenshots.sh SITE OUT [PAGE…]
# Each PAGE (below a language's folder; without any: one of each kind) in all languages, at 360 and 1280
# pixels, light and dark: OUT/<language>-<page>-<width>-<light|dark>.png
set -eu
[ $# -ge 2 ] || { sed -n '3,6s/^# //p' "$0" >&2; exit 2; }
web=$(dirname "$0")/../tests/web
[ -d "$web/node_modules/playwright-core" ] || { echo "screenshots.sh needs what make web-tools installs" >&2; exit 1; }
exec node "$web/shots.mjs" "$@"
