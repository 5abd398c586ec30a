#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a hub whose machine is gone comes back from a sealed copy of its keys and what other hubs have of
# it, and its journal goes on where it was.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

east() { BELFRY_STORE=$work/east "$bf" "$@"; }
words=$work/words
echo "granite lantern six otters" >"$words"

found_network
# A laptop of before east was there.
ok belfry admit --edge --out "$work/edge"
ok belfry join "$work/edge" --store "$work/laptop"
serve "$work/laptop" --no-build
laptop=$address
serve "$work/central" --no-build
ok east request --hub east --region east-southern-africa --out "$work/request"
ok belfry admit "$work/request" --out "$work/invitation"
ok east join "$work/invitation"
ok east member add ann --name Ann --role author,reviewer --key "$work/ann.pub"
ok east member add rev --name Rev --role reviewer --key "$work/rev.pub"
publish_east() { # ID
	record "$work/$1/en.md" east-southern-africa "$1"
	BELFRY_STORE=$work/east sign_both "$work/$1/en.md"
	fails "${2:-0}" east publish "$work/$1/en.md"
}
publish_east one
ok east peer add central "$address"
ok east sync central

# The copy.
fails 2 east key backup "$work/copy" # nobody to ask
says 'no terminal to ask'
echo short >"$work/few"
fails 1 east key backup "$work/copy" --passphrase-file "$work/few"
says '12 to 1024 bytes'
[ ! -e "$work/copy" ] || fail "a backup was left half made"
ok east key backup "$work/copy" --passphrase-file "$words"
says '^journal$'
says '^link$'
[ "$(stat -c %a "$work/copy")" = 600 ] || fail "others may read the backup"
for key in journal steward; do
	grep -q "$(sed -n 3p "$work/east/keys/$key")" "$work/copy" && fail "$key can be read in the backup"
done
grep -q "$(cat "$work/east/keys/link")" "$work/copy" && fail "the link key can be read in the backup"
fails 1 east key backup "$work/copy" --passphrase-file "$words"
says 'a backup goes to a new file'

# What came after it, and then the machine is gone.
publish_east two
ok east sync central
last=$(git --git-dir="$work/east/store.git" rev-parse refs/heads/main)
incarnation=$(grep -a incarnation "$work/east/pins")
mv "$work/east" "$work/gone"

# Damage, and what is no backup, are told before a passphrase is asked for.
head -c -1 "$work/copy" >"$work/cut"
fails 1 east key restore "$work/cut"
says 'damaged'
fails 1 east key restore "$work/ann"
says 'no backup of keys'
[ ! -e "$work/east" ] || fail "a restore that failed has left something"

# Back. It is the hub again, and signs nothing before it knows its own journal.
ok east key restore "$work/copy" --passphrase-file "$words"
says 'signs nothing before it was in sync'
for key in "$work"/gone/keys/*; do
	cmp "$key" "$work/east/keys/$(basename "$key")" || fail "$(basename "$key") came back otherwise"
	case $key in *.pub) mode=644 ;; *) mode=600 ;; esac
	[ "$(stat -c %a "$work/east/keys/$(basename "$key")")" = $mode ] || fail "$key: not of mode $mode"
done
ok east join "$work/invitation" # charters and whom to dial
fails 1 east city add ke-kisumu
says 'must hear from another hub'
# An author's laptop is no hub, and knows little of it.
ok east peer add laptop "$laptop"
ok east sync laptop
fails 1 east city add ke-kisumu
says 'must hear from another hub'
ok east peer remove laptop
ok east peer add central "$address"
ok east sync central
[ "$(git --git-dir="$work/east/store.git" rev-parse refs/heads/main)" = "$last" ] || fail "its journal has not come back"
publish_east three
ok east sync central
ok belfry list
says 'news/three'
ok belfry verify
grep -a incarnation "$work/east/pins" | grep -qxF "$incarnation" && fail "the incarnation is the old one"
grep -q 'disput' "$work/central.log" && fail "there is a dispute: $(cat "$work/central.log")"

# A lost key comes back beside those that are there; the passphrase is typed, and not shown.
command -v script >/dev/null || exit 0
before=$(grep -a incarnation "$work/east/pins")
rm "$work/east/keys/steward"
mkfifo "$work/typed"
script -qfec "$bf key restore $work/copy --alone --store $work/east" "$work/seen" <"$work/typed" >/dev/null &
typing=$!
exec 7>"$work/typed"
until_true grep -qs 'Passphrase: ' "$work/seen"
cat "$words" >&7
exec 7>&-
wait $typing || fail "typed: $(cat "$work/seen")"
grep -q 'signs at once' "$work/seen" || fail "typed: $(cat "$work/seen")"
grep -q granite "$work/seen" && fail "the terminal shows the passphrase"
grep -a incarnation "$work/east/pins" | grep -qxF "$before" && fail "the same incarnation again"
publish_east four
