#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Taking in BENCH_INGEST_N (1,000) records from a file, an entry each, into an empty mirror, on one core: CPU
# (user and system) of `belfry import`, and of judging every record by the rules afterwards (`belfry
# verify`). Beside it the same libraries' calls alone (tests/bench/floor.c). Medians of BENCH_INGESTS (3).
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/bench/peers.lib
. "$(pwd)/tests/bench/peers.lib"
many=${BENCH_INGEST_N:-1000} times=${BENCH_INGESTS:-3}
corpus=$work/a
make_store "$corpus" "$many" -e 1
invite "$corpus"
"$bf" export "$work/file" --store "$corpus" >/dev/null 2>&1
one_core=
! command -v taskset >/dev/null || one_core="taskset -c 0"
i=0
while [ $i -lt "$times" ]; do
	i=$((i + 1))
	rm -rf "$work/b"
	join_mirror "$work/b" "$corpus.invitation" 127.0.0.1:1
	# shellcheck disable=SC2086 # a list of words
	"$tools/run" -o "$work/import.now" $one_core "$bf" import "$work/file" --store "$work/b" >/dev/null 2>&1 || fail import
	# shellcheck disable=SC2086
	"$tools/run" -o "$work/verify.now" $one_core "$bf" verify --store "$work/b" >"$work/said" 2>&1 || fail verify
	grep -q "$many records checked: all good" "$work/said" || fail "verify: $(cat "$work/said")"
	# shellcheck disable=SC2086
	$one_core "$tools/floor" "$work/file" "$work/b/store.git" "$work/scratch" >"$work/floor.now"
	cat "$work/import.now" >>"$work/import"
	cat "$work/verify.now" >>"$work/verify"
	sed -n 's/^sum //p' "$work/floor.now" >>"$work/floor"
done
echo "# calls alone, ms: $(tr '\n' ',' <"$work/floor.now")"
import=$(median "$work/import" 2 | awk '{ print $1 * 1000 }')
paste -d' ' "$work/import" "$work/verify" | awk '{ print ($2 + $5) * 1000 }' >"$work/both"
judged "import $many records, CPU ms; 1.5 times the calls alone" "$import" "$(median "$work/floor" 1 | awk '{ print $1 * 1.5 }')"
judged "  import and verify" "$(median "$work/both" 1)" -
judged "  import, peak MiB" "$(median "$work/import" 3)" -
