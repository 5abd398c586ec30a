/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static void print(const char *file, const json_t *reply)
{
	struct str maker = json_get_text(reply, "maker");
	printf("%lld new entries, %lld new charter versions",
	    (long long)json_get_int(reply, "entries"), (long long)json_get_int(reply, "charters"));
	if (json_get_int(reply, "letters"))
		printf(", %lld letters to us", (long long)json_get_int(reply, "letters"));
	if (json_get_int(reply, "files"))
		printf(", %lld attachments", (long long)json_get_int(reply, "files"));
	if (maker.len)
		printf(", from hub %s", maker.ptr);
	putchar('\n');
	if (json_is_true(json_object_get(reply, "cut")))
		cmd_say(
		    "%s ends in the middle of something; all that was whole before is in.", file);
	if (json_get_text(reply, "fault").len)
		cmd_say("Not all of it: %s", json_get_text(reply, "fault").ptr);
}

/* A file that is none of ours may be one that another command takes. */
static void advise(const char *path)
{
	static const struct {
		const char *start, *what;
	} kinds[] = {
	    {"---\n", "It is a record: belfry sign, then belfry submit takes it, or belfry publish "
		      "at a hub."},
	    {"-----BEGIN SSH SIGNATURE", "It is a signature: it goes along with the record beside "
					 "it, by belfry submit or belfry publish."},
	    {"{", "It may be an invitation (belfry join takes it), a request (belfry admit) or a "
		  "draft (belfry charter)."},
	};
	char start[32] = "";
	FILE *file = fopen(path, "rb");
	size_t n = file ? fread(start, 1, sizeof start, file) : 0;
	if (file)
		fclose(file);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (str_starts(str_of(start, n), str_from(kinds[i].start)))
			cmd_say("%s", kinds[i].what);
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const struct cmd_option options[] = {{0}};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	char path[PATH_MAX];
	json_t *reply = NULL;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs != 1)
		return cmd_usage(self, "which file?");
	/* The daemon reads it, from wherever it runs. */
	int bad = realpath(argv[0], path) ? 0 : err_errno(&err, "cannot open %s", argv[0]);
	bad = bad || ask(&reply, &c, json_pack("{s:s, s:s}", "op", "import", "file", path), &err);
	if (bad) {
		cmd_fail(self, &err);
		if (err.code == ERR_SYNTAX)
			advise(path);
		return EXIT_REFUSED;
	}
	bool is_whole = !json_get_text(reply, "fault").len;
	if (c.json)
		cmd_print_json(json_incref(reply));
	else
		print(argv[0], reply);
	json_decref(reply);
	return is_whole ? EXIT_DONE : EXIT_REFUSED;
}

const struct cmd cmd_import = {
    .name = "import",
    .args = "FILE",
    .summary = "Take in a file that belfry export wrote; what is here already is passed over.",
    .group = CMD_CARRY,
    .run = run,
};
