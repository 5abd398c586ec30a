#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Break one check after the other (tests/mutations.txt) in a copy of the tree, and see that the test
# named there fails. Arguments choose by file name; --lines only looks whether each line is there. Ends
# with 1 where a break goes unnoticed.
set -u
cd "$(dirname "$0")/.." || exit 2
root=$PWD
only_lines=
if [ "${1:-}" = --lines ]; then
	only_lines=yes
	shift
fi
copy=$(mktemp -d "${TMPDIR:-/tmp}/belfry-mutate.XXXXXX")
trap 'rm -rf "$copy"' EXIT
trap 'exit 130' INT TERM
cp -a Makefile schemas content tools docs src tests "$copy/"
mkdir -p "$copy/build/tests"
for made in src asset.S asset.o libbelfry.a tests/rules; do # so that little is left to compile
	[ ! -e "${B:-build}/$made" ] || cp -a "${B:-build}/$made" "$copy/build/$made"
done
cd "$copy" || exit 2

# Put `new` for the one line of the file that is `old` but for its indentation.
change() { # FILE OLD NEW
	awk -v old="$2" -v new="$3" '
		{ line = $0; sub(/^[ \t]+/, "", line) }
		line == old { print new; n++; next }
		{ print }
		END { exit n != 1 }' "$1" >changed && cat changed >"$1"
}

target() { # of a test, for make
	case $1 in
	tests/rules/*) echo build/tests/rules/rules ;;
	*) echo "build/$1" ;;
	esac
}

run() { # TEST: fails?
	case $1 in
	tests/rules/*) timeout 240 build/tests/rules/rules --scenarios "${SCENARIOS:-60}" --seed 1 ;;
	*) timeout 240 "build/$1" ;;
	esac >said 2>&1
}

caught=0 survived=0
while read -r mark file test; do
	[ "$mark" = @ ] || continue
	IFS= read -r old
	IFS= read -r new
	if [ $# -gt 0 ] && [[ " $* " != *" $(basename "$file") "* ]]; then continue; fi
	cp "$root/$file" "$file"
	if ! change "$file" "${old#- }" "${new#+ }"; then
		echo "STALE     $file: not one line is: ${old#- }"
		survived=$((survived + 1))
	elif [ "$only_lines" ]; then
		caught=$((caught + 1))
	elif ! make -s "$(target "$test")" WARN= >said 2>&1; then
		echo "NO BUILD  $file: ${new#+ }"
		sed 's/^/    /' said | grep error
		survived=$((survived + 1))
	elif run "$test"; then
		echo "SURVIVED  $file: ${old#- } ($test)"
		survived=$((survived + 1))
	else
		caught=$((caught + 1))
		echo "caught    $file: ${old#- } ($test)"
	fi
	cp "$root/$file" "$file"
done < <(sed 's/\\/\\\\/g' "$root/tests/mutations.txt")
if [ "$only_lines" ]; then
	echo "$caught lines are there, $survived not"
else
	echo "$caught breaks caught, $survived not"
fi
[ $survived -eq 0 ] && [ $caught -gt 0 ]
