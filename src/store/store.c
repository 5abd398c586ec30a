/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

static const char hubs_prefix[] = "refs/belfry/hubs/";
static const char charter_ref[] = "refs/belfry/charter";

void store_path(const struct store *s, struct buf *out, const char *name)
{
	buf_printf(out, "%s/%s", s->dir, name);
}

int store_create(const char *dir, struct err *err)
{
	struct buf path = BUF_INIT;
	buf_printf(&path, "%s/store.git", dir);
	int bad = 0;
	if (file_exists(path.ptr))
		bad = err_set(err, ERR_EXISTS, "there is a store at %s already", dir);
	bad = bad || file_mkdirs(dir, 0700, err) || repo_create(path.ptr, err);
	buf_reset(&path);
	buf_printf(&path, "%s/keys", dir);
	bad = bad || file_mkdirs(path.ptr, 0700, err) || file_sync_dir(dir, err);
	buf_release(&path);
	return bad ? err->code : 0;
}

static int take_lock(struct store *s, struct err *err)
{
	struct buf path = BUF_INIT;
	char pid[32];
	store_path(s, &path, "lock");
	int fd = open(path.ptr, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		err_errno(err, "cannot open %s", path.ptr);
	} else if (flock(fd, LOCK_EX | LOCK_NB)) {
		ssize_t n = read(fd, pid, sizeof pid - 1);
		pid[n > 0 ? n : 0] = 0;
		err_set(err, ERR_BUSY, "the store %s is in use by process %s", s->dir,
		    n > 0 ? pid : "?");
		close(fd);
		fd = -1;
	} else {
		int n = snprintf(pid, sizeof pid, "%ld", (long)getpid());
		if (ftruncate(fd, 0) || pwrite(fd, pid, (size_t)n, 0) != n)
			log_warn("cannot write %s", path.ptr); /* only helps messages */
	}
	s->lock = fd;
	buf_release(&path);
	return fd < 0 ? err->code : 0;
}

/* --- pins: what was durable last, so that a crash is healed and a step back is noticed --- */

struct pins {
	char network[65];
	uint32_t charter;
	struct oid charter_id;
	struct head *heads;
	size_t n, cap;
};

static bool read_pin(struct pins *p, struct store *s, struct str line)
{
	struct str word = str_cut(&line, ' ');
	uint64_t v;
	if (str_is(word, "network") && line.len == 64) {
		memcpy(p->network, line.ptr, 64);
		return true;
	}
	if (str_is(word, "incarnation")) {
		struct buf raw = BUF_INIT;
		bool good = buf_unhex(&raw, line) && raw.len == sizeof s->incarnation;
		if (good)
			memcpy(s->incarnation, raw.ptr, raw.len);
		buf_release(&raw);
		return good;
	}
	if (str_is(word, "charter")) {
		bool good = str_u64(str_cut(&line, ' '), UINT32_MAX, &v) &&
			    oid_from_hex(&p->charter_id, line);
		p->charter = (uint32_t)v;
		return good;
	}
	struct head *h = MEM_PUSH(p->heads, p->n, p->cap);
	struct str hub = str_cut(&line, ' ');
	if (!str_is(word, "journal") || !str_is_slug(hub))
		return false;
	memcpy(h->hub, hub.ptr, hub.len);
	return str_u64(str_cut(&line, ' '), INT64_MAX, &h->seq) && oid_from_hex(&h->id, line);
}

static int read_pins(struct pins *p, struct store *s, struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	*p = (struct pins){.n = 0};
	store_path(s, &path, "pins");
	int bad = 0;
	if (file_exists(path.ptr))
		bad = file_read(&text, path.ptr, 1024 * 1024, err);
	struct str rest = buf_str(&text);
	if (!bad && rest.len && !str_is(str_cut(&rest, '\n'), "belfry-pins 1"))
		bad = err_set(
		    err, ERR_SYNTAX, "%s:1: this is not a pins file of version 1", path.ptr);
	for (int line = 2; rest.len && !bad; line++)
		if (!read_pin(p, s, str_cut(&rest, '\n')))
			bad = err_set(err, ERR_SYNTAX, "%s:%d: not a pin", path.ptr, line);
	buf_release(&path);
	buf_release(&text);
	return bad;
}

static int write_pins(struct store *s, struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	store_path(s, &path, "pins");
	buf_printf(&text, "belfry-pins 1\nnetwork %s\nincarnation ", s->network);
	buf_hex(&text, str_of(s->incarnation, sizeof s->incarnation));
	buf_printf(&text, "\ncharter %u %s\n", s->charter_version,
	    oid_hex(&s->charters[s->charter_version - 1].commit).text);
	for (size_t i = 0; i < s->njournals; i++)
		if (s->journals[i].head.seq)
			buf_printf(&text, "journal %s %" PRIu64 " %s\n", s->journals[i].head.hub,
			    s->journals[i].head.seq, oid_hex(&s->journals[i].head.id).text);
	int bad = file_write(path.ptr, buf_str(&text), 0600, err);
	buf_release(&path);
	buf_release(&text);
	return bad;
}

static int lift_ref(struct store *s, const char *ref, const struct oid *id, struct err *err)
{
	struct oid at;
	struct err ignored;
	if (repo_ref(s->repo, ref, &at, &ignored) == 0 && oid_eq(&at, id))
		return 0;
	return repo_set_ref(s->repo, ref, id, err);
}

static int set_refs(struct store *s, struct err *err)
{
	char ref[128];
	if (lift_ref(s, charter_ref, &s->charters[s->charter_version - 1].commit, err))
		return err->code;
	for (size_t i = 0; i < s->njournals; i++) {
		struct journal *j = &s->journals[i];
		if (!j->head.seq)
			continue;
		snprintf(ref, sizeof ref, "%s%s", hubs_prefix, j->head.hub);
		if (lift_ref(s, ref, &j->head.id, err) ||
		    (strcmp(j->head.hub, s->hub) == 0 &&
			lift_ref(s, "refs/heads/main", &j->head.id, err)))
			return err->code;
	}
	return 0;
}

/* After a crash between pins and refs the refs are behind; the pack is there, so they are moved up.
 */
static int heal(struct store *s, const struct pins *p, struct err *err)
{
	char ref[128];
	for (size_t i = 0; i < p->n; i++) {
		if (!repo_has(s->repo, &p->heads[i].id))
			return err_set(err, ERR_CHAIN,
			    "%s/pins knows entry %" PRIu64
			    " of %s, which store.git does not have: was an "
			    "older store.git put back? Fetch from a peer into a fresh store",
			    s->dir, p->heads[i].seq, p->heads[i].hub);
		snprintf(ref, sizeof ref, "%s%s", hubs_prefix, p->heads[i].hub);
		if (s->access == STORE_WRITE &&
		    (lift_ref(s, ref, &p->heads[i].id, err) ||
			(strcmp(p->heads[i].hub, s->hub) == 0 &&
			    lift_ref(s, "refs/heads/main", &p->heads[i].id, err))))
			return err->code;
	}
	if (p->charter && repo_has(s->repo, &p->charter_id) && s->access == STORE_WRITE)
		return lift_ref(s, charter_ref, &p->charter_id, err);
	return 0;
}

int store_commit(struct store *s, struct err *err)
{
	if (s->is_broken)
		return err_set(
		    err, ERR_IO, "the store is read-only since a write failed; start again");
	if (repo_flush(s->repo, err) || write_pins(s, err) || set_refs(s, err)) {
		s->is_broken = true;
		return err->code;
	}
	return 0;
}

/* --- opening --- */

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

static int load_journal(void *ctx, const char *name, const struct oid *id, struct err *err)
{
	struct store *s = ctx;
	const char *hub = name + sizeof hubs_prefix - 1;
	struct journal *j = store_journal(s, hub);
	if (!j)
		j = store_add_journal(s, hub);
	if (j->head.seq && oid_eq(&j->head.id, id))
		return 0;
	j->head.id = *id;
	return journal_load(s, j, err);
}

static int load(struct store *s, struct err *err)
{
	struct oid charter;
	struct err none;
	if (repo_ref(s->repo, charter_ref, &charter, &none))
		return 0; /* an empty store, before init or join */
	if (charters_load(s, &charter, err))
		return err->code;
	return repo_refs(s->repo, hubs_prefix, load_journal, s, err);
}

/* Who we are; and, until a first charter is here, which network we mean to join. */
static void read_settings(struct store *s)
{
	struct buf value = BUF_INIT;
	struct err none;
	if (repo_config(s->repo, "belfry.hub", &value, &none) == 0 && value.len < sizeof s->hub)
		memcpy(s->hub, value.ptr, value.len + 1);
	buf_reset(&value);
	if (!s->network[0] && repo_config(s->repo, "belfry.network", &value, &none) == 0 &&
	    value.len == 64)
		memcpy(s->network, value.ptr, 65);
	buf_release(&value);
}

int store_open(struct store **out, const char *dir, enum store_access access, struct err *err)
{
	struct store *s = mem_alloc(sizeof *s);
	struct buf path = BUF_INIT;
	struct pins pins = {.n = 0};
	*out = NULL;
	s->access = access;
	s->lock = -1;
	if (snprintf(s->dir, sizeof s->dir, "%s", dir) >= (int)sizeof s->dir) {
		err_set(err, ERR_LIMIT, "the store's path is too long");
		goto out;
	}
	store_path(s, &path, "store.git");
	if (!file_exists(path.ptr)) {
		err_set(err, ERR_MISSING,
		    "there is no store at %s; belfry init or belfry join makes one", dir);
		goto out;
	}
	if (access == STORE_WRITE && (take_lock(s, err) || repo_clean(path.ptr, err)))
		goto out;
	if (repo_open(&s->repo, path.ptr, err))
		goto out;
	random_bytes(s->incarnation, sizeof s->incarnation);
	if (read_pins(&pins, s, err))
		goto out;
	memcpy(s->network, pins.network, sizeof s->network);
	read_settings(s);
	if (heal(s, &pins, err) || load(s, err))
		goto out;
	*out = s;
	s = NULL;
out:
	free(pins.heads);
	buf_release(&path);
	store_close(s);
	return *out ? 0 : err->code;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	charters_release(s);
	for (size_t i = 0; i < s->njournals; i++)
		free(s->journals[i].ids);
	free(s->journals);
	free(s->heads);
	keyrings_free(s->keyrings);
	signer_free(s->journal_key);
	repo_close(s->repo);
	if (s->lock >= 0)
		close(s->lock);
	free(s);
}

int store_refresh(struct store *s, struct err *err)
{
	repo_refresh(s->repo);
	return load(s, err);
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
