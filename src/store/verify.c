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

int verify_charter(struct store *s, uint32_t version, struct err *err)
{
	const struct charter *now, *before = NULL;
	const struct schema_set *schemas; /* loaded so that they are checked, too */
	struct charter_files files;
	struct buf bundle = BUF_INIT;
	int bad = store_charter(s, version, &now, &schemas, err) ||
		  (version > 1 && store_charter(s, version - 1, &before, NULL, err)) ||
		  store_charter_bundle(s, version, &bundle, err) ||
		  charter_bundle_read(&files, buf_str(&bundle), err) ||
		  charter_check(now, before, s->network, files.signatures, files.nsignatures, err);
	buf_release(&bundle);
	return bad ? err->code : 0;
}

/* What an entry must be, given the one before it. */
static int check_entry(struct store *s, const char *hub, const struct entry *e,
    const struct entry *before, struct err *err)
{
	static const struct sha256 none;
	const struct charter *charter;
	struct sha256 content =
	    entry_content(before ? &before->content : &none, e->changes, e->nchanges);
	if (!sha256_eq(&content, &e->content))
		return err_set(err, ERR_CHAIN, "its Content is not that of its files");
	if (strcmp(e->hub, hub) != 0 || e->seq != (before ? before->seq + 1 : 1) ||
	    (before && e->time < before->time) || (before && e->charter < before->charter))
		return err_set(err, ERR_CHAIN, "it does not follow the entry before it");
	for (size_t i = 0; i < e->nchanges; i++)
		if (!journal_path_is_valid(e->changes[i].path) ||
		    e->changes[i].content.len > entry_file_bytes_max(e->changes[i].path))
			return err_set(err, ERR_SYNTAX, "%.*s is no file that a journal can hold",
			    STR_FMT(e->changes[i].path));
	if (store_charter(s, e->charter, &charter, NULL, err))
		return err->code;
	const struct charter_hub *h = charter_hub(charter, hub);
	if (!h)
		return err_set(err, ERR_POLICY, "charter version %u has no such hub", e->charter);
	return entry_verify(e, s->network, &h->journal, err);
}

int verify_entries(struct store *s, const char *hub, uint64_t from, struct err *err)
{
	const struct journal *j = store_journal(s, hub);
	struct entry before = {.seq = 0};
	int bad = from > 1 ? store_entry(s, hub, from - 1, &before, err) : 0;
	for (uint64_t seq = from; seq <= j->head.seq && !bad; seq++) {
		struct entry e;
		if (store_entry(s, hub, seq, &e, err)) {
			bad = err->code;
			break;
		}
		if (check_entry(s, hub, &e, seq > 1 ? &before : NULL, err))
			bad = err_wrap(err, "entry %" PRIu64 " of %s", seq, hub);
		entry_release(&before);
		before = e;
	}
	entry_release(&before);
	return bad;
}

static void verify_journal(struct check *c, const struct journal *j)
{
	struct entry before = {.seq = 0};
	char where[96];
	for (uint64_t seq = 1; seq <= j->head.seq; seq++) {
		struct entry e;
		struct err err = {.code = ERR_NONE};
		snprintf(where, sizeof where, "%s %" PRIu64, j->head.hub, seq);
		if (store_entry(c->store, j->head.hub, seq, &e, &err)) {
			report(c, where, err.msg);
			break; /* without its values nothing after it can be checked */
		}
		if (check_entry(c->store, j->head.hub, &e, seq > 1 ? &before : NULL, &err))
			report(c, where, err.msg);
		c->n->entries++;
		entry_release(&before);
		before = e;
	}
	entry_release(&before);
}

int verify_journals(
    struct store *s, struct verify_counts *n, verify_fault_cb fault, void *ctx, struct err *err)
{
	struct check c = {.store = s, .n = n, .fault = fault, .ctx = ctx};
	for (uint32_t v = 1; v <= s->charter_version; v++) {
		char where[32];
		snprintf(where, sizeof where, "charter %u", v);
		if (verify_charter(s, v, err))
			report(&c, where, err->msg);
		n->charters++;
	}
	for (size_t i = 0; i < s->njournals; i++)
		if (s->journals[i].head.seq)
			verify_journal(&c, &s->journals[i]);
	return 0;
}
