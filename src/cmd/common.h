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

/* The signer of --key FILE or --agent, or the one remembered in the store (belfry.member). */
struct common_key {
	const char *file;
	bool agent;
};
#define COMMON_KEY_OPTIONS(k)                                                                      \
	{"key", "FILE", OPTION_TEXT, &(k)->file, "the private key to sign with"},                  \
	{                                                                                          \
		"agent", NULL, OPTION_FLAG, &(k)->agent, "sign with the key in ssh-agent"          \
	}
int common_signer(
    struct signer **out, struct store *s, const struct common_key *k, struct err *err);
/* Remember that key for the daemon and later commands. */
int common_remember(const struct cmd_common *c, const struct common_key *k,
    const struct signer *signer, struct err *err);

/* Parse `bytes` as a record of the network and check what its charter and rosters say of place and
 * terms. On failure every problem has been printed as FILE:LINE:COLUMN. */
int common_record(
    struct record *r, struct store *s, struct str bytes, const char *path, struct err *err);

/* Is the file at `path` ("records/…") one of those that "PLACE/TYPE/ID[/LANG]" names? */
bool common_is_named(const char *path, const char *name);

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

/* The roster at the head of our own journal as a JSON object to change, or a new one. */
json_t *common_roster(struct store *s, struct err *err);
/* Sign it as the next version with the steward's key (NULL: keys/steward) and write it to the
 * journal. */
int common_publish_roster(const struct cmd_common *c, struct store *s, json_t *roster,
    const struct common_key *steward, struct err *err);
/* Add a city unless it is there; names may be NULL: made from the id. Returns whether it was added.
 */
bool common_add_city(json_t *roster, const char *place, const char *region, const json_t *names);

#endif
