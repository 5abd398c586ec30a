/* SPDX-License-Identifier: Apache-2.0 */
#include "markup/theme.h"

#include "base/asset.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/near.h"
#include "markup/lint.h"
#include "markup/sheet.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char assets[] = "content/theme/", strings[] = "content/strings/";
/* Which its policy names (markup/later.h): not a hub's to replace. */
static const char later[] = "later.js";
enum { NEAR_SHOWN = 40 }; /* bytes */

struct own {
	char *name, *path;
	struct buf bytes;
};

struct theme {
	struct own *own;
	size_t n, cap;
	struct buf sheet;
};

/* --- what may stand in a folder --- */

static bool is_ignored(struct str name)
{
	return str_starts(name, STR(".")) || str_ends(name, STR("~")) || str_is(name, "README.md");
}

static bool has_asset(const char *folder, const char *name)
{
	char path[320];
	snprintf(path, sizeof path, "%s%s", folder, name);
	return asset_get(path).ptr != NULL;
}

static bool is_known(const char *name)
{
	struct str s = str_from(name);
	if (str_is(s, "custom.css") || str_is(s, "logo.svg") || str_is(s, "style.css") ||
	    str_is(s, "favicon.svg"))
		return true;
	if (str_is(s, later))
		return false;
	return ((str_ends(s, STR(".mustache")) || str_ends(s, STR(".js"))) &&
		   has_asset(assets, name)) ||
	       (str_ends(s, STR(".json")) && has_asset(strings, name));
}

static void list_strings(struct buf *out)
{
	const char *path;
	for (size_t i = 0; (path = asset_path(strings, i)); i++)
		if (str_ends(str_from(path), STR(".json")))
			buf_printf(out, "%s, ", path + strlen(strings));
}

/* Append the templates and scripts that `path` may have been meant for. */
static void add_near(struct buf *out, const char *meant)
{
	const char *asset;
	for (size_t i = 0; (asset = asset_path(assets, i)); i++) {
		const char *name = asset + strlen(assets);
		if (is_known(name) && out->len < NEAR_SHOWN &&
		    near_is_slip(str_from(meant), str_from(name)))
			buf_printf(out, "%s%s", out->len ? ", " : "; near it: ", name);
	}
}

/* All that is right is far longer than a sentence may be. */
static int unknown(const char *path, struct err *err)
{
	struct buf near = BUF_INIT, languages = BUF_INIT;
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	add_near(&near, name);
	list_strings(&languages);
	int r = err_set(err, ERR_MISSING,
	    "%s is no part of a theme%s; there are: custom.css, style.css, logo.svg, "
	    "favicon.svg, %sscripts and templates such as home.mustache",
	    path, near.len ? near.ptr : "", languages.ptr);
	buf_release(&near);
	buf_release(&languages);
	return r;
}

/* --- what they may hold --- */

/* A page's policy would stop what a sheet loads; here it is told to whoever writes one. "<" could
 * end the element that 404.html has the sheet in. */
static int check_sheet(const struct own *o, struct err *err)
{
	static const struct {
		const char *text, *why;
	} refused[] = {{"<", "a style sheet has no \"<\" in it"},
	    {"@import", "a style sheet loads no other: put it all in this one"},
	    {"url(", "a style sheet loads nothing: colours and gradients instead of pictures"},
	    {"image-set(", "a style sheet loads nothing"}};
	struct str s = buf_str(&o->bytes);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		const char *at = memmem(s.ptr, s.len, refused[i].text, strlen(refused[i].text));
		if (at)
			return err_set(err, ERR_SYNTAX, "%s:%zu: %s", o->path, str_line(s, at),
			    refused[i].why);
	}
	return 0;
}

/* The logo stands in a template, on each page. */
static int check_drawing(const struct own *o, struct err *err)
{
	struct str s = buf_str(&o->bytes);
	const char *tag = memmem(s.ptr, s.len, "{{", 2);
	if (tag)
		return err_set(err, ERR_SYNTAX, "%s:%zu: a drawing has no \"{{\" in it", o->path,
		    str_line(s, tag));
	return html_lint(str_trim(s), LINT_DRAWING, o->path, NULL, err);
}

/* What people wrote must not get into a page unescaped (markup/template.h). */
static int check_template(const struct own *o, struct err *err)
{
	struct str rest = buf_str(&o->bytes);
	for (const char *tag; (tag = memmem(rest.ptr, rest.len, "{{", 2));) {
		rest = str_sub(rest, (size_t)(tag - rest.ptr) + 2, rest.len);
		bool is_raw = rest.len && (rest.ptr[0] == '{' || rest.ptr[0] == '&');
		struct str name = str_cut(&rest, '}');
		name = str_trim(str_sub(name, 1, name.len));
		if (is_raw && !str_ends(name, STR("_html")))
			return err_set(err, ERR_SYNTAX,
			    "%s:%zu: {{{%.*s}}} would let text in as markup: write {{%.*s}}; only "
			    "names that end in _html hold markup",
			    o->path, str_line(buf_str(&o->bytes), tag),
			    STR_FMT(str_sub(name, 0, 60)), STR_FMT(str_sub(name, 0, 60)));
	}
	return 0;
}

static int check(const struct own *o, struct err *err)
{
	struct str name = str_from(o->name), s = buf_str(&o->bytes);
	for (size_t at = 0; at < s.len;) {
		size_t from = at;
		if (str_utf8_next(s, &at) <= 0)
			return err_set(err, ERR_SYNTAX, "%s:%zu: these bytes are not UTF-8 text",
			    o->path, str_line(s, s.ptr + from));
	}
	if (str_ends(name, STR(".mustache")))
		return check_template(o, err);
	if (str_ends(name, STR(".css")))
		return check_sheet(o, err);
	return str_ends(name, STR(".svg")) ? check_drawing(o, err) : 0;
}

static int read_one(struct theme *t, const char *folder, const char *name, struct err *err)
{
	struct buf path = BUF_INIT;
	buf_printf(&path, "%s/%s", folder, name);
	bool is_logo = strcmp(name, "logo.svg") == 0;
	struct own *o = NULL;
	int bad = is_known(name) ? 0 : unknown(path.ptr, err);
	if (!bad) {
		o = MEM_PUSH(t->own, t->n, t->cap);
		*o = (struct own){.name = mem_strdup(name), .path = mem_strdup(path.ptr)};
		o->bytes = BUF_INIT;
		bad = file_read(&o->bytes, path.ptr,
		    is_logo ? THEME_LOGO_BYTES_MAX : THEME_FILE_BYTES_MAX, err);
	}
	bad = bad || check(o, err);
	buf_release(&path);
	return bad ? err->code : 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct own *)a)->name, ((const struct own *)b)->name);
}

static int read_folder(struct theme *t, const char *folder, struct err *err)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	int bad = 0;
	if (!d && (errno == ENOENT || errno == ENOTDIR))
		return err_set(
		    err, ERR_MISSING, "there is no folder %s with a theme in it", folder);
	if (!d)
		return err_errno(err, "cannot open %s", folder);
	while (!bad && (e = readdir(d)))
		if (!is_ignored(str_from(e->d_name)))
			bad = read_one(t, folder, e->d_name, err);
	closedir(d);
	if (bad)
		return err->code;
	if (t->n)
		qsort(t->own, t->n, sizeof *t->own, by_name);
	const char *logo, *mark;
	if (theme_own(t, "logo.svg", &logo).ptr && theme_own(t, "mark.mustache", &mark).ptr)
		return err_set(err, ERR_EXISTS,
		    "%s and %s are both the drawing before the network's name; keep one", logo,
		    mark);
	return 0;
}

int theme_open(struct theme **out, const char *folder, struct err *err)
{
	struct theme *t = mem_alloc(sizeof *t);
	const char *file;
	*out = NULL;
	t->sheet = BUF_INIT;
	if (folder && *folder && read_folder(t, folder, err)) {
		theme_free(t);
		return err->code;
	}
	struct str own = theme_own(t, "custom.css", &file);
	sheet_squeeze(&t->sheet, theme_get(t, "style.css", &file));
	sheet_squeeze(&t->sheet, own);
	*out = t;
	return 0;
}

void theme_free(struct theme *t)
{
	for (size_t i = 0; t && i < t->n; i++) {
		free(t->own[i].name);
		free(t->own[i].path);
		buf_release(&t->own[i].bytes);
	}
	if (!t)
		return;
	free(t->own);
	buf_release(&t->sheet);
	free(t);
}

struct str theme_own(const struct theme *t, const char *name, const char **file)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->own[i].name, name) == 0) {
			*file = t->own[i].path;
			return buf_str(&t->own[i].bytes);
		}
	return (struct str){NULL, 0};
}

struct str theme_get(const struct theme *t, const char *name, const char **file)
{
	const char *path;
	struct str own = theme_own(t, name, file);
	/* As on a line of a template. */
	if (!own.ptr && strcmp(name, "mark.mustache") == 0)
		own = str_trim(theme_own(t, "logo.svg", file));
	if (own.ptr)
		return own;
	for (size_t i = 0; (path = asset_path(assets, i)); i++)
		if (strcmp(path + strlen(assets), name) == 0) {
			*file = path;
			return asset_get(path);
		}
	return (struct str){NULL, 0};
}

void theme_script(struct buf *out, const struct theme *t, const char *name)
{
	const char *file;
	struct str own = theme_own(t, name, &file);
	if (own.ptr)
		buf_add(out, own);
	else
		script_squeeze(out, theme_get(t, name, &file));
}

struct str theme_sheet(const struct theme *t)
{
	return buf_str(&t->sheet);
}

struct digest theme_digest(const struct theme *t)
{
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < t->n; i++) {
		buf_puts(&b, t->own[i].name);
		buf_putc(&b, 0);
		buf_varint(&b, t->own[i].bytes.len);
		buf_add(&b, buf_str(&t->own[i].bytes));
	}
	struct digest d = digest_of(buf_str(&b));
	buf_release(&b);
	return d;
}
