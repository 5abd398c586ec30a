/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by attach.c (what is wanted, life), attach_ask.c (who is asked for what) and
 * attach_keep.c (what came, into the store).
 */
#ifndef BELFRY_NET_ATTACH_IMPL_H
#define BELFRY_NET_ATTACH_IMPL_H

#include "net/link.h"

enum transfer_state {
	TRANSFER_OPENING, /* what is here of it is being read */
	TRANSFER_LISTING, /* its list is to come */
	TRANSFER_FETCHING,
	TRANSFER_FINISHING, /* all came; the whole is being checked */
	TRANSFER_OVER, /* freed when its jobs are back */
};

struct transfer {
	struct transfer *next;
	struct station *station;
	struct attachment claim;
	char name[ATTACHMENT_NAME_BYTES_MAX + 1];
	enum transfer_state state;
	struct attach_part part;
	bool *is_taken; /* by piece: in the making, or on its way to the disk */
	struct buf list; /* as far as it came */
	struct link *list_from; /* who is asked for it */
	unsigned jobs;
};

/* A piece in the making. */
struct assembly {
	struct assembly *next;
	struct transfer *transfer;
	size_t index;
	struct buf bytes;
	size_t asked; /* up to here it was asked for */
	struct link *from; /* NULL: whoever comes */
	bool is_mixed; /* of several peers, or of one long ago */
};

/* --- attach.c --- */
/* The row of this claim; NULL where no record names it any more. */
struct attach_row *attach_row_of(const struct station *n, const struct attachment *claim);
bool attach_is_lacked(const struct link *l, const struct sha256 *chunks);
/* Let all links go on, and whoever waits know. */
void attach_step_all(struct station *n);

/* --- attach_ask.c --- */
void attach_ask(struct link *l);
/* Would attach_ask() find something? */
bool attach_has_wish(const struct link *l);
struct assembly *assembly_new(struct transfer *t, size_t index);
/* The piece is free for others to take. */
void assembly_drop(struct assembly *a);
/* End a transfer: what is open for it is for nobody. */
void transfer_end(struct transfer *t);
/* End those that no link has anything to bring of. */
void transfers_prune(struct station *n);

/* What this peer said it has of the file, or was asked to say; NULL where it was not asked. */
struct link_map *attach_map_of(struct link *l, const struct transfer *t);
/* The peer lacks a piece: it is to be asked which it has. */
void attach_want_map(struct link *l, const struct transfer *t);
/* The peer has nothing of it that is of use, until it says otherwise. */
void attach_note_lack(struct link *l, const struct sha256 *chunks);

/* --- attach_serve.c --- */
/* More pieces of it are here, or no more will come: tell those who lacked them. */
void attach_tell_part(const struct transfer *t);

/* --- attach_keep.c --- */
/* Make one of this row and read what is here of it. */
void transfer_begin(struct station *n, const struct attach_row *row);
/* Free it if it is over and no job has it in hand. */
void transfer_settle(struct transfer *t);
/* The whole list came, and is right. */
void transfer_keep_list(struct transfer *t);
/* A piece came whole, and is right; takes its bytes. */
void transfer_keep_piece(struct transfer *t, size_t index, struct buf *bytes);
void transfer_keep_rest(struct transfer *t, size_t index, struct str bytes);
void attach_save_spent(struct station *n);

#endif
