#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Which Debian packages does Belfry need here?
#   tools/packages.sh say GROUP…      print the missing ones, exit 1 if there are any
#   tools/packages.sh install GROUP…  install the missing ones, as root or with sudo, saying so
# Groups: build (to compile and run), test (make check), bench (make bench, bench-sync, bench-site), web, npm, java (make check-web).
set -eu
build="gcc make pkg-config libgit2-dev zlib1g-dev libcmark-dev libsodium-dev libuv1-dev libyaml-dev
	libjansson-dev libutf8proc-dev libzstd-dev libmicrohttpd-dev libcurl4-gnutls-dev libdeflate-dev libbrotli-dev
	libstemmer-dev"
test="libcmocka-dev git openssh-client iproute2 groff-base"
bench="git hugo fossil rsync syncthing"
web="chromium"
npm="npm"
java="default-jre-headless"

mode=$1
shift
wanted=
for group; do
	case $group in
	build) wanted="$wanted $build" ;;
	test) wanted="$wanted $test" ;;
	bench) wanted="$wanted $bench" ;;
	web) wanted="$wanted $web" ;;
	npm) wanted="$wanted $npm" ;;
	java) wanted="$wanted $java" ;;
	*) echo "packages.sh: no group '$group'" >&2; exit 2 ;;
	esac
done

missing=
for package in $wanted; do
	dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
		missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$mode" = say ]; then
	echo "Debian packages are missing:$missing" >&2
	echo "Install them with: apt-get install$missing   (make check and make demo do it)" >&2
	exit 1
fi
root=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || { echo "need root or sudo to install:$missing" >&2; exit 1; }
	root=sudo
fi
echo "Installing missing Debian packages:$missing" >&2
$root apt-get update -qq
# shellcheck disable=SC2086 # a list of words
DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq --no-install-recommends $missing >/dev/null
