/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sealed copy of a store's keys, for the day its machine is gone: one file that only the
 * passphrase opens. docs/format.md, "Backup of keys". Argon2id makes the key; how much work it is
 * stands in the file and is bounded, since whoever gives us a file could otherwise take all memory
 * there is.
 */
#ifndef BELFRY_TRUST_BACKUP_H
#define BELFRY_TRUST_BACKUP_H

#include "base/buf.h"
#include "base/err.h"

enum {
	BACKUP_KEYS_MAX = 32,
	BACKUP_NAME_BYTES = 69, /* a slug, ".pub" and a NUL */
	BACKUP_SALT_BYTES = 16,
	BACKUP_NONCE_BYTES = 24,
	PASSPHRASE_BYTES_MIN = 12, /* it may be tried in peace, by whoever has the file */
	PASSPHRASE_BYTES_MAX = 1024,
};

/* One file of <store>/keys, whole. Its name is a slug, with or without ".pub" behind it. */
struct backup_key {
	char name[BACKUP_NAME_BYTES];
	struct str text; /* in `secret` of the backup, or the caller's */
};

struct backup {
	char network[65]; /* N in hex; "" where the store belonged to none */
	char hub[65]; /* "" of an edge */
	struct backup_key keys[BACKUP_KEYS_MAX]; /* by name */
	size_t nkeys;
	struct buf secret; /* secret memory; what was opened */
};

/* How hard it is to try a passphrase: libsodium's limits. */
struct backup_work {
	uint32_t passes;
	uint64_t memory_bytes;
};
extern const struct backup_work backup_work_usual, backup_work_least;

/* Append the file. The keys must be in order. Errors: ERR_LIMIT (passphrase; too much in it),
 * ERR_IO (no memory for the work). */
int backup_seal(struct buf *out, const struct backup *b, const struct backup_work *work,
    struct str passphrase, struct err *err);
/* Owns: the caller, backup_release(), also after a failure. `name` begins the sentence. Errors:
 * ERR_SYNTAX (no such file, or damaged on its way), ERR_UNSUPPORTED (of another version), ERR_LIMIT
 * (asks for more or less work than is bearable), ERR_IO (no memory for it), ERR_SIGNATURE (another
 * passphrase). */
int backup_open(
    struct backup *b, struct str file, const char *name, struct str passphrase, struct err *err);
void backup_release(struct backup *b);

/* The two parsers behind it, for tests and fuzzers: of the file, which takes no memory and does no
 * work, and of the text inside, which is borrowed from `b->secret`. */
struct backup_file {
	struct backup_work work;
	struct str salt, nonce, box;
};
int backup_file_parse(struct backup_file *f, struct str file, const char *name, struct err *err);
bool backup_text_parse(struct backup *b, struct str text);

#endif
