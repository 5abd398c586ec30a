/* SPDX-License-Identifier: Apache-2.0 */
/* Attachments from web hosts that are honest, lame or hostile. */
#include "../store/fixture.h"

#include "net/pull.h"
#include "store/doors.h"
#include "store/mirror.h"
#include "one_file.h"
#include "web.h"

enum { LIST = PIECES * SHA256_BYTES };

static struct web web;
static struct pull_report report;

/* What the host does. */
static struct host {
	long bad; /* from this byte of the file on its bits are turned; -1: nowhere */
	long cut; /* so many bytes of the file, and no more from then on; -1: all */
	bool is_list_bad, has_no_ranges, has_nothing;
	const char *index; /* instead of the true one */
} host;

static int setup(void **state)
{
	struct draft d = {.n = 0};
	struct buf lines = BUF_INIT;
	struct err err = {0};
	if (scratch_new(state))
		return -1;
	make_file();
	host = (struct host){.bad = -1, .cut = -1};
	struct store *east = east_new(), *edge = store_new("edge", NULL, 0);
	buf_puts(&lines, "attachments:\n");
	attachment_write(&lines, &named);
	draft_news(&d, EAST, "ke-mombasa", "plan", lines.ptr);
	append(east, &d);
	good(mirror_write(east, at("www/belfry"), NULL, NULL, &err), &err);
	good(repo_set_config(edge->repo, "belfry.attachments", "all", &err), &err);
	store_close(east);
	store_close(edge);
	buf_release(&lines);
	return 0;
}

static void send_index(int fd)
{
	struct mirror_attachment one = {
	    .hash = named.hash, .chunks = named.chunks, .size = SIZE, .name = "plan.pdf"};
	struct buf text = BUF_INIT;
	mirror_attachments_write(&text, &(struct mirror_attachments){&one, 1});
	web_body(fd, host.index ? str_from(host.index) : buf_str(&text), -1);
	buf_release(&text);
}

static void send_pieces_list(int fd)
{
	struct sha256 as_sent[PIECES];
	memcpy(as_sent, list, sizeof list);
	as_sent[1].bytes[0] ^= host.is_list_bad;
	web_body(fd, str_of(as_sent, sizeof as_sent), -1);
}

static void send_file(int fd, long range)
{
	static char bytes[SIZE];
	long from = range > 0 && !host.has_no_ranges ? range : 0, length = SIZE - from;
	for (long i = 0; i < SIZE; i++)
		bytes[i] = (char)(file[i] ^ (host.bad >= 0 && i >= host.bad ? 0x55 : 0));
	if (host.cut < 0) {
		web_body(fd, str_of(bytes, SIZE), from ? from : -1);
		return;
	}
	web_text(fd, "HTTP/1.1 206 Part\r\nContent-Length: %ld\r\n", length);
	web_text(fd, "Content-Range: bytes %ld-%d/%d\r\n\r\n", from, SIZE - 1, SIZE);
	web_bytes(fd, bytes + from, (size_t)(host.cut < length ? host.cut : length));
	host.cut = 0;
}

static void answer(struct web *w, int fd, const char *path, long range)
{
	struct buf b = BUF_INIT;
	struct err err;
	char real[PATH_MAX];
	(void)w;
	snprintf(real, sizeof real, "%s/www%s", scratch, path);
	if (strncmp(path, "/local/", 7) == 0 && host.has_nothing)
		web_text(fd, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
	else if (strcmp(path, "/local/index.txt") == 0)
		send_index(fd);
	else if (strstr(path, "/chunks"))
		send_pieces_list(fd);
	else if (strstr(path, "/plan.pdf"))
		send_file(fd, range);
	else if (!file_read(&b, real, 1 << 24, &err))
		web_body(fd, buf_str(&b), range);
	else
		web_text(fd, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
	buf_release(&b);
}

static int pull_now(struct err *err)
{
	*err = (struct err){.code = ERR_NONE};
	web_start(&web, answer, NULL);
	int rc = pull(
	    &(struct pull_options){.dir = at("edge"), .url = web.url, .stall_s = 2}, &report, err);
	web_stop(&web);
	return rc;
}

static void pulled(uint64_t attachments)
{
	struct err err;
	good(pull_now(&err), &err);
	if (report.fault.code)
		fail_msg("fault: %s", report.fault.msg);
	assert_int_equal(report.attachments, attachments);
}

static void faulted(enum err_code code, const char *says)
{
	struct err err;
	good(pull_now(&err), &err);
	refused(report.fault.code, code, &report.fault, says);
	assert_int_equal(report.attachments, 0);
	assert_int_equal(report.lacking, 1);
}

static size_t pieces_here(void)
{
	struct store *s;
	struct attach_part p;
	struct err err = {0};
	good(store_open(&s, at("edge"), STORE_READ, &err), &err);
	good(attach_part_read(&p, s, &named, &err), &err);
	size_t n = p.nhas;
	attach_part_release(&p);
	store_close(s);
	return n;
}

static void set_budget(uint64_t more)
{
	struct store *s;
	struct err err = {0};
	char text[32];
	good(store_open(&s, at("edge"), STORE_WRITE, &err), &err);
	snprintf(text, sizeof text, "%llu",
	    (unsigned long long)(attach_spent(s, (int64_t)time(NULL)) + more));
	good(repo_set_config(s->repo, "belfry.attachmentsBudget", text, &err), &err);
	store_close(s);
}

/* The Range of the last request but `back`. */
static const char *range_asked(int back)
{
	static char text[64];
	const char *r = strstr(web.seen[web.nseen - 1 - back], "Range: ");
	snprintf(text, sizeof text, "%.*s", r ? (int)strcspn(r, "\r") : 0, r ? r : "");
	return text;
}

/* --- */

static void an_honest_host(void **state)
{
	struct store *s;
	struct buf all = BUF_INIT;
	struct err err = {0};
	(void)state;
	pulled(1);
	assert_int_equal(report.lacking, 0);
	good(store_open(&s, at("edge"), STORE_READ, &err), &err);
	good(attach_read(s, &named.hash, false, 0, SIZE, &all, &err), &err);
	assert_memory_equal(all.ptr, file, SIZE);
	uint64_t spent = attach_spent(s, (int64_t)time(NULL));
	assert_true(spent >= SIZE + LIST && spent < SIZE + LIST + 2000);
	store_close(s);
	buf_release(&all);
	pulled(0);
	assert_int_equal(report.requests, 1);
}

/* Its third piece is wrong: the first two count, and the rest of it is not waited for. */
static void a_wrong_piece(void **state)
{
	(void)state;
	host.bad = 3 * PIECE - 1;
	faulted(ERR_CHAIN, "its piece 3 has another SHA-256");
	assert_int_equal(pieces_here(), 2);
	json_t *doors = doors_json(at("edge"));
	const json_t *refused_of = json_object_get(json_array_get(doors, 0), "refused");
	assert_int_equal(json_get_int(refused_of, "attachment"), 1);
	json_decref(doors);
	host.bad = -1;
	pulled(1);
	assert_string_equal(range_asked(0), "Range: bytes=131072-263377");
	assert_true(report.bytes < SIZE - 2 * PIECE + 2000);
}

static void a_wrong_list(void **state)
{
	(void)state;
	host.is_list_bad = true;
	faulted(ERR_CHAIN, "is not the list of pieces that records name");
	host.is_list_bad = false;
	pulled(1);
}

/* On from inside a piece, where the line broke; and by what another host has. */
static void a_line_that_breaks(void **state)
{
	struct err err;
	(void)state;
	host.cut = 2 * PIECE + 5000;
	refused(pull_now(&err), ERR_IO, &err, "breaks off");
	assert_int_equal(pieces_here(), 2);
	host.cut = 0;
	refused(pull_now(&err), ERR_IO, &err, "breaks off");
	host.cut = 70000; /* the line dies again, but it carried something: on at once */
	refused(pull_now(&err), ERR_IO, &err, "breaks off");
	assert_int_equal(pieces_here(), 3);
	host.cut = -1;
	pulled(1); /* each run of the server has another address: what was in one piece is lost */
	assert_string_equal(range_asked(0), "Range: bytes=196608-263377");
}

/* A line that dies within the third piece; the next will not. */
static struct pull_options cut_once(void)
{
	struct err err;
	web_start(&web, answer, NULL);
	const struct pull_options o = {.dir = at("edge"), .url = web.url, .stall_s = 2};
	host.cut = 2 * PIECE + 5000;
	refused(pull(&o, &report, &err), ERR_IO, &err, "breaks off");
	host.cut = -1;
	return o;
}

static void the_rest_of_a_piece(void **state)
{
	struct err err;
	(void)state;
	const struct pull_options o = cut_once();
	good(pull(&o, &report, &err), &err);
	assert_string_equal(range_asked(0), "Range: bytes=136072-263377");
	assert_int_equal(report.attachments, 1);
	web_stop(&web);
}

/* What was kept of a piece is wrong: it is fetched whole, and the host is not blamed. */
static void a_spoilt_rest(void **state)
{
	struct err err;
	(void)state;
	const struct pull_options o = cut_once();
	output_of(
	    "printf '\\377' | dd of=$(echo %s/edge/pull/*/rest) bs=1 seek=100 conv=notrunc 2>&1",
	    scratch);
	good(pull(&o, &report, &err), &err);
	assert_int_equal(report.fault.code, 0);
	assert_int_equal(report.attachments, 1);
	assert_string_equal(range_asked(0), "Range: bytes=131072-196607");
	web_stop(&web);
}

static void a_host_without_ranges(void **state)
{
	struct err err;
	(void)state;
	host.cut = 2 * PIECE;
	refused(pull_now(&err), ERR_IO, &err, "breaks off");
	host.cut = -1;
	host.has_no_ranges = true;
	set_budget(SIZE - PIECE);
	faulted(ERR_LIMIT, "knows of no ranges");
	set_budget(SIZE + 10000);
	pulled(1);
}

static void a_budget(void **state)
{
	(void)state;
	set_budget(SIZE - 1);
	pulled(0);
	assert_int_equal(report.lacking, 1);
	assert_int_equal(report.lacking_bytes, SIZE);
	set_budget(SIZE + LIST + 4000);
	pulled(1);
}

static void a_host_that_has_none(void **state)
{
	(void)state;
	host.has_nothing = true;
	pulled(0);
	assert_int_equal(report.lacking, 1);
	host.has_nothing = false;
	host.index = "belfry-attachments 1\n"; /* knows what they are, and has none */
	pulled(0);
	host.index = "<!doctype html>";
	faulted(ERR_SYNTAX, "is no list of attachments");
	host.index = NULL;
	pulled(1);
}

/* --- the text --- */

static void the_text(void **state)
{
	static const char h1[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
			  h2[] = "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	static const struct {
		const char *lines; /* 1 and 2 stand for the hashes */
		const char *says; /* NULL: good */
	} table[] = {
	    {"", NULL},
	    {"1 5 2 a.pdf\n", NULL},
	    {"1 5 2 a.pdf\n2 67108864 1 b.mp3\n", NULL},
	    {"2 5 2 a.pdf\n1 5 1 b.mp3\n", "line 3"},
	    {"1 5 2 a.pdf\n1 5 2 a.pdf\n", "line 3"},
	    {"1 0 2 a.pdf\n", "line 2"},
	    {"1 67108865 2 a.pdf\n", "line 2"},
	    {"1 05 2 a.pdf\n", "line 2"},
	    {"1 5 2 ../a.pdf\n", "line 2"},
	    {"1 5 2 a.html\n", "line 2"},
	    {"1 5 2 a.pdf", "first line"},
	    {"1 5 a.pdf\n", "line 2"},
	    {"1 5 2 a.pdf \n", "line 2"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct buf text = BUF_INIT, again = BUF_INIT;
		struct mirror_attachments l;
		struct err err = {0};
		buf_puts(&text, "belfry-attachments 1\n");
		for (const char *p = table[i].lines; *p; p++)
			if ((*p == '1' || *p == '2') && (p[1] == ' ') &&
			    (p == table[i].lines || p[-1] == '\n' || p[-1] == ' '))
				buf_puts(&text, *p == '1' ? h1 : h2);
			else
				buf_putc(&text, *p);
		int rc = mirror_attachments_read(&l, buf_str(&text), &err);
		if (table[i].says) {
			refused(rc, ERR_SYNTAX, &err, table[i].says);
		} else {
			good(rc, &err);
			mirror_attachments_write(&again, &l);
			assert_string_equal(again.ptr, text.ptr);
		}
		mirror_attachments_release(&l);
		buf_release(&again);
		buf_release(&text);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, scratch_remove)
	const struct CMUnitTest tests[] = {
	    T(an_honest_host),
	    T(a_wrong_piece),
	    T(a_wrong_list),
	    T(a_line_that_breaks),
	    T(the_rest_of_a_piece),
	    T(a_spoilt_rest),
	    T(a_host_without_ranges),
	    T(a_budget),
	    T(a_host_that_has_none),
	    cmocka_unit_test(the_text),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
