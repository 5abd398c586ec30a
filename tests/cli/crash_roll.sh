#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: as crash_publish.sh, with so many packs that this publish rolls them up: nothing is lost where
# old packs go and the new one comes.
points_wanted=${points_wanted:-63}
packs_wanted=31
# shellcheck source=tests/cli/crash_publish.sh
. "$(dirname "$0")/crash_publish.sh"
