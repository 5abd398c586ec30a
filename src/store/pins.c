/* SPDX-License-Identifier: Apache-2.0 */
#include "store/pins.h"

#include "base/file.h"
#include "base/mem.h"

#include <inttypes.h>

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

int pins_read(struct pins *p, struct store *s, struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	*p = (struct pins){.n = 0};
	buf_printf(&path, "%s/pins", s->dir);
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

int pins_write(struct store *s, struct err *err)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	buf_printf(&path, "%s/pins", s->dir);
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

int pins_lift_ref(struct store *s, const char *ref, const struct oid *id, struct err *err)
{
	struct oid at;
	struct err ignored;
	if (repo_ref(s->repo, ref, &at, &ignored) == 0 && oid_eq(&at, id))
		return 0;
	return repo_set_ref(s->repo, ref, id, err);
}
