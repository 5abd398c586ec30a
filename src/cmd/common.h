/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several commands do alike: open a store, find the key to sign with, check a record.
 */
#ifndef BELFRY_CMD_COMMON_H
#define BELFRY_CMD_COMMON_H

#include "cmd/ask.h"
#include "store/store.h"

/* Open for reading; a charter must be there. */
int common_open(struct store **out, const struct cmd_common *c, struct err *err);

/* The key of --key FILE or --agent: a private key's file, or one in ssh-agent; FILE.pub names one
 * there. Where an agent holds several, it is the one that may sign this. */
struct common_key {
	const char *file;
	bool agent;
};
#define COMMON_KEY_OPTIONS(k)                                                                      \
	{"key", "FILE", OPTION_TEXT, &(k)->file,                                                   \
	    "the private key to sign with; FILE.pub: ssh-agent holds it"},                         \
	{                                                                                          \
		"agent", NULL, OPTION_FLAG, &(k)->agent, "sign with a key in ssh-agent"            \
	}
/* Read a .pub file. Errors: those of file_read() and public_key_parse(). */
int common_public_key(struct public_key *k, const char *path, struct err *err);
/* One of these keys (none: whatever is given); without options that at `path`, NULL for none. */
int common_signer_of(struct signer **out, const struct common_key *k, const struct public_key *want,
    size_t nwant, const char *path, struct err *err);
/* A member's, who may do that by some hub's roster; without options the one remembered in the store
 * (belfry.member). */
enum common_role { ROLE_ANY, ROLE_AUTHOR, ROLE_REVIEWER };
int common_signer(struct signer **out, struct store *s, const struct common_key *k,
    enum common_role role, struct err *err);
/* Say so where no roster here, if there is any, lets that key do this. */
void common_doubt(struct store *s, const struct signer *signer, enum common_role role);
/* Remember that key for the daemon and later commands. */
int common_remember(const struct cmd_common *c, const struct common_key *k,
    const struct signer *signer, struct err *err);

/* Parse `bytes` as a record of the network and check what its charter and rosters say of place and
 * terms. On failure every problem has been printed as FILE:LINE:COLUMN. */
int common_record(
    struct record *r, struct store *s, struct str bytes, const char *path, struct err *err);

/* A slug that can name a page on every system, among others of its folder: a hub's, a term's. */
bool common_is_page_name(struct str name);
#define COMMON_NO_HUB_NAME                                                                         \
	"--hub %s: use lower-case letters, digits and hyphens; not index, nor a device's name"
/* The line of a field of the head, which is in canonical form; 1 where it has none. */
unsigned common_field_line(const struct record *r, const char *field);
/* Add what its charter and rosters say against its place and terms. */
void common_check_words(struct problems *p, struct store *s, const struct record *r);
/* All of it with what is wrong in `p`, and nothing printed. A draft need not be in canonical form;
 * `r` then is. */
struct common_text {
	struct str bytes;
	const char *path;
	bool is_draft;
};
int common_problems(struct problems *p, struct record *r, struct store *s,
    const struct common_text *text, struct err *err);

/* A copy of the head of `r` as that of the revision that follows it. */
json_t *common_next_head(const struct record *r);

/* Is the file at `path` ("records/…") one of those that "PLACE/TYPE/ID[/LANG]" names? */
bool common_is_named(const char *path, const char *name);

/* This computer's clock: seconds UTC. */
int64_t common_now(void);
/* "2026-11-21T09:30:00Z" */
struct time_text {
	char text[24];
};
struct time_text time_text(int64_t seconds);
/* 1234567 bytes as "1.2 MB": what a data plan counts. */
struct amount {
	char text[32];
};
struct amount amount(int64_t bytes);

/* Append what others have signed of a hub's entries that are not here, of a hub as net/report.h has
 * it; nothing where there is none, or the hub is not followed. */
void common_write_vouched(struct buf *out, const json_t *hub);

/* The roster at the head of our own journal as a JSON object to change, or a new one. Owns: the
 * caller; NULL is a failure. Errors: ERR_POLICY where this store is no hub. */
json_t *common_roster(struct store *s, struct err *err);
/* How a roster is signed: with the key that is said, else keys/steward. Where the charter wants
 * more stewards than that one, or an `out` is given, it is left as a draft (cmd/roster_draft.h);
 * with `out` and no key nobody has signed it. */
struct common_steward {
	struct common_key key;
	const char *out; /* the draft's file; NULL: roster-HUB-VERSION.json */
	bool is_draft; /* so it was left */
};
#define COMMON_STEWARD_OPTIONS(k)                                                                  \
	{"steward-key", "FILE", OPTION_TEXT, &(k)->key.file,                                       \
	    "the steward's private key instead of keys/steward"},                                  \
	    {"agent", NULL, OPTION_FLAG, &(k)->key.agent,                                          \
		"sign with the steward's key in ssh-agent"},                                       \
	{                                                                                          \
		"out", "FILE", OPTION_TEXT, &(k)->out,                                             \
		    "write a draft there, for stewards elsewhere to sign (member sign)"            \
	}
/* Sign it as the next version and write it to the journal, or leave a draft. */
int common_publish_roster(const struct cmd_common *c, struct store *s, json_t *roster,
    struct common_steward *by, struct err *err);
/* The same, and say so where it was published. */
int common_change_roster(const struct cmd_common *c, struct store *s, json_t *roster,
    struct common_steward *by, struct err *err);
/* Is it the id of a city, such as ke-mombasa? */
bool common_is_city(struct str place);
/* Add a city, or to one that is there these names; an empty one takes that language's away. NULL:
 * as they are, or made from the id. Returns whether it was added. */
bool common_add_city(json_t *roster, const char *place, const char *region, const json_t *names);
/* Say so where a hub's roster has a city that joins ours, and is not on it yet. */
void common_warn_city(struct store *s, const char *place);

#endif
