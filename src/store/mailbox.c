/* SPDX-License-Identifier: Apache-2.0 */
#include "store/mailbox.h"

#include "base/mem.h"
#include "store/erased.h"
#include "store/mailbox_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const ref_of[] = {
    [MAILBOX_INBOX] = "refs/belfry/inbox",
    [MAILBOX_OUTBOX] = "refs/belfry/outbox",
};

void mailbox_release(struct mailbox *m)
{
	free(m->items);
	arena_clear(&m->arena);
	*m = (struct mailbox){.len = 0};
}

static int mailbox_tree(struct store *s, enum mailbox_side side, struct oid *tree, struct err *err)
{
	struct oid commit;
	struct buf text = BUF_INIT;
	struct err none;
	*tree = (struct oid){{0}};
	if (repo_ref(s->repo, ref_of[side], &commit, &none))
		return 0;
	int bad = repo_read(s->repo, &commit, OBJECT_COMMIT, &text, err);
	if (!bad && !oid_from_hex(tree, str_sub(buf_str(&text), 5, 40))) /* "tree <id>" */
		bad = err_set(err, ERR_SYNTAX, "%s is not a mailbox", ref_of[side]);
	buf_release(&text);
	return bad;
}

static int by_path(const void *a, const void *b)
{
	return str_cmp(((const struct change *)a)->path, ((const struct change *)b)->path);
}

/* One commit without parent: a mailbox has no history to carry. */
static int mailbox_change(struct store *s, enum mailbox_side side, struct change *changes, size_t n,
    int64_t now, struct err *err)
{
	struct oid before, tree, commit;
	struct buf text = BUF_INIT;
	qsort(changes, n, sizeof *changes, by_path);
	int bad = mailbox_tree(s, side, &before, err) ||
		  tree_apply(s->repo, &before, changes, n, &tree, err);
	if (!bad) {
		buf_printf(&text, "tree %s\n", oid_hex(&tree).text);
		for (int i = 0; i < 2; i++)
			buf_printf(&text, "%s mailbox <mailbox@%.16s> %" PRId64 " +0000\n",
			    i ? "committer" : "author", s->network, now);
		buf_puts(&text, "\nmailbox\n");
		bad = repo_put(s->repo, &commit, OBJECT_COMMIT, buf_str(&text), err);
	}
	if (bad)
		repo_drop(s->repo);
	else
		bad = store_commit(s, err) || repo_set_ref(s->repo, ref_of[side], &commit, err);
	buf_release(&text);
	return bad ? err->code : 0;
}

struct mailbox_reader {
	struct store *store;
	struct mailbox *out;
};

static void read_state(struct mailbox *m, struct submission *item, struct str json)
{
	json_t *state = NULL;
	struct err none;
	if (json_parse(&state, json, "state.json", &none))
		return;
	item->state = arena_str(&m->arena, json_get_text(state, "state")).ptr;
	item->path = arena_str(&m->arena, json_get_text(state, "path")).ptr;
	item->title = arena_str(&m->arena, json_get_text(state, "title")).ptr;
	item->member = arena_str(&m->arena, json_get_text(state, "member")).ptr;
	item->reviewer = arena_str(&m->arena, json_get_text(state, "reviewer")).ptr;
	item->remark = arena_str(&m->arena, json_get_text(state, "remark")).ptr;
	item->reply = arena_str(&m->arena, json_get_text(state, "reply")).ptr;
	item->time = json_get_int(state, "time");
	json_decref(state);
}

static struct submission blank(void)
{
	return (struct submission){.record = STR_EMPTY,
	    .signature = STR_EMPTY,
	    .state = "",
	    .path = "",
	    .title = "",
	    .member = "",
	    .reviewer = "",
	    .remark = "",
	    .reply = "",
	    .notice = STR_EMPTY};
}

/* Files come in path order, so those of one item stand together. */
static int read_file(
    void *ctx, struct str path, const struct oid *before, const struct oid *after, struct err *err)
{
	struct mailbox_reader *r = ctx;
	struct mailbox *m = r->out;
	struct str name = path, id = str_cut(&name, '/');
	struct buf content = BUF_INIT;
	(void)before;
	if (id.len != SUBMISSION_ID_CHARS)
		return err_set(err, ERR_SYNTAX, "a mailbox holds %.*s", STR_FMT(path));
	if (!m->len || !str_is(id, m->items[m->len - 1].id)) {
		struct submission *fresh = MEM_PUSH(m->items, m->len, m->cap);
		*fresh = blank();
		memcpy(fresh->id, id.ptr, id.len);
	}
	struct submission *item = &m->items[m->len - 1];
	if (repo_read(r->store->repo, after, OBJECT_BLOB, &content, err)) {
		buf_release(&content);
		return err->code;
	}
	struct str kept = arena_str(&m->arena, buf_str(&content));
	buf_release(&content);
	if (str_is(name, "record.md"))
		item->record = kept;
	else if (str_is(name, "record.md.sig"))
		item->signature = kept;
	else if (str_is(name, "notice"))
		item->notice = kept;
	else if (str_is(name, "state.json"))
		read_state(m, item, kept);
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct submission *x = a, *y = b;
	int c = (x->time > y->time) - (x->time < y->time);
	return c ? c : strcmp(x->id, y->id);
}

int mailbox_read(struct mailbox *out, struct store *s, enum mailbox_side side, struct err *err)
{
	struct mailbox_reader r = {.store = s, .out = out};
	struct oid tree;
	*out = (struct mailbox){.len = 0};
	int bad = mailbox_tree(s, side, &tree, err);
	if (!bad && !oid_is_zero(&tree))
		bad = tree_diff(s->repo, NULL, &tree, read_file, &r, err);
	if (bad)
		mailbox_release(out);
	else if (out->len)
		qsort(out->items, out->len, sizeof *out->items, by_time);
	return bad ? err->code : 0;
}

const struct submission *mailbox_find(const struct mailbox *m, struct str id)
{
	const struct submission *found = NULL;
	for (size_t i = 0; i < m->len && id.len; i++) {
		if (!str_starts(str_from(m->items[i].id), id))
			continue;
		if (found)
			return NULL;
		found = &m->items[i];
	}
	return found;
}

void submission_id(
    char out[static SUBMISSION_ID_CHARS + 1], struct str record, struct str signature)
{
	struct sha256 h = sha256_pair(record, signature);
	memcpy(out, sha256_hex(&h).text, SUBMISSION_ID_CHARS);
	out[SUBMISSION_ID_CHARS] = 0;
}

/* Write an item whole: its files replace what is there. */
int64_t mailbox_time(const struct mailbox *box, const struct submission *item)
{
	int64_t time = item->time;
	for (size_t i = 0; i < box->len; i++)
		if (box->items[i].time >= time && strcmp(box->items[i].path, item->path) == 0)
			time = box->items[i].time + 1;
	return time;
}

int mailbox_put(struct store *s, enum mailbox_side side, const struct submission *item, int64_t now,
    struct err *err)
{
	struct arena a = {.blocks = NULL};
	struct buf json = BUF_INIT;
	if (erased_is_text(s, item->record))
		return err_set(
		    err, ERR_POLICY, "this text was erased, by an order; nobody may keep it");
	json_t *state = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "state", item->state,
	    "path", item->path, "title", item->title, "member", item->member, "reviewer",
	    item->reviewer, "remark", item->remark, "reply", item->reply, "time",
	    (json_int_t)item->time);
	json_write(&json, state, 0);
	struct change changes[4] = {
	    {.path = str_from(arena_printf(&a, "%s/record.md", item->id)), .content = item->record},
	    {.path = str_from(arena_printf(&a, "%s/record.md.sig", item->id)),
		.content = item->signature},
	    {.path = str_from(arena_printf(&a, "%s/state.json", item->id)),
		.content = buf_str(&json)},
	    {.path = str_from(arena_printf(&a, "%s/notice", item->id)), .content = item->notice},
	};
	int bad = mailbox_change(s, side, changes, 4, now, err);
	json_decref(state);
	buf_release(&json);
	arena_clear(&a);
	return bad;
}

void submission_fill(struct submission *item, struct str record, struct str signature)
{
	*item = blank();
	item->record = record;
	item->signature = signature;
	submission_id(item->id, record, signature);
}

int mailbox_remove(struct mailbox_removed *out, struct store *s, enum mailbox_side side,
    const char *id, int64_t now, struct err *err)
{
	static const char *const names[] = {"record.md", "record.md.sig", "state.json", "notice"};
	char paths[4][SUBMISSION_ID_CHARS + 16];
	struct change changes[4];
	struct oid tree;
	struct err none;
	*out = (struct mailbox_removed){.n = 0};
	if (mailbox_tree(s, side, &tree, err))
		return err->code;
	for (size_t i = 0; i < 4; i++) {
		snprintf(paths[out->n], sizeof paths[0], "%s/%s", id, names[i]);
		struct str path = str_from(paths[out->n]);
		if (tree_find(s->repo, &tree, path, &out->blobs[out->n], &none) == 0)
			changes[out->n++] =
			    (struct change){.path = path, .content = STR_EMPTY, .is_delete = true};
	}
	return out->n ? mailbox_change(s, side, changes, out->n, now, err) : 0;
}
