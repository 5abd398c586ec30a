/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing our own roster: shared by `member`, `city`, `init` and `join`.
 */
#include "base/mem.h"
#include "cmd/common.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

json_t *common_roster(struct store *s, struct err *err)
{
	static const struct oid none;
	const struct journal *j = store_journal(s, s->hub);
	const struct roster *roster;
	const char *fault;
	if (!s->hub[0]) {
		err_set(err, ERR_POLICY, "this store is no hub: it has no roster");
		return NULL;
	}
	if (store_roster(s, j ? &j->tree : &none, s->hub, j ? j->charter : s->charter_version,
		&roster, &fault, err))
		return NULL;
	if (!roster)
		return json_pack(
		    "{s:s, s:s, s:i}", "belfry", "roster/1", "hub", s->hub, "version", 0);
	return json_deep_copy(roster->head);
}

/* The steward who signs, and their id. */
static int steward_signer(struct signer **out, const char **id, struct store *s,
    const struct common_key *key, struct err *err)
{
	const struct common_key none = {.file = NULL};
	const struct charter *c;
	struct buf path = BUF_INIT;
	if (store_charter(s, 0, &c, NULL, err))
		return err->code;
	const struct charter_hub *h = charter_hub(c, s->hub);
	size_t n = h ? h->nstewards : 0, at = 0;
	struct public_key *keys = mem_alloc((n + 1) * sizeof *keys);
	for (size_t i = 0; i < n; i++)
		keys[i] = h->stewards[i].key;
	store_path(s, &path, "keys/steward");
	int bad = common_signer_of(out, key ? key : &none, keys, n, path.ptr, err);
	while (!bad && at < n && !public_key_eq(&keys[at], signer_key(*out)))
		at++;
	if (!bad && at == n)
		bad = err_set(err, ERR_POLICY,
		    "the key given is no steward of hub %s in the charter", s->hub);
	*id = bad ? NULL : h->stewards[at].id;
	free(keys);
	buf_release(&path);
	return bad ? err->code : 0;
}

int common_publish_roster(const struct cmd_common *c, struct store *s, json_t *roster,
    const struct common_key *steward, struct err *err)
{
	struct buf text = BUF_INIT, armor = BUF_INIT;
	struct signer *signer = NULL;
	struct name_space ns = name_space("belfry-roster", s->network);
	json_t *reply = NULL;
	char name[96];
	const char *id = NULL;
	json_object_set_new(roster, "version", json_integer(json_get_int(roster, "version") + 1));
	roster_write(&text, roster);
	int bad = steward_signer(&signer, &id, s, steward, err) ||
		  sshsig_sign(&armor, signer, ns.text, buf_str(&text), err);
	if (!bad) {
		snprintf(name, sizeof name, "roster.md.%s.sig", id);
		bad = ask(&reply, c,
		    json_pack("{s:s, s:[{s:s, s:s}, {s:s, s:s}]}", "op", "append", "files", "path",
			"roster.md", "content", text.ptr, "path", name, "content", armor.ptr),
		    err);
	}
	json_decref(reply);
	signer_free(signer);
	buf_release(&text);
	buf_release(&armor);
	return bad ? err->code : 0;
}

bool common_is_city(struct str place)
{
	return str_is_slug(place) && place.len >= 4 && place.ptr[2] == '-';
}

/* "ke-mombasa" → "Mombasa"; a name to begin with, until somebody gives the right one. */
static json_t *name_from_id(const char *place)
{
	char name[80];
	bool is_start = true;
	snprintf(name, sizeof name, "%s", place + 3);
	for (char *p = name; *p; p++) {
		if (*p == '-')
			*p = ' ';
		else if (is_start)
			*p = (char)toupper((unsigned char)*p);
		is_start = *p == ' ';
	}
	return json_pack("{s:s}", "en", name);
}

bool common_add_city(json_t *roster, const char *place, const char *region, const json_t *names)
{
	json_t *cities = json_object_get(roster, "cities");
	size_t i;
	json_t *city;
	if (!cities) {
		cities = json_array();
		json_object_set_new(roster, "cities", cities);
	}
	json_array_foreach(cities, i, city) if (str_is(json_get_text(city, "id"), place))
	{
		if (names)
			json_object_set_new(city, "names", json_deep_copy(names));
		return false;
	}
	city = json_pack("{s:s, s:s}", "id", place, "region", region);
	json_object_set_new(city, "names", names ? json_deep_copy(names) : name_from_id(place));
	for (i = 0; i < json_array_size(cities); i++)
		if (str_cmp(json_get_text(json_array_get(cities, i), "id"), str_from(place)) > 0)
			break;
	json_array_insert_new(cities, i, city);
	return true;
}
