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

int trust_document(json_t **head, struct buf *source, struct str *body, const char *kind,
    struct str bytes, const char *name, struct err *err)
{
	const struct schema *schema = fixed_schema(kind);
	struct front front = {.head = NULL};
	struct problems problems = {.items = NULL};
	size_t max = strcmp(kind, "charter") == 0 ? CHARTER_BYTES_MAX : ROSTER_BYTES_MAX;
	json_t *typed = NULL;
	*source = BUF_INIT;
	if (front_parse(&front, bytes, name, max, err))
		return err->code;
	if (!schema_check(schema, front.head, &problems)) {
		problems_sort(&problems);
		const struct problem *p = &problems.items[0];
		err_set(err, ERR_SCHEMA, "%s:%u:%u: %s", name, p->line, p->column, p->text);
		goto out;
	}
	typed = schema_typed(schema, front.head);
	canon_write(source, schema, typed, front.body);
	if (!str_eq(buf_str(source), bytes)) {
		err_set(err, ERR_SYNTAX, "%s is not in canonical form", name);
		goto out;
	}
	*body = str_sub(buf_str(source), source->len - front.body.len, source->len);
	*head = typed;
	typed = NULL;
out:
	if (!*head)
		buf_release(source);
	json_decref(typed);
	problems_release(&problems);
	front_release(&front);
	return *head ? 0 : err->code;
}

void trust_document_write(struct buf *out, const char *kind, const json_t *head, struct str body)
{
	canon_write(out, fixed_schema(kind), head, body);
}
