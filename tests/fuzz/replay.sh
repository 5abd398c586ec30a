#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Goal: no fuzz target falls over a seed it was given or once found; a campaign is `make fuzz`.
set -u
cd "$(dirname "$0")/../.." || exit 2
status=0
for target in tests/fuzz/*_*.c; do
	name=$(basename "$target" .c)
	"${B:-build}/tests/replay/$name" "tests/fuzz/seeds/$name" || { echo "$name fell over"; status=1; }
done
exit $status
