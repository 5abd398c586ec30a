/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small files of what is only good to know, for status: one JSON object each, in <store>/peers/,
 * which any process may change. Lost ones are no loss of anything else, so a fault here is only
 * logged.
 */
#ifndef BELFRY_STORE_NOTES_H
#define BELFRY_STORE_NOTES_H

#include "base/json.h"

/* The object in this file of the store at `dir`; empty where there is none, or none that can be
 * read. Owns: the caller. */
json_t *notes_read(const char *dir, const char *name);
/* Read it, let `change` change it, and write it, while no other process does. */
void notes_change(const char *dir, const char *name, void (*change)(json_t *all, const void *ctx),
    const void *ctx);

#endif
