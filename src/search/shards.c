/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "record/text.h"
#include "search/search.h"
#include "search/terms.h"

#include <stdio.h>
#include <stdlib.h>

/* Bytes, about: from SHARD_MIN on, one cell in CUT_EVERY ends a shard; from SHARD_MAX on, any. */
enum { SHARD_MIN = 1000, SHARD_MAX = 3500, CUT_EVERY = 4 };
enum { RUN_MAX = 64 };

struct shard {
	const struct vocabulary_term *terms;
	size_t n;
	struct str end; /* "": the last */
};

/* What stands about a term of the run at hand. */
struct place {
	struct buf numbers;
	uint64_t start; /* term_start() */
	uint32_t next; /* slot */
	struct str shown;
	bool is_shown;
};

struct writer {
	struct site *s;
	const struct site_lang *l;
	const struct search_texts *t;
	struct shard *shards;
	size_t nshards, cap;
	struct term_reader *readers; /* one a text; they only go forward */
	/* Shards are read ahead in runs, so that not each of them costs a look at each text. */
	size_t run, run_end, run_used;
	struct place *places; /* of the run's terms */
	size_t nplaces;
	struct buf terms, numbers, file;
};

void search_number(struct buf *out, uint64_t n)
{
	for (;;) {
		unsigned code = n < 45 ? (unsigned)n : 45 + (unsigned)(n % 45);
		unsigned c = '#' + code;
		buf_putc(out, (char)(c + (c >= '\\')));
		if (n < 45)
			return;
		n /= 45;
	}
}

void search_head(struct buf *out, const struct site_lang *l, const char *name)
{
	buf_printf(out, "belfrySearch(\"%.*s/%s\",", STR_FMT(l->words.lang), name);
}

/* Letters of other scripts by number: names of files everywhere. */
static void shard_name(char *out, size_t size, unsigned bits, struct str end)
{
	int n = snprintf(out, size, "%u-", bits);
	for (size_t at = 0; at < end.len && (size_t)n < size;) {
		int32_t c = str_utf8_next(end, &at);
		n += snprintf(out + n, size - (size_t)n, c < 0x80 ? "%c" : "_%x_", (unsigned)c);
	}
}

size_t search_cut(const struct vocabulary_term *terms, size_t n, struct str *end)
{
	size_t bytes = 0;
	*end = STR_EMPTY;
	for (size_t i = 0; i + 1 < n; i++) {
		struct str cell = term_cell(terms[i].key);
		bytes += terms[i].is_alias ? 8 : 7 + terms[i].texts + terms[i].texts / 4;
		if (bytes < SHARD_MIN || str_eq(cell, term_cell(terms[i + 1].key)) ||
		    (bytes < SHARD_MAX && hash_sum(cell) % CUT_EVERY))
			continue;
		*end = cell;
		return i + 1;
	}
	return n;
}

/* Its position among `n` terms from `from` on, or `n`. */
static size_t find_term(const struct place *places, const struct vocabulary_term *terms,
    size_t from, size_t n, struct str key)
{
	size_t low = from, high = n;
	uint64_t start = term_start(key);
	while (low < high) {
		size_t middle = (low + high) / 2;
		uint64_t is = places[middle].start;
		int c = is == start ? str_cmp(terms[middle].key, key) : is < start ? -1 : 1;
		if (c == 0)
			return middle;
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return n;
}

/* Shorter first, then by bytes: the same whoever comes first. */
static bool is_better(struct str a, struct str b)
{
	return a.len != b.len ? a.len < b.len : str_cmp(a, b) < 0;
}

static void add_places(struct writer *w, const struct vocabulary_term *terms, size_t n, size_t text)
{
	struct term_reader *r = &w->readers[text];
	uint32_t slot = w->t->docs[text].slot;
	size_t at = 0;
	for (bool is = term_reader_seek(r, terms[0].key);
	     is && str_cmp(buf_str(&r->key), terms[n - 1].key) <= 0; is = term_reader_next(r)) {
		size_t found = find_term(w->places, terms, at, n, buf_str(&r->key));
		if (found == n)
			continue;
		at = found;
		if (r->is_alias)
			continue;
		struct place *p = &w->places[at];
		search_number(&p->numbers, (uint64_t)(slot - p->next) * LEVELS + r->level);
		p->next = slot + 1;
		if (!p->is_shown || is_better(r->shown, p->shown))
			p->shown = r->shown;
		p->is_shown = true;
	}
}

/* From that shard on: twice as many as before where all of those were wanted, else that one. */
static void read_run(struct writer *w, size_t from)
{
	size_t was = w->run_end - w->run, n = 0;
	bool is_next = from == w->run_end && was && w->run_used == was;
	size_t more = is_next ? 2 * was : 1;
	more = more < RUN_MAX ? more : RUN_MAX;
	w->run = from;
	w->run_end = from + more < w->nshards ? from + more : w->nshards;
	w->run_used = 0;
	for (size_t i = w->run; i < w->run_end; i++)
		n += w->shards[i].n;
	for (; w->nplaces < n; w->nplaces++) {
		w->places = mem_realloc(w->places, (w->nplaces + 1) * sizeof *w->places);
		w->places[w->nplaces] = (struct place){.numbers = BUF_INIT};
	}
	const struct vocabulary_term *terms = w->shards[from].terms;
	for (size_t i = 0; i < n; i++) {
		struct place *p = &w->places[i];
		buf_reset(&p->numbers);
		p->start = term_start(terms[i].key);
		p->next = 0;
		p->is_shown = false;
	}
	for (size_t i = 0; i < w->t->n; i++)
		add_places(w, terms, n, i);
}

/* How many characters it begins with that the one before begins with, and the rest. */
static void put_key(struct buf *out, struct str key, struct str before)
{
	size_t same = 0, chars = 0, next = 0;
	while (next < before.len && next < key.len && str_utf8_next(before, &next) >= 0 &&
	       next <= key.len && memcmp(key.ptr + same, before.ptr + same, next - same) == 0) {
		same = next;
		chars++;
	}
	search_number(out, chars);
	buf_add(out, str_sub(key, same, key.len));
}

static int write_shard(
    struct writer *w, size_t at, const char *name, const char *path, struct err *err)
{
	const struct shard *shard = &w->shards[at];
	struct str before = STR_EMPTY;
	if (at >= w->run_end)
		read_run(w, at);
	const struct place *places = w->places + (shard->terms - w->shards[w->run].terms);
	w->run_used++;
	buf_reset(&w->terms);
	buf_reset(&w->numbers);
	for (size_t i = 0; i < shard->n; i++) {
		const struct place *p = &places[i];
		put_key(&w->terms, shard->terms[i].key, before);
		if (p->is_shown)
			buf_add(&w->terms, p->shown);
		buf_putc(&w->terms, ' ');
		before = shard->terms[i].key;
		buf_add(&w->numbers, buf_str(&p->numbers));
		buf_putc(&w->numbers, ' ');
	}
	buf_reset(&w->file);
	search_head(&w->file, w->l, name);
	buf_printf(&w->file, "\"%s\",\"%s\")\n", w->terms.ptr, w->numbers.ptr);
	return page_put_file(w->s, path, buf_str(&w->file), err);
}

static int shard_page(struct writer *w, size_t at, struct err *err)
{
	const struct shard *shard = &w->shards[at];
	char name[96], path[128];
	struct deps *d = deps_begin(w->s, w->l);
	buf_reset(&d->bytes); /* there is nothing of the frame in it */
	deps_number(d, w->t->bits);
	for (size_t i = 0; i < shard->n; i++) {
		deps_text(d, shard->terms[i].key);
		deps_number(d, shard->terms[i].sum);
	}
	shard_name(name, sizeof name, w->t->bits, shard->end);
	snprintf(path, sizeof path, "search/%.*s/%s.js", STR_FMT(w->l->words.lang), name);
	return page_is_fresh(w->s, NULL, path, d) ? 0 : write_shard(w, at, name, path, err);
}

int search_shards(struct site *s, const struct site_lang *l, const struct search_texts *t,
    const struct vocabulary *v, struct buf *ends, struct err *err)
{
	struct writer w = {
	    .s = s, .l = l, .t = t, .terms = BUF_INIT, .numbers = BUF_INIT, .file = BUF_INIT};
	int r = 0;
	w.readers = mem_alloc(t->n * sizeof *w.readers);
	for (size_t i = 0; i < t->n; i++)
		term_reader_init(&w.readers[i], t->docs[i].terms);
	for (size_t at = 0; at < v->n;) {
		struct shard *shard = MEM_PUSH(w.shards, w.nshards, w.cap);
		shard->terms = v->terms + at;
		shard->n = search_cut(shard->terms, v->n - at, &shard->end);
		at += shard->n;
		if (shard->end.len)
			buf_printf(ends, "%s%.*s", ends->len ? " " : "", STR_FMT(shard->end));
	}
	for (size_t i = 0; i < w.nshards && r == 0; i++)
		r = shard_page(&w, i, err);
	for (size_t i = 0; i < t->n; i++)
		term_reader_release(&w.readers[i]);
	for (size_t i = 0; i < w.nplaces; i++)
		buf_release(&w.places[i].numbers);
	free(w.places);
	free(w.shards);
	free(w.readers);
	buf_release(&w.terms);
	buf_release(&w.numbers);
	buf_release(&w.file);
	return r;
}

int search_near(
    struct site *s, const struct site_lang *l, const struct vocabulary *v, struct err *err)
{
	char path[64];
	struct buf file = BUF_INIT;
	struct str before = STR_EMPTY;
	search_head(&file, l, "near");
	buf_putc(&file, '"');
	for (size_t i = 0; i < v->n; i++) {
		const struct vocabulary_term *t = &v->terms[i];
		/* Nobody takes a year for another, or looks for what is this short. */
		if (!t->marked || (t->key.ptr[0] >= '0' && t->key.ptr[0] <= '9') ||
		    text_length(t->key) < CELL_CHARS)
			continue;
		put_key(&file, t->key, before);
		buf_putc(&file, ' ');
		before = t->key;
	}
	buf_puts(&file, "\")\n");
	snprintf(path, sizeof path, "search/%.*s/near.js", STR_FMT(l->words.lang));
	int r = page_put_file(s, path, buf_str(&file), err);
	buf_release(&file);
	return r;
}
