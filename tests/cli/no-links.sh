#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: on a disk without symbolic links, as sticks are, `belfry build` says what to do instead.
action=EPERM
# shellcheck source=tests/cli/crash.lib
. "$(dirname "$0")/crash.lib"

found_network "$work/store"
calls=,link, only=$work/stick.d/new at=1
! belfry build --store "$work/store" --out "$work/stick" >"$work/talk" 2>&1 || fail "it says that there is a site"
[ "$failing" = link ] || fail "no link was refused"
grep -q 'has no symbolic links, .* cp -rL$' "$work/talk" || fail "it does not say what would do"
[ ! -e "$work/stick" ] || fail "there is something at $work/stick"
at=0
quietly belfry build --store "$work/store" --out "$work/stick"
[ -f "$work/stick/index.html" ] || fail "there is no site on a disk that has them"
