/* SPDX-License-Identifier: Apache-2.0 */
#include "render/build.h"
#include "pages/page.h"

#include "base/asset.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/threads.h"
#include "pages/address.h"
#include "render/check.h"
#include "render/workers.h"
#include "site/program.h"

#include <stdio.h>
#include <stdlib.h>

static const char theme[] = "content/theme/";

/* {id: name} of a vocabulary of the charter; where a term lacks this language, its first name. */
static json_t *vocabulary_names(const json_t *charter, const char *vocabulary, struct str lang)
{
	const json_t *list = json_object_get(charter, vocabulary);
	json_t *names = json_object();
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *term = json_array_get(list, i);
		json_t *all = json_object_get(term, "names");
		json_t *name = json_object_getn(all, lang.ptr, lang.len);
		if (!name)
			name = json_object_iter_value(json_object_iter(all));
		if (name)
			json_object_set(names, json_get_text(term, "id").ptr, name);
	}
	return names;
}

static void lang_terms(struct site_lang *l, const json_t *charter)
{
	static const char *const vocabularies[] = {
	    "themes", "regions", "audiences", "needs", "objectives"};
	l->terms = json_object();
	for (size_t i = 0; i < sizeof vocabularies / sizeof *vocabularies; i++)
		json_object_set_new(l->terms, vocabularies[i],
		    vocabulary_names(charter, vocabularies[i], l->words.lang));
}

static int own_words(const struct site *s, struct site_lang *l, struct err *err)
{
	char name[64];
	const char *file;
	snprintf(name, sizeof name, "%.*s.json", STR_FMT(l->words.lang));
	struct str own = theme_own(s->theme, name, &file);
	return own.ptr ? words_overlay(&l->words, own, file, err) : 0;
}

static int load_langs(struct site *s, struct site_report *report, struct err *err)
{
	const json_t *codes = json_object_get(s->source->charter, "languages");
	s->langs = mem_alloc(json_array_size(codes) * sizeof *s->langs);
	for (size_t i = 0; i < json_array_size(codes); i++) {
		struct site_lang *l = &s->langs[s->nlangs];
		struct err why = {0};
		int r = words_load(&l->words, json_text(json_array_get(codes, i)), &why);
		if (r == ERR_MISSING) {
			buf_printf(&report->notes, "%s\n", why.msg);
			continue;
		}
		if (r != 0) {
			*err = why;
			return r;
		}
		s->nlangs++;
		lang_terms(l, s->source->charter);
		if (own_words(s, l, err) != 0)
			return err->code;
	}
	if (s->nlangs)
		return 0;
	return err_set(err, ERR_MISSING,
	    "this program has words for none of the charter's languages; it has English, French, "
	    "Spanish and Arabic");
}

static int load_templates(struct site *s, struct err *err)
{
	static const char suffix[] = ".mustache";
	const char *path;
	s->templates = template_set_new();
	for (size_t i = 0; (path = asset_path(theme, i)); i++) {
		struct str name = str_from(path + strlen(theme));
		const char *file;
		if (!str_ends(name, str_from(suffix)))
			continue;
		struct str text = theme_get(s->theme, name.ptr, &file);
		name.len -= strlen(suffix);
		if (template_add(s->templates, name, text, file, err) != 0)
			return err->code;
	}
	return template_set_finish(s->templates, err);
}

static int load_expected(struct site *s, struct err *err)
{
	static const char name[] = "content/theme/expected.json";
	return json_parse(&s->expected, asset_get(name), name, err);
}

static void network_context(struct site *s)
{
	struct str id = str_from(s->source->network_id),
		   name = json_get_text(s->source->charter, "name");
	s->network = json_object();
	page_put(s->network, "network", name.len ? name : STR("Belfry"));
	page_put(s->network, "network_id", id);
	if (s->options->has_members)
		json_object_set_new_nocheck(s->network, "is_for_members", json_true());
}

static void site_release(struct site *s)
{
	for (size_t i = 0; i < s->nlangs; i++) {
		struct site_lang *l = &s->langs[i];
		for (size_t k = 0; k < SNIPPETS; k++)
			free(l->snippets[k]);
		json_decref(l->terms);
		json_decref(l->frame[0]);
		json_decref(l->frame[1]);
		template_set_free(l->templates[0]);
		template_set_free(l->templates[1]);
		words_release(&l->words);
	}
	free(s->langs);
	template_set_free(s->templates);
	theme_free(s->theme);
	json_decref(s->network);
	json_decref(s->expected);
	index_release(&s->index);
	buf_release(&s->html);
}

/* In a site with what is for members; no page leads to it. */
static const char members_file[] = "members-only.txt";

/* A folder is for the public or for members for ever: of the site before, one tree stays. */
static int check_folder(const struct site_options *o, struct err *err)
{
	struct buf path = BUF_INIT;
	int bad = 0;
	for (char tree = 'a'; tree <= 'b' && !bad; tree++) {
		buf_reset(&path);
		buf_printf(&path, "%s.d/%c", o->out, tree);
		if (!file_exists(path.ptr))
			continue;
		buf_printf(&path, "/%s", members_file);
		if (file_exists(path.ptr) != o->has_members)
			bad = err_set(err, ERR_EXISTS,
			    "%s holds a site for %s; give this one another folder with --out",
			    o->out, o->has_members ? "everybody" : "members only");
	}
	buf_release(&path);
	return bad;
}

static int mark_folder(struct site *s, struct err *err)
{
	return s->options->has_members
		   ? output_file(&s->output, members_file,
			 STR("This site has what is for members only: put it on no public host.\n"),
			 err)
		   : 0;
}

static uint8_t options_of(const struct site *s)
{
	return (uint8_t)(1 | s->options->has_members << 1 | (s->source->add_files != NULL) << 2 |
			 s->options->has_no_compressed << 3);
}

/* What the whole site is made by and from, but for documents. Options stand in the first byte. */
static struct digest version_of(const struct site *s)
{
	const struct site_source *from = s->source;
	struct buf b = BUF_INIT;
	struct digest program = program_digest(), own = theme_digest(s->theme);
	buf_add(&b, str_of(program.bytes, sizeof program.bytes));
	buf_add(&b, str_of(own.bytes, sizeof own.bytes));
	buf_puts(&b, from->network_id);
	json_write(&b, from->charter, 0);
	json_write(&b, from->places, 0);
	buf_add(&b, from->principles);
	struct digest d = digest_of(buf_str(&b));
	d.bytes[0] = options_of(s);
	buf_release(&b);
	return d;
}

/* What stands before the pages and behind them: two parts at a time, that know nothing of each
 * other. More threads at once would only take processors from the one that the rest waits for. */
struct part {
	int (*make)(struct part *p);
	struct site *site;
	struct site_source *source; /* of the same */
	struct tree *tree;
	struct workers *workers;
	struct site_report report;
	bool is_done;
	int bad; /* err may tell of what did not matter */
	struct err err;
};
enum { PARTS = 2 };

static void make_part(void *ctx)
{
	struct part *p = ctx;
	p->bad = p->make(p);
	p->is_done = true;
}

static int make_parts(const struct part *of, int (*first)(struct part *p),
    int (*second)(struct part *p), struct site_report *report, struct err *err)
{
	struct part parts[PARTS] = {*of, *of};
	const struct site *s = of->site;
	int bad = 0;
	parts[0].make = first;
	parts[1].make = second;
	for (size_t i = 0; i < PARTS; i++)
		parts[i].report = (struct site_report){.notes = BUF_INIT};
	threads_run(make_part, parts, sizeof *parts,
	    s->source->fork && threads_count(s->options->threads) > 1 ? PARTS : 1);
	for (size_t i = PARTS; i-- > 0;) {
		if (!parts[i].is_done)
			make_part(&parts[i]);
		buf_add(&report->notes, buf_str(&parts[i].report.notes));
		report->skipped += parts[i].report.skipped;
		if (parts[i].bad && !bad) {
			bad = parts[i].bad;
			*err = parts[i].err;
		}
		buf_release(&parts[i].report.notes);
	}
	return bad;
}

static int find(struct part *p, enum source_step step)
{
	struct site_source *source = p->source;
	return source->find[step] ? source->find[step](source, &p->err) : 0;
}

/* What asks for the charter alone: rows that are kept, words and templates. */
static int make_ground(struct part *p)
{
	struct site *s = p->site;
	if (find(p, SOURCE_KEPT) || theme_open(&s->theme, s->options->theme, &p->err) ||
	    load_langs(s, &p->report, &p->err) || load_templates(s, &p->err) ||
	    load_expected(s, &p->err))
		return p->err.code;
	network_context(s);
	return 0;
}

static int find_rules(struct part *p)
{
	return find(p, SOURCE_RULES);
}

static int find_items(struct part *p)
{
	return find(p, SOURCE_ITEMS);
}

/* What the last build knew of records. */
static int open_index(struct part *p)
{
	index_open(&p->site->index, p->source, p->site->options);
	return 0;
}

static int make_index(struct part *p)
{
	return index_build(&p->site->index, p->source, p->site->options, &p->report, &p->err);
}

/* The folder that it goes to. */
static int begin_tree(struct part *p)
{
	struct tree *t = p->tree;
	t->inputs = p->source->inputs;
	t->version = version_of(p->site);
	return tree_begin(t, p->site->options->out, p->site->options->is_anew, &p->err);
}

static int prepare(struct site *s, struct site_source *source, struct tree *t, struct err *err)
{
	const struct part all = {.site = s, .source = source, .tree = t};
	if (check_folder(s->options, err) ||
	    make_parts(&all, make_ground, find_rules, s->report, err) ||
	    make_parts(&all, find_items, open_index, s->report, err) ||
	    make_parts(&all, make_index, begin_tree, s->report, err))
		return err->code;
	s->address = address_of_site(s);
	for (size_t i = 0; i < s->nlangs; i++)
		for (size_t k = 0; k < SNIPPETS; k++)
			s->langs[i].snippets[k] =
			    mem_alloc(s->index.ndocs * sizeof *s->langs[i].snippets[k]);
	return 0;
}

/* They are shown as the words they are: a record never stops a site. */
static void note_dead_links(const struct site *s, struct site_report *report)
{
	size_t n = 0;
	for (size_t i = 0; i < s->index.nvariants; i++)
		for (struct str rest = s->index.variants[i].face.links; rest.len;) {
			struct str id = str_cut(&rest, '\n');
			struct str place = str_cut(&id, '/'), type = str_cut(&id, '/');
			n += index_find(&s->index, place, type, id) == NULL;
		}
	if (n)
		buf_printf(
		    &report->notes, "links of records to records that are not here: %zu\n", n);
}

/* Of all that is written so far, which is all but the pages that say so. */
static int sizes(struct site *s, const struct workers *w, struct err *err)
{
	struct output_count all = {0};
	for (size_t i = 0; i < w->n; i++) {
		all.files += w->items[i].site.output.all.files;
		all.bytes += w->items[i].site.output.all.bytes;
	}
	return pages_of_sizes(s, all.bytes, all.files, err);
}

/* --- what a build said, for one that finds nothing new --- */

static void put_report(struct buf *b, const struct site_report *r)
{
	const uint64_t numbers[] = {
	    r->documents, r->records, r->pages, r->files, r->bytes, r->skipped};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		buf_u64(b, numbers[i]);
	buf_add(b, buf_str(&r->notes));
}

static bool take_report(struct site_report *r, struct str s)
{
	uint64_t numbers[6];
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (!str_take_u64(&s, &numbers[i]))
			return false;
	*r = (struct site_report){.documents = numbers[0],
	    .records = numbers[1],
	    .pages = numbers[2],
	    .files = numbers[3],
	    .bytes = numbers[4],
	    .skipped = numbers[5],
	    .notes = BUF_INIT};
	buf_add(&r->notes, s);
	return true;
}

bool site_is_built(struct digest *inputs, const struct site_options *o, struct site_report *report)
{
	struct buf b = BUF_INIT;
	struct theme *own = NULL;
	struct err ignored;
	static const struct digest nobody_said;
	struct digest program = program_digest();
	if (digest_eq(inputs, &nobody_said) || theme_open(&own, o->theme, &ignored) != 0) {
		*inputs = nobody_said;
		return false;
	}
	struct digest theirs = theme_digest(own);
	theme_free(own);
	buf_add(&b, str_of(inputs->bytes, sizeof inputs->bytes));
	buf_add(&b, str_of(program.bytes, sizeof program.bytes));
	buf_add(&b, str_of(theirs.bytes, sizeof theirs.bytes));
	buf_u8(&b, (uint8_t)(o->has_members | o->has_no_compressed << 1 | o->has_no_mirror << 2));
	*inputs = digest_of(buf_str(&b));
	buf_reset(&b);
	bool is = !o->is_anew && tree_is_of(&b, o->out, inputs) && take_report(report, buf_str(&b));
	buf_release(&b);
	return is;
}

static int settle(struct part *p)
{
	return tree_settle(p->tree, &p->err);
}

static int judge_links(struct part *p)
{
	note_dead_links(p->site, &p->report);
	return check_links(&p->workers->items[0].site, p->workers, p->tree, &p->err);
}

static int finish(struct site *s, struct tree *t, struct workers *w, struct err *err)
{
	const struct part all = {.site = s, .tree = t, .workers = w};
	const struct site_source *from = s->source;
	struct site_report *into = s->report;
	if (mark_folder(&w->items[0].site, err) || pages_after(&w->items[0].site, w, t, err) ||
	    sizes(&w->items[0].site, w, err))
		return err->code;
	tree_flush_begin(t);
	if (make_parts(&all, settle, judge_links, into, err) ||
	    (from->add_files && from->add_files(from->ctx, t->path.ptr, s->options->out, err)))
		return err->code;
	for (size_t i = 0; i < w->n; i++) {
		const struct output *o = &w->items[i].site.output;
		buf_add(&into->notes, buf_str(&w->items[i].report.notes));
		into->pages += o->all.pages;
		into->files += o->all.files;
		into->bytes += o->all.bytes;
		into->written_pages += o->changed.pages;
		into->written_files += o->changed.files;
	}
	into->documents = s->index.ndocs;
	into->records = s->index.nvariants;
	put_report(&t->report, into);
	if (workers_finish(w, t, err) != 0)
		return err->code;
	index_keep(&s->index, from, s->options->out);
	/* Also where there is none yet: laying it out costs less than the first build did. */
	return from->has_erased || !tree_has_other(t) ? tree_follow(t, err) : 0;
}

/* By then who was sent a page has it, or has gone: what a web server waits for a visitor, mostly.
 */
enum { REST_S = 60 };

int site_build(const struct site_source *source, const struct site_options *o,
    struct site_report *report, struct err *err)
{
	struct site_report unread = {.notes = BUF_INIT}, *into = report ? report : &unread;
	struct site_source own = *source;
	struct site s = {.source = &own, .options = o, .report = into, .html = BUF_INIT};
	struct tree tree = {
	    .folder = -1, .before = -1, .compresses = !o->has_no_compressed, .rest_s = REST_S};
	struct workers workers = {.n = 0};
	*into = (struct site_report){.notes = BUF_INIT};
	int lock, r = tree_lock(&lock, o->out, o->stop, err);
	if (r == 0)
		r = prepare(&s, &own, &tree, err);
	if (r == 0)
		r = workers_run(&workers, &s, &tree, err);
	if (r == 0)
		r = finish(&s, &tree, &workers, err);
	if (r == 0 && o->shown)
		o->shown(o->shown_ctx, into);
	workers_release(&workers);
	if (tree.out)
		tree_release(&tree);
	tree_unlock(lock, o->out);
	site_release(&s);
	site_report_release(&unread);
	return r;
}

void site_report_release(struct site_report *report)
{
	buf_release(&report->notes);
}
