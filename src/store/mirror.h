/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store's public journals as plain files, so that any web host or CDN is a mirror
 * (docs/protocol.md "Static files"). `index.txt` says where each journal stands and names a list by
 * its hash; a list names the files of one journal, each a run of entries in the form of
 * store/stick.h. All but the index are named by what is in them and never change.
 *
 * Runs are 4^k entries long, and the newest entries stand in the shortest: who is behind by a few
 * fetches little more than those, and who has nothing fetches few files.
 *
 * Nothing here is trusted: it only says what to fetch. What is fetched passes the admission of
 * every other way in.
 */
#ifndef BELFRY_STORE_MIRROR_H
#define BELFRY_STORE_MIRROR_H

#include "record/attachment.h"
#include "store/store.h"

#define MIRROR_FOLDER "belfry"
#define MIRROR_INDEX "index.txt"
/* A hash of the orders that were heeded, where there are any. */
#define MIRROR_ERASED "erased.txt"

enum {
	/* 257 lines of 230 bytes fit. */
	MIRROR_INDEX_BYTES_MAX = 64 * 1024,
	/* A journal of five million entries fits. */
	MIRROR_LIST_BYTES_MAX = 1024 * 1024,
	MIRROR_ID_BYTES = 65,
	MIRROR_NAME_BYTES = 80,
};

/* Where the charter or a journal stands. */
struct mirror_line {
	char hub[HUB_NAME_BYTES]; /* "" for the charter */
	uint64_t last; /* version or entry; 1 at least */
	char id[MIRROR_ID_BYTES]; /* SHA-256 of charter.md, or the commit: hex */
	uint64_t list_bytes;
	struct sha256 list;
};

struct mirror_index {
	char network[MIRROR_ID_BYTES];
	struct mirror_line *lines; /* the charter first, then journals sorted by hub */
	size_t n;
};

/* A run of entries or versions in one file. */
struct mirror_file {
	uint64_t first, last;
	char id[MIRROR_ID_BYTES]; /* of `last`, as in mirror_line */
	uint64_t bytes;
	struct sha256 hash;
};

struct mirror_list {
	struct mirror_file *files; /* from 1 on, without a gap */
	size_t n;
};

/* Append the text. */
void mirror_index_write(struct buf *out, const struct mirror_index *index);
void mirror_list_write(struct buf *out, const struct mirror_list *list);
/* Errors: ERR_SYNTAX with the line's number, ERR_LIMIT. Owns: the caller; _release(). */
int mirror_index_read(struct mirror_index *out, struct str text, struct err *err);
/* The list must be that of `line`: its hash, its end; and no file may claim more bytes than its
 * entries can have. Errors: ERR_SYNTAX, ERR_LIMIT, ERR_CHAIN (not what the index names). */
int mirror_list_read(
    struct mirror_list *out, struct str text, const struct mirror_line *line, struct err *err);
void mirror_index_release(struct mirror_index *index);
void mirror_list_release(struct mirror_list *list);
/* NULL: the index has no such journal. */
const struct mirror_line *mirror_line_of(const struct mirror_index *index, const char *hub);

/* "<hex>.txt" of a list and "<hex>.belfry" of a file. */
struct mirror_name {
	char text[MIRROR_NAME_BYTES];
};
struct mirror_name mirror_list_name(const struct sha256 *hash);
struct mirror_name mirror_file_name(const struct sha256 *hash);

/* Append the runs of a journal of `n` entries: only first and last are set. */
void mirror_layout(struct mirror_list *out, uint64_t n);

struct mirror_report {
	uint64_t files, bytes; /* laid out */
	uint64_t written; /* files that `before` did not have */
};
/*
 * Lay out what `s` holds in the folder `dir`, which is made. What the layout in `before` (NULL:
 * none) has already becomes a hard link to it. Nothing is flushed to the disk. `report` may be
 * NULL. Errors: ERR_IO and what reading the store says.
 */
int mirror_write(struct store *s, const char *dir, const char *before, struct mirror_report *report,
    struct err *err);

/* --- attachments ---
 * What is here of them differs from hub to hub, so it stands apart, in MIRROR_LOCAL beside
 * MIRROR_FOLDER: the files as the pages link to them, the lists of their pieces, and a text that
 * says which there are. */

#define MIRROR_LOCAL "local"
#define MIRROR_LOCAL_INDEX "index.txt"
#define MIRROR_PIECES "chunks"

enum { MIRROR_LOCAL_BYTES_MAX = 4 * 1024 * 1024 };

struct mirror_attachment {
	struct sha256 hash, chunks;
	uint64_t size;
	char name[ATTACHMENT_NAME_BYTES_MAX + 1];
};
struct mirror_attachments {
	struct mirror_attachment *items; /* hashes rise strictly */
	size_t n;
};

void mirror_attachments_write(struct buf *out, const struct mirror_attachments *list);
/* Errors: ERR_SYNTAX with the line's number, ERR_LIMIT. Owns: the caller; _release(). */
int mirror_attachments_read(struct mirror_attachments *out, struct str text, struct err *err);
void mirror_attachments_release(struct mirror_attachments *list);
/* NULL: it has no such file. */
const struct mirror_attachment *mirror_attachment_of(
    const struct mirror_attachments *list, const struct attachment *claim);
/* Say in the folder `dir` of a site that is built which attachments stand in it, with a hard link
 * to the list of each. Of one that fits no more into the text nothing is said. Errors: ERR_IO and
 * what reading the store says. */
int mirror_write_attachments(struct store *s, const char *dir, struct err *err);

#endif
