#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# From "publish" on one hub to "there it is" on another, both on this machine: two stores of
# BENCH_PUSH_N (1,000) records with a daemon each, linked over TCP on loopback. Beside it git, with the
# same history and the same three files in one commit: `git push` to a bare repository whose post-receive
# hook pushes on to a second one, all by path, its fastest transport. Records are signed and commits
# made before the clock starts. Seen means: the command that looks has printed it (tests/bench/until.c
# looks without a pause, so its own start-up is in every figure). Median of BENCH_TIMES (25), taking
# turns; the first of each is not counted.
. "$(dirname "$0")/common.sh"
n=${BENCH_PUSH_N:-1000} times=${BENCH_TIMES:-25}

make_store "$work/a" "$n" -s "$((times + 1))" "$work/new"
link_hubs "$work/a" "$work/b"

git clone -q --bare "$work/a/store.git" "$work/first.git" 2>/dev/null
git clone -q --bare "$work/first.git" "$work/second.git"
git clone -q "$work/first.git" "$work/desk"
printf '#!/bin/sh\nexec git push -q "%s" main\n' "$work/second.git" >"$work/first.git/hooks/post-receive"
chmod +x "$work/first.git/hooks/post-receive"

i=0
while [ $i -le "$times" ]; do
	i=$((i + 1))
	path=$(cat "$work/new/$i/path")
	id=$(basename "$(dirname "$path")")
	"$tools/until" "$id" "$bf" publish "$work/new/$i/en.md" --store "$work/a" -- \
		"$bf" list --search "$id" --store "$work/b" >"$work/now"
	[ $i -eq 1 ] || cat "$work/now" >>"$work/ours"

	mkdir -p "$work/desk/$(dirname "$path")"
	for suffix in '' .sig .rev; do cp "$work/new/$i/en.md$suffix" "$work/desk/$path$suffix"; done
	git -C "$work/desk" add records
	git -C "$work/desk" commit -q -m "$id"
	commit=$(git -C "$work/desk" rev-parse HEAD)
	"$tools/until" "$commit" git -C "$work/desk" push -q origin main -- \
		git --git-dir "$work/second.git" rev-parse refs/heads/main >"$work/now"
	[ $i -eq 1 ] || cat "$work/now" >>"$work/peer"
done

row "publish, then seen on the other hub, $n records, ms" "$(median "$work/ours" 1)" "$(median "$work/peer" 1)"
row "  until publish itself returns, ms" "$(median "$work/ours" 2)" "$(median "$work/peer" 2)"
