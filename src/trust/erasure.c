/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/erasure.h"

#include "base/mem.h"
#include "record/record.h"

#include <stdio.h>
#include <stdlib.h>

static const char armor_begin[] = "-----BEGIN SSH SIGNATURE-----\n",
		  armor_end[] = "-----END SSH SIGNATURE-----\n";

/* --- writing --- */

static int by_text(const void *a, const void *b)
{
	const struct erased_text *x = a, *y = b;
	int c = strcmp(x->lang, y->lang);
	return c ? c : memcmp(x->blob, y->blob, sizeof x->blob);
}

static int by_hash(const void *a, const void *b)
{
	return memcmp(a, b, SHA256_BYTES);
}

void erasure_write(struct buf *out, struct erasure *e, const char *network)
{
	qsort(e->texts, e->ntexts, sizeof *e->texts, by_text);
	if (e->nattachments)
		qsort(e->attachments, e->nattachments, sizeof *e->attachments, by_hash);
	buf_printf(out, "belfry-erasure 1\nnetwork %s\nhub %s\ncharter %u\nrecord %s\nreason %s\n",
	    network, e->hub, e->charter, e->record, e->reason);
	for (size_t i = 0; i < e->ntexts; i++) {
		buf_printf(out, "text %s ", e->texts[i].lang);
		buf_hex(out, str_of(e->texts[i].blob, sizeof e->texts[i].blob));
		buf_printf(out, " %s\n", sha256_hex(&e->texts[i].hash).text);
	}
	for (size_t i = 0; i < e->nattachments; i++)
		buf_printf(out, "attachment %s\n", sha256_hex(&e->attachments[i]).text);
}

/* --- reading --- */

static bool take_line(struct str *rest, const char *label, struct str *out)
{
	if (!str_starts(*rest, str_from(label)) || !memchr(rest->ptr, '\n', rest->len))
		return false;
	struct str line = str_cut(rest, '\n');
	*out = str_sub(line, strlen(label), line.len);
	return true;
}

static bool is_record(struct str name)
{
	struct str rest = name;
	for (int i = 0; i < 3; i++)
		if (!str_is_slug(str_cut(&rest, '/')))
			return false;
	return !rest.len && name.ptr[name.len - 1] != '/';
}

/* One line of text as people read it. */
static bool is_reason(struct str s)
{
	if (!s.len || s.len > ERASURE_REASON_BYTES_MAX)
		return false;
	for (size_t at = 0; at < s.len;) {
		int32_t c = str_utf8_next(s, &at);
		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) ||
		    (c >= 0x2066 && c <= 0x2069))
			return false;
	}
	return true;
}

static bool take_text(struct erased_text *t, struct str line)
{
	struct str lang = str_cut(&line, ' '), blob = str_cut(&line, ' ');
	bool good = lang.len == 2 && str_is_slug(lang) &&
		    str_unhex(t->blob, sizeof t->blob, blob) && sha256_from_hex(&t->hash, line);
	if (good)
		memcpy(t->lang, lang.ptr, 2);
	return good;
}

static bool take_lists(struct erasure *e, struct str *rest)
{
	struct str line;
	size_t cap = 0;
	while (take_line(rest, "text ", &line)) {
		struct erased_text t = {.lang = ""};
		if (!take_text(&t, line) ||
		    (e->ntexts && by_text(&e->texts[e->ntexts - 1], &t) >= 0))
			return false;
		*MEM_PUSH(e->texts, e->ntexts, cap) = t;
	}
	cap = 0;
	while (take_line(rest, "attachment ", &line)) {
		struct sha256 h;
		if (!sha256_from_hex(&h, line) ||
		    (e->nattachments && by_hash(&e->attachments[e->nattachments - 1], &h) >= 0))
			return false;
		*MEM_PUSH(e->attachments, e->nattachments, cap) = h;
	}
	return e->ntexts;
}

static bool parse(struct erasure *e, struct str *network)
{
	struct str rest = buf_str(&e->source), line, hub, charter, record, reason;
	uint64_t v;
	if (!take_line(&rest, "belfry-erasure 1", &line) || line.len ||
	    !take_line(&rest, "network ", network) || !take_line(&rest, "hub ", &hub) ||
	    !str_is_slug(hub) || !take_line(&rest, "charter ", &charter) ||
	    !str_u64(charter, UINT32_MAX, &v) || !v || !take_line(&rest, "record ", &record) ||
	    !is_record(record) || !take_line(&rest, "reason ", &reason) || !is_reason(reason) ||
	    !take_lists(e, &rest))
		return false;
	e->hub = arena_str(&e->arena, hub).ptr;
	e->record = arena_str(&e->arena, record).ptr;
	e->reason = arena_str(&e->arena, reason).ptr;
	e->charter = (uint32_t)v;
	e->text = str_of(e->source.ptr, e->source.len - rest.len);
	return str_starts(rest, str_from(armor_begin)) && str_ends(rest, str_from(armor_end));
}

int erasure_parse(struct erasure **out, struct str bytes, const char *network, struct err *err)
{
	struct erasure *e = mem_alloc(sizeof *e);
	struct str theirs = STR_EMPTY;
	*out = NULL;
	e->source = BUF_INIT;
	if (bytes.len > ERASURE_BYTES_MAX) {
		err_set(err, ERR_LIMIT, "an order to erase has at most %d bytes, not %zu",
		    ERASURE_BYTES_MAX, bytes.len);
		goto fail;
	}
	buf_add(&e->source, bytes);
	if (!parse(e, &theirs)) {
		err_set(err, ERR_SYNTAX, "it is no order to erase: it breaks the grammar");
		goto fail;
	}
	if (!str_is(theirs, network)) {
		err_set(err, ERR_NETWORK, "this order to erase is for another network");
		goto fail;
	}
	*out = e;
	return 0;
fail:
	erasure_free(e);
	return err->code;
}

void erasure_free(struct erasure *e)
{
	if (!e)
		return;
	buf_release(&e->source);
	free(e->texts);
	free(e->attachments);
	arena_clear(&e->arena);
	free(e);
}

/* --- who may --- */

/* Mark the holder of this key. */
static bool mark(bool *seen, const struct key_holder *holders, size_t n, const struct public_key *k)
{
	for (size_t i = 0; i < n; i++)
		if (public_key_eq(&holders[i].key, k))
			return seen[i] = true;
	return false;
}

static size_t count(const bool *seen, size_t n)
{
	size_t sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += seen[i];
	return sum;
}

struct tally {
	const struct charter *charter;
	const struct charter_hub *hub;
	bool central[CENTRAL_KEYS_MAX], stewards[STEWARDS_MAX];
};

static int count_signature(
    struct tally *t, struct str armor, struct str text, const char *ns, struct err *err)
{
	struct sshsig sig;
	if (sshsig_parse(&sig, armor, err) || sshsig_verify(&sig, ns, text, err))
		return err->code;
	const char *why = charter_denies(t->charter, &sig.key);
	if (why)
		return err_set(err, ERR_POLICY, "its key is denied by charter version %u: %.120s",
		    t->charter->version, why);
	bool is_central = mark(t->central, t->charter->central, t->charter->ncentral, &sig.key);
	bool is_steward =
	    t->hub && mark(t->stewards, t->hub->stewards, t->hub->nstewards, &sig.key);
	if (is_central || is_steward)
		return 0;
	struct buf print = BUF_INIT;
	public_key_fingerprint(&print, &sig.key);
	err_set(err, ERR_SIGNATURE,
	    "key %s is neither a steward's of the hub nor one of the central team's", print.ptr);
	buf_release(&print);
	return err->code;
}

int erasure_check(
    const struct erasure *e, const struct charter *c, const char *network, struct err *err)
{
	struct name_space ns = name_space("belfry-erasure", network);
	struct tally t = {.charter = c, .hub = charter_hub(c, e->hub)};
	struct str rest = str_sub(buf_str(&e->source), e->text.len, e->source.len);
	if (c->version != e->charter)
		return err_set(err, ERR_SIGNATURE, "it names charter version %u, not %u",
		    e->charter, c->version);
	while (rest.len) {
		const char *end = memmem(rest.ptr, rest.len, armor_end, strlen(armor_end));
		size_t n = end ? (size_t)(end - rest.ptr) + strlen(armor_end) : rest.len;
		if (count_signature(&t, str_sub(rest, 0, n), e->text, ns.text, err))
			return err_wrap(err, "order to erase %s", e->record);
		rest = str_sub(rest, n, rest.len);
	}
	size_t central = count(t.central, c->ncentral);
	size_t stewards = t.hub ? count(t.stewards, t.hub->nstewards) : 0;
	if (central >= c->threshold || (t.hub && stewards >= t.hub->steward_threshold))
		return 0;
	return err_set(err, ERR_SIGNATURE,
	    "order to erase %s: it has %zu of %zu central keys' signatures and %zu of %zu "
	    "stewards' of hub %s; one of the two must be enough",
	    e->record, central, c->threshold, stewards, t.hub ? t.hub->steward_threshold : 0,
	    e->hub);
}
