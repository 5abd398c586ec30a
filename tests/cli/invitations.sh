#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a hub asks, is admitted and joins, all by files; whatever is wrong with one of them is refused.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

command -v jq >/dev/null || { echo "skip: jq is not installed"; exit 77; }
found_network
east() { BELFRY_STORE=$work/east "$bf" "$@"; }
edge() { BELFRY_STORE=$work/edge "$bf" "$@"; }

ok east request --hub east --region east-southern-africa --country ke --address east.example:7000 --out "$work/request"
says 'public keys only'
grep -q 'PRIVATE\|OPENSSH' "$work/request" && fail "the request holds a secret"
# A request that was lost, or said something wrong, is written again with the same keys.
mv "$work/request" "$work/first"
ok east request --hub east --region east-southern-africa --country ke --address east.example:7000 --out "$work/request"
says 'those made before'
cmp "$work/first" "$work/request" || fail "it asks for something else"
ok east request --hub west --region mena --out "$work/renamed"
[ "$(jq -r .hub.journal "$work/renamed")" = "$(jq -r .hub.journal "$work/first")" ] || fail "the keys are others"
for country in KE kenya ''; do
	fails 1 east request --hub east --region east-southern-africa --country "$country"
	says "two lower-case letters"
done
fails 2 east request --hub east --region 'East Africa'
fails 1 east request --hub east --region mena --out "$work/nowhere/request"
fails 1 east list
says 'no charter yet'

# Requests that no charter can hold, and what is no request.
bend() { jq "$1" "$work/request" >"$work/bent"; }
refused_request() { # FILTER REASON
	bend "$1"
	fails 1 belfry admit "$work/bent"
	says "$2"
	ok belfry charter log --json
	json 'length == 1'
}
refused_request '.belfry = "request/2"' 'not a file of kind request/1'
refused_request '.hub.region = "atlantis"' 'atlantis'
refused_request '.hub.id = "East!"' 'id'
refused_request '.hub.id = "central"' 'in the charter already'
refused_request '.hub.surprise = "x"' 'surprise'
refused_request '.hub.countries = ["kenya"]' 'countries'
refused_request '.hub.link = "00"' 'link'
refused_request 'del(.hub.stewards)' 'stewards'
refused_request 'del(.hub)' 'names no hub'
refused_request '.hub.journal = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"' 'hub east'
ok belfry charter show --json
out >"$work/charter.json"
refused_request ".hub.journal = \"$(jq -r '.hubs[0].journal' "$work/charter.json")\"" 'share a key'
echo '{' >"$work/bent"
fails 1 belfry admit "$work/bent"
says 'bent:'
fails 1 belfry admit "$work/nowhere"
ssh-keygen -q -t ed25519 -N '' -f "$work/eve"
fails 1 belfry admit "$work/request" --key "$work/eve"
says 'no central key'

ok belfry admit "$work/request" --out "$work/invitation"
says 'admitted by charter version 2'
ok belfry admit "$work/request" --out "$work/again"
cmp -s "$work/invitation" "$work/again" || fail "the same hub gets another invitation"
ok belfry charter log --json
json 'length == 2'
jq '.hub.journal = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGIH/hxI80obMY2SXIyDVXTcFq/DPpaPdjEtbqfJf+Ix"' "$work/request" >"$work/bent"
fails 1 belfry admit "$work/bent"
says 'in the charter already, with another journal key'

# Kenya is east's alone from now on: its cities are not added where nobody could publish for them.
fails 1 belfry city add ke-nakuru --region east-southern-africa
says 'the charter gives country ke to another hub than central'
fails 1 belfry member add bob --name Bob --role author --place ke-nakuru --key "$work/eve.pub"
says 'the charter gives country ke to another hub than central'

# Invitations.
refused_invitation() { # FILTER REASON
	jq "$1" "$work/invitation" >"$work/bent"
	fails 1 edge join "$work/bent"
	says "$2"
	rm -rf "$work/edge"
}
refused_invitation '.belfry = "invitation/9"' 'not a file of kind'
refused_invitation '.network = "x"' 'names no network'
refused_invitation '.network = ("0" * 64)' 'another network'
refused_invitation '.charters = []' 'no charter'
refused_invitation '.charters = [.charters[1]]' 'without the versions before it'
refused_invitation '.charters[0] = "!"' 'base64'
refused_invitation '.charters[0] = "AAAA"' 'grammar'
refused_invitation '.charters[1] = (.charters[1] | .[0:400] + "AAAA" + .[404:])' 'charter'
fails 1 east join "$work/request"
says 'invitation/1'

ok east join "$work/invitation"
says 'Joined as hub east'
fails 1 east request --hub east --region east-southern-africa
says 'already'
ok east charter log
says '^ *2 '
ok east log
says '^east 1 '
ok east member add ann --name Ann --role author --place ke-mombasa --key "$work/ann.pub"
ok east member add rev --name Rev --role reviewer --key "$work/rev.pub"
ok east join "$work/invitation" # again: nothing new
ok east log --json
json 'length == 3'

# East publishes for its region, and nobody else for its country.
record "$work/rec/en.md" ke-mombasa bridge
sign() {
	ok "$1" sign "$work/rec/en.md" --key "$work/ann"
	ok "$1" sign "$work/rec/en.md" --key "$work/rev" --review
}
sign east
ok east publish "$work/rec/en.md"
sign belfry
fails 1 belfry publish "$work/rec/en.md"
says 'country ke to another hub'
record "$work/rec/en.md" mena bridge
sign east
fails 1 east publish "$work/rec/en.md"
says "region mena is not hub east's"
record "$work/rec/en.md" sn-dakar bridge
fails 1 east sign "$work/rec/en.md" --key "$work/ann"
says "neither a region of the charter nor a city"
ok east verify

# An edge reads, has no journal, and can become no other hub.
ok belfry admit --edge --out "$work/for-edges"
ok edge join "$work/for-edges"
says 'Joined as an edge'
record "$work/rec/en.md" mena bridge
ok edge sign "$work/rec/en.md" --key "$work/ann"
fails 1 edge publish "$work/rec/en.md"
says 'not a hub'
fails 1 edge member list
says 'no hub'
ok edge submit "$work/rec/en.md"
fails 1 edge submit "$work/rec/en.md"
says 'in the outbox already'
ok edge submit
says 'queued *bridge opened'

# Keys whose request nobody admitted.
west() { BELFRY_STORE=$work/west "$bf" "$@"; }
ok west request --hub west --region west-africa-sahel --out "$work/west.request"
fails 1 west join "$work/invitation"
says 'does not admit the hub'
ok belfry admit "$work/west.request" --out "$work/west.invitation"
ok west join "$work/west.invitation"
says 'Joined as hub west'

# Another network's invitation. To a store without any network it does nothing either, where a hub's
# keys wait for their own.
ok env BELFRY_STORE="$work/other" "$bf" init --name Other --hub other --region global
ok env BELFRY_STORE="$work/other" "$bf" admit --edge --out "$work/other.invitation"
south() { BELFRY_STORE=$work/south "$bf" "$@"; }
ok south request --hub south --region mena --out "$work/south.request"
fails 1 south join "$work/other.invitation"
says 'does not admit the hub'
ok belfry admit "$work/south.request" --out "$work/south.invitation"
ok south join "$work/south.invitation"
says 'Joined as hub south'
# So does an id that was mistyped, as long as nothing has come.
newcomer() { BELFRY_STORE=$work/newcomer "$bf" "$@"; }
ok newcomer join host.example:7000 --network "$(printf '0%.0s' $(seq 64))"
ok newcomer join host.example:7000 --network "$network"
ok newcomer join "$work/for-edges"
says 'Joined as an edge'
fails 1 edge join "$work/other.invitation"
says 'this store belongs to'
fails 2 edge join host.example:7000 --network 123
fails 1 edge join host.example:7000 --network "$(printf '0%.0s' $(seq 64))"
says 'this store belongs to'
for store in central east edge west; do sound "$work/$store"; done
