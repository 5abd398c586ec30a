#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: central and two hubs, each alone on its host, hold the same over lines of 256 kbit/s, although
# all flows of one are killed half-way.
# shellcheck source=tests/net/net.lib
. "$(dirname "$0")/net.lib"

lab 2 256
mapfile -t files < <(some_records 24)
found "${files[@]}"
for i in 1 2; do admit $i; done
dials 1 0
dials 2 0
dials 2 1
for i in 0 1 2; do serve $i; done
started=$SECONDS
until_true 60 hang_up 1
until_true 60 same 1 2
all_alive
for i in 0 1 2; do
	ok at $i verify
	echo "$(name $i): $(carried $i) bytes received"
done
echo "all hold the same after $((SECONDS - started)) s"
