/* SPDX-License-Identifier: Apache-2.0 */
#include "net/peer.h"

#include "base/limits.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

void peers_release(struct peers *p)
{
	for (struct peer *next, *x = p->first; x; x = next) {
		next = x->next;
		free(x);
	}
	*p = (struct peers){.n = 0};
}

struct peer *peers_find(const struct peers *p, const char *name)
{
	for (struct peer *x = p->first; x; x = x->next)
		if (strcmp(x->name, name) == 0)
			return x;
	return NULL;
}

/* The stranger who left first. */
static void forget_one(struct peers *p)
{
	struct peer **oldest = NULL;
	for (struct peer **at = &p->first; *at; at = &(*at)->next)
		if (!(*at)->is_kept && !(*at)->links &&
		    (!oldest || (*at)->ended < (*oldest)->ended))
			oldest = at;
	if (!oldest)
		return;
	struct peer *x = *oldest;
	*oldest = x->next;
	p->n--;
	free(x);
}

struct peer *peers_get(struct peers *p, const char *name)
{
	struct peer *x = peers_find(p, name);
	if (x)
		return x;
	if (p->n >= 2 * (size_t)PEERS_MAX)
		forget_one(p);
	x = mem_alloc(sizeof *x);
	snprintf(x->name, sizeof x->name, "%s", name);
	struct peer **at = &p->first;
	while (*at && strcmp((*at)->name, name) < 0)
		at = &(*at)->next;
	x->next = *at;
	*at = x;
	p->n++;
	return x;
}

json_t *peers_save(const struct peers *p)
{
	json_t *all = json_object();
	for (const struct peer *x = p->first; x; x = x->next)
		if (x->is_kept)
			json_object_set_new(all, x->name,
			    json_pack("{sssssIsIsIsIsIsIsssb}", "address", x->address, "hub",
				x->hub, "bytes_in", (json_int_t)x->bytes_in, "bytes_out",
				(json_int_t)x->bytes_out, "entries_in", (json_int_t)x->entries_in,
				"entries_out", (json_int_t)x->entries_out, "exchanged",
				(json_int_t)x->exchanged, "ended", (json_int_t)x->ended, "why",
				x->why, "is_fault", x->is_fault));
	return all;
}

static uint64_t get_count(const json_t *o, const char *key)
{
	int64_t v = json_get_int(o, key);
	return v > 0 ? (uint64_t)v : 0;
}

static void get_text(char *out, size_t size, const json_t *o, const char *key)
{
	struct str s = json_get_text(o, key);
	snprintf(out, size, "%.*s", STR_FMT(s));
}

void peers_restore(struct peers *p, const json_t *saved)
{
	/* Iterating does not change the object; jansson has no const form of it. */
	json_t *all = json_deep_copy(saved), *o;
	const char *name;
	json_object_foreach(all, name, o)
	{
		struct peer *x = peers_get(p, name);
		x->is_kept = true;
		get_text(x->address, sizeof x->address, o, "address");
		get_text(x->hub, sizeof x->hub, o, "hub");
		get_text(x->why, sizeof x->why, o, "why");
		x->bytes_in = get_count(o, "bytes_in");
		x->bytes_out = get_count(o, "bytes_out");
		x->entries_in = get_count(o, "entries_in");
		x->entries_out = get_count(o, "entries_out");
		x->exchanged = json_get_int(o, "exchanged");
		x->ended = json_get_int(o, "ended");
		x->is_fault = json_is_true(json_object_get(o, "is_fault"));
	}
	json_decref(all);
}
