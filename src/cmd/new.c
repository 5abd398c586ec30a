/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cmd/file.h"

#include <stdio.h>

/* What the file's path says: all of it in <place>/<type>/<id>/<lang>.md, else the id alone. */
static struct record_name name_from(const char *path)
{
	static const struct str md = {".md", 3};
	struct record_name name;
	if (file_name_parse(&name, path))
		return name;
	struct str rest = str_from(path), base = STR_EMPTY;
	while (rest.len)
		base = str_cut(&rest, '/');
	if (str_ends(base, md))
		base.len -= md.len;
	name.id = base;
	return name;
}

static void list_types(struct buf *out, const struct schema_set *set)
{
	for (size_t i = 0; schema_name(set, i).len; i++) {
		struct str name = schema_name(set, i);
		if (schema_is_record_type(schema_find(set, name)))
			buf_printf(out, "%s%.*s", out->len ? ", " : "", STR_FMT(name));
	}
}

static int write_template(const struct schema_set *set, const char *type, const char *path,
    const struct record_name *name, struct err *err)
{
	struct buf text = BUF_INIT, folder = BUF_INIT;
	const char *slash = strrchr(path, '/');
	int code =
	    record_template(&text, set, str_from(type), name->id, name->lang, name->place, err);
	if (!code && slash && slash > path) {
		buf_add(&folder, str_of(path, (size_t)(slash - path)));
		code = file_mkdirs(folder.ptr, 0755, err);
	}
	if (!code)
		code = file_create(path, buf_str(&text), 0644, err);
	buf_release(&text);
	buf_release(&folder);
	return code;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const char *lang = NULL, *place = NULL;
	const struct cmd_option options[] = {
	    {"lang", "XX", OPTION_TEXT, &lang,
		"its language, two letters; en unless FILE's path says"},
	    {"place", "P", OPTION_TEXT, &place, "whose it is, such as ke-mombasa"},
	    {0},
	};
	struct cmd_common c;
	struct err err;
	struct buf types = BUF_INIT;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	struct schema_set *set = cmd_schemas(c.store);
	list_types(&types, set);
	if (nargs != 2) {
		status = cmd_usage(self, "give a type and a file; types are: %s", types.ptr);
		goto out;
	}
	const char *type = argv[0], *path = argv[1];
	struct record_name name = name_from(path);
	if (lang)
		name.lang = str_from(lang);
	if (place)
		name.place = str_from(place);
	if (!name.lang.len)
		name.lang = STR("en");
	const struct schema *schema = schema_find(set, str_from(type));
	if (!schema || !schema_is_record_type(schema))
		status = cmd_usage(self, "there is no type '%s'; types are: %s", type, types.ptr);
	else if (name.type.len && !str_is(name.type, type))
		status = cmd_usage(self, "'%s' is a path for the type %.*s, not %s", path,
		    STR_FMT(name.type), type);
	else if (!str_is_slug(name.id))
		status = cmd_usage(self,
		    "'%.*s' cannot be an id; name the file with lower-case ASCII letters, digits "
		    "and single "
		    "hyphens, such as our-youth-forum.md",
		    STR_FMT(name.id));
	else if (name.place.len && !str_is_slug(name.place))
		status = cmd_usage(self, "--place %s: use a name such as ke-mombasa", place);
	else if (write_template(set, type, path, &name, &err))
		status = cmd_fail(self, &err);
	else {
		status = EXIT_DONE;
		if (c.json)
			cmd_print_json(json_pack("{s:s, s:s}", "file", path, "type", type));
		cmd_say("Fill in %s, then: belfry fmt %s && belfry check %s", path, path, path);
	}
out:
	buf_release(&types);
	schema_set_free(set);
	return status;
}

const struct cmd cmd_new = {
    .name = "new",
    .args = "TYPE FILE [--lang fr] [--place P]",
    .summary = "Begin a record: a file to fill in, with help as comments.",
    .group = CMD_WRITE,
    .run = run,
    .details = "The id comes from FILE's name. Where FILE ends in PLACE/TYPE/ID/LANG.md, as in a\n"
	       "store, place and language come from there too. A file that exists is left alone.\n",
};
