/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which attachments the published records name, which of them are here, and which this store wants.
 *
 * Settings: belfry.attachments is none, small or all: what is fetched unasked (small on a hub, none
 * on an edge, unless set); belfry.attachmentsSmall is what small means, in bytes (1 MiB);
 * belfry.attachmentsBudget is how many bytes of attachments may come in a calendar month (UTC), 0
 * without a limit. Sizes may end in k, m or g. attachments/wanted has what a person asked for or
 * refused: a line each, '+' or '-' and the SHA-256; it goes before the settings.
 * attachments/spent has the bytes that came, by month.
 */
#ifndef BELFRY_STORE_ATTACHMENTS_H
#define BELFRY_STORE_ATTACHMENTS_H

#include "store/attach.h"

#define ATTACH_SMALL_BYTES (UINT64_C(1) << 20)

enum attach_rule { ATTACH_NONE, ATTACH_SMALL, ATTACH_ALL };

struct attach_policy {
	enum attach_rule rule;
	uint64_t small, budget; /* bytes */
};
/* What is set wrongly is as if not set, with a warning. */
void attach_policy_read(struct attach_policy *out, struct store *s);
const char *attach_rule_name(enum attach_rule r);
/* Check a value for one of the three settings. Errors: ERR_SYNTAX. */
int attach_setting_check(const char *key, struct str value, struct err *err);

/* One file that published, public records name. */
struct attach_row {
	struct attachment claim; /* its texts are `name` and static */
	char name[ATTACHMENT_NAME_BYTES_MAX + 1];
	char record[256]; /* place/type/id/lang of the first that names it */
	enum attach_state state;
	uint64_t bytes_here;
	bool is_marked, is_refused; /* by a person */
	bool is_wanted; /* by them or the settings; also when it is here */
};

struct attach_list {
	struct attach_row *rows; /* by record and name */
	size_t n, cap;
	struct attach_policy policy;
};
/* Owns: the caller; attach_list_release(). What records say is remembered with the store, so that
 * only new ones are read. Errors: as store_catalogue(). */
int attach_list_read(struct attach_list *out, struct store *s, struct err *err);
void attach_list_release(struct attach_list *l);
/* Wanted, and not here yet. */
bool attach_is_to_come(const struct attach_row *r);
/* What a person asked for goes first, then the smallest: most files soonest. */
bool attach_is_before(const struct attach_row *a, const struct attach_row *b);

/* Mark files as wanted, or refused, by name, SHA-256, "all", or place/type/id. Errors: ERR_MISSING
 * where nothing is named so; ERR_IO. */
int attach_mark(struct store *s, struct str name, bool is_wanted, size_t *n, struct err *err);
/* Remove from the disk what is named so and mark it refused; "unnamed" stands for files that
 * neither a published record names nor a submission that may become one. *bytes: how much that
 * was. Errors: as above, and those of mailbox_read(). */
int attach_discard(struct store *s, struct str name, size_t *n, uint64_t *bytes, struct err *err);

/* Bytes of attachments that came in the month of `now` (seconds UTC); and that `more` came. */
uint64_t attach_spent(const struct store *s, int64_t now);
int attach_spend(struct store *s, uint64_t more, int64_t now, struct err *err);
/* Bytes that may still come in that month: UINT64_MAX without a budget. */
uint64_t attach_left(const struct store *s, const struct attach_policy *p, int64_t now);

/* {"items":[…],"policy","small","budget","spent","month","unnamed","unnamed_bytes"} */
int attach_report(json_t **out, struct store *s, int64_t now, struct err *err);

/* The same as numbers: {"here","here_bytes","to_come","bytes_to_go" (wanted and not here yet),
 * "unwanted","unwanted_bytes" (not here, by policy or a person's word),"wrong" (no record's promise
 * holds),"policy","budget","spent","month"} */
int attach_report_counts(json_t **out, struct store *s, int64_t now, struct err *err);

struct attach_memo;
void attach_memo_free(struct attach_memo *m);

#endif
