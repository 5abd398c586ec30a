/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of docs/format.md §5 to §7 as a program of their own: a network described in plain
 * numbers (world.c makes one of a seed), and what of it is published (model.c). Nothing of Belfry
 * is included here, so that a mistake there is not made here too. stores.c makes the same network
 * real and compares.
 */
#ifndef BELFRY_TESTS_RULES_H
#define BELFRY_TESTS_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers, and what they are called where they are made real (stores.c). */
enum { HUBS = 4, CHARTERS = 4, REGIONS = 4, CITIES = 5, STEWARDS = 2, MEMBERS = 5, THEMES = 3 };
/* A place is a city, or CITIES + a region, or one that nobody knows. */
enum { NOWHERE = CITIES + REGIONS, PLACES, IDS = 2, LANGS = 2, PATHS = PLACES * IDS * LANGS };
enum { DENIED = 4, CHANGES = 10, ENTRIES = 160, TEXTS = 400, ROSTERS = 100 };
enum { NONE = -1 };

/* A country is that of the city with its number. */
struct m_hub {
	int region;
	bool is_closed, has_base;
	int base_charter, base; /* the last entry that stays; NONE: nothing stays */
	int journal; /* keys are numbers too */
	int stewards[STEWARDS], nstewards, threshold;
	unsigned countries; /* bits */
};

struct m_charter {
	bool review_optional;
	unsigned themes; /* bits */
	int denied[DENIED], ndenied;
	struct m_hub hubs[HUBS];
};

enum role { AUTHOR = 1, REVIEWER = 2, TRANSLATOR = 4 };
struct m_member {
	int key;
	unsigned roles;
	bool is_active, has_places;
	unsigned places; /* bits */
};

struct m_roster {
	int hub; /* the one it names */
	int city_region[CITIES]; /* NONE: not on it */
	struct m_member members[MEMBERS];
	bool is_spoilt; /* two members with one key: no roster at all */
	int serial;
};

/* One revision of one record. */
struct m_text {
	int path; /* where it says that it belongs */
	int revision, previous[2]; /* texts; NONE */
	int of, of_revision; /* the language it is translated from; NONE */
	int theme; /* NONE */
	bool is_withdrawn, is_for_members, is_spoilt /* not canonical */;
};

enum kind { RECORD_KIND, REVIEW_KIND, ROSTER_KIND };
/* A signature by `key` over a text or a roster; key NONE: bytes that are no signature. */
struct m_signature {
	int key, of, kind;
	bool is_of_other_network;
	int junk;
};

enum part { PART_TEXT, PART_SIG, PART_REV, PART_ROSTER, PART_ROSTER_SIG };
struct m_change {
	enum part part;
	int at; /* a path; of PART_ROSTER_SIG the steward */
	bool is_delete;
	int content; /* a text or a roster */
	struct m_signature signature;
};

struct m_entry {
	int hub, seq, charter;
	int parent; /* NONE */
	struct m_change changes[CHANGES];
	int nchanges;
};

struct world {
	uint64_t seed;
	struct m_charter charters[CHARTERS]; /* version V is at V - 1 */
	int ncharters;
	struct m_entry entries[ENTRIES]; /* in the order in which they were written */
	int nentries;
	int head[HUBS]; /* of what the hub itself holds at the end; NONE */
	struct m_text texts[TEXTS];
	int ntexts;
	struct m_roster rosters[ROSTERS];
	int nrosters;
	bool is_malicious[HUBS];
};

/* What a journal's files are after an entry. `has` false: no such file. */
struct m_file {
	bool has;
	int content;
	struct m_signature signature;
};
struct m_tree {
	struct m_file text[PATHS], sig[PATHS], rev[PATHS], roster, roster_sig[STEWARDS];
};

enum m_state { M_PUBLISHED, M_WITHDRAWN, M_HELD };
struct m_row {
	enum m_state state;
	int path, hub, seq, text;
	int author, reviewer; /* keys; NONE where it is held or unreviewed */
	bool is_guest, is_contested;
};
struct outcome {
	struct m_row rows[2 * HUBS * PATHS];
	int n;
	bool was_published[TEXTS]; /* ever, by the one journal that this is of */
};

/* --- model.c --- */

/* Everything, as the newest charter has it. */
void model_outcome(struct outcome *out, const struct world *w);
/* The journal of `hub` alone, up to and with the entry `head` (NONE: empty). */
void model_journal(struct outcome *out, const struct world *w, int hub, int head);
void model_tree(struct m_tree *tree, const struct world *w, int head);
/* The last of the hub's entries that count. */
int model_head(const struct world *w, int hub);
/* The roster that counts in this tree; NULL: none. */
const struct m_roster *model_roster(
    const struct world *w, const struct m_tree *tree, const struct m_charter *c, int hub);
bool model_may_publish_for(const struct m_charter *c, const struct m_roster *r, int hub, int place);
int model_place(int path);

/* --- world.c --- */

void world_make(struct world *w, uint64_t seed);
uint64_t world_random(uint64_t *state);

#endif
