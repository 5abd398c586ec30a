/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What both ends of a link hold already, as text that compression may refer to (session.h,
 * docs/protocol.md §23): a link that goes on where another was cut compresses as if it had not
 * been.
 */
#include "sync/session_impl.h"

#include <assert.h>

static bool is_up(const struct session *s)
{
	return s->state == STATE_MEETING || s->state == STATE_OPEN;
}

/* --- reading: what we recall --- */

void session_offer_recall(struct session *s, struct part *text, uint64_t count)
{
	struct recall_claim claim = {.last = text->seq, .count = count};
	struct buf body = BUF_INIT;
	assert(text->hub[0] && text->bytes.len <= RECALL_BYTES_MAX);
	if (!is_up(s) || s->recalled)
		return;
	memcpy(claim.hub, text->hub, sizeof claim.hub);
	memcpy(claim.hash, text->hash, sizeof claim.hash);
	s->recalled = part_use(text);
	recall_write(&body, &claim);
	session_say(s, MESSAGE_RECALL, &body);
	buf_release(&body);
}

bool session_has_recall(const struct session *s)
{
	return s->recalled;
}

void recall_for_reading(struct session *s, struct str part)
{
	segment_reader_recall(
	    s->reader, s->recalled ? buf_str(&s->recalled->bytes) : STR_EMPTY, part);
}

/* --- writing: what the peer recalls --- */

int recall_on_claim(struct session *s, struct str body, struct err *err)
{
	if (s->peer_recall.count)
		return err_set(err, ERR_PEER, "it was said before on this link");
	if (recall_read(&s->peer_recall, body, err))
		return err->code;
	s->is_recall_open = true;
	return 0;
}

/* Much is to be sent of `t` from `seq` on. */
static bool is_much(const struct track *t, uint64_t seq)
{
	return t->hub[0] && t->local >= seq + SESSION_MUCH_ENTRIES;
}

/* The peer may have told it for what was to come in the link before, of which some has come. */
static bool is_worth(const struct recall_claim *r, const struct track *t)
{
	return t->hub[0] && r->count / (4 * SESSION_RECALL_EACH) <= t->local - track_next(t);
}

bool session_wants_recall(struct session *s, struct recall_claim *out)
{
	const struct track *t = s->state == STATE_OPEN ? progress_want(&s->progress) : NULL;
	if (!s->is_recall_open || !t || !is_worth(&s->peer_recall, t))
		return false;
	*out = s->peer_recall;
	return true;
}

void session_put_recall(struct session *s, struct segment_writer *w)
{
	s->is_recall_open = false;
	if (!w)
		return; /* another branch, a lie, or too much to do already: it goes without */
	session_end_stream(s);
	s->writer = w;
	s->writes_much = true;
}

void session_end_stream(struct session *s)
{
	segment_writer_free(s->writer);
	s->writer = NULL;
	s->writes_much = false;
}

/* A stream goes on, unless there is a better one for much. */
struct segment_writer *recall_writer(
    struct session *s, const struct track *t, uint64_t seq, struct str part)
{
	bool begins_much = is_much(t, seq) && !s->writes_much;
	if (s->writer && !begins_much)
		return s->writer;
	struct segment_writer *much = begins_much ? segment_writer_new_much() : NULL;
	if (s->writer && !much)
		return s->writer;
	session_end_stream(s);
	s->writes_much = much != NULL;
	s->writer = much ? much : segment_writer_new();
	segment_writer_recall(s->writer, STR_EMPTY, part);
	return s->writer;
}
