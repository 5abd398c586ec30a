/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An entry's wire form (store/entry.h). A signature file in its one byte form shrinks to its
 * signer's place in the roster and 64 bytes; a path shares the beginning of the one before it.
 */
#include "store/entry.h"

enum { WIRE_VERSION = 1 };
enum change_kind { CHANGE_DELETE, CHANGE_FILE, CHANGE_AUTHOR, CHANGE_REVIEW };

/* What the signature files of a record are called, and the namespaces they are made in. */
static const struct {
	enum change_kind kind;
	const char *suffix, *name_space;
} signature_kinds[] = {
    {CHANGE_REVIEW, ".rev", "belfry-review"},
    {CHANGE_AUTHOR, ".sig", "belfry-record"},
};

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
		    strcmp(sig->name_space, ns.text) == 0)
			return signature_kinds[i].kind;
	}
	return CHANGE_FILE;
}

static void encode_signature(
    struct buf *out, const struct sshsig *sig, const struct entry_context *ctx)
{
	size_t i = 0;
	while (i < ctx->nkeys && !public_key_eq(&ctx->keys[i], &sig->key))
		i++;
	buf_varint(out, i < ctx->nkeys ? i + 1 : 0);
	if (i == ctx->nkeys)
		buf_add(out, str_of(sig->key.bytes, PUBLIC_KEY_BYTES));
	buf_add(out, str_of(sig->signature, SIGNATURE_BYTES));
}

static void encode_change(struct buf *out, const struct change *c, struct str *last,
    struct str *record, const struct entry_context *ctx)
{
	struct sshsig sig;
	enum change_kind kind = c->is_delete ? CHANGE_DELETE : compact_kind(c, *record, ctx, &sig);
	buf_u8(out, (uint8_t)kind);
	if (kind == CHANGE_AUTHOR || kind == CHANGE_REVIEW) {
		encode_signature(out, &sig, ctx);
		return;
	}
	size_t shared = shared_prefix(*last, c->path);
	buf_varint(out, shared);
	buf_varint(out, c->path.len - shared);
	buf_add(out, str_sub(c->path, shared, c->path.len));
	*last = c->path;
	if (kind == CHANGE_DELETE)
		return;
	if (str_ends(c->path, STR(".md")))
		*record = c->path;
	buf_varint(out, c->content.len);
	buf_add(out, c->content);
}

void entry_encode(struct buf *out, const struct entry *e, const struct entry_context *ctx)
{
	struct str last = STR_EMPTY, record = STR_EMPTY;
	buf_u8(out, WIRE_VERSION);
	buf_varint(out, e->seq);
	buf_varint(out, (uint64_t)e->time);
	buf_varint(out, e->charter);
	buf_varint(out, e->nheads);
	for (size_t i = 0; i < e->nheads; i++) {
		struct str hub = str_from(e->heads[i].hub);
		buf_u8(out, (uint8_t)hub.len);
		buf_add(out, hub);
		buf_varint(out, e->heads[i].seq);
		buf_add(out, str_of(e->heads[i].id.bytes, OID_BYTES));
	}
	buf_varint(out, e->nchanges);
	for (size_t i = 0; i < e->nchanges; i++)
		encode_change(out, &e->changes[i], &last, &record, ctx);
	buf_add(out, str_of(e->signature, SIGNATURE_BYTES));
}

static bool take_heads(struct entry *e, struct str *s)
{
	uint64_t n;
	if (!str_take_varint(s, &n) || n > ENTRY_HEADS_MAX)
		return false;
	e->heads = arena_alloc(&e->arena, n * sizeof *e->heads);
	for (; e->nheads < n; e->nheads++) {
		struct head *h = &e->heads[e->nheads];
		uint8_t len;
		struct str hub, id;
		if (!str_take_u8(s, &len) || !str_take(s, len, &hub) || !str_is_slug(hub) ||
		    !str_take_varint(s, &h->seq) || !str_take(s, OID_BYTES, &id))
			return false;
		memcpy(h->hub, hub.ptr, hub.len);
		memcpy(h->id.bytes, id.ptr, OID_BYTES);
	}
	return true;
}

static bool take_signature(struct entry *e, struct change *c, enum change_kind kind,
    struct str record, struct str *s, const struct entry_context *ctx)
{
	const size_t which = kind == CHANGE_AUTHOR;
	struct name_space ns = name_space(signature_kinds[which].name_space, ctx->network);
	struct sshsig sig;
	struct str raw;
	uint64_t index;
	struct err ignored;
	if (!record.len || !str_take_varint(s, &index) || index > ctx->nkeys)
		return false;
	if (index)
		sig.key = ctx->keys[index - 1];
	else if (!str_take(s, PUBLIC_KEY_BYTES, &raw) ||
		 public_key_from_bytes(&sig.key, raw, &ignored))
		return false;
	if (!str_take(s, SIGNATURE_BYTES, &raw))
		return false;
	memcpy(sig.signature, raw.ptr, SIGNATURE_BYTES);
	memcpy(sig.name_space, ns.text, sizeof sig.name_space);
	struct buf armor = BUF_INIT;
	sshsig_write(&armor, &sig);
	c->content = arena_str(&e->arena, buf_str(&armor));
	c->path = str_from(
	    arena_printf(&e->arena, "%.*s%s", STR_FMT(record), signature_kinds[which].suffix));
	buf_release(&armor);
	return true;
}

static bool take_path(struct entry *e, struct change *c, struct str *last, struct str *s)
{
	uint64_t shared, len;
	struct str rest;
	if (!str_take_varint(s, &shared) || shared > last->len || !str_take_varint(s, &len) ||
	    len > 512 || !str_take(s, len, &rest))
		return false;
	char *path = arena_alloc(&e->arena, shared + len + 1);
	memcpy(path, last->ptr, shared);
	memcpy(path + shared, rest.ptr, len);
	c->path = str_of(path, shared + len);
	*last = c->path;
	return true;
}

size_t entry_file_bytes_max(struct str path)
{
	if (str_is(path, "roster.md"))
		return ROSTER_BYTES_MAX;
	return str_ends(path, STR(".md")) ? RECORD_BYTES_MAX : SIGNATURE_BYTES_MAX;
}

static bool take_change(struct entry *e, struct change *c, struct str *last, struct str *record,
    struct str *s, const struct entry_context *ctx)
{
	uint8_t kind;
	uint64_t len;
	if (!str_take_u8(s, &kind) || kind > CHANGE_REVIEW)
		return false;
	if (kind == CHANGE_AUTHOR || kind == CHANGE_REVIEW)
		return take_signature(e, c, kind, *record, s, ctx);
	if (!take_path(e, c, last, s))
		return false;
	c->is_delete = kind == CHANGE_DELETE;
	if (c->is_delete)
		return true;
	if (str_ends(c->path, STR(".md")))
		*record = c->path;
	return str_take_varint(s, &len) && len <= entry_file_bytes_max(c->path) &&
	       str_take(s, len, &c->content);
}

static bool take_changes(struct entry *e, struct str *s, const struct entry_context *ctx)
{
	struct str last = STR_EMPTY, record = STR_EMPTY;
	uint64_t n;
	if (!str_take_varint(s, &n) || n > ENTRY_CHANGES_MAX)
		return false;
	e->changes = arena_alloc(&e->arena, n * sizeof *e->changes);
	for (; e->nchanges < n; e->nchanges++) {
		struct change *c = &e->changes[e->nchanges];
		if (!take_change(e, c, &last, &record, s, ctx) || !journal_path_is_valid(c->path) ||
		    (e->nchanges && str_cmp(c[-1].path, c->path) >= 0))
			return false;
	}
	return true;
}

static bool take_entry(struct entry *e, struct str *s, const struct entry_context *ctx)
{
	uint64_t time, charter;
	struct str signature;
	if (!str_take_varint(s, &e->seq) || !str_take_varint(s, &time) || time > ENTRY_TIME_MAX ||
	    !str_take_varint(s, &charter) || charter > UINT32_MAX || !take_heads(e, s) ||
	    !take_changes(e, s, ctx) || !str_take(s, SIGNATURE_BYTES, &signature) || s->len)
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
	struct str s = arena_str(&e->arena, bytes);
	if (!str_take_u8(&s, &version) || version != WIRE_VERSION) {
		err_set(err, ERR_UNSUPPORTED, "an entry of %s is not of wire version %d", hub,
		    WIRE_VERSION);
	} else if (!take_entry(e, &s, ctx)) {
		err_set(err, ERR_SYNTAX, "entry %llu of %s breaks the wire grammar",
		    (unsigned long long)e->seq, hub);
	} else {
		memcpy(e->hub, hub, strlen(hub) + 1);
		return 0;
	}
	entry_release(e);
	return err->code;
}

uint64_t entry_peek_seq(struct str bytes)
{
	uint64_t seq;
	uint8_t version;
	return str_take_u8(&bytes, &version) && str_take_varint(&bytes, &seq) ? seq : 0;
}
