/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be taken along, and how large it is. The records are the same on every hub; how large
 * this copy of the site is, with the files it has, stands under local/.
 */
#include "pages/list.h"

/* Of the texts in that language. */
static struct sum lang_sum(const struct site_index *x, struct str lang)
{
	for (size_t i = 0; i < x->nlangs; i++)
		if (str_eq(x->langs[i].code, lang))
			return x->langs[i].sum;
	return (struct sum){.texts = 0};
}

static void put_sum(json_t *o, const struct site_lang *l, const struct sum *sum)
{
	json_object_set_new_nocheck(o, "texts", json_integer((json_int_t)sum->texts));
	size_put(o, l, sum->bytes);
}

/* What follows one region takes: {name, href, region, texts, size} of each hub. */
static json_t *hub_sizes(const struct site *s, const struct site_lang *l)
{
	json_t *list = hubs_context(s);
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *o = json_array_get(list, i);
		struct str name = json_get_text(o, "name");
		json_object_del(o, "entry");
		json_object_del(o, "commit");
		page_put(o, "region",
		    json_get_text(charter_term(s->source->charter, "hubs", name), "region"));
		put_sum(o, l, &s->index.of_hubs[i]);
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
		struct sum sum = lang_sum(&s->index, lang);
		put_sum(o, l, &sum);
		json_array_append_new(languages, o);
	}
	page_put_word(page, "title", l, "offline");
	page_put_word(page, "intro", l, "offline_intro");
	put_sum(page, l, &s->index.all);
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
