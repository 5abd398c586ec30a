/* SPDX-License-Identifier: Apache-2.0 */
#include "site/check.h"

#include "base/asset.h"
#include "base/file.h"
#include "base/mem.h"
#include "site/html.h"
#include "site/lint.h"
#include "site/theme.h"

#include <stdio.h>
#include <stdlib.h>

enum { LANGS_MAX = 64, PAGE_BYTES_MAX = 16 * 1024 * 1024 };

struct page {
	struct site *s;
	struct str path, html;
	struct buf ids, local; /* lines: its ids; fragments that it leads to in itself */
	struct buf path_at_hand;
	struct buf cluster; /* "<code> <path>\n" of each language's page */
	size_t foot; /* where what every page of a language has begins */
	uint32_t wanted; /* when looking for a link: its number */
	struct str found; /* and where it stands in `html` */
};

static int fault(
    const struct page *p, struct str at, enum err_code code, const char *what, struct err *err)
{
	size_t line = 1;
	for (const char *c = p->html.ptr; at.ptr && c < at.ptr; c++)
		line += *c == '\n';
	return err_set(err, code, "%.*s:%zu: %s: %.*s", STR_FMT(p->path), line, what, STR_FMT(at));
}

/* The path within the site of an address in the page; "" where it leads elsewhere. The fragment
 * stays in `*id`. */
static void resolve(struct buf *out, const struct page *p, struct str url, struct str *id)
{
	struct str rest = url, path = str_cut(&rest, '#'), folder = p->path;
	*id = rest;
	path = str_cut(&path, '?');
	buf_reset(out);
	if (str_starts(path, STR("/"))) {
		buf_add(out, str_sub(path, 1, path.len));
		return;
	}
	if (url_kind(url) != URL_RELATIVE || !path.len)
		return;
	while (folder.len && folder.ptr[folder.len - 1] != '/')
		folder.len--;
	while (str_starts(path, STR("../"))) {
		path = str_sub(path, 3, path.len);
		folder.len -= folder.len > 0;
		while (folder.len && folder.ptr[folder.len - 1] != '/')
			folder.len--;
	}
	buf_add(out, folder);
	buf_add(out, path);
}

/* Headings of a record's text are numbered, and no page leads to one of another's. */
static bool is_numbered(struct str id)
{
	return id.len > 1 && id.ptr[0] == 's' && id.ptr[1] >= '0' && id.ptr[1] <= '9';
}

static uint32_t anchor(struct buf *path, struct str id)
{
	size_t len = path->len;
	buf_printf(path, "#%.*s", STR_FMT(id));
	uint32_t n = state_hash(buf_str(path));
	path->len = len;
	path->ptr[len] = 0;
	return n;
}

static void add_line(struct buf *out, struct str s)
{
	buf_add(out, s);
	buf_putc(out, '\n');
}

static bool has_line(const struct buf *lines, struct str s)
{
	for (struct str rest = buf_str(lines); rest.len;)
		if (str_eq(str_cut(&rest, '\n'), s))
			return true;
	return false;
}

static void on_id(void *ctx, struct str id)
{
	struct page *p = ctx;
	add_line(&p->ids, id);
	buf_reset(&p->path_at_hand);
	buf_add(&p->path_at_hand, p->path);
	if (!is_numbered(id))
		output_gives(&p->s->output, anchor(&p->path_at_hand, id));
}

static void on_href(void *ctx, struct str url)
{
	struct page *p = ctx;
	struct buf *path = &p->path_at_hand;
	struct str id;
	if (str_starts(url, STR("#")))
		add_line(&p->local, str_sub(url, 1, url.len));
	else if ((size_t)(url.ptr - p->html.ptr) < p->foot) {
		resolve(path, p, url, &id);
		if (!path->len || str_starts(buf_str(path), STR("belfry/")))
			return;
		output_needs(&p->s->output, state_hash(buf_str(path)));
		if (id.len && !is_numbered(id))
			output_needs(&p->s->output, anchor(path, id));
	}
}

static void on_alternate(void *ctx, struct str code, struct str href)
{
	struct page *p = ctx;
	struct buf path = BUF_INIT;
	struct str id;
	resolve(&path, p, href, &id);
	buf_printf(&p->cluster, "%.*s ", STR_FMT(code));
	add_line(&p->cluster, buf_str(&path));
	buf_release(&path);
}

static uint32_t member(struct str path, uint32_t cluster)
{
	struct buf b = BUF_INIT;
	buf_printf(&b, "%.*s is of %u", STR_FMT(path), (unsigned)cluster);
	uint32_t n = state_hash(buf_str(&b));
	buf_release(&b);
	return n;
}

/* Each language once, this page among them; and all of them say the same. */
static int check_cluster(struct page *p, struct err *err)
{
	uint32_t cluster = state_hash(buf_str(&p->cluster));
	struct str seen[LANGS_MAX];
	size_t n = 0;
	bool has_self = false;
	for (struct str rest = buf_str(&p->cluster); rest.len;) {
		struct str path = str_cut(&rest, '\n'), code = str_cut(&path, ' ');
		for (size_t i = 0; i < n; i++)
			if (str_eq(seen[i], code))
				return fault(p, code, ERR_SYNTAX, "a language named twice", err);
		if (n == LANGS_MAX)
			return fault(p, code, ERR_LIMIT, "too many languages", err);
		seen[n++] = code;
		if (str_eq(path, p->path))
			has_self = true;
		else if (!str_is(code, "x-default"))
			output_needs(&p->s->output, member(path, cluster));
	}
	if (n && !has_self)
		return fault(p, STR_EMPTY, ERR_SYNTAX,
		    "it names translations of itself, and not itself", err);
	if (n)
		output_gives(&p->s->output, member(p->path, cluster));
	return 0;
}

static int check_fragments(struct page *p, struct err *err)
{
	for (struct str rest = buf_str(&p->local); rest.len;) {
		struct str id = str_cut(&rest, '\n');
		if (!has_line(&p->ids, id))
			return fault(
			    p, id, ERR_MISSING, "a link to a place in it that is not there", err);
	}
	for (struct str rest = buf_str(&p->ids); rest.len;) {
		struct str id = str_cut(&rest, '\n');
		if (has_line(&(struct buf){(char *)(uintptr_t)rest.ptr, rest.len, 0}, id))
			return fault(p, STR_EMPTY, ERR_SYNTAX, "two places of one name", err);
	}
	return 0;
}

/* Pages in folders end with what the home page of their language ends with, too: checked there. */
static size_t foot_of(const char *path, struct str html)
{
	static const char start[] = "<footer class=\"bottom\">";
	const char *slash = strchr(path, '/'), *at = NULL;
	if (slash && strchr(slash + 1, '/') && html.len > 6000)
		at = memmem(html.ptr + html.len - 6000, 6000, start, sizeof start - 1);
	return at ? (size_t)(at - html.ptr) : html.len;
}

int check_page(struct site *s, const char *path, struct str html, struct err *err)
{
	struct page p = {.s = s,
	    .path = str_from(path),
	    .html = html,
	    .foot = foot_of(path, html),
	    .ids = BUF_INIT,
	    .path_at_hand = BUF_INIT,
	    .local = BUF_INIT,
	    .cluster = BUF_INIT};
	const struct lint_hooks hooks = {
	    .href = on_href, .id = on_id, .alternate = on_alternate, .ctx = &p};
	int bad = html_lint(html, LINT_PAGE, path, &hooks, err) || check_fragments(&p, err) ||
		  check_cluster(&p, err);
	buf_release(&p.ids);
	buf_release(&p.path_at_hand);
	buf_release(&p.local);
	buf_release(&p.cluster);
	return bad ? err->code : 0;
}

/* --- all together --- */

/* A set of numbers: what is looked for and not seen yet. */
struct set {
	uint32_t *slots; /* 0: none; the number 0 is taken for 1 */
	size_t cap, n;
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
		struct set old = *set;
		set->cap = old.cap ? 2 * old.cap : 256;
		set->slots = mem_alloc(set->cap * sizeof *set->slots);
		for (size_t i = 0; i < old.cap; i++)
			if (old.slots[i])
				*set_slot(set, old.slots[i]) = old.slots[i];
		free(old.slots);
	}
	uint32_t *slot = set_slot(set, n ? n : 1);
	set->n += !*slot;
	*slot = n ? n : 1;
}

static bool set_has(const struct set *set, uint32_t n)
{
	return set->cap && *set_slot(set, n ? n : 1);
}

static bool take_number(struct str *s, uint32_t *n)
{
	struct str raw;
	if (!str_take(s, sizeof *n, &raw))
		return false;
	memcpy(n, raw.ptr, sizeof *n);
	return true;
}

static void add_all(struct set *set, struct str numbers)
{
	for (uint32_t n; take_number(&numbers, &n);)
		set_add(set, n);
}

/* The first of `numbers` that is in `set`, or is not. */
static bool find(const struct set *set, struct str numbers, bool is_in, uint32_t *n)
{
	while (take_number(&numbers, n))
		if (set_has(set, *n) == is_in)
			return true;
	return false;
}

static void on_looking(void *ctx, struct str url)
{
	struct page *p = ctx;
	struct buf path = BUF_INIT;
	struct str id;
	resolve(&path, p, url, &id);
	bool is = path.len && (state_hash(buf_str(&path)) == p->wanted ||
				  (id.len && anchor(&path, id) == p->wanted));
	if (is && !p->found.ptr)
		p->found = url;
	buf_release(&path);
}

/* Where `text` stands: "<file>:<line>". */
static bool put_line(struct buf *out, struct str all, struct str text, const char *file)
{
	const char *at = text.len ? memmem(all.ptr, all.len, text.ptr, text.len) : NULL;
	size_t line = 1;
	for (const char *c = all.ptr; at && c < at; c++)
		line += *c == '\n';
	if (at)
		buf_printf(out, " (%s:%zu)", file, line);
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
		    STR_FMT(v->lang));
		is_found = text_of(&text, s, v, &ignored) == 0 && put_line(out, text, other, file);
	}
}

/* Read the unit's pages for the link of that number, and say where it comes from. */
static int report(
    struct site *s, const struct tree *t, const struct unit *u, uint32_t wanted, struct err *err)
{
	struct state_file f;
	struct buf html = BUF_INIT, path = BUF_INIT, from = BUF_INIT;
	int r = 0;
	for (struct str files = u->files; r == 0 && state_take_file(&files, &f);) {
		struct err ignored;
		struct page p = {.s = s, .path = f.path, .wanted = wanted};
		const struct lint_hooks hooks = {.href = on_looking, .ctx = &p};
		buf_reset(&path);
		buf_reset(&html);
		buf_printf(&path, "%s/%.*s", t->path.ptr, STR_FMT(f.path));
		if (!str_ends(f.path, STR(".html")) ||
		    file_read(&html, path.ptr, PAGE_BYTES_MAX, &ignored) != 0)
			continue;
		p.html = buf_str(&html);
		html_lint(p.html, LINT_PAGE, path.ptr, &hooks, &ignored);
		if (!p.found.ptr)
			continue;
		if (!put_template(&from, s, p.found))
			put_record(&from, s, u->name, p.found);
		struct err what;
		fault(&p, p.found, ERR_MISSING, "a link to what is not in the site", &what);
		r = err_set(err, ERR_MISSING, "%s%s", what.msg, from.ptr);
	}
	if (r == 0)
		r = err_set(err, ERR_MISSING,
		    "%.*s: it names pages in other languages that do not name it",
		    STR_FMT(u->name));
	buf_release(&html);
	buf_release(&path);
	buf_release(&from);
	return r;
}

static void each_made(
    const struct workers *w, void (*each)(void *ctx, const struct unit *u), void *ctx)
{
	for (size_t i = 0; i < w->n; i++)
		for (size_t k = 0; k < w->items[i].site.output.nunits; k++)
			each(ctx, &w->items[i].site.output.units[k]);
}

struct search {
	struct set needed, gone, given;
	const struct unit *bad;
	uint32_t number;
};

static void note_needs(void *ctx, const struct unit *u)
{
	add_all(&((struct search *)ctx)->needed, u->needs);
}

/* Of all that is given, only what somebody asks for. */
static void note_gives(void *ctx, const struct unit *u)
{
	struct search *x = ctx;
	struct str gives = u->gives;
	for (uint32_t n; take_number(&gives, &n);)
		if (set_has(&x->needed, n) || set_has(&x->gone, n))
			set_add(&x->given, n);
}

static void find_missing(void *ctx, const struct unit *u)
{
	struct search *x = ctx;
	if (!x->bad && find(&x->given, u->needs, false, &x->number))
		x->bad = u;
}

static void find_gone(void *ctx, const struct unit *u)
{
	struct search *x = ctx;
	struct str needs = u->needs;
	for (uint32_t n; !x->bad && take_number(&needs, &n);)
		if (set_has(&x->gone, n) && !set_has(&x->given, n)) {
			x->bad = u;
			x->number = n;
		}
}

int check_links(struct site *s, const struct workers *w, const struct tree *t, struct err *err)
{
	struct search x = {.number = 0};
	each_made(w, note_needs, &x);
	for (size_t i = 0; i < t->old.n; i++)
		if (!t->old.units[i].is_kept)
			add_all(&x.gone, t->old.units[i].gives);
	for (size_t i = 0; i < t->old.n; i++)
		if (t->old.units[i].is_kept)
			note_gives(&x, &t->old.units[i]);
	each_made(w, note_gives, &x);
	each_made(w, find_missing, &x);
	for (size_t i = 0; i < t->old.n; i++)
		if (t->old.units[i].is_kept)
			find_gone(&x, &t->old.units[i]);
	int r = x.bad ? report(s, t, x.bad, x.number, err) : 0;
	free(x.needed.slots);
	free(x.gone.slots);
	free(x.given.slots);
	return r;
}
