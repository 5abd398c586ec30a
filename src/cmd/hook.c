/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cmd.h"

#include "store/relay.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A push names each ref once, in a line of its own. */
enum { LINE_BYTES = 256, MOVES_MAX = HUBS_MAX + 1 };

struct push {
	char lines[MOVES_MAX][LINE_BYTES];
	struct relay_move moves[MOVES_MAX];
	size_t n;
};

static int read_push(struct push *p, FILE *from, struct err *err)
{
	char line[LINE_BYTES];
	while (fgets(line, sizeof line, from)) {
		struct str text = str_from(line);
		if (!str_ends(text, STR("\n")))
			return err_set(err, ERR_LIMIT, "a ref has a name of more than %d bytes",
			    LINE_BYTES - 84);
		if (p->n == MOVES_MAX)
			return err_set(err, ERR_LIMIT,
			    "a push moves more than %d refs: no network has as many", MOVES_MAX);
		snprintf(p->lines[p->n], LINE_BYTES, "%.*s", (int)text.len - 1, line);
		if (relay_move_parse(&p->moves[p->n], str_from(p->lines[p->n]), err))
			return err->code;
		p->n++;
	}
	return 0;
}

/* "refs/belfry/charter" comes before "refs/belfry/hubs/". */
static int by_ref(const void *a, const void *b)
{
	return str_cmp(((const struct relay_move *)a)->ref, ((const struct relay_move *)b)->ref);
}

/* Each ref that may not move gets a line; returns how many. */
static size_t judge(struct relay *r, struct push *p)
{
	size_t bad = 0;
	qsort(p->moves, p->n, sizeof *p->moves, by_ref);
	for (size_t i = 0; i < p->n; i++) {
		struct err err = {.code = ERR_NONE};
		if (!relay_judge(r, &p->moves[i], &err))
			continue;
		bad++;
		cmd_say("belfry: %.*s: %s", STR_FMT(p->moves[i].ref), err.msg);
	}
	return bad;
}

static bool is_network(const char *text)
{
	struct sha256 unused;
	return text && sha256_from_hex(&unused, str_from(text));
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const char *network = NULL;
	const struct cmd_option options[] = {
	    {"network", "ID", OPTION_TEXT, &network, "the network that this relay carries"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	struct relay *r = NULL;
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs != 1 || strcmp(argv[0], "pre-receive") != 0)
		return cmd_usage(self, "the hook there is: pre-receive");
	if (!is_network(network))
		return cmd_usage(self,
		    "--network is the network's id, 64 digits of hex: git config belfry.network ID "
		    "in the relay");
	struct push *p = mem_alloc(sizeof *p);
	int bad = read_push(p, stdin, &err) || relay_open(&r, network, &err);
	size_t refused = bad ? 0 : judge(r, p);
	relay_free(r);
	free(p);
	if (bad)
		return cmd_fail(self, &err);
	return refused ? EXIT_REFUSED : EXIT_DONE;
}

const struct cmd cmd_hook = {
    .name = "hook",
    .args = "pre-receive --network ID",
    .summary = "Judge a push to a bare relay repository, for git's hooks.",
    .group = CMD_CARRY,
    .run = run,
    .details = "Reads \"<old id> <new id> <ref>\" lines, as git's pre-receive hook gets them, in "
	       "the folder\n"
	       "of the repository. docs/relay.md says how to set up a relay.",
};
