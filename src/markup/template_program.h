/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What template.c compiles and template_render.c runs: a flat list of steps. A section's step names
 * the step of its end.
 */
#ifndef BELFRY_MARKUP_TEMPLATE_PROGRAM_H
#define BELFRY_MARKUP_TEMPLATE_PROGRAM_H

#include "base/arena.h"
#include "markup/template.h"

enum step_kind {
	STEP_TEXT,
	STEP_VALUE,
	STEP_RAW,
	STEP_SECTION,
	STEP_INVERTED,
	STEP_END,
	STEP_PARTIAL
};

struct step {
	enum step_kind kind;
	bool begins_line; /* text: write the indentation before it */
	struct str text; /* text; a partial's indentation */
	struct str *keys; /* the name, cut at its dots; none for "."; a NUL behind each */
	size_t nkeys;
	size_t end; /* sections: the index of their STEP_END */
	const struct template *partial;
	size_t line; /* of the tag, for messages */
};

struct template
{
	const char *name, *file;
	struct step *steps;
	size_t len, cap;
};

struct template_set {
	struct arena arena;
	struct template **items;
	size_t len, cap;
};

/* Append what {{x}} prints of a value, or {{{x}}}. */
void template_print(struct buf *out, const json_t *v, bool is_raw);

#endif
