/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever the text, its HTML passes the linter, and containers are no deeper than was estimated.
 */
#include "base/limits.h"
#include "record/markdown_limits.h"
#include "markup/lint.h"
#include "markup/markdown.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool resolve(void *ctx, bool is_record, struct str url, struct buf *out)
{
	(void)ctx;
	if (!is_record)
		return false;
	buf_add(out, url); /* as hostile as it comes: html_url must judge it */
	return true;
}

static size_t depth_of(struct str html)
{
	size_t depth = 0, deepest = 0;
	for (size_t i = 0; i < html.len; i++) {
		struct str s = str_sub(html, i, html.len);
		if (str_starts(s, STR("<li>")) || str_starts(s, STR("<blockquote>")))
			depth++;
		if (str_starts(s, STR("</li>")) || str_starts(s, STR("</blockquote>")))
			depth--;
		if (depth > deepest)
			deepest = depth;
	}
	return deepest;
}

static void stop(const char *why, struct str html)
{
	fprintf(stderr, "%s\n%.*s\n", why, STR_FMT(html));
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct markdown_options o = {.resolve = resolve};
	struct buf out = BUF_INIT;
	struct err err = {0};
	struct str text = str_of(data, size);
	if (markdown_html(&out, text, &o, &err) != 0) {
		if (out.len || err.code != ERR_LIMIT)
			stop("an error with output, or of another kind", buf_str(&out));
	} else {
		if (html_lint(buf_str(&out), LINT_FRAGMENT, "fuzz", NULL, &err) != 0)
			stop(err.msg, buf_str(&out));
		if (depth_of(buf_str(&out)) > markdown_depth(text, NESTING_MAX, NULL))
			stop("deeper than estimated", buf_str(&out));
	}
	buf_release(&out);
	return 0;
}
