#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: who mirrors a network for the first time over 32 kbit/s sees how far it is: on a terminal
# one line that is written again, elsewhere a plain line every 10 seconds; the same while a daemon
# does it; and status says entries behind, bytes and time to go, and bytes spent.
# shellcheck source=tests/net/net.lib
. "$(dirname "$0")/net.lib"

lab 3 32
weight=2000
mapfile -t files < <(some_records 34)
found "${files[@]}"
for i in 1 2 3; do
	admit $i
	dials $i 0
done
serve 0

line='receiving: [0-9]* of [0-9]* entries, [0-9.]* [kM]*B, [0-9.]* k*B/s, about [0-9]* \(s\|min\) left'

# Elsewhere.
inside 1 "$bf" sync --store "$work/h1" >"$work/.out" 2>"$work/.talk" || fail "no sync: $(cat "$work/.talk")"
says 'in sync with central'
grep -q "^$line\$" "$work/.talk" || fail "no plain line: $(cat "$work/.talk")"
plain=$(grep -c '^receiving' "$work/.talk")
[ "$plain" -le 12 ] || fail "$plain plain lines are too many"
grep -q $'[\r\033]' "$work/.talk" && fail "control characters where there is no terminal"
same 1 || fail "h1 differs"

# On a terminal: one line, its end is the last.
command -v script >/dev/null || skip "script is not installed (Debian package bsdutils)"
inside 2 script -qec "$bf sync --store $work/h2" /dev/null >"$work/screen" || fail "no sync: $(cat "$work/screen")"
[ "$(grep -o $'\rreceiving' "$work/screen" | wc -l)" -gt 5 ] || fail "the line is not rewritten: $(cat -v "$work/screen")"
[ "$(grep -c receiving "$work/screen")" -eq 1 ] || fail "it takes more than one line: $(cat -v "$work/screen")"
same 2 || fail "h2 differs"

# By a daemon.
serve 3
sleep 4
at 3 status --json >"$work/.out"
json '.progress.behind > 0 and .progress.rate_in > 500 and .progress.rate_in < 5000'
json '.progress.bytes_to_go > 1000 and .progress.seconds_to_go > 0'
json '[.store.hubs[] | select(.hub == "central") | .behind > 0 and .told_by == "central"] == [true]'
json '.peers[0].behind > 0 and .peers[0].month.bytes_in > 2000 and .peers[0].seconds_to_go > 0'
ok at 3 status
says '^behind   by [0-9]* entries, about [0-9.]* kB (as large as those that came), about .* at [0-9.]* kB/s$'
inside 3 "$bf" sync --store "$work/h3" >"$work/.out" 2>"$work/.talk" || fail "no sync: $(cat "$work/.talk")"
same 3 || fail "h3 differs"
grep -q '^receiving' "$work/h3.log" || fail "the daemon's own talk has no line"
at 3 status --json >"$work/.out"
json '.progress.behind == 0 and .progress.seconds_to_go == 0'
echo "a first mirror says how far it is"
