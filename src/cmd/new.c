/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"
#include "cmd/file.h"
#include "cmd/next.h"
#include "store/catalogue.h"
#include "store/known.h"

#include <stdio.h>

/* What the file's path says: all of it in <place>/<type>/<id>/<lang>.md, else the id alone. */
static struct record_name name_from(const char *path)
{
	static const struct str md = {".md", 3};
	struct record_name name;
	if (file_name_parse(&name, path))
		return name;
	struct str rest = str_from(path), base = STR_EMPTY;
	while (rest.len)
		base = str_cut(&rest, '/');
	if (str_ends(base, md))
		base.len -= md.len;
	name.id = base;
	return name;
}

static void list_types(struct buf *out, const struct schema_set *set)
{
	for (size_t i = 0; schema_name(set, i).len; i++) {
		struct str name = schema_name(set, i);
		if (schema_is_record_type(schema_find(set, name)))
			buf_printf(out, "%s%.*s", out->len ? ", " : "", STR_FMT(name));
	}
}

static int write_template(const struct schema_set *set, const char *type, const char *path,
    const struct record_name *name, struct err *err)
{
	struct buf text = BUF_INIT;
	int code =
	    record_template(&text, set, str_from(type), name->id, name->lang, name->place, err);
	if (!code)
		code = file_begin(path, buf_str(&text), err);
	buf_release(&text);
	return code;
}

/* --- what it says of itself --- */

static bool is_lang(struct str s)
{
	return s.len == 2 && s.ptr[0] >= 'a' && s.ptr[0] <= 'z' && s.ptr[1] >= 'a' &&
	       s.ptr[1] <= 'z';
}

/* Two letters are a language; which of them the site is in is no matter of a record. */
static int check_lang(struct store *s, struct str lang, struct err *err)
{
	struct buf all = BUF_INIT;
	int bad = 0;
	if (!is_lang(lang)) {
		if (s)
			known_has(&all, s, KNOWN_LANG, lang);
		bad = err_set(err, ERR_USAGE,
		    "--lang %.*s: a language is two lower-case letters, such as fr%s%s",
		    STR_FMT(lang), all.len ? "; " : "", all.len ? all.ptr : "");
	} else if (s && !known_has(&all, s, KNOWN_LANG, lang)) {
		cmd_say("The site will not be in that language: %s", all.ptr);
	}
	buf_release(&all);
	return bad;
}

static int check_place(struct store *s, struct str place, struct err *err)
{
	struct buf near = BUF_INIT;
	int bad = 0;
	if (!s || !s->njournals) {
		cmd_say("Whether there is a place %.*s cannot be told here: no hub's roster has "
			"come yet.",
		    STR_FMT(place));
	} else if (!known_has(NULL, s, KNOWN_PLACE, place)) {
		known_near(&near, s, KNOWN_PLACE, place);
		bad = err_set(err, ERR_MISSING,
		    "there is no place %.*s: it is neither a region of the charter nor a city on a "
		    "hub's roster%s%s",
		    STR_FMT(place), near.len ? "; near it: " : "", near.len ? near.ptr : "");
	}
	buf_release(&near);
	return bad;
}

static int check_words(
    const struct cmd_common *c, struct str lang, struct str place, struct err *err)
{
	struct store *s = NULL;
	struct err none;
	if (store_open(&s, c->store, STORE_READ, &none) == 0 && !s->charter_version) {
		store_close(s);
		s = NULL;
	}
	int bad = check_lang(s, lang, err) || (place.len && check_place(s, place, err));
	store_close(s);
	return bad ? err->code : 0;
}

/* --- where two were made apart --- */

/* Another one of the conflict that `one` is in. */
static const struct item *made_apart(const struct catalogue *c, const struct item *one)
{
	for (size_t i = 0; i < c->len; i++) {
		const struct item *o = &c->items[i];
		if (o != one && o->is_contested && strcmp(o->path, one->path) == 0)
			return o;
	}
	return NULL;
}

/* The text to begin with: this hub's own, since a journal goes on from its own last one. */
static const struct item *to_begin_with(
    const struct catalogue *c, const struct store *s, const char *name)
{
	const struct item *found = NULL;
	for (size_t i = 0; i < c->len; i++) {
		const struct item *o = &c->items[i];
		bool is_named = str_ends(str_from(o->path), STR(".md")) &&
				common_is_named(o->path, name) &&
				strlen(o->path) == strlen("records/.md") + strlen(name);
		if (o->is_contested && is_named && (!found || strcmp(o->hub, s->hub) == 0))
			found = o;
	}
	return found;
}

static int write_merge(struct store *s, const struct item *one, const struct item *other,
    const char *path, struct err *err)
{
	const struct charter *charter;
	const struct schema_set *schemas;
	struct buf old = BUF_INIT, text = BUF_INIT;
	struct record r = {.source = BUF_INIT};
	char hash[80];
	int bad = store_charter(s, 0, &charter, &schemas, err) ||
		  repo_read(s->repo, &one->md, OBJECT_BLOB, &old, err) ||
		  record_parse(&r, buf_str(&old), one->path, schemas, NULL, err);
	if (!bad) {
		json_t *head = common_next_head(&r);
		unsigned last = one->revision > other->revision ? one->revision : other->revision;
		snprintf(hash, sizeof hash, "sha256:%s", sha256_hex(&other->hash).text);
		json_array_append_new(json_object_get(head, "previous"), json_string(hash));
		json_object_set_new(head, "revision", json_integer((json_int_t)last + 1));
		canon_write(&text, schema_find(schemas, r.type), head, r.body);
		json_decref(head);
		bad = file_begin(path, buf_str(&text), err);
	}
	record_release(&r);
	buf_release(&old);
	buf_release(&text);
	return bad ? err->code : 0;
}

static int merge_in(const struct cmd_common *c, struct store *s, const char *name, const char *path,
    struct err *err)
{
	struct catalogue catalogue;
	if (catalogue_read(&catalogue, s, NULL, NULL, err))
		return err->code;
	const struct item *one = to_begin_with(&catalogue, s, name);
	const struct item *other = one ? made_apart(&catalogue, one) : NULL;
	int bad;
	if (!one)
		bad = err_set(err, ERR_MISSING,
		    "no two texts of %s were made apart: belfry list --conflicts names those that "
		    "were, each as PLACE/TYPE/ID/LANG",
		    name);
	else
		bad = write_merge(s, one, other, path, err);
	if (!bad && c->json)
		cmd_print_json(json_pack("{s:s, s:s, s:s, s:s}", "file", path, "type", one->type,
		    "hub", one->hub, "other", other->hub));
	if (!bad)
		cmd_say(
		    "%s has the text of hub %s, as the revision that follows it and that of hub "
		    "%s (belfry show %s).\n"
		    "Bring both together there, then: belfry fmt %s && belfry check %s",
		    path, one->hub, other->hub, name, cmd_word(path).text, cmd_word(path).text);
	catalogue_release(&catalogue);
	return bad;
}

static int merge(const struct cmd_common *c, const char *name, const char *path, struct err *err)
{
	struct store *s;
	if (common_open(&s, c, err))
		return err->code;
	int bad = merge_in(c, s, name, path, err);
	if (bad == ERR_MISSING && s->members)
		bad = merge_in(c, s->members, name, path, err);
	store_close(s);
	return bad;
}

/* --- where there is one already --- */

static int begin_from(const struct cmd_common *c, const char *name, struct str lang,
    const char *path, struct err *err)
{
	struct store *s;
	struct buf text = BUF_INIT;
	unsigned revision = 0;
	if (common_open(&s, c, err))
		return err->code;
	int bad = (lang.len && check_lang(s, lang, err)) ||
		  next_text(&text, &revision, s, name, lang, err) ||
		  file_begin(path, buf_str(&text), err);
	store_close(s);
	buf_release(&text);
	if (!bad && c->json)
		cmd_print_json(json_pack(
		    "{s:s, s:s, s:i}", "file", path, "from", name, "revision", (int)revision));
	if (!bad)
		cmd_say(
		    "%s is revision %u, with the words that are published. %s them there, then: "
		    "belfry fmt %s && belfry check %s",
		    path, revision, lang.len ? "Translate" : "Change", cmd_word(path).text,
		    cmd_word(path).text);
	return bad ? err->code : 0;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const char *lang = NULL, *place = NULL, *merged = NULL, *from = NULL;
	const struct cmd_option options[] = {
	    {"lang", "XX", OPTION_TEXT, &lang,
		"its language, two letters; en unless FILE's path says"},
	    {"place", "P", OPTION_TEXT, &place, "whose it is, such as ke-mombasa"},
	    {"from", "PLACE/TYPE/ID/LANG", OPTION_TEXT, &from,
		"instead of a new record, the next revision of that text; with --lang, its "
		"translation"},
	    {"merge", "PLACE/TYPE/ID/LANG", OPTION_TEXT, &merged,
		"instead of a new record, the revision that ends a conflict"},
	    {0},
	};
	struct cmd_common c;
	struct err err;
	struct buf types = BUF_INIT;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (from && (nargs != 1 || place || merged))
		return cmd_usage(self, "--from takes the text's name and a file, and --lang");
	if (merged && (nargs != 1 || lang || place))
		return cmd_usage(self, "--merge takes the record's name and a file, nothing else");
	if (merged)
		return merge(&c, merged, argv[0], &err) ? cmd_fail(self, &err) : EXIT_DONE;
	if (from)
		return begin_from(&c, from, lang ? str_from(lang) : STR_EMPTY, argv[0], &err)
			   ? cmd_fail(self, &err)
			   : EXIT_DONE;
	struct schema_set *set = common_schemas(c.store);
	list_types(&types, set);
	if (nargs != 2) {
		status = cmd_usage(self, "give a type and a file; types are: %s", types.ptr);
		goto out;
	}
	const char *type = argv[0], *path = argv[1];
	struct record_name name = name_from(path);
	if (lang)
		name.lang = str_from(lang);
	if (place)
		name.place = str_from(place);
	if (!name.lang.len)
		name.lang = STR("en");
	const struct schema *schema = schema_find(set, str_from(type));
	if (!schema || !schema_is_record_type(schema))
		status = cmd_usage(self, "there is no type '%s'; types are: %s", type, types.ptr);
	else if (name.type.len && !str_is(name.type, type))
		status = cmd_usage(self, "'%s' is a path for the type %.*s, not %s", path,
		    STR_FMT(name.type), type);
	else if (!str_is_slug(name.id))
		status = cmd_usage(self,
		    "'%.*s' cannot be an id; name the file with lower-case ASCII letters, digits "
		    "and single "
		    "hyphens, such as our-youth-forum.md",
		    STR_FMT(name.id));
	else if (name.place.len && !str_is_slug(name.place))
		status = cmd_usage(self, "--place %s: use a name such as ke-mombasa", place);
	else if (check_words(&c, name.lang, name.place, &err) ||
		 write_template(set, type, path, &name, &err))
		status = cmd_fail(self, &err);
	else {
		status = EXIT_DONE;
		if (c.json)
			cmd_print_json(json_pack("{s:s, s:s}", "file", path, "type", type));
		cmd_say("Fill in %s, then: belfry fmt %s && belfry check %s", path,
		    cmd_word(path).text, cmd_word(path).text);
	}
out:
	buf_release(&types);
	schema_set_free(set);
	return status;
}

const struct cmd cmd_new = {
    .name = "new",
    .args = "TYPE FILE [--lang fr] [--place P] | --from PLACE/TYPE/ID/LANG FILE [--lang fr] | "
	    "--merge PLACE/TYPE/ID/LANG FILE",
    .summary = "Begin a record: a file to fill in, with help as comments.",
    .group = CMD_WRITE,
    .run = run,
    .details =
	"The id comes from FILE's name. Where FILE ends in PLACE/TYPE/ID/LANG.md, as in a\n"
	"store, place and language come from there too. A file that exists is left alone.\n"
	"--from begins with what is published: to change it, or, with --lang, to translate it.\n"
	"What was withdrawn comes back so, too. Who has edited the text already takes\n"
	"belfry fmt --next FILE instead.\n"
	"--merge begins with one of two texts that were made apart (this hub's, where one is)\n"
	"and names both in 'previous'.",
};
