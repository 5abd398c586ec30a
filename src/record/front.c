/* SPDX-License-Identifier: Apache-2.0 */
#include "record/front.h"

#include "base/limits.h"
#include "record/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

enum { HEAD_LINE = 2 }; /* line in the file where the head begins, after "---" */

/* Where a parse stands. */
struct reader {
	struct front *front;
	const char *name;
	yaml_parser_t yaml;
	size_t values; /* so far */
	struct err *err;
};

/* An event's kind and what the subset asks about it. */
struct item {
	yaml_event_type_t type;
	unsigned line, column, end_line;
	bool anchored, tagged, quoted;
	bool literal; /* the text is what stands in the file, character for character */
	struct str text; /* in the arena */
};

static unsigned mark_line(yaml_mark_t m)
{
	return (unsigned)m.line + HEAD_LINE;
}

static unsigned mark_column(yaml_mark_t m)
{
	return (unsigned)m.column + 1;
}

__attribute__((format(printf, 4, 5))) static int fail_at(
    struct reader *r, unsigned line, unsigned column, const char *format, ...)
{
	char why[sizeof r->err->msg];
	va_list ap;
	va_start(ap, format);
	vsnprintf(why, sizeof why, format, ap);
	va_end(ap);
	return err_set(r->err, ERR_SYNTAX, "%s:%u:%u: %s", r->name, line, column, why);
}

/* libyaml's words, and what they mean to somebody who fills in a form. */
static const char *explain(const char *problem)
{
	static const struct {
		const char *says, *means;
	} table[] = {
	    {"mapping values are not allowed",
		"a ':' inside a text; put double quotes around the text"},
	    {"cannot start any token",
		"a text that begins with this character needs double quotes"},
	    {"did not find expected key",
		"not a field; write 'key: value', as far in as its neighbours"},
	    {"could not find expected ':'", "a field without its colon; write 'key: value'"},
	    {"did not find expected ',' or ']'",
		"this list needs ',' between items and ']' at its end"},
	    {"did not find expected ',' or '}'",
		"this map needs ',' between fields and '}' at its end"},
	    {"did not find expected '-' indicator",
		"not an item; begin it with '- ', in line with the others"},
	    {"unexpected end of stream", "a quote is opened and never closed"},
	    {"unknown escape character", "an unknown escape; write \\\\ for a backslash"},
	    {"did not find expected whitespace or line break",
		"a '\"' inside a quoted text; write \\\" for it"},
	    {"block sequence entries are not allowed", "a list begins on a line of its own"},
	    {"did not find expected <document start>",
		"this text belongs to no field; write 'key: value'"},
	    {"did not find expected node content", "a value is missing here"},
	    {"unexpected document indicator", "a quote is opened and never closed"},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strstr(problem, table[i].says))
			return table[i].means;
	return problem;
}

static int fail_yaml(struct reader *r)
{
	const yaml_parser_t *y = &r->yaml;
	const char *problem = y->problem ? y->problem : "not YAML";
	yaml_mark_t at = y->problem_mark;
	/* An end that never came is best shown where the thing began. */
	if (y->context &&
	    (strstr(problem, "end of stream") || strstr(problem, "document indicator")))
		at = y->context_mark;
	return fail_at(r, mark_line(at), mark_column(at), "%s", explain(problem));
}

/* Read the next event into `it`. */
static int next(struct reader *r, struct item *it)
{
	yaml_event_t e;
	if (!yaml_parser_parse(&r->yaml, &e))
		return fail_yaml(r);
	*it = (struct item){.type = e.type,
	    .line = mark_line(e.start_mark),
	    .column = mark_column(e.start_mark),
	    .end_line = mark_line(e.end_mark)};
	switch (e.type) {
	case YAML_SCALAR_EVENT:
		it->anchored = e.data.scalar.anchor;
		it->tagged = e.data.scalar.tag;
		it->quoted = e.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
		it->text =
		    arena_str(&r->front->arena, str_of(e.data.scalar.value, e.data.scalar.length));
		it->literal = !it->quoted ||
			      e.end_mark.index - e.start_mark.index == text_length(it->text) + 2;
		break;
	case YAML_SEQUENCE_START_EVENT:
		it->anchored = e.data.sequence_start.anchor;
		it->tagged = e.data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		it->anchored = e.data.mapping_start.anchor;
		it->tagged = e.data.mapping_start.tag;
		break;
	case YAML_DOCUMENT_START_EVENT:
		if (e.data.document_start.version_directive ||
		    e.data.document_start.tag_directives.start !=
			e.data.document_start.tag_directives.end)
			it->tagged = true;
		break;
	default:
		break;
	}
	yaml_event_delete(&e);
	return 0;
}

/* What escapes and folding produced obeys the same rules as the file's own characters. */
static int check_scalar(struct reader *r, const struct item *it)
{
	size_t at;
	struct err why;
	if (it->text.len && text_is_blank(it->text))
		return fail_at(r, it->line, it->column,
		    "nothing can be seen in this value; write it, or leave the field out");
	if (it->literal && it->line == it->end_line)
		return 0; /* checked with the whole head */
	if (!text_check(it->text, TEXT_LINE, &at, &why))
		return 0;
	return fail_at(r, it->line, it->column, "in this value, %s", why.msg);
}

static int check_item(struct reader *r, const struct item *it)
{
	if (it->type == YAML_ALIAS_EVENT)
		return fail_at(r, it->line, it->column,
		    "'*' refers to another value; write the value out, or quote a text that begins "
		    "with '*'");
	if (it->anchored)
		return fail_at(r, it->line, it->column,
		    "'&' names a value; take it out, or quote a text that begins with '&'");
	if (it->tagged)
		return fail_at(r, it->line, it->column,
		    "'!' or '%%' gives a type; take it out, or quote a text that begins with it");
	if (++r->values > NODES_MAX)
		return err_set(r->err, ERR_LIMIT, "%s:%u:%u: more than %d values in one head",
		    r->name, it->line, it->column, NODES_MAX);
	return it->type == YAML_SCALAR_EVENT ? check_scalar(r, it) : 0;
}

bool front_is_key(struct str s)
{
	if (!s.len || s.ptr[0] < 'a' || s.ptr[0] > 'z')
		return false;
	for (size_t i = 1; i < s.len; i++) {
		char c = s.ptr[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_')
			return false;
	}
	return true;
}

static int check_key(struct reader *r, const struct item *key)
{
	if (key->type != YAML_SCALAR_EVENT && key->type != YAML_ALIAS_EVENT)
		return fail_at(r, key->line, key->column,
		    "a key must be a word, not a list or a map; quote a text that begins with '[' "
		    "or '{'");
	if (!key->anchored && !key->tagged && str_is(key->text, "<<") && !key->quoted)
		return fail_at(
		    r, key->line, key->column, "'<<' merges another map; write its fields out");
	if (check_item(r, key))
		return r->err->code;
	r->values--; /* the value counts, not its key */
	if (!front_is_key(key->text))
		return fail_at(r, key->line, key->column,
		    "'%s' is no key; a key is lower-case ASCII letters, digits and '_', a letter "
		    "first",
		    text_excerpt(key->text).text);
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct node *x = *(const struct node *const *)a, *y = *(const struct node *const *)b;
	int c = str_cmp(x->key, y->key);
	if (c)
		return c;
	if (x->key_line != y->key_line)
		return x->key_line < y->key_line ? -1 : 1;
	return (x->key_column > y->key_column) - (x->key_column < y->key_column);
}

static int check_unique(struct reader *r, const struct node *map)
{
	if (map->count < 2)
		return 0;
	const struct node **all = arena_alloc(&r->front->arena, map->count * sizeof(struct node *));
	size_t n = 0;
	for (const struct node *v = map->first; v; v = v->next)
		all[n++] = v;
	qsort(all, n, sizeof *all, by_key);
	const struct node *twice = NULL;
	for (size_t i = 1; i < n; i++)
		if (str_eq(all[i]->key, all[i - 1]->key) &&
		    (!twice || all[i]->key_line < twice->key_line))
			twice = all[i];
	if (!twice)
		return 0;
	return fail_at(r, twice->key_line, twice->key_column,
	    "'%s' stands here a second time; keep one of the two", text_excerpt(twice->key).text);
}

static int read_value(struct reader *r, const struct item *it, size_t depth, struct node **out);

static int read_items(struct reader *r, struct node *parent, size_t depth)
{
	bool map = parent->kind == NODE_MAP;
	yaml_event_type_t end = map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
	struct node **last = &parent->first;
	for (;;) {
		struct item key = {0}, it;
		if (next(r, &it))
			return r->err->code;
		if (it.type == end)
			return map ? check_unique(r, parent) : 0;
		if (map) {
			key = it;
			if (check_key(r, &key) || next(r, &it))
				return r->err->code;
		}
		if (read_value(r, &it, depth + 1, last))
			return r->err->code;
		(*last)->key = map ? key.text : STR_EMPTY;
		(*last)->key_line = key.line;
		(*last)->key_column = key.column;
		last = &(*last)->next;
		parent->count++;
	}
}

static int read_value(struct reader *r, const struct item *it, size_t depth, struct node **out)
{
	if (check_item(r, it))
		return r->err->code;
	if (depth > NESTING_MAX)
		return err_set(r->err, ERR_LIMIT, "%s:%u:%u: lists and maps more than %d deep",
		    r->name, it->line, it->column, NESTING_MAX);
	struct node *n = arena_alloc(&r->front->arena, sizeof *n);
	n->line = it->line;
	n->column = it->column;
	n->text = STR_EMPTY;
	n->key = STR_EMPTY;
	*out = n;
	if (it->type == YAML_SCALAR_EVENT) {
		n->kind = NODE_SCALAR;
		n->text = it->text;
		n->quoted = it->quoted;
		return 0;
	}
	n->kind = it->type == YAML_MAPPING_START_EVENT ? NODE_MAP : NODE_LIST;
	return read_items(r, n, depth);
}

static int read_document(struct reader *r)
{
	struct item it;
	if (next(r, &it) || next(r, &it)) /* stream start, then the document */
		return r->err->code;
	if (it.type != YAML_DOCUMENT_START_EVENT)
		return fail_at(
		    r, HEAD_LINE, 1, "the head is empty; it needs fields such as 'title: …'");
	if (it.tagged)
		return fail_at(
		    r, HEAD_LINE, 1, "a line that begins with '%%' has no place in a head");
	if (next(r, &it))
		return r->err->code;
	if (it.type != YAML_MAPPING_START_EVENT)
		return fail_at(
		    r, it.line, it.column, "the head must be fields, one 'key: value' a line");
	if (read_value(r, &it, 1, &r->front->head) || next(r, &it) || next(r, &it))
		return r->err->code;
	if (it.type != YAML_STREAM_END_EVENT)
		return fail_at(
		    r, it.line, it.column, "a second document; the head is one map of fields");
	return 0;
}

static int read_head(struct reader *r, struct str head)
{
	if (!yaml_parser_initialize(&r->yaml))
		return err_set(r->err, ERR_LIMIT, "%s: not enough memory", r->name);
	yaml_parser_set_encoding(&r->yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r->yaml, (const unsigned char *)head.ptr, head.len);
	int code = read_document(r);
	yaml_parser_delete(&r->yaml);
	return code;
}

/* Cut the file at its two "---" lines. */
static int split(
    struct str src, const char *name, struct str *head, struct str *body, struct err *err)
{
	struct str rest = src;
	if (!str_is(str_cut(&rest, '\n'), "---"))
		return err_set(err, ERR_SYNTAX,
		    "%s:1:1: the file must begin with a line '---', then fields, then '---'", name);
	const char *start = rest.ptr;
	while (rest.len) {
		struct str line = str_cut(&rest, '\n');
		if (!str_is(line, "---"))
			continue;
		*head = str_of(start, (size_t)(line.ptr - start));
		*body = rest;
		return 0;
	}
	return err_set(err, ERR_SYNTAX,
	    "%s:1:1: the head has no end; a line '---' must stand between its fields and the text",
	    name);
}

static int check_text(
    struct str src, struct str part, enum text_part kind, const char *name, struct err *err)
{
	size_t at;
	struct err why;
	unsigned line, column;
	if (!text_check(part, kind, &at, &why))
		return 0;
	size_t before = part.len ? (size_t)(part.ptr - src.ptr) : 0;
	text_place(src, before + at, &line, &column);
	return err_set(err, why.code, "%s:%u:%u: %s", name, line, column, why.msg);
}

int front_parse(
    struct front *f, struct str src, const char *name, size_t max_bytes, struct err *err)
{
	*f = (struct front){.body = STR_EMPTY};
	struct str head, body;
	if (src.len > max_bytes)
		return err_set(err, ERR_LIMIT, "%s:1:1: %zu bytes; at most %zu are allowed", name,
		    src.len, max_bytes);
	if (split(src, name, &head, &body, err)) {
		/* Say first what hides the "---": other line ends, a mark before it. */
		struct err hidden;
		if (check_text(src, src, TEXT_BODY, name, &hidden))
			*err = hidden;
		return err->code;
	}
	if (check_text(src, head, TEXT_HEAD, name, err) ||
	    check_text(src, body, TEXT_BODY, name, err))
		return err->code;
	struct reader r = {.front = f, .name = name, .err = err};
	if (read_head(&r, head)) {
		front_release(f);
		return err->code;
	}
	f->body_line = HEAD_LINE + 1;
	for (const char *p = head.ptr; (p = memchr(p, '\n', (size_t)(head.ptr + head.len - p)));
	     p++)
		f->body_line++;
	f->body = arena_str(&f->arena, body);
	return 0;
}

void front_release(struct front *f)
{
	arena_clear(&f->arena);
	*f = (struct front){.body = STR_EMPTY};
}

const struct node *node_get(const struct node *map, const char *key)
{
	if (!map || map->kind != NODE_MAP)
		return NULL;
	for (const struct node *v = map->first; v; v = v->next)
		if (str_is(v->key, key))
			return v;
	return NULL;
}
