/* SPDX-License-Identifier: Apache-2.0 */
#include "pages/deps.h"

#include "pages/page.h"

struct deps *deps_begin(struct site *s, const struct site_lang *l)
{
	struct deps *d = &s->deps;
	buf_reset(&d->bytes);
	for (size_t i = 0; i < s->nlangs; i++)
		if (!l || l == &s->langs[i])
			buf_add(&d->bytes, str_of(s->langs[i].shown.bytes, sizeof(struct digest)));
	return d;
}

void deps_text(struct deps *d, struct str s)
{
	buf_varint(&d->bytes, s.len);
	buf_add(&d->bytes, s);
}

void deps_number(struct deps *d, uint64_t n)
{
	buf_varint(&d->bytes, n);
}

void deps_json(struct deps *d, const json_t *v)
{
	size_t from = d->bytes.len;
	json_write(&d->bytes, v, 0);
	deps_number(d, d->bytes.len - from);
}

void deps_docs(struct deps *d, const struct doc *const *docs, size_t n)
{
	deps_number(d, n);
	for (size_t i = 0; i < n; i++)
		buf_add(&d->bytes, str_of(docs[i]->shown.bytes, sizeof docs[i]->shown.bytes));
}

static void add_hash(struct deps *d, const struct sha256 *h)
{
	buf_add(&d->bytes, str_of(h->bytes, sizeof h->bytes));
}

/* Who wrote and who reviewed it: few, whose strings are mostly those of the text before. */
static void add_people(struct deps *d, const struct site_item *i)
{
	const char *const texts[DEPS_PEOPLE] = {i->author_id, i->author_name, i->author_key,
	    i->reviewer_id, i->reviewer_name, i->reviewer_key};
	if (memcmp(d->people, texts, sizeof texts) != 0) {
		struct buf b = BUF_INIT;
		for (size_t k = 0; k < DEPS_PEOPLE; k++) {
			buf_puts(&b, texts[k]);
			buf_u8(&b, 0);
		}
		d->people_digest = digest_of(buf_str(&b));
		memcpy(d->people, texts, sizeof texts);
		buf_release(&b);
	}
	buf_add(&d->bytes, str_of(d->people_digest.bytes, sizeof d->people_digest.bytes));
}

/* As it stands in memory: all texts are asked each time. The bytes of signatures stand under their
 * names in git. */
struct item_parts {
	uint64_t seq;
	int64_t time;
	uint32_t revision;
	uint16_t has_rev, is_disputed, is_erased, is_draft;
	struct sha256 hash;
	uint8_t sig[20], rev[20];
	struct oid commit;
};
_Static_assert(sizeof(struct item_parts) == 8 + 8 + 4 + 4 * 2 + 32 + 3 * 20,
    "there are no bytes in it that nobody sets");

static void add_item(struct deps *d, const struct site_item *i)
{
	struct item_parts parts = {.seq = i->seq,
	    .time = i->time,
	    .revision = i->revision,
	    .has_rev = i->has_rev,
	    .is_disputed = i->is_disputed,
	    .is_erased = i->is_erased,
	    .is_draft = i->is_draft,
	    .hash = i->hash,
	    .commit = i->commit};
	memcpy(parts.sig, i->sig, sizeof parts.sig);
	memcpy(parts.rev, i->rev, sizeof parts.rev);
	buf_add(&d->bytes, str_of(&parts, sizeof parts));
	deps_text(d, str_from(i->hub));
	add_people(d, i);
}

/* Which of the documents that it may lead to have a page. */
static void add_links(struct deps *d, const struct site *s, const struct variant *v)
{
	for (struct str rest = v->face.links; rest.len;) {
		struct str id = str_cut(&rest, '\n');
		struct str place = str_cut(&id, '/'), type = str_cut(&id, '/');
		deps_number(d, index_find(&s->index, place, type, id) != NULL);
	}
}

void deps_doc(struct deps *d, const struct site *s, const struct doc *doc)
{
	deps_docs(d, &doc, 1);
	deps_own(d, s, doc);
	for (size_t i = 0; i < doc->nvariants; i++)
		add_links(d, s, &doc->variants[i]);
}

void deps_own(struct deps *d, const struct site *s, const struct doc *doc)
{
	for (size_t i = 0; i < doc->nvariants; i++) {
		const struct variant *v = &doc->variants[i];
		add_item(d, v->item);
		deps_number(d, v->item->nothers);
		for (size_t k = 0; k < v->item->nothers; k++)
			add_item(d, &v->item->others[k]);
		files_deps(d, s, v);
	}
}

void deps_lists(struct deps *d, const struct site *s)
{
	deps_number(d, s->index.ndocs);
	for (size_t i = 0; i < s->index.ndocs; i++)
		buf_add(&d->bytes, str_of(s->index.docs[i].shown.bytes, sizeof(struct digest)));
}

void deps_times(struct deps *d, const struct site_lang *l, const struct doc *const *docs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct site_item *item = shown_variant(docs[i], l)->item;
		deps_number(d, (uint64_t)item->time);
		deps_text(d, str_from(item->author_name[0] ? item->author_name : item->author_id));
	}
}

void deps_texts(struct deps *d, const struct site *s, const struct site_lang *l)
{
	for (size_t i = 0; i < s->index.ndocs; i++) {
		const struct variant *v = doc_variant(&s->index.docs[i], l->words.lang);
		if (v)
			add_hash(d, &v->item->hash);
	}
}

void deps_heads(struct deps *d, const struct site *s)
{
	json_t *hubs = hubs_context(s);
	deps_json(d, hubs);
	json_decref(hubs);
}

struct digest deps_digest(const struct deps *d)
{
	return digest_of(buf_str(&d->bytes));
}

struct digest deps_digest_of_hashes(const struct deps *d)
{
	return digest_of_hashes(buf_str(&d->bytes));
}
