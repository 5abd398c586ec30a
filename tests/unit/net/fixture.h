/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Daemons for tests: stores of the network of trust/network.h whose charter has link keys with
 * known secrets, daemons on them as processes of their own, listening on loopback at any port, and
 * a peer made of a socket and a session that a test leads by hand.
 */
#ifndef BELFRY_TESTS_NET_FIXTURE_H
#define BELFRY_TESTS_NET_FIXTURE_H

#include "../store/fixture.h"

#include "base/log.h"
#include "net/address.h"
#include "net/control.h"
#include "net/daemon.h"
#include "sync/session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

enum { PATIENCE_MS = 60 * 1000 };

UNUSED static int64_t clock_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

UNUSED static void pause_ms(int64_t ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	nanosleep(&t, NULL);
}

/* Ask again until it is so, PATIENCE_MS at most. */
#define UNTIL(condition)                                                                           \
	do {                                                                                       \
		int64_t late = clock_ms() + PATIENCE_MS;                                           \
		while (!(condition)) {                                                             \
			if (clock_ms() > late)                                                     \
				fail_msg("never came true: %s", #condition);                       \
			pause_ms(10);                                                              \
		}                                                                                  \
	} while (0)

/* --- stores --- */

/* The secret of a hub's link key is 32 times its byte, as with its other keys. */
UNUSED static void link_public(uint8_t out[static LINK_KEY_BYTES], unsigned byte)
{
	uint8_t secret[LINK_KEY_BYTES];
	memset(secret, (int)byte, sizeof secret);
	link_key_public(out, secret);
}

UNUSED static json_t *with_links(json_t *head)
{
	static const unsigned bytes[] = {CENTRAL_HUB, EAST, WEST};
	json_t *hubs = json_object_get(head, "hubs");
	for (size_t i = 0; i < json_array_size(hubs); i++) {
		uint8_t key[LINK_KEY_BYTES];
		struct buf hex = BUF_INIT;
		link_public(key, bytes[i]);
		buf_hex(&hex, str_of(key, sizeof key));
		json_object_set_new(json_array_get(hubs, i), "link", json_from(buf_str(&hex)));
		buf_release(&hex);
	}
	return head;
}

UNUSED static int net_new(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (scratch_new(state))
		return -1;
	buf_release(&charter_one);
	charter_one = charter_text(with_links(charter_head()));
	network = network_of(buf_str(&charter_one));
	return 0;
}

UNUSED static void set(struct store *s, const char *key, const char *value)
{
	struct err err = {0};
	good(repo_set_config(s->repo, key, value, &err), &err);
}

/* An open store with a link key; with the charter if `has_charter`, as `hub` if that is not NULL.
 */
UNUSED static struct store *net_store(
    const char *name, const char *hub, unsigned byte, bool has_charter)
{
	struct store *s = NULL;
	struct err err = {0};
	uint8_t secret[LINK_KEY_BYTES];
	struct buf text = BUF_INIT, path = BUF_INIT;
	good(store_create(at(name), &err) || store_open(&s, at(name), STORE_WRITE, &err), &err);
	memset(secret, (int)byte, sizeof secret);
	buf_hex(&text, str_of(secret, sizeof secret));
	buf_putc(&text, '\n');
	store_path(s, &path, "keys/link");
	good(file_create(path.ptr, buf_str(&text), 0600, &err), &err);
	buf_release(&text);
	set(s, "belfry.network", network.text);
	if (has_charter)
		adopt(s, with_links(charter_head()));
	if (hub) {
		buf_reset(&path);
		store_path(s, &path, "keys/journal");
		good(signer_save(key_of(byte), path.ptr, STR("journal"), &err), &err);
		set(s, "belfry.hub", hub);
		s = reopened(s);
		struct draft d = {.n = 0};
		draft_roster(&d, roster_head(hub, byte, 1), byte);
		append(s, &d);
	}
	buf_release(&path);
	return s;
}

/* The same, closed. */
UNUSED static void make_hub(const char *name, unsigned byte)
{
	store_close(net_store(name, name, byte, true));
}

UNUSED static void make_edge(const char *name, bool has_charter)
{
	store_close(net_store(name, NULL, (unsigned char)name[0], has_charter));
}

/* --- daemons --- */

struct process {
	pid_t pid;
	char dir[PATH_MAX], address[ADDRESS_TEXT_BYTES];
	uint16_t port;
};

UNUSED static void child(const struct daemon_options *o, const char *log)
{
	struct err err = {0};
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that failed leaves nothing behind */
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	dup2(fd, STDERR_FILENO);
	dup2(fd, STDOUT_FILENO);
	log_level(LOG_INFO);
	int rc = daemon_run(o, &err);
	if (rc)
		log_warn("daemon_run: %s", err.msg);
	keys_free();
	buf_release(&charter_one);
	fflush(stdout);
	/* Not _exit(): the leak check runs at exit. cmocka has nothing registered there. */
	exit(rc ? 1 : 0);
}

UNUSED static void read_address(struct process *p)
{
	char path[PATH_MAX + 16];
	struct buf text = BUF_INIT;
	struct address a;
	struct err err = {0};
	snprintf(path, sizeof path, "%s/listening", p->dir);
	UNTIL(file_exists(path));
	good(file_read(&text, path, 4096, &err), &err);
	struct str rest = buf_str(&text), line = str_cut(&rest, '\n');
	good(address_parse(&a, line, &err), &err);
	snprintf(p->address, sizeof p->address, "%.*s", STR_FMT(line));
	p->port = a.port;
	buf_release(&text);
}

/* A daemon on the store `name`; listens unless it is `silent`. */
UNUSED static struct process start_as(const char *name, bool silent)
{
	struct process p = {.port = 0};
	char log[PATH_MAX];
	snprintf(p.dir, sizeof p.dir, "%s", at(name));
	snprintf(log, sizeof log, "%s.log", at(name));
	const struct daemon_options o = {.dir = p.dir,
	    .listen = silent ? "none" : "127.0.0.1:0",
	    .lan = LAN_OFF,
	    .is_unrendered = true};
	fflush(NULL);
	p.pid = fork();
	assert_true(p.pid >= 0);
	if (!p.pid)
		child(&o, log);
	UNTIL(control_is_up(p.dir)); /* before it, `listening` may be a dead one's */
	if (!silent)
		read_address(&p);
	return p;
}

UNUSED static struct process start(const char *name)
{
	return start_as(name, false);
}

/* Ends in order, with no error and no leak. */
UNUSED static void stop(struct process *p)
{
	int status = 0;
	kill(p->pid, SIGTERM);
	assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("the daemon ended with %x:\n%s", (unsigned)status,
		    output_of("tail -n 30 %s.log", p->dir));
}

/* What `belfry sync` does without a daemon: its result, and its error in *err. */
UNUSED static int sync_once(const char *name, const char *peer, int64_t timeout_ms, struct err *err)
{
	int ends[2], status;
	struct str text;
	char bytes[sizeof err->msg + 16] = "";
	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	pid_t pid = fork();
	if (!pid) {
		const struct daemon_options o = {
		    .dir = at(name), .is_once = true, .peer = peer, .timeout_ms = timeout_ms};
		*err = (struct err){.code = ERR_NONE};
		int rc = daemon_run(&o, err);
		dprintf(ends[1], "%d %s", rc, err->msg);
		keys_free();
		buf_release(&charter_one);
		exit(0);
	}
	close(ends[1]);
	waitpid(pid, &status, 0);
	assert_true(read(ends[0], bytes, sizeof bytes - 1) > 0);
	close(ends[0]);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	int rc = atoi(bytes);
	text = str_from(bytes);
	str_cut(&text, ' ');
	err->code = (enum err_code)rc;
	snprintf(err->msg, sizeof err->msg, "%s", text.ptr);
	return rc;
}

/* --- asking them --- */

UNUSED static json_t *ask(const struct process *p, json_t *request)
{
	json_t *reply;
	struct err err = {0};
	good(control_call(p->dir, request, &reply, &err), &err);
	json_decref(request);
	return reply;
}

UNUSED static void add_peer(const struct process *p, const char *name, const char *address)
{
	char key[128];
	snprintf(key, sizeof key, "belfry-peer.%s.address", name);
	json_decref(
	    ask(p, json_pack("{s:s, s:s, s:s}", "op", "config", "key", key, "value", address)));
}

/* How many entries of `hub` that daemon holds. */
UNUSED static int64_t held(const struct process *p, const char *hub)
{
	json_t *status = ask(p, json_pack("{s:s}", "op", "status")), *h;
	size_t i;
	int64_t n = -1;
	json_array_foreach(json_object_get(json_object_get(status, "store"), "hubs"), i,
	    h) if (str_is(json_get_text(h, "hub"), hub)) n = json_get_int(h, "entries");
	json_decref(status);
	return n;
}

/* One of the peers in its status (the caller's), or NULL. */
UNUSED static json_t *peer_of(const struct process *p, const char *name)
{
	json_t *status = ask(p, json_pack("{s:s}", "op", "status")), *o, *found = NULL;
	size_t i;
	json_array_foreach(json_object_get(status, "peers"), i,
	    o) if (str_is(json_get_text(o, "name"), name)) found = json_incref(o);
	json_decref(status);
	return found;
}

UNUSED static bool peer_is(const struct process *p, const char *name, const char *state)
{
	json_t *o = peer_of(p, name);
	bool is = str_is(json_get_text(o, "state"), state);
	json_decref(o);
	return is;
}

/* Does why its last link ended hold these words? */
UNUSED static bool peer_ended(const struct process *p, const char *name, const char *words)
{
	json_t *o = peer_of(p, name);
	const char *why = json_string_value(json_object_get(o, "last_reason"));
	bool is = why && strstr(why, words);
	json_decref(o);
	return is;
}

/* Append a file to the journal of the daemon's hub. */
UNUSED static void publish_news(
    const struct process *p, unsigned byte, const char *place, const char *id)
{
	struct draft d = {.n = 0};
	json_t *files = json_array();
	draft_news(&d, byte, place, id, "");
	for (size_t i = 0; i < d.n; i++)
		json_array_append_new(
		    files, json_pack("{s:o, s:o}", "path", json_from(d.changes[i].path), "content",
			       json_from(d.changes[i].content)));
	arena_clear(&d.arena);
	json_decref(ask(p, json_pack("{s:s, s:o}", "op", "append", "files", files)));
}

/* --- a peer by hand --- */

struct raw {
	int fd;
	struct session *s;
	char why[600]; /* SESSION_CLOSED's */
	bool is_fault;
	unsigned seen; /* bits by kind of event */
	bool is_hub; /* it calls itself one, and has nothing for members */
};

UNUSED static int dial_port(uint16_t port)
{
	struct sockaddr_storage at_port;
	struct addrinfo *found;
	struct address a = {.host = "127.0.0.1", .port = port};
	struct err err = {0};
	(void)at_port;
	good(address_resolve(&found, &a, false, &err), &err);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, found->ai_addr, found->ai_addrlen), 0);
	freeaddrinfo(found);
	return fd;
}

/* A session with the link secret `byte` (numbers over 255 make more of them), which calls itself
 * `hub`, in the network `n`. */
UNUSED static struct raw raw_new(const struct process *p, unsigned byte, const char *hub,
    const char *n, const struct local_state *l)
{
	struct session_config c = {.initiator = true, .hub = hub};
	struct raw r = {.fd = dial_port(p->port), .is_hub = hub[0]};
	memset(c.link_secret, (int)byte, sizeof c.link_secret);
	if (byte > 255)
		c.link_secret[1] = (uint8_t)(byte >> 8);
	assert_true(sha256_from_hex(&c.network, str_from(n)));
	r.s = session_new(&c, l, clock_ms());
	return r;
}

UNUSED static void raw_flush(struct raw *r)
{
	for (struct str out; (out = session_output(r->s)).len;) {
		ssize_t n = write(r->fd, out.ptr, out.len);
		if (n <= 0)
			return;
		session_sent(r->s, (size_t)n);
	}
}

/* Go on until an event of this kind, at most PATIENCE_MS: whether it came. */
UNUSED static bool raw_until(struct raw *r, enum session_event_kind kind)
{
	static char bytes[65536];
	int64_t late = clock_ms() + PATIENCE_MS;
	while (clock_ms() < late) {
		struct session_event e;
		while (session_event(r->s, &e)) {
			r->seen |= 1u << e.kind;
			if (e.kind == SESSION_UP && r->is_hub)
				session_open_members(r->s, false);
			if (e.kind == SESSION_CLOSED) {
				snprintf(r->why, sizeof r->why, "%s", e.text);
				r->is_fault = e.is_fault;
			}
			if (e.kind == kind)
				return true;
			if (e.kind == SESSION_CLOSED)
				return false;
		}
		raw_flush(r);
		struct pollfd p = {.fd = r->fd, .events = POLLIN};
		if (poll(&p, 1, 100) <= 0)
			continue;
		ssize_t n = read(r->fd, bytes, sizeof bytes);
		if (n <= 0)
			session_close(r->s, "the socket ended", false);
		else
			session_feed(r->s, str_of(bytes, (size_t)n), clock_ms());
	}
	return false;
}

UNUSED static void raw_free(struct raw *r)
{
	close(r->fd);
	session_free(r->s);
}

/* The other end closes within PATIENCE_MS. */
UNUSED static bool hangs_up(int fd)
{
	char bytes[4096];
	int64_t late = clock_ms() + PATIENCE_MS;
	while (clock_ms() < late) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		if (poll(&p, 1, 100) > 0 && read(fd, bytes, sizeof bytes) <= 0)
			return true;
	}
	return false;
}

#endif
