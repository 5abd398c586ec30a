/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The edge's side: what a member has queued for the home hub, and what the hub said of it.
 */
#include "store/catalogue.h"
#include "store/follow.h"
#include "store/mailbox_impl.h"
#include "store/space.h"

#include <stdio.h>

/* What the home hub has published of it, as far as that is known here: a text that does not follow
 * it would only be refused there, days later. One that skips revisions follows others still on
 * their way; one that is contested is for the hub to judge. */
static int check_next(struct store *s, const struct record *r, struct str path, struct err *err)
{
	const struct catalogue *c;
	if (store_catalogue(&c, s, err))
		return err->code;
	const struct item *i = catalogue_find(c, path);
	if (!i || i->is_contested || strcmp(i->hub, s->follow->home) != 0 ||
	    r->revision > i->revision + 1)
		return 0;
	return record_check_next(r, i->revision, &i->hash, err);
}

int outbox_settle_home(struct store *s, struct str signature, struct err *err)
{
	struct sshsig sig;
	const char *found = NULL;
	if (s->hub[0])
		return 0;
	if (sshsig_parse(&sig, signature, err))
		return err->code;
	for (size_t i = 0; i < s->njournals; i++) {
		const struct roster *roster;
		const char *hub = s->journals[i].head.hub;
		if (journal_roster(&roster, s, &s->journals[i], err))
			return err->code;
		const struct member *m = roster ? roster_member_by_key(roster, &sig.key) : NULL;
		if (!m || !m->is_active)
			continue;
		if (strcmp(hub, s->follow->home) == 0)
			return 0;
		found = found ? found : hub;
	}
	if (!found)
		return 0;
	if (repo_set_config(s->repo, "belfry.home", found, err))
		return err->code;
	follow_read(s);
	return 0;
}

int outbox_add(
    struct store *s, struct str record, struct str signature, int64_t now, struct err *err)
{
	struct submission item;
	struct record r;
	struct mailbox box = {.len = 0};
	struct sshsig sig;
	struct name_space ns = name_space("belfry-record", s->network);
	struct buf path = BUF_INIT;
	const struct charter *charter;
	const struct schema_set *schemas;
	if (store_charter(s, 0, &charter, &schemas, err) || store_has_room(s, err))
		return err->code;
	int bad = record_parse(&r, record, "record", schemas, NULL, err) ||
		  sshsig_parse(&sig, signature, err) || sshsig_verify(&sig, ns.text, record, err) ||
		  mailbox_read(&box, s, MAILBOX_OUTBOX, err);
	/* Outbox and inbox are in store.git, whose packs are copied as they are. */
	if (!bad && str_is(r.audience, "members"))
		bad = err_set(err, ERR_UNSUPPORTED,
		    "it is for members, and would pass through store.git, which others may copy: "
		    "bring the signed files to your hub, where belfry publish takes them");
	if (!bad) {
		submission_fill(&item, record, signature);
		record_path(&path, &r);
		item.state = "queued";
		item.path = path.ptr;
		item.title = r.title.ptr;
		item.time = now;
		item.time = mailbox_time(&box, &item);
		const struct submission *known = mailbox_find(&box, str_from(item.id));
		/* What a hub had no room for, or could not take then, it may take now. */
		if (known && strcmp(known->state, "refused") != 0)
			bad = err_set(err, ERR_EXISTS,
			    "this very text is in the outbox already, as %s", item.id);
		else if (outbox_settle_home(s, signature, err) ||
			 check_next(s, &r, buf_str(&path), err))
			bad = err->code;
		else
			bad = mailbox_put(s, MAILBOX_OUTBOX, &item, now, err);
	}
	mailbox_release(&box);
	record_release(&r);
	buf_release(&path);
	return bad ? err->code : 0;
}

void submission_message(struct buf *out, const struct submission *item)
{
	buf_u8(out, SUBMIT_RECORD);
	buf_ssh_string(out, item->record);
	buf_ssh_string(out, item->signature);
}

/* Only a hub of our charter may speak of our submissions. */
static int check_notice(
    struct store *s, struct str text, struct str armor, const json_t *notice, struct err *err)
{
	struct name_space ns = name_space("belfry-notice", s->network);
	const struct charter *c;
	struct sshsig sig;
	if (store_charter(s, 0, &c, NULL, err) || sshsig_parse(&sig, armor, err) ||
	    sshsig_verify(&sig, ns.text, text, err))
		return err->code;
	const struct charter_hub *hub = charter_hub(c, json_get_text(notice, "hub").ptr);
	if (!hub || !public_key_eq(&hub->journal, &sig.key))
		return err_set(err, ERR_SIGNATURE, "a notice is not signed by the hub it names");
	return 0;
}

static void write_confirm(struct buf *out, const char *id, struct str state)
{
	buf_u8(out, SUBMIT_CONFIRM);
	buf_ssh_string(out, str_from(id));
	buf_ssh_string(out, state);
}

static bool is_decided(struct str state)
{
	return str_is(state, "returned") || str_is(state, "published") || str_is(state, "refused");
}

bool submission_is_decided(const struct submission *item)
{
	return is_decided(str_from(item->state));
}

void confirmation_message(struct buf *out, const struct submission *item)
{
	write_confirm(out, item->id, str_from(item->state));
}

/* A decision is the last word: an older notice that comes late changes nothing. */
static int keep_notice(struct store *s, const struct submission *found, const json_t *notice,
    struct str whole, struct err *err)
{
	struct submission item = *found;
	struct str state = json_get_text(notice, "state");
	int64_t time = json_get_int(notice, "time");
	if (is_decided(str_from(found->state)) || str_is(state, found->state))
		return 0;
	item.state = state.ptr;
	item.reviewer = json_get_text(notice, "reviewer").ptr;
	item.remark = json_get_text(notice, "remark").ptr;
	item.notice = whole;
	if (time < 0 || time > ENTRY_TIME_MAX)
		time = found->time;
	return mailbox_put(s, MAILBOX_OUTBOX, &item, time, err);
}

/* What a hub of ours writes; the rest would be shown as it came. */
static bool is_sayable(const json_t *notice)
{
	struct str state = json_get_text(notice, "state");
	struct str reviewer = json_get_text(notice, "reviewer");
	return (is_decided(state) || str_is(state, "received")) &&
	       (!reviewer.len || str_is_slug(reviewer)) &&
	       json_get_text(notice, "remark").len <= REMARK_BYTES_MAX;
}

static int apply_notice(
    struct store *s, const json_t *notice, struct str whole, struct buf *confirm, struct err *err)
{
	struct mailbox box;
	struct str id = json_get_text(notice, "submission"), state = json_get_text(notice, "state");
	if (!is_sayable(notice))
		return err_set(
		    err, ERR_SYNTAX, "a notice says of a submission what no hub can say");
	if (mailbox_read(&box, s, MAILBOX_OUTBOX, err))
		return err->code;
	const struct submission *found =
	    id.len == SUBMISSION_ID_CHARS ? mailbox_find(&box, id) : NULL;
	int bad = found && keep_notice(s, found, notice, whole, err);
	if (found && !bad && is_decided(state))
		write_confirm(confirm, found->id, state);
	mailbox_release(&box);
	return bad ? err->code : 0;
}

int outbox_notice(struct store *s, struct str notice, struct buf *confirm, struct err *err)
{
	struct str rest = notice, text, armor;
	json_t *json = NULL;
	if (!str_take_ssh_string(&rest, &text) || !str_take_ssh_string(&rest, &armor) || rest.len)
		return err_set(err, ERR_SYNTAX, "a notice breaks its grammar");
	int bad = json_parse(&json, text, "notice", err) ||
		  check_notice(s, text, armor, json, err) ||
		  apply_notice(s, json, notice, confirm, err);
	json_decref(json);
	return bad ? err->code : 0;
}
