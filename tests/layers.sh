#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Goal: a file includes only its own layer and those before it, and each library has one home.
set -u
cd "$(dirname "$0")/.." || exit 2
fail=0
seen=
for layer in base record trust git entry sync store markup site pages search render net cmd quick; do
	seen="$seen $layer"
	for file in src/"$layer"/*.[ch]; do
		[ -e "$file" ] || continue
		for used in $(sed -n 's|^#include "\([a-z]*\)/.*|\1|p' "$file" | sort -u); do
			case " $seen " in
			*" $used "*) ;;
			*) echo "$file includes $used/, which comes after $layer/"; fail=1 ;;
			esac
		done
	done
done
home() { # header, layers that may include it
	header=$1
	shift
	for file in $(grep -lE "^#include <$header" src/*/*.[ch]); do
		layer=${file#src/}
		case " $* " in
		*" ${layer%%/*} "*) ;;
		*) echo "$file includes <$header>, whose home is: $*"; fail=1 ;;
		esac
	done
}
home 'jansson' base
home 'sodium' base trust sync
home 'yaml' record
home 'utf8proc' record
home 'git2' git store
home 'zstd' entry
home 'zlib' git
home 'cmark' markup
home 'libdeflate' git site
home 'brotli' site
home 'libstemmer' search
home 'uv\.h' net
home 'microhttpd' net
home 'curl' net
if grep -nE '(^|[^_a-z.>])(exit|printf|puts|perror) *\(' src/*/*.c | grep -vE '^src/(cmd/|quick/|base/(mem|log)\.c)'; then
	echo "only cmd/ may exit or print"
	fail=1
fi
exit $fail
