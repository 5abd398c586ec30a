/* SPDX-License-Identifier: Apache-2.0 */
#include "search/terms.h"

#include "base/mem.h"
#include "record/word.h"

#include <stdlib.h>

/*
 * A list: length (u8), words of the title (u8), number of entries (u32), a struct restart for every
 * RESTART-th of them, entries. An entry: how many bytes of the key are those of the key before
 * (varint; 0 at a restart), the rest of the key, level or ALIAS (u8), how the word is shown.
 */
enum { RESTART = 8, ALIAS = 0xff };

/* As it stands in memory: each text is asked about each shard that is written. */
struct restart {
	uint32_t start[2]; /* term_start() of its key */
	uint32_t at; /* where it begins */
};

/* --- collecting --- */

static void add_term(struct collector *c, struct term *t, unsigned weight, struct str shown)
{
	if (t->seen != c->stamp + 1) {
		t->seen = c->stamp + 1;
		t->weight = 0;
		t->is_title = false;
		t->shown = shown;
		*MEM_PUSH(c->terms, c->n, c->cap) = (struct collected){t->start, t};
	}
	t->weight += weight;
	t->is_title |= weight == WEIGHT_TITLE;
	/* The shortest stands for all. */
	if (shown.len < t->shown.len || (shown.len == t->shown.len && str_cmp(shown, t->shown) < 0))
		t->shown = shown;
}

void collect_text(struct collector *c, struct str text, unsigned weight)
{
	struct str word;
	for (size_t at = 0; word_next(&word, text, &at);) {
		const struct lexeme *e = lexicon_find(c->lexicon, word);
		if (!e->stem)
			continue;
		c->words++;
		c->title += weight == WEIGHT_TITLE;
		add_term(c, e->stem, weight, e->shown);
		if (e->alias)
			add_term(c, e->alias, weight, STR_EMPTY);
	}
}

/* `first` with `then` behind it, or NULL. Both are rare: memmem() looks at more. */
static const char *find(struct str s, char first, const char *then)
{
	const char *at = s.ptr, *end = s.ptr + s.len;
	while ((at = memchr(at, first, (size_t)(end - at))) &&
	       !str_starts((struct str){at + 1, (size_t)(end - at - 1)}, str_from(then)))
		at++;
	return at;
}

/* Where an address begins in a line: nobody looks for its parts. */
static size_t address_at(struct str line, size_t *end)
{
	const char *link = find(line, ']', "("), *bare = find(line, ':', "//");
	if (link && (!bare || link < bare)) {
		size_t from = (size_t)(link - line.ptr);
		const char *close = memchr(link, ')', line.len - from);
		*end = close ? (size_t)(close - line.ptr) : line.len;
		return from;
	}
	if (!bare)
		return *end = line.len;
	size_t from = (size_t)(bare - line.ptr);
	*end = from;
	while (from && line.ptr[from - 1] >= 'a' && line.ptr[from - 1] <= 'z')
		from--;
	while (*end < line.len && !memchr(" \t>)", line.ptr[*end], 4))
		++*end;
	return from;
}

void collect_markdown(struct collector *c, struct str text)
{
	while (text.len) {
		struct str line = str_cut(&text, '\n');
		unsigned weight = str_starts(line, STR("#")) ? WEIGHT_HEADING : WEIGHT_TEXT;
		while (line.len) {
			size_t end, from = address_at(line, &end);
			collect_text(c, str_sub(line, 0, from), weight);
			line = str_sub(line, end, line.len);
		}
	}
}

/* Sentences and names, not ids and addresses. */
static void collect_value(struct collector *c, const json_t *v)
{
	const char *key;
	json_t *inner;
	struct str s = json_text(v);
	if (memchr(s.ptr, ' ', s.len))
		collect_markdown(c, s);
	for (size_t i = 0; i < json_array_size(v); i++)
		collect_value(c, json_array_get(v, i));
	json_object_foreach((json_t *)(uintptr_t)v, key, inner) collect_value(c, inner);
}

void collect_head(struct collector *c, const json_t *head)
{
	const char *key;
	json_t *v;
	json_object_foreach((json_t *)(uintptr_t)head, key, v)
	{
		if (strcmp(key, "title") != 0 && strcmp(key, "summary") != 0)
			collect_value(c, v);
	}
}

static inline bool comes_before(const struct collected *a, const struct collected *b)
{
	return a->start != b->start ? a->start < b->start : str_cmp(a->term->key, b->term->key) < 0;
}

/* Merges runs that are in order; each text of a site is sorted once, and qsort() takes three times
 * as long. `*items` and `*room` may change places. */
static void sort(struct collected **items, struct collected **room, size_t n)
{
	enum { RUN = 8 };
	struct collected *from = *items, *to = *room, x;
	for (size_t i = 0; i < n; i++) {
		size_t at = i;
		for (x = from[i]; at % RUN && comes_before(&x, &from[at - 1]); at--)
			from[at] = from[at - 1];
		from[at] = x;
	}
	for (size_t run = RUN; run < n; run *= 2) {
		for (size_t start = 0; start < n; start += 2 * run) {
			size_t i = start, end = start + run < n ? start + run : n, k = end;
			size_t stop = end + run < n ? end + run : n;
			for (size_t at = start; at < stop; at++)
				to[at] = k == stop || (i < end && !comes_before(&from[k], &from[i]))
					     ? from[i++]
					     : from[k++];
		}
		struct collected *was = from;
		from = to;
		to = was;
	}
	*items = from;
	*room = to;
}

static void put_text(struct buf *b, struct str s)
{
	buf_varint(b, s.len);
	buf_add(b, s);
}

/* What is not in the title stays below what is, however often it is said. */
static uint8_t level_of(const struct term *t)
{
	const uint8_t most = t->is_title ? LEVELS - 1 : TITLE_LEVEL - 1;
	uint8_t level = 0;
	for (unsigned w = t->weight; w > 1 && level < most; w /= 2)
		level++;
	return t->is_alias ? ALIAS : level;
}

static uint8_t length_class(size_t words)
{
	uint8_t n = 0;
	for (double is = 1; is < (double)words; is *= 1.4142135623730951)
		n++;
	return n;
}

static void put_restart(struct buf *out, uint64_t start, size_t at)
{
	struct restart r = {.at = (uint32_t)at};
	memcpy(r.start, &start, sizeof r.start);
	buf_add(out, str_of(&r, sizeof r));
}

void collect_end(struct collector *c, struct buf *out)
{
	struct str before = STR_EMPTY;
	c->sorted = mem_realloc(c->sorted, c->cap * sizeof *c->sorted);
	sort(&c->terms, &c->sorted, c->n);
	buf_reset(&c->entries);
	buf_u8(out, length_class(c->words));
	buf_u8(out, (uint8_t)(c->title < 40 ? c->title : 40));
	buf_u32(out, (uint32_t)c->n);
	for (size_t i = 0; i < c->n; i++) {
		const struct term *t = c->terms[i].term;
		size_t same = 0;
		if (i % RESTART == 0)
			put_restart(out, t->start, c->entries.len);
		else
			while (same < before.len && same < t->key.len &&
			       before.ptr[same] == t->key.ptr[same])
				same++;
		buf_varint(&c->entries, same);
		put_text(&c->entries, str_sub(t->key, same, t->key.len));
		buf_u8(&c->entries, level_of(t));
		put_text(&c->entries, t->shown);
		before = t->key;
	}
	buf_add(out, buf_str(&c->entries));
	c->stamp++;
	c->n = c->words = c->title = 0;
}

void collector_release(struct collector *c)
{
	free(c->terms);
	free(c->sorted);
	buf_release(&c->entries);
	*c = (struct collector){.lexicon = c->lexicon};
}

/* --- reading --- */

bool term_reader_init(struct term_reader *r, struct str list)
{
	uint32_t n;
	*r = (struct term_reader){.key = BUF_INIT};
	if (!str_take_u8(&list, &r->length) || !str_take_u8(&list, &r->title) ||
	    !str_take_u32(&list, &n) ||
	    !str_take(
		&list, ((size_t)n + RESTART - 1) / RESTART * sizeof(struct restart), &r->restarts))
		return false;
	r->n = n;
	r->list = r->rest = list;
	return true;
}

static bool take_text(struct str *s, struct str *out)
{
	uint64_t n;
	return str_take_varint(s, &n) && str_take(s, (size_t)n, out);
}

bool term_reader_next(struct term_reader *r)
{
	uint64_t same;
	struct str more;
	if (r->at >= r->n || !str_take_varint(&r->rest, &same) || same > r->key.len ||
	    !take_text(&r->rest, &more) || !str_take_u8(&r->rest, &r->level) ||
	    !take_text(&r->rest, &r->shown)) {
		r->at = r->n + 1;
		return false;
	}
	r->key.len = (size_t)same;
	buf_add(&r->key, more);
	r->is_alias = r->level == ALIAS;
	r->at++;
	return true;
}

static struct restart restart_at(const struct term_reader *r, size_t i)
{
	struct restart is;
	memcpy(&is, r->restarts.ptr + i * sizeof is, sizeof is);
	return is;
}

/* The order of the key at a restart, which stands there whole, and another. */
static int restart_cmp(const struct term_reader *r, size_t i, struct str key, uint64_t start)
{
	struct restart is = restart_at(r, i);
	struct str rest = str_sub(r->list, is.at, r->list.len), whole = STR_EMPTY;
	uint64_t same, at;
	memcpy(&at, is.start, sizeof at);
	if (at != start)
		return at < start ? -1 : 1;
	if (str_take_varint(&rest, &same))
		take_text(&rest, &whole);
	return str_cmp(whole, key);
}

bool term_reader_seek(struct term_reader *r, struct str key)
{
	const uint64_t start = term_start(key);
	size_t low = r->at / RESTART, high = r->restarts.len / sizeof(struct restart);
	if (r->at > r->n)
		return false;
	if (r->at && str_cmp(buf_str(&r->key), key) >= 0)
		return true;
	/* The last restart that does not come after it: [low] or none is. */
	while (low + 1 < high) {
		size_t middle = (low + high) / 2;
		if (restart_cmp(r, middle, key, start) <= 0)
			low = middle;
		else
			high = middle;
	}
	if (low * RESTART > r->at) {
		r->rest = str_sub(r->list, restart_at(r, low).at, r->list.len);
		r->key.len = 0;
		r->at = low * RESTART;
	}
	while (term_reader_next(r))
		if (str_cmp(buf_str(&r->key), key) >= 0)
			return true;
	return false;
}

void term_reader_release(struct term_reader *r)
{
	buf_release(&r->key);
}
