#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Goal: laptops in one room, without any internet and told of no address, come to hold the same. One
# holds the network's records, the others only know its name. Edges do it by themselves, a hub when
# it is asked to; what was heard is in no setting, and is forgotten when it is silent.
# shellcheck source=tests/net/net.lib
. "$(dirname "$0")/net.lib"

# Host 0 is the central hub, in the room but not in this game until the end. 1 has everything; 2 and
# 3 have nothing; 4 is of another network.
lab 4 0
mapfile -t files < <(some_records 6)
found "${files[@]}"
network=$(at 0 status --json | sed -n 's/.*"network": "\([0-9a-f]\{64\}\)".*/\1/p')
ok at 0 export "$work/stick"
edge() { # I: it knows the network, and nobody in it
	ok at "$1" join 127.0.0.1:1 --network "$network"
	ok at "$1" peer remove home
}
for i in 1 2 3; do edge $i; done
ok at 1 import "$work/stick"
ok at 4 init --name "Another" --hub other --region global
same 1 || fail "the stick did not bring all"

room() { # I [OPTION…]: its daemon, as people start it
	local i=$1
	shift
	ip netns exec "$lab-$i" "$bf" serve --store "$work/$(name "$i")" --no-build "$@" 2>"$work/$(name "$i").log" &
	pids[i]=$!
}

room 1
room 2
room 4 --lan
until_true 10 same 2
room 3
until_true 10 same 3
grep -q "in this room" "$work/h4.log" && fail "another network was heard"

# One link between each two: who dialled is settled by the smaller id.
sleep 2
links() { grep -c ': connected' "$work/h$1.log"; }
for i in 1 2 3; do
	[ "$(links $i)" -le 3 ] || fail "h$i made $(links $i) links: $(cat "$work/h$i.log")"
	at $i status --json >"$work/.out"
	json '[.peers[] | select(.state == "connected")] | length == 2'
	git config --file "$work/h$i/store.git/config" --get-regexp 'belfry-peer' && fail "what was heard became a setting"
	grep -q '"lan:\|10\.77' "$work/h$i/peers/counts.json" 2>/dev/null && fail "what was heard is remembered"
done

# --no-lan is not heard, and hears nobody.
stop 3
rm "$work/h3.log"
room 3 --no-lan
sleep 3
grep -q 'in this room\|listening' "$work/h3.log" && fail "--no-lan listens: $(cat "$work/h3.log")"
stop 3
ok git config --file "$work/h3/store.git/config" belfry.lan false
room 3
sleep 2
grep -q 'in this room\|listening' "$work/h3.log" && fail "belfry.lan=false listens: $(cat "$work/h3.log")"

# The hub comes into the room with something new; its key is the charter's, so it is known as itself.
# It listens as ever; edges that were heard are dialled, or dial it.
ok at 0 city add xx-newtown --name en=Newtown --region global
room 0 --lan --listen "$(address 0):4710"
until_true 15 same 1 2
at 1 status --json >"$work/.out"
json '[.peers[] | select(.name == "central" and .hub == "central" and .state == "connected")] | length == 1'

# A room may have no IPv4 either. What the link itself gives is enough.
stop 3
ok git config --file "$work/h3/store.git/config" --unset belfry.lan
ok at 0 city add xx-midtown --name en=Midtown --region global
if inside 3 ip -6 address show dev eth0 scope link | grep -q fe80; then
	ip -n "$lab-3" address flush dev eth0 scope global
	room 3
	until_true 15 same 1 2 3
	grep -q 'fe80::' "$work/h3.log" || fail "not by IPv6: $(cat "$work/h3.log")"
fi

# Rubbish from the room costs nothing.
# shellcheck disable=SC2016
inside 4 bash -c 'for i in $(seq 2000); do printf "BLF1%d\1\1\1\1\1\1\1\1" $i >/dev/udp/10.77.0.2/4710; done' 2>/dev/null
ok at 0 city add xx-oldtown --name en=Oldtown --region global
until_true 10 same 1 2
all_alive
echo "laptops in one room come to hold the same by themselves"
