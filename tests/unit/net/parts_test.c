/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What needs no daemon: pauses between tries, addresses, the control framing, files behind a URL.
 */
#include "fixture.h"

#include "net/control_socket.h"
#include "net/dial.h"
#include "net/http.h"
#include "net/http_file.h"
#include "trust/link_key.h"
#include "net/settings.h"

static void test_pauses(void **state)
{
	(void)state;
	/* The first is 500 ms, halved to once and a half as chance has it. */
	assert_int_equal(dial_pause_ms(1, 0), 250);
	assert_int_equal(dial_pause_ms(1, 500), 750);
	assert_int_equal(dial_pause_ms(1, 501), 250);
	assert_int_equal(dial_pause_ms(2, 0), 500);
	assert_int_equal(dial_pause_ms(4, 0), 2000);
	assert_int_equal(dial_pause_ms(7, 0), 16000);
	assert_int_equal(dial_pause_ms(8, 0), RETRY_LAST_MS / 2);
	assert_int_equal(dial_pause_ms(4000000000u, 0), RETRY_LAST_MS / 2);
	for (unsigned failures = 1; failures < 20; failures++)
		for (uint32_t random = 0; random < UINT32_MAX - 99999999u; random += 99999999u) {
			int64_t pause = dial_pause_ms(failures, random);
			assert_true(pause >= RETRY_FIRST_MS / 2);
			assert_true(pause <= RETRY_LAST_MS + RETRY_LAST_MS / 2);
		}
}

static void test_addresses(void **state)
{
	(void)state;
	static const struct {
		const char *text, *host;
		unsigned port;
	} good_ones[] = {{"hub.example.org:4710", "hub.example.org", 4710},
	    {"127.0.0.1:0", "127.0.0.1", 0}, {"[::1]:65535", "::1", 65535},
	    {"[fe80::1%eth0]:1", "fe80::1%eth0", 1}, {"a:1", "a", 1}};
	static const char *const bad_ones[] = {"", ":", "a", "a:", ":1", "a:65536", "a:-1", "a: 1",
	    "a:01", "::1:80", "[::1]", "[]:1", "a b:1", "a/b:1", "[::1:1", "a:1\n", "\xc3\xa9:1"};
	struct address a;
	struct err err = {0};
	char text[ADDRESS_TEXT_BYTES];
	for (size_t i = 0; i < sizeof good_ones / sizeof *good_ones; i++) {
		good(address_parse(&a, str_from(good_ones[i].text), &err), &err);
		assert_string_equal(a.host, good_ones[i].host);
		assert_int_equal(a.port, good_ones[i].port);
		address_text(text, &a);
		assert_string_equal(text, good_ones[i].text);
	}
	for (size_t i = 0; i < sizeof bad_ones / sizeof *bad_ones; i++)
		refused(address_parse(&a, str_from(bad_ones[i]), &err), ERR_SYNTAX, &err,
		    "is no address: write HOST:PORT");
	char long_host[400];
	memset(long_host, 'a', sizeof long_host);
	memcpy(long_host + 253, ":1", 3);
	good(address_parse(&a, str_from(long_host), &err), &err);
	memcpy(long_host + 254, ":1", 3);
	long_host[253] = 'a';
	refused(address_parse(&a, str_from(long_host), &err), ERR_SYNTAX, &err, "is no address");
}

static void test_control_framing(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	struct err err = {0};
	json_t *v = json_pack("{s:s}", "op", "ping");
	good(control_frame(&out, v, &err), &err);
	good(control_frame(&out, v, &err), &err);
	struct str all = buf_str(&out), one;
	for (size_t n = 0; n < all.len / 2; n++) {
		struct str part = str_sub(all, 0, n);
		assert_int_equal(control_take(&part, &one, &err), 0);
		assert_int_equal(part.len, n);
	}
	assert_int_equal(control_take(&all, &one, &err), 1);
	assert_true(str_is(one, "{\"op\":\"ping\"}"));
	assert_int_equal(control_take(&all, &one, &err), 1);
	assert_int_equal(control_take(&all, &one, &err), 0);
	json_decref(v);
	buf_release(&out);

	struct str most = STR("\x01\0\0\0"), over = STR("\x01\0\0\1"), none = STR("\0\0\0\0");
	assert_int_equal(control_take(&most, &one, &err), 0);
	refused(control_take(&over, &one, &err), ERR_LIMIT, &err, "16777217 bytes");
	refused(control_take(&none, &one, &err), ERR_SYNTAX, &err, "empty");

	char *text = mem_alloc(CONTROL_BYTES_MAX + 1);
	memset(text, 'x', CONTROL_BYTES_MAX);
	v = json_string(text);
	refused(control_frame(&out, v, &err), ERR_LIMIT, &err, "16777218 bytes");
	assert_int_equal(out.len, 0);
	json_decref(v);
	free(text);
	for (int code = ERR_UNSUPPORTED; code < 0; code++)
		assert_int_equal(control_code(str_from(err_name((enum err_code)code))), code);
	assert_int_equal(control_code(STR("nothing like it")), ERR_PEER);
}

static void test_link_key(void **state)
{
	(void)state;
	uint8_t key[LINK_KEY_BYTES];
	struct err err = {0};
	static const char *const bad_ones[] = {
	    "", "00", "zz", "000000000000000000000000000000000000000000000000000000000000000000\n"};
	refused(link_key_load(key, scratch, &err), ERR_MISSING, &err, "keys/link");
	good(file_mkdirs(at("keys"), 0700, &err), &err);
	for (size_t i = 0; i < sizeof bad_ones / sizeof *bad_ones; i++) {
		good(file_write(at("keys/link"), str_from(bad_ones[i]), 0600, &err), &err);
		refused(link_key_load(key, scratch, &err), ERR_SYNTAX, &err, "64 hex digits");
	}
	good(file_write(at("keys/link"),
		 STR("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20\n"), 0600,
		 &err),
	    &err);
	good(link_key_load(key, scratch, &err), &err);
	for (unsigned i = 0; i < LINK_KEY_BYTES; i++)
		assert_int_equal(key[i], i + 1);
}

static void test_settings(void **state)
{
	(void)state;
	struct settings s;
	struct err err = {0};
	struct buf v = BUF_INIT;
	struct store *store = net_store("edge", NULL, 1, true);
	set(store, "belfry-peer.west.address", "west.example.org:4710");
	set(store, "belfry-peer.east.address", "[2001:db8::1]:4711");
	set(store, "belfry-peer.broken.address", "nowhere");
	set(store, "belfry-peer.zero.address", "a:0");
	set(store, "belfry-peer.No Slug.address", "a:1");
	set(store, "belfry-peer.west.other", "a:1");
	good(settings_read(&s, store, &err), &err);
	assert_int_equal(s.npeers, 2);
	assert_string_equal(s.peers[0].name, "east");
	assert_string_equal(s.peers[0].address.host, "2001:db8::1");
	assert_string_equal(s.peers[1].name, "west");
	settings_release(&s);
	assert_false(settings_get(&v, store, "belfry.nothing"));
	assert_true(settings_get(&v, store, "belfry.network"));
	assert_string_equal(v.ptr, network.text);
	buf_release(&v);
	store_close(store);
}

static void test_peers_kept(void **state)
{
	(void)state;
	struct peers p = {.n = 0}, back = {.n = 0};
	struct peer *x = peers_get(&p, "east");
	x->is_kept = true;
	x->bytes_in = 1u << 31;
	x->exchanged = 1767225600;
	snprintf(x->why, sizeof x->why, "the \"peer\" said\ngoodbye");
	peers_get(&p, "192.0.2.1"); /* a stranger: not worth it */
	json_t *saved = peers_save(&p);
	peers_restore(&back, saved);
	json_decref(saved);
	assert_int_equal(back.n, 1);
	assert_int_equal(back.first->bytes_in, 1u << 31);
	assert_int_equal(back.first->exchanged, 1767225600);
	assert_string_equal(back.first->why, x->why);
	/* However many come by, few are remembered, and never at the cost of one of ours. */
	for (int i = 0; i < 4 * PEERS_MAX; i++) {
		char name[32];
		snprintf(name, sizeof name, "10.0.%d.%d", i / 256, i % 256);
		peers_get(&p, name)->ended = i;
	}
	assert_true(p.n <= 2 * PEERS_MAX);
	assert_non_null(peers_find(&p, "east"));
	assert_non_null(peers_find(&p, "10.0.3.255"));
	assert_null(peers_find(&p, "10.0.0.0"));
	peers_release(&p);
	peers_release(&back);
}

/* --- the site over HTTP --- */

static void put(const char *path, const char *content)
{
	struct err err = {0};
	good(file_write(at(path), str_from(content), 0644, &err), &err);
}

static void make_site(void)
{
	struct err err = {0};
	good(file_mkdirs(at("site/fr/.hidden"), 0755, &err), &err);
	put("secret", "secret");
	put("site/index.html", "home");
	put("site/404.html", "no such page");
	put("site/fr/index.html", "accueil");
	put("site/fr/a b.md", "text");
	put("site/.dot", "hidden");
	assert_int_equal(symlink("../secret", at("site/link")), 0);
	assert_int_equal(symlink("..", at("site/up")), 0);
	assert_int_equal(mkfifo(at("site/pipe"), 0600), 0);
}

static void test_http_find(void **state)
{
	(void)state;
	make_site();
	static const struct {
		const char *path;
		enum http_found found;
	} cases[] = {{"/", HTTP_FILE}, {"/index.html", HTTP_FILE}, {"/fr", HTTP_FOLDER},
	    {"/fr/", HTTP_FILE}, {"/fr/a b.md", HTTP_FILE}, {"", HTTP_NOTHING},
	    {"index.html", HTTP_NOTHING}, {"//index.html", HTTP_NOTHING}, {"/.", HTTP_NOTHING},
	    {"/..", HTTP_NOTHING}, {"/../secret", HTTP_NOTHING},
	    {"/fr/../index.html", HTTP_NOTHING}, {"/fr/..", HTTP_NOTHING},
	    {"/fr//index.html", HTTP_NOTHING}, {"/.dot", HTTP_NOTHING},
	    {"/fr/.hidden/", HTTP_NOTHING}, {"/link", HTTP_NOTHING}, {"/up/secret", HTTP_NOTHING},
	    {"/pipe", HTTP_NOTHING}, {"/index.html/", HTTP_NOTHING},
	    {"/index.html/x", HTTP_NOTHING}, {"/nothing", HTTP_NOTHING}};
	int root = open(at("site"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stat st;
		int fd;
		if (http_find(&fd, &st, root, str_from(cases[i].path)) != cases[i].found)
			fail_msg("%s", cases[i].path);
		assert_true((fd >= 0) == (cases[i].found == HTTP_FILE));
		if (fd >= 0)
			close(fd);
	}
	char name[512] = "/";
	memset(name + 1, 'x', 400);
	struct stat st;
	int fd;
	assert_int_equal(http_find(&fd, &st, root, str_from(name)), HTTP_NOTHING);
	close(root);
	assert_string_equal(http_type(STR("/a/b.md.sig")), "text/plain; charset=utf-8");
	assert_string_equal(http_type(STR("/a.md")), "text/markdown; charset=utf-8");
	assert_string_equal(http_type(STR("/feed.xml")), "application/atom+xml; charset=utf-8");
	assert_string_equal(http_type(STR("/sitemap.xml")), "application/xml; charset=utf-8");
	assert_string_equal(http_type(STR("/x")), "application/octet-stream");
}

/* What comes back for these bytes, whole. */
static const char *fetch(uint16_t port, const char *method, const char *path, const char *header)
{
	static char answer[8192];
	size_t n = 0;
	int fd = dial_port(port);
	assert_true(dprintf(fd, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n", method,
			path, header) > 0);
	for (ssize_t got; n < sizeof answer - 1; n += (size_t)got)
		if ((got = read(fd, answer + n, sizeof answer - 1 - n)) <= 0)
			break;
	answer[n] = 0;
	close(fd);
	return answer;
}

static bool begins(const char *answer, const char *line)
{
	return strncmp(answer, line, strlen(line)) == 0;
}

static void test_http(void **state)
{
	(void)state;
	struct http *h;
	struct address a;
	struct err err = {0};
	char real[ADDRESS_TEXT_BYTES], header[128];
	good(http_start(&h, real,
		 &(struct http_options){.root = at("site"), .address = "127.0.0.1:0"}, &err),
	    &err);
	good(address_parse(&a, str_from(real), &err), &err);
	assert_true(begins(fetch(a.port, "GET", "/", ""), "HTTP/1.1 503"));
	make_site(); /* it may come to be later */
	const char *v = fetch(a.port, "GET", "/", "");
	assert_true(begins(v, "HTTP/1.1 200"));
	assert_non_null(strstr(v, "\r\n\r\nhome"));
	assert_non_null(strstr(v, "text/html; charset=utf-8"));
	const char *etag = strstr(v, "ETag: ");
	assert_non_null(etag);
	snprintf(header, sizeof header, "If-None-Match: \"x\", W/%.*s\r\n",
	    (int)strcspn(etag + 6, "\r"), etag + 6);
	v = fetch(a.port, "GET", "/", header);
	assert_true(begins(v, "HTTP/1.1 304"));
	assert_null(strstr(v, "home"));
	v = fetch(a.port, "HEAD", "/", "");
	assert_non_null(strstr(v, "Content-Length: 4\r\n"));
	assert_null(strstr(v, "home"));
	v = fetch(a.port, "GET", "/fr?x=y", "");
	assert_true(begins(v, "HTTP/1.1 301"));
	assert_non_null(strstr(v, "Location: /fr/\r\n"));
	assert_non_null(strstr(fetch(a.port, "GET", "/fr/a%20b.md", ""), "\r\n\r\ntext"));
	static const char *const none[] = {"/x", "/../secret", "/%2e%2e/secret",
	    "/fr/%2e%2e%2fsecret", "/link", "/up/secret", "//secret", "/fr/..%2f..%2fsecret"};
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		v = fetch(a.port, "GET", none[i], "");
		assert_true(begins(v, "HTTP/1.1 404"));
		assert_non_null(strstr(v, "no such page"));
		assert_null(strstr(v, "secret"));
	}
	v = fetch(a.port, "POST", "/", "Content-Length: 0\r\n");
	assert_true(begins(v, "HTTP/1.1 405"));
	assert_non_null(strstr(v, "Allow: GET, HEAD\r\n"));
	http_stop(h);
	refused(http_start(&h, real,
		    &(struct http_options){.root = at("site"), .address = "127.0.0.1"}, &err),
	    ERR_SYNTAX, &err, "no address");
	refused(http_start(&h, real,
		    &(struct http_options){.root = at("site"), .address = "192.0.2.1:0"}, &err),
	    ERR_IO, &err, "192.0.2.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pauses),
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_control_framing),
	    cmocka_unit_test_setup_teardown(test_link_key, net_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(test_settings, net_new, scratch_remove),
	    cmocka_unit_test(test_peers_kept),
	    cmocka_unit_test_setup_teardown(test_http_find, net_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(test_http, net_new, scratch_remove),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
