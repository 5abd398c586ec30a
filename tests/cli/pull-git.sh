#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: belfry pull takes a network from any git host by way of stock git; what does not verify stays out,
# whatever a host serves, and nothing of it is left behind.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

# shellcheck source=tests/cli/git.lib
. tests/cli/git.lib
git_network
url=git+file://$work/hosts/host.git
ok edge pull "$url" --dry-run --json
json '.moved == 1 and .entries == 0'
clean
ok edge pull "$url"
says "^$n new entries, 0 new charter versions"
same
clean
ok edge pull "$url"
says '^0 new entries, 0 new charter versions; 1 requests'

# Only what is new comes; a charter's new version before the entries that name it. Other refs stay there.
east() { BELFRY_STORE=$work/east "$bf" "$@"; }
ok east request --hub east --region mena --out "$work/request"
ok belfry admit "$work/request" --out "$work/for-east"
ok east join "$work/for-east"
ok east member add ann --name Ann --role author --place mena --key "$work/ann.pub"
ok belfry pull "git+file://$work/east/store.git"
publish late
push
ok git_store push -q "$work/hosts/host.git" refs/heads/main:refs/heads/main refs/heads/main:refs/tags/x \
	refs/heads/main:refs/belfry/inbox/x refs/heads/main:refs/belfry/hubs/a/b
ok edge pull "$url" --json
json '.charters == 1 and .entries > 1 and .files == 3 and .bytes < 200000'
same
clean
git --git-dir="$work/edge/store.git" for-each-ref | grep -q 'inbox\|tags\|a/b' && fail "it took other refs"

# Through a daemon.
publish later
push
"$bf" serve --store "$work/edge" --listen none --no-build 2>"$work/serve.log" &
daemon=$!
until_true [ -S "$work/edge/control" ]
ok edge pull "$url"
says '^1 new entries'
kill $daemon
wait $daemon
same
clean

# --- a host that is not so honest ---

bad "$(echo forged | host commit-tree "$tree" -p "$head")" 'is not a journal entry'
bad "$(signed "$(git_store rev-parse "$head~1^{tree}")")" 'signature'
# Trees that no journal has: a path that leads out, one that is hidden, an empty folder, a link.
blob=$(echo evil | host hash-object -w --stdin)
empty=$(host mktree </dev/null)
for name in '..' '.git' 'a\\b' 'con' 'records\\x01'; do
	bad "$(signed "$(hostile "$(blob_line 100644 "$name" "$blob")")")" 'error\|grammar\|entry'
done
bad "$(signed "$(printf '120000 blob %s\troster.md\n' "$blob" | host mktree)")" 'grammar\|entry\|commit'
bad "$(signed "$(printf '040000 tree %s\trecords\n' "$empty" | host mktree)")" 'is empty'
# A walk without end: each folder has ten times the one below it, and at the bottom there is nothing.
bomb=$empty
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
	bomb=$(for name in a b c d e f g h i j; do printf '040000 tree %s\t%s\n' "$bomb" $name; done | host mktree)
done
bad "$(signed "$bomb")" 'is empty'
ok host update-ref $ref "$head"

# A fork: the same number twice, both signed by the journal's own key.
cp -r "$work/central" "$work/twin"
rm -f "$work/twin/control"
publish one
record "$work/other/en.md" ke-mombasa other
sign_both "$work/other/en.md"
ok belfry publish --alone "$work/other/en.md" --store "$work/twin"
push
ok edge pull "$url"
ok git --git-dir="$work/twin/store.git" push -q -f "$work/hosts/host.git" "$ref:$ref"
fails 1 edge pull "$url"
says 'another story'
same
clean
push

# Something huge, which shrinks to nothing on the way.
look
bad "$(signed "$(huge_tree 20000000)")" 'nothing of a network is larger'
# More than was allowed to come.
head -c 3000000 /dev/urandom | host hash-object -w --stdin >"$work/huge"
big=$(printf '100644 blob %s\troster.md\n' "$(cat "$work/huge")" | host mktree)
ok host update-ref $ref "$(signed "$big")"
fails 1 edge pull "$url" --limit 1
says 'more than the 1048576 bytes\|signal 25'
clean
# A bad journal does not keep a good one back.
ok east member add rev --name Rev --role reviewer --key "$work/rev.pub"
ok git --git-dir="$work/east/store.git" push -q "$work/hosts/host.git" refs/belfry/hubs/east
fails 1 edge pull "$url"
says '^1 new entries'
says 'Not all of it: .*at most 524288 are allowed'
clean
# Objects that are not there.
push
publish two
ok git_store push -q -f "$work/hosts/host.git" "$ref:$ref"
find "$work/hosts/host.git/objects" -type f -newer "$work/two/en.md" \( -name '*.pack' -o -path '*/??/*' \) -delete
fails 1 edge pull "$url"
clean

# Each of them is counted by its name.
ok edge status --json
json '.store.doors[] | select(.door == "git").refused | .signature >= 1 and .entry >= 3 and .fork == 1 and .limit >= 2'

# No host, no network there, another network, addresses that are none.
fails 1 edge pull "git+file://$work/nowhere.git"
says 'nowhere.git'
git init -q --bare "$work/bare.git"
fails 1 edge pull "git+file://$work/bare.git"
says 'has no refs/belfry/'
ok belfry init --name Other --hub other --region global --store "$work/other-net"
fails 1 edge pull "git+file://$work/other-net/store.git"
says 'another network'
clean
fails 1 edge pull git+https://127.0.0.1:1/x.git
says '127.0.0.1'
fails 1 edge pull git+ssh://127.0.0.1:1/x.git
for none in git+ftp://h/x git+http://h/x git+ext::sh git+file:x git+file://h/x git+https:///x 'git+https://h/a b' \
	git+https://u:p@h/x git+ssh://-oProxyCommand=x/y; do
	fails 2 edge pull "$none"
done
fails 2 edge pull "$url" --limit 0

# What a killed program left goes at the next start; what is in use stays.
mkdir -p "$work/edge/quarantine-abc123/git"
ok edge verify
[ -d "$work/edge/quarantine-abc123" ] || fail "a reader has removed a quarantine"
exec 9<"$work/edge/quarantine-abc123"
flock 9
ok belfry export "$work/all.belfry"
fails 1 edge import "$work/none.belfry"
ok edge import "$work/all.belfry"
[ -d "$work/edge/quarantine-abc123" ] || fail "a quarantine in use was removed"
exec 9<&-
ok edge import "$work/all.belfry"
clean
