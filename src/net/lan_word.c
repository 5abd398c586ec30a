/* SPDX-License-Identifier: Apache-2.0 */
#include "net/lan_word.h"

#include <stdio.h>

#define MAGIC "BLF1"

void lan_tag(uint8_t out[static LAN_TAG_BYTES], const struct sha256 *network)
{
	struct buf text = BUF_INIT;
	buf_puts(&text, "belfry-lan");
	buf_add(&text, str_of(network->bytes, SHA256_BYTES));
	struct sha256 hash = sha256(buf_str(&text));
	memcpy(out, hash.bytes, LAN_TAG_BYTES);
	buf_release(&text);
}

void lan_write(struct buf *out, const struct lan_word *w)
{
	buf_puts(out, MAGIC);
	buf_u8(out, (uint8_t)w->kind);
	buf_add(out, str_of(w->tag, LAN_TAG_BYTES));
	buf_add(out, str_of(w->id, LAN_ID_BYTES));
	buf_u16(out, w->port);
}

int lan_read(struct lan_word *out, struct str bytes, struct err *err)
{
	struct str tag, id;
	uint8_t kind, high, low;
	*out = (struct lan_word){.port = 0};
	if (bytes.len != LAN_WORD_BYTES || !str_starts(bytes, STR(MAGIC)))
		return err_set(err, ERR_SYNTAX, "%zu bytes that are no announcement", bytes.len);
	bytes = str_sub(bytes, 4, bytes.len);
	str_take_u8(&bytes, &kind);
	str_take(&bytes, LAN_TAG_BYTES, &tag);
	str_take(&bytes, LAN_ID_BYTES, &id);
	str_take_u8(&bytes, &high);
	str_take_u8(&bytes, &low);
	if (kind != LAN_HERE && kind != LAN_ASK)
		return err_set(err, ERR_SYNTAX, "an announcement of the unknown kind %u", kind);
	out->kind = (enum lan_kind)kind;
	memcpy(out->tag, tag.ptr, LAN_TAG_BYTES);
	memcpy(out->id, id.ptr, LAN_ID_BYTES);
	out->port = (uint16_t)(high << 8 | low);
	return 0;
}

/* --- who is there --- */

struct lan_peer *lan_find(struct lan_peers *p, const uint8_t id[static LAN_ID_BYTES])
{
	for (size_t i = 0; i < p->n; i++)
		if (memcmp(p->peers[i].id, id, LAN_ID_BYTES) == 0)
			return &p->peers[i];
	return NULL;
}

static bool is_at(const struct lan_peer *peer, const char *host, uint16_t port)
{
	return strcmp(peer->address.host, host) == 0 && peer->address.port == port;
}

/* A place for one at `host`, empty; NULL when there is none. */
static struct lan_peer *make_place(
    struct lan_peers *p, const char *host, uint8_t gone[static LAN_ID_BYTES])
{
	size_t there = 0;
	struct lan_peer *hopeless = NULL;
	for (size_t i = 0; i < p->n; i++) {
		there += strcmp(p->peers[i].address.host, host) == 0;
		if (p->peers[i].failures >= LAN_HOPELESS)
			hopeless = &p->peers[i];
	}
	if (there >= LAN_PEERS_A_HOST)
		return NULL;
	if (p->n < LAN_PEERS_MAX)
		return &p->peers[p->n++];
	if (hopeless)
		memcpy(gone, hopeless->id, LAN_ID_BYTES);
	return hopeless;
}

enum lan_verdict lan_hear(struct lan_peers *p, const struct lan_word *w, const char *host,
    int64_t now_ms, struct lan_peer **peer, uint8_t gone[static LAN_ID_BYTES])
{
	memset(gone, 0, LAN_ID_BYTES);
	*peer = NULL;
	if (memcmp(w->id, p->id, LAN_ID_BYTES) == 0 || !w->port)
		return LAN_IGNORED;
	struct lan_peer *x = lan_find(p, w->id);
	if (x && is_at(x, host, w->port)) {
		x->heard_ms = now_ms;
		*peer = x;
		return LAN_KNOWN;
	}
	if (strlen(host) >= sizeof x->address.host || (x && x->failures < LAN_HOPELESS))
		return LAN_IGNORED;
	if (x)
		memcpy(gone, x->id, LAN_ID_BYTES);
	else
		x = make_place(p, host, gone);
	if (!x)
		return LAN_IGNORED;
	*x = (struct lan_peer){.address.port = w->port, .first_ms = now_ms, .heard_ms = now_ms};
	memcpy(x->id, w->id, LAN_ID_BYTES);
	snprintf(x->address.host, sizeof x->address.host, "%s", host);
	*peer = x;
	return LAN_NEW;
}

bool lan_forget(struct lan_peers *p, int64_t now_ms, struct lan_peer *out)
{
	for (size_t i = 0; i < p->n; i++)
		if (now_ms - p->peers[i].heard_ms >= LAN_FORGET_MS) {
			*out = p->peers[i];
			p->peers[i] = p->peers[--p->n];
			return true;
		}
	return false;
}

bool lan_is_our_turn(
    const struct lan_peers *p, const struct lan_peer *peer, bool is_linked, int64_t now_ms)
{
	if (!peer->address.port)
		return false;
	return !p->port || memcmp(p->id, peer->id, LAN_ID_BYTES) < 0 ||
	       (!is_linked && now_ms - peer->first_ms >= LAN_PATIENCE_MS);
}
