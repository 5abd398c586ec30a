/* SPDX-License-Identifier: Apache-2.0 */
#include "store/pins.h"

#include "base/file.h"
#include "base/mem.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

/* Longer, it is written anew. */
enum { PINS_BYTES_MAX = 64 * 1024 };

static const char *file_name(const struct store *s)
{
	return s->outer ? "pins.members" : "pins";
}

static struct head *head_of(struct pins *p, struct str hub)
{
	for (size_t i = 0; i < p->n; i++)
		if (str_is(hub, p->heads[i].hub))
			return &p->heads[i];
	struct head *h = MEM_PUSH(p->heads, p->n, p->cap);
	memcpy(h->hub, hub.ptr, hub.len);
	return h;
}

static bool read_pin(struct pins *p, struct store *s, struct str line)
{
	struct str word = str_cut(&line, ' ');
	uint64_t v;
	if (str_is(word, "network") && line.len == 64) {
		memcpy(p->network, line.ptr, 64);
		return true;
	}
	if (str_is(word, "incarnation"))
		return str_unhex(s->incarnation, sizeof s->incarnation, line);
	if (str_is(word, "file") && line.len < sizeof p->place) {
		memcpy(p->place, line.ptr, line.len);
		p->place[line.len] = 0;
		return true;
	}
	if (str_is(word, "charter")) {
		bool good = str_u64(str_cut(&line, ' '), UINT32_MAX, &v) &&
			    oid_from_hex(&p->charter_id, line);
		p->charter = (uint32_t)v;
		return good;
	}
	struct str hub = str_cut(&line, ' ');
	if (!str_is(word, "journal") || !str_is_slug(hub))
		return false;
	struct head *h = head_of(p, hub);
	return str_u64(str_cut(&line, ' '), INT64_MAX, &h->seq) && oid_from_hex(&h->id, line);
}

/*
 * Which file this is, "<inode> <time of birth>": what a copy, or a file unpacked from an archive,
 * does not share with its original. "" where it cannot be known. A disk or machine put back as a
 * whole brings the same file back.
 */
static void place_of(char place[PIN_PLACE_BYTES], const char *path)
{
	struct statx st = {.stx_mask = 0};
	place[0] = 0;
	if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME, &st) || !(st.stx_mask & STATX_INO))
		return;
	bool has_birth = st.stx_mask & STATX_BTIME;
	snprintf(place, PIN_PLACE_BYTES, "%" PRIu64 " %" PRId64 ".%09" PRIu32, (uint64_t)st.stx_ino,
	    has_birth ? (int64_t)st.stx_btime.tv_sec : 0,
	    has_birth ? (uint32_t)st.stx_btime.tv_nsec : 0);
}

bool pins_are_moved(const struct pins *p, const struct store *s)
{
	char place[PIN_PLACE_BYTES];
	struct buf path = BUF_INIT;
	store_path(s, &path, "pins");
	place_of(place, path.ptr);
	buf_release(&path);
	return p->place[0] && place[0] && strcmp(p->place, place) != 0;
}

int pins_read(struct pins *p, struct store *s, struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	*p = (struct pins){.n = 0};
	store_path(s, &path, file_name(s));
	int bad = 0;
	if (file_exists(path.ptr))
		bad = file_read(&text, path.ptr, 1024 * 1024, err);
	struct str rest = buf_str(&text);
	while (rest.len && rest.ptr[rest.len - 1] != '\n')
		rest.len--;
	s->pins_bytes = rest.len == text.len ? rest.len : 0;
	if (!bad && text.len && !str_is(str_cut(&rest, '\n'), "belfry-pins 1"))
		bad = err_set(
		    err, ERR_SYNTAX, "%s:1: this is not a pins file of version 1", path.ptr);
	for (int line = 2; rest.len && !bad; line++)
		if (!read_pin(p, s, str_cut(&rest, '\n')))
			bad = err_set(err, ERR_SYNTAX, "%s:%d: not a pin", path.ptr, line);
	s->is_place_pinned = p->place[0];
	buf_release(&path);
	buf_release(&text);
	return bad;
}

static void put_charter(struct buf *b, const struct store *s, bool anew)
{
	if (s->outer)
		return;
	const struct oid *id = &s->charters[s->charter_version - 1].commit;
	if (!anew && oid_eq(&s->pinned_charter, id))
		return;
	buf_printf(b, "charter %u %s\n", s->charter_version, oid_hex(id).text);
}

static void put_journal(struct buf *b, const struct journal *j, bool anew)
{
	if ((anew && !j->head.seq) || (!anew && oid_eq(&j->pinned, &j->head.id)))
		return;
	buf_printf(
	    b, "journal %s %" PRIu64 " %s\n", j->head.hub, j->head.seq, oid_hex(&j->head.id).text);
}

static void note_written(struct store *s)
{
	if (!s->outer)
		s->pinned_charter = s->charters[s->charter_version - 1].commit;
	for (size_t i = 0; i < s->njournals; i++)
		s->journals[i].pinned = s->journals[i].head.id;
}

/* A file that was just written can only be named afterwards. */
static int put_place(struct store *s, const char *path, struct err *err)
{
	char place[PIN_PLACE_BYTES];
	struct buf line = BUF_INIT;
	place_of(place, path);
	buf_printf(&line, "file %s\n", place);
	int bad = place[0] ? file_append(path, buf_str(&line), 0600, err) : 0;
	s->is_place_pinned = !bad;
	s->pins_bytes += place[0] ? line.len : 0;
	buf_release(&line);
	return bad;
}

int pins_write(struct store *s, struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	store_path(s, &path, file_name(s));
	bool anew = s->pins_bytes == 0 || s->pins_bytes > PINS_BYTES_MAX || !file_exists(path.ptr);
	if (anew) {
		buf_printf(&text, "belfry-pins 1\nnetwork %s\nincarnation ", s->network);
		buf_hex(&text, str_of(s->incarnation, sizeof s->incarnation));
		buf_putc(&text, '\n');
	}
	put_charter(&text, s, anew);
	for (size_t i = 0; i < s->njournals; i++)
		put_journal(&text, &s->journals[i], anew);
	int bad = 0;
	if (anew)
		bad = file_write(path.ptr, buf_str(&text), 0600, err);
	else if (text.len)
		bad = file_append(path.ptr, buf_str(&text), 0600, err);
	if (!bad)
		note_written(s);
	s->pins_bytes = bad ? 0 : (anew ? 0 : s->pins_bytes) + text.len;
	if (!bad && (anew || !s->is_place_pinned))
		bad = put_place(s, path.ptr, err);
	buf_release(&path);
	buf_release(&text);
	return bad;
}

int pins_lift_journal(struct store *s, const char *hub, const struct oid *id, struct err *err)
{
	char ref[128];
	snprintf(ref, sizeof ref, "%s%s", HUBS_PREFIX, hub);
	if (repo_lift_ref(s->repo, ref, id, err))
		return err->code;
	return strcmp(hub, s->hub) == 0 ? repo_lift_ref(s->repo, "refs/heads/main", id, err) : 0;
}

int pins_drop_journal(struct store *s, const char *hub, struct err *err)
{
	char ref[128];
	snprintf(ref, sizeof ref, "%s%s", HUBS_PREFIX, hub);
	if (repo_delete_ref(s->repo, ref, err))
		return err->code;
	return strcmp(hub, s->hub) == 0 ? repo_delete_ref(s->repo, "refs/heads/main", err) : 0;
}
