/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"
#include "cmd/own_roster.h"

#include "base/file.h"
#include "store/catalogue.h"
#include "trust/policy.h"

#include <stdio.h>

/* "fr=Le Caire"; "fr=" for none */
static bool take_name(json_t *names, const char *text)
{
	if (strlen(text) < 3 || text[2] != '=')
		return false;
	json_object_setn_new(names, text, 2, json_from(str_from(text + 3)));
	return true;
}

/* Whose cities they are. */
struct hub_cities {
	struct store *store;
	const struct charter *charter;
	const struct charter_hub *hub;
	json_t *roster;
};

/* Would the network take records from there by this hub? */
static int check_city(
    const struct hub_cities *h, const char *place, const char *region, struct err *err)
{
	if (!city_is_id(str_from(place)))
		return err_set(err, ERR_SYNTAX,
		    "%s is not a city's id: two letters of its country, a hyphen and a name, such "
		    "as ke-mombasa, 64 characters at most",
		    place);
	if (!charter_has_term(h->charter, "regions", str_from(region)))
		return err_set(err, ERR_SYNTAX,
		    "%s: the charter has no region %s; belfry charter show lists them", place,
		    region);
	return policy_city(h->charter, h->hub, str_from(place), str_from(region), err);
}

/* `region` NULL: as it is, or the hub's; `names` NULL: as they are, or from the id. */
static int add_city(const struct hub_cities *h, const char *place, const char *region,
    const json_t *names, struct err *err)
{
	size_t i;
	json_t *city;
	if (check_city(h, place, region ? region : h->hub->region, err) != 0)
		return err->code;
	if (own_roster_add_city(h->roster, place, region ? region : h->hub->region, names)) {
		own_roster_warn_city(h->store, place);
		return 0;
	}
	if (!region)
		return 0;
	json_array_foreach(json_object_get(h->roster, "cities"), i,
	    city) if (str_is(json_get_text(city, "id"), place))
	    json_object_set_new(city, "region", json_string(region));
	return 0;
}

/* "place<TAB>region<TAB>en=Cairo<TAB>fr=Le Caire…" */
static int take_line(const struct hub_cities *h, struct str row, struct err *err)
{
	char place[80], region[80], name[300];
	struct str p = str_cut(&row, '\t'), r = str_cut(&row, '\t');
	json_t *names = json_object();
	bool is_good = p.len && r.len && row.len;
	while (row.len && is_good) {
		struct str next = str_cut(&row, '\t');
		snprintf(name, sizeof name, "%.*s", STR_FMT(next));
		is_good = next.len < sizeof name && take_name(names, name);
	}
	snprintf(place, sizeof place, "%.*s", STR_FMT(p));
	snprintf(region, sizeof region, "%.*s", STR_FMT(r));
	int bad = is_good
		      ? add_city(h, place, region, names, err)
		      : err_set(err, ERR_SYNTAX,
			    "expected place, region and names such as fr=Mombasa, between tabs");
	json_decref(names);
	return bad;
}

static int take_file(const struct hub_cities *h, const char *path, struct err *err)
{
	struct buf text = BUF_INIT;
	if (file_read(&text, path, ROSTER_BYTES_MAX, err))
		return err->code;
	int bad = 0, line = 1;
	for (struct str rest = buf_str(&text); rest.len && !bad; line++) {
		bad = take_line(h, str_cut(&rest, '\n'), err);
		if (bad)
			err_wrap(err, "%s:%d", path, line);
	}
	buf_release(&text);
	return bad;
}

static void list(const json_t *roster, bool json)
{
	size_t i;
	json_t *city;
	if (json) {
		json_t *cities = json_object_get(roster, "cities");
		cmd_print_json(cities ? json_incref(cities) : json_array());
		return;
	}
	json_array_foreach(json_object_get(roster, "cities"), i, city)
	{
		const char *lang;
		json_t *name;
		printf("%-28s %-22s", json_get_text(city, "id").ptr,
		    json_get_text(city, "region").ptr);
		json_object_foreach(json_object_get(city, "names"), lang, name)
		    printf(" %s=%s", lang, json_string_value(name));
		putchar('\n');
	}
}

/* --- one that was never used --- */

static int is_named_by_member(const json_t *roster, const char *place, struct err *err)
{
	size_t i;
	json_t *m;
	json_array_foreach(json_object_get(roster, "members"), i, m)
	{
		if (json_has_text(json_object_get(m, "places"), str_from(place)))
			return err_set(err, ERR_POLICY,
			    "%s stays: it is a place of member %s; belfry member add again, with "
			    "other places, changes that",
			    place, json_get_text(m, "id").ptr);
	}
	return 0;
}

static int is_named_by_record(struct store *s, const char *place, struct err *err)
{
	const struct catalogue *c;
	if (store_catalogue(&c, s, err))
		return err->code;
	for (size_t i = 0; i < c->len; i++)
		if (strcmp(c->items[i].hub, s->hub) == 0 && strcmp(c->items[i].place, place) == 0)
			return err_set(err, ERR_POLICY,
			    "%s stays: records were published for it, such as %s", place,
			    c->items[i].path);
	return 0;
}

static int take_city(struct store *s, json_t *roster, const char *place, struct err *err)
{
	json_t *city, *cities = json_object_get(roster, "cities");
	size_t i, at = json_array_size(cities);
	json_array_foreach(cities, i, city) if (str_is(json_get_text(city, "id"), place)) at = i;
	if (at == json_array_size(cities))
		return err_set(err, ERR_MISSING, "there is no city %s on the roster", place);
	if (is_named_by_member(roster, place, err) || is_named_by_record(s, place, err) ||
	    (s->members && is_named_by_record(s->members, place, err)))
		return err->code;
	json_array_remove(cities, at);
	if (!json_array_size(cities))
		json_object_del(roster, "cities");
	return 0;
}

/* What is to be added, and by whom. */
struct addition {
	const char *place, *region, *file; /* the file instead of the others */
	const json_t *names;
	struct steward_choice steward;
};

static int add(const struct cmd_common *c, struct store *s, json_t *roster, struct addition *a,
    struct err *err)
{
	const struct charter *charter;
	if (store_charter(s, 0, &charter, NULL, err))
		return err->code;
	const struct hub_cities h = {s, charter, charter_hub(charter, s->hub), roster};
	json_t *before = json_deep_copy(roster);
	int bad = a->file ? take_file(&h, a->file, err)
			  : add_city(&h, a->place, a->region, a->names, err);
	bad = bad || own_roster_change(c, s, before, roster, &a->steward, err);
	json_decref(before);
	return bad ? err->code : 0;
}

static int remove_city(const struct cmd_common *c, struct store *s, json_t *roster,
    struct addition *a, struct err *err)
{
	json_t *before = json_deep_copy(roster);
	int bad = take_city(s, roster, a->place, err) ||
		  own_roster_change(c, s, before, roster, &a->steward, err);
	json_decref(before);
	return bad ? err->code : 0;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	struct addition a = {.place = NULL};
	struct cmd_list names = {.len = 0};
	struct cmd_common c;
	const struct cmd_option options[] = {
	    {"name", "LANG=NAME", OPTION_LIST, &names,
		"its name in a language, or LANG= to take it away; may be repeated"},
	    {"region", "ID", OPTION_TEXT, &a.region, "its region; this hub's if left out"},
	    {"from", "FILE", OPTION_TEXT, &a.file,
		"lines of place, region and LANG=NAME…, between tabs"},
	    STEWARD_OPTIONS(&a.steward),
	    CMD_ALONE(c),
	    {0},
	};
	struct err err = {.code = ERR_NONE};
	struct store *s;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	bool is_list = nargs == 1 && strcmp(argv[0], "list") == 0;
	bool is_remove = nargs == 2 && strcmp(argv[0], "remove") == 0;
	if (is_remove && (a.file || a.region || names.len))
		return cmd_usage(self, "remove takes the city alone");
	if (!is_list && !is_remove && (nargs != (a.file ? 1 : 2) || strcmp(argv[0], "add") != 0))
		return cmd_usage(self, "list, add PLACE, add --from FILE, or remove PLACE?");
	json_t *named = json_object();
	for (size_t i = 0; i < names.len; i++)
		if (!take_name(named, names.items[i]))
			return cmd_usage(self, "--name %s: write it as fr=Mombasa", names.items[i]);
	if (common_open(&s, &c, &err))
		return cmd_fail(self, &err);
	a.place = nargs > 1 ? argv[1] : NULL;
	a.names = json_object_size(named) ? named : NULL;
	json_t *roster = own_roster(s, &err);
	int bad = !roster;
	if (!bad && is_list)
		list(roster, c.json);
	else if (!bad && is_remove)
		bad = remove_city(&c, s, roster, &a, &err);
	else if (!bad)
		bad = add(&c, s, roster, &a, &err);
	json_decref(named);
	json_decref(roster);
	store_close(s);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_city = {
    .name = "city",
    .args = "add PLACE [--name LANG=NAME] [--region ID] | add --from FILE | remove PLACE | list",
    .summary = "This hub's cities and their names.",
    .group = CMD_NETWORK,
    .run = run,
    .details =
	"remove is for one that was added by mistake: no member's place, and nothing published\n"
	"for it.",
};
