#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Bytes for a full mirror of BENCH_SYNC_N (1,000) records with both signatures, both ways, on a line that
# does not fail: connect, everything, goodbye. Published an entry a case (a record in three or four languages).
# Target: 0.6 times git's.
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/bench/peers.lib
. "$(pwd)/tests/bench/peers.lib"
n=${BENCH_SYNC_N:-1000}
corpus=$work/a
make_store "$corpus" "$n" -e 0

size() { git -C "$corpus/store.git" ls-tree -rl main | awk '/records.*\.md$/ { n++; s += $4 } END { printf "%d of %d bytes each\n", n, s / n }'; }
echo "# records: $(size), text: $(cat "$B/bench/text.from"), $(cat "$B"/bench/languages.?? | wc -c) bytes in $languages"
for peer in ours $peers; do
	prepare_"$peer"
	offer_"$peer" "$peer"
	tries=0
	until take_"$peer" "$peer" && has_"$peer" "$peer"; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || fail "$peer: not there after $tries calls"
	done
	settle "$work/$peer"
	figure "$peer" "$(total "$work/$peer")"
	[ "$peer" != syncthing ] || end_syncthing syncthing
done
total "$work/ours" >"$B/bench/mirror.$n"
target=-
! has_peer git || target=$((figure_git * 6 / 10))
judged "full mirror of $n records, bytes" "$(total "$work/ours")" "$target"
if has_peer git; then # the least git can do: no history
	relay shallow -- git daemon --inetd --export-all --base-path="$work" --log-destination=none
	git clone -q --bare --depth 1 "git://127.0.0.1:$(port_of shallow)/hub.git" "$work/shallow.git"
	settle "$work/shallow"
	figure git "$(total "$work/shallow")"
	judged "  the same beside git clone --depth 1" "$(total "$work/ours")" -
fi
