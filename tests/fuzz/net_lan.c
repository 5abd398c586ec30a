/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams of a room. Chunks: one byte that picks the host and how long it takes, one length byte,
 * so many bytes. Besides not falling over: what is read is written again as it was, and the table
 * keeps its bounds and its promises whatever is said.
 */
#include "net/lan_word.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void check(const struct lan_peers *p)
{
	must(p->n <= LAN_PEERS_MAX);
	for (size_t i = 0; i < p->n; i++) {
		size_t there = 0;
		must(p->peers[i].address.port != 0);
		must(memcmp(p->peers[i].id, p->id, LAN_ID_BYTES) != 0);
		for (size_t k = 0; k < p->n; k++) {
			must(k == i || memcmp(p->peers[i].id, p->peers[k].id, LAN_ID_BYTES) != 0);
			there += strcmp(p->peers[i].address.host, p->peers[k].address.host) == 0;
		}
		must(there <= LAN_PEERS_A_HOST + 1); /* one more that has moved there */
	}
}

static void hear(struct lan_peers *p, struct str bytes, uint8_t how, int64_t now)
{
	struct lan_word w;
	struct lan_peer *peer;
	struct err err;
	struct buf again = BUF_INIT;
	uint8_t gone[LAN_ID_BYTES];
	char host[32];
	if (lan_read(&w, bytes, &err))
		return;
	lan_write(&again, &w);
	must(str_eq(buf_str(&again), bytes));
	buf_release(&again);
	snprintf(host, sizeof host, "10.0.0.%d", how & 15);
	enum lan_verdict v = lan_hear(p, &w, host, now, &peer, gone);
	must((peer != NULL) == (v != LAN_IGNORED));
	if (peer) {
		must(lan_find(p, w.id) == peer && strcmp(peer->address.host, host) == 0);
		lan_is_our_turn(p, peer, how & 16, now);
		peer->failures += how >> 7;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lan_peers p = {.id = {0x80}, .port = 4710};
	struct lan_peer gone;
	struct str rest = str_of(data, size), bytes;
	uint8_t how, length;
	int64_t now = 0;
	while (str_take_u8(&rest, &how) && str_take_u8(&rest, &length) &&
	       str_take(&rest, length, &bytes)) {
		now += (how >> 5 & 3) * 20000;
		hear(&p, bytes, how, now);
		check(&p);
		while (lan_forget(&p, now, &gone))
			must(now - gone.heard_ms >= LAN_FORGET_MS);
	}
	return 0;
}
