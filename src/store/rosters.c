/* SPDX-License-Identifier: Apache-2.0 */
#include "store/rosters.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROSTERS_KEPT = 16 };

/* What a verdict depends on. */
struct roster_key {
	char hub[HUB_NAME_BYTES];
	uint32_t charter;
	struct oid text, signatures[STEWARDS_MAX]; /* zero: not there */
};

struct kept_roster {
	struct kept_roster *next; /* used before this one */
	struct roster_key key;
	struct roster *roster; /* NULL: none that counts, and why: */
	char fault[256];
};

static void find_oid(struct store *s, const struct oid *tree, const char *path, struct oid *out)
{
	struct err missing;
	if (oid_is_zero(tree) || tree_find(s->repo, tree, str_from(path), out, &missing))
		*out = (struct oid){{0}};
}

static void fill_key(struct roster_key *key, struct store *s, const struct oid *tree,
    const char *name, const struct charter_hub *hub, uint32_t charter)
{
	char path[96];
	memset(key, 0, sizeof *key); /* compared as bytes */
	snprintf(key->hub, sizeof key->hub, "%s", name);
	key->charter = charter;
	find_oid(s, tree, "roster.md", &key->text);
	for (size_t i = 0; hub && i < hub->nstewards; i++) {
		snprintf(path, sizeof path, "roster.md.%s.sig", hub->stewards[i].id);
		find_oid(s, tree, path, &key->signatures[i]);
	}
}

static int judge(struct kept_roster *k, struct store *s, const struct charter *c,
    const struct charter_hub *hub, struct err *err)
{
	struct named_signature signatures[STEWARDS_MAX];
	struct buf text = BUF_INIT, armor[STEWARDS_MAX];
	struct err why = {.code = ERR_NONE};
	size_t n = 0;
	int bad = repo_read(s->repo, &k->key.text, OBJECT_BLOB, &text, err);
	for (size_t i = 0; i < hub->nstewards && !bad; i++) {
		if (oid_is_zero(&k->key.signatures[i]))
			continue;
		armor[n] = BUF_INIT;
		bad = repo_read(s->repo, &k->key.signatures[i], OBJECT_BLOB, &armor[n], err);
		signatures[n] =
		    (struct named_signature){str_from(hub->stewards[i].id), buf_str(&armor[n])};
		n++;
	}
	if (!bad && (roster_parse(&k->roster, buf_str(&text), "roster.md", &why) ||
			roster_check(k->roster, c, hub, s->network, signatures, n, &why))) {
		snprintf(k->fault, sizeof k->fault, "%.255s", why.msg);
		roster_free(k->roster);
		k->roster = NULL;
	}
	for (size_t i = 0; i < n; i++)
		buf_release(&armor[i]);
	buf_release(&text);
	return bad ? err->code : 0;
}

/* The one with this key, moved to the front. */
static struct kept_roster *find(struct store *s, const struct roster_key *key)
{
	for (struct kept_roster **at = &s->rosters; *at; at = &(*at)->next) {
		struct kept_roster *k = *at;
		if (memcmp(&k->key, key, sizeof *key) != 0)
			continue;
		*at = k->next;
		k->next = s->rosters;
		s->rosters = k;
		return k;
	}
	return NULL;
}

static void keep(struct store *s, struct kept_roster *k)
{
	k->next = s->rosters;
	s->rosters = k;
	for (int i = 1; k && i < ROSTERS_KEPT; i++)
		k = k->next;
	if (k) {
		rosters_free(k->next);
		k->next = NULL;
	}
}

/* Errors only where the store cannot be read: a roster that does not count is an answer. */
static int make(struct kept_roster **out, struct store *s, const struct roster_key *key,
    const struct charter *c, const struct charter_hub *hub, struct err *err)
{
	struct kept_roster *k = mem_alloc(sizeof *k);
	int bad = 0;
	k->key = *key;
	if (oid_is_zero(&key->text))
		snprintf(k->fault, sizeof k->fault, "hub %s had no roster in the entry before",
		    key->hub);
	else if (!hub)
		snprintf(k->fault, sizeof k->fault, "charter version %u has no hub %s",
		    key->charter, key->hub);
	else
		bad = judge(k, s, c, hub, err);
	if (bad)
		rosters_free(k);
	else
		*out = k;
	return bad;
}

int store_roster(struct store *s, const struct oid *tree, const char *hub, uint32_t charter,
    const struct roster **roster, const char **fault, struct err *err)
{
	const struct charter *c;
	struct roster_key key;
	*roster = NULL;
	*fault = "";
	if (store_charter(s, charter, &c, NULL, err))
		return err->code;
	const struct charter_hub *h = charter_hub(c, hub);
	fill_key(&key, s, tree, hub, h, charter);
	struct kept_roster *k = find(s, &key);
	if (!k) {
		if (make(&k, s, &key, c, h, err))
			return err->code;
		keep(s, k);
	}
	*roster = k->roster;
	*fault = k->fault;
	return 0;
}

int journal_roster(
    const struct roster **out, struct store *s, const struct journal *j, struct err *err)
{
	const char *fault;
	return store_roster(s, &j->tree, j->head.hub, j->charter, out, &fault, err);
}

void rosters_free(struct kept_roster *k)
{
	for (struct kept_roster *next; k; k = next) {
		next = k->next;
		roster_free(k->roster);
		free(k);
	}
}
