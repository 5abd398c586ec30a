/* SPDX-License-Identifier: Apache-2.0 */
#include "store/verify.h"

#include "store/cut.h"
#include "store/erased.h"
#include "store/members.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* What an entry says for the one after it. */
struct link {
	uint64_t seq;
	int64_t time;
	uint32_t charter;
	struct sha256 content;
	uint64_t named;
};

struct check {
	struct store *store;
	struct verify_counts *n;
	const struct verify_hooks *hooks;
	const struct journal *journal; /* that is being read */
	struct link before;
	size_t all; /* entries */
};

static void report(struct check *c, const char *where, const char *what)
{
	c->n->faults++;
	c->hooks->fault(c->hooks->ctx, where, what);
}

int verify_charter(struct store *s, uint32_t version, struct err *err)
{
	const struct charter *now, *before = NULL;
	const struct schema_set *schemas; /* loaded so that they are checked, too */
	struct charter_files files;
	struct buf bundle = BUF_INIT;
	int bad =
	    store_charter(s, version, &now, &schemas, err) ||
	    (version > 1 && store_charter(s, version - 1, &before, NULL, err)) ||
	    store_charter_bundle(s, version, &bundle, err) ||
	    charter_bundle_read(&files, buf_str(&bundle), err) ||
	    charter_check(now, before, s->network, files.signatures, files.nsignatures, err) ||
	    charter_check_commit(s, version, &files, err);
	buf_release(&bundle);
	return bad ? err->code : 0;
}

static struct link link_of(const struct store *s, const struct entry *e)
{
	return (struct link){e->seq, e->time, e->charter, e->content, members_named(s, e)};
}

/* What an entry must be, given the one before it. */
static int check_entry(
    struct store *s, const char *hub, struct entry *e, const struct link *before, struct err *err)
{
	static const struct sha256 none;
	const struct charter *charter;
	if (entry_has_hashes(e)) {
		struct sha256 content = entry_content_keep(before ? &before->content : &none, e);
		if (!sha256_eq(&content, &e->content))
			return err_set(err, ERR_CHAIN, "its Content is not that of its files");
	}
	if (strcmp(e->hub, hub) != 0 || e->seq != (before ? before->seq + 1 : 1) ||
	    (before && e->time < before->time) || (before && e->charter < before->charter))
		return err_set(err, ERR_CHAIN, "it does not follow the entry before it");
	if (members_check_entry(s, before ? before->named : 0, e, err))
		return err->code;
	for (size_t i = 0; i < e->nchanges; i++)
		if (erased_check_file(&e->changes[i], err))
			return err->code;
	for (size_t i = 0; i < e->nchanges; i++)
		if (!journal_path_is_valid(e->changes[i].path) ||
		    e->changes[i].content.len > entry_file_bytes_max(e->changes[i].path))
			return err_set(err, ERR_SYNTAX, "%.*s is no file that a journal can hold",
			    STR_FMT(e->changes[i].path));
	size_t most = entry_bytes_max(e->changes, e->nchanges, e->nheads);
	if (most > ENTRY_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "it has %zu bytes; at most %d are allowed", most,
		    ENTRY_BYTES_MAX);
	if (store_charter(s, e->charter, &charter, NULL, err))
		return err->code;
	const struct charter_hub *h = charter_hub(charter, hub);
	if (!h)
		return err_set(err, ERR_POLICY, "charter version %u has no such hub", e->charter);
	struct oid id;
	if (cut_check_entry(s, hub, e->seq, e->charter, err) ||
	    store_entry_id(s, hub, e->seq, &id, err) ||
	    cut_check_head(s, hub, e->seq, &id, &e->content, err))
		return err->code;
	return entry_verify(e, s->network, &h->journal, err);
}

int verify_entries(struct store *s, const char *hub, uint64_t from, struct err *err)
{
	const struct journal *j = store_journal(s, hub);
	struct link before;
	for (uint64_t seq = from > 1 ? from - 1 : 1; seq <= j->head.seq; seq++) {
		struct entry e;
		if (store_entry(s, hub, seq, &e, err))
			return err->code;
		int bad = seq >= from && check_entry(s, hub, &e, seq > 1 ? &before : NULL, err);
		before = link_of(s, &e);
		entry_release(&e);
		if (bad)
			return err_wrap(err, "entry %" PRIu64 " of %s", seq, hub);
	}
	return 0;
}

static void check_next(void *ctx, const struct journal *j, struct entry *e)
{
	enum { ENTRIES_A_STEP = 256 };
	struct check *c = ctx;
	struct err err = {.code = ERR_NONE};
	bool is_first = c->journal != j;
	if (check_entry(c->store, j->head.hub, e, is_first ? NULL : &c->before, &err)) {
		char where[96];
		snprintf(where, sizeof where, "%s %" PRIu64, j->head.hub,
		    is_first ? 1 : c->before.seq + 1);
		report(c, where, err.msg);
	}
	c->n->bare += !entry_has_hashes(e);
	c->journal = j;
	c->before = link_of(c->store, e);
	if (++c->n->entries % ENTRIES_A_STEP == 0)
		c->hooks->progress(c->hooks->ctx, c->n->entries, c->all);
}

int verify_store(struct catalogue *catalogue, struct store *s, struct verify_counts *n,
    const struct verify_hooks *hooks, struct err *err)
{
	struct check c = {.store = s, .n = n, .hooks = hooks};
	for (uint32_t v = 1; v <= s->charter_version; v++) {
		char where[32];
		snprintf(where, sizeof where, "charter %u", v);
		if (verify_charter(s, v, err))
			report(&c, where, err->msg);
		n->charters++;
	}
	for (size_t i = 0; i < s->njournals; i++)
		c.all += s->journals[i].head.seq;
	return catalogue_read_anew(catalogue, s, check_next, &c, err);
}
