#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: stock git carries journals between stores by fetch and push, and nothing that git brings counts
# before Belfry has checked it.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

found_network
east() { BELFRY_STORE=$work/east "$bf" "$@"; }
ok east request --hub east --region east-southern-africa --out "$work/request"
ok belfry admit "$work/request" --out "$work/invitation"
ok east join "$work/invitation"
ok east member add ann --name Ann --role author --place ke-mombasa --key "$work/ann.pub"
ok east member add rev --name Rev --role reviewer --key "$work/rev.pub"
publish() { # ID
	record "$work/$1/en.md" ke-mombasa "$1"
	ok east sign "$work/$1/en.md" --key "$work/ann"
	ok east sign "$work/$1/en.md" --key "$work/rev" --review
	ok east publish "$work/$1/en.md"
}
publish bridge
ref=refs/belfry/hubs/east

ok git_store fetch -q "$work/east/store.git" "$ref:$ref"
ok belfry list
says 'ke-mombasa/news/bridge/en'
ok belfry verify
says 'all good'
grep -q '^journal east ' "$work/central/pins" && fail "a reader has written pins"
person new
ok belfry member add new --name New --role author --key "$work/new.pub"
grep -q '^journal east 4 ' "$work/central/pins" || fail "what was checked is not pinned"
sound "$work/central"

publish school
ok git --git-dir="$work/east/store.git" push -q "$work/central/store.git" "$ref"
ok belfry log east
says '^east 5 '
sound "$work/central"

# Members' messages stay at home, whoever asks.
edge() { BELFRY_STORE=$work/edge "$bf" "$@"; }
ok belfry admit --edge --out "$work/for-edges"
ok edge join "$work/for-edges"
record "$work/mena/en.md" mena market
ok edge sign "$work/mena/en.md" --key "$work/ann"
ok edge submit "$work/mena/en.md"
git --git-dir="$work/edge/store.git" for-each-ref | grep -q outbox || fail "nothing is in the outbox"
git ls-remote "$work/edge/store.git" | grep -q 'inbox\|outbox' && fail "git serves the outbox"

# A commit that nobody signed, one signed by somebody else, one that undoes.
head=$(git_store rev-parse $ref)
tree=$(git_store rev-parse "$ref^{tree}")
export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@y GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@y
unsigned=$(echo forged | git_store commit-tree "$tree" -p "$head")
person eve
signed=$(git_store log -1 --format=%B "$head" | sed 's/^Seq: 5/Seq: 6/; s/^east 5/east 6/' |
	git_store -c gpg.format=ssh -c user.signingkey="$work/eve" commit-tree -S "$tree" -p "$head")
for forged in "$unsigned" "$signed"; do
	git_store cat-file commit "$forged" >"$work/forged"
	git init -q --bare "$work/forge-$forged.git"
	git --git-dir="$work/forge-$forged.git" -c transfer.unpackLimit=1 fetch -q "$work/central/store.git" "$ref"
	id=$(git --git-dir="$work/forge-$forged.git" hash-object -t commit -w "$work/forged")
	ok git --git-dir="$work/forge-$forged.git" push -q "$work/central/store.git" "$id:$ref"
	fails 1 belfry list
	says 'journal east: a commit is not a journal entry\|refs/belfry/hubs/east in '
	fails 1 belfry member retire new
	ok git_store update-ref $ref "$head"
	ok belfry verify
done
# Back to an entry before one that was pinned: the pins know better.
ok belfry member retire new
ok git_store update-ref $ref "$head~2"
ok belfry member revoke new
[ "$(git_store rev-parse $ref)" = "$head" ] || fail "the journal of east went back"
ok belfry verify
