#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The main job on real content: a central team, two regional hubs and an author's laptop, each a store
# and a process of its own on loopback. The author writes a case study; it becomes a verified page
# on every hub. DEMO_EXIT=1: end when that is shown, 0 only if all three sites are the same bytes.
set -eu
cd "$(dirname "$0")/.."
belfry=$PWD/${B:-build}/belfry
content=$PWD/content/demo
work=$(mktemp -d "${TMPDIR:-/tmp}/belfry-demo.XXXXXX")
export HOME=$work SSH_AUTH_SOCK=
started=$(date +%s%N)
pids=()

finish() {
	status=$?
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
	wait 2>/dev/null || true
	if [ $status -eq 0 ]; then rm -rf "$work"; else echo "The stores and logs are kept in $work" >&2; fi
}
trap finish EXIT
trap 'exit 0' INT TERM

say() {
	tenths=$((($(date +%s%N) - started) / 100000000))
	printf '%3d.%ds  %s\n' $((tenths / 10)) $((tenths % 10)) "$*"
}
# Run a command on one of the stores; its talk is shown only when it fails.
at() {
	local hub=$1; shift
	"$belfry" "$@" --store "$work/$hub" 2>"$work/talk" || { status=$?; cat "$work/talk" >&2; return $status; }
}

# Start a daemon and wait until it says where it listens.
serve() {
	local hub=$1; shift
	"$belfry" serve --store "$work/$hub" "$@" 2>"$work/$hub.log" &
	pids+=($!)
	for _ in $(seq 100); do [ -s "$work/$hub/listening" ] && return; sleep 0.05; done
	echo "$hub did not start:" >&2; cat "$work/$hub.log" >&2; exit 1
}
address() { head -n 1 "$work/$1/listening"; }

# Wait until a command succeeds, 20 s at most.
until_true() {
	for _ in $(seq 400); do "$@" >/dev/null 2>&1 && return; sleep 0.05; done
	echo "this did not come true in 20 s: $*" >&2; exit 1
}

person() { ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$work/$1"; }

# The files of one hub: all whose place lies in its region.
records_of() {
	while IFS=$'\t' read -r place region _; do
		[ "$region" = "$1" ] && echo "$place"
	done <"$content/places.tsv" | cat - <(echo "$1") | while read -r place; do
		[ -d "$content/$place" ] && find "$content/$place" -name '*.md'
	done | sort
}

# Load a hub's part of the demonstration content through the public commands.
load() {
	local hub=$1 region; shift
	for region; do records_of "$region"; done | grep -v "/$new/" >"$work/$hub.files" || true
	while read -r file; do
		mkdir -p "$work/$hub.records/$(dirname "${file#"$content"/}")"
		cp "$file" "$work/$hub.records/${file#"$content"/}"
	done <"$work/$hub.files"
	mapfile -t files < <(find "$work/$hub.records" -name '*.md' | sort)
	at "$hub" sign "${files[@]}" --key "$work/$hub-editor"
	at "$hub" sign "${files[@]}" --key "$work/$hub-reviewer" --review
	say "$(at "$hub" publish "${files[@]}")"
}

new=case-study/dori-fraternal-union-of-believers
record=bf-dori/$new

network=$(at central init --name "Cities Commons (demonstration)" --hub central --region global \
	--contact desk@cities-commons.example)
say "network founded by hub central: $network"
serve central --listen 127.0.0.1:0 --http 127.0.0.1:0

for pair in mena:mena west-africa:west-africa-sahel; do
	hub=${pair%%:*} region=${pair#*:}
	at "$hub" request --hub "$hub" --region "$region" --out "$work/$hub.request"
	at central admit "$work/$hub.request" --out "$work/$hub.invitation"
	at "$hub" join "$work/$hub.invitation"
	at "$hub" peer add central "$(address central)"
	serve "$hub" --listen 127.0.0.1:0 --http 127.0.0.1:0
	say "hub $hub admitted for region $region, listening on $(address "$hub")"
done

for hub in central mena west-africa; do
	person "$hub-editor"; person "$hub-reviewer"
	case $hub in
	central) regions="global europe north-america western-balkans east-southern-africa south-asia southeast-asia" ;;
	mena) regions=mena ;;
	west-africa) regions=west-africa-sahel ;;
	esac
	for region in $regions; do
		awk -F '\t' -v region="$region" '$2 == region' "$content/places.tsv"
	done >"$work/$hub.places"
	at "$hub" city add --from "$work/$hub.places"
	at "$hub" member add editor --name "Demonstration editor, $hub" --role author --key "$work/$hub-editor.pub"
	at "$hub" member add reviewer --name "Demonstration reviewer, $hub" --role reviewer --key "$work/$hub-reviewer.pub"
	# shellcheck disable=SC2086
	load "$hub" $regions
done

person author
at west-africa member add author --name "Demonstration author" --role author --place bf-dori --key "$work/author.pub"
at laptop join "$(address west-africa)" --network "$network"
at laptop sync >/dev/null
say "an author's laptop joined hub west-africa and holds $(at laptop list | wc -l) records"
"$belfry" serve --store "$work/laptop" --no-build 2>"$work/laptop.log" &
pids+=($!)
mkdir -p "$work/desk"
cp "$content/$record"/??.md "$work/desk/"
mapfile -t drafts < <(find "$work/desk" -name "*.md" | sort)

all_in_sync() {
	first=$(at central log --json) || return 1
	[ "$first" = "$(at mena log --json)" ] && [ "$first" = "$(at west-africa log --json)" ]
}
until_true all_in_sync
say "central, mena and west-africa hold the same $(at central list | wc -l) records"

before=$(at mena status --json)
until_true at laptop check "${drafts[@]}"
at laptop sign "${drafts[@]}" --key "$work/author"
at laptop submit "${drafts[@]}" --key "$work/author" >/dev/null 2>&1
say "the author wrote, signed and submitted $record in ${#drafts[@]} languages ($(cat "$work"/desk/??.md | wc -c) bytes)"
inbox_has_all() { [ "$(at west-africa inbox | grep -c ' received ')" -eq ${#drafts[@]} ]; }
until_true inbox_has_all
say "hub west-africa has them in its inbox"

published=$(date +%s%N)
for id in $(at west-africa inbox | awk '{print $1}'); do
	at west-africa review "$id" --accept --key "$work/west-africa-reviewer" >/dev/null
done
for hub in central mena; do
	for draft in "${drafts[@]}"; do until_true at "$hub" show "$record/$(basename "$draft" .md)"; done
done
until_true all_in_sync
say "reviewed and published; central and mena show it $((($(date +%s%N) - published) / 1000000)) ms after the review began"
after=$(at mena status --json)
count() { grep -o '"bytes_in": *[0-9]*' <<<"$1" | grep -o '[0-9]*$' | awk '{s+=$1} END {print s+0}'; }
say "mena received $(($(count "$after") - $(count "$before"))) bytes for it, verified, from central"
until_true sh -c "'$belfry' submit --store '$work/laptop' | grep -c published | grep -qx ${#drafts[@]}"
say "the laptop's outbox says: published"

for hub in central mena west-africa; do
	at "$hub" build --out "$work/$hub.site" >/dev/null
	at "$hub" verify >/dev/null
done
for hub in mena west-africa; do
	diff -r "$work/central.site/" "$work/$hub.site/" >/dev/null || { echo "the sites of central and $hub differ" >&2; exit 1; }
done
say "every signature verified on each hub; three sites rendered, $(find "$work/central.site/" -type f | wc -l) files, byte for byte the same"

at mena signers >"$work/allowed_signers"
cat <<END

Check the new record yourself, with ssh-keygen alone:
  cd $work/central.site/records/$record
  ssh-keygen -Y verify -f $work/allowed_signers -I author@west-africa \\
    -n belfry-record@$network -s fr.md.sig < fr.md
END
ssh-keygen -Y verify -f "$work/allowed_signers" -I author@west-africa -n "belfry-record@$network" \
	-s "$work/central.site/records/$record/fr.md.sig" <"$work/central.site/records/$record/fr.md"
echo
say "done"
[ -n "${DEMO_EXIT:-}" ] && exit 0
site=$(sed -n 's|^.*\(http://[^ ]*\).*$|\1|p' "$work/central.log" | head -n 1)
cat <<END
The resource centre: $site   (Ctrl-C ends the demonstration)
  the new record    ${site%/}/en/case-study/bf-dori.${new#*/}.html   (or fr, es, ar)
  its city          ${site%/}/fr/city/bf-dori.html
  every document    ${site%/}/ar/browse.html   (from right to left)
  how to check it   ${site%/}/en/verify.html
END
wait
