/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The charter: which keys may do what in a network, version by version. A file with front matter
 * (schemas/charter.json) whose body is the guiding principles. Version V+1 counts when it names V's
 * hash and carries the threshold of V's central keys and of its own, each key once
 * (The Update Framework, root rotation). docs/format.md has the rules.
 */
#ifndef BELFRY_TRUST_CHARTER_H
#define BELFRY_TRUST_CHARTER_H

#include "base/hash.h"
#include "base/limits.h"
#include "record/canon.h"
#include "trust/sshsig.h"

/* A key and what it is called; ids are unique within their list, and so are keys. */
struct key_holder {
	const char *id;
	struct public_key key;
};

/* The last entry of a journal that stays whatever keys were stolen: entries after it count only
 * when the charter they name is `charter` or a later one. */
struct charter_base {
	uint32_t charter;
	uint64_t seq; /* 0: none stays */
	uint8_t commit[20];
	struct sha256 content;
};

struct charter_hub {
	const char *id, *region, *address; /* address "" where it has none */
	bool is_closed, has_base;
	struct charter_base base;
	struct public_key journal;
	uint8_t link[32]; /* X25519 */
	struct key_holder *stewards;
	size_t nstewards, steward_threshold;
	const json_t *countries; /* array of "ke", or NULL */
};

struct charter {
	struct buf source; /* canonical bytes */
	struct str body; /* the guiding principles, into source */
	json_t *head; /* typed */
	struct sha256 hash, previous; /* previous is zero in version 1 */
	uint32_t version;
	int64_t time; /* seconds UTC; a claim, no rule depends on it */
	int64_t expires; /* the same; 0: never. Nothing that is signed depends on it */
	bool review_optional;
	size_t threshold;
	struct key_holder *central;
	size_t ncentral;
	struct charter_hub *hubs; /* in file order */
	size_t nhubs;
	struct arena arena; /* what the pointers above point into */
};

/* Parse canonical charter.md bytes.
 * Owns: the caller; charter_free(). Errors: ERR_SYNTAX, ERR_SCHEMA, ERR_LIMIT, ERR_SIGNATURE
 * (unsafe key). */
int charter_parse(struct charter **out, struct str bytes, const char *name, struct err *err);
void charter_free(struct charter *c);
/* Has it expired? `now` is this computer's clock; where that is before the charter was made, it is
 * wrong, and the charter's time counts. An expired charter stays in force: only what this hub adds
 * on its own word is refused (store/publish.c), and people are told. */
bool charter_is_expired(const struct charter *c, int64_t now);
/* Append what people must be told of it, a line each: that the clock is wrong, or that it has
 * expired or soon will. Nothing where all is well. The last does both. */
void charter_notice_clock(struct buf *out, const struct charter *c, int64_t now);
void charter_notice_expiry(struct buf *out, const struct charter *c, int64_t now);
void charter_notice(struct buf *out, const struct charter *c, int64_t now);

/* Append the canonical bytes for a typed head and a body. */
void charter_write(struct buf *out, const json_t *head, struct str body);
/* Head and body of a charter that a person has edited: it need not be canonical.
 * Owns: the caller, json_decref(*head), buf_release(body). Errors: ERR_SYNTAX, ERR_SCHEMA,
 * ERR_LIMIT with FILE:LINE:COLUMN. */
int charter_read_edited(
    json_t **head, struct buf *body, struct str bytes, const char *name, struct err *err);

/* A signature beside charter.md: the holder's id and the armored text. */
struct named_signature {
	struct str id, armor;
};

/* Why the key is denied, or NULL. */
const char *charter_denies(const struct charter *c, const struct public_key *key);

/* Does `c` follow `before` (NULL: c is version 1) with signatures enough? `network` is N in hex.
 * Errors: ERR_CHAIN (version, previous, or a hub's new key without a base), ERR_NETWORK,
 * ERR_SIGNATURE (below a threshold, or one that does not verify). */
int charter_check(const struct charter *c, const struct charter *before, const char *network,
    const struct named_signature *signatures, size_t n, struct err *err);

/* Who of `keys`' central team has signed `c`, as charter_check counts them. */
struct charter_tally {
	size_t wanted, given;
	const char *missing[CENTRAL_KEYS_MAX]; /* ids, borrowed from `keys` */
	size_t nmissing;
};
/* Errors: ERR_SIGNATURE, ERR_NETWORK, ERR_SYNTAX: a signature is not good. */
int charter_tally(struct charter_tally *t, const struct charter *c, const struct charter *keys,
    const char *network, const struct named_signature *signatures, size_t n, struct err *err);

const struct charter_hub *charter_hub(const struct charter *c, const char *id);
/* The vocabularies that records choose from in lists of the same name; NULL ends them. */
extern const char *const charter_vocabularies[];
/* Is `id` in that vocabulary, or in "regions"? */
bool charter_has_term(const struct charter *c, const char *vocabulary, struct str id);

/* Namespaces carry the network: append "@N". */
struct name_space {
	char text[160];
};
struct name_space name_space(const char *kind, const char *network);

/* Read a list of {id, key} objects; shared with rosters. Refuses an id or key that stands twice. */
int key_holders_read(struct key_holder **out, size_t *n, struct arena *arena, const json_t *list,
    const char *what, struct err *err);
/* Which holders signed `message` well, into seen[n]; one bad signature fails all.
 * Errors: ERR_SIGNATURE, ERR_NETWORK, ERR_SYNTAX naming the signature. */
int key_holders_signed(bool *seen, const struct key_holder *holders, size_t n, const char *ns,
    struct str message, const struct named_signature *signatures, size_t nsignatures,
    struct err *err);
/* How many of them, each once. */
int key_holders_count(size_t *count, const struct key_holder *holders, size_t n, const char *ns,
    struct str message, const struct named_signature *signatures, size_t nsignatures,
    struct err *err);

#endif
