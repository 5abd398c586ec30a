/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "record/rule.h"

#include <stdarg.h>
#include <stdio.h>

static const char DIALECT[] = "https://json-schema.org/draft/2020-12/schema";
enum { COUNT_MAX = 1000000 }; /* the largest minLength, maxItems, … that means anything */

/* What compiles one schema. `path` is where it stands, for messages: "news: properties/date". */
struct compiler {
	struct arena *arena;
	struct rule **all;
	struct schema *schema;
	struct err *err;
	unsigned depth;
};

struct place {
	const struct place *up;
	const char *word, *key;
};

static void place_print(struct buf *out, const struct place *p)
{
	if (!p)
		return;
	place_print(out, p->up);
	buf_printf(out, "/%s", p->word);
	if (p->key)
		buf_printf(out, "/%s", p->key);
}

__attribute__((format(printf, 3, 4))) static int refuse(
    struct compiler *c, const struct place *at, const char *format, ...)
{
	char why[256];
	struct buf where = BUF_INIT;
	va_list ap;
	va_start(ap, format);
	vsnprintf(why, sizeof why, format, ap);
	va_end(ap);
	place_print(&where, at);
	err_set(c->err, ERR_UNSUPPORTED, "schema '%.*s', at %.200s: %s", STR_FMT(c->schema->name),
	    where.len ? where.ptr : "/", why);
	buf_release(&where);
	return c->err->code;
}

static int compile(struct rule **out, struct compiler *c, json_t *json, const struct place *at);

/* Keywords: each has a reader, and the types it is about (0: any). */
typedef int (*keyword_read)(struct compiler *, struct rule *, json_t *, const struct place *);

static int read_nothing(struct compiler *c, struct rule *r, json_t *v, const struct place *at)
{
	(void)r;
	return json_is_string(v) ? 0 : refuse(c, at, "must be a string");
}

static int read_dialect(struct compiler *c, struct rule *r, json_t *v, const struct place *at)
{
	(void)r;
	return str_is(json_text(v), DIALECT) ? 0 : refuse(c, at, "must be \"%s\"", DIALECT);
}

static int read_title(struct compiler *c, struct rule *r, json_t *v, const struct place *at)
{
	r->title = json_text(v);
	return read_nothing(c, r, v, at);
}

static int read_description(struct compiler *c, struct rule *r, json_t *v, const struct place *at)
{
	r->description = json_text(v);
	return read_nothing(c, r, v, at);
}

static int read_ref(struct compiler *c, struct rule *r, json_t *v, const struct place *at)
{
	r->ref_text = json_text(v);
	return r->ref_text.len ? 0
			       : refuse(c, at, "must be \"#/$defs/x\" or \"other.json#/$defs/x\"");
}

static int read_type(struct compiler *c, struct rule *r, json_t *v, const struct place *at)
{
	static const char *const names[] = {[RULE_STRING] = "string",
	    [RULE_INTEGER] = "integer",
	    [RULE_NUMBER] = "number",
	    [RULE_BOOLEAN] = "boolean",
	    [RULE_LIST] = "array",
	    [RULE_MAP] = "object"};
	for (int t = RULE_STRING; t <= RULE_MAP; t++)
		if (str_is(json_text(v), names[t]))
			r->type = (enum rule_type)t;
	return r->type ? 0
		       : refuse(c, at, "must be string, integer, number, boolean, array or object");
}

static bool is_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
	return n && !s[n];
}

/* The members of "properties" or "$defs". */
static int read_members(
    struct field **fields, size_t *count, struct compiler *c, json_t *v, const struct place *at)
{
	const char *key;
	json_t *member;
	size_t n = json_object_size(v);
	if (!json_is_object(v) || n > FIELDS_MAX)
		return refuse(c, at, "must be an object of at most %d members", FIELDS_MAX);
	*fields = arena_alloc(c->arena, (n + 1) * sizeof **fields);
	json_object_foreach(v, key, member)
	{
		struct place here = {at->up, at->word, key};
		struct field *f = &(*fields)[(*count)++];
		if (!is_name(key))
			return refuse(
			    c, at, "'%.80s' is no name: letters, digits, '_' and '-' are", key);
		f->name = str_from(key);
		if (compile(&f->rule, c, member, &here))
			return c->err->code;
	}
	return 0;
}

static int read_properties(struct compiler *c, struct rule *r, json_t *v, const struct place *at)
{
	const char *key;
	json_t *member;
	json_object_foreach(v, key, member)
	{
		if (!front_is_key(str_from(key)))
			return refuse(c, at, "'%.80s' cannot be a key in a head", key);
	}
	return read_members(&r->fields, &r->field_count, c, v, at);
}

static int read_defs(struct compiler *c, struct rule *r, json_t *v, const struct place *at)
{
	(void)r;
	if (at->up)
		return refuse(c, at, "stands at the top of a schema only");
	return read_members(&c->schema->defs, &c->schema->def_count, c, v, at);
}

static int read_others(struct compiler *c, struct rule *r, json_t *v, const struct place *at)
{
	if (json_is_false(v))
		return 0;
	if (!json_is_object(v))
		return refuse(c, at, "must be false or a schema, so that every value has a type");
	return compile(&r->others, c, v, at);
}

static int read_items(struct compiler *c, struct rule *r, json_t *v, const struct place *at)
{
	return compile(&r->items, c, v, at);
}

static int read_enum(struct compiler *c, struct rule *r, json_t *v, const struct place *at)
{
	size_t i;
	json_t *item;
	r->allowed = v;
	if (!json_array_size(v))
		return refuse(c, at, "must be a list of strings");
	json_array_foreach(v, i, item)
	{
		if (!json_is_string(item))
			return refuse(c, at, "must be a list of strings");
	}
	return 0;
}

static int read_const(struct compiler *c, struct rule *r, json_t *v, const struct place *at)
{
	r->constant = v;
	if (json_is_string(v))
		r->uses |= 1u << RULE_STRING;
	else if (json_is_integer(v))
		r->uses |= 1u << RULE_INTEGER;
	else if (json_is_boolean(v))
		r->uses |= 1u << RULE_BOOLEAN;
	else
		return refuse(c, at, "must be a string, an integer, true or false");
	return 0;
}

static int read_pattern(struct compiler *c, struct rule *r, json_t *v, const struct place *at)
{
	struct err why;
	r->pattern_text = json_text(v);
	if (pattern_compile(&r->pattern, c->arena, r->pattern_text, &why))
		return refuse(c, at, "%s", why.msg);
	return 0;
}

static int read_format(struct compiler *c, struct rule *r, json_t *v, const struct place *at)
{
	r->format = format_from(json_text(v));
	return r->format ? 0 : refuse(c, at, "must be partial-date, date, date-time or uri");
}

static int read_count(int64_t *out, struct compiler *c, json_t *v, const struct place *at)
{
	*out = json_integer_value(v);
	if (!json_is_integer(v) || *out < 0 || *out > COUNT_MAX)
		return refuse(c, at, "must be a whole number from 0 to %d", COUNT_MAX);
	return 0;
}

static int read_min_count(struct compiler *c, struct rule *r, json_t *v, const struct place *at)
{
	return read_count(&r->min_count, c, v, at);
}

static int read_max_count(struct compiler *c, struct rule *r, json_t *v, const struct place *at)
{
	return read_count(&r->max_count, c, v, at);
}

static int read_minimum(struct compiler *c, struct rule *r, json_t *v, const struct place *at)
{
	r->minimum = v;
	return json_is_number(v) ? 0 : refuse(c, at, "must be a number");
}

static int read_maximum(struct compiler *c, struct rule *r, json_t *v, const struct place *at)
{
	r->maximum = v;
	return json_is_number(v) ? 0 : refuse(c, at, "must be a number");
}

static int read_unique(struct compiler *c, struct rule *r, json_t *v, const struct place *at)
{
	r->unique = json_is_true(v);
	return json_is_boolean(v) ? 0 : refuse(c, at, "must be true or false");
}

/* Read after "properties", whatever their order in the file: the table of keywords sees to it. */
static int read_required(struct compiler *c, struct rule *r, json_t *v, const struct place *at)
{
	size_t i;
	json_t *item;
	if (!json_is_array(v))
		return refuse(c, at, "must be a list of fields in \"properties\"");
	json_array_foreach(v, i, item)
	{
		struct field *f = NULL;
		for (size_t k = 0; k < r->field_count; k++)
			if (str_eq(r->fields[k].name, json_text(item)))
				f = &r->fields[k];
		if (!f || f->required)
			return refuse(c, at, "'%.80s' is not in \"properties\", or named twice",
			    json_text(item).ptr);
		f->required = true;
	}
	return 0;
}

enum { ANY = 0, STRING = 1u << RULE_STRING, LIST = 1u << RULE_LIST, MAP = 1u << RULE_MAP };
enum { NUMBERS = 1u << RULE_INTEGER | 1u << RULE_NUMBER };
/* STRUCTURE: says what the value is, so it cannot stand beside "$ref", which says that too. */
enum { STRUCTURE = 1u << 16 };

static const struct keyword {
	const char *name;
	keyword_read read;
	unsigned about;
} keywords[] = {
    {"$schema", read_dialect, ANY},
    {"$id", read_nothing, ANY},
    {"$defs", read_defs, ANY},
    {"title", read_title, ANY},
    {"description", read_description, ANY},
    {"$ref", read_ref, ANY},
    {"type", read_type, STRUCTURE},
    {"properties", read_properties, MAP | STRUCTURE},
    {"required", read_required, MAP | STRUCTURE},
    {"additionalProperties", read_others, MAP | STRUCTURE},
    {"items", read_items, LIST | STRUCTURE},
    {"enum", read_enum, STRING},
    {"const", read_const, ANY},
    {"pattern", read_pattern, STRING},
    {"format", read_format, STRING},
    {"minLength", read_min_count, STRING},
    {"maxLength", read_max_count, STRING},
    {"minItems", read_min_count, LIST},
    {"maxItems", read_max_count, LIST},
    {"uniqueItems", read_unique, LIST},
    {"minimum", read_minimum, NUMBERS},
    {"maximum", read_maximum, NUMBERS},
};
enum { KEYWORDS = sizeof keywords / sizeof *keywords };

static int check_known(struct compiler *c, json_t *json, const struct place *at)
{
	const char *key;
	json_t *value;
	json_object_foreach(json, key, value)
	{
		size_t i = 0;
		while (i < KEYWORDS && strcmp(keywords[i].name, key))
			i++;
		if (i == KEYWORDS)
			return refuse(c, at, "keyword '%.80s' is not supported", key);
	}
	return 0;
}

/* What a rule must say for every value to have one type. */
static int check_shape(struct compiler *c, const struct rule *r, const json_t *json,
    const struct place *at, unsigned about)
{
	if (r->ref_text.len && (about & STRUCTURE))
		return refuse(c, at, "beside \"$ref\" only limits and descriptions may stand");
	if (!r->ref_text.len && !r->type && (at || !c->schema->defs))
		return refuse(c, at, "needs a \"type\" or a \"$ref\"");
	if (r->type == RULE_LIST && !r->items)
		return refuse(c, at, "an array needs \"items\"");
	if (r->type == RULE_MAP && !json_object_get(json, "additionalProperties"))
		return refuse(
		    c, at, "an object needs \"additionalProperties\": false, or a schema");
	return 0;
}

static int compile(struct rule **out, struct compiler *c, json_t *json, const struct place *at)
{
	unsigned about = 0;
	if (!json_is_object(json))
		return refuse(c, at, "must be a JSON object");
	if (++c->depth > NESTING_MAX)
		return refuse(c, at, "nested more than %d deep", NESTING_MAX);
	struct rule *r = arena_alloc(c->arena, sizeof *r);
	*r = (struct rule){.schema = c->schema,
	    .min_count = -1,
	    .max_count = -1,
	    .ref_text = STR_EMPTY,
	    .title = STR_EMPTY,
	    .description = STR_EMPTY,
	    .pattern_text = STR_EMPTY,
	    .all = *c->all};
	*c->all = r;
	if (check_known(c, json, at))
		return c->err->code;
	for (size_t i = 0; i < KEYWORDS; i++) {
		json_t *v = json_object_get(json, keywords[i].name);
		struct place here = {at, keywords[i].name, NULL};
		if (!v)
			continue;
		about |= keywords[i].about;
		if (keywords[i].read(c, r, v, &here))
			return c->err->code;
	}
	/* Each keyword must suit the type; numbers allow two. */
	r->uses |= about & ~(unsigned)STRUCTURE;
	c->depth--;
	*out = r;
	return check_shape(c, r, json, at, about);
}

int rule_compile(struct schema *s, struct arena *arena, struct rule **all, struct err *err)
{
	struct compiler c = {.arena = arena, .all = all, .schema = s, .err = err};
	return compile(&s->root, &c, s->json, NULL);
}
