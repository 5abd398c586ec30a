/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the store's settings say about the network: [belfry-peer "NAME"] address = HOST:PORT, and
 * single values such as belfry.listen.
 */
#ifndef BELFRY_NET_SETTINGS_H
#define BELFRY_NET_SETTINGS_H

#include "net/dial.h"

struct settings {
	struct dial_setting *peers; /* sorted by name */
	size_t npeers, cap;
};

/* Read the peers; what is no slug or no address is left out with a warning in the log.
 * Owns: the caller; settings_release(). Errors: ERR_GIT. */
int settings_read(struct settings *out, struct store *s, struct err *err);
void settings_release(struct settings *s);
/* Append the value of `key`; false, and nothing, when it is not set. */
bool settings_get(struct buf *out, struct store *s, const char *key);
/* A yes or no as git's settings write it (true, yes, on, 1); `otherwise` when it is not set, or is
 * neither, with a warning in the log. */
bool settings_flag(struct store *s, const char *key, bool otherwise);

#endif
