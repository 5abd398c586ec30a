#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: where a charter wants two stewards for a hub's roster, nobody is enrolled by one of them, and two who sit
# at different machines enrol people by a file; where it names two and wants one, they may take turns.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

found_network
for name in sue thief new; do person $name; done
ok belfry admit --edge --out "$work/edge.invitation"
cd "$work" || exit 2

stewards() { # THRESHOLD: a charter in which sue is the second steward of central
	belfry charter show >charter.md
	grep -q 'id: sue' charter.md || sed -i "/^    stewards:/,/^        key:/s|^        key:.*|&\n      - id: sue\n        key: $(cut -d' ' -f1,2 sue.pub)|" charter.md
	sed -i "/^    steward_threshold:/d; s|^schemas:|    steward_threshold: $1\n&|" charter.md
	ok belfry charter propose --from charter.md --out "charter-$1.json"
	ok belfry charter sign "charter-$1.json"
	ok belfry charter apply "charter-$1.json"
}
members() { # the ids, one a line
	belfry member list --json | grep -o '"id": "[^"]*"' | cut -d'"' -f4
}
is_member() { members | grep -qx "$1"; }
sue() { BELFRY_STORE=$work/laptop "$bf" "$@"; }
carry() { # FROM TO
	ok belfry export stick --store "$1"
	ok belfry import stick --store "$2"
}
good() {
	ok belfry verify
	says 'all good'
	record "$1/en.md" ke-mombasa "$1"
	sign_both "$1/en.md"
	ok belfry publish "$1/en.md" # people of the roster count
}

# --- two are named, one is enough: after a turn of the other, what the first one signed is gone ---
stewards 1
ok belfry member add one --name One --role author --key new.pub
ok belfry member retire one --steward-key sue
ok belfry member renew
good turns
fails 1 belfry member renew --steward-key thief
says 'no steward of hub central'

# --- both must sign ---
stewards 2
before=$(belfry log central --json | grep -c '"seq"')
person eve
ok belfry member add eve --name Eve --role author --key eve.pub --json
json '.changed and (.draft | startswith("roster-central-"))'
says 'Nothing is changed yet; the draft is in roster-central-'
says 'stewards of central: 1 of 2 signatures, 1 missing of: sue'
is_member eve && fail "one steward was enough"
draft=$(ls roster-central-*.json)
fails 1 belfry member add eve --name Eve --role author --key eve.pub
says 'is here already'
fails 1 belfry member apply "$draft"
says '1 of the 2 steward signatures'
fails 1 belfry member sign "$draft"
says 'steward-1 has signed this draft already'
fails 1 belfry member sign "$draft" --steward-key thief
says 'no steward of hub central'

# Sue looks at it at home, where no key of the hub is.
ok sue join edge.invitation --json
json '.hub == null and (.network | length == 64)'
fails 1 sue member sign "$draft" --steward-key sue
says 'belfry sync first'
carry central laptop
ok sue member sign "$draft" --steward-key sue --json
json ".hub == \"central\" and .draft == \"$draft\""
says '+ *- id: eve'
says "$(ssh-keygen -lf eve.pub | cut -d' ' -f2)"
says 'stewards of central: 2 of 2 signatures'
fails 1 sue member apply "$draft"
says 'written where its keys are'
# What somebody changes on the way is worth nothing.
sed 's/Eve/Zoe/' "$draft" >bent.json
fails 1 belfry member apply bent.json
says 'does not verify'
ok belfry member apply "$draft"
is_member eve || fail "two stewards were not enough"
[ "$(belfry log central --json | grep -c '"seq"')" -eq $((before + 1)) ] || fail "it took more than one entry"
fails 1 belfry member apply "$draft"
says 'is in force here: make the change again'
good both

# --- a proposal that nobody has signed, from a machine without a steward's key; cities go the same way ---
mv central/keys/steward steward-1
ok belfry city add ke-lamu --name en=Lamu --out city.json
says '0 of 2 signatures, 2 missing of: steward-1 sue'
silent 'is signed and published'
for key in steward-1 sue; do ok belfry member sign city.json --steward-key $key; done
ok belfry member apply city.json
ok belfry city list
says '^ke-lamu'
carry central laptop
ok sue verify
says 'all good'

# --- and not in another network ---
BELFRY_STORE=$work/other ok belfry init --name Other --hub central --region global
fails 1 env BELFRY_STORE="$work/other" "$bf" member sign city.json --steward-key sue
says 'this store belongs to'
