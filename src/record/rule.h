/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A compiled schema: what src/record's own files read. A rule is one place in a schema. It either
 * has a type of its own, or refers to another rule and may narrow it; everything lives in the
 * set's arena.
 */
#ifndef BELFRY_RECORD_RULE_H
#define BELFRY_RECORD_RULE_H

#include "record/format.h"
#include "record/pattern.h"
#include "record/schema.h"

enum rule_type {
	RULE_NONE, /* refers to another rule, or holds only "$defs" */
	RULE_STRING,
	RULE_INTEGER,
	RULE_NUMBER,
	RULE_BOOLEAN,
	RULE_LIST,
	RULE_MAP
};

enum { FIELDS_MAX = 128, NUMBER_DIGITS_MAX = 15 /* what a double keeps */ };

struct rule {
	enum rule_type type;
	struct rule *ref;
	struct str ref_text; /* as written; "" where there is none */
	struct str title, description;
	struct schema *schema; /* it stands in */

	struct field *fields; /* RULE_MAP: in the order of "properties" */
	size_t field_count;
	struct rule *others; /* of fields with free names; NULL where there may be none */
	struct rule *items; /* RULE_LIST */

	const json_t *allowed, *constant; /* "enum", "const" */
	struct pattern *pattern;
	struct str pattern_text;
	enum format format;
	int64_t min_count, max_count; /* characters or items; -1 where free */
	const json_t *minimum, *maximum;
	bool unique;

	unsigned uses; /* bit (1 << enum rule_type) for each type its keywords are about */
	struct rule *all; /* next in the set's list of all rules */
};

struct field {
	struct str name;
	struct rule *rule;
	bool required;
};

struct schema {
	struct str name;
	json_t *json;
	struct rule *root;
	struct field *defs; /* "$defs" */
	size_t def_count;
	struct schema *next; /* by name, in byte order */
};

/* Compile s->json into s->root and s->defs; put each rule before `*all`. Errors: ERR_UNSUPPORTED.
 */
int rule_compile(struct schema *s, struct arena *arena, struct rule **all, struct err *err);

const struct rule *schema_root(const struct schema *s);
/* The rule that says what the value is: `r`, or what it refers to in the end. */
const struct rule *rule_base(const struct rule *r);
/* The nearest description or, where there is none, the nearest title. */
struct str rule_description(const struct rule *r);
/* The rule of the field `name` in a map; NULL where it may not be there. */
const struct rule *rule_field(const struct rule *map, struct str name);

#endif
