/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile peer's handshake and frames. The first byte: bit 0 the side under test, bits 1 and 2
 * how many honest messages come before the hostile ones. Then chunks: one length byte, so many
 * bytes. A chunk of length 0 is the honest next message with the byte that follows changed into it.
 */
#include "base/hash.h"
#include "sync/noise.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct noise *side(bool initiator)
{
	uint8_t s[LINK_KEY_BYTES], e[LINK_KEY_BYTES];
	memset(s, initiator ? 10 : 11, sizeof s);
	memset(e, initiator ? 20 : 21, sizeof e);
	return noise_new(initiator, STR("network"), s, e);
}

static void must(bool good)
{
	if (!good)
		abort();
}

/* The next bytes that `from` would send, if it is its turn. */
static void say(struct noise *from, struct buf *out)
{
	struct err err = {0};
	buf_reset(out);
	if (noise_is_done(from))
		noise_encrypt(from, out, STR("text"));
	else if (noise_is_writing(from) && noise_write(from, out, STR("hello"), &err))
		must(err.code == ERR_PEER && !noise_is_writing(from));
}

static bool hear(struct noise *to, struct str message)
{
	struct err err = {0};
	struct buf text = BUF_INIT;
	int rc = noise_is_done(to) ? noise_decrypt(to, &text, message, &err)
				   : noise_read(to, &text, message, &err);
	must(rc == 0 || (rc == ERR_PEER && text.len == 0 && err.msg[0]));
	must(rc == 0 || (!noise_is_done(to) && !noise_is_writing(to) && !noise_remote_key(to)));
	buf_release(&text);
	return rc == 0;
}

/* Hear what the input says next. Is the link still alive? */
static bool hear_next(struct noise *target, struct noise *honest, struct str *input)
{
	uint8_t len, change;
	struct str chunk;
	struct buf message = BUF_INIT;
	if (!str_take_u8(input, &len))
		return false;
	bool was_done = noise_is_done(target), is_same = false;
	if (len == 0 && str_take_u8(input, &change)) {
		say(honest, &message);
		is_same = change == 0 && message.len;
		if (message.len)
			message.ptr[change % message.len] ^= (char)change;
	} else if (str_take(input, len, &chunk)) {
		buf_add(&message, chunk);
	}
	bool good = hear(target, buf_str(&message));
	/* Nobody without the keys gets a frame through. */
	must(!was_done || good == is_same || !noise_is_done(honest));
	buf_release(&message);
	return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	hash_init();
	if (!size)
		return 0;
	struct str input = str_of(data + 1, size - 1);
	bool initiator = data[0] & 1;
	struct noise *target = side(initiator), *honest = side(!initiator);
	struct buf out = BUF_INIT;
	for (unsigned i = 0; i < (data[0] >> 1 & 3u); i++) {
		struct noise *from = noise_is_writing(target) ? target : honest;
		say(from, &out);
		must(hear(from == target ? honest : target, buf_str(&out)));
	}
	bool is_alive = true;
	while (is_alive && input.len) {
		if (noise_is_writing(target)) {
			say(target, &out);
			if (noise_is_writing(honest) || noise_is_done(honest) || !out.len)
				break;
			hear(honest, buf_str(&out));
		} else {
			is_alive = hear_next(target, honest, &input);
		}
	}
	buf_release(&out);
	noise_free(target);
	noise_free(honest);
	return 0;
}
