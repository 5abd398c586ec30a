/* SPDX-License-Identifier: Apache-2.0 */
/*
 * az/<letter>.html: documents by the first letter of their title in the reader's language, without
 * accents. A letter that any language has gets a page in each, so that the links from one language
 * to another lead somewhere; and as many further pages (az/t_2.html), for the same reason. Letters
 * beyond a to z stand under their number in Unicode ("u0627").
 */
#include "pages/list.h"

#include "base/mem.h"
#include "record/word.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { LETTERS_MAX = 96, DIGITS = '0', OTHERS = '~' };
enum { ROWS_A_PAGE = 120 }; /* so that one comes in a round trip */

struct letters {
	struct {
		uint32_t code;
		size_t now, most; /* documents, in this language; in the one that has most */
	} items[LETTERS_MAX]; /* by code */
	size_t n;
};

/* The first character of UTF-8 text of up to three bytes; others than Arabic letters are OTHERS. */
static uint32_t first_code(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	if (s.len && p[0] >= 'a' && p[0] <= 'z')
		return p[0];
	if (s.len && p[0] >= '0' && p[0] <= '9')
		return DIGITS;
	uint32_t code = s.len > 1 ? (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f) : 0;
	return s.len > 1 && p[0] >= 0xd8 && p[0] <= 0xdb && code >= 0x620 ? code : OTHERS;
}

static uint32_t letter_of(struct str title)
{
	struct buf folded = BUF_INIT;
	struct str word;
	size_t at = 0;
	if (!word_next(&word, title, &at))
		return OTHERS;
	word_fold(&folded, word_start(word, 1));
	uint32_t code = first_code(buf_str(&folded));
	buf_release(&folded);
	return code;
}

static void add_letter(struct letters *all, uint32_t code)
{
	size_t at = 0;
	while (at < all->n && all->items[at].code < code)
		at++;
	if (at == all->n || all->items[at].code != code) {
		if (all->n == LETTERS_MAX)
			return;
		memmove(&all->items[at + 1], &all->items[at], (all->n - at) * sizeof *all->items);
		memset(&all->items[at], 0, sizeof *all->items);
		all->items[at].code = code;
		all->n++;
	}
	all->items[at].now++;
}

static struct letters letters_of(const struct site *s)
{
	struct letters all = {.n = 0};
	for (size_t i = 0; i < s->nlangs; i++) {
		for (size_t k = 0; k < s->index.nnewest; k++)
			add_letter(&all,
			    letter_of(best_variant(s->index.newest[k], &s->langs[i])->face.title));
		for (size_t k = 0; k < all.n; k++) {
			if (all.items[k].most < all.items[k].now)
				all.items[k].most = all.items[k].now;
			all.items[k].now = 0;
		}
	}
	return all;
}

/* "az/b.html", or of page 1 "az/b_2.html", and "B". */
static void put_names(char path[48], char label[16], uint32_t code, size_t page)
{
	char name[16], number[24] = "";
	if (code == DIGITS || code == OTHERS)
		snprintf(name, sizeof name, "%s", code == DIGITS ? "digits" : "others");
	else if (code < 0x80)
		snprintf(name, sizeof name, "%c", (int)code);
	else
		snprintf(name, sizeof name, "u%04x", (unsigned)code);
	if (page)
		snprintf(number, sizeof number, "_%zu", page + 1);
	snprintf(path, 48, "az/%s%s.html", name, number);
	if (code == DIGITS || code == OTHERS)
		snprintf(label, 16, "%s", code == DIGITS ? "0–9" : "…");
	else if (code < 0x80)
		snprintf(label, 16, "%c", (int)(code - 'a' + 'A'));
	else
		snprintf(label, 16, "%c%c", (int)(0xc0 | code >> 6), (int)(0x80 | (code & 0x3f)));
}

enum { ARABIC = 0x600 };

static void add_links(json_t *list, const struct letters *all, bool is_arabic)
{
	char path[48], label[16];
	for (size_t i = 0; i < all->n; i++) {
		if (!all->items[i].now || (all->items[i].code >= ARABIC) != is_arabic)
			continue;
		put_names(path, label, all->items[i].code, 0);
		json_array_append_new(list, counted_link(str_from(label), path, 0));
	}
}

/* To the letters that begin a title in this language; the reader's own alphabet stands first. */
static json_t *links_to(struct letters *all, const struct site *s, const struct site_lang *l)
{
	bool is_arabic = str_is(l->words.dir, "rtl");
	for (size_t i = 0; i < s->index.nnewest; i++)
		add_letter(all, letter_of(best_variant(s->index.newest[i], l)->face.title));
	json_t *list = json_array();
	add_links(list, all, is_arabic);
	add_links(list, all, !is_arabic);
	return list;
}

json_t *letters_context(const struct site *s, const struct site_lang *l)
{
	struct letters all = letters_of(s);
	return links_to(&all, s, l);
}

/* --- within a letter --- */

enum { ACCENTED = 0xc0, ACCENTED_END = 0x180 }; /* Latin letters of two bytes in UTF-8 */
static unsigned char plain[ACCENTED_END - ACCENTED];

static void load_plain(void)
{
	for (unsigned code = ACCENTED; code < ACCENTED_END; code++) {
		const char letter[] = {(char)(0xc0 | code >> 6), (char)(0x80 | (code & 0x3f))};
		struct buf folded = BUF_INIT;
		word_fold(&folded, str_of(letter, sizeof letter));
		plain[code - ACCENTED] = folded.len ? (unsigned char)folded.ptr[0] : 0;
		buf_release(&folded);
	}
}

/* Take the next letter, without case, and of a Latin one without its accent; 0 at the end. */
static unsigned next_letter(const unsigned char **p)
{
	unsigned c = *(*p)++;
	if (c >= 'A' && c <= 'Z')
		return c + 'a' - 'A';
	if (c < 0xc3 || c > 0xc5)
		return c;
	return plain[((c & 0x1f) << 6 | (*(*p)++ & 0x3f)) - ACCENTED];
}

static int title_cmp(struct str a, struct str b)
{
	const unsigned char *x = (const unsigned char *)a.ptr, *y = (const unsigned char *)b.ptr;
	unsigned c, d;
	do {
		c = next_letter(&x);
		d = next_letter(&y);
	} while (c && c == d);
	return c != d ? (c > d) - (c < d) : str_cmp(a, b);
}

struct entry {
	uint32_t code;
	struct str title;
	const struct doc *doc;
};

static int by_letter(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	if (x->code != y->code)
		return x->code < y->code ? -1 : 1;
	int c = title_cmp(x->title, y->title);
	return c ? c
		 : (x->doc->position > y->doc->position) - (x->doc->position < y->doc->position);
}

/* All documents by letter, and within one by title. Owns: the caller. */
static struct entry *sorted(const struct site *s, const struct site_lang *l)
{
	static pthread_once_t loaded = PTHREAD_ONCE_INIT;
	const struct site_index *x = &s->index;
	struct entry *all = mem_alloc((x->nnewest + 1) * sizeof *all);
	pthread_once(&loaded, load_plain);
	for (size_t i = 0; i < x->nnewest; i++) {
		struct str title = best_variant(x->newest[i], l)->face.title;
		all[i] = (struct entry){letter_of(title), title, x->newest[i]};
	}
	qsort(all, x->nnewest, sizeof *all, by_letter);
	return all;
}

struct letter {
	uint32_t code;
	size_t pages;
	const struct doc **docs; /* in this language, in order */
	size_t n;
	json_t *letters; /* links to those that have any */
};

static void put_pager(json_t *page, const struct letter *a, size_t at)
{
	char path[48], label[16], text[48];
	json_t *o = json_object();
	if (at) {
		put_names(path, label, a->code, at - 1);
		page_put(o, "newer", str_from(path));
	}
	if (at + 1 < a->pages) {
		put_names(path, label, a->code, at + 1);
		page_put(o, "older", str_from(path));
	}
	snprintf(text, sizeof text, "%zu / %zu", at + 1, a->pages);
	page_put(o, "text", str_from(text));
	json_object_set_new_nocheck(page, "pager", o);
}

static int letter_page(
    struct site *s, struct site_lang *l, const struct letter *a, size_t at, struct err *err)
{
	char path[48], label[16];
	size_t from = at * ROWS_A_PAGE < a->n ? at * ROWS_A_PAGE : a->n;
	size_t n = a->n - from < ROWS_A_PAGE ? a->n - from : ROWS_A_PAGE;
	put_names(path, label, a->code, at);
	struct deps *d = deps_begin(s, l);
	deps_docs(d, a->docs + from, n);
	deps_json(d, a->letters);
	deps_number(d, a->pages);
	deps_number(d, a->n);
	if (page_is_fresh(s, l, path, d))
		return 0;
	json_t *page = json_object();
	struct buf title = BUF_INIT;
	const char *pairs[] = {"letter", label, NULL};
	words_fill(&title, words_get(&l->words, "ui", "letter_title"), pairs);
	if (at)
		buf_printf(&title, " (%zu/%zu)", at + 1, a->pages);
	page_put(page, "title", buf_str(&title));
	buf_release(&title);
	page_put_word(page, "kicker", l, "by_letter");
	description_put(page, l, a->n);
	json_object_set_nocheck(page, "letters", a->letters);
	if (a->pages > 1)
		put_pager(page, a, at);
	if (snippets_put(page, s, l, SNIPPET_ROW, a->docs + from, n, err) != 0) {
		json_decref(page);
		return err->code;
	}
	return page_write(s, l, "letter", path, page, err);
}

static int letter_pages(
    struct site *s, struct site_lang *l, const struct letter *a, struct err *err)
{
	int r = 0;
	for (size_t at = 0; at < a->pages && r == 0; at++)
		r = letter_page(s, l, a, at, err);
	return r;
}

int pages_of_letters(struct site *s, struct site_lang *l, struct err *err)
{
	struct letters all = letters_of(s);
	struct letter a = {.letters = links_to(&all, s, l)};
	struct entry *entries = sorted(s, l);
	a.docs = mem_alloc((s->index.nnewest + 1) * sizeof *a.docs);
	int r = 0;
	for (size_t i = 0, at = 0; i < all.n && r == 0; i++) {
		a.code = all.items[i].code;
		a.pages = (all.items[i].most + ROWS_A_PAGE - 1) / ROWS_A_PAGE;
		a.n = 0;
		while (at < s->index.nnewest && entries[at].code < a.code)
			at++; /* of a letter too many */
		for (; at < s->index.nnewest && entries[at].code == a.code; at++)
			a.docs[a.n++] = entries[at].doc;
		r = letter_pages(s, l, &a, err);
	}
	free(a.docs);
	free(entries);
	json_decref(a.letters);
	return r;
}
