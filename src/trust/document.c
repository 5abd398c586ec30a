/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/document.h"

#include "base/asset.h"
#include "base/limits.h"
#include "record/canon.h"

#include <pthread.h>
#include <stdlib.h>

/* The schemas that the trust layer itself stands on; they never come from a network. */
static struct schema_set *fixed;

static void make_fixed(void)
{
	struct err err;
	fixed = schema_set_new();
	if (schema_set_add(fixed, STR("common"), asset_get("schemas/common.json"), &err) ||
	    schema_set_add(fixed, STR("charter"), asset_get("schemas/charter.json"), &err) ||
	    schema_set_add(fixed, STR("roster"), asset_get("schemas/roster.json"), &err) ||
	    schema_set_finish(fixed, &err))
		abort(); /* our own files, built in and tested */
}

static const struct schema *fixed_schema(const char *name)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, make_fixed);
	return schema_find(fixed, str_from(name));
}

/* Front matter that its schema allows, in whatever form; *front is the caller's either way. */
static json_t *read_typed(
    struct front *front, const char *kind, struct str bytes, const char *name, struct err *err)
{
	const struct schema *schema = fixed_schema(kind);
	struct problems problems = {.items = NULL};
	size_t max = strcmp(kind, "charter") == 0 ? CHARTER_BYTES_MAX : ROSTER_BYTES_MAX;
	json_t *typed = NULL;
	*front = (struct front){.head = NULL};
	if (front_parse(front, bytes, name, max, err))
		return NULL;
	if (schema_check(schema, front->head, &problems)) {
		typed = schema_typed(schema, front->head);
	} else {
		problems_sort(&problems);
		const struct problem *p = &problems.items[0];
		err_set(err, ERR_SCHEMA, "%s:%u:%u: %s", name, p->line, p->column, p->text);
	}
	problems_release(&problems);
	return typed;
}

int trust_document(json_t **head, struct buf *source, struct str *body, const char *kind,
    struct str bytes, const char *name, struct err *err)
{
	struct front front;
	json_t *typed = read_typed(&front, kind, bytes, name, err);
	*source = BUF_INIT;
	if (typed) {
		canon_write(source, fixed_schema(kind), typed, front.body);
		if (str_eq(buf_str(source), bytes)) {
			*body = str_sub(buf_str(source), source->len - front.body.len, source->len);
			*head = typed;
			typed = NULL;
		} else {
			err_set(err, ERR_SYNTAX, "%s is not in canonical form", name);
		}
	}
	if (!*head)
		buf_release(source);
	json_decref(typed);
	front_release(&front);
	return *head ? 0 : err->code;
}

int trust_document_edited(json_t **head, struct buf *body, const char *kind, struct str bytes,
    const char *name, struct err *err)
{
	struct front front;
	*head = read_typed(&front, kind, bytes, name, err);
	if (*head)
		buf_add(body, front.body);
	front_release(&front);
	return *head ? 0 : err->code;
}

void trust_document_write(struct buf *out, const char *kind, const json_t *head, struct str body)
{
	canon_write(out, fixed_schema(kind), head, body);
}
