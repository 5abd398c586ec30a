/* SPDX-License-Identifier: Apache-2.0 */
/* What follows a published text: its next revision, or its translation. */
#ifndef BELFRY_CMD_NEXT_H
#define BELFRY_CMD_NEXT_H

#include "cmd/common.h"

/*
 * Append the text to begin with for what follows `name`, PLACE/TYPE/ID/LANG: its next revision, or,
 * where `lang` is another language, a translation of it into that one; the next revision of that
 * where there is one. What was withdrawn comes with the words it had before. Sets `*revision`.
 * Errors: ERR_MISSING where nothing of that name is published here; ERR_CHAIN where two texts were
 * made apart; ERR_EXISTS.
 */
int next_text(struct buf *out, unsigned *revision, struct store *s, const char *name,
    struct str lang, struct err *err);

/* Append `draft`, well-formed bytes of an edited text, in canonical form and with the 'revision'
 * and 'previous' that follow what is published of it. Errors: as next_text, and faults in
 * `problems`. */
int next_edited(struct buf *out, struct store *s, const struct common_text *draft,
    struct problems *problems, struct err *err);

#endif
