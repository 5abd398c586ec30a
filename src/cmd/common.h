/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several commands do alike: open a store, check a record, write times and amounts.
 */
#ifndef BELFRY_CMD_COMMON_H
#define BELFRY_CMD_COMMON_H

#include "cmd/ask.h"
#include "store/store.h"

/* Open for reading; a charter must be there. */
int common_open(struct store **out, const struct cmd_common *c, struct err *err);
/* The network's own schemas when the store has a charter, else those of this program. Owns: caller.
 */
struct schema_set *common_schemas(const char *store);

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

#endif
