/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faces: what the site knows of records without reading them again, in OUT.d/faces. A face is a
 * pure function of a record's bytes and is found by their hash, so that one that was made once is
 * right for ever; the file grows by what is new, and is written anew when half of it is of no use.
 * It only saves time: deleted, damaged or of another version, faces are made again.
 */
#ifndef BELFRY_SITE_FACE_H
#define BELFRY_SITE_FACE_H

#include "base/arena.h"
#include "base/err.h"
#include "record/record.h"

struct face {
	struct str place, type, id, lang, title, summary, date, from;
	unsigned revision, from_revision; /* from: of the text it was translated from */
	bool is_withdrawn, is_machine, is_for_members, has_attachments;
	size_t body; /* where it begins in the record's bytes */
	struct digest shown; /* of the head, but for what every revision changes */
	/* Short values of the head, alone or in lists, as "field value" lines, and those within an
	 * object as "field.part value": faces_term(). */
	struct str terms;
	struct str links; /* "place/type/id" that its text may lead to, each with a line end */
	struct str head; /* front matter as JSON */
};

struct faces {
	void *map; /* of the file */
	size_t map_bytes;
	bool is_torn; /* it ends within a face */
	uint32_t *slots; /* hash → offset / 8; 0: empty */
	size_t nslots, n;
	struct digest version;
	struct buf added; /* written forms of new ones */
	struct arena arena; /* of what was read or made */
	uint32_t *used; /* offset / 8 of what was asked for */
	size_t nused, cap_used;
	uint64_t used_bytes;
};

/* Read what is kept at `path`, if it is of that version. */
void faces_open(struct faces *f, const char *path, const struct digest *version);
/* False where it is not kept. Borrowed. */
bool faces_get(struct faces *f, const struct sha256 *hash, struct face *out);
/* The face of a parsed record, kept under `hash`, or not kept (NULL). Borrowed. */
void faces_add(
    struct faces *f, const struct sha256 *hash, const struct record *r, struct face *out);
/* Step to the next value of that field in `*terms`; false where there is no other. Strings of at
 * most TERM_BYTES_MAX without a space, and numbers, can be asked for: what groups are made of. */
enum { TERM_BYTES_MAX = 200 };
bool faces_term(struct str *terms, const char *field, struct str *value);
/* Keep what was added. With `is_strict` nothing else stays in the file. What cannot be written
 * costs the next build time and nothing else. */
void faces_save(struct faces *f, const char *path, bool is_strict);
void faces_release(struct faces *f);

#endif
