#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: the hooks keep a relay and an author's working copy clean, whatever stock git brings.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"
PATH=$(dirname "$bf"):$PATH
export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@y GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@y

found_network
publish() { # ID…: in one entry
	local files=("${@/#/$work/new/}")
	local id
	for id; do record "$work/new/$id/en.md" ke-mombasa "$id"; done
	sign_both "${files[@]/%//en.md}"
	ok belfry publish "${files[@]/%//en.md}"
}
publish bridge

# --- a relay ---

charter=refs/belfry/charter ref=refs/belfry/hubs/central
new_relay() { # NAME [HOOK…]
	relay=$work/$1.git
	git init -q --bare "$relay"
	git --git-dir="$relay" config receive.fsckObjects true
	git --git-dir="$relay" config belfry.network "$network"
	shift
	for hook in "${@:-pre-receive}"; do cp "hooks/$hook" "$relay/hooks/"; done
}
relay() { git --git-dir="$relay" "$@"; }
refs() { relay for-each-ref --format='%(refname) %(objectname)'; }
push() { ok git_store push -q "file://$relay" "$@"; }
refused() { # SAYS REFSPEC…: and the relay is as before
	local before after says=$1
	shift
	before=$(refs)
	fails 1 git --git-dir="${from:-$BELFRY_STORE/store.git}" push -q "file://$relay" "$@"
	says "$says"
	after=$(refs)
	[ "$before" = "$after" ] || fail "a push that was refused has moved refs: $after"
	[ -z "$(relay for-each-ref refs/heads refs/tags refs/belfry/inbox refs/belfry/outbox)" ] || fail "foreign refs came"
}

new_relay relay
refused 'no charter to judge it by' $ref
push $charter $ref # a small push: loose objects
[ -n "$(find "$relay/objects" -path '*/??/*')" ] || fail "a small push did not arrive loose"
publish school market
push $ref
head=$(git_store rev-parse $ref)

# A charter and a journal of another hub in one push, however its names are ordered.
east() { BELFRY_STORE=$work/east "$bf" "$@"; }
ok east request --hub aaa --region mena --out "$work/request"
ok belfry admit "$work/request" --out "$work/invitation"
ok east join "$work/invitation"
ok east member add ann --name Ann --role author --place mena --key "$work/ann.pub"
from=$work/east/store.git refused 'charter version 2 is not here' refs/belfry/hubs/aaa
ok git --git-dir="$work/east/store.git" push -q "file://$relay" refs/belfry/hubs/aaa $charter
ok belfry pull "git+file://$relay"
says '^2 new entries'
sound "$BELFRY_STORE"

# A big push arrives as a pack.
small=$relay
many=()
for n in $(seq 28); do many+=("record-$n"); done
publish "${many[@]}"
new_relay big
push $charter 'refs/belfry/hubs/*'
[ -n "$(find "$relay/objects" -name '*.pack')" ] || fail "a big push did not arrive as a pack"
[ -z "$(find "$relay/objects" -path '*/??/*')" ] || fail "a big push arrived loose"
relay=$small
push $ref

# --- what must not come: foreign refs, deletes, steps back ---

foreign=(heads/main tags/x belfry/inbox/x belfry/outbox/x belfry/members/central belfry/hubs/a/b belfry/hubs/Central
	belfry/charter2)
refused 'a relay carries' "${foreign[@]/#/$ref:refs/}"
for name in "${foreign[@]}"; do says "belfry: refs/$name: a relay carries"; done
refused "$ref: nothing is deleted" ":$ref" ":$charter"
says "$charter: nothing is deleted"
refused 'nothing goes back' -f "$head:$ref"
refused 'nothing goes back' -f "$charter~1:$charter"
refused 'journal east holds entries of central' "$ref:refs/belfry/hubs/east"
refused 'there is no charter.md' -f "$ref:$charter"
head=$(git_store rev-parse $ref)
# A good ref beside a bad one waits with it; the update hook takes each by itself.
publish late
refused 'a relay carries' "$ref" "$ref:refs/heads/main"
cp hooks/update "$relay/hooks/" && rm "$relay/hooks/pre-receive"
fails 1 git_store push -q "file://$relay" "$ref" "$ref:refs/heads/main"
says 'a relay carries'
[ "$(refs | grep "^$ref ")" = "$ref $(git_store rev-parse $ref)" ] || fail "the update hook kept a good ref back"
cp hooks/pre-receive "$relay/hooks/" && rm "$relay/hooks/update"

# --- forgeries, made where nothing is checked ---

git init -q --bare "$work/forge.git"
forge() { git --git-dir="$work/forge.git" "$@"; }
ok git_store push -q "$work/forge.git" $charter $ref
from=$work/forge.git
head=$(git_store rev-parse $ref)
tree=$(git_store rev-parse "$head^{tree}")
n=$(git_store log -1 --format=%B $ref | sed -n 's/^Seq: //p')
bad() { refused "$2" "$1:$ref"; }
bad "$(echo forged | forge commit-tree "$tree" -p "$head")" 'is not a journal entry'
# The very form of the next entry, signed by KEY; TREE may be any. CHANGES: as Content has them, else it stays.
person eve
signed() { # TREE KEY [CHANGES]
	local was content
	was=$(git_store log -1 --format=%B $ref | sed -n 's/^Content: //p')
	content=$was
	[ -z "${3:-}" ] || content=$(printf 'belfry-content 1\n%s\n%s\n' "$was" "$3" | sha256sum | cut -d ' ' -f 1)
	git_store cat-file commit "$head" | sed "/^gpgsig/,/END SSH/d; s/^tree .*/tree $1/; s/^parent .*/parent $head/
		s/^Seq: .*/Seq: $((n + 1))/; s/^central $n\$/central $((n + 1))/; s/$was/$content/" >"$work/payload"
	ssh-keygen -q -Y sign -f "$2" -n git <"$work/payload" 2>/dev/null | sed 's/^/ /' >"$work/armor"
	{
		sed '/^committer/q' "$work/payload"
		sed '1s/^/gpgsig/' "$work/armor"
		sed '1,/^committer/d' "$work/payload"
	} | forge hash-object -t commit -w --stdin
}
key=$BELFRY_STORE/keys/journal
# More in the tree than an entry lists; all of it well, but for who signs, or for what may be in a journal.
blob=$(echo evil | forge hash-object -w --stdin)
add() { { forge ls-tree "$head"; printf '100644 blob %s\t%s\n' "$blob" "$1"; } | forge mktree; }
hash=$(echo evil | sha256sum | cut -d ' ' -f 1)
changed=$(add roster.md.eve.sig)
bad "$(signed "$changed" "$key")" 'Content is not that'
bad "$(signed "$changed" "$work/eve" "+ $hash roster.md.eve.sig")" 'signature'
bad "$(signed "$(add inbox.md)" "$key" "+ $hash inbox.md")" 'inbox.md is no file that a journal can hold'
good=$(signed "$changed" "$key" "+ $hash roster.md.eve.sig") # the control: see below
# Trees that no journal has, though the journal's own key signs them. Git's fsck is turned off: this is ours.
relay config receive.fsckObjects false
empty=$(forge mktree </dev/null)
raw=$(printf '%s' "$blob" | sed 's/../\\x&/g')
hostile() { printf '%b' "$1" | forge hash-object -t tree -w --stdin --literally; }
for name in '..' '.git' 'a\\b' 'con' 'records\\x01' 'ROSTER.md'; do
	bad "$(signed "$(hostile "100644 $name\\0$raw")" "$key")" 'breaks the grammar'
done
bad "$(signed "$(hostile "100755 roster.md\\0$raw")" "$key")" 'breaks the grammar'
bad "$(signed "$(printf '120000 blob %s\troster.md\n' "$blob" | forge mktree)" "$key")" 'breaks the grammar'
bad "$(signed "$(printf '040000 tree %s\trecords\n' "$empty" | forge mktree)" "$key")" 'is empty'
# A huge file that shrinks to nothing on the way; and one that nothing leads to.
head -c 20000000 /dev/zero | forge hash-object -w --stdin >"$work/huge"
bad "$(signed "$(printf '100644 blob %s\troster.md\n' "$(cat "$work/huge")" | forge mktree)" "$key")" \
	'nothing of a network is larger'
ok forge push -q "file://$relay" "$good:$ref"
ok git --git-dir="$relay" update-ref $ref "$head"
# A charter that somebody filled with more than it signs for, in a relay that has none yet.
more=$({ git_store ls-tree $charter; printf '100644 blob %s\tzzz.md\n' "$blob"; } | forge mktree)
filled=$(git_store cat-file commit $charter | sed "s/^tree .*/tree $more/" | forge hash-object -t commit -w --stdin)
octopus=$(git_store cat-file commit $charter | sed "s/^author/parent $head\nauthor/" | forge hash-object -t commit -w --stdin)
new_relay other
refused 'a charter bundle breaks its grammar' "$filled:$charter"
refused 'not the one that its charter makes' "$octopus:$charter"
relay=$small

# A fork: the journal's key has signed two entries of one number.
cp -r "$work/central" "$work/twin"
publish one
push $ref
record "$work/other/en.md" ke-mombasa other
sign_both "$work/other/en.md"
ok belfry publish --alone "$work/other/en.md" --store "$work/twin"
from=$work/twin/store.git refused 'nobody tells two stories' -f $ref
ok belfry init --name Other --hub other --region global --store "$work/other-net"
new_relay third
from=$work/other-net/store.git refused 'this relay carries' $charter
from=$work/other-net/store.git refused 'no charter to judge' refs/belfry/hubs/other
relay config --unset belfry.network
refused 'git config belfry.network' $charter
unset from

# Not in a store's own repository.
cp hooks/pre-receive "$work/twin/store.git/hooks/"
git --git-dir="$work/twin/store.git" config belfry.network "$network"
relay=$work/twin/store.git
fails 1 git_store push -q "$relay" -f $ref
says 'belongs to a store'
relay=$small

# What came is told to the hub beside the relay: here central has no daemon, so belfry takes it in itself.
cp hooks/post-receive "$relay/hooks/"
relay config belfry.store "$BELFRY_STORE"
ok east member add rev --name Rev --role reviewer --key "$work/rev.pub"
ok git --git-dir="$work/east/store.git" push -q "file://$relay" refs/belfry/hubs/aaa
says '1 new entries'
ok belfry log aaa
says '^aaa 2 '
relay config belfry.store "$work/nowhere"
publish last
push $ref # it was accepted all the same
says 'there is no store at'
[ "$(relay rev-parse $ref)" = "$(git_store rev-parse $ref)" ] || fail "trouble after a push undid it"
said=$(relay fsck --strict --no-dangling 2>&1 | grep -v '^notice: ')
[ -z "$said" ] || fail "the relay is not sound: $said"

# --- an author's working copy ---

git init -q "$work/copy"
cp hooks/pre-commit "$work/copy/.git/hooks/"
copy() { (cd "$work/copy" && "$@"); }
record "$work/copy/ke-mombasa/news/gate/en.md" ke-mombasa gate
printf 'Notes.\n\n---\nNo record at all.\n' >"$work/copy/README.md"
copy git add .
ok copy git commit -qm good
echo 'no head' >"$work/copy/ke-mombasa/news/gate/fr.md"
copy git add .
fails 1 copy git commit -qm bad
says '^ke-mombasa/news/gate/fr.md:1:1: '
copy git rm -qf ke-mombasa/news/gate/fr.md
sed -i 's/^lang: en/lang:   "en"/' "$work/copy/ke-mombasa/news/gate/en.md"
fails 1 copy git commit -qam form
says "^ke-mombasa/news/gate/en.md:4:1: not in canonical form"
says "belfry fmt"
# What is staged counts, not what lies there.
copy git add .
ok copy "$bf" fmt ke-mombasa/news/gate/en.md
fails 1 copy git commit -qm staged
sed -i 's/Thursday/Friday/' "$work/copy/ke-mombasa/news/gate/en.md"
ok copy git commit -qam mended
cp "$work/copy/ke-mombasa/news/gate/en.md" "$work/copy/draft one.md"
sed -i 's/^type: .*/type: no-such/' "$work/copy/draft one.md"
copy git add .
fails 1 copy git commit -qm draft
says '^draft one.md:2:'

# A journal goes back only where the charter has cut it, and that charter is here.
last=$(relay rev-parse $ref)
ok belfry charter propose --base central=2 --out "$work/cut"
ok belfry charter sign "$work/cut"
ok belfry charter apply "$work/cut"
refused 'back' "+$ref"
ok git_store push -q "file://$relay" $charter "+$ref"
[ "$(relay rev-parse $ref)" = "$(head_of)" ] || fail "the cut journal did not go back"
refused 'charter version' "+$last:$ref"
