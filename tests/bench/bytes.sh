#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Bytes on the wire, both ways, payload of TCP only, for one new record of about 4 KB with its two
# signatures. Ours: two daemons linked through a relay that counts (tests/bench/proxy.c), from publish
# until nothing moves for half a second. Beside it `git fetch` over git:// of one commit with the
# same three files onto the same history, from a repository with one branch and without bitmaps (with
# them git sends more); the commit is not signed, ours is. Medians of BENCH_BYTES (9) records.
# What is counted has paragraphs that no other record has; but all come from one book, so its words are
# known to a link that has carried others.
# Also: a call to sync that finds one new record, and one that finds nothing, handshake included; and
# zlib -6 of the bare record, which a sender that knows nothing of other records cannot beat by much.
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"
n=${BENCH_BYTES_N:-500} times=${BENCH_BYTES:-9}

make_store "$work/a" "$n" -s "$((2 * times))" "$work/new"

has_record() { "$bf" list --search "$1" --store "$2" | grep -q "$1"; }
id_of() { basename "$(dirname "$(cat "$work/new/$1/path")")"; }

# --- ours ---
serve "$work/a"
relay link "$(sed -n '1s/.*://p' "$work/a/listening")"
link_hubs "$work/a" "$work/b" "127.0.0.1:$(port_of link)"
settle "$work/link"
i=0
while [ $i -lt "$times" ]; do
	i=$((i + 1))
	before=$(total "$work/link")
	"$bf" publish "$work/new/$i/en.md" --store "$work/a" >/dev/null
	until_done "record $i arrives" has_record "$(id_of $i)" "$work/b"
	settle "$work/link"
	echo "$(($(total "$work/link") - before)) $(gzip -6 -n -c "$work/new/$i/en.md" | wc -c)" >>"$work/warm"
done
stop_daemon "$work/b"
settle "$work/link"
i=0
while [ $i -lt "$times" ]; do
	i=$((i + 1))
	"$bf" publish "$work/new/$((times + i))/en.md" --store "$work/a" >/dev/null
	for state in new nothing; do
		before=$(total "$work/link")
		"$bf" sync --store "$work/b" >/dev/null 2>&1 || fail "belfry sync"
		settle "$work/link"
		echo "$(($(total "$work/link") - before))" >>"$work/sync.$state"
	done
done

# --- git ---
git init -q --bare "$work/hub.git"
git -C "$work/hub.git" fetch -q "$work/a/store.git" refs/heads/main:refs/heads/main
first=$(git -C "$work/hub.git" rev-list --reverse main | sed -n "$(($(git -C "$work/hub.git" rev-list --count main) - 2 * times))p")
git -C "$work/hub.git" update-ref refs/heads/main "$first"
git -C "$work/hub.git" symbolic-ref HEAD refs/heads/main
git -C "$work/hub.git" repack -q -a -d
git -C "$work/hub.git" config pack.useBitmaps false
git -C "$work/hub.git" config repack.writeBitmaps false
git clone -q "$work/hub.git" "$work/desk"
relay git -- git daemon --inetd --export-all --base-path="$work" --log-destination=none
git clone -q "git://127.0.0.1:$(port_of git)/hub.git" "$work/reader"
i=0
while [ $i -lt "$times" ]; do
	i=$((i + 1))
	path=$(cat "$work/new/$i/path")
	mkdir -p "$work/desk/$(dirname "$path")"
	for suffix in '' .sig .rev; do cp "$work/new/$i/en.md$suffix" "$work/desk/$path$suffix"; done
	git -C "$work/desk" add records
	git -C "$work/desk" commit -q -m "$i"
	git -C "$work/desk" push -q origin main
	for state in new nothing; do
		before=$(total "$work/git")
		git -C "$work/reader" fetch -q
		settle "$work/git"
		echo "$(($(total "$work/git") - before))" >>"$work/fetch.$state"
	done
	[ "$(git -C "$work/reader" rev-parse origin/main)" = "$(git -C "$work/desk" rev-parse main)" ] || fail "git fetch"
done

floor=$(awk '{ print $2 - 18 }' "$work/warm" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')
row "one new record on a warm link, bytes both ways" "$(median "$work/warm" 1)" "$(median "$work/fetch.new" 1)"
row "  the same beside zlib -6 of the bare record" "$(median "$work/warm" 1)" "$floor"
row "connect, one new record, goodbye, bytes" "$(median "$work/sync.new" 1)" "$(median "$work/fetch.new" 1)"
row "connect, nothing new, goodbye, bytes" "$(median "$work/sync.nothing" 1)" "$(median "$work/fetch.nothing" 1)"
