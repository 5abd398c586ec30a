#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: each record of tests/hostile/records.txt is refused by hand and by the pre-commit hook, with its place and
# reason. Where its hub's own key has signed it into a journal, every door takes that journal and passes it on, and
# every store holds the record for the same reason and shows it to nobody. What is shown is clean.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"
# shellcheck source=tests/cli/git.lib
. tests/cli/git.lib
PATH=$(dirname "$bf"):$PATH
tools=$(dirname "$bf")/tests/tools
built "$tools/force" "$tools/lint_site"

# --- the records ---

folder=records/ke-mombasa/news
cases=() shown=() # their ids
declare -A says_check held_for

times() { # N PIECE
	yes -- "$(printf %b "$2")" | head -n "$1" | tr -d '\n'
}
edit() { # KIND ARGUMENTS: the honest record in, the bent one out
	local kind=$1 arguments=$2
	case $kind in
	sed) sed "$arguments" ;;
	body) sed '$d'; times "${arguments%% *}" "${arguments#* }"; echo ;;
	head) sed "11s/^/sources: $(times "${arguments%% *}" "${arguments#* }")\n/" ;;
	keys) sed 11q | sed '$d'; seq -f 'k%g: x' "$arguments"; printf 'revision: 1\n---\nText.\n' ;;
	file)
		sed "11s|^|attachments:\n  - name: $arguments\n    media: application/pdf\n    size: 3\n\
    sha256: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n\
    chunks: \"4f8b42c22dd3729b519ba6f68d2da7cc5b2d606d05daed5ad5128cc03e6c6358\"\n|" ;;
	sink) sed '$d'; seq -f %g 0 $((arguments - 1)) | awk '{ printf "%*s- a\n", 2 * $1, "" }' ;;
	fill) { head -c -1; tr '\0' a </dev/zero; } | head -c $((arguments - 1)); echo ;;
	*) fail "tests/hostile/records.txt: what is '$kind'?" ;;
	esac
}
trim() { # TEXT, into $trimmed
	trimmed=${1#"${1%%[! ]*}"}
	trimmed=${trimmed%"${trimmed##*[! ]}"}
}

found_network
hand=$work/hand
while IFS='|' read -r id check held how; do
	case $id in '#'* | '') continue ;; esac
	trim "$id"; id=$trimmed
	trim "$check"; says_check[$id]=$trimmed
	trim "$held"; held_for[$id]=$trimmed
	how=${how# }
	cases+=("$id")
	record "$work/honest/en.md" ke-mombasa "$id"
	mkdir -p "$hand/$folder/$id"
	edit "${how%% *}" "${how#* }" <"$work/honest/en.md" >"$hand/$folder/$id/en.md"
	cmp -s "$work/honest/en.md" "$hand/$folder/$id/en.md" && fail "$id: nothing is bent"
done <tests/hostile/records.txt
[ "${#cases[@]}" -ge 150 ] || fail "only ${#cases[@]} cases"
cp -r "$hand" "$work/reviewed"
cd "$hand" || exit 2
ssh-keygen -q -Y sign -f "$work/ann" -n "belfry-record@$network" "$folder"/*/en.md 2>/dev/null || fail "nobody signs"
cd "$work/reviewed" || exit 2
ssh-keygen -q -Y sign -f "$work/rev" -n "belfry-review@$network" "$folder"/*/en.md 2>/dev/null || fail "nobody reviews"
for id in "${cases[@]}"; do mv "$folder/$id/en.md.sig" "$hand/$folder/$id/en.md.rev"; done
cd "$root" || exit 2


# --- by hand ---

expect() { # ID WORDS FILE: one line of FILE is this record's, and goes on so
	grep -qF -e "$folder/$1/en.md:$2" "$3" || {
		grep -F "$folder/$1/en.md" "$3" >&2
		fail "$1: nothing says \"$2\""
	}
}
good=() bad=() forced=()
for id in "${cases[@]}"; do
	path=$folder/$id/en.md
	if [ "${says_check[$id]}" = good ]; then good+=("$path"); else bad+=("$path"); fi
	[ "${held_for[$id]}" = 'no entry' ] || forced+=("$path")
done
cd "$hand" || exit 2
fails 1 belfry check "${good[@]}" "${bad[@]}"
says "^${#bad[@]} of ${#cases[@]} files have problems"
cp "$work/.out" "$work/said"
ok belfry check "${good[@]}"
head=$(head_of) tried=0
for path in "${bad[@]}"; do
	id=${path%/en.md}
	id=${id##*/}
	expect "$id" "${says_check[$id]}" "$work/said"
	# They judge by the same function, so each fourth is enough. By hand, a file may lie anywhere.
	[ $((tried++ % 4)) -eq 0 ] || continue
	case ${says_check[$id]} in *'the path says'*) continue ;; esac
	fails 1 belfry sign "$path" --key "$work/ann"
	grep -qF -e "$path:${says_check[$id]}" "$work/.out" "$work/.talk" || says 'larger than the 65536 bytes'
	fails 1 belfry publish "$path"
	grep -qF -e "$path:${says_check[$id]}" "$work/.out" "$work/.talk" || says 'larger than the 65536 bytes'
done
[ "$(head_of)" = "$head" ] || fail "something was published"

# --- by the pre-commit hook ---

export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@y GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@y
git init -q "$work/copy"
cp "$root/hooks/pre-commit" "$work/copy/.git/hooks/"
cp -r "$hand/records" "$work/copy/"
cd "$work/copy" || exit 2
find . -name '*.md.*' -delete
git add records
fails 1 git commit -qm all
[ "$(grep -c "^$folder/" "$work/.talk")" -ge "${#bad[@]}" ] || fail "the hook does not name them all"
for path in "${bad[@]}"; do
	id=${path%/en.md}
	id=${id##*/}
	expect "$id" "${says_check[$id]}" "$work/.talk"
done
git rm -q --cached "${bad[@]}"
ok git commit -qm good

# --- in a journal, by every door and on from there ---

cd "$hand" || exit 2
for id in "${cases[@]}"; do
	[ "${held_for[$id]}" != 'no entry' ] || fails 1 "$tools/force" "$work/central" . "$folder/$id/en.md"
done
ok "$tools/force" "$work/central" . "${forced[@]}"
cd "$root" || exit 2
entries=$(belfry log --json | grep -c '"seq"')
ok belfry admit --edge --out "$work/invitation"
store() { "$bf" "$@" --store "$at"; }
held() { store list --held | paste -d " " - -; }
at=$work/central
held >"$work/held"
for path in "${forced[@]}"; do
	id=${path%/en.md}
	id=${id##*/}
	case ${held_for[$id]} in
	shown)
		shown+=("$id")
		continue ;;
	same) why="en.md:${says_check[$id]}" ;;
	*) why=${held_for[$id]} ;;
	esac
	grep -F -e "ke-mombasa/news/$id/en " "$work/held" | grep -qF -e "$why" || fail "$id is not held with \"$why\""
done
[ "$(wc -l <"$work/held")" -eq $((${#forced[@]} - ${#shown[@]})) ] || fail "other records are held"

joined() { # NAME: a store of its own, $at
	at=$work/$1
	ok store join "$work/invitation"
}
# What came is all of it, and held for the same reasons.
took() {
	[ "$(store log --json)" = "$(belfry log --json)" ] || fail "$at has other entries"
	[ "$(store list --json)" = "$(belfry list --json)" ] || fail "$at shows others"
	held | cmp -s - "$work/held" || fail "$at holds others, or for other reasons"
}
ok belfry build --out "$work/central.site" --no-mirror
cd "$hand/$folder" || exit 2
ok "$tools/lint_site" "$work/central.site/." ./*/en.md
out
cd "$root" || exit 2
for id in "${cases[@]}"; do
	page=$work/central.site/en/news/ke-mombasa.$id.html
	if [ "${held_for[$id]}" = shown ]; then [ -s "$page" ]; else [ ! -e "$page" ]; fi || fail "$id: ${held_for[$id]}, and its page?"
done
# What fetches a script later stands in each page; lint_site has compared it with the theme.
grep -rlP '<(script(?!>onload=\(\)=>location| (type="application/ld\+json"|src="(\.\./)+(offline|search)\.js" defer)>)|img|iframe|svg/)|href="(javascript|data|vbscript|file|blob|//)|"on[a-z]+=' "$work/central.site/" --include='*.html' &&
	fail "a page has what no page may"

at=$work/central
serve "$at" --no-build
joined by-link
ok store peer add central "$address"
ok store sync central
took
ok store export "$work/all.belfry"
joined by-stick
ok store import "$work/all.belfry"
says "^$entries new entries"
took
ok store build
serve "$at" --no-build --listen none --http 127.0.0.1:0
joined by-mirror
ok store pull "$http"
says "^$entries new entries"
took
relay=$work/relay.git
git init -q --bare "$relay"
git --git-dir="$relay" config belfry.network "$network"
cp hooks/pre-receive "$relay/hooks/"
ok git --git-dir="$at/store.git" push -q "file://$relay" refs/belfry/charter "$ref"
joined by-git
ok store pull "git+file://$relay"
says "^$entries new entries"
took
ok store verify
sound "$at"
ok store build --out "$at.site" --no-mirror
diff -r "$work/central.site/" "$at.site/" || fail "another site is made of it"
