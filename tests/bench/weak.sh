#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A full mirror over a line that is slow, far and dies: seconds until all is there. Each program has such a
# line of its own (tests/bench/proxy.c) at the same time; the lines are cut at the same moments. Who
# dies is called again at once; our daemon and syncthing dial again by themselves.
#   weak.sh N BYTES-A-SECOND ONE-WAY-MS LOW,HIGH,SEED
# Targets: 1.15 times what the bytes of a mirror that nobody cuts take at that rate, 0.6 times the best
# peer's time, and something kept of every life of the line. Peers are given up after BENCH_LIMIT
# (3.5) times what the bytes take, and 20 s; what they had by then stands behind ">".
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/bench/peers.lib
. "$(pwd)/tests/bench/peers.lib"
n=$1 rate=$2 delay=$3 cuts=$4
corpus=$work/a
make_store "$corpus" "$n" -e 0

# What the mirror costs uncut, towards the mirror.
prepare_ours
offer_ours uncut
take_ours uncut
settle "$work/uncut"
bytes=$(down "$work/uncut")
floor=$(awk -v b="$bytes" -v r="$rate" 'BEGIN { printf "%.1f", b / r }')
limit=$(awk -v f="$floor" -v k="${BENCH_LIMIT:-3.5}" 'BEGIN { printf "%d", f * k + 20 }')
row_name="$n records at $((rate * 8 / 1000)) kbit/s, RTT $((2 * delay)) ms"
echo "# line: $rate bytes/s and $((rate / 2)) waiting at most each way, $delay ms each way, reset every LOW to HIGH s, seed: $cuts"
echo "# the bytes alone ($bytes) take $floor s; peers are given up after $limit s"

seconds() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(seconds)" 'BEGIN { printf "%.1f\n", b - a }'; }
# Watch from outside until it is all there: seconds, or nothing when the time is over.
call_again() { # PEER
	begun=$(seconds)
	while [ "$(since "$begun" | cut -d. -f1)" -lt "$limit" ]; do
		take_"$1" "$1" || true
		if has_"$1" "$1" 2>/dev/null; then
			since "$begun" >"$work/$1.took"
			return
		fi
		sleep 0.05
	done
}
# Ours is a daemon: how many entries are here whenever the line has died?
watch_ours() {
	begun=$1 lives=0
	entries=0
	until has_ours ours; do
		if [ "$(wc -l <"$work/ours.cuts")" -gt "$lives" ]; then
			lives=$((lives + 1))
			was=$entries
			entries=$(git -C "$work/got.ours/store.git" rev-list --count refs/belfry/hubs/central 2>/dev/null || echo 0)
			echo "$((entries - was))" >>"$work/lives"
		fi
		[ "$(since "$begun" | cut -d. -f1)" -lt "$limit" ] || return 0
		sleep 0.1
	done
	since "$begun" >"$work/ours.took"
}

for peer in $peers; do
	prepare_"$peer"
	offer_"$peer" "$peer" -r "$rate" -d "$delay" -c "$cuts"
done
offer_ours ours -r "$rate" -d "$delay" -c "$cuts"
waiting=
for peer in $peers; do
	call_again "$peer" &
	waiting="$waiting $!" pids="$pids $!"
done
: >"$work/lives"
begun=$(seconds)
serve "$work/got.ours"
watch_ours "$begun"
for pid in $waiting; do wait "$pid"; done
[ -s "$work/ours.took" ] || fail "ours is not there after $limit s"
"$bf" verify --store "$work/got.ours" >/dev/null || fail "what came is not good"

for peer in $peers; do figure "$peer" "$(cat "$work/$peer.took" 2>/dev/null || echo ">$limit")"; done
judged "$row_name, cut: s" "$(cat "$work/ours.took")" "$(awk -v f="$floor" 'BEGIN { print f * 1.15 }')"
best=$(for peer in $peers; do cat "$work/$peer.took" 2>/dev/null || true; done | sort -n | head -n 1)
[ -z "$best" ] || judged "  the same beside 0.6 of the best peer" "$(cat "$work/ours.took")" "$(awk -v b="$best" 'BEGIN { print b * 0.6 }')"
for peer in $peers; do figure "$peer" "$([ -s "$work/$peer.took" ] || printf '>')$(down "$work/$peer")"; done
judged "  bytes that came (ours uncut: $bytes)" "$(down "$work/ours")" -
judged "  lives of the line ($(wc -l <"$work/lives")) of which nothing was kept" "$(grep -c '^0$' "$work/lives" || true)" 0
