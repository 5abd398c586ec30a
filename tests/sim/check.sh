#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Goal: whatever happens to links and machines, honest hubs come to hold the same; a short campaign.
# `make sim` runs the long one.
set -eu
cd "$(dirname "$0")/../.."
sim=${B:-build}/tests/sim/sim
"$sim" --seeds 100 --hubs 4 --seconds 45
"$sim" --scenario wishes --seeds 12 --hubs 6 --seconds 45
"$sim" --scenario gossip --hubs 9 --seeds 3

# The same seed gives the same bytes, and another seed others.
log() {
	"$sim" --scenario storm --hubs 4 --seconds 30 --seed "$1" --verbose
}
[ "$(log 7)" = "$(log 7)" ]
[ "$(log 7)" != "$(log 8)" ]
