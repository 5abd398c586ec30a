/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `belfry`, the program that people run. Most of what a command costs is loading the libraries that
 * git, HTTP and TLS need, 8 ms before its first line. Where a daemon runs, some commands need none
 * of them: they are asked here, in 1 ms. Everything else, and every trouble, is left to
 * belfry-core, which has all commands and stands beside this program or in ../libexec/belfry.
 */
#include "base/mem.h"
#include "cmd/ask.h"
#include "net/control.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* As the caller gave them: commands sort their arguments in place. */
static char **arguments;
/* After a first answer the command may have written: it is not begun again. */
static bool has_answer;

static _Noreturn void leave_to_core(void)
{
	static const char *const places[] = {"belfry-core", "../libexec/belfry/belfry-core"};
	char self[PATH_MAX], path[PATH_MAX + 64];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	self[n > 0 ? n : 0] = 0;
	char *slash = strrchr(self, '/');
	if (slash)
		slash[1] = 0;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		snprintf(path, sizeof path, "%s%s", self, places[i]);
		execv(path, arguments);
	}
	fprintf(stderr, "belfry: cannot run %sbelfry-core, the other half of this program: %s\n",
	    self, strerror(errno));
	exit(EXIT_REFUSED);
}

int ask(json_t **reply, const struct cmd_common *c, json_t *request, struct err *err)
{
	if (c->is_alone)
		json_object_set_new(request, "alone", json_true());
	int bad = control_call(c->store, request, reply, err);
	json_decref(request);
	if (bad && !has_answer)
		leave_to_core();
	has_answer = true;
	cmd_notice(json_get_text(*reply, "notice"));
	return bad;
}

void ask_explain(const struct cmd_common *c, char **files, int n, struct err *err)
{
	(void)c;
	(void)files;
	(void)n;
	(void)err;
	if (!has_answer)
		leave_to_core();
}

int main(int argc, char **argv)
{
	extern const struct cmd cmd_list, cmd_publish;
	static const struct cmd *const commands[] = {&cmd_list, &cmd_publish};
	arguments = mem_alloc(((size_t)argc + 1) * sizeof *arguments);
	memcpy(arguments, argv, (size_t)argc * sizeof *arguments);
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (argc > 1 && strcmp(argv[1], commands[i]->name) == 0)
			return cmd_run(commands[i], argc - 1, argv + 1);
	leave_to_core();
}
