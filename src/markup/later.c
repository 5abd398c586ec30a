/* SPDX-License-Identifier: Apache-2.0 */
#include "markup/later.h"

#include "base/asset.h"
#include "base/buf.h"
#include "base/hash.h"
#include "markup/sheet.h"

#include <pthread.h>

static struct buf script, hash;

static void make(void)
{
	struct buf b = BUF_INIT;
	script_squeeze(&b, asset_get("content/theme/later.js"));
	script = hash = BUF_INIT;
	buf_add(&script, str_trim(buf_str(&b)));
	struct sha256 h = sha256(buf_str(&script));
	buf_base64(&hash, str_of(h.bytes, sizeof h.bytes));
	buf_release(&b);
}

static struct str made(const struct buf *b)
{
	static pthread_once_t is_made = PTHREAD_ONCE_INIT;
	pthread_once(&is_made, make);
	return buf_str(b);
}

struct str later_script(void)
{
	return made(&script);
}

struct str later_hash(void)
{
	return made(&hash);
}
