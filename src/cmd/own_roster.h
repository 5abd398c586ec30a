/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing our own roster: shared by `member`, `city` and whoever makes a hub (cmd/found.h).
 */
#ifndef BELFRY_CMD_OWN_ROSTER_H
#define BELFRY_CMD_OWN_ROSTER_H

#include "cmd/signing_key.h"

/* The roster at the head of our own journal as a JSON object to change, or a new one. Owns: the
 * caller; NULL is a failure. Errors: ERR_POLICY where this store is no hub. */
json_t *own_roster(struct store *s, struct err *err);
/* How a roster is signed: with the key that is said, else keys/steward. Where the charter wants
 * more stewards than that one, or an `out` is given, it is left as a draft (cmd/roster_draft.h);
 * with `out` and no key nobody has signed it. */
struct steward_choice {
	struct signing_key key;
	const char *out; /* the draft's file; NULL: roster-HUB-VERSION.json */
	char draft[4096]; /* the file where it was left; "": it was published */
};
#define STEWARD_OPTIONS(k)                                                                         \
	{"steward-key", "FILE", OPTION_TEXT, &(k)->key.file,                                       \
	    "the steward's private key instead of keys/steward"},                                  \
	    {"agent", NULL, OPTION_FLAG, &(k)->key.agent,                                          \
		"sign with the steward's key in ssh-agent"},                                       \
	{                                                                                          \
		"out", "FILE", OPTION_TEXT, &(k)->out,                                             \
		    "write a draft there, for stewards elsewhere to sign (member sign)"            \
	}
/* Sign it as the next version and write it to the journal, or leave a draft. */
int own_roster_publish(const struct cmd_common *c, struct store *s, json_t *roster,
    struct steward_choice *by, struct err *err);
/* The same where it is another than `before` (NULL: in any case), and say what was done; --json:
 * {"hub","version","changed","draft"}, draft: a file's path, or null. */
int own_roster_change(const struct cmd_common *c, struct store *s, const json_t *before,
    json_t *roster, struct steward_choice *by, struct err *err);
void own_roster_print(const char *hub, json_int_t version, bool is_changed, const char *draft);
/* Is it the id of a city, such as ke-mombasa? */
bool city_is_id(struct str place);
/* Add a city, or to one that is there these names; an empty one takes that language's away. NULL:
 * as they are, or made from the id. Returns whether it was added. */
bool own_roster_add_city(
    json_t *roster, const char *place, const char *region, const json_t *names);
/* Say so where a hub's roster has a city that joins ours, and is not on it yet. */
void own_roster_warn_city(struct store *s, const char *place);

#endif
