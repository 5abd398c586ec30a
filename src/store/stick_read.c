/* SPDX-License-Identifier: Apache-2.0 */
#include "store/stick.h"

#include "base/mem.h"
#include "entry/segment.h"
#include "store/letter.h"
#include "store/stick_attach.h"
#include "store/stick_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_BYTES_MAX = CHARTER_BYTES_MAX + MESSAGE_BYTES_MAX * 2 };

struct reading {
	FILE *file;
	const char *path;
	uint64_t at; /* bytes read */
	struct segment_reader *stream;
	struct stick_report *report;
	int64_t now;
	/* Entries of one journal, gathered so that many share a pack: */
	char hub[HUB_NAME_BYTES];
	struct buf raw;
	struct stick_attach attachment;
	struct err fault; /* the first journal that was refused; others go on */
	enum refusal fault_kind;
};

enum took { TOOK_ALL, TOOK_NOTHING, TOOK_PART };

static enum took take(struct reading *r, void *out, size_t n)
{
	size_t got = fread(out, 1, n, r->file);
	r->at += got;
	return got == n ? TOOK_ALL : got ? TOOK_PART : TOOK_NOTHING;
}

/* A block's kind and body. */
static enum took take_block(struct reading *r, uint8_t *kind, struct buf *body, struct err *err)
{
	uint64_t len = 0;
	uint8_t b = 0x80;
	err->code = ERR_NONE;
	enum took took = take(r, kind, 1);
	if (took != TOOK_ALL)
		return took;
	for (unsigned shift = 0; b & 0x80; shift += 7) {
		if (take(r, &b, 1) != TOOK_ALL)
			return TOOK_PART;
		if (shift > 28) {
			err_set(err, ERR_SYNTAX, "a block's length is not one");
			return TOOK_PART;
		}
		len |= (uint64_t)(b & 0x7f) << shift;
	}
	if (len > BLOCK_BYTES_MAX) {
		err_set(
		    err, ERR_LIMIT, "a block says that it has %llu bytes", (unsigned long long)len);
		return TOOK_PART;
	}
	buf_reset(body);
	buf_reserve(body, len);
	took = take(r, body->ptr, len);
	body->len = took == TOOK_ALL ? len : 0;
	body->ptr[body->len] = 0;
	return took == TOOK_ALL ? TOOK_ALL : TOOK_PART;
}

static int open_file(struct reading *r, const char *path, const char *network, struct err *err)
{
	char head[sizeof STICK_MAGIC - 1 + SHA256_BYTES];
	struct buf want = BUF_INIT;
	*r = (struct reading){.file = fopen(path, "rb"), .path = path, .raw = BUF_INIT};
	if (!r->file)
		return err_errno(err, "cannot open %s", path);
	r->stream = segment_reader_new();
	buf_puts(&want, STICK_MAGIC);
	buf_unhex(&want, str_from(network));
	int bad = 0;
	if (take(r, head, sizeof head) != TOOK_ALL ||
	    memcmp(head, STICK_MAGIC, sizeof STICK_MAGIC - 1) != 0)
		bad = err_set(err, ERR_SYNTAX, "%s is not a file that belfry export wrote", path);
	else if (memcmp(head, want.ptr, sizeof head) != 0)
		bad = err_set(err, ERR_NETWORK, "%s belongs to another network", path);
	buf_release(&want);
	return bad;
}

static void close_file(struct reading *r)
{
	if (r->file)
		fclose(r->file);
	segment_reader_free(r->stream);
	stick_attach_release(&r->attachment);
	buf_release(&r->raw);
}

void stick_heads_release(struct stick_heads *h)
{
	free(h->heads);
	*h = (struct stick_heads){.nheads = 0};
}

static bool take_name(struct str *s, char out[static HUB_NAME_BYTES])
{
	uint8_t len;
	struct str name;
	if (!str_take_u8(s, &len) || !str_take(s, len, &name) || (len && !str_is_slug(name)))
		return false;
	memcpy(out, name.ptr, len);
	out[len] = 0;
	return true;
}

static int read_heads(struct stick_heads *out, struct str body, struct err *err)
{
	uint64_t charter, n;
	*out = (struct stick_heads){.nheads = 0};
	if (!take_name(&body, out->hub) || !str_take_varint(&body, &charter) ||
	    charter > UINT32_MAX || !str_take_varint(&body, &n) || n > HUBS_MAX)
		return err_set(err, ERR_SYNTAX, "what its maker holds cannot be read");
	out->charter = (uint32_t)charter;
	out->heads = mem_alloc((n + 1) * sizeof *out->heads);
	for (; out->nheads < n; out->nheads++) {
		struct head *h = &out->heads[out->nheads];
		struct str id;
		if (!take_name(&body, h->hub) || !h->hub[0] || !str_take_varint(&body, &h->seq) ||
		    !str_take(&body, OID_BYTES, &id) ||
		    (out->nheads && strcmp(h[-1].hub, h->hub) >= 0)) {
			stick_heads_release(out);
			return err_set(err, ERR_SYNTAX, "what its maker holds cannot be read");
		}
		memcpy(h->id.bytes, id.ptr, OID_BYTES);
	}
	return 0;
}

int stick_read_heads(
    const char *path, const char *network, struct stick_heads *out, struct err *err)
{
	struct reading r;
	struct buf body = BUF_INIT;
	uint8_t kind = 0;
	*out = (struct stick_heads){.nheads = 0};
	int bad = open_file(&r, path, network, err);
	if (!bad && (take_block(&r, &kind, &body, err) != TOOK_ALL || kind != BLOCK_HEADS))
		bad = err_set(err, ERR_SYNTAX, "%s does not say what its maker holds", path);
	bad = bad || read_heads(out, buf_str(&body), err);
	close_file(&r);
	buf_release(&body);
	return bad ? err->code : 0;
}

/* The first of what did not stop the others. */
static void keep_fault(struct reading *r, enum refusal kind, const struct err *why)
{
	if (r->fault.code)
		return;
	r->fault = *why;
	r->fault_kind = kind;
}

/* A file made with --since, by what another store held then. */
#define NEEDS_WHOLE "a file with all of it is needed, as belfry export writes without --since"

/* Does what was gathered go on from an entry that is not here? */
static bool has_gap(const struct reading *r, struct store *s, struct str first)
{
	const struct journal *j = store_journal(s, r->hub);
	return entry_peek_seq(first) > (j ? j->head.seq : 0) + 1;
}

/* Admit what has been gathered. Sets `err` only where it fails: what a journal is refused for is
 * kept aside. */
static int admit(struct reading *r, struct store *s, struct err *err)
{
	struct err why;
	struct str rest = buf_str(&r->raw), *entries = NULL;
	size_t n = 0, cap = 0, admitted = 0;
	int bad = 0;
	while (rest.len && segment_split(&rest, MEM_PUSH(entries, n, cap)))
		;
	if (n && s->charter_version && has_gap(r, s, entries[0]))
		bad = err_set(&why, ERR_CHAIN,
		    "%s goes on from entry %" PRIu64 " of %s, which is not here: " NEEDS_WHOLE,
		    r->path, entry_peek_seq(entries[0]) - 1, r->hub);
	else if (n)
		bad = store_admit(s, r->hub, entries, n, &admitted, &why);
	bool is_ours = bad && !is_refusal(bad);
	if (is_ours)
		*err = why;
	else if (bad)
		keep_fault(r, refusal_of_entry(bad), &why);
	r->report->entries += admitted;
	buf_reset(&r->raw);
	free(entries);
	return is_ours ? bad : 0;
}

static int take_entries(struct reading *r, struct store *s, struct str body, struct err *err)
{
	char hub[HUB_NAME_BYTES];
	uint64_t from;
	size_t n;
	if (!take_name(&body, hub) || !hub[0] || !str_take_varint(&body, &from))
		return err_set(err, ERR_SYNTAX, "a block of entries names no journal");
	if (r->raw.len && (strcmp(hub, r->hub) != 0 || r->raw.len > BATCH_BYTES_MAX / 2) &&
	    admit(r, s, err))
		return err->code;
	memcpy(r->hub, hub, sizeof hub);
	return segment_read(r->stream, body, &r->raw, &n, err);
}

static int take_charter(struct reading *r, struct store *s, struct str body, struct err *err)
{
	uint64_t version;
	struct buf raw = BUF_INIT;
	struct charter_files *files = mem_alloc(sizeof *files);
	struct str rest, bundle = STR_EMPTY;
	uint32_t before = s->charter_version;
	size_t n;
	int bad = 0;
	if (!str_take_varint(&body, &version))
		bad = err_set(err, ERR_SYNTAX, "a charter's block is empty");
	bad = bad || segment_read(r->stream, body, &raw, &n, err);
	rest = buf_str(&raw);
	if (!bad && (n != 1 || !segment_split(&rest, &bundle)))
		bad = err_set(err, ERR_SYNTAX, "a charter's block does not hold one text");
	if (!bad && version > (uint64_t)before + 1)
		bad = err_set(err, ERR_CHAIN,
		    "it goes on from charter version %" PRIu64 ", which is not here: " NEEDS_WHOLE,
		    version - 1);
	bad = bad || charter_bundle_read(files, bundle, err) ||
	      (version > before && store_adopt_charter(s, files, NULL, err));
	r->report->charters += s->charter_version - before;
	free(files);
	buf_release(&raw);
	return bad;
}

/* Its hub may be among the entries before it. */
static int take_letter(
    struct reading *r, struct store *s, enum letter_kind kind, struct str body, struct err *err)
{
	struct err fault;
	bool is_ours;
	if (admit(r, s, err))
		return err->code;
	int bad = letter_read(s, kind, body, r->now, &is_ours, &fault);
	if (bad && !is_refusal(bad)) {
		*err = fault;
		return bad;
	}
	if (bad)
		keep_fault(r, REFUSED_SUBMISSION, &fault); /* it does not hide the others */
	r->report->letters += is_ours && !bad;
	return 0;
}

/* The record that names it may be among the entries before it. */
static int take_file(
    struct reading *r, struct store *s, bool is_list, struct str body, struct err *err)
{
	if (is_list && admit(r, s, err))
		return err->code;
	return is_list ? stick_attach_list(&r->attachment, s, body, err)
		       : stick_attach_piece(&r->attachment, s, body, &r->report->files, err);
}

static int take_one(
    struct reading *r, struct store *s, uint8_t kind, struct str body, struct err *err)
{
	struct stick_heads heads;
	if (kind == BLOCK_ENTRIES)
		return take_entries(r, s, body, err);
	if (kind == BLOCK_CHARTER)
		return take_charter(r, s, body, err);
	if (kind == BLOCK_TO_HUB || kind == BLOCK_TO_MEMBER)
		return take_letter(
		    r, s, kind == BLOCK_TO_HUB ? LETTER_TO_HUB : LETTER_TO_MEMBER, body, err);
	if (kind == BLOCK_FILE || kind == BLOCK_PIECE)
		return take_file(r, s, kind == BLOCK_FILE, body, err);
	if (kind != BLOCK_HEADS)
		return err_set(
		    err, ERR_UNSUPPORTED, "a block has kind %u, which is not known here", kind);
	if (read_heads(&heads, body, err))
		return err->code;
	memcpy(r->report->maker, heads.hub, sizeof heads.hub);
	stick_heads_release(&heads);
	return 0;
}

/* What the fault that ended the reading is called. */
static enum refusal kind_of_fault(uint8_t block, bool is_framed, int code)
{
	static const enum refusal in[] = {
	    [BLOCK_HEADS] = REFUSED_MESSAGE,
	    [BLOCK_CHARTER] = REFUSED_CHARTER,
	    [BLOCK_ENTRIES] = REFUSED_SEGMENT,
	    [BLOCK_TO_HUB] = REFUSED_SUBMISSION,
	    [BLOCK_TO_MEMBER] = REFUSED_SUBMISSION,
	    [BLOCK_FILE] = REFUSED_ATTACHMENT,
	    [BLOCK_PIECE] = REFUSED_ATTACHMENT,
	};
	if (!is_refusal(code))
		return REFUSED_NOTHING;
	if (code == ERR_NETWORK)
		return REFUSED_NETWORK;
	if (!is_framed)
		return REFUSED_FRAME;
	return block < sizeof in / sizeof *in && block ? in[block] : REFUSED_TYPE;
}

int stick_read(
    struct store *s, const char *path, int64_t now, struct stick_report *report, struct err *err)
{
	struct reading r;
	struct buf body = BUF_INIT;
	struct err why = {.code = ERR_NONE}, late;
	enum took took = TOOK_ALL;
	uint8_t kind = 0;
	uint64_t start = 0;
	*report = (struct stick_report){.bytes = 0};
	if (open_file(&r, path, s->network, err)) {
		report->refused = r.file ? kind_of_fault(kind, false, err->code) : REFUSED_NOTHING;
		close_file(&r);
		return err->code;
	}
	r.report = report;
	r.now = now;
	while (!why.code && (start = r.at, took = take_block(&r, &kind, &body, &why)) == TOOK_ALL)
		take_one(&r, s, kind, buf_str(&body), &why);
	if (admit(&r, s, &late) && !why.code) /* what was whole before a fault counts */
		why = late;
	report->bytes = r.at;
	report->is_cut = !why.code && took == TOOK_PART;
	report->refused = why.code ? kind_of_fault(kind, took == TOOK_ALL, why.code) : r.fault_kind;
	if (!s->charter_version && !why.code && !report->is_cut)
		err_set(&r.fault, ERR_MISSING,
		    "%s has no charter, and none is here yet: " NEEDS_WHOLE, path);
	if (why.code)
		err_wrap(&why, "%s, byte %llu", path, (unsigned long long)start);
	else if (r.fault.code)
		why = r.fault;
	close_file(&r);
	buf_release(&body);
	if (why.code)
		*err = why;
	else if (!report->is_cut)
		stick_note_taken(s, path);
	return why.code;
}
