/* SPDX-License-Identifier: Apache-2.0 */
#include "store/listing.h"

#include "store/catalogue.h"
#include "store/evidence.h"
#include "store/follow.h"
#include "store/known.h"

#include <stdio.h>

struct filter {
	struct str type, region, place, lang, by;
	struct buf theme; /* as it stands among an item's */
	struct buf search; /* in small ASCII letters */
	bool held, conflicts;
};

static char small(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static void fill(struct filter *f, const json_t *request)
{
	struct str theme = json_get_text(request, "theme");
	*f = (struct filter){.type = json_get_text(request, "type"),
	    .region = json_get_text(request, "region"),
	    .place = json_get_text(request, "place"),
	    .lang = json_get_text(request, "lang"),
	    .by = json_get_text(request, "by"),
	    .theme = BUF_INIT,
	    .search = BUF_INIT,
	    .held = json_is_true(json_object_get(request, "held")),
	    .conflicts = json_is_true(json_object_get(request, "conflicts"))};
	if (theme.len)
		buf_printf(&f->theme, " %.*s ", STR_FMT(theme));
	buf_add(&f->search, json_get_text(request, "search"));
	for (size_t i = 0; i < f->search.len; i++)
		f->search.ptr[i] = small(f->search.ptr[i]);
}

static bool is_any_or(struct str wanted, const char *value)
{
	return !wanted.len || str_is(wanted, value);
}

static bool matches(const struct filter *f, const struct item *i)
{
	bool is_wanted = f->conflicts ? i->is_contested : (i->state >= ITEM_HELD) == f->held;
	return is_wanted && is_any_or(f->type, i->type) && is_any_or(f->region, i->region) &&
	       is_any_or(f->place, i->place) && is_any_or(f->lang, i->lang) &&
	       (is_any_or(f->by, i->author) || str_is(f->by, i->reviewer)) &&
	       (!f->theme.len || strstr(i->themes, f->theme.ptr)) &&
	       (!f->search.len || strstr(i->folded, f->search.ptr));
}

static const char *state_name(enum item_state state)
{
	static const char *const name[] = {"published", "withdrawn", "held", "absent", "erased"};
	return name[state];
}

static json_t *as_json(const struct item *i, bool is_for_members, bool is_disputed)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:s, "
			 "s:s, s:s, s:b, s:b}",
	    "path", i->path, "place", i->place, "type", i->type, "id", i->id, "lang", i->lang,
	    "region", i->region, "title", i->title, "state", state_name(i->state), "reason",
	    i->reason, "hub", i->hub, "seq", (json_int_t)i->seq, "revision",
	    (json_int_t)i->revision, "author", i->author, "reviewer", i->reviewer, "sha256",
	    sha256_hex(&i->hash).text, "audience", is_for_members ? "members" : "public",
	    "contested", i->is_contested, "disputed", is_disputed);
}

/* Those rows of one catalogue that are asked for, at most `max` in all (0: any number). */
static int add_rows(json_t *items, struct store *s, const struct filter *f,
    const struct evidence_list *disputes, size_t max, size_t *absent, struct err *err)
{
	const struct catalogue *c;
	if (store_catalogue(&c, s, err))
		return err->code;
	for (size_t i = 0; i < c->len; i++) {
		*absent += c->items[i].state == ITEM_ABSENT;
		if (!matches(f, &c->items[i]))
			continue;
		if (max && json_array_size(items) == max)
			return err_set(err, ERR_LIMIT, "there are more than %zu", max);
		json_array_append_new(
		    items, as_json(&c->items[i], s->outer, evidence_of(disputes, c->items[i].hub)));
	}
	return 0;
}

static size_t count_unfollowed(struct store *s)
{
	const struct charter *c;
	const char *hubs[HUBS_MAX];
	bool is_only;
	struct err none;
	size_t n = follow_hubs(hubs, &is_only, s);
	return is_only && !store_charter(s, 0, &c, NULL, &none) ? c->nhubs - n : 0;
}

/* A word that the network has not, among those that nothing agrees with. */
static json_t *hint(struct store *s, const json_t *request)
{
	static const struct {
		const char *filter;
		enum known_kind kind;
	} filters[] = {{"type", KNOWN_TYPE}, {"region", KNOWN_REGION}, {"place", KNOWN_PLACE},
	    {"theme", KNOWN_THEME}, {"lang", KNOWN_LANG}};
	struct buf why = BUF_INIT;
	for (size_t i = 0; i < sizeof filters / sizeof *filters && !why.len; i++) {
		struct str word = json_get_text(request, filters[i].filter);
		if (word.len)
			known_has(&why, s, filters[i].kind, word);
	}
	json_t *sentence = json_from(buf_str(&why));
	buf_release(&why);
	return sentence;
}

int listing(json_t **reply, struct store *s, const json_t *request, struct err *err)
{
	struct filter f;
	size_t max = (size_t)json_get_int(request, "max");
	*reply = NULL;
	if (!s->charter_version)
		return err_set(err, ERR_MISSING,
		    "%s has no charter yet: belfry join with an invitation, or belfry sync to "
		    "fetch it",
		    s->dir);
	struct evidence_list disputes;
	if (evidence_list(&disputes, s, err))
		return err->code;
	json_t *items = json_array();
	size_t absent = 0;
	fill(&f, request);
	int bad = add_rows(items, s, &f, &disputes, max, &absent, err) ||
		  (s->members && add_rows(items, s->members, &f, &disputes, max, &absent, err));
	buf_release(&f.theme);
	buf_release(&f.search);
	evidence_list_release(&disputes);
	if (bad)
		json_decref(items);
	else
		*reply = json_pack("{s:o, s:I, s:I}", "items", items, "unfollowed",
		    (json_int_t)count_unfollowed(s), "absent", (json_int_t)absent);
	if (!bad && !json_array_size(items))
		json_object_set_new(*reply, "hint", hint(s, request));
	return bad ? err->code : 0;
}
