/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may publish what: docs/format.md "What is published", for one record in one journal entry. A
 * pure function of the charter that the entry names and the roster of the entry before it; no
 * clock. Anything that is not published is held, with a reason that stays the same on every hub.
 */
#ifndef BELFRY_TRUST_POLICY_H
#define BELFRY_TRUST_POLICY_H

#include "record/record.h"
#include "trust/roster.h"

/* What is in force where the entry stands. */
struct policy {
	const char *network; /* N, hex */
	const struct charter *charter;
	const struct charter_hub *hub;
	const struct roster *roster; /* NULL: none that counts, and why: */
	const char *roster_fault;
	const struct schema_set *schemas;
	bool is_for_members; /* the journal is */
};

struct judgement {
	bool is_published;
	char reason[256]; /* when it is held */
	const struct member *author,
	    *reviewer; /* into the roster; NULL when unknown or (reviewer) absent */
	struct record record; /* as far as it parsed; record.head NULL when it did not */
	/* A translation for a place that is not the hub's: it counts beside what it was made from,
	 * where the place's own hub has none in that language (store/catalogue.h). */
	bool is_guest;
};

/* Judge `md` with its signatures (`rev` empty: none) at `path`. Owns: judgement_release(). */
void policy_judge(struct judgement *out, const struct policy *p, struct str path, struct str md,
    struct str sig, struct str rev);
/* The same without the reviewer: what a hub asks of a submission. */
void policy_judge_author(
    struct judgement *out, const struct policy *p, struct str path, struct str md, struct str sig);
void judgement_release(struct judgement *j);

/* May this hub publish for `place`? Errors: ERR_POLICY with the reason. */
int policy_place(const struct policy *p, struct str place, struct err *err);
/* May that hub publish for a city of that region, once it is on its roster? Errors: the same. */
int policy_city(const struct charter *c, const struct charter_hub *hub, struct str city,
    struct str region, struct err *err);

/* Which region a place is in: the city's, the region itself, or "global". */
struct str policy_region(const struct policy *p, struct str place);

#endif
