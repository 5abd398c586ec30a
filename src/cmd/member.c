/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cmd/own_roster.h"
#include "cmd/roster_draft.h"
#include "store/known.h"

#include <stdio.h>

struct person {
	const char *name, *roles, *key;
	struct cmd_list places;
	struct steward_choice steward;
};

static json_t *split_roles(const char *roles)
{
	json_t *list = json_array();
	struct str rest = str_from(roles);
	while (rest.len) {
		struct str role = str_trim(str_cut(&rest, ','));
		if (role.len)
			json_array_append_new(list, json_from(role));
	}
	return list;
}

static json_t *find(const json_t *roster, const char *id, size_t *at)
{
	size_t i;
	json_t *m;
	json_array_foreach(
	    json_object_get(roster, "members"), i, m) if (str_is(json_get_text(m, "id"), id))
	{
		*at = i;
		return m;
	}
	return NULL;
}

/* A city that nobody has yet, and is written almost as one that somebody has: it would be on the
 * roster, and on the site, for good. */
static int check_is_meant(struct store *s, struct str place, struct err *err)
{
	struct buf near = BUF_INIT;
	int bad = 0;
	if (!known_has(NULL, s, KNOWN_PLACE, place))
		known_near(&near, s, KNOWN_PLACE, place);
	if (near.len)
		bad = err_set(err, ERR_MISSING,
		    "no roster has the city %s; near it: %s. If it is another one: belfry city add "
		    "%s --name en=NAME, then again",
		    place.ptr, near.ptr, place.ptr);
	buf_release(&near);
	return bad;
}

static void say_no_place(struct store *s, struct str place, struct err *err)
{
	struct buf near = BUF_INIT;
	known_near(&near, s, KNOWN_PLACE, place);
	err_set(err, ERR_SYNTAX,
	    "place %s is neither a region of the charter nor a city like ke-mombasa%s%s", place.ptr,
	    near.len ? "; near it: " : "", near.len ? near.ptr : "");
	buf_release(&near);
}

/* Places that look like cities join the roster's cities, so that the hub may publish for them; but
 * those of one who only translates, which are other hubs'. */
static json_t *take_places(json_t *roster, struct store *s, const struct cmd_list *places,
    bool is_translator, struct err *err)
{
	const struct charter *c;
	json_t *list = json_array();
	if (store_charter(s, 0, &c, NULL, err))
		return NULL;
	for (size_t i = 0; i < places->len; i++) {
		struct str place = str_from(places->items[i]);
		json_array_append_new(list, json_from(place));
		if (charter_has_term(c, "regions", place))
			continue;
		if (!city_is_id(place)) {
			say_no_place(s, place, err);
			json_decref(list);
			return NULL;
		}
		if (check_is_meant(s, place, err)) {
			json_decref(list);
			return NULL;
		}
		if (is_translator)
			continue;
		const struct charter_hub *hub = charter_hub(c, s->hub);
		const char *region = hub->region;
		if (policy_city(c, hub, place, str_from(region), err)) {
			json_decref(list);
			return NULL;
		}
		if (own_roster_add_city(roster, place.ptr, region, NULL)) {
			cmd_say("City %s joins the roster, in region %s; belfry city add gives it "
				"its names.",
			    place.ptr, region);
			own_roster_warn_city(s, place.ptr);
		}
	}
	return list;
}

/* Somebody who is there already, with the same key: what is said now stands in place of what stood
 * there, and who was retired is back. */
static int check_again(const json_t *m, const char *id, struct str key, struct err *err)
{
	if (!str_eq(json_get_text(m, "key"), key))
		return err_set(err, ERR_EXISTS,
		    "member %s is on the roster already, with another key; a new key goes with a "
		    "new id",
		    id);
	if (str_is(json_get_text(m, "state"), "revoked"))
		return err_set(err, ERR_POLICY,
		    "member %s is on the roster already, and was revoked: they need a new key, and "
		    "an id that goes with it",
		    id);
	return 0;
}

static int add(
    struct store *s, json_t *roster, const char *id, const struct person *p, struct err *err)
{
	struct buf line = BUF_INIT;
	struct public_key key;
	size_t at;
	json_t *members = json_object_get(roster, "members"), *known = find(roster, id, &at);
	int bad = public_key_read(&key, p->key, err);
	if (!bad)
		public_key_write(&line, &key);
	if (!bad && known)
		bad = check_again(known, id, buf_str(&line), err);
	bool is_translator = strcmp(p->roles, "translator") == 0;
	json_t *places =
	    !bad && p->places.len ? take_places(roster, s, &p->places, is_translator, err) : NULL;
	bad = bad || (p->places.len && !places);
	if (!bad) {
		json_t *m = json_pack("{s:s, s:s, s:s, s:o}", "id", id, "name", p->name, "key",
		    line.ptr, "roles", split_roles(p->roles));
		if (places)
			json_object_set(m, "places", places);
		if (!members) {
			members = json_array();
			json_object_set_new(roster, "members", members);
		}
		if (known)
			json_array_set_new(members, at, m);
		else
			json_array_append_new(members, m);
	}
	json_decref(places);
	buf_release(&line);
	return bad ? err->code : 0;
}

static int set_state(json_t *roster, const char *id, const char *state, struct err *err)
{
	size_t at;
	json_t *m = find(roster, id, &at);
	if (!m)
		return err_set(err, ERR_MISSING, "there is no member %s on the roster", id);
	if (str_is(json_get_text(m, "state"), "revoked") && strcmp(state, "revoked") != 0)
		return err_set(err, ERR_EXISTS, "member %s was revoked, which cannot be less", id);
	json_object_set_new(m, "state", json_string(state));
	return 0;
}

static void print_member(const json_t *m)
{
	struct buf roles = BUF_INIT, places = BUF_INIT;
	size_t i;
	json_t *v;
	json_array_foreach(json_object_get(m, "roles"), i, v)
	    buf_printf(&roles, "%s%s", i ? "," : "", json_string_value(v));
	json_array_foreach(json_object_get(m, "places"), i, v)
	    buf_printf(&places, "%s%s", i ? "," : "", json_string_value(v));
	struct str state = json_get_text(m, "state");
	printf("%-20s %-18s %-24s %-9s %s\n", json_get_text(m, "id").ptr, roles.ptr,
	    places.len ? places.ptr : "(all of the hub)", state.len ? state.ptr : "active",
	    json_get_text(m, "name").ptr);
	buf_release(&roles);
	buf_release(&places);
}

static void list(const json_t *roster, bool json)
{
	size_t i;
	json_t *m;
	if (json) {
		json_t *members = json_deep_copy(json_object_get(roster, "members"));
		json_array_foreach(members, i, m) if (!json_object_get(m, "state"))
		    json_object_set_new(m, "state", json_string("active"));
		cmd_print_json(members ? members : json_array());
		return;
	}
	json_array_foreach(json_object_get(roster, "members"), i, m) print_member(m);
}

static int change(const struct cmd_common *c, struct store *s, json_t *roster, char **argv,
    struct person *p, struct err *err)
{
	json_t *before = json_deep_copy(roster);
	bool is_renewed = strcmp(argv[0], "renew") == 0;
	int bad = 0;
	if (is_renewed)
		; /* as it is, by the stewards of the charter now in force */
	else if (strcmp(argv[0], "add") == 0)
		bad = add(s, roster, argv[1], p, err);
	else
		bad = set_state(
		    roster, argv[1], strcmp(argv[0], "retire") == 0 ? "retired" : "revoked", err);
	bad = bad || own_roster_change(c, s, is_renewed ? NULL : before, roster, &p->steward, err);
	json_decref(before);
	return bad ? err->code : 0;
}

/* --- drafts, where several stewards sign --- */

static int say_tally(
    const struct roster_draft *d, const struct charter_hub *hub, const char *path, struct err *err)
{
	struct buf text = BUF_INIT;
	bool is_complete;
	int bad = roster_draft_tally(&text, &is_complete, d, hub, err);
	if (!bad)
		cmd_say_lines("", buf_str(&text));
	if (!bad && is_complete)
		cmd_say("It is complete: belfry member apply %s, where the keys of %s are, "
			"publishes it.",
		    cmd_word(path).text, hub->id);
	buf_release(&text);
	return bad;
}

static int sign_draft(const struct cmd_common *c, struct store *s, const char *path,
    const struct steward_choice *by, struct err *err)
{
	struct roster_draft d;
	const struct charter_hub *hub;
	struct buf text = BUF_INIT;
	const char *to = by->out ? by->out : path;
	int bad = roster_draft_read(&d, path, err) || roster_draft_hub(&hub, &d, s, err) ||
		  roster_draft_changes(&text, &d, s, err);
	if (!bad) {
		cmd_say("Roster version %u of %s would change this:", d.roster->version, hub->id);
		cmd_say_lines("  ", buf_str(&text));
		bad = roster_draft_sign(&d, hub, s, &by->key, err) ||
		      roster_draft_write(&d, to, err) || say_tally(&d, hub, to, err);
	}
	if (!bad && c->json)
		own_roster_print(hub->id, d.roster->version, true, to);
	roster_draft_release(&d);
	buf_release(&text);
	return bad ? err->code : 0;
}

static int apply_draft(
    const struct cmd_common *c, struct store *s, const char *path, struct err *err)
{
	struct roster_draft d;
	int bad = roster_draft_read(&d, path, err) || roster_draft_publish(&d, c, s, err);
	if (!bad)
		cmd_say("Roster version %u of %s is published.", d.roster->version, s->hub);
	if (!bad && c->json)
		own_roster_print(s->hub, d.roster->version, true, NULL);
	roster_draft_release(&d);
	return bad ? err->code : 0;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	struct person p = {.roles = "author"};
	struct cmd_common c;
	const struct cmd_option options[] = {
	    {"name", "TEXT", OPTION_TEXT, &p.name, "the person's name as readers will see it"},
	    {"role", "LIST", OPTION_TEXT, &p.roles,
		"author, reviewer, translator; several with commas"},
	    {"place", "PLACE", OPTION_LIST, &p.places,
		"where they may act (ke-mombasa); may be repeated"},
	    {"key", "FILE.pub", OPTION_TEXT, &p.key, "their public key"},
	    STEWARD_OPTIONS(&p.steward),
	    CMD_ALONE(c),
	    {0},
	};
	struct err err = {.code = ERR_NONE};
	struct store *s;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	const char *verb = nargs ? argv[0] : "";
	bool is_list = strcmp(verb, "list") == 0, is_add = strcmp(verb, "add") == 0,
	     is_renew = strcmp(verb, "renew") == 0, is_sign = strcmp(verb, "sign") == 0,
	     is_apply = strcmp(verb, "apply") == 0;
	if (!is_list && !is_add && !is_renew && !is_sign && !is_apply &&
	    strcmp(verb, "retire") != 0 && strcmp(verb, "revoke") != 0)
		return cmd_usage(self, "add, retire, revoke, renew, list, sign or apply?");
	if (nargs != (is_list || is_renew ? 1 : 2))
		return cmd_usage(self, is_sign || is_apply ? "which draft?" : "which member?");
	if (is_add && (!p.name || !p.key))
		return cmd_usage(self, "give --name and --key");
	if (nargs > 1 && !is_sign && !is_apply && !str_is_slug(str_from(argv[1])))
		return cmd_usage(self,
		    "a member's id has lower-case letters, digits and hyphens: not %s", argv[1]);
	if (common_open(&s, &c, &err))
		return cmd_fail(self, &err);
	json_t *roster = is_sign || is_apply ? NULL : own_roster(s, &err);
	int bad = !is_sign && !is_apply && !roster;
	if (!bad && is_sign)
		bad = sign_draft(&c, s, argv[1], &p.steward, &err);
	else if (!bad && is_apply)
		bad = apply_draft(&c, s, argv[1], &err);
	else if (!bad && is_list)
		list(roster, c.json);
	else if (!bad)
		bad = change(&c, s, roster, argv, &p, &err);
	json_decref(roster);
	store_close(s);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_member = {
    .name = "member",
    .args = "add ID --name TEXT --role LIST --place PLACE --key FILE.pub | retire ID | revoke ID | "
	    "renew | list | sign DRAFT | apply DRAFT",
    .summary = "This hub's people: who may write and review, for which places.",
    .group = CMD_NETWORK,
    .run = run,
    .details =
	"A translator writes only translations: for the hub's places, and of what other hubs\n"
	"have published for theirs.\n"
	"add of somebody who is there with that key changes what it says, or brings them back.\n"
	"renew signs the roster again as it is: after the charter gave the hub another "
	"steward.\n"
	"Where the charter wants several stewards, or with --out, a draft is left, which each of\n"
	"them signs on a machine of their own (any store of the network), and which is applied\n"
	"where the hub's keys are.",
};
