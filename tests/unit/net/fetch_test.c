/* SPDX-License-Identifier: Apache-2.0 */
/* Fetching, from servers that are honest, broken or hostile. */
#include "../store/fixture.h"

#include "net/fetch.h"
#include "web.h"

#include <microhttpd.h>
#include <time.h>

enum { BODY_BYTES = 50000 };

static struct buf body; /* a file of BODY_BYTES */
static struct web web;
static struct fetch *fetch;

static void begin(web_answer answer)
{
	struct err err = {0};
	web_start(&web, answer, NULL);
	good(fetch_new(&fetch, &(struct fetch_options){.stall_s = 2}, &err), &err);
}

static void end(void)
{
	fetch_free(fetch);
	web_stop(&web);
}

static int setup(void **state)
{
	if (scratch_new(state))
		return -1;
	body = BUF_INIT;
	for (int i = 0; body.len < BODY_BYTES; i++)
		buf_printf(&body, "line %d\n", i);
	body.len = BODY_BYTES;
	return 0;
}

static int teardown(void **state)
{
	buf_release(&body);
	return scratch_remove(state);
}

static const char *url_of(const char *path)
{
	static char url[256];
	snprintf(url, sizeof url, "%s%s", web.url, path);
	return url;
}

static int text(struct buf *out, uint64_t max, struct err *err)
{
	return fetch_text(fetch, out, url_of("/a"), max, NULL, NULL, err);
}

static int file(struct err *err)
{
	return fetch_file(fetch, at("file"), url_of("/a"), BODY_BYTES, err);
}

static struct buf on_disk(void)
{
	struct buf b = BUF_INIT;
	struct err err = {0};
	good(file_read(&b, at("file"), 1 << 24, &err), &err);
	return b;
}

static void file_is_whole(void)
{
	struct buf b = on_disk();
	assert_true(str_eq(buf_str(&b), buf_str(&body)));
	buf_release(&b);
}

static void file_begins(size_t n)
{
	struct err err = {0};
	good(file_write(at("file"), str_sub(buf_str(&body), 0, n), 0600, &err), &err);
}

/* --- honest servers --- */

static void honest(struct web *w, int fd, const char *path, long range)
{
	(void)w;
	(void)path;
	web_body(fd, buf_str(&body), range);
}

static void texts_and_files_come_whole(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct err err = {0};
	begin(honest);
	good(text(&b, BODY_BYTES, &err), &err);
	assert_true(str_eq(buf_str(&b), buf_str(&body)));
	good(file(&err), &err);
	file_is_whole();
	assert_int_equal(fetch_cost(fetch).requests, 2);
	assert_true(fetch_cost(fetch).bytes > 2 * BODY_BYTES);
	good(file(&err), &err); /* it is there: nobody is asked */
	assert_int_equal(fetch_cost(fetch).requests, 2);
	end();
	for (int i = 0; i < web.nseen; i++) {
		assert_null(strstr(web.seen[i], "Cookie"));
		assert_null(strstr(web.seen[i], "Authorization"));
		assert_null(strstr(web.seen[i], "Referer"));
	}
	buf_release(&b);
}

static void a_file_goes_on_where_it_ends(void **state)
{
	(void)state;
	struct err err = {0};
	begin(honest);
	file_begins(30000);
	good(file(&err), &err);
	file_is_whole();
	assert_non_null(strstr(web.seen[0], "Range: bytes=30000-\r\n"));
	assert_true(fetch_cost(fetch).bytes < 21000);
	buf_putc(&body, '!'); /* more than the file shall have: from the start */
	file_begins(BODY_BYTES + 1);
	body.len--;
	good(file(&err), &err);
	file_is_whole();
	end();
}

static void no_ranges(struct web *w, int fd, const char *path, long range)
{
	(void)range;
	honest(w, fd, path, -1);
}

static void a_server_without_ranges_sends_it_all(void **state)
{
	(void)state;
	struct err err = {0};
	begin(no_ranges);
	file_begins(30000);
	good(file(&err), &err);
	file_is_whole();
	end();
}

static void only_newer(struct web *w, int fd, const char *path, long range)
{
	const char *request = w->seen[w->nseen - 1];
	(void)range;
	if (strstr(request, "If-None-Match: \"v1\"\r\n") &&
	    strstr(request, "If-Modified-Since: Tue, 01 Dec 2020 10:00:00 GMT\r\n"))
		web_text(fd, "HTTP/1.1 304 Same\r\n\r\n");
	else
		web_text(fd,
		    "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nlast-modified: Tue, 01 Dec 2020 10:00:00 "
		    "GMT\r\nContent-Length: 5\r\n\r\nhello");
	(void)path;
}

static void a_mark_spares_the_text(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct err err = {0};
	struct fetch_mark mark = {.etag = ""};
	bool is_same;
	begin(only_newer);
	good(fetch_text(fetch, &b, url_of("/a"), 10, &mark, &is_same, &err), &err);
	assert_false(is_same);
	assert_string_equal(b.ptr, "hello");
	assert_string_equal(mark.etag, "\"v1\"");
	good(fetch_text(fetch, &b, url_of("/a"), 10, &mark, &is_same, &err), &err);
	assert_true(is_same);
	assert_string_equal(b.ptr, "hello");
	assert_string_equal(mark.etag, "\"v1\"");
	end();
	buf_release(&b);
}

/* --- lines that break --- */

/* 12,000 bytes a connection. */
static void breaking(struct web *w, int fd, const char *path, long range)
{
	size_t from = range > 0 ? (size_t)range : 0;
	(void)w;
	(void)path;
	web_text(fd, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nContent-Range: bytes %zu-%d/%d\r\n\r\n",
	    from ? "206 Part" : "200 OK", BODY_BYTES - from, from, BODY_BYTES - 1, BODY_BYTES);
	web_bytes(fd, body.ptr + from, BODY_BYTES - from < 12000 ? BODY_BYTES - from : 12000);
}

static void a_line_that_breaks_is_made_again(void **state)
{
	(void)state;
	struct err err = {0};
	begin(breaking);
	good(file(&err), &err);
	file_is_whole();
	assert_int_equal(web.nseen, 5);
	end();
}

/* Ten bytes, and it breaks. */
static void dribbling(struct web *w, int fd, const char *path, long range)
{
	(void)w;
	(void)path;
	(void)range;
	web_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n0123456789", BODY_BYTES);
}

static void what_came_is_kept_for_another_day(void **state)
{
	(void)state;
	struct err err = {0};
	struct buf b = BUF_INIT;
	begin(dribbling);
	refused(file(&err), ERR_IO, &err, "breaks off");
	assert_int_equal(web.nseen, 1);
	struct buf left = on_disk();
	assert_string_equal(left.ptr, "0123456789");
	refused(text(&b, BODY_BYTES, &err), ERR_IO, &err, "breaks off");
	assert_int_equal(b.len, 0);
	end();
	buf_release(&b);
	buf_release(&left);
}

static void silent(struct web *w, int fd, const char *path, long range)
{
	struct timespec t = {.tv_sec = 5};
	(void)w;
	(void)path;
	(void)range;
	web_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\nhello", BODY_BYTES);
	nanosleep(&t, NULL);
}

static void a_server_that_falls_silent_is_left(void **state)
{
	(void)state;
	struct err err = {0};
	time_t start = time(NULL);
	begin(silent);
	refused(file(&err), ERR_IO, &err, "stands still");
	assert_true(time(NULL) - start < 5);
	end();
}

/* --- hostile servers --- */

static void without_end(struct web *w, int fd, const char *path, long range)
{
	static const char piece[4096];
	(void)w;
	(void)range;
	if (strcmp(path, "/headers") == 0) {
		web_text(fd, "HTTP/1.1 200 OK\r\n");
		for (int i = 0; i < 100000; i++)
			web_text(fd, "X-%d: more\r\n", i);
		return;
	}
	web_text(fd, "HTTP/1.1 %s\r\n\r\n", strcmp(path, "/lost") == 0 ? "404 No" : "200 OK");
	for (int i = 0; i < 10000; i++)
		web_bytes(fd, piece, sizeof piece);
}

static void what_has_no_end_is_cut(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct err err = {0};
	begin(without_end);
	refused(text(&b, 1000, &err), ERR_LIMIT, &err, "longer than the 1000 bytes");
	refused(file(&err), ERR_LIMIT, &err, "longer than the 50000 bytes");
	refused(fetch_text(fetch, &b, url_of("/headers"), 1000, NULL, NULL, &err), ERR_LIMIT, &err,
	    "headers without end");
	refused(fetch_text(fetch, &b, url_of("/lost"), 1000, NULL, NULL, &err), ERR_MISSING, &err,
	    "is not there (404)");
	assert_true(fetch_cost(fetch).bytes < 1000000);
	assert_int_equal(b.len, 0);
	end();
	buf_release(&b);
}

/* The length says one thing and the body another. */
static void short_of_it(struct web *w, int fd, const char *path, long range)
{
	(void)w;
	(void)path;
	(void)range;
	web_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, and more");
}

static void a_shorter_file_is_refused(void **state)
{
	(void)state;
	struct err err = {0};
	begin(short_of_it);
	refused(file(&err), ERR_PEER, &err, "ends after 5 of the 50000 bytes");
	end();
}

/* Asked for one part, it sends another; asked for the whole, it does. */
static void elsewhere(struct web *w, int fd, const char *path, long range)
{
	(void)w;
	if (range <= 0)
		honest(w, fd, path, range);
	else if (strcmp(path, "/a") == 0)
		web_text(fd, "HTTP/1.1 206 Part\r\nContent-Range: bytes 5-9/10\r\nContent-Length: "
			     "5\r\n\r\nwrong");
	else
		web_text(fd, "HTTP/1.1 206 Part\r\nContent-Length: 5\r\n\r\nwrong");
}

static void another_part_is_not_taken(void **state)
{
	(void)state;
	struct err err = {0};
	begin(elsewhere);
	file_begins(100);
	good(file(&err), &err);
	file_is_whole();
	file_begins(100);
	good(fetch_file(fetch, at("file"), url_of("/unsaid"), BODY_BYTES, &err), &err);
	file_is_whole();
	end();
}

static void refuses(struct web *w, int fd, const char *path, long range)
{
	(void)w;
	if (range > 0)
		web_text(fd, "HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n");
	else if (strcmp(path, "/a") == 0)
		honest(w, fd, path, range);
	else
		web_text(fd, "HTTP/1.1 %s No\r\nContent-Length: 0\r\n\r\n", path + 1); /* "/500" */
}

static void statuses_have_their_sentences(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		enum err_code code;
		const char *says;
	} table[] = {
	    {"/404", ERR_MISSING, "is not there (404)"},
	    {"/410", ERR_MISSING, "is not there (410)"},
	    {"/403", ERR_PEER, "status 403"},
	    {"/500", ERR_PEER, "status 500"},
	    {"/206", ERR_PEER, "status 206"},
	    {"/304", ERR_PEER, "status 304, unasked"},
	    {"/204", ERR_PEER, "status 204"},
	};
	struct buf b = BUF_INIT;
	struct err err = {0};
	begin(refuses);
	file_begins(100);
	good(file(&err), &err); /* 416: from the start */
	file_is_whole();
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		refused(fetch_text(fetch, &b, url_of(table[i].path), 100, NULL, NULL, &err),
		    table[i].code, &err, table[i].says);
	end();
	buf_release(&b);
}

static void leading(struct web *w, int fd, const char *path, long range)
{
	static const char *const to[] = {
	    "file:///etc/passwd", "ftp://127.0.0.1/a", "gopher://127.0.0.1/a", "scp://127.0.0.1/a"};
	(void)range;
	if (strcmp(path, "/good") == 0)
		web_text(
		    fd, "HTTP/1.1 302 Go\r\nETag: \"old\"\r\nLocation: %s/end\r\n\r\n", w->url);
	else if (strcmp(path, "/end") == 0)
		web_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
	else if (strcmp(path, "/circle") == 0)
		web_text(fd, "HTTP/1.1 301 Go\r\nLocation: /circle\r\n\r\n");
	else
		web_text(fd, "HTTP/1.1 302 Go\r\nLocation: %s\r\n\r\n", to[path[1] - '0']);
}

static void redirects_stay_on_the_web(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct err err = {0};
	struct fetch_mark mark = {.etag = ""};
	begin(leading);
	good(fetch_text(fetch, &b, url_of("/good"), 100, &mark, NULL, &err), &err);
	assert_string_equal(b.ptr, "hi");
	assert_string_equal(mark.etag, "");
	refused(fetch_text(fetch, &b, url_of("/circle"), 100, NULL, NULL, &err), ERR_PEER, &err,
	    "leads elsewhere");
	for (int i = 0; i < 4; i++) {
		char path[16];
		snprintf(path, sizeof path, "/%d", i);
		refused(fetch_text(fetch, &b, url_of(path), 100, NULL, NULL, &err), ERR_PEER, &err,
		    "leads elsewhere");
	}
	end();
	buf_release(&b);
}

static void addresses_are_checked(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "x", "ftp://h/", "file:///etc/passwd", "https://",
	    "https:///x", "http://u:p@h/", "http://u@h/", "https://h/?a", "https://h/#a",
	    "https://h/a b", "https://h/\n", "https://h/\xc3\xa9", "HTTP://h/"};
	static const char *const fine[] = {
	    "https://h", "https://h/", "http://h:80/a/b@c/", "http://[::1]:8080/%20"};
	struct err err = {0};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(fetch_check_url(bad[i], &err), ERR_USAGE);
	for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
		good(fetch_check_url(fine[i], &err), &err);
}

/* --- TLS --- */

static enum MHD_Result say_hello(void *ctx, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *upload, size_t *nupload, void **state)
{
	(void)ctx;
	(void)method;
	(void)version;
	(void)upload;
	(void)nupload;
	(void)state;
	struct MHD_Response *r =
	    MHD_create_response_from_buffer(5, (void *)(uintptr_t) "hello", MHD_RESPMEM_PERSISTENT);
	bool leads = strcmp(url, "/plain") == 0;
	if (leads)
		MHD_add_response_header(r, "Location", "http://127.0.0.1:1/");
	enum MHD_Result rc = MHD_queue_response(c, leads ? 302 : 200, r);
	MHD_destroy_response(r);
	return rc;
}

#define DATA "tests/unit/net/data/"

static void a_secure_server_must_prove_itself(void **state)
{
	(void)state;
	struct buf key = BUF_INIT, crt = BUF_INIT, b = BUF_INIT;
	struct err err = {0};
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
	char url[64];
	good(file_read(&key, DATA "tls.key", 9999, &err) ||
		 file_read(&crt, DATA "tls.crt", 9999, &err),
	    &err);
	struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0,
	    NULL, NULL, say_hello, NULL, MHD_OPTION_SOCK_ADDR, &any, MHD_OPTION_HTTPS_MEM_KEY,
	    key.ptr, MHD_OPTION_HTTPS_MEM_CERT, crt.ptr, MHD_OPTION_END);
	assert_non_null(d);
	unsigned port = MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port;
	struct fetch *plain, *knows;
	good(fetch_new(&plain, &(struct fetch_options){.stall_s = 5}, &err) ||
		 fetch_new(&knows, &(struct fetch_options){.stall_s = 5, .ca_file = DATA "tls.crt"},
		     &err),
	    &err);
	snprintf(url, sizeof url, "https://127.0.0.1:%u/", port);
	refused(fetch_text(plain, &b, url, 100, NULL, NULL, &err), ERR_IO, &err,
	    "no secure connection");
	good(fetch_text(knows, &b, url, 100, NULL, NULL, &err), &err);
	assert_string_equal(b.ptr, "hello");
	/* It may not lead to a line that anybody reads. */
	snprintf(url, sizeof url, "https://127.0.0.1:%u/plain", port);
	refused(
	    fetch_text(knows, &b, url, 100, NULL, NULL, &err), ERR_PEER, &err, "leads elsewhere");
	/* The certificate is another host's. */
	snprintf(url, sizeof url, "https://127.0.0.2:%u/", port);
	refused(fetch_text(knows, &b, url, 100, NULL, NULL, &err), ERR_IO, &err,
	    "no secure connection");
	fetch_free(plain);
	fetch_free(knows);
	MHD_stop_daemon(d);
	buf_release(&key);
	buf_release(&crt);
	buf_release(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(texts_and_files_come_whole),
	    TEST(a_file_goes_on_where_it_ends),
	    TEST(a_server_without_ranges_sends_it_all),
	    TEST(a_mark_spares_the_text),
	    TEST(a_line_that_breaks_is_made_again),
	    TEST(what_came_is_kept_for_another_day),
	    TEST(a_server_that_falls_silent_is_left),
	    TEST(what_has_no_end_is_cut),
	    TEST(a_shorter_file_is_refused),
	    TEST(another_part_is_not_taken),
	    TEST(statuses_have_their_sentences),
	    TEST(redirects_stay_on_the_web),
	    TEST(addresses_are_checked),
	    TEST(a_secure_server_must_prove_itself),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
