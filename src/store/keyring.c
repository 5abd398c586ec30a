/* SPDX-License-Identifier: Apache-2.0 */
#include "store/keyring.h"

#include "base/mem.h"

#include <stdlib.h>

enum { KEYRINGS_KEPT = 64 };

static void fill(struct keyring *k, struct str text)
{
	struct roster *roster;
	struct err ignored; /* a roster that does not parse shortens nothing, on every hub alike */
	if (roster_parse(&roster, text, "roster.md", &ignored))
		return;
	k->n = roster->nmembers;
	k->keys = mem_alloc(k->n * sizeof *k->keys);
	for (size_t i = 0; i < k->n; i++)
		k->keys[i] = roster->members[i].key;
	roster_free(roster);
}

static void trim(struct keyring *k)
{
	for (int i = 1; k && i < KEYRINGS_KEPT; i++)
		k = k->next;
	if (k) {
		keyrings_free(k->next);
		k->next = NULL;
	}
}

int keyring_get(
    const struct keyring **out, struct store *s, const struct oid *tree, struct err *err)
{
	static const struct keyring none;
	struct oid blob;
	struct err missing;
	*out = &none;
	if (oid_is_zero(tree) || tree_find(s->repo, tree, STR("roster.md"), &blob, &missing))
		return 0;
	for (struct keyring *k = s->keyrings; k; k = k->next)
		if (oid_eq(&k->blob, &blob)) {
			*out = k;
			return 0;
		}
	struct buf text = BUF_INIT;
	if (repo_read(s->repo, &blob, OBJECT_BLOB, &text, err))
		return err->code;
	struct keyring *k = mem_alloc(sizeof *k);
	k->blob = blob;
	k->next = s->keyrings;
	s->keyrings = k;
	fill(k, buf_str(&text));
	buf_release(&text);
	trim(k);
	*out = k;
	return 0;
}

void keyrings_free(struct keyring *k)
{
	for (struct keyring *next; k; k = next) {
		next = k->next;
		free(k->keys);
		free(k);
	}
}
