/* SPDX-License-Identifier: Apache-2.0 */
#include "store/cut.h"

#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>

/* The hub in the newest charter, if its journal has a base; else NULL. */
static int newest(const struct charter_hub **out, struct store *s, const char *hub, struct err *err)
{
	const struct charter *c;
	*out = NULL;
	if (!s->charter_version)
		return 0;
	if (store_charter(s, 0, &c, NULL, err))
		return err->code;
	*out = charter_hub(c, hub);
	if (*out && !(*out)->has_base)
		*out = NULL;
	return 0;
}

static bool is_base(
    const struct charter_base *b, const struct oid *id, const struct sha256 *content)
{
	return memcmp(id->bytes, b->commit, OID_BYTES) == 0 && sha256_eq(content, &b->content);
}

/* A base that a newer one has replaced still keeps out what it has cut off: who comes later might
 * else take in those entries, and then lack the place for the right ones. */
static int check_bases(
    struct store *s, const char *hub, uint64_t seq, uint32_t charter, struct err *err)
{
	const struct charter *c;
	for (uint32_t version = s->charter_version; version;) {
		if (store_charter(s, version, &c, NULL, err))
			return err->code;
		const struct charter_hub *h = charter_hub(c, hub);
		if (!h || !h->has_base)
			return 0;
		if (seq > h->base.seq && charter < h->base.charter)
			return err_set(err, ERR_POLICY,
			    "charter version %u has cut the journal of %s after entry %" PRIu64
			    "; it names version %u",
			    h->base.charter, hub, h->base.seq, charter);
		version = h->base.charter - 1; /* those between repeat it */
	}
	return 0;
}

int cut_check_entry(
    struct store *s, const char *hub, uint64_t seq, uint32_t charter, struct err *err)
{
	const struct charter *named;
	if (check_bases(s, hub, seq, charter, err) || store_charter(s, charter, &named, NULL, err))
		return err->code;
	const struct charter_hub *then = charter_hub(named, hub);
	if (then && then->is_closed)
		return err_set(
		    err, ERR_POLICY, "hub %s is closed by charter version %u", hub, charter);
	return 0;
}

int cut_check_head(struct store *s, const char *hub, uint64_t seq, const struct oid *id,
    const struct sha256 *content, struct err *err)
{
	const struct charter_hub *h;
	if (newest(&h, s, hub, err))
		return err->code;
	if (h && seq == h->base.seq && !is_base(&h->base, id, content))
		return err_set(err, ERR_POLICY,
		    "it is another entry %" PRIu64
		    " of %s than the one at which charter version %u "
		    "has cut that journal",
		    seq, hub, h->base.charter);
	return 0;
}

int cut_check_own(struct store *s, const struct charter_hub *hub, struct err *err)
{
	const struct journal *j = store_journal(s, hub->id);
	if (hub->is_closed)
		return err_set(err, ERR_POLICY,
		    "hub %s is closed since charter version %u: its records stay, new ones are for "
		    "another hub to publish",
		    hub->id, hub->base.charter);
	if (hub->has_base && (j ? j->head.seq : 0) < hub->base.seq)
		return err_set(err, ERR_MISSING,
		    "the journal of %s goes on after entry %" PRIu64
		    ", and not all up to there is here: belfry sync fetches it",
		    hub->id, hub->base.seq);
	return 0;
}

/* --- taking back --- */

/* Does the journal hold what the charter has made void? What it had passed at its base was checked
 * as it came; so beyond it only entries of older charters can be wrong, and those are at the head
 * too, as the version never goes back. */
static bool goes_past(const struct journal *j, const struct charter_base *b)
{
	if (j->head.seq > b->seq)
		return j->charter < b->charter;
	return j->head.seq == b->seq && j->head.seq && !is_base(b, &j->head.id, &j->content);
}

int cut_is_void(bool *is_void, struct store *s, const struct journal *j, struct err *err)
{
	const struct charter_hub *h;
	*is_void = false;
	if (newest(&h, s, j->head.hub, err))
		return err->code;
	*is_void = h && goes_past(j, &h->base);
	return 0;
}

static int keep_ref(struct store *s, const struct head *h, struct err *err)
{
	char ref[160];
	snprintf(ref, sizeof ref, CUT_PREFIX "%s/%" PRIu64 "-%.8s", h->hub, h->seq,
	    oid_hex(&h->id).text);
	return repo_set_ref(s->repo, ref, &h->id, err);
}

static void clear(struct journal *j)
{
	j->head.seq = 0;
	j->head.id = (struct oid){{0}};
	j->content = (struct sha256){{0}};
	j->tree = (struct oid){{0}};
	j->time = 0;
	j->charter = 0;
	j->nids = 0;
}

static int take_back(
    struct store *s, struct journal *j, const struct charter_base *b, struct err *err)
{
	struct oid at;
	struct err none;
	uint64_t from = j->head.seq;
	bool has_base = b->seq && store_entry_id(s, j->head.hub, b->seq, &at, &none) == 0 &&
			memcmp(at.bytes, b->commit, OID_BYTES) == 0;
	if (has_base) {
		j->head.id = at;
		j->head.seq = b->seq;
		if (journal_load(s, j, err))
			return err->code;
		has_base = is_base(b, &j->head.id, &j->content);
	}
	if (!has_base)
		clear(j);
	log_warn("charter version %u cuts the journal of %s: from entry %" PRIu64
		 " back to %" PRIu64 "%s",
	    b->charter, j->head.hub, from, j->head.seq,
	    has_base || !b->seq ? "" : "; this store had another branch, which is fetched again");
	return 0;
}

int cut_apply(struct store *s, bool keeps, struct err *err)
{
	for (size_t i = 0; i < s->njournals; i++) {
		struct journal *j = &s->journals[i];
		const struct charter_hub *h;
		if (newest(&h, s, j->head.hub, err))
			return err->code;
		if (!h || !goes_past(j, &h->base))
			continue;
		if ((keeps && keep_ref(s, &j->head, err)) || take_back(s, j, &h->base, err))
			return err->code;
	}
	return 0;
}

int cut_pin(struct store *s, struct head *pin, struct err *err)
{
	struct journal past = {.head = *pin};
	bool is_void;
	if (!pin->seq || !repo_has(s->repo, &pin->id))
		return 0;
	if (journal_load(s, &past, err) || cut_is_void(&is_void, s, &past, err))
		return err->code;
	const struct journal *j = store_journal(s, pin->hub);
	if (is_void && j)
		*pin = j->head;
	else if (is_void)
		pin->seq = 0;
	return 0;
}

int cut_restart(struct store *s, const char *hub, struct err *err)
{
	struct journal *j = store_journal(s, hub);
	const struct charter_hub *h;
	if (!j || !j->head.seq)
		return err_set(err, ERR_MISSING, "there is no journal of %s here", hub);
	if (newest(&h, s, hub, err))
		return err->code;
	if (!h || h->base.seq <= j->head.seq)
		return err_set(err, ERR_POLICY,
		    "the journal of %s stays: no charter here cuts it at an entry beyond %" PRIu64
		    ", the last one here; whatever follows that is fetched without this",
		    hub, j->head.seq);
	if (keep_ref(s, &j->head, err))
		return err->code;
	clear(j);
	return store_commit(s, err);
}
