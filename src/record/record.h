/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One record: a document in one language (docs/format.md "Records"). Parsing checks syntax, schema,
 * canonical form and what ties fields together (dates exist, a translation is not of itself,
 * revision and previous agree).
 */
#ifndef BELFRY_RECORD_RECORD_H
#define BELFRY_RECORD_RECORD_H

#include "base/hash.h"
#include "record/canon.h"

struct record {
	struct buf source; /* the canonical bytes */
	json_t *head; /* typed, schema order */
	struct str body; /* into source */
	/* Into head: */
	struct str type, id, lang, place, title, summary;
	struct str date; /* "" where absent */
	struct str status; /* "current" where absent, or "withdrawn" */
	struct str audience; /* "public" where absent, or "members" */
	unsigned revision; /* from 1 */
};

/*
 * Parse canonical `bytes` by the schema its `type` names. `name` stands for the file in messages.
 * Owns: copies; record_release(), also after a failure. `problems` may be NULL; else it is
 * empty and receives every fault found (a syntax error stops at the first). Errors: ERR_SYNTAX,
 * ERR_LIMIT, ERR_SCHEMA (also: unknown type, not canonical); the sentence is the first problem as
 * "<name>:<line>:<column>: …".
 */
int record_parse(struct record *r, struct str bytes, const char *name,
    const struct schema_set *schemas, struct problems *problems, struct err *err);
void record_release(struct record *r);

/* Rewrite any well-formed bytes into canonical form. Errors as record_parse, but form is mended. */
int record_format(struct buf *out, struct str bytes, const char *name,
    const struct schema_set *schemas, struct problems *problems, struct err *err);

/* What a later revision names it by, and what it is checked by: SHA-256 of its bytes. */
struct sha256 record_hash(const struct record *r);

/* May `r` take the place of that revision? It names it in `previous` and its number is the next,
 * or, where it names two, a higher one. */
bool record_follows(const struct record *r, unsigned revision, const struct sha256 *hash);
/* The same, with what would be right. Errors: ERR_CHAIN; ERR_EXISTS where it is that very one. */
int record_check_next(
    const struct record *r, unsigned revision, const struct sha256 *hash, struct err *err);

/* Append "records/<place>/<type>/<id>/<lang>.md". */
void record_path(struct buf *out, const struct record *r);

/* A record to fill in: every field of the schema with its description as a comment, required ones
 * open, the rest commented out. */
int record_template(struct buf *out, const struct schema_set *schemas, struct str type,
    struct str id, struct str lang, struct str place, struct err *err);
/* The line in which the heading of a template still stands as it came; 0: it does not. */
unsigned record_template_line(struct str source);

/* The parts of "records/<place>/<type>/<id>/<lang>.md"; false for any other path. Borrowed. */
struct record_name {
	struct str place, type, id, lang;
};
bool record_name_parse(struct record_name *out, struct str path);

/* The schemas in `schemas/` of this program, which a new network starts with. Never fails: they are
 * tested. Owns: the caller. */
struct schema_set *schema_set_builtin(void);

#endif
