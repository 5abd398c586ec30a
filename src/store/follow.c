/* SPDX-License-Identifier: Apache-2.0 */
#include "store/follow.h"

#include "base/mem.h"
#include "store/known.h"
#include "store/whole.h"

#include <stdlib.h>

static const char REGIONS[] = "belfry.regions", TYPES[] = "belfry.types",
		  LANGS[] = "belfry.languages", LACKING[] = "belfry.lacking";

/* --- settings --- */

static void list_read(struct words *l, struct repo *r, const char *key)
{
	struct buf value = BUF_INIT;
	struct err none;
	if (repo_config(r, key, &value, &none) == 0)
		for (struct str rest = buf_str(&value); rest.len;)
			words_add(l, str_cut(&rest, ' '));
	buf_release(&value);
}

static int list_write(const struct words *l, struct repo *r, const char *key, struct err *err)
{
	struct buf value = BUF_INIT;
	for (size_t i = 0; i < l->n; i++)
		buf_printf(&value, "%s%s", i ? " " : "", l->items[i]);
	int bad = repo_set_config(r, key, l->n ? value.ptr : NULL, err);
	buf_release(&value);
	return bad;
}

void follow_read(struct store *s)
{
	struct buf home = BUF_INIT;
	struct err none;
	uint64_t changes = s->follow ? s->follow->changes : 0;
	if (!s->follow)
		s->follow = mem_alloc(sizeof *s->follow);
	struct follow *f = s->follow;
	*f = (struct follow){.changes = changes};
	list_read(&f->regions, s->repo, REGIONS);
	list_read(&f->scope.types, s->repo, TYPES);
	list_read(&f->scope.langs, s->repo, LANGS);
	f->scope.is_lacking = repo_config(s->repo, LACKING, &home, &none) == 0;
	buf_reset(&home);
	if (repo_config(s->repo, "belfry.home", &home, &none) == 0 && home.len < sizeof f->home)
		memcpy(f->home, home.ptr, home.len);
	buf_release(&home);
}

/* --- journals --- */

struct naming {
	const char **hubs;
	size_t n, max;
};

static void name_hub(struct naming *to, const char *id)
{
	for (size_t i = 0; i < to->n; i++)
		if (strcmp(to->hubs[i], id) == 0)
			return;
	if (to->n < to->max)
		to->hubs[to->n++] = id;
}

static void name_region(
    struct naming *to, const struct charter *c, const char *region, const char *but)
{
	for (size_t i = 0; i < c->nhubs; i++)
		if (strcmp(c->hubs[i].region, region) == 0 && strcmp(c->hubs[i].id, but) != 0)
			name_hub(to, c->hubs[i].id);
}

size_t follow_hubs(const char *hubs[static HUBS_MAX], bool *is_only, struct store *s)
{
	const struct follow *f = s->follow;
	const struct charter *c;
	struct err none;
	*is_only = !s->hub[0] && f->regions.n;
	struct naming to = {.hubs = hubs, .max = *is_only ? HUBS_MAX : FOLLOW_FIRST_MAX};
	if (!s->charter_version || store_charter(s, 0, &c, NULL, &none))
		return 0;
	const struct charter_hub *own = charter_hub(c, s->hub), *home = charter_hub(c, f->home);
	if (home && !s->hub[0])
		name_hub(&to, home->id);
	for (size_t i = 0; *is_only && i < f->regions.n; i++)
		name_region(&to, c, f->regions.items[i], "");
	if (own)
		name_region(&to, c, own->region, own->id);
	name_region(&to, c, "global", s->hub);
	return to.n;
}

bool follow_has(struct store *s, const char *hub)
{
	const char *hubs[HUBS_MAX];
	bool is_only;
	size_t n = follow_hubs(hubs, &is_only, s);
	for (size_t i = 0; i < n && is_only; i++)
		if (strcmp(hubs[i], hub) == 0)
			return true;
	return !is_only;
}

int follow_set_lacking(struct store *s, bool is_lacking, struct err *err)
{
	if (repo_set_config(s->repo, LACKING, is_lacking ? "true" : NULL, err))
		return err->code;
	s->follow->scope.is_lacking = is_lacking;
	s->follow->changes++;
	return 0;
}

const struct scope *follow_scope(const struct store *s)
{
	const struct scope *scope = &s->follow->scope;
	return s->hub[0] || (scope_is_all(scope) && !scope->is_lacking) ? NULL : scope;
}

/* --- changing it --- */

/* What a list of the request asks for, each of which must be there. */
static int take_words(
    struct words *out, struct store *s, const json_t *wanted, enum known_kind kind, struct err *err)
{
	struct buf why = BUF_INIT;
	size_t i;
	json_t *v;
	int bad = 0;
	json_array_foreach(wanted, i, v)
	{
		if (!known_has(&why, s, kind, json_text(v))) {
			bad = err_set(err, ERR_MISSING, "%s", why.ptr);
			break;
		}
		words_add(out, json_text(v));
	}
	buf_release(&why);
	return bad;
}

static int take_all(struct follow *next, struct store *s, const json_t *request, struct err *err)
{
	const struct charter *c;
	if (store_charter(s, 0, &c, NULL, err))
		return err_wrap(err, "what can be followed stands in the charter");
	const struct {
		struct words *to;
		const char *list;
		enum known_kind kind;
	} lists[] = {{&next->regions, "regions", KNOWN_REGION},
	    {&next->scope.types, "types", KNOWN_TYPE},
	    {&next->scope.langs, "languages", KNOWN_LANG}};
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (take_words(lists[i].to, s, json_object_get(request, lists[i].list),
			lists[i].kind, err))
			return err->code;
	return 0;
}

/* What was left out before may be wanted now, until whole_settle() has looked. */
static int write_all(struct store *s, struct follow *next, struct err *err)
{
	next->scope.is_lacking = repo_is_partial(s->repo);
	bool is_bad = (next->scope.is_lacking && repo_set_config(s->repo, LACKING, "true", err)) ||
		      (!scope_is_all(&next->scope) && repo_set_partial(s->repo, true, err)) ||
		      list_write(&next->regions, s->repo, REGIONS, err) ||
		      list_write(&next->scope.types, s->repo, TYPES, err) ||
		      list_write(&next->scope.langs, s->repo, LANGS, err);
	return is_bad ? err->code : 0;
}

static int change(struct store *s, const json_t *request, struct err *err)
{
	if (s->hub[0])
		return err_set(err, ERR_POLICY,
		    "%s is a hub: it follows everything, because others rely on it to pass things "
		    "on; only an edge can do with less",
		    s->hub);
	struct follow *next = mem_alloc(sizeof *next);
	memcpy(next->home, s->follow->home, sizeof next->home);
	next->changes = s->follow->changes + 1;
	int bad = take_all(next, s, request, err) || write_all(s, next, err);
	if (!bad) {
		*s->follow = *next;
		whole_forget(s);
		bad = whole_settle(s, err);
	}
	free(next);
	return bad ? err->code : 0;
}

static json_t *list_json(const struct words *l)
{
	json_t *list = json_array();
	for (size_t i = 0; i < l->n; i++)
		json_array_append_new(list, json_string(l->items[i]));
	return list;
}

static json_t *hubs_json(struct store *s)
{
	const char *hubs[HUBS_MAX];
	bool is_only;
	json_t *list = json_array();
	size_t n = follow_hubs(hubs, &is_only, s);
	for (size_t i = 0; i < n && is_only; i++)
		json_array_append_new(list, json_string(hubs[i]));
	return list;
}

int follow_op(struct store *s, const json_t *request, json_t **reply, struct err *err)
{
	static const char *const lists[] = {"all", "regions", "types", "languages"};
	const struct follow *f = s->follow;
	bool is_change = false, is_all = s->hub[0];
	*reply = NULL;
	for (size_t i = 0; i < 4; i++)
		is_change = is_change || json_object_get(request, lists[i]);
	if (is_change && change(s, request, err))
		return err->code;
	is_all = is_all || (!f->regions.n && scope_is_all(&f->scope));
	*reply = json_pack("{s:b, s:o, s:o, s:o, s:o}", "all", is_all, "regions",
	    is_all ? json_array() : list_json(&f->regions), "types",
	    is_all ? json_array() : list_json(&f->scope.types), "languages",
	    is_all ? json_array() : list_json(&f->scope.langs), "hubs", hubs_json(s));
	return 0;
}
