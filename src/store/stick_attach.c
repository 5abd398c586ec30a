/* SPDX-License-Identifier: Apache-2.0 */
#include "store/stick_attach.h"

#include "base/mem.h"

/* --- writing --- */

void stick_attach_begin_list(struct buf *body, const struct attachment *a)
{
	buf_add(body, str_of(a->hash.bytes, SHA256_BYTES));
	buf_varint(body, a->size);
}

void stick_attach_begin_piece(struct buf *body, size_t i)
{
	buf_varint(body, i);
}

static int write_file(struct store *s, const struct attachment *a,
    int (*put)(void *ctx, bool is_list, const struct buf *body, struct err *err), void *ctx,
    struct err *err)
{
	struct buf body = BUF_INIT;
	size_t n = attachment_chunks(a->size);
	stick_attach_begin_list(&body, a);
	int rc = attach_read(s, &a->hash, true, 0, n * SHA256_BYTES, &body, err);
	if (!rc)
		rc = put(ctx, true, &body, err);
	for (size_t i = 0; i < n && !rc; i++) {
		buf_reset(&body);
		stick_attach_begin_piece(&body, i);
		rc = attach_read(s, &a->hash, false, (uint64_t)i * ATTACHMENT_CHUNK_BYTES,
		    attachment_chunk_bytes(a->size, i), &body, err);
		if (!rc)
			rc = put(ctx, false, &body, err);
	}
	buf_release(&body);
	return rc;
}

int stick_attach_write(struct store *s,
    int (*put)(void *ctx, bool is_list, const struct buf *body, struct err *err), void *ctx,
    uint64_t *n, struct err *err)
{
	struct attach_list l;
	*n = 0;
	int rc = attach_list_read(&l, s, err);
	for (size_t i = 0; i < l.n && !rc; i++) {
		if (l.rows[i].state != ATTACH_HERE)
			continue;
		rc = write_file(s, &l.rows[i].claim, put, ctx, err);
		*n += !rc;
	}
	attach_list_release(&l);
	return rc;
}

/* --- reading --- */

void stick_attach_release(struct stick_attach *a)
{
	attach_part_release(&a->part);
	*a = (struct stick_attach){.part.rest = BUF_INIT};
}

static bool find_claim(
    struct attachment *out, const struct attach_list *l, const struct attachment *said)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct attach_row *r = &l->rows[i];
		if (r->claim.size != said->size || !sha256_eq(&r->claim.hash, &said->hash) ||
		    !sha256_eq(&r->claim.chunks, &said->chunks) || r->is_refused ||
		    r->state == ATTACH_HERE || r->state == ATTACH_FALSE)
			continue;
		*out = *said;
		return true;
	}
	return false;
}

/* The list, as it is checked already. */
static void set_list(struct attach_part *p, struct str list)
{
	size_t n = list.len / SHA256_BYTES;
	p->list = mem_alloc(n * sizeof *p->list);
	p->has = mem_alloc(n);
	memcpy(p->list, list.ptr, list.len);
}

int stick_attach_list(struct stick_attach *a, struct store *s, struct str body, struct err *err)
{
	struct attach_list l;
	struct attachment said = {.name = STR_EMPTY, .media = STR_EMPTY};
	struct str hash;
	stick_attach_release(a);
	if (!str_take(&body, SHA256_BYTES, &hash) || !str_take_varint(&body, &said.size) ||
	    !said.size || said.size > ATTACHMENT_BYTES_MAX ||
	    body.len != attachment_chunks(said.size) * SHA256_BYTES)
		return err_set(err, ERR_SYNTAX, "an attachment's first block cannot be read");
	memcpy(said.hash.bytes, hash.ptr, SHA256_BYTES);
	said.chunks = sha256(body);
	if (attach_list_read(&l, s, err))
		return err->code;
	bool is_wanted = find_claim(&a->claim, &l, &said);
	attach_list_release(&l);
	if (!is_wanted)
		return 0;
	if (attach_part_read(&a->part, s, &a->claim, err) ||
	    (!a->part.list && attach_put_list(s, &a->claim, body, err))) {
		a->claim.size = 0;
		return err->code;
	}
	if (!a->part.list)
		set_list(&a->part, body);
	return 0;
}

int stick_attach_piece(
    struct stick_attach *a, struct store *s, struct str body, uint64_t *n, struct err *err)
{
	uint64_t i;
	size_t all = attachment_chunks(a->claim.size);
	if (!a->claim.size)
		return 0;
	if (!str_take_varint(&body, &i) || i >= all ||
	    body.len != attachment_chunk_bytes(a->claim.size, (size_t)i))
		return err_set(err, ERR_SYNTAX, "a piece of an attachment cannot be read");
	struct sha256 hash = sha256(body);
	if (!sha256_eq(&hash, &a->part.list[i]))
		return err_set(
		    err, ERR_SYNTAX, "a piece of an attachment is not what its list says");
	if (a->part.has[i])
		return 0;
	if (attach_put_piece(s, &a->claim, (size_t)i, body, err))
		return err->code;
	a->part.has[i] = 1;
	if (++a->part.nhas < all)
		return 0;
	int rc = attach_finish(s, &a->claim, err);
	*n += !rc;
	stick_attach_release(a);
	return rc;
}
