/* SPDX-License-Identifier: Apache-2.0 */
#include "net/peer.h"

#include "base/limits.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* The name, which no peer can have, under which the sum of strangers is kept. */
#define OTHERS "*"

/* --- months --- */

static int month_number(int64_t now)
{
	struct tm tm;
	time_t t = (time_t)now;
	return gmtime_r(&t, &tm) ? (tm.tm_year + 1900) * 12 + tm.tm_mon : 0;
}

void month_text(char out[static MONTH_TEXT_BYTES], int number)
{
	unsigned year = (unsigned)number / 12 % 10000, month = (unsigned)number % 12 + 1;
	snprintf(out, MONTH_TEXT_BYTES, "%04u-%02u", year, month);
}

/* 0 for what is no month. */
static int month_from(struct str s)
{
	uint64_t year, month;
	struct str digits = str_sub(s, 5, 7);
	if (s.len != 7 || s.ptr[4] != '-')
		return 0;
	if (str_starts(digits, STR("0")))
		digits = str_sub(digits, 1, 2);
	if (!str_u64(str_sub(s, 0, 4), 9999, &year) || !str_u64(digits, 12, &month) || !month)
		return 0;
	return (int)(year * 12 + month) - 1;
}

/* Count in that month, which comes to the front; the one that was longest not written goes. */
static void add_to_month(struct peer *p, struct peer_month m)
{
	size_t at = 0;
	while (at < PEER_MONTHS - 1 && p->months[at].number != m.number)
		at++;
	if (p->months[at].number == m.number) {
		m.in += p->months[at].in;
		m.out += p->months[at].out;
	}
	memmove(&p->months[1], &p->months[0], at * sizeof m);
	p->months[0] = m;
}

void peer_count_bytes(struct peer *p, uint64_t in, uint64_t out, int64_t now)
{
	p->bytes_in += in;
	p->bytes_out += out;
	if (in || out)
		add_to_month(p, (struct peer_month){month_number(now), in, out});
}

struct peer_month peer_month(const struct peer *p, int64_t now)
{
	struct peer_month m = {.number = month_number(now)};
	for (size_t i = 0; i < PEER_MONTHS; i++)
		if (p->months[i].number == m.number)
			return p->months[i];
	return m;
}

struct peer_month peers_month(const struct peers *p, int64_t now)
{
	struct peer_month sum = peer_month(&p->others, now);
	for (const struct peer *x = p->first; x; x = x->next) {
		struct peer_month m = peer_month(x, now);
		sum.in += m.in;
		sum.out += m.out;
	}
	return sum;
}

/* --- who is remembered --- */

static void add_up(struct peer *sum, const struct peer *x)
{
	sum->bytes_in += x->bytes_in;
	sum->bytes_out += x->bytes_out;
	sum->entries_in += x->entries_in;
	sum->entries_out += x->entries_out;
	for (size_t i = PEER_MONTHS; i-- > 0;)
		if (x->months[i].number)
			add_to_month(sum, x->months[i]);
	for (size_t i = 0; i < REFUSALS; i++)
		sum->refused[i] += x->refused[i];
}

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
	add_up(&p->others, x);
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

/* --- over a restart --- */

static json_t *months_json(const struct peer *x)
{
	json_t *list = json_array();
	for (size_t i = 0; i < PEER_MONTHS; i++) {
		char text[MONTH_TEXT_BYTES];
		month_text(text, x->months[i].number);
		if (x->months[i].number)
			json_array_append_new(list,
			    json_pack("{sssIsI}", "month", text, "in", (json_int_t)x->months[i].in,
				"out", (json_int_t)x->months[i].out));
	}
	return list;
}

static json_t *refused_json(const struct peer *x)
{
	json_t *o = json_object();
	for (int i = 0; i < REFUSALS; i++)
		if (x->refused[i])
			json_object_set_new(o, refusal_name((enum refusal)i),
			    json_integer((json_int_t)x->refused[i]));
	return o;
}

static json_t *counts_json(const struct peer *x)
{
	return json_pack("{sIsIsIsIsoso}", "bytes_in", (json_int_t)x->bytes_in, "bytes_out",
	    (json_int_t)x->bytes_out, "entries_in", (json_int_t)x->entries_in, "entries_out",
	    (json_int_t)x->entries_out, "months", months_json(x), "refused", refused_json(x));
}

json_t *peers_save(const struct peers *p)
{
	json_t *all = json_object();
	struct peer others = p->others;
	for (const struct peer *x = p->first; x; x = x->next) {
		if (!x->is_kept) {
			add_up(&others, x);
			continue;
		}
		json_t *o = counts_json(x);
		json_t *more = json_pack("{sssssIsIsIsssb}", "address", x->address, "hub", x->hub,
		    "life", (json_int_t)x->life, "exchanged", (json_int_t)x->exchanged, "ended",
		    (json_int_t)x->ended, "why", x->why, "is_fault", x->is_fault);
		if (x->has_told) {
			json_object_set_new(more, "behind", json_integer((json_int_t)x->behind));
			json_object_set_new(
			    more, "peer_behind", json_integer((json_int_t)x->peer_behind));
		}
		json_object_update(o, more);
		json_decref(more);
		json_object_set_new(all, x->name, o);
	}
	if (others.bytes_in || others.bytes_out)
		json_object_set_new(all, OTHERS, counts_json(&others));
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

static void restore_counts(struct peer *x, const json_t *o)
{
	const json_t *months = json_object_get(o, "months"),
		     *refused = json_object_get(o, "refused");
	x->bytes_in = get_count(o, "bytes_in");
	x->bytes_out = get_count(o, "bytes_out");
	x->entries_in = get_count(o, "entries_in");
	x->entries_out = get_count(o, "entries_out");
	for (size_t i = json_array_size(months); i-- > 0;) {
		const json_t *m = json_array_get(months, i);
		int number = month_from(json_get_text(m, "month"));
		if (number)
			add_to_month(x,
			    (struct peer_month){number, get_count(m, "in"), get_count(m, "out")});
	}
	for (int i = 0; i < REFUSALS; i++)
		x->refused[i] = get_count(refused, refusal_name((enum refusal)i));
}

static void restore_one(struct peer *x, const json_t *o)
{
	x->is_kept = true;
	restore_counts(x, o);
	get_text(x->address, sizeof x->address, o, "address");
	get_text(x->hub, sizeof x->hub, o, "hub");
	get_text(x->why, sizeof x->why, o, "why");
	x->life = get_count(o, "life");
	x->exchanged = json_get_int(o, "exchanged");
	x->ended = json_get_int(o, "ended");
	x->is_fault = json_is_true(json_object_get(o, "is_fault"));
	x->has_told = json_is_integer(json_object_get(o, "behind"));
	x->behind = get_count(o, "behind");
	x->peer_behind = get_count(o, "peer_behind");
}

void peers_restore(struct peers *p, const json_t *saved)
{
	/* Iterating does not change the object; jansson has no const form of it. */
	json_t *all = json_deep_copy(saved), *o;
	const char *name;
	json_object_foreach(all, name, o)
	{
		if (strcmp(name, OTHERS) == 0)
			restore_counts(&p->others, o);
		else
			restore_one(peers_get(p, name), o);
	}
	json_decref(all);
}
