/* SPDX-License-Identifier: Apache-2.0 */
#include "store/letter.h"

#include "base/mem.h"
#include "store/follow.h"
#include "store/mailbox.h"
#include "trust/link_key.h"

#include <stdlib.h>

struct writing {
	struct store *store;
	uint8_t own[LINK_KEY_BYTES]; /* our link key's public half */
	int (*put)(void *ctx, enum letter_kind kind, const struct buf *body, struct err *err);
	void *ctx;
	uint64_t unsent;
};

/* --- writing --- */

static int to_hub(
    struct writing *w, const struct charter_hub *hub, struct str message, struct err *err)
{
	struct buf text = BUF_INIT, body = BUF_INIT;
	buf_add(&text, str_of(w->own, sizeof w->own));
	buf_add(&text, message);
	buf_u8(&body, (uint8_t)strlen(hub->id));
	buf_puts(&body, hub->id);
	int bad = 0;
	if (link_key_seal(&body, hub->link, buf_str(&text)))
		bad = w->put(w->ctx, LETTER_TO_HUB, &body, err);
	buf_release(&text);
	buf_release(&body);
	return bad;
}

/* On a laptop that was never online no roster says whose member the author is: then it goes where
 * the invitation came from. */
static const struct charter_hub *likely_home(struct store *s, const struct charter *c)
{
	return store_journal(s, s->follow->home) ? NULL : charter_hub(c, s->follow->home);
}

/* To every hub that knows the author: usually one. */
static int to_home(struct writing *w, const struct submission *item, struct err *err)
{
	struct store *s = w->store;
	struct buf message = BUF_INIT;
	const struct charter *c;
	const struct charter_hub *likely;
	struct sshsig sig;
	uint64_t sent = 0;
	int bad = sshsig_parse(&sig, item->signature, err) || store_charter(s, 0, &c, NULL, err);
	if (submission_is_decided(item))
		confirmation_message(&message, item);
	else
		submission_message(&message, item);
	for (size_t i = 0; i < s->njournals && !bad; i++) {
		const struct journal *j = &s->journals[i];
		const struct charter_hub *hub = charter_hub(c, j->head.hub);
		const struct roster *roster;
		bad = journal_roster(&roster, s, j, err);
		if (bad || !hub || !roster || !roster_member_by_key(roster, &sig.key))
			continue;
		bad = to_hub(w, hub, buf_str(&message), err);
		sent++;
	}
	if (!bad && !sent && (likely = likely_home(s, c)))
		bad = to_hub(w, likely, buf_str(&message), err);
	else if (!sent)
		w->unsent += !submission_is_decided(item);
	buf_release(&message);
	return bad ? err->code : 0;
}

static int to_member(struct writing *w, const struct submission *item, struct err *err)
{
	uint8_t key[LINK_KEY_BYTES];
	struct buf body = BUF_INIT;
	int bad = 0;
	if (item->notice.len && str_unhex(key, sizeof key, str_from(item->reply)) &&
	    link_key_seal(&body, key, item->notice))
		bad = w->put(w->ctx, LETTER_TO_MEMBER, &body, err);
	buf_release(&body);
	return bad;
}

static int write_side(struct writing *w, enum mailbox_side side,
    int (*write)(struct writing *w, const struct submission *item, struct err *err),
    struct err *err)
{
	struct mailbox box;
	if (mailbox_read(&box, w->store, side, err))
		return err->code;
	int bad = 0;
	for (size_t i = 0; i < box.len && !bad; i++)
		bad = write(w, &box.items[i], err);
	mailbox_release(&box);
	return bad;
}

int letters_write(struct store *s,
    int (*put)(void *ctx, enum letter_kind kind, const struct buf *body, struct err *err),
    void *ctx, uint64_t *unsent, struct err *err)
{
	struct writing w = {.store = s, .put = put, .ctx = ctx};
	uint8_t secret[LINK_KEY_BYTES];
	*unsent = 0;
	if (link_key_load(secret, s->dir, err))
		return err->code == ERR_MISSING ? 0 : err->code; /* a mirror: nobody writes to it */
	link_key_public(w.own, secret);
	explicit_bzero(secret, sizeof secret);
	if (write_side(&w, MAILBOX_OUTBOX, to_home, err) ||
	    write_side(&w, MAILBOX_INBOX, to_member, err))
		return err->code;
	*unsent = w.unsent;
	return 0;
}

/* --- reading --- */

static bool unseal(struct buf *out, const struct store *s, struct str sealed)
{
	uint8_t secret[LINK_KEY_BYTES];
	struct err none;
	if (link_key_load(secret, s->dir, &none))
		return false;
	bool good = link_key_unseal(out, secret, sealed);
	explicit_bzero(secret, sizeof secret);
	return good;
}

static int read_at_hub(struct store *s, struct str text, int64_t now, struct err *err)
{
	struct str reply;
	if (!str_take(&text, LINK_KEY_BYTES, &reply))
		return err_set(err, ERR_SYNTAX, "a letter breaks its grammar");
	return inbox_receive_letter(s, (const uint8_t *)reply.ptr, text, now, err);
}

/* What the hub gets told of its notice goes with the next file: the outbox knows. */
static int read_at_member(struct store *s, struct str notice, struct err *err)
{
	struct buf confirm = BUF_INIT;
	int bad = outbox_notice(s, notice, &confirm, err);
	buf_release(&confirm);
	return bad;
}

int letter_read(struct store *s, enum letter_kind kind, struct str body, int64_t now, bool *is_ours,
    struct err *err)
{
	struct buf text = BUF_INIT;
	struct str to = STR_EMPTY;
	uint8_t len = 0;
	*is_ours = false;
	if (kind == LETTER_TO_HUB &&
	    (!str_take_u8(&body, &len) || !str_take(&body, len, &to) || !str_is_slug(to)))
		return err_set(err, ERR_SYNTAX, "a letter names no hub");
	if ((to.len && !str_is(to, s->hub)) || !unseal(&text, s, body)) {
		buf_release(&text);
		return 0; /* to somebody else */
	}
	*is_ours = true;
	int bad = to.len ? read_at_hub(s, buf_str(&text), now, err)
			 : read_at_member(s, buf_str(&text), err);
	buf_release(&text);
	return bad ? err->code : 0;
}
