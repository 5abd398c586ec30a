/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of who may publish what, one fault at a time: `world` holds what is right, a case bends
 * one thing, and an untouched world passes.
 */
#ifndef BELFRY_TESTS_TRUST_WORLD_H
#define BELFRY_TESTS_TRUST_WORLD_H

#include "network.h"

struct world {
	json_t *charter, *roster;
	const char *hub; /* who publishes */
	unsigned author, reviewer;
	const char *place, *id, *more; /* the record */
	const char *path; /* NULL: where it belongs */
	const char *sig_kind, *rev_kind, *sig_network; /* NULL: the right ones */
	bool no_review, no_sig, no_roster, author_only;
	struct buf md; /* set by a case that wants its own bytes */
};

static struct judgement result;
static char reason[256];
static bool was_guest;

UNUSED static struct charter *parse_charter(json_t *head, struct sha256_hex *network)
{
	struct charter *c;
	struct err err = {0};
	struct buf text = charter_text(head);
	if (charter_parse(&c, buf_str(&text), "charter.md", &err))
		fail_msg("%s", err.msg);
	*network = network_of(buf_str(&text));
	buf_release(&text);
	return c;
}

UNUSED static struct roster *parse_roster(json_t *head)
{
	struct roster *r;
	struct err err = {0};
	struct buf text = roster_text(head);
	if (roster_parse(&r, buf_str(&text), "roster.md", &err))
		fail_msg("%s", err.msg);
	buf_release(&text);
	return r;
}

UNUSED static struct world world_new(void)
{
	return (struct world){.charter = charter_head(),
	    .roster = roster_head("east", EAST, 1),
	    .hub = "east",
	    .author = EAST + ANN,
	    .reviewer = EAST + REV,
	    .place = "ke-mombasa",
	    .id = "market",
	    .more = "themes: [gender]\n",
	    .md = BUF_INIT};
}

/* Judge it; the result is in `result` (no longer its record) and `reason`. */
UNUSED static bool judge(struct world *w)
{
	struct sha256_hex network;
	struct charter *c = parse_charter(w->charter, &network);
	struct roster *r = parse_roster(w->roster);
	struct schema_set *schemas = schema_set_builtin();
	struct policy p = {.network = network.text,
	    .charter = c,
	    .hub = charter_hub(c, w->hub),
	    .roster = w->no_roster ? NULL : r,
	    .roster_fault = "the roster is not signed",
	    .schemas = schemas};
	char path[256];
	if (!w->md.len)
		w->md = news(w->place, w->id, w->more);
	struct str md = buf_str(&w->md);
	snprintf(path, sizeof path, "records/%s/news/%s/en.md", w->place, w->id);
	struct buf sig = signed_by(w->author, w->sig_kind ? w->sig_kind : "belfry-record",
	    w->sig_network ? w->sig_network : network.text, md);
	struct buf rev =
	    signed_by(w->reviewer, w->rev_kind ? w->rev_kind : "belfry-review", network.text, md);
	struct str at = str_from(w->path ? w->path : path);
	if (w->author_only)
		policy_judge_author(&result, &p, at, md, w->no_sig ? STR_EMPTY : buf_str(&sig));
	else
		policy_judge(&result, &p, at, md, w->no_sig ? STR_EMPTY : buf_str(&sig),
		    w->no_review ? STR_EMPTY : buf_str(&rev));
	bool is_published = result.is_published;
	was_guest = result.is_guest;
	snprintf(reason, sizeof reason, "%s", result.reason);
	judgement_release(&result);
	buf_release(&sig);
	buf_release(&rev);
	buf_release(&w->md);
	schema_set_free(schemas);
	roster_free(r);
	charter_free(c);
	return is_published;
}

UNUSED static void holds(struct world *w, const char *says)
{
	if (judge(w))
		fail_msg("published, though it should be held: %s", says);
	if (!strstr(reason, says))
		fail_msg("\"%s\" does not say \"%s\"", reason, says);
}

UNUSED static void publishes(struct world *w)
{
	if (!judge(w))
		fail_msg("held: %s", reason);
	assert_string_equal(reason, "");
}

UNUSED static int done(void **state)
{
	(void)state;
	keys_free();
	return 0;
}

#endif
