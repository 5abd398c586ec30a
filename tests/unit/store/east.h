/* SPDX-License-Identifier: Apache-2.0 */
/* The hub east, whose store is closed, changed from outside, and opened again. */
#ifndef BELFRY_TESTS_STORE_EAST_H
#define BELFRY_TESTS_STORE_EAST_H

#include "fixture.h"

UNUSED static void add_news(struct store *s, const char *id)
{
	struct draft d = {.n = 0};
	draft_news(&d, EAST, "ke-mombasa", id, "");
	append(s, &d);
}

UNUSED static struct store *open_fails(
    const char *name, enum store_access access, enum err_code code, const char *says)
{
	struct store *s;
	struct err err = {0};
	int bad = store_open(&s, at(name), access, &err);
	refused(bad, code, &err, says);
	assert_null(s);
	return s;
}

UNUSED static struct store *open_as(const char *name, enum store_access access)
{
	struct store *s;
	struct err err = {0};
	good(store_open(&s, at(name), access, &err), &err);
	return s;
}

UNUSED static uint64_t seq_of(struct store *s)
{
	return store_journal(s, "east")->head.seq;
}

/* east with `n` entries, closed. */
UNUSED static void make_east(int n)
{
	struct store *s = east_new();
	for (int i = 1; i < n; i++) {
		char id[32];
		snprintf(id, sizeof id, "n%d", i);
		add_news(s, id);
	}
	store_close(s);
}

UNUSED static void git(const char *arguments)
{
	const char *said = output_of(
	    "env -i PATH=\"$PATH\" git --git-dir=%s/east/store.git %s 2>&1", scratch, arguments);
	if (said[0])
		fail_msg("%s", said);
}

#endif
