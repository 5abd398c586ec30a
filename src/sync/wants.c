/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WANT, both ways: which journals a side wants to have sent, in what order, which it only wants to
 * be told of and which it does not follow at all. docs/protocol.md §5.
 */
#include "sync/session_impl.h"

#include <assert.h>
#include <stdlib.h>

/* --- ours --- */

void session_follow(struct session *s, const struct str *hubs, size_t n, bool is_only)
{
	struct progress *p = &s->progress;
	assert(n <= HUBS_MAX);
	p->is_choosy = is_only;
	for (size_t i = 1; i < p->n; i++) {
		p->tracks[i].order = 0;
		p->tracks[i].is_out = is_only;
	}
	for (size_t i = 0; i < n; i++) {
		struct track *t = progress_name(p, hubs[i].ptr);
		t->order = (unsigned)i + 1;
		t->is_out = false;
	}
	for (size_t i = 1; i < p->n; i++) {
		struct track *t = &p->tracks[i];
		const struct track *open = progress_find(p, name_of_hub(t->hub));
		if (name_is_for_members(t->hub))
			t->is_out = is_only && (!open || open->is_out);
		t->is_stirred = true;
	}
}

static enum want by_rule(const struct session *s, const struct track *t, enum want rule)
{
	bool is_own = strcmp(name_of_hub(t->hub), s->peer_hello.hub) == 0;
	return rule == WANT_NEWS && is_own ? WANT_ENTRIES : rule;
}

/* What the peer does with this journal when nothing more is said of it. */
static enum want known(const struct session *s, const struct track *t)
{
	return t->asked_last ? turn_want(t->asked_last) : by_rule(s, t, s->rule_told);
}

static enum want rule_of(const struct session *s)
{
	if (s->progress.is_choosy)
		return WANT_NOTHING;
	return s->is_sparing ? WANT_NEWS : WANT_ENTRIES;
}

/* What it is to do. */
static enum want wished(const struct session *s, const struct track *t)
{
	if (t->is_out)
		return WANT_NOTHING;
	if (t->asking)
		return turn_want(t->asking);
	return by_rule(s, t, s->is_sparing ? WANT_NEWS : WANT_ENTRIES);
}

static int by_order(const void *a, const void *b)
{
	const struct track *x = *(struct track *const *)a, *y = *(struct track *const *)b;
	unsigned i = x->order - 1, k = y->order - 1; /* those without come last */
	return i == k ? strcmp(x->hub, y->hub) : i < k ? -1 : 1;
}

static void say(struct session *s, enum want want, struct track *const *tracks, size_t n)
{
	struct str names[2 * MESSAGE_HEADS_MAX];
	struct buf body = BUF_INIT;
	for (size_t i = 0; i < n; i++)
		names[i] = str_from(tracks[i]->hub);
	want_write(&body, want, names, n);
	session_say(s, MESSAGE_WANT, &body);
	buf_release(&body);
}

/* Name those that are to change to `want`, and what has an order once. */
static void say_turns(struct session *s, enum want want, bool with_order)
{
	struct track *tracks[2 * MESSAGE_HEADS_MAX];
	size_t n = 0;
	for (size_t i = 1; i < s->progress.n && n < 2 * MESSAGE_HEADS_MAX; i++) {
		struct track *t = &s->progress.tracks[i];
		bool is_news = known(s, t) != want || (with_order && t->order);
		if (wished(s, t) != want || !is_news || progress_is_shut(&s->progress, t))
			continue;
		tracks[n++] = t;
		t->asked_last = want_turn(want);
	}
	if (!n)
		return;
	qsort(tracks, n, sizeof *tracks, by_order);
	say(s, want, tracks, n);
}

void wants_say_rule(struct session *s)
{
	enum want rule = rule_of(s);
	if (rule == s->rule_told)
		return;
	say(s, rule, NULL, 0);
	s->rule_told = rule;
	for (size_t i = 0; i < s->progress.n; i++)
		s->progress.tracks[i].asked_last = TURN_BY_RULE;
}

/* Where the stores are equal, or little is sent unasked, an order would cost more than it brings.
 */
void wants_say(struct session *s)
{
	bool with_order = s->has_differed && !s->is_order_told && !s->is_sparing;
	wants_say_rule(s);
	s->is_order_told = true;
	say_turns(s, WANT_ENTRIES, with_order);
	say_turns(s, WANT_NEWS, false);
	say_turns(s, WANT_NOTHING, false);
}

/* --- the peer's --- */

static void take_rule(struct session *s, enum want rule)
{
	struct progress *p = &s->progress;
	p->rule = rule;
	p->ranks = 0;
	for (size_t i = 0; i < p->n; i++) {
		p->tracks[i].asked = TURN_BY_RULE;
		p->tracks[i].rank = 0;
	}
}

int wants_on_want(struct session *s, struct str body, struct err *err)
{
	enum want want;
	char hub[HUB_NAME_BYTES];
	if (want_begin(&want, &body, err))
		return err->code;
	if (!body.len)
		take_rule(s, want);
	while (body.len) {
		if (want_next(hub, &body, err))
			return err->code;
		struct track *t = progress_meet(&s->progress, hub, err);
		if (!t)
			return session_blame(s, REFUSED_LIMIT, err);
		t->asked = want_turn(want);
		if (want == WANT_ENTRIES && !t->rank)
			t->rank = ++s->progress.ranks;
	}
	return 0;
}
