/* SPDX-License-Identifier: Apache-2.0 */
#include "net/link_key.h"

#include "base/file.h"
#include "base/limits.h"

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
