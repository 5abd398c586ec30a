/* SPDX-License-Identifier: Apache-2.0 */
#include "store/signers.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

void signers_line(struct buf *out, const char *id, const char *at, const char *spaces,
    const struct public_key *key)
{
	buf_printf(out, "%s@%s namespaces=\"%s\" ", id, at, spaces);
	public_key_write(out, key);
}

/* Lines as keys of an object: each stands once, in whatever order it was met. */
static void add(
    json_t *lines, const char *id, const char *at, const char *spaces, const struct public_key *key)
{
	struct buf line = BUF_INIT;
	signers_line(&line, id, at, spaces, key);
	json_object_set_new(lines, line.ptr, json_true());
	buf_release(&line);
}

static int add_charters(json_t *lines, struct store *s, struct err *err)
{
	char spaces[160];
	for (uint32_t v = 1; v <= s->charter_version; v++) {
		const struct charter *c;
		if (store_charter(s, v, &c, NULL, err))
			return err->code;
		snprintf(spaces, sizeof spaces, "belfry-charter@%s", s->network);
		for (size_t i = 0; i < c->ncentral; i++)
			add(lines, c->central[i].id, "charter", spaces, &c->central[i].key);
		for (size_t i = 0; i < c->nhubs; i++) {
			const struct charter_hub *h = &c->hubs[i];
			snprintf(spaces, sizeof spaces, "git,belfry-notice@%s", s->network);
			add(lines, "journal", h->id, spaces, &h->journal);
			snprintf(spaces, sizeof spaces, "belfry-roster@%s", s->network);
			for (size_t k = 0; k < h->nstewards; k++)
				add(lines, h->stewards[k].id, h->id, spaces, &h->stewards[k].key);
		}
	}
	return 0;
}

static void add_members(json_t *lines, struct store *s, const char *hub, struct str roster)
{
	struct roster *r;
	struct err ignored; /* a roster that does not parse names nobody */
	char spaces[320];
	snprintf(
	    spaces, sizeof spaces, "belfry-record@%s,belfry-review@%s", s->network, s->network);
	if (roster_parse(&r, roster, "roster.md", &ignored))
		return;
	for (size_t i = 0; i < r->nmembers; i++)
		add(lines, r->members[i].id, hub, spaces, &r->members[i].key);
	roster_free(r);
}

/* The roster as entry `seq` left it; `last` is the one met before. Only trees and rosters are read:
 * this runs over every entry there is. */
static int add_roster_at(json_t *lines, struct store *s, const char *hub, uint64_t seq,
    struct oid *last, struct err *err)
{
	struct buf bytes = BUF_INIT;
	struct entry e = {.seq = 0};
	struct public_key key;
	struct oid id, blob;
	struct err none; /* an entry without a roster */
	int bad = store_entry_id(s, hub, seq, &id, err) ||
		  repo_read(s->repo, &id, OBJECT_COMMIT, &bytes, err) ||
		  entry_parse(&e, &key, buf_str(&bytes), s->network, err);
	if (!bad && tree_find(s->repo, &e.tree, STR("roster.md"), &blob, &none) == 0 &&
	    !oid_eq(&blob, last)) {
		*last = blob;
		buf_reset(&bytes);
		bad = repo_read(s->repo, &blob, OBJECT_BLOB, &bytes, err);
		if (!bad)
			add_members(lines, s, hub, buf_str(&bytes));
	}
	entry_release(&e);
	buf_release(&bytes);
	return bad ? err->code : 0;
}

static int add_rosters(json_t *lines, struct store *s, const struct journal *j, struct err *err)
{
	struct oid last = {{0}};
	for (uint64_t seq = 1; seq <= j->head.seq; seq++)
		if (add_roster_at(lines, s, j->head.hub, seq, &last, err))
			return err->code;
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int signers_write(struct buf *out, struct store *s, struct err *err)
{
	json_t *lines = json_object(), *unused;
	const char *line;
	size_t n = 0;
	int bad = add_charters(lines, s, err);
	for (size_t i = 0; i < s->njournals && !bad; i++)
		bad = add_rosters(lines, s, &s->journals[i], err);
	const char **sorted = mem_alloc((json_object_size(lines) + 1) * sizeof *sorted);
	json_object_foreach(lines, line, unused) sorted[n++] = line;
	qsort(sorted, n, sizeof *sorted, by_text);
	for (size_t i = 0; i < n && !bad; i++)
		buf_printf(out, "%s\n", sorted[i]);
	free(sorted);
	json_decref(lines);
	return bad ? err->code : 0;
}
