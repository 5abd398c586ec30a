/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include "base/log.h"
#include "base/mem.h"
#include "store/erased.h"
#include "store/pins.h"
#include "store/vouched.h"

#include <stdio.h>

void store_path(const struct store *s, struct buf *out, const char *name)
{
	buf_printf(out, "%s/%s", s->dir, name);
}

static int set_refs(struct store *s, struct err *err)
{
	if (!s->outer &&
	    repo_lift_ref(s->repo, CHARTER_REF, &s->charters[s->charter_version - 1].commit, err))
		return err->code;
	for (size_t i = 0; i < s->njournals; i++) {
		struct journal *j = &s->journals[i];
		if (oid_eq(&j->at_ref, &j->head.id))
			continue;
		if (!j->head.seq && pins_drop_journal(s, j->head.hub, err))
			return err->code;
		if (!j->head.seq) {
			j->at_ref = j->head.id;
			continue;
		}
		if (pins_lift_journal(s, j->head.hub, &j->head.id, err))
			return err->code;
		j->at_ref = j->head.id;
	}
	return 0;
}

int store_lift(struct store *s, struct err *err)
{
	if (!s->has_refs_due || s->is_broken)
		return 0;
	s->has_refs_due = set_refs(s, err) != 0;
	s->is_broken = s->has_refs_due && err->code != ERR_FULL;
	return s->has_refs_due ? err->code : 0;
}

/* What the pins say is what there is. */
static int back_to_pins(struct store *s, struct err *err)
{
	repo_drop(s->repo);
	charters_back_to(s, &s->pinned_charter);
	for (size_t i = s->njournals; i-- > 0;) {
		struct journal *j = &s->journals[i];
		if (oid_eq(&j->head.id, &j->pinned))
			continue;
		j->head.id = j->pinned;
		if (oid_is_zero(&j->pinned))
			store_drop_journal(s, j);
		else if (journal_load(s, j, err))
			return err->code;
	}
	return 0;
}

int store_commit(struct store *s, struct err *err)
{
	if (s->is_broken)
		return err_set(
		    err, ERR_IO, "the store is read-only since a write failed; start again");
	bool is_same_charter =
	    s->outer || oid_eq(&s->pinned_charter, &s->charters[s->charter_version - 1].commit);
	if (erased_save(s, err) || repo_flush(s->repo, err) || pins_write(s, err)) {
		struct err fault;
		s->is_broken = err->code != ERR_FULL || back_to_pins(s, &fault);
		return err->code;
	}
	s->has_refs_due = true;
	return s->defers_refs && is_same_charter ? 0 : store_lift(s, err);
}

void store_tidy(struct store *s)
{
	struct err why;
	if (!s->is_broken && repo_roll(s->repo, &why))
		log_warn("the packs were not rolled up: %s", why.msg);
}

struct journal *store_add_journal(struct store *s, const char *hub)
{
	size_t at = 0;
	MEM_PUSH(s->journals, s->njournals, s->cap_journals);
	while (at < s->njournals - 1 && strcmp(s->journals[at].head.hub, hub) < 0)
		at++;
	memmove(
	    &s->journals[at + 1], &s->journals[at], (s->njournals - 1 - at) * sizeof *s->journals);
	s->journals[at] = (struct journal){.head.seq = 0};
	snprintf(s->journals[at].head.hub, HUB_NAME_BYTES, "%s", hub);
	s->heads = mem_realloc(s->heads, s->cap_journals * sizeof *s->heads);
	return &s->journals[at];
}

void store_drop_journal(struct store *s, struct journal *j)
{
	size_t after = (size_t)(s->journals + s->njournals - j) - 1;
	free(j->ids);
	named_free(j->said);
	memmove(j, j + 1, after * sizeof *j);
	s->njournals--;
}

void store_state(const struct store *s, struct local_state *out)
{
	*out = (struct local_state){.charter = s->charter_version, .heads = s->heads};
	if (s->charter_version) {
		const struct charter *c = s->charters[s->charter_version - 1].charter;
		out->charter_hash = c->hash;
	}
	for (size_t i = 0; i < s->njournals; i++)
		if (s->journals[i].head.seq)
			s->heads[out->nheads++] = s->journals[i].head;
}

struct journal *store_journal(struct store *s, const char *hub)
{
	for (size_t i = 0; i < s->njournals; i++)
		if (strcmp(s->journals[i].head.hub, hub) == 0)
			return &s->journals[i];
	return NULL;
}
