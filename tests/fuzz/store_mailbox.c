/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What members and hubs send each other outside of journals, at a hub and at the laptop of its
 * author ann: by link, and sealed in letters. Chunks: a byte that says which door, two of length,
 * so many bytes, in which "@N" stands for the network and "@I" for what waits first at that door.
 * The doors behind a signature or a seal sign and seal, so that what is behind them can be reached.
 * Whatever comes, both mailboxes can be read, say of each item what it is, and understand each
 * other.
 */
#include "../unit/store/fixture.h"

#include "store/letter.h"
#include "store/mailbox_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum door {
	MESSAGE,
	RECORD,
	LETTER,
	SEALED_LETTER,
	NOTICE,
	SIGNED_NOTICE,
	LETTER_HOME,
	RETURN,
	QUEUE,
	DOORS
};
enum { FRESH_AFTER = 500, CHUNKS_MAX = 12 };

static struct store *hub, *edge;

static void must(bool good)
{
	if (!good)
		abort();
}

static void link_key_of(struct store *s, uint8_t byte)
{
	struct buf path = BUF_INIT, hex = BUF_INIT;
	struct err err;
	uint8_t secret[LINK_KEY_BYTES];
	memset(secret, byte, sizeof secret);
	buf_hex(&hex, str_of(secret, sizeof secret));
	buf_puts(&hex, "\n");
	store_path(s, &path, "keys/link");
	must(file_write(path.ptr, buf_str(&hex), 0600, &err) == 0);
	buf_release(&path);
	buf_release(&hex);
}

static void end(void)
{
	scratch_remove(NULL);
}

/* Stores grow by each thing that is kept, so they are made anew now and then. */
static void begin(void)
{
	static size_t inputs;
	if (inputs++ % FRESH_AFTER)
		return;
	if (hub) {
		store_close(hub);
		store_close(edge);
		scratch_remove(NULL);
	} else {
		must(atexit(end) == 0);
	}
	must(scratch_new(NULL) == 0);
	hub = east_new();
	edge = store_new("edge", NULL, 0);
	link_key_of(hub, 1);
	link_key_of(edge, 2);
}

static void empty(struct store *s, enum mailbox_side side)
{
	struct mailbox m;
	struct mailbox_removed gone;
	struct err err;
	must(mailbox_read(&m, s, side, &err) == 0);
	for (size_t i = 0; i < m.len; i++)
		must(mailbox_remove(&gone, s, side, m.items[i].id, T0, &err) == 0);
	mailbox_release(&m);
}

/* --- what must hold --- */

static bool is_state(enum mailbox_side side, const char *state)
{
	static const char *const known[] = {
	    "queued", "received", "returned", "published", "refused"};
	for (size_t i = side == MAILBOX_INBOX; i < 5; i++)
		if (strcmp(state, known[i]) == 0)
			return true;
	return false;
}

static void check(struct store *s, enum mailbox_side side)
{
	struct mailbox m;
	struct err err;
	must(mailbox_read(&m, s, side, &err) == 0 && m.len <= INBOX_MAX);
	for (size_t i = 0; i < m.len; i++) {
		const struct submission *item = &m.items[i];
		struct submission again;
		submission_fill(&again, item->record, item->signature);
		must(strcmp(again.id, item->id) == 0 && is_state(side, item->state));
		must(strcmp(item->state, "refused") == 0 ||
		     journal_path_is_text(str_from(item->path)));
		must(!item->reviewer[0] || str_is_slug(str_from(item->reviewer)));
		must(strlen(item->remark) <= REMARK_BYTES_MAX);
		must(item->time >= 0 && mailbox_find(&m, str_from(item->id)) == item);
	}
	mailbox_release(&m);
}

/* What a hub answers its members can read. */
static void check_answer(const struct buf *notice)
{
	struct buf confirm = BUF_INIT;
	struct err err;
	if (notice->len)
		must(outbox_notice(edge, buf_str(notice), &confirm, &err) == 0);
	buf_release(&confirm);
}

static int count_letter(void *ctx, enum letter_kind kind, const struct buf *body, struct err *err)
{
	(void)kind;
	(void)err;
	must(body->len > LINK_KEY_BYTES);
	++*(size_t *)ctx;
	return 0;
}

static void check_letters(void)
{
	size_t n = 0;
	uint64_t unsent;
	struct err err;
	must(letters_write(hub, count_letter, &n, &unsent, &err) == 0);
	must(letters_write(edge, count_letter, &n, &unsent, &err) == 0);
}

/* --- the doors --- */

static void fill_in(struct buf *out, struct str text, struct store *s, enum mailbox_side side)
{
	struct mailbox m;
	struct err err;
	must(mailbox_read(&m, s, side, &err) == 0);
	for (size_t i = 0; i < text.len; i++) {
		bool is_mark = text.ptr[i] == '@' && i + 1 < text.len;
		if (is_mark && text.ptr[i + 1] == 'N')
			buf_puts(out, s->network), i++;
		else if (is_mark && text.ptr[i + 1] == 'I')
			buf_puts(out, m.len ? m.items[0].id : ""), i++;
		else
			buf_putc(out, text.ptr[i]);
	}
	mailbox_release(&m);
}

static void receive(struct str message)
{
	struct buf notice = BUF_INIT;
	struct err err = {.code = ERR_NONE};
	if (inbox_receive(hub, signer_key(key_of(EAST + ANN)), message, T0 + 1, &notice, &err))
		must(err.code != ERR_NONE && err.msg[0]);
	check_answer(&notice);
	buf_release(&notice);
}

static void receive_record(struct str record)
{
	struct buf sig = signed_by(EAST + ANN, "belfry-record", hub->network, record);
	struct buf message = BUF_INIT;
	struct submission item;
	submission_fill(&item, record, buf_str(&sig));
	submission_message(&message, &item);
	receive(buf_str(&message));
	buf_release(&message);
	buf_release(&sig);
}

static void letter(struct store *s, enum letter_kind kind, struct str body)
{
	struct err err = {.code = ERR_NONE};
	bool is_ours;
	if (letter_read(s, kind, body, T0 + 2, &is_ours, &err))
		must(err.code != ERR_NONE && err.msg[0]);
}

static void sealed_letter(struct store *s, uint8_t byte, enum letter_kind kind, struct str text)
{
	uint8_t secret[LINK_KEY_BYTES], key[LINK_KEY_BYTES];
	struct buf body = BUF_INIT;
	memset(secret, byte, sizeof secret);
	link_key_public(key, secret);
	if (kind == LETTER_TO_HUB)
		buf_add(&body, STR("\x04"
				   "east"));
	must(link_key_seal(&body, key, text));
	letter(s, kind, buf_str(&body));
	buf_release(&body);
}

static void take_notice(struct str notice)
{
	struct buf confirm = BUF_INIT;
	struct err err = {.code = ERR_NONE};
	if (outbox_notice(edge, notice, &confirm, &err))
		must(err.code != ERR_NONE && err.msg[0] && !confirm.len);
	if (confirm.len)
		receive(buf_str(&confirm));
	buf_release(&confirm);
}

static void signed_notice(struct buf *out, struct str text)
{
	struct buf armor = signed_by(EAST, "belfry-notice", hub->network, text);
	buf_ssh_string(out, text);
	buf_ssh_string(out, buf_str(&armor));
	buf_release(&armor);
}

static void queue(struct str record)
{
	struct buf sig = signed_by(EAST + ANN, "belfry-record", edge->network, record);
	struct err err = {.code = ERR_NONE};
	if (outbox_add(edge, record, buf_str(&sig), T0, &err))
		must(err.code != ERR_NONE && err.msg[0]);
	buf_release(&sig);
}

static void send_back(struct str remark)
{
	struct buf id = BUF_INIT;
	struct err err;
	fill_in(&id, STR("@I"), hub, MAILBOX_INBOX);
	inbox_return(hub, buf_str(&id), remark, STR("rev"), T0 + 3, &err);
	buf_release(&id);
}

static void enter(enum door door, struct str bytes)
{
	bool is_home = door == NOTICE || door == SIGNED_NOTICE || door == LETTER_HOME;
	struct buf text = BUF_INIT, notice = BUF_INIT;
	fill_in(&text, bytes, is_home ? edge : hub, is_home ? MAILBOX_OUTBOX : MAILBOX_INBOX);
	switch (door) {
	case MESSAGE:
		receive(buf_str(&text));
		break;
	case RECORD:
		receive_record(buf_str(&text));
		break;
	case LETTER:
		letter(hub, LETTER_TO_HUB, buf_str(&text));
		letter(edge, LETTER_TO_MEMBER, buf_str(&text));
		break;
	case SEALED_LETTER:
		sealed_letter(hub, 1, LETTER_TO_HUB, buf_str(&text));
		break;
	case NOTICE:
		take_notice(buf_str(&text));
		break;
	case SIGNED_NOTICE:
		signed_notice(&notice, buf_str(&text));
		take_notice(buf_str(&notice));
		break;
	case LETTER_HOME:
		signed_notice(&notice, buf_str(&text));
		sealed_letter(edge, 2, LETTER_TO_MEMBER, buf_str(&notice));
		break;
	case RETURN:
		send_back(buf_str(&text));
		break;
	case QUEUE:
	case DOORS:
		queue(buf_str(&text));
	}
	buf_release(&text);
	buf_release(&notice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = str_of(data, size), bytes;
	uint8_t door;
	uint16_t length;
	begin();
	for (int i = 0; i < CHUNKS_MAX && str_take_u8(&rest, &door) &&
			str_take_u16(&rest, &length) && str_take(&rest, length, &bytes);
	     i++) {
		enter(door % DOORS, bytes);
		check(hub, MAILBOX_INBOX);
		check(edge, MAILBOX_OUTBOX);
	}
	check_letters();
	empty(hub, MAILBOX_INBOX);
	empty(edge, MAILBOX_OUTBOX);
	return 0;
}
