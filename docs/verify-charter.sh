#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Check a network's chain of charters with ssh-keygen and sha256sum, without Belfry.
#
#   verify-charter.sh N DIR
#
# N is the network's id, 64 hex digits, from wherever you trust. DIR is what `git clone --mirror` of any
# hub's store made, or a folder with one folder a version, 1, 2, 3…, each with charter.md and its
# signatures charter.md.*.sig. Ends with status 0 only when every version is good; says who signed.
set -eu
LC_ALL=C
export LC_ALL

die() {
	echo "NOT GOOD: $*" >&2
	exit 1
}

[ $# -eq 2 ] || { sed -n 's/^#   \(verify.*\)/usage: \1/p' "$0" >&2; exit 2; }
N=$1 from=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

hash_of() { sha256sum <"$1" | cut -d ' ' -f 1; }

# Out of git, each version into a folder of its own.
if git --git-dir="$from" rev-parse -q --verify refs/belfry/charter >/dev/null 2>&1; then
	v=0
	for commit in $(git --git-dir="$from" rev-list --reverse refs/belfry/charter); do
		v=$((v + 1))
		mkdir "$tmp/$v"
		git --git-dir="$from" ls-tree --name-only "$commit" |
			grep -x 'charter\.md\(\.[a-z0-9-]*\.sig\)\{0,1\}' | while read -r name; do
			git --git-dir="$from" cat-file blob "$commit:$name" >"$tmp/$v/$name"
		done
	done
	from=$tmp
fi
[ -f "$from/1/charter.md" ] || die "there is no charter in $2"

# The head of a charter, into $1.*: keys, threshold, version, previous. A charter has one byte form (docs/format.md);
# what is written in any other way is refused here, lest two readers understand it differently.
read_head() { # CHARTER INTO
	awk -v into="$2" '
		function bad(why) { print why > (into ".fault"); exit }
		NR == 1 { if ($0 != "---") bad("it does not begin with ---"); next }
		$0 == "---" { ended = 1; exit }
		/^[^ a-z]/ || /^$/ || /\t/ || /\r/ { bad("line " NR " is not in canonical form") }
		/^[a-z]/ {
			section = $0; sub(/:.*/, "", section)
			if (section in seen) bad("\"" section "\" stands twice")
			seen[section] = 1
			item = 0
		}
		/^version: [1-9][0-9]*$/ { print $2 > (into ".version") }
		/^threshold: [1-9][0-9]*$/ { print $2 > (into ".threshold") }
		/^previous: "?sha256:[0-9a-f]+"?$/ { gsub(/"/, "", $2); print substr($2, 8) > (into ".previous") }
		/^central:/ && $0 != "central:" { bad("central is not in canonical form") }
		/^ / && section == "central" {
			if (++item % 2) { if ($0 !~ /^  - id: "?[a-z0-9-]+"?$/) bad("line " NR " is no id"); id = $3; gsub(/"/, "", id) }
			else if ($0 !~ /^    key: ssh-ed25519 [A-Za-z0-9+\/]+=*$/) bad("line " NR " is no key")
			else print id, $2, $3 > (into ".keys")
		}
		END { if (!ended) print "its head has no end" > (into ".fault") }' "$1"
	[ ! -f "$2.fault" ] || die "$1: $(cat "$2.fault")"
	for part in version threshold keys; do [ -s "$2.$part" ] || die "$1 says no $part"; done
	[ -f "$2.previous" ] || echo - >"$2.previous"
}

# How many of the keys listed have signed; each key counts once, whatever name or file it comes under.
count() { # KEYS CHARTER
	n=0 who=
	cut -d ' ' -f 2,3 "$1" | sort -u >"$tmp/distinct"
	while read -r type key; do
		echo "holder namespaces=\"belfry-charter@$N\" $type $key" >"$tmp/allowed"
		for signature in "$2".*.sig; do
			[ -f "$signature" ] || continue
			ssh-keygen -Y verify -f "$tmp/allowed" -I holder -n "belfry-charter@$N" \
				-s "$signature" <"$2" >/dev/null 2>&1 || continue
			n=$((n + 1))
			who="$who $(awk -v key="$key" '$3 == key { print $1; exit }' "$1")"
			break
		done
	done <"$tmp/distinct"
}

v=1
while [ -f "$from/$v/charter.md" ]; do
	charter=$from/$v/charter.md
	read_head "$charter" "$tmp/v$v"
	[ "$(cat "$tmp/v$v.version")" = "$v" ] || die "$charter is version $(cat "$tmp/v$v.version"), not $v"
	previous=$(cat "$tmp/v$v.previous")
	if [ "$v" -eq 1 ]; then
		[ "$(hash_of "$charter")" = "$N" ] || die "version 1 is that of another network, $(hash_of "$charter")"
		[ "$previous" = - ] || die "version 1 follows nothing"
	else
		before=$((v - 1))
		[ "$previous" = "$(hash_of "$from/$before/charter.md")" ] ||
			die "version $v does not follow version $before"
		count "$tmp/v$before.keys" "$charter"
		[ "$n" -ge "$(cat "$tmp/v$before.threshold")" ] ||
			die "version $v has $n of the $(cat "$tmp/v$before.threshold") signatures of version $before's keys"
	fi
	count "$tmp/v$v.keys" "$charter"
	[ "$n" -ge "$(cat "$tmp/v$v.threshold")" ] ||
		die "version $v has $n of the $(cat "$tmp/v$v.threshold") signatures of its own keys"
	echo "version $v: good, $n of its $(wc -l <"$tmp/v$v.keys") central keys signed, $(cat "$tmp/v$v.threshold") must:$who"
	v=$((v + 1))
done
# A gap would hide what follows it.
for dir in "$from"/*/; do
	name=$(basename "$dir")
	case $name in *[!0-9]*) continue ;; esac
	[ "$name" -lt "$v" ] || die "version $name is there, but not version $v"
done
echo "Network $N: $((v - 1)) charter versions, all good. The newest is $(hash_of "$from/$((v - 1))/charter.md")."
