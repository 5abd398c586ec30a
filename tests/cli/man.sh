#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: belfry(1), made from what the program says, has every command and option, and groff nothing to say.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

ok "$root/tools/man.sh" "$bf"
out >"$work/belfry.1"
ok belfry help
commands=$(out | sed -n 's/^  \([a-z]*\)  *[A-Z].*/\1/p')
[ "$(wc -l <<<"$commands")" -ge 20 ] || fail "help lists too few commands: $commands"
for command in $commands; do
	[ "$(grep -cx "\.SS $command" "$work/belfry.1")" -eq 1 ] || fail "$command has no section of its own"
	awk -v head=".SS $command" '/^\.S[SH]/ { on = $0 == head } on' "$work/belfry.1" | sed 's/\\-/-/g; s/\\e/\\/g' >"$work/section"
	ok belfry "$command" --help
	while read -r option; do
		grep -qxF ".B $option" "$work/section" || fail "the section of $command has not $option"
	done < <(out | sed -n 's/^  \(--[a-z-]*\( [^ ]*\)\{0,1\}\)  *.*/\1/p' | grep -v -e '^--store ' -e '^--json' -e '^--help')
done
grep -qx '\.SS charter propose' "$work/belfry.1" || fail "the verbs of charter have no sections"

command -v groff >/dev/null || { echo "there is no groff"; exit 77; }
ok groff -k -man -Tutf8 -ww -z "$work/belfry.1"
silent .
