#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Bytes on the wire, both ways, payload of TCP only, for a second revision of a record of about 4 KB, which
# changes one line, with its new signatures of author, reviewer and journal. The link has carried other new
# records, but not the first revision: that came over another link before. Median of BENCH_REVISE (9).
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"
n=${BENCH_BYTES_N:-500} times=${BENCH_REVISE:-9} warm=5

make_store "$work/a" "$n" -s "$((times + warm))" "$work/new" -r
publish() { "$bf" publish "$work/new/$1/en.md" --store "$work/a" >/dev/null; }
i=0
while [ $i -lt "$times" ]; do
	i=$((i + 1))
	publish $i
done
serve "$work/a"
relay link "$(sed -n '1s/.*://p' "$work/a/listening")"
link_hubs "$work/a" "$work/b" "127.0.0.1:$(port_of link)"
stop_daemon "$work/b"
serve "$work/b"
while [ $i -lt "$((times + warm))" ]; do
	i=$((i + 1))
	publish $i
	until_done "record $i arrives" same_state "$work/a" "$work/b"
done
settle "$work/link"
i=0
while [ $i -lt "$times" ]; do
	i=$((i + 1))
	read -r up down rest <"$work/link"
	publish "$i/next"
	until_done "revision $i arrives" same_state "$work/a" "$work/b"
	settle "$work/link"
	read -r up_now down_now rest <"$work/link"
	echo "$((up_now + down_now - up - down)) $((down_now - down)) $((up_now - up))" >>"$work/revised"
done
[ -z "${BENCH_VERBOSE:-}" ] || cat "$work/revised"
row "one revision on a warm link, bytes both ways" "$(median "$work/revised" 1)" -
