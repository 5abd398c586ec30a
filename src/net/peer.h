/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is remembered of each other end, across its links, for status: bytes, by month too, entries,
 * what it sent that was refused, when the last exchange was done and why the last link ended. Named
 * after the setting that dials it, else its hub, else the host it comes from. Strangers that are
 * gone make room for new ones; their counts live on in a sum of their own.
 */
#ifndef BELFRY_NET_PEER_H
#define BELFRY_NET_PEER_H

#include "base/json.h"
#include "net/address.h"
#include "entry/head.h"
#include "base/refusal.h"

enum { PEER_MONTHS = 4, MONTH_TEXT_BYTES = 8 };

/*
 * Bytes of one calendar month (UTC): the month that the clock shows when they move. So each byte
 * stands in one month only, and when a clock is set back and forth again the count of each month
 * goes on where it was.
 */
struct peer_month {
	int number; /* years since 0 times 12, and the month from 0; 0: a free place */
	uint64_t in, out;
};

struct peer {
	struct peer *next;
	char name[ADDRESS_TEXT_BYTES], address[ADDRESS_TEXT_BYTES];
	char hub[HUB_NAME_BYTES]; /* "" for a stranger or an edge */
	bool is_kept; /* one of ours, or a hub */
	unsigned links;
	uint64_t bytes_in, bytes_out, entries_in, entries_out;
	struct peer_month months[PEER_MONTHS]; /* the one written last comes first */
	uint64_t refused[REFUSALS];
	uint64_t life; /* bytes that a link with it carries out before it dies, as far as known */
	int64_t exchanged; /* when both last held the same, in seconds UTC; 0: never */
	int64_t ended; /* when the last link ended */
	bool has_told; /* the next two are known, as of then */
	uint64_t behind, peer_behind;
	char why[256]; /* and why */
	bool is_fault; /* it, or we, broke a rule */
};

struct peers {
	struct peer *first;
	size_t n;
	struct peer others; /* the sum of strangers that are forgotten; no name */
};

void peers_release(struct peers *p);
struct peer *peers_find(const struct peers *p, const char *name);
/* Finds it or makes it. */
struct peer *peers_get(struct peers *p, const char *name);

/* So many more bytes, at `now` in seconds UTC. */
void peer_count_bytes(struct peer *p, uint64_t in, uint64_t out, int64_t now);
/* What it has of the month that `now` is in. */
struct peer_month peer_month(const struct peer *p, int64_t now);
/* The same of all, those who are forgotten too. */
struct peer_month peers_month(const struct peers *p, int64_t now);
/* "2026-11" */
void month_text(char out[static MONTH_TEXT_BYTES], int number);

/* What is worth keeping over a restart, and back. Owns: the caller. */
json_t *peers_save(const struct peers *p);
void peers_restore(struct peers *p, const json_t *saved);

#endif
