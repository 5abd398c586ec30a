/* SPDX-License-Identifier: Apache-2.0 */
/* Stretches of files: in order, only when asked for, and never in the way of entries. */
#include "session_model.h"
#include "session_raw.h"

static const struct get some = {.chunks = {{7}}, .size = 200000, .offset = 65536, .length = 5000};

static void say_get(struct raw *r, const struct get *g)
{
	struct buf b = BUF_INIT;
	get_write(&b, g);
	raw_say(r, MESSAGE_GET, buf_str(&b));
	buf_release(&b);
}

/* The end of the session, and how it was refused. */
static void ended(struct raw *r, enum refusal refused, const char *says)
{
	struct session_event e, last = {.kind = SESSION_NONE};
	while (session_event(r->session, &e))
		last = e;
	assert_int_equal(last.kind, SESSION_CLOSED);
	assert_true(last.is_fault);
	assert_int_equal(last.refused, refused);
	if (!strstr(last.text, says))
		fail_msg("'%s' does not say '%s'", last.text, says);
}

/* The next event of a kind; its bytes. */
static struct str next(struct raw *r, enum session_event_kind kind)
{
	struct session_event e;
	while (session_event(r->session, &e))
		if (e.kind == kind)
			return e.bytes;
	fail_msg("no such event");
	return STR_EMPTY;
}

static size_t heard(struct raw *r, unsigned wanted, size_t *bytes)
{
	struct buf wire = BUF_INIT;
	raw_listen(r, &wire);
	struct str rest = buf_str(&r->heard), body;
	uint8_t type = 0;
	struct err err;
	size_t n = 0;
	*bytes = 0;
	while (message_take(&type, &body, &rest, &err) == TAKE_DONE)
		if (type == wanted) {
			n++;
			*bytes += body.len;
		}
	buf_reset(&r->heard);
	buf_release(&wire);
	return n;
}

static void bytes_of_get(void **state)
{
	static const struct {
		uint64_t size, offset, length;
		enum get_what what;
		bool is_good;
	} table[] = {
	    {1, 0, 1, GET_FILE, true},
	    {1, 0, 2, GET_FILE, false},
	    {1, 1, 1, GET_FILE, false},
	    {1, 0, 0, GET_FILE, false},
	    {0, 0, 1, GET_FILE, false},
	    {200000, 65536, 65536, GET_FILE, true},
	    {200000, 65536, 65537, GET_FILE, false}, /* beyond its piece */
	    {200000, 65000, 600, GET_FILE, false},
	    {200000, 196608, 3392, GET_FILE, true},
	    {200000, 196608, 3393, GET_FILE, false},
	    {200000, 0, 128, GET_LIST, true},
	    {200000, 0, 129, GET_LIST, false},
	    {200000, 96, 32, GET_LIST, true},
	    {ATTACHMENT_BYTES_MAX, 0, 32768, GET_LIST, true},
	    {ATTACHMENT_BYTES_MAX + 1, 0, 1, GET_FILE, false},
	    {200000, UINT64_MAX, 2, GET_FILE, false},
	    {200000, 2, UINT64_MAX, GET_FILE, false},
	    {200000, 0, 1, GET_MAP, true},
	    {200000, 0, 2, GET_MAP, false},
	    {8 * 65536, 0, 1, GET_MAP, true},
	    {8 * 65536 + 1, 0, 2, GET_MAP, true},
	    {8 * 65536 + 1, 1, 1, GET_MAP, false},
	    {ATTACHMENT_BYTES_MAX, 0, 128, GET_MAP, true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct get g = some, back;
		struct buf b = BUF_INIT;
		struct err err;
		g.size = table[i].size;
		g.offset = table[i].offset;
		g.length = (size_t)table[i].length;
		g.what = table[i].what;
		get_write(&b, &g);
		assert_int_equal(get_read(&back, buf_str(&b), &err) == 0, table[i].is_good);
		if (table[i].is_good) {
			assert_int_equal(back.size, g.size);
			assert_int_equal(back.offset, g.offset);
			assert_int_equal(back.length, g.length);
			assert_int_equal(back.what, g.what);
			assert_true(sha256_eq(&back.chunks, &g.chunks));
		}
		for (size_t k = 0; k < b.len; k++) /* cut anywhere */
			assert_int_not_equal(get_read(&back, str_sub(buf_str(&b), 0, k), &err), 0);
		buf_putc(&b, 0);
		assert_int_not_equal(get_read(&back, buf_str(&b), &err), 0);
		b.ptr[0] = 3;
		assert_int_not_equal(get_read(&back, str_sub(buf_str(&b), 0, b.len - 1), &err), 0);
		buf_release(&b);
	}
}

static void asking(void **state)
{
	struct raw r = raw_new(RAW_EQUAL, NULL, 0);
	char bytes[PIECE_BYTES] = {0};
	size_t n;
	(void)state;
	for (int i = 0; i < GETS_MAX; i++) {
		assert_true(session_can_get(r.session));
		session_get(r.session, &some);
	}
	assert_false(session_can_get(r.session));
	session_get(r.session, &some); /* does nothing */
	assert_int_equal(heard(&r, MESSAGE_GET, &n), GETS_MAX);
	raw_say(&r, MESSAGE_PIECE, str_of(bytes, 2048));
	assert_int_equal(next(&r, SESSION_PIECE).len, 2048);
	raw_say(&r, MESSAGE_PIECE, str_of(bytes, 2048));
	assert_false(session_can_get(r.session));
	raw_say(&r, MESSAGE_PIECE, str_of(bytes, 904)); /* 5000 in all */
	assert_true(session_can_get(r.session));
	raw_say(&r, MESSAGE_PIECE, str_of(bytes, 1));
	raw_say(&r, MESSAGE_PIECE, STR_EMPTY); /* not there any more */
	raw_say(&r, MESSAGE_PIECE, STR_EMPTY);
	raw_say(&r, MESSAGE_HAVE, str_of(some.chunks.bytes, SHA256_BYTES));
	assert_int_equal(next(&r, SESSION_HAVE).len, SHA256_BYTES);
	raw_say(&r, MESSAGE_PIECE, str_of(bytes, 10));
	assert_int_equal(next(&r, SESSION_PIECE).len, 10);
	raw_free(&r);
}

static void what_was_not_asked_for(void **state)
{
	char bytes[PIECE_BYTES + 1] = {0};
	struct get small = some;
	(void)state;
	struct raw r = raw_new(RAW_EQUAL, NULL, 0);
	raw_say(&r, MESSAGE_PIECE, STR("x"));
	ended(&r, REFUSED_UNEXPECTED, "PIECE: none was asked for");
	raw_free(&r);
	r = raw_new(RAW_EQUAL, NULL, 0);
	session_get(r.session, &some);
	raw_say(&r, MESSAGE_PIECE, str_of(bytes, sizeof bytes));
	ended(&r, REFUSED_LIMIT, "PIECE: 2049 bytes");
	raw_free(&r);
	r = raw_new(RAW_EQUAL, NULL, 0);
	small.length = 5;
	session_get(r.session, &small);
	raw_say(&r, MESSAGE_PIECE, str_of(bytes, 6));
	ended(&r, REFUSED_LIMIT, "where 5 were asked for");
	raw_free(&r);
	r = raw_new(RAW_EQUAL, NULL, 0);
	raw_say(&r, MESSAGE_HAVE, STR("short"));
	ended(&r, REFUSED_MESSAGE, "HAVE: it must be 32 bytes");
	raw_free(&r);
}

static void serving(void **state)
{
	struct raw r = raw_new(RAW_EQUAL, NULL, 0);
	static const char bytes[PIECE_BYTES];
	struct get g;
	size_t n, puts = 0;
	(void)state;
	assert_false(session_asked(r.session, &g));
	say_get(&r, &some);
	say_get(&r, &some);
	assert_true(session_asked(r.session, &g));
	assert_true(sha256_eq(&g.chunks, &some.chunks));
	assert_int_equal(g.offset, some.offset);
	session_put_piece(r.session, str_of(bytes, 2000));
	assert_true(session_asked(r.session, &g));
	assert_int_equal(g.offset, some.offset + 2000);
	assert_int_equal(g.length, 3000);
	session_put_lack(r.session);
	assert_true(session_asked(r.session, &g));
	assert_int_equal(g.length, 5000);
	assert_int_equal(heard(&r, MESSAGE_PIECE, &n), 2);
	assert_int_equal(n, 2000);
	session_put_piece(r.session, str_of(bytes, 2048));
	session_put_piece(r.session, str_of(bytes, 2048));
	session_put_piece(r.session, str_of(bytes, 904));
	assert_false(session_asked(r.session, &g));
	session_put_piece(r.session, str_of(bytes, 1)); /* for nobody: nothing */
	assert_int_equal(heard(&r, MESSAGE_PIECE, &n), 3);
	assert_int_equal(n, 5000);
	/* While much waits to be sent there is nothing to put. */
	struct get whole = {.size = 65536, .length = 65536};
	say_get(&r, &whole);
	for (; session_asked(r.session, &g); puts++)
		session_put_piece(r.session, str_of(bytes, PIECE_BYTES));
	assert_int_equal(puts, PIECE_QUEUE_BYTES / PIECE_BYTES);
	heard(&r, MESSAGE_PIECE, &n);
	assert_true(session_asked(r.session, &g));
	session_put_have(r.session, &some.chunks);
	assert_int_equal(heard(&r, MESSAGE_HAVE, &n), 1);
	raw_free(&r);
}

static void too_many(void **state)
{
	struct raw r = raw_new(RAW_EQUAL, NULL, 0);
	struct session_event e;
	(void)state;
	for (int i = 0; i < GETS_MAX; i++)
		say_get(&r, &some);
	while (session_event(r.session, &e))
		assert_int_not_equal(e.kind, SESSION_CLOSED);
	say_get(&r, &some);
	ended(&r, REFUSED_LIMIT, "GET: 4 are open already");
	raw_free(&r);
}

/* Before the peer has said what it holds, nothing of this has a place. */
static void too_early(void **state)
{
	struct raw r = raw_new(0, NULL, 0);
	(void)state;
	assert_false(session_can_get(r.session));
	session_get(r.session, &some);
	session_put_have(r.session, &some.chunks);
	say_get(&r, &some);
	ended(&r, REFUSED_UNEXPECTED, "unexpected GET in MEETING");
	raw_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bytes_of_get),
	    cmocka_unit_test(asking),
	    cmocka_unit_test(what_was_not_asked_for),
	    cmocka_unit_test(serving),
	    cmocka_unit_test(too_many),
	    cmocka_unit_test(too_early),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
