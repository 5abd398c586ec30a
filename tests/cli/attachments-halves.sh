#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: two laptops that each came away with another half of a file make it whole from each other.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"
# shellcheck source=tests/cli/files.lib
. tests/cli/files.lib

size=3000000 # 46 pieces
large=$work/guide.pdf
pdf "$large" $size

found_network
record "$work/en.md" ke-mombasa opening
ok belfry attach "$work/en.md" "$large"
sign_both "$work/en.md"
ok belfry publish "$work/en.md"
ok belfry admit --edge --out "$work/invitation"
ok belfry export "$work/all.belfry"

# What a line that died has left: the pieces in their places, and their list.
list=$(file_of "$work/central" "$large").chunks
part=attachments/part/$(sha "$list")-$size
half() { # NAME FIRST COUNT
	ok belfry join "$work/invitation" --store "$work/$1"
	ok belfry import "$work/all.belfry" --store "$work/$1"
	ok belfry attachments --policy all --store "$work/$1"
	mkdir -p "$work/$1/attachments/part"
	cp "$list" "$work/$1/$part.list"
	dd if="$large" of="$work/$1/$part" bs=65536 skip="$2" seek="$2" count="$3" 2>/dev/null
	ok belfry status --store "$work/$1" --json
	json '.store.attachments | .to_come == 1 and .bytes_to_go > 1000000 and .bytes_to_go < 2000000'
}
half amina 0 23
half bao 23 23
serve "$work/amina" --no-build
ok belfry peer add amina "$address" --store "$work/bao"
serve "$work/bao" --no-build
until_true has "$work/amina" "$large"
until_true has "$work/bao" "$large"
done_at() { # NAME: and it paid for no more than its half
	ok belfry status --store "$work/$1" --json
	(json '.store.attachments | .here == 1 and .to_come == 0 and .spent > 1400000 and .spent < 1600000') 2>/dev/null
}
for name in amina bao; do
	until_true [ ! -e "$work/$name/$part" ]
	until_true done_at $name # what was spent is written down every other second
done
exit 0
