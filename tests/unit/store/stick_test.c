/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of entries: what was whole before a cut or a fault counts, a cut is no fault, and what
 * is wrong is said with its place and kind.
 */
#include "fixture.h"

#include "store/stick.h"

/* `n` bytes that follow the file's magic and network. */
static const char *file_of(struct str bytes)
{
	struct buf b = BUF_INIT;
	struct err err = {0};
	buf_puts(&b, "belfry-segments 1\n");
	buf_unhex(&b, str_from(network.text));
	buf_add(&b, bytes);
	good(file_write(at("stick"), buf_str(&b), 0600, &err), &err);
	buf_release(&b);
	return at("stick");
}

static void damage_has_a_place(void **state)
{
	static const struct {
		struct str bytes;
		enum refusal kind;
		const char *says;
	} cases[] = {
#define BYTES(text) {text, sizeof text - 1}
	    {BYTES("\x03\x80\x80\x80\x80\x80\x80\x01"), REFUSED_FRAME, "length is not one"},
	    {BYTES("\x03\xff\xff\xff\xff\x07"), REFUSED_FRAME, "a block says that it has"},
	    {BYTES("\x09\x00"), REFUSED_TYPE, "a block has kind 9"},
	    {BYTES("\x01\x00"), REFUSED_MESSAGE, "what its maker holds cannot be read"},
	    {BYTES("\x01\x03\x01/\x01"), REFUSED_MESSAGE, "cannot be read"}, /* no name */
	    {BYTES("\x01\x06\x00\x01\x01\x01"
		   "a\x01"),
		REFUSED_MESSAGE, "cannot be read"}, /* a head without an id */
	    {BYTES("\x02\x00"), REFUSED_CHARTER, "a charter's block is empty"},
	    {BYTES("\x03\x00"), REFUSED_SEGMENT, "names no journal"},
	    {BYTES("\x03\x02\x00\x01"), REFUSED_SEGMENT, "names no journal"},
	    {BYTES("\x03\x03\x01x\x01"), REFUSED_SEGMENT, ""}, /* no segment */
	    {BYTES("\x06\x01x"), REFUSED_ATTACHMENT, ""},
#undef BYTES
	};
	struct store *s = store_new("edge", NULL, 0);
	struct sha256 before = digest(s), now;
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stick_report r;
		struct err err = {0};
		int bad = stick_read(s, file_of(cases[i].bytes), T0, &r, &err);
		if (!bad || r.refused != cases[i].kind || r.is_cut ||
		    !strstr(err.msg, cases[i].says) || !strstr(err.msg, "stick, byte 50: "))
			fail_msg(
			    "case %zu: result %d, kind %d: %s", i, bad, (int)r.refused, err.msg);
		now = digest(s);
		same_digest(&now, &before);
	}
	store_close(s);
}

static void another_network_or_no_stick(void **state)
{
	struct stick_report r;
	struct stick_heads heads;
	struct err err = {0};
	struct store *s = store_new("edge", NULL, 0);
	struct buf b = BUF_INIT;
	(void)state;
	good(file_write(at("other"), STR("belfry-segments 1\n"), 0600, &err), &err);
	refused(stick_read(s, at("other"), T0, &r, &err), ERR_SYNTAX, &err, "is not a file that");
	assert_int_equal(r.refused, REFUSED_FRAME);
	buf_puts(&b, "belfry-segments 1\n0123456789abcdef0123456789abcdef");
	good(file_write(at("other"), buf_str(&b), 0600, &err), &err);
	refused(stick_read(s, at("other"), T0, &r, &err), ERR_NETWORK, &err, "another network");
	assert_int_equal(r.refused, REFUSED_NETWORK);
	refused(stick_read(s, at("none"), T0, &r, &err), ERR_MISSING, &err, "cannot open");
	assert_int_equal(r.refused, REFUSED_NOTHING);
	refused(stick_read_heads(file_of(STR("\x02")), s->network, &heads, &err), ERR_SYNTAX, &err,
	    "does not say what its maker holds");
	buf_release(&b);
	store_close(s);
}

/* A cable is pulled out anywhere. */
static void every_prefix_is_a_stick(void **state)
{
	static const struct stick_order all = {.since = NULL};
	struct store *east = east_new(), *edge = store_new("edge", NULL, 0);
	struct stick_report r;
	struct stick_heads heads;
	struct buf whole = BUF_INIT;
	struct err err = {0};
	uint64_t entries = 0;
	size_t cuts = 0;
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct draft d = {.n = 0};
		draft_news(&d, EAST, "ke-mombasa", i ? "bridge" : "market", "");
		append(east, &d);
	}
	good(stick_write(east, at("whole"), &all, &r, &err), &err);
	good(file_read(&whole, at("whole"), 1 << 20, &err), &err);
	assert_int_equal(r.bytes, whole.len);
	good(stick_read_heads(at("whole"), east->network, &heads, &err), &err);
	assert_string_equal(heads.hub, "east");
	assert_int_equal(heads.nheads, 1);
	stick_heads_release(&heads);
	for (size_t n = 50; n < whole.len; n += whole.len / 97 + 1) {
		good(file_write(at("part"), str_sub(buf_str(&whole), 0, n), 0600, &err), &err);
		good(stick_read(edge, at("part"), T0, &r, &err), &err);
		assert_int_equal(r.refused, REFUSED_NOTHING);
		cuts += r.is_cut;
		entries += r.entries;
	}
	assert_true(cuts > 50);
	good(stick_read(edge, at("whole"), T0, &r, &err), &err);
	assert_false(r.is_cut);
	assert_int_equal(entries + r.entries, 3);
	struct sha256 a = digest(east), b = digest(edge);
	same_digest(&a, &b);
	buf_release(&whole);
	store_close(east);
	store_close(edge);
}

static void what_cannot_be_written(void **state)
{
	static const struct stick_order all = {.since = NULL};
	struct store *east = east_new();
	struct stick_report r;
	struct err err = {0};
	FILE *file = NULL;
	(void)state;
	refused(
	    stick_write(east, at("no/folder"), &all, &r, &err), ERR_MISSING, &err, "cannot create");
	refused(
	    stick_begin(&file, east, at("no/folder"), &err), ERR_MISSING, &err, "cannot create");
	assert_null(file);
	if (access("/dev/full", W_OK) == 0) {
		struct stick_range range = {.hub = "east", .first = 1, .last = 1};
		refused(stick_write_range(east, "/dev/full", &range, &r, &err), ERR_FULL, &err,
		    "cannot write /dev/full");
	}
	store_close(east);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(damage_has_a_place),
	    TEST(another_network_or_no_stick),
	    TEST(every_prefix_is_a_stick),
	    TEST(what_cannot_be_written),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
