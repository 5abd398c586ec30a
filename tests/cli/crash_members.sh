#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: as crash_publish.sh, with records for members only: the repository that holds them is made, or
# is not, and what was acknowledged stands in it.
points_wanted=${points_wanted:-35}
only_for=$'audience: members\n'
# shellcheck source=tests/cli/crash_publish.sh
. "$(dirname "$0")/crash_publish.sh"
