/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/charter.h"

#include "base/mem.h"
#include "trust/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct name_space name_space(const char *kind, const char *network)
{
	struct name_space ns;
	snprintf(ns.text, sizeof ns.text, "%s@%s", kind, network);
	return ns;
}

static const char *copy_text(struct arena *a, struct str s)
{
	return arena_str(a, s).ptr;
}

int key_holders_read(struct key_holder **out, size_t *n, struct arena *arena, const json_t *list,
    const char *what, struct err *err)
{
	size_t len = json_array_size(list);
	struct key_holder *h = arena_alloc(arena, len * sizeof *h);
	for (size_t i = 0; i < len; i++) {
		const json_t *item = json_array_get(list, i);
		h[i].id = copy_text(arena, json_get_text(item, "id"));
		if (public_key_parse(&h[i].key, json_get_text(item, "key"), err))
			return err_wrap(err, "%s %s", what, h[i].id);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(h[k].id, h[i].id) == 0)
				return err_set(
				    err, ERR_SCHEMA, "%s %s stands twice", what, h[i].id);
			if (public_key_eq(&h[k].key, &h[i].key))
				return err_set(err, ERR_SCHEMA,
				    "%s %s has the same key as %s; each needs a key of their own",
				    what, h[i].id, h[k].id);
		}
	}
	*out = h;
	*n = len;
	return 0;
}

/* One signature: whoever of the holders gave it is marked. */
static int mark_one(bool *seen, const struct key_holder *holders, size_t n, const char *ns,
    struct str message, const struct named_signature *s, struct err *err)
{
	struct sshsig sig;
	if (sshsig_parse(&sig, s->armor, err) || sshsig_verify(&sig, ns, message, err))
		return err_wrap(err, "signature of %.*s", STR_FMT(s->id));
	for (size_t i = 0; i < n; i++) {
		if (!public_key_eq(&holders[i].key, &sig.key))
			continue;
		seen[i] = true;
		return 0;
	}
	return 0; /* somebody else's good signature: allowed, it counts for nobody here */
}

int key_holders_signed(bool *seen, const struct key_holder *holders, size_t n, const char *ns,
    struct str message, const struct named_signature *signatures, size_t nsignatures,
    struct err *err)
{
	memset(seen, 0, n * sizeof *seen);
	for (size_t i = 0; i < nsignatures; i++)
		if (mark_one(seen, holders, n, ns, message, &signatures[i], err))
			return err->code;
	return 0;
}

int key_holders_count(size_t *count, const struct key_holder *holders, size_t n, const char *ns,
    struct str message, const struct named_signature *signatures, size_t nsignatures,
    struct err *err)
{
	bool *seen = mem_alloc(n * sizeof *seen);
	int bad = key_holders_signed(seen, holders, n, ns, message, signatures, nsignatures, err);
	*count = 0;
	for (size_t i = 0; i < n && !bad; i++)
		*count += seen[i];
	free(seen);
	return bad;
}

bool charter_is_expired(const struct charter *c, int64_t now)
{
	return c->expires && (now > c->time ? now : c->time) >= c->expires;
}

enum { DAY = 86400, SOON_DAYS = 30 };

void charter_notice_clock(struct buf *out, const struct charter *c, int64_t now)
{
	if (now + DAY < c->time)
		buf_printf(out,
		    "This computer's clock is behind: charter version %u was made later, on %.10s. "
		    "Please set it.\n",
		    c->version, json_get_text(c->head, "time").ptr);
}

void charter_notice_expiry(struct buf *out, const struct charter *c, int64_t now)
{
	struct str day = str_sub(json_get_text(c->head, "expires"), 0, 10);
	if (charter_is_expired(c, now))
		buf_printf(out,
		    "Charter version %u expired on %.*s. All goes on as it is, but nobody new can "
		    "be "
		    "enrolled until the central team's next version is here.\n",
		    c->version, STR_FMT(day));
	else if (c->expires && now + SOON_DAYS * DAY >= c->expires)
		buf_printf(out,
		    "Charter version %u expires on %.*s: the central team should renew it.\n",
		    c->version, STR_FMT(day));
}

void charter_notice(struct buf *out, const struct charter *c, int64_t now)
{
	charter_notice_clock(out, c, now);
	charter_notice_expiry(out, c, now);
}

void charter_write(struct buf *out, const json_t *head, struct str body)
{
	trust_document_write(out, "charter", head, body);
}

int charter_read_edited(
    json_t **head, struct buf *body, struct str bytes, const char *name, struct err *err)
{
	return trust_document_edited(head, body, "charter", bytes, name, err);
}

static int no_such_region(const struct charter *c, const struct charter_hub *h, struct err *err)
{
	struct buf known = BUF_INIT;
	size_t i;
	json_t *term;
	json_array_foreach(json_object_get(c->head, "regions"), i, term)
	    buf_printf(&known, "%s%s", i ? ", " : "", json_get_text(term, "id").ptr);
	err_set(err, ERR_SCHEMA, "hub %s: region %s is none of the charter's: %.400s", h->id,
	    h->region, known.ptr);
	buf_release(&known);
	return err->code;
}

static int read_base(struct charter_hub *h, const json_t *j, struct err *err)
{
	const json_t *base = json_object_get(j, "base");
	h->is_closed = str_is(json_get_text(j, "state"), "closed");
	h->has_base = base != NULL;
	if (h->is_closed && !base)
		return err_set(err, ERR_SCHEMA,
		    "hub %s is closed: 'base' must say where its journal ends", h->id);
	if (!base)
		return 0;
	h->base.charter = (uint32_t)json_get_int(base, "charter");
	h->base.seq = (uint64_t)json_get_int(base, "seq");
	/* That there are as many digits is what the schema says. */
	str_unhex(h->base.commit, sizeof h->base.commit, json_get_text(base, "commit"));
	sha256_from_hex(&h->base.content, json_get_text(base, "content"));
	return 0;
}

static int read_hub(struct charter *c, struct charter_hub *h, const json_t *j, struct err *err)
{
	h->id = copy_text(&c->arena, json_get_text(j, "id"));
	h->region = copy_text(&c->arena, json_get_text(j, "region"));
	h->address = copy_text(&c->arena, json_get_text(j, "address"));
	h->countries = json_object_get(j, "countries");
	str_unhex(h->link, sizeof h->link, json_get_text(j, "link"));
	if (public_key_parse(&h->journal, json_get_text(j, "journal"), err) ||
	    key_holders_read(&h->stewards, &h->nstewards, &c->arena, json_object_get(j, "stewards"),
		"steward", err))
		return err_wrap(err, "hub %s", h->id);
	if (read_base(h, j, err))
		return err->code;
	int64_t threshold = json_get_int(j, "steward_threshold");
	h->steward_threshold = threshold ? (size_t)threshold : 1;
	if (h->steward_threshold > h->nstewards)
		return err_set(err, ERR_SCHEMA,
		    "hub %s: steward_threshold %zu, but it has %zu stewards", h->id,
		    h->steward_threshold, h->nstewards);
	if (!charter_has_term(c, "regions", str_from(h->region)))
		return no_such_region(c, h, err);
	return 0;
}

static int read_hubs(struct charter *c, struct err *err)
{
	const json_t *list = json_object_get(c->head, "hubs");
	c->nhubs = json_array_size(list);
	c->hubs = arena_alloc(&c->arena, c->nhubs * sizeof *c->hubs);
	for (size_t i = 0; i < c->nhubs; i++) {
		struct charter_hub *h = &c->hubs[i];
		if (read_hub(c, h, json_array_get(list, i), err))
			return err->code;
		for (size_t k = 0; k < i; k++) {
			const struct charter_hub *o = &c->hubs[k];
			if (strcmp(o->id, h->id) == 0)
				return err_set(err, ERR_SCHEMA, "hub %s stands twice", h->id);
			if (public_key_eq(&o->journal, &h->journal) ||
			    memcmp(o->link, h->link, sizeof h->link) == 0)
				return err_set(
				    err, ERR_SCHEMA, "hubs %s and %s share a key", o->id, h->id);
		}
	}
	return 0;
}

/* UTC from 1970 on: git cannot date a commit before that, and every store must make the same
 * commit. */
static bool read_time(struct str s, int64_t *out)
{
	struct tm tm = {.tm_year = 0};
	const char *end = strptime(s.ptr, "%Y-%m-%dT%H:%M:%SZ", &tm);
	*out = end && !*end ? (int64_t)timegm(&tm) : -1;
	return *out >= 0;
}

static int read_head(struct charter *c, struct err *err)
{
	c->version = (uint32_t)json_get_int(c->head, "version");
	c->threshold = (size_t)json_get_int(c->head, "threshold");
	c->review_optional = str_is(json_get_text(c->head, "review"), "optional");
	struct str time = json_get_text(c->head, "time");
	if (!read_time(time, &c->time))
		return err_set(err, ERR_SCHEMA,
		    "time %.*s: use UTC, 1970 or later, as 2026-01-31T09:30:00Z", STR_FMT(time));
	struct str expires = json_get_text(c->head, "expires");
	if (expires.len && (!read_time(expires, &c->expires) || c->expires <= c->time))
		return err_set(err, ERR_SCHEMA,
		    "expires %.*s: it must be after the charter's own time, %.*s; a new version "
		    "needs "
		    "a later date",
		    STR_FMT(expires), STR_FMT(time));
	struct str previous = json_get_text(c->head, "previous");
	if ((c->version == 1) != (previous.len == 0))
		return err_set(err, ERR_CHAIN,
		    "charter version %u: 'previous' must stand in every version but 1", c->version);
	if (previous.len)
		sha256_from_hex(&c->previous, str_sub(previous, 7, 64)); /* "sha256:" */
	if (key_holders_read(&c->central, &c->ncentral, &c->arena,
		json_object_get(c->head, "central"), "central key", err))
		return err->code;
	if (c->threshold > c->ncentral)
		return err_set(err, ERR_SCHEMA, "threshold %zu, but there are %zu central keys",
		    c->threshold, c->ncentral);
	return read_hubs(c, err);
}

const char *charter_denies(const struct charter *c, const struct public_key *key)
{
	const json_t *denied = json_object_get(c->head, "denied");
	struct buf print = BUF_INIT;
	const char *why = NULL;
	size_t i;
	json_t *item;
	if (!denied)
		return NULL;
	public_key_fingerprint(&print, key);
	json_array_foreach(denied, i, item) if (str_is(json_get_text(item, "id"), print.ptr)) why =
	    json_get_text(item, "reason").ptr;
	buf_release(&print);
	return why;
}

/* No key may have a part in a charter that denies it. */
static int check_not_denied(
    const struct charter *c, const struct public_key *key, const char *whose, struct err *err)
{
	const char *why = charter_denies(c, key);
	return why ? err_set(err, ERR_SCHEMA, "the key of %s is denied by this charter: %.200s",
			 whose, why)
		   : 0;
}

static int check_denied(const struct charter *c, struct err *err)
{
	for (size_t i = 0; i < c->ncentral; i++)
		if (check_not_denied(c, &c->central[i].key, c->central[i].id, err))
			return err->code;
	for (size_t i = 0; i < c->nhubs; i++) {
		const struct charter_hub *h = &c->hubs[i];
		if (h->is_closed)
			continue; /* its keys do nothing any more */
		if (check_not_denied(c, &h->journal, h->id, err))
			return err->code;
		for (size_t k = 0; k < h->nstewards; k++)
			if (check_not_denied(c, &h->stewards[k].key, h->stewards[k].id, err))
				return err->code;
	}
	return 0;
}

int charter_parse(struct charter **out, struct str bytes, const char *name, struct err *err)
{
	struct charter *c = mem_alloc(sizeof *c);
	*out = NULL;
	if (trust_document(&c->head, &c->source, &c->body, "charter", bytes, name, err))
		goto fail;
	c->hash = sha256(buf_str(&c->source));
	if (read_head(c, err) || check_denied(c, err)) {
		err_wrap(err, "%s", name);
		goto fail;
	}
	*out = c;
	return 0;
fail:
	charter_free(c);
	return err->code;
}

void charter_free(struct charter *c)
{
	if (!c)
		return;
	buf_release(&c->source);
	json_decref(c->head);
	arena_clear(&c->arena);
	free(c);
}

int charter_tally(struct charter_tally *t, const struct charter *c, const struct charter *keys,
    const char *network, const struct named_signature *signatures, size_t n, struct err *err)
{
	struct name_space ns = name_space("belfry-charter", network);
	bool seen[CENTRAL_KEYS_MAX];
	*t = (struct charter_tally){.wanted = keys->threshold};
	if (key_holders_signed(seen, keys->central, keys->ncentral, ns.text, buf_str(&c->source),
		signatures, n, err))
		return err->code;
	for (size_t i = 0; i < keys->ncentral; i++) {
		if (seen[i])
			t->given++;
		else
			t->missing[t->nmissing++] = keys->central[i].id;
	}
	return 0;
}

static int check_threshold(const struct charter *keys, const struct charter *c, const char *network,
    const struct named_signature *signatures, size_t n, struct err *err)
{
	struct charter_tally t;
	struct buf names = BUF_INIT;
	if (charter_tally(&t, c, keys, network, signatures, n, err))
		return err->code;
	if (t.given >= t.wanted)
		return 0;
	for (size_t i = 0; i < t.nmissing; i++)
		buf_printf(&names, "%s%s", i ? ", " : "", t.missing[i]);
	err_set(err, ERR_SIGNATURE,
	    "charter version %u has %zu of the %zu signatures that version %u's keys must give; "
	    "without one: %.300s",
	    c->version, t.given, t.wanted, keys->version, names.ptr);
	buf_release(&names);
	return err->code;
}

static bool same_base(const struct charter_hub *a, const struct charter_hub *b)
{
	return a->has_base && b->has_base && a->base.charter == b->base.charter &&
	       a->base.seq == b->base.seq &&
	       memcmp(a->base.commit, b->base.commit, sizeof a->base.commit) == 0 &&
	       sha256_eq(&a->base.content, &b->base.content);
}

/*
 * A base says from which version on a journal's entries must know of it. It stays until a newer one
 * takes its place; and a key that goes, or a hub that closes, always leaves one: else whoever has
 * the key could go on for ever under the older charter.
 */
static int check_hub(const struct charter *c, const struct charter_hub *now,
    const struct charter_hub *was, struct err *err)
{
	bool is_kept = was && same_base(now, was);
	if (now->has_base && !is_kept && now->base.charter != c->version)
		return err_set(err, ERR_CHAIN,
		    "hub %s: a new base names charter version %u, its own, not %u", now->id,
		    c->version, now->base.charter);
	if (!was)
		return 0;
	if (was->has_base && !now->has_base)
		return err_set(err, ERR_CHAIN,
		    "hub %s: its base of version %u stays until another takes its place", now->id,
		    was->base.charter);
	bool is_new = now->has_base && !is_kept;
	if (!is_new && !public_key_eq(&now->journal, &was->journal))
		return err_set(err, ERR_CHAIN,
		    "hub %s has a new journal key: 'base' must say after which entry it begins",
		    now->id);
	if (!is_new && now->is_closed && !was->is_closed)
		return err_set(err, ERR_CHAIN,
		    "hub %s is closed: a new 'base' must say after which entry", now->id);
	return 0;
}

static int check_hubs(const struct charter *c, const struct charter *before, struct err *err)
{
	for (size_t i = 0; before && i < before->nhubs; i++)
		if (!charter_hub(c, before->hubs[i].id))
			return err_set(err, ERR_CHAIN,
			    "charter version %u leaves out hub %s: close it instead, so that its "
			    "journal has an end",
			    c->version, before->hubs[i].id);
	for (size_t i = 0; i < c->nhubs; i++) {
		const struct charter_hub *now = &c->hubs[i];
		if (check_hub(c, now, before ? charter_hub(before, now->id) : NULL, err))
			return err->code;
	}
	return 0;
}

int charter_check(const struct charter *c, const struct charter *before, const char *network,
    const struct named_signature *signatures, size_t n, struct err *err)
{
	if (before && c->version != before->version + 1)
		return err_set(err, ERR_CHAIN, "charter version %u cannot follow version %u",
		    c->version, before->version);
	if (before && !sha256_eq(&c->previous, &before->hash))
		return err_set(err, ERR_CHAIN,
		    "charter version %u names another version %u than ours", c->version,
		    before->version);
	if (!before && c->version != 1)
		return err_set(err, ERR_CHAIN, "charter version %u without the versions before it",
		    c->version);
	if (!before && strcmp(sha256_hex(&c->hash).text, network) != 0)
		return err_set(err, ERR_NETWORK, "charter version 1 is that of another network, %s",
		    sha256_hex(&c->hash).text);
	if (check_hubs(c, before, err))
		return err->code;
	if (before && check_threshold(before, c, network, signatures, n, err))
		return err->code;
	return check_threshold(c, c, network, signatures, n, err);
}

const struct charter_hub *charter_hub(const struct charter *c, const char *id)
{
	for (size_t i = 0; i < c->nhubs; i++)
		if (strcmp(c->hubs[i].id, id) == 0)
			return &c->hubs[i];
	return NULL;
}

const char *const charter_vocabularies[] = {"themes", "audiences", "needs", "objectives", NULL};

bool charter_has_term(const struct charter *c, const char *vocabulary, struct str id)
{
	size_t i;
	json_t *term;
	json_array_foreach(json_object_get(c->head, vocabulary), i,
	    term) if (str_eq(json_get_text(term, "id"), id)) return true;
	return false;
}
