#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Goal: what `make campaign-mutations` breaks is still there to be broken.
exec "$(dirname "$0")/mutate.sh" --lines
