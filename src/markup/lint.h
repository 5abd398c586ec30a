/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last gate: a small reader of the HTML that this program writes, which knows only what it may
 * write. It takes a strict subset (lower-case tags, double-quoted attributes, every element closed
 * in order) and a list of elements, attributes and addresses; everything else is an error, so a
 * mistake in escaping cannot pass as something a browser would mend in its own way.
 */
#ifndef BELFRY_MARKUP_LINT_H
#define BELFRY_MARKUP_LINT_H

#include "base/err.h"
#include "markup/html.h"

enum lint_kind {
	LINT_FRAGMENT, /* what markup/markdown.h writes */
	LINT_PAGE, /* a whole page: doctype, head, navigation, drawings */
	LINT_DRAWING /* an svg element by itself, of shapes alone */
};

/* Called for each address in href, src and action, and for each id. Either may be NULL. `value` is
 * as it stands, character references not yet resolved; of what starts at the site's root, "/x",
 * `kind` is that of "x". */
struct lint_hooks {
	void (*href)(void *ctx, struct str value, enum url_kind kind);
	void (*id)(void *ctx, struct str value);
	/* Of <link rel="alternate" hreflang href>; may be NULL. */
	void (*alternate)(void *ctx, struct str hreflang, struct str href);
	void *ctx;
};

/* Errors: ERR_SYNTAX "<name>:<line>: …", the first thing that is wrong. `hooks` may be NULL. */
int html_lint(struct str html, enum lint_kind kind, const char *name,
    const struct lint_hooks *hooks, struct err *err);

#endif
