/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/session_impl.h"

#include "record/attachment.h"

#include <assert.h>

/* --- bytes --- */

void get_write(struct buf *out, const struct get *g)
{
	static const uint8_t what[] = {[GET_FILE] = 1, [GET_LIST] = 0, [GET_MAP] = 2};
	buf_u8(out, what[g->what]);
	buf_add(out, str_of(g->chunks.bytes, SHA256_BYTES));
	buf_varint(out, g->size);
	buf_varint(out, g->offset);
	buf_varint(out, g->length);
}

static bool is_stretch(const struct get *g, uint64_t length)
{
	uint64_t n = attachment_chunks(g->size);
	uint64_t all = g->what == GET_LIST ? n * SHA256_BYTES : g->size;
	uint64_t from = g->offset % ATTACHMENT_CHUNK_BYTES;
	if (g->what == GET_MAP)
		return !g->offset && length == MAP_BYTES(n);
	return length && g->offset < all && length <= all - g->offset &&
	       length <= ATTACHMENT_CHUNK_BYTES - from;
}

int get_read(struct get *g, struct str body, struct err *err)
{
	static const enum get_what meant[] = {GET_LIST, GET_FILE, GET_MAP};
	uint8_t what;
	struct str hash;
	uint64_t length;
	*g = (struct get){.size = 0};
	if (!str_take_u8(&body, &what) || what > 2 || !str_take(&body, SHA256_BYTES, &hash) ||
	    !str_take_varint(&body, &g->size) || !str_take_varint(&body, &g->offset) ||
	    !str_take_varint(&body, &length) || body.len)
		return err_set(err, ERR_PEER, "it is not u8 0 to 2, 32 bytes and three numbers");
	if (!g->size || g->size > ATTACHMENT_BYTES_MAX)
		return err_set(
		    err, ERR_PEER, "a file that has not 1 to %d bytes", ATTACHMENT_BYTES_MAX);
	g->what = meant[what];
	if (!is_stretch(g, length))
		return err_set(err, ERR_PEER,
		    "a stretch that is empty, or ends past its piece of %d bytes or the whole, "
		    "or not all of a map",
		    ATTACHMENT_CHUNK_BYTES);
	g->length = (size_t)length;
	memcpy(g->chunks.bytes, hash.ptr, SHA256_BYTES);
	return 0;
}

/* --- queues --- */

static void drop_first(struct get_queue *q)
{
	q->n--;
	memmove(&q->items[0], &q->items[1], q->n * sizeof q->items[0]);
}

/* So much of the first has been put, or come. */
static void advance(struct get_queue *q, size_t bytes)
{
	q->items[0].offset += bytes;
	q->items[0].length -= bytes;
	if (!q->items[0].length)
		drop_first(q);
}

/* --- what the driver does --- */

bool session_can_get(const struct session *s)
{
	return s->state == STATE_OPEN && s->gets.n < GETS_MAX;
}

void session_get(struct session *s, const struct get *g)
{
	struct buf body = BUF_INIT;
	if (!session_can_get(s))
		return;
	assert(is_stretch(g, g->length));
	s->gets.items[s->gets.n++] = *g;
	get_write(&body, g);
	session_say(s, MESSAGE_GET, &body);
	buf_release(&body);
}

bool session_asked(const struct session *s, struct get *out)
{
	if (s->state != STATE_OPEN || !s->asked.n || outbox_size(&s->out) >= PIECE_QUEUE_BYTES)
		return false;
	*out = s->asked.items[0];
	return true;
}

void session_put_piece(struct session *s, struct str bytes)
{
	if (s->state != STATE_OPEN || !s->asked.n)
		return;
	assert(bytes.len && bytes.len <= PIECE_BYTES && bytes.len <= s->asked.items[0].length);
	outbox_message(&s->out, MESSAGE_PIECE, bytes);
	advance(&s->asked, bytes.len);
}

void session_put_lack(struct session *s)
{
	if (s->state != STATE_OPEN || !s->asked.n)
		return;
	outbox_message(&s->out, MESSAGE_PIECE, STR_EMPTY);
	drop_first(&s->asked);
}

void session_put_have(struct session *s, const struct sha256 *chunks)
{
	if (s->state == STATE_OPEN)
		outbox_message(&s->out, MESSAGE_HAVE, str_of(chunks->bytes, SHA256_BYTES));
}

/* --- what the peer says --- */

int attach_on_get(struct session *s, struct str body, struct err *err)
{
	if (s->asked.n == GETS_MAX) {
		s->refused = REFUSED_LIMIT;
		return err_set(err, ERR_PEER, "%d are open already", GETS_MAX);
	}
	int rc = get_read(&s->asked.items[s->asked.n], body, err);
	s->asked.n += !rc;
	return rc;
}

int attach_on_piece(struct session *s, struct str body, struct err *err)
{
	if (!s->gets.n) {
		s->refused = REFUSED_UNEXPECTED;
		return err_set(err, ERR_PEER, "none was asked for");
	}
	if (body.len > PIECE_BYTES || body.len > s->gets.items[0].length) {
		s->refused = REFUSED_LIMIT;
		return err_set(err, ERR_PEER, "%zu bytes, where %zu were asked for and %d are most",
		    body.len, s->gets.items[0].length, PIECE_BYTES);
	}
	if (body.len)
		advance(&s->gets, body.len);
	else
		drop_first(&s->gets);
	session_emit(s, SESSION_PIECE, "", 0, body);
	return 0;
}

int attach_on_have(struct session *s, struct str body, struct err *err)
{
	if (body.len != SHA256_BYTES)
		return err_set(err, ERR_PEER, "it must be %d bytes", SHA256_BYTES);
	session_emit(s, SESSION_HAVE, "", 0, body);
	return 0;
}
