#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cover.sh BUILD: line coverage by folder, and each file below 90 %, of what ran in a build made with
# gcc --coverage. Sources of tests are not counted, nor are headers.
set -eu
cd "$(dirname "$0")/.."
build=$1
# shellcheck disable=SC2046 # a list of names without blanks
gcov -n $(find "$build/src" -name '*.gcda' | sort) 2>/dev/null | awk '
	/^File / { file = $2; gsub("\047", "", file) }
	/^Lines executed:/ && file ~ /^src\/.*\.c$/ && !(file in lines) {
		split($0, part, "[:% ]+")
		lines[file] = part[5]
		hit[file] = part[3] * part[5] / 100
		folder = file
		sub("/[^/]*$", "", folder)
		folder_lines[folder] += lines[file]
		folder_hit[folder] += hit[file]
	}
	END {
		for (f in lines)
			if (lines[f] && hit[f] / lines[f] < 0.9)
				printf "2 %-28s %5.1f %% of %5d lines\n", f, 100 * hit[f] / lines[f], lines[f]
		for (f in folder_lines) {
			printf "1 %-28s %5.1f %% of %5d lines\n", f, 100 * folder_hit[f] / folder_lines[f], folder_lines[f]
			all += folder_lines[f]
			all_hit += folder_hit[f]
		}
		if (!all)
			exit 1
		printf "0 %-28s %5.1f %% of %5d lines\n", "all", 100 * all_hit / all, all
	}' | sort | sed 's/^2 /  /; s/^[01] //'
