/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Markdown (CommonMark 0.30) to HTML, by our own writer over cmark's tree. What comes out is a
 * closed list of elements whatever goes in (markup/lint.h, LINT_FRAGMENT):
 * - HTML in the source is shown as the text it is;
 * - links are kept by allow-list (markup/html.h); a refused one leaves its words behind;
 * - a link within the page is kept where it names one of the text's own headings;
 * - an image becomes a link to it, so that no page makes a visitor's browser call a stranger;
 * - links to other hosts say rel="noopener noreferrer nofollow";
 * - the highest heading becomes h<heading>, none skips a level, and each has the id
 *   "s1", "s2", …, the same in every language of a document that keeps its outline.
 */
#ifndef BELFRY_MARKUP_MARKDOWN_H
#define BELFRY_MARKUP_MARKDOWN_H

#include "base/buf.h"
#include "base/err.h"

/* What a page does not show as its author may have meant it. */
enum markdown_loss {
	LOSS_HTML, /* HTML: `what` is it */
	LOSS_LINK, /* a link or picture without an address: `what` is the one it had */
	LOSS_PICTURE /* a picture that became a link: the same */
};

struct markdown_options {
	int heading; /* level of the highest heading, 2 to 6; 0 means 2 */
	const char *id_prefix; /* before "1"; NULL means "s" */
	/*
	 * Called for "record:place/type/id" (url begins after the colon) and for every other
	 * relative address (as it stands). Append a relative address and return true, or return
	 * false: the words stay, without a link. NULL refuses all.
	 */
	bool (*resolve)(void *ctx, bool is_record, struct str url, struct buf *out);
	/* Called for each loss, where it is given; `line` from 1, of the text. */
	void (*lose)(void *ctx, enum markdown_loss loss, unsigned line, struct str what);
	void *ctx;
};

/*
 * Append the HTML of `text`.
 * Errors: ERR_LIMIT past RECORD_BYTES_MAX or what record/markdown_limits.h says, with nothing
 * appended. `o` may be NULL.
 */
int markdown_html(
    struct buf *out, struct str text, const struct markdown_options *o, struct err *err);

/* Of the library that reads it: another one may read it otherwise. */
const char *markdown_version(void);

#endif
