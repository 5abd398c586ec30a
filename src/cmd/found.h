/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a hub: its keys, its lines in a charter, its first roster. Shared by `init`, `request`,
 * `join`, `charter apply`.
 */
#ifndef BELFRY_CMD_FOUND_H
#define BELFRY_CMD_FOUND_H

#include "cmd/common.h"

struct hub_keys {
	struct signer *journal, *steward;
	uint8_t link_secret[32]; /* X25519 */
	char link[65]; /* its public half, hex */
};
/* Make them, only in memory. */
void hub_keys_make(struct hub_keys *k);
/* Save keys/journal, keys/steward and keys/link (32 bytes as hex, 0600). */
int hub_keys_save(const struct hub_keys *k, const char *dir, const char *hub, struct err *err);
/* Read what hub_keys_save() wrote, into an empty *k. Owns: hub_keys_release(), also after an error.
 * Errors: those of signer_load() and link_key_load(). */
int hub_keys_load(struct hub_keys *k, const char *dir, struct err *err);
void hub_keys_release(struct hub_keys *k);
/* Only keys/link: an edge. */
int link_key_make(const char *dir, struct err *err);

/* The object that stands in a charter's `hubs`. `countries` may be NULL (borrowed). */
json_t *hub_entry(const char *hub, const char *region, const char *address, const json_t *countries,
    const struct hub_keys *k);

/* Write the first entry of a new hub's journal: an empty roster. */
int first_roster(const struct cmd_common *c, struct err *err);

#endif
