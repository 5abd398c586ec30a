/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An entry's wire form (entry/entry.h). A signature file in its one byte form shrinks to its
 * signer's place in the roster and 64 bytes, or a token's 69, which stand at the end with all else
 * that no compression helps; a path shares the beginning of the one before it; a file that was
 * there before is a delta where that is shorter.
 */
#include "git/delta.h"
#include "entry/entry.h"
#include "trust/erasure.h"

enum { WIRE_VERSION = 2, BARE_BYTES = OID_BYTES + SHA256_BYTES };
enum change_kind {
	CHANGE_DELETE,
	CHANGE_FILE,
	CHANGE_AUTHOR,
	CHANGE_REVIEW,
	CHANGE_DELTA,
	CHANGE_AUTHOR_TOKEN,
	CHANGE_REVIEW_TOKEN,
	CHANGE_BARE, /* a file whose content the receiver does without */
	CHANGE_ERASED /* one whose content nobody may have, and the order that says so */
};

/* What the signature files of a record are called, and the namespaces they are made in. The kind
 * alone says how long the signature is: were that left to the roster, a peer with another branch of
 * it could not read on. */
static const struct signature_kind {
	enum change_kind kind, token_kind;
	const char *suffix, *name_space;
} signature_kinds[] = {
    {CHANGE_REVIEW, CHANGE_REVIEW_TOKEN, ".rev", "belfry-review"},
    {CHANGE_AUTHOR, CHANGE_AUTHOR_TOKEN, ".sig", "belfry-record"},
};

/* NULL: a change of that kind is no signature. */
static const struct signature_kind *signature_kind(enum change_kind kind)
{
	for (size_t i = 0; i < 2; i++)
		if (kind == signature_kinds[i].kind || kind == signature_kinds[i].token_kind)
			return &signature_kinds[i];
	return NULL;
}

/* The signer's place from 1; 0: not among them. */
static size_t signer_place(const struct entry_context *ctx, const struct public_key *key)
{
	for (size_t i = 0; i < ctx->nkeys; i++)
		if (public_key_eq(&ctx->keys[i], key))
			return i + 1;
	return 0;
}

static size_t shared_prefix(struct str a, struct str b)
{
	size_t n = 0;
	while (n < a.len && n < b.len && a.ptr[n] == b.ptr[n])
		n++;
	return n;
}

/* Is this change a record's signature in the one form? Then its kind, key and bytes. */
static enum change_kind compact_kind(
    const struct change *c, struct str record, const struct entry_context *ctx, struct sshsig *sig)
{
	struct err ignored;
	if (c->is_delete || !record.len || c->path.len != record.len + 4 ||
	    !str_starts(c->path, record))
		return CHANGE_FILE;
	for (size_t i = 0; i < 2; i++) {
		struct name_space ns = name_space(signature_kinds[i].name_space, ctx->network);
		if (str_is(str_sub(c->path, record.len, 4), signature_kinds[i].suffix) &&
		    sshsig_parse(sig, c->content, &ignored) == 0 &&
		    strcmp(sig->name_space, ns.text) == 0) {
			if (!public_key_is_token(&sig->key))
				return signature_kinds[i].kind;
			return signer_place(ctx, &sig->key) ? signature_kinds[i].token_kind
							    : CHANGE_FILE;
		}
	}
	return CHANGE_FILE;
}

struct encoding {
	const struct entry_context *ctx;
	struct buf text, raw; /* what can be compressed; what cannot */
	struct str last, record; /* the path, and the .md, named last */
	const struct change *changes; /* all of the entry's */
};

/* The first of an entry's changes with the order of this one. */
static const struct change *first_with(const struct change *changes, const struct change *c)
{
	while (!str_eq(changes->order, c->order))
		changes++;
	return changes;
}

/* Which of the entry's orders it is, from 1. */
static size_t order_place(const struct change *changes, const struct change *c)
{
	size_t place = 0;
	const struct change *first = first_with(changes, c);
	for (const struct change *at = changes; at <= first; at++)
		place += at->order.len && first_with(changes, at) == at;
	return place;
}

/* The order itself where it is named first. */
static void encode_erased(struct encoding *e, const struct change *c)
{
	bool is_first = first_with(e->changes, c) == c;
	buf_add(&e->raw, str_of(c->blob.bytes, OID_BYTES));
	buf_add(&e->raw, str_of(c->hash.bytes, SHA256_BYTES));
	buf_varint(&e->text, is_first ? 0 : order_place(e->changes, c));
	if (!is_first)
		return;
	buf_varint(&e->text, c->order.len);
	buf_add(&e->text, c->order);
}

static void encode_signature(struct encoding *e, const struct sshsig *sig)
{
	size_t place = signer_place(e->ctx, &sig->key);
	buf_varint(&e->text, place);
	if (!place)
		buf_add(&e->raw, str_of(sig->key.bytes, PUBLIC_KEY_BYTES));
	buf_add(&e->raw, str_of(sig->signature, public_key_signature_bytes(&sig->key)));
}

/* The content behind its length, or the delta where there is one and it is shorter; the ids of what
 * the reader does without. */
static enum change_kind encode_content(
    struct buf *out, const struct change *c, const struct scope *scope)
{
	if (scope && !scope_has(scope, c->path)) {
		struct sha256 hash = c->is_bare ? c->hash : sha256(c->content);
		buf_add(out, str_of(c->blob.bytes, OID_BYTES));
		buf_add(out, str_of(hash.bytes, SHA256_BYTES));
		return CHANGE_BARE;
	}
	buf_varint(out, c->content.len);
	buf_add(out, c->content);
	/* Who lacks some of its records may lack this one's old version. */
	bool may_lack = scope && scope->is_lacking && str_starts(c->path, STR("records/"));
	if (may_lack || !c->old.len || c->old.len > ROSTER_BYTES_MAX)
		return CHANGE_FILE;
	struct buf base = BUF_INIT, delta = BUF_INIT;
	buf_add(&base, c->old);
	delta_base(&base);
	delta_make(&delta, buf_str(&base), c->content);
	bool is_shorter = delta.len < out->len;
	if (is_shorter) {
		buf_reset(out);
		buf_add(out, buf_str(&delta));
	}
	buf_release(&base);
	buf_release(&delta);
	return is_shorter ? CHANGE_DELTA : CHANGE_FILE;
}

static void encode_change(struct encoding *e, const struct change *c)
{
	struct sshsig sig;
	struct buf content = BUF_INIT;
	enum change_kind kind =
	    c->is_delete ? CHANGE_DELETE : compact_kind(c, e->record, e->ctx, &sig);
	bool is_in_scope = !e->ctx->scope || scope_has(e->ctx->scope, c->path);
	if (kind == CHANGE_FILE && c->order.len && is_in_scope)
		kind = CHANGE_ERASED;
	else if (kind == CHANGE_FILE)
		kind = encode_content(&content, c, e->ctx->scope);
	buf_u8(&e->text, (uint8_t)kind);
	if (signature_kind(kind)) {
		encode_signature(e, &sig);
		return;
	}
	size_t shared = shared_prefix(e->last, c->path);
	buf_varint(&e->text, shared);
	buf_varint(&e->text, c->path.len - shared);
	buf_add(&e->text, str_sub(c->path, shared, c->path.len));
	e->last = c->path;
	if (kind == CHANGE_DELETE)
		return;
	if (str_ends(c->path, STR(".md")))
		e->record = c->path;
	if (kind == CHANGE_ERASED)
		encode_erased(e, c);
	buf_add(kind == CHANGE_BARE ? &e->raw : &e->text, buf_str(&content));
	buf_release(&content);
}

static void encode_heads(struct encoding *e, const struct head *heads, size_t n)
{
	buf_varint(&e->text, n);
	for (size_t i = 0; i < n; i++) {
		struct str hub = str_from(heads[i].hub);
		buf_u8(&e->text, (uint8_t)hub.len);
		buf_add(&e->text, hub);
		buf_varint(&e->text, heads[i].seq);
		buf_add(&e->raw, str_of(heads[i].id.bytes, OID_BYTES));
	}
}

void entry_encode(struct buf *out, const struct entry *e, const struct entry_context *ctx)
{
	struct encoding to = {.ctx = ctx,
	    .text = BUF_INIT,
	    .raw = BUF_INIT,
	    .last = STR_EMPTY,
	    .record = STR_EMPTY,
	    .changes = e->changes};
	buf_varint(&to.text, (uint64_t)e->time);
	buf_varint(&to.text, e->charter);
	encode_heads(&to, e->heads, e->nheads);
	buf_varint(&to.text, e->nchanges);
	for (size_t i = 0; i < e->nchanges; i++)
		encode_change(&to, &e->changes[i]);
	buf_add(&to.raw, str_of(e->signature, SIGNATURE_BYTES));
	buf_u8(out, WIRE_VERSION);
	buf_varint(out, e->seq);
	buf_varint(out, to.raw.len);
	buf_add(out, buf_str(&to.text));
	buf_add(out, buf_str(&to.raw));
	buf_release(&to.text);
	buf_release(&to.raw);
}

size_t entry_bytes_max(const struct change *changes, size_t n, size_t nheads)
{
	size_t bytes = ENTRY_PLAIN_BYTES + nheads * ENTRY_HEAD_BYTES + n * ENTRY_CHANGE_BYTES;
	for (size_t i = 0; i < n; i++) {
		const struct change *c = &changes[i];
		bytes += c->path.len + (c->is_bare ? BARE_BYTES : c->content.len);
		bytes += c->order.len && first_with(changes, c) == c ? c->order.len : 0;
	}
	return bytes;
}

/* --- decoding --- */

struct decoding {
	struct entry *e;
	const struct entry_context *ctx;
	struct str s, raw; /* what is still to be read, of its text and of its end */
	struct str last, record; /* the path, and the .md, named last */
	size_t room; /* of ENTRY_BYTES_MAX, were it written without deltas */
	struct buf base, made; /* a delta's; kept for their memory */
	struct err fault; /* what is wrong, where that is not the grammar */
};

static bool take_heads(struct decoding *d)
{
	struct entry *e = d->e;
	uint64_t n;
	if (!str_take_varint(&d->s, &n) || n > ENTRY_HEADS_MAX)
		return false;
	e->heads = arena_alloc(&e->arena, n * sizeof *e->heads);
	for (; e->nheads < n; e->nheads++) {
		struct head *h = &e->heads[e->nheads];
		uint8_t len;
		struct str hub, id;
		if (!str_take_u8(&d->s, &len) || !str_take(&d->s, len, &hub) || !str_is_slug(hub) ||
		    !str_take_varint(&d->s, &h->seq) || !str_take(&d->raw, OID_BYTES, &id))
			return false;
		memcpy(h->hub, hub.ptr, hub.len);
		memcpy(h->id.bytes, id.ptr, OID_BYTES);
	}
	return true;
}

static bool take_signer(struct decoding *d, struct public_key *key, bool is_token)
{
	struct str raw;
	uint64_t place;
	struct err ignored;
	if (!str_take_varint(&d->s, &place))
		return false;
	if (!place)
		return !is_token && str_take(&d->raw, PUBLIC_KEY_BYTES, &raw) &&
		       public_key_from_bytes(key, raw, &ignored) == 0;
	if (place > d->ctx->nkeys) {
		err_set(&d->fault, ERR_CHAIN, "it names signer %llu of a roster of %zu",
		    (unsigned long long)place, d->ctx->nkeys);
		return false;
	}
	*key = d->ctx->keys[place - 1];
	if (public_key_is_token(key) == is_token)
		return true;
	err_set(&d->fault, ERR_CHAIN, "its signer %llu has another kind of key on the roster here",
	    (unsigned long long)place);
	return false;
}

static bool take_signature(struct decoding *d, struct change *c, enum change_kind kind)
{
	const struct signature_kind *which = signature_kind(kind);
	struct name_space ns = name_space(which->name_space, d->ctx->network);
	struct sshsig sig;
	struct str raw;
	if (!d->record.len || !take_signer(d, &sig.key, kind == which->token_kind) ||
	    !str_take(&d->raw, public_key_signature_bytes(&sig.key), &raw))
		return false;
	memcpy(sig.signature, raw.ptr, raw.len);
	memcpy(sig.name_space, ns.text, sizeof sig.name_space);
	struct buf armor = BUF_INIT;
	sshsig_write(&armor, &sig);
	c->content = arena_str(&d->e->arena, buf_str(&armor));
	c->path = str_from(arena_printf(&d->e->arena, "%.*s%s", STR_FMT(d->record), which->suffix));
	buf_release(&armor);
	return true;
}

static bool take_path(struct decoding *d, struct change *c)
{
	uint64_t shared, len;
	struct str rest;
	if (!str_take_varint(&d->s, &shared) || shared > d->last.len ||
	    !str_take_varint(&d->s, &len) || len > 512 || !str_take(&d->s, len, &rest))
		return false;
	char *path = arena_alloc(&d->e->arena, shared + len + 1);
	memcpy(path, d->last.ptr, shared);
	memcpy(path + shared, rest.ptr, len);
	c->path = str_of(path, shared + len);
	d->last = c->path;
	if (str_ends(c->path, STR(".md")))
		d->record = c->path;
	return true;
}

size_t entry_file_bytes_max(struct str path)
{
	if (str_is(path, "roster.md"))
		return ROSTER_BYTES_MAX;
	if (str_starts(path, STR("erasures/")))
		return ERASURE_BYTES_MAX;
	return str_ends(path, STR(".md")) ? RECORD_BYTES_MAX : SIGNATURE_BYTES_MAX;
}

/* The old version at a path. Where the two sides are on different branches there may be none, in
 * good faith. */
static bool take_base(struct decoding *d, struct str path)
{
	buf_reset(&d->base);
	if (!journal_path_is_valid(path))
		return false;
	if (d->ctx->old && d->ctx->old(d->ctx->of, path, &d->base, &d->fault) == 0) {
		delta_base(&d->base);
		return true;
	}
	if (!d->ctx->old || d->fault.code == ERR_MISSING)
		err_set(&d->fault, ERR_CHAIN, "it changes %.*s, which is not here", STR_FMT(path));
	return false;
}

static bool take_delta(struct decoding *d, struct change *c)
{
	size_t max = entry_file_bytes_max(c->path);
	buf_reset(&d->made);
	if (!take_base(d, c->path) || delta_take(&d->made, &d->s, buf_str(&d->base),
					  max < d->room ? max : d->room, &d->fault))
		return false;
	c->content = arena_str(&d->e->arena, buf_str(&d->made));
	return true;
}

static bool take_file(struct decoding *d, struct change *c)
{
	uint64_t len;
	size_t max = entry_file_bytes_max(c->path);
	if (!str_take_varint(&d->s, &len))
		return false;
	if (len > max)
		err_set(&d->fault, ERR_LIMIT, "a file of %llu bytes; at most %zu are allowed",
		    (unsigned long long)len, max);
	return len <= max && str_take(&d->s, len, &c->content);
}

static bool take_ids(struct decoding *d, struct change *c)
{
	struct str id, hash;
	if (!str_take(&d->raw, OID_BYTES, &id) || !str_take(&d->raw, SHA256_BYTES, &hash))
		return false;
	c->is_bare = c->is_hashed = true;
	memcpy(c->blob.bytes, id.ptr, OID_BYTES);
	memcpy(c->hash.bytes, hash.ptr, SHA256_BYTES);
	return !oid_is_zero(&c->blob);
}

static bool take_bare(struct decoding *d, struct change *c)
{
	if (!d->ctx->scope || scope_has(d->ctx->scope, c->path)) {
		err_set(&d->fault, ERR_SYNTAX, "it leaves out %.*s, which is wanted here",
		    STR_FMT(str_sub(c->path, 0, 200)));
		return false;
	}
	return take_ids(d, c);
}

/* Whether the order holds is for who knows the charters. */
static bool take_erased(struct decoding *d, struct change *c)
{
	uint64_t place, len;
	if (!journal_path_is_text(c->path) || !take_ids(d, c) || !str_take_varint(&d->s, &place))
		return false;
	if (!place)
		return str_take_varint(&d->s, &len) && len && len <= ERASURE_BYTES_MAX &&
		       str_take(&d->s, len, &c->order);
	for (const struct change *at = d->e->changes; at < c; at++)
		if (at->order.len && order_place(d->e->changes, at) == place) {
			c->order = at->order;
			return true;
		}
	return false;
}

static bool take_change(struct decoding *d, struct change *c)
{
	uint8_t kind;
	if (!str_take_u8(&d->s, &kind) || kind > CHANGE_ERASED)
		return false;
	if (signature_kind(kind))
		return take_signature(d, c, kind);
	if (!take_path(d, c))
		return false;
	c->is_delete = kind == CHANGE_DELETE;
	if (kind == CHANGE_DELETE)
		return true;
	if (kind == CHANGE_BARE)
		return take_bare(d, c);
	if (kind == CHANGE_ERASED)
		return take_erased(d, c);
	return kind == CHANGE_DELTA ? take_delta(d, c) : take_file(d, c);
}

static bool take_changes(struct decoding *d)
{
	struct entry *e = d->e;
	uint64_t n;
	if (!str_take_varint(&d->s, &n) || n > ENTRY_CHANGES_MAX)
		return false;
	e->changes = arena_alloc(&e->arena, n * sizeof *e->changes);
	size_t bytes = entry_bytes_max(NULL, 0, e->nheads);
	d->room = bytes > ENTRY_BYTES_MAX ? 0 : ENTRY_BYTES_MAX - bytes;
	for (; e->nchanges < n; e->nchanges++) {
		struct change *c = &e->changes[e->nchanges];
		if (!take_change(d, c) || !journal_path_is_valid(c->path) ||
		    (e->nchanges && str_cmp(c[-1].path, c->path) >= 0))
			return false;
		bytes = ENTRY_CHANGE_BYTES + c->path.len +
			(c->is_bare ? BARE_BYTES : c->content.len) +
			(c->order.len && first_with(e->changes, c) == c ? c->order.len : 0);
		if (bytes > d->room) {
			err_set(&d->fault, ERR_LIMIT,
			    "with its files whole it has more than %d bytes", ENTRY_BYTES_MAX);
			return false;
		}
		d->room -= bytes;
	}
	return true;
}

static bool take_entry(struct decoding *d)
{
	struct entry *e = d->e;
	uint64_t time, charter, nraw;
	struct str signature;
	if (!str_take_varint(&d->s, &e->seq) || !str_take_varint(&d->s, &nraw) || nraw > d->s.len)
		return false;
	d->raw = str_sub(d->s, d->s.len - nraw, nraw);
	d->s = str_sub(d->s, 0, d->s.len - nraw);
	if (!str_take_varint(&d->s, &time) || time > ENTRY_TIME_MAX ||
	    !str_take_varint(&d->s, &charter) || charter > UINT32_MAX || !take_heads(d) ||
	    !take_changes(d) || !str_take(&d->raw, SIGNATURE_BYTES, &signature) || d->s.len ||
	    d->raw.len)
		return false;
	e->time = (int64_t)time;
	e->charter = (uint32_t)charter;
	memcpy(e->signature, signature.ptr, SIGNATURE_BYTES);
	return entry_is_in_bounds(e);
}

int entry_decode(struct entry *e, const char *hub, struct str bytes,
    const struct entry_context *ctx, struct err *err)
{
	uint8_t version;
	*e = (struct entry){.seq = 0};
	if (bytes.len > ENTRY_BYTES_MAX)
		return err_set(
		    err, ERR_LIMIT, "an entry of %s is larger than %d bytes", hub, ENTRY_BYTES_MAX);
	struct decoding d = {.e = e,
	    .ctx = ctx,
	    .s = arena_str(&e->arena, bytes),
	    .last = STR_EMPTY,
	    .record = STR_EMPTY,
	    .base = BUF_INIT,
	    .made = BUF_INIT};
	bool good = false;
	if (!str_take_u8(&d.s, &version) || version != WIRE_VERSION)
		err_set(&d.fault, ERR_UNSUPPORTED, "it is not of wire version %d", WIRE_VERSION);
	else
		good = take_entry(&d);
	if (good)
		memcpy(e->hub, hub, strlen(hub) + 1);
	else
		err_set(err, d.fault.code ? d.fault.code : ERR_SYNTAX, "entry %llu of %s: %s",
		    (unsigned long long)e->seq, hub,
		    d.fault.code ? d.fault.msg : "it breaks the wire grammar");
	if (!good)
		entry_release(e);
	buf_release(&d.base);
	buf_release(&d.made);
	return good ? 0 : err->code;
}

uint64_t entry_peek_seq(struct str bytes)
{
	uint64_t seq;
	uint8_t version;
	return str_take_u8(&bytes, &version) && str_take_varint(&bytes, &seq) ? seq : 0;
}

size_t entry_peek_raw(struct str bytes)
{
	uint64_t seq, n;
	uint8_t version;
	if (!str_take_u8(&bytes, &version) || version != WIRE_VERSION ||
	    !str_take_varint(&bytes, &seq) || !str_take_varint(&bytes, &n) || n > bytes.len)
		return 0;
	return (size_t)n;
}
