/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of commands, and the way into each.
 */
#include "base/hash.h"
#include "cmd/cmd.h"

#include <signal.h>
#include <stdio.h>

/* Each in a file of its name; `help` shows them in this order. */
extern const struct cmd cmd_new, cmd_check, cmd_fmt, cmd_sign, cmd_submit, cmd_inbox, cmd_review,
    cmd_publish, cmd_withdraw, cmd_erase, cmd_list, cmd_show, cmd_log, cmd_verify, cmd_signers,
    cmd_build, cmd_preview, cmd_init, cmd_request, cmd_admit, cmd_join, cmd_charter, cmd_member,
    cmd_city, cmd_serve, cmd_sync, cmd_peer, cmd_subscribe, cmd_attach, cmd_attachments, cmd_export,
    cmd_import, cmd_pull, cmd_hook, cmd_status, cmd_doctor, cmd_key;
static const struct cmd *const commands[] = {
    &cmd_new,
    &cmd_check,
    &cmd_fmt,
    &cmd_attach,
    &cmd_sign,
    &cmd_submit,
    &cmd_inbox,
    &cmd_review,
    &cmd_publish,
    &cmd_withdraw,
    &cmd_erase,
    &cmd_list,
    &cmd_show,
    &cmd_log,
    &cmd_verify,
    &cmd_signers,
    &cmd_build,
    &cmd_preview,
    &cmd_init,
    &cmd_request,
    &cmd_admit,
    &cmd_join,
    &cmd_charter,
    &cmd_member,
    &cmd_city,
    &cmd_serve,
    &cmd_sync,
    &cmd_peer,
    &cmd_subscribe,
    &cmd_attachments,
    &cmd_export,
    &cmd_import,
    &cmd_pull,
    &cmd_hook,
    &cmd_status,
    &cmd_doctor,
    &cmd_key,
    NULL,
};

static int help(void)
{
	static const char *const title[CMD_GROUPS] = {
	    [CMD_WRITE] = "Write and send a record",
	    [CMD_REVIEW] = "Review and publish",
	    [CMD_READ] = "Read and check",
	    [CMD_NETWORK] = "Make a network and say who may do what",
	    [CMD_CARRY] = "Carry records between hubs",
	    [CMD_CARE] = "Look after a store",
	};
	printf("belfry: what cities have learnt, signed, carried between hubs, readable offline\n");
	for (int g = 0; g < CMD_GROUPS; g++) {
		bool is_first = true;
		for (size_t i = 0; commands[i]; i++) {
			const struct cmd *c = commands[i];
			if ((int)c->group != g)
				continue;
			if (is_first)
				printf("\n%s\n", title[g]);
			is_first = false;
			printf("  %-11s %s\n", c->name, c->summary);
		}
	}
	printf("\nbelfry COMMAND --help says more of one.\n");
	return EXIT_DONE;
}

int main(int argc, char **argv)
{
	hash_init();
	signal(SIGPIPE, SIG_IGN);
	const char *name = argc > 1 ? argv[1] : "help";
	if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		if (argc < 3)
			return help();
		char help_flag[] = "--help";
		char *again[] = {argv[2], help_flag, NULL};
		for (size_t i = 0; commands[i]; i++)
			if (strcmp(commands[i]->name, argv[2]) == 0)
				return cmd_run(commands[i], 2, again);
		name = argv[2];
	}
	if (strcmp(name, "--version") == 0) {
		printf("belfry 0.1\n");
		return EXIT_DONE;
	}
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return cmd_run(commands[i], argc - 1, argv + 1);
	fprintf(stderr, "belfry: there is no command '%s'; belfry help lists them\n", name);
	return EXIT_USAGE;
}
