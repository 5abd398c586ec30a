/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between a session and the store: what came is admitted in the order it came, as much of it as
 * one job can take, and what the peer lacks is fetched a piece at a time.
 */
#include "base/log.h"
#include "base/mem.h"
#include "net/dispute.h"
#include "net/recall.h"
#include "net/room.h"
#include "net/wait.h"
#include "store/follow.h"
#include "store/members.h"
#include "entry/segment.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	FETCH_BYTES = 32 * 1024, /* a job's worth: the store is others' too */
	QUEUE_BYTES = 32 * 1024, /* with as much waiting for the socket nothing more is fetched */
	WARMING_BYTES = 4 * 1024, /* both, until a better writer is there (net/recall.h) */
	FETCH_ENTRIES = 256,
};

/* --- in --- */

struct admission {
	struct job job;
	struct link *link;
	struct link_item *items; /* taken off the link; what is done is freed */
	char network[65]; /* for the first charter of an empty store */
	size_t bytes; /* of all it took */
	bool is_scoped; /* texts may have been left out */
	size_t admitted;
	/* Where it stopped, when rc is set. */
	char hub[HUB_NAME_BYTES];
	uint64_t seq;
};

static void free_item(struct link_item *i)
{
	buf_release(&i->bytes);
	free(i);
}

static void free_items(struct link_item *i)
{
	for (struct link_item *next; i; i = next) {
		next = i->next;
		free_item(i);
	}
}

static size_t bytes_of(const struct link_item *i)
{
	size_t sum = 0;
	for (; i; i = i->next)
		sum += i->bytes.len;
	return sum;
}

static void hold(struct link *l, size_t bytes)
{
	l->item_bytes += bytes;
	l->station->item_bytes += bytes;
}

static void let_go(struct link *l, size_t bytes)
{
	l->item_bytes -= bytes;
	l->station->item_bytes -= bytes;
}

void carry_in(struct link *l, const struct session_event *e)
{
	struct link_item *i = mem_alloc(sizeof *i);
	i->is_charter = e->kind == SESSION_CHARTER;
	memcpy(i->hub, e->hub, sizeof i->hub);
	i->seq = e->seq;
	i->bytes = BUF_INIT;
	buf_add(&i->bytes, e->bytes);
	*l->last_item = i;
	l->last_item = &i->next;
	hold(l, i->bytes.len);
}

static void carry_drop(struct link *l)
{
	let_go(l, bytes_of(l->items));
	free_items(l->items);
	l->items = NULL;
	l->last_item = &l->items;
}

static int admit_charter(struct admission *a, struct store *s, struct err *err)
{
	struct charter_files *files = mem_alloc(sizeof *files);
	const char *network = s->network[0] ? NULL : a->network;
	a->seq = a->items->seq;
	int rc = charter_bundle_read(files, buf_str(&a->items->bytes), err);
	if (!rc)
		rc = store_adopt_charter(s, files, network, err);
	free(files);
	return rc ? err_wrap(err, "charter version %llu", (unsigned long long)a->seq) : 0;
}

/* A store makes room for each name it is told; only names that a charter has had get that far. */
static int check_name(struct store *s, const char *hub, struct err *err)
{
	const struct charter *c;
	hub = name_of_hub(hub);
	if (store_journal(s, hub))
		return 0;
	for (uint32_t v = s->charter_version; v > 0; v--) {
		if (store_charter(s, v, &c, NULL, err))
			return err->code;
		if (charter_hub(c, hub))
			return 0;
	}
	return err_set(err, ERR_MISSING, "no charter here names a hub %s", hub);
}

/*
 * The entries of the items at the front that are of one journal, up to the first that does not bear
 * the number it came under: that is never another branch, but the peer's fault.
 */
static int gather(
    struct admission *a, struct str **entries, size_t *n, size_t *nitems, struct err *err)
{
	size_t cap = 0;
	*n = *nitems = 0;
	for (struct link_item *i = a->items; i && !i->is_charter && !strcmp(i->hub, a->items->hub);
	     i = i->next) {
		struct str rest = buf_str(&i->bytes), entry;
		for (uint64_t seq = i->seq; segment_split(&rest, &entry); seq++) {
			if (entry_peek_seq(entry) != seq)
				return err_set(err, ERR_SYNTAX,
				    "what came as entry %llu of %s is not that entry",
				    (unsigned long long)seq, i->hub);
			*MEM_PUSH(*entries, *n, cap) = entry;
		}
		++*nitems;
	}
	return 0;
}

/* All of a journal together: one pack, one fsync. */
static int admit_run(struct admission *a, struct store *s, size_t *nitems, struct err *err)
{
	struct str *entries = NULL;
	struct err fault = {.code = ERR_NONE};
	size_t n, admitted = 0;
	*nitems = 0;
	a->seq = 1;
	if (check_name(s, a->items->hub, err))
		return err->code;
	const char *hub = name_of_hub(a->items->hub);
	if (hub != a->items->hub && members_open(&s, s, err))
		return err->code;
	int bad = gather(a, &entries, &n, nitems, &fault);
	const struct scope *scope = a->is_scoped ? follow_scope(s) : NULL;
	int rc = n ? store_admit_bare(s, hub, entries, n, scope, &admitted, err) : 0;
	if (!rc && bad) {
		*err = fault;
		rc = bad;
	}
	a->admitted += admitted;
	const struct journal *j = store_journal(s, hub);
	a->seq = (j ? j->head.seq : 0) + 1;
	free(entries);
	return rc;
}

static int run_admission(struct job *job, struct store *s, struct err *err)
{
	struct admission *a = (struct admission *)job;
	while (a->items) {
		size_t n = 1;
		memcpy(a->hub, a->items->hub, sizeof a->hub);
		int rc = a->items->is_charter ? admit_charter(a, s, err) : admit_run(a, s, &n, err);
		if (rc)
			return rc;
		while (n--) {
			struct link_item *i = a->items;
			a->items = i->next;
			free_item(i);
		}
	}
	return 0;
}

/* Put back what the job did not get to: it came before what waits now. */
static void put_back_all(struct link *l, struct admission *a)
{
	struct link_item *rest = l->items, **last = &l->items;
	l->items = a->items;
	while (*last)
		last = &(*last)->next;
	*last = rest;
	while (*last)
		last = &(*last)->next;
	l->last_item = last;
	a->items = NULL;
}

/* The same, but for the journal that it stopped at. */
static void put_back(struct link *l, struct admission *a)
{
	struct link_item **last;
	put_back_all(l, a);
	for (last = &l->items; *last;) {
		struct link_item *i = *last;
		if (strcmp(i->hub, a->hub) == 0) {
			*last = i->next;
			let_go(l, i->bytes.len);
			free_item(i);
		} else {
			last = &i->next;
		}
	}
	l->last_item = last;
}

/*
 * Does the peer perhaps hold another branch of that journal, in good faith? An entry does not say
 * which one it follows, so on another branch its signature fails here; only the first entry of all
 * follows none. Then that journal alone stops on this link.
 */
static bool may_be_fork(const struct admission *a)
{
	if (!a->hub[0])
		return a->job.rc == ERR_CHAIN;
	return a->job.rc == ERR_MISSING || a->job.rc == ERR_POLICY || /* cut by our charter */
	       (a->seq > 1 && (a->job.rc == ERR_SIGNATURE || a->job.rc == ERR_CHAIN));
}

static enum refusal refusal_of(const struct admission *a)
{
	if (may_be_fork(a) && a->job.rc != ERR_MISSING)
		return REFUSED_FORK;
	if (!a->hub[0])
		return REFUSED_CHARTER;
	return refusal_of_entry(a->job.rc);
}

static void judge(struct admission *a)
{
	struct link *l = a->link;
	const char *why = a->job.err.msg;
	bool is_ours = a->job.rc == ERR_IO || a->job.rc == ERR_GIT;
	if (a->job.rc == ERR_FULL) { /* nobody's fault; what came waits for room */
		put_back_all(l, a);
		room_is_gone(l->station, why);
		return;
	}
	/* What was left out rightly when it was sent may be wanted by now. */
	bool is_of_old = (a->is_scoped && a->job.rc == ERR_UNSUPPORTED) ||
			 l->follow_changes != l->station->work.now.follow_changes;
	if (l->peer && !is_ours && !is_of_old)
		l->peer->refused[refusal_of(a)]++;
	if (is_ours) {
		log_warn("THE STORE CANNOT BE WRITTEN: %s. Nothing more is taken in until the "
			 "daemon starts anew; what is here is still served",
		    why);
		carry_drop(l);
		link_close(l, "this side cannot write its store", false);
	} else if (a->is_scoped && a->job.rc == ERR_UNSUPPORTED) {
		/* It was sent before the peer had heard what is left out here. */
		carry_drop(l);
		link_close(l, why, false);
	} else if (may_be_fork(a)) {
		log_warn("%s: %s; it does not follow what is here, and nothing more of it is "
			 "taken from this link",
		    link_label(l), why);
		if (l->peer)
			snprintf(l->peer->why, sizeof l->peer->why, "%.255s", why);
		put_back(l, a);
		if (l->state == LINK_TALKING)
			session_refuse(l->session, a->hub, a->seq);
		dispute_tell(l, a->hub, a->seq);
	} else {
		carry_drop(l);
		link_close(l, why, true);
	}
}

static void admission_done(struct job *job)
{
	struct admission *a = (struct admission *)job;
	struct link *l = a->link;
	l->jobs--;
	l->is_admitting = false;
	let_go(l, a->bytes - bytes_of(a->items)); /* the rest goes back, or is dropped below */
	if (l->peer)
		l->peer->entries_in += a->admitted;
	if (a->admitted)
		log_info("%s: %zu %s admitted", link_label(l), a->admitted,
		    a->admitted == 1 ? "entry" : "entries");
	if (a->job.rc)
		judge(a);
	let_go(l, bytes_of(a->items));
	free_items(a->items);
	free(a);
	if (l->state == LINK_CLOSED) {
		carry_on(l);
		link_settle(l);
	} else {
		link_step(l);
	}
}

void carry_on(struct link *l)
{
	if (l->is_admitting || !l->items)
		return;
	if (l->station->room.is_short &&
	    !l->items->is_charter) { /* it waits, as long as its link */
		if (l->state == LINK_CLOSED)
			carry_drop(l);
		return;
	}
	struct admission *a = mem_alloc(sizeof *a);
	a->job.run = run_admission;
	a->job.done = admission_done;
	a->link = l;
	a->is_scoped = session_has_scope(l->session);
	a->items = l->items;
	memcpy(a->network, l->station->network, sizeof a->network);
	a->bytes = bytes_of(a->items);
	l->items = NULL;
	l->last_item = &l->items;
	l->is_admitting = true;
	l->jobs++;
	work_add(&l->station->work, &a->job);
}

/* --- out --- */

struct fetch {
	struct job job;
	struct link *link;
	struct session_want want;
	struct scope *scope; /* the peer's, or NULL */
	struct buf bytes;
	size_t lengths[FETCH_ENTRIES], n, most; /* of bytes, but one entry */
};

static int run_fetch(struct job *job, struct store *s, struct err *err)
{
	struct fetch *f = (struct fetch *)job;
	const char *hub = f->want.hub;
	if (!f->want.is_charter && !(s = members_home(s, &hub)))
		return err_set(err, ERR_MISSING, "nothing that is for members is here");
	if (!f->want.is_charter)
		return store_entries(s, hub, f->want.from, f->most, f->scope, &f->bytes, f->lengths,
		    FETCH_ENTRIES, &f->n, err);
	int rc = store_charter_bundle(s, (uint32_t)f->want.from, &f->bytes, err);
	if (!rc)
		f->lengths[f->n++] = f->bytes.len;
	return rc;
}

/* What this program itself could not have made; it must not reach the session. */
static int check_lengths(const struct fetch *f, struct err *err)
{
	for (size_t i = 0; i < f->n; i++)
		if (!f->lengths[i] || f->lengths[i] > ENTRY_BYTES_MAX)
			return err_set(err, ERR_LIMIT,
			    "%s%s %llu has %zu bytes, where the link takes %d",
			    f->want.hub[0] ? "entry of " : "charter version", f->want.hub,
			    (unsigned long long)f->want.from + i, f->lengths[i], ENTRY_BYTES_MAX);
	return 0;
}

static void put(struct fetch *f)
{
	struct session *session = f->link->session;
	struct str entries[FETCH_ENTRIES];
	size_t at = 0;
	if (f->want.is_charter) {
		link_has_put(f->link);
		session_put_charter(session, (uint32_t)f->want.from, buf_str(&f->bytes));
		return;
	}
	for (size_t i = 0; i < f->n; i++) {
		entries[i] = str_sub(buf_str(&f->bytes), at, f->lengths[i]);
		at += f->lengths[i];
	}
	link_has_put(f->link);
	session_set_unit(session, link_unit(f->link));
	session_put_entries(session, f->want.hub, f->want.from, entries, f->n);
	if (f->link->peer)
		f->link->peer->entries_out += f->n;
}

static void fetch_done(struct job *job)
{
	struct fetch *f = (struct fetch *)job;
	struct link *l = f->link;
	int rc = f->job.rc ? f->job.rc : check_lengths(f, &f->job.err);
	l->jobs--;
	l->is_fetching = false;
	if (rc)
		log_warn("%s: cannot send: %s", link_label(l), f->job.err.msg);
	if (rc)
		link_close(l, "this side cannot read its store", false);
	else if (l->state == LINK_TALKING)
		put(f);
	buf_release(&f->bytes);
	free(f->scope);
	free(f);
	link_step(l);
	link_settle(l);
}

void carry_out(struct link *l)
{
	struct session_want want;
	if (l->is_fetching || l->station->is_stopping ||
	    session_output(l->session).len > (l->is_warming ? WARMING_BYTES : QUEUE_BYTES) ||
	    !session_want(l->session, &want))
		return;
	recall_answer(l);
	if (l->awaits_writer)
		return;
	struct fetch *f = mem_alloc(sizeof *f);
	f->job.run = run_fetch;
	f->job.done = fetch_done;
	f->link = l;
	f->want = want;
	f->most = l->is_warming ? WARMING_BYTES : FETCH_BYTES;
	if (session_peer_scope(l->session)) {
		f->scope = mem_alloc(sizeof *f->scope);
		*f->scope = *session_peer_scope(l->session);
	}
	f->bytes = BUF_INIT;
	l->is_fetching = true;
	l->jobs++;
	work_add(&l->station->work, &f->job);
}
