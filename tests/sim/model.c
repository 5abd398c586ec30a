/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An entry is u16 hub, u64 number, text, and a tag that stands for the journal's signature: a hash
 * with that hub's secret over the id of the entry before and all that stands before the tag. So, as
 * in the real one, a changed byte and an entry of another branch both fail it.
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

static struct oid id_of(const struct entry *before, struct str bytes)
{
	struct oid id;
	struct str b = before ? str_of(before->id.bytes, OID_BYTES) : STR_EMPTY;
	struct sha256 h = sha256_pair(b, bytes);
	memcpy(id.bytes, h.bytes, OID_BYTES);
	return id;
}

static struct sha256 tag_of(uint16_t hub, const struct entry *before, struct str text)
{
	struct buf key = BUF_INIT;
	buf_printf(&key, "the secret of %s", journal_name(hub));
	if (before)
		buf_add(&key, str_of(before->id.bytes, OID_BYTES));
	struct sha256 tag = sha256_pair(buf_str(&key), text);
	buf_release(&key);
	return tag;
}

/* The one copy of these bytes after that entry. */
static struct entry *intern(
    struct world *w, uint16_t hub, uint64_t seq, const struct entry *before, struct str bytes)
{
	struct oid id = id_of(before, bytes);
	struct entry **at = &w->entries[(id.bytes[0] << 8 | id.bytes[1]) & 4095], *e;
	for (e = *at; e; e = e->next)
		if (!memcmp(&e->id, &id, sizeof id))
			return e;
	e = mem_alloc(sizeof *e + bytes.len);
	*e = (struct entry){.next = *at, .hub = hub, .seq = seq, .id = id, .len = bytes.len};
	memcpy(e->bytes, bytes.ptr, bytes.len);
	return *at = e;
}

static const struct entry *last_of(const struct journal *j)
{
	return j->n ? j->entries[j->n - 1] : NULL;
}

struct entry *model_sign(struct node *n)
{
	struct world *w = n->world;
	const struct journal *j = &n->held->journals[n->own];
	struct buf b = BUF_INIT;
	size_t size = w->is_gossip ? 1500 : 40 + pick(w, pick(w, 16) ? 600 : 12000);
	buf_u16(&b, n->own);
	buf_u64(&b, j->n + 1);
	/* Half of it noise, for a real one shrinks to about that. */
	for (size_t i = 0; i < size; i++)
		buf_u8(&b, w->is_gossip || i % 2 ? (uint8_t)pick(w, 256) : (uint8_t)i);
	struct sha256 tag = tag_of(n->own, last_of(j), buf_str(&b));
	buf_add(&b, str_of(tag.bytes, TAG_BYTES));
	struct entry *e = intern(w, n->own, j->n + 1, last_of(j), buf_str(&b));
	buf_release(&b);
	return e;
}

void model_append(struct holding *h, const struct entry *e)
{
	struct journal *j = &h->journals[e->hub];
	*MEM_PUSH(j->entries, j->n, j->cap) = e;
}

enum verdict model_admit(struct node *n, uint16_t hub, uint64_t seq, struct str bytes)
{
	struct world *w = n->world;
	struct journal *j = &n->held->journals[hub];
	struct str rest = bytes;
	uint16_t own_hub = 0;
	uint64_t own_seq = 0;
	if (!str_take_u16(&rest, &own_hub) || !str_take_u64(&rest, &own_seq) || own_hub != hub ||
	    own_seq != seq || rest.len < TAG_BYTES)
		return NOT_THAT_NUMBER;
	if (seq <= j->n)
		return HELD_ALREADY;
	if (n->held->charter < w->named_from[hub])
		return NOT_NAMED;
	if (seq > j->n + 1)
		return NOT_SIGNED; /* what came before it was left out: it cannot verify */
	struct str text = str_sub(bytes, 0, bytes.len - TAG_BYTES);
	struct sha256 tag = tag_of(hub, last_of(j), text);
	if (memcmp(tag.bytes, bytes.ptr + text.len, TAG_BYTES) != 0)
		return NOT_SIGNED;
	model_append(n->held, intern(w, hub, seq, last_of(j), bytes));
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
	for (uint16_t i = 0; i < JOURNALS_MAX; i++)
		for (size_t k = 0; k < from->journals[i].n; k++)
			model_append(to, from->journals[i].entries[k]);
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
		bool lies = boasts && j->n && i != n->own;
		if (!j->n)
			continue;
		struct head *h = &n->heads[l->nheads++];
		*h = (struct head){.seq = j->n + (lies ? 3 : 0), .id = last_of(j)->id};
		snprintf(h->hub, sizeof h->hub, "%s", journal_name(i));
		h->id.bytes[0] ^= lies;
	}
}
