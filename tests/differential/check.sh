#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Goal: what we accept, ssh-keygen and git accept. A few mutations; make campaign-differential has 10,000.
cd "$(dirname "$0")/../.." || exit 2
for tool in ssh-keygen git; do
	command -v $tool >/dev/null || { echo "there is no $tool"; exit 77; }
done
exec "${B:-build}/tests/differential/differential" --cases 150
