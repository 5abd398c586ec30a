#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run each test named (a cmocka program or a script), and close with "N passed, N failed".
# A cmocka program counts each of its tests; a script counts as one and may skip with exit 77,
# giving its reason on its last line.
set -u
cd "$(dirname "$0")/.." || exit 2
passed=0 failed=0 skipped=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT
for test; do
	start=$(date +%s)
	case $test in
	*.sh)
		timeout 240 "$test" >"$out" 2>&1
		case $? in
		0) passed=$((passed + 1)); word=ok ;;
		77) skipped=$((skipped + 1)); word="skip: $(tail -n 1 "$out")" ;;
		*) failed=$((failed + 1)); word=FAILED ;;
		esac ;;
	*)
		CMOCKA_MESSAGE_OUTPUT=STDOUT timeout 240 "$test" >"$out" 2>&1
		status=$?
		good=$(grep -c '\[       OK \]' "$out")
		bad=$(sed -n 's/^ *\([0-9]*\) FAILED TEST.*/\1/p' "$out" | head -n 1)
		word="ok ($good)"
		if [ $status -ne 0 ]; then
			bad=${bad:-1} # it may have died before it could count
			word=FAILED
		fi
		passed=$((passed + good)) failed=$((failed + ${bad:-0})) ;;
	esac
	printf '%4ss  %-44s %s\n' $(($(date +%s) - start)) "${test#build/}" "$word"
	[ "$word" != FAILED ] || cat "$out"
done
if [ "$skipped" -gt 0 ]; then
	echo "$passed passed, $failed failed, $skipped skipped"
else
	echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
