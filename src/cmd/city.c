/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"

#include "base/file.h"

#include <stdio.h>

/* "fr=Le Caire" */
static bool take_name(json_t *names, const char *text)
{
	struct str rest = str_from(text), lang = str_cut(&rest, '=');
	if (lang.len != 2 || !rest.len)
		return false;
	json_object_setn_new(names, lang.ptr, lang.len, json_from(rest));
	return true;
}

/* "place<TAB>region<TAB>en=Cairo<TAB>fr=Le Caire…" */
static int take_line(json_t *roster, struct str row, const char *path, int line, struct err *err)
{
	char place[80], region[80], name[300];
	struct str p = str_cut(&row, '\t'), r = str_cut(&row, '\t');
	json_t *names = json_object();
	bool is_good = str_is_slug(p) && str_is_slug(r) && row.len;
	while (row.len && is_good) {
		struct str next = str_cut(&row, '\t');
		snprintf(name, sizeof name, "%.*s", STR_FMT(next));
		is_good = next.len < sizeof name && take_name(names, name);
	}
	snprintf(place, sizeof place, "%.*s", STR_FMT(p));
	snprintf(region, sizeof region, "%.*s", STR_FMT(r));
	if (is_good)
		common_add_city(roster, place, region, names);
	json_decref(names);
	return is_good ? 0
		       : err_set(err, ERR_SYNTAX,
			     "%s:%d: expected place, region and names such as fr=Mombasa, "
			     "between tabs",
			     path, line);
}

static int take_file(json_t *roster, const char *path, struct err *err)
{
	struct buf text = BUF_INIT;
	if (file_read(&text, path, ROSTER_BYTES_MAX, err))
		return err->code;
	int bad = 0, line = 0;
	for (struct str rest = buf_str(&text); rest.len && !bad;)
		bad = take_line(roster, str_cut(&rest, '\n'), path, ++line, err);
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

static int run(const struct cmd *self, int argc, char **argv)
{
	const char *region = NULL, *file = NULL;
	struct cmd_list names = {.len = 0};
	struct common_key steward = {.file = NULL};
	struct cmd_common c;
	const struct cmd_option options[] = {
	    {"name", "LANG=NAME", OPTION_LIST, &names, "its name in a language; may be repeated"},
	    {"region", "ID", OPTION_TEXT, &region, "its region; this hub's if left out"},
	    {"from", "FILE", OPTION_TEXT, &file,
		"lines of place, region and LANG=NAME…, between tabs"},
	    {"steward-key", "FILE", OPTION_TEXT, &steward.file,
		"the steward's private key instead of keys/steward"},
	    {"agent", NULL, OPTION_FLAG, &steward.agent,
		"sign with the steward's key in ssh-agent"},
	    CMD_ALONE(c),
	    {0},
	};
	struct err err = {.code = ERR_NONE};
	struct store *s;
	const struct charter *charter;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	bool is_list = nargs == 1 && strcmp(argv[0], "list") == 0;
	if (!is_list && (nargs != (file ? 1 : 2) || strcmp(argv[0], "add") != 0))
		return cmd_usage(self, "list, add PLACE, or add --from FILE?");
	json_t *named = json_object();
	for (size_t i = 0; i < names.len; i++)
		if (!take_name(named, names.items[i]))
			return cmd_usage(self, "--name %s: write it as fr=Mombasa", names.items[i]);
	if (common_open(&s, &c, &err))
		return cmd_fail(self, &err);
	json_t *roster = common_roster(s, &err);
	int bad = !roster || store_charter(s, 0, &charter, NULL, &err);
	if (!bad && is_list) {
		list(roster, c.json);
	} else if (!bad) {
		const struct charter_hub *hub = charter_hub(charter, s->hub);
		if (file)
			bad = take_file(roster, file, &err);
		else
			common_add_city(roster, argv[1],
			    region ? region
			    : hub  ? hub->region
				   : "global",
			    json_object_size(named) ? named : NULL);
		bad = bad || common_publish_roster(&c, s, roster, &steward, &err);
	}
	json_decref(named);
	json_decref(roster);
	store_close(s);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_city = {
    .name = "city",
    .args = "add PLACE [--name LANG=NAME] [--region ID] | add --from FILE | list",
    .summary = "This hub's cities and their names.",
    .group = CMD_NETWORK,
    .run = run,
};
