#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a reviewer is dismissed. The steps of docs/trust.md "A reviewer is dismissed": nothing new counts by them,
# what stands by them can be found, and is looked at again by somebody else, or withdrawn.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

command -v jq >/dev/null || { echo "skip: jq is not installed"; exit 77; }
cd "$work" || exit 1
found_network
for id in bridge school market; do record rec/$id/en.md ke-mombasa $id; done
sign_both rec/*/en.md
ok belfry publish rec/*/en.md

# 1. They go, and somebody else comes.
person eve
ok belfry member revoke rev
ok belfry member add eve --name Eve --role reviewer --key eve.pub
record rec/late/en.md ke-mombasa late
ok belfry sign rec/late/en.md --key ann
ok belfry sign rec/late/en.md --key rev --review # whoever has the key can sign; it counts for nothing
fails 1 belfry publish rec/late/en.md
says 'rev is no longer an active member'
ok belfry sign rec/late/en.md --key eve --review
ok belfry publish rec/late/en.md

# 2. What stands by their word?
ok belfry list --by rev
says 'news/bridge/en'
says 'news/school/en'
silent 'news/late'
ok belfry list --by rev --json
json 'length == 3 and all(.[]; .reviewer == "rev" and .state == "published")' # it stays

# 3. Good: its author signs it again as the next revision, which another reviews. Not good: withdrawn.
git_store show main:records/ke-mombasa/news/bridge/en.md >bridge.md
record rec/bridge/en.md ke-mombasa bridge "revision: 2
previous: [\"sha256:$(sha256sum <bridge.md | cut -d ' ' -f 1)\"]
"
fails 1 belfry publish rec/bridge/en.md # with the signatures of before
ok belfry sign rec/bridge/en.md --key ann
ok belfry sign rec/bridge/en.md --key eve --review
ok belfry publish rec/bridge/en.md
ok belfry show ke-mombasa/news/bridge
says 'reviewer  Eve (eve)'
says '^revision: 2$'
ok belfry withdraw ke-mombasa/news/school --reason "Nobody had checked it." --key ann --review-key eve
ok belfry list --by rev --json
json 'length == 1 and .[0].id == "market"'
ok belfry list --by eve
says 'news/school/en  (withdrawn)'
ok belfry verify

# 4. Stock tools still tell which of them signed what was published before.
belfry signers >signers || fail "no signers"
commit=$(git_store log --format=%H --diff-filter=A main -- records/ke-mombasa/news/bridge/en.md.rev)
git_store show "$commit:records/ke-mombasa/news/bridge/en.md.rev" >bridge.rev
ok ssh-keygen -Y verify -f signers -I rev@central -n "belfry-review@$network" -s bridge.rev <bridge.md
sound "$work/central"
