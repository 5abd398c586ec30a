/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/backup.h"

#include "base/hash.h"
#include "base/limits.h"
#include "trust/secret.h"

#include <inttypes.h>
#include <sodium.h>

static const char magic[] = "belfry-keys 1\n", any_magic[] = "belfry-keys ";

enum {
	FILE_BYTES_MAX = BACKUP_BYTES_MAX,
	TEXT_BYTES_MAX = FILE_BYTES_MAX - 256,
	PASSES_MAX = 10,
};
static const uint64_t memory_max = 1024 * 1024 * 1024;

const struct backup_work backup_work_usual = {
    .passes = crypto_pwhash_OPSLIMIT_MODERATE, .memory_bytes = crypto_pwhash_MEMLIMIT_MODERATE};
const struct backup_work backup_work_least = {.passes = crypto_pwhash_OPSLIMIT_INTERACTIVE,
    .memory_bytes = crypto_pwhash_MEMLIMIT_INTERACTIVE};

/* --- the text inside --- */

static bool is_key_name(struct str name)
{
	if (str_ends(name, STR(".pub")))
		name = str_sub(name, 0, name.len - 4);
	return str_is_slug(name);
}

static bool take_name(char *out, size_t room, struct str *s)
{
	struct str text;
	if (!str_take_ssh_string(s, &text) || text.len >= room || memchr(text.ptr, 0, text.len))
		return false;
	memset(out, 0, room);
	memcpy(out, text.ptr, text.len);
	return true;
}

static bool is_network(struct str s)
{
	struct sha256 ignored;
	return !s.len || sha256_from_hex(&ignored, s);
}

bool backup_text_parse(struct backup *b, struct str text)
{
	uint32_t n;
	if (!take_name(b->network, sizeof b->network, &text) || !is_network(str_from(b->network)) ||
	    !take_name(b->hub, sizeof b->hub, &text) ||
	    (b->hub[0] && !str_is_slug(str_from(b->hub))) || !str_take_u32(&text, &n) || !n ||
	    n > BACKUP_KEYS_MAX)
		return false;
	for (b->nkeys = 0; b->nkeys < n; b->nkeys++) {
		struct backup_key *k = &b->keys[b->nkeys];
		if (!take_name(k->name, sizeof k->name, &text) || !is_key_name(str_from(k->name)) ||
		    (b->nkeys && strcmp(k[-1].name, k->name) >= 0) ||
		    !str_take_ssh_string(&text, &k->text) || k->text.len > KEY_FILE_BYTES_MAX)
			return false;
	}
	return text.len == 0;
}

static size_t text_bytes(const struct backup *b)
{
	size_t bytes = 3 * 4 + strlen(b->network) + strlen(b->hub);
	for (size_t i = 0; i < b->nkeys; i++)
		bytes += 2 * 4 + strlen(b->keys[i].name) + b->keys[i].text.len;
	return bytes;
}

static void text_write(struct buf *out, const struct backup *b)
{
	buf_ssh_string(out, str_from(b->network));
	buf_ssh_string(out, str_from(b->hub));
	buf_u32(out, (uint32_t)b->nkeys);
	for (size_t i = 0; i < b->nkeys; i++) {
		buf_ssh_string(out, str_from(b->keys[i].name));
		buf_ssh_string(out, b->keys[i].text);
	}
}

/* --- the file --- */

static bool is_bearable(const struct backup_work *w)
{
	return w->passes >= backup_work_least.passes && w->passes <= PASSES_MAX &&
	       w->memory_bytes >= backup_work_least.memory_bytes && w->memory_bytes <= memory_max;
}

static int refuse_begin(struct str file, const char *name, struct err *err)
{
	if (file.len >= sizeof magic - 1 && str_starts(file, str_from(any_magic)))
		return err_set(err, ERR_UNSUPPORTED,
		    "%s is a backup of keys of another version than 1: a newer belfry made it",
		    name);
	return err_set(err, ERR_SYNTAX,
	    "%s is no backup of keys: it should begin with the line %.13s", name, magic);
}

int backup_file_parse(struct backup_file *f, struct str file, const char *name, struct err *err)
{
	struct str rest = file, begin, body;
	if (file.len > FILE_BYTES_MAX)
		return err_set(err, ERR_LIMIT,
		    "%s is larger than the %d bytes a backup has at most", name, FILE_BYTES_MAX);
	if (!str_take(&rest, sizeof magic - 1, &begin) || !str_is(begin, magic))
		return refuse_begin(file, name, err);
	/* Before the passphrase is asked for: a hash tells what was damaged on its way. */
	size_t sum_at = rest.len > SHA256_BYTES ? file.len - SHA256_BYTES : file.len;
	struct sha256 sum = sha256(str_sub(file, 0, sum_at));
	if (!str_eq(str_sub(file, sum_at, file.len), str_of(sum.bytes, SHA256_BYTES)) ||
	    !str_take(&rest, rest.len - SHA256_BYTES, &body) ||
	    !str_take_u32(&body, &f->work.passes) || !str_take_u64(&body, &f->work.memory_bytes) ||
	    !str_take(&body, BACKUP_SALT_BYTES, &f->salt) ||
	    !str_take(&body, BACKUP_NONCE_BYTES, &f->nonce) ||
	    body.len <= crypto_secretbox_MACBYTES)
		return err_set(err, ERR_SYNTAX,
		    "%s is damaged: bytes of it are changed or missing; use another copy", name);
	if (!is_bearable(&f->work))
		return err_set(err, ERR_LIMIT,
		    "%s asks for %u passes over %" PRIu64 " bytes of memory; %u to %d over %" PRIu64
		    " to %" PRIu64 " are done",
		    name, (unsigned)f->work.passes, f->work.memory_bytes,
		    (unsigned)backup_work_least.passes, PASSES_MAX, backup_work_least.memory_bytes,
		    memory_max);
	f->box = body;
	return 0;
}

/* The key that a passphrase makes; secret memory, NULL where there is not memory enough. */
static uint8_t *derive(const struct backup_work *work, struct str passphrase, struct str salt)
{
	uint8_t *key = secret_alloc(crypto_secretbox_KEYBYTES);
	if (crypto_pwhash(key, crypto_secretbox_KEYBYTES, passphrase.ptr, passphrase.len,
		(const uint8_t *)salt.ptr, work->passes, (size_t)work->memory_bytes,
		crypto_pwhash_ALG_ARGON2ID13) == 0)
		return key;
	secret_free(key);
	return NULL;
}

static int no_memory(const struct backup_work *work, struct err *err)
{
	return err_set(err, ERR_IO,
	    "there are not %" PRIu64 " MiB of memory free, which the passphrase of this backup "
	    "takes",
	    work->memory_bytes / (1024 * 1024));
}

static int check_passphrase(struct str p, struct err *err)
{
	if (p.len < PASSPHRASE_BYTES_MIN || p.len > PASSPHRASE_BYTES_MAX)
		return err_set(err, ERR_LIMIT,
		    "a passphrase has %d to %d bytes, this one has %zu; five or six words that "
		    "nobody would guess are good",
		    PASSPHRASE_BYTES_MIN, PASSPHRASE_BYTES_MAX, p.len);
	return 0;
}

int backup_seal(struct buf *out, const struct backup *b, const struct backup_work *work,
    struct str passphrase, struct err *err)
{
	uint8_t salt[BACKUP_SALT_BYTES], nonce[BACKUP_NONCE_BYTES];
	size_t n = text_bytes(b), start = out->len;
	if (check_passphrase(passphrase, err))
		return err->code;
	if (n > TEXT_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "the keys have %zu bytes; a backup holds %d", n,
		    TEXT_BYTES_MAX);
	random_bytes(salt, sizeof salt);
	random_bytes(nonce, sizeof nonce);
	uint8_t *key = derive(work, passphrase, str_of(salt, sizeof salt));
	if (!key)
		return no_memory(work, err);
	struct buf text = secret_buf(n + 1);
	text_write(&text, b);
	buf_puts(out, magic);
	buf_u32(out, work->passes);
	buf_u64(out, work->memory_bytes);
	buf_add(out, str_of(salt, sizeof salt));
	buf_add(out, str_of(nonce, sizeof nonce));
	buf_reserve(out, text.len + crypto_secretbox_MACBYTES + 1);
	crypto_secretbox_easy(
	    (uint8_t *)out->ptr + out->len, (const uint8_t *)text.ptr, text.len, nonce, key);
	out->len += text.len + crypto_secretbox_MACBYTES;
	struct sha256 sum = sha256(str_sub(buf_str(out), start, out->len));
	buf_add(out, str_of(sum.bytes, SHA256_BYTES));
	secret_buf_free(&text);
	secret_free(key);
	return 0;
}

int backup_open(
    struct backup *b, struct str file, const char *name, struct str passphrase, struct err *err)
{
	struct backup_file f;
	*b = (struct backup){.secret = BUF_INIT};
	if (backup_file_parse(&f, file, name, err))
		return err->code;
	uint8_t *key = derive(&f.work, passphrase, f.salt);
	if (!key)
		return no_memory(&f.work, err);
	b->secret = secret_buf(f.box.len);
	int bad = crypto_secretbox_open_easy((uint8_t *)b->secret.ptr, (const uint8_t *)f.box.ptr,
	    f.box.len, (const uint8_t *)f.nonce.ptr, key);
	secret_free(key);
	if (bad)
		return err_set(err, ERR_SIGNATURE,
		    "%s does not open: this is not its passphrase (the file is whole, unless "
		    "somebody changed it on purpose)",
		    name);
	b->secret.len = f.box.len - crypto_secretbox_MACBYTES;
	if (!backup_text_parse(b, buf_str(&b->secret)))
		return err_set(
		    err, ERR_SYNTAX, "%s opens, but holds no keys in the form of version 1", name);
	return 0;
}

void backup_release(struct backup *b)
{
	secret_buf_free(&b->secret);
	*b = (struct backup){.secret = BUF_INIT};
}
