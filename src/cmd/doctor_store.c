/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store itself: does it open and hold, who has it in hand, may it be written, is all here that
 * it wants?
 */
#include "cmd/doctor.h"
#include "store/follow.h"
#include "store/members.h"
#include "git/repo.h"
#include "store/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

void doctor_no_store(struct checkup *c, const struct err *err)
{
	checkup_add(c, FOUND_BROKEN, "store", "%s", err->msg);
	if (err->code == ERR_MISSING)
		checkup_mend(c, "is this the right folder? --store DIR or BELFRY_STORE names it");
	else if (err->code == ERR_CHAIN)
		checkup_mend(c,
		    "keep %s as it is, aside; then belfry key restore, belfry join and belfry sync "
		    "in a fresh folder (docs/trust.md, A sealed copy of a hub's keys)",
		    c->dir);
	else if (err->code == ERR_SYNTAX)
		checkup_mend(
		    c, "put that file right: it is text, and a copy of the folder has it too");
	else if (err->code != ERR_IO)
		checkup_mend(c,
		    "git --git-dir=%s/store.git fsck --no-dangling says what is damaged; entries "
		    "come again from any peer into a fresh store",
		    c->dir);
}

static size_t bad_end(struct checkup *c, const struct err *err)
{
	checkup_add(c, FOUND_BROKEN, "store", "%s", err->msg);
	checkup_mend(c,
	    "belfry verify names all that is not good; entries come again from any peer into a "
	    "fresh store");
	return 1;
}

/* Of a store, or of the one in it that is for members. */
static size_t look_at_journals(uint64_t *entries, struct checkup *c, struct store *s)
{
	size_t faults = 0;
	struct err err;
	for (size_t i = 0; i < s->njournals; i++) {
		const struct head *h = &s->journals[i].head;
		*entries += h->seq;
		if (!h->seq || !verify_entries(s, h->hub, h->seq, &err))
			continue;
		if (s->outer)
			err_wrap(&err, MEMBERS_REPO);
		faults += bad_end(c, &err);
	}
	return faults;
}

/* The whole of it is verify's work; here, whether charters and the end of each journal can be read
 * and hold. */
static void look_at_ends(struct checkup *c)
{
	struct store *s = c->store;
	struct err err;
	uint64_t entries = 0;
	size_t faults = 0, journals = s->njournals + (s->members ? s->members->njournals : 0);
	for (uint32_t v = 1; v <= s->charter_version; v++)
		if (verify_charter(s, v, &err)) {
			err_wrap(&err, "charter version %u", v);
			faults += bad_end(c, &err);
		}
	faults += look_at_journals(&entries, c, s);
	if (s->members)
		faults += look_at_journals(&entries, c, s->members);
	if (!faults)
		checkup_add(c, FOUND_GOOD, "store",
		    "opens, and pins and refs agree: %u charter version%s, %zu journal%s, %" PRIu64
		    " entr%s; belfry verify checks them all",
		    s->charter_version, s->charter_version == 1 ? "" : "s", journals,
		    journals == 1 ? "" : "s", entries, entries == 1 ? "y" : "ies");
}

static void look_at_lock(struct checkup *c)
{
	char path[4096], members[4096];
	long holder = store_holder(c->dir);
	if (holder && !c->has_daemon) {
		checkup_add(c, FOUND_DOUBT, "store",
		    "process %ld has it in hand and does not answer: nothing else can write",
		    holder);
		checkup_mend(c, "wait for it; ps %ld says what it is", holder);
	}
	snprintf(path, sizeof path, "%s/store.git", c->dir);
	snprintf(members, sizeof members, "%s/" MEMBERS_REPO, c->dir);
	size_t n = holder ? 0 : repo_count_leftovers(path) + repo_count_leftovers(members);
	if (n) {
		checkup_add(c, FOUND_DOUBT, "store",
		    "%zu file%s of a writer that was killed %s left in %s", n, n == 1 ? "" : "s",
		    n == 1 ? "is" : "are", c->dir);
		checkup_mend(c, "nothing: the next start of belfry serve, or command that writes, "
				"removes them");
	}
}

static void look_at_writing(struct checkup *c)
{
	static const char *const parts[] = {
	    "", "/keys", "/store.git", "/store.git/refs", "/store.git/objects/pack"};
	char path[4096];
	const json_t *store = json_object_get(c->status, "store");
	if (json_is_false(json_object_get(store, "is_writable"))) {
		checkup_add(c, FOUND_BROKEN, "store",
		    "read-only since a write failed; what is on the disk is only known after a "
		    "new start");
		checkup_mend(c, "read the daemon's log and look at the disk, then start belfry "
				"serve again");
	}
	for (size_t i = 0; i < sizeof parts / sizeof *parts && !c->has_daemon; i++) {
		snprintf(path, sizeof path, "%s%s", c->dir, parts[i]);
		if (access(path, W_OK) == 0)
			continue;
		struct err err;
		err_errno(&err, "this user cannot write to %s", path);
		checkup_add(c, FOUND_BROKEN, "store", "%s", err.msg);
		checkup_mend(c, "run belfry as the user that owns the store, give it the folder "
				"back with chown -R, or mount its disk for writing");
		return;
	}
}

static void write_words(struct buf *out, const char *label, const struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		buf_printf(out, "%s%s", i ? " " : label, w->items[i]);
}

static void look_at_wishes(struct checkup *c)
{
	const struct follow *f = c->store->follow;
	struct buf what = BUF_INIT;
	write_words(&what, ", of the regions ", &f->regions);
	write_words(&what, ", of the types ", &f->scope.types);
	write_words(&what, ", in the languages ", &f->scope.langs);
	if (what.len && c->store->hub[0])
		checkup_add(c, FOUND_GOOD, "subscribe",
		    "a hub follows everything, whatever its settings say");
	else if (what.len)
		checkup_add(c, FOUND_GOOD, "subscribe", "follows only what is%s", what.ptr + 1);
	if (!c->store->hub[0] && f->scope.is_lacking) {
		checkup_add(
		    c, FOUND_DOUBT, "subscribe", "some text of what is followed is not here yet");
		checkup_mend(c, "belfry sync, until belfry doctor is silent about it");
	}
	buf_release(&what);
}

void doctor_store(struct checkup *c)
{
	look_at_ends(c);
	look_at_lock(c);
	look_at_writing(c);
	look_at_wishes(c);
	if (c->store->is_restored) {
		checkup_add(c, FOUND_DOUBT, "store",
		    "restored or copied: hub %s signs nothing before it was in sync with another "
		    "hub",
		    c->store->hub);
		checkup_mend(c, "belfry sync (docs/trust.md, Restored backup)");
	}
	if (!c->charter) {
		checkup_add(c, FOUND_DOUBT, "charter", "there is none yet");
		checkup_mend(c, "belfry join INVITATION, or belfry sync to fetch it");
	}
}
