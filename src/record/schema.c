/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "base/mem.h"
#include "record/rule.h"

#include <stdlib.h>

struct schema_set {
	struct arena arena;
	struct schema *first;
	struct rule *rules; /* all of them, newest first */
	size_t count;
};

struct schema_set *schema_set_new(void)
{
	return mem_alloc(sizeof(struct schema_set));
}

void schema_set_free(struct schema_set *set)
{
	if (!set)
		return;
	for (struct schema *s = set->first; s; s = s->next)
		json_decref(s->json);
	arena_clear(&set->arena);
	free(set);
}

int schema_set_add(struct schema_set *set, struct str name, struct str json, struct err *err)
{
	json_t *value = NULL;
	struct rule *rules = set->rules;
	if (!str_is_slug(name))
		return err_set(err, ERR_UNSUPPORTED,
		    "schema '%.64s': a name is lower-case letters, digits and hyphens", name.ptr);
	if (schema_find(set, name))
		return err_set(err, ERR_EXISTS, "schema '%.*s' is there already", STR_FMT(name));
	if (set->count == SCHEMAS_MAX || json.len > SCHEMA_BYTES_MAX)
		return err_set(err, ERR_LIMIT,
		    "schema '%.*s': at most %d schemas of %d bytes are allowed", STR_FMT(name),
		    SCHEMAS_MAX, SCHEMA_BYTES_MAX);
	struct schema *s = arena_alloc(&set->arena, sizeof *s);
	s->name = arena_str(&set->arena, name);
	if (json_parse(&value, json, s->name.ptr, err))
		return err->code;
	s->json = value;
	if (rule_compile(s, &set->arena, &set->rules, err)) {
		set->rules = rules;
		json_decref(value);
		return err->code;
	}
	struct schema **at = &set->first;
	while (*at && str_cmp((*at)->name, s->name) < 0)
		at = &(*at)->next;
	s->next = *at;
	*at = s;
	set->count++;
	return 0;
}

/* The rule that "#/$defs/x" or "other.json#/$defs/x" means; NULL where there is none. */
static struct rule *resolve(const struct schema_set *set, const struct rule *r)
{
	static const struct str defs = {"/$defs/", 7}, json = {".json", 5};
	struct str path = r->ref_text, file = str_cut(&path, '#');
	const struct schema *s = r->schema;
	if (str_ends(file, json))
		file.len -= json.len;
	if (file.len)
		s = schema_find(set, file);
	if (!s || !str_starts(path, defs))
		return NULL;
	path = str_sub(path, defs.len, path.len);
	for (size_t i = 0; i < s->def_count; i++)
		if (str_eq(s->defs[i].name, path))
			return s->defs[i].rule;
	return NULL;
}

static bool is_circular(const struct rule *r)
{
	const struct rule *slow = r;
	for (;;) {
		for (int i = 0; i < 2; i++)
			if (!(r = r->ref))
				return false;
		slow = slow->ref;
		if (r == slow)
			return true;
	}
}

static int check_rule(const struct rule *r, struct err *err)
{
	const struct rule *base = rule_base(r);
	if (r->ref_text.len && !base->type)
		return err_set(err, ERR_UNSUPPORTED,
		    "schema '%.*s': \"$ref\": \"%.*s\" has no type", STR_FMT(r->schema->name),
		    STR_FMT(r->ref_text));
	/* Limits of numbers suit integers as well. */
	static const unsigned numbers = 1u << RULE_INTEGER | 1u << RULE_NUMBER;
	unsigned is = base->type ? 1u << base->type : 0, uses = r->uses;
	if ((uses & numbers) == numbers && (is & numbers))
		uses &= ~numbers;
	if (uses & ~is)
		return err_set(err, ERR_UNSUPPORTED,
		    "schema '%.*s': a keyword does not suit the type of its value ('%.200s')",
		    STR_FMT(r->schema->name), rule_description(r).ptr);
	if (r->unique && rule_base(base->items)->type != RULE_STRING)
		return err_set(err, ERR_UNSUPPORTED,
		    "schema '%.*s': \"uniqueItems\" is for lists of strings",
		    STR_FMT(r->schema->name));
	return 0;
}

int schema_set_finish(struct schema_set *set, struct err *err)
{
	for (struct rule *r = set->rules; r; r = r->all)
		if (r->ref_text.len && !(r->ref = resolve(set, r)))
			return err_set(err, ERR_UNSUPPORTED,
			    "schema '%.*s': \"$ref\": \"%.200s\" leads nowhere",
			    STR_FMT(r->schema->name), r->ref_text.ptr);
	for (struct rule *r = set->rules; r; r = r->all)
		if (is_circular(r))
			return err_set(err, ERR_UNSUPPORTED,
			    "schema '%.*s': \"$ref\": \"%.200s\" leads back to itself",
			    STR_FMT(r->schema->name), r->ref_text.ptr);
	for (struct rule *r = set->rules; r; r = r->all)
		if (check_rule(r, err))
			return err->code;
	return 0;
}

const struct schema *schema_find(const struct schema_set *set, struct str name)
{
	for (const struct schema *s = set->first; s; s = s->next)
		if (str_eq(s->name, name))
			return s;
	return NULL;
}

struct str schema_name(const struct schema_set *set, size_t i)
{
	const struct schema *s = set->first;
	while (s && i--)
		s = s->next;
	return s ? s->name : STR_EMPTY;
}

bool schema_is_record_type(const struct schema *s)
{
	const struct rule *type =
	    s->root->type == RULE_MAP ? rule_field(s->root, STR("type")) : NULL;
	return type && str_eq(json_text(type->constant), s->name);
}

const struct rule *schema_root(const struct schema *s)
{
	return s->root;
}

const struct rule *rule_base(const struct rule *r)
{
	while (r->ref)
		r = r->ref;
	return r;
}

struct str rule_description(const struct rule *r)
{
	for (const struct rule *d = r; d; d = d->ref)
		if (d->description.len)
			return d->description;
	for (; r; r = r->ref)
		if (r->title.len)
			return r->title;
	return STR_EMPTY;
}

const struct rule *rule_field(const struct rule *map, struct str name)
{
	for (size_t i = 0; i < map->field_count; i++)
		if (str_eq(map->fields[i].name, name))
			return map->fields[i].rule;
	return map->others;
}
