/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/frame.h"

#include <assert.h>

int frame_take(struct str *box, struct str *from, size_t least, size_t most, struct err *err)
{
	struct str rest = *from;
	uint16_t length;
	if (!str_take_u16(&rest, &length))
		return TAKE_WAIT;
	if (length < least || length > most)
		return err_set(err, ERR_PEER, "a frame of %u bytes, where %zu to %zu are possible",
		    length, least, most);
	if (!str_take(&rest, length, box))
		return TAKE_WAIT;
	*from = rest;
	return TAKE_DONE;
}

/* A varint that may not have arrived whole yet: the bytes of MESSAGE_BYTES_MAX are three. */
static int take_length(uint64_t *length, struct str *from, struct err *err)
{
	enum { LENGTH_BYTES = 3 };
	_Static_assert(MESSAGE_BYTES_MAX < 1 << 7 * LENGTH_BYTES, "a length is three bytes");
	size_t n = 0;
	while (n < from->len && n < LENGTH_BYTES && from->ptr[n] & 0x80)
		n++;
	if (n == from->len && n < LENGTH_BYTES)
		return TAKE_WAIT;
	if (!str_take_varint(from, length) || *length > MESSAGE_BYTES_MAX)
		return err_set(err, ERR_PEER,
		    "a message longer than %d bytes, or a length not in "
		    "its shortest form",
		    MESSAGE_BYTES_MAX);
	if (*length == 0)
		return err_set(err, ERR_PEER, "a message of no bytes, where its type must stand");
	return TAKE_DONE;
}

int message_take(uint8_t *type, struct str *body, struct str *from, struct err *err)
{
	struct str rest = *from, message;
	uint64_t length;
	int rc = take_length(&length, &rest, err);
	if (rc != TAKE_DONE)
		return rc;
	if (!str_take(&rest, (size_t)length, &message))
		return TAKE_WAIT;
	str_take_u8(&message, type);
	*body = message;
	*from = rest;
	return TAKE_DONE;
}

void outbox_release(struct outbox *o)
{
	buf_release(&o->text);
	buf_release(&o->wire);
	o->taken = 0;
}

void outbox_frame(struct outbox *o, struct str box)
{
	assert(box.len <= FRAME_BYTES_MAX);
	buf_u16(&o->wire, (uint16_t)box.len);
	buf_add(&o->wire, box);
}

void outbox_message(struct outbox *o, uint8_t type, struct str body)
{
	assert(body.len < MESSAGE_BYTES_MAX);
	buf_varint(&o->text, body.len + 1);
	buf_u8(&o->text, type);
	buf_add(&o->text, body);
}

/* How much of `text`, which begins with a message or inside a long one (`inside` bytes of it are
 * left), goes into the next frame. */
static size_t next_frame(struct str text, size_t *inside)
{
	size_t n = 0;
	while (!*inside && n < text.len && n < FRAME_FULL_BYTES) {
		struct str rest = str_sub(text, n, text.len);
		uint64_t length = 0;
		str_take_varint(&rest, &length);
		size_t whole = text.len - n - rest.len + (size_t)length;
		if (whole > FRAME_TEXT_BYTES && !n)
			*inside = whole;
		else if (n + whole > FRAME_TEXT_BYTES)
			break;
		else
			n += whole;
	}
	if (!*inside)
		return n;
	n = *inside < FRAME_PIECE_BYTES ? *inside : FRAME_PIECE_BYTES;
	*inside -= n;
	return n;
}

void outbox_seal(struct outbox *o, struct noise *noise)
{
	size_t waiting = o->wire.len - o->taken;
	if (waiting >= FRAME_TEXT_BYTES)
		return;
	if (!waiting) {
		buf_reset(&o->wire);
		o->taken = 0;
	}
	struct str rest = buf_str(&o->text);
	for (size_t inside = 0; rest.len;) {
		struct str part = str_sub(rest, 0, next_frame(rest, &inside));
		rest = str_sub(rest, part.len, rest.len);
		buf_u16(&o->wire, (uint16_t)(part.len + NOISE_TAG_BYTES));
		noise_encrypt(noise, &o->wire, part);
	}
	buf_reset(&o->text);
}

struct str outbox_wire(const struct outbox *o)
{
	return str_sub(buf_str(&o->wire), o->taken, o->wire.len);
}

void outbox_taken(struct outbox *o, size_t n)
{
	assert(n <= o->wire.len - o->taken);
	o->taken += n;
}

size_t outbox_size(const struct outbox *o)
{
	return o->text.len + o->wire.len - o->taken;
}
