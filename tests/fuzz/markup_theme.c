/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of a hub's own theme, as its designer sends it: the first byte says which. What is taken
 * can be compiled, filled in and asked for words; a drawing is one for the linter of the pages too.
 */
#include "base/asset.h"
#include "markup/lint.h"
#include "markup/template.h"
#include "markup/theme.h"
#include "markup/words.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
    "home.mustache", "row.mustache", "custom.css", "logo.svg", "fr.json"};
enum { NAMES = sizeof names / sizeof *names };

/* Every value that there is no other for. */
static json_t *context(void)
{
	return json_pack("{s:s, s:s, s:i, s:f, s:b, s:[{s:s},{s:s}], s:{s:s}}", "name", "<b>",
	    "body_html", "<p>x</p>", "n", 7, "x", 1.5, "yes", 1, "items", "name", "one", "name",
	    "two", "object", "name", "three");
}

static void try_templates(const struct theme *theme)
{
	static const char folder[] = "content/theme/";
	struct template_set *set = template_set_new();
	struct err err = {.code = ERR_NONE};
	const char *path, *file;
	int bad = 0;
	for (size_t i = 0; (path = asset_path(folder, i)) && !bad; i++) {
		const char *name = path + sizeof folder - 1;
		if (!str_ends(str_from(name), STR(".mustache")))
			continue;
		struct str text = theme_get(theme, name, &file);
		bad = template_add(
		    set, str_sub(str_from(name), 0, strlen(name) - 9), text, file, &err);
	}
	if (bad || template_set_finish(set, &err)) {
		must(err.code != ERR_NONE && strstr(err.msg, ".mustache:"));
	} else {
		struct buf out = BUF_INIT;
		json_t *values = context();
		if (template_render(&out, template_find(set, "home"), &values, 1, &err))
			must(err.code == ERR_LIMIT);
		json_decref(values);
		buf_release(&out);
	}
	template_set_free(set);
}

static void try_words(struct str own)
{
	struct words w;
	struct err err = {.code = ERR_NONE};
	struct buf out = BUF_INIT;
	must(words_load(&w, STR("fr"), &err) == 0);
	if (words_overlay(&w, own, "fr.json", &err)) {
		must(err.code != ERR_NONE && err.msg[0]);
	} else {
		words_date(&w, &out, STR("2024-05-01"));
		words_integer(&w, &out, -1234567);
		words_real(&w, &out, 1234.5);
		words_count(&w, &out, "cities", 2);
		words_type(&w, &out, "news", true);
		words_field(&w, &out, "summary");
		words_fill(&out, words_get(&w, "ui", "search"), (const char *[]){"n", "1", NULL});
		must(out.len);
	}
	words_release(&w);
	buf_release(&out);
}

static void use(const struct theme *theme, const char *name)
{
	struct err err;
	const char *file;
	struct str own = theme_own(theme, name, &file);
	if (str_ends(str_from(name), STR(".mustache")))
		try_templates(theme);
	else if (str_ends(str_from(name), STR(".json")))
		try_words(own);
	else if (str_ends(str_from(name), STR(".css")))
		must(theme_sheet(theme).len > own.len && !memchr(own.ptr, '<', own.len));
	else
		must(html_lint(str_trim(own), LINT_DRAWING, name, NULL, &err) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct theme *theme;
	struct err err = {.code = ERR_NONE};
	char path[128];
	if (!scratch[0])
		scratch_begin();
	if (!size)
		return 0;
	const char *name = names[data[0] % NAMES];
	snprintf(path, sizeof path, "%s/%s", scratch, name);
	must(file_write(path, str_of(data + 1, size - 1), 0644, &err) == 0);
	if (theme_open(&theme, scratch, &err)) {
		must(err.code != ERR_NONE && err.msg[0]);
	} else {
		use(theme, name);
		theme_free(theme);
	}
	unlink(path);
	return 0;
}
