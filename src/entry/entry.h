/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An entry: one commit of a journal, and its compact form on the wire. Both are made from the same
 * values, so a receiver rebuilds tree and commit from the wire form and checks the journal's
 * signature over exactly those bytes (docs/format.md "Journal", docs/protocol.md "An entry").
 */
#ifndef BELFRY_ENTRY_ENTRY_H
#define BELFRY_ENTRY_ENTRY_H

#include "base/arena.h"
#include "base/limits.h"
#include "entry/scope.h"
#include "git/tree.h"
#include "trust/charter.h"

struct entry {
	char hub[HUB_NAME_BYTES];
	uint64_t seq; /* from 1 */
	int64_t time; /* seconds UTC; never before the parent's */
	uint32_t charter; /* version in force */
	struct sha256 content; /* chain: SHA-256 over the parent's and this entry's changes */
	struct head *heads; /* other hubs' heads that moved since our last entry, sorted */
	size_t nheads;
	struct change *changes; /* sorted by path */
	size_t nchanges;
	uint8_t
	    signature[SIGNATURE_BYTES]; /* by the journal key, over the commit, namespace "git" */
	struct oid parent, tree; /* parent is zero for seq 1 */
	struct arena
	    arena; /* owns what the pointers above reach, where entry_decode or _read made them */
};
void entry_release(struct entry *e);

/* Numbers that every reader takes, in a commit or on the wire. The last time is in the year 4147:
 * git and its tools read it. */
#define ENTRY_SEQ_MAX INT64_MAX
#define ENTRY_TIME_MAX (UINT32_MAX * INT64_C(16))
/* Are seq, time and charter in these bounds, and the heads sorted, none twice, each with a seq? */
bool entry_is_in_bounds(const struct entry *e);

/* "belfry-content 1\n<parent's, hex, or 64 zeros>\n", then per change "+ <sha256> <path>\n" or "-
 * <path>\n". */
struct sha256 entry_content(const struct sha256 *parent, const struct change *changes, size_t n);
/* Are all files of this entry here, or the hashes of those that are not? Else its Content cannot be
 * told. */
bool entry_has_hashes(const struct entry *e);
/* The same of a whole entry, keeping each file's hash for who reads on. */
struct sha256 entry_content_keep(const struct sha256 *parent, struct entry *e);

/* Append the commit's bytes without its signature: what the journal key signs. */
void entry_payload(struct buf *out, const struct entry *e, const char *network);
/* Append the commit's bytes with `e->signature` as its gpgsig header. */
void entry_commit(
    struct buf *out, const struct entry *e, const char *network, const struct public_key *journal);

/* Sign: fills e->signature. */
int entry_sign(struct entry *e, const char *network, struct signer *journal, struct err *err);
/* Errors: ERR_SIGNATURE. */
int entry_verify(
    const struct entry *e, const char *network, const struct public_key *journal, struct err *err);

/* Read a stored commit's values (all but changes): parsed, written again, compared. `*key` is its
 * signer. Errors: ERR_SYNTAX. */
int entry_parse(struct entry *e, struct public_key *key, struct str commit, const char *network,
    struct err *err);

/* What shortens an entry on the wire: N, the parent entry's roster keys in roster order, and, for
 * decoding, the files of the parent's tree. */
struct entry_context {
	const char *network;
	const struct public_key *keys;
	size_t nkeys;
	/* Append the file at `path`. Errors: ERR_MISSING (the entry is at fault); others are passed
	 * on. NULL: there is no file. */
	int (*old)(void *of, struct str path, struct buf *out, struct err *err);
	void *of;
	/* What the receiver wants the content of: records outside of it stand there bare. NULL:
	 * everything, and nothing may be bare. */
	const struct scope *scope;
};
/* Append the wire form; changes with an `old` may become deltas. */
void entry_encode(struct buf *out, const struct entry *e, const struct entry_context *c);
/* Values of an entry of `hub`; parent, tree and content are left zero: the journal fills them.
 * Owns: e->arena; entry_release(). Errors: ERR_SYNTAX, ERR_LIMIT,
 * ERR_UNSUPPORTED, ERR_CHAIN (made for another roster or other files: another branch?), those of
 * c->old. */
int entry_decode(struct entry *e, const char *hub, struct str bytes, const struct entry_context *c,
    struct err *err);
/* What an entry of this size has on the wire at most, signatures and deltas written as whole files.
 * That too must fit into ENTRY_BYTES_MAX, so that whoever reads an entry can pass it on. */
enum { ENTRY_PLAIN_BYTES = 128, ENTRY_HEAD_BYTES = 65 + 32, ENTRY_CHANGE_BYTES = 16 };
size_t entry_bytes_max(const struct change *changes, size_t n, size_t nheads);
/* How large the file at a journal path may be. */
size_t entry_file_bytes_max(struct str path);
/* The seq at the front of the wire form, 0 if there is none. */
uint64_t entry_peek_seq(struct str bytes);
/* How many bytes at its end are ids, keys and signatures, which no compression makes smaller; 0
 * where it is no wire form. */
size_t entry_peek_raw(struct str bytes);

#endif
