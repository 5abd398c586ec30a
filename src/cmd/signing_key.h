/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which key a command signs with: said, remembered, or the one in ssh-agent that may sign this.
 */
#ifndef BELFRY_CMD_SIGNING_KEY_H
#define BELFRY_CMD_SIGNING_KEY_H

#include "cmd/cmd.h"
#include "store/store.h"

/* The key of --key FILE or --agent: a private key's file, or one in ssh-agent; FILE.pub names one
 * there. Where an agent holds several, it is the one that may sign this. */
struct signing_key {
	const char *file;
	bool agent;
};
#define SIGNING_KEY_OPTIONS(k)                                                                     \
	{"key", "FILE", OPTION_TEXT, &(k)->file,                                                   \
	    "the private key to sign with; FILE.pub: ssh-agent holds it"},                         \
	{                                                                                          \
		"agent", NULL, OPTION_FLAG, &(k)->agent, "sign with a key in ssh-agent"            \
	}
/* Read a .pub file. Errors: those of file_read() and public_key_parse(). */
int public_key_read(struct public_key *k, const char *path, struct err *err);
/* One of these keys (none: whatever is given); without options that at `path`, NULL for none.
 * Owns: the caller; signer_free(). Errors: ERR_USAGE; those of signer_load() and signer_agent(). */
int signing_key_open(struct signer **out, const struct signing_key *k,
    const struct public_key *want, size_t nwant, const char *path, struct err *err);
/* A member's, who may do that by some hub's roster; without options the one remembered in the store
 * (belfry.member). Owns and errors: the same. */
enum signing_role { ROLE_ANY, ROLE_AUTHOR, ROLE_REVIEWER };
int signing_key_member(struct signer **out, struct store *s, const struct signing_key *k,
    enum signing_role role, struct err *err);
/* Say so where no roster here, if there is any, lets that key do this. */
void signing_key_doubt(struct store *s, const struct signer *signer, enum signing_role role);
/* Remember that key for the daemon and later commands. */
int signing_key_remember(const struct cmd_common *c, const struct signing_key *k,
    const struct signer *signer, struct err *err);

#endif
