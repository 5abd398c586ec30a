#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: as crash_errors.sh, where the disk fails for want of room: at the pack, the pins, a ref, the
# rows that are kept. Nothing is called published that is not, and nothing stands in the way later.
action=ENOSPC
# shellcheck source=tests/cli/crash_errors.sh
. "$(dirname "$0")/crash_errors.sh"
