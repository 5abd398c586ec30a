/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"
#include "store/catalogue.h"

#include <stdio.h>

struct filter {
	const char *type, *region, *place, *theme, *lang, *search;
	bool held;
};

/* ASCII case aside; other letters as they are. */
static bool contains(const char *text, const char *word)
{
	return strcasestr(text, word) != NULL;
}

static bool matches(const struct filter *f, const struct item *i)
{
	char theme[80];
	snprintf(theme, sizeof theme, " %s ", f->theme ? f->theme : "");
	return (i->state == ITEM_HELD) == f->held && (!f->type || strcmp(f->type, i->type) == 0) &&
	       (!f->region || strcmp(f->region, i->region) == 0) &&
	       (!f->place || strcmp(f->place, i->place) == 0) &&
	       (!f->theme || strstr(i->themes, theme)) &&
	       (!f->lang || strcmp(f->lang, i->lang) == 0) &&
	       (!f->search || contains(i->title, f->search) || contains(i->summary, f->search) ||
		   contains(i->id, f->search));
}

static const char *state_name(enum item_state state)
{
	static const char *const name[] = {"published", "withdrawn", "held"};
	return name[state];
}

static void print(const struct item *i)
{
	printf("%s/%s/%s/%s  %s%s\n", i->place, i->type, i->id, i->lang,
	    i->state == ITEM_WITHDRAWN ? "(withdrawn) " : "", i->title);
	if (i->state == ITEM_HELD)
		printf("    held (%s %llu): %s\n", i->hub, (unsigned long long)i->seq, i->reason);
}

static json_t *as_json(const struct item *i)
{
	return json_pack(
	    "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:s, s:s}", "path",
	    i->path, "place", i->place, "type", i->type, "id", i->id, "lang", i->lang, "region",
	    i->region, "title", i->title, "state", state_name(i->state), "reason", i->reason, "hub",
	    i->hub, "seq", (json_int_t)i->seq, "revision", (json_int_t)i->revision, "author",
	    i->author, "reviewer", i->reviewer, "sha256", sha256_hex(&i->hash).text);
}

static int run(const struct cmd *self, int argc, char **argv)
{
	struct filter f = {.type = NULL};
	const struct cmd_option options[] = {
	    {"type", "T", OPTION_TEXT, &f.type, "only this type"},
	    {"region", "R", OPTION_TEXT, &f.region, "only this region"},
	    {"place", "P", OPTION_TEXT, &f.place, "only this place"},
	    {"theme", "T", OPTION_TEXT, &f.theme, "only this theme"},
	    {"lang", "L", OPTION_TEXT, &f.lang, "only this language"},
	    {"search", "TEXT", OPTION_TEXT, &f.search,
		"only with this text in title, summary or id"},
	    {"held", NULL, OPTION_FLAG, &f.held,
		"what is held and why, instead of what is published"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	struct store *s = NULL;
	struct catalogue catalogue = {.len = 0};
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs)
		return cmd_usage(self, "what is '%s'?", argv[0]);
	int bad = common_open(&s, &c, &err) || catalogue_read(&catalogue, s, NULL, NULL, &err);
	json_t *all = json_array();
	for (size_t i = 0; i < catalogue.len && !bad; i++) {
		if (!matches(&f, &catalogue.items[i]))
			continue;
		if (c.json)
			json_array_append_new(all, as_json(&catalogue.items[i]));
		else
			print(&catalogue.items[i]);
	}
	if (!bad && c.json)
		cmd_print_json(json_incref(all));
	json_decref(all);
	catalogue_release(&catalogue);
	store_close(s);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_list = {
    .name = "list",
    .args = "[--type T] [--region R] [--place P] [--theme T] [--lang L] [--search TEXT] [--held]",
    .summary = "The catalogue.",
    .group = CMD_READ,
    .run = run,
};
