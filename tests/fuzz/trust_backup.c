/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Backups of keys from strangers. The first byte says what the rest is: a file, a file whose sum is
 * made to fit so that mutations reach the fields, or the text that was sealed. Argon2id is left
 * out: what it is asked for must be bearable.
 */
#include "base/hash.h"
#include "trust/backup.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void file(struct str bytes)
{
	struct backup_file f;
	struct err err = {0};
	if (backup_file_parse(&f, bytes, "copy", &err)) {
		must(err.code && err.msg[0]);
		return;
	}
	must(f.work.passes >= 2 && f.work.passes <= 10);
	must(f.work.memory_bytes >= 64 << 20 && f.work.memory_bytes <= 1 << 30);
	must(
	    f.salt.len == BACKUP_SALT_BYTES && f.nonce.len == BACKUP_NONCE_BYTES && f.box.len > 16);
	must(f.box.ptr + f.box.len + SHA256_BYTES == bytes.ptr + bytes.len);
}

static void text(struct str bytes)
{
	struct backup b = {.secret = BUF_INIT};
	if (!backup_text_parse(&b, bytes))
		return;
	must(b.nkeys && b.nkeys <= BACKUP_KEYS_MAX);
	for (size_t i = 0; i < b.nkeys; i++) {
		const struct backup_key *k = &b.keys[i];
		must(k->name[0] && k->name[0] != '.' && !strchr(k->name, '/'));
		must(!k->text.len || (k->text.ptr >= bytes.ptr &&
					 k->text.ptr + k->text.len <= bytes.ptr + bytes.len));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	hash_init();
	if (!size)
		return 0;
	struct str rest = str_of(data + 1, size - 1);
	if (data[0] == 't') {
		text(rest);
	} else if (data[0] == 's') {
		struct buf whole = BUF_INIT;
		struct sha256 sum = sha256(rest);
		buf_add(&whole, rest);
		buf_add(&whole, str_of(sum.bytes, SHA256_BYTES));
		file(buf_str(&whole));
		buf_release(&whole);
	} else {
		file(rest);
	}
	return 0;
}
