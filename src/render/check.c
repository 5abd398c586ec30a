/* SPDX-License-Identifier: Apache-2.0 */
#include "render/check.h"

#include "base/asset.h"
#include "base/file.h"
#include "base/mem.h"
#include "markup/theme.h"
#include "pages/links.h"
#include "site/sieve.h"

#include <stdio.h>
#include <stdlib.h>

enum { PAGE_BYTES_MAX = 16 * 1024 * 1024 };

/* A set of numbers. */
struct set {
	uint32_t *slots; /* 0: none; the number 0 is taken for 1 */
	size_t cap, n;
	struct sieve sieve;
};

static uint32_t *set_slot(const struct set *set, uint32_t n)
{
	size_t at = (n * (uint64_t)0x9e3779b97f4a7c15u >> 32) & (set->cap - 1);
	while (set->slots[at] && set->slots[at] != n)
		at = (at + 1) & (set->cap - 1);
	return &set->slots[at];
}

static void set_add(struct set *set, uint32_t n)
{
	if (2 * set->n >= set->cap) {
		uint32_t *old = set->slots;
		size_t cap = set->cap;
		set->cap = cap ? 2 * cap : 256;
		set->slots = mem_alloc(set->cap * sizeof *set->slots);
		for (size_t i = 0; i < cap; i++)
			if (old[i])
				*set_slot(set, old[i]) = old[i];
		free(old);
	}
	uint32_t *slot = set_slot(set, n ? n : 1);
	set->n += !*slot;
	*slot = n ? n : 1;
	sieve_add(&set->sieve, n);
}

static bool set_has(const struct set *set, uint32_t n)
{
	return sieve_may_have(&set->sieve, n) && *set_slot(set, n ? n : 1);
}

/* Where `text` stands: "<file>:<line>". */
static bool put_line(struct buf *out, struct str all, struct str text, const char *file)
{
	const char *at = text.len ? memmem(all.ptr, all.len, text.ptr, text.len) : NULL;
	if (at)
		buf_printf(out, " (%s:%zu)", file, str_line(all, at));
	return at != NULL;
}

/* The template whose words these are, by the last part of the address. */
static bool put_template(struct buf *out, const struct site *s, struct str url)
{
	static const char folder[] = "content/theme/";
	const char *slash = memrchr(url.ptr, '/', url.len), *path, *file;
	struct str name = slash ? str_sub(url, (size_t)(slash - url.ptr) + 1, url.len) : url;
	for (size_t i = 0; (path = asset_path(folder, i)); i++) {
		struct str text = theme_get(s->theme, path + strlen(folder), &file);
		if (str_ends(str_from(path), STR(".mustache")) && put_line(out, text, name, file))
			return true;
	}
	return false;
}

/* The record that names the document at this address. */
static void put_record(struct buf *out, struct site *s, struct str unit, struct str url)
{
	struct str place = str_cut(&unit, '/'), type = str_cut(&unit, '/');
	const struct doc *d = index_find(&s->index, place, type, unit);
	const char *slash = memrchr(url.ptr, '/', url.len);
	struct str name = slash ? str_sub(url, (size_t)(slash - url.ptr) + 1, url.len) : url;
	struct str other = str_cut(&name, '.');
	bool is_found = false;
	for (size_t i = 0; d && i < d->nvariants && !is_found; i++) {
		const struct variant *v = &d->variants[i];
		struct err ignored;
		struct str text;
		char file[320];
		snprintf(file, sizeof file, "records/%s/%s/%s/%.*s.md", d->place, d->type, d->id,
		    STR_FMT(v->face.lang));
		is_found = text_of(&text, s, v, &ignored) == 0 && put_line(out, text, other, file);
	}
}

/* Read the unit's pages for the link of that number, and say where it comes from. */
static int report(
    struct site *s, const struct tree *t, const struct unit *u, uint32_t wanted, struct err *err)
{
	struct state_file f;
	struct buf html = BUF_INIT, path = BUF_INIT, from = BUF_INIT;
	bool is_found = false;
	for (struct str files = u->files; !is_found && state_take_file(&files, &f);) {
		struct err ignored;
		struct str url;
		/* What is kept may be missing in the new tree until that is completed. */
		const char *tree = u->is_kept ? t->out : t->path.ptr;
		size_t line, root = strlen(tree) + 1;
		buf_reset(&path);
		buf_reset(&html);
		buf_printf(&path, "%s/%.*s", tree, STR_FMT(f.path));
		if (!str_ends(f.path, STR(".html")) ||
		    file_read(&html, path.ptr, PAGE_BYTES_MAX, &ignored) != 0 ||
		    !links_find(&url, &line, path.ptr + root, buf_str(&html), wanted))
			continue;
		if (!put_template(&from, s, url))
			put_record(&from, s, u->name, url);
		err_set(err, ERR_MISSING, "%.*s:%zu: a link to what is not in the site: %.*s%s",
		    STR_FMT(f.path), line, STR_FMT(url), from.ptr ? from.ptr : "");
		is_found = true;
	}
	if (!is_found)
		err_set(err, ERR_MISSING,
		    "%.*s: it names pages in other languages that do not name it",
		    STR_FMT(u->name));
	buf_release(&html);
	buf_release(&path);
	buf_release(&from);
	return err->code;
}

/* made: what pages of this build give; needed: what they lead to besides; gone: what pages that are
 * no more gave, and none of those does; given: of both, what pages that were kept give. */
struct search {
	struct set made, needed, gone, given;
	const struct unit *bad;
	uint32_t number;
};

static void each_made(
    const struct workers *w, void (*each)(struct search *x, const struct unit *u), struct search *x)
{
	for (size_t i = 0; i < w->n; i++)
		for (size_t k = 0; k < w->items[i].site.output.nunits; k++)
			each(x, &w->items[i].site.output.units[k]);
}

static void note_made(struct search *x, const struct unit *u)
{
	struct str gives = u->gives;
	for (uint32_t n; number_take(&gives, &n);)
		set_add(&x->made, n);
}

static void add_not_made(struct set *set, const struct search *x, struct str numbers)
{
	for (uint32_t n; number_take(&numbers, &n);)
		if (!set_has(&x->made, n))
			set_add(set, n);
}

static void note_needs(struct search *x, const struct unit *u)
{
	add_not_made(&x->needed, x, u->needs);
}

/* Of all that is given, only what somebody asks for. */
static void note_gives(struct search *x, const struct unit *u)
{
	struct str gives = u->gives;
	for (uint32_t n; number_take(&gives, &n);)
		if (set_has(&x->needed, n) || set_has(&x->gone, n))
			set_add(&x->given, n);
}

/* Does it need what is in the set, and nobody gives? */
static void find(struct search *x, const struct set *set, const struct unit *u)
{
	struct str needs = u->needs;
	for (uint32_t n; !x->bad && number_take(&needs, &n);)
		if (set_has(set, n) && !set_has(&x->given, n)) {
			x->bad = u;
			x->number = n;
		}
}

static void find_missing(struct search *x, const struct unit *u)
{
	find(x, &x->needed, u);
}

int check_links(struct site *s, const struct workers *w, const struct tree *t, struct err *err)
{
	struct search *x = mem_alloc(sizeof *x);
	const struct unit *units = t->old.units;
	each_made(w, note_made, x);
	each_made(w, note_needs, x);
	for (size_t i = 0; i < t->old.n; i++)
		if (!units[i].is_kept)
			add_not_made(&x->gone, x, units[i].gives);
	for (size_t i = 0; i < t->old.n; i++)
		if (units[i].is_kept)
			note_gives(x, &units[i]);
	each_made(w, find_missing, x);
	for (size_t i = 0; i < t->old.n && x->gone.n; i++)
		if (units[i].is_kept)
			find(x, &x->gone, &units[i]);
	int r = x->bad ? report(s, t, x->bad, x->number, err) : 0;
	free(x->made.slots);
	free(x->needed.slots);
	free(x->gone.slots);
	free(x->given.slots);
	free(x);
	return r;
}
