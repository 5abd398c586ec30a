/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was refused of what came by another way than a link, for status: how often for which reason,
 * and the last reason as a sentence. Kept in <store>/peers/doors.json, which any process may write
 * that brings something in; lost counts are no loss of anything else, so a fault here is only
 * logged.
 */
#ifndef BELFRY_STORE_DOORS_H
#define BELFRY_STORE_DOORS_H

#include "base/json.h"
#include "base/refusal.h"

enum door { DOOR_FILE, DOOR_WEB, DOOR_GIT, DOORS };

/* "file", "web", "git". */
const char *door_name(enum door d);
/* DOOR_FILE for what is none. */
enum door door_from(struct str name);

/* Count one, in the store at `dir`; REFUSED_NOTHING is not counted. */
void doors_count(const char *dir, enum door d, enum refusal kind, const char *why);
/* [{"door","refused":{kind:count…},"last_reason"}…] of doors where something was refused. Owns: the
 * caller. */
json_t *doors_json(const char *dir);

#endif
