#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A file for a stick with what a mirror of BENCH_STICK_N (300) records lacks: 100 records, an entry each.
# Bytes beside zlib -6 of each bare record, and beside `git bundle` of the same commits without signatures.
# Then the file is cut after each of BENCH_STICKS (100) random bytes and imported into the mirror as it
# was: exactly the entries that are whole before the cut must be in.
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/bench/peers.lib
. "$(pwd)/tests/bench/peers.lib"
n=${BENCH_STICK_N:-300} trials=${BENCH_STICKS:-100} seed=${BENCH_SEED:-1} delta=100
corpus=$work/a
make_store "$corpus" "$n" -e 0 -s "$delta" "$work/new"
invite "$corpus"
join_mirror "$work/b" "$corpus.invitation" 127.0.0.1:1
"$bf" export "$work/before" --store "$corpus" >/dev/null 2>&1
"$bf" import "$work/before" --store "$work/b" >/dev/null 2>&1
"$bf" export "$work/b.has" --store "$work/b" >/dev/null 2>&1
i=0
while [ $i -lt "$delta" ]; do
	i=$((i + 1))
	for file in "$work/new/$i"/*.md; do
		"$bf" publish "$file" --store "$corpus" >/dev/null
		gzip -6 -n -c "$file" | wc -c | awk '{ print $1 - 18 }' >>"$work/zlib"
	done
done
"$bf" export "$work/delta" --since "$work/b.has" --store "$corpus" >/dev/null 2>&1
size=$(wc -c <"$work/delta")
if has_peer git; then # the same commits, without their signatures
	git init -q --bare "$work/plain.git"
	git -C "$corpus/store.git" fast-export refs/heads/main 2>/dev/null | git -C "$work/plain.git" fast-import --quiet
	git -C "$work/plain.git" config pack.useBitmaps false
	git -C "$work/plain.git" repack -adfq
	git -C "$work/plain.git" bundle create -q "$work/bundle" "main~$delta..main"
	figure git "$(wc -c <"$work/bundle")"
fi
judged "file with $delta records of $n + $delta, bytes; target: zlib -6" "$size" "$(awk '{ s += $1 } END { print s }' "$work/zlib")"

tests/stick-ends.sh "$work/delta" >"$work/ends"
[ "$(wc -l <"$work/ends")" -eq $delta ] || fail "$(wc -l <"$work/ends") blocks of entries in the file instead of $delta"
held=$(git -C "$work/b/store.git" rev-list --count refs/belfry/hubs/central)
lost=0 bad=0
for place in $(perl -e 'srand($ARGV[0]); print int(rand($ARGV[1])), " " for 1 .. $ARGV[2]' "$seed" "$size" "$trials"); do
	rm -rf "$work/cut"
	cp -a "$work/b" "$work/cut"
	head -c "$place" "$work/delta" >"$work/part"
	"$bf" import "$work/part" --store "$work/cut" >/dev/null 2>&1 || bad=$((bad + 1)) # fewer bytes than a file begins with
	want=$((held + $(awk -v at="$place" '$1 <= at' "$work/ends" | wc -l)))
	got=$(git -C "$work/cut/store.git" rev-list --count refs/belfry/hubs/central)
	[ "$got" -eq "$want" ] || { lost=$((lost + 1)); echo "# cut after $place of $size bytes: $got entries instead of $want"; }
done
[ "$bad" -le $((trials / 20 + 2)) ] || fail "$bad of $trials imports fail"
judged "  cuts of $trials after which not all whole entries are in" "$lost" 0
