/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a document says of others in its front matter, as links to their pages, and the chain that
 * a practice stands in: what it was adapted from, that from what, and who adapted it.
 */
#include "pages/page.h"

#include <stdio.h>

enum { CHAIN_MAX = 8, REFS_MAX = 64 };

/* Fields whose values are "place/type/id". */
static const char *const ref_fields[] = {"adapted_from", "evaluates", "outputs"};

bool is_ref_field(const char *field)
{
	for (size_t i = 0; i < sizeof ref_fields / sizeof *ref_fields; i++)
		if (strcmp(field, ref_fields[i]) == 0)
			return true;
	return false;
}

/* Without a page it stands as it was written. */
json_t *ref_context(const struct site *s, const struct site_lang *l, struct str ref)
{
	const struct doc *d = index_find_ref(&s->index, ref);
	json_t *o = json_object();
	page_put(o, "text", d ? best_variant(d, l)->face.title : ref);
	page_put_or_none(o, "page", d ? page_text(str_from(d->url)) : NULL);
	page_put_or_none(o, "href", NULL);
	page_put_or_none(o, "tongue", d ? tongue_context(best_variant(d, l), l) : NULL);
	return o;
}

/* The one it names first, or NULL. */
static const struct doc *adapted_from(const struct site_index *x, const struct doc *d)
{
	struct str ref = variant_term(d->original, "adapted_from");
	const struct doc *from = ref.len ? index_find_ref(x, ref) : NULL;
	return from && !from->is_withdrawn ? from : NULL;
}

static bool is_among(const struct doc *const *docs, size_t n, const struct doc *d)
{
	while (n--)
		if (docs[n] == d)
			return true;
	return false;
}

/* Those before it, the first one first. One that comes a second time ends the chain. */
static size_t chain_before(
    const struct site_index *x, const struct doc *d, const struct doc *out[CHAIN_MAX])
{
	const struct doc *back[CHAIN_MAX];
	size_t n = 0;
	for (const struct doc *at = adapted_from(x, d);
	     at && at != d && !is_among(back, n, at) && n < CHAIN_MAX; at = adapted_from(x, at))
		back[n++] = at;
	for (size_t i = 0; i < n; i++)
		out[i] = back[n - 1 - i];
	/* Others that it was made from stand before it, too, without theirs. */
	struct str ref, terms = d->original->face.terms;
	for (bool is_first = true; n < CHAIN_MAX && faces_term(&terms, "adapted_from", &ref);
	     is_first = false) {
		const struct doc *from = index_find_ref(x, ref);
		if (!is_first && from && from != d && !from->is_withdrawn &&
		    !is_among(out, n, from))
			out[n++] = from;
	}
	return n;
}

static const struct group *chain_after(const struct site_index *x, const struct doc *d)
{
	char ref[256];
	snprintf(ref, sizeof ref, "%s/%s/%s", d->place, d->type, d->id);
	return group_find(&x->adapted, str_from(ref));
}

static json_t *link_to(const struct site *s, const struct site_lang *l, const struct doc *d)
{
	const struct variant *v = best_variant(d, l);
	json_t *o = page_link(v->face.title, d->url);
	json_object_set_new_nocheck(o, "place", place_context(s, l, str_from(d->place)));
	page_put_or_none(o, "tongue", tongue_context(v, l));
	return o;
}

void chain_put(json_t *page, const struct site *s, const struct site_lang *l, const struct doc *d)
{
	const struct doc *before[CHAIN_MAX];
	size_t n = chain_before(&s->index, d, before);
	const struct group *after = chain_after(&s->index, d);
	json_t *o = json_object(), *from = json_array(), *by = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(from, link_to(s, l, before[i]));
	for (size_t i = 0; after && i < after->len; i++)
		if (after->docs[i] != d)
			json_array_append_new(by, link_to(s, l, after->docs[i]));
	bool has_after = json_array_size(by);
	page_put_or_none(o, "before", n ? json_pack("{s:O}", "list", from) : NULL);
	page_put_or_none(o, "after", has_after ? json_pack("{s:O}", "list", by) : NULL);
	json_decref(from);
	json_decref(by);
	if (n || has_after)
		json_object_set_nocheck(page, "chain", o);
	json_decref(o);
}

void refs_deps(struct deps *deps, const struct site *s, const struct doc *d)
{
	const struct doc *seen[REFS_MAX + CHAIN_MAX];
	size_t n = chain_before(&s->index, d, seen);
	for (size_t i = 0; i < d->nvariants; i++)
		for (size_t k = 0; k < sizeof ref_fields / sizeof *ref_fields; k++) {
			struct str terms = d->variants[i].face.terms, ref;
			while (n < REFS_MAX && faces_term(&terms, ref_fields[k], &ref)) {
				const struct doc *to = index_find_ref(&s->index, ref);
				if (to)
					seen[n++] = to;
			}
		}
	deps_docs(deps, seen, n);
	const struct group *after = chain_after(&s->index, d);
	deps_docs(deps, after ? after->docs : NULL, after ? after->len : 0);
}
