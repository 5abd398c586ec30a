/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/roster.h"

#include "base/mem.h"
#include "trust/document.h"

#include <stdlib.h>

static void read_member(
    struct member *m, const struct key_holder *who, const json_t *j, struct arena *a)
{
	const json_t *roles = json_object_get(j, "roles");
	struct str state = json_get_text(j, "state");
	m->id = who->id;
	m->key = who->key;
	m->name = arena_str(a, json_get_text(j, "name")).ptr;
	m->is_author = json_has_text(roles, STR("author"));
	m->is_reviewer = json_has_text(roles, STR("reviewer"));
	m->is_translator = json_has_text(roles, STR("translator"));
	m->is_active = !state.len || str_is(state, "active");
	m->places = json_object_get(j, "places");
}

static int index_cities(struct roster *r, struct err *err)
{
	size_t i;
	json_t *city;
	r->cities = json_object();
	json_array_foreach(json_object_get(r->head, "cities"), i, city)
	{
		const char *id = json_string_value(json_object_get(city, "id"));
		if (json_object_get(r->cities, id))
			return err_set(err, ERR_SCHEMA, "city %s stands twice", id);
		json_object_set(r->cities, id, city);
	}
	return 0;
}

int roster_parse(struct roster **out, struct str bytes, const char *name, struct err *err)
{
	struct roster *r = mem_alloc(sizeof *r);
	struct key_holder *who;
	struct str body;
	*out = NULL;
	if (trust_document(&r->head, &r->source, &body, "roster", bytes, name, err))
		goto fail;
	const json_t *members = json_object_get(r->head, "members");
	if (key_holders_read(&who, &r->nmembers, &r->arena, members, "member", err) ||
	    index_cities(r, err)) {
		err_wrap(err, "%s", name);
		goto fail;
	}
	r->hash = sha256(buf_str(&r->source));
	r->hub = arena_str(&r->arena, json_get_text(r->head, "hub")).ptr;
	r->version = (uint32_t)json_get_int(r->head, "version");
	r->members = arena_alloc(&r->arena, r->nmembers * sizeof *r->members);
	for (size_t i = 0; i < r->nmembers; i++)
		read_member(&r->members[i], &who[i], json_array_get(members, i), &r->arena);
	*out = r;
	return 0;
fail:
	roster_free(r);
	return err->code;
}

void roster_free(struct roster *r)
{
	if (!r)
		return;
	buf_release(&r->source);
	json_decref(r->cities);
	json_decref(r->head);
	arena_clear(&r->arena);
	free(r);
}

void roster_write(struct buf *out, const json_t *head)
{
	trust_document_write(out, "roster", head, STR_EMPTY);
}

int roster_check(const struct roster *r, const struct charter *c, const struct charter_hub *hub,
    const char *network, const struct named_signature *signatures, size_t n, struct err *err)
{
	struct name_space ns = name_space("belfry-roster", network);
	size_t count;
	if (strcmp(r->hub, hub->id) != 0)
		return err_set(
		    err, ERR_POLICY, "this roster is that of hub %s, not of %s", r->hub, hub->id);
	if (key_holders_count(&count, hub->stewards, hub->nstewards, ns.text, buf_str(&r->source),
		signatures, n, err))
		return err->code;
	if (count < hub->steward_threshold)
		return err_set(err, ERR_SIGNATURE,
		    "roster version %u of %s has %zu of the %zu steward signatures that charter "
		    "version %u "
		    "wants",
		    r->version, hub->id, count, hub->steward_threshold, c->version);
	return 0;
}

static bool has_all_places(const json_t *before, const json_t *after)
{
	size_t i;
	json_t *place;
	if (!before || !after)
		return !before; /* no list is everywhere */
	json_array_foreach(
	    after, i, place) if (!json_has_text(before, json_text(place))) return false;
	return true;
}

static bool gains(const struct member *was, const struct member *is)
{
	if (!is->is_active)
		return false;
	return !was || !was->is_active || (is->is_author && !was->is_author) ||
	       (is->is_reviewer && !was->is_reviewer) ||
	       (is->is_translator && !was->is_translator) ||
	       !has_all_places(was->places, is->places);
}

const struct member *roster_gains(const struct roster *before, const struct roster *after)
{
	for (size_t i = 0; i < after->nmembers; i++) {
		const struct member *m = &after->members[i];
		if (gains(before ? roster_member_by_key(before, &m->key) : NULL, m))
			return m;
	}
	return NULL;
}

const struct member *roster_member_by_key(const struct roster *r, const struct public_key *key)
{
	for (size_t i = 0; i < r->nmembers; i++)
		if (public_key_eq(&r->members[i].key, key))
			return &r->members[i];
	return NULL;
}

const json_t *roster_city(const struct roster *r, struct str place)
{
	return json_object_getn(r->cities, place.ptr, place.len);
}
