/* SPDX-License-Identifier: Apache-2.0 */
#include "markup/lint.h"

#include "base/json.h"
#include "markup/find.h"
#include "markup/html.h"
#include "markup/later.h"

#include <assert.h>
#include <ctype.h>
#include <pthread.h>

enum { DEPTH_MAX = 160 };
enum { EVERYWHERE = 1, PAGES = 2, EMPTY = 4, CLOSED = 8, SHAPE = 16 };

struct element {
	struct str name;
	const char *attributes; /* space before and after each */
	int flags;
};

#define NAME(literal)                                                                              \
	{                                                                                          \
		literal, sizeof(literal) - 1                                                       \
	}
#define DRAWN " fill stroke stroke-width stroke-linecap stroke-linejoin transform "
static const struct element elements[] = {
    {NAME("a"), " href rel ", EVERYWHERE},
    {NAME("li"), "", EVERYWHERE},
    {NAME("p"), "", EVERYWHERE},
    {NAME("bdi"), "", PAGES},
    {NAME("time"), " datetime ", PAGES},
    {NAME("span"), "", PAGES},
    {NAME("ul"), "", EVERYWHERE},
    {NAME("div"), "", PAGES},
    {NAME("h2"), " id ", EVERYWHERE},
    {NAME("dd"), "", PAGES},
    {NAME("h3"), " id ", EVERYWHERE},
    {NAME("link"), " rel href type hreflang title ", PAGES | EMPTY},
    {NAME("nav"), "", PAGES},
    {NAME("meta"), " charset name content http-equiv ", PAGES | EMPTY},
    {NAME("dt"), "", PAGES},
    {NAME("path"), " d" DRAWN, PAGES | CLOSED | SHAPE},
    {NAME("section"), "", PAGES},
    {NAME("pre"), "", EVERYWHERE},
    {NAME("code"), "", EVERYWHERE},
    {NAME("header"), "", PAGES},
    {NAME("svg"), " xmlns viewBox preserveAspectRatio width height focusable" DRAWN, PAGES | SHAPE},
    {NAME("script"), " src defer ", PAGES},
    {NAME("article"), "", PAGES},
    {NAME("aside"), "", PAGES},
    {NAME("blockquote"), "", EVERYWHERE},
    {NAME("body"), "", PAGES},
    {NAME("br"), "", EVERYWHERE | EMPTY},
    {NAME("button"), " type hidden ", PAGES},
    {NAME("caption"), "", PAGES},
    {NAME("circle"), " cx cy r" DRAWN, PAGES | CLOSED | SHAPE},
    {NAME("details"), "", PAGES},
    {NAME("dl"), "", PAGES},
    {NAME("em"), "", EVERYWHERE},
    {NAME("figcaption"), "", PAGES},
    {NAME("figure"), "", PAGES},
    {NAME("footer"), "", PAGES},
    {NAME("form"), " action method ", PAGES},
    {NAME("g"), DRAWN, PAGES | SHAPE},
    {NAME("h1"), "", PAGES},
    {NAME("h4"), " id ", EVERYWHERE},
    {NAME("h5"), " id ", EVERYWHERE},
    {NAME("h6"), " id ", EVERYWHERE},
    {NAME("head"), "", PAGES},
    {NAME("hr"), "", EVERYWHERE | EMPTY},
    {NAME("html"), "", PAGES},
    {NAME("input"), " type name value autocomplete ", PAGES | EMPTY},
    {NAME("label"), " for ", PAGES},
    {NAME("main"), "", PAGES},
    {NAME("ol"), " start ", EVERYWHERE},
    {NAME("option"), " value ", PAGES},
    {NAME("rect"), " x y width height rx" DRAWN, PAGES | CLOSED | SHAPE},
    {NAME("select"), " name ", PAGES},
    {NAME("strong"), "", EVERYWHERE},
    {NAME("style"), "", PAGES},
    {NAME("summary"), "", PAGES},
    {NAME("table"), "", PAGES},
    {NAME("tbody"), "", PAGES},
    {NAME("td"), "", PAGES},
    {NAME("th"), " scope ", PAGES},
    {NAME("thead"), "", PAGES},
    {NAME("title"), "", PAGES | SHAPE},
    {NAME("tr"), "", PAGES},
};
/* What any element of a page may carry. */
static const char of_pages[] = " class lang dir id hreflang role download aria-label "
			       "aria-labelledby aria-current aria-hidden tabindex ";

struct lint {
	struct str html;
	size_t at;
	enum lint_kind kind;
	const char *name;
	const struct lint_hooks *hooks;
	struct str rel, hreflang, link, content; /* of the element at hand */
	bool is_policy; /* it is */
	struct str policy; /* of the page */
	const struct element *open[DEPTH_MAX];
	size_t depth;
	struct err *err;
};

static int fault(struct lint *l, const char *what, struct str value)
{
	size_t at = l->at < l->html.len ? l->at : l->html.len;
	return err_set(l->err, ERR_SYNTAX, "%s:%zu: %s: %.*s", l->name,
	    str_line(l->html, l->html.ptr + at), what, STR_FMT(str_sub(value, 0, 60)));
}

/* Attributes whose value is looked at. */
enum meaning { NOTHING, REL, HREFLANG, ADDRESS, XMLNS, COLOUR, ID, TABINDEX, CONTENT, HTTP_EQUIV };
static const struct {
	struct str name;
	enum meaning meaning;
} meanings[] = {
    {NAME("rel"), REL},
    {NAME("hreflang"), HREFLANG},
    {NAME("href"), ADDRESS},
    {NAME("src"), ADDRESS},
    {NAME("action"), ADDRESS},
    {NAME("xmlns"), XMLNS},
    {NAME("fill"), COLOUR},
    {NAME("stroke"), COLOUR},
    {NAME("id"), ID},
    {NAME("tabindex"), TABINDEX},
    {NAME("content"), CONTENT},
    {NAME("http-equiv"), HTTP_EQUIV},
};

/* Names in the tables above, by themselves: each tag has some. */
enum { NAMES_MAX = 256, ELEMENTS = sizeof elements / sizeof *elements };
static struct name {
	struct str text;
	const struct element *element; /* or NULL */
	uint64_t bit; /* as an attribute's */
	enum meaning meaning;
} names[NAMES_MAX];
static bool is_of_name[256];
static uint64_t may_carry[ELEMENTS], all_may_carry; /* bits */

/* An empty one where it is not known. */
static struct name *name_find(struct str s)
{
	size_t at = s.len ? s.len + 5u * (uint8_t)s.ptr[0] + 29u * (uint8_t)s.ptr[s.len - 1] : 0;
	for (at %= NAMES_MAX; names[at].text.len && !str_eq(names[at].text, s);)
		at = (at + 1) % NAMES_MAX;
	return &names[at];
}

static uint64_t learn_attributes(const char *list, size_t *n)
{
	uint64_t bits = 0;
	for (struct str rest = str_trim(str_from(list)); rest.len;) {
		struct str word = str_cut(&rest, ' ');
		struct name *name = name_find(word);
		name->text = word;
		if (!name->bit) {
			assert(*n < 64);
			name->bit = (uint64_t)1 << (*n)++;
		}
		bits |= name->bit;
	}
	return bits;
}

static void learn_names(void)
{
	size_t n = 0;
	for (int c = 1; c < 0x80; c++)
		is_of_name[c] = isalnum(c) || c == '-';
	for (size_t i = 0; i < ELEMENTS; i++) {
		struct name *name = name_find(elements[i].name);
		name->text = elements[i].name;
		name->element = &elements[i];
		may_carry[i] = learn_attributes(elements[i].attributes, &n);
	}
	all_may_carry = learn_attributes(of_pages, &n);
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		name_find(meanings[i].name)->meaning = meanings[i].meaning;
}

static struct str take_name(struct lint *l)
{
	const char *from = l->html.ptr + l->at, *end = l->html.ptr + l->html.len, *at = from;
	while (at < end && is_of_name[(uint8_t)*at])
		at++;
	l->at += (size_t)(at - from);
	return (struct str){from, (size_t)(at - from)};
}

static inline bool take(struct lint *l, struct str s)
{
	if (l->html.len - l->at < s.len || memcmp(l->html.ptr + l->at, s.ptr, s.len) != 0)
		return false;
	l->at += s.len;
	return true;
}

/* The character references that html.h writes, and no others. Returns the length of the one that
 * `s` begins with, and what it stands for. */
static size_t reference(struct str s, char *stands_for)
{
	static const struct {
		const char *text;
		char byte;
	} known[] = {
	    {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (!str_starts(s, str_from(known[i].text)))
			continue;
		*stands_for = known[i].byte;
		return strlen(known[i].text);
	}
	return 0;
}

static void put_unescaped(struct buf *out, struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];
		if (c == '&')
			i += reference(str_sub(value, i, value.len), &c) - 1;
		buf_putc(out, c);
	}
}

static int check_url(struct lint *l, struct str tag, struct str value)
{
	const bool is_link = str_is(tag, "a");
	struct buf unescaped = BUF_INIT;
	struct str url = value;
	if (memchr(value.ptr, '&', value.len)) {
		put_unescaped(&unescaped, value);
		url = buf_str(&unescaped);
	}
	enum url_kind kind = url_kind(url);
	if (l->kind == LINT_PAGE && is_link && str_starts(url, STR("/")))
		kind = url_kind(str_sub(url, 1, url.len)); /* from the site's root */
	buf_release(&unescaped);
	if (kind == URL_REFUSED || kind == URL_RECORD)
		return fault(l, "an address that may not stand in a page", value);
	if (!is_link && kind != URL_RELATIVE)
		return fault(l,
		    "a page may load only what stands beside it, and send nothing elsewhere",
		    value);
	if (l->hooks && l->hooks->href)
		l->hooks->href(l->hooks->ctx, value, kind);
	return 0;
}

/* Step over what means itself: all but '<', '>', '&', 0, and `also`. */
static const char *skip_plain(const char *at, const char *end, char also)
{
	const char set[] = {'<', '>', '&', 0, also};
	return find_any(at, end, set);
}

/* From behind the quote on; false where it does not end. */
static bool take_value(struct lint *l, struct str *value, bool *is_escaped)
{
	const char *from = l->html.ptr + l->at, *end = l->html.ptr + l->html.len, *at = from;
	char c;
	while ((at = skip_plain(at, end, '"')) < end && *at == '&' &&
	       reference((struct str){at, (size_t)(end - at)}, &c))
		at++;
	*is_escaped = at < end && *at == '"';
	const char *quote = *is_escaped ? at : memchr(from, '"', (size_t)(end - from));
	if (quote)
		*value = (struct str){from, (size_t)(quote - from)};
	return quote != NULL;
}

static int check_attribute(
    struct lint *l, const struct element *e, struct str key, struct str value)
{
	uint64_t may = may_carry[e - elements] | (l->kind != LINT_FRAGMENT ? all_may_carry : 0);
	const struct name *name = name_find(key);
	bool is_known =
	    (name->bit & may) || (l->kind == LINT_PAGE && str_starts(key, STR("data-")));
	if (!is_known)
		return fault(l, "an attribute that may not stand here", key);
	switch (name->meaning) {
	case NOTHING:
		break;
	case REL:
		l->rel = value;
		break;
	case HREFLANG:
		l->hreflang = value;
		break;
	case ADDRESS:
		l->link = value;
		return check_url(l, e->name, value);
	case XMLNS:
		if (!str_is(value, "http://www.w3.org/2000/svg"))
			return fault(l, "a drawing is SVG and nothing else", value);
		break;
	case COLOUR:
		if (memchr(value.ptr, '(', value.len))
			return fault(l, "a colour that is not plain", value);
		break;
	case ID:
		if (l->hooks && l->hooks->id)
			l->hooks->id(l->hooks->ctx, value);
		break;
	case TABINDEX:
		if (!str_is(value, "-1") && !str_is(value, "0"))
			return fault(l, "the order of keys is the page's own", value);
		break;
	case CONTENT:
		l->content = value;
		break;
	case HTTP_EQUIV:
		l->is_policy = str_is(value, "Content-Security-Policy");
		if (!l->is_policy)
			return fault(l, "a page may not send anyone elsewhere", value);
		break;
	}
	return 0;
}

static int lint_attributes(struct lint *l, const struct element *e)
{
	while (take(l, STR(" ")) || take(l, STR("\n"))) {
		struct str key = take_name(l);
		if (!key.len)
			return fault(l, "an attribute without a name in", e->name);
		if (!take(l, STR("=\""))) {
			bool is_word = str_is(key, "download") || str_is(key, "defer") ||
				       str_is(key, "hidden");
			if (l->kind == LINT_PAGE && is_word)
				continue;
			return fault(l, "an attribute whose value is not in double quotes", key);
		}
		struct str value;
		bool is_escaped;
		if (!take_value(l, &value, &is_escaped))
			return fault(l, "an attribute that does not end", key);
		if (!is_escaped)
			return fault(l, "an attribute that is not escaped", value);
		if (check_attribute(l, e, key, value) != 0)
			return l->err->code;
		l->at += value.len + 1;
	}
	/* A drawing's elements close themselves; HTML's own know no such thing. */
	return take(l, e->flags & CLOSED ? STR("/>") : STR(">"))
		   ? 0
		   : fault(l, "a tag that does not end", e->name);
}

static int lint_close(struct lint *l)
{
	struct str name = take_name(l);
	if (!l->depth || !str_eq(name, l->open[l->depth - 1]->name))
		return fault(l, "an end tag that closes nothing", name);
	if (!take(l, STR(">")))
		return fault(l, "an end tag that does not end", name);
	l->depth--;
	return 0;
}

static bool is_open(const struct lint *l, const struct element *e)
{
	for (size_t i = 0; i < l->depth; i++)
		if (l->open[i] == e)
			return true;
	return false;
}

static bool is_json(struct str text)
{
	json_t *v = NULL;
	struct err ignored;
	bool is = json_parse(&v, text, "data", &ignored) == 0;
	json_decref(v);
	return is;
}

/* A block of data: JSON that begins with its context, in which no byte could end it or be taken for
 * markup. */
static int lint_data(struct lint *l)
{
	struct str rest = str_sub(l->html, l->at, l->html.len);
	const char *end = memchr(rest.ptr, '<', rest.len);
	struct str data = str_sub(rest, 0, end ? (size_t)(end - rest.ptr) : rest.len);
	bool is_good = !memchr(data.ptr, '>', data.len) && !memchr(data.ptr, '&', data.len) &&
		       str_starts(data, STR("{\"@context\":\"https://schema.org\"")) &&
		       is_json(data);
	if (!is_good)
		return fault(l, "data that is not well formed", data);
	l->at += data.len;
	return take(l, STR("</script>")) ? 0 : fault(l, "data that does not end", data);
}

/* Does what the policy allows begin with the page's own files, then the script by its hash? */
static bool allows_later(struct str policy)
{
	struct buf source = BUF_INIT;
	buf_printf(&source, "script-src 'self' 'sha256-%.*s';", STR_FMT(later_hash()));
	bool is = memmem(policy.ptr, policy.len, source.ptr, source.len) != NULL;
	buf_release(&source);
	return is;
}

/* Behind the tag: nothing where it names a file, else the program's own. */
static int lint_script(struct lint *l)
{
	static const struct str end = NAME("</script>");
	struct str rest = str_sub(l->html, l->at, l->html.len), own = later_script();
	if (str_starts(rest, end))
		return 0;
	if (l->link.len || !str_starts(rest, own) ||
	    !str_starts(str_sub(rest, own.len, rest.len), end))
		return fault(l,
		    "a script inside a page, other than {{{later_html}}} of head.mustache",
		    str_sub(rest, 0, 20));
	if (!allows_later(l->policy))
		return fault(l,
		    "{{{later_html}}} needs script-src 'self' 'sha256-{{later_hash}}' in the "
		    "policy before it, not",
		    l->policy);
	l->at += own.len;
	return 0;
}

static int lint_tag(struct lint *l)
{
	static const int allowed[] = {
	    [LINT_FRAGMENT] = EVERYWHERE, [LINT_PAGE] = EVERYWHERE | PAGES, [LINT_DRAWING] = SHAPE};
	if (take(l, STR("</")))
		return lint_close(l);
	l->at++;
	struct str name = take_name(l);
	if (l->kind == LINT_PAGE && str_is(name, "script") &&
	    take(l, STR(" type=\"application/ld+json\">")))
		return lint_data(l);
	const struct element *e = name_find(name)->element;
	if (!e || !(e->flags & allowed[l->kind]) ||
	    (l->kind == LINT_DRAWING && !l->depth && !str_is(name, "svg")))
		return fault(l, "an element that may not stand here", name);
	if (str_is(name, "a") && is_open(l, e))
		return fault(l, "a link inside a link", name);
	l->rel = l->hreflang = l->link = l->content = STR_EMPTY;
	l->is_policy = false;
	if (lint_attributes(l, e) != 0)
		return l->err->code;
	if (str_is(name, "link") && str_is(l->rel, "alternate") && l->hreflang.len && l->hooks &&
	    l->hooks->alternate)
		l->hooks->alternate(l->hooks->ctx, l->hreflang, l->link);
	if (l->is_policy)
		l->policy = l->content;
	if (e->flags & (EMPTY | CLOSED))
		return 0;
	if (l->depth == DEPTH_MAX)
		return fault(l, "elements nested too deep", name);
	l->open[l->depth++] = e;
	if (str_is(name, "script"))
		return lint_script(l);
	if (str_is(name, "style")) { /* no markup up to its end tag */
		const char *from = l->html.ptr + l->at;
		const char *end = memmem(from, l->html.len - l->at, "</", 2);
		l->at = end ? (size_t)(end - l->html.ptr) : l->html.len;
	}
	return 0;
}

int html_lint(struct str html, enum lint_kind kind, const char *name,
    const struct lint_hooks *hooks, struct err *err)
{
	static pthread_once_t learnt = PTHREAD_ONCE_INIT;
	struct lint l = {.html = html, .kind = kind, .name = name, .hooks = hooks, .err = err};
	const char *end = html.ptr + html.len, *at;
	pthread_once(&learnt, learn_names);
	if (kind == LINT_PAGE && !take(&l, STR("<!DOCTYPE html>\n")))
		return fault(&l, "a page begins with its doctype", str_sub(html, 0, 20));
	while ((at = skip_plain(html.ptr + l.at, end, 0)) < end) {
		char stands_for;
		l.at = (size_t)(at - html.ptr);
		if (*at == '<') {
			if (lint_tag(&l) != 0)
				return err->code;
			continue;
		}
		if (*at != '&' || !reference(str_sub(html, l.at, html.len), &stands_for))
			return fault(&l, "text that is not escaped", str_sub(html, l.at, 20));
		l.at++;
	}
	if (l.depth)
		return fault(&l, "an element that is not closed", l.open[l.depth - 1]->name);
	return 0;
}
