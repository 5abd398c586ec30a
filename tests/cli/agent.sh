#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: every command that signs does it with an ssh-agent that holds many keys, finds the right one, and
# says plainly what is wrong when it cannot.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

start_agent() {
	eval "$(ssh-agent -s)" >/dev/null
	pids+=("$SSH_AGENT_PID")
}

# No key of this hub lies in a file: they are in the agent, between others.
found_network
start_agent
person github
person work
for key in github ann "$BELFRY_STORE/keys/steward" rev "$BELFRY_STORE/keys/central" work; do
	case $key in /*) path=$key ;; *) path=$work/$key ;; esac
	ok ssh-add -q "$path"
	rm "$path"
	mv "$path.pub" "$work/$(basename "$path").pub" 2>/dev/null
done

fails 1 belfry city add ke-kisumu
says 'keys/steward'
ok belfry city add ke-kisumu --name en=Kisumu --agent
person new
ok belfry member add new --name "New One" --role reviewer --key "$work/new.pub" --agent
for id in one two three; do
	record "$work/$id/en.md" ke-mombasa $id
done
ok belfry sign "$work/one/en.md" --agent
ok belfry sign "$work/one/en.md" --agent --review
ok belfry publish "$work/one/en.md"
ok belfry withdraw ke-mombasa/news/one --reason "It was wrong" --agent --review-key "$work/rev.pub"
ok belfry verify
ok belfry request --hub mena --region mena --out "$work/request" --store "$work/mena"
ok belfry admit "$work/request" --out "$work/invitation" --agent
ok belfry charter propose --site https://example.org/ --out "$work/draft.json"
ok belfry charter sign "$work/draft.json" --agent
ok belfry charter apply "$work/draft.json"

# An author's laptop asks the agent, too, and remembers whom it asked for.
laptop=$work/laptop
ok belfry admit --edge --out "$work/edge"
ok belfry join "$work/edge" --store "$laptop"
ok belfry export "$work/out.belfry"
ok belfry import "$work/out.belfry" --store "$laptop"
ok belfry sign "$work/two/en.md" --agent --store "$laptop"
ok belfry submit "$work/two/en.md" --key "$work/ann.pub" --store "$laptop"
[[ $(git --git-dir="$laptop/store.git" config belfry.member) == "agent $(cut -d' ' -f-2 "$work/ann.pub")" ]] ||
	fail "ann's key is not remembered"
ok belfry sign "$work/three/en.md" --store "$laptop"
ok belfry export "$work/in.belfry" --store "$laptop"
ok belfry import "$work/in.belfry"
id=$("$bf" inbox | awk '{ print $1; exit }')
ok belfry review "$id" --accept --agent
ok belfry list
says 'two'

# Two that may sign: which one is meant must be said.
ok ssh-add -q "$work/new"
fails 1 belfry sign "$work/three/en.md" --review --agent
says 'several keys that may be meant: rev (SHA256:'
says 'new (SHA256:'
ok belfry sign "$work/three/en.md" --review --key "$work/rev.pub"
ok belfry sign "$work/three/en.md" --review --agent --key "$work/new.pub"
fails 2 belfry sign "$work/three/en.md" --review --agent --key "$work/new"
says 'give one of them'
ok belfry member retire new --agent
ok belfry sign "$work/three/en.md" --review --agent

# None that may: what there is, is said.
ok ssh-add -q -d "$work/ann.pub"
fails 1 belfry sign "$work/three/en.md" --agent
says "does not hold the key $(ssh-keygen -lf "$work/ann.pub" | cut -d' ' -f2); it holds github (SHA256:"
fails 1 belfry sign "$work/three/en.md" --key "$work/ann.pub"
says "does not hold the key $(ssh-keygen -lf "$work/ann.pub" | cut -d' ' -f2)"
ok ssh-add -q -d "$work/rev.pub"
ok ssh-add -q -d "$work/new.pub"
fails 1 belfry sign "$work/three/en.md" --review --agent
says 'it holds github (SHA256:'
ok ssh-add -q -d "$work/steward.pub"
fails 1 belfry city add ke-nakuru --agent
says 'does not hold the key'

# Locked; nothing in it; each use to be confirmed, and nobody there to ask; gone.
printf '#!/bin/sh\necho words\n' >"$work/ask"
chmod 700 "$work/ask"
ok env SSH_ASKPASS="$work/ask" SSH_ASKPASS_REQUIRE=force ssh-add -q -x
fails 1 belfry sign "$work/three/en.md" --review --agent
says 'is locked (ssh-add -X'
ok env SSH_ASKPASS="$work/ask" SSH_ASKPASS_REQUIRE=force ssh-add -q -X
ok ssh-add -q -D
fails 1 belfry sign "$work/three/en.md" --review --agent
says 'no Ed25519 key'
ok ssh-add -q -c "$work/new"
fails 1 belfry sign "$work/three/en.md" --review --key "$work/new.pub"
says 'refused to sign'
kill "$SSH_AGENT_PID"
until_true [ ! -S "$SSH_AUTH_SOCK" ]
fails 1 belfry sign "$work/three/en.md" --review --agent
says 'cannot reach the ssh-agent'
unset SSH_AUTH_SOCK
fails 1 belfry sign "$work/three/en.md" --review --agent
says 'SSH_AUTH_SOCK is not set'
