/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/next.h"

#include "store/catalogue.h"

#include <stdio.h>

/* Where one text is, and what the network's charter says of such. */
struct place_of {
	struct store *store;
	const struct item *item;
	const struct schema_set *schemas;
};

/* What a revision can follow at `path`: ERR_MISSING, ERR_CHAIN. */
static int find(struct place_of *at, struct store *s, const char *path, struct err *err)
{
	const struct catalogue *c;
	const struct charter *charter;
	struct str name = str_sub(str_from(path), strlen("records/"), SIZE_MAX);
	*at = (struct place_of){.store = s};
	name.len -= strlen(".md");
	if (store_charter(s, 0, &charter, &at->schemas, err) || store_catalogue(&c, s, err))
		return err->code;
	const struct item *i = catalogue_find(c, str_from(path));
	if (!i || (i->state != ITEM_PUBLISHED && i->state != ITEM_WITHDRAWN))
		return err_set(err, ERR_MISSING,
		    "nothing is published here as %.*s: a first text says 'revision: 1' and no "
		    "'previous'",
		    STR_FMT(name));
	if (i->is_contested)
		return err_set(err, ERR_CHAIN,
		    "two texts of %.*s were made apart: belfry new --merge %.*s FILE begins what "
		    "ends it",
		    STR_FMT(name), STR_FMT(name));
	at->item = i;
	return 0;
}

/* What everybody has goes first, then what is for members. */
static int find_in_either(struct place_of *at, struct store *s, const char *path, struct err *err)
{
	struct err none;
	int bad = find(at, s, path, err);
	if (bad == ERR_MISSING && s->members && find(at, s->members, path, &none) == 0)
		bad = 0;
	return bad;
}

static int read_blob(
    struct record *r, const struct place_of *at, const struct oid *blob, struct err *err)
{
	struct buf bytes = BUF_INIT;
	int bad = repo_read(at->store->repo, blob, OBJECT_BLOB, &bytes, err) ||
		  record_parse(r, buf_str(&bytes), at->item->path, at->schemas, NULL, err);
	buf_release(&bytes);
	return bad ? err->code : 0;
}

static int read_entry(
    struct entry *e, const struct place_of *at, const struct oid *commit, struct err *err)
{
	struct buf bytes = BUF_INIT;
	struct public_key key;
	int bad = repo_read(at->store->repo, commit, OBJECT_COMMIT, &bytes, err) ||
		  entry_parse(e, &key, buf_str(&bytes), at->store->network, err);
	buf_release(&bytes);
	return bad ? err->code : 0;
}

/* Append the body that it had before it was withdrawn; nothing where that is not here. */
static void add_body_before(struct buf *out, const struct place_of *at)
{
	struct entry last = {.seq = 0}, before = {.seq = 0};
	struct record r = {.source = BUF_INIT};
	struct oid blob;
	struct err none;
	if (!read_entry(&last, at, &at->item->commit, &none) && last.seq > 1 &&
	    !read_entry(&before, at, &last.parent, &none) &&
	    !tree_find(at->store->repo, &before.tree, str_from(at->item->path), &blob, &none) &&
	    !read_blob(&r, at, &blob, &none))
		buf_add(out, r.body);
	record_release(&r);
	entry_release(&last);
	entry_release(&before);
}

/* --- a text to begin with --- */

static void set_translation(json_t *head, const struct item *of)
{
	json_object_set_new(head, "translation",
	    json_pack("{s:s, s:i, s:s}", "of", of->lang, "revision", (int)of->revision, "method",
		"human"));
}

static void write_text(
    struct buf *out, const struct place_of *at, const struct record *r, json_t *head)
{
	struct buf body = BUF_INIT;
	buf_add(&body, r->body);
	if (at->item->state == ITEM_WITHDRAWN)
		add_body_before(&body, at);
	json_object_del(head, "status");
	json_object_del(head, "reason");
	canon_write(out, schema_find(at->schemas, r->type), head, buf_str(&body));
	buf_release(&body);
}

/* `of`: what it is a translation of, or NULL for as it is. */
static int write_next(
    struct buf *out, const struct place_of *at, const struct item *of, struct err *err)
{
	struct record r = {.source = BUF_INIT};
	if (read_blob(&r, at, &at->item->md, err)) {
		record_release(&r);
		return err->code;
	}
	json_t *head = common_next_head(&r);
	if (of && json_object_get(head, "translation"))
		set_translation(head, of);
	write_text(out, at, &r, head);
	json_decref(head);
	record_release(&r);
	return 0;
}

static int write_translation(
    struct buf *out, const struct place_of *at, struct str lang, struct err *err)
{
	struct record r = {.source = BUF_INIT};
	if (read_blob(&r, at, &at->item->md, err)) {
		record_release(&r);
		return err->code;
	}
	json_t *head = json_deep_copy(r.head);
	json_object_set_new(head, "lang", json_from(lang));
	json_object_set_new(head, "revision", json_integer(1));
	json_object_del(head, "previous");
	set_translation(head, at->item);
	write_text(out, at, &r, head);
	json_decref(head);
	record_release(&r);
	return 0;
}

int next_text(struct buf *out, unsigned *revision, struct store *s, const char *name,
    struct str lang, struct err *err)
{
	struct buf path = BUF_INIT, other = BUF_INIT;
	struct record_name n;
	struct place_of at, theirs;
	int bad = 0;
	*revision = 1;
	buf_printf(&path, "records/%s.md", name);
	if (!record_name_parse(&n, buf_str(&path)))
		bad = err_set(err, ERR_USAGE,
		    "'%s' is no text's name: PLACE/TYPE/ID/LANG, such as "
		    "ke-mombasa/news/market-hall/en",
		    name);
	bad = bad || find_in_either(&at, s, path.ptr, err);
	if (!bad && lang.len && !str_eq(lang, n.lang) && at.item->state == ITEM_WITHDRAWN)
		bad = err_set(err, ERR_POLICY,
		    "%s is withdrawn: a translation of it would be shown to nobody", name);
	bool is_same = !bad && (!lang.len || str_eq(lang, n.lang));
	if (!bad && !is_same)
		buf_printf(&other, "records/%.*s/%.*s/%.*s/%.*s.md", STR_FMT(n.place),
		    STR_FMT(n.type), STR_FMT(n.id), STR_FMT(lang));
	if (!bad && is_same) {
		*revision = at.item->revision + 1;
		bad = write_next(out, &at, NULL, err);
	} else if (!bad) {
		bad = find(&theirs, at.store, other.ptr, err);
		if (!bad)
			*revision = theirs.item->revision + 1;
		if (!bad)
			bad = write_next(out, &theirs, at.item, err);
		else if (bad == ERR_MISSING)
			bad = write_translation(out, &at, lang, err);
	}
	buf_release(&path);
	buf_release(&other);
	return bad ? err->code : 0;
}

/* --- a text that was edited --- */

/* As a first revision, so that its form can be judged whatever it says of its history. A line stays
 * a line: what is wrong is told with its place. */
static void write_as_first(struct buf *out, struct str text)
{
	bool is_head = false, is_first = true, is_previous = false, has_revision = false;
	while (text.len) {
		struct str line = str_cut(&text, '\n'), bare = str_trim(line);
		bool is_rule = str_ends(bare, STR("---"));
		bool is_end = is_head && is_rule,
		     goes_on = line.len && (*line.ptr == ' ' || *line.ptr == '-');
		is_previous = is_head && !is_end &&
			      (str_starts(line, STR("previous:")) || (is_previous && goes_on));
		if (is_end && !has_revision)
			buf_puts(out, "revision: 1\n");
		if (is_previous) {
			buf_puts(out, "#\n");
		} else if (is_head && !is_end && str_starts(line, STR("revision:"))) {
			buf_puts(out, "revision: 1\n");
			has_revision = true;
		} else {
			buf_add(out, line);
			buf_putc(out, '\n');
		}
		if (is_first)
			is_head = is_rule;
		else if (is_end)
			is_head = false;
		is_first = false;
	}
}

int next_edited(struct buf *out, struct store *s, const struct common_text *draft,
    struct problems *problems, struct err *err)
{
	struct buf first = BUF_INIT, text = BUF_INIT, path = BUF_INIT;
	struct record r = {.source = BUF_INIT}, before = {.source = BUF_INIT};
	struct place_of at;
	const struct charter *c;
	const struct schema_set *schemas;
	write_as_first(&first, draft->bytes);
	int bad = store_charter(s, 0, &c, &schemas, err) ||
		  record_format(&text, buf_str(&first), draft->path, schemas, problems, err) ||
		  record_parse(&r, buf_str(&text), draft->path, schemas, problems, err);
	if (!bad)
		record_path(&path, &r);
	bad = bad || find_in_either(&at, s, path.ptr, err) ||
	      read_blob(&before, &at, &at.item->md, err);
	if (!bad) {
		json_t *next = common_next_head(&before), *head = json_deep_copy(r.head);
		json_object_set(head, "revision", json_object_get(next, "revision"));
		json_object_set(head, "previous", json_object_get(next, "previous"));
		canon_write(out, schema_find(schemas, r.type), head, r.body);
		json_decref(next);
		json_decref(head);
	}
	record_release(&r);
	record_release(&before);
	buf_release(&first);
	buf_release(&text);
	buf_release(&path);
	return bad ? err->code : 0;
}
