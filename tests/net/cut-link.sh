#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: a hub that mirrors central over 64 kbit/s and loses its flow every 5 s gets on between any two
# cuts, and pays at most 1.3 times the bytes of a mirror that nobody cuts.
# What is in the line's queue when it is cut is lost whatever anyone does: 2 s of it in every 5 would be
# 1.4 times alone, so here the queue is short. QUEUE=2000ms: judge nothing, but print it.
# RECORDS=N: how many records central has published.
# shellcheck source=tests/net/net.lib
. "$(dirname "$0")/net.lib"

queue=${QUEUE:-300ms} weight=1500
lab 2 64
mapfile -t files < <(some_records "${RECORDS:-96}")
found "${files[@]}"
for i in 1 2; do
	admit $i
	dials $i 0
done
serve 0

# One alone on the line, undisturbed.
before=$(carried 1)
started=$SECONDS
serve 1
until_true 120 same 1
uncut=$(($(carried 1) - before))
echo "uncut: $uncut bytes received in $((SECONDS - started)) s for $(at 1 log | wc -l) entries"
stop 1

entries() { at 2 log 2>/dev/null | wc -l; }
before=$(carried 2) started=$SECONDS had=$(entries) cuts=0
serve 2
while ! same 2; do
	[ $((SECONDS - started)) -lt 180 ] || fail "no end of it: $(entries) entries after 180 s"
	sleep 5
	have=$(entries)
	if same 2; then break; fi
	[ "$have" -gt "$had" ] || fail "no progress in 5 s: $had entries before cut $cuts and after it"
	hang_up 2 || fail "no flow to cut after 5 s"
	cuts=$((cuts + 1)) had=$have
done
received=$(($(carried 2) - before))
echo "cut $cuts times: $received bytes received in $((SECONDS - started)) s"
all_alive
ok at 2 verify
[ $cuts -ge 3 ] || fail "only $cuts cuts: too little to carry (RECORDS=N)"
[ -n "${QUEUE:-}" ] || [ $((received * 10)) -le $((uncut * 13)) ] || fail "$received bytes are more than 1.3 times $uncut"
