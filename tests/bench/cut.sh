#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What one cut costs: a mirror of BENCH_CUT_N (60) records at 64 kbit/s, RTT 200 ms, cut once after a random
# byte, BENCH_CUTS (20) times. Bytes are counted where they come out of the line towards the mirror.
#  sent again       what had come of entries that were not yet whole and kept when the line died
#  all that came    more than to a mirror that nobody cuts, without one more handshake: the above, saying
#                   where both stand, and what a new stream of segments is longer
# BENCH_ABREAST (4) at a time, each with a line of its own. How peers fare: tests/bench/weak.sh.
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/bench/peers.lib
. "$(pwd)/tests/bench/peers.lib"
n=${BENCH_CUT_N:-60} trials=${BENCH_CUTS:-20} seed=${BENCH_SEED:-1} rate=8000 delay=100 abreast=${BENCH_ABREAST:-4}

entries_of() { git -C "$1/store.git" rev-list --count refs/belfry/hubs/central 2>/dev/null || echo 0; }
# One trial with a fresh mirror; how many entries it held when the line died goes to $work/NAME.kept.
once() { # NAME
	take_ours "$1" &
	taking=$!
	if [ "${1#t}" != "$1" ]; then
		until [ -s "$work/$1.cuts" ]; do sleep 0.02; done
		sleep 0.2 # it dials again after 0.25 s at least, and it takes 3 round trips until more comes
		entries_of "$work/got.$1" >"$work/$1.kept"
	fi
	wait $taking || { echo "trial $1: sync fails" >&2; return 1; }
	has_ours "$1" || { echo "trial $1: not all is there" >&2; return 1; }
	settle "$work/$1"
}
# What came between the last entry kept and the cut came in vain. Entry k ends in the uncut stream where the
# segments up to it end; what frames and heads add is spread over all of them.
again() { # STORE UNCUT HANDSHAKE CUT-AT KEPT
	"$tools/segments" "$1" 1 >"$work/stream"
	awk -v uncut="$2" -v handshake="$3" -v at="$4" -v kept="$5" '{ end[$1] = $2; all = $2 }
		END { print at - handshake - end[kept] * (uncut - handshake) / all }' "$work/stream"
}
# The rest of the entries in a stream of their own, which begins with the dictionary alone, less what they take
# in the uncut one.
longer() { # STORE KEPT
	"$tools/segments" "$1" "$(($2 + 1))" | tail -n 1 >"$work/rest"
	awk -v kept="$2" 'FNR == NR { rest = $2; next } { end[$1] = $2; all = $2 } END { print rest - (all - end[kept]) }' \
		"$work/rest" "$work/stream"
}
measure() { # WHAT RECORDS-AN-ENTRY
	corpus=$work/a$2
	make_store "$corpus" "$n" -e "$2"
	prepare_ours
	offer_ours "uncut$2"
	once "uncut$2"
	uncut=$(down "$work/uncut$2")
	before=$(down "$work/uncut$2")
	take_ours "uncut$2"
	settle "$work/uncut$2"
	handshake=$(($(down "$work/uncut$2") - before))
	perl -e 'srand($ARGV[0]); print int(400 + rand(0.95 * $ARGV[1] - 400)), "\n" for 1 .. $ARGV[2]' \
		"$seed" "$uncut" "$trials" >"$work/places$2"
	i=0
	running=
	while read -r place; do
		i=$((i + 1))
		offer_ours "t$2.$i" -r $rate -d $delay -x "$place"
		once "t$2.$i" &
		running="$running $!"
		if [ $((i % abreast)) -eq 0 ] || [ "$i" -eq "$trials" ]; then
			for pid in $running; do wait "$pid" || fail "a mirror that was cut is not whole"; done
			running=
		fi
	done <"$work/places$2"
	i=0
	while [ $i -lt "$trials" ]; do
		i=$((i + 1))
		[ "$(wc -l <"$work/t$2.$i.cuts")" -eq 1 ] || fail "trial $i was not cut"
		kept=$(cat "$work/t$2.$i.kept") place=$(sed -n "${i}p" "$work/places$2")
		echo "$(again "$corpus" "$uncut" "$handshake" "$place" "$kept")" \
			"$(($(down "$work/t$2.$i") - uncut - handshake))" "$(longer "$corpus" "$kept")" "$kept $place"
	done >"$work/cost$2"
	echo "# uncut $uncut bytes towards the mirror, handshake and goodbye $handshake, seed $seed"
	judged "one cut, $1: sent again, median of $trials" "$(median "$work/cost$2" 1)" 2048
	judged "  the most" "$(sort -n "$work/cost$2" | awk 'END { print $1 }')" 8192
	judged "  all that came more, median" "$(median "$work/cost$2" 2)" -
	judged "  of it a new stream is longer by, median" "$(median "$work/cost$2" 3)" -
	[ -z "${BENCH_VERBOSE:-}" ] || sort -n "$work/cost$2"
}
measure "an entry a record" 1
measure "an entry a case of 3-4" 0
