/* SPDX-License-Identifier: Apache-2.0 */
#include "store/op.h"

#include "base/log.h"
#include "base/mem.h"
#include "store/attachments.h"
#include "store/doors.h"
#include "store/erased.h"
#include "store/follow.h"
#include "store/listing.h"
#include "store/mailbox.h"
#include "store/members.h"
#include "store/publish.h"
#include "store/restore.h"
#include "store/space.h"
#include "store/stick.h"

#include <inttypes.h>
#include <stdlib.h>

/* `s`: whose journal has moved. */
static int answer_with_head(struct store *s, json_t **reply)
{
	const struct journal *j = store_journal(s, s->hub);
	*reply = json_pack("{s:s, s:I, s:s, s:s}", "hub", s->hub, "seq", (json_int_t)j->head.seq,
	    "commit", oid_hex(&j->head.id).text, "audience", s->outer ? "members" : "public");
	return 0;
}

static int op_publish(
    struct store *s, const json_t *request, int64_t now, json_t **reply, struct err *err)
{
	const json_t *list = json_object_get(request, "records");
	const struct journal *own = store_journal(s, s->hub);
	const struct oid before = own ? own->head.id : (struct oid){{0}};
	size_t n = json_array_size(list);
	struct publication *records = mem_alloc((n + 1) * sizeof *records);
	for (size_t i = 0; i < n; i++) {
		const json_t *one = json_array_get(list, i);
		records[i] = (struct publication){json_get_text(one, "record"),
		    json_get_text(one, "signature"), json_get_text(one, "review")};
	}
	int bad = publish_records(s, records, n, now, err);
	free(records);
	if (bad)
		return bad;
	own = store_journal(s, s->hub);
	bool is_public = own && !oid_eq(&own->head.id, &before);
	return answer_with_head(is_public ? s : s->members, reply);
}

static int op_append(
    struct store *s, const json_t *request, int64_t now, json_t **reply, struct err *err)
{
	const json_t *files = json_object_get(request, "files");
	size_t n = json_array_size(files);
	struct change *changes = mem_alloc((n + 1) * sizeof *changes);
	for (size_t i = 0; i < n; i++) {
		const json_t *file = json_array_get(files, i);
		changes[i].path = json_get_text(file, "path");
		changes[i].content = json_get_text(file, "content");
		changes[i].is_delete = json_is_null(json_object_get(file, "content"));
	}
	int bad = 0;
	if (str_is(json_get_text(request, "audience"), "members"))
		bad = members_open(&s, s, err);
	bad = bad || publish(s, changes, n, now, err);
	free(changes);
	return bad ? err->code : answer_with_head(s, reply);
}

static int op_erase(
    struct store *s, const json_t *request, int64_t now, json_t **reply, struct err *err)
{
	if (erased_publish(s, json_get_text(request, "order"), now, err))
		return err->code;
	return answer_with_head(s, reply);
}

static int op_charter(
    struct store *s, const json_t *request, int64_t now, json_t **reply, struct err *err)
{
	struct buf bundle = BUF_INIT;
	struct charter_files *files = mem_alloc(sizeof *files);
	(void)now;
	int bad = 0;
	if (!buf_unbase64(&bundle, json_get_text(request, "bundle")))
		bad = err_set(err, ERR_SYNTAX, "a charter bundle is not base64");
	bad = bad || charter_bundle_read(files, buf_str(&bundle), err) ||
	      store_adopt_charter(s, files, NULL, err);
	if (!bad)
		*reply = json_pack("{s:I}", "version", (json_int_t)s->charter_version);
	free(files);
	buf_release(&bundle);
	return bad ? err->code : 0;
}

static int op_submit(
    struct store *s, const json_t *request, int64_t now, json_t **reply, struct err *err)
{
	struct str record = json_get_text(request, "record"),
		   signature = json_get_text(request, "signature");
	char id[SUBMISSION_ID_CHARS + 1];
	if (outbox_add(s, record, signature, now, err))
		return err->code;
	submission_id(id, record, signature);
	*reply = json_pack("{s:s}", "id", id);
	return 0;
}

static int op_accept(
    struct store *s, const json_t *request, int64_t now, json_t **reply, struct err *err)
{
	struct str id = json_get_text(request, "id");
	if (inbox_accept(s, id, json_get_text(request, "review"), now, err))
		return err->code;
	const struct journal *j = store_journal(s, s->hub);
	*reply = json_pack(
	    "{s:s, s:s, s:I}", "id", id.ptr, "hub", s->hub, "seq", (json_int_t)j->head.seq);
	return 0;
}

static int op_return(
    struct store *s, const json_t *request, int64_t now, json_t **reply, struct err *err)
{
	struct str id = json_get_text(request, "id");
	if (inbox_return(s, id, json_get_text(request, "remark"),
		json_get_text(request, "reviewer"), now, err))
		return err->code;
	*reply = json_pack("{s:s}", "id", id.ptr);
	return 0;
}

static int op_config(
    struct store *s, const json_t *request, int64_t now, json_t **reply, struct err *err)
{
	const char *key = json_string_value(json_object_get(request, "key"));
	const char *value = json_string_value(json_object_get(request, "value"));
	(void)now;
	if (!key || strncmp(key, "belfry", 6) != 0)
		return err_set(err, ERR_SYNTAX, "only Belfry's own settings can be changed");
	if (repo_set_config(s->repo, key, value, err))
		return err->code;
	follow_read(s);
	*reply = json_object();
	return 0;
}

static int op_import(
    struct store *s, const json_t *request, int64_t now, json_t **reply, struct err *err)
{
	struct stick_report r;
	struct err fault;
	if (store_has_room(s, err))
		return err->code;
	int bad = stick_read(s, json_get_text(request, "file").ptr, now, &r, &fault);
	if (bad)
		doors_count(
		    s->dir, door_from(json_get_text(request, "door")), r.refused, fault.msg);
	if (bad && !r.entries && !r.charters && !r.letters && !r.files) {
		*err = fault;
		return bad;
	}
	*reply = json_pack("{s:I, s:I, s:I, s:I, s:s, s:b}", "charters", (json_int_t)r.charters,
	    "entries", (json_int_t)r.entries, "letters", (json_int_t)r.letters, "files",
	    (json_int_t)r.files, "maker", r.maker, "cut", r.is_cut);
	if (bad)
		json_object_set_new(*reply, "fault", json_string(fault.msg));
	return 0;
}

static int op_attach(
    struct store *s, const json_t *request, int64_t now, json_t **reply, struct err *err)
{
	struct attachment a;
	(void)now;
	if (attach_add(
		&a, s, json_get_text(request, "file").ptr, json_get_text(request, "name"), err))
		return err->code;
	*reply = json_pack("{s:s%, s:s%, s:I, s:s, s:s}", "name", a.name.ptr, a.name.len, "media",
	    a.media.ptr, a.media.len, "size", (json_int_t)a.size, "sha256",
	    sha256_hex(&a.hash).text, "chunks", sha256_hex(&a.chunks).text);
	return 0;
}

static int op_attachments(
    struct store *s, const json_t *request, int64_t now, json_t **reply, struct err *err)
{
	(void)request;
	return attach_report(reply, s, now, err);
}

static int op_attach_want(
    struct store *s, const json_t *request, int64_t now, json_t **reply, struct err *err)
{
	size_t n;
	(void)now;
	if (attach_mark(s, json_get_text(request, "name"), true, &n, err))
		return err->code;
	*reply = json_pack("{s:I}", "files", (json_int_t)n);
	return 0;
}

static int op_attach_remove(
    struct store *s, const json_t *request, int64_t now, json_t **reply, struct err *err)
{
	size_t n;
	uint64_t bytes;
	(void)now;
	if (attach_discard(s, json_get_text(request, "name"), &n, &bytes, err))
		return err->code;
	*reply = json_pack("{s:I, s:I}", "files", (json_int_t)n, "bytes", (json_int_t)bytes);
	return 0;
}

static int op_subscribe(
    struct store *s, const json_t *request, int64_t now, json_t **reply, struct err *err)
{
	(void)now;
	return follow_op(s, request, reply, err);
}

static int op_attach_spend(
    struct store *s, const json_t *request, int64_t now, json_t **reply, struct err *err)
{
	int64_t bytes = json_get_int(request, "bytes");
	if (bytes < 0)
		return err_set(err, ERR_SYNTAX, "fewer than no bytes cannot be spent");
	if (attach_spend(s, (uint64_t)bytes, now, err))
		return err->code;
	s->attachments++; /* a daemon counts, too */
	*reply = json_object();
	return 0;
}

static int op_list(
    struct store *s, const json_t *request, int64_t now, json_t **reply, struct err *err)
{
	(void)now;
	return listing(reply, s, request, err);
}

static const struct op {
	const char *name;
	int (*run)(
	    struct store *s, const json_t *request, int64_t now, json_t **reply, struct err *err);
	bool only_reads;
} ops[] = {
    {"publish", op_publish, false},
    {"append", op_append, false},
    {"erase", op_erase, false},
    {"charter", op_charter, false},
    {"submit", op_submit, false},
    {"accept", op_accept, false},
    {"return", op_return, false},
    {"config", op_config, false},
    {"import", op_import, false},
    {"list", op_list, true},
    {"attach", op_attach, false},
    {"attach-want", op_attach_want, false},
    {"attach-remove", op_attach_remove, false},
    {"attach-spend", op_attach_spend, false},
    {"attachments", op_attachments, true},
    {"subscribe", op_subscribe, false},
};

static const struct op *find(const json_t *request)
{
	struct str name = json_get_text(request, "op");
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
		if (str_is(name, ops[i].name))
			return &ops[i];
	return NULL;
}

bool op_only_reads(const json_t *request)
{
	const struct op *op = find(request);
	return op && op->only_reads;
}

/* Whoever asks for anything learns that the charter has expired. */
static void add_notice(struct store *s, int64_t now, json_t *reply)
{
	const struct charter *c;
	struct buf text = BUF_INIT;
	struct err none;
	if (!s->charter_version || store_charter(s, 0, &c, NULL, &none))
		return;
	charter_notice(&text, c, now);
	if (text.len)
		json_object_set_new(reply, "notice", json_from(buf_str(&text)));
	buf_release(&text);
}

/* Once something was signed so, there is nothing left to ask for. */
static int run_alone(const struct op *op, struct store *s, const json_t *request, int64_t now,
    json_t **reply, struct err *err)
{
	bool was_restored = s->is_restored;
	struct err why;
	s->is_restored = false;
	int bad = op->run(s, request, now, reply, err);
	s->is_restored = was_restored;
	if (!bad && restore_is_over(s, &why))
		log_warn("still taken for restored: %s", why.msg);
	return bad;
}

int op_run(struct store *s, const json_t *request, int64_t now, json_t **reply, struct err *err)
{
	const struct op *op = find(request);
	*reply = NULL;
	if (!op)
		return err_set(err, ERR_SYNTAX, "there is no operation '%.*s'",
		    STR_FMT(json_get_text(request, "op")));
	int bad = json_is_true(json_object_get(request, "alone"))
		      ? run_alone(op, s, request, now, reply, err)
		      : op->run(s, request, now, reply, err);
	if (!bad)
		add_notice(s, now, *reply);
	return bad;
}
