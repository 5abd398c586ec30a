#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: docs/contribute-by-hand.md is all that somebody without Belfry needs. Its blocks are run.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"

page=$root/docs/contribute-by-hand.md
block() { # KIND: all blocks of that kind
	awk -v fence="\`\`\`$1" '$0 == fence { on = 1; next } /^```/ { on = 0 } on' "$page"
}
# Stock tools alone: nothing of ours can be found.
by_hand() { # WHO KIND
	block "$2" >"$work/block"
	[ -s "$work/block" ] || fail "the page has no block '$2'"
	# shellcheck disable=SC2016 # that shell expands it
	ok env -i PATH=/usr/bin:/bin HOME="$HOME" LC_ALL=C.UTF-8 N="$network" KEY="$work/$1" \
		GIT_AUTHOR_NAME="$1" GIT_AUTHOR_EMAIL="$1@example" GIT_COMMITTER_NAME="$1" GIT_COMMITTER_EMAIL="$1@example" \
		bash -eu -c 'command -v belfry && exit 9; . "$0"' "$work/block"
}
at_the_hub() { # STATUS
	block "sh hub" >"$work/block"
	fails "$1" env PATH="$(dirname "$bf"):$PATH" KEY="$work/rev" bash -eu "$work/block"
}

found_network
mkdir "$work/desk"
cd "$work/desk" || exit 1
git init -q .
block md >en.md
by_hand ann 'sh author'
says "^Good \"belfry-record@$network\" signature for me"

# On a stick.
mkdir "$work/stick"
cp en.md en.md.sig "$work/stick"
cd "$work/stick" || exit 1
at_the_hub 0
says 'central .*: 1 record published'
cd "$work/desk" || exit 1

# The next revision, as a patch by mail.
by_hand ann 'sh next'
rm en.md.sig
by_hand ann 'sh author'
by_hand ann 'sh git'
git init -q "$work/hub"
cd "$work/hub" || exit 1
ok git -c user.name=rev -c user.email=rev@example am -q "$work/desk/market-hall.patch"
cd records/ke-mombasa/news/market-hall || exit 1
at_the_hub 0
ok belfry show ke-mombasa/news/market-hall --json
json '.[0].record | contains("revision: 2")'

# Reviewed without Belfry, too.
cd "$work/desk" || exit 1
sed 's/^id: .*/id: school-hall/' "$work/stick/en.md" >en.md
rm en.md.sig
by_hand ann 'sh author'
by_hand rev 'sh reviewer'
ok belfry publish en.md
ok belfry verify
ok belfry list
says 'news/school-hall'
says 'news/market-hall'

# On the way, a mail program has made its own line ends: said, and nothing is published.
before=$(head_of)
sed -i 's/^id: .*/id: town-hall/' en.md
rm en.md.sig
by_hand ann 'sh author'
sed -i 's/$/\r/' en.md
at_the_hub 1
says 'en.md:1:'
# Or a word was put right after it was signed.
sed -i 's/\r$//; s/Thursday/Friday/' en.md
at_the_hub 1
says 'does not verify'
# Or the signature is for another network.
sed -i 's/Friday/Thursday/' en.md
rm en.md.sig
network=${network//[0-9]/0} by_hand ann 'sh author'
at_the_hub 1
says 'the signature was made for "belfry-record@'
[ "$(head_of)" = "$before" ] || fail "something was published"
