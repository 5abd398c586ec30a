/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An entry is one record. On the wire: u16 hub, u64 number, u8 type, u8 language, u8 form, then its
 * text (FORM_WHOLE), the hash of it (FORM_BARE) or how much of the revision before it begins with
 * and the rest (FORM_REVISION), and a tag. The tag stands for the journal's signature: a hash with
 * that hub's secret over the id of the entry before, all fields and the hash of the text. So, as in
 * the real one, a changed byte and an entry of another branch both fail it, and who is not sent the
 * text can still check it.
 */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

const char *journal_name(unsigned hub)
{
	static char names[JOURNALS_MAX][8];
	if (!names[hub][0])
		snprintf(names[hub], sizeof names[hub], "h%03u", hub % 1000);
	return names[hub];
}

int journal_number(const char *name)
{
	uint64_t n;
	if (name[0] != 'h' || strlen(name) != 4)
		return -1;
	while (*++name == '0' && name[1])
		;
	return str_u64(str_from(name), JOURNALS_MAX - 1, &n) ? (int)n : -1;
}

void model_charter_write(struct buf *out, uint32_t version)
{
	buf_printf(out, "charter, version %u", version);
}

/* --- what is signed --- */

static void signed_part(struct buf *out, const struct entry_front *f, const struct sha256 *hash)
{
	buf_u16(out, f->hub);
	buf_u64(out, f->seq);
	buf_u8(out, f->type);
	buf_u8(out, f->lang);
	buf_add(out, str_of(hash->bytes, SHA256_BYTES));
}

static struct str id_str(const struct entry *e)
{
	return e ? str_of(e->id.bytes, OID_BYTES) : STR_EMPTY;
}

static struct sha256 tag_of(
    const struct entry_front *f, const struct entry *before, const struct sha256 *hash)
{
	struct buf key = BUF_INIT, body = BUF_INIT;
	buf_printf(&key, "the secret of %s", journal_name(f->hub));
	buf_add(&key, id_str(before));
	signed_part(&body, f, hash);
	struct sha256 tag = sha256_pair(buf_str(&key), buf_str(&body));
	buf_release(&key);
	buf_release(&body);
	return tag;
}

static struct oid id_of(
    const struct entry_front *f, const struct entry *before, const struct sha256 *hash)
{
	struct oid id;
	struct buf body = BUF_INIT;
	signed_part(&body, f, hash);
	struct sha256 h = sha256_pair(id_str(before), buf_str(&body));
	memcpy(id.bytes, h.bytes, OID_BYTES);
	buf_release(&body);
	return id;
}

static struct entry **bucket(struct world *w, const struct oid *id)
{
	return &w->entries[(id->bytes[0] << 8 | id->bytes[1]) & 4095];
}

/* Whatever bears a genuine tag was made by model_sign(). */
static const struct entry *find(struct world *w, const struct oid *id)
{
	for (const struct entry *e = *bucket(w, id); e; e = e->next)
		if (!memcmp(&e->id, id, sizeof *id))
			return e;
	return NULL;
}

static const struct entry *entry_before(const struct journal *j, uint64_t seq)
{
	return seq > 1 ? j->entries[seq - 2].entry : NULL;
}

static const struct held *base_of(const struct journal *j, const struct entry_front *f)
{
	for (uint64_t i = f->seq - 1; i-- > 0;) {
		const struct entry *e = j->entries[i].entry;
		if (e->type == f->type && e->lang == f->lang)
			return &j->entries[i];
	}
	return NULL;
}

/* Half of it noise, for a real one shrinks to about that; some begin as the revision before did. */
static void make_text(struct buf *out, struct world *w, const struct entry *base)
{
	size_t size = w->is_gossip ? 1500 : 40 + pick(w, pick(w, 16) ? 600 : 12000);
	if (base && pick(w, 2))
		buf_add(out, str_sub(str_of(base->text, base->len), 0, pick(w, 4000)));
	for (size_t i = 0; i < size; i++)
		buf_u8(out, w->is_gossip || i % 2 ? (uint8_t)pick(w, 256) : (uint8_t)i);
}

struct entry *model_sign(struct node *n)
{
	struct world *w = n->world;
	const struct journal *j = &n->held->journals[n->own];
	const struct entry *before = entry_before(j, j->n + 1);
	struct buf text = BUF_INIT;
	struct entry_front f = {.hub = n->own, .seq = j->n + 1};
	f.type = w->is_gossip ? 0 : (uint8_t)pick(w, TYPES);
	f.lang = w->is_gossip ? 0 : (uint8_t)pick(w, LANGS);
	const struct held *base = base_of(j, &f);
	make_text(&text, w, base ? base->entry : NULL);
	struct sha256 hash = sha256(buf_str(&text)), tag = tag_of(&f, before, &hash);
	struct oid id = id_of(&f, before, &hash);
	struct entry *e = mem_alloc(sizeof *e + text.len);
	*e = (struct entry){.next = *bucket(w, &id),
	    .hub = f.hub,
	    .seq = f.seq,
	    .type = f.type,
	    .lang = f.lang,
	    .id = id,
	    .base = base ? base->entry : NULL,
	    .len = text.len};
	memcpy(e->tag, tag.bytes, TAG_BYTES);
	memcpy(e->text, text.ptr, text.len);
	*bucket(w, &id) = e;
	buf_release(&text);
	return e;
}

void model_append(struct holding *h, const struct entry *e, bool is_bare)
{
	struct journal *j = &h->journals[e->hub];
	*MEM_PUSH(j->entries, j->n, j->cap) = (struct held){e, is_bare};
}

/* --- on the wire --- */

/* What a revision has in common with the one before, where that is worth a word. */
static size_t shared(const struct entry *e)
{
	size_t n = 0;
	while (e->base && n < e->len && n < e->base->len && e->text[n] == e->base->text[n])
		n++;
	return n < 32 ? 0 : n;
}

void model_encode(struct buf *out, const struct journal *j, uint64_t seq, const struct scope *scope)
{
	const struct entry *e = j->entries[seq - 1].entry;
	char path[64];
	bool is_left_out = scope && !scope_has(scope, wish_path(path, e->hub, e->type, e->lang));
	size_t same = scope && scope->is_lacking ? 0 : shared(e);
	buf_u16(out, e->hub);
	buf_u64(out, e->seq);
	buf_u8(out, e->type);
	buf_u8(out, e->lang);
	buf_u8(out, is_left_out ? FORM_BARE : same ? FORM_REVISION : FORM_WHOLE);
	if (is_left_out) {
		struct sha256 hash = sha256(str_of(e->text, e->len));
		buf_add(out, str_of(hash.bytes, SHA256_BYTES));
	} else {
		if (same)
			buf_varint(out, same);
		buf_add(out, str_of(e->text + same, e->len - same));
	}
	buf_add(out, str_of(e->tag, TAG_BYTES));
}

static bool take_front(struct entry_front *f, struct str *rest)
{
	return str_take_u16(rest, &f->hub) && str_take_u64(rest, &f->seq) &&
	       str_take_u8(rest, &f->type) && str_take_u8(rest, &f->lang) &&
	       str_take_u8(rest, &f->form) && f->type < TYPES && f->lang < LANGS &&
	       f->form < FORMS && rest->len >= TAG_BYTES;
}

bool model_front(struct entry_front *out, struct str bytes)
{
	return take_front(out, &bytes);
}

/* The hash of the text, of what stands between front and tag. */
static enum verdict read_hash(struct sha256 *out, const struct node *n, const struct journal *j,
    const struct entry_front *f, struct str body)
{
	uint64_t same;
	const struct held *base = base_of(j, f);
	if (f->form == FORM_WHOLE) {
		*out = sha256(body);
		return ADMITTED;
	}
	if (f->form == FORM_BARE) {
		if (wish_wants(&n->held->wish, f->type, f->lang) || body.len != SHA256_BYTES)
			return HELD_BACK;
		memcpy(out->bytes, body.ptr, SHA256_BYTES);
		return ADMITTED;
	}
	if (base && base->is_bare)
		return WITHOUT_BASE;
	if (!base || !str_take_varint(&body, &same) || same > base->entry->len)
		return NOT_SIGNED;
	*out = sha256_pair(str_of(base->entry->text, (size_t)same), body);
	return ADMITTED;
}

enum verdict model_admit(struct node *n, uint16_t hub, uint64_t seq, struct str bytes)
{
	struct world *w = n->world;
	struct journal *j = &n->held->journals[hub];
	struct entry_front f;
	struct sha256 hash;
	struct str rest = bytes;
	if (!take_front(&f, &rest) || f.hub != hub || f.seq != seq)
		return NOT_THAT_NUMBER;
	bool is_filled =
	    seq <= j->n && n->held->wish.is_lacking && seq == wish_whole(n->held, hub) + 1;
	if (seq <= j->n && !is_filled)
		return HELD_ALREADY;
	if (n->held->charter < w->named_from[hub])
		return NOT_NAMED;
	if (seq > j->n + 1)
		return NOT_SIGNED; /* what came before it was left out: it cannot verify */
	enum verdict v = read_hash(&hash, n, j, &f, str_sub(rest, 0, rest.len - TAG_BYTES));
	if (v)
		return v;
	const struct entry *before = entry_before(j, seq);
	struct sha256 tag = tag_of(&f, before, &hash);
	if (memcmp(tag.bytes, rest.ptr + rest.len - TAG_BYTES, TAG_BYTES) != 0)
		return NOT_SIGNED;
	struct oid id = id_of(&f, before, &hash);
	const struct entry *e = find(w, &id);
	bool is_bare = f.form == FORM_BARE;
	if (is_filled && j->entries[seq - 1].entry != e)
		return NOT_SIGNED;
	if (is_filled)
		j->entries[seq - 1].is_bare &= is_bare;
	else
		model_append(n->held, e, is_bare);
	return ADMITTED;
}

void model_release(struct holding *h)
{
	for (size_t i = 0; i < JOURNALS_MAX; i++)
		free(h->journals[i].entries);
	*h = (struct holding){.charter = 0};
}

void model_copy(struct holding *to, const struct holding *from)
{
	model_release(to);
	to->charter = from->charter;
	to->wish = from->wish;
	for (uint16_t i = 0; i < JOURNALS_MAX; i++)
		for (size_t k = 0; k < from->journals[i].n; k++)
			model_append(to, from->journals[i].entries[k].entry,
			    from->journals[i].entries[k].is_bare);
}

void model_heads(struct node *n)
{
	struct buf charter = BUF_INIT;
	struct local_state *l = &n->state;
	bool boasts = n->hostility == BOASTS;
	*l = (struct local_state){.charter = n->held->charter, .heads = n->heads};
	model_charter_write(&charter, l->charter);
	if (l->charter)
		l->charter_hash = sha256(buf_str(&charter));
	buf_release(&charter);
	for (unsigned i = 0; i < n->world->njournals; i++) {
		const struct journal *j = &n->held->journals[i];
		bool is_short = n->held->wish.is_lacking && wish_follows(&n->held->wish, i);
		uint64_t seq = is_short ? wish_whole(n->held, i) : j->n;
		bool lies = boasts && j->n && i != n->own;
		if (!seq)
			continue;
		struct head *h = &n->heads[l->nheads++];
		*h =
		    (struct head){.seq = seq + (lies ? 3 : 0), .id = j->entries[seq - 1].entry->id};
		snprintf(h->hub, sizeof h->hub, "%s", journal_name(i));
		h->id.bytes[0] ^= lies;
	}
}
