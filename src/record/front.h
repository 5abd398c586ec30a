/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file with front matter: a head in a strict subset of YAML 1.2 between two "---" lines, then a
 * Markdown body. Records, charters and rosters are all such files. The subset is the part that
 * every YAML parser reads alike: block and flow maps and lists, plain and quoted scalars; no
 * anchors, aliases, tags, merge keys, duplicate keys, complex keys or second documents. Scalars
 * have no type of their own here: the schema gives it (record/schema.h).
 */
#ifndef BELFRY_RECORD_FRONT_H
#define BELFRY_RECORD_FRONT_H

#include "base/arena.h"
#include "base/err.h"

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	bool quoted;		       /* scalar in quotes or a block: a string whatever it looks like */
	unsigned line, column;	       /* of the value, from 1; columns count code points */
	struct str key;		       /* when inside a map */
	unsigned key_line, key_column; /* of the key */
	struct str text;	       /* scalars */
	size_t count;		       /* items of a list or map */
	struct node *first, *next;     /* items in file order */
};

struct front {
	struct arena arena;
	struct node *head;  /* always a map */
	struct str body;    /* after the second "---" line, copied */
	unsigned body_line; /* line in the file where the body begins */
};

/*
 * Parse `src`, which `name` (a path) stands for in messages.
 * Owns: copies; front_release(). Units: at most `max_bytes`; depth NESTING_MAX, NODES_MAX values.
 * Errors: ERR_SYNTAX or ERR_LIMIT, "<name>:<line>:<column>: what is wrong; what would be right".
 * Also refused here, with their place: bytes that are not UTF-8, a byte-order mark, CR, control
 * characters other than LF and TAB (TAB in the body only), bidi overrides and isolates and zero-width
 * characters in the head, bidi overrides in the body, text that is not NFC.
 */
int front_parse(struct front *f, struct str src, const char *name, size_t max_bytes, struct err *err);
void front_release(struct front *f);

/* The map's value at `key`, or NULL. */
const struct node *node_get(const struct node *map, const char *key);

#endif
