/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages that list documents, as many pages as that takes; and the links that lead to them. Shared
 * by the files that say what is listed.
 */
#ifndef BELFRY_PAGES_LIST_H
#define BELFRY_PAGES_LIST_H

#include "pages/page.h"

struct list {
	const char *base; /* "theme/gender" */
	struct str title;
	json_t *first; /* only on its first page, by what it says; owned */
	const struct doc *profile; /* or NULL: put on its first page, too */
	const struct doc *const *docs; /* newest first */
	size_t len;
	enum snippet as;
	const char *none; /* the word for an empty list, or NULL for what all lists say */
	/* Of these its first page shows something, too. */
	const struct doc *const *also;
	size_t nalso;
	const struct digest *also_shown; /* or NULL */
	bool has_years; /* each year under a heading of its own */
	/* More that its first page shows, or NULL: put it, once that page is made. */
	int (*more)(
	    json_t *page, struct site *s, struct site_lang *l, const void *ctx, struct err *err);
	const void *more_ctx;
};

/* Put what a search engine and a shared link say of a page of `n` documents: its title, how many,
 * and its "intro"; nothing where it has a description. */
void description_put(json_t *page, const struct site_lang *l, size_t n);

/* Write all of its pages; with none of its documents, the first. Frees `list->first`. */
int list_write(struct site *s, struct site_lang *l, struct list *list, struct err *err);

/* Put the links to what a region has of each kind and topic: "narrow". */
int region_narrow_put(
    json_t *page, struct site *s, struct site_lang *l, const struct group *g, struct err *err);

/* Links to the pages of letters: [{name, href}]. */
json_t *letters_context(const struct site *s, const struct site_lang *l);
/* Links to the lists of years, the newest first. */
json_t *years_context(const struct site *s);
/* [{name, count, topics: [{name, href}]}]: what each region has nothing on. */
json_t *gaps_context(const struct site *s, const struct site_lang *l);
/* Add to each link's count its share of the largest, in hundredths, for a bar. */
json_t *links_with_bars(json_t *links);
/* {name, href, count}; without a count where that is 0. */
json_t *counted_link(struct str name, const char *href, size_t count);
/* Append {title, items}, `word` being the title's; nothing where there are no items (owned). */
void links_group_put(json_t *groups, const struct site_lang *l, const char *word, json_t *items);

#endif
