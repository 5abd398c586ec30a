/* SPDX-License-Identifier: Apache-2.0 */
/* What a peer may not do ends the session with a sentence, and nothing of it reaches the driver. */
#include "session_model.h"
#include "session_raw.h"

#include "../trust/token.h"

static struct head sample_head(const char *hub, uint64_t seq)
{
	struct head h = {.seq = seq};
	snprintf(h.hub, sizeof h.hub, "%s", hub);
	memset(h.id.bytes, (int)seq, OID_BYTES);
	return h;
}

/* The events of the session after the handshake's; how many of each kind. */
struct tally {
	int of[SESSION_CLOSED + 1];
	char reason[600];
	bool is_fault;
	struct session_event last; /* kind, hub, seq only */
};

static struct tally take(struct raw *r)
{
	struct tally t = {.reason = ""};
	struct session_event v;
	while (session_event(r->session, &v)) {
		t.of[v.kind]++;
		if (v.kind == SESSION_CLOSED) {
			snprintf(t.reason, sizeof t.reason, "%s", v.text);
			t.is_fault = v.is_fault;
		} else {
			t.last = v;
		}
	}
	return t;
}

static void assert_fault(struct raw *r, const char *why)
{
	struct tally t = take(r);
	assert_int_equal(t.of[SESSION_CLOSED], 1);
	if (!strstr(t.reason, why))
		fail_msg("the reason is \"%s\", expected \"%s\"", t.reason, why);
	assert_true(t.is_fault);
	assert_int_equal(session_deadline(r->session), INT64_MAX);
	raw_say(r, MESSAGE_PING, STR_EMPTY); /* nothing follows */
	assert_int_equal(take(r).of[SESSION_CLOSED], 0);
	buf_reset(&r->heard);
	raw_listen(r, &r->heard);
	struct str heard = buf_str(&r->heard), body;
	uint8_t type = 0;
	struct err err;
	while (message_take(&type, &body, &heard, &err) == TAKE_DONE)
		;
	assert_int_equal(type, MESSAGE_BYE); /* and the peer is told why */
	assert_memory_equal(body.ptr, t.reason, body.len);
	raw_free(r);
}

static void body_heads(struct buf *b, const char *hub, uint64_t seq)
{
	struct short_head h = {.seq = seq};
	snprintf(h.hub, sizeof h.hub, "%s", hub);
	memset(h.id, (int)seq, SHORT_ID_BYTES);
	heads_write(b, &h, 1);
}

static void say_heads(struct raw *r, const char *hub, uint64_t seq)
{
	struct buf b = BUF_INIT;
	body_heads(&b, hub, seq);
	raw_say(r, MESSAGE_HEADS, buf_str(&b));
	buf_release(&b);
}

static void say_entries(struct raw *r, const char *hub, uint64_t from, int n)
{
	struct buf b = BUF_INIT;
	body_entries(&b, hub, from, STR("an entry"), (size_t)n);
	raw_say(r, MESSAGE_ENTRIES, buf_str(&b));
	buf_release(&b);
}

static void honest_peer_is_heard(void **state)
{
	(void)state;
	for (int how = 0; how < 2; how++) {
		struct raw r = raw_new(how ? RAW_SESSION_DIALS : 0, NULL, 0);
		struct tally t = take(&r);
		assert_int_equal(t.of[SESSION_UP], 1);
		assert_int_equal(t.of[SESSION_IN_SYNC], 0);
		say_heads(&r, "raw", 3);
		say_entries(&r, "raw", 1, 3);
		say_entries(&r, "other", 1, 1);
		t = take(&r);
		assert_int_equal(t.of[SESSION_ENTRIES], 2);
		assert_int_equal(t.of[SESSION_CLOSED], 0);
		assert_string_equal(t.last.hub, "other");
		struct session_counts c;
		session_counts(r.session, &c);
		assert_int_equal(c.behind, 4);
		raw_free(&r);
	}
}

/* Our first HEADS has every journal, and the charter only where the hello has not told it. */
static void first_heads_repeat_nothing(void **state)
{
	(void)state;
	struct head have[] = {sample_head("east", 5)};
	struct raw r = raw_new(0, have, 1);
	struct str rest = buf_str(&r.heard), body;
	struct short_head heads[MESSAGE_HEADS_MAX];
	struct err err;
	uint8_t type;
	size_t n;
	assert_int_equal(message_take(&type, &body, &rest, &err), TAKE_DONE);
	assert_int_equal(type, MESSAGE_HEADS);
	assert_int_equal(heads_read(heads, &n, body, &err), 0);
	assert_int_equal(n, 1);
	assert_string_equal(heads[0].hub, "east");
	assert_int_equal(heads[0].seq, 5);
	assert_int_equal(rest.len, 0);
	raw_free(&r);
}

/* The driver asks, the peer says that it has got it elsewhere, the driver answers late. */
static void what_the_peer_holds_by_now_is_left_out(void **state)
{
	(void)state;
	struct head have[] = {sample_head("east", 5)};
	struct str entries[5] = {STR("1"), STR("2"), STR("3"), STR("4"), STR("5")};
	struct session_want want;
	struct raw r = raw_new(0, have, 1);
	take(&r);
	struct local_state l = raw_state(have, 1);
	l.charter = 4;
	session_local(r.session, &l);
	say_heads(&r, "east", 1);
	assert_true(session_want(r.session, &want) && want.is_charter && want.from == 3);
	say_heads(&r, "", 3);
	session_put_charter(r.session, 3, STR("three"));
	assert_true(session_want(r.session, &want) && want.is_charter && want.from == 4);
	session_put_charter(r.session, 4, STR("four"));
	assert_true(session_want(r.session, &want) && !want.is_charter && want.from == 2);
	say_heads(&r, "east", 3);
	session_put_entries(r.session, "east", 2, entries + 1, 1);
	session_put_entries(r.session, "east", 1, entries, 4);
	assert_true(session_want(r.session, &want) && want.from == 5);
	/* The store may be ahead of what session_local() told. */
	session_put_entries(r.session, "east", 5, entries, 5);
	assert_false(session_want(r.session, &want));
	struct head grown[] = {sample_head("east", 9)};
	l.heads = grown;
	session_local(r.session, &l);
	assert_true(session_want(r.session, &want) && want.from == 6 && want.to == 9);
	buf_reset(&r.heard);
	raw_listen(&r, &r.heard);
	int charters = 0, nentries = 0;
	struct str rest = buf_str(&r.heard), body;
	struct segment_reader *reader = segment_reader_new();
	uint8_t type;
	struct err err;
	while (message_take(&type, &body, &rest, &err) == TAKE_DONE) {
		bool is_charter = type == MESSAGE_CHARTER;
		if (!is_charter && type != MESSAGE_ENTRIES)
			continue;
		char hub[HUB_NAME_BYTES];
		uint64_t from;
		struct str segment;
		struct buf raw = BUF_INIT;
		size_t count;
		int rc = is_charter ? charter_body_read(&from, &segment, body, &err)
				    : entries_read(hub, &from, &segment, body, &err);
		assert_int_equal(rc, 0);
		assert_int_equal(segment_read(reader, segment, &raw, &count, &err), 0);
		charters += is_charter;
		assert_true(is_charter || from == (uint64_t)(4 + nentries));
		nentries += is_charter ? 0 : (int)count;
		buf_release(&raw);
	}
	assert_int_equal(charters, 1);
	segment_reader_free(reader);
	assert_int_equal(nentries, 2);
	assert_int_equal(take(&r).of[SESSION_CLOSED], 0);
	raw_free(&r);
}

/* Once the only journal that differs is refused, the rest is in sync. */
static void a_refusal_may_settle(void **state)
{
	(void)state;
	struct raw r = raw_new(RAW_EQUAL, NULL, 0);
	say_entries(&r, "east", 1, 2);
	assert_int_equal(take(&r).of[SESSION_IN_SYNC], 1);
	say_entries(&r, "west", 1, 1);
	session_refuse(r.session, "east", 1);
	assert_int_equal(take(&r).of[SESSION_IN_SYNC], 0);
	session_refuse(r.session, "west", 1);
	assert_int_equal(take(&r).of[SESSION_IN_SYNC], 1);
	raw_free(&r);
}

/* We see a fork in the peer's HEADS, but it has moved on and sees none: it must be told. */
static void a_fork_that_one_side_sees(void **state)
{
	(void)state;
	struct head have[] = {sample_head("east", 5)};
	struct short_head theirs = {.hub = "east", .seq = 5, .id = "another"};
	struct buf b = BUF_INIT;
	struct raw r = raw_new(0, have, 1);
	take(&r);
	heads_write(&b, &theirs, 1);
	raw_say(&r, MESSAGE_HEADS, buf_str(&b));
	struct tally t = take(&r);
	assert_int_equal(t.of[SESSION_DISPUTED], 1);
	assert_string_equal(t.last.hub, "");
	assert_int_equal(t.of[SESSION_IN_SYNC], 1); /* apart from that journal */
	buf_reset(&r.heard);
	buf_reset(&b);
	raw_listen(&r, &r.heard);
	refuse_write(&b, "east", 5);
	struct str rest = buf_str(&r.heard), body;
	uint8_t type;
	struct err err;
	assert_int_equal(message_take(&type, &body, &rest, &err), TAKE_DONE);
	assert_int_equal(type, MESSAGE_REFUSE);
	assert_true(str_eq(body, buf_str(&b)));
	assert_int_equal(rest.len, 0);
	buf_release(&b);
	raw_free(&r);
}

/* Each type in each state where it may not come. */
static void every_message_in_the_wrong_state(void **state)
{
	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		bool is_known = message_name(type) != NULL;
		struct raw r = raw_new(0, NULL, 0);
		char want[80];
		take(&r);
		raw_say(&r, type, STR_EMPTY);
		if (type == MESSAGE_BYE || type >= MESSAGE_IF_KNOWN) {
			struct tally t = take(&r);
			assert_int_equal(t.of[SESSION_CLOSED], type == MESSAGE_BYE);
			assert_false(t.is_fault);
			raw_free(&r);
			continue;
		}
		if (type == MESSAGE_HEADS)
			snprintf(want, sizeof want, "HEADS: a count that is missing");
		else if (type == MESSAGE_WANT)
			snprintf(want, sizeof want, "WANT: it says neither 1");
		else if (type == MESSAGE_SCOPE)
			snprintf(want, sizeof want, "SCOPE: a hub wants everything");
		else if (is_known)
			snprintf(want, sizeof want, "unexpected %s in MEETING", message_name(type));
		else
			snprintf(want, sizeof want, "the unknown type %u", type);
		assert_fault(&r, want);
	}
}

/* Of a later version: before SCOPE and HEADS, between entries, large and in pieces. */
static void what_may_be_passed_over_is(void **state)
{
	(void)state;
	struct raw r = raw_new(RAW_EDGE, NULL, 0);
	struct buf much = BUF_INIT, scope = BUF_INIT;
	for (size_t i = 0; i < MESSAGE_BYTES_MAX - 1; i++)
		buf_u8(&much, (uint8_t)i);
	take(&r);
	raw_say(&r, MESSAGE_IF_KNOWN, buf_str(&much));
	scope_write(&scope, &(struct scope){.is_lacking = true});
	raw_say(&r, MESSAGE_SCOPE, buf_str(&scope));
	raw_say(&r, 255, STR("?"));
	say_heads(&r, "raw", 2);
	raw_say(&r, 200, STR_EMPTY);
	struct tally t = take(&r);
	assert_int_equal(t.of[SESSION_CLOSED], 0);
	assert_non_null(session_peer_scope(r.session));
	raw_free(&r);

	r = raw_new(0, NULL, 0);
	take(&r);
	say_heads(&r, "raw", 2);
	say_entries(&r, "raw", 1, 1);
	raw_say(&r, 128, buf_str(&much));
	say_entries(&r, "raw", 2, 1);
	t = take(&r);
	assert_int_equal(t.of[SESSION_ENTRIES], 2);
	assert_int_equal(t.of[SESSION_CLOSED], 0);
	buf_u8(&much, 0); /* no type may be longer than any other */
	raw_say(&r, 128, buf_str(&much));
	assert_fault(&r, "a message longer than");
	buf_release(&much);
	buf_release(&scope);
}

static void roles_are_kept(void **state)
{
	(void)state;
	static const struct {
		int how;
		unsigned type;
		const char *why;
	} row[] = {
	    {RAW_EQUAL, MESSAGE_PROVE, "only an edge proves"},
	    {RAW_EQUAL | RAW_EDGE | RAW_SESSION_IS_EDGE, MESSAGE_PROVE, "only an edge proves"},
	    {RAW_EQUAL | RAW_SESSION_IS_EDGE, MESSAGE_PROVE, "only an edge proves"},
	    {RAW_EQUAL | RAW_EDGE, MESSAGE_PROVE, "PROVE: it must be 96 bytes"},
	    {RAW_EQUAL | RAW_EDGE, MESSAGE_SUBMIT, "SUBMIT: no member was proved"},
	    {RAW_EQUAL, MESSAGE_SUBMIT, "SUBMIT: no member was proved"},
	    {RAW_EQUAL | RAW_SESSION_IS_EDGE, MESSAGE_NOTICE, "NOTICE: it is for members"},
	    {RAW_EQUAL | RAW_EDGE, MESSAGE_NOTICE, "NOTICE: it is for members"},
	    {RAW_EQUAL, MESSAGE_PING, "PING: it has a body"},
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct raw r = raw_new(row[i].how, NULL, 0);
		take(&r);
		raw_say(&r, row[i].type, STR("x"));
		assert_fault(&r, row[i].why);
	}
}

static void gaps_and_repeats(void **state)
{
	(void)state;
	struct head have[] = {sample_head("east", 5)};
	struct raw r = raw_new(RAW_EQUAL, have, 1);
	take(&r);
	say_entries(&r, "east", 7, 1);
	assert_fault(&r, "ENTRIES: 'east' 7 came where 6 is next");

	r = raw_new(RAW_EQUAL, have, 1);
	say_entries(&r, "east", 6, 2);
	take(&r);
	say_entries(&r, "east", 9, 1); /* against what came, not what is durable */
	assert_fault(&r, "'east' 9 came where 8 is next");

	r = raw_new(RAW_EQUAL, have, 1);
	say_entries(&r, "east", 6, 2);
	take(&r);
	say_entries(&r, "east", 7, 2);
	assert_fault(&r, "'east' 7 was sent before");

	r = raw_new(RAW_EQUAL, have, 1);
	take(&r);
	say_entries(&r, "new", 2, 1);
	assert_fault(&r, "'new' 2 came where 1 is next");

	r = raw_new(RAW_EQUAL, have, 1);
	say_entries(&r, "east", 4, 5); /* two of them are here */
	struct tally t = take(&r);
	assert_int_equal(t.of[SESSION_ENTRIES], 1);
	assert_int_equal(t.last.seq, 6);
	assert_int_equal(t.of[SESSION_CLOSED], 0);
	struct buf charter = BUF_INIT;
	struct buf segment = BUF_INIT;
	lone_segment(&segment, STR("charter 4"), 1);
	charter_body_write(&charter, 4, buf_str(&segment));
	buf_release(&segment);
	raw_say(&r, MESSAGE_CHARTER, buf_str(&charter));
	buf_release(&charter);
	assert_fault(&r, "CHARTER: '' 4 came where 3 is next");
}

static void heads_that_go_back(void **state)
{
	(void)state;
	struct raw r = raw_new(0, NULL, 0);
	say_heads(&r, "raw", 9);
	take(&r);
	say_heads(&r, "raw", 8);
	assert_fault(&r, "HEADS: 'raw' goes back from 9 to 8");
	r = raw_new(0, NULL, 0);
	take(&r);
	say_heads(&r, "", 1); /* the hello said 2 */
	assert_fault(&r, "HEADS: '' goes back from 2 to 1");
}

static void a_peer_that_names_hubs_for_ever(void **state)
{
	(void)state;
	struct raw r = raw_new(RAW_EQUAL, NULL, 0);
	take(&r);
	for (int i = 0; i < HUBS_MAX; i++) {
		char name[HUB_NAME_BYTES];
		snprintf(name, sizeof name, "hub-%d", i);
		say_heads(&r, name, 1);
	}
	assert_int_equal(take(&r).of[SESSION_CLOSED], 0);
	say_entries(&r, "one-more", 1, 1);
	assert_fault(&r, "more than 256 hubs");
}

static void refusing_what_was_never_named(void **state)
{
	(void)state;
	struct head have[] = {sample_head("east", 5)};
	struct buf b = BUF_INIT;
	struct raw r = raw_new(RAW_EQUAL, have, 1);
	take(&r);
	refuse_write(&b, "east", 5);
	raw_say(&r, MESSAGE_REFUSE, buf_str(&b));
	raw_say(&r, MESSAGE_REFUSE, buf_str(&b)); /* late, and harmless */
	struct tally t = take(&r);
	assert_int_equal(t.of[SESSION_DISPUTED], 1);
	assert_int_equal(t.of[SESSION_CLOSED], 0);
	say_entries(&r, "east", 6, 1); /* under way, not taken in */
	assert_int_equal(take(&r).of[SESSION_ENTRIES], 0);
	buf_reset(&b);
	refuse_write(&b, "nowhere", 5);
	raw_say(&r, MESSAGE_REFUSE, buf_str(&b));
	assert_fault(&r, "REFUSE: 'nowhere' is no journal");
	buf_release(&b);
}

static void wanting(void **state)
{
	(void)state;
	const struct {
		struct str body;
		const char *why;
	} row[] = {
	    {STR(""), "WANT: it says neither 1"},
	    {STR("\3"), "WANT: it says neither 1"},
	    {STR("\1\4eas"), "ends within a hub's name"},
	    {STR("\1\4east\0"), "the charter is sent unasked"},
	    {STR("\0\4EAST"), "that is no name"},
	};
	struct head have[] = {sample_head("east", 5), sample_head("tested", 5)};
	struct session_want want;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct raw r = raw_new(RAW_EQUAL, have, 2);
		take(&r);
		raw_say(&r, MESSAGE_WANT, row[i].body);
		assert_fault(&r, row[i].why);
	}
	struct raw r = raw_new(RAW_EQUAL, have, 2);
	take(&r);
	have[0] = sample_head("east", 7);
	have[1] = sample_head("tested", 7);
	struct local_state l = raw_state(have, 2);
	session_local(r.session, &l);
	assert_true(session_want(r.session, &want));
	raw_say(&r, MESSAGE_WANT, STR("\0")); /* nothing but its own */
	assert_true(session_want(r.session, &want));
	assert_string_equal(want.hub, "tested");
	raw_say(&r, MESSAGE_WANT, STR("\0\6tested"));
	assert_false(session_want(r.session, &want));
	raw_say(&r, MESSAGE_WANT, STR("\1\4east\7nowhere"));
	raw_say(&r, MESSAGE_WANT, STR("\1\4east")); /* again, and harmless */
	assert_true(session_want(r.session, &want));
	assert_string_equal(want.hub, "east");
	assert_int_equal(want.from, 6);
	raw_say(&r, MESSAGE_WANT, STR("\1")); /* all of it: forgets what was said of each */
	raw_say(&r, MESSAGE_WANT, STR("\0"));
	assert_true(session_want(r.session, &want));
	assert_string_equal(want.hub, "tested");
	assert_int_equal(take(&r).of[SESSION_CLOSED], 0);
	raw_free(&r);

	r = raw_new(RAW_EQUAL, have, 2);
	take(&r);
	for (int i = 0; i < HUBS_MAX; i++) {
		struct buf b = BUF_INIT;
		char name[HUB_NAME_BYTES];
		int n = snprintf(name, sizeof name, "x%d", i);
		struct str s = str_of(name, (size_t)n);
		want_write(&b, i % 2 ? WANT_ENTRIES : WANT_NEWS, &s, 1);
		raw_say(&r, MESSAGE_WANT, buf_str(&b));
		buf_release(&b);
	}
	assert_int_equal(take(&r).of[SESSION_CLOSED], 0);
	raw_say(&r, MESSAGE_WANT, STR("\1\1y"));
	assert_fault(&r, "named more than 256 hubs");
}

/* It is an edge's to say, first of all, and once. */
static void a_scope_out_of_place(void **state)
{
	(void)state;
	const struct {
		int how;
		const char *why;
		unsigned before; /* a message that comes first; 0: none */
		struct str body;
	} row[] = {
	    {RAW_EDGE | RAW_EQUAL, NULL, 0, STR("\0\0\1fr")},
	    {RAW_EDGE, NULL, 0, STR("\0\0\1fr")},
	    {RAW_EQUAL, "a hub wants everything", 0, STR("\0\0\1fr")},
	    {0, "a hub wants everything", 0, STR("\0\0\1fr")},
	    {RAW_EDGE | RAW_EQUAL, "does not come first", MESSAGE_PING, STR("\0\0\1fr")},
	    {RAW_EDGE | RAW_EQUAL, "does not come first", MESSAGE_SCOPE, STR("\0\0\0")},
	    {RAW_EDGE, "does not come first", MESSAGE_SCOPE, STR("\0\0\0")},
	    {RAW_EDGE | RAW_EQUAL, "SCOPE: it says neither 1", 0, STR("\7\0\0")},
	    {RAW_EDGE | RAW_EQUAL, "SCOPE: its types and languages", 0, STR("\0\0\1f")},
	    {RAW_EDGE | RAW_EQUAL, "SCOPE: 1 bytes more", 0, STR("\0\0\0\0")},
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct raw r = raw_new(row[i].how, NULL, 0);
		take(&r);
		if (row[i].before)
			raw_say(&r, row[i].before,
			    row[i].before == MESSAGE_SCOPE ? STR("\0\0\0") : STR_EMPTY);
		raw_say(&r, MESSAGE_SCOPE, row[i].body);
		if (row[i].why) {
			assert_fault(&r, row[i].why);
			continue;
		}
		assert_int_equal(take(&r).of[SESSION_CLOSED], 0);
		assert_true(r.session->peer_has_scope);
		raw_free(&r);
	}
}

/* What an edge that signs honestly would send, over `message`. */
static void proof_body(
    struct buf *body, struct signer *signer, const char *name_space, struct str message)
{
	struct buf armor = BUF_INIT;
	struct sshsig sig;
	struct err err;
	assert_int_equal(sshsig_sign(&armor, signer, name_space, message, &err), 0);
	assert_int_equal(sshsig_parse(&sig, buf_str(&armor), &err), 0);
	buf_reset(body);
	prove_write(body, &sig.key, sig.signature);
	buf_release(&armor);
}

static void proofs_that_do_not_hold(void **state)
{
	(void)state;
	struct signer *signer = signer_generate();
	struct buf body = BUF_INIT;
	struct raw other = raw_new(RAW_EQUAL | RAW_EDGE, NULL, 0);
	for (int what = 0; what < 7; what++) {
		struct raw r = raw_new(RAW_EQUAL | RAW_EDGE, NULL, 0);
		const struct raw *signed_for = what == 1 ? &other : &r;
		const char *name_space = what == 2 ? "git" : r.session->name_space;
		take(&r);
		proof_body(&body, signer, name_space,
		    str_of(noise_handshake_hash(signed_for->noise), NOISE_HASH_BYTES));
		if (what == 3)
			body.ptr[PUBLIC_KEY_BYTES + 5] ^= 1;
		if (what == 4)
			memset(body.ptr, 0, PUBLIC_KEY_BYTES);
		if (what == 5)
			buf_putc(&body, 0);
		raw_say(&r, MESSAGE_PROVE, buf_str(&body));
		if (what == 0) {
			assert_int_equal(take(&r).of[SESSION_MEMBER], 1);
			raw_free(&r);
		} else if (what < 6) {
			assert_fault(&r, "PROVE: ");
		} else {
			take(&r);
			raw_say(&r, MESSAGE_PROVE, buf_str(&body));
			assert_fault(&r, "PROVE: a member was proved before");
		}
	}
	raw_free(&other);
	signer_free(signer);
	buf_release(&body);
}

/* With a token the application ends the body. */
static void tokens_that_do_not_hold(void **state)
{
	(void)state;
	struct signer *signer = token_from(signer_generate(), "ssh:"), *plain = signer_generate();
	struct buf body = BUF_INIT;
	for (int what = 0; what < 7; what++) {
		struct raw r = raw_new(RAW_EQUAL | RAW_EDGE, NULL, 0);
		take(&r);
		token.flags = what != 1;
		proof_body(&body, what == 6 ? plain : signer, r.session->name_space,
		    str_of(noise_handshake_hash(r.noise), NOISE_HASH_BYTES));
		token.flags = 1;
		if (what == 2)
			body.ptr[body.len - 1] = ';';
		if (what == 3)
			buf_puts(&body, "another");
		if (what == 4)
			body.len -= 4;
		if (what == 5)
			for (int i = 0; i < APPLICATION_BYTES; i++)
				buf_putc(&body, 'x');
		if (what == 6)
			buf_puts(&body, "12345"); /* a plain key's, made as long as a token's */
		raw_say(&r, MESSAGE_PROVE, buf_str(&body));
		if (what == 0) {
			assert_int_equal(take(&r).of[SESSION_MEMBER], 1);
			raw_free(&r);
		} else {
			assert_fault(&r, "PROVE: ");
		}
	}
	signer_free(plain);
	signer_free(signer);
	buf_release(&body);
}

static void submissions_have_limits(void **state)
{
	(void)state;
	struct buf big = BUF_INIT;
	struct raw r = raw_new(RAW_EQUAL | RAW_EDGE, NULL, 0);
	take(&r);
	r.session->is_member = true;
	for (int i = 0; i < SUBMISSION_BYTES_MAX; i++)
		buf_putc(&big, 'x');
	raw_say(&r, MESSAGE_SUBMIT, buf_str(&big));
	assert_int_equal(take(&r).of[SESSION_SUBMIT], 1);
	buf_putc(&big, 'x');
	raw_say(&r, MESSAGE_SUBMIT, buf_str(&big));
	assert_fault(&r, "SUBMIT: 81921 bytes, where 1 to 81920 are possible");
	r = raw_new(RAW_EQUAL | RAW_SESSION_IS_EDGE, NULL, 0);
	take(&r);
	r.session->has_proved = true;
	raw_say(&r, MESSAGE_NOTICE, str_sub(buf_str(&big), 0, NOTICE_BYTES_MAX));
	assert_int_equal(take(&r).of[SESSION_NOTICE], 1);
	raw_say(&r, MESSAGE_NOTICE, STR_EMPTY);
	assert_fault(&r, "NOTICE: 0 bytes");
	buf_release(&big);
}

/* Commits of both ends of what is allowed come through; more of them, or larger ones, do not. */
static void evidence_has_limits(void **state)
{
	(void)state;
	struct buf big = BUF_INIT, body = BUF_INIT;
	for (int i = 0; i <= ENTRY_COMMIT_BYTES_MAX; i++)
		buf_putc(&big, 'x');
	struct str most = str_sub(buf_str(&big), 0, ENTRY_COMMIT_BYTES_MAX);
	for (int what = 0; what < 4; what++) {
		struct raw r = raw_new(RAW_EQUAL, NULL, 0);
		take(&r);
		buf_reset(&body);
		evidence_write(&body, what == 3 ? "" : "east", what == 1 ? buf_str(&big) : most,
		    what == 2 ? buf_str(&big) : most);
		raw_say(&r, MESSAGE_EVIDENCE, buf_str(&body));
		if (what) {
			assert_fault(&r, "EVIDENCE: it has no journal, or no commits");
			continue;
		}
		struct tally t = take(&r);
		assert_int_equal(t.of[SESSION_EVIDENCE], 1);
		buf_reset(&body);
		evidence_write(&body, "east", STR("one"), STR_EMPTY);
		for (int i = 1; i < 2 * HUBS_MAX; i++)
			raw_say(&r, MESSAGE_EVIDENCE, buf_str(&body));
		assert_int_equal(take(&r).of[SESSION_EVIDENCE], 2 * HUBS_MAX - 1);
		raw_say(&r, MESSAGE_EVIDENCE, buf_str(&body));
		assert_fault(&r, "EVIDENCE: more than 512");
	}
	buf_release(&big);
	buf_release(&body);
}

static void lying_lengths(void **state)
{
	(void)state;
	static const struct {
		struct str text;
		const char *why;
	} row[] = {
	    {{"\0", 1}, "a message of no bytes"},
	    {{"\xff\xff\xff\xff\x0f", 5}, "a message longer than"},
	    {{"\x0b\3\4east\1\7abc", 12}, "ENTRIES: a segment has form 7"},
	    {{"\x0b\3\4east\1\1\0bc", 12}, "ENTRIES: a segment's head is cut short"},
	    {{"\x0b\3\4east\1\2abc", 12}, "ENTRIES: a segment goes on from one that"},
	    {{"\x0d\3\4east\1\1\xff\xff\x7fz", 14}, "says that it holds 2097151"},
	    {{"\x0b\3\4east\1\1abc", 12}, "ENTRIES: a segment's compressed bytes are damaged"},
	    {{"\x04\1\2\0\1", 5}, "HEADS: head 1: its id is cut short"},
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct raw r = raw_new(RAW_EQUAL, NULL, 0);
		take(&r);
		raw_text(&r, row[i].text);
		assert_fault(&r, row[i].why);
	}
}

static void garbage_after_the_handshake(void **state)
{
	(void)state;
	static const struct {
		struct str wire;
		const char *why;
	} row[] = {
	    {{"\0\0", 2}, "a frame of 0 bytes"},
	    {{"\0\20", 2}, "a frame of 16 bytes, where 17 to 65535"},
	    {{"\0\21abcdefghijklmnopq", 19}, ""},
	};
	for (size_t i = 0; i < 3; i++) {
		struct raw r = raw_new(RAW_EQUAL, NULL, 0);
		take(&r);
		session_feed(r.session, row[i].wire, 0);
		assert_fault(&r, row[i].why);
	}
	struct raw r = raw_new(RAW_EQUAL, NULL, 0); /* a good frame, replayed */
	struct buf wire = BUF_INIT;
	take(&r);
	buf_u16(&wire, 2 + NOISE_TAG_BYTES);
	noise_encrypt(r.noise, &wire, STR("\1\10"));
	session_feed(r.session, buf_str(&wire), 0);
	assert_int_equal(take(&r).of[SESSION_CLOSED], 0);
	session_feed(r.session, buf_str(&wire), 0);
	assert_fault(&r, "");
	buf_release(&wire);
}

/* Cut everything one side says after each byte: no event of a message that is not whole, no fault,
 * no reading past the end. */
static void truncated_at_every_byte(void **state)
{
	(void)state;
	struct head have[] = {sample_head("east", 5)};
	struct raw whole = raw_new(0, have, 1);
	size_t length = 0;
	for (size_t n = 0; n == 0 || n < length; n++) {
		struct raw r = raw_new(0, have, 1);
		struct buf text = BUF_INIT, body = BUF_INIT, wire = BUF_INIT;
		body_heads(&body, "raw", 2);
		buf_varint(&text, body.len + 1);
		buf_u8(&text, MESSAGE_HEADS);
		buf_add(&text, buf_str(&body));
		buf_reset(&body);
		body_entries(&body, "raw", 1, STR("one"), 2);
		buf_varint(&text, body.len + 1);
		buf_u8(&text, MESSAGE_ENTRIES);
		buf_add(&text, buf_str(&body));
		for (size_t at = 0; at < text.len; at += 7) {
			struct str part = str_sub(buf_str(&text), at, 7);
			buf_u16(&wire, (uint16_t)(part.len + NOISE_TAG_BYTES));
			noise_encrypt(r.noise, &wire, part);
		}
		length = wire.len;
		struct buf cut =
		    BUF_INIT; /* its own block, so that a sanitizer sees a byte too far */
		buf_add(&cut, str_sub(buf_str(&wire), 0, n));
		take(&r);
		session_feed(r.session, buf_str(&cut), 0);
		struct tally t = take(&r);
		assert_int_equal(t.of[SESSION_ENTRIES], 0);
		assert_int_equal(t.of[SESSION_CLOSED], 0);
		session_feed(r.session, str_sub(buf_str(&wire), n, wire.len), 0);
		assert_int_equal(take(&r).of[SESSION_ENTRIES], 1);
		buf_release(&cut);
		buf_release(&text);
		buf_release(&body);
		buf_release(&wire);
		raw_free(&r);
	}
	raw_free(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(honest_peer_is_heard),
	    cmocka_unit_test(first_heads_repeat_nothing),
	    cmocka_unit_test(what_the_peer_holds_by_now_is_left_out),
	    cmocka_unit_test(a_refusal_may_settle),
	    cmocka_unit_test(a_fork_that_one_side_sees),
	    cmocka_unit_test(every_message_in_the_wrong_state),
	    cmocka_unit_test(what_may_be_passed_over_is),
	    cmocka_unit_test(roles_are_kept),
	    cmocka_unit_test(gaps_and_repeats),
	    cmocka_unit_test(heads_that_go_back),
	    cmocka_unit_test(a_peer_that_names_hubs_for_ever),
	    cmocka_unit_test(refusing_what_was_never_named),
	    cmocka_unit_test(wanting),
	    cmocka_unit_test(a_scope_out_of_place),
	    cmocka_unit_test(proofs_that_do_not_hold),
	    cmocka_unit_test(tokens_that_do_not_hold),
	    cmocka_unit_test(submissions_have_limits),
	    cmocka_unit_test(evidence_has_limits),
	    cmocka_unit_test(lying_lengths),
	    cmocka_unit_test(garbage_after_the_handshake),
	    cmocka_unit_test(truncated_at_every_byte),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
