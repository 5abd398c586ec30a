#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `make bench-site`: the resource centre of BENCH_N (2,500) records in four languages, beside Debian's hugo
# with a theme that has the same kinds of pages (tests/bench/hugo) and npm's pagefind over what that makes
# (tests/bench/package-lock.json). Rows of "what, ours, peer, ours / peer, target, met or SHORT".
# BENCH_ROWS chooses among
#   build edit      what rendering costs; BENCH_ROUNDS (3), BENCH_EDITS (10). Wall time is on the file system of
#                   BENCH_DIR (the build folder), median and least; CPU of all threads and the largest
#                   resident set by tests/bench/run.c. Pages of both are counted beside each other
#   weight clicks   what a visitor gets, and what is reached without scripts
#   search lines    in Chromium: what a question costs and finds, and how long over slow lines. A line is
#                   tests/bench/proxy.c: its rate is shared by all connections, a new one costs a round
#                   trip, and TCP's slow start is left out, which favours whoever sends more;
#                   BENCH_LINES (400,64) chooses lines by their kbit/s
#   recall          the demonstration's records, asked for as people would ask (tests/bench/questions)
#   looks           tests/web/check.mjs over every kind of page of the demonstration
#   same            two hubs' sites, and the tests that compare builds
#   edit also: tests/unit/render/edits_test.c with BENCH_RANDOM (100) edits
# Texts and questions are the same each time: those of "search" and "lines" are words from titles and summaries.
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"
cases=${BENCH_N:-2500} rounds=${BENCH_ROUNDS:-3} edits=${BENCH_EDITS:-10}
rows=${BENCH_ROWS:-build edit weight clicks search lines recall looks same}
languages=en,fr,es,ar
chromium=${CHROMIUM:-/usr/bin/chromium}
wants() { case " $rows " in *" $1 "*) ;; *) return 1 ;; esac }
for name in $rows; do
	case $name in build | edit | weight | clicks | search | lines | recall | looks | same) ;; *) fail "there is no row '$name'" ;; esac
done

# goal WHAT OURS PEER TARGET [least]: met where ours is at most (with "least": at least) the target.
goal() {
	line=$(row "$1" "$2" "$3")
	awk -v line="$line" -v ours="$2" -v target="$4" -v least="${5:-}" 'BEGIN {
		met = target == "-" ? "" : (least != "" ? ours + 0 >= target + 0 : ours + 0 <= target + 0) ? "met" : "SHORT"
		printf "%s %9s  %s\n", line, target, met }'
}
least() { sort -n -k"$2,$2" "$1" | awk -v n="$2" 'NR == 1 { print $n }'; }

# --- peers ---
pagefind='' why='' has_hugo=''
if command -v hugo >/dev/null; then has_hugo=1; fi
if ! command -v npm >/dev/null; then
	why="there is no npm"
elif ! [ -d tests/bench/node_modules ] && ! (cd tests/bench && npm install --no-save --ignore-scripts --no-audit --no-fund >/dev/null 2>&1); then
	why="npm install in tests/bench failed (no network?)"
else
	why="it has no program for this machine"
	for program in tests/bench/node_modules/@pagefind/*/bin/pagefind*; do
		if [ -x "$program" ] && [ -f "$program" ]; then pagefind=$program; fi
	done
fi
echo "# $(date -u +%Y-%m-%d), $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg), belfry $(git describe --always --dirty 2>/dev/null || echo unknown)"
echo "# $(if [ -n "$has_hugo" ]; then hugo version | cut -d' ' -f1-2; else echo "no hugo"; fi); $(if [ -n "$pagefind" ]; then "$pagefind" --version; else echo "pagefind left out: $why"; fi)"

# --- in a browser ---
has_browser() {
	[ -d tests/web/node_modules ] || ! command -v npm >/dev/null ||
		(cd tests/web && npm ci --ignore-scripts --no-audit --no-fund >/dev/null 2>&1) || true
	[ -d tests/web/node_modules ] && [ -x "$chromium" ]
}
measure() { # ARGUMENTS of tests/web/measure.mjs
	{
		node tests/web/measure.mjs "$@" 2>"$work/why" || printf 'FAILED\n'
	} | while IFS='	' read -r what ours peer target way; do
		case $what in
		FAILED) echo "measure.mjs: $(cat "$work/why")" ;;
		'#'*) echo "$what" ;;
		*) goal "$what" "$ours" "$peer" "$target" "$way" ;;
		esac
	done
	[ ! -s "$work/why" ] || fail "not everything was measured"
}

# The demonstration's records as a site, and for pagefind the pages that are in their own language.
demonstrate() {
	site=$work/demo.site
	cp -r content/demo "$work/demo"
	for name in writer reader; do ssh-keygen -q -t ed25519 -N '' -f "$work/$name"; done
	{
		"$bf" init --store "$work/demo.store" --name Demonstration --hub central --region global &&
		"$bf" member add writer --name Writer --role author --key "$work/writer.pub" --store "$work/demo.store" &&
		"$bf" member add reader --name Reader --role reviewer --key "$work/reader.pub" --store "$work/demo.store" &&
		"$bf" city add --from content/demo/places.tsv --store "$work/demo.store" &&
		find "$work/demo" -name '*.md' >"$work/texts" &&
		xargs "$bf" sign --key "$work/writer" --store "$work/demo.store" <"$work/texts" &&
		xargs "$bf" sign --key "$work/reader" --review --store "$work/demo.store" <"$work/texts" &&
		xargs "$bf" publish --store "$work/demo.store" <"$work/texts" &&
		"$bf" build --no-mirror --store "$work/demo.store" --out "$site"
	} >"$work/out" 2>&1 || fail "the demonstration: $(tail -n 3 "$work/out")"
	(cd "$site" && find records -name '*.md') | sed 's:^records/::; s:\.md$::; s:/: :g' |
		while read -r place type id lang; do
			page=$type/$place.$id.html
			[ -f "$site/$lang/$page" ] || page=${type}_/$place.$id.html
			mkdir -p "$work/known/$lang/${page%/*}"
			cp "$site/$lang/$page" "$work/known/$lang/$page"
		done
	if [ -n "$pagefind" ]; then "$pagefind" --site "$work/known" --root-selector main >"$work/out" 2>&1; fi
}
if wants recall; then
	printf '%-58s %10s %10s %7s %9s\n' what ours peer ratio target
	if has_browser; then
		demonstrate
		measure "$work/demo.site" tests/bench/questions recall - - "$work/known"
	else
		echo "# recall: left out, there is no Chromium, or npm ci in tests/web failed"
	fi
	[ "$rows" != recall ] || exit 0
fi

# --- the corpus, kept for the next run ---
corpus=$B/bench/site.$cases.$(cat tests/bench/records.c src/record/schema.c schemas/*.json | cksum | cut -d' ' -f1)
if [ ! -d "$corpus" ]; then
	mkdir -p "$work/corpus/content"
	make_store "$work/corpus/store" $((4 * cases)) -e 0 -g "$work/corpus/content" -s 12 "$work/corpus/spare" -r
	mv "$work/corpus" "$corpus"
fi
cp -r "$corpus/store" "$work/store"
"$bf" list --store "$work/store" >/dev/null # judged once
mkdir -p "$work/hugo/static"
cp -r tests/bench/hugo/. "$work/hugo/"
cp content/theme/style.css "$work/hugo/static/"
ln -s "$corpus/content" "$work/hugo/content"
echo "# $cases records in each of $languages, mean $(find "$corpus/content" -name '*.md' -exec cat {} + | wc -c | awk -v n="$cases" '{ print int($1 / n / 4) }') bytes, in $work, text: $(cat "$B/bench/text.from")"
printf '%-58s %10s %10s %7s %9s\n' what ours peer ratio target

cost() {
	file=$1
	shift
	"$tools/run" -o "$work/now" "$@" >"$work/out" 2>&1 || fail "$* failed: $(cat "$work/out")"
	cat "$work/now" >>"$work/$file.cost"
}
# Out of the way, to be deleted at the end: for seconds after many files were deleted ext4 looks at each of their
# inodes before it gives one out, which would fall on whoever comes next.
aside() { # PATH…
	put=$((${put:-0} + 1))
	mkdir "$work/aside.$put"
	for made; do
		if [ -e "$made" ]; then mv "$made" "$work/aside.$put/"; fi
	done
}
ours() { # NAME [OPTION…]
	into=$1
	shift
	aside "$work/site" "$work/site.d"
	cost "$into" "$bf" build --no-mirror --anew "$@" --store "$work/store" --out "$work/site"
}
peers() {
	[ -n "$has_hugo" ] || return 0
	aside "$work/public"
	cost hugo hugo --quiet --source "$work/hugo" --destination "$work/public"
	if [ -n "$pagefind" ]; then
		cost pagefind "$pagefind" --site "$work/public"
		paste -d' ' "$work/hugo.cost" "$work/pagefind.cost" |
			awk '{ print $1 + $4, $2 + $5, ($3 > $6 ? $3 : $6) }' >"$work/both.cost"
	else
		cp "$work/hugo.cost" "$work/both.cost"
	fi
}
figure() { # FILE COLUMN
	if [ -s "$work/$1.cost" ]; then median "$work/$1.cost" "$2"; else echo -; fi
}
count() { if [ -d "$1" ]; then find "$1/" -name "$2" | wc -l; else echo -; fi; }

# --- what it costs ---
if wants build; then
	i=0
	while [ $i -lt "$rounds" ]; do
		i=$((i + 1))
		ours plain --no-compress
		ours ours
		peers
	done
	goal "full build, wall s, median of $rounds" "$(figure ours 1)" "$(figure both 1)" 4
	goal "  least" "$(least "$work/ours.cost" 1)" "$([ -s "$work/both.cost" ] && least "$work/both.cost" 1 || echo -)" 4
	goal "  without compressed forms, wall s, median" "$(figure plain 1)" "$(figure both 1)" 4
	goal "full build without compressed forms, CPU s" "$(figure plain 2)" "$(figure both 2)" 6
	goal "  of the peer's: hugo alone, CPU s" "$(figure plain 2)" "$(figure hugo 2)" -
	goal "full build with compressed forms, CPU s" "$(figure ours 2)" - 12
	goal "full build, largest resident set, MiB" "$(figure ours 3)" "$(figure both 3)" 150
	goal "pages of HTML" "$(count "$work/site" '*.html')" "$(count "$work/public" '*.html')" -
	goal "files, without compressed forms" "$(find "$work/site/" -type f ! -name '*.gz' ! -name '*.br' | wc -l)" \
		"$(count "$work/public" '*')" -
else
	ours ours
	peers
fi

# --- one more revision, each in a process of its own ---
# A build first brings the other tree up to the build before: what that one changed is paid for here. So new texts
# come first, then a body behind them, which stands apart, then bodies behind bodies.
revised() { # FOLDER: its text, in whichever language, is published
	"$bf" publish "$1"/??.md --store "$work/store" >/dev/null 2>&1 || fail "publish: $1"
}
if wants edit; then
	for spare in $(seq 1 $((edits + 1))); do revised "$corpus/spare/$spare"; done
	"$bf" build --no-mirror --store "$work/store" --out "$work/site" >/dev/null 2>&1
	# Files of a tree that was shown within the last minute are made anew, older ones are written over
	# (src/site/output.h): each second edit finds that minute over.
	for spare in $(seq 1 $((edits + 1))); do
		revised "$corpus/spare/$spare/next"
		into=edit.soon
		if [ "$spare" -eq 1 ]; then into=edit.first; fi
		if [ $((spare % 2)) -eq 0 ]; then
			into=edit
			touch -h -d '2 minutes ago' "$work/site"
		fi
		cost "$into" "$bf" build --no-mirror --json --store "$work/store" --out "$work/site"
		sed -n 's/.*"pages_written": \([0-9]*\).*/\1/p; ' "$work/out" >>"$work/edit.pages"
	done
	cost again "$bf" build --no-mirror --store "$work/store" --out "$work/site"
	if [ -n "$has_hugo" ]; then cost rehugo hugo --quiet --source "$work/hugo" --destination "$work/public"; fi
	goal "a new body, belfry build, wall ms, median" "$(median "$work/edit.cost" 1 | awk '{ print $1 * 1000 }')" \
		"$(figure rehugo 1 | awk '$1 != "-" { $1 *= 1000 } { print }')" 60
	goal "  least" "$(least "$work/edit.cost" 1 | awk '{ print $1 * 1000 }')" - 60
	goal "  within a minute of the one before, median" "$(median "$work/edit.soon.cost" 1 | awk '{ print $1 * 1000 }')" - 60
	goal "  CPU ms" "$(median "$work/edit.cost" 2 | awk '{ print $1 * 1000 }')" "$(figure rehugo 2 | awk '$1 != "-" { $1 *= 1000 } { print }')" -
	goal "  behind a build of $((edits + 1)) new texts, wall ms" "$(median "$work/edit.first.cost" 1 | awk '{ print $1 * 1000 }')" - -
	goal "  nothing new, wall ms" "$(median "$work/again.cost" 1 | awk '{ print $1 * 1000 }')" - -
	goal "  pages written, most" "$(sort -n "$work/edit.pages" | tail -n 1)" "$(count "$work/public" '*.html')" 40
	[ -x "$B/tests/unit/render/edits_test" ] || fail "make bench-site builds tests/unit/render/edits_test, which is not there"
	begun=$(date +%s)
	SEED=1 EDITS=${BENCH_RANDOM:-100} "$B/tests/unit/render/edits_test" >"$work/out" 2>&1 && differ=0 || differ=1
	[ "$differ" -eq 0 ] || sed 's/^/# /' "$work/out"
	goal "  builds that differ from a clean one, ${BENCH_RANDOM:-100} random edits" "$differ" - 0
	echo "# tests/unit/render/edits_test.c: any_edit, $(($(date +%s) - begun)) s"
fi

# --- what visitors get ---
measured=
for name in weight clicks search lines; do
	! wants $name || measured="$measured,$name"
done
if [ -n "$measured" ]; then
	if ! has_browser; then
		echo "# ${measured#,}: left out, there is no Chromium, or npm ci in tests/web failed"
	else
		"$bf" build --no-mirror --store "$work/store" --out "$work/site" >/dev/null 2>&1
		measure "$work/site" "$corpus/content" "${measured#,}" "$tools/proxy" "$work" ${has_hugo:+"$work/public"}
	fi
fi
if wants looks; then
	if WEB=all tests/web/sample.sh >"$work/looks" 2>&1 || [ $? -eq 1 ]; then
		goal "runs of axe with a violation, or another fault" "$(grep -c '^FAILED .* at [0-9]*, ' "$work/looks" || true)" - 0
		goal "  runs" "$(grep -c '^[a-zA-Z]* .* at [0-9]*, ' "$work/looks")" - -
		goal "faults put in on purpose and found" "$(sed -n 's/^ok .*faults put in.*: \([0-9]*\) of.*/\1/p' "$work/looks" | sort -n | head -n 1)" - 6 least
		grep '^FAILED\|checks passed' "$work/looks" | cut -c1-200 | sed 's/^/# /'
	else
		echo "# looks: left out: $(tail -n 1 "$work/looks")"
	fi
fi

# --- the same everywhere ---
if wants same; then
	few=$work/few
	make_store "$few" 400 -e 0
	link_hubs "$few" "$work/other"
	for at in "$few" "$work/other"; do
		stop_daemon "$at"
		"$bf" build --no-mirror --store "$at" --out "$at.site" >/dev/null 2>&1
	done
	"$bf" build --no-mirror --anew --store "$few" --out "$work/again" >/dev/null 2>&1
	goal "files that differ: two hubs" "$(diff -rq --exclude=local "$few.site/" "$work/other.site/" | wc -l)" - 0
	goal "files that differ: two builds" "$(diff -rq "$few.site/" "$work/again/" | wc -l)" - 0
	echo "# other order of arrival: tests/unit/render/build_test.c, output_depends_on_the_input_alone; demo: tools/demo.sh"
fi
