/* SPDX-License-Identifier: Apache-2.0 */
#include "store/catalogue_cache.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "store/catalogue_impl.h"
#include "store/erased.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

static const char magic[] = "belfry-catalogue 3\n";
enum { ROWS_TO_COME = 256 };

/* --- writing --- */

/* With its NUL: who reads it takes it as it stands. */
static void put_text(struct buf *b, const char *text)
{
	struct str s = str_from(text);
	buf_varint(b, s.len);
	buf_add(b, s);
	buf_u8(b, 0);
}

static void put_bytes(struct buf *b, const void *bytes, size_t n)
{
	buf_add(b, str_of(bytes, n));
}

/* The texts of a row, in the order in which they stand behind its numbers. */
static const size_t texts[] = {offsetof(struct item, path), offsetof(struct item, place),
    offsetof(struct item, type), offsetof(struct item, id), offsetof(struct item, lang),
    offsetof(struct item, own_region), offsetof(struct item, title), offsetof(struct item, summary),
    offsetof(struct item, date), offsetof(struct item, themes), offsetof(struct item, own_reason),
    offsetof(struct item, hub), offsetof(struct item, author), offsetof(struct item, author_name),
    offsetof(struct item, reviewer), offsetof(struct item, reviewer_name),
    offsetof(struct item, of)};
enum { TEXTS = sizeof texts / sizeof *texts };

static const char **text_of(struct item *i, size_t n)
{
	return (const char **)(void *)((char *)i + texts[n]);
}

/*
 * What a row begins with, as it stands in memory: ten thousand of them are read before anything
 * else is done. Behind it are its texts, each with its NUL, the keys, and the hashes of what it
 * follows. A text or both keys that the row before has, too, are left out: SAME.
 */
struct written {
	uint64_t seq;
	int64_t time;
	uint32_t lengths[TEXTS], revision, of_revision, nfollows;
	uint16_t state, has_rev, is_guest, has_same_keys;
	struct oid commit, md, sig, rev;
	struct sha256 hash;
};
_Static_assert(sizeof(struct written) == 2 * 8 + (TEXTS + 5) * 4 + 4 * OID_BYTES + SHA256_BYTES,
    "a row has no bytes that nobody sets");
static const uint32_t SAME = UINT32_MAX;

static uint32_t length_of(struct item *i, struct item *before, size_t n)
{
	const char *text = *text_of(i, n), *was = *text_of(before, n);
	return was && strcmp(text, was) == 0 ? SAME : (uint32_t)strlen(text);
}

static bool has_same_keys(const struct item *i, const struct item *before)
{
	return before->author_key &&
	       memcmp(i->author_key, before->author_key, sizeof *i->author_key) == 0 &&
	       memcmp(i->reviewer_key, before->reviewer_key, sizeof *i->reviewer_key) == 0;
}

/* `before` is the row before; of nothing but zeros for the first. */
static void put_item(struct buf *b, struct item *i, struct item *before)
{
	struct written w = {.seq = i->seq,
	    .time = i->time,
	    .revision = i->revision,
	    .of_revision = i->of_revision,
	    .nfollows = (uint32_t)i->nfollows,
	    .state = (uint16_t)i->own_state,
	    .has_rev = i->has_rev,
	    .is_guest = i->is_guest,
	    .has_same_keys = has_same_keys(i, before),
	    .commit = i->commit,
	    .md = i->md,
	    .sig = i->sig,
	    .rev = i->rev,
	    .hash = i->hash};
	for (size_t n = 0; n < TEXTS; n++)
		w.lengths[n] = length_of(i, before, n);
	put_bytes(b, &w, sizeof w);
	for (size_t n = 0; n < TEXTS; n++)
		if (w.lengths[n] != SAME)
			put_bytes(b, *text_of(i, n), (size_t)w.lengths[n] + 1);
	if (!w.has_same_keys) {
		put_bytes(b, i->author_key, sizeof *i->author_key);
		put_bytes(b, i->reviewer_key, sizeof *i->reviewer_key);
	}
	put_bytes(b, i->follows, i->nfollows * sizeof *i->follows);
}

static void put_heads(struct buf *b, const struct catalogue *c)
{
	buf_varint(b, c->nheads);
	for (size_t i = 0; i < c->nheads; i++) {
		put_text(b, c->heads[i].hub);
		buf_varint(b, c->heads[i].seq);
		put_bytes(b, c->heads[i].id.bytes, OID_BYTES);
	}
}

static void put_prefix(struct buf *b, const struct store *s)
{
	buf_puts(b, magic);
	buf_varint(b, CATALOGUE_RULES);
	put_text(b, s->network);
	struct sha256 digest = erased_digest(s->erased);
	put_bytes(b, digest.bytes, sizeof digest.bytes);
}

void catalogue_cache_save(const struct catalogue *c, struct store *s)
{
	struct buf b = BUF_INIT, path = BUF_INIT;
	struct err ignored;
	store_path(s, &path, "catalogue");
	put_prefix(&b, s);
	put_heads(&b, c);
	buf_varint(&b, c->len);
	struct item none = {.path = NULL};
	for (size_t i = 0; i < c->len; i++)
		put_item(&b, &c->items[i], i ? &c->items[i - 1] : &none);
	buf_u64(&b, hash_sum(buf_str(&b)));
	file_write(path.ptr, buf_str(&b), 0600, &ignored);
	buf_release(&b);
	buf_release(&path);
}

/* --- reading --- */

static bool take_text(struct str *s, const char **out)
{
	uint64_t n;
	if (!str_take_varint(s, &n) || n >= s->len || s->ptr[n])
		return false;
	*out = s->ptr;
	s->ptr += n + 1;
	s->len -= n + 1;
	return true;
}

static bool take_bytes(struct str *s, void *out, size_t n)
{
	struct str raw;
	if (!str_take(s, n, &raw))
		return false;
	memcpy(out, raw.ptr, n);
	return true;
}

/* As it stands: it has no alignment. */
static bool take_key(struct str *s, const struct public_key **k)
{
	struct str raw;
	if (!str_take(s, sizeof **k, &raw))
		return false;
	*k = (const void *)raw.ptr;
	return memchr((*k)->application, 0, sizeof(*k)->application);
}

/* What rows have in common is one string: it is read often, and that of each row lies apart. */
static bool take_texts(
    struct str *s, struct item *i, struct item *before, const uint32_t lengths[TEXTS])
{
	for (size_t n = 0; n < TEXTS; n++) {
		const char **to = text_of(i, n);
		*to = lengths[n] == SAME ? *text_of(before, n) : s->ptr;
		if (lengths[n] != SAME) {
			if (lengths[n] >= s->len || s->ptr[lengths[n]])
				return false;
			s->ptr += lengths[n] + 1;
			s->len -= lengths[n] + 1;
		}
		if (!*to)
			return false;
	}
	return true;
}

static bool take_follows(struct str *s, struct item *i, size_t n, struct catalogue *c)
{
	for (struct sha256 hash; n; n--) {
		if (!take_bytes(s, hash.bytes, SHA256_BYTES))
			return false;
		item_follow(c, i, &hash);
	}
	return true;
}

static bool take_item(struct str *s, struct item *i, struct item *before, struct catalogue *c)
{
	struct written w;
	if (!take_bytes(s, &w, sizeof w) || w.state > ITEM_ERASED ||
	    !take_texts(s, i, before, w.lengths))
		return false;
	i->author_key = before->author_key;
	i->reviewer_key = before->reviewer_key;
	i->own_state = (enum item_state)w.state;
	i->has_rev = w.has_rev;
	i->is_guest = w.is_guest;
	i->seq = w.seq;
	i->time = w.time;
	i->revision = w.revision;
	i->of_revision = w.of_revision;
	i->commit = w.commit;
	i->md = w.md;
	i->sig = w.sig;
	i->rev = w.rev;
	i->hash = w.hash;
	return (w.has_same_keys ? i->author_key != NULL
				: take_key(s, &i->author_key) && take_key(s, &i->reviewer_key)) &&
	       take_follows(s, i, w.nfollows, c);
}

static bool take_heads(struct str *s, struct catalogue *c)
{
	uint64_t n;
	if (!str_take_varint(s, &n) || n > HUBS_MAX)
		return false;
	c->heads = mem_alloc((n + 1) * sizeof *c->heads);
	for (; c->nheads < n; c->nheads++) {
		struct head *h = &c->heads[c->nheads];
		const char *hub;
		if (!take_text(s, &hub) || strlen(hub) >= HUB_NAME_BYTES ||
		    !str_take_varint(s, &h->seq) || !take_bytes(s, h->id.bytes, OID_BYTES))
			return false;
		strcpy(h->hub, hub);
	}
	return true;
}

static bool read_cache(struct catalogue *c, struct store *s, struct str bytes)
{
	struct item none = {.path = NULL};
	struct buf prefix = BUF_INIT;
	uint64_t rows;
	put_prefix(&prefix, s);
	bool good = hash_is_whole(&bytes) && str_starts(bytes, buf_str(&prefix));
	bytes = str_sub(bytes, prefix.len, bytes.len);
	buf_release(&prefix);
	if (!good || !take_heads(&bytes, c) || !str_take_varint(&bytes, &rows) || rows > bytes.len)
		return false;
	free(c->items);
	c->cap = rows + ROWS_TO_COME;
	c->items = mem_alloc(c->cap * sizeof *c->items);
	while (c->len < rows) {
		struct item *i = &c->items[c->len++];
		if (!take_item(&bytes, i, c->len > 1 ? i - 1 : &none, c) ||
		    (c->len > 1 && strcmp(i[-1].path, i->path) > 0))
			return false;
	}
	return bytes.len == 0;
}

void catalogue_cache_load(struct catalogue *c, struct store *s)
{
	struct buf path = BUF_INIT;
	struct err ignored;
	store_path(s, &path, "catalogue");
	if (file_map(&c->kept, path.ptr, &ignored) || !read_cache(c, s, c->kept)) {
		c->len = c->nheads = 0;
		file_unmap(&c->kept);
	}
	buf_release(&path);
}

void catalogue_cache_drop(struct store *s)
{
	struct buf path = BUF_INIT;
	store_path(s, &path, "catalogue");
	unlink(path.ptr);
	buf_release(&path);
	if (s->catalogue)
		catalogue_release(s->catalogue);
}
