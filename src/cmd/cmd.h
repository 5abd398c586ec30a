/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file a command, and main.c's table of them. Only here may code exit or print. Results go to
 * standard output, talk and progress to standard error; 0 done, 1 refused or failed, 2 usage.
 */
#ifndef BELFRY_CMD_CMD_H
#define BELFRY_CMD_CMD_H

#include "base/err.h"
#include "base/json.h"

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

/* What `belfry help` groups commands by: what a person wants to do. */
enum cmd_group { CMD_WRITE, CMD_REVIEW, CMD_READ, CMD_NETWORK, CMD_CARRY, CMD_CARE, CMD_GROUPS };

struct cmd {
	const char *name, *args, *summary; /* args: "FILE… [--lang L]"; summary: a sentence */
	enum cmd_group group;
	int (*run)(
	    const struct cmd *self, int argc, char **argv); /* argv[0] is the command's name */
	const char *details; /* more for --help, or NULL */
};

/* One option. FLAG: *(bool *)to = true. TEXT: *(const char **)to = value. LIST: appended to
 * *(struct cmd_list *)to. */
enum cmd_option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_LIST };
struct cmd_option {
	const char *name; /* without the dashes */
	const char *value; /* what --help calls the value, NULL for a flag */
	enum cmd_option_kind kind;
	void *to;
	const char *help;
};
struct cmd_list {
	const char *items[256];
	size_t len;
};

/* What every command takes. */
struct cmd_common {
	const char
	    *store; /* --store, BELFRY_STORE, XDG_DATA_HOME/belfry or ~/.local/share/belfry */
	bool json;
	bool is_alone; /* --alone, of commands that sign entries */
};
#define CMD_ALONE(common)                                                                          \
	{                                                                                          \
		"alone", NULL, OPTION_FLAG, &(common).is_alone,                                    \
		    "sign without asking another hub first, after a restore when there is none"    \
	}

/*
 * Take `options` (ended by a NULL name) and the common ones out of argv; what is left are
 * arguments, moved to the front of argv, their number in *nargs. Also handles --help and "--".
 * Returns -1 to go on, else the exit status: the caller returns it.
 */
int cmd_options(const struct cmd *self, const struct cmd_option *options, struct cmd_common *common,
    int argc, char **argv, int *nargs);
/* Run it. An answer that could not be written was not given: a full disk behind a pipe must not
 * look like success. Who has read enough of a pipe (head) is told nothing. */
int cmd_run(const struct cmd *c, int argc, char **argv);
/* The last of that, for who ends the process in the middle of it: returns its exit status. */
int cmd_end(const struct cmd *c, int status);
/* "belfry publish: which files?" and a pointer to --help; returns EXIT_USAGE. */
int cmd_usage(const struct cmd *self, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "belfry publish: <sentence>"; returns EXIT_REFUSED (EXIT_USAGE for ERR_USAGE). */
int cmd_fail(const struct cmd *self, const struct err *err);
/* Talk on standard error. */
void cmd_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same of each line of a text, behind a margin. */
void cmd_say_lines(const char *margin, struct str text);
/* The same for notices, a line each: the first time it is called; later ones would only repeat. */
void cmd_notice(struct str lines);
/* A file's name as a shell takes it, for commands that we suggest: in quotes where it needs them.
 */
struct cmd_word {
	char text[4352];
};
struct cmd_word cmd_word(const char *name);
/* Print a JSON value, indented, and drop it. */
void cmd_print_json(json_t *v);
/* Print a text that may come from others: control characters become '?'. */
void cmd_print_text(struct str s);

#endif
