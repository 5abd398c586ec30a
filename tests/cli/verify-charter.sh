#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: docs/verify-charter.sh, which needs ssh-keygen and sha256sum alone, takes a true chain of charters
# and none that a thief below the threshold can make.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

cd "$work" || exit 1
ok belfry init --name "Cities Commons" --hub central --region global
network=$(out)
for name in bo cy eve; do person $name; done
cp central/keys/central one
ok belfry charter propose --add-central bo=bo.pub --threshold 2 --out draft
ok belfry charter sign draft --key bo
ok belfry charter sign draft
ok belfry charter apply draft
ok belfry charter propose --add-central cy=cy.pub --out draft
ok belfry charter sign draft
ok belfry charter sign draft --key bo
ok belfry charter apply draft

check() { "$root/docs/verify-charter.sh" "${2:-$network}" "$1"; }
ok git clone -q --mirror central/store.git mirror
ok check mirror
says '^version 1: good, 1 of its 1 central keys signed, 1 must: central-1$'
says '^version 2: good, 2 of its 2 central keys signed, 2 must:'
says '^version 3: good, 2 of its 3 central keys signed, 2 must:'
says '3 charter versions, all good'
ok check central/store.git
fails 2 "$root/docs/verify-charter.sh" x
fails 1 check mirror "${network//[0-7]/8}"
says 'that of another network'
fails 1 check "$work"

# The same as files; what is bent from here on must be refused, each for its own reason.
mkdir good
v=0
for commit in $(git_store rev-list --reverse refs/belfry/charter); do
	mkdir good/$((++v))
	git_store archive "$commit" | tar -x -C good/$v
done
ok check good
try() { rm -rf bent; cp -r good bent; }
refused() { # REASON
	fails 1 check bent
	says "$1"
}
sign() { # KEY CHARTER NAME [NETWORK]
	rm -f "$2.sig"
	ssh-keygen -q -Y sign -n "belfry-charter@${4:-$network}" -f "$1" "$2" 2>/dev/null
	mv "$2.sig" "$2.$3.sig"
}
next() { # a version 4 that says what version 3 does
	try
	mkdir bent/4
	sed -e 's/^version: 3/version: 4/' -e "s/^previous: .*/previous: \"sha256:$(sha256sum <good/3/charter.md | cut -c 1-64)\"/" \
		good/3/charter.md >bent/4/charter.md
}
edit() { sed -i "$@" bent/4/charter.md; }
mine=$(cut -d ' ' -f 1,2 eve.pub)

next # the control: this is how a good one is made
sign bo bent/4/charter.md bo
sign cy bent/4/charter.md cy
ok check bent
says '4 charter versions'
next # one key too few
sign bo bent/4/charter.md bo
refused 'version 4 has 1 of the 2 signatures of version 3'
next # one signature under two names
sign bo bent/4/charter.md bo
cp bent/4/charter.md.bo.sig bent/4/charter.md.cy.sig
refused 'version 4 has 1 of the 2'
next # one key under two names in its own list
edit -e "/^central:/,/^[a-z]*:/{/id: cy/{n;s|.*|    key: $(cut -d ' ' -f 1,2 bo.pub)|}}" -e '/id: central-1/{N;d}'
sign bo bent/4/charter.md bo
sign one bent/4/charter.md central-1
refused 'version 4 has 1 of the 2 signatures of its own'
next # a thief's own successor, with keys of their own
edit -e "/^central:/,/^[a-z]*:/s|    key: ssh.*|    key: $mine|" -e 's/^threshold: .*/threshold: 1/'
sign eve bent/4/charter.md eve
refused 'version 4 has 0 of the 2 signatures of version 3'
next # one stolen key lowers the threshold that it would need
edit 's/^threshold: .*/threshold: 1/'
sign bo bent/4/charter.md bo
refused 'version 4 has 1 of the 2 signatures of version 3'
next # those who leave cannot appoint strangers without them
edit "/^central:/,/^[a-z]*:/{/id: cy/{n;s|.*|    key: $mine|}}"
edit 's/^threshold: .*/threshold: 3/'
sign bo bent/4/charter.md bo
sign one bent/4/charter.md central-1
refused 'version 4 has 2 of the 3 signatures of its own'
next # signatures that were made for another network
sign bo bent/4/charter.md bo "${network//[0-7]/8}"
sign cy bent/4/charter.md cy "${network//[0-7]/8}"
refused 'version 4 has 0 of the 2'
next # that of another text
sign bo bent/4/charter.md bo
sign cy bent/4/charter.md cy
edit 's/^name: .*/name: Evil/'
refused 'version 4 has 0 of the 2'
next # it follows another version
edit "s/^previous: .*/previous: \"sha256:$network\"/"
sign bo bent/4/charter.md bo
sign cy bent/4/charter.md cy
refused 'version 4 does not follow version 3'
next # it skips one
edit 's/^version: 4/version: 5/'
sign bo bent/4/charter.md bo
sign cy bent/4/charter.md cy
refused 'is version 5, not 4'
mv bent/4 bent/5
refused 'version 5 is there, but not version 4'
try # an old version in place of a newer one
rm -r bent/3
cp -r bent/2 bent/3
refused 'is version 2, not 3'
next # words in the principles are no rules; neither is a rule said twice, or in another form
sed -i 's/^Cities lead.*/&/; $a threshold: 1' bent/4/charter.md
sign bo bent/4/charter.md bo
refused 'version 4 has 1 of the 2'
for line in 'threshold: 1' 'central: []'; do
	next
	edit "s/^review: /$line\n&/"
	sign bo bent/4/charter.md bo
	refused 'stands twice'
done
next
edit 's/^threshold: .*/threshold: "1"/'
sign bo bent/4/charter.md bo
refused 'says no threshold'
next
edit "s|^central:|central: [{id: eve, key: $mine}]|"
refused 'not in canonical form'
next
edit "s|^central:|central:\n  - key: $mine\n    id: eve|"
refused 'is no id'
next
: >bent/4/charter.md
refused 'its head has no end\|does not begin'
