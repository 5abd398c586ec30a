/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store's entries as one file, for a USB stick, mail, or any way without a link: the segments
 * that a link carries, after the charters they need; then what members and hubs write to each
 * other. Any beginning of the file is of use; reading it again changes nothing. It also says what
 * its maker holds, so that an answer needs only the rest (docs/protocol.md "Files").
 */
#ifndef BELFRY_STORE_STICK_H
#define BELFRY_STORE_STICK_H

#include "base/refusal.h"
#include "store/store.h"

#include <stdio.h>

/* What a file says its maker holds. */
struct stick_heads {
	char hub[HUB_NAME_BYTES]; /* the maker; "" for an edge */
	uint32_t charter;
	struct head *heads; /* sorted by hub */
	size_t nheads;
};
void stick_heads_release(struct stick_heads *h);

struct stick_report {
	uint64_t bytes, charters, entries, letters, files; /* written, or read and new here */
	uint64_t unsent; /* written: what was submitted here and stays, as no roster has its key */
	char maker[HUB_NAME_BYTES]; /* reading: who wrote it */
	bool is_cut; /* reading: it ends in the middle of something */
	enum refusal refused; /* reading: what kind the error is that it ended with */
};

/* Write what `since` (NULL: nobody) lacks to `path`, aside and renamed; with the attachments that
 * are here if `has_files`. Errors: ERR_IO and what reading the store says. */
struct stick_order {
	const struct stick_heads *since;
	bool has_files;
};
int stick_write(struct store *s, const char *path, const struct stick_order *order,
    struct stick_report *report, struct err *err);
/*
 * One part of what a store holds, as a file without a first block: entries `first` to `last` of a
 * journal, or versions of the charter where `hub` is NULL. A function of what was signed, so it is
 * the same bytes on every hub. Neither aside nor flushed to the disk: that is the caller's. After a
 * fault the file is cut where it occurred; the report says what is in it.
 */
struct stick_range {
	const char *hub;
	uint64_t first, last;
};
int stick_write_range(struct store *s, const char *path, const struct stick_range *range,
    struct stick_report *report, struct err *err);
/*
 * A file without a first block, and a block behind what is in it: `is_list` or a piece, as
 * store/stick_attach.h has it. Neither aside nor flushed to the disk, and closing `*out` is the
 * caller's. Errors: ERR_IO.
 */
int stick_begin(FILE **out, const struct store *s, const char *path, struct err *err);
int stick_put_file(FILE *file, bool is_list, const struct buf *body, struct err *err);
/* Only the heads at the front of a file. Errors: ERR_SYNTAX, ERR_NETWORK, ERR_MISSING. */
int stick_read_heads(
    const char *path, const char *network, struct stick_heads *out, struct err *err);
/*
 * Admit what a file holds. What was whole and good before a fault or the end is kept, durably, and
 * counted also when this fails. Errors: ERR_NETWORK, ERR_SYNTAX and what store_admit says, each
 * with the place in the file.
 */
int stick_read(
    struct store *s, const char *path, int64_t now, struct stick_report *report, struct err *err);

/* Was the file read here to its end, or written here, not long ago? What it holds of letters is not
 * lost then where it is written over. stick_read() and stick_write() note it; a note that cannot be
 * kept is forgotten. */
bool stick_is_taken(const struct store *s, const char *path);
void stick_note_taken(const struct store *s, const char *path);

#endif
