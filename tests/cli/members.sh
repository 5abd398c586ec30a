#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: what is for members only stays with them: in a journal of its own, and in nothing that
# strangers are sent: site, feeds, search, mirror, git host, stick, link, log.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"
canary=zephyrquill

# Everything in a folder, packed or not.
nowhere() { # FOLDER…
	local dir file
	for dir; do
		[ -e "$dir" ] || fail "there is no $dir to search"
		! grep -rqi "$canary" "$dir" || fail "the word is in $(grep -rli "$canary" "$dir")"
		! find "$dir" -name '*.gz' -exec zcat {} + | grep -aqi "$canary" || fail "the word is in a .gz below $dir"
		while read -r file; do
			! git --git-dir="$file" cat-file --batch --batch-all-objects | grep -aqi "$canary" ||
				fail "an object of $file has the word"
		done < <(find "$dir" -type d -name '*.git')
	done
}
somewhere() { (nowhere "$@") 2>/dev/null && fail "the word is not even in $*"; }
kept() { git --git-dir="$1/members.git" cat-file --batch --batch-all-objects 2>/dev/null | grep -aqi "$canary"; }

found_network
record "$work/bridge/en.md" ke-mombasa bridge
record "$work/secret/en.md" ke-mombasa secret 'audience: members
revision: 1
'
sed -i "s/^title: .*/title: The $canary plan/; s/^It opened.*/Only the $canary knows./" "$work/secret/en.md"
sign_both "$work/bridge/en.md" "$work/secret/en.md"
ok belfry publish "$work/bridge/en.md"
public=$(head_of)
ok belfry publish "$work/secret/en.md" --json
json '.hub == "central" and .last == 1'
[ "$(head_of)" = "$public" ] || fail "the public journal has moved"
fails 1 belfry publish "$work/secret/en.md"
says 'it is published already'
kept "$work/central" || fail "members.git does not hold it"

# At the hub it can be read, and says what it is.
ok belfry list --search "$canary"
says '^ke-mombasa/news/secret/en  (for members) The'
ok belfry list --json
json 'map(select(.audience == "members")) | length == 1'
json 'map(select(.audience == "public")) | length == 1'
ok belfry show ke-mombasa/news/secret
says 'FOR MEMBERS ONLY'
says "Only the $canary knows"
ok belfry verify ke-mombasa/news/secret
ok belfry verify
says '2 records checked: all good$'
git --git-dir="$work/central/members.git" fsck --strict --no-dangling >"$work/fsck" 2>&1 || fail "git fsck: $(cat "$work/fsck")"
belfry signers >"$work/allowed"
ok git --git-dir="$work/central/members.git" -c gpg.format=ssh -c gpg.ssh.allowedSignersFile="$work/allowed" \
	verify-commit refs/belfry/hubs/central

# Nothing that strangers are given has it.
ok belfry build
ok belfry build --out "$work/pages"
nowhere "$work/central/site" "$work/central/site.d" "$work/pages.d" "$work/central/store.git"
somewhere "$work/central/members.git"
ok belfry export "$work/stick" --store "$work/central"
ok belfry admit --edge --out "$work/invitation"
ok belfry join "$work/invitation" --store "$work/edge"
ok belfry import "$work/stick" --store "$work/edge"
nowhere "$work/edge"
ok git clone -q --mirror "$work/central/store.git" "$work/clone.git"
nowhere "$work/clone.git"

# A site for members is another folder, says so on each page and lays out no mirror.
ok belfry build --audience members
somewhere "$work/central/site-members.d"
grep -q 'for members only' "$work/central/site-members/en/news/ke-mombasa.secret.html" || fail "no banner"
! grep -rq 'for members only' "$work/central/site.d" || fail "the public site has the banner"
[ ! -e "$work/central/site-members/belfry" ] || fail "a mirror stands beside it"
fails 1 belfry build --out "$work/central/site-members"
says 'holds a site for members only'
fails 1 belfry build --audience members --out "$work/pages"
says 'holds a site for everybody'
fails 2 belfry build --audience friends

# A name is one record; and what is for members is taken back like any other.
record "$work/twice/en.md" ke-mombasa secret
sign_both "$work/twice/en.md"
fails 1 belfry publish "$work/twice/en.md"
says 'a record keeps its audience'
public=$(head_of)
ok belfry withdraw ke-mombasa/news/secret --reason "Outdated." --key "$work/ann" --review-key "$work/rev"
[ "$(head_of)" = "$public" ] || fail "the public journal has moved"
ok belfry show ke-mombasa/news/secret
says 'WITHDRAWN: Outdated'
nowhere "$work/central/store.git"

# Outbox and inbox are in store.git: nothing for members goes through them.
fails 1 belfry submit "$work/secret/en.md"
says 'belfry publish takes them'
nowhere "$work/central/store.git" "$work/edge"

# --- over links: hubs have it, and an edge whose member the hub knows; nobody else ---
serve "$work/central" --no-build
ok belfry request --hub east --region mena --out "$work/request" --store "$work/east"
ok belfry admit "$work/request" --out "$work/for-east"
ok belfry join "$work/for-east" --store "$work/east"
person mallory
for at in reader outsider stranger; do
	ok belfry join "$work/invitation" --store "$work/$at"
done
git --git-dir="$work/reader/store.git" config belfry.member "$work/ann"
git --git-dir="$work/outsider/store.git" config belfry.member "$work/mallory"
for at in east reader outsider stranger; do
	ok belfry peer add central "$address" --store "$work/$at"
	ok belfry sync central --store "$work/$at"
done
kept "$work/east" || fail "another hub lacks what is for members"
kept "$work/reader" || fail "a member lacks what is for members"
nowhere "$work/stranger" "$work/outsider" "$work/east/store.git" "$work/reader/store.git"
for at in east reader; do
	ok belfry verify --store "$work/$at"
	ok belfry show ke-mombasa/news/secret --store "$work/$at"
	says 'FOR MEMBERS ONLY'
	[ "$(git --git-dir="$work/$at/members.git" rev-parse refs/belfry/hubs/central)" = \
		"$(git --git-dir="$work/central/members.git" rev-parse refs/belfry/hubs/central)" ] || fail "$at has other entries"
done
fails 1 belfry show ke-mombasa/news/secret --store "$work/stranger"
ok belfry list --json --store "$work/outsider"
silent "$canary\|secret"
# The store is in sync where it holds it already, and news travel alone.
ok belfry sync central --store "$work/reader"
ok belfry sync central --store "$work/east"
record "$work/secret-2/en.md" ke-mombasa secret-2 'audience: members
revision: 1
'
sign_both "$work/secret-2/en.md"
ok belfry publish "$work/secret-2/en.md"
says '^central 3: 1 record'
ok belfry sync central --store "$work/reader"
ok belfry show ke-mombasa/news/secret-2 --store "$work/reader"
# Who is retired gets no more of it.
person zoe
ok belfry member add zoe --name "Zoe Author" --role author --key "$work/zoe.pub"
ok belfry member retire ann
record "$work/secret-3/en.md" ke-mombasa secret-3 'audience: members
revision: 1
'
ok belfry sign "$work/secret-3/en.md" --key "$work/zoe"
ok belfry sign "$work/secret-3/en.md" --key "$work/rev" --review
ok belfry publish "$work/secret-3/en.md"
for at in reader east; do ok belfry sync central --store "$work/$at"; done
fails 1 belfry show ke-mombasa/news/secret-3 --store "$work/reader"
ok belfry show ke-mombasa/news/secret-3 --store "$work/east"
! grep -qi "$canary" "$work"/*.log || fail "a log has the word"
ok belfry export "$work/stick-2" --store "$work/east"
ok belfry join "$work/invitation" --store "$work/edge-2"
ok belfry import "$work/stick-2" --store "$work/edge-2"
nowhere "$work/edge-2"
