#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: people whose keys are in FIDO tokens write and review, with ssh-agent and with ssh-keygen alone;
# other hubs and stock tools verify it; what was not touched counts for nothing.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

case ${B:-build} in /*) token=$B/tests/tools/token.so ;; *) token=$root/${B:-build}/tests/tools/token.so ;; esac
[ -e "$token" ] || { echo "there is no $token: make check builds it" >&2; exit 2; }
key() { # NAME [OPTION…]
	ssh-keygen -q -t ed25519-sk -N '' -C "$1" -w "$token" -f "$work/$1" "${@:2}"
}
key probe 2>"$work/why" || { echo "no FIDO in this ssh-keygen: $(tail -n 1 "$work/why")"; exit 77; }

found_network
key tim
key tess -O application=ssh:tess
key hasty -O no-touch-required
ok belfry member add tim --name "Tim Token" --role author --key "$work/tim.pub"
ok belfry member add tess --name "Tess Token" --role reviewer --key "$work/tess.pub"
ok belfry member add hasty --name "Hasty Token" --role author --key "$work/hasty.pub"
key foreign -O application=ssh:a-name-that-is-longer-than-is-taken
fails 1 belfry member add foreign --name Foreign --role author --key "$work/foreign.pub"
says 'application'

# The file beside the token signs nothing by itself.
record "$work/one/en.md" ke-mombasa one
fails 1 belfry sign "$work/one/en.md" --key "$work/tim"
says 'FIDO token, which keeps the secret'
says 'ssh-keygen -Y sign'

# By hand.
by_hand() { # NAME KIND FILE TO
	ok env SSH_SK_PROVIDER="$token" ssh-keygen -q -Y sign -f "$work/$1" -n "$2@$network" "$3"
	[ "$4" = "$3.sig" ] || mv "$3.sig" "$4"
}
by_hand tess belfry-review "$work/one/en.md" "$work/one/en.md.rev"
by_hand tim belfry-record "$work/one/en.md" "$work/one/en.md.sig"
ok belfry publish "$work/one/en.md"

# By agent.
eval "$(ssh-agent -s -P "$token")" >/dev/null
pids+=("$SSH_AGENT_PID")
ok ssh-add -q -S "$token" "$work/tim"
record "$work/two/en.md" ke-mombasa two
ok belfry sign "$work/two/en.md" --agent
ok ssh-add -q -D
ok ssh-add -q -S "$token" "$work/tess"
ok belfry sign "$work/two/en.md" --agent --review
ok belfry publish "$work/two/en.md"
ok belfry verify

# Not touched: ssh-keygen is content, Belfry is not.
record "$work/three/en.md" ke-mombasa three
by_hand hasty belfry-record "$work/three/en.md" "$work/three/en.md.sig"
ok belfry signers
cp "$work/.out" "$work/allowed"
verify() { # NAME KIND FILE SIGNATURE
	ssh-keygen -Y verify -f "$work/allowed" -I "$1@central" -n "$2@$network" -s "$4" <"$3" >/dev/null
}
ok verify hasty belfry-record "$work/three/en.md" "$work/three/en.md.sig"
ok belfry sign "$work/three/en.md" --agent --review
fails 1 belfry publish "$work/three/en.md"
says 'without a touch'

# What stock tools say of the published ones, from the store alone.
for id in one two; do
	at=records/ke-mombasa/news/$id/en.md
	for name in "$at" "$at.sig" "$at.rev"; do
		git_store show "refs/heads/main:$name" >"$work/$(basename "$name")"
	done
	ok verify tim belfry-record "$work/en.md" "$work/en.md.sig"
	ok verify tess belfry-review "$work/en.md" "$work/en.md.rev"
	echo >>"$work/en.md"
	fails 255 verify tim belfry-record "$work/en.md" "$work/en.md.sig"
done

# It travels, is verified where it arrives, and goes on from there.
ok belfry admit --edge --out "$work/invitation"
ok belfry export "$work/out.belfry"
for to in laptop mirror; do
	ok belfry join "$work/invitation" --store "$work/$to"
	ok belfry import "$work/out.belfry" --store "$work/$to"
	ok belfry verify --store "$work/$to"
	ok belfry list --store "$work/$to"
	says '/two'
	ok belfry export "$work/out.belfry" --store "$work/$to"
done

# The token is unplugged.
ok ssh-add -q -D
kill "$SSH_AGENT_PID"
eval "$(BELFRY_TOKEN=away ssh-agent -s -P "$token")" >/dev/null
pids+=("$SSH_AGENT_PID")
ok ssh-add -q -S "$token" "$work/tim"
fails 1 belfry sign "$work/two/en.md" --agent
says 'agent refused to sign'
sound "$BELFRY_STORE"
