/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A long life: a mirror receives every entry of a store by itself, as its daemon would when each
 * comes alone: admitted, flushed, the refs lifted, the packs put in order. Prints
 *
 *   entries N
 *   packs N         most at any time
 *   files N         open descriptors of this process, most at any time
 *   check MS        both sides of a check that finds nothing new, with the handshake of the link:
 *                   the stores' states, two sessions, to "in sync" on both; median
 *   first MS, last MS   for an entry, mean of the first and the last tenth
 *
 *   long SOURCE MIRROR
 *
 * MIRROR was joined to SOURCE's network and holds nothing.
 */
#include "base/file.h"
#include "base/mem.h"
#include "store/store.h"
#include "sync/session.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CHECKS = 101, LOOK_EVERY = 7 };

static _Noreturn void stop(const char *what, const struct err *err)
{
	fprintf(stderr, "long: %s: %s\n", what, err ? err->msg : "");
	exit(1);
}

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static size_t count(const char *path, const char *suffix)
{
	DIR *d = opendir(path);
	size_t n = 0;
	if (!d)
		stop(path, NULL);
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.' && str_ends(str_from(e->d_name), str_from(suffix));
	closedir(d);
	return n;
}

/* --- receiving --- */

struct life {
	struct store *from, *to;
	struct buf packs; /* path */
	size_t most_packs, most_files, entries;
};

static void take_charters(struct life *l)
{
	struct err err;
	for (uint32_t v = l->to->charter_version + 1; v <= l->from->charter_version; v++) {
		struct buf bundle = BUF_INIT;
		struct charter_files files = {.nschemas = 0};
		if (store_charter_bundle(l->from, v, &bundle, &err) ||
		    charter_bundle_read(&files, buf_str(&bundle), &err) ||
		    store_adopt_charter(l->to, &files, l->from->network, &err))
			stop("the charter", &err);
		buf_release(&bundle);
	}
}

static void look(struct life *l)
{
	size_t packs = count(l->packs.ptr, ".pack"), files = count("/proc/self/fd", "") - 1;
	l->most_packs = packs > l->most_packs ? packs : l->most_packs;
	l->most_files = files > l->most_files ? files : l->most_files;
}

static void receive(struct life *l, const char *hub, uint64_t seq)
{
	struct buf bytes = BUF_INIT;
	struct err err;
	size_t length, n, admitted;
	if (store_entries(l->from, hub, seq, 1, NULL, &bytes, &length, 1, &n, &err))
		stop("reading", &err);
	struct str entry = buf_str(&bytes);
	if (store_admit(l->to, hub, &entry, n, &admitted, &err) || store_lift(l->to, &err))
		stop("admitting", &err);
	store_tidy(l->to);
	buf_release(&bytes);
	if (l->entries++ % LOOK_EVERY == 0)
		look(l);
}

/* --- checking --- */

struct side {
	struct session *session;
	bool is_in_sync;
};

static void listen_to(struct side *s)
{
	struct session_event v;
	while (session_event(s->session, &v)) {
		if (v.kind == SESSION_CLOSED || v.kind == SESSION_ENTRIES)
			stop("the check finds something", NULL);
		s->is_in_sync |= v.kind == SESSION_IN_SYNC;
	}
}

/* Carry bytes until both have said all. */
static void talk(struct side side[2])
{
	for (bool has_moved = true; has_moved;) {
		has_moved = false;
		for (int i = 0; i < 2; i++) {
			struct buf sent = BUF_INIT;
			for (struct str out; (out = session_output(side[i].session)).len;) {
				buf_add(&sent, out);
				session_sent(side[i].session, out.len);
			}
			session_feed(side[!i].session, buf_str(&sent), 0);
			listen_to(&side[!i]);
			has_moved |= sent.len > 0;
			buf_release(&sent);
		}
	}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double check(struct life *l)
{
	double all[CHECKS];
	for (int i = 0; i < CHECKS; i++) {
		struct local_state states[2];
		struct side side[2] = {{.is_in_sync = false}};
		struct session_config c = {.initiator = true, .hub = ""};
		double begun = now_ms();
		sha256_from_hex(&c.network, str_from(l->from->network));
		store_state(l->from, &states[0]);
		store_state(l->to, &states[1]);
		for (int k = 0; k < 2; k++) {
			memset(c.link_secret, 'a' + k, sizeof c.link_secret);
			side[k].session = session_new(&c, &states[k], 0);
			c.initiator = false;
		}
		talk(side);
		all[i] = now_ms() - begun;
		if (!side[0].is_in_sync || !side[1].is_in_sync)
			stop("the two are not in sync", NULL);
		session_free(side[0].session);
		session_free(side[1].session);
	}
	qsort(all, CHECKS, sizeof *all, by_size);
	return all[CHECKS / 2];
}

/* --- */

static void live(struct life *l)
{
	uint64_t n = 0, done = 0;
	double begun, first = 0;
	for (size_t i = 0; i < l->from->njournals; i++)
		n += l->from->journals[i].head.seq;
	uint64_t tenth = n / 10 ? n / 10 : 1;
	begun = now_ms();
	for (size_t i = 0; i < l->from->njournals; i++)
		for (uint64_t seq = 1; seq <= l->from->journals[i].head.seq; seq++) {
			receive(l, l->from->journals[i].head.hub, seq);
			if (++done == tenth)
				first = (now_ms() - begun) / (double)tenth;
			if (done == n - tenth)
				begun = now_ms();
		}
	double last = (now_ms() - begun) / (double)tenth;
	look(l);
	double median = check(l);
	printf("entries %zu\npacks %zu\nfiles %zu\ncheck %.3f\nfirst %.2f\nlast %.2f\n", l->entries,
	    l->most_packs, l->most_files, median, first, last);
}

int main(int argc, char **argv)
{
	struct life l = {.packs = BUF_INIT};
	struct err err;
	if (argc != 3) {
		fprintf(stderr, "usage: long SOURCE MIRROR\n");
		return 2;
	}
	hash_init();
	if (store_open(&l.from, argv[1], STORE_READ, &err) ||
	    store_open(&l.to, argv[2], STORE_WRITE, &err))
		stop("opening", &err);
	l.to->defers_refs = true;
	store_path(l.to, &l.packs, "store.git/objects/pack");
	take_charters(&l);
	live(&l);
	store_close(l.from);
	store_close(l.to);
	buf_release(&l.packs);
	return 0;
}
