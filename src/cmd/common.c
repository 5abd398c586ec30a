/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"

#include "net/gauge.h"
#include "store/known.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void tell_notice(struct store *s)
{
	const struct charter *c;
	struct buf text = BUF_INIT;
	struct err none;
	if (store_charter(s, 0, &c, NULL, &none) == 0)
		charter_notice(&text, c, common_now());
	cmd_notice(buf_str(&text));
	buf_release(&text);
}

int common_open(struct store **out, const struct cmd_common *c, struct err *err)
{
	if (store_open(out, c->store, STORE_READ, err))
		return err->code;
	if ((*out)->charter_version) {
		tell_notice(*out);
		return 0;
	}
	store_close(*out);
	*out = NULL;
	return err_set(err, ERR_MISSING,
	    "%s has no charter yet: belfry join with an invitation, or belfry sync to fetch it",
	    c->store);
}

struct schema_set *common_schemas(const char *store)
{
	struct store *s;
	struct err err;
	const struct charter *c;
	if (store_open(&s, store, STORE_READ, &err))
		return schema_set_builtin();
	const struct schema_set *theirs;
	struct schema_set *out = NULL;
	if (s->charter_version && store_charter(s, 0, &c, &theirs, &err) == 0) {
		out = s->charters[s->charter_version - 1]
			  .schemas; /* taken out of the store that goes away */
		s->charters[s->charter_version - 1].schemas = NULL;
	}
	store_close(s);
	return out ? out : schema_set_builtin();
}

/* Where no roster has come yet, as on a laptop that has joined and was not online since, only the
 * hub can tell. */
static bool place_is_known(struct store *s, struct str place)
{
	return !s->njournals || known_has(NULL, s, KNOWN_PLACE, place);
}

bool common_is_page_name(struct str name)
{
	return str_is_slug(name) && !str_is_dos_device(name) && !str_is(name, "index");
}

unsigned common_field_line(const struct record *r, const char *field)
{
	struct str source = buf_str(&r->source);
	size_t n = strlen(field);
	for (struct str rest = source; rest.len;) {
		struct str line = str_cut(&rest, '\n');
		if (line.len > n && line.ptr[n] == ':' && str_starts(line, str_from(field)))
			return (unsigned)str_line(source, line.ptr);
	}
	return 1;
}

static void check_term_list(
    struct problems *p, const struct charter *c, const struct record *r, const char *field)
{
	size_t i;
	json_t *term;
	struct buf all = BUF_INIT;
	json_array_foreach(json_object_get(c->head, field), i, term)
	    buf_printf(&all, "%s%s", i ? ", " : "", json_get_text(term, "id").ptr);
	json_array_foreach(json_object_get(r->head, field), i, term)
	{
		if (!charter_has_term(c, field, json_text(term)))
			problems_add(p, common_field_line(r, field), 1,
			    "%s: '%s' is not in the charter's list; there are: %s", field,
			    json_string_value(term), all.ptr ? all.ptr : "none");
	}
	buf_release(&all);
}

void common_check_words(struct problems *p, struct store *s, const struct record *r)
{
	const struct charter *c;
	struct err err;
	if (store_charter(s, 0, &c, NULL, &err))
		return;
	for (size_t i = 0; charter_vocabularies[i]; i++)
		check_term_list(p, c, r, charter_vocabularies[i]);
	struct str region = json_get_text(r->head, "region");
	if (region.len && !charter_has_term(c, "regions", region))
		problems_add(p, common_field_line(r, "region"), 1,
		    "region: '%.*s' is not in the charter's list", STR_FMT(region));
	if (!place_is_known(s, r->place))
		problems_add(p, common_field_line(r, "place"), 1,
		    "place: '%.*s' is neither a region of the charter nor a city on a hub's roster",
		    STR_FMT(r->place));
}

static void check_path(struct problems *p, const struct record *r, const char *path)
{
	struct buf want = BUF_INIT;
	record_path(&want, r);
	const char *at = strstr(path, "records/");
	if (at && !str_is(buf_str(&want), at))
		problems_add(p, 1, 1, "its front matter belongs at %s", want.ptr);
	buf_release(&want);
}

int common_problems(struct problems *p, struct record *r, struct store *s,
    const struct common_text *text, struct err *err)
{
	const struct charter *c;
	const struct schema_set *schemas;
	struct buf canonical = BUF_INIT;
	struct str bytes = text->bytes;
	if (store_charter(s, 0, &c, &schemas, err))
		return err->code;
	int bad = 0;
	if (text->is_draft) {
		bad = record_format(&canonical, bytes, text->path, schemas, p, err);
		bytes = buf_str(&canonical);
	}
	bad = bad || record_parse(r, bytes, text->path, schemas, p, err);
	if (!bad) {
		common_check_words(p, s, r);
		check_path(p, r, text->path);
	}
	problems_sort(p);
	buf_release(&canonical);
	if (!bad && p->len)
		bad = err_set(
		    err, ERR_POLICY, "%s is not a record this network can take", text->path);
	return bad ? err->code : 0;
}

int common_record(
    struct record *r, struct store *s, struct str bytes, const char *path, struct err *err)
{
	struct problems problems = {.items = NULL};
	const struct common_text text = {.bytes = bytes, .path = path};
	int bad = common_problems(&problems, r, s, &text, err);
	for (size_t i = 0; i < problems.len; i++)
		cmd_say("%s:%u:%u: %s", path, problems.items[i].line, problems.items[i].column,
		    problems.items[i].text);
	if (problems.len)
		err_set(err, err->code, "%s is not a record this network can take", path);
	problems_release(&problems);
	return bad ? err->code : 0;
}

json_t *common_next_head(const struct record *r)
{
	char previous[80];
	struct sha256 hash = record_hash(r);
	json_t *head = json_deep_copy(r->head);
	snprintf(previous, sizeof previous, "sha256:%s", sha256_hex(&hash).text);
	json_object_set_new(head, "revision", json_integer((json_int_t)r->revision + 1));
	json_object_set_new(head, "previous", json_pack("[s]", previous));
	return head;
}

bool common_is_named(const char *path, const char *name)
{
	static const char top[] = "records/";
	size_t n = strlen(name);
	const char *rest = path + sizeof top - 1;
	return n && strncmp(path, top, sizeof top - 1) == 0 && strncmp(rest, name, n) == 0 &&
	       (rest[n] == '/' || strcmp(rest + n, ".md") == 0);
}

int64_t common_now(void)
{
	return (int64_t)time(NULL);
}

struct time_text time_text(int64_t seconds)
{
	struct time_text t;
	struct tm tm;
	time_t when = (time_t)seconds;
	strftime(t.text, sizeof t.text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&when, &tm));
	return t;
}

struct amount amount(int64_t bytes)
{
	struct amount a;
	struct buf b = BUF_INIT;
	gauge_write_bytes(&b, (uint64_t)bytes);
	snprintf(a.text, sizeof a.text, "%s", b.ptr);
	buf_release(&b);
	return a;
}

static void write_word(struct buf *out, const json_t *word)
{
	int64_t seq = json_get_int(word, "seq");
	struct str by = json_get_text(word, "by");
	if (by.len)
		buf_printf(out, "by entry %" PRId64 " of %.*s (%s) ", json_get_int(word, "entry"),
		    STR_FMT(by), json_get_text(word, "time").ptr);
	else
		buf_printf(out, "by charter version %" PRId64 " ", json_get_int(word, "charter"));
	if (json_is_true(json_object_get(word, "is_other")))
		buf_printf(out, "entry %" PRId64 " is another one", seq);
	else
		buf_printf(out, "%" PRId64 " exist", seq);
}

void common_write_vouched(struct buf *out, const json_t *hub)
{
	enum { WORDS = 3 };
	const json_t *words = json_object_get(hub, "vouched");
	size_t n = json_array_size(words);
	if (!n || json_is_false(json_object_get(hub, "is_followed")))
		return;
	buf_printf(out, "hub %s: %" PRId64 " entries are here", json_get_text(hub, "hub").ptr,
	    json_get_int(hub, "entries"));
	for (size_t i = 0; i < n && i < WORDS; i++) {
		buf_puts(out, i ? ", " : "; ");
		write_word(out, json_array_get(words, i));
	}
	if (n > WORDS)
		buf_printf(out, ", and %zu more say so", n - WORDS);
}
