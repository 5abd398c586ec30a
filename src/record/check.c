/* SPDX-License-Identifier: Apache-2.0 */
#include "base/near.h"
#include "base/mem.h"
#include "record/rule.h"
#include "record/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAME_LETTERS = 40, GUESS_DISTANCE_MAX = 3 };

/* What is being checked: a value, the rule as its owner gives it (whose description counts), and
 * what it is part of. */
struct subject {
	const struct node *node;
	const struct rule *rule;
	const struct subject *list; /* that it is an item of, the `at`th from 1; or NULL */
	size_t at;
	struct problems *out;
};

/* Of scalars without quotes: by JSON's grammar less the exponent. */
static bool scalar_is_number(struct str s)
{
	size_t i = s.len && s.ptr[0] == '-', digits = 0, start = i;
	while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9')
		i++, digits++;
	if (!digits || (digits > 1 && s.ptr[start] == '0'))
		return false;
	if (i < s.len && s.ptr[i] == '.') {
		start = ++i;
		while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9')
			i++, digits++;
		if (i == start)
			return false;
	}
	return i == s.len && digits <= NUMBER_DIGITS_MAX;
}

static bool scalar_is_integer(struct str s)
{
	return scalar_is_number(s) && !memchr(s.ptr, '.', s.len) && !str_is(s, "-0");
}

/* What to call it: 'sources', item 2 */
static void name_print(struct buf *out, const struct subject *s)
{
	if (s->list) {
		name_print(out, s->list);
		buf_printf(out, ", item %zu,", s->at);
	} else if (s->node->key.len) {
		buf_printf(out, "'%s'", text_excerpt(s->node->key).text);
	} else {
		buf_puts(out, "the head");
	}
}

/* Report "<name> <what>", and the field's description where it has one. */
__attribute__((format(printf, 2, 3))) static bool report(
    const struct subject *s, const char *format, ...)
{
	char what[400];
	struct str description = rule_description(s->rule);
	va_list ap;
	va_start(ap, format);
	vsnprintf(what, sizeof what, format, ap);
	va_end(ap);
	struct buf name = BUF_INIT;
	name_print(&name, s);
	problems_add(s->out, s->node->line, s->node->column, "%s %s%s%.300s", name.ptr, what,
	    description.len ? " – " : "", description.ptr);
	buf_release(&name);
	return false;
}

static const char *kind_name(enum node_kind kind)
{
	static const char *const names[] = {"a text", "a list", "a group of fields"};
	return names[kind];
}

static bool check_kind(const struct subject *s, enum node_kind want, const char *example)
{
	const struct node *n = s->node;
	if (n->kind == NODE_SCALAR && !n->quoted && !n->text.len)
		return report(s, "has no value");
	if (n->kind == want)
		return true;
	return report(
	    s, "must be %s, such as %s, not %s", kind_name(want), example, kind_name(n->kind));
}

static bool check_literal(const struct subject *s, bool fits, const char *want)
{
	if (s->node->quoted && fits)
		return report(s, "must be %s: take the quotes away", want);
	if (s->node->quoted || !fits)
		return report(s, "must be %s, not '%s'", want, text_excerpt(s->node->text).text);
	return true;
}

static bool check_range(const struct subject *s, const struct rule *r)
{
	double v = strtod(s->node->text.ptr, NULL);
	if (r->minimum && v < json_number_value(r->minimum))
		return report(s, "is %s; the least is %.15g", s->node->text.ptr,
		    json_number_value(r->minimum));
	if (r->maximum && v > json_number_value(r->maximum))
		return report(s, "is %s; the most is %.15g", s->node->text.ptr,
		    json_number_value(r->maximum));
	return true;
}

static bool check_constant(const struct subject *s, const json_t *c)
{
	char digits[32];
	struct str want = json_text(c);
	if (json_is_integer(c)) {
		snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(c));
		want = str_from(digits);
	} else if (json_is_boolean(c)) {
		want = json_is_true(c) ? STR("true") : STR("false");
	}
	if (str_eq(want, s->node->text))
		return true;
	return report(s, "is '%s'; it must be '%s'", text_excerpt(s->node->text).text,
	    text_excerpt(want).text);
}

static bool check_allowed(const struct subject *s, const json_t *allowed)
{
	size_t i;
	json_t *v;
	if (json_has_text(allowed, s->node->text))
		return true;
	struct buf list = BUF_INIT;
	json_array_foreach(allowed, i, v)
	{
		buf_puts(&list, i ? ", " : "");
		buf_add(&list, json_text(v));
	}
	report(s, "is '%s'; it must be one of: %s", text_excerpt(s->node->text).text, list.ptr);
	buf_release(&list);
	return false;
}

static bool check_count(const struct subject *s, const struct rule *r, size_t n, const char *unit)
{
	if (r->min_count >= 0 && n < (size_t)r->min_count)
		return report(
		    s, "has %zu %s; at least %lld must be there", n, unit, (long long)r->min_count);
	if (r->max_count >= 0 && n > (size_t)r->max_count)
		return report(
		    s, "has %zu %s; at most %lld are allowed", n, unit, (long long)r->max_count);
	return true;
}

static bool check_string(const struct subject *s, const struct rule *r)
{
	struct str text = s->node->text;
	if (r->constant && !check_constant(s, r->constant))
		return false;
	if (r->allowed && !check_allowed(s, r->allowed))
		return false;
	bool bounded = r->min_count >= 0 || r->max_count >= 0;
	if (bounded && !check_count(s, r, text_length(text), "characters"))
		return false;
	if (r->format && !format_fits(r->format, text))
		return report(
		    s, "is '%s'; it must be %s", text_excerpt(text).text, format_says(r->format));
	if (r->pattern && !pattern_matches(r->pattern, text)) {
		if (rule_description(s->rule).len)
			return report(s, "cannot be '%s'", text_excerpt(text).text);
		return report(s, "is '%s'; it must match the pattern %.200s",
		    text_excerpt(text).text, r->pattern_text.ptr);
	}
	return true;
}

static int by_text(const void *a, const void *b)
{
	const struct node *x = *(const struct node *const *)a, *y = *(const struct node *const *)b;
	int c = str_cmp(x->text, y->text);
	return c ? c : (x->line > y->line) - (x->line < y->line);
}

static bool check_unique(const struct subject *s)
{
	size_t n = 0;
	const struct node **all = mem_alloc((s->node->count + 1) * sizeof *all), *twice = NULL;
	for (const struct node *v = s->node->first; v; v = v->next)
		all[n++] = v;
	qsort(all, n, sizeof *all, by_text);
	for (size_t i = 1; i < n && !twice; i++)
		if (str_eq(all[i]->text, all[i - 1]->text))
			twice = all[i];
	free(all);
	return !twice || report(s, "holds '%s' twice", text_excerpt(twice->text).text);
}

static bool check_value(struct subject *s, const struct rule *r);

static bool check_items(const struct subject *s, const struct rule *r)
{
	bool good = true;
	size_t i = 0;
	for (const struct node *v = s->node->first; v; v = v->next) {
		struct subject item = {v, r->items, s, ++i, s->out};
		good = check_value(&item, r->items) && good;
	}
	return good;
}

static const struct field *guess(const struct rule *map, struct str key)
{
	const struct field *found = NULL;
	size_t best = GUESS_DISTANCE_MAX + 1;
	if (best > (key.len + 3) / 2)
		best = (key.len + 3) / 2; /* two letters changed places in three is two edits */
	for (size_t i = 0; i < map->field_count && key.len > 2 && key.len <= NAME_LETTERS; i++) {
		const struct field *f = &map->fields[i];
		size_t d = f->name.len <= NAME_LETTERS ? near_distance(key, f->name) : best;
		if (d < best) {
			best = d;
			found = f;
		}
	}
	return found;
}

static void report_unknown(const struct subject *s, const struct rule *map, const struct node *v)
{
	if (s->out->len == PROBLEMS_MAX)
		return;
	const struct field *f = guess(map, v->key);
	if (f)
		problems_add(s->out, v->key_line, v->key_column,
		    "there is no field '%s'; did you mean '%s'?", text_excerpt(v->key).text,
		    f->name.ptr);
	else
		problems_add(s->out, v->key_line, v->key_column,
		    "there is no field '%s' here; take it out, or move it into the text",
		    text_excerpt(v->key).text);
}

static bool check_fields(const struct subject *s, const struct rule *r)
{
	bool good = true, seen[FIELDS_MAX] = {false};
	for (const struct node *v = s->node->first; v; v = v->next) {
		size_t i = 0;
		while (i < r->field_count && !str_eq(r->fields[i].name, v->key))
			i++;
		const struct rule *rule = i < r->field_count ? r->fields[i].rule : r->others;
		if (!rule) {
			report_unknown(s, r, v);
			good = false;
			continue;
		}
		if (i < r->field_count)
			seen[i] = true;
		struct subject field = {.node = v, .rule = rule, .out = s->out};
		good = check_value(&field, rule) && good;
	}
	for (size_t i = 0; i < r->field_count; i++) {
		if (!r->fields[i].required || seen[i])
			continue;
		struct str says = rule_description(r->fields[i].rule);
		problems_add(s->out, s->node->line, s->node->column, "'%s' is missing%s%.300s",
		    r->fields[i].name.ptr, says.len ? " – " : "", says.ptr);
		good = false;
	}
	return good;
}

static bool check_list(const struct subject *s, const struct rule *r)
{
	if (!check_count(s, r, s->node->count, "items"))
		return false;
	if (r->items && !check_items(s, r))
		return false;
	return !r->unique || check_unique(s);
}

/* What `r` itself says of the value, whose kind is right. */
static bool check_limits(const struct subject *s, const struct rule *r, enum rule_type type)
{
	switch (type) {
	case RULE_STRING:
		return check_string(s, r);
	case RULE_INTEGER:
	case RULE_NUMBER:
		return check_range(s, r) && (!r->constant || check_constant(s, r->constant));
	case RULE_BOOLEAN:
		return !r->constant || check_constant(s, r->constant);
	case RULE_LIST:
		return check_list(s, r);
	case RULE_MAP:
		return r->ref || check_fields(s, r); /* fields stand where the type does */
	case RULE_NONE:
		break;
	}
	return true;
}

static bool check_type(const struct subject *s, enum rule_type type)
{
	struct str text = s->node->text;
	switch (type) {
	case RULE_STRING:
		return check_kind(s, NODE_SCALAR, "\"some words\"");
	case RULE_INTEGER:
		return check_kind(s, NODE_SCALAR, "12") &&
		       check_literal(s, scalar_is_integer(text), "a whole number");
	case RULE_NUMBER:
		return check_kind(s, NODE_SCALAR, "12.5") &&
		       check_literal(s, scalar_is_number(text), "a number such as 12 or 39.7");
	case RULE_BOOLEAN:
		return check_kind(s, NODE_SCALAR, "true") &&
		       check_literal(
			   s, str_is(text, "true") || str_is(text, "false"), "true or false");
	case RULE_LIST:
		return check_kind(s, NODE_LIST, "[one, two]");
	case RULE_MAP:
		return check_kind(s, NODE_MAP, "{key: value}");
	case RULE_NONE:
		break;
	}
	return true;
}

static bool check_value(struct subject *s, const struct rule *r)
{
	enum rule_type type = rule_base(r)->type;
	if (r->ref ? !check_value(s, r->ref) : !check_type(s, type))
		return false;
	return check_limits(s, r, type);
}

bool schema_check(const struct schema *s, const struct node *head, struct problems *out)
{
	struct subject whole = {.node = head, .rule = schema_root(s), .out = out};
	return check_value(&whole, schema_root(s));
}
