/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is remembered of the addresses that were pulled from: when each was tried and when it last
 * worked, why it did not, and how much a second it brought. For status, and for knowing which of
 * several is quick. At most HOSTS_MAX, those tried longest ago go; they are no secret, so no
 * address with a password gets here (fetch_check_url()).
 */
#ifndef BELFRY_NET_PULL_HOSTS_H
#define BELFRY_NET_PULL_HOSTS_H

#include "base/json.h"

#include <stdint.h>

enum { HOSTS_MAX = 16 };

struct host_trial {
	const char *url;
	int64_t time; /* seconds UTC */
	const char *why; /* "": it worked */
	uint64_t rate; /* bytes a second; 0: too little came to say */
};

/* Of the store at `dir`. */
void hosts_note(const char *dir, const struct host_trial *t);
/* What it last brought a second; 0: not known. */
uint64_t hosts_rate(const char *dir, const char *url);
/* [{"address","tried","worked" (seconds UTC, 0: never),"last_reason","rate"}…], by address. Owns:
 * the caller. */
json_t *hosts_json(const char *dir);

#endif
