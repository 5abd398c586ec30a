/* SPDX-License-Identifier: Apache-2.0 */
#include "store/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct check {
	struct store *store;
	struct verify_counts *n;
	verify_fault_cb fault;
	void *ctx;
};

static void report(struct check *c, const char *where, const char *what)
{
	c->n->faults++;
	c->fault(c->ctx, where, what);
}

static void verify_charter(struct check *c, uint32_t version)
{
	const struct charter *now, *before = NULL;
	const struct schema_set *schemas; /* loaded so that they are checked, too */
	struct charter_files files;
	struct buf bundle = BUF_INIT;
	struct err err = {.code = ERR_NONE};
	char where[32];
	snprintf(where, sizeof where, "charter %u", version);
	int bad = store_charter(c->store, version, &now, &schemas, &err) ||
		  (version > 1 && store_charter(c->store, version - 1, &before, NULL, &err)) ||
		  store_charter_bundle(c->store, version, &bundle, &err) ||
		  charter_bundle_read(&files, buf_str(&bundle), &err) ||
		  charter_check(
		      now, before, c->store->network, files.signatures, files.nsignatures, &err);
	if (bad)
		report(c, where, err.msg);
	c->n->charters++;
	buf_release(&bundle);
}

/* What an entry must be, given the one before it. */
static int check_entry(
    struct check *c, const struct entry *e, const struct entry *before, struct err *err)
{
	static const struct sha256 none;
	const struct charter *charter;
	struct sha256 content =
	    entry_content(before ? &before->content : &none, e->changes, e->nchanges);
	if (!sha256_eq(&content, &e->content))
		return err_set(err, ERR_CHAIN, "its Content is not that of its files");
	if (e->seq != (before ? before->seq + 1 : 1) || (before && e->time < before->time) ||
	    (before && e->charter < before->charter))
		return err_set(err, ERR_CHAIN, "it does not follow the entry before it");
	if (store_charter(c->store, e->charter, &charter, NULL, err))
		return err->code;
	const struct charter_hub *hub = charter_hub(charter, e->hub);
	if (!hub)
		return err_set(err, ERR_POLICY, "charter version %u has no such hub", e->charter);
	return entry_verify(e, c->store->network, &hub->journal, err);
}

static int verify_journal(struct check *c, const struct journal *j, struct err *err)
{
	struct entry before = {.seq = 0};
	char where[96];
	for (uint64_t seq = 1; seq <= j->head.seq; seq++) {
		struct entry e;
		struct err why = {.code = ERR_NONE};
		snprintf(where, sizeof where, "%s %" PRIu64, j->head.hub, seq);
		if (store_entry(c->store, j->head.hub, seq, &e, err)) {
			report(c, where, err->msg);
			entry_release(&before);
			return 0; /* without its values nothing after it can be checked */
		}
		if (check_entry(c, &e, seq > 1 ? &before : NULL, &why))
			report(c, where, why.msg);
		c->n->entries++;
		entry_release(&before);
		before = e;
	}
	entry_release(&before);
	return 0;
}

int verify_journals(
    struct store *s, struct verify_counts *n, verify_fault_cb fault, void *ctx, struct err *err)
{
	struct check c = {.store = s, .n = n, .fault = fault, .ctx = ctx};
	for (uint32_t v = 1; v <= s->charter_version; v++)
		verify_charter(&c, v);
	for (size_t i = 0; i < s->njournals; i++)
		if (s->journals[i].head.seq && verify_journal(&c, &s->journals[i], err))
			return err->code;
	return 0;
}
