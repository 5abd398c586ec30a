/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "cmd/common.h"
#include "cmd/progress.h"
#include "render/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Only builds that take long enough to be looked at. */
static void on_progress(void *ctx, size_t done, size_t all)
{
	char line[64];
	size_t *shown = ctx, percent = done * 100 / all;
	if (percent <= *shown)
		return;
	*shown = percent;
	snprintf(line, sizeof line, "rendering: %zu %%", percent);
	progress_show(NULL, line, false);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

struct answer {
	const struct cmd *of;
	const struct cmd_common *options;
	const char *into;
};

static void say(const char *into, const struct site_report *r)
{
	printf("%s: %zu document%s, %zu page%s, %zu file%s, %llu bytes; ", into, r->documents,
	    plural(r->documents), r->pages, plural(r->pages), r->files, plural(r->files),
	    (unsigned long long)r->bytes);
	printf("written: %zu page%s, %zu file%s\n", r->written_pages, plural(r->written_pages),
	    r->written_files, plural(r->written_files));
}

static void answer(const struct answer *a, const struct site_report *r)
{
	progress_hide();
	if (r->notes.len)
		cmd_say("%s", r->notes.ptr);
	if (a->options->json)
		cmd_print_json(json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "out", a->into,
		    "documents", (json_int_t)r->documents, "records", (json_int_t)r->records,
		    "pages", (json_int_t)r->pages, "files", (json_int_t)r->files, "bytes",
		    (json_int_t)r->bytes, "pages_written", (json_int_t)r->written_pages,
		    "files_written", (json_int_t)r->written_files));
	else
		say(a->into, r);
}

/* To take apart first what a site was made of is a fifteenth of what an edit takes. */
static void end(void *ctx, const struct site_report *r)
{
	const struct answer *a = ctx;
	answer(a, r);
	exit(cmd_end(a->of, EXIT_DONE));
}

static int run(const struct cmd *self, int argc, char **argv)
{
	size_t percent = 0;
	struct cmd_common c;
	struct answer a = {.of = self, .options = &c};
	struct site_options o = {
	    .progress = on_progress, .progress_ctx = &percent, .shown = end, .shown_ctx = &a};
	const char *audience = "public";
	const struct cmd_option options[] = {
	    {"out", "DIR", OPTION_TEXT, &o.out,
		"where the site goes; the store's site/ (for members: site-members/) if left out"},
	    {"audience", "WHO", OPTION_TEXT, &audience,
		"public, or members: also what is for members only"},
	    {"theme", "DIR", OPTION_TEXT, &o.theme,
		"colours, logo, templates and words of your own over the program's"},
	    {"no-compress", NULL, OPTION_FLAG, &o.has_no_compressed,
		"leave out the .gz and .br beside texts"},
	    {"anew", NULL, OPTION_FLAG, &o.is_anew, "take nothing from the build before"},
	    {"no-mirror", NULL, OPTION_FLAG, &o.has_no_mirror,
		"leave out the files that belfry pull fetches"},
	    {0},
	};
	struct err err = {.code = ERR_NONE};
	struct store *s = NULL;
	struct site_report report = {.notes = BUF_INIT};
	struct buf into = BUF_INIT;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs)
		return cmd_usage(self, "what is '%s'?", argv[0]);
	o.has_members = strcmp(audience, "members") == 0;
	if (!o.has_members && strcmp(audience, "public") != 0)
		return cmd_usage(self, "--audience is public or members, not '%s'", audience);
	mem_take_in_bulk();
	int bad = common_open(&s, &c, &err);
	if (!bad) {
		if (o.out)
			buf_puts(&into, o.out);
		else
			store_path(s, &into, o.has_members ? "site-members" : "site");
		o.out = into.ptr;
		a.into = into.ptr;
		bad = site_build_from(s, &o, &report, &err);
		progress_hide();
	}
	if (!bad)
		answer(&a, &report); /* there was nothing new */
	site_report_release(&report);
	buf_release(&into);
	store_close(s);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_build = {
    .name = "build",
    .args = "[--out DIR] [--audience members] [--theme DIR] [--no-mirror] [--no-compress] "
	    "[--anew]",
    .summary = "Render the resource centre as static files.",
    .group = CMD_READ,
    .run = run,
    .details =
	"Pages that show nothing new stay as they are: what is known of the build before stands "
	"beside\n"
	"the folder, in DIR.d, and may be deleted. The .gz and .br forms are for web servers that "
	"send\n"
	"them as they stand (nginx gzip_static, Caddy precompressed).\n"
	"\n"
	"A theme is a folder with custom.css, logo.svg, or files named as the program's own; the "
	"setting\n"
	"belfry.theme names one for every build of the store, those of belfry serve too. "
	"docs/operations.md\n"
	"says what may stand in it. Pages made with one differ from other hubs'.\n"
	"\n"
	"A web host or CDN that has a copy of them is also a mirror of the network: belfry pull "
	"and\n"
	"the site's address fetch from it what a store lacks, attachments too. Those stand in\n"
	"local/ as hard links to the store's files where that can be, which take no room twice.\n"
	"A site for members says so on each page, and is no mirror: keep it off public hosts. A\n"
	"folder that held one is refused for the other.",
};
