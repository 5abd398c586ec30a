/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one byte form of a file with front matter; only these bytes are ever signed. Keys stand in
 * the schema's order, each scalar in the one way docs/format.md names (quoted where YAML 1.1 or 1.2
 * would read it as something other than the string it is), lists of scalars as [a, b], everything
 * else in block style; UTF-8 NFC, LF, one final newline.
 */
#ifndef BELFRY_RECORD_CANON_H
#define BELFRY_RECORD_CANON_H

#include "record/schema.h"

/* Append the canonical file for a typed head (schema_typed or built by hand with keys in any order)
 * and a body. */
void canon_write(struct buf *out, const struct schema *s, const json_t *head, struct str body);

/* What `belfry fmt` does to bytes before they are parsed: drops a byte-order mark, CR LF and CR to LF,
 * NFC, final newline. Errors: ERR_SYNTAX where the bytes are not UTF-8. */
int canon_text(struct buf *out, struct str src, const char *name, struct err *err);

#endif
