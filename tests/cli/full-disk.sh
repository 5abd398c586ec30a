#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a disk that is nearly full takes nothing new and says so, while reading, checking and
# rendering go on; when there is room again all works at once, without a word to anybody. On a disk of
# 96 MiB of its own where this machine allows that.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

# The mount is this script's alone: it goes when it ends.
if [ -z "${FULL_DISK:-}" ]; then
	FULL_DISK=real unshare -m true 2>/dev/null && exec env FULL_DISK=real unshare -m "$root/tests/cli/full-disk.sh"
	export FULL_DISK=no
fi
mkdir "$work/disk"
if [ "$FULL_DISK" = real ]; then
	mount -t tmpfs -o size=96m tmpfs "$work/disk" 2>"$work/.talk" || FULL_DISK=no
fi
leave() {
	local status=$?
	[ "${#pids[@]}" -eq 0 ] || { kill "${pids[@]}"; wait "${pids[@]}"; } 2>/dev/null
	pids=()
	[ "$FULL_DISK" = no ] || umount "$work/disk"
	(exit $status)
	finish
}
trap leave EXIT
export BELFRY_STORE=$work/disk/central

fill() {
	if [ "$FULL_DISK" = real ]; then
		dd if=/dev/zero of="$work/disk/ballast" bs=1M count=40 2>"$work/.talk" || fail "dd: $(cat "$work/.talk")"
	else
		ok git config --file "$BELFRY_STORE/store.git/config" belfry.reserve 1000000g
	fi
}
drain() {
	if [ "$FULL_DISK" = real ]; then
		rm "$work/disk/ballast"
	else
		ok git config --file "$BELFRY_STORE/store.git/config" belfry.reserve 0
	fi
}

# A network is founded whole or not at all.
if [ "$FULL_DISK" = real ]; then
	dd if=/dev/zero of="$work/disk/ballast" bs=1M count=40 2>"$work/.talk"
	fails 1 belfry init --name "Cities Commons" --hub central --region global
	says "the disk of .*/central is full"
	[ ! -e "$BELFRY_STORE" ] || fail "half a network is left"
	rm "$work/disk/ballast"
fi
found_network
for name in bridge market; do
	record "$work/$name/en.md" ke-mombasa $name
	sign_both "$work/$name/en.md"
done
ok belfry publish "$work/bridge/en.md"
ok belfry export "$work/stick"
head=$(head_of)

fill
full='the disk of .*/central is full: [0-9.]* MB are free, and [0-9.]* MB must stay so (belfry.reserve)'
fails 1 belfry publish "$work/market/en.md"
says "$full"
fails 1 belfry import "$work/stick"
says "$full"
[ "$(head_of)" = "$head" ] || fail "something was kept"
ok belfry list
says bridge
silent market
ok belfry verify
ok belfry show ke-mombasa/news/bridge
ok belfry build --out "$work/site"
[ -s "$work/site/index.html" ] || fail "no site was rendered"
ok belfry status
says "^DISK     FULL: $full"
ok belfry status --json
json '.store.disk.is_short and .store.disk.free < .store.disk.reserve'
sound "$BELFRY_STORE"

drain
ok belfry publish "$work/market/en.md"
ok belfry list
says market
ok belfry status
says '^disk     [0-9.]* [MGT]B free'
ok belfry verify
sound "$BELFRY_STORE"

# An edge: what a member writes stays with them.
BELFRY_STORE=$work/disk/laptop
ok belfry join 127.0.0.1:1 --network "$network"
ok belfry import "$work/stick"
record "$work/school/en.md" ke-mombasa school
ok belfry sign "$work/school/en.md" --key "$work/ann"
fill
fails 1 belfry submit "$work/school/en.md"
says "the disk of .*/laptop is full"
drain
ok belfry submit "$work/school/en.md"

# Where nothing is kept free, a write fails at any page: the store is sound, and works when it can.
# Without a disk of its own tests/unit/store/full_test.c stands for it.
if [ "$FULL_DISK" = real ]; then
	BELFRY_STORE=$work/disk/central
	ok git config --file "$BELFRY_STORE/store.git/config" belfry.reserve 0
	failures=0
	for pages in 0 2 4 6 8 10 12 14; do
		record "$work/page-$pages/en.md" ke-mombasa "page-$pages"
		sign_both "$work/page-$pages/en.md"
		dd if=/dev/zero of="$work/disk/ballast" bs=4k 2>"$work/.talk"
		truncate -s "-$((pages * 4096))" "$work/disk/ballast"
		belfry publish "$work/page-$pages/en.md" >"$work/.out" 2>"$work/.talk"
		status=$?
		[ $status -le 1 ] || fail "publish ends with status $status: $(cat "$work/.talk")"
		[ $status -eq 0 ] || { failures=$((failures + 1)); says 'No space left on device'; }
		sound "$BELFRY_STORE"
		drain
		# Where only a ref was missing it is kept all the same, and the next command sees to the ref.
		if [ $status -ne 0 ] && ! belfry publish "$work/page-$pages/en.md" >"$work/.out" 2>"$work/.talk"; then
			says 'is published already'
		fi
		ok belfry show "ke-mombasa/news/page-$pages"
		ok belfry verify
		sound "$BELFRY_STORE"
	done
	[ $failures -gt 0 ] || fail "no write met the full disk"

	# A site stands on the disk: what there is no room for leaves it as it is, wherever the room ends.
	site=$work/disk/site
	ok belfry build --out "$site" --no-mirror
	cp -rL "$site" "$work/shown"
	record "$work/pier/en.md" ke-mombasa pier
	sign_both "$work/pier/en.md"
	ok belfry publish "$work/pier/en.md"
	for pages in 0 5 60; do
		dd if=/dev/zero of="$work/disk/ballast" bs=4k 2>"$work/.talk"
		truncate -s "-$((pages * 4096))" "$work/disk/ballast"
		fails 1 belfry build --out "$site" --no-mirror
		says 'No space left on device'
		drain
		diff -r "$work/shown" "$site/" || fail "with room for $pages pages the site is another"
	done
	ok belfry build --out "$site" --no-mirror
	[ -s "$site/en/news/ke-mombasa.pier.html" ] || fail "with room again the site is not made"
	ok belfry build --out "$work/anew" --no-mirror
	diff -r "$site/" "$work/anew/" || fail "what failed before is in the site"

	# A daemon says so and goes on by itself, whichever of the writes had no room.
	"$bf" serve --listen 127.0.0.1:0 --no-build 2>"$work/daemon.log" &
	daemon=$!
	pids+=("$daemon")
	until_true [ -s "$BELFRY_STORE/listening" ]
	failures=0
	for pages in 0 1 2 3 4 5 6; do
		record "$work/live-$pages/en.md" ke-mombasa "live-$pages"
		sign_both "$work/live-$pages/en.md"
		dd if=/dev/zero of="$work/disk/ballast" bs=4k 2>"$work/.talk"
		truncate -s "-$((pages * 4096))" "$work/disk/ballast"
		head=$(head_of)
		if ! belfry publish "$work/live-$pages/en.md" >"$work/.out" 2>"$work/.talk"; then
			failures=$((failures + 1))
			says 'No space left on device'
			[ "$(head_of)" = "$head" ] || fail "what failed is there"
			ok belfry list
			silent "live-$pages"
		fi
		sound "$BELFRY_STORE"
		drain
		ok belfry status --json
		json '.store.is_writable'
		[ ! -s "$work/.talk" ] || fail "$(cat "$work/.talk")"
		belfry publish "$work/live-$pages/en.md" >"$work/.out" 2>"$work/.talk" || says 'is published already'
		ok belfry show "ke-mombasa/news/live-$pages"
	done
	[ $failures -gt 1 ] || fail "no write of the daemon met the full disk"
	kill -TERM "$daemon"
	wait "$daemon" || fail "the daemon ends with status $?: $(cat "$work/daemon.log")"
	! grep -q 'CANNOT BE WRITTEN\|read-only' "$work/daemon.log" || fail "it gave up: $(cat "$work/daemon.log")"
	ok belfry verify
	sound "$BELFRY_STORE"
	[ -z "$(find "$BELFRY_STORE" -name '*.lock' -o -name 'pack_git2_*' -o -name '*.new')" ] || fail "something is left behind"
fi
echo "a full disk is said, and nothing else ($FULL_DISK disk of its own)"
