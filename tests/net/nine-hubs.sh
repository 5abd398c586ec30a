#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: central and eight hubs, each alone on its host behind a line of 64 kbit/s, come to hold the
# same while flows are killed every few seconds, one line is down for 2 s and another for longer.
# RECORDS=24: how many records central publishes; HOSTS=long: 60 of them, and a line down for 120 s
# instead of 10 s. Prints the time and what each hub has received.
# shellcheck source=tests/net/net.lib
. "$(dirname "$0")/net.lib"

down=10 patience=80 records=${RECORDS:-24}
if [ "${HOSTS:-}" = long ]; then down=120 patience=200 records=${RECORDS:-60}; fi

lab 8 64
mapfile -t files < <(some_records "$records")
found "${files[@]}"
for i in $(seq 8); do admit "$i"; done
for i in $(seq 8); do
	dials "$i" 0
	dials "$i" $((i % 8 + 1))
done
for i in $(seq 0 8); do serve "$i"; done
started=$SECONDS
entries=$(at 0 log | wc -l)
echo "$records records in $entries entries of central"

# Trouble until both lines are up again: hubs lose their flows in turn, central too.
short=3 long=6 kills=0 shortly_back='' long_back=''
line down $long
sleep 1
line down $short
while [ -z "$long_back" ]; do
	sleep 3
	i=$((kills * 5 % 9))
	hang_up $i && echo "$((SECONDS - started)) s: the flows of $(name $i) killed"
	kills=$((kills + 1))
	[ -n "$shortly_back" ] || { line up $short; shortly_back=yes; }
	[ $((SECONDS - started)) -lt "$down" ] || { line up $long; long_back=yes; }
	all_alive
done
echo "$((SECONDS - started)) s: all lines are up"
until_true "$patience" same 1 2 3 4 5 6 7 8
all_alive
echo "all hold the same after $((SECONDS - started)) s"
for i in $(seq 0 8); do
	ok at "$i" verify
	echo "$(name "$i"): $(carried "$i") bytes received"
done
