/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/progress.h"
#include "net/daemon.h"

static void say(void *ctx, const char *sentence)
{
	(void)ctx;
	progress_hide();
	cmd_say("%s", sentence);
}

static int run(const struct cmd *self, int argc, char **argv)
{
	const char *listen = NULL, *http = NULL;
	bool no_build = false;
	const struct cmd_option options[] = {
	    {"listen", "A:P", OPTION_TEXT, &listen,
		"where peers reach this store; port 0: any; \"none\""},
	    {"http", "A:P", OPTION_TEXT, &http,
		"serve the site to browsers there, for example 127.0.0.1:8080"},
	    {"no-build", NULL, OPTION_FLAG, &no_build, "do not render the site"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	if (nargs)
		return cmd_usage(self, "what is '%s'?", argv[0]);
	log_level(LOG_INFO);
	const struct daemon_options o = {.dir = c.store,
	    .listen = listen,
	    .http = http,
	    .is_unrendered = no_build,
	    .say = say,
	    .progress = progress_show};
	return daemon_run(&o, &err) ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_serve = {
    .name = "serve",
    .args = "[--listen ADDR:PORT] [--http ADDR:PORT] [--no-build]",
    .summary = "The daemon: replicate, verify, render the site and serve it here.",
    .group = CMD_CARRY,
    .run = run,
    .details =
	"Runs until it is interrupted. Commands that write to this store go through it meanwhile.\n"
	"A hub listens on port 4710 of every address, an edge not at all, unless --listen or the\n"
	"setting belfry.listen says otherwise. DIR/listening names the real addresses.",
};
