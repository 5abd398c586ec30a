/* SPDX-License-Identifier: Apache-2.0 */
#include "pages/page.h"

#include "base/mem.h"
#include "markup/later.h"
#include "markup/lint.h"
#include "markup/markdown.h"

#include <stdlib.h>

/* The network's own pages, smallest "order" first. */
static int by_order(const void *a, const void *b)
{
	const struct doc *x = *(const struct doc *const *)a, *y = *(const struct doc *const *)b;
	int64_t m = json_get_int(variant_head(x->original), "order");
	int64_t n = json_get_int(variant_head(y->original), "order");
	if (m != n)
		return m < n ? -1 : 1;
	return (x->position > y->position) - (x->position < y->position);
}

/* No more than the menu shows: every page has it, and is made anew when it changes. */
static json_t *menu_link(const struct site_lang *l, const struct doc *d)
{
	const struct variant *v = shown_variant(d, l);
	json_t *o = json_object();
	page_put(o, "title", v->face.title);
	page_put(o, "href", str_from(d->url));
	page_put_or_none(o, "tongue", tongue_context(v, l));
	return o;
}

static json_t *menu_context(const struct site *s, const struct site_lang *l)
{
	json_t *list = json_array();
	const struct group *pages = group_find(&s->index.types, STR("page"));
	const size_t n = pages ? pages->len : 0;
	const struct doc **docs = mem_alloc((n + 1) * sizeof(struct doc *));
	for (size_t i = 0; i < n; i++)
		docs[i] = pages->docs[i];
	qsort(docs, n, sizeof *docs, by_order);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, menu_link(l, docs[i]));
	free(docs);
	return list;
}

/* Without its last line end, so that it can stand on a line of a template. */
static int put_foot(json_t *frame, struct site *s, struct err *err)
{
	buf_reset(&s->html);
	int r = template_render(&s->html, template_find(s->templates, "foot"), &frame, 1, err);
	page_put(frame, "foot_html", str_trim(buf_str(&s->html)));
	return r;
}

/* What no page gives another meaning to. */
static const char *const everywhere[] = {
    "ui", "fields", "root", "up", "network", "foot_html", "later_html", "later_hash", NULL};

int frame_build(struct site *s, struct site_lang *l, struct err *err)
{
	json_t *flat = l->frame[0] = json_copy(l->words.root);
	json_object_update(flat, s->network);
	json_object_set_new_nocheck(flat, "kinds", types_context(s, l, false));
	json_object_set_new_nocheck(flat, "menu", menu_context(s, l));
	page_put(flat, "later_html", later_script());
	page_put(flat, "later_hash", later_hash());
	json_t *deep = l->frame[1] = json_copy(flat);
	page_put(flat, "root", STR("../"));
	page_put(deep, "root", STR("../../"));
	page_put(deep, "up", STR("../"));
	if (put_foot(flat, s, err) || put_foot(deep, s, err))
		return err->code;
	for (size_t i = 0; i < sizeof l->frame / sizeof *l->frame; i++)
		l->templates[i] = template_set_bind(s->templates, l->frame[i], everywhere);
	/* Words and templates stand in the program or the hub's theme, and terms in the charter:
	 * version_of() has them. */
	struct buf shown = BUF_INIT;
	buf_add(&shown, l->words.lang);
	json_write(&shown, s->network, 0);
	json_write(&shown, json_object_get(flat, "menu"), 0);
	json_write(&shown, json_object_get(flat, "kinds"), 0);
	l->shown = digest_of(buf_str(&shown));
	buf_release(&shown);
	return 0;
}

bool is_review_optional(const struct site *s)
{
	return str_is(json_get_text(s->source->charter, "review"), "optional");
}

/* The newest text there is, so that the line can be run as it stands. Its title has tags of its own
 * within the sentence: it may be in another language. */
static void put_example(json_t *page, struct site *s, const struct site_lang *l)
{
	struct str after = words_get(&l->words, "ui", "verify_one_text");
	page_put(page, "one_before", str_cut(&after, '{'));
	str_cut(&after, '}');
	page_put(page, "one_after", after);
	if (s->index.nnewest) {
		const struct variant *v = best_variant(s->index.newest[0], l);
		json_t *o = json_object();
		page_put(o, "title", v->face.title);
		page_put(o, "href", str_from(v->doc->url));
		page_put_or_none(o, "tongue", tongue_context(v, l));
		provenance_put(o, s, l, v);
		json_object_set_new_nocheck(page, "example", o);
	}
}

static int verify(struct site *s, struct site_lang *l, struct err *err)
{
	struct deps *d = deps_begin(s, l);
	deps_heads(d, s);
	if (s->index.nnewest)
		deps_doc(d, s, s->index.newest[0]);
	if (page_is_fresh(s, l, "verify.html", d))
		return 0;
	json_t *page = json_object();
	page_put_word(page, "title", l, "verify_title");
	page_put_word(
	    page, "intro", l, is_review_optional(s) ? "verify_intro_one" : "verify_intro");
	put_example(page, s, l);
	json_object_set_new_nocheck(page, "hubs", hubs_context(s));
	return page_write(s, l, "verify", "verify.html", page, err);
}

/* What stands below the heading that is this language's name of the page, up to the next heading of
 * its level: a charter may say the same in several languages. All of it where there is none. */
static struct str own_part(struct str all, const struct site_lang *l)
{
	struct str title = words_get(&l->words, "ui", "principles"), rest = all;
	while (rest.len) {
		struct str line = str_cut(&rest, '\n');
		if (!str_starts(line, STR("## ")) ||
		    !str_eq(str_trim(str_sub(line, 3, line.len)), title))
			continue;
		struct str part = rest;
		while (rest.len && !str_starts(rest, STR("## ")))
			str_cut(&rest, '\n');
		return str_sub(part, 0, part.len - rest.len);
	}
	return all;
}

static int principles(struct site *s, struct site_lang *l, struct err *err)
{
	if (page_is_fresh(s, l, "principles.html", deps_begin(s, l)))
		return 0;
	json_t *page = json_object();
	struct buf html = BUF_INIT;
	struct err why = {0};
	page_put_word(page, "title", l, "principles");
	if (markdown_html(&html, own_part(s->source->principles, l), NULL, &why) == 0 &&
	    html_lint(buf_str(&html), LINT_FRAGMENT, "principles", NULL, &why) == 0)
		page_put(page, "body_html", buf_str(&html));
	else
		json_object_set_new_nocheck(page, "is_unshown", json_true());
	buf_release(&html);
	return page_write(s, l, "text", "principles.html", page, err);
}

/* What the reader's browser keeps; its script fills it in. */
static int saved(struct site *s, struct site_lang *l, struct err *err)
{
	if (page_is_fresh(s, l, "saved.html", deps_begin(s, l)))
		return 0;
	json_t *page = json_object();
	page_put_word(page, "title", l, "saved");
	page_put_word(page, "description", l, "saved_text");
	return page_write(s, l, "saved", "saved.html", page, err);
}

int pages_of_frame(struct site *s, struct site_lang *l, struct err *err)
{
	if (page_home(s, l, err) != 0 || verify(s, l, err) != 0)
		return err->code;
	return principles(s, l, err) ? err->code : saved(s, l, err);
}

/* The sheet inside the page, and its hash for the page's policy (CSP 3 §2.3.1). */
static void put_style(json_t *page, struct str sheet)
{
	struct sha256 h = sha256(sheet);
	struct buf text = BUF_INIT;
	buf_base64(&text, str_of(h.bytes, sizeof h.bytes));
	page_put(page, "style_html", sheet);
	page_put(page, "style_hash", buf_str(&text));
	buf_release(&text);
}

/* Pages above the languages say everything in each of them. */
static int write_above(
    struct site *s, const char *name, const char *path, json_t *page, struct err *err)
{
	json_t *languages = json_array();
	for (size_t i = 0; i < s->nlangs; i++)
		json_array_append(languages, s->langs[i].words.root);
	json_object_set_new_nocheck(page, "each", languages);
	if (s->nlangs > 1) /* as page_write() has it: a page alone is no cluster */
		json_object_set_new_nocheck(page, "is_choice", json_true());
	json_t *contexts[] = {s->langs[0].words.root, s->network, page};
	buf_reset(&s->html);
	int r = template_render(&s->html, template_find(s->templates, name), contexts,
	    sizeof contexts / sizeof *contexts, err);
	json_decref(page);
	return r ? r : page_put_file(s, path, buf_str(&s->html), err);
}

static int write_script(struct site *s, const char *name, struct err *err)
{
	struct buf b = BUF_INIT;
	theme_script(&b, s->theme, name);
	int r = output_file(&s->output, name, buf_str(&b), err);
	buf_release(&b);
	return r;
}

/* The service worker, with what it fetches at once, and the home pages. */
static int write_worker(struct site *s, struct str sheet, struct err *err)
{
	struct buf b = BUF_INIT, worker = BUF_INIT, offline = BUF_INIT;
	theme_script(&worker, s->theme, "sw.js");
	theme_script(&offline, s->theme, "offline.js");
	struct digest version,
	    parts[] = {digest_of(sheet), digest_of(buf_str(&offline)), digest_of(buf_str(&worker))};
	version = digest_of(str_of(parts, sizeof parts));
	buf_puts(&b, "const VERSION = \"");
	buf_hex(&b, str_of(version.bytes, sizeof version.bytes));
	buf_puts(&b, "\", SHELL = [\"style.css\", \"offline.js\", \"favicon.svg\"], HOMES = [");
	for (size_t i = 0; i < s->nlangs; i++)
		buf_printf(
		    &b, "%s\"%.*s/index.html\"", i ? ", " : "", STR_FMT(s->langs[i].words.lang));
	buf_puts(&b, "];\n");
	buf_add(&b, buf_str(&worker));
	int r = output_file(&s->output, "sw.js", buf_str(&b), err);
	buf_release(&b);
	buf_release(&worker);
	buf_release(&offline);
	return r;
}

int pages_above(struct site *s, struct err *err)
{
	const char *file;
	struct str sheet = theme_sheet(s->theme);
	if (write_above(s, "choice", "index.html", json_object(), err) != 0)
		return err->code;
	/* Hosts show this one in place of any page, however deep: it loads nothing, and its links
	 * begin at the root. A site below a folder of its host keeps the look, not the links. */
	json_t *missing = json_object();
	put_style(missing, sheet);
	if (write_above(s, "missing", "404.html", missing, err) != 0 ||
	    output_file(&s->output, "style.css", sheet, err) != 0 ||
	    write_worker(s, sheet, err) != 0 || write_script(s, "offline.js", err) != 0 ||
	    write_script(s, "search.js", err) != 0 ||
	    output_file(
		&s->output, "favicon.svg", theme_get(s->theme, "favicon.svg", &file), err) != 0)
		return err->code;
	return output_file(&s->output, "allowed_signers", s->source->allowed_signers, err);
}
