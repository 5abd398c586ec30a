#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: when what a hub sends is lost without a trace, others go on at once; the hub and central notice
# the silence within 120 s, and the hub is in sync again soon after its line is back, by itself.
# HOSTS=long does all that and takes 3 minutes; else the hole lasts 10 s and the same flow must go on.
# shellcheck source=tests/net/net.lib
. "$(dirname "$0")/net.lib"

lab 2 64
mapfile -t files < <(some_records 12)
found "${files[@]}"
for i in 1 2; do
	admit $i
	dials $i 0
done
for i in 0 1 2; do serve $i; done
until_true 20 same 1 2

# Central's news: it has to reach h2 as if h1 had never been. The store is written through the daemon.
news() { # N
	local id=quiet-$1
	record "$work/news/$id/en.md" global "$id"
	ok at 0 sign "$work/news/$id/en.md" --key "$work/editor"
	ok at 0 sign "$work/news/$id/en.md" --key "$work/reviewer" --review
	ok at 0 publish "$work/news/$id/en.md"
}
links() { grep -c -e 'central.*connected' "$work/h1.log"; }
closed() { # I PATTERN: how often a link has ended that way
	grep -c -e "$2.*closed: " "$work/$(name "$1").log"
}

linked=$(links)
hole open 1
opened=$SECONDS
news 1
until_true 5 same 2
echo "h2 had the news $((SECONDS - opened)) s after h1 fell silent"
if same 1; then fail "h1 is not cut off at all"; fi

if [ "${HOSTS:-}" != long ]; then
	sleep 10
	all_alive
	hole shut 1
	shut=$SECONDS
	until_true 30 same 1 2
	echo "h1 has the news $((SECONDS - shut)) s after its line is back"
	[ "$(links)" -eq "$linked" ] || fail "h1 has dialled anew, though TCP survives such a hole"
	exit
fi

# Central has to give h1 up: it has sent and nothing comes. H1 hears nothing.
notices() { [ "$(closed 0 'hub h1')" -ge 1 ] && [ "$(closed 1 'hub central')" -ge 1 ]; }
until_true $((130 - (SECONDS - opened))) notices
echo "both ends noticed after $((SECONDS - opened)) s:"
grep -h 'closed: ' "$work/central.log" "$work/h1.log"
all_alive
news 2
until_true 5 same 2
sleep 30 # it dials into the hole meanwhile, less and less often
hole shut 1
shut=$SECONDS
until_true 100 same 1 2
echo "h1 has the news $((SECONDS - shut)) s after its line is back"
[ "$(links)" -gt "$linked" ] || fail "h1 has not dialled anew"
all_alive
