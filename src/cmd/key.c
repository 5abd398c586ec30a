/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/limits.h"
#include "cmd/cmd.h"
#include "cmd/passphrase.h"
#include "store/restore.h"
#include "trust/secret.h"

#include <stdio.h>

struct key_options {
	const char *passphrase_file;
	bool is_alone;
};

static void report(const struct cmd_common *c, const struct backup *b)
{
	json_t *names = json_array();
	for (size_t i = 0; i < b->nkeys; i++) {
		if (!c->json)
			printf("%s\n", b->keys[i].name);
		json_array_append_new(names, json_string(b->keys[i].name));
	}
	if (c->json)
		cmd_print_json(json_pack(
		    "{s:s, s:s, s:O}", "network", b->network, "hub", b->hub, "keys", names));
	json_decref(names);
}

static int backup(
    const struct cmd_common *c, const char *path, const struct key_options *o, struct err *err)
{
	struct backup b;
	struct buf passphrase = BUF_INIT, file = BUF_INIT;
	int bad = restore_collect(&b, c->store, err);
	if (!bad && file_exists(path))
		bad = err_set(
		    err, ERR_EXISTS, "%s is there already; a backup goes to a new file", path);
	bad = bad || passphrase_read(&passphrase, o->passphrase_file, true, err) ||
	      backup_seal(&file, &b, &backup_work_usual, buf_str(&passphrase), err) ||
	      file_create(path, buf_str(&file), 0600, err);
	if (!bad) {
		report(c, &b);
		cmd_say("Sealed in %s. Keep it apart from this machine, and the passphrase apart "
			"from it: without both the keys are gone with the machine.",
		    path);
	}
	backup_release(&b);
	secret_buf_free(&passphrase);
	buf_release(&file);
	return bad ? err->code : 0;
}

static void say_next(const struct backup *b, bool is_alone)
{
	if (!b->hub[0])
		cmd_say("Restored.");
	else if (is_alone)
		cmd_say("Restored, as hub %s. It signs at once: if it has ever signed entries that "
			"are not here, its journal will be in dispute.",
		    b->hub);
	else
		cmd_say("Restored, as hub %s. It signs nothing before it was in sync with another "
			"hub, because its journal may be longer than this store knows: belfry peer "
			"add NAME HOST:PORT (or belfry join INVITATION), then belfry sync.",
		    b->hub);
}

static int restore(
    const struct cmd_common *c, const char *path, const struct key_options *o, struct err *err)
{
	struct backup b = {.secret = BUF_INIT};
	struct backup_file looked_at;
	struct buf passphrase = BUF_INIT, file = BUF_INIT;
	/* What is wrong with the file is said before anybody types. */
	int bad = file_read(&file, path, BACKUP_BYTES_MAX, err) ||
		  backup_file_parse(&looked_at, buf_str(&file), path, err) ||
		  passphrase_read(&passphrase, o->passphrase_file, false, err) ||
		  backup_open(&b, buf_str(&file), path, buf_str(&passphrase), err) ||
		  restore_keys(&b, c->store, o->is_alone, err);
	if (!bad) {
		report(c, &b);
		say_next(&b, o->is_alone);
	}
	backup_release(&b);
	secret_buf_free(&passphrase);
	buf_release(&file);
	return bad ? err->code : 0;
}

static int run(const struct cmd *self, int argc, char **argv)
{
	struct key_options o = {.passphrase_file = NULL};
	const struct cmd_option options[] = {
	    {"passphrase-file", "FILE", OPTION_TEXT, &o.passphrase_file,
		"the passphrase is its first line; without, it is asked for"},
	    {"alone", NULL, OPTION_FLAG, &o.is_alone,
		"restore: sign without asking another hub first, when there is none"},
	    {0},
	};
	struct cmd_common c;
	struct err err = {.code = ERR_NONE};
	int nargs, status = cmd_options(self, options, &c, argc, argv, &nargs);
	if (status >= 0)
		return status;
	bool is_backup = nargs && strcmp(argv[0], "backup") == 0,
	     is_restore = nargs && strcmp(argv[0], "restore") == 0;
	if (!is_backup && !is_restore)
		return cmd_usage(self, "backup or restore?");
	if (nargs != 2)
		return cmd_usage(self, "which file?");
	if (is_backup && o.is_alone)
		return cmd_usage(self, "--alone is for restore");
	int bad = is_backup ? backup(&c, argv[1], &o, &err) : restore(&c, argv[1], &o, &err);
	return bad ? cmd_fail(self, &err) : EXIT_DONE;
}

const struct cmd cmd_key = {
    .name = "key",
    .args = "backup FILE | restore FILE [--passphrase-file FILE]",
    .summary = "A sealed copy of this store's keys, and back from it.",
    .group = CMD_CARE,
    .run = run,
    .details =
	"All that is in keys/ goes into one file that only the passphrase opens. A hub's records,\n"
	"people and rules are not in it: other hubs have them. restore makes the store where "
	"there\n"
	"is none, and never replaces a key. A key that a thief may have is not restored but "
	"replaced\n"
	"in the charter.",
};
