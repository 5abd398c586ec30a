/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A charter's text alone, as a draft brings it and a person edits it: changes reach every field,
 * which the lengths of a bundle keep them from. What is read is written again to the same bytes,
 * follows itself in nothing, and answers for its hubs.
 */
#include "base/hash.h"
#include "trust/charter.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool good)
{
	if (!good)
		abort();
}

static void check_hub(const struct charter *c, const struct charter_hub *h)
{
	require(charter_hub(c, h->id) == h);
	require(h->nstewards && h->steward_threshold && h->steward_threshold <= h->nstewards);
	require(charter_has_term(c, "regions", str_from(h->region)));
	require(!h->is_closed || h->has_base);
	if (h->is_closed)
		return;
	require(!charter_denies(c, &h->journal));
	for (size_t i = 0; i < h->nstewards; i++)
		require(!charter_denies(c, &h->stewards[i].key));
}

static void check_charter(const struct charter *c)
{
	struct err err = {0};
	require(c->version >= 1 && c->time >= 0 && (!c->expires || c->expires > c->time));
	require(c->threshold >= 1 && c->threshold <= c->ncentral);
	for (size_t i = 0; i < c->ncentral; i++)
		require(!charter_denies(c, &c->central[i].key));
	for (size_t i = 0; i < c->nhubs; i++)
		check_hub(c, &c->hubs[i]);
	/* Nobody signed it, and it names no version before it that is itself. */
	require(charter_check(c, NULL, sha256_hex(&c->hash).text, NULL, 0, &err) && err.msg[0]);
	require(charter_check(c, c, sha256_hex(&c->hash).text, NULL, 0, &err) == ERR_CHAIN);
}

/* What a person has edited, once written, is a charter or says why not. */
static void check_edited(struct str text)
{
	struct charter *c;
	json_t *head;
	struct buf body = BUF_INIT, canonical = BUF_INIT;
	struct err err = {0};
	if (charter_read_edited(&head, &body, text, "edited.md", &err)) {
		require(err.code != ERR_NONE && err.msg[0]);
		return;
	}
	charter_write(&canonical, head, buf_str(&body));
	if (charter_parse(&c, buf_str(&canonical), "edited.md", &err) == 0)
		check_charter(c);
	else
		require(!c && err.msg[0]);
	charter_free(c);
	json_decref(head);
	buf_release(&body);
	buf_release(&canonical);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct charter *c;
	struct err err = {0};
	struct buf again = BUF_INIT;
	hash_init();
	if (charter_parse(&c, str_of(data, size), "charter.md", &err) == 0) {
		check_charter(c);
		charter_write(&again, c->head, c->body);
		require(str_eq(buf_str(&again), str_of(data, size)));
		charter_free(c);
	} else {
		require(!c && err.code != ERR_NONE && err.msg[0]);
	}
	check_edited(str_of(data, size));
	buf_release(&again);
	return 0;
}
