/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON values are jansson's json_t; this is the only header that names it. Objects keep the order
 * in which keys were set. Getters return borrowed values and accept NULL.
 */
#ifndef BELFRY_BASE_JSON_H
#define BELFRY_BASE_JSON_H

#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>

/* Parse one value; duplicate keys and anything after it are refused.
 * Owns: the caller; json_decref(). Errors: ERR_SYNTAX with "<name>:line:column: ". */
int json_parse(json_t **out, struct str text, const char *name, struct err *err);

/* Append `v` as one compact line (or indented by `indent` spaces), keys in their order. */
void json_write(struct buf *out, const json_t *v, int indent);
/* Append a text as one writes it in JSON, in quotes. */
void json_field(struct buf *out, struct str s);

struct str json_text(const json_t *v); /* "" when not a string */
struct str json_get_text(const json_t *object, const char *key); /* "" when absent */
int64_t json_get_int(const json_t *object, const char *key); /* 0 when absent */
json_t *json_from(struct str s); /* new string; s must be UTF-8 */
bool json_has_text(const json_t *array, struct str s); /* is s an item of it? */

#endif
