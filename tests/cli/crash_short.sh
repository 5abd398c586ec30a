#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: as crash_publish.sh, where each write in turn takes half of what it was given, as the system may:
# the command writes the rest and all is as if nothing had happened.
action=SHORT
# shellcheck source=tests/cli/crash_publish.sh
. "$(dirname "$0")/crash_publish.sh"
