/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Belfry accepts, ssh-keygen and git must accept: hostile cases that are known and mutations
 * of good ones, each judged by our code and by the tools. What we accept and they refuse is a
 * failure. What they accept and we refuse is counted by our reason, which docs/trust.md must list.
 *
 *   mutate.c      chance from a seed, damage
 *   tools.c       running ssh-keygen and git
 *   signatures.c  keys.c  git.c   the families of cases
 *   differential.c   the count, and the command line
 */
#ifndef BELFRY_TESTS_DIFFERENTIAL_H
#define BELFRY_TESTS_DIFFERENTIAL_H

#include "base/arena.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "trust/signer.h"
#include "trust/sshsig.h"

#define NS "belfry-record@test"
#define MESSAGE "What was signed.\n"

struct count; /* what one family came to */

struct run {
	uint64_t random; /* the state of chance */
	char dir[64]; /* scratch; the current folder while it runs */
	struct signer *key;
	struct buf reasons; /* of docs/trust.md: one to a line */
	const char *family;
	size_t both, neither, looser; /* of this family; looser: they refuse what we accept */
	json_t *stricter; /* reason → count */
};

/* --- mutate.c --- */
void chance_start(struct run *r, uint64_t seed);
uint32_t chance(struct run *r, uint32_t n); /* 0 … n - 1 */
/* Damage it in one to three places. `words` (ended by NULL) are pieces worth inserting. */
void mutate(struct run *r, struct buf *b, const char *const *words);

/* --- tools.c: programs that read no terminal --- */
/* Run it; its standard output goes to "out", its errors to "talk". Returns its exit status, or -1.
 */
int tool(const char *in, const char *const *argv);
void put_file(const char *path, struct str bytes);
struct buf get_file(const char *path);

/* --- differential.c --- */
/* Count a case. `reason` is our sentence where we refused; `input` is kept where we are looser. */
void judged(struct run *r, bool ours, bool theirs, const char *reason, struct str input);

/* --- families: the known cases, then `n` by chance --- */
void signatures(struct run *r, size_t n);
void public_keys(struct run *r, size_t n);
void private_keys(struct run *r, size_t n);
void principals(struct run *r, size_t n);
void commits(struct run *r, size_t n);
void trees(struct run *r, size_t n);

#endif
