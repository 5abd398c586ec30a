/* SPDX-License-Identifier: Apache-2.0 */
#include "search/vocabulary.h"

#include "base/file.h"
#include "base/mem.h"
#include "search/terms.h"

#include <stdlib.h>

/*
 * The file: magic, version, number of texts (u32), slot (u32) and hash of each, terms, sum of all
 * that (u64). A term: key, texts (varint), marked (varint), sum (u64).
 */
static const char magic[] = "belfry-terms 02\n";
enum { MAGIC_BYTES = sizeof magic - 1, FILE_BYTES_MAX = 256 << 20 };

/* --- what changes: how often each term comes and goes --- */

struct change {
	struct str key;
	int64_t texts, marked;
	uint64_t sum;
};

struct changes {
	struct change *slots; /* hash table */
	size_t cap, n;
	bool has_any; /* texts that came or went */
	struct arena arena;
};

static struct change *slot_of(const struct changes *c, struct str key, uint64_t hash)
{
	size_t at = hash & (c->cap - 1);
	while (c->slots[at].key.len && !str_eq(c->slots[at].key, key))
		at = (at + 1) & (c->cap - 1);
	return &c->slots[at];
}

static struct change *change_of(struct changes *c, struct str key, uint64_t hash)
{
	if (2 * c->n >= c->cap) {
		struct changes old = *c;
		c->cap = old.cap ? 2 * old.cap : 1024;
		c->slots = mem_alloc(c->cap * sizeof *c->slots);
		for (size_t i = 0; i < old.cap; i++)
			if (old.slots[i].key.len)
				*slot_of(c, old.slots[i].key, hash_sum(old.slots[i].key)) =
				    old.slots[i];
		free(old.slots);
	}
	struct change *x = slot_of(c, key, hash);
	if (!x->key.len) {
		x->key = arena_str(&c->arena, key);
		c->n++;
	}
	return x;
}

/* Sums are added up, so that the bits of each have to be spread well (splitmix64). */
static uint64_t spread(uint64_t h)
{
	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
	h = (h ^ h >> 27) * 0x94d049bb133111ebu;
	return h ^ h >> 31;
}

static bool add_list(struct changes *c, uint32_t slot, struct str list, bool is_gone)
{
	struct term_reader r;
	bool good = term_reader_init(&r, list);
	while (good && term_reader_next(&r)) {
		uint64_t hash = hash_sum(buf_str(&r.key));
		struct change *x = change_of(c, buf_str(&r.key), hash);
		uint64_t of = hash_sum(r.shown) ^ ((uint64_t)slot << 8 | r.level);
		of = spread(of + hash);
		x->texts += is_gone ? -1 : 1;
		if (!r.is_alias && r.level >= MARKED)
			x->marked += is_gone ? -1 : 1;
		x->sum += is_gone ? -of : of;
	}
	term_reader_release(&r);
	return good;
}

static int by_key(const void *a, const void *b)
{
	return str_cmp(((const struct change *)a)->key, ((const struct change *)b)->key);
}

/* Put them in order, at the front of the table. */
static void changes_sort(struct changes *c)
{
	size_t n = 0;
	for (size_t i = 0; i < c->cap; i++)
		if (c->slots[i].key.len)
			c->slots[n++] = c->slots[i];
	if (n)
		qsort(c->slots, n, sizeof *c->slots, by_key);
}

static void changes_release(struct changes *c)
{
	free(c->slots);
	arena_clear(&c->arena);
}

/* --- what was kept --- */

struct kept {
	struct buf bytes;
	struct str docs, terms;
	size_t ndocs;
};
enum { DOC_BYTES = 4 + SHA256_BYTES };

static bool kept_read(struct kept *k, const char *path, const struct digest *version)
{
	struct err ignored;
	struct str s, part;
	uint32_t n;
	if (file_read(&k->bytes, path, FILE_BYTES_MAX, &ignored) != 0)
		return false;
	s = buf_str(&k->bytes);
	if (!hash_is_whole(&s) || !str_take(&s, MAGIC_BYTES, &part) || !str_is(part, magic) ||
	    !str_take(&s, sizeof *version, &part) || memcmp(part.ptr, version, part.len) != 0 ||
	    !str_take_u32(&s, &n) || !str_take(&s, (size_t)n * DOC_BYTES, &k->docs))
		return false;
	k->ndocs = n;
	k->terms = s;
	return true;
}

static bool take_term(struct str *s, struct vocabulary_term *t)
{
	uint64_t n, texts, marked;
	if (!str_take_varint(s, &n) || !str_take(s, (size_t)n, &t->key) ||
	    !str_take_varint(s, &texts) || !str_take_varint(s, &marked) ||
	    !str_take_u64(s, &t->sum))
		return false;
	t->texts = (uint32_t)texts;
	t->marked = (uint32_t)marked;
	return true;
}

static struct search_doc kept_doc(const struct kept *k, size_t i)
{
	struct search_doc d = {.slot = UINT32_MAX};
	struct str s = str_sub(k->docs, i * DOC_BYTES, DOC_BYTES), hash;
	if (str_take_u32(&s, &d.slot) && str_take(&s, SHA256_BYTES, &hash))
		memcpy(d.hash.bytes, hash.ptr, SHA256_BYTES);
	return d;
}

/* What has come and gone since. False where what has gone cannot be told any more. */
static bool compare(struct changes *c, const struct kept *k, const struct stash *stash,
    const struct search_doc *docs, size_t n)
{
	for (size_t i = 0, j = 0; i < k->ndocs || j < n;) {
		struct search_doc was = kept_doc(k, i);
		uint32_t now = j < n ? docs[j].slot : UINT32_MAX;
		struct str list;
		if (was.slot == now && sha256_eq(&was.hash, &docs[j].hash)) {
			i++, j++;
			continue;
		}
		c->has_any = true;
		if (was.slot <= now) {
			if (!stash_peek(stash, &was.hash, &list) ||
			    !add_list(c, was.slot, list, true))
				return false;
			i++;
		}
		if (now <= was.slot) {
			add_list(c, now, docs[j].terms, false);
			j++;
		}
	}
	return true;
}

/* --- putting both together --- */

static void push(struct vocabulary *v, size_t *cap, const struct change *c)
{
	if (c->texts > 0)
		*MEM_PUSH(v->terms, v->n, *cap) = (struct vocabulary_term){.key = c->key,
		    .sum = c->sum,
		    .texts = (uint32_t)c->texts,
		    .marked = (uint32_t)c->marked,
		    .is_alias = memchr(c->key.ptr, '>', c->key.len) != NULL};
}

/* Keys stay where they are: in the bytes that were kept, and in the arena. */
static void merge(struct vocabulary *v, struct str old, struct changes *c)
{
	struct vocabulary_term t;
	size_t cap = 0, i = 0;
	changes_sort(c);
	while (take_term(&old, &t)) {
		struct change both = {t.key, t.texts, t.marked, t.sum};
		for (; i < c->n && str_cmp(c->slots[i].key, t.key) < 0; i++)
			push(v, &cap, &c->slots[i]);
		if (i < c->n && str_eq(c->slots[i].key, t.key)) {
			both.texts += c->slots[i].texts;
			both.marked += c->slots[i].marked;
			both.sum += c->slots[i].sum;
			i++;
		}
		push(v, &cap, &both);
	}
	for (; i < c->n; i++)
		push(v, &cap, &c->slots[i]);
}

static void keep(const struct vocabulary *v, const char *path, const struct digest *version,
    const struct search_doc *docs, size_t n)
{
	struct buf b = BUF_INIT;
	struct err ignored;
	buf_puts(&b, magic);
	buf_add(&b, str_of(version->bytes, sizeof *version));
	buf_u32(&b, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		buf_u32(&b, docs[i].slot);
		buf_add(&b, str_of(docs[i].hash.bytes, SHA256_BYTES));
	}
	for (size_t i = 0; i < v->n; i++) {
		buf_varint(&b, v->terms[i].key.len);
		buf_add(&b, v->terms[i].key);
		buf_varint(&b, v->terms[i].texts);
		buf_varint(&b, v->terms[i].marked);
		buf_u64(&b, v->terms[i].sum);
	}
	buf_u64(&b, hash_sum(buf_str(&b)));
	file_write_cache(path, buf_str(&b), 0600, &ignored);
	buf_release(&b);
}

void vocabulary_make(struct vocabulary *v, const char *path, const struct digest *version,
    struct stash *stash, const struct search_doc *docs, size_t n)
{
	struct kept k = {.bytes = BUF_INIT};
	struct changes c = {.n = 0};
	*v = (struct vocabulary){.kept = BUF_INIT};
	bool is_known = kept_read(&k, path, version) && compare(&c, &k, stash, docs, n);
	if (!is_known) {
		changes_release(&c);
		c = (struct changes){.n = 0};
		for (size_t i = 0; i < n; i++)
			add_list(&c, docs[i].slot, docs[i].terms, false);
	}
	merge(v, is_known ? k.terms : STR_EMPTY, &c);
	if (!is_known || c.has_any)
		keep(v, path, version, docs, n);
	v->kept = k.bytes;
	v->arena = c.arena;
	free(c.slots);
}

void vocabulary_release(struct vocabulary *v)
{
	free(v->terms);
	buf_release(&v->kept);
	arena_clear(&v->arena);
	*v = (struct vocabulary){.kept = BUF_INIT};
}
