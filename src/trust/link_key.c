/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/link_key.h"

#include "base/file.h"
#include "base/limits.h"

#include <sodium.h>

/* Not with memset, which a compiler may leave out. */
static void wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}

int link_key_load(uint8_t secret[static LINK_KEY_BYTES], const char *dir, struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_INIT, raw = BUF_INIT;
	buf_printf(&path, "%s/keys/link", dir);
	buf_reserve(&raw, LINK_KEY_BYTES + 1);
	int bad = file_read(&text, path.ptr, KEY_FILE_BYTES_MAX, err);
	if (!bad &&
	    (!buf_unhex(&raw, str_trim(buf_str(&text))) || raw.len != (size_t)LINK_KEY_BYTES))
		bad = err_set(err, ERR_SYNTAX, "%s: a link key is %d hex digits on one line",
		    path.ptr, 2 * LINK_KEY_BYTES);
	if (!bad)
		memcpy(secret, raw.ptr, LINK_KEY_BYTES);
	wipe(text.ptr, text.len);
	wipe(raw.ptr, raw.len);
	buf_release(&text);
	buf_release(&raw);
	buf_release(&path);
	return bad ? err->code : 0;
}

void link_key_public(
    uint8_t out[static LINK_KEY_BYTES], const uint8_t secret[static LINK_KEY_BYTES])
{
	crypto_scalarmult_curve25519_base(out, secret);
}

bool link_key_seal(struct buf *out, const uint8_t key[static LINK_KEY_BYTES], struct str text)
{
	buf_reserve(out, text.len + crypto_box_SEALBYTES);
	if (crypto_box_seal(
		(uint8_t *)out->ptr + out->len, (const uint8_t *)text.ptr, text.len, key))
		return false; /* of small order */
	out->len += text.len + crypto_box_SEALBYTES;
	out->ptr[out->len] = 0;
	return true;
}

bool link_key_unseal(
    struct buf *out, const uint8_t secret[static LINK_KEY_BYTES], struct str sealed)
{
	uint8_t public[LINK_KEY_BYTES];
	if (sealed.len < crypto_box_SEALBYTES)
		return false;
	link_key_public(public, secret);
	buf_reserve(out, sealed.len);
	if (crypto_box_seal_open((uint8_t *)out->ptr + out->len, (const uint8_t *)sealed.ptr,
		sealed.len, public, secret))
		return false;
	out->len += sealed.len - crypto_box_SEALBYTES;
	out->ptr[out->len] = 0;
	return true;
}
