#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: every command explains itself, and tells a wrong command line (2) from a refusal (1).
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

ok belfry help
[ -z "$(out | grep '^  [a-z]' | grep -v '^  [a-z ]\{11\} [A-Z]')" ] || fail "a summary is out of its column"
commands=$(out | sed -n 's/^  \([a-z]*\)  *[A-Z].*/\1/p')
[ "$(wc -l <<<"$commands")" -ge 20 ] || fail "help lists too few commands: $commands"
for command in $commands; do
	ok belfry "$command" --help
	says "^Usage: belfry $command"
	says '--store DIR'
	[ "$(out)" = "$(out | cat -s)" ] || fail "$command --help leaves more than a line free"
	says '--json'
	ok belfry help "$command"
	says "^Usage: belfry $command"
	fails 2 belfry "$command" --no-such-option
	says "there is no option --no-such-option"
	says "^Usage: belfry $command"
	[ ! -s "$work/.out" ] || fail "$command prints a usage error among its results"
	fails 2 belfry "$command" --store
	says '--store needs DIR'
	fails 2 belfry "$command" --json=yes
	says '--json takes no value'
done
[ ! -e "$work/central" ] || fail "asking for help made a store"

ok belfry -h
ok belfry list -h
says '^Usage: belfry list'
fails 2 belfry init --name $'Ren\xe9' --hub x --region global
says '^belfry init: --name is not UTF-8'
fails 2 belfry dance
says "there is no command 'dance'"
fails 2 belfry help dance
ok belfry --version
ok belfry
says 'Write and send a record'

# Too few, too many, or not what is meant.
while read -r line; do
	# shellcheck disable=SC2086
	fails 2 belfry $line
done <<'LINES'
init
init --name X --hub x
init --name X --hub X! --region global
init --name X --hub index --region global
init --name X --hub x --region global --contact javascript:alert(1)
request --hub con --region mena
init --name X --hub x --region global --threshold 2
init --name X --hub x --region global extra
sign
publish
withdraw
withdraw a/b/c
withdraw a/b/c d/e/f --reason x
show
show a/b/c d
list a
subscribe a
subscribe --all --region mena
log a b
doctor a
verify a b
inbox a b
review
review x
review x --accept --return y
charter
charter dance
charter propose x
charter sign
charter apply
member
member dance
member add
member add x
member add x --name X
member add X! --name X --key f
member retire
member renew x
member list x
city
city add
city add x y
request
admit
join
LINES

# A good command line, but nothing there to work on.
while read -r line; do
	# shellcheck disable=SC2086
	fails 1 belfry $line
	says 'belfry init or belfry join makes one\|no charter yet\|No such file\|there is no'
done <<'LINES'
list
show a/b/c
log
verify
doctor
signers
inbox
charter show
charter log
member list
city list
publish nothing.md
withdraw a/b/c --reason x
LINES

# Options in any place and form.
ok belfry init --name "A network" --region=global --hub here
ok belfry list --json --store "$BELFRY_STORE"
[ "$(out)" = '[]' ] || fail "an empty list is not []"
ok env BELFRY_STORE="$work/nowhere" "$bf" log --store="$BELFRY_STORE"
says '^here 1 '
fails 1 env BELFRY_STORE= XDG_DATA_HOME="$work/xdg" "$bf" log
says "$work/xdg/belfry"
fails 1 env BELFRY_STORE= HOME="$work/home" "$bf" log
says "$work/home/.local/share/belfry"
fails 1 env -u HOME BELFRY_STORE= XDG_DATA_HOME=here "$bf" log
says "there is no store at $(getent passwd "$(id -u)" | cut -d: -f6)/.local/share/belfry"
for command in 'list' 'log' 'verify' 'charter show' 'charter log' 'member list' 'city list' 'inbox' 'submit'; do
	# shellcheck disable=SC2086
	ok belfry $command --json
	json 'type == "array" or type == "object"'
done

# What changes something tells programs, too, what it did.
ok belfry city add xx-somewhere --json
json '.hub == "here" and .version == 2 and .changed and .draft == null'
ok belfry city add xx-somewhere --json
json '.version == 2 and (.changed | not)'
ok belfry peer add there 127.0.0.1:7 --json
json '. == {"name": "there", "address": "127.0.0.1:7"}'
ok belfry peer remove there --json
json '. == {"name": "there", "address": null}'

# An answer that nobody gets is no success.
status=0
"$bf" charter show --store "$work/central" >/dev/full 2>"$work/.talk" || status=$?
[ "$status" -ne 0 ] || fail "a full disk behind the answer went unnoticed"

# Every command and option that the page for operators shows is one.
shown=$(grep -o 'belfry [a-z][a-z]* *[^`#]*' "$root/docs/operations.md" | sed 's/ *$//' | sort -u)
[ "$(wc -l <<<"$shown")" -ge 15 ] || fail "docs/operations.md shows too few commands: $shown"
while read -r _ command rest; do
	verb=${rest%% *}
	[[ $verb =~ ^[a-z]+$ ]] || verb=
	ok belfry "$command" ${verb:+"$verb"} --help
	for word in $rest; do
		case $word in --[a-z]*) says "^ *$word\>" ;; esac
	done
done <<<"$shown"
