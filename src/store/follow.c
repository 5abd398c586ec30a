/* SPDX-License-Identifier: Apache-2.0 */
#include "store/follow.h"

#include "base/mem.h"

#include <stdio.h>

static const char REGIONS[] = "belfry.regions";

/* --- settings --- */

static bool list_has(const struct follow_list *l, struct str item)
{
	for (size_t i = 0; i < l->n; i++)
		if (str_is(item, l->items[i]))
			return true;
	return false;
}

static void list_add(struct follow_list *l, struct str item)
{
	if (l->n < FOLLOW_MAX && str_is_slug(item) && !list_has(l, item))
		memcpy(l->items[l->n++], item.ptr, item.len);
}

static void list_read(struct follow_list *l, struct repo *r, const char *key)
{
	struct buf value = BUF_INIT;
	struct err none;
	if (repo_config(r, key, &value, &none) == 0)
		for (struct str rest = buf_str(&value); rest.len;)
			list_add(l, str_cut(&rest, ' '));
	buf_release(&value);
}

static int list_write(const struct follow_list *l, struct repo *r, const char *key, struct err *err)
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

/* --- changing it --- */

static int unknown(const char *what, struct str item, const json_t *list, struct err *err)
{
	struct buf names = BUF_INIT;
	size_t i;
	json_t *v;
	json_array_foreach(list, i, v)
	{
		struct str id = json_is_string(v) ? json_text(v) : json_get_text(v, "id");
		buf_printf(&names, "%s%.*s", i ? ", " : "", STR_FMT(id));
	}
	err_set(err, ERR_MISSING, "the charter has no %s '%.*s'; it has %s", what,
	    STR_FMT(str_sub(item, 0, HUB_NAME_BYTES)), names.len ? names.ptr : "none");
	buf_release(&names);
	return err->code;
}

static int take_regions(
    struct follow_list *out, const json_t *wanted, const struct charter *c, struct err *err)
{
	size_t i;
	json_t *v;
	json_array_foreach(wanted, i, v)
	{
		if (!charter_has_term(c, "regions", json_text(v)))
			return unknown(
			    "region", json_text(v), json_object_get(c->head, "regions"), err);
		list_add(out, json_text(v));
	}
	return 0;
}

static int change(struct store *s, const json_t *request, struct err *err)
{
	const json_t *regions = json_object_get(request, "regions");
	const struct charter *c;
	if (s->hub[0])
		return err_set(err, ERR_POLICY,
		    "%s is a hub: it follows everything, because others rely on it to pass things "
		    "on; only an edge can do with less",
		    s->hub);
	if (store_charter(s, 0, &c, NULL, err))
		return err_wrap(err, "regions are those of the charter");
	struct follow *next = mem_alloc(sizeof *next);
	*next = *s->follow;
	next->regions = (struct follow_list){.n = 0};
	next->changes++;
	int bad = take_regions(&next->regions, regions, c, err) ||
		  list_write(&next->regions, s->repo, REGIONS, err);
	if (!bad)
		*s->follow = *next;
	free(next);
	return bad ? err->code : 0;
}

static json_t *list_json(const struct follow_list *l)
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
	bool is_change = json_object_get(request, "all") || json_object_get(request, "regions");
	*reply = NULL;
	if (is_change && change(s, request, err))
		return err->code;
	const struct follow_list *regions = &s->follow->regions;
	bool is_all = s->hub[0] || !regions->n;
	*reply = json_pack("{s:b, s:o, s:o}", "all", is_all, "regions",
	    is_all ? json_array() : list_json(regions), "hubs", hubs_json(s));
	return 0;
}
