#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `make bench`: every part with its peer in the same run, as rows of "what, ours, peer, ours / peer".
# BENCH_N (10,000) records for rendering; the other settings stand at the top of each part. Takes about
# a quarter of an hour and wants a machine that does nothing else. BENCH_PARTS="render push bytes verify" chooses.
set -eu
cd "$(dirname "$0")/../.."
tools/packages.sh install bench
cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
memory=$(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)
echo "# $(date -u +%Y-%m-%d), $(nproc) cores of ${cpu:-$(uname -m)}, $memory, load $(cut -d' ' -f1 /proc/loadavg)"
echo "# $(. /etc/os-release && echo "$PRETTY_NAME"), Linux $(uname -r), $(df -T . | awk 'END { print $2 }')"
echo "# $(git --version), $(hugo version | cut -d' ' -f1-2), libgit2 $(pkg-config --modversion libgit2), belfry $(git describe --always --dirty 2>/dev/null || echo unknown)"
printf '%-58s %10s %10s %7s\n' what ours peer ratio
status=0
for part in ${BENCH_PARTS:-render push bytes verify}; do
	tests/bench/"$part".sh || { echo "$part: FAILED"; status=1; }
done
exit $status
