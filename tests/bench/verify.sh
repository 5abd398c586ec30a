#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `belfry verify` of BENCH_VERIFY_N (10,000) records, an entry each, with three signatures: author's, reviewer's,
# journal's, in signatures a second of CPU time on one core. Beside it libsodium alone (tests/bench/floor.c), of
# which half is wanted: crypto_sign_verify_detached over the same texts, each record twice and each commit once;
# and over 150 bytes, which is what is left of a text in SSHSIG, without the SHA-512 of the text. Then one entry
# more in a store that knows the others, in ms of CPU time, of which at most 5 are wanted. Medians of BENCH_VERIFIES (3).
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"
many=${BENCH_VERIFY_N:-10000} times=${BENCH_VERIFIES:-3}
make_store "$work/a" "$many" -e 1 -s "$times" "$work/new"
"$bf" export "$work/file" --store "$work/a" >/dev/null 2>&1
one_core=
! command -v taskset >/dev/null || one_core="taskset -c 0"
i=0
while [ $i -lt "$times" ]; do
	i=$((i + 1))
	# shellcheck disable=SC2086 # a list of words
	"$tools/run" -o "$work/verify.now" $one_core "$bf" verify --store "$work/a" >"$work/said" 2>&1 || fail verify
	grep -q "$many records checked: all good" "$work/said" || fail "verify: $(cat "$work/said")"
	# shellcheck disable=SC2086
	$one_core "$tools/floor" "$work/file" "$work/a/store.git" "$work/scratch" >"$work/floor.now"
	awk '{ v[$1] = $2 } END { printf "%.0f %.0f\n", v["signatures"] / v["detached"] * 1000,
		v["signatures"] / v["ed25519"] * 1000 }' "$work/floor.now" >>"$work/floor"
	awk -v n="$(awk '/^signatures/ { print $2 }' "$work/floor.now")" '{ printf "%.0f\n", n / $2 }' "$work/verify.now" >>"$work/rate"
done
i=0
while [ $i -lt "$times" ]; do
	i=$((i + 1))
	"$tools/incremental" "$work/a" "$(echo "$work/new/$i"/*.md)" >>"$work/more"
done
ours=$(median "$work/rate" 1)
row "verify $many records, signatures/s; libsodium alone" "$ours" "$(median "$work/floor" 1)"
row "  beside libsodium on texts of 150 bytes" "$ours" "$(median "$work/floor" 2)"
row "  one entry more, CPU ms; 5" "$(median "$work/more" 1)" 5
