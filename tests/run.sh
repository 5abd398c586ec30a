#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run each test named (a cmocka program or a script), JOBS (two more than there are processors: they often wait) at a time, and
# close with "N passed, N failed". A cmocka program counts each of its tests; a script counts as one and may
# skip with exit 77, giving its reason on its last line. Tests share nothing: no port, no folder.
set -u
cd "$(dirname "$0")/.." || exit 2

one() { # TEST: a line for people, and what it adds to the sums
	test=$1
	out=$(mktemp -p "$sums") passed=0 failed=0 skipped=0 start=$(date +%s)
	case $test in
	*.sh)
		timeout 600 "$test" >"$out" 2>&1
		case $? in
		0) passed=1 word=ok ;;
		77) skipped=1 word="skip: $(tail -n 1 "$out")" ;;
		*) failed=1 word=FAILED ;;
		esac ;;
	*)
		CMOCKA_MESSAGE_OUTPUT=STDOUT timeout 600 "$test" >"$out" 2>&1
		status=$?
		passed=$(grep -c '\[       OK \]' "$out")
		word="ok ($passed)"
		if [ $status -ne 0 ]; then
			failed=$(sed -n 's/^ *\([0-9]*\) FAILED TEST.*/\1/p' "$out" | head -n 1)
			failed=${failed:-1} # it may have died before it could count
			word=FAILED
		fi ;;
	esac
	{
		printf '%4ss  %-44s %s\n' $(($(date +%s) - start)) "${test#build/}" "$word"
		[ "$word" != FAILED ] || cat "$out"
	} >"$out.said"
	cat "$out.said" # at once, so that two do not mix
	echo "$passed $failed $skipped" >"$out.sum"
}

if [ "${1:-}" = --one ]; then
	sums=$2
	one "$3"
	exit 0
fi
sums=$(mktemp -d)
trap 'rm -rf "$sums"' EXIT
trap 'exit 130' INT TERM
printf '%s\0' "$@" | xargs -0 -n 1 -P "${JOBS:-$(($(nproc) + 2))}" tests/run.sh --one "$sums"
cat "$sums"/*.sum 2>/dev/null | awk -v tests="$#" '{ passed += $1; failed += $2; skipped += $3 }
	END { if (NR < tests) failed += tests - NR # one that was ended from outside
		printf "%d passed, %d failed", passed, failed
		if (skipped) printf ", %d skipped", skipped
		print ""
		exit failed > 0 || passed == 0 }'
