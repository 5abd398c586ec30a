#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One hub with BENCH_CROWD (200) peers connected: its resident memory when all are in sync, and how long one
# new record takes from the hub's own ref to the last of them; medians of BENCH_CROWDS (3). The peers
# are sessions of one program that verifies and keeps nothing (tests/bench/crowd.c), so that both
# cores are the hub's. One hub again with a single peer shows what a peer adds.
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/bench/peers.lib
. "$(pwd)/tests/bench/peers.lib"
many=${BENCH_CROWD:-200} times=${BENCH_CROWDS:-3}
corpus=$work/a
make_store "$corpus" "${BENCH_CROWD_N:-300}" -e 0 -s "$((2 * times))" "$work/new"
i=0 k=0
while [ $i -lt "$times" ]; do
	i=$((i + 1))
	for peers_now in 1 "$many"; do
		k=$((k + 1))
		serve "$corpus"
		"$tools/crowd" "$corpus" "$(sed -n '1s/.*://p' "$corpus/listening")" "$peers_now" "$(cat "$corpus.pid")" \
			"$bf" publish "$(ls "$work/new/$k"/*.md)" --store "$corpus" >>"$work/crowd.$peers_now"
		stop_daemon "$corpus"
	done
done
awk '{ print $6 - $4 }' "$work/crowd.$many" >"$work/fan"
awk '{ print ($2 > $3 ? $2 : $3) }' "$work/crowd.$many" >"$work/memory"
judged "$many peers, resident KiB of the hub; 64 MiB and 100 KiB each" "$(median "$work/memory" 1)" $((64 * 1024 + 100 * many))
judged "  with one peer" "$(median "$work/crowd.1" 3)" -
judged "  one record from the hub's ref to the last, ms" "$(median "$work/fan" 1)" 1000
judged "  all connected and in sync, ms" "$(median "$work/crowd.$many" 1)" -
