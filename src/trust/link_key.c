/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/link_key.h"

#include "base/file.h"
#include "base/limits.h"

#include <sodium.h>

int link_key_load(uint8_t secret[static LINK_KEY_BYTES], const char *dir, struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	buf_printf(&path, "%s/keys/link", dir);
	int bad = file_read(&text, path.ptr, KEY_FILE_BYTES_MAX, err);
	if (!bad && !str_unhex(secret, LINK_KEY_BYTES, str_trim(buf_str(&text))))
		bad = err_set(err, ERR_SYNTAX, "%s: a link key is %d hex digits on one line",
		    path.ptr, 2 * LINK_KEY_BYTES);
	if (text.ptr)
		explicit_bzero(text.ptr, text.len); /* a compiler may leave memset out */
	buf_release(&text);
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
