/* SPDX-License-Identifier: Apache-2.0 */
#include "store/known.h"

#include "base/near.h"
#include "store/catalogue.h"

enum { WORDS_SHOWN = 1200, NEAR_SHOWN = 80 }; /* bytes */

static void add_types(json_t *words, const struct schema_set *schemas)
{
	for (size_t i = 0; schema_name(schemas, i).len; i++)
		if (schema_is_record_type(schema_find(schemas, schema_name(schemas, i))))
			json_array_append_new(words, json_from(schema_name(schemas, i)));
}

static void add_terms(json_t *words, const json_t *vocabulary)
{
	size_t i;
	json_t *v;
	json_array_foreach(vocabulary, i, v)
	    json_array_append(words, json_is_string(v) ? v : json_object_get(v, "id"));
}

static void add_cities(json_t *words, struct store *s)
{
	json_t *cities, *city;
	const char *id;
	struct err none;
	if (catalogue_places(&cities, s, &none))
		return;
	json_object_foreach(cities, id, city) json_array_append_new(words, json_string(id));
	json_decref(cities);
}

static void say_unknown(struct buf *why, const char *what, struct str word, const json_t *words)
{
	size_t i;
	json_t *v;
	buf_printf(why, "the network has no %s '%.*s'; it has %s", what, STR_FMT(word),
	    json_array_size(words) ? "" : "none");
	json_array_foreach(words, i, v)
	{
		if (why->len > WORDS_SHOWN) {
			buf_printf(why, " and %zu more", json_array_size(words) - i);
			break;
		}
		buf_printf(why, "%s%s", i ? ", " : "", json_string_value(v));
	}
}

const char *known_city(struct store *s, struct str place)
{
	for (size_t i = 0; i < s->njournals; i++) {
		const struct journal *j = &s->journals[i];
		const struct roster *roster;
		struct err none;
		if (!journal_roster(&roster, s, j, &none) && roster && roster_city(roster, place))
			return j->head.hub;
	}
	return NULL;
}

static const struct {
	const char *what, *vocabulary;
} kinds[] = {
    [KNOWN_TYPE] = {"record type", NULL},
    [KNOWN_REGION] = {"region", "regions"},
    [KNOWN_PLACE] = {"place", "regions"},
    [KNOWN_THEME] = {"theme", "themes"},
    [KNOWN_LANG] = {"language", "languages"},
};

/* All but cities, which are dear to read. Owns: the caller; NULL where nobody can tell. */
static json_t *words_of(struct store *s, enum known_kind kind)
{
	const struct charter *c;
	const struct schema_set *schemas;
	struct err none;
	if (store_charter(s, 0, &c, &schemas, &none))
		return NULL;
	json_t *words = json_array();
	if (kind == KNOWN_TYPE)
		add_types(words, schemas);
	else
		add_terms(words, json_object_get(c->head, kinds[kind].vocabulary));
	return words;
}

bool known_has(struct buf *why, struct store *s, enum known_kind kind, struct str word)
{
	json_t *words = words_of(s, kind);
	if (!words)
		return true;
	bool is_known = json_has_text(words, word) || (kind == KNOWN_PLACE && known_city(s, word));
	if (!is_known && why) {
		if (kind == KNOWN_PLACE)
			add_cities(words, s);
		say_unknown(why, kinds[kind].what, word, words);
	}
	json_decref(words);
	return is_known;
}

/* A city is looked for without its country, too. */
static bool is_near(struct str word, struct str known, bool is_place)
{
	struct str bare = known;
	if (near_is_slip(word, known))
		return true;
	if (!is_place || known.len < 4 || known.ptr[2] != '-')
		return false;
	bare = str_sub(known, 3, known.len);
	return str_eq(word, bare) || (!memchr(word.ptr, '-', word.len) && near_is_slip(word, bare));
}

void known_near(struct buf *out, struct store *s, enum known_kind kind, struct str word)
{
	json_t *words = words_of(s, kind), *v;
	size_t i, before = out->len;
	if (words && kind == KNOWN_PLACE)
		add_cities(words, s);
	json_array_foreach(words, i, v)
	{
		if (out->len - before < NEAR_SHOWN &&
		    is_near(word, json_text(v), kind == KNOWN_PLACE))
			buf_printf(
			    out, "%s%s", out->len > before ? ", " : "", json_string_value(v));
	}
	json_decref(words);
}
