/* SPDX-License-Identifier: Apache-2.0 */
#include "pages/links.h"

#include "markup/html.h"
#include "markup/lint.h"
#include "pages/page.h"

enum { LANGS_MAX = 64 };

struct page {
	struct site *s;
	struct str path, folder, html; /* folder: with its slash */
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
	return err_set(err, code, "%.*s:%zu: %s: %.*s", STR_FMT(p->path), str_line(p->html, at.ptr),
	    what, STR_FMT(at));
}

static struct str folder_of(struct str path)
{
	while (path.len && path.ptr[path.len - 1] != '/')
		path.len--;
	return path;
}

/* The path within the site of an address in the page; "" where it leads elsewhere. The fragment
 * stays in `*id`. */
static void resolve(
    struct buf *out, const struct page *p, struct str url, enum url_kind kind, struct str *id)
{
	struct str rest = url, path = str_cut(&rest, '#'), folder = p->folder;
	*id = rest;
	path = str_cut(&path, '?');
	buf_reset(out);
	if (str_starts(path, STR("/"))) {
		buf_add(out, str_sub(path, 1, path.len));
		return;
	}
	if (kind != URL_RELATIVE || !path.len)
		return;
	for (; str_starts(path, STR("../")); path = str_sub(path, 3, path.len))
		folder = folder_of(str_sub(folder, 0, folder.len - (folder.len > 0)));
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
	buf_putc(path, '#');
	buf_add(path, id);
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

static void on_href(void *ctx, struct str url, enum url_kind kind)
{
	struct page *p = ctx;
	struct buf *path = &p->path_at_hand;
	struct str id;
	if (kind == URL_FRAGMENT)
		add_line(&p->local, str_sub(url, 1, url.len));
	else if ((size_t)(url.ptr - p->html.ptr) < p->foot) {
		resolve(path, p, url, kind, &id);
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
	struct buf *path = &p->path_at_hand;
	struct str id;
	resolve(path, p, href, URL_RELATIVE, &id); /* the linter takes no other there */
	buf_add(&p->cluster, code);
	buf_putc(&p->cluster, ' ');
	add_line(&p->cluster, buf_str(path));
}

static uint32_t member(struct page *p, struct str path, uint32_t cluster)
{
	struct buf *b = &p->path_at_hand;
	buf_reset(b);
	buf_add(b, path);
	buf_puts(b, " is of ");
	buf_u32(b, cluster);
	return state_hash(buf_str(b));
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
			output_needs(&p->s->output, member(p, path, cluster));
	}
	if (n && !has_self)
		return fault(p, STR_EMPTY, ERR_SYNTAX,
		    "it names translations of itself, and not itself", err);
	if (n)
		output_gives(&p->s->output, member(p, p->path, cluster));
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

int links_note(struct site *s, const char *path, struct str html, struct err *err)
{
	struct page p = {.s = s,
	    .path = str_from(path),
	    .folder = folder_of(str_from(path)),
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

static void on_looking(void *ctx, struct str url, enum url_kind kind)
{
	struct page *p = ctx;
	struct buf path = BUF_INIT;
	struct str id;
	resolve(&path, p, url, kind, &id);
	bool is = path.len && (state_hash(buf_str(&path)) == p->wanted ||
				  (id.len && anchor(&path, id) == p->wanted));
	if (is && !p->found.ptr)
		p->found = url;
	buf_release(&path);
}

bool links_find(struct str *url, size_t *line, const char *path, struct str html, uint32_t number)
{
	struct page p = {.path = str_from(path),
	    .folder = folder_of(str_from(path)),
	    .html = html,
	    .wanted = number};
	const struct lint_hooks hooks = {.href = on_looking, .ctx = &p};
	struct err ignored;
	html_lint(html, LINT_PAGE, path, &hooks, &ignored);
	*url = p.found;
	*line = str_line(html, p.found.ptr);
	return p.found.ptr != NULL;
}
