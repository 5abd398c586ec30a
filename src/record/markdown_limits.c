/* SPDX-License-Identifier: Apache-2.0 */
#include "record/markdown_limits.h"

#include "base/limits.h"

/* A line's prefix: container markers and the white space between them. */
struct prefix {
	size_t markers, columns; /* columns of white space; a tab stops at the next multiple of 4 */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* "- - -" is a rule across the page, not three lists. */
static bool is_rule(struct str s)
{
	size_t marks = 0;
	for (size_t i = 0; i < s.len; i++) {
		marks += s.ptr[i] == s.ptr[0];
		if (s.ptr[i] != s.ptr[0] && !is_blank(s.ptr[i]))
			return false;
	}
	return marks >= 3 && (s.ptr[0] == '-' || s.ptr[0] == '*');
}

/* Length of the marker that `s` begins with, or 0. */
static size_t marker_length(struct str s)
{
	size_t n = 0;
	if (s.ptr[0] == '>')
		return 1;
	if (s.ptr[0] == '-' || s.ptr[0] == '+' || s.ptr[0] == '*')
		n = 1;
	else
		while (n < s.len && n < 9 && s.ptr[n] >= '0' && s.ptr[n] <= '9')
			n++;
	if (n && s.ptr[0] >= '0' && s.ptr[0] <= '9') {
		if (n == s.len || (s.ptr[n] != '.' && s.ptr[n] != ')'))
			return 0;
		n++;
	}
	/* cmark takes vertical tab and form feed for white space behind a marker. */
	return n && (n == s.len || memchr(" \t\v\f", s.ptr[n], 4)) ? n : 0;
}

static struct prefix prefix_of(struct str line, size_t max)
{
	struct prefix p = {0, 0};
	size_t column = 0;
	for (size_t i = 0; i < line.len && p.markers <= max;) {
		if (is_blank(line.ptr[i])) {
			size_t to = line.ptr[i] == '\t' ? (column / 4 + 1) * 4 : column + 1;
			p.columns += to - column;
			column = to;
			i++;
			continue;
		}
		struct str rest = str_sub(line, i, line.len);
		size_t n = marker_length(rest);
		if (!n || is_rule(rest))
			break;
		p.markers++;
		column += n;
		i += n;
	}
	return p;
}

/* Where `c` stands next, or the end; `known` is the answer of before, so that a text is searched
 * once. */
static const char *next_of(struct str text, char c, const char *known)
{
	if (known && known >= text.ptr)
		return known;
	const char *p = memchr(text.ptr, c, text.len);
	return p ? p : text.ptr + text.len;
}

/*
 * A line goes on inside at most as many containers as were open before it, and inside a list item
 * only behind two columns of white space or more; quotes show their markers again. A line without a
 * marker opens nothing, and may leave everything open.
 */
size_t markdown_depth(struct str text, size_t max, size_t *end)
{
	size_t open = 0, deepest = 0;
	const char *const first = text.ptr;
	const char *feed = NULL, *cr = NULL;
	while (text.len && deepest <= max) {
		/* CR alone ends a line for cmark too; as white space inside one it would hide
		 * markers. */
		feed = next_of(text, '\n', feed);
		cr = next_of(text, '\r', cr);
		size_t n = (size_t)((feed < cr ? feed : cr) - text.ptr);
		struct prefix p = prefix_of(str_sub(text, 0, n), max);
		if (end)
			*end = (size_t)(text.ptr - first) + n;
		text = str_sub(text, n + 1, text.len);
		if (!p.markers)
			continue;
		size_t kept = p.columns / 2 < open ? p.columns / 2 : open;
		open = kept + p.markers;
		if (open > deepest)
			deepest = open;
	}
	return deepest;
}

static size_t line_start(struct str text, size_t at)
{
	while (at && text.ptr[at - 1] != '\n')
		at--;
	return at;
}

static int check_brackets(struct str text, size_t *at, struct err *err)
{
	size_t n = 0;
	const char *end = text.ptr + text.len, *p = text.ptr;
	for (; p < end && (p = memchr(p, '[', (size_t)(end - p))); p++)
		if (n++ == BRACKETS_MAX)
			*at = (size_t)(p - text.ptr);
	if (n <= BRACKETS_MAX)
		return 0;
	return err_set(
	    err, ERR_LIMIT, "a text with %zu of '['; keep to %d or fewer", n, BRACKETS_MAX);
}

int markdown_limits(struct str text, size_t *at, struct err *err)
{
	size_t end = 0;
	if (markdown_depth(text, NESTING_MAX, &end) <= NESTING_MAX)
		return check_brackets(text, at, err);
	*at = line_start(text, end);
	return err_set(err, ERR_LIMIT,
	    "lists and quotes stand more than %d deep inside one another; keep to %d or fewer",
	    NESTING_MAX, NESTING_MAX);
}
