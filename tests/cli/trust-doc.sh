#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: what docs/trust.md names is there: each test that walks through a case, each section that is linked to,
# each command, with the options it gives to it.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

doc=$root/docs/trust.md
tests=$(grep -o 'tests/cli/[a-z-]*\.sh' "$doc" | sort -u)
[ "$(wc -l <<<"$tests")" -ge 10 ] || fail "where are the cases? $tests"
for t in $tests; do
	[ -x "$root/$t" ] || fail "there is no $t"
done

sed -n 's/^##*  *//p' "$doc" | tr '[:upper:] ' '[:lower:]-' | tr -cd 'a-z0-9\n-' >"$work/sections"
for link in $(grep -oh '(#[^)]*)' "$doc") $(grep -oh '(trust\.md#[^)]*)' "$root"/docs/*.md); do
	link=${link##*#}
	grep -qx -- "${link%)}" "$work/sections" || fail "no section is #${link%)}"
done

# A line of an example, or what stands between two backticks.
# shellcheck disable=SC2016 # backticks of the document
{ sed -n 's/^  *\(belfry .*\)/\1/p' "$doc"; grep -o '`belfry [^`]*`' "$doc" | tr -d '`'; } | sed 's/  *#.*//' >"$work/commands"
[ "$(wc -l <"$work/commands")" -ge 50 ] || fail "where are the commands?"
while read -r _ name rest; do
	case $name in charter | key) name="$name ${rest%% *}" ;; esac
	if [ ! -e "$work/help-$name" ]; then
		# shellcheck disable=SC2086 # two words
		"$bf" $name --help >"$work/help-$name" 2>&1 || fail "there is no command $name"
	fi
	for word in $rest; do
		case $word in
		--help) ;;
		--*) grep -q -e "${word%%=*}\b" "$work/help-$name" || fail "belfry $name has no $word" ;;
		esac
	done
done <"$work/commands"
