/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one byte form of a file with front matter; only these bytes are ever signed. Keys stand in
 * the schema's order (free ones after them, in byte order). A text is plain where it is made of
 * letters, digits and few marks, and no YAML 1.1 or 1.2 parser reads it as anything else; in double
 * quotes everywhere else. A list of scalars, and a map of scalars that is a field's value, stands
 * in brackets on its line where that is at most CANON_COLUMNS long; everything else is in block
 * style, two spaces a level. UTF-8 NFC, LF, one final newline. docs/format.md is the full text.
 */
#ifndef BELFRY_RECORD_CANON_H
#define BELFRY_RECORD_CANON_H

#include "record/schema.h"

enum { CANON_COLUMNS = 100 };

/*
 * Append the canonical file for a typed head (schema_typed, or built by hand with keys in any
 * order) and a body: leading and trailing blank lines go, the rest stays. Texts in them must be
 * what record/text.h allows; canonical bytes always parse to the same head and body again.
 */
void canon_write(struct buf *out, const struct schema *s, const json_t *head, struct str body);

/* One text as it stands in a head: plain or in double quotes. */
void canon_scalar(struct buf *out, struct str text);

/* What `belfry fmt` does to bytes before they are parsed: drops a byte-order mark, CR LF and CR to
 * LF, NFC, final newline. Errors: ERR_SYNTAX where the bytes are not UTF-8. */
int canon_text(struct buf *out, struct str src, const char *name, struct err *err);

#endif
