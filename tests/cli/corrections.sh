#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: an author corrects what still waits for a reviewer, and both see which text is which; what the
# hub would refuse days later is said on the laptop.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

found_network
ok belfry admit --edge --out "$work/invitation"
ok belfry join "$work/invitation" --store "$work/laptop"
says 'Nobody is dialled from here yet'
laptop() { "$bf" "$@" --store "$work/laptop"; }
carry() { # FROM TO
	rm -f "$work/stick"
	ok belfry export "$work/stick" --store "$1"
	ok belfry import "$work/stick" --store "$2"
}
text=$work/bridge/en.md
write() { # WORD [MORE-FRONT-MATTER]
	record "$text" ke-mombasa bridge "${2-}"
	sed -i "s/Thursday/$1/" "$text"
	ok laptop sign "$text" --key "$work/ann"
}
first='revision: 1
'
id_of() { ok laptop submit "$text"; out | cut -d ' ' -f 1; }
waits() { "$bf" inbox | awk -v id="$1" '$1 == id { n = 1 } END { exit !n }'; }

# No roster has come yet: only the hub can tell whether the place is one.
ok laptop submit
says 'Nothing was submitted'
ok belfry inbox
says 'Nothing waits'
write Monday "$first"
silent refused
monday=$(id_of)
write Tuesday "$first" # within a second of the other
tuesday=$(id_of)
carry "$work/laptop" "$BELFRY_STORE"
waits "$monday" && waits "$tuesday" || fail "the inbox: $("$bf" inbox)"

# The reviewer sees which one came last, whatever their ids.
ok belfry inbox
says "^ *$tuesday came after it, for the same record"
silent "^ *$monday came after"
[ "$(out | head -n 1 | cut -d ' ' -f 1)" = "$monday" ] || fail "out of order: $(out)"
ok belfry inbox --json
json ".[0].id == \"$monday\" and .[0].newer == \"$tuesday\" and .[1].newer == null"
ok belfry inbox "$monday"
says "from ann, .*: received"
says "$tuesday came after it"
silent 'cannot be published'
ok belfry inbox "$tuesday" --json
json '.record | contains("Tuesday")'
json '.member == "ann" and .newer == null and .fault == null'

# Once that is published, the other cannot be, and says why; a next revision shows what it changes.
ok belfry review "$tuesday" --accept --key "$work/rev"
ok belfry inbox "$monday"
says 'It cannot be published as it is: revision 1 is published; the next is .revision: 2.'
ok belfry inbox "$monday" --json
json '.fault | startswith("revision 1 is published")'
hash=$(sha256sum <"$text" | cut -d ' ' -f 1)
carry "$BELFRY_STORE" "$work/laptop"
write Wednesday "$first"
fails 1 laptop submit "$text"
says "en.md: revision 1 is published; the next is .revision: 2. with .previous: ..sha256:$hash"
write Wednesday "revision: 2
previous: [\"sha256:$(printf '0%.0s' $(seq 64))\"]
"
fails 1 laptop submit "$text"
says "sha256:$hash"
write Wednesday "revision: 2
previous: [\"sha256:$hash\"]
"
wednesday=$(id_of)
# The one after that, while it is on its way.
write Friday "revision: 3
previous: [\"sha256:$(sha256sum <"$text" | cut -d ' ' -f 1)\"]
"
friday=$(id_of)
carry "$work/laptop" "$BELFRY_STORE"
ok belfry inbox "$wednesday"
says '^Beside revision 1, which is published:'
says '^    + revision: 2'
says '^    the text:'
says '^    - It opened on a Tuesday'
says '^    + It opened on a Wednesday'
ok belfry inbox "$friday"
says 'It cannot be published as it is: revision 1 is published'
ok belfry review "$wednesday" --accept --key "$work/rev"
ok belfry inbox "$friday"
silent 'cannot be published'
ok belfry review "$friday" --accept --key "$work/rev"

# A key that no roster names, and a place: known here by now.
person stranger
record "$text" ke-mombasa other
ok laptop sign "$text" --key "$work/stranger"
says "No author whom a hub's roster names has the key SHA256:.*: what it signs is refused"
ok laptop submit "$text"
ok laptop export "$work/stick"
says '^1 of what was submitted here stays: no hub'
ok laptop sign "$text" --key "$work/ann" --review
says 'No reviewer whom'
ok laptop sign "$text" --key "$work/ann"
silent 'No author'
record "$text" ke-nowhere other
fails 1 laptop check "$text"
says "en.md:7:1: place: 'ke-nowhere' is neither a region"
sed 's/ke-nowhere/ke-mombasa/;s/\[youth\]/[yuoth]/' "$text" >"$work/theme.md"
fails 1 laptop check "$work/theme.md"
says "theme.md:9:1: themes: 'yuoth' is not in the charter's list; there are: .*, youth$"
fails 1 laptop sign "$text" --key "$work/ann"
says "en.md:7:1: place: 'ke-nowhere' is neither a region of the charter nor a city"
