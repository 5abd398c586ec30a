#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A long life: a mirror receives BENCH_LONG_N (10,000) records over 200 cities, an entry each, every one by
# itself as a daemon would when each comes alone (tests/bench/long.c): admitted, flushed, refs moved, packs
# put in order. Then how many packs and open files there were at most, what a check costs that finds
# nothing new (both sides' work and handshake, no line between them), and whether the last entries took
# longer than the first. Some four minutes on a machine that does nothing else.
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/bench/peers.lib
. "$(pwd)/tests/bench/peers.lib"
n=${BENCH_LONG_N:-10000}
corpus=$work/a
make_store "$corpus" "$n" -e 1
invite "$corpus"
join_mirror "$work/b" "$corpus.invitation" 127.0.0.1:1
"$tools/long" "$corpus" "$work/b" >"$work/figures" || fail "the mirror's life ended early"
figure_of() { sed -n "s/^$1 //p" "$work/figures"; }
[ "$(figure_of entries)" -ge "$n" ] || fail "only $(figure_of entries) entries came"
judged "$n one-record syncs: packs at most" "$(figure_of packs)" 50
judged "  open descriptors at most" "$(figure_of files)" 100
judged "  a check that finds nothing new, ms" "$(figure_of check)" 1
judged "  an entry, ms, mean of the last tenth" "$(figure_of last)" -
judged "  an entry, ms, mean of the first tenth" "$(figure_of first)" -
