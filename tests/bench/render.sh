#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# BENCH_N records (10,000): check every signature and write a page for each, beside Hugo rendering the same
# titles, dates and bodies with one small template and nothing else (no lists, taxonomies, feeds, site
# map). Ours also writes lists by city, theme, region and type, the record and its two signatures beside
# each page; the files for other hubs to pull (belfry build lays them out beside the site) are left out, as
# Hugo has nothing of the kind, and counted apart. Median of BENCH_ROUNDS (3), the two taking turns, each
# into a fresh folder; CPU is user and system time of all threads, memory the largest resident set
# (tests/bench/run.c). Both write to memory where /dev/shm has room: ext4 is slow to create files for minutes after many were deleted, which
# falls on whoever comes next.
if [ -z "${BENCH_DIR:-}" ] && [ "$(df -Pm /dev/shm 2>/dev/null | awk 'END { print $4 + 0 }')" -ge 3000 ]; then
	export BENCH_DIR=/dev/shm
fi
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"
n=${BENCH_N:-10000} rounds=${BENCH_ROUNDS:-3}

mkdir -p "$work/hugo/content" "$work/hugo/layouts/_default"
cat >"$work/hugo/config.toml" <<'END'
baseURL = "https://example.org/"
disableKinds = ["taxonomy", "term", "RSS", "sitemap", "robotsTXT", "404", "home", "section"]
END
cat >"$work/hugo/layouts/_default/single.html" <<'END'
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ .Title }}</title></head>
<body><h1>{{ .Title }}</h1><p>{{ .Date.Format "2006-01-02" }}</p>{{ .Content }}</body></html>
END
make_store "$work/store" "$n" -l en -g "$work/hugo/content"
echo "# $n records, mean $(cat "$work"/hugo/content/*.md | wc -c | awk -v n="$n" '{ print int($1 / n) }') bytes each, in ${BENCH_DIR:-$B}, text: $(cat "$B/bench/text.from")"

cost() {
	file=$1
	shift
	"$tools/run" -o "$work/now" "$@" >"$work/out" 2>&1 || fail "$* failed: $(cat "$work/out")"
	cat "$work/now" >>"$work/$file.cost"
}
i=0
while [ $i -lt "$rounds" ]; do
	i=$((i + 1))
	rm -f "$work/store/catalogue"
	cost first "$bf" build --no-mirror --store "$work/store" --out "$work/first$i"
	cost verify "$bf" verify --store "$work/store"
	grep -q "$n records checked: all good" "$work/out" || fail "verify: $(cat "$work/out")"
	cost build "$bf" build --no-mirror --store "$work/store" --out "$work/site$i"
	cost mirror "$bf" build --store "$work/store" --out "$work/mirror$i"
	cost hugo hugo --quiet --source "$work/hugo" --destination "$work/public$i"
	pages=$(find "$work/public$i" -name index.html | wc -l)
	[ "$pages" -eq "$n" ] || fail "hugo made $pages pages"
	pages=$(find "$work/site$i/" -name '*.record-*.html' | wc -l)
	[ "$pages" -eq "$n" ] || fail "belfry made $pages pages"
	rm -rf "$work/first$i" "$work/first$i.d" "$work/site$i" "$work/site$i.d" "$work/mirror$i" "$work/mirror$i.d" "$work/public$i"
done
paste -d" " "$work/verify.cost" "$work/build.cost" | awk '{ print $1 + $4, $2 + $5, ($3 > $6 ? $3 : $6) }' >"$work/both.cost"

row "verify and render $n records, CPU s" "$(median "$work/both.cost" 2)" "$(median "$work/hugo.cost" 2)"
row "verify and render $n records, wall s" "$(median "$work/both.cost" 1)" "$(median "$work/hugo.cost" 1)"
row "verify and render $n records, peak MiB" "$(median "$work/both.cost" 3)" "$(median "$work/hugo.cost" 3)"
row "  of it belfry verify, CPU s" "$(median "$work/verify.cost" 2)" -
row "  of it belfry build, catalogue kept, CPU s" "$(median "$work/build.cost" 2)" "$(median "$work/hugo.cost" 2)"
row "belfry build, nothing kept (judges every record), CPU s" "$(median "$work/first.cost" 2)" "$(median "$work/hugo.cost" 2)"
row "  and with the files to pull, made anew, CPU s" "$(median "$work/mirror.cost" 2)" -
