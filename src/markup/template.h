/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mustache templates (the core of the Mustache specification 1.x): {{x}} escaped, {{{x}}} and
 * {{&x}} as it is, {{#x}}…{{/x}} sections, {{^x}}…{{/x}} where x is missing or empty, {{>x}}
 * partials, {{! }} comments, dotted names, {{.}}, and the rule that a section, partial or comment
 * alone on its line leaves no line behind. Where this differs: delimiters cannot be changed and
 * there are no lambdas; a partial that does not exist is an error of the template, not the empty
 * string; the empty string counts as empty in a section; false, lists and objects print nothing.
 *
 * {{{x}}} is only for HTML that markup/markdown.h or these templates have made and for the style
 * sheet, under names that end in "_html": nothing that people wrote may be put in a page by it in
 * any other way.
 *
 * A template is compiled once to a flat program and then rendered as often as needed.
 */
#ifndef BELFRY_MARKUP_TEMPLATE_H
#define BELFRY_MARKUP_TEMPLATE_H

#include "base/json.h"

struct template;
struct template_set;

struct template_set *template_set_new(void);
void template_set_free(struct template_set *set);

/*
 * Compile `text` as the template `name`; `file` stands for it in messages. `text` is copied.
 * Errors: ERR_SYNTAX "<file>:<line>: …"; ERR_EXISTS.
 */
int template_add(
    struct template_set *set, struct str name, struct str text, const char *file, struct err *err);
/* Tie partials to their templates; call after the last template_add.
 * Errors: ERR_MISSING "<file>:<line>: …". */
int template_set_finish(struct template_set *set, struct err *err);
/* The same templates for pages that share `context` below all others: what they print from its
 * `keys` (which end with NULL), and no context above has, stands in them as text.
 * Owns: template_set_free(), before that of `set`. */
struct template_set *template_set_bind(
    const struct template_set *set, const json_t *context, const char *const *keys);
/* NULL where there is none. Borrowed from the set. */
const struct template *template_find(const struct template_set *set, const char *name);

/*
 * Append the template filled in from `contexts`, `n` of them, the innermost last.
 * Errors: ERR_LIMIT where partials call one another without end; `out` then holds a part.
 */
int template_render(
    struct buf *out, const struct template *t, json_t *const *contexts, size_t n, struct err *err);

#endif
