/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking in what a web host or a git host has of the network. What comes is put into files in the
 * form of store/stick.h and admitted as such, by the daemon of the store if there is one: a host
 * can keep news back, and nothing else.
 *
 *   https://host/path/, http://…    a site that belfry build made (store/mirror.h)
 *   git+https://…, git+ssh://…, git+file:///…    refs/belfry/ of a git host (store/quarantine.h)
 *
 * After them come attachments from a web host: those that are wanted (store/attachments.h), within
 * the month's budget; pieces are put in the same form, and judged as they come.
 *
 * <store>/pull/<first 16 hex digits of SHA-256 of the address>/ keeps the last index and list of
 * attachments, the server's marks of them, and at most one file and one piece that are not whole
 * yet; eight such folders at most.
 */
#ifndef BELFRY_NET_PULL_H
#define BELFRY_NET_PULL_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct pull_options {
	const char *dir; /* of the store */
	const char *url;
	const char *ca_file; /* as in fetch_options */
	unsigned stall_s; /* give up after so long without progress; 0: a minute */
	/* Give up for now where fewer bytes a second come for FETCH_HURRY_S; 0: any will do. */
	uint64_t least_rate;
	uint64_t max_bytes; /* fetch no more than that; 0: PULL_BYTES_MAX */
	bool is_dry; /* only say what there is to fetch */
	/* What is under way, and how far: size 0 where that is not known. May be NULL. */
	void (*progress)(void *ctx, const char *what, uint64_t done, uint64_t size);
	void *ctx;
};

#define PULL_BYTES_MAX (UINT64_C(2) * 1024 * 1024 * 1024)

struct pull_report {
	uint64_t requests, bytes; /* bytes received, as far as this program sees them */
	uint64_t files; /* fetched; or, dry, to be fetched */
	uint64_t wanted_bytes, wanted_entries, wanted_charters; /* what the host has and we lack */
	uint64_t entries, charters; /* new here */
	uint64_t attachments; /* that became whole; or, dry, that the host has and are wanted */
	uint64_t lacking, lacking_bytes; /* of those that are wanted, what is still to come */
	uint64_t moved; /* journals of a git host, and its charter, that have something we lack */
	bool is_same; /* the host has what it had when it was last seen, or nothing that we lack */
	uint64_t rate; /* bytes a second; 0: too few came to say */
	bool is_put_off; /* it ended because of least_rate */
	struct err
	    fault; /* the first journal that was refused, while others went on; code 0: none */
};

/*
 * Errors: ERR_USAGE (an address of another kind), ERR_BUSY (a pull from there is under way),
 * ERR_NETWORK (another network's), ERR_MISSING and ERR_SYNTAX (nothing of Belfry is there),
 * ERR_PEER, ERR_LIMIT, ERR_IO, ERR_CHAIN. What came before an error is kept.
 */
int pull(const struct pull_options *o, struct pull_report *report, struct err *err);

/* How it went with one of several addresses; `why` has code 0 where all went well. With is_put_off
 * it is told of again. */
typedef void (*pull_told)(
    void *ctx, const char *url, const struct pull_report *r, const struct err *why);
/*
 * Pull from each of these in turn; o->url is not looked at. As long as others wait, one that does
 * not answer, or is much slower than another was, is put off: those that brought something at all
 * are gone on with at the end, the quickest first, and so are all where none has worked.
 */
void pull_many(
    const struct pull_options *o, const char *const *urls, size_t n, pull_told told, void *ctx);

#endif
