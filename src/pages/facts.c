/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Front matter without C for each type: strings, numbers, lists and maps are shown by their form,
 * with labels from the words. A field that nobody has words for shows under its own name.
 */
#include "pages/page.h"

#include "markup/html.h"

#include <math.h>
#include <stdio.h>

struct facts {
	const struct site *s;
	const struct site_lang *l;
	const struct doc *doc;
	struct str lang; /* of the text */
	json_t *list, *tables;
	bool is_one_day; /* it has a beginning and no end */
};

/* Shown elsewhere on the page, or not meant for readers. */
static bool has_own_place(const char *field)
{
	static const char *const fields[] = {"type", "id", "lang", "title", "summary", "place",
	    "themes", "date", "country", "region", "sources", "related", "status", "reason",
	    "audience", "revision", "previous", "translation", "order", "attachments", "documents",
	    "minutes", "adapted_from"};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (strcmp(field, fields[i]) == 0)
			return true;
	return false;
}

static void add_scalar(
    const struct site_lang *l, struct buf *out, const char *field, const json_t *v)
{
	char key[96];
	struct str s = json_text(v);
	if (json_is_integer(v))
		words_integer(&l->words, out, json_integer_value(v));
	else if (json_is_real(v))
		words_real(&l->words, out, json_real_value(v));
	else if (strcmp(field, "languages") == 0)
		buf_add(out, words_language(&l->words, s));
	else if (json_object_get(l->terms, field))
		buf_add(out, term_name(l, field, s));
	else if (strcmp(field, "countries") == 0)
		buf_add(out, words_country(&l->words, s));
	else if (is_date(s))
		words_date(&l->words, out, s);
	else {
		const json_t *names =
		    json_object_get(json_object_get(l->words.root, "values"), field);
		snprintf(key, sizeof key, "%.*s", STR_FMT(s));
		struct str name = json_get_text(names, key);
		buf_add(out, name.len ? name : s);
	}
}

/* The name of a city, which leads to its page; nobody has to know one that a text names. */
static json_t *city_context(const struct facts *f, struct str place)
{
	json_t *o = place_context(f->s, f->l, place);
	bool is_known = place_region(f->s->source, place).len;
	page_put(o, "text", json_get_text(o, "name"));
	page_put_or_none(o, "page", is_known ? json_incref(json_object_get(o, "href")) : NULL);
	page_put_or_none(o, "href", NULL);
	page_put_or_none(o, "tongue", json_false());
	return o;
}

/* "7.2° N, 124.2° E" */
static void add_position(const struct site_lang *l, struct buf *out, const json_t *v)
{
	double lat = json_number_value(json_object_get(v, "lat"));
	double lon = json_number_value(json_object_get(v, "lon"));
	struct buf north = BUF_INIT, east = BUF_INIT;
	words_real(&l->words, &north, fabs(lat));
	words_real(&l->words, &east, fabs(lon));
	const char *pairs[] = {"n", north.ptr, NULL}, *others[] = {"n", east.ptr, NULL};
	words_fill(out, words_get(&l->words, "ui", lat < 0 ? "south" : "north"), pairs);
	buf_add(out, words_get(&l->words, "ui", "comma"));
	buf_putc(out, ' ');
	words_fill(out, words_get(&l->words, "ui", lon < 0 ? "west" : "east"), others);
	buf_release(&north);
	buf_release(&east);
}

/* A map's values on one line. */
static void add_map(const struct site_lang *l, struct buf *out, json_t *v)
{
	const char *key;
	json_t *part, *counts = json_object_get(l->words.root, "counts");
	bool has_position =
	    json_is_number(json_object_get(v, "lat")) && json_is_number(json_object_get(v, "lon"));
	bool was_number = false;
	if (has_position)
		add_position(l, out, v);
	json_object_foreach(v, key, part)
	{
		if (has_position && (strcmp(key, "lat") == 0 || strcmp(key, "lon") == 0))
			continue;
		bool is_unit = was_number && strcmp(key, "currency") == 0;
		buf_puts(out, !out->len ? "" : is_unit ? "\u00a0" : " · ");
		was_number = json_is_number(part);
		if (json_is_integer(part) && json_object_get(counts, key))
			words_count(&l->words, out, key, json_integer_value(part));
		else
			add_scalar(l, out, key, part);
	}
}

/* A map of numbers alone the site says in the reader's language; one with text, in the text's. */
static bool has_text(json_t *map)
{
	const char *key;
	json_t *part;
	json_object_foreach(map, key, part) if (json_is_string(part)) return true;
	return false;
}

/* The list of what answers the same need, serves the same objective, or is of use to the same
 * people. It has this document, by its original, and so there is one whatever others say; NULL
 * where a translation alone says so. */
static json_t *term_page(const struct doc *d, const char *field, struct str id)
{
	static const struct {
		const char *field, *folder;
	} lists[] = {{"needs", "need"}, {"objectives", "objective"}, {"audiences", "audience"}};
	struct str terms = d->original->face.terms, term;
	char href[TERM_BYTES_MAX + 32];
	size_t i = 0, n = sizeof lists / sizeof *lists;
	while (i < n && strcmp(field, lists[i].field) != 0)
		i++;
	if (i == n || d->is_withdrawn || !id.len)
		return NULL;
	while (faces_term(&terms, field, &term))
		if (str_eq(term, id)) {
			snprintf(href, sizeof href, "%s/%.*s.html", lists[i].folder, STR_FMT(id));
			return page_text(str_from(href));
		}
	return NULL;
}

/* Where it is, the site says in the reader's language; what else a map with text has, in the
 * text's: two values of one fact. */
static bool has_position_and_text(json_t *v)
{
	return json_is_number(json_object_get(v, "lat")) &&
	       json_is_number(json_object_get(v, "lon")) && has_text(v);
}

/* {text, href?, page?} */
static json_t *value_context(const struct facts *f, const char *field, json_t *v)
{
	const struct site_lang *l = f->l;
	if (is_ref_field(field))
		return ref_context(f->s, l, json_text(v));
	if (strcmp(field, "cities") == 0)
		return city_context(f, json_text(v));
	struct buf text = BUF_INIT;
	json_t *o = json_object();
	bool is_text = has_text(v);
	const struct site_lang *own = is_text ? site_lang_of(f->s, f->lang) : NULL;
	if (json_is_object(v))
		add_map(own ? own : l, &text, v);
	else
		add_scalar(l, &text, field, v);
	page_put(o, "text", buf_str(&text));
	/* What the site says in the reader's language, not what the text says in its own. */
	bool is_ours = !is_text && !str_eq(buf_str(&text), json_text(v));
	json_object_set_new_nocheck(o, "is_ours", json_boolean(is_ours));
	json_t *list = term_page(f->doc, field, json_text(v));
	if (list) /* whose name is in the reader's language */
		page_put_or_none(o, "tongue", NULL);
	page_put_or_none(o, "page", list);
	bool is_link = url_kind(json_text(v)) == URL_EXTERNAL;
	page_put_or_none(o, "href", is_link ? page_text(json_text(v)) : NULL);
	buf_release(&text);
	return o;
}

static size_t find_text(const json_t *texts, struct str text)
{
	size_t i = 0;
	while (i < json_array_size(texts) && !str_eq(json_text(json_array_get(texts, i)), text))
		i++;
	return i;
}

/* Move all of `texts` into `all`, to stand there from `at` on. */
static void insert_all(json_t *all, size_t at, json_t *texts)
{
	for (size_t i = 0; i < json_array_size(texts); i++)
		json_array_insert(all, at + i, json_array_get(texts, i));
	json_array_clear(texts);
}

/* A list of maps is a table; its columns are the keys that any row has, in the schema's order,
 * which each row keeps: what a later row brings stands before what follows it there. */
static json_t *columns_of(const json_t *rows)
{
	json_t *all = json_array(), *more = json_array();
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const char *key;
		json_t *v, *row = json_array_get(rows, i);
		json_object_foreach(row, key, v)
		{
			size_t at = find_text(all, str_from(key));
			if (at == json_array_size(all))
				json_array_append_new(more, json_string(key));
			else
				insert_all(all, at, more);
		}
		insert_all(all, json_array_size(all), more);
	}
	json_decref(more);
	return all;
}

static void add_table(struct facts *f, const char *field, json_t *rows)
{
	struct buf text = BUF_INIT;
	json_t *table = json_object(), *heads = json_array(), *lines = json_array();
	json_t *columns = columns_of(rows);
	words_field(&f->l->words, &text, field);
	page_put(table, "label", buf_str(&text));
	for (size_t i = 0; i < json_array_size(columns); i++) {
		buf_reset(&text);
		words_field(&f->l->words, &text, json_string_value(json_array_get(columns, i)));
		json_array_append_new(heads, page_text(buf_str(&text)));
	}
	for (size_t i = 0; i < json_array_size(rows); i++) {
		json_t *cells = json_array(), *row = json_array_get(rows, i);
		for (size_t k = 0; k < json_array_size(columns); k++) {
			const char *key = json_string_value(json_array_get(columns, k));
			buf_reset(&text);
			json_t *v = json_object_get(row, key);
			if (v)
				add_scalar(f->l, &text, key, v);
			json_array_append_new(cells, page_text(buf_str(&text)));
		}
		json_t *line = json_object();
		json_object_set_new_nocheck(line, "cells", cells);
		json_array_append_new(lines, line);
	}
	json_object_set_new_nocheck(table, "columns", heads);
	json_object_set_new_nocheck(table, "rows", lines);
	page_put_or_none(table, "chart", chart_context(f->s, f->l, f->lang, rows));
	json_array_append_new(f->tables, table);
	json_decref(columns);
	buf_release(&text);
}

static void add_fact(struct facts *f, const char *field, json_t *v)
{
	struct buf label = BUF_INIT;
	if (json_is_array(v) && json_is_object(json_array_get(v, 0))) {
		add_table(f, field, v);
		return;
	}
	json_t *fact = json_object(), *values = json_array();
	bool is_day = f->is_one_day && strcmp(field, "starts") == 0;
	words_field(&f->l->words, &label, is_day ? "date" : field);
	page_put(fact, "label", buf_str(&label));
	if (json_is_array(v))
		for (size_t i = 0; i < json_array_size(v); i++)
			json_array_append_new(
			    values, value_context(f, field, json_array_get(v, i)));
	else if (has_position_and_text(v)) {
		json_t *where = json_object(), *rest = json_copy(v);
		static const char *const axes[] = {"lat", "lon"};
		for (size_t i = 0; i < 2; i++) {
			json_object_set_nocheck(where, axes[i], json_object_get(v, axes[i]));
			json_object_del(rest, axes[i]);
		}
		json_array_append_new(values, value_context(f, field, where));
		json_array_append_new(values, value_context(f, field, rest));
		json_decref(where);
		json_decref(rest);
	} else
		json_array_append_new(values, value_context(f, field, v));
	json_object_set_new_nocheck(fact, "values", values);
	json_array_append_new(f->list, fact);
	buf_release(&label);
}

/* What readers of this type look for: what it does not say is shown as what that means, by
 * content/theme/expected.json, or as not reported. */
static void add_missing(struct facts *f, const struct variant *v)
{
	json_t *value;
	const char *field;
	json_object_foreach(json_object_get(f->s->expected, v->doc->type), field, value)
	{
		if (json_object_get(variant_head(v), field))
			continue;
		struct str text = words_get(&f->l->words, "ui", "not_reported");
		json_t *none = json_is_null(value) ? page_text(text) : json_incref(value);
		add_fact(f, field, none);
		json_t *last = json_array_get(f->list, json_array_size(f->list) - 1);
		json_t *said = json_array_get(json_object_get(last, "values"), 0);
		json_object_set_new_nocheck(said, "is_ours", json_true());
		json_decref(none);
	}
}

void facts_put(
    json_t *page, const struct site *s, const struct site_lang *l, const struct variant *v)
{
	json_t *head = variant_head(v), *value;
	struct facts f = {s, l, v->doc, v->face.lang, json_array(), json_array(),
	    json_object_get(head, "starts") && !json_object_get(head, "ends")};
	const char *field;
	json_object_foreach(head, field, value) if (!has_own_place(field))
	    add_fact(&f, field, value);
	add_missing(&f, v);
	json_t *facts = json_object();
	if (json_array_size(f.list)) {
		json_object_set_nocheck(facts, "list", f.list);
		json_object_set_new_nocheck(page, "facts", facts);
	} else
		json_decref(facts);
	json_decref(f.list);
	json_object_set_new_nocheck(page, "tables", f.tables);
}
