/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/mem.h"
#include "search/search.h"
#include "search/terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <unistd.h>

/* --- words to terms --- */

static void expect_term(const char *lang, const char *word, const char *stem, const char *alias)
{
	struct lexicon x;
	lexicon_init(&x, str_from(lang), STR("the les los في"));
	const struct lexeme *e = lexicon_find(&x, str_from(word));
	if (!stem) {
		assert_null(e->stem);
	} else {
		assert_string_equal(e->stem->key.ptr, stem);
		assert_true(e->alias ? str_is(e->alias->key, alias) : !alias);
		assert_ptr_equal(lexicon_find(&x, str_from(word)), e);
	}
	lexicon_release(&x);
}

static void forms_of_a_word_are_one_term(void **state)
{
	(void)state;
	expect_term("en", "Cities", "citi", NULL);
	expect_term("en", "city", "citi", "city>citi");
	expect_term("en", "preventing", "prevent", NULL);
	expect_term("fr", "politiques", "polit", NULL);
	expect_term("fr", "nationaux", "national", "nationaux>national");
	expect_term("fr", "nationale", "national", NULL);
	expect_term("fr", "Sécurité", "secur", NULL);
	expect_term("es", "JÓVENES", "joven", NULL);
	expect_term("es", "ciudades", "ciudad", NULL);
	expect_term("ar", "المدينة", "مدين", NULL);
	expect_term("ar", "مدينة", "مدين", NULL);
	expect_term("ar", "والمدينة", "مدين", NULL);
	/* As it is spelled on both sides of an ocean. */
	expect_term("en", "organisation", "organis", NULL);
	expect_term("en", "Organizations", "organis", NULL);
	expect_term("en", "analyze", "analys", NULL);
	expect_term("en", "programmes", "program", NULL);
	expect_term("en", "program", "program", NULL);
	expect_term("en", "centre", "center", NULL);
	expect_term("en", "centers", "center", NULL);
	expect_term("en", "neighbourhood", "neighborhood", NULL);
	expect_term("en", "neighborhood", "neighborhood", NULL);
	expect_term("en", "dialogue", "dialog", NULL);
	expect_term("en", "defense", "defenc", NULL);
	expect_term("en", "defence", "defenc", NULL);
	expect_term("en", "hours", "hour", NULL);
	expect_term("es", "organización", "organiz", NULL);
	/* No stemmer, no stem. */
	expect_term("xx", "Cities", "cities", NULL);
}

static void stop_words_and_letters_are_no_terms(void **state)
{
	(void)state;
	expect_term("en", "The", NULL, NULL);
	expect_term("fr", "LES", NULL, NULL);
	expect_term("ar", "في", NULL, NULL);
	expect_term("fr", "l", NULL, NULL);
}

/* --- lists --- */

struct bench {
	struct lexicon lexicon;
	struct collector collector;
};

static void bench_open(struct bench *b)
{
	lexicon_init(&b->lexicon, STR("en"), STR("the of"));
	b->collector = (struct collector){.lexicon = &b->lexicon};
}

static void bench_close(struct bench *b)
{
	collector_release(&b->collector);
	lexicon_release(&b->lexicon);
}

/* "key:level/shown" of each term of a list. */
static void expect_list(struct str list, const char *says)
{
	struct term_reader r;
	struct buf b = BUF_INIT;
	assert_true(term_reader_init(&r, list));
	while (term_reader_next(&r))
		buf_printf(&b, "%s%s:%d%.*s", b.len ? " " : "", r.key.ptr,
		    r.is_alias ? -1 : r.level, STR_FMT(r.shown));
	assert_string_equal(b.ptr, says);
	assert_false(term_reader_next(&r));
	term_reader_release(&r);
	buf_release(&b);
}

static void fields_weigh_differently(void **state)
{
	(void)state;
	struct bench b;
	struct buf list = BUF_INIT;
	bench_open(&b);
	collect_text(&b.collector, STR("The city of peace"), WEIGHT_TITLE);
	collect_markdown(
	    &b.collector, STR("# Plans\n\nA plan, [linked](https://example.org/hidden) and "
			      "https://example.org/hidden too.\n\nMore peace\n"));
	collect_end(&b.collector, &list);
	expect_list(buf_str(&list),
	    "and:0 citi:4=city city>citi:-1 link:0/ed more:0 peac:4/e plan:2 too:0");
	/* The next text begins anew. */
	buf_reset(&list);
	collect_text(&b.collector, STR("plans"), WEIGHT_TEXT);
	collect_end(&b.collector, &list);
	expect_list(buf_str(&list), "plan:0/s");
	buf_release(&list);
	bench_close(&b);
}

static void heads_give_sentences_and_no_ids(void **state)
{
	(void)state;
	struct bench b;
	struct buf list = BUF_INIT;
	struct err err;
	json_t *head;
	bench_open(&b);
	assert_int_equal(
	    json_parse(&head,
		STR("{\"title\":\"Some title\",\"id\":\"some-id\",\"results\":[{\"value\":\"four "
		    "schools\",\"n\":4}],\"url\":\"https://example.org/x\"}"),
		"head", &err),
	    0);
	collect_head(&b.collector, head);
	collect_end(&b.collector, &list);
	expect_list(buf_str(&list), "four:0 school:0/s");
	json_decref(head);
	buf_release(&list);
	bench_close(&b);
}

static void a_list_is_entered_anywhere(void **state)
{
	(void)state;
	struct bench b;
	struct buf list = BUF_INIT;
	struct term_reader r;
	char word[32];
	bench_open(&b);
	for (unsigned i = 0; i < 300; i += 3) {
		snprintf(word, sizeof word, "w%03u", i);
		collect_text(&b.collector, str_from(word), WEIGHT_TEXT);
	}
	collect_end(&b.collector, &list);
	for (unsigned step = 1; step < 60; step += 7) {
		assert_true(term_reader_init(&r, buf_str(&list)));
		for (unsigned i = 0; i < 305; i += step) {
			char found[32];
			snprintf(word, sizeof word, "w%03u", i);
			snprintf(found, sizeof found, "w%03u", (i + 2) / 3 * 3);
			bool is = term_reader_seek(&r, str_from(word));
			assert_int_equal(is, i <= 297);
			if (is)
				assert_string_equal(r.key.ptr, found);
		}
		term_reader_release(&r);
	}
	/* Cut off anywhere, it ends, and nothing is read behind it. */
	for (size_t n = 0; n < list.len; n++) {
		char *copy = mem_alloc(n + 1);
		memcpy(copy, list.ptr, n);
		if (term_reader_init(&r, str_of(copy, n)))
			while (term_reader_next(&r))
				;
		term_reader_release(&r);
		free(copy);
	}
	buf_release(&list);
	bench_close(&b);
}

/* --- the vocabulary --- */

enum { TEXTS = 60, WORDS = 40 };

struct library {
	char folder[64], path[96];
	struct stash stash;
	struct search_doc docs[TEXTS];
	size_t n;
	struct bench bench;
};

static const struct digest version = {{1}};

static void library_open(struct library *l)
{
	*l = (struct library){.n = 0};
	snprintf(l->folder, sizeof l->folder, "/tmp/belfry-search.XXXXXX");
	assert_non_null(mkdtemp(l->folder));
	snprintf(l->path, sizeof l->path, "%s/lists", l->folder);
	stash_open(&l->stash, l->path, "belfry-search 01", &version);
	bench_open(&l->bench);
}

static void library_close(struct library *l)
{
	struct err err;
	stash_release(&l->stash);
	bench_close(&l->bench);
	assert_int_equal(file_remove_tree(l->folder, &err), 0);
}

/* A text at that slot, which `seed` makes. */
static struct search_doc text_of_seed(struct library *l, uint32_t slot, unsigned seed)
{
	struct search_doc d = {.slot = slot};
	struct buf list = BUF_INIT;
	char word[32];
	snprintf(word, sizeof word, "%u", seed);
	d.hash = sha256(str_from(word));
	for (unsigned i = 0; i < WORDS; i++) {
		seed = seed * 1103515245 + 12345;
		snprintf(word, sizeof word, "w%uy", (seed >> 16) % 500);
		collect_text(&l->bench.collector, str_from(word), i % 7 ? 1 + i % 3 : WEIGHT_TITLE);
	}
	collect_end(&l->bench.collector, &list);
	d.terms = stash_add(&l->stash, &d.hash, buf_str(&list));
	buf_release(&list);
	return d;
}

/* As the next build finds it. */
static void library_reopen(struct library *l)
{
	stash_save(&l->stash, l->path, false);
	struct search_doc docs[TEXTS];
	memcpy(docs, l->docs, sizeof docs);
	struct stash old = l->stash;
	stash_open(&l->stash, l->path, "belfry-search 01", &version);
	for (size_t i = 0; i < l->n; i++)
		assert_true(stash_get(&l->stash, &docs[i].hash, &l->docs[i].terms));
	stash_release(&old);
}

static void expect_same(struct library *l, const char *kept, const char *what)
{
	struct vocabulary a, b;
	char fresh[96];
	snprintf(fresh, sizeof fresh, "%s/fresh", l->folder);
	unlink(fresh);
	vocabulary_make(&a, kept, &version, &l->stash, l->docs, l->n);
	vocabulary_make(&b, fresh, &version, &l->stash, l->docs, l->n);
	if (a.n != b.n)
		fail_msg("%s: %zu terms, not %zu", what, a.n, b.n);
	for (size_t i = 0; i < a.n; i++)
		if (!str_eq(a.terms[i].key, b.terms[i].key) || a.terms[i].sum != b.terms[i].sum ||
		    a.terms[i].texts != b.terms[i].texts ||
		    a.terms[i].marked != b.terms[i].marked ||
		    a.terms[i].is_alias != b.terms[i].is_alias)
			fail_msg(
			    "%s: %.*s is not as it would be anew", what, STR_FMT(a.terms[i].key));
	vocabulary_release(&a);
	vocabulary_release(&b);
}

/* Some terms say what a text is about, and others stand in as many. */
static void expect_marked(struct library *l, const char *kept)
{
	struct vocabulary v;
	size_t none = 0, some = 0;
	vocabulary_make(&v, kept, &version, &l->stash, l->docs, l->n);
	for (size_t i = 0; i < v.n; i++) {
		assert_true(v.terms[i].marked <= v.terms[i].texts);
		none += !v.terms[i].marked;
		some += v.terms[i].marked != 0;
	}
	assert_true(none > 20 && some > 20);
	vocabulary_release(&v);
}

static void an_edit_gives_what_all_texts_give(void **state)
{
	(void)state;
	struct library l;
	struct err err;
	char kept[96];
	library_open(&l);
	snprintf(kept, sizeof kept, "%s/kept", l.folder);
	expect_same(&l, kept, "nothing");
	for (; l.n < TEXTS - 10; l.n++)
		l.docs[l.n] = text_of_seed(&l, (uint32_t)(3 * l.n), (unsigned)l.n);
	expect_same(&l, kept, "all at once");
	library_reopen(&l);
	expect_marked(&l, kept);
	l.docs[7] = text_of_seed(&l, l.docs[7].slot, 1000);
	expect_same(&l, kept, "one edited");
	library_reopen(&l);
	memmove(l.docs + 5, l.docs + 9, (l.n - 9) * sizeof *l.docs);
	l.n -= 4;
	expect_same(&l, kept, "four gone");
	library_reopen(&l);
	for (size_t i = 20; i < l.n; i++)
		l.docs[i].slot++;
	expect_same(&l, kept, "slots moved");
	l.docs[l.n] = text_of_seed(&l, 1000, 2000);
	l.n++;
	expect_same(&l, kept, "one more");
	/* Without the lists of what is gone, and with a file that is damaged. */
	stash_save(&l.stash, l.path, true);
	library_reopen(&l);
	assert_int_equal(unlink(l.path), 0);
	l.docs[3] = text_of_seed(&l, l.docs[3].slot, 3000);
	expect_same(&l, kept, "lists lost");
	struct buf b = BUF_INIT;
	assert_int_equal(file_read(&b, kept, 1 << 20, &err), 0);
	b.ptr[b.len / 2] ^= 4;
	assert_int_equal(file_write(kept, buf_str(&b), 0600, &err), 0);
	expect_same(&l, kept, "damaged");
	buf_release(&b);
	library_close(&l);
}

/* --- slots and shards --- */

static void fill_index(struct site_index *x, size_t n)
{
	x->docs = mem_alloc(n * sizeof *x->docs);
	for (; x->ndocs < n; x->ndocs++)
		x->docs[x->ndocs].url =
		    arena_printf(&x->arena, "news/place-%zu.id-%zu.html", x->ndocs % 200, x->ndocs);
}

static void one_document_more_moves_few(void **state)
{
	(void)state;
	enum { N = 2500 };
	struct site_index x = {.ndocs = 0};
	const struct search_lists none = {.n = 0};
	uint32_t before[N + 1], after[N + 1];
	bool is_taken[1 << 15] = {false};
	fill_index(&x, N + 1);
	x.ndocs = N;
	assert_int_equal(search_slots(before, &x, &none), 13);
	for (size_t i = 0; i < N; i++) {
		assert_true(before[i] < sizeof is_taken && !is_taken[before[i]]);
		is_taken[before[i]] = true;
	}
	x.ndocs = N + 1;
	search_slots(after, &x, &none);
	size_t moved = 0;
	for (size_t i = 0; i < N; i++)
		moved += before[i] != after[i];
	assert_in_range(moved, 0, 3);
	free(x.docs);
	arena_clear(&x.arena);
}

static int by_key(const void *a, const void *b)
{
	return str_cmp(
	    ((const struct vocabulary_term *)a)->key, ((const struct vocabulary_term *)b)->key);
}

static size_t cut_all(const struct vocabulary_term *terms, size_t n, struct str *ends)
{
	size_t shards = 0;
	for (size_t at = 0, len; at < n; at += len) {
		len = search_cut(terms + at, n - at, &ends[shards]);
		assert_true(len > 0);
		if (at + len < n) {
			/* Words that begin alike stand together. */
			assert_true(str_eq(ends[shards], term_cell(terms[at + len - 1].key)));
			assert_false(str_eq(ends[shards], term_cell(terms[at + len].key)));
		}
		shards++;
	}
	return shards;
}

static void borders_stay_where_they_are(void **state)
{
	(void)state;
	enum { N = 20000, MORE = 200 };
	struct arena arena = {NULL};
	struct vocabulary_term *terms = mem_alloc((N + MORE) * sizeof *terms);
	struct str before[1000], after[1000];
	uint64_t seed = 7;
	for (size_t i = 0; i < N + MORE; i++) {
		char word[10];
		for (size_t k = 0; k < 9; k++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			word[k] = (char)('a' + (seed >> 33) % (k < 4 ? 9 : 26));
		}
		terms[i].key = arena_str(&arena, str_of(word, 9));
		terms[i].texts = 1 + (uint32_t)(seed >> 40) % 40;
	}
	qsort(terms, N, sizeof *terms, by_key);
	size_t n = cut_all(terms, N, before), same = 0;
	assert_in_range(n, 200, 600);
	qsort(terms, N + MORE, sizeof *terms, by_key);
	size_t m = cut_all(terms, N + MORE, after);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < m; k++)
			same += str_eq(before[i], after[k]);
	assert_in_range(same, n - n / 16, n);
	free(terms);
	arena_clear(&arena);
}

static void numbers_are_text(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	const uint64_t n[] = {0, 44, 45, 56, 57, 2025, 1000000};
	for (size_t i = 0; i < sizeof n / sizeof *n; i++)
		search_number(&b, n[i]);
	assert_null(memchr(b.ptr, '\\', b.len));
	assert_null(memchr(b.ptr, '"', b.len));
	assert_null(memchr(b.ptr, ' ', b.len));
	assert_string_equal(b.ptr, "#OP$[$]$PP$Zv|-");
	buf_release(&b);
}

int main(void)
{
	hash_init();
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(forms_of_a_word_are_one_term),
	    cmocka_unit_test(stop_words_and_letters_are_no_terms),
	    cmocka_unit_test(fields_weigh_differently),
	    cmocka_unit_test(heads_give_sentences_and_no_ids),
	    cmocka_unit_test(a_list_is_entered_anywhere),
	    cmocka_unit_test(an_edit_gives_what_all_texts_give),
	    cmocka_unit_test(one_document_more_moves_few),
	    cmocka_unit_test(borders_stay_where_they_are),
	    cmocka_unit_test(numbers_are_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
