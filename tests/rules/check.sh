#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Goal: stores publish what docs/format.md §7 says, in any order of delivery. A few scenarios, others
# every time; make campaign-rules has 10,000.
cd "$(dirname "$0")/../.." || exit 2
exec "${B:-build}/tests/rules/rules" --scenarios 8 --seed "${SEED:-$(date +%s)}"
