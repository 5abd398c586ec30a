/* SPDX-License-Identifier: Apache-2.0 */
#include "search/lexicon.h"

#include "base/hash.h"
#include "base/mem.h"
#include "record/text.h"
#include "record/word.h"

#include <libstemmer.h>
#include <stdio.h>
#include <stdlib.h>

/* --- tables by text --- */

/* What is in a table begins with its key. */
struct table {
	struct slot {
		uint64_t hash; /* looked at before the key, which is somewhere else */
		struct str *value;
	} * slots;
	size_t cap, n;
};

static struct slot *slot_of(const struct table *t, struct str key, uint64_t hash)
{
	size_t at = hash & (t->cap - 1);
	while (
	    t->slots[at].value && (t->slots[at].hash != hash || !str_eq(*t->slots[at].value, key)))
		at = (at + 1) & (t->cap - 1);
	return &t->slots[at];
}

static void *table_get(const struct table *t, struct str key)
{
	return t->cap ? slot_of(t, key, hash_sum(key))->value : NULL;
}

static void table_put(struct table *t, struct str *value)
{
	if (2 * t->n >= t->cap) {
		struct table old = *t;
		t->cap = old.cap ? 2 * old.cap : 1024;
		t->slots = mem_alloc(t->cap * sizeof *t->slots);
		for (size_t i = 0; i < old.cap; i++)
			if (old.slots[i].value)
				*slot_of(t, *old.slots[i].value, old.slots[i].hash) = old.slots[i];
		free(old.slots);
	}
	uint64_t hash = hash_sum(*value);
	*slot_of(t, *value, hash) = (struct slot){hash, value};
	t->n++;
}

/* --- words --- */

struct str term_cell(struct str key)
{
	return word_start(key, CELL_CHARS);
}

/* Arabic writes "the", "and the", "with the" and such at the front of words; also "and" alone, with
 * which many words begin anyway. */
static struct str without_particle(struct str form, bool also_and)
{
	static const char *const particles[] = {"وال", "بال", "كال", "فال", "ال", "لل", "و"};
	for (size_t i = 0; i < sizeof particles / sizeof *particles - !also_and; i++) {
		struct str p = str_from(particles[i]);
		if (str_starts(form, p) && form.len >= p.len + 6)
			return str_sub(form, p.len, form.len);
	}
	return form;
}

static bool reaches(struct str form, struct str stem)
{
	if (!str_starts(form, stem))
		return false;
	size_t more = text_length(form) - text_length(stem);
	return !more || (more <= REACH && text_length(stem) >= CELL_CHARS);
}

static struct term *find_term(struct lexicon *x, struct str key, bool is_alias)
{
	struct term *t = table_get(x->terms, key);
	if (t)
		return t;
	t = arena_alloc(&x->arena, sizeof *t);
	*t = (struct term){
	    .key = arena_str(&x->arena, key), .start = term_start(key), .is_alias = is_alias};
	table_put(x->terms, &t->key);
	return t;
}

static struct str shown_form(struct lexicon *x, struct str lower, struct str stem)
{
	if (str_eq(lower, stem))
		return STR_EMPTY;
	if (!str_starts(lower, stem))
		return str_from(arena_printf(&x->arena, "=%.*s", STR_FMT(lower)));
	lower = str_sub(lower, stem.len, lower.len);
	return str_from(arena_printf(&x->arena, "/%.*s", STR_FMT(lower)));
}

/* --- one spelling of English --- */

/* What ends a word, but for an "s", and what stands for it. */
static const struct {
	const char *end, *is;
} endings[] = {{"tre", "ter"}, {"gramme", "gram"}, {"logue", "log"}, {"ense", "ence"}};

/* British, American and Oxford spelling become one: of "organize", "neighbour", "centre",
 * "programme", "dialogue", "defense". Which one is no matter, as long as the browser does the same:
 * content/theme/search.js. */
static void spell(struct buf *word)
{
	char *w = word->ptr;
	size_t n = 0;
	for (size_t i = 0; i < word->len; i++) {
		char c = w[i];
		bool is_our = n > 1 && c == 'u' && w[n - 1] == 'o' && i > 2 && i + 1 < word->len &&
			      w[i + 1] == 'r';
		if (is_our)
			continue;
		w[n] = c == 'z' && n && (w[n - 1] == 'i' || w[n - 1] == 'y') ? 's' : c;
		n++;
	}
	word->len = n;
	bool is_many = n && w[n - 1] == 's';
	struct str one = str_sub(buf_str(word), 0, n - is_many);
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		if (!str_ends(one, str_from(endings[i].end)))
			continue;
		word->len = one.len - strlen(endings[i].end);
		buf_printf(word, "%s%s", endings[i].is, is_many ? "s" : "");
		break;
	}
	word->ptr[word->len] = 0;
}

/* The stem of what stands in x->lower, folded, behind what stands in x->folded. */
static struct str add_stem(struct lexicon *x)
{
	size_t from = x->folded.len;
	struct str lower = without_particle(buf_str(&x->lower), false);
	if (x->stemmer) {
		const sb_symbol *s =
		    sb_stemmer_stem(x->stemmer, (const sb_symbol *)lower.ptr, (int)lower.len);
		if (s)
			lower = str_of(s, (size_t)sb_stemmer_length(x->stemmer));
	}
	word_fold(&x->folded, lower);
	return str_sub(buf_str(&x->folded), from, x->folded.len);
}

static void look_into(struct lexicon *x, struct lexeme *e, struct str word)
{
	struct buf alias = BUF_INIT;
	word = word_start(word, WORD_CHARS_MAX);
	buf_reset(&x->folded);
	buf_reset(&x->lower);
	word_fold(&x->folded, word);
	word_lower(&x->lower, word);
	if (text_length(buf_str(&x->folded)) < 2)
		return;
	struct str written = str_from(arena_str(&x->arena, buf_str(&x->lower)).ptr);
	if (x->is_english) {
		spell(&x->folded);
		spell(&x->lower);
	}
	size_t n = x->folded.len;
	struct str stem = add_stem(x), form = str_sub(buf_str(&x->folded), 0, n);
	if (text_length(stem) < 2)
		stem = form;
	e->stem = find_term(x, stem, false);
	e->shown = shown_form(x, written, stem);
	struct str bare = without_particle(form, false); /* what a browser looks for first */
	if (!reaches(form, stem) && !reaches(without_particle(form, true), stem)) {
		buf_printf(&alias, "%.*s>%.*s", STR_FMT(bare), STR_FMT(stem));
		e->alias = find_term(x, buf_str(&alias), true);
	}
	buf_release(&alias);
}

/* The key stands behind it: both are looked at together, and there are many. */
static struct lexeme *new_lexeme(struct lexicon *x, struct str key)
{
	struct lexeme *e = arena_alloc(&x->arena, sizeof *e + key.len);
	memcpy(e + 1, key.ptr, key.len);
	*e = (struct lexeme){.key = str_of(e + 1, key.len)};
	return e;
}

void lexicon_init(struct lexicon *x, struct str lang, struct str stop_words)
{
	char code[8];
	snprintf(code, sizeof code, "%.*s", STR_FMT(lang));
	*x = (struct lexicon){.folded = BUF_INIT, .lower = BUF_INIT};
	x->stemmer = sb_stemmer_new(code, NULL);
	x->is_english = str_is(lang, "en");
	x->words = mem_alloc(sizeof(struct table));
	x->terms = mem_alloc(sizeof(struct table));
	while (stop_words.len)
		table_put(x->words, &new_lexeme(x, str_cut(&stop_words, ' '))->key);
}

/* Stop words are found as they are written, in small letters. */
const struct lexeme *lexicon_find(struct lexicon *x, struct str word)
{
	struct lexeme *e = table_get(x->words, word), *lower;
	if (e)
		return e;
	buf_reset(&x->lower);
	word_lower(&x->lower, word);
	lower = table_get(x->words, buf_str(&x->lower));
	e = new_lexeme(x, word);
	if (lower)
		*e = (struct lexeme){e->key, lower->stem, lower->alias, lower->shown};
	else
		look_into(x, e, word);
	table_put(x->words, &e->key);
	return e;
}

void lexicon_release(struct lexicon *x)
{
	struct table *tables[] = {x->words, x->terms};
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		if (tables[i])
			free(tables[i]->slots);
		free(tables[i]);
	}
	if (x->stemmer)
		sb_stemmer_delete(x->stemmer);
	buf_release(&x->folded);
	buf_release(&x->lower);
	arena_clear(&x->arena);
	*x = (struct lexicon){.folded = BUF_INIT, .lower = BUF_INIT};
}
