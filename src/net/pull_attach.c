/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attachments from a web host. A stretch of pieces is asked for at a time; each piece is judged as
 * it comes, so a bad host costs no more than one, and what was good is handed over to the store as
 * a stick's is, some megabytes at a time.
 */
#include "base/file.h"
#include "base/mem.h"
#include "net/control.h"
#include "net/pull_impl.h"
#include "store/attachments.h"
#include "store/stick.h"
#include "store/stick_attach.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	BATCH_PIECES = 64,
	REST_BYTES_MIN = 1024, /* less of a piece is not worth a file */
	REST_FRONT_BYTES = SHA256_BYTES + 4,
};

struct taking {
	struct mirror *mirror;
	const struct attach_row *row;
	char folder[FETCH_URL_BYTES]; /* where it stands on the host */
	struct attach_part part;
	char path[PATH_MAX];
	FILE *batch; /* at `path`; NULL: none is begun */
	size_t in_batch;
	size_t next; /* the piece in the making, */
	struct buf piece; /* as far as it came, */
	bool is_mixed; /* and not all of it now */
};

static int refuse(const struct mirror *m, int code, const struct err *err)
{
	pull_refused(m->pulling, REFUSED_ATTACHMENT, err);
	return code;
}

/* --- the budget --- */

static uint64_t unbooked(const struct mirror *m)
{
	return fetch_cost(m->fetch).bytes - m->booked;
}

static uint64_t left_of_budget(const struct mirror *m, const struct attach_policy *p)
{
	uint64_t left = attach_left(m->pulling->store, p, (int64_t)time(NULL)), more = unbooked(m);
	return left == UINT64_MAX ? left : left > more ? left - more : 0;
}

/* With what came and was not booked in a run before this one. */
static int book(struct mirror *m, uint64_t earlier, struct err *err)
{
	json_t *reply = NULL;
	uint64_t bytes = earlier + unbooked(m);
	if (!bytes)
		return 0;
	m->booked = fetch_cost(m->fetch).bytes;
	json_t *request = json_pack("{s:s, s:I}", "op", "attach-spend", "bytes", (json_int_t)bytes);
	int bad = control_or_run(m->pulling->options->dir, request, &reply, err);
	json_decref(request);
	json_decref(reply);
	return bad;
}

/* --- what came, to the store --- */

static int begin_batch(struct taking *t, struct err *err)
{
	const struct attachment *a = &t->row->claim;
	struct buf body = BUF_INIT;
	stick_attach_begin_list(&body, a);
	buf_add(&body, str_of(t->part.list, attachment_chunks(a->size) * SHA256_BYTES));
	int bad = stick_begin(&t->batch, t->mirror->pulling->store, t->path, err) ||
		  stick_put_file(t->batch, true, &body, err);
	buf_release(&body);
	return bad ? err->code : 0;
}

static int end_batch(struct taking *t, struct err *err)
{
	if (!t->batch)
		return 0;
	int bad = fclose(t->batch) ? err_errno(err, "cannot write %s", t->path) : 0;
	t->batch = NULL;
	t->in_batch = 0;
	bad = bad || book(t->mirror, 0, err) || pull_admit(t->mirror->pulling, t->path, err);
	unlink(t->path);
	return bad ? err->code : 0;
}

static int keep_piece(struct taking *t, struct err *err)
{
	struct buf body = BUF_INIT;
	if (!t->batch && begin_batch(t, err))
		return err->code;
	stick_attach_begin_piece(&body, t->next);
	buf_add(&body, buf_str(&t->piece));
	int bad = stick_put_file(t->batch, false, &body, err);
	buf_release(&body);
	t->part.has[t->next] = !bad;
	if (!bad && ++t->in_batch == BATCH_PIECES)
		bad = end_batch(t, err);
	return bad;
}

/* A piece that was begun another day and is wrong is fetched anew, without blame. */
static int judge_piece(struct taking *t, struct err *err)
{
	struct sha256 hash = sha256(buf_str(&t->piece));
	int bad = 0;
	if (sha256_eq(&hash, &t->part.list[t->next]))
		bad = keep_piece(t, err);
	else if (!t->is_mixed)
		bad = refuse(t->mirror,
		    err_set(err, ERR_CHAIN,
			"%s/%s is not what records name: its piece %zu has another SHA-256",
			t->folder, t->row->name, t->next + 1),
		    err);
	buf_reset(&t->piece);
	t->is_mixed = false;
	t->next++;
	return bad;
}

static int take(void *ctx, struct str bytes, struct err *err)
{
	struct taking *t = ctx;
	while (bytes.len) {
		size_t lacks = attachment_chunk_bytes(t->row->claim.size, t->next) - t->piece.len;
		struct str some = str_sub(bytes, 0, lacks < bytes.len ? lacks : bytes.len);
		buf_add(&t->piece, some);
		bytes = str_sub(bytes, some.len, bytes.len);
		if (some.len == lacks && judge_piece(t, err))
			return err->code;
	}
	return 0;
}

/* --- the beginning of a piece --- */

static void write_rest(struct taking *t)
{
	struct buf text = BUF_INIT;
	struct err ignored;
	char path[PATH_MAX];
	mirror_path(path, t->mirror, PULL_REST);
	buf_add(&text, str_of(t->row->claim.chunks.bytes, SHA256_BYTES));
	buf_u32(&text, (uint32_t)t->next);
	buf_add(&text, buf_str(&t->piece));
	if (t->piece.len >= REST_BYTES_MIN)
		file_write(path, buf_str(&text), 0600, &ignored);
	buf_release(&text);
}

/* Take up what the last cut left, if it is of this file. */
static void read_rest(struct taking *t)
{
	const struct attachment *a = &t->row->claim;
	struct buf text = BUF_INIT;
	struct err ignored;
	char path[PATH_MAX];
	struct str rest, chunks;
	uint32_t i = 0;
	mirror_path(path, t->mirror, PULL_REST);
	file_read(&text, path, REST_FRONT_BYTES + ATTACHMENT_CHUNK_BYTES, &ignored);
	rest = buf_str(&text);
	if (str_take(&rest, SHA256_BYTES, &chunks) &&
	    memcmp(chunks.ptr, a->chunks.bytes, SHA256_BYTES) == 0) {
		unlink(path);
		if (str_take_u32(&rest, &i) && i < attachment_chunks(a->size) && !t->part.has[i] &&
		    rest.len < attachment_chunk_bytes(a->size, i)) {
			t->next = i;
			buf_add(&t->piece, rest);
			t->is_mixed = rest.len > 0;
		}
	}
	buf_release(&text);
}

/* --- a file --- */

static int fetch_pieces_list(struct taking *t, struct err *err)
{
	const struct attachment *a = &t->row->claim;
	struct buf text = BUF_INIT;
	char url[FETCH_URL_BYTES];
	size_t n = attachment_chunks(a->size);
	snprintf(url, sizeof url, "%.*s/" MIRROR_PIECES, FETCH_URL_BYTES - 16, t->folder);
	int bad = fetch_text(t->mirror->fetch, &text, url, n * SHA256_BYTES, NULL, NULL, err);
	if (!bad && !attach_is_list(a, buf_str(&text)))
		bad =
		    err_set(err, ERR_CHAIN, "%s is not the list of pieces that records name", url);
	if (!bad) {
		t->part.list = mem_alloc(n * sizeof *t->part.list);
		t->part.has = mem_alloc(n);
		memcpy(t->part.list, text.ptr, text.len);
	}
	buf_release(&text);
	return bad;
}

/* From the piece in the making on, or the first that lacks, to the next that is here. */
static int fetch_run(struct taking *t, const struct attach_policy *policy, struct err *err)
{
	const struct attachment *a = &t->row->claim;
	size_t n = attachment_chunks(a->size), end;
	char url[FETCH_URL_BYTES];
	while (!t->piece.len && t->part.has[t->next])
		t->next++;
	for (end = t->next; end < n && !t->part.has[end]; end++)
		;
	uint64_t from = (uint64_t)t->next * ATTACHMENT_CHUNK_BYTES + t->piece.len;
	uint64_t to = end < n ? (uint64_t)end * ATTACHMENT_CHUNK_BYTES : a->size;
	const struct fetch_stretch s = {.url = url,
	    .from = from,
	    .length = to - from,
	    .most = left_of_budget(t->mirror, policy),
	    .take = take,
	    .ctx = t};
	snprintf(url, sizeof url, "%.*s/%s", FETCH_URL_BYTES - 2 * MIRROR_NAME_BYTES, t->folder,
	    t->row->name);
	if (s.length > s.most)
		return err_set(err, ERR_LIMIT,
		    "%s does not fit into the month's budget for attachments", t->row->name);
	return fetch_stretch(t->mirror->fetch, &s, err);
}

static bool is_whole(const struct taking *t)
{
	return !memchr(t->part.has, 0, attachment_chunks(t->row->claim.size));
}

static int fetch_file_of(struct taking *t, const struct attach_policy *policy, struct err *err)
{
	struct mirror *m = t->mirror;
	struct err late;
	int bad = attach_check_room(m->pulling->store, t->row->claim.size, err) ||
		  attach_part_read(&t->part, m->pulling->store, &t->row->claim, err) ||
		  (!t->part.list && fetch_pieces_list(t, err));
	if (!bad)
		read_rest(t);
	while (!bad && !is_whole(t)) {
		bad = fetch_run(t, policy, err);
		if (bad == ERR_IO)
			write_rest(t);
		buf_reset(&t->piece);
		t->next = 0;
	}
	if (end_batch(t, &late) && !bad) /* what was good counts, whatever came after it */
		*err = late, bad = late.code;
	return bad ? err->code : 0;
}

static int take_row(struct mirror *m, const struct attach_row *row, const char *name,
    const struct attach_policy *policy, struct err *err)
{
	struct taking *t = mem_alloc(sizeof *t);
	struct attach_row there = *row;
	snprintf(there.name, sizeof there.name, "%s", name);
	t->mirror = m;
	t->row = &there;
	t->part.rest = t->piece = BUF_INIT;
	mirror_path(t->path, m, PULL_BATCH);
	snprintf(t->folder, sizeof t->folder, "%.*s/" MIRROR_LOCAL "/%s",
	    FETCH_URL_BYTES - 2 * MIRROR_NAME_BYTES, m->site, sha256_hex(&row->claim.hash).text);
	snprintf(m->what, sizeof m->what, "%s", name);
	int bad = fetch_file_of(t, policy, err);
	attach_part_release(&t->part);
	buf_release(&t->piece);
	free(t);
	return bad;
}

/* --- which --- */

static const struct attach_row *next_row(const struct attach_list *l,
    const struct mirror_attachments *there, const bool *is_tried, uint64_t budget)
{
	const struct attach_row *best = NULL;
	for (size_t i = 0; i < l->n; i++) {
		const struct attach_row *r = &l->rows[i];
		if (attach_is_to_come(r) && !is_tried[i] &&
		    r->claim.size - r->bytes_here <= budget &&
		    mirror_attachment_of(there, &r->claim) && (!best || attach_is_before(r, best)))
			best = r;
	}
	return best;
}

static int take_all(struct mirror *m, const struct attach_list *l,
    const struct mirror_attachments *there, struct err *err)
{
	struct pulling *p = m->pulling;
	const struct attach_row *r;
	bool *is_tried = mem_alloc((l->n + 1) * sizeof *is_tried);
	int bad = 0;
	while (!bad && (r = next_row(l, there, is_tried, left_of_budget(m, &l->policy)))) {
		struct err why = {.code = ERR_NONE};
		is_tried[r - l->rows] = true;
		int rc = pull_count(p, r->claim.size - r->bytes_here, &why);
		if (p->options->is_dry)
			p->report->attachments++;
		else if (!rc)
			rc = take_row(
			    m, r, mirror_attachment_of(there, &r->claim)->name, &l->policy, &why);
		if (rc && pull_stops_all(rc))
			*err = why, bad = rc;
		else if (rc)
			pull_fault(p, &why);
	}
	free(is_tried);
	return bad;
}

/* Of those that are wanted, how many and how much is to come? */
static uint64_t count_lacking(struct pulling *p, const struct attach_list *l)
{
	p->report->lacking = p->report->lacking_bytes = 0;
	for (size_t i = 0; i < l->n; i++)
		if (attach_is_to_come(&l->rows[i])) {
			p->report->lacking++;
			p->report->lacking_bytes += l->rows[i].claim.size - l->rows[i].bytes_here;
		}
	return p->report->lacking;
}

static int fetch_local(struct mirror_attachments *out, struct mirror *m, struct err *err)
{
	struct kept k = {.name = PULL_LOCAL, .max_bytes = MIRROR_LOCAL_BYTES_MAX, .text = BUF_INIT};
	struct mirror_attachments known;
	struct err ignored;
	char url[FETCH_URL_BYTES];
	snprintf(url, sizeof url, "%.*s/" MIRROR_LOCAL "/" MIRROR_LOCAL_INDEX,
	    FETCH_URL_BYTES - MIRROR_NAME_BYTES, m->site);
	kept_read(&k, m);
	if (mirror_attachments_read(&known, buf_str(&k.text), &ignored))
		k.mark = (struct fetch_mark){.etag = ""};
	mirror_attachments_release(&known);
	int bad = kept_fetch(&k, m, url, err);
	if (!bad && mirror_attachments_read(out, buf_str(&k.text), err))
		bad = refuse(m, err_wrap(err, "%s is no list of attachments", url), err);
	if (!bad && !k.is_same)
		bad = kept_write(&k, m, err);
	kept_release(&k);
	return bad;
}

/* A run that was killed has left what it had: any beginning of it is of use. */
static void take_leftover(struct mirror *m)
{
	struct err ignored;
	struct stat st;
	char path[PATH_MAX];
	mirror_path(path, m, PULL_BATCH);
	if (m->pulling->options->is_dry || stat(path, &st))
		return;
	if (!pull_admit(m->pulling, path, &ignored))
		book(m, (uint64_t)st.st_size, &ignored);
	unlink(path);
}

int pull_attachments(struct mirror *m, struct err *err)
{
	struct pulling *p = m->pulling;
	struct attach_list l;
	struct mirror_attachments there = {.n = 0};
	struct err why;
	int bad = 0;
	m->booked = fetch_cost(m->fetch).bytes;
	take_leftover(m);
	if (attach_list_read(&l, p->store, err))
		return err->code;
	if (count_lacking(p, &l) && left_of_budget(m, &l.policy)) {
		bad = fetch_local(&there, m, err);
		if (bad == ERR_MISSING)
			bad = 0; /* a site without attachments */
		else if (bad && !pull_stops_all(bad))
			pull_fault(p, err), bad = 0;
		bad = bad || take_all(m, &l, &there, err);
		if (book(m, 0, &why) && !bad)
			*err = why, bad = why.code;
	}
	attach_list_release(&l);
	mirror_attachments_release(&there);
	if (!bad && p->report->attachments && !p->options->is_dry &&
	    !attach_list_read(&l, p->store, &why)) {
		count_lacking(p, &l);
		attach_list_release(&l);
	}
	return bad ? err->code : 0;
}
