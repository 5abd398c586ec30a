/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that belong to a text. Its page says what they are, which is the same on every hub, and
 * leads to a page under local/ that says which of them are here, with links.
 */
#include "pages/page.h"

#include "record/attachment.h"

void size_put(json_t *o, const struct site_lang *l, uint64_t bytes)
{
	static const char *const units[] = {"bytes", "kilobytes", "megabytes"};
	struct buf number = BUF_INIT, text = BUF_INIT;
	static const uint64_t steps[] = {1, 1000, 1000000};
	size_t unit = bytes < 1000 ? 0 : bytes < 999500 ? 1 : 2;
	uint64_t step = steps[unit], tenths = (bytes * 10 + step / 2) / step;
	if (tenths >= 100)
		tenths = (bytes + step / 2) / step * 10;
	words_real(&l->words, &number, (double)tenths / 10);
	const char *pairs[] = {"n", number.ptr, NULL};
	words_fill(&text, words_get(&l->words, "ui", units[unit]), pairs);
	page_put(o, "size", buf_str(&text));
	buf_release(&text);
	buf_release(&number);
}

static void put_kind(json_t *o, const struct site_lang *l, const struct attachment *a)
{
	struct str media = a->media;
	struct str family = str_cut(&media, '/');
	const char *word = str_is(family, "image")   ? "media_image"
			   : str_is(family, "audio") ? "media_audio"
						     : "media_document";
	page_put_word(o, "media", l, word);
	page_put(o, "format", str_from(attachment_kind(a->media)));
}

/* Within the site; in a folder of its own, so that it downloads under its name. */
static void site_path(struct buf *out, const struct attachment *a)
{
	buf_printf(out, "local/%s/%.*s", sha256_hex(&a->hash).text, STR_FMT(a->name));
}

static bool is_here(const struct site *s, const struct attachment *a)
{
	struct buf path = BUF_INIT;
	bool is = s->source->find_file && s->source->find_file(s->source->ctx, a, &path);
	buf_release(&path);
	return is;
}

/* {name, media, format, size} of each; with `is_local` {href, sha256} too. */
static json_t *files_list(
    const struct site *s, const struct site_lang *l, const struct variant *v, bool is_local)
{
	const json_t *from =
	    v->face.has_attachments ? json_object_get(variant_head(v), "attachments") : NULL;
	json_t *list = json_array();
	struct attachment a;
	for (size_t i = 0; i < json_array_size(from); i++) {
		struct buf href = BUF_INIT;
		if (!attachment_read(&a, json_array_get(from, i)))
			continue;
		json_t *o = json_object();
		site_path(&href, &a);
		page_put(o, "name", a.name);
		put_kind(o, l, &a);
		size_put(o, l, a.size);
		if (is_local) {
			bool is = is_here(s, &a);
			page_put_or_none(o, "href", is ? page_text(buf_str(&href)) : NULL);
			page_put(o, "sha256", str_from(sha256_hex(&a.hash).text));
		}
		json_array_append_new(list, o);
		buf_release(&href);
	}
	return list;
}

/* Within the language's folder; no id has a dot. */
static void local_path(struct buf *out, const struct doc *d)
{
	buf_printf(out, "local/%s.%s.%s.html", d->type, d->place, d->id);
}

void files_deps(struct deps *d, const struct site *s, const struct variant *v)
{
	const json_t *list =
	    v->face.has_attachments ? json_object_get(variant_head(v), "attachments") : NULL;
	struct attachment a;
	for (size_t i = 0; i < json_array_size(list); i++)
		deps_number(d, attachment_read(&a, json_array_get(list, i)) && is_here(s, &a));
}

void files_put(
    json_t *page, const struct site *s, const struct site_lang *l, const struct variant *v)
{
	struct buf href = BUF_INIT;
	json_t *list = files_list(s, l, v, false);
	if (json_array_size(list)) {
		json_t *o = json_object();
		local_path(&href, v->doc);
		page_put(o, "files_href", buf_str(&href));
		json_object_set_nocheck(o, "list", list);
		json_object_set_new_nocheck(page, "attachments", o);
	}
	buf_release(&href);
	json_decref(list);
}

static bool has_page(const struct variant *v)
{
	const json_t *list = v->face.has_attachments && !v->face.is_withdrawn
				 ? json_object_get(variant_head(v), "attachments")
				 : NULL;
	struct attachment a;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (attachment_read(&a, json_array_get(list, i)))
			return true;
	return false;
}

/* A text that has no files in another language leads to itself there. */
static void put_languages(json_t *page, const struct site *s, const struct site_lang *l,
    const struct doc *d, const char *path)
{
	json_t *list = page_languages(s, l, path);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const struct site_lang *other = &s->langs[i];
		struct buf href = BUF_INIT;
		buf_printf(&href, "%.*s/%s", STR_FMT(other->words.lang), d->url);
		if (!has_page(best_variant(d, other)))
			page_put(json_array_get(list, i), "page", buf_str(&href));
		buf_release(&href);
	}
	json_object_set_new_nocheck(page, "switch", list);
}

int files_page(struct site *s, struct site_lang *l, const struct variant *v, struct err *err)
{
	struct buf path = BUF_INIT;
	int rc = 0;
	if (has_page(v)) {
		json_t *page = json_object(), *tongue = tongue_context(v, l);
		page_put(page, "title", v->face.title);
		if (tongue)
			json_object_set_new_nocheck(page, "tongue", tongue);
		json_object_set_new_nocheck(
		    page, "document", page_link(v->face.title, v->doc->url));
		json_object_set_new_nocheck(page, "files", files_list(s, l, v, true));
		local_path(&path, v->doc);
		put_languages(page, s, l, v->doc, path.ptr);
		rc = page_write(s, l, "files", path.ptr, page, err);
	}
	buf_release(&path);
	return rc;
}

int files_link(struct site *s, const struct variant *v, struct err *err)
{
	const json_t *from =
	    v->face.has_attachments ? json_object_get(variant_head(v), "attachments") : NULL;
	struct buf path = BUF_INIT, file = BUF_INIT;
	struct attachment a;
	int rc = 0;
	for (size_t i = 0; i < json_array_size(from) && !rc; i++) {
		buf_reset(&path);
		buf_reset(&file);
		if (v->face.is_withdrawn || !attachment_read(&a, json_array_get(from, i)) ||
		    !s->source->find_file || !s->source->find_file(s->source->ctx, &a, &file))
			continue;
		site_path(&path, &a);
		rc = output_link(&s->output, path.ptr, file.ptr, err);
	}
	buf_release(&file);
	buf_release(&path);
	return rc;
}
