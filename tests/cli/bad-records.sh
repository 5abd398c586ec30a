#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: what is wrong with a record is refused by sign, submit and publish, with the reason and where it
# stands; exit status 1, nothing stored, nothing half-written.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

found_network
network2=$(BELFRY_STORE=$work/other belfry init --name Other --hub other --region global 2>/dev/null)
person eve
head=$(head_of)
outbox() { git_store for-each-ref refs/belfry/outbox; }

unchanged() {
	[ "$(head_of)" = "$head" ] || fail "the journal has grown"
	[ -z "$(outbox)" ] || fail "something is in the outbox"
	ok belfry list
	[ -z "$(out)" ] || fail "something is published"
}

good=$work/good/en.md
record "$good" ke-mombasa bridge
sign_both "$good"

# FILE REASON: no command takes this text, whoever signed it and whatever stands beside it.
refused_text() {
	local file=$1 reason=$2
	fails 1 belfry sign "$file" --key "$work/ann"
	says "$reason"
	says 'not a record this network can take\|larger than'
	[ ! -e "$file.sig" ] || fail "$file was signed"
	cp "$good.sig" "$file.sig"
	cp "$good.rev" "$file.rev"
	fails 1 belfry submit "$file"
	says "$reason"
	fails 1 belfry publish "$file"
	says "$reason"
	unchanged
	rm "$file.sig" "$file.rev"
}

# NAME SED-SCRIPT REASON: the good record, bent.
bent() {
	mkdir -p "$work/$1"
	sed "$2" "$good" >"$work/$1/en.md"
	cmp -s "$good" "$work/$1/en.md" && fail "$1: nothing is bent"
	refused_text "$work/$1/en.md" "$3"
}

bent 'not-canonical' 's/^title: .*/title: "bridge opened"/' "en.md:5:[0-9]*: not in canonical form"
bent 'order' '/^type:/{h;d};/^id:/{G}' 'not in canonical form'
bent 'crlf' 's/$/\r/' 'en.md:1:'
bent 'no-end-of-line' '$!b;s/Thursday.$/Thursday.\n\n/' 'not in canonical form'
bent 'not-utf-8' 's/Thursday/Thursd\xe9y/' 'en.md:13:[0-9]*: .*UTF-8'
bent 'control' 's/Thursday/\x1b[2J/' 'en.md:13:'
bent 'bidi' 's/Thursday/\xe2\x80\xae/' 'en.md:13:'
bent 'unknown-type' 's/^type: news/type: prophecy/' "en.md:2:7: there is no record type 'prophecy'"
bent 'unknown-field' 's/^place:/colour: red\nplace:/' "en.md:7:1: .*'colour'"
bent 'missing-field' '/^title:/d' "'title' is missing"
bent 'twice' 's/^place:/title: Again\nplace:/' "en.md:7:1: .*title"
bent 'bad-date' 's/2025-01-02/2025-02-30/' "en.md:8:7: 'date'"
bent 'wrong-place' 's/^place: .*/place: ke-nairobi/' "place: 'ke-nairobi' is neither"
bent 'bad-place' 's/^place: .*/place: Mombasa/' "en.md:7:8: "
bent 'unknown-theme' 's/^themes: .*/themes: [sports]/' "themes: 'sports' is not in the charter"
bent 'alias' 's/^title: .*/title: \&a x/' 'en.md:5:'
bent 'revision' 's/^revision: 1/revision: 0/' "'revision'"
bent 'gap' 's/^revision: 1/revision: 2/' 'previous'
bent 'level-1' 's/^It opened/# It opened/' 'en.md:13:1: a heading of level 1'

mkdir "$work/empty" "$work/large" "$work/folder"
: >"$work/empty/en.md"
refused_text "$work/empty/en.md" 'en.md'
{
	cat "$good"
	head -c 65536 /dev/zero | tr '\0' 'a'
} | head -c 65536 >"$work/large/en.md"
echo >>"$work/large/en.md" # 65537 bytes
[ "$(stat -c %s "$work/large/en.md")" -eq 65537 ] || fail "the large file has another size"
refused_text "$work/large/en.md" '65536'
fails 1 belfry sign "$work/nowhere/en.md" --key "$work/ann"
says 'nowhere/en.md'
fails 1 belfry sign "$work/folder" --key "$work/ann"
fails 1 belfry publish "$work/folder"
# The control: 65536 bytes are fine.
head -c 65535 "$work/large/en.md" >"$work/folder/en.md"
echo >>"$work/folder/en.md"
ok belfry sign "$work/folder/en.md" --key "$work/ann"

# --- signatures ---

# NAME: $f becomes a copy of the good record and its signatures, for the next command to bend
with() {
	f=$work/sig-$1/en.md
	mkdir -p "$work/sig-$1"
	cp "$good" "$f"
	cp "$good.sig" "$f.sig"
	cp "$good.rev" "$f.rev"
}
refused_signature() { # REASON
	fails 1 belfry publish "$f"
	says "$1"
	unchanged
}
sshsig() { # KEY NAMESPACE FILE
	ssh-keygen -q -Y sign -f "$1" -n "$2" <"$f" >"$3" 2>/dev/null
}

# The commands that belfry new names are for a shell, whatever the path.
ok belfry new news "$work/it's a \$folder/empty.md" --place ke-mombasa
fails 1 eval "$(sed 's/^Fill in .*, then: //' "$work/.talk")"
says "^$work/it's a .folder/empty.md:[0-9]*:[0-9]*: 'title' has no value"

# A form that somebody filled in, but for what it is all about.
ok belfry new news "$work/empty.md" --place ke-mombasa
sed -i 's/^title:$/title: A quay/;s/^summary:$/summary: It is open./;s/^date:$/date: 2026/
	s/^themes: \[\]/themes: [youth]/;s/^audiences: \[\]/audiences: [mayors]/' "$work/empty.md"
ok belfry fmt "$work/empty.md"
fails 1 belfry check "$work/empty.md"
says '/empty.md:13:1: nobody has written this part yet'
fails 1 belfry sign "$work/empty.md" --key "$work/ann"
says '/empty.md:13:1: nobody has written this part yet'

with unsigned; rm "$f.sig"
refused_signature "no author's signature"
fails 1 belfry submit "$f"
says 'is not signed: belfry sign'
with wrong; record "$work/else/en.md" ke-mombasa else; sign_both "$work/else/en.md"; cp "$work/else/en.md.sig" "$f.sig"
refused_signature 'author: '
fails 1 belfry submit "$f"
says 'does not verify\|not good\|signature'
unchanged
with bent; tr '[:upper:]' '[:lower:]' <"$good.sig" >"$f.sig"
refused_signature 'author: '
with garbage; head -c 300 /dev/urandom >"$f.sig"
refused_signature 'signature'
with large; head -c 1025 /dev/zero | tr '\0' 'a' >"$f.sig"
refused_signature '1024'
with foreign-network; sshsig "$work/ann" "belfry-record@$network2" "$f.sig"
refused_signature 'author: '
fails 1 belfry submit "$f"
says "$network2"
unchanged
with foreign-use; sshsig "$work/ann" "belfry-review@$network" "$f.sig"
refused_signature 'author: '
with git-use; sshsig "$work/ann" git "$f.sig"
refused_signature 'author: '
with stranger; sshsig "$work/eve" "belfry-record@$network" "$f.sig"
refused_signature 'SHA256:.* is not on the roster'
with not-author; sshsig "$work/rev" "belfry-record@$network" "$f.sig"
refused_signature 'rev does not have the role author'

with no-review; rm "$f.rev"
refused_signature 'no reviewer has signed it'
with own-review; sshsig "$work/ann" "belfry-review@$network" "$f.rev"
refused_signature 'ann cannot review what they wrote'
with stranger-review; sshsig "$work/eve" "belfry-review@$network" "$f.rev"
refused_signature 'reviewer: key SHA256:'
with foreign-review; sshsig "$work/rev" "belfry-review@$network2" "$f.rev"
refused_signature 'reviewer: '
with swapped; cp "$good.sig" "$f.rev"
refused_signature 'reviewer: '

# One bad file among good ones: the entry stays out as a whole.
record "$work/two/en.md" ke-mombasa school
sign_both "$work/two/en.md"
fails 1 belfry publish "$work/two/en.md" "$f"
says 'reviewer: '
unchanged

# --- revisions ---

ok belfry publish "$good"
head=$(head_of)
sum() { sha256sum <"$1" | cut -d ' ' -f 1; }
next() { # NAME REVISION PREVIOUS-HASH
	f=$work/next-$1/en.md
	record "$f" ke-mombasa bridge "revision: $2
previous: [\"sha256:$3\"]
"
	sign_both "$f"
}
still() { [ "$(head_of)" = "$head" ] || fail "the journal has grown"; }
next gap 3 "$(sum "$good")"
fails 1 belfry publish "$f"
says "the next is 'revision: 2' with 'previous: \\[\"sha256:$(sum "$good")\"\\]'"
still
next other 2 "$(sum "$work/two/en.md")"
fails 1 belfry publish "$f"
says "the next is 'revision: 2'"
still
f=$work/again/en.md
record "$f" ke-mombasa bridge 'themes: [gender]
revision: 1
'
sign_both "$f"
fails 1 belfry publish "$f"
says "the next is 'revision: 2'"
still
next right 2 "$(sum "$good")"
ok belfry publish "$f"
fails 1 belfry publish "$good" # the old one again
ok belfry list --json
json 'length == 1 and .[0].revision == 2'
ok belfry verify
sound "$work/central"
