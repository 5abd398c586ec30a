/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be taken along, and how large it is. The records are the same on every hub; how large
 * this copy of the site is, with the files it has, stands under local/.
 */
#include "pages/list.h"

/* Put "texts" and "size" of those in that language and by that hub; "" is any. */
static void put_sum(
    json_t *o, const struct site *s, const struct site_lang *l, struct str lang, struct str hub)
{
	uint64_t bytes = 0;
	json_int_t texts = 0;
	for (size_t i = 0; i < s->index.nvariants; i++) {
		const struct variant *v = &s->index.variants[i];
		if ((lang.len && !str_eq(v->lang, lang)) || (hub.len && !str_is(hub, v->item->hub)))
			continue;
		bytes += v->face.bytes;
		texts++;
	}
	json_object_set_new_nocheck(o, "texts", json_integer(texts));
	size_put(o, l, bytes);
}

/* What follows one region takes: {name, href, region, texts, size} of each hub. */
static json_t *hub_sizes(const struct site *s, const struct site_lang *l)
{
	json_t *list = hubs_context(s);
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *o = json_array_get(list, i);
		struct str hub = json_get_text(o, "name");
		json_object_del(o, "entry");
		json_object_del(o, "commit");
		page_put(o, "region",
		    json_get_text(charter_term(s->source->charter, "hubs", hub), "region"));
		put_sum(o, s, l, STR_EMPTY, hub);
	}
	return list;
}

int page_offline(struct site *s, struct site_lang *l, struct err *err)
{
	json_t *page = json_object(), *languages = json_array(), *hubs = hub_sizes(s, l);
	for (size_t i = 0; i < s->nlangs; i++) {
		json_t *o = json_object();
		struct str lang = s->langs[i].words.lang;
		page_put(o, "name", words_language(&l->words, lang));
		put_sum(o, s, l, lang, STR_EMPTY);
		json_array_append_new(languages, o);
	}
	page_put_word(page, "title", l, "offline");
	page_put_word(page, "intro", l, "offline_intro");
	put_sum(page, s, l, STR_EMPTY, STR_EMPTY);
	json_object_set_new_nocheck(page, "tongues", languages);
	page_put(page, "address", s->address.len ? s->address : STR("https://example.org/"));
	json_object_set_new_nocheck(page, "has_hubs", json_boolean(json_array_size(hubs) > 1));
	json_object_set_new_nocheck(page, "hubs", hubs);
	return page_write_if_new(s, l, "offline", "offline.html", page, err);
}

int pages_of_sizes(struct site *s, uint64_t bytes, size_t files, struct err *err)
{
	for (size_t i = 0; i < s->nlangs; i++) {
		struct site_lang *l = &s->langs[i];
		json_t *page = json_object();
		struct buf number = BUF_INIT, text = BUF_INIT;
		words_integer(&l->words, &number, (int64_t)files);
		size_put(page, l, bytes);
		const char *pairs[] = {
		    "size", json_get_text(page, "size").ptr, "files", number.ptr, NULL};
		words_fill(&text, words_get(&l->words, "ui", "sizes_text"), pairs);
		page_put_word(page, "title", l, "sizes");
		page_put(page, "intro", buf_str(&text));
		buf_release(&number);
		buf_release(&text);
		if (page_write(s, l, "sizes", "local/sizes.html", page, err) != 0)
			return err->code;
	}
	return 0;
}
