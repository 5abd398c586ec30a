#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: belfry pull takes a network from a git host over HTTPS, which here is git's own http-backend behind
# a small server; a host with another certificate, one that dies in the middle and one that falls silent
# leave nothing behind.
# shellcheck source=tests/cli/cli.lib
. "$(dirname "$0")/cli.lib"
# shellcheck source=tests/cli/git.lib
. tests/cli/git.lib
server=$(dirname "$bf")/tests/tools/git_host
built "$server"
for part in http-backend remote-https; do
	[ -x "$(git --exec-path)/git-$part" ] || { echo "this git has no git-$part"; exit 77; }
done

git_network
data=$root/tests/unit/net/data
"$server" "$work/hosts" "$data/tls.crt" "$data/tls.key" "$work/port" >"$work/requests" 2>"$work/server.talk" &
pids+=($!)
until_true [ -s "$work/port" ]
at=git+https://127.0.0.1:$(cat "$work/port")
url=$at/host.git

fails 1 pull # nobody that this machine trusts has signed its certificate
says 'certificate'
options=(--ca "$data/tls.crt")
fails 1 edge pull "$at/nowhere.git" "${options[@]}"
says 'nowhere.git'
git init -q --bare "$work/hosts/bare.git"
fails 1 edge pull "$at/bare.git" "${options[@]}"
says 'has no refs/belfry/'

# It dies in the middle of what it sends, wherever that is; then it is well again.
for bytes in 0 20 400 3000; do
	echo $bytes >"$work/hosts/cut"
	fails 1 pull
	clean
	[ -z "$(edge log)" ] || fail "half an answer of $bytes bytes brought something in"
done
rm "$work/hosts/cut"
touch "$work/hosts/hang"
fails 1 pull --timeout 1
says 'nothing has moved for 1 seconds'
clean
ok edge status
silent 'refused  by' # a line that breaks is nobody's fault
rm "$work/hosts/hang"

good_and_bad
grep -q '^POST /host.git/git-upload-pack 200' "$work/requests" || fail "it was not asked as git asks"
