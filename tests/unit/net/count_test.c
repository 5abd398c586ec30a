/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What status counts: bytes by month whatever the clock does, refusals by kind, rates, and the
 * words for them.
 */
#include "fixture.h"

#include "net/gauge.h"
#include "net/report.h"

enum { OCTOBER_END = 1793491199, NOVEMBER = 1793491200 }; /* 2026-10-31T23:59:59Z and a second on */

static const int64_t year_2099 = 4070908800;

/* Write it to a file and read it again, as a restart does. */
static void restart(struct peers *p)
{
	struct err err = {0};
	json_t *saved = peers_save(p);
	good(report_save_counts(saved, scratch, &err), &err);
	json_decref(saved);
	peers_release(p);
	report_load_peers(p, scratch);
}

static void test_months(void **state)
{
	(void)state;
	struct peers p = {.n = 0};
	struct peer *x = peers_get(&p, "east");
	char text[MONTH_TEXT_BYTES];
	x->is_kept = true;
	peer_count_bytes(x, 10, 1, OCTOBER_END);
	month_text(text, peer_month(x, OCTOBER_END).number);
	assert_string_equal(text, "2026-10");
	assert_int_equal(peer_month(x, NOVEMBER).in, 0);
	peer_count_bytes(x, 200, 20, NOVEMBER);
	month_text(text, peer_month(x, NOVEMBER).number);
	assert_string_equal(text, "2026-11");
	assert_int_equal(peer_month(x, NOVEMBER).in, 200);
	assert_int_equal(peer_month(x, NOVEMBER).out, 20);
	restart(&p);
	x = peers_get(&p, "east");
	peer_count_bytes(x, 3000, 300, NOVEMBER + 60);
	assert_int_equal(peer_month(x, NOVEMBER).in, 3200);
	assert_int_equal(peer_month(x, OCTOBER_END).in, 10);
	assert_int_equal(x->bytes_in, 3210);
	peers_release(&p);
}

/* Set back over the month's edge, and far ahead, with restarts between: no month loses or gains. */
static void test_clock_set_back(void **state)
{
	(void)state;
	struct peers p = {.n = 0};
	static const int64_t clock[] = {NOVEMBER, OCTOBER_END, NOVEMBER, 0, NOVEMBER, year_2099,
	    NOVEMBER, OCTOBER_END, NOVEMBER};
	peers_get(&p, "east")->is_kept = true;
	for (size_t i = 0; i < sizeof clock / sizeof *clock; i++) {
		peer_count_bytes(peers_get(&p, "east"), 100, 7, clock[i]);
		restart(&p);
	}
	const struct peer *x = peers_get(&p, "east");
	assert_int_equal(peer_month(x, NOVEMBER).in, 500);
	assert_int_equal(peer_month(x, NOVEMBER).out, 35);
	assert_int_equal(peer_month(x, OCTOBER_END).in, 200);
	assert_int_equal(peer_month(x, year_2099).in, 100);
	assert_int_equal(x->bytes_in, 900);
	assert_int_equal(x->bytes_out, 63);
	assert_int_equal(peers_month(&p, NOVEMBER).in, 500);
	peers_release(&p);
}

/* Of strangers the sum alone is kept, once, however many come and are forgotten. */
static void test_strangers(void **state)
{
	(void)state;
	struct peers p = {.n = 0};
	const int n = 5 * PEERS_MAX;
	for (int i = 0; i < n; i++) {
		char name[32];
		snprintf(name, sizeof name, "10.0.%d.%d", i / 256, i % 256);
		struct peer *x = peers_get(&p, name);
		peer_count_bytes(x, 2, 1, NOVEMBER);
		x->refused[REFUSED_HANDSHAKE]++;
		x->ended = i;
	}
	assert_int_equal(peers_month(&p, NOVEMBER).in, 2 * n);
	restart(&p);
	restart(&p);
	assert_int_equal(p.n, 0);
	assert_int_equal(peers_month(&p, NOVEMBER).in, 2 * n);
	assert_int_equal(peers_month(&p, NOVEMBER).out, n);
	assert_int_equal(p.others.refused[REFUSED_HANDSHAKE], n);
	peers_release(&p);
}

static void test_refusals_kept(void **state)
{
	(void)state;
	struct peers p = {.n = 0};
	struct peer *x = peers_get(&p, "east");
	x->is_kept = true;
	for (int i = 0; i < REFUSALS; i++)
		x->refused[i] = (uint64_t)i;
	x->has_told = true;
	x->behind = 12;
	restart(&p);
	x = peers_get(&p, "east");
	for (int i = 0; i < REFUSALS; i++)
		assert_int_equal(x->refused[i], i);
	assert_true(x->has_told);
	assert_int_equal(x->behind, 12);
	peers_release(&p);
}

/* A file that was damaged costs counts, never the daemon. */
static void test_odd_files(void **state)
{
	(void)state;
	static const char *const files[] = {"{\"east\":{\"months\":7,\"refused\":[]}}",
	    "{\"east\":{\"months\":[{\"month\":\"2026-13\",\"in\":1}]}}",
	    "{\"east\":{\"months\":[{\"month\":\"2026-00\",\"in\":1}]}}",
	    "{\"east\":{\"months\":[{\"month\":\"\",\"in\":1},{},3]}}",
	    "{\"east\":{\"months\":[{\"month\":\"2026-11\",\"in\":-1,\"out\":\"x\"}]}}",
	    "{\"*\":[]}", "{\"east\":3}", "[]", "{", ""};
	struct err err = {0};
	good(file_mkdirs(at("peers"), 0700, &err), &err);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct peers p = {.n = 0};
		good(file_write(at("peers/counts.json"), str_from(files[i]), 0600, &err), &err);
		report_load_peers(&p, scratch);
		assert_int_equal(peers_month(&p, NOVEMBER).in, 0);
		peers_release(&p);
	}
}

static void test_rates(void **state)
{
	(void)state;
	struct meter m = {.n = 0};
	assert_int_equal(meter_rate(&m, 100, 5), 0);
	meter_note(&m, 0, 0);
	assert_int_equal(meter_rate(&m, 500, 100), 500); /* not 5000: it has only begun */
	assert_int_equal(meter_rate(&m, 4000, 4000), 1000);
	for (int64_t t = 0; t <= 600; t++) /* 8000 a second, then 1000 */
		meter_note(
		    &m, (uint64_t)(t < 300 ? t * 8000 : 2400000 + (t - 300) * 1000), t * 1000);
	assert_in_range(meter_rate(&m, 2400000 + 300 * 1000, 600 * 1000), 990, 1010);
	assert_int_equal(meter_rate(&m, 2700000, 660 * 1000), 0); /* it hangs */
	assert_in_range(meter_rate(&m, 2700000 + 60000, 660 * 1000), 900, 1100);
}

static void says(void (*write)(struct buf *, uint64_t), uint64_t n, const char *want)
{
	struct buf b = BUF_INIT;
	write(&b, n);
	assert_string_equal(b.ptr, want);
	buf_release(&b);
}

static void write_span(struct buf *out, uint64_t n)
{
	gauge_write_span(out, (int64_t)n);
}

static void test_words(void **state)
{
	(void)state;
	says(gauge_write_bytes, 0, "0 B");
	says(gauge_write_bytes, 999, "999 B");
	says(gauge_write_bytes, 1234567, "1.2 MB");
	says(write_span, 89, "89 s");
	says(write_span, 90, "2 min");
	says(write_span, 5400, "2 h");
	says(write_span, 3 * 86400, "3 days");
	const struct gauge begin = {.entries_in = 1000, .bytes_in = 50000};
	struct gauge g = {.entries_in = 1120,
	    .bytes_in = 1250000,
	    .behind = 2880,
	    .is_known = true,
	    .bytes_to_go = 1440000,
	    .rate = 8100};
	struct buf b = BUF_INIT;
	gauge_write(&b, &g, &begin);
	assert_string_equal(b.ptr, "120 of 3000 entries, 1.2 MB, 8.1 kB/s, about 3 min left");
	g.is_known = false;
	buf_reset(&b);
	gauge_write(&b, &g, &begin);
	assert_string_equal(
	    b.ptr, "120 of 3000 entries, 1.2 MB, 8.1 kB/s, time left not known yet");
	g.behind = 0;
	buf_reset(&b);
	gauge_write(&b, &g, &begin);
	assert_string_equal(b.ptr, "120 of 120 entries, 1.2 MB, 8.1 kB/s");
	buf_release(&b);
	assert_int_equal(gauge_seconds(&g), 0);
	g = (struct gauge){.behind = 1, .is_known = true, .rate = 0};
	assert_int_equal(gauge_seconds(&g), -1); /* it hangs: for ever */
}

/* --- of a daemon --- */

static int64_t hub_int(const struct process *p, const char *hub, const char *key)
{
	json_t *status = ask(p, json_pack("{s:s}", "op", "status")), *h;
	size_t i;
	int64_t n = -1;
	json_array_foreach(json_object_get(json_object_get(status, "store"), "hubs"), i, h)
	{
		json_t *v = json_object_get(h, key);
		if (str_is(json_get_text(h, "hub"), hub) && json_is_integer(v))
			n = json_integer_value(v);
	}
	json_decref(status);
	return n;
}

static int64_t peer_int(const struct process *p, const char *name, const char *key)
{
	json_t *o = peer_of(p, name);
	int64_t n = json_get_int(o, key);
	json_decref(o);
	return n;
}

static int64_t times_refused(const struct process *p, const char *peer, const char *kind)
{
	json_t *o = peer_of(p, peer);
	int64_t n = json_get_int(json_object_get(o, "refused"), kind);
	json_decref(o);
	return n;
}

/* What is here is compared with what a hub tells; a stranger's word does not count. */
static void test_behind(void **state)
{
	(void)state;
	make_hub("east", EAST);
	struct process east = start("east");
	struct head claim = {.hub = "west", .seq = 40, .id.bytes = {1}};
	struct local_state l = {.heads = &claim, .nheads = 1};
	/* Who has the link key of the hub west, and who only says so much. */
	for (int how = 0; how < 2; how++) {
		struct raw r = raw_new(&east, how ? WEST : 77, how ? "west" : "", network.text, &l);
		assert_true(raw_until(&r, SESSION_UP));
		raw_flush(&r);
		UNTIL(peer_int(&east, how ? "west" : "127.0.0.1", "behind") == 40);
		assert_int_equal(hub_int(&east, "west", "behind"), how ? 40 : -1);
		assert_int_equal(hub_int(&east, "west", "bytes_to_go"), -1); /* nothing came */
		session_close(r.s, "done", false);
		raw_flush(&r);
		raw_free(&r);
	}
	UNTIL(peer_is(&east, "west", "gone"));
	assert_int_equal(peer_int(&east, "west", "last_behind"), 40);
	json_t *o = peer_of(&east, "west");
	assert_true(json_get_int(json_object_get(o, "month"), "bytes_in") > 0);
	assert_int_equal(
	    json_get_int(json_object_get(o, "month"), "bytes_in"), json_get_int(o, "bytes_in"));
	json_decref(o);
	stop(&east);
}

/* Counted by kind, and still there after a restart. */
static void test_refused(void **state)
{
	(void)state;
	make_hub("east", EAST);
	struct process east = start("east");
	struct head claim = {.hub = "west", .seq = 1, .id.bytes = {1}};
	struct local_state l = {.heads = &claim, .nheads = 1};
	struct raw r = raw_new(&east, WEST, "west", network.text, &l);
	assert_true(raw_until(&r, SESSION_CHARTER));
	const struct str text = STR("this is no entry");
	session_put_entries(r.s, "west", 1, &text, 1);
	assert_false(raw_until(&r, SESSION_IN_SYNC));
	raw_free(&r);
	UNTIL(times_refused(&east, "west", "entry") == 1);

	int fd = dial_port(east.port);
	assert_true(write(fd, "GET / HTTP/1.1\r\n\r\n", 18) == 18);
	assert_true(hangs_up(fd));
	close(fd);
	UNTIL(times_refused(&east, "127.0.0.1", "frame") == 1);
	stop(&east);
	east = start("east");
	assert_int_equal(times_refused(&east, "west", "entry"), 1);
	stop(&east);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define COUNT(f) cmocka_unit_test_setup_teardown(f, net_new, scratch_remove)
	    COUNT(test_months),
	    COUNT(test_clock_set_back),
	    COUNT(test_strangers),
	    COUNT(test_refusals_kept),
	    COUNT(test_odd_files),
	    COUNT(test_rates),
	    COUNT(test_words),
	    COUNT(test_behind),
	    COUNT(test_refused),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
