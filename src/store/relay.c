/* SPDX-License-Identifier: Apache-2.0 */
#include "store/relay.h"

#include "base/file.h"
#include "base/mem.h"
#include "git/cat_file.h"
#include "store/cut.h"
#include "store/pins.h"
#include "store/verify.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct relay {
	struct cat_file *git;
	struct store *inside; /* the relay with what came, as a store to read from */
	char network[65];
};

int relay_move_parse(struct relay_move *out, struct str line, struct err *err)
{
	struct str rest = line, before = str_cut(&rest, ' '), after = str_cut(&rest, ' ');
	out->ref = rest;
	if (oid_from_hex(&out->before, before) && oid_from_hex(&out->after, after) && rest.len)
		return 0;
	return err_set(err, ERR_SYNTAX, "'%.*s' is not \"<old id> <new id> <ref>\"", STR_FMT(line));
}

/* A store's own repository has keys beside it. What comes there, its daemon must write. */
static int check_is_relay(const char *dir, struct err *err)
{
	char beside[PATH_MAX + 8];
	const char *slash = strrchr(dir, '/');
	snprintf(beside, sizeof beside, "%.*s/keys", slash ? (int)(slash - dir) : 0, dir);
	if (!slash || !str_ends(str_from(slash), STR(".git")) || !file_exists(beside))
		return 0;
	return err_set(err, ERR_POLICY,
	    "%s belongs to a store, which judges what comes by itself: push to a bare repository "
	    "of its own, from which `belfry pull` takes it",
	    dir);
}

static int read_by_git(
    void *of, const struct oid *id, enum object_kind *kind, struct buf *out, struct err *err)
{
	return cat_file_read(of, id, kind, out, err);
}

int relay_open(struct relay **out, const char *network, struct err *err)
{
	struct relay *r = mem_alloc(sizeof *r);
	char dir[PATH_MAX];
	*out = NULL;
	r->inside = mem_alloc(sizeof *r->inside);
	r->inside->access = STORE_READ;
	r->inside->lock = -1;
	snprintf(r->network, sizeof r->network, "%s", network);
	if (!realpath(".", dir)) {
		err_errno(err, "cannot tell which folder this is");
		goto fail;
	}
	snprintf(r->inside->dir, sizeof r->inside->dir, "%.3000s/belfry", dir); /* for ids/ */
	if (check_is_relay(dir, err) || cat_file_measure(err) || cat_file_new(&r->git, err) ||
	    repo_open_lent(&r->inside->repo, &(struct repo_reader){read_by_git, r->git}, err))
		goto fail;
	*out = r;
	return 0;
fail:
	relay_free(r);
	return err->code;
}

void relay_free(struct relay *r)
{
	if (!r)
		return;
	store_close(r->inside);
	cat_file_free(r->git);
	free(r);
}

static int goes_back(const struct oid *before, struct err *err)
{
	return err_set(err, ERR_CHAIN,
	    "it does not go on from %.12s, which is here: nothing goes back, and nobody tells two "
	    "stories",
	    oid_hex(before).text);
}

static int load_charter(struct relay *r, const struct oid *head, struct err *err)
{
	if (charters_load(r->inside, head, err))
		return err->code;
	if (strcmp(r->inside->network, r->network) == 0)
		return 0;
	err_set(err, ERR_NETWORK, "its network is %.16s…, this relay carries %.16s…",
	    r->inside->network, r->network);
	memcpy(r->inside->network, r->network, sizeof r->network);
	return err->code;
}

static int judge_charter(struct relay *r, const struct relay_move *m, struct err *err)
{
	struct store *s = r->inside;
	uint32_t known = 0;
	if (load_charter(r, &m->after, err))
		return err->code;
	while (known < s->charter_version && !oid_eq(&s->charters[known].commit, &m->before))
		known++;
	if (!oid_is_zero(&m->before) && known == s->charter_version)
		return goes_back(&m->before, err);
	for (uint32_t v = 1; v <= s->charter_version; v++)
		if (verify_charter(s, v, err))
			return err_wrap(err, "charter version %u", v);
	return 0;
}

/* Journals are judged by the charter that was pushed with them, else by the one that is here. */
static int need_charter(struct relay *r, struct err *err)
{
	struct oid head;
	if (r->inside->charter_version)
		return 0;
	int bad = cat_file_find(r->git, CHARTER_REF, &head, err);
	if (bad == ERR_MISSING)
		return err_set(err, ERR_MISSING,
		    "there is no charter to judge it by: push " CHARTER_REF " with it, or before");
	return bad || load_charter(r, &head, err) ? err->code : 0;
}

/* The number of the entry that the ref names now; 0: none. */
static int seq_before(
    struct relay *r, struct journal *j, const struct oid *before, uint64_t *seq, struct err *err)
{
	struct journal was = *j;
	struct oid id;
	bool is_void;
	*seq = 0;
	if (oid_is_zero(before))
		return 0;
	was.head.id = *before;
	if (journal_load(r->inside, &was, err) || cut_is_void(&is_void, r->inside, &was, err))
		return err->code;
	if (is_void) /* the charter has cut it: what comes is judged from its first entry */
		return 0;
	*seq = was.head.seq;
	if (*seq > j->head.seq)
		return goes_back(before, err);
	if (store_entry_id(r->inside, j->head.hub, *seq, &id, err))
		return err->code;
	return oid_eq(&id, before) ? 0 : goes_back(before, err);
}

static int judge_journal(
    struct relay *r, const char *hub, const struct relay_move *m, struct err *err)
{
	struct store *s = r->inside;
	uint64_t seq;
	if (need_charter(r, err))
		return err->code;
	struct journal *j = store_add_journal(s, hub);
	j->head.id = m->after;
	int bad = journal_load(s, j, err) || seq_before(r, j, &m->before, &seq, err) ||
		  verify_entries(s, hub, seq + 1, err);
	store_drop_journal(s, store_journal(s, hub));
	return bad ? err->code : 0;
}

int relay_judge(struct relay *r, const struct relay_move *m, struct err *err)
{
	bool is_charter = str_is(m->ref, CHARTER_REF);
	struct str name = str_sub(m->ref, sizeof HUBS_PREFIX - 1, m->ref.len);
	char hub[HUB_NAME_BYTES];
	if (!is_charter && (!str_starts(m->ref, STR(HUBS_PREFIX)) || !str_is_slug(name)))
		return err_set(err, ERR_POLICY,
		    "a relay carries " CHARTER_REF " and " HUBS_PREFIX "<hub>, nothing else");
	if (oid_is_zero(&m->after))
		return err_set(err, ERR_POLICY, "nothing is deleted from a relay");
	if (is_charter)
		return judge_charter(r, m, err);
	snprintf(hub, sizeof hub, "%.*s", STR_FMT(name));
	return judge_journal(r, hub, m, err);
}
