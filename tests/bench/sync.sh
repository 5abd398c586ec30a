#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `make bench-sync` and `make campaign-sync`: replication beside git, fossil, rsync and syncthing in one run, on
# the same records and the same model of a line. Rows of "what, ours, the best peer, ours / best,
# target, met or SHORT, each peer". BENCH_ROWS chooses among
#   small mirror weak thin cut push stick crowd ingest gossip      bench-sync, some ten minutes
#   weak-10k thin-1k mirror-10k cut-200 stick-1k ingest-10k long gossip-1k   campaign-sync adds these, hours
# and the settings of each part stand at its top. A peer that is not installed is "-". What CPU
# decides (push, crowd, ingest) wants a machine that does nothing else; bytes and lines do not.
set -eu
cd "$(dirname "$0")/../.."
export B="${B:-build}"
tools/packages.sh install bench || echo "# not every package could be installed: what is missing is said below"
version() { if command -v "$1" >/dev/null; then "$@" 2>/dev/null | head -n 1 | cut -c -40; else echo "no $1"; fi; }
echo "# $(date -u +%Y-%m-%d), $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg), belfry $(git describe --always --dirty 2>/dev/null || echo unknown)"
echo "# $(version git --version); $(version fossil version); $(version rsync --version); $(version syncthing --version)"
# shellcheck disable=SC2016 # perl's, not the shell's
printf '%-50s %9s %9s %6s %9s  %-5s %9s %9s %9s %9s\n' what ours best ratio target '' git fossil rsync syncthing

part() {
	case $1 in
	small) tests/bench/small.sh ;;
	mirror) BENCH_SYNC_N=1000 tests/bench/mirror.sh ;;
	mirror-10k) BENCH_SYNC_N=10000 tests/bench/mirror.sh ;;
	weak) tests/bench/weak.sh 1000 32000 100 10,20,"$seed" ;;
	weak-10k) tests/bench/weak.sh 10000 32000 100 20,40,"$seed" ;;
	thin) BENCH_LIMIT=2.5 tests/bench/weak.sh 400 8000 300 30,30,"$seed" ;;
	thin-1k) tests/bench/weak.sh 1000 8000 300 30,30,"$seed" ;;
	cut) tests/bench/cut.sh ;;
	cut-200) BENCH_CUTS=200 tests/bench/cut.sh ;;
	push) BENCH_TIMES=${BENCH_TIMES:-15} tests/bench/push.sh ;;
	stick) tests/bench/stick.sh ;;
	stick-1k) BENCH_STICKS=1000 tests/bench/stick.sh ;;
	crowd) tests/bench/crowd.sh ;;
	ingest) tests/bench/ingest.sh ;;
	ingest-10k) BENCH_INGEST_N=10000 BENCH_INGESTS=1 tests/bench/ingest.sh ;;
	long) tests/bench/long.sh ;;
	gossip) tests/bench/gossip.sh 9 20 5 209 20 9 ;;
	gossip-1k) tests/bench/gossip.sh 1000 10 11 ;;
	*) echo "sync.sh: there is no part '$1'" >&2; return 2 ;;
	esac
}
export BENCH_SEED="${BENCH_SEED:-1}"
seed=$BENCH_SEED
rows=${BENCH_ROWS:-small mirror weak thin cut push stick crowd ingest gossip}
# Once, before parts that run at the same time want it.
tests/bench/text.sh "$B/bench/languages" en fr es ar >/dev/null
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
run_part() {
	begun=$(date +%s)
	part "$1" >"$out/$1" 2>&1 || echo "$1: FAILED" >>"$out/$1"
	echo "# $1 took $(($(date +%s) - begun)) s" >>"$out/$1"
}
show_part() {
	echo "# --- $1, seed $seed"
	cat "$out/$1"
	! grep -q ': FAILED$' "$out/$1" || status=1
}
# What bytes and lines decide goes at the same time, each with lines of its own; what CPU decides alone.
status=0 waiting=
for row in $rows; do
	case $row in
	weak* | thin* | cut* | small | stick*)
		run_part "$row" &
		waiting="$waiting $row:$!" ;;
	esac
done
for row in $waiting; do
	wait "${row#*:}"
	show_part "${row%:*}"
done
for row in $rows; do
	case $row in weak* | thin* | cut* | small | stick*) continue ;; esac
	run_part "$row"
	show_part "$row"
done
exit $status
