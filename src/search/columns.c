/* SPDX-License-Identifier: Apache-2.0 */
/* What a search needs of all texts, in columns. */
#include "search/search.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

/* A file's columns: numbers of all texts, in their order, and the ids that they refer to. */
enum { COLUMNS_MAX = 4 };

struct columns {
	struct buf numbers[COLUMNS_MAX];
	json_t *ids[COLUMNS_MAX];
	const char **pointers[COLUMNS_MAX]; /* of the same, where they were met first */
	size_t caps[COLUMNS_MAX];
};

static void columns_init(struct columns *c)
{
	*c = (struct columns){.caps = {0}};
	for (size_t i = 0; i < COLUMNS_MAX; i++) {
		c->numbers[i] = BUF_INIT;
		c->ids[i] = json_array();
	}
}

/* Ids are in the order in which they are named first. Mostly those that are equal have one pointer
 * (site/index.h). */
static size_t id_number(struct columns *c, size_t i, struct str id)
{
	size_t n = json_array_size(c->ids[i]);
	for (size_t k = 0; k < n; k++)
		if (c->pointers[i][k] == id.ptr)
			return k;
	for (size_t k = 0; k < n; k++)
		if (str_eq(json_text(json_array_get(c->ids[i], k)), id))
			return k;
	json_array_append_new(c->ids[i], page_text(id));
	size_t len = n;
	*MEM_PUSH(c->pointers[i], len, c->caps[i]) = id.ptr;
	return n;
}

static void put_id(struct columns *c, size_t i, struct str id)
{
	search_number(&c->numbers[i], id_number(c, i, id));
}

/* Take it into `o`, by those names; a column without a name is none, and so are ids. */
static void columns_put(struct columns *c, json_t *o, const char *const names[COLUMNS_MAX],
    const char *const ids_names[COLUMNS_MAX])
{
	for (size_t i = 0; i < COLUMNS_MAX; i++) {
		if (names[i])
			page_put(o, names[i], buf_str(&c->numbers[i]));
		buf_release(&c->numbers[i]);
		if (ids_names[i])
			json_object_set_nocheck(o, ids_names[i], c->ids[i]);
		json_decref(c->ids[i]);
		free(c->pointers[i]);
	}
}

static int write_file(
    struct site *s, const struct site_lang *l, const char *name, json_t *o, struct err *err)
{
	char path[64];
	struct buf file = BUF_INIT;
	search_head(&file, l, name);
	json_write(&file, o, 0);
	buf_puts(&file, ")\n");
	snprintf(path, sizeof path, "search/%.*s/%s.js", STR_FMT(l->words.lang), name);
	int r = page_put_file(s, path, buf_str(&file), err);
	json_decref(o);
	buf_release(&file);
	return r;
}

int search_index(struct site *s, const struct site_lang *l, const struct search_texts *t,
    struct str ends, struct err *err)
{
	static const char *const names[COLUMNS_MAX] = {"slots", "lengths", "titles"};
	static const char *const no_ids[COLUMNS_MAX] = {NULL};
	json_t *o = json_object();
	struct columns c;
	columns_init(&c);
	for (size_t i = 0; i < t->n; i++) {
		uint32_t next = i ? t->docs[i - 1].slot + 1 : 0;
		search_number(&c.numbers[0], t->docs[i].slot - next);
		search_number(&c.numbers[1], (uint8_t)t->docs[i].terms.ptr[0]);
		search_number(&c.numbers[2], (uint8_t)t->docs[i].terms.ptr[1]);
	}
	json_object_set_new_nocheck(o, "bits", json_integer(t->bits));
	page_put(o, "ends", ends);
	page_put(o, "stop", words_get(&l->words, NULL, "stop_words"));
	columns_put(&c, o, names, no_ids);
	return write_file(s, l, "index", o, err);
}

/* Months since FIRST_YEAR, for who asks for no word: the newest come first. 0 where it has no day.
 */
static uint64_t month_of(const char *date)
{
	enum { FIRST_YEAR = 1900 };
	unsigned year = 0, month = 1;
	if (sscanf(date, "%4u-%2u", &year, &month) < 1 || year < FIRST_YEAR)
		return 0;
	return (uint64_t)(year - FIRST_YEAR) * 12 + month;
}

/* Lists are of no type and no region: who narrows a search wants texts. */
int search_facets(
    struct site *s, const struct site_lang *l, const struct search_texts *t, struct err *err)
{
	static const char *const names[COLUMNS_MAX] = {"type", "region", "theme", "month"};
	static const char *const ids_names[COLUMNS_MAX] = {"types", "regions", "themes"};
	const struct group *themes = s->index.themes.items;
	json_t *o = json_object();
	struct columns c;
	columns_init(&c);
	for (size_t i = 0; i < t->n; i++) {
		const struct doc *d = t->targets[i].text ? t->targets[i].text->doc : NULL;
		put_id(&c, 0, d ? str_from(d->type) : STR_EMPTY);
		put_id(&c, 1, d ? d->region : STR_EMPTY);
		search_number(&c.numbers[2], d ? d->nthemes : 0);
		for (size_t k = 0; d && k < d->nthemes; k++)
			put_id(&c, 2, themes[d->themes[k]].id);
		search_number(&c.numbers[3], d ? month_of(d->date) : 0);
	}
	columns_put(&c, o, names, ids_names);
	return write_file(s, l, "facets", o, err);
}
