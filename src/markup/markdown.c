/* SPDX-License-Identifier: Apache-2.0 */
#include "markup/markdown.h"

#include "base/limits.h"
#include "record/markdown_limits.h"
#include "record/text.h"
#include "markup/html.h"

#include <cmark.h>

struct writer {
	struct buf *out;
	const struct markdown_options *o;
	int shift, last_level; /* of headings */
	unsigned headings, all_headings; /* written so far; in the text */
	size_t inlines; /* <em> and <strong> open now */
	size_t too_deep; /* inlines whose tags are left out */
	const cmark_node *link; /* whose <a> is open */
	size_t heading_at, link_at; /* where the words of the one that is open begin */
};

static struct str literal(cmark_node *n)
{
	return str_from(cmark_node_get_literal(n));
}

static void lose(const struct writer *w, cmark_node *n, enum markdown_loss loss, struct str what)
{
	int line = cmark_node_get_start_line(n);
	if (w->o->lose)
		w->o->lose(w->o->ctx, loss, line > 0 ? (unsigned)line : 1, what);
}

static void tag(struct writer *w, const char *before, const char *name, const char *after)
{
	buf_puts(w->out, before);
	buf_puts(w->out, name);
	buf_puts(w->out, after);
}

/* Of HTML from `at` on: are there words, and not tags and spaces alone? */
static bool has_words(const struct writer *w, size_t at)
{
	struct str rest = str_sub(buf_str(w->out), at, w->out->len);
	while (rest.len) {
		if (!text_is_blank(str_cut(&rest, '<')))
			return true;
		str_cut(&rest, '>');
	}
	return false;
}

static const char *id_prefix(const struct writer *w)
{
	return w->o->id_prefix ? w->o->id_prefix : "s";
}

static void write_heading(struct writer *w, cmark_node *n, bool is_enter)
{
	if (is_enter) {
		int level = cmark_node_get_heading_level(n) + w->shift;
		if (level > w->last_level + 1)
			level = w->last_level + 1;
		w->last_level = level > 6 ? 6 : level;
		buf_printf(w->out, "<h%d id=\"", w->last_level);
		html_attr(w->out, str_from(id_prefix(w)));
		buf_printf(w->out, "%u\">", ++w->headings);
		w->heading_at = w->out->len;
		return;
	}
	if (!has_words(w, w->heading_at)) /* as it was written: none is empty for who listens */
		buf_add(w->out, str_sub(STR("######"), 0, (size_t)cmark_node_get_heading_level(n)));
	buf_printf(w->out, "</h%d>\n", w->last_level);
}

/* Does "#s2" name a heading of the text? */
static bool is_heading(const struct writer *w, struct str url)
{
	struct str prefix = str_from(id_prefix(w));
	uint64_t n;
	url = str_sub(url, 1, url.len);
	return str_starts(url, prefix) &&
	       str_u64(str_sub(url, prefix.len, url.len), w->all_headings, &n) && n > 0;
}

/* Open <a>, or not: then the words stand alone. */
static bool open_link(struct writer *w, struct str url)
{
	struct buf resolved = BUF_INIT, href = BUF_INIT;
	enum url_kind kind = url_kind(url);
	if (kind == URL_RECORD || kind == URL_RELATIVE) {
		bool is_record = kind == URL_RECORD;
		if (is_record)
			str_cut(&url, ':');
		if (!w->o->resolve || !w->o->resolve(w->o->ctx, is_record, url, &resolved))
			resolved.len = 0;
		url = buf_str(&resolved);
	} else if (kind == URL_FRAGMENT && !is_heading(w, url)) {
		url = STR_EMPTY;
	}
	bool is_open = html_url(&href, url);
	if (is_open) {
		buf_puts(w->out, "<a href=\"");
		buf_add(w->out, buf_str(&href));
		buf_puts(w->out,
		    kind == URL_EXTERNAL ? "\" rel=\"noopener noreferrer nofollow\">" : "\">");
	}
	buf_release(&resolved);
	buf_release(&href);
	return is_open;
}

/* Links and images; one inside another keeps its words only. */
static void write_link(struct writer *w, cmark_node *n, bool is_enter)
{
	if (is_enter && !w->link && !w->too_deep) {
		struct str url = str_from(cmark_node_get_url(n));
		if (!open_link(w, url)) {
			lose(w, n, LOSS_LINK, url);
			return;
		}
		if (cmark_node_get_type(n) == CMARK_NODE_IMAGE)
			lose(w, n, LOSS_PICTURE, url);
		w->link = n;
		w->link_at = w->out->len;
	} else if (!is_enter && w->link == n) {
		if (!has_words(w, w->link_at)) /* it could not be found or read */
			html_text(w->out, str_from(cmark_node_get_url(n)));
		buf_puts(w->out, "</a>");
		w->link = NULL;
	}
}

/* Emphasis nests as deep as its author likes and browsers do not: past the limit tags are left out.
 */
static void write_emphasis(struct writer *w, const char *name, bool is_enter)
{
	if (is_enter && (w->too_deep || w->inlines == NESTING_MAX))
		w->too_deep++;
	else if (is_enter) {
		w->inlines++;
		tag(w, "<", name, ">");
	} else if (w->too_deep)
		w->too_deep--;
	else {
		w->inlines--;
		tag(w, "</", name, ">");
	}
}

static void write_list(struct writer *w, cmark_node *n, bool is_enter)
{
	bool is_ordered = cmark_node_get_list_type(n) == CMARK_ORDERED_LIST;
	if (!is_enter)
		buf_puts(w->out, is_ordered ? "</ol>\n" : "</ul>\n");
	else if (is_ordered && cmark_node_get_list_start(n) != 1)
		buf_printf(w->out, "<ol start=\"%d\">\n", cmark_node_get_list_start(n));
	else
		buf_puts(w->out, is_ordered ? "<ol>\n" : "<ul>\n");
}

static void write_paragraph(struct writer *w, cmark_node *n, bool is_enter)
{
	cmark_node *list = cmark_node_parent(cmark_node_parent(n));
	if (list && cmark_node_get_type(list) == CMARK_NODE_LIST && cmark_node_get_list_tight(list))
		buf_puts(w->out, is_enter || !cmark_node_next(n) ? "" : "\n");
	else
		buf_puts(w->out, is_enter ? "<p>" : "</p>\n");
}

static void write_code(struct writer *w, struct str text)
{
	buf_puts(w->out, "<pre><code>");
	html_text(w->out, text);
	buf_puts(w->out, "</code></pre>\n");
}

static void write_block(struct writer *w, cmark_node *n, bool is_enter)
{
	switch (cmark_node_get_type(n)) {
	case CMARK_NODE_BLOCK_QUOTE:
		buf_puts(w->out, is_enter ? "<blockquote>\n" : "</blockquote>\n");
		break;
	case CMARK_NODE_LIST:
		write_list(w, n, is_enter);
		break;
	case CMARK_NODE_ITEM:
		buf_puts(w->out, is_enter ? "<li>" : "</li>\n");
		break;
	case CMARK_NODE_HTML_BLOCK:
		lose(w, n, LOSS_HTML, literal(n));
		write_code(w, literal(n));
		break;
	case CMARK_NODE_CODE_BLOCK:
		write_code(w, literal(n));
		break;
	case CMARK_NODE_PARAGRAPH:
		write_paragraph(w, n, is_enter);
		break;
	case CMARK_NODE_HEADING:
		write_heading(w, n, is_enter);
		break;
	case CMARK_NODE_THEMATIC_BREAK:
		buf_puts(w->out, "<hr>\n");
		break;
	default:
		break;
	}
}

static void write_inline(struct writer *w, cmark_node *n, bool is_enter)
{
	switch (cmark_node_get_type(n)) {
	case CMARK_NODE_HTML_INLINE:
		lose(w, n, LOSS_HTML, literal(n));
		html_text(w->out, literal(n));
		break;
	case CMARK_NODE_TEXT:
		html_text(w->out, literal(n));
		break;
	case CMARK_NODE_CODE:
		buf_puts(w->out, "<code>");
		html_text(w->out, literal(n));
		buf_puts(w->out, "</code>");
		break;
	case CMARK_NODE_SOFTBREAK:
		buf_puts(w->out, "\n");
		break;
	case CMARK_NODE_LINEBREAK:
		buf_puts(w->out, "<br>\n");
		break;
	case CMARK_NODE_EMPH:
		write_emphasis(w, "em", is_enter);
		break;
	case CMARK_NODE_STRONG:
		write_emphasis(w, "strong", is_enter);
		break;
	case CMARK_NODE_LINK:
	case CMARK_NODE_IMAGE:
		write_link(w, n, is_enter);
		break;
	default:
		break;
	}
}

static bool is_container(cmark_node_type t)
{
	return t == CMARK_NODE_BLOCK_QUOTE || t == CMARK_NODE_ITEM;
}

/* First pass: how many headings there are, how high they reach, and whether the estimate of depth
 * held. */
static size_t survey(cmark_node *root, int *highest, unsigned *headings)
{
	cmark_iter *it = cmark_iter_new(root);
	size_t depth = 0, deepest = 0;
	cmark_event_type event;
	*highest = 6;
	while ((event = cmark_iter_next(it)) != CMARK_EVENT_DONE) {
		cmark_node *n = cmark_iter_get_node(it);
		int level = cmark_node_get_heading_level(n);
		if (level && level < *highest)
			*highest = level;
		*headings += level && event == CMARK_EVENT_ENTER;
		if (!is_container(cmark_node_get_type(n)))
			continue;
		depth = event == CMARK_EVENT_ENTER ? depth + 1 : depth - 1;
		if (depth > deepest)
			deepest = depth;
	}
	cmark_iter_free(it);
	return deepest;
}

static void write_tree(struct writer *w, cmark_node *root)
{
	cmark_iter *it = cmark_iter_new(root);
	cmark_event_type event;
	while ((event = cmark_iter_next(it)) != CMARK_EVENT_DONE) {
		cmark_node *n = cmark_iter_get_node(it);
		if (cmark_node_get_type(n) <= CMARK_NODE_LAST_BLOCK)
			write_block(w, n, event == CMARK_EVENT_ENTER);
		else
			write_inline(w, n, event == CMARK_EVENT_ENTER);
	}
	cmark_iter_free(it);
}

int markdown_html(
    struct buf *out, struct str text, const struct markdown_options *o, struct err *err)
{
	static const struct markdown_options usual = {0};
	struct writer w = {.out = out, .o = o ? o : &usual};
	size_t at;
	int highest, heading = w.o->heading ? w.o->heading : 2;
	if (text.len > RECORD_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "a text of %zu bytes; at most %d are shown",
		    text.len, RECORD_BYTES_MAX);
	if (markdown_limits(text, &at, err))
		return err->code;
	cmark_node *root = cmark_parse_document(text.ptr, text.len, CMARK_OPT_VALIDATE_UTF8);
	if (survey(root, &highest, &w.all_headings) > NESTING_MAX) {
		cmark_node_free(root);
		return err_set(err, ERR_LIMIT,
		    "cmark finds more than %d containers inside one "
		    "another",
		    NESTING_MAX);
	}
	w.shift = heading - highest;
	w.last_level = heading - 1;
	write_tree(&w, root);
	cmark_node_free(root);
	return 0;
}

const char *markdown_version(void)
{
	return cmark_version_string();
}
