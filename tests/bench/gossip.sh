#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One new record in a network of simulated hubs (tests/sim): rounds until all hold it, and what they received
# for each byte that is new to them, the worse of two records.
#   gossip.sh HUBS RUNS ROUNDS…   ROUNDS is the target
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/bench/peers.lib
. "$(pwd)/tests/bench/peers.lib"
while [ $# -ge 3 ]; do
	hubs=$1 runs=$2 rounds=$3
	shift 3
	"$B/tests/sim/sim" --scenario gossip --hubs "$hubs" --seed "${BENCH_SEED:-1}" --seeds "$runs" >"$work/$hubs" ||
		fail "$(tail -n 2 "$work/$hubs")"
	sed -n 's/.*rounds.*, \([0-9]*\) (p99), [0-9]* (most);.*unique \([0-9.]*\),.* wire \([0-9.]*\)$/\1 \2 \3/p' "$work/$hubs" >"$work/figures"
	[ "$(wc -l <"$work/figures")" -eq 2 ] || fail "$hubs hubs: no figures"
	sed 's/^/# /' "$work/$hubs"
	judged "$hubs simulated hubs: rounds, p99 of $runs" "$(sort -n "$work/figures" | awk 'END { print $1 }')" "$rounds"
	judged "  received / unique" "$(awk '$2 > m { m = $2 } END { print m }' "$work/figures")" 1.25
	judged "  with all else on the wire" "$(awk '$3 > m { m = $3 } END { print m }' "$work/figures")" 1.25
done
