/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"

#include "base/asset.h"
#include "base/limits.h"
#include "record/attachment.h"
#include "record/body.h"
#include "record/format.h"
#include "record/text.h"

#include <stdio.h>
#include <stdlib.h>

#define NAME_RULE                                                                                  \
	"lower-case ASCII letters, digits and single hyphens, and no device of DOS (con, nul, "    \
	"com1)"

enum { HEAD_LINE = 2, REVISION_MAX = 1000000 };

/* What a parse works with; `front` is what the bytes say, `type` the schema that judges them. */
struct reading {
	const char *name;
	struct front front;
	const struct schema *type;
	struct problems *problems;
	json_t *head;
};

static void add(struct reading *r, const struct node *at, const char *what)
{
	problems_add(r->problems, at->line, at->column, "%s", what);
}

/* The schema that "type" names; a problem where there is none. */
static const struct schema *find_type(struct reading *r, const struct schema_set *schemas)
{
	const struct node *type = node_get(r->front.head, "type");
	if (!type || type->kind != NODE_SCALAR || !type->text.len) {
		add(r, type ? type : r->front.head,
		    "'type' is missing; it says what kind of record this is, such as "
		    "good-practice");
		return NULL;
	}
	const struct schema *s = schema_find(schemas, type->text);
	if (s && schema_is_record_type(s))
		return s;
	struct buf list = BUF_INIT;
	for (size_t i = 0; schema_name(schemas, i).len; i++) {
		struct str name = schema_name(schemas, i);
		if (schema_is_record_type(schema_find(schemas, name)))
			buf_printf(&list, "%s%.*s", list.len ? ", " : "", STR_FMT(name));
	}
	problems_add(r->problems, type->line, type->column,
	    "there is no record type '%s'; there are: %s", text_excerpt(type->text).text, list.ptr);
	buf_release(&list);
	return NULL;
}

static void check_history(struct reading *r)
{
	const struct node *head = r->front.head, *previous = node_get(head, "previous");
	int64_t revision = json_get_int(r->head, "revision");
	if (revision == 1 && previous)
		add(r, previous,
		    "revision 1 follows nothing; take 'previous' away or raise 'revision'");
	if (revision > 1 && !previous)
		add(r, node_get(head, "revision"),
		    "a revision after the first needs 'previous': the sha256:… of what it follows");
}

static void check_withdrawal(struct reading *r)
{
	const struct node *head = r->front.head, *reason = node_get(head, "reason");
	bool withdrawn = str_is(json_get_text(r->head, "status"), "withdrawn");
	if (withdrawn && !reason)
		add(r, node_get(head, "status"), "a withdrawn record needs a 'reason'");
	if (!withdrawn && reason)
		add(r, reason, "'reason' is for records with 'status: withdrawn'; take it away");
}

static void check_translation(struct reading *r)
{
	const struct node *of = node_get(node_get(r->front.head, "translation"), "of");
	if (of && str_eq(of->text, json_get_text(r->head, "lang")))
		add(r, of, "a text cannot be a translation of its own language; see 'lang'");
}

static bool is_name(struct str s)
{
	return str_is_slug(s) && !str_is_dos_device(s);
}

/* Fields that the network itself reads. A schema may narrow them, never widen them: they become
 * paths, addresses and chains of revisions. */
static bool is_lang(struct str s)
{
	return s.len == 2 && s.ptr[0] >= 'a' && s.ptr[0] <= 'z' && s.ptr[1] >= 'a' &&
	       s.ptr[1] <= 'z';
}

static bool is_status(struct str s)
{
	return str_is(s, "current") || str_is(s, "withdrawn");
}

static bool is_audience(struct str s)
{
	return str_is(s, "public") || str_is(s, "members");
}

static bool is_date(struct str s)
{
	return format_fits(FORMAT_PARTIAL_DATE, s);
}

static bool is_revision_hash(struct str s)
{
	static const struct str prefix = {"sha256:", 7};
	struct sha256 h;
	return str_starts(s, prefix) && sha256_from_hex(&h, str_sub(s, prefix.len, s.len));
}

static bool is_text(struct str s)
{
	return s.len > 0;
}

static void check_core(struct reading *r)
{
	static const struct {
		const char *key;
		bool needed;
		bool (*fits)(struct str);
		const char *must;
	} core[] = {
	    {"id", true, is_name, NAME_RULE},
	    {"place", true, is_name, NAME_RULE},
	    {"lang", true, is_lang, "two lower-case letters"},
	    {"title", true, is_text, "a text"},
	    {"summary", true, is_text, "a text"},
	    {"date", false, is_date, "YYYY, YYYY-MM or YYYY-MM-DD"},
	    {"status", false, is_status, "current or withdrawn"},
	    {"audience", false, is_audience, "public or members"},
	};
	for (size_t i = 0; i < sizeof core / sizeof *core; i++) {
		const struct node *at = node_get(r->front.head, core[i].key);
		const json_t *v = json_object_get(r->head, core[i].key);
		if ((at || core[i].needed) && !core[i].fits(json_text(v)))
			problems_add(r->problems, at ? at->line : HEAD_LINE, at ? at->column : 1,
			    "'%s' must be %s", core[i].key, core[i].must);
	}
}

/* As check_core: "revision", "previous" and "translation", which are no texts. */
static void check_core_chain(struct reading *r)
{
	const struct node *head = r->front.head;
	const json_t *previous = json_object_get(r->head, "previous");
	const json_t *translation = json_object_get(r->head, "translation");
	int64_t revision = json_get_int(r->head, "revision");
	size_t i;
	json_t *v;
	if (revision < 1 || revision > REVISION_MAX)
		add(r, head, "'revision' must be a whole number from 1 to 1000000");
	if (previous && !json_array_size(previous))
		add(r, node_get(head, "previous"), "'previous' must be a list of sha256:…");
	json_array_foreach(previous, i, v)
	{
		if (!is_revision_hash(json_text(v)))
			add(r, node_get(head, "previous"), "'previous' must be a list of sha256:…");
	}
	if (translation && (!is_lang(json_get_text(translation, "of")) ||
			       json_get_int(translation, "revision") < 1))
		add(r, node_get(head, "translation"), "'translation' needs 'of' and 'revision'");
}

/* The transport reads them, so their form is not a schema's to change. */
static void check_attachments(struct reading *r)
{
	const json_t *list = json_object_get(r->head, "attachments");
	const char *fault = list ? attachments_fault(list) : NULL;
	if (fault)
		add(r, node_get(r->front.head, "attachments"), fault);
}

/* Dates, as far as both are known: 2024 is not before 2024-05. */
static void check_order(struct reading *r, const char *first, const char *last, const char *says)
{
	struct str from = json_get_text(r->head, first), to = json_get_text(r->head, last);
	size_t n = from.len < to.len ? from.len : to.len;
	if (n && str_cmp(str_sub(to, 0, n), str_sub(from, 0, n)) < 0)
		add(r, node_get(r->front.head, last), says);
}

/* What ties fields together, which no schema says. */
static void check_ties(struct reading *r)
{
	size_t before = r->problems->len;
	check_core(r);
	check_core_chain(r);
	if (r->problems->len > before)
		return;
	check_history(r);
	check_withdrawal(r);
	check_translation(r);
	check_attachments(r);
	check_order(r, "started", "ended", "'ended' is before 'started'");
	check_order(r, "starts", "ends", "'ends' is before 'starts'");
	check_order(r, "opens", "closes", "'closes' is before 'opens'");
}

/* Fill r->head, and r->problems with all that is wrong. Errors: what front_parse says. */
static int read_head(
    struct reading *r, struct str bytes, const struct schema_set *schemas, struct err *err)
{
	if (front_parse(&r->front, bytes, r->name, RECORD_BYTES_MAX, err))
		return err->code;
	r->type = find_type(r, schemas);
	if (r->type && schema_check(r->type, r->front.head, r->problems)) {
		r->head = schema_typed(r->type, r->front.head);
		check_ties(r);
	}
	body_check(r->front.body, r->front.body_line, r->problems);
	return 0;
}

/* A syntax error is the one problem of its file: move its place out of the sentence. */
static void problem_from_err(struct problems *p, const char *name, const struct err *err)
{
	unsigned line = 1, column = 1;
	const char *text = err->msg;
	int used = 0;
	size_t n = strlen(name);
	if (strncmp(text, name, n) == 0 && text[n] == ':') {
		text += n + 1;
		if (sscanf(text, "%u:%u: %n", &line, &column, &used) == 2 && used)
			text += used;
		else
			text += *text == ' ';
	}
	problems_add(p, line, column, "%s", text);
}

/* The first problem, in file order, as an error. */
static int fail_with_first(const char *name, struct problems *p, struct err *err)
{
	problems_sort(p);
	return err_set(err, ERR_SCHEMA, "%s:%u:%u: %s", name, p->items[0].line, p->items[0].column,
	    p->items[0].text);
}

/* Report the first line in which a file without other problems differs from its canonical form. */
static void check_canonical(struct reading *r, struct str is, struct str wanted)
{
	if (str_eq(is, wanted))
		return;
	for (unsigned at = 1;; at++) {
		struct str a = str_cut(&is, '\n'), b = str_cut(&wanted, '\n');
		if (!str_eq(a, b)) {
			problems_add(r->problems, at, 1,
			    "not in canonical form; from here on it is '%s'; run `belfry fmt`",
			    text_excerpt(b).text);
			return;
		}
		if (!wanted.len) {
			problems_add(r->problems, is.len ? at + 1 : at, 1,
			    "not in canonical form: the file ends with one line end, behind its "
			    "text; "
			    "run `belfry fmt`");
			return;
		}
	}
}

static void fill(struct record *r, json_t *head, struct buf *source)
{
	r->source = *source;
	r->head = head;
	r->type = json_get_text(head, "type");
	r->id = json_get_text(head, "id");
	r->lang = json_get_text(head, "lang");
	r->place = json_get_text(head, "place");
	r->title = json_get_text(head, "title");
	r->summary = json_get_text(head, "summary");
	r->date = json_get_text(head, "date");
	r->status = json_get_text(head, "status");
	r->audience = json_get_text(head, "audience");
	if (!r->status.len)
		r->status = STR("current");
	if (!r->audience.len)
		r->audience = STR("public");
	r->revision = (unsigned)json_get_int(head, "revision");
}

/* Parse and judge. With `out` empty the canonical bytes go there, whatever form `bytes` have. */
static int read_record(struct reading *r, struct buf *out, struct str bytes,
    const struct schema_set *schemas, struct err *err)
{
	if (read_head(r, bytes, schemas, err)) {
		problem_from_err(r->problems, r->name, err);
		return err->code;
	}
	if (r->head) {
		buf_reserve(out, bytes.len);
		canon_write(out, r->type, r->head, r->front.body);
	}
	if (out->len > RECORD_BYTES_MAX)
		problems_add(r->problems, 1, 1,
		    "%zu bytes in canonical form; at most %d are allowed", out->len,
		    RECORD_BYTES_MAX);
	return 0;
}

static void reading_release(struct reading *r, struct problems *own)
{
	json_decref(r->head);
	front_release(&r->front);
	problems_release(own);
}

int record_parse(struct record *out, struct str bytes, const char *name,
    const struct schema_set *schemas, struct problems *problems, struct err *err)
{
	struct problems own = {0};
	struct reading r = {.name = name, .problems = problems ? problems : &own};
	struct buf canonical = BUF_INIT;
	*out = (struct record){.source = BUF_INIT};
	int code = read_record(&r, &canonical, bytes, schemas, err);
	if (!code && r.head && !r.problems->len)
		check_canonical(&r, bytes, buf_str(&canonical));
	if (!code && r.problems->len)
		code = fail_with_first(name, r.problems, err);
	if (!code) {
		struct str body = r.front.body;
		fill(out, json_incref(r.head), &canonical);
		out->body = str_sub(buf_str(&out->source), out->source.len - body.len, body.len);
		canonical = BUF_INIT;
	}
	buf_release(&canonical);
	reading_release(&r, &own);
	return code;
}

void record_release(struct record *r)
{
	buf_release(&r->source);
	json_decref(r->head);
	*r = (struct record){.source = BUF_INIT};
}

int record_format(struct buf *out, struct str bytes, const char *name,
    const struct schema_set *schemas, struct problems *problems, struct err *err)
{
	struct problems own = {0};
	struct reading r = {.name = name, .problems = problems ? problems : &own};
	struct buf text = BUF_INIT, canonical = BUF_INIT;
	int code;
	if (bytes.len > 2 * RECORD_BYTES_MAX) /* nothing that fmt mends halves a file */
		code = err_set(err, ERR_LIMIT, "%s:1:1: %zu bytes; at most %d are allowed", name,
		    bytes.len, RECORD_BYTES_MAX);
	else
		code = canon_text(&text, bytes, name, err);
	if (code)
		problem_from_err(r.problems, name, err);
	else
		code = read_record(&r, &canonical, buf_str(&text), schemas, err);
	if (!code && r.problems->len)
		code = fail_with_first(name, r.problems, err);
	if (!code)
		buf_add(out, buf_str(&canonical));
	buf_release(&text);
	buf_release(&canonical);
	reading_release(&r, &own);
	return code;
}

void record_path(struct buf *out, const struct record *r)
{
	buf_printf(out, "records/%.*s/%.*s/%.*s/%.*s.md", STR_FMT(r->place), STR_FMT(r->type),
	    STR_FMT(r->id), STR_FMT(r->lang));
}

bool record_name_parse(struct record_name *out, struct str path)
{
	static const struct str md = {".md", 3};
	*out = (struct record_name){STR_EMPTY, STR_EMPTY, STR_EMPTY, STR_EMPTY};
	if (!str_is(str_cut(&path, '/'), "records"))
		return false;
	struct record_name n = {.place = str_cut(&path, '/')};
	n.type = str_cut(&path, '/');
	n.id = str_cut(&path, '/');
	if (!str_ends(path, md))
		return false;
	n.lang = str_sub(path, 0, path.len - md.len);
	if (!str_is_slug(n.place) || !str_is_slug(n.type) || !str_is_slug(n.id) || !is_lang(n.lang))
		return false;
	*out = n;
	return true;
}

struct schema_set *schema_set_builtin(void)
{
	static const struct str folder = {"schemas/", 8}, json = {".json", 5};
	struct schema_set *set = schema_set_new();
	struct err err = {0};
	const char *path;
	int code = 0;
	for (size_t i = 0; !code && (path = asset_path(folder.ptr, i)); i++) {
		struct str name = str_sub(str_from(path), folder.len, SIZE_MAX);
		if (!str_ends(name, json))
			continue;
		name.len -= json.len;
		/* Heads of other files than records: the trust layer has its own set. */
		if (!str_is(name, "charter") && !str_is(name, "roster"))
			code = schema_set_add(set, name, asset_get(path), &err);
	}
	if (code || schema_set_finish(set, &err))
		abort(); /* the tests load them: this program was not built from what they tested */
	return set;
}

struct sha256 record_hash(const struct record *r)
{
	return sha256(buf_str(&r->source));
}

bool record_follows(const struct record *r, unsigned revision, const struct sha256 *hash)
{
	const json_t *previous = json_object_get(r->head, "previous");
	char name[80];
	snprintf(name, sizeof name, "sha256:%s", sha256_hex(hash).text);
	bool is_next =
	    json_array_size(previous) > 1 ? r->revision > revision : r->revision == revision + 1;
	return is_next && json_has_text(previous, str_from(name));
}

int record_check_next(
    const struct record *r, unsigned revision, const struct sha256 *hash, struct err *err)
{
	struct sha256 own = record_hash(r);
	if (sha256_eq(&own, hash))
		return err_set(err, ERR_EXISTS, "it is published already");
	if (record_follows(r, revision, hash))
		return 0;
	return err_set(err, ERR_CHAIN,
	    "revision %u is published; the next is 'revision: %u' with 'previous: "
	    "[\"sha256:%s\"]' (belfry fmt --next FILE writes both)",
	    revision, revision + 1, sha256_hex(hash).text);
}
