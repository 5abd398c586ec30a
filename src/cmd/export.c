/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"
#include "store/stick.h"

#include <stdio.h>

static int run(const struct cmd *self, int argc, char **argv)
{
	const char *since = NULL;
	const struct cmd_option options[] = {
	    {"since", "FILE", OPTION_TEXT, &since,
		"only what the store that exported FILE lacked then"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	struct store *s = NULL;
	struct stick_heads heads = {.nheads = 0};
	struct stick_report report;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs != 1)
		return cmd_usage(self, "to which file?");
	int bad = common_open(&s, &c, &err) ||
		  (since && stick_read_heads(since, s->network, &heads, &err)) ||
		  stick_write(s, argv[0], since ? &heads : NULL, &report, &err);
	stick_heads_release(&heads);
	store_close(s);
	if (bad)
		return cmd_fail(self, &err);
	if (c.json)
		cmd_print_json(json_pack("{s:s, s:I, s:I, s:I, s:I}", "file", argv[0], "bytes",
		    (json_int_t)report.bytes, "charters", (json_int_t)report.charters, "entries",
		    (json_int_t)report.entries, "letters", (json_int_t)report.letters));
	else
		printf("%s: %llu entries, %llu charter versions, %llu letters, %llu bytes\n",
		    argv[0], (unsigned long long)report.entries,
		    (unsigned long long)report.charters, (unsigned long long)report.letters,
		    (unsigned long long)report.bytes);
	return EXIT_DONE;
}

const struct cmd cmd_export = {
    .name = "export",
    .args = "FILE [--since FILE]",
    .summary = "Write a store's entries to a file, for a stick or mail.",
    .group = CMD_CARRY,
    .run = run,
    .details =
	"Any beginning of the file is of use to belfry import. An answer to a file that came\n"
	"needs only what its maker lacked: belfry export ANSWER --since THAT-FILE. What members\n"
	"have submitted and what their hub answered goes along, sealed to who it is for.",
};
