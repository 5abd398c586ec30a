/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is missing, by name: topics that a region has nothing on, and documents without a text in a
 * language or with one that is behind (missing/<lang>.html, missing/behind.html).
 */
#include "pages/list.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

static bool has_topic(const struct group *region, size_t theme)
{
	for (size_t i = 0; i < region->len; i++)
		for (size_t k = 0; k < region->docs[i]->nthemes; k++)
			if (region->docs[i]->themes[k] == theme)
				return true;
	return false;
}

json_t *gaps_context(const struct site *s, const struct site_lang *l)
{
	const struct groups *regions = &s->index.regions, *themes = &s->index.themes;
	json_t *list = json_array();
	char href[96];
	for (size_t i = 0; i < regions->len; i++) {
		const struct group *region = &regions->items[i];
		json_t *o = json_object(), *topics = json_array();
		for (size_t k = 0; k < themes->len; k++) {
			const struct group *theme = &themes->items[k];
			if (has_topic(region, k))
				continue;
			snprintf(href, sizeof href, "theme/%.*s.html", STR_FMT(theme->id));
			json_array_append_new(topics,
			    page_link(term_name(l, "themes", theme->id), theme->len ? href : ""));
		}
		page_put(o, "name", term_name(l, "regions", region->id));
		json_object_set_new_nocheck(
		    o, "count", json_integer((json_int_t)json_array_size(topics)));
		json_object_set_nocheck(o, "topics", topics);
		if (json_array_size(topics))
			json_array_append(list, o);
		json_decref(topics);
		json_decref(o);
	}
	return list;
}

/* --- texts --- */

/* In `lang`, or in any language ("") behind what it was translated from? */
static bool is_missing(const struct doc *d, struct str lang)
{
	if (lang.len)
		return !doc_variant(d, lang);
	for (size_t i = 0; i < d->nvariants; i++)
		if (variant_is_behind(&d->variants[i]))
			return true;
	return false;
}

/* One list; `lang` "": of those that are behind. */
static int missing_list(struct site *s, struct site_lang *l, struct str lang, struct err *err)
{
	const struct doc **docs = mem_alloc((s->index.nnewest + 1) * sizeof *docs);
	struct buf title = BUF_INIT;
	json_t *first = json_object();
	char base[64];
	size_t n = 0;
	for (size_t i = 0; i < s->index.nnewest; i++)
		if (is_missing(s->index.newest[i], lang))
			docs[n++] = s->index.newest[i];
	const char *pairs[] = {"language", words_language(&l->words, lang).ptr, NULL};
	words_fill(
	    &title, words_get(&l->words, "ui", lang.len ? "missing_title" : "behind_title"), pairs);
	snprintf(base, sizeof base, "missing/%.*s", STR_FMT(lang.len ? lang : STR("behind")));
	page_put_word(first, "kicker", l, "dashboard");
	page_put(first, "kicker_href", STR("dashboard.html"));
	page_put_word(first, "intro", l, lang.len ? "missing_intro" : "behind_intro");
	struct list list = {.base = base,
	    .title = buf_str(&title),
	    .none = "missing_none",
	    .first = first,
	    .docs = docs,
	    .len = n,
	    .as = SNIPPET_ROW};
	int r = list_write(s, l, &list, err);
	buf_release(&title);
	free(docs);
	return r;
}

int pages_of_gaps(struct site *s, struct site_lang *l, struct err *err)
{
	for (size_t i = 0; i < s->nlangs; i++)
		if (missing_list(s, l, s->langs[i].words.lang, err) != 0)
			return err->code;
	return missing_list(s, l, STR_EMPTY, err);
}
