/* SPDX-License-Identifier: Apache-2.0 */
#include "store/members.h"

#include "base/file.h"

#include <inttypes.h>

struct store *members_home(struct store *s, const char **hub)
{
	struct store *home = name_is_for_members(*hub) ? s->members : s;
	*hub = name_of_hub(*hub);
	return home;
}

uint64_t members_named(const struct store *s, const struct entry *e)
{
	return s->outer && e->nheads ? e->heads[0].seq : 0;
}

int members_name_roster(struct store *s, struct entry *e, struct err *err)
{
	const struct journal *j = store_journal(s->outer, s->hub);
	if (!j || !j->head.seq)
		return err_set(err, ERR_POLICY,
		    "hub %s has published no roster yet: who its members are is not known", s->hub);
	e->heads = arena_alloc(&e->arena, sizeof *e->heads);
	e->heads[0] = j->head;
	e->nheads = 1;
	return 0;
}

int members_check_heads(const struct store *s, const struct entry *e, struct err *err)
{
	bool names_own = head_find(e->heads, e->nheads, e->hub);
	if (!s->outer && names_own)
		return err_set(err, ERR_SYNTAX,
		    "it names an entry of %s, its own hub, which only entries for members do",
		    e->hub);
	if (s->outer && (!names_own || e->nheads != 1))
		return err_set(err, ERR_SYNTAX,
		    "an entry for members names one public entry of %s and nothing else", e->hub);
	return 0;
}

int members_check_entry(
    const struct store *s, uint64_t before, const struct entry *e, struct err *err)
{
	if (members_check_heads(s, e, err))
		return err->code;
	if (!s->outer)
		return 0;
	if (e->heads[0].seq < before)
		return err_set(err, ERR_CHAIN,
		    "it names entry %" PRIu64 " of %s, and the one before it %" PRIu64
		    ": rosters do not go back",
		    e->heads[0].seq, e->hub, before);
	for (size_t i = 0; i < e->nchanges; i++)
		if (!str_starts(e->changes[i].path, STR("records/")))
			return err_set(err, ERR_SYNTAX,
			    "%.*s: an entry for members holds records and their signatures alone",
			    STR_FMT(e->changes[i].path));
	return 0;
}

int members_roster_tree(
    struct store *s, const struct entry *e, struct oid *tree, const char **fault, struct err *err)
{
	const struct head *named = &e->heads[0];
	struct oid id;
	struct err none;
	*fault = NULL;
	if (store_entry_id(s->outer, named->hub, named->seq, &id, &none))
		*fault = "the public entry that holds its roster is not here yet";
	else if (!oid_eq(&id, &named->id))
		*fault = "the public entry that it names is another than the one that is here";
	else
		return store_entry_tree(s->outer, named->hub, named->seq, tree, err);
	return 0;
}
