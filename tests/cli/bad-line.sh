#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: over a line that is slow, far and dies a mirror becomes whole and pays little twice; a file that ends
# anywhere gives exactly the entries that are whole in it. A short form of tests/bench/weak.sh, cut.sh and
# stick.sh; the line (tests/bench/proxy.c) is measured first, as every figure there rests on it.
# SEED=N draws other places to cut.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"
tools=$(dirname "$bf")/tests/bench
built "$tools/proxy" "$tools/records"

relay() { # NAME ARGUMENT…
	local name=$1
	shift
	"$tools/proxy" "${line[@]}" "$work/$name" "$@" &
	pids+=($!)
	until_true [ -s "$work/$name.port" ]
	address=127.0.0.1:$(cat "$work/$name.port")
}
down() { cut -d' ' -f2 "$work/$1"; }
now() { date +%s%3N; }
between() { # WHAT LOW FIGURE HIGH
	if [ "$3" -lt "$2" ] || [ "$3" -gt "$4" ]; then fail "$1: $3 is not between $2 and $4"; fi
}

# --- the line: 100,000 bytes a second, 50 ms away ---
head -c 50000 /dev/urandom >"$work/data"
fetch() { cat <"/dev/tcp/${address%:*}/${address#*:}" 2>/dev/null; } # fails when it is reset
line=(-r 100000 -d 50)
relay plain -- cat "$work/data"
begun=$(now)
fetch | cmp - "$work/data" || fail "the line changes what it carries"
between "ms for 50,000 bytes" 640 $(($(now) - begun)) 3000
begun=$(now)
fetch >/dev/null & first=$!
fetch >/dev/null & second=$!
wait $first $second
between "ms for two at once, which share the rate" 1100 $(($(now) - begun)) 4000
[ "$(cat "$work/plain")" = "0 150000 3" ] || fail "it counts $(cat "$work/plain")"
line=(-r 100000 -d 10 -x 12345)
relay once -- cat "$work/data"
[ "$(fetch | wc -c)" -eq 12345 ] || fail "not cut after 12345 bytes"
[ "$(fetch | wc -c)" -eq 50000 ] || fail "cut a second time"
line=(-r 100000 -d 10 -c "0.2,0.3,7")
relay often -- cat "$work/data"
for _ in 1 2 3; do fetch >/dev/null; done
between "bytes of three lives of 0.2 to 0.3 s" 10000 "$(down often)" 90000
[ "$(wc -l <"$work/often.cuts")" -ge 3 ] || fail "cut $(wc -l <"$work/often.cuts") times only"

# --- 16 records, an entry each, in words that nobody wrote ---
awk 'BEGIN { srand(1); for (i = 0; i < 1500; i++) { for (k = 0; k < 60; k++) { w = ""; for (l = 2 + rand() * 8; l > 0; l--)
	w = w sprintf("%c", 97 + rand() * 26); printf "%s%s", k ? " " : "", w } print "." } }' >"$work/text"
ok belfry init --name Bench --hub central --region global
ok "$tools/records" "$BELFRY_STORE" "$work/text" 16 -e 1
ok belfry admit --edge --out "$work/invitation"
entries_of() { git -C "$1/store.git" rev-list --count refs/belfry/hubs/central 2>/dev/null || echo 0; }
entries=$(entries_of "$BELFRY_STORE")
mirror() { ok belfry join "$work/invitation" --store "$1"; }
RANDOM=${SEED:-1}

# --- a file that ends anywhere ---
ok belfry export "$work/file"
size=$(stat -c %s "$work/file")
tests/stick-ends.sh "$work/file" >"$work/ends"
[ "$(wc -l <"$work/ends")" -eq "$entries" ] || fail "$(wc -l <"$work/ends") blocks for $entries entries"
mirror "$work/fresh"
for _ in 1 2 3 4 5 6; do
	place=$((200 + (RANDOM * 32768 + RANDOM) % (size - 200)))
	rm -rf "$work/part"
	cp -a "$work/fresh" "$work/part"
	head -c $place "$work/file" >"$work/beginning"
	ok belfry import "$work/beginning" --store "$work/part"
	want=$(awk -v at=$place '$1 <= at' "$work/ends" | wc -l)
	[ "$(entries_of "$work/part")" -eq "$want" ] || fail "$(entries_of "$work/part") entries from $place of $size bytes, not $want"
done

# --- a line that dies once, anywhere ---
serve "$work/central" --no-build
port=${address##*:}
over() { # NAME: a fresh mirror over a line of its own
	relay "$1" "$port"
	mirror "$work/got.$1"
	ok belfry peer add central "$address" --store "$work/got.$1"
	"$bf" sync --store "$work/got.$1" >"$work/$1.said" 2>&1 || fail "sync over the line $1: $(cat "$work/$1.said")"
	[ "$(entries_of "$work/got.$1")" -eq "$entries" ] || fail "line $1: $(entries_of "$work/got.$1") of $entries entries"
}
line=(-r 64000 -d 10)
over whole
whole=$(down whole)
for i in 1 2 3; do
	line=(-r 64000 -d 10 -x $((400 + (RANDOM * 32768 + RANDOM) % (whole - 500))))
	over "cut$i"
	[ "$(wc -l <"$work/cut$i.cuts")" -eq 1 ] || fail "line cut$i was not cut"
	echo "cut after ${line[5]} of $whole bytes: $(($(down "cut$i") - whole)) more"
	[ $(($(down "cut$i") - whole)) -le 9000 ] || fail "one cut costs $(($(down "cut$i") - whole)) bytes of $whole"
done
ok belfry verify --store "$work/got.cut3"
