#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What one cut costs: a mirror of BENCH_CUT_N (60) records at 64 kbit/s, RTT 200 ms, cut once after a random
# byte, BENCH_CUTS (20) times. Bytes are counted where they come out of the line towards the mirror.
# Sent again is what came more in both lives of the line than to mirrors that nobody cuts on such a line
# (the median of BENCH_UNCUT, 8), less a connection that has nothing to bring. So it holds whatever a cut costs:
# what came in vain, and what a new stream is longer by. What is sent differs from run to run, since segments
# follow the rate measured; that is printed beside.
# BENCH_ABREAST (6) at a time, each with a line of its own: a hub compresses much for 8 at most (entry/segment.h),
# and a link that died may count for a moment more. How peers fare: tests/bench/weak.sh.
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/bench/peers.lib
. "$(pwd)/tests/bench/peers.lib"
n=${BENCH_CUT_N:-60} trials=${BENCH_CUTS:-20} uncut=${BENCH_UNCUT:-8} abreast=${BENCH_ABREAST:-6}
seed=${BENCH_SEED:-1} line="-r 8000 -d 100"

# A fresh mirror behind a line of its own takes everything: what that brought is in $work/NAME.took.
once() { # NAME
	take_ours "$1" || { echo "$1: sync fails" >&2; return 1; }
	has_ours "$1" || { echo "$1: not all is there" >&2; return 1; }
	settle "$work/$1"
	down "$work/$1" >"$work/$1.took"
}
once_uncut() { # NAME: and once more, when nothing is missing
	once "$1" || return 1
	take_ours "$1" || { echo "$1: sync fails" >&2; return 1; }
	settle "$work/$1"
	echo "$(cat "$work/$1.took") $(($(down "$work/$1") - $(cat "$work/$1.took")))" >"$work/$1.both"
	drop_relay "$1"
}
once_cut() { # NAME
	once "$1" || return 1
	[ "$(wc -l <"$work/$1.cuts")" -eq 1 ] || { echo "$1: was not cut" >&2; return 1; }
	drop_relay "$1"
}
# HOW for NAME.1, NAME.2 and so on, $abreast at a time, each with the relay's options on its line of FILE.
all_of() { # HOW NAME FILE
	i=0 running='' others=$pids
	while read -r options; do
		i=$((i + 1))
		# shellcheck disable=SC2086 # lists of words
		offer_ours "$2.$i" $line $options
		"$1" "$2.$i" &
		running="$running $!" pids="$pids $!"
		[ $((i % abreast)) -eq 0 ] || [ "$i" -eq "$(wc -l <"$3")" ] || continue
		for pid in $running; do wait "$pid" || fail "a mirror is not whole"; done
		running='' pids=$others
	done <"$3"
}
measure() { # WHAT RECORDS-AN-ENTRY
	corpus=$work/a$2
	make_store "$corpus" "$n" -e "$2"
	prepare_ours
	yes '' | head -n "$uncut" >"$work/no-options"
	all_of once_uncut "whole$2" "$work/no-options"
	cat "$work/whole$2".*.both >"$work/whole$2"
	whole=$(median "$work/whole$2" 1) opening=$(median "$work/whole$2" 2)
	perl -e 'srand($ARGV[0]); print "-x ", int(400 + rand(0.95 * $ARGV[1] - 400)), "\n" for 1 .. $ARGV[2]' \
		"$seed" "$whole" "$trials" >"$work/places$2"
	all_of once_cut "cut$2" "$work/places$2"
	i=0
	while read -r _ place; do
		i=$((i + 1))
		echo "$(cat "$work/cut$2.$i.took") $place"
	done <"$work/places$2" | awk -v less="$whole" -v opening="$opening" \
		'{ print $1 - less - opening, $2 }' | sort -n >"$work/cost$2"
	echo "# $1, seed $seed: uncut $whole bytes towards the mirror" \
		"($(sort -n "$work/whole$2" | awk -v m="$whole" 'NR == 1 { low = $1 } { high = $1 }
			END { printf "%+d to %+d in %d runs", low - m, high - m, NR }')), a connection more $opening"
	judged "one cut, $1: sent again, median of $trials" "$(median "$work/cost$2" 1)" 2048
	judged "  the most" "$(awk 'END { print $1 }' "$work/cost$2")" 8192
	[ -z "${BENCH_VERBOSE:-}" ] || cat "$work/cost$2"
}
measure "an entry a record" 1
measure "an entry a case of 3-4" 0
