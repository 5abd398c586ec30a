/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faces: what the site knows of records without reading them again, in OUT.d/faces (site/stash.h).
 */
#ifndef BELFRY_SITE_FACE_H
#define BELFRY_SITE_FACE_H

#include "base/err.h"
#include "record/record.h"
#include "site/stash.h"

struct face {
	struct str place, type, id, lang, title, summary;
	struct str date; /* "" where absent */
	struct str from; /* the language it was translated from, or "" */
	unsigned revision, from_revision;
	bool is_withdrawn, is_machine, is_for_members, has_attachments;
	size_t body, bytes; /* where its text begins in the record's bytes; how many those are */
	struct digest shown; /* of the head, but for what every revision changes */
	/* Short values of the head, alone or in lists, as "field value" lines, and those within an
	 * object as "field.part value": faces_term(). */
	struct str terms;
	struct str links; /* "place/type/id" that its text may lead to, each with a line end */
	struct str head; /* front matter as JSON */
};

/* Read what is kept at `path`, if it is of that version. */
void faces_open(struct stash *f, const char *path, const struct digest *version);
/* False where it is not kept. Borrowed. */
bool faces_get(struct stash *f, const struct sha256 *hash, struct face *out);
/* Append the written form of a parsed record's face. */
void face_write(struct buf *out, const struct record *r);
/* Keep what was written so under `hash`, or not (NULL), and read it. Borrowed. */
void faces_keep(struct stash *f, const struct sha256 *hash, struct str written, struct face *out);
/* Step to the next value of that field in `*terms`; false where there is no other. Strings of at
 * most TERM_BYTES_MAX without a space, and numbers, can be asked for: what groups are made of. */
enum { TERM_BYTES_MAX = 200 };
bool faces_term(struct str *terms, const char *field, struct str *value);

#endif
