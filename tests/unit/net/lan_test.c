/* SPDX-License-Identifier: Apache-2.0 */
/* What is heard in one room: datagrams, the table of who is there, and floods of forged ones. */
#include "fixture.h"

#include "net/lan.h"
#include "net/lan_word.h"
#include "net/settings.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static struct lan_word word(uint64_t id, uint16_t port)
{
	struct lan_word w = {.kind = LAN_HERE, .port = port};
	for (int i = 0; i < LAN_ID_BYTES; i++)
		w.id[i] = (uint8_t)(id >> (56 - 8 * i));
	return w;
}

static struct lan_peers us(uint64_t id, uint16_t port)
{
	struct lan_peers p = {.port = port};
	memcpy(p.id, word(id, 0).id, LAN_ID_BYTES);
	return p;
}

static enum lan_verdict hear(
    struct lan_peers *p, uint64_t id, uint16_t port, const char *host, int64_t now)
{
	struct lan_word w = word(id, port);
	struct lan_peer *peer;
	uint8_t gone[LAN_ID_BYTES];
	return lan_hear(p, &w, host, now, &peer, gone);
}

/* --- datagrams --- */

static void test_word(void **state)
{
	(void)state;
	struct lan_word w = word(0x0102030405060708, 4710), back;
	struct buf b = BUF_INIT;
	struct err err = {0};
	struct sha256 n = {{1}}, other = {{2}};
	uint8_t tag[LAN_TAG_BYTES];
	lan_tag(w.tag, &n);
	lan_tag(tag, &other);
	assert_memory_not_equal(tag, w.tag, sizeof tag);
	lan_write(&b, &w);
	assert_int_equal(b.len, LAN_WORD_BYTES);
	good(lan_read(&back, buf_str(&b), &err), &err);
	assert_memory_equal(&back, &w, sizeof w);
	/* The network itself is nowhere in it. */
	for (size_t i = 0; i + 8 <= b.len; i++)
		assert_memory_not_equal(b.ptr + i, n.bytes, 8);
	for (size_t i = 0; i < b.len; i++)
		refused(lan_read(&back, str_sub(buf_str(&b), 0, i), &err), ERR_SYNTAX, &err,
		    "no announcement");
	buf_putc(&b, 0);
	refused(lan_read(&back, buf_str(&b), &err), ERR_SYNTAX, &err, "32 bytes");
	b.len--;
	for (unsigned kind = 0; kind < 256; kind++) {
		b.ptr[4] = (char)kind;
		bool is_good = kind == LAN_HERE || kind == LAN_ASK;
		assert_int_equal(lan_read(&back, buf_str(&b), &err) == 0, is_good);
	}
	b.ptr[4] = LAN_HERE;
	for (size_t i = 0; i < 4; i++) {
		b.ptr[i] ^= 1;
		refused(lan_read(&back, buf_str(&b), &err), ERR_SYNTAX, &err, "no announcement");
		b.ptr[i] ^= 1;
	}
	buf_release(&b);
}

/* The bytes that docs/protocol.md shows. */
static void test_documented(void **state)
{
	(void)state;
	struct lan_word w = word(0x0102030405060708, 4710);
	struct buf page = BUF_INIT, said = BUF_INIT, shown = BUF_INIT, digits = BUF_INIT;
	struct sha256 n;
	struct err err = {0};
	memset(n.bytes, 0x4e, sizeof n.bytes);
	lan_tag(w.tag, &n);
	lan_write(&said, &w);
	good(file_read(&page, "docs/protocol.md", 1 << 20, &err), &err);
	const char *block = strstr(page.ptr, "\n```hex lan\n");
	assert_non_null(block);
	struct str rest = str_from(block + strlen("\n```hex lan\n"));
	for (struct str line; !str_starts(line = str_cut(&rest, '\n'), STR("```"));)
		for (size_t i = 0;
		     i + 1 < line.len && (line.ptr[i] != ' ' || line.ptr[i + 1] != ' '); i++)
			if (line.ptr[i] != ' ')
				buf_add(&digits, str_sub(line, i, 2)), i++;
	assert_true(buf_unhex(&shown, buf_str(&digits)));
	assert_true(str_eq(buf_str(&shown), buf_str(&said)));
	buf_release(&page);
	buf_release(&said);
	buf_release(&shown);
	buf_release(&digits);
}

static void test_addresses(void **state)
{
	(void)state;
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(1)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_scope_id = 7};
	struct address a, back;
	struct err err = {0};
	char text[ADDRESS_TEXT_BYTES];
	inet_pton(AF_INET, "192.0.2.9", &v4.sin_addr);
	address_from(&a, (const struct sockaddr *)&v4, 4711);
	assert_string_equal(a.host, "192.0.2.9");
	assert_int_equal(a.port, 4711);
	inet_pton(AF_INET6, "fe80::1", &v6.sin6_addr);
	address_from(&a, (const struct sockaddr *)&v6, 4711);
	assert_string_equal(a.host, "fe80::1%7");
	address_text(text, &a);
	good(address_parse(&back, str_from(text), &err), &err);
	assert_string_equal(back.host, a.host);
	inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr);
	address_from(&a, (const struct sockaddr *)&v6, 1);
	assert_string_equal(a.host, "2001:db8::1");
	inet_pton(AF_INET6, "::ffff:192.0.2.9", &v6.sin6_addr);
	address_from(&a, (const struct sockaddr *)&v6, 1);
	assert_string_equal(a.host, "192.0.2.9");
}

/* --- who is there --- */

static void test_turns(void **state)
{
	(void)state;
	/* Of two that can be dialled exactly one dials; it waits if it is not its turn. */
	for (int i = 0; i < 2; i++) {
		struct lan_peers p = us(i ? 9 : 5, 4710);
		assert_int_equal(hear(&p, i ? 5 : 9, 4710, "10.0.0.2", 1000), LAN_NEW);
		const struct lan_peer *x = &p.peers[0];
		assert_int_equal(lan_is_our_turn(&p, x, false, 1000), !i);
		assert_int_equal(lan_is_our_turn(&p, x, false, 1000 + LAN_PATIENCE_MS - 1), !i);
		assert_true(lan_is_our_turn(&p, x, false, 1000 + LAN_PATIENCE_MS));
		assert_int_equal(lan_is_our_turn(&p, x, true, 1000 + LAN_PATIENCE_MS), !i);
	}
	/* Who cannot be dialled dials, and is not dialled. */
	struct lan_peers p = us(9, 0);
	assert_int_equal(hear(&p, 5, 4710, "10.0.0.2", 0), LAN_NEW);
	assert_true(lan_is_our_turn(&p, &p.peers[0], false, 0));
	assert_int_equal(hear(&p, 6, 0, "10.0.0.3", 0), LAN_IGNORED);
	assert_int_equal(hear(&p, 9, 4710, "10.0.0.4", 0), LAN_IGNORED); /* ourselves */
	assert_int_equal(p.n, 1);
}

static void test_silence(void **state)
{
	(void)state;
	struct lan_peers p = us(1, 4710);
	struct lan_peer gone;
	hear(&p, 2, 4710, "10.0.0.2", 0);
	hear(&p, 3, 4710, "10.0.0.3", 0);
	assert_int_equal(hear(&p, 3, 4710, "10.0.0.3", 60000), LAN_KNOWN);
	assert_false(lan_forget(&p, LAN_FORGET_MS - 1, &gone));
	assert_true(lan_forget(&p, LAN_FORGET_MS, &gone));
	assert_string_equal(gone.address.host, "10.0.0.2");
	assert_false(lan_forget(&p, LAN_FORGET_MS, &gone));
	assert_int_equal(p.n, 1);
	assert_true(lan_forget(&p, LAN_FORGET_MS + 60000, &gone));
	assert_int_equal(p.n, 0);
}

/* Nobody takes over another's id while that one is there. */
static void test_same_id(void **state)
{
	(void)state;
	struct lan_peers p = us(1, 4710);
	hear(&p, 2, 4710, "10.0.0.2", 0);
	assert_int_equal(hear(&p, 2, 4710, "10.0.0.66", 1), LAN_IGNORED);
	assert_int_equal(hear(&p, 2, 4711, "10.0.0.2", 1), LAN_IGNORED);
	assert_string_equal(p.peers[0].address.host, "10.0.0.2");
	assert_int_equal(p.peers[0].heard_ms, 0);
	p.peers[0].failures = LAN_HOPELESS; /* it has moved */
	assert_int_equal(hear(&p, 2, 4710, "10.0.0.66", 2), LAN_NEW);
	assert_string_equal(p.peers[0].address.host, "10.0.0.66");
	assert_int_equal(p.n, 1);
}

/* However many are forged, few are kept; those that lead nowhere make room for one that is real. */
static void test_flood(void **state)
{
	(void)state;
	struct lan_peers p = us(1, 4710);
	int taken = 0;
	for (uint64_t i = 0; i < 100000; i++) {
		char host[32];
		snprintf(host, sizeof host, "10.0.%d.%d", (int)(i / 200 % 200), (int)(i % 200));
		taken += hear(&p, i + 2, 4710, host, 5) == LAN_NEW;
	}
	assert_int_equal(p.n, LAN_PEERS_MAX);
	assert_int_equal(taken, LAN_PEERS_MAX);
	assert_int_equal(hear(&p, 7777777, 4710, "10.1.1.1", 6), LAN_IGNORED);
	p.peers[3].failures = LAN_HOPELESS;
	struct lan_word w = word(7777777, 4710);
	struct lan_peer *peer;
	uint8_t gone[LAN_ID_BYTES], of[LAN_ID_BYTES];
	memcpy(of, p.peers[3].id, sizeof of);
	assert_int_equal(lan_hear(&p, &w, "10.1.1.1", 6, &peer, gone), LAN_NEW);
	assert_memory_equal(gone, of, sizeof of);
	assert_ptr_equal(peer, &p.peers[3]);
	assert_int_equal(peer->failures, 0);
	/* One host has few places, whatever it calls itself. */
	p = us(1, 4710);
	for (uint64_t i = 0; i < 1000; i++)
		hear(&p, i + 2, (uint16_t)(i + 1), "10.0.0.9", 5);
	assert_int_equal(p.n, LAN_PEERS_A_HOST);
}

static void test_flag(void **state)
{
	(void)state;
	struct store *s = net_store("edge", NULL, 1, true);
	assert_true(settings_flag(s, "belfry.lan", true));
	assert_false(settings_flag(s, "belfry.lan", false));
	set(s, "belfry.lan", "off");
	assert_false(settings_flag(s, "belfry.lan", true));
	set(s, "belfry.lan", "true");
	assert_true(settings_flag(s, "belfry.lan", false));
	set(s, "belfry.lan", "perhaps");
	assert_true(settings_flag(s, "belfry.lan", true));
	store_close(s);
}

/* --- a daemon that is shouted at --- */

static struct process start_in_lan(const char *name)
{
	struct process p = {.port = 0};
	char log[PATH_MAX];
	snprintf(p.dir, sizeof p.dir, "%s", at(name));
	snprintf(log, sizeof log, "%s.log", at(name));
	const struct daemon_options o = {.dir = p.dir, .lan = LAN_ON, .is_unrendered = true};
	fflush(NULL);
	p.pid = fork();
	assert_true(p.pid >= 0);
	if (!p.pid)
		child(&o, log);
	UNTIL(control_is_up(p.dir));
	return p;
}

static size_t heard_of(const struct process *p)
{
	json_t *v = ask(p, json_pack("{s:s}", "op", "status"));
	size_t n = json_array_size(json_object_get(v, "heard"));
	json_decref(v);
	return n;
}

/* From this machine itself, which is a network it is on: nothing but LAN_PEERS_A_HOST is dialled.
 */
static void test_daemon_flood(void **state)
{
	(void)state;
	make_edge("laptop", true);
	struct process p = start_in_lan("laptop");
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(LAN_PORT)};
	struct sha256 n;
	char bytes[2000];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(sha256_from_hex(&n, str_from(network.text)));
	for (uint64_t i = 0; i < 5000; i++) {
		struct lan_word w = word(i, (uint16_t)(1 + i % 60000));
		struct buf b = BUF_INIT;
		lan_tag(w.tag, &n);
		w.kind = i % 2 ? LAN_ASK : LAN_HERE;
		if (i % 10 == 9)
			w.tag[3] ^= 1;
		lan_write(&b, &w);
		memset(bytes, 'x', sizeof bytes);
		memcpy(bytes, b.ptr, b.len);
		size_t size = i % 7 ? b.len : i % sizeof bytes; /* some cut, some too long */
		sendto(fd, bytes, size, 0, (const struct sockaddr *)&to, sizeof to);
		buf_release(&b);
		if (i % 500 == 0)
			assert_true(heard_of(&p) <= LAN_PEERS_A_HOST);
	}
	close(fd);
	assert_true(heard_of(&p) <= LAN_PEERS_A_HOST);
	stop(&p);
	assert_false(file_exists(at("laptop/peers/counts.json")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_word),
	    cmocka_unit_test(test_documented),
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_turns),
	    cmocka_unit_test(test_silence),
	    cmocka_unit_test(test_same_id),
	    cmocka_unit_test(test_flood),
	    cmocka_unit_test_setup_teardown(test_flag, net_new, scratch_remove),
	    cmocka_unit_test_setup_teardown(test_daemon_flood, net_new, scratch_remove),
	};
	return cmocka_run_group_tests(tests, NULL, done);
}
