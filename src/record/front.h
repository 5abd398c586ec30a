/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file with front matter: a head in a strict subset of YAML 1.2 between two "---" lines, then a
 * Markdown body. Records, charters and rosters are all such files. The subset is the part that
 * every YAML parser reads alike: block and flow maps and lists, plain, quoted and block scalars of
 * one line; no anchors, aliases, tags, merge keys, duplicate keys, complex keys, directives or
 * second documents. Keys are [a-z][a-z0-9_]*. Scalars have no type of their own here: the schema
 * gives it (record/schema.h).
 */
#ifndef BELFRY_RECORD_FRONT_H
#define BELFRY_RECORD_FRONT_H

#include "base/arena.h"
#include "base/err.h"

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	bool quoted; /* scalar in quotes or a block: a string whatever it looks like */
	unsigned line, column; /* of the value, from 1; columns count code points */
	struct str key; /* when inside a map */
	unsigned key_line, key_column; /* of the key */
	struct str text; /* scalars; a NUL follows, and none is inside */
	size_t count; /* items of a list or map */
	struct node *first, *next; /* items in file order */
};

struct front {
	struct arena arena;
	struct node *head; /* always a map */
	struct str body; /* after the second "---" line, copied */
	unsigned body_line; /* line in the file where the body begins */
};

/*
 * Parse `src`, which `name` (a path) stands for in messages. A key without a value ("title:") is
 * kept as an empty scalar that is not quoted; schema_check refuses it, so that a form that is not
 * filled in gets one message for each gap.
 * Owns: copies; front_release(), also after a failure.
 * Units: at most `max_bytes`; depth NESTING_MAX, NODES_MAX values.
 * Errors: ERR_SYNTAX or ERR_LIMIT, "<name>:<line>:<column>: what is wrong; what would be right".
 * Characters are checked as record/text.h says, in the file and in what escapes stand for.
 */
int front_parse(
    struct front *f, struct str src, const char *name, size_t max_bytes, struct err *err);
void front_release(struct front *f);

/* [a-z][a-z0-9_]*: what a key may be. */
bool front_is_key(struct str s);

/* The map's value at `key`, or NULL; also NULL where `map` is NULL or no map. */
const struct node *node_get(const struct node *map, const char *key);

#endif
