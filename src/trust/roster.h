/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hub's roster: its cities with their names, and its people with their keys, roles and places.
 * Signed by the hub's stewards (the charter names them) in namespace belfry-roster@N, kept in its
 * journal as roster.md and roster.md.<steward>.sig.
 */
#ifndef BELFRY_TRUST_ROSTER_H
#define BELFRY_TRUST_ROSTER_H

#include "trust/charter.h"

struct member {
	const char *id, *name;
	struct public_key key;
	bool is_author, is_reviewer, is_translator;
	bool is_active; /* neither retired nor revoked */
	const json_t *places; /* array, or NULL: everywhere the hub may publish */
};

struct roster {
	struct buf source;
	json_t *head;
	json_t *cities; /* id → {"id", "region", "names"}, which head has too */
	struct sha256 hash;
	const char *hub;
	uint32_t version;
	struct member *members;
	size_t nmembers;
	struct arena arena;
};

/* Owns: the caller; roster_free(). Errors as charter_parse. */
int roster_parse(struct roster **out, struct str bytes, const char *name, struct err *err);
void roster_free(struct roster *r);
void roster_write(struct buf *out, const json_t *head);

/* Is it this hub's, and signed by its stewards as `c` wants? Errors: ERR_POLICY, ERR_SIGNATURE. */
int roster_check(const struct roster *r, const struct charter *c, const struct charter_hub *hub,
    const char *network, const struct named_signature *signatures, size_t n, struct err *err);

/* Somebody in `after` who may do what `before` (NULL: nobody's) did not let that key do: a new key,
 * role or place, or one that was retired. NULL: nobody gains. */
const struct member *roster_gains(const struct roster *before, const struct roster *after);

const struct member *roster_member_by_key(const struct roster *r, const struct public_key *key);
/* {"id", "region", "names"}, or NULL. */
const json_t *roster_city(const struct roster *r, struct str place);

#endif
