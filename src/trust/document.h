/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What charter and roster have in common: files with front matter, canonical, of a schema that is
 * part of the format and not of any network.
 */
#ifndef BELFRY_TRUST_DOCUMENT_H
#define BELFRY_TRUST_DOCUMENT_H

#include "base/json.h"

/* Parse canonical `bytes` of `kind` "charter" or "roster". `*source` gets a copy of the bytes,
 * `*body` points into it, `*head` (NULL before) is the caller's. Errors: ERR_SYNTAX, ERR_SCHEMA,
 * ERR_LIMIT; then all are empty. */
int trust_document(json_t **head, struct buf *source, struct str *body, const char *kind,
    struct str bytes, const char *name, struct err *err);
/* The same of a file that a person has edited, in any form that the schema allows; the body is
 * copied. */
int trust_document_edited(json_t **head, struct buf *body, const char *kind, struct str bytes,
    const char *name, struct err *err);
void trust_document_write(struct buf *out, const char *kind, const json_t *head, struct str body);

#endif
