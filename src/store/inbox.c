/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hub's side: submissions by members on its roster, waiting for a reviewer, and the signed
 * notices that answer them.
 */
#include "record/text.h"
#include "store/mailbox_impl.h"
#include "store/space.h"
#include "store/publish.h"

#include <stdio.h>

/* Append {text, signature by our journal key}. `reason` stands for the remark of a refusal. */
static int write_notice(
    struct store *s, struct buf *out, const struct submission *item, int64_t now, struct err *err)
{
	struct name_space ns = name_space("belfry-notice", s->network);
	struct buf text = BUF_INIT, armor = BUF_INIT, path = BUF_INIT;
	json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "belfry", "notice/1",
	    "network", s->network, "hub", s->hub, "submission", item->id, "state", item->state,
	    "reviewer", item->reviewer, "remark", item->remark, "time", (json_int_t)now);
	json_write(&text, j, 0);
	int bad = 0;
	if (!s->journal_key) {
		store_path(s, &path, "keys/journal");
		bad = signer_load(&s->journal_key, path.ptr, err);
	}
	bad = bad || sshsig_sign(&armor, s->journal_key, ns.text, buf_str(&text), err);
	if (!bad) {
		buf_ssh_string(out, buf_str(&text));
		buf_ssh_string(out, buf_str(&armor));
	}
	json_decref(j);
	buf_release(&text);
	buf_release(&armor);
	buf_release(&path);
	return bad ? err->code : 0;
}

/* Set the newest notice of an item and keep the item. */
static int answer(
    struct store *s, struct submission *item, int64_t now, struct buf *notice, struct err *err)
{
	size_t at = notice->len;
	if (write_notice(s, notice, item, now, err))
		return err->code;
	item->notice = str_sub(buf_str(notice), at, notice->len);
	return mailbox_put(s, MAILBOX_INBOX, item, now, err);
}

static int refuse(struct store *s, struct submission *item, const char *why, int64_t now,
    struct buf *notice, struct err *err)
{
	item->state = "refused";
	item->remark = why;
	return write_notice(s, notice, item, now, err);
}

/* The reason this submission cannot be taken, or NULL. Fills path and title. */
static const char *judge(const struct policy *own, const struct public_key *key,
    struct submission *item, struct judgement *j, struct buf *path)
{
	struct record_name name;
	struct err err;
	*j = (struct judgement){.record = {.source = BUF_INIT}};
	struct record r;
	if (record_parse(&r, item->record, "record", own->schemas, NULL, &err)) {
		snprintf(j->reason, sizeof j->reason, "%.255s", err.msg);
		record_release(&r);
		return j->reason;
	}
	record_path(path, &r);
	record_release(&r);
	policy_judge_author(j, own, buf_str(path), item->record, item->signature);
	if (!j->is_published)
		return j->reason;
	if (!public_key_eq(&j->author->key, key))
		return "it is signed by another key than the one this connection proved";
	if (!record_name_parse(&name, buf_str(path)))
		return "its path is not one of a record";
	item->path = path->ptr;
	item->title = j->record.title.ptr;
	item->member = j->author->id;
	return NULL;
}

/* It was sent before: the answer stands. Where it came by a link and now by file, the answer goes
 * both ways. */
static int answer_again(struct store *s, const struct submission *known, const char *reply,
    int64_t now, struct buf *notice, struct err *err)
{
	struct submission item = *known;
	buf_add(notice, known->notice);
	if (!*reply || strcmp(known->reply, reply) == 0)
		return 0;
	item.reply = reply;
	return mailbox_put(s, MAILBOX_INBOX, &item, now, err);
}

static int remove_item(struct store *s, const char *id, int64_t now, struct err *err)
{
	struct mailbox_removed ignored;
	return mailbox_remove(&ignored, s, MAILBOX_INBOX, id, now, err);
}

/* Anybody can write a file full of them, so the oldest go. */
static int make_room(const struct mailbox *box, struct store *s, int64_t now, struct err *err)
{
	const struct submission *oldest = NULL;
	size_t n = 0;
	for (size_t i = box->len; i-- > 0;)
		if (strcmp(box->items[i].state, "refused") == 0) {
			oldest = &box->items[i];
			n++;
		}
	return n < INBOX_REFUSED_MAX ? 0 : remove_item(s, oldest->id, now, err);
}

/* A refusal is the answer on a link and then forgotten; for a letter it waits for the next file. */
static int keep_refusal(const struct mailbox *box, struct store *s, struct submission *item,
    const char *why, struct buf *notice, struct err *err)
{
	const int64_t now = item->time;
	if (!*item->reply)
		return refuse(s, item, why, now, notice, err);
	if (make_room(box, s, now, err))
		return err->code;
	item->state = "refused";
	item->remark = why;
	return answer(s, item, now, notice, err);
}

/* Why this member is to wait with more, in `out`; NULL: it is within the share of the inbox that
 * each has. */
static const char *check_share(
    char out[static 200], const struct mailbox *box, const struct submission *item)
{
	size_t n = 0, bytes = item->record.len;
	for (size_t i = 0; i < box->len; i++) {
		if (strcmp(box->items[i].member, item->member) != 0)
			continue;
		n++;
		bytes += box->items[i].record.len;
	}
	if (n < INBOX_MEMBER_MAX && bytes <= INBOX_MEMBER_BYTES_MAX)
		return NULL;
	snprintf(out, 200,
	    "%zu submissions of yours are in this hub's inbox; it holds at most %d of a member, "
	    "of %d KiB in all: send this one again when the hub has decided some",
	    n, INBOX_MEMBER_MAX, INBOX_MEMBER_BYTES_MAX / 1024);
	return out;
}

/* `reply`: see struct submission. */
static int receive_record(struct store *s, const struct public_key *key, const char *reply,
    struct submission *item, int64_t now, struct buf *notice, struct err *err)
{
	struct policy own;
	struct mailbox box = {.len = 0};
	struct judgement j;
	struct buf path = BUF_INIT;
	char share[200];
	item->reply = reply;
	item->time = now;
	if (own_policy(&own, s, err) || mailbox_read(&box, s, MAILBOX_INBOX, err))
		return err->code;
	const struct submission *known = mailbox_find(&box, str_from(item->id));
	const char *why = known ? NULL : judge(&own, key, item, &j, &path);
	const char *full = known || why ? NULL : check_share(share, &box, item);
	if (box.len >= INBOX_MAX)
		full = "the hub's inbox is full; send this again when it has decided some of it";
	int bad = 0;
	if (known) {
		bad = answer_again(s, known, reply, now, notice, err);
	} else if (full) {
		bad = refuse(s, item, full, now, notice, err);
	} else if (why) {
		bad = keep_refusal(&box, s, item, why, notice, err);
	} else {
		item->state = "received";
		item->time = mailbox_time(&box, item);
		bad = answer(s, item, now, notice, err);
	}
	if (!known)
		judgement_release(&j);
	mailbox_release(&box);
	buf_release(&path);
	return bad;
}

static int take_record(struct submission *item, struct str message, struct err *err)
{
	struct str record, signature;
	if (!str_take_ssh_string(&message, &record) || !str_take_ssh_string(&message, &signature) ||
	    message.len || record.len > RECORD_BYTES_MAX || signature.len > SIGNATURE_BYTES_MAX)
		return err_set(err, ERR_SYNTAX, "a submission breaks its grammar");
	submission_fill(item, record, signature);
	return 0;
}

static int take_confirmation(struct str message, struct str *id, struct str *state, struct err *err)
{
	if (!str_take_ssh_string(&message, id) || !str_take_ssh_string(&message, state) ||
	    message.len)
		return err_set(err, ERR_SYNTAX, "a confirmation breaks its grammar");
	return 0;
}

/* A decided item whose author has the decision is done with. */
static int finish(
    struct store *s, const struct submission *item, struct str state, int64_t now, struct err *err)
{
	if (!str_is(state, item->state) || strcmp(item->state, "received") == 0)
		return 0;
	return remove_item(s, item->id, now, err);
}

static const struct submission *find_whole(const struct mailbox *box, struct str id)
{
	return id.len == SUBMISSION_ID_CHARS ? mailbox_find(box, id) : NULL;
}

static int receive_confirm(
    struct store *s, const struct public_key *key, struct str message, int64_t now, struct err *err)
{
	struct str id, state;
	struct mailbox box;
	struct policy own;
	if (take_confirmation(message, &id, &state, err) || own_policy(&own, s, err) ||
	    mailbox_read(&box, s, MAILBOX_INBOX, err))
		return err->code;
	const struct member *m = own.roster ? roster_member_by_key(own.roster, key) : NULL;
	const struct submission *item = find_whole(&box, id);
	int bad = 0;
	if (m && item && strcmp(item->member, m->id) == 0)
		bad = finish(s, item, state, now, err);
	mailbox_release(&box);
	return bad;
}

int inbox_receive(struct store *s, const struct public_key *key, struct str message, int64_t now,
    struct buf *notice, struct err *err)
{
	struct submission item;
	uint8_t kind = 0;
	str_take_u8(&message, &kind);
	if (kind == SUBMIT_RECORD)
		return take_record(&item, message, err) ||
			       receive_record(s, key, "", &item, now, notice, err)
			   ? err->code
			   : 0;
	if (kind == SUBMIT_CONFIRM)
		return receive_confirm(s, key, message, now, err);
	return err_set(err, ERR_SYNTAX, "a member's message is of no known kind");
}

/* --- by file --- */

/* Who can name the item and the key that it was sent with has sent it. */
static int confirm_letter(
    struct store *s, const char *reply, struct str message, int64_t now, struct err *err)
{
	struct str id, state;
	struct mailbox box;
	if (take_confirmation(message, &id, &state, err) ||
	    mailbox_read(&box, s, MAILBOX_INBOX, err))
		return err->code;
	const struct submission *item = find_whole(&box, id);
	int bad = 0;
	if (item && strcmp(item->reply, reply) == 0)
		bad = finish(s, item, state, now, err);
	mailbox_release(&box);
	return bad;
}

int inbox_receive_letter(struct store *s, const uint8_t reply[static LINK_KEY_BYTES],
    struct str message, int64_t now, struct err *err)
{
	struct buf hex = BUF_INIT, notice = BUF_INIT;
	struct submission item;
	struct sshsig sig;
	uint8_t kind = 0;
	int bad = 0;
	buf_hex(&hex, str_of(reply, LINK_KEY_BYTES));
	str_take_u8(&message, &kind);
	if (kind == SUBMIT_RECORD)
		bad = take_record(&item, message, err) || sshsig_parse(&sig, item.signature, err) ||
		      receive_record(s, &sig.key, hex.ptr, &item, now, &notice, err);
	else if (kind == SUBMIT_CONFIRM)
		bad = confirm_letter(s, hex.ptr, message, now, err);
	else
		bad = err_set(err, ERR_SYNTAX, "a member's message is of no known kind");
	buf_release(&hex);
	buf_release(&notice);
	return bad ? err->code : 0;
}

int inbox_notices(struct store *s, const struct public_key *key,
    void (*each)(void *ctx, struct str notice), void *ctx, struct err *err)
{
	struct mailbox box;
	struct policy own;
	if (own_policy(&own, s, err) || mailbox_read(&box, s, MAILBOX_INBOX, err))
		return err->code;
	const struct member *m = own.roster ? roster_member_by_key(own.roster, key) : NULL;
	for (size_t i = 0; i < box.len && m; i++)
		if (strcmp(box.items[i].member, m->id) == 0 &&
		    strcmp(box.items[i].state, "received") != 0)
			each(ctx, box.items[i].notice);
	mailbox_release(&box);
	return 0;
}

/* The item `id`, which must still wait for a decision. */
static int find_waiting(
    struct mailbox *box, struct store *s, struct str id, struct submission *item, struct err *err)
{
	if (mailbox_read(box, s, MAILBOX_INBOX, err))
		return err->code;
	const struct submission *found = mailbox_find(box, id);
	if (!found)
		return err_set(
		    err, ERR_MISSING, "there is no one submission %.*s in the inbox", STR_FMT(id));
	if (strcmp(found->state, "received") != 0)
		return err_set(
		    err, ERR_EXISTS, "submission %s is %s already", found->id, found->state);
	*item = *found;
	return 0;
}

static int publish_item(
    struct store *s, const struct submission *item, struct str review, int64_t now, struct err *err)
{
	struct arena a = {.blocks = NULL};
	struct change changes[3] = {
	    {.path = str_from(item->path), .content = item->record},
	    {.path = str_from(arena_printf(&a, "%s.sig", item->path)), .content = item->signature},
	    {.path = str_from(arena_printf(&a, "%s.rev", item->path)), .content = review},
	};
	int bad = publish(s, changes, 3, now, err);
	arena_clear(&a);
	return bad;
}

int inbox_accept(struct store *s, struct str id, struct str review, int64_t now, struct err *err)
{
	struct mailbox box = {.len = 0};
	struct submission item;
	struct sshsig sig;
	struct buf notice = BUF_INIT;
	struct policy own = {.roster = NULL};
	int bad = find_waiting(&box, s, id, &item, err) || sshsig_parse(&sig, review, err) ||
		  own_policy(&own, s, err);
	/* Published already: we were cut off before the answer, which is given now. */
	bad = bad || (publish_item(s, &item, review, now, err) && err->code != ERR_EXISTS);
	if (!bad) {
		const struct member *reviewer = roster_member_by_key(own.roster, &sig.key);
		item.state = "published";
		item.reviewer = reviewer ? reviewer->id : "";
		bad = answer(s, &item, now, &notice, err);
	}
	mailbox_release(&box);
	buf_release(&notice);
	return bad ? err->code : 0;
}

/* A remark is shown on terminals and pages: UTF-8, lines and tabs, nothing that steers. */
static int check_remark(struct str remark, struct err *err)
{
	if (!remark.len || remark.len > REMARK_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "a remark has 1 to %d bytes", REMARK_BYTES_MAX);
	if (text_is_blank(remark))
		return err_set(err, ERR_SYNTAX,
		    "nothing can be seen in this remark; say what the author is to change");
	for (size_t at = 0; at < remark.len;) {
		size_t start = at;
		int32_t c = str_utf8_next(remark, &at);
		if (c < 0 || c == 0x7f || (c < 0x20 && c != '\n' && c != '\t'))
			return err_set(err, ERR_SYNTAX,
			    "byte %zu of the remark is no text: write it in UTF-8, without control "
			    "characters",
			    start + 1);
	}
	return 0;
}

int inbox_return(struct store *s, struct str id, struct str remark, struct str reviewer,
    int64_t now, struct err *err)
{
	struct mailbox box = {.len = 0};
	struct submission item;
	struct buf notice = BUF_INIT;
	int bad = check_remark(remark, err) || find_waiting(&box, s, id, &item, err);
	if (!bad) {
		item.state = "returned";
		item.remark = arena_str(&box.arena, remark).ptr;
		item.reviewer = arena_str(&box.arena, reviewer).ptr;
		bad = answer(s, &item, now, &notice, err);
	}
	mailbox_release(&box);
	buf_release(&notice);
	return bad ? err->code : 0;
}
