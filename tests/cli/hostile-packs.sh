#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a pack that lies, is cut or unfolds to 2 GB harms nobody, served by a git host or pushed to a relay: it is
# refused with a reason, nothing of it stays, what was there is as before, and Belfry takes no memory for it.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"
# shellcheck source=tests/cli/git.lib
. tests/cli/git.lib
PATH=$(dirname "$bf"):$PATH
tools=$(dirname "$bf")/tests/tools
built "$tools/git_host" "$tools/hostile_pack"
for part in http-backend remote-https; do
	[ -x "$(git --exec-path)/git-$part" ] || { echo "this git has no git-$part"; exit 77; }
done
# Belfry and the git it starts get a quarter of what the bomb wants.
room=524288 # KiB
(ulimit -v $room && "$bf" help) >/dev/null 2>&1 || { echo "a program with sanitizers has no room in $room KiB"; exit 77; }
# KIND:PULL:PUSH, what is said. The last two are packs that git takes: one holds what no network has, one leads
# nowhere.
kinds='bomb:Out of memory:Out of memory
too-little:bad object:inflate returned
too-much:bad object:inflate returned
huge:bad object:stream object
kind-0:unknown object type 0:bad object type 0
kind-5:unknown object type 5:bad object type 5
baseless:unresolved delta:unresolved delta
many:overflow:overflow
cut:early EOF:early EOF
wrong-sum:SHA1 mismatch:sha1 did not match
more-behind:invalid length:entries of central
blast:bad object:nothing of a network is larger
plain:bad object:entries of central'

git_network
data=$root/tests/unit/net/data
"$tools/git_host" "$work/hosts" "$data/tls.crt" "$data/tls.key" "$work/port" >"$work/requests" 2>"$work/server.talk" &
pids+=($!)
until_true [ -s "$work/port" ]
url=git+https://127.0.0.1:$(cat "$work/port")/host.git
options=(--ca "$data/tls.crt")
printf '[uploadpack]\n\tpackObjectsHook = %s\n' "$work/hosts/serve" >"$work/hosts/.gitconfig"
printf '#!/bin/sh\ncat >/dev/null\nexec cat %s\n' "$work/hosts/pack" >"$work/hosts/serve"
chmod +x "$work/hosts/serve"
relay=$work/relay.git
git init -q --bare "$relay"
git --git-dir="$relay" config belfry.network "$network"
cp hooks/pre-receive "$relay/hooks/"
ok host push -q "file://$relay" refs/belfry/charter $ref
refs() { git --git-dir="$relay" for-each-ref; find "$relay/objects" -type f | sort; }
before=$(refs)
receive() { # what `git push` starts at the other end
	local line="0000000000000000000000000000000000000000 $head refs/belfry/hubs/east" can=report-status
	(
		ulimit -v $room
		{ printf '%04x%s\0%s0000' $((5 + ${#line} + ${#can})) "$line" "$can"; cat "$work/hosts/pack"; } |
			git receive-pack "$relay"
	) >"$work/.out" 2>"$work/.talk"
}
limited() { (ulimit -v $room; pull); }
while IFS=: read -r kind by_pull by_push; do
	"$tools/hostile_pack" "$kind" >"$work/hosts/pack" || fail "there is no $kind"
	[ "$(stat -c %s "$work/hosts/pack")" -lt 17000 ] || fail "$kind is no small pack"
	fails 1 limited
	says "$by_pull"
	[ -z "$(find "$work/edge" -maxdepth 1 -name 'quarantine-*')" ] || fail "$kind: something of it stays"
	receive # whose status is about the line alone
	grep -aq "ng refs/belfry/hubs/east" "$work/.out" || fail "$kind was received: $(cat "$work/.talk")"
	grep -aq "$by_push" "$work/.out" "$work/.talk" || fail "$kind: no reason: $(cat "$work/.talk")"
	[ "$(refs)" = "$before" ] || fail "$kind has left something"
done <<<"$kinds"
[ -z "$(edge log)" ] || fail "something was taken in"
clean

rm "$work/hosts/.gitconfig"
ok limited
same
ok git --git-dir="$relay" fsck --strict --no-dangling
