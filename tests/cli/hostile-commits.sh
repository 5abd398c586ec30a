#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: each commit of tests/hostile/commits.txt is refused by a pull and by a relay's hook with the words that
# stand there, though the journal's own key has signed it; and the entry they were made from is taken by both.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"
# shellcheck source=tests/cli/git.lib
. tests/cli/git.lib
PATH=$(dirname "$bf"):$PATH

git_network # the edge and the host have all of it ...
url=git+file://$work/hosts/host.git
ok pull
relay=$work/relay.git
git init -q --bare "$relay"
git --git-dir="$relay" config belfry.network "$network"
cp hooks/pre-receive "$relay/hooks/"
push_to_relay() { git --git-dir="$work/hosts/host.git" push -q "file://$relay" "$@"; }
ok push_to_relay refs/belfry/charter $ref
publish late # ... but this one
before=$head
look
host fetch -q "$work/central/store.git" "$head"
git_store cat-file commit "$head" | sed '/^gpgsig/,/END SSH/d' >"$work/honest"
blob=$(echo evil | host hash-object -w --stdin)
head -c 1000000 /dev/zero | tr '\0' 'a' | fold -w 99 >"$work/long"

sign_commit() { # <payload >commit
	cat >"$work/payload"
	ssh-keygen -q -Y sign -f "$work/central/keys/journal" -n git <"$work/payload" 2>/dev/null | sed 's/^/ /;1s/^/gpgsig/' >"$work/armor"
	sed "/^committer/r $work/armor" "$work/payload"
}
[ "$(sign_commit <"$work/honest" | host hash-object -t commit --stdin)" = "$head" ] || fail "an honest commit comes out another"

said() { # CASE WORDS
	[ "$2" = - ] || cat "$work/.out" "$work/.talk" | grep -qF -e "$2" || {
		sed 's/^/    /' "$work/.out" "$work/.talk" >&2
		fail "$1: nothing says \"$2\""
	}
}
# What stock git makes of it, which looks at the signature alone.
stock_git() { # "good" or "bad"
	if host -c gpg.ssh.allowedSignersFile="$work/allowed" verify-commit "$1" >/dev/null 2>&1; then echo good; else echo bad; fi
}
belfry signers >"$work/allowed"
[ "$(stock_git "$head")" = good ] || fail "git does not verify an honest entry"
cases=0
while IFS='|' read -r name when script by_pull by_push; do
	case $name in '#'* | '') continue ;; esac
	case $name in *'!'*) by_git=bad ;; *) by_git=good ;; esac
	script=$(echo "$script" | sed "s/^ *//; s/ *$//; s/OTHER/$(host rev-parse "$before~1")/; s/BLOB/$blob/
		s/BEFORE/$(host rev-parse "$before^{tree}")/; s|LONG|$work/long|")
	if [ "${when// /}" = signed ]; then
		sed "$script" "$work/honest" | sign_commit
	else
		sign_commit <"$work/honest" | sed "$script"
	fi >"$work/bent"
	bent=$(host hash-object -t commit -w --stdin --literally <"$work/bent")
	[ "$bent" != "$head" ] || fail "$name: nothing is bent"
	[ "$(stock_git "$bent")" = $by_git ] || fail "$name: git verify-commit does not call it $by_git"
	# Not update-ref, which looks at the object: hosts may be as hostile as they like.
	echo "$bent" >"$work/hosts/host.git/$ref"
	fails 1 pull
	said "$name, by pull" "$(echo "$by_pull" | sed 's/^ *//; s/ *$//')"
	fails 1 push_to_relay "+$bent:$ref"
	said "$name, by push" "$(echo "$by_push" | sed 's/^ *//; s/ *$//')"
	cases=$((cases + 1))
done <tests/hostile/commits.txt
[ "$cases" -ge 30 ] || fail "only $cases cases were tried"
[ "$(edge log --json | grep -c '"seq"')" -eq $((n - 1)) ] || fail "something was taken in"
[ "$(git --git-dir="$relay" rev-parse $ref)" = "$before" ] || fail "the relay's journal has moved"
clean

echo "$head" >"$work/hosts/host.git/$ref"
ok pull
says '^1 new entries'
same
ok push_to_relay "$head:$ref"
