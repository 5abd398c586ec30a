/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/own_roster.h"

#include "base/file.h"
#include "cmd/roster_draft.h"
#include "store/known.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

json_t *own_roster(struct store *s, struct err *err)
{
	const struct journal *j = store_journal(s, s->hub);
	const struct roster *roster = NULL;
	if (!s->hub[0]) {
		err_set(err, ERR_POLICY, "this store is no hub: it has no roster");
		return NULL;
	}
	if (j && journal_roster(&roster, s, j, err))
		return NULL;
	if (!roster)
		return json_pack(
		    "{s:s, s:s, s:i}", "belfry", "roster/1", "hub", s->hub, "version", 0);
	return json_deep_copy(roster->head);
}

static int leave(const struct roster_draft *d, const char *path, struct buf *tally, struct err *err)
{
	if (file_exists(path))
		return err_set(err, ERR_EXISTS,
		    "%s is here already: it may hold signatures; take it away or go on with it",
		    path);
	if (roster_draft_write(d, path, err))
		return err->code;
	cmd_say("Nothing is changed yet; the draft is in %s.\n%.*s"
		"Whoever is missing runs: belfry member sign %s --steward-key FILE   (or --agent)\n"
		"Then, here: belfry member apply %s",
	    path, STR_FMT(buf_str(tally)), cmd_word(path).text, cmd_word(path).text);
	return 0;
}

int own_roster_publish(const struct cmd_common *c, struct store *s, json_t *roster,
    struct steward_choice *by, struct err *err)
{
	struct roster_draft d;
	const struct charter_hub *hub;
	struct buf tally = BUF_INIT;
	bool is_unsigned = by->out && !by->key.file && !by->key.agent, is_complete = false;
	json_object_set_new(roster, "version", json_integer(json_get_int(roster, "version") + 1));
	int bad = roster_draft_make(&d, s->network, roster, err) ||
		  roster_draft_hub(&hub, &d, s, err) ||
		  (!is_unsigned && roster_draft_sign(&d, hub, s, &by->key, err)) ||
		  roster_draft_tally(&tally, &is_complete, &d, hub, err);
	if (!bad && (by->out || !is_complete)) {
		if (by->out)
			snprintf(by->draft, sizeof by->draft, "%s", by->out);
		else
			snprintf(by->draft, sizeof by->draft, "roster-%s-%u.json", hub->id,
			    d.roster->version);
		bad = leave(&d, by->draft, &tally, err);
	} else if (!bad) {
		bad = roster_draft_publish(&d, c, s, err);
	}
	roster_draft_release(&d);
	buf_release(&tally);
	return bad ? err->code : 0;
}

void own_roster_print(const char *hub, json_int_t version, bool is_changed, const char *draft)
{
	cmd_print_json(json_pack("{s:s, s:I, s:b, s:s?}", "hub", hub, "version", version, "changed",
	    is_changed, "draft", draft));
}

int own_roster_change(const struct cmd_common *c, struct store *s, const json_t *before,
    json_t *roster, struct steward_choice *by, struct err *err)
{
	bool is_changed = !before || !json_equal(before, roster);
	if (is_changed && own_roster_publish(c, s, roster, by, err))
		return err->code;
	json_int_t version = json_get_int(roster, "version");
	if (!is_changed)
		cmd_say("The roster says so already.");
	else if (!by->draft[0])
		cmd_say("Roster version %lld of %s is signed and published.", (long long)version,
		    s->hub);
	if (c->json)
		own_roster_print(s->hub, version, is_changed, by->draft[0] ? by->draft : NULL);
	return 0;
}

bool city_is_id(struct str place)
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

/* Each language has one name; an empty one takes it away. A city without any is called by its id.
 */
static void merge_names(json_t *to, const json_t *names, const char *place)
{
	json_t *given = json_deep_copy(names), *name;
	const char *lang;
	json_object_foreach(given, lang, name)
	{
		if (json_text(name).len)
			json_object_set(to, lang, name);
		else
			json_object_del(to, lang);
	}
	if (!json_object_size(to)) {
		json_t *own = name_from_id(place);
		json_object_update(to, own);
		json_decref(own);
	}
	json_decref(given);
}

bool own_roster_add_city(json_t *roster, const char *place, const char *region, const json_t *names)
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
			merge_names(json_object_get(city, "names"), names, place);
		return false;
	}
	city = json_pack("{s:s, s:s, s:{}}", "id", place, "region", region, "names");
	merge_names(json_object_get(city, "names"), names, place);
	for (i = 0; i < json_array_size(cities); i++)
		if (str_cmp(json_get_text(json_array_get(cities, i), "id"), str_from(place)) > 0)
			break;
	json_array_insert_new(cities, i, city);
	return true;
}

void own_roster_warn_city(struct store *s, const char *place)
{
	const char *hub = known_city(s, str_from(place));
	if (hub)
		cmd_say("City %s is on the roster of hub %s, too: what both publish under one name "
			"there is a conflict. Is it meant for both?",
		    place, hub);
}
