/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "record/rule.h"

#include <assert.h>
#include <stdlib.h>

static json_t *typed(const struct rule *r, const struct node *n);

static void set(json_t *object, const struct node *v, const struct rule *r)
{
	json_object_setn_new_nocheck(object, v->key.ptr, v->key.len, typed(r, v));
}

static int by_key(const void *a, const void *b)
{
	const struct node *x = *(const struct node *const *)a, *y = *(const struct node *const *)b;
	return str_cmp(x->key, y->key);
}

/* Fields with free names, in byte order. */
static void set_others(json_t *object, const struct rule *r, const struct node *n)
{
	size_t count = 0;
	const struct node **others = mem_alloc((n->count + 1) * sizeof *others);
	for (const struct node *v = n->first; v; v = v->next)
		if (rule_field(r, v->key) == r->others)
			others[count++] = v;
	qsort(others, count, sizeof *others, by_key);
	for (size_t i = 0; i < count; i++)
		set(object, others[i], r->others);
	free(others);
}

static json_t *typed_map(const struct rule *r, const struct node *n)
{
	json_t *object = json_object();
	for (size_t i = 0; i < r->field_count; i++)
		for (const struct node *v = n->first; v; v = v->next)
			if (str_eq(v->key, r->fields[i].name))
				set(object, v, r->fields[i].rule);
	if (r->others)
		set_others(object, r, n);
	return object;
}

static json_t *typed_list(const struct rule *r, const struct node *n)
{
	json_t *array = json_array();
	for (const struct node *v = n->first; v; v = v->next)
		json_array_append_new(array, typed(r->items, v));
	return array;
}

/* A number without a fraction is an integer: 5.0 and 5 are one value. */
static json_t *typed_number(struct str s)
{
	double v = strtod(s.ptr, NULL);
	long long whole = (long long)v;
	return (double)whole == v ? json_integer(whole) : json_real(v);
}

static json_t *typed(const struct rule *rule, const struct node *n)
{
	const struct rule *r = rule_base(rule);
	switch (r->type) {
	case RULE_STRING:
		return json_stringn_nocheck(n->text.ptr, n->text.len);
	case RULE_INTEGER:
	case RULE_NUMBER:
		return typed_number(n->text);
	case RULE_BOOLEAN:
		return json_boolean(str_is(n->text, "true"));
	case RULE_LIST:
		return typed_list(r, n);
	case RULE_MAP:
		return typed_map(r, n);
	case RULE_NONE:
		break;
	}
	assert(r->type); /* schema_set_finish lets no other rule pass */
	return NULL;
}

json_t *schema_typed(const struct schema *s, const struct node *head)
{
	return typed(schema_root(s), head);
}
