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
	bool no_build = false, lan = false, no_lan = false;
	const struct cmd_option options[] = {
	    {"listen", "A:P", OPTION_TEXT, &listen,
		"where peers reach this store; port 0: any; \"none\""},
	    {"http", "A:P", OPTION_TEXT, &http,
		"serve the site to browsers there, for example 127.0.0.1:8080"},
	    {"lan", NULL, OPTION_FLAG, &lan, "find peers in the same room, as edges do"},
	    {"no-lan", NULL, OPTION_FLAG, &no_lan, "do not"},
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
	if (lan && no_lan)
		return cmd_usage(self, "--lan or --no-lan, not both");
	log_level(LOG_INFO);
	const struct daemon_options o = {.dir = c.store,
	    .listen = listen,
	    .lan = lan	    ? LAN_ON
		   : no_lan ? LAN_OFF
			    : LAN_SETTING,
	    .http = http,
	    .is_unrendered = no_build,
	    .say = say,
	    .progress = progress_show};
	return daemon_run(&o, &err) ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_serve = {
    .name = "serve",
    .args = "[--listen ADDR:PORT] [--http ADDR:PORT] [--lan | --no-lan] [--no-build]",
    .summary = "The daemon: replicate, verify, render the site and serve it here.",
    .group = CMD_CARRY,
    .run = run,
    .details =
	"Runs until it is interrupted. Commands that write to this store go through it meanwhile.\n"
	"A hub listens on port 4710 of every address, unless --listen or the setting "
	"belfry.listen\n"
	"says otherwise. DIR/listening names the real addresses.\n"
	"An edge finds peers of its network in the same room by multicast, without any internet, "
	"and\n"
	"listens for them at any port; --no-lan or the setting belfry.lan=false ends both, --lan "
	"or\n"
	"belfry.lan=true does it at a hub.\n"
	"With less free on its disk than the setting belfry.reserve says (64m unless set) nothing "
	"new\n"
	"is taken in until there is room; all else goes on. Settings are git's, of the store:\n"
	"git --git-dir=DIR/store.git config belfry.reserve 128m; those of attachments have a\n"
	"command of their own. The addresses in belfry.pull, parted by spaces, are pulled from at\n"
	"the start and every hour, or every belfry.pullEvery seconds (see belfry pull).",
};
