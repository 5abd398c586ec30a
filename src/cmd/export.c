/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/common.h"
#include "store/stick.h"

#include <stdio.h>
#include <sys/stat.h>

/* Is all here that the maker of a file had? */
static bool is_all_here(struct store *s, const struct stick_heads *h)
{
	for (size_t i = 0; i < h->nheads; i++) {
		const struct journal *j = store_journal(s, h->heads[i].hub);
		if (h->heads[i].seq && (!j || j->head.seq < h->heads[i].seq))
			return false;
	}
	return h->charter <= s->charter_version;
}

/* A stick may bring what is nowhere else. One file goes to and fro: it is written over where it was
 * taken in here, or written, and nothing in it is of hubs that are not followed here. */
static int check_target(struct store *s, const char *path, struct err *err)
{
	static const char other[] = "name another file, or take that one away";
	struct stat st;
	struct err why;
	struct stick_heads there;
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || !st.st_size)
		return 0;
	if (stick_read_heads(path, s->network, &there, &why))
		return err_set(err, ERR_EXISTS,
		    "%s is there already, and no file that belfry export wrote for this network; "
		    "%s",
		    path, other);
	bool is_ours = there.hub[0] && strcmp(there.hub, s->hub) == 0;
	int bad = 0;
	if (!is_ours && !stick_is_taken(s, path))
		bad = err_set(err, ERR_EXISTS,
		    "%s is what %s%s wrote, and would be lost: belfry import takes it in; or %s",
		    path, there.hub[0] ? "hub " : "a laptop", there.hub, other);
	else if (!is_all_here(s, &there))
		bad = err_set(err, ERR_EXISTS, "%s holds what is not here, and would be lost; %s",
		    path, other);
	stick_heads_release(&there);
	return bad;
}

static void print(const char *file, const struct stick_report *r, bool has_files)
{
	printf("%s: %llu entries, %llu charter versions, %llu letters", file,
	    (unsigned long long)r->entries, (unsigned long long)r->charters,
	    (unsigned long long)r->letters);
	if (has_files)
		printf(", %llu attachments", (unsigned long long)r->files);
	printf(", %llu bytes\n", (unsigned long long)r->bytes);
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const char *since = NULL;
	bool has_files = false;
	const struct cmd_option options[] = {
	    {"since", "FILE", OPTION_TEXT, &since,
		"only what the store that exported FILE lacked then"},
	    {"attachments", NULL, OPTION_FLAG, &has_files,
		"with all large files that are here and that records name"},
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
		  check_target(s, argv[0], &err) ||
		  stick_write(s, argv[0], &(struct stick_order){since ? &heads : NULL, has_files},
		      &report, &err);
	bool is_partial = s && repo_is_partial(s->repo);
	stick_heads_release(&heads);
	store_close(s);
	if (bad)
		return cmd_fail(self, &err);
	if (is_partial)
		cmd_say("no entries: of some the text is not here (not subscribed), and what is "
			"not here cannot be passed on");
	if (report.unsent)
		cmd_say("%llu of what was submitted here stays: no hub's roster names the key that "
			"signed it (belfry submit lists all)",
		    (unsigned long long)report.unsent);
	if (c.json)
		cmd_print_json(json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "file", argv[0],
		    "bytes", (json_int_t)report.bytes, "charters", (json_int_t)report.charters,
		    "entries", (json_int_t)report.entries, "letters", (json_int_t)report.letters,
		    "files", (json_int_t)report.files, "unsent", (json_int_t)report.unsent));
	else
		print(argv[0], &report, has_files);
	return EXIT_DONE;
}

const struct cmd cmd_export = {
    .name = "export",
    .args = "FILE [--since FILE] [--attachments]",
    .summary = "Write a store's entries to a file, for a stick or mail.",
    .group = CMD_CARRY,
    .run = run,
    .details =
	"Any beginning of the file is of use to belfry import. An answer to a file that came\n"
	"needs only what its maker lacked: belfry export ANSWER --since THAT-FILE. What members\n"
	"have submitted and what their hub answered goes along, sealed to who it is for.\n"
	"What another store wrote is written over only once belfry import has taken it in.",
};
