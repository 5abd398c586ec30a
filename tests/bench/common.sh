# SPDX-License-Identifier: Apache-2.0
# What the benchmark scripts share; sourced. B is the build folder (absolute afterwards), $work a fresh
# folder that goes at the end, and every background process named in $pids is ended by its number, as is what
# was started from one of those: its command names a file in $work.
# shellcheck shell=sh
set -eu
cd "$(dirname "$0")/../.."
B=$(realpath "${B:-build}")
bf=$B/belfry
tools=$B/tests/bench
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_TERMINAL_PROMPT=0
export GIT_AUTHOR_NAME=bench GIT_AUTHOR_EMAIL=bench@invalid GIT_COMMITTER_NAME=bench GIT_COMMITTER_EMAIL=bench@invalid
unset BELFRY_STORE
mkdir -p "$B/bench"
work=$(mktemp -d "${BENCH_DIR:-$B/bench}/belfry-bench.XXXXXX")
pids=
finish() {
	status=$?
	trap - EXIT INT TERM
	for pid in $pids; do kill "$pid" 2>/dev/null || true; done
	started=$(grep -ls -- "$work" /proc/[0-9]*/cmdline | cut -d/ -f3)
	for pid in $started; do kill -KILL "$pid" 2>/dev/null || true; done
	for pid in $pids; do wait "$pid" 2>/dev/null || true; done
	[ -n "${BENCH_KEEP:-}" ] || rm -rf "$work"
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
	echo "$(basename "$0"): $*" >&2
	exit 1
}

# row WHAT OURS PEER: the last column is ours / peer; a peer of "-" has none.
row() {
	case $2 in '' | *[!0-9.]*) fail "$1: no figure ('$2')" ;; esac
	awk -v what="$1" -v ours="$2" -v peer="$3" 'BEGIN {
		ratio = peer + 0 > 0 ? sprintf("%.2f", ours / peer) : "-"
		printf "%-58s %10s %10s %7s\n", what, ours, peer, ratio }'
}

# The median of column N of a file.
median() {
	sort -n -k"$2,$2" "$1" | awk -v n="$2" '{ v[NR] = $n }
		END { if (NR) printf "%.10g\n", (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2) }'
}

# A network of one hub with $2 records in store $1; further arguments go to tests/bench/records. With
# $languages in as many languages, as cases.
languages=
make_store() {
	store=$1 n=$2
	shift 2
	"$bf" init --store "$store" --name "Bench" --hub central --region global >/dev/null 2>&1
	if [ -n "$languages" ]; then
		# shellcheck disable=SC2046 # a list of words
		tests/bench/text.sh "$B/bench/languages" $(echo "$languages" | sed 's:/[0-9]*::g; s/,/ /g') >"$B/bench/text.from"
		"$tools/records" "$store" "$B/bench/languages" "$n" -m "$languages" "$@"
	else
		tests/bench/text.sh "$B/bench/text.txt" >"$B/bench/text.from"
		"$tools/records" "$store" "$B/bench/text.txt" "$n" "$@"
	fi
}

# Wait up to 20 s until a command succeeds.
until_done() {
	what=$1
	shift
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -lt 400 ] || fail "$what: still not after 20 s"
		sleep 0.05
	done
}

# relay NAME [OPTION…] PORT|-- COMMAND…: start tests/bench/proxy, which counts in $work/NAME.
relay() {
	name=$1
	shift
	rm -f "$work/$name" "$work/$name.port"
	arguments=
	while [ $# -gt 0 ]; do
		case $1 in
		-[rdbcx]) arguments="$arguments $1 $2"; shift 2 ;;
		*) break ;;
		esac
	done
	# shellcheck disable=SC2086 # a list of words
	"$tools/proxy" $arguments "$work/$name" "$@" &
	pids="$pids $!"
	echo $! >"$work/$name.pid"
	until_done "relay $name" test -s "$work/$name.port"
}
port_of() { cat "$work/$1.port"; }
# Bytes that the relay has carried, both ways, or to the dialling side.
total() { awk '{ print $1 + $2 }' "$1"; }
down() { awk '{ print $2 }' "$1"; }
# Wait until nothing has moved for half a second.
settle() {
	last=-1
	now=$(total "$1")
	while [ "$now" != "$last" ]; do
		last=$now
		sleep 0.5
		now=$(total "$1")
	done
}

# serve STORE [ARGUMENT…]: start its daemon and wait until it says where it listens.
serve() {
	served=$1
	shift
	rm -f "$served/listening"
	"$bf" serve --store "$served" --listen 127.0.0.1:0 --no-build "$@" >"$served.log" 2>&1 &
	pids="$pids $!"
	echo $! >"$served.pid"
	until_done "$served listens" test -s "$served/listening"
}
stop_daemon() {
	kill "$(cat "$1.pid")"
	wait "$(cat "$1.pid")" || true
}

same_state() {
	"$bf" log --json --store "$1" >"$work/state.a" 2>/dev/null || return 1
	"$bf" log --json --store "$2" >"$work/state.b" 2>/dev/null || return 1
	cmp -s "$work/state.a" "$work/state.b"
}

# link_hubs A B [ADDRESS OF A]: let hub mena at B into A's network, start both daemons and wait until both
# hold the same. B dials A, at another address where one is given (a relay's).
link_hubs() {
	"$bf" request --store "$2" --hub mena --region mena --out "$work/request" 2>/dev/null
	"$bf" admit "$work/request" --store "$1" --out "$work/invitation" 2>/dev/null
	"$bf" join "$work/invitation" --store "$2" 2>/dev/null
	[ -s "$1.pid" ] || serve "$1"
	"$bf" peer add central "${3:-$(head -n 1 "$1/listening")}" --store "$2"
	serve "$2"
	until_done "the hubs are in sync" same_state "$1" "$2"
}
