/* SPDX-License-Identifier: Apache-2.0 */
#include "store/catalogue_cache.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "store/catalogue_impl.h"
#include "store/erased.h"

#include <stdlib.h>
#include <unistd.h>

static const char magic[] = "belfry-catalogue 2\n";
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

static void put_key(struct buf *b, const struct public_key *k)
{
	put_bytes(b, k->bytes, PUBLIC_KEY_BYTES);
	put_text(b, k->application);
}

static void put_follows(struct buf *b, const struct item *i)
{
	put_text(b, i->of);
	buf_varint(b, i->of_revision);
	buf_u8(b, i->is_guest);
	buf_varint(b, i->nfollows);
	for (size_t k = 0; k < i->nfollows; k++)
		put_bytes(b, i->follows[k].bytes, SHA256_BYTES);
}

static void put_item(struct buf *b, const struct item *i)
{
	put_text(b, i->path);
	put_text(b, i->place);
	put_text(b, i->type);
	put_text(b, i->id);
	put_text(b, i->lang);
	put_text(b, i->own_region);
	put_text(b, i->title);
	put_text(b, i->summary);
	put_text(b, i->date);
	put_text(b, i->themes);
	put_text(b, i->own_reason);
	put_text(b, i->hub);
	put_text(b, i->author);
	put_text(b, i->author_name);
	put_text(b, i->reviewer);
	put_text(b, i->reviewer_name);
	buf_u8(b, (uint8_t)i->own_state);
	buf_u8(b, i->has_rev);
	buf_varint(b, i->seq);
	buf_varint(b, (uint64_t)i->time);
	buf_varint(b, i->revision);
	put_bytes(b, i->commit.bytes, OID_BYTES);
	put_bytes(b, i->md.bytes, OID_BYTES);
	put_bytes(b, i->sig.bytes, OID_BYTES);
	put_bytes(b, i->rev.bytes, OID_BYTES);
	put_bytes(b, i->hash.bytes, SHA256_BYTES);
	put_key(b, &i->author_key);
	put_key(b, &i->reviewer_key);
	put_follows(b, i);
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
	for (size_t i = 0; i < c->len; i++)
		put_item(&b, &c->items[i]);
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

/* What rows have in common is one string: it is read often, and that of each row lies apart. */
static bool take_name(struct str *s, const char **out, const char *before)
{
	if (!take_text(s, out))
		return false;
	if (before && strcmp(*out, before) == 0)
		*out = before;
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

static bool take_key(struct str *s, struct public_key *k)
{
	const char *application;
	*k = (struct public_key){.application = ""};
	if (!take_bytes(s, k->bytes, PUBLIC_KEY_BYTES) || !take_text(s, &application) ||
	    strlen(application) >= APPLICATION_BYTES)
		return false;
	strcpy(k->application, application);
	return true;
}

static bool take_numbers(struct str *s, struct item *i)
{
	uint8_t state, has_rev;
	uint64_t time, revision;
	if (!str_take_u8(s, &state) || state > ITEM_ERASED || !str_take_u8(s, &has_rev) ||
	    !str_take_varint(s, &i->seq) || !str_take_varint(s, &time) ||
	    !str_take_varint(s, &revision))
		return false;
	i->own_state = (enum item_state)state;
	i->has_rev = has_rev;
	i->time = (int64_t)time;
	i->revision = (unsigned)revision;
	return true;
}

static bool take_follows(struct str *s, struct item *i, struct catalogue *c)
{
	uint64_t revision, n;
	uint8_t is_guest;
	if (!take_text(s, &i->of) || !str_take_varint(s, &revision) || !str_take_u8(s, &is_guest) ||
	    !str_take_varint(s, &n))
		return false;
	i->of_revision = (unsigned)revision;
	i->is_guest = is_guest;
	for (; n; n--) {
		struct sha256 hash;
		if (!take_bytes(s, hash.bytes, SHA256_BYTES))
			return false;
		item_follow(c, i, &hash);
	}
	return true;
}

/* `before` is the row before; of nothing but zeros for the first. */
static bool take_item(struct str *s, struct item *i, const struct item *before, struct catalogue *c)
{
	return take_text(s, &i->path) && take_text(s, &i->place) && take_text(s, &i->type) &&
	       take_text(s, &i->id) && take_text(s, &i->lang) && take_text(s, &i->own_region) &&
	       take_text(s, &i->title) && take_text(s, &i->summary) && take_text(s, &i->date) &&
	       take_text(s, &i->themes) && take_text(s, &i->own_reason) &&
	       take_name(s, &i->hub, before->hub) && take_name(s, &i->author, before->author) &&
	       take_name(s, &i->author_name, before->author_name) &&
	       take_name(s, &i->reviewer, before->reviewer) &&
	       take_name(s, &i->reviewer_name, before->reviewer_name) && take_numbers(s, i) &&
	       take_bytes(s, i->commit.bytes, OID_BYTES) && take_bytes(s, i->md.bytes, OID_BYTES) &&
	       take_bytes(s, i->sig.bytes, OID_BYTES) && take_bytes(s, i->rev.bytes, OID_BYTES) &&
	       take_bytes(s, i->hash.bytes, SHA256_BYTES) && take_key(s, &i->author_key) &&
	       take_key(s, &i->reviewer_key) && take_follows(s, i, c);
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
	static const struct item none;
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
