/* SPDX-License-Identifier: Apache-2.0 */
#include "net/preview.h"

#include "base/file.h"
#include "base/mem.h"
#include "cmd/common.h"
#include "cmd/file.h"
#include "site/index.h"
#include "render/source.h"

#include <dirent.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DRAFTS_MAX = 1024, DEPTH_MAX = 12 };

struct draft {
	char *path;
	struct record record;
};

struct looker {
	const struct cmd_common *common;
	struct site_options site;
	char **args;
	int nargs;
	struct buf folders; /* to watch, a line each */
	struct draft drafts[DRAFTS_MAX];
	size_t ndrafts;
	/* of the last run, for whoever looks on */
	json_t *problems, *shown; /* shown: [{file, path}] */
	struct site_report report;
	bool was_said;
};

/* --- drafts --- */

static void watch_folder(struct looker *l, const char *folder)
{
	buf_printf(&l->folders, "%s\n", folder);
}

static void add_draft(struct looker *l, const char *path)
{
	if (l->ndrafts == DRAFTS_MAX)
		return;
	l->drafts[l->ndrafts++] =
	    (struct draft){.path = mem_strdup(path), .record = {.source = BUF_INIT}};
}

static void add_folder(struct looker *l, const char *folder, int depth);

static void add_entry(struct looker *l, const char *folder, const char *name, int depth)
{
	struct str s = str_from(name);
	struct stat st;
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (str_starts(s, STR(".")) || stat(path, &st) != 0)
		return;
	if (S_ISDIR(st.st_mode))
		add_folder(l, path, depth + 1);
	else if (str_ends(s, STR(".md")) && !str_is(s, "README.md"))
		add_draft(l, path);
}

static void add_folder(struct looker *l, const char *folder, int depth)
{
	struct dirent **names;
	int n = depth < DEPTH_MAX ? scandir(folder, &names, NULL, alphasort) : 0;
	watch_folder(l, folder);
	for (int i = 0; i < n; i++) {
		add_entry(l, folder, names[i]->d_name, depth);
		free(names[i]);
	}
	if (n > 0)
		free(names);
}

/* What there is now, of what was asked for; and where to look for changes. */
static void survey(struct looker *l, struct store *s)
{
	static const char *const of_store[] = {
	    "store.git", "store.git/refs/belfry", "store.git/refs/belfry/hubs"};
	struct buf path = BUF_INIT;
	buf_reset(&l->folders);
	for (size_t i = 0; i < sizeof of_store / sizeof *of_store; i++) {
		buf_reset(&path);
		store_path(s, &path, of_store[i]);
		watch_folder(l, path.ptr);
	}
	buf_reset(&path);
	if (l->site.theme)
		watch_folder(l, l->site.theme);
	else if (site_theme(&path, s))
		watch_folder(l, path.ptr);
	for (int i = 0; i < l->nargs; i++) {
		struct stat st;
		char copy[PATH_MAX];
		if (stat(l->args[i], &st) == 0 && S_ISDIR(st.st_mode)) {
			add_folder(l, l->args[i], 0);
			continue;
		}
		snprintf(copy, sizeof copy, "%s", l->args[i]);
		watch_folder(l, dirname(copy));
		add_draft(l, l->args[i]);
	}
	buf_release(&path);
}

static void drop_drafts(struct looker *l)
{
	for (size_t i = 0; i < l->ndrafts; i++) {
		free(l->drafts[i].path);
		record_release(&l->drafts[i].record);
	}
	l->ndrafts = 0;
	json_decref(l->problems);
	json_decref(l->shown);
	site_report_release(&l->report);
	l->problems = l->shown = NULL;
}

static bool is_same_record(const struct record *a, const struct record *b)
{
	return str_eq(a->place, b->place) && str_eq(a->type, b->type) && str_eq(a->id, b->id) &&
	       str_eq(a->lang, b->lang);
}

/* Is the i-th good to be shown? What is wrong with it goes to l->problems. */
static bool read_draft(struct looker *l, struct store *s, size_t i)
{
	struct draft *d = &l->drafts[i];
	struct problems problems = {.items = NULL};
	struct buf bytes = BUF_INIT;
	struct err err = {0};
	bool is = file_load(&bytes, d->path, &problems);
	const struct common_text text = {
	    .bytes = buf_str(&bytes), .path = d->path, .is_draft = true};
	if (is && common_problems(&problems, &d->record, s, &text, &err) != 0) {
		is = false;
		if (!problems.len)
			problems_add(&problems, 1, 1, "%s", err.msg);
	}
	for (size_t k = 0; k < i && is; k++)
		if (l->drafts[k].record.head && is_same_record(&l->drafts[k].record, &d->record)) {
			problems_add(&problems, 1, 1, "%s has the same record: show one of them",
			    l->drafts[k].path);
			is = false;
		}
	file_report(l->problems, d->path, &problems);
	problems_release(&problems);
	buf_release(&bytes);
	return is;
}

static void note_shown(struct looker *l, const struct draft *d)
{
	struct buf page = BUF_INIT;
	const struct record *r = &d->record;
	buf_printf(&page, "%.*s/%s/%.*s.%.*s.html", STR_FMT(r->lang), type_folder(r->type).text,
	    STR_FMT(r->place), STR_FMT(r->id));
	json_array_append_new(l->shown, json_pack("{s:s, s:s}", "file", d->path, "page", page.ptr));
	buf_release(&page);
}

/* --- the site --- */

static int make_of(struct looker *l, struct store *s, struct err *err)
{
	const struct record *items[DRAFTS_MAX];
	struct site_drafts drafts = {.items = items};
	for (size_t i = 0; i < l->ndrafts; i++)
		if (read_draft(l, s, i)) {
			items[drafts.n++] = &l->drafts[i].record;
			note_shown(l, &l->drafts[i]);
		}
	return site_build_drafts(s, &l->site, &drafts, &l->report, err);
}

static int make(void *ctx, const atomic_bool *stop, struct buf *problems, struct err *err)
{
	struct looker *l = ctx;
	struct store *s;
	size_t i;
	json_t *p;
	l->site.stop = stop;
	drop_drafts(l);
	l->problems = json_array();
	l->shown = json_array();
	if (common_open(&s, l->common, err))
		return err->code;
	survey(l, s);
	int bad = make_of(l, s, err);
	store_close(s);
	json_array_foreach(l->problems, i, p)
	{
		buf_printf(problems, "%s:%lld:%lld: %s\n", json_get_text(p, "file").ptr,
		    (long long)json_get_int(p, "line"), (long long)json_get_int(p, "column"),
		    json_get_text(p, "text").ptr);
	}
	return bad;
}

static void watch(void *ctx, void (*add)(void *to, const char *folder), void *to)
{
	const struct looker *l = ctx;
	for (struct str rest = buf_str(&l->folders); rest.len;) {
		char folder[PATH_MAX];
		struct str line = str_cut(&rest, '\n');
		snprintf(folder, sizeof folder, "%.*s", STR_FMT(line));
		add(to, folder);
	}
}

static void made_json(struct looker *l, const char *url, const struct err *err)
{
	struct buf line = BUF_INIT;
	json_t *o =
	    json_pack("{s:s, s:b, s:I, s:O, s:O}", "url", url, "is_made", !err, "pages_written",
		(json_int_t)l->report.written_pages, "drafts", l->shown, "problems", l->problems);
	if (err)
		json_object_set_new(o, "error", json_string(err->msg));
	json_write(&line, o, 0);
	puts(line.ptr);
	json_decref(o);
	buf_release(&line);
}

/* The address on standard output as soon as there is something to see; all else is talk. */
static void made(void *ctx, const char *url, const struct err *err)
{
	struct looker *l = ctx;
	size_t i;
	json_t *o;
	if (l->common->json) {
		made_json(l, url, err);
	} else {
		if (!l->was_said)
			puts(url);
		json_array_foreach(l->problems, i, o)
		{
			cmd_say("%s:%lld:%lld: %s", json_get_text(o, "file").ptr,
			    (long long)json_get_int(o, "line"),
			    (long long)json_get_int(o, "column"), json_get_text(o, "text").ptr);
		}
		json_array_foreach(l->shown, i, o)
		{
			if (!l->was_said)
				cmd_say("%s: %s%s", json_get_text(o, "file").ptr, url,
				    json_get_text(o, "page").ptr);
		}
		if (err)
			cmd_say("%s; what was there before is shown", err->msg);
		else
			cmd_say("rendered: %zu document%s; pages that are new: %zu",
			    l->report.documents, l->report.documents == 1 ? "" : "s",
			    l->report.written_pages);
	}
	l->was_said = true;
	fflush(stdout);
}

/* --- the command --- */

static int look(struct looker *l, unsigned port, bool opens, struct err *err)
{
	char folder[PATH_MAX], out[PATH_MAX + 8];
	const char *temporary = getenv("TMPDIR");
	struct store *s;
	struct err ignored;
	if (common_open(&s, l->common, err))
		return err->code;
	survey(l, s);
	store_close(s);
	snprintf(folder, sizeof folder, "%s/belfry-preview.XXXXXX",
	    temporary && *temporary ? temporary : "/tmp");
	if (!mkdtemp(folder))
		return err_errno(err, "cannot make the folder %s", folder);
	snprintf(out, sizeof out, "%s/site", folder);
	l->site.out = out;
	const struct preview_options o = {.root = out,
	    .port = port,
	    .make = make,
	    .watch = watch,
	    .made = made,
	    .opener = opens ? "xdg-open" : NULL,
	    .ctx = l};
	int bad = preview_run(&o, err);
	drop_drafts(l);
	buf_release(&l->folders);
	file_remove_tree(folder, &ignored);
	return bad;
}

static bool has_display(void)
{
	const char *x = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");
	return (x && *x) || (wayland && *wayland);
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const char *audience = "public", *port_text = "0", *theme = NULL;
	bool has_no_open = false;
	uint64_t port;
	const struct cmd_option options[] = {
	    {"port", "N", OPTION_TEXT, &port_text, "serve there on 127.0.0.1; any if left out"},
	    {"theme", "DIR", OPTION_TEXT, &theme,
		"colours, logo, templates and words of your own over the program's"},
	    {"audience", "WHO", OPTION_TEXT, &audience,
		"public, or members: also what is for members only"},
	    {"no-open", NULL, OPTION_FLAG, &has_no_open, "start no browser"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (!str_u64(str_from(port_text), 65535, &port))
		return cmd_usage(self, "--port is a number up to 65535, not '%s'", port_text);
	bool has_members = strcmp(audience, "members") == 0;
	if (!has_members && strcmp(audience, "public") != 0)
		return cmd_usage(self, "--audience is public or members, not '%s'", audience);
	struct looker *l = mem_alloc(sizeof *l);
	l->common = &c;
	l->args = argv;
	l->nargs = nargs;
	l->folders = BUF_INIT;
	l->report.notes = BUF_INIT;
	l->site = (struct site_options){.theme = theme,
	    .has_members = has_members,
	    .has_no_compressed = true,
	    .has_no_mirror = true};
	int bad = look(l, (unsigned)port, has_display() && !has_no_open, &err);
	free(l);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_preview = {
    .name = "preview",
    .args = "[FILE… | FOLDER…] [--port N] [--theme DIR] [--audience members] [--no-open]",
    .summary = "Look at the resource centre, with drafts, while you change it.",
    .group = CMD_READ,
    .run = run,
    .details =
	"Renders the site into a folder of its own, serves it to browsers on this machine, says "
	"where,\n"
	"and opens one where there is a display. The files named, and all .md below a folder, are "
	"shown\n"
	"among the published records and marked as drafts; they need neither a signature nor the\n"
	"canonical form. Nothing is published, and the store's own site stays as it is.\n"
	"When a draft, the store or the theme changes, what shows it is rendered again and open "
	"pages\n"
	"reload by themselves (without JavaScript: by hand). What is wrong is said here and at "
	"the top\n"
	"of each page as FILE:LINE:COLUMN; a draft that cannot be read is left out, and when "
	"nothing\n"
	"can be rendered the site before stays. Ctrl-C ends it. With --json each rendering is a "
	"line.",
};
