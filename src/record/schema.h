/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schemas: JSON Schema (Draft 2020-12 vocabulary) for front matter. docs/format.md lists the
 * keywords; one that is not in the list makes the schema itself an error, so that a rule is never
 * silently ignored. A set holds the schemas of one network by type; "$ref" reaches within a schema
 * ("#/$defs/x") or into another of the set ("common.json#/$defs/x", which is the schema "common").
 */
#ifndef BELFRY_RECORD_SCHEMA_H
#define BELFRY_RECORD_SCHEMA_H

#include "base/json.h"
#include "record/front.h"
#include "record/problem.h"

struct schema;
struct schema_set;

struct schema_set *schema_set_new(void);
void schema_set_free(struct schema_set *set);
/*
 * Add the schema `name` ("good-practice", "common") from its JSON text.
 * Errors: ERR_SYNTAX (JSON), ERR_UNSUPPORTED (a keyword or form outside docs/format.md), ERR_LIMIT,
 * ERR_EXISTS; the sentence names the schema and the place in it. The set is then as before.
 */
int schema_set_add(struct schema_set *set, struct str name, struct str json, struct err *err);
/*
 * Check that every $ref resolves, that no chain of them is circular without consuming input, and
 * that every keyword suits its type. Nothing but schema_set_free may be called before it succeeded,
 * nor schema_set_add after it.
 */
int schema_set_finish(struct schema_set *set, struct err *err);
/* NULL where there is none of that name. Borrowed from the set. */
const struct schema *schema_find(const struct schema_set *set, struct str name);
/* The i-th name in byte order, or the empty string after the last. */
struct str schema_name(const struct schema_set *set, size_t i);
/* Is it the schema of a record type: a map whose "type" must be the schema's name? Others are
 * libraries of definitions, or describe charters and rosters. */
bool schema_is_record_type(const struct schema *s);

/* Check all of `head`; each fault goes to `out`. Returns whether there was none. */
bool schema_check(const struct schema *s, const struct node *head, struct problems *out);
/* The typed value of a head that passed schema_check: strings, integers, numbers, booleans, arrays,
 * objects; keys in the order of the schema's "properties". Owns: the caller; json_decref(). */
json_t *schema_typed(const struct schema *s, const struct node *head);

#endif
