#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What one new record and one changed line cost, both ways, between stores of BENCH_SMALL_N (300) records
# that held the same: medians of BENCH_SMALL (5). The new records' paragraphs stand in no other.
#  warm     between two hubs on a link that is there, from publish until nothing moves
#  cold     connect, the record, goodbye; the peers connect each time anyway, syncthing stays connected
#  idle     BENCH_IDLE (35) seconds of a link on which nothing happens
#  nothing  connect, nothing new, goodbye; round trips are what 600 ms more each way and back add
# A revision changes one line of the record, its number and what it follows; author and reviewer sign it anew.
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/bench/peers.lib
. "$(pwd)/tests/bench/peers.lib"
n=${BENCH_SMALL_N:-300} times=${BENCH_SMALL:-5} idle=${BENCH_IDLE:-35}
corpus=$work/a
new=$work/new
make_store "$corpus" "$n" -e 0 -s "$((2 * times))" "$new" -r

file_of() { ls "$1"/*.md; }
# The same three files for the peers that take commits, and for those that take files.
give() { # FOLDER
	path=$(cat "$1/path")
	if has_peer git; then
		mkdir -p "$work/desk/$(dirname "$path")"
		for suffix in '' .sig .rev; do cp "$(file_of "$1")$suffix" "$work/desk/$path$suffix"; done
		git -C "$work/desk" add records
		git -C "$work/desk" commit -q -m "$path"
		git -C "$work/desk" push -q origin main
	fi
	if has_peer fossil; then
		git -C "$work/hub.git" fast-export --import-marks="$work/marks" --export-marks="$work/marks" main >"$work/more"
		fossil import -A bench --git --incremental --import-marks "$work/fossil.marks" \
			--export-marks "$work/fossil.marks" "$work/hub.fossil" <"$work/more" >/dev/null
	fi
	mkdir -p "$work/files/$(dirname "$path")"
	for suffix in '' .sig .rev; do cp "$(file_of "$1")$suffix" "$work/files/$path$suffix"; done
	if has_peer syncthing; then # it needs no call
		total "$work/syncthing" >"$work/syncthing.before"
		syncthing_scan "$work/st.syncthing.from"
	fi
}
until_there() { # PEER
	tries=0
	until take_"$1" "$1" && has_"$1" "$1"; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || fail "$1: not there after $tries calls"
	done
	settle "$work/$1"
}
# What a call costs each peer: WHAT
each_peer() {
	for peer in $peers; do
		[ "$peer $1" != "syncthing nothing" ] || continue # it stays connected
		before=$(total "$work/$peer")
		[ "$peer" != syncthing ] || before=$(cat "$work/syncthing.before")
		until_there "$peer"
		echo "$(($(total "$work/$peer") - before))" >>"$work/$peer.$1"
	done
}
ours() { # WHAT COMMAND…
	what_now=$1
	before=$(total "$work/ours")
	shift
	"$@" >/dev/null || fail "$*"
	until_done "$what_now arrives" has_ours ours
	settle "$work/ours"
	echo "$(($(total "$work/ours") - before))" >>"$work/ours.$what_now"
}

# --- everybody holds the same ---
serve "$corpus"
relay ours "$(sed -n '1s/.*://p' "$corpus/listening")"
link_hubs "$corpus" "$work/got.ours" "127.0.0.1:$(port_of ours)"
settle "$work/ours"
for peer in $peers; do prepare_"$peer"; done
if has_peer git; then
	git clone -q "$work/hub.git" "$work/desk"
	git -C "$work/hub.git" fast-export --export-marks="$work/marks" main >"$work/more"
fi
if has_peer fossil; then # again, with marks to go on from
	rm "$work/hub.fossil"
	fossil import -A bench --git --export-marks "$work/fossil.marks" "$work/hub.fossil" <"$work/more" >/dev/null
	fossil user capabilities nobody gio -R "$work/hub.fossil" >/dev/null
fi
for peer in $peers; do
	offer_"$peer" "$peer"
	until_there "$peer"
done

# --- news ---
zlib_of() { gzip -6 -n -c "$1" | wc -c | awk '{ print $1 - 18 }'; }
i=0
while [ $i -lt "$times" ]; do # ours by itself, as it forgets what it sent when a link rests (10 s)
	i=$((i + 1))
	ours new "$bf" publish "$(file_of "$new/$i")" --store "$corpus"
	zlib_of "$(file_of "$new/$i")" >>"$work/zlib"
	ours revision "$bf" publish "$(file_of "$new/$i/next")" --store "$corpus"
done
before=$(total "$work/ours")
sleep "$idle"
echo "$(($(total "$work/ours") - before))" >"$work/ours.idle"
before=$(total "$work/ours")
"$bf" sync --store "$work/got.ours" >/dev/null 2>&1 || fail "belfry sync on a link that is there"
settle "$work/ours"
echo "$(($(total "$work/ours") - before))" >"$work/ours.asked"
k=$i # after a rest
while [ $k -lt $((i + 2)) ]; do
	k=$((k + 1))
	[ $k -eq $((i + 1)) ] || sleep "$idle"
	ours rested "$bf" publish "$(file_of "$new/$k")" --store "$corpus"
	zlib_of "$(file_of "$new/$k")" >>"$work/zlib.rested"
	sleep "$idle"
	ours rested.revision "$bf" publish "$(file_of "$new/$k/next")" --store "$corpus"
done
stop_daemon "$work/got.ours"
settle "$work/ours"
while [ $k -lt $((2 * times)) ]; do
	k=$((k + 1))
	"$bf" publish "$(file_of "$new/$k")" --store "$corpus" >/dev/null
	ours cold take_ours ours
	zlib_of "$(file_of "$new/$k")" >>"$work/zlib.cold"
	ours nothing take_ours ours
	"$bf" publish "$(file_of "$new/$k/next")" --store "$corpus" >/dev/null
	ours cold.revision take_ours ours
done
i=0
while [ $i -lt "$times" ]; do
	i=$((i + 1))
	for what in new revision; do
		if [ $what = new ]; then give "$new/$i"; else give "$new/$i/next"; fi
		each_peer $what
	done
	each_peer nothing
done

# --- round trips: the same over a line that is far ---
clock() { date +%s%N; }
took() { # COMMAND…: milliseconds, the least of three
	for _ in 1 2 3; do
		begun=$(clock)
		"$@" || return 1
		echo "$((($(clock) - begun) / 1000000))"
	done | sort -n | head -n 1
}
far() { # PEER: the address that it calls changes, nothing else
	case $1 in
	ours)
		relay far -d 300 "$(sed -n '1s/.*://p' "$corpus/listening")"
		"$bf" peer remove central --store "$work/got.ours" >/dev/null 2>&1 || true
		"$bf" peer add central "127.0.0.1:$(port_of far)" --store "$work/got.ours" ;;
	*)
		near=$(port_of "$1")
		relay far -d 300 "$near"
		cp "$work/far.port" "$work/$1.port" ;;
	esac
}
for peer in ours $peers; do
	[ "$peer" != syncthing ] || continue # it does not connect anew
	here=$(took take_"$peer" "$peer")
	far "$peer"
	there=$(took take_"$peer" "$peer")
	awk -v a="$here" -v b="$there" 'BEGIN { printf "%.1f\n", (b - a) / 600 }' >"$work/$peer.trips"
	kill "$(cat "$work/far.pid")"
done

show() { # ROW OURS-FIGURE PEERS-FIGURE TARGET
	for peer in $peers; do
		[ ! -s "$work/$peer.$3" ] || figure "$peer" "$(median "$work/$peer.$3" 1)"
	done
	judged "$1" "$(median "$work/ours.$2" 1)" "$4"
}
plus() { median "$1" 1 | awk -v more="$2" '{ print $1 + more }'; }
show "one new record, warm; target: zlib -6 of it, bytes" new new "$(plus "$work/zlib" 0)"
show "  when the link has rested for $idle s" rested new "$(plus "$work/zlib.rested" 0)"
show "  cold: zlib -6 and 500" cold new "$(plus "$work/zlib.cold" 500)"
show "one changed line, warm" revision revision 450
show "  when the link has rested for $idle s" rested.revision revision 450
show "  cold: 450 and the handshake's 312" cold.revision revision 762
show "nothing for $idle s on a link" idle none 100
show "nothing new, asked on a link that is there" asked none 100
awk '{ print $1 - 312 }' "$work/ours.nothing" >"$work/ours.after"
show "nothing new, cold, after the handshake's 312" after none 300
show "  the same with the handshake" nothing nothing -
show "  round trips, with the connection's own" trips trips -
