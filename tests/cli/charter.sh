#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: the central team grows from one key to three of five, loses one, and nobody below the threshold
# changes anything; every machine has its own store, and drafts go between them as files.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

cd "$work" || exit 1
found_network
for name in bo cy di ed fay eve; do person $name; done
ok belfry admit --edge --out invitation
laptop() { BELFRY_STORE=$work/laptop "$bf" "$@"; } # bo's own machine
ok laptop join invitation

# --- 1 of 1 to 2 of 2 ---
fails 2 belfry charter propose surprise
fails 1 belfry charter propose --threshold 2
says 'threshold 2, but there are 1'
fails 1 belfry charter propose --threshold 1
says 'that changes nothing'
fails 1 belfry charter propose --remove-central nobody
says 'no central key nobody'
fails 2 belfry charter propose --add-central bo
says 'ID=FILE.pub'
fails 1 belfry charter propose --add-central bo=bo
says 'bo:'
ok belfry charter propose --add-central bo=bo.pub --threshold 2 --out d2
says 'keys of version 1: 0 of 1 signatures, 1 missing of: central-1'
says 'keys of version 2: 0 of 2 signatures, 2 missing of: central-1 bo'
ok belfry charter show d2
says '^- threshold: 1'
says '^+ threshold: 2'
says "^+     key: ssh-ed25519 .*($(ssh-keygen -lf bo.pub | cut -d ' ' -f 2))"
fails 1 belfry charter apply d2
says 'has 0 of the 1 signatures that version 1'
fails 2 laptop charter sign d2
says 'which key'
ok laptop charter sign d2 --key bo # bo reads the change and signs on a machine of their own
says '^  + threshold: 2'
fails 1 belfry charter apply d2
says 'without one: central-1'
cp d2 half
fails 1 laptop charter sign d2 --key bo
says 'bo has signed this draft already'
fails 1 laptop charter sign d2 --key eve
says 'is no central key of charter version 2 or of the one before'
cmp -s d2 half || fail "a refused signature changed the draft"
ok belfry charter sign d2
says 'It is complete'
ok belfry charter apply d2
says 'Charter version 2 is in force'
fails 1 belfry charter apply d2
says 'version 2 is in force here'
ok belfry charter log
says '^ *2 .* 2 of 2 central keys'
ok belfry export stick
ok laptop import stick
ok laptop charter log
says '^ *2 '

# A threshold is not lowered by the one it would serve.
ok belfry charter propose --threshold 1 --remove-central bo --out coup
ok belfry charter sign coup
says 'keys of version 3: 1 of 1 signatures'
fails 1 belfry charter apply coup
says 'has 1 of the 2 signatures that version 2.s keys must give; without one: bo'

# --- to 3 of 5; the text of a draft cannot change under its signatures ---
ok laptop charter propose --add-central cy=cy.pub --add-central di=di.pub --add-central ed=ed.pub \
	--threshold 3 --out d3
ok laptop charter sign d3 --key bo
if command -v jq >/dev/null; then
	jq '.charter |= sub("threshold: 3"; "threshold: 1")' d3 >bent
	fails 1 belfry charter sign bent
	says 'signature of bo'
	fails 1 belfry charter apply bent
	jq '.signatures.cy = .signatures.bo' d3 >bent # one signature under two names counts once
	ok belfry charter sign bent
	fails 1 belfry charter apply bent
	says 'has 2 of the 3 signatures that version 3'
	jq '.network |= sub("^."; "z")' d3 >bent
	fails 1 belfry charter sign bent
	says 'the draft is for network'
	jq '.signatures.bo |= sub("SSH SIGNATURE"; "SSH")' d3 >bent
	fails 1 belfry charter apply bent
	jq '.charter |= sub("sha256:[0-9a-f]{8}"; "sha256:01234567")' d3 >bent # it follows something else
	fails 1 belfry charter sign bent
	says 'follows another charter version 2'
	jq '.charter |= sub("version: 3"; "version: 9")' d3 >bent
	fails 1 belfry charter sign bent
	says 'for charter version 9, the newest here is 2: belfry sync first'
	jq '.signatures = [1]' d3 >bent
	fails 1 belfry charter show bent
	says 'must be objects of texts'
	# Signed by hand, with stock tools.
	jq -j .charter d3 >charter.md
	ssh-keygen -q -Y sign -n "belfry-charter@$network" -f cy charter.md
	ok laptop charter sign d3 --signature charter.md.sig
	fails 1 laptop charter sign d3 --signature charter.md.sig
	says 'cy has signed this draft already'
	ssh-keygen -q -Y sign -n "belfry-charter@$network" -f eve charter.md 2>&1 <<<y >/dev/null
	fails 1 laptop charter sign d3 --signature charter.md.sig
	says 'is no central key'
else
	ok laptop charter sign d3 --key cy
fi
ok belfry charter sign d3
ok belfry charter apply d3
ok laptop import stick # an old stick changes nothing
ok belfry charter log --json
json '.[0].threshold == 3 and .[0].central == 5'

# --- a key is lost: the others go on without it ---
ok belfry charter propose --remove-central di --add-central fay=fay.pub --out d4
for name in bo cy; do ok belfry charter sign d4 --key $name; done
fails 1 belfry charter apply d4
says 'has 2 of the 3 signatures that version 3.s keys must give; without one: central-1, di, ed'
ok belfry charter sign d4 --key ed
ok belfry charter apply d4
ok belfry charter propose --threshold 4 --out d5
fails 1 belfry charter sign d5 --key di
says 'is no central key'
# Who takes an id over is not who had it.
ok belfry charter propose --remove-central bo --add-central bo=di.pub --out d5
for name in bo di cy ed; do ok belfry charter sign d5 --key $name; done
ok belfry charter apply d5
ok belfry verify

# --- everything else a charter says, by editing it ---
ok belfry charter show
out | sed -e 's/^Cities lead.*/&/' -e 's/2\. Do no harm\./2. First, do no harm./' -e 's/^name: .*/name: New Name/' >edited.md
# An editor of another system puts a mark at its front and CR at the lines' ends.
{ printf '\357\273\277'; sed 's/$/\r/' edited.md; } >windows.md
ok belfry charter propose --from edited.md --out plain.draft
ok belfry charter propose --from windows.md --out windows.draft
cmp plain.draft windows.draft || fail "the same text is another charter"
ok belfry charter propose --from edited.md --add-language es --site https://hub.example/ --country central=ke \
	--address central=hub.example:7000 --contact desk@hub.example --out d6
ok belfry charter show d6
says '^+ 2. First, do no harm'
says '^+ name: New Name'
says '^+ site: "https://hub.example/"'
says '^+ contact: "desk@hub.example"'
says '^+     countries: \[ke\]'
for to in 'the desk' 'mailto:desk@hub.example' 'a@b.example?cc=c@d.example' @b.example '//b.example'; do
	fails 2 belfry charter propose --contact "$to"
	says 'give an e-mail address'
done
sed -e 's/^threshold: .*/threshold: many/' edited.md >bent.md
fails 1 belfry charter propose --from bent.md
says 'bent.md:[0-9]*:[0-9]*: .*threshold'
sed -e 's/^  - id: youth$/  - id: education/' edited.md >bent.md
fails 1 belfry charter propose --from bent.md
says "bent.md: themes: 'education' is there twice"
sed -e 's/^  - id: youth$/  - id: index/' edited.md >bent.md
fails 1 belfry charter propose --from bent.md
says "bent.md: themes: 'index' cannot be a page's name"
sed -e '/"properties"/s/{/{"moral": {"type": "string", "maxLength": 200},/' "$root/schemas/news.json" >news.json
ok belfry charter propose --schema news.json --out d6
says '0 of 3'
for name in cy di ed; do ok belfry charter sign d6 --key $name; done
ok belfry charter apply d6
cp "$root/schemas/news.json" ./Bad.json
fails 2 belfry charter propose --schema Bad.json
says 'TYPE.json'

# --- what commands do on their own, they only propose now ---
ok env BELFRY_STORE=$work/east "$bf" request --hub east --region mena --out request
ok belfry admit request --out east-invitation
says 'Nothing is changed yet; the draft is in charter-7.json'
says 'keys of version 6: 1 of 3 signatures, 2 missing of: cy ed fay bo'
[ ! -e east-invitation ] || fail "an invitation for a hub that nobody admitted"
fails 1 belfry admit request
says 'charter-7.json is here already'
ok belfry charter sign charter-7.json --key cy
ok belfry charter sign charter-7.json --key ed
ok belfry charter apply charter-7.json
ok belfry admit request --out east-invitation
ok env BELFRY_STORE=$work/east "$bf" join east-invitation
ok env BELFRY_STORE=$work/east "$bf" charter log
says '^ *7 .* 2 hubs, 3 of 5 central keys'
ok belfry verify
sound "$work/central"

# --- a network that begins with two of three ---
export BELFRY_STORE=$work/two
fails 2 belfry init --name Two --hub two --region global --threshold 3 --central bo=bo.pub
says 'there are 2 central keys'
ok belfry init --name Two --hub two --region global --threshold 2 --central bo=bo.pub --central cy=cy.pub
says 'once 1 more of the central team have signed charter-1.json'
second=$(out)
fails 1 belfry list
says 'no charter yet'
fails 1 belfry charter apply charter-1.json
says 'has 1 of the 2 signatures'
fails 1 laptop charter sign charter-1.json --key eve
says 'is no central key of charter version 1'
ok laptop charter sign charter-1.json --key bo
fails 1 laptop charter apply charter-1.json
says 'belongs to network'
ok belfry charter apply charter-1.json
ok belfry charter show --json
json ".network == \"$second\" and .threshold == 2"
ok belfry member list
fails 1 belfry charter apply charter-1.json
fails 1 belfry charter sign "$work/d5" --key bo
says 'the draft is for network'
